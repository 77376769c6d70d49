"""Flat components: what makes them, and what is said of them."""

import numpy as np
import pandas as pd
import pytest
from mixture_cases import blobs, duplicated, each_type, fit
from numpy.testing import assert_allclose
from sklearn.mixture import GaussianMixture

from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import Parameters, log_likelihood
from analysis.methods.mixture.pinned import pinned_components


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("copies", [1, 2])
def test_a_duplicated_feature_lifts_the_likelihood_without_bound(covariance_type, copies):
    # Among the copies the data do not vary, so each of `copies` eigenvalues of every component is
    # reg_covar, and -1/2 log det gains 1/2 log 10 a row and copy when reg_covar is divided by 10.
    X = duplicated(copies=copies)
    likelihoods = []
    for exponent in range(5, 11):
        model = EMGaussianMixture(
            3, covariance_type=covariance_type, reg_covar=10.0**-exponent, random_state=0
        )
        likelihoods.append(len(X) * fit(model, X).score(X))
        smallest = np.linalg.eigvalsh(model.covariances_).reshape(-1, X.shape[1])[:, :copies]
        assert_allclose(smallest, model.reg_covar, rtol=1e-4)
    assert_allclose(np.diff(likelihoods), copies * len(X) / 2 * np.log(10), rtol=1e-3)


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
def test_without_covariances_a_duplicate_does_no_such_harm(covariance_type):
    likelihoods = [
        EMGaussianMixture(3, covariance_type=covariance_type, reg_covar=reg, random_state=0)
        .fit(duplicated())
        .score(duplicated())
        for reg in (1e-8, 1e-6)
    ]
    assert likelihoods[0] == pytest.approx(likelihoods[1], abs=1e-4)
    assert not pinned_components(fit(EMGaussianMixture(3, covariance_type="diag"), duplicated()))


def test_a_component_on_one_row_lifts_the_likelihood_without_bound():
    X = blobs(d=2)
    broad = np.cov(X.T)
    likelihoods = [
        log_likelihood(
            X,
            Parameters(
                np.array([0.5, 0.5]),
                np.array([X[0], X.mean(axis=0)]),
                np.array([variance * np.eye(2), broad]),
            ),
        )
        for variance in 10.0 ** -np.arange(8, 14)
    ]
    # one row in d = 2 dimensions: d/2 log 10 a decade
    assert_allclose(np.diff(likelihoods), np.log(10), rtol=1e-3)


@pytest.mark.parametrize("estimator", [EMGaussianMixture, GaussianMixture])
@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_pinned_components_are_named(estimator, covariance_type):
    names = ["tempo", "valence", "energy", "loudness"]
    X = pd.DataFrame(duplicated(), columns=names)
    model = estimator(2, covariance_type=covariance_type, random_state=0).fit(X)
    pinned = pinned_components(model)
    assert [p.component for p in pinned] == ([None] if covariance_type == "tied" else [0, 1])
    for found in pinned:
        assert found.n_directions == 1
        assert found.features == ("energy", "loudness")
        assert found.smallest_eigenvalue == pytest.approx(1e-6, rel=1e-3)
        assert_allclose(np.abs(found.direction), [0, 0, 0.5**0.5, 0.5**0.5], atol=1e-3)
        assert "in 1 direction, which involves energy and loudness," in str(found)
        assert "100% of the smallest eigenvalue, 1e-06, is reg_covar." in str(found)
    begins = "All components share" if covariance_type == "tied" else "Component 0 has"
    assert str(pinned[0]).startswith(begins)


@each_type
def test_a_component_on_repeated_rows_is_pinned(covariance_type):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(100, 2)), np.full((30, 2), 40.0)])
    model = fit(EMGaussianMixture(2, covariance_type=covariance_type, random_state=0), X)
    pinned = pinned_components(model)
    if covariance_type == "tied":
        assert pinned == ()
    else:
        lonely = int(model.means_[:, 0].argmax())
        assert [p.component for p in pinned] == [lonely]
        assert pinned[0].n_directions == 2
        assert "in 2 directions, which involve feature 0 and feature 1," in str(pinned[0])


def test_a_flat_component_without_reg_covar_is_pinned_too():
    model = fit(EMGaussianMixture(random_state=0), duplicated())
    model.set_params(reg_covar=0)
    model.covariances_ = np.cov(duplicated().T)[None]
    assert "is no more than rounding" in str(pinned_components(model)[0])


def test_healthy_components_are_not_pinned(songs):
    assert pinned_components(fit(EMGaussianMixture(3, random_state=0), songs)) == ()


@pytest.mark.parametrize(
    ("covariance_type", "whose"),
    [("full", "The covariance of component 0"), ("tied", "The shared covariance")],
)
def test_a_duplicated_feature_without_reg_covar_is_an_error(covariance_type, whose):
    X = pd.DataFrame(duplicated(), columns=["tempo", "valence", "energy", "loudness"])
    message = (
        rf"{whose} is not positive definite: among its rows feature 3 \('loudness'\) is a linear "
        "function of the features before it.*Raise reg_covar, drop a redundant feature"
    )
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(2, covariance_type=covariance_type, reg_covar=0).fit(X)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_a_component_without_variance_is_an_error(covariance_type):
    X = np.vstack([np.random.default_rng(0).normal(size=(50, 2)), np.full((20, 2), 1e3 + 1 / 3)])
    message = r"component [01] is not positive definite: among its rows feature 0 does not vary"
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(2, covariance_type=covariance_type, reg_covar=0, random_state=0).fit(X)
