"""What the data chapter says about the table: one frozen dataclass and one function a finding.

Every function takes a :class:`analysis.dataset.Dataset` and computes; nothing here reads a file
or draws. Standard deviations are those of a sample (``ddof=1``) unless a docstring says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.dataset import UNREADABLE_TRACK, Dataset

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SAMPLE_RATE = 22_050
"""Samples per second of the audio behind the table (librosa's default)."""
HOP_LENGTH = 512
"""Samples from one analysis frame to the next (librosa's default)."""
RANK_TOLERANCE = 1e-9
"""An eigenvalue of a correlation matrix below this counts as zero; the largest are near 1."""
SAMPLED_SONGS = 2_000
"""At most this many songs enter a computation over all pairs of songs."""


# --- results ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval.

    Attributes
    ----------
    estimate : float
        The value on the table itself.
    low, high : float
        Ends of the percentile interval over resampled songs.
    """

    estimate: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Summary:
    """Size and make-up of the table.

    Attributes
    ----------
    n_songs, n_features, n_genres : int
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
    """Songs whose features agree in every digit.

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
    def n_surplus(self) -> int:
        """Songs that would go if one of each group were kept."""
        return self.n_songs - self.n_groups

    @property
    def across(self) -> tuple[RepeatGroup, ...]:
        """The groups whose songs carry different genres."""
        return tuple(group for group in self.groups if group.across)

    @property
    def n_across(self) -> int:
        """Number of groups whose songs carry different genres."""
        return len(self.across)


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
    """

    frame: pd.DataFrame

    def of(self, feature: str) -> FeatureStat:
        """Return one feature's row."""
        row = self.frame.loc[feature]
        return FeatureStat(
            **{
                field.name: int(row[field.name])
                if field.name in {"missing", "distinct"}
                else float(row[field.name])
                for field in dataclasses.fields(FeatureStat)
            }
        )

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
    """

    means: pd.DataFrame
    deviations: pd.DataFrame
    between_share: pd.Series[float]

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


@dataclasses.dataclass(frozen=True)
class Pair:
    """How two features go together.

    Attributes
    ----------
    first, second : str
    pearson, spearman : Interval
    """

    first: str
    second: str
    pearson: Interval
    spearman: Interval


@dataclasses.dataclass(frozen=True)
class Correlation:
    """How the features go together, two by two.

    Attributes
    ----------
    pearson, spearman : DataFrame, features x features
    pairs : tuple of Pair
        Strongest (absolute Pearson correlation) first.
    blocks : tuple of tuple of str
        Features joined by chains of strong correlations; largest block first.
    threshold : float
        From which absolute correlation on two features belong to one block.
    """

    pearson: pd.DataFrame
    spearman: pd.DataFrame
    pairs: tuple[Pair, ...]
    blocks: tuple[tuple[str, ...], ...]
    threshold: float

    @property
    def strongest(self) -> Pair:
        """The pair with the largest absolute Pearson correlation."""
        return self.pairs[0]

    @property
    def weakest(self) -> Pair:
        """The pair with the smallest absolute Pearson correlation."""
        return self.pairs[-1]

    def pair(self, first: str, second: str) -> Pair:
        """Return the pair of two features, named in either order."""
        for pair in self.pairs:
            if {pair.first, pair.second} == {first, second}:
                return pair
        raise KeyError(f"{first}, {second}")


@dataclasses.dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of the correlation matrix, and the effective dimension.

    Attributes
    ----------
    eigenvalues : ndarray of shape (n_features,)
        Largest first; their sum is the number of features.
    low, high : ndarray of shape (n_features,)
        Bootstrap interval of each.
    shares, cumulative : ndarray of shape (n_features,)
        Shares of the variance, and their running sum.
    axes : DataFrame, features x axes
        Unit eigenvectors, each with its largest entry positive; columns "axis 1", "axis 2", ...
    participation_ratio : Interval
        (sum of eigenvalues)² / sum of squares: from 1 (one line) to the number of features.
    n_for_share : int
        Axes needed for `variance_share` of the variance.
    variance_share : float
    condition_number : float
        Largest over smallest eigenvalue; infinite where `singular`.
    singular : bool
        Whether some feature is an exact linear function of the others.
    """

    eigenvalues: Floats
    low: Floats
    high: Floats
    shares: Floats
    cumulative: Floats
    axes: pd.DataFrame
    participation_ratio: Interval
    n_for_share: int
    variance_share: float
    condition_number: float
    singular: bool

    @property
    def smallest(self) -> float:
        """The smallest eigenvalue."""
        return float(self.eigenvalues[-1])

    @property
    def n_axes(self) -> int:
        """Number of axes, that is, of features."""
        return len(self.eigenvalues)

    def leading(self, axis: int, n_features: int = 2) -> tuple[str, ...]:
        """Return the features with the largest absolute entries on an axis (1, 2, ...)."""
        entries = self.axes.iloc[:, axis - 1].abs().sort_values(ascending=False, kind="stable")
        return tuple(str(name) for name in entries.index[:n_features])


@dataclasses.dataclass(frozen=True)
class Determination:
    """How far the other features determine each feature linearly.

    Attributes
    ----------
    frame : DataFrame, features x (r2, low, high, vif)
        R² of the regression on all other features, its bootstrap interval, and the variance
        inflation factor 1 / (1 − R²), infinite where R² is 1.
    variance_share : float
        From which R² on a feature counts as nearly determined.
    """

    frame: pd.DataFrame
    variance_share: float

    def of(self, feature: str) -> Interval:
        """Return R² of one feature on the others."""
        row = self.frame.loc[feature]
        return Interval(float(row["r2"]), float(row["low"]), float(row["high"]))

    @property
    def most(self) -> str:
        """The feature with the largest R²."""
        return str(self.frame["r2"].idxmax())

    @property
    def least(self) -> str:
        """The feature with the smallest R²."""
        return str(self.frame["r2"].idxmin())

    @property
    def nearly_determined(self) -> tuple[str, ...]:
        """The features whose R² is at least `variance_share`."""
        return tuple(str(n) for n in self.frame.index[self.frame["r2"] >= self.variance_share])


@dataclasses.dataclass(frozen=True)
class LoudnessEnergy:
    """Loudness beside energy.

    The clip's power is the squared mean of the frames' RMS plus their variance, so its level in
    dB is never below 20 log10(energy); the gap between the two grows with the variance.

    Attributes
    ----------
    identical : bool
        Whether the two columns are one and the same.
    in_decibels : bool
        Whether the loudness column is in dBFS ("ours"); the gap is NaN where it is not.
    pearson, spearman : Interval
    gap_mean, gap_sd, gap_min, gap_max : float
        Loudness minus 20 log10(energy), in dB.
    widest_track : str
        The song with the widest gap.
    residual_share : float
        1 − r²: what a straight line in energy leaves unexplained of the loudness.
    """

    identical: bool
    in_decibels: bool
    pearson: Interval
    spearman: Interval
    gap_mean: float
    gap_sd: float
    gap_min: float
    gap_max: float
    widest_track: str
    residual_share: float


@dataclasses.dataclass(frozen=True)
class Danceability:
    """What danceability = (tempo / 200 + zero-crossing rate) / 2 is made of.

    Attributes
    ----------
    tempo_share, zcr_share : float
        Shares of the variance of danceability that its two terms carry (covariance of the term
        with danceability over the variance of danceability); they sum to 1.
    zcr_mean, zcr_sd, zcr_min, zcr_max : float
        The mean zero-crossing rate, recovered as 2 danceability − tempo / 200.
    """

    tempo_share: float
    zcr_share: float
    zcr_mean: float
    zcr_sd: float
    zcr_min: float
    zcr_max: float


@dataclasses.dataclass(frozen=True)
class TempoGrid:
    """The few values of tempo, and the autocorrelation lags they come from.

    A lag of L frames is a tempo of 60 · sample_rate / (hop_length · L) BPM.

    Attributes
    ----------
    tempi : ndarray of shape (n_distinct,)
        The different tempi in BPM, slowest first.
    lags : ndarray of int, shape (n_distinct,)
        The nearest whole lag of each, in frames.
    counts : ndarray of int, shape (n_distinct,)
        Songs at each tempo.
    gaps : ndarray of shape (n_distinct - 1,)
        Distance of each tempo from the next faster one, in BPM.
    sample_rate, hop_length : int
        Samples per second; samples per frame step.
    frame_seconds : float
        Length of one frame step.
    max_error : float
        Largest distance in BPM of a tempo from that of its whole lag.
    quantised : bool
        Whether every tempo is that of a whole lag (to 0.001 BPM).
    unused_lags : tuple of int
        Lags between the shortest and the longest one that no song has.
    """

    tempi: Floats
    lags: Integers
    counts: Integers
    gaps: Floats
    sample_rate: int
    hop_length: int
    frame_seconds: float
    max_error: float
    quantised: bool
    unused_lags: tuple[int, ...]

    @property
    def n_distinct(self) -> int:
        """Number of different tempi."""
        return len(self.tempi)

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return int(self.counts.sum())

    @property
    def slowest(self) -> float:
        """The slowest tempo in BPM."""
        return float(self.tempi[0])

    @property
    def fastest(self) -> float:
        """The fastest tempo in BPM."""
        return float(self.tempi[-1])

    @property
    def shortest_lag(self) -> int:
        """The lag of the fastest tempo, in frames."""
        return int(self.lags[-1])

    @property
    def longest_lag(self) -> int:
        """The lag of the slowest tempo, in frames."""
        return int(self.lags[0])

    @property
    def n_lags_in_range(self) -> int:
        """Whole lags from the shortest to the longest one, both included."""
        return self.longest_lag - self.shortest_lag + 1

    @property
    def smallest_gap(self) -> float:
        """The smallest distance between neighbouring tempi in BPM (0 if there is one tempo)."""
        return float(self.gaps.min()) if len(self.gaps) else 0.0

    @property
    def largest_gap(self) -> float:
        """The largest distance between neighbouring tempi in BPM (0 if there is one tempo)."""
        return float(self.gaps.max()) if len(self.gaps) else 0.0

    @property
    def gap_at_fast_end(self) -> float:
        """Distance between the two fastest tempi in BPM."""
        return float(self.gaps[-1]) if len(self.gaps) else 0.0

    @property
    def commonest(self) -> float:
        """The tempo with the most songs, in BPM."""
        return float(self.tempi[self.counts.argmax()])

    @property
    def commonest_count(self) -> int:
        """Songs at the commonest tempo."""
        return int(self.counts.max())

    @property
    def commonest_share(self) -> float:
        """Share of the songs at the commonest tempo."""
        return self.commonest_count / self.n_songs

    @property
    def songs_per_value(self) -> float:
        """Mean number of songs at one tempo."""
        return self.n_songs / self.n_distinct


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Standardisation, as measured.

    The variance share of a feature is also its share of the mean squared Euclidean distance
    between two different songs, because that mean is twice the sum of the variances.

    Attributes
    ----------
    frame : DataFrame, features x (mean_before, sd_before, share_before, mean_after, sd_after, \
share_after)
        Means and standard deviations (``ddof=0``, as scikit-learn divides), and shares of the
        summed variance.
    mean_squared_distance_before, mean_squared_distance_after : float
        Between two different songs, measured over all pairs.
    n_neighbours_changed : int
        Songs whose nearest other song is another one after scaling (exact repeats count as one).
    neighbours_changed : float
        The same as a share of the songs.
    """

    frame: pd.DataFrame
    mean_squared_distance_before: float
    mean_squared_distance_after: float
    n_neighbours_changed: int
    neighbours_changed: float

    @property
    def dominant(self) -> str:
        """The feature with the largest share of variance before scaling."""
        return str(self.frame["share_before"].idxmax())

    @property
    def dominant_share(self) -> float:
        """Its share."""
        return float(self.frame["share_before"].max())

    @property
    def rest_share(self) -> float:
        """The share of all other features together, before scaling."""
        return 1.0 - self.dominant_share

    @property
    def largest_mean_after(self) -> float:
        """The largest absolute mean after scaling; 0 but for rounding."""
        return float(self.frame["mean_after"].abs().max())

    @property
    def largest_sd_error_after(self) -> float:
        """The largest distance of a standard deviation from 1 after scaling."""
        return float((self.frame["sd_after"] - 1).abs().max())


@dataclasses.dataclass(frozen=True)
class BlockShare:
    """A block of correlated features and its part of the standardised distance.

    Attributes
    ----------
    features : tuple of str
    distance_share : float
        Its share of the mean squared distance: its number of features over all.
    dimension : float
        Participation ratio of its own correlation matrix: how many features it is worth.
    dimension_share : float
        Its share of the dimensions of all blocks.
    """

    features: tuple[str, ...]
    distance_share: float
    dimension: float
    dimension_share: float


@dataclasses.dataclass(frozen=True)
class Influence:
    """What the features weigh in distances after standardisation.

    Attributes
    ----------
    frame : DataFrame, features x (distance_share, distance_correlation, neighbours_changed_without)
        Share of the mean squared distance (the same for all); correlation over pairs of songs of
        the feature's squared difference with the squared distance; share of the songs whose
        nearest other song changes when the feature is left out.
    blocks : tuple of BlockShare
    axis_weights : DataFrame, axes x (euclidean, mahalanobis)
        Share of the mean squared distance along each principal axis: its eigenvalue's share for
        the standardised Euclidean distance, equal shares for the Mahalanobis distance. Axes
        without variance have weight 0 in both.
    rank_correlation : float
        Spearman correlation over pairs of songs of Euclidean and Mahalanobis distance.
    neighbours_changed : float
        Share of the songs whose nearest other song differs between the two distances.
    n_sampled : int
        Songs whose pairs entered the correlations.
    """

    frame: pd.DataFrame
    blocks: tuple[BlockShare, ...]
    axis_weights: pd.DataFrame
    rank_correlation: float
    neighbours_changed: float
    n_sampled: int

    @property
    def most_replaceable(self) -> str:
        """The feature whose leaving out changes the fewest nearest neighbours."""
        return str(self.frame["neighbours_changed_without"].idxmin())

    @property
    def least_replaceable(self) -> str:
        """The feature whose leaving out changes the most nearest neighbours."""
        return str(self.frame["neighbours_changed_without"].idxmax())


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
    values : Series, feature -> value
        In the features' units; empty if it is not present.
    deviations : Series, feature -> value
        In standard deviations (``ddof=0``) from the mean of all songs.
    """

    track: str
    present: bool
    genre: str
    values: pd.Series[float]
    deviations: pd.Series[float]

    @property
    def largest_deviation(self) -> float:
        """The largest absolute deviation; 0 if the song is not present."""
        return float(self.deviations.abs().max()) if self.present else 0.0
