"""Figures of the mixture's components: certainty, refits, weights, shapes, and songs drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from analysis.findings.mixtures.certainty import Certainty, entropy_envelope
from analysis.findings.mixtures.certainty_checked import PosteriorCheck
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.samples import MixtureSamples
from analysis.findings.mixtures.shapes import PlaneView, Shapes
from analysis.numbers import number, percent
from analysis.show.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    bars,
    group_style,
    heatmap,
    in_style,
    in_two_lines,
    new_figure,
    new_panels,
    spread,
)

N_SHOWN = 4
"""So many components have their covariances drawn."""
SHORT = 4
"""Letters of a column's name where the rows have the whole names in the same order."""


def song_entropies(mixture: Mixture, certainty: Certainty) -> Figure:
    """Draw a histogram of the songs' entropies, with their mean."""
    mean = certainty.of("nats", "mean")
    with in_style():
        figure = new_figure(height=2.6)
        ax = figure.subplots()
        edges = np.linspace(0, certainty.most_possible, 41).tolist()
        ax.hist(mixture.entropy, bins=edges, color=BLUE, edgecolor="white", lw=0.4)
        ax.axvline(mean, color=ORANGE, ls="--", lw=1.2)
        ax.annotate(
            f"mean {number(mean)}",
            (mean, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            color=ORANGE,
            fontsize=SMALL,
        )
        ax.set_xlim(0, certainty.most_possible)
        ax.set(xlabel="Entropy (nats), up to the largest possible", ylabel="Songs")
        ax.grid(axis="x", visible=False)
    return figure


def song_certainty(mixture: Mixture) -> Figure:
    """Draw each song's largest probability and its entropy, between the bounds."""
    at = np.linspace(1 / mixture.n_components, 1, 600)
    low, high = entropy_envelope(at, mixture.n_components)
    with in_style():
        figure = new_figure(height=3.6)
        ax = figure.subplots()
        ax.fill_between(at, low, high, color=MUTED, alpha=0.12, lw=0)
        ax.plot(at, high, color=ORANGE, label="Greatest entropy possible")
        ax.plot(at, low, color=ORANGE, ls="--", label="Least entropy possible")
        ax.plot(
            mixture.max_probability,
            mixture.entropy,
            ls="",
            marker="o",
            ms=3,
            mew=0,
            color=BLUE,
            alpha=0.55,
            rasterized=True,
            label="A song",
        )
        ax.set(xlabel="Probability of the song's component", ylabel="Entropy (nats)")
        ax.set_ylim(bottom=0)
        ax.legend()
    return figure


def refit_reliability(check: PosteriorCheck) -> Figure:
    """Draw the probabilities beside what they come to, and the songs behind each point."""
    table = check.table
    at = table["probability"].to_numpy()
    kinds = (
        ("model", "Drawn from the mixture: label is right", MUTED, "D", ":"),
        ("own", "Refit, from the study's parameters: song stays", BLUE, "^", "-"),
        ("fresh", "Refit, from a fresh start: song stays", ORANGE, "v", "--"),
    )
    with in_style():
        figure = new_figure(height=4.4)
        ax, below = figure.subplots(2, 1, height_ratios=[3.4, 1], sharex=True)
        ax.plot([0, 1], [0, 1], color=INK, lw=0.8)
        for name, label, color, marker, dash in kinds:
            share = table[name].to_numpy()
            if f"{name}_low" in table:
                ends = [share - table[f"{name}_low"], table[f"{name}_high"] - share]
                ax.errorbar(at, share, np.abs(ends), fmt="none", ecolor=color, elinewidth=1.2)
            ax.plot(at, share, color=color, marker=marker, ms=5, ls=dash, label=label)
        ax.set(ylabel="Share", ylim=(0, 1.03))
        ax.legend(loc="lower right")
        lefts = np.maximum(table["low"].to_numpy(), _left_end(table["low"].to_numpy()))
        widths = table["high"].to_numpy() - lefts
        below.bar(lefts, table["n"], widths, align="edge", color=BLUE, edgecolor="white", lw=0.8)
        for left, width, n in zip(lefts, widths, table["n"], strict=True):
            below.annotate(
                number(int(n)),
                (left + width / 2, n),
                xytext=(0, 2),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
            )
        below.margins(y=0.25)
        below.set_xlim(_left_end(table["low"].to_numpy()), 1.005)
        below.set(xlabel="Probability of the song's component", ylabel="Songs")
        below.grid(axis="x", visible=False)
    return figure


def component_weights(mixture: Mixture) -> Figure:
    """Draw the weight of each component, with a line at that of equal ones."""
    with in_style():
        figure = new_figure(height=2.7)
        ax = figure.subplots()
        bars(
            ax,
            mixture.weights,
            [percent(float(weight), 1) for weight in mixture.weights],
            even=mixture.even_weight,
            even_name="1 / K",
        )
        ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set(xlabel="Component", ylabel="Weight")
    return figure


def component_covariances(mixture: Mixture) -> Figure:
    """Draw the covariance matrices of the first components, of standardised features."""
    shown = min(N_SHOWN, mixture.n_components)
    values = mixture.covariances[:shown]
    limit = float(np.abs(values).max())
    names = [feature.title for feature in mixture.features]
    with in_style():
        figure, panels = new_panels(shown, columns=2, height=0.9 + 0.33 * len(names))
        for component, ax in enumerate(panels):
            heatmap(
                ax,
                values[component],
                names if component % 2 == 0 else [""] * len(names),
                [name[:SHORT] for name in names],
                limit=limit,
                bar="",
            )
            ax.set_title(f"Component {component}")
            bar = ax.collections[0].colorbar
            if bar is not None:
                bar.remove()
    return figure


def component_axes(shapes: Shapes) -> Figure:
    """Draw how many times as long as wide each component is, beside round ones of its size."""
    ratios = shapes.frame["axis_ratio"].to_numpy()
    limits = shapes.frame["round_high"].to_numpy()
    at = np.arange(len(ratios))
    finite = np.isfinite(limits)
    with in_style():
        figure = new_figure(height=3.0)
        ax = figure.subplots()
        ax.set_yscale("log")
        ax.vlines(at[finite], 1, limits[finite], color=MUTED, lw=7, alpha=0.6, label="Round")
        ax.plot(at, ratios, ls="", marker="s", ms=6, color=ORANGE, label="Component")
        if np.isfinite(shapes.whole_ratio):
            ax.axhline(shapes.whole_ratio, color=INK, ls="--", lw=1, label="All songs")
        low, high = shapes.kmeans_range
        if np.isfinite(high):
            ax.axhspan(low, high, color=BLUE, alpha=0.15, lw=0, label="Clusters of K-Means")
        ax.set_ylim(bottom=0.9)
        ax.yaxis.set_major_formatter(lambda value, _: number(value, 0))
        ax.set_xticks(at[:: max(1, len(at) // 20)])
        ax.set(xlabel="Component", ylabel="Longest to shortest axis")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)
        ax.grid(axis="x", visible=False)
    return figure


def component_plane(view: PlaneView) -> Figure:
    """Draw the songs in the plane of two principal axes, and the components' ellipses on them."""
    left, right, bottom, top = view.box
    with in_style():
        figure = new_figure(height=min(7.0, max(3.0, 7.0 * (top - bottom) / (right - left))))
        ax = figure.subplots()
        for component, curve in enumerate(view.ellipses):
            look = group_style("mixture", component)
            songs = view.scores[view.labels == component]
            ax.plot(*songs.T, ls="", ms=3, mew=0, alpha=0.6, rasterized=True, **look)
            ax.plot(*curve.T, color="white", lw=3.4)
            ax.plot(*curve.T, color=look["color"], lw=1.8)
        for component, mean in enumerate(view.means):
            color = group_style("mixture", component)["color"]
            ax.annotate(
                str(component),
                mean,
                ha="center",
                va="center",
                fontsize=SMALL,
                bbox={"boxstyle": "square,pad=0.25", "fc": "white", "ec": color, "lw": 1.4},
            )
        ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        ax.set(xlabel="First principal axis", ylabel="Second principal axis")
    return figure


def drawn_marginals(draws: MixtureSamples) -> Figure:
    """Draw each feature's histogram under the mixture's density, with the places it leaves."""
    features = draws.features
    with in_style():
        figure, panels = new_panels(len(features), columns=3, height=1.9)
        for j, (feature, ax) in enumerate(zip(features, panels, strict=True)):
            values = draws.songs[:, j]
            points, heights = draws.curves[j]
            if draws.counted[j]:
                spread(ax, values, BLUE)
                if len(points) > 4:  # the outermost stand for all that lies beyond them, too
                    points, heights = points[1:-1], heights[1:-1]
            else:
                _, edges, _ = ax.hist(values, bins=25, color=BLUE, edgecolor="white", lw=0.4)
                heights = len(values) * float(edges[1] - edges[0]) * heights
            ax.plot(points, heights, color=ORANGE, lw=1.5)
            ax.set(xlabel=feature.axis_label, ylim=(0, None))
            if j % 3 == 0:
                ax.set_ylabel("Songs")
            ax.grid(axis="x", visible=False)
        figure.legend(
            handles=[
                Line2D([], [], color=BLUE, lw=5, label="Songs"),
                Line2D([], [], color=ORANGE, label="Mixture"),
            ],
            loc="outside upper center",
            ncols=2,
        )
    return figure


def drawn_pairs(draws: MixtureSamples) -> Figure:
    """Draw songs below the diagonal and as many drawn ones above it, on the same scales."""
    features, d = draws.features, len(draws.features)
    both = np.concatenate([draws.songs, draws.drawn])
    low, high = both.min(axis=0), both.max(axis=0)
    room = 0.04 * np.maximum(high - low, 1e-9)
    with in_style():
        figure = new_figure(height=7.0)
        axes = figure.subplots(d, d, squeeze=False)
        for i in range(d):
            for j in range(d):
                ax = axes[i, j]
                ax.set_xlim(low[j] - room[j], high[j] + room[j])
                ax.tick_params(labelleft=False, labelbottom=False)
                ax.xaxis.set_major_locator(MaxNLocator(2))
                ax.yaxis.set_major_locator(MaxNLocator(2))
                ax.grid(visible=False)
                if i == j:
                    _two_histograms(ax, draws.songs[:, j], draws.drawn[:, j])
                else:
                    points, color = (draws.songs, BLUE) if i > j else (draws.drawn, ORANGE)
                    style: dict[str, Any] = {
                        "ls": "",
                        "marker": "o",
                        "ms": 1.6,
                        "mew": 0,
                        "alpha": 0.5,
                    }
                    ax.plot(points[:, j], points[:, i], color=color, rasterized=True, **style)
                    ax.set_ylim(low[i] - room[i], high[i] + room[i])
                if i == d - 1:
                    ax.set_xlabel(in_two_lines(features[j]), fontsize=SMALL)
                    ax.tick_params(labelbottom=True)
                if j == 0:
                    ax.set_ylabel(in_two_lines(features[i]), fontsize=SMALL)
                    ax.tick_params(labelleft=i > 0)
        figure.legend(
            handles=[
                Line2D([], [], color=BLUE, marker="o", ls="", ms=5, label="Songs, below"),
                Line2D([], [], color=ORANGE, marker="o", ls="", ms=5, label="Drawn, above"),
            ],
            loc="outside upper center",
            ncols=2,
        )
    return figure


def drawn_depth(draws: MixtureSamples) -> Figure:
    """Draw the share of songs in the densest regions of the mixture."""
    n = len(draws.depth)
    with in_style():
        figure = new_figure(height=3.2, width=4.6)
        ax = figure.subplots()
        ax.plot([0, 1], [0, 1], color=INK, lw=0.8, label="Mixture")
        ax.plot(
            np.r_[0, draws.depth, 1],
            np.r_[0, np.arange(1, n + 1) / n, 1],
            color=BLUE,
            label="Songs",
        )
        ax.fill_between(
            [0, 1],
            [-draws.ks_limit, 1 - draws.ks_limit],
            [draws.ks_limit, 1 + draws.ks_limit],
            color=MUTED,
            alpha=0.15,
            lw=0,
        )
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        ax.set(xlabel="Share of the mixture, densest first", ylabel="Share of the songs")
        ax.legend()
    return figure


def _two_histograms(ax: Axes, songs: NDArray[np.float64], drawn: NDArray[np.float64]) -> None:
    edges = np.linspace(*ax.get_xlim(), 26).tolist()
    ax.hist(songs, bins=edges, color=BLUE, alpha=0.75)
    ax.hist(drawn, bins=edges, histtype="step", color=ORANGE, lw=1.2)
    ax.set_yticks([])


def _left_end(lows: NDArray[np.float64]) -> float:
    """Return where the axis of probabilities begins: not at 0 if no song is near it."""
    above = lows[lows > 0]
    return float(above.min() - 0.1) if lows.min() == 0 and len(above) else float(lows.min())
