"""Rows, easy and degenerate, to cluster, and fits of them."""

import warnings

import numpy as np
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from analysis.methods.kmeans.estimator import LloydKMeans


@st.composite
def tables(draw, max_rows=40):
    """Random, duplicated, constant and collinear rows, some far from the origin."""
    n_rows = draw(st.integers(1, max_rows))
    n_columns = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n_rows, n_columns))
    match draw(st.sampled_from(["random", "grid", "same", "constant", "line", "far"])):
        case "grid":
            X = np.round(X)
        case "same":
            X[:] = X[0]
        case "constant":
            X[:, 0] = 3.0
        case "line":
            X = np.outer(np.round(X[:, 0], 1), np.arange(1, n_columns + 1))
        case "far":
            X += 1e4
    return X


@st.composite
def clustered(draw, max_rows=40):
    """A table and starting centres: k = 1, k = n and starts far from all rows included."""
    X = draw(tables(max_rows))
    k = draw(st.sampled_from([1, len(X), draw(st.integers(1, len(X)))]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        return X, X[rng.choice(len(X), k, replace=False)]
    return X, X.mean(axis=0) + draw(st.sampled_from([1.0, 10.0])) * rng.normal(size=(k, X.shape[1]))


def slack(X):
    """Rounding, in units of J."""
    return 1e-12 * (1.0 + np.square(X - X.mean(axis=0)).sum()) + 1e-15 * np.square(X).sum()


def n_partitions(n, k):
    """Ways to cut n labelled things into at most k non-empty parts."""
    ways = [1] + [0] * k
    for _ in range(n):
        ways = [0] + [part * ways[part] + ways[part - 1] for part in range(1, k + 1)]
    return sum(ways)


def blobs(n=300, d=5, k=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(k, d))[rng.integers(k, size=n)] * 3 + rng.normal(size=(n, d))


def sklearn_fit(X, k, *, sample_weight=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KMeans(k, algorithm="lloyd", **parameters).fit(X, sample_weight=sample_weight)


def our_fit(X, k, *, sample_weight=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LloydKMeans(k, **parameters).fit(X, sample_weight=sample_weight)


def assert_same_fit(ours, theirs):
    assert_array_equal(ours.labels_, theirs.labels_)
    assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9, atol=1e-9)
    assert_allclose(ours.inertia_, theirs.inertia_, rtol=1e-9, atol=1e-9)
    assert ours.n_iter_ == theirs.n_iter_
