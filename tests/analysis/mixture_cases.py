"""Rows to fit mixtures to, parameters to start from, and fits."""

import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import assume, settings, strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import COVARIANCE_TYPES, Parameters, covariance_matrices
from analysis.methods.mixture.steps import m_step

each_type = pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)


types = st.sampled_from(COVARIANCE_TYPES)


seeds = st.integers(0, 2**32 - 1)


quick = settings(max_examples=30, deadline=None)


def blobs(n=300, d=4, k=5, seed=0):
    """Rows about k centres, with correlated features, some way from the origin."""
    rng = np.random.default_rng(seed)
    centers = 3 * rng.normal(size=(k, d)) + 5
    correlate = np.eye(d) + rng.uniform(-0.4, 0.4, size=(d, d))
    return centers[rng.integers(k, size=n)] + rng.normal(size=(n, d)) @ correlate


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def random_shares(rng, n, k):
    return rng.dirichlet(np.full(k, 0.5), size=n)


@st.composite
def cases(draw):
    """Rows enough for every component, and parameters that are not at their best."""
    rng = np.random.default_rng(draw(seeds))
    d, k = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    covariance_type = draw(types)
    X = blobs(n=draw(st.integers(60, 120)), d=d, k=k, seed=int(rng.integers(2**32)))
    start = m_step(X, random_shares(rng, len(X), k), covariance_type)
    spread = start.means + 0.5 * X.std(axis=0) * rng.normal(size=start.means.shape)
    return X, Parameters(rng.dirichlet(np.full(k, 3.0)), spread, start.covariances, covariance_type)


@contextmanager
def unless_flat():
    """Pass over the draws in which a component collapses: without reg_covar that happens."""
    try:
        yield
    except ValueError as error:
        assume("is not positive definite" not in str(error))
        raise


def start_of(parameters):
    """Write parameters as the arguments that both estimators start from."""
    precisions = (
        np.linalg.inv(parameters.covariances)
        if parameters.covariance_type in ("full", "tied")
        else 1 / parameters.covariances
    )
    return {
        "n_components": len(parameters.weights),
        "covariance_type": parameters.covariance_type,
        "weights_init": parameters.weights,
        "means_init": parameters.means,
        "precisions_init": precisions,
    }


def fit(estimator, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X)


def both(X, n_components=1, **parameters):
    ours = fit(EMGaussianMixture(n_components, **parameters), X)
    theirs = fit(GaussianMixture(n_components, **parameters), X)
    return ours, theirs


def assert_same_fit(ours, theirs, X, atol=1e-8):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    for name in ("weights_", "means_", "covariances_"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=atol)
    for name in ("precisions_cholesky_", "precisions_"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=atol)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=0, abs=atol)
    assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=0, atol=atol)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=atol)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=0, abs=atol)
    assert ours.bic(X) == pytest.approx(theirs.bic(X), rel=1e-9)
    assert ours.aic(X) == pytest.approx(theirs.aic(X), rel=1e-9)
    assert_array_equal(ours.predict(X), theirs.predict(X))


def duplicated(n=200, copies=1, seed=0):
    """Three features, the last of them repeated."""
    X = standardised(blobs(n, d=3, k=3, seed=seed))
    return np.column_stack([X, *[X[:, -1]] * copies])


def free_entries(covariance_type, k, d):
    """Count what can be moved: the rank of the map from the entries to the matrices."""
    shape = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[covariance_type]
    columns = []
    for unit in np.eye(int(np.prod(shape))):
        part = unit.reshape(shape)
        if covariance_type in ("full", "tied"):
            part = part + np.swapaxes(part, -1, -2)
        columns.append(covariance_matrices(part, covariance_type, (k, d)).ravel())
    return np.linalg.matrix_rank(np.array(columns))


def assert_same_steps(model, steps):
    history, scale = model.history_, 1e-8 * (1 + abs(steps[0].log_likelihood))
    expected, maximised = steps[::2], steps[1::2]
    for field, values in (
        ("log_likelihood", [step.log_likelihood for step in expected]),
        ("elbo_before", [step.elbo for step in expected]),
        ("kl_before", [step.kl_gap for step in expected]),
        ("log_likelihood_after", [step.log_likelihood for step in maximised]),
        ("elbo_after", [step.elbo for step in maximised]),
        ("kl_after", [step.kl_gap for step in maximised]),
    ):
        assert_allclose(getattr(history, field), values, rtol=0, atol=scale, err_msg=field)
    changes = [
        max(
            np.abs(getattr(after.parameters, name) - getattr(before.parameters, name)).max()
            for name in ("weights", "means", "covariances")
        )
        for before, after in zip(expected, maximised, strict=True)
    ]
    assert_allclose(history.max_change, changes, rtol=1e-6, atol=1e-8)
