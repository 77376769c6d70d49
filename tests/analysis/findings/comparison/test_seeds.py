"""The runs are scikit-learn's, and partitions are counted without their names."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from analysis.book import Book
from analysis.findings.comparison.seeds import METHODS, n_partitions, same_partition
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(90), n_init=4, gmm_n_init=4)


def test_the_best_starts_of_the_studys_seed_are_the_study(gtzan: Book) -> None:
    assert np.array_equal(gtzan.seeds.full("kmeans").labels[0], gtzan.kmeans.labels)
    assert np.array_equal(gtzan.seeds.full("mixture").labels[0], gtzan.mixture.labels)


def test_single_starts_are_scikit_learns(made: Book) -> None:
    Z = z_scores(made.dataset.X)
    for i, seed in enumerate(made.seeds.single("kmeans").seeds):
        theirs = KMeans(4, n_init=1, random_state=seed).fit(Z)
        assert np.array_equal(made.seeds.single("kmeans").labels[i], theirs.labels_)
        assert made.seeds.single("kmeans").objectives[i] == pytest.approx(theirs.inertia_)
        mixture = GaussianMixture(4, max_iter=300, random_state=seed).fit(Z)
        assert np.array_equal(made.seeds.single("mixture").labels[i], mixture.predict(Z))
        found = made.seeds.single("mixture").objectives[i]
        assert found == pytest.approx(mixture.lower_bound_, abs=1e-6)


def test_more_starts_never_end_worse(made: Book) -> None:
    for method in METHODS:
        runs = made.seeds.of(method)
        assert [run.n_starts for run in runs] == [1, 3, 4]
        for fewer, more in pairwise(runs):
            sign = 1 if method == "kmeans" else -1
            assert (sign * more.objectives <= sign * fewer.objectives + 1e-12).all()


def test_every_seed_has_a_run(made: Book) -> None:
    assert made.seeds.n_seeds == made.config.n_seeds == 3
    for run in made.seeds.runs:
        assert run.seeds == (42, 43, 44)
        assert run.labels.shape == (3, 90)
        assert 0 <= run.n_converged <= 3
        assert 1 <= run.n_partitions <= 3


def test_runs_that_are_cut_short_have_not_converged(made: Book, tmp_path: Path) -> None:
    songs = make_songs(90)
    cut = Book(make_project(tmp_path / "cut", songs, max_iter=1)).seeds
    assert cut.single("mixture").n_converged == 0
    assert made.seeds.single("mixture").n_converged == 3


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.permutations(range(5)))
def test_names_make_no_partition(labels: list[int], names: list[int]) -> None:
    one = np.array(labels)
    renamed = np.array(names)[one]
    assert same_partition(one, renamed)
    assert n_partitions(np.stack([one, renamed, one])) == 1


def test_partitions_that_differ() -> None:
    labels = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0], [0, 0, 1, 2]])
    assert not same_partition(labels[0], labels[2])
    assert not same_partition(labels[0], labels[4])
    assert n_partitions(labels) == 4
