"""Figures of made-up points on which an index, and a stable clustering, mislead."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.findings.comparison.toys import NoGroups, TwoRows
from analysis.show.figures.style import GROUPS, in_style, new_figure

_FILL = {0: GROUPS[0], 1: "none"}


def two_rows(toy: TwoRows) -> Figure:
    """Draw two rows of points, cut along them and across them."""
    with in_style():
        figure = new_figure(height=1.9, width=6.0)
        names = {"rows": "The two rows", "halves": "Two halves"}
        for ax, (name, words) in zip(figure.subplots(1, 2), names.items(), strict=True):
            for group, fill in _FILL.items():
                chosen = toy.points[toy.labels[name] == group]
                ax.plot(*chosen.T, "o", color=GROUPS[group], mfc=fill, mew=1.6, ms=7)
            ax.set(xlabel=words, aspect="equal", xlim=(-0.7, 5.7), ylim=(-1.2, 3.2))
            ax.set_xticks(range(6), [])
            ax.set_yticks([0, 2], [])
    return figure


def without_groups(toy: NoGroups) -> Figure:
    """Draw two shapes filled evenly, each cut in two by K-Means."""
    with in_style():
        figure = new_figure(height=2.3, width=6.0)
        panels = figure.subplots(1, 2, width_ratios=(3, 2))
        for ax, (name, X) in zip(panels, toy.points.items(), strict=True):
            for group, fill in _FILL.items():
                chosen = X[toy.labels[name] == group]
                ax.plot(*chosen.T, "o", color=GROUPS[group], mfc=fill, mew=0.8, ms=3)
            ax.set(xlabel=f"A {name}, filled evenly", aspect="equal")
            ax.set_xticks([])
            ax.set_yticks([])
            ax.grid(visible=False)
    return figure
