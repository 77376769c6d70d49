"""Tabs: each heading of the first heading's level begins one."""

from html import escape

import panflute as pf

from render import crossref
from render.constructs import div
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page, opening
from render.neutral import (
    Node,
    attributes,
    html_block,
    plain,
    plain_text,
    split_first,
    typst_block,
)
from render.pdf.tree import Setter, wrap
from render.reader import Blocks, Reader

_TITLE = "tab-title"


def read(reader: Reader, el: pf.Div) -> Blocks | None:
    """Part a tabset into its tabs."""
    if "panel-tabset" not in el.classes or crossref.kind_of(el.identifier) is not None:
        return None
    first = el.content[0] if el.content else None
    if not isinstance(first, pf.Header):
        reader.fail("a tabset begins with the heading of its first tab", r"\.panel-tabset")
    el.classes = [name for name in el.classes if name != "panel-tabset"]
    reader.check_classes(el, "a tabset")
    reader.check_attributes(el, "a tabset")
    tabs: list[tuple[pf.Header, Blocks]] = []
    for block in el.content:
        if isinstance(block, pf.Header) and block.level == first.level:
            tabs.append((block, []))
        else:
            tabs[-1][1].append(block)
    built = []
    for header, content in tabs:
        title = pf.Div(pf.Plain(*reader.inlines(list(header.content))), classes=[_TITLE])
        built.append(pf.Div(title, *reader.blocks(content), classes=["tab"]))
    return [
        pf.Div(
            *built,
            identifier=reader.register(el.identifier),
            classes=["tabset", *el.classes],
            attributes=dict(el.attributes),
        )
    ]


def html(page: Page, node: Node) -> list[Node]:
    """Write a list of the titles and a section a tab; the page's script makes tabs of them."""
    identifier, classes, _ = attributes(node)
    number = next(page.tabsets)
    titles: list[list[Node]] = []
    panels: list[Node] = []
    for index, tab in enumerate(node["c"][1], 1):
        title, body = split_first(tab["c"][1], _TITLE)
        titles.append(page.inlines(title or []))
        said = escape(plain_text(titles[-1]), quote=True)
        panels += [
            html_block(
                f'<section class="tab" id="tab-{number}-{index}" aria-label="{said}" '
                f'data-title="{said}">'
            ),
            *page.blocks(body),
            html_block("</section>"),
        ]
    return [
        html_block(opening("div", identifier, classes)),
        {"t": "BulletList", "c": [[plain(title)] for title in titles]},
        *panels,
        html_block("</div>"),
    ]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Set the tabs below each other, each under its title."""
    new: list[Node] = []
    for tab in node["c"][1]:
        title, body = split_first(tab["c"][1], _TITLE)
        blocks = setter.blocks(body)
        shown = plain(setter.inlines(title or []))
        new += [*wrap("#book-tab(title: [", [shown], "])["), *blocks, typst_block("]")]
    return new


def markdown_tab(page: Plain, node: Node) -> list[Node]:
    """Put a tab's title above it, in bold."""
    title, content = split_first(node["c"][1], _TITLE)
    head = {"t": "Strong", "c": page.inlines(title or [])}
    return [{"t": "Para", "c": [head]}, *page.blocks(content)]


CONSTRUCT = Construct(
    name="Tabs",
    syntax=("`::: {.panel-tabset}`", "a heading for each tab"),
    reads={pf.Div: read},
    writes={
        "Div.tabset": Form(html, typst, div.markdown),
        "Div.tab": Form(markdown=markdown_tab),
    },
    keeps=("tabset", "tab", _TITLE),
)
