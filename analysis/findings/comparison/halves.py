"""Whether refits to bootstrap samples are as unlike a clustering as fits to new songs are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.seeds import METHODS, Method, best_fit, few_starts, fit_starts
from analysis.findings.comparison.stability import adjusted_rand
from analysis.methods.resampling import Interval, Spread, interval, spread_of
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MOST_SPLITS: dict[Method, int] = {"kmeans": 50, "mixture": 25}
"""Times that the songs are split, at most; the study's refits may be fewer."""
N_RESAMPLES = 1_000
"""Resamples of the splits behind the interval of a mean."""


@dataclasses.dataclass(frozen=True, eq=False)
class Halves:
    """Fits to one half of the songs beside a fit to the other half, and to a bootstrap sample.

    Attributes
    ----------
    runs : DataFrame
        A row for each method and split. Columns ``method``; ``others``, ``bootstrap``: adjusted
        Rand index, over all songs, of the fit to one half with that to the songs of the other half,
        and with that to a bootstrap sample of its own half.
    resamples : dict, method -> ndarray of shape (n_resamples, n_splits), int
        The splits that are drawn behind intervals.
    confidence : float
    """

    runs: pd.DataFrame
    resamples: dict[Method, Labels]
    confidence: float

    def n_splits(self, method: Method) -> int:
        """Return how often the songs were split."""
        return len(self._runs(method))

    def of(self, method: Method, songs: str) -> Spread:
        """Return mean and range of the index with "others" or "bootstrap"."""
        return spread_of(self._runs(method)[songs].to_numpy(), self.confidence)

    def flattered(self, method: Method) -> Interval:
        """Return by how much bootstrap samples are more alike than new songs, on average.

        The interval is one over resampled splits, which share songs: it is somewhat too narrow.
        """
        runs = self._runs(method)
        apart = (runs["bootstrap"] - runs["others"]).to_numpy()
        means = apart[self.resamples[method]].mean(axis=1)
        return interval(float(apart.mean()), means, self.confidence)

    def _runs(self, method: Method) -> pd.DataFrame:
        return self.runs[self.runs["method"] == method]


def split_songs(dataset: Dataset, config: Config) -> Halves:
    """Split the songs in half at random, again and again, and fit both methods to the parts.

    Every fit labels all songs, and has as few starts as the refits of the study
    (:func:`analysis.findings.comparison.seeds.few_starts`). Where half of the songs are fewer than
    the clusters, the parts are as many songs as clusters, and overlap.
    """
    from threadpoolctl import threadpool_limits

    Z = z_scores(dataset.X)
    half = max(len(Z) // 2, config.n_clusters)
    rng = generator(config.seed, Stream.HALVES)
    rows: list[dict[str, object]] = []
    resamples: dict[Method, Labels] = {}
    with threadpool_limits(1):
        for method in METHODS:
            n_splits = min(MOST_SPLITS[method], config.n_refits)
            for _ in range(n_splits):
                order = rng.permutation(len(Z))
                one, other = order[:half], order[-half:]
                again = one[rng.integers(half, size=half)]
                first, *rest = (
                    _labels(method, Z[songs], Z, config, int(rng.integers(2**32)))
                    for songs in (one, other, again)
                )
                others, bootstrap = (adjusted_rand(first, labels) for labels in rest)
                rows.append({"method": method, "others": others, "bootstrap": bootstrap})
            resamples[method] = rng.integers(n_splits, size=(N_RESAMPLES, n_splits))
    return Halves(pd.DataFrame(rows), resamples, config.confidence)


def _labels(method: Method, sample: Floats, Z: Floats, config: Config, seed: int) -> Labels:
    best = best_fit(fit_starts(method, sample, config, seed, few_starts(method, config)))
    return np.asarray(best.model.predict(Z).astype(np.int64))
