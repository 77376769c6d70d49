"""Figures of artists, and of the features written in several ways."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from analysis.findings.comparison.artists import Artists
from analysis.findings.comparison.recodings import Recodings, Toy
from analysis.show.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    chance,
    estimate,
    genre_handles,
    genre_styles,
    in_style,
    new_figure,
    plain,
    tint,
)
from analysis.show.names import recoding, title
from analysis.songs.recoding import recode
from analysis.songs.table import Dataset

_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "^", "ls": "-"},
    {"color": MUTED, "marker": "v", "ls": "-"},
    {"color": BLUE, "marker": "<", "ls": "--"},
    {"color": INK, "marker": ">", "ls": "-"},
    {"color": ORANGE, "marker": "P", "ls": "-"},
    {"color": ORANGE, "marker": "X", "ls": "--"},
)
"""One for each recoding; what is whitened is dashed."""
_METHODS = (("kmeans", "K-Means", BLUE, "o"), ("mixture", "Gaussian mixture", ORANGE, "s"))


NUMBERED = 5
"""A group of so many songs has room for its number."""


def artists(artists: Artists) -> Figure:
    """Draw each genre as a bar that is cut into its artists, from the largest to the smallest."""
    names = list(artists.blocks)
    with in_style():
        figure = new_figure(height=0.9 + 0.26 * len(names))
        ax = figure.subplots()
        for place, name in enumerate(names):
            sizes = np.array(artists.blocks[name])
            ends = np.cumsum(sizes)
            several = sizes > 1
            for shade, (first, strength) in enumerate(((0, 0.85), (1, 0.55))):
                chosen = np.flatnonzero(several)[first::2]
                spans = list(zip(ends[chosen] - sizes[chosen], sizes[chosen], strict=True))
                ax.broken_barh(spans, (place - 0.35, 0.7), facecolor=tint(BLUE, strength))
                for left, size in spans:
                    if size >= NUMBERED:
                        ax.text(
                            left + size / 2,
                            place,
                            str(size),
                            ha="center",
                            va="center",
                            size=SMALL,
                            color=INK if shade else "white",
                        )
            alone = int((~several).sum())
            ax.barh(place, alone, left=ends[-1] - alone, height=0.7, color=tint(MUTED, 0.35))
            ax.vlines(ends[:-1], place - 0.35, place + 0.35, color="white", lw=0.5)
        ax.set_yticks(range(len(names)), [plain(name) for name in names])
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("Songs, cut into groups by one artist; grey: groups of one")
    return figure


def recoding_toy(toy: Toy) -> Figure:
    """Draw six songs in two coordinates, with the best cut in two of each."""
    axes_of = {
        "apart": ("Tempo", "Zero-crossing rate"),
        "mixed": ("Tempo", "Tempo + zero-crossing rate"),
    }
    with in_style():
        figure = new_figure(height=2.9, width=6.0)
        for ax, (name, labels) in zip(figure.subplots(1, 2), axes_of.items(), strict=True):
            for cluster, color in ((0, BLUE), (1, ORANGE)):
                inside = toy.labels[name] == cluster
                for rate, marker in ((0, "o"), (1, "^")):
                    chosen = inside & (toy.rates == rate)
                    ax.plot(*toy.points[name][chosen].T, marker, color=color, ms=9)
                center = toy.points[name][inside].mean(axis=0)
                ax.plot(*center, "x", color=color, ms=9, mew=2.2)
            ax.set(xlabel=labels[0], ylabel=labels[1], xlim=(-2, 2), ylim=(-2, 2), aspect="equal")
        handles = [
            Line2D([], [], ls="", marker="o", color=MUTED, label="Dull song"),
            Line2D([], [], ls="", marker="^", color=MUTED, label="Bright song"),
            Line2D([], [], ls="", marker="x", color=MUTED, mew=2, label="Centre of a cluster"),
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def recoded_songs(dataset: Dataset) -> Figure:
    """Draw the songs by what the table says, and by what it hides, with the genres' means."""
    frame, genres = dataset.frame, dataset.labels
    new = recode(frame)
    panels = (
        (frame["tempo"], frame["danceability"], title("tempo"), title("danceability")),
        (new["log_swing"], new["log_zcr"], title("log_swing"), title("log_zcr")),
    )
    with in_style():
        figure = new_figure(height=3.6)
        for ax, (x, y, across, up) in zip(figure.subplots(1, 2), panels, strict=True):
            ax.plot(x, y, ".", color=tint(MUTED, 0.5), ms=2.5, rasterized=True)
            for genre, style in genre_styles(dataset.genres):
                inside = genres == genre
                ax.plot([x[inside].mean()], [y[inside].mean()], ls="", ms=8, mec="white", **style)
            ax.set(xlabel=across, ylabel=up)
        figure.legend(handles=genre_handles(dataset.genres), loc="outside upper center", ncols=5)
    return figure


def recodings(found: Recodings) -> Figure:
    """Draw the share of songs right for each recoding: cells, both methods, the best classifier."""
    with in_style():
        figure = new_figure(height=1.3 + 0.52 * len(found.names))
        ax = figure.subplots()
        for place, name in enumerate(found.names):
            cells = found.over_seeds(name, "cells:named")
            chance(ax, cells, place, height=0.66)
            for shift, (method, _, color, marker) in zip((-0.14, 0.14), _METHODS, strict=True):
                estimate(ax, found.of(name, f"{method}:named"), place + shift, color, marker)
            estimate(ax, found.best(name), place, INK, "D")
        ax.set_yticks(range(len(found.names)), [recoding(name) for name in found.names])
        ax.set_ylim(len(found.names) - 0.5, -0.5)
        ax.set_xlim(left=0.15)
        ax.grid(axis="y", visible=False)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        ax.set_xlabel("Songs whose genre is found; hatched: random centres on the same coordinates")
        handles = [
            Line2D([], [], ls="", marker=marker, color=color, ms=5, label=name)
            for _, name, color, marker in (*_METHODS, ("", "Best told, by artist", INK, "D"))
        ]
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
    return figure


def recoding_bic(found: Recodings) -> Figure:
    """Draw BIC in the table's units for each recoding."""
    looks = dict(zip(found.names, _LOOKS, strict=True))
    with in_style():
        figure = new_figure(height=3.2)
        ax = figure.subplots()
        for name in found.names:
            values = found.bic[name]
            ax.plot(values.index, values, ms=4, lw=1, **looks[name])
            least = found.choice(name)
            ax.plot([least], [values[least]], ms=10, mfc="none", mew=1.4, **looks[name])
        ax.set_xticks(list(found.bic.index))
        ax.set(xlabel="Components", ylabel="BIC, in the table's units")
        top = np.nanquantile(found.bic.to_numpy(), 0.9)
        span = top - found.bic.to_numpy().min()
        ax.set_ylim(found.bic.to_numpy().min() - 0.06 * span, top)
        handles = [
            Line2D([], [], ms=4, lw=1, label=recoding(name), **looks[name]) for name in found.names
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure
