"""A Gaussian mixture with scikit-learn's interface."""

import warnings
from numbers import Integral, Real
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import (
    assert_all_finite,
    check_is_fitted,
    check_random_state,
    validate_data,
)

from analysis.methods.checks import check_magnitude
from analysis.methods.mixture.fused import _EM, InitParams, _EMRun, _Given, _precisions, _scales_of
from analysis.methods.mixture.model import (
    COVARIANCE_TYPES,
    CovarianceType,
    Floats,
    _one_of,
    cholesky_factors,
    log_density,
    log_joint,
    n_parameters,
)
from analysis.methods.mixture.steps import e_step


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
        check_magnitude(data)
        self._check_parameters(len(data))
        given = self._given(data.shape[1])
        rng = check_random_state(self.random_state)
        names = getattr(self, "feature_names_in_", None)

        best: _EMRun | None = None
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
        self.precisions_cholesky_ = best.end.precisions_cholesky()
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
        check_magnitude(data)
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


def _check_part(name: str, value: ArrayLike | None, shape: tuple[int, ...]) -> Floats | None:
    if value is None:
        return None
    part = np.asarray(value, dtype=np.float64)
    assert_all_finite(part, input_name=name)
    check_magnitude(part, name)
    if part.shape != shape:
        raise ValueError(f"{name} has shape {part.shape}; it needs {shape}.")
    return part
