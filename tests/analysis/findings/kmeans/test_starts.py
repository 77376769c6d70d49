"""analysis.findings.kmeans.starts: single starts, and what several of them buy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from analysis.book import Book
from analysis.findings.kmeans.starts import STARTS_PER_INIT, Starts, count_ends, expected_lowest


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5), st.integers(1, 3))
def test_the_lowest_of_several(values: list[float], n: int) -> None:
    """eq-best-of, against all draws there are."""
    every = [min(draw) for draw in product(values, repeat=n)]
    assert expected_lowest(np.sort(values), n) == pytest.approx(np.mean(every))


def test_different_ends() -> None:
    assert count_ends(np.array([1.0, 1.0 + 1e-9, 1.1, 1.1, 2.0])) == 3
    assert count_ends(np.array([0.0, 0.0])) == 1


def made_up() -> Starts:
    runs = pd.DataFrame(
        {
            "init": ["random"] * 4 + ["k-means++"] * 4,
            "start": [0, 1, 2, 3] * 2,
            "inertia_start": [200.0, 300.0, 300.0, 400.0, 150.0, 150.0, 160.0, 140.0],
            "inertia": [100.5, 110.0, 120.0, 130.0, 100.0, 100.0, 100.9, 104.0],
            "n_iter": [5, 10, 15, 20, 3, 4, 11, 12],
        }
    )
    return Starts(runs, ("random", "k-means++"), n_clusters=10, n_init=2)


def test_by_hand() -> None:
    starts = made_up()
    random, plain = starts.of("random"), starts.of("k-means++")
    assert (starts.n_starts, starts.best, starts.worst) == (4, 100, 130)
    assert (random.best, random.median, random.worst) == (100.5, 115, 130)
    assert (random.near_share, plain.near_share) == (0.25, 0.75)
    assert (random.n_ends, plain.n_ends, starts.n_ends) == (4, 3, 7)
    assert (random.fewest_rounds, random.most_rounds) == (5, 20)
    assert starts.chance_of_near("random") == pytest.approx(1 - 0.75**2)
    assert starts.start_factor("random") == pytest.approx(3)
    assert starts.rounds_within("random", 10, 15) == 0.5
    assert starts.spread == pytest.approx(0.3)
    assert starts.median_excess("random") == pytest.approx(0.15)
    assert starts.guarantee == pytest.approx(8 * (np.log(10) + 2))
    assert starts.n_candidates == 4


def test_on_the_songs(gtzan: Book) -> None:
    starts = gtzan.starts
    assert starts.n_starts == STARTS_PER_INIT * gtzan.config.n_init
    assert starts.inits == ("random", "k-means++", "greedy k-means++")
    assert set(starts.runs["init"]) == set(starts.inits)
    assert (starts.runs["inertia"] <= starts.runs["inertia_start"]).all()
    # The guarantee is for the expectation against the optimum, which is at most the best end.
    assert starts.start_factor("k-means++") <= starts.guarantee
    assert starts.start_factor("greedy k-means++") < starts.start_factor("random")


def test_no_spread_when_nothing_is_left() -> None:
    starts = made_up()
    zero = starts.runs.assign(inertia=0.0)
    starts = Starts(zero, starts.inits, 10, 2)
    assert starts.spread == starts.median_excess("random") == 0
    assert starts.start_factor("random") == 1
