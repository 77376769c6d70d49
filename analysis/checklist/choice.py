"""How many groups the criteria ask for, and what they ask of data without groups."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from analysis.checklist.columns import scaled, stepped_from
from analysis.findings.kmeans.choice import best_k
from analysis.findings.mixtures.choice import fit_quietly
from analysis.methods.indices.record import INDICES, INTERNAL
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import n_parameters
from analysis.methods.mixture.pinned import PinnedComponent, pinned_components
from analysis.methods.resampling import NullTest, null_test
from analysis.methods.selection import from_one, gap_statistic, knee, null_sweep, sweep

Floats = NDArray[np.float64]

N_NULLS = 19
"""Data sets without groups: if none of them reaches a value, chance does so in one case of 20."""
N_REFERENCES = 10
"""Data sets behind the gap statistic."""
STARTS = 5
"""Starts of K-Means in a sweep."""
NULL_STARTS = 2
"""Starts of K-Means on data without groups."""
N_PEAKS = 50
"""Places where the one peak of a column may be."""
MOST_PARAMETERS = 20_000
"""Mixtures with more free parameters are not fitted."""


@dataclasses.dataclass(frozen=True, eq=False)
class GroupCriteria:
    """What criteria say about the number of groups.

    Attributes
    ----------
    table : DataFrame
        Index ``k``; columns as in :class:`analysis.methods.selection.Sweep`, and, of the
        silhouettes of data without groups, the lowest and the highest: ``normal_low``,
        ``normal_high``, ``hill_low``, ``hill_high``.
    picks : DataFrame
        Index: the criterion. ``pick``: the k that it asks for, 1 for no groups, missing where it
        asks for none. ``null``: in which share of the data sets without groups it asks for the
        same, missing where they were not asked.
    normal, hill : NullTest
        The highest silhouette beside the highest of each data set without groups: of those drawn
        from one normal distribution, and of those from one hill with the columns' own shapes.
    n_rows : int
    """

    table: pd.DataFrame
    picks: pd.DataFrame
    normal: NullTest
    hill: NullTest
    n_rows: int

    @property
    def beyond_null(self) -> bool:
        """Whether no data set without groups has as high a silhouette at its best k."""
        return max(self.normal.p_value, self.hill.p_value) <= 1 / (1 + N_NULLS)

    @property
    def best(self) -> int:
        """The k at which the silhouette is highest."""
        return int(self.table.index[int(np.nanargmax(self.table["silhouette"]))])


def ask_criteria(Z: Floats, k_max: int, seed: int, *, mixtures: bool = True) -> GroupCriteria:
    """Ask criteria for the number of groups, and ask them about data without groups too.

    Half of these are drawn from one normal distribution with the covariances of the rows. It has
    no skew and no edges, which alone raise a silhouette. The other half are therefore drawn by a
    Gaussian copula, each column from its own values once :func:`one_hill` has evened them out.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
        Standardised.
    k_max : int
        The largest number of groups that is tried, less than there are different rows.
    seed : int
    mixtures : bool
        Fit Gaussian mixtures too, and ask BIC.

    Returns
    -------
    GroupCriteria
    """
    rng_gap, *rngs = np.random.default_rng(seed).spawn(3)
    ks = range(2, k_max + 1)
    found = sweep(Z, ks, n_init=STARTS, seed=seed)
    run = partial(null_sweep, k_values=ks, n_draws=N_NULLS, n_init=NULL_STARTS)
    evened = scaled(np.column_stack([one_hill(column) for column in Z.T])) * Z.std(axis=0)
    nulls = {
        "normal": run(Z, rng=rngs[0]).draws,
        "hill": run(evened, kind="copula", rng=rngs[1]).draws,
    }
    draws = [draw.set_index("k") for null in nulls.values() for _, draw in null.groupby("draw")]
    highest = float(found.table["silhouette"].max())
    normal, hill = (
        null_test(highest, null.groupby("draw")["silhouette"].max().to_numpy())
        for null in nulls.values()
    )
    gap = gap_statistic(
        Z,
        range(1, k_max + 1),
        reference="pca",
        n_references=N_REFERENCES,
        n_init=NULL_STARTS,
        rng=rng_gap,
        inertia=dict(zip(ks, found.table["inertia"].tolist(), strict=True)),
    )
    picks: dict[str, tuple[int | None, float]] = {}
    for name in INTERNAL:
        pick, low = found.best(name), INDICES[name].low_is_good
        same = [best_k(draw[name], low=low) == pick for draw in draws]
        picks[name] = pick, float(np.mean(same))
    pick_knee = knee(*from_one(found.table))
    same = [knee(*from_one(draw)) == pick_knee for draw in draws]
    picks["knee"] = pick_knee, float(np.mean(same))
    picks["gap"] = gap.chosen, np.nan
    if mixtures and n_parameters(k_max, Z.shape[1], "full") <= min(MOST_PARAMETERS, Z.size):
        picks["bic"] = _best_by_bic(Z, k_max, seed), np.nan
    return GroupCriteria(
        found.table.assign(
            **{
                f"{name}_{end}": getattr(null.groupby("k")["silhouette"], least)()
                for name, null in nulls.items()
                for end, least in (("low", "min"), ("high", "max"))
            }
        ),
        pd.DataFrame(
            {
                "pick": pd.array([pick for pick, _ in picks.values()], dtype="Int64"),
                "null": [share for _, share in picks.values()],
            },
            index=list(picks),
        ),
        normal,
        hill,
        len(Z),
    )


def one_hill(values: Floats) -> Floats:
    """Even out a column until its values have one peak, and keep its edges and its skew.

    Values of which each is there in many rows are returned as they are: their steps belong to the
    column's shape.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)

    Returns
    -------
    ndarray of shape (n_samples,)
        In the same order, and between the same ends. The distances of neighbours first fall and
        then rise: an isotonic regression of the observed ones on either side of the peak, which
        stands where the density has the highest likelihood (Grenander, 1956).

    References
    ----------
    Grenander, U. (1956). On the theory of mortality measurement, part II. Skandinavisk
    Aktuarietidskrift 39.
    """
    if len(np.unique(values)) <= stepped_from(len(values)):
        return values
    order = np.argsort(values, kind="stable")
    gaps = np.diff(values[order])
    smallest = 1e-9 * gaps.sum()
    fits = []
    for peak in np.unique(np.linspace(1, len(gaps) - 1, N_PEAKS).astype(int)):
        falling = isotonic_regression(gaps[:peak], increasing=False).x
        rising = isotonic_regression(gaps[peak:]).x
        fits.append(np.concatenate([falling, rising]))
    best = min(fits, key=lambda fit: float(np.log(fit + smallest).sum()))
    evened = np.empty_like(values)
    evened[order] = values[order[0]] + np.concatenate([[0.0], np.cumsum(best)])
    return evened


def fit_mixture(Z: Floats, n_components: int, seed: int, n_init: int = 1) -> EMGaussianMixture:
    """Fit a Gaussian mixture with full covariances.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
    n_components, seed, n_init : int

    Returns
    -------
    EMGaussianMixture
    """
    return fit_quietly(EMGaussianMixture(n_components, n_init=n_init, random_state=seed), Z)


def _best_by_bic(Z: Floats, k_max: int, seed: int) -> int:
    values = [fit_mixture(Z, k, seed).bic(Z) for k in range(1, k_max + 1)]
    return 1 + int(np.argmin(values))


def find_pinned(
    Z: Floats, n_components: int, seed: int, names: list[str]
) -> tuple[PinnedComponent, ...] | None:
    """Fit a mixture, and find its components that are pinned at the regularisation.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
    n_components, seed : int
    names : list of str
        Of the columns.

    Returns
    -------
    tuple of PinnedComponent or None
        None where the mixture would have more free parameters than :data:`MOST_PARAMETERS`.
    """
    if n_parameters(n_components, Z.shape[1], "full") > MOST_PARAMETERS:
        return None
    model = fit_mixture(Z, n_components, seed, n_init=STARTS)
    return pinned_components(model, feature_names=names)
