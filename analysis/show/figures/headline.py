"""The figure that carries the result of the study."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.findings.comparison.genres_found import GenresFound
from analysis.numbers import percent
from analysis.show.figures.style import BLUE, INK, MUTED, ORANGE, in_style, new_figure
from analysis.show.names import classifier


def headline(found: GenresFound) -> Figure:
    """Draw the share of the songs whose genre is found: by chance, by both methods, when told."""
    chance = (
        ("Labels dealt at random", found.shuffled),
        ("Cells around random songs", found.cells),
    )
    methods = (
        ("K-Means", found.kmeans, found.over("kmeans"), BLUE, "o"),
        ("Gaussian mixture", found.mixture, found.over("mixture"), ORANGE, "s"),
        (f"Told the genres:\n{classifier(found.best)}", found.told, None, INK, "D"),
    )
    with in_style():
        figure = new_figure(height=2.5, width=5.8)
        ax = figure.subplots()
        for place, (_, spread) in enumerate(chance):
            ax.barh(
                place,
                spread.high - spread.low,
                left=spread.low,
                height=0.46,
                color=MUTED,
                alpha=0.35,
                hatch="////",
                edgecolor=MUTED,
                lw=0.6,
            )
            ax.plot([spread.mean] * 2, [place - 0.23, place + 0.23], color=INK, lw=1.4)
            _value(ax, spread.mean, spread.high, place)
        for place, (_, share, seeds, color, marker) in enumerate(methods, len(chance)):
            ax.plot([share.low, share.high], [place, place], color=color, lw=2)
            ax.plot([share.estimate], [place], marker, color=color, ms=6.5)
            if seeds is not None:
                low = place + 0.27
                ax.plot(
                    [seeds.low, seeds.high],
                    [low, low],
                    color=color,
                    lw=5,
                    alpha=0.4,
                    solid_capstyle="butt",
                )
                ax.plot([seeds.mean] * 2, [low - 0.1, low + 0.1], color=INK, lw=1.4)
            shown = share.estimate if seeds is None else seeds.mean
            _value(ax, shown, max(share.high, share.estimate), place)
        names = [name for name, _ in chance] + [name for name, *_ in methods]
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_xlabel("Songs whose genre is found")
        ax.grid(axis="y", visible=False)
    return figure


def _value(ax: Axes, value: float, right: float, place: float) -> None:
    ax.annotate(
        percent(value),
        (right, place),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        color=INK,
    )
