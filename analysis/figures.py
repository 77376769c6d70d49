"""Results as figures; nothing is computed here.

Every function returns a figure. As the last expression of a notebook's cell it is shown once, as
SVG, in the same bytes each time. Figures stand on a white ground of their own, so that they read
alike on light and on dark pages; what colour tells, a marker, a label or a number tells too.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray

from analysis.dataset import Dataset, Feature
from analysis.dependence import Correlation, Spectrum
from analysis.description import GenreMeans
from analysis.distances import Influence, Scaling
from analysis.tempo import TempoGrid
from analysis.wording import number, percent, title

WIDTH = 7.0
"""Width of a figure in inches, that of the text."""

RASTER_DPI = 100
"""Points that are too many for vectors are drawn in this many dots per inch."""

INK = "#222222"
MUTED = "#767676"
BLUE = "#33628d"
ORANGE = "#c25e00"

PALETTE = (
    "#332288",
    "#cc6677",
    "#117733",
    "#88ccee",
    "#882255",
    "#ddaa33",
    "#44aa99",
    "#555555",
    "#aa4499",
    "#999933",
)
"""Colours that colour-blind readers can tell apart, after Paul Tol's "muted" scheme."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "p", "h", "d")
"""Markers that go with the colours; their number has no factor in common with the colours'."""

DIVERGING = "PuOr_r"
"""From purple below zero to orange above it; told apart by colour-blind readers."""

STYLE: dict[str, Any] = {
    "axes.edgecolor": MUTED,
    "axes.facecolor": "white",
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.unicode_minus": True,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": "#e2e2e2",
    "grid.linewidth": 0.6,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "five features",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8,
}
"""The one style of all figures: settings of Matplotlib on top of its own defaults."""


class StudyFigure(Figure):
    """A figure in the study's style that a notebook shows once, as SVG."""

    def svg(self) -> bytes:
        """Return the figure as SVG, in the same bytes each time."""
        out = io.BytesIO()
        with _style():
            self.draw_without_rendering()
            self.set_layout_engine("none")
            self.savefig(
                out, format="svg", dpi=RASTER_DPI, metadata={"Date": None, "Creator": None}
            )
        return out.getvalue()

    def _ipython_display_(self) -> None:
        from IPython.display import publish_display_data

        shown = {"image/svg+xml": self.svg().decode("utf-8"), "text/plain": repr(self)}
        publish_display_data(shown)  # type: ignore[no-untyped-call]


def histograms(dataset: Dataset) -> Figure:
    """Draw how the values of each feature are spread; spikes where they are few."""
    with _style():
        figure, panels = _panels(len(dataset.features), columns=3, height=1.75)
        for ax, feature, values in zip(panels, dataset.features, dataset.X.T, strict=True):
            _spread(ax, values, BLUE)
            ax.set_xlabel(feature.axis_label)
            ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        for ax in panels[::3]:
            ax.set_ylabel("Songs")
    return figure


def by_genre(dataset: Dataset) -> Figure:
    """Draw box plots of each feature by genre."""
    genres = dataset.genres
    with _style():
        figure = _figure(height=0.75 + 0.27 * len(genres))
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
        panels[0].set_yticks(range(1, len(genres) + 1), [_plain(genre) for genre in genres])
        panels[0].invert_yaxis()
    return figure


def correlations(correlation: Correlation) -> Figure:
    """Draw both correlations of each pair: Pearson below the diagonal, Spearman above."""
    names = [title(str(name)) for name in correlation.pearson.index]
    lower = np.tril(np.ones((len(names), len(names)), dtype=bool), -1)
    values = np.where(lower, correlation.pearson.to_numpy(), correlation.spearman.to_numpy())
    np.fill_diagonal(values, np.nan)
    with _style():
        figure = _figure(height=0.9 + 0.55 * len(names), width=5.2)
        ax = figure.subplots()
        _heatmap(ax, values, names, names, limit=1.0, bar="Correlation", digits=3)
        ax.set_title("Below the diagonal Pearson, above it Spearman")
    return figure


def pairs(dataset: Dataset) -> Figure:
    """Draw every two features against each other, one point a song, by genre."""
    features, X = dataset.features, dataset.X
    n = len(features)
    with _style():
        figure = _figure(height=WIDTH)
        panels = figure.subplots(n, n)
        for i, j in np.ndindex(n, n):
            ax = panels[i, j]
            if j > i:
                ax.set_axis_off()
                continue
            if i == j:
                _spread(ax, X[:, i], MUTED)
                ax.set_yticks([])
                ax.spines["left"].set_visible(False)
                ax.grid(visible=False)
            else:
                for genre, style in _genre_styles(dataset.genres):
                    songs = dataset.labels == genre
                    ax.scatter(
                        X[songs, j], X[songs, i], s=6, alpha=0.7, lw=0, rasterized=True, **style
                    )
                ax.yaxis.set_major_locator(MaxNLocator(3))
            ax.xaxis.set_major_locator(MaxNLocator(3))
            ax.tick_params(labelsize=7, labelbottom=i == n - 1, labelleft=j == 0 and i > 0)
            if i == n - 1:
                ax.set_xlabel(_in_two_lines(features[j]), fontsize=8)
            if j == 0 and i > 0:
                ax.set_ylabel(_in_two_lines(features[i]), fontsize=8)
        figure.legend(
            handles=_genre_handles(dataset.genres),
            loc="upper right",
            ncols=2 if len(dataset.genres) <= 24 else 4,
            title="Genre",
        )
    return figure


def genre_means(genres: GenreMeans) -> Figure:
    """Draw how far each genre's mean lies from the mean of all songs, in standard deviations."""
    values = genres.deviations.to_numpy()
    with _style():
        figure = _figure(height=0.9 + 0.3 * len(values), width=5.8)
        _heatmap(
            figure.subplots(),
            values,
            [_plain(genre) for genre in genres.deviations.index],
            [feature.title for feature in genres.features],
            limit=float(np.abs(values).max()),
            bar="Standard deviations from the mean",
        )
    return figure


def between_shares(genres: GenreMeans) -> Figure:
    """Draw the share of each feature's variance that lies between the genres."""
    with _style():
        figure = _figure(height=0.7 + 0.3 * len(genres.features))
        _share_bars(
            figure.subplots(),
            [feature.title for feature in genres.features],
            genres.between_share.to_numpy(),
            "Share of the variance that lies between genres",
        )
    return figure


def scree(spectrum: Spectrum) -> Figure:
    """Draw the eigenvalues of the correlation matrix, with intervals, and their running sum."""
    axes_ = np.arange(1, spectrum.n_axes + 1)
    values = spectrum.eigenvalues
    reach = np.maximum([values - spectrum.low, spectrum.high - values], 0.0)
    with _style():
        figure = _figure(height=2.6)
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
    with _style():
        figure = _figure(height=0.9 + 0.45 * spectrum.n_axes, width=5.2)
        _heatmap(
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
    with _style():
        figure = _figure(height=2.9)
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
    with _style():
        figure = _figure(height=0.9 + 0.3 * len(names))
        left, right = figure.subplots(1, 2, sharey=True)
        _share_bars(left, names, scaling.frame["share_before"], "Share of the variance")
        _share_bars(right, names, scaling.frame["share_after"], "Share of the variance")
        left.set_title("In the features' own units")
        right.set_title("Standardised")
        right.invert_yaxis()
    return figure


def loudness_energy(dataset: Dataset) -> Figure:
    """Draw loudness against energy, one point a song; in decibels with its lower bound."""
    energy, loudness = dataset.frame["energy"].to_numpy(), dataset.frame["loudness"].to_numpy()
    by_name = {feature.name: feature for feature in dataset.features}
    with _style():
        figure = _figure(height=3.2, width=5.2)
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
    with _style():
        figure = _figure(height=0.7 + 0.3 * len(frame))
        _share_bars(
            figure.subplots(),
            [title(str(name)) for name in frame.index],
            frame["neighbours_changed_without"],
            "Songs with another nearest song when the feature is left out",
        )
    return figure


# --- parts -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _style() -> Iterator[None]:
    """Draw in :data:`STYLE` on top of Matplotlib's defaults, whatever a user has set."""
    settings: Any = STYLE
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def _figure(height: float, width: float = WIDTH) -> StudyFigure:
    return StudyFigure(figsize=(width, height), layout="constrained")


def _panels(n: int, columns: int, height: float) -> tuple[StudyFigure, list[Axes]]:
    rows = -(-n // columns)
    figure = _figure(height=height * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in panels[n:]:
        ax.set_axis_off()
    return figure, list(panels[:n])


def _spread(ax: Axes, values: NDArray[np.float64], color: str) -> None:
    """Draw a histogram, or a spike for each value where a histogram's bins would beat with them."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= 50:
        ax.vlines(distinct, 0, counts, color=color, linewidth=2)
    else:
        ax.hist(values, bins=25, color=color, edgecolor="white", linewidth=0.4)
    ax.set_ylim(bottom=0)


def _heatmap(
    ax: Axes,
    values: NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    limit: float,
    bar: str,
    digits: int = 2,
) -> None:
    """Draw a matrix with its numbers; NaN leaves a cell blank."""
    mesh = ax.pcolormesh(values, cmap=DIVERGING, vmin=-limit, vmax=limit, edgecolors="white", lw=1)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = abs(value) > 0.65 * limit
            ax.text(
                j + 0.5,
                i + 0.5,
                number(float(value), digits),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else INK,
            )
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.invert_yaxis()
    colours = ax.figure.colorbar(mesh, ax=ax, label=bar, shrink=0.9)
    colours.outline.set_visible(False)


def _share_bars(ax: Axes, names: Sequence[str], shares: ArrayLike, label: str) -> None:
    values = np.asarray(shares, dtype=np.float64)
    at = np.arange(len(names))
    ax.barh(at, values, color=BLUE, height=0.6)
    for place, value in zip(at, values, strict=True):
        ax.annotate(
            percent(float(value), 1),
            (value, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    ax.set_yticks(at, names)
    ax.set_xlim(0, max(1e-9, float(values.max())) * 1.18)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    whole = 0 if values.max() > 0.05 else None
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=whole))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    ax.invert_yaxis()


def _genre_styles(genres: Iterable[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return a colour and a marker for each genre."""
    return [
        (genre, {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)]})
        for i, genre in enumerate(genres)
    ]


def _genre_handles(genres: Iterable[str]) -> list[Line2D]:
    return [
        Line2D([], [], linestyle="", markersize=5, label=_plain(genre), **style)
        for genre, style in _genre_styles(genres)
    ]


def _plain(text: object) -> str:
    """Return text that Matplotlib draws letter by letter: a dollar sign is no formula."""
    return str(text).replace("$", r"\$")


def _in_two_lines(feature: Feature) -> str:
    return f"{feature.title}\n({feature.unit})" if feature.unit else feature.title
