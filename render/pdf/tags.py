"""The tags of a PDF, put right where Typst cannot be told."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pikepdf import Object, Pdf

_MARK = b"0.003921569 0.007843138 0.011764706"
"""The colour by which ``book.typ`` marks the cells that name their rows, as PDF writes it."""


def name_rows(pdf: "Pdf") -> None:
    """Make the marked cells of tables headers of their rows.

    The cells of such a table list the headers of their columns. Such a list would hide the headers
    of the rows, and goes: each header says what it is the header of.
    """
    from pikepdf import Array, Dictionary, Name

    cells = [tag for tag in pdf.objects if isinstance(tag, Dictionary) and tag.get("/S") == "/TD"]
    named = set()
    for cell in cells:
        line = next((one for one in cell.get("/A", ()) if _MARK in one.unparse()), None)
        if line is not None:
            line.BorderColor = Array([0, 0, 0])
            line.BorderStyle[2] = Name("/None")
            cell.S = Name.TH
            named.add(_table(cell))
    for cell in cells if named else ():
        if _table(cell) in named:
            own = next(one for one in cell.A if one.O == "/Table")
            del own["/Headers"]
            if cell.S == "/TH":
                own.Scope = Name.Row


def _table(cell: "Object") -> tuple[int, int]:
    """Return the number of the table's tag that a cell is in."""
    while cell.S != "/Table":
        cell = cell.P
    return cell.objgen
