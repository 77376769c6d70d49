"""How far the features determine one another, and how many dimensions they are worth."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.methods.resampling import (
    Interval,
    correlation_matrix,
    interval,
    interval_ends,
    resampled_correlations,
    weighted_ranks,
)
from analysis.songs.table import Dataset
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]

RANK_TOLERANCE = 1e-9
"""An eigenvalue of a correlation matrix below this counts as zero; the largest are near 1."""


@dataclasses.dataclass(frozen=True)
class CorrelatedPair:
    """How two features go together.

    Attributes
    ----------
    first, second : str
    pearson, spearman : Interval
    """

    first: str
    second: str
    pearson: Interval
    spearman: Interval


@dataclasses.dataclass(frozen=True)
class Correlation:
    """How the features go together, two by two.

    Attributes
    ----------
    pearson, spearman : DataFrame, features x features
    pairs : tuple of CorrelatedPair
        Strongest (absolute Pearson correlation) first.
    blocks : tuple of tuple of str
        Features joined by chains of strong correlations; largest block first.
    threshold : float
        From which absolute correlation on two features belong to one block.
    """

    pearson: pd.DataFrame
    spearman: pd.DataFrame
    pairs: tuple[CorrelatedPair, ...]
    blocks: tuple[tuple[str, ...], ...]
    threshold: float

    @property
    def strongest(self) -> CorrelatedPair:
        """The pair with the largest absolute Pearson correlation."""
        return self.pairs[0]

    @property
    def weakest(self) -> CorrelatedPair:
        """The pair with the smallest absolute Pearson correlation."""
        return self.pairs[-1]

    def pair(self, first: str, second: str) -> CorrelatedPair:
        """Return the pair of two features, named in either order.

        Raises
        ------
        KeyError
            There is no such pair.
        """
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise KeyError(f"{first}, {second}")

    def partner(self, name: str) -> str:
        """Return the feature with the largest absolute Pearson correlation with one."""
        pair = next(pair for pair in self.pairs if name in (pair.first, pair.second))
        return pair.second if pair.first == name else pair.first


@dataclasses.dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of the correlation matrix, and the effective dimension.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_features,)
        Largest first; their sum is the number of features.
    low, high : ndarray of shape (n_features,)
        Bootstrap interval of each.
    shares, cumulative : ndarray of shape (n_features,)
        Shares of the variance, and their running sum.
    axes : DataFrame, features x axes
        Unit eigenvectors, each with its largest entry positive; columns "axis 1", "axis 2", ...
    participation_ratio : Interval
        (sum of eigenvalues)² / sum of squares: from 1 (one line) to the number of features.
    n_for_share : int
        Axes needed for `variance_share` of the variance.
    variance_share : float
    singular : bool
        Whether some feature is an exact linear function of the others.
    """

    eigenvalues: Floats
    low: Floats
    high: Floats
    shares: Floats
    cumulative: Floats
    axes: pd.DataFrame
    participation_ratio: Interval
    n_for_share: int
    variance_share: float
    singular: bool

    @property
    def smallest(self) -> float:
        """The smallest eigenvalue."""
        return float(self.eigenvalues[-1])

    @property
    def n_axes(self) -> int:
        """Number of axes, that is, of features."""
        return len(self.eigenvalues)

    def leading(self, axis: int, n_features: int = 2) -> tuple[str, ...]:
        """Return the features with the largest absolute entries on an axis (1, 2, ...)."""
        entries = self.axes.iloc[:, axis - 1].abs().sort_values(ascending=False, kind="stable")
        return tuple(str(name) for name in entries.index[:n_features])


@dataclasses.dataclass(frozen=True)
class Determination:
    """How far the other features determine each feature linearly.

    Attributes
    ----------
    frame : DataFrame, features x (r2, low, high, vif)
        R² of the regression on all other features, its bootstrap interval, and the variance
        inflation factor 1 / (1 − R²), infinite where R² is 1.
    variance_share : float
        From which R² on a feature counts as nearly determined.
    """

    frame: pd.DataFrame
    variance_share: float

    def of(self, feature: str) -> Interval:
        """Return R² of one feature on the others."""
        r2, low, high = self.frame.loc[[feature], ["r2", "low", "high"]].to_numpy()[0]
        return Interval(float(r2), float(low), float(high))

    @property
    def most(self) -> str:
        """The feature with the largest R²."""
        return str(self.frame["r2"].idxmax())

    @property
    def least(self) -> str:
        """The feature with the smallest R²."""
        return str(self.frame["r2"].idxmin())

    @property
    def nearly_determined(self) -> tuple[str, ...]:
        """The features whose R² is at least `variance_share`."""
        return tuple(str(n) for n in self.frame.index[self.frame["r2"] >= self.variance_share])


@dataclasses.dataclass(frozen=True)
class LoudnessEnergy:
    """Loudness beside energy.

    The clip's power is the squared mean of the frames' RMS plus their variance, so its level in
    dB is never below 20 log10(energy); the gap between the two grows with the variance.

    Attributes
    ----------
    in_decibels : bool
        Whether the loudness column is in dBFS ("ours"); the gap is NaN where it is not.
    pearson, spearman : Interval
    gap_mean, gap_min, gap_max : float
        Loudness minus 20 log10(energy), in dB.
    residual_share : float
        1 − r²: what a straight line in energy leaves unexplained of the loudness.
    """

    in_decibels: bool
    pearson: Interval
    spearman: Interval
    gap_mean: float
    gap_min: float
    gap_max: float
    residual_share: float


@dataclasses.dataclass(frozen=True)
class Danceability:
    """What danceability = (tempo / 200 + zero-crossing rate) / 2 is made of.

    Attributes
    ----------
    tempo_share, zcr_share : float
        Shares of the variance of danceability that its two terms carry (covariance of the term
        with danceability over the variance of danceability); they sum to 1.
    zcr_mean : float
        Mean of the zero-crossing rate, recovered as 2 danceability − tempo / 200.
    """

    tempo_share: float
    zcr_share: float
    zcr_mean: float


def draw_correlations(X: Floats, config: Config, *, ranked: bool = False) -> Floats:
    """Return the correlation matrices of resampled songs; the same draws serve every result.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    config : Config
    ranked : bool
        Correlations of ranks.

    Returns
    -------
    ndarray of shape (n_kept, n_features, n_features)
    """
    rng = generator(config.seed, Stream.CORRELATIONS)
    return resampled_correlations(X, config.n_bootstrap, rng, ranked=ranked)


def correlate(dataset: Dataset, config: Config) -> Correlation:
    """Correlate the features two by two, with bootstrap intervals."""
    names = list(dataset.feature_names)
    X = dataset.X
    pearson = correlation_matrix(X)
    spearman = correlation_matrix(weighted_ranks(X, np.ones((1, len(X))))[0])
    draws = draw_correlations(X, config)
    ranked = draw_correlations(X, config, ranked=True)
    pairs = [
        CorrelatedPair(
            names[i],
            names[j],
            interval(pearson[i, j], draws[:, i, j], config.confidence),
            interval(spearman[i, j], ranked[:, i, j], config.confidence),
        )
        for i, j in combinations(range(len(names)), 2)
    ]
    pairs.sort(key=lambda pair: -abs(pair.pearson.estimate))
    return Correlation(
        pearson=pd.DataFrame(pearson, index=names, columns=names),
        spearman=pd.DataFrame(spearman, index=names, columns=names),
        pairs=tuple(pairs),
        blocks=correlated_blocks(pearson, names, config.strong_correlation),
        threshold=config.strong_correlation,
    )


def decompose(dataset: Dataset, config: Config) -> Spectrum:
    """Take the eigenvalues of the correlation matrix."""
    names = list(dataset.feature_names)
    eigenvalues, vectors = eigen(correlation_matrix(dataset.X))
    vectors = fixed_signs(vectors)
    draws = np.linalg.eigvalsh(draw_correlations(dataset.X, config))[:, ::-1]
    ratio = interval(
        participation_ratio(eigenvalues),
        draws.sum(axis=1) ** 2 / (draws**2).sum(axis=1),
        config.confidence,
    )
    low, high = np.quantile(draws, interval_ends(config.confidence), axis=0)
    cumulative = np.cumsum(eigenvalues) / eigenvalues.sum()
    singular = bool(eigenvalues[-1] < RANK_TOLERANCE)
    return Spectrum(
        eigenvalues=eigenvalues,
        low=np.maximum(low, 0.0),
        high=high,
        shares=eigenvalues / eigenvalues.sum(),
        cumulative=cumulative,
        axes=pd.DataFrame(vectors, index=names, columns=axis_names(len(names))),
        participation_ratio=ratio,
        n_for_share=int(np.argmax(cumulative >= config.variance_share)) + 1,
        variance_share=config.variance_share,
        singular=singular,
    )


def determine(dataset: Dataset, config: Config) -> Determination:
    """Regress each feature on all others."""
    r2 = r_squared(correlation_matrix(dataset.X))
    draws = r_squared(draw_correlations(dataset.X, config))
    low, high = np.quantile(draws, interval_ends(config.confidence), axis=0)
    r2 = np.where(1 - r2 < RANK_TOLERANCE, 1.0, r2)
    vif = np.where(r2 == 1.0, np.inf, 1 / np.maximum(1 - r2, RANK_TOLERANCE))
    frame = pd.DataFrame(
        {"r2": r2, "low": low, "high": high, "vif": vif}, index=list(dataset.feature_names)
    )
    return Determination(frame, config.variance_share)


def compare_loudness(dataset: Dataset, config: Config) -> LoudnessEnergy:
    """Compare the columns loudness and energy of the table, chosen or not."""
    (pair,) = correlate(dataset.looking_at(("energy", "loudness")), config).pairs
    energy = dataset.frame["energy"].to_numpy()
    loudness = dataset.frame["loudness"].to_numpy()
    audible = energy > 0
    in_decibels = dataset.feature_set != "as-published" and bool(audible.any())
    gap = np.full(len(energy), np.nan)
    if in_decibels:
        gap[audible] = loudness[audible] - 20 * np.log10(energy[audible])
    known = gap[audible] if in_decibels else np.array([np.nan])
    return LoudnessEnergy(
        in_decibels=in_decibels,
        pearson=pair.pearson,
        spearman=pair.spearman,
        gap_mean=float(known.mean()),
        gap_min=float(known.min()),
        gap_max=float(known.max()),
        residual_share=1 - pair.pearson.estimate**2,
    )


def take_danceability_apart(dataset: Dataset) -> Danceability:
    """Split the column danceability of the table, chosen or not, into its two terms."""
    total = dataset.frame["danceability"].to_numpy()
    tempo_term = dataset.frame["tempo"].to_numpy() / 400
    zcr = 2 * (total - tempo_term)
    covariance = np.cov(tempo_term, total)
    share = float(covariance[0, 1] / covariance[1, 1])
    return Danceability(
        tempo_share=share,
        zcr_share=1 - share,
        zcr_mean=float(zcr.mean()),
    )


def eigen(matrix: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues, largest first and none below zero, and eigenvectors in columns."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return np.maximum(eigenvalues[::-1], 0.0), vectors[:, ::-1]


def fixed_signs(vectors: Floats) -> Floats:
    """Turn the vectors in columns so that the entry of the largest size is positive.

    Of entries of the same size the first counts, and a difference that rounding can make does not.
    """
    absolute = np.abs(vectors)
    largest = (absolute > absolute.max(axis=0) - RANK_TOLERANCE).argmax(axis=0)
    return np.asarray(vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])]))


def participation_ratio(eigenvalues: Floats) -> float:
    """Return (sum of eigenvalues)² / sum of squares: how many dimensions they are worth."""
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def axis_names(n: int) -> list[str]:
    """Return the names of principal axes, from "axis 1" on."""
    return [f"axis {i + 1}" for i in range(n)]


def correlated_blocks(
    correlation: Floats, names: list[str], threshold: float
) -> tuple[tuple[str, ...], ...]:
    """Join features by chains of strong correlations."""
    block = list(range(len(names)))
    for i, j in combinations(range(len(names)), 2):
        if abs(correlation[i, j]) >= threshold:
            old, new = block[j], block[i]
            block = [new if b == old else b for b in block]
    groups = [tuple(n for n, b in zip(names, block, strict=True) if b == k) for k in set(block)]
    return tuple(sorted(groups, key=lambda group: (-len(group), names.index(group[0]))))


def r_squared(correlations: Floats) -> Floats:
    """Return R² of each feature on the others.

    A pseudo-inverse takes the place of the inverse, so that features that repeat one another are
    counted once and the result stays right where the matrix is singular.

    Parameters
    ----------
    correlations : ndarray of shape (..., n_features, n_features)

    Returns
    -------
    ndarray of shape (..., n_features)
    """
    n_features = correlations.shape[-1]
    out = np.empty(correlations.shape[:-1])
    for j in range(n_features):
        others = np.delete(np.arange(n_features), j)
        among = correlations[..., others[:, np.newaxis], others]
        towards = correlations[..., others, j]
        inverse = np.linalg.pinv(among, rcond=RANK_TOLERANCE, hermitian=True)
        out[..., j] = np.einsum("...i,...ij,...j->...", towards, inverse, towards)
    return np.clip(out, 0.0, 1.0)
