"""The notation and the glossary: in order, complete in their parts, and true to the chapters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pytest
from chapters import read, sources

NOTATION, GLOSSARY = "report/notation.qmd", "report/glossary.qmd"
_TARGET = re.compile(r"@((?:sec|def|eq|thm|prp|lem|cor)-[\w-]*\w)")


@dataclass(frozen=True)
class Symbol:
    """A row of the notation."""

    line: int
    symbol: str
    meaning: str
    kind: str
    targets: tuple[str, ...]


def symbols() -> list[Symbol]:
    rows = []
    for n, line in read(NOTATION).prose:
        if line.strip().startswith("| $"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            symbol, meaning, kind, where = cells
            targets = tuple(_TARGET.findall(where))
            rows.append(Symbol(n, symbol.strip("$"), meaning, kind, targets))
    return rows


@cache
def chapter_of(label: str) -> str:
    """Return the chapter that defines a label."""
    (path,) = (source.path for source in sources() if label in source.labels)
    return path


@cache
def formulas(path: str) -> str:
    """Return the mathematics of a chapter, without thin spaces and line breaks."""
    found = re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", read(path).text, flags=re.DOTALL)
    return re.sub(r" +", " ", re.sub(r"\s|\\,", " ", " ; ".join(map("".join, found))))


@pytest.mark.parametrize("row", symbols(), ids=lambda row: row.symbol)
def test_a_symbol_is_where_the_notation_says(row: Symbol) -> None:
    assert len(row.targets) == 1, f"line {row.line}"
    assert row.meaning
    chapter = chapter_of(row.targets[0])
    assert chapter not in (NOTATION, GLOSSARY)
    alone = rf"(?<![A-Za-z\\]){re.escape(row.symbol)}(?![A-Za-z])"
    assert re.search(alone, formulas(chapter)), f"{chapter} has no ${row.symbol}$"


def test_no_symbol_stands_twice_in_a_section() -> None:
    assert len(symbols()) > 50
    lines = [n for n, line in read(NOTATION).prose if line.startswith("## ")]
    seen = [(sum(n < row.line for n in lines), row.symbol) for row in symbols()]
    assert len(seen) == len(set(seen))


def test_a_letter_with_several_meanings_is_explained() -> None:
    """A symbol that stands in more than one section is on the list at the end."""
    text = read(NOTATION).text
    _, _, explained = text.partition("{#sec-notation-several}")
    assert explained
    names = [row.symbol for row in symbols()]
    for symbol in {name for name in names if names.count(name) > 1}:
        assert f"${symbol}$" in explained, symbol


def terms() -> list[tuple[str, str]]:
    lines = read(GLOSSARY).text.splitlines()
    return [
        (before, line.removeprefix(":   "))
        for before, line in pairwise(lines)
        if line.startswith(":   ")
    ]


def test_the_glossary_is_in_order() -> None:
    names = [re.sub(r"[^\w +]", "", term.replace("²", "2")).casefold() for term, _ in terms()]
    assert len(names) > 50
    assert names == sorted(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("term", "meaning"), terms(), ids=[term for term, _ in terms()])
def test_a_term_is_a_sentence_with_a_link(term: str, meaning: str) -> None:
    targets = _TARGET.findall(meaning)
    assert targets, term
    assert meaning.endswith(").")
    assert meaning.count(". ") == 0, "one sentence"
    for target in targets:
        chapter = chapter_of(target)
        assert chapter not in (NOTATION, GLOSSARY)


@pytest.mark.parametrize(("term", "meaning"), terms(), ids=[term for term, _ in terms()])
def test_a_term_is_used_in_the_chapter_it_links_to(term: str, meaning: str) -> None:
    word = re.sub(r" \(.*\)|[`]", "", term.split(", ")[0])
    stem = re.escape(word.casefold().rstrip("ey") if len(word) > 5 else word.casefold())
    texts = [
        re.sub(r"\s+", " ", read(chapter_of(t)).text.casefold()) for t in _TARGET.findall(meaning)
    ]
    assert any(re.search(stem.replace("–", "(?:–|--?)"), text) for text in texts), term
