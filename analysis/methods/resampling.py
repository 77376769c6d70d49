"""Bootstrap intervals of correlations and of what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval.

    Attributes
    ----------
    estimate : float
        The value on the table itself.
    low, high : float
        Ends of the percentile interval over resampled songs.
    """

    estimate: float
    low: float
    high: float


def interval(estimate: float, draws: Floats, config: Config) -> Interval:
    """Return an estimate with the interval that its resampled values give."""
    low, high = np.quantile(draws, interval_ends(config))
    return Interval(float(estimate), float(low), float(high))


@dataclasses.dataclass(frozen=True)
class Spread:
    """How far values of repeated runs lie apart; no interval of an estimate.

    Attributes
    ----------
    mean : float
    low, high : float
        The quantiles that enclose the share `confidence` of the runs.
    """

    mean: float
    low: float
    high: float


def spread_of(values: Floats, config: Config) -> Spread:
    """Return mean and range of values, those that are missing left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(np.nan, np.nan, np.nan)
    low, high = np.quantile(known, interval_ends(config))
    return Spread(float(known.mean()), float(low), float(high))


def values_at(frame: pd.DataFrame, key: Any, *columns: str) -> tuple[float, ...]:
    """Return numbers from the row of a frame whose index holds `key` once."""
    row = frame.index.get_loc(key)
    return tuple(float(frame[column].to_numpy()[row]) for column in columns)


def interval_ends(config: Config) -> tuple[float, float]:
    """Return the two quantiles that enclose the share of resamples that `config` asks for."""
    return (1 - config.confidence) / 2, (1 + config.confidence) / 2


def correlation_matrix(X: Floats) -> Floats:
    """Return the Pearson correlations of the columns."""
    return np.atleast_2d(np.corrcoef(X, rowvar=False))


def resampled_correlations(X: Floats, config: Config, *, ranked: bool) -> Floats:
    """Return the correlation matrices of resampled songs.

    Songs are drawn with replacement, as many as there are. The same draws serve every result.
    Draws in which a feature is constant have no correlation; they are left out.

    Returns
    -------
    ndarray of shape (n_kept, n_features, n_features)
    """
    rng = np.random.default_rng([config.seed, 1])
    n = len(X)
    centred = X - X.mean(axis=0)
    out = []
    for size in _chunks(config.n_bootstrap, max(1, 2_000_000 // n)):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=size).astype(np.float64)
        if ranked:
            ranks = weighted_ranks(X, weights)
            ranks -= (weights[:, np.newaxis] @ ranks) / n
            weighted = (weights[:, :, np.newaxis] * ranks).transpose(0, 2, 1)
            covariance = weighted @ ranks / n
        else:
            products = np.einsum("ni,nj->nij", centred, centred).reshape(n, -1)
            mean = weights @ centred / n
            covariance = (weights @ products / n).reshape(size, X.shape[1], X.shape[1])
            covariance -= mean[:, :, np.newaxis] * mean[:, np.newaxis]
        variance = np.einsum("bii->bi", covariance)
        sound = (variance > 1e-9 * np.abs(centred).max(axis=0) ** 2).all(axis=1)
        sd = np.sqrt(variance[sound])
        out.append(covariance[sound] / (sd[:, :, np.newaxis] * sd[:, np.newaxis]))
    return np.asarray(np.clip(np.concatenate(out), -1.0, 1.0))


def weighted_ranks(X: Floats, weights: Floats) -> Floats:
    """Return mean ranks within weighted samples.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    weights : ndarray of shape (b, n)
        How often each row is drawn.

    Returns
    -------
    ndarray of shape (b, n, d)
    """
    out = np.empty((len(weights), *X.shape))
    for j in range(X.shape[1]):
        _, place, sizes = np.unique(X[:, j], return_inverse=True, return_counts=True)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        order = np.argsort(place, kind="stable")
        mass = np.add.reduceat(weights[:, order], starts, axis=1)
        out[:, :, j] = (np.cumsum(mass, axis=1) - mass / 2)[:, place]
    return out


def _chunks(total: int, size: int) -> Iterator[int]:
    while total > 0:
        yield min(size, total)
        total -= size
