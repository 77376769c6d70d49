"""A chapter's Markdown as the neutral tree that both formats are written from.

`Builder` goes once through what Pandoc has read, in the order of the text. What the format does
not show is left out before anything is counted. Quarto's constructs become plain `Div` elements
with agreed classes and attributes; a construct that is not known stops the render.
"""

import re
from collections.abc import Callable
from typing import Any

import panflute as pf

from render import cells, crossref, pandoc
from render.core import QUARTO_CLASS, RESERVED, Blocks, Heading, Inlines
from render.divs import DivBuilder
from render.errors import RenderError
from render.inlines import drop_condition
from render.source import Cell
from render.text import stringify, toc_title

__all__ = ["Builder"]

_MARKER = re.compile(rf"^[ \t>]*\(?@(?:{'|'.join(crossref.NAMES)})-[\w-]+[.)](?=\s)", re.MULTILINE)


class Builder(DivBuilder):
    """Builds one chapter's tree."""

    def build(self, parsed: pandoc.Parsed) -> Blocks:
        """Build the tree from what Pandoc has read.

        Raises
        ------
        RenderError
            If the chapter has something that is wrong or unknown.
        """
        self.check_messages(parsed)
        doc = parsed.doc()
        if doc.metadata.content:
            key = next(iter(doc.metadata.content))
            self.fail(
                f"a block of YAML (`{key}`) in the middle of a chapter; the front matter stands at "
                "its top",
                rf"(?m)^{re.escape(key)}\s*:",
            )
        blocks = list(doc.content)
        self.take_heading(blocks)
        built = self.blocks(blocks)
        self.check_steps()
        return [*([self.heading] if self.heading else []), *built]

    def take_heading(self, blocks: Blocks) -> None:
        """Take the chapter's heading out of its blocks."""
        title = self.source.front_matter.get("title")
        first = next(
            (block for block in blocks if isinstance(block, pf.Header) and block.level == 1), None
        )
        if title is not None and first is not None:
            self.fail(
                "the chapter has both a title in its front matter and a first-level heading; "
                "keep one of them",
                r"(?m)^# ",
            )
        if first is None:
            if title is None:
                raise RenderError(
                    "the chapter has no title; begin it with a heading such as "
                    "`# Title {#sec-title}`",
                    path=self.chapter.path,
                    line=1,
                )
            first = pf.Header(*self.parse_inlines(title), level=1)
        else:
            blocks.remove(first)
        self.heading = self.header(first)[0]

    def check_steps(self) -> None:
        """Check that every step has been met: one that was not is not where code can stand."""
        for step in self.source.steps:
            if step.index not in self.steps:
                what = "chunk" if isinstance(step, Cell) else "inline `{python}` expression"
                raise RenderError(
                    f"this {what} stands where Markdown reads no code (in an indented block, raw "
                    "HTML or a comment?); move it into the text",
                    path=step.where,
                    line=step.line,
                )

    def block(self, item: Any) -> Blocks:
        """Process one block."""
        handler = _BLOCKS.get(type(item))
        if handler is None:
            self.fail(f"a block of type {item.tag} is not known")
        return handler(self, item)

    def inline(self, item: Any) -> Inlines:
        """Process one inline element."""
        handler = _INLINES.get(type(item))
        return [item] if handler is None else handler(self, item)

    def header(self, el: pf.Header) -> Blocks:
        """Give a heading its number and its place in the contents."""
        is_chapter = self.heading is None
        if not is_chapter and el.level == 1:
            self.fail(
                f"a second first-level heading, {stringify(el.content)!r}; a chapter has one, and "
                "its sections begin with ##",
                rf"(?m)^# *{re.escape(stringify(el.content)[:8])}"
                if stringify(el.content)
                else None,
            )
        automatic = pandoc.identifier(stringify(el.content))
        content = self.inlines(list(el.content))
        made_up = self.cell is not None
        ident = el.identifier
        if ident == automatic:
            # A computed word in the heading belongs into its id, not the number of its step.
            ident, made_up = pandoc.identifier(stringify(content)), True
        ident = self.register(ident, automatic=made_up)
        known = {"unnumbered", "unlisted"}
        for name in el.classes:
            if name not in known and (name in RESERVED or QUARTO_CLASS.fullmatch(name)):
                self.fail(f"the class `.{name}` on a heading is not known", rf"\.{re.escape(name)}")
        numbered = bool(self.number) and "unnumbered" not in el.classes and not self.silent
        number = ""
        if numbered:
            number = self.number if is_chapter else self.numbers.section(el.level)
        header = pf.Header(
            *content,
            level=el.level,
            identifier=ident,
            classes=list(el.classes),
            attributes=dict(el.attributes),
        )
        shown = self.book.number_sections and el.level <= self.book.number_depth
        if number and shown:
            header.attributes["number"] = number
        kind = crossref.kind_of(ident)
        if kind == "sec":
            if number:
                title = stringify(content)
                if is_chapter:
                    word = f"Appendix {number} — " if self.chapter.appendix else f"{number} "
                    title = word + title
                self.target(
                    ident,
                    "sec",
                    number if shown else "",
                    title=title,
                    is_chapter=is_chapter,
                    appendix=self.chapter.appendix,
                )
            else:
                self.unnumbered[ident] = self.ids[ident]
        elif kind is not None:
            self.fail(
                f"the label {ident} on a heading; the label of a section begins with sec-",
                rf"#{re.escape(ident)}",
            )
        listed = not is_chapter and "unlisted" not in el.classes and not self.silent
        if listed and el.level <= self.book.toc_depth:
            entry = toc_title(content)
            self.toc.append(Heading(el.level, ident, header.attributes.get("number", ""), entry))
        return [header]

    def para(self, el: pf.Para | pf.Plain) -> Blocks:
        """Process a paragraph, with the labels of the equations in it."""
        content = list(el.content)
        figure = self.lone_image(content)
        if figure is not None:
            return figure
        has_display = any(_is_display(item) for item in content)
        built = self.equations(content) if has_display else self.inlines(content)
        return [type(el)(*built)] if built else []

    def equations(self, content: Inlines) -> Inlines:
        """Process a paragraph with display formulas, each of which may have a label behind it."""
        found: Inlines = []
        at = 0
        while at < len(content):
            item = content[at]
            at += 1
            found += self.inlines([item])
            if not _is_display(item):
                continue
            after = at
            while after < len(content) and isinstance(content[after], pf.Space):
                after += 1
            text, end = _attributes(content, after)
            if not text:
                continue
            ident, attributes = self.parse_attributes(text)
            if crossref.kind_of(ident) != "eq":
                self.fail(
                    f"the label of an equation begins with eq-, not {ident!r}", re.escape(text)
                )
            label = self.register(ident)
            number = self.numbers.next("eq")
            self.target(label, "eq", number)
            extra = {key: value for key, value in attributes.items() if key == "alt"}
            for key in attributes:
                if key != "alt":
                    self.fail(f"the attribute `{key}` of an equation is not known", re.escape(key))
            found[-1] = pf.Span(
                found[-1],
                identifier=label,
                classes=["equation"],
                attributes={"number": number, **extra},
            )
            at = end
        return found

    def parse_attributes(self, text: str) -> tuple[str, dict[str, str]]:
        """Read the ``{#eq-…}`` behind an equation."""
        (parsed,) = pandoc.read_many([f"[x]{text}"])
        first = parsed.doc().content
        span = first[0].content[0] if first and first[0].content else None
        if not isinstance(span, pf.Span):
            self.fail(f"{text} behind an equation cannot be read", re.escape(text[:20]))
        return span.identifier, dict(span.attributes)

    def code_block(self, el: pf.CodeBlock) -> Blocks:
        """Process shown code, or put in what a chunk has given."""
        if "render-cell" in el.classes:
            return self.cell_mark(el)
        self.register(el.identifier)
        visible = self.visible(el, el.classes)
        if visible is not None:
            if not visible:
                return []
            drop_condition(el)
        self.check_classes(el, "a code block")
        self.check_attributes(el, "a code block")
        if crossref.kind_of(el.identifier) is not None:
            self.fail(
                f"the label {el.identifier} on a code block; listings are not numbered",
                rf"#{re.escape(el.identifier)}",
            )
        el.text = self.code_text(el.text)
        return [el]

    def cell_mark(self, el: pf.CodeBlock) -> Blocks:
        """Put in what a chunk has given."""
        index = int(el.attributes.get("index", "-1"))
        step = self.source.steps[index] if 0 <= index < len(self.source.steps) else None
        if not isinstance(step, Cell) or index in self.steps:
            self.fail("the class `.render-cell` is kept for the renderer", r"\.render-cell")
        self.steps.add(index)
        return cells.build(self, step, self.outputs.get(index, ()))

    def raw_block(self, el: pf.RawBlock) -> Blocks:
        """Keep raw content of this format."""
        text = self.raw(el)
        return [] if text is None else [pf.RawBlock(text, format=el.format)]

    def quote(self, el: pf.BlockQuote) -> Blocks:
        """Process a quotation."""
        built = self.blocks(list(el.content))
        return [pf.BlockQuote(*built)] if built else []

    def line_block(self, el: pf.LineBlock) -> Blocks:
        """Process verse."""
        lines = [pf.LineItem(*self.inlines(list(line.content))) for line in el.content]
        return [pf.LineBlock(*lines)]

    def bullet_list(self, el: pf.BulletList | pf.OrderedList) -> Blocks:
        """Process a list."""
        if isinstance(el, pf.OrderedList) and el.style == "Example":
            reference = _MARKER.search(self.source.markdown)
            if reference:
                place = self.at(reference.start())
                raise RenderError(
                    f"{reference[0].strip()} at the beginning of a paragraph is read as a list of "
                    "examples, and not as a reference; put a word before it",
                    path=place.path,
                    line=place.line,
                )
        el.content = [pf.ListItem(*self.blocks(list(item.content))) for item in el.content]
        return [el]

    def definition_list(self, el: pf.DefinitionList) -> Blocks:
        """Process terms and their definitions."""
        items = []
        for item in el.content:
            term = self.inlines(list(item.term))
            definitions = [
                pf.Definition(*self.blocks(list(definition.content)))
                for definition in item.definitions
            ]
            items.append(pf.DefinitionItem(term, definitions))
        return [pf.DefinitionList(*items)]

    def rule(self, el: pf.HorizontalRule) -> Blocks:
        """Keep a rule."""
        return [el]


def _is_display(item: Any) -> bool:
    return isinstance(item, pf.Math) and item.format == "DisplayMath"


def _attributes(content: Inlines, at: int) -> tuple[str | None, int]:
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


_BLOCKS: dict[type, Callable[[Builder, Any], Blocks]] = {
    pf.Header: Builder.header,
    pf.Para: Builder.para,
    pf.Plain: Builder.para,
    pf.CodeBlock: Builder.code_block,
    pf.RawBlock: Builder.raw_block,
    pf.BlockQuote: Builder.quote,
    pf.LineBlock: Builder.line_block,
    pf.BulletList: Builder.bullet_list,
    pf.OrderedList: Builder.bullet_list,
    pf.DefinitionList: Builder.definition_list,
    pf.HorizontalRule: Builder.rule,
    pf.Figure: Builder.figure,
    pf.Table: Builder.table,
    pf.Div: Builder.div,
}

_INLINES: dict[type, Callable[[Builder, Any], Inlines]] = {
    pf.Str: Builder.string,
    pf.Code: Builder.code,
    pf.Math: Builder.math,
    pf.Note: Builder.note,
    pf.Span: Builder.span,
    pf.Image: Builder.image_inline,
    pf.Link: Builder.link,
    pf.Cite: Builder.cite,
    pf.RawInline: Builder.raw_inline,
    pf.Emph: Builder.container,
    pf.Strong: Builder.container,
    pf.Underline: Builder.container,
    pf.Strikeout: Builder.container,
    pf.Superscript: Builder.container,
    pf.Subscript: Builder.container,
    pf.SmallCaps: Builder.container,
    pf.Quoted: Builder.container,
}
