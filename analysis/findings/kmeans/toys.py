"""Small made-up data on which K-Means can be followed by hand, or seen to succeed and to fail."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from analysis.methods.kmeans.steps import Floats, LloydStep, lloyd_steps
from analysis.streams import Stream, generator

SIX = np.array([0.0, 1.0, 5.0, 10.0, 14.0, 15.0])
"""Six numbers on a line."""

HALF_WIDTH = 2.0
"""Half the width of the rectangle, whose height is 2."""

SEED = 42
"""The toys' own seed: they stay as they are, whatever the study's is."""

N_POINTS = 300
"""Points in each picture."""


@dataclasses.dataclass(frozen=True, eq=False)
class MadeUp:
    """Made-up groups, and what K-Means makes of them.

    Attributes
    ----------
    name : str
    points : ndarray of shape (n_points, 2)
    groups, labels : ndarray of shape (n_points,), int
        What was drawn, and what K-Means finds. Clusters are numbered as the groups they fit best.
    centers : ndarray of shape (n_groups, 2)
        Of the clusters.
    ari : float
        Adjusted Rand index of the two (eq-ari).
    """

    name: str
    points: Floats
    groups: NDArray[np.int64]
    labels: NDArray[np.int64]
    centers: Floats
    ari: float


@dataclasses.dataclass(frozen=True, eq=False)
class Rest:
    """Four corners of a rectangle, sorted into two clusters that Lloyd's algorithm leaves alone.

    Attributes
    ----------
    points : ndarray of shape (4, 2)
    labels : ndarray of shape (4,), int
    centers : ndarray of shape (2, 2)
    inertia : float
    """

    points: Floats
    labels: NDArray[np.int64]
    centers: Floats
    inertia: float


def six_on_a_line() -> tuple[LloydStep, ...]:
    """Run Lloyd's algorithm on the six numbers, from the first two of them as centres."""
    return tuple(lloyd_steps(SIX[:, None], SIX[:2, None]))


def rectangle() -> tuple[Rest, Rest]:
    """Return where Lloyd's algorithm rests on a rectangle: a bad place, and the best (prp-trap)."""
    corners = np.array([[-1, 1], [1, 1], [-1, -1], [1, -1]]) * [HALF_WIDTH, 1.0]

    def rest(start: Floats) -> Rest:
        *_, last = lloyd_steps(corners, start)
        return Rest(corners, last.labels.astype(np.int64), last.centers, last.inertia)

    return rest(corners[[1, 3]]), rest(corners[[0, 1]])


def shapes() -> tuple[MadeUp, ...]:
    """Draw round, unequal, stretched and bent groups, and ask K-Means for as many clusters."""
    from sklearn.cluster import KMeans
    from sklearn.datasets import make_blobs, make_moons
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    rng = generator(SEED, Stream.KMEANS_TOYS)
    seed = int(rng.integers(2**31))
    thirds = [N_POINTS // 3] * 3
    corners = np.array([[-4.0, -2.0], [0.0, 3.0], [4.0, -2.0]])
    rows = np.array([[0.0, -2.6], [0.0, 0.0], [0.0, 2.6]])
    spread = np.array([[0.0, 0.0], [4.6, 1.4], [4.6, -1.4]])
    sizes = [8 * N_POINTS // 10, N_POINTS // 10, N_POINTS // 10]
    stretched, rows_of = make_blobs(thirds, centers=rows / 0.45, random_state=seed)
    drawn = {
        "Round": make_blobs(thirds, centers=corners, random_state=seed),
        "One wide": make_blobs(
            sizes, centers=spread, cluster_std=[1.7, 0.35, 0.35], random_state=seed
        ),
        "Stripes": (stretched * [3.5, 0.45], rows_of),
        "Arcs": make_moons(N_POINTS, noise=0.06, random_state=seed),
    }
    found = []
    for name, (points, groups) in drawn.items():
        k = len(np.unique(groups))
        with threadpool_limits(1):
            fit = KMeans(k, n_init=10, random_state=seed).fit(points)
        order = _matched(groups, fit.labels_)
        labels = np.argsort(order)[fit.labels_]
        ari = float(adjusted_rand_score(groups, labels))
        centers = fit.cluster_centers_[order]
        found.append(MadeUp(name, points, groups, labels, centers, ari))
    return tuple(found)


def _matched(groups: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each group the cluster that is matched to it."""
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics.cluster import contingency_matrix

    return np.asarray(linear_sum_assignment(contingency_matrix(groups, labels), maximize=True)[1])
