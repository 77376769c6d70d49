"""A chapter's text taken apart: chunks, expressions, includes, and where each line comes from."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from render.errors import RenderError
from render.source import Cell, ChapterSource, Inline, parse_source

CHUNK = "```{python}\nx = 1\n```\n"


def parse(text: str, root: Path = Path(), **options: object) -> ChapterSource:
    return parse_source("one.qmd", root, text=text, **options)  # type: ignore[arg-type]


def error(text: str, root: Path = Path()) -> str:
    with pytest.raises(RenderError) as caught:
        parse(text, root)
    return str(caught.value)


# -- chunks ------------------------------------------------------------------------------------


def test_a_chunk_becomes_a_mark_and_keeps_its_place() -> None:
    source = parse(
        "# A\n\n```{python}\n#| label: fig-a\n#| echo: true\n\nx = 1\ny = 2\n```\n\nEnd.\n"
    )
    (cell,) = source.steps
    assert isinstance(cell, Cell)
    assert (cell.index, cell.label, cell.code) == (0, "fig-a", "x = 1\ny = 2")
    assert (cell.where, cell.line, cell.code_line) == ("one.qmd", 3, 7)
    assert source.markdown == '# A\n\n```{.render-cell index="0"}\n```\n\nEnd.\n'
    assert [source.place(n) for n in (1, 3, 6)] == [("one.qmd", n) for n in (1, 3, 11)]


def test_options_are_read_as_yaml_over_the_defaults() -> None:
    text = (
        "---\nexecute:\n  warning: false\n---\n"
        '```{python}\n#| fig-cap: |\n#|   Two\n#|   lines\n#| fig-subcap: ["A", "B"]\n'
        '#| layout-ncol: 2\n#| fig-alt: "Seen"\n#| code-fold: show\n#| echo: fenced\n1\n```\n'
    )
    cell = next(parse(text, defaults={"echo": False, "warning": True}).cells)
    assert cell.option("fig-cap") == "Two\nlines\n"
    assert cell.option("fig-subcap") == ("A", "B")
    assert cell.option("fig-alt") == ("Seen",)
    assert cell.option("layout-ncol") == 2
    assert cell.option("code-fold") == "show"
    assert cell.option("echo") == "fenced"
    assert cell.option("warning") is False
    assert cell.option("eval") is True
    assert cell.option("nothing", "else") == "else"


@pytest.mark.parametrize(
    "option",
    [
        "fig-capp: x",
        "echo: maybe",
        "output: text",
        "layout-ncol: two",
        "label: 3",
        "label: two words",
        "code-fold: open",
        "fig-width: wide",
        "eval: 0",
    ],
)
def test_a_wrong_option_is_an_error_with_its_line(option: str) -> None:
    said = error(f"# A\n\n```{{python}}\n#| include: false\n#| {option}\n1\n```\n")
    assert said.startswith("one.qmd:")
    assert option.split(":")[0].split("-")[0] in said
    assert int(said.split(":")[1]) in {3, 5}


def test_an_unknown_option_is_named_with_the_one_that_may_be_meant() -> None:
    said = error("```{python}\n#| fig-capp: x\n1\n```\n")
    assert said.startswith("one.qmd:2: ")
    assert "`fig-capp`" in said
    assert "`fig-cap`" in said


def test_an_option_given_twice_is_an_error() -> None:
    assert error("```{python}\n#| echo: true\n#| echo: false\n```\n").startswith("one.qmd:3: ")


def test_a_label_given_twice_names_both_places() -> None:
    said = error("```{python}\n#| label: a\n```\n\n```{python}\n#| label: a\n```\n")
    assert said == "one.qmd:5: the label `a` is given twice; it is also at one.qmd:1"


@pytest.mark.parametrize(
    ("fence", "word"),
    [
        ("```{r}", "`{r}`"),
        ("```{ojs}", "`{ojs}`"),
        ("```{mermaid}", "`{mermaid}`"),
        ("```{python, echo=FALSE}", "`#| `"),
        ("```{python label}", "`#| `"),
    ],
)
def test_a_chunk_that_would_not_run_is_an_error(fence: str, word: str) -> None:
    said = error(f"Text.\n\n{fence}\n1\n```\n")
    assert said.startswith("one.qmd:3: ")
    assert word in said


def test_a_chunk_that_is_not_closed_is_an_error() -> None:
    assert error("Text.\n\n```{python}\n1\n").startswith("one.qmd:3: this chunk is not closed")


def test_a_chunk_in_a_list_keeps_its_indent_and_loses_it_in_its_code() -> None:
    source = parse("- a\n\n  ```{python}\n  for i in x:\n      pass\n  ```\n\n  b\n")
    assert next(source.cells).code == "for i in x:\n    pass"
    assert source.markdown == '- a\n\n  ```{.render-cell index="0"}\n  ```\n\n  b\n'


def test_a_chunk_in_a_quotation_keeps_its_marks() -> None:
    source = parse("> ```{python}\n> x\n> ```\n")
    assert next(source.cells).code == "x"
    assert source.markdown == '> ```{.render-cell index="0"}\n> ```\n'


@pytest.mark.parametrize(
    "text",
    [
        "```python\n`{python} x`\n```\n",
        "```{.python}\nx\n```\n",
        "```{=html}\n<b>`{python} x`</b>\n```\n",
        "~~~\n```{python}\nx\n```\n~~~\n",
        "````\n```{python}\nx\n```\n````\n",
        "- a\n\n    ~~~~ {.text}\n    ```{python}\n    ~~~~\n",
        "<!--\n```{python}\nx\n```\n`{python} y`\n-->\n",
        "`` `{python} x` ``\n",
        "``` `{python} x` ```\n",
        "\\`{python} x`\n",
        "`{r} x` and `python x` and `{python}`\n",
    ],
)
def test_what_does_not_run_is_left_alone(text: str) -> None:
    source = parse(text)
    assert source.markdown == text
    assert source.steps == ()


def test_a_chunk_is_shown_with_doubled_braces() -> None:
    source = parse("```{{python}}\n#| echo: true\n1\n```\n")
    assert source.markdown == "````{.markdown}\n```{python}\n#| echo: true\n1\n```\n````\n"
    assert source.steps == ()


# -- expressions -------------------------------------------------------------------------------


def test_an_expression_becomes_a_mark() -> None:
    source = parse(f"{CHUNK}\nIt is `{{python}} 6 * 7`, or\n`{{python}} f('a  b',\n 2)`.\n")
    inlines = [step for step in source.steps if isinstance(step, Inline)]
    assert [step.expression for step in inlines] == ["6 * 7", "f('a  b',  2)"]
    assert [step.line for step in inlines] == [5, 6]
    assert "It is `1`{.render-inline}, or\n`2`{.render-inline}.\n" in source.markdown
    assert source.place(source.markdown[: source.markdown.index("`2`")].count("\n") + 1)[1] == 6


def test_steps_are_numbered_in_the_order_of_the_text() -> None:
    source = parse(f"{CHUNK}\n`{{python}} a`\n\n{CHUNK}\n`{{python}} b`\n")
    assert [step.index for step in source.steps] == [0, 1, 2, 3]
    assert [type(step).__name__ for step in source.steps] == ["Cell", "Inline", "Cell", "Inline"]


def test_an_expression_without_a_chunk_is_an_error() -> None:
    said = error("# A\n\nIt is `{python} 1`.\n")
    assert said.startswith("one.qmd:3: ")
    assert "without a `{python}` chunk" in said


@given(width=st.integers(1, 6), around=st.sampled_from(["", " "]))
def test_an_expression_runs_only_between_single_backticks(width: int, around: str) -> None:
    ticks = "`" * width
    text = f"{CHUNK}\nIt is {ticks}{around}{{python}} x{around}{ticks}.\n"
    runs = any(isinstance(step, Inline) for step in parse(text).steps)
    assert runs == ((width, around) == (1, ""))


# -- round trips -------------------------------------------------------------------------------

words = st.text(alphabet="ab `~*#:{}<>-|\n$@\\!", max_size=60).filter(
    lambda text: "{{<" not in text
)


@given(words)
def test_a_text_without_steps_is_left_as_it_is(text: str) -> None:
    source = parse("Text\n" + text)
    assert source.steps == ()
    assert source.markdown == "Text\n" + text
    assert len(source.places) == source.markdown.count("\n") + 1


@given(
    ticks=st.integers(3, 7),
    mark=st.sampled_from("`~"),
    body=st.lists(st.sampled_from(["x = 1", "", "```", "~~~", "# `{python} y`", "    z"])),
)
def test_a_fence_of_any_length_ends_at_one_as_long(ticks: int, mark: str, body: list[str]) -> None:
    inner = [line for line in body if not line.startswith(mark * ticks)]
    fence = mark * ticks
    text = "\n".join(["Text.", "", f"{fence}python", *inner, fence, "", CHUNK])
    source = parse(text)
    (cell,) = source.steps
    assert isinstance(cell, Cell)
    assert cell.code == "x = 1"
    assert source.markdown == text.replace(CHUNK, '```{.render-cell index="0"}\n```\n')
    assert cell.line == text[: text.rindex("```{python}")].count("\n") + 1


@given(st.lists(st.sampled_from(["text", "chunk", "inline", "code", ""]), max_size=12))
def test_every_line_knows_where_it_comes_from(kinds: list[str]) -> None:
    lines: list[str] = ["```{python}", "start", "```", ""]
    for number, kind in enumerate(kinds):
        if kind == "chunk":
            lines += ["```{python}", f"code{number}", "more", "```", ""]
        elif kind == "code":
            lines += ["```text", f"shown{number}", "```", ""]
        else:
            lines += [f"word{number}" + (" `{python} x`" if kind == "inline" else ""), ""]
    source = parse("\n".join(lines))
    for number, line in enumerate(source.markdown.split("\n"), 1):
        if line.startswith(("word", "shown")):
            first = line.split(" ")[0]
            assert lines[source.place(number)[1] - 1].split(" ")[0] == first
    for cell in source.cells:
        assert lines[cell.code_line - 1] == cell.code.split("\n")[0]


# -- front matter, includes, shortcodes --------------------------------------------------------


def test_front_matter_is_read_and_taken_out() -> None:
    source = parse("---\ntitle: A title\n---\n\nText.\n")
    assert source.front_matter == {"title": "A title"}
    assert source.markdown == "\nText.\n"
    assert source.place(2) == ("one.qmd", 5)


def test_unknown_front_matter_is_an_error() -> None:
    said = error("---\ntitle: A\nauthr: B\n---\n")
    assert said.startswith("one.qmd:3: ")
    assert "`authr`" in said


def test_an_included_file_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "_a.md").write_text(f"From a.\n\n{CHUNK}", encoding="utf-8")
    (tmp_path / "_b.md").write_text("From b.\n{{< include /_c.md >}}\n", encoding="utf-8")
    (tmp_path / "_c.md").write_text("From c.\n", encoding="utf-8")
    text = "# A\n\n{{< include sub/_a.md >}}\n\n{{< include _b.md >}}\n\nEnd.\n"
    source = parse(text, tmp_path)
    assert source.included == ("sub/_a.md", "_b.md", "_c.md")
    places = dict(zip(source.markdown.split("\n"), source.places, strict=True))
    assert places["From a."] == ("sub/_a.md", 1)
    assert places["From c."] == ("_c.md", 1)
    assert places["End."] == ("one.qmd", 7)
    assert (next(source.cells).where, next(source.cells).line) == ("sub/_a.md", 3)


def test_include_in_code_is_text(tmp_path: Path) -> None:
    text = "```text\n{{< include nowhere.md >}}\n```\n"
    assert parse(text, tmp_path).markdown == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A\n\n{{< include nowhere.md >}}\n", "one.qmd:3: the file nowhere.md does not exist"),
        ("{{< include ../out.md >}}\n", "one.qmd:1: the included file ../out.md is outside"),
        ("{{< include one.md >}}\n", "one.md:1: the file one.md includes itself"),
        ("{{< include head.md >}}\n", "head.md:1: an included file has no front matter"),
        ("A {{< include one.md >}}\n", "one.qmd:1: `{{< include … >}}` stands alone on its line"),
        ("A\n{{< meta title >}}\n", "one.qmd:2: the shortcode `meta` is not known"),
        ("A {{<pagebreak>}}\n", "one.qmd:1: the shortcode `pagebreak"),
    ],
)
def test_a_wrong_shortcode_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "one.md").write_text("{{< include one.md >}}\n", encoding="utf-8")
    (tmp_path / "head.md").write_text("---\ntitle: A\n---\n", encoding="utf-8")
    assert error(text, tmp_path).startswith(said)


def test_a_missing_chapter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"none\.qmd: the file none\.qmd does not exist"):
        parse_source("none.qmd", tmp_path)


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one.qmd").write_bytes(b"# \xff\n")
    with pytest.raises(RenderError, match="UTF-8"):
        parse_source("one.qmd", tmp_path)


def test_a_control_character_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "part.md").write_text("One\fline.\n\nA bell: \a\n", encoding="utf-8")
    said = error("A\n\n{{< include part.md >}}\n", tmp_path)
    assert said == "part.md:3: the control character U+0007 has no sign; remove it"


def test_windows_line_ends_are_read() -> None:
    source = parse("# A\r\n\r\n```{python}\r\nx = 1\r\n```\r\n")
    assert next(source.cells).code == "x = 1"
    assert "\r" not in source.markdown
