"""Where the runs of the page end, for readers without a browser."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.findings.comparison.trial import Run, Trial
from analysis.findings.kmeans.plane import voronoi_cells
from analysis.findings.mixtures.toys import COVERAGE
from analysis.methods.mixture.contours import ellipse
from analysis.numbers import number
from analysis.show.figures.style import INK, MARKERS, PALETTE, in_style, new_figure

PANELS = {
    "trap": "K-Means, an unlucky start",
    "trap-again": "K-Means, another start",
    "stretched": "K-Means",
    "stretched-mixture": "Mixture",
    "crescents": "K-Means",
    "crescents-mixture": "Mixture",
}
"""The runs on made-up points, and what stands above each."""
_SHAPE = np.array([1.0, 0.85])
"""Width and height of a panel."""


def runs(trial: Trial) -> Figure:
    """Draw the ends of the runs on made-up points: cells, or the ellipses of a mixture."""
    with in_style():
        figure = new_figure(height=6.4, width=4.8)
        panels = figure.subplots(len(PANELS) // 2, 2).ravel()
        for ax, (name, title) in zip(panels, PANELS.items(), strict=True):
            _draw(ax, trial.runs[name])
            ax.set_title(f"{title}: ARI {number(trial.runs[name].ari)}")
    return figure


def _draw(ax: Axes, run: Run) -> None:
    low, high = run.X.min(axis=0), run.X.max(axis=0)
    half = 0.6 * np.max((high - low) / _SHAPE) * _SHAPE
    (left, bottom), (right, top) = (low + high) / 2 - half, (low + high) / 2 + half
    for group in np.unique(run.groups):
        for cluster in range(run.setting.k):
            points = run.X[(run.groups == group) & (run.labels == cluster)]
            x, y = points.T
            colour, marker = PALETTE[cluster], MARKERS[group]
            ax.plot(x, y, marker, color=colour, ms=2.8, mew=0, rasterized=True)
    if run.mixture is None:
        cells = voronoi_cells(run.centers, (left, right, bottom, top))
        for cell, colour in zip(cells, PALETTE, strict=False):
            ax.fill(*cell.T, facecolor=colour, alpha=0.16, edgecolor="white", lw=1.5, zorder=0)
    else:
        shapes = zip(run.mixture.means, run.mixture.matrices(), strict=True)
        for (mean, covariance), colour in zip(shapes, PALETTE, strict=False):
            ax.plot(*ellipse(mean, covariance, COVERAGE).T, color=colour, lw=1.3)
    ax.plot(*run.centers.T, "X", color="white", mec=INK, ms=7, zorder=4)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    ax.grid(visible=False)
