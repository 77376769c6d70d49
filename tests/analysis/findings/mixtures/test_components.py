"""The mixture of the study: what scikit-learn fits, and that its parts fit together."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture

from analysis.book import Book
from analysis.findings.kmeans.clusters import name_of
from analysis.methods.mixture.model import Parameters, log_likelihood
from analysis.methods.mixture.steps import e_step
from analysis.songs.table import z_scores


def test_the_mixture_is_that_of_scikit_learn(gtzan: Book) -> None:
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


def test_its_parts_fit_together(gtzan: Book) -> None:
    found, X = gtzan.mixture, gtzan.dataset.X
    Z = z_scores(X)
    parameters = Parameters(found.weights, found.centers.to_numpy(), found.covariances)
    assert_allclose(e_step(Z, parameters), found.probabilities, atol=1e-8)
    assert_allclose(log_likelihood(Z, parameters), found.log_likelihood)
    assert_allclose(found.bic, found.n_parameters * np.log(len(Z)) - 2 * found.log_likelihood)
    assert_allclose(found.aic, 2 * found.n_parameters - 2 * found.log_likelihood)
    assert_allclose(found.means, found.centers * X.std(axis=0) + X.mean(axis=0), atol=1e-9)
    assert found.sizes.sum() == found.n_songs == len(Z)


def test_what_the_probabilities_say(gtzan: Book) -> None:
    found = gtzan.mixture
    p = found.probabilities
    by_hand = [-sum(x * np.log(x) for x in row if x > 0) for row in p]
    assert_allclose(found.entropy, by_hand, atol=1e-12)
    assert_allclose(found.normalised_entropy * np.log(found.n_components), found.entropy)
    assert_array_equal(found.max_probability, p[np.arange(len(p)), found.labels])
    # EM stops a little before the weights are the exact shares
    assert_allclose(found.counts / found.n_songs, found.weights, atol=0.01)
    assert_allclose(found.counts.sum(), found.n_songs)
    assert found.weights[found.heaviest] == found.weights.max()
    assert found.weights[found.lightest] == found.weights.min()
    assert_allclose(found.weights.mean(), found.even_weight)


def test_names_follow_the_rule_for_clusters(gtzan: Book) -> None:
    found = gtzan.mixture
    for profile in found.profiles:
        sizes = [abs(value) for _, value in profile.deviations]
        assert sizes == sorted(sizes, reverse=True)
        center = found.centers.iloc[profile.component]
        assert dict(profile.deviations) == center.to_dict()
        assert profile.name == found.names[profile.component] == name_of(profile.deviations)
    assert found.n_names == len(set(found.names))
    out = found.farthest_out
    assert abs(out.deviations[0][1]) == np.abs(found.centers.to_numpy()).max()


def test_covariances_in_own_units(gtzan: Book) -> None:
    found, X = gtzan.mixture, gtzan.dataset.X
    for component in range(found.n_components):
        correlation = found.covariances[component] / np.sqrt(
            np.outer(*[np.diag(found.covariances[component])] * 2)
        )
        sd = found.deviations[component]
        assert_allclose(found.own_covariances[component], correlation * np.outer(sd, sd))
    weighted = np.cov(X, rowvar=False, aweights=found.probabilities[:, 0], ddof=0)
    assert_allclose(found.deviations[0], np.sqrt(np.diag(weighted)), rtol=0.05)


def test_pinned_components_are_noticed(gtzan: Book) -> None:
    assert gtzan.mixture.pinned == ()
    published = gtzan.as_published.mixture
    assert len(published.pinned) == published.n_components
    assert set(published.pinned[0].features) == {"energy", "loudness"}
