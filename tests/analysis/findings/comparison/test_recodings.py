"""analysis.findings.comparison.recodings: which maps of the features leave which method alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from analysis.book import Book
from analysis.findings.comparison import recodings
from analysis.findings.comparison.classifiers import own_gaussians, shared_gaussians
from analysis.methods.grouped import draw_groups
from analysis.methods.mixture.model import log_joint
from analysis.methods.mixture.steps import m_step
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)


def affine_map(rng: np.random.Generator, d: int) -> tuple[Floats, Floats]:
    """An invertible matrix, not too flat, and a shift."""
    A = rng.standard_normal((d, d))
    u, s, vt = np.linalg.svd(A)
    return u @ np.diag(np.clip(s, 0.3, 3)) @ vt, rng.standard_normal(d)


def classes(rng: np.random.Generator, d: int) -> tuple[Floats, NDArray[np.int64]]:
    genre_of = np.repeat(np.arange(3), 30)
    return rng.standard_normal((90, d)) + 2 * rng.standard_normal((3, d))[genre_of], genre_of


@given(seeds, st.integers(1, 4))
def test_an_affine_map_leaves_the_gaussian_classifiers_alone(seed: int, d: int) -> None:
    """thm-affine: both give every song, new ones too, the same genre (no regularisation)."""
    rng = np.random.default_rng(seed)
    X, genre_of = classes(rng, d)
    new = rng.standard_normal((40, d)) * 3
    A, b = affine_map(rng, d)
    for tied in (False, True):
        one, other = (
            log_joint(N, m_step(T, np.eye(3)[genre_of], "tied" if tied else "full", 0.0))
            for T, N in ((X, new), (X @ A + b, new @ A + b))
        )
        np.testing.assert_allclose(one - other, np.log(abs(np.linalg.det(A))), atol=1e-6)
        decided = np.ptp(np.sort(one, axis=1)[:, -2:], axis=1) > 1e-6
        assert (one.argmax(axis=1) == other.argmax(axis=1))[decided].all()


@given(seeds, st.integers(1, 4))
def test_an_affine_map_shifts_the_likelihood_of_a_mixture(seed: int, d: int) -> None:
    """thm-affine: a round of EM from the same responsibilities gives the same ones again."""
    rng = np.random.default_rng(seed)
    X, _ = classes(rng, d)
    A, b = affine_map(rng, d)
    resp = rng.dirichlet(np.ones(2), size=len(X))
    found = []
    for T in (X, X @ A + b):
        joint = log_joint(T, m_step(T, resp, "full", 0.0))
        likelihood = np.logaddexp.reduce(joint, axis=1)
        found.append((likelihood.sum(), np.exp(joint - likelihood[:, np.newaxis])))
    shift = len(X) * np.log(abs(np.linalg.det(A)))
    assert found[0][0] - found[1][0] == pytest.approx(shift, abs=1e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-7)


@given(seeds)
def test_standardising_undoes_diagonal_maps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 3))
    signs = rng.choice([-1.0, 1.0], size=3)
    D, b = signs * rng.uniform(0.1, 10, size=3), rng.standard_normal(3)
    np.testing.assert_allclose(z_scores(X * D + b), z_scores(X) * signs, atol=1e-8)


@given(seeds, st.integers(2, 4))
def test_whitening_undoes_affine_maps_up_to_a_rotation(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((40, d))
    A, b = affine_map(rng, d)
    one, other = recodings.whiten(X), recodings.whiten(X @ A + b)
    np.testing.assert_allclose(np.cov(one, rowvar=False, ddof=0), np.eye(d), atol=1e-8)
    np.testing.assert_allclose(one @ one.T, other @ other.T, atol=1e-6)


@given(seeds)
def test_a_map_that_is_no_similarity_changes_the_best_clustering(seed: int) -> None:
    """prp-similarity: four songs, three clusters; the shorter pair is joined."""
    rng = np.random.default_rng(seed)
    A, _ = affine_map(rng, 2)
    left, s, _ = np.linalg.svd(A)
    if s[0] / s[1] < 1.2:
        return
    u, v = left[:, 0], left[:, 1] * np.sqrt(s[0] / s[1])
    assert np.linalg.norm(u) < np.linalg.norm(v)
    assert np.linalg.norm(u @ A) > np.linalg.norm(v @ A)
    far = np.array([1e3, 1e3])
    X = np.stack([0 * u, u, far, far + v])
    labels = [KMeans(3, n_init=10, random_state=0).fit(T).labels_ for T in (X, X @ A)]
    assert labels[0][0] == labels[0][1]
    assert labels[0][2] != labels[0][3]
    assert labels[1][0] != labels[1][1]
    assert labels[1][2] == labels[1][3]


def test_a_similarity_leaves_k_means_alone() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 3))
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    start = X[:4]
    one = KMeans(4, init=start, n_init=1).fit(X)
    other = KMeans(4, init=2 * start @ turn + 1, n_init=1).fit(2 * X @ turn + 1)
    assert (one.labels_ == other.labels_).all()
    assert other.inertia_ == pytest.approx(4 * one.inertia_)


@given(seeds)
def test_a_monotone_map_leaves_a_tree_alone(seed: int) -> None:
    """prp-tree: the same cuts of the songs that it learns from."""
    rng = np.random.default_rng(seed)
    X = np.stack([rng.permutation(np.linspace(0.1, 3, 60)) for _ in range(3)], axis=1)
    genre_of = rng.integers(0, 3, size=60)
    mapped = np.column_stack([np.log(X[:, 0]), X[:, 1] ** 3, -np.exp(-X[:, 2])])
    trees = [
        DecisionTreeClassifier(random_state=0, min_samples_leaf=5).fit(T, genre_of)
        for T in (X, mapped)
    ]
    leaves = [tree.apply(T) for tree, T in zip(trees, (X, mapped), strict=True)]
    assert (leaves[0] == leaves[1]).all()


@pytest.mark.parametrize("name", recodings.RECODINGS)
def test_volumes_are_those_of_the_derivative(name: str) -> None:
    """prp-volume: the determinant of central differences, feature by feature."""
    songs = make_songs(30)
    columns = ["tempo", "energy", "loudness", "valence", "danceability"]
    X = songs[columns].to_numpy()
    if name.startswith("whitened"):
        inner = "logs" if name == "whitened logs" else "table"
        Y = recodings.RECODINGS[inner](songs)
        variances, axes = np.linalg.eigh(np.cov(z_scores(Y), rowvar=False, ddof=0))
        after = np.linalg.slogdet(axes / Y.std(axis=0)[:, np.newaxis] / np.sqrt(variances))[1]
        expected = recodings.log_volumes(inner, songs) + after
    else:
        jacobians = np.empty((len(X), 5, 5))
        for j in range(5):
            step = 1e-5 * np.maximum(np.abs(X[:, j]), 0.1)
            ends = []
            for sign in (-1, 1):
                moved = X.copy()
                moved[:, j] += sign * step
                frame = pd.DataFrame(moved, columns=columns)
                ends.append(recodings.RECODINGS[name](frame))
            jacobians[:, j] = (ends[1] - ends[0]) / (2 * step[:, np.newaxis])
        expected = np.linalg.slogdet(jacobians)[1]
    np.testing.assert_allclose(recodings.log_volumes(name, songs), expected, atol=1e-4)


def test_a_table_without_a_level_swing() -> None:
    """A column that is the same for all songs stays at zero, and the others are what they were."""
    songs = make_songs()
    songs["loudness"] = 20 * np.log10(songs["energy"])
    for name in ("swing", "logs"):
        X = recodings.RECODINGS[name](songs)
        Z = recodings.standardise(X)
        assert not Z[:, 1].any()
        rest = [0, 2, 3, 4]
        np.testing.assert_array_equal(Z[:, rest], z_scores(X[:, rest]))
    for name in recodings.RECODINGS:
        assert np.isfinite(recodings.RECODINGS[name](songs)).all()
        assert np.isfinite(recodings.log_volumes(name, songs)).all()


def test_six_songs_by_hand() -> None:
    toy = recodings.cut_six_songs()
    assert toy.labels["apart"].tolist() == [0, 0, 0, 1, 1, 1]
    assert toy.objectives["apart"] == pytest.approx(6)
    assert toy.labels["mixed"].tolist() == [0, 0, 1, 0, 1, 1]
    assert toy.objectives["mixed"] == pytest.approx(38 / 11)
    assert toy.objectives["by kind"] == pytest.approx(114 / 11)
    assert toy.correlation == pytest.approx(np.sqrt(8 / 11))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(make_project(tmp_path_factory.mktemp("p") / "p", make_songs(60)))


def test_affine_recodings_give_the_gaussian_classifiers_the_same(study: Book) -> None:
    found = study.recodings
    for by in ("song", "artist"):
        for name in ("shared", "gaussians"):
            shares = [found.of(r, f"{by}:{name}").estimate for r in recodings.AFFINE[0]]
            assert np.ptp(shares) < 0.02, (by, name)


def test_values_fit_together(study: Book) -> None:
    found = study.recodings
    assert found.names == tuple(recodings.RECODINGS)
    for name in found.names:
        for method in ("kmeans", "mixture"):
            gain = found.of(name, f"{method}:gain").estimate
            parts = [found.of(name, f"{who}:named").estimate for who in (method, "cells")]
            assert gain == pytest.approx(parts[0] - parts[1])
        less = found.change(name, "kmeans:ari").estimate
        apart = found.of(name, "kmeans:ari").estimate - found.of("table", "kmeans:ari").estimate
        assert less == pytest.approx(apart)
    assert found.change("table", "mixture:gain") == found.change("table", "kmeans:gain")
    low, high = found.range_of("kmeans:named")
    assert low <= found.of("logs", "kmeans:named").estimate <= high
    assert found.bic["table"].min() == 0
    assert set(found.choices) <= set(found.bic.index)


def test_what_is_said_of_the_table_is_asked_of_all(study: Book) -> None:
    found, said = study.recodings, study.recodings.said
    assert tuple(said.columns) == found.names
    for name in found.names:
        assert said[name]["kmeans:gain"] == found.of(name, "kmeans:gain").estimate
        methods = (found.of(name, f"{m}:named").estimate for m in ("kmeans", "mixture"))
        assert said[name]["told"] == pytest.approx(found.best(name).estimate - max(methods))
        assert said[name]["bic"] == found.choice(name)


def test_changes_hold_together_at_the_level_of_the_study() -> None:
    """Five changes that each miss with the joint level's rest miss together with a twentieth."""
    assert 5 * (1 - recodings.joint_level(0.95)) == pytest.approx(0.05)


def test_resamples_move_with_groups_and_seeds() -> None:
    """Two labelings, of which one finds all and one half of each group: seeds alone spread them.

    Where both find the same, the groups alone make it, and its variance is that of a mean.
    """
    rng = np.random.default_rng(0)
    of_genre, groups = np.tile([0, 1], 200), np.repeat(np.arange(200), 2)
    folds = np.tile(groups % 5, (2, 1))
    draws = draw_groups(groups, 4_000, rng)
    blind = np.where(groups % 2 == 0, 3, 2)
    labelings = {"kmeans": [of_genre, blind], "cells": [blind, blind]}
    found = recodings.agree(labelings, of_genre, groups, folds, draws, rng)
    estimate, resampled, over = found["kmeans:named"]
    assert over.tolist() == [1, 0.5]
    assert estimate == 0.75
    # the mean of two draws of two values
    assert set(np.round(resampled, 6)) == {0.5, 0.75, 1.0}
    assert resampled.std() == pytest.approx(0.5 / np.sqrt(8), rel=0.1)
    shifted = np.where(groups < 100, 2, 0) + of_genre
    found = recodings.agree(
        {"kmeans": [shifted, shifted], "cells": [blind]}, of_genre, groups, folds, draws, rng
    )
    estimate, resampled, _ = found["kmeans:named"]
    assert estimate == pytest.approx(0.5)
    assert resampled.std() == pytest.approx(0.5 / np.sqrt(200), rel=0.1)


def test_the_features_that_are_looked_at_do_not_matter(study: Book, tmp_path: Path) -> None:
    few = Book(study.root, features=("tempo", "energy", "valence"))
    recoded = Book(study.root, feature_set="recoded")
    assert few.recodings.frame.equals(study.recodings.frame)
    assert recoded.recodings.frame.equals(study.recodings.frame)


def test_the_songs(gtzan: Book) -> None:
    """The finding of the chapter, on the committed table."""
    found = gtzan.recodings
    dataset: Dataset = gtzan.dataset
    assert found.n_groups == int(dataset.groups.max()) + 1 == 432
    table, logs = (found.of(name, "artist:gaussians") for name in ("table", "logs"))
    assert table.estimate == pytest.approx(0.37, abs=0.02)
    assert logs.estimate == pytest.approx(0.43, abs=0.02)
    assert found.change("logs", "artist:gaussians").low > 0
    for method in ("kmeans", "mixture"):
        leads = [name for name in found.names if found.of(name, f"{method}:gain").low > 0]
        assert leads == ["whitened logs"]
        assert found.change("whitened logs", f"{method}:gain").low < 0
    assert found.swing_kept.low < 0 < found.swing_kept.estimate
    for name in ("means", "shared", "gaussians", "neighbours"):
        # the same divisions and the same artists as in the chapter on the genres
        assert found.of("table", f"artist:{name}") == gtzan.ceiling.of(name)
        by_song = gtzan.ceiling.by_song[name].estimate
        assert found.of("table", f"song:{name}").estimate == by_song
    for k in (2, 3, 4):
        assert np.ptp(found.bic.loc[k, list(recodings.AFFINE[0])]) < 10
    assert found.bic["logs"].min() < found.bic["table"].min() - 500


def test_both_gaussians_are_the_classifiers_of_the_chapter() -> None:
    """log_joint is what the classifiers of the package decide by."""
    rng = np.random.default_rng(0)
    X, genre_of = classes(rng, 3)
    for classifier, kind in ((own_gaussians, "full"), (shared_gaussians, "tied")):
        joint = log_joint(X, m_step(X, np.eye(3)[genre_of], kind, 1e-6))
        assert (classifier(X, genre_of, X, 0) == joint.argmax(axis=1)).all()
