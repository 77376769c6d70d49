"""Results as figures; nothing is computed here.

Every function returns a figure. As the last expression of a notebook's cell it is shown once, as
SVG, in the same bytes each time. Figures stand on a white ground of their own, so that they read
alike on light and on dark pages; what colour tells, a marker, a label or a number tells too.

One module for each part of the book; :mod:`analysis.show.figures.style` holds what they share.
"""

from analysis.show.figures.choice import against_null, gaps, indices, knees, sweep
from analysis.show.figures.clusters import (
    centroids,
    centroids_raw,
    cluster_sizes,
    distances,
    genre_clusters,
    silhouettes,
)
from analysis.show.figures.comparison import cross, margins, relabellings, run_agreement
from analysis.show.figures.components import (
    component_axes,
    component_covariances,
    component_plane,
    component_weights,
    drawn_depth,
    drawn_marginals,
    drawn_pairs,
    refit_reliability,
    song_certainty,
    song_entropies,
)
from analysis.show.figures.data import (
    axes,
    between_shares,
    by_genre,
    correlations,
    genre_means,
    histograms,
    loudness_energy,
    neighbours,
    pairs,
    scree,
    tempo_lags,
    variance_shares,
)
from analysis.show.figures.degeneracy import eigenvalues, regularisation, shifted_criteria
from analysis.show.figures.em_picture import em_steps
from analysis.show.figures.evaluation import (
    ceiling,
    external_scores,
    internal_scores,
    recovery,
    stability,
)
from analysis.show.figures.gmm_choice import (
    held_out,
    mixture_choices,
    mixture_starts,
    mixture_sweep,
    mixture_types,
)
from analysis.show.figures.headline import headline
from analysis.show.figures.kmeans import cell_slice, descent, lloyd_panels, starts, stopping
from analysis.show.figures.ledger import verdicts
from analysis.show.figures.lloyd_picture import lloyd_steps
from analysis.show.figures.mixture import em_ascent, em_limit, em_panels, one_normal
from analysis.show.figures.pca import pca_hidden, pca_loadings, pca_planes, space_panels
from analysis.show.figures.recoding import (
    artists,
    recoded_songs,
    recoding_bic,
    recoding_toy,
    recodings,
)
from analysis.show.figures.space import song_space
from analysis.show.figures.style import StudyFigure

__all__ = [
    "StudyFigure",
    "against_null",
    "artists",
    "axes",
    "between_shares",
    "by_genre",
    "ceiling",
    "cell_slice",
    "centroids",
    "centroids_raw",
    "cluster_sizes",
    "component_axes",
    "component_covariances",
    "component_plane",
    "component_weights",
    "correlations",
    "cross",
    "descent",
    "distances",
    "drawn_depth",
    "drawn_marginals",
    "drawn_pairs",
    "eigenvalues",
    "em_ascent",
    "em_limit",
    "em_panels",
    "em_steps",
    "external_scores",
    "gaps",
    "genre_clusters",
    "genre_means",
    "headline",
    "held_out",
    "histograms",
    "indices",
    "internal_scores",
    "knees",
    "lloyd_panels",
    "lloyd_steps",
    "loudness_energy",
    "margins",
    "mixture_choices",
    "mixture_starts",
    "mixture_sweep",
    "mixture_types",
    "neighbours",
    "one_normal",
    "pairs",
    "pca_hidden",
    "pca_loadings",
    "pca_planes",
    "recoded_songs",
    "recoding_bic",
    "recoding_toy",
    "recodings",
    "recovery",
    "refit_reliability",
    "regularisation",
    "relabellings",
    "run_agreement",
    "scree",
    "shifted_criteria",
    "silhouettes",
    "song_certainty",
    "song_entropies",
    "song_space",
    "space_panels",
    "stability",
    "starts",
    "stopping",
    "sweep",
    "tempo_lags",
    "variance_shares",
    "verdicts",
]
