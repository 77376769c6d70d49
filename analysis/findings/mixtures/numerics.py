"""What EM costs, and what becomes of its densities without logarithms."""

from __future__ import annotations

import dataclasses
import math
import sys

import numpy as np

from analysis.findings.mixtures.components import Mixture
from analysis.songs.table import Dataset, z_scores

SMALLEST = math.ulp(0.0)
"""The smallest number above 0 that a computer with 64-bit numbers knows."""

LARGEST = sys.float_info.max
"""The largest one."""


@dataclasses.dataclass(frozen=True)
class Underflow:
    """The densities of the study's mixture, with and without logarithms.

    Attributes
    ----------
    lowest : float
        The least logarithm of a song's density in a component, in nats.
    track : str
        That song.
    component : int
        That component, from 0.
    n_pairs, n_zero : int
        Pairs of a song and a component; those with a density that is 0 without logarithms.
    log_likelihood : float
        Of all songs, in nats.
    product : float
        The product of the songs' densities, computed without logarithms: 0 or infinite, as a rule.
    """

    lowest: float
    track: str
    component: int
    n_pairs: int
    n_zero: int
    log_likelihood: float
    product: float

    @property
    def zero_share(self) -> float:
        """The share of pairs with a density that is 0 without logarithms."""
        return self.n_zero / self.n_pairs

    @property
    def product_decimal(self) -> float:
        """The logarithm of the product of the densities, to base 10."""
        return self.log_likelihood / math.log(10)


@dataclasses.dataclass(frozen=True)
class Cost:
    """Multiplications and divisions in one round of EM, with one covariance type.

    Attributes
    ----------
    covariance_type : str
    e_step, m_step, factors : int
        In the E-step, in the M-step, and for the Cholesky factors.
    n_parameters : int
        Free parameters of the mixture (eq-parameters).
    """

    covariance_type: str
    e_step: int
    m_step: int
    factors: int
    n_parameters: int

    @property
    def total(self) -> int:
        """Of a round."""
        return self.e_step + self.m_step + self.factors


@dataclasses.dataclass(frozen=True)
class Costs:
    """What a round costs, of K-Means and of EM with each covariance type.

    Attributes
    ----------
    n_songs, n_features, n_components : int
    types : tuple of Cost
    """

    n_songs: int
    n_features: int
    n_components: int
    types: tuple[Cost, ...]

    @property
    def kmeans(self) -> int:
        """In one round of Lloyd's algorithm (eq-score)."""
        return self.n_songs * self.n_components * self.n_features

    @property
    def kmeans_parameters(self) -> int:
        """Coordinates of the centres."""
        return self.n_components * self.n_features

    @property
    def exponentials(self) -> int:
        """In one round of EM: one for each song and component."""
        return self.n_songs * self.n_components

    def of(self, covariance_type: str) -> Cost:
        """Return the cost with a covariance type."""
        return next(cost for cost in self.types if cost.covariance_type == covariance_type)

    def ratio(self, covariance_type: str) -> float:
        """Return how many times those of K-Means a round of EM takes."""
        return self.of(covariance_type).total / self.kmeans


def measure_underflow(dataset: Dataset, mixture: Mixture) -> Underflow:
    """Evaluate every component's density at every song, with and without logarithms."""
    from analysis.methods.mixture.model import log_gaussian_density

    X = z_scores(dataset.X)
    densities = log_gaussian_density(X, mixture.centers.to_numpy(), mixture.covariances)
    song, component = np.unravel_index(int(densities.argmin()), densities.shape)
    with np.errstate(over="ignore", under="ignore"):
        n_zero = int(np.count_nonzero(np.exp(densities) == 0))
        product = float(np.exp(mixture.log_likelihood))
    return Underflow(
        lowest=float(densities[song, component]),
        track=str(mixture.tracks[song]),
        component=int(component),
        n_pairs=densities.size,
        n_zero=n_zero,
        log_likelihood=mixture.log_likelihood,
        product=product,
    )


def count_costs(dataset: Dataset, n_components: int) -> Costs:
    """Count what a round costs for this table."""
    from analysis.methods.mixture.model import COVARIANCE_TYPES, n_parameters

    n, d = dataset.X.shape
    types = tuple(
        Cost(kind, *multiplications(n, d, n_components, kind), n_parameters(n_components, d, kind))
        for kind in COVARIANCE_TYPES
    )
    return Costs(n, d, n_components, types)


def multiplications(
    n_songs: int, n_features: int, n_components: int, covariance_type: str
) -> tuple[int, int, int]:
    """Count multiplications and divisions in one round of EM.

    Of an E-step: ``"full"`` solves with a triangle for every song and component and squares the
    result; ``"tied"`` solves once for every song; ``"diag"`` scales and squares; ``"spherical"``
    squares and scales once. Of an M-step: every type takes weighted sums of the songs; ``"full"``
    adds the weighted outer products, of which the upper triangle is enough, ``"tied"`` only those
    of the means, ``"diag"`` and ``"spherical"`` the weighted squares of the E-step. The
    exponentials, and what brings the responsibilities to the sum 1, are not counted.

    Parameters
    ----------
    n_songs, n_features, n_components : int
    covariance_type : {"full", "tied", "diag", "spherical"}

    Returns
    -------
    e_step, m_step, factors : int
        The last are those of the Cholesky factors.
    """
    n, d, K = n_songs, n_features, n_components
    triangle, cholesky = d * (d + 1) // 2, d * (d - 1) * (d + 4) // 6
    match covariance_type:
        case "full":
            return n * K * (triangle + d), n * K * (2 * d + triangle), K * cholesky
        case "tied":
            return n * triangle + n * K * d, n * K * d + K * (d + triangle), cholesky
        case "diag":
            return 2 * n * K * d, 2 * n * K * d, 0
        case _:
            return n * K * (d + 1), n * K * (d + 1), 0
