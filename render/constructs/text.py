"""Running text: paragraphs, lists, quotations, and emphasis of every kind."""

import re
from functools import partial
from typing import Any

import panflute as pf

from render import crossref
from render.constructs import image
from render.constructs.construct import Construct, Form
from render.html.tree import Page
from render.neutral import Node, plain, typst_block, typst_inline
from render.pdf import syntax
from render.pdf.tree import Setter, wrap
from render.reader import Blocks, Inlines, Reader

_MARKER = re.compile(rf"^[ \t>]*\(?@(?:{'|'.join(crossref.NAMES)})-[\w-]+[.)](?=\s)", re.MULTILINE)
_NEGATIVE = re.compile(r"^([(\[]?)-(?=\.?\d)")
_STYLES = {
    "Emph": "emph",
    "Strong": "strong",
    "Strikeout": "strike",
    "Superscript": "super",
    "Subscript": "sub",
    "SmallCaps": "smallcaps",
    "Underline": "underline",
}


# -- reading -----------------------------------------------------------------------------------


def read_paragraph(reader: Reader, el: pf.Para | pf.Plain) -> Blocks:
    """Read a paragraph; one of which nothing shows is none."""
    built = reader.inlines(list(el.content))
    return [type(el)(*built)] if built else []


def read_quotation(reader: Reader, el: pf.BlockQuote) -> Blocks:
    """Read a quotation."""
    built = reader.blocks(list(el.content))
    return [pf.BlockQuote(*built)] if built else []


def read_verse(reader: Reader, el: pf.LineBlock) -> Blocks:
    """Read verse."""
    lines = [pf.LineItem(*reader.inlines(list(line.content))) for line in el.content]
    return [pf.LineBlock(*lines)]


def read_list(reader: Reader, el: pf.BulletList | pf.OrderedList) -> Blocks:
    """Read a list."""
    if isinstance(el, pf.OrderedList) and el.style == "Example":
        reference = _MARKER.search(reader.source.markdown)
        if reference:
            place = reader.at(reference.start())
            raise place.error(
                f"{reference[0].strip()} at the beginning of a paragraph is read as a list of "
                "examples, and not as a reference; put a word before it"
            )
    el.content = [pf.ListItem(*reader.blocks(list(item.content))) for item in el.content]
    return [el]


def read_definitions(reader: Reader, el: pf.DefinitionList) -> Blocks:
    """Read terms and their definitions."""
    items = []
    for item in el.content:
        term = reader.inlines(list(item.term))
        definitions = [
            pf.Definition(*reader.blocks(list(definition.content)))
            for definition in item.definitions
        ]
        items.append(pf.DefinitionItem(term, definitions))
    return [pf.DefinitionList(*items)]


def read_rule(_reader: Reader, el: pf.HorizontalRule) -> Blocks:
    """Keep a rule."""
    return [el]


def read_string(reader: Reader, el: pf.Str) -> Inlines:
    """Stop at markup that Pandoc has read as text."""
    text = el.text
    if "[^" in text and (note := re.search(r"\[\^[^\]\s]+\]", text)):
        reader.fail(f"the footnote {note[0]} is not defined", re.escape(note[0]))
    if re.match(r"\{#[a-z]+-", text):
        reader.fail(
            f"{text} is read as text; a label stands right behind its heading, image, "
            "closing $$ or caption",
            re.escape(text),
        )
    if re.match(r":::+$", text):
        reader.fail(
            "::: is read as text; a div begins with ::: {.class}, a blank line before it, "
            "and ends with :::",
            r"(?m)^\s*:::+",
        )
    return [el]


# -- writing -----------------------------------------------------------------------------------


def html_paragraph(page: Page, node: Node) -> list[Node]:
    """Write a paragraph, whose last formula is told so."""
    return [{"t": node["t"], "c": page.inlines(node["c"], ends=True)}]


def typst_paragraph(setter: Setter, node: Node) -> list[Node]:
    """Write a paragraph; pictures alone in one become blocks."""
    content = node["c"]
    shown = [inline for inline in content if inline["t"] not in {"Space", "SoftBreak"}]
    if shown and all(inline["t"] == "Image" for inline in shown):
        return [typst_block(f"#{image.typst_call(setter, inline)}") for inline in shown]
    return [{"t": node["t"], "c": setter.inlines(content)}]


def typst_definitions(setter: Setter, node: Node) -> list[Node]:
    """Call the template's list of terms."""
    new = [typst_block("#book-definitions(")]
    for term, definitions in node["c"]:
        new += wrap("([", [plain(setter.inlines(term))], "], [")
        for definition in definitions:
            new += setter.blocks(definition)
        new.append(typst_block("]),"))
    return [*new, typst_block(")")]


def typst_rule(_setter: Setter, _node: Node) -> list[Node]:
    """Call the template's rule."""
    return [typst_block("#book-rule()")]


def typst_string(_setter: Setter, node: Node) -> list[Node]:
    """Escape text; a number has a minus before it, not a hyphen."""
    return [typst_inline(syntax.text(_NEGATIVE.sub("\\1−", node["c"])))]


def typst_style(style: str, setter: Setter, node: Node) -> list[Node]:
    """Call one of Typst's styles."""
    # The semicolon ends the call, whatever the next word begins with.
    return [typst_inline(f"#{style}["), *setter.inlines(node["c"]), typst_inline("];")]


def typst_quoted(setter: Setter, node: Node) -> list[Node]:
    """Write quotation marks as they are."""
    quotes, inlines = node["c"]
    left, right = "‘’" if quotes["t"] == "SingleQuote" else "“”"
    return [typst_inline(left), *setter.inlines(inlines), typst_inline(right)]


def _typst(source: str) -> Form:
    def write(_setter: Any, _node: Node) -> list[Node]:
        return [typst_inline(source)]

    return Form(typst=write)


CONSTRUCT = Construct(
    name="Running text",
    syntax=(
        "`*emphasis*`",
        "`**strong**`",
        "`~~struck~~`",
        "`x^2^`",
        "`H~2~O`",
        '`"quoted"`',
        "`- item`",
        "`1. item`",
        "`(@) example`",
        "`: definition`",
        "`> quotation`",
        "`| verse`",
        "`***`",
    ),
    reads={
        pf.Para: read_paragraph,
        pf.Plain: read_paragraph,
        pf.BlockQuote: read_quotation,
        pf.LineBlock: read_verse,
        pf.BulletList: read_list,
        pf.OrderedList: read_list,
        pf.DefinitionList: read_definitions,
        pf.HorizontalRule: read_rule,
        pf.Str: read_string,
        **dict.fromkeys(
            (
                *(pf.Emph, pf.Strong, pf.Underline, pf.Strikeout, pf.Superscript, pf.Subscript),
                *(pf.SmallCaps, pf.Quoted),
            ),
            Reader.inside_of,
        ),
    },
    writes={
        "Para": Form(html_paragraph, typst_paragraph),
        "Plain": Form(html_paragraph, typst_paragraph),
        "BlockQuote": Form(),
        "LineBlock": Form(),
        "BulletList": Form(),
        "OrderedList": Form(),
        "DefinitionList": Form(typst=typst_definitions),
        "HorizontalRule": Form(typst=typst_rule),
        "Str": Form(typst=typst_string),
        "Space": _typst(" "),
        "SoftBreak": _typst(" "),
        "LineBreak": _typst("\\\n"),
        "Quoted": Form(typst=typst_quoted),
        **{kind: Form(typst=partial(typst_style, style)) for kind, style in _STYLES.items()},
    },
)
