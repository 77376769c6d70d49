"""What the table holds: its size, its repeats, each feature by itself and within the genres.

Every function takes a :class:`analysis.songs.table.Dataset` and computes; nothing here reads a file
or draws. Standard deviations are those of a sample (``ddof=1``) unless a docstring says otherwise.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from analysis.songs.table import UNREADABLE_TRACK, Dataset, Feature, z_scores


@dataclasses.dataclass(frozen=True)
class Summary:
    """Size and make-up of the table.

    Attributes
    ----------
    n_songs, n_features, n_genres : int
        Of the features, those that the study looks at.
    genres : tuple of str
        In alphabetical order.
    feature_names : tuple of str
    counts : Series, genre -> songs
    smallest_genre, largest_genre : int
        Songs in the smallest and in the largest genre.
    balanced : bool
        Whether every genre has the same number of songs.
    n_missing : int
        Missing values in the whole table.
    feature_set : str
        "ours" or "as-published".
    left_out : tuple of str
        Tracks of the file that the feature set leaves out.
    """

    n_songs: int
    n_features: int
    n_genres: int
    genres: tuple[str, ...]
    feature_names: tuple[str, ...]
    counts: pd.Series[int]
    smallest_genre: int
    largest_genre: int
    balanced: bool
    n_missing: int
    feature_set: str
    left_out: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class RepeatGroup:
    """Songs whose rows agree in every digit of every feature.

    Attributes
    ----------
    tracks : tuple of str
    genres : tuple of str
        The genres among them, each once, in alphabetical order.
    """

    tracks: tuple[str, ...]
    genres: tuple[str, ...]

    @property
    def across(self) -> bool:
        """Whether the songs carry different genres."""
        return len(self.genres) > 1


@dataclasses.dataclass(frozen=True)
class Repeats:
    """Exact repeats in the table.

    Attributes
    ----------
    groups : tuple of RepeatGroup
        Groups across genres first, then in the order of their first track.
    """

    groups: tuple[RepeatGroup, ...]

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.groups)

    @property
    def n_songs(self) -> int:
        """Songs that have at least one exact repeat."""
        return sum(len(group.tracks) for group in self.groups)

    @property
    def across(self) -> tuple[RepeatGroup, ...]:
        """The groups whose songs carry different genres."""
        return tuple(group for group in self.groups if group.across)

    @property
    def n_across(self) -> int:
        """Number of groups whose songs carry different genres."""
        return len(self.across)


@dataclasses.dataclass(frozen=True)
class UnreadableTrack:
    """The song whose audio is unreadable in common copies of GTZAN, as our table has it.

    Attributes
    ----------
    track : str
    present : bool
        Whether the table has it.
    genre : str
        Empty if it is not present.
    row : Series, feature -> value
        In the features' units; empty if it is not present.
    deviations : Series, feature -> value
        In standard deviations (``ddof=0``) from the mean of all songs.
    features : tuple of Feature
    """

    track: str
    present: bool
    genre: str
    row: pd.Series[float]
    deviations: pd.Series[float]
    features: tuple[Feature, ...]

    @property
    def largest_deviation(self) -> float:
        """The largest absolute deviation; 0 if the song is not present."""
        return float(self.deviations.abs().max()) if self.present else 0.0


@dataclasses.dataclass(frozen=True)
class FeatureStat:
    """One feature's row of :class:`FeatureStats`.

    Attributes
    ----------
    mean, sd, minimum, lower_quartile, median, upper_quartile, maximum, range : float
        In the feature's unit.
    skew, kurtosis : float
        Bias-corrected; the kurtosis is the excess, 0 for a normal distribution.
    missing, distinct : int
        Missing values; different values.
    """

    mean: float
    sd: float
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    range: float
    skew: float
    kurtosis: float
    missing: int
    distinct: int


@dataclasses.dataclass(frozen=True)
class FeatureStats:
    """Each feature by itself.

    Attributes
    ----------
    frame : DataFrame, features x the fields of FeatureStat
    features : tuple of Feature
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]

    def of(self, feature: str) -> FeatureStat:
        """Return one feature's row."""
        row: dict[str, Any] = {str(name): value for name, value in self.frame.loc[feature].items()}
        whole = {name: int(row.pop(name)) for name in ("missing", "distinct")}
        return FeatureStat(**{name: float(value) for name, value in row.items()}, **whole)  # type: ignore[arg-type]

    @property
    def most_skewed(self) -> str:
        """The feature with the largest absolute skew."""
        return str(self.frame["skew"].abs().idxmax())

    @property
    def heaviest_tails(self) -> str:
        """The feature with the largest excess kurtosis."""
        return str(self.frame["kurtosis"].idxmax())

    @property
    def fewest_values(self) -> str:
        """The feature with the fewest different values."""
        return str(self.frame["distinct"].idxmin())


@dataclasses.dataclass(frozen=True)
class GenreMeans:
    """Means of the features within the genres.

    Attributes
    ----------
    means : DataFrame, genres x features
        In the features' units.
    deviations : DataFrame, genres x features
        The same on the standardised scale: how many standard deviations (``ddof=0``) of all songs
        the genre's mean lies above the mean of all songs.
    between_share : Series, feature -> share
        The part of a feature's variance that lies between the genres (eta squared).
    features : tuple of Feature
    """

    means: pd.DataFrame
    deviations: pd.DataFrame
    between_share: pd.Series[float]
    features: tuple[Feature, ...]

    @property
    def most_telling(self) -> str:
        """The feature with the largest share of variance between genres."""
        return str(self.between_share.idxmax())

    @property
    def least_telling(self) -> str:
        """The feature with the smallest share of variance between genres."""
        return str(self.between_share.idxmin())

    def highest(self, feature: str) -> str:
        """Return the genre with the highest mean of a feature."""
        return str(self.means[feature].idxmax())

    def lowest(self, feature: str) -> str:
        """Return the genre with the lowest mean of a feature."""
        return str(self.means[feature].idxmin())

    @property
    def farthest(self) -> str:
        """The genre whose mean lies farthest from the mean of all songs, standardised."""
        return str((self.deviations**2).sum(axis=1).idxmax())

    @property
    def nearest(self) -> str:
        """The genre whose mean lies nearest to the mean of all songs, standardised."""
        return str((self.deviations**2).sum(axis=1).idxmin())


def summarise(dataset: Dataset) -> Summary:
    """Count songs, genres and missing values."""
    counts = dataset.frame["genre"].value_counts().sort_index()
    counts.index = pd.Index([str(genre) for genre in counts.index], dtype=object, name="genre")
    return Summary(
        n_songs=dataset.n_songs,
        n_features=len(dataset.feature_names),
        n_genres=len(counts),
        genres=dataset.genres,
        feature_names=dataset.feature_names,
        counts=counts,
        smallest_genre=int(counts.min()),
        largest_genre=int(counts.max()),
        balanced=bool(counts.min() == counts.max()),
        n_missing=int(dataset.frame.isna().to_numpy().sum()),
        feature_set=dataset.feature_set,
        left_out=dataset.left_out,
    )


def find_repeats(dataset: Dataset) -> Repeats:
    """Find songs that agree in every digit of every feature of the table, chosen or not."""
    same = dataset.frame.groupby(list(dataset.whole.feature_names), sort=False).indices
    groups = [
        RepeatGroup(
            tracks=tuple(dataset.tracks[i] for i in rows),
            genres=tuple(sorted({str(dataset.labels[i]) for i in rows})),
        )
        for rows in same.values()
        if len(rows) > 1
    ]
    return Repeats(tuple(sorted(groups, key=lambda group: (not group.across, group.tracks))))


def look_at_unreadable(dataset: Dataset) -> UnreadableTrack:
    """Look up :data:`analysis.songs.table.UNREADABLE_TRACK`, with every feature of the table."""
    dataset = dataset.whole
    names = list(dataset.feature_names)
    rows = np.flatnonzero(dataset.frame["track"] == UNREADABLE_TRACK)
    if len(rows) == 0:
        nothing = pd.Series(dtype=np.float64)
        return UnreadableTrack(UNREADABLE_TRACK, False, "", nothing, nothing, dataset.features)
    row = dataset.frame[names].iloc[rows[0]].astype(np.float64)
    deviations = pd.Series(z_scores(dataset.X)[rows[0]], index=names)
    genre = str(dataset.labels[rows[0]])
    return UnreadableTrack(UNREADABLE_TRACK, True, genre, row, deviations, dataset.features)


def describe_features(dataset: Dataset) -> FeatureStats:
    """Describe each feature by itself."""
    X = dataset.frame[list(dataset.feature_names)]
    frame = pd.DataFrame(
        {
            "mean": X.mean(),
            "sd": X.std(ddof=1),
            "minimum": X.min(),
            "lower_quartile": X.quantile(0.25),
            "median": X.median(),
            "upper_quartile": X.quantile(0.75),
            "maximum": X.max(),
            "range": X.max() - X.min(),
            "skew": X.skew(),
            "kurtosis": X.kurt(),
            "missing": X.isna().sum(),
            "distinct": X.nunique(),
        }
    )
    return FeatureStats(frame, dataset.features)


def average_by_genre(dataset: Dataset) -> GenreMeans:
    """Average the features within the genres."""
    names = list(dataset.feature_names)
    genre = dataset.frame["genre"].to_numpy()
    means = dataset.frame[names].groupby(genre).mean().rename_axis(index="genre")
    standardised = pd.DataFrame(z_scores(dataset.X), columns=names)
    deviations = standardised.groupby(genre).mean().rename_axis(index="genre")
    sizes = standardised.groupby(genre).size().to_numpy()[:, np.newaxis]
    between = (sizes * deviations**2).sum() / dataset.n_songs
    return GenreMeans(means, deviations, between, dataset.features)
