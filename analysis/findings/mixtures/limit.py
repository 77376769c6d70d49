"""K-Means as a limit of EM: one fixed variance for all components, smaller and smaller."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.findings.kmeans.run import LloydTrace
from analysis.songs.table import Dataset, z_scores

if TYPE_CHECKING:
    from analysis.methods.mixture.model import Parameters

Floats = NDArray[np.float64]

VARIANCES = tuple(float(10.0 ** (-half / 2)) for half in range(13))
"""From 1 to a millionth, in squared standard deviations of a feature."""

MOST_ROUNDS = 500
"""Near the variances at which centres part, EM is slow; it is stopped here."""

SHIFT = 1e-6
"""A run ends when no centre moves by more, in standard deviations."""

SURE = 0.99
"""A song with a responsibility of at least so much has one component nearly alone."""

APART = 0.01
"""Centres closer than this count as one."""


@dataclasses.dataclass(frozen=True, eq=False)
class Limit:
    """EM with equal weights and one fixed variance, from the start of a run of Lloyd's algorithm.

    Attributes
    ----------
    frame : DataFrame
        One row a variance, from the largest: ``variance``, ``rounds``, ``settled``, ``n_centers``
        (different ones), ``entropy`` (mean over the songs, in nats), ``sure`` (share of songs with
        a responsibility of at least :data:`SURE`), ``same`` (share of songs whose likeliest
        component is the cluster of Lloyd's run), ``centers`` (largest absolute difference of a
        coordinate from its centres), ``objective`` (eq-soft), ``hard`` (eq-centres at the same
        centres), ``bound`` (what their difference is at most), ``lost`` (songs of which, without
        logarithms, all densities are 0).
    n_songs, n_components : int
    smallest_gap : float
        In the whole run of Lloyd's algorithm, the least difference of a song's squared distances to
        its nearest and its second nearest centre; infinite with one centre.
    lloyd : float
        Its objective at the end.
    """

    frame: pd.DataFrame
    n_songs: int
    n_components: int
    smallest_gap: float
    lloyd: float

    @property
    def smallest(self) -> float:
        """The smallest variance."""
        return float(self.frame["variance"].iloc[-1])

    @property
    def largest(self) -> float:
        """The largest variance."""
        return float(self.frame["variance"].iloc[0])

    @property
    def same_at_last(self) -> float:
        """With the smallest variance, the share of songs in the cluster of Lloyd's run."""
        return float(self.frame["same"].iloc[-1])

    @property
    def entropy_at_most(self) -> float:
        """The entropy of a song that all components share evenly, in nats."""
        return math.log(self.n_components)

    @property
    def least_hard(self) -> float:
        """The least of the hard objectives."""
        return float(self.frame["hard"].min())

    @property
    def entropy_at_first(self) -> float:
        """With the largest variance, the mean entropy of the responsibilities, in nats."""
        return float(self.frame["entropy"].iloc[0])

    @property
    def entropy_at_last(self) -> float:
        """With the smallest variance, the mean entropy of the responsibilities, in nats."""
        return float(self.frame["entropy"].iloc[-1])

    @property
    def centers_at_first(self) -> int:
        """With the largest variance, how many centres differ at the end."""
        return int(self.frame["n_centers"].iloc[0])

    @property
    def lost_at_last(self) -> int:
        """With the smallest variance, the songs that are lost without logarithms."""
        return int(self.frame["lost"].iloc[-1])

    @property
    def same_from(self) -> float:
        """The largest variance from which on all runs end with the labels of Lloyd's, or NaN."""
        differs = np.flatnonzero(self.frame["same"].to_numpy() < 1)
        first = int(differs[-1]) + 1 if len(differs) else 0
        return float(self.frame["variance"].iloc[first]) if first < len(self.frame) else math.nan

    @property
    def n_outside(self) -> int:
        """Variances at which the soft objective does not lie where prp-soft says."""
        gap = self.frame["objective"] - self.frame["hard"]
        slack = 1e-9 * (1 + self.frame["hard"])
        return int(((gap < -slack) | (gap > self.frame["bound"] + slack)).sum())


def soften(dataset: Dataset, run: LloydTrace) -> Limit:
    """Run EM with each of :data:`VARIANCES` held fixed, from the start of Lloyd's run."""
    X = z_scores(dataset.X)
    rows = [(variance, *_one(X, run, variance)) for variance in VARIANCES]
    columns = ["variance", "rounds", "settled", "n_centers", "entropy", "sure", "same", "centers"]
    columns += ["objective", "hard", "bound", "lost"]
    return Limit(
        frame=pd.DataFrame(rows, columns=columns),
        n_songs=len(X),
        n_components=run.n_clusters,
        smallest_gap=_smallest_gap(X, run),
        lloyd=run.last,
    )


def soft_rounds(
    X: Floats, centers: Floats, variance: float, max_iter: int = MOST_ROUNDS
) -> tuple[Floats, int, bool]:
    """Run EM for the centres alone: equal weights, one variance, both held fixed.

    Parameters
    ----------
    X : ndarray of shape (n_songs, n_features)
    centers : ndarray of shape (n_components, n_features)
    variance : float
        Of every feature in every component.
    max_iter : int

    Returns
    -------
    centers : ndarray of shape (n_components, n_features)
    rounds : int
    settled : bool
    """
    from scipy.special import softmax

    from analysis.methods.kmeans.steps import squared_distances
    from analysis.methods.mixture.steps import component_counts, weighted_means

    for round_ in range(1, max_iter + 1):
        shares = softmax(-squared_distances(X, centers) / (2 * variance), axis=1)
        moved = weighted_means(X, shares, component_counts(shares))
        # A component without songs stays where it is.
        moved = np.where(shares.sum(axis=0)[:, None] > 0, moved, centers)
        shift = float(np.abs(moved - centers).max())
        centers = moved
        if shift <= SHIFT:
            return centers, round_, True
    return centers, max_iter, False


def spheres(centers: Floats, variance: float) -> Parameters:
    """Return a mixture of equal weights and one variance."""
    from analysis.methods.mixture.model import Parameters

    k = len(centers)
    return Parameters(np.full(k, 1 / k), centers, np.full(k, variance), "spherical")


def _one(X: Floats, run: LloydTrace, variance: float) -> tuple[object, ...]:
    from analysis.methods.kmeans.steps import squared_distances
    from analysis.methods.mixture.model import LOG_2PI, log_joint, log_likelihood
    from analysis.methods.mixture.steps import e_step, posterior_entropy

    n, d = X.shape
    centers, rounds, settled = soft_rounds(X, run.start, variance)
    mixture = spheres(centers, variance)
    shares = e_step(X, mixture)
    constant = -0.5 * n * d * (LOG_2PI + math.log(variance))
    return (
        rounds,
        settled,
        _n_apart(centers),
        float(posterior_entropy(shares).mean()),
        float(np.mean(shares.max(axis=1) >= SURE)),
        float(np.mean(shares.argmax(axis=1) == run.labels)),
        float(np.abs(centers - run.cluster_centers).max()),
        -2 * variance * (log_likelihood(X, mixture) - constant),
        float(squared_distances(X, centers).min(axis=1).sum()),
        2 * variance * n * math.log(len(centers)),
        int(np.count_nonzero(np.exp(log_joint(X, mixture)).sum(axis=1) == 0)),
    )


def _n_apart(centers: Floats) -> int:
    """Count centres that are farther than :data:`APART` from all that were counted before."""
    kept: list[Floats] = []
    for center in centers:
        if all(np.linalg.norm(center - other) > APART for other in kept):
            kept.append(center)
    return len(kept)


def _smallest_gap(X: Floats, run: LloydTrace) -> float:
    from analysis.methods.kmeans.steps import lloyd_steps, squared_distances

    if run.n_clusters == 1:
        return math.inf
    smallest, centers = math.inf, run.start
    for step in list(lloyd_steps(X, run.start, max_iter=run.n_iter))[1::2]:
        nearest = np.sort(squared_distances(X, centers), axis=1)
        smallest = min(smallest, float((nearest[:, 1] - nearest[:, 0]).min()))
        centers = step.centers
    return smallest
