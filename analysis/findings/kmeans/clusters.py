"""The clusters of the study: sizes, centroids, names, distances, genres and silhouettes."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.methods.resampling import Interval, NullTest
from analysis.songs.table import Dataset, Feature, z_scores

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

Floats = NDArray[np.float64]

FAST_FROM = 120.0
"""The source notebook calls a cluster fast if its mean tempo, in BPM, is above this."""
STRONG_FROM = 0.15
"""The source notebook speaks of high energy if a cluster's mean energy is above this."""
SOURCE_SIZES = (40, 150)
"""The range of sizes that the source notebook states."""
SOURCE_ROUNDS = (10, 15)
"""The range of iterations that the source notebook states."""

NAMED_FROM = 0.5
"""A feature is part of a cluster's name from this many standard deviations on."""
NAMED_MOST = 4
"""So many features at most are part of a cluster's name."""
AVERAGE = "average"
"""The name of a cluster none of whose means is that far from the mean of all songs."""
MARKED_FROM = 1.5
"""From this many standard deviations on, a "very" stands before the word."""

_WORDS = {
    "tempo": ("fast", "slow"),
    "energy": ("strong", "weak"),
    "loudness": ("loud", "quiet"),
    "valence": ("bright", "dark"),
    "danceability": ("danceable", "undanceable"),
    "log_tempo": ("fast", "slow"),
    "log_swing": ("swinging", "steady"),
    "log_valence": ("bright", "dark"),
    "log_zcr": ("noisy", "smooth"),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Clusters:
    """K-Means at the study's number of clusters.

    Attributes
    ----------
    features : tuple of Feature
    centers : DataFrame of shape (n_clusters, n_features)
        Of the standardised features. Index ``cluster``: scikit-learn's labels, from 0.
    means : DataFrame of shape (n_clusters, n_features)
        The same in the features' own units.
    source_means : DataFrame of shape (n_clusters, 2)
        Mean tempo and energy, from which the source notebook makes labels. Where the study does
        not look at one of them, the mean over the cluster's songs; NaN if it has none.
    sizes : ndarray of shape (n_clusters,), int
    labels : ndarray of shape (n_songs,), int
    distances : ndarray of shape (n_songs,)
        Of each song to the centre of its cluster, standardised (eq-distance-to-centre).
    tracks : ndarray of shape (n_songs,)
    inertia : float
        WCSS.
    total : float
        WCSS of a single cluster.
    n_iter, n_init, max_iter, seed : int
    """

    features: tuple[Feature, ...]
    centers: pd.DataFrame
    means: pd.DataFrame
    source_means: pd.DataFrame
    sizes: NDArray[np.int64]
    labels: NDArray[np.int64]
    distances: Floats
    tracks: NDArray[np.object_]
    inertia: float
    total: float
    n_iter: int
    n_init: int
    max_iter: int
    seed: int

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.centers)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.features)

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.labels)

    @property
    def within_share(self) -> float:
        """The share of the total that is left within the clusters."""
        return self.inertia / self.total

    @property
    def even_size(self) -> float:
        """The size that all clusters would have if they were equal."""
        return self.n_songs / self.n_clusters

    @property
    def size_sd(self) -> float:
        """Standard deviation of the sizes (ddof 1)."""
        return float(self.sizes.std(ddof=1))

    @property
    def smallest(self) -> int:
        """The label of the smallest cluster."""
        return int(self.sizes.argmin())

    @property
    def largest(self) -> int:
        """The label of the largest cluster."""
        return int(self.sizes.argmax())

    @property
    def size_ratio(self) -> float:
        """How many times as large as the smallest the largest is; infinite if one is empty."""
        least = int(self.sizes.min())
        return float(self.sizes.max() / least) if least else float("inf")

    @property
    def n_empty(self) -> int:
        """Clusters without songs."""
        return int((self.sizes == 0).sum())

    @property
    def n_outside_source(self) -> int:
        """Clusters whose size lies outside the range that the source notebook states."""
        low, high = SOURCE_SIZES
        return int(((self.sizes < low) | (self.sizes > high)).sum())

    @functools.cached_property
    def distance_stats(self) -> pd.DataFrame:
        """Distances to the centre, per cluster and (last row, "all") over all songs.

        Columns ``n``, ``mean``, ``sd`` (ddof 1), ``median``, ``minimum``, ``maximum``.
        """
        groups = [self.distances[self.labels == cluster] for cluster in range(self.n_clusters)]
        rows = [_distance_row(values) for values in (*groups, self.distances)]
        return pd.DataFrame(rows, index=[*map(str, range(self.n_clusters)), "all"])

    @property
    def tightest(self) -> int:
        """The label of the cluster with the least mean distance."""
        return int(self.distance_stats["mean"].iloc[:-1].argmin())

    @property
    def widest(self) -> int:
        """The label of the cluster with the greatest mean distance."""
        return int(self.distance_stats["mean"].iloc[:-1].argmax())

    @functools.cached_property
    def extremes(self) -> pd.DataFrame:
        """The most and the least typical song of each cluster, by distance to the centre.

        Index ``cluster``; columns ``nearest``, ``nearest_distance``, ``farthest``,
        ``farthest_distance``. Of equals the first of the table. Empty clusters have no row.
        """
        rows = {}
        for cluster in range(self.n_clusters):
            songs = np.flatnonzero(self.labels == cluster)
            if len(songs):
                near = songs[self.distances[songs].argmin()]
                far = songs[self.distances[songs].argmax()]
                rows[cluster] = (
                    self.tracks[near],
                    float(self.distances[near]),
                    self.tracks[far],
                    float(self.distances[far]),
                )
        columns = ["nearest", "nearest_distance", "farthest", "farthest_distance"]
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return frame.rename_axis("cluster")

    @property
    def outlier(self) -> str:
        """The song that is farthest from the centre of its own cluster."""
        return str(self.tracks[self.distances.argmax()])

    @functools.cached_property
    def profiles(self) -> tuple[ClusterProfile, ...]:
        """What sets each cluster apart, and the name made from it."""
        return tuple(
            _profile(cluster, self.centers.iloc[cluster], self.source_means.iloc[cluster])
            for cluster in range(self.n_clusters)
        )

    @property
    def largest_number(self) -> Feature:
        """The feature of the largest mean of all, units ignored."""
        name = self.means.max().idxmax()
        return next(feature for feature in self.features if feature.name == name)

    @property
    def n_on_top(self) -> int:
        """Clusters whose largest mean, units ignored, is that of :attr:`largest_number`."""
        return int((self.means.idxmax(axis=1) == self.largest_number.name).sum())

    @property
    def n_sets_apart(self) -> int:
        """Clusters that :attr:`largest_number` sets apart most, in standard deviations."""
        return self.n_led_by(self.largest_number.name)

    def n_led_by(self, *names: str) -> int:
        """Count the clusters that one of some features sets apart most, in standard deviations."""
        return sum(profile.deviations[0][0] in names for profile in self.profiles)

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters' names, in order; not always different."""
        return tuple(profile.name for profile in self.profiles)

    @property
    def n_names(self) -> int:
        """Different names of clusters."""
        return len(set(self.names))

    @property
    def n_source_names(self) -> int:
        """Different pairs of labels that the source notebook gives."""
        return len({(profile.source_tempo, profile.source_energy) for profile in self.profiles})

    @property
    def farthest_out(self) -> ClusterProfile:
        """The cluster with the largest single deviation."""
        return max(self.profiles, key=lambda profile: abs(profile.deviations[0][1]))


@dataclasses.dataclass(frozen=True)
class ClusterProfile:
    """What sets a cluster apart.

    Attributes
    ----------
    cluster : int
    deviations : tuple of (str, float)
        Every feature with its mean in the cluster, in standard deviations from the mean of all
        songs; the largest first.
    name : str
        Made from the largest of these; see :data:`NAMED_FROM` and :data:`NAMED_MOST`.
    source_tempo : {"fast", "slow", ""}
        The source notebook's label, from :data:`FAST_FROM`; empty if there is no mean.
    source_energy : {"high energy", "low energy", ""}
        The source notebook's label, from :data:`STRONG_FROM`; empty if there is no mean.
    """

    cluster: int
    deviations: tuple[tuple[str, float], ...]
    name: str
    source_tempo: str
    source_energy: str


@dataclasses.dataclass(frozen=True, eq=False)
class GenreTable:
    """Genres beside clusters.

    Attributes
    ----------
    table : DataFrame of shape (n_genres, n_clusters)
        Songs of each genre in each cluster.
    leading : DataFrame
        Columns ``cluster``, ``rank``, ``genre``, ``count``, ``share``: at most three a cluster.
    indices : dict, index -> Interval
        The external indices, with bootstrap intervals.
    nulls : dict, index -> NullTest
        The same beside shuffled labels.
    draws : DataFrame of shape (n_resamples, 6)
        The indices on resampled songs; the same songs in each row for every clustering.
    n_permutations, n_resamples : int
    """

    table: pd.DataFrame
    leading: pd.DataFrame
    indices: dict[str, Interval]
    nulls: dict[str, NullTest]
    draws: pd.DataFrame
    n_permutations: int
    n_resamples: int

    def index(self, name: str) -> Interval:
        """Return an index with its interval."""
        return self.indices[name]

    def null_mean(self, name: str) -> float:
        """Return the mean of an index over shuffled labels."""
        return self.nulls[name].mean

    def p_value(self, name: str) -> float:
        """Return the share of shuffles that reach the index, the observed one counted in."""
        return self.nulls[name].p_value

    @property
    def n_genres(self) -> int:
        """Number of genres."""
        return len(self.table)

    @property
    def dominant(self) -> pd.DataFrame:
        """The commonest genre of each cluster."""
        return self.leading[self.leading["rank"] == 1].set_index("cluster")

    @property
    def purest(self) -> int:
        """The label of the cluster with the largest share of one genre."""
        return _label_at(self.dominant["share"], highest=True)

    @property
    def most_mixed(self) -> int:
        """The label of the cluster whose commonest genre has the smallest share."""
        return _label_at(self.dominant["share"], highest=False)

    @property
    def n_majorities(self) -> int:
        """Clusters in which one genre has more than half of the songs."""
        return int((self.dominant["share"] > 0.5).sum())

    @property
    def never_dominant(self) -> tuple[str, ...]:
        """Genres that are the commonest in no cluster."""
        led = set(self.dominant["genre"])
        return tuple(str(genre) for genre in self.table.index if genre not in led)

    @property
    def spread(self) -> pd.Series:
        """How many clusters hold songs of each genre."""
        return (self.table > 0).sum(axis=1)

    @property
    def gathered(self) -> pd.Series:
        """The largest share of each genre that one cluster holds."""
        return self.table.max(axis=1) / self.table.sum(axis=1)

    @property
    def most_gathered(self) -> str:
        """The genre of which one cluster holds the largest share."""
        return str(self.gathered.idxmax())

    @property
    def smallest_p(self) -> float:
        """The p-value of an index that no shuffle reached."""
        return 1 / (1 + self.n_permutations)

    @property
    def n_reached(self) -> int:
        """Indices of :attr:`indices` that some shuffle reached."""
        return sum(null.p_value > 1.5 * self.smallest_p for null in self.nulls.values())


@dataclasses.dataclass(frozen=True, eq=False)
class Silhouettes:
    """The silhouette of every song.

    Attributes
    ----------
    table : DataFrame
        Index: the song's row. Columns ``cluster``, ``silhouette``; clusters in order, and within
        them from high to low.
    mean : Interval
        Over all songs.
    by_cluster : DataFrame
        Index ``cluster``; columns ``n``, ``mean``, ``minimum``, ``negative`` (songs below 0).
    """

    table: pd.DataFrame
    mean: Interval
    by_cluster: pd.DataFrame

    @property
    def n_negative(self) -> int:
        """Songs that are nearer to another cluster, on average, than to their own."""
        return int(self.by_cluster["negative"].sum())

    @property
    def negative_share(self) -> float:
        """The share of such songs."""
        return self.n_negative / len(self.table)

    @property
    def best(self) -> int:
        """The label of the cluster with the highest mean."""
        return _label_at(self.by_cluster["mean"], highest=True)

    @property
    def worst(self) -> int:
        """The label of the cluster with the lowest mean."""
        return _label_at(self.by_cluster["mean"], highest=False)


def fit_kmeans(dataset: Dataset, config: Config) -> KMeans:
    """Fit scikit-learn's K-Means to the standardised songs, as `study.toml` says."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(
            config.n_clusters,
            n_init=config.n_init,
            max_iter=config.max_iter,
            random_state=config.seed,
        ).fit(z_scores(dataset.X))


def fit_clusters(dataset: Dataset, config: Config, fit: KMeans | None = None) -> Clusters:
    """Take the clusters of K-Means apart.

    Parameters
    ----------
    dataset : Dataset
    config : Config
    fit : KMeans, optional
        From :func:`fit_kmeans`, which is called if it is not given.

    Returns
    -------
    Clusters
    """
    from analysis.methods.indices.internal import distances_to_center

    Z = z_scores(dataset.X)
    fit = fit or fit_kmeans(dataset, config)
    index = pd.RangeIndex(config.n_clusters, name="cluster")
    centers = pd.DataFrame(fit.cluster_centers_, index=index, columns=list(dataset.feature_names))
    means = centers * dataset.X.std(axis=0) + dataset.X.mean(axis=0)
    labels = fit.labels_.astype(np.int64)
    songs = dataset.frame[["tempo", "energy"]].groupby(labels).mean().reindex(index)
    return Clusters(
        features=dataset.features,
        centers=centers,
        means=means,
        source_means=pd.DataFrame({name: means.get(name, songs[name]) for name in songs}),
        sizes=np.bincount(labels, minlength=config.n_clusters).astype(np.int64),
        labels=labels,
        distances=distances_to_center(Z, fit.cluster_centers_, labels),
        tracks=np.asarray(dataset.tracks, dtype=object),
        inertia=float(fit.inertia_),
        total=float(np.square(Z - Z.mean(axis=0)).sum()),
        n_iter=int(fit.n_iter_),
        n_init=config.n_init,
        max_iter=config.max_iter,
        seed=config.seed,
    )


def compare_with_genres(dataset: Dataset, labels: NDArray[np.int64], config: Config) -> GenreTable:
    """Hold clusters against the genres, with intervals and a permutation null.

    Parameters
    ----------
    dataset : Dataset
    labels : ndarray of shape (n_songs,), int
        The cluster of each song.
    config : Config

    Returns
    -------
    GenreTable
    """
    from analysis.methods.indices.external import (
        contingency,
        external_indices,
        index_interval,
        leading_genres,
        permutation_null,
        resample_external,
    )
    from analysis.methods.indices.record import EXTERNAL

    genres = dataset.labels
    table = contingency(genres, labels)
    draws = resample_external(genres, labels, n_resamples=config.n_bootstrap, seed=config.seed)
    found = dataclasses.asdict(external_indices(genres, labels))
    nulls = permutation_null(
        genres,
        labels,
        n_permutations=config.n_permutations,
        confidence=config.confidence,
        seed=config.seed,
    )
    return GenreTable(
        table,
        leading_genres(table),
        {
            name: index_interval(
                name, found[name], draws[name], table.to_numpy(), config.confidence
            )
            for name in EXTERNAL
        },
        nulls,
        pd.DataFrame(draws),
        config.n_permutations,
        config.n_bootstrap,
    )


def measure_silhouettes(dataset: Dataset, labels: NDArray[np.int64], config: Config) -> Silhouettes:
    """Compute every song's silhouette, and the interval of their mean.

    Where there is a single cluster, or every song has its own, there is none, and all are 0.

    Parameters
    ----------
    dataset : Dataset
    labels : ndarray of shape (n_songs,), int
        The cluster of each song.
    config : Config

    Returns
    -------
    Silhouettes
    """
    from analysis.methods.indices.internal import bootstrap_internal, silhouette_table

    Z = z_scores(dataset.X)
    if 1 < len(np.unique(labels)) < len(labels):
        table = silhouette_table(Z, labels)
        mean = bootstrap_internal(
            Z,
            labels,
            n_resamples=config.n_index_bootstrap,
            confidence=config.confidence,
            seed=config.seed,
        )["silhouette"]
    else:
        table = pd.DataFrame({"cluster": labels, "silhouette": 0.0}).sort_values("cluster")
        mean = Interval(0.0, 0.0, 0.0)
    groups = table.groupby("cluster")["silhouette"]
    by_cluster = pd.DataFrame(
        {
            "n": groups.size(),
            "mean": groups.mean(),
            "minimum": groups.min(),
            "negative": groups.agg(lambda values: int((values < 0).sum())),
        }
    )
    return Silhouettes(table, mean, by_cluster)


def _label_at(values: pd.Series, *, highest: bool) -> int:
    """Return the index of the highest or lowest value, the first of equals."""
    numbers = values.to_numpy()
    place = int(numbers.argmax() if highest else numbers.argmin())
    return int(values.index[place])


def _distance_row(values: Floats) -> dict[str, float]:
    if not len(values):
        nothing = dict.fromkeys(("mean", "sd", "median", "minimum", "maximum"), float("nan"))
        return {"n": 0, **nothing}
    return {
        "n": len(values),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
        "median": float(np.median(values)),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
    }


def _profile(cluster: int, center: pd.Series, source_means: pd.Series) -> ClusterProfile:
    ordered = center.sort_values(key=np.abs, ascending=False, kind="stable")
    deviations = tuple((str(name), float(value)) for name, value in ordered.items())
    return ClusterProfile(
        cluster,
        deviations,
        name_of(deviations),
        _side(source_means["tempo"], FAST_FROM, "fast", "slow"),
        _side(source_means["energy"], STRONG_FROM, "high energy", "low energy"),
    )


def _side(mean: float, cut: float, above: str, below: str) -> str:
    if np.isnan(mean):
        return ""
    return above if mean > cut else below


def words(features: Sequence[Feature]) -> str:
    """Say which words the features give to names: "fast and slow for tempo, ..."."""
    return ", ".join(
        f"{' and '.join(_WORDS[feature.name])} for {feature.title.lower()}" for feature in features
    )


def name_of(deviations: tuple[tuple[str, float], ...]) -> str:
    """Make a name from the features that lie farthest from the mean of all songs.

    Parameters
    ----------
    deviations : tuple of (feature, standard deviations), the largest first

    Returns
    -------
    str
        A word for each feature at least :data:`NAMED_FROM` away, for :data:`NAMED_MOST` of them
        at most, with a "very" from :data:`MARKED_FROM` on; ``"average"`` if there is none.
    """
    words = []
    for feature, value in deviations[:NAMED_MOST]:
        if abs(value) >= NAMED_FROM:
            mark = "very " if abs(value) >= MARKED_FROM else ""
            words.append(mark + _WORDS[feature][0 if value > 0 else 1])
    return ", ".join(words) or AVERAGE
