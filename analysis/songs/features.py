"""The five features of a song, computed from the public 30-second table.

The table circulates with the Kaggle release of GTZAN: one row per clip, with means and variances
over frames that librosa made at 22,050 Hz. Two relations hold in it: the clip's RMS power is
``rms_mean² + rms_var``, and the RMS of its harmonic part is ``√(harmony_var + harmony_mean²)``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import DatasetError
from analysis.files import write_atomically
from analysis.songs.csvfile import parse_number, read_csv, shorten
from analysis.songs.recoding import TEMPO_SCALE as TEMPO_SCALE
from analysis.songs.table import COLUMNS, SILENCE_DBFS, check_rows, load_dataset, track_name

Floats = NDArray[np.float64]

SAMPLE_RATE = 22_050
"""Samples per second of the audio behind the table (librosa's default)."""
HOP_LENGTH = 512
"""Samples from one analysis frame to the next (librosa's default)."""
CENTROID_SCALE = 4_000.0
"""Hz of spectral centroid that count as 1 in valence."""
FULL_PRECISION = "%.8g"
"""How the table writes numbers: eight digits, one more than the public table's single precision."""

PUBLIC_COLUMNS = (
    "tempo",
    "rms_mean",
    "rms_var",
    "spectral_centroid_mean",
    "zero_crossing_rate_mean",
    "harmony_mean",
    "harmony_var",
)
"""The numbers that are read from the public table, beside ``filename`` and ``label``."""

_NOT_NEGATIVE = frozenset(PUBLIC_COLUMNS) - {"harmony_mean"}
_PIECE = re.compile(r"\.\d{5}\.\d+$")
SHORTEST_CLIP = 10.0
"""Seconds; what is shorter is a piece of a clip."""


def energy(rms_mean: ArrayLike) -> Floats:
    """Return the mean of the frames' RMS (book: eq-energy), full scale = 1."""
    return np.asarray(rms_mean, dtype=np.float64)


def loudness(rms_mean: ArrayLike, rms_var: ArrayLike) -> Floats:
    """Return the level of the clip's RMS power in dB below full scale (book: eq-loudness).

    Digital silence has no level. The power is therefore held at 10⁻¹⁰, which is −100 dBFS and
    some 10 dB below one step of 16-bit audio, so silence is the quietest value there is.

    Parameters
    ----------
    rms_mean, rms_var : array-like
        Mean and variance (``ddof=0``) of the frames' RMS, full scale = 1.

    Returns
    -------
    ndarray
        dBFS.
    """
    power = np.square(np.asarray(rms_mean, dtype=np.float64)) + np.asarray(rms_var, np.float64)
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (SILENCE_DBFS / 10))))


def valence(centroid_mean: ArrayLike, harmony_mean: ArrayLike, harmony_var: ArrayLike) -> Floats:
    """Return the proxy of valence (book: eq-valence).

    Parameters
    ----------
    centroid_mean : array-like
        Mean spectral centroid in Hz.
    harmony_mean, harmony_var : array-like
        Mean and variance of the samples of the harmonic part, full scale = 1.

    Returns
    -------
    ndarray
        Half the sum of centroid / 4,000 Hz and the RMS of the harmonic part.
    """
    rms = np.sqrt(np.asarray(harmony_var, np.float64) + np.square(np.asarray(harmony_mean)))
    return np.asarray(0.5 * (np.asarray(centroid_mean, np.float64) / CENTROID_SCALE + rms))


def danceability(tempo: ArrayLike, zcr_mean: ArrayLike) -> Floats:
    """Return the proxy of danceability (book: eq-danceability).

    Parameters
    ----------
    tempo : array-like
        BPM.
    zcr_mean : array-like
        Mean zero-crossing rate: crossings per sample, from 0 to 1.

    Returns
    -------
    ndarray
        Half the sum of tempo / 200 BPM and the zero-crossing rate.
    """
    return np.asarray(
        0.5 * (np.asarray(tempo, np.float64) / TEMPO_SCALE + np.asarray(zcr_mean, np.float64))
    )


def from_public_table(path: Path) -> pd.DataFrame:
    """Compute the feature table from the public one.

    Parameters
    ----------
    path : Path
        ``features_30_sec.csv``: ``filename`` such as ``blues.00000.wav`` (see
        :func:`analysis.songs.table.track_name`), ``label`` with the genre, the columns
        :data:`PUBLIC_COLUMNS`, and ``length`` in samples where there is one.

    Returns
    -------
    DataFrame, songs x (track, genre, tempo, energy, loudness, valence, danceability)
        In the order of the public table.

    Raises
    ------
    DatasetError
        If the file is not that table: also where its rows are the pieces of clips that
        ``features_3_sec.csv`` has, or what they give is no table of songs. The message names the
        file, the line and the column.
    """
    name = path.name
    cells = read_csv(path, name)
    wanted = ("filename", "label", *PUBLIC_COLUMNS)
    missing = [column for column in wanted if column not in cells.header]
    if missing:
        raise DatasetError(
            f"{name}, line 1: the header lacks {', '.join(missing)}; "
            "it should be the public table features_30_sec.csv."
        )
    if not cells.rows:
        raise DatasetError(f"{name}, line 1: a header and no rows; there should be one per clip.")
    place = {column: cells.header.index(column) for column in wanted}
    numbers = {column: np.empty(len(cells.rows)) for column in PUBLIC_COLUMNS}
    tracks = [track_name(row[place["filename"]]) for row in cells.rows]
    length = cells.header.index("length") if "length" in cells.header else None
    for i, (row, line) in enumerate(zip(cells.rows, cells.lines, strict=True)):
        seconds = np.inf
        if length is not None:
            seconds = parse_number(row[length], name, line, "length") / SAMPLE_RATE
        if _PIECE.search(tracks[i]) or seconds < SHORTEST_CLIP:
            raise DatasetError(
                f"{name}, line {line}: {shorten(tracks[i])} is a piece of a clip; there should be "
                "one row per whole clip, as in features_30_sec.csv."
            )
        for column in PUBLIC_COLUMNS:
            value = parse_number(row[place[column]], name, line, column)
            if not np.isfinite(value) or (value < 0 and column in _NOT_NEGATIVE):
                what = "finite" if column == "harmony_mean" else "finite and not negative"
                raise DatasetError(
                    f"{name}, line {line}, column {column}: {value:g} should be {what}."
                )
            numbers[column][i] = value
    table = pd.DataFrame(
        {
            "track": tracks,
            "genre": [row[place["label"]].strip() for row in cells.rows],
            "tempo": numbers["tempo"],
            "energy": energy(numbers["rms_mean"]),
            "loudness": loudness(numbers["rms_mean"], numbers["rms_var"]),
            "valence": valence(
                numbers["spectral_centroid_mean"], numbers["harmony_mean"], numbers["harmony_var"]
            ),
            "danceability": danceability(numbers["tempo"], numbers["zero_crossing_rate_mean"]),
        }
    ).astype({"track": object, "genre": object})
    check_rows(table, cells.lines, name)
    return table


def to_csv(table: pd.DataFrame) -> bytes:
    """Return a feature table as CSV, the same bytes on every machine.

    UTF-8, line feeds, numbers with eight significant digits.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in table[list(COLUMNS)].itertuples(index=False):
        writer.writerow([row[0], row[1], *(FULL_PRECISION % value for value in row[2:])])
    return out.getvalue().encode("utf-8")


def make_table(public: Path, output: Path) -> pd.DataFrame:
    """Write the feature table, and beside it a note of where it comes from.

    Parameters
    ----------
    public : Path
        The public table.
    output : Path
        The feature table to write. The note has the same name and the suffix ``.json``: name,
        SHA-256 and number of rows of both tables.

    Returns
    -------
    DataFrame
        The table as written.

    Raises
    ------
    DatasetError
        If the public table or what comes of it is not right; nothing is written then.
    """
    if output.suffix != ".csv":
        raise DatasetError(f"{output.name} should be the name of a CSV file, ending in .csv.")
    if output.exists() and public.exists() and output.samefile(public):
        raise DatasetError(f"{output.name} is the public table; the output should be another file.")
    table = from_public_table(public)
    content = to_csv(table)
    note = {
        "public_table": {
            "name": public.name,
            "sha256": hashlib.sha256(public.read_bytes()).hexdigest(),
            "rows": len(table),
        },
        "table": {
            "name": output.name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": len(table),
        },
    }
    try:
        write_atomically(output, content, check=lambda path: load_dataset(path, name=public.name))
        write_atomically(
            output.with_suffix(".json"), (json.dumps(note, indent=2) + "\n").encode("utf-8")
        )
    except OSError as error:
        raise DatasetError(f"{output.name} cannot be written ({error.strerror}).") from error
    return table
