"""Run every chunk and inline expression of chapters in one process; print what they say as JSON.

``python run_chapters.py ROOT FORMAT CHAPTER...`` with ROOT a copy of the project. FORMAT is "none",
or "svg" to draw every figure too.
"""

from __future__ import annotations

import ast
import io
import json
import sys
from pathlib import Path

import chapters


def value_of(code: str, names: dict[str, object]) -> object:
    """Execute a chunk and return the value of its last expression, as a notebook does."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<chunk>", "exec"), names)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "<chunk>", "eval"), names) if last else None  # noqa: S307


def shown(value: object, draw: str) -> str:
    """Return an output's text; draw it if it is a figure."""
    if hasattr(value, "savefig"):
        if draw != "none":
            value.savefig(io.BytesIO(), format=draw)
        return "a figure"
    if hasattr(value, "_repr_markdown_"):
        return str(value._repr_markdown_())
    return str(getattr(value, "data", value))


def main(root: Path, draw: str, paths: list[str]) -> None:
    """Run the chapters of `root`, each with names of its own."""
    sys.path.insert(0, str(root))
    said: dict[str, dict[str, list[str]]] = {}
    for path in paths:
        source = chapters.parse(path, (root / path).read_text(encoding="utf-8"))
        names: dict[str, object] = {}
        outputs, inlines = [], []
        for chunk in sorted(source.chunks, key=lambda chunk: chunk.line):
            value = value_of(chunk.code, names)
            if value is not None:
                outputs.append(f"{chunk.label}: {shown(value, draw)}")
        for line, code in source.inlines:
            inlines.append(f"{line}: {eval(code, names)}")  # noqa: S307
        said[path] = {"outputs": outputs, "inlines": inlines}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
