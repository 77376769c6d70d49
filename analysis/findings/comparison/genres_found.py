"""The result of the study in one scale: the share of the songs whose genre is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.classifiers import ClassifierScores, draw_artists
from analysis.findings.comparison.scores import Scores, random_cells
from analysis.findings.comparison.seeds import (
    METHODS,
    Method,
    Seeds,
    few_starts,
    labels_over_seeds,
)
from analysis.methods.grouped import (
    centred_interval,
    grouped_means,
    grouped_tables,
    whole_first,
)
from analysis.methods.indices.external import (
    count_pairs,
    external_from_tables,
    matched_from_tables,
)
from analysis.methods.resampling import Interval, Spread, spread_of
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Pair = tuple[str, str]

TWINS: dict[Method, str] = {"kmeans": "means", "mixture": "gaussians"}
"""The classifier that has a method's shapes, and is told the genres."""
MOST_NAMED = 300
"""Shuffled labels, and random cells, whose names are chosen on other songs, at most."""
N_OF_PAIR = 5
"""Seeds of K-Means on each pair of features, at most as many as the study has."""
NAMES_VARY = 1.4
"""How much farther shares of other samples lie apart than those of resamples that keep the names.

Another sample would choose other names. To choose them in each resample would take minutes; the
factor is from the simulation of :mod:`analysis.findings.comparison.coverage`.
"""


@dataclasses.dataclass(frozen=True, eq=False)
class NamedElsewhere:
    """Songs whose genre is found if clusters are named on other songs than are counted.

    The songs of a fold are counted with the names that are best on the songs of all other folds.
    The folds are those of the classifiers, so that no artist is in two, and shares are means over
    their divisions.

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
    grid_checks : dict -> Interval
        What speaks for the grid besides, see :func:`_check_grid`: "pair", "over pair", "majority",
        "majority kmeans", "majority cells", "over majority", "ari", "over ari", "ami", "over ami".
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
    grids: dict[Pair, float]
    best_grid: Pair
    grid: Interval
    grid_lead: dict[Method, Interval]
    grid_checks: dict[str, Interval]
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
    pairs = {
        (names[i], names[j]): labels_over_seeds(
            "kmeans", Z[:, [i, j]], config, N_OF_PAIR, few_starts("kmeans", config)
        )
        for i, j in combinations(range(len(names)), 2)
    }
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
            pairs,
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


def right_if_named_elsewhere(
    of_genre: Labels, labels: Labels, folds: Labels, *, one_to_one: bool = True
) -> Floats:
    """Name clusters after genres on all folds but one, and see which songs of that are right.

    Parameters
    ----------
    of_genre, labels : ndarray of shape (n_songs,), int
        Numbered from 0 on.
    folds : ndarray of shape (n_songs,) or (n_deals, n_songs), int
        If all songs are in one fold, there are no others to name clusters on, and none is right.
    one_to_one : bool
        Each cluster is named after another genre, so that most songs are right (eq-matched); if
        not, each after the genre that is commonest in it.

    Returns
    -------
    ndarray of shape (n_songs,)
        The share of the divisions into folds in which a song is right.
    """
    from scipy.optimize import linear_sum_assignment

    shape = (int(of_genre.max()) + 1, int(labels.max()) + 1)
    deals = np.atleast_2d(folds)
    right = np.zeros(len(labels))
    for fold_of in deals:
        inside = np.zeros((int(fold_of.max()) + 1, *shape), dtype=np.int64)
        np.add.at(inside, (fold_of, of_genre, labels), 1)
        named = np.full((len(inside), shape[1]), -1)
        for names, others in zip(named, inside.sum(axis=0) - inside, strict=True):
            if not one_to_one:
                names[:] = np.where(others.any(axis=0), others.argmax(axis=0), -1)
            elif others.any():
                genres, clusters = linear_sum_assignment(others, maximize=True)
                names[clusters] = genres
        right += named[fold_of, labels] == of_genre
    return right / len(deals)


def named_interval(estimate: float, draws: Floats, confidence: float) -> Interval:
    """Return the interval of a share whose names are chosen on other songs.

    Parameters
    ----------
    estimate : float
    draws : ndarray of shape (n_resamples,)
        The share, or a difference of two, on resampled groups, with the names as they are.
    confidence : float

    Returns
    -------
    Interval
        The one around the mean of the draws, which are spread by :data:`NAMES_VARY`.
    """
    center = draws.mean()
    return centred_interval(estimate, center + NAMES_VARY * (draws - center), confidence)


def _name_elsewhere(
    of_genre: Labels,
    labels: dict[Method, Labels],
    seeds: Seeds,
    shuffled: Sequence[Labels],
    cells: Sequence[Labels],
    bins: dict[str, Labels],
    grids: dict[Pair, Labels],
    pairs: dict[Pair, list[Labels]],
    ceiling: ClassifierScores,
    config: Config,
) -> NamedElsewhere:
    folds, draws = ceiling.folds, draw_artists(ceiling.artist_of, config)

    def right_of(one: Labels) -> Floats:
        return right_if_named_elsewhere(of_genre, one, folds)

    def share(one: Labels) -> float:
        return float(right_of(one).mean())

    def resampled(right: Floats) -> Floats:
        return grouped_means(right, ceiling.artist_of, draws)

    def interval(right: Floats) -> Interval:
        return _interval(float(right.mean()), resampled(right), config)

    chance = spread_of(np.array([share(one) for one in shuffled]), config.confidence)
    right = {m: right_of(labels[m]) for m in METHODS}
    named = {m: np.stack([right_of(one) for one in seeds.full(m).labels]) for m in METHODS}
    of_seeds: dict[Method, Floats] = {m: named[m].mean(axis=1) for m in METHODS}
    of_grid = {pair: share(one) for pair, one in grids.items()}
    best_grid = max(of_grid, key=of_grid.__getitem__)
    chosen = _chosen_elsewhere(of_genre, grids, folds)
    ways: dict[Method, Interval] = {}
    ways_of_seeds: dict[Method, Spread] = {}
    for method in METHODS:
        told = ceiling.right[TWINS[method]]
        way = _way(resampled(right[method]), resampled(told), chance.mean)
        ways[method] = _interval(
            float(_way(right[method].mean(), told.mean(), chance.mean)), way, config
        )
        ways_of_seeds[method] = spread_of(
            _way(of_seeds[method], told.mean(), chance.mean), config.confidence
        )
    return NamedElsewhere(
        shares={m: interval(right[m]) for m in METHODS},
        of_seeds=of_seeds,
        over={m: spread_of(values, config.confidence) for m, values in of_seeds.items()},
        expected={m: interval(named[m].mean(axis=0)) for m in METHODS},
        shuffled=chance,
        cells=spread_of(np.array([share(one) for one in cells]), config.confidence),
        bins={name: share(one) for name, one in bins.items()},
        grids=of_grid,
        best_grid=best_grid,
        grid=interval(chosen),
        grid_lead={m: interval(chosen - named[m].mean(axis=0)) for m in METHODS},
        grid_checks=_check_grid(
            of_genre,
            chosen,
            grids,
            best_grid,
            pairs,
            {"kmeans": list(seeds.full("kmeans").labels), "cells": cells},
            ceiling,
            draws,
            interval,
            config,
        ),
        ways=ways,
        ways_of_seeds=ways_of_seeds,
        difference=interval(right["mixture"] - right["kmeans"]),
    )


def _check_grid(
    of_genre: Labels,
    chosen: Floats,
    grids: dict[Pair, Labels],
    best: Pair,
    pairs: dict[Pair, list[Labels]],
    groups: Mapping[str, Sequence[Labels]],
    ceiling: ClassifierScores,
    draws: Labels,
    interval: Callable[[Floats], Interval],
    config: Config,
) -> dict[str, Interval]:
    """Ask whether the grid leads because a pair was chosen, or because its cells suit the names.

    Parameters
    ----------
    of_genre : ndarray of shape (n_songs,), int
    chosen : ndarray of shape (n_songs,)
        What the grid finds that is chosen on the other folds.
    grids : dict, pair -> ndarray of shape (n_songs,), int
    best : pair
    pairs : dict, pair -> list of ndarray of shape (n_songs,), int
        K-Means on two features, a list for its seeds.
    groups : dict, "kmeans" or "cells" -> labelings
        K-Means on all features, over its seeds, and random cells.
    ceiling : ClassifierScores
    draws : ndarray of shape (n_resamples, n_artists), int
        The resampled artists.
    interval : callable
        Gives a share of right songs its interval over these.
    config : Config

    Returns
    -------
    dict -> Interval
        "pair": what K-Means finds if its pair of features is chosen like that of the grid, the mean
        over its seeds. "majority", "majority kmeans", "majority cells": what the grid, K-Means and
        random cells find if each group is named after the genre that is commonest in it, so that
        several may have one name. "ari", "ami": indices of the best grid. "over pair", "over
        majority", "over ari", "over ami": the grid less K-Means, in the indices over as many seeds
        as on a pair. Intervals are over the same resampled artists.
    """
    folds, artists = ceiling.folds, ceiling.artist_of
    n_runs = len(next(iter(pairs.values()), []))
    on_pair = [
        _chosen_elsewhere(of_genre, {pair: runs[i] for pair, runs in pairs.items()}, folds)
        for i in range(n_runs)
    ]
    of_pair = np.mean(on_pair, axis=0) if on_pair else np.full(len(of_genre), np.nan)
    majority = {
        who: np.mean(
            [right_if_named_elsewhere(of_genre, one, folds, one_to_one=False) for one in of_all],
            axis=0,
        )
        for who, of_all in {**groups, "grid": [grids[best]]}.items()
    }
    found = {
        "pair": interval(of_pair),
        "over pair": interval(chosen - of_pair),
        "majority": interval(majority["grid"]),
        "majority kmeans": interval(majority["kmeans"]),
        "majority cells": interval(majority["cells"]),
        "over majority": interval(majority["grid"] - majority["kmeans"]),
    }
    drawn = whole_first(draws[: config.n_index_bootstrap])

    def indices(one: Labels) -> dict[str, Floats]:
        return external_from_tables(grouped_tables(of_genre, one, artists, drawn))

    of_grid, of_runs = indices(grids[best]), [indices(one) for one in groups["kmeans"][:N_OF_PAIR]]
    for index in ("ari", "ami"):
        lead = of_grid[index] - np.mean([run[index] for run in of_runs], axis=0)
        for name, values in ((index, of_grid[index]), (f"over {index}", lead)):
            found[name] = centred_interval(float(values[0]), values[1:], config.confidence)
    return found


def _chosen_elsewhere(of_genre: Labels, groups: dict[Pair, Labels], folds: Labels) -> Floats:
    """Take for each fold the groups that name most songs of all other folds."""
    n_labels = 1 + max(int(one.max()) for one in groups.values())
    chosen = np.zeros(folds.shape)
    for fold_of, right in zip(folds, chosen, strict=True):
        of_pair = [right_if_named_elsewhere(of_genre, one, fold_of) for one in groups.values()]
        for fold in np.unique(fold_of):
            out = fold_of == fold
            if not out.all():
                matched = _matched(of_genre[~out], [one[~out] for one in groups.values()], n_labels)
                right[out] = of_pair[int(matched.argmax())][out]
    return np.asarray(chosen.mean(axis=0))


def _way(found: float | Floats, told: float | Floats, chance: float) -> Floats:
    """Return which share of the way from chance to a classifier is gone; NaN if there is none."""
    way = np.asarray(told) - chance
    return np.asarray((found - chance) / np.where(way > 0, way, np.nan))


def _interval(estimate: float, draws: Floats, config: Config) -> Interval:
    known = draws[np.isfinite(draws)]
    if not len(known):
        return Interval(estimate, np.nan, np.nan)
    return named_interval(estimate, known, config.confidence)
