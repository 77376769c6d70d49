"""The classification likelihood: every row has one component, and the labels are parameters too.

With one round covariance for all components it is the objective of K-Means in another form, and the
algorithm that climbs it takes the steps of Lloyd's (prp-classification).

References
----------
Celeux, G. and Govaert, G. (1992). A classification EM algorithm for clustering and two stochastic
versions. Computational Statistics & Data Analysis 14(3), 315-332.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from analysis.methods.kmeans.steps import Floats, Labels, assign, update, wcss
from analysis.methods.mixture.model import LOG_2PI, Parameters, log_joint
from analysis.methods.mixture.steps import m_step


def classification_log_likelihood(X: Floats, labels: Labels, parameters: Parameters) -> float:
    """Sum the log-density of each row in the component that it is given (eq-classification).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)
    parameters : Parameters

    Returns
    -------
    float
    """
    joint = log_joint(X, parameters)
    return float(joint[np.arange(len(X)), labels].sum())


def height_of_objective(J: float, n_samples: int, n_features: int) -> float:
    """Give the classification log-likelihood that K-Means reaches (eq-kmeans-likelihood).

    With the best common variance, and without weights.

    Parameters
    ----------
    J : float
        The objective, more than 0.
    n_samples, n_features : int

    Returns
    -------
    float
    """
    nd = n_samples * n_features
    return -nd / 2 * (LOG_2PI + math.log(J / nd) + 1)


def round_steps(
    X: ArrayLike, centers: ArrayLike, *, max_iter: int = 300
) -> Iterator[tuple[Labels, Floats, float]]:
    """Run CEM with one common variance, estimated, and equal weights, until no label changes.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    centers : array-like of shape (n_components, n_features)
        No component may become empty.
    max_iter : int

    Yields
    ------
    labels : ndarray of shape (n_samples,), int32
    centers : ndarray of shape (n_components, n_features)
    variance : float
        In squared units of `X`.
    """
    data = np.asarray(X, dtype=np.float64)
    now = np.asarray(centers, dtype=np.float64)
    labels = np.full(len(data), -1, dtype=np.int32)
    for _ in range(max_iter):
        previous, labels = labels, assign(data, now)
        now = update(data, labels, len(now))
        yield labels, now, wcss(data, now, labels) / data.size
        if np.array_equal(labels, previous):
            return


def cem_steps(
    X: ArrayLike, start: Parameters, *, reg_covar: float = 0.0, max_iter: int = 100
) -> Iterator[tuple[Labels, Parameters, float]]:
    """Run the classification EM algorithm, until no label changes.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    start : Parameters
        Of any type of covariance; the run keeps it.
    reg_covar : float
        Added to every variance, in squared units of `X`.
    max_iter : int

    Yields
    ------
    labels : ndarray of shape (n_samples,), int32
    parameters : Parameters
    height : float
        The classification log-likelihood of the two.

    Raises
    ------
    ValueError
        If a component is left with too few rows for a covariance of its own.
    """
    data = np.asarray(X, dtype=np.float64)
    now, labels = start, np.full(len(data), -1, dtype=np.int32)
    for _ in range(max_iter):
        previous = labels
        labels = log_joint(data, now).argmax(axis=1).astype(np.int32)
        shares = np.eye(len(now.weights))[labels]
        now = m_step(data, shares, now.covariance_type, reg_covar)
        yield labels, now, classification_log_likelihood(data, labels, now)
        if np.array_equal(labels, previous):
            return
