"""Figures of the clusters: sizes, centroids, distances, genres and silhouettes."""

from __future__ import annotations

from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.findings.kmeans.clusters import Clusters, GenreTable, Silhouettes
from analysis.findings.mixtures.components import Mixture
from analysis.numbers import number
from analysis.show.figures.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    bars,
    heatmap,
    in_style,
    new_figure,
    new_panels,
    plain,
)

COLUMNS = 5
"""Panels in a row of the histograms."""


def cluster_sizes(clusters: Clusters) -> Figure:
    """Draw the size of each cluster, with a line at the size that equal clusters would have."""
    with in_style():
        figure = new_figure(height=2.7)
        ax = figure.subplots()
        bars(
            ax,
            clusters.sizes,
            [number(int(size)) for size in clusters.sizes],
            even=clusters.even_size,
            even_name="n / k",
        )
        ax.set(xlabel="Cluster", ylabel="Songs")
    return figure


def centroids(clusters: Clusters | Mixture) -> Figure:
    """Draw centroids, or means of components, in standard deviations from that of all songs."""
    values = clusters.centers.to_numpy()
    with in_style():
        figure = new_figure(height=0.9 + 0.3 * len(values))
        heatmap(
            figure.subplots(),
            values,
            [fill(f"{i}: {name}", 30) for i, name in enumerate(clusters.names)],
            [feature.title for feature in clusters.features],
            limit=float(np.abs(values).max()),
            bar="Standard deviations\nfrom the mean",
        )
    return figure


def centroids_raw(clusters: Clusters) -> Figure:
    """Draw the centroids in their own units on one colour scale, as the source notebook does."""
    values = clusters.means.to_numpy()
    with in_style():
        figure = new_figure(height=0.9 + 0.28 * len(values), width=5.8)
        heatmap(
            figure.subplots(),
            values,
            [str(cluster) for cluster in clusters.means.index],
            [feature.title for feature in clusters.features],
            limit=float(np.abs(values).max()),
            bar="Mean, in the feature's own unit",
            digits=2,
        )
        figure.axes[0].set_ylabel("Cluster")
    return figure


def distances(clusters: Clusters) -> Figure:
    """Draw a histogram of the distances to the centre for each cluster, with the mean."""
    rows = -(-clusters.n_clusters // COLUMNS)
    edges = np.linspace(0.0, max(float(clusters.distances.max()), 1e-9), 16).tolist()
    with in_style():
        figure, panels = new_panels(clusters.n_clusters, columns=COLUMNS, height=1.55)
        first = panels[0]
        for cluster, ax in enumerate(panels):
            values = clusters.distances[clusters.labels == cluster]
            ax.hist(values, bins=edges, color=BLUE, edgecolor="white", lw=0.4)
            ax.set_title(f"Cluster {cluster}")
            if len(values):
                mean = float(values.mean())
                ax.axvline(mean, color=ORANGE, ls="--", lw=1.2)
                ax.annotate(
                    f"mean {number(mean, 2)}",
                    (1.0, 1.0),
                    xycoords="axes fraction",
                    ha="right",
                    va="top",
                    color=ORANGE,
                    fontsize=SMALL,
                )
            if ax is not first:
                ax.sharex(first)
                ax.sharey(first)
            ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
            if cluster % COLUMNS:
                ax.tick_params(labelleft=False)
            else:
                ax.set_ylabel("Songs")
        first.set_ylim(0, 1.2 * max(_tallest(clusters, edges), 1))
        for ax in panels[max(0, (rows - 1) * COLUMNS) :]:
            ax.set_xlabel("Distance", labelpad=2)
    return figure


def genre_clusters(genres: GenreTable, what: str = "cluster") -> Figure:
    """Draw which share of each cluster, or of what it is called, belongs to each genre."""
    counts = genres.table.to_numpy(dtype=float)
    shares = 100 * counts / np.maximum(counts.sum(axis=0), 1)
    with in_style():
        figure = new_figure(height=1.0 + 0.3 * len(shares))
        ax = figure.subplots()
        heatmap(
            ax,
            shares,
            [plain(genre) for genre in genres.table.index],
            [str(cluster) for cluster in genres.table.columns],
            limit=max(float(shares.max()), 1e-9),
            bar=f"Share of the {what} (%)",
            digits=0,
            one_sided=True,
        )
        ax.set_xlabel(what.capitalize())
    return figure


def silhouettes(silhouettes: Silhouettes) -> Figure:
    """Draw the silhouette of every song, cluster below cluster, and the mean of all."""
    table = silhouettes.table
    n_clusters = len(silhouettes.by_cluster)
    gap = max(1, len(table) // 60)
    with in_style():
        figure = new_figure(height=1.2 + 0.36 * n_clusters)
        ax = figure.subplots()
        base, places, names = 0, [], []
        for cluster, songs in table.groupby("cluster")["silhouette"]:
            values = songs.to_numpy()
            at = base + np.arange(len(values))
            ax.fill_betweenx(
                np.append(at, at[-1] + 1),
                0,
                np.append(values, values[-1]),
                step="post",
                color=BLUE,
                lw=0,
            )
            places.append(base + len(values) / 2)
            names.append(str(cluster))
            base += len(values) + gap
        ax.axvline(silhouettes.mean.estimate, color=INK, ls="--", lw=1)
        ax.annotate(
            f"mean {number(silhouettes.mean.estimate, 2)}",
            (silhouettes.mean.estimate, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, 2),
            textcoords="offset points",
            fontsize=8,
        )
        ax.axvline(0, color=MUTED, lw=0.8)
        ax.set_yticks(places, names)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(base, -gap)
        ax.grid(axis="y", visible=False)
        ax.set(xlabel="Silhouette", ylabel="Cluster")
    return figure


def _tallest(clusters: Clusters, edges: list[float]) -> float:
    return max(
        float(np.histogram(clusters.distances[clusters.labels == cluster], edges)[0].max())
        for cluster in range(clusters.n_clusters)
    )
