"""Shown code."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings, strategies as st
from trees import error, tree

from render import pandoc
from render.html.fragment import clean


def test_a_shown_shortcode_loses_one_pair_of_braces(tmp_path: Path) -> None:
    assert tree(tmp_path, "```text\n{{{< meta x >}}}\n```\n") == ["code {.text}: {{< meta x >}}"]


lines = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(lines, min_size=1, max_size=5))
def test_code_keeps_every_character(texts: list[str]) -> None:

    code = "x\n" + "\n".join(text.replace("\u0085", "") for text in texts)
    block = {"t": "CodeBlock", "c": [["", ["python"], []], code]}
    tree = {"pandoc-api-version": [1, 23, 1], "meta": {}, "blocks": [block]}
    made = clean(pandoc.write(json.dumps(tree), "html5", extra_args=["--wrap=none"]))
    soup = BeautifulSoup(made, "html.parser")
    assert soup.code.get_text().rstrip("\n") == code.rstrip("\n")
    assert not soup.select("a, [id]")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```{.python startFrom=5}\nx\n```\n", "one.qmd:3: the attribute `startFrom`"),
        ("```{.python filename=a.py}\nx\n```\n", "one.qmd:3: the attribute `filename`"),
        ("```{.python .cell-code}\nx\n```\n", "one.qmd:3: `.cell-code` on a code block"),
        ("~~~column-page\nx\n~~~\n", "one.qmd:3: `.column-page` on a code block"),
        ("```{#lst-a .python}\nx\n```\n", "one.qmd:3: the label lst-a on a code block"),
        ("```python\nx = 1  # <1>\n```\n", "one.qmd:4: an annotation such as"),
        ("```text\n{{< meta x >}}\n```\n", "one.qmd:4: a shortcode in code"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
