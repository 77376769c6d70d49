"""The density and the number of parameters."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from mixture_cases import blobs, both, cases, each_type, free_entries, quick, random_shares, types
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from analysis.methods.mixture.model import (
    COVARIANCE_TYPES,
    Parameters,
    cholesky_factors,
    log_density,
    log_gaussian_density,
    n_parameters,
)
from analysis.methods.mixture.steps import e_step, m_step


@quick
@given(cases())
def test_the_density_is_the_textbooks(case):
    X, parameters = case
    normals = [
        multivariate_normal(mean, covariance).logpdf(X)
        for mean, covariance in zip(parameters.means, parameters.matrices(), strict=True)
    ]
    ours = log_gaussian_density(X, parameters.means, parameters.matrices())
    assert_allclose(ours, np.column_stack(normals), rtol=1e-8, atol=1e-8)
    mixture = np.log(np.exp(np.longdouble(np.column_stack(normals))) @ parameters.weights)
    assert_allclose(log_density(X, parameters), mixture.astype(float), rtol=1e-8, atol=1e-8)


def test_the_mixture_integrates_to_one():
    parameters = m_step(blobs(d=2), random_shares(np.random.default_rng(0), 300, 3))
    low, high = parameters.means.min(axis=0) - 60, parameters.means.max(axis=0) + 60
    axes = [np.linspace(a, b, 400) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    assert np.exp(log_density(grid, parameters)).sum() * cell == pytest.approx(1, abs=1e-6)


def test_far_rows_do_not_underflow():
    parameters = Parameters(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)))
    far = np.array([[1e4], [-1e4]])
    assert_allclose(e_step(far, parameters), [[0, 1], [1, 0]], atol=1e-300)
    assert_allclose(log_density(far, parameters), -0.5 * (1e4 - np.array([1, 0])) ** 2, rtol=1e-6)


@quick
@given(st.integers(1, 5), st.integers(1, 5), types)
def test_the_parameters_are_counted(k, d, covariance_type):
    assert n_parameters(k, d, covariance_type) == k - 1 + k * d + free_entries(
        covariance_type, k, d
    )


@each_type
def test_the_counts_are_sklearns(covariance_type):
    for k in (1, 2, 7):
        _, theirs = both(blobs(), k, covariance_type=covariance_type, max_iter=1)
        assert n_parameters(k, 4, covariance_type) == theirs._n_parameters()


def test_the_counts_of_the_study():
    counts = {kind: n_parameters(10, 5, kind) for kind in COVARIANCE_TYPES}
    assert counts == {"full": 209, "tied": 74, "diag": 109, "spherical": 69}


def test_a_matrix_with_a_negative_eigenvalue_has_no_factor():
    good, bad = np.eye(3), np.array([[1.0, 0, 0], [0, 1, 2], [0, 2, 1]])
    with pytest.raises(ValueError, match=r"component 1 is not positive definite.* feature 2 is a"):
        cholesky_factors(np.array([good, bad]))
    factors = cholesky_factors(np.array([good, bad + 3 * good]))
    assert_allclose(factors[1] @ factors[1].T, bad + 3 * good)
