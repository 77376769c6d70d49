"""analysis.show.figures.steps: pictures to move through, without a script and without motion."""

from __future__ import annotations

import re

import numpy as np
import pytest
from bs4 import BeautifulSoup

from analysis.book import Book
from analysis.show import figures
from analysis.show.figures import em_picture
from analysis.show.figures.steps import MOST_ROUNDS, Steps, scale_of, to_view

PICTURES = {
    "lloyd": lambda study: figures.lloyd_picture.lloyd_steps(study.plane_run),
    "em": lambda study: figures.em_picture.em_steps(study.em_plane),
}


@pytest.fixture(scope="module", params=PICTURES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def picture(name: str, gtzan: Book) -> Steps:
    return PICTURES[name](gtzan)


@pytest.fixture(scope="module")
def html(picture: Steps) -> str:
    return picture._repr_html_()


@pytest.fixture(scope="module")
def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


@pytest.fixture(scope="module")
def lloyd(gtzan: Book) -> BeautifulSoup:
    return BeautifulSoup(PICTURES["lloyd"](gtzan)._repr_html_(), "html.parser")


@pytest.fixture(scope="module")
def em(gtzan: Book) -> BeautifulSoup:
    return BeautifulSoup(PICTURES["em"](gtzan)._repr_html_(), "html.parser")


def said(soup: BeautifulSoup) -> list[str]:
    return [soup.find(id=radio["aria-labelledby"]).get_text() for radio in soup.find_all("input")]


def test_one_button_a_step(soup: BeautifulSoup, picture: Steps, name: str) -> None:
    radios = soup.find_all("input")
    assert len(radios) == len(picture.sentences)
    assert {radio["name"] for radio in radios} == {name}
    assert [radio.has_attr("checked") for radio in radios] == [True] + [False] * (len(radios) - 1)
    assert said(soup) == list(picture.sentences)
    assert said(soup)[0].startswith("The start: 10 songs")
    assert said(soup)[-1].endswith("the run ends.")


def test_rounds_of_lloyds_algorithm(lloyd: BeautifulSoup, gtzan: Book) -> None:
    assert len(said(lloyd)) == len(gtzan.plane_run.chosen(MOST_ROUNDS)) + 1
    assert said(lloyd)[1].startswith("Round 1: every song")
    assert said(lloyd)[-1].startswith(f"Round {gtzan.plane_run.n_iter}: no song")


def test_rounds_of_em(em: BeautifulSoup, gtzan: Book) -> None:
    run = gtzan.em_plane
    assert len(said(em)) == len(run.chosen(em_picture.MOST_ROUNDS))
    assert said(em)[1].startswith(f"Round 1: {run.n_moved(run.states[1])} songs with a new")
    assert said(em)[-1].startswith(f"Round {run.n_iter}: ")


def test_each_step_is_shown_by_its_button(html: str, soup: BeautifulSoup, name: str) -> None:
    for i, radio in enumerate(soup.find_all("input")):
        assert radio["id"] == f"{name}-{i}"
        assert f"#{name}-{i}:checked~.steps-view .f{i}" in html
        assert f"#{name}-{i}:checked~.steps-says>.f{i}" in html
        frames = soup.select(f".steps-view .f{i}")
        numbers = [tspan.get_text() for tspan in frames[-1].find_all("tspan")]
        assert numbers == [str(n) for n in range(1, 11)]


def test_each_round_has_its_cells(lloyd: BeautifulSoup) -> None:
    for i in range(len(said(lloyd))):
        frames = lloyd.select(f".steps-view .f{i}")
        assert len(frames) == 2
        assert len(frames[0].find_all("path")) == 10


def test_back_and_next_lead_to_the_neighbours(soup: BeautifulSoup, name: str) -> None:
    panels = soup.select(".steps-says > div")
    for i, panel in enumerate(panels):
        leads = [label["for"] for label in panel.find_all("label")]
        near = [f"{name}-{j}" for j in (i - 1, i + 1) if 0 <= j < len(panels)]
        assert leads == near
        assert all(soup.find(id=lead) for lead in leads)


def places_of(path: str) -> list[tuple[int, int]]:
    x = y = 0
    places = []
    for dx, dy in re.findall(r"m(-?\d+) (-?\d+)h0", path):
        x, y = x + int(dx), y + int(dy)
        places.append((x, y))
    return places


def test_every_song_is_drawn_once(lloyd: BeautifulSoup, gtzan: Book) -> None:
    (songs,) = lloyd.select(".steps-view > path.s")
    places = places_of(songs["d"])
    assert len(places) == gtzan.dataset.n_songs
    _, _, width, height = map(int, lloyd.svg["viewbox"].split())
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_what_a_step_of_em_shows(em: BeautifulSoup, gtzan: Book) -> None:
    """The shade on top, from the layers that are not hidden, is the song's at that step."""
    run = gtzan.em_plane
    at = to_view(run.box)(run.scores)
    shown: dict[tuple[int, int], str] = {}
    for i, state in enumerate(run.chosen(em_picture.MOST_ROUNDS)):
        (layer,) = em.select(f".l{i}")
        for path in layer.find_all("path", recursive=False):
            shown.update(dict.fromkeys(places_of(path["d"]), path["class"][0]))
        alone = {tuple(place) for place in at if np.sum((at == place).all(axis=1)) == 1}
        for place, label, level in zip(at, state.labels, state.levels, strict=True):
            if tuple(place) in alone:
                assert shown[tuple(place)] == f"s{label}{'abc'[level]}"
        assert not layer.find_parent(class_=f"l{i + 1}")
    for i in range(1, len(run.chosen(em_picture.MOST_ROUNDS))):
        assert em.select(f".l{i - 1} > .l{i}")


def test_choosing_a_step_of_em_hides_what_comes_later(gtzan: Book) -> None:
    html = PICTURES["em"](gtzan)._repr_html_()
    for i in range(len(gtzan.em_plane.chosen(em_picture.MOST_ROUNDS)) - 1):
        assert f"#em-{i}:checked~.steps-view .l{i + 1}" in html


def test_ellipses_are_where_the_components_are(em: BeautifulSoup, gtzan: Book) -> None:
    run = gtzan.em_plane
    for i, state in enumerate(run.chosen(em_picture.MOST_ROUNDS)):
        (frame,) = em.select(f"g.f{i}")
        drawn = frame.find_all("ellipse")
        assert len(drawn) == run.n_components
        for shape, center, (longer, _) in zip(
            drawn, to_view(run.box)(state.means), state.axes, strict=True
        ):
            x, y = center
            assert shape["transform"].startswith(f"translate({x} {y})rotate(")
            assert float(shape["rx"]) == pytest.approx(longer * scale_of(run.box), abs=0.06)


def test_no_script_no_motion_no_address(html: str) -> None:
    for word in ("<script", "onclick", "transition", "animation", "<animate", "http", "url(#"):
        assert word not in html
    assert len(html) < 70_000


def test_the_same_bytes(html: str, name: str, gtzan: Book) -> None:
    assert PICTURES[name](gtzan)._repr_html_() == html


def test_it_says_what_it_is(soup: BeautifulSoup, picture: Steps, name: str) -> None:
    assert len(soup.svg["aria-label"]) > 40
    assert soup.svg["role"] == "img"
    assert soup.find(role="radiogroup")["aria-label"].startswith("Rounds of ")
    end = {"lloyd": "rounds of Lloyd's algorithm", "em": "rounds of the EM algorithm"}
    assert repr(picture).endswith(end[name])


def test_a_group_can_be_named_with_quotes() -> None:
    steps = Steps("x", "a 'b' \"c\" <d>", "text", ("One.",), "<svg></svg>")
    soup = BeautifulSoup(steps._repr_html_(), "html.parser")
    assert soup.div["aria-label"] == "a 'b' \"c\" <d>"
