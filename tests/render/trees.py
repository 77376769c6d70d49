"""Books of a few lines for tests of the neutral tree, and the tree as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import panflute as pf
import pytest

from render.config import load_book
from render.document import Document, prepare
from render.errors import RenderError
from render.source import parse_source
from render.text import stringify

CONFIG = """\
project:
  type: book
  execute-dir: project
book:
  title: "A book"
  author: "Nobody"
  downloads: [pdf]
  chapters:
{chapters}
{appendices}
format:
  html:
    html-math-method: mathml
  typst:
    papersize: a4
{extra}
"""

Output = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What a chapter's steps are said to have given."""

    outputs: Mapping[int, Sequence[Output]] = field(default_factory=dict)
    inlines: Mapping[int, Output] = field(default_factory=dict)


def display(**data: str) -> Output:
    """Return an output: ``display(text_markdown="…", image_svg="…")``."""
    mimes = {key.replace("_", "/").replace("svg", "svg+xml"): value for key, value in data.items()}
    return {"output_type": "display_data", "data": mimes, "metadata": {}}


def result(**data: str) -> Output:
    """Return what the last line of a chunk gives."""
    return {**display(**data), "output_type": "execute_result"}


def stream(text: str, name: str = "stdout") -> Output:
    """Return printed text."""
    return {"output_type": "stream", "name": name, "text": text}


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
SQUARE = display(image_svg=SVG)
FILES = {"a.svg": "<svg/>", "b.png": "PNG", "words.txt": "words"}
NB = "\u00a0"


def chunk(*options: str, code: str = "code") -> str:
    """Return a chunk with options such as ``echo: false``."""
    lines = "".join(f"#| {option}\n" for option in options)
    return f"```{{python}}\n{lines}{code}\n```\n"


def book(
    root: Path,
    chapters: Mapping[str, str] | str,
    *,
    given: Mapping[str, Given] | Given | None = None,
    files: Mapping[str, str] | None = None,
    extra: str = "",
    fmt: str = "html",
) -> list[Document]:
    """Prepare a book.

    Parameters
    ----------
    root
        Where to write it.
    chapters
        The chapters' texts by file; one text is the chapter ``one.qmd`` after an index. A file
        whose name begins with ``appendix`` is one.
    given
        What the steps have given, by chapter; without it each chunk gives nothing, and each
        expression its own text.
    files
        Other files of the project.
    extra
        Lines for ``_quarto.yml``.
    fmt
        The format.
    """
    if isinstance(chapters, str):
        chapters = {"one.qmd": chapters}
        given = {"one.qmd": given} if isinstance(given, Given) else given
    texts = {"index.qmd": "# Welcome {.unnumbered}\n\nWords.\n", **chapters}
    for name, text in {**texts, **(files or {})}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    listed = "".join(f"    - {name}\n" for name in texts if not name.startswith("appendix"))
    appendices = "".join(f"    - {name}\n" for name in texts if name.startswith("appendix"))
    config = CONFIG.format(
        chapters=listed,
        appendices=f"  appendices:\n{appendices}" if appendices else "",
        extra=extra,
    )
    (root / "_quarto.yml").write_text(config, encoding="utf-8")
    loaded = load_book(root)
    sources = [parse_source(each.path, loaded.root) for each in loaded.chapters]
    results = {}
    for source in sources:
        known = (given or {}).get(source.path, Given()) if isinstance(given, Mapping) else Given()
        inlines = {
            step.index: {"text/plain": step.expression}
            for step in source.steps
            if hasattr(step, "expression")
        }
        results[source.path] = Given(known.outputs, {**inlines, **known.inlines})
    return prepare(loaded, sources, results, format=fmt)  # type: ignore[arg-type]


def tree(root: Path, text: str, **options: Any) -> list[str]:
    """Prepare a book of one chapter, and give that chapter as lines, without its heading."""
    return outline(list(book(root, f"# One\n\n{text}", **options)[1].doc.content)[1:])


def error(root: Path, text: str, **options: Any) -> str:
    """Give the error that a chapter stops with."""
    with pytest.raises(RenderError) as caught:
        book(root, f"# One\n\n{text}", **{"files": FILES, **options})
    return str(caught.value)


def title(document: Document) -> str:
    """Give the text of a chapter's heading."""
    return stringify(document.doc.content[0].content)


def contents(document: Document, depth: int = 3) -> list[tuple[int, str, str]]:
    """Give level, number and text of the headings that a chapter's contents may list."""
    found: list[tuple[int, str, str]] = []

    def visit(el: Any, _doc: Any) -> None:
        if isinstance(el, pf.Header) and 1 < el.level <= depth and "unlisted" not in el.classes:
            found.append((el.level, el.attributes.get("number", ""), stringify(el.content)))

    document.doc.walk(visit)
    return found


def texts(line: str) -> list[str]:
    """Give the texts of the links in a line."""
    return [part.split("](")[0].replace(NB, " ") for part in line.split("[")[1:]]


def outline(blocks: Sequence[Any], indent: str = "") -> list[str]:
    """Give blocks as lines: a paragraph's text, or a container's name and then its content."""
    lines: list[str] = []
    for block in blocks:
        name = type(block).__name__
        if isinstance(block, pf.Para | pf.Plain):
            lines.append(indent + inline(block.content))
        elif isinstance(block, pf.Header):
            lines.append(f"{indent}{'#' * block.level} {inline(block.content)}{attributes(block)}")
        elif isinstance(block, pf.CodeBlock):
            lines.append(f"{indent}code{attributes(block)}: {block.text}")
        elif isinstance(block, pf.RawBlock):
            lines.append(f"{indent}raw {block.format}: {block.text}")
        elif isinstance(block, pf.Table):
            lines.append(f"{indent}table: " + " / ".join(cells(block)))
            if block.caption and block.caption.content:
                lines.append(f"{indent}caption: {inline(block.caption.content[0].content)}")
        elif isinstance(block, pf.Figure):
            lines.append(f"{indent}figure{attributes(block)}")
            lines += outline(block.content, indent + "  ")
            lines.append(f"{indent}caption: {inline(block.caption.content[0].content)}")
        elif isinstance(block, pf.DefinitionList):
            for item in block.content:
                lines.append(f"{indent}term: {inline(item.term)}")
                for definition in item.definitions:
                    lines += outline(definition.content, indent + "  ")
        elif isinstance(block, pf.BulletList | pf.OrderedList):
            for item in block.content:
                lines.append(f"{indent}item")
                lines += outline(item.content, indent + "  ")
        elif isinstance(block, pf.LineBlock):
            lines += [f"{indent}| {inline(line.content)}" for line in block.content]
        else:
            label = "div" if isinstance(block, pf.Div) else name.lower()
            lines.append(f"{indent}{label}{attributes(block)}")
            lines += outline(getattr(block, "content", ()), indent + "  ")
    return lines


def cells(table: pf.Table) -> Iterator[str]:
    """Give the texts of a table's cells."""
    for part in (table.head, *table.content):
        for row in part.content:
            for cell in row.content:
                yield " ".join(outline(cell.content))


def attributes(el: Any) -> str:
    """Give an element's attributes as they are written, if it has any."""
    parts = [f"#{el.identifier}"] if getattr(el, "identifier", "") else []
    parts += [f".{name}" for name in getattr(el, "classes", ())]
    pairs = getattr(el, "attributes", {}).items()
    parts += [f"{key}={value}" for key, value in pairs if key != "step"]
    return " {" + " ".join(parts) + "}" if parts else ""


def inline(items: Sequence[Any]) -> str:
    """Give inline elements as text with their markup."""
    return "".join(_inline(item) for item in items)


def _inline(item: Any) -> str:
    if isinstance(item, pf.Str):
        return item.text
    if isinstance(item, pf.Space | pf.SoftBreak | pf.LineBreak):
        return " "
    if isinstance(item, pf.Math):
        mark = "$$" if item.format == "DisplayMath" else "$"
        return f"{mark}{item.text.strip()}{mark}"
    if isinstance(item, pf.Code):
        return f"`{item.text}`"
    if isinstance(item, pf.RawInline):
        return f"<{item.format}>{item.text}</>"
    if isinstance(item, pf.Note):
        return "^[" + " ".join(outline(item.content)) + "]"
    if isinstance(item, pf.Cite):
        return "cite:" + ";".join(each.id for each in item.citations)
    inner = inline(item.content)
    if isinstance(item, pf.Link):
        return f"[{inner}]({item.url})"
    if isinstance(item, pf.Image):
        return f"![{inner}]({item.url}){attributes(item)}"
    if isinstance(item, pf.Quoted):
        return f"“{inner}”" if item.quote_type == "DoubleQuote" else f"‘{inner}’"
    if isinstance(item, pf.Span):
        return f"[{inner}]{attributes(item)}"
    mark = {"Emph": "*", "Strong": "**"}.get(type(item).__name__, "~")
    return mark + inner + mark
