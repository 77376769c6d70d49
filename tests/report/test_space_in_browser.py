"""The picture that turns, on the rendered page: by mouse, touch, keys and buttons."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from chapters import ROOT

from tests.render.conftest import OWN_FILES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]
PAGE = ROOT / "_site" / "report" / "pca.html"
STAGE = ".space-stage"
Open = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, open_context: Open) -> Open:
    """Open a page; at the end none may have complained or asked other hosts."""

    def start(path: Path = PAGE, **options: Any) -> Page:
        page: Page = open_context(heard=None, asked=OWN_FILES, **options).new_page()
        page.goto(path.as_uri())
        if options.get("java_script_enabled", True):
            page.locator(STAGE).scroll_into_view_if_needed()
            settle(page)
        return page

    return start


def settle(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    frame = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(frame)


def arms(page: Page) -> list[tuple[float, ...]]:
    """Where the three axes are drawn: x1, y1, x2, y2 of each."""
    found = page.evaluate(
        f"""() => [...document.querySelectorAll("{STAGE} > svg > line")].map((line) =>
            ["x1", "y1", "x2", "y2"].map((name) => +line.getAttribute(name)))"""
    )
    return [tuple(ends) for ends in found]


def drawn(page: Page) -> str:
    return str(
        page.evaluate(
            f"""() => [...document.querySelectorAll("{STAGE} g > path")]
                .map((path) => path.getAttribute("d")).join("|")"""
        )
    )


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(STAGE).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_first_picture_is_the_fixed_one(open_page: Open) -> None:
    """What the script draws at the start is where the page's own picture has the axes."""
    with_script = open_page()
    page = open_page(java_script_enabled=False)
    path = page.locator(f"{STAGE} svg > path").first.get_attribute("d")
    assert path
    fixed = [
        [float(v) for v in arm.replace("L", " ").split()] for arm in path[1:].split("M") if arm
    ]
    assert np.allclose(fixed, arms(with_script), atol=1.5)


def test_without_a_script_there_is_a_picture_and_no_dead_control(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator(f"{STAGE} svg").is_visible()
    assert page.locator(".space-legend li").count() > 1
    assert page.locator(".space button, .space input, .space [tabindex]").count() == 0
    assert not page.locator(".space-says").is_visible()


def test_every_song_is_drawn(open_page: Open) -> None:
    page = open_page()
    for radio in page.locator(".space-by input").all():
        radio.check()
        settle(page)
        points = "JSON.parse(document.querySelector('.space script').textContent).points"
        assert drawn(page).count("M") == page.evaluate(points + ".length / 3")


def test_the_mouse_turns_it(open_page: Open) -> None:
    page = open_page()
    before = arms(page)
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    settle(page)
    sideways = arms(page)
    assert sideways[0] != before[0]
    assert sideways[1] == pytest.approx(before[1]), "the second axis is what it turns about"
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    settle(page)
    tilted = arms(page)
    assert tilted[1] != pytest.approx(before[1])
    page.mouse.move(x, y, steps=3)
    settle(page)
    assert arms(page) == tilted, "let go, it stays"


@pytest.mark.parametrize(
    ("key", "back"),
    [("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown"), ("+", "-"), ("=", "-")],
)
def test_keys_turn_it_there_and_back(open_page: Open, key: str, back: str) -> None:
    page = open_page()
    page.locator(STAGE).focus()
    before, scrolled = drawn(page), page.evaluate("scrollY")
    page.keyboard.press(key)
    settle(page)
    assert drawn(page) != before
    page.keyboard.press(back)
    settle(page)
    assert drawn(page) == before
    assert page.evaluate("scrollY") == scrolled


def test_home_and_end(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    page.locator(STAGE).focus()
    before = arms(page)
    page.keyboard.press("End")
    settle(page)
    flat = arms(page)
    assert flat[0][1] == flat[0][3], "the first axis lies level"
    assert flat[1][0] == flat[1][2], "the second stands upright"
    assert flat[2][:2] == flat[2][2:], "the third points at the eye"
    page.keyboard.press("Home")
    settle(page)
    assert arms(page) == before


def test_other_keys_are_the_pages(open_page: Open) -> None:
    page = open_page()
    page.locator(STAGE).focus()
    before = arms(page)
    page.keyboard.press("PageDown")
    page.wait_for_function("scrolled => scrollY > scrolled", arg=page.evaluate("scrollY") - 1)
    page.keyboard.press("Control+ArrowLeft")
    settle(page)
    assert arms(page) == before
    page.locator(STAGE).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.space-stage')"), "a trap"


@pytest.mark.parametrize(("motion", "frames"), [("no-preference", 3), ("reduce", 1)])
def test_reduced_motion_is_respected(open_page: Open, motion: str, frames: int) -> None:
    """The way back glides, and for readers who do not want that it jumps."""
    page = open_page(reduced_motion=motion)
    page.locator(STAGE).focus()
    page.keyboard.press("End")
    page.wait_for_timeout(500)
    seen = page.evaluate(
        f"""() => new Promise((done) => {{
            const line = document.querySelector("{STAGE} > svg > line"), found = new Set();
            const watch = new MutationObserver(() => found.add(line.getAttribute("x2")));
            watch.observe(line, {{ attributes: true, attributeFilter: ["x2"] }});
            [...document.querySelectorAll(".space-buttons button")]
                .find((button) => button.textContent === "Start").click();
            setTimeout(() => done(found.size), 900);
        }})"""
    )
    assert seen >= frames if motion == "no-preference" else seen == frames


def test_buttons_turn_it(open_page: Open) -> None:
    page = open_page()
    for name, back in (
        ("Turn left", "Turn right"),
        ("Tilt up", "Tilt down"),
        ("Larger", "Smaller"),
    ):
        before = drawn(page)
        page.get_by_role("button", name=name, exact=True).click()
        settle(page)
        assert drawn(page) != before
        page.get_by_role("button", name=back, exact=True).click()
        settle(page)
        assert drawn(page) == before


def test_a_touch_turns_it_sideways_and_scrolls_the_page_up_and_down(open_page: Open) -> None:
    page = open_page(
        viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    client = page.context.new_cdp_session(page)
    before, scrolled = arms(page), page.evaluate("scrollY")
    x, y = middle(page)

    def touch(kind: str, *point: float) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", x, y)
    for step in range(1, 9):
        touch("touchMove", x + 10 * step, y)
    touch("touchEnd")
    settle(page)
    turned = arms(page)
    assert turned[0] != before[0]
    assert page.evaluate("scrollY") == scrolled
    touch("touchStart", x, y)
    for step in range(1, 13):
        touch("touchMove", x, y - 10 * step)
    touch("touchEnd")
    page.wait_for_function("before => scrollY > before + 30", arg=scrolled)
    settle(page)
    assert arms(page) == turned, "the page was meant, not the picture"


def test_a_tap_names_a_song(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    page.touchscreen.tap(*middle(page))
    settle(page)
    names = page.evaluate("() => document.querySelector('.space-says').textContent")
    assert names.count(", ") == 2
    assert "Cluster" in names
    assert "Component" in names


def test_a_pointer_names_a_song_and_leaves_it(open_page: Open) -> None:
    page = open_page()
    says = page.locator(".space-says")
    hint = says.inner_text()
    page.mouse.move(*middle(page))
    settle(page)
    assert says.inner_text() != hint
    assert "Cluster" in says.inner_text()
    page.mouse.move(5, 5)
    settle(page)
    assert says.inner_text() == hint


def test_colours_can_be_switched(open_page: Open) -> None:
    page = open_page()
    stage, legend = page.locator(STAGE), page.locator(".space-legend button")
    ways = [label.inner_text().strip() for label in page.locator(".space-by label").all()]
    assert ways == ["K-Means", "Gaussian mixture", "Genres"]
    seen, places = set(), set()
    for way in ways:
        page.get_by_label(way, exact=True).check()
        settle(page)
        seen.add(tuple(legend.all_inner_texts()))
        places.add(frozenset(re.findall(r"M([-\d.]+ [-\d.]+)m", drawn(page))))
        assert str(stage.get_attribute("aria-label")).endswith(f"coloured by {way}")
    assert len(seen) == 3
    assert len(places) == 1, "only colours and markers change"


def test_a_name_in_the_legend_shows_its_songs_alone(open_page: Open) -> None:
    page = open_page()
    button = page.locator(".space-legend button").nth(2)
    button.click()
    settle(page)
    assert button.get_attribute("aria-pressed") == "true"
    strong = page.evaluate(
        f"""() => [...new Set([...document.querySelectorAll("{STAGE} g > path")]
            .filter((path) => path.getAttribute("opacity") === "1")
            .map((path) => path.getAttribute("fill")))]"""
    )
    assert len(strong) == 1
    button.click()
    settle(page)
    assert button.get_attribute("aria-pressed") == "false"
    assert not page.locator(f'{STAGE} g > path[opacity="0.08"]').count()


def test_what_is_heard_waits_for_a_pause(open_page: Open) -> None:
    page = open_page()
    page.evaluate(
        """() => { window.told = [];
            const heard = document.querySelector(".space-heard");
            new MutationObserver(() => told.push(heard.textContent))
                .observe(heard, { childList: true }); }"""
    )
    page.mouse.move(*middle(page))
    page.locator(STAGE).focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(800)
    told = page.evaluate("told")
    assert len(told) == 1
    assert told[0].startswith("Turned by ")
    page.keyboard.press("n")
    page.wait_for_timeout(800)
    assert page.evaluate("told.at(-1)") == page.locator(".space-says").inner_text()
    first = page.locator(".space-says").inner_text()
    page.keyboard.press("n")
    page.keyboard.press("p")
    assert page.locator(".space-says").inner_text() == first


def test_it_says_what_it_is(open_page: Open) -> None:
    page = open_page()
    stage = page.locator(STAGE)
    assert stage.get_attribute("role") == "application"
    assert stage.get_attribute("tabindex") == "0"
    assert "three dimensions" in str(stage.get_attribute("aria-label"))
    keys = page.locator("#" + str(stage.get_attribute("aria-describedby")))
    assert keys.is_visible()
    for word in ("arrow keys", "+", "−", "Home", "End"):
        assert word in keys.inner_text()
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".space button")]
            .map((button) => button.getBoundingClientRect())
            .map((box) => Math.min(box.width, box.height))"""
    )
    assert min(sizes) >= 24


def test_a_preview_of_it_takes_nothing_from_it(open_page: Open) -> None:
    """The copy that a link's preview shows has radio buttons too, of no group."""
    page = open_page()
    page.get_by_label("Genres", exact=True).check()
    settle(page)
    page.locator('main a[href="#fig-pca-space"]').first.hover()
    copied = page.locator("#preview .space-stage svg")
    copied.wait_for()
    assert page.locator(".space-by input").nth(2).is_checked()
    paths = "(of) => [...of.querySelectorAll('g > path')].map((path) => path.getAttribute('d'))"
    assert copied.evaluate(paths) == page.locator(f"{STAGE} svg").first.evaluate(paths)
    assert not page.locator("#preview .space-by").is_visible()


def test_the_focus_is_seen_all_round(open_page: Open) -> None:
    """The outline lies within the picture, so that nothing around it can cut it off."""
    page = open_page()
    page.locator(STAGE).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    width, offset = page.locator(STAGE).evaluate(
        """(stage) => { const { outlineWidth, outlineOffset } = getComputedStyle(stage);
            return [outlineWidth, outlineOffset]; }"""
    )
    assert float(width.removesuffix("px")) >= 2
    assert float(offset.removesuffix("px")) <= -float(width.removesuffix("px"))


def test_names_from_the_data_are_harmless(open_page: Open, tmp_path: Path) -> None:
    """A genre that would end the script and begin an element is shown letter by letter."""
    from analysis.book import study
    from analysis.show import figures

    evil = "</script><b>bold</b><img src=x onerror=window.hurt=1>"
    view = study.pca_view
    genres = view.colourings[2]
    renamed = dataclasses.replace(genres, groups=(evil, *genres.groups[1:]))
    view = dataclasses.replace(
        view, colourings=(*view.colourings[:2], renamed), tracks=(evil, *view.tracks[1:])
    )
    path = tmp_path / "page.html"
    picture = figures.space.song_space(view)._repr_html_()
    path.write_text(f"<!doctype html><meta charset=utf-8><p>{picture}", encoding="utf-8")
    page = open_page(path)
    page.get_by_label("Genres").check()
    page.locator(STAGE).focus()
    page.keyboard.press("n")
    settle(page)
    assert evil in page.locator(".space-legend").inner_text()
    assert page.locator(".space-says").inner_text().startswith(evil)
    assert page.locator(".space b, .space img").count() == 0
    assert page.evaluate("window.hurt") is None
