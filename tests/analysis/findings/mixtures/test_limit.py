"""EM with one fixed variance, and Lloyd's algorithm where it goes to zero."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from made_up import ROOT, make_songs

from analysis.book import Book
from analysis.config import load_config
from analysis.findings.kmeans import run
from analysis.findings.mixtures import limit as em_limit
from analysis.findings.mixtures.limit import VARIANCES, Limit, soft_rounds, spheres
from analysis.methods.kmeans.steps import assign, lloyd_steps, squared_distances, update
from analysis.methods.mixture.model import LOG_2PI, Parameters, log_likelihood
from analysis.methods.mixture.steps import e_step, expected_log_joint, m_step
from analysis.songs.table import Dataset

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=40)


@pytest.fixture(scope="module")
def small() -> Limit:
    config = dataclasses.replace(load_config(ROOT / "study.toml"), n_clusters=3)
    songs = Dataset(make_songs(40), "ours")
    return em_limit.soften(songs, run.trace(songs, config))


def drawn(seed: int, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 3))
    return X, X[rng.choice(40, k, replace=False)], rng.dirichlet(np.full(k, 2.0))


# --- theorems of the chapter -------------------------------------------------------------------


@few
@given(seeds, st.integers(1, 6), st.floats(1e-3, 10))
def test_how_hard_a_responsibility_is(seed: int, k: int, variance: float) -> None:
    """thm-limit: the bound of eq-hard, song by song."""
    X, centers, weights = drawn(seed, k)
    shares = e_step(X, Parameters(weights, centers, np.full(k, variance), "spherical"))
    squares = squared_distances(X, centers)
    nearest = squares.argmin(axis=1)
    others = np.where(np.arange(k) == nearest[:, None], np.inf, squares).min(axis=1)
    gap = others - squares.min(axis=1)
    most = (1 - weights[nearest]) / weights[nearest] * np.exp(-gap / (2 * variance))
    missing = 1 - shares[np.arange(len(X)), nearest]
    assert (missing <= most + 1e-9).all()


@given(st.floats(1e-6, 1e6), st.floats(0.05, 0.95))
def test_tied_songs_are_shared_by_the_weights(variance: float, weight: float) -> None:
    """thm-limit: however small the variance, a tie stays a tie."""
    centers = np.array([[1.0, 0], [-1.0, 0]])
    tied = Parameters(np.array([weight, 1 - weight]), centers, np.full(2, variance), "spherical")
    assert e_step(np.array([[0.0, 3.0]]), tied)[0] == pytest.approx([weight, 1 - weight])


@few
@given(seeds, st.integers(1, 6))
def test_the_steps_become_lloyds(seed: int, k: int) -> None:
    """thm-limit: the means and sigma^2 Q."""
    X, centers, weights = drawn(seed, k)
    labels = assign(X, centers)
    if len(set(labels)) < k:
        return
    variance = 1e-9
    limit = Parameters(weights, centers, np.full(k, variance), "spherical")
    shares = e_step(X, limit)
    squares = np.sort(squared_distances(X, centers), axis=1)
    if k > 1 and (squares[:, 1] - squares[:, 0]).min() < 1e-5:
        return
    assert np.allclose(m_step(X, shares).means, update(X, labels, k), atol=1e-9)
    J = np.square(X - centers[labels]).sum()
    assert variance * expected_log_joint(X, shares, limit) == pytest.approx(-J / 2, abs=1e-5)


@few
@given(seeds, st.integers(1, 6), st.floats(1e-4, 10))
def test_the_soft_objective_lies_between_its_bounds(seed: int, k: int, variance: float) -> None:
    """prp-soft."""
    X, centers, weights = drawn(seed, k)
    n, d = X.shape
    ell = log_likelihood(X, Parameters(weights, centers, np.full(k, variance), "spherical"))
    soft = -2 * variance * (ell + 0.5 * n * d * (LOG_2PI + math.log(variance)))
    hard = squared_distances(X, centers).min(axis=1).sum()
    room = 2 * variance * n * math.log(1 / weights.min())
    assert hard - 1e-8 <= soft <= hard + room + 1e-8


@few
@given(seeds, st.integers(1, 5))
def test_the_same_run(seed: int, k: int) -> None:
    """cor-same-run: with a variance far below the closest tie, the labels are Lloyd's."""
    X, start, _ = drawn(seed, k)
    before, smallest = start, np.inf
    updates = [step for step in lloyd_steps(X, start) if step.step == "update"]
    for step in updates:
        if np.bincount(step.labels, minlength=k).min() == 0:
            return
        squares = np.sort(squared_distances(X, before), axis=1)
        if k > 1:
            smallest = min(smallest, (squares[:, 1] - squares[:, 0]).min())
        before = step.centers
    if smallest < 1e-6:
        return
    centers = start
    for step in updates:
        now = spheres(centers, smallest / 200 if k > 1 else 1.0)
        assert np.array_equal(e_step(X, now).argmax(axis=1), step.labels)
        centers, _, _ = soft_rounds(X, centers, smallest / 200 if k > 1 else 1.0, max_iter=1)
        assert np.allclose(centers, step.centers, atol=1e-6)


# --- the result ----------------------------------------------------------------------------------


def test_the_limit_on_the_songs(gtzan: Book) -> None:
    for study in (gtzan, gtzan.as_published):
        limit = study.em_limit
        assert list(limit.frame["variance"]) == list(VARIANCES)
        assert limit.n_outside == 0
        assert limit.same_at_last == 1
        assert limit.frame["centers"].iloc[-1] < 1e-9
        assert limit.entropy_at_last == pytest.approx(0, abs=1e-12)
        assert limit.entropy_at_first < limit.entropy_at_most
        assert limit.lloyd == study.lloyd_trace.last
        assert 0 < limit.smallest_gap < 1e-2
        assert limit.least_hard <= limit.lloyd
        below = limit.frame["variance"] <= limit.same_from
        assert (limit.frame["same"][below] == 1).all()
        assert limit.frame["same"][~below].iloc[-1] < 1
        assert limit.lost_at_last > 0.9 * study.dataset.n_songs
        # with hard responsibilities one weight is left of the sum: the bound is reached
        last = limit.frame.iloc[-1]
        assert last["objective"] - last["hard"] == pytest.approx(last["bound"], rel=1e-6)


def test_songs_are_lost_without_logarithms(small: Limit) -> None:
    assert small.frame["lost"].iloc[0] == 0
    assert (np.diff(small.frame["lost"]) >= 0).all()
    assert small.lost_at_last > 0


def test_from_which_variance_on(small: Limit) -> None:
    def with_same(*shares: float) -> Limit:
        rest = [1.0] * (len(VARIANCES) - len(shares))
        return dataclasses.replace(small, frame=small.frame.assign(same=[*shares, *rest]))

    assert with_same(0.5, 1, 0.9).same_from == VARIANCES[3]
    assert with_same().same_from == VARIANCES[0]
    none = dataclasses.replace(small, frame=small.frame.assign(same=0.5))
    assert math.isnan(none.same_from)


def test_bounds_that_are_broken_are_counted(small: Limit) -> None:
    assert small.n_outside == 0
    wrong = small.frame.assign(objective=small.frame["hard"] - 1)
    assert dataclasses.replace(small, frame=wrong).n_outside == len(VARIANCES)
    wrong = small.frame.assign(objective=small.frame["hard"] + small.frame["bound"] + 1)
    assert dataclasses.replace(small, frame=wrong).n_outside == len(VARIANCES)


def test_centres_fall_together_in_a_wide_component() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    centers, _, settled = soft_rounds(X, X[:4], 50.0)
    assert settled
    assert em_limit._n_apart(centers) == 1
    assert np.allclose(centers, X.mean(axis=0), atol=1e-3)
    assert em_limit._n_apart(np.array([[0.0, 0], [1, 0], [1, 0.001], [0, 2]])) == 3


def test_a_component_without_songs_stays() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    far = np.array([[0.0, 0.0], [1e6, 0.0]])
    centers, _, settled = soft_rounds(X, far, 1e-4)
    assert settled
    assert np.array_equal(centers[1], far[1])
    assert np.allclose(centers[0], X.mean(axis=0))


def test_rounds_have_an_end() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    _, rounds, settled = soft_rounds(X, X[:3], 0.1, max_iter=2)
    assert (rounds, settled) == (2, False)
