"""How good a clustering is beside labels that were not used to make it, and beside another one.

Every index of two labelings is a function of their contingency table, so that a thousand
permutations or resamples cost a thousand small tables. scikit-learn has the same indices one at a
time; the tests hold the two together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.methods.indices.internal import Floats
from analysis.methods.indices.record import EXTERNAL, INDICES
from analysis.methods.resampling import (
    Interval,
    NullTest,
    _resamples,
    basic_interval,
    maximum_interval,
    null_test,
)

Counts = NDArray[np.int64]


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
        count_pairs(row_of, column_of, (len(rows), len(columns))),
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


def external_from_tables(tables: Counts, *, ami: bool = True) -> dict[str, Floats]:
    """Compute the external indices of many contingency tables at once.

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_genres, n_clusters)
        Rows and columns may be empty.
    ami : bool
        Compute the adjusted mutual information too, which costs most of the time; if not, it is
        NaN.

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
        "ami": _adjusted_information(tables, shared, entropy_genre, entropy_cluster)
        if ami
        else np.full(len(tables), np.nan),
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": _ratio(2 * homogeneity * completeness, homogeneity + completeness, empty=0.0),
    }


def count_pairs(rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]) -> Counts:
    """Count the samples in each cell of the contingency table of two labelings, both from 0 on."""
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


def plug_in_from_tables(tables: Counts) -> dict[str, Floats]:
    """Compute the indices of a population in which each song stands as often as any other.

    They are what the indices of ever more songs, drawn from the tables with replacement, come to.
    Expected mutual information vanishes then, so that the adjusted one is the V-measure; the pairs
    of the Rand index are pairs with replacement. The other indices do not know how many songs
    there are.

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_rows, n_columns)

    Returns
    -------
    dict
        For each name in `EXTERNAL`, and for "matched", an array of shape (n_tables,).
    """
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    together = np.square(shares).sum(axis=(1, 2))
    in_row = np.square(shares.sum(axis=2)).sum(axis=1)
    in_column = np.square(shares.sum(axis=1)).sum(axis=1)
    expected, most = in_row * in_column, (in_row + in_column) / 2
    found = external_from_tables(tables)
    return {
        **found,
        "ari": _ratio(together - expected, most - expected),
        "ami": found["v_measure"],
        "matched": matched_from_tables(tables),
    }


def index_interval(
    name: str, estimate: float, draws: Floats, table: Counts, confidence: float
) -> Interval:
    """Return an index of two labelings with the kind of interval that suits it (tbl-coverage).

    Parameters
    ----------
    name : str
        One of :data:`analysis.methods.indices.record.INDICES`.
    estimate : float
    draws : ndarray of shape (n_resamples,)
        The index on resampled songs.
    table : ndarray of int, shape (n_rows, n_columns)
        That of all songs.
    confidence : float

    Returns
    -------
    Interval
    """
    if INDICES[name].is_maximum:
        return maximum_interval(estimate, draws, confidence)
    plug_in = plug_in_from_tables(table[np.newaxis]).get(name)
    return basic_interval(
        estimate, draws, confidence, plug_in=None if plug_in is None else float(plug_in[0])
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
        [count_pairs(row_of, rng.permutation(column_of), shape) for _ in range(n_permutations)]
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


def variations_from_tables(tables: Counts) -> Floats:
    """Compute the variation of information of many contingency tables at once (eq-variation).

    It is a distance between two partitions: what each says that the other does not.

    Parameters
    ----------
    tables : ndarray of int, shape (n_tables, n_rows, n_columns)

    Returns
    -------
    ndarray of shape (n_tables,)
        In nats: 0 for the same partition, at most log(n_samples).
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
