"""Figures of the EM algorithm: one normal distribution, ascent, a run in a plane, the limit."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.findings.kmeans.plane import Box
from analysis.findings.mixtures.limit import Limit
from analysis.findings.mixtures.plane import COVERAGES, LEVELS, EMPlaneRun, EMState, OneNormal
from analysis.findings.mixtures.run import EMTrace
from analysis.numbers import number, percent
from analysis.show.figures.em_picture import STRENGTHS
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
    tint,
)

PANELS = 6
"""Panels of the run in the plane, the start among them."""


def one_normal(normal: OneNormal) -> Figure:
    """Draw the songs in the plane, and the ellipses of a single normal distribution."""
    with in_style():
        figure = new_figure(height=4.0, width=5.4)
        ax = figure.subplots()
        ax.plot(*normal.scores.T, ".", color=INK, ms=3, alpha=0.5, mew=0, rasterized=True)
        for curve, coverage, inside in zip(normal.curves, COVERAGES, normal.inside, strict=True):
            ax.plot(*curve.T, color=BLUE, lw=1.5)
            ax.annotate(
                f"{percent(coverage)}: {percent(inside, 1)} of the songs",
                curve[curve[:, 1].argmax()],
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                color=BLUE,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
            )
        middle = normal.curves[0][:-1].mean(axis=0)
        for end in normal.directions:
            ax.plot(*np.array([middle, end]).T, color=ORANGE, lw=2)
        ax.plot(*middle, "o", color="white", mec=ORANGE, mew=1.5, ms=6)
        left, right, bottom, top = normal.box
        ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        ax.set(xlabel="First principal axis", ylabel="Second principal axis")
    return figure


def em_ascent(trace: EMTrace) -> Figure:
    """Draw the bound after each step, and what each round adds to the log-likelihood."""
    rounds = np.arange(1, trace.n_iter + 1)
    steps = np.column_stack([rounds - 0.5, rounds]).ravel()
    with in_style():
        figure = new_figure(height=3.0)
        left, right = figure.subplots(1, 2)
        left.plot(steps, trace.elbo, color=MUTED, lw=0.8)
        left.plot(steps[::2], trace.elbo[::2], "o", color=BLUE, ms=3.5, label="after the E-step: ℓ")
        left.plot(
            steps[1::2],
            trace.elbo[1::2],
            "s",
            color=ORANGE,
            mfc="white",
            ms=3.5,
            label="after the M-step",
        )
        left.set(xlabel="Round", ylabel="Lower bound of ℓ (nats)")
        left.legend(loc="lower right")
        parts = (
            (trace.gains, "s", ORANGE, "white", "M-step lifts the bound"),
            (trace.gaps, "o", BLUE, BLUE, "gap it leaves, which the E-step closes"),
        )
        for values, marker, colour, face, text in parts:
            shown = np.ma.masked_less_equal(values, 1e-9)
            right.plot(
                rounds, shown, marker, ls="-", lw=0.8, color=colour, mfc=face, ms=3.5, label=text
            )
        if max(trace.gains.max(), trace.gaps.max()) > 1e-9:
            right.set_yscale("log")
        right.set(xlabel="Round", ylabel="Rise of ℓ (nats)")
        right.legend()
        for ax in (left, right):
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def em_panels(run: EMPlaneRun) -> Figure:
    """Draw the start and some rounds of a run in the plane, each with its ellipses."""
    shown = run.chosen(PANELS - 1)
    with in_style():
        figure = new_figure(height=WIDTH * 0.64)
        panels = figure.subplots(2, PANELS // 2).ravel()
        for ax in panels[len(shown) :]:
            ax.set_axis_off()
        for ax, state in zip(panels, shown, strict=False):
            _mixture(ax, run.scores, run.box, state)
            name = f"Round {state.iteration}" if state.iteration else "The start"
            ax.set_title(f"{name}: ℓ = {number(state.log_likelihood, 1)}")
    return figure


def em_limit(limit: Limit) -> Figure:
    """Draw what becomes of EM when one fixed variance goes to zero."""
    frame = limit.frame
    variances = frame["variance"]
    with in_style():
        figure = new_figure(height=3.0)
        left, right = figure.subplots(1, 2)
        left.plot(variances, frame["same"], "o-", color=BLUE, ms=4, label="cluster as in Lloyd’s")
        left.plot(
            variances, frame["sure"], "s-", color=ORANGE, mfc="white", ms=4, label="sure of it"
        )
        left.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        left.set(ylabel="Share of songs", ylim=(-0.03, 1.05))
        left.legend(loc="lower right")
        gap = np.ma.masked_less_equal(frame["objective"] - frame["hard"], 0.0)
        right.plot(variances, frame["bound"], "--", color=MUTED, lw=1, label="what it is at most")
        right.plot(variances, gap, "o-", color=BLUE, ms=4, label="difference")
        right.set_yscale("log")
        right.set_ylabel("Soft objective less the hard one")
        right.legend(loc="upper right")
        for ax in (left, right):
            ax.set_xscale("log")
            ax.invert_xaxis()
            ax.set_xlabel("Variance σ², falling")
    return figure


def _mixture(ax: Axes, scores: np.ndarray, box: Box, state: EMState) -> None:
    colours = [GROUPS[i % len(GROUPS)] for i in range(len(state.means))]
    for i, colour in enumerate(colours):
        for level in range(len(LEVELS) + 1):
            songs = scores[(state.labels == i) & (state.levels == level)]
            shade = tint(colour, STRENGTHS[level])
            ax.plot(*songs.T, ".", color=shade, ms=3.2, mew=0, rasterized=True)
    parts = zip(state.means, state.axes, state.angles, colours, strict=True)
    for i, (mean, (a, b), angle, colour) in enumerate(parts, start=1):
        ax.add_patch(
            Ellipse(tuple(mean), 2 * a, 2 * b, angle=angle, fill=False, edgecolor=colour, lw=1.2)
        )
        ax.plot(*mean, "s", color="white", mec=colour, mew=1.2, ms=10, zorder=4)
        ax.annotate(
            str(i), mean, ha="center", va="center_baseline", fontsize=SMALL, zorder=5, color=INK
        )
    left, right, bottom, top = box
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    ax.grid(visible=False)
