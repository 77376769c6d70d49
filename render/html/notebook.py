"""A chapter as an executed notebook: its text as Markdown, its chunks with what they gave."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from render.source import Cell, ChapterSource

_MARK = "render-notebook-cell-"
_MARKED = re.compile(rf"^[>\s]*(?:[-*]\s+)?{_MARK}(\d+)\s*$", re.MULTILINE)


def name(href: str) -> str:
    """Give the notebook's name: ``one.ipynb`` beside ``one.html``."""
    return str(PurePosixPath(href).with_suffix(".ipynb"))


def mark(step: str) -> str:
    """Give what stands in the text for a chunk, alone in its paragraph."""
    return f"{_MARK}{step}"


def write(
    text: str, source: ChapterSource, outputs: Mapping[int, Sequence[Mapping[str, Any]]]
) -> bytes:
    """Give the notebook, as nbformat 4.5 has it.

    Parameters
    ----------
    text
        The chapter as Markdown, with a mark for each chunk that shows something.
    source
        The chapter's source. A chunk without a mark stands before the next one that has one.
    outputs
        What each chunk has given.
    """
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "metadata": {}, "source": _lines(part)}
        if isinstance(part, str)
        else _code(part, outputs.get(part.index, ()))
        for part in _parts(text, list(source.cells))
    ]
    count = 0
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = count
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _parts(text: str, cells: list[Cell]) -> Iterator[str | Cell]:
    """Give text and chunks in order."""
    waiting = list(cells)
    pieces = _MARKED.split(text)
    for words, step in zip(pieces[::2], [*pieces[1::2], None], strict=True):
        if words.strip():
            yield words.strip()
        if step is None:
            yield from waiting
        while waiting and step is not None and waiting[0].index <= int(step):
            yield waiting.pop(0)


def _code(cell: Cell, given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    hidden = {} if cell.option("echo", True) else {"jupyter": {"source_hidden": True}}
    outputs = [{key: output[key] for key in output if key != "transient"} for output in given]
    return {
        "cell_type": "code",
        "metadata": hidden,
        "source": _lines(cell.code.strip("\n")),
        "outputs": outputs,
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
