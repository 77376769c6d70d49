"""A chapter's Markdown as the neutral tree that both formats are written from.

`Builder` goes once through what Pandoc has read, in the order of the text. What the format does
not show is left out before anything is counted. Quarto's constructs become plain `Div` elements
with agreed classes and attributes; a construct that is not known stops the render.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import panflute as pf

from render import cells, crossref, links, pandoc
from render.config import Book, Chapter
from render.crossref import Format, Numbers, Place, Reference, Target
from render.errors import RenderError
from render.source import Cell, ChapterSource, Inline

CALLOUTS = {
    "note": "Note",
    "tip": "Tip",
    "warning": "Warning",
    "important": "Important",
    "caution": "Caution",
}
PROOFS = {"proof": "Proof", "remark": "Remark", "solution": "Solution"}

_MARK = re.compile(r"`(\d+)`\{\.render-inline\}")
_RESERVED = frozenset(
    "float float-caption subfloats subfloat callout callout-title theorem theorem-title tabset tab "
    "tab-title layout layout-cell equation xref render-cell render-inline".split()
)
_QUARTO_CLASS = re.compile(
    r"(callout|column|panel|cell|quarto|layout|fig|tbl|lst|code|content|listing|g-col|reveal)-.*"
    r"|aside|landscape|hidden|fragment|incremental|nonincremental|list-table|grid|cell|lightbox"
    r"|line-block|scrolling|unnumbered-table|panel|column|callout"
)
_QUARTO_ATTRIBUTE = re.compile(r"(layout|fig|tbl|lst|code|cap|when|unless|output|column|ref)\b.*")
_WIDTH = re.compile(r"\d*\.?\d+\s*(%|cm|in)\Z")
_ANNOTATION = re.compile(r"(?:#|//|--|%)\s*<\d+>\s*$", re.MULTILINE)
_MACRO = re.compile(
    r"\s*\\(?:re)?newcommand|\s*\\providecommand|\s*\\(?:g|x|e)?def\\|\s*\\DeclareMathOperator"
)
_COLUMN_WIDTHS = re.compile(r"\[\s*\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?)*\s*\]\Z")

Blocks = list[Any]
Inlines = list[Any]


@dataclass(frozen=True)
class Heading:
    """An entry of a chapter's table of contents.

    Attributes
    ----------
    level
        2 for a section, 3 for a subsection, …
    id
        The heading's id.
    number
        Its number, or "".
    title
        Its text as inline elements, without notes and links.
    """

    level: int
    id: str
    number: str
    title: Sequence[Any]

    @property
    def text(self) -> str:
        """The title as text."""
        return stringify(self.title)


@dataclass
class _Float:
    """The float that is being filled, while its parts look for a parent."""

    label: str
    number: str
    count: int = 0


@dataclass(frozen=True)
class Anchor:
    """A link to an id that may stand on this page or in another chapter."""

    link: pf.Link
    chapter: str | None
    id: str
    place: Place


@dataclass
class Builder:
    """Builds one chapter's tree.

    Parameters
    ----------
    book, chapter
        The book, and the chapter to build.
    source
        The chapter's source.
    outputs, inlines
        What its chunks and its expressions have given, by step.
    number
        The chapter's number, or "".
    fmt
        The format.
    keys
        The keys that may be cited.
    chapters
        All chapters, by file.
    """

    book: Book
    chapter: Chapter
    source: ChapterSource
    outputs: Mapping[int, Sequence[Mapping[str, Any]]]
    inline_results: Mapping[int, Mapping[str, Any]]
    number: str
    fmt: Format
    keys: frozenset[str]
    chapters: Mapping[str, Chapter]

    media: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    toc: list[Heading] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    ids: dict[str, Place] = field(default_factory=dict)
    unnumbered: dict[str, Place] = field(default_factory=dict)
    cited: dict[str, Place] = field(default_factory=dict)
    heading: pf.Header | None = None

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.number)
        self.steps: set[int] = set()
        self.cell: Cell | None = None
        self.parent: _Float | None = None
        self.silent = 0

    # -- the chapter ---------------------------------------------------------------------------

    def build(self, parsed: pandoc.Parsed) -> Blocks:
        """Build the tree from what Pandoc has read.

        Raises
        ------
        RenderError
            If the chapter has something that is wrong or unknown.
        """
        self.check_messages(parsed, self.source.markdown)
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
        assert self.heading is not None
        return [self.heading, *built]

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

    def check_messages(self, parsed: pandoc.Parsed, text: str) -> None:
        for message in parsed.messages:
            if self.cell is not None:
                place = self.where()
            elif message.line is not None:
                place = Place(*self.source.place(message.line))
            else:
                place = Place(self.chapter.path, None)
            said = re.sub(r"\s*(?:at|defined at)? ?\bline \d+ column \d+,?", "", message.text)
            raise RenderError(f"Pandoc warns: {said}", path=place.path, line=place.line)

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

    # -- places and errors ---------------------------------------------------------------------

    def where(self, pattern: str | None = None, nth: int = 0) -> Place:
        """Give the place where a pattern occurs in the source; the best guess if it does not."""
        if self.cell is not None:
            return cells.place(self.cell, pattern)
        if pattern is None:
            return Place(self.chapter.path, None)
        found = self.occurrences(pattern)
        if found:
            return found[min(nth, len(found) - 1)]
        return Place(self.chapter.path, None)

    def occurrences(self, pattern: str) -> list[Place]:
        """Give all places where a pattern occurs in the source."""
        text = self.source.markdown
        return [
            Place(*self.source.place(text.count("\n", 0, match.start()) + 1))
            for match in re.finditer(pattern, text)
        ]

    def fail(self, message: str, pattern: str | None = None) -> NoReturn:
        """Stop with an error at the place where a pattern occurs."""
        place = self.where(pattern)
        raise RenderError(message, path=place.path, line=place.line)

    @contextmanager
    def inside(self, cell: Cell) -> Iterator[None]:
        """Let errors speak of a chunk while what it has given is read."""
        outer, self.cell = self.cell, cell
        try:
            yield
        finally:
            self.cell = outer

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Number and list no heading meanwhile."""
        self.silent += 1
        try:
            yield
        finally:
            self.silent -= 1

    # -- ids and labels ------------------------------------------------------------------------

    def register(self, ident: str, *, automatic: bool = False) -> str:
        """Note that an id is taken; give the id, changed if it was made up and is not free."""
        if not ident:
            return ident
        if ident in self.ids:
            if automatic:
                count = 1
                while f"{ident}-{count}" in self.ids:
                    count += 1
                return self.register(f"{ident}-{count}")
            self.duplicate(ident, self.ids[ident], self.define(ident, 1))
        self.ids[ident] = self.define(ident)
        return ident

    def define(self, ident: str, nth: int = 0) -> Place:
        """Give the place where an id is defined."""
        return self.where(rf"\{{[^{{}}\n]*#{re.escape(ident)}(?![\w.:-])|^#\|\s*label:.*$", nth)

    def duplicate(self, label: str, first: Place, second: Place) -> NoReturn:
        raise RenderError(
            f"the label {label} is given twice; it is also at {first}",
            path=second.path,
            line=second.line,
        )

    def target(self, label: str, kind: str, number: str, **more: Any) -> Target:
        """Make a label known to references."""
        place = self.ids.get(label) or self.define(label)
        found = Target(
            label, kind, self.chapter.path, self.chapter.href, number, place=place, **more
        )
        self.targets[label] = found
        return found

    # -- fragments -----------------------------------------------------------------------------

    def parse_blocks(self, text: str, reader: str = pandoc.READER) -> Blocks:
        """Read Markdown (or HTML) that is not part of the chapter's own text."""
        (parsed,) = pandoc.read_many([(reader, text)])
        if reader == pandoc.READER:
            self.check_messages(parsed, text)
        doc = parsed.doc()
        if doc.metadata.content and reader == pandoc.READER:
            self.fail("a block of YAML in what a chunk gives; only text, no metadata, may be there")
        return list(doc.content)

    def parse_inlines(self, text: str) -> Inlines:
        """Read one paragraph's worth of Markdown; its inline elements, not processed yet."""
        blocks = self.parse_blocks(text)
        if not blocks:
            return []
        if len(blocks) > 1 or not isinstance(blocks[0], pf.Para | pf.Plain):
            self.fail(f"the text {text!r} must be a single paragraph", re.escape(text))
        return list(blocks[0].content)

    def inlines_of(self, text: str) -> Inlines:
        """Read and process one paragraph's worth of Markdown."""
        return self.inlines(self.parse_inlines(text))

    # -- blocks --------------------------------------------------------------------------------

    def blocks(self, items: Sequence[Any]) -> Blocks:
        """Process blocks."""
        found: Blocks = []
        for item in items:
            handler = _BLOCKS.get(type(item))
            if handler is None:
                self.fail(f"a block of type {item.tag} is not known")
            found.extend(handler(self, item))
        return found

    def header(self, el: pf.Header) -> Blocks:
        """Number a heading and list it."""
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
            if name not in known and (name in _RESERVED or _QUARTO_CLASS.fullmatch(name)):
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
            title = toc_title(content)
            self.toc.append(Heading(el.level, ident, header.attributes.get("number", ""), title))
        return [header]

    def para(self, el: pf.Para | pf.Plain) -> Blocks:
        """Process a paragraph, with the labels of the equations in it."""
        content = list(el.content)
        if any(isinstance(item, pf.Math) and item.format == "DisplayMath" for item in content):
            built = self.equations(content)
        else:
            built = self.inlines(content)
        return [type(el)(*built)] if built else []

    def equations(self, content: Inlines) -> Inlines:
        """Process a paragraph with display formulas, each of which may have a label behind it."""
        found: Inlines = []
        at = 0
        while at < len(content):
            item = content[at]
            at += 1
            found += self.inlines([item])
            if not (isinstance(item, pf.Math) and item.format == "DisplayMath"):
                continue
            after = at
            while after < len(content) and isinstance(content[after], pf.Space):
                after += 1
            text, end = _attributes(content, after)
            if text is None:
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
            _drop_condition(el)
        for name in el.classes:
            if name in _RESERVED:
                self.fail(f"the class `.{name}` is kept for the renderer", rf"\.{re.escape(name)}")
        self.check_attributes(el, "a code block", {"startFrom"}, rf"{re.escape(el.text[:20])}")
        if crossref.kind_of(el.identifier) is not None:
            self.fail(
                f"the label {el.identifier} on a code block; listings are not numbered",
                rf"#{re.escape(el.identifier)}",
            )
        el.text = self.code_text(el.text)
        return [el]

    def code_text(self, text: str) -> str:
        if _MARK.search(text):
            self.fail("an inline `{python}` expression inside code does not run", _MARK.pattern)
        if _ANNOTATION.search(text):
            self.fail(
                "an annotation such as `# <1>` in code is not known; say it in the text",
                _ANNOTATION.pattern,
            )
        if re.search(r"(?<!\{)\{\{<", text):
            self.fail("a shortcode in code; write {{{< … >}}} to show one", r"(?<!\{)\{\{<")
        return text.replace("{{{<", "{{<").replace(">}}}", ">}}")

    def cell_mark(self, el: pf.CodeBlock) -> Blocks:
        index = int(el.attributes.get("index", "-1"))
        step = self.source.steps[index] if 0 <= index < len(self.source.steps) else None
        if not isinstance(step, Cell) or index in self.steps:
            self.fail("the class `.render-cell` is kept for the renderer", r"\.render-cell")
        self.steps.add(index)
        return cells.build(self, step, self.outputs.get(index, ()))

    def raw_block(self, el: pf.RawBlock) -> Blocks:
        text = self.raw(el)
        return [] if text is None else [pf.RawBlock(text, format=el.format)]

    def raw_inline(self, el: pf.RawInline) -> Inlines:
        text = self.raw(el)
        return [] if text is None else [pf.RawInline(text, format=el.format)]

    def raw(self, el: pf.RawBlock | pf.RawInline) -> str | None:
        """Give raw content of this format; None if it is of another."""
        name = el.format
        text = str(el.text)
        snippet = re.escape(text.strip().split("\n")[0][:30])
        if name in {"html", "html4", "html5"}:
            bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
            if not bare.strip():
                self.count_marks(text)
                return None
            if self.fmt != "html":
                self.count_marks(text)
                return None
            bare = self.substitute(bare, escape=_escape)
            place = self.where(snippet)
            for url in links.raw_sources(bare, place):
                self.add_media(links.project_path(url, self.chapter, self.book.root, place))
            return bare
        if name == "typst":
            if self.fmt != "typst":
                self.count_marks(text)
                return None
            return self.substitute(text)
        if name in {"tex", "latex"}:
            if _MACRO.match(text):
                return None
            self.fail(
                f"raw LaTeX, {text.strip()[:40]!r}, is shown in neither format; "
                "LaTeX stands between dollar signs",
                snippet,
            )
        self.fail(
            f"raw content for {name}: this book is made for html and typst",
            rf"=\s*{re.escape(name)}",
        )

    def quote(self, el: pf.BlockQuote) -> Blocks:
        built = self.blocks(list(el.content))
        return [pf.BlockQuote(*built)] if built else []

    def line_block(self, el: pf.LineBlock) -> Blocks:
        lines = [pf.LineItem(*self.inlines(list(line.content))) for line in el.content]
        return [pf.LineBlock(*lines)]

    def bullet_list(self, el: pf.BulletList | pf.OrderedList) -> Blocks:
        el.content = [pf.ListItem(*self.blocks(list(item.content))) for item in el.content]
        return [el]

    def definition_list(self, el: pf.DefinitionList) -> Blocks:
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
        return [el]

    def figure(self, el: pf.Figure) -> Blocks:
        """Process an image that stands alone: a float if it has a label or lies in one."""
        caption_blocks = el.caption.content if el.caption else []
        caption = list(caption_blocks[0].content) if caption_blocks else []
        inner = el.content[0]
        image = inner.content[0] if isinstance(inner, pf.Plain | pf.Para) else None
        linked = isinstance(image, pf.Link)
        if linked:
            image = image.content[0] if len(image.content) == 1 else None
        if not isinstance(image, pf.Image):
            el.content = self.blocks(list(el.content))
            return [el]
        label = el.identifier or image.identifier
        own = stringify(image.content)
        words = stringify(caption)
        alt = image.attributes.get("fig-alt") or (own if own != words else None)
        image.identifier = ""

        def content() -> Blocks:
            outer = list(inner.content)
            built = self.inlines(outer) if linked else self.image(image, alt or words)
            return [pf.Plain(*built)]

        def said() -> Inlines:
            return self.inlines(caption)

        kind = crossref.kind_of(label)
        if kind in crossref.FLOATS:
            return self.make_float(label, kind, content, said)
        if kind is not None:
            self.fail(
                f"the label {label} on an image must begin with fig-", rf"#{re.escape(label)}"
            )
        if self.parent is not None and caption:
            return self.make_float(self.part_label(), "fig", content, said)
        ident = self.register(label)
        built = content()
        return [
            pf.Figure(
                *built,
                caption=pf.Caption(pf.Plain(*said())),
                identifier=ident,
                classes=list(el.classes),
            )
        ]

    def table(self, el: pf.Table) -> Blocks:
        """Process a table: a float if its caption has a label."""
        label = el.identifier
        caption_blocks = list(el.caption.content) if el.caption else []
        caption = list(caption_blocks[0].content) if caption_blocks else []
        self.column_widths(el, el.attributes.pop("tbl-colwidths", None))
        self.check_attributes(el, "a table", set(), rf"#{re.escape(label)}" if label else None)

        def content() -> Blocks:
            self.table_cells(el)
            el.identifier = ""
            el.caption = pf.Caption()
            return [el]

        def said() -> Inlines:
            return self.inlines(caption)

        kind = crossref.kind_of(label)
        if kind in crossref.FLOATS:
            return self.make_float(label, kind, content, said)
        if kind is not None:
            self.fail(f"the label {label} on a table must begin with tbl-", rf"#{re.escape(label)}")
        ident = self.register(label)
        built = content()
        if caption:
            if self.parent is not None:
                return self.make_float(self.part_label(), "tbl", lambda: built, said)
            el.caption = pf.Caption(pf.Plain(*said()))
        el.identifier = ident
        return built

    def table_cells(self, el: pf.Table) -> None:
        parts = [el.head, *el.content, el.foot]
        for part in parts:
            rows = list(part.content) if part is not None else []
            if isinstance(part, pf.TableBody):
                rows = [*(part.head or []), *rows]
            for row in rows:
                for cell in row.content:
                    cell.content = self.blocks(list(cell.content))

    def column_widths(self, el: pf.Table, value: str | None) -> None:
        if value is None:
            return
        if not _COLUMN_WIDTHS.match(value):
            self.fail(
                f'tbl-colwidths="{value}" must be a list of numbers such as [30, 70]',
                r"tbl-colwidths",
            )
        widths = [float(part) for part in value.strip("[]").split(",")]
        if len(widths) != el.cols:
            self.fail(
                f"tbl-colwidths has {len(widths)} widths, and the table {el.cols} columns",
                r"tbl-colwidths",
            )
        total = max(sum(widths), 100.0)
        el.colspec = [
            (spec[0], width / total) for spec, width in zip(el.colspec, widths, strict=True)
        ]

    # -- divs ----------------------------------------------------------------------------------

    def div(self, el: pf.Div) -> Blocks:
        """Process a div: one of Quarto's constructs, or a plain one."""
        visible = self.visible(el, el.classes)
        if visible is not None:
            if not visible:
                return []
            _drop_condition(el)
            if not (el.identifier or el.classes or el.attributes):
                return self.blocks(list(el.content))
        kind = crossref.kind_of(el.identifier)
        if kind in crossref.FLOATS:
            return self.float_div(el, kind)
        if kind in crossref.THEOREMS:
            return self.theorem(el, kind)
        if kind is not None:
            what = crossref.UNSUPPORTED.get(kind, f"the label of {crossref.NAMES.get(kind, '')}")
            self.fail(
                f"the label {el.identifier} on a div: {what} is not known here",
                rf"#{re.escape(el.identifier)}",
            )
        for name in el.classes:
            if name.startswith("callout"):
                return self.callout(el, name)
            if name == "panel-tabset":
                return self.tabset(el)
            if name in PROOFS:
                return self.proof(el, name)
        if "layout-ncol" in el.attributes:
            return self.layout(el)
        return self.plain_div(el)

    def plain_div(self, el: pf.Div) -> Blocks:
        self.check_classes(el, "a div")
        self.check_attributes(el, "a div", set(), None)
        ident = self.register(el.identifier)
        return [
            pf.Div(
                *self.blocks(list(el.content)),
                identifier=ident,
                classes=list(el.classes),
                attributes=dict(el.attributes),
            )
        ]

    def check_classes(self, el: Any, what: str) -> None:
        for name in el.classes:
            pattern = rf"[.{{]\s*{re.escape(name)}\b"
            if name in _RESERVED and not _QUARTO_CLASS.fullmatch(name):
                self.fail(f"the class `.{name}` is kept for the renderer", pattern)
            if _QUARTO_CLASS.fullmatch(name):
                self.fail(f"`.{name}` on {what} is not known to this renderer", pattern)

    def check_attributes(self, el: Any, what: str, known: set[str], pattern: str | None) -> None:
        for key in el.attributes:
            if key not in known and _QUARTO_ATTRIBUTE.fullmatch(key):
                self.fail(
                    f"the attribute `{key}` of {what} is not known to this renderer",
                    rf"\b{re.escape(key)}\s*=",
                )
        for key, value in list(el.attributes.items()):
            if _MARK.search(value):
                el.attributes[key] = self.substitute(value)

    def visible(self, el: Any, classes: Sequence[str]) -> bool | None:
        """Tell whether a condition shows an element in this format; None if it has none."""
        shows = "content-visible" in classes
        if not shows and "content-hidden" not in classes:
            return None
        attributes = dict(el.attributes)
        conditions = {
            key: value for key, value in attributes.items() if key.startswith(("when-", "unless-"))
        }
        holds = True
        for key, value in conditions.items():
            if key not in {"when-format", "unless-format"}:
                self.fail(
                    f"the condition `{key}` is not known; `when-format` and `unless-format` are",
                    rf"\b{re.escape(key)}\s*=",
                )
            matches = self.matches(value, key)
            holds = holds and (matches if key == "when-format" else not matches)
        visible = holds if shows else not holds
        if not visible:
            self.skip(el)
        return visible

    def matches(self, value: str, key: str) -> bool:
        name = value.strip()
        pattern = rf"{key}\s*=\s*[\"']?{re.escape(value)}"
        if name in {"html", "html:js"}:
            return self.fmt == "html"
        if name == "typst":
            return self.fmt == "typst"
        if name in {"pdf", "latex"}:
            self.fail(
                f'{key}="{name}" means LaTeX to Quarto, and Typst sets this PDF; write typst',
                pattern,
            )
        self.fail(f'{key}="{name}" is not known; html and typst are', pattern)

    def skip(self, el: Any) -> None:
        """Count the steps in what is not shown as met."""

        def visit(item: Any, _doc: Any) -> None:
            if isinstance(item, pf.CodeBlock) and "render-cell" in item.classes:
                self.steps.add(int(item.attributes["index"]))
            elif isinstance(item, pf.Code) and "render-inline" in item.classes:
                self.steps.add(int(item.text))
            elif isinstance(item, pf.Math | pf.RawInline | pf.RawBlock):
                self.count_marks(item.text)
            for value in getattr(item, "attributes", {}).values():
                self.count_marks(value)

        el.walk(visit)

    def count_marks(self, text: str) -> None:
        self.steps.update(int(found) for found in _MARK.findall(text))

    def take_title(self, el: pf.Div, attribute: str) -> Inlines:
        """Take a block's title out of it: an attribute, or the heading that it begins with."""
        given = el.attributes.pop(attribute, None)
        if given:
            return self.inlines_of(given)
        if el.content and isinstance(el.content[0], pf.Header):
            header = el.content.pop(0)
            return self.inlines(list(header.content))
        return []

    def callout(self, el: pf.Div, name: str) -> Blocks:
        """Process a note, tip, warning, caution or important remark."""
        kind = name.removeprefix("callout-")
        pattern = rf"\.{re.escape(name)}\b"
        if kind not in CALLOUTS:
            known = ", ".join(f".callout-{each}" for each in CALLOUTS)
            self.fail(f"the callout `.{name}` is not known; {known} are", pattern)
        others = [each for each in el.classes if each != name]
        allowed = {
            "collapse": {"true", "false"},
            "appearance": {"default", "simple", "minimal"},
            "icon": {"true", "false"},
        }
        title = self.take_title(el, "title")
        attributes = {"kind": kind}
        for key, value in el.attributes.items():
            if key not in allowed:
                self.fail(
                    f"the attribute `{key}` of a callout is not known", rf"\b{re.escape(key)}="
                )
            if value not in allowed[key]:
                choices = " or ".join(sorted(allowed[key]))
                self.fail(
                    f'{key}="{value}" of a callout must be {choices}', rf"\b{re.escape(key)}="
                )
            attributes[key] = value
        head = pf.Div(
            pf.Plain(*(title or [pf.Str(CALLOUTS[kind])])),
            classes=["callout-title"],
            attributes={} if title else {"default": "true"},
        )
        ident = self.register(el.identifier)
        return [
            pf.Div(
                head,
                *self.blocks(list(el.content)),
                identifier=ident,
                classes=["callout", *others],
                attributes=attributes,
            )
        ]

    def tabset(self, el: pf.Div) -> Blocks:
        """Process tabs: each heading of the first heading's level begins one."""
        first = el.content[0] if el.content else None
        if not isinstance(first, pf.Header):
            self.fail("a tabset begins with the heading of its first tab", r"\.panel-tabset")
        self.check_attributes(el, "a tabset", set(), None)
        tabs: list[tuple[pf.Header, Blocks]] = []
        for block in el.content:
            if isinstance(block, pf.Header) and block.level == first.level:
                tabs.append((block, []))
            else:
                tabs[-1][1].append(block)
        built = []
        for header, content in tabs:
            title = pf.Div(pf.Plain(*self.inlines(list(header.content))), classes=["tab-title"])
            built.append(pf.Div(title, *self.blocks(content), classes=["tab"]))
        ident = self.register(el.identifier)
        classes = ["tabset" if name == "panel-tabset" else name for name in el.classes]
        return [pf.Div(*built, identifier=ident, classes=classes, attributes=dict(el.attributes))]

    def theorem(self, el: pf.Div, kind: str) -> Blocks:
        """Process a numbered theorem, definition, example or the like."""
        label = self.register(el.identifier)
        number = self.numbers.next(kind)
        self.target(label, kind, number)
        title = self.take_title(el, "name")
        return [
            self.statement(
                el,
                ["theorem", kind],
                {"name": crossref.THEOREMS[kind], "number": number},
                title,
                label,
            )
        ]

    def proof(self, el: pf.Div, name: str) -> Blocks:
        """Process a proof, remark or solution."""
        ident = self.register(el.identifier)
        title = self.take_title(el, "name")
        el.classes = [each for each in el.classes if each != name]
        return [self.statement(el, [name], {"name": PROOFS[name]}, title, ident)]

    def statement(
        self, el: pf.Div, classes: list[str], attributes: dict[str, str], title: Inlines, ident: str
    ) -> pf.Div:
        self.check_classes(el, "a theorem or proof")
        for key in el.attributes:
            self.fail(
                f"the attribute `{key}` of a theorem or proof is not known",
                rf"\b{re.escape(key)}\s*=",
            )
        head = [pf.Div(pf.Plain(*title), classes=["theorem-title"])] if title else []
        with self.silently():
            body = self.blocks(list(el.content))
        if not body:
            self.fail(
                f"this {attributes['name'].lower()} is empty", rf"#{re.escape(ident)}\b|\.proof"
            )
        return pf.Div(
            *head,
            *body,
            identifier=ident,
            classes=[*classes, *el.classes],
            attributes=attributes,
        )

    # -- floats --------------------------------------------------------------------------------

    def float_div(self, el: pf.Div, kind: str) -> Blocks:
        """Process a div with a figure's or a table's label."""
        label = el.identifier
        pattern = rf"#{re.escape(label)}\b"
        ncol = self.columns(el)
        widths = el.attributes.pop("tbl-colwidths", None)
        given = el.attributes.pop(f"{kind}-cap", None)
        self.check_classes(el, "a figure or table")
        self.check_attributes(el, "a figure or table", set(), None)
        content = list(el.content)
        caption: Inlines | None = None
        if len(content) > 1 and isinstance(content[-1], pf.Para) and not _is_images(content[-1]):
            caption = list(content.pop().content)
        elif given:
            caption = self.parse_inlines(given)
        tables = [block for block in content if isinstance(block, pf.Table)]
        if widths is not None:
            for table in tables:
                self.column_widths(table, widths)
        if caption is None and len(tables) == 1 and tables[0].caption:
            blocks = list(tables[0].caption.content)
            caption = list(blocks[0].content) if blocks else None
            tables[0].caption = pf.Caption()
        if not content:
            self.fail(f"{label} is empty; its content and then its caption stand in it", pattern)

        def built() -> Blocks:
            return self.blocks(content)

        def said() -> Inlines:
            return self.inlines(caption or [])

        return self.make_float(label, kind, built, said, ncol=ncol, classes=list(el.classes))

    def columns(self, el: pf.Div) -> int | None:
        given = el.attributes.pop("layout-ncol", None)
        if given is None:
            return None
        if not re.fullmatch(r"[1-9]\d?", given):
            self.fail(f'layout-ncol="{given}" must be a whole number', r"layout-ncol")
        return int(given)

    def part_label(self) -> str:
        """Make up the label of a part of the current float that has none."""
        assert self.parent is not None
        return f"{self.parent.label}-{self.parent.count + 1}"

    def make_float(
        self,
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
        label, kind
            Its label, and the kind of that label.
        content, caption
            Build what is in it; called in this order, after it has been numbered.
        ncol
            In how many columns its parts stand.
        classes
            Further classes.
        """
        ident = self.register(label)
        parent = self.parent
        if parent is not None:
            parent.count += 1
            mark = crossref.letter(parent.count)
            self.target(ident, kind, parent.number, letter=mark)
            built = content()
            said = caption()
            return [_with_caption(ident, ["subfloat", *classes], {"letter": mark}, built, said)]
        number = self.numbers.next(kind)
        self.target(ident, kind, number)
        self.parent = _Float(ident, number)
        try:
            built = content()
            if self.parent.count or ncol is not None:
                before, parts = _panels(built)
                if parts:
                    panel = pf.Div(
                        *parts, classes=["subfloats"], attributes={"ncol": str(ncol or 1)}
                    )
                    built = [*before, panel]
        finally:
            self.parent = None
        attributes = {
            "kind": crossref.FLOAT_KINDS[kind],
            "name": crossref.FLOATS[kind],
            "number": number,
        }
        return [_with_caption(ident, ["float", *classes], attributes, built, caption())]

    def layout(self, el: pf.Div) -> Blocks:
        """Process a div that sets its blocks side by side and has no label."""
        ncol = self.columns(el)
        self.check_classes(el, "a layout")
        self.check_attributes(el, "a layout", set(), None)
        ident = self.register(el.identifier)
        parts = []
        for block in self.blocks(list(el.content)):
            inner = list(block.content) if _is(block, "cell") else [block]
            parts.extend(pf.Div(item, classes=["layout-cell"]) for item in inner)
        return [
            pf.Div(
                *parts,
                identifier=ident,
                classes=["layout", *el.classes],
                attributes={"ncol": str(ncol)},
            )
        ]

    # -- inlines -------------------------------------------------------------------------------

    def inlines(self, items: Sequence[Any]) -> Inlines:
        """Process inline elements."""
        found: Inlines = []
        for item in items:
            handler = _INLINES.get(type(item))
            if handler is not None:
                found.extend(handler(self, item))
            else:
                found.append(item)
        return found

    def container(self, el: Any) -> Inlines:
        el.content = self.inlines(list(el.content))
        return [el]

    def string(self, el: pf.Str) -> Inlines:
        text = el.text
        if text[:1] in "{:[":
            snippet = re.escape(text)
            if re.match(r"\{#[a-z]+-", text):
                self.fail(
                    f"{text} is read as text; a label stands right behind its heading, image, "
                    "closing $$ or caption",
                    snippet,
                )
            if re.match(r":::+$", text):
                self.fail(
                    "::: is read as text; a div begins with ::: {.class}, a blank line before it, "
                    "and ends with :::",
                    r"(?m)^\s*:::+",
                )
            if re.match(r"\[\^[^\]\s]+\]", text):
                self.fail(f"the footnote {text} is not defined", snippet)
        return [el]

    def code(self, el: pf.Code) -> Inlines:
        if "render-inline" in el.classes:
            return self.inline_mark(el)
        el.text = self.code_text(el.text)
        self.register(el.identifier)
        return [el]

    def inline_step(self, index: int) -> tuple[Inline, Mapping[str, Any]]:
        step = self.source.steps[index] if 0 <= index < len(self.source.steps) else None
        if not isinstance(step, Inline) or index in self.steps:
            self.fail("the class `.render-inline` is kept for the renderer", r"\.render-inline")
        self.steps.add(index)
        result = self.inline_results.get(index)
        if result is None:
            raise RenderError(
                f"the expression `{step.expression}` has given nothing",
                path=step.where,
                line=step.line,
            )
        return step, result

    def inline_mark(self, el: pf.Code) -> Inlines:
        """Put in what an expression has given: Markdown if it says so, or else plain text."""
        step, result = self.inline_step(int(el.text) if el.text.isdigit() else -1)
        if "text/markdown" in result:
            text = cells.joined(result["text/markdown"]).strip()
            with self.inside(cells.of_inline(step)):
                return self.inlines_of(text)
        return words(cells.joined(result.get("text/plain", "")))

    def substitute(self, text: str, escape: Callable[[str], str] = str) -> str:
        """Put the text of expressions into a formula, an attribute or raw content."""

        def value(found: re.Match[str]) -> str:
            _, result = self.inline_step(int(found[1]))
            return escape(cells.joined(result.get("text/plain", "")))

        return _MARK.sub(value, text) if "render-inline" in text else text

    def math(self, el: pf.Math) -> Inlines:
        el.text = self.substitute(el.text)
        return [el]

    def note(self, el: pf.Note) -> Inlines:
        return [pf.Note(*self.blocks(list(el.content)))]

    def span(self, el: pf.Span) -> Inlines:
        visible = self.visible(el, el.classes)
        if visible is not None:
            if not visible:
                return []
            _drop_condition(el)
            if not (el.identifier or el.classes or el.attributes):
                return self.inlines(list(el.content))
        self.check_classes(el, "a span")
        self.check_attributes(el, "a span", set(), None)
        self.register(el.identifier)
        return self.container(el)

    def image_inline(self, el: pf.Image) -> Inlines:
        if crossref.kind_of(el.identifier) is not None:
            alone = "stands in a paragraph of its own, with a caption in its brackets"
            self.fail(
                f"the image {el.identifier} stands inside a text; a figure with a label {alone}",
                rf"#{re.escape(el.identifier)}",
            )
        alt = el.attributes.get("fig-alt") or stringify(el.content)
        return self.image(el, alt)

    def image(self, el: pf.Image, alt: str) -> Inlines:
        """Check an image and take its file along."""
        place = self.where(rf"\]\({re.escape(el.url)}")
        path = links.image_path(el.url, self.chapter, self.book.root, place)
        self.check_classes(el, "an image")
        attributes = {}
        for key, value in el.attributes.items():
            if key in {"width", "height"}:
                if not _WIDTH.match(value):
                    raise RenderError(
                        f"{key}={value} of an image must be in %, cm or in, which both formats "
                        "know",
                        path=place.path,
                        line=place.line,
                    )
                attributes[key] = value
            elif key in {"fig-align", "alt"}:
                continue
            elif key != "fig-alt" and _QUARTO_ATTRIBUTE.fullmatch(key):
                self.fail(
                    f"the attribute `{key}` of an image is not known", rf"\b{re.escape(key)}\s*="
                )
            elif key != "fig-alt":
                attributes[key] = value
        alt = self.substitute(alt)
        return [
            pf.Image(
                *([pf.Str(alt)] if alt else []),
                url=self.add_media(path),
                title=el.title,
                identifier=self.register(el.identifier),
                classes=list(el.classes),
                attributes=attributes,
            )
        ]

    def add_media(self, path: str) -> str:
        """Take a file of the project along; give its URL relative to the page."""
        url = links.relative(path, self.chapter)
        if url not in self.media:
            self.media[url] = (Path(self.book.root) / path).read_bytes()
        return url

    def link(self, el: pf.Link) -> Inlines:
        """Check a link."""
        content = self.inlines(list(el.content))
        url = self.substitute(el.url)
        place = self.where(re.escape(el.url))
        made = frozenset({self.book.pdf_name} if "pdf" in self.book.downloads else ())
        found = links.resolve(url, self.chapter, self.chapters, self.book.root, made, place)
        link = pf.Link(
            *content,
            url=url,
            title=el.title,
            identifier=self.register(el.identifier),
            classes=list(el.classes),
            attributes=dict(el.attributes),
        )
        if found.kind == "anchor":
            self.anchors.append(Anchor(link, None, found.anchor, place))
        elif found.kind == "chapter":
            link.url = f"chapter:{found.path}" + (f"#{found.anchor}" if found.anchor else "")
            self.anchors.append(Anchor(link, found.path, found.anchor, place))
        elif found.kind == "file":
            link.url = found.url
            link.classes.append("file")
            self.files[found.url] = found.path
        return [link]

    def cite(self, el: pf.Cite) -> Inlines:
        """Turn references into links, and check citations."""
        kinds = [crossref.kind_of(citation.id) for citation in el.citations]
        if not any(kinds):
            for citation in el.citations:
                self.citation(citation)
            return [el]
        first = el.citations[0].id
        pattern = rf"@{re.escape(first)}"
        if not all(kinds):
            self.fail(
                "cross-references and citations in the same brackets; give each its own", pattern
            )
        found: Inlines = []
        for citation, kind in zip(el.citations, kinds, strict=True):
            if kind in crossref.UNSUPPORTED:
                self.fail(
                    f"@{citation.id} refers to {crossref.UNSUPPORTED[kind]}, which this renderer "
                    "does not number",
                    rf"@{re.escape(citation.id)}",
                )
            if found:
                found += [pf.Str(","), pf.Space()]
            found.append(self.reference(citation))
        return found

    def citation(self, citation: pf.Citation) -> None:
        if citation.id not in self.keys:
            self.fail(
                f"the citation @{citation.id} is not in the bibliography",
                rf"@\{{?{re.escape(citation.id)}(?![\w-])",
            )
        if citation.id not in self.cited:
            self.cited[citation.id] = self.where(rf"@\{{?{re.escape(citation.id)}(?![\w-])")
        citation.prefix = self.inlines(list(citation.prefix))
        citation.suffix = self.inlines(list(citation.suffix))

    def reference(self, citation: pf.Citation) -> pf.Link:
        name = citation.id
        place = self.where(rf"@{re.escape(name)}(?![\w-])")
        if citation.suffix:
            raise RenderError(
                f"the words {stringify(citation.suffix)!r} behind @{name} would be lost; "
                "put them outside the brackets",
                path=place.path,
                line=place.line,
            )
        label = name[0].lower() + name[1:]
        link = pf.Link(url=f"xref:{label}", classes=["xref"])
        self.references.append(
            Reference(
                link=link,
                label=label,
                prefix=self.inlines(list(citation.prefix)),
                number_only=citation.mode == "SuppressAuthor",
                place=place,
            )
        )
        return link


def words(text: str) -> Inlines:
    """Turn plain text into inline elements."""
    found: Inlines = []
    for part in re.split(r"(\s+)", text.strip()):
        if part.isspace():
            found.append(pf.Space())
        elif part:
            found.append(pf.Str(part))
    return found


def stringify(items: Sequence[Any]) -> str:
    """Give the text of inline elements, without notes."""
    parts: list[str] = []

    def visit(item: Any) -> None:
        if isinstance(item, pf.Note):
            return
        if isinstance(item, pf.Str | pf.Code | pf.Math):
            parts.append(item.text)
        elif isinstance(item, pf.Space | pf.SoftBreak | pf.LineBreak):
            parts.append(" ")
        elif isinstance(item, pf.Quoted):
            left, right = ("‘", "’") if item.quote_type == "SingleQuote" else ("“", "”")
            parts.append(left)
            for each in item.content:
                visit(each)
            parts.append(right)
        elif hasattr(item, "content"):
            for each in item.content:
                visit(each)

    for item in items:
        visit(item)
    return "".join(parts).strip()


def nearest(label: str, labels: Mapping[str, Any]) -> str | None:
    """Give the label that one may have been meant."""
    found = difflib.get_close_matches(label, labels, n=1)
    return found[0] if found else None


def toc_title(items: Sequence[Any]) -> Inlines:
    """Copy a heading for the table of contents, without notes and links."""
    found: Inlines = []
    for item in items:
        if isinstance(item, pf.Note):
            continue
        if isinstance(item, pf.Link | pf.Span):
            found.extend(toc_title(list(item.content)))
        else:
            found.append(_copy(item))
    return found


def _copy(item: Any) -> Any:
    if isinstance(item, pf.Str):
        return pf.Str(item.text)
    if isinstance(item, pf.Math):
        return pf.Math(item.text, format=item.format)
    if isinstance(item, pf.Code):
        return pf.Code(item.text, classes=list(item.classes), attributes=dict(item.attributes))
    if isinstance(item, pf.RawInline):
        return pf.RawInline(item.text, format=item.format)
    if isinstance(item, pf.Quoted):
        return pf.Quoted(*toc_title(list(item.content)), quote_type=item.quote_type)
    if hasattr(item, "content"):
        return type(item)(*toc_title(list(item.content)))
    return type(item)()


def _escape(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def _is(block: Any, name: str) -> bool:
    return isinstance(block, pf.Div) and name in block.classes


def _is_images(para: pf.Para) -> bool:
    return all(isinstance(item, pf.Image | pf.Space | pf.SoftBreak) for item in para.content)


def _drop_condition(el: Any) -> None:
    el.classes = [name for name in el.classes if name not in {"content-visible", "content-hidden"}]
    for key in ("when-format", "unless-format"):
        el.attributes.pop(key, None)


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


def _with_caption(
    ident: str, classes: list[str], attributes: dict[str, str], content: Blocks, caption: Inlines
) -> pf.Div:
    said = [pf.Div(pf.Plain(*caption), classes=["float-caption"])] if caption else []
    return pf.Div(*content, *said, identifier=ident, classes=classes, attributes=attributes)


def _panels(blocks: Blocks) -> tuple[Blocks, Blocks]:
    """Part a float's blocks: what stands before its panels (code, messages), and the panels."""
    before: Blocks = []
    panels: Blocks = []
    for block in blocks:
        if _is(block, "subfloat"):
            panels.append(block)
        elif _is(block, "cell"):
            code, inner = _panels(list(block.content))
            before.extend(code)
            panels.extend(inner)
        elif isinstance(block, pf.CodeBlock) or _is(block, "cell-output-stderr"):
            before.append(block)
        else:
            panels.append(pf.Div(block, classes=["subfloat"]))
    return before, panels


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
    **{
        kind: Builder.container
        for kind in (
            pf.Emph,
            pf.Strong,
            pf.Underline,
            pf.Strikeout,
            pf.Superscript,
            pf.Subscript,
            pf.SmallCaps,
            pf.Quoted,
        )
    },
}
