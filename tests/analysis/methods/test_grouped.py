"""analysis.methods.grouped: groups are drawn as wholes."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.methods.grouped import (
    centred_interval,
    draw_groups,
    grouped_means,
    grouped_tables,
)

GROUPS = np.array([0, 0, 1, 2, 2, 2])
ONE = np.array([0, 1, 1, 0, 0, 1])
OTHER = np.array([2, 0, 1, 1, 2, 2])


def test_draws_are_groups_with_replacement() -> None:
    draws = draw_groups(GROUPS, 500, np.random.default_rng(0))
    assert draws.shape == (500, 3)
    assert (draws.sum(axis=1) == 3).all()
    np.testing.assert_allclose(draws.mean(axis=0), 1, atol=0.15)


def test_tables_are_those_of_the_songs_drawn() -> None:
    draws = draw_groups(GROUPS, 20, np.random.default_rng(1))
    for counts, table in zip(draws, grouped_tables(ONE, OTHER, GROUPS, draws), strict=True):
        songs = np.repeat(np.arange(6), counts[GROUPS])
        by_hand = np.zeros((2, 3), dtype=int)
        np.add.at(by_hand, (ONE[songs], OTHER[songs]), 1)
        assert (table == by_hand).all()


def test_means_are_those_of_the_songs_drawn() -> None:
    values = np.array([1.0, 2, 3, 4, 5, 9])
    draws = draw_groups(GROUPS, 20, np.random.default_rng(2))
    for counts, mean in zip(draws, grouped_means(values, GROUPS, draws), strict=True):
        assert mean == pytest.approx(np.repeat(values, counts[GROUPS]).mean())


def test_groups_widen_the_interval() -> None:
    """Fifty copies of each of twenty values are twenty values and not a thousand."""
    rng = np.random.default_rng(3)
    values, groups = np.repeat(rng.standard_normal(20), 50), np.repeat(np.arange(20), 50)
    widths = []
    for of in (np.arange(1000), groups):
        draws = draw_groups(of, 2000, np.random.default_rng(4))
        found = centred_interval(values.mean(), grouped_means(values, of, draws), 0.95)
        widths.append(found.high - found.low)
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(50), rel=0.15)


def test_a_shift_of_all_draws_does_not_move_the_interval() -> None:
    draws = np.random.default_rng(5).standard_normal(1000)
    one, other = (centred_interval(2.0, draws + shift, 0.9) for shift in (0.0, 7.0))
    assert one.low == pytest.approx(other.low)
    assert one.high == pytest.approx(other.high)
    assert one.low < one.estimate == 2.0 < one.high
