"""Lloyd's algorithm where it can be seen: in the plane of the first two principal axes.

Two pictures, which must not be confused. In the first, the algorithm runs in the plane itself: the
cells are those of its own centres. In the second it has run on all features, and the plane cuts
through cells that have as many dimensions as there are features.
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.run import LloydTrace
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
Cells = tuple[Floats, ...]
T = TypeVar("T")

MARGIN = 0.06
"""Room around the songs, as a share of their range."""


@dataclasses.dataclass(frozen=True)
class PlaneRound:
    """One round of Lloyd's algorithm in the plane.

    Attributes
    ----------
    iteration : int
        1, 2, ...
    cells : tuple of ndarray of shape (n_corners, 2)
        For each cluster the cell of the centres that the round began with, cut at the box; no
        corners where nothing of it lies in the box.
    before, after : ndarray of shape (n_clusters, 2)
        The centres before and after the update step.
    moved : ndarray of int
        Rows of the songs that changed cluster; none in the first round, in which all are new.
    inertia : float
        J after the round, in the plane.
    """

    iteration: int
    cells: Cells
    before: Floats
    after: Floats
    moved: NDArray[np.int64]
    inertia: float


@dataclasses.dataclass(frozen=True)
class PlaneRun:
    """A run of Lloyd's algorithm in the plane of the first two principal axes.

    Attributes
    ----------
    scores : ndarray of shape (n_songs, 2)
        The songs in the plane.
    share : float
        Of the variance, in the plane.
    box : tuple of float
        Left, right, bottom, top: what the pictures show.
    rounds : tuple of PlaneRound
        All of them.
    """

    scores: Floats
    share: float
    box: Box
    rounds: tuple[PlaneRound, ...]

    @property
    def start(self) -> Floats:
        """The centres at the start, shape (n_clusters, 2)."""
        return self.rounds[0].before

    @property
    def n_iter(self) -> int:
        """Number of rounds."""
        return len(self.rounds)

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.start)

    def chosen(self, most: int) -> tuple[PlaneRound, ...]:
        """Return at most so many rounds: the first ones, then at growing distances to the last."""
        return pick(self.rounds, most)


@dataclasses.dataclass(frozen=True)
class Slice:
    """The plane of the first two principal axes, and the cells it cuts through.

    Attributes
    ----------
    scores : ndarray of shape (n_songs, 2)
        The songs, projected on the plane.
    labels : ndarray of shape (n_songs,)
        Their clusters.
    centers : ndarray of shape (n_clusters, 2)
        The centres, projected.
    cells : tuple of ndarray of shape (n_corners, 2)
        The part of each cell that lies in the plane; no corners where there is none in the box.
    box : tuple of float
    share : float
        Of the variance, in the plane.
    elsewhere : ndarray of bool, shape (n_songs,)
        Songs whose projection lies in another cell than the song.
    """

    scores: Floats
    labels: NDArray[np.int32]
    centers: Floats
    cells: Cells
    box: Box
    share: float
    elsewhere: NDArray[np.bool_]

    @property
    def elsewhere_share(self) -> float:
        """The share of songs whose projection lies in another cell than the song."""
        return float(self.elsewhere.mean())


def run_in_plane(dataset: Dataset, config: Config) -> PlaneRun:
    """Run Lloyd's algorithm on the first two principal components, from random songs."""
    from analysis.methods.kmeans.starts import random_rows
    from analysis.methods.kmeans.steps import lloyd_steps

    X = z_scores(dataset.X)
    axes, share = principal_plane(X)
    scores = X @ axes
    box = frame(scores)
    before = random_rows(scores, config.n_clusters, random_state=config.seed)
    steps = list(lloyd_steps(scores, before, max_iter=config.max_iter))
    rounds = []
    labels = steps[0].labels
    for assigned, updated in zip(steps[::2], steps[1::2], strict=True):
        moved = np.flatnonzero(assigned.labels != labels)
        cells = voronoi_cells(before, box)
        rounds.append(
            PlaneRound(updated.iteration, cells, before, updated.centers, moved, updated.inertia)
        )
        before, labels = updated.centers, assigned.labels
    return PlaneRun(scores, share, box, tuple(rounds))


def cut(dataset: Dataset, run: LloydTrace) -> Slice:
    """Cut through the cells of a run on all features, by the plane of two principal axes."""
    from analysis.methods.kmeans.steps import assign

    X = z_scores(dataset.X)
    axes, share = principal_plane(X)
    scores = X @ axes
    box = frame(scores)
    return Slice(
        scores=scores,
        labels=run.labels,
        centers=run.cluster_centers @ axes,
        cells=voronoi_cells(run.cluster_centers, box, axes),
        box=box,
        share=share,
        elsewhere=assign(scores @ axes.T, run.cluster_centers) != run.labels,
    )


def pick(rounds: tuple[T, ...], most: int) -> tuple[T, ...]:
    """Return at most so many: the first ones, then at growing distances to the last."""
    if len(rounds) <= most:
        return rounds
    places = np.geomspace(1, len(rounds), most)
    places = np.maximum(places, np.arange(1, most + 1)).round().astype(int)
    return tuple(rounds[place - 1] for place in np.unique(places))


def principal_plane(X: Floats) -> tuple[Floats, float]:
    """Return the first two principal axes of centred rows, and their share of the variance.

    Returns
    -------
    axes : ndarray of shape (n_features, 2)
        Orthonormal; the largest entry of each is positive.
    share : float
    """
    _, sizes, directions = np.linalg.svd(X, full_matrices=False)
    axes = directions[:2].T
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return axes, float(np.square(sizes[:2]).sum() / np.square(sizes).sum())


def frame(points: Floats) -> Box:
    """Return the box around points in the plane: left, right, bottom, top."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = MARGIN * np.maximum(high - low, 1e-9)
    (left, bottom), (right, top) = low - room, high + room
    return float(left), float(right), float(bottom), float(top)


def voronoi_cells(centers: Floats, box: Box, axes: Floats | None = None) -> Cells:
    """Cut a box along the bisectors of centres (eq-bisector, eq-slice).

    Parameters
    ----------
    centers : ndarray of shape (n_clusters, n_features)
    box : tuple of float
        Left, right, bottom, top.
    axes : ndarray of shape (n_features, 2), optional
        Orthonormal axes of a plane through the origin; by default the two features themselves.

    Returns
    -------
    tuple of ndarray of shape (n_corners, 2)
        For each centre the part of its cell in the box, corners in order, in coordinates of the
        plane. Of centres that coincide the first has the cell, as the tie rule has it.
    """
    from analysis.methods.kmeans.steps import bisector

    left, right, bottom, top = box
    whole = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
    plane = np.eye(2) if axes is None else axes
    cells = []
    for i, center in enumerate(centers):
        cell = whole
        for j, other in enumerate(centers):
            if j == i or not len(cell):
                continue
            if np.array_equal(center, other):
                cell = cell if i < j else cell[:0]
                continue
            normal, offset = bisector(center, other)
            cell = clip(cell, plane.T @ normal, offset)
        cells.append(cell)
    return tuple(cells)


def clip(corners: Floats, normal: Floats, offset: float) -> Floats:
    """Keep the part of a convex polygon where ``normal @ x <= offset``."""
    heights = corners @ normal - offset
    kept = []
    for here, there, low, high in zip(
        corners, np.roll(corners, -1, axis=0), heights, np.roll(heights, -1), strict=True
    ):
        if low <= 0:
            kept.append(here)
        if (low < 0 < high) or (high < 0 < low):
            kept.append(here + (there - here) * (low / (low - high)))
    return np.array(kept).reshape(-1, 2) if len(kept) > 2 else np.empty((0, 2))
