"""The steps of the EM algorithm as the book states them, one short function a step.

`e_step` (eq-responsibility), `m_step` (eq-mstep-mean, eq-mstep-covariance, eq-mstep-weight), the
two parts of the log-likelihood, `elbo` and `kl_gap` (eq-decomposition-elbo), and `em_steps`, which
alternates the two steps and hands out every one.

References
----------
Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via
the EM algorithm. J. R. Stat. Soc. B 39(1), 1-38.
Neal, R. M. and Hinton, G. E. (1998). A view of the EM algorithm that justifies incremental, sparse,
and other variants. In: Learning in Graphical Models, 355-368.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr, logsumexp, xlogy

from analysis.methods.mixture.model import (
    EPSILON,
    CovarianceType,
    Floats,
    Parameters,
    log_joint,
    log_likelihood,
)


def e_step(X: Floats, parameters: Parameters) -> Floats:
    """Take the E-step: each component's share in each row, by Bayes' rule (eq-responsibility).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters

    Returns
    -------
    ndarray of shape (n_samples, n_components)
        The responsibilities; every row sums to 1.
    """
    return np.exp(log_responsibilities(X, parameters))


def log_responsibilities(X: Floats, parameters: Parameters) -> Floats:
    """Give the logarithms of the responsibilities, finite where those underflow to 0.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters

    Returns
    -------
    ndarray of shape (n_samples, n_components)
    """
    joint = log_joint(X, parameters)
    return np.asarray(joint - logsumexp(joint, axis=1, keepdims=True))


def m_step(
    X: Floats,
    responsibilities: Floats,
    covariance_type: CovarianceType = "full",
    reg_covar: float = 0.0,
) -> Parameters:
    """Take the M-step: the parameters that are best for these responsibilities.

    Best for the expected log-likelihood, when `reg_covar` is 0. What `reg_covar` adds to the
    variances is the price of keeping them from zero; `regularisation_term` says what it costs.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
    covariance_type : {"full", "tied", "diag", "spherical"}
    reg_covar : float
        Added to every variance, in squared units of `X`.

    Returns
    -------
    Parameters : of the same type
    """
    counts = component_counts(responsibilities)
    means = weighted_means(X, responsibilities, counts)
    covariances = weighted_covariances(X, responsibilities, counts, means)
    weights = counts / counts.sum()
    structured = _impose(covariances, weights, covariance_type)
    regularised = _regularise(structured, covariance_type, reg_covar)
    return Parameters(weights, means, regularised, covariance_type)


def component_counts(responsibilities: Floats) -> Floats:
    """Sum the responsibilities of each component: how many rows it has (eq-counts).

    A component without any keeps a trace, 10 times the machine epsilon, so that the divisions that
    follow are defined. scikit-learn adds as much to every count, which pulls the mean of a
    component that has less than a millionth of a row towards the origin.

    Parameters
    ----------
    responsibilities : ndarray of shape (n_samples, n_components)

    Returns
    -------
    ndarray of shape (n_components,)
    """
    return np.asarray(np.maximum(responsibilities.sum(axis=0), 10 * EPSILON))


def weighted_means(X: Floats, responsibilities: Floats, counts: Floats) -> Floats:
    """Average the rows, weighted by each component's responsibilities (eq-mstep-mean).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
    counts : ndarray of shape (n_components,)

    Returns
    -------
    ndarray of shape (n_components, n_features)
    """
    return np.asarray(responsibilities.T @ X / counts[:, None])


def weighted_covariances(
    X: Floats, responsibilities: Floats, counts: Floats, means: Floats
) -> Floats:
    """Average the outer products of the deviations, weighted alike (eq-mstep-covariance).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
    counts : ndarray of shape (n_components,)
    means : ndarray of shape (n_components, n_features)

    Returns
    -------
    ndarray of shape (n_components, n_features, n_features)
    """
    covariances = np.empty((len(means), X.shape[1], X.shape[1]))
    for component, mean in enumerate(means):
        deviations = X - mean
        weighted = responsibilities[:, component, None] * deviations
        covariances[component] = weighted.T @ deviations / counts[component]
    return covariances


def _impose(covariances: Floats, weights: Floats, covariance_type: CovarianceType) -> Floats:
    """Keep of full covariances what the type allows: the best of its kind (eq-mstep-types)."""
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    match covariance_type:
        case "full":
            return covariances
        case "tied":
            return np.tensordot(weights, covariances, axes=1)
        case "diag":
            return variances.copy()
        case "spherical":
            return np.asarray(variances.mean(axis=1))


def _regularise(covariances: Floats, covariance_type: CovarianceType, reg_covar: float) -> Floats:
    """Add `reg_covar` to every variance."""
    if covariance_type in ("full", "tied"):
        return covariances + reg_covar * np.eye(covariances.shape[-1])
    return covariances + reg_covar


def elbo(X: Floats, responsibilities: Floats, parameters: Parameters) -> float:
    """Evaluate the lower bound of the log-likelihood at any responsibilities (eq-elbo).

    The expected logarithm of weight times density, plus the entropy of the responsibilities.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
        Not negative, every row sums to 1; whose they are does not matter.
    parameters : Parameters

    Returns
    -------
    float
    """
    return expected_log_joint(X, responsibilities, parameters) + float(
        posterior_entropy(responsibilities).sum()
    )


def expected_log_joint(X: Floats, responsibilities: Floats, parameters: Parameters) -> float:
    """Evaluate what the M-step maximises, Q (eq-q).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
    parameters : Parameters

    Returns
    -------
    float
    """
    return float((responsibilities * log_joint(X, parameters)).sum())


def kl_gap(X: Floats, responsibilities: Floats, parameters: Parameters) -> float:
    """Sum over rows the Kullback-Leibler divergence from responsibilities to posterior (eq-kl).

    It is what `elbo` lacks of the log-likelihood, never negative, and 0 right after an E-step.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    responsibilities : ndarray of shape (n_samples, n_components)
    parameters : Parameters
        The posterior is what `e_step` gives for them.

    Returns
    -------
    float
    """
    posterior = log_responsibilities(X, parameters)
    return float((xlogy(responsibilities, responsibilities) - responsibilities * posterior).sum())


def regularisation_term(counts: Floats, parameters: Parameters, reg_covar: float) -> float:
    """Give what an M-step with `reg_covar` maximises beside Q, as a loss (eq-regularised).

    ``reg_covar / 2`` times the sum over components of count times tr(Sigma^-1). The M-step with
    `reg_covar` maximises Q minus this, so the log-likelihood can fall in an iteration, but by no
    more than this term falls. With ``reg_covar=0`` that is the theorem of ascent.

    Parameters
    ----------
    counts : ndarray of shape (n_components,)
        Of the responsibilities that the M-step is taken with.
    parameters : Parameters
    reg_covar : float

    Returns
    -------
    float
    """
    inverse = np.linalg.inv(parameters.matrices())
    return float(reg_covar / 2 * (counts @ np.trace(inverse, axis1=1, axis2=2)))


def posterior_entropy(responsibilities: Floats, *, normalised: bool = False) -> Floats:
    """Entropy of every row's responsibilities (eq-entropy).

    Parameters
    ----------
    responsibilities : ndarray of shape (n_samples, n_components)
    normalised : bool
        Divide by the largest possible entropy, log(n_components): 0 is certain, 1 undecided. With
        one component it is 0.

    Returns
    -------
    ndarray of shape (n_samples,)
        In nats, or without unit when normalised.
    """
    shares = np.asarray(responsibilities, dtype=np.float64)
    entropy = np.maximum(entr(shares).sum(axis=1), 0.0)
    if not normalised:
        return np.asarray(entropy)
    return np.asarray(entropy / np.log(shares.shape[1]) if shares.shape[1] > 1 else 0.0 * entropy)


@dataclass(frozen=True, eq=False)
class EMStep:
    """The state after one step of the EM algorithm.

    Attributes
    ----------
    iteration : int
        1, 2, ...; each iteration has an ``"E"`` and an ``"M"`` step.
    step : {"E", "M"}
    parameters : Parameters
    responsibilities : ndarray of shape (n_samples, n_components)
    log_likelihood : float
        Of `parameters`; the sum of `elbo` and `kl_gap`.
    elbo : float
        At `responsibilities` and `parameters`.
    kl_gap : float
        0, up to rounding, after an E-step.
    """

    iteration: int
    step: Literal["E", "M"]
    parameters: Parameters
    responsibilities: Floats
    log_likelihood: float
    elbo: float
    kl_gap: float


def em_steps(
    X: ArrayLike,
    start: Parameters,
    *,
    tol: float = 1e-3,
    reg_covar: float = 1e-6,
    max_iter: int = 100,
) -> Iterator[EMStep]:
    """Run the EM algorithm one step at a time, until the likelihood settles.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    start : Parameters
    tol : float
        Stop when an iteration changes the log-likelihood per row by less.
    reg_covar : float
    max_iter : int
        Iterations (of two steps) at most.

    Yields
    ------
    EMStep
        Arrays of their own: a step may be kept.
    """
    data = np.asarray(X, dtype=np.float64)
    now, likelihood, previous = start, log_likelihood(data, start), -np.inf
    for iteration in range(1, max_iter + 1):
        shares = e_step(data, now)
        bound, gap = elbo(data, shares, now), kl_gap(data, shares, now)
        yield EMStep(iteration, "E", now, shares, likelihood, bound, gap)
        change, previous = likelihood - previous, likelihood

        now = m_step(data, shares, start.covariance_type, reg_covar)
        likelihood = log_likelihood(data, now)
        bound, gap = elbo(data, shares, now), kl_gap(data, shares, now)
        yield EMStep(iteration, "M", now, shares, likelihood, bound, gap)
        if abs(change) < tol * len(data):
            return
