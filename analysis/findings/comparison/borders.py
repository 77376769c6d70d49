"""Songs between two clusters, and songs on which the methods disagree."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.agreement import Comparison, wilson
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.mixtures.components import Mixture
from analysis.methods.resampling import Interval
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MOST_SHOWN = 5
"""Songs in a table of songs."""
QUARTERS = ("least", "second", "third", "most")
"""Quarters of the songs by how far they are from a border."""


@dataclasses.dataclass(frozen=True, eq=False)
class Borders:
    """How far each song is from the border of its cluster, by both methods.

    Attributes
    ----------
    songs : DataFrame
        Index: the song's row. Columns ``track``, ``genre``, ``cluster``, ``second_cluster``,
        ``kmeans_margin`` (eq-margin-distance), ``component``, ``second_component``,
        ``mixture_margin`` (eq-margin-posterior), ``agrees``, and ``firmness`` of disagreement
        (eq-firmness), 0 where the methods agree.
    by_margin : dict, (method, quarter) -> Interval
        The share of the songs on which both methods agree, with its Wilson interval, from the
        songs nearest to a border to those farthest from one.
    names : dict
        What K-Means clusters are called.
    rank_correlation : float
        Spearman's, of both margins.
    """

    songs: pd.DataFrame
    by_margin: dict[tuple[str, str], Interval]
    names: dict[int, str]
    rank_correlation: float

    def closest(self, method: str, n: int = MOST_SHOWN) -> pd.DataFrame:
        """Return the songs nearest to the border between two clusters of a method."""
        return self.songs.sort_values(f"{method}_margin", kind="stable").head(n)

    def firmest(self, n: int = MOST_SHOWN) -> pd.DataFrame:
        """Return the songs on which the methods disagree most firmly; fewer if fewer do."""
        apart = self.songs[~self.songs["agrees"]]
        return apart.sort_values("firmness", ascending=False, kind="stable").head(n)

    def quarter(self, method: str, name: str) -> Interval:
        """Return the share of agreement in one quarter of the songs."""
        return self.by_margin[method, name]

    def median(self, method: str) -> float:
        """Return the median margin."""
        return float(self.songs[f"{method}_margin"].median())

    @property
    def n_apart(self) -> int:
        """Songs on which the methods disagree."""
        return int((~self.songs["agrees"]).sum())

    @property
    def n_sure(self) -> int:
        """Songs on which the methods disagree though both put them far from any border.

        Far is beyond the median margin of each method.
        """
        far = self.songs["kmeans_margin"] > self.median("kmeans")
        far &= self.songs["mixture_margin"] > self.median("mixture")
        return int((far & ~self.songs["agrees"]).sum())


def find_borders(
    dataset: Dataset,
    kmeans: Clusters,
    mixture: Mixture,
    comparison: Comparison,
    config: Config,
) -> Borders:
    """Measure how far each song is from the border of its cluster, by both methods."""
    from scipy.stats import rankdata

    Z = z_scores(dataset.X)
    centers = kmeans.centers.to_numpy()
    gaps = np.sqrt(np.square(Z[:, np.newaxis] - centers).sum(axis=2))
    second, near, far = _two_smallest(gaps, kmeans.labels)
    with np.errstate(invalid="ignore"):
        kmeans_margin = np.where(far > 0, 1 - near / np.where(far > 0, far, 1.0), 0.0)
    second_component, less, more = _two_smallest(-mixture.probabilities, mixture.labels)
    mixture_margin = more - less

    partners = np.array([comparison.partner[int(label)] for label in kmeans.labels])
    lost = -less - mixture.probabilities[np.arange(len(Z)), partners]
    songs = pd.DataFrame(
        {
            "track": dataset.tracks,
            "genre": dataset.labels,
            "cluster": kmeans.labels,
            "second_cluster": second,
            "kmeans_margin": kmeans_margin,
            "component": mixture.labels,
            "second_component": second_component,
            "mixture_margin": mixture_margin,
            "agrees": comparison.agrees,
            "firmness": np.where(comparison.agrees, 0.0, kmeans_margin * lost),
        }
    )
    by_margin = {}
    for method in ("kmeans", "mixture"):
        order = np.argsort(songs[f"{method}_margin"].to_numpy(), kind="stable")
        for name, part in zip(QUARTERS, np.array_split(order, len(QUARTERS)), strict=True):
            if len(part):
                inside = comparison.agrees[part]
                by_margin[method, name] = wilson(int(inside.sum()), len(part), config.confidence)
    return Borders(
        songs,
        by_margin,
        {profile.cluster: profile.name for profile in kmeans.profiles},
        _correlation(rankdata(kmeans_margin), rankdata(mixture_margin)),
    )


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation of two columns; NaN if one of them is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _two_smallest(values: Floats, labels: Labels) -> tuple[Labels, Floats, Floats]:
    """Return the column of the second smallest value of each row, the value at `labels`, and it.

    The label's own value is the smallest, but for rounding.
    """
    rows = np.arange(len(values))
    rest: Any = values.copy()
    rest[rows, labels] = np.inf
    second = rest.argmin(axis=1)
    own = values[rows, labels]
    return second.astype(np.int64), own, np.maximum(values[rows, second], own)
