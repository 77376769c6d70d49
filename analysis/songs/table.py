"""The feature table: load it, validate it, standardise it.

A table is a CSV file in UTF-8 with one row per song: ``track``, ``genre`` and the five features,
in any order of columns. In place of ``track`` it may have ``filename``, and its loudness may be a
copy of its energy, as in the table of the source notebooks.
Genres and their number, tracks and their number are free.
A study looks at some or all of the features; the other columns stay in the table.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import FEATURE_SETS
from analysis.errors import DatasetError
from analysis.songs import recoding
from analysis.songs.csvfile import Cells, parse_number, read_csv, shorten

if TYPE_CHECKING:
    from sklearn.preprocessing import StandardScaler

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

UNREADABLE_TRACK = "jazz.00054"
"""Its audio is unreadable in common copies of GTZAN, so the source notebooks left it out."""
SILENCE_DBFS = -100.0
"""The loudness given to digital silence, some 10 dB below one step of 16-bit audio."""

FORMULA_SIGNS = ("=", "+", "-", "@")
"""No track or genre begins with one: a spreadsheet that opens an exported table would run it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Feature:
    """A column of the table.

    Attributes
    ----------
    name : str
        The column's name.
    title : str
        Its name for readers.
    unit : str
        "BPM", "dBFS", or "" for a number without unit.
    low, high : float
        The values a table may hold, both included.
    reason : str
        Why no value lies outside.
    digits : int
        Decimal places worth showing.
    definition : str
        What it is, in one line.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    reason: str
    digits: int
    definition: str

    @property
    def axis_label(self) -> str:
        """The title with the unit, as an axis carries it."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


FEATURES: tuple[Feature, ...] = (
    Feature(
        "tempo",
        "Tempo",
        "BPM",
        20.0,
        320.0,
        "below 20 BPM beats are not heard as a pulse and librosa's estimator stops at 320 BPM",
        1,
        "beats per minute, from the autocorrelation of the onset strength",
    ),
    Feature(
        "energy",
        "Energy",
        "",
        0.0,
        1.0,
        "samples lie between −1 and 1, and so does no RMS lie above 1",
        3,
        "mean of the frames' root mean square",
    ),
    Feature(
        "loudness",
        "Loudness",
        "dBFS",
        SILENCE_DBFS,
        0.0,
        "0 dBFS is full scale and digital silence is set to −100 dBFS",
        2,
        "level of the clip's root-mean-square power below full scale",
    ),
    Feature(
        "valence",
        "Valence",
        "",
        0.0,
        1.9,
        "the centroid is at most 11,025 Hz and the RMS at most 1, so half the sum is below 1.9",
        3,
        "half the sum of mean spectral centroid / 4,000 Hz and RMS of the harmonic part",
    ),
    Feature(
        "danceability",
        "Danceability",
        "",
        0.0,
        1.3,
        "tempo is at most 320 BPM and the zero-crossing rate at most 1, so half the sum is "
        "at most 1.3",
        3,
        "half the sum of tempo / 200 BPM and mean zero-crossing rate",
    ),
)
"""The five features of a table, in the order in which the book shows them."""

FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
"""Their names."""
COLUMNS: tuple[str, ...] = ("track", "genre", *FEATURE_NAMES)
"""The columns of a table."""

_FINITE = "should be a finite number"
_AUDIO = re.compile(r"\.(wav|au|mp3|flac|ogg|m4a)$", re.IGNORECASE)

_LOUDNESS_AS_PUBLISHED = Feature(
    "loudness",
    "Loudness",
    "",
    0.0,
    1.0,
    "it is a copy of energy",
    3,
    "a copy of energy",
)


RECODED: tuple[Feature, ...] = (
    Feature(
        "log_tempo",
        "Log tempo",
        "",
        float(np.log2(FEATURES[0].low)),
        float(np.log2(FEATURES[0].high)),
        "tempo lies between 20 and 320 BPM",
        2,
        "base-2 logarithm of the tempo in BPM: one more is twice as fast",
    ),
    Feature(
        "log_swing",
        "Log level swing",
        "",
        float(np.log2(recoding.LEAST_SWING)),
        float(np.log2(-SILENCE_DBFS)),
        "a swing below 0.001 dB counts as that much, and levels lie between −100 and 0 dBFS",
        2,
        "base-2 logarithm of loudness − 20 log₁₀(energy) in dB",
    ),
    FEATURES[2],
    Feature(
        "log_valence",
        "Log valence",
        "",
        float(np.log2(recoding.LEAST_VALENCE)),
        float(np.log2(FEATURES[3].high)),
        "a valence below 0.001 counts as that much, and none is above 1.9",
        2,
        "base-2 logarithm of valence",
    ),
    Feature(
        "log_zcr",
        "Log zero-crossing rate",
        "",
        float(np.log2(recoding.LEAST_RATE)),
        0.0,
        "less than one crossing in 2,048 samples counts as that much, and the rate is at most 1",
        2,
        "base-2 logarithm of 2 · danceability − tempo / 200",
    ),
)
"""The recoded features, each in the place of the feature that it stands for."""


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A validated table.

    Attributes
    ----------
    frame : DataFrame, songs x (track, genre, all five features)
        In the order of the file, with a fresh index from 0. Recoded, it has the recoded features
        too; ``group``, where artists are known, is the number of each song's artist.
    feature_set : {"ours", "as-published", "recoded"}
    left_out : tuple of str
        Tracks of the file that the feature set leaves out.
    feature_names : tuple of str
        The features that the study looks at, in the order of the table.
    """

    frame: pd.DataFrame
    feature_set: str
    left_out: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = FEATURE_NAMES

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features that the study looks at, in the order of the table."""
        known = {f.name: f for f in (*FEATURES, *features_of(self.feature_set))}
        return tuple(known[name] for name in self.feature_names)

    @property
    def X(self) -> Floats:  # noqa: N802
        """These features as an array of shape (n_songs, n_features), in their own units."""
        return self.frame[list(self.feature_names)].to_numpy(dtype=np.float64)

    def looking_at(self, feature_names: Sequence[str]) -> Dataset:
        """Return the same songs with a look at other features of the table."""
        return dataclasses.replace(self, feature_names=tuple(feature_names))

    @property
    def whole(self) -> Dataset:
        """The same songs with a look at every feature of the table, as it stands there."""
        return self.looking_at(FEATURE_NAMES)

    @property
    def copies(self) -> Labels:
        """A number for each song, the same where all features of the table agree in every digit."""
        return np.unique(self.whole.X, axis=0, return_inverse=True)[1].ravel().astype(np.int64)

    @property
    def knows_artists(self) -> bool:
        """Whether it is known which songs are by one artist."""
        return "group" in self.frame

    @property
    def groups(self) -> Labels:
        """A number for each song, from 0 on: the same for copies, and for songs of one artist."""
        if not self.knows_artists:
            return joined(self.copies, self.copies)
        return joined(self.frame["group"].to_numpy(dtype=np.int64), self.copies)

    def with_groups(self, groups: Labels) -> Dataset:
        """Return the same songs with the number of each song's artist."""
        return dataclasses.replace(self, frame=self.frame.assign(group=groups))

    @property
    def tracks(self) -> tuple[str, ...]:
        """The songs' names."""
        return tuple(self.frame["track"])

    @property
    def labels(self) -> NDArray[np.str_]:
        """The genre of each song."""
        return np.asarray(self.frame["genre"].tolist(), dtype=np.str_)

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres, each once, in alphabetical order."""
        return tuple(sorted(set(self.frame["genre"])))

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.frame)


@dataclasses.dataclass(frozen=True)
class Standardised:
    """Features with mean 0 and standard deviation 1.

    Attributes
    ----------
    X : ndarray of shape (n_songs, n_features)
        Each feature less its mean, over its standard deviation, which divides by n (``ddof=0``).
    scaler : StandardScaler
        Fitted; takes new songs to the same scale, and back.
    """

    X: Floats
    scaler: StandardScaler


def features_of(feature_set: str) -> tuple[Feature, ...]:
    """Return all features of a table under a feature set, in the order of the table.

    Raises
    ------
    ValueError
        If there is no such feature set.
    """
    if feature_set == "ours":
        return FEATURES
    if feature_set == "as-published":
        return tuple(_LOUDNESS_AS_PUBLISHED if f.name == "loudness" else f for f in FEATURES)
    if feature_set == "recoded":
        return RECODED
    raise ValueError(f"feature_set should be one of {FEATURE_SETS}, but is {feature_set!r}")


def joined(one: Labels, other: Labels) -> Labels:
    """Return the finest groups that keep together what either of two groupings does.

    Parameters
    ----------
    one, other : ndarray of shape (n_songs,), int

    Returns
    -------
    ndarray of shape (n_songs,), int
        From 0 on, in the order in which the groups first come.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(one)
    first, second = (np.unique(labels, return_inverse=True)[1].ravel() for labels in (one, other))
    ends = np.concatenate([n + first, n + first.max() + 1 + second])
    songs = np.tile(np.arange(n), 2)
    size = int(ends.max()) + 1
    graph = coo_array((np.ones(2 * n), (songs, ends)), shape=(size, size))
    found = connected_components(graph, directed=False)[1][:n]
    _, place, number = np.unique(found, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(place))[number.ravel()], dtype=np.int64)


def standardise(X: Floats) -> Standardised:
    """Give every feature mean 0 and standard deviation 1.

    Parameters
    ----------
    X : ndarray of shape (n_songs, n_features)

    Returns
    -------
    Standardised

    Raises
    ------
    DatasetError
        If a feature is constant, or a value is not finite.
    """
    from sklearn.preprocessing import StandardScaler

    if not np.isfinite(X).all():
        raise DatasetError("A value to standardise is not finite; every value should be a number.")
    for column in range(X.shape[1]):
        if _is_constant(X[:, column]):
            raise DatasetError(
                f"Feature {column + 1} is constant and cannot be standardised; "
                "it should take at least two values."
            )
    scaler = StandardScaler().fit(X)
    return Standardised(np.asarray(scaler.transform(X), dtype=np.float64), scaler)


def track_name(cell: str) -> str:
    """Return a song's name from a file's: without folders and without the ending of audio.

    ``genres/jazz/jazz.00054.au`` and ``jazz.00054.WAV`` are both ``jazz.00054``.
    """
    return _AUDIO.sub("", re.split(r"[/\\]", cell.strip())[-1])


def z_scores(X: Floats) -> Floats:
    """Return each feature less its mean, over its standard deviation (``ddof=0``)."""
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def load_dataset(
    path: Path,
    *,
    feature_set: str = "ours",
    feature_names: Sequence[str] = FEATURE_NAMES,
    n_clusters: int = 2,
    name: str | None = None,
) -> Dataset:
    """Read and validate a feature table.

    Parameters
    ----------
    path : Path
        A CSV file with the columns :data:`COLUMNS`.
    feature_set : {"ours", "as-published", "recoded"}
        "ours" takes the columns as they are; where loudness is a copy of energy, it becomes the
        level of that energy, 20 log₁₀, in decibels. "as-published" replaces loudness by energy
        and leaves out :data:`UNREADABLE_TRACK`. "recoded" adds the features :data:`RECODED`, and
        looks at these in place of those they stand for.
    feature_names : sequence of str
        The features that the study looks at, in the order of the table, by their names there.
    n_clusters : int
        The largest number of clusters that will be looked for: the least number of songs, and
        of songs that differ in these features.
    name : str, optional
        How messages name the file; by default the last part of `path`.

    Returns
    -------
    Dataset

    Raises
    ------
    DatasetError
        If the file cannot be read or is not such a table. The message names the file, the line
        and the column, and says what would be right.
    """
    name = name or path.name
    dataset = load_songs(path, feature_set=feature_set, feature_names=feature_names, name=name)
    _check_table(dataset, n_clusters, name)
    return dataset


def load_songs(
    path: Path,
    *,
    feature_set: str = "ours",
    feature_names: Sequence[str] = FEATURE_NAMES,
    name: str | None = None,
) -> Dataset:
    """Read songs without asking whether they are enough to be clustered; see `load_dataset`.

    Parameters
    ----------
    path : Path
    feature_set : {"ours", "as-published", "recoded"}
    feature_names : sequence of str
    name : str, optional

    Returns
    -------
    Dataset

    Raises
    ------
    DatasetError
        If the file cannot be read, or a cell is not right.
    """
    name = name or path.name
    lines, frame = _parse(read_csv(path, name), name)
    _check_end(path, name, lines)
    if len(frame) and (frame["loudness"] == frame["energy"]).all():
        with np.errstate(divide="ignore", invalid="ignore"):
            level = 20 * np.log10(frame["energy"])
        frame = frame.assign(loudness=level.clip(lower=SILENCE_DBFS))
    check_rows(frame, lines, name)
    if feature_set == "recoded" and (found := recoding.first_that_does_not_fit(frame)):
        row, column, wrong = found
        raise DatasetError(
            f"{name}, line {lines[row]}, column {column}: {frame[column][row]:g} {wrong} "
            '(feature_set is "recoded").'
        )
    stand_in = dict(zip(FEATURE_NAMES, (f.name for f in features_of(feature_set)), strict=True))
    return select(frame, feature_set).looking_at([stand_in[n] for n in feature_names])


def select(frame: pd.DataFrame, feature_set: str) -> Dataset:
    """Return the columns and songs of a feature set, with a look at every feature.

    Parameters
    ----------
    frame : DataFrame
        A validated table with the columns :data:`COLUMNS`.
    feature_set : {"ours", "as-published", "recoded"}

    Returns
    -------
    Dataset
    """
    features_of(feature_set)
    if feature_set == "ours":
        return Dataset(frame, feature_set)
    if feature_set == "recoded":
        new = recoding.recode(frame).drop(columns="loudness")
        both = pd.concat([frame, new], axis=1)
        return Dataset(both, feature_set, feature_names=tuple(f.name for f in RECODED))
    out = frame["track"].map(track_name) == UNREADABLE_TRACK
    kept = frame[~out].reset_index(drop=True)
    kept = kept.assign(loudness=kept["energy"])
    return Dataset(kept, feature_set, tuple(frame["track"][out]))


def _parse(cells: Cells, name: str) -> tuple[list[int], pd.DataFrame]:
    """Return the lines and the typed columns of a table, after a check of its header."""
    header = cells.header
    if "filename" in header and "track" not in header:
        header = ["track" if column == "filename" else column for column in header]
    missing = [column for column in COLUMNS if column not in header]
    extra = [column for column in header if column not in COLUMNS]
    if missing or extra:
        parts = [
            f"{word} {', '.join(map(shorten, columns))}"
            for word, columns in (("lacks", missing), ("has the unknown", extra))
            if columns
        ]
        raise DatasetError(
            f"{name}, line 1: the header {' and '.join(parts)}; "
            f"the columns should be {', '.join(COLUMNS)}."
        )
    named = str.strip if header is cells.header else track_name
    place = {column: header.index(column) for column in COLUMNS}
    columns: dict[str, Any] = {
        "track": [named(row[place["track"]]) for row in cells.rows],
        "genre": [row[place["genre"]].strip() for row in cells.rows],
    }
    numbers = np.empty((len(cells.rows), len(FEATURE_NAMES)))
    for i, (row, line) in enumerate(zip(cells.rows, cells.lines, strict=True)):
        for j, column in enumerate(FEATURE_NAMES):
            numbers[i, j] = parse_number(row[place[column]], name, line, column)
    columns |= {column: numbers[:, j] for j, column in enumerate(FEATURE_NAMES)}
    return cells.lines, pd.DataFrame(columns).astype({"track": object, "genre": object})


def check_rows(frame: pd.DataFrame, lines: list[int], name: str) -> None:
    """Check every cell of a table; report the first that is wrong.

    Parameters
    ----------
    frame : DataFrame
        The columns :data:`COLUMNS`.
    lines : list of int
        The line of the file that each row comes from.
    name : str
        How messages name the file.

    Raises
    ------
    DatasetError
        The message names the file, the line and the column, and says what would be right.
    """
    import pandera.pandas as pa

    if frame.empty:
        raise DatasetError(
            f"{name}, line 1: a header and no rows; there should be one row per song."
        )
    text = pa.Check(
        lambda cell: bool(cell) and cell.isprintable(),
        element_wise=True,
        error="should be printable text",
    )
    formula = pa.Check(
        lambda cell: not cell.startswith(FORMULA_SIGNS),
        element_wise=True,
        error="should not begin with =, +, - or @, which spreadsheets take for a formula",
    )
    schema = pa.DataFrameSchema(
        {
            "track": pa.Column(object, [text, formula]),
            "genre": pa.Column(object, [text, formula]),
            **{
                feature.name: pa.Column(
                    float,
                    [
                        pa.Check(np.isfinite, error=_FINITE),
                        pa.Check.in_range(feature.low, feature.high, error=_range(feature)),
                    ],
                    nullable=False,
                )
                for feature in FEATURES
            },
        },
        checks=pa.Check(
            lambda table: ~table["track"].duplicated(),
            error="should be a track that no other row has",
            ignore_na=False,
        ),
        strict=True,
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.assign(
            column=lambda t: t["column"].where(t["schema_context"] == "Column", "track")
        )
        cases = cases.assign(check=cases["check"].replace("not_nullable", _FINITE))
        cases = cases.assign(rank=(cases["check"] != _FINITE).astype(int))
        order = {column: i for i, column in enumerate(COLUMNS)}
        cases = cases.assign(place=cases["column"].map(order))
        first = cases.sort_values(["index", "place", "rank"], kind="stable").iloc[0]
        row, column = int(first["index"]), str(first["column"])
        value = frame.loc[row, column]
        wrong = len(cases[["index", "column"]].drop_duplicates())
        others = f" ({wrong - 1:,} more of the cells are wrong)" if wrong > 1 else ""
        raise DatasetError(
            f"{name}, line {lines[row]}, column {column}: {_value(value)} "
            f"{_found(frame, lines, row, column, str(first['check']))}{first['check']}{others}."
        ) from None


def differs_from_note(path: Path) -> bool:
    """Return whether a table is another one than the note beside it describes.

    The note is written with the table by ``python -m analysis features``. Without a note that
    names a digest there is nothing to differ from.
    """
    try:
        noted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["table"]["sha256"]
        return bool(noted != hashlib.sha256(path.read_bytes()).hexdigest())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _check_end(path: Path, name: str, lines: list[int]) -> None:
    """Check that a table with a note was not cut off, which can leave a number that looks right."""
    if lines and not path.read_bytes().endswith((b"\n", b"\r")) and differs_from_note(path):
        raise DatasetError(
            f"{name}, line {lines[-1]}: the file ends within this line and is not the one that "
            f"{path.with_suffix('.json').name} describes; it should be whole. "
            "If it is, end it with a line feed."
        )


def _found(frame: pd.DataFrame, lines: list[int], row: int, column: str, check: str) -> str:
    if "no other row" not in check:
        return ""
    first = int(np.flatnonzero((frame[column] == frame.loc[row, column]).to_numpy())[0])
    return f"is already on line {lines[first]}; it "


def _check_table(dataset: Dataset, n_clusters: int, name: str) -> None:
    """Check what no single cell can show."""
    frame = dataset.frame
    n_distinct = len(frame[list(dataset.feature_names)].drop_duplicates())
    if n_distinct < n_clusters:
        rows = f"{len(frame):,} row" + ("s" if len(frame) != 1 else "")
        of_them = f", {n_distinct:,} of them different" if n_distinct < len(frame) else ""
        if of_them and dataset.feature_names != FEATURE_NAMES:
            of_them += f" in {', '.join(dataset.feature_names)}"
        raise DatasetError(
            f"{name} has {rows}{of_them}; to look for {n_clusters} clusters "
            f"(the larger of n_clusters and k_max) it should have at least {n_clusters} different."
        )
    for column in dict.fromkeys((*FEATURE_NAMES, *dataset.feature_names)):
        if _is_constant(frame[column].to_numpy()):
            raise DatasetError(
                f"{name}, column {column}: every row has {frame[column].iloc[0]:g}, and a constant "
                "feature cannot be standardised; it should take at least two values."
            )


def _is_constant(column: Floats) -> bool:
    """Whether a column varies by no more than rounding."""
    return bool(np.ptp(column) <= 1e-9 * np.abs(column).max())


def _range(feature: Feature) -> str:
    unit = f" {feature.unit}" if feature.unit else ""
    low = f"{feature.low:g}".replace("-", "−")
    return f"should lie between {low} and {feature.high:g}{unit}, because {feature.reason}"


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else shorten(str(value))
