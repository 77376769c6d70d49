"""Where songs belong that the methods were not fitted to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.findings.kmeans.nearest import nearest_cluster
from analysis.songs.table import Dataset

if TYPE_CHECKING:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

Floats = NDArray[np.float64]

N_NEAREST = 5
"""Songs that are named as the nearest."""


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """A song of the study near to another song.

    Attributes
    ----------
    track, genre : str
    distance : float
        In standard deviations of the features.
    """

    track: str
    genre: str
    distance: float


@dataclasses.dataclass(frozen=True)
class Beyond:
    """A feature of a song that lies outside the range of the study's songs.

    Attributes
    ----------
    feature : str
    value, low, high : float
        Of the song; the least and the greatest of the study's songs.
    """

    feature: str
    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where a song belongs.

    Attributes
    ----------
    track : str
    cluster : int
        Of K-Means: the nearest centre, scikit-learn's label.
    distance : float
        To that centre, in standard deviations of the features (eq-distance-to-centre).
    farther : float
        Share of the cluster's songs that lie farther from its centre: 1, most typical.
    component : int
        The component of the highest posterior probability.
    probabilities : tuple of float
        Of the components (eq-responsibility).
    entropy : float
        Of these, in nats (eq-entropy).
    less_likely : float
        Share of the study's songs at which the mixture's density is lower.
    nearest : tuple of Neighbour
    beyond : tuple of Beyond
        Empty for a song within the range of the study's.
    """

    track: str
    cluster: int
    distance: float
    farther: float
    component: int
    probabilities: tuple[float, ...]
    entropy: float
    less_likely: float
    nearest: tuple[Neighbour, ...]
    beyond: tuple[Beyond, ...]


def place(
    songs: Dataset, study: Dataset, kmeans: KMeans, mixture: GaussianMixture
) -> tuple[Placement, ...]:
    """Find where songs belong in the study's clusterings.

    Parameters
    ----------
    songs : Dataset
        With the features of the study. Songs of the study itself are not their own neighbours.
    study : Dataset
    kmeans, mixture : KMeans, GaussianMixture
        Fitted to the study's standardised features.

    Returns
    -------
    tuple of Placement
    """
    from scipy.special import entr
    from sklearn.neighbors import NearestNeighbors

    mean, sd = study.X.mean(axis=0), study.X.std(axis=0)
    known, Z = (study.X - mean) / sd, (songs.X - mean) / sd
    clusters = nearest_cluster(
        kmeans.transform(Z), kmeans.transform(known).min(axis=1), kmeans.labels_
    )
    probabilities = mixture.predict_proba(Z)
    densities, known_densities = mixture.score_samples(Z), mixture.score_samples(known)
    n_nearest = min(N_NEAREST + 1, len(known))
    apart, near = NearestNeighbors(n_neighbors=n_nearest).fit(known).kneighbors(Z)
    low, high = study.X.min(axis=0), study.X.max(axis=0)
    found = []
    for i, track in enumerate(songs.tracks):
        neighbours = [
            Neighbour(study.tracks[j], str(study.labels[j]), float(d))
            for j, d in zip(near[i], apart[i], strict=True)
            if study.tracks[j] != track
        ]
        found.append(
            Placement(
                track,
                int(clusters["cluster"][i]),
                float(clusters["distance"][i]),
                float(clusters["farther"][i]),
                int(probabilities[i].argmax()),
                tuple(probabilities[i].tolist()),
                float(entr(probabilities[i]).sum()),
                float((known_densities < densities[i] - 1e-9).mean()),
                tuple(neighbours[:N_NEAREST]),
                tuple(
                    Beyond(name, float(songs.X[i, j]), float(low[j]), float(high[j]))
                    for j, name in enumerate(study.feature_names)
                    if not low[j] <= songs.X[i, j] <= high[j]
                ),
            )
        )
    return tuple(found)
