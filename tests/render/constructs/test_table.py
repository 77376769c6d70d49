"""Tables."""

from pathlib import Path

import pytest
from markup import body, only, words
from trees import book, tree


def test_a_table_with_a_label_is_a_float(tmp_path: Path) -> None:
    text = "| a | b |\n|---|---|\n| 1 | $x$ |\n\n: A *caption*. {#tbl-a}\n"
    assert tree(tmp_path, text) == [
        "div {#tbl-a .float kind=table name=Table number=1.1}",
        "  table: a / b / 1 / $x$",
        "  div {.float-caption}",
        "    A *caption*.",
    ]


def test_a_table_without_a_label_keeps_its_caption(tmp_path: Path) -> None:
    text = "| a |\n|---|\n| @eq-a |\n\n: A *caption*.\n\n$$x$$ {#eq-a}\n"
    assert tree(tmp_path, text)[:2] == [
        "table: a / [Equation\u00a01.1](xref:eq-a)",
        "caption: A *caption*.",
    ]


def test_a_table_with_a_caption_in_a_float_is_no_part_of_it(tmp_path: Path) -> None:
    text = "::: {#tbl-a}\n| a |\n|---|\n| 1 |\n\n: Its own.\n\nThe caption.\n:::\n"
    assert tree(tmp_path, text)[1:] == [
        "  table: a / 1",
        "  caption: Its own.",
        "  div {.float-caption}",
        "    The caption.",
    ]


def test_widths_of_columns(tmp_path: Path) -> None:
    text = '| a | b |\n|---|---|\n| 1 | 2 |\n\n: C. {#tbl-a tbl-colwidths="[25,75]"}\n'
    table = book(tmp_path, f"# One\n\n{text}")[1].doc.content[1].content[0]
    assert [width for _, width in table.colspec] == [0.25, 0.75]


def test_a_table_has_its_caption_above_and_scrolls(tmp_path: Path) -> None:
    soup = body(tmp_path, "| a | b |\n|---|--:|\n| 1 | 2 |\n\n: Two cells. {#tbl-a}\n")
    figure = only(soup, "figure#tbl-a")
    first, second = figure.find_all(True, recursive=False)
    assert words(first) == "Table 1.1: Two cells."
    assert second["class"] == ["scroll", "table-scroll"]


@pytest.mark.parametrize(
    ("line", "table", "cells"),
    [
        ("|---|--:|--:|", ["numbers"], [None, None, None]),
        ("|:--|--:|--:|", ["numbers"], [None, None, None]),
        ("|---|---|---|", None, [None, None, None]),
        ("|--:|--:|--:|", None, [["r"], ["r"], ["r"]]),
        ("|:-:|:--|--:|", None, [["c"], None, ["r"]]),
    ],
)
def test_cells_are_aligned_by_class(
    tmp_path: Path, line: str, table: list[str] | None, cells: list[list[str] | None]
) -> None:
    soup = body(tmp_path, f"| a | b | c |\n{line}\n| 1 | 2 | 3 |\n")
    assert soup.table.get("class") == table
    assert [cell.get("class") for cell in soup.select("tbody :is(th, td)")] == cells
    assert [th.get("class") for th in soup.select("thead th")] == cells
    assert "style" not in str(soup.table)


@pytest.mark.parametrize(
    ("first", "named"),
    [(["x", "y"], True), (["x", "x"], False), (["x", ""], False), (["$a$", "$b$"], False)],
)
def test_a_first_column_that_names_the_rows_is_their_header(
    tmp_path: Path, first: list[str], named: bool
) -> None:
    rows = "".join(f"| {name} | 1 |\n" for name in first)
    soup = body(tmp_path, f"| a | b |\n|---|--:|\n{rows}")
    heads = [th.get("scope") for th in soup.select("tbody th")]
    assert heads == (["row"] * len(first) if named else [])
    assert len(soup.select("tbody tr > :first-child")) == len(first)
