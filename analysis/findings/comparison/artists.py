"""Songs of one artist: how many there are, and what it does to intervals and to stability."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.seeds import (
    METHODS,
    Method,
    Seeds,
    best_fit,
    few_starts,
    fit_starts,
)
from analysis.findings.comparison.stability import adjusted_rand
from analysis.methods.grouped import draw_groups, grouped_tables, whole_first
from analysis.methods.indices.external import (
    external_from_tables,
    index_interval,
    matched_from_tables,
    plug_in_from_tables,
)
from analysis.methods.resampling import Interval, Spread, basic_interval, spread_of, values_at
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Labels = NDArray[np.int64]

INDICES = ("ari", "ami", "v_measure", "purity", "matched")
"""The indices of agreement with the genres whose intervals are compared."""
N_SEEDS = 10
"""Seeds whose mean indices are compared, at most as many as the study has."""
N_REFITS = 25
"""Resamples of the groups to which both methods are fitted, at most as many as the study has."""


@dataclasses.dataclass(frozen=True, eq=False)
class Artists:
    """The groups of a table's songs, and what changes when they are drawn as wholes.

    Attributes
    ----------
    sizes : DataFrame
        Index: genres. Columns ``n`` (songs), ``groups``, ``largest`` (songs of its largest group),
        ``alone`` (songs whose group has no other song in the genre).
    blocks : dict, genre -> tuple of int
        Songs of each of its groups, from the largest to the smallest.
    intervals : DataFrame
        Index ``method``, ``index``. Columns ``estimate``, ``song_low``, ``song_high`` (interval
        over resampled songs), ``artist_low``, ``artist_high`` (over resampled groups). The method
        "difference" is the mixture's index less that of K-Means, on the same resamples.
    nearer : dict, index -> Interval
        The mean adjusted Rand index and the mean adjusted mutual information of the mixture over
        its first seeds, less that of K-Means; the interval is over resampled groups and seeds.
    refits : DataFrame
        Index: methods; columns ``mean``, ``low``, ``high``: adjusted Rand index with the study's
        clustering of fits to resampled groups.
    known : bool
        Whether the table's artists are known; if not, a group is a song with its copies.
    n_groups, n_refits, n_resamples : int
    """

    sizes: pd.DataFrame
    blocks: dict[str, tuple[int, ...]]
    intervals: pd.DataFrame
    nearer: dict[str, Interval]
    refits: pd.DataFrame
    known: bool
    n_groups: int
    n_refits: int
    n_resamples: int

    @property
    def largest(self) -> int:
        """Songs of the largest group within a genre."""
        return int(self.sizes["largest"].max())

    @property
    def genre_of_the_largest(self) -> str:
        """The genre with that group."""
        return str(self.sizes["largest"].idxmax())

    @property
    def fewest(self) -> str:
        """The genre with the fewest groups."""
        return str(self.sizes["groups"].idxmin())

    @property
    def most(self) -> str:
        """The genre with the most groups."""
        return str(self.sizes["groups"].idxmax())

    def by_song(self, method: str, index: str) -> Interval:
        """Return an index with its interval over resampled songs."""
        return self._interval(method, index, "song")

    def by_artist(self, method: str, index: str) -> Interval:
        """Return an index with its interval over resampled groups; see :attr:`intervals`."""
        return self._interval(method, index, "artist")

    def _interval(self, method: str, index: str, by: str) -> Interval:
        columns = ("estimate", f"{by}_low", f"{by}_high")
        return Interval(*values_at(self.intervals, (method, index), *columns))

    @property
    def widening(self) -> tuple[float, float]:
        """How many times as wide the intervals become, from the least to the most."""
        frame = self.intervals.loc[list(METHODS)]
        ratios = (frame["artist_high"] - frame["artist_low"]) / (
            frame["song_high"] - frame["song_low"]
        )
        return float(ratios.min()), float(ratios.max())

    def refitted(self, method: str) -> Spread:
        """Return how far fits to resampled groups agree with the study's clustering."""
        return Spread(*values_at(self.refits, method, "mean", "low", "high"))


def measure_artists(
    dataset: Dataset, labels: dict[Method, Labels], seeds: Seeds, config: Config
) -> Artists:
    """Count the groups, and draw them as wholes.

    Parameters
    ----------
    dataset : Dataset
    labels : dict
        The study's labels of each method.
    seeds : Seeds
        Both methods under other seeds.
    config : Config

    Returns
    -------
    Artists
    """
    groups, genres = dataset.groups, dataset.labels
    of_genre = np.unique(genres, return_inverse=True)[1].astype(np.int64)
    ways = {"song": np.arange(len(groups), dtype=np.int64), "artist": groups}
    drawn = {}
    for by, of in ways.items():
        rng = generator(config.seed, Stream.ARTISTS)
        drawn[by] = draw_groups(of, config.n_index_bootstrap, rng)
    n_refits = min(N_REFITS, config.n_refits)
    counts = pd.crosstab(pd.Series(genres, name="genre"), pd.Series(groups, name="group"))
    blocks = {
        str(genre): tuple(sorted((int(n) for n in row if n), reverse=True))
        for genre, row in zip(counts.index, counts.to_numpy(), strict=True)
    }
    sizes = pd.DataFrame(
        {
            genre: {
                "n": sum(block),
                "groups": len(block),
                "largest": block[0],
                "alone": block.count(1),
            }
            for genre, block in blocks.items()
        }
    ).T.rename_axis("genre")
    return Artists(
        sizes=sizes,
        blocks=blocks,
        intervals=_intervals(of_genre, ways, drawn, labels, config),
        nearer=_compare_seeds(of_genre, groups, drawn["artist"], seeds, rng, config),
        refits=_refits(dataset, labels, n_refits, config),
        known=dataset.knows_artists,
        n_groups=int(groups.max()) + 1,
        n_refits=n_refits,
        n_resamples=config.n_index_bootstrap,
    )


def _compare_seeds(
    of_genre: Labels,
    groups: Labels,
    draws: Labels,
    seeds: Seeds,
    rng: np.random.Generator,
    config: Config,
) -> dict[str, Interval]:
    """Compare the methods' mean indices over seeds, on resampled groups and seeds."""
    whole = whole_first(draws)
    less = {index: np.zeros(1 + len(draws)) for index in ("ari", "ami")}
    in_population = dict.fromkeys(less, 0.0)
    for method, sign in zip(METHODS, (-1, 1), strict=True):
        labelings = seeds.full(method).labels[:N_SEEDS]
        tables = [grouped_tables(of_genre, one, groups, whole) for one in labelings]
        found = [external_from_tables(one) for one in tables]
        n = len(labelings)
        weights = rng.multinomial(n, np.full(n, 1 / n), size=len(draws)) / n
        weights = np.concatenate([np.full((1, n), 1 / n), weights])
        for index in less:
            values = np.stack([one[index] for one in found], axis=1)
            less[index] += sign * (values * weights).sum(axis=1)
            of_each = [plug_in_from_tables(one[:1])[index][0] for one in tables]
            in_population[index] += sign * float(np.mean(of_each))
    return {
        index: basic_interval(
            float(values[0]), values[1:], config.confidence, plug_in=in_population[index]
        )
        for index, values in less.items()
    }


def _intervals(
    of_genre: Labels,
    ways: dict[str, Labels],
    drawn: dict[str, Labels],
    labels: dict[Method, Labels],
    config: Config,
) -> pd.DataFrame:
    rows: dict[tuple[str, str], dict[str, float]] = {
        (method, index): {} for method in (*METHODS, "difference") for index in INDICES
    }
    for by, of in ways.items():
        draws = whole_first(drawn[by])
        tables = {m: grouped_tables(of_genre, labels[m], of, draws) for m in METHODS}
        found = {
            m: external_from_tables(tables[m]) | {"matched": matched_from_tables(tables[m])}
            for m in METHODS
        }
        population = {m: plug_in_from_tables(tables[m][:1]) for m in METHODS}
        for index in INDICES:
            ends: dict[str, Interval] = {
                m: index_interval(
                    index,
                    float(found[m][index][0]),
                    found[m][index][1:],
                    tables[m][0],
                    config.confidence,
                )
                for m in METHODS
            }
            less = found["mixture"][index] - found["kmeans"][index]
            in_population = population["mixture"][index] - population["kmeans"][index]
            ends["difference"] = basic_interval(
                float(less[0]), less[1:], config.confidence, plug_in=float(in_population[0])
            )
            for who, one in ends.items():
                rows[who, index] |= {
                    "estimate": one.estimate,
                    f"{by}_low": one.low,
                    f"{by}_high": one.high,
                }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = pd.MultiIndex.from_tuples(rows, names=["method", "index"])
    return frame


def _refits(
    dataset: Dataset, labels: dict[Method, Labels], n_refits: int, config: Config
) -> pd.DataFrame:
    Z, groups = z_scores(dataset.X), dataset.groups
    draws = draw_groups(groups, n_refits, generator(config.seed, Stream.ARTIST_REFITS))
    rows = {}
    for method in METHODS:
        n_starts = few_starts(method, config)
        found = []
        for i, counts in enumerate(draws):
            sample = np.repeat(Z, counts[groups], axis=0)
            seed = (config.seed + i) % 2**32
            best = best_fit(list(fit_starts(method, sample, config, seed, n_starts)))
            found.append(adjusted_rand(best.model.predict(Z).astype(np.int64), labels[method]))
        rows[method] = dataclasses.asdict(spread_of(np.array(found), config.confidence))
    return pd.DataFrame.from_dict(rows, orient="index")
