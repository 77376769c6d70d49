"""A lightweight coreset: its weights make up for how often its rows are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.methods.kmeans.coreset import lightweight_coreset
from analysis.methods.kmeans.steps import assign, wcss


def test_the_weighted_objective_is_right_on_average() -> None:
    rng = np.random.default_rng(0)
    X = np.vstack([rng.standard_normal((400, 2)), rng.standard_normal((4, 2)) + 30])
    centers = np.array([[0.0, 0.0], [20.0, 20.0]])
    whole = wcss(X, centers, assign(X, centers))
    weighed, total = [], []
    for _ in range(400):
        rows, weights = lightweight_coreset(X, 40, rng)
        few = X[rows]
        weighed.append(wcss(few, centers, assign(few, centers), weights))
        total.append(weights.sum())
    for drawn, value in ((weighed, whole), (total, len(X))):
        assert abs(np.mean(drawn) - value) < 4 * np.std(drawn) / np.sqrt(len(drawn))
    assert np.std(weighed) < 0.2 * whole


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_no_row_weighs_more_than_twice_its_share(spread: float) -> None:
    X = spread * np.random.default_rng(1).standard_normal((100, 3))
    rows, weights = lightweight_coreset(X, 50, np.random.default_rng(2))
    assert rows.shape == weights.shape == (50,)
    assert weights.max() <= 2 * 100 / 50 + 1e-12
    if not spread:
        assert_allclose(weights, 2)
