"""What shows in one format only."""

import re
from typing import Any

import panflute as pf

from render import crossref
from render.constructs.construct import Construct
from render.reader import Reader
from render.source import Cell

_NAMES = frozenset(("content-visible", "content-hidden"))
_CONDITIONS = ("when-format", "unless-format")


def read(reader: Reader, el: Any) -> list[Any] | None:
    """Leave out what does not show; else take the condition off, and read what it was on."""
    if not _NAMES & set(el.classes):
        return None
    if not _shows(reader, el):
        _skip(reader, el)
        if reader.fmt == "typst":
            _count(reader, el)
        return []
    el.classes = [name for name in el.classes if name not in _NAMES]
    for key in _CONDITIONS:
        el.attributes.pop(key, None)
    if isinstance(el, pf.CodeBlock):
        return reader.block(el)
    bare = not (el.identifier or el.classes or el.attributes)
    if isinstance(el, pf.Span):
        return reader.inlines(list(el.content)) if bare else reader.inline(el)
    return reader.blocks(list(el.content)) if bare else reader.block(el)


def _shows(reader: Reader, el: Any) -> bool:
    holds = True
    for key, value in dict(el.attributes).items():
        if not key.startswith(("when-", "unless-")):
            continue
        if key not in _CONDITIONS:
            reader.fail(
                f"the condition `{key}` is not known; `when-format` and `unless-format` are",
                rf"\b{re.escape(key)}\s*=",
            )
        holds = holds and _matches(reader, value, key) == (key == "when-format")
    return holds if "content-visible" in el.classes else not holds


def _matches(reader: Reader, value: str, key: str) -> bool:
    """Tell whether a format condition names this format."""
    name = value.strip()
    if name in {"html", "html:js"}:
        return reader.fmt == "html"
    if name == "typst":
        return reader.fmt == "typst"
    if name in {"pdf", "latex"}:
        why = "means LaTeX to Quarto, and Typst sets this PDF; write typst"
    else:
        why = "is not known; html and typst are"
    return reader.fail(f'{key}="{name}" {why}', rf"{key}\s*=\s*[\"']?{re.escape(value)}")


def _skip(reader: Reader, el: Any) -> None:
    """Count the steps in what is not shown as met."""

    def visit(item: Any, _doc: Any) -> None:
        if isinstance(item, pf.CodeBlock) and "render-cell" in item.classes:
            reader.steps.add(int(item.attributes["index"]))
        elif isinstance(item, pf.Code) and "render-inline" in item.classes:
            reader.steps.add(int(item.text))
        elif isinstance(item, pf.Math | pf.RawInline | pf.RawBlock):
            reader.count_marks(item.text)
        for value in getattr(item, "attributes", {}).values():
            reader.count_marks(value)

    el.walk(visit)


def _count(reader: Reader, el: Any, *, titles: bool = False) -> None:
    """Leave out the numbers of what only the website shows, so that it and the PDF number alike.

    In Quarto's PDF the filter ``count.lua`` does the same.

    Parameters
    ----------
    reader
        The chapter's reader.
    el
        What is not shown, or a part of it.
    titles
        Whether headings in it are titles, of a theorem, a callout or a tab.
    """
    label = getattr(el, "identifier", "")
    if isinstance(el, pf.Header):
        if reader.number and not titles and "unnumbered" not in el.classes:
            reader.numbers.section(el.level)
        return
    if isinstance(el, pf.CodeBlock) and "render-cell" in el.classes:
        step = reader.source.steps[int(el.attributes["index"])]
        label = str(step.option("label", "")) if isinstance(step, Cell) else ""
    elif isinstance(el, pf.Str) and el.text.startswith("{#eq-"):
        label = el.text[2:]
    kind = crossref.kind_of(label)
    for_each_format = len(reader.written.get(f"#{label.rstrip('}')}", ())) > 1
    if kind in crossref.NAMES and kind != "sec" and not for_each_format:
        reader.numbers.next(kind)
        titles = True
    if isinstance(el, pf.Div):
        titles = titles or any(re.match("callout|panel-tabset|proof", name) for name in el.classes)
    for child in getattr(el, "content", ()):
        _count(reader, child, titles=titles)


CONSTRUCT = Construct(
    name="What shows in one format only",
    syntax=(
        '`::: {.content-visible when-format="html"}`',
        '`[…]{.content-hidden unless-format="typst"}`',
    ),
    reads={pf.Div: read, pf.Span: read, pf.CodeBlock: read},
)
