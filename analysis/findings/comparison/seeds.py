"""Both methods under several seeds: what a clustering owes to where it began."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Method = Literal["kmeans", "mixture"]

METHODS: tuple[Method, ...] = ("kmeans", "mixture")
"""The two methods."""
REFIT_STARTS = 3
"""Starts of each fit to other songs or to fewer features, at most as many as the study has."""


@dataclasses.dataclass(frozen=True, eq=False)
class SeedRuns:
    """The clusterings of one method under several seeds, each the best of several starts.

    Attributes
    ----------
    method : {"kmeans", "mixture"}
    seeds : tuple of int
        The study's seed comes first.
    n_starts : int
    labels : ndarray of shape (n_seeds, n_songs), int
    objectives : ndarray of shape (n_seeds,)
        WCSS, or the mean log-likelihood of a song in nats.
    n_converged : int
        Runs that came to their end before the most rounds they were allowed.
    n_partitions : int
        Different partitions among the runs.
    """

    method: Method
    seeds: tuple[int, ...]
    n_starts: int
    labels: Labels
    objectives: Floats
    n_converged: int
    n_partitions: int


@dataclasses.dataclass(frozen=True, eq=False)
class Seeds:
    """Both methods under several seeds: single starts, a few starts, the study's starts.

    Attributes
    ----------
    runs : tuple of SeedRuns
    """

    runs: tuple[SeedRuns, ...]

    def of(self, method: Method) -> tuple[SeedRuns, ...]:
        """Return the runs of a method, from the fewest starts to the most."""
        return tuple(run for run in self.runs if run.method == method)

    def single(self, method: Method) -> SeedRuns:
        """Return the runs of one start each."""
        return self.of(method)[0]

    def full(self, method: Method) -> SeedRuns:
        """Return the runs with as many starts as the study has."""
        return self.of(method)[-1]

    @property
    def n_seeds(self) -> int:
        """Number of seeds."""
        return len(self.runs[0].seeds)


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """One start.

    Attributes
    ----------
    labels : ndarray of shape (n_songs,), int
    goodness : float
        High when the objective is good.
    converged : bool
    model : KMeans or EMGaussianMixture
        Fitted.
    """

    labels: Labels
    goodness: float
    converged: bool
    model: Any


def few_starts(method: Method, config: Config) -> int:
    """Return the starts of a method where it is fitted many times."""
    return min(REFIT_STARTS, study_starts(method, config))


def study_starts(method: Method, config: Config) -> int:
    """Return the starts that the study gives a method."""
    return config.n_init if method == "kmeans" else config.gmm_n_init


def run_seeds(dataset: Dataset, config: Config) -> Seeds:
    """Fit both methods under each of the seeds, one start after the other.

    The starts of a seed are those that scikit-learn's estimators make with it: the best of all is
    the study's clustering where the seed is the study's. The mixture is fitted by our
    :class:`analysis.methods.mixture.EMGaussianMixture`, which is faster here and gives the same
    labels.
    """
    from threadpoolctl import threadpool_limits

    Z = z_scores(dataset.X)
    seeds = tuple((config.seed + i) % 2**32 for i in range(config.n_seeds))
    runs: list[SeedRuns] = []
    for method in METHODS:
        n_starts = study_starts(method, config)
        with threadpool_limits(1):
            starts = [fit_starts(method, Z, config, seed, n_starts) for seed in seeds]
        runs += [
            _seed_runs(method, seeds, n, [best_fit(found[:n]) for found in starts])
            for n in sorted({1, few_starts(method, config), n_starts})
        ]
    return Seeds(tuple(runs))


def _seed_runs(method: Method, seeds: tuple[int, ...], n: int, fits: list[Fit]) -> SeedRuns:
    labels = np.stack([fit.labels for fit in fits])
    goodness = np.array([fit.goodness for fit in fits])
    return SeedRuns(
        method=method,
        seeds=seeds,
        n_starts=n,
        labels=labels,
        objectives=-goodness if method == "kmeans" else goodness,
        n_converged=sum(fit.converged for fit in fits),
        n_partitions=n_partitions(labels),
    )


def fit_starts(method: Method, Z: Floats, config: Config, seed: int, n: int) -> list[Fit]:
    """Fit a method from `n` starts that follow each other in one stream of random numbers."""
    from sklearn.cluster import KMeans

    from analysis.methods.kmeans.starts import kmeans_plusplus
    from analysis.methods.mixture.estimator import EMGaussianMixture

    rng, fits = np.random.RandomState(seed), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(n):
            if method == "kmeans":
                model = KMeans(
                    config.n_clusters,
                    init=kmeans_plusplus,
                    n_init=1,
                    max_iter=config.max_iter,
                    random_state=rng,
                ).fit(Z)
                labels = model.labels_
                goodness, converged = -float(model.inertia_), model.n_iter_ < config.max_iter
            else:
                model = EMGaussianMixture(
                    config.n_clusters, max_iter=config.max_iter, random_state=rng
                ).fit(Z)
                labels = model.predict(Z)
                goodness, converged = float(model.lower_bound_), model.converged_
            fits.append(Fit(labels.astype(np.int64), goodness, bool(converged), model))
    return fits


def labels_over_seeds(
    method: Method, Z: Floats, config: Config, n_seeds: int, n_starts: int
) -> list[Labels]:
    """Return a method's labels under the study's first seeds, each the best of some starts."""
    seeds = [(config.seed + i) % 2**32 for i in range(min(n_seeds, config.n_seeds))]
    return [best_fit(fit_starts(method, Z, config, seed, n_starts)).labels for seed in seeds]


def best_fit(fits: list[Fit]) -> Fit:
    """Return the best start; of those with the same partition the first, as scikit-learn does."""
    best = fits[0]
    for fit in fits[1:]:
        if fit.goodness > best.goodness and not same_partition(fit.labels, best.labels):
            best = fit
    return best


def same_partition(one: Labels, other: Labels) -> bool:
    """Whether two labelings put the same rows together."""
    pairs = len(np.unique(one * (other.max() + 1) + other))
    return pairs == len(np.unique(one)) == len(np.unique(other))


def n_partitions(labelings: Labels) -> int:
    """Count the different partitions among labelings of shape (n_labelings, n_samples)."""
    different: list[Labels] = []
    for labels in labelings:
        if not any(same_partition(labels, known) for known in different):
            different.append(labels)
    return len(different)
