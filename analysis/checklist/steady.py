"""How much of a clustering stays when the seed or the rows change."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.checklist.rows import kept_together
from analysis.findings.comparison.stability import RECOVERED_FROM, adjusted_rand, jaccard
from analysis.methods.grouped import draw_groups
from analysis.methods.kmeans.starts import kmeans_plusplus

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

N_SEEDS = 10
"""Seeds that are tried."""
N_REFITS = 100
"""Samples of the rows that K-Means is fitted to again."""
STARTS = 10
"""Starts of K-Means, on the rows and on each sample of them."""
CONFIDENCE = 0.95
"""Share of the cases in which an interval of a mean holds it."""
ALIKE_FROM = 0.80
"""From this adjusted Rand index on, Steinley (2004) calls a recovery of known groups good.

To ask as much of two seeds is ours.
"""


@dataclasses.dataclass(frozen=True, eq=False)
class Steadiness:
    """A clustering beside those of other seeds and of other samples of the rows.

    Attributes
    ----------
    labels : ndarray of shape (n_samples,), int
        Of K-Means; the largest cluster is 1.
    by_seed, by_rows : float
        Mean adjusted Rand index of two seeds, and of the clustering with a refit.
    clusters : DataFrame
        Index ``cluster``. ``n``: rows. ``jaccard``: mean over the refits of the largest Jaccard
        coefficient (eq-jaccard). ``low``, ``high``: the interval of that mean, by its standard
        error, which more refits would shorten. ``recovered``: share of the refits in which it is
        above a half.
    """

    labels: Labels
    by_seed: float
    by_rows: float
    clusters: pd.DataFrame


def fit_kmeans(Z: Floats, k: int, seed: int) -> Labels:
    """Return the clusters of K-Means, the largest first, numbered from 1 on."""
    labels = _fit(Z, k, seed).labels_
    order = np.argsort(-np.bincount(labels, minlength=k), kind="stable")
    return np.asarray(np.argsort(order)[labels] + 1, dtype=np.int64)


def _fit(Z: Floats, k: int, seed: int) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(k, init=kmeans_plusplus, n_init=STARTS, random_state=seed).fit(Z)


def shake(Z: Floats, k: int, groups: Labels | None, seed: int) -> Steadiness:
    """Fit K-Means with other seeds, and to bootstrap samples of the rows.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
    k : int
    groups : ndarray of shape (n_samples,), int, optional
        From 0 on; a sample draws groups, not rows. Without any, it draws copies as one.
    seed : int

    Returns
    -------
    Steadiness
    """
    labels = fit_kmeans(Z, k, seed)
    runs = [labels, *(fit_kmeans(Z, k, seed + i) for i in range(1, N_SEEDS))]
    refits = []
    of = kept_together(Z, groups)
    for i, times in enumerate(draw_groups(of, N_REFITS, np.random.default_rng(seed))):
        sample = np.repeat(Z, times[of], axis=0)
        if len(np.unique(sample, axis=0)) >= k:
            refits.append(_fit(sample, k, seed + i).predict(Z).astype(np.int64))
    found = pd.DataFrame([jaccard(labels, other) for other in refits])
    half = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * found.sem()
    return Steadiness(
        labels,
        float(np.mean([adjusted_rand(*pair) for pair in combinations(runs, 2)])),
        float(np.mean([adjusted_rand(labels, other) for other in refits])),
        pd.DataFrame(
            {
                "n": pd.Series(labels).value_counts().sort_index(),
                "jaccard": found.mean(),
                "low": found.mean() - half,
                "high": found.mean() + half,
                "recovered": (found > RECOVERED_FROM).mean(),
            }
        ).rename_axis("cluster"),
    )
