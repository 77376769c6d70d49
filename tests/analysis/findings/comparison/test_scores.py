"""Indices of both methods, of chance, and of their difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import make_songs
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score

from analysis.book import Book
from analysis.findings.comparison.scores import (
    AGAINST_GENRES,
    SCORED,
    internal_or_nothing,
    random_cells,
)
from analysis.methods.indices.external import external_indices
from analysis.methods.indices.internal import internal_indices
from analysis.methods.indices.record import INTERNAL
from analysis.methods.kmeans.steps import wcss
from analysis.methods.resampling import Interval
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(90))


def test_estimates_are_the_indices(gtzan: Book) -> None:
    Z = z_scores(gtzan.dataset.X)
    labels = {"kmeans": gtzan.kmeans.labels, "mixture": gtzan.mixture.labels}
    for method, found in labels.items():
        internal = dataclasses.asdict(internal_indices(Z, found))
        external = dataclasses.asdict(external_indices(gtzan.dataset.labels, found))
        for index in SCORED:
            expected = (internal | external)[index]
            assert gtzan.scores.of(method, index).estimate == pytest.approx(expected)
    of_genres = dataclasses.asdict(internal_indices(Z, gtzan.dataset.labels))
    for index in INTERNAL:
        assert gtzan.scores.of("genres", index).estimate == pytest.approx(of_genres[index])


def test_intervals_are_those_of_the_other_chapters(gtzan: Book) -> None:
    for index in AGAINST_GENRES:
        assert gtzan.scores.of("kmeans", index) == gtzan.kmeans_genres.index(index)
        assert gtzan.scores.of("mixture", index) == gtzan.mixture_genres.index(index)
    mean = gtzan.kmeans_silhouettes.mean
    found = gtzan.scores.of("kmeans", "silhouette")
    assert dataclasses.astuple(found) == pytest.approx(dataclasses.astuple(mean))


def test_differences_are_paired(gtzan: Book) -> None:
    """The interval of a paired difference is narrower than if the songs were drawn apart."""
    for index in SCORED:
        found = gtzan.scores.difference(index)
        one, other = gtzan.scores.of("kmeans", index), gtzan.scores.of("mixture", index)
        assert found.estimate == pytest.approx(other.estimate - one.estimate)
        assert found.low < found.high
    apart = gtzan.mixture_genres.draws["ari"] - gtzan.kmeans_genres.draws["ari"]
    shuffled = gtzan.mixture_genres.draws["ari"].to_numpy()[::-1] - gtzan.kmeans_genres.draws["ari"]
    assert apart.std() < 0.9 * shuffled.std()


def test_who_is_better(gtzan: Book) -> None:
    scores = gtzan.scores
    for index in SCORED:
        found = scores.difference(index)
        sign = -1 if index == "davies_bouldin" else 1
        ends = sorted((sign * found.low, sign * found.high))
        expected = "mixture" if ends[0] > 0 else "kmeans" if ends[1] < 0 else "neither"
        assert scores.better(index) == expected
    assert sum(scores.n_better(m) for m in ("kmeans", "mixture", "neither")) == len(SCORED)
    unclear = {"ari": Interval(0, -0.1, 0.1), "ami": Interval(0, np.nan, np.nan)}
    open_ = dataclasses.replace(scores, differences={**scores.differences, **unclear})
    assert open_.better("ari") == open_.better("ami") == "neither"


def test_differences_over_seeds(gtzan: Book) -> None:
    genres = gtzan.dataset.labels
    found = {
        method: [adjusted_rand_score(genres, run) for run in gtzan.seeds.full(method).labels]
        for method in ("kmeans", "mixture")
    }
    apart = np.subtract.outer(found["mixture"], found["kmeans"])
    assert gtzan.scores.seed_difference("ari").mean == pytest.approx(apart.mean())
    assert gtzan.scores.wins("ari") == pytest.approx((apart > 0).mean())
    assert gtzan.scores.n_seeds == 20


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_random_cells_hold_what_is_nearest(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(30, 2))
    labels = random_cells(Z, k, np.random.default_rng(seed))
    centers = Z[np.random.default_rng(seed).choice(30, size=k, replace=False)]
    gaps = np.linalg.norm(Z[:, np.newaxis] - centers, axis=2)
    assert gaps[np.arange(30), labels] == pytest.approx(gaps.min(axis=1))
    assert len(np.unique(labels)) == k


def test_baselines(gtzan: Book) -> None:
    scores = gtzan.scores
    n_dear = gtzan.config.n_index_bootstrap
    assert len(scores.cells) == scores.n_cells == 10 * n_dear
    assert scores.cells[["ari", "purity", "v_measure", "matched"]].notna().all(axis=None)
    assert (scores.cells[["ami", "silhouette"]].notna().sum() == n_dear).all()
    assert scores.baseline("cells", "ari").mean == pytest.approx(scores.cells["ari"].mean())
    assert scores.baseline("shuffled", "purity").mean == gtzan.kmeans_genres.null_mean("purity")
    assert abs(scores.baseline("shuffled", "ari").mean) < 0.001
    assert (
        scores.baseline("shuffled", "silhouette").high < scores.baseline("cells", "silhouette").low
    )


def test_cells_that_reach_the_seeds(gtzan: Book) -> None:
    scores, genres = gtzan.scores, gtzan.dataset.labels
    runs = gtzan.seeds.full("kmeans").labels
    of_seeds = [adjusted_rand_score(genres, run) for run in runs]
    assert scores.of_seeds["kmeans", "ari"] == pytest.approx(of_seeds)
    assert scores.over("kmeans", "ari").mean == pytest.approx(np.mean(of_seeds))
    shares = [(scores.cells["ari"] >= value - 1e-12).mean() for value in of_seeds]
    found = scores.cells_reaching("kmeans", "ari")
    assert found.mean == pytest.approx(np.mean(shares), abs=1e-3)
    assert min(shares) <= found.low < found.high <= max(shares)
    assert scores.cells_reaching("kmeans", "davies_bouldin").mean < 0.05
    study = scores.cells["ari"] >= scores.of("kmeans", "ari").estimate
    assert found.low <= study.mean() <= found.high


@given(st.integers(0, 2**32 - 1))
def test_an_index_that_asks_for_least_squares(seed: int) -> None:
    """prp-favour: the less J, the higher the Caliński–Harabasz index."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(25, 3))
    pairs = []
    for _ in range(6):
        labels = np.r_[0, 1, 2, rng.integers(3, size=22)]
        centers = np.stack([X[labels == i].mean(axis=0) for i in range(3)])
        pairs.append((wcss(X, centers, labels), calinski_harabasz_score(X, labels)))
    indices = [index for _, index in sorted(pairs)]
    assert indices == sorted(indices, reverse=True)


def test_what_has_no_internal_index() -> None:
    X = np.random.default_rng(0).normal(size=(6, 2))
    for labels in (np.zeros(6, dtype=int), np.arange(6)):
        assert np.isnan(list(internal_or_nothing(X, labels, None).values())).all()


def test_a_mixture_of_one_component_that_has_songs(made: Book) -> None:
    from analysis.findings.comparison.scores import score
    from analysis.findings.kmeans.clusters import compare_with_genres

    labels = {"kmeans": made.kmeans.labels, "mixture": np.zeros(90, dtype=np.int64)}
    genres = {
        m: compare_with_genres(made.dataset, found, made.config) for m, found in labels.items()
    }
    found = score(made.dataset, labels, genres, made.seeds, made.config)
    assert np.isnan(found.of("mixture", "silhouette").estimate)
    assert found.better("silhouette") == "neither"
    assert found.of("mixture", "ari").estimate == 0
