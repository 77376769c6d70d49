"""Figures of the principal components: loadings, the songs along few axes, what is hidden."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from analysis.findings.comparison.principal_axes import Colouring, Components, Hidden, View
from analysis.numbers import percent
from analysis.show.figures.style import (
    BLUE,
    INK,
    MARKERS,
    MUTED,
    ORANGE,
    PALETTE,
    SMALL,
    group_style,
    heatmap,
    in_style,
    new_figure,
    plain,
)
from analysis.show.names import grouping

START = (-0.9, 0.3)
"""How far the fixed view in three dimensions is turned and tilted, in radians."""

_LARGER = {"P": 1.25, "X": 1.2, "*": 1.5, "^": 1.15, "v": 1.15, "<": 1.15, ">": 1.15}
"""How much larger than others a marker has to be, to look as large."""

MOST_IN_LEGEND = 30
"""A legend of more groups would be longer than its picture is high."""


def pca_loadings(components: Components) -> Figure:
    """Draw the correlation of every feature with every component, and each axis in words."""
    columns = [
        "\n".join([f"Axis {axis}", *components.words(axis).split(", ")])
        for axis in range(1, components.n_axes + 1)
    ]
    lines = max(column.count("\n") for column in columns)
    with in_style():
        figure = new_figure(height=0.8 + 0.4 * components.n_axes + 0.16 * lines, width=6.0)
        ax = figure.subplots()
        heatmap(
            ax,
            components.loadings.to_numpy(),
            [feature.title for feature in components.features],
            columns,
            limit=1.0,
            bar="Correlation of\nfeature and component",
        )
    return figure


def pca_planes(view: View) -> Figure:
    """Draw the songs in the plane of the first two axes, in three colourings, and the features."""
    with in_style():
        figure = new_figure(height=8.4)
        grid = figure.subplots(2, 2)
        for ax, colouring in zip(grid.ravel(), view.colourings, strict=False):
            draw_songs(ax, view.points[:, :2], colouring, size=3.4)
            _legend(ax, colouring)
            ax.set_aspect("equal", adjustable="datalim")
            ax.set_title(grouping(colouring.name))
            ax.set(xlabel=axis_label(view, 0), ylabel=axis_label(view, 1))
        _features(grid[1, 1], view)
    return figure


def pca_hidden(hidden: Hidden) -> Figure:
    """Draw what the first axes show of distances and neighbours, and where groups differ."""
    axes = hidden.frame.index.to_numpy()
    with in_style():
        figure = new_figure(height=2.9)
        left, right = figure.subplots(1, 2)
        for column, label, marker, colour in (
            ("distance", "squared distance", "^", INK),
            ("neighbours", f"{hidden.n_neighbours} nearest songs", "v", MUTED),
            ("nearest", "nearest song", "P", BLUE),
        ):
            left.plot(axes, hidden.frame[column], marker=marker, color=colour, label=label, ms=5)
        left.set(xlabel="Axes that are seen", ylabel="Share kept", xticks=axes)
        for group, marker, colour in zip(
            hidden.groups, ("o", "s", "D"), (BLUE, ORANGE, INK), strict=True
        ):
            right.plot(
                axes, group.by_axis, marker=marker, color=colour, label=grouping(group.name), ms=5
            )
        right.set(xlabel="Axis", ylabel="Share of its variance\nbetween groups", xticks=axes)
        for ax in (left, right):
            ax.set_ylim(0, 1.05)
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        left.legend(loc="lower right")
        right.legend(loc="upper right")
    return figure


def axis_label(view: View, axis: int) -> str:
    """Return what stands at an axis (0, 1, 2) of a view."""
    return f"Axis {axis + 1} ({percent(view.shares[axis], 1)} of the variance)"


def project(
    points: NDArray[np.float64], turn: float, tilt: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn points in three dimensions about the second axis, tilt them, and see them flat.

    Parameters
    ----------
    points : ndarray of shape (n, 3)
    turn, tilt : float
        Radians. With both 0 the first axis points right, the second up and the third to the eye.

    Returns
    -------
    flat : ndarray of shape (n, 2)
        Right and up.
    depth : ndarray of shape (n,)
        Towards the eye.
    """
    x, y, z = points.T
    across = np.cos(turn) * x + np.sin(turn) * z
    away = np.cos(turn) * z - np.sin(turn) * x
    up = np.cos(tilt) * y - np.sin(tilt) * away
    return np.column_stack([across, up]), np.sin(tilt) * y + np.cos(tilt) * away


def look(colouring: Colouring, group: int) -> dict[str, Any]:
    """Return the colour and the marker of a group of a colouring."""
    style = colouring.styles[group]
    if colouring.name == "genres":
        return {"color": PALETTE[style % len(PALETTE)], "marker": MARKERS[style % len(MARKERS)]}
    return group_style(colouring.name, style)


def draw_songs(
    ax: Axes,
    flat: NDArray[np.float64],
    colouring: Colouring,
    *,
    size: float,
) -> None:
    """Draw the songs in batches that mix the groups, so that none lies on top of all others."""
    rows = np.random.default_rng(0).permutation(len(flat))
    for batch in np.array_split(rows, 2):
        for group in range(len(colouring.groups)):
            x, y = flat[batch[colouring.labels[batch] == group]].T
            style = look(colouring, group)
            ms = size * _LARGER.get(style["marker"], 1.0)
            if len(x):
                ax.plot(x, y, ls="", ms=ms, mew=0.2, mec="white", rasterized=True, **style)
    if colouring.name == "genres":
        return
    shape = "circle,pad=0.12" if colouring.name == "kmeans" else "square,pad=0.12"
    for group in range(len(colouring.groups)):
        mine = colouring.labels == group
        if mine.any():
            ax.annotate(
                str(group),
                flat[mine].mean(axis=0),
                ha="center",
                va="center",
                fontsize=SMALL,
                fontweight="bold",
                bbox={"boxstyle": shape, "fc": "white", "ec": "none", "alpha": 0.85},
            )


def _legend(ax: Axes, colouring: Colouring) -> None:
    if len(colouring.groups) > MOST_IN_LEGEND:
        return
    numbers = colouring.name != "genres"
    handles = [
        Line2D(
            [],
            [],
            ls="",
            ms=5,
            label=str(group) if numbers else plain(name),
            **look(colouring, group),
        )
        for group, name in enumerate(colouring.groups)
    ]
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=5 if numbers else 4,
        fontsize=SMALL,
        handletextpad=0.1,
        columnspacing=0.8,
    )


def _features(ax: Axes, view: View) -> None:
    """Draw the features' loadings on two axes, as arrows in the circle that holds them."""
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(angle), np.sin(angle), color=MUTED, lw=0.8)
    ends = view.loadings.iloc[:, :2].to_numpy()
    for x, y in ends:
        ax.annotate("", (x, y), (0, 0), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 1.2})
    for (x, y), names in _named_ends(view, ends):
        aside = abs(x) > abs(y)
        ax.annotate(
            names,
            (x, y),
            xytext=(0, -9) if aside else (0, 4 if y > 0 else -4),
            textcoords="offset points",
            ha="center",
            va="top" if aside or y < 0 else "bottom",
            fontsize=SMALL,
            bbox={"boxstyle": "square,pad=0.05", "fc": "white", "ec": "none", "alpha": 0.85},
        )
    ax.set_title("The features")
    ax.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal")
    ax.set(xlabel="Correlation with axis 1", ylabel="Correlation with axis 2")


def _named_ends(view: View, ends: NDArray[np.float64]) -> list[tuple[tuple[float, float], str]]:
    """Join the names of features whose arrows end so close together that names would overlap."""
    left = list(range(len(ends)))
    out = []
    while left:
        group = [i for i in left if np.abs(ends[i] - ends[left[0]]).max() < 0.25]
        left = [i for i in left if i not in group]
        x, y = ends[group].mean(axis=0)
        out.append(((float(x), float(y)), "\n".join(view.features[i].title for i in group)))
    return out
