"""The neutral tree as Pandoc's JSON: plain lists and dictionaries, many times faster than objects.

Every element is a dictionary with its type under ``t`` and its content under ``c``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from render.errors import RenderError

Node = dict[str, Any]
Write = Callable[[Any, Node], list[Node]]
"""Writes a node for one format; its first argument is that format's `Writer`."""

_WITH_ATTRIBUTES = frozenset(
    ("Div", "Span", "Link", "Image", "Code", "CodeBlock", "Table", "Figure")
)
_WITH_CLASSES = frozenset(("Div", "Span", "CodeBlock"))
_LEAVES = frozenset(("Str", "Space", "SoftBreak", "LineBreak"))
BLOCKS = frozenset(
    (
        *("Plain", "Para", "LineBlock", "CodeBlock", "RawBlock", "BlockQuote", "OrderedList"),
        *("BulletList", "DefinitionList", "Header", "HorizontalRule", "Table", "Figure", "Div"),
    )
)
_INLINES = frozenset(
    (
        *("Str", "Emph", "Underline", "Strong", "Strikeout", "Superscript", "Subscript"),
        *("SmallCaps", "Quoted", "Cite", "Code", "Space", "SoftBreak", "LineBreak", "Math"),
        *("RawInline", "Link", "Image", "Note", "Span"),
    )
)


def html_block(html: str) -> Node:
    """Make a block of HTML, set as it is."""
    return {"t": "RawBlock", "c": ["html", html]}


def html_inline(html: str) -> Node:
    """Make a piece of HTML within a line, set as it is."""
    return {"t": "RawInline", "c": ["html", html]}


def typst_block(typst: str) -> Node:
    """Make a block of Typst source."""
    return {"t": "RawBlock", "c": ["typst", typst]}


def typst_inline(typst: str) -> Node:
    """Make a piece of Typst source within a line."""
    return {"t": "RawInline", "c": ["typst", typst]}


def plain(inlines: list[Node]) -> Node:
    """Make a block of inlines that is no paragraph."""
    return {"t": "Plain", "c": inlines}


def string(text: str) -> Node:
    """Make a piece of text."""
    return {"t": "Str", "c": text}


def attributes(node: Node) -> tuple[str, list[str], dict[str, str]]:
    """Give the identifier, the classes and the other attributes of a node that has them."""
    content = node["c"]
    identifier, classes, pairs = content[1] if node["t"] == "Header" else content[0]
    return identifier, classes, dict(pairs)


def is_div(node: Node, name: str) -> bool:
    """Tell a ``Div`` of a class."""
    return node["t"] == "Div" and name in attributes(node)[1]


def is_display(inline: Node) -> bool:
    """Tell a displayed formula, labelled or not."""
    if inline["t"] == "Math":
        return bool(inline["c"][0]["t"] == "DisplayMath")
    return inline["t"] == "Span" and "equation" in inline["c"][0][1]


def is_text(block: Node) -> bool:
    """Tell a paragraph, or what stands in the place of one."""
    return block["t"] in {"Para", "Plain"}


def split_first(content: list[Node], name: str) -> tuple[list[Node] | None, list[Node]]:
    """Take a leading ``Div`` of a class off: the inlines in it, None if it is not there."""
    if content and is_div(content[0], name):
        return [inline for block in content[0]["c"][1] for inline in block["c"]], content[1:]
    return None, content


def lead(head: list[Node], body: list[Node]) -> list[Node]:
    """Put a run-in head before the text of the first paragraph."""
    if body and is_text(body[0]):
        return [{"t": "Para", "c": [*head, {"t": "Space"}, *body[0]["c"]]}, *body[1:]]
    return [{"t": "Para", "c": head}, *body]


def walk(value: object) -> Iterator[Node]:
    """Go through all nodes below a value that may hold others, in the order of the text."""
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            if "t" not in item:
                stack.extend(reversed(item.values()))
                continue
            yield item
            content = item.get("c")
            if isinstance(content, list):
                stack.extend(reversed(content))


def identifiers(nodes: Iterable[Node]) -> Iterator[str]:
    """Give the identifiers that nodes carry, in order."""
    for node in nodes:
        if node["t"] == "Header" or node["t"] in _WITH_ATTRIBUTES:
            identifier = attributes(node)[0]
            if identifier:
                yield identifier


def plain_text(value: object) -> str:
    """Give the text of inlines, formulas as TeX and without footnotes."""
    if isinstance(value, list):
        return "".join(map(plain_text, value))
    if not isinstance(value, dict):
        return ""
    kind, content = value.get("t"), value.get("c")
    if kind == "Str":
        return str(content)
    if kind in {"Space", "SoftBreak", "LineBreak"}:
        return " "
    if kind in {"Code", "Math"} and isinstance(content, list):
        return str(content[1])
    if kind == "Quoted" and isinstance(content, list):
        left, right = "‘’" if content[0]["t"] == "SingleQuote" else "“”"
        return left + plain_text(content[1]) + right
    if kind in {"Note", "RawInline"}:
        return ""
    return plain_text(content)


class Writer:
    """Goes through a chapter's neutral tree, and lets each construct write its own nodes.

    Parameters
    ----------
    forms
        What writes a node: by its type, or by type and class as in "Div.callout". None leaves the
        node to Pandoc and goes on with what is in it.
    path
        The chapter's file, for errors.
    """

    def __init__(self, forms: Mapping[str, Write | None], path: str) -> None:
        self._forms = forms
        self.path = path

    def blocks(self, blocks: list[Node]) -> list[Node]:
        """Write blocks, in order."""
        return [new for block in blocks for new in self.node(block)]

    def inlines(self, inlines: list[Node]) -> list[Node]:
        """Write inlines, in order."""
        return [new for inline in inlines for new in self.node(inline)]

    def node(self, node: Node) -> list[Node]:
        """Write one node.

        Raises
        ------
        RenderError
            If no construct knows its type.
        """
        kind = node["t"]
        key = kind
        if kind in _WITH_CLASSES:
            named = (f"{kind}.{name}" for name in attributes(node)[1])
            key = next((each for each in named if each in self._forms), kind)
        if key not in self._forms:
            raise self.error(f"an element of the type {kind} has no form here")
        form = self._forms[key]
        return [self.as_it_is(node)] if form is None else form(self, node)

    def as_it_is(self, node: Node) -> Node:
        """Leave a node to Pandoc, and write what is in it."""
        if node["t"] in _LEAVES or "c" not in node:
            return node
        return {**node, "c": self._below(node["c"])}

    def _below(self, value: Any) -> Any:
        if isinstance(value, list):
            if value and isinstance(value[0], dict) and "t" in value[0]:
                if value[0]["t"] in BLOCKS:
                    return self.blocks(value)
                if value[0]["t"] in _INLINES:
                    return self.inlines(value)
            return [self._below(item) for item in value]
        if isinstance(value, dict):
            return {key: self._below(item) for key, item in value.items()}
        return value

    def error(self, message: str) -> RenderError:
        """Make an error that names the chapter."""
        return RenderError(message, path=self.path)
