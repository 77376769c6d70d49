"""The steps of EM: its theorems, on data of many shapes."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from mixture_cases import (
    blobs,
    cases,
    fit,
    quick,
    random_shares,
    seeds,
    standardised,
    start_of,
    unless_flat,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import approx_fprime

from analysis.methods.kmeans.steps import assign, update
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import (
    Parameters,
    cholesky_factors,
    log_likelihood,
    n_parameters,
)
from analysis.methods.mixture.steps import (
    component_counts,
    e_step,
    elbo,
    em_steps,
    expected_log_joint,
    kl_gap,
    m_step,
    posterior_entropy,
    regularisation_term,
)


@quick
@given(cases())
def test_responsibilities_sum_to_one(case):
    X, parameters = case
    shares = e_step(X, parameters)
    assert (shares >= 0).all()
    assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)


@quick
@given(cases(), seeds)
def test_elbo_and_gap_add_up_to_the_likelihood(case, seed):
    X, parameters = case
    posterior, likelihood = e_step(X, parameters), log_likelihood(X, parameters)
    shares = random_shares(np.random.default_rng(seed), len(X), len(parameters.weights))
    scale = 1e-10 * (1 + abs(expected_log_joint(X, shares, parameters)))
    gap = kl_gap(X, shares, parameters)
    assert elbo(X, shares, parameters) + gap == pytest.approx(likelihood, abs=scale)
    assert gap >= -scale
    assert kl_gap(X, posterior, parameters) == pytest.approx(0, abs=scale)
    assert elbo(X, posterior, parameters) == pytest.approx(likelihood, abs=scale)


@quick
@given(cases())
def test_the_likelihood_never_falls(case):
    X, start = case
    with unless_flat():
        steps = list(em_steps(X, start, tol=0, reg_covar=0, max_iter=8))
    slack = 1e-10 * (1 + abs(steps[0].log_likelihood))
    assert (np.diff([step.log_likelihood for step in steps]) >= -slack).all()
    assert (np.diff([step.elbo for step in steps]) >= -slack).all()
    for step in steps:
        assert step.elbo + step.kl_gap == pytest.approx(step.log_likelihood, abs=slack)
        assert step.kl_gap >= -slack
    assert max(step.kl_gap for step in steps if step.step == "E") <= slack


@quick
@given(cases(), st.floats(0, 5))
def test_what_reg_covar_does_to_the_theorem(case, reg_covar):
    X, start = case
    before = start
    for _ in range(4):
        shares = e_step(X, before)
        after = m_step(X, shares, start.covariance_type, reg_covar)
        with unless_flat():
            rise = log_likelihood(X, after) - log_likelihood(X, before)
        counts = component_counts(shares)
        costs = [regularisation_term(counts, p, reg_covar) for p in (before, after)]
        slack = 1e-9 * (1 + abs(log_likelihood(X, before)) + costs[0])
        assert rise >= costs[1] - costs[0] - slack
        before = after


def test_with_reg_covar_the_likelihood_can_fall():
    X = blobs()
    best = fit(EMGaussianMixture(3, reg_covar=0, tol=1e-9, random_state=0), X)
    steps = list(em_steps(X, best.parameters_, reg_covar=1.0, max_iter=2))
    assert steps[1].log_likelihood < steps[0].log_likelihood - 1


@quick
@given(cases(), seeds)
def test_the_m_step_is_a_stationary_point(case, seed):
    X, parameters = case
    k, d = parameters.means.shape
    shares = random_shares(np.random.default_rng(seed), len(X), k)
    kind = parameters.covariance_type
    best = m_step(X, shares, kind)
    counts = component_counts(shares)
    roots = cholesky_factors(best.matrices())
    lower = np.tril_indices(d)

    def model(vector):
        """Move means in units of the scales, and scales by factors that keep them of their kind."""
        moves, scales = vector[: k * d].reshape(k, d), vector[k * d :]
        means = best.means + np.einsum("kij,kj->ki", roots, moves)
        match kind:
            case "full":
                steps = np.zeros((k, d, d))
                steps[:, *lower] = scales.reshape(k, -1)
            case "tied":
                steps = np.zeros((1, d, d))
                steps[:, *lower] = scales
            case "diag":
                steps = scales.reshape(k, d, 1) * np.eye(d)
            case "spherical":
                steps = scales.reshape(k, 1, 1) * np.eye(d)
        factors = roots @ (np.eye(d) + steps)
        matrices = factors @ factors.transpose(0, 2, 1)
        return Parameters(best.weights, means, matrices)

    size = {"full": k * d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": k * d, "spherical": k}
    zero = np.zeros(k * d + size[kind])
    assert len(zero) + k - 1 == n_parameters(k, d, kind)

    def q(vector):
        return expected_log_joint(X, shares, model(vector))

    h = 1e-4
    gradient = [(q(h * unit) - q(-h * unit)) / (2 * h) for unit in np.eye(len(zero))]
    assert_allclose(gradient, 0, atol=1e-5 * len(X))
    # the weights: d/d pi_k (Q - lambda (sum pi - 1)) = N_k / pi_k - lambda = 0 with lambda = n
    assert_allclose(counts / best.weights, len(X), rtol=1e-9)
    # and it is a maximum: no move lifts Q
    for unit in np.random.default_rng(0).normal(size=(10, len(zero))):
        assert q(0.1 * unit) <= q(zero) + 1e-9 * abs(q(zero))


@quick
@given(cases(), seeds)
def test_the_multiplier_is_the_number_of_rows(case, seed):
    X, parameters = case
    k = len(parameters.weights)
    shares = random_shares(np.random.default_rng(seed), len(X), k)
    best = m_step(X, shares, parameters.covariance_type)

    def q(weights):
        return expected_log_joint(
            X, shares, Parameters(weights, best.means, best.covariances, best.covariance_type)
        )

    used = best.weights > 1e-3
    gradient = approx_fprime(best.weights, q, 1e-7)
    assert_allclose(gradient[used], len(X), rtol=1e-2)
    other = np.random.default_rng(seed).dirichlet(np.ones(k))
    assert q(other) <= q(best.weights) + 1e-9 * abs(q(best.weights))


@quick
@given(seeds, st.integers(1, 4), st.integers(1, 6))
def test_kmeans_is_the_limit(seed, d, k):
    X = standardised(blobs(60, d=d, k=3, seed=seed))
    centers = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
    labels = assign(X, centers)
    squares = np.sort(np.square(X[:, None] - centers).sum(axis=2), axis=1)
    clear = np.full(len(X), True) if k == 1 else squares[:, 1] - squares[:, 0] > 1e-3
    furthest = []
    for variance in (1.0, 1e-2, 1e-4, 1e-6):
        limit = Parameters(np.full(k, 1 / k), centers, np.full(k, variance), "spherical")
        shares = e_step(X, limit)
        furthest.append(np.abs(shares - np.eye(k)[labels])[clear].max(initial=0))
        if variance <= 1e-4:
            assert_array_equal(shares.argmax(axis=1)[clear], labels[clear])
    assert furthest[-1] < 1e-100
    assert (np.diff(furthest) <= 0).all()
    if clear.all():
        assert_allclose(m_step(X, shares).means, update(X, labels, k), rtol=1e-9, atol=1e-9)
        # -2 sigma^2 Q, less its constant, is the objective of K-Means
        q = expected_log_joint(X, shares, limit)
        constant = len(X) * (-np.log(k) - d / 2 * np.log(2 * np.pi * variance))
        objective = np.square(X - centers[labels]).sum()
        assert -2 * variance * (q - constant) == pytest.approx(objective, rel=1e-9, abs=1e-9)


def test_entropy_of_known_rows():
    shares = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    assert_allclose(posterior_entropy(shares), [0, np.log(4), np.log(2)], atol=1e-15)
    assert_allclose(posterior_entropy(shares, normalised=True), [0, 1, 0.5], atol=1e-15)
    assert_array_equal(posterior_entropy(np.ones((3, 1)), normalised=True), [0, 0, 0])


@quick
@given(seeds, st.integers(2, 12))
def test_entropy_lies_between_certain_and_undecided(seed, k):
    shares = random_shares(np.random.default_rng(seed), 30, k)
    entropy = posterior_entropy(shares)
    assert (entropy >= 0).all()
    assert (entropy <= np.log(k) + 1e-12).all()
    assert (entropy >= -np.log(shares.max(axis=1)) - 1e-12).all()


def test_steps_may_be_kept():
    X = blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 3))
    kept = list(em_steps(X, start))
    copies = [(s.parameters.means.copy(), s.responsibilities.copy()) for s in em_steps(X, start)]
    for step, (means, shares) in zip(kept, copies, strict=True):
        assert_array_equal(step.parameters.means, means)
        assert_array_equal(step.responsibilities, shares)


def test_a_component_without_rows_keeps_a_trace():
    X = blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 2))
    start = start_of(start) | {"weights_init": np.array([1.0, 0.0])}
    model = EMGaussianMixture(**start, max_iter=200).fit(X)
    alone = EMGaussianMixture(1).fit(X)
    assert np.isfinite(model.history_.elbo_before).all()
    assert model.weights_[1] < 1e-10
    assert_allclose(model.means_[0], alone.means_[0], rtol=1e-8)
