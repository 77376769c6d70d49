"""The guarantee of k-means++ (thm-plusplus) and its lemmas, by going through every draw."""

from __future__ import annotations

import itertools
from math import log

import numpy as np
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose

from analysis.methods.kmeans.steps import squared_distances

seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)


def rows(seed: int):
    """Give few rows, some of them equal, some far out."""
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(4, 8)), int(rng.integers(1, 3))
    X = rng.standard_normal((n, d)) * 10.0 ** rng.integers(-1, 3, size=(n, 1))
    X[-1] = X[0]
    return X


def spread(X):
    return float(np.square(X - X.mean(axis=0)).sum())


def best(X, k):
    """Give the least J over all clusterings into at most k clusters, and such a clustering."""
    found = (np.inf, None)
    for labels in itertools.product(range(k), repeat=len(X) - 1):
        labels = np.array((0, *labels))
        J = sum(spread(X[labels == i]) for i in set(labels.tolist()))
        found = min(found, (J, tuple(labels.tolist())))
    return found[0], np.array(found[1])


def expected(squares, k, nearest=None):
    """Give the exact expectation of the objective of k centres drawn by D²."""
    if k == 0:
        return float(nearest.sum())
    weights = np.ones(len(squares)) if nearest is None else nearest
    if weights.sum() == 0:
        return 0.0
    chances = weights / weights.sum()
    return sum(
        chance * expected(squares, k - 1, row if nearest is None else np.minimum(nearest, row))
        for chance, row in zip(chances, squares, strict=True)
        if chance
    )


@quick
@given(seed=seeds)
def test_a_uniform_centre_costs_twice_the_least(seed):
    """lem-uniform."""
    X = rows(seed)
    assert_allclose(expected(squared_distances(X, X), 1), 2 * spread(X))


@quick
@given(seed=seeds)
def test_a_centre_drawn_by_its_squares_costs_at_most_eight_times_the_least(seed):
    """lem-squares: any cluster A, any centres C."""
    rng = np.random.default_rng(seed)
    A = rows(seed)
    C = rng.standard_normal((2, A.shape[1])) * 10.0 ** rng.integers(-1, 3)
    nearest = squared_distances(A, C).min(axis=1)
    squares = squared_distances(A, A)
    after = np.array([np.minimum(nearest, row).sum() for row in squares])
    assert after @ nearest / nearest.sum() <= 8 * spread(A) * (1 + 1e-9)


@quick
@given(seed=seeds, k=st.integers(1, 3))
def test_the_guarantee(seed, k):
    X = rows(seed)
    J, _ = best(X, k)
    cost = expected(squared_distances(X, X), k)
    assert cost <= 8 * (log(k) + 2) * J + 1e-9 * spread(X)


@quick
@given(seed=seeds, t=st.integers(0, 2))
def test_the_step_of_the_induction(seed, t):
    """lem-covered: t more centres when u clusters of the best clustering have none."""
    X = rows(seed)
    _, labels = best(X, 3)
    clusters = sorted(set(labels.tolist()))
    covered, u = labels == clusters[0], len(clusters) - 1
    t = min(t, u)
    squares = squared_distances(X, X)
    nearest = squares[np.flatnonzero(covered)[0]]
    least = sum(spread(X[labels == i]) for i in clusters[1:])
    harmonic = sum(1 / i for i in range(1, t + 1))
    bound = (nearest[covered].sum() + 8 * least) * (1 + harmonic)
    bound += (u - t) / u * nearest[~covered].sum() if u else 0.0
    assert expected(squares, t, nearest) <= bound * (1 + 1e-9) + 1e-12


def test_without_a_uniform_first_centre_there_is_no_guarantee():
    """All songs but one at 0: begun with the one that is far, k = 1 costs n times the least."""
    for n in (10, 100):
        X = np.r_[np.zeros(n - 1), 1.0][:, None]
        J, begun_far = spread(X), float(np.square(X - 1.0).sum())
        assert_allclose(begun_far / J, n)
        assert_allclose(expected(squared_distances(X, X), 1), 2 * J)
