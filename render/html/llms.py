"""Pages as plain Markdown, for language models and other readers of plain text."""

import json
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

from render import pandoc
from render.config import Book
from render.html.tree import Node, attributes, plain_text

_TO = "gfm-raw_html+tex_math_dollars"


def name(href: str) -> str:
    """Give the Markdown page's name: ``one.llms.md`` beside ``one.html``."""
    return str(PurePosixPath(href).with_suffix(".llms.md"))


def page(
    blocks: list[Node],
    version: list[int],
    path: str,
    *,
    appendix: bool,
    link: Callable[[str], str],
) -> str:
    """Give a chapter as Markdown.

    Parameters
    ----------
    blocks
        The neutral tree's blocks, with citations formatted.
    version
        The version of Pandoc's tree.
    path
        The chapter's file, for errors.
    appendix
        Whether it is an appendix.
    link
        Gives the address of an ``xref:`` or ``chapter:`` link.
    """
    tree = {
        "pandoc-api-version": version,
        "meta": {},
        "blocks": _Plain(appendix, link).blocks(blocks),
    }
    text = json.dumps(tree, ensure_ascii=False)
    written = pandoc.write(text, _TO, extra_args=("--wrap=none",), path=path)
    return written.replace("\N{NO-BREAK SPACE}", " ")


def index(book: Book, pages: Sequence[tuple[str, str]]) -> str:
    """Give ``llms.txt``: the book's title, what it is about, and its pages.

    Parameters
    ----------
    book
        The book.
    pages
        Title and address of each Markdown page.
    """
    lines = [f"# {_line(book.title)}", ""]
    if book.description:
        lines += [f"> {_line(book.description)}", ""]
    lines += ["## Pages", ""]
    for title, address in pages:
        text = _line(title).replace("[", "\\[").replace("]", "\\]")
        lines.append(f"- [{text}]({address})")
    return "\n".join([*lines, ""])


def _line(text: str) -> str:
    return " ".join(text.split())


class _Plain:
    """Turns the neutral tree into what plain Markdown can say."""

    def __init__(self, appendix: bool, link: Callable[[str], str]) -> None:
        self._appendix = appendix
        self._link = link

    def blocks(self, blocks: list[Node]) -> list[Node]:
        result: list[Node] = []
        for block in blocks:
            result += self._block(block)
        return result

    def _block(self, block: Node) -> list[Node]:
        kind: str = block["t"]
        content: Any = block.get("c")
        if kind == "Header":
            level, (_, _, pairs), inlines = content
            number = dict(pairs).get("number", "")
            lead = f"{number} "
            if number and level == 1 and self._appendix:
                lead = f"Appendix {number} — "
            inlines = self._any(inlines)
            if number:
                inlines = [{"t": "Str", "c": lead}, *inlines]
            return [{"t": "Header", "c": [level, ["", [], []], inlines]}]
        if kind == "RawBlock":
            return []
        if kind == "CodeBlock":
            _, classes, _ = attributes(block)
            names = [name for name in classes if name != "cell-code"]
            return [{"t": "CodeBlock", "c": [["", names, []], content[1]]}]
        if kind == "Div":
            return self._div(block)
        return [{**block, "c": self._any(content)} if content is not None else block]

    def _div(self, block: Node) -> list[Node]:
        _, classes, pairs = attributes(block)
        content = block["c"][1]
        if "float" in classes or "subfloat" in classes:
            label = f"{pairs.get('name', '')} {pairs.get('number', '')}".strip()
            if "subfloat" in classes:
                label = f"({pairs.get('letter', '')})"
            caption: list[Node] = []
            if content and "float-caption" in _classes(content[-1]):
                caption = [i for b in content[-1]["c"][1] for i in self._any(b["c"])]
                content = content[:-1]
            mark = ": " if caption and "float" in classes else " " if caption else ""
            line = {"t": "Para", "c": [{"t": "Str", "c": label + mark}, *caption]}
            return [*self.blocks(content), line]
        if "theorem" in classes or {"proof", "remark", "solution"} & set(classes):
            label = f"{pairs.get('name') or classes[0].capitalize()} {pairs.get('number', '')}"
            head: list[Node] = [{"t": "Str", "c": label.strip()}]
            title, content = self._title(content, "theorem-title")
            if title:
                head += [{"t": "Str", "c": " ("}, *title, {"t": "Str", "c": ")"}]
            lead = [{"t": "Strong", "c": [*head, {"t": "Str", "c": "."}]}]
            body = self.blocks(content)
            if body and body[0]["t"] in {"Para", "Plain"}:
                first = {"t": "Para", "c": [*lead, {"t": "Space"}, *body[0]["c"]]}
                return [first, *body[1:]]
            return [{"t": "Para", "c": lead}, *body]
        if "callout" in classes:
            title, content = self._title(content, "callout-title")
            kind = pairs.get("kind", "note").upper()
            said = [{"t": "Str", "c": f"{kind}: "}, *title]
            if plain_text(title).upper() == kind:
                said = [{"t": "Str", "c": kind}]
            quote = [{"t": "Para", "c": [{"t": "Strong", "c": said}]}, *self.blocks(content)]
            return [{"t": "BlockQuote", "c": quote}]
        if "tab" in classes:
            title, content = self._title(content, "tab-title")
            return [{"t": "Para", "c": [{"t": "Strong", "c": title}]}, *self.blocks(content)]
        return self.blocks(content)

    def _title(self, content: list[Node], name: str) -> tuple[list[Node], list[Node]]:
        if content and name in _classes(content[0]):
            return [i for b in content[0]["c"][1] for i in self._any(b["c"])], content[1:]
        return [], content

    def _any(self, value: Any) -> Any:
        if isinstance(value, list):
            if value and isinstance(value[0], dict) and "t" in value[0]:
                return [node for item in value for node in self._node(item)]
            return [self._any(item) for item in value]
        if isinstance(value, dict):
            return {key: self._any(item) for key, item in value.items()}
        return value

    def _node(self, node: Any) -> list[Any]:
        if not (isinstance(node, dict) and "t" in node):
            return [self._any(node)]
        kind: str = node["t"]
        content: Any = node.get("c")
        if kind in {"Div", "Header", "RawBlock", "CodeBlock"}:
            return self._block(node)
        if kind == "RawInline":
            return []
        if kind == "Cite":
            return list(self._any(content[1]))
        if kind == "Span":
            _, classes, pairs = attributes(node)
            if "equation" in classes and content[1] and content[1][0]["t"] == "Math":
                style, tex = content[1][0]["c"]
                tex = f"{tex.rstrip()} \\qquad({pairs.get('number', '')})"
                return [{"t": "Math", "c": [style, tex]}]
            return list(self._any(content[1]))
        if kind == "Link":
            _, inlines, (url, title) = content
            if url.startswith(("xref:", "chapter:")):
                url = self._link(url)
            return [{"t": "Link", "c": [["", [], []], self._any(inlines), [url, title]]}]
        if kind == "Image":
            _, inlines, target = content
            return [{"t": "Image", "c": [["", [], []], self._any(inlines), target]}]
        if content is None:
            return [node]
        return [{**node, "c": self._any(content)}]


def _classes(node: Node) -> list[str]:
    return attributes(node)[1] if node["t"] == "Div" else []
