"""analysis.figures.steps: a picture to move through, without a script and without motion."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from analysis import figures
from analysis.figures.steps import MOST_ROUNDS
from analysis.study import Study


@pytest.fixture(scope="module")
def html(gtzan: Study) -> str:
    return figures.lloyd_steps(gtzan.plane_run)._repr_html_()


@pytest.fixture(scope="module")
def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_one_button_a_round(soup: BeautifulSoup, gtzan: Study) -> None:
    radios = soup.find_all("input")
    rounds = gtzan.plane_run.chosen(MOST_ROUNDS)
    assert len(radios) == len(rounds) + 1
    assert {radio["name"] for radio in radios} == {"lloyd"}
    assert [radio.has_attr("checked") for radio in radios] == [True] + [False] * len(rounds)
    said = [soup.find(id=radio["aria-labelledby"]).get_text() for radio in radios]
    assert said[0].startswith("The start: 10 songs")
    assert said[1].startswith("Round 1: every song")
    assert said[-1].startswith(f"Round {gtzan.plane_run.n_iter}: no song")
    assert said[-1].endswith("the run ends.")


def test_each_round_is_shown_by_its_button(html: str, soup: BeautifulSoup) -> None:
    for i, radio in enumerate(soup.find_all("input")):
        assert f"#{radio['id']}:checked~.lloyd-view .f{i}" in html
        assert f"#{radio['id']}:checked~.lloyd-says>.f{i}" in html
        frames = soup.select(f".lloyd-view .f{i}")
        assert len(frames) == 2
        assert len(frames[0].find_all("path")) == 10
        numbers = [tspan.get_text() for tspan in frames[1].find_all("tspan")]
        assert numbers == [str(n) for n in range(1, 11)]


def test_back_and_next_lead_to_the_neighbours(soup: BeautifulSoup) -> None:
    panels = soup.select(".lloyd-says > div")
    for i, panel in enumerate(panels):
        leads = [label["for"] for label in panel.find_all("label")]
        near = [f"lloyd-{j}" for j in (i - 1, i + 1) if 0 <= j < len(panels)]
        assert leads == near
        assert all(soup.find(id=lead) for lead in leads)


def test_every_song_is_drawn_once(soup: BeautifulSoup, gtzan: Study) -> None:
    (songs,) = soup.select(".lloyd-view > path.s")
    x = y = 0
    places = []
    for dx, dy in re.findall(r"m(-?\d+) (-?\d+)h0", songs["d"]):
        x, y = x + int(dx), y + int(dy)
        places.append((x, y))
    assert len(places) == gtzan.dataset.n_songs
    _, _, width, height = map(int, soup.svg["viewbox"].split())
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_no_script_no_motion_no_address(html: str) -> None:
    for word in ("<script", "onclick", "transition", "animation", "<animate", "http", "url(#"):
        assert word not in html
    assert len(html) < 70_000


def test_the_same_bytes(html: str, gtzan: Study) -> None:
    assert figures.lloyd_steps(gtzan.plane_run)._repr_html_() == html


def test_it_says_what_it_is(soup: BeautifulSoup, gtzan: Study) -> None:
    assert len(soup.svg["aria-label"]) > 40
    assert soup.svg["role"] == "img"
    assert repr(figures.lloyd_steps(gtzan.plane_run)).endswith("rounds of Lloyd's algorithm")
