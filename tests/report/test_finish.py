"""What is put right on Quarto's pages, on a page as Quarto writes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pikepdf
import pytest
from chapters import load_script

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

FORMULA = (
    '<math display="inline" xmlns="http://www.w3.org/1998/Math/MathML"><semantics>'
    "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"
    '<annotation encoding="application/x-tex">a &lt; b &amp; c</annotation></semantics></math>'
)
PAGE = f"""\
<script src="https://cdn.example.org/require.min.js" crossorigin="anonymous"></script>
<script type="application/javascript">define('jquery', [],function() {{return window.$;}})</script>
<script src="site_libs/own.js"></script>
<div id="2b393aa5" class="cell" data-execution_count="8"><p>It is {FORMULA}.</p></div>
<div id="cell-code-own" class="cell"></div>
"""
SET = (
    '<span class="n"><math><semantics><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>'
    '<annotation encoding="application/x-tex">a &lt; b &amp; c</annotation></semantics></math>'
    ".</span>"
)


@pytest.fixture
def finish() -> ModuleType:
    return load_script("finish")


@pytest.fixture
def site(finish: ModuleType, tmp_path: Path) -> Path:
    """A site of one page, put right twice."""
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    styles = tmp_path / "site_libs" / "bootstrap"
    styles.mkdir(parents=True)
    (styles / "bootstrap-dark-1f.min.css").write_text("body{}", encoding="utf-8")
    said = [{"href": "index.html#a", "text": "It is a&lt;ba &lt; b & c."}]
    (tmp_path / "search.json").write_text(json.dumps(said), encoding="utf-8")
    finish.main(tmp_path)
    finish.main(tmp_path)
    return tmp_path


def test_a_page_asks_no_other_server_and_has_no_names_made_by_chance(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert page == (
        '<script src="site_libs/own.js"></script>\n'
        f'<div class="cell" data-execution_count="8"><p>It is {SET}</p></div>\n'
        '<div id="cell-code-own" class="cell"></div>\n'
    )


def test_formulas_are_set_as_the_other_renderer_sets_them(finish: ModuleType) -> None:
    det = '<mrow><mi mathvariant="normal">det</mi><mo>\u2061</mo></mrow><mi>L</mi>'
    for look in ("inline", "block"):
        math = f'<math display="{look}" xmlns="x">{det}</math>'
        once = finish.tidied(math)
        assert ' width=".17em"' in once
        assert finish.tidied(once) == once


def test_the_search_has_a_formula_once(site: Path) -> None:
    [entry] = json.loads((site / "search.json").read_text(encoding="utf-8"))
    assert entry["text"] == "It is a&lt;b."


def test_every_font_that_the_style_names_is_there_once(site: Path) -> None:
    style = (site / "site_libs/bootstrap/bootstrap-dark-1f.min.css").read_text(encoding="utf-8")
    fonts = {path.name for path in (site / "site_libs/fonts").iterdir()}
    assert fonts == {"serif.woff2", "serif-italic.woff2", "sans.woff2", "math.woff2"}
    assert [style.count(f"url(../fonts/{name})") for name in fonts] == [1, 1, 1, 1]


def test_a_render_of_the_pdf_alone_packs_it(finish: ModuleType, tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        for _ in range(9):
            pdf.add_blank_page()
        pdf.save(tmp_path / "book.pdf", min_version="1.7")
    finish.main(tmp_path)
    [path] = tmp_path.iterdir()
    with pikepdf.open(path) as pdf:
        assert (len(pdf.pages), pdf.is_linearized) == (9, True)
    packed = path.read_bytes()
    finish.main(tmp_path)
    assert path.read_bytes() == packed
    assert b"/ObjStm" in packed
