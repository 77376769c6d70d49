"""Headings: of the chapter, and of its sections."""

import re
from html import escape
from typing import Any

import panflute as pf

from render import crossref, pandoc
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page
from render.neutral import Node, html_inline, plain, string, typst_block
from render.pdf import syntax
from render.pdf.tree import Setter, wrap
from render.reader import QUARTO_CLASS, Blocks, Reader
from render.text import stringify

_UNNUMBERED = frozenset(("unnumbered", "unlisted"))
_APPENDIX = "Appendix"


def read(reader: Reader, el: pf.Header) -> Blocks:
    """Give a heading its number; one that contents leave out has the class ``unlisted``."""
    is_chapter = reader.heading is None
    said = stringify(el.content)
    if not is_chapter and el.level == 1:
        reader.fail(
            f"a second first-level heading, {said!r}; a chapter has one, and its sections begin "
            "with ##",
            rf"(?m)^# *{re.escape(said[:8])}" if said else None,
        )
    content = reader.inlines(list(el.content))
    ident, made_up = el.identifier, reader.cell is not None
    if ident == pandoc.identifier(said):
        # A computed word in the heading belongs into its id, not the number of its step.
        ident, made_up = pandoc.identifier(stringify(content)), True
    ident = reader.register(ident, automatic=made_up)
    for name in el.classes:
        if name not in _UNNUMBERED and (name in reader.kept or QUARTO_CLASS.fullmatch(name)):
            reader.fail(f"the class `.{name}` on a heading is not known", rf"\.{re.escape(name)}")
    number = ""
    if reader.number and "unnumbered" not in el.classes and not reader.silent:
        number = reader.number if is_chapter else reader.numbers.section(el.level)
    classes = list(el.classes)
    if reader.silent and "unlisted" not in classes:
        classes.append("unlisted")
    header = pf.Header(
        *content,
        level=el.level,
        identifier=ident,
        classes=classes,
        attributes=dict(el.attributes),
    )
    options = reader.book.html if reader.fmt == "html" else reader.book.typst
    shown = options.get("number-sections", True) and el.level <= options.get("number-depth", 6)
    if number and shown:
        header.attributes["number"] = number
    kind = crossref.kind_of(ident)
    if kind == "sec":
        _label(reader, ident, number, content, shown=shown, is_chapter=is_chapter)
    elif kind is not None:
        reader.fail(
            f"the label {ident} on a heading; the label of a section begins with sec-",
            rf"#{re.escape(ident)}",
        )
    return [header]


def _label(
    reader: Reader, ident: str, number: str, content: list[Any], *, shown: bool, is_chapter: bool
) -> None:
    """Make a section known to references; one without a number is known to have none."""
    if not number:
        reader.unnumbered[ident] = reader.ids[ident]
        return
    title, appendix = stringify(content), reader.chapter.appendix
    if is_chapter:
        title = (f"{_APPENDIX} {number} — " if appendix else f"{number} ") + title
    reader.target(
        ident,
        "sec",
        number if shown else "",
        title=title,
        is_chapter=is_chapter,
        appendix=appendix,
    )


def html(page: Page, node: Node) -> list[Node]:
    """Put the number before the heading."""
    level, (identifier, classes, pairs), inlines = node["c"]
    other = dict(pairs)
    number = other.pop("number", "")
    inlines = page.inlines(inlines)
    if number:
        label = escape(number)
        if level == 1 and page.appendix:
            label = f"{_APPENDIX} {label} —"
        inlines = [html_inline(f'<span class="number">{label}</span>'), {"t": "Space"}, *inlines]
    kept = [name for name in classes if name != "unnumbered"]
    return [{"t": "Header", "c": [level, [identifier, kept, list(other.items())], inlines]}]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Call the template's heading."""
    level, (identifier, classes, attributes), content = node["c"]
    opens = node is setter.first
    options = syntax.arguments(
        kind="chapter" if opens else "section",
        level=setter.source.base + level - 1,
        depth=level,
        place=setter.targets.label(setter.source.path),
        begins=setter.source.begins if opens else None,
        number=dict(attributes).get("number"),
        id=setter.label(identifier),
        outlined=level <= setter.toc_depth and "unlisted" not in classes,
    )
    # A note stands where the heading is shown, not in the contents.
    notes = [inline for inline in content if inline["t"] == "Note"]
    title = plain(setter.inlines([inline for inline in content if inline["t"] != "Note"]))
    call = f"#book-heading({options}"
    if not notes:
        return wrap(f"{call})[", [title])
    shown = wrap(f"{call}, notes: [", [plain(setter.inlines(notes))], "])[")
    return [*shown, title, typst_block("]")]


def markdown(page: Plain, node: Node) -> list[Node]:
    """Put the number before the heading, as text."""
    level, (_, _, pairs), inlines = node["c"]
    number = dict(pairs).get("number", "")
    inlines = page.inlines(inlines)
    if number:
        appendix = level == 1 and page.appendix
        inlines = [string(f"{_APPENDIX} {number} — " if appendix else f"{number} "), *inlines]
    return [{"t": "Header", "c": [level, ["", [], []], inlines]}]


CONSTRUCT = Construct(
    name="Headings",
    syntax=("`# Chapter {#sec-chapter}`", "`## Section {#sec-section .unnumbered .unlisted}`"),
    reads={pf.Header: read},
    writes={"Header": Form(html, typst, markdown)},
)
