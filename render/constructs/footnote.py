"""Footnotes."""

import panflute as pf

from render.constructs.construct import Construct, Form
from render.neutral import Node, typst_inline
from render.pdf.tree import Setter
from render.reader import Inlines, Reader


def read(reader: Reader, el: pf.Note) -> Inlines:
    """Read a footnote."""
    return [pf.Note(*reader.blocks(list(el.content)))]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Leave the note to Pandoc, and end its call."""
    return [{"t": "Note", "c": setter.blocks(node["c"])}, typst_inline(";")]


CONSTRUCT = Construct(
    name="Footnotes",
    syntax=("`[^note]` and `[^note]: …`", "`^[…]`"),
    reads={pf.Note: read},
    writes={"Note": Form(typst=typst)},
)
