"""Headings, their numbers and their ids."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markup import pages, words
from trees import Given, book, contents, error, inline, title

from render.errors import RenderError


def test_front_matter_may_hold_the_title(tmp_path: Path) -> None:
    document = book(tmp_path, {"one.qmd": "---\ntitle: A *title*\n---\n\nText.\n"})[1]
    assert (document.number, title(document)) == ("1", "A title")


def test_a_chapter_needs_a_title(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"^one\.qmd:1: the chapter has no title"):
        book(tmp_path, {"one.qmd": "## Section\n"})
    with pytest.raises(RenderError, match=r"^one\.qmd:5: the chapter has both a title"):
        book(tmp_path / "b", {"one.qmd": "---\ntitle: A\n---\n\n# B\n"})


def test_a_heading_with_a_computed_word_takes_its_id_from_it(tmp_path: Path) -> None:
    text = (
        "# One\n\n```{python}\n1\n```\n\n## With `{python} k` clusters\n\n"
        "[there](#with-ten-clusters)\n"
    )
    document = book(tmp_path, text, given=Given(inlines={1: {"text/plain": "ten"}}))[1]
    heading = document.doc.content[2]
    assert heading.identifier == "with-ten-clusters"
    assert inline(heading.content) == "With ten clusters"


def test_sections_are_numbered_below_their_chapter(tmp_path: Path) -> None:
    text = (
        "# One\n\n## A\n\n### B\n\n### C\n\n## D {.unnumbered}\n\n## E\n\n#### F\n\n"
        "### G {.unlisted}\n"
    )
    document = book(tmp_path, text)[1]
    headings = [block for block in document.doc.content if hasattr(block, "level")]
    assert [block.attributes.get("number", "") for block in headings] == [
        *("1", "1.1", "1.1.1", "1.1.2", "", "1.2", "1.2.0.1", "1.2.1")
    ]
    assert contents(document) == [
        (2, "1.1", "A"),
        (3, "1.1.1", "B"),
        (3, "1.1.2", "C"),
        (2, "", "D"),
        (2, "1.2", "E"),
    ]


def test_headings_carry_their_numbers(tmp_path: Path) -> None:
    made = pages(
        tmp_path,
        {
            "one.qmd": "# One\n\n## Part\n\n## Aside {.unnumbered}\n",
            "appendix.qmd": "# More\n\n## Yet more\n",
        },
    )
    one = BeautifulSoup(made["one.html"], "html.parser")
    assert [words(h) for h in one.select("h1, h2")] == ["1 One", "1.1 Part", "Aside"]
    assert "number" not in one.h1.attrs
    more = BeautifulSoup(made["appendix.html"], "html.parser")
    assert [words(h) for h in more.select("h1, h2")] == ["Appendix A — More", "A.1 Yet more"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Two\n", "one.qmd:3: a second first-level heading, 'Two'"),
        ("## A {#fig-a}\n", "one.qmd:3: the label fig-a on a heading"),
        ("## A {.column-page}\n", "one.qmd:3: the class `.column-page` on a heading"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
