"""analysis.show.guards: what is printed where a sentence is not so."""

from __future__ import annotations

import pytest

from analysis.show.guards import MARK, holds, told


def test_a_guard_that_holds_prints_a_comment_and_another_a_mark() -> None:
    assert holds(3 > 2)._repr_markdown_() == "<!-- -->"
    assert holds(3 < 2)._repr_markdown_() == MARK
    assert holds(lambda: [0]).data == "<!-- -->"
    assert holds(lambda: []).data == MARK


def test_what_is_looked_up_in_vain_is_not_so() -> None:
    songs = {"blues": 100}
    assert holds(lambda: songs["jazz"] == 100).data == MARK
    assert told(lambda: songs["jazz"] > 0, "There is jazz.", "There is none.").data == (
        "There is none."
    )


def test_other_errors_are_errors() -> None:
    with pytest.raises(ZeroDivisionError):
        holds(lambda: 1 / 0)


def test_told_chooses() -> None:
    assert told(True, "a", "b").data == "a"
    assert told(False, "a", "b").data == "b"
