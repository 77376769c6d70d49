"""Content in the language of one format, set as it is."""

import re
from html import escape
from typing import Any

import panflute as pf

from render import links
from render.constructs.construct import Construct, Form
from render.neutral import Node, Writer
from render.reader import Reader
from render.text import COMMENT

_MACRO = re.compile(
    r"\s*\\(?:re)?newcommand|\s*\\providecommand|\s*\\(?:g|x|e)?def\\|\s*\\DeclareMathOperator"
)


def read(reader: Reader, el: pf.RawBlock | pf.RawInline) -> list[Any]:
    """Keep raw content of this format."""
    name, text = el.format, str(el.text)
    snippet = re.escape(text.strip().split("\n")[0][:30])
    if name in {"html", "html4", "html5"}:
        bare = COMMENT.sub("", text)
        if not bare.strip() or reader.fmt != "html":
            reader.count_marks(text)
            return []
        return [type(el)(_html(reader, bare, snippet), format=name)]
    if name == "typst":
        if reader.fmt != "typst":
            reader.count_marks(text)
            return []
        return [type(el)(reader.substitute(text), format=name)]
    if name not in {"tex", "latex"}:
        reader.fail(
            f"raw content for {name}: this book is made for html and typst",
            rf"=\s*{re.escape(name)}",
        )
    if not _MACRO.match(text):
        reader.fail(
            f"raw LaTeX, {text.strip()[:40]!r}, is shown in neither format; "
            "LaTeX stands between dollar signs",
            snippet,
        )
    return []


def _html(reader: Reader, text: str, snippet: str) -> str:
    """Put computed words into HTML, and take along what it shows."""
    text = reader.substitute(text, escape=_escape)
    place = reader.where(snippet)
    for url in links.raw_sources(text, place):
        reader.add_media(links.project_path(url, reader.chapter, reader.book.root, place))
    return text


def _escape(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;")


def html(_page: Writer, node: Node) -> list[Node]:
    """Leave HTML as it is."""
    return [node]


def typst(_setter: Writer, node: Node) -> list[Node]:
    """Keep Typst."""
    return [node] if node["c"][0] == "typst" else []


def markdown(_page: Writer, _node: Node) -> list[Node]:
    """Leave it out."""
    return []


CONSTRUCT = Construct(
    name="Raw content",
    syntax=(
        "```` ```{=html} ````",
        "```` ```{=typst} ````",
        "`` `…`{=html} ``",
        "`<!-- comment -->`",
        r"`\newcommand`",
    ),
    reads={pf.RawBlock: read, pf.RawInline: read},
    writes=dict.fromkeys(("RawBlock", "RawInline"), Form(html, typst, markdown)),
)
