"""Where K-Means begins, and where it then ends: many single starts, for three ways to begin."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]

STARTS_PER_INIT = 10
"""So many single starts are run for each start of which the study keeps the best."""

NEAR = 0.01
"""A run that ends this close to the best end known, as a share of J, counts as near it."""

SAME = 1e-6
"""Ends whose J differs by less than this share are the same end."""


@dataclasses.dataclass(frozen=True)
class StartStat:
    """Single starts of one kind.

    Attributes
    ----------
    n_starts : int
    inertia_start : float
        Mean J of the starting centres, each song at the nearest.
    best, median, worst : float
        J at the end.
    near_share : float
        Share of the starts that end at most :data:`NEAR` above the best end known.
    n_ends : int
        Different ends.
    best_of_n : float
        J to be expected of the best of as many starts as the study takes.
    fewest_rounds, most_rounds : float
    """

    n_starts: int
    inertia_start: float
    best: float
    median: float
    worst: float
    near_share: float
    n_ends: int
    best_of_n: float
    fewest_rounds: float
    most_rounds: float


@dataclasses.dataclass(frozen=True)
class Starts:
    """Many single starts of K-Means.

    Attributes
    ----------
    runs : DataFrame
        One row a start: ``init``, ``start``, ``inertia_start``, ``inertia``, ``n_iter``
        (see :func:`analysis.methods.selection.single_starts`).
    inits : tuple of str
        The ways to begin, in the order of the book.
    n_clusters, n_init : int
    """

    runs: pd.DataFrame
    inits: tuple[str, ...]
    n_clusters: int
    n_init: int

    @property
    def n_starts(self) -> int:
        """Starts of each kind."""
        return len(self.runs) // len(self.inits)

    @property
    def best(self) -> float:
        """The lowest J at which any of the starts ended."""
        return float(self.runs["inertia"].min())

    @property
    def worst(self) -> float:
        """The highest J at which any of the starts ended."""
        return float(self.runs["inertia"].max())

    @property
    def spread(self) -> float:
        """By which share of the best the worst end lies above it."""
        return self.worst / self.best - 1 if self.best > 0 else 0.0

    @property
    def near(self) -> float:
        """How close to the best end known counts as near it, as a share of J."""
        return NEAR

    def median_excess(self, init: str) -> float:
        """Return by which share of the best end known the median end lies above it."""
        return self.of(init).median / self.best - 1 if self.best > 0 else 0.0

    @property
    def n_ends(self) -> int:
        """Different ends of all starts."""
        return count_ends(np.sort(self.runs["inertia"].to_numpy(dtype=np.float64)))

    @property
    def guarantee(self) -> float:
        """The factor 8 (ln k + 2) of Arthur and Vassilvitskii (eq-guarantee)."""
        return 8 * (math.log(self.n_clusters) + 2)

    @property
    def n_candidates(self) -> int:
        """Candidates that scikit-learn draws for each centre."""
        return 2 + int(math.log(self.n_clusters))

    def of(self, init: str) -> StartStat:
        """Return what the starts of one kind came to."""
        runs = self.runs[self.runs["init"] == init]
        ends = np.sort(runs["inertia"].to_numpy(dtype=np.float64))
        rounds = runs["n_iter"]
        return StartStat(
            n_starts=len(ends),
            inertia_start=float(runs["inertia_start"].mean()),
            best=float(ends[0]),
            median=float(np.median(ends)),
            worst=float(ends[-1]),
            near_share=float(np.mean(ends <= (1 + NEAR) * self.best)),
            n_ends=count_ends(ends),
            best_of_n=expected_lowest(ends, self.n_init),
            fewest_rounds=float(rounds.min()),
            most_rounds=float(rounds.max()),
        )

    def start_factor(self, init: str) -> float:
        """Return the mean J of the starting centres as a multiple of the best end known."""
        return self.of(init).inertia_start / self.best if self.best > 0 else 1.0

    def rounds_within(self, init: str, low: int, high: int) -> float:
        """Return the share of the starts that took from `low` to `high` rounds."""
        rounds = self.runs.loc[self.runs["init"] == init, "n_iter"]
        return float(rounds.between(low, high).mean())

    def chance_of_near(self, init: str) -> float:
        """Return the chance that the best of `n_init` starts ends near the best end known."""
        return 1 - (1 - self.of(init).near_share) ** self.n_init


def run_starts(dataset: Dataset, config: Config) -> Starts:
    """Run K-Means from many single starts."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    from analysis.methods.selection import INITS, single_starts

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        runs = single_starts(
            z_scores(dataset.X),
            config.n_clusters,
            n_starts=STARTS_PER_INIT * config.n_init,
            max_iter=config.max_iter,
            rng=generator(config.seed, Stream.SINGLE_STARTS),
        )
    return Starts(runs, tuple(INITS), config.n_clusters, config.n_init)


def expected_lowest(values: Floats, n: int) -> float:
    """Return the mean of the lowest of n values drawn with replacement (eq-best-of).

    Parameters
    ----------
    values : ndarray, in rising order
    n : int

    Returns
    -------
    float
        In the unit of the values.
    """
    size = len(values)
    above = (np.arange(size, -1, -1) / size) ** n
    return float(values @ (above[:-1] - above[1:]))


def count_ends(values: Floats) -> int:
    """Return how many different ends there are among values in rising order."""
    return 1 + int(np.count_nonzero(np.diff(values) > SAME * values[0]))
