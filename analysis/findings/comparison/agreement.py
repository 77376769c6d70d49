"""K-Means beside the mixture: how far two clusterings of the same songs agree, and where not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.mixtures.components import Mixture
from analysis.methods.indices.external import (
    contingency,
    external_from_tables,
    index_interval,
    matched_from_tables,
    raw_agreement,
    resampled_tables,
    shuffled_tables,
    variations_from_tables,
)
from analysis.methods.indices.record import INDICES
from analysis.methods.resampling import Interval, NullTest, null_test
from analysis.songs.table import Dataset
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SOURCE_AGREEMENT = (0.70, 0.80)
"""The share of songs on which the source notebook says that both methods agree."""

BETWEEN = ("matched", "ari", "ami", "vi")
"""What two clusterings are compared by; the last is a distance, and low where they agree."""


@dataclasses.dataclass(frozen=True)
class GenreAgreement:
    """How far both methods agree on the songs of a genre.

    Attributes
    ----------
    n, n_agreeing : int
        Songs, and those of them on which both agree.
    share : Interval
        The share of these, with its Wilson interval.
    """

    n: int
    n_agreeing: int
    share: Interval


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """The two clusterings of the study, side by side.

    Attributes
    ----------
    table : DataFrame of shape (n_clusters, n_clusters)
        Songs of each K-Means cluster in each component, those without songs too.
    partner : dict
        The component that is paired with each K-Means cluster (eq-assignment).
    raw : float
        Share of songs with the same number from both methods (eq-raw).
    relabelled : ndarray of shape (n_permutations,)
        The same share for random ways to number the components.
    least, most : float
        The least and the largest share that any way to number them gives.
    expected, sd : float
        Mean (prp-raw) and standard deviation over all ways to number them.
    indices : dict, index -> Interval
        :data:`BETWEEN`, with bootstrap intervals.
    nulls : dict, index -> NullTest
        The same beside shuffled labels.
    agrees : ndarray of shape (n_songs,), bool
        Whether a song's component is the partner of its cluster.
    by_genre : dict, genre -> GenreAgreement
        The genre with the least agreement first.
    kmeans_parameters, mixture_parameters : int
        Free numbers of each method's result.
    n_songs, n_resamples, n_permutations : int
    """

    table: pd.DataFrame
    partner: dict[int, int]
    raw: float
    relabelled: Floats
    least: float
    most: float
    expected: float
    sd: float
    indices: dict[str, Interval]
    nulls: dict[str, NullTest]
    agrees: NDArray[np.bool_]
    by_genre: dict[str, GenreAgreement]
    kmeans_parameters: int
    mixture_parameters: int
    n_songs: int
    n_resamples: int
    n_permutations: int

    @property
    def n_clusters(self) -> int:
        """Number of clusters, and of components."""
        return len(self.table)

    @property
    def vi_bound(self) -> float:
        """The largest variation of information that as many clusters allow (thm-variation)."""
        return float(2 * np.log(self.n_clusters))

    @property
    def matched(self) -> float:
        """Share of songs that agree after the best matching (eq-matched)."""
        return self.index("matched").estimate

    @property
    def ari(self) -> float:
        """Adjusted Rand index of the two clusterings."""
        return self.index("ari").estimate

    @property
    def ami(self) -> float:
        """Adjusted mutual information of the two clusterings."""
        return self.index("ami").estimate

    @property
    def vi(self) -> float:
        """Variation of information between them, in nats."""
        return self.index("vi").estimate

    def index(self, name: str) -> Interval:
        """Return an index with its interval."""
        return self.indices[name]

    def null_mean(self, name: str) -> float:
        """Return the mean of an index over shuffled labels."""
        return self.nulls[name].mean

    def p_value(self, name: str) -> float:
        """Return the share of shuffles that agree as well, the observed one counted in."""
        return self.nulls[name].p_value

    @property
    def matched_table(self) -> pd.DataFrame:
        """The table with the components in the order of their partners."""
        return self.table[[self.partner[cluster] for cluster in self.table.index]]

    @property
    def n_cells(self) -> int:
        """Pairs of a cluster and a component that share songs."""
        return int((self.table.to_numpy() > 0).sum())

    @property
    def n_pairs(self) -> int:
        """Pairs of a cluster and a component."""
        return self.table.size

    @property
    def n_alike(self) -> int:
        """Partners with more than half of all their songs in common."""
        return sum(self.overlap(cluster) > 0.5 for cluster in self.partner)

    @property
    def worst_pair(self) -> tuple[int, int]:
        """The pair of partners with the smallest share of their songs in common."""
        return min(self.partner.items(), key=lambda pair: self.overlap(pair[0]))

    def overlap(self, cluster: int) -> float:
        """Return what share of its songs and its partner's songs a cluster has in common."""
        counts = self.table.to_numpy()
        i, j = self.table.index.get_loc(cluster), self.table.columns.get_loc(self.partner[cluster])
        union = counts[i].sum() + counts[:, j].sum() - counts[i, j]
        return float(counts[i, j] / union) if union else 0.0

    @property
    def n_agreeing(self) -> int:
        """Songs on which both agree after matching."""
        return int(self.agrees.sum())

    @property
    def least_agreed(self) -> str:
        """The genre on which the methods agree least."""
        return next(iter(self.by_genre))

    @property
    def most_agreed(self) -> str:
        """The genre on which the methods agree most."""
        return next(reversed(self.by_genre))

    @property
    def songs_per_parameter(self) -> float:
        """How many songs there are for each free number of the mixture."""
        return self.n_songs / self.mixture_parameters


def compare(dataset: Dataset, kmeans: Clusters, mixture: Mixture, config: Config) -> Comparison:
    """Compare the study's two clusterings.

    Parameters
    ----------
    dataset : Dataset
    kmeans : Clusters
    mixture : Mixture
        With as many components as there are clusters.
    config : Config

    Returns
    -------
    Comparison
    """
    names = pd.RangeIndex(kmeans.n_clusters)
    table = contingency(kmeans.labels, mixture.labels)
    table = table.reindex(index=names, columns=names, fill_value=0)
    table = table.rename_axis(index="cluster", columns="component")
    partner = best_partners(table.to_numpy())
    agrees = np.array([partner[int(label)] for label in kmeans.labels]) == mixture.labels
    relabelled, least, most = relabel(table.to_numpy(), config)
    indices, nulls = agreement_indices(kmeans.labels, mixture.labels, config)
    return Comparison(
        table=table,
        partner=partner,
        raw=raw_agreement(kmeans.labels, mixture.labels),
        relabelled=relabelled,
        least=least,
        most=most,
        expected=1 / len(table),
        sd=sd_of_relabelling(table.to_numpy()),
        indices=indices,
        nulls=nulls,
        agrees=agrees,
        by_genre=agreement_by_genre(dataset.labels, agrees, config),
        kmeans_parameters=kmeans.centers.size,
        mixture_parameters=mixture.n_parameters,
        n_songs=dataset.n_songs,
        n_resamples=config.n_bootstrap,
        n_permutations=config.n_permutations,
    )


def best_partners(counts: NDArray[np.int64]) -> dict[int, int]:
    """Return the column that is paired with each row of a square table (eq-assignment)."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True)}


def relabel(counts: NDArray[np.int64], config: Config) -> tuple[Floats, float, float]:
    """Return raw agreement under random numberings of the columns, and its two extremes.

    Parameters
    ----------
    counts : ndarray of shape (k, k)
        Songs by the number from each method.
    config : Config

    Returns
    -------
    draws : ndarray of shape (n_permutations,)
    least, most : float
        Over all k! numberings; both are assignment problems.
    """
    from scipy.optimize import linear_sum_assignment

    n, k = counts.sum(), len(counts)
    rng = generator(config.seed, Stream.NUMBERINGS)
    orders = np.stack([rng.permutation(k) for _ in range(config.n_permutations)])
    draws = counts[np.arange(k), orders].sum(axis=1) / n
    least, most = (
        float(counts[linear_sum_assignment(counts, maximize=maximize)].sum() / n)
        for maximize in (False, True)
    )
    return np.asarray(draws, dtype=np.float64), least, most


def sd_of_relabelling(counts: NDArray[np.int64]) -> float:
    """Return the standard deviation of raw agreement over all k! numberings (eq-raw-variance)."""
    shares = counts / counts.sum()
    rows, columns = shares.mean(axis=1, keepdims=True), shares.mean(axis=0, keepdims=True)
    centred = shares - rows - columns + shares.mean()
    return float(np.sqrt(np.square(centred).sum() / (len(counts) - 1)))


def agreement_indices(
    one: Labels, other: Labels, config: Config
) -> tuple[dict[str, Interval], dict[str, NullTest]]:
    """Compare two clusterings by :data:`BETWEEN`, with intervals and a null of shuffled labels."""
    tables = {
        "observed": contingency(one, other).to_numpy()[np.newaxis],
        "drawn": resampled_tables(one, other, n_resamples=config.n_bootstrap, seed=config.seed),
        "null": shuffled_tables(one, other, n_permutations=config.n_permutations, seed=config.seed),
    }
    found = {name: pair_indices(table) for name, table in tables.items()}
    intervals, nulls = {}, {}
    for name in BETWEEN:
        observed, drawn, null = (found[kind][name] for kind in ("observed", "drawn", "null"))
        # two clusterings that agree are near to each other: small distances speak against chance
        sign = INDICES[name].sign
        test = null_test(sign * float(observed[0]), sign * null, confidence=config.confidence)
        low, high = sorted((sign * test.low, sign * test.high))
        intervals[name] = index_interval(
            name, float(observed[0]), drawn, tables["observed"][0], config.confidence
        )
        nulls[name] = dataclasses.replace(
            test,
            observed=float(observed[0]),
            mean=sign * test.mean,
            low=low,
            high=high,
            draws=null,
        )
    return intervals, nulls


def pair_indices(tables: NDArray[np.int64]) -> dict[str, Floats]:
    """Compute :data:`BETWEEN` of many contingency tables, each an array of shape (n_tables,)."""
    external = external_from_tables(tables)
    return {
        "matched": matched_from_tables(tables),
        "ari": external["ari"],
        "ami": external["ami"],
        "vi": variations_from_tables(tables),
    }


def agreement_by_genre(
    genres: NDArray[np.str_], agrees: NDArray[np.bool_], config: Config
) -> dict[str, GenreAgreement]:
    """Count the songs of each genre on which both methods agree; see :class:`Comparison`."""
    found: dict[str, GenreAgreement] = {}
    for genre in np.unique(genres):
        inside = agrees[genres == genre]
        n, n_agreeing = len(inside), int(inside.sum())
        found[str(genre)] = GenreAgreement(n, n_agreeing, wilson(n_agreeing, n, config.confidence))
    return dict(sorted(found.items(), key=lambda item: item[1].share.estimate))


def wilson(count: int, n: int, confidence: float) -> Interval:
    """Return a share with its Wilson interval."""
    from scipy.stats import binomtest

    ends = binomtest(count, n).proportion_ci(confidence, method="wilson")
    return Interval(count / n, float(ends.low), float(ends.high))
