"""The steps of Lloyd's algorithm: its theorems, on data of many shapes."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from kmeans_cases import blobs, clustered, n_partitions, slack, tables
from numpy.testing import assert_array_equal

from analysis.methods.kmeans.steps import (
    assign,
    bisector,
    decompose,
    lloyd_steps,
    refill,
    squared_distances,
    update,
    wcss,
    wcss_pairwise,
)


@given(clustered())
def test_neither_step_raises_the_objective(case):
    X, centers = case
    inertia = [step.inertia for step in lloyd_steps(X, centers)]
    assert (np.diff(inertia) <= slack(X) + 1e-12 * max(inertia)).all()


@given(clustered(max_rows=7))
def test_stops_within_the_number_of_partitions(case):
    X, centers = case
    bound = n_partitions(len(X), len(centers))
    last = list(lloyd_steps(X, centers, max_iter=bound + 2))[-1]
    # every iteration but the last two meets a partition of its own
    assert last.iteration <= bound + 1
    assert last.labels_changed == 0
    assert last.center_shift == 0


@given(clustered())
def test_an_iteration_without_change_is_a_fixed_point(case):
    X, centers = case
    last = list(lloyd_steps(X, centers))[-1]
    again = list(lloyd_steps(X, last.centers, max_iter=1))
    assert again[-1].inertia == pytest.approx(last.inertia, abs=slack(X))


@given(tables(), st.integers(1, 6), st.integers(0, 1000))
def test_total_is_within_plus_between(X, k, seed):
    labels = np.random.default_rng(seed).integers(k, size=len(X)).astype(np.int32)
    parts = decompose(X, labels)
    assert parts.total == pytest.approx(parts.within + parts.between, abs=slack(X))


@given(tables(), st.integers(1, 6), st.integers(0, 1000))
def test_the_pairwise_form_is_the_objective_at_the_means(X, k, seed):
    labels = np.random.default_rng(seed).integers(k, size=len(X)).astype(np.int32)
    at_means = wcss(X, update(X, labels, k), labels)
    assert wcss_pairwise(X, labels) == pytest.approx(at_means, abs=slack(X))
    assert decompose(X, labels).within == pytest.approx(at_means, abs=slack(X))


@given(tables(), st.integers(0, 1000), st.floats(0, 10))
def test_the_mean_is_the_best_centre_and_eq_mean_says_by_how_much(X, seed, distance):
    one_cluster = np.zeros(len(X), dtype=np.int32)
    mean = update(X, one_cluster, 1)
    move = distance * np.random.default_rng(seed).normal(size=mean.shape)
    elsewhere = wcss(X, mean + move, one_cluster)
    expected = wcss(X, mean, one_cluster) + len(X) * np.square(move).sum()
    assert elsewhere == pytest.approx(expected, rel=1e-9, abs=slack(X))
    assert elsewhere >= wcss(X, mean, one_cluster) - slack(X)


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_points_of_the_bisector_are_equally_far(d, seed):
    rng = np.random.default_rng(seed)
    a, b, x = rng.normal(size=(3, d))
    normal, offset = bisector(a, b)
    on = x - (normal @ x - offset) / (normal @ normal) * normal
    far_a, far_b = squared_distances(on[None], np.stack([a, b]))[0]
    assert far_a == pytest.approx(far_b, rel=1e-9, abs=1e-9)
    far_a, far_b = squared_distances(x[None], np.stack([a, b]))[0]
    assert (far_a < far_b) == (normal @ x < offset)


@given(clustered(), st.floats(0, 1))
def test_cells_are_convex(case, share):
    X, centers = case
    labels = assign(X, centers)
    rng = np.random.default_rng(0)
    for label in np.unique(labels):
        cell = X[labels == label]
        between = share * cell + (1 - share) * rng.permutation(cell)
        squares = squared_distances(between, centers)
        assert (squares[:, label] <= squares.min(axis=1) + slack(X)).all()


@given(clustered())
def test_every_row_is_assigned_to_a_nearest_centre(case):
    X, centers = case
    squares = squared_distances(X, centers)
    chosen = np.take_along_axis(squares, assign(X, centers)[:, None], axis=1)[:, 0]
    scale = np.square(X).sum(axis=1) + np.square(centers).sum(axis=1).max()
    assert (chosen <= squares.min(axis=1) + 1e-14 * scale).all()


def test_ties_go_to_the_lowest_index():
    X = np.array([[0.0], [1.0], [-1.0]])
    centers = np.array([[2.0], [1.0], [-1.0], [1.0]])
    assert_array_equal(assign(X, centers), [1, 1, 2])


def test_empty_clusters_take_the_farthest_rows():
    X = np.array([[0.0], [1.0], [2.0], [10.0]])
    centers = np.array([[0.0], [50.0], [60.0]])
    labels = assign(X, centers)
    assert_array_equal(labels, [0, 0, 0, 0])
    refilled = refill(X, labels, centers)
    assert_array_equal(refilled, [0, 0, 2, 1])
    assert_array_equal(labels, [0, 0, 0, 0])
    assert_array_equal(update(X, refilled, 3), [[0.5], [10.0], [2.0]])


def test_a_cluster_that_a_refill_empties_is_filled_in_the_next_iteration():
    X = np.array([-0.1, -0.05, 0, 0.05, 0.1, 10])[:, np.newaxis]
    steps = list(lloyd_steps(X, np.array([[0.0], [8.0], [100.0]])))
    assert_array_equal(steps[1].labels, [0, 0, 0, 0, 0, 2])  # the row at 10 was alone with 8
    assert_array_equal(steps[-1].labels, [0, 0, 0, 1, 1, 2])


def test_nothing_is_refilled_when_all_rows_lie_on_their_centres():
    X = np.ones((4, 2))
    labels = np.zeros(4, dtype=np.int32)
    assert refill(X, labels, np.ones((2, 2))) is labels
    assert_array_equal(update(X, labels, 2), np.ones((2, 2)))


def test_rounding_refills_nothing():
    X = np.array([[0.1], [0.1], [0.1], [0.7]])
    labels = np.array([0, 0, 0, 2], dtype=np.int32)
    centers = np.array([[0.1 + 2e-17], [5.0], [0.7 - 1e-16]])
    assert refill(X, labels, centers) is labels
    assert refill(X, labels, centers + 1e-12) is not labels


def test_steps_may_be_kept():
    X = blobs()
    kept = list(lloyd_steps(X, X[:6]))
    copies = [(step.centers.copy(), step.labels.copy()) for step in lloyd_steps(X, X[:6])]
    for step, (centers, labels) in zip(kept, copies, strict=True):
        assert_array_equal(step.centers, centers)
        assert_array_equal(step.labels, labels)
