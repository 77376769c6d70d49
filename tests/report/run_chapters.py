"""Run every chunk and inline expression of chapters in one process; print what they say as JSON.

``python run_chapters.py ROOT CHAPTER...`` with ROOT a copy of the project. For each chapter there
are ``outputs`` (what chunks show, as "label: text"; of a figure the words in it), ``inlines``
("line: value"), and ``sentences`` (the lines of the prose with the values in them, "line: text").
A warning is an error, because a page would show it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import chapters


def value_of(code: str, names: dict[str, object]) -> object:
    """Execute a chunk and return the value of its last expression, as a notebook does."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<chunk>", "exec"), names)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "<chunk>", "eval"), names) if last else None  # noqa: S307


def shown(value: object) -> str:
    """Return an output's text; of a figure, the words in it."""
    if hasattr(value, "savefig"):
        from matplotlib.text import Text

        texts = (text.get_text() for text in value.findobj(Text) if text.get_visible())  # type: ignore[attr-defined]
        return " | ".join(["a figure", *(" ".join(text.split()) for text in texts if text)])
    if hasattr(value, "_repr_markdown_"):
        text = str(value._repr_markdown_())
        return repr(value) if "{=html}" in text.partition("\n")[0] else text
    return str(getattr(value, "data", value))


def said_inline(value: object) -> str:
    """Return what a reader sees of an inline value; a guard that holds leaves nothing."""
    text = str(getattr(value, "data", value))
    return "" if text == "<!-- -->" else text


def with_values(source: chapters.Source, values: list[str]) -> Iterator[str]:
    """Put the values into the lines of the prose."""
    in_turn = iter(values)
    for n, line in source.prose:
        if line.strip():
            yield f"{n}: {re.sub(chapters.INLINE, lambda _: next(in_turn), line)}"


def main(root: Path, paths: list[str]) -> None:
    """Run the chapters of `root`, each with names of its own."""
    sys.path.insert(0, str(root))
    warnings.simplefilter("error", UserWarning)
    warnings.simplefilter("error", RuntimeWarning)
    said: dict[str, dict[str, list[str]]] = {}
    for path in paths:
        source = chapters.parse(path, (root / path).read_text(encoding="utf-8"))
        names: dict[str, object] = {}
        outputs = []
        for chunk in sorted(source.chunks, key=lambda chunk: chunk.line):
            value = value_of(chunk.code, names)
            if value is not None:
                outputs.append(f"{chunk.label}: {shown(value)}")
        values = [said_inline(eval(code, names)) for _, code in source.inlines]  # noqa: S307
        lines = [line for line, _ in source.inlines]
        said[path] = {
            "outputs": outputs,
            "inlines": [f"{n}: {value}" for n, value in zip(lines, values, strict=True) if value],
            "sentences": list(with_values(source, values)),
        }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
