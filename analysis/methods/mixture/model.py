"""A Gaussian mixture and its density.

All logarithms are natural; likelihoods and entropies are in nats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dtrtrs
from scipy.special import logsumexp

Floats: TypeAlias = NDArray[np.float64]
CovarianceType: TypeAlias = Literal["full", "tied", "diag", "spherical"]


COVARIANCE_TYPES: tuple[CovarianceType, ...] = get_args(CovarianceType)
"""How free the components' covariances are."""
LOG_2PI = float(np.log(2 * np.pi))
"""log(2 π), in nats."""
EPSILON = float(np.finfo(np.float64).eps)
"""The relative rounding error of floating-point numbers."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """What a Gaussian mixture is made of (eq-mixture).

    Attributes
    ----------
    weights : ndarray of shape (n_components,)
        Not negative; they sum to 1.
    means : ndarray of shape (n_components, n_features)
    covariances : ndarray
        Shape by `covariance_type`: ``"full"`` (n_components, n_features, n_features), ``"tied"``
        (n_features, n_features), ``"diag"`` (n_components, n_features), ``"spherical"``
        (n_components,).
    covariance_type : {"full", "tied", "diag", "spherical"}
    """

    weights: Floats
    means: Floats
    covariances: Floats
    covariance_type: CovarianceType = "full"

    def matrices(self) -> Floats:
        """Give every component's covariance matrix, whatever the type.

        Returns
        -------
        ndarray of shape (n_components, n_features, n_features)
        """
        return covariance_matrices(self.covariances, self.covariance_type, self.means.shape)


def covariance_matrices(
    covariances: Floats, covariance_type: CovarianceType, shape: tuple[int, ...]
) -> Floats:
    """Write covariances of any type as one matrix a component.

    Parameters
    ----------
    covariances : ndarray
        As in `Parameters`.
    covariance_type : {"full", "tied", "diag", "spherical"}
    shape : (int, int)
        Number of components and of features: the shape of the means.

    Returns
    -------
    ndarray of shape (n_components, n_features, n_features)
    """
    n_components, n_features = shape
    match covariance_type:
        case "full":
            return covariances
        case "tied":
            return np.repeat(covariances[None], n_components, axis=0)
        case "diag":
            return covariances[:, :, None] * np.eye(n_features)
        case "spherical":
            return covariances[:, None, None] * np.eye(n_features)


def n_parameters(n_components: int, n_features: int, covariance_type: CovarianceType) -> int:
    """Count the free parameters of a mixture (eq-parameters).

    The weights sum to 1, so one of them is not free; a covariance matrix is symmetric.

    Parameters
    ----------
    n_components, n_features : int
    covariance_type : {"full", "tied", "diag", "spherical"}

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If `covariance_type` is none of the four.
    """
    K, d = n_components, n_features
    in_covariances = {
        "full": K * d * (d + 1) // 2,
        "tied": d * (d + 1) // 2,
        "diag": K * d,
        "spherical": K,
    }
    if covariance_type not in in_covariances:
        raise ValueError(_one_of("covariance_type", COVARIANCE_TYPES, covariance_type))
    return (K - 1) + K * d + in_covariances[covariance_type]


def cholesky_factors(
    covariances: Floats,
    *,
    feature_names: Sequence[str] | None = None,
    floor: Floats | None = None,
    shared: bool = False,
) -> Floats:
    """Factor every covariance as L L^T with L lower triangular (eq-cholesky).

    A matrix that is positive definite by rounding alone is refused as well: the square of a pivot
    is the variance that is left of its feature when the features before it are known, and when that
    is no more than rounding, the density would be made of rounding errors.

    Parameters
    ----------
    covariances : ndarray of shape (n_components, n_features, n_features)
    feature_names : sequence of str, optional
        For the message.
    floor : ndarray of shape (n_features,), optional
        Variances to compare with besides the matrices' own, those of the whole data for instance.
    shared : bool
        The message speaks of one covariance for all components.

    Returns
    -------
    ndarray of shape (n_components, n_features, n_features)

    Raises
    ------
    ValueError
        If a covariance is not positive definite: which component, which feature, what to do.
    """
    n_features = covariances.shape[-1]
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    least = n_features * EPSILON * np.maximum(variances, 0.0 if floor is None else floor)
    try:
        factors = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        pass
    else:
        if (np.square(np.diagonal(factors, axis1=1, axis2=2)) > least).all():
            return np.asarray(factors, dtype=np.float64)
    for component, covariance in enumerate(covariances):
        feature = _first_bad_pivot(covariance, least[component])
        if feature is not None:
            whose = (
                "The shared covariance" if shared else f"The covariance of component {component}"
            )
            raise ValueError(_not_positive_definite(whose, feature, covariance, feature_names))
    raise ValueError("A covariance is not positive definite.")  # pragma: no cover


def _first_bad_pivot(covariance: Floats, least: Floats) -> int | None:
    """Give the first feature whose variance given the ones before it is not above `least`."""
    for feature in range(len(covariance)):
        try:
            factor = np.linalg.cholesky(covariance[: feature + 1, : feature + 1])
        except np.linalg.LinAlgError:
            return feature
        if not factor[-1, -1] ** 2 > least[feature]:
            return feature
    return None


def _not_positive_definite(
    whose: str, feature: int, covariance: Floats, feature_names: Sequence[str] | None
) -> str:
    name = f"feature {feature}"
    if feature_names is not None:
        name += f" ({feature_names[feature]!r})"
    if feature == 0 or covariance[feature, feature] <= 0:
        found = "does not vary"
    else:
        found = "is a linear function of the features before it"
    return (
        f"{whose} is not positive definite: among its rows {name} {found}, up to rounding. "
        "Raise reg_covar, drop a redundant feature, or use fewer components."
    )


def squared_mahalanobis(X: Floats, means: Floats, covariances: Floats) -> Floats:
    """Squared Mahalanobis distance of every row to every mean (eq-mahalanobis).

    With Sigma = L L^T and z the solution of L z = x - mu, the distance is ``|z|^2``: no matrix is
    inverted.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    means : ndarray of shape (n_components, n_features)
    covariances : ndarray of shape (n_components, n_features, n_features)

    Returns
    -------
    ndarray of shape (n_samples, n_components)
        Without unit.
    """
    return _squared_norms(X, means, cholesky_factors(covariances))


def _squared_norms(X: Floats, means: Floats, factors: Floats) -> Floats:
    """Sum |z|^2 where L z = x - mu, shape (n_samples, n_components)."""
    squares = np.empty((len(X), len(means)))
    for component, (mean, factor) in enumerate(zip(means, factors, strict=True)):
        z, _ = dtrtrs(factor, (X - mean).T, lower=True)
        squares[:, component] = np.square(z).sum(axis=0)
    return squares


def log_gaussian_density(X: Floats, means: Floats, covariances: Floats) -> Floats:
    """Logarithm of every component's normal density at every row (eq-gaussian).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    means : ndarray of shape (n_components, n_features)
    covariances : ndarray of shape (n_components, n_features, n_features)

    Returns
    -------
    ndarray of shape (n_samples, n_components)

    Raises
    ------
    ValueError
        If a covariance is not positive definite.
    """
    factors = cholesky_factors(covariances)
    squares = _squared_norms(X, means, factors)
    return np.asarray(-0.5 * (X.shape[1] * LOG_2PI + log_determinants(factors) + squares))


def log_determinants(factors: Floats) -> Floats:
    """Logarithm of det(L L^T): twice the sum of the logarithms of the diagonal (eq-cholesky).

    Parameters
    ----------
    factors : ndarray of shape (n_components, n_features, n_features)
        Lower triangular.

    Returns
    -------
    ndarray of shape (n_components,)
    """
    return np.asarray(2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1))


def log_joint(X: Floats, parameters: Parameters) -> Floats:
    """Logarithm of weight times density, for every row and component (eq-joint).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters

    Returns
    -------
    ndarray of shape (n_samples, n_components)
    """
    densities = log_gaussian_density(X, parameters.means, parameters.matrices())
    return np.asarray(densities + _log_weights(parameters.weights))


def log_density(X: Floats, parameters: Parameters) -> Floats:
    """Logarithm of the mixture's density at every row (eq-mixture, eq-logsumexp).

    The largest term is taken out of the sum before the exponential, which could underflow.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    return np.asarray(logsumexp(log_joint(X, parameters), axis=1))


def _log_weights(weights: Floats) -> Floats:
    """Give logarithms, a finite one for weight 0 as well: times a share of 0 it has to be 0."""
    logarithms = np.full(weights.shape, -1e300)
    np.log(weights, where=weights > 0, out=logarithms)
    return logarithms


def log_likelihood(X: Floats, parameters: Parameters) -> float:
    """Sum the log-density of the rows (eq-loglikelihood).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters

    Returns
    -------
    float
    """
    return float(log_density(X, parameters).sum())


def _one_of(name: str, allowed: Sequence[str], value: Any) -> str:
    return f"{name} must be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}, not {value!r}."
