"""Figures of what the steps cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.findings.comparison.cost import StepCosts
from analysis.numbers import number
from analysis.show.figures.style import BLUE, INK, ORANGE, SMALL, in_style, new_figure
from analysis.show.names import step_that_costs

LOOKS: dict[str, dict[str, Any]] = {
    "lloyd": {"color": BLUE, "marker": "o"},
    "em": {"color": ORANGE, "marker": "s"},
    "silhouette": {"color": INK, "marker": "^"},
}
"""The look of each step."""


def growth(costs: StepCosts) -> Figure:
    """Draw the seconds of each step by rows and by columns, with lines as steep as theory."""
    with in_style():
        figure = new_figure(height=3.4)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        for ax, grows, label in ((left, "n", "Rows, n"), (right, "d", "Columns, d")):
            for step, look in LOOKS.items():
                _line(ax, costs, step, grows, look)
            ax.set(xscale="log", yscale="log", xlabel=label)
            ax.margins(x=0.12)
        right.set_xticks([4, 8, 16, 32, 64, 128], ["4", "8", "16", "32", "64", "128"])
        right.minorticks_off()
        left.set_ylabel("Processor time (s)")
        left.legend(loc="upper left")
    return figure


def _line(ax: Axes, costs: StepCosts, step: str, grows: str, look: dict[str, Any]) -> None:
    seconds, slope = costs.of(step, grows), costs.slope(step, grows)
    sizes = seconds.index.to_numpy(float)
    ax.plot(sizes, seconds, ls="", ms=4, label=step_that_costs(step), **look)
    large = sizes[sizes >= slope.from_size]
    middle = np.exp(np.log(seconds[large]).mean() - slope.theory * np.log(large).mean())
    ax.plot(large, middle * large**slope.theory, color=look["color"], lw=1, alpha=0.8)
    ax.annotate(
        number(slope.large.estimate),
        (sizes[-1], seconds.iloc[-1]),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=look["color"],
    )
