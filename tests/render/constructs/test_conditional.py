"""What shows in one format only."""

import json
import subprocess
from pathlib import Path

import pytest
from trees import SQUARE, Given, error, tree

from render import pandoc

COUNT = Path(pandoc.__file__).with_name("count.lua")


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


def test_the_filter_for_quarto_leaves_the_steps_of_what_is_not_shown(tmp_path: Path) -> None:
    """Each label steps its counter once, headings but titles theirs, and nothing that is shown."""
    text = """\
::: {.content-visible when-format="html"}
## One

$$x$$ {#eq-one}

### Solutions {.unnumbered}

::::: {#thm-one}
## Its name
![A](a.svg){#fig-in}
:::::

::::: {.callout-note}
## Title
:::::

::::: {#tbl-both}
:::::
:::

::: {.content-hidden unless-format="typst"}
## Shown

::::: {#tbl-both}
:::::
:::
"""
    program = "quarto = {doc = {is_format = function(name) return name == 'typst' end}}\n"
    script = tmp_path / "filter.lua"
    script.write_text(f"{program}dofile({json.dumps(COUNT.as_posix())})\n", encoding="utf-8")
    line = [pandoc.executable(), "--lua-filter", script, "--to", "json"]
    done = subprocess.run(line, input=text, capture_output=True, text=True, check=True)
    raw, shown = json.loads(done.stdout)["blocks"]
    assert raw["c"][1].splitlines() == [
        "#counter(heading).step(level: 2)",
        "#counter(math.equation).step()",
        "#(theorem-counter.step)()",
        "#place(auto, float: true, clearance: 0pt, "
        'counter(figure.where(kind: "quarto-float-fig")).step())',
    ]
    assert [block["t"] for block in shown["c"][1]] == ["Header", "Div"]
