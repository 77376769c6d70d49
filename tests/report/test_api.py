"""The reference of the code: all that is public is in it, and its labels lead into the chapters."""

from __future__ import annotations

import ast
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pdoc.doc
import pytest
from bs4 import BeautifulSoup
from chapters import ROOT, load_script

SITE = ROOT / "_site"
LABEL = r"(?<![\w/#-])(?:eq|fig|tbl|sec|def|thm|lem|prp|cor)-[a-z0-9]+(?:-[a-z0-9]+)*(?![\w-])"
TINY = {
    "tiny_api/__init__.py": '"""A package."""\n',
    "tiny_api/part/__init__.py": '''\
"""A part."""
from tiny_api.part.one import double

__all__ = ["double"]
''',
    "tiny_api/part/one.py": '''\
"""A module; see eq-one and ``eq-one``."""
import pathlib

MOST = 3
"""How many."""
HERE = pathlib.Path(__file__).parent
"""Where."""
Alias = dict[str, int]


def double(x: float, times: int = 2) -> float:
    """Double a number, or more (eq-one, eq-elsewhere).

    Parameters
    ----------
    x : float
        A number.
    times : int
    """
    return times * x


def look(place: pathlib.Path = HERE) -> None:
    """Look at a place."""


def _own() -> None:
    pass
''',
}


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, for a small package and a site of one page."""
    script = load_script("api")
    for name, text in TINY.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    site = tmp_path / "_site"
    (site / "report").mkdir(parents=True)
    (site / "index.html").write_text("", encoding="utf-8")
    (site / "report" / "page.html").write_text('<p id="eq-one">', encoding="utf-8")
    _move(script, tmp_path, monkeypatch)
    monkeypatch.setattr(script, "PACKAGE", "tiny_api")
    monkeypatch.setattr(script, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(script, "SURFACES", tmp_path / "surfaces.json")
    return script


def _move(script: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the script find the package in another folder."""
    monkeypatch.syspath_prepend(root)
    monkeypatch.setattr(script, "ROOT", root)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tiny_api"]:
        monkeypatch.delitem(sys.modules, name)
    pdoc.doc.Module.from_name.cache_clear()


def page_of(root: Path, name: str) -> BeautifulSoup:
    text = (root / "_site" / name).read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


def test_a_page_has_what_is_public(api: ModuleType, tmp_path: Path) -> None:
    api.main(tmp_path / "_site")
    page = page_of(tmp_path, "api/tiny_api/part/one.html")
    ids = {str(tag["id"]) for tag in page.select("main [id]")}
    assert ids == {"MOST", "HERE", "double", "look"}
    text = " ".join(page.get_text(" ").split())
    assert "How many." in text
    assert str(tmp_path) not in str(page)
    part = page_of(tmp_path, "api/tiny_api/part.html")
    assert not part.select("#double"), "a name is shown where it is made"
    (link,) = part.select(".modules dt a")
    assert link["href"] == "part/one.html"
    book = page.select_one(".module-list-button")
    assert book is not None
    assert book["href"] == "../../../index.html"


def test_a_text_tells_no_folder(api: ModuleType, tmp_path: Path) -> None:
    """A default that is a text and not a path."""
    code = (
        '"""A module."""\n\n\ndef find(place: str = __file__) -> None:\n    """Find a place."""\n'
    )
    (tmp_path / "tiny_api/part/two.py").write_text(code, encoding="utf-8")
    api.main(tmp_path / "_site")
    page = page_of(tmp_path, "api/tiny_api/part/two.html")
    assert "'./tiny_api/part/two.py'" in page.get_text()
    assert str(tmp_path) not in str(page)


def test_a_page_is_the_same_in_every_folder(
    api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A default is shown, or left out, by its length."""
    api.main(tmp_path / "_site")
    deep = tmp_path / ("a folder with a long name " * 4)
    for name in ("tiny_api", "_site"):
        shutil.copytree(tmp_path / name, deep / name)
    _move(api, deep, monkeypatch)
    shutil.rmtree(api.KEPT)
    api.main(deep / "_site")
    page = page_of(deep, "api/tiny_api/part/one.html")
    assert page == page_of(tmp_path, "api/tiny_api/part/one.html")
    assert page.get_text().count("Path('tiny_api/part')") == 2


def test_a_label_leads_to_its_page(api: ModuleType, tmp_path: Path) -> None:
    api.main(tmp_path / "_site")
    page = page_of(tmp_path, "api/tiny_api/part/one.html")
    links = page.select('a[href*="eq-"]')
    assert [link["href"] for link in links] == ["../../../report/page.html#eq-one"] * 2
    assert "eq-elsewhere" in page.get_text()


@pytest.mark.parametrize("end", ["", "-data", "-kmeans", "-mixture", "-components", "-shown"])
def test_an_old_address_leads_to_the_reference(api: ModuleType, tmp_path: Path, end: str) -> None:
    api.main(tmp_path / "_site")
    name = f"report/api{end}.html"
    for _ in range(2):
        page = page_of(tmp_path, name)
        refresh = page.select_one("meta[http-equiv=refresh]")
        assert refresh is not None
        target = str(refresh["content"]).partition("url=")[2]
        assert [link["href"] for link in page.select("a")] == [target]
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
    assert name == "api/tiny_api.html"
    assert page_of(tmp_path, name).select_one("main")


def test_a_render_of_the_pdf_alone_gets_no_pages(api: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "_site" / "index.html").unlink()
    api.main(tmp_path / "_site")
    assert not (tmp_path / "_site" / "api").exists()


def test_pages_are_kept(api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api.main(tmp_path / "_site")
    before = (tmp_path / "_site/api/tiny_api/part/one.html").read_bytes()
    (tmp_path / "_site/api/tiny_api/part/one.html").unlink()
    monkeypatch.setattr(api, "make", lambda *arguments: pytest.fail("made again"))
    api.main(tmp_path / "_site")
    assert (tmp_path / "_site/api/tiny_api/part/one.html").read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("return times * x", "return x * times", False),
        ("    pass", "    return None", False),
        ("A number.", "Any number.", True),
        ("times: int = 2", "times: int = 4", True),
        ("MOST = 3", "MOST = 4", True),
        ("def double", "def twice", True),
    ],
)
def test_pages_are_made_again_for_what_they_show(
    api: ModuleType, tmp_path: Path, old: str, new: str, shown: bool
) -> None:
    before = api.digest({})
    path = tmp_path / "tiny_api/part/one.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert (api.digest({}) != before) == shown


@pytest.mark.parametrize("kept", [b"", b"[1]", b'{"a": ', None])
def test_what_is_kept_of_sources_may_be_damaged(
    api: ModuleType, monkeypatch: pytest.MonkeyPatch, kept: bytes | None
) -> None:
    sound = api.digest({})
    with monkeypatch.context() as patched:
        patched.setattr(api.ast, "parse", lambda _: pytest.fail("parsed again"))
        assert api.digest({}) == sound
    api.SURFACES.unlink()
    if kept is None:
        api.SURFACES.mkdir()
    else:
        api.SURFACES.write_bytes(kept)
    assert api.digest({}) == sound


def test_pages_are_made_again_when_a_label_has_moved(api: ModuleType) -> None:
    assert api.digest({"eq-one": "a.html#eq-one"}) != api.digest({"eq-one": "b.html#eq-one"})


# --- what was rendered -----------------------------------------------------------------------


@cache
def pages() -> dict[str, BeautifulSoup]:
    """The pages of the reference, by address."""
    found = {
        path.relative_to(SITE).as_posix(): BeautifulSoup(path.read_bytes(), "html.parser")
        for path in sorted((SITE / "api").rglob("*.html"))
    }
    if not found:
        sentence = "_site/api/ is missing: render the site first, with make site."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def public_names(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[str]:
    """Classes with their methods and properties, functions, and constants."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(tree, ast.Module):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            shown = "TypeVar(" not in ast.unparse(node)
            yield from (n for n in names if shown and n.isupper() and not n.startswith("_"))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from public_names(node, f"{prefix}{node.name}.")


@pytest.mark.site
def test_every_public_name_is_in_the_reference() -> None:
    missing = []
    for path in sorted((ROOT / "analysis").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = "/".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if "/_" in name:
            continue
        page = pages().get(f"api/{name}.html")
        ids = {str(tag["id"]) for tag in page.select("[id]")} if page else set()
        if page is None:
            missing.append(name)
        names = public_names(ast.parse(path.read_bytes()))
        missing += [f"{name}: {wanted}" for wanted in names if wanted not in ids]
    assert not missing


@pytest.mark.site
def test_every_link_of_the_reference_leads_somewhere() -> None:
    @cache
    def ids(name: str) -> set[str]:
        text = (SITE / name).read_text(encoding="utf-8")
        return set(re.findall(r'\bid="([^"]+)"', text))

    broken = []
    for name, page in pages().items():
        for href in {str(link["href"]) for link in page.select("a[href]")}:
            path, _, fragment = href.partition("#")
            if re.match(r"https?:", path):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            target = target if path else name
            if not (SITE / target).is_file() or (fragment and fragment not in ids(target)):
                broken.append(f"{name}: {href}")
    assert not broken


@pytest.mark.site
def test_every_label_is_a_link() -> None:
    plain = []
    for name, page in pages().items():
        for other in page.select("a, code, style, script, pre"):
            other.extract()
        plain += [f"{name}: {label}" for label in re.findall(LABEL, page.get_text(" "))]
    pages.cache_clear()
    assert not plain


@pytest.mark.site
def test_the_reference_asks_no_other_server() -> None:
    for name, page in pages().items():
        text = str(page)
        assert not page.select("[src], link[href], script[src], iframe"), name
        assert not re.search(r"@import|url\(['\"]?(?:https?:)?//", text), name


@pytest.mark.site
def test_the_reference_is_the_same_twice(tmp_path: Path) -> None:
    """No page shows a time, a place, or a set in the order that one process had it in."""
    site = tmp_path / "site"
    shutil.copytree(SITE, site, ignore=shutil.ignore_patterns("api", "*.svg", "*.pdf", "*.png"))
    told = {"QUARTO_PROJECT_OUTPUT_DIR": str(site), "BOOK_CACHE": str(tmp_path / "kept")}
    subprocess.run(
        [sys.executable, ROOT / "report" / "api.py"],
        check=True,
        env={**os.environ, **told, "PYTHONHASHSEED": "8"},
    )
    made = {path: path.read_bytes() for path in sorted((site / "api").rglob("*.html"))}
    assert made
    differ = [p for p, html in made.items() if (SITE / p.relative_to(site)).read_bytes() != html]
    assert [path.relative_to(site).as_posix() for path in differ] == []
