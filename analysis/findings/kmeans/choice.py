"""How many clusters the songs ask for: the study's sweep, its criteria, and data without clusters.

The tools are in :mod:`analysis.methods.selection`; here they meet the songs and the parameters.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.methods.indices.record import INDICES, INTERNAL
from analysis.methods.resampling import Interval, share_of_draws
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

if TYPE_CHECKING:
    from analysis.methods.selection import Gap

Floats = NDArray[np.float64]


SOURCE_ELBOW = (8, 9, 10)
"""The numbers of clusters at which the source notebook sees an elbow."""

BANDS = (
    (0.70, "a strong structure"),
    (0.50, "a reasonable structure"),
    (0.25, "a weak structure that could be artificial"),
    (-1.0, "no substantial structure"),
)
"""What a mean silhouette above each bound stands for, after Kaufman and Rousseeuw (1990)."""

COPULA_DRAWS, COPULA_K = 4, 6
"""Draws that keep the features' values, for each of a normal distribution; and their largest k."""


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """The sweep over k on the songs.

    Attributes
    ----------
    table : DataFrame
        Index ``k``. Columns: ``inertia`` (WCSS, eq-wcss), ``relative_drop`` (eq-relative-drop),
        ``bend`` (eq-relative-drop), ``silhouette``, ``davies_bouldin``, ``calinski_harabasz``,
        ``n_iter``, ``smallest`` and ``largest`` (sizes of clusters).
    intervals : DataFrame
        Index ``k``, ``index``; columns ``estimate``, ``low``, ``high``.
    total : float
        WCSS of one cluster.
    n_clusters : int
        The study's k.
    n_init, max_iter, seed, n_resamples : int
        How the sweep and its intervals were made.
    """

    table: pd.DataFrame
    intervals: pd.DataFrame
    total: float
    n_clusters: int
    n_init: int
    max_iter: int
    seed: int
    n_resamples: int

    @property
    def k_min(self) -> int:
        """The smallest k tried."""
        return int(self.table.index[0])

    @property
    def k_max(self) -> int:
        """The largest k tried."""
        return int(self.table.index[-1])

    def of(self, k: int, column: str) -> float:
        """Return one value of the sweep; NaN if k was not tried."""
        return float(self.table[column].get(k, np.nan))

    def interval(self, k: int, index: str) -> Interval:
        """Return an internal index at k with its interval; NaN if there is none."""
        if (k, index) not in self.intervals.index:
            return Interval(math.nan, math.nan, math.nan)
        row = self.intervals.xs((k, index)).to_numpy(dtype=np.float64)
        return Interval(float(row[0]), float(row[1]), float(row[2]))

    def best(self, index: str) -> int | None:
        """Return the k at which an internal index is best, the smallest of equals."""
        return best_k(self.table[index], low=INDICES[index].low_is_good)

    def band(self, k: int) -> str:
        """Return what the silhouette at k stands for, in the words of Kaufman and Rousseeuw."""
        return silhouette_band(self.of(k, "silhouette"))

    def n_in_interval(self, index: str) -> int:
        """Count the other k whose interval for an index holds the value at the best k."""
        best = self.best(index)
        if best is None:
            return 0
        rows = self.intervals.xs(index, level="index").drop(index=best)
        value = self.of(best, index)
        return int(((rows["low"] <= value) & (value <= rows["high"])).sum())

    @property
    def silhouette_range(self) -> tuple[float, float]:
        """The lowest and the highest mean silhouette of the sweep."""
        values = self.table["silhouette"]
        return float(values.min()), float(values.max())

    @property
    def sharpest(self) -> int | None:
        """The k with the largest bend; None if the sweep is too short to have one."""
        return best_k(self.table["bend"])

    @property
    def n_rises(self) -> int:
        """Steps of the sweep at which WCSS rose, which the optimum cannot do."""
        return int((np.diff(self.table["inertia"]) > 0).sum())


@dataclasses.dataclass(frozen=True, eq=False)
class NullComparison:
    """The sweep on the songs beside sweeps on data without clusters.

    Attributes
    ----------
    draws : DataFrame
        From one normal distribution with the songs' means and correlations. Columns ``draw``,
        ``k``, ``inertia``, ``relative_drop``, ``bend`` and the internal indices.
    bands : DataFrame
        Index ``k``; columns ``<column>_low`` and ``<column>_high``: the ends over the draws.
    beyond : tuple of int
        The k at which the songs' bend is larger than that of every draw.
    highest : dict, kind -> ndarray of shape (n,)
        The highest silhouette of each draw up to :data:`COPULA_K` clusters: of the `draws`,
        "gaussian", and of more from a Gaussian copula with the songs' own values of each feature,
        "copula".
    reach : dict, kind -> Interval
        The share of these that reach the highest of the songs, with Wilson's interval.
    n_draws, n_init : int
    """

    draws: pd.DataFrame
    bands: pd.DataFrame
    beyond: tuple[int, ...]
    highest: dict[str, Floats]
    reach: dict[str, Interval]
    n_draws: int
    n_init: int

    @property
    def expected_beyond(self) -> float:
        """How many `beyond` to expect if the songs were one more draw."""
        return int(self.bands["bend_high"].notna().sum()) / (self.n_draws + 1)

    def low(self, column: str, k: int) -> float:
        """Return the least value of the draws at k; NaN if k was not tried."""
        return float(self.bands[f"{column}_low"].get(k, np.nan))

    def high(self, column: str, k: int) -> float:
        """Return the greatest value of the draws at k; NaN if k was not tried."""
        return float(self.bands[f"{column}_high"].get(k, np.nan))

    def above(self, choice: Choice, column: str) -> tuple[int, ...]:
        """Return the k at which the songs' value is higher than that of every draw."""
        values = choice.table[column]
        return tuple(int(k) for k in values.index if values[k] > self.high(column, k))

    def below(self, choice: Choice, column: str) -> tuple[int, ...]:
        """Return the k at which the songs' value is lower than that of every draw."""
        values = choice.table[column]
        return tuple(int(k) for k in values.index if values[k] < self.low(column, k))


@dataclasses.dataclass(frozen=True, eq=False)
class Knees:
    """What the knee detector says, on the songs and on data without clusters.

    Attributes
    ----------
    knee : int or None
        On the whole sweep of the songs.
    by_range : DataFrame
        Columns ``k_max`` and ``knee``: the same with the sweep cut earlier.
    null : tuple of int
        On each draw without clusters where there is one, in rising order.
    n_draws : int
    """

    knee: int | None
    by_range: pd.DataFrame
    null: tuple[int, ...]
    n_draws: int

    @property
    def found(self) -> tuple[int, ...]:
        """The different knees over the ranges, in rising order."""
        return tuple(sorted({int(k) for k in self.by_range["knee"].dropna()}))


@dataclasses.dataclass(frozen=True)
class Pick:
    """The number of clusters that one criterion asks for.

    Attributes
    ----------
    criterion : str
    songs : int or None
        None where it asks for none, or where it asks for several and not for one.
    null : tuple of int
        On each draw without clusters, in rising order; empty if not asked.
    resampled : tuple of int
        On each sample of the songs, in rising order; empty if not asked.
    at_edge : bool
        Whether `songs` is the last k tried, or the first one. For the gap statistic 1 is no edge:
        it means that there are no clusters.
    is_open : bool
        Whether its answer hangs on which data without clusters happened to be drawn.
    """

    criterion: str
    songs: int | None
    null: tuple[int, ...]
    at_edge: bool
    is_open: bool = False
    resampled: tuple[int, ...] = ()

    @property
    def n_repeated(self) -> int:
        """Samples of the songs on which it asks for the same number as on the songs."""
        return self.resampled.count(self.songs) if self.songs is not None else 0


@dataclasses.dataclass(frozen=True)
class Picks:
    """What all criteria ask for.

    Attributes
    ----------
    picks : tuple of Pick
    n_clusters : int
        The study's k.
    """

    picks: tuple[Pick, ...]
    n_clusters: int

    def of(self, criterion: str) -> Pick:
        """Return what one criterion asks for."""
        return next(pick for pick in self.picks if pick.criterion == criterion)

    @property
    def different(self) -> tuple[int, ...]:
        """The different numbers that are asked for, in rising order."""
        return tuple(sorted({pick.songs for pick in self.picks if pick.songs is not None}))

    @property
    def asked_of_null(self) -> tuple[Pick, ...]:
        """The criteria that were asked about data without clusters too."""
        return tuple(pick for pick in self.picks if pick.null)

    @property
    def n_as_null(self) -> int:
        """Criteria of :attr:`asked_of_null` that answer the same for some data without clusters."""
        return sum(pick.songs in pick.null for pick in self.asked_of_null)

    @property
    def n_for_study(self) -> int:
        """Criteria that ask for the study's k."""
        return sum(pick.songs == self.n_clusters for pick in self.picks)

    @property
    def n_for_source(self) -> int:
        """Criteria that ask for one of the k at which the source notebook sees an elbow."""
        return sum(pick.songs in SOURCE_ELBOW for pick in self.picks)


def silhouette_band(value: float) -> str:
    """Return what a mean silhouette stands for, in the words of Kaufman and Rousseeuw."""
    return next((words for bound, words in BANDS if value > bound), BANDS[-1][1])


def best_k(values: pd.Series, *, low: bool = False) -> int | None:
    """Return the k with the highest (or lowest) value, the smallest of equals; None if none."""
    there = values.dropna()
    if there.empty:
        return None
    place = int(there.to_numpy().argmin() if low else there.to_numpy().argmax())
    return int(there.index[place])


def bends(relative_drops: Floats) -> Floats:
    """Return by how much the relative drop shrinks from each k to the next (eq-relative-drop).

    NaN at the first k, before which nothing is known, and at the last.
    """
    drops = np.asarray(relative_drops, dtype=np.float64)
    return np.append(drops[:-1] - drops[1:], np.nan)


def sweep_songs(dataset: Dataset, config: Config) -> Choice:
    """Sweep over k on the standardised songs, with intervals of the internal indices."""
    from analysis.methods.selection import index_intervals, sweep

    Z = z_scores(dataset.X)
    result = sweep(Z, _ks(config), n_init=config.n_init, max_iter=config.max_iter, seed=config.seed)
    table = result.table.copy()
    table["bend"] = bends(table["relative_drop"].to_numpy())
    intervals = index_intervals(
        Z,
        result,
        n_resamples=config.n_index_bootstrap,
        confidence=config.confidence,
        seed=config.seed,
    )
    return Choice(
        table,
        intervals,
        float(np.square(Z - Z.mean(axis=0)).sum()),
        config.n_clusters,
        config.n_init,
        config.max_iter,
        config.seed,
        config.n_index_bootstrap,
    )


def compare_with_null(dataset: Dataset, config: Config, choice: Choice) -> NullComparison:
    """Sweep over k on draws from one normal distribution, and from one with the songs' values."""
    from analysis.methods.selection import null_sweep

    sweep = functools.partial(
        null_sweep,
        z_scores(dataset.X),
        n_init=config.reference_n_init,
        max_iter=config.max_iter,
        rng=generator(config.seed, Stream.NULL_SWEEPS),
    )
    draws = sweep(_ks(config), kind="gaussian", n_draws=config.n_references).draws.copy()
    first = [k for k in _ks(config) if k <= max(COPULA_K, config.k_min)]
    kept = sweep(first, kind="copula", n_draws=COPULA_DRAWS * config.n_references).draws
    highest = {
        kind: of[of["k"].isin(first)].groupby("draw")["silhouette"].max().to_numpy()
        for kind, of in (("gaussian", draws), ("copula", kept))
    }
    of_songs = float(choice.table["silhouette"].loc[first].max())
    draws["bend"] = np.concatenate(
        [bends(draw["relative_drop"].to_numpy()) for _, draw in draws.groupby("draw")]
    )
    columns = ["inertia", "relative_drop", "bend", *INTERNAL]
    groups = draws.groupby("k")[columns]
    bands = pd.concat([groups.min().add_suffix("_low"), groups.max().add_suffix("_high")], axis=1)
    larger = choice.table["bend"].to_numpy() > bands["bend_high"].to_numpy()
    beyond = tuple(k for k, beats in zip(_ks(config), larger, strict=True) if beats)
    return NullComparison(
        draws,
        bands,
        beyond,
        highest,
        {
            kind: share_of_draws(int((values >= of_songs).sum()), len(values), config.confidence)
            for kind, values in highest.items()
        },
        config.n_references,
        config.reference_n_init,
    )


def find_knees(choice: Choice, null: NullComparison) -> Knees:
    """Ask the knee detector about the songs, about shorter sweeps, and about the draws."""
    from analysis.methods.selection import from_one, knee, knees_by_range

    ks, inertia = from_one(choice.table)
    drawn = [knee(*from_one(draw.reset_index(drop=True))) for _, draw in null.draws.groupby("draw")]
    return Knees(
        knee(ks, inertia),
        knees_by_range(ks, inertia),
        tuple(sorted(k for k in drawn if k is not None)),
        null.n_draws,
    )


def measure_gaps(dataset: Dataset, config: Config, choice: Choice) -> tuple[Gap, Gap]:
    """Compute the gap statistic against both uniform references, from k = 1 on.

    Numbers of clusters at which WCSS is zero are left out: it has no logarithm there.
    """
    from analysis.methods.selection import gap_statistic

    Z = z_scores(dataset.X)
    most = min(config.k_max, len(np.unique(Z, axis=0)) - 1)
    ks = range(1, most + 1)
    found = choice.table["inertia"].to_numpy(dtype=np.float64).tolist()
    inertia = {1: choice.total, **dict(zip(_ks(config), found, strict=True))}

    def against(reference: Literal["box", "pca"], rng: np.random.Generator) -> Gap:
        return gap_statistic(
            Z,
            ks,
            reference=reference,
            n_references=config.n_references,
            n_init=config.reference_n_init,
            max_iter=config.max_iter,
            rng=rng,
            inertia=inertia,
        )

    for_box, for_pca = generator(config.seed, Stream.GAP_REFERENCES).spawn(2)
    return against("box", for_box), against("pca", for_pca)


def sweep_samples(dataset: Dataset, config: Config) -> pd.DataFrame:
    """Sweep over k on samples of the songs, drawn with replacement, as often as without clusters.

    Returns
    -------
    DataFrame
        Columns ``draw``, ``k``, ``inertia``, ``relative_drop``, ``bend`` and the internal indices.
    """
    from analysis.methods.selection import resampled_sweep

    draws = resampled_sweep(
        z_scores(dataset.X),
        _ks(config),
        n_draws=config.n_references,
        n_init=config.reference_n_init,
        max_iter=config.max_iter,
        rng=generator(config.seed, Stream.SWEEP_SAMPLES),
    )
    parts = [bends(draw["relative_drop"].to_numpy()) for _, draw in draws.groupby("draw")]
    return draws.assign(bend=np.concatenate(parts) if parts else [])


def collect_picks(
    choice: Choice,
    null: NullComparison,
    knees: Knees,
    gaps: Sequence[Gap],
    samples: pd.DataFrame,
) -> Picks:
    """Ask every criterion for its number of clusters; `samples` is by :func:`sweep_samples`."""
    from analysis.methods.selection import from_one, knee

    asked: dict[str, Callable[[pd.DataFrame], int | None]] = {
        index: functools.partial(_best_index, index) for index in INTERNAL
    }
    asked["bend"] = lambda draw: best_k(draw.set_index("k")["bend"])
    asked["knee"] = lambda draw: knee(*from_one(draw))
    on_songs = {index: choice.best(index) for index in INTERNAL}
    on_songs |= {"bend": choice.sharpest, "knee": knees.knee}

    def answers(criterion: str, draws: pd.DataFrame) -> tuple[int, ...]:
        parts = (draw.reset_index(drop=True) for _, draw in draws.groupby("draw"))
        found = (asked[criterion](draw) for draw in parts)
        return tuple(sorted(k for k in found if k is not None))

    ends = (choice.k_min, choice.k_max)
    picks = [
        Pick(
            name,
            on_songs[name],
            answers(name, null.draws),
            on_songs[name] in ends,
            resampled=answers(name, samples),
        )
        for name in asked
    ]
    for gap in gaps:
        for name, rule, answer in (
            (f"gap_{gap.reference}", "chosen", gap.chosen),
            (f"gap_{gap.reference}_largest", "at_largest", gap.at_largest),
        ):
            songs = answer if gap.is_firm(rule) else None
            picks.append(Pick(name, songs, (), songs == len(gap.table), not gap.is_firm(rule)))
    return Picks(tuple(picks), choice.n_clusters)


def _best_index(index: str, draw: pd.DataFrame) -> int | None:
    return best_k(draw.set_index("k")[index], low=INDICES[index].low_is_good)


def _ks(config: Config) -> range:
    return range(config.k_min, config.k_max + 1)
