"""Which songs are by one artist: groups of clips, made from a public index of GTZAN.

Songs of one artist are alike beyond their genre, and so are copies. What is learnt from some of
them and asked of the others is partly remembered; groups say what has to be kept together.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DatasetError
from analysis.files import write_atomically
from analysis.songs.csvfile import Cells, read_csv, shorten
from analysis.songs.recoding import first_that_does_not_fit, recode
from analysis.songs.table import Dataset, joined, load_dataset, z_scores

Labels = NDArray[np.int64]

COLUMNS = ("track", "group")
"""The columns of a groups file."""
INDEX_COLUMNS = ("track", "artist_group")
"""The columns that are read from the public index, others are not looked at."""
NEAR_COPY = 0.3
"""A clip that the index leaves out is taken for a copy of the nearest clip of its genre and tempo
if it lies no farther than this, in standard deviations of the recoded features."""


def from_index(index: Path, dataset: Dataset) -> Labels:
    """Give songs of one artist one number.

    A clip that the index leaves out belongs to the artist of its nearest copy (see
    :data:`NEAR_COPY`) if it has one, and is a group by itself otherwise. Rows that agree in every
    digit are kept together whatever the index says.

    Parameters
    ----------
    index : Path
        A CSV file with the columns :data:`INDEX_COLUMNS`: clips, and a whole number that is the
        same for clips of one artist.
    dataset : Dataset

    Returns
    -------
    ndarray of shape (n_songs,), int
        From 0 on, in the order of the table.

    Raises
    ------
    DatasetError
        If the file is not such an index, or shares no clip with the table.
    """
    name = index.name
    known = _numbers(read_csv(index, name), name, INDEX_COLUMNS)
    tracks = dataset.tracks
    if not known.keys() & set(tracks):
        raise DatasetError(
            f"{name} names none of the table's songs; it should be an index of the same clips, "
            f"such as {shorten(tracks[0])}."
        )
    unknown = [i for i, track in enumerate(tracks) if track not in known]
    fresh = max(known.values()) + 1
    groups = np.array(
        [known.get(track, fresh + i) for i, track in enumerate(tracks)], dtype=np.int64
    )
    twins = np.arange(len(tracks))
    for i, twin in _near_copies(dataset, unknown).items():
        twins[i] = twin
    return joined(joined(groups, twins), dataset.copies)


def _near_copies(dataset: Dataset, unknown: list[int]) -> dict[int, int]:
    """Return the song of which each of some songs seems to be a copy."""
    frame = dataset.frame
    if first_that_does_not_fit(frame):
        return {}
    Z = z_scores(recode(frame).to_numpy())
    tempo, genre = frame["tempo"].to_numpy(), frame["genre"].to_numpy()
    twins = {}
    for i in unknown:
        apart = np.sqrt(np.square(Z - Z[i]).sum(axis=1))
        apart[(genre != genre[i]) | (tempo != tempo[i])] = np.inf
        apart[i] = np.inf
        nearest = int(apart.argmin())
        if apart[nearest] <= NEAR_COPY:
            twins[i] = nearest
    return twins


def load_groups(path: Path, tracks: tuple[str, ...], *, name: str | None = None) -> Labels:
    """Read which songs of a table are by one artist.

    Parameters
    ----------
    path : Path
        A CSV file with the columns :data:`COLUMNS`, a line for each song at least.
    tracks : tuple of str
        The songs of the table.
    name : str, optional
        How messages name the file; by default the last part of `path`.

    Returns
    -------
    ndarray of shape (n_songs,), int

    Raises
    ------
    DatasetError
        If the file is not such a file, or lacks a song.
    """
    name = name or path.name
    known = _numbers(read_csv(path, name), name, COLUMNS)
    missing = [track for track in tracks if track not in known]
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise DatasetError(
            f"{name} lacks the song {shorten(missing[0])}{more}; it should have a line for each "
            "song of the table, or study.toml no groups_file."
        )
    return np.array([known[track] for track in tracks], dtype=np.int64)


def _numbers(cells: Cells, name: str, columns: tuple[str, str]) -> dict[str, int]:
    """Return the whole number beside each track."""
    missing = [column for column in columns if column not in cells.header]
    if missing:
        raise DatasetError(
            f"{name}, line 1: the header lacks {', '.join(missing)}; "
            f"it should have the columns {' and '.join(columns)}."
        )
    track_at, group_at = (cells.header.index(column) for column in columns)
    found: dict[str, int] = {}
    for row, line in zip(cells.rows, cells.lines, strict=True):
        track, cell = row[track_at].strip(), row[group_at].strip()
        if not track or track in found:
            wrong = f"{shorten(track)} is there twice" if track else "the cell is empty"
            raise DatasetError(
                f"{name}, line {line}, column {columns[0]}: {wrong}; "
                "it should be a track that no other line has."
            )
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
            raise DatasetError(
                f"{name}, line {line}, column {columns[1]}: {shorten(cell)} should be a whole "
                "number from 0 to 999999999."
            )
        found[track] = int(cell)
    if not found:
        raise DatasetError(f"{name}, line 1: a header and no rows; there should be one per song.")
    return found


def make_groups(index: Path, table: Path, output: Path) -> Labels:
    """Write the groups of a table's songs, and beside them a note of where they come from.

    Parameters
    ----------
    index : Path
        The public index; see :func:`from_index`.
    table : Path
        The feature table.
    output : Path
        The file to write, with the columns :data:`COLUMNS` in the order of the table. The note
        has the same name and the suffix ``.json``.

    Returns
    -------
    ndarray of shape (n_songs,), int
        The groups as written.

    Raises
    ------
    DatasetError
        If the index or the table is not right; nothing is written then.
    """
    if output.suffix != ".csv":
        raise DatasetError(f"{output.name} should be the name of a CSV file, ending in .csv.")
    for source in (index, table):
        if output.exists() and source.exists() and output.samefile(source):
            raise DatasetError(
                f"{output.name} is read from; the output should be a file of its own."
            )
    dataset = load_dataset(table)
    groups = from_index(index, dataset)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([COLUMNS, *zip(dataset.tracks, groups.tolist(), strict=True)])
    content = out.getvalue().encode("utf-8")
    note = {
        "public_index": {
            "name": index.name,
            "sha256": hashlib.sha256(index.read_bytes()).hexdigest(),
            "rows": len(read_csv(index, index.name).rows),
        },
        "table": {"name": table.name, "sha256": hashlib.sha256(table.read_bytes()).hexdigest()},
        "groups": {
            "name": output.name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": len(groups),
            "groups": int(groups.max()) + 1,
        },
    }
    try:
        write_atomically(output, content, check=lambda path: load_groups(path, dataset.tracks))
        write_atomically(
            output.with_suffix(".json"), (json.dumps(note, indent=2) + "\n").encode("utf-8")
        )
    except OSError as error:
        raise DatasetError(f"{output.name} cannot be written ({error.strerror}).") from error
    return groups
