"""analysis.show.listing: code as it stands, without its docstring, below a line that imports it."""

from __future__ import annotations

import ast

import pytest

from analysis.methods.kmeans import steps
from analysis.show.listing import source


def plain(x: int) -> int:
    return x + 1


def with_text(x: int) -> int:
    """One line.

    More of it.
    """
    # why
    return x + 1


@pytest.mark.parametrize("function", [steps.assign, steps.update, steps.lloyd_steps])
def test_the_steps_of_the_book(function: object) -> None:
    text = source(function).text  # type: ignore[arg-type]
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    assert ast.get_docstring(node) is None
    assert len(text.splitlines()) <= 25
    assert max(map(len, text.splitlines())) <= 100


def test_only_the_docstring_goes() -> None:
    where = f"# from {__name__} import"
    assert source(plain).text == f"{where} plain\ndef plain(x: int) -> int:\n    return x + 1"
    code = "def with_text(x: int) -> int:\n    # why\n    return x + 1"
    assert source(with_text).text == f"{where} with_text\n{code}"


def test_a_notebook_shows_code() -> None:
    shown = source(plain)._repr_markdown_()
    assert shown.startswith("```python\n# from ")
    assert shown.endswith("\n```")
