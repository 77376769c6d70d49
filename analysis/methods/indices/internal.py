"""How good a clustering is by itself.

Bootstrap intervals are of songs drawn with replacement that keep their labels: they say how much an
index depends on which songs the table happens to hold, given this clustering, and not how the
clustering would change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.methods.indices.record import INTERNAL
from analysis.methods.resampling import Interval, _resamples, basic_interval, interval

Floats = NDArray[np.float64]
MOST_ROWS_WITH_ALL_DISTANCES = 4_000
"""Up to here all distances are computed once and kept: 128 MB at most."""


@dataclasses.dataclass(frozen=True)
class InternalIndices:
    """What the data alone say about a clustering.

    Attributes
    ----------
    silhouette : float
        Mean of the rows' silhouettes, -1 to 1, high is good (eq-silhouette).
    davies_bouldin : float
        Mean over clusters of the worst ratio of spread to separation, low is good
        (eq-davies-bouldin).
    calinski_harabasz : float
        Ratio of between to within variance, high is good (eq-calinski-harabasz).
    """

    silhouette: float
    davies_bouldin: float
    calinski_harabasz: float


def all_distances(X: Floats) -> Floats | None:
    """Return the distances of all pairs of rows, to be used again; None if they are too many."""
    from sklearn.metrics import pairwise_distances

    if len(X) > MOST_ROWS_WITH_ALL_DISTANCES:
        return None
    distances: Floats = pairwise_distances(X)
    np.fill_diagonal(distances, 0.0)
    return distances


def silhouette_samples(X: Floats, labels: ArrayLike, *, distances: Floats | None = None) -> Floats:
    """Return the silhouette of every row (eq-silhouette).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    distances : ndarray of shape (n_samples, n_samples), optional
        From `all_distances`.

    Returns
    -------
    ndarray of shape (n_samples,)
        Between -1 and 1; 0 for the only member of a cluster.

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters, or as many as rows.
    """
    from sklearn.metrics import silhouette_samples as sklearn_silhouette_samples

    if distances is None:
        distances = all_distances(X)
    if distances is None:
        return np.asarray(sklearn_silhouette_samples(X, labels))
    return np.asarray(sklearn_silhouette_samples(distances, labels, metric="precomputed"))


def silhouette_influence(
    X: Floats, labels: ArrayLike, *, distances: Floats | None = None
) -> Floats:
    """Return what each row adds to the mean silhouette: its own, and its part in those of others.

    A row that is drawn once more changes the mean distances of the others to its cluster. To first
    order (the infinitesimal jackknife) that adds, to the silhouettes of its own cluster, their
    derivative by a times the distance to the row less a, and likewise for b. The mean of what is
    returned is the mean silhouette, and its mean over resampled rows scatters like it.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)
    distances : ndarray of shape (n_samples, n_samples), optional
        From `all_distances`.

    Returns
    -------
    ndarray of shape (n_samples,)

    References
    ----------
    Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application, chapter 2.
    """
    label_of = np.unique(np.asarray(labels), return_inverse=True)[1]
    rows, sizes = np.arange(len(label_of)), np.bincount(label_of)
    members = np.equal(label_of[:, np.newaxis], np.arange(len(sizes))).astype(np.float64)
    means = _times_distances(X, members, distances)
    own = means[rows, label_of] / np.maximum(sizes[label_of] - 1, 1)
    means /= sizes
    means[rows, label_of] = np.inf
    nearest = means.argmin(axis=1)
    other = means[rows, nearest]
    largest = np.maximum(own, other)
    sound = (sizes[label_of] > 1) & (largest > 0)
    largest[~sound] = 1.0
    by_own = np.where(sound, -np.minimum(own, other) / largest**2, 0.0)
    by_other = -by_own
    tight = own < other
    by_own[tight & sound] = -1 / largest[tight & sound]
    by_other[~tight & sound] = 1 / largest[~tight & sound]

    by_own /= np.maximum(sizes[label_of] - 1, 1)
    by_other /= sizes[nearest]
    beside = np.equal(nearest[:, np.newaxis], np.arange(len(sizes)))
    parts = members * by_own[:, np.newaxis] + beside * by_other[:, np.newaxis]
    paid = members.T @ (by_own * own) + beside.T @ (by_other * other)
    silhouettes = np.where(sound, (other - own) / largest, 0.0)
    through_others = _times_distances(X, parts, distances)[rows, label_of] - paid[label_of]
    return np.asarray(silhouettes + through_others + by_own * own)


def silhouette_in_population(
    X: Floats, labels: ArrayLike, *, distances: Floats | None = None
) -> float:
    """Return the mean silhouette of a population in which each row stands for many alike.

    A row's distances to its like, which are zero, count there for its own cluster.

    Parameters
    ----------
    X, labels, distances : as `silhouette_influence` takes them

    Returns
    -------
    float
    """
    label_of = np.unique(np.asarray(labels), return_inverse=True)[1]
    rows, sizes = np.arange(len(label_of)), np.bincount(label_of)
    members = np.equal(label_of[:, np.newaxis], np.arange(len(sizes))).astype(np.float64)
    means = _times_distances(X, members, distances) / sizes
    own = means[rows, label_of].copy()
    means[rows, label_of] = np.inf
    other = means.min(axis=1)
    largest = np.maximum(own, other)
    return float(np.where(largest > 0, (other - own) / np.where(largest > 0, largest, 1), 0).mean())


def _times_distances(X: Floats, columns: Floats, distances: Floats | None) -> Floats:
    from sklearn.metrics import pairwise_distances_chunked

    if distances is None:
        distances = all_distances(X)
    if distances is not None:
        return np.asarray(distances @ columns)
    return np.concatenate([chunk @ columns for chunk in pairwise_distances_chunked(X)])


def internal_indices(
    X: Floats, labels: ArrayLike, *, distances: Floats | None = None
) -> InternalIndices:
    """Compute the internal indices.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    distances : ndarray of shape (n_samples, n_samples), optional
        From `all_distances`.

    Returns
    -------
    InternalIndices

    Raises
    ------
    ValueError
        If there are fewer than 2 clusters, or as many as rows.
    """
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    return InternalIndices(
        float(silhouette_samples(X, labels, distances=distances).mean()),
        float(davies_bouldin_score(X, labels)),
        float(calinski_harabasz_score(X, labels)),
    )


def internal_of_many(
    X: Floats, labelings: Sequence[ArrayLike], *, distances: Floats | None = None
) -> dict[str, Floats]:
    """Compute the internal indices of many labelings of the same rows.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labelings : sequence of array-like of shape (n_samples,)
    distances : ndarray of shape (n_samples, n_samples), optional
        From `all_distances`; with it, silhouettes are sums of its columns, and quick.

    Returns
    -------
    dict
        For each name in `INTERNAL` an array of shape (n_labelings,); NaN for a labeling with a
        single cluster, or one for each row.
    """
    found = {name: np.full(len(labelings), np.nan) for name in INTERNAL}
    for i, labels in enumerate(labelings):
        label_of = np.unique(np.asarray(labels), return_inverse=True)[1]
        if 0 < label_of.max() < len(X) - 1:
            if distances is None:
                silhouettes = silhouette_samples(X, label_of)
            else:
                silhouettes = _silhouettes_from_sums(distances, label_of)
            every_row = np.ones((1, len(X)))
            indices = _weighted_indices(X - X.mean(axis=0), label_of, silhouettes, every_row)
            for name in INTERNAL:
                found[name][i] = indices[name][0]
    return found


def _silhouettes_from_sums(distances: Floats, labels: NDArray[np.intp]) -> Floats:
    rows, sizes = np.arange(len(labels)), np.bincount(labels)
    members = np.equal(labels[:, np.newaxis], np.arange(len(sizes))).astype(np.float64)
    sums = distances @ members
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    largest = np.maximum(own, other)
    sound = (sizes[labels] > 1) & (largest > 0)
    return np.where(sound, (other - own) / np.where(sound, largest, 1.0), 0.0)


def silhouette_table(
    X: Floats, labels: ArrayLike, *, distances: Floats | None = None
) -> pd.DataFrame:
    """Return each row's cluster and silhouette, clusters in order and rows from high to low.

    Returns
    -------
    DataFrame
        Index: the row's number in `X`. Columns: ``cluster``, ``silhouette``.
    """
    table = pd.DataFrame(
        {
            "cluster": np.asarray(labels),
            "silhouette": silhouette_samples(X, labels, distances=distances),
        }
    )
    return table.sort_values(["cluster", "silhouette"], ascending=[True, False], kind="stable")


def distances_to_center(X: Floats, centers: Floats, labels: ArrayLike) -> Floats:
    """Return the Euclidean distance of every row to the centre of its cluster.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)
    labels : array-like of shape (n_samples,)

    Returns
    -------
    ndarray of shape (n_samples,)
        In units of `X`.
    """
    return np.asarray(np.linalg.norm(X - centers[np.asarray(labels)], axis=1))


def bootstrap_internal(
    X: Floats,
    labels: ArrayLike,
    *,
    n_resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
    distances: Floats | None = None,
) -> dict[str, Interval]:
    """Give intervals of the internal indices over resampled songs; each keeps its label.

    The centres that Davies-Bouldin and Calinski-Harabasz need are computed anew from the songs
    drawn. For the silhouette each song keeps what `silhouette_influence` has for it in the whole
    table, and the mean of that is resampled: distances between copies of one song, which are zero,
    would make every clustering look tighter than it is. Resamples in which a cluster is empty are
    left out; if that leaves none, the ends of the intervals are missing.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    n_resamples : int
    confidence : float
    seed : int
    distances : ndarray of shape (n_samples, n_samples), optional
        From `all_distances`.

    Returns
    -------
    dict
        An `Interval` for each name in `INTERNAL`.
    """
    draws = resample_internal(X, labels, n_resamples=n_resamples, seed=seed, distances=distances)
    observed = dataclasses.asdict(internal_indices(X, labels, distances=distances))
    return {
        name: internal_interval(name, observed[name], found[~np.isnan(found)], confidence)
        for name, found in draws.items()
    }


def internal_interval(name: str, estimate: float, draws: Floats, confidence: float) -> Interval:
    """Return an internal index with the kind of interval that suits it (tbl-coverage).

    It is a basic interval for Calinski-Harabasz, whose resamples lie too high: songs that are drawn
    twice have their centre nearer. It is a percentile interval for the other two.

    Parameters
    ----------
    name : str
        One of :data:`analysis.methods.indices.record.INTERNAL`.
    estimate : float
    draws : ndarray of shape (n_resamples,)
        From :func:`resample_internal`, without those that are missing.
    confidence : float

    Returns
    -------
    Interval
    """
    kind = basic_interval if name == "calinski_harabasz" or not len(draws) else interval
    return kind(estimate, draws, confidence)


def resample_internal(
    X: Floats,
    labels: ArrayLike,
    *,
    n_resamples: int = 2000,
    seed: int = 0,
    distances: Floats | None = None,
) -> dict[str, Floats]:
    """Compute the internal indices of resampled songs, as `bootstrap_internal` describes.

    The same seed draws the same songs, so that two clusterings can be compared draw by draw.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    n_resamples : int
    seed : int
    distances : ndarray of shape (n_samples, n_samples), optional
        Between all rows, if they are known already.

    Returns
    -------
    dict
        For each name in `INTERNAL` an array of shape (n_resamples,); NaN where a cluster is empty.
    """
    _, label_of = np.unique(np.asarray(labels), return_inverse=True)
    silhouettes = silhouette_influence(X, label_of, distances=distances)
    draws: dict[str, list[Floats]] = {name: [] for name in INTERNAL}
    for weights in _resamples(np.random.default_rng(seed), len(X), n_resamples):
        whole = _has_every_cluster(weights, label_of)
        found = _weighted_indices(X - X.mean(axis=0), label_of, silhouettes, weights[whole])
        for name in INTERNAL:
            values = np.full(len(weights), np.nan)
            values[whole] = found[name]
            draws[name].append(values)
    return {name: np.concatenate(values) for name, values in draws.items()}


def _has_every_cluster(weights: Floats, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    members = np.equal(labels[:, np.newaxis], np.arange(int(labels.max()) + 1))
    return np.asarray((weights @ members.astype(np.float64) > 0).all(axis=1))


def _weighted_indices(
    X: Floats, labels: NDArray[np.intp], silhouettes: Floats, weights: Floats
) -> dict[str, Floats]:
    """Compute the internal indices of resamples; `weights`: (n_resamples, n_samples).

    No cluster may be without weight.
    """
    n, k = X.shape[0], int(labels.max()) + 1
    members = np.equal(labels[:, np.newaxis], np.arange(k)).astype(np.float64)
    sizes = weights @ members
    sums = np.stack([weights @ (members * column[:, np.newaxis]) for column in X.T], axis=2)
    centers = sums / sizes[:, :, np.newaxis]

    spread = np.empty_like(sizes)
    within = np.zeros(len(weights))
    for cluster in range(k):
        rows = np.flatnonzero(labels == cluster)
        gaps = X[rows] - centers[:, cluster, np.newaxis]
        squares = np.square(gaps).sum(axis=2)
        within += (weights[:, rows] * squares).sum(axis=1)
        spread[:, cluster] = (weights[:, rows] * np.sqrt(squares)).sum(axis=1) / sizes[:, cluster]
    mean = (sizes[:, :, np.newaxis] * centers).sum(axis=1) / n
    between = (sizes * np.square(centers - mean[:, np.newaxis]).sum(axis=2)).sum(axis=1)

    gaps = centers[:, :, np.newaxis] - centers[:, np.newaxis]
    separation = np.sqrt(np.square(gaps).sum(axis=3))
    separation[:, np.arange(k), np.arange(k)] = np.inf
    with np.errstate(divide="ignore"):
        ratio = (spread[:, :, np.newaxis] + spread[:, np.newaxis]) / separation
        calinski_harabasz = between * (n - k) / (within * (k - 1))
    return {
        "silhouette": weights @ silhouettes / n,
        "davies_bouldin": ratio.max(axis=2).mean(axis=1),
        "calinski_harabasz": calinski_harabasz,
    }
