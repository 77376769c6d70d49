"""Results as tables; nothing is computed here.

Every function returns a :class:`Table`, which a notebook shows as Markdown, so that the website
and the PDF number and set all tables alike. Text from the data is escaped.

One module for each part of the book; :mod:`analysis.tables.markdown` holds what they share.
"""

from analysis.tables.choice import gaps, picks, sweep
from analysis.tables.clusters import (
    centroids,
    cluster_sizes,
    contingency,
    distances,
    extremes,
    genre_agreement,
    kmeans_fit,
    leading_genres,
    profiles,
    silhouettes,
)
from analysis.tables.data import (
    axes,
    axis_weights,
    blocks,
    correlations,
    determination,
    eigenvalues,
    environment,
    feature_definitions,
    feature_stats,
    genre_counts,
    genre_means,
    head,
    influence,
    parameters,
    provenance,
    repeats,
    scaling,
    tempo_values,
    unreadable,
)
from analysis.tables.export import columns, digests, files, keys
from analysis.tables.kmeans import agreement, lloyd_trace, objective, starts, stopping
from analysis.tables.ledger import ledger, rules, verdicts
from analysis.tables.markdown import Table, code, escape

__all__ = [
    "Table",
    "agreement",
    "axes",
    "axis_weights",
    "blocks",
    "centroids",
    "cluster_sizes",
    "code",
    "columns",
    "contingency",
    "correlations",
    "determination",
    "digests",
    "distances",
    "eigenvalues",
    "environment",
    "escape",
    "extremes",
    "feature_definitions",
    "feature_stats",
    "files",
    "gaps",
    "genre_agreement",
    "genre_counts",
    "genre_means",
    "head",
    "influence",
    "keys",
    "kmeans_fit",
    "leading_genres",
    "ledger",
    "lloyd_trace",
    "objective",
    "parameters",
    "picks",
    "profiles",
    "provenance",
    "repeats",
    "rules",
    "scaling",
    "silhouettes",
    "starts",
    "stopping",
    "sweep",
    "tempo_values",
    "unreadable",
    "verdicts",
]
