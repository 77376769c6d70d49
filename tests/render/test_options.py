"""Every option of `_quarto.yml` that is taken has an effect, or holds anyway."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from trees import SQUARE, Given, stream

from render.config import load_book, options
from render.document import prepare
from render.errors import RenderError
from render.execute import chapter_key
from render.html import write_site
from render.pdf import book as pdf_book
from render.source import Cell, parse_source

ONE = """\
# One {#sec-one}

## Section

### Below

#### Deep

As @key2001 [and @key2001] and [there](https://example.org) say.^[A note.] See @sec-one.

```{python}
#| label: fig-a
#| fig-cap: Caption.
code
```

```{python}
printed
```
"""
BIBLIOGRAPHY = "@book{key2001, author={Key, Ann}, title={Keys}, year={2001}, publisher={P}}\n"
STYLE = """\
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>T</title><id>t</id><updated>2001-01-01T00:00:00+00:00</updated></info>
<citation><layout><text variable="title"/></layout></citation>
<bibliography><layout><text variable="title"/></layout></bibliography>
</style>
"""
BASE: dict[str, Any] = {
    "project": {"type": "book", "output-dir": "_site"},
    "book": {
        "title": "T",
        "chapters": ["index.qmd", "one.qmd"],
        "search": False,
        "repo-url": "https://example.org/repo",
        "repo-actions": ["edit"],
    },
    "bibliography": "a.bib",
    "code-fold": True,
    "format": {"html": {}, "typst": {"papersize": "a4"}},
}

# An option, and a value with which what is written differs from what the base gives.
EFFECTS: list[tuple[str, str, Any]] = [
    ("", "toc", False),
    ("", "toc-depth", 4),
    ("", "toc-title", "Inside"),
    ("", "number-sections", False),
    ("", "number-depth", 1),
    ("", "code-fold", False),
    ("", "code-summary", "Look"),
    ("", "fig-width", 3),
    ("", "fig-height", 3),
    ("", "fig-dpi", 200),
    ("", "fig-format", "png"),
    ("", "link-citations", False),
    ("", "lang", "en-GB"),
    ("", "csl", "a.csl"),
    ("", "bibliography", ["a.bib", "b.bib"]),
    ("project", "output-dir", "out"),
    ("project", "resources", ["words.txt"]),
    ("book", "title", "Other"),
    ("book", "subtitle", "Below"),
    ("book", "author", ["Ann"]),
    ("book", "date", "2025-10-01"),
    ("book", "description", "What it is."),
    ("book", "license", "CC BY"),
    ("book", "chapters", ["index.qmd", {"part": "Part", "chapters": ["one.qmd"]}]),
    ("book", "appendices", ["two.qmd"]),
    ("book", "downloads", ["pdf"]),
    ("book", "repo-url", "https://example.org/other"),
    ("book", "repo-branch", "trunk"),
    ("book", "repo-actions", ["issue"]),
    ("book", "site-url", "https://example.org/site"),
    ("book", "output-file", "name"),
    ("book", "page-navigation", False),
    ("book", "page-footer", "Foot"),
    ("book", "favicon", "a.svg"),
    ("book", "search", True),
    ("website", "llms-txt", True),
    ("execute", "echo", False),
    ("execute", "eval", False),
    ("execute", "output", False),
    ("execute", "include", False),
    ("execute", "warning", False),
    ("execute", "error", True),
    ("execute", "fig-width", 3),
    ("execute", "fig-height", 3),
    ("execute", "fig-dpi", 200),
    ("execute", "fig-format", "png"),
    ("html", "toc", False),
    ("html", "toc-depth", 2),
    ("html", "toc-title", "Inside"),
    ("html", "number-sections", False),
    ("html", "number-depth", 1),
    ("html", "code-fold", "show"),
    ("html", "code-summary", "Look"),
    ("html", "fig-width", 3),
    ("html", "fig-height", 3),
    ("html", "fig-dpi", 200),
    ("html", "fig-format", "png"),
    ("html", "css", "a.css"),
    ("html", "code-copy", False),
    ("html", "code-overflow", "wrap"),
    ("html", "anchor-sections", False),
    ("html", "citations-hover", False),
    ("html", "footnotes-hover", False),
    ("html", "crossrefs-hover", False),
    ("html", "smooth-scroll", False),
    ("html", "link-external-newwindow", True),
    ("html", "link-external-icon", True),
    ("typst", "toc", False),
    ("typst", "toc-depth", 4),
    ("typst", "toc-title", "Inside"),
    ("typst", "number-sections", False),
    ("typst", "number-depth", 1),
    ("typst", "pdf-standard", "a-3b"),
    ("typst", "papersize", "a5"),
    ("typst", "margin", {"x": "2cm"}),
    ("typst", "include-in-header", "a.typ"),
    ("typst", "include-before-body", [{"text": "#set par(leading: 1em)"}]),
    ("typst", "mainfont", "New Computer Modern"),
    ("typst", "monofont", "DejaVu Sans Mono"),
    ("typst", "codefont", "DejaVu Sans Mono"),
    ("typst", "mathfont", "New Computer Modern Math"),
    ("typst", "fontsize", "12pt"),
]

# An option whose value holds anyway, and a value that is refused.
FIXED: list[tuple[str, str, Any]] = [
    ("", "fig-align", "left"),
    ("", "jupyter", "ir"),
    ("", "engine", "knitr"),
    ("project", "type", "website"),
    ("execute", "enabled", False),
    ("execute", "cache", True),
    ("execute", "freeze", True),
    ("execute", "fig-align", "right"),
    ("html", "fig-align", "right"),
    ("html", "theme", {"light": "own.scss", "dark": "darkly"}),
    ("html", "html-math-method", "katex"),
    ("html", "respect-user-color-scheme", False),
    ("typst", "theorem-appearance", "clouds"),
    ("typst", "citeproc", False),
    ("typst", "template-partials", "none.typ"),
    ("typst", "filters", [{"path": "own.lua", "at": "pre-ast"}]),
    ("typst", "columns", 2),
]

# What holds other options, and what test_scripts.py and test_execute.py show the effects of.
CONTAINERS = {("", name) for name in ("project", "book", "website", "format", "execute")}
ELSEWHERE = {("project", name) for name in ("pre-render", "post-render", "execute-dir")}


def changed(where: str, option: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(BASE)
    place = config
    if where in {"html", "typst"}:
        place = config["format"]
    if where:
        place = place.setdefault(where, {})
    place[option] = value
    return config


@pytest.fixture(scope="session")
def written(
    tmp_path_factory: pytest.TempPathFactory, fonts: Path
) -> Callable[[dict[str, Any]], dict[str, object]]:
    """Give all that is made of the book under a configuration, and asked of the kernel."""
    root = tmp_path_factory.mktemp("options")
    for name, text in {
        "index.qmd": "# Welcome {.unnumbered}\n\nWords.\n",
        "one.qmd": ONE,
        "two.qmd": "# Two\n",
        "a.bib": BIBLIOGRAPHY,
        "b.bib": BIBLIOGRAPHY.replace("key2001", "other2001"),
        "a.csl": STYLE,
        "a.css": "p { margin: 0 }\n",
        "a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "a.typ": "#let x = 1\n",
        "words.txt": "words",
    }.items():
        (root / name).write_text(text, encoding="utf-8")

    def write(config: dict[str, Any]) -> dict[str, object]:
        (root / "_quarto.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        book = load_book(root)
        sources = [parse_source(each.path, root, defaults=book.execute) for each in book.chapters]
        found: dict[str, object] = {
            "": (book.output_dir, book.pdf_name, book.bibliography),
            "standards": pdf_book._standards(book),
        }
        results = {}
        for source in sources:
            cells = [step for step in source.steps if isinstance(step, Cell)]
            runs = [cell.index for cell in cells if cell.option("eval")]
            outputs = {at: [SQUARE, stream("careful", "stderr")] for at in runs}
            results[source.path] = Given(outputs)
            found[source.path] = chapter_key(book, source, "")
        out = tmp_path_factory.mktemp("site")
        name = book.pdf_name if "pdf" in book.downloads else None
        write_site(
            book, prepare(book, sources, results, format="html"), out, pdf_name=name, cache=fonts
        )
        found |= {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.is_file()
        }
        documents = prepare(book, sources, results, format="typst")
        pdf_book.check_fonts(book)
        return found | pdf_book.typst_files(book, documents, pdf_book.make_sources(documents))

    return write


@pytest.fixture(scope="session")
def base(written: Callable[[dict[str, Any]], dict[str, object]]) -> dict[str, object]:
    return written(BASE)


def test_nothing_is_taken_without_a_test_here(tmp_path: Path) -> None:
    taken = {(where, name) for where, checks in options(tmp_path).items() for name in checks}
    tested = {(where, name) for where, name, _ in EFFECTS + FIXED}
    assert taken == tested | CONTAINERS | ELSEWHERE


def test_the_base_is_always_the_same(
    written: Callable[[dict[str, Any]], dict[str, object]], base: dict[str, object]
) -> None:
    assert written(BASE) == base


@pytest.mark.parametrize(("where", "option", "value"), EFFECTS)
def test_an_option_has_an_effect(
    written: Callable[[dict[str, Any]], dict[str, object]],
    base: dict[str, object],
    where: str,
    option: str,
    value: Any,
) -> None:
    assert written(changed(where, option, value)) != base


@pytest.mark.parametrize(("where", "option", "value"), FIXED)
def test_a_value_that_would_not_hold_is_refused(
    written: Callable[[dict[str, Any]], dict[str, object]], where: str, option: str, value: Any
) -> None:
    with pytest.raises(RenderError) as caught:
        written(changed(where, option, value))
    assert caught.value.path == "_quarto.yml"
    assert caught.value.line is not None
