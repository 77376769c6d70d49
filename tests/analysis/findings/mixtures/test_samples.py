"""Songs from the mixture, and what tells them from those of the table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose
from scipy.stats import kstest, multivariate_normal, norm

from analysis.book import Book
from analysis.findings.mixtures.samples import (
    depth,
    draw,
    expected_counts,
    ks_distance,
    marginal_cdf,
    snap,
    told_apart,
)
from analysis.methods.mixture.model import Parameters
from analysis.songs.table import z_scores


def test_draws_have_the_moments_of_the_mixture() -> None:
    means = np.array([[0.0, 0.0], [4.0, -2.0]])
    covariances = np.array([[[1.0, 0.5], [0.5, 2.0]], [[0.3, -0.1], [-0.1, 0.2]]])
    parameters = Parameters(np.array([0.25, 0.75]), means, covariances)
    rows, components = draw(parameters, 40_000, np.random.default_rng(0))
    assert np.bincount(components) / 40_000 == pytest.approx([0.25, 0.75], abs=0.01)
    for component in (0, 1):
        here = rows[components == component]
        assert_allclose(here.mean(axis=0), means[component], atol=0.05)
        assert_allclose(np.cov(here, rowvar=False), covariances[component], atol=0.06)


def test_draws_are_the_same_each_time(gtzan: Book) -> None:
    one, other = (draw(gtzan.mixture.parameters, 20, np.random.default_rng(5))[0] for _ in "ab")
    assert np.array_equal(one, other)


def test_marginals_are_mixtures_in_one_dimension(gtzan: Book) -> None:
    """eq-marginal, in own units, against scipy and against draws."""
    mixture = gtzan.mixture
    x = np.linspace(60, 200, 7)
    by_hand = sum(
        weight * norm.cdf(x, mean, sd)
        for weight, mean, sd in zip(
            mixture.weights, mixture.means["tempo"], mixture.deviations[:, 0], strict=True
        )
    )
    assert_allclose(marginal_cdf(x, mixture, 0), by_hand)
    assert_allclose([(gtzan.mixture_draws.drawn[:, 0] <= t).mean() for t in x], by_hand, atol=0.05)


def test_the_distance_is_scipys(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_draws
    for j, name in enumerate(gtzan.dataset.feature_names):
        x = gtzan.dataset.X[:, j]
        scipys = kstest(x, lambda t, j=j: marginal_cdf(np.asarray(t), mixture, j)).statistic
        assert ks_distance(x, mixture, j) == pytest.approx(scipys)
        assert found.marginal("ks", name) == pytest.approx(scipys)
    distances = found.marginals["ks"]
    assert found.n_far == (distances > found.ks_limit).sum()
    assert distances[found.farthest] == distances.max()
    assert distances[found.nearest] == distances.min()


def test_expected_counts_add_up_to_the_songs(gtzan: Book) -> None:
    values, counts = expected_counts(gtzan.dataset.X[:, 0], gtzan.mixture, 0)
    assert counts.sum() == pytest.approx(gtzan.mixture.n_songs)
    assert (counts >= 0).all()
    assert len(values) == gtzan.tempo_grid.n_distinct
    assert gtzan.mixture_draws.counted == (True, False, False, False, False)


def test_densities_integrate_to_one(gtzan: Book) -> None:
    for (points, heights), few in zip(
        gtzan.mixture_draws.curves, gtzan.mixture_draws.counted, strict=True
    ):
        if not few:
            assert np.trapezoid(heights, points) == pytest.approx(1, abs=0.01)


def test_depth_is_the_probability_of_denser_places() -> None:
    """In one dimension, the standard normal: the denser places are those nearer to 0."""
    rng = np.random.default_rng(1)
    at = np.array([0.0, 1.0, -2.0, 9.0])
    found = depth(norm.logpdf(at), norm.logpdf(rng.standard_normal(200_000)))
    assert_allclose(found, norm.cdf(np.abs(at)) - norm.cdf(-np.abs(at)), atol=0.005)


def test_songs_of_the_mixture_are_uniform_in_depth() -> None:
    rng = np.random.default_rng(2)
    normal = multivariate_normal(np.zeros(3), np.diag([1.0, 2.0, 3.0]))
    songs, many = (normal.logpdf(normal.rvs(n, random_state=rng)) for n in (2_000, 50_000))
    assert kstest(depth(songs, many), "uniform").pvalue > 0.001


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=9),
    st.lists(st.floats(-9, 9), min_size=1, max_size=9),
)
def test_snapping_goes_to_the_nearest(grid: list[float], values: list[float]) -> None:
    found = snap(np.array(values), np.array(grid))
    for value, moved in zip(values, found, strict=True):
        assert moved in grid
        assert abs(moved - value) == min(abs(point - value) for point in grid)


def test_rules(gtzan: Book) -> None:
    rules, drawn = gtzan.mixture_draws.rules, gtzan.mixture_draws.drawn
    assert (rules["songs"] == 0).all()
    assert rules["rule"].iloc[-1] == "any"
    assert rules["drawn"].iloc[-1] >= rules["drawn"].iloc[:-1].max()
    assert rules["drawn"].iloc[-1] <= rules["drawn"].iloc[:-1].sum()
    energy, loudness = drawn[:, 1], drawn[:, 2]
    below = np.mean(loudness < 20 * np.log10(np.where(energy > 0, energy, 1e-99)))
    share = rules.set_index("rule")["drawn"]["level"]
    assert below == pytest.approx(share, abs=0.03)
    assert set(gtzan.as_published.mixture_draws.rules["rule"]) == {
        "low",
        "high",
        "copy",
        "crossings",
        "any",
    }
    assert gtzan.as_published.mixture_draws.impossible_share == 1


def test_levels(gtzan: Book) -> None:
    found = gtzan.mixture_draws
    assert found.outside(0.5) == pytest.approx((found.depth > 0.5).mean())
    assert found.levels["songs"].is_monotonic_increasing
    assert found.depth_ks == pytest.approx(kstest(found.depth, "uniform").statistic)


def test_classifiers_tell_what_differs_and_nothing_else(gtzan: Book) -> None:
    rng = np.random.default_rng(3)
    one, other = rng.standard_normal((2, 400, 2))
    same = told_apart(one, other, gtzan.config)
    apart = told_apart(one, other + np.array([3, 0]), gtzan.config)
    grid = told_apart(one, np.round(other, 1), gtzan.config)
    for name in ("trees", "neighbours"):
        assert same[name].low < 0.5 < same[name].high
        assert apart[name].estimate > 0.9
        assert apart[name].low < apart[name].estimate < apart[name].high
    # only single values differ: trees can see that, neighbours cannot
    assert grid["trees"].estimate > 0.7 > 0.6 > grid["neighbours"].estimate


def test_the_grid_of_tempo_gives_drawn_songs_away(gtzan: Book) -> None:
    found = gtzan.mixture_draws
    assert found.coarsest == "tempo"
    assert found.test("songs") > found.test("snapped") + 0.2
    assert found.test("null", "trees_low") < 0.5 < found.test("null", "trees_high")


def test_as_many_as_there_are_songs(gtzan: Book) -> None:
    found = gtzan.mixture_draws
    assert found.drawn.shape == found.songs.shape == gtzan.dataset.X.shape
    Z = z_scores(gtzan.dataset.X)
    assert_allclose(found.drawn.mean(axis=0), gtzan.dataset.X.mean(axis=0), rtol=0.1)
    assert found.n_songs == len(Z)
