"""The mixture of the study: what scikit-learn fits, and that its parts fit together."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture

from analysis.dataset import z_scores
from analysis.mixture import Parameters, e_step, log_likelihood
from analysis.study import Study


def test_the_mixture_is_that_of_scikit_learn(gtzan: Study) -> None:
    found, config = gtzan.mixture, gtzan.config
    Z = z_scores(gtzan.dataset.X)
    model = GaussianMixture(
        config.n_clusters,
        n_init=config.gmm_n_init,
        max_iter=config.max_iter,
        random_state=config.seed,
    ).fit(Z)
    assert_allclose(found.weights, model.weights_)
    assert_allclose(found.centers, model.means_, atol=1e-9)
    assert_allclose(found.covariances, model.covariances_, atol=1e-9)
    assert_array_equal(found.labels, model.predict(Z))
    assert_allclose([found.bic, found.aic], [model.bic(Z), model.aic(Z)])
    assert (found.n_iter, found.converged) == (model.n_iter_, model.converged_)


def test_its_parts_fit_together(gtzan: Study) -> None:
    found, X = gtzan.mixture, gtzan.dataset.X
    Z = z_scores(X)
    parameters = Parameters(found.weights, found.centers.to_numpy(), found.covariances)
    assert_allclose(e_step(Z, parameters), found.probabilities, atol=1e-8)
    assert_allclose(log_likelihood(Z, parameters), found.log_likelihood)
    assert_allclose(found.bic, found.n_parameters * np.log(len(Z)) - 2 * found.log_likelihood)
    assert_allclose(found.aic, 2 * found.n_parameters - 2 * found.log_likelihood)
    assert_allclose(found.means, found.centers * X.std(axis=0) + X.mean(axis=0), atol=1e-9)
    assert found.sizes.sum() == found.n_songs == len(Z)
