"""Quarto's constructs, one a file: what reads it, and what writes it in each format.

`CONSTRUCTS` is the table of all of them; README.md shows it. An element is offered to them in the
table's order.
"""

from collections.abc import Mapping
from typing import Literal

from render.constructs import (
    callout,
    cell,
    citation,
    code,
    conditional,
    div,
    equation,
    expression,
    floats,
    footnote,
    heading,
    image,
    layout,
    link,
    raw,
    reference,
    table,
    tabset,
    text,
    theorem,
)
from render.constructs.construct import Construct
from render.neutral import Write
from render.reader import Read

CONSTRUCTS: Mapping[str, Construct] = {
    module.__name__.rpartition(".")[2]: module.CONSTRUCT
    for module in (
        *(conditional, heading, image, equation, text, floats, table, theorem, callout, tabset),
        *(layout, div, cell, expression, code, raw, reference, citation, link, footnote),
    )
}
"""Every construct by the name of its module."""


def _readers() -> dict[type, list[Read]]:
    readers: dict[type, list[Read]] = {}
    for construct in CONSTRUCTS.values():
        for kind, read in construct.reads.items():
            readers.setdefault(kind, []).append(read)
    return readers


def _forms(name: Literal["html", "typst", "markdown"]) -> dict[str, Write | None]:
    return {
        node: getattr(form, name)
        for construct in CONSTRUCTS.values()
        for node, form in construct.writes.items()
    }


READERS = _readers()
KEPT = frozenset(name for construct in CONSTRUCTS.values() for name in construct.keeps)
HTML = _forms("html")
TYPST = _forms("typst")
MARKDOWN = _forms("markdown")
