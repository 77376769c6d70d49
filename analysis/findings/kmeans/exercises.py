"""Code that solves exercises on K-Means; each function is short enough to be read in the book."""

from __future__ import annotations

import collections
import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.methods.indices.internal import InternalIndices, internal_indices
from analysis.methods.kmeans.hartigan import hartigan_moves
from analysis.methods.kmeans.steps import Floats, lloyd_steps, squared_distances
from analysis.songs.table import Dataset, z_scores

N_STARTS = 100
"""Single starts of K-Means that are held against the optimum on a line."""


@dataclasses.dataclass(frozen=True)
class LineOptimum:
    """The least objective of one feature alone, and where single starts of K-Means end on it.

    Attributes
    ----------
    feature : str
    optimum : float
        The least J of all ways to cut the line (exr-line).
    ends : tuple of float
        J at the ends of :data:`N_STARTS` single starts, in rising order.
    """

    feature: str
    optimum: float
    ends: tuple[float, ...]

    @property
    def n_optimal(self) -> int:
        """Starts that end at the optimum, to a millionth."""
        return sum(end <= (1 + 1e-6) * self.optimum for end in self.ends)

    @property
    def best_excess(self) -> float:
        """By which share the best end lies above the optimum."""
        return self.ends[0] / self.optimum - 1

    @property
    def worst_excess(self) -> float:
        """By which share the worst end lies above the optimum."""
        return self.ends[-1] / self.optimum - 1


def ends_of_all_starts(points: Floats, k: int) -> dict[float, int]:
    """Count the ends of Lloyd's algorithm by their objective, over all starts from k points."""
    ends: collections.Counter[float] = collections.Counter()
    for start in itertools.combinations(points, k):
        *_, last = lloyd_steps(points, start)
        ends[round(last.inertia, 9)] += 1
    return dict(sorted(ends.items()))


def expected_start(points: Floats, k: int) -> float:
    """Compute the mean objective of k centres drawn by their squared distances (eq-dsquared)."""
    squares = squared_distances(points, points)

    def expected(nearest: Floats, left: int) -> float:
        if left == 0 or nearest.sum() == 0:
            return float(nearest.sum())
        chances = nearest / nearest.sum()
        further = [expected(np.minimum(nearest, row), left - 1) for row in squares]
        return float(chances @ further)

    return float(np.mean([expected(row, k - 1) for row in squares]))


def uniform_start(points: Floats, k: int) -> float:
    """Compute the mean objective of k different points drawn uniformly as centres."""
    squares = squared_distances(points, points)
    draws = itertools.combinations(range(len(points)), k)
    return float(np.mean([squares[:, list(drawn)].min(axis=1).sum() for drawn in draws]))


def hartigan_leaves(w: float, m: int) -> bool:
    """Say whether a single move improves the bad end on a rectangle with m points a corner."""
    corners = np.array([[-w, 1], [w, 1], [-w, -1], [w, -1]])
    labels = np.array([0, 0, 1, 1])
    return any(hartigan_moves(corners.repeat(m, axis=0), labels.repeat(m), 2))


def best_on_a_line(values: Floats, k: int) -> float:
    """Compute the least objective of numbers on a line, by dynamic programming."""
    x = np.sort(values - values.mean())
    n, sums, squares = (
        np.arange(len(x) + 1),
        np.append(0, x.cumsum()),
        np.append(0, (x**2).cumsum()),
    )
    sizes, ends = n - n[:, None], np.where(n < n[:, None], np.inf, squares)
    cost = ends - squares[:, None] - (sums - sums[:, None]) ** 2 / np.maximum(sizes, 1)
    best = cost[0]
    for _ in range(k - 1):
        best = (best[:, None] + cost).min(axis=0)
    return float(best[-1])


def farthest_below_the_chord(end: int) -> int:
    """Find where the curve 1/k² lies farthest below its chord from 1 to `end`."""
    k = np.arange(1, end + 1)
    curve, chord = (k**-2.0 - end**-2.0) / (1 - end**-2.0), 1 - (k - 1) / (end - 1)
    return int(k[(chord - curve).argmax()])


def with_copies(points: Floats, labels: NDArray[np.int64], n_copies: int) -> InternalIndices:
    """Compute the internal indices when every point is there so many times."""
    return internal_indices(points.repeat(n_copies, axis=0), labels.repeat(n_copies))


def solve_line(dataset: Dataset, config: Config) -> LineOptimum:
    """Hold single starts of K-Means on the first feature against the optimum."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    x = z_scores(dataset.X)[:, 0]
    with threadpool_limits(1):
        ends = sorted(
            float(KMeans(config.n_clusters, n_init=1, random_state=seed).fit(x[:, None]).inertia_)
            for seed in range(config.seed, config.seed + N_STARTS)
        )
    return LineOptimum(dataset.feature_names[0], best_on_a_line(x, config.n_clusters), tuple(ends))
