"""The rendered pages in a browser: on a phone and at full width, light and dark."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from chapters import ROOT
from PIL import Image, ImageStat

from tests.render.accessibility import violations

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
GROUND = """() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
    .reduce((sum, part) => sum + Number(part) / 3, 0)"""
"""How bright the page's ground is, of 255."""


def brightness(page: Page) -> float:
    """Return the mean brightness of the first figure on a page."""
    figure = page.locator("main figure img:visible").first
    return ImageStat.Stat(Image.open(io.BytesIO(figure.screenshot())).convert("L")).mean[0]


SIZES = ((1280, "light"), (360, "dark"))


def show(page: Page, width: int, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    # What is too wide is reachable by keyboard once the page has been laid out in its new width.
    page.wait_for_function(f"() => ({UNREACHABLE})().length === 0", timeout=5000)


@pytest.mark.parametrize("name", PAGES or ["index.html"])
def test_a_page_works(browser: Browser, name: str) -> None:
    context = browser.new_context(bypass_csp=True)
    page, errors, requests = context.new_page(), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: requests.append(request.url))
    show(page, *SIZES[0])
    page.goto((SITE / name).as_uri())
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    page.evaluate(EAGER)
    for width, theme in SIZES:
        show(page, width, theme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(SMALL) == []
        ground = page.evaluate(GROUND)
        assert (ground < 128) == (theme == "dark")
        if page.locator("main figure img:visible").count():
            assert abs(ground - brightness(page)) < 100, "the figure is a card on the page"
    assert not errors
    assert all(url.startswith(("file:", "data:", "blob:")) for url in requests)
    for width, theme in SIZES:
        show(page, width, theme)
        # Inside a formula there is nothing to find, and half of the time would go there.
        assert not violations(page, without=["math"]), (width, theme)
    context.close()
