"""Figures and tables with a label: numbered, with a caption, and with lettered parts."""

import re
from collections.abc import Callable, Sequence
from html import escape

import panflute as pf

from render import crossref
from render.constructs import code, div, layout
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page, opening
from render.neutral import (
    Node,
    Writer,
    attributes,
    html_block,
    html_inline,
    is_div,
    plain,
    plain_text,
    string,
    typst_block,
    walk,
)
from render.pdf import syntax
from render.pdf.tree import Setter, wrap
from render.reader import Blocks, Float, Inlines, Reader

_CAPTION = "float-caption"
# A table that takes more lines may be broken over pages; a shorter one is kept together. Typst
# could measure it, but lays out every table once more to do so.
_MOST_LINES = 22
_SIGNS_A_LINE = 85


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Div) -> Blocks | None:
    """Read a div with a figure's or a table's label, whose last paragraph is its caption."""
    label, kind = el.identifier, crossref.kind_of(el.identifier)
    if kind not in crossref.FLOATS:
        return None
    ncol = layout.columns(reader, el)
    widths = el.attributes.pop("tbl-colwidths", None)
    given = el.attributes.pop(f"{kind}-cap", None)
    reader.check_classes(el, "a figure or table")
    reader.check_attributes(el, "a figure or table")
    content = list(el.content)
    caption: Inlines = []
    if len(content) > 1 and isinstance(content[-1], pf.Para) and not _is_images(content[-1]):
        caption = list(content.pop().content)
    elif given:
        caption = reader.parse_inlines(given)
    tables = [block for block in content if isinstance(block, pf.Table)]
    if widths is not None:
        for each in tables:
            each.attributes.setdefault("tbl-colwidths", widths)
    if not caption and len(tables) == 1 and tables[0].caption:
        blocks = list(tables[0].caption.content)
        caption = list(blocks[0].content) if blocks else []
        tables[0].caption = pf.Caption()
    if not content:
        reader.fail(
            f"{label} is empty; its content and then its caption stand in it",
            rf"#{re.escape(label)}\b",
        )
    return make(
        reader,
        label,
        kind,
        lambda: reader.blocks(content),
        lambda: reader.inlines(caption),
        ncol=ncol,
        classes=list(el.classes),
    )


def make(
    reader: Reader,
    label: str,
    kind: str,
    content: Callable[[], Blocks],
    caption: Callable[[], Inlines],
    *,
    ncol: int | None = None,
    classes: Sequence[str] = (),
) -> Blocks:
    """Make a numbered float, or a lettered part of one.

    Parameters
    ----------
    reader
        The chapter's reader.
    label, kind
        The float's label, and the kind of that label.
    content, caption
        Build what is in it; called in this order, after it has been numbered.
    ncol
        In how many columns its parts stand.
    classes
        Further classes.
    """
    ident = reader.register(label)
    parent = reader.parent
    if parent is not None:
        parent.count += 1
        mark = crossref.letter(parent.count)
        reader.target(ident, kind, parent.number, letter=mark)
        named = {"letter": mark, "kind": crossref.FLOAT_KINDS[kind]}
        built = content()
        return [_captioned(reader, ident, ["subfloat", *classes], named, built, caption())]
    number = reader.numbers.next(kind)
    reader.target(ident, kind, number)
    reader.parent = Float(ident, number)
    try:
        built = content()
        if reader.parent.count or ncol is not None:
            before, parts = _panels(built)
            if parts:
                shown = {"ncol": str(ncol or 1)}
                built = [*before, pf.Div(*parts, classes=["subfloats"], attributes=shown)]
    finally:
        reader.parent = None
    named = {"kind": crossref.FLOAT_KINDS[kind], "name": crossref.FLOATS[kind], "number": number}
    return [_captioned(reader, ident, ["float", *classes], named, built, caption())]


def describe(reader: Reader, content: Blocks, caption: Inlines) -> None:
    """Let the caption describe an image that has no text of its own."""
    images: list[pf.Image] = []
    for block in content:
        block.walk(lambda el, _doc: images.append(el) if isinstance(el, pf.Image) else None)
    if caption and len(images) == 1 and not images[0].content:
        reader.undescribed.append((images[0], caption))


def _captioned(
    reader: Reader,
    ident: str,
    classes: list[str],
    named: dict[str, str],
    content: Blocks,
    caption: Inlines,
) -> pf.Div:
    describe(reader, content, caption)
    said = [pf.Div(pf.Plain(*caption), classes=[_CAPTION])] if caption else []
    return pf.Div(*content, *said, identifier=ident, classes=classes, attributes=named)


def _panels(blocks: Blocks) -> tuple[Blocks, Blocks]:
    """Part a float's blocks: what stands before its panels (code, messages), and the panels."""
    before: Blocks = []
    panels: Blocks = []
    for block in blocks:
        classes = block.classes if isinstance(block, pf.Div) else ()
        if "subfloat" in classes:
            panels.append(block)
        elif "cell" in classes:
            shown, inner = _panels(list(block.content))
            before.extend(shown)
            panels.extend(inner)
        elif isinstance(block, pf.CodeBlock) or "cell-output-stderr" in classes:
            before.append(block)
        else:
            panels.append(pf.Div(block, classes=["subfloat"]))
    return before, panels


def _is_images(para: pf.Para) -> bool:
    return all(isinstance(item, pf.Image | pf.Space | pf.SoftBreak) for item in para.content)


# -- writing -----------------------------------------------------------------------------------


def _split(node: Node) -> tuple[list[Node], list[Node]]:
    """Give a float's content, and the blocks of its caption."""
    content = node["c"][1]
    if content and is_div(content[-1], _CAPTION):
        return content[:-1], content[-1]["c"][1]
    return content, []


def _said(writer: Writer, caption: list[Node]) -> list[Node]:
    return [inline for block in caption for inline in writer.inlines(block["c"])]


def _label(pairs: dict[str, str], space: str) -> str:
    return f"{pairs.get('name', '')}{space}{pairs.get('number', '')}".strip()


def html(page: Page, node: Node) -> list[Node]:
    """Make a figure, with the caption above a table and below all else."""
    _, classes, pairs = attributes(node)
    names = ["float", f"float-{pairs.get('kind', 'figure')}", *classes[1:]]
    return _html_figure(page, node, names, escape(_label(pairs, "\N{NO-BREAK SPACE}")), ":")


def html_part(page: Page, node: Node) -> list[Node]:
    """Make a figure within a figure."""
    _, classes, pairs = attributes(node)
    return _html_figure(page, node, classes, f"({escape(pairs.get('letter', ''))})", "")


def _html_figure(page: Page, node: Node, names: list[str], label: str, mark: str) -> list[Node]:
    identifier, _, pairs = attributes(node)
    content, caption = _split(node)
    said = _said(page, caption)
    line = [html_inline(f'<span class="label">{label}{mark if said else ""}</span>')]
    if said:
        line += [{"t": "Space"}, *said]
    below = [html_block("<figcaption>"), plain(line), html_block("</figcaption>")]
    body = page.blocks(content)
    return [
        html_block(opening("figure", identifier, names)),
        *([*below, *body] if pairs.get("kind") == "table" else [*body, *below]),
        html_block("</figure>"),
    ]


def html_parts(page: Page, node: Node) -> list[Node]:
    """Let the style sheet set the parts side by side."""
    _, _, pairs = attributes(node)
    return [
        html_block(opening("div", "", ["subfloats"], layout.style(pairs))),
        *page.blocks(node["c"][1]),
        html_block("</div>"),
    ]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Call the template's float."""
    identifier, _, pairs = attributes(node)
    body, caption = _split(node)
    lead = _label(pairs, " ") if pairs.get("name") and pairs.get("number") else None
    return typst_float(setter, identifier, pairs.get("kind", "figure"), body, caption, lead)


def typst_float(
    setter: Setter,
    identifier: str,
    kind: str,
    body: list[Node],
    caption: list[Node],
    lead: str | None = None,
) -> list[Node]:
    """Call the template's float for what has a caption, with a number in `lead` or without."""
    # The code may be longer than a page; what the caption speaks of is kept together.
    shown, body = _split_code(body)
    options = syntax.arguments(
        kind=kind,
        lead=lead,
        id=setter.label(identifier),
        captioned=bool(caption),
        long=_lines(body) > _MOST_LINES,
    )
    before = [new for block in shown for new in code.typst(setter, block, keep=True)]
    with setter.under_caption():
        blocks = setter.blocks(body)
    return [
        *before,
        *wrap(f"#book-float({options})[", blocks, "]["),
        *setter.blocks(_as_plain(caption)),
        typst_block("]"),
    ]


def typst_parts(setter: Setter, node: Node) -> list[Node]:
    """Call the template's parts of a float."""
    content = node["c"][1]
    options = syntax.arguments(
        columns=int(attributes(node)[2].get("ncol", "1")), tabular=_has_table(content)
    )
    new = [typst_block(f"#book-subfloats({options},")]
    for child in content:
        part = setter.node(child)
        new += part if is_div(child, "subfloat") else wrap("[", part, "],")
    return [*new, typst_block(")")]


def typst_part(setter: Setter, node: Node) -> list[Node]:
    """Call the template's part of a float."""
    identifier, _, pairs = attributes(node)
    body, caption = _split(node)
    options = syntax.arguments(
        kind="table" if _has_table(body) else "figure",
        letter=pairs.get("letter", ""),
        id=setter.label(identifier),
        captioned=bool(caption),
    )
    with setter.under_caption():
        blocks = setter.blocks(body)
    return [
        *wrap(f"book-subfloat({options})[", blocks, "]["),
        *setter.blocks(_as_plain(caption)),
        typst_block("],"),
    ]


def _has_table(blocks: list[Node]) -> bool:
    return any(node["t"] == "Table" for node in walk(blocks))


def _lines(blocks: list[Node]) -> int:
    """Estimate how many lines the tables in a float take, with columns of the same width."""
    tables = [node["c"] for node in walk(blocks) if node["t"] == "Table"]
    rows = [row[1] for table in tables for body in table[4] for row in body[3]]
    return sum(
        max((1 + len(plain_text(cell[4])) * len(row) // _SIGNS_A_LINE for cell in row), default=1)
        for row in rows
    )


def _as_plain(blocks: list[Node]) -> list[Node]:
    if len(blocks) == 1 and blocks[0]["t"] == "Para":
        return [plain(blocks[0]["c"])]
    return blocks


def _split_code(content: list[Node]) -> tuple[list[Node], list[Node]]:
    """Take the cells' code out of a float's content."""
    shown: list[Node] = []
    rest: list[Node] = []
    for block in content:
        if block["t"] == "CodeBlock" and "cell-code" in attributes(block)[1]:
            shown.append(block)
        elif block["t"] == "Div":
            inner, others = _split_code(block["c"][1])
            shown += inner
            rest.append({"t": "Div", "c": [block["c"][0], others]})
        else:
            rest.append(block)
    return shown, rest


def markdown(page: Plain, node: Node) -> list[Node]:
    """Put the caption below, whatever it is."""
    label = _label(attributes(node)[2], " ")
    return _markdown_caption(page, node, label, ": ")


def markdown_part(page: Plain, node: Node) -> list[Node]:
    """Put a part's letter and caption below it."""
    return _markdown_caption(page, node, f"({attributes(node)[2].get('letter', '')})", " ")


def _markdown_caption(page: Plain, node: Node, label: str, mark: str) -> list[Node]:
    content, caption = _split(node)
    said = _said(page, caption)
    line = [string(label + (mark if said else "")), *said]
    return [*page.blocks(content), {"t": "Para", "c": line}]


CONSTRUCT = Construct(
    name="Figures and tables with a number",
    syntax=(
        "`::: {#fig-…}`",
        "`::: {#tbl-…}`",
        "the caption as last paragraph",
        '`fig-cap="…"`',
        '`tbl-cap="…"`',
        "`layout-ncol=2`",
        '`tbl-colwidths="[30,70]"`',
    ),
    reads={pf.Div: read},
    writes={
        "Div.float": Form(html, typst, markdown),
        "Div.subfloats": Form(html_parts, typst_parts, div.markdown),
        "Div.subfloat": Form(html_part, typst_part, markdown_part),
    },
    keeps=("float", _CAPTION, "subfloats", "subfloat"),
)
