"""Code of the solutions to the exercises on Gaussian mixtures, short enough to be shown."""

from __future__ import annotations

import itertools

import numpy as np

from analysis.findings.mixtures.toys import NUMBERS, SEED, make_points
from analysis.methods.indices.external import match_labels
from analysis.methods.kmeans.steps import Floats
from analysis.methods.mixture.classification import round_steps
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import Parameters
from analysis.methods.mixture.steps import em_steps
from analysis.streams import Stream, generator


def end_from(apart: float) -> float:
    """Run EM on the six numbers, from two bells so far apart around the mean of all.

    Returns
    -------
    float
        The log-likelihood at the end, in nats.
    """
    X = np.array(NUMBERS)[:, None]
    means = X.mean() + np.array([[-apart / 2], [apart / 2]])
    start = Parameters(np.full(2, 0.5), means, np.full(2, X.var()), "spherical")
    *_, end = em_steps(X, start, tol=0.0, reg_covar=0.0, max_iter=500)
    return end.log_likelihood


def found_in_pieces(n_components: int) -> float:
    """Give each component to the crescent that most of its points are of.

    Returns
    -------
    float
        The share of points that are then in their own crescent.
    """
    X, crescents = make_points()["crescents"]
    mixture = EMGaussianMixture(n_components, random_state=SEED).fit(X)
    labels = mixture.predict(X)
    pieces = [crescents[labels == k] for k in np.unique(labels)]
    return float(sum(np.bincount(piece).max() for piece in pieces) / len(X))


def halve_one_bell(n: int = 10_000) -> tuple[Floats, float]:
    """Cut draws from one standard normal distribution in two, with Lloyd's algorithm.

    Returns
    -------
    centers : ndarray of shape (2,)
    variance : float
        About the centres.
    """
    X = generator(SEED, Stream.HALF_BELL).standard_normal((n, 1))
    *_, (_, centers, variance) = round_steps(X, [[-1.0], [1.0]])
    return centers[:, 0], variance


def first_zero(step: float = 0.1) -> float:
    """Look for the first distance at which the standard normal density is computed as zero."""
    distances = np.arange(0.0, 100.0, step)
    densities = np.exp(-(distances**2) / 2) / np.sqrt(2 * np.pi)
    return float(distances[densities == 0][0])


def rounds_for(mean: float, n: int = 10_000) -> int:
    """Count the rounds of EM from twice the mean, for two bells at plus and minus the mean."""
    rng = generator(SEED, Stream.TWO_BELLS)
    x = rng.standard_normal(n) + mean * rng.choice([-1.0, 1.0], n)
    now = 2 * mean
    for round_ in itertools.count(1):
        before, now = now, float(np.mean(x * np.tanh(now * x)))
        if abs(now - before) < 1e-6:
            return round_
    raise AssertionError


def sure_and_kept(n_draws: int = 10) -> tuple[float, float]:
    """Fit ten components to points of one normal distribution, from two starts each.

    Returns
    -------
    sure : float
        The mean probability that the first mixture gives to its labels.
    kept : float
        The share of points with the same label in the second, after matching.
    """
    found = []
    for draw in range(n_draws):
        X = generator(draw, Stream.ONE_HILL).standard_normal((1_000, 5))
        first, second = (
            EMGaussianMixture(10, max_iter=300, random_state=seed).fit(X) for seed in (0, 1)
        )
        matching = match_labels(second.predict(X), first.predict(X))
        found.append((first.predict_proba(X).max(axis=1).mean(), matching.agreement))
    sure, kept = np.mean(found, axis=0)
    return float(sure), float(kept)
