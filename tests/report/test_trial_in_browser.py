"""K-Means and EM in the reader's browser: the package's numbers, by keyboard, on a phone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from chapters import ROOT

from analysis.book import study
from analysis.findings.comparison import trial as trials
from analysis.methods.mixture.model import COVARIANCE_TYPES
from analysis.show.trial.page import page as make_page, small
from tests.render.conftest import OWN_FILES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
METHODS = ROOT / "analysis" / "show" / "trial" / "methods.js"
CLOSE = {"rtol": 1e-9, "atol": 1e-9}
RUN = """([rows, start, method, kind]) => {
    const data = Methods.table(rows);
    const run = Methods[method](data, start, { kind });
    const found = [];
    for (let now = run.next(); ; now = run.next()) {
        const plain = (list) => Array.from(list, (line) => Array.from(line));
        found.push({ value: now.value, centers: plain(now.centers), labels: [...now.labels] });
        if (now.done) return found;
    }
}"""

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page by itself, without the book around it."""
    path = tmp_path_factory.mktemp("trial") / "page.html"
    html = make_page(study.trial).html
    head = "<!doctype html><html lang=en><meta charset=utf-8><title>Try</title>"
    size = '<meta name="viewport" content="width=device-width">'
    path.write_text(f"{head}{size}<main><h1>Try</h1>{html}</main>", encoding="utf-8")
    return path


@pytest.fixture
def open_page(open_context: Open, alone: Path) -> Open:
    """Open the page; at the end none may have complained or asked other hosts."""

    def start(name: str = "", path: Path = alone, **options: Any) -> Page:
        options = {"heard": None, "asked": OWN_FILES, "reduced_motion": "reduce", **options}
        page: Page = open_context(**options).new_page()
        page.goto(path.as_uri() + name)
        return page

    return start


def said(page: Page) -> dict[str, str]:
    return page.locator(".trial-says").evaluate("(line) => ({ ...line.dataset })")  # type: ignore[no-any-return]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


# -- the package's numbers -----------------------------------------------------------------------


def test_each_step_has_the_packages_numbers(open_page: Open) -> None:
    """From the same start, centres and objective agree to nine digits in every half-step."""
    from analysis.methods.kmeans.steps import assign, lloyd_steps
    from analysis.methods.mixture.steps import em_steps, m_step

    page = open_page()
    songs = trials.table_of(study.trial, trials.SONGS)[0]
    logs = dataclasses.replace(trials.SONGS, coding="logs", features=(0, 1, 4), scale=False)
    for name, X in (("songs", songs), ("logs", trials.table_of(study.trial, logs)[0][::2])):
        start = X[[1, 60, 170, 280, 390, 480]]
        found = page.evaluate(RUN, [X.tolist(), start.tolist(), "kmeans", "full"])
        steps = list(lloyd_steps(X, start))
        assert len(found) == len(steps), name
        for here, step in zip(found, steps, strict=True):
            np.testing.assert_allclose(here["value"], step.inertia, **CLOSE)
            np.testing.assert_allclose(here["centers"], step.centers, **CLOSE)
            assert here["labels"] == step.labels.tolist()
    X = songs[::4]
    start = X[[1, 60, 170]]
    for kind in COVARIANCE_TYPES:
        found = page.evaluate(RUN, [X.tolist(), start.tolist(), "mixture", kind])
        first = m_step(X, np.eye(3)[assign(X, start)], kind, trials.FLOOR)
        em = list(em_steps(X, first, tol=trials.TOL, reg_covar=trials.FLOOR, max_iter=300))
        assert len(found) == len(em), kind
        for here, one in zip(found, em, strict=True):
            np.testing.assert_allclose(here["value"], one.log_likelihood, **CLOSE)
            np.testing.assert_allclose(here["centers"], one.parameters.means, **CLOSE)


def test_clusters_that_empty_are_filled_as_in_the_package(open_page: Open) -> None:
    from analysis.methods.kmeans.steps import lloyd_steps

    X = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [30.0]])
    start = np.array([[1.0], [11.0], [500.0]])
    found = open_page().evaluate(RUN, [X.tolist(), start.tolist(), "kmeans", "full"])
    steps = list(lloyd_steps(X, start))
    assert [here["value"] for here in found] == pytest.approx([step.inertia for step in steps])
    assert found[-1]["labels"] == steps[-1].labels.tolist()


def test_the_experiments_end_where_the_package_ends(open_page: Open) -> None:
    """Data, recoding, scaling, draws of the start, run, agreement and chance, all together."""
    page = open_page()
    for name, run in study.trial.runs.items():
        page.evaluate("name => { location.hash = '#try-' + name }", name)
        page.wait_for_function(
            "want => document.querySelector('select[name=data]').value === want",
            arg=run.setting.data,
        )
        press(page, "To the end")
        page.wait_for_function("() => document.querySelector('.trial-says').dataset.low")
        found, chance = said(page), study.trial.baselines[name]
        assert found["done"] == "true", name
        assert int(found["round"]) == run.n_rounds, name
        got = [float(found[key]) for key in ("value", "ari", "low", "high")]
        want = [run.values[-1], run.ari, chance.low, chance.high]
        np.testing.assert_allclose(got, want, **CLOSE, err_msg=name)


def test_the_matched_share_is_the_packages(open_page: Open) -> None:
    from analysis.methods.indices.external import contingency, matched_from_tables

    page, rng = open_page(), np.random.default_rng(3)
    for n_groups, k in ((10, 4), (3, 12), (10, 10)):
        groups, labels = rng.integers(n_groups, size=200), rng.integers(k, size=200)
        found = page.evaluate(
            "([g, n, l, k]) => Methods.agreement(g, n, l, k).matched",
            [groups.tolist(), n_groups, labels.tolist(), k],
        )
        table = contingency(groups, labels).to_numpy()[np.newaxis]
        assert found == pytest.approx(float(matched_from_tables(table)[0]))


# -- the reader's hands --------------------------------------------------------------------------


def test_all_of_it_works_by_keyboard(open_page: Open) -> None:
    page = open_page("#try-stretched")
    page.get_by_label("Method").focus()
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Covariances").is_visible()
    page.get_by_label("Clusters, k").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert said(page)["step"] == "M"
    assert "method=mixture" in page.url
    assert "k=4" in page.url
    page.get_by_label("Start", exact=True).select_option("clicks")
    page.get_by_text("Place by numbers").focus()
    page.keyboard.press("Enter")
    for x, y in ((0, 0), (-5, 2)):
        page.get_by_label("Across", exact=True).last.fill(str(x))
        page.get_by_label("Up", exact=True).last.fill(str(y))
        page.get_by_role("button", name="Add").press("Enter")
    press(page, "To the end")
    assert said(page)["done"] == "true"
    heard = page.get_by_role("status").filter(has_text="Settled")
    heard.wait_for()
    assert "ARI" in heard.inner_text()
    page.reload()
    assert page.get_by_label("Start", exact=True).input_value() == "clicks"
    press(page, "To the end")
    assert said(page)["done"] == "true"


def test_clicks_place_points_and_centres(open_page: Open) -> None:
    page = open_page("#data=mine&k=2&start=plusplus&method=kmeans&scale=0")
    stage = page.locator(".trial-stage")
    for x, y in ((100, 100), (110, 120), (400, 300), (420, 310), (260, 200)):
        stage.click(position={"x": x, "y": y})
    press(page, "To the end")
    assert said(page)["done"] == "true"
    page.get_by_label("A click adds").select_option("centre")
    for x, y in ((100, 100), (400, 300), (260, 210)):
        stage.click(position={"x": x, "y": y})
    press(page, "To the end")
    assert stage.get_attribute("aria-label").startswith("5 points in 3 clusters.")
    assert page.get_by_role("row").count() == 0
    page.get_by_text("Runs so far").click()
    assert page.get_by_role("row").count() == 3


def test_a_hostile_address_does_nothing(open_page: Open) -> None:
    evil = "#data=%3Cimg%20src=x%3E&k=1e9&seed=-4&features=99&method=x&clicks=1~NaN_&kind=y"
    page = open_page(evil)
    assert page.get_by_label("Data").input_value() == "songs"
    press(page, "To the end")
    assert said(page)["done"] == "true"
    assert page.locator(".trial img").count() == 0


def test_a_run_moves_and_a_reader_who_wants_no_motion_sees_its_end(open_page: Open) -> None:
    page = open_page("#try-songs")
    press(page, "Run")
    assert said(page)["done"] == "true"
    page.emulate_media(reduced_motion="no-preference")
    press(page, "Run again")
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.wait_for_function("() => document.querySelector('.trial-says').dataset.round > 2")
    press(page, "Pause")
    assert said(page)["done"] == "false"


def test_a_phone_has_room_for_it(open_page: Open) -> None:
    page = open_page("#try-songs-mixture", viewport={"width": 390, "height": 800}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(
            ".trial :is(button, select, input[type=number], .trial-check, summary)")]
            .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect())
            .map((box) => Math.min(box.width, box.height))"""
    )
    assert len(sizes) > 15
    assert min(sizes) >= 24
    page.locator(".trial-stage").tap()


def test_the_small_form_of_a_chapter_begins_when_it_is_seen(open_page: Open, alone: Path) -> None:
    """It has made-up points alone, and leaves the chapter's address as it is."""
    run, path = study.trial.runs["trap"], alone.with_name("small.html")
    form = small(study.trial, "trap").html
    path.write_text(
        f"<meta charset=utf-8><p style='height:5000px'>Text<main>{form}</main>", "utf-8"
    )
    page = open_page("#text", path, viewport={"width": 390, "height": 800})
    assert page.locator(".trial-says").text_content() == ""
    height = "(form) => form.getBoundingClientRect().height"
    before = page.locator(".trial").evaluate(height)
    page.locator(".trial").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.trial-says').dataset.low")
    assert page.locator(".trial").evaluate(height) == pytest.approx(before, abs=1)
    press(page, "To the end")
    assert float(said(page)["value"]) == pytest.approx(run.values[-1], rel=1e-9)
    assert page.get_by_label("Data").locator("option").first.text_content() == "Blobs"
    assert not page.get_by_label("Method").is_visible()
    press(page, "Run again")
    assert page.url.endswith("small.html#text")


@pytest.mark.site
def test_without_scripts_there_are_the_figure_and_the_table(
    browser: Browser, open_page: Open
) -> None:
    site = ROOT / "_site" / "report" / "try.html"
    page = open_page(path=site, java_script_enabled=False)
    assert page.get_by_text("scripts are off").is_visible()
    assert page.locator("#fig-try-runs img").is_visible()
    assert page.locator("#tbl-try-runs table").is_visible()
    assert page.locator(".trial :is(button, canvas, select)").count() == 0


@pytest.mark.site
def test_the_chapters_links_lead_to_experiments(browser: Browser, open_page: Open) -> None:
    names = set(study.trial.runs)
    site = ROOT / "_site" / "report"
    page = open_page(path=site / "kmeans.html")
    page.locator('main a[href="try.html#try-stretched"]').click()
    chosen = page.locator("select[name=data] option[value=stretched]:checked")
    chosen.wait_for(state="attached")
    links = page.eval_on_selector_all(
        "main a[href^='#try-']", "all => all.map((a) => a.hash.slice(5))"
    )
    assert set(links) <= names
    assert len(links) > 8
    assert json.loads(page.locator(".trial script").first.text_content())["presets"].keys() == names
