"""Results as figures; nothing is computed here.

Every function returns a figure. As the last expression of a notebook's cell it is shown once, as
SVG, in the same bytes each time. Figures have no ground; ``report/styles.css`` turns light and dark
in them on dark pages, and keeps their text large enough on a phone. What colour tells, a marker, a
label or a number tells too.

One module for each part of the book; :mod:`analysis.show.figures.style` holds what they share.
"""

from analysis.show.figures import (
    audit,
    choice,
    clusters,
    comparison,
    components,
    cost,
    data,
    degeneracy,
    em_picture,
    evaluation,
    explore,
    gmm_choice,
    headline,
    kmeans,
    ledger,
    lloyd_picture,
    mixture,
    pca,
    recoding,
    space,
    spike,
    style,
    toys_comparison,
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
    "em_picture",
    "evaluation",
    "explore",
    "gmm_choice",
    "headline",
    "kmeans",
    "ledger",
    "lloyd_picture",
    "mixture",
    "pca",
    "recoding",
    "space",
    "spike",
    "style",
    "toys_comparison",
    "toys_kmeans",
    "toys_mixtures",
    "trial",
]
