"""Run the chapters as a render does, and keep their results for it; print what they say as JSON.

``python run_chapters.py ROOT`` with ROOT a copy of the project. For each chapter, and each file
that it includes, there are ``outputs`` (what chunks show, as "label: text"; of a figure the words
in it), ``inlines`` ("line: value"), and ``sentences`` (the lines of the prose with the values in
them, "line: text"). A warning is an error, because a page would show it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chapters

from render import cache as caches
from render.cache import Cache
from render.execute import execute_chapters
from render.source import Cell, Inline
from tests.render.small import read


def shown(output: dict[str, Any]) -> str:
    """Return an output's text; of a figure, the words in it."""
    if "text" in output:
        assert output["name"] == "stdout", output["text"]
        return str(output["text"])
    data = output["data"]
    markdown = str(data.get("text/markdown", "{=html}"))
    return str(data["text/plain"]) if "{=html}" in markdown.partition("\n")[0] else markdown


def said_inline(data: dict[str, str]) -> str:
    """Return what a reader sees of an inline value; a guard that holds leaves nothing."""
    text = data.get("text/markdown", data["text/plain"])
    return "" if text == "<!-- -->" else text


def with_values(source: chapters.Source, values: list[str]) -> Iterator[str]:
    """Put the values into the lines of the prose."""
    in_turn = iter(values)
    for n, line in source.prose:
        if line.strip():
            yield f"{n}: {re.sub(chapters.INLINE, lambda _: next(in_turn), line)}"


def main(root: Path) -> None:
    """Run the chapters of `root`."""
    book, sources = read(root)
    results = execute_chapters(book, sources, cache=Cache(caches.folder(root)))
    steps: dict[str, list[tuple[Cell | Inline, Any]]] = {}
    for chapter in sources:
        found: dict[str, list[tuple[Cell | Inline, Any]]] = {}
        given = results[chapter.path]
        for step in chapter.steps:
            values = given.inlines if isinstance(step, Inline) else given.outputs
            if step.index in values:
                found.setdefault(step.where, []).append((step, values[step.index]))
        steps = found | steps  # a file may be included twice
    said: dict[str, dict[str, list[str]]] = {}
    for path, in_order in steps.items():
        source = chapters.parse(path, (root / path).read_text(encoding="utf-8"))
        labels = {chunk.line: chunk.label for chunk in source.chunks}
        inlines = [(step.line, said_inline(v)) for step, v in in_order if isinstance(step, Inline)]
        assert [line for line, _ in inlines] == [line for line, _ in source.inlines], path
        said[path] = {
            "outputs": [
                f"{labels[step.line]}: {shown(output)}"
                for step, outputs in in_order
                if isinstance(step, Cell)
                for output in outputs
            ],
            "inlines": [f"{line}: {value}" for line, value in inlines if value],
            "sentences": list(with_values(source, [value for _, value in inlines])),
        }
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
