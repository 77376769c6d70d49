"""The few values that tempo takes, and the autocorrelation lags they come from."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from analysis.songs.features import HOP_LENGTH, SAMPLE_RATE
from analysis.songs.table import Dataset

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
    """

    tempi: Floats
    lags: Integers
    counts: Integers
    gaps: Floats
    sample_rate: int
    hop_length: int
    frame_seconds: float
    max_error: float

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


def find_tempo_grid(dataset: Dataset) -> TempoGrid:
    """Find the whole autocorrelation lag behind each tempo."""
    tempi, counts = np.unique(dataset.frame["tempo"].to_numpy(), return_counts=True)
    at_one_frame = 60 * SAMPLE_RATE / HOP_LENGTH
    lags = np.maximum(np.rint(at_one_frame / tempi), 1).astype(np.int64)
    return TempoGrid(
        tempi=tempi,
        lags=lags,
        counts=counts.astype(np.int64),
        gaps=np.diff(tempi),
        sample_rate=SAMPLE_RATE,
        hop_length=HOP_LENGTH,
        frame_seconds=HOP_LENGTH / SAMPLE_RATE,
        max_error=float(np.abs(tempi - at_one_frame / lags).max()),
    )
