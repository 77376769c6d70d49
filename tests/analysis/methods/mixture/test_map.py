"""EM with an inverse Wishart prior: one objective, never lowered, with a highest value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.stats import invwishart

from analysis.methods.mixture.map import (
    Prior,
    default_prior,
    log_prior,
    map_m_step,
    map_steps,
    objective,
)
from analysis.methods.mixture.model import Parameters, log_likelihood
from analysis.methods.mixture.steps import e_step, em_steps, expected_log_joint, m_step

seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)


def problem(seed: int, copies: int = 0):
    """Give rows, a start from random shares, and a prior; some rows can be copies of the first."""
    rng = np.random.default_rng(seed)
    n, d, K = int(rng.integers(12, 40)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    X = rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)
    X[:copies] = X[0]
    A = rng.standard_normal((d, d))
    prior = Prior(A @ A.T + 0.05 * np.eye(d), d - 1 + rng.uniform(0.1, 6))
    return X, map_m_step(X, rng.dirichlet(np.ones(K), size=n), prior), prior


def spike(X, n_copies: int) -> Parameters:
    """Give a start with one component on the copies and one on all rows."""
    d = X.shape[1]
    means = np.array([X[0], X.mean(axis=0)])
    covariances = np.array([1e-3 * np.eye(d), np.cov(X, rowvar=False).reshape(d, d)])
    share = n_copies / len(X)
    return Parameters(np.array([share, 1 - share]), means, covariances)


@quick
@given(seed=seeds)
def test_the_objective_never_falls(seed):
    """thm-map."""
    X, start, prior = problem(seed)
    before = objective(X, start, prior)
    for _, height in map_steps(X, start, prior, tol=-np.inf, max_iter=8):
        assert height >= before - 1e-9 * (1 + abs(before))
        before = height


@quick
@given(seed=seeds)
def test_the_m_step_is_the_maximum(seed):
    """prp-map: no other parameters nearby have a higher Q plus log-prior."""
    X, start, prior = problem(seed)
    shares = e_step(X, start)
    best = map_m_step(X, shares, prior)

    def height(parameters):
        return expected_log_joint(X, shares, parameters) + log_prior(parameters, prior)

    rng = np.random.default_rng(seed)
    top = height(best)
    for scale in (1e-3, 1e-2, 0.1):
        change = scale * rng.standard_normal(best.covariances.shape)
        factors = np.linalg.cholesky(best.covariances) @ (np.eye(X.shape[1]) + np.tril(change))
        other = Parameters(
            rng.dirichlet(1 + best.weights / scale),
            best.means + scale * rng.standard_normal(best.means.shape),
            factors @ factors.transpose(0, 2, 1),
        )
        assert height(other) < top


def test_the_m_step_agrees_with_a_general_optimiser():
    X, start, prior = problem(11)
    shares = e_step(X, start)[:, :1]
    best = map_m_step(X, shares, prior)
    d = X.shape[1]
    rows, columns = np.tril_indices(d)

    def loss(free):
        factor = np.zeros((d, d))
        factor[rows, columns] = free
        factor[np.diag_indices(d)] = np.exp(np.diag(factor))
        parameters = Parameters(np.ones(1), best.means, (factor @ factor.T)[None])
        return -expected_log_joint(X, shares, parameters) - log_prior(parameters, prior)

    found = minimize(loss, np.zeros(len(rows)), method="BFGS", options={"gtol": 1e-8})
    factor = np.zeros((d, d))
    factor[rows, columns] = found.x
    factor[np.diag_indices(d)] = np.exp(np.diag(factor))
    assert_allclose(factor @ factor.T, best.covariances[0], rtol=1e-4, atol=1e-6)


def test_the_prior_is_the_inverse_wishart_density():
    """Differences of log-priors are those of the density, whose constant is left out."""
    rng = np.random.default_rng(5)
    prior = Prior(np.array([[2.0, 0.3], [0.3, 1.0]]), 4.5)
    A = rng.standard_normal((2, 2, 3))
    covariances = A @ A.transpose(0, 2, 1)
    ours = [
        log_prior(Parameters(np.ones(1), np.zeros((1, 2)), c[None]), prior) for c in covariances
    ]
    theirs = [invwishart(df=4.5, scale=prior.scale).logpdf(c) for c in covariances]
    assert_allclose(ours[1] - ours[0], theirs[1] - theirs[0])


@quick
@given(seed=seeds, copies=st.integers(3, 8))
def test_copied_rows_do_not_flatten_a_component(seed, copies):
    """eq-map-floor, where EM without a prior goes down to whatever `reg_covar` is."""
    X, _, prior = problem(seed, copies)
    start = spike(X, copies)
    for parameters, _ in map_steps(X, start, prior, max_iter=15):
        assert np.linalg.eigvalsh(parameters.covariances).min() >= prior.floor(len(X)) * (1 - 1e-9)


def test_without_the_prior_the_copies_make_a_spike():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    X[:6] = X[0]
    heights = []
    for reg_covar in (1e-4, 1e-6, 1e-8):
        last = list(em_steps(X, spike(X, 6), reg_covar=reg_covar, tol=1e-9, max_iter=200))[-1]
        assert np.linalg.eigvalsh(last.parameters.covariances).min() < 1.1 * reg_covar
        heights.append(last.log_likelihood)
    # thm-one-song: six songs in two dimensions, two decades, 6 * 2 / 2 * ln 10 nats each.
    assert_allclose(np.diff(heights), 12 * np.log(10), rtol=1e-3)
    prior = default_prior(X, 2)
    *_, (end, _) = map_steps(X, spike(X, 6), prior, tol=1e-9, max_iter=200)
    assert np.linalg.eigvalsh(end.covariances).min() > 1e-3


@quick
@given(seed=seeds)
def test_there_is_a_bound(seed):
    """thm-map: no start, however thin, is above it."""
    X, start, prior = problem(seed)
    n, d, K = len(X), X.shape[1], len(start.weights)
    bound = -n * d / 2 * np.log(2 * np.pi) + sum(
        max(
            -(m / 2) * (np.linalg.slogdet(prior.scale / m)[1] + d)
            for m in prior.added(np.arange(n + 1.0))
        )
        for _ in range(K)
    )
    rng = np.random.default_rng(seed)
    for power in (0, -3, -6, -9, 3):
        means = X[rng.choice(len(X), size=K)]
        covariances = np.repeat(10.0**power * np.eye(d)[None], K, axis=0)
        assert objective(X, Parameters(start.weights, means, covariances), prior) <= bound


@quick
@given(seed=seeds)
def test_a_prior_that_follows_the_units_changes_nothing(seed):
    """With the covariance of the rows as scale, an affine map moves the run along (prp-affine)."""
    X, _, _ = problem(seed)
    rng = np.random.default_rng(seed)
    d = X.shape[1]
    A = rng.standard_normal((d, d)) + 2 * np.eye(d)
    b = rng.standard_normal(d)
    shares = rng.dirichlet(np.ones(2), size=len(X))
    Y = X @ A.T + b
    here, there = default_prior(X, 2), default_prior(Y, 2)
    run = map_steps(X, map_m_step(X, shares, here), here, max_iter=5, tol=-np.inf)
    moved = map_steps(Y, map_m_step(Y, shares, there), there, max_iter=5, tol=-np.inf)
    for (one, _), (other, _) in zip(run, moved, strict=True):
        assert_allclose(other.means, one.means @ A.T + b, rtol=1e-6, atol=1e-6)
        assert_allclose(other.covariances, A @ one.covariances @ A.T, rtol=1e-6, atol=1e-6)


def test_the_prior_vanishes_beside_many_rows():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((200_000, 2))
    shares = np.ones((len(X), 1))
    with_prior = map_m_step(X, shares, default_prior(X, 3)).covariances
    assert_allclose(with_prior, m_step(X, shares).covariances, atol=1e-3)


def test_a_prior_without_a_density_is_refused():
    with pytest.raises(ValueError, match="2 features it needs more than 1"):
        Prior(np.eye(2), 1.0)
    with pytest.raises(ValueError, match="not positive definite"):
        Prior(np.ones((2, 2)), 4.0)
    with pytest.raises(ValueError, match="not positive definite"):
        default_prior(np.column_stack([np.arange(9.0), np.arange(9.0)]), 2)


def test_the_objective_has_both_parts():
    X, start, prior = problem(1)
    assert_allclose(objective(X, start, prior), log_likelihood(X, start) + log_prior(start, prior))
