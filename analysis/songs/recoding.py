"""The same five measurements of a song, with nothing in them twice, on logarithmic scales.

Danceability hides the zero-crossing rate, ``2 · danceability − tempo / 200`` (book:
eq-danceability), and loudness with energy hide how much the level swings,
``loudness − 20 log₁₀(energy)`` (book: cor-level). The map is one-to-one: tempo, swing, loudness,
valence and zero-crossing rate give back the five features of the table.

The rule for the scale: a quantity that is never negative, and whose zero says that there is none
of it, is taken by its base-2 logarithm, so that one more means twice as much. That holds for tempo,
swing, valence and the zero-crossing rate. Loudness is a level beside a reference; it has no such
zero, and is a logarithm already.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TEMPO_SCALE = 200.0
"""BPM that count as 1 in danceability."""
LEAST_ENERGY = 1e-5
"""The energy of silence, at the level that silence is given, −100 dBFS; less counts as this."""
LEAST_SWING = 1e-3
"""dB. A steadier level counts as this, so that a constant one has a logarithm."""
LEAST_VALENCE = 1e-3
"""A lower valence counts as this."""
LEAST_RATE = 1 / 2048
"""One crossing in a frame of 2,048 samples (librosa's default); a lower rate counts as this."""
ROUNDING = 1e-5
"""By so much a swing or a rate may lie below 0: a table has eight significant digits."""


def level_swing(energy: ArrayLike, loudness: ArrayLike) -> Floats:
    """Return how far the loudness lies above the level of the mean frame, in dB.

    Parameters
    ----------
    energy : array-like
        Mean of the frames' RMS, full scale = 1; held at :data:`LEAST_ENERGY`.
    loudness : array-like
        dBFS.

    Returns
    -------
    ndarray
        ``10 log₁₀(1 + var / mean²)`` of the frames' RMS; 0 if the level never changes, not
        below it but for rounding.
    """
    held = np.maximum(np.asarray(energy, np.float64), LEAST_ENERGY)
    return np.asarray(np.asarray(loudness, np.float64) - 20 * np.log10(held))


def zero_crossing_rate(tempo: ArrayLike, danceability: ArrayLike) -> Floats:
    """Return the mean zero-crossing rate, crossings per sample, that danceability was made of."""
    return np.asarray(
        2 * np.asarray(danceability, np.float64) - np.asarray(tempo, np.float64) / TEMPO_SCALE
    )


def recode(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the recoded features of a table's songs.

    Parameters
    ----------
    frame : DataFrame
        With the columns ``tempo``, ``energy``, ``loudness``, ``valence``, ``danceability``.

    Returns
    -------
    DataFrame, songs x (log_tempo, log_swing, loudness, log_valence, log_zcr)
        Every value is finite: what has no logarithm counts as the least value of its kind.
    """
    tempo, energy, loudness, valence, danceability = (
        frame[name].to_numpy(dtype=np.float64)
        for name in ("tempo", "energy", "loudness", "valence", "danceability")
    )
    swing = np.maximum(level_swing(energy, loudness), LEAST_SWING)
    rate = np.maximum(zero_crossing_rate(tempo, danceability), LEAST_RATE)
    return pd.DataFrame(
        {
            "log_tempo": np.log2(tempo),
            "log_swing": np.log2(swing),
            "loudness": loudness,
            "log_valence": np.log2(np.maximum(valence, LEAST_VALENCE)),
            "log_zcr": np.log2(rate),
        },
        index=frame.index,
    )


def first_that_does_not_fit(frame: pd.DataFrame) -> tuple[int, str, str] | None:
    """Find a song whose features do not come from their formulas, so that they hide nothing.

    Returns
    -------
    tuple or None
        The row of the first such song, the column, and a sentence's end that says what is wrong
        and what would be right.
    """
    swing = level_swing(frame["energy"], frame["loudness"])
    rate = zero_crossing_rate(frame["tempo"], frame["danceability"])
    bad = np.flatnonzero((swing < -ROUNDING) | (rate < -ROUNDING) | (rate > 1 + ROUNDING))
    if not len(bad):
        return None
    row = int(bad[0])
    if swing[row] < -ROUNDING:
        return row, "loudness", "lies below 20 log₁₀(energy), and no level of a clip's power does"
    return (
        row,
        "danceability",
        f"makes the zero-crossing rate, 2 · danceability − tempo / 200, {rate[row]:.3g}, "
        "and it should lie between 0 and 1",
    )
