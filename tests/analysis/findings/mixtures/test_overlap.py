"""The integrated completed likelihood, and what merging components does."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose

from analysis.findings.mixtures.overlap import Overlap, price_of_overlap
from analysis.methods.mixture.classification import classification_log_likelihood
from analysis.methods.mixture.model import log_likelihood
from analysis.methods.mixture.steps import e_step, m_step, posterior_entropy

seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=25, deadline=None)


def fitted(seed: int):
    rng = np.random.default_rng(seed)
    n, d, K = 40, int(rng.integers(1, 4)), int(rng.integers(2, 5))
    X = rng.standard_normal((n, d))
    return X, m_step(X, rng.dirichlet(np.full(K, 0.3), size=n), reg_covar=1e-3)


@quick
@given(seed=seeds)
def test_the_price_turns_the_likelihood_into_that_of_the_labels(seed):
    """eq-icl: -2 times the classification log-likelihood of the likeliest labels."""
    X, parameters = fitted(seed)
    labels = e_step(X, parameters).argmax(axis=1)
    own = classification_log_likelihood(X, labels, parameters)
    price = price_of_overlap(X, parameters)
    assert_allclose(-2 * own, -2 * log_likelihood(X, parameters) + price)


@quick
@given(seed=seeds)
def test_the_price_is_not_negative_and_at_most_twice_the_entropy(seed):
    """prp-icl."""
    X, parameters = fitted(seed)
    price = price_of_overlap(X, parameters)
    assert 0 <= price <= 2 * posterior_entropy(e_step(X, parameters)).sum() * (1 + 1e-9)


@quick
@given(seed=seeds)
def test_merging_two_components_lowers_the_entropy(seed):
    """prp-merge: and by what it says."""
    X, parameters = fitted(seed)
    shares = e_step(X, parameters)
    merged = np.column_stack([shares[:, 0] + shares[:, 1], shares[:, 2:]])
    fall = posterior_entropy(shares).sum() - posterior_entropy(merged).sum()
    pair = shares[:, :2].sum(axis=1)
    within = posterior_entropy(shares[:, :2] / pair[:, None])
    assert_allclose(fall, (pair * within).sum(), atol=1e-9)
    assert fall >= 0


def test_components_far_apart_cost_nothing():
    X = np.r_[np.zeros((20, 1)), np.full((20, 1), 100.0)] + np.linspace(-1, 1, 40)[:, None]
    shares = np.repeat(np.eye(2), 20, axis=0)
    assert price_of_overlap(X, m_step(X, shares)) < 1e-9


def test_the_best_is_the_lowest():
    table = pd.DataFrame(
        {"bic": [9.0, 5.0, 6.0], "price": [0.0, 4.5, 1.0], "icl": [9.0, 9.5, 7.0]}, index=[1, 2, 3]
    )
    assert Overlap(table).best == 3
    assert Overlap(table).price(2) == 4.5
