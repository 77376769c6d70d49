"""Figures of both methods beside the genres, beside chance, and of how stable they are."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter

from analysis.findings.comparison.classifiers import ClassifierScores
from analysis.findings.comparison.genres_found import GenresFound
from analysis.findings.comparison.scores import AGAINST_GENRES, Scores
from analysis.findings.comparison.stability import RECOVERED_FROM, Stability
from analysis.methods.indices.record import INTERNAL
from analysis.show.figures.comparison import mean_and_range, strip
from analysis.show.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    chance,
    estimate,
    in_style,
    new_figure,
    plain,
)
from analysis.show.names import change, classifier, score, title

_METHODS = (("kmeans", "K-Means", BLUE, "o"), ("mixture", "Mixture", ORANGE, "s"))
_CHANCE = {"cells": "Random centres", "shuffled": "Shuffled labels"}
_MANY_FOLD = ("davies_bouldin",)
"""Indices that chance makes many times as large as a method does."""
_CHANGES = ("single", "few", "full", "songs")


def internal_scores(scores: Scores) -> Figure:
    """Draw the internal indices of both methods, of the genres, and of two kinds of chance."""
    names = [name for _, name, _, _ in _METHODS] + ["Genres", *_CHANCE.values()]
    with in_style():
        figure = new_figure(height=2.3)
        panels = figure.subplots(1, len(INTERNAL), sharey=True)
        for ax, index in zip(panels, INTERNAL, strict=True):
            for place, (method, _, color, marker) in enumerate(_METHODS):
                estimate(ax, scores.of(method, index), place, color, marker)
            estimate(ax, scores.of("genres", index), 2, INK, "D")
            for place, name in enumerate(_CHANCE, 3):
                chance(ax, scores.baseline(name, index), place)
            ax.use_sticky_edges = False
            ax.margins(x=0.08)
            if index in _MANY_FOLD:
                ax.set_xscale("log")
                ax.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
                ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
                ax.xaxis.set_minor_locator(NullLocator())
                ax.set_xlabel(f"{score(index)} (logarithmic)")
            else:
                ax.axvline(0, color=MUTED, lw=0.7)
                ax.xaxis.set_major_locator(MaxNLocator(4))
                ax.set_xlabel(score(index))
            _rows(ax, names)
        for ax in panels[1:]:
            ax.tick_params(left=False)
    return figure


def external_scores(scores: Scores) -> Figure:
    """Draw the external indices of both methods and of two kinds of chance, on one scale."""
    names = [name for _, name, _, _ in _METHODS] + [*_CHANCE.values()]
    with in_style():
        figure = new_figure(height=4.6, width=5.2)
        panels = figure.subplots(len(AGAINST_GENRES), 1, sharex=True)
        for ax, index in zip(panels, AGAINST_GENRES, strict=True):
            for place, (method, _, color, marker) in enumerate(_METHODS):
                estimate(ax, scores.of(method, index), place, color, marker)
            for place, name in enumerate(_CHANCE, 2):
                chance(ax, scores.baseline(name, index), place)
            ax.set_title(score(index))
            _rows(ax, names)
        panels[-1].set_xlabel("Agreement with the genres; 1 would be all of it")
        panels[0].set_xlim(left=min(0.0, panels[0].get_xlim()[0]))
    return figure


def ceiling(ceiling: ClassifierScores, named: GenresFound) -> Figure:
    """Draw which share of the songs groups made by chance, clusters and classifiers get right."""
    rows = [("kmeans", "Clusters of K-Means", BLUE, "o")]
    rows += [("mixture", "Components of the mixture", ORANGE, "s")]
    rows += [(name, classifier(name), INK, "D") for name in ceiling.classifiers]
    by_chance = ((_CHANCE["shuffled"], named.shuffled), (_CHANCE["cells"], named.cells))
    with in_style():
        figure = new_figure(height=1.4 + 0.28 * len(rows))
        ax = figure.subplots()
        for place, (_, spread) in enumerate(by_chance):
            chance(ax, spread, place)
        for place, (name, _, color, marker) in enumerate(rows, len(by_chance)):
            estimate(ax, ceiling.of(name), place, color, marker)
        ax.axvline(ceiling.chance, color=MUTED, ls="--", lw=1)
        ax.axhline(3.5, color=MUTED, lw=0.6)
        _rows(ax, [name for name, _ in by_chance] + [text for _, text, _, _ in rows])
        ax.set_xlim(left=0)
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


def _rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)


def _legend(ax: Axes) -> None:
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=color, markersize=5, label=name)
        for _, name, color, marker in _METHODS
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
