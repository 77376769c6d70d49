"""The shapes of the components: how long, how flat, how large, and what they are in a plane."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.kmeans.plane import Box, frame, principal_plane
from analysis.findings.mixtures.components import Mixture
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]

COVERAGE = 0.5
"""The share of a component that its ellipse in the plane encloses."""


@dataclasses.dataclass(frozen=True, eq=False)
class Shapes:
    """The covariances of the components, taken apart.

    Attributes
    ----------
    frame : DataFrame
        Index ``component``. Columns ``axis_ratio`` (longest to shortest half-axis, eq-axis-ratio),
        ``round_high`` (what round components of as many songs stay below, with the study's
        confidence; infinite if they are flat by having too few songs), ``dimension``
        (participation ratio of the eigenvalues, eq-participation), ``radius`` (geometric mean of
        the standard deviations along the axes, eq-radius), ``songs`` (by probability).
    whole_ratio : float
        Axis ratio of all songs as one component.
    kmeans_ratios : ndarray of shape (n_clusters,)
        Axis ratios of the songs in each cluster of K-Means; NaN or infinite for a few songs.
    within : DataFrame
        Index: features. Columns ``share`` (of the variance within components, eq-within),
        ``low``, ``high`` (least and greatest variance in a component), where all songs have 1.
    pairs : DataFrame
        One row for each pair of features: ``first``, ``second``, ``whole`` (correlation of all
        songs), ``within`` (of the mean covariance within components), ``low``, ``high`` (over
        components), ``n_against`` (components where it has the other sign than in all songs).
    mean_gap, covariance_gap : float
        Largest differences of the mixture's mean and covariance to the songs' (prp-moments).
    n_resamples : int
        Round components drawn for ``round_high``.
    """

    frame: pd.DataFrame
    whole_ratio: float
    kmeans_ratios: Floats
    within: pd.DataFrame
    pairs: pd.DataFrame
    mean_gap: float
    covariance_gap: float
    n_resamples: int

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.frame)

    @property
    def ratio_range(self) -> tuple[float, float]:
        """The least and the greatest axis ratio."""
        ratios = self.frame["axis_ratio"]
        return float(ratios.min()), float(ratios.max())

    @property
    def longest(self) -> int:
        """The component of the greatest axis ratio."""
        return int(self.frame["axis_ratio"].to_numpy().argmax())

    @property
    def n_not_round(self) -> int:
        """Components that are longer than round ones of as many songs would be by chance."""
        return int((self.frame["axis_ratio"] > self.frame["round_high"]).sum())

    @property
    def largest(self) -> int:
        """The component of the greatest radius."""
        return int(self.frame["radius"].to_numpy().argmax())

    @property
    def smallest(self) -> int:
        """The component of the least radius."""
        return int(self.frame["radius"].to_numpy().argmin())

    @property
    def radius_ratio(self) -> float:
        """How many times the radius of the smallest component that of the largest is."""
        radii = self.frame["radius"]
        return float(radii.max() / radii.min())

    @property
    def kmeans_range(self) -> tuple[float, float]:
        """The least and the greatest axis ratio of the clusters of K-Means that have one."""
        there = self.kmeans_ratios[~np.isnan(self.kmeans_ratios)]
        return (float(there.min()), float(there.max())) if len(there) else (np.nan, np.nan)

    @property
    def most_within(self) -> str:
        """The feature of which the largest share of the variance lies within components."""
        return str(self.within["share"].idxmax())

    @property
    def least_within(self) -> str:
        """The feature of which the smallest share of the variance lies within components."""
        return str(self.within["share"].idxmin())

    @property
    def most_changed(self) -> pd.Series:
        """The pair whose correlation within components differs most from that of all songs."""
        change = (self.pairs["within"] - self.pairs["whole"]).abs()
        return self.pairs.iloc[int(change.to_numpy().argmax())]

    @property
    def n_pairs_with_both_signs(self) -> int:
        """Pairs that go together in some components and against each other in others."""
        return int(((self.pairs["low"] < 0) & (self.pairs["high"] > 0)).sum())


@dataclasses.dataclass(frozen=True, eq=False)
class PlaneView:
    """The mixture in the plane of the first two principal axes.

    Attributes
    ----------
    scores : ndarray of shape (n_songs, 2)
    labels : ndarray of shape (n_songs,), int
    means : ndarray of shape (n_components, 2)
    covariances : ndarray of shape (n_components, 2, 2)
    ellipses : tuple of ndarray of shape (n_points, 2)
        Closed curves that enclose :data:`COVERAGE` of each component.
    share : float
        Of the variance, in the plane.
    inside_plane, inside_all : float
        Share of the songs, counted by probability, inside the ellipses, and inside the ellipsoids
        of the same coverage in all features.
    box : tuple of float
    """

    scores: Floats
    labels: NDArray[np.int64]
    means: Floats
    covariances: Floats
    ellipses: tuple[Floats, ...]
    share: float
    inside_plane: float
    inside_all: float
    box: Box


def measure_shapes(
    dataset: Dataset, mixture: Mixture, clusters: Clusters, config: Config
) -> Shapes:
    """Measure the components' axes, volumes and correlations."""
    Z = z_scores(dataset.X)
    covariances, counts = mixture.covariances, mixture.counts
    rng = generator(config.seed, Stream.SHAPES)
    frame = pd.DataFrame(
        {
            "axis_ratio": axis_ratios(covariances),
            "round_high": [
                round_ratio(float(count), mixture.n_features, config, rng) for count in counts
            ],
            "dimension": _dimensions(covariances),
            "radius": radii(covariances),
            "songs": counts,
        },
        index=pd.RangeIndex(mixture.n_components, name="component"),
    )
    mean, covariance = moments(mixture)
    whole = np.cov(Z, rowvar=False, ddof=0)
    labels = clusters.labels
    scatters = [
        np.cov(Z[labels == i], rowvar=False, ddof=0)
        for i in range(clusters.n_clusters)
        if (labels == i).any()
    ]
    return Shapes(
        frame=frame,
        whole_ratio=float(axis_ratios(whole[np.newaxis])[0]),
        kmeans_ratios=axis_ratios(np.array(scatters)),
        within=_within(mixture),
        pairs=_pairs(mixture, whole),
        mean_gap=float(np.abs(mean - Z.mean(axis=0)).max()),
        covariance_gap=float(np.abs(covariance - whole).max()),
        n_resamples=config.n_bootstrap,
    )


def view_in_plane(dataset: Dataset, mixture: Mixture) -> PlaneView:
    """Project songs and components on the first two principal axes (prp-projection)."""
    from scipy.stats import chi2

    from analysis.methods.mixture.contours import ellipse
    from analysis.methods.mixture.model import squared_mahalanobis

    Z = z_scores(dataset.X)
    axes, share = principal_plane(Z)
    means, covariances = project(mixture.centers.to_numpy(), mixture.covariances, axes)
    scores = Z @ axes
    inside = squared_mahalanobis(scores, means, covariances) <= chi2.ppf(COVERAGE, 2)
    all_inside = squared_mahalanobis(Z, mixture.centers.to_numpy(), mixture.covariances)
    all_inside = all_inside <= chi2.ppf(COVERAGE, mixture.n_features)
    p = mixture.probabilities
    ellipses = tuple(ellipse(m, c, COVERAGE) for m, c in zip(means, covariances, strict=True))
    return PlaneView(
        scores=scores,
        labels=mixture.labels,
        means=means,
        covariances=covariances,
        ellipses=ellipses,
        share=share,
        inside_plane=float((p * inside).sum() / len(Z)),
        inside_all=float((p * all_inside).sum() / len(Z)),
        box=frame(scores),
    )


def project(means: Floats, covariances: Floats, axes: Floats) -> tuple[Floats, Floats]:
    """Return means and covariances of normal vectors along some directions (prp-projection).

    Parameters
    ----------
    means : ndarray of shape (n_components, n_features)
    covariances : ndarray of shape (n_components, n_features, n_features)
    axes : ndarray of shape (n_features, n_axes)
        The columns are directions.

    Returns
    -------
    means : ndarray of shape (n_components, n_axes)
    covariances : ndarray of shape (n_components, n_axes, n_axes)
    """
    return means @ axes, axes.T @ covariances @ axes


def axis_ratios(covariances: Floats) -> Floats:
    """Return the ratio of the longest to the shortest half-axis of each ellipsoid (eq-axis-ratio).

    Parameters
    ----------
    covariances : ndarray of shape (n, n_features, n_features)

    Returns
    -------
    ndarray of shape (n,)
        1 for a ball; infinite for a flat ellipsoid, NaN for a point.
    """
    values = np.linalg.eigvalsh(covariances)
    largest = values[:, -1]
    rounding = values.shape[1] * np.finfo(np.float64).eps * largest
    flat = values[:, 0] <= rounding
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = np.sqrt(largest / np.where(flat, 1.0, values[:, 0]))
    ratios[flat] = np.inf
    ratios[largest <= 0] = np.nan
    return np.asarray(ratios)


def radii(covariances: Floats) -> Floats:
    """Return the radius of the ball of the same volume as each ellipsoid (eq-radius).

    Returns
    -------
    ndarray of shape (n,)
        In units of the features, at Mahalanobis distance 1.
    """
    _, log_determinant = np.linalg.slogdet(covariances)
    return np.asarray(np.exp(log_determinant / (2 * covariances.shape[1])))


def round_ratio(count: float, n_features: int, config: Config, rng: np.random.Generator) -> float:
    """Return what the axis ratio of a round component of so many songs stays below.

    Parameters
    ----------
    count : float
        Songs, rounded to a whole number.
    n_features : int
    config : Config
        ``n_bootstrap`` samples are drawn; the quantile is that of ``confidence``.
    rng : Generator

    Returns
    -------
    float
        Infinite if so few songs span fewer dimensions than there are.
    """
    from scipy.stats import wishart

    freedom = round(count) - 1
    if freedom < n_features:
        return float("inf")
    drawn = wishart.rvs(freedom, np.eye(n_features), size=config.n_bootstrap, random_state=rng)
    return float(np.quantile(axis_ratios(np.atleast_3d(drawn)), config.confidence))


def moments(mixture: Mixture) -> tuple[Floats, Floats]:
    """Return mean and covariance of the mixture, standardised (eq-mixture-moments)."""
    centers, weights = mixture.centers.to_numpy(), mixture.weights
    mean = weights @ centers
    apart = centers - mean
    between = (weights[:, np.newaxis] * apart).T @ apart
    return mean, np.tensordot(weights, mixture.covariances, axes=1) + between


def _dimensions(covariances: Floats) -> Floats:
    values = np.linalg.eigvalsh(covariances)
    return np.asarray(values.sum(axis=1) ** 2 / np.square(values).sum(axis=1))


def _within(mixture: Mixture) -> pd.DataFrame:
    variances = np.diagonal(mixture.covariances, axis1=1, axis2=2)
    _, whole = moments(mixture)
    return pd.DataFrame(
        {
            "share": mixture.weights @ variances / np.diag(whole),
            "low": variances.min(axis=0),
            "high": variances.max(axis=0),
        },
        index=list(mixture.centers.columns),
    )


def _pairs(mixture: Mixture, whole: Floats) -> pd.DataFrame:
    def correlations(matrix: Floats) -> Floats:
        sd = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
        return np.asarray(matrix / (sd[..., :, np.newaxis] * sd[..., np.newaxis, :]))

    each = correlations(mixture.covariances)
    pooled = correlations(np.tensordot(mixture.weights, mixture.covariances, axes=1))
    all_songs = correlations(whole)
    names = list(mixture.centers.columns)
    rows = []
    for i, j in combinations(range(len(names)), 2):
        values = each[:, i, j]
        rows.append(
            {
                "first": names[i],
                "second": names[j],
                "whole": float(all_songs[i, j]),
                "within": float(pooled[i, j]),
                "low": float(values.min()),
                "high": float(values.max()),
                "n_against": int((values * all_songs[i, j] < 0).sum()),
            }
        )
    return pd.DataFrame(rows)
