"""The picture that a link to the book is shown with elsewhere."""

from render.config import Book
from render.pdf import syntax

SIZE = (1200, 630)
"""Its width and height in pixels, as those who show it ask for."""

_CARD = """
#set page(width: {width}pt, height: {height}pt, margin: 84pt, fill: rgb("#14171b"))
#set text(font: "Libertinus Serif", fill: rgb("#e8eaed"), hyphenate: false)
#set par(leading: 0.5em)
#let edge = rect(width: 18pt, height: {height}pt, fill: rgb("#4f9bd9"))
#place(left + top, dx: -84pt, dy: -84pt, edge)
#v(1fr)
#block(text(size: 84pt, weight: "bold", {title}))
#v(24pt)
#block(text(size: 36pt, fill: rgb("#b9c2cc"), {subtitle}))
#v(1fr)
#block(text(size: 30pt, fill: rgb("#8dc0ee"), {authors}))
"""


def draw(book: Book) -> bytes:
    """Give the book's title, subtitle and authors as a PNG."""
    import typst

    source = _CARD.format(
        width=SIZE[0],
        height=SIZE[1],
        title=syntax.string(book.title),
        subtitle=syntax.string(book.subtitle or book.description or ""),
        authors=syntax.string(", ".join(book.authors)),
    )
    made = typst.compile(source.encode(), format="png", ppi=72, ignore_system_fonts=True)
    assert isinstance(made, bytes)  # noqa: S101 (one page)
    return made
