"""Hartigan's move: one row to another cluster, wherever that lowers the objective.

Lloyd's algorithm moves all rows at once and looks at distances alone. A move looks also at what it
does to the two means: a clustering that no move improves is one that Lloyd's algorithm leaves as it
is, and not the other way round (prp-hartigan, cor-hartigan).

References
----------
Hartigan, J. A. and Wong, M. A. (1979). Algorithm AS 136: a K-means clustering algorithm. Applied
Statistics 28(1), 100-108.
Telgarsky, M. and Vattani, A. (2010). Hartigan's method: k-means clustering without Voronoi. PMLR 9,
820-827.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from analysis.methods.kmeans.steps import Floats, Labels, squared_distances, update, wcss

ROUNDING = 1e-12
"""A fall smaller than this share of the total sum of squares is rounding."""


@dataclasses.dataclass(frozen=True, eq=False)
class Move:
    """One row has left its cluster for another.

    Attributes
    ----------
    row, source, target : int
    gain : float
        By how much the objective fell (eq-hartigan), in squared units of the data.
    labels : ndarray of shape (n_samples,), int32
        After the move, an array of its own.
    inertia : float
        J of `labels` at their means (eq-wcss).
    """

    row: int
    source: int
    target: int
    gain: float
    labels: Labels
    inertia: float


def move_gains(X: Floats, labels: Labels, n_clusters: int) -> Floats:
    """Tell by how much J would fall if a row alone moved to a cluster (eq-hartigan).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    ndarray of shape (n_samples, n_clusters)
        In squared units of `X`; 0 for the cluster that a row is in.
    """
    sizes = np.bincount(labels, minlength=n_clusters).astype(np.float64)
    squares = squared_distances(X, update(X, labels, n_clusters))
    own = sizes[labels]
    alone = own == 1
    freed = np.take_along_axis(squares, labels[:, None].astype(np.intp), axis=1)[:, 0]
    freed = np.where(alone, 0.0, freed * own / np.where(alone, 1.0, own - 1))
    gains = np.asarray(freed[:, None] - squares * (sizes / (sizes + 1)), dtype=np.float64)
    gains[np.arange(len(X)), labels] = 0.0
    return gains


def hartigan_moves(X: ArrayLike, labels: ArrayLike, n_clusters: int) -> Iterator[Move]:
    """Move one row at a time, the one that gains most, until no move gains anything.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
        Where to start, each from 0 to ``n_clusters - 1``.
    n_clusters : int

    Yields
    ------
    Move
    """
    data = np.asarray(X, dtype=np.float64)
    now = np.asarray(labels, dtype=np.int32)
    least = ROUNDING * float(np.square(data - data.mean(axis=0)).sum())
    while True:
        gains = move_gains(data, now, n_clusters)
        row, target = (int(i) for i in np.unravel_index(gains.argmax(), gains.shape))
        if not gains[row, target] > least:
            return
        source, now = int(now[row]), now.copy()
        now[row] = target
        inertia = wcss(data, update(data, now, n_clusters), now)
        yield Move(row, source, target, float(gains[row, target]), now, inertia)
