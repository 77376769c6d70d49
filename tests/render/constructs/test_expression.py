"""Computed words."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from trees import Given, book, chunk, error, tree

from render import pandoc
from render.config import load_book
from render.errors import RenderError
from render.source import parse_source
from render.text import stringify


def expressions(tmp_path: Path, text: str, *values: dict[str, str], **more: Any) -> list[str]:
    given = Given(inlines=dict(enumerate(values, 1)))
    return tree(tmp_path, chunk("include: false") + "\n" + text, given=given, **more)


def test_an_expression_gives_text(tmp_path: Path) -> None:
    assert expressions(tmp_path, "It is `{python} x`%.", {"text/plain": "42"}) == ["It is 42%."]


def test_what_only_a_terminal_knows_is_left_out(tmp_path: Path) -> None:
    values = {"text/plain": "\x1b[1m4\x1b[0m\a2"}, {"text/markdown": "\b*a*"}
    assert expressions(tmp_path, "`{python} x` `{python} y`", *values) == ["42 *a*"]


def test_an_expression_may_give_markdown(tmp_path: Path) -> None:
    value = {"text/markdown": "*a* by @eq-a", "text/plain": "p"}
    lines = expressions(tmp_path, "It is `{python} x`.\n\n$$x$$ {#eq-a}", value)
    assert lines[0] == "It is *a* by [Equation\u00a01.1](xref:eq-a)."


def test_a_comment_leaves_no_trace(tmp_path: Path) -> None:
    value = {"text/markdown": "<!-- -->", "text/plain": "p"}
    assert expressions(tmp_path, "`{python} x`It is *so*.", value) == ["It is *so*."]
    assert expressions(tmp_path, "- `{python} x`It is.", value) == ["item", "  It is."]


def test_expressions_stand_everywhere_in_a_text(tmp_path: Path) -> None:
    text = (
        "- *A `{python} x`*\n\n| `{python} x` |\n|---|\n| B |\n\n[C `{python} x`](https://x.y)\n\n"
        '[D]{title="E `{python} x`"}^[F `{python} x`]\n'
    )
    values = [{"text/plain": str(number)} for number in range(5)]
    assert expressions(tmp_path, text, *values) == [
        "item",
        "  *A 0*",
        "table: 1 / B",
        "[C 2](https://x.y)",
        "[D] {title=E 3}^[F 4]",
    ]


HOSTILE = (
    "<script>alert(1)</script> *a* _b_ `c` [d](e) ![f](g) $h$ ]{.x} @i &amp; \\ ^j^ ~k~ ::: # - 'l'"
)


def test_a_hostile_value_is_text(tmp_path: Path) -> None:
    lines = expressions(tmp_path, "It is `{python} x`.", {"text/plain": HOSTILE})
    assert lines == [f"It is {HOSTILE[:-3]}‘l’."]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('the song\'s "name"', "the song’s “name”"),
        ("don't -- ... *x* _y_ [z](w) <b> $1$ @a \\ 1. # `", None),
        ("1\u00a0000\u202f000 it's", "1\u00a0000\u202f000 it’s"),
        ("1\u00a0000  \n x", "1\u00a0000 x"),
        ("", ""),
    ],
)
def test_quotation_marks_of_a_value_are_curly(
    tmp_path: Path, value: str, shown: str | None
) -> None:
    lines = expressions(tmp_path, "It is `{python} x`.", {"text/plain": value})
    assert lines == [f"It is {value.replace(chr(39), '’') if shown is None else shown}."]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_any_value_is_text_on_the_page(tmp_path: Path, value: str) -> None:
    documents = book(
        tmp_path,
        f"# One\n\n{chunk('include: false')}\nIt is `{{python}} x`.\n",
        given=Given(inlines={1: {"text/plain": value}}),
    )
    (para,) = list(documents[1].doc.content)[1:]
    curly = dict.fromkeys(map(ord, "'‘’"), "'") | dict.fromkeys(map(ord, '"“”'), '"')
    assert stringify(para.content).translate(curly) == f"It is {value}.".translate(curly)
    page = pandoc.write(documents[1].doc, "html", extra_args=["--wrap=none"])
    assert page.count("<") == page.replace(value, "").count("<") or "<" not in value
    read = pandoc.run(["--from=html", "--to=plain", "--wrap=none"], page)
    assert read.translate(curly).endswith(f"It is {value}.\n".translate(curly))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A <kbd title='`{python} x`'>B</kbd>\n", "<kbd title='&lt;b&gt;'>"),
        ("<div title='`{python} x`'>A</div>\n", "div {title=<b>}"),
    ],
)
def test_an_expression_in_raw_html_is_escaped(tmp_path: Path, text: str, said: str) -> None:
    lines = expressions(tmp_path, text, {"text/plain": "<b>"})
    assert said in lines[0]


def test_markdown_of_an_expression_must_be_one_paragraph(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"^one\.qmd:8: the text 'a\\n\\nb' must be a single"):
        expressions(tmp_path, "It is `{python} x`.", {"text/markdown": "a\n\nb"})


def test_an_expression_without_a_result_is_an_error(tmp_path: Path) -> None:
    from render.document import prepare

    book(tmp_path, "# One\n")
    (tmp_path / "one.qmd").write_text(f"# One\n\n{chunk()}\n`{{python}} x`\n", encoding="utf-8")
    loaded = load_book(tmp_path)
    sources = [parse_source(each.path, tmp_path) for each in loaded.chapters]
    with pytest.raises(RenderError, match=r"^one\.qmd:7: the expression `x` has given nothing"):
        prepare(loaded, sources, {"one.qmd": Given()}, format="html")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("    `{python} x`\n\n```{python}\n1\n```\n", "one.qmd:3: an inline `{python}` expression"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
