"""How often the intervals hold the true value, where it is known.

The songs of the table are taken for a population, whose indices are known. Samples as large as the
table are drawn from it; each gets its own bootstrap intervals, by the same code as the study's; and
those that hold the population's value are counted.

It takes minutes, so the counts are kept in ``coverage.csv``, beside this module; ``python -m
analysis coverage`` makes that file again.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.errors import DatasetError
from analysis.methods.indices.external import (
    external_from_tables,
    index_interval,
    matched_from_tables,
    plug_in_from_tables,
)
from analysis.methods.indices.internal import internal_indices, resample_internal
from analysis.methods.indices.record import EXTERNAL, INTERNAL
from analysis.methods.resampling import basic_interval, interval
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

STATISTICS = (*INTERNAL[1:], *EXTERNAL, "matched")
"""What has an interval over resampled songs, in the order of the book, but for the silhouette.

A sample with replacement holds copies of songs. They are at no distance from each other, which
raises silhouettes above those of the population, whatever the interval.
"""
FILE = Path(__file__).with_name("coverage.csv")
"""Where the counts are kept."""
N_SAMPLES, N_RESAMPLES = 500, 300
"""What they are counted on."""
COLUMNS = ("coverage", "below", "above", "percentile", "mirrored")
"""Shares of the samples, see :func:`simulate`."""


def simulate(
    dataset: Dataset,
    labels: Labels,
    config: Config,
    *,
    n_samples: int = N_SAMPLES,
    n_resamples: int = N_RESAMPLES,
    statistics: tuple[str, ...] = STATISTICS,
) -> pd.DataFrame:
    """Count how often intervals hold the value of a population that is known.

    Parameters
    ----------
    dataset : Dataset
        The population.
    labels : ndarray of shape (n_songs,), int
        The cluster of each song, which stays with it.
    config : Config
    n_samples, n_resamples : int
        Samples from the population, and resamples of each.
    statistics : tuple of str
        Some of :data:`STATISTICS`.

    Returns
    -------
    DataFrame
        Index: the statistics. ``population``: the value to be held. ``coverage``: share of the
        samples whose interval holds it; ``below`` and ``above``, whose interval lies below or above
        it. ``percentile``, ``mirrored``: coverage of two other kinds of interval, the quantiles of
        the resamples and these mirrored at the estimate.
    """
    Z, of_genre = z_scores(dataset.X), np.unique(dataset.labels, return_inverse=True)[1]
    rng = generator(config.seed, Stream.COVERAGE)
    n, level, shape = len(Z), config.confidence, (int(of_genre.max()) + 1, int(labels.max()) + 1)
    population = dataclasses.asdict(internal_indices(Z, labels)) | {
        name: float(values[0])
        for name, values in plug_in_from_tables(
            _tables(of_genre, labels[np.newaxis], shape)
        ).items()
    }
    counts = {name: np.zeros(len(COLUMNS)) for name in statistics}
    for _ in range(n_samples):
        drawn = rng.integers(n, size=n)
        X, genres, clusters = Z[drawn], of_genre[drawn], labels[drawn]
        table = _tables(genres, clusters[np.newaxis], shape)
        again = rng.integers(n, size=(n_resamples, n))
        resamples = _tables(genres[again], clusters[again], shape)
        estimates = {name: values[0] for name, values in _external(table).items()}
        draws = _external(resamples)
        if set(statistics) & set(INTERNAL):
            estimates |= dataclasses.asdict(internal_indices(X, clusters))
            seed = int(rng.integers(2**31))
            draws |= resample_internal(X, clusters, n_resamples=n_resamples, seed=seed)
        for name in statistics:
            true, estimate, values = population[name], float(estimates[name]), draws[name]
            plain = interval(estimate, values, level)
            mirrored = chosen = basic_interval(estimate, values, level)
            if name not in INTERNAL:
                chosen = index_interval(name, estimate, values, table[0], level)
            counts[name] += (
                chosen.low <= true <= chosen.high,
                chosen.high < true,
                chosen.low > true,
                plain.low <= true <= plain.high,
                mirrored.low <= true <= mirrored.high,
            )
    shares = {name: counts[name] / n_samples for name in statistics}
    frame = pd.DataFrame.from_dict(shares, orient="index", columns=list(COLUMNS))
    frame.insert(0, "population", [population[name] for name in statistics])
    return frame.rename_axis("statistic")


def to_csv(found: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the counts of several clusterings as CSV, by the name of what made them."""
    frame = pd.concat(found, names=["method"])
    return frame.to_csv(float_format="%.6g", lineterminator="\n").encode("utf-8")


def read(path: Path = FILE) -> pd.DataFrame:
    """Read the counts that are kept.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataFrame
        Index ``method``, ``statistic``; columns as of :func:`simulate`.

    Raises
    ------
    DatasetError
        If the file is missing or is not that table.
    """
    try:
        frame = pd.read_csv(io.BytesIO(path.read_bytes())).set_index(["method", "statistic"])
        return frame[["population", *COLUMNS]].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(
            f"{path.name} cannot be read ({type(error).__name__}); it should be the table that "
            "`python -m analysis coverage` writes."
        ) from error


def _external(tables: NDArray[np.int64]) -> dict[str, Floats]:
    return external_from_tables(tables) | {"matched": matched_from_tables(tables)}


def _tables(genres: Labels, clusters: Labels, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the contingency tables of rows of labels, with the same genres and clusters each."""
    n_tables, n_cells = len(clusters), shape[0] * shape[1]
    cells = np.arange(n_tables)[:, np.newaxis] * n_cells + genres * shape[1] + clusters
    return np.bincount(cells.ravel(), minlength=n_tables * n_cells).reshape(n_tables, *shape)
