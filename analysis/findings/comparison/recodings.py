"""The same five numbers of a song, written differently: what every method makes of them.

Six ways to write the five features, stated before any was tried, each one-to-one. On each of them
the same is done: classifiers, K-Means and the mixture over several seeds, BIC's choice, and cells
around random songs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.classifiers import (
    CLASSIFIERS,
    deal_artists,
    deal_copies,
    draw_artists,
    found_held_out,
)
from analysis.findings.comparison.genres_found import named_interval, right_if_named_elsewhere
from analysis.findings.comparison.scores import internal_or_nothing, random_cells
from analysis.findings.comparison.seeds import (
    METHODS,
    Method,
    best_fit,
    fit_starts,
    labels_over_seeds,
)
from analysis.methods.grouped import (
    centred_interval,
    grouped_means,
    grouped_tables,
    whole_first,
)
from analysis.methods.indices.external import matched_from_tables, rand_from_tables
from analysis.methods.indices.internal import all_distances
from analysis.methods.resampling import Interval, Spread, interval_ends, values_at
from analysis.songs.recoding import LEAST_ENERGY, level_swing, recode, zero_crossing_rate
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

N_SEEDS = {"kmeans": 20, "mixture": 10}
"""Seeds of each method, at most as many as the study has."""
N_STARTS = {"kmeans": 3, "mixture": 2}
"""Starts of which the best is kept, under each seed."""
N_CELLS = 200
"""Draws of random cells, and of shuffled labels."""
N_TABLES = 200
"""Resamples behind the intervals of the adjusted Rand index, at most as many as of the shares."""
MOST_COMPONENTS = 10
"""BIC is asked for numbers of components up to this one."""
SWEEP_STARTS = 3
"""Starts at each number of components."""
LEAST_SPREAD = 1e-9
"""What spreads less than this is the same for all songs, but for rounding."""
LEAST_VARIANCE = 1e-12
"""A smaller variance along a principal axis counts as this."""
ASKED = ("means", "shared", "gaussians", "neighbours")
"""The classifiers: those of :data:`CLASSIFIERS` but the slow one."""


def _table(frame: pd.DataFrame) -> Floats:
    columns = ["tempo", "energy", "loudness", "valence", "danceability"]
    return frame[columns].to_numpy(dtype=np.float64, copy=True)


def _rate(frame: pd.DataFrame) -> Floats:
    X = _table(frame)
    X[:, 4] = zero_crossing_rate(X[:, 0], X[:, 4])
    return X


def _swing(frame: pd.DataFrame) -> Floats:
    X = _rate(frame)
    X[:, 1] = level_swing(X[:, 1], X[:, 2])
    return X


def _logs(frame: pd.DataFrame) -> Floats:
    return recode(frame).to_numpy(dtype=np.float64)


def spreads(X: Floats) -> Floats:
    """Return each column's standard deviation; 1 for a column that is the same for all songs.

    A table without a loudness of its own has no level swing, and is not refused for it.
    """
    found = X.std(axis=0)
    return np.where(found > LEAST_SPREAD, found, 1.0)


def standardise(X: Floats) -> Floats:
    """Return z-scores; 0 in a column that is the same for all songs."""
    return np.asarray((X - X.mean(axis=0)) / spreads(X))


def whiten(X: Floats) -> Floats:
    """Turn standardised features to their principal axes, and give each of these variance 1."""
    Z = standardise(X)
    variances, axes = np.linalg.eigh(np.cov(Z, rowvar=False, ddof=0))
    return np.asarray(Z @ axes / np.sqrt(np.maximum(variances, LEAST_VARIANCE)))


RECODINGS: dict[str, Callable[[pd.DataFrame], Floats]] = {
    "table": _table,
    "rate": _rate,
    "whitened": lambda frame: whiten(_table(frame)),
    "swing": _swing,
    "logs": _logs,
    "whitened logs": lambda frame: whiten(_logs(frame)),
}
"""The ways to write the features, by name; the first is the table's own."""
AFFINE = (("table", "rate", "whitened"), ("logs", "whitened logs"))
"""Those that an invertible affine map takes into each other."""


def log_volumes(name: str, frame: pd.DataFrame) -> Floats:
    """Return how much a recoding enlarges volumes around each song (prp-volume).

    Parameters
    ----------
    name : str
        One of :data:`RECODINGS`.
    frame : DataFrame
        With the features of the table.

    Returns
    -------
    ndarray of shape (n_songs,)
        The logarithm of the absolute determinant of its derivative.
    """
    if name.startswith("whitened"):
        of = "logs" if name == "whitened logs" else "table"
        X = RECODINGS[of](frame)
        variances = np.linalg.eigvalsh(np.cov(X, rowvar=False, ddof=0))
        held = np.maximum(variances, LEAST_VARIANCE)
        return np.asarray(log_volumes(of, frame) - 0.5 * np.log(held).sum())
    out = np.full(len(frame), 0.0 if name == "table" else np.log(2))
    if name in ("swing", "logs"):
        out += np.log(20 / np.log(10)) - np.log(np.maximum(frame["energy"], LEAST_ENERGY))
    if name == "logs":
        X = _logs(frame)
        taken = np.array([0, 1, 3, 4])
        out -= np.log(2) * X[:, taken].sum(axis=1) + len(taken) * np.log(np.log(2))
    return np.asarray(out, dtype=np.float64)


@dataclasses.dataclass(frozen=True, eq=False)
class Recodings:
    """What methods make of the same features, written in several ways.

    Attributes
    ----------
    frame : DataFrame
        Index ``recoding``, ``what``. ``what`` is "song:means" and so on (a classifier's share of
        songs right, songs held out with their copies), "artist:means" and so on (held out with all
        songs of their artist), "kmeans:named", "mixture:named" (songs right if clusters are named
        on other artists, means over the seeds), "cells:named", "shuffled:named" (means over the
        draws), "kmeans:gain", "mixture:gain" (that share less that of the cells), "kmeans:matched"
        and so on (eq-matched), "kmeans:ari" and so on. Columns ``estimate``, ``low``, ``high``
        (interval over resampled groups and, of clusters, seeds or draws; NaN where songs are
        matched, and for the index of chance),
        ``seed_low``, ``seed_high`` (range over seeds or draws, NaN otherwise), and ``less``,
        ``less_low``, ``less_high``: the estimate less that of the table's own coordinates, on the
        same resamples. All recodings were tried, so the intervals of gains and of what is less hold
        together at the study's level: each is at :func:`joint_level`.
    bic : DataFrame
        Index: numbers of components; a column for each recoding. In the units of the table
        (prp-volume), so that columns can be compared, less the least value of its own coordinates.
    silhouettes : DataFrame
        Index: recodings; columns "genres", "kmeans": mean silhouettes of the genres taken as
        clusters, and of the first seed's clusters.
    swing_kept : Interval
        The lead of K-Means over random cells on whitened logarithms, if the level swing is left in
        decibels; at the same level.
    level : float
        Of the intervals of gains and of such changes.
    n_seeds : dict, method -> int
    n_folds, n_groups, n_resamples : int
    """

    frame: pd.DataFrame
    bic: pd.DataFrame
    silhouettes: pd.DataFrame
    swing_kept: Interval
    level: float
    n_seeds: dict[Method, int]
    n_folds: int
    n_groups: int
    n_resamples: int

    @property
    def names(self) -> tuple[str, ...]:
        """The recodings, in order."""
        return tuple(RECODINGS)

    def of(self, recoding: str, what: str) -> Interval:
        """Return a value with its interval."""
        return Interval(*values_at(self.frame, (recoding, what), "estimate", "low", "high"))

    def change(self, recoding: str, what: str) -> Interval:
        """Return a value less that in the table's own coordinates, with its interval."""
        return Interval(*values_at(self.frame, (recoding, what), "less", "less_low", "less_high"))

    def over_seeds(self, recoding: str, what: str) -> Spread:
        """Return a mean over seeds, or draws, with their range."""
        row = values_at(self.frame, (recoding, what), "estimate", "seed_low", "seed_high")
        return Spread(*row)

    def range_of(self, what: str) -> tuple[float, float]:
        """Return the least and the largest estimate over all recodings."""
        found = [self.of(name, what).estimate for name in self.names]
        return min(found), max(found)

    def best(self, recoding: str, by: str = "artist") -> Interval:
        """Return the share of the best classifier, songs held out "song" or "artist" by artist."""
        return max((self.of(recoding, f"{by}:{name}") for name in ASKED), key=lambda x: x.estimate)

    def choice(self, recoding: str) -> int:
        """Return the number of components that BIC asks for."""
        return int(self.bic.index[int(self.bic[recoding].to_numpy().argmin())])

    def affine_difference(self, k: int) -> float:
        """Return how far BIC at `k` components differs where it should not (thm-affine)."""
        values = self.bic.loc[k, list(AFFINE[0])].to_numpy(dtype=np.float64)
        return float(np.ptp(values))

    @property
    def fall_of_bic(self) -> float:
        """By how much the least BIC is lower on the logarithms, in the table's units."""
        return float(self.bic["table"].min() - self.bic["logs"].min())

    @property
    def choices(self) -> tuple[int, ...]:
        """The different numbers of components that BIC asks for, from the least to the most."""
        return tuple(sorted({self.choice(name) for name in self.names}))

    def without_search(self, recoding: str, method: str) -> float:
        """Return which share of what a method gains over shuffled labels cells gain too."""
        chance = self.of(recoding, "shuffled:named").estimate
        added = self.of(recoding, f"{method}:named").estimate - chance
        cells = self.of(recoding, "cells:named").estimate - chance
        return cells / added if added > 0 else float("nan")

    @property
    def said(self) -> pd.DataFrame:
        """What the book says of the table's coordinates: a column for each recoding.

        Index: "kmeans:gain", "mixture:gain"; "without search", see :meth:`without_search`; "told",
        the share of the best classifier less that of the better method; "heard", that of the best
        classifier on songs by known artists less that on songs by new ones; "silhouette", of the
        genres; "bic", the number of components that it asks for.
        """

        def of(name: str, what: str) -> float:
            return self.of(name, what).estimate

        return pd.DataFrame(
            {
                name: {
                    "kmeans:gain": of(name, "kmeans:gain"),
                    "mixture:gain": of(name, "mixture:gain"),
                    "without search": self.without_search(name, "kmeans"),
                    "told": self.best(name).estimate - max(of(name, f"{m}:named") for m in METHODS),
                    "heard": self.best(name, "song").estimate - self.best(name).estimate,
                    "silhouette": float(self.silhouettes["genres"][name]),
                    "bic": self.choice(name),
                }
                for name in self.names
            }
        )


def compare_recodings(dataset: Dataset, config: Config) -> Recodings:
    """Do the same with every recoding of a table's features.

    Parameters
    ----------
    dataset : Dataset
        Of the feature set "ours", whatever features the study looks at. Groups of artists are kept
        together, where they are known.
    config : Config

    Returns
    -------
    Recodings
    """
    of_genre = np.unique(dataset.labels, return_inverse=True)[1].astype(np.int64)
    groups = dataset.groups
    draws, folds = draw_artists(groups, config), deal_artists(of_genre, groups, config)
    rng, level = generator(config.seed, Stream.RECODING_SEEDS), joint_level(config.confidence)
    parts: dict[tuple[str, str], dict[str, float]] = {}
    drawn: dict[tuple[str, str], Floats] = {}
    bic, silhouettes = {}, {}
    for name, coordinates in RECODINGS.items():
        X = coordinates(dataset.frame)
        Z = standardise(X)
        labelings = cluster(Z, config)
        found = _classified(X, of_genre, dataset.copies, groups, folds, draws, config)
        found |= agree(labelings, of_genre, groups, folds, draws, rng)
        for what, (estimate, resampled, over_seeds) in found.items():
            parts[name, what] = _row(what, estimate, resampled, over_seeds, config)
            drawn[name, what] = resampled
        volume = float(log_volumes(name, dataset.frame).sum() - len(X) * np.log(spreads(X)).sum())
        bic[name] = {k: value - 2 * volume for k, value in _criterion(Z, config).items()}
        distances = all_distances(Z)
        silhouettes[name] = {
            "genres": internal_or_nothing(Z, of_genre, distances)["silhouette"],
            "kmeans": internal_or_nothing(Z, labelings["kmeans"][0], distances)["silhouette"],
        }
    first = next(iter(RECODINGS))
    for (name, what), row in parts.items():
        less = row["estimate"] - parts[first, what]["estimate"]
        apart = drawn[name, what] - drawn[first, what]
        found_less = interval_of(what, less, apart, level)
        row |= {"less": less, "less_low": found_less.low, "less_high": found_less.high}
    X = _logs(dataset.frame).copy()
    X[:, 1] = _swing(dataset.frame)[:, 1]
    labelings = cluster(whiten(X), config, ("kmeans",))
    kept, resampled, _ = agree(labelings, of_genre, groups, folds, draws, rng)["kmeans:gain"]
    values = pd.DataFrame.from_dict(parts, orient="index")
    values.index = pd.MultiIndex.from_tuples(parts, names=["recoding", "what"])
    return Recodings(
        frame=values,
        bic=pd.DataFrame(bic) - min(bic[first].values()),
        silhouettes=pd.DataFrame.from_dict(silhouettes, orient="index"),
        swing_kept=named_interval(kept, resampled, level),
        level=level,
        n_seeds={method: min(N_SEEDS[method], config.n_seeds) for method in METHODS},
        n_folds=config.n_folds,
        n_groups=int(groups.max()) + 1,
        n_resamples=len(draws),
    )


def joint_level(confidence: float) -> float:
    """Return the level of each interval at which those of all rewritings hold together.

    By Bonferroni's inequality; the table's own coordinates are no try.
    """
    return 1 - (1 - confidence) / (len(RECODINGS) - 1)


def interval_of(what: str, estimate: float, resampled: Floats, level: float) -> Interval:
    """Return a measure, as :attr:`Recodings.frame` names it, with the interval that suits it."""
    kind = named_interval if what.endswith((":named", ":gain")) else centred_interval
    return kind(estimate, resampled, level)


def _row(
    what: str, estimate: float, resampled: Floats, over_seeds: Floats, config: Config
) -> dict[str, float]:
    level = joint_level(config.confidence) if what.endswith(":gain") else config.confidence
    row = dataclasses.asdict(interval_of(what, estimate, resampled, level))
    ends = (
        np.quantile(over_seeds, interval_ends(config.confidence))
        if len(over_seeds)
        else (np.nan, np.nan)
    )
    return {**row, "seed_low": float(ends[0]), "seed_high": float(ends[1])}


_NONE, _UNKNOWN = np.empty(0), np.full(1, np.nan)


def _classified(
    X: Floats,
    of_genre: Labels,
    copies: Labels,
    groups: Labels,
    folds: Labels,
    draws: Labels,
    config: Config,
) -> dict[str, tuple[float, Floats, Floats]]:
    """Return the share of held-out songs that each classifier gets right."""
    found = {}
    for by, dealt in (("song", deal_copies(of_genre, copies, config)), ("artist", folds)):
        for name in ASKED:
            right = found_held_out(CLASSIFIERS[name], X, of_genre, dealt, config.seed).mean(axis=0)
            resampled = grouped_means(right, groups, draws)
            found[f"{by}:{name}"] = (float(right.mean()), resampled, _NONE)
    return found


def cluster(
    Z: Floats, config: Config, methods: Sequence[Method] = METHODS
) -> dict[str, list[Labels]]:
    """Return labels of methods under several seeds, of random cells and of a shuffle each.

    Parameters
    ----------
    Z : ndarray of shape (n_songs, n_features)
    config : Config
    methods : sequence of method
        K-Means among them.

    Returns
    -------
    dict
        By method, "cells", "shuffled".
    """
    labelings = {
        str(method): labels_over_seeds(method, Z, config, N_SEEDS[method], N_STARTS[method])
        for method in methods
    }
    rng = generator(config.seed, Stream.RECODING_CELLS)
    labelings["cells"] = [random_cells(Z, config.n_clusters, rng) for _ in range(N_CELLS)]
    labelings["shuffled"] = [rng.permutation(labelings["kmeans"][0]) for _ in range(N_CELLS)]
    return labelings


def agree(
    labelings: dict[str, list[Labels]],
    of_genre: Labels,
    groups: Labels,
    folds: Labels,
    draws: Labels,
    rng: np.random.Generator,
) -> dict[str, tuple[float, Floats, Floats]]:
    """Return how far labelings agree with the genres, in the mean over seeds or draws.

    Parameters
    ----------
    labelings : dict
        As :func:`cluster` returns them, "shuffled" left out or not.
    of_genre, groups : ndarray of shape (n_songs,), int
    folds : ndarray of shape (n_deals, n_songs), int
        For names that are chosen on other songs.
    draws : ndarray of shape (n_resamples, n_groups), int
    rng : Generator
        Resamples the labelings beside the groups: few seeds have a mean of their own.

    Returns
    -------
    dict
        By "kmeans:named" and so on, see :attr:`Recodings.frame`: the mean, that of each resample,
        and the values of each labeling.
    """
    drawn = whole_first(draws[:N_TABLES])
    found: dict[str, tuple[float, Floats, Floats]] = {}
    for who, labels in labelings.items():
        weights = rng.multinomial(len(labels), np.full(len(labels), 1 / len(labels)), len(draws))
        right = np.stack([right_if_named_elsewhere(of_genre, one, folds) for one in labels])
        of_each = grouped_means(right.T, groups, draws)
        shares = right.mean(axis=1)
        found[f"{who}:named"] = (float(shares.mean()), _weighted(of_each, weights), shares)
        is_chance = who not in METHODS
        resamples = drawn[:1] if is_chance else drawn
        tables = [grouped_tables(of_genre, one, groups, resamples) for one in labels]
        matched = np.array([matched_from_tables(table[:1])[0] for table in tables])
        rand = np.stack([rand_from_tables(table) for table in tables], axis=1)
        means = _UNKNOWN if is_chance else _weighted(rand[1:], weights[:N_TABLES])
        found[f"{who}:matched"] = (float(matched.mean()), _UNKNOWN, matched)
        found[f"{who}:ari"] = (float(rand[0].mean()), means, rand[0])
    cells, drawn_cells, _ = found["cells:named"]
    for method in METHODS:
        if method in labelings:
            estimate, resampled, _ = found[f"{method}:named"]
            found[f"{method}:gain"] = (estimate - cells, resampled - drawn_cells, _NONE)
    return found


def _weighted(values: Floats, weights: Labels) -> Floats:
    """Return the mean of each row, its entries counted as often as they are drawn."""
    return np.asarray((values * weights).sum(axis=1) / weights.sum(axis=1))


def _criterion(Z: Floats, config: Config) -> dict[int, float]:
    """Return BIC at each number of components that is tried."""
    last = max(config.k_min, min(config.k_max, MOST_COMPONENTS))
    found = {}
    for k in range(config.k_min, last + 1):
        as_many = dataclasses.replace(config, n_clusters=k)
        fits = fit_starts("mixture", Z, as_many, config.seed, SWEEP_STARTS)
        found[k] = float(best_fit(fits).model.bic(Z))
    return found


# --------------------------------------------------------------------------------------
# Six songs, to do by hand
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Toy:
    """Six songs of two kinds and three tempi, written in two ways, each cut in two for the best.

    Attributes
    ----------
    rates : ndarray of shape (6,)
        0 for one kind of song, 1 for the other.
    points : dict, "apart" or "mixed" -> ndarray of shape (6, 2)
        Standardised: tempo and rate; tempo and the sum of both.
    labels : dict
        The best clustering into two, the first song in cluster 0.
    objectives : dict
        WCSS of that clustering and, "by kind", of the cut between the two kinds when mixed.
    correlation : float
        Of the two features when mixed.
    """

    rates: Floats
    points: dict[str, Floats]
    labels: dict[str, Labels]
    objectives: dict[str, float]
    correlation: float


def cut_six_songs() -> Toy:
    """Cut six songs in two by the least WCSS of all 31 ways, in two ways to write them."""
    tempo, rates = np.tile([-1.0, 0.0, 1.0], 2), np.repeat([0.0, 1.0], 3)
    points = {
        "apart": z_scores(np.column_stack([tempo, rates])),
        "mixed": z_scores(np.column_stack([tempo, tempo + rates])),
    }
    cuts = [np.array([(code >> i) & 1 for i in range(6)]) for code in range(2, 64, 2)]
    objectives, labels = {}, {}
    for name, Z in points.items():
        values = [_wcss(Z, cut) for cut in cuts]
        labels[name] = cuts[int(np.argmin(values))].astype(np.int64)
        objectives[name] = min(values)
    objectives["by kind"] = _wcss(points["mixed"], rates)
    correlation = float(np.prod(points["mixed"], axis=1).mean())
    return Toy(rates, points, labels, objectives, correlation)


def _wcss(Z: Floats, labels: NDArray[np.generic]) -> float:
    parts = (Z[labels == label] for label in np.unique(labels))
    return float(sum(np.square(part - part.mean(axis=0)).sum() for part in parts))
