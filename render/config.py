"""`_quarto.yml` as frozen dataclasses; an option this renderer does not know is an error."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render import schema
from render.errors import RenderError
from render.schema import Check, Located

CONFIG = "_quarto.yml"

PAPERS = ("a4", "a3", "a5", "iso-b5", "us-letter", "us-legal", "us-trade", "us-digest")
"""Sizes of paper as Typst calls them."""

# Quarto's defaults for a cell.
CELL_DEFAULTS: dict[str, Any] = {
    "echo": True,
    "eval": True,
    "output": True,
    "include": True,
    "warning": True,
    "error": False,
}


@dataclass(frozen=True)
class Chapter:
    """One source file of the book, in reading order.

    Attributes
    ----------
    path : str
        Posix path relative to the project, ``report/one.qmd``.
    href : str
        Its page relative to the site, ``report/one.html``.
    part : str or None
        Title of the part it stands in.
    appendix : bool
        Whether it stands among the appendices.
    index : int
        Position in reading order, from 0.
    line : int
        Its line in ``_quarto.yml``.
    """

    path: str
    href: str
    part: str | None
    appendix: bool
    index: int
    line: int


@dataclass(frozen=True)
class Book:
    """The book as ``_quarto.yml`` describes it.

    Attributes
    ----------
    root : Path
        Absolute path of the project.
    execute_dir : str
        ``"project"`` or ``"file"``: where cells run.
    bibliography : tuple of Path
        Absolute paths of the bibliography files.
    csl : Path or None
        Absolute path of the citation style.
    downloads : tuple of str
        What the site's download menu offers: ``"pdf"``.
    output_file : str
        Name of the PDF without its ending.
    link_citations : bool
        Whether a citation is a link to its entry in the list of references.
    toc_depth : int
        Levels of headings in a page's table of contents.
    execute : dict
        Defaults of the cells' options, Quarto's own and then the book's.
    html, typst : dict
        The checked options of each format, with the book-wide ones (``toc-depth``, …) under them.
        File names in them are posix paths relative to the project; ``css`` is a tuple.
    typst_lines : dict
        The lines of ``_quarto.yml`` that the options of the format ``typst`` stand on.
    formats : tuple of str
        The formats that ``_quarto.yml`` asks for: ``"html"``, ``"typst"``.
    resources : tuple of str
        Globs of files that are copied to the site as they are.
    pre_render, post_render : tuple of str
        Python scripts, as posix paths relative to the project, that run before the chapters are
        read, and when the website is written.
    """

    root: Path
    title: str
    chapters: tuple[Chapter, ...]
    subtitle: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    description: str | None = None
    license: str | None = None
    lang: str = "en"
    output_dir: str = "_site"
    execute_dir: str = "file"
    bibliography: tuple[Path, ...] = ()
    csl: Path | None = None
    link_citations: bool = True
    downloads: tuple[str, ...] = ()
    repo_url: str | None = None
    repo_branch: str = "main"
    repo_actions: tuple[str, ...] = ()
    site_url: str | None = None
    output_file: str = "book"
    favicon: str | None = None
    page_navigation: bool = True
    page_footer: str | None = None
    search: bool = True
    toc: bool = True
    toc_depth: int = 3
    kernel: str = "python3"
    fig_width: float = 7.0
    fig_height: float = 5.0
    fig_dpi: int = 96
    fig_format: str = "svg"
    execute: dict[str, Any] = field(default_factory=dict)
    html: dict[str, Any] = field(default_factory=dict)
    typst: dict[str, Any] = field(default_factory=dict)
    typst_lines: dict[str, int] = field(default_factory=dict)
    formats: tuple[str, ...] = ("html",)
    resources: tuple[str, ...] = ()
    pre_render: tuple[str, ...] = ()
    post_render: tuple[str, ...] = ()
    llms_txt: bool = False

    @property
    def pdf_name(self) -> str:
        """Name of the PDF in the site."""
        return f"{self.output_file}.pdf"


@dataclass(frozen=True)
class Settings:
    """What ``[tool.render]`` in pyproject.toml says to this renderer alone.

    Attributes
    ----------
    inputs : tuple of str or None
        Globs of the files that cells read; None stands for every file that could be one.
    numbers : str or None
        The folder with the computed words and tables of each chapter; None keeps none.
    numbers_omit : tuple of str
        Patterns of the labels whose words and tables are not kept there.
    numbers_mask : tuple of str
        Regular expressions of what is masked there, since it differs from machine to machine.
    inputs_command : tuple of str
        Arguments of Python for the program that says what each chapter depends on; see
        `render.inputs`.
    search_synonyms : tuple of tuple of str
        Words and phrases that mean the same: the site's search asks for all when one is typed.
    notebooks : bool
        Whether each chapter is offered as an executed notebook, and as its source.
    pdf_standards : tuple of str
        What the PDF is checked for besides Quarto's ``pdf-standard``.
    """

    inputs: tuple[str, ...] | None = None
    numbers: str | None = None
    numbers_omit: tuple[str, ...] = ()
    numbers_mask: tuple[str, ...] = ()
    inputs_command: tuple[str, ...] = ()
    search_synonyms: tuple[tuple[str, ...], ...] = ()
    notebooks: bool = False
    pdf_standards: tuple[str, ...] = ()


def load_book(root: Path) -> Book:
    """Read and check ``_quarto.yml``.

    Parameters
    ----------
    root : Path
        The project: the folder that holds ``_quarto.yml``.

    Returns
    -------
    Book
        Its description.

    Raises
    ------
    RenderError
        The file is missing or no YAML, has an unknown option or a wrong value, or names a file
        that does not exist.
    """
    root = Path(root).resolve()
    source = root / CONFIG
    try:
        content = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RenderError(f"there is no {CONFIG} here; run this in the book's folder") from None
    except UnicodeDecodeError as error:
        raise RenderError(f"this file is not UTF-8 (byte {error.start})", path=CONFIG) from None
    located = schema.read_yaml(content, CONFIG)
    if not isinstance(located.value, dict):
        raise RenderError("this file must be a mapping with `project:` and `book:`", path=CONFIG)
    return _book(located, root)


_SYNONYMS = 'a list of lists such as [["color", "colour"]]'


def load_settings(root: Path) -> Settings:
    """Read ``[tool.render]`` of pyproject.toml.

    Raises
    ------
    RenderError
        The table has an unknown key or a wrong value.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return Settings()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RenderError(f"this is not valid TOML: {error}", path="pyproject.toml") from None
    options = table.get("tool", {}).get("render", {})
    known = (
        *("inputs", "inputs-command", "numbers", "numbers-omit", "numbers-mask"),
        *("search-synonyms", "notebooks", "pdf-standards"),
    )
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise _setting(unknown[0], f"is not known; {', '.join(known)} are")
    folder = options.get("numbers")
    if folder is not None and not (isinstance(folder, str) and folder):
        raise _setting("numbers", "must name a folder")
    inputs = _texts(options, "inputs", "a list of globs")
    for name, places in (("inputs", inputs or ()), ("numbers", (folder,) if folder else ())):
        for place in places:
            if place.startswith("/") or ".." in place.split("/"):
                raise _setting(name, f"may only name files in the project, not {place!r}")
    command = _texts(options, "inputs-command", 'a list of words such as ["-m", "module"]')
    omit = _texts(options, "numbers-omit", "a list of globs")
    mask = _texts(options, "numbers-mask", "a list of regular expressions")
    for pattern in mask or ():
        try:
            re.compile(pattern)
        except re.error as error:
            raise _setting(
                "numbers-mask", f"must be regular expressions, and {pattern!r} is none: {error}"
            ) from None
    synonyms = options.get("search-synonyms", [])
    if not isinstance(synonyms, list):
        raise _setting("search-synonyms", f"must be {_SYNONYMS}")
    notebooks = options.get("notebooks", False)
    if not isinstance(notebooks, bool):
        raise _setting("notebooks", "must be true or false")
    standards = _texts(options, "pdf-standards", "a list of standards") or ()
    if not set(standards) <= set(_STANDARDS):
        raise _setting("pdf-standards", f"may only have {', '.join(_STANDARDS)}")
    groups = tuple(_listed(group, "search-synonyms", _SYNONYMS) for group in synonyms)
    return Settings(
        inputs,
        folder,
        omit or (),
        mask or (),
        command or (),
        groups,
        notebooks,
        standards,
    )


def _texts(options: Mapping[str, Any], name: str, what: str) -> tuple[str, ...] | None:
    value = options.get(name)
    return None if value is None else _listed(value, name, what)


def _listed(value: Any, name: str, what: str) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(text, str) and text for text in value)):
        raise _setting(name, f"must be {what}")
    return tuple(value)


def _setting(name: str, problem: str) -> RenderError:
    return RenderError(f"`{name}` in [tool.render] {problem}", path="pyproject.toml")


def default_output_file(title: str) -> str:
    """Return the stem of the PDF that Quarto derives from the book's title."""
    return re.sub(r"[\s<>()|:&;#?*'\"/\\]", "-", title.strip()) or "book"


_TEXT = schema.text
_BOOL = schema.boolean
_LEVEL = schema.integer(1, 6)
_INCH = schema.number(0.5, 40)


def _length(units: str, example: str) -> Check:
    def convert(located: Located) -> str:
        if not re.fullmatch(rf"[0-9.]+({units})", str(located.value)):
            raise schema.Mismatch
        return str(located.value)

    return Check(f"a length such as `{example}`", convert)


def _lowered(check: Check) -> Check:
    return Check(
        check.wanted,
        lambda found: check.convert(Located(str(found.value).lower(), found.path, found.line)),
    )


def _theme(located: Located, themes: Check) -> dict[str, Any]:
    """Take Quarto's themes: this renderer has one look for light and one for dark."""
    looks: dict[str, Any] = schema.mapping(dict.fromkeys(_LOOKS, themes)).convert(located)
    if set(looks) != set(_LOOKS):
        raise schema.Mismatch
    return looks


def _theme_name(located: Located) -> str:
    if not isinstance(located.value, str) or not re.fullmatch(r"[a-z]+", located.value):
        raise schema.Mismatch
    return located.value


_LOOKS = ("light", "dark")
_THEME_NAME = Check("a name of Quarto's themes", _theme_name)

_NUMBERS: dict[str, Check] = {
    "toc": _BOOL,
    "toc-depth": _LEVEL,
    "toc-title": _TEXT,
    "number-sections": _BOOL,
    "number-depth": _LEVEL,
}
_FIGURES: dict[str, Check] = {
    "fig-width": _INCH,
    "fig-height": _INCH,
    "fig-dpi": schema.integer(30, 1200),
    "fig-format": schema.choice("svg", "png", "retina"),
    "fig-align": schema.choice("default", "center"),
}
_SHARED: dict[str, Check] = {
    **_NUMBERS,
    "code-fold": _BOOL | schema.choice("show"),
    "code-summary": _TEXT,
    **_FIGURES,
}
"""What may stand at the top level and under a format; figures are the same in both."""
_CELLS: dict[str, Check] = {
    "echo": _BOOL | schema.choice("fenced"),
    "eval": _BOOL,
    "output": _BOOL | schema.choice("asis"),
    "include": _BOOL,
    "warning": _BOOL,
    "error": _BOOL,
    "enabled": schema.choice(True),
    "cache": schema.choice(False),
    "freeze": schema.choice("auto", False),
    **_FIGURES,
}
_COUNTS = schema.mapping(
    {"path": schema.choice("render/count.lua"), "at": schema.choice("pre-ast")},
    "`path: render/count.lua` with `at: pre-ast`",
)
"""The one filter for Quarto, which lets it count as is counted here."""
_MARGINS = ("x", "y", "top", "bottom", "left", "right", "inside", "outside")
_STANDARDS = (
    *("1.4", "1.5", "1.6", "1.7", "2.0", "a-1a", "a-1b", "a-2a", "a-2b", "a-2u", "a-3a", "a-3b"),
    *("a-3u", "a-4", "a-4e", "a-4f", "ua-1"),
)


def options(root: Path) -> dict[str, dict[str, Check]]:
    """Give every option that `load_book` takes, by where it stands; any other is an error.

    Each has an effect, or its value is the one that holds anyway.
    """
    file = schema.existing_file(root)
    scripts = schema.one_or_more(
        Check("the name of a Python script in the project", lambda v: _script(v, root))
    )
    themes = schema.one_or_more(_THEME_NAME | file)
    mapping = Check("a mapping", _mapping)
    raw = file | schema.mapping({"text": schema.any_text, "file": file}, "{text: …} or {file: …}")
    return {
        "": {
            **_SHARED,
            "project": mapping,
            "book": mapping,
            "website": mapping,
            "format": Check("a mapping of formats", _mapping),
            "execute": mapping,
            "bibliography": schema.one_or_more(file),
            "csl": file,
            "link-citations": _BOOL,
            "lang": Check("a kind of English such as `en-GB`, as all words are", _english),
            "jupyter": schema.choice("python3"),
            "engine": schema.choice("jupyter"),
        },
        "project": {
            "type": schema.choice("book"),
            "output-dir": _TEXT,
            "execute-dir": schema.choice("project", "file"),
            "resources": schema.one_or_more(_TEXT),
            "pre-render": scripts,
            "post-render": scripts,
        },
        "book": {
            "title": _TEXT,
            "subtitle": _TEXT,
            "author": schema.one_or_more(Check("a name, or `name: …`", _author)),
            "date": Check("a date", _date),
            "description": _TEXT,
            "license": _TEXT,
            "chapters": Check("a list of chapters", _sequence),
            "appendices": Check("a list of chapters", _sequence),
            "downloads": schema.one_or_more(schema.choice("pdf")),
            "repo-url": _TEXT,
            "repo-branch": _TEXT,
            "repo-actions": schema.one_or_more(schema.choice("edit", "source", "issue", "none"))
            | schema.choice(False),
            "site-url": _TEXT,
            "output-file": Check("a file name without a folder", _stem),
            "page-navigation": _BOOL,
            "page-footer": _TEXT,
            "favicon": file,
            "search": _BOOL,
        },
        "website": {"llms-txt": _BOOL},
        "execute": _CELLS,
        "html": {
            **_SHARED,
            "theme": Check(
                "`{light: …, dark: …}`, each of Quarto's themes", lambda v: _theme(v, themes)
            ),
            "css": schema.one_or_more(file),
            "html-math-method": schema.choice("mathml"),
            "code-copy": schema.choice(False, "hover"),
            "code-overflow": schema.choice("scroll", "wrap"),
            "anchor-sections": _BOOL,
            "citations-hover": _BOOL,
            "footnotes-hover": _BOOL,
            "crossrefs-hover": _BOOL,
            "smooth-scroll": _BOOL,
            "respect-user-color-scheme": schema.choice(True),
            "link-external-newwindow": _BOOL,
            "link-external-icon": _BOOL,
        },
        "typst": {
            **_NUMBERS,
            "pdf-standard": schema.one_or_more(schema.choice(*_STANDARDS)),
            "papersize": _lowered(schema.choice(*PAPERS, "letter", "legal")),
            "margin": schema.mapping(dict.fromkeys(_MARGINS, _length("cm|mm|in|pt|em|%", "2.5cm"))),
            "theorem-appearance": schema.choice("fancy"),
            "citeproc": schema.choice(True),
            "template-partials": schema.one_or_more(file),
            "filters": schema.listing(_COUNTS),
            "include-in-header": schema.one_or_more(raw),
            "include-before-body": schema.one_or_more(raw),
            "mainfont": _TEXT,
            "monofont": _TEXT,
            "codefont": _TEXT,
            "mathfont": _TEXT,
            "fontsize": _length("pt|mm|cm|in", "10.5pt"),
            "columns": schema.choice(1),
        },
    }


def _english(located: Located) -> str:
    if not re.fullmatch(r"en([-_][A-Za-z]{2})?", str(located.value)):
        raise schema.Mismatch
    return str(located.value)


def _author(located: Located) -> str:
    if isinstance(located.value, str) and located.value.strip():
        return located.value.strip()
    if isinstance(located.value, dict) and "name" in located.value:
        return str(schema.mapping({"name": _TEXT}).convert(located)["name"]).strip()
    raise schema.Mismatch


def _date(located: Located) -> str:
    value = str(located.value)
    if value in {"today", "now", "last-modified"} or not value.strip():
        raise located.error(
            f"`date: {value}` would make every render differ; write the date itself"
        )
    return value


def _book(top: Located, root: Path) -> Book:
    checks = options(root)
    given = _options(top, checks[""])
    for needed in ("project", "book"):
        if needed not in given:
            raise RenderError(f"`{needed}:` is missing", path=CONFIG)
    project = _options(given["project"], checks["project"], "project")
    if "type" not in project:
        raise given["project"].error("`type: book` is missing under `project`")
    output_dir = project.get("output-dir", "_book")
    inside = (root / output_dir).resolve()
    if not inside.is_relative_to(root) or inside == root:
        raise given["project"].error(
            f"`output-dir` must be a folder inside the project, not {output_dir!r}"
        )
    book = _options(given["book"], checks["book"], "book")
    cells, website = (
        _options(given[name], checks[name], name) if name in given else {}
        for name in ("execute", "website")
    )
    for needed in ("title", "chapters"):
        if needed not in book:
            raise given["book"].error(f"`{needed}` is missing under `book`")

    formats: dict[str, Located] = given["format"].value if "format" in given else {}
    asked: dict[str, dict[str, Any]] = {}
    for name in ("html", "typst"):
        asked[name] = {key: given[key] for key in checks[name] if key in given}
    for name, item in formats.items():
        if name not in asked:
            raise item.error(
                f"the format `{name}` is not one this renderer knows; html and typst are"
            )
        if item.value == "default":
            continue
        if item.value is not None and not isinstance(item.value, dict):
            raise item.error(f"`{name}` must be a mapping of options, or `default`")
        asked[name].update(_options(item, checks[name], name))
    html, typst = asked["html"], asked["typst"]
    own = formats["typst"].value if "typst" in formats else None

    execute = {**CELL_DEFAULTS, **cells}
    figures = {**{key: execute.pop(key) for key in _FIGURES if key in execute}, **html}
    actions = book.get("repo-actions") or ()
    return Book(
        root=root,
        title=book["title"].strip(),
        chapters=_chapters(book, root),
        subtitle=book.get("subtitle"),
        authors=book.get("author", ()),
        date=book.get("date"),
        description=book.get("description"),
        license=book.get("license"),
        lang=given.get("lang", "en"),
        output_dir=inside.relative_to(root).as_posix(),
        execute_dir=project.get("execute-dir", "file"),
        bibliography=tuple(root / name for name in given.get("bibliography", ())),
        csl=root / given["csl"] if "csl" in given else None,
        link_citations=given.get("link-citations", True),
        downloads=book.get("downloads", ()),
        repo_url=book.get("repo-url"),
        repo_branch=book.get("repo-branch", "main"),
        repo_actions=tuple(action for action in actions if action != "none"),
        site_url=book.get("site-url"),
        output_file=book.get("output-file", default_output_file(book["title"])),
        favicon=book.get("favicon"),
        page_navigation=book.get("page-navigation", True),
        page_footer=book.get("page-footer"),
        search=book.get("search", True),
        toc=html.get("toc", True),
        toc_depth=html.get("toc-depth", 3),
        kernel=given.get("jupyter", "python3"),
        fig_width=float(figures.get("fig-width", 7.0)),
        fig_height=float(figures.get("fig-height", 5.0)),
        fig_dpi=figures.get("fig-dpi", 96),
        fig_format=figures.get("fig-format", "svg"),
        execute=execute,
        html=html,
        typst=typst,
        typst_lines={key: item.line for key, item in own.items()} if isinstance(own, dict) else {},
        formats=tuple(formats) or ("html",),
        resources=project.get("resources", ()),
        pre_render=project.get("pre-render", ()),
        post_render=project.get("post-render", ()),
        llms_txt=website.get("llms-txt", False),
    )


def _mapping(located: Located) -> Located:
    if not isinstance(located.value, dict):
        raise schema.Mismatch
    return located


def _sequence(located: Located) -> Located:
    if not isinstance(located.value, list) or not located.value:
        raise schema.Mismatch
    return located


def _stem(located: Located) -> str:
    value = located.value
    if not isinstance(value, str) or not re.fullmatch(r"[^/\\\s.][^/\\]*", value):
        raise schema.Mismatch
    return value.removesuffix(".pdf")


def _script(located: Located, root: Path) -> str:
    if not isinstance(located.value, str) or not located.value.endswith(".py"):
        raise schema.Mismatch
    return schema.project_file(located, root)


def _options(located: Located, checks: dict[str, Check], where: str = "") -> dict[str, Any]:
    if located.value is None:
        return {}
    return {key: check(item, key) for key, item, check in schema.known(located, checks, where)}


def _chapters(book: dict[str, Any], root: Path) -> tuple[Chapter, ...]:
    """Flatten chapters, parts, references and appendices into reading order."""
    found: list[tuple[Located, str | None, bool]] = []
    for entry in book["chapters"].value:
        if not isinstance(entry.value, dict):
            found.append((entry, None, False))
            continue
        part = _options(entry, {"part": _TEXT, "chapters": Check("a list", _sequence)}, "chapters")
        if "part" not in part or "chapters" not in part:
            raise entry.error("an entry of `chapters` is a file, or has `part:` and `chapters:`")
        if part["part"].endswith(".qmd"):
            raise entry.error("a part is given by its title here, not by a file")
        found += [(item, part["part"].strip(), False) for item in part["chapters"].value]
    if "appendices" in book:
        found += [(item, None, True) for item in book["appendices"].value]

    chapters: list[Chapter] = []
    seen: dict[str, int] = {}
    for item, title, appendix in found:
        if not isinstance(item.value, str):
            raise item.error("a chapter must be the name of a .qmd file")
        if not item.value.endswith(".qmd"):
            raise item.error(f"a chapter must be a .qmd file, not {item.value!r}")
        path = schema.project_file(item, root)
        if path in seen:
            raise item.error(f"{path} is listed twice, first on line {seen[path]}")
        seen[path] = item.line
        chapters.append(
            Chapter(
                path=path,
                href=path.removesuffix(".qmd") + ".html",
                part=title,
                appendix=appendix,
                index=len(chapters),
                line=item.line,
            )
        )
    if chapters[0].path != "index.qmd":
        raise RenderError("the first chapter must be index.qmd", path=CONFIG, line=chapters[0].line)
    return tuple(chapters)
