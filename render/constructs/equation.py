"""Formulas, and the numbers of those that have a label."""

import re
from html import escape

import panflute as pf

from render import crossref, pandoc
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page, opening
from render.neutral import Node, attributes, html_inline, typst_inline
from render.pdf import syntax
from render.pdf.tree import Setter, math_key
from render.reader import Blocks, Inlines, Reader
from render.text import stringify

# A label as Pandoc reads one, which it does not do behind a formula.
_LABEL_TEXT = "[x]{}"
# Beyond some seventy signs a formula may be wider than the page.
_LONG = 60


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Math) -> Inlines:
    """Put computed numbers into a formula."""
    el.text = reader.substitute(el.text)
    return [el]


def read_paragraph(reader: Reader, el: pf.Para | pf.Plain) -> Blocks | None:
    """Read a paragraph with displayed formulas, each of which may have a label behind it."""
    content = list(el.content)
    if not any(_is_display(item) for item in content):
        return None
    found: Inlines = []
    at = 0
    while at < len(content):
        item = content[at]
        at += 1
        found += reader.inlines([item])
        if not _is_display(item):
            continue
        after = at
        while after < len(content) and isinstance(content[after], pf.Space):
            after += 1
        text, end = _written_label(content, after)
        if text:
            found[-1] = _labelled(reader, found[-1], text)
            at = end
    return [type(el)(*found)] if found else []


def _is_display(item: object) -> bool:
    return isinstance(item, pf.Math) and item.format == "DisplayMath"


def _labelled(reader: Reader, formula: pf.Math, text: str) -> pf.Span:
    """Give a number to a formula that has the ``{#eq-…}`` of `text` behind it."""
    (parsed,) = pandoc.read_many([_LABEL_TEXT.format(text)])
    first = parsed.doc().content
    span = first[0].content[0] if first and first[0].content else None
    if not isinstance(span, pf.Span):
        reader.fail(f"{text} behind an equation cannot be read", re.escape(text[:20]))
    if crossref.kind_of(span.identifier) != "eq":
        reader.fail(
            f"the label of an equation begins with eq-, not {span.identifier!r}", re.escape(text)
        )
    label = reader.register(span.identifier)
    number = reader.numbers.next("eq")
    reader.target(label, "eq", number)
    for key in span.attributes:
        if key != "alt":
            reader.fail(f"the attribute `{key}` of an equation is not known", re.escape(key))
    return pf.Span(
        formula,
        identifier=label,
        classes=["equation"],
        attributes={"number": number, **span.attributes},
    )


def label_texts(markdown: str) -> list[tuple[str, str]]:
    """Give what Pandoc will be asked to read for a chapter's labels of formulas."""
    labels = re.findall(r"\{#eq-[\w-]+\}", markdown)
    return [(pandoc.READER, _LABEL_TEXT.format(label)) for label in labels]


def _written_label(content: Inlines, at: int) -> tuple[str | None, int]:
    """Collect the ``{#eq-…}`` that Pandoc has read as text from some element on."""
    if at >= len(content) or not isinstance(content[at], pf.Str):
        return None, at
    if not content[at].text.startswith("{#"):
        return None, at
    text = ""
    for index in range(at, len(content)):
        item = content[index]
        if isinstance(item, pf.Str):
            text += item.text
        elif isinstance(item, pf.Space | pf.SoftBreak):
            text += " "
        elif isinstance(item, pf.Quoted):
            inner = stringify(item.content).replace("\\", "\\\\").replace('"', '\\"')
            text += f'"{inner}"'
        else:
            break
        if text.endswith("}"):
            return text, index + 1
    return None, at


# -- writing -----------------------------------------------------------------------------------


def html(page: Page, node: Node) -> list[Node]:
    """Let a displayed formula scroll where it is too wide."""
    if node["c"][0]["t"] != "DisplayMath":
        return [node]
    return [
        html_inline(f'<span class="display{" ends" * page.at_end}"><span class="scroll">'),
        node,
        html_inline("</span></span>"),
    ]


def html_labelled(page: Page, node: Node) -> list[Node]:
    """Put the number beside the formula."""
    identifier, _, pairs = attributes(node)
    number = escape(pairs.get("number", ""), quote=True)
    names = ["equation", *(["ends"] if page.at_end else [])]
    alt = escape(pairs.get("alt", ""), quote=True)
    said = f' role="math" aria-label="{alt}"' if alt else ""
    start = opening("span", identifier, names, f'data-number="{number}"')
    return [
        html_inline(f'{start}<span class="scroll"{said}>'),
        *node["c"][1],
        html_inline(f'</span><button class="equation-number">({number})</button></span>'),
    ]


def typst(setter: Setter, node: Node, **named: object) -> list[Node]:
    """Call the template's formula."""
    key = math_key(node)
    tex, displayed = key
    if displayed:
        named["fit"] = len(tex) > _LONG
    if len(node["c"]) > 2:
        named["qed"] = True
    call = "book-display" if displayed else "book-math"
    options = syntax.arguments(alt=" ".join(tex.split()), **named)
    space = " " if displayed else ""
    return [typst_inline(f"#{call}({options}, ${space}{setter.typst_of[key]}{space}$);")]


def typst_labelled(setter: Setter, node: Node) -> list[Node]:
    """Call the template's formula with its number."""
    identifier, _, pairs = attributes(node)
    label = setter.label(identifier)
    formulas = [inline for inline in node["c"][1] if inline["t"] == "Math"]
    return [
        new
        for formula in formulas
        for new in typst(setter, formula, number=pairs.get("number"), id=label)
    ]


def markdown_labelled(page: Plain, node: Node) -> list[Node]:
    """Put the number into the formula."""
    content = node["c"][1]
    if not content or content[0]["t"] != "Math":
        return page.inlines(content)
    style, tex = content[0]["c"]
    number = attributes(node)[2].get("number", "")
    return [{"t": "Math", "c": [style, f"{tex.rstrip()} \\qquad({number})"]}]


CONSTRUCT = Construct(
    name="Formulas",
    syntax=("`$x$`", "`$$x$$`", '`$$x$$ {#eq-x alt="…"}`'),
    reads={pf.Math: read, pf.Para: read_paragraph, pf.Plain: read_paragraph},
    writes={
        "Math": Form(html, typst),
        "Span.equation": Form(html_labelled, typst_labelled, markdown_labelled),
    },
    keeps=("equation",),
)
