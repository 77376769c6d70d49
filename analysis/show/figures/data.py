"""Figures of the table: its features, genres, correlations, axes and scales."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.findings.data.dependence import Correlation, Spectrum
from analysis.findings.data.description import GenreMeans
from analysis.findings.data.scaling import Influence, Scaling
from analysis.findings.data.tempo import TempoGrid
from analysis.numbers import percent
from analysis.show.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    heatmap,
    in_style,
    in_two_lines,
    new_figure,
    new_panels,
    plain,
    share_bars,
    spread,
    tint,
)
from analysis.show.names import title
from analysis.songs.table import Dataset

COLUMNS = 5
"""Genres in a row."""
SONG: dict[str, Any] = {
    "ls": "",
    "marker": "o",
    "ms": 2,
    "mew": 0,
    "alpha": 0.5,
    "rasterized": True,
}
"""The look of a song where there are many."""


def histograms(dataset: Dataset) -> Figure:
    """Draw how the values of each feature are spread; spikes where they are few."""
    with in_style():
        figure, panels = new_panels(len(dataset.features), columns=3, height=1.75)
        for ax, feature, values in zip(panels, dataset.features, dataset.X.T, strict=True):
            spread(ax, values, BLUE)
            ax.set_xlabel(feature.axis_label)
            ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        for ax in panels[::3]:
            ax.set_ylabel("Songs")
    return figure


def by_genre(dataset: Dataset) -> Figure:
    """Draw box plots of each feature by genre."""
    genres = dataset.genres
    with in_style():
        figure = new_figure(height=0.75 + 0.27 * len(genres))
        panels = figure.subplots(1, len(dataset.features), sharey=True)
        for ax, feature, values in zip(panels, dataset.features, dataset.X.T, strict=True):
            ax.boxplot(
                [values[dataset.labels == genre] for genre in genres],
                orientation="horizontal",
                widths=0.65,
                patch_artist=True,
                boxprops={"facecolor": "#c6d6e6", "edgecolor": BLUE, "linewidth": 0.8},
                medianprops={"color": ORANGE, "linewidth": 1.6},
                whiskerprops={"color": BLUE, "linewidth": 0.8},
                capprops={"color": BLUE, "linewidth": 0.8},
                flierprops={
                    "marker": "o",
                    "markersize": 2,
                    "markerfacecolor": "none",
                    "markeredgecolor": MUTED,
                    "markeredgewidth": 0.5,
                },
            )
            ax.set_xlabel(feature.axis_label)
            ax.xaxis.set_major_locator(MaxNLocator(3))
            ax.grid(axis="y", visible=False)
        panels[0].set_yticks(range(1, len(genres) + 1), [plain(genre) for genre in genres])
        panels[0].invert_yaxis()
    return figure


def correlations(correlation: Correlation) -> Figure:
    """Draw both correlations of each pair: Pearson below the diagonal, Spearman above."""
    names = [title(str(name)) for name in correlation.pearson.index]
    lower = np.tril(np.ones((len(names), len(names)), dtype=bool), -1)
    values = np.where(lower, correlation.pearson.to_numpy(), correlation.spearman.to_numpy())
    np.fill_diagonal(values, np.nan)
    with in_style():
        figure = new_figure(height=0.9 + 0.55 * len(names), width=5.2)
        ax = figure.subplots()
        heatmap(ax, values, names, names, limit=1.0, bar="Correlation", digits=3)
        ax.set_title("Below the diagonal Pearson, above it Spearman")
    return figure


def pairs(dataset: Dataset) -> Figure:
    """Draw every two features against each other, and in one such plane each genre before all."""
    features, X = dataset.features, dataset.X
    n, rows = len(features), -(-len(dataset.genres) // COLUMNS)
    with in_style():
        heights = [min(0.9 * n, 4.6), 1.25 * rows]
        figure = new_figure(height=sum(heights))
        above, below = figure.subfigures(2, 1, height_ratios=heights, squeeze=False).ravel()
        panels = above.subplots(n, n, squeeze=False)
        for i, j in np.ndindex(n, n):
            ax = panels[i, j]
            if j > i:
                ax.set_axis_off()
                continue
            if i == j:
                spread(ax, X[:, i], MUTED)
                ax.set_yticks([])
                ax.spines["left"].set_visible(False)
                ax.grid(visible=False)
            else:
                ax.plot(X[:, j], X[:, i], color=BLUE, **SONG)
                ax.yaxis.set_major_locator(MaxNLocator(2))
            ax.xaxis.set_major_locator(MaxNLocator(2))
            ax.tick_params(labelbottom=i == n - 1, labelleft=j == 0 and i > 0)
            if i == n - 1:
                ax.set_xlabel(in_two_lines(features[j]), fontsize=SMALL)
            if j == 0 and i > 0:
                ax.set_ylabel(in_two_lines(features[i]), fontsize=SMALL)
        across, up = 0, min(1, n - 1)
        grid = below.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
        for ax, genre in zip_longest(grid.ravel(), dataset.genres):
            if genre is None:
                ax.set_axis_off()
                continue
            inside = dataset.labels == genre
            ax.plot(X[:, across], X[:, up], color=tint(MUTED, 0.45), **SONG)
            ax.plot(X[inside, across], X[inside, up], color=BLUE, **SONG | {"alpha": 0.9})
            ax.set_title(plain(genre))
            ax.xaxis.set_major_locator(MaxNLocator(2))
            ax.yaxis.set_major_locator(MaxNLocator(2))
        below.supxlabel(features[across].axis_label, fontsize=SMALL)
        below.supylabel(features[up].axis_label, fontsize=SMALL)
    return figure


def genre_means(genres: GenreMeans) -> Figure:
    """Draw how far each genre's mean lies from the mean of all songs, in standard deviations."""
    values = genres.deviations.to_numpy()
    with in_style():
        figure = new_figure(height=0.9 + 0.3 * len(values), width=5.8)
        heatmap(
            figure.subplots(),
            values,
            [plain(genre) for genre in genres.deviations.index],
            [feature.title for feature in genres.features],
            limit=float(np.abs(values).max()),
            bar="Standard deviations from the mean",
        )
    return figure


def scree(spectrum: Spectrum) -> Figure:
    """Draw the eigenvalues of the correlation matrix, with intervals, and their running sum."""
    axes_ = np.arange(1, spectrum.n_axes + 1)
    values = spectrum.eigenvalues
    reach = np.maximum([values - spectrum.low, spectrum.high - values], 0.0)
    with in_style():
        figure = new_figure(height=2.6)
        left, right = figure.subplots(1, 2)
        left.bar(axes_, values, color=BLUE, width=0.6)
        left.errorbar(axes_, values, yerr=reach, fmt="none", ecolor=INK, capsize=3, lw=1)
        left.axhline(1.0, color=ORANGE, linestyle="--", lw=1)
        left.annotate(
            "mean",
            (spectrum.n_axes + 0.4, 1.0),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            color=ORANGE,
        )
        left.set(xlabel="Axis", ylabel="Eigenvalue", xticks=axes_)
        right.plot(axes_, spectrum.cumulative, color=BLUE, marker="o")
        right.axhline(spectrum.variance_share, color=ORANGE, linestyle="--", lw=1)
        right.annotate(
            percent(spectrum.variance_share),
            (1.0, spectrum.variance_share),
            xytext=(0, -11),
            textcoords="offset points",
            color=ORANGE,
        )
        right.set(xlabel="Axes, the largest first", ylabel="Share of the variance", xticks=axes_)
        right.set_ylim(0, 1.05)
        right.yaxis.set_major_formatter(PercentFormatter(1.0))
    return figure


def axes(spectrum: Spectrum) -> Figure:
    """Draw what the principal axes are made of."""
    with in_style():
        figure = new_figure(height=0.9 + 0.45 * spectrum.n_axes, width=5.2)
        heatmap(
            figure.subplots(),
            spectrum.axes.to_numpy(),
            [title(str(name)) for name in spectrum.axes.index],
            [str(name).capitalize() for name in spectrum.axes.columns],
            limit=1.0,
            bar="Entry of the unit vector",
        )
    return figure


def tempo_lags(grid: TempoGrid) -> Figure:
    """Draw the songs at each tempo, and each tempo against its lag."""
    with in_style():
        figure = new_figure(height=2.9)
        left, right = figure.subplots(1, 2)
        left.vlines(grid.tempi, 0, grid.counts, color=BLUE, linewidth=2)
        left.set(xlabel="Tempo (BPM)", ylabel="Songs")
        left.set_ylim(bottom=0)
        lags = np.linspace(0.95 * grid.shortest_lag, 1.03 * grid.longest_lag, 300)
        right.plot(
            lags,
            60 * grid.sample_rate / (grid.hop_length * lags),
            color=ORANGE,
            lw=1,
            label="60 s / (lag × frame step)",
        )
        right.plot(grid.lags, grid.tempi, "o", color=BLUE, markersize=4, label="tempo in the table")
        right.set(xlabel="Lag (frames)", ylabel="Tempo (BPM)")
        right.legend()
    return figure


def variance_shares(scaling: Scaling) -> Figure:
    """Draw each feature's share of the variance before and after scaling."""
    names = [feature.title for feature in scaling.features]
    with in_style():
        figure = new_figure(height=0.9 + 0.3 * len(names))
        left, right = figure.subplots(1, 2, sharey=True)
        shares = [scaling.frame["share_before"], scaling.frame["share_after"]]
        most = max(float(share.max()) for share in shares)
        for ax, share in zip((left, right), shares, strict=True):
            share_bars(ax, names, share, "Share of the variance", most=most)
        left.set_title("In the features' own units")
        right.set_title("Standardised")
        right.invert_yaxis()
    return figure


def loudness_energy(dataset: Dataset) -> Figure:
    """Draw loudness against energy, one point a song; in decibels with its lower bound."""
    energy, loudness = dataset.frame["energy"].to_numpy(), dataset.frame["loudness"].to_numpy()
    by_name = {feature.name: feature for feature in dataset.whole.features}
    with in_style():
        figure = new_figure(height=3.2, width=5.2)
        ax = figure.subplots()
        ax.scatter(energy, loudness, s=8, color=BLUE, alpha=0.6, lw=0, rasterized=True)
        if by_name["loudness"].unit:
            at = np.linspace(max(energy.min(), 1e-4), energy.max(), 300)
            ax.plot(at, 20 * np.log10(at), color=ORANGE, lw=1.2)
            ax.legend(
                handles=[
                    Line2D([], [], linestyle="", marker="o", color=BLUE, label="a song"),
                    Line2D([], [], color=ORANGE, label="20 log₁₀(energy)"),
                ],
                loc="lower right",
            )
        ax.set(
            xlabel=by_name["energy"].axis_label,
            ylabel=by_name["loudness"].axis_label,
        )
    return figure


def neighbours(influence: Influence) -> Figure:
    """Draw how many songs get another nearest song when a feature is left out."""
    frame = influence.frame
    with in_style():
        figure = new_figure(height=0.7 + 0.3 * len(frame))
        share_bars(
            figure.subplots(),
            [title(str(name)) for name in frame.index],
            frame["neighbours_changed_without"],
            "Songs with another nearest song when the feature is left out",
        )
    return figure
