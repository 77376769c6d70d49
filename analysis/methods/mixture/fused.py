"""The EM algorithm over chunks of rows, its two steps fused.

No array of n_samples x n_components x n_features is ever made. The tests hold it to
`analysis.methods.mixture.steps`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from analysis.methods.kmeans.estimator import LloydKMeans
from analysis.methods.kmeans.starts import kmeans_plusplus
from analysis.methods.mixture.model import (
    EPSILON,
    LOG_2PI,
    CovarianceType,
    Floats,
    Parameters,
    _log_weights,
    cholesky_factors,
    covariance_matrices,
    log_determinants,
)
from analysis.methods.mixture.steps import _regularise, m_step
from analysis.methods.threads import SCORES_PER_CHUNK, blas

InitParams: TypeAlias = Literal["kmeans", "k-means++", "random", "random_from_data"]


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
    covariance_type: CovarianceType

    @cached_property
    def inverses(self) -> Floats:
        """Invert the scales; shaped as they are."""
        return _inverse_factors(self.scales) if self.scales.ndim == 3 else 1 / self.scales

    def precisions_cholesky(self) -> Floats:
        """Give the inverses as scikit-learn has them: transposed, and "tied" without first axis."""
        match self.covariance_type:
            case "full":
                return np.ascontiguousarray(self.inverses.transpose(0, 2, 1))
            case "tied":
                return np.ascontiguousarray(self.inverses[0].T)
            case _:
                return self.inverses

    @cached_property
    def log_peaks(self) -> Floats:
        """Give the logarithm of weight times density at every mean, shape (n_components,)."""
        n_features = self.means.shape[1]
        match self.covariance_type:
            case "full" | "tied":
                of_covariances = log_determinants(self.scales)
            case "diag":
                of_covariances = 2 * np.log(self.scales).sum(axis=1)
            case "spherical":
                of_covariances = 2 * n_features * np.log(self.scales)
        return np.asarray(
            _log_weights(self.weights) - 0.5 * (n_features * LOG_2PI + of_covariances)
        )

    def precision_traces(self) -> Floats:
        """Sum the diagonal of every inverse covariance, shape (n_components,) or (1,)."""
        squares = np.square(self.inverses)
        match self.covariance_type:
            case "full" | "tied":
                return np.asarray(squares.sum(axis=(1, 2)))
            case "diag":
                return np.asarray(squares.sum(axis=1))
            case "spherical":
                return np.asarray(self.means.shape[1] * squares)


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
class _EMRun:
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
        self.limit = blas().limit(limits=1, user_api="blas")
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
        return _State(weights, means, covariances, scales, self.covariance_type)

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
        return _State(weights, means, covariances, scales, self.covariance_type)

    def uncentred(self, state: _State) -> Parameters:
        """Give the parameters in the coordinates of the data."""
        means = state.means + self.mean
        return Parameters(state.weights, means, state.covariances, self.covariance_type)

    def run(self, start: _State, max_iter: int, tol: float) -> _EMRun:
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
        return _EMRun(start, now, bound, converged, trace)

    def history(self, run: _EMRun) -> EMHistory:
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
        kernel = _Kernel(state)
        parts = [kernel.e_step(self.table[:, rows]) for rows in self._chunks(len(state.means))]
        return _Sums(*(sum(column) for column in zip(*parts, strict=True)))

    def _chunks(self, n_components: int) -> list[slice]:
        """Cut the rows so that a chunk of them, once for each component, fits in the cache."""
        n_features, n_samples = self.rows.shape
        size = min(max(SCORES_PER_CHUNK // (n_components * n_features), 128), 16_384)
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
        squares = sums.counts * (len(self.rows) - self.reg_covar * state.precision_traces())
        return self._q(state, sums.counts, float(squares.sum()))

    def _q(self, state: _State, counts: Floats, squares: float) -> float:
        return float(counts @ state.log_peaks - 0.5 * squares)


class _Kernel:
    """The E-step with one set of parameters, on chunks of rows."""

    def __init__(self, state: _State) -> None:
        self.covariance_type = state.covariance_type
        self.shape = state.means.shape
        self.log_peaks = state.log_peaks[:, None]
        self.inverse = inverse = state.inverses
        match self.covariance_type:
            case "full" | "tied":
                shift = -(inverse @ state.means[:, :, None])[:, :, 0]
            case "diag":
                shift = -inverse * state.means
            case "spherical":
                shift = -inverse[:, None] * state.means
        self.shift = shift
        if self.covariance_type == "full":  # to be multiplied with rows that end in 1
            affine = np.concatenate([inverse, shift[:, :, None]], axis=2)
            self.affine = affine.reshape(-1, affine.shape[2])

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
        joint = self.log_peaks - 0.5 * squares

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
