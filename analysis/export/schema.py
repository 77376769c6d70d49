"""Files with what their columns and keys mean, made from one list, so that the two agree."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

MANIFEST = "manifest.json"
"""The file that lists all others, with their digests."""
FORMAT = 1
"""Number of the manifest's and the models' layout; a change of either gets another."""
ALIKE_FROM = 3
"""From so many alike columns on, a description names the first and the last alone."""


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a key of a JSON file.

    Attributes
    ----------
    name : str
    unit : str
        Empty for text and for numbers without unit.
    meaning : str
        One line, without a full stop.
    shape : str
        Of an array in a JSON file, in words; empty for a column or a single value.
    """

    name: str
    unit: str
    meaning: str
    shape: str = ""


@dataclasses.dataclass(frozen=True)
class File:
    """A file of the export.

    Attributes
    ----------
    path : str
        Relative to the folder, with forward slashes.
    title : str
        What is in it, in one line without a full stop.
    columns : tuple of Column
        Of a CSV file its columns, of a JSON file its keys, in order; none for other files.
    n_rows : int
        Rows of a CSV file below its header, 0 for other files.
    content : bytes
    """

    path: str
    title: str
    columns: tuple[Column, ...]
    n_rows: int
    content: bytes

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def kind(self) -> str:
        """What the file is: "csv", "json", "pkl" or "txt"."""
        return self.name.rpartition(".")[2]

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """The digest of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def described(self) -> tuple[Column, ...]:
        """The columns, with runs of alike ones (``gmm_prob_0``, ...) as a single entry."""
        return tuple(_merge(self.columns))


@dataclasses.dataclass(frozen=True)
class Files:
    """All files of the export.

    Attributes
    ----------
    files : tuple of File
        The last one is the manifest.
    """

    files: tuple[File, ...]

    def __iter__(self) -> Iterator[File]:
        """Go through the files."""
        return iter(self.files)

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.files)

    def of(self, name: str) -> File:
        """Return the file with a path or a name.

        Raises
        ------
        KeyError
            There is none.
        """
        for file in self.files:
            if name in (file.path, file.name):
                return file
        raise KeyError(name)

    @property
    def manifest(self) -> File:
        """The file that lists the others."""
        return self.of(MANIFEST)


def json_file(path: str, title: str, pairs: Sequence[tuple[Column, Any]]) -> File:
    """Return a JSON file from its keys and their values.

    Parameters
    ----------
    path, title : str
        As in :class:`File`.
    pairs : sequence of (Column, value)
        Values are numbers, text, arrays, and lists and dicts of these.

    Returns
    -------
    File
        Numbers have the digits that give them back.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    value = {column.name: plain(part) for column, part in pairs}
    content = _json_bytes(value)
    return File(path, title, tuple(column for column, _ in pairs), 0, content)


def _json_bytes(value: object) -> bytes:
    return f"{_json_text(value)}\n".encode()


def _json_text(value: object, indent: str = "\n") -> str:
    """Return JSON with one entry a line, but lists of plain values on one line."""
    deeper = indent + " "
    if isinstance(value, dict) and value:
        parts = [f"{_json_text(str(key))}: {_json_text(v, deeper)}" for key, v in value.items()]
        return "{" + deeper + f",{deeper}".join(parts) + indent + "}"
    if isinstance(value, list | tuple) and any(isinstance(v, list | tuple | dict) for v in value):
        parts = [_json_text(v, deeper) for v in value]
        return "[" + deeper + f",{deeper}".join(parts) + indent + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value of numpy's as one of Python's."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value


def csv_file(path: str, title: str, pairs: Sequence[tuple[Column, Any]]) -> File:
    """Return a CSV file from its columns and their values.

    Parameters
    ----------
    path, title : str
        As in :class:`File`.
    pairs : sequence of (Column, sequence)
        Text or numbers, as many for every column.

    Returns
    -------
    File
        Numbers have the digits that give them back.
    """
    columns = tuple(column for column, _ in pairs)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    rows = [*zip(*(map(_cell, values) for _, values in pairs), strict=True)]
    writer.writerows(rows)
    return File(path, title, columns, len(rows), out.getvalue().encode())


def _cell(value: Any) -> str:
    """Return text as it is, and a number with as many digits as give it back."""
    if isinstance(value, str):
        return str(value)
    return repr(value.item() if isinstance(value, np.generic) else value)


def _merge(columns: Sequence[Column]) -> Iterator[Column]:
    """Give columns, those that differ in a number alone as one."""

    def pattern(column: Column) -> tuple[str, ...]:
        return tuple(re.sub(r"\d+", "#", text) for text in (column.name, column.unit))

    start = 0
    while start < len(columns):
        end = start + 1
        while end < len(columns) and pattern(columns[end]) == pattern(columns[start]):
            end += 1
        run = columns[start:end]
        if len(run) < ALIKE_FROM:
            yield from run
        else:
            meaning = re.sub(r"component \d+", "the component of that number", run[0].meaning)
            name = f"{run[0].name} … {run[-1].name}"
            yield dataclasses.replace(run[0], name=name, meaning=meaning)
        start = end


def checksum(value: dict[str, Any]) -> str:
    """Return the SHA-256 of what a JSON object holds, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
