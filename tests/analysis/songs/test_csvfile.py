"""analysis.songs.csvfile: what is no CSV, and on which line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from analysis.errors import DatasetError
from analysis.songs import csvfile
from analysis.songs.csvfile import parse_number, read_csv

Save = Callable[..., Path]


def test_cells_know_their_lines(save: Save) -> None:
    cells = read_csv(save('a,b\r\n1,"x\ny"\r\n\r\n2,z\r\n'), "t.csv")
    assert cells.header == ["a", "b"]
    assert cells.rows == [["1", "x\ny"], ["2", "z"]]
    assert cells.lines == [2, 5]


def test_byte_order_mark_is_no_fault(save: Save) -> None:
    assert read_csv(save(b"\xef\xbb\xbfa,b\n1,2\n"), "t.csv").header == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "t.csv is empty; it should start with a header line"),
        (b" \n\n", "t.csv is empty"),
        (b"a,b\n1,\xe9\n", "t.csv, line 2: byte 7 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00", "t.csv, line 1: byte 1 is not UTF-8"),
        (b"a,b\n1,\x00\n", "t.csv, line 2: a NUL character"),
        (b"a,b\n1,2\n1,2,3\n", "t.csv, line 3: 3 cells, but the header has 2"),
        (b"a,b\n1\n", "t.csv, line 2: 1 cell, but the header has 2"),
        (b'a,b\n1,2\n1,"x\n2,3\n', "t.csv, line 3: not CSV ("),
        (b'a,b\n1,"x"y\n', "t.csv, line 2: not CSV ("),
        (b"a,a\n1,2\n", "t.csv, line 1: the column 'a' is there 2 times"),
    ],
)
def test_what_is_no_csv(save: Save, content: bytes, message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read_csv(save(content), "t.csv")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"^t\.csv is missing"):
        read_csv(tmp_path / "t.csv", "t.csv")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"^t\.csv (is a folder|cannot be read)"):
        read_csv(tmp_path, "t.csv")


def test_too_large_a_file_is_not_read(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvfile, "MAX_BYTES", 10)
    with pytest.raises(DatasetError, match=r"^t\.csv has 12 bytes; .* at most 10\.$"):
        read_csv(save("a,b\n1,2\n3,4\n"), "t.csv")


def test_too_many_rows(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvfile, "MAX_ROWS", 2)
    read_csv(save("a\n1\n2\n"), "t.csv")
    with pytest.raises(DatasetError, match=r"^t\.csv, line 4: more than 2 rows"):
        read_csv(save("a\n1\n2\n3\n"), "t.csv")


@given(st.floats(allow_nan=False))
def test_numbers_survive(value: float) -> None:
    assert parse_number(repr(value), "t.csv", 2, "a") == value


@pytest.mark.parametrize("cell", ["1,5", "1_000", "fast", "0x10", "1 2", "--1"])
def test_what_is_no_number(cell: str) -> None:
    with pytest.raises(DatasetError, match=r"^t\.csv, line 2, column a: .* is not a number"):
        parse_number(cell, "t.csv", 2, "a")


def test_empty_cell() -> None:
    with pytest.raises(DatasetError, match=r"column a: the cell is empty; it should be a number"):
        parse_number(" ", "t.csv", 2, "a")


def test_long_cell_is_cut_in_the_message() -> None:
    with pytest.raises(DatasetError) as caught:
        parse_number("x" * 10_000, "t.csv", 2, "a")
    assert len(str(caught.value)) < 200
