"""The one style of all figures, and the parts they share."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from analysis.methods.resampling import Interval, Spread
from analysis.numbers import number, percent
from analysis.songs.table import Feature

WIDTH = 7.0
"""Width of a figure in inches, that of the text."""

RASTER_DPI = 200
"""Points that are too many for vectors are drawn in this many dots per inch."""
RASTER_COLOURS = 32
"""So many colours, in all their shades of transparency, an image of points has."""

SMALL = 8
"""Size in points of the smallest text; report/styles.css counts on it."""

INK = "#222222"
"""The colour of text and of what a figure is about."""
MUTED = "#767676"
"""The colour of what stands behind it."""
BLUE = "#33628d"
"""The colour of a single series."""
ORANGE = "#b85900"
"""The colour of what is held against it."""

PALETTE = (
    "#332288",
    "#cc6677",
    "#117733",
    "#66b8e2",
    "#882255",
    "#cc9922",
    "#44aa99",
    "#555555",
    "#aa4499",
    "#999933",
)
"""The genres' colours, after Paul Tol's "muted" scheme, which colour-blind readers can tell apart.

No cluster and no component has one of them.
"""
MARKERS = ("^", "D", "v", "P", "X", "<", ">", "*", "p", "h", "d", "8", "H")
"""The genres' markers; their number has no factor in common with the colours'.

Circles are K-Means and its clusters, squares the mixture and its components.
"""

GROUPS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#7a5195",
    "#b58900",
    "#2f9bd6",
    "#8c564b",
    "#3f3f3f",
    "#6a9f58",
)
"""Colours of clusters and components, after Okabe and Ito; each group has its number beside it."""

DIVERGING = ListedColormap(mpl.colormaps["PuOr_r"](np.linspace(0.26, 0.74, 256)))
"""From purple below zero to orange above it; told apart by colour-blind readers.

No colour is so dark that black numbers could not be read on it, or on the dark pages white ones.
"""

SEQUENTIAL = ListedColormap(mpl.colormaps["Blues"](np.linspace(0.0, 0.5, 256)))
"""From white at zero to blue; in grey it darkens evenly."""

COVER: dict[str, Any] = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"}
"""What lies under a text that a line would strike through."""

STYLE: dict[str, Any] = {
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
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
    "figure.facecolor": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "hatch.linewidth": 0.7,
    "grid.color": "#e2e2e2",
    "grid.linewidth": 0.6,
    "legend.fontsize": SMALL,
    "legend.edgecolor": "none",
    "legend.facecolor": "white",
    "legend.framealpha": 0.9,
    "lines.linewidth": 1.5,
    "savefig.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "five features",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL,
}
"""The one style of all figures: settings of Matplotlib on top of its own defaults."""


class StudyFigure(Figure):
    """A figure in the study's style that a notebook shows once, as SVG."""

    def svg(self) -> bytes:
        """Return the figure as SVG, in the same bytes each time."""
        out = io.BytesIO()
        with in_style():
            engine = self.get_layout_engine()
            if engine is not None:
                engine.execute(self)
            self.set_layout_engine("none")
            self.set_dpi(RASTER_DPI)
            undated = {"Date": None, "Creator": None}
            FigureCanvasSVG(self).print_svg(out, metadata=undated)  # type: ignore[no-untyped-call]
        return _lean(out.getvalue())

    def words(self) -> str:
        """Return what is written in the figure, for whoever cannot see it."""
        texts = (text.get_text() for text in self.findobj(Text) if text.get_visible())
        return " | ".join(["a figure", *(" ".join(text.split()) for text in texts if text)])

    def _ipython_display_(self) -> None:
        from IPython.display import publish_display_data

        shown = {"text/plain": self.words(), "image/svg+xml": self.svg().decode("utf-8")}
        publish_display_data(shown)  # type: ignore[no-untyped-call]


def _lean(svg: bytes) -> bytes:
    """Leave out comments, indentation, thousandths of points, and most of the images' colours."""
    svg = _IDLE.sub(b"", svg)
    svg = _LONG.sub(lambda found: b"%.2f" % float(found[0]), svg)
    svg = _IMAGE.sub(lambda found: found[1] + _fewer_colours(found[2]), svg)
    return _named_by_content(svg)


def _named_by_content(svg: bytes) -> bytes:
    """Name clips and markers by what is drawn, since their hashes see the layout's last bits."""
    names = {old: b"%d" % i for i, old in enumerate(dict.fromkeys(_NAME.findall(svg)))}
    numbered = _NAME.sub(lambda found: names[found[0]], svg)
    figure = hashlib.sha256(numbered).hexdigest()[:8].encode()
    return _NAME.sub(lambda found: b"f%b-%b" % (figure, names[found[0]]), svg)


def _fewer_colours(png: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        fewer = image.quantize(RASTER_COLOURS, method=Image.Quantize.FASTOCTREE)
        fewer.save(out, format="PNG", optimize=True)
    return base64.b64encode(out.getvalue())


_IDLE = re.compile(rb"<!--.*?-->|(?<=\n)\s+", re.DOTALL)
_NAME = re.compile(rb"(?<=[\"#])[a-z][0-9a-f]{10}(?=[\")])")
_LONG = re.compile(rb"(?<![\w.])-?[1-9]\d*\.\d{3,}")
_IMAGE = re.compile(rb'("data:image/png;base64,\s*)([^"]+)')


@contextlib.contextmanager
def in_style() -> Iterator[None]:
    """Draw in :data:`STYLE` on top of Matplotlib's defaults, whatever a user has set."""
    settings: Any = STYLE
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def new_figure(height: float, width: float = WIDTH) -> StudyFigure:
    """Return an empty figure; sizes in inches."""
    return StudyFigure(figsize=(width, height), layout="constrained")


def new_panels(n: int, columns: int, height: float) -> tuple[StudyFigure, list[Axes]]:
    """Return a figure with `n` panels, `height` inches high, blanks at the end of the last row."""
    rows = -(-n // columns)
    figure = new_figure(height=height * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in panels[n:]:
        ax.set_axis_off()
    return figure, list(panels[:n])


def spread(ax: Axes, values: NDArray[np.float64], color: str) -> None:
    """Draw a histogram, or a spike for each value where a histogram's bins would beat with them."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= 50:
        ax.vlines(distinct, 0, counts, color=color, linewidth=2)
    else:
        ax.hist(values, bins=25, color=color, edgecolor="white", linewidth=0.4)
    ax.set_ylim(bottom=0)


def heatmap(
    ax: Axes,
    values: NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    limit: float,
    bar: str,
    digits: int = 2,
    one_sided: bool = False,
) -> None:
    """Draw a matrix with its numbers.

    Parameters
    ----------
    ax : Axes
    values : ndarray of shape (n_rows, n_columns)
        NaN leaves a cell blank.
    rows, columns : sequence of str
        Their names.
    limit : float
        Colours run from ``-limit`` to ``limit``, or from 0 on if `one_sided`.
    bar : str
        The label of the colour bar.
    digits : int
        Decimal places of the numbers.
    one_sided : bool
    """
    import seaborn as sns

    sns.heatmap(
        values,
        ax=ax,
        cmap=SEQUENTIAL if one_sided else DIVERGING,
        vmin=0.0 if one_sided else -limit,
        vmax=limit,
        annot=np.vectorize(lambda value: number(float(value), digits), otypes=[object])(values),
        fmt="",
        annot_kws={"fontsize": SMALL, "color": "black"},
        linewidths=1,
        linecolor="white",
        cbar_kws={"label": bar, "shrink": 0.9},
        xticklabels=list(columns),
        yticklabels=list(rows),
    )
    ax.tick_params(length=0, labelrotation=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def bars(ax: Axes, values: ArrayLike, texts: Sequence[str], *, even: float, even_name: str) -> None:
    """Draw a numbered bar for each cluster with a text on top, and a line where equal ones end.

    Parameters
    ----------
    ax : Axes
    values : array-like of shape (n_clusters,)
    texts : sequence of str
        One for each bar.
    even : float
        Where equal bars would end.
    even_name : str
        What is written at that line.
    """
    heights = np.asarray(values, dtype=np.float64)
    at = np.arange(len(heights))
    ax.bar(at, heights, color=BLUE, width=0.7)
    if len(at) <= 30:
        for place, height, text in zip(at, heights, texts, strict=True):
            ax.annotate(
                text,
                (place, height),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=SMALL,
                bbox=COVER,
            )
    level(ax, even, even_name)
    if len(at) <= 30:
        ax.set_xticks(at)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.margins(y=0.1)
    ax.grid(axis="x", visible=False)


def level(ax: Axes, value: float, name: str) -> None:
    """Draw a dashed line across the panel, with its name at the right end."""
    ax.axhline(value, color=ORANGE, ls="--", lw=1)
    ax.annotate(
        name,
        (1.0, value),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        color=ORANGE,
        fontsize=SMALL,
    )


def chance(ax: Axes, spread: Spread, place: float, height: float = 0.5) -> None:
    """Draw what chance makes as a hatched bar from its low to its high end, cut by its mean."""
    ax.barh(
        place,
        spread.high - spread.low,
        left=spread.low,
        height=height,
        facecolor="none",
        edgecolor=MUTED,
        hatch="//////",
        lw=0.7,
    )
    ax.plot([spread.mean] * 2, [place - height / 2, place + height / 2], color=INK, lw=1.6)


def estimate(ax: Axes, value: Interval, place: float, color: str, marker: str) -> None:
    """Draw an estimate as a marker on the line of its interval, if it has one."""
    if np.isfinite(value.low):
        ax.plot([value.low, value.high], [place, place], color=color, lw=1.5)
    ax.plot([value.estimate], [place], marker, color=color, ms=5.5)


def share_bars(
    ax: Axes, names: Sequence[str], shares: ArrayLike, label: str, *, most: float = 0.0
) -> None:
    """Draw a bar for each share, with the percentage at its end.

    Parameters
    ----------
    ax : Axes
    names : sequence of str
    shares : array-like of shape (n_names,)
    label : str
        Of the axis.
    most : float
        The axis reaches at least so far, for panels that are compared.
    """
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
            fontsize=SMALL,
        )
    ax.set_yticks(at, names)
    reach = max(1e-9, most, float(values.max()))
    ax.set_xlim(0, reach * 1.18)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    whole = 0 if reach > 0.05 else None
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=whole))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    ax.invert_yaxis()


def genre_styles(genres: Iterable[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return a colour and a marker for each genre."""
    return [
        (genre, {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)]})
        for i, genre in enumerate(genres)
    ]


def group_style(kind: str, group: int) -> dict[str, Any]:
    """Return the look of a cluster (of the kind "kmeans") or a component ("mixture")."""
    marker = "o" if kind == "kmeans" else "s"
    return {"color": GROUPS[group % len(GROUPS)], "marker": marker}


def genre_handles(genres: Iterable[str]) -> list[Line2D]:
    """Return what a legend of the genres shows."""
    return [
        Line2D([], [], linestyle="", markersize=5, label=plain(genre), **style)
        for genre, style in genre_styles(genres)
    ]


def plain(text: object) -> str:
    """Return text that Matplotlib draws letter by letter: a dollar sign is no formula."""
    return str(text).replace("$", r"\$")


def tint(colour: str, strength: float) -> str:
    """Return a colour mixed with white; 1 leaves it as it is, 0 is white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - strength * (255 - part)):02x}" for part in parts)


def in_two_lines(feature: Feature) -> str:
    """Return a feature's label with the unit below its name."""
    return f"{feature.title}\n({feature.unit})" if feature.unit else feature.title
