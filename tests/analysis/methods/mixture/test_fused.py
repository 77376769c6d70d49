"""The fused steps beside those of the book."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from mixture_cases import (
    assert_same_fit,
    assert_same_steps,
    blobs,
    both,
    cases,
    each_type,
    fit,
    quick,
    random_shares,
    standardised,
    start_of,
    unless_flat,
)
from numpy.testing import assert_allclose, assert_array_equal

from analysis.methods.mixture import fused
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.steps import em_steps, m_step


@each_type
def test_agrees_with_sklearn_over_many_chunks(covariance_type):
    X = blobs(n=15_000)
    parameters = {"covariance_type": covariance_type, "max_iter": 4, "tol": 0, "random_state": 0}
    assert_same_fit(*both(X, 6, **parameters), X)


@quick
@given(cases(), st.sampled_from([0.0, 1e-3]))
def test_the_fused_steps_are_the_plain_ones(case, reg_covar):
    X, start = case
    parameters = {**start_of(start), "tol": 0, "max_iter": 3, "reg_covar": reg_covar}
    with unless_flat():
        model = fit(EMGaussianMixture(**parameters), X)
    steps = list(em_steps(X, start, tol=0, max_iter=3, reg_covar=reg_covar))
    assert_same_steps(model, steps)
    last = steps[-1].parameters
    assert_allclose(model.means_, last.means, rtol=1e-7, atol=1e-7)
    assert_allclose(model.covariances_, last.covariances, rtol=1e-6, atol=1e-7)


@each_type
def test_the_steps_end_where_the_estimator_ends(songs, covariance_type):
    model = fit(EMGaussianMixture(4, covariance_type=covariance_type, random_state=3), songs)
    steps = list(em_steps(songs, model.initial_parameters_))
    assert len(steps) == 2 * model.n_iter_ == 2 * len(model.history_)
    assert_same_steps(model, steps)
    history = model.history_
    assert history.log_likelihood[-1] / len(songs) == pytest.approx(model.lower_bound_)
    assert history.log_likelihood_after[-1] / len(songs) == pytest.approx(model.score(songs))
    assert_array_equal(history.log_likelihood[1:], history.log_likelihood_after[:-1])
    assert_allclose(history.elbo_after + history.kl_after, history.log_likelihood_after)
    assert (history.kl_after >= 0).all()


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_the_largest_change_is_of_any_parameter(unit):
    # In small units weights change most, in large ones covariances.
    X = unit * blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 3))
    model = fit(EMGaussianMixture(**start_of(start), max_iter=3, tol=0, reg_covar=0), X)
    assert_same_steps(model, list(em_steps(X, start, max_iter=3, tol=0, reg_covar=0)))


def test_far_from_the_origin_nothing_is_lost():
    X = standardised(blobs())
    near = fit(EMGaussianMixture(4, random_state=0), X)
    far = fit(EMGaussianMixture(4, random_state=0), X + 1e5)
    assert far.n_iter_ == near.n_iter_
    assert_allclose(far.covariances_, near.covariances_, atol=1e-8)
    assert far.lower_bound_ == pytest.approx(near.lower_bound_, abs=1e-8)


def test_the_result_does_not_depend_on_the_cut_into_chunks(monkeypatch):
    X = blobs(n=1_000)
    whole = fit(EMGaussianMixture(4, random_state=0), X)
    monkeypatch.setattr(fused, "SCORES_PER_CHUNK", 1)
    cut = fit(EMGaussianMixture(4, random_state=0), X)
    assert_allclose(cut.means_, whole.means_, rtol=1e-9)
    assert_allclose(cut.history_.elbo_after, whole.history_.elbo_after, rtol=1e-12)
