"""Labels: what can be referred to, under which number, and how a reference reads.

The numbers and the words are those Quarto gives. Counters start anew in each chapter and run in
the order of the text, one for each kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import panflute as pf

from render.errors import Place, RenderError

Format = Literal["html", "typst"]

FLOATS = {"fig": "Figure", "tbl": "Table"}
FLOAT_KINDS = {"fig": "figure", "tbl": "table"}
THEOREMS = {
    "thm": "Theorem",
    "lem": "Lemma",
    "cor": "Corollary",
    "prp": "Proposition",
    "cnj": "Conjecture",
    "def": "Definition",
    "exm": "Example",
    "exr": "Exercise",
}
NAMES = {**FLOATS, "eq": "Equation", "sec": "Section", **THEOREMS}
"""The word before the number, for each kind of label."""

UNSUPPORTED = {
    "lst": "listings",
    "alg": "algorithms",
    "nte": "numbered notes",
    "tip": "numbered tips",
    "wrn": "numbered warnings",
    "imp": "numbered callouts",
    "cau": "numbered callouts",
    "rem": "numbered remarks",
    "sol": "numbered solutions",
    "dia": "diagrams",
    "vid": "videos",
    "demo": "demos",
}
"""Kinds of label that Quarto knows and this renderer does not."""

NBSP = "\u00a0"
_KIND = re.compile(r"([A-Za-z]+)-")


def kind_of(label: str) -> str | None:
    """Give the kind of a label, such as "fig" for "fig-line" or "Fig-line"; None for other ids."""
    found = _KIND.match(label)
    kind = found[1].lower() if found else None
    return kind if kind in NAMES or kind in UNSUPPORTED else None


def duplicate(label: str, first: Place, second: Place) -> RenderError:
    """Give the error of a label that stands at two places."""
    return second.error(f"the label {label} is given twice; it is also at {first}")


@dataclass(frozen=True)
class Target:
    """What a label stands for.

    Attributes
    ----------
    label
        The label, which is also the element's id.
    kind
        "fig", "tbl", "eq", "sec", "thm", …
    chapter
        The chapter's file, relative to the project.
    href
        The chapter's page, relative to the site.
    number
        Its number, such as "2.1" or "A"; of a sub-figure, its parent's.
    letter
        The letter of a sub-figure, otherwise empty.
    title
        A section's heading as text, "1 The first chapter" where it heads a chapter.
    is_chapter, appendix
        Whether it heads a chapter, and whether that is an appendix.
    place
        Where it is defined.
    """

    label: str
    kind: str
    chapter: str
    href: str
    number: str
    place: Place
    letter: str = ""
    title: str = ""
    is_chapter: bool = False
    appendix: bool = False

    @property
    def name(self) -> str:
        """The word before the number."""
        if self.is_chapter:
            return "Appendix" if self.appendix else "Chapter"
        return NAMES[self.kind]


@dataclass
class Numbers:
    """The counters of one chapter.

    Parameters
    ----------
    chapter
        The chapter's own number, "" if it has none: then floats are numbered without a chapter,
        and sections not at all.
    """

    chapter: str
    counts: dict[str, int] = field(default_factory=dict)
    sections: list[int] = field(default_factory=lambda: [0] * 7)

    def next(self, kind: str) -> str:
        """Count one more of a kind and give its number."""
        self.counts[kind] = count = self.counts.get(kind, 0) + 1
        return f"{self.chapter}.{count}" if self.chapter else str(count)

    def section(self, level: int) -> str:
        """Count a section of a level (2 is the highest below the chapter)."""
        self.sections[level - 1] += 1
        self.sections[level:] = [0] * (7 - level)
        return ".".join([self.chapter, *map(str, self.sections[1:level])])


def letter(count: int) -> str:
    """Give the letter of the first, second, … sub-figure."""
    return chr(ord("a") + count - 1)


@dataclass(frozen=True)
class Reference:
    """A reference whose text waits for its target's number.

    Attributes
    ----------
    link
        The link that gets the text.
    label
        What it refers to.
    prefix
        Words that replace the name, as in ``[Fig. @fig-line]``.
    number_only
        Whether the name is left out, as in ``[-@fig-line]``.
    place
        Where it stands.
    """

    link: pf.Link
    label: str
    prefix: Sequence[pf.Inline]
    number_only: bool
    place: Place


def _number(target: Target, fmt: Format) -> str:
    if fmt == "typst":
        number = f"({target.number})" if target.kind == "eq" else target.number
        return number + target.letter
    return f"{target.number}{NBSP}({target.letter})" if target.letter else target.number


def text(reference: Reference, target: Target, fmt: Format, *, numbered: bool) -> list[Any]:
    """Give the text of a reference.

    Parameters
    ----------
    reference
        The reference.
    target
        What it refers to.
    fmt
        The format of the book.
    numbered
        Whether the chapter that the reference stands in is numbered. On the site, an unnumbered
        chapter refers to a section by its heading, as Quarto's does.

    Returns
    -------
    list of panflute.Inline
        New elements.
    """
    if fmt == "html" and not numbered and target.kind == "sec":
        words = target.title
    else:
        words = _number(target, fmt) or target.title
        if not reference.prefix and not reference.number_only and target.number:
            return [pf.Str(f"{target.name}{NBSP}{words}")]
    found: list[Any] = []
    if reference.prefix:
        found = [*reference.prefix, pf.Str(NBSP)]
    for index, word in enumerate(words.split(" ")):
        found += [pf.Space(), pf.Str(word)] if index else [pf.Str(word)]
    return found
