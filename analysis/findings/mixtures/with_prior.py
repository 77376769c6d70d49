"""What a prior on the covariances does to the study's mixture, and to a spike on one song."""

from __future__ import annotations

import dataclasses

import numpy as np

from analysis.config import Config
from analysis.findings.mixtures.components import Mixture
from analysis.methods.mixture.map import Prior, default_prior, map_steps
from analysis.methods.mixture.model import Floats, Parameters, log_density, log_likelihood
from analysis.methods.mixture.steps import e_step
from analysis.songs.table import Dataset, z_scores

THIN = 1e-6
"""The variance that the spike begins with, in squared standard deviations of a feature."""

MOST_ROUNDS = 300
"""EM with the prior ends earlier by its tolerance."""


@dataclasses.dataclass(frozen=True)
class WithPrior:
    """EM with an inverse Wishart prior, from the study's mixture, without a spike and with one.

    Attributes
    ----------
    degrees : float
        Of the prior.
    floor : float
        What no eigenvalue falls below (eq-map-floor), in squared standard deviations.
    smallest : float
        The smallest eigenvalue of any component without the spike, as below.
    lost : float
        By how much the log-likelihood is lower than that of the study's mixture, in nats.
    same : float
        The share of songs whose likeliest component is the one they had.
    spike_songs : float
        Songs that the spike holds in the end, counted by probability.
    spike_smallest : float
        The smallest eigenvalue of its covariance in the end.
    track : str
        The song that the spike begins on: that of median density under the study's mixture.
    """

    degrees: float
    floor: float
    smallest: float
    lost: float
    same: float
    spike_songs: float
    spike_smallest: float
    track: str


def measure_prior(dataset: Dataset, config: Config, mixture: Mixture) -> WithPrior:
    """Run EM with the default prior from the study's mixture, and again with a spike added."""
    Z = z_scores(dataset.X)
    own = mixture.parameters
    plain = _run(Z, own, config)
    song = int(np.argsort(log_density(Z, own), kind="stable")[len(Z) // 2])
    spiked = _run(Z, _with_spike(Z, song, own), config)
    prior = _prior(Z, len(own.weights))
    labels, before = e_step(Z, plain).argmax(axis=1), e_step(Z, own).argmax(axis=1)
    return WithPrior(
        degrees=prior.degrees,
        floor=prior.floor(len(Z)),
        smallest=float(np.linalg.eigvalsh(plain.covariances).min()),
        lost=log_likelihood(Z, own) - log_likelihood(Z, plain),
        same=float((labels == before).mean()),
        spike_songs=float(len(Z) * spiked.weights[-1]),
        spike_smallest=float(np.linalg.eigvalsh(spiked.covariances[-1])[0]),
        track=str(dataset.tracks[song]),
    )


def _with_spike(Z: Floats, song: int, own: Parameters) -> Parameters:
    n, d = Z.shape
    return Parameters(
        np.append(own.weights * (1 - 1 / n), 1 / n),
        np.vstack([own.means, Z[song]]),
        np.concatenate([own.covariances, THIN * np.eye(d)[None]]),
    )


def _run(Z: Floats, start: Parameters, config: Config) -> Parameters:
    prior = _prior(Z, len(start.weights))
    *_, (end, _) = map_steps(Z, start, prior, max_iter=max(config.max_iter, MOST_ROUNDS))
    return end


def _prior(Z: Floats, n_components: int) -> Prior:
    """Give the default prior, or a round one of that size where the songs leave a direction out."""
    try:
        return default_prior(Z, n_components)
    except ValueError:
        d = Z.shape[1]
        return Prior(np.eye(d) / n_components ** (2 / d), d + 2.0)
