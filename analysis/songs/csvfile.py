"""CSV files as text cells that know their line, with errors that a person can act on."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

from analysis.errors import DatasetError

MAX_BYTES = 50_000_000
"""A larger file is not read: at some 80 bytes a song it would hold more than MAX_ROWS of them."""
MAX_ROWS = 200_000
"""More songs than any collection this study is made for."""


@dataclasses.dataclass(frozen=True)
class Cells:
    """The cells of a CSV file as text.

    Attributes
    ----------
    header : list of str
    rows : list of list of str
        Each as long as the header; blank lines are left out.
    lines : list of int
        The line of the file on which each row starts; the header is usually line 1.
    """

    header: list[str]
    rows: list[list[str]]
    lines: list[int]


def read_csv(path: Path, name: str) -> Cells:
    """Read a CSV file whose rows all have as many cells as its header.

    Parameters
    ----------
    path : Path
    name : str
        How messages name the file.

    Returns
    -------
    Cells

    Raises
    ------
    DatasetError
        If the file is missing, empty, absurdly large, not UTF-8, not CSV or ragged.
    """
    text = _read_text(path, name)
    if not text.strip():
        raise DatasetError(f"{name} is empty; it should start with a header line of column names.")
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not cells:
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                continue
            if len(cells) != len(header):
                raise DatasetError(
                    f"{name}, line {start}: {_cells(len(cells))}, but the header has "
                    f"{len(header)}; every row should have as many cells as the header."
                )
            if len(rows) == MAX_ROWS:
                raise DatasetError(
                    f"{name}, line {start}: more than {MAX_ROWS:,} rows; "
                    "a table for this study should have fewer."
                )
            rows.append(cells)
            lines.append(start)
    except csv.Error as error:
        raise DatasetError(
            f"{name}, line {line}: not CSV ({error}); cells should be separated by commas, "
            "and quotation marks closed."
        ) from None
    for column in header:
        if header.count(column) > 1:
            raise DatasetError(
                f"{name}, line 1: the column {column!r} is there {header.count(column)} times; "
                "each column should be there once."
            )
    return Cells(header, rows, lines)


def parse_number(cell: str, name: str, line: int, column: str) -> float:
    """Return a cell's number; NaN and infinity are numbers here.

    Raises
    ------
    DatasetError
        If the cell is no number.
    """
    try:
        if "_" in cell:
            raise ValueError
        return float(cell)
    except ValueError:
        found = f"{shorten(cell)} is not a number" if cell.strip() else "the cell is empty"
        raise DatasetError(
            f"{name}, line {line}, column {column}: {found}; "
            "it should be a number with a decimal point, such as 0.5."
        ) from None


def _read_text(path: Path, name: str) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DatasetError(
                f"{name} has {size:,} bytes; a table for this study should have "
                f"at most {MAX_BYTES:,}."
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise DatasetError(f"{name} is missing; it should be a CSV file.") from None
    except IsADirectoryError:
        raise DatasetError(f"{name} is a folder; it should be a CSV file.") from None
    except OSError as error:
        raise DatasetError(f"{name} cannot be read ({error.strerror}).") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DatasetError(
            f"{name}, line {line}: byte {error.start + 1} is not UTF-8; "
            "the file should be CSV text in UTF-8."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DatasetError(
            f"{name}, line {line}: a NUL character; the file should be CSV text in UTF-8."
        )
    return text


def shorten(cell: str) -> str:
    """Return a cell in quotation marks, cut to a length that suits a message."""
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")


def _cells(n: int) -> str:
    return f"{n} cell" + ("s" if n != 1 else "")
