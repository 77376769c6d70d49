"""The website from the book's neutral trees."""

import os
import posixpath
import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from render import cache as caches, constructs, pandoc
from render.cache import Cache
from render.config import Book, Chapter, load_settings
from render.errors import RenderError
from render.html import addresses, card, cff, citations, fonts, fragment, llms, notebook, search
from render.html.fragment import Heading
from render.html.images import size as image_size
from render.html.tree import Page
from render.neutral import Node, attributes, identifiers, walk
from render.source import ChapterSource

ASSETS = "book-assets"
_ASSETS = ("extras.css", "book.js", "preview.js", "enlarge.js", "search.js")
_CARD = "card.png"
_HERE = Path(__file__).parent
_FAVICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>"
    "<rect width='32' height='32' rx='7' fill='#1f5f99'/>"
    "<path d='M8 9.5c3-1.5 6-1 8 .8 2-1.8 5-2.3 8-.8v13c-3-1.5-6-1-8 .8-2-1.8-5-2.3-8-.8z"
    "M16 10.3v13' fill='none' stroke='#fff' stroke-width='1.8' stroke-linejoin='round'/></svg>"
)
# Options that switch something off in the reader's browser, and what the scripts call it.
_SWITCHES = {
    "code-copy": "copy",
    "anchor-sections": "anchors",
    "citations-hover": "cite-previews",
    "footnotes-hover": "note-previews",
    "crossrefs-hover": "xref-previews",
    "smooth-scroll": "smooth",
}
_INLINE_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_ADDRESS = re.compile(r"""url\(\s*(["']?)(?![a-z]+:|[#/])([^"')]+)\1\s*\)""")


class Document(Protocol):
    """What this module needs of a chapter; `render.document.Document` has it."""

    @property
    def chapter(self) -> Chapter:
        """The chapter's place in the book."""

    @property
    def json(self) -> str:
        """The neutral tree in Pandoc's JSON form."""

    @property
    def media(self) -> Mapping[str, bytes]:
        """The chapter's images by URL relative to its page."""

    @property
    def files(self) -> Mapping[str, str]:
        """Linked files by URL relative to the page, as paths relative to the project."""

    def load(self) -> list[Any]:
        """Give its blocks as new lists and dictionaries."""


class Results(Protocol):
    """What a chapter's chunks have given; `render.execute.ChapterResult` has it."""

    @property
    def outputs(self) -> Mapping[int, Sequence[Mapping[str, Any]]]:
        """The outputs of each chunk, as in a notebook of format 4."""


@dataclass
class _Entry:
    """A page while it is made.

    Attributes
    ----------
    ids, links, cites
        In the order of the text: the identifiers, the links' targets, the ``Cite`` elements.
    leads
        Whether it begins with a heading.
    listing
        Whether the list of references is on it.
    """

    document: Document
    name: str
    ids: list[str]
    links: list[str]
    cites: list[Node]
    leads: bool
    listing: bool
    markdown: str = ""
    marked: str = ""
    body: str = ""
    headings: list[Heading] = field(default_factory=list)

    @property
    def chapter(self) -> Chapter:
        """The chapter."""
        return self.document.chapter

    @property
    def media(self) -> Mapping[str, bytes]:
        """The chapter's images."""
        return self.document.media

    @property
    def cited(self) -> list[str]:
        """The keys of the works it cites, in order."""
        return citations.keys(self.cites)

    @property
    def title(self) -> str:
        """The chapter's heading as HTML."""
        return self.headings[0].html if self.headings else self.chapter.path


@dataclass(frozen=True)
class Contents:
    """A heading in a page's table of contents, with those below it."""

    identifier: str
    html: str
    children: list["Contents"] = field(default_factory=list)


def write_site(
    book: Book,
    documents: Sequence[Document],
    out: Path,
    *,
    pdf_name: str | None = None,
    cache: Path | None = None,
    jobs: int | None = None,
    kept: Cache | None = None,
    notebooks: Mapping[str, tuple[ChapterSource, Results]] | None = None,
    pages_written: Callable[[], object] = lambda: None,
) -> None:
    """Write the whole site into a folder.

    Parameters
    ----------
    book
        The book's configuration.
    documents
        The chapters, in order.
    out
        The folder; it is made if it is missing. Files that a site written before has left there
        are not removed.
    pdf_name
        The PDF that the download menu offers, if there is one.
    cache
        Where the cut fonts are kept between renders.
    jobs
        How many chapters are written at a time; by default as many as there are processors.
    kept
        Keeps what chapters and the search's index are made into, for as long as what they are made
        from stays the same.
    notebooks
        Source and results of each chapter, if the site is to offer both.
    pages_written
        Called when all is there but the search's index.

    Raises
    ------
    RenderError
        If Pandoc or Pagefind fails, or a link leads nowhere.
    """
    out.mkdir(parents=True, exist_ok=True)
    entries = _entries(book, documents, jobs, kept, marked=notebooks is not None)
    used = set().union(*(fragment.mathematics(entry.body) for entry in entries))
    _write_assets(book, out, fonts.build(used, folder=cache))
    for entry in entries:
        folder = posixpath.dirname(entry.chapter.href)
        for name, content in sorted(entry.media.items()):
            _put(out, posixpath.join(folder, name), content)
        for name, source in sorted(entry.document.files.items()):
            _put(out, posixpath.join(folder, name), (book.root / source).read_bytes())
    _copy_resources(book, out)
    along = _write_sources(entries, notebooks or {}, out)
    _write_pages(book, entries, out, pdf_name, along)
    if book.llms_txt:
        _write_markdown(book, entries, out)
    pages_written()
    if book.search:
        search.write_index(out, kept, load_settings(book.root).search_synonyms)


def bodies(book: Book, documents: Sequence[Document], *, jobs: int | None = None) -> dict[str, str]:
    """Give the HTML of every chapter, without the page around it, by the page's name.

    Parameters
    ----------
    book, documents, jobs
        As for `write_site`.
    """
    return {entry.chapter.href: entry.body for entry in _entries(book, documents, jobs)}


def _entries(
    book: Book,
    documents: Sequence[Document],
    jobs: int | None,
    kept: Cache | None = None,
    *,
    marked: bool = False,
) -> list[_Entry]:
    entries = [_entry(document, kept) for document in documents]
    with ThreadPoolExecutor(max(1, jobs or os.cpu_count() or 1)) as pool:
        _write_bodies(book, entries, [1, 23, 1], pool, kept, marked=marked)
    return entries


def _entry(document: Document, kept: Cache | None) -> _Entry:
    """Give a page to be made; what it holds is read from its tree once."""
    name = caches.digest("entry", caches.code_digest(), document.json)
    found = kept.get(name) if kept is not None else None
    if found is None:
        blocks = document.load()
        nodes = list(walk(blocks))
        found = {
            "ids": list(identifiers(nodes)),
            "links": [node["c"][2][0] for node in nodes if node["t"] == "Link"],
            "cites": [node for node in nodes if node["t"] == "Cite"],
            "leads": bool(blocks) and blocks[0]["t"] == "Header",
            "listing": any(map(_is_listing, nodes)),
        }
        if kept is not None:
            kept.put(name, found)
    return _Entry(document, name, **found)


def _relative(target: str, page: str) -> str:
    """Give the address of a file of the site, seen from a page of it."""
    path, mark, anchor = target.partition("#")
    start = posixpath.dirname(page)
    return quote(posixpath.relpath(path, start or ".")) + mark + anchor


def _write_bodies(
    book: Book,
    entries: Sequence[_Entry],
    version: list[int],
    pool: ThreadPoolExecutor,
    kept: Cache | None,
    *,
    marked: bool,
) -> None:
    places: dict[str, tuple[_Entry, bool]] = {}
    by_path = {entry.chapter.path: entry for entry in entries}
    references = next((entry for entry in entries if entry.listing), None)
    for entry in entries:
        for index, identifier in enumerate(entry.ids):
            places.setdefault(identifier, (entry, index == 0 and entry.leads))
    cites = [cite for entry in entries for cite in entry.cites]
    bibliography = citations.resolve(book, cites, version, kept)
    for entry in entries:
        page = ""
        if references and references is not entry:
            page = _relative(references.chapter.href, entry.chapter.href)
        citations.retarget(entry.cites, page)

    def made_from(entry: _Entry) -> str:
        """Name the body by the chapter's tree and all that it shows of others."""
        here = posixpath.dirname(entry.chapter.href)
        leading = [
            [_relative(places[label][0].chapter.href, here), places[label][1]]
            for link in entry.links
            if link.startswith("xref:") and (label := link.removeprefix("xref:")) in places
        ]
        listed = entry.cited or entry.listing
        return caches.digest(
            f"body {marked}",
            caches.code_digest(),
            pandoc.identity(),
            repr(entry.chapter),
            repr(book),
            entry.name,
            leading,
            [cite["c"] for cite in entry.cites],
            bibliography.listing("refs", None if entry.listing else entry.cited) if listed else {},
            {name: sha256(content).hexdigest() for name, content in entry.media.items()},
        )

    def link(entry: _Entry, label: str) -> str:
        if label not in places:
            raise RenderError(f"@{label} leads nowhere", path=entry.chapter.path)
        other, first = places[label]
        if other is entry:
            return f"#{label}"
        return _relative(other.chapter.href + ("" if first else f"#{label}"), entry.chapter.href)

    def chapter_link(entry: _Entry, target: str) -> str:
        path, mark, anchor = target.partition("#")
        if path not in by_path:
            raise RenderError(f"the link to {path} leads nowhere", path=entry.chapter.path)
        return _relative(by_path[path].chapter.href + mark + anchor, entry.chapter.href)

    def blocks_of(entry: _Entry) -> list[Node]:
        """Give the chapter's blocks with its citations formatted."""
        blocks = entry.document.load()
        nodes = [node for node in walk(blocks) if node["t"] == "Cite" or _is_listing(node)]
        cites = iter(entry.cites)
        for node in nodes:
            node["c"] = (
                next(cites)["c"] if node["t"] == "Cite" else bibliography.listing("refs")["c"]
            )
        return blocks

    def body(entry: _Entry) -> str:
        def size(name: str) -> tuple[float, float] | None:
            content = entry.media.get(name)
            return image_size(content) if content is not None else None

        page = Page(
            constructs.HTML,
            entry.chapter.path,
            link=partial(link, entry),
            chapter_link=partial(chapter_link, entry),
            image_size=size,
            appendix=entry.chapter.appendix,
        )
        blocks = page.blocks(blocks_of(entry))
        if entry.cited and not entry.listing:
            blocks += [
                {"t": "RawBlock", "c": ["html", _LIST_START]},
                bibliography.listing("refs", entry.cited),
                {"t": "RawBlock", "c": ["html", "</section>"]},
            ]
        html = fragment.write(blocks, version, entry.chapter.path)
        return fragment.outward(
            html,
            window=book.html.get("link-external-newwindow", False),
            icon=book.html.get("link-external-icon", False),
        )

    def markdown(entry: _Entry, *, notebook: bool) -> str:
        return llms.page(
            blocks_of(entry),
            version,
            entry.chapter.path,
            forms=constructs.MARKDOWN,
            appendix=entry.chapter.appendix,
            link=lambda url: (link if url.startswith("xref:") else chapter_link)(
                entry, url.partition(":")[2]
            ),
            notebook=notebook,
        )

    names = [made_from(entry) if kept is not None else "" for entry in entries]
    found = [kept.get(name) if kept is not None else None for name in names]
    missing = [entry for entry, there in zip(entries, found, strict=True) if there is None]
    written = [
        (
            pool.submit(body, entry),
            pool.submit(markdown, entry, notebook=False) if book.llms_txt else None,
            pool.submit(markdown, entry, notebook=True) if marked else None,
        )
        for entry in missing
    ]
    made = iter([[task.result() if task else "" for task in tasks] for tasks in written])
    for entry, name, there in zip(entries, names, found, strict=True):
        entry.body, entry.markdown, entry.marked = there or (new := next(made))
        if kept is not None and there is None:
            kept.put(name, new)
        entry.headings = fragment.headings(entry.body)


_LIST_START = '<section class="references-here" role="doc-bibliography" aria-label="References">'


def _is_listing(node: Node) -> bool:
    return node["t"] == "Div" and attributes(node)[0] == "refs"


def _write_sources(
    entries: Sequence[_Entry],
    notebooks: Mapping[str, tuple[ChapterSource, Results]],
    out: Path,
) -> dict[str, list[tuple[str, str]]]:
    """Write chapters as notebooks and as they are; give what is offered, by the chapter's file."""
    offered: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        path = entry.chapter.path
        offered[path] = []
        if path not in notebooks:
            continue
        source, results = notebooks[path]
        if any(source.cells):
            name = notebook.name(entry.chapter.href)
            _put(out, name, notebook.write(entry.marked, source, results.outputs))
            offered[path].append(("This chapter as a notebook", name))
        _put(out, path, source.text.encode())
        offered[path].append(("This chapter as its source", path))
    return offered


def _write_pages(
    book: Book,
    entries: Sequence[_Entry],
    out: Path,
    pdf_name: str | None,
    along: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = templates.get_template("page.html")
    head_script = (_HERE / "assets" / "head.js").read_text(encoding="utf-8").strip()
    missing_script = lean((_HERE / "assets" / "missing.js").read_text("utf-8"), style_sheet=False)
    style = _style(book)
    site_url = addresses.base(book)
    cite = cff.bibtex(book.root, site_url)

    def contents(here: str, current: Chapter | None, root: str) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = []
        for entry in entries:
            title = "Appendices" if entry.chapter.appendix else entry.chapter.part
            if not groups or groups[-1]["title"] != title:
                groups.append({"title": title, "chapters": []})
            groups[-1]["chapters"].append(
                {
                    "href": root + quote(entry.chapter.href)
                    if current is None
                    else _relative(entry.chapter.href, here),
                    "html": fragment.navigation(entry.title),
                    "current": entry.chapter == current,
                }
            )
        return groups

    def frame(href: str, chapter: Chapter | None, page: dict[str, Any]) -> str:
        root = addresses.folder(book)
        if chapter is not None:
            root = posixpath.relpath(".", posixpath.dirname(href) or ".") + "/"
            root = "" if root == "./" else root
        downloads = []
        if pdf_name is not None:
            downloads.append({"name": "PDF", "href": root + quote(pdf_name)})
        for name, file in along[chapter.path] if chapter else ():
            downloads.append({"name": name, "href": _relative(file, href)})
        return template.render(
            book=book,
            page={
                "cover": False,
                "part": None,
                "toc": [],
                "previous": None,
                "next": None,
                "canonical": None,
                "markdown": None,
                "actions": [],
                "indexed": True,
                "description": "",
                "script": "",
            }
            | page,
            root=root,
            contents=contents(href, chapter, root),
            downloads=downloads,
            cite=cite,
            card=f"{site_url}{ASSETS}/{_CARD}" if site_url else None,
            card_size=card.SIZE,
            favicon=root + quote(book.favicon)
            if book.favicon
            else "data:image/svg+xml," + quote(_FAVICON, safe=" ='/:"),
            head_script=head_script,
            style=_moved(style, ASSETS, posixpath.dirname(href)) if chapter else None,
            policy=_policy(page["body"], head_script, page.get("script", "")),
            switches=_switches(book),
            toc_title=book.html.get("toc-title", "On this page"),
        )

    for index, entry in enumerate(entries):
        here = entry.chapter.href
        first = entry.chapter.index == 0
        heading = fragment.text(entry.title)

        def neighbour(position: int, here: str = here) -> dict[str, str] | None:
            if not 0 <= position < len(entries):
                return None
            other = entries[position]
            return {
                "href": _relative(other.chapter.href, here),
                "html": fragment.navigation(other.title),
            }

        page = {
            "title": book.title if first else f"{heading} – {book.title}",
            "heading_text": book.title if first else heading,
            "description": (book.description if first else None) or fragment.summary(entry.body),
            "canonical": addresses.canonical(site_url, here),
            "cover": first,
            "part": "Appendices" if entry.chapter.appendix else entry.chapter.part,
            "toc": _contents(entry.headings, book.toc_depth) if book.toc else [],
            "previous": neighbour(index - 1),
            "next": neighbour(index + 1),
            "markdown": posixpath.basename(llms.name(here)) if book.llms_txt else None,
            "actions": _actions(book, entry.chapter),
            "indexed": not entry.listing,
            "body": entry.body,
        }
        _put(out, here, frame(here, entry.chapter, page).encode())

    missing = templates.get_template("missing.html").render(root=addresses.folder(book))
    page = {
        "title": f"Not found – {book.title}",
        "heading_text": book.title,
        "indexed": False,
        "body": missing,
        "script": missing_script,
    }
    _put(out, "404.html", frame("404.html", None, page).encode())
    if site_url:
        pages = [entry.chapter.href for entry in entries]
        _put(out, "sitemap.xml", addresses.sitemap(site_url, pages).encode())
        _put(out, f"{ASSETS}/{_CARD}", card.draw(book))
        _put(out, "robots.txt", addresses.robots(site_url).encode())


def _write_markdown(book: Book, entries: Sequence[_Entry], out: Path) -> None:
    listed = []
    base = addresses.base(book) or ""
    for entry in entries:
        name = llms.name(entry.chapter.href)
        _put(out, name, entry.markdown.encode())
        said = fragment.summary(entry.body)
        listed.append((fragment.text(entry.title), base + quote(name), said))
    _put(out, "llms.txt", llms.index(book, listed).encode())


def _policy(body: str, *scripts: str) -> str:
    """Let the page's own scripts run and no others, and ask nothing of any other host."""
    inline = [*filter(None, scripts), *_INLINE_SCRIPT.findall(body)]
    digests = (b64encode(sha256(script.encode()).digest()).decode() for script in inline)
    own = " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(digests))
    return (
        "default-src 'self' data: blob:; "
        f"script-src 'self' {own} 'wasm-unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; object-src 'none'; form-action 'none'"
    )


def _switches(book: Book) -> str:
    words = [word for option, word in _SWITCHES.items() if book.html.get(option) is False]
    if book.html.get("code-overflow") == "wrap":
        words.append("overflow")
    return " ".join(words)


def _actions(book: Book, chapter: Chapter) -> list[dict[str, str]]:
    if not book.repo_url:
        return []
    base = book.repo_url.rstrip("/")
    file = f"{quote(book.repo_branch)}/{quote(chapter.path)}"
    known = {
        "edit": ("Edit this page", f"{base}/edit/{file}"),
        "source": ("Source of this page", f"{base}/blob/{file}"),
        "issue": ("Report an issue", f"{base}/issues/new"),
    }
    return [
        {"name": known[action][0], "href": known[action][1]}
        for action in book.repo_actions
        if action in known
    ]


def _contents(headings: Sequence[Heading], depth: int) -> list[Contents]:
    top: list[Contents] = []
    path: list[tuple[int, list[Contents]]] = [(1, top)]
    for heading in headings:
        if not 1 < heading.level <= depth:
            continue
        while len(path) > 1 and path[-1][0] >= heading.level:
            path.pop()
        item = Contents(heading.identifier, heading.html)
        path[-1][1].append(item)
        path.append((heading.level, item.children))
    return top


def _put(out: Path, name: str, content: bytes) -> None:
    path = out / name
    if not path.resolve().is_relative_to(out.resolve()):
        raise RenderError(f"{name} would be written outside the site")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_assets(book: Book, out: Path, faces: Mapping[str, bytes]) -> None:
    _put(out, f"{ASSETS}/book.css", _style(book).encode())
    for name in _ASSETS:
        source = (_HERE / "assets" / name).read_text(encoding="utf-8")
        _put(out, f"{ASSETS}/{name}", lean(source, style_sheet=name.endswith(".css")).encode())
    for name, content in faces.items():
        _put(out, f"{ASSETS}/{name}", content)


def _style(book: Book) -> str:
    """Give the site's style sheet with the book's own behind it, as it stands in its folder."""
    own = [
        _moved((book.root / name).read_text(encoding="utf-8"), posixpath.dirname(name), ASSETS)
        for name in book.html.get("css", ())
    ]
    source = (_HERE / "assets" / "book.css").read_text(encoding="utf-8")
    return lean("\n".join([source, *own]), style_sheet=True)


def _moved(sheet: str, before: str, after: str) -> str:
    """Give a style sheet that has moved to another folder with its addresses as they are there."""

    def address(found: re.Match[str]) -> str:
        place = posixpath.relpath(posixpath.join(before, found[2]), after or ".")
        return f"url({quote(place, safe='/%')})"

    return _ADDRESS.sub(address, sheet)


def lean(source: str, *, style_sheet: bool) -> str:
    """Take comments that stand alone and indentation out of a style sheet or script."""
    source = re.sub(r"^\s*/\*.*?\*/\s*$", "", source, flags=re.MULTILINE | re.DOTALL)
    source = re.sub(r"^\s+", "", source, flags=re.MULTILINE)
    if style_sheet:
        parts = re.split(r'("[^"]*")', source)
        for index in range(0, len(parts), 2):
            parts[index] = re.sub(r"\s*([{};,])\s*|(:)\s+", r"\1\2", parts[index])
        source = "".join(parts).replace(";}", "}")
    return source


def _copy_resources(book: Book, out: Path) -> None:
    if book.favicon:
        _put(out, book.favicon, (book.root / book.favicon).read_bytes())
    for pattern in book.resources:
        for path in sorted(book.root.glob(pattern)):
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in files:
                if file.is_file():
                    target = out / file.relative_to(book.root)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
