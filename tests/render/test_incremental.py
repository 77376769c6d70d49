"""What is kept between renders: the same bytes as from scratch, and nothing made twice."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from render import pandoc
from render.cache import Cache
from render.document import Document, prepare
from render.errors import RenderError
from render.execute import execute_chapters
from render.html import search
from tests.render.small import cell, contents, read, render, write_book

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="50" viewBox="0 0 9 9"/>'
FIGURE = cell(
    "import matplotlib.pyplot as plt\nplt.plot([1, 2], color='C0')\nplt.show()",
    "label: fig-line",
    'fig-cap: "A line."',
    'fig-alt: "A rising line."',
)
CHAPTERS = {
    "report/one.qmd": "# One {#sec-one}\n\nThe first sentence, and @fig-picture.\n\n"
    "![A picture.](picture.svg){#fig-picture}\n\n## Part {#sec-part}\n\nAs @gauss1809 says.\n\n"
    + FIGURE
    + "\nThere are `{python} 6 * 7`.\n\n$$\nx^2\n$$ {#eq-square}\n",
    "report/two.qmd": "# Two\n\nBack to @sec-part, @fig-line and [words](one.qmd#sec-one).\n\n"
    + cell("print('printed')", "echo: true"),
    "report/three.qmd": "# Three\n\nAll by itself, but for @gauss1809.\n",
    "references.qmd": "# References {.unnumbered}\n\n::: {#refs}\n:::\n",
}
BIBLIOGRAPHY = """\
@book{gauss1809, author = {Gauss, Carl Friedrich}, title = {Theoria motus}, year = {1809},
  publisher = {Perthes}}
"""


def write(root: Path) -> Path:
    write_book(root, CHAPTERS, extra="bibliography: references.bib\n")
    (root / "references.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (root / "report" / "picture.svg").write_text(SVG.format(100), encoding="utf-8")
    return root


def edit(root: Path, name: str, old: str, new: str) -> None:
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def add_chapter(root: Path) -> None:
    edit(
        root,
        "_quarto.yml",
        "    - report/two.qmd\n",
        "    - report/new.qmd\n    - report/two.qmd\n",
    )
    (root / "report" / "new.qmd").write_text("# New\n\nSee @fig-line.\n", encoding="utf-8")


def remove_chapter(root: Path) -> None:
    edit(root, "_quarto.yml", "    - report/new.qmd\n", "")
    (root / "report" / "new.qmd").unlink()


NEW_FIGURE = "![Another.](picture.svg){#fig-another}\n\n## Part"
CHANGES: dict[str, Callable[[Path], None]] = {
    "sentence": lambda root: edit(root, "report/one.qmd", "The first", "A changed"),
    "heading": lambda root: edit(root, "report/one.qmd", "# One {", "# The *first* {"),
    "label shifted": lambda root: edit(root, "report/one.qmd", "## Part", NEW_FIGURE),
    "chapter added": add_chapter,
    "figure": lambda root: edit(root, "report/one.qmd", "'C0'", "'C1'"),
    "picture": lambda root: edit(root, "report/picture.svg", '"100"', '"60"'),
    "bibliography": lambda root: edit(root, "references.bib", "1809}", "1810}"),
    "configuration": lambda root: edit(root, "_quarto.yml", "A small book", "A larger book"),
    "chapter removed": remove_chapter,
}


def portable(root: Path, *arguments: str) -> None:
    done = render(root, "--engine", "portable", *arguments)
    assert done.returncode == 0, done.stderr


def test_a_series_of_changes_gives_what_renders_from_scratch_give(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    portable(root)
    for name, change in CHANGES.items():
        before = contents(root / "_site")
        change(root)
        portable(root)
        after = contents(root / "_site")
        assert after != before, name
        scratch = tmp_path / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        # What cells gave is kept: that is not what is tested here, and it takes time.
        shutil.copytree(root, scratch, ignore=shutil.ignore_patterns("_site", ".cache"))
        results = Path(".cache", "render", "results")
        shutil.copytree(root / results, scratch / results)
        portable(scratch)
        expected = contents(scratch / "_site")
        assert sorted(after) == sorted(expected), name
        assert [page for page in after if after[page] != expected[page]] == [], name


def test_only_changed_files_get_a_new_date(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    portable(root, "--to", "html")
    site = root / "_site"
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files(site)}
    edit(root, "report/one.qmd", "The first", "A changed")
    portable(root, "--to", "html")
    changed = set()
    for path in files(site):
        time, content = before.get(path, (0, b""))
        assert (path.stat().st_mtime_ns == time) == (path.read_bytes() == content), path
        if path.read_bytes() != content and path.suffix in {".html", ".md", ".svg", ".css"}:
            changed.add(path.relative_to(site).as_posix())
    assert changed == {"report/one.html"}


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class Prepared:
    """The book's trees, and which chapters' texts were read to make them."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.cache = root / ".cache" / "trees"
        self.read: list[str] = []
        read_many = pandoc.read_many

        def noting(texts):
            self.read += [text for text in texts if isinstance(text, str)]
            return read_many(texts)

        monkeypatch.setattr(pandoc, "read_many", noting)
        self.results = execute_chapters(*read(write(root)))

    def chapters(self) -> list[str]:
        """Prepare; return the chapters whose trees were made."""
        self.read.clear()
        book, sources = read(self.root)
        arguments = (book, sources, self.results)
        self.documents = prepare(*arguments, format="html", cache=Cache(self.cache))
        found = [source.path for source in sources if source.markdown in self.read]
        scratch = prepare(*arguments, format="html")
        assert [fields(each) for each in self.documents] == [fields(each) for each in scratch]
        return found


def fields(document: Document) -> list[object]:
    return [
        document.json,
        document.media,
        document.files,
        document.awaited,
        document.ids,
        tuple(document.cited),
        document.labels,
    ]


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    made = Prepared(tmp_path, monkeypatch)
    assert len(made.chapters()) == 5
    assert made.chapters() == []
    return made


def test_a_sentence_makes_its_own_tree_anew(prepared: Prepared) -> None:
    """Also where it moves to another line what other chapters refer to."""
    edit(prepared.root, "report/one.qmd", "The first", "A sentence more.\nThe first")
    assert prepared.chapters() == ["report/one.qmd"]
    assert prepared.chapters() == []


def test_a_shifted_number_makes_the_trees_anew_that_show_it(prepared: Prepared) -> None:
    edit(prepared.root, "report/one.qmd", "## Part", NEW_FIGURE)
    assert prepared.chapters() == ["report/one.qmd", "report/two.qmd"]


def test_a_changed_picture_makes_its_tree_anew(prepared: Prepared) -> None:
    edit(prepared.root, "report/picture.svg", '"100"', '"60"')
    assert prepared.chapters() == ["report/one.qmd"]
    assert b'"60"' in prepared.documents[1].media["picture.svg"]


def test_what_is_gone_is_told_although_its_chapter_is_unchanged(prepared: Prepared) -> None:
    edit(prepared.root, "report/one.qmd", " {#sec-part}", "")
    with pytest.raises(RenderError, match=r"report/two.qmd:3: the reference @sec-part leads"):
        prepared.chapters()
    edit(prepared.root, "report/one.qmd", "## Part", "## Part {#sec-part}")
    (prepared.root / "report" / "picture.svg").unlink()
    with pytest.raises(RenderError, match=r"picture.svg does not exist"):
        prepared.chapters()


def test_a_label_given_twice_is_told_when_both_chapters_are_kept(prepared: Prepared) -> None:
    edit(prepared.root, "report/three.qmd", "# Three", "# Three {#sec-one}")
    for _ in range(2):
        with pytest.raises(RenderError, match="the label sec-one is given twice; it is also at"):
            prepared.chapters()


def test_a_damaged_tree_is_made_anew(prepared: Prepared) -> None:
    for path in (prepared.cache / "results").iterdir():
        path.write_bytes(path.read_bytes()[:-9])
    assert len(prepared.chapters()) == 5


def test_the_index_is_made_anew_only_when_a_page_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    index = search._index

    def noting(program: str, site: Path) -> dict[str, bytes]:
        made.append((site / "one.html").read_text(encoding="utf-8"))
        return index(program, site)

    monkeypatch.setattr(search, "_index", noting)
    site, kept = tmp_path / "site", Cache(tmp_path / "kept")
    site.mkdir()
    for words in ("Some words.", "Some words.", "Other words."):
        page = f"<!doctype html><html lang='en'><body data-pagefind-body>{words}</body></html>"
        (site / "one.html").write_text(page, encoding="utf-8")
        search.write_index(site, kept)
        found = contents(site / search.FOLDER)
        assert any(name.endswith(".pf_fragment") for name in found)
        shutil.rmtree(site / search.FOLDER)
        search.write_index(site, kept)
        assert contents(site / search.FOLDER) == found
    assert len(made) == 2
