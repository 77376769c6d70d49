"""A table as Markdown, and text that Markdown shows letter by letter."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

import pandas as pd

from analysis.numbers import number
from analysis.songs.table import Feature

_BLANKS = re.compile(r"[^\S\u00a0]+")
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~^$@#&\"'!]|-(?=-)|\.(?=\.)")

PANDOC_COLUMNS = 72
"""A line longer than this makes Pandoc wrap cells and take the dashes for relative widths."""


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that a notebook shows as Markdown.

    Attributes
    ----------
    header : tuple of str
        Markdown.
    rows : tuple of tuple of str
        Markdown; each as long as the header.
    n_text_columns : int
        So many columns from the left are set to the left, the others to the right.
    widths : tuple of int
        Relative widths of the columns, for a table of sentences; as the cells ask if empty.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text_columns: int = 1
    widths: tuple[int, ...] = ()

    def to_markdown(self) -> str:
        """Return the table as a Markdown pipe table."""
        sides = ["left"] * self.n_text_columns
        sides += ["right"] * (len(self.header) - self.n_text_columns)
        frame = pd.DataFrame(list(self.rows), columns=list(self.header), dtype=object)
        text = str(
            frame.to_markdown(index=False, tablefmt="pipe", disable_numparse=True, colalign=sides)
        )
        return self._with_widths(text, sides) if self.widths else text

    def _with_widths(self, text: str, sides: list[str]) -> str:
        """Set the line under the header, whose dashes are relative widths if a line is long."""
        scale = -(-PANDOC_COLUMNS // sum(self.widths))
        marks = [
            f":{'-' * (scale * width)}" if side == "left" else f"{'-' * (scale * width)}:"
            for width, side in zip(self.widths, sides, strict=True)
        ]
        head, _, *rest = text.splitlines()
        return "\n".join([head, f"|{'|'.join(marks)}|", *rest])

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def __repr__(self) -> str:
        return self.to_markdown()


def escape(text: object) -> str:
    """Return text such that Markdown shows it letter by letter, in one line."""
    line = _BLANKS.sub(" ", str(text)).strip()
    return _SPECIAL.sub(lambda match: "\\" + match.group(), line)


def code(text: object) -> str:
    """Return text as Markdown code that keeps within its cell."""
    line = " ".join(str(text).split())
    if "`" in line or "|" in line:
        return escape(line)
    return f"`{line}`"


def digest(digest: str) -> str:
    """Return a digest in parts, between which a line can break."""
    return " ".join(code(digest[start : start + 16]) for start in range(0, len(digest), 16))


def headings(features: Iterable[Feature]) -> tuple[str, ...]:
    """Return the features' names with their units."""
    return tuple(feature.axis_label for feature in features)


def cells(values: Iterable[float], features: Iterable[Feature]) -> tuple[str, ...]:
    """Return a value of each feature in the digits that suit it."""
    return tuple(
        number(float(value), feature.digits)
        for value, feature in zip(values, features, strict=True)
    )


def unbroken(text: str) -> str:
    """Return an estimate with its range so that a narrow cell breaks before the range only."""
    return text.replace(" to ", "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}")
