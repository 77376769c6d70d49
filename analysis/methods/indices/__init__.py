"""How good a clustering is: by itself, and beside labels that were not used to make it.

Every index of two labelings is a function of their contingency table, so that a thousand
permutations or resamples cost a thousand small tables. scikit-learn has the same indices one at a
time; the tests hold the two together.

Bootstrap intervals here are basic intervals over resampled songs, drawn with replacement: the
quantiles of the resamples, mirrored at the estimate. Copies of songs look like association, so that
resampled indices lie too high on average; mirroring takes that out, where the plain quantiles would
add it. The labels of the songs are kept: an interval says how much an index depends on which songs
the table happens to hold, given this clustering. It does not say how the clustering would change.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.methods.resampling import Interval

if TYPE_CHECKING:
    from analysis.methods.mixture import PinnedComponent

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

INTERNAL = ("silhouette", "davies_bouldin", "calinski_harabasz")
"""The indices that need the songs alone."""
EXTERNAL = ("purity", "ari", "ami", "homogeneity", "completeness", "v_measure")
"""The indices that hold a labeling against another one."""
MOST_ROWS_WITH_ALL_DISTANCES = 4_000
"""Up to here all distances are computed once and kept: 128 MB at most."""


# --------------------------------------------------------------------------------------
# Internal indices
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# External indices: functions of a contingency table
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class ExternalIndices:
    """What other labels, here genres, say about a clustering.

    Attributes
    ----------
    purity : float
        Share of rows that belong to the commonest genre of their cluster; grows with the number
        of clusters (eq-purity).
    ari : float
        Adjusted Rand index: 1 for the same partition, 0 expected for a random one (eq-ari).
    ami : float
        Adjusted mutual information, adjusted likewise (eq-ami).
    homogeneity, completeness : float
        Do clusters hold one genre, are genres in one cluster; 0 to 1.
    v_measure : float
        Their harmonic mean (eq-v-measure).
    """

    purity: float
    ari: float
    ami: float
    homogeneity: float
    completeness: float
    v_measure: float


def contingency(genres: ArrayLike, labels: ArrayLike) -> pd.DataFrame:
    """Count the rows of each genre in each cluster.

    Parameters
    ----------
    genres, labels : array-like of shape (n_samples,)

    Returns
    -------
    DataFrame of shape (n_genres, n_clusters)
        Only genres and clusters that occur, sorted.

    Raises
    ------
    ValueError
        If the two have different lengths, or no rows.
    """
    rows, row_of = np.unique(np.asarray(genres), return_inverse=True)
    columns, column_of = np.unique(np.asarray(labels), return_inverse=True)
    if len(row_of) != len(column_of):
        raise ValueError(
            f"Labelings of {len(row_of)} and {len(column_of)} rows cannot be compared; "
            "they must be of the same rows."
        )
    if not len(row_of):
        raise ValueError("There are no rows to count; at least one is needed.")
    return pd.DataFrame(
        _count(row_of, column_of, (len(rows), len(columns))),
        index=pd.Index(rows, name="genre"),
        columns=pd.Index(columns, name="cluster"),
    )


def with_margins(table: pd.DataFrame) -> pd.DataFrame:
    """Add a column and a row of totals, named "total", to a contingency table."""
    counts = table.to_numpy()
    counts = np.vstack([counts, counts.sum(axis=0)])
    counts = np.column_stack([counts, counts.sum(axis=1)])
    return pd.DataFrame(
        counts,
        index=pd.Index([*table.index, "total"], name=table.index.name),
        columns=pd.Index([*table.columns, "total"], name=table.columns.name),
    )


def leading_genres(table: pd.DataFrame, n: int = 3) -> pd.DataFrame:
    """Return the commonest genres of each cluster.

    Parameters
    ----------
    table : DataFrame
        From `contingency`.
    n : int
        How many genres of each cluster, at most; genres without songs in it are left out.
        Equals stand in the order of the table.

    Returns
    -------
    DataFrame
        One row for each cluster and rank, columns ``cluster``, ``rank`` (from 1), ``genre``,
        ``count``, ``share`` (of the cluster).
    """
    rows = []
    for cluster, counts in table.items():
        leading = counts[counts > 0].sort_values(ascending=False, kind="stable")[:n]
        for rank, (genre, count) in enumerate(leading.items(), start=1):
            rows.append((cluster, rank, genre, int(count), float(count / counts.sum())))
    return pd.DataFrame(rows, columns=["cluster", "rank", "genre", "count", "share"])


def external_indices(genres: ArrayLike, labels: ArrayLike) -> ExternalIndices:
    """Compute the external indices.

    Parameters
    ----------
    genres, labels : array-like of shape (n_samples,)

    Returns
    -------
    ExternalIndices

    Raises
    ------
    ValueError
        If the two have different lengths, or no rows.
    """
    found = external_from_tables(contingency(genres, labels).to_numpy()[np.newaxis])
    return ExternalIndices(**{name: float(values[0]) for name, values in found.items()})


def external_from_tables(tables: Counts) -> dict[str, Floats]:
    """Compute the external indices of many contingency tables at once.

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_genres, n_clusters)
        Rows and columns may be empty.

    Returns
    -------
    dict
        For each name in `EXTERNAL` an array of shape (n_tables,).
    """
    n = tables.sum(axis=(1, 2)).astype(np.float64)
    genre, cluster = tables.sum(axis=2), tables.sum(axis=1)
    entropy_genre, entropy_cluster = _table_entropy(genre, n), _table_entropy(cluster, n)
    joint = _table_entropy(tables.reshape(len(tables), -1), n)
    shared = np.maximum(entropy_genre + entropy_cluster - joint, 0.0)
    homogeneity = _ratio(shared, entropy_genre)
    completeness = _ratio(shared, entropy_cluster)
    return {
        "purity": tables.max(axis=1).sum(axis=1) / n,
        "ari": rand_from_tables(tables),
        "ami": _adjusted_information(tables, shared, entropy_genre, entropy_cluster),
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": _ratio(2 * homogeneity * completeness, homogeneity + completeness, empty=0.0),
    }


def _count(rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]) -> Counts:
    flat = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.int64)


def _table_entropy(counts: Counts, n: Floats) -> Floats:
    """Entropy, in nats, of counts of shape (n_tables, n_cells)."""
    from scipy.special import entr

    return np.asarray(entr(counts / n[:, np.newaxis]).sum(axis=1))


def _ratio(above: Floats, below: Floats, *, empty: float = 1.0) -> Floats:
    """Divide; where the divisor is zero (to rounding, of entropies) there is `empty`."""
    sound = below > 1e-12
    return np.where(sound, above / np.where(sound, below, 1.0), empty)


def rand_from_tables(tables: Counts) -> Floats:
    """Compute the adjusted Rand index of many contingency tables at once (eq-ari).

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_rows, n_columns)

    Returns
    -------
    ndarray of shape (n_tables,)
    """

    def pairs(counts: Counts) -> Floats:
        return np.asarray((counts * (counts - 1) / 2).reshape(len(counts), -1).sum(axis=1))

    n = tables.sum(axis=(1, 2)).astype(np.float64)
    together = pairs(tables)
    in_row, in_column = pairs(tables.sum(axis=2)), pairs(tables.sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(n > 1, in_row * in_column / (n * (n - 1) / 2), 0.0)
    most = (in_row + in_column) / 2
    return _ratio(together - expected, most - expected)


def _adjusted_information(
    tables: Counts, shared: Floats, entropy_genre: Floats, entropy_cluster: Floats
) -> Floats:
    """Adjust mutual information for chance, with the arithmetic mean of the entropies on top."""
    from sklearn.metrics.cluster import expected_mutual_information

    expected = np.empty(len(tables))
    known: dict[bytes, float] = {}
    for i, table in enumerate(tables):
        key = table.sum(axis=0).tobytes() + table.sum(axis=1).tobytes()
        if key not in known:  # it depends on the margins only
            kept = table[table.any(axis=1)][:, table.any(axis=0)]
            known[key] = float(expected_mutual_information(kept, int(table.sum())))
        expected[i] = known[key]
    most = (entropy_genre + entropy_cluster) / 2
    # one class on one side only: nothing can be shared, and scikit-learn has 0 as well
    alone = (np.minimum(entropy_genre, entropy_cluster) <= 1e-12) & (most > 1e-12)
    return np.where(alone, 0.0, _ratio(shared - expected, most - expected))


# --------------------------------------------------------------------------------------
# Chance and sampling
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class NullTest:
    """An index beside its distribution when the labels have nothing to do with the genres.

    Attributes
    ----------
    observed : float
    mean, sd : float
        Of the null distribution; `sd` with ddof 1.
    low, high : float
        Its quantiles that enclose the share `confidence`.
    p_value : float
        ``(1 + m) / (1 + n)``, where m of the n permutations reach the observed value or more. It
        is never 0: the smallest it can be is ``1 / (1 + n)``.
    draws : ndarray of shape (n_permutations,)
    """

    observed: float
    mean: float
    sd: float
    low: float
    high: float
    p_value: float
    draws: Floats


def null_test(observed: float, draws: Floats, *, confidence: float = 0.95) -> NullTest:
    """Set an observed value beside values drawn under the null; large values speak against it."""
    ends = ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = np.quantile(draws, ends)
    # rounding must not decide between equals
    reach = np.count_nonzero(draws >= observed - 1e-12 * max(1.0, abs(observed)))
    return NullTest(
        float(observed),
        float(draws.mean()),
        float(draws.std(ddof=1)),
        float(low),
        float(high),
        (1 + int(reach)) / (1 + len(draws)),
        draws,
    )


def shuffled_tables(
    one: ArrayLike, other: ArrayLike, *, n_permutations: int = 1000, seed: int = 0
) -> Counts:
    """Return the contingency tables of one labeling and shuffles of the other.

    Shuffling keeps the sizes of all clusters, and nothing else.

    Parameters
    ----------
    one, other : array-like of shape (n_samples,)
    n_permutations, seed : int

    Returns
    -------
    ndarray of int, shape (n_permutations, n_rows, n_columns)
    """
    table = contingency(one, other).to_numpy()
    row_of = np.repeat(np.arange(len(table)), table.sum(axis=1))
    column_of = np.repeat(np.arange(table.shape[1]), table.sum(axis=0))
    rng = np.random.default_rng(seed)
    shape = (table.shape[0], table.shape[1])
    return np.stack(
        [_count(row_of, rng.permutation(column_of), shape) for _ in range(n_permutations)]
    )


def permutation_null(
    genres: ArrayLike,
    labels: ArrayLike,
    *,
    n_permutations: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[str, NullTest]:
    """Compare the external indices with those of shuffled labels.

    Shuffling keeps the sizes of the clusters and of the genres, and nothing else.

    Parameters
    ----------
    genres, labels : array-like of shape (n_samples,)
    n_permutations : int
    confidence : float
        The share of the permutations between `low` and `high`.
    seed : int

    Returns
    -------
    dict
        A `NullTest` for each name in `EXTERNAL`.
    """
    table = contingency(genres, labels).to_numpy()
    tables = shuffled_tables(genres, labels, n_permutations=n_permutations, seed=seed)
    observed = external_from_tables(table[np.newaxis])
    draws = external_from_tables(tables)
    return {
        name: null_test(float(observed[name][0]), draws[name], confidence=confidence)
        for name in EXTERNAL
    }


def resample_external(
    genres: ArrayLike, labels: ArrayLike, *, n_resamples: int = 2000, seed: int = 0
) -> dict[str, Floats]:
    """Compute the external indices of resampled songs; each keeps genre and label.

    The same seed draws the same songs, so that two clusterings can be compared draw by draw.

    Parameters
    ----------
    genres, labels : array-like of shape (n_samples,)
    n_resamples, seed : int

    Returns
    -------
    dict
        For each name in `EXTERNAL` an array of shape (n_resamples,).
    """
    return external_from_tables(
        resampled_tables(genres, labels, n_resamples=n_resamples, seed=seed)
    )


def resampled_tables(
    one: ArrayLike, other: ArrayLike, *, n_resamples: int = 2000, seed: int = 0
) -> Counts:
    """Return the contingency tables of resampled songs.

    Parameters
    ----------
    one, other : array-like of shape (n_samples,)
        Labels, of any kind.
    n_resamples, seed : int

    Returns
    -------
    ndarray of int, shape (n_resamples, n_rows, n_columns)
        Rows and columns as `contingency` has them.
    """
    shape = contingency(one, other).shape
    row_of, column_of = (np.unique(np.asarray(x), return_inverse=True)[1] for x in (one, other))
    cells = np.eye(shape[0] * shape[1])[row_of * shape[1] + column_of]
    draws = _resamples(np.random.default_rng(seed), len(cells), n_resamples)
    tables = np.concatenate([weights @ cells for weights in draws])
    counts: Counts = np.rint(tables).astype(np.int64).reshape(-1, *shape)
    return counts


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
    drawn. For the silhouette the songs keep the silhouettes that they have in the whole table,
    and their mean is resampled: distances between copies of one song, which are zero, would make
    every clustering look tighter than it is. Resamples in which a cluster is empty are left out;
    if that leaves none, the ends of the intervals are missing.

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
        name: mirrored_interval(observed[name], found[~np.isnan(found)], confidence)
        for name, found in draws.items()
    }


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
    silhouettes = silhouette_samples(X, label_of, distances=distances)
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


def _resamples(rng: np.random.Generator, n: int, n_resamples: int) -> Iterator[Floats]:
    """Draw how often each of n rows is drawn, in batches of shape (size, n)."""
    size = max(1, 500_000 // n)
    for start in range(0, n_resamples, size):
        count = min(size, n_resamples - start)
        yield rng.multinomial(n, np.full(n, 1 / n), size=count).astype(np.float64)


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


def mirrored_interval(estimate: float, draws: Floats, confidence: float) -> Interval:
    """Return the basic bootstrap interval: the quantiles of the draws, mirrored at the estimate.

    Parameters
    ----------
    estimate : float
    draws : ndarray of shape (n_resamples,)
        Without any, the ends are NaN.
    confidence : float

    Returns
    -------
    Interval
    """
    if not len(draws):
        return Interval(float(estimate), np.nan, np.nan)
    low, high = np.quantile(draws, ((1 - confidence) / 2, (1 + confidence) / 2))
    return Interval(float(estimate), float(2 * estimate - high), float(2 * estimate - low))


# --------------------------------------------------------------------------------------
# Two clusterings
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Matching:
    """Clusters of one clustering paired with those of another, so that most rows agree.

    Attributes
    ----------
    mapping : Mapping
        From a label to the reference label it is paired with. With unequal numbers of clusters
        some labels, or some reference labels, stay alone.
    agreement : float
        Share of rows whose label is paired with their reference label.
    relabelled : ndarray of shape (n_samples,)
        The labels in the names of the reference; a label that stays alone has a name that no
        reference label has, from one more than the largest on.
    """

    mapping: Mapping[int, int]
    agreement: float
    relabelled: NDArray[np.int64]


def match_labels(labels: ArrayLike, reference: ArrayLike) -> Matching:
    """Pair clusters by the Hungarian algorithm (scipy's `linear_sum_assignment`).

    Parameters
    ----------
    labels, reference : array-like of int, shape (n_samples,)

    Returns
    -------
    Matching

    Raises
    ------
    ValueError
        If the two have different lengths, or no rows.
    """
    from scipy.optimize import linear_sum_assignment

    table = contingency(labels, reference)
    counts = table.to_numpy()
    rows, columns = linear_sum_assignment(counts, maximize=True)
    mapping = {
        int(table.index[row]): int(table.columns[column])
        for row, column in zip(rows, columns, strict=True)
    }
    alone = [int(label) for label in table.index if int(label) not in mapping]
    first_free = int(table.columns.max()) + 1
    names = mapping | {label: first_free + i for i, label in enumerate(alone)}
    return Matching(
        mapping,
        float(counts[rows, columns].sum() / counts.sum()),
        np.array([names[int(label)] for label in np.asarray(labels)], dtype=np.int64),
    )


def raw_agreement(labels: ArrayLike, other: ArrayLike) -> float:
    """Return the share of rows with the same label, as if names of clusters had a meaning."""
    return float(np.mean(np.asarray(labels) == np.asarray(other)))


def variation_of_information(labels: ArrayLike, other: ArrayLike) -> float:
    """Return the distance between two partitions, in nats: what each says that the other does not.

    Parameters
    ----------
    labels, other : array-like of shape (n_samples,)

    Returns
    -------
    float
        0 for the same partition, at most log(n_samples) (eq-variation).
    """
    return float(variations_from_tables(contingency(labels, other).to_numpy()[np.newaxis])[0])


def variations_from_tables(tables: Counts) -> Floats:
    """Compute the variation of information of many contingency tables at once, in nats.

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_rows, n_columns)

    Returns
    -------
    ndarray of shape (n_tables,)
    """
    n = tables.sum(axis=(1, 2)).astype(np.float64)
    joint = _table_entropy(tables.reshape(len(tables), -1), n)
    apart = _table_entropy(tables.sum(axis=2), n) + _table_entropy(tables.sum(axis=1), n)
    return np.maximum(2 * joint - apart, 0.0)


def matched_from_tables(tables: Counts) -> Floats:
    """Compute the agreement after the best matching of many contingency tables.

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_rows, n_columns)

    Returns
    -------
    ndarray of shape (n_tables,)
        Shares of the rows counted in each table (eq-matched).
    """
    from scipy.optimize import linear_sum_assignment

    best = [table[linear_sum_assignment(table, maximize=True)].sum() for table in tables]
    return np.asarray(best / tables.sum(axis=(1, 2)), dtype=np.float64)


class DegenerateMixtureWarning(UserWarning):
    """A component of a fitted mixture is as flat as the regularisation lets it be."""


def check_mixture(model: Any, *, factor: float = 2.0) -> tuple[PinnedComponent, ...]:
    """Warn if a fitted component is pinned at the regularisation (thm-floor, thm-one-song).

    The likelihood of such a mixture depends on `reg_covar`, and so do BIC and AIC.

    Parameters
    ----------
    model : EMGaussianMixture or sklearn.mixture.GaussianMixture
        Fitted; to a data frame, if features are to be named.
    factor : float
        An eigenvalue below `factor` times `reg_covar` is pinned.

    Returns
    -------
    tuple of PinnedComponent
        Empty when none is pinned.

    Warns
    -----
    DegenerateMixtureWarning
        Once, with the number of components that are pinned, and what the flattest of them is like.
    """
    from analysis.methods.mixture import pinned_components

    pinned = pinned_components(model, factor=factor)
    if pinned:
        flattest = min(pinned, key=lambda found: found.smallest_eigenvalue)
        message, n = str(flattest), len(model.weights_)
        if len(pinned) > 1:
            message = f"{len(pinned)} of {n} components are pinned. {message}"
        warnings.warn(message, DegenerateMixtureWarning, stacklevel=2)
    return pinned


def entropy(probabilities: ArrayLike, *, normalized: bool = False) -> Floats:
    """Return the Shannon entropy of each row of probabilities (eq-entropy).

    Parameters
    ----------
    probabilities : array-like of shape (n_samples, n_clusters)
        Rows that sum to 1; ``0 log 0`` is 0.
    normalized : bool
        Divide by log(n_clusters), so that 1 means that nothing is known.

    Returns
    -------
    ndarray of shape (n_samples,)
        In nats, or without unit if normalized.

    Raises
    ------
    ValueError
        If a row is not a probability distribution.
    """
    from scipy.special import entr

    p = np.atleast_2d(np.asarray(probabilities, dtype=np.float64))
    bad = ~np.isclose(p.sum(axis=1), 1.0, atol=1e-6) | ~(p >= 0).all(axis=1)
    if bad.any():
        raise ValueError(
            f"Row {int(np.flatnonzero(bad)[0])} of the probabilities is no distribution; "
            "its entries must be at least 0 and sum to 1."
        )
    nats = np.asarray(entr(p).sum(axis=1))
    if not normalized:
        return nats
    return nats / np.log(p.shape[1]) if p.shape[1] > 1 else np.zeros(len(p))
