"""Theorems on mixtures in numbers: where EM rests, how fast it ends, how the likelihood grows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from analysis.methods.mixture.model import Parameters, log_likelihood
from analysis.methods.mixture.steps import e_step, expected_log_joint, m_step

seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)


# -- where EM rests too early (prp-symmetric) -----------------------------------------------


def parted(delta: float) -> Parameters:
    """Give two equal components at ±delta, with the variance 1 - delta²."""
    covariances = np.full((2, 1, 1), 1 - delta**2)
    return Parameters(np.full(2, 0.5), np.array([[delta], [-delta]]), covariances)


def test_the_resting_point_is_no_maximum():
    """eq-parting: l(delta) - l(0) = n (delta^4 / 6 + ...)."""
    X = np.repeat([[1.0], [-1.0]], 50, axis=0)
    rest = parted(0.0)
    again = m_step(X, e_step(X, rest))
    assert_allclose(again.means, rest.means, atol=1e-15)
    assert_allclose(again.covariances, rest.covariances)
    base = log_likelihood(X, rest)
    ratios = []
    for delta in (0.2, 0.1, 0.05):
        ratio = (log_likelihood(X, parted(delta)) - base) / len(X) / (delta**4 / 6)
        ratios.append(ratio)
        assert ratio > 1
    errors = np.array(ratios) - 1
    assert_allclose(errors[:-1] / errors[1:], 4, rtol=0.15)  # the next term has delta^6


# -- how fast EM ends (prp-rate) --------------------------------------------------------------


def settled_means(x, mu):
    """Give the fixed point of EM for ½ N(mu, 1) + ½ N(-mu, 1), one free number."""
    for _ in range(10_000):
        mu = float(np.mean(x * np.tanh(mu * x)))
    return mu


def test_the_rate_of_the_example():
    """eq-rate-example: the factor is the mean of x² sech²(mu x)."""
    rng = np.random.default_rng(0)
    for apart in (1.0, 2.0, 3.0):
        x = rng.standard_normal(300) + apart * rng.choice([-1, 1], size=300)
        end = settled_means(x, 1.0)
        rate = float(np.mean(x**2 / np.cosh(end * x) ** 2))
        assert 0 < rate < 1
        mu = end + 1e-4
        after = float(np.mean(x * np.tanh(mu * x)))
        assert_allclose((after - end) / (mu - end), rate, rtol=1e-3)
        # One minus what is seen over what would be: n (1 - rate) of n.
        observed = -hessian(lambda m, x=x: pair_likelihood(x, m[0]), np.array([end]))[0, 0]
        assert_allclose(1 - observed / len(x), rate, atol=1e-3)


def pair_likelihood(x, mu):
    return float(np.log(norm.pdf(x, mu) / 2 + norm.pdf(x, -mu) / 2).sum())


def mixture_of(free) -> Parameters:
    share = 1 / (1 + np.exp(-free[0]))
    return Parameters(
        np.array([share, 1 - share]),
        np.array([[free[1]], [free[2]]]),
        np.exp(np.array([free[3], free[4]]))[:, None, None],
    )


def free_of(parameters: Parameters):
    share = parameters.weights[0]
    return np.r_[
        np.log(share / (1 - share)),
        parameters.means[:, 0],
        np.log(parameters.covariances[:, 0, 0]),
    ]


def hessian(function, at, step=2e-4):
    n = len(at)
    H = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            a, b = step * np.eye(n)[i], step * np.eye(n)[j]
            H[i, j] = (
                function(at + a + b)
                - function(at + a - b)
                - function(at - a + b)
                + function(at - a - b)
            ) / (4 * step**2)
    return H


def test_the_rate_is_the_missing_share_of_the_information():
    """prp-rate: the derivative of a round is I - Ic^-1 Io, with eigenvalues from 0 to below 1."""
    rng = np.random.default_rng(1)
    X = np.r_[rng.normal(-1.3, 0.8, 150), rng.normal(1.3, 1.0, 150)][:, None]
    end = free_of(m_step(X, np.repeat(np.eye(2), 150, axis=0)))
    for _ in range(3000):
        end = free_of(m_step(X, e_step(X, mixture_of(end))))
    shares = e_step(X, mixture_of(end))
    complete = -hessian(lambda t: expected_log_joint(X, shares, mixture_of(t)), end)
    observed = -hessian(lambda t: log_likelihood(X, mixture_of(t)), end)

    def after(t):
        return free_of(m_step(X, e_step(X, mixture_of(t))))

    step = 1e-5
    jacobian = np.column_stack(
        [(after(end + step * e) - after(end - step * e)) / (2 * step) for e in np.eye(5)]
    )
    missing = np.eye(5) - np.linalg.solve(complete, observed)
    assert_allclose(jacobian, missing, atol=2e-3)
    shares_missing = np.linalg.eigvals(missing)
    assert_allclose(shares_missing.imag, 0, atol=1e-6)
    assert (shares_missing.real > -1e-3).all()
    assert (shares_missing.real < 1).all()
    # The ratio of two distances in turn tends to the largest of them.
    now, gaps = end + 0.02, []
    for _ in range(200):
        now = after(now)
        gaps.append(np.linalg.norm(now - end))
    assert_allclose(gaps[-1] / gaps[-2], shares_missing.real.max(), rtol=1e-2)


# -- how fast the likelihood grows (prp-flat) -------------------------------------------------


@pytest.mark.parametrize("d", [2, 3, 5])
def test_a_component_through_a_few_songs_grows_by_its_missing_dimensions(d):
    """prp-flat: (j + 1)(d - j) / 2 · ln 10 a decade, for a component through j + 1 songs."""
    X = np.random.default_rng(d).standard_normal((40, d))
    for j in range(d):
        few = X[: j + 1]
        mean = few.mean(axis=0)
        axes = np.linalg.svd(few - mean)[2]  # the first j span the songs
        heights = []
        for epsilon in (1e-8, 1e-9):
            variances = np.r_[np.ones(j), np.full(d - j, epsilon)]
            flat = axes.T @ np.diag(variances) @ axes
            parameters = Parameters(
                np.array([(j + 1) / 40, 1 - (j + 1) / 40]),
                np.array([mean, X.mean(axis=0)]),
                np.array([flat, np.cov(X, rowvar=False)]),
            )
            heights.append(log_likelihood(X, parameters))
        assert_allclose(heights[1] - heights[0], (j + 1) * (d - j) / 2 * np.log(10), rtol=2e-3)


@pytest.mark.parametrize("kind", ["diag", "spherical"])
def test_round_and_upright_components_are_unbounded_too(kind):
    X = np.random.default_rng(0).standard_normal((30, 3))
    heights = []
    for epsilon in (1e-4, 1e-6, 1e-8):
        variances = np.array([epsilon, 1.0])
        covariances = variances if kind == "spherical" else np.repeat(variances[:, None], 3, axis=1)
        means = np.array([X[0], X.mean(axis=0)])
        parameters = Parameters(np.full(2, 0.5), means, covariances, kind)
        heights.append(log_likelihood(X, parameters))
    assert_allclose(np.diff(heights), 2 * 3 / 2 * np.log(10), rtol=1e-3)


def test_a_bound_on_the_ratio_of_eigenvalues_does_not_help_against_a_flat_table():
    """All components flat in the same direction: no ratio between them is large, l has no bound."""
    rng = np.random.default_rng(2)
    X = np.column_stack([rng.standard_normal(50), np.zeros(50)])
    heights = []
    for epsilon in (1e-4, 1e-6):
        covariances = np.repeat(np.diag([1.0, epsilon])[None], 2, axis=0)
        parameters = Parameters(np.full(2, 0.5), X[:2], covariances)
        heights.append(log_likelihood(X, parameters))
    assert_allclose(np.diff(heights), 50 * np.log(10), rtol=1e-6)


# -- which mixtures are the same (thm-identifiable) -------------------------------------------


@quick
@given(seed=seeds)
def test_different_normal_densities_are_linearly_independent(seed):
    """The Gram matrix of different normal densities is not singular."""
    rng = np.random.default_rng(seed)
    K = int(rng.integers(2, 5))
    means = np.arange(K) * 1.5 + rng.uniform(-0.3, 0.3, K)
    scales = rng.uniform(0.5, 1.5, K)
    gram = norm.pdf(means[:, None] - means, scale=np.sqrt(scales[:, None] ** 2 + scales**2))
    assert np.linalg.eigvalsh(gram).min() > 0


@quick
@given(seed=seeds)
def test_numbering_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 2))
    one = m_step(X, rng.dirichlet(np.full(3, 0.5), size=30), reg_covar=1e-3)
    order = rng.permutation(3)
    other = Parameters(one.weights[order], one.means[order], one.covariances[order])
    assert_allclose(log_likelihood(X, other), log_likelihood(X, one))
    assert_array_equal(e_step(X, other).argmax(axis=1), np.argsort(order)[e_step(X, one).argmax(1)])
