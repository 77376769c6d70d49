"""The figure that carries the result of the study."""

from __future__ import annotations

from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

from analysis.findings.comparison.genres_found import GenresFound, NamedElsewhere
from analysis.numbers import percent, signed
from analysis.show.figures.style import (
    BLUE,
    INK,
    ORANGE,
    chance,
    estimate,
    in_style,
    new_figure,
)
from analysis.show.names import classifier

REACH = 0.5
"""The axis shows at least so much; the whole would leave most of it empty."""


def headline(found: GenresFound) -> Figure:
    """Draw the share of the songs whose genre is found: by chance, by both methods, when told.

    All of them know nothing of the genres of the songs that they are counted on. Small enough to
    be read on a phone as it is.
    """
    named = found.elsewhere
    methods = (
        ("K-Means", named.expected["kmeans"], named.over["kmeans"], BLUE, "o"),
        ("Gaussian\nmixture", named.expected["mixture"], named.over["mixture"], ORANGE, "s"),
    )
    told = f"Told the genres: {classifier(found.best)}"
    names = ["Shuffled\nlabels", "Random\ncentres", *(name for name, *_ in methods), fill(told, 16)]
    with in_style():
        figure = new_figure(height=3.1, width=4.4)
        ax = figure.subplots()
        for place, spread in enumerate((named.shuffled, named.cells)):
            chance(ax, spread, place)
            _value(ax, spread.mean, spread.high, place)
        for place, (_, share, seeds, color, marker) in enumerate(methods, 2):
            estimate(ax, share, place, color, marker)
            low = place + 0.27
            ends = [seeds.low, seeds.high]
            ax.plot(ends, [low, low], color=color, lw=5, alpha=0.4, solid_capstyle="butt")
            _value(ax, seeds.mean, max(share.high, share.estimate), place)
        estimate(ax, found.told, 4, INK, "D")
        _value(ax, found.told.estimate, found.told.high, 4)
        _gap(ax, named)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlim(0, max(REACH, 1.12 * found.told.high))
        ax.xaxis.set_major_locator(MultipleLocator(0.1))
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_xlabel("Songs whose genre is found")
        ax.tick_params(labelsize=9)
        ax.grid(axis="y", visible=False)
    return figure


def _value(ax: Axes, value: float, right: float, place: float) -> None:
    ax.annotate(
        percent(value),
        (right, place),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=INK,
    )


def _gap(ax: Axes, named: NamedElsewhere) -> None:
    """Lead down from the mean of random centres to that of K-Means, and say how far it is."""
    chance, kmeans = named.cells.mean, named.over["kmeans"].mean
    ax.plot([chance] * 2, [1.25, 1.62], color=INK, lw=0.9)
    ax.plot([kmeans] * 2, [1.5, 1.9], color=INK, lw=0.9)
    ax.plot([chance, kmeans], [1.56, 1.56], color=INK, lw=0.9)
    ax.annotate(
        f"{signed(100 * named.lead('kmeans'), 1)} points",
        (max(chance, kmeans), 1.52),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        fontweight="bold",
        color=INK,
    )
