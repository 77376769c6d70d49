"""Theorems and proofs."""

from pathlib import Path

import pytest
from markup import body, only, words
from trees import book, contents, error, tree


def test_a_theorem_has_its_name_from_its_heading_or_an_attribute(tmp_path: Path) -> None:
    text = '::: {#thm-a}\n## A *name*\nText.\n:::\n\n::: {#def-b name="$x$"}\nText.\n:::\n'
    assert tree(tmp_path, text) == [
        "div {#thm-a .theorem .thm name=Theorem number=1.1}",
        "  div {.theorem-title}",
        "    A *name*",
        "  Text.",
        "div {#def-b .theorem .def name=Definition number=1.1}",
        "  div {.theorem-title}",
        "    $x$",
        "  Text.",
    ]


@pytest.mark.parametrize("name", ["proof", "remark", "solution"])
def test_proofs_have_no_number(tmp_path: Path, name: str) -> None:
    assert tree(tmp_path, f"::: {{.{name}}}\n## of it\nText.\n\n- More.\n:::\n") == [
        f"div {{.{name} name={name.capitalize()}}}",
        "  div {.theorem-title}",
        "    of it",
        "  Text.",
        "  item",
        "    More.",
    ]


def test_headings_in_a_theorem_are_no_sections(tmp_path: Path) -> None:
    text = "::: {#thm-a}\nText.\n\n### Case\n\nMore.\n:::\n\n## Section\n"
    document = book(tmp_path, f"# One\n\n{text}")[1]
    assert contents(document) == [(2, "1.1", "Section")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::: {#thm-a}\n:::\n", "one.qmd:3: this theorem is empty"),
        ("::: {#thm-a .column-margin}\nA\n:::\n", "one.qmd:3: `.column-margin`"),
        ("::: {#thm-a size=big}\nA\n:::\n", "one.qmd:3: the attribute `size`"),
        ("::: {#alg-a}\nA\n:::\n", "one.qmd:3: the label alg-a on a div: algorithms"),
        ("::: {#eq-a}\nA\n:::\n", "one.qmd:3: the label eq-a on a div"),
        ("::: {#rem-a .remark}\nA\n:::\n", "one.qmd:3: the label rem-a on a div: numbered remarks"),
    ],
)
def test_a_wrong_theorem_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


def test_theorems_and_proofs_run_in(tmp_path: Path) -> None:
    soup = body(
        tmp_path,
        "::: {#thm-a}\n## A $k$ name\nIt holds.\n:::\n\n"
        "::: {#def-a}\n- A list.\n:::\n\n"
        "::: {.proof}\n## of it\nClear.\n:::\n\n::: {.remark}\nWell.\n:::\n",
    )
    theorem = only(soup, "#thm-a.theorem.thm")
    assert words(theorem.p).startswith("Theorem 1.1 (A k")
    assert words(theorem.p).endswith("name) It holds.")
    assert words(only(soup, "#def-a > p")) == "Definition 1.1"
    assert words(only(soup, ".proof")) == "Proof (of it). Clear."
    assert words(only(soup, ".remark")) == "Remark. Well."
