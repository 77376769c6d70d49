"""How often the intervals hold the true value, where it is known.

The songs of the table are taken for a population, whose indices are known. Samples as large as the
table are drawn from it, of songs or of whole artists; each gets its own bootstrap intervals, by the
same code as the study's; and those that hold the population's value are counted.

It takes minutes, so the counts are kept in ``coverage.csv``, beside this module; ``python -m
analysis coverage`` makes that file again.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.errors import DatasetError
from analysis.findings.comparison.classifiers import N_DEALS, ClassifierScores, deal_folds
from analysis.findings.comparison.recodings import (
    RECODINGS,
    agree,
    cluster,
    interval_of,
    joint_level,
    standardise,
)
from analysis.findings.comparison.seeds import METHODS
from analysis.methods.grouped import (
    centred_interval,
    draw_groups,
    grouped_means,
    grouped_tables,
    whole_first,
)
from analysis.methods.indices.external import (
    external_from_tables,
    index_interval,
    matched_from_tables,
    plug_in_from_tables,
)
from analysis.methods.indices.internal import (
    all_distances,
    internal_indices,
    internal_interval,
    resample_internal,
    silhouette_in_population,
)
from analysis.methods.indices.record import EXTERNAL, INTERNAL
from analysis.methods.resampling import Interval, basic_interval, interval
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

STATISTICS = (*INTERNAL, *EXTERNAL, "matched")
"""What has an interval over resampled songs, in the order of the book."""
OF_ARTISTS = ("ari", "v_measure", "purity", "matched", "classifier")
"""What is looked at over artists; the adjusted mutual information would take most of the time."""
RECODED = ("table", "whitened logs")
"""The recodings that are looked at, and the one less the other."""
FILE = Path(__file__).with_name("coverage.csv")
"""Where the counts are kept."""
N_SAMPLES, N_RESAMPLES = 500, 300
"""What they are counted on."""
N_OF_ARTISTS, N_RECODED, N_RECODED_RESAMPLES = 300, 200, 1_000
"""Samples of artists, and samples and resamples for recodings: these take longer."""
COLUMNS = ("coverage", "below", "above", "percentile", "mirrored", "by_song")
"""Shares of the samples, see :func:`simulate`."""
INDEX = ["drawn", "method", "statistic"]
"""What a row of the file is about."""


def simulate(
    dataset: Dataset,
    labels: Labels,
    config: Config,
    *,
    n_samples: int = N_SAMPLES,
    n_resamples: int = N_RESAMPLES,
    statistics: tuple[str, ...] = STATISTICS,
) -> pd.DataFrame:
    """Count how often intervals over songs hold the value of a population that is known.

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
        the resamples and these mirrored at the estimate. ``by_song``: of intervals that resample
        songs, where artists were drawn; else NaN.
    """
    Z, of_genre = z_scores(dataset.X), np.unique(dataset.labels, return_inverse=True)[1]
    distances = all_distances(Z)
    rng = generator(config.seed, Stream.COVERAGE)
    n, level, shape = len(Z), config.confidence, (int(of_genre.max()) + 1, int(labels.max()) + 1)
    population = dataclasses.asdict(internal_indices(Z, labels, distances=distances)) | {
        "silhouette": silhouette_in_population(Z, labels, distances=distances),
        **_in_population(_tables(of_genre, labels[np.newaxis], shape)),
    }
    counts = {name: np.zeros(len(COLUMNS)) for name in statistics}
    for _ in range(n_samples):
        drawn = rng.integers(n, size=n)
        X, genres, clusters = Z[drawn], of_genre[drawn], labels[drawn]
        table = _tables(genres, clusters[np.newaxis], shape)
        again = rng.integers(n, size=(n_resamples, n))
        estimates: dict[str, float] = {}
        draws: dict[str, Floats] = {}
        if not set(statistics) <= set(INTERNAL):
            estimates |= {name: float(values[0]) for name, values in _external(table).items()}
            draws |= _external(_tables(genres[again], clusters[again], shape))
        if set(statistics) & set(INTERNAL):
            near = None if distances is None else distances[np.ix_(drawn, drawn)]
            estimates |= dataclasses.asdict(internal_indices(X, clusters, distances=near))
            draws |= resample_internal(
                X,
                clusters,
                n_resamples=n_resamples,
                seed=int(rng.integers(2**31)),
                distances=near,
            )
        for name in statistics:
            values = draws[name][np.isfinite(draws[name])]
            chosen = (
                internal_interval(name, estimates[name], values, level)
                if name in INTERNAL
                else index_interval(name, estimates[name], values, table[0], level)
            )
            counts[name] += _judge(population[name], chosen, values, level)
    return _shares(counts, population, n_samples)


def simulate_artists(
    dataset: Dataset,
    labels: Labels,
    right: Floats,
    config: Config,
    *,
    n_samples: int = N_OF_ARTISTS,
    n_resamples: int = N_RESAMPLES,
) -> pd.DataFrame:
    """Count how often intervals hold the value of a population of artists.

    Artists are drawn with all of their songs, so that samples differ in size. Each gets intervals
    over resampled artists and, to see what they cost, over resampled songs.

    Parameters
    ----------
    dataset, labels
        As :func:`simulate` takes them.
    right : ndarray of shape (n_songs,)
        Which songs' genres a classifier finds.
    config, n_samples, n_resamples
        As :func:`simulate` takes them.

    Returns
    -------
    DataFrame
        Index: :data:`OF_ARTISTS`, "classifier" being the share that is right. Columns as of
        :func:`simulate`.
    """
    of_genre = np.unique(dataset.labels, return_inverse=True)[1].astype(np.int64)
    rng, level = generator(config.seed, Stream.COVERAGE_OF_ARTISTS), config.confidence
    every = np.ones((1, len(labels)), dtype=np.int64)
    whole = grouped_tables(of_genre, labels, np.arange(len(labels)), every)
    population = _in_population(whole) | {"classifier": float(right.mean())}
    counts = {name: np.zeros(len(COLUMNS)) for name in OF_ARTISTS}
    for _ in range(n_samples):
        rows, groups = _draw_whole(dataset.groups, rng)
        found = []
        for by in (groups, np.arange(len(rows), dtype=np.int64)):
            draws = draw_groups(by, n_resamples, rng)
            draws = whole_first(draws)
            tables = grouped_tables(of_genre[rows], labels[rows], by, draws)
            of_all = _external(tables, ami=False)
            of_all["classifier"] = grouped_means(right[rows], by, draws)
            found.append(of_all)
        for name in counts:
            chosen, by_song = (
                centred_interval(values[0], values[1:], level)
                if name == "classifier"
                else index_interval(name, values[0], values[1:], tables[0], level)
                for values in (of_all[name] for of_all in found)
            )
            counts[name] += _judge(population[name], chosen, found[0][name][1:], level, by_song)
    return _shares(counts, population, n_samples)


def simulate_recodings(
    dataset: Dataset,
    config: Config,
    *,
    n_samples: int = N_RECODED,
    n_resamples: int = N_RECODED_RESAMPLES,
) -> dict[tuple[str, str], pd.DataFrame]:
    """Count how often the intervals of recoded features hold the value of a population of artists.

    Parameters
    ----------
    dataset : Dataset
        The population.
    config : Config
    n_samples, n_resamples : int
        Samples from the population, and resamples of each.

    Returns
    -------
    dict, (name, method) -> DataFrame
        For each of :data:`RECODED`, and for the last less the first, "change". Index: "ari",
        "named", and "gain", see :attr:`analysis.findings.comparison.recodings.Recodings.frame`.
        Columns as of :func:`simulate`. Samples draw seeds, too. Names are chosen on as many songs
        as a sample has, so the population's value of the last two is the mean over samples.
        Gains and changes are judged at the level that allows for all recodings.
    """
    of_genre = np.unique(dataset.labels, return_inverse=True)[1].astype(np.int64)
    rng, level = generator(config.seed, Stream.COVERAGE_OF_RECODINGS), config.confidence
    labelings = {}
    for name in RECODED:
        labelings[name] = cluster(standardise(RECODINGS[name](dataset.frame)), config)
        del labelings[name]["shuffled"]
    what = [f"{method}:{index}" for method in METHODS for index in ("ari", "named", "gain")]
    first, last = RECODED
    samples: list[dict[str, dict[str, tuple[float, Floats]]]] = []
    for _ in range(n_samples):
        rows, groups = _draw_whole(dataset.groups, rng)
        draws = draw_groups(groups, n_resamples, rng)
        folds = np.stack(
            [deal_folds(of_genre[rows], groups, config.n_folds, rng) for _ in range(N_DEALS)]
        )
        found = {}
        for name in RECODED:
            kept = {
                who: [of_all[i][rows] for i in rng.integers(len(of_all), size=len(of_all))]
                for who, of_all in labelings[name].items()
            }
            measured = agree(kept, of_genre[rows], groups, folds, draws, rng)
            found[name] = {one: measured[one][:2] for one in what}
        found["change"] = {
            one: (
                found[last][one][0] - found[first][one][0],
                found[last][one][1] - found[first][one][1],
            )
            for one in what
        }
        samples.append(found)
    population = {
        name: {one: float(np.mean([of[name][one][0] for of in samples])) for one in what}
        for name in samples[0]
    }
    for name in RECODED:
        population[name] |= _rand_in_population(labelings[name], of_genre)
    for method in METHODS:
        one = f"{method}:ari"
        population["change"][one] = population[last][one] - population[first][one]
    counts = {name: {one: np.zeros(len(COLUMNS)) for one in what} for name in population}
    for found in samples:
        for name, of_all in found.items():
            for one, (estimate, values) in of_all.items():
                jointly = name == "change" or one.endswith(":gain")
                at = joint_level(level) if jointly else level
                chosen = interval_of(one, estimate, values, at)
                counts[name][one] += _judge(population[name][one], chosen, values, at)
    frames = {name: _shares(counts[name], population[name], n_samples) for name in counts}
    return {
        (name, str(method)): frame.filter(regex=f"^{method}:", axis=0).rename(
            index=lambda one: one.partition(":")[2]
        )
        for name, frame in frames.items()
        for method in METHODS
    }


def simulate_all(
    dataset: Dataset, labels: Mapping[str, Labels], scores: ClassifierScores, config: Config
) -> pd.DataFrame:
    """Make the table that is kept.

    Parameters
    ----------
    dataset : Dataset
    labels : dict, method -> ndarray of shape (n_songs,), int
    scores : ClassifierScores
        Of the best of these classifiers the share of songs right is looked at.
    config : Config

    Returns
    -------
    DataFrame
        As :func:`read` returns it.
    """
    right = scores.right[scores.best]
    found = {("song", method): simulate(dataset, of, config) for method, of in labels.items()}
    for method, of in labels.items():
        found["artist", method] = simulate_artists(dataset, of, right, config)
    found |= simulate_recodings(dataset, config)
    return pd.concat(found, names=["drawn", "method"])


def _draw_whole(groups: Labels, rng: np.random.Generator) -> tuple[Labels, Labels]:
    """Draw as many groups as there are; return their songs, and the draw that each came with."""
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
    drawn = [members[group] for group in rng.integers(len(members), size=len(members))]
    sizes = [len(songs) for songs in drawn]
    return np.concatenate(drawn), np.repeat(np.arange(len(drawn), dtype=np.int64), sizes)


def _in_population(tables: NDArray[np.int64]) -> dict[str, float]:
    return {name: float(values[0]) for name, values in plug_in_from_tables(tables).items()}


def _rand_in_population(
    labelings: Mapping[str, Iterable[Labels]], of_genre: Labels
) -> dict[str, float]:
    """Return the mean index over labelings that more and more songs of the population come to."""
    every = np.arange(len(of_genre), dtype=np.int64)
    once = np.ones((1, len(of_genre)), dtype=np.int64)
    return {
        f"{method}:ari": float(
            np.mean(
                [
                    _in_population(grouped_tables(of_genre, one, every, once))["ari"]
                    for one in labelings[method]
                ]
            )
        )
        for method in METHODS
    }


def _judge(
    true: float, chosen: Interval, draws: Floats, level: float, by_song: Interval | None = None
) -> tuple[float, ...]:
    """Return what is counted of one sample, as :data:`COLUMNS` has it."""

    def holds(one: Interval) -> bool:
        return one.low <= true <= one.high

    return (
        holds(chosen),
        chosen.high < true,
        chosen.low > true,
        holds(interval(chosen.estimate, draws, level)),
        holds(basic_interval(chosen.estimate, draws, level)),
        np.nan if by_song is None else holds(by_song),
    )


def _shares(
    counts: Mapping[str, Floats], population: Mapping[str, float], n_samples: int
) -> pd.DataFrame:
    shares = {name: found / n_samples for name, found in counts.items()}
    frame = pd.DataFrame.from_dict(shares, orient="index", columns=list(COLUMNS))
    frame.insert(0, "population", [population[name] for name in counts])
    return frame.rename_axis("statistic")


def to_csv(found: pd.DataFrame) -> bytes:
    """Return the counts of :func:`simulate_all` as CSV."""
    return found.to_csv(float_format="%.6g", lineterminator="\n").encode("utf-8")


def read(path: Path = FILE) -> pd.DataFrame:
    """Read the counts that are kept.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataFrame
        Index ``drawn``, ``method``, ``statistic``; columns as of :func:`simulate`. ``drawn``:
        "song", "artist", or artists for what :func:`simulate_recodings` looks at.

    Raises
    ------
    DatasetError
        If the file is missing or is not that table.
    """
    try:
        frame = pd.read_csv(io.BytesIO(path.read_bytes())).set_index(INDEX)
        return frame[["population", *COLUMNS]].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(
            f"{path.name} cannot be read ({type(error).__name__}); it should be the table that "
            "`python -m analysis coverage` writes."
        ) from error


def _external(tables: NDArray[np.int64], *, ami: bool = True) -> dict[str, Floats]:
    return external_from_tables(tables, ami=ami) | {"matched": matched_from_tables(tables)}


def _tables(genres: Labels, clusters: Labels, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return the contingency tables of rows of labels, with the same genres and clusters each."""
    n_tables, n_cells = len(clusters), shape[0] * shape[1]
    cells = np.arange(n_tables)[:, np.newaxis] * n_cells + genres * shape[1] + clusters
    return np.bincount(cells.ravel(), minlength=n_tables * n_cells).reshape(n_tables, *shape)
