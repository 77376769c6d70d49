"""The tags of a PDF, put right where Typst cannot be told."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pikepdf import Pdf

_MARK = b"0.003921569 0.007843138 0.011764706"
"""The colour by which ``book.typ`` marks the cells that name their rows, as PDF writes it."""


def name_rows(pdf: "Pdf") -> None:
    """Make the marked cells of tables headers of their rows.

    The cells of such a table list the headers of their columns. Such a list would hide the headers
    of the rows, and goes: each header says what it is the header of.
    """
    from pikepdf import Array, Dictionary, Name

    named = set()
    cells = [
        (tag, tag.P.P.P.objgen, tag.A)  # a table, its body, a row, the cell
        for tag in pdf.objects
        if isinstance(tag, Dictionary) and tag.get("/S") == Name.TD
    ]
    for tag, table, attributes in cells:
        for line in attributes:
            if _MARK in line.unparse():
                line.BorderColor = Array([0, 0, 0])
                line.BorderStyle[2] = Name("/None")
                tag.S = Name.TH
                named.add(table)
    for tag, table, attributes in cells:
        if table in named:
            for own in attributes:
                if own.O == "/Table":
                    del own["/Headers"]
                    if tag.S == Name.TH:
                        own.Scope = Name.Row
