"""analysis.findings.comparison.exercises: solutions agree with hand, algebra and libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.findings.comparison.exercises import (
    finds_the_kinds,
    gain_without_search,
    greedily_matched,
    least_weight,
    moved_by_a_logarithm,
    rand_by_pairs,
    recovered_numbers,
)


def test_the_index_by_pairs_is_the_librarys() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.integers(4, size=30), rng.integers(3, size=30)
    assert rand_by_pairs(one, other) == pytest.approx(adjusted_rand_score(one, other))
    assert rand_by_pairs([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1]) == pytest.approx(-1 / 9)


def test_greed_takes_less_than_there_is() -> None:
    assert greedily_matched([[5, 4], [4, 0]]) == pytest.approx(5 / 13)
    assert greedily_matched([[4, 1], [0, 3]]) == pytest.approx(7 / 8)
    assert greedily_matched([[4], [3], [1]]) == pytest.approx(4 / 8)


def test_pairs_that_two_clusters_have_to_share_are_not_recovered() -> None:
    assert recovered_numbers([0, 1, 2, 90, 91, 92]).min() > 0.9
    assert recovered_numbers([0, 3, 6, 9, 12, 15]).min() > 0.6
    assert recovered_numbers([0, 1, 7, 8, 14, 15]).max() < 0.6


def test_where_clusters_dissolve_random_centres_gain_as_much_as_a_search() -> None:
    assert gain_without_search(1.0) < gain_without_search(5.0) < gain_without_search(8.0)
    assert 0.5 < gain_without_search(1.0) < 0.65


def test_the_weight_is_that_of_the_algebra() -> None:
    exact = 2 + 2 * math.sqrt(5)
    assert finds_the_kinds(exact + 1e-3)
    assert not finds_the_kinds(exact - 1e-3)
    assert least_weight() == pytest.approx(math.ceil(10 * exact) / 10)


def test_a_tree_keeps_what_it_learned_and_moves_little_else() -> None:
    learned, new = moved_by_a_logarithm(42)
    assert learned == 0
    assert 0 < new < 20
