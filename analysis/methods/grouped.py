"""Resampling by group: songs of one artist are drawn together or not at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.methods.resampling import Interval, basic_interval

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def draw_groups(groups: Labels, n_resamples: int, rng: np.random.Generator) -> Labels:
    """Draw as many groups as there are, with replacement, again and again.

    Parameters
    ----------
    groups : ndarray of shape (n_songs,), int
        The group of each song, numbered from 0 on.
    n_resamples : int
    rng : Generator

    Returns
    -------
    ndarray of shape (n_resamples, n_groups), int
        How often each group is drawn.
    """
    n = int(groups.max()) + 1
    return np.asarray(rng.multinomial(n, np.full(n, 1 / n), size=n_resamples), dtype=np.int64)


def grouped_tables(one: Labels, other: Labels, groups: Labels, draws: Labels) -> Labels:
    """Return the contingency tables of resampled groups.

    Parameters
    ----------
    one, other : ndarray of shape (n_songs,), int
        Two labelings, numbered from 0 on.
    groups : ndarray of shape (n_songs,), int
    draws : ndarray of shape (n_resamples, n_groups), int
        As :func:`draw_groups` returns them.

    Returns
    -------
    ndarray of int, shape (n_resamples, n_rows, n_columns)
    """
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    cells = np.zeros((draws.shape[1], rows * columns))
    np.add.at(cells, (groups, one * columns + other), 1)
    return np.rint(draws @ cells).astype(np.int64).reshape(-1, rows, columns)


def whole_first(draws: Labels) -> Labels:
    """Put before the resamples of groups the one that has every group once."""
    return np.concatenate([np.ones((1, draws.shape[1]), dtype=np.int64), draws])


def grouped_means(values: Floats, groups: Labels, draws: Labels) -> Floats:
    """Return the mean of a number of each song over the songs of resampled groups.

    Parameters
    ----------
    values : ndarray of shape (n_songs,) or (n_songs, n_values)
    groups, draws : as :func:`grouped_tables` takes them

    Returns
    -------
    ndarray of shape (n_resamples,) or (n_resamples, n_values)
    """
    totals = np.zeros((draws.shape[1], *values.shape[1:]))
    np.add.at(totals, groups, values)
    return np.asarray(((draws @ totals).T / (draws @ np.bincount(groups))).T)


def centred_interval(estimate: float, draws: Floats, confidence: float) -> Interval:
    """Return the basic interval with the draws' own mean as what they estimate.

    Songs that are drawn twice agree with themselves, which moves an index of agreement in every
    resample; the mean of the draws moves with it, the estimate does not. Their distance is
    therefore taken from that mean.

    Parameters
    ----------
    estimate : float
    draws : ndarray of shape (n_resamples,)
    confidence : float

    Returns
    -------
    Interval
    """
    return basic_interval(estimate, draws, confidence, plug_in=float(draws.mean()))
