"""What standardisation does to distances between songs, and what it does not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.data.dependence import (
    RANK_TOLERANCE,
    correlated_blocks,
    eigen,
    participation_ratio,
)
from analysis.methods.resampling import correlation_matrix
from analysis.songs.table import Dataset, Feature, standardise
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SAMPLED_SONGS = 2_000
"""At most this many songs enter a computation over all pairs of songs."""


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Standardisation, as measured.

    The variance share of a feature is also its share of the mean squared Euclidean distance
    between two different songs, because that mean is twice the sum of the variances.

    Attributes
    ----------
    frame : DataFrame, features x (mean_before, sd_before, share_before, mean_after, sd_after, \
share_after)
        Means and standard deviations (``ddof=0``, as scikit-learn divides), and shares of the
        summed variance.
    features : tuple of Feature
    neighbours_changed : float
        Share of the songs whose nearest other song is another one after scaling (exact repeats
        count as one).
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    neighbours_changed: float

    @property
    def dominant(self) -> str:
        """The feature with the largest share of variance before scaling."""
        return str(self.frame["share_before"].idxmax())

    @property
    def dominant_share(self) -> float:
        """Its share."""
        return float(self.frame["share_before"].max())

    @property
    def rest_share(self) -> float:
        """The share of all other features together, before scaling."""
        return 1.0 - self.dominant_share

    @property
    def largest_mean_after(self) -> float:
        """The largest absolute mean after scaling; 0 but for rounding."""
        return float(self.frame["mean_after"].abs().max())

    @property
    def largest_sd_error_after(self) -> float:
        """The largest distance of a standard deviation from 1 after scaling."""
        return float((self.frame["sd_after"] - 1).abs().max())


@dataclasses.dataclass(frozen=True)
class BlockShare:
    """A block of correlated features and its part of the standardised distance.

    Attributes
    ----------
    features : tuple of str
    distance_share : float
        Its share of the mean squared distance: its number of features over all.
    dimension : float
        Participation ratio of its own correlation matrix: how many features it is worth.
    dimension_share : float
        Its share of the dimensions of all blocks.
    """

    features: tuple[str, ...]
    distance_share: float
    dimension: float
    dimension_share: float


@dataclasses.dataclass(frozen=True)
class Influence:
    """What the features weigh in distances after standardisation.

    Attributes
    ----------
    frame : DataFrame, features x (distance_share, neighbours_changed_without)
        Share of the mean squared distance (the same for all); share of the songs whose
        nearest other song changes when the feature is left out.
    blocks : tuple of BlockShare
    rank_correlation : float
        Spearman correlation over pairs of songs of Euclidean and Mahalanobis distance.
    neighbours_changed : float
        Share of the songs whose nearest other song differs between the two distances.
    n_sampled : int
        Songs whose pairs entered the correlations.
    """

    frame: pd.DataFrame
    blocks: tuple[BlockShare, ...]
    rank_correlation: float
    neighbours_changed: float
    n_sampled: int

    @property
    def most_replaceable(self) -> str:
        """The feature whose leaving out changes the fewest nearest neighbours."""
        return str(self.frame["neighbours_changed_without"].idxmin())

    @property
    def least_replaceable(self) -> str:
        """The feature whose leaving out changes the most nearest neighbours."""
        return str(self.frame["neighbours_changed_without"].idxmax())


def measure_scaling(dataset: Dataset) -> Scaling:
    """Measure means, standard deviations, shares and neighbours before and after scaling."""
    X = dataset.X
    scaled = standardise(X).X
    before, after = X.var(axis=0), scaled.var(axis=0)
    frame = pd.DataFrame(
        {
            "mean_before": X.mean(axis=0),
            "sd_before": X.std(axis=0),
            "share_before": before / before.sum(),
            "mean_after": scaled.mean(axis=0),
            "sd_after": scaled.std(axis=0),
            "share_after": after / after.sum(),
        },
        index=list(dataset.feature_names),
    )
    distinct = _distinct(X)
    changed = int((_nearest(X, distinct) != _nearest(scaled, distinct)).sum())
    return Scaling(
        frame=frame,
        features=dataset.features,
        neighbours_changed=changed / dataset.n_songs,
    )


def measure_influence(dataset: Dataset, config: Config) -> Influence:
    """Measure what the standardised features weigh in distances."""
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    names = list(dataset.feature_names)
    scaled = standardise(dataset.X).X
    correlation = correlation_matrix(dataset.X)
    eigenvalues, vectors = eigen(correlation)
    kept = eigenvalues > RANK_TOLERANCE
    white = scaled @ vectors[:, kept] / np.sqrt(eigenvalues[kept])

    rows = sample_of_songs(dataset.n_songs, generator(config.seed, Stream.DISTANCE_SONGS))
    total = pdist(scaled[rows], "sqeuclidean")
    distinct = _distinct(dataset.X)
    nearest = _nearest(scaled, distinct)
    frame = pd.DataFrame(
        {
            "distance_share": scaled.var(axis=0) / scaled.var(axis=0).sum(),
            "neighbours_changed_without": [
                float((_nearest(np.delete(scaled, j, axis=1), distinct) != nearest).mean())
                for j in range(len(names))
            ],
        },
        index=names,
    )
    blocks = correlated_blocks(correlation, names, config.strong_correlation)
    dimensions = []
    for block in blocks:
        places = [names.index(name) for name in block]
        dimensions.append(participation_ratio(eigen(correlation[np.ix_(places, places)])[0]))
    return Influence(
        frame=frame,
        blocks=tuple(
            BlockShare(block, len(block) / len(names), dimension, dimension / sum(dimensions))
            for block, dimension in zip(blocks, dimensions, strict=True)
        ),
        rank_correlation=float(spearmanr(total, pdist(white[rows], "sqeuclidean")).statistic),
        neighbours_changed=float((_nearest(white, distinct) != nearest).mean()),
        n_sampled=len(rows),
    )


def _distinct(X: Floats) -> Integers:
    """Return a number for each row that rows with the same values share."""
    return np.unique(X, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _nearest(X: Floats, distinct: Integers) -> Integers:
    """Return the number, among different songs, of each song's nearest other song."""
    from scipy.spatial import cKDTree

    _, found = cKDTree(X).query(X, k=2)
    itself = found[:, 0] == np.arange(len(X))
    return np.asarray(distinct[np.where(itself, found[:, 1], found[:, 0])])


def sample_of_songs(n_songs: int, rng: np.random.Generator) -> Integers:
    """Return the rows of all songs, or of :data:`SAMPLED_SONGS` of them, in order."""
    if n_songs <= SAMPLED_SONGS:
        return np.arange(n_songs)
    return np.sort(rng.choice(n_songs, SAMPLED_SONGS, replace=False)).astype(np.int64)
