"""The EM algorithm where it can be seen: in the plane of the first two principal axes.

As with :mod:`analysis.findings.kmeans.plane`, the algorithm runs in the plane itself: means,
covariances and probabilities are those of a mixture of two features.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.plane import Box, PlaneRun, frame, pick, principal_plane
from analysis.findings.mixtures.run import REG_COVAR, TOL
from analysis.songs.table import Dataset, z_scores

if TYPE_CHECKING:
    from analysis.methods.mixture.model import Parameters

Floats = NDArray[np.float64]

COVERAGE = 0.5
"""The share of a component that its ellipse encloses."""

LEVELS = (0.5, 0.9)
"""A song's largest responsibility below, between and above these: undecided, leaning, sure."""

COVERAGES = (0.5, 0.9, 0.99)
"""The shares that the ellipses of a single normal distribution enclose."""


@dataclasses.dataclass(frozen=True, eq=False)
class EMState:
    """A mixture in the plane, and what it says of the songs.

    Attributes
    ----------
    iteration : int
        Rounds so far; 0 is the start.
    means : ndarray of shape (n_components, 2)
    axes : ndarray of shape (n_components, 2)
        Half-axes of the ellipse that encloses :data:`COVERAGE` of a component, the longer first.
    angles : ndarray of shape (n_components,)
        Of the longer half-axis against the first axis of the plane, in degrees.
    labels : ndarray of shape (n_songs,), int
        The likeliest component of each song.
    levels : ndarray of shape (n_songs,), int
        0, 1 or 2: where the largest responsibility lies among :data:`LEVELS`.
    log_likelihood : float
        In the plane, in nats.
    """

    iteration: int
    means: Floats
    axes: Floats
    angles: Floats
    labels: NDArray[np.int64]
    levels: NDArray[np.int64]
    log_likelihood: float


@dataclasses.dataclass(frozen=True, eq=False)
class EMPlaneRun:
    """A run of EM in the plane of the first two principal axes, full covariances.

    Attributes
    ----------
    scores : ndarray of shape (n_songs, 2)
        The songs in the plane.
    share : float
        Of the variance, in the plane.
    box : tuple of float
        Left, right, bottom, top: what the pictures show.
    states : tuple of EMState
        The start and the state after each round.
    converged : bool
    """

    scores: Floats
    share: float
    box: Box
    states: tuple[EMState, ...]
    converged: bool

    @property
    def n_iter(self) -> int:
        """Number of rounds."""
        return len(self.states) - 1

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.states[0].means)

    @property
    def rise(self) -> float:
        """By how much the log-likelihood rose, in nats."""
        return self.states[-1].log_likelihood - self.states[0].log_likelihood

    def n_moved(self, state: EMState) -> int:
        """Count the songs with another likeliest component than one round before."""
        before = self.states[max(state.iteration - 1, 0)]
        return int(np.count_nonzero(state.labels != before.labels))

    def sure_share(self, at: int) -> float:
        """Return the share of songs that one component has nearly alone, in state `at`."""
        return float(np.mean(self.states[at].levels == len(LEVELS)))

    def chosen(self, most: int) -> tuple[EMState, ...]:
        """Return the start, and at most so many states after it, the last one among them."""
        return (self.states[0], *pick(self.states[1:], most))


@dataclasses.dataclass(frozen=True, eq=False)
class OneNormal:
    """A single normal distribution for all songs, in the plane.

    Attributes
    ----------
    scores : ndarray of shape (n_songs, 2)
    box : tuple of float
    share : float
        Of the variance, in the plane.
    curves : tuple of ndarray of shape (n_points, 2)
        For each of :data:`COVERAGES` the ellipse that encloses it.
    inside : tuple of float
        The shares of songs inside them.
    directions : ndarray of shape (2, 2)
        The half-axes of the first ellipse, one a row.
    """

    scores: Floats
    box: Box
    share: float
    curves: tuple[Floats, ...]
    inside: tuple[float, ...]
    directions: Floats

    @property
    def largest_miss(self) -> float:
        """Largest difference between a share enclosed and the share promised."""
        return max(abs(a - b) for a, b in zip(self.inside, COVERAGES, strict=True))


def run_em_in_plane(config: Config, lloyd: PlaneRun) -> EMPlaneRun:
    """Run EM on the first two principal components, from the songs that Lloyd's run began with.

    The components begin with equal weights, and with the covariance of all songs, divided by their
    number.
    """
    from analysis.methods.mixture.model import Parameters
    from analysis.methods.mixture.steps import e_step, em_steps

    n_components = config.n_clusters
    wide = np.cov(lloyd.scores.T, ddof=0) / n_components + REG_COVAR * np.eye(2)
    now = Parameters(
        np.full(n_components, 1 / n_components),
        lloyd.start,
        np.repeat(wide[None], n_components, axis=0),
    )
    steps = list(
        em_steps(lloyd.scores, now, tol=TOL, reg_covar=REG_COVAR, max_iter=config.max_iter)
    )
    states = [
        _state(step.iteration - 1, step.parameters, step.responsibilities, step.log_likelihood)
        for step in steps[::2]
    ]
    last = steps[-1]
    shares = e_step(lloyd.scores, last.parameters)
    states.append(_state(last.iteration, last.parameters, shares, last.log_likelihood))
    settled = len(steps) > 2 and abs(
        steps[-2].log_likelihood - steps[-4].log_likelihood
    ) < TOL * len(lloyd.scores)
    return EMPlaneRun(lloyd.scores, lloyd.share, lloyd.box, tuple(states), settled)


def _state(
    iteration: int, parameters: Parameters, shares: Floats, log_likelihood: float
) -> EMState:
    halves, angles = zip(*map(half_axes, parameters.covariances), strict=True)
    return EMState(
        iteration=iteration,
        means=parameters.means,
        axes=np.array(halves),
        angles=np.array(angles),
        labels=shares.argmax(axis=1),
        levels=np.digitize(shares.max(axis=1), LEVELS),
        log_likelihood=log_likelihood,
    )


def half_axes(covariance: Floats) -> tuple[Floats, float]:
    """Return the half-axes of a component's ellipse, and its angle (eq-ellipsoid).

    Parameters
    ----------
    covariance : ndarray of shape (2, 2)

    Returns
    -------
    halves : ndarray of shape (2,)
        The longer first.
    angle : float
        Of the longer one against the first axis, in degrees, from -90 to 90.
    """
    from scipy.stats import chi2

    values, vectors = np.linalg.eigh(covariance)
    along = vectors[:, 1] * np.sign(vectors[0, 1] or 1.0)
    radius = np.sqrt(chi2.ppf(COVERAGE, 2))
    return radius * np.sqrt(values[::-1]), float(np.degrees(np.arctan2(along[1], along[0])))


def fit_one_normal(dataset: Dataset) -> OneNormal:
    """Fit a single normal distribution to the songs in the plane."""
    from scipy.stats import chi2

    from analysis.methods.mixture.contours import ellipse
    from analysis.methods.mixture.model import squared_mahalanobis

    X = z_scores(dataset.X)
    axes, share = principal_plane(X)
    scores = X @ axes
    mean = scores.mean(axis=0)
    covariance = np.cov(scores.T, ddof=0) + REG_COVAR * np.eye(2)
    squares = squared_mahalanobis(scores, mean[None], covariance[None])[:, 0]
    curves = tuple(ellipse(mean, covariance, coverage) for coverage in COVERAGES)
    corners = np.concatenate([scores, *curves])
    values, vectors = np.linalg.eigh(covariance)
    return OneNormal(
        scores=scores,
        box=frame(corners),
        share=share,
        curves=curves,
        inside=tuple(float(np.mean(squares <= chi2.ppf(c, 2))) for c in COVERAGES),
        directions=np.sqrt(chi2.ppf(COVERAGES[0], 2) * values)[:, None] * vectors.T + mean,
    )
