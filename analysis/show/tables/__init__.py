"""Results as tables; nothing is computed here.

Every function returns a :class:`Table`, which a notebook shows as Markdown, so that the website
and the PDF number and set all tables alike. Text from the data is escaped.

One module for each part of the book; :mod:`analysis.show.tables.markdown` holds what they share.
"""

from analysis.show.tables import (
    audit,
    choice,
    clusters,
    comparison,
    components,
    cost,
    data,
    degeneracy,
    evaluation,
    export,
    gmm_choice,
    kmeans,
    ledger,
    markdown,
    mixture,
    own_music,
    pca,
    recoding,
    toys_kmeans,
    toys_mixtures,
    trial,
)

__all__ = [
    "audit",
    "choice",
    "clusters",
    "comparison",
    "components",
    "cost",
    "data",
    "degeneracy",
    "evaluation",
    "export",
    "gmm_choice",
    "kmeans",
    "ledger",
    "markdown",
    "mixture",
    "own_music",
    "pca",
    "recoding",
    "toys_kmeans",
    "toys_mixtures",
    "trial",
]
