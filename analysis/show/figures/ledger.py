"""The figure of the ledger: how many claims have each verdict."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.claims.ledger import Ledger, Verdict
from analysis.numbers import number
from analysis.show.figures.style import BLUE, INK, ORANGE, in_style, new_figure

_LOOKS = {
    Verdict.HOLDS: (BLUE, "", "white"),
    Verdict.IN_PART: ("#88b4d8", "///", INK),
    Verdict.FAILS: (ORANGE, "", "white"),
    Verdict.UNTESTABLE: ("#dddddd", "xx", INK),
}
"""Fill, hatch and colour of the number for each verdict."""


def verdicts(ledger: Ledger) -> Figure:
    """Draw the number of claims of each verdict as parts of a bar, a bar for each feature set."""
    rows = [
        (f"{notebook}, {name}", notebook, published)
        for notebook in ("K-Means", "GMM")
        for published, name in ((False, "our features"), (True, "as published"))
    ]
    with in_style():
        figure = new_figure(height=2.4)
        ax = figure.subplots()
        left = np.zeros(len(rows))
        for verdict, (fill, hatch, ink) in _LOOKS.items():
            widths = np.array([ledger.count(verdict, n, published=p) for _, n, p in rows])
            ax.barh(
                range(len(rows)),
                widths,
                left=left,
                height=0.7,
                color=fill,
                hatch=hatch,
                edgecolor="white",
                linewidth=1,
            )
            for row, (start, width) in enumerate(zip(left, widths, strict=True)):
                if width:
                    ax.text(
                        start + width / 2,
                        row,
                        number(int(width)),
                        ha="center",
                        va="center",
                        color=ink,
                        fontsize=9,
                        bbox={"boxstyle": "round,pad=0.15", "fc": fill, "ec": "none"},
                    )
            left += widths
        ax.set_yticks(range(len(rows)), [name for name, _, _ in rows])
        ax.invert_yaxis()
        ax.set_xlabel("Claims")
        ax.grid(axis="y", visible=False)
        ax.margins(x=0)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(
            handles=[
                Patch(facecolor=fill, hatch=hatch, edgecolor="white", label=verdict.capitalize())
                for verdict, (fill, hatch, _) in _LOOKS.items()
            ],
            loc="outside upper left",
            ncols=len(_LOOKS),
        )
    return figure
