"""Figures on the number of clusters: sweeps, data without clusters, gaps and knees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.findings.kmeans.choice import Choice, Knees, NullComparison
from analysis.numbers import percent
from analysis.show.figures.style import BLUE, INK, MUTED, ORANGE, in_style, new_figure

if TYPE_CHECKING:
    from analysis.methods.selection import Gap

INDEX_LABELS = {
    "silhouette": "Mean silhouette",
    "davies_bouldin": "Davies–Bouldin (low is good)",
    "calinski_harabasz": "Caliński–Harabasz",
}
"""What the axes call the internal indices."""


def sweep(choice: Choice) -> Figure:
    """Draw WCSS and the mean silhouette against k, with a line at the study's k."""
    with in_style():
        figure = new_figure(height=2.9)
        left, right = figure.subplots(1, 2)
        left.plot(choice.table.index, choice.table["inertia"], "o-", color=BLUE, ms=3.5)
        left.set_ylabel("WCSS")
        left.set_ylim(bottom=0)
        _index(right, choice, "silhouette")
        for ax in (left, right):
            _at_study(ax, choice)
    return figure


def indices(choice: Choice) -> Figure:
    """Draw the Davies–Bouldin and Caliński–Harabasz indices against k, with intervals."""
    with in_style():
        figure = new_figure(height=2.9)
        for ax, index in zip(
            figure.subplots(1, 2), ("davies_bouldin", "calinski_harabasz"), strict=True
        ):
            _index(ax, choice, index)
            _at_study(ax, choice)
    return figure


def against_null(choice: Choice, null: NullComparison) -> Figure:
    """Draw WCSS, its relative drops and the silhouette beside those of data without clusters."""
    panels = (
        ("inertia", "WCSS"),
        ("relative_drop", "Relative drop of WCSS"),
        ("silhouette", "Mean silhouette"),
    )
    with in_style():
        figure = new_figure(height=2.8)
        for ax, (column, label) in zip(figure.subplots(1, 3), panels, strict=True):
            low, high = null.bands[f"{column}_low"], null.bands[f"{column}_high"]
            ax.fill_between(
                null.bands.index,
                low.to_numpy(),
                high.to_numpy(),
                facecolor="#e9c9a8",
                edgecolor=ORANGE,
                hatch="////",
                lw=0.6,
                label="no clusters",
            )
            ax.plot(choice.table.index, choice.table[column], "o-", color=BLUE, ms=3, label="songs")
            _at_study(ax, choice)
            ax.set_ylabel(label)
        ax = figure.axes[1]
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        figure.axes[0].set_ylim(bottom=0)
        figure.axes[0].legend()
    return figure


def gaps(gaps: Sequence[Gap], choice: Choice) -> Figure:
    """Draw the gap statistic with its errors, and the k that its rule chooses, if any.

    The legend says in which share of redrawn references the rule chooses the same.
    """
    titles = {
        "box": "Uniform in the box of the features",
        "pca": "Uniform in the box of the principal axes",
    }
    with in_style():
        figure = new_figure(height=2.9)
        for ax, gap in zip(figure.subplots(1, 2), gaps, strict=True):
            ax.errorbar(
                gap.table.index,
                gap.table["gap"],
                yerr=gap.table["s"],
                fmt="o-",
                color=BLUE,
                ms=3.5,
                capsize=2,
                lw=1,
            )
            if gap.chosen is not None:
                share = gap.answers("chosen").get(gap.chosen, 0.0)
                ax.plot(
                    gap.chosen,
                    gap.table["gap"][gap.chosen],
                    "s",
                    mfc="none",
                    mec=INK,
                    ms=11,
                    label=f"accepted first in {percent(share)}",
                )
                ax.legend(loc="lower right")
            _at_study(ax, choice)
            ax.set_title(titles[gap.reference])
            ax.set_ylabel("Gap")
    return figure


def knees(knees: Knees, choice: Choice) -> Figure:
    """Draw the knee against the end of the sweep it was looked for in."""
    there = knees.by_range.dropna()
    with in_style():
        figure = new_figure(height=2.4, width=5.2)
        ax = figure.subplots()
        ax.plot(
            there["k_max"].astype(int), there["knee"].astype(int), "o", color=BLUE, label="knee"
        )
        ax.set_xlim(choice.k_min - 0.5, choice.k_max + 0.5)
        ax.set_ylim(0, choice.k_max)
        ax.axhline(choice.n_clusters, color=ORANGE, ls="--", lw=1)
        ax.annotate(
            f"k = {choice.n_clusters}",
            (0, choice.n_clusters),
            xycoords=("axes fraction", "data"),
            xytext=(4, 3),
            textcoords="offset points",
            color=ORANGE,
            fontsize=8,
        )
        ax.set(xlabel="Last k of the sweep", ylabel="Knee")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(8, integer=True))
    return figure


def _index(ax: Axes, choice: Choice, index: str) -> None:
    values = choice.table[index]
    rows = choice.intervals.xs(index, level="index")
    ax.fill_between(rows.index.to_numpy(), rows["low"], rows["high"], color=BLUE, alpha=0.2, lw=0)
    ax.plot(values.index, values, "o-", color=BLUE, ms=3.5)
    best = choice.best(index)
    if best is not None:
        ax.plot(best, values[best], "s", mfc="none", mec=INK, ms=10)
        ax.annotate(
            "best",
            (best, values[best]),
            xytext=(8, 6),
            textcoords="offset points",
            fontsize=8,
        )
    ax.set_ylabel(INDEX_LABELS[index])
    ax.margins(y=0.12)


def _at_study(ax: Axes, choice: Choice) -> None:
    ax.axvline(choice.n_clusters, color=ORANGE, ls="--", lw=1)
    ax.annotate(
        f"k = {choice.n_clusters}",
        (choice.n_clusters, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2),
        textcoords="offset points",
        va="top",
        color=ORANGE,
        fontsize=8,
    )
    ax.set_xlabel("Number of clusters k")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.tick_params(color=MUTED)
