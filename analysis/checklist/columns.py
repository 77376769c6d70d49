"""Columns that say nothing, say the same, or say it in steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.findings.data.dependence import RANK_TOLERANCE, r_squared
from analysis.methods.resampling import correlation_matrix

Floats = NDArray[np.float64]

MOST_STEPS = 50
"""A stepped column has at most so many different values, ..."""
LEAST_SHARED = 10
"""... each in so many rows or more, on average."""
COLLINEAR_FROM = 0.95
"""From this R² on, a column says little that the others do not."""
SKEWED_FROM = 1.0
"""A column of positive numbers with a larger skewness is tried by its logarithm."""


def describe(frame: pd.DataFrame) -> pd.DataFrame:
    """Describe each column of numbers.

    Parameters
    ----------
    frame : DataFrame
        Numbers, none missing.

    Returns
    -------
    DataFrame
        Index: the columns. ``n_values``: different values. ``constant``, ``stepped`` (see
        :data:`MOST_STEPS`), ``skewed`` (see :data:`SKEWED_FROM`).
    """
    n_values = frame.nunique().to_numpy()
    low, high = frame.min().to_numpy(), frame.max().to_numpy()
    constant = high - low <= 1e-9 * np.maximum(np.abs(low), np.abs(high))
    skewed = (low > 0) & ~constant & (frame.skew().to_numpy() > SKEWED_FROM)
    return pd.DataFrame(
        {
            "n_values": n_values,
            "constant": constant,
            "stepped": ~constant & (n_values <= stepped_from(len(frame))),
            "skewed": skewed,
        },
        index=frame.columns,
    )


def stepped_from(n_rows: int) -> float:
    """Return how many different values a stepped column has at most, in so many rows."""
    return min(MOST_STEPS, n_rows / LEAST_SHARED)


def scaled(X: Floats) -> Floats:
    """Return columns with mean 0 and standard deviation 1; a constant one is 0."""
    sd = X.std(axis=0)
    return np.asarray((X - X.mean(axis=0)) / np.where(sd > 0, sd, 1.0))


def determine(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell how far each column is known from the others.

    Parameters
    ----------
    frame : DataFrame
        No value missing, no column constant.

    Returns
    -------
    DataFrame
        Index: the columns. ``r2``: share of the variance that a linear regression on the others
        explains, 0 for a single column. ``copy_of``: an earlier column with a correlation of 1 or
        −1, or "". ``share``: of the squared Euclidean distance, as the columns stand.
    """
    X = frame.to_numpy(dtype=np.float64)
    names = list(frame.columns)
    variances = X.var(axis=0)
    correlations = correlation_matrix(X)
    same = np.tril(1 - np.abs(correlations) < RANK_TOLERANCE, -1)
    r2 = r_squared(correlations) if len(names) > 1 else np.zeros(1)
    return pd.DataFrame(
        {
            "r2": np.where(1 - r2 < RANK_TOLERANCE, 1.0, r2),
            "copy_of": [names[int(row.argmax())] if row.any() else "" for row in same],
            "share": variances / variances.sum(),
        },
        index=frame.columns,
    )
