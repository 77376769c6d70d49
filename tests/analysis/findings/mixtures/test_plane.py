"""EM in the plane, its ellipses, and a single normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import chi2, multivariate_normal

from analysis.book import Book
from analysis.findings.mixtures.plane import COVERAGE, COVERAGES, LEVELS, half_axes
from analysis.methods.mixture.contours import ellipse


@given(st.integers(0, 2**32 - 1))
def test_half_axes_are_those_of_the_ellipse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2, 2)) + 2 * np.eye(2)
    covariance = root @ root.T
    (longer, shorter), angle = half_axes(covariance)
    assert longer >= shorter > 0
    assert -90 <= angle <= 90
    turn = np.radians(angle)
    along = longer * np.array([np.cos(turn), np.sin(turn)])
    across = shorter * np.array([-np.sin(turn), np.cos(turn)])
    inverse = np.linalg.inv(covariance)
    for axis in (along, across):
        assert axis @ inverse @ axis == pytest.approx(chi2.ppf(COVERAGE, 2))
    distances = np.linalg.norm(ellipse(np.zeros(2), covariance, COVERAGE, 40_000), axis=1)
    between = 1e-4 * longer  # no point need stand on the end of an axis
    assert distances.max() == pytest.approx(longer, rel=1e-3)
    assert distances.min() == pytest.approx(shorter, rel=1e-3, abs=between)


def test_the_run_on_the_songs(gtzan: Book) -> None:
    run = gtzan.em_plane
    assert run.converged
    assert [state.iteration for state in run.states] == list(range(run.n_iter + 1))
    heights = [state.log_likelihood for state in run.states]
    assert (np.diff(heights) > 0).all()
    assert run.rise == pytest.approx(heights[-1] - heights[0])
    assert np.array_equal(run.states[0].means, gtzan.plane_run.start)
    assert run.n_moved(run.states[0]) == 0
    assert run.n_moved(run.states[1]) == np.count_nonzero(
        run.states[0].labels != run.states[1].labels
    )
    assert run.chosen(1000) == run.states
    assert [state.iteration for state in run.chosen(3)][::3] == [0, run.n_iter]
    assert len(run.chosen(3)) == 4


def test_a_state_is_a_mixture_and_what_it_says(gtzan: Book) -> None:
    """The start, by hand: equal weights, the covariance of all songs over their number."""
    run = gtzan.em_plane
    state, k = run.states[0], run.n_components
    covariance = np.cov(run.scores.T, ddof=0) / k
    densities = np.column_stack(
        [multivariate_normal(mean, covariance).pdf(run.scores) / k for mean in state.means]
    )
    assert state.log_likelihood == pytest.approx(np.log(densities.sum(axis=1)).sum(), abs=0.1)
    shares = densities / densities.sum(axis=1, keepdims=True)
    assert np.mean(shares.argmax(axis=1) == state.labels) > 0.999
    sure = shares.max(axis=1) >= LEVELS[-1]
    assert run.sure_share(0) == pytest.approx(sure.mean(), abs=0.002)
    assert np.allclose(state.axes, state.axes[0])


def test_one_normal_on_the_songs(gtzan: Book) -> None:
    for study in (gtzan, gtzan.as_published):
        normal = study.one_normal
        assert (np.diff(normal.inside) > 0).all()
        gaps = np.abs(np.array(normal.inside) - COVERAGES)
        assert normal.largest_miss == pytest.approx(gaps.max())
        middle = normal.scores.mean(axis=0)
        arms = normal.directions - middle
        assert arms[0] @ arms[1] == pytest.approx(0, abs=1e-9)
        # the ends of the half-axes lie on the first ellipse
        inverse = np.linalg.inv(np.cov(normal.scores.T, ddof=0))
        for arm in arms:
            assert arm @ inverse @ arm == pytest.approx(chi2.ppf(COVERAGES[0], 2), rel=1e-4)
        left, right, bottom, top = normal.box
        x, y = np.concatenate(normal.curves).T
        assert left < x.min() < x.max() < right
        assert bottom < y.min() < y.max() < top
