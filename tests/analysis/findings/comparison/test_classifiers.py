"""Classifiers that see the genres, and bounds on what clusters can reach."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid

from analysis.book import Book
from analysis.findings.comparison import classifiers
from analysis.methods.indices.external import external_indices, match_labels
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    songs = make_songs(60)
    songs.loc[5, songs.columns[2:]] = songs.loc[4, songs.columns[2:]]  # a copy in another genre
    return study_of(songs)


def test_the_classifiers_are_the_known_ones(gtzan: Book) -> None:
    Z, y = z_scores(gtzan.dataset.X), np.unique(gtzan.dataset.labels, return_inverse=True)[1]
    even = np.arange(1000) % 2 == 0
    for ours, theirs in (
        (classifiers.nearest_mean, NearestCentroid()),
        (classifiers.shared_gaussians, LinearDiscriminantAnalysis()),
        (classifiers.own_gaussians, QuadraticDiscriminantAnalysis()),
    ):
        said = ours(Z[even], y[even], Z[~even], 0)
        assert (said == theirs.fit(Z[even], y[even]).predict(Z[~even])).mean() > 0.99


@pytest.mark.parametrize("name", classifiers.CLASSIFIERS)
def test_genres_far_apart_are_found(name: str) -> None:
    rng = np.random.default_rng(0)
    genre_of = np.repeat([0, 2, 5], 40)
    Z = rng.normal(size=(120, 3)) + 20 * genre_of[:, np.newaxis]
    said = classifiers.CLASSIFIERS[name](Z[::2], genre_of[::2], Z[1::2], 0)
    assert np.array_equal(said, genre_of[1::2])


def test_nothing_is_learnt_from_features_that_say_nothing(tmp_path) -> None:
    songs = make_songs(200, genres=4)
    rng = np.random.default_rng(3)
    songs["genre"] = rng.permutation(songs["genre"].to_numpy())
    found = Book(make_project(tmp_path / "p", songs)).ceiling
    assert all(0.12 <= share.estimate <= 0.38 for share in found.classifiers.values())
    assert found.chance == 0.25


def test_a_copy_does_not_find_its_twin(tmp_path) -> None:
    """With every song twice, nearest neighbours find no more than without the copies."""
    songs = make_songs(60)
    twins = songs.assign(track=[f"twin.{i}" for i in range(60)])
    import pandas as pd

    study = Book(make_project(tmp_path / "p", pd.concat([songs, twins], ignore_index=True)))
    genre_of = np.unique(study.dataset.labels, return_inverse=True)[1]
    groups = np.unique(study.dataset.X, axis=0, return_inverse=True)[1].ravel()
    folds = classifiers.deal_folds(genre_of, groups, 3, np.random.default_rng(0))
    assert np.array_equal(folds[:60], folds[60:])
    assert study.ceiling.n_groups == 60


@given(st.lists(st.integers(0, 3), min_size=4, max_size=60), st.integers(2, 6), st.integers(0, 99))
def test_folds_are_even(genres: list[int], n_folds: int, seed: int) -> None:
    genre_of = np.unique(genres, return_inverse=True)[1]
    groups = np.arange(len(genre_of))
    folds = classifiers.deal_folds(genre_of, groups, n_folds, np.random.default_rng(seed))
    sizes = np.bincount(folds, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1
    for genre in np.unique(genre_of):
        of_genre = np.bincount(folds[genre_of == genre], minlength=n_folds)
        assert of_genre.max() - of_genre.min() <= 1


def test_held_out_songs_do_not_shape_the_scale() -> None:
    X = np.array([[0.0, 1], [2, 1], [100, 5]])
    Z = classifiers.standardise_by(X, np.array([True, True, False]))
    assert Z.tolist() == [[-1, 0], [1, 0], [99, 4]]


def test_shares_and_their_intervals(gtzan: Book) -> None:
    found = gtzan.ceiling
    for name in [*found.classifiers, "kmeans", "mixture"]:
        value = found.of(str(name))
        assert value.low < value.estimate < value.high
    shares = {name: share.estimate for name, share in found.classifiers.items()}
    for name, (low, high) in found.by_fold.items():
        assert low <= shares[name] <= high
    for name, more in found.heard.items():
        assert more.estimate == pytest.approx(found.by_song[name].estimate - shares[name])
        assert more.low < more.estimate < more.high
    assert shares[found.worst] == min(shares.values()) < max(shares.values()) == shares[found.best]
    error = 1.96 * np.sqrt(0.4 * 0.6 / 1000)
    width = found.by_song[found.best].high - found.by_song[found.best].low
    assert width == pytest.approx(2 * error, rel=0.1)
    assert found.of(found.best).high - found.of(found.best).low > 1.5 * width
    genre_of = np.unique(gtzan.dataset.labels, return_inverse=True)[1]
    matched = match_labels(gtzan.mixture.labels, genre_of).agreement
    assert found.of("mixture").estimate == pytest.approx(matched)
    assert (found.n_folds, found.chance) == (10, 0.1)


def test_a_bound_by_hand() -> None:
    genre_of = np.array([0, 0, 0, 1, 1, 2])
    groups = np.array([0, 0, 1, 0, 2, 3])
    assert classifiers.purity_bounds(genre_of, groups, 2) == (5 / 6, 5 / 6)
    assert classifiers.purity_bounds(genre_of, np.arange(6), 3) == (1, 1)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=30),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
)
def test_no_clustering_is_purer_than_the_bound(
    songs: list[tuple[int, int]], k: int, seed: int
) -> None:
    """prp-purity-bound: a clustering by features labels the groups, not the songs."""
    genre_of = np.unique([genre for genre, _ in songs], return_inverse=True)[1]
    groups = np.unique([group for _, group in songs], return_inverse=True)[1]
    labels = np.random.default_rng(seed).integers(k, size=groups.max() + 1)[groups]
    purity = external_indices(genre_of, labels).purity
    assert purity <= min(classifiers.purity_bounds(genre_of, groups, k)) + 1e-12


def test_copies_in_two_genres_lower_the_bound(made: Book) -> None:
    assert made.ceiling.repeat_bound == pytest.approx(59 / 60)
    assert made.ceiling.bound == min(made.ceiling.size_bound, made.ceiling.repeat_bound)
