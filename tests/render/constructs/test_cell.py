"""Chunks: their code, what they give, and the floats they make."""

import base64
from pathlib import Path
from typing import Any

import pytest
from markup import HOSTILE, body, only, words
from trees import SQUARE, SVG, Given, book, chunk, display, result, stream, tree

from render.errors import RenderError

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\nnot really").decode()
TABLE = "| a |\n|---|\n| 1 |"
FRAME = (
    "<div>\n<style scoped>th {}</style>\n"
    "<table><tr><th>a</th></tr><tr><td>1</td></tr></table></div>"
)


def one(
    tmp_path: Path, *outputs: dict[str, Any], options: tuple[str, ...] = (), **more: Any
) -> list[str]:
    """Give the tree of a chunk whose code is hidden."""
    return tree(tmp_path, chunk("echo: false", *options), given=Given({0: outputs}), **more)


def stopped(tmp_path: Path, *outputs: dict[str, Any], options: tuple[str, ...] = ()) -> str:
    with pytest.raises(RenderError) as caught:
        book(tmp_path, f"# One\n\n{chunk(*options)}", given=Given({0: outputs}))
    return str(caught.value)


# -- code --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ((), "{.python .cell-code fold=false summary=Code}: code"),
        (("code-fold: true",), "{.python .cell-code fold=true summary=Code}: code"),
        (
            ("code-fold: show", "code-summary: See"),
            "{.python .cell-code fold=show summary=See}: code",
        ),
        (("eval: false",), "{.python .cell-code fold=false summary=Code}: code"),
    ],
)
def test_code_is_shown_with_its_fold(tmp_path: Path, options: tuple[str, ...], line: str) -> None:
    assert tree(tmp_path, chunk(*options)) == ["div {.cell}", f"  code {line}"]


def test_the_book_says_how_code_is_folded(tmp_path: Path) -> None:
    lines = tree(tmp_path, chunk(), extra="code-fold: show\ncode-summary: Look\n")
    assert lines[1] == "  code {.python .cell-code fold=show summary=Look}: code"


def test_a_fenced_echo_shows_the_chunk_as_it_is_written(tmp_path: Path) -> None:
    lines = tree(tmp_path, chunk("label: a", "echo: fenced", "code-fold: true"))
    shown = "```{python}\n#| label: a\n#| code-fold: true\ncode\n```"
    assert lines[1] == f"  code {{.markdown .cell-code fold=true summary=Code}}: {shown}"


@pytest.mark.parametrize("options", [("include: false",), ("echo: false", "output: false")])
def test_what_is_not_to_be_seen_is_not(tmp_path: Path, options: tuple[str, ...]) -> None:
    given = Given({0: [stream("seen"), SQUARE]})
    assert tree(tmp_path, chunk(*options), given=given) == []
    assert book(tmp_path / "b", f"# One\n\n{chunk(*options)}", given=given)[1].media == {}


def test_a_label_that_is_no_float_is_the_chunks_id(tmp_path: Path) -> None:
    assert tree(tmp_path, chunk("label: setup"))[0] == "div {#setup .cell}"


# -- forms of outputs --------------------------------------------------------------------------


def test_printed_text_is_text(tmp_path: Path) -> None:
    lines = one(tmp_path, stream("<b>one</b>\n"), stream("\x1b[31mtwo\x1b[0m\x1b7 *x*\a\0\n"))
    assert lines == [
        "div {.cell}",
        "  div {.cell-output .cell-output-stdout}",
        "    code: <b>one</b>\ntwo *x*",
    ]


def test_warnings_are_shown_unless_they_are_not_wanted(tmp_path: Path) -> None:
    given = stream("careful", "stderr")
    assert one(tmp_path / "a", given)[1] == "  div {.cell-output .cell-output-stderr}"
    assert one(tmp_path / "b", given, options=("warning: false",)) == []


@pytest.mark.parametrize(
    ("data", "html", "typst"),
    [
        ({"text_plain": "4"}, "code: 4", "code: 4"),
        ({"text_plain": "\x1b[1m4"}, "code: 4", "code: 4"),
        (
            {"text_markdown": "*\x08m\x1b[0m*", "text_html": "<i>\x08h</i>"},
            "raw html: <i>h</i>",
            "*m*",
        ),
        ({"text_markdown": "*m* $x$", "text_plain": "p"}, "*m* $x$", "*m* $x$"),
        ({"text_html": "<i>h</i>", "text_plain": "p"}, "raw html: <i>h</i>", "code: p"),
        ({"text_html": "<i>h</i>", "text_markdown": "m"}, "raw html: <i>h</i>", "m"),
        (
            {"text_html": "<i>h</i>", "text_plain": "<IPython.core.display.HTML object>"},
            "raw html: <i>h</i>",
            "~h~".replace("~", "*"),
        ),
        ({"text_html": FRAME, "text_plain": "a\n1"}, f"raw html: {FRAME}", "table: a / 1"),
        ({"text_latex": "$x^2$", "text_plain": "p"}, "$x^2$", "$x^2$"),
        ({"text_latex": "$$x$$", "text_plain": "p"}, "$$x$$", "$$x$$"),
        (
            {"text_latex": "\\begin{aligned}x\\end{aligned}", "text_plain": "p"},
            "$$\\begin{aligned}x\\end{aligned}$$",
            "$$\\begin{aligned}x\\end{aligned}$$",
        ),
        ({"text_latex": "\\emph{x}", "text_plain": "p"}, "code: p", "code: p"),
        (
            {"image_svg": SVG, "text_plain": "p"},
            "![](one_files/cell-1.svg)",
            "![](one_files/cell-1.svg)",
        ),
        (
            {"image_png": PIXEL, "image_svg": SVG},
            "![](one_files/cell-1.svg)",
            "![](one_files/cell-1.svg)",
        ),
        ({"image_png": PIXEL}, "![](one_files/cell-1.png)", "![](one_files/cell-1.png)"),
    ],
)
def test_the_best_form_of_an_output_is_shown(
    tmp_path: Path, data: dict[str, str], html: str, typst: str
) -> None:
    for fmt, expected in (("html", html), ("typst", typst)):
        lines = one(tmp_path / fmt, display(**data), fmt=fmt)
        assert lines[1] == "  div {.cell-output .cell-output-display}"
        assert "\n".join(line[4:] if line[:4] == "    " else line for line in lines[2:]) == expected


def test_images_are_kept_as_they_are(tmp_path: Path) -> None:
    outputs = [display(image_svg=SVG), display(image_png=PIXEL)]
    document = book(tmp_path, f"# One\n\n{chunk()}", given=Given({0: outputs}))[1]
    assert document.media == {
        "one_files/cell-1-1.svg": SVG.encode(),
        "one_files/cell-1-2.png": base64.b64decode(PIXEL),
    }


def test_an_image_may_ask_for_a_width(tmp_path: Path) -> None:
    output = {**display(image_png=PIXEL), "metadata": {"image/png": {"width": 192}}}
    assert one(tmp_path, output)[2] == "    ![](one_files/cell-1.png) {width=2.00in}"


@pytest.mark.parametrize(
    "text",
    [
        "[<matplotlib.lines.Line2D at 0x7f>]",
        "<Axes: xlabel='x'>",
        "Text(0.5, 1.0, 'Title')",
        "(1, 2)",
    ],
)
def test_what_a_plotting_call_returns_is_not_shown(tmp_path: Path, text: str) -> None:
    lines = one(tmp_path, result(text_plain=text), SQUARE)
    assert [line for line in lines if "code" in line] == []


@pytest.mark.parametrize("text", ["(1, 2)", "[1]", "Text(words)", "{'a': 1}"])
def test_a_value_is_shown_where_there_is_no_figure(tmp_path: Path, text: str) -> None:
    assert one(tmp_path, result(text_plain=text))[2] == f"    code: {text}"


def test_a_wanted_error_is_shown_without_the_paths_of_this_machine(tmp_path: Path) -> None:
    traceback = [
        "\x1b[31m---\x1b[39m",
        "\x1b[31mValueError\x1b[39m  Traceback",
        "Cell \x1b[32mIn[1]\x1b[39m, line 1\n----> 1 f()",
        "File \x1b[32m/home/someone/lib/x.py:3\x1b[39m, in f()",
        "ValueError: no",
    ]
    output = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": traceback}
    lines = one(tmp_path, output, options=("error: true",))
    assert lines[1] == "  div {.cell-output .cell-output-error}"
    assert "\n".join(lines[2:]) == (
        "    code: ---\nValueError  Traceback\nCell In[1], line 1\n----> 1 f()\nValueError: no"
    )


def test_markdown_has_all_features_of_the_book(tmp_path: Path) -> None:
    text = "See @thm-a.^[Note.]\n\n::: {#thm-a}\n## Name\nText.\n:::\n\n### Heading\n"
    lines = one(tmp_path, display(text_markdown=text))
    assert [line.strip() for line in lines[2:]] == [
        "See [Theorem\u00a01.1](xref:thm-a).^[Note.]",
        "div {#thm-a .theorem .thm name=Theorem number=1.1}",
        "div {.theorem-title}",
        "Name",
        "Text.",
        "### Heading {#heading number=1.0.1}",
    ]


def test_headings_of_outputs_get_ids_of_their_own(tmp_path: Path) -> None:
    text = "## Same\n\n" + chunk("output: asis", "echo: false") * 2
    given = Given({0: [stream("## Same\n")], 1: [stream("## Same\n")]})
    assert [line.split(" ")[2] for line in tree(tmp_path, text, given=given)] == [
        *("{#same", "{#same-1", "{#same-2")
    ]


def test_output_as_it_is_is_read_as_markdown(tmp_path: Path) -> None:
    lines = one(tmp_path, stream("*a*\n\n"), stream("- b\n"), options=("output: asis",))
    assert lines == ["*a*", "item", "  b"]


def test_a_chunk_may_show_its_outputs_side_by_side(tmp_path: Path) -> None:
    lines = one(tmp_path, SQUARE, SQUARE, options=("layout-ncol: 2",))
    assert lines[:3] == ["div {.cell}", "  div {.layout ncol=2}", "    div {.layout-cell}"]
    assert sum("layout-cell" in line for line in lines) == 2


# -- floats ------------------------------------------------------------------------------------


def test_a_figure_of_a_chunk(tmp_path: Path) -> None:
    options = ("label: fig-a", "fig-cap: A *caption* with @fig-a.", "fig-alt: Seen <b>.")
    assert one(tmp_path, stream("said"), SQUARE, options=options) == [
        "div {.cell}",
        "  div {.cell-output .cell-output-stdout}",
        "    code: said",
        "  div {#fig-a .float kind=figure name=Figure number=1.1}",
        "    ![Seen <b>.](one_files/fig-a.svg)",
        "    div {.float-caption}",
        "      A *caption* with [Figure\u00a01.1](xref:fig-a).",
    ]


def test_a_table_of_a_chunk(tmp_path: Path) -> None:
    options = ("label: tbl-a", "tbl-cap: A caption.")
    assert one(tmp_path, display(text_markdown=TABLE), options=options)[1:] == [
        "  div {#tbl-a .float kind=table name=Table number=1.1}",
        "    table: a / 1",
        "    div {.float-caption}",
        "      A caption.",
    ]


def test_a_table_may_be_printed(tmp_path: Path) -> None:
    options = ("label: tbl-a", "tbl-cap: A caption.", "output: asis")
    assert one(tmp_path, stream(TABLE), options=options)[2] == "    table: a / 1"


def test_parts_of_a_chunk_have_letters_and_captions(tmp_path: Path) -> None:
    options = (
        *("label: fig-a", "fig-cap: Both.", 'fig-subcap: ["*Left*", "Right"]'),
        *('fig-alt: ["L", "R"]', "layout-ncol: 2"),
    )
    assert one(tmp_path, SQUARE, SQUARE, options=options) == [
        "div {.cell}",
        "  div {#fig-a .float kind=figure name=Figure number=1.1}",
        "    div {.subfloats ncol=2}",
        "      div {#fig-a-1 .subfloat letter=a kind=figure}",
        "        ![L](one_files/fig-a-1.svg)",
        "        div {.float-caption}",
        "          *Left*",
        "      div {#fig-a-2 .subfloat letter=b kind=figure}",
        "        ![R](one_files/fig-a-2.svg)",
        "        div {.float-caption}",
        "          Right",
        "    div {.float-caption}",
        "      Both.",
    ]


def test_several_figures_without_captions_are_parts_too(tmp_path: Path) -> None:
    lines = one(tmp_path, SQUARE, SQUARE, options=("label: fig-a", "fig-alt: Both alike."))
    assert [line.strip() for line in lines[2:]] == [
        "div {.subfloats ncol=1}",
        "div {#fig-a-1 .subfloat letter=a kind=figure}",
        "![Both alike.](one_files/fig-a-1.svg)",
        "div {#fig-a-2 .subfloat letter=b kind=figure}",
        "![Both alike.](one_files/fig-a-2.svg)",
    ]


def test_several_tables_without_captions_are_one_table(tmp_path: Path) -> None:
    options = ("label: tbl-a", "tbl-cap: Both.")
    lines = one(tmp_path, *[display(text_markdown=TABLE)] * 2, options=options)
    assert [line.strip() for line in lines[2:4]] == ["table: a / 1", "table: a / 1"]


def test_a_caption_without_a_label_makes_a_figure_without_a_number(tmp_path: Path) -> None:
    lines = one(tmp_path, SQUARE, options=("fig-cap: A *caption*.",))
    assert [line.strip() for line in lines[1:]] == [
        "figure",
        "![A caption.](one_files/cell-1.svg)",
        "caption: A *caption*.",
    ]
    lines = one(tmp_path / "b", display(text_markdown=TABLE), options=("tbl-cap: A *caption*.",))
    assert [line.strip() for line in lines[1:]] == ["table: a / 1", "caption: A *caption*."]


def test_a_float_that_does_not_run_is_not_there(tmp_path: Path) -> None:
    text = chunk("label: fig-a", "fig-cap: C", "eval: false")
    assert len(tree(tmp_path, text)) == 2
    assert "fig-a" not in book(tmp_path / "b", f"# One\n\n{text}")[1].labels


@pytest.mark.parametrize(
    ("options", "outputs", "said"),
    [
        (("label: fig-a",), (), "one.qmd:4: the chunk labelled fig-a shows no figure"),
        (("label: tbl-a",), (stream("x"),), "one.qmd:4: the chunk labelled tbl-a shows no table"),
        (
            ("label: fig-a", 'fig-subcap: ["A"]'),
            (SQUARE, SQUARE),
            "one.qmd:5: the chunk labelled fig-a has 1 sub-captions, and shows 2 outputs",
        ),
        (("fig-cap: A",), (SQUARE, SQUARE), "one.qmd:4: `fig-cap` on a chunk that shows 2 outputs"),
        (("fig-cap: A",), (), "one.qmd:4: `fig-cap` on a chunk that shows 0 outputs"),
        (
            ("label: tbl-a", "fig-cap: A"),
            (SQUARE,),
            "one.qmd:5: `fig-cap` on a chunk labelled tbl-a",
        ),
        (("label: a", 'fig-subcap: ["A"]'), (SQUARE,), "one.qmd:5: `fig-subcap` needs a label"),
        (("label: thm-a",), (SQUARE,), "one.qmd:4: the label thm-a of a chunk"),
        (("label: lst-a",), (SQUARE,), "one.qmd:4: the label lst-a of a chunk"),
        (
            ('fig-alt: ["A", "B"]',),
            (SQUARE, SQUARE, SQUARE),
            "one.qmd:4: `fig-alt` has 2 texts, and the chunk shows 3 figures",
        ),
        (
            ("label: fig-a", "fig-cap: As @fig-b."),
            (SQUARE,),
            "one.qmd:5: the reference @fig-b leads nowhere",
        ),
        (("fig-cap: As @key.",), (SQUARE,), "one.qmd:4: the citation @key is not"),
        (
            ("include: true",),
            (display(text_markdown="::: {.a}"),),
            "one.qmd:3: this div is not closed",
        ),
        (("include: true",), (display(text_markdown="@eq-x"),), "one.qmd:3: the reference @eq-x"),
        (
            ("label: fig-a", "fig-cap: It is `{python} x`."),
            (SQUARE,),
            "one.qmd:5: an expression in `fig-cap` does not run",
        ),
        (
            ("include: true",),
            ({"output_type": "display_data", "data": {"application/json": "{}"}},),
            "one.qmd:3: an output of the chunk has a form that pages do not show: application/json",
        ),
        (
            ("include: true",),
            (display(text_html="<img src='https://x.y/z'>"),),
            "one.qmd:3: raw HTML",
        ),
        (("label: fig-a", 'fig-cap: "A\\n\\nB"'), (SQUARE,), "one.qmd:5: the text 'A\\n\\nB' must"),
    ],
)
def test_a_chunk_whose_parts_do_not_fit_is_an_error(
    tmp_path: Path, options: tuple[str, ...], outputs: tuple[dict[str, Any], ...], said: str
) -> None:
    assert stopped(tmp_path, *outputs, options=options).startswith(said)


def test_a_figure_in_print_alone_need_not_be_in_the_other_format(tmp_path: Path) -> None:
    options = ("label: fig-a", "fig-cap: C", "echo: false")
    text = f'::: {{.content-visible when-format="typst"}}\n{chunk(*options)}:::\n'
    assert tree(tmp_path, text, given=Given({0: []})) == []


# -- on pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("option", "tag"), [("true", "details"), ("show", "details open")])
def test_code_folds_without_a_script(tmp_path: Path, option: str, tag: str) -> None:
    cell = (
        f'```{{python}}\n#| echo: true\n#| code-fold: {option}\n#| code-summary: "Me & <b>"\n1\n```'
    )
    soup = body(tmp_path, cell)
    details = only(soup, "details.fold")
    assert details.has_attr("open") == ("open" in tag)
    assert details.summary.string == "Me & <b>"
    assert words(details.code) == "1"


def test_code_may_stay_unfolded(tmp_path: Path) -> None:
    soup = body(tmp_path, "```{python}\n#| echo: true\n#| code-fold: false\n1\n```")
    assert not soup.select("details")
    assert words(only(soup, "div.code code")) == "1"


def test_printed_text_is_escaped(tmp_path: Path) -> None:
    given = Given({0: [stream(HOSTILE), display(text_plain=HOSTILE)]})
    soup = body(tmp_path, "```{python}\n1\n```", given=given)
    assert not soup.select("script")
    assert [pre.get_text().strip() for pre in soup.select(".cell pre")][-2:] == [HOSTILE, HOSTILE]
