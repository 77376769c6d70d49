"""Cross-references."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markup import pages
from trees import NB, error, texts, tree


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("@eq-a", ["Equation 1.1"]),
        ("@Eq-a", ["Equation 1.1"]),
        ("[@eq-a]", ["Equation 1.1"]),
        ("[-@eq-a]", ["1.1"]),
        ("[@eq-a; @thm-a]", ["Equation 1.1", "Theorem 1.1"]),
        ("[Eq. @eq-a]", ["Eq. 1.1"]),
        ("[see *also* @eq-a; -@thm-a]", ["see *also* 1.1", "1.1"]),
    ],
)
def test_forms_of_references(tmp_path: Path, written: str, read: list[str]) -> None:
    lines = tree(tmp_path, f"$$x$$ {{#eq-a}}\n\n::: {{#thm-a}}\nText.\n:::\n\nSee {written}.\n")
    assert texts(lines[-1]) == read
    assert lines[-1].endswith(").")
    if ";" in written:
        assert "), [" in lines[-1]


def test_numbers_and_names_do_not_part_at_the_end_of_a_line(tmp_path: Path) -> None:
    assert f"[Equation{NB}1.1]" in tree(tmp_path, "$$x$$ {#eq-a}\n\n@eq-a\n")[-1]


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("[@eq-a; @key]", "each its own"),
        ("[@eq-a, on the left]", "would be lost"),
        ("@lst-a", "listings"),
        ("@nte-a", "numbered notes"),
    ],
)
def test_a_reference_that_would_lose_something_is_an_error(
    tmp_path: Path, written: str, word: str
) -> None:
    said = error(tmp_path, f"$$x$$ {{#eq-a}}\n\nA {written} b.\n")
    assert said.startswith("one.qmd:5: ")
    assert word in said


def test_references_lead_to_the_right_place_from_any_folder(tmp_path: Path) -> None:
    made = pages(
        tmp_path,
        {
            "a/one.qmd": "# One {#sec-one}\n\n## Sub {#sec-sub}\n\n@sec-one @sec-two @sec-three",
            "a/two.qmd": "# Two {#sec-two}\n\n@sec-sub",
            "three.qmd": "# Three {#sec-three}\n\n@sec-sub and [file](a/two.qmd) [it](#sec-three)",
        },
    )

    def links(page: str) -> list[str]:
        return [str(a["href"]) for a in BeautifulSoup(made[page], "html.parser").select("a")]

    assert links("a/one.html") == ["#sec-one", "two.html", "../three.html"]
    assert links("a/two.html") == ["one.html#sec-sub"]
    assert links("three.html") == ["a/one.html#sec-sub", "a/two.html", "#sec-three"]
