"""The book as one neutral tree a chapter, for a format: numbered, linked and checked."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Protocol

import panflute as pf

from render import constructs, crossref, pandoc, text
from render.cache import Cache
from render.config import Book, Chapter
from render.constructs import equation
from render.crossref import Format, Target, duplicate
from render.errors import Place, RenderError
from render.prepared import Store, Told
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
    json
        The neutral tree in Pandoc's JSON form; its first block is the chapter's heading.
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
    json: str
    media: Mapping[str, bytes]
    files: Mapping[str, str]
    labels: Mapping[str, Target]
    ids: frozenset[str]
    cited: Sequence[str] = ()
    awaited: Mapping[str, Place] = field(default_factory=dict)

    def load(self) -> list[Any]:
        """Give the neutral tree's blocks as new lists and dictionaries, which may be changed."""
        blocks: list[Any] = json.loads(self.json)["blocks"]
        return blocks

    @cached_property
    def doc(self) -> pf.Doc:
        """The neutral tree."""
        return pandoc.from_json(self.json)


def prepare(
    book: Book,
    sources: Mapping[str, ChapterSource] | Iterable[ChapterSource],
    results: Mapping[str, Results],
    *,
    format: Format,
    cache: Cache | None = None,
    then: Callable[[], object] = lambda: None,
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
    cache
        Keeps the trees: one is built only if what it is made from or shows of others has changed.
    then
        Called when Pandoc has read the chapters, before trees are built.

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
    chapters = {chapter.path: chapter for chapter in book.chapters}
    keys = citation_keys(book)
    store = Store(book, format, keys, cache)
    numbers = _numbers(book, ordered, store)
    then()
    told: dict[str, Told] = {}
    names: dict[str, str] = {}
    for source in ordered:
        result = results.get(source.path)
        made_from = [dict(result.outputs), dict(result.inlines)] if result else []
        name = names[source.path] = store.name(source, numbers[source.path], made_from)
        found = store.told(chapters[source.path], name)
        if found is not None:
            told[source.path] = found
    readers: dict[str, Reader] = {}
    bodies: dict[str, list[Any]] = {}

    def build(missing: Sequence[ChapterSource]) -> None:
        parsed = pandoc.read_many([source.markdown for source in missing])
        _read_fragments(missing, results, format)
        for source, read in zip(missing, parsed, strict=True):
            result = results.get(source.path)
            reader = Reader(
                readers=constructs.READERS,
                kept=constructs.KEPT,
                book=book,
                chapter=chapters[source.path],
                source=source,
                outputs=result.outputs if result else {},
                inline_results=result.inlines if result else {},
                number=numbers[source.path],
                fmt=format,
                keys=keys,
                chapters=chapters,
            )
            bodies[source.path] = reader.read(read)
            readers[source.path] = reader

    build([source for source in ordered if source.path not in told])
    parts = [readers.get(path) or told[path] for path in chapters]
    labels = _labels(parts)
    ids = {part.chapter.path: part.ids for part in parts}
    made: dict[str, dict[str, Any]] = {}
    for path, known in told.items():
        tree = store.tree(known.leads_to(labels, ids))
        if tree is not None:
            made[path] = tree
    build([source for source in ordered if source.path not in {*made, *readers}])
    for path, reader in readers.items():
        _resolve(reader, labels, parts, format)
        made[path] = _made(reader, bodies[path])
        store.put(_told(reader, names[path]), made[path], labels, ids)
    return [
        Document(
            chapters[path], numbers[path], labels=labels, ids=frozenset(ids[path]), **made[path]
        )
        for path in chapters
    ]


def _numbers(book: Book, sources: Sequence[ChapterSource], store: Store) -> dict[str, str]:
    """Give the chapters' numbers; "" to one whose heading has the class ``unnumbered``."""
    known = [store.is_numbered(source) for source in sources]
    missing = [source for source, numbered in zip(sources, known, strict=True) if numbered is None]
    read = pandoc.read_many([source.markdown for source in missing])
    for source, parsed in zip(missing, read, strict=True):
        counts = _is_numbered(parsed)
        known[sources.index(source)] = counts
        store.put_numbered(source, counts)
    numbers: dict[str, str] = {}
    count = {False: 0, True: 0}
    for chapter, numbered in zip(book.chapters, known, strict=True):
        numbers[chapter.path] = ""
        if numbered:
            count[chapter.appendix] += 1
            at = count[chapter.appendix]
            numbers[chapter.path] = chr(64 + at) if chapter.appendix else str(at)
    return numbers


def _is_numbered(parsed: pandoc.Parsed) -> bool:
    for block in parsed.tree()["blocks"]:
        if block["t"] == "Header" and block["c"][0] == 1:
            return "unnumbered" not in block["c"][1][1]
    return True


def _read_fragments(
    sources: Sequence[ChapterSource], results: Mapping[str, Results], fmt: Format
) -> None:
    """Let Pandoc read all captions, labels of formulas and Markdown outputs of the book at once."""
    texts: list[tuple[str, str]] = []
    for source in sources:
        texts += equation.label_texts(source.markdown)
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
    entries = json.loads(pandoc.run([f"--from={form}", "--to=csljson"], text, keep=True))
    return frozenset(entry["id"] for entry in entries)


def _labels(readers: Sequence[Reader | Told]) -> dict[str, Target]:
    labels: dict[str, Target] = {}
    for reader in readers:
        for label, target in reader.targets.items():
            if label in labels:
                raise duplicate(label, labels[label].place, target.place)
            labels[label] = target
    return labels


def _resolve(
    reader: Reader,
    labels: Mapping[str, Target],
    readers: Sequence[Reader | Told],
    fmt: Format,
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
    label: str, place: Place, labels: Mapping[str, Target], readers: Sequence[Reader | Told]
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


def _told(reader: Reader, name: str) -> Told:
    return Told(
        chapter=reader.chapter,
        name=name,
        targets=reader.targets,
        ids=reader.ids,
        unnumbered=reader.unnumbered,
        references=[reference.label for reference in reader.references],
        anchors=[(anchor.chapter, anchor.id) for anchor in reader.anchors],
    )


def _made(reader: Reader, body: list[Any]) -> dict[str, Any]:
    """Give what a chapter has become, as fields of `Document`."""
    return {
        "json": pandoc.to_json(pf.Doc(*body)),
        "media": dict(sorted(reader.media.items())),
        "files": dict(sorted(reader.files.items())),
        "awaited": reader.awaited,
        "cited": tuple(reader.cited),
    }
