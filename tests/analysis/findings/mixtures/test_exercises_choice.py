"""The solutions to the exercises on the number of components."""

from __future__ import annotations

import math

import pytest

from analysis.findings.mixtures.exercises_choice import six_numbers, two_bells


def test_the_six_numbers_have_the_bic_that_is_worked_out_by_hand() -> None:
    one = 6 * (math.log(2 * math.pi * 77 / 3) + 1) + 2 * math.log(6)
    two = 6 * (math.log(2 * math.pi * 2 / 3) + 1) + 12 * math.log(2) + 5 * math.log(6)
    bic = six_numbers()
    assert bic[1] == pytest.approx(one, abs=1e-3)
    assert bic[2] == pytest.approx(two, abs=1e-3)
    assert bic[3] < bic[2]


def test_icl_asks_for_two_bells_only_where_they_lie_farther_apart() -> None:
    near, far = two_bells(3.0), two_bells(4.0)
    assert near["bic"].idxmin() == far["bic"].idxmin() == 2
    assert near["icl"].idxmin() == 1
    assert far["icl"].idxmin() == 2
