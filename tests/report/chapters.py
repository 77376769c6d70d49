"""The chapters as the tests see them: their chunks, inline expressions, labels and prose."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType

import yaml

ROOT = Path(__file__).resolve().parents[2]
CROSSREFS = ("sec", "fig", "tbl", "eq", "thm", "lem", "prp", "cor", "def", "exm", "exr", "cnj")
ABOUT_GTZAN = ("report/data.qmd", "report/glossary.qmd", "report/notation.qmd")
"""Chapters that say what the collection, a word or a symbol is, whatever is found."""

_FENCE = re.compile(r"^(`{3,})(.*)$")
_DIV = re.compile(r"^(:{3,})\s*(\{.*\})?\s*$")
INLINE = re.compile(r"`\{python\} (.*?)`")
_LABEL = re.compile(r"#((?:" + "|".join(CROSSREFS) + r")-[\w-]+)")
_REFERENCE = re.compile(r"(?<![\w.])@([A-Za-z][\w:.-]*\w)")


@dataclass(frozen=True)
class Chunk:
    """An executed cell: its options, its code, and the labelled div around it, if any."""

    path: str
    line: int
    options: dict[str, object]
    code: str
    div: str | None
    caption: str

    @property
    def label(self) -> str | None:
        """The cross-reference label, from the chunk or from the div around it."""
        own = self.options.get("label")
        return self.div or (str(own) if own else None)

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line} ({self.label})"


@dataclass(frozen=True)
class Source:
    """One chapter."""

    path: str
    text: str
    chunks: tuple[Chunk, ...]
    prose: tuple[tuple[int, str], ...] = field(repr=False)

    @property
    def inlines(self) -> list[tuple[int, str]]:
        """Line and expression of every inline expression."""
        return [(n, e) for n, line in self.prose for e in INLINE.findall(line)]

    @property
    def labels(self) -> list[str]:
        """Every cross-reference label the chapter defines, in order."""
        own = [str(c.options["label"]) for c in self.chunks if "label" in c.options]
        in_text = [label for _, line in self.prose for label in _LABEL.findall(line)]
        return in_text + [label for label in own if label.split("-")[0] in CROSSREFS]

    @property
    def references(self) -> set[str]:
        """Every key behind an @, cross-references and citations."""
        return {key for _, line in self.prose for key in _REFERENCE.findall(_no_code(line))}


def _no_code(line: str) -> str:
    return re.sub(r"`[^`]*`(\{[^}]*\})?", "", line)


@cache
def chapter_paths() -> tuple[str, ...]:
    """The chapters in the order of ``_quarto.yml``."""
    book = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))["book"]

    def walk(entries: list[object]) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, dict):
                yield from walk(entry["chapters"])

    return tuple(walk(book["chapters"] + book.get("appendices", [])))


@cache
def read(path: str) -> Source:
    """Read one chapter."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return parse(path, text)


def parse(path: str, text: str) -> Source:
    """Take a chapter's text apart."""
    chunks: list[Chunk] = []
    prose: list[tuple[int, str]] = []
    divs: list[str | None] = []
    waiting: list[Chunk] = []
    after: list[str] = []
    lines = text.splitlines()
    n = 0
    while n < len(lines):
        line = lines[n]
        fence = _FENCE.match(line)
        if fence:
            end = next(m for m in range(n + 1, len(lines)) if lines[m].strip() == fence[1])
            if fence[2].strip() == "{python}":
                body = lines[n + 1 : end]
                options = yaml.safe_load("\n".join(b[3:] for b in body if b.startswith("#| ")))
                code = "\n".join(b for b in body if not b.startswith("#|")).strip()
                labels = [d for d in divs if d and d.split("-")[0] in ("fig", "tbl")]
                div = labels[-1] if labels else None
                chunk = Chunk(path, n + 1, options or {}, code, div, "")
                if div:
                    waiting.append(chunk)
                    after = []
                else:
                    chunks.append(chunk)
            n = end + 1
            continue
        div = _DIV.match(line)
        if div and div[2]:
            label = _LABEL.search(div[2])
            divs.append(label[1] if label else None)
        elif div:
            closed = divs.pop()
            if waiting and closed == waiting[0].div:
                caption = " ".join(after).strip()
                chunks += [Chunk(path, w.line, w.options, w.code, closed, caption) for w in waiting]
                waiting = []
        elif waiting:
            after.append(line.strip())
        prose.append((n + 1, line))
        n += 1
    return Source(path, text, tuple(chunks), tuple(prose))


def solution_paths() -> tuple[str, ...]:
    """The solutions, which the chapters and an appendix include."""
    found = sorted((ROOT / "report" / "solutions").glob("*.qmd"))
    return tuple(path.relative_to(ROOT).as_posix() for path in found)


def sources() -> list[Source]:
    """Every chapter, in reading order, and the solutions."""
    return [read(path) for path in (*chapter_paths(), *solution_paths())]


def words_of(source: Source) -> Iterator[tuple[int, str]]:
    """The prose alone: without code, mathematics, link targets, citations and attributes."""
    display = False
    for n, line in source.prose:
        if line.strip().startswith("$$"):
            display = not display and not (line.strip().endswith("$$") and len(line.strip()) > 2)
            continue
        if display or line.startswith(":::"):
            continue
        line = INLINE.sub("⟨value⟩", line)
        line = _no_code(line)
        line = re.sub(r"\$[^$]*\$", "⟨math⟩", line)
        line = re.sub(r"\]\([^)]*\)", "]", line)
        line = re.sub(r"\[?@[\w:.-]*\w\]?", "⟨reference⟩", line)
        line = re.sub(r"\{[^}]*\}", "", line)
        yield n, line


def expression(code: str) -> ast.AST:
    """The syntax tree of an inline expression."""
    return ast.parse(code, mode="eval")


def load_script(name: str) -> ModuleType:
    """Import a script of ``report/``, anew each time."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "report" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script
