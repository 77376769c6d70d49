"""What the page's script is told: axes, groups, each song, and the picture that Bokeh draws."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.findings.comparison.each_song import EachSong
from analysis.show.explorer.axes import axes_of
from analysis.show.figures.style import GROUPS, INK, MUTED, PALETTE

NAME = "exploredSongs"
"""The global variable under which the page's script finds the data."""
SHAPES = (
    *(("triangle", "▲"), ("diamond", "◆"), ("inverted_triangle", "▼"), ("star", "★")),
    *(("hex", "⬢"), ("cross", "+"), ("x", "×"), ("asterisk", "∗"), ("square_pin", "✦")),
)
"""Bokeh's markers of the genres, and signs like them; as many have no factor in common with the
colours' number."""
LEAST = 5e-4
"""A smaller posterior probability is left out."""


@dataclasses.dataclass(frozen=True, eq=False)
class Way:
    """A way to sort the songs into groups.

    Attributes
    ----------
    key, title : str
        What the page's script and its reader call it.
    groups : tuple of str
        The groups' names.
    looks : tuple of (str, str, str)
        The colour of each, Bokeh's name of its marker, and a sign that looks like it.
    of : ndarray of shape (n_songs,), int
        The place of each song's group in `groups`.
    """

    key: str
    title: str
    groups: tuple[str, ...]
    looks: tuple[tuple[str, str, str], ...]
    of: NDArray[np.int64]

    @property
    def values(self) -> tuple[str, ...]:
        """What the page's address calls the groups: genres by name, the others by number."""
        return self.groups if self.key == "genre" else tuple(map(str, range(len(self.groups))))


def ways_of(found: EachSong) -> tuple[Way, ...]:
    """Return the ways to colour the songs: by genre, cluster and component."""
    genres, of_genre = np.unique(found.songs["genre"].to_numpy(dtype=str), return_inverse=True)
    n_components = found.probabilities.shape[1]
    n_clusters = 1 + int(found.songs["cluster"].max())
    looks = (
        [(PALETTE[i % len(PALETTE)], *SHAPES[i % len(SHAPES)]) for i in range(len(genres))],
        [(GROUPS[i % len(GROUPS)], "circle", "●") for i in range(n_clusters)],
        [(GROUPS[i % len(GROUPS)], "square", "■") for i in found.styles],
    )
    groups = (
        tuple(map(str, genres)),
        tuple(f"Cluster {i}" for i in range(n_clusters)),
        tuple(f"Component {i}" for i in range(n_components)),
    )
    labels = (of_genre.reshape(-1), found.songs["cluster"], found.songs["component"])
    titles = (("genre", "Genre"), ("cluster", "Cluster"), ("component", "Component"))
    return tuple(
        Way(key, title, names, tuple(look), np.asarray(of, dtype=np.int64))
        for (key, title), names, look, of in zip(titles, groups, looks, labels, strict=True)
    )


def script_of(found: EachSong, song: str = "") -> str:
    """Return a script that sets one global variable to all that the page's own script needs.

    A song that is named is picked when the page opens. Nothing in the script ends it.
    """
    axes, ways, songs = axes_of(found), ways_of(found), found.songs
    data = {
        "axes": [
            {
                **dataclasses.asdict(axis),
                "values": _short(found.coordinates[axis.key].to_numpy(dtype=np.float64)),
            }
            for axis in axes
        ],
        "features": len(found.features),
        "first": {"x": "axis 1", "y": "axis 2", "colour": "genre", "song": song},
        "ways": [
            {
                "key": way.key,
                "title": way.title,
                "groups": way.groups,
                "values": way.values,
                "looks": way.looks,
                "of": way.of.tolist(),
            }
            for way in ways
        ],
        "names": songs["track"].tolist(),
        "certainty": _short(songs["certainty"].to_numpy()),
        "margin": _short(songs["kmeans_margin"].to_numpy()),
        "distance": _short(songs["distance"].to_numpy()),
        "rank": songs["rank"].tolist(),
        "agrees": songs["agrees"].astype(int).tolist(),
        "probabilities": [
            [
                [int(i), round(float(row[i]), 3)]
                for i in np.argsort(-row, kind="stable")
                if row[i] >= LEAST
            ]
            for row in found.probabilities
        ],
        "nearest": found.nearest.tolist(),
        "picture": _picture(),
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", r"\u003c")
    return f"var {NAME}={text};\n"


def _short(values: NDArray[np.float64]) -> list[float]:
    """Return values with five significant digits."""
    return [float(f"{value:.5g}") for value in values]


def _picture() -> Any:
    """Return the picture as Bokeh reads it; the page's script fills its sources."""
    from bokeh.embed import json_item
    from bokeh.models import ColumnDataSource, HoverTool, Range1d, TapTool, Text
    from bokeh.plotting import figure

    songs, picked, near, numbers = (
        ColumnDataSource({name: [] for name in columns}, name=source)
        for source, columns in (
            ("songs", ("x", "y", "size", "colour", "marker", "name", "groups")),
            ("picked", ("x", "y")),
            ("near", ("x0", "y0", "x1", "y1")),
            ("numbers", ("x", "y", "text")),
        )
    )
    plot = figure(
        name="plot",
        height=520,
        sizing_mode="stretch_width",
        x_range=Range1d(),
        y_range=Range1d(),
        tools="box_zoom,wheel_zoom,pan,reset",
        active_drag=None,
        active_scroll=None,
        toolbar_location="above",
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        min_border_right=10,
    )
    plot.toolbar.logo = None
    for axis in (plot.xaxis, plot.yaxis):
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = "14px"
        axis.major_label_text_font_size = "13px"
        axis.axis_label_text_color = axis.major_label_text_color = INK
        axis.axis_line_color = axis.major_tick_line_color = MUTED
        axis.minor_tick_line_color = None
    plot.grid.grid_line_color = "#e2e2e2"
    plot.segment("x0", "y0", "x1", "y1", source=near, line_color=INK, line_width=1.5)
    dots = plot.scatter(
        "x",
        "y",
        source=songs,
        size="size",
        marker="marker",
        color="colour",
        fill_alpha=0.75,
        line_alpha=0.9,
        nonselection_fill_alpha=0.75,
        nonselection_line_alpha=0.9,
    )
    plot.scatter("x", "y", source=picked, size=22, line_color=INK, line_width=3, fill_color=None)
    number = Text(
        x="x",
        y="y",
        text="text",
        anchor="center",
        text_color=INK,
        text_font_size="14px",
        text_font_style="bold",
        background_fill_color="#ffffffcc",
    )
    plot.add_glyph(numbers, number)
    plot.add_tools(
        HoverTool(renderers=[dots], tooltips=[("", "@name"), ("", "@groups")]),
        TapTool(renderers=[dots], mode="replace"),
    )
    return json_item(plot)
