"""Where Quarto is: its book reads well, and says what the portable renderer's says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from difflib import unified_diff
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from chapters import ROOT

from render.quarto import find_quarto
from tests.render.conftest import stop_or_skip
from tests.render.reader import lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

QUARTO = find_quarto()
pytestmark = [
    pytest.mark.quarto,
    pytest.mark.skipif(QUARTO is None, reason="there is no Quarto to render with"),
]
LEFT_OUT = shutil.ignore_patterns(
    "_site*", ".git", ".venv", ".*_cache", "__pycache__", "tests", "benchmarks", "docs"
)
EXPECTED = ("[IPKernelApp] WARNING", "verapdf is not installed", "typst-gather")
"""What it warns of on every machine that has no more than Quarto and the environment."""
SHOWN = re.compile(r"\s+")
NUMBERED = re.compile(
    r"^ *((?:Figure|Table)\s+[\dA-Z.]*\d(?=:)"
    r"|(?:Theorem|Lemma|Proposition|Corollary|Definition)\s+[\dA-Z.]*\d(?=\s\())..(.+)",
    re.MULTILINE,
)
"""The number and the first words of a caption, or of a theorem with a name."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project rendered by Quarto, in a copy; what is kept of an earlier render is used."""
    assert QUARTO is not None
    copy = tmp_path_factory.mktemp("quarto") / "book"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    said = subprocess.run(
        [QUARTO.path, "render"],
        cwd=copy,
        env={**os.environ, "QUARTO_PYTHON": sys.executable},
        check=False,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    warnings = [line for line in said.stderr.splitlines() if "WARN" in line]
    assert [line for line in warnings if not any(words in line for words in EXPECTED)] == []
    return copy


@pytest.fixture(scope="module")
def site(book: Path) -> Path:
    return book / "_site"


@pytest.fixture(scope="module")
def pdf(site: Path) -> str:
    if shutil.which("pdftotext") is None:
        stop_or_skip("pdftotext is missing: install poppler-utils")
    [path] = site.glob("*.pdf")
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


def pages(site: Path) -> set[str]:
    return {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"404.html"}


def by_script(page: str) -> bool:
    """Whether the project's own script made a page: the reference, and what leads to it."""
    return page.startswith(("api/", "report/api"))


def test_both_renderers_show_the_same(book: Path, site: Path) -> None:
    portable = [sys.executable, "-m", "render", "--engine", "portable", "--to", "html"]
    ours = book.parent / "ours"
    subprocess.run([*portable, "--output", str(ours)], cwd=book, check=True)
    assert pages(ours) == pages(site)
    different = [
        line
        for page in sorted(pages(ours))
        if not by_script(page)
        for line in unified_diff(
            lines(site, page), lines(ours, page), f"Quarto: {page}", "ours", lineterm="", n=0
        )
    ]
    assert not different, "\n".join(different)
    for page in filter(by_script, pages(ours)):
        assert (ours / page).read_bytes() == (site / page).read_bytes(), page


def test_nothing_on_a_page_is_named_by_chance(site: Path) -> None:
    for page in pages(site):
        text = (site / page).read_text(encoding="utf-8")
        assert not re.findall(r'id="[0-9a-f]{6,8}"', text), page


def test_the_search_has_each_formula_once(site: Path) -> None:
    entries = json.loads((site / "search.json").read_text(encoding="utf-8"))
    found = [word for entry in entries for word in re.findall(r"\\[a-z]+\b", entry["text"])]
    assert found == []
    assert any("∑" in entry["text"] for entry in entries)


@pytest.mark.browser
def test_pages_fit_ask_no_other_server_and_are_as_the_reader_likes(
    site: Path, chromium: Browser, serve: Callable[[Path], str]
) -> None:
    address = serve(site)
    asked: set[str] = set()
    wide = []
    for width, scheme in ((390, "dark"), (320, "light"), (1280, "dark")):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        page = context.new_page()
        page.on("request", lambda request: asked.add(request.url))
        for name in sorted(pages(site)):
            if by_script(name):
                continue
            page.goto(address + name)
            page.wait_for_load_state("load")
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append((name, width))
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            is_dark = sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128
            assert is_dark == (scheme == "dark"), (name, scheme, ground)
        fonts = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').length")
        assert fonts > 0
        context.close()
    assert wide == []
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()


@pytest.mark.browser
def test_what_readers_run_runs(site: Path, chromium: Browser, serve: Callable[[Path], str]) -> None:
    page, errors = chromium.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    address = serve(site) + "report/"
    page.goto(address + "explore.html")
    page.locator(".explorer-table tbody tr").first.wait_for()
    page.locator(".explorer-plot canvas").first.wait_for()
    for name in ("try", "kmeans", "gmm"):
        page.goto(address + f"{name}.html")
        page.locator(".trial").scroll_into_view_if_needed()
        page.get_by_role("button", name="To the end", exact=True).click()
        page.locator(".trial-says[data-done='true']").wait_for()
    page.close()
    assert errors == []


@pytest.mark.browser
def test_a_proof_ends_with_a_mark(
    site: Path, chromium: Browser, serve: Callable[[Path], str]
) -> None:
    page = chromium.new_page()
    page.goto(serve(site) + "report/kmeans.html")
    marks = page.evaluate(
        "[...document.querySelectorAll('.proof')]"
        ".map(proof => getComputedStyle(proof.lastElementChild, '::after').content)"
    )
    page.close()
    assert marks
    assert set(marks) == {'"□"'}


@pytest.mark.pdf
def test_numbers_in_the_pdf_have_no_full_stop_of_their_own(pdf: str) -> None:
    assert re.findall(r"Chapter\s+\d+\.(?=\)|\s+[a-z])|Appendix\s+[A-Z]\.\)", pdf) == []
    assert re.findall(r"(?:Figure|Table)\s+0\.\d", pdf) == []
    assert "Figure 1:" in pdf


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKC", text)))


@pytest.mark.pdf
def test_what_is_numbered_has_the_same_number_on_the_site_and_in_the_pdf(
    site: Path, pdf: str
) -> None:
    said, headings = {}, []
    for page in filter(lambda page: not by_script(page), pages(site)):
        soup = BeautifulSoup((site / page).read_text("utf-8"), "html.parser")
        for math in soup.find_all("math"):
            math.replace_with("=")
        titles = soup.select("figcaption, caption, .theorem-title")
        found = (NUMBERED.search(title.get_text()) for title in titles)
        said |= {SHOWN.sub("", each[1]): each[2].partition("=")[0] for each in found if each}
        headings += soup.select("h2[data-number], h3[data-number]")
    printed = {SHOWN.sub("", name): words for name, words in NUMBERED.findall(pdf)}
    for name, words in printed.items():
        pair = letters(words), letters(said.get(name, "nothing on the site"))
        assert pair[0].startswith(pair[1]) or pair[1].startswith(pair[0]), (name, pair)
    kinds = {name.rstrip("ABCDE.0123456789") for name in printed}
    assert {"Figure", "Table", "Theorem", "Definition"} <= kinds

    kept = 0
    for heading in headings:
        number = str(heading["data-number"])
        words = heading.get_text().removeprefix(number).partition("=")[0].split()
        title = r"\s+".join(map(re.escape, words))
        alike = re.escape(number.partition(".")[0]) + r"(?:\.\d+)" * number.count(".")
        found = re.findall(rf"^ *({alike})\s+{title}", pdf, re.MULTILINE)
        assert not found or number in found, heading.get_text()  # one title may begin another
        kept += bool(found)
    assert kept > len(headings) / 2


@pytest.mark.pdf
def test_nothing_runs_off_a_page_of_the_pdf(site: Path, pdf: str) -> None:
    """Every word is within the margins, and the last row of the longest tables is there."""
    [path] = site.glob("*.pdf")
    boxes = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    width, height = map(float, re.search(r'<page width="(\S+)" height="(\S+)"', boxes).groups())
    words = re.findall(
        r'<word xMin="(\S+)" yMin="\S+" xMax="(\S+)" yMax="(\S+)">(.*?)</word>', boxes
    )
    assert words
    assert [
        word
        for left, right, bottom, word in words
        if float(left) < 60 or float(right) > width - 60 or float(bottom) > height - 25
    ] == []
    soup = BeautifulSoup((site / "report" / "ledger.html").read_text("utf-8"), "html.parser")
    tables = soup.select("main table")
    assert tables
    for table in tables:
        name = table.select("tr")[-1].find(["td", "th"])
        assert SHOWN.sub("", name.get_text())[:20] in SHOWN.sub("", pdf)


@pytest.mark.pdf
def test_proofs_in_the_pdf_end_with_a_mark(pdf: str) -> None:
    assert "Proof." in pdf
    assert sum(map(pdf.count, "□▫◻")) >= pdf.count("Proof.")
