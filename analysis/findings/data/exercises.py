"""Solutions in code of exercises on the features, the table and principal axes."""

from __future__ import annotations

import numpy as np


def measure_sine(frequency: float, sample_rate: int = 22_050) -> tuple[float, float]:
    """Return the root mean square and the zero-crossing rate of a second of a sine at full scale.

    Parameters
    ----------
    frequency : float
        In Hz.
    sample_rate : int
        In samples a second.

    Returns
    -------
    tuple of float
        Root mean square and rate (eq-rms, eq-zcr), with one frame for the whole second.
    """
    time = np.arange(sample_rate) / sample_rate
    y = np.sin(2 * np.pi * frequency * time + 0.1)
    crossings = np.abs(np.diff((y >= 0).astype(int))).sum()
    return float(np.sqrt(np.mean(y**2))), float(crossings / len(y))


def dimensions_with_copies(n_features: int, n_copies: int) -> float:
    """Return the participation ratio of uncorrelated features, one of them entered several times.

    Parameters
    ----------
    n_features : int
        Features before any is copied.
    n_copies : int
        How often the first of them is entered, at least once.

    Returns
    -------
    float
        D (eq-participation).
    """
    correlations = np.eye(n_features + n_copies - 1)
    correlations[:n_copies, :n_copies] = 1
    eigenvalues = np.linalg.eigvalsh(correlations)
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())


def groups_along_axes(stretch: float, gap: float) -> tuple[float, float]:
    """Return which share of the variance along two principal axes lies between two groups.

    Parameters
    ----------
    stretch : float
        Standard deviation of both groups across the way from one to the other.
    gap : float
        Distance of their means; along it, both have a standard deviation of 1.

    Returns
    -------
    tuple of float
        Along the axis with more variance, and along that with less.
    """
    between = np.diag([gap**2 / 4, 0.0])
    total = between + np.diag([1.0, stretch**2])
    eigenvalues, axes = np.linalg.eigh(total)
    shares = np.diag(axes.T @ between @ axes) / eigenvalues
    return float(shares[1]), float(shares[0])
