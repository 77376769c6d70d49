"""A chapter's Markdown becomes the neutral tree that every format is written from.

`Reader` goes once through what Pandoc has read, in the order of the text, and lets each construct
read its own elements. What the format does not show is left out before anything is counted.
Quarto's constructs become plain ``Div`` and ``Span`` elements with agreed classes and attributes;
what no construct knows stops the render.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import panflute as pf

from render import links, pandoc
from render.config import Book, Chapter
from render.crossref import Format, Numbers, Reference, Target, duplicate
from render.errors import Place, RenderError
from render.shown import joined
from render.source import Cell, ChapterSource, Inline
from render.text import COMMENT

MARK = re.compile(r"`(\d+)`\{\.render-inline\}")
QUARTO_CLASS = re.compile(
    r"(callout|column|panel|cell|quarto|layout|fig|tbl|lst|code|content|listing|g-col|reveal)-.*"
    r"|aside|landscape|hidden|fragment|incremental|nonincremental|list-table|grid|cell|lightbox"
    r"|line-block|scrolling|unnumbered-table|panel|column|callout"
)
QUARTO_ATTRIBUTE = re.compile(
    r"(layout|fig|tbl|lst|code|cap|when|unless|output|column|ref|filename)\b.*"
)
_WRITTEN = re.compile(
    r"(?<![\w@])@\{?(?P<key>[^\W_][\w:.#$%&+?<>~/-]*)|\{[^{}\n]*?#(?P<id>[\w:.-]+)"
)

Blocks = list[Any]
Inlines = list[Any]
Read = Callable[["Reader", Any], list[Any] | None]
"""Gives what an element becomes, or None if it is none of the construct's."""


@dataclass
class Float:
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


def _is_comment(block: pf.Element) -> bool:
    """Say whether a block is a comment in HTML, which a sentence may be given to leave no trace."""
    return isinstance(block, pf.RawBlock) and COMMENT.fullmatch(block.text.strip()) is not None


def _in_chunk(cell: Cell, pattern: str | None = None) -> Place:
    """Give the line of a chunk where a pattern occurs, or else its first line."""
    if pattern is not None:
        for offset, line in enumerate(cell.source.split("\n"), 1):
            if re.search(pattern, line):
                return Place(cell.where, cell.line + offset)
    return cell.place


def _loose(text: str) -> str:
    """Make a pattern for a text, however its lines are broken."""
    return r"\s+".join(map(re.escape, text.split()))


@dataclass
class Reader:
    """One chapter while its tree is built.

    Parameters
    ----------
    readers
        What may read an element, by its type and in the order in which they are asked.
    kept
        Classes of the neutral tree, which a text may not use itself.
    book, chapter
        The book, and the chapter to build.
    source
        The chapter's source.
    outputs, inline_results
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

    readers: Mapping[type, Sequence[Read]]
    kept: frozenset[str]
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
    awaited: dict[str, Place] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    ids: dict[str, Place] = field(default_factory=dict)
    unnumbered: dict[str, Place] = field(default_factory=dict)
    cited: dict[str, Place] = field(default_factory=dict)
    undescribed: list[tuple[pf.Image, Inlines]] = field(default_factory=list)
    heading: pf.Header | None = None

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.number)
        self.steps: set[int] = set()
        self.cell: Cell | None = None
        self.parent: Float | None = None
        self.silent = 0

    # -- the way through the chapter -------------------------------------------------------------

    def read(self, parsed: pandoc.Parsed) -> Blocks:
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
        self.heading = self.block(self._take_heading(blocks))[0]
        built = self.blocks(blocks)
        self._check_steps()
        return [self.heading, *built]

    def _take_heading(self, blocks: Blocks) -> pf.Header:
        """Take the chapter's heading out of its blocks, or make it from the front matter."""
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
        if first is not None:
            blocks.remove(first)
            return first
        if title is None:
            raise RenderError(
                "the chapter has no title; begin it with a heading such as `# Title {#sec-title}`",
                path=self.chapter.path,
                line=1,
            )
        return pf.Header(*self.parse_inlines(title), level=1)

    def _check_steps(self) -> None:
        """Check that every step has been met: one that was not is not where code can stand."""
        for step in self.source.steps:
            if step.index not in self.steps:
                what = "chunk" if isinstance(step, Cell) else "inline `{python}` expression"
                raise step.place.error(
                    f"this {what} stands where Markdown reads no code (in an indented block, raw "
                    "HTML or a comment?); move it into the text"
                )

    def block(self, item: Any) -> Blocks:
        """Read one block."""
        found = self._ask(item)
        if found is None:
            self.fail(f"a block of type {item.tag} is not known")
        return found

    def inline(self, item: Any) -> Inlines:
        """Read one inline element; what is no construct's stays as it is."""
        found = self._ask(item)
        return [item] if found is None else found

    def _ask(self, item: Any) -> list[Any] | None:
        for read in self.readers.get(type(item), ()):
            found = read(self, item)
            if found is not None:
                return found
        return None

    def blocks(self, items: Sequence[Any]) -> Blocks:
        """Read blocks, in order."""
        return [block for item in items for block in self.block(item)]

    def inlines(self, items: Sequence[Any]) -> Inlines:
        """Read inline elements, in order."""
        return [inline for item in items for inline in self.inline(item)]

    def inside_of(self, el: Any) -> list[Any]:
        """Read the inline elements in an element, in place."""
        el.content = self.inlines(list(el.content))
        return [el]

    # -- places and errors -----------------------------------------------------------------------

    def check_messages(self, parsed: pandoc.Parsed) -> None:
        """Stop if Pandoc has warned: what it warns of would be missing."""
        for message in parsed.messages:
            if message.text.startswith("Duplicate identifier"):
                continue  # `register` finds these too, and knows both places
            if message.formula is not None:
                raise self.where(_loose(message.formula)).error(message.sentence)
            if self.cell is not None:
                place = self.where()
            elif message.line is not None:
                place = self.source.place(message.line)
            else:
                place = Place(self.chapter.path, None)
            said = re.sub(r"\s*(?:at|defined at)? ?\bline \d+ column \d+,?", "", message.text)
            if said.startswith("Div unclosed"):
                said = "this div is not closed by a line of :::"
            else:
                said = f"Pandoc warns: {said}"
            raise place.error(said)

    def where(self, pattern: str | None = None) -> Place:
        """Give the place where a pattern occurs in the source; the best guess if it does not."""
        if self.cell is not None:
            return _in_chunk(self.cell, pattern)
        match = re.search(pattern, self.source.markdown) if pattern else None
        return self.at(match.start()) if match else Place(self.chapter.path, None)

    def at(self, offset: int) -> Place:
        """Give the place of a position in the source's Markdown."""
        return self.source.place(self.source.markdown.count("\n", 0, offset) + 1)

    @cached_property
    def written(self) -> dict[str, list[int]]:
        """Where each ``@key`` and each ``#id`` between braces stands in the source's Markdown."""
        found: dict[str, list[int]] = {}
        for match in _WRITTEN.finditer(self.source.markdown):
            name = f"@{match['key']}" if match["key"] else f"#{match['id']}"
            found.setdefault(name.rstrip(".:-"), []).append(match.start())
        return found

    def mention(self, key: str) -> Place:
        """Give the place where something is cited or referred to."""
        found = self.written.get(f"@{key}")
        if self.cell is not None or not found:
            return self.where(rf"@\{{?{re.escape(key)}(?![\w-])")
        return self.at(found[0])

    def fail(self, message: str, pattern: str | None = None) -> NoReturn:
        """Stop with an error at the place where a pattern occurs."""
        place = self.where(pattern)
        raise place.error(message)

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
        """Leave headings without number and out of the contents meanwhile."""
        self.silent += 1
        try:
            yield
        finally:
            self.silent -= 1

    # -- ids and labels --------------------------------------------------------------------------

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
        place = self.define(ident)
        if place.line is None and self.parent is not None:
            place = self.ids[self.parent.label]
        self.ids[ident] = place
        return ident

    def define(self, ident: str, nth: int = 0) -> Place:
        """Give the place where an id is defined."""
        if self.cell is not None:
            return _in_chunk(self.cell, r"^#\|\s*label:")
        found = self.written.get(f"#{ident}")
        return self.at(found[min(nth, len(found) - 1)]) if found else self.where()

    def duplicate(self, label: str, first: Place, second: Place) -> NoReturn:
        """Stop because a label is given twice."""
        raise duplicate(label, first, second)

    def target(self, label: str, kind: str, number: str, **more: Any) -> Target:
        """Make a label known to references."""
        place = self.ids.get(label) or self.define(label)
        found = Target(
            label, kind, self.chapter.path, self.chapter.href, number, place=place, **more
        )
        self.targets[label] = found
        return found

    # -- texts that are not the chapter's own ----------------------------------------------------

    def parse_blocks(self, text: str, reader: str = pandoc.READER) -> Blocks:
        """Read Markdown (or HTML) that is not part of the chapter's own text."""
        (parsed,) = pandoc.read_many([(reader, text)])
        if reader == pandoc.READER:
            self.check_messages(parsed)
        doc = parsed.doc()
        if doc.metadata.content and reader == pandoc.READER:
            self.fail("a block of YAML in what a chunk gives; only text, no metadata, may be there")
        return list(doc.content)

    def parse_inlines(self, text: str) -> Inlines:
        """Read one paragraph's worth of Markdown; its inline elements, not processed yet."""
        blocks = [block for block in self.parse_blocks(text) if not _is_comment(block)]
        if not blocks:
            return []
        if len(blocks) > 1 or not isinstance(blocks[0], pf.Para | pf.Plain):
            self.fail(
                f"the text {text!r} must be a single paragraph", re.escape(text.split("\n")[0])
            )
        return list(blocks[0].content)

    def inlines_of(self, text: str) -> Inlines:
        """Read and process one paragraph's worth of Markdown."""
        return self.inlines(self.parse_inlines(text))

    def substitute(self, text: str, escape: Callable[[str], str] = str) -> str:
        """Put the text of expressions into a formula, an attribute or raw content."""

        def value(found: re.Match[str]) -> str:
            _, result = self.inline_step(int(found[1]))
            return escape(joined(result.get("text/plain", "")))

        return MARK.sub(value, text) if "render-inline" in text else text

    # -- computed words --------------------------------------------------------------------------

    def inline_step(self, index: int) -> tuple[Inline, Mapping[str, Any]]:
        """Give an expression and its result, once."""
        step = self.source.steps[index] if 0 <= index < len(self.source.steps) else None
        if not isinstance(step, Inline) or index in self.steps:
            self.fail("the class `.render-inline` is kept for the renderer", r"\.render-inline")
        self.steps.add(index)
        result = self.inline_results.get(index)
        if result is None:
            raise step.place.error(f"the expression `{step.expression}` has given nothing")
        return step, result

    def count_marks(self, text: str) -> None:
        """Count the expressions in a text that is not shown as met."""
        self.steps.update(int(found) for found in MARK.findall(text))

    # -- what is not known -----------------------------------------------------------------------

    def check_classes(self, el: Any, what: str) -> None:
        """Stop at a class that means something to Quarto and nothing here."""
        for name in el.classes:
            pattern = rf"(?:\.|(?::::+|```+|~~~+)\s*){re.escape(name)}\b"
            if name in self.kept:
                self.fail(f"the class `.{name}` is kept for the renderer", pattern)
            if QUARTO_CLASS.fullmatch(name):
                self.fail(f"`.{name}` on {what} is not known to this renderer", pattern)

    def check_attributes(self, el: Any, what: str) -> None:
        """Stop at an attribute that means something to Quarto and nothing here."""
        for key in el.attributes:
            if QUARTO_ATTRIBUTE.fullmatch(key):
                self.fail(
                    f"the attribute `{key}` of {what} is not known to this renderer",
                    rf"\b{re.escape(key)}\s*=",
                )
        for key, value in list(el.attributes.items()):
            if MARK.search(value):
                el.attributes[key] = self.substitute(value)

    def add_media(self, path: str) -> str:
        """Take a file of the project along; give its URL relative to the page."""
        url = links.relative(path, self.chapter)
        if url not in self.media:
            self.media[url] = (Path(self.book.root) / path).read_bytes()
        return url
