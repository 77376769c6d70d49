"""Running text."""

from pathlib import Path

import pytest
from trees import error, tree


def test_ordinary_text_is_read_as_pandoc_reads_it(tmp_path: Path) -> None:
    text = (
        '"Quoted" -- it\'s *so* **so** ~~so~~ x^2^ H~2~O `code`...\n\n'
        "Term\n: Definition @eq-a.\n\n> Quote.\n\n1. One\n2. Two\n\n| Verse\n\n---\n\n"
        "Note.^[Of @eq-a.] And.[^n]\n\n[^n]: Long.\n\n$$x$$ {#eq-a}\n"
    )
    reference = "[Equation\u00a01.1](xref:eq-a)"
    assert tree(tmp_path, text) == [
        "“Quoted” – it’s *so* **so** ~so~ x~2~ H~2~O `code`…",
        "term: Term",
        f"  Definition {reference}.",
        "blockquote",
        "  Quote.",
        "item",
        "  One",
        "item",
        "  Two",
        "| Verse",
        "horizontalrule",
        f"Note.^[Of {reference}.] And.^[Long.]",
        "[$$x$$] {#eq-a .equation number=1.1}",
    ]


def test_lists_of_examples_are_lists(tmp_path: Path) -> None:
    assert tree(tmp_path, "(@) One\n\n(@good) Two\n\nAs (@good).\n") == [
        *("item", "  One", "item", "  Two", "As (2).")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Text.\n:::\n", "one.qmd:4: ::: is read as text"),
        ("@eq-a. Here.\n\n$$x$$ {#eq-a}\n", "one.qmd:3: @eq-a. at the beginning of a paragraph"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
