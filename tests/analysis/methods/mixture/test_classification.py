"""The classification likelihood: CEM never lowers it, and K-Means is one case of it."""

from __future__ import annotations

import contextlib

import numpy as np
from hypothesis import assume, given, settings, strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from analysis.methods.kmeans.steps import assign, lloyd_steps, update, wcss
from analysis.methods.mixture.classification import (
    cem_steps,
    classification_log_likelihood,
    height_of_objective,
    round_steps,
)
from analysis.methods.mixture.model import COVARIANCE_TYPES, Parameters, log_likelihood
from analysis.methods.mixture.steps import m_step

seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)


def rows(seed: int):
    rng = np.random.default_rng(seed)
    d, K = int(rng.integers(1, 4)), int(rng.integers(2, 4))
    X = rng.standard_normal((60, d)) + 2 * rng.standard_normal((K, d))[rng.integers(K, size=60)]
    return X, X[rng.choice(60, size=K, replace=False)], rng


@quick
@given(seed=seeds)
def test_with_one_round_variance_the_steps_are_lloyds(seed):
    """prp-classification: the same labels and centres in every round."""
    X, centers, _ = rows(seed)
    theirs = [step for step in lloyd_steps(X, centers) if step.step == "update"]
    assume(all(len(np.unique(step.labels)) == len(centers) for step in theirs))
    for (labels, means, variance), step in zip(round_steps(X, centers), theirs, strict=False):
        assert_array_equal(labels, step.labels)
        assert_allclose(means, step.centers, atol=1e-12)
        assert_allclose(variance, step.inertia / X.size)


@quick
@given(seed=seeds)
def test_its_height_is_a_falling_function_of_the_objective(seed):
    """eq-kmeans-likelihood, with weights of 1 / K that add a constant."""
    X, centers, _ = rows(seed)
    for labels, means, variance in round_steps(X, centers):
        K = len(means)
        parameters = Parameters(np.full(K, 1 / K), means, np.full(K, variance), "spherical")
        height = classification_log_likelihood(X, labels, parameters) + len(X) * np.log(K)
        J = wcss(X, means, labels)
        assert_allclose(height, height_of_objective(J, *X.shape))
        for factor in (0.5, 0.9, 1.1, 2.0):  # no other variance is better
            other = Parameters(
                parameters.weights, means, factor * parameters.covariances, "spherical"
            )
            assert classification_log_likelihood(X, labels, other) + len(X) * np.log(K) < height


@quick
@given(seed=seeds, kind=st.sampled_from(COVARIANCE_TYPES))
def test_cem_never_lowers_the_classification_likelihood(seed, kind):
    """thm-cem."""
    X, centers, _ = rows(seed)
    labels = assign(X, centers)
    assume(np.bincount(labels, minlength=len(centers)).min() > X.shape[1])
    start = m_step(X, np.eye(len(centers))[labels], kind)
    before = classification_log_likelihood(X, labels, start)
    with contextlib.suppress(ValueError):  # a component can shrink to too few rows here too
        for _, parameters, height in cem_steps(X, start):
            assert height >= before - 1e-9 * abs(height)
            assert height <= log_likelihood(X, parameters)
            before = height


def test_two_halves_of_one_bell():
    """One standard normal, cut in two: centres at ±√(2/π), and a variance of 1 − 2/π, not 1."""
    x = np.random.default_rng(0).standard_normal(400_000)
    X = np.r_[x, -x][:, None]
    *_, (_, centers, variance) = round_steps(X, [[-1.0], [1.0]])
    assert_allclose(np.sort(centers[:, 0]), [-np.sqrt(2 / np.pi), np.sqrt(2 / np.pi)], atol=3e-3)
    assert_allclose(variance, 1 - 2 / np.pi, atol=3e-3)


def test_means_and_variance_are_the_best_for_their_labels():
    X, centers, _ = rows(4)
    *_, (labels, means, _) = round_steps(X, centers)
    assert_allclose(means, update(X, labels, len(centers)))
