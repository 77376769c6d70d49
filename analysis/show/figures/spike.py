"""A picture of the likelihood without a bound: a spike on one of nine numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from analysis.findings.mixtures.spike import PLACE, SHOWN, SpikeToy
from analysis.numbers import number
from analysis.show.figures.style import BLUE, INK, MUTED, ORANGE, in_style, new_figure

_WIDTH = 4.8
"""In inches: narrow, so that a phone shows the text at a size that can be read."""
_TOP = 0.75
"""Densities above it leave the panel."""


def narrowing(toy: SpikeToy) -> Figure:
    """Draw the density for three widths of the spike, and its log-likelihood against the width."""
    x = np.sort(np.append(np.linspace(-1, 10, 400), PLACE + np.linspace(-0.3, 0.3, 241)))
    with in_style():
        figure = new_figure(height=6.2, width=_WIDTH)
        *panels, below = figure.subplots(
            len(SHOWN) + 1, 1, gridspec_kw={"height_ratios": [1] * len(SHOWN) + [2.2]}
        )
        for ax, width, marker in zip(panels, SHOWN, "os^", strict=True):
            ax.plot(x, np.minimum(toy.density(x, width), 2 * _TOP), color=BLUE)
            ax.plot(toy.X[:, 0], np.zeros(len(toy.X)), "|", color=INK, ms=10, clip_on=False)
            ax.set_ylim(0, _TOP)
            ax.set_ylabel("Density", fontsize=10)
            ax.set_title(f"Width of the spike: {number(width, 2)}", fontsize=10)
            at = int(np.abs(toy.widths - width).argmin())
            below.plot(toy.widths[at], toy.log_likelihoods[at], marker, color=BLUE, ms=6)
        for ax in panels[:-1]:
            ax.tick_params(labelbottom=False)
        panels[-1].set_xlabel("The nine numbers", fontsize=10)
        below.plot(toy.widths, toy.log_likelihoods, color=BLUE, label="log-likelihood")
        below.plot(toy.widths, toy.with_prior, "--", color=ORANGE, label="with a prior (MAP)")
        below.axvline(toy.best_width, color=MUTED, lw=0.8, ls=":")
        below.set_xscale("log")
        below.invert_xaxis()
        low, high = toy.log_likelihoods.min(), toy.log_likelihoods.max()
        below.set_ylim(low - (high - low), high + 0.1 * (high - low))
        below.set_xlabel("Width of the spike, narrower to the right", fontsize=10)
        below.set_ylabel("Nats", fontsize=10)
        below.legend(loc="lower right", fontsize=9)
    return figure
