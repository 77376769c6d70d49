"""The page on every song, as rendered: keys, filters, names, the address, the file, no script."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chapters import ROOT

from analysis.book import study
from analysis.show.explorer.files import write_files
from analysis.show.explorer.page import FOLDER, LIBRARY, SHOWN, SONGS, alone, explorer
from tests.render.conftest import OWN_FILES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]
PAGE = ROOT / "_site" / "report" / "explore.html"
PLOT = ".explorer-plot"
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """What the page's script is told."""
    text = (PAGE.parent / FOLDER / SONGS).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex(";")])
    return found


@pytest.fixture
def open_page(browser: Browser, open_context: Open) -> Open:
    """Open a page; at the end none may have complained or asked other hosts."""

    def start(address: str = "", path: Path = PAGE, **options: Any) -> Page:
        page: Page = open_context(asked=OWN_FILES, **options).new_page()
        page.goto(path.as_uri() + address)
        if options.get("java_script_enabled", True):
            page.locator(f"{PLOT} .bk-events").wait_for()
            page.evaluate("document.fonts.ready.then(() => 0)")
        return page

    return start


def state(page: Page) -> dict[str, str]:
    said = "Object.fromEntries(new URLSearchParams(location.hash.slice(1)))"
    return dict(page.evaluate(said))


def count(page: Page) -> int:
    return int(page.locator(".explorer-count").inner_text().split()[0].replace(",", ""))


def control(page: Page, label: str) -> Locator:
    own = page.locator(".explorer label").filter(has_text=re.compile(f"^{label}"))
    return own.locator("[data-for]")


def place(page: Page, song: int, data: dict[str, Any]) -> tuple[float, float]:
    """Return where a song is drawn in the window, at the first view."""
    axes = {axis["key"]: axis["values"] for axis in data["axes"]}
    found = page.evaluate(
        """([x, y]) => {
            const view = [...Bokeh.index.roots][0];
            const box = view.canvas_view.el.getBoundingClientRect();
            return [box.x + view.frame.x_scale.compute(x), box.y + view.frame.y_scale.compute(y)];
        }""",
        [axes["axis 1"][song], axes["axis 2"][song]],
    )
    return found[0], found[1]


def test_keys_go_from_song_to_song(open_page: Open, data: dict[str, Any]) -> None:
    page = open_page(reduced_motion="reduce")
    across = next(axis["values"] for axis in data["axes"] if axis["key"] == "axis 1")
    in_order = [data["names"][i] for i in sorted(range(len(across)), key=across.__getitem__)]
    page.locator(PLOT).focus()
    scrolled = page.evaluate("scrollY")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert state(page) == {"song": in_order[2]}
    assert page.evaluate("scrollY") == scrolled
    page.locator(".explorer-heard", has_text=f"{in_order[2]}: ").wait_for()
    assert page.locator(".explorer-heard").get_attribute("role") == "status"
    page.keyboard.press("End")
    assert state(page) == {"song": in_order[-1]}
    page.keyboard.press("Escape")
    assert state(page) == {}
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.matches('.explorer-plot')"), "a trap"


def test_what_is_told_of_a_song_is_so(open_page: Open, data: dict[str, Any]) -> None:
    song = next(i for i, known in enumerate(data["probabilities"]) if 0.5 < known[0][1] < 0.9)
    page = open_page(f"#song={data['names'][song]}")
    told = page.locator(".explorer-song").inner_text()
    of = {way["key"]: way["groups"][way["of"][song]] for way in data["ways"]}
    best, probability = data["probabilities"][song][0]
    assert of["genre"] in told
    assert f"Component {best} {100 * probability:.1f}%" in told
    assert of["component"] == f"Component {best}"
    near = page.locator(".explorer-song button").all_inner_texts()
    assert near == [data["names"][i] for i in data["nearest"][song]]
    page.get_by_role("button", name=near[0], exact=True).first.click()
    assert state(page) == {"song": near[0]}


def test_filters_names_and_the_address(open_page: Open, data: dict[str, Any]) -> None:
    page = open_page()
    genre, apart = data["ways"][0], data["agrees"].count(0)
    control(page, "Methods").select_option("apart")
    assert count(page) == apart
    control(page, "Genre").select_option(genre["groups"][0])
    inside = [i for i, k in enumerate(genre["of"]) if k == 0 and not data["agrees"][i]]
    assert count(page) == len(inside)
    control(page, "Find by name").fill(data["names"][inside[3]].upper())
    assert count(page) == 1
    page.keyboard.press("Enter")
    kept = state(page)
    assert kept["song"] == data["names"][inside[3]]
    again = open_page(f"#{page.url.partition('#')[2]}&x=tempo&colour=component&y=nonsense")
    assert count(again) == 1
    assert control(again, "Across").input_value() == "tempo"
    assert control(again, "Up").input_value() == "axis 2", "what is not known is the first view"
    assert kept["song"] in again.locator(".explorer-song").inner_text()
    again.get_by_role("button", name="Show all").click()
    assert count(again) == len(data["names"])
    assert state(again) == {}


def test_links_of_the_text_bring_views(open_page: Open, data: dict[str, Any]) -> None:
    page = open_page()
    links = page.locator("main a[href*='='][href^='#']")
    assert links.count() >= 3
    known = {axis["key"] for axis in data["axes"]}
    for link in links.all():
        page.get_by_role("button", name="Show all").click()
        link.click()
        assert page.locator(".explorer-controls").is_visible()
        wanted = state(page)
        assert wanted
        assert {wanted[key] for key in ("x", "y") if key in wanted} <= known
        for found in page.locator(".explorer [data-for]").all():
            key = str(found.get_attribute("data-for"))
            assert found.input_value() == wanted.get(key, data["first"].get(key, ""))


def test_the_table_sorts_and_is_saved_as_shown(open_page: Open, data: dict[str, Any]) -> None:
    page = open_page("#methods=agree")
    header = page.get_by_role("button", name="Tempo (BPM)", exact=True)
    header.click()
    header.click()
    column = page.get_by_role("columnheader", name="Tempo (BPM)")
    assert column.get_attribute("aria-sort") == "descending"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download these songs").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    tempi = [float(row["tempo"]) for row in rows]
    assert len(rows) == sum(data["agrees"])
    assert tempi == sorted(tempi, reverse=True)
    assert {row["track"] for row in rows} == {
        name for name, agrees in zip(data["names"], data["agrees"], strict=True) if agrees
    }
    first = page.locator(".explorer-table tbody th").first.inner_text()
    assert first == rows[0]["track"]


def test_a_phone_s_thumb_picks_a_song_and_scrolls_the_page(
    open_page: Open, data: dict[str, Any]
) -> None:
    page = open_page(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """() => [...document.querySelectorAll(".explorer :is(button, select, input)")]
            .filter((target) => { const box = target.getBoundingClientRect();
                return box.width && Math.min(box.width, box.height) < 24; })
            .map((target) => target.outerHTML)"""
    )
    assert small == []
    page.locator(PLOT).scroll_into_view_if_needed()
    values = next(axis["values"] for axis in data["axes"] if axis["key"] == "axis 1")
    song = values.index(min(values))
    page.touchscreen.tap(*place(page, song, data))
    page.locator(".explorer-heard", has_text=data["names"][song]).wait_for()
    client, scrolled = page.context.new_cdp_session(page), page.evaluate("scrollY")
    x, y = place(page, song, data)
    for step in range(10):
        kind = "touchMove" if step else "touchStart"
        points = [{"x": x, "y": y - 12 * step}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("before => scrollY > before + 30", arg=scrolled)


def test_without_a_script_there_are_a_figure_and_a_table(open_page: Open) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 390, "height": 800})
    assert not page.locator(".explorer-live").is_visible()
    assert page.locator("#fig-planes img").is_visible()
    assert page.locator("noscript tbody tr").count() == SHOWN
    file = page.locator("noscript a").get_attribute("href")
    assert file
    assert (PAGE.parent / file).is_file()
    box = page.locator(".explorer").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390


def test_other_songs_with_hostile_names(browser: Browser, open_page: Open, tmp_path: Path) -> None:
    """Three features, four genres, and names that would begin an element or end a script."""
    evil = "</script>\"'`<img src=x onerror=window.hurt=1>, &amp;\\"
    found = study.each_song
    genres = {name: f"genre {i % 4}" for i, name in enumerate(sorted(set(found.songs["genre"])))}
    songs = found.songs.assign(genre=found.songs["genre"].map(genres | {"blues": evil}))
    songs.loc[0, "track"] = f"{evil} song"
    axes = ["energy", "loudness", "valence", "axis 1", "axis 2", "axis 3"]
    found = dataclasses.replace(
        found,
        songs=songs,
        coordinates=found.coordinates[axes],
        features=found.features[1:4],
        recoded=(),
        shares=found.shares[:3],
    )
    path = tmp_path / "page.html"
    html = explorer(found).data.split("\n", 1)[1].rsplit("\n", 1)[0]
    path.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    write_files(found, tmp_path / FOLDER)

    page = open_page(path=path)
    assert count(page) == len(songs)
    control(page, "Genre").select_option(evil)
    assert count(page) == (songs["genre"] == evil).sum()
    assert evil in page.locator(".explorer-legend").inner_text()
    page.get_by_role("button", name=f"{evil} song", exact=True).click()
    assert state(page) == {"genre": evil, "song": f"{evil} song"}
    page.locator(".explorer-heard", has_text="onerror").wait_for()
    told = {"axes": [{"key": key, "values": found.coordinates[key].tolist()} for key in axes]}
    page.locator(PLOT).scroll_into_view_if_needed()
    page.mouse.move(*place(page, 0, told))
    page.locator(".bk-Tooltip", has_text="onerror").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download these songs").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert rows[0]["track"] == f"{evil} song"
    again = open_page(f"#{page.url.partition('#')[2]}", path=path)
    assert f"{evil} song" in again.locator(".explorer-song").inner_text()
    whole = tmp_path / "alone.html"
    whole.write_text(
        f"<!doctype html><meta charset=utf-8>{alone(found, f'{evil} song')}", encoding="utf-8"
    )
    by_itself = open_page(path=whole)
    assert by_itself.locator(".explorer-name").inner_text() == f"{evil} song"
    for opened in (page, again, by_itself):
        assert opened.locator(".explorer img").count() == 0
        assert opened.evaluate("window.hurt") is None

    (tmp_path / FOLDER / LIBRARY).unlink()
    bare = browser.new_page()
    bare.goto(path.as_uri())
    bare.locator(PLOT, has_text="could not be drawn").wait_for()
    assert bare.locator(".explorer-table tbody tr").count() > SHOWN
    bare.close()
