"""From the neutral tree to one that Pandoc's HTML writer sets as a page of this site.

Works on Pandoc's JSON (plain lists and dictionaries), which is many times faster than objects.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from itertools import count
from typing import Any

Node = dict[str, Any]

CALLOUTS = {
    "note": "Note",
    "tip": "Tip",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
}
_CSS_LENGTH = re.compile(r"[0-9.]+(%|cm|mm|in|pt|em|px)?")


def raw_block(html: str) -> Node:
    """Give a block of HTML, set as it is."""
    return {"t": "RawBlock", "c": ["html", html]}


def raw_inline(html: str) -> Node:
    """Give a piece of HTML in a line, set as it is."""
    return {"t": "RawInline", "c": ["html", html]}


def attributes(node: Node) -> tuple[str, list[str], dict[str, str]]:
    """Give the identifier, the classes and the other attributes of a node that has them."""
    content = node["c"]
    identifier, classes, pairs = content[1] if node["t"] == "Header" else content[0]
    return identifier, classes, dict(pairs)


def walk(value: Any) -> Iterator[Node]:
    """Go through all nodes below a value that may hold others, in document order."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += [inner for inner in reversed(item) if isinstance(inner, list | dict)]
        elif "t" in item:
            if item["t"] not in _LEAVES:
                yield item
                if isinstance(content := item.get("c"), list | dict):
                    stack.append(content)
        else:
            inner = [each for each in item.values() if isinstance(each, list | dict)]
            stack += reversed(inner)


def plain_text(value: Any) -> str:
    """Give the text of inlines, mathematics as TeX and without footnotes."""
    if isinstance(value, list):
        return "".join(map(plain_text, value))
    if not isinstance(value, dict):
        return ""
    match value.get("t"):
        case "Str":
            return str(value["c"])
        case "Space" | "SoftBreak" | "LineBreak":
            return " "
        case "Code" | "Math":
            return str(value["c"][1])
        case "Note" | "RawInline":
            return ""
        case "Quoted":
            left, right = ("‘", "’") if value["c"][0]["t"] == "SingleQuote" else ("“", "”")
            return left + plain_text(value["c"][1]) + right
    return plain_text(value.get("c"))


def element_ids(nodes: Iterable[Node]) -> Iterator[str]:
    """Give the identifiers that elements carry, in order."""
    for node in nodes:
        if node["t"] in {"Header", "Div", "Span", "Code", "CodeBlock", "Link", "Image", "Table"}:
            identifier = attributes(node)[0]
            if identifier:
                yield identifier


class Page:
    """Turns one chapter's neutral tree into HTML's.

    Parameters
    ----------
    link
        Gives the address of a cross-reference's label, seen from this page.
    chapter_link
        Gives the address of ``chapter:`` links, seen from this page.
    image_size
        Gives an image's width and height in CSS pixels, if they are known.
    appendix
        Whether the chapter is an appendix.
    words
        What is said in the book's language.
    """

    def __init__(
        self,
        *,
        link: Callable[[str], str],
        chapter_link: Callable[[str], str],
        image_size: Callable[[str], tuple[float, float] | None],
        appendix: bool,
        words: Mapping[str, str],
    ) -> None:
        self._link = link
        self._chapter_link = chapter_link
        self._image_size = image_size
        self._appendix = appendix
        self._words = words
        self._tabsets = count(1)

    def blocks(self, blocks: list[Node]) -> list[Node]:
        """Turn a list of blocks."""
        result: list[Node] = []
        for block in blocks:
            result += self._block(block)
        return result

    def _block(self, block: Node) -> list[Node]:
        kind: str = block["t"]
        content: Any = block.get("c")
        if kind == "Header":
            return [self._header(block)]
        if kind == "Div":
            return self._div(block)
        if kind == "CodeBlock":
            return self._code(block)
        if kind == "Table":
            return [
                raw_block('<div class="scroll table-scroll">'),
                self._generic(block),
                raw_block("</div>"),
            ]
        if kind in {"Para", "Plain"}:
            return [{"t": kind, "c": self.inlines(content, ends=True)}]
        return [self._generic(block)]

    def _generic(self, value: Any) -> Any:
        """Turn whatever stands below lists, quotes, definition lists and tables."""
        if isinstance(value, dict):
            if "t" not in value:
                return {key: self._generic(item) for key, item in value.items()}
            return {key: self._generic(item) if key == "c" else item for key, item in value.items()}
        if isinstance(value, list):
            if value and isinstance(value[0], dict) and "t" in value[0]:
                if value[0]["t"] in _BLOCKS:
                    return self.blocks(value)
                if value[0]["t"] in _INLINES:
                    return self.inlines(value)
            return [self._generic(item) for item in value]
        return value

    def inlines(self, inlines: list[Node], *, ends: bool = False) -> list[Node]:
        """Turn a list of inlines; `ends` tells that a paragraph ends with them."""
        result: list[Node] = []
        last = next((i for i in reversed(inlines) if i["t"] not in _SPACES), None)
        for inline in inlines:
            result += self._inline(inline, ends=ends and inline is last)
        return result

    def _inline(self, inline: Node, *, ends: bool = False) -> list[Node]:
        kind: str = inline["t"]
        content: Any = inline.get("c")
        if kind == "Link":
            return [self._anchor(inline)]
        if kind == "Image":
            return [self._image(inline)]
        if kind == "Span":
            identifier, classes, pairs = attributes(inline)
            if "equation" in classes:
                return self._equation(identifier, pairs, content[1], ends=ends)
            return [{"t": "Span", "c": [content[0], self.inlines(content[1])]}]
        if kind == "Math" and content[0]["t"] == "DisplayMath":
            return [
                raw_inline(f'<span class="display{" ends" * ends}"><span class="scroll">'),
                inline,
                raw_inline("</span></span>"),
            ]
        if kind == "Note":
            return [{"t": "Note", "c": self.blocks(content)}]
        if isinstance(content, list):
            return [{"t": kind, "c": self._generic(content)}]
        return [inline]

    def _header(self, block: Node) -> Node:
        level, (identifier, classes, pairs), inlines = block["c"]
        other = dict(pairs)
        number = other.pop("number", "")
        inlines = self.inlines(inlines)
        if number:
            label = escape(number)
            if level == 1 and self._appendix:
                mark = raw_inline(
                    f'<span class="number">{self._words["appendix"]} {label} —</span>'
                )
            else:
                mark = raw_inline(f'<span class="number">{label}</span>')
            inlines = [mark, {"t": "Space"}, *inlines]
        kept = [name for name in classes if name not in {"unnumbered", "unlisted"}]
        return {"t": "Header", "c": [level, [identifier, kept, list(other.items())], inlines]}

    def _div(self, block: Node) -> list[Node]:
        identifier, classes, pairs = attributes(block)
        content = block["c"][1]
        if "float" in classes:
            return self._float(identifier, pairs, content)
        if "subfloats" in classes:
            return self._subfloats(pairs, content)
        if "theorem" in classes:
            return self._theorem(identifier, classes, pairs, content)
        if {"proof", "remark", "solution"} & set(classes):
            return self._proof(identifier, classes, pairs, content)
        if "callout" in classes:
            return self._callout(identifier, pairs, content)
        if "tabset" in classes:
            return self._tabset(identifier, content)
        if "layout" in classes:
            return [
                raw_block(f'<div{_id(identifier)} class="layout" {_columns(pairs)}>'),
                *self.blocks(content),
                raw_block("</div>"),
            ]
        if "cell-output-display" in classes:
            if not identifier and all(inner["t"] in {"Para", "Plain"} for inner in content):
                return self.blocks(content)
            classes = ["scroll"]
        return [
            {"t": "Div", "c": [[identifier, classes, list(pairs.items())], self.blocks(content)]}
        ]

    def _caption(self, content: list[Node]) -> tuple[list[Node], list[Node]]:
        """Split a float's content from its caption."""
        if content and _has_class(content[-1], "float-caption"):
            caption: list[Node] = []
            for block in content[-1]["c"][1]:
                caption += self.inlines(block["c"])
            return content[:-1], caption
        return content, []

    def _float(self, identifier: str, pairs: dict[str, str], content: list[Node]) -> list[Node]:
        content, caption = self._caption(content)
        kind = "table" if pairs.get("kind") == "table" else "figure"
        label = f"{pairs.get('name', '')}\N{NO-BREAK SPACE}{pairs.get('number', '')}".strip()
        line = [raw_inline(f'<span class="label">{escape(label)}{":" if caption else ""}</span>')]
        if caption:
            line += [{"t": "Space"}, *caption]
        figcaption = [
            raw_block("<figcaption>"),
            {"t": "Plain", "c": line},
            raw_block("</figcaption>"),
        ]
        body = self.blocks(content)
        return [
            raw_block(f'<figure{_id(identifier)} class="float float-{kind}">'),
            *([*figcaption, *body] if kind == "table" else [*body, *figcaption]),
            raw_block("</figure>"),
        ]

    def _subfloats(self, pairs: dict[str, str], content: list[Node]) -> list[Node]:
        result = [raw_block(f'<div class="subfloats" {_columns(pairs)}>')]
        for part in content:
            if not _has_class(part, "subfloat"):
                result += self._block(part)
                continue
            identifier, _, own = attributes(part)
            inner, caption = self._caption(part["c"][1])
            letter = raw_inline(f'<span class="label">({escape(own.get("letter", ""))})</span>')
            line = [letter, {"t": "Space"}, *caption] if caption else [letter]
            figcaption = [
                raw_block("<figcaption>"),
                {"t": "Plain", "c": line},
                raw_block("</figcaption>"),
            ]
            body = self.blocks(inner)
            result += [
                raw_block(f'<figure{_id(identifier)} class="subfloat">'),
                *([*figcaption, *body] if own.get("kind") == "table" else [*body, *figcaption]),
                raw_block("</figure>"),
            ]
        return [*result, raw_block("</div>")]

    def _title(self, content: list[Node], name: str) -> tuple[list[Node], list[Node]]:
        """Split the first child of the class `name` from the rest, as inlines."""
        if content and _has_class(content[0], name):
            title: list[Node] = []
            for block in content[0]["c"][1]:
                title += self.inlines(block["c"])
            return title, content[1:]
        return [], content

    @staticmethod
    def _lead(head: list[Node], body: list[Node]) -> list[Node]:
        """Put a run-in head before the text of the first paragraph."""
        if body and body[0]["t"] in {"Para", "Plain"}:
            first = {"t": "Para", "c": [*head, {"t": "Space"}, *body[0]["c"]]}
            return [first, *body[1:]]
        return [{"t": "Para", "c": head}, *body]

    def _theorem(
        self, identifier: str, classes: list[str], pairs: dict[str, str], content: list[Node]
    ) -> list[Node]:
        title, content = self._title(content, "theorem-title")
        label = f"{pairs.get('name', '')}\N{NO-BREAK SPACE}{pairs.get('number', '')}".strip()
        head = [raw_inline(f'<span class="theorem-title"><strong>{escape(label)}')]
        if title:
            head += [{"t": "Str", "c": " ("}, *title, {"t": "Str", "c": ")"}]
        head.append(raw_inline("</strong></span>"))
        names = escape(" ".join(classes), quote=True)
        return [
            raw_block(f'<div{_id(identifier)} class="{names}">'),
            *self._lead(head, self.blocks(content)),
            raw_block("</div>"),
        ]

    def _proof(
        self, identifier: str, classes: list[str], pairs: dict[str, str], content: list[Node]
    ) -> list[Node]:
        title, content = self._title(content, "theorem-title")
        name = pairs.get("name") or classes[0].capitalize()
        number = pairs.get("number", "")
        label = f"{name}\N{NO-BREAK SPACE}{number}" if number else name
        head = [raw_inline(f'<span class="proof-title"><em>{escape(label)}</em>')]
        if title:
            head += [{"t": "Str", "c": " ("}, *title, {"t": "Str", "c": ")"}]
        head.append(raw_inline(".</span>"))
        names = escape(" ".join(classes), quote=True)
        return [
            raw_block(f'<div{_id(identifier)} class="{names}">'),
            *self._lead(head, self.blocks(content)),
            raw_block("</div>"),
        ]

    def _callout(self, identifier: str, pairs: dict[str, str], content: list[Node]) -> list[Node]:
        kind = pairs.get("kind", "note")
        kind = kind if kind in CALLOUTS else "note"
        default = _has_class(content[0], "callout-title") and (
            attributes(content[0])[2].get("default") == "true"
        )
        title, content = self._title(content, "callout-title")
        name = self._words[kind]
        said = [] if default else [raw_inline(f'<span class="vh">{name}</span>')]
        if default and not title:
            title = [{"t": "Str", "c": name}]
        icon = f'<svg class="icon" aria-hidden="true"><use href="#i-{kind}"/></svg>'
        if pairs.get("icon") == "false":
            icon = ""
        line = [raw_inline(f"{icon}<span>"), *said, *title, raw_inline("</span>")]
        head = {"t": "Plain", "c": line}
        looks = f"callout callout-{kind}"
        if pairs.get("appearance") in {"simple", "minimal"}:
            looks += f" callout-{pairs['appearance']}"
        collapse = pairs.get("collapse")
        if collapse in {"true", "false"}:
            opened = " open" if collapse == "false" else ""
            return [
                raw_block(
                    f'<details{_id(identifier)} class="{looks}"{opened}>'
                    '<summary class="callout-title">'
                ),
                head,
                raw_block('</summary><div class="callout-body">'),
                *self.blocks(content),
                raw_block("</div></details>"),
            ]
        return [
            raw_block(f'<div{_id(identifier)} class="{looks}"><div class="callout-title">'),
            head,
            raw_block('</div><div class="callout-body">'),
            *self.blocks(content),
            raw_block("</div></div>"),
        ]

    def _tabset(self, identifier: str, content: list[Node]) -> list[Node]:
        number = next(self._tabsets)
        titles: list[list[Node]] = []
        panels: list[Node] = []
        for index, tab in enumerate(content, 1):
            title, body = self._title(tab["c"][1], "tab-title")
            titles.append(title)
            said = escape(plain_text(title), quote=True)
            panels += [
                raw_block(
                    f'<section class="tab" id="tab-{number}-{index}" aria-label="{said}" '
                    f'data-title="{said}">'
                ),
                *self.blocks(body),
                raw_block("</section>"),
            ]
        items = [[{"t": "Plain", "c": title}] for title in titles]
        return [
            raw_block(f'<div{_id(identifier)} class="tabset">'),
            {"t": "BulletList", "c": items},
            *panels,
            raw_block("</div>"),
        ]

    def _code(self, block: Node) -> list[Node]:
        identifier, classes, pairs = attributes(block)
        fold = pairs.get("fold", "false") if "cell-code" in classes else "false"
        kept = [name for name in classes if name not in {"cell-code"}]
        code = {"t": "CodeBlock", "c": [[identifier, kept, []], block["c"][1]]}
        if "cell-code" not in classes and not kept:
            return [code]
        if fold not in {"true", "show"}:
            return [raw_block('<div class="code">'), code, raw_block("</div>")]
        summary = escape(pairs.get("summary") or self._words["code"])
        opened = " open" if fold == "show" else ""
        return [
            raw_block(
                f'<details class="fold"{opened}><summary>{summary}</summary><div class="code">'
            ),
            code,
            raw_block("</div></details>"),
        ]

    def _equation(
        self, identifier: str, pairs: dict[str, str], content: list[Node], *, ends: bool
    ) -> list[Node]:
        number = escape(pairs.get("number", ""), quote=True)
        start = f'<span{_id(identifier)} class="equation{" ends" * ends}" data-number="{number}">'
        alt = escape(pairs.get("alt", ""), quote=True)
        said = f' role="math" aria-label="{alt}"' if alt else ""
        return [
            raw_inline(f'{start}<span class="scroll"{said}>'),
            *content,
            raw_inline(f'</span><button class="equation-number">({number})</button></span>'),
        ]

    def _anchor(self, inline: Node) -> Node:
        (identifier, classes, pairs), content, (url, title) = inline["c"]
        if url.startswith("xref:"):
            url = self._link(url.removeprefix("xref:"))
        elif url.startswith("chapter:"):
            url = self._chapter_link(url.removeprefix("chapter:"))
        return {
            "t": "Link",
            "c": [[identifier, classes, pairs], self.inlines(content), [url, title]],
        }

    def _image(self, inline: Node) -> Node:
        (identifier, classes, pairs), content, (url, title) = inline["c"]
        pairs = dict(pairs)
        alt = pairs.pop("fig-alt", None) or plain_text(content)
        size = self._image_size(url)
        styles = []
        shown = ""
        width = pairs.get("width", "")
        height = pairs.get("height", "")
        if width and _CSS_LENGTH.fullmatch(width):
            styles.append(f"width:{width if not width[-1].isdigit() else width + 'px'}")
        if height and _CSS_LENGTH.fullmatch(height):
            styles.append(f"height:{height if not height[-1].isdigit() else height + 'px'}")
        if size:
            shown = f' width="{size[0]:.0f}" height="{size[1]:.0f}"'
        style = f' style="{";".join(styles)}"' if styles else ""
        names = f' class="{escape(" ".join(classes), quote=True)}"' if classes else ""
        hint = f' title="{escape(title, quote=True)}"' if title else ""
        return raw_inline(
            f'<img{_id(identifier)}{names} src="{escape(url, quote=True)}" '
            f'alt="{escape(alt, quote=True)}"{hint}{shown}{style}>'
        )


def _id(identifier: str) -> str:
    return f' id="{escape(identifier, quote=True)}"' if identifier else ""


def _columns(pairs: dict[str, str]) -> str:
    number = pairs.get("ncol", "")
    return f'style="--columns:{number if number.isdigit() else 1}"'


def _has_class(node: Node, name: str) -> bool:
    return node["t"] == "Div" and name in attributes(node)[1]


_LEAVES = frozenset({"Str", "Space", "SoftBreak", "LineBreak", "Math", "RawInline", "RawBlock"})
_SPACES = frozenset({"Space", "SoftBreak"})
_BLOCKS = frozenset(
    {
        "Plain", "Para", "LineBlock", "CodeBlock", "RawBlock", "BlockQuote", "OrderedList",
        "BulletList", "DefinitionList", "Header", "HorizontalRule", "Table", "Figure", "Div",
    }
)  # fmt: skip
_INLINES = frozenset(
    {
        "Str", "Emph", "Underline", "Strong", "Strikeout", "Superscript", "Subscript", "SmallCaps",
        "Quoted", "Cite", "Code", "Space", "SoftBreak", "LineBreak", "Math", "RawInline", "Link",
        "Image", "Note", "Span",
    }
)  # fmt: skip
