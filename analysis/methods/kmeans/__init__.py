"""K-Means by Lloyd's algorithm, written to be read beside the book's equations.

The first half is the algorithm as the book states it, one short function a step: `assign`
(eq-assign), `update` (eq-mean) and `wcss` (eq-wcss), and `lloyd_steps`, which alternates them and
hands out every half-step. The second half, `LloydKMeans`, takes the same steps over chunks
of rows, so that a million rows cost what they cost in compiled code. The tests hold the two
halves to each other, and both to scikit-learn.

References
----------
Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28(2), 129-137.
Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA.
"""

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
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
from threadpoolctl import ThreadpoolController

Floats: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int32]
Init: TypeAlias = Literal["k-means++", "random"] | ArrayLike | Callable[..., ArrayLike]

# --------------------------------------------------------------------------------------
# The steps, as the book has them
# --------------------------------------------------------------------------------------


def squared_distances(X: Floats, centers: Floats) -> Floats:
    """Squared Euclidean distance of every row to every centre (eq-euclidean).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)

    Returns
    -------
    ndarray of shape (n_samples, n_clusters)
        In squared units of `X`. Summed from the differences, so exact to rounding even far from
        the origin, where the expanded form loses digits.
    """
    squares = np.zeros((len(X), len(centers)))
    for feature in range(X.shape[1]):
        squares += (X[:, feature, None] - centers[None, :, feature]) ** 2
    return squares


def assign(X: Floats, centers: Floats) -> Labels:
    """Take the assignment step: each row joins its nearest centre (eq-assign).

    Since ``|x - c|^2 = |x|^2 + 2 (|c|^2 / 2 - x.c)`` and the first term is the same for every
    centre, the nearest centre is the one with the smallest ``|c|^2 / 2 - x.c``.
    Ties go to the centre with the lowest index.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)

    Returns
    -------
    ndarray of shape (n_samples,), int32
    """
    half_norms = (centers**2).sum(axis=1) / 2
    labels = np.empty(len(X), dtype=np.int32)
    for rows in _chunks(len(X), len(centers)):
        labels[rows] = (half_norms - X[rows] @ centers.T).argmin(axis=1)
    return labels


def refill(
    X: Floats, labels: Labels, centers: Floats, sample_weight: Floats | None = None
) -> Labels:
    """Give every empty cluster a member, before the update step.

    With m empty clusters, the m rows farthest from the centres they were assigned to leave their
    clusters, and each becomes the only member of one of them. This is scikit-learn's rule. When all
    rows lie on their centres, to rounding, there are fewer distinct rows than centres, and nothing
    is done. The update that follows cannot raise the objective because of a refill: a row that is
    its cluster's only member costs nothing, and the cluster it left costs no more without it.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)
        From the assignment step with `centers`.
    centers : ndarray of shape (n_clusters, n_features)
    sample_weight : ndarray of shape (n_samples,), optional
        A cluster whose rows have no weight is empty.

    Returns
    -------
    ndarray of shape (n_samples,), int32
        `labels` itself when no cluster is empty.
    """
    weights = np.bincount(labels, weights=sample_weight, minlength=len(centers))
    empty = np.flatnonzero(weights == 0)
    if not len(empty):
        return labels
    squares = np.square(X - centers[labels]).sum(axis=1)
    rounding = (len(X) + 4) * np.finfo(np.float64).eps * np.abs(X).max()
    if squares.max() <= rounding**2:
        return labels
    refilled = labels.copy()
    refilled[np.argpartition(squares, -len(empty))[: -len(empty) - 1 : -1]] = empty
    return refilled


def update(
    X: Floats, labels: Labels, n_clusters: int, sample_weight: Floats | None = None
) -> Floats:
    """Take the update step: each centre moves to the mean of its cluster (eq-mean).

    A centre that has no member even after `refill` is parked where scikit-learn parks it: on the
    heaviest cluster's mean, or, when that cluster comes later in the order, on its undivided sum.
    Wherever it is, it costs nothing.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)
    n_clusters : int
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the rows, 1 each by default.

    Returns
    -------
    ndarray of shape (n_clusters, n_features)
    """
    weight = np.ones(len(X)) if sample_weight is None else sample_weight
    weighted = np.column_stack([X * weight[:, None], weight])
    sums = [np.bincount(labels, weights=column, minlength=n_clusters) for column in weighted.T]
    totals = np.array(sums, dtype=np.float64)
    return _means(totals[:-1].T, totals[-1])


def wcss(X: Floats, centers: Floats, labels: Labels, sample_weight: Floats | None = None) -> float:
    """Within-cluster sum of squares, the objective J (eq-wcss).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)
    labels : ndarray of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,), optional

    Returns
    -------
    float
        In squared units of `X`.
    """
    squares = np.square(X - centers[labels]).sum(axis=1)
    return float(squares.sum() if sample_weight is None else squares @ sample_weight)


def wcss_pairwise(X: Floats, labels: Labels) -> float:
    """Give J at the cluster means from distances between rows alone (eq-pairwise).

    For each cluster the squared distances of all ordered pairs of its members, summed and divided
    by twice their number.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)

    Returns
    -------
    float
        In squared units of `X`.
    """
    clusters = [X[labels == label] for label in np.unique(labels)]
    return float(sum(squared_distances(rows, rows).sum() / (2 * len(rows)) for rows in clusters))


@dataclass(frozen=True)
class Decomposition:
    """Sums of squares of a clustering: total = within + between (eq-decomposition).

    Attributes
    ----------
    total : float
        Of the rows about their mean.
    within : float
        Of the rows about their clusters' means.
    between : float
        Of the clusters' means about the mean of all rows, each counted once for every member.
    """

    total: float
    within: float
    between: float


def decompose(X: Floats, labels: Labels) -> Decomposition:
    """Compute the three sums of squares, each from its own definition.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)

    Returns
    -------
    Decomposition
    """
    mean = X.mean(axis=0)
    within = between = 0.0
    for label in np.unique(labels):
        rows = X[labels == label]
        center = rows.mean(axis=0)
        within += float(np.square(rows - center).sum())
        between += len(rows) * float(np.square(center - mean).sum())
    return Decomposition(float(np.square(X - mean).sum()), within, between)


def bisector(center: Floats, other: Floats) -> tuple[Floats, float]:
    """Give the hyperplane of the points as far from one centre as from another (eq-bisector).

    Parameters
    ----------
    center, other : ndarray of shape (n_features,)

    Returns
    -------
    normal : ndarray of shape (n_features,)
    offset : float
        A point x is on the hyperplane when ``normal @ x == offset``, and nearer to `center` when
        it is less.
    """
    return other - center, float(other @ other - center @ center) / 2


@dataclass(frozen=True, eq=False)
class LloydStep:
    """The state after one half-step of Lloyd's algorithm.

    Attributes
    ----------
    iteration : int
        1, 2, ...; each iteration has an ``"assign"`` and an ``"update"`` step.
    step : {"assign", "update"}
    centers : ndarray of shape (n_clusters, n_features)
    labels : ndarray of shape (n_samples,)
    inertia : float
        J of `labels` and `centers`.
    labels_changed : int
        Rows whose label this iteration's assignment changed; all of them in the first.
    center_shift : float
        Root of the summed squared moves of the centres; 0 after an assignment.
    """

    iteration: int
    step: Literal["assign", "update"]
    centers: Floats
    labels: Labels
    inertia: float
    labels_changed: int
    center_shift: float


def lloyd_steps(X: ArrayLike, centers: ArrayLike, *, max_iter: int = 300) -> Iterator[LloydStep]:
    """Lloyd's algorithm, one half-step at a time, until a whole one changes nothing.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    centers : array-like of shape (n_clusters, n_features)
        Where to start.
    max_iter : int
        Iterations (of two half-steps) at most.

    Yields
    ------
    LloydStep
        Arrays of their own: a step may be kept.
    """
    data = np.asarray(X, dtype=np.float64)
    mean = data.mean(axis=0)
    data = data - mean
    now = np.asarray(centers, dtype=np.float64) - mean
    labels = np.full(len(data), -1, dtype=np.int32)
    for iteration in range(1, max_iter + 1):
        previous, labels = labels, assign(data, now)
        changed = int(np.count_nonzero(labels != previous))
        inertia = wcss(data, now, labels)
        yield LloydStep(iteration, "assign", now + mean, labels, inertia, changed, 0.0)
        refilled = refill(data, labels, now)
        before, now = now, update(data, refilled, len(now))
        shift = float(np.linalg.norm(now - before))
        inertia = wcss(data, now, refilled)
        yield LloydStep(iteration, "update", now + mean, refilled, inertia, changed, shift)
        if not changed and not shift:
            return


# --------------------------------------------------------------------------------------
# Where to start
# --------------------------------------------------------------------------------------


def kmeans_plusplus(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: Floats | None = None,
    random_state: Any = None,
    n_local_trials: int | None = None,
) -> Floats:
    """Draw starting centres by k-means++: far rows are likely, near ones are not (eq-dsquared).

    The first centre is a random row. Each further one is drawn with probability proportional to
    D², the squared distance to the nearest centre so far. The greedy variant, scikit-learn's,
    draws several candidates and keeps the one that lowers the summed D² most; with one candidate
    it is the algorithm of Arthur and Vassilvitskii, for which their O(log k) bound is proved.
    Draws random numbers in scikit-learn's order: the same seed gives the same rows.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    n_clusters : int
    sample_weight : ndarray of shape (n_samples,), optional
    random_state : int, RandomState or None
    n_local_trials : int or None
        Candidates for each centre; 1 for plain D² sampling, None for ``2 + int(log(n_clusters))``.

    Returns
    -------
    ndarray of shape (n_clusters, n_features)
        Rows of `X`.

    Raises
    ------
    ValueError
        If there are fewer rows than clusters.
    """
    data = np.asarray(X, dtype=np.float64)
    rng = check_random_state(random_state)
    weight = np.ones(len(data)) if sample_weight is None else sample_weight
    _check_enough_rows(data, n_clusters)
    trials = 2 + int(np.log(n_clusters)) if n_local_trials is None else n_local_trials

    norms = np.einsum("ij,ij->i", data, data)
    rows = np.empty(n_clusters, dtype=np.intp)
    rows[0] = rng.choice(len(data), p=weight / weight.sum())
    nearest = _squared_distances_to_rows(data, norms, rows[:1])[0]
    potential = nearest @ weight
    for cluster in range(1, n_clusters):
        drawn = rng.uniform(size=trials) * potential
        candidates = np.searchsorted(np.cumsum(weight * nearest), drawn)
        candidates = np.minimum(candidates, len(data) - 1)
        closer = np.minimum(nearest, _squared_distances_to_rows(data, norms, candidates))
        potentials = closer @ weight
        best = potentials.argmin()
        nearest, potential, rows[cluster] = closer[best], potentials[best], candidates[best]
    return data[rows]


def _squared_distances_to_rows(data: Floats, norms: Floats, rows: NDArray[np.intp]) -> Floats:
    """Squared distances from some rows to all, shape (len(rows), n_samples), never negative."""
    squares = -2 * (data[rows] @ data.T)
    squares += norms[rows, None]
    squares += norms
    squares[np.arange(len(rows)), rows] = 0
    return np.maximum(squares, 0, out=squares)


def random_rows(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: Floats | None = None,
    random_state: Any = None,
) -> Floats:
    """Draw starting centres among the rows, without replacement.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    n_clusters : int
    sample_weight : ndarray of shape (n_samples,), optional
        Rows are drawn with probability proportional to it.
    random_state : int, RandomState or None

    Returns
    -------
    ndarray of shape (n_clusters, n_features)

    Raises
    ------
    ValueError
        If there are fewer rows than clusters.
    """
    data = np.asarray(X, dtype=np.float64)
    _check_enough_rows(data, n_clusters)
    weight = np.ones(len(data)) if sample_weight is None else sample_weight
    rng = check_random_state(random_state)
    rows = rng.choice(len(data), n_clusters, replace=False, p=weight / weight.sum())
    return np.asarray(data[rows])


def _check_enough_rows(X: Floats, n_clusters: int) -> None:
    if len(X) < n_clusters:
        raise ValueError(f"n_samples={len(X)} should be >= n_clusters={n_clusters}.")


# --------------------------------------------------------------------------------------
# The estimator
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LloydHistory:
    """What each iteration of the best start did; all arrays have shape (n_iter,).

    Attributes
    ----------
    inertia_assigned : ndarray
        J after the assignment step. Computed from sums, to about 1e-15 of the total sum of
        squares; `lloyd_steps` gives it to rounding.
    inertia_updated : ndarray
        J after the update step.
    center_shift : ndarray
        Root of the summed squared moves of the centres. The run stops when its square is at most
        ``tol`` times the mean variance of the features.
    labels_changed : ndarray of int
        Rows that changed cluster; all of them in the first iteration.
    """

    inertia_assigned: Floats
    inertia_updated: Floats
    center_shift: Floats
    labels_changed: NDArray[np.int64]

    def __len__(self) -> int:
        """Give the number of iterations."""
        return len(self.center_shift)


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
        self._check_parameters()
        _check_enough_rows(data, self.n_clusters)
        weight: Floats | None = None
        if sample_weight is not None:
            weight = _check_sample_weight(
                sample_weight, data, dtype=np.float64, ensure_non_negative=True
            )
        rng = check_random_state(self.random_state)
        mean = data.mean(axis=0)

        best: _Run | None = None
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
        self.cluster_centers_ = best.centers + mean
        self.labels_ = best.labels
        self.inertia_ = best.inertia
        self.n_iter_ = len(best.history)
        self.history_ = best.history
        self.initial_centers_ = best.start + mean
        self._n_features_out = self.n_clusters
        self._offset = mean
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
        data = self._check_new(X)
        return assign(data - self._offset, self.cluster_centers_ - self._offset)

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
        if centers.shape != (self.n_clusters, X.shape[1]):
            raise ValueError(
                f"The initial centres have shape {centers.shape}; {self.n_clusters} clusters of "
                f"{X.shape[1]} features need {(self.n_clusters, X.shape[1])}."
            )
        return np.asarray(centers - mean)


# --------------------------------------------------------------------------------------
# The same steps, over chunks
# --------------------------------------------------------------------------------------

SCORES_PER_CHUNK = 80_000
"""Scores of one chunk: as many as fit in a core's cache."""
MIN_CHUNKS_PER_THREAD = 3
"""With fewer, handing work to a thread costs more than it saves."""


@dataclass(frozen=True, eq=False)
class _Run:
    """One start, run to its end; centres are relative to the mean of the data."""

    start: Floats
    centers: Floats
    labels: Labels
    inertia: float
    history: LloydHistory


class _Lloyd:
    """Lloyd's algorithm on one data set, over chunks of rows and with threads.

    The rows stand as columns of `table`, centred, with a last row of ones: one matrix product then
    gives the scores ``|c|^2 / 2 - x.c`` of a chunk, and the sums of a cluster end with its size.
    Chunks and the order of all sums depend on the shape of the data only, so the result does not
    depend on the number of threads.
    """

    def __init__(self, X: Floats, mean: Floats, weight: Floats | None, n_clusters: int) -> None:
        n_samples, n_features = X.shape
        self.table = np.empty((n_features + 1, n_samples))
        np.subtract(X.T, mean[:, None], out=self.table[:-1])
        self.table[-1] = 1
        self.weight = weight
        self.weighted = self.table if weight is None else self.table * weight
        rows = self.table[:-1]
        self.total = float(np.einsum("ij,ij->", self.weighted[:-1], rows))
        self.mean_variance = float(np.einsum("ij,ij->", rows, rows)) / rows.size
        self.n_clusters = n_clusters
        self.chunks = _chunks(n_samples, n_clusters)
        self.resources = ExitStack()

    def __enter__(self) -> Self:
        """Take threads; each product inside them is small and runs on one."""
        blas = _blas()
        n_threads = min(_n_blas_threads(blas), len(self.chunks) // MIN_CHUNKS_PER_THREAD)
        self.resources.enter_context(blas.limit(limits=1, user_api="blas"))
        self.pool: Executor | None = None
        if n_threads > 1:
            self.pool = self.resources.enter_context(ThreadPoolExecutor(n_threads - 1))
        size = max(chunk.stop - chunk.start for chunk in self.chunks)
        self.scratch = [_Scratch(self.n_clusters, size) for _ in range(max(n_threads, 1))]
        return self

    def __exit__(self, *error: object) -> None:
        """Give the threads back."""
        self.resources.close()

    def run(self, start: Floats, max_iter: int, threshold: float) -> _Run:
        """Alternate the two steps until no label changes, or the squared shift is small."""
        centers = start
        labels = np.full(self.table.shape[1], -1, dtype=np.int32)
        sums = np.zeros((self.n_clusters, len(self.table)))
        trace: list[tuple[float, float, float, int]] = []
        n_moved = len(labels)
        for _ in range(max_iter):
            previous = labels.copy()
            assigned = self._assign(centers, labels)
            moved = np.flatnonzero(labels != previous)
            n_moved = len(moved)
            sums = self._sum(sums, previous, labels, moved)
            means, updated = self._update(sums, centers, labels)
            shift = float(np.linalg.norm(means - centers))
            trace.append((assigned, updated, shift, n_moved))
            centers = means
            if not n_moved or shift**2 <= threshold:
                break
        if n_moved:  # the centres have moved since the last assignment
            self._assign(centers, labels)
        history = LloydHistory(*(np.array(column) for column in zip(*trace, strict=True)))
        return _Run(start, centers, labels, self._wcss(centers, labels), history)

    def _assign(self, centers: Floats, labels: Labels) -> float:
        """Write the label of every row; give J (eq-assign, eq-wcss)."""
        scorer = np.column_stack([-centers, np.square(centers).sum(axis=1) / 2])
        lowest = np.zeros(len(self.chunks))
        waiting = iter(range(len(self.chunks)))

        def work(scratch: _Scratch) -> None:
            for chunk in waiting:
                rows = self.chunks[chunk]
                part = scratch.sized(rows)
                part.assign(scorer, self.table[:, rows], labels[rows])
                if self.weight is not None:
                    part.lowest *= self.weight[rows]
                lowest[chunk] = part.lowest.sum()

        helpers = [self.pool.submit(work, s) for s in self.scratch[1:]] if self.pool else []
        work(self.scratch[0])
        for helper in helpers:
            helper.result()
        return max(self.total + 2 * float(lowest.sum()), 0.0)

    def _sum(
        self, sums: Floats, previous: Labels, labels: Labels, moved: NDArray[np.intp]
    ) -> Floats:
        """Sum the rows of each cluster, shape (n_clusters, n_features + 1).

        When few rows have moved, the old sums are corrected for those. Not with weights: taking
        a cluster's last weight away must leave zero, which only whole numbers promise.
        """
        spread = self.pool.map if self.pool else map
        if self.weight is None and 4 * len(moved) < len(labels):
            came, left = labels[moved].astype(np.intp), previous[moved].astype(np.intp)

            def correction(column: Floats) -> Floats:
                values = column[moved]
                gain = np.bincount(came, values, self.n_clusters)
                loss = np.bincount(left, values, self.n_clusters)
                return np.asarray(gain - loss, dtype=np.float64)

            return sums + np.column_stack(list(spread(correction, self.table)))
        index = labels.astype(np.intp)
        columns = spread(lambda column: np.bincount(index, column, self.n_clusters), self.weighted)
        return np.column_stack(list(columns))

    def _update(self, sums: Floats, centers: Floats, labels: Labels) -> tuple[Floats, float]:
        """Give the means of the clusters and J (eq-mean)."""
        if not sums[:, -1].all():
            sums = sums.copy()
            refilled = refill(self.table[:-1].T, labels, centers, self.weight)
            for row in np.flatnonzero(refilled != labels):
                sums[labels[row]] -= self.weighted[:, row]
                sums[refilled[row]] += self.weighted[:, row]
        means = _means(sums[:, :-1], sums[:, -1])
        between = float(sums[:, -1] @ np.square(means).sum(axis=1))
        return means, max(self.total - between, 0.0)  # eq-decomposition

    def _wcss(self, centers: Floats, labels: Labels) -> float:
        """Sum J chunk by chunk, from differences."""
        inertia = 0.0
        for rows in self.chunks:
            gaps = self.table[:-1, rows] - centers.T.take(labels[rows], axis=1)
            weighted = gaps if self.weight is None else gaps * self.weight[rows]
            inertia += float(np.vdot(weighted, gaps))
        return inertia


class _Scratch:
    """One thread's buffers for a chunk of m rows."""

    def __init__(self, n_clusters: int, size: int) -> None:
        # What a cluster bids for a row it is nearest to; in a tie the lowest index bids most.
        self.bid = np.arange(n_clusters, 0, -1, dtype=np.min_scalar_type(n_clusters))[:, None]
        self.scores = np.empty((n_clusters, size))
        self.lowest = np.empty(size)  # the score of the nearest centre
        self.nearest = np.empty((n_clusters, size), dtype=np.bool_)
        self.bids = np.empty((n_clusters, size), dtype=self.bid.dtype)
        self.highest = np.empty(size, dtype=self.bid.dtype)

    def sized(self, rows: slice) -> "_Scratch":
        """Give buffers of the chunk's length; all chunks but the last have the same."""
        size = rows.stop - rows.start
        return self if size == len(self.lowest) else _Scratch(len(self.bid), size)

    def assign(self, scorer: Floats, table: Floats, labels: Labels) -> None:
        """Write the label of each row's nearest centre: the one with the lowest score.

        The same as `assign`, several times faster than NumPy's argmin over so short an axis.
        """
        np.matmul(scorer, table, out=self.scores)
        self.scores.min(axis=0, out=self.lowest)
        np.equal(self.scores, self.lowest, out=self.nearest)
        np.multiply(self.nearest.view(np.uint8), self.bid, out=self.bids)
        self.bids.max(axis=0, out=self.highest)
        np.subtract(len(self.bid), self.highest, out=labels, casting="unsafe")


def _means(sums: Floats, weights: Floats) -> Floats:
    """Divide sums by weights; park the centres of clusters without weight (see `update`)."""
    means = sums / np.where(weights > 0, weights, 1)[:, None]
    heaviest = int(weights.argmax())
    for cluster in np.flatnonzero(weights <= 0):
        means[cluster] = (means if heaviest < cluster else sums)[heaviest]
    return means


def _same_partition(labels: Labels, other: Labels) -> bool:
    """Tell whether two labelings agree up to the names of the clusters, one way at least."""
    mapping = np.full(labels.max() + 1, -1)
    mapping[labels] = other
    return bool(np.array_equal(mapping[labels], other))


def _chunks(n_samples: int, n_clusters: int) -> list[slice]:
    """Cut the rows into chunks with some `SCORES_PER_CHUNK` scores each."""
    size = int(np.clip(SCORES_PER_CHUNK // n_clusters, 256, 16384))
    return [slice(start, min(start + size, n_samples)) for start in range(0, n_samples, size)]


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def _n_blas_threads(controller: ThreadpoolController) -> int:
    """Threads that NumPy's BLAS may use now: the environment and the caller's limits count."""
    blas = controller.select(user_api="blas").lib_controllers
    return max((library.num_threads for library in blas), default=1)
