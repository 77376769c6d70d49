"""Curves of equal density."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from mixture_cases import blobs, cases, fit, quick
from numpy.testing import assert_allclose
from scipy.stats import chi2

from analysis.methods.mixture.contours import ellipse, ellipsoid
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import log_gaussian_density, squared_mahalanobis


@quick
@given(cases(), st.floats(0.05, 0.95))
def test_contours_of_equal_density_are_ellipsoids(case, coverage):
    _, parameters = case
    mean, covariance = parameters.means[:1], parameters.matrices()[:1]
    d = mean.shape[1]
    directions = np.random.default_rng(0).normal(size=(50, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = ellipsoid(mean[0], covariance[0], coverage, directions)
    densities = log_gaussian_density(points, mean, covariance)
    assert_allclose(densities, densities[0, 0], rtol=1e-8, atol=1e-8)
    level = chi2.ppf(coverage, d)
    assert_allclose(squared_mahalanobis(points, mean, covariance), level, rtol=1e-8)
    # its half-axes are the eigenvectors, as long as the roots of the eigenvalues
    values, vectors = np.linalg.eigh(covariance[0])
    ends = mean[0] + np.sqrt(level * values)[:, None] * vectors.T
    assert_allclose(squared_mahalanobis(ends, mean, covariance), level, rtol=1e-6)


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.99])
def test_an_ellipsoid_holds_its_share(coverage):
    model = fit(EMGaussianMixture(random_state=3), blobs(k=1))
    X, _ = model.sample(40_000)
    squares = squared_mahalanobis(X, model.means_, model.covariances_)
    inside = (squares <= chi2.ppf(coverage, X.shape[1])).mean()
    assert inside == pytest.approx(coverage, abs=5 * np.sqrt(coverage * (1 - coverage) / len(X)))


def test_an_ellipse_is_closed():
    curve = ellipse(np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 3.0]]), 0.95, 30)
    assert curve.shape == (30, 2)
    assert_allclose(curve[0], curve[-1])
