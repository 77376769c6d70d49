"""Figures and tables with a number."""

from pathlib import Path

import pytest
from markup import body, only, words
from trees import FILES, SQUARE, Given, error, tree


def test_a_div_with_a_label_has_its_caption_last(tmp_path: Path) -> None:
    text = (
        "::: {#fig-a}\n```{python}\n#| echo: false\n#| fig-alt: Seen.\n1\n```\n\n"
        "It has `{python} n`.\n:::\n\n::: {#tbl-a}\n| a |\n|---|\n| 1 |\n\nThe caption.\n:::\n"
    )
    given = Given({0: [SQUARE]}, {1: {"text/plain": "9"}})
    assert tree(tmp_path, text, given=given) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  div {.cell}",
        "    div {.cell-output .cell-output-display}",
        "      ![Seen.](one_files/fig-a.svg)",
        "  div {.float-caption}",
        "    It has 9.",
        "div {#tbl-a .float kind=table name=Table number=1.1}",
        "  table: a / 1",
        "  div {.float-caption}",
        "    The caption.",
    ]


def test_a_div_may_take_the_caption_of_its_table(tmp_path: Path) -> None:
    text = "::: {#tbl-a}\n| a |\n|---|\n| 1 |\n\n: The caption.\n:::\n"
    assert tree(tmp_path, text)[1:] == [
        "  table: a / 1",
        "  div {.float-caption}",
        "    The caption.",
    ]


def test_parts_of_a_figure_have_letters(tmp_path: Path) -> None:
    text = (
        "::: {#fig-a layout-ncol=2}\n![Left](a.svg){#fig-b}\n\n![Right](a.svg){#fig-c}\n\n"
        "![No label](a.svg)\n\n![](a.svg)\n\nAll.\n:::\n\n@fig-a, @fig-b, @fig-c\n"
    )
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  div {.subfloats ncol=2}",
        "    div {#fig-b .subfloat letter=a kind=figure}",
        "      ![Left](a.svg)",
        "      div {.float-caption}",
        "        Left",
        "    div {#fig-c .subfloat letter=b kind=figure}",
        "      ![Right](a.svg)",
        "      div {.float-caption}",
        "        Right",
        "    div {.subfloat}",
        "      figure",
        "        ![No label](a.svg)",
        "      caption: No label",
        "    div {.subfloat}",
        "      ![](a.svg)",
        "  div {.float-caption}",
        "    All.",
        "[Figure\u00a01.1](xref:fig-a), [Figure\u00a01.1\u00a0(a)](xref:fig-b), "
        "[Figure\u00a01.1\u00a0(b)](xref:fig-c)",
    ]


def test_parts_may_come_from_chunks(tmp_path: Path) -> None:
    text = (
        "::: {#fig-a layout-ncol=2}\n"
        "```{python}\n#| label: fig-b\n#| fig-cap: Left\n1\n```\n\n"
        "```{python}\n#| label: fig-c\n#| echo: false\n#| fig-cap: Right\n2\n```\n\n"
        "Both.\n:::\n\n@fig-b\n"
    )
    assert tree(tmp_path, text, given=Given({0: [SQUARE], 1: [SQUARE]})) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  code {.python .cell-code fold=false summary=Code}: 1",
        "  div {.subfloats ncol=2}",
        "    div {#fig-b .subfloat letter=a kind=figure}",
        "      ![Left](one_files/fig-b.svg)",
        "      div {.float-caption}",
        "        Left",
        "    div {#fig-c .subfloat letter=b kind=figure}",
        "      ![Right](one_files/fig-c.svg)",
        "      div {.float-caption}",
        "        Right",
        "  div {.float-caption}",
        "    Both.",
        "[Figure\u00a01.1\u00a0(a)](xref:fig-b)",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("![A](none.svg){#fig-a}\n", "one.qmd:3: the file none.svg does not exist"),
        ("![A](words.txt)\n", "one.qmd:3: the image words.txt must be one of"),
        ("![A](../out.svg)\n", "one.qmd:3: ../out.svg is outside the project"),
        ("![A](https://example.org/a.svg)\n", "one.qmd:3: the image https://example.org/a.svg"),
        ("![A](a.svg){width=300}\n", "one.qmd:3: width=300 of an image must be in %, cm or in"),
        ("![A](a.svg){width=300px}\n", "one.qmd:3: width=300px of an image"),
        ("![A](a.svg){fig-align=left}\n", 'one.qmd:3: fig-align="left" of an image'),
        ("![A](a.svg){.lightbox}\n", "one.qmd:3: `.lightbox` on an image"),
        ("![A](a.svg){loading=lazy}\n", "one.qmd:3: the attribute `loading` of an image"),
        ("![A](a.svg){fig-pos=H}\n", "one.qmd:3: the attribute `fig-pos` of an image"),
        ("![A](a.svg){#thm-a}\n", "one.qmd:3: the label thm-a on an image"),
        ("Text ![A](a.svg){#fig-a} text.\n", "one.qmd:3: the image fig-a stands inside a text"),
        ("| a |\n|---|\n| 1 |\n\n: A. {#eq-a}\n", "one.qmd:7: the label eq-a on a table"),
        ("::: {#fig-a layout-ncol=x}\n![A](a.svg)\n\nB\n:::\n", 'one.qmd:3: layout-ncol="x"'),
        ('::: {#fig-a layout="[1]"}\n![A](a.svg)\n\nB\n:::\n', "one.qmd:3: the attribute `layout`"),
        ("::: {layout-nrow=2}\nA\n:::\n", "one.qmd:3: the attribute `layout-nrow`"),
        ("::: {#fig-a}\n:::\n", "one.qmd:3: fig-a is empty"),
        (
            '| a |\n|---|\n| 1 |\n\n: A. {#tbl-a tbl-colwidths="[1,2]"}\n',
            "one.qmd:7: tbl-colwidths has 2 widths, and the table 1 columns",
        ),
    ],
)
def test_a_wrong_figure_or_table_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


def test_a_figure_has_its_caption_below_and_its_alternative(tmp_path: Path) -> None:
    soup = body(
        tmp_path,
        '![A *scheme*.](a.svg){#fig-a fig-alt="A \\"box\\" & more." width=30%}',
        files={"a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="2in" height="96"/>'},
    )
    figure = only(soup, "figure#fig-a")
    assert figure.find_all(["img", "figcaption"])[0].name == "img"
    assert words(figure.figcaption) == "Figure 1.1: A scheme."
    assert figure.img["alt"] == 'A "box" & more.'
    assert (figure.img["width"], figure.img["height"]) == ("192", "96")
    assert figure.img["style"] == "width:30%"


def test_subfigures_stand_in_columns(tmp_path: Path) -> None:
    text = (
        '```{python}\n#| label: fig-two\n#| fig-cap: "Two."\n#| fig-subcap: ["L", "R"]\n'
        '#| fig-alt: ["left", "right"]\n#| layout-ncol: 2\npass\n```\n\n@fig-two-2\n'
    )
    soup = body(tmp_path, text, given=Given({0: [SQUARE, SQUARE]}))
    grid = only(soup, "figure#fig-two > .subfloats")
    assert grid["style"] == "--columns:2"
    parts = grid.find_all("figure", recursive=False)
    assert [(p["id"], words(p.figcaption), p.img["alt"]) for p in parts] == [
        ("fig-two-1", "(a) L", "left"),
        ("fig-two-2", "(b) R", "right"),
    ]
    assert words(soup.select("figure#fig-two > figcaption")[0]) == "Figure 1.1: Two."
