"""The computed words and tables of each chapter as lines of text, kept beside the book.

A line is a label and what was computed under it, without the code that asked and without a place in
the source: so the files change exactly when the book says something else, and their difference
shows what. What differs from machine to machine is masked, as ``[tool.render]`` says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import Path, PurePath, PurePosixPath

from render import cache as caches
from render.cache import Cache
from render.config import load_book, load_settings
from render.errors import RenderError
from render.execute import ChapterResult, execute_chapters
from render.progress import Progress
from render.shown import joined, shown
from render.source import Cell, ChapterSource, parse_source
from render.text import COMMENT

_FENCE = re.compile(r"\s*(:{3,}|`{3,}|~{3,})\s*(\S.*)?")
_LABEL = re.compile(r"(?:#+ .*)?\{#([\w:.-]+)")
_MARK = re.compile(r"`(\d+)`\{\.render-inline\}|\{\.render-cell index=\"(\d+)\"\}")
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_BAR = re.compile(r"(?<!\\)\|")
_MASKED = "(…)"


def write(root: Path, *, jobs: int = 1, progress: Progress | None = None) -> PurePath:
    """Bring the files up to date.

    Parameters
    ----------
    root : Path
        The folder with ``_quarto.yml``.
    jobs : int
        How many chapters run at the same time; none that an earlier render has run.
    progress : Progress, optional
        Who is told.

    Returns
    -------
    PurePath
        The folder with a file for each chapter that computes something, relative to ``root``.

    Raises
    ------
    RenderError
        A chapter cannot be read or run, or pyproject.toml names no folder.
    """
    folder, texts = _computed(root, jobs, progress)
    for name, text in texts.items():
        caches.write_atomically(root / folder / name, text.encode())
    for path in (root / folder).glob("*.txt"):
        if path.name not in texts:
            path.unlink()
    return folder


def check(root: Path, *, jobs: int = 1, progress: Progress | None = None) -> None:
    """See to it that the files are up to date; the parameters are those of `write`.

    Raises
    ------
    RenderError
        A file is not; the message has the first line of each such file that differs.
    """
    folder, texts = _computed(root, jobs, progress)
    kept = {path.name: path.read_text(encoding="utf-8") for path in (root / folder).glob("*.txt")}
    stale = [
        f"{(folder / name).as_posix()}:{line}\n  the file: {old}\n  the book: {new}"
        for name in sorted({*kept, *texts})
        for line, old, new in _first_difference(kept.get(name, ""), texts.get(name, ""))
    ]
    if stale:
        raise RenderError(
            "the book's numbers are not those in its files; `python -m render numbers` writes "
            "them, and their difference shows what has changed\n" + "\n".join(stale)
        )


def _first_difference(old: str, new: str) -> Iterator[tuple[int, str, str]]:
    pairs = zip_longest(old.splitlines(), new.splitlines(), fillvalue="(no such line)")
    for line, (before, after) in enumerate(pairs, 1):
        if before != after:
            yield line, before, after
            return


def _computed(
    root: Path, jobs: int, progress: Progress | None
) -> tuple[PurePosixPath, dict[str, str]]:
    """Return the files' folder, and their texts by their names."""
    settings = load_settings(root)
    if settings.numbers is None:
        raise RenderError(
            "`numbers` in [tool.render] must name the folder for the numbers",
            path="pyproject.toml",
        )
    book = load_book(root)
    sources = [
        parse_source(chapter.path, book.root, defaults=book.execute) for chapter in book.chapters
    ]
    results = execute_chapters(
        book, sources, jobs=jobs, cache=Cache(caches.folder(book.root)), progress=progress
    )
    texts: dict[str, str] = {}
    for source in sources:
        lines = chapter_lines(
            source,
            results[source.path],
            omitted=settings.numbers_omit,
            masked=settings.numbers_mask,
        )
        if lines:
            name = f"{PurePosixPath(source.path).stem}.txt"
            texts[name] = texts.get(name, "") + "".join(f"{line}\n" for line in lines)
    return PurePosixPath(settings.numbers), texts


def chapter_lines(
    source: ChapterSource,
    result: ChapterResult,
    *,
    omitted: Sequence[str] = (),
    masked: Sequence[str] = (),
) -> list[str]:
    """Return what a chapter has computed, a line for each value, row and line of text.

    Parameters
    ----------
    source : ChapterSource
        The chapter.
    result : ChapterResult
        What its steps gave.
    omitted : sequence of str
        Patterns of the labels that are left out.
    masked : sequence of str
        Regular expressions of what is written as "(…)".

    Returns
    -------
    list of str
        In the order of the chapter, each with its label and, divided by " | ", its value or cells.
    """
    mask = re.compile("|".join(f"(?:{pattern})" for pattern in masked) or r"(?!)")
    lines: list[str] = []
    for index, label in _labels(source):
        if any(fnmatchcase(label, pattern) for pattern in omitted):
            continue
        step = source.steps[index]
        if isinstance(step, Cell):
            values = list(_shown_lines(step, result))
        else:
            values = [COMMENT.sub("", _inline_text(result.inlines[index]))]
        lines += [" ".join(f"{label} | {value}".split()) for value in values if value]
    return [mask.sub(_MASKED, line) for line in lines]


def _labels(source: ChapterSource) -> Iterator[tuple[int, str]]:
    """Go through the steps with their labels: the div's around, the cell's own, the section's."""
    section = PurePosixPath(source.path).stem
    divs: list[str | None] = []
    for line in source.markdown.splitlines():
        for mark in _MARK.finditer(line):
            index = int(mark[1] or mark[2])
            step = source.steps[index]
            own = step.label if isinstance(step, Cell) else None
            around = next((label for label in reversed(divs) if label), None)
            yield index, around or own or section
        fence = _FENCE.match(line)
        label = _LABEL.match(line if fence is None else fence[2] or "")
        if fence is None and label:
            section = label[1]
        elif fence and fence[1].startswith(":") and fence[2]:
            divs.append(label[1] if label else None)
        elif fence and fence[1].startswith(":") and divs:
            divs.pop()


def _inline_text(value: Mapping[str, str]) -> str:
    return joined(value.get("text/markdown", value.get("text/plain", "")))


def _shown_lines(cell: Cell, result: ChapterResult) -> Iterator[str]:
    if not cell.option("include", True):
        return
    for item in shown(cell, result.outputs.get(cell.index, []), "typst"):
        for line in item.text.splitlines():
            text = line.strip()
            if text.startswith("|") and text.endswith("|"):
                if not _RULE.fullmatch(text):
                    yield " | ".join(part.strip() for part in _BAR.split(text)[1:-1])
            elif text:
                yield text
