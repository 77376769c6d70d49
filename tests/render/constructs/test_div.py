"""Divs and spans of one's own."""

from pathlib import Path

import pytest
from markup import body, only, words
from trees import error, tree


def test_a_div_or_span_of_ones_own_is_kept(tmp_path: Path) -> None:
    text = "::: {#id .own data-x=1}\nA [b]{.c #d lang=fr}.\n:::\n"
    assert tree(tmp_path, text) == ["div {#id .own data-x=1}", "  A [b] {#d .c lang=fr}."]


@pytest.mark.parametrize(
    "text",
    [
        "::: {.own}\nA\n:::",
        "::: {.callout-note .own}\nA\n:::",
        "::: {#thm-a .own}\nA\n:::",
        "::: {.proof .own}\nA\n:::",
        "::: {.panel-tabset .own}\n## A\nB\n:::",
        "::: {layout-ncol=2 .own}\nA\n:::",
        "::: {#fig-a .own}\nA\n\nB\n:::",
        "[A]{.own}",
    ],
)
def test_classes_of_ones_own_stay_on_the_page(tmp_path: Path, text: str) -> None:
    assert words(only(body(tmp_path, text), ".own"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::: {.column-margin}\nA\n:::\n", "one.qmd:3: `.column-margin` on a div is not known"),
        ("::: {.aside}\nA\n:::\n", "one.qmd:3: `.aside` on a div"),
        ("::: {.panel-sidebar}\nA\n:::\n", "one.qmd:3: `.panel-sidebar` on a div"),
        ("[A]{.aside}\n", "one.qmd:3: `.aside` on a span"),
        ("::: {.float}\nA\n:::\n", "one.qmd:3: the class `.float` is kept"),
        ("::: {.own code-fold=true}\nA\n:::\n", "one.qmd:3: the attribute `code-fold` of a div"),
        ("::: {.own}\nA\n", "one.qmd:3: this div is not closed"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
