"""Pictures of mixtures of made-up numbers: a round by hand, four data sets, bound and types."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.findings.mixtures.toys import Bounds, ByHand, Made
from analysis.numbers import number
from analysis.show.figures.style import (
    BLUE,
    INK,
    MARKERS,
    MUTED,
    ORANGE,
    PALETTE,
    in_style,
    new_figure,
)
from analysis.show.names import covariance_type

_WIDTH = 4.8
"""In inches: narrow, so that a phone shows the text at a size that can be read."""
_STRIP = 0.05
"""Height of the bars that show how a song is shared."""


def by_hand(toy: ByHand) -> Figure:
    """Draw both bells before the first round, after it and at the end, with the songs' shares."""
    grid = np.linspace(-4, 13, 300)
    names = ("Start", "After one round", "At the end")
    with in_style():
        figure = new_figure(height=5.4, width=_WIDTH)
        panels = figure.subplots(len(names), 1, sharex=True, sharey=True)
        for i, (ax, name) in enumerate(zip(panels, names, strict=True)):
            bells, shares = toy.bells(i, grid), toy.shares(i)
            ax.plot(grid, bells.sum(axis=1), color=MUTED, lw=4, alpha=0.35, label="sum")
            ax.plot(grid, bells[:, 0], color=BLUE, label="first bell")
            ax.plot(grid, bells[:, 1], color=ORANGE, ls="--", label="second bell")
            x, heights = toy.X[:, 0], _STRIP * shares.T
            ax.bar(x, heights[0], bottom=-1.2 * _STRIP, width=0.4, color=BLUE)
            ax.bar(
                x,
                heights[1],
                bottom=heights[0] - 1.2 * _STRIP,
                width=0.4,
                color="white",
                edgecolor=ORANGE,
                hatch="////",
                lw=0.8,
            )
            ax.axhline(0, color=MUTED, lw=0.8)
            ax.set_title(name, fontsize=10)
            ax.set_ylabel("Density")
            ax.grid(axis="x", visible=False)
        panels[0].legend(loc="upper right", fontsize=9)
        panels[-1].set_xticks(toy.X[:, 0])
        panels[0].set_yticks([0.0, 0.1])
        for ax in panels:
            ax.set_xlabel("The six songs")
            ax.tick_params(labelsize=9)
            ax.label_outer()
    return figure


def four_pictures(made: tuple[Made, ...]) -> Figure:
    """Draw made-up points with the ellipses of a mixture, and both methods' agreement with them."""
    titles = [
        f"{one.name.capitalize()}\nmixture {number(one.agreement)}, "
        f"K-Means {number(one.kmeans_agreement)}"
        for one in made
    ]
    return _panels(made, titles, height=4.6)


def four_types(made: tuple[Made, ...]) -> Figure:
    """Draw the same points with a mixture of each covariance type."""
    titles = [
        f"{covariance_type(one.name).capitalize()}: {one.n_parameters} numbers\n"
        f"ℓ = {number(one.log_likelihood, 0)}, ARI {number(one.agreement)}"
        for one in made
    ]
    return _panels(made, titles, height=3.8)


def touching_bounds(bounds: Bounds) -> Figure:
    """Draw the log-likelihood as a function of one mean, and the bounds that EM climbs."""
    with in_style():
        figure = new_figure(height=3.6, width=_WIDTH)
        ax = figure.subplots()
        ax.plot(bounds.grid, bounds.heights, color=INK, lw=2, label="log-likelihood ℓ")
        for i, curve in enumerate(bounds.curves):
            ax.plot(bounds.grid, curve, color=BLUE, lw=1.2, ls="--", label="" if i else "bound F")
            before, after = bounds.means[i], bounds.means[i + 1]
            top = float(curve.max())
            ax.plot([after, after], [top, bounds.touching[i + 1]], color=ORANGE, lw=1.2)
            ax.plot(after, top, "s", color=ORANGE, mfc="white", ms=5, zorder=4)
            ax.annotate(
                f"round {i + 1}",
                (after, top),
                xytext=(-6, -5),
                textcoords="offset points",
                ha="right",
                va="top",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )
            ax.plot(before, bounds.touching[i], "o", color=BLUE, ms=6, zorder=4)
        ax.plot(bounds.means[-1], bounds.touching[-1], "o", color=BLUE, ms=6, zorder=4)
        ax.plot([], [], "o", color=BLUE, label="E-step: they touch")
        ax.plot([], [], "s", color=ORANGE, mfc="white", label="M-step: top of the bound")
        low = float(bounds.touching[0])
        high = float(bounds.touching[-1])
        ax.set(ylim=(low - 1.2 * (high - low), high + 0.5 * (high - low)), xlim=(3, 11))
        ax.set(xlabel="Mean of the first bell", ylabel="Nats")
        ax.tick_params(labelsize=9)
        ax.legend(loc="upper right", fontsize=9)
    return figure


def _panels(made: tuple[Made, ...], titles: list[str], height: float) -> Figure:
    with in_style():
        figure = new_figure(height=height, width=_WIDTH)
        for ax, one, title in zip(figure.subplots(2, 2).ravel(), made, titles, strict=True):
            _points(ax, one)
            ax.set_title(title)
    return figure


def _points(ax: Axes, one: Made) -> None:
    for group in np.unique(one.groups):
        for component, curve in enumerate(one.ellipses):
            points = one.X[(one.groups == group) & (one.labels == component)]
            colour, marker = PALETTE[component], MARKERS[group]
            x, y = points.T
            ax.plot(x, y, marker, color=colour, ms=3.2, mew=0, alpha=0.8, rasterized=True)
            ax.plot(*curve.T, color=colour, lw=1.3)
    ax.set_aspect("equal", adjustable="datalim")
    ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    ax.grid(visible=False)
