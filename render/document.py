"""The book as one neutral tree a chapter, for a format: numbered, linked and checked."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

import panflute as pf

from render import constructs, crossref, pandoc, text
from render.config import Book, Chapter
from render.crossref import Format, Target
from render.errors import Place, RenderError
from render.reader import Reader
from render.shown import joined, shown
from render.source import Cell, ChapterSource

__all__ = ["Document", "Results", "prepare"]


class Results(Protocol):
    """What a chapter's steps have given."""

    @property
    def outputs(self) -> Mapping[int, Sequence[Mapping[str, Any]]]:
        """The outputs of each chunk, as in a notebook of format 4."""

    @property
    def inlines(self) -> Mapping[int, Mapping[str, Any]]:
        """The result of each expression, by MIME type."""


@dataclass(frozen=True)
class Document:
    """A chapter, ready to be written.

    Attributes
    ----------
    chapter
        The chapter in the book's configuration.
    number
        Its number, such as "1" or "A"; "" if it has none.
    doc
        The neutral tree; its first block is the chapter's heading.
    media
        Images by their URL relative to the chapter's page.
    files
        Linked files by their URL relative to the page, as paths relative to the project.
    awaited
        Linked files that the project does not have, relative to the site, with a link's place:
        scripts that run after the pages are written are to make them.
    labels
        All labels of the book.
    ids
        The ids that stand on the page.
    cited
        The keys it cites, in the order of the text.
    """

    chapter: Chapter
    number: str
    doc: pf.Doc
    media: Mapping[str, bytes]
    files: Mapping[str, str]
    labels: Mapping[str, Target]
    ids: frozenset[str]
    cited: Sequence[str] = field(default=())
    awaited: dict[str, Place] = field(default_factory=dict)


def prepare(
    book: Book,
    sources: Mapping[str, ChapterSource] | Iterable[ChapterSource],
    results: Mapping[str, Results],
    *,
    format: Format,
) -> list[Document]:
    """Build the trees of a book.

    Parameters
    ----------
    book
        The book.
    sources
        The chapters' sources.
    results
        What their steps have given, by the chapter's file.
    format
        "html" or "typst"; content for the other one is left out before anything is numbered.

    Returns
    -------
    list of Document
        One a chapter, in the book's order.

    Raises
    ------
    RenderError
        If a reference, a citation or a link leads nowhere, a label is given twice, or a construct
        is not known.
    """
    given = sources.values() if isinstance(sources, Mapping) else sources
    by_path = {source.path: source for source in given}
    ordered = [by_path[chapter.path] for chapter in book.chapters]
    parsed = pandoc.read_many([source.markdown for source in ordered])
    _read_fragments(ordered, results, format)
    keys = citation_keys(book)
    chapters = {chapter.path: chapter for chapter in book.chapters}
    readers: list[Reader] = []
    bodies: list[list[Any]] = []
    count = {False: 0, True: 0}
    for chapter, source, read in zip(book.chapters, ordered, parsed, strict=True):
        number = ""
        if _is_numbered(read):
            count[chapter.appendix] += 1
            number = chr(64 + count[True]) if chapter.appendix else str(count[False])
        result = results.get(chapter.path)
        reader = Reader(
            readers=constructs.READERS,
            kept=constructs.KEPT,
            book=book,
            chapter=chapter,
            source=source,
            outputs=result.outputs if result else {},
            inline_results=result.inlines if result else {},
            number=number,
            fmt=format,
            keys=keys,
            chapters=chapters,
        )
        bodies.append(reader.read(read))
        readers.append(reader)
    labels = _labels(readers)
    for reader in readers:
        _resolve(reader, labels, readers, format)
    return [_document(reader, body, labels) for reader, body in zip(readers, bodies, strict=True)]


def _is_numbered(parsed: pandoc.Parsed) -> bool:
    for block in parsed.tree()["blocks"]:
        if block["t"] == "Header" and block["c"][0] == 1:
            return "unnumbered" not in block["c"][1][1]
    return True


def _read_fragments(
    sources: Sequence[ChapterSource], results: Mapping[str, Results], fmt: Format
) -> None:
    """Let Pandoc read all captions and Markdown outputs of the book at once."""
    texts: list[tuple[str, str]] = []
    for source in sources:
        result = results.get(source.path)
        if result is None:
            continue
        for step in source.steps:
            if isinstance(step, Cell):
                texts += _of_cell(step, result.outputs.get(step.index, ()), fmt)
            else:
                texts += _of_inline(result.inlines.get(step.index, {}))
    pandoc.read_many(texts)


def _of_inline(value: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    plain = joined(value.get("text/plain", ""))
    if "text/markdown" in value:
        yield pandoc.READER, joined(value["text/markdown"]).strip()
    elif "'" in plain or '"' in plain:
        yield pandoc.READER, text.escaped(plain)


def _of_cell(
    cell: Cell, given: Sequence[Mapping[str, Any]], fmt: Format
) -> Iterable[tuple[str, str]]:
    if not cell.option("include", True):
        return
    for name in ("fig-cap", "tbl-cap", "fig-subcap", "tbl-subcap"):
        value = cell.option(name)
        for words in (value,) if isinstance(value, str) else value or ():
            yield pandoc.READER, words
    for item in shown(cell, given, fmt):
        if item.form == "markdown":
            yield pandoc.READER, item.text
        elif item.form == "parsed":
            yield "html", item.text


def citation_keys(book: Book) -> frozenset[str]:
    """Give the keys of the book's bibliography."""
    found: set[str] = set()
    for file in book.bibliography:
        path = file.relative_to(book.root) if file.is_relative_to(book.root) else file
        formats = {".bib": "biblatex", ".json": "csljson", ".yaml": "markdown", ".ris": "ris"}
        form = formats.get(file.suffix.lower())
        if form is None:
            raise RenderError("a bibliography is a .bib, .json, .yaml or .ris file", path=path)
        try:
            found |= _keys(form, file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise RenderError(f"this file cannot be read as UTF-8: {error}", path=path) from None
        except RenderError as error:
            line = re.search(r"\bline (\d+)", error.message)
            raise RenderError(
                error.message, path=path, line=int(line[1]) if line else None
            ) from None
    return frozenset(found)


@cache
def _keys(form: str, text: str) -> frozenset[str]:
    entries = json.loads(pandoc.run([f"--from={form}", "--to=csljson"], text))
    return frozenset(entry["id"] for entry in entries)


def _labels(readers: Sequence[Reader]) -> dict[str, Target]:
    labels: dict[str, Target] = {}
    for reader in readers:
        for label, target in reader.targets.items():
            if label in labels:
                reader.duplicate(label, labels[label].place, target.place)
            labels[label] = target
    return labels


def _resolve(
    reader: Reader, labels: Mapping[str, Target], readers: Sequence[Reader], fmt: Format
) -> None:
    for reference in reader.references:
        target = labels.get(reference.label)
        if target is None:
            raise _unresolved(reference.label, reference.place, labels, readers)
        reference.link.content = crossref.text(reference, target, fmt, numbered=bool(reader.number))
    for image, caption in reader.undescribed:
        image.content = [pf.Str(text.stringify(caption))]
    ids = {each.chapter.path: each.ids for each in readers}
    for anchor in reader.anchors:
        if not anchor.id:
            continue
        if anchor.chapter is None and anchor.id not in reader.ids:
            # As in Quarto, "#sec-x" also finds a label of another chapter.
            target = labels.get(anchor.id)
            if target is None:
                raise anchor.place.error(
                    f"the link #{anchor.id} leads to no id on this page and no label of the book"
                )
            anchor.link.url = f"chapter:{target.chapter}#{anchor.id}"
        elif anchor.chapter is not None and anchor.id not in ids[anchor.chapter]:
            raise anchor.place.error(
                f"the link leads to #{anchor.id}, which is not in {anchor.chapter}"
            )


def _unresolved(
    label: str, place: Place, labels: Mapping[str, Target], readers: Sequence[Reader]
) -> RenderError:
    for reader in readers:
        if label in reader.unnumbered:
            return place.error(
                f"the reference @{label} leads to a section without a number "
                f"({reader.unnumbered[label]}); link it as [words](#{label})"
            )
    near = text.nearest(label, labels)
    hint = f"; @{near} is meant?" if near else ""
    return place.error(f"the reference @{label} leads nowhere{hint}")


def _document(reader: Reader, body: list[Any], labels: Mapping[str, Target]) -> Document:
    return Document(
        chapter=reader.chapter,
        number=reader.number,
        doc=pf.Doc(*body),
        media=dict(sorted(reader.media.items())),
        files=dict(sorted(reader.files.items())),
        awaited=reader.awaited,
        labels=labels,
        ids=frozenset(reader.ids),
        cited=tuple(reader.cited),
    )
