"""What each step of the study costs, how the cost grows, and what outgrows one machine.

The seconds are kept in ``cost.json``, beside this module, so that a render needs no stopwatch;
``python -m benchmarks.cost --write`` measures them again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import DatasetError
from analysis.methods.resampling import Interval
from analysis.sound.decode import SECONDS

FILE = Path(__file__).with_name("cost.json")
"""Where the measurements are kept."""
K, D = 10, 5
"""Clusters and columns where these do not grow."""
FEW_ROWS = 20_000
"""Rows where the numbers of clusters and of columns grow."""
FEW_ROWS_OF_PAIRS = 5_000
"""The same for the silhouette."""
SHORTCUT_ROWS = 1_000_000
"""Rows on which what may take the place of K-Means is tried."""
SUMMARY = 10_000
"""Rows of a sample and of a coreset."""
BATCH = 1_024
"""Rows that are read at a time, as many as scikit-learn's mini-batches have unless told."""
THEORY = {
    ("lloyd", "n"): 1,
    ("lloyd", "k"): 1,
    ("lloyd", "d"): 1,
    ("em", "n"): 1,
    ("em", "k"): 1,
    ("em", "d"): 2,
    ("silhouette", "n"): 2,
    ("silhouette", "d"): 1,
    ("features", "seconds"): 1,
}
"""The exponent of each size in the cost of each step."""
LARGE_FROM = {"n": 10_000, "pairs": 1_000, "k": 16, "d": 16, "seconds": 10}
"""From these sizes on, the work that grows should outweigh what does not."""
CONFIDENCE = 0.95
"""Of the intervals of slopes."""
CATALOGUE = 100_000_000
"""Songs of the largest catalogue (Apple, 2022)."""
NUMBERS_A_SONG, BYTES_A_NUMBER = 5, 8
"""What the feature table has of each."""
KBIT_A_SECOND = 128
"""Of an MP3 file."""
CORES = 1_000
"""Cores that share the work."""
_DAY = 86_400
_YEAR = 365.25 * _DAY


@dataclasses.dataclass(frozen=True)
class Slope:
    """How the logarithm of the seconds grows with that of a size.

    Attributes
    ----------
    theory : int
    everywhere, large : Interval
        Over all sizes, and over those from :data:`LARGE_FROM` on.
    sizes : tuple of float
        The smallest and the largest.
    from_size : float
        The smallest of the large ones.
    """

    theory: int
    everywhere: Interval
    large: Interval
    sizes: tuple[float, float]
    from_size: float


@dataclasses.dataclass(frozen=True, eq=False)
class StepCosts:
    """What was measured.

    Attributes
    ----------
    machine : dict
        ``processor``, ``cores``, ``system``, ``python``, ``libraries``.
    times : DataFrame
        Index ``step``, ``grows``, ``size``. ``seconds``: of one thread; for "lloyd" and "em", of
        one round.
    decoding : float
        Seconds for the first half minute of an MP3 file.
    shortcuts : DataFrame
        Index ``way``: "kmeans", and what may take its place. ``seconds``; ``share``, of those of
        "kmeans"; ``excess``, by how much the objective on all rows is above that of "kmeans", as a
        share of it.
    """

    machine: Mapping[str, Any]
    times: pd.DataFrame
    decoding: float
    shortcuts: pd.DataFrame

    def of(self, step: str, grows: str = "n") -> pd.Series:
        """Return the seconds of a step by size."""
        return self.times["seconds"].xs((step, grows), level=("step", "grows"))

    def slope(self, step: str, grows: str = "n") -> Slope:
        """Return how fast the seconds of a step grow."""
        seconds = self.of(step, grows)
        sizes = seconds.index.to_numpy(float)
        large = sizes >= LARGE_FROM["pairs" if (step, grows) == ("silhouette", "n") else grows]
        return Slope(
            THEORY[step, grows],
            fit_slope(sizes, seconds),
            fit_slope(sizes[large], seconds[large]),
            (float(sizes[0]), float(sizes[-1])),
            float(sizes[large][0]),
        )


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """What :data:`CATALOGUE` songs would take, by the rates of the largest sizes measured.

    Attributes
    ----------
    table_bytes, audio_bytes : int
        Of the feature table, and of the half minutes that it is made from.
    core_years, days : float
        To decode and measure them on one core, and on :data:`CORES`.
    lloyd_round, em_round : float
        Seconds on one core.
    silhouette_years : float
        On one core.
    """

    table_bytes: int
    audio_bytes: int
    core_years: float
    days: float
    lloyd_round: float
    em_round: float
    silhouette_years: float


def fit_slope(sizes: ArrayLike, seconds: ArrayLike) -> Interval:
    """Fit a line to logarithms; the interval of its slope is Student's.

    Parameters
    ----------
    sizes, seconds : array-like of shape (n_sizes,)
        At least three sizes.

    Returns
    -------
    Interval
    """
    from scipy import stats

    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(seconds, float))
    found = stats.linregress(x, y)
    wide = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(x) - 2) * found.stderr)
    slope = float(found.slope)
    return Interval(slope, slope - wide, slope + wide)


def all_songs(costs: StepCosts) -> Catalogue:
    """Reckon what the largest catalogue would take."""
    audio = costs.of("features", "seconds")
    measuring = float(audio[SECONDS])
    seconds = CATALOGUE * (measuring + costs.decoding)
    return Catalogue(
        table_bytes=CATALOGUE * NUMBERS_A_SONG * BYTES_A_NUMBER,
        audio_bytes=CATALOGUE * SECONDS * KBIT_A_SECOND * 125,
        core_years=seconds / _YEAR,
        days=seconds / CORES / _DAY,
        lloyd_round=_extrapolated(costs.of("lloyd"), 1),
        em_round=_extrapolated(costs.of("em"), 1),
        silhouette_years=_extrapolated(costs.of("silhouette"), 2) / _YEAR,
    )


def _extrapolated(seconds: pd.Series, power: int) -> float:
    return float(seconds.iloc[-1] * (CATALOGUE / seconds.index[-1]) ** power)


def read(path: Path = FILE) -> StepCosts:
    """Read the measurements that are kept.

    Parameters
    ----------
    path : Path

    Returns
    -------
    StepCosts

    Raises
    ------
    DatasetError
        If the file is missing or holds something else.
    """
    try:
        found = json.loads(path.read_bytes())
        times = pd.DataFrame(found["times"]).set_index(["step", "grows", "size"])
        shortcuts = pd.DataFrame(found["shortcuts"]).set_index("way")
        excess = shortcuts["wcss"] / float(shortcuts["wcss"]["kmeans"]) - 1
        share = shortcuts["seconds"] / float(shortcuts["seconds"]["kmeans"])
        return StepCosts(
            found["machine"],
            times[["seconds"]].astype(float).sort_index(),
            float(found["decoding"]),
            shortcuts[["seconds"]].assign(excess=excess, share=share),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path.name} cannot be read ({type(error).__name__}); it should be what "
            "`python -m benchmarks.cost --write` writes."
        ) from error
