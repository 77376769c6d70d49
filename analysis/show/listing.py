"""Code of this package, to be shown beside the equations it follows."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Listing:
    """Source code that a notebook shows as Markdown.

    Attributes
    ----------
    text : str
        Python.
    """

    text: str

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.text}\n```"

    def __repr__(self) -> str:
        return self.text


def source(function: Callable[..., Any]) -> Listing:
    """Return a function's code without its docstring, below a line that imports it."""
    text = textwrap.dedent(inspect.getsource(function))
    lines = text.rstrip().splitlines()
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)  # noqa: S101
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        assert docstring.end_lineno is not None  # noqa: S101
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    where = f"# from {function.__module__} import {function.__name__}"
    return Listing("\n".join([where, *lines]))
