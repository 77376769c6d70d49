"""Tiny books for tests of what surrounds the text: configuration, execution, files, commands."""

import os
import subprocess
import sys
from pathlib import Path

from render.config import Book, load_book
from render.source import ChapterSource, parse_source

PACKAGE = Path(__file__).resolve().parents[2]

CONFIG = """\
project:
  type: book
  output-dir: _site
  execute-dir: project

book:
  title: "A small book"
  author: "The authors"
  downloads: [pdf]
  chapters:
{chapters}
format:
  html:
    html-math-method: mathml
  typst:
    papersize: a4
"""


def write_book(root: Path, chapters: dict[str, str], *, extra: str = "") -> Path:
    """Write a book whose chapters are given by name and text; return its folder."""
    root.mkdir(parents=True, exist_ok=True)
    texts = {"index.qmd": "# Welcome {.unnumbered}\n\nWords.\n", **chapters}
    listed = "".join(f"    - {name}\n" for name in texts)
    (root / "_quarto.yml").write_text(CONFIG.format(chapters=listed) + extra, encoding="utf-8")
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def cell(code: str, *options: str) -> str:
    """Return a chunk with options such as ``echo: true``."""
    lines = "".join(f"#| {option}\n" for option in options)
    return f"```{{python}}\n{lines}{code}\n```\n"


def read(root: Path) -> tuple[Book, list[ChapterSource]]:
    """Read a book and its chapters as a render does."""
    book = load_book(root)
    sources = [parse_source(c.path, book.root, defaults=book.execute) for c in book.chapters]
    return book, sources


def environment(**changes: str) -> dict[str, str]:
    """Return the environment in which ``python -m render`` works from any folder."""
    path = os.pathsep.join(filter(None, [str(PACKAGE), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **changes}


def render(
    root: Path, *arguments: str, env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m render`` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "render", *arguments],
        cwd=root,
        env=env or environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
