"""The spike on one of nine numbers, and the solutions to the exercises on it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.findings.mixtures.degeneracy import spike_gain
from analysis.findings.mixtures.spike import (
    PLACE,
    gain_of_a_tenth,
    gain_with_a_copy,
    narrow_spike,
)


def test_the_log_likelihood_is_at_least_what_the_theorem_says() -> None:
    toy = narrow_spike()
    n, mean, variance = len(toy.X), toy.X.mean(), toy.X.var()
    bell = -0.5 * (math.log(2 * math.pi * variance) + (toy.X[:, 0] - mean) ** 2 / variance)
    at = float(bell[toy.X[:, 0] == PLACE][0])
    for width, reached in zip(toy.widths, toy.log_likelihoods, strict=True):
        assert reached >= bell.sum() + spike_gain(n, 1, 1, at, width**2)


def test_the_likelihood_has_no_best_width_and_the_posterior_has_one() -> None:
    toy = narrow_spike()
    assert toy.log_likelihoods.argmax() == len(toy.widths) - 1
    assert 0 < toy.with_prior.argmax() < len(toy.widths) - 1


def test_the_density_is_one() -> None:
    x = np.linspace(-20, 30, 100_001)
    assert np.trapezoid(narrow_spike().density(x, 0.05), x) == pytest.approx(1)


def test_gains_are_those_of_the_theorems() -> None:
    assert gain_of_a_tenth(1e-6) == pytest.approx(math.log(10), abs=1e-4)
    assert gain_with_a_copy(n=30) == pytest.approx(15 * math.log(10), abs=1e-3)
