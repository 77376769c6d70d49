"""The rendered pages in a browser: on a phone and at full width, light and dark."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from chapters import ROOT
from PIL import Image, ImageStat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]
SITE = ROOT / "_site"
REFERENCE = {*(SITE / "api").rglob("*.html"), *(SITE / "report").glob("api*.html")}
LARGEST = sorted(REFERENCE, key=lambda path: path.stat().st_size)[-3:]
"""The reference's pages are alike but for what they hold, so that a few stand for all."""
PAGES = sorted(
    path.relative_to(SITE).as_posix() for path in [*{*SITE.rglob("*.html")} - REFERENCE, *LARGEST]
)
UNREACHABLE = """() => [...document.querySelectorAll("main *")].filter((element) =>
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
    && element.scrollWidth > element.clientWidth + 1 && element.tabIndex < 0
).map((element) => element.outerHTML.slice(0, 80))"""
EAGER = """() => Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode();
}))"""
SMALL = """() => [...document.querySelectorAll("main figure img")].filter((image) => {
    const points = image.closest("#fig-headline") ? 9 : 8;
    const shown = image.getBoundingClientRect().width / image.naturalWidth;
    return shown && points * 96 / 72 * shown < 9;
}).map((image) => image.alt)"""
"""The figures whose smallest letters, of so many points as drawn, are less than 9 pixels high."""


def brightness(page: Page) -> list[float]:
    """Return the mean brightness of the page's ground and of the first figure on it."""
    ground = re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))
    figure = page.locator("main figure img:visible").first
    drawn = Image.open(io.BytesIO(figure.screenshot())).convert("L")
    return [sum(map(int, ground[:3])) / 3, ImageStat.Stat(drawn).mean[0]]


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
@pytest.mark.parametrize("name", PAGES or ["index.html"])
def test_a_page_works(browser: Browser, name: str, width: int, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True
    )
    page, errors, requests = context.new_page(), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    page.goto((SITE / name).as_uri())
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.evaluate(EAGER)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.wait_for_function(f"({UNREACHABLE})().length === 0", timeout=5000)
    assert page.evaluate(SMALL) == []
    if page.locator("main figure img:visible").count():
        ground, figure = brightness(page)
        assert abs(ground - figure) < 100, "the figure is a card on the page"
    assert not errors
    assert all(url.startswith(("file:", "data:", "blob:")) for url in requests)
    # Inside a formula there is nothing to find, and half of the time would go there.
    found = Axe().run(page, context={"exclude": [["math"]]}).response["violations"]
    context.close()
    assert not [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found]
