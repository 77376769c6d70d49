"""What a construct says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from render.neutral import Write
from render.reader import Read


@dataclass(frozen=True)
class Form:
    """What writes a node of the neutral tree; None leaves it to Pandoc.

    Attributes
    ----------
    html, typst, markdown
        For the website's pages, for the PDF, and for the pages as plain Markdown.
    """

    html: Write | None = None
    typst: Write | None = None
    markdown: Write | None = None


@dataclass(frozen=True)
class Construct:
    """One construct of Quarto's Markdown.

    Attributes
    ----------
    name
        What it is.
    syntax
        How it is written, each form as Markdown code.
    reads
        What turns Pandoc's elements into the neutral tree's, by their type; it gives None for an
        element that is another construct's.
    writes
        What writes the neutral tree's nodes: by type, or by type and class as in "Div.callout".
    keeps
        Classes of the neutral tree that a text may not use itself.
    """

    name: str
    syntax: tuple[str, ...]
    reads: Mapping[type, Read] = field(default_factory=dict)
    writes: Mapping[str, Form] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
