"""Write the book as one PDF."""

import contextlib
import importlib.util
import json
import re
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache as once
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render import cache as caches, constructs, pandoc
from render.cache import Cache
from render.config import CONFIG, load_settings
from render.errors import RenderError
from render.neutral import Node, typst_block, walk
from render.pdf import formula, syntax, tree, typesetter
from render.pdf.compact import compact
from render.pdf.tree import Source

if TYPE_CHECKING:
    from render.config import Book
    from render.document import Document

_HERE = Path(__file__).parent
_TEMPLATE = "book.typ"
_MAIN = "main.typ"
_CHAPTER = "chapters/{:03}.typ"
# A PDF/A states a date; one that never changes keeps two renders alike.
_EPOCH = 946_684_800
_STANDARD = "a-2b"
# Standards under which Typst itself reports a character that no font has.
_CHECKED = re.compile(r"a-|ua-")
_GLYPH = re.compile(r"the text `\"(.*?)\"` could not be displayed", re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_PLACE = re.compile(r"chapters/(\d{3})\.typ:(\d+)")
_FONTS = (
    ("ziamath", "fonts", "STIXTwoMath-Regular.*"),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSans.ttf"),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSans-*.ttf"),
)
_NUMERALS = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def write_pdf(
    book: "Book", documents: Sequence["Document"], out: Path, kept: Cache | None = None
) -> None:
    """Write the book's PDF.

    Parameters
    ----------
    book
        Title, authors and the options of the format ``typst``.
    documents
        The chapters, prepared for ``typst``, in reading order.
    out
        The file to write; it is replaced as a whole.
    kept
        Keeps the chapters' Typst source for as long as what it is made from stays the same.

    Raises
    ------
    RenderError
        If a formula, a link, a picture or an option cannot be set.
    """
    check_fonts(book)
    sources = make_sources(documents)
    files = typst_files(book, documents, sources, kept)
    for document in documents:
        for name, content in document.media.items():
            files["media/" + tree.media_name(document.chapter.path, name)] = content
    data = compact(compile_files(files, sources, _standards(book), _timestamp(book), book.root))
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def check_fonts(book: "Book") -> None:
    """Refuse fonts that are not there.

    Raises
    ------
    RenderError
        If an option of the format ``typst`` asks for one.
    """
    for name, asked in _fonts_asked(book).items():
        if asked and asked not in _families():
            known = ", ".join(sorted(_families()))
            raise RenderError(
                f"`{name}` must be one of the fonts that are in every environment: {known}",
                path=CONFIG,
                line=book.typst_lines.get(name),
            )


def _paper(book: "Book") -> str:
    paper = str(book.typst.get("papersize", "a4")).lower()
    return {"letter": "us-letter", "legal": "us-legal"}.get(paper, paper)


def _size(book: "Book") -> str:
    return str(book.typst.get("fontsize", "10.5pt"))


def _fonts_asked(book: "Book") -> dict[str, str | None]:
    code = "codefont" if "codefont" in book.typst else "monofont"
    return {name: book.typst.get(name) for name in ("mainfont", "mathfont", code)}


def make_sources(documents: Sequence["Document"]) -> list[Source]:
    """Give the chapters as plain lists and dictionaries."""
    return [
        Source(
            path=document.chapter.path,
            load=document.load,
            base=2 if document.chapter.part or document.chapter.appendix else 1,
            begins="part" if part else "line" if document.chapter.appendix else "page",
            media=frozenset(document.media),
        )
        for document, part in zip(documents, _parts(documents), strict=True)
    ]


def _parts(documents: Sequence["Document"]) -> list[str | None]:
    """Give the title of the part that begins with each chapter."""
    within = [(document.chapter.appendix, document.chapter.part) for document in documents]
    return [
        None if own == before else "Appendices" if own[0] else own[1]
        for own, before in zip(within, [None, *within], strict=False)
    ]


def typst_files(
    book: "Book",
    documents: Sequence["Document"],
    sources: Sequence[Source],
    cache: Cache | None = None,
) -> dict[str, bytes]:
    """Write the book's Typst source; ``cache`` keeps that of chapters which have not changed.

    Returns
    -------
    dict
        File name to content: the template, a file for each chapter and the main file.
    """
    targets = tree.Targets(sources)
    typst_of = set_formulas(sources)
    depth = int(book.typst.get("toc-depth", 2))
    named = _names(book, documents, sources, typst_of) if cache is not None else {}
    kept = {path: found for path, name in named.items() if cache and (found := cache.get(name))}
    chapters: list[list[Node]] = [
        kept[source.path]["stub"]
        if source.path in kept
        else tree.Setter(
            constructs.TYPST, source, targets, typst_of, toc_depth=depth, site_url=book.site_url
        ).chapter()
        for source in sources
    ]
    written: list[str] = []
    if len(kept) < len(sources):
        stubs = [_stub(source, blocks) for source, blocks in zip(sources, chapters, strict=True)]
        written = _write_chapters(book, sources, chapters)
        for source, text, stub in zip(sources, written, stubs, strict=True):
            if cache is not None and source.path in named and source.path not in kept:
                cache.put(named[source.path], {"text": text, "stub": stub})
    written = [
        kept[source.path]["text"] if source.path in kept else text
        for source, text in zip_longest(sources, written)
    ]
    template = (_HERE / _TEMPLATE).read_bytes()
    # nothing but these: other names of the template could hide one of Typst's in a formula
    names = ", ".join(re.findall(r"^#let (book[-A-Z][\w-]*)", template.decode(), re.MULTILINE))
    files = {
        _CHAPTER.format(index): f'#import "/{_TEMPLATE}": {names}\n{text}'.encode()
        for index, text in enumerate(written)
    }
    files[_TEMPLATE] = template
    files[_MAIN] = _main(book, documents).encode()
    return files


def _names(
    book: "Book",
    documents: Sequence["Document"],
    sources: Sequence[Source],
    typst_of: Mapping[tuple[str, bool], str],
) -> dict[str, str]:
    """Name the chapters' Typst source by all that it is made from, citations of others included."""
    if book.csl:
        return {}  # a style with notes may look at the text around a citation
    common = caches.digest(
        caches.code_digest(),
        pandoc.identity(),
        repr(book),
        [caches.file_digest(file) for file in book.bibliography],
        [[source.path, sorted(source.anchors), source.citations] for source in sources],
    )
    names = {
        source.path: caches.digest(
            "typst",
            common,
            source.path,
            document.json,
            sorted(source.media),
            [typst_of[key] for key in source.formulas],
        )
        for document, source in zip(documents, sources, strict=True)
    }
    if not any(source.lists_references for source in sources):
        names.pop(sources[-1].path, None)  # the list of references may be added to it
    return names


def _stub(source: Source, blocks: list[Node]) -> list[Node]:
    """Give what a chapter's text adds to the citations of other chapters."""
    cites: list[Node] = [
        {"t": "Plain", "c": [node]} for node in walk(blocks) if node["t"] == "Cite"
    ]
    listing: Node = {"t": "Div", "c": [["refs", [], []], []]}
    return [*cites, listing] if source.lists_references else cites


def _lua(formulas: list[tuple[str, bool]], document: dict[str, Any] | None) -> dict[str, Any]:
    text = json.dumps({"formulas": formulas, "document": json.dumps(document) if document else ""})
    # What Pandoc warns of here is told from its output, which says where.
    # A document depends on its bibliography too, which is not among the arguments.
    written = pandoc.run(
        ["lua", str(_HERE / "write.lua")], text, allow=lambda _: True, keep=document is None
    )
    result: dict[str, Any] = json.loads(written)
    return result


def set_formulas(sources: Sequence[Source]) -> dict[tuple[str, bool], str]:
    """Turn every formula of the book into Typst.

    Raises
    ------
    RenderError
        If Pandoc cannot read one.
    """
    found = {key: source for source in reversed(sources) for key in source.formulas}
    keys = list(found)
    prepared = [(formula.prepare(tex), displayed) for tex, displayed in keys]
    typst_of: dict[tuple[str, bool], str] = {}
    if not keys:
        return typst_of
    for key, written in zip(keys, _lua(prepared, None)["formulas"], strict=True):
        text = written.strip()
        if not (text.startswith("$") and text.endswith("$") and len(text) > 1):
            raise found[key].error(f"Pandoc cannot read the formula ${' '.join(key[0].split())}$")
        typst_of[key] = formula.finish(text[1:-1].strip(), key[0])
    return typst_of


def _write_chapters(
    book: "Book", sources: Sequence[Source], chapters: Sequence[list[Node]]
) -> list[str]:
    blocks: list[Node] = [{"t": "Div", "c": [["", [], []], content]} for content in chapters]
    cited = any(source.cites for source in sources)
    placed = any(source.lists_references for source in sources)
    meta: dict[str, Any] = {}
    if book.bibliography and (cited or placed):
        meta["bibliography"] = _meta_list([str(path) for path in book.bibliography])
        meta["link-citations"] = {"t": "MetaBool", "c": book.link_citations}
        meta["lang"] = {"t": "MetaString", "c": book.lang}
        if book.csl:
            meta["csl"] = {"t": "MetaString", "c": str(book.csl)}
        if cited and not placed:
            # the links need somewhere to lead: a list of its own at the book's end
            last = book.chapters[-1]
            blocks[-1]["c"][1] += _bibliography_chapter("line" if last.appendix else "page")
    document = {"pandoc-api-version": [1, 23, 1], "meta": meta, "blocks": blocks}
    written: list[str] = _lua([], document)["chapters"]
    if len(written) != len(sources):
        raise RenderError("Pandoc did not give one text for each chapter of the PDF")
    return written


def _meta_list(values: Sequence[str]) -> dict[str, Any]:
    return {"t": "MetaList", "c": [{"t": "MetaString", "c": value} for value in values]}


def _bibliography_chapter(begins: str) -> list[Node]:
    options = syntax.arguments(
        kind="chapter", level=1, depth=1, place="references", begins=begins, id=None
    )
    return [
        typst_block(f"#book-heading({options})[References]"),
        typst_block("#book-bibliography["),
        {"t": "Div", "c": [["refs", [], []], []]},
        typst_block("]"),
    ]


def _main(book: "Book", documents: Sequence["Document"]) -> str:
    lines = [
        f'#import "{_TEMPLATE}"',
        *_included(book, "include-in-header"),
        f"#show: {_TEMPLATE[:-4]}.book.with({_options(book)})",
        *_included(book, "include-before-body"),
    ]
    parts = 0
    for index, (document, part) in enumerate(zip(documents, _parts(documents), strict=True)):
        if part and document.chapter.appendix:
            lines += [_part(part, None), f"#show: {_TEMPLATE[:-4]}.book-appendices"]
        elif part:
            parts += 1
            lines.append(_part(part, roman(parts)))
        lines.append(f'#include "{_CHAPTER.format(index)}"')
    return "\n".join(lines) + "\n"


def _included(book: "Book", option: str) -> list[str]:
    """Give the book's own Typst source, as text or from files."""
    found = []
    for item in book.typst.get(option, ()):
        name = item.get("file") if isinstance(item, dict) else item
        if name is not None:
            found.append((book.root / name).read_text(encoding="utf-8"))
        if isinstance(item, dict) and "text" in item:
            found.append(item["text"])
    return found


def _part(title: str, number: str | None) -> str:
    return f"#book.book-part({syntax.arguments(number=number, title=title)})"


def roman(number: int) -> str:
    """Write a small number in Roman numerals.

    Examples
    --------
    >>> roman(4), roman(19)
    ('IV', 'XIX')
    """
    text = ""
    for value, sign in _NUMERALS:
        while number >= value:
            text += sign
            number -= value
    return text


def _options(book: "Book") -> str:
    options = book.typst
    language, _, region = book.lang.replace("_", "-").partition("-")
    values = {
        "title": book.title,
        "subtitle": book.subtitle,
        "authors": list(book.authors),
        "description": book.description,
        "date": book.date,
        "lang": language,
        "fonts": list(_fonts_asked(book).values()),
        "sans": any(file.name == "DejaVuSans.ttf" for file in _font_files()),
        "contents": options.get("toc-title", "Contents") if options.get("toc", True) else None,
    }
    day = _day(book)
    dated = f"(date: datetime({day:year: %Y, month: %-m, day: %-d}))" if day else "(:)"
    extra = {
        "region": syntax.string(region.upper()) if len(region) == 2 else "none",
        "dated": dated,
        "paper": syntax.string(_paper(book)),
        "margin": _margin(options.get("margin") or {}),
        "size": _size(book),
    }
    listed = [f"{key}: {syntax.literal(value)}" for key, value in values.items()]
    listed += [f"{key}: {value}" for key, value in extra.items()]
    return f"({', '.join(listed)})"


def _margin(asked: dict[str, str]) -> str:
    sides = {"x": "29mm", "top": "31mm", "bottom": "29mm"}
    for side, length in asked.items():
        for part in {"x": ("left", "right"), "y": ("top", "bottom")}.get(side, ()):
            sides.pop(part, None)
        if side in {"left", "right", "inside", "outside"} and "x" in sides:
            other = {"left": "right", "right": "left", "inside": "outside", "outside": "inside"}
            sides.setdefault(other[side], sides.pop("x"))
        sides[side] = length
    return "(" + ", ".join(f"{side}: {length}" for side, length in sides.items()) + ")"


def _day(book: "Book") -> datetime | None:
    try:
        return datetime.strptime(book.date or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _timestamp(book: "Book") -> int:
    day = _day(book)
    return int(day.timestamp()) if day else _EPOCH


def _standards(book: "Book") -> list[str]:
    asked = book.typst.get("pdf-standard", _STANDARD)
    own = [asked] if isinstance(asked, str) else [str(one) for one in asked]
    return list(dict.fromkeys([*own, *load_settings(book.root).pdf_standards]))


@once
def _font_files() -> tuple[Path, ...]:
    """Find the fonts that do not come with Typst: formulas', and a sans-serif one for figures.

    Only these files: matplotlib's folder also holds a font that has a box for every character, and
    would hide that one is missing.
    """
    found = []
    for package, folder, pattern in _FONTS:
        spec = importlib.util.find_spec(package)
        for place in spec.submodule_search_locations or () if spec else ():
            found += sorted((Path(place) / folder).glob(pattern))
    if not any(file.name.startswith("STIXTwoMath") for file in found):
        raise RenderError(
            "the font STIX Two Math is not in this environment; "
            "install ziamath, which brings it along"
        )
    return tuple(found)


@once
def _families() -> frozenset[str]:
    folder = Path(tempfile.mkdtemp(prefix="book-"))
    try:
        return frozenset(_fonts(folder / "fonts").families())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fonts(folder: Path) -> Any:
    """Gather the fonts: those inside the `typst` package, and the others found."""
    folder.mkdir()
    return gather(_font_files(), folder)


def gather(files: Iterable[Path], folder: Path) -> Any:
    """Give Typst's own fonts and these files, which are copied into the folder."""
    import typst

    for file in files:
        shutil.copyfile(file, folder / file.name)
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)]
    )


def compile_files(
    files: dict[str, bytes],
    sources: Sequence[Source],
    standards: list[str],
    timestamp: int,
    root: Path | None = None,
) -> bytes:
    """Compile Typst files to a PDF; a character that no font has becomes a box, with a warning.

    Raises
    ------
    RenderError
        If Typst fails or warns, naming the chapter where it can.
    """
    import typst

    checked = any(_CHECKED.match(standard) for standard in standards)
    if checked:
        kept = typesetter.ask(
            files, _MAIN, _font_files(), pdf_standards=standards, timestamp=timestamp
        )
        if kept is not None:
            return kept
    folder = Path(tempfile.mkdtemp(prefix="book-"))
    try:
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

        fonts = _fonts(folder / "fonts")

        def attempt(profiles: Any) -> bytes:
            try:
                data, warnings = typst.compile_with_warnings(
                    str(folder / _MAIN),
                    root=str(folder),
                    font_paths=fonts,
                    ignore_system_fonts=True,
                    pdf_standards=profiles,
                    timestamp=timestamp,
                )
            except ValueError as error:
                raise RenderError(
                    f"`pdf-standard` is none that Typst knows: {error}", path=CONFIG
                ) from None
            for warning in warnings:
                raise _error(warning, files, sources)
            if not isinstance(data, bytes):
                raise RenderError("Typst gave no PDF")
            return data

        def run(profiles: Any) -> bytes:
            try:
                return attempt(profiles)
            except typst.TypstError as error:
                raise _broken_picture(folder, fonts, sources) or _error(
                    error, files, sources
                ) from None

        first = standards if checked else [_STANDARD]
        try:
            data = attempt(first)
        except typst.TypstError as error:
            lacking = _lacking(error, sources)
            if lacking:
                _warn(lacking, sources, root)
                (folder / _MAIN).write_bytes(_boxes(lacking).encode() + files[_MAIN])
            data = run(first)
        return data if checked else run(standards)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lacking(problem: Any, sources: Sequence[Source]) -> dict[str, str | None]:
    """Map the characters that no font has to a chapter; to none if something else is wrong too."""
    found: dict[str, str | None] = {}
    for said in re.split(r"^error: ", problem.diagnostic or "", flags=re.MULTILINE)[1:]:
        glyph = _GLYPH.search(said)
        if glyph is None:
            return {}
        place = _PLACE.search(said)
        path = sources[int(place[1])].path if place and int(place[1]) < len(sources) else None
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)) if code[1] else code[2], glyph[1])
        for sign in text:
            found[sign] = found.get(sign) or path
    return found


def _warn(lacking: Mapping[str, str | None], sources: Sequence[Source], root: Path | None) -> None:
    """Say which characters are set as boxes, with the first line of each chapter that has one."""
    texts: dict[str | None, str] = {}
    for source in sources:
        with contextlib.suppress(OSError):  # it is gone since
            texts[source.path] = ((root or Path()) / source.path).read_text(encoding="utf-8")
    told: dict[str | None, list[str]] = {}
    for sign, place in lacking.items():
        written = (path for path, text in texts.items() if sign in text)
        if _has_form(sign):
            told.setdefault(place or next(written, None), []).append(sign)
    for path, signs in told.items():
        text = texts.get(path, "")
        lines = (text.count("\n", 0, text.index(sign)) + 1 for sign in signs if sign in text)
        said = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in signs)
        warning = RenderError(
            f"the PDF's fonts have no sign for {said}; a box stands for each",
            path=path,
            line=min(lines, default=None),
        )
        print(f"warning: {warning}", file=sys.stderr, flush=True)


def _boxes(lacking: Iterable[str]) -> str:
    """Give Typst source that sets boxes for characters, and nothing for those without a form."""
    rules = []
    for form, shown in ((True, "box(width: .6em, height: .7em, stroke: .4pt)"), (False, "none")):
        signs = sorted(sign for sign in lacking if _has_form(sign) == form)
        if signs:
            codes = "".join(f"\\\\u{{{ord(sign):x}}}" for sign in signs)
            rules.append(f'#show regex("[{codes}]"): {shown}\n')
    return "".join(rules)


def _has_form(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cf"}


def _broken_picture(folder: Path, fonts: Any, sources: Sequence[Source]) -> RenderError | None:
    """Find a picture that Typst cannot read; its own message does not say which."""
    import typst

    for source in sources:
        for name in sorted(source.media):
            place = syntax.string("/media/" + tree.media_name(source.path, name))
            try:
                typst.compile(f"#image({place})".encode(), root=str(folder), font_paths=fonts)
            except typst.TypstError as error:
                return source.error(f"the picture {name} cannot be read: {error.message}")
    return None


def _error(problem: Any, files: dict[str, bytes], sources: Sequence[Source]) -> RenderError:
    """Say what Typst says in one sentence, with the chapter it is about."""
    message = " ".join(problem.message.split())
    where = "\n".join([problem.diagnostic or "", *map(str, problem.trace)])
    place = _PLACE.search(where)
    path = sources[int(place[1])].path if place and int(place[1]) < len(sources) else None
    line = ""
    if place:
        lines = files[_CHAPTER.format(int(place[1]))].decode().split("\n")
        text = lines[int(place[2]) - 1].strip() if int(place[2]) <= len(lines) else ""
        line = f" (at: {text[:120]})" if text else ""
    hints = "".join(f"; {hint}" for hint in problem.hints)
    return RenderError(f"Typst says: {message}{hints}{line}", path=path)
