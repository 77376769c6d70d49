"""analysis.methods.resampling: draws, ranks and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from analysis.methods import resampling


def draw(X: np.ndarray, *, seed: int = 42, ranked: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return resampling.resampled_correlations(X, 200, rng, ranked=ranked)


@given(st.lists(st.integers(0, 6), min_size=4, max_size=30), st.integers(0, 1000))
def test_ranks_are_those_of_the_drawn_rows(values: list[int], seed: int) -> None:
    X = np.array(values, dtype=float)[:, np.newaxis]
    n = len(X)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=1)
    ranks = resampling.weighted_ranks(X, weights.astype(float))[0, :, 0]
    drawn = np.repeat(np.arange(n), weights[0])
    assert_allclose(ranks[drawn] + 0.5, stats.rankdata(X[drawn, 0]))


@pytest.mark.parametrize("ranked", [False, True])
def test_resampled_correlations_are_those_of_drawn_rows(ranked: bool) -> None:
    X = np.random.default_rng(1).normal(size=(30, 3)).round(1)
    draws = draw(X, ranked=ranked)
    weights = np.random.default_rng(42).multinomial(30, np.full(30, 1 / 30), 200)
    assert draws.shape == (200, 3, 3)
    for found, weight in zip(draws[:20], weights, strict=False):
        rows = X[np.repeat(np.arange(30), weight)]
        right = stats.spearmanr(rows).statistic if ranked else np.corrcoef(rows, rowvar=False)
        assert_allclose(found, right, atol=1e-9)


def test_seed_decides() -> None:
    X = np.random.default_rng(1).normal(size=(30, 3))
    first = draw(X)
    again = draw(X)
    other = draw(X, seed=43)
    assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_draws_without_variance_are_left_out() -> None:
    X = np.column_stack([np.r_[1.0, np.zeros(5)], np.arange(6.0)])
    draws = draw(X)
    assert 0 < len(draws) < 200
    assert np.isfinite(draws).all()


@given(st.integers(1, 60), st.data())
def test_the_interval_of_a_share_holds_what_does_not_contradict_it(n: int, data) -> None:
    """Wilson's ends are the shares from which the one found is just as far as is allowed."""
    hits = data.draw(st.integers(0, n))
    found = resampling.share_of_draws(hits, n, 0.95)
    assert found.estimate == hits / n
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    for end in {found.low, found.high} - {0.0, 1.0}:
        error = np.sqrt(end * (1 - end) / n)
        assert abs(found.estimate - end) / error == pytest.approx(1.959964, rel=1e-5)


def test_a_share_of_no_draws() -> None:
    assert np.isnan(resampling.share_of_draws(0, 0, 0.95).estimate)


def test_large_tables_are_drawn_in_parts() -> None:
    assert list(resampling._chunks(10, 4)) == [4, 4, 2]


def test_interval_encloses_what_it_should() -> None:
    values = np.linspace(0, 1, 1001)
    found = resampling.interval(0.5, values, 0.95)
    assert found.estimate == 0.5
    assert (found.low, found.high) == (pytest.approx(0.025), pytest.approx(0.975))


def test_interval_covers_the_truth() -> None:
    """In repeated samples with r = 0.6 the interval covers 0.6 about as often as it says."""
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(200):
        X = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=80)
        draws = draw(X)[:, 0, 1]
        found = resampling.interval(0.0, draws, 0.95)
        covered += found.low <= 0.6 <= found.high
    assert 175 <= covered <= 199


def test_a_basic_interval_takes_off_what_the_draws_are_off_by() -> None:
    draws = np.linspace(0, 1, 1001)
    found = resampling.basic_interval(0.3, draws, 0.9)
    assert_allclose([found.low, found.high], [0.6 - 0.95, 0.6 - 0.05])
    found = resampling.basic_interval(0.3, draws, 0.9, plug_in=0.5)
    assert_allclose([found.low, found.high], [0.3 - 0.45, 0.3 + 0.45])


def test_the_interval_of_a_maximum_corrects_its_lower_end_alone() -> None:
    draws = np.linspace(0.2, 1.2, 1001)
    found = resampling.maximum_interval(0.3, draws, 0.9)
    assert_allclose(found.low, resampling.basic_interval(0.3, draws, 0.9).low)
    assert_allclose(found.high - 0.3, 0.45)


def test_without_draws_there_is_no_interval() -> None:
    for found in (
        resampling.basic_interval(0.3, np.array([]), 0.9),
        resampling.maximum_interval(0.3, np.array([]), 0.9),
    ):
        assert found.estimate == 0.3
        assert np.isnan([found.low, found.high]).all()
