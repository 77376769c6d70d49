"""What the author of the source notebooks published, and the same from our table.

The published values are quoted from the public repository of the notebooks (``vedant2025`` in the
bibliography); everything else is computed.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.methods.indices.internal import InternalIndices, internal_indices
from analysis.songs.table import z_scores

if TYPE_CHECKING:
    from analysis.study.pipeline import Study

COMMIT = "145252733f297b08f79ff61911657da7255f0c1d"
"""The last commit of the repository that holds the notebooks; a later one deleted them."""


@dataclasses.dataclass(frozen=True)
class Metrics:
    """What the source notebooks measure of their clusterings.

    Attributes
    ----------
    n_songs : int
    plane, space : float
        The share of the variance along two and along three principal components.
    kmeans, mixture : InternalIndices
    """

    n_songs: int
    plane: float
    space: float
    kmeans: InternalIndices
    mixture: InternalIndices


PUBLISHED = Metrics(
    n_songs=999,  # rows of data/processed/features_selected.csv
    plane=0.9051,  # README.md and notebook 4
    space=0.9981,
    # data/processed/evaluation_metrics.json
    kmeans=InternalIndices(0.24342439479674616, 1.1255812939541727, 401.2165570195568),
    mixture=InternalIndices(0.11415573626733086, 1.607436202617, 239.3189340645003),
)
"""Quoted from the repository, at :data:`COMMIT`."""

TEN_STARTS = InternalIndices(0.06897866433020663, 1.9895361033637637, 197.3917780520231)
"""Observed: what scikit-learn gives on their own table with the ten starts of the mixture notebook.

With one start it gives the published values. To check, name their table as the ``data_file`` of
``study.toml``, with ``feature_set = "as-published"``: :func:`reconstruct` then computes both.
"""

OTHER_TEMPI = 9
"""Observed: songs with another tempo in their table than in the public one, by over 0.1%."""


@dataclasses.dataclass(frozen=True)
class Reconstruction:
    """The same measures from the study's own table.

    Attributes
    ----------
    metrics : Metrics
        With the starts of the study.
    one_start : InternalIndices
        Of a mixture from a single start.
    n_starts : int
        Starts of the mixture in `metrics`.
    """

    metrics: Metrics
    one_start: InternalIndices
    n_starts: int

    def off(self, method: str) -> float:
        """Return by which share of the published value the farthest of the indices is off.

        Parameters
        ----------
        method : {"kmeans", "mixture"}

        Returns
        -------
        float
        """
        return _farthest(getattr(PUBLISHED, method), getattr(self.metrics, method))

    def off_from_one_start(self) -> float:
        """Return the same for the mixture from a single start, as the published one is."""
        return _farthest(PUBLISHED.mixture, self.one_start)


def reconstruct(study: Study) -> Reconstruction:
    """Measure what the notebooks measure, on the columns as published."""
    from analysis.findings.mixtures.components import fit_gaussian_mixture

    X = z_scores(study.dataset.X)
    single = dataclasses.replace(study.config, gmm_n_init=1)
    shares = study.spectrum.cumulative
    return Reconstruction(
        Metrics(
            n_songs=study.dataset.n_songs,
            plane=float(shares[1]),
            space=float(shares[2]),
            kmeans=_indices(X, study.kmeans.labels),
            mixture=_indices(X, study.mixture.labels),
        ),
        one_start=_indices(X, fit_gaussian_mixture(study.dataset, single).predict(X)),
        n_starts=study.mixture.n_init,
    )


def _farthest(theirs: InternalIndices, ours: InternalIndices) -> float:
    there, here = (np.array(dataclasses.astuple(indices)) for indices in (theirs, ours))
    return float(np.abs(here / there - 1).max())


def _indices(X: NDArray[np.float64], labels: NDArray[np.int64]) -> InternalIndices:
    """Return the indices; NaN where all songs are in one group or each is in its own."""
    if not 1 < len(np.unique(labels)) < len(labels):
        return InternalIndices(math.nan, math.nan, math.nan)
    return internal_indices(X, labels)
