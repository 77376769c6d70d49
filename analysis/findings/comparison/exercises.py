"""Solutions of exercises that are programs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from analysis.findings.comparison.scores import random_cells
from analysis.methods.indices.external import matched_from_tables
from analysis.songs.table import z_scores
from analysis.streams import Stream, generator

Labels = NDArray[np.int64]
Shares = NDArray[np.float64]


def rand_by_pairs(one: ArrayLike, other: ArrayLike) -> float:
    """Compute the adjusted Rand index from all pairs of songs (eq-ari)."""
    first, second = np.asarray(one), np.asarray(other)
    i, j = np.array(list(combinations(range(len(first)), 2))).T
    together, also = first[i] == first[j], second[i] == second[j]
    expected = together.sum() * also.sum() / len(i)
    most = (together.sum() + also.sum()) / 2
    return float(((together & also).sum() - expected) / (most - expected))


def greedily_matched(counts: ArrayLike) -> float:
    """Match rows and columns of a table, the largest cell first; return the share in matched cells.

    Parameters
    ----------
    counts : array-like of shape (n_rows, n_columns)

    Returns
    -------
    float
    """
    left = np.array(counts, dtype=float)
    total, matched = left.sum(), 0.0
    for _ in range(min(left.shape)):
        i, j = np.unravel_index(left.argmax(), left.shape)
        matched += left[i, j]
        left[i, :] = left[:, j] = -1
    return float(matched / total)


def gain_without_search(sd: float, n_seeds: int = 10) -> float:
    """Return the share of what K-Means gains over shuffled labels that random centres gain.

    Parameters
    ----------
    sd : float
        Of each of five round clouds of 40 songs; their centres are 7 or 10 apart.
    n_seeds : int
        The gains are means over as many draws of the songs.

    Returns
    -------
    float
    """
    gains = np.mean([_gains(sd, seed) for seed in range(n_seeds)], axis=0)
    return float(gains[1] / gains[0])


def _gains(sd: float, seed: int) -> tuple[float, float]:
    """Return what K-Means and random centres have over shuffled labels, in matched accuracy."""
    rng = generator(seed, Stream.EXERCISE_BASELINE)
    kinds = np.repeat(np.arange(5), 40)
    places = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [5, 5]])
    X = places[kinds] + sd * rng.standard_normal((200, 2))

    def accuracy(labels: Labels) -> float:
        table = np.bincount(5 * kinds + labels, minlength=25).reshape(1, 5, 5)
        return float(matched_from_tables(table)[0])

    kmeans = KMeans(5, n_init=10, random_state=seed).fit(X).labels_
    centres = np.mean([accuracy(random_cells(X, 5, rng)) for _ in range(30)])
    shuffled = np.mean([accuracy(rng.permutation(kmeans)) for _ in range(30)])
    return float(accuracy(kmeans) - shuffled), float(centres - shuffled)


def recovered_numbers(numbers: ArrayLike, n_refits: int = 300) -> Shares:
    """Return how often the two best clusters of numbers on a line are recovered.

    Parameters
    ----------
    numbers : array-like of shape (n,)
    n_refits : int
        Refits to samples with replacement; a sample of one number alone recovers nothing.

    Returns
    -------
    ndarray of shape (2,)
        For the lower and the upper cluster, the share of the refits in which the Jaccard
        coefficient (eq-jaccard) is above one half.
    """
    x = np.asarray(numbers, dtype=float)
    rng = generator(0, Stream.EXERCISE_REFITS)

    def is_upper(sample: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Cut a sample where the sum of squares is least, and label all numbers."""
        ordered = np.sort(sample)
        cuts = [(ordered[:i], ordered[i:]) for i in range(1, len(x))]
        low, high = min(cuts, key=lambda two: sum(len(part) * part.var() for part in two))
        return np.asarray(abs(x - low.mean()) > abs(x - high.mean()))

    upper, recovered = is_upper(x), np.zeros(2)
    for _ in range(n_refits):
        found = is_upper(x[rng.integers(len(x), size=len(x))])
        for j, (one, other) in enumerate(((~upper, ~found), (upper, found))):
            recovered[j] += (one & other).sum() / (one | other).sum() > 1 / 2
    return recovered / n_refits


def finds_the_kinds(weight: float) -> bool:
    """Whether K-Means tells six songs by kind, of which tempo and tempo + weight · rate are known.

    Parameters
    ----------
    weight : float
        How much of the second feature is the rate.

    Returns
    -------
    bool
    """
    tempo, rate = np.tile([-1.0, 0.0, 1.0], 2), np.repeat([0, 1], 3)
    Z = z_scores(np.column_stack([tempo, tempo + weight * rate]))

    def wcss(cut: Labels) -> float:
        parts = (Z[cut == label] for label in (0, 1))
        return float(sum(np.square(part - part.mean(axis=0)).sum() for part in parts))

    cuts = [np.array([(code >> i) & 1 for i in range(6)]) for code in range(1, 32)]
    by_kind = wcss(rate)
    return all(wcss(cut) >= by_kind - 1e-9 for cut in cuts)


def least_weight() -> float:
    """Return the least weight, in steps of a tenth, from which K-Means tells the kinds."""
    weights = np.arange(1, 101) / 10
    return next(float(weight) for weight in weights if finds_the_kinds(weight))


def moved_by_a_logarithm(seed: int) -> tuple[int, int]:
    """Count the songs to which a tree gives another kind when it is told logarithms.

    Parameters
    ----------
    seed : int

    Returns
    -------
    learned, new : int
        Of the 200 songs that it learned from, and of 2,000 others.
    """
    rng = generator(seed, Stream.EXERCISE_TREES)
    X = rng.lognormal(size=(2_200, 3))
    kinds = (X[:, 0] > X[:, 1]) ^ (rng.random(2_200) < 0.1)
    said = []
    for features in (X, np.log(X)):
        tree = DecisionTreeClassifier(max_depth=6, random_state=0)
        said.append(tree.fit(features[:200], kinds[:200]).predict(features))
    differs = said[0] != said[1]
    return int(differs[:200].sum()), int(differs[200:].sum())
