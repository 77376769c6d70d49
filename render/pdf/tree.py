"""The neutral tree of a chapter as one that Pandoc's Typst writer sets through the template.

Everything that has a form in the template becomes a call of it, as raw Typst around Pandoc's
own blocks and inlines. All text that is not Pandoc's to escape goes through `render.pdf.syntax`.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from render.errors import RenderError
from render.neutral import (
    BLOCKS,
    Node,
    Write,
    Writer,
    identifiers,
    is_display,
    plain,
    plain_text,
    typst_block,
    typst_inline,
    walk,
)

# Of what stands in a text, that of which nobody knows yet how large it will be.
_UNKNOWN = (BLOCKS - {"Para", "Plain", "BulletList", "OrderedList"}) | {
    *("Cite", "Image", "Note", "RawInline"),
}
# Letters of a paragraph that leads to a formula and still is kept with it.
_LONG_LEAD = 500


@dataclass
class Source:
    """One chapter as plain lists and dictionaries.

    Attributes
    ----------
    path
        The chapter's file, which errors and labels name.
    load
        Gives its neutral tree anew: to hold those of all chapters takes much memory.
    base
        The level of the chapter's heading in the PDF's outline: 2 within a part, else 1.
    begins
        Where it begins: on a "page" of its own, below the title of a "part", or on a "line" of the
        page on which the one before ends.
    media
        Names of its pictures, relative to the chapter's folder.
    anchors
        The identifiers in it.
    formulas
        Its formulas, as `math_key` gives them.
    citations
        Its citations.
    lists_references
        Whether the list of references stands in it.
    """

    path: str
    load: Callable[[], list[Node]]
    base: int = 1
    begins: str = "page"
    media: frozenset[str] = frozenset()
    anchors: frozenset[str] = field(init=False)
    formulas: dict[tuple[str, bool], None] = field(init=False)
    citations: list[Node] = field(init=False, default_factory=list)
    lists_references: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        nodes = list(walk(self.load()))
        self.formulas = {math_key(node): None for node in nodes if node["t"] == "Math"}
        self.citations = [node for node in nodes if node["t"] == "Cite"]
        self.anchors = frozenset(identifiers(nodes))
        self.lists_references = "refs" in self.anchors

    @property
    def cites(self) -> bool:
        """Whether it cites."""
        return bool(self.citations)

    def error(self, message: str) -> RenderError:
        """Make an error that names this chapter."""
        return RenderError(message, path=self.path)


class Targets:
    """Where a link within the book leads: each identifier's place, and the chapters.

    Parameters
    ----------
    sources
        All chapters.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._anchors: dict[str, frozenset[str]] = {}
        self._home: dict[str, str] = {}
        for source in sources:
            self._anchors[source.path] = source.anchors
            for anchor in source.anchors:
                self._home.setdefault(anchor, source.path)

    @staticmethod
    def label(path: str, anchor: str = "") -> str:
        """Give the Typst label of a chapter or of something in it."""
        return f"{path}#{anchor}" if anchor else path

    def within(self, source: Source, anchor: str) -> str:
        """Find something in the chapter itself."""
        if anchor not in source.anchors:
            raise source.error(f"the link #{anchor} leads nowhere in this chapter")
        return self.label(source.path, anchor)

    def reference(self, source: Source, anchor: str) -> str:
        """Find the target of a cross-reference."""
        if anchor not in self._home:
            raise source.error(f"the reference @{anchor} leads nowhere")
        return self.label(self._home[anchor], anchor)

    def chapter(self, source: Source, url: str) -> str:
        """Find a chapter, or something in it."""
        path, _, anchor = url.partition("#")
        if path not in self._anchors:
            raise source.error(f"the link to {path} leads to no chapter of the book")
        if not anchor:
            return self.label(path)
        if anchor not in self._anchors[path]:
            raise source.error(f"the link to {url} leads nowhere in that chapter")
        return self.label(path, anchor)


def math_key(node: Node) -> tuple[str, bool]:
    """Tell a formula from all others."""
    return node["c"][1], node["c"][0]["t"] == "DisplayMath"


class Setter(Writer):
    """Turns one chapter's neutral tree into one for Pandoc's Typst writer.

    Parameters
    ----------
    forms
        As for `Writer`.
    source
        The chapter.
    targets
        What the book's links lead to.
    typst_of
        Each formula's Typst.
    toc_depth
        The lowest level of headings in the table of contents.
    site_url
        Address of the site, for links to files beside the PDF.

    Attributes
    ----------
    first
        The chapter's own heading.
    captioned
        Whether what is being written has a caption, so that captions within it are none.
    """

    def __init__(
        self,
        forms: Mapping[str, Write | None],
        source: Source,
        targets: Targets,
        typst_of: Mapping[tuple[str, bool], str],
        *,
        toc_depth: int = 2,
        site_url: str | None = None,
    ) -> None:
        super().__init__(forms, source.path)
        self.source = source
        self.targets = targets
        self.typst_of = typst_of
        self.toc_depth = toc_depth
        self.site_url = site_url
        self.first: Node | None = None
        self.captioned = False
        self._defined: set[str] = set()

    def chapter(self) -> list[Node]:
        """Convert the whole chapter."""
        blocks = self.source.load()
        self.first = next((block for block in blocks if block["t"] == "Header"), None)
        return self.blocks(blocks)

    def label(self, identifier: str) -> str | None:
        """Give the label of an identifier, once."""
        if not identifier or identifier in self._defined:
            return None
        self._defined.add(identifier)
        return self.targets.label(self.source.path, identifier)

    @contextmanager
    def under_caption(self) -> Iterator[None]:
        """Write what has a caption already."""
        outer, self.captioned = self.captioned, True
        try:
            yield
        finally:
            self.captioned = outer

    def blocks(self, blocks: list[Node], *, run_in: bool = False) -> list[Node]:
        """Convert blocks; with `run_in` the first one goes on a line that has begun."""
        new: list[Node] = []
        for index, block in enumerate(blocks):
            led = None
            if block["t"] == "Para" and not (run_in and index == 0):
                led = self._lead(block["c"], blocks[index + 1 : index + 2])
            new += self.node(block) if led is None else [led]
        return new

    def _lead(self, content: list[Node], after: list[Node]) -> Node | None:
        """Convert a paragraph that leads to a formula, to be kept on its page; else None."""
        first = next((i for i, inline in enumerate(content) if is_display(inline)), None)
        if first is None and after and after[0]["t"] == "Para" and is_display(after[0]["c"][0]):
            first = len(content)
        if not first or any(node["t"] == "Image" for node in content):
            return None
        lead, rest = content[:first], content[first:]
        if len(plain_text(lead)) > _LONG_LEAD or not plain_text(lead).strip():
            return None
        inlines = [
            typst_inline("#book-lead["),
            *self.inlines(lead),
            typst_inline("];\n"),
            *self.inlines(rest),
        ]
        return {"t": "Para", "c": inlines}

    def inlines(self, inlines: list[Node]) -> list[Node]:
        """Convert inlines, as few as can be: what Pandoc has to read and write costs time."""
        merged: list[Node] = []
        for inline in inlines:
            for new in self.node(inline):
                last = merged[-1] if merged else None
                if last and new["t"] == last["t"] == "RawInline":
                    merged[-1] = typst_inline(last["c"][1] + new["c"][1])
                else:
                    merged.append(new)
        return merged

    def titled(self, call: str, title: list[Node] | None, body: list[Node]) -> list[Node]:
        """Write a call with a title (or none) and a body, both content."""
        if title is None:
            return wrap(f"{call}, title: none)[", body)
        return [
            *wrap(f"{call}, title: [", [plain(self.inlines(title))], "])["),
            *body,
            typst_block("]"),
        ]


def extent(blocks: list[Node]) -> tuple[int, int] | None:
    """Give how many letters blocks have at most, and how many lines begin in them.

    Returns
    -------
    tuple of int or None
        A formula has the letters of its TeX, and a displayed one three lines a row. None for
        blocks that hold more than text and formulas.
    """
    lines = 0
    for node in walk(blocks):
        if node["t"] in _UNKNOWN:
            return None
        if node["t"] == "Math" and is_display(node):
            lines += 3 * (1 + node["c"][1].count(r"\\"))
        lines += node["t"] in {"Para", "Plain", "LineBreak"}
    return len(plain_text(blocks)), lines


def wrap(opening: str, blocks: list[Node], closing: str = "]") -> list[Node]:
    """Put blocks between two pieces of Typst source."""
    return [typst_block(opening), *blocks, typst_block(closing)]


def media_name(chapter: str, name: str) -> str:
    """Give a picture's place among the PDF's sources."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(chapter), name))
