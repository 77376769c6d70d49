"""Both clusterings under every index, beside the genres, chance, and cells cut at random."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.seeds import METHODS, Method, Seeds
from analysis.findings.kmeans.clusters import GenreTable
from analysis.methods.indices.external import (
    count_pairs,
    external_from_tables,
    matched_from_tables,
    plug_in_from_tables,
)
from analysis.methods.indices.internal import (
    all_distances,
    internal_indices,
    internal_interval,
    internal_of_many,
    resample_internal,
)
from analysis.methods.indices.record import INDICES, INTERNAL
from analysis.methods.resampling import (
    Interval,
    Spread,
    basic_interval,
    spread_of,
)
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

AGAINST_GENRES = ("ari", "ami", "v_measure", "purity")
"""The indices of agreement with the genres, in the order of the book."""
SCORED = (*INTERNAL, *AGAINST_GENRES)
"""All indices, in the order of the book."""
CELLS_PER_RESAMPLE = 10
"""Random cells drawn for each resample of an index: the share that is as good has to be firm."""


@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """Every index of both clusterings, with what it is held against.

    Attributes
    ----------
    values : dict, (method, index) -> Interval
        The methods are "kmeans", "mixture", and "genres", the genres taken as a clustering,
        without interval.
    baselines : dict, (baseline, index) -> Spread
        "shuffled": the labels of K-Means shuffled; "cells": each song with the nearest of as many
        songs drawn at random.
    differences : dict, index -> Interval
        The mixture's value less that of K-Means, on the same resampled songs.
    over_seeds : dict, index -> Spread
        The same difference over all pairs of a seed of the mixture and a seed of K-Means.
    won : dict, index -> float
        The share of these pairs in which the mixture's value is better.
    of_seeds : dict, (method, index) -> ndarray of shape (n_seeds,)
        The value of each seed; the index may also be "matched" (eq-matched).
    cells : DataFrame of shape (n_cells, 8)
        The indices of the random cells, "matched" among them. The internal indices and the
        adjusted mutual information cost more, and only the first `n_index_resamples` have them.
    n_seeds : int
    n_resamples, n_index_resamples, n_permutations, n_cells : int
        Resamples of the external and of the internal indices, which is also the number of shuffles
        of the latter; shuffles of the external indices; draws of cells.
    confidence : float
    """

    values: dict[tuple[str, str], Interval]
    baselines: dict[tuple[str, str], Spread]
    differences: dict[str, Interval]
    over_seeds: dict[str, Spread]
    won: dict[str, float]
    of_seeds: dict[tuple[str, str], Floats]
    cells: pd.DataFrame
    n_seeds: int
    n_resamples: int
    n_index_resamples: int
    n_permutations: int
    n_cells: int
    confidence: float

    def of(self, method: str, index: str) -> Interval:
        """Return an index of a method with its interval."""
        return self.values[method, index]

    def baseline(self, name: str, index: str) -> Spread:
        """Return mean and range of an index of random labels."""
        return self.baselines[name, index]

    def difference(self, index: str) -> Interval:
        """Return the mixture's value less that of K-Means, with its interval."""
        return self.differences[index]

    def better(self, index: str) -> str:
        """Return which method an index is better for: "kmeans", "mixture", or "neither".

        Neither, where the interval of the difference holds 0 or is missing.
        """
        found = self.difference(index)
        sign = INDICES[index].sign
        if sign * found.low > 0 and sign * found.high > 0:
            return "mixture"
        if sign * found.low < 0 and sign * found.high < 0:
            return "kmeans"
        return "neither"

    def n_better(self, method: str, indices: Iterable[str] = SCORED) -> int:
        """Count the indices that a method is better for; or that leave it open ("neither")."""
        return sum(self.better(index) == method for index in indices)

    def seed_difference(self, index: str) -> Spread:
        """Return mean and range of the difference over pairs of seeds."""
        return self.over_seeds[index]

    def wins(self, index: str) -> float:
        """Return the share of pairs of seeds in which the mixture's value is better."""
        return self.won[index]

    def over(self, method: str, index: str) -> Spread:
        """Return mean and range of an index, or of "matched", over the seeds of a method."""
        return spread_of(self.of_seeds[method, index], self.confidence)

    def cells_reaching(self, method: str, index: str) -> Spread:
        """Return the share of random cells as good as a method by an index, over its seeds.

        The index may be "matched".
        """
        cells = self.cells[index].dropna().to_numpy()
        if not len(cells):
            return Spread(np.nan, np.nan, np.nan)
        sign = INDICES[index].sign
        reaching = sign * cells >= sign * self.of_seeds[method, index][:, np.newaxis]
        return spread_of(reaching.mean(axis=1), self.confidence)


def score(
    dataset: Dataset,
    labels: dict[Method, Labels],
    genres: dict[Method, GenreTable],
    seeds: Seeds,
    config: Config,
) -> Scores:
    """Compute every index of both clusterings, and of random labels.

    Parameters
    ----------
    dataset : Dataset
    labels : dict
        The labels of each method.
    genres : dict
        The table of each method's clusters and the genres, which has the external indices.
    seeds : Seeds
        Both methods under other seeds.
    config : Config

    Returns
    -------
    Scores
    """
    Z, of_genre = z_scores(dataset.X), np.unique(dataset.labels, return_inverse=True)[1]
    distances = all_distances(Z)
    values: dict[tuple[str, str], Interval] = {}
    draws: dict[str, pd.DataFrame] = {}
    for method in METHODS:
        found = internal_or_nothing(Z, labels[method], distances)
        drawn = _resampled(Z, labels[method], distances, config)
        for name in INTERNAL:
            kept = drawn[name][np.isfinite(drawn[name])]
            values[method, name] = internal_interval(name, found[name], kept, config.confidence)
        for name in AGAINST_GENRES:
            values[method, name] = genres[method].index(name)
        draws[method] = pd.DataFrame(drawn)
    for name, value in internal_or_nothing(Z, of_genre, distances).items():
        values["genres", name] = Interval(value, np.nan, np.nan)

    plug_ins = {
        method: plug_in_from_tables(genres[method].table.to_numpy()[np.newaxis])
        for method in METHODS
    }
    differences = {}
    for name in SCORED:
        source = draws if name in INTERNAL else {m: genres[m].draws for m in METHODS}
        apart = (source["mixture"][name] - source["kmeans"][name]).to_numpy()
        estimate = plug_in = values["mixture", name].estimate - values["kmeans", name].estimate
        if name in AGAINST_GENRES:
            plug_in = float(plug_ins["mixture"][name][0] - plug_ins["kmeans"][name][0])
        apart = apart[np.isfinite(apart)]
        differences[name] = basic_interval(estimate, apart, config.confidence, plug_in=plug_in)

    cells = _cell_scores(Z, of_genre, distances, config)
    of_seeds = _of_seeds(Z, of_genre, seeds, distances)
    over_seeds, won = _over_seeds(of_seeds, config)
    return Scores(
        values=values,
        baselines=_baselines(Z, labels["kmeans"], genres["kmeans"], cells, distances, config),
        differences=differences,
        over_seeds=over_seeds,
        won=won,
        of_seeds=of_seeds,
        cells=cells,
        n_seeds=seeds.n_seeds,
        n_resamples=config.n_bootstrap,
        n_index_resamples=config.n_index_bootstrap,
        n_permutations=config.n_permutations,
        n_cells=len(cells),
        confidence=config.confidence,
    )


def internal_or_nothing(Z: Floats, labels: Labels, distances: Floats | None) -> dict[str, float]:
    """Return the internal indices; NaN for a single cluster, or one for each song."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return dict.fromkeys(INTERNAL, np.nan)
    return dataclasses.asdict(internal_indices(Z, labels, distances=distances))


def _resampled(
    Z: Floats, labels: Labels, distances: Floats | None, config: Config
) -> dict[str, Floats]:
    if not 1 < len(np.unique(labels)) < len(labels):
        return {name: np.full(config.n_index_bootstrap, np.nan) for name in INTERNAL}
    return resample_internal(
        Z, labels, n_resamples=config.n_index_bootstrap, seed=config.seed, distances=distances
    )


def random_cells(Z: Floats, n_cells: int, rng: np.random.Generator) -> Labels:
    """Draw songs evenly as centres, and give each song to the nearest of them.

    Parameters
    ----------
    Z : ndarray of shape (n_songs, n_features)
    n_cells : int
    rng : Generator

    Returns
    -------
    ndarray of shape (n_songs,), int
        Cells of songs that coincide may be empty.
    """
    centers = Z[rng.choice(len(Z), size=n_cells, replace=False)]
    return np.asarray(np.square(Z[:, np.newaxis] - centers).sum(axis=2).argmin(axis=1))


def _cell_scores(
    Z: Floats, of_genre: Labels, distances: Floats | None, config: Config
) -> pd.DataFrame:
    rng = generator(config.seed, Stream.CELL_SCORES)
    n_dear, n_cells = config.n_index_bootstrap, CELLS_PER_RESAMPLE * config.n_index_bootstrap
    cells = [random_cells(Z, config.n_clusters, rng) for _ in range(n_cells)]
    dear = pd.DataFrame(_all_indices(Z, of_genre, cells[:n_dear], distances))
    rest = _tables(of_genre, cells[n_dear:])
    cheap = external_from_tables(rest, ami=False) | {"matched": matched_from_tables(rest)}
    more = pd.DataFrame(cheap).reindex(columns=dear.columns)
    return pd.concat([dear, more], ignore_index=True)


def _all_indices(
    Z: Floats, of_genre: Labels, labelings: Sequence[Labels], distances: Floats | None
) -> dict[str, Floats]:
    """Compute :data:`SCORED` and "matched" of labelings with numbers from 0 on."""
    found = internal_of_many(Z, labelings, distances=distances)
    tables = _tables(of_genre, labelings)
    external = external_from_tables(tables)
    found |= {index: external[index] for index in AGAINST_GENRES}
    return found | {"matched": matched_from_tables(tables)}


def _tables(of_genre: Labels, labelings: Sequence[Labels]) -> Labels:
    """Count the songs of each genre in each cluster, for many labelings."""
    shape = (int(of_genre.max()) + 1, 1 + max(int(labels.max()) for labels in labelings))
    return np.stack([count_pairs(of_genre, labels, shape) for labels in labelings])


def _of_seeds(
    Z: Floats, of_genre: Labels, seeds: Seeds, distances: Floats | None
) -> dict[tuple[str, str], Floats]:
    return {
        (method, index): values
        for method in METHODS
        for index, values in _all_indices(
            Z, of_genre, list(seeds.full(method).labels), distances
        ).items()
    }


def _over_seeds(
    found: dict[tuple[str, str], Floats], config: Config
) -> tuple[dict[str, Spread], dict[str, float]]:
    spreads, won = {}, {}
    for index in SCORED:
        apart = np.subtract.outer(found["mixture", index], found["kmeans", index]).ravel()
        apart = apart[np.isfinite(apart)]
        better = INDICES[index].sign * apart > 0
        spreads[index] = spread_of(apart, config.confidence)
        won[index] = float(better.mean()) if len(apart) else float("nan")
    return spreads, won


def _baselines(
    Z: Floats,
    labels: Labels,
    genres: GenreTable,
    cells: pd.DataFrame,
    distances: Floats | None,
    config: Config,
) -> dict[tuple[str, str], Spread]:
    rng = generator(config.seed, Stream.SHUFFLED_SCORES)
    shuffled = [rng.permutation(labels) for _ in range(config.n_index_bootstrap)]
    found: dict[tuple[str, str], Spread] = {}
    for index, values in internal_of_many(Z, shuffled, distances=distances).items():
        found["shuffled", index] = spread_of(values, config.confidence)
    for index in AGAINST_GENRES:
        null = genres.nulls[index]
        found["shuffled", index] = Spread(null.mean, null.low, null.high)
    for index in SCORED:
        found["cells", index] = spread_of(cells[index].to_numpy(), config.confidence)
    return found
