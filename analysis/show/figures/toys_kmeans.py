"""Figures of made-up data for K-Means: six numbers on a line, four shapes, a rectangle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.findings.kmeans.plane import Box, voronoi_cells
from analysis.findings.kmeans.toys import SIX, MadeUp, Rest
from analysis.methods.kmeans.steps import Floats, LloydStep
from analysis.numbers import number
from analysis.show.figures.style import INK, MARKERS, MUTED, PALETTE, in_style, new_figure

NARROW = 3.6
"""Inches: what is drawn so wide can be read on a phone."""


def six_on_a_line(steps: Sequence[LloydStep]) -> Figure:
    """Draw the six numbers in a row for each round, with the centres before and after it."""
    assigned, updated = steps[::2], steps[1::2]
    with in_style():
        figure = new_figure(height=0.55 + 0.45 * len(assigned), width=NARROW)
        ax = figure.subplots()
        for before, after in zip(assigned, updated, strict=True):
            y = before.iteration
            ax.axhline(y, color=MUTED, lw=0.6, zorder=0)
            for cluster in range(len(before.centers)):
                x = SIX[before.labels == cluster]
                ax.plot(x, np.full(len(x), y), MARKERS[cluster], color=PALETTE[cluster], ms=7)
                old, new = before.centers[cluster, 0], after.centers[cluster, 0]
                ax.plot(old, y - 0.28, "|", color=PALETTE[cluster], ms=9, mew=2)
                ax.annotate(
                    "",
                    (new, y - 0.28),
                    (old, y - 0.28),
                    arrowprops={"arrowstyle": "->", "color": PALETTE[cluster], "shrinkB": 0},
                )
        ax.set_yticks(range(1, len(assigned) + 1), [f"Round {i + 1}" for i in range(len(assigned))])
        ax.set_xticks(SIX)
        ax.set_xlabel("The six numbers")
        ax.set_ylim(len(assigned) + 0.35, 0.45)
        ax.grid(visible=False)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(length=0)
    return figure


def shapes(shapes: Sequence[MadeUp]) -> Figure:
    """Draw made-up groups by marker, the clusters of K-Means by colour, and their borders."""
    with in_style():
        figure = new_figure(height=0.95 * NARROW, width=NARROW)
        panels = figure.subplots(2, 2).ravel()
        for ax, shape in zip(panels, shapes, strict=True):
            _cells(ax, shape.points, shape.centers, (1.0, 0.85))
            for group in np.unique(shape.groups):
                for cluster in range(len(shape.centers)):
                    chosen = (shape.groups == group) & (shape.labels == cluster)
                    ax.plot(
                        *shape.points[chosen].T,
                        MARKERS[group],
                        color=PALETTE[cluster],
                        ms=2.5,
                        mew=0,
                    )
            ax.plot(*shape.centers.T, "X", color="white", mec=INK, ms=8, zorder=4)
            ax.set_title(f"{shape.name}: ARI {number(shape.ari, 2)}")
    return figure


def rectangle(rests: Sequence[Rest]) -> Figure:
    """Draw two clusterings of a rectangle's corners on which Lloyd's algorithm rests."""
    with in_style():
        figure = new_figure(height=1.35, width=NARROW)
        for ax, rest in zip(figure.subplots(1, 2), rests, strict=True):
            _cells(ax, rest.points, rest.centers, (2.2, 1.4))
            for cluster, center in enumerate(rest.centers):
                inside = rest.points[rest.labels == cluster]
                for point in inside:
                    ax.plot(*np.column_stack([center, point]), color=MUTED, lw=0.8)
                ax.plot(*inside.T, MARKERS[cluster], color=PALETTE[cluster], ms=8)
            ax.plot(*rest.centers.T, "X", color="white", mec=INK, ms=8, zorder=4)
            ax.set_title(f"J = {number(rest.inertia, 0)}")
    return figure


def _cells(ax: Axes, points: Floats, centers: Floats, shape: tuple[float, float]) -> None:
    """Draw the cells of the centres in a box of a shape (width, height) around the points."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = 0.55 * np.max((high - low) / shape) * np.array(shape)
    (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half
    box: Box = (left, right, bottom, top)
    for cell, colour in zip(voronoi_cells(centers, box), PALETTE, strict=False):
        if len(cell):
            ax.fill(*cell.T, facecolor=colour, alpha=0.16, edgecolor="white", lw=1.5, zorder=0)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    ax.grid(visible=False)
