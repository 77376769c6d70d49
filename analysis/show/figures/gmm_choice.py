"""Figures on the number of components: BIC and AIC, starts, kinds of covariance, refits."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.findings.mixtures.choice import MixtureSweep, TypeSweeps
from analysis.findings.mixtures.choice_checked import ChoiceRefits, HeldOut
from analysis.show.figures.style import BLUE, INK, MUTED, ORANGE, in_style, new_figure

KIND_STYLES = {
    "full": {"color": BLUE, "marker": "o", "linestyle": "-"},
    "tied": {"color": ORANGE, "marker": "s", "linestyle": "--"},
    "diag": {"color": INK, "marker": "^", "linestyle": "-."},
    "spherical": {"color": MUTED, "marker": "D", "linestyle": ":"},
}
"""The look of each covariance type's line."""
SETTING_LABELS = {
    "seeds": "other seeds",
    "samples": "samples of the songs",
    "without copies": "the samples without copies",
}
"""What the axes call the ways to fit again."""
MOST_BELOW = 4.0
"""Held-out values further below the best, in nats per song, are not drawn."""


def mixture_sweep(sweep: MixtureSweep) -> Figure:
    """Draw BIC and AIC, and the log-likelihood, against K, with a line at the study's K."""
    with in_style():
        figure = new_figure(height=2.9)
        left, right = figure.subplots(1, 2)
        for criterion, marker, color, above in (
            ("bic", "o", BLUE, 7),
            ("aic", "^", INK, -14),
        ):
            values = sweep.table[criterion]
            left.plot(values.index, values, f"{marker}-", color=color, ms=3.5)
            left.annotate(
                criterion.upper(),
                (sweep.ks[-1], values.iloc[-1]),
                xytext=(-2, above),
                textcoords="offset points",
                ha="right",
                color=color,
                fontsize=8,
            )
            _mark_best(left, sweep, criterion)
        left.set_ylabel("Criterion (low is good)")
        right.plot(
            sweep.table.index, sweep.table["log_likelihood"], "o-", color=BLUE, ms=3.5, label="best"
        )
        right.plot(
            sweep.starts.index, sweep.starts.iloc[:, 0], "x--", color=ORANGE, ms=4, label="first"
        )
        right.set_ylabel("Log-likelihood (nats)")
        right.legend(title="Start", loc="lower right", title_fontsize=8)
        for ax in (left, right):
            ax.margins(y=0.12)
            at_study(ax, sweep.n_components)
    return figure


def mixture_starts(sweep: MixtureSweep) -> Figure:
    """Draw how far every start ends below the best one, against K."""
    below = sweep.starts.sub(sweep.starts.max(axis=1), axis=0)
    with in_style():
        figure = new_figure(height=2.6)
        ax = figure.subplots()
        for column in below.columns[1:]:
            ax.plot(below.index, below[column], "o", color=BLUE, ms=4, alpha=0.5, lw=0)
        ax.plot([], [], "o", color=BLUE, ms=4, alpha=0.5, label="later starts")
        ax.plot(below.index, below.iloc[:, 0], "x", color=ORANGE, ms=6, mew=1.6, label="first")
        ax.set_ylabel("Below the best start (nats)")
        ax.legend(loc="lower left")
        ax.margins(y=0.15)
        at_study(ax, sweep.n_components)
    return figure


def mixture_types(types: TypeSweeps) -> Figure:
    """Draw BIC and AIC against K for every kind of covariance."""
    with in_style():
        figure = new_figure(height=3.2)
        for ax, criterion in zip(figure.subplots(1, 2, sharey=True), ("bic", "aic"), strict=True):
            for sweep in types.sweeps:
                values = sweep.table[criterion]
                style = KIND_STYLES[sweep.covariance_type]
                ax.plot(values.index, values, ms=3.5, label=sweep.covariance_type, **style)
                _mark_best(ax, sweep, criterion, word="")
            at_study(ax, types.sweeps[0].n_components)
            ax.set_ylabel(f"{criterion.upper()} (low is good)")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def held_out(held_out: HeldOut, sweep: MixtureSweep) -> Figure:
    """Draw held-out log-likelihoods with their errors, beside those seen and those expected."""
    table = held_out.table
    best = held_out.best
    with in_style():
        figure = new_figure(height=3.0)
        left, right = figure.subplots(1, 2)
        left.errorbar(
            table.index,
            table["held_out"],
            yerr=table["error"],
            fmt="o-",
            color=BLUE,
            ms=3.5,
            capsize=2,
            lw=1,
        )
        if best is not None:
            left.plot(best, table["held_out"][best], "s", mfc="none", mec=INK, ms=10, label="best")
            left.legend(loc="lower right")
        left.set_ylabel("Held out (nats per song)")
        left.margins(y=0.12)
        for column, label, style in (
            ("seen", "seen", {"color": INK, "linestyle": "-", "marker": ""}),
            ("aic", "AIC / (−2n)", {"color": INK, "linestyle": "--", "marker": "^"}),
            ("bic", "BIC / (−2n)", {"color": MUTED, "linestyle": ":", "marker": "D"}),
            ("held_out", "held out", {"color": BLUE, "linestyle": "-", "marker": "o"}),
        ):
            right.plot(table.index, table[column], label=label, ms=3, **style)
        right.set_ylabel("Nats per song")
        figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=4)
        for ax in (left, right):
            _leave_out_far_below(ax, held_out)
            at_study(ax, sweep.n_components)
    return figure


def mixture_choices(refits: ChoiceRefits, sweep: MixtureSweep) -> Figure:
    """Draw how often each number of components is chosen, a row for each setting."""
    with in_style():
        figure = new_figure(height=3.4)
        panels = figure.subplots(3, 1, sharex=True)
        for ax, (setting, label) in zip(panels, SETTING_LABELS.items(), strict=True):
            shares = [refits.share(setting, k) for k in refits.ks]
            ax.bar(refits.ks, shares, width=0.7, color=BLUE)
            ax.axvline(refits.mean(setting), color=INK, lw=1, ls=":")
            ax.set_title(label)
            ax.set_ylim(0, 1)
            ax.yaxis.set_major_locator(MaxNLocator(2))
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
            ax.set_ylabel("Share")
            ax.grid(axis="x", visible=False)
            ax.axvline(sweep.n_components, color=ORANGE, ls="--", lw=1)
        panels[-1].set_xlabel("Number of components with the lowest BIC")
        panels[-1].set_xticks(refits.ks)
    return figure


def at_study(ax: Axes, n_components: int) -> None:
    """Draw a line at the study's number of components, and name the axis."""
    ax.axvline(n_components, color=ORANGE, ls="--", lw=1)
    ax.annotate(
        f"K = {n_components}",
        (n_components, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(3, -2),
        textcoords="offset points",
        va="top",
        color=ORANGE,
        fontsize=8,
    )
    ax.set_xlabel("Number of components K")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.tick_params(color=MUTED)


def _mark_best(ax: Axes, sweep: MixtureSweep, criterion: str, word: str = "best") -> None:
    best = sweep.best(criterion)
    at = (best, sweep.of(best, criterion))
    ax.plot(*at, "s", mfc="none", mec=INK, ms=10)
    ax.annotate(word, at, xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8)


def _leave_out_far_below(ax: Axes, held_out: HeldOut) -> None:
    low, high = ax.get_ylim()
    floor = float(np.nanmax(held_out.table["held_out"])) - MOST_BELOW
    if low < floor:
        ax.set_ylim(floor, high)
        ax.annotate(
            "lower values are not drawn",
            (0.0, 0.0),
            xycoords="axes fraction",
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=8,
            color=MUTED,
        )
