"""Tables."""

import re
from typing import Any

import panflute as pf

from render import crossref
from render.constructs import floats
from render.constructs.construct import Construct, Form
from render.html.tree import Page
from render.neutral import Node, attributes, html_block, typst_block
from render.pdf import syntax
from render.pdf.tree import Setter, wrap
from render.reader import Blocks, Inlines, Reader

_COLUMN_WIDTHS = re.compile(r"\[\s*\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?)*\s*\]\Z")
_ALIGN = {
    "AlignDefault": "left",
    "AlignLeft": "left",
    "AlignRight": "right",
    "AlignCenter": "center",
}


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Table) -> Blocks:
    """Read a table: a float if its caption has a label."""
    label, kind = el.identifier, crossref.kind_of(el.identifier)
    blocks = list(el.caption.content) if el.caption else []
    caption = list(blocks[0].content) if blocks else []
    _set_widths(reader, el, el.attributes.pop("tbl-colwidths", None))
    reader.check_attributes(el, "a table")

    def content() -> Blocks:
        _read_cells(reader, el)
        _name_rows(el)
        el.identifier = ""
        el.caption = pf.Caption()
        return [el]

    def said() -> Inlines:
        return reader.inlines(caption)

    if kind in crossref.FLOATS:
        return floats.make(reader, label, kind, content, said)
    if kind is not None:
        reader.fail(f"the label {label} on a table must begin with tbl-", rf"#{re.escape(label)}")
    ident = reader.register(label)
    built = content()
    if caption:
        el.caption = pf.Caption(pf.Plain(*said()))
    el.identifier = ident
    return built


def _read_cells(reader: Reader, el: pf.Table) -> None:
    for part in (el.head, *el.content, el.foot):
        rows = list(part.content) if part is not None else []
        if isinstance(part, pf.TableBody):
            rows = [*(part.head or []), *rows]
        for row in rows:
            for cell in row.content:
                cell.content = reader.blocks(list(cell.content))


def _name_rows(el: pf.Table) -> None:
    """Let the first cells be their rows' headers where each says which row it is."""
    for body in el.content:
        cells = [row.content[0] if row.content else None for row in body.content]
        said = [_named(cell) if cell and cell.colspan == 1 else "" for cell in cells]
        if el.cols > 1 and all(said) and len({*said}) == len(said):
            body.row_head_columns = max(body.row_head_columns, 1)


def _named(cell: pf.TableCell) -> str:
    """Return a cell's text; a formula alone is none, since checkers hear no name in it."""
    words: list[pf.Element] = []
    cell.walk(lambda el, _: words.append(el) if isinstance(el, pf.Str | pf.Code) else None)
    return str(pf.stringify(cell)).strip() if words else ""


def _set_widths(reader: Reader, el: pf.Table, value: str | None) -> None:
    """Give a table's columns the widths of ``tbl-colwidths``."""
    if value is None:
        return
    if not _COLUMN_WIDTHS.match(value):
        reader.fail(
            f'tbl-colwidths="{value}" must be a list of numbers such as [30, 70]', "tbl-colwidths"
        )
    widths = [float(part) for part in value.strip("[]").split(",")]
    if len(widths) != el.cols:
        reader.fail(
            f"tbl-colwidths has {len(widths)} widths, and the table {el.cols} columns",
            "tbl-colwidths",
        )
    total = max(sum(widths), 100.0)
    el.colspec = [(spec[0], width / total) for spec, width in zip(el.colspec, widths, strict=True)]


# -- writing -----------------------------------------------------------------------------------


def html(page: Page, node: Node) -> list[Node]:
    """Let a table scroll where it is too wide."""
    opening = html_block('<div class="scroll table-scroll">')
    return [opening, page.as_it_is(node), html_block("</div>")]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Call the template's table, within a float if it has a caption of its own."""
    identifier, _, _ = attributes(node)
    _, (_, caption), columns, head, bodies, foot = node["c"]
    if caption and not setter.captioned:
        return floats.typst_float(setter, identifier, "table", [node], caption)
    widths = [width.get("c") for _, width in columns]
    options = syntax.arguments(
        aligns=[_ALIGN[align["t"]] for align, _ in columns],
        widths=widths if widths and all(widths) else None,
        id=setter.label(identifier),
    )
    new = [typst_block(f"#book-table({options},")]
    rows = [(row, body[1]) for body in bodies for row in (*body[2], *body[3])]
    parts = {
        "header": [(row, 0) for row in head[1]],
        "body": rows,
        "footer": [(row, 0) for row in foot[1]],
    }
    y = 0
    for name, group in parts.items():
        new += [typst_block(f"{name}: ("), *_typst_cells(setter, group, y), typst_block("),")]
        y += len(group)
    return [*new, typst_block(")")]


def _typst_cells(setter: Setter, rows: list[tuple[Any, int]], y: int) -> list[Node]:
    """Write the cells of rows that are each given with the number of columns that name it."""
    new: list[Node] = []
    taken: set[tuple[int, int]] = set()
    for dy, ((_, cells), names) in enumerate(rows):
        x = 0
        for _, align, height, width, content in cells:
            while (x, dy) in taken:
                x += 1
            taken |= {(x + i, dy + j) for i in range(width) for j in range(height)}
            place = syntax.arguments(
                x=x, y=y + dy, colspan=width, rowspan=height, names_row=x < names
            )
            if align["t"] != "AlignDefault":
                place += ", " + syntax.arguments(align=_ALIGN[align["t"]])
            if len(content) == 1 and content[0]["t"] == "Para":
                content = [{"t": "Plain", "c": content[0]["c"]}]
            new += wrap(f"({place}, body: [", setter.blocks(content), "]),")
            x += width
    return new


CONSTRUCT = Construct(
    name="Tables",
    syntax=(
        "`| a | b |` and Pandoc's other tables",
        '`: Caption {#tbl-… tbl-colwidths="[30,70]"}`',
    ),
    reads={pf.Table: read},
    writes={"Table": Form(html, typst)},
)
