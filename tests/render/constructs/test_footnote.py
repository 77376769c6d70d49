"""Footnotes."""

from pathlib import Path

import pytest
from markup import body, only
from trees import error


def test_footnotes_lead_there_and_back(tmp_path: Path) -> None:
    soup = body(tmp_path, "Text.^[A *note*.]")
    mark = only(soup, "a.footnote-ref")
    note = only(soup, f'[id="{str(mark["href"])[1:]}"]')
    back = only(note, "a.footnote-back")
    assert back["href"] == f"#{mark['id']}"
    assert back["aria-label"] == "Back to the text"
    assert only(soup, "section[role=doc-endnotes]")["aria-label"] == "Footnotes"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A.[^none]\n", "one.qmd:3: the footnote [^none] is not defined"),
        ("A.\n\n[^n]: Never used.\n", "one.qmd:5: Pandoc warns: Note with key 'n'"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
