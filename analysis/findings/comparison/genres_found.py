"""The result of the study in one scale: the share of the songs whose genre is found."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.classifiers import ClassifierScores
from analysis.findings.comparison.scores import random_cells
from analysis.methods.indices.external import matched_from_tables
from analysis.methods.resampling import Interval, Spread, spread_of
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Labels = NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class GenresFound:
    """How many songs get their genre, from chance to a method that was told the genres.

    Clusters are named after genres, each after another one, so that most songs are right
    (eq-matched).

    Attributes
    ----------
    shuffled : Spread
        Labels of K-Means dealt to the songs at random.
    cells : Spread
        Cells around songs drawn at random (def-cells).
    cell_shares : ndarray of shape (n_draws,)
        The shares behind `cells`.
    kmeans, mixture : Interval
    told : Interval
        The best of the classifiers that learn the genres, on songs of artists held out.
    best : str
        Its name.
    n_draws : int
    """

    shuffled: Spread
    cells: Spread
    cell_shares: NDArray[np.float64]
    kmeans: Interval
    mixture: Interval
    told: Interval
    best: str

    @property
    def n_draws(self) -> int:
        """Draws behind each kind of chance."""
        return len(self.cell_shares)

    def without_search(self, method: str) -> float:
        """Return which share of what a method adds to shuffled labels random cells add too.

        NaN if it adds nothing.
        """
        found: Interval = getattr(self, method)
        added = found.estimate - self.shuffled.mean
        return (self.cells.mean - self.shuffled.mean) / added if added > 0 else float("nan")

    def cells_reaching(self, method: str) -> float:
        """Return the share of random cells that find as many genres as a method, or more."""
        found: Interval = getattr(self, method)
        return float((self.cell_shares >= found.estimate).mean())

    def reached(self, method: str) -> float:
        """Return which share of the way a method's clusters go.

        The way leads from shuffled labels, named as the clusters are, to the best classifier. NaN
        if that is no better than shuffled labels.
        """
        found: Interval = getattr(self, method)
        way = self.told.estimate - self.shuffled.mean
        return (found.estimate - self.shuffled.mean) / way if way > 0 else float("nan")


def find_genres(
    dataset: Dataset, labels: Labels, ceiling: ClassifierScores, config: Config
) -> GenresFound:
    """Set both methods beside two kinds of chance and beside the best classifier.

    Parameters
    ----------
    dataset : Dataset
    labels : ndarray of shape (n_songs,), int
        Those of K-Means.
    ceiling : ClassifierScores
    config : Config

    Returns
    -------
    GenresFound
    """
    Z, of_genre = z_scores(dataset.X), np.unique(dataset.labels, return_inverse=True)[1]
    rng = generator(config.seed, Stream.GENRES_FOUND)
    n_draws = config.n_index_bootstrap
    shuffled = [rng.permutation(labels) for _ in range(n_draws)]
    cells = [random_cells(Z, config.n_clusters, rng) for _ in range(n_draws)]
    cell_shares = _matched(of_genre, cells, config.n_clusters)
    return GenresFound(
        shuffled=spread_of(_matched(of_genre, shuffled, config.n_clusters), config.confidence),
        cells=spread_of(cell_shares, config.confidence),
        cell_shares=cell_shares,
        kmeans=ceiling.of("kmeans"),
        mixture=ceiling.of("mixture"),
        told=ceiling.of(ceiling.best),
        best=ceiling.best,
    )


def _matched(of_genre: Labels, labelings: list[Labels], n_clusters: int) -> NDArray[np.float64]:
    shape = (int(of_genre.max()) + 1, n_clusters)
    tables = np.stack(
        [
            np.bincount(of_genre * n_clusters + labels, minlength=shape[0] * n_clusters)
            for labels in labelings
        ]
    )
    return matched_from_tables(tables.reshape(-1, *shape))
