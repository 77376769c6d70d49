"""Where the likelihood of a mixture has no bound: redundant features, components on one song."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.choice import best_k
from analysis.findings.mixtures.choice import (
    MixtureSweep,
    aic,
    bic,
    fit_quietly,
    fit_starts,
)
from analysis.findings.mixtures.choice_checked import refit_numbers
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.run import REG_COVAR
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import COVARIANCE_TYPES, log_density, n_parameters
from analysis.methods.mixture.pinned import notice, pinned_components
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]

DECADES = tuple(range(2, 11))
"""`reg_covar` is tried at ten to the minus these; below, rounding shows in the eigenvalues."""
ASKED_DECADES = (2, 6, 10)
"""Those at which the number of components is chosen anew."""
MOST_SONGS = 5
"""Songs on one point, at most, that a spike is tried with."""
FLAT = 1e-12
"""An eigenvalue of the correlation matrix below is no more than rounding."""


@dataclasses.dataclass(frozen=True, eq=False)
class Degeneracy:
    """What `reg_covar` does to the study's mixture on one feature set.

    Attributes
    ----------
    n_songs, n_features : int
    n_redundant : int
        Directions in which all songs are the same (def-redundant).
    involved : tuple of str
        Features that these directions involve.
    table : DataFrame
        Index ``decade``: `reg_covar` is ten to the minus that. Columns: ``reg_covar``,
        ``log_likelihood``, ``bic``, ``aic``, ``gain`` (of log-likelihood since the decade before),
        ``smallest`` and ``largest_smallest`` (least and greatest of the components' smallest
        eigenvalues, over `reg_covar`), ``n_pinned``, ``converged``, ``agreement`` (adjusted Rand
        index of the labels with those at the study's `reg_covar`).
    picks : DataFrame
        Index ``decade``; columns ``bic``, ``aic``: the number of components chosen among `ks`, with
        one start each.
    ks : tuple of int
    eigenvalues : ndarray of shape (n_components, n_features)
        Of the components' covariances at the study's `reg_covar`, the smallest first.
    kinds : DataFrame
        Index: kind of covariance. Columns ``n_pinned`` and ``n``: covariances pinned, and all.
    reduced : DataFrame
        Index ``k``; ``bic`` and ``aic`` of the sweep without the redundant directions
        (prp-choice).
    reduced_gap : float
        By how much a fit without the redundant directions misses what thm-slope says, in nats.
    warning : str
        What `analysis.methods.mixture.pinned.check_mixture` says of the fit; empty if nothing.
    """

    n_songs: int
    n_features: int
    n_redundant: int
    involved: tuple[str, ...]
    table: pd.DataFrame
    picks: pd.DataFrame
    ks: tuple[int, ...]
    eigenvalues: Floats
    kinds: pd.DataFrame
    reduced: pd.DataFrame
    reduced_gap: float
    warning: str

    @property
    def n_components(self) -> int:
        """Components of the study's mixture."""
        return len(self.eigenvalues)

    @property
    def state(self) -> str:
        """Whether some direction is redundant, in words."""
        return "singular" if self.n_redundant else "not singular"

    @property
    def slope(self) -> float:
        """What redundant directions add to the log-likelihood per decade (thm-slope), in nats."""
        return slope(self.n_songs, self.n_redundant)

    @property
    def price(self) -> int:
        """Free parameters that a further component adds."""
        return _price(self.n_features)

    @property
    def useful_price(self) -> int:
        """Those among them that the redundant directions leave to the songs."""
        return _price(self.n_features - self.n_redundant)

    @property
    def gains(self) -> pd.Series[float]:
        """What each decade added to the log-likelihood; index ``decade``, from the second on."""
        return self.table["gain"].iloc[1:]

    @property
    def n_pinned(self) -> int:
        """Pinned components at the study's `reg_covar`."""
        return int(self.at(REG_COVAR, "n_pinned"))

    @property
    def smallest_eigenvalue(self) -> float:
        """The smallest eigenvalue of any component, at the study's `reg_covar`."""
        return float(self.eigenvalues.min())

    @property
    def largest_error(self) -> float:
        """How far any smallest eigenvalue is from `reg_covar`, as a share of it."""
        ends = self.table[["smallest", "largest_smallest"]].to_numpy()
        return float(np.abs(ends - 1).max())

    @property
    def bic_range(self) -> float:
        """How far BIC moves over the values of `reg_covar` that were tried."""
        return float(self.table["bic"].max() - self.table["bic"].min())

    @property
    def agreement_when_small(self) -> float:
        """That index between labels at the study's `reg_covar` and at the smallest one tried."""
        return float(self.table["agreement"].iloc[-1])

    def at_tenth(self, column: str) -> float:
        """Return a value at a tenth of the study's `reg_covar`."""
        return self.at(REG_COVAR / 10, column)

    def at(self, reg_covar: float, column: str) -> float:
        """Return a value at one `reg_covar`.

        Raises
        ------
        KeyError
            If it is not a power of ten that was tried.
        """
        return float(self.table[column].loc[round(-math.log10(reg_covar))])

    def chosen(self, criterion: str) -> tuple[int, ...]:
        """Return the different numbers of components chosen over `picks`, in rising order."""
        return tuple(sorted({int(k) for k in self.picks[criterion]}))

    def best_reduced(self, criterion: str) -> int:
        """Return what BIC or AIC would choose without the redundant directions."""
        best = best_k(self.reduced[criterion], low=True)
        assert best is not None  # noqa: S101  (every number tried has a value)
        return best


@dataclasses.dataclass(frozen=True, eq=False)
class Spikes:
    """A further component on one song, or on songs that are the same (thm-one-song).

    Attributes
    ----------
    table : DataFrame
        Index ``m``: songs on the point. Columns: ``gain`` (what the spike adds to the
        log-likelihood at the study's `reg_covar`, at least), ``bic`` and ``aic`` (the `reg_covar`
        below which the criterion falls).
    runs : DataFrame
        Index ``decade``: EM from the study's mixture with a spike on one song. Columns:
        ``log_likelihood``, ``gain`` (since the decade before), ``above`` (over the mixture without
        a spike), ``songs`` (how many the spike has in the end).
    track : str
        The song: that of median density under the study's mixture.
    log_density : float
        Its own, in nats.
    n_songs, n_features : int
    price : int
        Free parameters that a further component adds.
    largest_repeat : int
        The most songs of the table that agree in every feature.
    """

    table: pd.DataFrame
    runs: pd.DataFrame
    track: str
    log_density: float
    n_songs: int
    n_features: int
    price: int
    largest_repeat: int

    def at(self, reg_covar: float, column: str) -> float:
        """Return a value of `runs` at one `reg_covar`.

        Raises
        ------
        KeyError
            If it is not a power of ten that was tried.
        """
        return float(self.runs[column].loc[round(-math.log10(reg_covar))])

    @property
    def slope(self) -> float:
        """What a spike on one song adds to the log-likelihood per decade, in nats."""
        return slope(1, self.n_features)

    @property
    def gains(self) -> pd.Series[float]:
        """What each decade added in the runs; index ``decade``, from the second on."""
        return self.runs["gain"].iloc[1:]

    def enough(self, criterion: str) -> int | None:
        """Return the fewest songs on a point that pay for a spike at the study's `reg_covar`."""
        pays = self.table.index[self.table[criterion] > REG_COVAR]
        return int(pays[0]) if len(pays) else None


def slope(n_songs: int, n_redundant: int) -> float:
    """Return the log-likelihood that a tenth of `reg_covar` brings, in nats (thm-slope).

    ``(n_songs n_redundant / 2) ln 10``.
    """
    return n_songs * n_redundant / 2 * math.log(10)


def redundant_directions(X: Floats) -> Floats:
    """Find the directions in which all rows are the same (def-redundant).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Columns with a variance of 1, or constant ones.

    Returns
    -------
    ndarray of shape (n_features, n_redundant)
        Orthonormal columns.
    """
    values, vectors = np.linalg.eigh(np.cov(X, rowvar=False, ddof=0))
    return np.asarray(vectors[:, values < FLAT])


def measure_degeneracy(dataset: Dataset, config: Config, sweep: MixtureSweep) -> Degeneracy:
    """Fit the study's mixture with ever smaller `reg_covar`, and look at the eigenvalues."""
    Z = z_scores(dataset.X)
    n, d = Z.shape
    flat = redundant_directions(Z)
    involved = np.square(flat).sum(axis=1) > 1e-6
    fits = {decade: _best_fit(Z, config, 10.0**-decade) for decade in DECADES}
    asked = round(-math.log10(REG_COVAR))
    ks = refit_numbers(sweep.ks, config.n_clusters)
    pinned = pinned_components(fits[asked], feature_names=dataset.feature_names)
    kinds = {}
    for kind in COVARIANCE_TYPES:
        model = fits[asked] if kind == "full" else _single(Z, config, kind)
        n_covariances = 1 if kind == "tied" else config.n_clusters
        kinds[kind] = {"n_pinned": len(pinned_components(model)), "n": n_covariances}
    return Degeneracy(
        n_songs=n,
        n_features=d,
        n_redundant=flat.shape[1],
        involved=tuple(np.compress(involved, dataset.feature_names).tolist()),
        table=_decade_table(Z, fits, asked),
        picks=_picks(Z, config, ks),
        ks=ks,
        eigenvalues=_eigenvalues(fits[asked]),
        kinds=pd.DataFrame.from_dict(kinds, orient="index"),
        reduced=_without(sweep, flat.shape[1]),
        reduced_gap=_reduced_gap(Z, flat, config, fits[asked]),
        warning=notice(pinned, config.n_clusters) if pinned else "",
    )


def measure_spikes(dataset: Dataset, config: Config, mixture: Mixture) -> Spikes:
    """Work out, and try, what a component on one song does to the study's mixture."""
    Z = z_scores(dataset.X)
    n, d = Z.shape
    densities = log_density(Z, mixture.parameters)
    song = int(np.argsort(densities, kind="stable")[n // 2])
    own = float(densities[song])
    price = _price(d)
    rows = {
        m: {
            "gain": spike_gain(n, d, m, own, REG_COVAR),
            "bic": spike_threshold(n, d, m, own, price * math.log(n) / 2),
            "aic": spike_threshold(n, d, m, own, price),
        }
        for m in range(1, min(MOST_SONGS, n - 1) + 1)
    }
    runs = {decade: _spike_run(Z, song, mixture, config, 10.0**-decade) for decade in DECADES}
    table = pd.DataFrame.from_dict(runs, orient="index").rename_axis("decade")
    table["gain"] = table["log_likelihood"].diff()
    _, counts = np.unique(Z, axis=0, return_counts=True)
    return Spikes(
        table=pd.DataFrame.from_dict(rows, orient="index").rename_axis("m"),
        runs=table,
        track=str(dataset.tracks[song]),
        log_density=own,
        n_songs=n,
        n_features=d,
        price=price,
        largest_repeat=int(counts.max()),
    )


def spike_gain(n: int, d: int, m: int, log_density: float, reg_covar: float) -> float:
    """Return what a spike of weight m / n on m songs adds to the log-likelihood (eq-spike).

    Parameters
    ----------
    n, d : int
        Songs and features.
    m : int
        Songs on the point, fewer than all.
    log_density : float
        Of these songs under the mixture without the spike, in nats.
    reg_covar : float
        The variance of the spike in every direction.

    Returns
    -------
    float
        A lower bound of what the log-likelihood rises by, in nats.
    """
    peak = -d / 2 * math.log(2 * math.pi * reg_covar)
    return m * (math.log(m / n) + peak - log_density) + (n - m) * math.log1p(-m / n)


def spike_threshold(n: int, d: int, m: int, log_density: float, price: float) -> float:
    """Return the `reg_covar` at which `spike_gain` is a price, in nats; below it is more.

    Parameters
    ----------
    n, d, m : int
        As for `spike_gain`.
    log_density : float
        As for `spike_gain`.
    price : float
        In nats.

    Returns
    -------
    float
    """
    at_one = spike_gain(n, d, m, log_density, 1.0)
    log_threshold: float = 2 * (at_one - price) / (m * d)
    return math.exp(log_threshold)


def _price(d: int) -> int:
    return n_parameters(2, d, "full") - n_parameters(1, d, "full")


def _best_fit(Z: Floats, config: Config, reg_covar: float) -> EMGaussianMixture:
    fits = fit_starts(
        Z,
        config.n_clusters,
        n_init=config.gmm_sweep_n_init,
        max_iter=config.max_iter,
        seed=config.seed,
        reg_covar=reg_covar,
    )
    return max(fits, key=lambda fit: fit.lower_bound_)


def _single(Z: Floats, config: Config, kind: str) -> EMGaussianMixture:
    model = EMGaussianMixture(
        config.n_clusters,
        covariance_type=kind,  # type: ignore[arg-type]
        max_iter=config.max_iter,
        random_state=config.seed,
    )
    return fit_quietly(model, Z)


def _decade_table(Z: Floats, fits: dict[int, EMGaussianMixture], asked: int) -> pd.DataFrame:
    from sklearn.metrics import adjusted_rand_score

    labels = fits[asked].predict(Z)
    rows = {}
    for decade, fit in fits.items():
        smallest = _eigenvalues(fit)[:, 0] / fit.reg_covar
        rows[decade] = {
            "reg_covar": fit.reg_covar,
            "log_likelihood": float(fit.score_samples(Z).sum()),
            "bic": fit.bic(Z),
            "aic": fit.aic(Z),
            "smallest": float(smallest.min()),
            "largest_smallest": float(smallest.max()),
            "n_pinned": len(pinned_components(fit)),
            "converged": fit.converged_,
            "agreement": float(adjusted_rand_score(labels, fit.predict(Z))),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("decade")
    table["gain"] = table["log_likelihood"].diff()
    return table


def _picks(Z: Floats, config: Config, ks: tuple[int, ...]) -> pd.DataFrame:
    rows = {}
    for decade in ASKED_DECADES:
        fits = [
            fit_starts(
                Z,
                k,
                n_init=1,
                max_iter=config.max_iter,
                seed=config.seed,
                reg_covar=10.0**-decade,
            )[0]
            for k in ks
        ]
        rows[decade] = {
            "bic": min((fit.bic(Z), fit.n_components) for fit in fits)[1],
            "aic": min((fit.aic(Z), fit.n_components) for fit in fits)[1],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("decade")


def _without(sweep: MixtureSweep, n_redundant: int) -> pd.DataFrame:
    """Give the criteria of the sweep without its redundant directions (prp-choice)."""
    n = sweep.n_songs
    constant = n * n_redundant / 2 * math.log(2 * math.pi * sweep.reg_covar)
    likelihood = sweep.table["log_likelihood"] + constant
    d = sweep.n_features - n_redundant
    p = pd.Series({k: n_parameters(k, d, sweep.covariance_type) for k in sweep.ks})
    frame = pd.DataFrame({"bic": bic(likelihood, p, n), "aic": aic(likelihood, p)})
    return frame.rename_axis("k")


def _reduced_gap(Z: Floats, flat: Floats, config: Config, fit: EMGaussianMixture) -> float:
    """Fit without the redundant directions, and compare with what thm-slope says."""
    n_redundant = int(flat.shape[1])
    if n_redundant in (0, Z.shape[1]):
        return 0.0
    rest = np.linalg.svd(flat, full_matrices=True)[0][:, n_redundant:]
    reduced = _best_fit(Z @ rest, config, REG_COVAR)
    constant = len(Z) * n_redundant / 2 * math.log(2 * math.pi * REG_COVAR)
    with_it = float(fit.score_samples(Z).sum())
    without = float(reduced.score_samples(Z @ rest).sum())
    return abs(with_it + constant - without)


def _spike_run(
    Z: Floats, song: int, mixture: Mixture, config: Config, reg_covar: float
) -> dict[str, float]:
    """Run EM from the study's mixture with a spike on a song."""
    n, d = Z.shape
    precisions = np.linalg.inv(mixture.covariances)
    model = EMGaussianMixture(
        mixture.n_components + 1,
        reg_covar=reg_covar,
        max_iter=config.max_iter,
        weights_init=np.append(mixture.weights * (1 - 1 / n), 1 / n),
        means_init=np.vstack([mixture.centers.to_numpy(), Z[song]]),
        precisions_init=_symmetric(np.concatenate([precisions, [np.eye(d) / reg_covar]])),
    )
    fit_quietly(model, Z)
    log_likelihood = float(model.score_samples(Z).sum())
    return {
        "log_likelihood": log_likelihood,
        "above": log_likelihood - mixture.log_likelihood,
        "songs": float(model.weights_[-1] * n),
    }


def _eigenvalues(fit: EMGaussianMixture) -> Floats:
    """Give those of every component, the smallest first; shape (n_components, n_features)."""
    return np.asarray(np.linalg.eigvalsh(fit.covariances_), dtype=np.float64)


def _symmetric(matrices: Floats) -> Floats:
    return np.asarray((matrices + matrices.transpose(0, 2, 1)) / 2)
