"""K-Means with scikit-learn's interface."""

import warnings
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_is_fitted,
    check_random_state,
    validate_data,
)

from analysis.methods.checks import check_magnitude
from analysis.methods.kmeans.chunks import _Lloyd, _LloydRun
from analysis.methods.kmeans.starts import _check_enough_rows, kmeans_plusplus, random_rows
from analysis.methods.kmeans.steps import Floats, Labels, nearest, squared_distances, update, wcss

Init: TypeAlias = Literal["k-means++", "random"] | ArrayLike | Callable[..., ArrayLike]


class LloydKMeans(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClusterMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """K-Means by Lloyd's algorithm, in NumPy.

    Parameters
    ----------
    n_clusters : int
    init : {"k-means++", "random"}, array-like of shape (n_clusters, n_features) or callable
        How to start. ``"k-means++"`` is the greedy variant. With an array there is one start and
        `n_init` is not used. A callable is called with ``(X, n_clusters, random_state=...)``;
        ``functools.partial(kmeans_plusplus, n_local_trials=1)`` is plain k-means++.
    n_init : int
        Starts; the one with the lowest inertia is kept.
    max_iter : int
        Iterations at most, per start.
    tol : float
        A start stops when no label changes, or when the squared shift of the centres, summed, is
        at most `tol` times the mean variance of the features.
    random_state : int, RandomState or None
        The same seed gives the same result, whatever the number of threads, and the starts of
        scikit-learn's `KMeans` with that seed.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
    labels_ : ndarray of shape (n_samples,), int32
    inertia_ : float
        J of `labels_` and `cluster_centers_`, in squared units of the data.
    n_iter_ : int
    history_ : LloydHistory
        The iterations of the start that was kept.
    initial_centers_ : ndarray of shape (n_clusters, n_features)
        Where that start began: give it to `lloyd_steps` to see every step.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        When the data had column names.

    Notes
    -----
    Empty clusters are refilled as `refill` says, which is scikit-learn's rule.

    Memory beyond the data: one copy of them, a few numbers a row, and for each thread the scores of
    one chunk; never n_samples x n_clusters. Threads are as many as NumPy's BLAS would use.

    See Also
    --------
    lloyd_steps : the same algorithm, one half-step at a time.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: int = 10,
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Find the centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional
            Not negative, not all zero. 1 each by default.

        Returns
        -------
        LloydKMeans

        Raises
        ------
        ValueError
            If a parameter, or the data, are not as described; the message says which.

        Warns
        -----
        ConvergenceWarning
            If fewer clusters than asked for have members: there are too few distinct rows.
        """
        data: Floats = validate_data(self, X, dtype=np.float64)
        check_magnitude(data)
        self._check_parameters()
        _check_enough_rows(data, self.n_clusters)
        weight: Floats | None = None
        if sample_weight is not None:
            weight = _check_sample_weight(
                sample_weight, data, dtype=np.float64, ensure_non_negative=True
            )
        rng = check_random_state(self.random_state)
        mean = data.mean(axis=0)

        best: _LloydRun | None = None
        with _Lloyd(data, mean, weight, self.n_clusters) as lloyd:
            for _ in range(self._number_of_starts()):
                start = self._start(data, mean, weight, rng)
                run = lloyd.run(start, self.max_iter, self.tol * lloyd.mean_variance)
                # Rounding alone can make the same clusters, renumbered, look better.
                if best is None or (
                    run.inertia < best.inertia and not _same_partition(run.labels, best.labels)
                ):
                    best = run
        assert best is not None  # noqa: S101  (there is at least one start)

        n_found = np.count_nonzero(np.bincount(best.labels))
        if n_found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({n_found}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=2,
            )
        if best.history.center_shift[-1] == 0 and n_found == self.n_clusters:
            # Means of the rows as they are: exact for whole numbers, so that ties are ties.
            self.cluster_centers_ = update(data, best.labels, self.n_clusters, weight)
        else:
            self.cluster_centers_ = best.centers + mean
        self.labels_ = nearest(data, self.cluster_centers_)
        self.inertia_ = best.inertia
        self.n_iter_ = len(best.history)
        self.history_ = best.history
        self.initial_centers_ = best.start + mean
        self._n_features_out = self.n_clusters
        return self

    def fit_predict(
        self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> Labels:
        """Find the centres and give the label of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        ndarray of shape (n_samples,), int32
        """
        return self.fit(X, sample_weight=sample_weight).labels_

    def predict(self, X: ArrayLike) -> Labels:
        """Give the nearest centre of each row; ties go to the lowest index (eq-assign).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,), int32
        """
        return nearest(self._check_new(X), self.cluster_centers_)

    def transform(self, X: ArrayLike) -> Floats:
        """Give the distance of each row to each centre (eq-euclidean).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            In units of the data.
        """
        return np.sqrt(squared_distances(self._check_new(X), self.cluster_centers_))

    def score(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Give minus the objective of new rows, each at its nearest centre (eq-wcss).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        float
        """
        data = self._check_new(X)
        weight = _check_sample_weight(sample_weight, data, dtype=np.float64)
        return -wcss(data, self.cluster_centers_, self.predict(data), weight)

    def _check_new(self, X: ArrayLike) -> Floats:
        check_is_fitted(self)
        data: Floats = validate_data(self, X, dtype=np.float64, reset=False)
        check_magnitude(data)
        return data

    def _check_parameters(self) -> None:
        for name in ("n_clusters", "n_init", "max_iter"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be an integer of at least 1, not {value!r}.")
        if not isinstance(self.tol, Real) or not 0 <= self.tol < np.inf:
            raise ValueError(f"tol must be a number of at least 0, not {self.tol!r}.")
        if isinstance(self.init, str) and self.init not in ("k-means++", "random"):
            raise ValueError(
                f"init must be 'k-means++', 'random', an array or a callable, not {self.init!r}."
            )

    def _number_of_starts(self) -> int:
        given = not isinstance(self.init, str) and not callable(self.init)
        return 1 if given else int(self.n_init)

    def _start(self, X: Floats, mean: Floats, weight: Floats | None, rng: Any) -> Floats:
        """Give centred starting centres, shape (n_clusters, n_features)."""
        centers: Any = self.init
        if isinstance(self.init, str):
            draw = kmeans_plusplus if self.init == "k-means++" else random_rows
            return draw(X - mean, self.n_clusters, sample_weight=weight, random_state=rng)
        if callable(self.init):
            centers = self.init(X, self.n_clusters, random_state=rng)
        centers = check_array(centers, dtype=np.float64, input_name="init")
        check_magnitude(centers, "init")
        if centers.shape != (self.n_clusters, X.shape[1]):
            raise ValueError(
                f"The initial centres have shape {centers.shape}; {self.n_clusters} clusters of "
                f"{X.shape[1]} features need {(self.n_clusters, X.shape[1])}."
            )
        return np.asarray(centers - mean)


def _same_partition(labels: Labels, other: Labels) -> bool:
    """Tell whether two labelings agree up to the names of the clusters, one way at least."""
    mapping = np.full(labels.max() + 1, -1)
    mapping[labels] = other
    return bool(np.array_equal(mapping[labels], other))
