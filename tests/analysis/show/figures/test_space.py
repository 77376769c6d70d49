"""A picture that turns, small, escaped, and readable without a script."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, strategies as st

from analysis.book import Book
from analysis.findings.comparison.principal_axes import View
from analysis.show import figures
from analysis.show.figures.pca import START, project
from analysis.show.figures.space import HEIGHT, WIDTH, lean, marker_shape, packed
from analysis.show.figures.style import GROUPS, MARKERS


@pytest.fixture(scope="module")
def html(gtzan: Book) -> str:
    return figures.space.song_space(gtzan.pca_view)._repr_html_()


@pytest.fixture(scope="module")
def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


@pytest.fixture(scope="module")
def data(soup: BeautifulSoup) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(soup.find("script", type="application/json").string)
    return loaded


def hostile(view: View) -> View:
    """The view, with names that would end a script, an element or a code block."""
    names = ("</script><b>bold</b>", "<img src=x onerror=alert(1)>", "```\n{python} `x`", "a&amp;b")
    genres = view.colourings[2]
    groups = (*names, *genres.groups[len(names) :])[: len(genres.groups)]
    tracks = ("</script><b>song</b>", "<!--<script>", "```", "日本 🎵", "日本 🎶", *view.tracks[5:])
    return dataclasses.replace(
        view,
        colourings=(*view.colourings[:2], dataclasses.replace(genres, groups=groups)),
        tracks=tracks,
    )


def unpacked(names: list[str]) -> list[str]:
    out, last = [], ""
    for name in names:
        last = last[: int(name[0], 36)] + name[1:]
        out.append(last)
    return out


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=50)))
def test_packed_names_can_be_unpacked(names: list[str]) -> None:
    assert unpacked(packed(names)) == [" ".join(name.split()) for name in names]


def test_packing_saves_room(gtzan: Book) -> None:
    tracks = gtzan.pca_view.tracks
    assert len("".join(packed(tracks))) < 0.4 * len("".join(tracks))


def test_the_data_are_the_studys(data: dict[str, object], gtzan: Book) -> None:
    view = gtzan.pca_view
    points = np.array(data["points"]).reshape(-1, 3)
    scale = np.linalg.norm(view.points, axis=1).max() / 500
    assert np.allclose(points * scale, view.points, atol=0.51 * scale)
    assert unpacked(str(data["names"]).split("\n")) == list(view.tracks)
    for way, colouring in zip(data["ways"], view.colourings, strict=True):  # type: ignore[call-overload]
        assert [ord(letter) - 48 for letter in way["of"]] == list(colouring.labels)
        assert tuple(way["groups"]) == colouring.groups
        looks = set(zip(way["colours"], way["markers"], strict=True))
        assert len(looks) == len(colouring.groups)


def test_at_the_start_every_song_is_in_the_picture(data: dict[str, object]) -> None:
    flat, _ = project(np.array(data["points"], dtype=float).reshape(-1, 3), *START)
    x, y = (flat * (1, -1) * data["unit"] + data["middle"]).T
    assert (x > 5).all()
    assert (x < WIDTH - 5).all()
    assert (y > 5).all()
    assert (y < HEIGHT - 5).all()


def test_the_fixed_picture_has_every_song_and_a_legend(soup: BeautifulSoup, gtzan: Book) -> None:
    paths = [path for path in soup.svg.find_all("path") if "h0" in path["d"]]
    assert [path["stroke"] for path in paths] == list(GROUPS)
    sizes = [path["d"].count("h0") for path in paths]
    assert sizes == list(gtzan.kmeans.sizes)
    assert [text.get_text() for text in soup.svg.find_all("text")[3:]] == list("0123456789")
    legend = [item.get_text().strip() for item in soup.select(".space-legend li")]
    assert legend == [f"Cluster {i}" for i in range(10)]
    assert soup.svg["role"] == "img"
    assert "1,000 songs" in soup.svg["aria-label"]
    assert not soup.find_all(["button", "input"]), "without the script they would do nothing"


def test_nothing_is_asked_of_other_hosts(html: str) -> None:
    for word in (
        "http",
        "//",
        "url(",
        "import(",
        "fetch",
        "src=",
        "eval",
        "innerHTML",
        "setInterval",
    ):
        assert word not in html, word
    assert "`" not in html, "it would end a block of raw HTML"
    assert "\n\n" not in html


def test_it_is_small(html: str) -> None:
    assert len(html.encode()) < 48_000


def test_names_stay_names(gtzan: Book) -> None:
    view = hostile(gtzan.pca_view)
    text = figures.space.song_space(view)._repr_html_()
    soup = BeautifulSoup(text, "html.parser")
    assert len(soup.find_all("script")) == 2
    assert not soup.find_all(["b", "img"])
    assert "`" not in text
    loaded = json.loads(soup.find("script", type="application/json").string)
    assert tuple(loaded["ways"][2]["groups"]) == view.colourings[2].groups
    assert unpacked(loaded["names"].split("\n"))[:5] == [
        *("</script><b>song</b>", "<!--<script>", "```", "日本 🎵", "日本 🎶")
    ]


def test_the_same_bytes(html: str, gtzan: Book) -> None:
    assert figures.space.song_space(gtzan.pca_view)._repr_html_() == html
    assert repr(figures.space.song_space(gtzan.pca_view)) == "1,000 songs along three axes"


@pytest.mark.parametrize("marker", ["o", "s", *MARKERS])
def test_markers_have_their_size(marker: str) -> None:
    shape = marker_shape(marker)
    assert re.fullmatch(r"m[-\d ]+z", shape)
    steps = np.array(shape[1:-1].split(), dtype=int).reshape(-1, 2)
    places = steps.cumsum(axis=0)
    assert len(places) >= 3
    assert np.abs(places).max() <= 71
    assert np.ptp(places, axis=0).min() >= 40


def test_markers_point_as_matplotlibs_do() -> None:
    """In the picture y grows downwards."""
    for marker, axis, sign in (("^", 1, -1), ("v", 1, 1), ("<", 0, -1), (">", 0, 1)):
        steps = np.array(marker_shape(marker)[1:-1].split(), dtype=int).reshape(-1, 2)
        tip = steps.cumsum(axis=0)
        along = tip[:, axis] * sign
        assert (along == along.max()).sum() == 1, marker


@given(st.floats(-7, 7), st.floats(-1.5, 1.5))
def test_turning_changes_no_distance(turn: float, tilt: float) -> None:
    points = np.random.default_rng(1).normal(size=(20, 3))
    flat, depth = project(points, turn, tilt)
    seen = np.column_stack([flat, depth])
    assert np.allclose(seen @ seen.T, points @ points.T)


def test_untouched_it_is_the_plane_of_the_first_axes() -> None:
    points = np.random.default_rng(1).normal(size=(20, 3))
    flat, depth = project(points, 0.0, 0.0)
    assert np.allclose(flat, points[:, :2])
    assert np.allclose(depth, points[:, 2])


def test_lean_scripts() -> None:
    script = "/* Why. */\n(function () {\n\n  /* What. */\n  const a = 1;\n})();\n"
    assert lean(script) == "(function () {\nconst a = 1;\n})();"


def test_many_clusters(gtzan: Book) -> None:
    """More groups than there are letters and colours."""
    view = gtzan.pca_view
    labels = np.arange(view.n_songs)
    groups = tuple(f"Cluster {i}" for i in labels)
    many = dataclasses.replace(
        view.colourings[0], labels=labels, groups=groups, styles=tuple(range(view.n_songs))
    )
    shown = dataclasses.replace(view, colourings=(many, *view.colourings[1:]))
    soup = BeautifulSoup(figures.space.song_space(shown)._repr_html_(), "html.parser")
    loaded = json.loads(soup.find("script", type="application/json").string)
    assert [ord(letter) - 48 for letter in loaded["ways"][0]["of"]] == list(labels)
    figures.pca.pca_planes(shown)
