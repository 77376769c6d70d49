"""The result of the study in one scale: the share of the songs whose genre is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.classifiers import ClassifierScores, draw_artists
from analysis.findings.comparison.scores import Scores, random_cells
from analysis.findings.comparison.seeds import METHODS, Method, Seeds
from analysis.methods.grouped import centred_interval, grouped_means
from analysis.methods.indices.external import count_pairs, matched_from_tables
from analysis.methods.resampling import Interval, Spread, spread_of
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Right = NDArray[np.bool_]

TWINS: dict[Method, str] = {"kmeans": "means", "mixture": "gaussians"}
"""The classifier that has a method's shapes, and is told the genres."""
MOST_NAMED = 300
"""Shuffled labels, and random cells, whose names are chosen on other songs, at most."""


@dataclasses.dataclass(frozen=True, eq=False)
class NamedElsewhere:
    """Songs whose genre is found if clusters are named on other songs than are counted.

    The songs of a fold are counted with the names that are best on the songs of all other folds.
    The folds are those of the classifiers, so that no artist is in two.

    Attributes
    ----------
    shares : dict, method -> Interval
        Of the study's clustering; the interval is one over resampled artists.
    of_seeds : dict, method -> ndarray of shape (n_seeds,)
    over : dict, method -> Spread
        Mean and range of these.
    expected : dict, method -> Interval
        Their mean; the interval is one over resampled artists.
    shuffled, cells : Spread
        Of labels of K-Means dealt at random, and of random cells.
    bins : dict, feature -> float
        Of groups of as many songs each by the rank of one feature, see :func:`cut`.
    grids : dict, (feature, feature) -> float
        Of half as many groups by the rank of the first feature, each cut at its median of the
        second, see :func:`cut_twice`.
    best_grid : (feature, feature)
        The pair with the largest share.
    grid : Interval
        The share if the pair, too, is the best on the other folds; the interval is one over
        resampled artists.
    grid_lead : dict, method -> Interval
        That share less the mean share of a method over its seeds, on the same resampled artists.
    ways : dict, method -> Interval
        Which share of the way from shuffled labels to the classifier of :data:`TWINS` the study's
        clustering goes. Both ends and the clustering are counted on the same resampled artists.
    ways_of_seeds : dict, method -> Spread
        The same over seeds, on the songs as they are.
    difference : Interval
        The mixture's share less that of K-Means, on the same resampled artists.
    """

    shares: dict[Method, Interval]
    of_seeds: dict[Method, Floats]
    over: dict[Method, Spread]
    expected: dict[Method, Interval]
    shuffled: Spread
    cells: Spread
    bins: dict[str, float]
    grids: dict[tuple[str, str], float]
    best_grid: tuple[str, str]
    grid: Interval
    grid_lead: dict[Method, Interval]
    ways: dict[Method, Interval]
    ways_of_seeds: dict[Method, Spread]
    difference: Interval

    def lead(self, method: Method) -> float:
        """Return the mean share of a method over its seeds, less that of random cells."""
        return self.over[method].mean - self.cells.mean

    @property
    def best_bins(self) -> str:
        """The feature whose bins have the largest share."""
        return max(self.bins, key=self.bins.__getitem__)

    @property
    def wins(self) -> float:
        """The share of pairs of seeds in which the mixture finds more than K-Means."""
        apart = np.subtract.outer(self.of_seeds["mixture"], self.of_seeds["kmeans"])
        return float((apart > 0).mean())


@dataclasses.dataclass(frozen=True, eq=False)
class GenresFound:
    """How many songs get their genre, from chance to a method that was told the genres.

    Clusters are named after genres, each after another one, so that most songs are right
    (eq-matched).

    Attributes
    ----------
    shuffled : Spread
        Labels of K-Means dealt to the songs at random.
    cells : Spread
        Cells around songs drawn at random (def-cells).
    kmeans, mixture : Interval
        The study's clusterings.
    of_seeds : dict, method -> ndarray of shape (n_seeds,)
    told : Interval
        The best of the classifiers that learn the genres, on songs of artists held out.
    best : str
        Its name.
    elsewhere : NamedElsewhere
        The same with names chosen on other songs.
    n_draws, n_cells, n_named : int
        Shuffles; random cells; both where names are chosen on other songs.
    confidence : float
    """

    shuffled: Spread
    cells: Spread
    kmeans: Interval
    mixture: Interval
    of_seeds: dict[Method, Floats]
    told: Interval
    best: str
    elsewhere: NamedElsewhere
    n_draws: int
    n_cells: int
    n_named: int
    confidence: float

    def without_search(self, method: Method) -> Spread:
        """Return which share of what a method adds to shuffled labels random cells add too.

        Over its seeds, those left out that add nothing.
        """
        added = self.of_seeds[method] - self.shuffled.mean
        gained = self.cells.mean - self.shuffled.mean
        return spread_of(gained / np.where(added > 0, added, np.nan), self.confidence)


def find_genres(
    dataset: Dataset,
    labels: dict[Method, Labels],
    seeds: Seeds,
    scores: Scores,
    ceiling: ClassifierScores,
    config: Config,
) -> GenresFound:
    """Set both methods beside two kinds of chance and beside the best classifier.

    Parameters
    ----------
    dataset : Dataset
    labels : dict
        The study's labels of each method.
    seeds : Seeds
        Both methods under other seeds.
    scores : Scores
        What random cells and seeds have.
    ceiling : ClassifierScores
    config : Config

    Returns
    -------
    GenresFound
    """
    Z, of_genre = z_scores(dataset.X), np.unique(dataset.labels, return_inverse=True)[1]
    rng = generator(config.seed, Stream.GENRES_FOUND)
    n_named, names = min(MOST_NAMED, config.n_index_bootstrap), dataset.feature_names
    shuffled = [rng.permutation(labels["kmeans"]) for _ in range(config.n_index_bootstrap)]
    cells = [random_cells(Z, config.n_clusters, rng) for _ in range(n_named)]
    return GenresFound(
        shuffled=spread_of(_matched(of_genre, shuffled, config.n_clusters), config.confidence),
        cells=spread_of(scores.cells["matched"].to_numpy(), config.confidence),
        kmeans=ceiling.of("kmeans"),
        mixture=ceiling.of("mixture"),
        of_seeds={method: scores.of_seeds[method, "matched"] for method in METHODS},
        told=ceiling.of(ceiling.best),
        best=ceiling.best,
        elsewhere=_name_elsewhere(
            of_genre,
            labels,
            seeds,
            shuffled[:n_named],
            cells,
            {name: cut(dataset.X[:, j], config.n_clusters) for j, name in enumerate(names)},
            {
                (names[i], names[j]): cut_twice(dataset.X[:, i], dataset.X[:, j], config.n_clusters)
                for i, j in permutations(range(len(names)), 2)
            },
            ceiling,
            config,
        ),
        n_draws=len(shuffled),
        n_cells=scores.n_cells,
        n_named=n_named,
        confidence=config.confidence,
    )


def _matched(of_genre: Labels, labelings: list[Labels], n_clusters: int) -> Floats:
    shape = (int(of_genre.max()) + 1, n_clusters)
    return matched_from_tables(np.stack([count_pairs(of_genre, one, shape) for one in labelings]))


def cut(values: Floats, k: int) -> Labels:
    """Divide songs into k groups of as many songs each by the rank of a value, as far as it goes.

    Parameters
    ----------
    values : ndarray of shape (n_songs,)
    k : int

    Returns
    -------
    ndarray of shape (n_songs,), int
        The group with the lowest values is 0; of equal values the earlier song comes first.
    """
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks * k // len(values)


def cut_twice(values: Floats, others: Floats, k: int) -> Labels:
    """Divide songs into k // 2 groups by the rank of a value, and each in two by that of another.

    Parameters
    ----------
    values, others : ndarray of shape (n_songs,)
    k : int

    Returns
    -------
    ndarray of shape (n_songs,), int
    """
    labels = 2 * cut(values, max(k // 2, 1))
    for group in np.unique(labels):
        inside = labels == group
        labels[inside] += cut(others[inside], 2)
    return labels


def right_if_named_elsewhere(of_genre: Labels, labels: Labels, fold_of: Labels) -> Right:
    """Name clusters after genres on all folds but one, and see which songs of that are right.

    Parameters
    ----------
    of_genre, labels : ndarray of shape (n_songs,), int
        Numbered from 0 on.
    fold_of : ndarray of shape (n_songs,), int
        If all songs are in one fold, there are no others to name clusters on, and none is right.

    Returns
    -------
    ndarray of shape (n_songs,), bool
    """
    from scipy.optimize import linear_sum_assignment

    shape = (int(of_genre.max()) + 1, int(labels.max()) + 1)
    right = np.zeros(len(labels), dtype=bool)
    for fold in np.unique(fold_of):
        counted = fold_of == fold
        if counted.all():
            continue
        table = count_pairs(of_genre[~counted], labels[~counted], shape)
        genres, clusters = linear_sum_assignment(table, maximize=True)
        named = np.full(shape[1], -1)
        named[clusters] = genres
        right[counted] = named[labels[counted]] == of_genre[counted]
    return right


def _name_elsewhere(
    of_genre: Labels,
    labels: dict[Method, Labels],
    seeds: Seeds,
    shuffled: Sequence[Labels],
    cells: Sequence[Labels],
    bins: dict[str, Labels],
    grids: dict[tuple[str, str], Labels],
    ceiling: ClassifierScores,
    config: Config,
) -> NamedElsewhere:
    def share(one: Labels) -> float:
        return float(right_if_named_elsewhere(of_genre, one, ceiling.fold_of).mean())

    draws = draw_artists(ceiling.artist_of, config)

    def resampled(right: Right | Floats) -> Floats:
        return grouped_means(right.astype(np.float64), ceiling.artist_of, draws)

    chance = spread_of(np.array([share(one) for one in shuffled]), config.confidence)
    right = {m: right_if_named_elsewhere(of_genre, labels[m], ceiling.fold_of) for m in METHODS}
    drawn = {method: resampled(right[method]) for method in METHODS}
    named = {
        m: np.stack(
            [right_if_named_elsewhere(of_genre, o, ceiling.fold_of) for o in seeds.full(m).labels]
        )
        for m in METHODS
    }
    of_seeds: dict[Method, Floats] = {m: named[m].mean(axis=1) for m in METHODS}
    expected = {
        m: _interval(float(of_seeds[m].mean()), resampled(named[m].mean(axis=0)), config)
        for m in METHODS
    }
    on_grid = {
        pair: right_if_named_elsewhere(of_genre, one, ceiling.fold_of)
        for pair, one in grids.items()
    }
    of_grid = {pair: float(one.mean()) for pair, one in on_grid.items()}
    chosen = _chosen_elsewhere(of_genre, grids, on_grid, ceiling.fold_of)
    ways: dict[Method, Interval] = {}
    ways_of_seeds: dict[Method, Spread] = {}
    for method in METHODS:
        told = ceiling.right[TWINS[method]]
        way = _way(drawn[method], resampled(told), chance.mean)
        ways[method] = _interval(
            float(_way(right[method].mean(), told.mean(), chance.mean)), way, config
        )
        ways_of_seeds[method] = spread_of(
            _way(of_seeds[method], told.mean(), chance.mean), config.confidence
        )
    return NamedElsewhere(
        shares={m: _interval(float(right[m].mean()), drawn[m], config) for m in METHODS},
        of_seeds=of_seeds,
        over={m: spread_of(values, config.confidence) for m, values in of_seeds.items()},
        expected=expected,
        shuffled=chance,
        cells=spread_of(np.array([share(one) for one in cells]), config.confidence),
        bins={name: share(one) for name, one in bins.items()},
        grids=of_grid,
        best_grid=max(of_grid, key=of_grid.__getitem__),
        grid=_interval(float(chosen.mean()), resampled(chosen), config),
        grid_lead={
            m: _interval(
                float(chosen.mean() - of_seeds[m].mean()),
                resampled(chosen) - resampled(named[m].mean(axis=0)),
                config,
            )
            for m in METHODS
        },
        ways=ways,
        ways_of_seeds=ways_of_seeds,
        difference=_interval(
            float(right["mixture"].mean() - right["kmeans"].mean()),
            drawn["mixture"] - drawn["kmeans"],
            config,
        ),
    )


def _chosen_elsewhere(
    of_genre: Labels,
    grids: dict[tuple[str, str], Labels],
    right: dict[tuple[str, str], Right],
    fold_of: Labels,
) -> Right:
    """Take for each fold the grid that names most songs of all other folds."""
    chosen = np.zeros(len(of_genre), dtype=bool)
    for fold in np.unique(fold_of):
        out = fold_of == fold
        if not out.all():
            n_labels = 1 + max(int(one.max()) for one in grids.values())
            matched = _matched(of_genre[~out], [one[~out] for one in grids.values()], n_labels)
            chosen[out] = right[list(grids)[int(matched.argmax())]][out]
    return chosen


def _way(found: float | Floats, told: float | Floats, chance: float) -> Floats:
    """Return which share of the way from chance to a classifier is gone; NaN if there is none."""
    way = np.asarray(told) - chance
    return np.asarray((found - chance) / np.where(way > 0, way, np.nan))


def _interval(estimate: float, draws: Floats, config: Config) -> Interval:
    known = draws[np.isfinite(draws)]
    if not len(known):
        return Interval(estimate, np.nan, np.nan)
    return centred_interval(estimate, known, config.confidence)
