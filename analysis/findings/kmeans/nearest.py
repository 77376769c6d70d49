"""Which cluster a song lies in that K-Means was not fitted to, and how far out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def nearest_cluster(
    to_centers: Floats, distances: Floats, labels: NDArray[np.integer]
) -> pd.DataFrame:
    """Find the nearest centre of each song, and how typical the song is of that cluster.

    Parameters
    ----------
    to_centers : ndarray of shape (n_new, n_clusters)
        Distances of the songs to the centres.
    distances, labels : ndarray of shape (n_songs,)
        Of the songs that were clustered: distance to their own centre, and cluster.

    Returns
    -------
    DataFrame, one row a song
        ``cluster``; ``distance`` to its centre; ``farther``, the share of the cluster's songs that
        lie farther from it: 1, most typical. A song that was clustered is no farther than itself.
    """
    cluster = to_centers.argmin(axis=1)
    distance = to_centers[np.arange(len(cluster)), cluster]
    farther = [
        float((distances[labels == one] > apart + 1e-9).mean())
        for one, apart in zip(cluster, distance, strict=True)
    ]
    return pd.DataFrame({"cluster": cluster, "distance": distance, "farther": farther})
