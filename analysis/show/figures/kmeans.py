"""Figures of K-Means: descent, stopping, starts, and cells in a plane."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from analysis.findings.kmeans.plane import Box, Cells, PlaneRun, Slice
from analysis.findings.kmeans.run import LloydTrace, Stopping
from analysis.findings.kmeans.starts import Starts
from analysis.numbers import number
from analysis.show.figures.style import (
    BLUE,
    GROUPS,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    WIDTH,
    in_style,
    new_figure,
)
from analysis.show.names import way_to_start

PANELS = 6
"""Panels of the run in the plane, the start among them."""


def descent(trace: LloydTrace) -> Figure:
    """Draw J after each step of each round, and how far above its end it still is."""
    rounds = np.arange(1, trace.n_iter + 1)
    steps = np.column_stack([rounds - 0.5, rounds]).ravel()
    above = np.ma.masked_less_equal(trace.half_steps - trace.last, 1e-9 * trace.total)
    with in_style():
        figure = new_figure(height=2.8)
        left, right = figure.subplots(1, 2)
        for ax, values in ((left, trace.half_steps), (right, above)):
            ax.plot(steps, values, color=MUTED, lw=0.8)
            ax.plot(steps[::2], values[::2], "o", color=BLUE, ms=4, label="after assignment")
            ax.plot(
                steps[1::2],
                values[1::2],
                "s",
                color=ORANGE,
                mfc="white",
                ms=4,
                label="after update",
            )
            ax.set_xlabel("Round")
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        left.set_ylabel("Objective J")
        right.set_ylabel("J above its end")
        if above.count():
            right.set_yscale("log")
        left.legend()
    return figure


def stopping(stopping: Stopping) -> Figure:
    """Draw what the two rules look at, round by round, and their thresholds."""
    drops = stopping.drops
    with in_style():
        figure = new_figure(height=2.9)
        left, right = figure.subplots(1, 2)
        _falling(left, np.arange(2, len(drops) + 2), drops, "Fall of J from the round before")
        _falling(
            right,
            np.arange(1, len(drops) + 2),
            stopping.squared_shifts,
            "Summed squared shift of the centres",
        )
        for epsilon in stopping.objective["threshold"].to_numpy():
            _threshold(left, epsilon, f"ε = {epsilon:g}")
        _threshold(right, stopping.tol, "scikit-learn's threshold")
    return figure


def starts(starts: Starts) -> Figure:
    """Draw where single starts end, for each way to begin."""
    values = starts.runs["inertia"].to_numpy()
    bins = np.linspace(values.min(), max(values.max(), values.min() + 1e-9), 41)
    with in_style():
        figure = new_figure(height=0.7 + 1.15 * len(starts.inits))
        panels = figure.subplots(len(starts.inits), 1, sharex=True, sharey=True)
        for ax, init in zip(panels, starts.inits, strict=True):
            ends = starts.runs.loc[starts.runs["init"] == init, "inertia"]
            ax.hist(ends, bins=bins, color=BLUE, edgecolor="white", linewidth=0.4)
            ax.axvline(starts.of(init).median, color=ORANGE, lw=1.5)
            ax.set_title(f"From {way_to_start(init)}")
            ax.set_ylabel("Starts")
            ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        panels[0].annotate(
            "median",
            (starts.of(starts.inits[0]).median, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, -3),
            textcoords="offset points",
            va="top",
            color=ORANGE,
            fontsize=8,
        )
        panels[-1].set_xlabel("Objective J at the end of the run")
    return figure


def lloyd_panels(run: PlaneRun) -> Figure:
    """Draw the start and some rounds of a run in the plane, each with its cells."""
    shown = run.chosen(PANELS - 1)
    with in_style():
        figure = new_figure(height=WIDTH * 0.64)
        panels = figure.subplots(2, PANELS // 2).ravel()
        for ax in panels[len(shown) + 1 :]:
            ax.set_axis_off()
        _plane(panels[0], run.box, run.rounds[0].cells)
        _songs(panels[0], run.scores)
        _centers(panels[0], run.start)
        panels[0].set_title("The start")
        for ax, round_ in zip(panels[1:], shown, strict=False):
            _plane(ax, run.box, round_.cells)
            _songs(ax, run.scores)
            moved = run.scores[round_.moved]
            ax.plot(*moved.T, ".", color="#b3003b", ms=3, rasterized=True)
            for before, after in zip(round_.before, round_.after, strict=True):
                ax.plot(*np.array([before, after]).T, color=INK, lw=1)
            _centers(ax, round_.after)
            ax.set_title(f"Round {round_.iteration}: J = {number(round_.inertia, 1)}")
    return figure


def cell_slice(cut: Slice) -> Figure:
    """Draw the cells that a plane cuts through, and the songs projected on it."""
    with in_style():
        figure = new_figure(height=4.6, width=5.4)
        ax = figure.subplots()
        _plane(ax, cut.box, cut.cells)
        for label, colour in zip(range(len(cut.centers)), _colours(), strict=False):
            songs = cut.scores[cut.labels == label]
            ax.plot(*songs.T, "o", color=colour, ms=2.6, mew=0, alpha=0.8, rasterized=True)
        strange = cut.scores[cut.elsewhere]
        ax.plot(*strange.T, "o", mfc="none", mec=INK, ms=5, mew=0.6, rasterized=True)
        _centers(ax, cut.centers)
        ax.set(xlabel="First principal axis", ylabel="Second principal axis")
        ax.tick_params(left=True, bottom=True, labelleft=True, labelbottom=True)
    return figure


def _falling(ax: Axes, rounds: NDArray[np.int64], values: NDArray[np.float64], label: str) -> None:
    shown = np.ma.masked_less_equal(values, 1e-12)
    ax.plot(rounds, shown, "o-", color=BLUE, ms=3.5, lw=1)
    if shown.count():
        ax.set_yscale("log")
    ax.set(xlabel="Round", ylabel=label)
    ax.set_xlim(left=-0.08 * len(rounds))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _threshold(ax: Axes, value: float, text: str) -> None:
    ax.axhline(value, color=ORANGE, ls="--", lw=1)
    ax.annotate(
        text,
        (0.0, value),
        xycoords=("axes fraction", "data"),
        xytext=(3, 2),
        textcoords="offset points",
        color=ORANGE,
        fontsize=8,
    )


def _colours() -> list[str]:
    return [*GROUPS] * 10


def _plane(ax: Axes, box: Box, cells: Cells) -> None:
    for cell, colour in zip(cells, _colours(), strict=False):
        if len(cell):
            ax.add_patch(Polygon(cell, facecolor=colour, alpha=0.28, edgecolor="none", zorder=0))
            ax.add_patch(Polygon(cell, fill=False, edgecolor="white", lw=1.5, zorder=0.5))
    left, right, bottom, top = box
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    ax.grid(visible=False)


def _songs(ax: Axes, scores: NDArray[np.float64]) -> None:
    ax.plot(*scores.T, ".", color=INK, ms=1.6, alpha=0.5, mew=0, rasterized=True)


def _centers(ax: Axes, centers: NDArray[np.float64]) -> None:
    for i, (center, colour) in enumerate(zip(centers, _colours(), strict=False), start=1):
        ax.plot(*center, "o", color="white", mec=colour, mew=1.5, ms=11.5, zorder=4)
        ax.annotate(
            str(i), center, ha="center", va="center_baseline", fontsize=SMALL, zorder=5, color=INK
        )
