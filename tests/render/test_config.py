"""`_quarto.yml` and `[tool.render]`: what is read, and what each mistake is told as."""

from pathlib import Path

import pytest

from render import schema
from render.config import Settings, default_output_file, load_book, load_settings
from render.errors import RenderError
from tests.render.small import PACKAGE

HEAD = """\
project:
  type: book
book:
  title: "T"
  chapters:
    - index.qmd
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("index.qmd", "one.qmd", "two.qmd", "a.bib", "a.csl", "a.css", "a.svg", "a.typ"):
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


def load(root: Path, text: str):
    (root / "_quarto.yml").write_text(text, encoding="utf-8")
    return load_book(root)


def test_what_is_not_said_is_as_in_quarto(root: Path) -> None:
    book = load(root, HEAD)
    assert book.title == "T"
    assert book.output_dir == "_book"
    assert book.execute_dir == "file"
    assert book.lang == "en"
    assert book.formats == ("html",)
    assert (book.fig_width, book.fig_height, book.toc_depth) == (7, 5, 3)
    assert book.execute == {
        "echo": True,
        "eval": True,
        "output": True,
        "include": True,
        "warning": True,
        "error": False,
    }
    assert book.page_navigation
    assert book.search
    assert book.link_citations
    assert (book.html, book.typst) == ({}, {})
    assert not book.llms_txt


SCALARS = """\
words: [no, yes, on, ~, null, "", 2020-01-01, 1:30, .inf, -.INF, .nan, 1e3, 0o17, 0x1F, 017, +1, 1.]
"quoted key": 'it''s'
block: |
  two

  lines
folded: >-
  one
  line
nested: {a: {b: [{c: d}, e]}, "ü": "\\u00fc"}
anchor: &x [1]
alias: *x
empty:
"""


@pytest.mark.parametrize(
    "text", [SCALARS, "", "a", "- 1\n- 2", (PACKAGE / "_quarto.yml").read_text("utf-8")]
)
def test_both_parsers_of_yaml_read_the_same(text: str) -> None:
    fast, slow = (repr(schema._read(kind, text, "a.yml", 3)) for kind in schema.LOADERS)
    assert fast == slow


def test_all_that_can_be_said(root: Path) -> None:
    book = load(
        root,
        """\
project: {type: book, output-dir: out/site, execute-dir: project, resources: [data/*.csv]}
book:
  title: A title
  subtitle: no
  author:
    - One
    - {name: Two}
  date: 2025-10-01
  description: What
  chapters:
    - index.qmd
    - part: First
      chapters: [one.qmd]
  appendices: [two.qmd]
  downloads: [pdf]
  repo-url: https://example.org/repo
  repo-actions: [edit, issue]
  site-url: https://example.org
  output-file: name
  favicon: a.svg
  search: false
  page-navigation: false
website: {llms-txt: true}
bibliography: a.bib
csl: a.csl
lang: en-GB
link-citations: false
toc-depth: 2
number-sections: false
execute: {echo: false, fig-width: 6}
format:
  html:
    theme: {light: cosmo, dark: [darkly, slate]}
    css: a.css
    toc-depth: 4
    fig-height: 4.5
    fig-format: png
    code-fold: show
  typst:
    margin: {x: 2.5cm, top: 1in}
    pdf-standard: a-2b
    include-before-body:
      - a.typ
      - text: "#set par()"
""",
    )
    assert book.output_dir == "out/site"
    assert book.authors == ("One", "Two")
    assert book.date == "2025-10-01"
    assert [(c.path, c.href, c.part, c.appendix, c.index) for c in book.chapters] == [
        ("index.qmd", "index.html", None, False, 0),
        ("one.qmd", "one.html", "First", False, 1),
        ("two.qmd", "two.html", None, True, 2),
    ]
    assert book.pdf_name == "name.pdf"
    assert book.bibliography == (root.resolve() / "a.bib",)
    assert book.csl == root.resolve() / "a.csl"
    assert book.subtitle == "no", "in YAML 1.2 this is a word"
    assert book.lang == "en-GB"
    assert not book.link_citations
    assert (book.toc_depth, book.typst["toc-depth"]) == (4, 2)
    assert book.html["number-sections"] is book.typst["number-sections"] is False
    assert (book.fig_width, book.fig_height, book.fig_format) == (6, 4.5, "png")
    assert "fig-width" not in book.execute
    assert book.execute["echo"] is False
    assert book.html["theme"] == {"light": ("cosmo",), "dark": ("darkly", "slate")}
    assert book.html["css"] == ("a.css",)
    assert book.typst["include-before-body"] == ("a.typ", {"text": "#set par()"})
    assert book.typst["pdf-standard"] == ("a-2b",)
    assert book.typst_lines == {"margin": 40, "pdf-standard": 41, "include-before-body": 43}
    assert book.formats == ("html", "typst")
    assert book.repo_actions == ("edit", "issue")
    assert book.resources == ("data/*.csv",)
    assert book.llms_txt


MISTAKES = [
    # what is added or changed, the line, what the message says
    (HEAD + "colour: red\n", 7, "`colour`"),
    (HEAD + "formt:\n  html: default\n", 7, "`format` is meant?"),
    (HEAD + "toc-depth: 9\n", 7, "a whole number from 1 to 6, not 9"),
    (HEAD + "toc-depth: true\n", 7, "a whole number from 1 to 6, not True"),
    (HEAD + "bibliography: b.bib\n", 7, "b.bib does not exist"),
    (HEAD + "bibliography: ../b.bib\n", 7, "outside the project"),
    (HEAD + "jupyter: julia\n", 7, "`python3`"),
    (HEAD + "execute:\n  ecko: true\n", 8, "`echo` is meant?"),
    (HEAD + "execute:\n  echo: sometimes\n", 8, "`echo` must be true or false"),
    (HEAD + "execute:\n  freeze: true\n", 8, "`freeze`"),
    (HEAD + "format:\n  docx: default\n", 8, "`docx`"),
    (HEAD + "format:\n  html: 3\n", 8, "`html` must be"),
    (HEAD + "format:\n  html:\n    html-math-method: katex\n", 9, "`mathml`"),
    (HEAD + "format:\n  html:\n    css: [a.css, b.css]\n", 9, "b.css does not exist"),
    (HEAD + "format:\n  html:\n    theme: {lite: cosmo}\n", 9, "`lite`"),
    (HEAD + "format:\n  typst:\n    margin: {x: wide}\n", 9, "a length"),
    (HEAD + "format:\n  typst:\n    theorem-appearance: big\n", 9, "`fancy`"),
    (HEAD + "format:\n  html:\n    theme: cosmo\n", 9, "`theme` must be `{light: …, dark: …}`"),
    (
        HEAD + "format:\n  html:\n    theme: {light: a.scss, dark: b}\n",
        9,
        "the file a.scss does not exist",
    ),
    (HEAD + "format:\n  html:\n    code-copy: true\n", 9, "`code-copy` must be one of"),
    (HEAD + "format:\n  html:\n    fig-align: left\n", 9, "`fig-align`"),
    (HEAD + "format:\n  typst:\n    theorem-appearance: clouds\n", 9, "`fancy`"),
    (HEAD + "format:\n  typst:\n    papersize: quarto\n", 9, "`a4`"),
    (HEAD + "format:\n  typst:\n    fontsize: 120%\n", 9, "`10.5pt`"),
    (HEAD + "format:\n  typst:\n    pdf-standard: x-9\n", 9, "`a-2b`"),
    (HEAD + "format:\n  typst:\n    citeproc: false\n", 9, "`citeproc` must be `true`"),
    (HEAD + "format:\n  typst:\n    lof: true\n", 9, "the option `lof` under `typst`"),
    (HEAD + "format:\n  typst:\n    code-fold: true\n", 9, "the option `code-fold`"),
    (HEAD + "format:\n  typst:\n    fig-width: 3\n", 9, "the option `fig-width`"),
    (HEAD + "highlight-style: github\n", 7, "the option `highlight-style`"),
    (HEAD + "editor: visual\n", 7, "the option `editor`"),
    (HEAD + "lang: de\n", 7, "`lang` must be a kind of English"),
    (HEAD + "link-citations: maybe\n", 7, "`link-citations` must be true or false"),
    (HEAD + "execute:\n  daemon: true\n", 8, "the option `daemon`"),
    (HEAD + "  author: {name: A, orcid: 0000-0001}\n", 7, "the option `orcid`"),
    (HEAD.replace("type: book", "type: book\n  render: [a.qmd]"), 3, "the option `render`"),
    (HEAD + "website:\n  llms-txt: perhaps\n", 8, "`llms-txt`"),
    (HEAD + "  date: today\n", 7, "every render differ"),
    (HEAD + "  downloads: [pdf, epub]\n", 7, "`pdf`"),
    (HEAD + "  author: 3\n", 7, "`author`"),
    (HEAD + "  output-file: a/b\n", 7, "without a folder"),
    (HEAD + "  search: maybe\n", 7, "`search`"),
    (HEAD + "    - one.qmd\n    - one.qmd\n", 8, "listed twice, first on line 7"),
    (HEAD + "    - three.qmd\n", 7, "three.qmd does not exist"),
    (HEAD + "    - one.md\n", 7, "must be a .qmd file"),
    (HEAD + "    - ../one.qmd\n", 7, "outside the project"),
    (HEAD + "    - 3\n", 7, "name of a .qmd file"),
    (HEAD + "    - part: P\n", 7, "`part:` and `chapters:`"),
    (HEAD + "    - part: one.qmd\n      chapters: [two.qmd]\n", 7, "by its title"),
    (HEAD + "    - text: x\n", 7, "`text`"),
    (HEAD + "book:\n  title: again\n", 7, "given twice"),
    (HEAD + "x: [1, 2\n", 8, "not valid YAML"),
    (HEAD + "3: x\n", 7, "must be text"),
    (HEAD + "lang: !tag x\n", 7, "not valid YAML"),
    (HEAD.replace("index.qmd", "one.qmd"), 6, "must be index.qmd"),
    (HEAD.replace("type: book", "type: website"), 2, "`book`"),
    (HEAD.replace("  type: book\n", "  output-dir: x\n"), 1, "`type: book` is missing"),
    (HEAD.replace("  type: book", "  type: book\n  output-dir: ../x"), 1, "inside the project"),
    (HEAD.replace("  type: book", "  type: book\n  output-dir: ."), 1, "inside the project"),
    (HEAD.replace("  type: book", "  type: book\n  quarto-required: 1"), 3, "`quarto-required`"),
    (HEAD.replace('  title: "T"\n', ""), 3, "`title` is missing"),
    (HEAD.replace('"T"', '""'), 4, "`title` must be text"),
    ("project:\n  type: book\n", None, "`book:` is missing"),
    ("- a\n- b\n", None, "must be a mapping"),
    ("", None, "must be a mapping"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES)
def test_a_mistake_is_told_with_its_line(
    root: Path, text: str, line: int | None, said: str
) -> None:
    with pytest.raises(RenderError) as caught:
        load(root, text)
    assert said in str(caught.value)
    assert caught.value.path == "_quarto.yml"
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


def test_no_book_here(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"there is no _quarto.yml here"):
        load_book(tmp_path)


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_bytes(b"title: \xff")
    with pytest.raises(RenderError, match=r"_quarto.yml: this file is not UTF-8 \(byte 7\)"):
        load_book(tmp_path)


@pytest.mark.parametrize(
    ("title", "stem"),
    [("A reference book", "A-reference-book"), ("What? A: b/c", "What--A--b-c"), ("Ünï", "Ünï")],
)
def test_name_of_the_pdf(title: str, stem: str) -> None:
    assert default_output_file(title) == stem


def test_settings(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings(None)
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert load_settings(tmp_path) == Settings(None)
    file.write_text("[tool.render]\ninputs = ['data/**/*', 'a.toml']\n", encoding="utf-8")
    assert load_settings(tmp_path) == Settings(("data/**/*", "a.toml"))
    file.write_text("[tool.render]\nnumbers = 'kept'\nnumbers-omit = ['a-*']\n", encoding="utf-8")
    assert load_settings(tmp_path) == Settings(None, "kept", ("a-*",))
    file.write_text("[tool.render]\nnumbers-mask = ['[0-9]']\n", encoding="utf-8")
    assert load_settings(tmp_path) == Settings(numbers_mask=("[0-9]",))
    file.write_text("[tool.render]\nsearch-synonyms = [['color', 'colour']]\n", encoding="utf-8")
    assert load_settings(tmp_path) == Settings(search_synonyms=(("color", "colour"),))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.render]\ninput = []\n", "`input`"),
        ("[tool.render]\ninputs-command = '-m x'\n", "list of words"),
        ("[tool.render]\ninputs-command = ['']\n", "list of words"),
        ("[tool.render]\ninputs = 'data'\n", "list of globs"),
        ("[tool.render]\ninputs = ['../x']\n", "in the project"),
        ("[tool.render]\ninputs = ['/x']\n", "in the project"),
        ("[tool.render]\nnumbers = ''\n", "`numbers` in [tool.render] must name a folder"),
        ("[tool.render]\nnumbers = '../x'\n", "in the project"),
        ("[tool.render]\nnumbers-omit = 'x'\n", "`numbers-omit` in [tool.render] must be a list"),
        ("[tool.render]\nnumbers-mask = [1]\n", "list of regular expressions"),
        ("[tool.render]\nnumbers-mask = ['[']\n", "'[' is none"),
        ("[tool.render]\nsearch-synonyms = 'a'\n", "list of lists"),
        ("[tool.render]\npdf-standards = ['a-2b', 'x-9']\n", "ua-1"),
        ("[tool.render]\nsearch-synonyms = ['a', 'b']\n", "list of lists"),
        ("[tool.render\n", "not valid TOML"),
    ],
)
def test_mistakes_in_settings(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        load_settings(tmp_path)
    assert said in str(caught.value)
    assert str(caught.value).startswith("pyproject.toml: ")
