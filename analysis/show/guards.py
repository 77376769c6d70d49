"""Sentences that are written for the published study, and what becomes of them with other data.

A sentence whose truth hangs on the data begins with a guard, an inline expression:
``holds(condition)`` before a sentence that is true if the condition is, or
``told(condition, yes, no)`` where both outcomes deserve one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

Condition = bool | Callable[[], object]
"""What has to be so, or a function that tells."""

NOT_SO = "not-so"
"""The class of a mark on the page, by which styles and tests find it."""
MARK = f"[**Written for the published study, and not so for these data:**]{{.mark .{NOT_SO}}} "
"""What stands before a sentence that is not so."""


@dataclasses.dataclass(frozen=True)
class Words:
    """Words that a notebook shows as Markdown.

    Attributes
    ----------
    data : str
        Markdown.
    """

    data: str

    def _repr_markdown_(self) -> str:
        return self.data


def holds(condition: Condition) -> Words:
    """Guard the sentence that follows: nothing is printed where its condition holds.

    Parameters
    ----------
    condition : bool or callable
        What has to be so for the sentence to be true. A function is asked, and what it looks up in
        vain is not so: a sentence on jazz is not true of songs among which there is none.

    Returns
    -------
    Words
        A comment, which leaves no trace on the page, or a mark that no reader misses.
    """
    return Words("<!-- -->" if _is_so(condition) else MARK)


def told(condition: Condition, yes: str, no: str) -> Words:
    """Return the sentence that is true, as Markdown; of the condition see `holds`."""
    return Words(yes if _is_so(condition) else no)


def _is_so(condition: Condition) -> bool:
    if not callable(condition):
        return bool(condition)
    try:
        return bool(condition())
    except (LookupError, StopIteration):
        return False
