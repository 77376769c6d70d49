"""The steps of Lloyd's algorithm as the book states them, one short function a step.

`assign` (eq-assign), `update` (eq-mean) and `wcss` (eq-wcss), and `lloyd_steps`, which alternates
them and hands out every half-step.

References
----------
Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28(2), 129-137.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.methods.checks import check_magnitude
from analysis.methods.threads import SCORES_PER_CHUNK

Floats: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int32]


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
    Ties go to the centre with the lowest index. Of equal centres the first gets all rows; where
    only rounding tells two centres apart, it decides.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)

    Returns
    -------
    ndarray of shape (n_samples,), int32
    """
    half_norms = _half_norms(centers)
    labels = np.empty(len(X), dtype=np.int32)
    for rows in _chunks(len(X), len(centers)):
        labels[rows] = (half_norms - X[rows] @ centers.T).argmin(axis=1)
    return labels


def nearest(X: Floats, centers: Floats) -> Labels:
    """Give the nearest centre of each row from exact differences; ties go to the lowest index.

    Slower than `assign`, and right where that is only right to rounding: a row half way between
    two centres, as whole numbers often are.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    centers : ndarray of shape (n_clusters, n_features)

    Returns
    -------
    ndarray of shape (n_samples,), int32
    """
    labels = np.empty(len(X), dtype=np.int32)
    for rows in _chunks(len(X), len(centers)):
        labels[rows] = squared_distances(X[rows], centers).argmin(axis=1)
    return labels


def _half_norms(centers: Floats) -> Floats:
    """Give ``|c|^2 / 2``, and something larger for a centre that equals one before it.

    Two equal centres have equal scores, but a matrix product may round them differently.
    """
    halves = np.asarray((centers**2).sum(axis=1) / 2)
    if len(np.unique(halves)) == len(halves):  # as almost always, and soon seen
        return halves
    _, first = np.unique(centers, axis=0, return_index=True)
    again = np.ones(len(centers), dtype=bool)
    again[first] = False
    halves[again] = 1e300  # larger than any score, see `check_magnitude`
    return halves


def refill(
    X: Floats, labels: Labels, centers: Floats, sample_weight: Floats | None = None
) -> Labels:
    """Give empty clusters a member each, before the update step.

    With m empty clusters, the m rows farthest from the centres they were assigned to leave their
    clusters, and each becomes the only member of one of them. This is scikit-learn's rule. A row
    that was alone leaves its cluster empty in turn; after the update no row that is alone is away
    from its centre, so the next iteration fills that one. When all rows lie on their centres, to
    rounding, there are fewer distinct rows than centres, and nothing is done. The update that
    follows cannot raise the objective because of a refill: a row that is its cluster's only member
    costs nothing, and the cluster it left costs no more without it.

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
    check_magnitude(data)
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


def _means(sums: Floats, weights: Floats) -> Floats:
    """Divide sums by weights; park the centres of clusters without weight (see `update`)."""
    means = sums / np.where(weights > 0, weights, 1)[:, None]
    heaviest = int(weights.argmax())
    for cluster in np.flatnonzero(weights <= 0):
        means[cluster] = (means if heaviest < cluster else sums)[heaviest]
    return means


def _chunks(n_samples: int, n_clusters: int) -> list[slice]:
    """Cut the rows into chunks with some `SCORES_PER_CHUNK` scores each."""
    size = int(np.clip(SCORES_PER_CHUNK // n_clusters, 256, 16384))
    return [slice(start, min(start + size, n_samples)) for start in range(0, n_samples, size)]
