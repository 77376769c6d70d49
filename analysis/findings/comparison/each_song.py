"""Every song by itself: where both methods put it, how surely, and which songs are nearest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.findings.comparison.agreement import Comparison
from analysis.findings.comparison.borders import Borders
from analysis.findings.comparison.placement import Placement
from analysis.findings.comparison.principal_axes import Components, paired_styles
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.mixtures.components import Mixture
from analysis.songs.recoding import recode
from analysis.songs.table import FEATURE_NAMES, RECODED, Dataset, Feature, z_scores

YOURS = "your songs"
"""The genre under which songs stand that the study does not have."""
MOST_NEAREST = 5
"""So many nearest songs of each are kept; fewer where there are not so many other songs."""


@dataclasses.dataclass(frozen=True, eq=False)
class EachSong:
    """What is known of each song, in the order of the table.

    Attributes
    ----------
    songs : DataFrame
        Columns ``track``, ``genre``, ``cluster``, ``component``; ``certainty``, the largest
        posterior probability; ``kmeans_margin`` (eq-margin-distance); ``distance`` to the centre
        of its cluster in standard deviations, and ``rank``, how many songs of the cluster are as
        near to it or nearer, the song itself among them; ``agrees``, whether its component is the
        partner of its cluster.
    coordinates : DataFrame, songs x axes
        What a picture can show: features, recoded features, and the principal components under
        the names "axis 1", "axis 2" and so on.
    features, recoded : tuple of Feature
        The first columns of `coordinates`: what the study looks at, and the same five
        measurements recoded, without those that are among the first; none of them if the study
        is not on the five features of the table as they are.
    shares : tuple of float
        Of the variance, along each principal axis.
    probabilities : ndarray of shape (n_songs, n_components)
    nearest : ndarray of shape (n_songs, n_nearest), int
        Rows of the nearest songs by the standardised features, the nearest first.
    styles : tuple of int
        The place of each component's colour, that of the cluster it is paired with.
    """

    songs: pd.DataFrame
    coordinates: pd.DataFrame
    features: tuple[Feature, ...]
    recoded: tuple[Feature, ...]
    shares: tuple[float, ...]
    probabilities: NDArray[np.float64]
    nearest: NDArray[np.int64]
    styles: tuple[int, ...]

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.songs)

    @property
    def alike_by_genre(self) -> pd.Series:
        """The share of each genre's songs whose nearest song has that genre too."""
        genres = self.songs["genre"]
        same = pd.Series(genres.to_numpy()[self.nearest[:, 0]] == genres.to_numpy())
        return same.groupby(genres.to_numpy()).mean()

    @property
    def most_alike(self) -> str:
        """The genre whose songs most often have a nearest song of their own genre."""
        return str(self.alike_by_genre.idxmax())

    @property
    def least_alike(self) -> str:
        """The genre whose songs least often have one."""
        return str(self.alike_by_genre.idxmin())

    def alike(self, genre: str | None = None) -> float:
        """Return the share of the songs, or of a genre's, whose nearest song has their genre."""
        if genre is not None:
            return float(self.alike_by_genre[genre])
        genres = self.songs["genre"].to_numpy()
        return float((genres[self.nearest[:, 0]] == genres).mean())

    def sure_share(self, least: float, *, apart: bool) -> float:
        """Return the share with a certainty of at least `least` where methods agree, or do not."""
        inside = self.songs["agrees"] != apart
        return float((self.songs.loc[inside, "certainty"] >= least).mean())


def look_at_each(
    dataset: Dataset,
    kmeans: Clusters,
    mixture: Mixture,
    components: Components,
    comparison: Comparison,
    borders: Borders,
) -> EachSong:
    """Collect what is known of each song."""
    rows = np.arange(dataset.n_songs)
    distances = pd.Series(kmeans.distances)
    return EachSong(
        songs=pd.DataFrame(
            {
                "track": dataset.tracks,
                "genre": dataset.labels,
                "cluster": kmeans.labels,
                "component": mixture.labels,
                "certainty": mixture.probabilities[rows, mixture.labels],
                "kmeans_margin": borders.songs["kmeans_margin"],
                "distance": distances,
                "rank": distances.groupby(kmeans.labels).rank(method="max").astype(int),
                "agrees": comparison.agrees,
            }
        ),
        coordinates=_coordinates(dataset, components.scores),
        features=dataset.features,
        recoded=_recoded(dataset),
        shares=tuple(share.estimate for share in components.shares),
        probabilities=mixture.probabilities,
        nearest=_nearest(z_scores(dataset.X)),
        styles=paired_styles(mixture.labels, mixture.n_components, kmeans.labels)[0],
    )


def with_songs(
    found: EachSong,
    songs: Dataset,
    placed: Sequence[Placement],
    dataset: Dataset,
    kmeans: Clusters,
    components: Components,
) -> EachSong:
    """Put songs among those of the study that it does not have, under the genre :data:`YOURS`.

    Parameters
    ----------
    found : EachSong
    songs : Dataset
        With the features of the study.
    placed : sequence of Placement
        Where each of them belongs.
    dataset : Dataset
        The songs of the study.
    kmeans, components : Clusters, Components
        Of these.

    Returns
    -------
    EachSong
        A track that the study has too is told apart by what is added to its name.
    """
    z = (songs.X - dataset.X.mean(axis=0)) / dataset.X.std(axis=0)
    near, far = np.sort(np.linalg.norm(z[:, None] - kmeans.centers.to_numpy(float), axis=2))[
        :, :2
    ].T
    partners = {
        *map(tuple, found.songs.loc[found.songs["agrees"], ["cluster", "component"]].values)
    }
    of_cluster = pd.Series(kmeans.distances).groupby(kmeans.labels).get_group
    at = {track: row for row, track in enumerate(dataset.tracks)}
    rows = [
        {
            "track": f"{one.track} ({YOURS})" if one.track in at else one.track,
            "genre": YOURS,
            "cluster": one.cluster,
            "component": one.component,
            "certainty": max(one.probabilities),
            "kmeans_margin": 1 - small / large,
            "distance": one.distance,
            "rank": 1 + int((of_cluster(one.cluster) <= one.distance + 1e-9).sum()),
            "agrees": (one.cluster, one.component) in partners,
        }
        for one, small, large in zip(placed, near, far, strict=True)
    ]
    # the loading of a feature is the axis times its standard deviation (eq-loading)
    axes = components.loadings.to_numpy() / np.sqrt(np.maximum(components.eigenvalues, 1e-12))
    nearest = [[at[n.track] for n in one.nearest][: found.nearest.shape[1]] for one in placed]
    return dataclasses.replace(
        found,
        songs=pd.concat([found.songs, pd.DataFrame(rows)], ignore_index=True),
        coordinates=pd.concat(
            [found.coordinates, _coordinates(songs, z @ axes)], ignore_index=True
        ),
        probabilities=np.vstack([found.probabilities, [one.probabilities for one in placed]]),
        nearest=np.vstack([found.nearest, nearest]),
    )


def _coordinates(dataset: Dataset, scores: NDArray[np.float64]) -> pd.DataFrame:
    coordinates = {feature.name: dataset.frame[feature.name] for feature in dataset.features}
    recoded = _recoded(dataset)
    if recoded:
        columns = recode(dataset.frame)
        coordinates |= {feature.name: columns[feature.name] for feature in recoded}
    along = {f"axis {i}": column for i, column in enumerate(scores.T, start=1)}
    return pd.DataFrame(coordinates | along).reset_index(drop=True)


def _nearest(Z: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each row the rows nearest to it."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=min(MOST_NEAREST, len(Z) - 1), algorithm="kd_tree").fit(Z)
    return np.asarray(found.kneighbors(return_distance=False), dtype=np.int64)


def _recoded(dataset: Dataset) -> tuple[Feature, ...]:
    if dataset.feature_set != "ours" or dataset.feature_names != FEATURE_NAMES:
        return ()
    return tuple(feature for feature in RECODED if feature.name not in FEATURE_NAMES)
