"""Any table from a file: its columns of numbers, its labels and its groups."""

from __future__ import annotations

import dataclasses
import glob
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.checklist.audit import LEAST_ROWS
from analysis.errors import DatasetError
from analysis.songs.csvfile import shorten

MAX_BYTES = 2_000_000_000
"""A larger file is not read."""
SEPARATORS = (",", ";", "\t")
"""What may stand between the cells of a CSV file; the header tells which."""
NEARLY_NUMBERS = 0.5
"""A column of text of which more than this share are numbers was meant to hold numbers."""
DRESSED = r"[-+]?\s*[$€£¥]?\s*[-+]?\d+(?:[.,'\s]\d{3})*(?:[.,]\d+)?\s*[%$€£¥]?"
"""A number as people write it: with a currency, a comma, or thousands set apart."""
YES_OR_NO = ("true", "false", "yes", "no")
"""What a column of yes and no holds, in letters of either case."""


@dataclasses.dataclass(frozen=True, eq=False)
class AnyTable:
    """A table as it is audited.

    Attributes
    ----------
    numbers : DataFrame
        The columns that are looked at.
    labels, groups : Series or None
    left_out : dict, column -> reason
        Columns that are not looked at, though nobody asked for that: "text", "yes or no", or
        "an id?".
    """

    numbers: pd.DataFrame
    labels: pd.Series | None
    groups: pd.Series | None
    left_out: dict[str, str]


def read_table(
    path: Path,
    *,
    columns: Sequence[str] = (),
    label: str | None = None,
    groups: str | None = None,
) -> AnyTable:
    """Read a CSV or Parquet file.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        Those to look at; by default all that hold numbers, but for ids.
    label, groups : str, optional
        Columns that are not looked at. Groups may stand in another file, "FILE.csv:COLUMN", which
        shares one other column with the table, and has each of its values in one row.

    Returns
    -------
    AnyTable

    Raises
    ------
    DatasetError
        If the file is no such table. The message has a line for each reason.
    """
    name = shorten(path.name)[1:-1]
    frame = _read(path, name)
    if groups is not None and groups not in frame and ":" in groups:
        frame, groups = _with_groups(frame, name, groups)
    asked = [*columns, *(column for column in (label, groups) if column is not None)]
    there = ", ".join(shorten(str(column)) for column in list(frame)[:12]) + (
        f" and {frame.shape[1] - 12:,} more" if frame.shape[1] > 12 else ""
    )
    problems = [
        f"{name}: there is no column {shorten(column)}; the columns are {there}."
        for column in dict.fromkeys(asked)
        if column not in frame
    ]
    if label is not None and label == groups:
        problems.append(f"{name}: {shorten(label)} should be the label or the groups, not both.")
    problems += [
        f"{name}: {shorten(column)} should be looked at, or be the label or the groups, not both."
        for column in dict.fromkeys(columns)
        if column in (label, groups)
    ]
    left_out: dict[str, str] = {}
    chosen: list[str] = []
    for column in dict.fromkeys(columns or map(str, frame)):
        if column not in frame or column in (label, groups):
            continue
        wrong = _no_number(frame[column])
        if wrong is not None:
            share, row = wrong
            at = f"{name}, column {shorten(column)}: {shorten(str(frame[column].iloc[row]))} in row"
            cells = frame[column].dropna().astype(str).str.strip()
            if cells.str.fullmatch(DRESSED).mean() > NEARLY_NUMBERS:
                problems.append(
                    f"{at} {row + 1:,} is a number with a comma, a sign or a unit; it should be "
                    "written like 1234.5, or --columns should name other columns."
                )
            elif columns or share > NEARLY_NUMBERS:
                problems.append(
                    f"{at} {row + 1:,} is not a number; every cell should be one or empty, or "
                    "--columns should name other columns."
                )
            else:
                yes_no = cells.str.lower().isin(YES_OR_NO).all()
                left_out[column] = "yes or no" if yes_no else "text"
        elif not columns and _looks_like_ids(frame[column]):
            left_out[column] = "an id?"
        else:
            chosen.append(column)
    if not chosen and not problems:
        problems.append(f"{name} has no column of numbers; it should have at least one.")
    if problems:
        raise DatasetError("\n".join(problems))
    return AnyTable(
        frame[chosen].apply(pd.to_numeric).astype(np.float64),
        None if label is None else frame[label],
        None if groups is None else frame[groups],
        left_out,
    )


def _no_number(column: pd.Series) -> tuple[float, int] | None:
    """Return the share of numbers, and the first row with something else, if there is one."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return None
    numbers = (
        pd.to_numeric(column, errors="coerce")
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype)
        else pd.Series(np.nan, column.index)
    )
    there = column.notna()
    if not there.any():
        return None
    bad = np.flatnonzero((there & numbers.isna()).to_numpy())
    return (float(numbers.notna()[there].mean()), int(bad[0])) if len(bad) else None


def _looks_like_ids(column: pd.Series) -> bool:
    """Return whether a column holds successive whole numbers, each once, in any order."""
    values = np.sort(column.dropna().to_numpy(dtype=np.float64))
    return len(values) > 2 and values[0] % 1 == 0 and bool((np.diff(values) == 1).all())


def _with_groups(frame: pd.DataFrame, name: str, groups: str) -> tuple[pd.DataFrame, str]:
    """Return the table with groups from another file, and what that column is called there."""
    file, _, column = groups.rpartition(":")
    other_name = shorten(Path(file).name)[1:-1]
    other = _read(Path(file), other_name)
    if column not in other:
        raise DatasetError(
            f"{other_name}: there is no column {shorten(column)}; --groups should name one."
        )
    shared = [str(key) for key in frame if key in other and key != column]
    if len(shared) != 1 or other[shared[0]].duplicated().any():
        raise DatasetError(
            f"{other_name} and {name} should share one column that names the rows, in the first "
            f"each name once; they share {', '.join(map(shorten, shared)) or 'none'}."
        )
    found = frame[shared[0]].map(other.set_index(shared[0])[column])
    return frame.assign(**{groups: found}), groups


def _read(path: Path, name: str) -> pd.DataFrame:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DatasetError(f"{name} has {size:,} bytes; it should have at most {MAX_BYTES:,}.")
        if path.is_dir():
            raise DatasetError(f"{name} is a folder; it should be a CSV or Parquet file.")
        with path.open("rb") as file:
            start = file.read(1 << 16)
        frame = _read_parquet(path, name) if start[:4] == b"PAR1" else _read_csv(path, name, start)
        if frame.empty:
            raise DatasetError(
                f"{name} has a header and no rows; it should have at least {LEAST_ROWS}."
            )
    except FileNotFoundError:
        raise DatasetError(f"{name} is missing; it should be a CSV or Parquet file.") from None
    except OSError as error:
        raise DatasetError(f"{name} cannot be read ({error.strerror or error}).") from error
    frame.columns = [str(column).strip() for column in frame.columns]
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DatasetError(
            f"{name}: the column {shorten(twice[0])} is there twice; each should be there once."
        )
    return frame


def _read_csv(path: Path, name: str, start: bytes) -> pd.DataFrame:
    if not start.strip():
        raise DatasetError(f"{name} is empty; it should start with a header line of column names.")
    if b"\0" in start:
        raise DatasetError(
            f"{name} is not UTF-8 text; it should be saved as CSV in UTF-8, or as Parquet."
        )
    header = start.splitlines()[0].decode("utf-8", "replace")
    separator = max(SEPARATORS, key=header.count)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            first = pd.read_csv(
                path, sep=separator, header=None, nrows=1, dtype=str, encoding="utf-8-sig"
            )
            frame = pd.read_csv(
                path,
                sep=separator,
                index_col=False,
                encoding="utf-8-sig",
                low_memory=False,
                skipinitialspace=True,
            )
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{name}: a byte near {error.start + 1:,} is not UTF-8; the file should be UTF-8 text."
        ) from None
    except pd.errors.ParserWarning:
        raise DatasetError(
            f"{name}: rows have more cells than the header; every row should have as many."
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        said = str(error).strip().splitlines()[-1].rpartition("error: ")[2].rstrip(". ")
        raise DatasetError(
            f"{name} is not CSV ({said}); every row should have as many cells as the header, "
            "and quotation marks should be closed."
        ) from None
    cells = first.iloc[0].fillna("")  # pandas renames columns that are there twice
    return frame.set_axis([str(c).strip() or f"column {i}" for i, c in enumerate(cells, 1)], axis=1)


def _read_parquet(path: Path, name: str) -> pd.DataFrame:
    try:
        import duckdb
    except ImportError:
        raise DatasetError(
            f"{name} is Parquet, which needs duckdb; `pip install duckdb` installs it, "
            "or the table can be saved as CSV."
        ) from None
    try:
        with duckdb.connect() as reader:
            frame: pd.DataFrame = reader.read_parquet(glob.escape(str(path))).df()
    except duckdb.Error as error:
        said = str(error).splitlines()[0].replace(str(path), name).rstrip(".")
        raise DatasetError(f"{name} is no whole Parquet file ({said}).") from None
    return frame
