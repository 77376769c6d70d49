"""Figures on mixtures without a bound: log-likelihood by decade, eigenvalues, BIC shifted."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from analysis.findings.mixtures.choice import MixtureSweep
from analysis.findings.mixtures.degeneracy import Degeneracy
from analysis.findings.mixtures.run import REG_COVAR
from analysis.show.figures.gmm_choice import at_study
from analysis.show.figures.style import BLUE, INK, ORANGE, in_style, new_figure

STYLES = (
    ("as published", {"color": ORANGE, "marker": "v"}),
    ("ours", {"color": BLUE, "marker": "^"}),
)
"""The feature sets with the look of their lines."""


def regularisation(published: Degeneracy, ours: Degeneracy) -> Figure:
    """Draw the log-likelihood, and its gain per decade, against `reg_covar`, on both sets."""
    with in_style():
        figure = new_figure(height=3.0)
        left, right = figure.subplots(1, 2)
        for (name, style), found in zip(STYLES, (published, ours), strict=True):
            table = found.table
            left.plot(table["reg_covar"], table["log_likelihood"], ms=4, label=name, **style)
            right.plot(table["reg_covar"], table["gain"], ms=4, lw=1, **style)
        for slope in sorted({published.slope, ours.slope}):
            right.axhline(slope, color=INK, lw=1, ls=":")
        right.annotate(
            "theory",
            (0.02, published.slope),
            xycoords=("axes fraction", "data"),
            xytext=(0, -4),
            textcoords="offset points",
            va="top",
            fontsize=8,
        )
        left.set_ylabel("Log-likelihood (nats)")
        left.legend(loc="upper left")
        right.set_ylabel("Gain per decade (nats)")
        for ax in (left, right):
            _decades(ax)
    return figure


def eigenvalues(published: Degeneracy, ours: Degeneracy) -> Figure:
    """Draw every eigenvalue of every component on both sets, with a line at `reg_covar`."""
    with in_style():
        figure = new_figure(height=3.2)
        panels = figure.subplots(1, 2, sharey=True)
        for ax, (name, style), found in zip(panels, STYLES, (published, ours), strict=True):
            at = np.arange(found.n_components)
            for values in found.eigenvalues.T[1:]:
                ax.plot(at, values, "_", color="#767676", ms=9, mew=1.6)
            ax.plot(at, found.eigenvalues[:, 0], lw=0, ms=5, **style)
            ax.axhline(REG_COVAR, color=INK, lw=1, ls="--")
            ax.set_title(name)
            ax.set_yscale("log")
            ax.set_xlabel("Component")
            ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        panels[0].set_ylabel("Eigenvalue of the covariance")
        low, high = panels[1].get_ylim()
        panels[1].set_ylim(low / 3, high)
        panels[1].annotate(
            "reg_covar",
            (0.98, REG_COVAR),
            xycoords=("axes fraction", "data"),
            xytext=(0, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
        )
    return figure


def shifted_criteria(sweep: MixtureSweep, published: Degeneracy) -> Figure:
    """Draw the sweep's BIC and AIC, with the redundant directions and without, above their best."""
    with in_style():
        figure = new_figure(height=3.0)
        for ax, criterion in zip(figure.subplots(1, 2), ("bic", "aic"), strict=True):
            for label, values, style in (
                ("as published", sweep.table[criterion], STYLES[0][1]),
                ("without the copy", published.reduced[criterion], STYLES[1][1]),
            ):
                above = values - values.min()
                ax.plot(above.index, above, ms=3.5, label=label, **style)
                best = above.idxmin()
                ax.plot(best, 0.0, "s", mfc="none", mec=INK, ms=11)
            ax.set_ylabel(f"{criterion.upper()} above its lowest value")
            ax.margins(y=0.1)
            at_study(ax, sweep.n_components)
        legend = figure.axes[0].get_legend_handles_labels()
        figure.legend(*legend, loc="outside upper center", ncols=2)
    return figure


def _decades(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.invert_xaxis()
    ax.set_xlabel("reg_covar, falling to the right")
