"""The estimator: scikit-learn's results and conventions, and what it refuses."""

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from mixture_cases import (
    assert_same_fit,
    blobs,
    both,
    cases,
    each_type,
    fit,
    quick,
    random_shares,
    start_of,
)
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import (
    COVARIANCE_TYPES,
    covariance_matrices,
    log_likelihood,
    n_parameters,
)
from analysis.methods.mixture.pinned import pinned_components
from analysis.methods.mixture.steps import e_step, m_step


@quick
@given(cases(), st.sampled_from([0.0, 1e-3]), st.sampled_from([1, 2, 30]))
def test_agrees_with_sklearn_from_the_same_start(case, tol, max_iter):
    X, start = case
    # Far enough from flat that rounding errors, ours or theirs, are not amplified.
    parameters = {**start_of(start), "tol": tol, "max_iter": max_iter, "reg_covar": 1e-2}
    ours, theirs = both(X, **parameters)
    # Both keep a trace of a component without rows, but not the same one.
    assume(min(e_step(X, start).sum(axis=0).min(), len(X) * theirs.weights_.min()) > 1)
    assert_same_fit(ours, theirs, X)


@each_type
def test_agrees_with_sklearn_on_the_songs_from_the_same_start(songs, covariance_type):
    shares = random_shares(np.random.default_rng(0), len(songs), 10)
    start = m_step(songs, shares**4 / (shares**4).sum(axis=1, keepdims=True), covariance_type)
    for tol, max_iter in ((1e-3, 300), (0.0, 40)):
        parameters = {**start_of(start), "tol": tol, "max_iter": max_iter}
        assert_same_fit(*both(songs, **parameters), songs)


STARTS = [(kind, init) for kind in COVARIANCE_TYPES for init in ("kmeans", "random")] + [
    # not "tied": scikit-learn starts it at the scatter of all rows
    (kind, init)
    for kind in ("full", "diag", "spherical")
    for init in ("k-means++", "random_from_data")
]


@pytest.mark.parametrize(("covariance_type", "init_params"), STARTS)
def test_agrees_with_sklearn_from_the_same_seed(songs, covariance_type, init_params):
    parameters = {"covariance_type": covariance_type, "init_params": init_params, "n_init": 2}
    ours, theirs = both(songs, 4, **parameters, max_iter=50, random_state=42)
    assert_same_fit(ours, theirs, songs)


def test_a_tied_start_at_rows_is_better_than_sklearns(songs):
    parameters = {"covariance_type": "tied", "init_params": "k-means++", "random_state": 0}
    ours, theirs = both(songs, 6, **parameters)
    assert ours.score(songs) > theirs.score(songs)


@each_type
def test_parts_of_a_start_may_be_given(covariance_type):
    X = blobs()
    whole = start_of(m_step(X, random_shares(np.random.default_rng(1), len(X), 3), covariance_type))
    for left_out in ("weights_init", "means_init", "precisions_init"):
        parameters = {key: value for key, value in whole.items() if key != left_out}
        assert_same_fit(*both(X, **parameters, random_state=0), X)


def test_no_iteration_gives_the_start():
    X = blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 3))
    model = EMGaussianMixture(**start_of(start), max_iter=0).fit(X)
    assert model.n_iter_ == len(model.history_) == 0
    assert not model.converged_
    assert_allclose(model.means_, start.means)
    assert_allclose(model.covariances_, start.covariances, rtol=1e-9, atol=1e-12)
    assert model.score(X) == pytest.approx(log_likelihood(X, start) / len(X))


@parametrize_with_checks(
    [EMGaussianMixture(covariance_type=kind) for kind in COVARIANCE_TYPES]
    + [EMGaussianMixture(2, init_params="random", n_init=2)]
)
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@each_type
def test_precisions_are_inverse_covariances(covariance_type):
    model = fit(EMGaussianMixture(3, covariance_type=covariance_type, random_state=0), blobs())
    covariances = model.parameters_.matrices()
    precisions = covariance_matrices(model.precisions_, covariance_type, model.means_.shape)
    assert_allclose(covariances @ precisions, np.tile(np.eye(4), (3, 1, 1)), atol=1e-9)
    if covariance_type in ("full", "tied"):
        assert_array_equal(np.tril(model.precisions_cholesky_, -1), 0)


def test_predictions_tell_one_story():
    X = blobs()
    model = fit(EMGaussianMixture(4, random_state=0), X)
    new = blobs(seed=5)
    shares = model.predict_proba(new)
    assert_array_equal(model.predict(new), shares.argmax(axis=1))
    assert_allclose(shares, e_step(new, model.parameters_))
    assert model.score(new) == pytest.approx(model.score_samples(new).mean())
    assert model.bic(new) - model.aic(new) == pytest.approx(
        n_parameters(4, 4, "full") * (np.log(len(new)) - 2)
    )
    same = EMGaussianMixture(4, random_state=0)
    assert_array_equal(same.fit_predict(X), model.predict(X))


@each_type
def test_samples_are_of_the_mixture(covariance_type):
    model = fit(EMGaussianMixture(3, covariance_type=covariance_type, random_state=0), blobs())
    X, labels = model.sample(60_000)
    counts = np.bincount(labels, minlength=3)
    assert_allclose(counts / len(X), model.weights_, atol=0.01)
    for component, covariance in enumerate(model.parameters_.matrices()):
        rows = X[labels == component]
        errors = np.sqrt(np.diagonal(covariance) / len(rows))
        assert (np.abs(rows.mean(axis=0) - model.means_[component]) < 5 * errors).all()
        unit = np.linalg.solve(np.linalg.cholesky(covariance), (rows - rows.mean(axis=0)).T)
        assert_allclose(np.cov(unit), np.eye(4), atol=5 * np.sqrt(2 / len(rows)))
    assert_array_equal(model.sample(7)[0], model.sample(7)[0])


def test_more_starts_are_never_worse(songs):
    one = fit(EMGaussianMixture(5, random_state=0), songs)
    many = fit(EMGaussianMixture(5, n_init=4, random_state=0), songs)
    assert many.lower_bound_ >= one.lower_bound_
    bounds = [
        fit(EMGaussianMixture(5, init_params="random", random_state=s), songs).lower_bound_
        for s in (0, 1)
    ]
    assert bounds[0] != bounds[1]


def test_it_warns_when_it_has_not_converged():
    with pytest.warns(ConvergenceWarning, match="did not converge in 2 iterations"):
        EMGaussianMixture(4, max_iter=2, random_state=0).fit(blobs())


def test_the_data_and_the_start_are_left_alone():
    X = blobs()
    start = start_of(m_step(X, random_shares(np.random.default_rng(1), len(X), 3)))
    before = X.copy(), start["means_init"].copy(), start["precisions_init"].copy()
    EMGaussianMixture(**start).fit(X)
    for now, then in zip((X, start["means_init"], start["precisions_init"]), before, strict=True):
        assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "n_components must be an integer of at least 1, not 0"),
        ({"n_init": 1.5}, "n_init must be an integer of at least 1"),
        ({"max_iter": -1}, "max_iter must be an integer of at least 0"),
        ({"tol": -1.0}, "tol must be a number of at least 0, not -1.0"),
        ({"reg_covar": float("nan")}, "reg_covar must be a number"),
        ({"covariance_type": "round"}, "covariance_type must be 'full', 'tied', 'diag' or 'sph"),
        ({"init_params": "k"}, "init_params must be 'kmeans'"),
        ({"weights_init": [0.5, 0.6]}, "weights_init must not be negative and must sum to 1"),
        ({"weights_init": [1.5, -0.5]}, "weights_init must not be negative and must sum to 1"),
        ({"weights_init": [1.0]}, r"weights_init has shape \(1,\); it needs \(2,\)"),
        ({"means_init": np.zeros((2, 3))}, r"means_init has shape \(2, 3\); it needs \(2, 4\)"),
        ({"means_init": np.full((2, 4), np.nan)}, "means_init contains NaN"),
        ({"precisions_init": np.eye(4)}, r"precisions_init has shape \(4, 4\); it needs \(2, 4"),
        ({"precisions_init": -np.array([np.eye(4)] * 2)}, "must be positive definite"),
        ({"precisions_init": np.triu(np.ones((2, 4, 4)))}, "must be symmetric"),
        (
            {"covariance_type": "diag", "precisions_init": np.zeros((2, 4))},
            "precisions_init must be above 0",
        ),
        ({"n_components": 301}, "n_samples=300 should be >= n_components=301"),
        ({"init_params": "k-means++", "reg_covar": 0}, "does not vary.*Raise reg_covar"),
    ],
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(**{"n_components": 2, **parameters}).fit(blobs())


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="covariance_type must be"):
        n_parameters(2, 2, "round")
    with pytest.raises(ValueError, match="n_samples must be an integer of at least 1, not 0"):
        EMGaussianMixture().fit(blobs()).sample(0)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        EMGaussianMixture().predict(blobs())
    with pytest.raises(NotFittedError):
        pinned_components(EMGaussianMixture())


@pytest.mark.parametrize("size", [1e101, 1e154, 1e200])
def test_values_too_large_to_be_squared_are_refused(size):
    X = np.array([[size, 0], [size, 1], [-size, 0], [-size, 1]])
    message = r"^X has values up to .* too large to be squared; they should lie between"
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(2, random_state=0).fit(X)
    fitted = EMGaussianMixture(2, random_state=0).fit(np.random.default_rng(0).normal(size=(60, 2)))
    with pytest.raises(ValueError, match=message):
        fitted.predict_proba(X)
    assert_allclose(fitted.predict_proba([[1e100, 0]]).sum(), 1)
