"""A spike on one of nine made-up numbers, and code of the exercises on mixtures without a bound."""

from __future__ import annotations

import dataclasses

import numpy as np

from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.map import Prior, default_prior, log_prior
from analysis.methods.mixture.model import Floats, Parameters, log_density, log_likelihood
from analysis.streams import Stream, generator

NUMBERS = (1.0, 2.0, 2.5, 3.5, 4.0, 5.0, 5.5, 6.5, 8.0)
"""The numbers that both components are fitted to."""
PLACE = 5.0
"""The number that the spike stands on."""
SHOWN = (1.0, 0.2, 0.04)
"""Standard deviations of the spike whose densities are drawn."""


@dataclasses.dataclass(frozen=True, eq=False)
class SpikeToy:
    """A wide bell and a spike on one number, as the spike narrows (thm-one-song).

    Attributes
    ----------
    X : ndarray of shape (n, 1)
    widths : ndarray of shape (n_widths,)
        Standard deviations of the spike, from the widest to the narrowest.
    log_likelihoods : ndarray of shape (n_widths,)
        In nats.
    with_prior : ndarray of shape (n_widths,)
        What MAP climbs (eq-map), without a constant that makes both alike at the widest.
    """

    X: Floats
    widths: Floats
    log_likelihoods: Floats
    with_prior: Floats

    @property
    def best_width(self) -> float:
        """The width of the highest posterior density among those tried."""
        return float(self.widths[self.with_prior.argmax()])

    def density(self, x: Floats, width: float) -> Floats:
        """Return the density of the mixture with a spike of this width at every x."""
        return np.exp(log_density(x[:, None], with_spike(self.X, width)))


def with_spike(X: Floats, width: float) -> Parameters:
    """Give the bell of all numbers a weight of 1 - 1 / n, and a spike on one of them the rest."""
    n = len(X)
    covariances = np.array([[[X.var()]], [[width**2]]])
    return Parameters(np.array([1 - 1 / n, 1 / n]), np.array([[X.mean()], [PLACE]]), covariances)


def narrow_spike() -> SpikeToy:
    """Let the spike narrow from the width of the bell to a hundred-thousandth of it."""
    X = np.array(NUMBERS)[:, None]
    prior: Prior = default_prior(X, 2)
    widths = np.logspace(0, -5, 41)
    mixtures = [with_spike(X, width) for width in widths]
    heights = np.array([log_likelihood(X, mixture) for mixture in mixtures])
    priors = np.array([log_prior(mixture, prior) for mixture in mixtures])
    return SpikeToy(X, widths, heights, heights + priors - priors[0])


def gain_of_a_tenth(width: float) -> float:
    """Return what the log-likelihood gains when a spike becomes ten times as narrow."""
    X = np.array(NUMBERS)[:, None]
    narrower, wider = with_spike(X, width / 10), with_spike(X, width)
    return log_likelihood(X, narrower) - log_likelihood(X, wider)


def gain_with_a_copy(n: int = 40) -> float:
    """Fit two components to two columns and a copy, and return what a tenth of reg_covar adds."""
    X = generator(0, Stream.COPIED_COLUMN).standard_normal((n, 2))
    X = np.column_stack([X, X[:, 1]])
    fits = [
        EMGaussianMixture(2, reg_covar=reg_covar, max_iter=500, random_state=0).fit(X)
        for reg_covar in (1e-6, 1e-7)
    ]
    before, after = (float(fit.score_samples(X).sum()) for fit in fits)
    return after - before
