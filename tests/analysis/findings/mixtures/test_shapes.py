"""analysis.findings.mixtures.shapes: axes, volumes, correlations, what is kept, and the plane."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose
from scipy.stats import chi2

from analysis.book import Book
from analysis.findings.mixtures.shapes import (
    COVERAGE,
    axis_ratios,
    moments,
    project,
    radii,
    round_ratio,
)
from analysis.methods.mixture.steps import m_step
from analysis.songs.table import z_scores

seeds = st.integers(0, 2**32 - 1)


def random_covariance(rng: np.random.Generator, d: int) -> np.ndarray:
    root = rng.standard_normal((d, d + 2))
    return root @ root.T / d


@given(seeds)
def test_the_image_of_a_gaussian(seed: int) -> None:
    """prp-projection: moments of A'x follow for every A, by the covariance of A'(mu + Lz)."""
    rng = np.random.default_rng(seed)
    mean, covariance, axes = rng.normal(size=4), random_covariance(rng, 4), rng.normal(size=(4, 2))
    means, covariances = project(mean[np.newaxis], covariance[np.newaxis], axes)
    factor = axes.T @ np.linalg.cholesky(covariance)
    assert_allclose(means[0], axes.T @ mean)
    assert_allclose(covariances[0], factor @ factor.T, atol=1e-9)
    assert (np.linalg.eigvalsh(covariances[0]) > 0).all()


def test_the_image_of_many_draws() -> None:
    """prp-projection: half of the draws' images lie inside the ellipse of one half."""
    rng = np.random.default_rng(0)
    covariance, axes = random_covariance(rng, 4), rng.normal(size=(4, 2))
    draws = rng.multivariate_normal(np.ones(4), covariance, size=20_000) @ axes
    means, covariances = project(np.ones((1, 4)), covariance[np.newaxis], axes)
    apart = draws - means[0]
    squares = (apart @ np.linalg.inv(covariances[0]) * apart).sum(axis=1)
    assert (squares <= chi2.ppf(0.5, 2)).mean() == pytest.approx(0.5, abs=0.015)


@given(seeds)
def test_mean_and_covariance_are_kept(seed: int) -> None:
    """prp-moments, for any responsibilities."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 3))
    shares = rng.dirichlet(np.full(4, 0.5), size=30)
    epsilon = 1e-3
    parameters = m_step(X, shares, "full", epsilon)
    mean = parameters.weights @ parameters.means
    apart = parameters.means - mean
    whole = np.tensordot(parameters.weights, parameters.covariances, axes=1)
    whole = whole + (parameters.weights[:, None] * apart).T @ apart
    assert_allclose(mean, X.mean(axis=0), atol=1e-9)
    assert_allclose(whole, np.cov(X, rowvar=False, ddof=0) + epsilon * np.eye(3), atol=1e-9)


def test_the_studys_mixture_keeps_them(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_shapes
    assert found.mean_gap < 1e-10
    assert found.covariance_gap == pytest.approx(mixture.reg_covar, rel=1e-3)
    _, whole = moments(mixture)
    assert_allclose(np.diag(whole), 1, atol=1e-5)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=5), seeds)
def test_axes_and_radius(lengths: list[float], seed: int) -> None:
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(lengths),) * 2))[0]
    covariance = (rotation * np.square(lengths)) @ rotation.T
    assert axis_ratios(covariance[None])[0] == pytest.approx(max(lengths) / min(lengths), rel=1e-6)
    assert radii(covariance[None])[0] == pytest.approx(np.prod(lengths) ** (1 / len(lengths)))


def test_flat_ones_and_points() -> None:
    flat, point = np.diag([1.0, 0.0]), np.zeros((2, 2))
    ratios = axis_ratios(np.array([np.eye(2), flat, point]))
    assert ratios[0] == 1
    assert np.isinf(ratios[1])
    assert np.isnan(ratios[2])


def test_round_components(gtzan: Book) -> None:
    config, rng = gtzan.config, np.random.default_rng(3)
    few, many = (round_ratio(n, 5, config, rng) for n in (20, 500))
    assert few > many > 1
    assert np.isinf(round_ratio(4.2, 5, config, rng))
    # a fresh round sample stays below as often as it should
    samples = rng.standard_normal((400, 20, 5))
    covariances = np.array([np.cov(sample, rowvar=False) for sample in samples])
    assert (axis_ratios(covariances) <= few).mean() == pytest.approx(config.confidence, abs=0.05)


def test_shapes_of_the_study(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_shapes
    frame = found.frame
    for component, matrix in enumerate(mixture.covariances):
        conditions = np.linalg.cond(matrix)
        assert frame["axis_ratio"][component] == pytest.approx(np.sqrt(conditions))
        assert frame["radius"][component] == pytest.approx(np.linalg.det(matrix) ** 0.1)
        assert 1 <= frame["dimension"][component] <= 5
    assert found.ratio_range == (frame["axis_ratio"].min(), frame["axis_ratio"].max())
    assert frame["axis_ratio"][found.longest] == found.ratio_range[1]
    assert frame["radius"][found.largest] / frame["radius"][found.smallest] == found.radius_ratio
    assert found.n_not_round == (frame["axis_ratio"] > frame["round_high"]).sum()
    eigenvalues = gtzan.spectrum.eigenvalues
    assert found.whole_ratio == pytest.approx(np.sqrt(eigenvalues[0] / eigenvalues[-1]))
    low, high = found.kmeans_range
    assert 1 < low < high < found.ratio_range[1]


def test_within_and_between(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_shapes
    centers = mixture.centers.to_numpy()
    between = mixture.weights @ np.square(centers - mixture.weights @ centers)
    within = mixture.weights @ np.diagonal(mixture.covariances, axis1=1, axis2=2)
    assert_allclose(found.within["share"], within / (within + between))
    assert found.within["share"][found.most_within] == found.within["share"].max()
    assert found.within["share"][found.least_within] == found.within["share"].min()


def test_correlations_within(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_shapes
    names = list(mixture.centers.columns)
    whole = gtzan.dataset.frame[names].corr()
    for _, pair in found.pairs.iterrows():
        i, j = names.index(pair["first"]), names.index(pair["second"])
        each = [c[i, j] / np.sqrt(c[i, i] * c[j, j]) for c in mixture.covariances]
        assert pair["whole"] == pytest.approx(whole.iloc[i, j])
        assert (pair["low"], pair["high"]) == pytest.approx((min(each), max(each)))
        assert pair["n_against"] == sum(r * pair["whole"] < 0 for r in each)
    assert len(found.pairs) == 10
    change = (found.pairs["within"] - found.pairs["whole"]).abs()
    assert abs(found.most_changed["within"] - found.most_changed["whole"]) == change.max()


@given(seeds, st.floats(0.2, 5))
def test_one_slope_keeps_the_pooled_correlation_between(seed: int, slope: float) -> None:
    """With one ratio of the standard deviations the pooled correlation is a mean of all."""
    rng = np.random.default_rng(seed)
    r, sd, weights = rng.uniform(-1, 1, 4), rng.uniform(0.1, 3, 4), rng.dirichlet(np.ones(4))
    covariance = weights @ (r * sd * slope * sd)
    pooled = covariance / np.sqrt((weights @ sd**2) * (weights @ (slope * sd) ** 2))
    assert r.min() - 1e-9 <= pooled <= r.max() + 1e-9


def test_the_plane(gtzan: Book) -> None:
    mixture, view = gtzan.mixture, gtzan.mixture_plane
    assert_allclose(np.cov(view.scores, rowvar=False, ddof=0)[0, 1], 0, atol=1e-9)
    assert view.share == pytest.approx(gtzan.spectrum.cumulative[1])
    assert len(view.ellipses) == mixture.n_components
    for curve, mean, covariance in zip(view.ellipses, view.means, view.covariances, strict=True):
        apart = curve - mean
        squares = (apart @ np.linalg.inv(covariance) * apart).sum(axis=1)
        assert_allclose(squares, chi2.ppf(COVERAGE, 2), rtol=1e-6)
    assert 0 < view.inside_plane < 1


def test_components_that_are_flat(gtzan: Book) -> None:
    found = gtzan.as_published.mixture_shapes
    assert found.ratio_range[0] > 100
    assert np.isinf(found.kmeans_range).all()
    assert np.isinf(found.whole_ratio)
    few = dataclasses.replace(found, kmeans_ratios=np.array([np.nan, 2.0, np.inf]))
    assert few.kmeans_range == (2.0, np.inf)


def test_standardised(gtzan: Book) -> None:
    Z = z_scores(gtzan.dataset.X)
    assert gtzan.mixture_plane.scores.shape == (len(Z), 2)
