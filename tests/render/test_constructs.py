"""Each construct of the text in the neutral tree, and what is wrong with one."""

from pathlib import Path

import pytest
from trees import SQUARE, Given, book, tree

from render.errors import RenderError

FILES = {"a.svg": "<svg/>", "b.png": "PNG", "words.txt": "words"}


def error(tmp_path: Path, text: str, **options: object) -> str:
    with pytest.raises(RenderError) as caught:
        book(tmp_path, f"# One\n\n{text}", files=FILES, **options)  # type: ignore[arg-type]
    return str(caught.value)


# -- equations ---------------------------------------------------------------------------------


def test_only_labelled_equations_are_numbered(tmp_path: Path) -> None:
    lines = tree(tmp_path, "$$x$$\n\nText $$y$$ {#eq-y} and $$z$$   {#eq-z}\nmore.\n")
    assert lines == [
        "$$x$$",
        "Text [$$y$$] {#eq-y .equation number=1.1} and [$$z$$] {#eq-z .equation number=1.2} more.",
    ]


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


# -- theorems and proofs -----------------------------------------------------------------------


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
    assert [entry.text for entry in document.toc] == ["Section"]
    assert document.toc[0].number == "1.1"


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


# -- callouts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important", "caution"])
def test_a_callout_without_a_title_has_its_kind_for_one(tmp_path: Path, kind: str) -> None:
    assert tree(tmp_path, f"::: {{.callout-{kind}}}\nText.\n:::\n") == [
        f"div {{.callout kind={kind}}}",
        "  div {.callout-title default=true}",
        f"    {kind.capitalize()}",
        "  Text.",
    ]


@pytest.mark.parametrize(
    "opening", ["{.callout-tip}\n## A *title*", '{.callout-tip title="A *title*"}']
)
def test_a_callout_has_its_title_from_its_heading_or_an_attribute(
    tmp_path: Path, opening: str
) -> None:
    assert tree(tmp_path, f"::: {opening}\nText.\n:::\n")[1:3] == [
        "  div {.callout-title}",
        "    A *title*",
    ]


def test_a_callout_keeps_its_options(tmp_path: Path) -> None:
    opening = '{#id .callout-note .own collapse="true" appearance="simple" icon=false}'
    first = tree(tmp_path, f"::: {opening}\nText.\n:::\n")[0]
    assert first == ("div {#id .callout .own kind=note collapse=true appearance=simple icon=false}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::: {.callout-hint}\nA\n:::\n", "one.qmd:3: the callout `.callout-hint` is not known"),
        ("::: callout\nA\n:::\n", "one.qmd:3: the callout `.callout` is not known"),
        ("::: {.callout-tip collapse=yes}\nA\n:::\n", 'one.qmd:3: collapse="yes" of a callout'),
        ("::: {.callout-tip size=3}\nA\n:::\n", "one.qmd:3: the attribute `size` of a callout"),
        ("::: {#nte-a .callout-note}\nA\n:::\n", "one.qmd:3: the label nte-a on a div"),
    ],
)
def test_a_wrong_callout_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


# -- tabs --------------------------------------------------------------------------------------


def test_each_heading_of_a_tabset_begins_a_tab(tmp_path: Path) -> None:
    text = "::: {.panel-tabset}\n### *One*\nA\n\n#### Deeper\n\nB\n\n### Two\nC\n:::\n\n## After\n"
    assert tree(tmp_path, text) == [
        "div {.tabset}",
        "  div {.tab}",
        "    div {.tab-title}",
        "      *One*",
        "    A",
        "    #### Deeper {#deeper number=1.0.0.1}",
        "    B",
        "  div {.tab}",
        "    div {.tab-title}",
        "      Two",
        "    C",
        "## After {#after number=1.1}",
    ]


@pytest.mark.parametrize("inner", ["Text.\n\n## Tab\n\nA", ""])
def test_a_tabset_begins_with_a_heading(tmp_path: Path, inner: str) -> None:
    said = error(tmp_path, f"::: {{.panel-tabset}}\n{inner}\n:::\n")
    assert said.startswith("one.qmd:3: a tabset begins with the heading")


# -- conditions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "html", "typst"),
    [
        ('.content-visible when-format="html"', True, False),
        ('.content-visible when-format="html:js"', True, False),
        ('.content-visible when-format="typst"', False, True),
        ('.content-visible unless-format="html"', False, True),
        ('.content-hidden when-format="html"', False, True),
        ('.content-hidden unless-format="html"', True, False),
        ('.content-visible when-format="html" unless-format="html"', False, False),
        (".content-visible", True, True),
        (".content-hidden", False, False),
    ],
)
def test_conditions(tmp_path: Path, condition: str, html: bool, typst: bool) -> None:
    text = f"::: {{{condition}}}\nA\n\n- B\n:::\n\nC [D]{{{condition}}}\n"
    for fmt, seen in (("html", html), ("typst", typst)):
        lines = tree(tmp_path / fmt, text, fmt=fmt)
        assert lines == (["A", "item", "  B", "C D"] if seen else ["C "])


def test_a_condition_keeps_the_rest_of_its_div(tmp_path: Path) -> None:
    text = '::: {#id .content-visible .own when-format="html"}\nA\n:::\n'
    assert tree(tmp_path, text) == ["div {#id .own}", "  A"]


def test_chunks_of_the_other_format_leave_no_trace(tmp_path: Path) -> None:
    text = (
        '::: {.content-visible when-format="html"}\n'
        "```{python}\n#| label: fig-a\n#| echo: false\n1\n```\n\n"
        "It is `{python} x` $`{python} y`$.\n:::\n"
    )
    given = Given({0: [SQUARE]})
    assert tree(tmp_path / "a", text, given=given, fmt="typst") == []
    assert len(tree(tmp_path / "b", text, given=given)) == 4


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ('when-format="pdf"', 'when-format="pdf" means LaTeX to Quarto'),
        ('unless-format="docx"', 'unless-format="docx" is not known'),
        ('when-profile="draft"', "the condition `when-profile` is not known"),
    ],
)
def test_a_wrong_condition_is_an_error(tmp_path: Path, condition: str, said: str) -> None:
    full = error(tmp_path, f"::: {{.content-visible {condition}}}\nA\n:::\n")
    assert full.startswith(f"one.qmd:3: {said}")


# -- figures and tables in the text ------------------------------------------------------------


def test_an_image_with_a_label_is_a_float(tmp_path: Path) -> None:
    text = '![A *caption*, @fig-a.](a.svg){#fig-a fig-alt="Seen." width=30% .own}\n'
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  ![Seen.](a.svg) {.own width=30%}",
        "  div {.float-caption}",
        "    A *caption*, [Figure\u00a01.1](xref:fig-a).",
    ]


def test_an_image_without_a_label_is_a_figure(tmp_path: Path) -> None:
    lines = tree(tmp_path, "![A *caption*.](a.svg)\n\nA ![small](b.png) one.\n", files=FILES)
    assert lines == [
        "figure",
        "  ![A caption.](a.svg)",
        "caption: A *caption*.",
        "A ![small](b.png) one.",
    ]


def test_a_caption_with_a_computed_word_is_also_the_text_for_who_cannot_see(tmp_path: Path) -> None:
    text = "```{python}\n#| echo: false\n1\n```\n\n![Has `{python} n`.](a.svg){#fig-a}\n"
    lines = tree(tmp_path, text, files=FILES, given=Given(inlines={1: {"text/plain": "nine"}}))
    assert lines[1] == "  ![Has nine.](a.svg)"
    assert lines[-1] == "    Has nine."


def test_a_caption_with_a_reference_describes_its_image(tmp_path: Path) -> None:
    lines = tree(tmp_path, "$$x$$ {#eq-a}\n\n![By @eq-a, *so*.](a.svg){#fig-a}\n", files=FILES)
    assert lines[2] == "  ![By Equation\u00a01.1, so.](a.svg)"


def test_an_image_may_have_a_label_and_no_caption(tmp_path: Path) -> None:
    text = "![](a.svg){#fig-a fig-alt=Seen}\n\n@fig-a\n"
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  ![Seen](a.svg)",
        "[Figure\u00a01.1](xref:fig-a)",
    ]


def test_a_linked_image_may_be_a_float(tmp_path: Path) -> None:
    text = "[![A *caption*.](a.svg){#fig-a fig-alt=Seen}](https://example.org)\n"
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  [![Seen](a.svg)](https://example.org)",
        "  div {.float-caption}",
        "    A *caption*.",
    ]


def test_a_table_with_a_label_is_a_float(tmp_path: Path) -> None:
    text = "| a | b |\n|---|---|\n| 1 | $x$ |\n\n: A *caption*. {#tbl-a}\n"
    assert tree(tmp_path, text) == [
        "div {#tbl-a .float kind=table name=Table number=1.1}",
        "  table: a / b / 1 / $x$",
        "  div {.float-caption}",
        "    A *caption*.",
    ]


def test_a_table_without_a_label_keeps_its_caption(tmp_path: Path) -> None:
    text = "| a |\n|---|\n| @eq-a |\n\n: A *caption*.\n\n$$x$$ {#eq-a}\n"
    assert tree(tmp_path, text)[:2] == [
        "table: a / [Equation\u00a01.1](xref:eq-a)",
        "caption: A *caption*.",
    ]


def test_a_table_with_a_caption_in_a_float_is_no_part_of_it(tmp_path: Path) -> None:
    text = "::: {#tbl-a}\n| a |\n|---|\n| 1 |\n\n: Its own.\n\nThe caption.\n:::\n"
    assert tree(tmp_path, text)[1:] == [
        "  table: a / 1",
        "  caption: Its own.",
        "  div {.float-caption}",
        "    The caption.",
    ]


def test_lists_of_examples_are_lists(tmp_path: Path) -> None:
    assert tree(tmp_path, "(@) One\n\n(@good) Two\n\nAs (@good).\n") == [
        *("item", "  One", "item", "  Two", "As (2).")
    ]


def test_widths_of_columns(tmp_path: Path) -> None:
    text = '| a | b |\n|---|---|\n| 1 | 2 |\n\n: C. {#tbl-a tbl-colwidths="[25,75]"}\n'
    table = book(tmp_path, f"# One\n\n{text}")[1].doc.content[1].content[0]
    assert [width for _, width in table.colspec] == [0.25, 0.75]


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


def test_a_layout_without_a_label_sets_things_side_by_side(tmp_path: Path) -> None:
    text = "::: {layout-ncol=2}\n![A](a.svg){#fig-a}\n\nText.\n:::\n"
    assert tree(tmp_path, text, files=FILES) == [
        "div {.layout ncol=2}",
        "  div {.layout-cell}",
        "    div {#fig-a .float kind=figure name=Figure number=1.1}",
        "      ![A](a.svg)",
        "      div {.float-caption}",
        "        A",
        "  div {.layout-cell}",
        "    Text.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("![A](none.svg){#fig-a}\n", "one.qmd:3: the file none.svg does not exist"),
        ("![A](words.txt)\n", "one.qmd:3: the image words.txt must be one of"),
        ("![A](../out.svg)\n", "one.qmd:3: ../out.svg is outside the project"),
        ("![A](https://example.org/a.svg)\n", "one.qmd:3: the image https://example.org/a.svg"),
        ("![A](data:image/png;base64,AAAA)\n", "one.qmd:3: the image data:"),
        ("![A](a.svg){width=300}\n", "one.qmd:3: width=300 of an image must be in %, cm or in"),
        ("![A](a.svg){width=300px}\n", "one.qmd:3: width=300px of an image"),
        ("![A](a.svg){.lightbox}\n", "one.qmd:3: `.lightbox` on an image"),
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


# -- the rest of Markdown ----------------------------------------------------------------------


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


def test_raw_content_goes_to_its_format(tmp_path: Path) -> None:
    text = (
        "```{=html}\n<b>web</b>\n```\n\n```{=typst}\n#print\n```\n\n"
        "A `<i>`{=html}`#t`{=typst}<kbd>K</kbd><!-- note -->.\n\n<!-- another -->\n"
    )
    assert tree(tmp_path / "a", text) == [
        "raw html: <b>web</b>",
        "A <html><i></><html><kbd></>K<html></kbd></>.",
    ]
    assert tree(tmp_path / "b", text, fmt="typst") == ["raw typst: #print", "A <typst>#t</>K."]


def test_macros_of_latex_are_put_in(tmp_path: Path) -> None:
    assert tree(tmp_path, "\\newcommand{\\R}{\\mathbb{R}}\n\n$x \\in \\R$\n") == [
        "$x \\in \\mathbb{R}$"
    ]


def test_a_div_or_span_of_ones_own_is_kept(tmp_path: Path) -> None:
    text = "::: {#id .own data-x=1}\nA [b]{.c #d lang=fr}.\n:::\n"
    assert tree(tmp_path, text) == ["div {#id .own data-x=1}", "  A [b] {#d .c lang=fr}."]


def test_front_matter_may_hold_the_title(tmp_path: Path) -> None:
    document = book(tmp_path, {"one.qmd": "---\ntitle: A *title*\n---\n\nText.\n"})[1]
    assert (document.number, document.title_text) == ("1", "A title")


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
        ("Text.\n:::\n", "one.qmd:4: ::: is read as text"),
        ("A.[^none]\n", "one.qmd:3: the footnote [^none] is not defined"),
        ("A.\n\n[^n]: Never used.\n", "one.qmd:5: Pandoc warns: Note with key 'n'"),
        ("A\n\n---\nkey: value\n---\n\nB\n", "one.qmd:6: a block of YAML (`key`)"),
        ("A \\emph{b}\n", "one.qmd:3: raw LaTeX, '\\\\emph{b}'"),
        ("```{=latex}\nx\n```\n", "one.qmd:3: raw LaTeX"),
        ("```{=docx}\nx\n```\n", "one.qmd:3: raw content for docx"),
        ("```{.python filename=a.py}\nx\n```\n", "one.qmd:3: the attribute `filename`"),
        ("```{.python .cell-code}\nx\n```\n", "one.qmd:3: `.cell-code` on a code block"),
        ("~~~column-page\nx\n~~~\n", "one.qmd:3: `.column-page` on a code block"),
        ("```{#lst-a .python}\nx\n```\n", "one.qmd:3: the label lst-a on a code block"),
        ("```python\nx = 1  # <1>\n```\n", "one.qmd:4: an annotation such as"),
        ("```text\n{{< meta x >}}\n```\n", "one.qmd:4: a shortcode in code"),
        ("@eq-a. Here.\n\n$$x$$ {#eq-a}\n", "one.qmd:3: @eq-a. at the beginning of a paragraph"),
        ("# Two\n", "one.qmd:3: a second first-level heading, 'Two'"),
        ("## A {#fig-a}\n", "one.qmd:3: the label fig-a on a heading"),
        ("## A {.column-page}\n", "one.qmd:3: the class `.column-page` on a heading"),
        ("    `{python} x`\n\n```{python}\n1\n```\n", "one.qmd:3: an inline `{python}` expression"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


def test_a_chapter_needs_a_title(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"^one\.qmd:1: the chapter has no title"):
        book(tmp_path, {"one.qmd": "## Section\n"})
    with pytest.raises(RenderError, match=r"^one\.qmd:5: the chapter has both a title"):
        book(tmp_path / "b", {"one.qmd": "---\ntitle: A\n---\n\n# B\n"})


def test_a_shown_shortcode_loses_one_pair_of_braces(tmp_path: Path) -> None:
    assert tree(tmp_path, "```text\n{{{< meta x >}}}\n```\n") == ["code {.text}: {{< meta x >}}"]
