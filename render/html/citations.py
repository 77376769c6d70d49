"""Citations of the whole book, formatted in one run of citeproc.

One run instead of one a chapter costs a quarter of a second, not one each, and a work is called
the same ("2020a") wherever it is cited.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from render import cache as caches, pandoc
from render.cache import Cache
from render.config import Book
from render.neutral import Node, attributes, walk


@dataclass(frozen=True)
class Bibliography:
    """The works cited in the book.

    Attributes
    ----------
    frame
        The list's own attributes, as Pandoc gives them.
    entries
        The blocks of each entry by key, in the order of the style.
    """

    frame: tuple[list[str], list[list[str]]]
    entries: dict[str, Node]

    def listing(self, identifier: str, keys: Iterable[str] | None = None) -> Node:
        """Give the list of the works with these keys, or of all."""
        chosen = self.entries.keys() if keys is None else self.entries.keys() & set(keys)
        blocks = [entry for key, entry in self.entries.items() if key in chosen]
        classes, pairs = self.frame
        return {"t": "Div", "c": [[identifier, list(classes), list(pairs)], blocks]}


def keys(cites: Sequence[Node]) -> list[str]:
    """Give the keys of the works that these ``Cite`` elements cite, in order."""
    return [citation["citationId"] for cite in cites for citation in cite["c"][0]]


def resolve(
    book: Book, cites: Sequence[Node], version: list[int], kept: Cache | None = None
) -> Bibliography:
    """Format all citations, in place, and give the bibliography.

    Parameters
    ----------
    book
        Says where the bibliography and the citation style are.
    cites
        The ``Cite`` elements of all chapters, in order.
    version
        The version of Pandoc's tree.
    kept
        Keeps what citeproc gives.
    """
    if not cites:
        return Bibliography(([], []), {})
    blocks = [{"t": "Para", "c": [cite]} for cite in cites]
    refs: Node = {"t": "Div", "c": [["refs", [], []], []]}
    tree = {"pandoc-api-version": version, "meta": {}, "blocks": [*blocks, refs]}
    linked = str(book.link_citations).lower()
    arguments = ["--citeproc", f"--metadata=link-citations:{linked}"]
    arguments += [f"--metadata=lang:{book.lang}"]
    arguments += [f"--bibliography={path}" for path in book.bibliography]
    if book.csl:
        arguments.append(f"--csl={book.csl}")
    text = json.dumps(tree)
    files = [caches.file_digest(path) for path in (*book.bibliography, book.csl) if path]
    name = caches.digest("citations", pandoc.identity(), text, arguments, files)
    done = kept.get(name) if kept is not None else None
    if done is None:
        done = json.loads(pandoc.write(text, "json", extra_args=arguments))
        if kept is not None:
            kept.put(name, done)
    *paragraphs, refs = done["blocks"]
    for cite, paragraph in zip(cites, paragraphs, strict=True):
        (formatted,) = paragraph["c"]
        cite["c"] = formatted["c"]
    (_, classes, pairs), entries = refs["c"]
    return Bibliography(
        (classes, pairs),
        {attributes(entry)[0].removeprefix("ref-"): entry for entry in entries},
    )


def retarget(cites: Sequence[Node], page: str) -> None:
    """Let the links of citations lead to the page of references."""
    for link in walk([cite["c"][1] for cite in cites]):
        if link["t"] == "Link" and link["c"][2][0].startswith("#ref-"):
            link["c"][2][0] = page + link["c"][2][0]
