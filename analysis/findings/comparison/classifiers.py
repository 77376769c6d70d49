"""How much of the genres the features hold at all: classifiers that are told the genres."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.seeds import METHODS, Method
from analysis.findings.mixtures.run import REG_COVAR
from analysis.methods.grouped import centred_interval, draw_groups, grouped_means
from analysis.methods.indices.external import matched_from_tables, resampled_tables
from analysis.methods.resampling import Interval, basic_interval, maximum_interval
from analysis.songs.table import Dataset, joined
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Predict = Callable[[Floats, Labels, Floats, int], Labels]

N_NEIGHBOURS = 25
"""Neighbours that vote."""
N_TREES = 50
"""Trees of the forest."""
LEAST_IN_LEAF = 5
"""Songs in a leaf of a tree, at least."""
N_DEALS = 3
"""Ways to deal the artists into folds, of which the mean is taken."""


@dataclasses.dataclass(frozen=True, eq=False)
class ClassifierScores:
    """What classifiers and clusters get right about the genres.

    Attributes
    ----------
    classifiers : dict, name -> Interval
        "means", "shared", "gaussians", "neighbours", "forest": the share of songs whose genre was
        found while they were held out with all songs of their artist, in the mean over
        :data:`N_DEALS` divisions into folds; the interval is one over resampled artists. Where
        artists are not known, copies alone are kept together.
    by_song : dict, name -> Interval
        The same while they were held out with their copies alone, in one division; the interval is
        one over songs.
    heard : dict, name -> Interval
        `by_song` less `classifiers`, on the same songs; the interval is one over resampled artists.
    by_fold : dict, name -> (float, float)
        The least and the largest of the shares with artists held out in a fold.
    clusters : dict, method -> Interval
        The share of songs right when each cluster is called after one genre and no two after the
        same (eq-matched), with its bootstrap interval.
    chance : float
        Share of the commonest genre.
    bound : float
        No clustering into as many clusters has a larger purity: the least of `size_bound` and
        `repeat_bound`.
    size_bound : float
        Share of the songs in the largest genres, as many as there are clusters.
    repeat_bound : float
        What is left when songs with the same features but different genres cannot be told apart.
    n_folds, n_groups, n_artists, n_resamples : int
        Folds with songs in them; songs, repeats counted once; groups of songs by one artist.
    right : dict, name -> ndarray of shape (n_songs,)
        The share of the divisions in which a classifier found a song's genre while it was held out
        with those of its artist.
    folds : ndarray of shape (N_DEALS, n_songs), int
        The fold that each song was held out with, in each division.
    artist_of : ndarray of shape (n_songs,), int
    """

    classifiers: dict[str, Interval]
    by_song: dict[str, Interval]
    heard: dict[str, Interval]
    by_fold: dict[str, tuple[float, float]]
    clusters: dict[str, Interval]
    chance: float
    bound: float
    size_bound: float
    repeat_bound: float
    n_folds: int
    n_groups: int
    n_artists: int
    n_resamples: int
    right: dict[str, Floats]
    folds: Labels
    artist_of: Labels

    def of(self, name: str) -> Interval:
        """Return the share that a classifier or a method's clusters get right.

        That of a classifier is of songs by artists it has not heard.
        """
        return {**self.classifiers, **self.clusters}[name]

    @property
    def best(self) -> str:
        """The classifier that gets most right, of songs by artists it has not heard."""
        return max(self.classifiers, key=lambda name: self.classifiers[name].estimate)

    @property
    def worst(self) -> str:
        """The classifier that gets least right of them."""
        return min(self.classifiers, key=lambda name: self.classifiers[name].estimate)


def measure_ceiling(
    dataset: Dataset, labels: dict[Method, Labels], config: Config
) -> ClassifierScores:
    """Let classifiers find the genres of songs that were held out, and clusters stand beside them.

    Songs with the same features are held out together, so that no copy is found by its twin; and
    once more all songs of an artist, so that none is found by its artist.
    """
    genres, genre_of = np.unique(dataset.labels, return_inverse=True)
    groups = np.unique(dataset.X, axis=0, return_inverse=True)[1].ravel()
    artists = joined(dataset.groups, groups)
    by_copies = deal_copies(genre_of, groups, config)
    folds = deal_artists(genre_of, artists, config)
    drawn = draw_artists(artists, config)

    shares, by_song, heard, by_fold = {}, {}, {}, {}
    found_by: dict[str, Floats] = {}
    for name, predict in CLASSIFIERS.items():
        known = found_held_out(predict, dataset.X, genre_of, by_copies, config.seed)[0]
        by_song[name] = _share(known, config)
        found = found_held_out(predict, dataset.X, genre_of, folds, config.seed)
        found_by[name] = right = found.mean(axis=0)
        resampled = grouped_means(right, artists, drawn)
        shares[name] = centred_interval(float(right.mean()), resampled, config.confidence)
        less = known - right
        heard[name] = centred_interval(
            float(less.mean()), grouped_means(less, artists, drawn), config.confidence
        )
        in_folds = [
            float(one[fold_of == fold].mean())
            for one, fold_of in zip(found, folds, strict=True)
            for fold in np.unique(fold_of)
        ]
        by_fold[name] = (min(in_folds), max(in_folds))
    clusters: dict[str, Interval] = {}
    for method in METHODS:
        tables = resampled_tables(
            genre_of, labels[method], n_resamples=config.n_bootstrap, seed=config.seed
        )
        whole = np.zeros((1, len(genres), int(labels[method].max()) + 1), dtype=np.int64)
        np.add.at(whole[0], (genre_of, labels[method]), 1)
        estimate = float(matched_from_tables(whole)[0])
        draws = matched_from_tables(tables)
        clusters[method] = maximum_interval(estimate, draws, config.confidence)
    size_bound, repeat_bound = purity_bounds(genre_of, groups, config.n_clusters)
    return ClassifierScores(
        classifiers=shares,
        by_song=by_song,
        heard=heard,
        by_fold=by_fold,
        clusters=clusters,
        chance=float(np.bincount(genre_of).max() / len(genre_of)),
        bound=min(size_bound, repeat_bound),
        size_bound=size_bound,
        repeat_bound=repeat_bound,
        n_folds=len(np.unique(by_copies)),
        n_groups=int(groups.max()) + 1,
        n_artists=int(artists.max()) + 1,
        n_resamples=config.n_bootstrap,
        right=found_by,
        folds=folds,
        artist_of=artists,
    )


def draw_artists(artists: Labels, config: Config) -> Labels:
    """Draw artists with replacement, the same ones for all that is compared with a classifier.

    Parameters
    ----------
    artists : ndarray of shape (n_songs,), int
    config : Config

    Returns
    -------
    ndarray of shape (n_resamples, n_artists), int
        How often each artist is drawn.
    """
    rng = generator(config.seed, Stream.CLASSIFIER_ARTISTS)
    return draw_groups(artists, config.n_bootstrap, rng)


def found_held_out(
    predict: Predict, X: Floats, genre_of: Labels, folds: Labels, seed: int
) -> NDArray[np.bool_]:
    """Return which songs' genres are found while their fold is held out.

    Parameters
    ----------
    predict : callable
        One of :data:`CLASSIFIERS`.
    X : ndarray of shape (n_songs, n_features)
    genre_of : ndarray of shape (n_songs,), int
    folds : ndarray of shape (n_deals, n_songs), int
    seed : int

    Returns
    -------
    ndarray of shape (n_deals, n_songs), bool
        None are found if all songs are in one fold.
    """
    right = np.zeros(folds.shape, dtype=bool)
    for one, fold_of in zip(right, folds, strict=True):
        for fold in np.unique(fold_of):
            held_out = fold_of == fold
            if held_out.all():
                continue
            Z = standardise_by(X, ~held_out)
            said = predict(Z[~held_out], genre_of[~held_out], Z[held_out], seed)
            one[held_out] = said == genre_of[held_out]
    return right


def _share(right: NDArray[np.bool_], config: Config) -> Interval:
    """Return a share with its bootstrap interval; the sum of a resample is binomial."""
    n, estimate = len(right), float(right.mean())
    rng = generator(config.seed, Stream.CLASSIFIER_SHARES)
    draws = rng.binomial(n, estimate, size=config.n_bootstrap) / n
    return basic_interval(estimate, draws, config.confidence)


def deal_copies(genre_of: Labels, copies: Labels, config: Config) -> Labels:
    """Deal songs to folds once, copies together; of shape (1, n_songs)."""
    rng = generator(config.seed, Stream.FOLDS)
    return deal_folds(genre_of, copies, config.n_folds, rng)[np.newaxis]


def deal_artists(genre_of: Labels, artists: Labels, config: Config) -> Labels:
    """Deal songs to folds :data:`N_DEALS` times, all of an artist together; shape (n_deals, n)."""
    rngs = generator(config.seed, Stream.ARTIST_FOLDS).spawn(N_DEALS)
    return np.stack([deal_folds(genre_of, artists, config.n_folds, rng) for rng in rngs])


def deal_folds(genre_of: Labels, groups: Labels, n_folds: int, rng: np.random.Generator) -> Labels:
    """Deal songs to folds, genre by genre in turn, so that no group is in two folds.

    Parameters
    ----------
    genre_of, groups : ndarray of shape (n_songs,), int
        Groups are numbered from 0 on; a group is dealt with the genre of its first song.
    n_folds : int
    rng : Generator

    Returns
    -------
    ndarray of shape (n_songs,), int
        The fold of each song.
    """
    first = np.unique(groups, return_index=True)[1]
    order = rng.permutation(len(first))
    order = order[np.argsort(genre_of[first[order]], kind="stable")]
    fold_of_group = np.empty(len(first), dtype=np.int64)
    fold_of_group[order] = np.arange(len(first)) % n_folds
    return np.asarray(fold_of_group[groups])


def standardise_by(X: Floats, rows: NDArray[np.bool_]) -> Floats:
    """Standardise all songs by mean and standard deviation of some of them."""
    sd = X[rows].std(axis=0)
    return np.asarray((X - X[rows].mean(axis=0)) / np.where(sd > 0, sd, 1.0))


def purity_bounds(genre_of: Labels, groups: Labels, n_clusters: int) -> tuple[float, float]:
    """Return two bounds on the purity of a clustering by features (prp-purity-bound)."""
    n = len(genre_of)
    sizes = np.sort(np.bincount(genre_of))[::-1]
    table = np.zeros((int(groups.max()) + 1, int(genre_of.max()) + 1), dtype=np.int64)
    np.add.at(table, (groups, genre_of), 1)
    return float(sizes[:n_clusters].sum() / n), float(table.max(axis=1).sum() / n)


# --------------------------------------------------------------------------------------
# Classifiers: (songs, their genres, songs to name, seed) -> genres
# --------------------------------------------------------------------------------------


def nearest_mean(Z: Floats, genre_of: Labels, new: Floats, seed: int) -> Labels:
    """Give each song the genre whose mean is nearest: K-Means' second step, genres known."""
    known = np.unique(genre_of)
    means = np.stack([Z[genre_of == genre].mean(axis=0) for genre in known])
    return np.asarray(known[np.square(new[:, np.newaxis] - means).sum(axis=2).argmin(axis=1)])


def shared_gaussians(Z: Floats, genre_of: Labels, new: Floats, seed: int) -> Labels:
    """Give each song its likeliest genre, with one covariance for all genres."""
    return _likeliest(Z, genre_of, new, tied=True)


def own_gaussians(Z: Floats, genre_of: Labels, new: Floats, seed: int) -> Labels:
    """Give each song its likeliest genre: the mixture's steps, genres known."""
    return _likeliest(Z, genre_of, new, tied=False)


def _likeliest(Z: Floats, genre_of: Labels, new: Floats, *, tied: bool) -> Labels:
    from analysis.methods.mixture.model import log_joint
    from analysis.methods.mixture.steps import m_step

    known, component = np.unique(genre_of, return_inverse=True)
    told = np.eye(len(known))[component]
    parameters = m_step(Z, told, "tied" if tied else "full", REG_COVAR)
    return np.asarray(known[log_joint(new, parameters).argmax(axis=1)])


def neighbours(Z: Floats, genre_of: Labels, new: Floats, seed: int) -> Labels:
    """Give each song the commonest genre among its nearest neighbours."""
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(min(N_NEIGHBOURS, len(Z))).fit(Z, genre_of)
    return np.asarray(model.predict(new))


def forest(Z: Floats, genre_of: Labels, new: Floats, seed: int) -> Labels:
    """Let a random forest name the genre of each song."""
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(
        N_TREES, min_samples_leaf=LEAST_IN_LEAF, random_state=seed, n_jobs=1
    )
    return np.asarray(model.fit(Z, genre_of).predict(new))


CLASSIFIERS: dict[str, Predict] = {
    "means": nearest_mean,
    "shared": shared_gaussians,
    "gaussians": own_gaussians,
    "neighbours": neighbours,
    "forest": forest,
}
"""The ways to guess a genre from the features, by name."""
