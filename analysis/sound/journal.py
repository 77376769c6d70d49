"""What is already measured, beside the table that is being made: one line a file.

A line counts if it is whole and the file is still as long and as old as it says. Whatever stopped
the work, a line is on the disk before the next is written.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from analysis.files import write_atomically
from analysis.sound.measure import Measures

Stamp = tuple[int, int]


def path_of(output: Path) -> Path:
    """Return where the journal of a table is."""
    return output.with_name(f"{output.name}.journal")


def stamp(path: Path) -> Stamp:
    """Return size and time of the last change of a file, (−1, −1) if it cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def read(path: Path, made_with: Mapping[str, str]) -> dict[str, tuple[Stamp, Measures]]:
    """Return what a journal holds, by the names of the files.

    Parameters
    ----------
    path : Path
        The journal; without one, nothing is kept.
    made_with : mapping
        Versions of the libraries; what others measured does not count.

    Returns
    -------
    dict, name -> (stamp, measures)
    """
    kept: dict[str, tuple[Stamp, Measures]] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    for n, line in enumerate(lines):
        try:
            said = json.loads(line)
            if n == 0:
                if said != {"made with": dict(made_with)}:
                    return {}
                continue
            name, size, changed, measures = said
            kept[name] = (size, changed), {k: float(v) for k, v in measures.items()}
        except (ValueError, TypeError, AttributeError):
            continue  # cut off, or not ours
    return kept


@contextlib.contextmanager
def keeping(
    path: Path, made_with: Mapping[str, str], kept: Mapping[str, tuple[Stamp, Measures]]
) -> Iterator[BinaryIO]:
    """Open a journal that holds `kept`, for :func:`add`."""
    lines = [_line({"made with": dict(made_with)})]
    lines += [_line([name, *stamp, measures]) for name, (stamp, measures) in kept.items()]
    write_atomically(path, b"".join(lines))
    with path.open("ab", buffering=0) as file:
        yield file


def add(file: BinaryIO, name: str, stamp: Stamp, measures: Measures) -> None:
    """Write one line, through to the disk."""
    file.write(_line([name, *stamp, measures]))
    os.fsync(file.fileno())


def _line(said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"
