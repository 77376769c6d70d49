"""Figures of what the checklist found in a table."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.checklist.audit import Audit
from analysis.findings.comparison.stability import FIRM_FROM, RECOVERED_FROM
from analysis.show.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    group_style,
    in_style,
    level,
    new_figure,
    plain,
    share_bars,
)
from analysis.show.verdicts import shown

MOST_COLUMNS = 15
"""Columns that a figure shows."""


def choice(audit: Audit) -> Figure:
    """Draw the silhouette at each k beside that of data without groups, and WCSS."""
    table = audit.criteria.table
    with in_style():
        figure = new_figure(height=2.8)
        left, right = figure.subplots(1, 2)
        for null, name, hatch in (
            ("normal", "one normal hill", "////"),
            ("hill", "one hill, own shapes", "...."),
        ):
            left.fill_between(
                table.index,
                table[f"{null}_low"].to_numpy(),
                table[f"{null}_high"].to_numpy(),
                facecolor="#e9c9a855",
                edgecolor=ORANGE,
                hatch=hatch,
                lw=0.6,
                label=name,
            )
        left.plot(table.index, table["silhouette"], "o-", color=BLUE, ms=3.5, label="these rows")
        left.set_ylabel("Mean silhouette")
        bottom, top = left.get_ylim()
        left.set_ylim(top=top + 0.35 * (top - bottom))
        left.legend(loc="upper right")
        right.plot(table.index, table["inertia"], "o-", color=BLUE, ms=3.5)
        right.set_ylabel("WCSS")
        right.set_ylim(bottom=0)
        for ax in (left, right):
            ax.axvline(audit.k, color=MUTED, ls=":", lw=1)
            ax.set_xlabel("k")
            ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    return figure


def steadiness(audit: Audit) -> Figure:
    """Draw how well each cluster is found again, and the limits of firm and of lost."""
    clusters = audit.steadiness.clusters
    found = clusters["jaccard"]
    with in_style():
        figure = new_figure(height=2.4)
        ax = figure.subplots()
        ax.bar(found.index, found, yerr=clusters["high"] - found, color=BLUE, width=0.6, capsize=2)
        for limit, name in ((FIRM_FROM, "firm"), (RECOVERED_FROM, "found again")):
            level(ax, limit, name)
        ax.set(xlabel="Cluster", ylabel="Mean Jaccard coefficient", ylim=(0, 1))
        ax.xaxis.set_major_locator(MaxNLocator(20, integer=True))
        ax.grid(axis="x", visible=False)
    return figure


def columns(audit: Audit) -> Figure:
    """Draw each column's share of the squared distance, and how far it is known from the others."""
    table = audit.columns[~audit.columns["constant"]].sort_values(
        "share", ascending=False, kind="stable"
    )[:MOST_COLUMNS]
    names = [plain(shown(name)) for name in table.index]
    with in_style():
        figure = new_figure(height=0.9 + 0.24 * len(names))
        left, right = figure.subplots(1, 2)
        share_bars(left, names, table["share"], "Share of the squared distance")
        share_bars(right, [""] * len(names), table["r2"], "R² on the other columns", most=1.0)
    return figure


def plane(audit: Audit) -> Figure:
    """Draw the rows along their first two principal axes, each with its cluster's colour."""
    labels, points = audit.steadiness.labels, audit.plane
    with in_style():
        figure = new_figure(height=4.2)
        ax = figure.subplots()
        for cluster in np.unique(labels):
            of = points[labels == cluster]
            style = group_style("kmeans", int(cluster) - 1)
            ax.plot(*of.T, ls="", ms=3.5, alpha=0.6, mew=0, rasterized=True, **style)
        for cluster in np.unique(labels):
            ax.annotate(
                str(cluster),
                points[labels == cluster].mean(axis=0),
                ha="center",
                va="center",
                fontsize=10,
                fontweight="bold",
                color=INK,
                bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": INK, "lw": 0.8},
            )
        ax.set(xlabel="First principal axis", ylabel="Second principal axis")
    return figure
