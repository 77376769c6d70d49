"""The text of inline elements, and copies of them."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import panflute as pf

# Spaces that do not break stay in the words.
_BREAKS = r"[ \t\r\n\f\v]+"
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
"""A comment in HTML, which leaves no trace on a page."""


def words(text: str) -> list[Any]:
    """Turn plain text into inline elements."""
    found: list[Any] = []
    for index, part in enumerate(re.split(_BREAKS, text.strip(" \t\r\n\f\v"))):
        found += [pf.Space()] if index else []
        found += [pf.Str(part)] if part else []
    return found


def escaped(text: str) -> str:
    """Escape text for Markdown, all but its quotation marks, which are to become curly."""
    return re.sub(r"([!#-&(-/:-@\[-`{-~])", r"\\\1", " ".join(re.split(_BREAKS, text.strip())))


def stringify(items: Sequence[Any]) -> str:
    """Give the text of inline elements, without notes."""
    parts: list[str] = []

    def visit(item: Any) -> None:
        if isinstance(item, pf.Note):
            return
        if isinstance(item, pf.Str | pf.Code | pf.Math):
            parts.append(item.text)
        elif isinstance(item, pf.Space | pf.SoftBreak | pf.LineBreak):
            parts.append(" ")
        elif isinstance(item, pf.Quoted):
            left, right = ("‘", "’") if item.quote_type == "SingleQuote" else ("“", "”")
            parts.append(left)
            for each in item.content:
                visit(each)
            parts.append(right)
        elif hasattr(item, "content"):
            for each in item.content:
                visit(each)

    for item in items:
        visit(item)
    return "".join(parts).strip()


def nearest(label: str, labels: Mapping[str, Any]) -> str | None:
    """Give the label that one may have been meant."""
    found = difflib.get_close_matches(label, labels, n=1)
    return found[0] if found else None
