"""What the solutions in code return, against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.findings.data.exercises import (
    dimensions_with_copies,
    groups_along_axes,
    measure_sine,
)


@pytest.mark.parametrize("frequency", [100, 440, 2_000])
def test_a_sine_crosses_zero_twice_a_period(frequency: int) -> None:
    level, rate = measure_sine(frequency)
    assert level == pytest.approx(np.sqrt(0.5), rel=1e-3)
    assert rate == pytest.approx(2 * frequency / 22_050, abs=1 / 22_050)


@pytest.mark.parametrize(("n", "q"), [(5, 1), (4, 2), (3, 3)])
def test_copies_count_as_a_block_of_ones(n: int, q: int) -> None:
    assert dimensions_with_copies(n, q) == pytest.approx((n + q - 1) ** 2 / (q**2 + n - 1))


def test_groups_stand_apart_along_the_axis_that_leads_from_one_to_the_other() -> None:
    assert groups_along_axes(stretch=4, gap=4) == pytest.approx((0, 4 / 5))
    assert groups_along_axes(stretch=0.5, gap=4) == pytest.approx((4 / 5, 0))
