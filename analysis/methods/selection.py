"""How many clusters: sweeps over k, and criteria that claim to choose one.

The sweeps call scikit-learn's `KMeans`, on one thread each: tables of a few thousand rows gain
nothing from more. Its starts come from our `kmeans_plusplus`, which draws the same rows in less
time. All random numbers come from the seed or the generator given; each draw has a child of that
generator, so that the first draws are the same however many there are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd
from kneed import KneeLocator
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata
from sklearn.cluster import KMeans

from analysis.methods.indices.internal import (
    all_distances,
    bootstrap_internal,
    internal_indices,
    internal_of_many,
)
from analysis.methods.indices.record import INDICES, INTERNAL
from analysis.methods.kmeans.starts import kmeans_plusplus
from analysis.methods.threads import blas

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
Reference = Literal["box", "pca"]
Null = Literal["uniform", "gaussian", "copula", "permuted"]

# --------------------------------------------------------------------------------------
# Sweeps
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Sweep:
    """K-Means for several numbers of clusters.

    Attributes
    ----------
    table : DataFrame
        Index ``k``. Columns: ``inertia`` (WCSS, in squared units of the data), the three internal
        indices (missing where they are not defined: for one cluster, or as many as rows),
        ``n_iter`` of the best start, ``smallest`` and ``largest`` (cluster sizes), and
        ``relative_drop``: the share of the inertia at the k before that is gone at this k.
    labels : Mapping
        For each k the labels, shape (n_samples,).
    centers : Mapping
        For each k the centres, shape (k, n_features).
    """

    table: pd.DataFrame
    labels: Mapping[int, NDArray[np.int32]]
    centers: Mapping[int, Floats]

    def best(self, index: str) -> int:
        """Return the k at which an internal index is best; the smallest of equals."""
        values = self.table[index].to_numpy()
        return list(self.labels)[int(np.nanargmax(INDICES[index].sign * values))]


def sweep(
    X: Floats,
    k_values: Iterable[int],
    *,
    n_init: int = 20,
    max_iter: int = 300,
    seed: int = 42,
    indices: bool = True,
    progress: Progress | None = None,
) -> Sweep:
    """Fit K-Means for each number of clusters, each from the same seed.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    k_values : iterable of int
        Each at least 1 and at most n_samples.
    n_init, max_iter : int
        As in scikit-learn's `KMeans`.
    seed : int
        The `random_state` of every fit.
    indices : bool
        Compute the internal indices too.
    progress : callable, optional
        Called with (fits done, fits in all).

    Returns
    -------
    Sweep

    Raises
    ------
    ValueError
        If there are no numbers of clusters, or some are not between 1 and n_samples.
    """
    ks = _check_k(X, k_values)
    distances = all_distances(X) if indices else None
    rows: list[dict[str, float]] = []
    labels: dict[int, NDArray[np.int32]] = {}
    centers: dict[int, Floats] = {}
    with blas().limit(limits=1):
        for done, k in enumerate(ks, start=1):
            fit = KMeans(
                k, init=kmeans_plusplus, n_init=n_init, max_iter=max_iter, random_state=seed
            ).fit(X)
            labels[k], centers[k] = fit.labels_, fit.cluster_centers_
            sizes = np.bincount(fit.labels_, minlength=k)
            row = {
                "inertia": float(fit.inertia_),
                "n_iter": int(fit.n_iter_),
                "smallest": int(sizes.min()),
                "largest": int(sizes.max()),
            }
            if indices and 2 <= np.count_nonzero(sizes) < len(X):
                found = internal_indices(X, fit.labels_, distances=distances)
                row |= dataclasses.asdict(found)
            rows.append(row)
            if progress is not None:
                progress(done, len(ks))
    columns = ["inertia", *(INTERNAL if indices else ()), "n_iter", "smallest", "largest"]
    table = pd.DataFrame(rows, index=pd.Index(ks, name="k")).reindex(columns=columns)
    total = float(np.square(X - X.mean(axis=0)).sum()) if ks[0] == 2 else np.nan
    table["relative_drop"] = relative_drops(table["inertia"], total)
    return Sweep(table, labels, centers)


def relative_drops(inertia: ArrayLike, before: float = np.nan) -> Floats:
    """Return which share of the value before is gone.

    Parameters
    ----------
    inertia : array-like of shape (n,)
    before : float
        The value before the first; NaN, as the first share then is, where it is not known.

    Returns
    -------
    ndarray of shape (n,)
    """
    values = np.concatenate([[before], np.asarray(inertia, dtype=np.float64)])
    drops = np.where(np.isnan(values[:-1]), np.nan, 0.0)
    np.divide(values[:-1] - values[1:], values[:-1], out=drops, where=values[:-1] > 0)
    return drops


def from_one(table: pd.DataFrame) -> tuple[list[int], Floats]:
    """Return the numbers of clusters and WCSS of a sweep, from one cluster on where it starts at 2.

    One cluster needs no fit: its WCSS is all of the variance, which the first relative drop holds.

    Parameters
    ----------
    table : DataFrame
        Index or column ``k``, columns ``inertia`` and ``relative_drop``.

    Returns
    -------
    ks : list of int
    inertia : ndarray of shape (len(ks),)
    """
    rows = table.reset_index()
    ks, inertia = [int(k) for k in rows["k"]], rows["inertia"].to_numpy(dtype=np.float64)
    first = float(rows["relative_drop"].iloc[0])
    if ks[0] != 2 or not first < 1:
        return ks, inertia
    return [1, *ks], np.concatenate([[inertia[0] / (1 - first)], inertia])


def index_intervals(
    X: Floats,
    result: Sweep,
    *,
    n_resamples: int = 500,
    confidence: float = 0.95,
    seed: int = 42,
) -> pd.DataFrame:
    """Give bootstrap intervals of the internal indices at each k; see `bootstrap_internal`.

    Songs are resampled, labels are kept.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    result : Sweep
        Of the same rows.
    n_resamples : int
    confidence : float
        Share of the resamples that an interval encloses.
    seed : int

    Returns
    -------
    DataFrame
        Index ``k``, ``index``; columns ``estimate``, ``low``, ``high``.
    """
    distances = all_distances(X)
    rows = {}
    for k, labels in result.labels.items():
        if not 2 <= len(np.unique(labels)) < len(X):
            continue
        found = bootstrap_internal(
            X,
            labels,
            n_resamples=n_resamples,
            confidence=confidence,
            seed=seed,
            distances=distances,
        )
        for name, interval in found.items():
            rows[k, name] = dataclasses.asdict(interval)
    index = pd.MultiIndex.from_tuples(rows, names=["k", "index"])
    return pd.DataFrame(list(rows.values()), index=index)


# --------------------------------------------------------------------------------------
# The knee
# --------------------------------------------------------------------------------------


def knee(k_values: ArrayLike, inertia: ArrayLike, *, sensitivity: float = 1.0) -> int | None:
    """Find the knee of a falling convex curve by Kneedle (Satopää et al. 2011; package kneed).

    Both axes are scaled to [0, 1]; the knee is where the curve is farthest below the chord from
    its first point to its last. It therefore depends on where the curve is cut: `knees_by_range`.

    Parameters
    ----------
    k_values, inertia : array-like of shape (n,)
    sensitivity : float
        Kneedle's S: how far the curve must come back towards the chord.

    Returns
    -------
    int or None
        None if the detector finds none, or there are fewer than 3 points.
    """
    ks, values = np.asarray(k_values), np.asarray(inertia, dtype=np.float64)
    if len(ks) < 3 or np.ptp(values) == 0:
        return None
    found = KneeLocator(ks, values, S=sensitivity, curve="convex", direction="decreasing").knee
    return None if found is None else int(found)


def knees_by_range(
    k_values: Sequence[int], inertia: ArrayLike, *, sensitivity: float = 1.0
) -> pd.DataFrame:
    """Ask the detector again for each range of k that ends earlier.

    A property of the data would not move with the end of the range; the knee of a smooth curve
    does.

    Returns
    -------
    DataFrame
        Columns ``k_max`` and ``knee`` (missing where there is none), for ranges of 4 points on.
    """
    ks, values = list(k_values), np.asarray(inertia, dtype=np.float64)
    ends = range(4, len(ks) + 1)
    knees = [knee(ks[:end], values[:end], sensitivity=sensitivity) for end in ends]
    return pd.DataFrame(
        {"k_max": [ks[end - 1] for end in ends], "knee": pd.array(knees, dtype="Int64")}
    )


# --------------------------------------------------------------------------------------
# Data without clusters
# --------------------------------------------------------------------------------------


def uniform_reference(X: Floats, reference: Reference, rng: np.random.Generator) -> Floats:
    """Draw as many rows as `X` has, uniformly over a box around it.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    reference : {"box", "pca"}
        The box of the columns' ranges, or that of the ranges along the principal axes, which has
        the shape of the data (variants a and b of Tibshirani, Walther and Hastie).
    rng : Generator

    Returns
    -------
    ndarray of shape (n_samples, n_features)

    Raises
    ------
    ValueError
        If there is no such reference.
    """
    if reference not in get_args(Reference):
        raise ValueError(f"reference must be 'box' or 'pca', not {reference!r}.")
    if reference == "box":
        return rng.uniform(X.min(axis=0), X.max(axis=0), size=X.shape)
    mean = X.mean(axis=0)
    axes = np.linalg.svd(X - mean, full_matrices=False)[2]
    turned = (X - mean) @ axes.T
    drawn = rng.uniform(turned.min(axis=0), turned.max(axis=0), size=turned.shape)
    return np.asarray(drawn @ axes + mean)


def null_data(X: Floats, kind: Null, rng: np.random.Generator) -> Floats:
    """Draw data like `X`, but without its clusters.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    kind : {"uniform", "gaussian", "copula", "permuted"}
        Uniform in the box of the columns' ranges; one normal distribution with the mean and
        covariance of `X`; a Gaussian copula, which draws each column from its own values and
        keeps the correlations of their normal scores; or each column of `X` shuffled by itself,
        which keeps every histogram and breaks every dependence.
    rng : Generator

    Returns
    -------
    ndarray of shape (n_samples, n_features)

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind == "uniform":
        return uniform_reference(X, "box", rng)
    if kind == "gaussian":
        mean = X.mean(axis=0)
        spread = np.linalg.svd(X - mean, full_matrices=False)
        root = spread.S[:, np.newaxis] * spread.Vh / np.sqrt(len(X))
        return np.asarray(mean + rng.standard_normal((len(X), len(root))) @ root)
    if kind == "copula":
        scores = ndtri(rankdata(X, axis=0) / (len(X) + 1))
        sd = scores.std(axis=0)
        drawn = ndtr(null_data(scores, "gaussian", rng) / np.where(sd > 0, sd, 1.0))
        return np.take_along_axis(np.sort(X, axis=0), (drawn * len(X)).astype(np.intp), axis=0)
    if kind == "permuted":
        return rng.permuted(X, axis=0)
    raise ValueError(f"kind must be 'uniform', 'gaussian', 'copula' or 'permuted', not {kind!r}.")


@dataclasses.dataclass(frozen=True, eq=False)
class NullSweep:
    """The same sweep on data without clusters.

    Attributes
    ----------
    kind : str
        What was drawn; see `null_data`.
    draws : DataFrame
        Columns ``draw``, ``k``, and those of `Sweep.table` without its counts.
    """

    kind: Null
    draws: pd.DataFrame

    def summary(self, column: str, *, confidence: float = 0.95) -> pd.DataFrame:
        """Return mean, low and high over the draws at each k, for one column."""
        groups = self.draws.groupby("k")[column]
        return pd.DataFrame(
            {
                "mean": groups.mean(),
                "low": groups.quantile((1 - confidence) / 2),
                "high": groups.quantile((1 + confidence) / 2),
            }
        )


def null_sweep(
    X: Floats,
    k_values: Iterable[int],
    *,
    kind: Null = "gaussian",
    n_draws: int = 10,
    n_init: int = 5,
    max_iter: int = 300,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> NullSweep:
    """Sweep over k on data sets drawn by `null_data`.

    Each drawn data set is brought to the means and standard deviations of the columns of `X`, so
    that the inertias can be compared.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    k_values : iterable of int
    kind : {"uniform", "gaussian", "copula", "permuted"}
    n_draws : int
    n_init, max_iter : int
        As in scikit-learn's `KMeans`.
    rng : Generator
    progress : callable, optional
        Called with (sweeps done, sweeps in all).

    Returns
    -------
    NullSweep
    """
    ks = _check_k(X, k_values)
    found = []
    for draw, child in enumerate(rng.spawn(n_draws)):
        like = _same_moments(null_data(X, kind, child), X)
        result = sweep(
            like, ks, n_init=n_init, max_iter=max_iter, seed=_fit_seed(child), indices=False
        )
        labelings = list(result.labels.values())
        indices = internal_of_many(like, labelings, distances=all_distances(like))
        found.append(_of_draw(draw, result).assign(**indices))
        if progress is not None:
            progress(draw + 1, n_draws)
    return NullSweep(kind, pd.concat(found, ignore_index=True))


def resampled_sweep(
    X: Floats,
    k_values: Iterable[int],
    *,
    n_draws: int = 10,
    n_init: int = 5,
    max_iter: int = 300,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Sweep over k on samples of the rows, drawn with replacement.

    Numbers of clusters that a sample has not as many different rows for are left out.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    k_values : iterable of int
    n_draws : int
    n_init, max_iter : int
        As in scikit-learn's `KMeans`.
    rng : Generator

    Returns
    -------
    DataFrame
        As `NullSweep.draws`.
    """
    found = []
    for draw, child in enumerate(rng.spawn(n_draws)):
        sample = X[child.integers(len(X), size=len(X))]
        ks = [k for k in k_values if k < len(np.unique(sample, axis=0))]
        if ks:
            result = sweep(sample, ks, n_init=n_init, max_iter=max_iter, seed=_fit_seed(child))
            found.append(_of_draw(draw, result))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame({"draw": [], "k": []})


def _of_draw(draw: int, result: Sweep) -> pd.DataFrame:
    table = result.table.drop(columns=["n_iter", "smallest", "largest"]).reset_index()
    table.insert(0, "draw", draw)
    return table


def _same_moments(drawn: Floats, X: Floats) -> Floats:
    sd = drawn.std(axis=0)
    unit = (drawn - drawn.mean(axis=0)) / np.where(sd > 0, sd, 1.0)
    return np.asarray(unit * X.std(axis=0) + X.mean(axis=0))


# --------------------------------------------------------------------------------------
# The gap statistic
# --------------------------------------------------------------------------------------


N_REDRAWS = 1_000
"""Sets of references that are drawn again."""
FIRM_FROM = 0.95
"""Share of the redraws from which on an answer of the gap statistic is one."""


@dataclasses.dataclass(frozen=True, eq=False)
class Gap:
    """The gap statistic of Tibshirani, Walther and Hastie (2001), eq-gap-statistic.

    Attributes
    ----------
    reference : {"box", "pca"}
    table : DataFrame
        Index ``k``. Columns: ``log_inertia``; ``expected``, the mean log inertia over reference
        data sets; ``gap``, their difference; ``s``, the error of `expected`:
        ``sd * sqrt(1 + 1/B)`` with ddof 0; ``enough``, whether ``gap(k) >= gap(k+1) - s(k+1)``
        (missing at the last k).
    chosen : int or None
        The smallest k for which `enough` holds; None if there is none in the range.
    at_largest : int
        The k with the largest gap.
    redrawn : DataFrame
        Columns ``chosen``, 0 where there is none, and ``at_largest``: the answers that
        :data:`N_REDRAWS` other sets of as many references would give, as far as those there are
        tell. With one reference nothing is known of others, and no answer is firm.
    """

    reference: Reference
    table: pd.DataFrame
    chosen: int | None
    at_largest: int
    redrawn: pd.DataFrame

    def answers(self, rule: str) -> dict[int, float]:
        """Return which share of the redraws gives each answer, the commonest first."""
        shares = self.redrawn[rule].value_counts(normalize=True)
        return dict(zip(shares.index.tolist(), shares.tolist(), strict=True))

    def is_firm(self, rule: str) -> bool:
        """Whether nearly all redraws give the answer of the references there are."""
        answer = self.at_largest if rule == "at_largest" else self.chosen or 0
        return len(self.redrawn) > 1 and self.answers(rule).get(answer, 0.0) >= FIRM_FROM


def gap_statistic(
    X: Floats,
    k_values: Iterable[int],
    *,
    reference: Reference = "box",
    n_references: int = 20,
    n_init: int = 5,
    max_iter: int = 300,
    rng: np.random.Generator,
    inertia: Mapping[int, float] | None = None,
    progress: Progress | None = None,
) -> Gap:
    """Compare log WCSS with its expectation on uniform data.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    k_values : iterable of int
        Consecutive numbers, best from 1 on: the rule may then say that there are no clusters.
    reference : {"box", "pca"}
        See `uniform_reference`.
    n_references : int
        B, the number of reference data sets.
    n_init, max_iter : int
        As in scikit-learn's `KMeans`, for the references, and for `X` where `inertia` has no value.
    rng : Generator
    inertia : Mapping, optional
        WCSS of `X` at some k, already known.
    progress : callable, optional
        Called with (sweeps done, sweeps in all).

    Returns
    -------
    Gap

    Raises
    ------
    ValueError
        If the numbers of clusters are not consecutive, or the WCSS of some is zero.
    """
    ks = _check_k(X, k_values)
    if ks != list(range(ks[0], ks[-1] + 1)):
        raise ValueError(f"The gap statistic compares each k with the next; {ks} has holes.")
    known = dict(inertia or {})
    missing = [k for k in ks if k not in known]
    run = partial(sweep, n_init=n_init, max_iter=max_iter, indices=False)
    if missing:
        found = run(X, missing, seed=_fit_seed(rng)).table["inertia"].to_numpy()
        known |= dict(zip(missing, found.tolist(), strict=True))
    observed = np.array([known[k] for k in ks])
    logs = np.empty((n_references, len(ks)))
    for b, child in enumerate(rng.spawn(n_references)):
        drawn = uniform_reference(X, reference, child)
        logs[b] = _log(run(drawn, ks, seed=_fit_seed(child)).table["inertia"].to_numpy())
        if progress is not None:
            progress(b + 1, n_references)
    table = pd.DataFrame({"log_inertia": _log(observed)}, index=pd.Index(ks, name="k"))
    table["expected"] = logs.mean(axis=0)
    table["gap"] = table["expected"] - table["log_inertia"]
    table["s"] = logs.std(axis=0) * np.sqrt(1 + 1 / n_references)
    gap, s = table["gap"].to_numpy(), table["s"].to_numpy()
    enough = gap[:-1] >= gap[1:] - s[1:]
    table["enough"] = pd.array([*enough.tolist(), None], dtype="boolean")
    chosen = ks[int(enough.argmax())] if enough.any() else None
    redrawn = _redraw_references(_log(observed), logs, ks, rng)
    return Gap(reference, table, chosen, ks[int(gap.argmax())], redrawn)


def _redraw_references(
    observed: Floats, logs: Floats, ks: Sequence[int], rng: np.random.Generator
) -> pd.DataFrame:
    """Ask the gap statistic again with other references, predicted from those of shape (B, n_ks).

    Means of B references drawn with replacement scatter about the mean of those there are with
    their variance over B. Another set scatters about the truth, and so does the one there is:
    the two are apart by twice as much, and the variance itself comes out too small by (B - 1) / B.
    """
    n = len(logs)
    if n < 2:
        return pd.DataFrame({"chosen": [0], "at_largest": [0]})
    unbiased = n / (n - 1)
    drawn = logs[rng.integers(n, size=(N_REDRAWS, n))]
    mean = logs.mean(axis=0)
    gap = mean + np.sqrt(2 * unbiased) * (drawn.mean(axis=1) - mean) - observed
    s = drawn.std(axis=1) * np.sqrt(unbiased * (1 + 1 / n))
    enough = gap[:, :-1] >= gap[:, 1:] - s[:, 1:]
    numbers = np.asarray(ks)
    first = numbers[enough.argmax(axis=1)] if len(ks) > 1 else np.zeros(N_REDRAWS, dtype=int)
    return pd.DataFrame(
        {
            "chosen": np.where(enough.any(axis=1), first, 0),
            "at_largest": numbers[gap.argmax(axis=1)],
        }
    )


def _log(inertia: Floats) -> Floats:
    if (inertia <= 0).any():
        raise ValueError(
            "The WCSS is zero at some k, and has no logarithm; "
            "k must be less than the number of distinct rows."
        )
    return np.asarray(np.log(inertia))


# --------------------------------------------------------------------------------------
# Single starts
# --------------------------------------------------------------------------------------

INITS = ("random", "k-means++", "greedy k-means++")
"""Random rows; plain D² sampling; and scikit-learn's variant, its "k-means++"."""


def single_starts(
    X: Floats,
    n_clusters: int,
    *,
    n_starts: int = 200,
    max_iter: int = 300,
    rng: np.random.Generator,
    inits: Sequence[str] = INITS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run K-Means many times from one start each, for each way to start.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_clusters : int
    n_starts : int
        For each way.
    max_iter : int
    rng : Generator
    inits : sequence of str
        Of `INITS`.
    progress : callable, optional
        Called with (starts done, starts in all).

    Returns
    -------
    DataFrame
        One row a start: ``init``, ``start``, ``inertia_start`` (J of the starting centres, each
        row at the nearest), ``inertia`` (J at the end), ``n_iter``.

    Raises
    ------
    ValueError
        If a way to start is not known.
    """
    _check_k(X, [n_clusters])
    unknown = [init for init in inits if init not in INITS]
    if unknown:
        raise ValueError(f"There is no init {unknown[0]!r}; there are {', '.join(INITS)}.")
    rows = []
    of_init = dict(zip(INITS, rng.spawn(len(INITS)), strict=True))
    with blas().limit(limits=1):
        for place, init in enumerate(inits):
            for start, child in enumerate(of_init[init].spawn(n_starts)):
                centers = _draw_start(X, n_clusters, init, child)
                fit = KMeans(n_clusters, init=centers, n_init=1, max_iter=max_iter).fit(X)
                squares = np.square(X[:, np.newaxis] - centers).sum(axis=2).min(axis=1)
                rows.append((init, start, squares.sum(), float(fit.inertia_), int(fit.n_iter_)))
                if progress is not None:
                    progress(place * n_starts + start + 1, len(inits) * n_starts)
    return pd.DataFrame(rows, columns=["init", "start", "inertia_start", "inertia", "n_iter"])


def _draw_start(X: Floats, n_clusters: int, init: str, rng: np.random.Generator) -> Floats:
    if init == "random":
        return X[rng.choice(len(X), n_clusters, replace=False)]
    trials = 1 if init == "k-means++" else None
    return kmeans_plusplus(X, n_clusters, n_local_trials=trials, random_state=_fit_seed(rng))


# --------------------------------------------------------------------------------------


def _check_k(X: Floats, k_values: Iterable[int]) -> list[int]:
    ks = sorted({int(k) for k in k_values})
    if not ks:
        raise ValueError("There are no numbers of clusters to try; give at least one.")
    if ks[0] < 1 or ks[-1] > len(X):
        wrong = ks[0] if ks[0] < 1 else ks[-1]
        raise ValueError(
            f"k = {wrong} is not possible with {len(X)} rows; it should be from 1 to {len(X)}."
        )
    return ks


def _fit_seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))
