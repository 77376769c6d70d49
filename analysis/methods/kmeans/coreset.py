"""A few weighted rows that stand for all: a lightweight coreset.

References
----------
Bachem, O., Lucic, M. and Krause, A. (2018). Scalable k-means clustering via lightweight coresets.
Proc. 24th ACM SIGKDD, 1119-1127.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def lightweight_coreset(
    X: Floats, n_drawn: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Draw rows, the far ones more often, and give each the weight that makes up for it.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_drawn : int
    rng : Generator

    Returns
    -------
    rows : ndarray of shape (n_drawn,), int
        With replacement, each drawn with the probability of eq-coreset.
    weights : ndarray of shape (n_drawn,)
        Of K-Means on these rows: the expected weight of every row of `X` is 1, so that the
        expected objective of any centres is theirs on all rows.
    """
    squares = np.square(X - X.mean(axis=0)).sum(axis=1)
    total = squares.sum()
    n = len(X)
    share = np.full(n, 1 / n) if total == 0 else 0.5 / n + 0.5 * squares / total
    rows = rng.choice(n, n_drawn, p=share)
    return rows, 1 / (n_drawn * share[rows])
