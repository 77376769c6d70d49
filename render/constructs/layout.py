"""Blocks side by side, without a label."""

import re

import panflute as pf

from render import crossref
from render.constructs import div
from render.constructs.construct import Construct, Form
from render.html.tree import Page, opening
from render.neutral import Node, attributes, html_block
from render.reader import Blocks, Reader


def read(reader: Reader, el: pf.Div) -> Blocks | None:
    """Make each block of a div a cell of the layout."""
    if "layout-ncol" not in el.attributes or crossref.kind_of(el.identifier) is not None:
        return None
    ncol = columns(reader, el)
    reader.check_classes(el, "a layout")
    reader.check_attributes(el, "a layout")
    ident = reader.register(el.identifier)
    parts: Blocks = []
    for block in reader.blocks(list(el.content)):
        is_cell = isinstance(block, pf.Div) and "cell" in block.classes
        parts += list(block.content) if is_cell else [block]
    return [make(parts, ncol or 1, ident, list(el.classes))]


def columns(reader: Reader, el: pf.Div) -> int | None:
    """Take ``layout-ncol`` off a div."""
    given = el.attributes.pop("layout-ncol", None)
    if given is None:
        return None
    if not re.fullmatch(r"[1-9]\d?", given):
        reader.fail(f'layout-ncol="{given}" must be a whole number', r"layout-ncol")
    return int(given)


def make(parts: Blocks, ncol: int, ident: str = "", classes: list[str] | None = None) -> pf.Div:
    """Set blocks side by side."""
    return pf.Div(
        *(pf.Div(part, classes=["layout-cell"]) for part in parts),
        identifier=ident,
        classes=["layout", *(classes or [])],
        attributes={"ncol": str(ncol)},
    )


def html(page: Page, node: Node) -> list[Node]:
    """Let the style sheet set the columns."""
    identifier, classes, pairs = attributes(node)
    return [
        html_block(opening("div", identifier, classes, style(pairs))),
        *page.blocks(node["c"][1]),
        html_block("</div>"),
    ]


def style(pairs: dict[str, str]) -> str:
    """Tell the style sheet the number of columns."""
    number = pairs.get("ncol", "")
    return f'style="--columns:{number if number.isdigit() else 1}"'


CONSTRUCT = Construct(
    name="Blocks side by side",
    syntax=("`::: {layout-ncol=2}`",),
    reads={pf.Div: read},
    writes={"Div.layout": Form(html, div.typst, div.markdown)},
    keeps=("layout", "layout-cell"),
)
