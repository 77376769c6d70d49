"""analysis.findings.kmeans.exercises: each solution against one found in another way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st

from analysis.book import Book
from analysis.findings.kmeans import exercises, toys
from analysis.methods.kmeans.starts import kmeans_plusplus
from analysis.methods.kmeans.steps import assign, wcss

POINTS = toys.SIX[:, None]


@given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.integers(1, 5))
def test_the_best_on_a_line_is_that_of_all_cuts(seed: int, n: int, k: int) -> None:
    x = np.random.default_rng(seed).integers(-5, 6, size=n).astype(float)
    ordered = np.sort(x)
    cuts = itertools.combinations_with_replacement(range(n + 1), k - 1)
    ways = [
        sum(len(piece) * piece.var() for piece in np.split(ordered, cut) if len(piece))
        for cut in cuts
    ]
    assert exercises.best_on_a_line(x, k) == pytest.approx(min(ways), abs=1e-9)


def test_the_starts_of_three_centres_by_hand() -> None:
    """From 0, 1 and 5 the run rests at {0, 1}, {5}, {10, 14, 15}; a pair in the middle is best."""
    assert exercises.ends_of_all_starts(POINTS, 3) == {13.5: 2, 14.5: 18}
    assert exercises.best_on_a_line(toys.SIX, 3) == pytest.approx(13.5)


def test_the_expected_start_is_the_mean_of_drawn_ones() -> None:
    def cost(seed: int) -> float:
        centers = kmeans_plusplus(POINTS, 3, random_state=seed, n_local_trials=1)
        return wcss(POINTS, centers, assign(POINTS, centers))

    drawn = np.array([cost(seed) for seed in range(2000)])
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - exercises.expected_start(POINTS, 3)) < 4 * error


def test_a_uniform_start_on_three_points() -> None:
    """With two of 0, 1 and 5 as centres the third adds 1, 1 or 16."""
    assert exercises.uniform_start(np.array([[0.0], [1.0], [5.0]]), 2) == pytest.approx(18 / 3)


@given(st.floats(1.1, 8.0), st.integers(1, 6))
def test_hartigan_leaves_wide_rectangles(w: float, m: int) -> None:
    bound = 2 * (2 * m - 1)
    if abs(w**2 - bound) > 1e-6:
        assert exercises.hartigan_leaves(w, m) == (w**2 > bound)


@pytest.mark.parametrize("end", [5, 10, 20, 100])
def test_the_knee_of_the_curve_is_beside_the_formula(end: int) -> None:
    formula = (2 * end**2 / (end + 1)) ** (1 / 3)
    assert abs(exercises.farthest_below_the_chord(end) - formula) < 1


def test_copies_improve_silhouette_and_variance_ratio() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    once, twice = (exercises.with_copies(POINTS, labels, n) for n in (1, 2))
    assert twice.silhouette > once.silhouette
    assert twice.davies_bouldin == pytest.approx(once.davies_bouldin)
    ratio = twice.calinski_harabasz / once.calinski_harabasz
    assert ratio == pytest.approx((12 - 2) / (6 - 2))


def test_no_start_beats_the_optimum_of_the_line(gtzan: Book) -> None:
    line = gtzan.line_optimum
    assert line.feature == gtzan.dataset.feature_names[0]
    assert line.ends[0] >= line.optimum * (1 - 1e-9)
    assert 0 <= line.best_excess <= line.worst_excess
