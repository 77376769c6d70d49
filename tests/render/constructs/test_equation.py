"""Formulas and their numbers."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from markup import body, only
from trees import Given, error, tree

from render import pandoc


def test_only_labelled_equations_are_numbered(tmp_path: Path) -> None:
    lines = tree(tmp_path, "$$x$$\n\nText $$y$$ {#eq-y} and $$z$$   {#eq-z}\nmore.\n")
    assert lines == [
        "$$x$$",
        "Text [$$y$$] {#eq-y .equation number=1.1} and [$$z$$] {#eq-z .equation number=1.2} more.",
    ]


def test_labels_of_formulas_are_read_all_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[str]] = []
    call = pandoc._call

    def count(arguments: list[str], text: str, *where: Any) -> tuple[str, str]:
        given.append(json.loads(text) if arguments[0] == "lua" else [])
        return call(arguments, text, *where)

    monkeypatch.setattr(pandoc, "_call", count)
    monkeypatch.setattr(pandoc, "_READ", {})
    tree(
        tmp_path, "\n\n".join(f"$${letter}$$ {{#eq-{letter}}}" for letter in "abcdefghijklmnopqrst")
    )
    assert sum(["markdown", "[x]{#eq-a}"] in texts for texts in given) == 1
    assert sum(text[1].startswith("[x]") for texts in given for text in texts) == 20
    assert len(given) <= 2 * (os.cpu_count() or 1)


def test_an_equation_may_have_a_text_in_place_of_it(tmp_path: Path) -> None:
    (line,) = tree(tmp_path, '$$x$$ {#eq-x alt="the \\"x\\""}\n')
    assert line == '[$$x$$] {#eq-x .equation number=1.1 alt=the "x"}'


def test_a_computed_number_stands_in_a_formula(tmp_path: Path) -> None:
    text = (
        "```{python}\n#| echo: false\n1\n```\n\n$k = `{python} k`$ and $$`{python} j`$$ {#eq-a}\n"
    )
    inlines = {1: {"text/plain": "12"}, 2: {"text/plain": "j_0"}}
    (line,) = tree(tmp_path, text, given=Given(inlines=inlines))
    assert line == "$k = 12$ and [$$j_0$$] {#eq-a .equation number=1.1}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$$x$$\n{#eq-x}\n", "one.qmd:4: {#eq-x} is read as text"),
        ("$x$ {#eq-x}\n", "one.qmd:3: {#eq-x} is read as text"),
        ("$$x$$ {#thm-x}\n", "one.qmd:3: the label of an equation begins with eq-"),
        ("$$x$$ {#eq-x tag=3}\n", "one.qmd:3: the attribute `tag` of an equation"),
    ],
)
def test_a_wrong_label_of_an_equation_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


@pytest.mark.parametrize("fmt", ["html", "typst"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"See $\frac{a}{$.", r"the formula $\frac{a}{$ cannot be read: it ends too early"),
        ("See $$a\n}$$.", "the formula $a }$ cannot be read: unexpected '}'"),
        (
            "::: {.callout-note}\n## $\\nosuch x$\nText.\n:::",
            r"the formula $\nosuch x$ cannot be read: unexpected control sequence \nosuch",
        ),
    ],
)
def test_a_formula_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, text: str, said: str, fmt: str
) -> None:
    line = 4 if text.startswith(":::") else 3
    assert error(tmp_path, text, fmt=fmt) == f"one.qmd:{line}: {said}"


def test_equations_have_their_number_beside_them_and_in_their_tex(tmp_path: Path) -> None:
    soup = body(tmp_path, "$$\nx = 1\n$$ {#eq-x}\n\n$$y$$\n")
    equation = only(soup, "#eq-x.equation")
    assert equation.annotation.string == "\nx = 1 \\qquad(1.1)"
    assert only(equation, "button.equation-number").string == "(1.1)"
    assert only(soup, ".display annotation").string == "y"
    assert not only(soup, ".display").select("button")
    shown = equation.math.semantics.find(True)
    assert "1.1" not in shown.get_text()


def test_an_equation_may_say_what_it_means(tmp_path: Path) -> None:
    soup = body(tmp_path, '$$x$$ {#eq-x alt="It is \\"x\\"."}')
    assert only(soup, "[role=math]")["aria-label"] == 'It is "x".'


def test_aligned_equations_say_so_by_class(tmp_path: Path) -> None:
    soup = body(tmp_path, r"$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$")
    assert [cell["class"] for cell in soup.select("mtd")] == [["r"], ["l"], ["r"], ["l"]]
    assert "style" not in str(soup)
