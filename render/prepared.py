"""Chapters as an earlier render prepared them, found again by all that they were made from.

A chapter's tree is made from its source, its results and its number, and from what it shows of
others: the numbers of what it refers to and the places its links lead to. The first are known
before any chapter is read; the second when all chapters have told their labels. So two things are
kept of a chapter: what it tells the others, and its tree.
"""

import base64
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from render import cache as caches, pandoc
from render.cache import Cache
from render.config import Book, Chapter
from render.crossref import Format, Target
from render.errors import Place
from render.source import ChapterSource

Ids = Mapping[str, Iterable[str]]
"""The ids of each chapter, by its path."""


@dataclass(frozen=True)
class Told:
    """What a chapter tells the others, and what it asks of them.

    Attributes
    ----------
    chapter
        The chapter.
    name
        The digest of what the chapter was made from.
    targets
        Its labels.
    ids
        The ids on its page.
    unnumbered
        Its sections without a number.
    references
        The labels it refers to.
    anchors
        The ids its links lead to, each with the chapter's path, or None for the page itself.
    """

    chapter: Chapter
    name: str
    targets: dict[str, Target]
    ids: dict[str, Place]
    unnumbered: dict[str, Place]
    references: Sequence[str]
    anchors: Sequence[tuple[str | None, str]]

    def leads_to(self, labels: Mapping[str, Target], ids: Ids) -> str | None:
        """Name the tree that these labels and ids lead to; None where one is missing."""
        shown: list[Any] = []
        for label in self.references:
            if label not in labels:
                return None
            shown.append(asdict(labels[label]) | {"place": None})  # no reader sees the line
        for chapter, ident in self.anchors:
            if not ident:
                continue
            if chapter is None and ident not in self.ids:
                if ident not in labels:
                    return None
                shown.append(labels[ident].chapter)
            elif chapter is not None and ident not in ids[chapter]:
                return None
        return caches.digest("tree", self.name, shown)


class Store:
    """What is kept of the chapters of a book in one format.

    Parameters
    ----------
    book, format
        The book and the format.
    keys
        The keys that may be cited.
    cache
        Where it is kept; None keeps nothing.
    """

    def __init__(
        self, book: Book, format: Format, keys: Iterable[str], cache: Cache | None
    ) -> None:
        self._root = book.root
        self._cache = cache
        own = [caches.code_digest(), pandoc.identity()] if cache is not None else []
        self._common = caches.digest(own, format, repr(book), sorted(keys))

    def _get(self, key: str) -> Any:
        return self._cache.get(key) if self._cache is not None else None

    def _put(self, key: str, value: Any) -> None:
        if self._cache is not None:
            self._cache.put(key, value)

    def is_numbered(self, source: ChapterSource) -> bool | None:
        """Return whether a chapter counts, or None if that is not known."""
        kept = self._get(self._numbered(source))
        return bool(kept) if kept is not None else None

    def put_numbered(self, source: ChapterSource, numbered: bool) -> None:
        """Keep whether a chapter counts."""
        self._put(self._numbered(source), numbered)

    def _numbered(self, source: ChapterSource) -> str:
        return caches.digest("numbered", self._common, source.markdown)

    def name(self, source: ChapterSource, number: str, results: Any) -> str:
        """Name a chapter by what it is made from: its source, its number, its results."""
        if self._cache is None:
            return ""
        made_from = [repr(source), source.places, number, results]
        return caches.digest("chapter", self._common, made_from)

    def told(self, chapter: Chapter, name: str) -> Told | None:
        """Return what a chapter of this name told, if the files it shows are what they were."""
        kept = self._get(name)
        if kept is None or kept["outside"] != self._outside(kept["outside"]):
            return None
        return Told(
            chapter,
            name,
            {label: _target(fields) for label, fields in kept["targets"].items()},
            {ident: Place(*place) for ident, place in kept["ids"].items()},
            {label: Place(*place) for label, place in kept["unnumbered"].items()},
            kept["references"],
            [(path, ident) for path, ident in kept["anchors"]],
        )

    def tree(self, name: str | None) -> dict[str, Any] | None:
        """Return the kept tree of this name, as fields of `render.document.Document`."""
        kept = self._get(name) if name is not None else None
        if kept is None:
            return None
        media = {url: base64.b64decode(content) for url, content in kept["media"].items()}
        awaited = {path: Place(*place) for path, place in kept["awaited"].items()}
        return {**kept, "media": media, "awaited": awaited, "cited": tuple(kept["cited"])}

    def put(
        self, told: Told, made: Mapping[str, Any], labels: Mapping[str, Target], ids: Ids
    ) -> None:
        """Keep a chapter: what it told, and its tree, for as long as the files it shows stay."""
        folder = posixpath.dirname(told.chapter.href)
        media = [posixpath.normpath(posixpath.join(folder, unquote(url))) for url in made["media"]]
        self._put(
            told.name,
            {
                "targets": {label: asdict(target) for label, target in told.targets.items()},
                "ids": {ident: _flat(place) for ident, place in told.ids.items()},
                "unnumbered": {label: _flat(place) for label, place in told.unnumbered.items()},
                "references": list(told.references),
                "anchors": list(told.anchors),
                "outside": self._outside([*media, *made["files"].values(), *made["awaited"]]),
            },
        )
        name = told.leads_to(labels, ids)
        if name is not None:
            media64 = {url: base64.b64encode(data).decode() for url, data in made["media"].items()}
            awaited = {path: _flat(place) for path, place in made["awaited"].items()}
            self._put(name, {**made, "media": media64, "awaited": awaited})

    def _outside(self, paths: Iterable[str]) -> dict[str, str]:
        return {path: caches.file_digest(self._root / path) for path in paths}


def _target(fields: dict[str, Any]) -> Target:
    return Target(**{**fields, "place": Place(*fields["place"])})


def _flat(place: Place) -> list[Any]:
    return [place.path, place.line]
