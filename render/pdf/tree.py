"""The neutral tree of a chapter as one that Pandoc's Typst writer sets through the template.

Everything that has a form in the template becomes a call of it, as raw Typst around Pandoc's
own blocks and inlines. All text that is not Pandoc's to escape goes through `render.pdf.syntax`.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from render.errors import RenderError
from render.pdf import syntax

Node = dict[str, Any]
Attr = list[Any]

CALLOUTS = ("note", "tip", "warning", "important", "caution")
_PLAIN_STYLE = ("thm", "lem", "cor", "prp", "cnj")
_NEGATIVE = re.compile(r"^([(\[]?)-(?=\.?\d)")
# Code of fewer lines is kept on the page of the figure it makes.
_KEPT_LINES = 25
# A table of more rows may be broken wherever it stands; a shorter one only if it is high.
_LONG_TABLE = 30
# Letters of a paragraph that leads to a formula and still is kept with it.
_LONG_LEAD = 500
_LENGTH = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(%|cm|mm|in|pt|em|px)?\s*$")


def raw_block(typst: str) -> Node:
    """Make a block of Typst source."""
    return {"t": "RawBlock", "c": ["typst", typst]}


def raw(typst: str) -> Node:
    """Make a piece of Typst source within a line."""
    return {"t": "RawInline", "c": ["typst", typst]}


def plain(inlines: list[Node]) -> Node:
    """Make a block of inlines that is no paragraph."""
    return {"t": "Plain", "c": inlines}


def walk(node: object) -> Iterator[Node]:
    """Give every element of a tree, in reading order."""
    stack: list[Any] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, list):
            stack.extend(reversed(top))
        elif isinstance(top, dict):
            if "t" not in top:
                stack.extend(reversed(top.values()))
                continue
            yield top
            content = top.get("c")
            if isinstance(content, list):
                stack.extend(reversed(content))


def attr_of(node: Node) -> Attr | None:
    """Give the identifier, classes and attributes of an element that can have them."""
    kind, content = node["t"], node.get("c")
    if content is None:
        return None
    if kind == "Header":
        found: Attr = content[1]
    elif kind in {"Div", "Span", "Link", "Image", "Code", "CodeBlock", "Table", "Figure"}:
        found = content[0]
    else:
        return None
    return found


def stringify(node: object) -> str:
    """Give the text of inlines, formulas as TeX, without notes."""
    if isinstance(node, list):
        return "".join(stringify(item) for item in node)
    if not isinstance(node, dict):
        return ""
    kind, content = node.get("t"), node.get("c")
    if kind == "Str":
        return str(content)
    if kind in {"Space", "SoftBreak", "LineBreak"}:
        return " "
    if kind in {"Code", "Math"} and isinstance(content, list):
        return str(content[1])
    if kind == "Quoted" and isinstance(content, list):
        left, right = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
        return left + stringify(content[1]) + right
    if kind in {"Note", "RawInline"}:
        return ""
    return stringify(content)


@dataclass
class Source:
    """One chapter as plain lists and dictionaries.

    Attributes
    ----------
    path
        The chapter's file, which errors and labels name.
    blocks
        Its neutral tree.
    base
        The level of the chapter's heading in the PDF's outline: 2 within a part, else 1.
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
    blocks: list[Node]
    base: int = 1
    media: frozenset[str] = frozenset()
    anchors: frozenset[str] = field(init=False)
    formulas: dict[tuple[str, bool], None] = field(init=False)
    citations: list[Node] = field(init=False, default_factory=list)
    lists_references: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        anchors = set()
        self.formulas = {}
        for node in walk(self.blocks):
            kind = node["t"]
            if kind == "Math":
                self.formulas[math_key(node)] = None
            elif kind == "Cite":
                self.citations.append(node)
            elif kind not in {"Str", "Space"}:
                attributes = attr_of(node)
                if attributes and attributes[0]:
                    anchors.add(attributes[0])
        self.lists_references = "refs" in anchors
        self.anchors = frozenset(anchors)

    @property
    def cites(self) -> bool:
        """Whether it cites."""
        return bool(self.citations)

    @property
    def first(self) -> Node | None:
        """The chapter's own heading."""
        return next((block for block in self.blocks if block["t"] == "Header"), None)

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


class Setter:
    """Turns one chapter's neutral tree into one for Pandoc's Typst writer.

    Parameters
    ----------
    source
        The chapter.
    targets
        What the book's links lead to.
    typst_of
        Each formula's Typst.
    site_url
        Address of the site, for links to files beside the PDF.
    """

    def __init__(
        self,
        source: Source,
        targets: Targets,
        typst_of: Mapping[tuple[str, bool], str],
        *,
        toc_depth: int = 2,
        site_url: str | None = None,
    ) -> None:
        self._source = source
        self._targets = targets
        self._typst_of = typst_of
        self._toc_depth = toc_depth
        self._site_url = site_url
        self._first = source.first
        self._defined: set[str] = set()
        self._captioned = False

    def chapter(self) -> list[Node]:
        """Convert the whole chapter."""
        return self._blocks(self._source.blocks)

    # ---- names

    def _id(self, attributes: Attr) -> str | None:
        """Give an element's label, once."""
        identifier = attributes[0]
        if not identifier or identifier in self._defined:
            return None
        self._defined.add(identifier)
        return self._targets.label(self._source.path, identifier)

    # ---- blocks

    def _blocks(self, blocks: list[Node], *, run_in: bool = False) -> list[Node]:
        """Convert blocks; with `run_in` the first one goes on a line that has begun."""
        new: list[Node] = []
        for index, block in enumerate(blocks):
            if block["t"] == "Para" and not (run_in and index == 0):
                new += self._paragraph(block["c"], blocks[index + 1 : index + 2])
            else:
                new += self._block(block)
        return new

    def _paragraph(self, content: list[Node], after: list[Node]) -> list[Node]:
        """Convert a paragraph, keeping what leads to a formula on its page."""
        first = next((i for i, inline in enumerate(content) if _is_display(inline)), None)
        if first is None and after and after[0]["t"] == "Para" and _is_display(after[0]["c"][0]):
            first = len(content)
        if not first or any(node["t"] == "Image" for node in content):
            return self._on_para({"t": "Para", "c": content})
        lead, rest = content[:first], content[first:]
        if len(stringify(lead)) > _LONG_LEAD or not stringify(lead).strip():
            return self._on_para({"t": "Para", "c": content})
        inlines = [raw("#book-lead["), *self._inlines(lead), raw("];\n"), *self._inlines(rest)]
        return [{"t": "Para", "c": inlines}]

    def _block(self, block: Node) -> list[Node]:
        method = getattr(self, f"_on_{block['t'].lower()}", None)
        if method is None:
            raise self._source.error(f"the PDF has no form for a block of type {block['t']}")
        result: list[Node] = method(block)
        return result

    def _wrap(self, opening: str, blocks: list[Node], closing: str = "]") -> list[Node]:
        return [raw_block(opening), *blocks, raw_block(closing)]

    def _on_para(self, block: Node) -> list[Node]:
        content = block["c"]
        pictures = [node for node in content if node["t"] not in {"Space", "SoftBreak"}]
        if pictures and all(node["t"] == "Image" for node in pictures):
            return [raw_block(f"#{self._picture(node)}") for node in pictures]
        return [{"t": block["t"], "c": self._inlines(content)}]

    _on_plain = _on_para

    def _on_lineblock(self, block: Node) -> list[Node]:
        return [{"t": "LineBlock", "c": [self._inlines(line) for line in block["c"]]}]

    def _on_blockquote(self, block: Node) -> list[Node]:
        return [{"t": "BlockQuote", "c": self._blocks(block["c"])}]

    def _on_bulletlist(self, block: Node) -> list[Node]:
        return [{"t": "BulletList", "c": [self._blocks(item) for item in block["c"]]}]

    def _on_orderedlist(self, block: Node) -> list[Node]:
        attributes, items = block["c"]
        return [{"t": "OrderedList", "c": [attributes, [self._blocks(item) for item in items]]}]

    def _on_definitionlist(self, block: Node) -> list[Node]:
        new = [raw_block("#book-definitions(")]
        for term, definitions in block["c"]:
            new += self._wrap("([", [plain(self._inlines(term))], "], [")
            for definition in definitions:
                new += self._blocks(definition)
            new.append(raw_block("]),"))
        return [*new, raw_block(")")]

    def _on_horizontalrule(self, block: Node) -> list[Node]:
        return [raw_block("#book-rule()")]

    def _on_rawblock(self, block: Node) -> list[Node]:
        return [block] if block["c"][0] == "typst" else []

    def _on_codeblock(self, block: Node, kind: str = "code", *, keep: bool = False) -> list[Node]:
        (identifier, classes, _), code = block["c"]
        language = next(
            (name for name in classes if name not in {"cell-code", "numberLines"}), None
        )
        if kind != "code":
            language = None
        longest = max((len(line.expandtabs(4)) for line in code.split("\n")), default=0)
        options = syntax.arguments(
            kind=kind,
            language=language,
            longest=longest,
            keep=keep and code.count("\n") < _KEPT_LINES,
            id=self._id([identifier]),
        )
        return [raw_block(f"#book-code({options}, {syntax.string(code.expandtabs(4))})")]

    def _on_header(self, block: Node) -> list[Node]:
        level, (identifier, _, attributes), content = block["c"]
        number = dict(attributes).get("number")
        opens = block is self._first
        options = syntax.arguments(
            kind="chapter" if opens else "section",
            level=self._source.base + level - 1,
            depth=level,
            number=number,
            id=self._id([identifier]),
            outlined=level <= self._toc_depth,
        )
        if opens:
            options += ", " + syntax.arguments(place=self._targets.label(self._source.path))
        # a note stands where the heading is shown, not in the contents
        notes = [inline for inline in content if inline["t"] == "Note"]
        title = [inline for inline in content if inline["t"] != "Note"]
        call = f"#book-heading({options}"
        if not notes:
            return self._wrap(f"{call})[", [plain(self._inlines(title))])
        return [
            *self._wrap(f"{call}, notes: [", [plain(self._inlines(notes))], "])["),
            *[plain(self._inlines(title)), raw_block("]")],
        ]

    def _on_figure(self, block: Node) -> list[Node]:
        attributes, (_, caption), content = block["c"]
        if self._captioned:
            return self._blocks(content)
        return self._float("figure", {}, attributes, content, caption)

    def _on_table(self, block: Node) -> list[Node]:
        attributes, (_, caption), *_rest = block["c"]
        if self._captioned or not caption:
            return self._table(block)
        return self._float("table", {}, attributes, [block], caption)

    def _on_div(self, block: Node) -> list[Node]:
        attributes, content = block["c"]
        identifier, classes, pairs = attributes
        named = dict(pairs)
        if "float" in classes:
            body, caption = _split_caption(content)
            return self._float(named.get("kind", "figure"), named, attributes, body, caption)
        if "subfloats" in classes:
            return self._subfloats(content, named)
        if "theorem" in classes:
            return self._theorem(attributes, content)
        if {"proof", "remark", "solution"} & set(classes):
            return self._proof(attributes, content)
        if "callout" in classes:
            title, body = _split_title(content, "callout-title")
            kind = named.get("kind", "note")
            if kind not in CALLOUTS:
                raise self._source.error(f"there is no callout of the kind {kind!r}")
            options = syntax.arguments(kind=kind, id=self._id(attributes))
            return self._titled(f"#book-callout({options}", title, self._blocks(body))
        if "tabset" in classes:
            return self._tabs(content)
        if identifier == "refs":
            new = [{"t": "Div", "c": [["refs", classes, pairs], []]}]
            return self._wrap("#book-bibliography[", new)
        output = "cell-output" in classes
        body = self._output(classes, content) if output else self._blocks(content)
        label = self._id(attributes)
        return [raw_block(f"#book-anchor({syntax.string(label)})"), *body] if label else body

    def _output(self, classes: list[str], content: list[Node]) -> list[Node]:
        kind = next(
            (name for name in ("stdout", "stderr", "error") if f"cell-output-{name}" in classes),
            "display",
        )
        new: list[Node] = []
        for block in content:
            if block["t"] == "CodeBlock":
                new += self._on_codeblock(block, kind)
            else:
                new += self._block(block)
        return new

    def _titled(self, call: str, title: list[Node] | None, body: list[Node]) -> list[Node]:
        """Write a call with a title (or none) and a body, both content."""
        if title is None:
            return self._wrap(f"{call}, title: none)[", body)
        return [
            *self._wrap(f"{call}, title: [", [plain(self._inlines(title))], "])["),
            *body,
            raw_block("]"),
        ]

    def _theorem(self, attributes: Attr, content: list[Node]) -> list[Node]:
        _, classes, pairs = attributes
        named = dict(pairs)
        kind = next((name for name in classes if name != "theorem"), "thm")
        title, body = _split_title(content, "theorem-title")
        options = syntax.arguments(
            style="plain" if kind in _PLAIN_STYLE else "upright",
            name=named.get("name", ""),
            number=named.get("number"),
            id=self._id(attributes),
        )
        blocks = self._blocks(body, run_in=True)
        return self._titled(f"#book-theorem({options}", title, blocks)

    def _proof(self, attributes: Attr, content: list[Node]) -> list[Node]:
        _, classes, pairs = attributes
        title, body = _split_title(content, "theorem-title")
        options = syntax.arguments(name=dict(pairs).get("name", "Proof"), id=self._id(attributes))
        if "proof" in classes:
            body = self._end_mark(body)
        blocks = self._blocks(body, run_in=True)
        return self._titled(f"#book-proof({options}", title, blocks)

    def _end_mark(self, blocks: list[Node]) -> list[Node]:
        """Put the end mark of a proof on its last line."""
        if blocks:
            *before, last = blocks
            if last["t"] in {"Para", "Plain"}:
                content: list[Node] = last["c"]
                final = content[-1] if content else None
                if final and final["t"] == "Math" and final["c"][0]["t"] == "DisplayMath":
                    marked = [*content[:-1], {"t": "Math", "c": [*final["c"], "qed"]}]
                    return [*before, {"t": last["t"], "c": marked}]
                if not (final and final["t"] == "Span" and "equation" in final["c"][0][1]):
                    return [*before, {"t": last["t"], "c": [*content, raw("#book-qed();")]}]
            elif last["t"] == "BulletList":
                items = [*last["c"][:-1], self._end_mark(last["c"][-1])]
                return [*before, {"t": "BulletList", "c": items}]
            elif last["t"] == "OrderedList":
                attributes, items = last["c"]
                items = [*items[:-1], self._end_mark(items[-1])]
                return [*before, {"t": "OrderedList", "c": [attributes, items]}]
        return [*blocks, raw_block("#book-qed-line()")]

    def _tabs(self, content: list[Node]) -> list[Node]:
        new: list[Node] = []
        for tab in content:
            title, body = _split_title(tab["c"][1], "tab-title")
            new += self._titled("#book-tab(", title, self._blocks(body))
        return [_fix_first_comma(node) for node in new]

    # ---- floats and tables

    def _float(
        self,
        kind: str,
        named: Mapping[str, str],
        attributes: Attr,
        body: list[Node],
        caption: list[Node],
    ) -> list[Node]:
        name, number = named.get("name"), named.get("number")
        # The code may be longer than a page; what the caption speaks of is kept together.
        code, body = _split_code(body)
        options = syntax.arguments(
            kind=kind,
            lead=f"{name} {number}" if name and number else None,
            id=self._id(attributes),
            captioned=bool(caption),
            long=_rows(body) > _LONG_TABLE,
        )
        return [
            *(new for block in code for new in self._on_codeblock(block, keep=True)),
            *self._wrap(f"#book-float({options})[", self._content(body), "]["),
            *self._blocks(_as_plain(caption)),
            raw_block("]"),
        ]

    def _content(self, blocks: list[Node]) -> list[Node]:
        """Convert what a caption of ours speaks of; captions within it are none."""
        outer, self._captioned = self._captioned, True
        try:
            return self._blocks(blocks)
        finally:
            self._captioned = outer

    def _subfloats(self, content: list[Node], named: Mapping[str, str]) -> list[Node]:
        columns = int(named.get("ncol", "1"))
        tabular = any(node["t"] == "Table" for node in walk(content))
        options = syntax.arguments(columns=columns, tabular=tabular)
        new = [raw_block(f"#book-subfloats({options},")]
        for child in content:
            attributes = attr_of(child)
            if child["t"] != "Div" or not attributes or "subfloat" not in attributes[1]:
                new += self._wrap("[", self._block(child), "],")
                continue
            body, caption = _split_caption(child["c"][1])
            letter = dict(attributes[2]).get("letter", "")
            tabular = any(node["t"] == "Table" for node in walk(body))
            options = syntax.arguments(
                kind="table" if tabular else "figure",
                letter=letter,
                id=self._id(attributes),
                captioned=bool(caption),
            )
            new += self._wrap(f"book-subfloat({options})[", self._content(body), "][")
            new += [*self._blocks(_as_plain(caption)), raw_block("],")]
        return [*new, raw_block(")")]

    def _table(self, block: Node) -> list[Node]:
        attributes, _, columns, head, bodies, foot = block["c"]
        widths = [width.get("c") for _, width in columns]
        aligns = [align["t"] for align, _ in columns]
        header = head[1]
        rows = [row for body in bodies for row in (*body[2], *body[3])]
        stubs = max((body[1] for body in bodies), default=0)
        options = syntax.arguments(
            aligns=[_ALIGN[align] for align in aligns],
            widths=widths if widths and all(widths) else None,
            stubs=stubs,
            id=self._id(attributes),
        )
        new = [raw_block(f"#book-table({options},")]
        y = 0
        for name, group in (("header", header), ("body", rows), ("footer", foot[1])):
            new.append(raw_block(f"{name}: ("))
            new += self._cells(group, y)
            new.append(raw_block("),"))
            y += len(group)
        return [*new, raw_block(")")]

    def _cells(self, rows: list[Any], y: int) -> list[Node]:
        new: list[Node] = []
        taken: set[tuple[int, int]] = set()
        for dy, (_, cells) in enumerate(rows):
            x = 0
            for _, align, height, width, content in cells:
                while (x, dy) in taken:
                    x += 1
                taken |= {(x + i, dy + j) for i in range(width) for j in range(height)}
                place = syntax.arguments(x=x, y=y + dy, colspan=width, rowspan=height)
                if align["t"] != "AlignDefault":
                    place += ", " + syntax.arguments(align=_ALIGN[align["t"]])
                blocks = (
                    [
                        {"t": "Plain", "c": block["c"]} if block["t"] == "Para" else block
                        for block in content
                    ]
                    if len(content) == 1
                    else content
                )
                new += self._wrap(f"({place}, body: [", self._blocks(blocks), "]),")
                x += width
        return new

    # ---- inlines

    def _inlines(self, inlines: list[Node]) -> list[Node]:
        """Convert inlines, as few as can be: what Pandoc has to read and write costs time."""
        merged: list[Node] = []
        for inline in inlines:
            for new in self._inline(inline):
                last = merged[-1] if merged else None
                if last and new["t"] == last["t"] == "RawInline":
                    merged[-1] = raw(last["c"][1] + new["c"][1])
                else:
                    merged.append(new)
        return merged

    def _inline(self, node: Node) -> list[Node]:
        kind = node["t"]
        content: Any = node.get("c")
        if kind == "Str":
            # a minus, not a hyphen, before a number
            return [raw(syntax.text(_NEGATIVE.sub("\\1−", content)))]
        if kind in {"Space", "SoftBreak"}:
            return [raw(" ")]
        if kind == "LineBreak":
            return [raw("\\\n")]
        if kind == "Math":
            return [self._math(node)]
        if kind == "Code":
            return [raw(f"#book-inline-code({syntax.string(content[1])});")]
        if kind == "RawInline":
            return [node] if content[0] == "typst" else []
        if kind in _STYLES:
            # the semicolon ends Typst's call, whatever the next word begins with
            return [raw(f"#{_STYLES[kind]}["), *self._inlines(content), raw("];")]
        if kind == "Quoted":
            left, right = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
            return [raw(left), *self._inlines(content[1]), raw(right)]
        if kind == "Note":
            return [{"t": "Note", "c": self._blocks(content)}, raw(";")]
        if kind == "Cite":
            citations, inlines = content
            citations = [
                one
                | {
                    "citationPrefix": self._around_citation(one["citationPrefix"]),
                    "citationSuffix": self._around_citation(one["citationSuffix"]),
                }
                for one in citations
            ]
            return [{"t": "Cite", "c": [citations, inlines]}]
        if kind == "Link":
            return self._link(node)
        if kind == "Image":
            return [raw(f"#box({self._picture(node, inline=True)});")]
        if kind == "Span":
            return self._span(node)
        raise self._source.error(f"the PDF has no form for {kind}")

    def _around_citation(self, inlines: list[Node]) -> list[Node]:
        """Leave words to citeproc, which looks for page numbers in them and sets blanks."""
        new: list[Node] = []
        for inline in inlines:
            new += [inline] if inline["t"] in _WORDS else self._inline(inline)
        return new

    def _math(self, node: Node, **named: object) -> Node:
        key = math_key(node)
        tex, displayed = key
        # beyond some seventy signs it may be wider than the page
        if displayed:
            named["fit"] = len(tex) > 60
        if len(node["c"]) > 2:
            named["qed"] = True
        call = "book-display" if displayed else "book-math"
        options = syntax.arguments(alt=" ".join(tex.split()), **named)
        space = " " if displayed else ""
        return raw(f"#{call}({options}, ${space}{self._typst_of[key]}{space}$);")

    def _span(self, node: Node) -> list[Node]:
        attributes, content = node["c"]
        if "equation" in attributes[1]:
            number = dict(attributes[2]).get("number")
            label = self._id(attributes)
            return [
                self._math(inline, number=number, id=label)
                for inline in content
                if inline["t"] == "Math"
            ]
        body = self._inlines(content)
        if {"smallcaps", "underline", "mark"} & set(attributes[1]):
            call = next(
                name for name in ("smallcaps", "underline", "mark") if name in attributes[1]
            )
            body = [raw(f"#{_SPANS[call]}["), *body, raw("];")]
        label = self._id(attributes)
        return [raw(f"#book-anchor({syntax.string(label)});"), *body] if label else body

    def _link(self, node: Node) -> list[Node]:
        attributes, content, (url, _) = node["c"]
        body = self._inlines(content)
        if url.startswith("xref:"):
            call = f"label({syntax.string(self._targets.reference(self._source, url[5:]))})"
        elif url.startswith("chapter:"):
            call = f"label({syntax.string(self._targets.chapter(self._source, url[8:]))})"
        elif url.startswith("#"):
            call = f"label({syntax.string(self._targets.within(self._source, url[1:]))})"
        elif "uri" in attributes[1] or stringify(content) == url:
            address = syntax.string(self._address(url))
            return [raw(f"#book-address({address}, {syntax.string(stringify(content))});")]
        else:
            call = syntax.string(self._address(url))
        if not body:
            return []
        return [raw(f"#link({call})["), *body, raw("];")]

    def _address(self, url: str) -> str:
        """Make a link to a file of the site one from the site's root, where the PDF stands."""
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url) or url.startswith("//"):
            return url
        folder = posixpath.dirname(self._source.path)
        path = url.lstrip("/") if url.startswith("/") else posixpath.join(folder, url)
        path = posixpath.normpath(path)
        return f"{self._site_url.rstrip('/')}/{path}" if self._site_url else path

    def _picture(self, node: Node, *, inline: bool = False) -> str:
        (_, _, pairs), alt, (url, _) = node["c"]
        named = dict(pairs)
        name = url if url in self._source.media else unquote(url)
        if name not in self._source.media:
            raise self._source.error(f"the picture {url} is not among the chapter's files")
        options = {
            "alt": (named.get("fig-alt") or stringify(alt)).strip() or None,
            "inline": inline,
        }
        sizes = {
            side: self._length(named[side], url) for side in ("width", "height") if side in named
        }
        extra = "".join(f", {side}: {length}" for side, length in sizes.items())
        path = syntax.string("/media/" + media_name(self._source.path, name))
        return f"book-image({path}, {syntax.arguments(**options)}{extra})"

    def _length(self, text: str, url: str) -> str:
        match = _LENGTH.match(text)
        if not match:
            raise self._source.error(
                f"the width {text!r} of {url} must be a number with %, cm, mm, in or pt"
            )
        number, unit = float(match[1]), match[2] or "px"
        if unit == "px":
            number, unit = number * 0.75, "pt"
        return f"{number:g}{unit}"


_WORDS = {"Str", "Space", "SoftBreak", "Quoted", "Emph", "Strong"}
_STYLES = {
    "Emph": "emph",
    "Strong": "strong",
    "Strikeout": "strike",
    "Superscript": "super",
    "Subscript": "sub",
    "SmallCaps": "smallcaps",
    "Underline": "underline",
}
_SPANS = {"smallcaps": "smallcaps", "underline": "underline", "mark": "highlight"}
_ALIGN = {
    "AlignDefault": "left",
    "AlignLeft": "left",
    "AlignRight": "right",
    "AlignCenter": "center",
}


def media_name(chapter: str, name: str) -> str:
    """Give a picture's place among the PDF's sources."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(chapter), name))


def _is_display(inline: Node) -> bool:
    """Tell a displayed formula, labelled or not."""
    if inline["t"] == "Math":
        return bool(inline["c"][0]["t"] == "DisplayMath")
    return inline["t"] == "Span" and "equation" in inline["c"][0][1]


def _rows(blocks: list[Node]) -> int:
    """Count the rows of the tables in a float."""
    tables = [node for node in walk(blocks) if node["t"] == "Table"]
    return sum(len(body[3]) for table in tables for body in table["c"][4])


def _as_plain(blocks: list[Node]) -> list[Node]:
    if len(blocks) == 1 and blocks[0]["t"] == "Para":
        return [plain(blocks[0]["c"])]
    return blocks


def _split_caption(content: list[Node]) -> tuple[list[Node], list[Node]]:
    """Take the caption off a float's content."""
    if content and content[-1]["t"] == "Div" and "float-caption" in content[-1]["c"][0][1]:
        return content[:-1], content[-1]["c"][1]
    return content, []


def _split_code(content: list[Node]) -> tuple[list[Node], list[Node]]:
    """Take the cells' code out of a float's content."""
    code: list[Node] = []
    rest: list[Node] = []
    for block in content:
        attributes = attr_of(block)
        if block["t"] == "CodeBlock" and attributes and "cell-code" in attributes[1]:
            code.append(block)
        elif block["t"] == "Div":
            inner, others = _split_code(block["c"][1])
            code += inner
            rest.append({"t": "Div", "c": [attributes, others]})
        else:
            rest.append(block)
    return code, rest


def _split_title(content: list[Node], name: str) -> tuple[list[Node] | None, list[Node]]:
    """Take the title off a block's content."""
    if content and content[0]["t"] == "Div" and name in content[0]["c"][0][1]:
        blocks = content[0]["c"][1]
        return [inline for block in blocks for inline in block["c"]], content[1:]
    return None, content


def _fix_first_comma(node: Node) -> Node:
    if node["t"] == "RawBlock" and node["c"][1].startswith("#book-tab(,"):
        return raw_block("#book-tab(" + node["c"][1][len("#book-tab(,") :])
    return node
