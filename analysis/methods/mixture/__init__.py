"""Gaussian mixtures by the EM algorithm, written to be read beside the book's equations.

The first half is the algorithm as the book states it, one short function a step: `e_step`
(eq-responsibility), `m_step` (eq-mstep-mean, eq-mstep-covariance, eq-mstep-weight), the
log-likelihood and its two parts, `elbo` and `kl_gap` (eq-decomposition-elbo), and `em_steps`, which
alternates the two steps and hands out every one. The second half, `EMGaussianMixture`, takes the
same steps, fused and over chunks of rows, so that no array of n_samples x n_components x n_features
is ever made. The tests hold the two halves to each other, and both to scikit-learn.

All logarithms are natural; likelihoods and entropies are in nats.

References
----------
Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via
the EM algorithm. J. R. Stat. Soc. B 39(1), 1-38.
Neal, R. M. and Hinton, G. E. (1998). A view of the EM algorithm that justifies incremental, sparse,
and other variants. In: Learning in Graphical Models, 355-368.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import Any, Literal, Self, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import entr, logsumexp, xlogy
from scipy.stats import chi2
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import (
    check_array,
    check_is_fitted,
    check_random_state,
    validate_data,
)

from analysis.methods.kmeans import LloydKMeans, _blas, kmeans_plusplus

Floats: TypeAlias = NDArray[np.float64]
CovarianceType: TypeAlias = Literal["full", "tied", "diag", "spherical"]
InitParams: TypeAlias = Literal["kmeans", "k-means++", "random", "random_from_data"]

COVARIANCE_TYPES: tuple[CovarianceType, ...] = get_args(CovarianceType)
"""How free the components' covariances are."""
LOG_2PI = float(np.log(2 * np.pi))
"""log(2 π), in nats."""
EPSILON = float(np.finfo(np.float64).eps)
"""The relative rounding error of floating-point numbers."""

# --------------------------------------------------------------------------------------
# The model
# --------------------------------------------------------------------------------------


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
        z = solve_triangular(factor, (X - mean).T, lower=True, check_finite=False)
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


# --------------------------------------------------------------------------------------
# The steps, as the book has them
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# Contours
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# Degeneracy
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class PinnedComponent:
    """A component that is as flat as the regularisation lets it be.

    ``str()`` says so in a sentence.

    Attributes
    ----------
    component : int or None
        None when the covariance is one for all components.
    n_directions : int
        How many directions it is flat in.
    smallest_eigenvalue : float
        Of the covariance, in squared units of the data.
    reg_covar : float
        What the fit added to every eigenvalue.
    direction : ndarray of shape (n_features,)
        Unit vector of the smallest eigenvalue.
    features : tuple of str
        Those that the flat directions involve: between them the data hardly vary.
    """

    component: int | None
    n_directions: int
    smallest_eigenvalue: float
    reg_covar: float
    direction: Floats
    features: tuple[str, ...]

    def __str__(self) -> str:
        if self.component is None:
            start = "All components share a covariance that"
        else:
            start = f"Component {self.component} has a covariance that"
        ways = "1 direction, which involves"
        if self.n_directions > 1:
            ways = f"{self.n_directions} directions, which involve"
        smallest = f"the smallest eigenvalue, {self.smallest_eigenvalue:.3g}"
        if self.reg_covar > 0:
            share = min(self.reg_covar / self.smallest_eigenvalue, 1.0)
            owes = f"{share:.0%} of {smallest}, is reg_covar"
        else:
            owes = f"{smallest}, is no more than rounding"
        return (
            f"{start} is pinned at the regularisation: in {ways} {_listing(self.features)}, "
            f"the data hardly vary, and {owes}. The log-likelihood, BIC and AIC depend "
            "on reg_covar there: drop a redundant feature, or use fewer components."
        )


def pinned_components(
    model: Any, *, factor: float = 2.0, feature_names: Sequence[str] | None = None
) -> tuple[PinnedComponent, ...]:
    """Find the components of a fitted mixture whose covariance is pinned at the regularisation.

    The fit adds `reg_covar` to every eigenvalue that the data give. An eigenvalue of less than
    twice `reg_covar` owes more to the regularisation than to the data. The likelihood of such a
    component is not a property of the data: it grows without bound as `reg_covar` goes to zero.

    Parameters
    ----------
    model : EMGaussianMixture or sklearn.mixture.GaussianMixture
        Fitted.
    factor : float
        An eigenvalue below `factor` times `reg_covar`, or no more than rounding, is pinned.
    feature_names : sequence of str, optional
        What to call the features; by default as in the data the model was fitted to.

    Returns
    -------
    tuple of PinnedComponent
        In the order of the components; empty when none is pinned.
    """
    check_is_fitted(model)
    kind = model.covariance_type
    matrices = covariance_matrices(model.covariances_, kind, model.means_.shape)
    names = feature_names or getattr(model, "feature_names_in_", None)
    if names is None:
        names = [f"feature {index}" for index in range(matrices.shape[-1])]
    pinned = []
    for component, matrix in enumerate(matrices[:1] if kind == "tied" else matrices):
        values, vectors = np.linalg.eigh(matrix)
        flat = values < max(factor * model.reg_covar, len(values) * EPSILON * values[-1])
        if not flat.any():
            continue
        involved = np.square(vectors[:, flat]).sum(axis=1) > 0.05
        pinned.append(
            PinnedComponent(
                None if kind == "tied" else component,
                int(flat.sum()),
                float(values[0]),
                float(model.reg_covar),
                vectors[:, 0],
                tuple(str(name) for name, is_in in zip(names, involved, strict=True) if is_in),
            )
        )
    return tuple(pinned)


def _listing(names: Sequence[str]) -> str:
    """Join with commas and a last "and"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


# --------------------------------------------------------------------------------------
# The estimator
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class EMHistory:
    """What each iteration of the best start did; all arrays have shape (n_iter,).

    An iteration is an E-step, which lifts the lower bound (ELBO) to the log-likelihood, and an
    M-step, which lifts both, and leaves a gap between them. Sums over all rows, in nats.

    Attributes
    ----------
    log_likelihood : ndarray
        Of the parameters the iteration starts with; divided by the number of rows it is
        scikit-learn's lower bound.
    elbo_before, kl_before : ndarray
        Its two parts between the E-step and the M-step; the gap is 0 up to rounding.
    log_likelihood_after : ndarray
        Of the parameters the iteration ends with.
    elbo_after, kl_after : ndarray
        Its two parts after the M-step, the responsibilities still being those of the E-step.
    max_change : ndarray
        The largest change of a weight, a coordinate of a mean or an entry of a covariance.
    """

    log_likelihood: Floats
    elbo_before: Floats
    kl_before: Floats
    log_likelihood_after: Floats
    elbo_after: Floats
    kl_after: Floats
    max_change: Floats

    def __len__(self) -> int:
        """Give the number of iterations."""
        return len(self.max_change)


class EMGaussianMixture(DensityMixin, BaseEstimator):  # type: ignore[misc]
    """Gaussian mixture by the EM algorithm, in NumPy and SciPy.

    Parameters
    ----------
    n_components : int
    covariance_type : {"full", "tied", "diag", "spherical"}
        One matrix a component, one matrix for all, one variance a component and feature, one
        variance a component.
    tol : float
        A start stops when an iteration changes the log-likelihood per row by less. With 0 it takes
        all iterations.
    reg_covar : float
        Added to every variance in every M-step, in squared units of the data. With 0 the likelihood
        never falls, and a component that becomes flat is an error; see `regularisation_term`.
    max_iter : int
        Iterations at most, per start. With 0 the start itself is the result.
    n_init : int
        Starts; the one with the highest log-likelihood is kept.
    init_params : {"kmeans", "k-means++", "random", "random_from_data"}
        How to start: an M-step with the clusters of `LloydKMeans` or with random responsibilities;
        or rows as means, drawn by k-means++ or evenly, with variances of `reg_covar`.
    weights_init : array-like of shape (n_components,), optional
    means_init : array-like of shape (n_components, n_features), optional
    precisions_init : array-like, optional
        Inverse covariances, their shape as that of `covariances_`. What is given replaces what
        `init_params` found.
    random_state : int, RandomState or None
        The same seed gives the same result, and the starts of scikit-learn's `GaussianMixture` with
        that seed.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components,)
    means_ : ndarray of shape (n_components, n_features)
    covariances_, precisions_, precisions_cholesky_ : ndarray
        Shape by `covariance_type`: (n_components, n_features, n_features), (n_features,
        n_features), (n_components, n_features), (n_components,). The last is upper triangular, and
        times its transpose it is the inverse covariance.
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        Log-likelihood per row in the last iteration, before its M-step, as in scikit-learn.
    history_ : EMHistory
        The iterations of the start that was kept.
    initial_parameters_ : Parameters
        Where that start began: give it to `em_steps` to see every step.
    parameters_ : Parameters
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        When the data had column names.

    Notes
    -----
    From the same start the results are scikit-learn's up to rounding, as long as every component
    has some rows (see `component_counts`). With ``"k-means++"`` and ``"random_from_data"`` the
    starts differ in two ways. Here the weights sum to 1 from the beginning; scikit-learn's sum to
    n_components / n_samples, which shifts its first lower bound. And here a ``"tied"`` covariance
    starts at `reg_covar` like those of the other types; scikit-learn's starts at the scatter of all
    rows divided by n_components, so wide that EM can stop with components that hardly differ.

    Memory beyond the data: one copy of them and a few chunks of fixed size; finding a start takes
    n_samples x n_components, never times n_features.

    See Also
    --------
    em_steps : the same algorithm, one step at a time.
    """

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: CovarianceType = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: InitParams = "kmeans",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Find the parameters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        EMGaussianMixture

        Raises
        ------
        ValueError
            If a parameter, or the data, are not as described, or if a covariance is not positive
            definite; the message says which, and what to do.

        Warns
        -----
        ConvergenceWarning
            If the start that is kept has not converged.
        """
        data: Floats = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        self._check_parameters(len(data))
        given = self._given(data.shape[1])
        rng = check_random_state(self.random_state)
        names = getattr(self, "feature_names_in_", None)

        best: _Run | None = None
        with _EM(data, self.covariance_type, float(self.reg_covar), names) as em:
            for _ in range(self.n_init):
                start = em.start(given, self.n_components, self.init_params, rng)
                run = em.run(start, self.max_iter, self.tol)
                if best is None or run.lower_bound > best.lower_bound:
                    best = run
            assert best is not None  # noqa: S101  (there is at least one start)
            self.history_ = em.history(best)
            self.initial_parameters_ = em.uncentred(best.start)
            self.parameters_ = em.uncentred(best.end)

        if not best.converged and self.max_iter:
            warnings.warn(
                f"The best start did not converge in {self.max_iter} iterations: raise max_iter or "
                "tol, or look for degenerate data with pinned_components.",
                ConvergenceWarning,
                stacklevel=2,
            )
        self.weights_ = self.parameters_.weights
        self.means_ = self.parameters_.means
        self.covariances_ = self.parameters_.covariances
        self.precisions_cholesky_ = best.end.precisions_cholesky(self.covariance_type)
        self.precisions_ = _precisions(self.precisions_cholesky_, self.covariance_type)
        self.converged_ = best.converged
        self.n_iter_ = len(self.history_)
        self.lower_bound_ = best.lower_bound
        return self

    def fit_predict(self, X: ArrayLike, y: Any = None) -> NDArray[np.int64]:
        """Find the parameters and give the likeliest component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self.fit(X).predict(X)

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """Give the likeliest component of each row; ties go to the lowest index (eq-argmax).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        chunks = self._new_chunks(X)
        return np.concatenate([log_joint(rows, self.parameters_).argmax(axis=1) for rows in chunks])

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Give the responsibilities: each component's share in each row (eq-responsibility).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Rows sum to 1.
        """
        return np.concatenate([e_step(rows, self.parameters_) for rows in self._new_chunks(X)])

    def score_samples(self, X: ArrayLike) -> Floats:
        """Give the logarithm of the mixture's density at each row (eq-mixture).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return np.concatenate([log_density(rows, self.parameters_) for rows in self._new_chunks(X)])

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Give the log-likelihood per row (eq-loglikelihood).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        float
        """
        return float(self.score_samples(X).mean())

    def bic(self, X: ArrayLike) -> float:
        """Give the Bayesian information criterion; lower is better (eq-bic).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        float
        """
        densities = self.score_samples(X)
        return float(-2 * densities.sum() + self._n_parameters() * np.log(len(densities)))

    def aic(self, X: ArrayLike) -> float:
        """Give Akaike's information criterion; lower is better (eq-aic).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        float
        """
        return float(-2 * self.score_samples(X).sum() + 2 * self._n_parameters())

    def sample(self, n_samples: int = 1) -> tuple[Floats, NDArray[np.int64]]:
        """Draw rows from the mixture: a component, then mu + L z with z standard normal.

        Parameters
        ----------
        n_samples : int

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            In the order of the components. Not the draws of scikit-learn with the same seed.
        y : ndarray of shape (n_samples,)
            The components.

        Raises
        ------
        ValueError
            If `n_samples` is not an integer of at least 1.
        """
        check_is_fitted(self)
        _check_integer("n_samples", n_samples, 1)
        rng = check_random_state(self.random_state)
        counts = rng.multinomial(n_samples, self.weights_)
        labels = np.repeat(np.arange(len(counts)), counts)
        factors = cholesky_factors(self.parameters_.matrices())
        noise = rng.standard_normal((n_samples, self.means_.shape[1]))
        X = np.einsum("nij,nj->ni", factors[labels], noise) + self.means_[labels]
        return X, labels

    def _n_parameters(self) -> int:
        n_components, n_features = self.means_.shape
        return n_parameters(n_components, n_features, self.covariance_type)

    def _new_chunks(self, X: ArrayLike) -> list[Floats]:
        check_is_fitted(self)
        data: Floats = validate_data(self, X, dtype=np.float64, reset=False)
        return [data[start : start + 16_384] for start in range(0, len(data), 16_384)]

    def _check_parameters(self, n_samples: int) -> None:
        for name, least in (("n_components", 1), ("max_iter", 0), ("n_init", 1)):
            _check_integer(name, getattr(self, name), least)
        for name in ("tol", "reg_covar"):
            value = getattr(self, name)
            if not isinstance(value, Real) or not 0 <= float(value) < np.inf:
                raise ValueError(f"{name} must be a number of at least 0, not {value!r}.")
        for name, allowed in (
            ("covariance_type", COVARIANCE_TYPES),
            ("init_params", get_args(InitParams)),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(_one_of(name, allowed, getattr(self, name)))
        if n_samples < self.n_components:
            raise ValueError(
                f"n_samples={n_samples} should be >= n_components={self.n_components}."
            )

    def _given(self, n_features: int) -> "_Given":
        """Check the parts of the start that are given."""
        shape = (self.n_components, n_features)
        weights = _check_part("weights_init", self.weights_init, shape[:1])
        if weights is not None and not ((weights >= 0).all() and abs(weights.sum() - 1) <= 1e-8):
            raise ValueError("weights_init must not be negative and must sum to 1.")
        means = _check_part("means_init", self.means_init, shape)
        precisions_shape = {
            "full": (*shape, n_features),
            "tied": (n_features, n_features),
            "diag": shape,
            "spherical": shape[:1],
        }[self.covariance_type]
        precisions = _check_part("precisions_init", self.precisions_init, precisions_shape)
        scales = None if precisions is None else _scales_of(precisions, self.covariance_type)
        return _Given(weights, means, scales)


def _check_integer(name: str, value: Any, least: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be an integer of at least {least}, not {value!r}.")


def _one_of(name: str, allowed: Sequence[str], value: Any) -> str:
    return f"{name} must be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}, not {value!r}."


def _check_part(name: str, value: ArrayLike | None, shape: tuple[int, ...]) -> Floats | None:
    if value is None:
        return None
    part: Floats = check_array(
        value, dtype=np.float64, ensure_2d=False, allow_nd=True, input_name=name
    )
    if part.shape != shape:
        raise ValueError(f"{name} has shape {part.shape}; it needs {shape}.")
    return part


def _scales_of(precisions: Floats, covariance_type: CovarianceType) -> Floats:
    """Factor the inverses of precisions as `_State.scales` has them.

    Reversed in rows and columns, a lower factor of the precision is an upper one, U U^T; then
    the covariance is L L^T with L the inverse of U^T.
    """
    if covariance_type in ("diag", "spherical"):
        if not (precisions > 0).all():
            raise ValueError("precisions_init must be above 0.")
        return np.asarray(1 / np.sqrt(precisions))
    matrices = precisions.reshape(-1, *precisions.shape[-2:])
    transposed = matrices.transpose(0, 2, 1)
    if not np.allclose(matrices, transposed):
        raise ValueError("precisions_init must be symmetric.")
    try:
        upper = np.linalg.cholesky(matrices[:, ::-1, ::-1])[:, ::-1, ::-1]
    except np.linalg.LinAlgError:
        raise ValueError("precisions_init must be positive definite.") from None
    return np.asarray(np.linalg.inv(upper).transpose(0, 2, 1), dtype=np.float64)


def _precisions(whiteners: Floats, covariance_type: CovarianceType) -> Floats:
    if covariance_type in ("full", "tied"):
        return np.asarray(whiteners @ np.swapaxes(whiteners, -1, -2))
    return whiteners**2


# --------------------------------------------------------------------------------------
# The same steps, fused
# --------------------------------------------------------------------------------------


SCORES_PER_CHUNK = 80_000
"""Scores of one chunk: as many as fit in a core's cache."""


@dataclass(frozen=True, eq=False)
class _Given:
    """The parts of a start that the caller gave."""

    weights: Floats | None
    means: Floats | None
    scales: Floats | None


@dataclass(frozen=True, eq=False)
class _State:
    """Parameters on their way; means are relative to the mean of the data.

    `scales` is a root of the covariances: lower triangular factors L, shape (n_components,
    n_features, n_features) for ``"full"`` and (1, n_features, n_features) for ``"tied"``, or
    standard deviations, shaped as the variances.
    """

    weights: Floats
    means: Floats
    covariances: Floats
    scales: Floats

    @cached_property
    def inverses(self) -> Floats:
        """Invert the scales; shaped as they are."""
        return _inverse_factors(self.scales) if self.scales.ndim == 3 else 1 / self.scales

    def precisions_cholesky(self, covariance_type: CovarianceType) -> Floats:
        """Give the inverses as scikit-learn has them: transposed, and "tied" without first axis."""
        match covariance_type:
            case "full":
                return np.ascontiguousarray(self.inverses.transpose(0, 2, 1))
            case "tied":
                return np.ascontiguousarray(self.inverses[0].T)
            case _:
                return self.inverses

    def log_determinants(self, covariance_type: CovarianceType) -> Floats:
        """Give the logarithm of every covariance's determinant, shape (n_components,) or (1,)."""
        match covariance_type:
            case "full" | "tied":
                return log_determinants(self.scales)
            case "diag":
                return np.asarray(2 * np.log(self.scales).sum(axis=1))
            case "spherical":
                return np.asarray(2 * self.means.shape[1] * np.log(self.scales))


@dataclass(frozen=True, eq=False)
class _Sums:
    """What an E-step leaves for the M-step, summed over the rows.

    With r a responsibility and y a row relative to a component's mean in units of its scale:

    log_likelihood, entropy : of the rows, and of their responsibilities
    counts : r, shape (n_components,)
    first : r y, shape (n_components, n_features)
    second : r y y^T, shape (n_components, n_features, n_features), for ``"full"``, r y^2 for
        ``"diag"`` and ``"spherical"``, unused for ``"tied"``
    squares : r |y|^2, summed over the components too
    """

    log_likelihood: float
    entropy: float
    counts: Floats
    first: Floats
    second: Floats
    squares: float


@dataclass(frozen=True, eq=False)
class _Run:
    """One start, run to its end."""

    start: _State
    end: _State
    lower_bound: float
    converged: bool
    trace: list[tuple[float, float, float, float]]


class _EM:
    """The EM algorithm on one data set, over chunks of rows.

    Everything is relative to the mean of the data, and a component's sums are relative to its own
    mean and scale, so that nothing is lost to cancellation. Only one pass over the data is made in
    an iteration. Chunks depend on the shape of the data only, and BLAS runs on one thread, so the
    result does not depend on the number of threads.
    """

    def __init__(
        self,
        X: Floats,
        covariance_type: CovarianceType,
        reg_covar: float,
        feature_names: Sequence[str] | None,
    ) -> None:
        self.mean = X.mean(axis=0)
        self.table = np.ones((X.shape[1] + 1, len(X)))  # a row a feature, and one of ones
        np.subtract(X.T, self.mean[:, None], out=self.table[:-1])
        self.rows = self.table[:-1]
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.feature_names = feature_names
        self.scatter = self.rows @ self.rows.T
        # What reg_covar does not cover has to be more than the rounding of the data.
        self.floor = None if reg_covar else np.diagonal(self.scatter) / len(X)

    def __enter__(self) -> Self:
        """Keep BLAS to one thread; its products are small."""
        self.limit = _blas().limit(limits=1, user_api="blas")
        self.limit.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        """Give BLAS its threads back."""
        self.limit.__exit__(*error)

    def start(self, given: _Given, n_components: int, init_params: InitParams, rng: Any) -> _State:
        """Draw a start, and put in its place what is given."""
        if given.weights is not None and given.means is not None and given.scales is not None:
            return self._replaced(given.weights, given.means - self.mean, None, given)
        X = self.rows.T
        match init_params:
            case "kmeans":
                labels = LloydKMeans(n_components, n_init=1, random_state=rng).fit(X).labels_
                shares = np.zeros((len(X), n_components))
                shares[np.arange(len(X)), labels] = 1
                drawn = m_step(X, shares, self.covariance_type, self.reg_covar)
            case "random":
                shares = rng.uniform(size=(len(X), n_components))
                shares /= shares.sum(axis=1, keepdims=True)
                drawn = m_step(X, shares, self.covariance_type, self.reg_covar)
            case "k-means++":
                drawn = self._at_rows(kmeans_plusplus(X, n_components, random_state=rng))
            case "random_from_data":
                drawn = self._at_rows(X[rng.choice(len(X), size=n_components, replace=False)])
        weights = drawn.weights if given.weights is None else given.weights
        means = drawn.means if given.means is None else given.means - self.mean
        return self._replaced(weights, means, drawn.covariances, given)

    def _at_rows(self, means: Floats) -> Parameters:
        """Give a start with rows as means and no variance but `reg_covar`."""
        shares = np.eye(len(means))
        return m_step(means, shares, self.covariance_type, self.reg_covar)

    def _replaced(
        self, weights: Floats, means: Floats, covariances: Floats | None, given: _Given
    ) -> _State:
        scales = given.scales
        if scales is None:
            assert covariances is not None  # noqa: S101  (drawn, since not all parts are given)
            return self._state(weights, means, covariances)
        match self.covariance_type:
            case "full":
                covariances = scales @ scales.transpose(0, 2, 1)
            case "tied":
                covariances = scales[0] @ scales[0].T
            case _:
                covariances = scales**2
        return _State(weights, means, covariances, scales)

    def _state(self, weights: Floats, means: Floats, covariances: Floats) -> _State:
        """Factor the covariances."""
        shared = self.covariance_type == "tied"
        matrices = covariance_matrices(covariances, self.covariance_type, means.shape)
        scales = cholesky_factors(
            matrices[:1] if shared else matrices,
            feature_names=self.feature_names,
            floor=self.floor,
            shared=shared,
        )
        if self.covariance_type in ("diag", "spherical"):
            scales = np.sqrt(covariances)
        return _State(weights, means, covariances, scales)

    def uncentred(self, state: _State) -> Parameters:
        """Give the parameters in the coordinates of the data."""
        means = state.means + self.mean
        return Parameters(state.weights, means, state.covariances, self.covariance_type)

    def run(self, start: _State, max_iter: int, tol: float) -> _Run:
        """Alternate the two steps until the likelihood settles."""
        now, bound, converged = start, -np.inf, False
        trace: list[tuple[float, float, float, float]] = []
        for _ in range(max_iter):
            previous, sums = bound, self.e_step(now)
            before = now
            now = self.m_step(before, sums)
            trace.append(
                (
                    sums.log_likelihood,
                    self._q_before(before, sums) + sums.entropy,
                    self._q_after(now, sums) + sums.entropy,
                    _largest_change(before, now),
                )
            )
            bound = sums.log_likelihood / len(self.rows.T)
            if abs(bound - previous) < tol:
                converged = True
                break
        return _Run(start, now, bound, converged, trace)

    def history(self, run: _Run) -> EMHistory:
        """Write down a run; takes one more E-step, for the likelihood that the last M-step left."""
        trace = np.array(run.trace).reshape(-1, 4)
        likelihood, before, after, change = trace.T.copy()
        last = [self.e_step(run.end).log_likelihood] if len(trace) else []
        reached = np.append(likelihood[1:], last)
        return EMHistory(
            likelihood, before, likelihood - before, reached, after, reached - after, change
        )

    def e_step(self, state: _State) -> _Sums:
        """Find the responsibilities, chunk by chunk, and sum them up (eq-responsibility)."""
        kernel = _Kernel(state, self.covariance_type)
        parts = [kernel.e_step(self.table[:, rows]) for rows in self._chunks(len(state.means))]
        return _Sums(*(np.sum(column, axis=0) for column in zip(*parts, strict=True)))

    def _chunks(self, n_components: int) -> list[slice]:
        """Cut the rows so that a chunk of them, once for each component, fits in the cache."""
        n_features, n_samples = self.rows.shape
        size = int(np.clip(SCORES_PER_CHUNK // (n_components * n_features), 128, 16_384))
        return [slice(first, first + size) for first in range(0, n_samples, size)]

    def m_step(self, state: _State, sums: _Sums) -> _State:
        """Find the best parameters (eq-mstep-mean, eq-mstep-covariance, eq-mstep-weight).

        In the coordinates of the sums, the mean moves from 0 to `shift`, and the scatter about it
        is that about 0 less its outer product. A component without rows stays where it is.
        """
        counts = np.maximum(sums.counts, 10 * EPSILON)
        weights = counts / counts.sum()
        shift = sums.first / counts[:, None]
        match self.covariance_type:
            case "full":
                means = state.means + np.einsum("kij,kj->ki", state.scales, shift)
                within = sums.second / counts[:, None, None] - shift[:, :, None] * shift[:, None, :]
                covariances = state.scales @ within @ state.scales.transpose(0, 2, 1)
                covariances = (covariances + covariances.transpose(0, 2, 1)) / 2
            case "tied":
                means = state.means + shift @ state.scales[0].T
                covariances = (self.scatter - (counts * means.T) @ means) / counts.sum()
            case "diag":
                means = state.means + state.scales * shift
                covariances = state.covariances * (sums.second / counts[:, None] - shift**2)
            case "spherical":
                means = state.means + state.scales[:, None] * shift
                variances = (sums.second / counts[:, None] - shift**2).mean(axis=1)
                covariances = state.covariances * variances
        covariances = _regularise(covariances, self.covariance_type, self.reg_covar)
        return self._state(weights, means, covariances)

    def _q_before(self, state: _State, sums: _Sums) -> float:
        """Evaluate Q at the parameters of the E-step (eq-q)."""
        return self._q(state, sums.counts, sums.squares)

    def _q_after(self, state: _State, sums: _Sums) -> float:
        """Evaluate Q at the parameters of the M-step (eq-q).

        Were it not for `reg_covar`, the mean squared Mahalanobis distance would be n_features.
        """
        n_components, n_features = state.means.shape
        precisions = _precisions(
            state.precisions_cholesky(self.covariance_type), self.covariance_type
        )
        match self.covariance_type:
            case "full":
                traces = np.trace(precisions, axis1=1, axis2=2)
            case "tied":
                traces = np.full(n_components, np.trace(precisions))
            case "diag":
                traces = precisions.sum(axis=1)
            case "spherical":
                traces = n_features * precisions
        squares = sums.counts @ (n_features - self.reg_covar * traces)
        return self._q(state, sums.counts, float(squares))

    def _q(self, state: _State, counts: Floats, squares: float) -> float:
        constants = _log_weights(state.weights) - 0.5 * (
            len(self.rows) * LOG_2PI + state.log_determinants(self.covariance_type)
        )
        return float(counts @ constants - 0.5 * squares)


class _Kernel:
    """The E-step with one set of parameters, on chunks of rows."""

    def __init__(self, state: _State, covariance_type: CovarianceType) -> None:
        self.covariance_type = covariance_type
        self.shape = state.means.shape
        n_features = self.shape[1]
        constants = _log_weights(state.weights) - 0.5 * (
            n_features * LOG_2PI + state.log_determinants(covariance_type)
        )
        self.constants = constants[:, None]
        self.inverse = inverse = state.inverses
        match covariance_type:
            case "full" | "tied":
                shift = -(inverse @ state.means[:, :, None])[:, :, 0]
            case "diag":
                shift = -inverse * state.means
            case "spherical":
                shift = -inverse[:, None] * state.means
        self.shift = shift
        if covariance_type == "full":  # to be multiplied with rows that end in 1
            self.affine = np.concatenate([inverse, shift[:, :, None]], axis=2).reshape(
                -1, n_features + 1
            )

    def whiten(self, table: Floats) -> Floats:
        """Give the rows relative to every component's mean, in units of its scale.

        Shape (n_components, n_features, n_rows).
        """
        match self.covariance_type:
            case "full":
                return (self.affine @ table).reshape(*self.shape, -1)
            case "tied":
                return np.asarray(self.inverse[0] @ table[:-1] + self.shift[:, :, None])
            case "diag":
                relative = self.inverse[:, :, None] * table[:-1]
            case "spherical":
                relative = self.inverse[:, None, None] * table[:-1]
        relative += self.shift[:, :, None]
        return relative

    def e_step(self, table: Floats) -> tuple[float, float, Floats, Floats, Floats, float]:
        """Give the fields of `_Sums` for the rows that stand as columns in `table`."""
        whitened = self.whiten(table)
        squares = np.einsum("kdm,kdm->km", whitened, whitened)
        joint = self.constants - 0.5 * squares

        highest = joint.max(axis=0)
        joint -= highest
        shares = np.exp(joint)
        total = shares.sum(axis=0)  # eq-logsumexp
        shares /= total
        surplus = float(np.log(total).sum())
        likelihood = float(highest.sum()) + surplus
        entropy = surplus - float(np.vdot(shares, joint))

        column = shares[:, :, None]
        first = (whitened @ column)[:, :, 0]
        match self.covariance_type:
            case "full":
                second = (whitened * shares[:, None, :]) @ whitened.transpose(0, 2, 1)
            case "tied":
                second = np.zeros(0)
            case _:
                second = (np.square(whitened, out=whitened) @ column)[:, :, 0]
        weighted = float(np.vdot(shares, squares))
        return likelihood, entropy, shares.sum(axis=1), first, second, weighted


def _inverse_factors(factors: Floats) -> Floats:
    """Invert lower triangular matrices by forward substitution, all of them at once."""
    inverses = np.zeros_like(factors)
    for row in range(factors.shape[-1]):
        pivots = factors[:, row, row]
        inverses[:, row, row] = 1 / pivots
        above = factors[:, None, row, :row] @ inverses[:, :row, :row]
        inverses[:, row, :row] = -above[:, 0] / pivots[:, None]
    return inverses


def _largest_change(before: _State, now: _State) -> float:
    pairs = (
        (before.weights, now.weights),
        (before.means, now.means),
        (before.covariances, now.covariances),
    )
    return max(float(np.abs(new - old).max()) for old, new in pairs)
