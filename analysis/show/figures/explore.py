"""The songs in a few of the planes that a reader of the website can choose from."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.findings.comparison.each_song import EachSong
from analysis.findings.comparison.principal_axes import Colouring
from analysis.show.explorer.axes import axes_of
from analysis.show.figures.pca import draw_songs
from analysis.show.figures.style import genre_handles, in_style, new_figure


def planes(found: EachSong) -> Figure:
    """Draw the songs, by genre, in four planes: two of features, two of principal axes."""
    genres, of = np.unique(found.songs["genre"].to_numpy(dtype=str), return_inverse=True)
    names = tuple(map(str, genres))
    colouring = Colouring("genres", of.reshape(-1).astype(np.int64), names, tuple(range(len(of))))
    labels = {axis.key: axis.label.replace(",", "\n") for axis in axes_of(found)}
    first, second, *_, last = (f.name for f in found.features)
    recoded = [f.name for f in found.recoded]
    pairs = (
        ("axis 1", "axis 2"),
        ("axis 1", f"axis {len(found.shares)}"),
        (first, last),
        (recoded[1], recoded[-1]) if recoded else (second, last),
    )
    with in_style():
        figure = new_figure(height=6.6)
        for ax, pair in zip(figure.subplots(2, 2).ravel(), pairs, strict=True):
            draw_songs(
                ax, found.coordinates[list(pair)].to_numpy(dtype=np.float64), colouring, size=3.4
            )
            ax.set(xlabel=labels[pair[0]], ylabel=labels[pair[1]])
        handles: list[Line2D] = genre_handles(names)
        figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure
