"""analysis.findings.data.tempo: the lags behind the tempi."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, strategies as st
from made_up import make_songs
from numpy.testing import assert_allclose, assert_array_equal

from analysis.book import Book
from analysis.findings.data.tempo import find_tempo_grid
from analysis.songs.table import Dataset


def with_tempi(tempi: list[float]) -> Dataset:
    songs = make_songs(len(tempi))
    songs["tempo"] = tempi
    return Dataset(songs, "ours")


@given(st.lists(st.integers(9, 129), min_size=2, max_size=60))
def test_whole_lags_are_found(lags: list[int]) -> None:
    grid = find_tempo_grid(with_tempi([60 * 22_050 / (512 * lag) for lag in lags]))
    assert grid.lags.tolist() == sorted(set(lags), reverse=True)
    assert [grid.counts[i] for i in range(grid.n_distinct)] == [
        lags.count(lag) for lag in grid.lags
    ]
    assert grid.max_error < 1e-9
    assert grid.n_lags_in_range == max(lags) - min(lags) + 1


def test_steps_grow_with_the_tempo() -> None:
    grid = find_tempo_grid(with_tempi([60 * 22_050 / (512 * lag) for lag in range(10, 40)]))
    assert (np.diff(grid.gaps) > 0).all()
    assert grid.smallest_gap == grid.gaps[0]
    assert grid.largest_gap == grid.gaps[-1]
    assert_allclose(grid.gaps.sum(), grid.fastest - grid.slowest)


def test_tempi_off_the_grid() -> None:
    grid = find_tempo_grid(with_tempi([100.0, 110.0, 120.5, 120.5]))
    assert grid.max_error > 1e-3
    assert grid.commonest == 120.5
    assert (grid.commonest_count, grid.commonest_share) == (2, 0.5)
    assert_array_equal(grid.counts, [1, 1, 2])


def test_one_tempo() -> None:
    grid = find_tempo_grid(with_tempi([120.0, 120.0]))
    assert (grid.n_distinct, grid.smallest_gap, grid.largest_gap) == (1, 0, 0)


def test_gtzan(gtzan: Book) -> None:
    grid = gtzan.tempo_grid
    assert grid.max_error < 1e-3
    assert grid.n_songs == 1000
    tempi = pd.read_csv(gtzan.root / "data" / "gtzan_features.csv")["tempo"]
    assert grid.n_distinct == tempi.nunique()
    assert grid.commonest == tempi.mode()[0]
