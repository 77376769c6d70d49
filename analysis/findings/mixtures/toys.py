"""Gaussian mixtures on made-up numbers: a round by hand, four pictures, the bound, four types.

Nothing here depends on the songs or on a parameter of the study; what is drawn at random is drawn
from fixed seeds.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.streams import Stream, generator

if TYPE_CHECKING:
    from analysis.methods.mixture.model import CovarianceType, Parameters

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

NUMBERS = (0.0, 1.0, 2.0, 4.0, 7.0, 9.0)
"""Six songs on a line."""

MEANS = (2.0, 6.0)
"""Where the two bells begin."""

VARIANCE = 4.0
"""Of both bells at the start."""

FAR_MEAN = 9.0
"""Where the one mean begins that the bound is drawn for."""

N_BOUNDS = 3
"""Rounds whose bounds are drawn."""

SEED = 7
"""Of the made-up data in the plane."""

N_POINTS = 300
"""Of each made-up data set."""

COVERAGE = 0.9
"""The share of a component that its ellipse encloses."""


@dataclasses.dataclass(frozen=True, eq=False)
class ByHand:
    """EM for two bells in one dimension, and its first round with every number.

    Attributes
    ----------
    X : ndarray of shape (n_songs, 1)
    mixtures : tuple of Parameters
        The start, after the first round, and where EM ends.
    joint, responsibilities : ndarray of shape (n_songs, 2)
        Weight times density at the start (eq-joint), and each song's shares (eq-responsibility).
    counts, sums, squares : ndarray of shape (2,)
        Of each bell: the sum of the shares, of shares times numbers, and of shares times squared
        deviations from the new mean.
    bound : float
        After the first M-step, in nats.
    heights : ndarray of shape (n_rounds + 1,)
        The log-likelihood at the start and after each round.
    """

    X: Floats
    mixtures: tuple[Parameters, ...]
    joint: Floats
    responsibilities: Floats
    counts: Floats
    sums: Floats
    squares: Floats
    bound: float
    heights: Floats

    @property
    def gain(self) -> float:
        """By how much the first M-step lifts the bound, in nats."""
        return self.bound - float(self.heights[0])

    @property
    def gap(self) -> float:
        """The gap that the first M-step leaves, in nats."""
        return float(self.heights[1]) - self.bound

    def shares(self, mixture: int) -> Floats:
        """Return the responsibilities for one of `mixtures`, shape (n_songs, 2)."""
        from analysis.methods.mixture.steps import e_step

        return e_step(self.X, self.mixtures[mixture])

    def bells(self, mixture: int, grid: Floats) -> Floats:
        """Return weight times density of both bells on a grid, shape (n_points, 2)."""
        from analysis.methods.mixture.model import log_joint

        return np.exp(log_joint(grid[:, None], self.mixtures[mixture]))


def two_bells(first: float = MEANS[0]) -> Parameters:
    """Return the mixture that the toys begin with, with its first mean anywhere."""
    from analysis.methods.mixture.model import Parameters

    means = np.array([[first], [MEANS[1]]])
    return Parameters(np.full(2, 0.5), means, np.full(2, VARIANCE), "spherical")


def by_hand(max_iter: int = 200) -> ByHand:
    """Run EM on :data:`NUMBERS` and keep every number of its first round."""
    from analysis.methods.mixture.model import log_joint
    from analysis.methods.mixture.steps import component_counts, em_steps

    X = np.array(NUMBERS)[:, None]
    start = two_bells()
    steps = list(em_steps(X, start, tol=0.0, reg_covar=0.0, max_iter=max_iter))
    shares, after = steps[0].responsibilities, steps[1].parameters
    return ByHand(
        X=X,
        mixtures=(start, after, steps[-1].parameters),
        joint=np.exp(log_joint(X, start)),
        responsibilities=shares,
        counts=component_counts(shares),
        sums=shares.T @ X[:, 0],
        squares=(shares * np.square(X - after.means[:, 0])).sum(axis=0),
        bound=steps[1].elbo,
        heights=np.array([steps[0].log_likelihood, *(s.log_likelihood for s in steps[1::2])]),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Bounds:
    """The log-likelihood as a function of one mean, and bounds that touch it.

    Attributes
    ----------
    grid, heights : ndarray of shape (n_points,)
        The mean, and the log-likelihood there.
    curves : ndarray of shape (N_BOUNDS, n_points)
        The bound of each round.
    means, touching : ndarray of shape (N_BOUNDS + 1,)
        The mean before each round and after the last, and the log-likelihood there.
    """

    grid: Floats
    heights: Floats
    curves: Floats
    means: Floats
    touching: Floats


def touch_from_below() -> Bounds:
    """Let EM move the first mean alone, and evaluate the bound of each round (eq-elbo)."""
    from analysis.methods.mixture.model import log_likelihood
    from analysis.methods.mixture.steps import component_counts, e_step, elbo, weighted_means

    X = np.array(NUMBERS)[:, None]
    grid = np.linspace(0.0, 11.0, 221)
    means, curves = [FAR_MEAN], []
    for _ in range(N_BOUNDS):
        shares = e_step(X, two_bells(means[-1]))
        curves.append([elbo(X, shares, two_bells(mean)) for mean in grid])
        means.append(float(weighted_means(X, shares, component_counts(shares))[0, 0]))
    return Bounds(
        grid=grid,
        heights=np.array([log_likelihood(X, two_bells(mean)) for mean in grid]),
        curves=np.array(curves),
        means=np.array(means),
        touching=np.array([log_likelihood(X, two_bells(mean)) for mean in means]),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Made:
    """Made-up points in groups, and what both methods make of them.

    Attributes
    ----------
    name : str
    X : ndarray of shape (n_points, 2)
    groups, labels : ndarray of shape (n_points,), int
        As made, and as the mixture's likeliest components say.
    mixture : Parameters
    agreement, kmeans_agreement : float
        Adjusted Rand index of the groups with the mixture, and with K-Means.
    log_likelihood : float
        In nats.
    """

    name: str
    X: Floats
    groups: Labels
    labels: Labels
    mixture: Parameters
    agreement: float
    kmeans_agreement: float
    log_likelihood: float

    @property
    def n_parameters(self) -> int:
        """Free parameters of the mixture (eq-parameters)."""
        from analysis.methods.mixture.model import n_parameters

        k, d = self.mixture.means.shape
        return n_parameters(k, d, self.mixture.covariance_type)

    @property
    def ellipses(self) -> tuple[Floats, ...]:
        """For each component the curve that encloses :data:`COVERAGE` of it."""
        from analysis.methods.mixture.contours import ellipse

        pairs = zip(self.mixture.means, self.mixture.matrices(), strict=True)
        return tuple(ellipse(mean, covariance, COVERAGE) for mean, covariance in pairs)


def make_points() -> dict[str, tuple[Floats, Labels]]:
    """Make four data sets in the plane: round blobs, unequal, stretched, crescents."""
    from sklearn.datasets import make_blobs, make_moons

    corners = np.array([[0.0, 0.0], [6.0, 0.0], [3.0, 5.0]])
    third = N_POINTS // 3
    shear = np.array([[0.6, -0.6], [-0.4, 0.8]])
    stretched, groups = make_blobs(N_POINTS, centers=3, random_state=170)
    return {
        "blobs": make_blobs([third] * 3, centers=corners, random_state=SEED),
        "unequal": make_blobs(
            [N_POINTS - 60, 30, 30], centers=corners, cluster_std=[1.8, 0.4, 0.4], random_state=SEED
        ),
        "stretched": (stretched @ shear, groups),
        "crescents": make_moons(N_POINTS, noise=0.07, random_state=SEED),
    }


def make_shapes() -> tuple[Floats, Labels]:
    """Make three groups of other shapes: long and tilted, long and level, small and round."""
    rng = generator(SEED, Stream.MADE_UP_SHAPES)
    shapes = (
        ((0.0, 0.0), ((2.0, 1.7), (1.7, 2.0)), 120),
        ((6.0, -1.0), ((3.0, 0.0), (0.0, 0.15)), 120),
        ((4.5, 2.5), ((0.15, 0.0), (0.0, 0.15)), 60),
    )
    X = np.vstack([rng.multivariate_normal(*shape, method="cholesky") for shape in shapes])
    return X, np.repeat(np.arange(3), [size for *_, size in shapes])


def fit_four() -> tuple[Made, ...]:
    """Fit mixtures with full covariances, and K-Means, to the four data sets."""
    return tuple(_fit(name, X, groups) for name, (X, groups) in make_points().items())


def fit_types() -> tuple[Made, ...]:
    """Fit a mixture of each covariance type to the groups of other shapes."""
    from analysis.methods.mixture.model import COVARIANCE_TYPES

    X, groups = make_shapes()
    return tuple(_fit(kind, X, groups, kind) for kind in COVARIANCE_TYPES)


def _fit(name: str, X: Floats, groups: Labels, kind: CovarianceType = "full") -> Made:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    from analysis.methods.mixture.estimator import EMGaussianMixture

    k = len(np.unique(groups))
    centers = KMeans(k, n_init=10, random_state=SEED).fit(X)
    fit = EMGaussianMixture(k, covariance_type=kind, n_init=10, max_iter=300, random_state=SEED)
    labels = fit.fit(X).predict(X)
    return Made(
        name=name,
        X=X,
        groups=np.asarray(groups, dtype=np.int64),
        labels=np.asarray(labels, dtype=np.int64),
        mixture=fit.parameters_,
        agreement=float(adjusted_rand_score(groups, labels)),
        kmeans_agreement=float(adjusted_rand_score(groups, centers.labels_)),
        log_likelihood=float(fit.score(X) * len(X)),
    )
