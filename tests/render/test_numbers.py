"""The computed words and tables that are kept as text beside the book."""

from pathlib import Path
from typing import Any

import pytest

from render.__main__ import main
from render.execute import ChapterResult
from render.numbers import chapter_lines
from render.source import Cell, parse_source
from tests.render.small import cell, write_book

SETTINGS = "[tool.render]\nnumbers = 'kept'\nnumbers-omit = ['code-*']\n"


def lines(text: str, *given: Any, **options: Any) -> list[str]:
    """Return the lines of a chapter whose steps gave these texts, or these outputs."""
    source = parse_source("part/one.qmd", Path(), text)
    result = ChapterResult()
    for step, value in zip(source.steps, given, strict=True):
        if isinstance(step, Cell):
            result.outputs[step.index] = value if isinstance(value, list) else [markdown(value)]
        else:
            result.inlines[step.index] = {"text/plain": value}
    return chapter_lines(source, result, **options)


def markdown(text: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {"text/markdown": text, "text/plain": "x"}}


CELL = cell("table", "label: rows")
VALUE = "So `{python} value`.\n\n"


def test_a_value_stands_behind_its_section_or_else_its_chapter() -> None:
    text = f"{VALUE}# Title {{#sec-a}}\n\n{VALUE}## No label\n\n{VALUE}### B {{#sec-b}}\n\n{VALUE}"
    assert lines(text + CELL, "1", "2", "3", "4 songs", "t") == [
        "one | 1",
        "sec-a | 2",
        "sec-a | 3",
        "sec-b | 4 songs",
        "rows | t",
    ]


def test_the_nearest_labelled_div_goes_before_a_cells_label_and_the_section() -> None:
    text = (
        "# Title {#sec-a}\n\n::: {#tbl-a}\n\n::: {.callout-note}\n"
        f"{CELL}:::\n\n{VALUE}:::\n\n{VALUE}"
    )
    assert lines(text, "cells", "caption", "after") == [
        "tbl-a | cells",
        "tbl-a | caption",
        "sec-a | after",
    ]


def test_a_table_is_a_line_a_row() -> None:
    table = "| A    | B   |\n|:-----|----:|\n| a\\|b | –   |\n|      | 2   |\n\n: Words\n"
    assert lines(CELL, table) == [
        "rows | A | B",
        "rows | a\\|b | –",
        "rows | | 2",
        "rows | : Words",
    ]


def test_printed_text_counts_and_figures_do_not() -> None:
    figure = {
        "output_type": "display_data",
        "data": {"image/svg+xml": "<svg/>", "text/plain": "<Figure size 1x1>"},
    }
    printed = {"output_type": "stream", "name": "stdout", "text": "one\n\ntwo\n"}
    assert lines(CELL, [printed, figure]) == ["rows | one", "rows | two"]


def test_what_no_page_shows_is_left_out() -> None:
    assert lines(cell("x", "include: false"), "a") == []
    assert lines(cell("x", "output: false"), "a") == []


def test_omitted_labels_are_left_out() -> None:
    assert lines(CELL + VALUE, "a", "b", omitted=("ro*",)) == ["one | b"]


def test_what_differs_between_machines_is_masked() -> None:
    masked = ("[0-9a-f]{16}", r"(?<=^rows \| )\d B|7 B")
    given = ("1 B, 7 B and 0123456789abcdef", "1 B, 7 B and 2")
    assert lines(VALUE + CELL, *given, masked=masked) == [
        "one | 1 B, (…) and (…)",
        "rows | (…), (…) and 2",
    ]


def test_spaces_of_all_kinds_are_one_kind() -> None:
    assert lines(VALUE + CELL, "3\u202f×\u00a010\n", "t")[0] == "one | 3 × 10"


def test_prose_moves_no_line() -> None:
    text = f"# Title {{#sec-a}}\n\n{VALUE}{CELL}"
    longer = text.replace("So", "A sentence.\n\nAnother:")
    assert lines(longer, "1", "t") == lines(text, "1", "t")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_book(tmp_path, {"one.qmd": f"# One {{#sec-one}}\n\n{cell('value = 1')}\n{VALUE}{VALUE}"})
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_files_are_written_and_checked(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["numbers", "--check"]) == 1
    assert "kept/one.txt:1" in capsys.readouterr().err
    (book / "kept").mkdir()
    (book / "kept" / "gone.txt").write_text("sec-gone | 1\n", encoding="utf-8")
    assert main(["numbers", "--check"]) == 1
    assert "kept/gone.txt:1" in capsys.readouterr().err
    assert main(["numbers"]) == 0
    assert [path.name for path in (book / "kept").iterdir()] == ["one.txt"]
    assert (book / "kept" / "one.txt").read_bytes() == b"sec-one | 1\nsec-one | 1\n"
    assert main(["numbers", "--check"]) == 0
    chapter = book / "one.qmd"
    text = chapter.read_text(encoding="utf-8")
    head, _, tail = text.rpartition("`{python} value`")
    chapter.write_text(f"{head}`{{python}} value + 1`{tail}", encoding="utf-8")
    capsys.readouterr()
    assert main(["numbers", "--check"]) == 1
    said = capsys.readouterr().err
    assert "kept/one.txt:2\n  the file: sec-one | 1\n  the book: sec-one | 2\n" in said
    assert (book / "kept" / "one.txt").read_bytes() == b"sec-one | 1\nsec-one | 1\n"


def test_the_folder_must_be_named(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book / "pyproject.toml").unlink()
    assert main(["numbers"]) == 1
    assert "pyproject.toml: `numbers` in [tool.render]" in capsys.readouterr().err


def test_only_numbers_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--check"])
    assert "numbers --check" in capsys.readouterr().err
