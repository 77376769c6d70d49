"""Inline ``{python}`` expressions: computed words."""

import panflute as pf

from render.constructs.construct import Construct
from render.reader import Inlines, Reader
from render.shown import joined
from render.source import Cell
from render.text import escaped, words


def read(reader: Reader, el: pf.Code) -> Inlines | None:
    """Put in what an expression has given: Markdown if it says so, or else plain text."""
    if "render-inline" not in el.classes:
        return None
    step, result = reader.inline_step(int(el.text) if el.text.isdigit() else -1)
    if "text/markdown" in result:
        # In the form of a chunk, so that errors can speak of the line.
        at = Cell(step.index, None, {}, step.expression, step.line, step.line, step.where, "")
        with reader.inside(at):
            return reader.inlines_of(joined(result["text/markdown"]).strip())
    text = joined(result.get("text/plain", ""))
    return reader.parse_inlines(escaped(text)) if "'" in text or '"' in text else words(text)


CONSTRUCT = Construct(
    name="Computed words",
    syntax=("`` `{python} expression` ``", "in formulas, attributes and raw content too"),
    reads={pf.Code: read},
    keeps=("render-inline",),
)
