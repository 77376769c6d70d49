"""Curves of equal density of a normal distribution."""

import numpy as np
from scipy.stats import chi2

from analysis.methods.mixture.model import Floats, cholesky_factors


def ellipsoid(mean: Floats, covariance: Floats, coverage: float, directions: Floats) -> Floats:
    """Give points of the ellipsoid that holds a share of a normal distribution (eq-ellipsoid).

    The squared Mahalanobis distance of a normal vector has a chi-square distribution with
    n_features degrees of freedom; its quantile is the squared radius. On the ellipsoid the density
    is the same everywhere.

    Parameters
    ----------
    mean : ndarray of shape (n_features,)
    covariance : ndarray of shape (n_features, n_features)
    coverage : float
        The share inside, between 0 and 1.
    directions : ndarray of shape (n_points, n_features)
        Unit vectors, points of a circle for instance.

    Returns
    -------
    ndarray of shape (n_points, n_features)
    """
    radius = np.sqrt(chi2.ppf(coverage, len(mean)))
    factor = cholesky_factors(covariance[None])[0]
    return np.asarray(mean + radius * directions @ factor.T)


def ellipse(mean: Floats, covariance: Floats, coverage: float, n_points: int = 100) -> Floats:
    """Draw the closed curve that `ellipsoid` is in a plane.

    Parameters
    ----------
    mean : ndarray of shape (2,)
    covariance : ndarray of shape (2, 2)
    coverage : float
        The share inside, between 0 and 1.
    n_points : int
        The last one is the first again.

    Returns
    -------
    ndarray of shape (n_points, 2)
    """
    angles = np.linspace(0, 2 * np.pi, n_points)
    return ellipsoid(mean, covariance, coverage, np.column_stack([np.cos(angles), np.sin(angles)]))
