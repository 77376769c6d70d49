"""Figures of both methods beside the genres, beside chance, and of how stable they are."""

from __future__ import annotations

from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from analysis.findings.comparison.classifiers import ClassifierScores
from analysis.findings.comparison.scores import AGAINST_GENRES, Scores
from analysis.findings.comparison.stability import RECOVERED_FROM, Stability
from analysis.methods.indices.record import INTERNAL
from analysis.methods.resampling import Interval, Spread
from analysis.show.figures.comparison import mean_and_range, strip
from analysis.show.figures.style import BLUE, INK, MUTED, ORANGE, in_style, new_figure, plain
from analysis.show.names import change, classifier, score, title

_METHODS = (("kmeans", "K-Means", BLUE, "o"), ("mixture", "Mixture", ORANGE, "s"))
_CHANGES = ("single", "few", "full", "songs")


def internal_scores(scores: Scores) -> Figure:
    """Draw the internal indices of both methods, of the genres, and of random cells."""
    return _scores(scores, INTERNAL, genres=True)


def external_scores(scores: Scores) -> Figure:
    """Draw the external indices of both methods, of random cells and of shuffled labels."""
    return _scores(scores, AGAINST_GENRES, genres=False)


def _scores(scores: Scores, indices: tuple[str, ...], *, genres: bool) -> Figure:
    names = ["K-Means", "Mixture", "Random cells", "Genres" if genres else "Shuffled"]
    with in_style():
        figure = new_figure(height=2.6)
        for ax, index in zip(figure.subplots(1, len(indices)), indices, strict=True):
            for place, (method, _, color, marker) in enumerate(_METHODS):
                _estimate(ax, scores.of(method, index), place, color, marker)
            _range(ax, scores.baseline("cells", index), 2)
            if genres:
                ax.plot([3], [scores.of("genres", index).estimate], "D", color=INK, ms=4.5)
            else:
                _range(ax, scores.baseline("shuffled", index), 3)
            ax.set_xticks(range(4), names, rotation=40, ha="right", rotation_mode="anchor")
            ax.set_xlim(-0.6, 3.6)
            ax.grid(axis="x", visible=False)
            ax.set_title(fill(score(index), 18), fontsize=8)
            ax.axhline(0, color=MUTED, lw=0.7)
    return figure


def ceiling(ceiling: ClassifierScores) -> Figure:
    """Draw which share of the songs clusters and classifiers get right."""
    rows = [("kmeans", "Clusters of K-Means", BLUE, "o")]
    rows += [("mixture", "Components of the mixture", ORANGE, "s")]
    rows += [(name, classifier(name), INK, "D") for name in ceiling.classifiers]
    with in_style():
        figure = new_figure(height=0.9 + 0.28 * len(rows))
        ax = figure.subplots()
        for place, (name, _, color, marker) in enumerate(rows):
            found = ceiling.of(name)
            ax.plot([found.low, found.high], [place, place], color=color, lw=1.4)
            ax.plot([found.estimate], [place], marker, color=color, ms=5)
        ax.axvline(ceiling.chance, color=MUTED, ls="--", lw=1)
        ax.axhline(1.5, color=MUTED, lw=0.6)
        ax.set_yticks(range(len(rows)), [text for _, text, _, _ in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(left=0)
        ax.grid(axis="y", visible=False)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_xlabel("Songs whose genre is found; dashed: always the commonest genre")
    return figure


def stability(stability: Stability) -> Figure:
    """Draw how far fits agree with the study's clusterings after each kind of change."""
    rows = [(change(name), name, "") for name in _CHANGES]
    rows += [(f"without {title(name).lower()}", "feature", name) for name in stability.features]
    with in_style():
        figure = new_figure(height=1.0 + 0.36 * len(rows))
        ax = figure.subplots()
        for shift, (method, _, color, marker) in zip((-0.18, 0.18), _METHODS, strict=True):
            runs = stability.runs[stability.runs["method"] == method]
            for place, (_, kind, left_out) in enumerate(rows):
                chosen = (runs["change"] == kind) & (runs["left_out"] == left_out)
                values = runs["ari"][chosen].to_numpy()
                if len(values) > 1:
                    strip(ax, values, place + shift, color, marker, width=0.2)
                    mean_and_range(ax, stability.of(method, kind, left_out), place + shift)
                else:
                    ax.plot(values, [place + shift] * len(values), marker, color=color, ms=5)
        ax.set_yticks(range(len(rows)), [plain(text) for text, _, _ in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlim(right=1.02)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("Adjusted Rand index with the study's clustering")
        _legend(ax)
    return figure


def recovery(stability: Stability) -> Figure:
    """Draw how well each cluster is found again in fits to other songs."""
    with in_style():
        figure = new_figure(height=2.8)
        left, right = figure.subplots(1, 2, sharey=True)
        for ax, (method, name, color, marker) in zip((left, right), _METHODS, strict=True):
            found = stability.recovered(method)
            at = np.arange(len(found))
            ax.vlines(at, found["low"], found["high"], color=color, lw=1.4)
            ax.plot(at, found["median"], marker, color=color, ms=5)
            ax.axhline(RECOVERED_FROM, color=MUTED, ls="--", lw=1)
            if len(at) <= 30:
                ax.set_xticks(at, [str(cluster) for cluster in found.index])
            ax.set_xlabel("Component" if method == "mixture" else "Cluster")
            ax.set_title(name)
            ax.grid(axis="x", visible=False)
        left.set(ylabel="Jaccard coefficient", ylim=(0, 1))
    return figure


def _estimate(ax: Axes, value: Interval, place: float, color: str, marker: str) -> None:
    if np.isfinite(value.low):
        ax.plot([place, place], [value.low, value.high], color=color, lw=1.4)
    ax.plot([place], [value.estimate], marker, color=color, ms=5)


def _range(ax: Axes, spread: Spread, place: float) -> None:
    ax.bar(
        [place],
        [spread.high - spread.low],
        bottom=[spread.low],
        width=0.5,
        color=MUTED,
        alpha=0.35,
        hatch="////",
        edgecolor=MUTED,
        lw=0.6,
    )
    ax.plot([place - 0.25, place + 0.25], [spread.mean, spread.mean], color=INK, lw=1.2)


def _legend(ax: Axes) -> None:
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=color, markersize=5, label=name)
        for _, name, color, marker in _METHODS
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
