"""Gaussian mixtures with a prior on the covariances: EM for the highest posterior density.

An inverse Wishart prior keeps every covariance away from singular ones. What EM then climbs is one
fixed function, which has a highest value, whatever the rows (thm-map).

References
----------
Fraley, C. and Raftery, A. E. (2007). Bayesian regularization for normal mixture estimation and
model-based clustering. Journal of Classification 24, 155-181.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from analysis.methods.mixture.model import EPSILON, Floats, Parameters, log_likelihood
from analysis.methods.mixture.steps import (
    component_counts,
    e_step,
    weighted_covariances,
    weighted_means,
)


@dataclasses.dataclass(frozen=True, eq=False)
class Prior:
    """An inverse Wishart distribution, the same for every covariance (eq-inverse-wishart).

    Attributes
    ----------
    scale : ndarray of shape (n_features, n_features)
        Positive definite, in squared units of the data.
    degrees : float
        More than ``n_features - 1``.
    """

    scale: Floats
    degrees: float

    def __post_init__(self) -> None:
        """Refuse what is no distribution.

        Raises
        ------
        ValueError
            If the scale is not positive definite, or there are too few degrees of freedom.
        """
        d = len(self.scale)
        if self.degrees <= d - 1:
            raise ValueError(
                f"The prior has {self.degrees} degrees of freedom; with {d} features it needs more "
                f"than {d - 1}."
            )
        eigenvalues = np.linalg.eigvalsh(self.scale)
        if not eigenvalues[0] > d * EPSILON * eigenvalues[-1]:
            raise ValueError(
                "The scale of the prior is not positive definite; drop redundant features, or "
                "take a multiple of the identity."
            )

    def added(self, counts: Floats) -> Floats:
        """Give what covariances are divided by in place of their counts (eq-mstep-map).

        Parameters
        ----------
        counts : ndarray of shape (n_components,)

        Returns
        -------
        ndarray of shape (n_components,)
        """
        return counts + self.degrees + len(self.scale) + 1

    def floor(self, n_samples: int) -> float:
        """Give what no eigenvalue falls below after an M-step (eq-map-floor).

        Parameters
        ----------
        n_samples : int

        Returns
        -------
        float
            In squared units of the data.
        """
        least = float(np.linalg.eigvalsh(self.scale)[0])
        return least / float(self.added(np.array(n_samples, dtype=np.float64)))


def default_prior(X: Floats, n_components: int) -> Prior:
    """Give the prior that Fraley and Raftery propose for covariances.

    As many degrees of freedom as features and two more; as scale the covariance of all rows, shrunk
    so that `n_components` ellipsoids of that size have the volume of one of all rows.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_components : int

    Returns
    -------
    Prior

    Raises
    ------
    ValueError
        If the covariance of the rows is singular.
    """
    d = X.shape[1]
    scale = np.cov(X, rowvar=False).reshape(d, d) / n_components ** (2 / d)
    return Prior(scale, d + 2.0)


def log_prior(parameters: Parameters, prior: Prior) -> float:
    """Sum the logarithm of the prior over the components, without its constant (eq-map).

    Parameters
    ----------
    parameters : Parameters
        With full covariances.
    prior : Prior

    Returns
    -------
    float
        In nats.
    """
    d = len(prior.scale)
    _, log_determinants = np.linalg.slogdet(parameters.covariances)
    traces = np.trace(np.linalg.solve(parameters.covariances, prior.scale), axis1=1, axis2=2)
    heights = (prior.degrees + d + 1) * log_determinants + traces
    return float(-heights.sum() / 2)


def objective(X: Floats, parameters: Parameters, prior: Prior) -> float:
    """Evaluate what the algorithm climbs: log-likelihood plus log-prior (eq-map).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters
    prior : Prior

    Returns
    -------
    float
    """
    return log_likelihood(X, parameters) + log_prior(parameters, prior)


def map_m_step(X: Floats, responsibilities: Floats, prior: Prior) -> Parameters:
    """Take the M-step with the prior: it changes the covariances alone (eq-mstep-map).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
    prior : Prior

    Returns
    -------
    Parameters : with full covariances, none of them singular
    """
    counts = component_counts(responsibilities)
    means = weighted_means(X, responsibilities, counts)
    scatter = counts[:, None, None] * weighted_covariances(X, responsibilities, counts, means)
    covariances = (prior.scale + scatter) / prior.added(counts)[:, None, None]
    return Parameters(counts / counts.sum(), means, covariances)


def map_steps(
    X: ArrayLike,
    start: Parameters,
    prior: Prior,
    *,
    tol: float = 1e-3,
    max_iter: int = 100,
) -> Iterator[tuple[Parameters, float]]:
    """Run EM with the prior, one round at a time, until its objective settles.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    start : Parameters
    prior : Prior
    tol : float
        A round that adds no more for each row is the last, in nats.
    max_iter : int

    Yields
    ------
    parameters : Parameters
        After the round.
    objective : float
    """
    data = np.asarray(X, dtype=np.float64)
    now, before = start, objective(data, start, prior)
    for _ in range(max_iter):
        now = map_m_step(data, e_step(data, now), prior)
        height = objective(data, now, prior)
        yield now, height
        if height - before <= tol * len(data):
            return
        before = height
