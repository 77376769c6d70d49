"""Where K-Means starts: at random rows, or at rows drawn by k-means++.

References
----------
Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_random_state

from analysis.methods.kmeans.steps import Floats


def kmeans_plusplus(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: Floats | None = None,
    random_state: Any = None,
    n_local_trials: int | None = None,
) -> Floats:
    """Draw starting centres by k-means++: far rows are likely, near ones are not (eq-dsquared).

    The first centre is a random row. Each further one is drawn with probability proportional to
    D², the squared distance to the nearest centre so far. The greedy variant, scikit-learn's,
    draws several candidates and keeps the one that lowers the summed D² most; with one candidate
    it is the algorithm of Arthur and Vassilvitskii, for which their O(log k) bound is proved.
    Draws random numbers in scikit-learn's order: the same seed gives the same rows.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    n_clusters : int
    sample_weight : ndarray of shape (n_samples,), optional
    random_state : int, RandomState or None
    n_local_trials : int or None
        Candidates for each centre; 1 for plain D² sampling, None for ``2 + int(log(n_clusters))``.

    Returns
    -------
    ndarray of shape (n_clusters, n_features)
        Rows of `X`.

    Raises
    ------
    ValueError
        If there are fewer rows than clusters.
    """
    data = np.asarray(X, dtype=np.float64)
    rng = check_random_state(random_state)
    weight = np.ones(len(data)) if sample_weight is None else sample_weight
    _check_enough_rows(data, n_clusters)
    trials = 2 + int(np.log(n_clusters)) if n_local_trials is None else n_local_trials

    norms = np.einsum("ij,ij->i", data, data)
    rows = np.empty(n_clusters, dtype=np.intp)
    rows[0] = rng.choice(len(data), p=weight / weight.sum())
    nearest = _squared_distances_to_rows(data, norms, rows[:1])[0]
    potential = nearest @ weight
    for cluster in range(1, n_clusters):
        drawn = rng.uniform(size=trials) * potential
        candidates = np.searchsorted(np.cumsum(weight * nearest), drawn)
        candidates = np.minimum(candidates, len(data) - 1)
        closer = np.minimum(nearest, _squared_distances_to_rows(data, norms, candidates))
        potentials = closer @ weight
        best = potentials.argmin()
        nearest, potential, rows[cluster] = closer[best], potentials[best], candidates[best]
    return data[rows]


def _squared_distances_to_rows(data: Floats, norms: Floats, rows: NDArray[np.intp]) -> Floats:
    """Squared distances from some rows to all, shape (len(rows), n_samples), never negative."""
    squares = -2 * (data[rows] @ data.T)
    squares += norms[rows, None]
    squares += norms
    squares[np.arange(len(rows)), rows] = 0
    return np.maximum(squares, 0, out=squares)


def random_rows(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: Floats | None = None,
    random_state: Any = None,
) -> Floats:
    """Draw starting centres among the rows, without replacement.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
    n_clusters : int
    sample_weight : ndarray of shape (n_samples,), optional
        Rows are drawn with probability proportional to it.
    random_state : int, RandomState or None

    Returns
    -------
    ndarray of shape (n_clusters, n_features)

    Raises
    ------
    ValueError
        If there are fewer rows than clusters.
    """
    data = np.asarray(X, dtype=np.float64)
    _check_enough_rows(data, n_clusters)
    weight = np.ones(len(data)) if sample_weight is None else sample_weight
    rng = check_random_state(random_state)
    rows = rng.choice(len(data), n_clusters, replace=False, p=weight / weight.sum())
    return np.asarray(data[rows])


def _check_enough_rows(X: Floats, n_clusters: int) -> None:
    if len(X) < n_clusters:
        raise ValueError(f"n_samples={len(X)} should be >= n_clusters={n_clusters}.")
