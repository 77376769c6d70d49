"""Figures of the two methods side by side."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from analysis.findings.comparison.agreement import SOURCE_AGREEMENT, Comparison
from analysis.findings.comparison.borders import QUARTERS, Borders
from analysis.findings.comparison.seed_pairs import SeedPairs
from analysis.methods.resampling import Spread
from analysis.show.figures.style import BLUE, INK, MUTED, ORANGE, heatmap, in_style, new_figure

_KINDS = (
    ("kmeans single", "Two seeds of K-Means,\none start each", BLUE, "o"),
    ("kmeans full", "Two seeds of K-Means,\nthe study's starts", BLUE, "o"),
    ("mixture single", "Two seeds of the mixture,\none start each", ORANGE, "s"),
    ("mixture full", "Two seeds of the mixture,\nthe study's starts", ORANGE, "s"),
    ("between single", "K-Means and the mixture,\none start each", MUTED, "D"),
    ("between full", "K-Means and the mixture,\nthe study's starts", MUTED, "D"),
)


def cross(comparison: Comparison) -> Figure:
    """Draw the songs of each cluster in each component, partners on the diagonal."""
    table = comparison.matched_table
    counts = table.to_numpy(dtype=float)
    with in_style():
        figure = new_figure(height=1.2 + 0.3 * len(table), width=5.8)
        ax = figure.subplots()
        heatmap(
            ax,
            counts,
            [str(cluster) for cluster in table.index],
            [str(component) for component in table.columns],
            limit=max(float(counts.max()), 1.0),
            bar="Songs",
            digits=0,
            one_sided=True,
        )
        for i in range(len(table)):
            ax.add_patch(Rectangle((i, i), 1, 1, fill=False, edgecolor=ORANGE, lw=1.6))
        ax.set(xlabel="Component of the mixture", ylabel="Cluster of K-Means")
    return figure


def relabellings(comparison: Comparison) -> Figure:
    """Draw how many songs get the same number under random ways to number the components."""
    with in_style():
        figure = new_figure(height=2.7)
        ax = figure.subplots()
        low, high = SOURCE_AGREEMENT
        ax.axvspan(low, high, color=ORANGE, alpha=0.25, lw=0, label="the source notebook")
        edges = np.linspace(0, max(comparison.most, float(comparison.relabelled.max())), 26)
        ax.hist(comparison.relabelled, bins=edges.tolist(), color=BLUE, edgecolor="white", lw=0.4)
        ax.set_xlim(0, max(1.0, SOURCE_AGREEMENT[1] + 0.05))
        ax.axvline(comparison.expected, color=INK, ls=":", lw=1.4, label="mean of all")
        ax.axvline(comparison.raw, color=INK, ls="--", lw=1.2, label="as they come")
        ax.axvline(comparison.most, color=INK, lw=1.4, label="best of all")
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set(xlabel="Songs with the same number from both methods", ylabel="Numberings")
    return figure


def run_agreement(yardstick: SeedPairs) -> Figure:
    """Draw the adjusted Rand index of every pair of runs, kind by kind, with mean and range."""
    with in_style():
        figure = new_figure(height=3.7)
        ax = figure.subplots()
        for place, (kind, _, color, marker) in enumerate(_KINDS):
            values = yardstick.pairs["ari"][yardstick.pairs["kind"] == kind].to_numpy()
            strip(ax, values, place, color, marker)
            mean_and_range(ax, yardstick.of(kind), place)
        ax.set_yticks(range(len(_KINDS)), [name for _, name, _, _ in _KINDS])
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("Adjusted Rand index of two runs")
    return figure


def margins(borders: Borders) -> Figure:
    """Draw the share of songs on which the methods agree, by how far songs are from a border."""
    panels = (
        ("kmeans", "Margin of K-Means", BLUE, "o"),
        ("mixture", "Margin of the mixture", ORANGE, "s"),
    )
    with in_style():
        figure = new_figure(height=2.7)
        left, right = figure.subplots(1, 2, sharey=True)
        for ax, (method, label, color, marker) in zip((left, right), panels, strict=True):
            names = [name for name in QUARTERS if (method, name) in borders.by_margin]
            found = [borders.quarter(method, name) for name in names]
            values = np.array([[share.estimate, share.low, share.high] for share in found]).T
            at = np.arange(len(names))
            ax.errorbar(
                at,
                values[0],
                yerr=np.maximum(np.abs(values[1:] - values[0]), 0),
                fmt=marker,
                color=color,
                capsize=3,
            )
            ax.set_xticks(at, names)
            ax.set_xlim(-0.5, len(names) - 0.5)
            ax.set_xlabel(f"{label}, songs in quarters")
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        left.set(ylabel="Songs on which both agree", ylim=(0, 1))
    return figure


def strip(
    ax: Axes, values: NDArray[np.float64], place: float, color: str, marker: str, width: float = 0.3
) -> None:
    """Draw values as dots in a row, set apart a little from each other, always in the same way.

    Parameters
    ----------
    ax : Axes
    values : ndarray
    place : float
        Where the row lies on the other axis.
    color, marker : str
    width : float
        How far apart the dots are set, at most.
    """
    offsets = width * (np.arange(len(values)) * 0.618034 % 1 - 0.5)
    ax.plot(
        values,
        place + offsets,
        marker,
        color=color,
        ms=2.6,
        mew=0,
        alpha=0.45,
        rasterized=len(values) > 100,
    )


def mean_and_range(ax: Axes, spread: Spread, place: float) -> None:
    """Draw the range of values as a line, with a tick at their mean."""
    ax.plot([spread.low, spread.high], [place, place], color=INK, lw=1.1)
    ax.plot([spread.mean], [place], "|", color=INK, ms=13, mew=1.8)
