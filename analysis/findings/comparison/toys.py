"""Made-up points on which an internal index, and a stable clustering, mislead."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from analysis.findings.comparison.stability import adjusted_rand
from analysis.methods.indices.internal import internal_indices
from analysis.methods.kmeans.steps import decompose
from analysis.methods.resampling import Spread, spread_of
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

N_POINTS = 300
"""Points of each shape without clusters."""
N_REFITS = 20
"""Bootstrap samples that K-Means is fitted to."""


@dataclasses.dataclass(frozen=True, eq=False)
class TwoRows:
    """Two rows of six points, cut in two along them and across them.

    Attributes
    ----------
    points : ndarray of shape (12, 2)
    labels : dict, "rows" or "halves" -> ndarray of shape (12,)
    wcss, silhouettes, calinski_harabasz : dict, "rows" or "halves" -> float
    ari : float
        Adjusted Rand index of the two cuts.
    """

    points: Floats
    labels: dict[str, Labels]
    wcss: dict[str, float]
    silhouettes: dict[str, float]
    calinski_harabasz: dict[str, float]
    ari: float


def two_rows(height: float = 2.0) -> TwoRows:
    """Put two rows of six points above each other, neighbours in a row at distance 1.

    Parameters
    ----------
    height : float
        The distance of the rows.

    Returns
    -------
    TwoRows
    """
    x, row = np.tile(np.arange(6.0), 2), np.repeat([0, 1], 6)
    points = np.column_stack([x, height * row])
    labels = {"rows": row, "halves": (x > 2).astype(np.int64)}
    scored = {name: internal_indices(points, cut) for name, cut in labels.items()}
    return TwoRows(
        points=points,
        labels=labels,
        wcss={name: decompose(points, cut).within for name, cut in labels.items()},
        silhouettes={name: scores.silhouette for name, scores in scored.items()},
        calinski_harabasz={name: scores.calinski_harabasz for name, scores in scored.items()},
        ari=adjusted_rand(labels["rows"], labels["halves"]),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class NoGroups:
    """Two shapes filled evenly with points, each cut in two by K-Means.

    Attributes
    ----------
    points : dict, "bar" or "disc" -> ndarray of shape (N_POINTS, 2)
    labels : dict, "bar" or "disc" -> ndarray of shape (N_POINTS,)
        The clusters of all points.
    refits : dict, "bar" or "disc" -> Spread
        Adjusted Rand index of these with fits to bootstrap samples.
    """

    points: dict[str, Floats]
    labels: dict[str, Labels]
    refits: dict[str, Spread]


def cut_without_groups(seed: int, confidence: float) -> NoGroups:
    """Fill a bar and a disc evenly, cut each in two, and cut bootstrap samples of each.

    Parameters
    ----------
    seed : int
    confidence : float
        The share of the refits that a range holds.

    Returns
    -------
    NoGroups
    """
    from threadpoolctl import threadpool_limits

    rng = generator(seed, Stream.TOY_WITHOUT_GROUPS)
    angles, radii = 2 * np.pi * rng.random(N_POINTS), np.sqrt(rng.random(N_POINTS))
    points = {
        "bar": rng.random((N_POINTS, 2)) * [3.0, 1.0],
        "disc": np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]),
    }
    labels, refits = {}, {}
    with threadpool_limits(1):
        for name, X in points.items():
            labels[name] = _cut(X, X, seed)
            samples = (X[rng.integers(N_POINTS, size=N_POINTS)] for _ in range(N_REFITS))
            found = [adjusted_rand(_cut(sample, X, seed), labels[name]) for sample in samples]
            refits[name] = spread_of(np.array(found), confidence)
    return NoGroups(points, labels, refits)


def _cut(sample: Floats, points: Floats, seed: int) -> Labels:
    from sklearn.cluster import KMeans

    model = KMeans(2, n_init=5, random_state=seed % 2**32).fit(sample)
    return np.asarray(model.predict(points).astype(np.int64))
