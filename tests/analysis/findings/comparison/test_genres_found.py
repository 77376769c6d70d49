"""analysis.findings.comparison.genres_found: the share of the songs whose genre is found."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import make_songs

from analysis.book import Book
from analysis.findings.comparison.genres_found import GenresFound, _matched
from analysis.methods.resampling import Interval, Spread


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_best_names_by_trying_them_all(pairs: list[tuple[int, int]]) -> None:
    of_genre, labels = np.array(pairs).T
    tried = (
        sum(names[label] == genre for genre, label in pairs)
        for names in itertools.permutations((0, 1, 2, None))
    )
    assert _matched(of_genre, [labels], 4)[0] == pytest.approx(max(tried) / len(pairs))


def test_on_a_made_up_table(made: Book) -> None:
    found, config = made.headline, made.config
    assert found.n_draws == config.n_index_bootstrap
    assert found.kmeans == made.ceiling.of("kmeans")
    assert found.mixture == made.ceiling.of("mixture")
    assert found.told == made.ceiling.of(made.ceiling.best)
    assert found.best == made.ceiling.best
    for chance in (found.shuffled, found.cells):
        # as many clusters as genres of ten songs each: some matching finds ten
        assert 0.25 <= chance.low <= chance.mean <= chance.high <= 1
    assert found.cells.mean == pytest.approx(found.cell_shares.mean())


def test_random_labels_find_less_than_random_cells(gtzan: Book) -> None:
    found = gtzan.headline
    assert found.shuffled.high < found.cells.low
    assert found.told.estimate > found.kmeans.high


def test_what_cells_add_without_a_search() -> None:
    low, share = Spread(0.1, 0.1, 0.1), Interval(0.3, 0.2, 0.4)
    found = GenresFound(
        low, Spread(0.25, 0.2, 0.3), np.zeros(3), share, Interval(0.1, 0.1, 0.1), share, "means"
    )
    assert found.without_search("kmeans") == pytest.approx(0.75)
    assert math.isnan(found.without_search("mixture"))


def test_how_many_cells_reach_a_method() -> None:
    share = Interval(0.3, 0.2, 0.4)
    spread = Spread(0.3, 0.2, 0.4)
    found = GenresFound(
        spread, spread, np.array([0.29, 0.3, 0.31, 0.1]), share, share, share, "means"
    )
    assert found.cells_reaching("kmeans") == 0.5


def test_the_way_from_shuffled_labels_to_the_best_classifier() -> None:
    def one(x: float) -> Interval:
        return Interval(x, x, x)

    low, cells = Spread(0.2, 0.1, 0.3), np.array([0.2])
    found = GenresFound(low, low, cells, one(0.3), one(0.6), one(0.6), "means")
    assert found.reached("kmeans") == pytest.approx(0.25)
    assert found.reached("mixture") == pytest.approx(1)
    nowhere = GenresFound(low, low, cells, one(0.3), one(0.6), one(0.2), "means")
    assert np.isnan(nowhere.reached("kmeans"))
