"""Divs and spans of one's own, kept with their ids and classes."""

import re

import panflute as pf

from render import crossref
from render.constructs import citation
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.neutral import Node, attributes, typst_block, typst_inline
from render.pdf import syntax
from render.pdf.tree import Setter
from render.reader import Blocks, Inlines, Reader

_SPANS = {"smallcaps": "smallcaps", "underline": "underline", "mark": "highlight"}


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Div) -> Blocks:
    """Keep a div that is no construct's."""
    kind = crossref.kind_of(el.identifier)
    if kind is not None:
        what = crossref.UNSUPPORTED.get(kind, f"the label of {crossref.NAMES.get(kind, '')}")
        reader.fail(
            f"the label {el.identifier} on a div: {what} is not known here",
            rf"#{re.escape(el.identifier)}",
        )
    reader.check_classes(el, "a div")
    reader.check_attributes(el, "a div")
    ident = reader.register(el.identifier)
    return [
        pf.Div(
            *reader.blocks(list(el.content)),
            identifier=ident,
            classes=list(el.classes),
            attributes=dict(el.attributes),
        )
    ]


def read_span(reader: Reader, el: pf.Span) -> Inlines:
    """Keep a span that is no construct's."""
    reader.check_classes(el, "a span")
    reader.check_attributes(el, "a span")
    reader.register(el.identifier)
    return reader.inside_of(el)


def take_title(reader: Reader, el: pf.Div, attribute: str) -> Inlines:
    """Take a block's title out of it: an attribute, or the heading that it begins with."""
    given = el.attributes.pop(attribute, None)
    if given:
        return reader.inlines_of(given)
    if el.content and isinstance(el.content[0], pf.Header):
        header = el.content.pop(0)
        return reader.inlines(list(header.content))
    return []


# -- writing -----------------------------------------------------------------------------------


def typst(setter: Setter, node: Node) -> list[Node]:
    """Keep what is in a div, and what links lead to."""
    identifier, _, _ = attributes(node)
    if identifier == citation.LIST:
        return citation.typst_list(node)
    body = setter.blocks(node["c"][1])
    label = setter.label(identifier)
    return [typst_block(f"#book-anchor({syntax.string(label)})"), *body] if label else body


def typst_span(setter: Setter, node: Node) -> list[Node]:
    """Keep what is in a span, and what links lead to."""
    identifier, classes, _ = attributes(node)
    body = setter.inlines(node["c"][1])
    style = next((_SPANS[name] for name in _SPANS if name in classes), None)
    if style:
        body = [typst_inline(f"#{style}["), *body, typst_inline("];")]
    label = setter.label(identifier)
    return [typst_inline(f"#book-anchor({syntax.string(label)});"), *body] if label else body


def markdown(page: Plain, node: Node) -> list[Node]:
    """Keep what is in a div."""
    return page.blocks(node["c"][1])


def markdown_span(page: Plain, node: Node) -> list[Node]:
    """Keep what is in a span."""
    return page.inlines(node["c"][1])


CONSTRUCT = Construct(
    name="Divs and spans of one's own",
    syntax=("`::: {#id .class}`", "`[…]{#id .class}`", *(f"`[…]{{.{name}}}`" for name in _SPANS)),
    reads={pf.Div: read, pf.Span: read_span},
    writes={
        "Div": Form(typst=typst, markdown=markdown),
        "Span": Form(typst=typst_span, markdown=markdown_span),
    },
)
