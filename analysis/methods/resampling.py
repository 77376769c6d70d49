"""Intervals over resampled songs, and distributions under the null.

Songs are drawn with replacement. Copies of songs look like association, so that resampled indices
lie too high on average; the intervals of indices take that off, where the plain quantiles of the
resamples would add it. How often they hold the true value is simulated (tbl-coverage).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval.

    Attributes
    ----------
    estimate : float
        The value on the table itself.
    low, high : float
        Ends of the interval; which kind it is, says what made it.
    """

    estimate: float
    low: float
    high: float


def interval(estimate: float, draws: Floats, confidence: float) -> Interval:
    """Return an estimate with its percentile interval: the quantiles of its resampled values."""
    low, high = np.quantile(draws, interval_ends(confidence))
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


def spread_of(values: Floats, confidence: float) -> Spread:
    """Return mean and range of values, those that are missing left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Spread(np.nan, np.nan, np.nan)
    low, high = np.quantile(known, interval_ends(confidence))
    return Spread(float(known.mean()), float(low), float(high))


def values_at(frame: pd.DataFrame, key: Any, *columns: str) -> tuple[float, ...]:
    """Return numbers from the row of a frame whose index holds `key` once."""
    row = frame.index.get_loc(key)
    return tuple(float(frame[column].to_numpy()[row]) for column in columns)


def interval_ends(confidence: float) -> tuple[float, float]:
    """Return the two quantiles that enclose the share `confidence` of the resamples."""
    return (1 - confidence) / 2, (1 + confidence) / 2


def correlation_matrix(X: Floats) -> Floats:
    """Return the Pearson correlations of the columns."""
    return np.atleast_2d(np.corrcoef(X, rowvar=False))


def resampled_correlations(
    X: Floats, n_resamples: int, rng: np.random.Generator, *, ranked: bool
) -> Floats:
    """Return the correlation matrices of resampled songs.

    Songs are drawn with replacement, as many as there are.
    Draws in which a feature is constant have no correlation; they are left out.

    Returns
    -------
    ndarray of shape (n_kept, n_features, n_features)
    """
    n = len(X)
    centred = X - X.mean(axis=0)
    out = []
    for size in _chunks(n_resamples, max(1, 200_000 // n)):
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


def basic_interval(
    estimate: float, draws: Floats, confidence: float, *, plug_in: float | None = None
) -> Interval:
    """Return the basic bootstrap interval: the estimate less what the draws are off by.

    A resample is to the table what the table is to the population. So the error of the estimate is
    judged by the errors of the draws, and those are measured from the value that the draws
    estimate: the statistic of a population in which each song stands as often as any other.

    Parameters
    ----------
    estimate : float
    draws : ndarray of shape (n_resamples,)
        Without any, the ends are NaN.
    confidence : float
    plug_in : float, optional
        The statistic of that population. For most statistics it is the estimate, which then
        mirrors the quantiles of the draws. An index that is corrected for chance takes the number
        of songs into account, and has another one.

    Returns
    -------
    Interval

    References
    ----------
    Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application, chapter 5.
    """
    if not len(draws):
        return Interval(float(estimate), np.nan, np.nan)
    center = estimate if plug_in is None else plug_in
    low, high = np.quantile(draws, interval_ends(confidence))
    return Interval(
        float(estimate), float(estimate - high + center), float(estimate - low + center)
    )


def maximum_interval(estimate: float, draws: Floats, confidence: float) -> Interval:
    """Return an interval for a statistic that is the largest of several, such as purity.

    The largest on a sample lies too high where its rivals are close and right where they are far
    off; which of the two holds, the sample cannot tell. So the lower end is that of the basic
    interval, which takes the bias off, and the upper end is as far above the estimate as half of
    the draws' range is wide, which takes nothing off. tbl-coverage shows what that gives.

    Parameters
    ----------
    estimate : float
    draws : ndarray of shape (n_resamples,)
        Without any, the ends are NaN.
    confidence : float

    Returns
    -------
    Interval
    """
    if not len(draws):
        return Interval(float(estimate), np.nan, np.nan)
    low, high = np.quantile(draws, interval_ends(confidence))
    return Interval(float(estimate), float(2 * estimate - high), float(estimate + (high - low) / 2))


def share_of_draws(hits: int, n_draws: int, confidence: float) -> Interval:
    """Return the share of random draws that have something, with Wilson's interval.

    Draws are few, and another set of them has another share. The interval stays within 0 and 1,
    and is wider than a point where all draws agree.

    Parameters
    ----------
    hits, n_draws : int
        Without draws all is NaN.
    confidence : float

    Returns
    -------
    Interval

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    """
    if n_draws == 0:
        return Interval(np.nan, np.nan, np.nan)
    share, z = hits / n_draws, NormalDist().inv_cdf((1 + confidence) / 2)
    whole = 1 + z**2 / n_draws
    center = (share + z**2 / (2 * n_draws)) / whole
    half = z * math.sqrt(share * (1 - share) / n_draws + (z / (2 * n_draws)) ** 2) / whole
    # rounding must not part an end from a share of 0 or 1
    return Interval(share, max(0.0, min(center - half, share)), min(1.0, max(center + half, share)))


@dataclasses.dataclass(frozen=True, eq=False)
class NullTest:
    """An index beside its distribution when the labels have nothing to do with the genres.

    Attributes
    ----------
    observed : float
    mean, sd : float
        Of the null distribution; `sd` with ddof 1.
    low, high : float
        Its quantiles that enclose the share `confidence`.
    p_value : float
        ``(1 + m) / (1 + n)``, where m of the n permutations reach the observed value or more. It
        is never 0: the smallest it can be is ``1 / (1 + n)``.
    draws : ndarray of shape (n_permutations,)
    """

    observed: float
    mean: float
    sd: float
    low: float
    high: float
    p_value: float
    draws: Floats


def null_test(observed: float, draws: Floats, *, confidence: float = 0.95) -> NullTest:
    """Set an observed value beside values drawn under the null; large values speak against it."""
    low, high = np.quantile(draws, interval_ends(confidence))
    # rounding must not decide between equals
    reach = np.count_nonzero(draws >= observed - 1e-12 * max(1.0, abs(observed)))
    return NullTest(
        float(observed),
        float(draws.mean()),
        float(draws.std(ddof=1)),
        float(low),
        float(high),
        (1 + int(reach)) / (1 + len(draws)),
        draws,
    )


def _resamples(rng: np.random.Generator, n: int, n_resamples: int) -> Iterator[Floats]:
    """Draw how often each of n rows is drawn, in batches of shape (size, n)."""
    size = max(1, 500_000 // n)
    for start in range(0, n_resamples, size):
        count = min(size, n_resamples - start)
        yield rng.multinomial(n, np.full(n, 1 / n), size=count).astype(np.float64)
