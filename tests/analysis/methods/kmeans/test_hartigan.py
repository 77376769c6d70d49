"""Hartigan's move: its formula, and that it goes on where Lloyd's algorithm rests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from analysis.methods.kmeans.hartigan import hartigan_moves, move_gains
from analysis.methods.kmeans.steps import assign, lloyd_steps, update, wcss

seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=40, deadline=None)


def clustering(seed: int):
    """Give rows, labels without an empty cluster, and the number of clusters."""
    rng = np.random.default_rng(seed)
    n, d, k = rng.integers(4, 25), rng.integers(1, 4), rng.integers(2, 4)
    X = rng.standard_normal((n, d)) * rng.uniform(0.5, 3, size=d)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, size=n - k)]).astype(np.int32)
    return X, labels, int(k)


def objective(X, labels, k):
    return wcss(X, update(X, labels, k), labels)


@quick
@given(seed=seeds)
def test_a_gain_is_what_the_objective_falls_by(seed):
    X, labels, k = clustering(seed)
    gains = move_gains(X, labels, k)
    before = objective(X, labels, k)
    for row in range(len(X)):
        for target in range(k):
            moved = labels.copy()
            moved[row] = target
            assert_allclose(gains[row, target], before - objective(X, moved, k), atol=1e-9)


@quick
@given(seed=seeds)
def test_every_move_lowers_the_objective_by_its_gain(seed):
    X, labels, k = clustering(seed)
    height = objective(X, labels, k)
    for move in hartigan_moves(X, labels, k):
        assert move.gain > 0
        assert_allclose(move.inertia, height - move.gain, rtol=1e-9, atol=1e-9)
        assert_array_equal(np.flatnonzero(move.labels != labels), [move.row])
        labels, height = move.labels, move.inertia


@quick
@given(seed=seeds)
def test_lloyd_rests_wherever_no_move_gains(seed):
    """cor-hartigan: at the end each row has its own mean as its only nearest one."""
    X, labels, k = clustering(seed)
    for move in hartigan_moves(X, labels, k):
        labels = move.labels
    assert_array_equal(assign(X, update(X, labels, k)), labels)


def test_three_numbers_on_which_lloyd_rests_and_a_move_goes_on():
    """The book's example: 0, 3, 5, with 3 and 5 as starting centres."""
    X = np.array([[0.0], [3.0], [5.0]])
    end = list(lloyd_steps(X, X[1:]))[-1]
    assert_array_equal(end.labels, [0, 0, 1])
    assert_array_equal(end.centers, [[1.5], [5.0]])
    assert end.inertia == 4.5
    (move,) = hartigan_moves(X, end.labels, 2)
    assert (move.row, move.source, move.target) == (1, 0, 1)
    assert move.gain == 2.5
    assert move.inertia == 2.0


@pytest.mark.parametrize("m", [1, 2, 5])
def test_the_rectangle_is_left_if_it_is_long_enough(m):
    """The bad end of prp-trap, with m rows on each corner: a move gains if w² > 2 (2 m - 1)."""
    for w, gains in ((np.sqrt(2 * (2 * m - 1)) - 0.01, False), (np.sqrt(4 * m - 2) + 0.01, True)):
        corners = np.array([[w, 1.0], [-w, 1.0], [w, -1.0], [-w, -1.0]])
        X = np.repeat(corners, m, axis=0)
        labels = np.repeat([0, 0, 1, 1], m).astype(np.int32)
        assert_array_equal(assign(X, update(X, labels, 2)), labels)
        moves = list(hartigan_moves(X, labels, 2))
        assert bool(moves) is gains
        if gains:
            first = 2 * m / (2 * m - 1) * w**2 - 2 * m / (2 * m + 1) * (w**2 + 4)
            assert_allclose(moves[0].gain, first)
            assert_allclose(moves[-1].inertia, 4 * m)


def test_a_row_that_is_alone_does_not_leave():
    X = np.array([[0.0], [1.0], [9.0]])
    gains = move_gains(X, np.array([0, 0, 1], dtype=np.int32), 2)
    assert gains[2, 0] < 0


def test_an_empty_cluster_is_filled():
    X = np.array([[0.0], [1.0], [9.0]])
    moves = list(hartigan_moves(X, np.zeros(3, dtype=np.int32), 2))
    assert moves[0].row == 2
    assert moves[-1].inertia == pytest.approx(0.5)


@quick
@given(seed=seeds)
def test_only_tied_sets_can_go_back_and_forth(seed):
    """A single tied row that changes cluster moves a centre, and so lowers J (sec-assign)."""
    X, labels, k = clustering(seed)
    centers = update(X, labels, k)
    row = int(np.random.default_rng(seed).integers(len(X)))
    own = labels[row]
    other = (own + 1) % k
    assume(not np.allclose(centers[own], centers[other]))
    assume(np.count_nonzero(labels == own) > 1)
    # Put the row on the bisector, keeping the means of both clusters: shift a partner against it.
    partner = int(np.flatnonzero((labels == own) & (np.arange(len(X)) != row))[0])
    axis = centers[other] - centers[own]
    step = (0.5 - (X[row] - centers[own]) @ axis / (axis @ axis)) * axis
    X = X.copy()
    X[row] += step
    X[partner] -= step
    centers = update(X, labels, k)
    assert_allclose(*[np.square(X[row] - centers[i]).sum() for i in (own, other)])
    moved = labels.copy()
    moved[row] = other
    assert objective(X, moved, k) < objective(X, labels, k)


def test_two_tied_pairs_can_change_places_and_move_no_centre():
    """The example of sec-assign: without a rule for ties the algorithm need not end."""
    pair, other = [[0.0, 1.0], [0.0, -1.0]], [[0.0, 2.0], [0.0, -2.0]]
    X = np.array([*pair, *other, [-3.0, 0.0], [3.0, 0.0]])
    before = np.array([0, 0, 1, 1, 0, 1], dtype=np.int32)
    after = np.array([1, 1, 0, 0, 0, 1], dtype=np.int32)
    centers = update(X, before, 2)
    assert_array_equal(centers, [[-1.0, 0.0], [1.0, 0.0]])
    assert_array_equal(update(X, after, 2), centers)
    assert_array_equal(np.square(X[:4] - centers[0]).sum(1), np.square(X[:4] - centers[1]).sum(1))
    assert objective(X, before, 2) == objective(X, after, 2)
