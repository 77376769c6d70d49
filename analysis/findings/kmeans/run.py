"""What Lloyd's algorithm does to the songs: descent, stopping, agreement with scikit-learn.

Every function takes a :class:`analysis.songs.table.Dataset` and works on the standardised features.
The algorithm itself is in :mod:`analysis.methods.kmeans`.
"""

from __future__ import annotations

import dataclasses
import math
import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]

SKLEARN_TOL = 1e-4
"""scikit-learn's default tolerance for the shift of the centres."""

EPSILONS = (10.0, 1.0, 0.1, 0.01, 0.001)
"""Thresholds for the change of the objective, in its own unit."""

ROUNDING = 1e-12
"""A change smaller than this share of the total sum of squares is rounding."""


@dataclasses.dataclass(frozen=True)
class LloydTrace:
    """One run of Lloyd's algorithm from one start, until a whole round changes nothing.

    Attributes
    ----------
    start : ndarray of shape (n_clusters, n_features)
        Drawn by greedy k-means++ with the study's seed.
    inertia_assigned, inertia_updated : ndarray of shape (n_iter,)
        J after each of the two steps of each round (eq-wcss).
    center_shift : ndarray of shape (n_iter,)
        Root of the summed squared moves of the centres.
    labels_changed : ndarray of shape (n_iter,), int
        Songs that the assignment of the round gave another cluster; all of them in the first.
    n_refilled : int
        Songs put into empty clusters, in the whole run.
    labels : ndarray of shape (n_songs,)
        At the end.
    cluster_centers : ndarray of shape (n_clusters, n_features)
        At the end.
    total : float
        J of a single cluster that holds all songs.
    """

    start: Floats
    inertia_assigned: Floats
    inertia_updated: Floats
    center_shift: Floats
    labels_changed: NDArray[np.int64]
    n_refilled: int
    labels: NDArray[np.int32]
    cluster_centers: Floats
    total: float

    @property
    def n_iter(self) -> int:
        """Rounds, the last of which changed nothing, unless the limit came first."""
        return len(self.center_shift)

    @property
    def settled(self) -> bool:
        """Whether the last round changed nothing."""
        return bool(self.labels_changed[-1] == 0 and self.center_shift[-1] == 0)

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.start)

    @property
    def half_steps(self) -> Floats:
        """J after every step, in order, shape (2 * n_iter,)."""
        return np.column_stack([self.inertia_assigned, self.inertia_updated]).ravel()

    @property
    def first(self) -> float:
        """J after the first assignment."""
        return float(self.inertia_assigned[0])

    @property
    def last(self) -> float:
        """J at the end."""
        return float(self.inertia_updated[-1])

    @property
    def n_rises(self) -> int:
        """Steps after which J was higher than before, by more than rounding."""
        return int(np.count_nonzero(np.diff(self.half_steps) > ROUNDING * self.total))

    @property
    def share_of_drop(self) -> Floats:
        """The part of the whole fall of J that each round has reached, shape (n_iter,)."""
        drop = self.first - self.last
        if drop <= ROUNDING * self.total:
            return np.ones(self.n_iter)
        return np.asarray((self.first - self.inertia_updated) / drop)

    def rounds_to(self, share: float) -> int:
        """Return the round after which at least this share of the fall is done."""
        return int(np.flatnonzero(self.share_of_drop >= share - ROUNDING)[0]) + 1

    def n_moved_after(self, iteration: int) -> int:
        """Return how many changes of cluster come after a round; a song may count twice."""
        return int(self.labels_changed[iteration:].sum())


@dataclasses.dataclass(frozen=True)
class Objective:
    """The objective of one clustering, computed in three ways, and the three sums of squares.

    Attributes
    ----------
    definition, pairwise, remainder : float
        J from distances to the means (eq-wcss), from distances between songs (eq-pairwise), and
        as what the sum of squares between clusters leaves of the total (eq-decomposition).
    total, within, between : float
    n_digits : int
        Digits of the number of ways to sort the songs into so many clusters.
    n_terms, n_pairs : int
        Squared distances that the first two ways add up.
    """

    definition: float
    pairwise: float
    remainder: float
    total: float
    within: float
    between: float
    n_digits: int
    n_terms: int
    n_pairs: int

    @property
    def largest_gap(self) -> float:
        """Largest difference between the three ways, as a share of J."""
        ways = (self.definition, self.pairwise, self.remainder)
        return (max(ways) - min(ways)) / self.definition if self.definition else 0.0

    @property
    def between_share(self) -> float:
        """The share of the total sum of squares that lies between the clusters."""
        return self.between / self.total


@dataclasses.dataclass(frozen=True)
class StoppingPoint:
    """Where a rule stops a run: a row of :attr:`Stopping.rules`.

    Attributes
    ----------
    round : int
        The last one run.
    excess : float
        By which share J is above that of the end.
    moves_left : int
        Changes of cluster that would follow.
    """

    round: int
    excess: float
    moves_left: int


@dataclasses.dataclass(frozen=True)
class Stopping:
    """When two rules stop the run of a :class:`LloydTrace`.

    Attributes
    ----------
    drops : ndarray of shape (n_iter - 1,)
        Fall of J from each round to the next.
    squared_shifts : ndarray of shape (n_iter,)
        Summed squared moves of the centres in each round.
    smallest, largest : int
        Songs in the smallest and in the largest cluster at the end.
    tol : float
        scikit-learn's threshold for the squared shift, its tolerance times the mean variance.
    rules : DataFrame
        One row a rule: ``rule`` ("objective", "centres", "nothing"), ``threshold`` (NaN for
        "nothing"), ``round`` (the last one run), ``inertia`` (J there), ``excess`` (by which share
        J is above that of the end), ``moves_left`` (changes of cluster that would follow),
        ``reached`` (whether the rule stopped the run at all).
    """

    drops: Floats
    squared_shifts: Floats
    smallest: int
    largest: int
    tol: float
    rules: pd.DataFrame

    @property
    def centres(self) -> StoppingPoint:
        """Where scikit-learn's rule stops."""
        return self._stop(self.rules["rule"] == "centres")

    @property
    def nothing(self) -> StoppingPoint:
        """Where nothing changes any more."""
        return self._stop(self.rules["rule"] == "nothing")

    def below(self, epsilon: float) -> StoppingPoint:
        """Return where the rule on the objective stops, for one of :data:`EPSILONS`."""
        return self._stop(self.rules["threshold"].eq(epsilon) & self.rules["rule"].eq("objective"))

    def _stop(self, chosen: pd.Series[bool]) -> StoppingPoint:
        row = self.rules[chosen].iloc[0]
        return StoppingPoint(int(row["round"]), float(row["excess"]), int(row["moves_left"]))

    @property
    def n_growths(self) -> int:
        """Rounds in which J fell by more than in the round before."""
        return int(np.count_nonzero(np.diff(self.drops) > 0))

    @property
    def objective(self) -> pd.DataFrame:
        """The rows of the rules on the objective, from the loosest on."""
        return self.rules[self.rules["rule"] == "objective"]


@dataclasses.dataclass(frozen=True)
class LloydAgreement:
    """Our `LloydKMeans` beside scikit-learn's `KMeans`.

    Attributes
    ----------
    frame : DataFrame
        One row a kind of start: ``start``, ``n_fits``, ``same_rounds`` (fits in which both took
        as many rounds), ``labels_differing`` (songs with another label, over all fits),
        ``center_difference`` (largest absolute difference of a coordinate of a centre),
        ``inertia_difference`` (largest relative difference of J).
    steps_difference : float
        Largest absolute difference of a coordinate between the final centres of `LloydKMeans` and
        those of `lloyd_steps`, the same algorithm written to be read.
    """

    frame: pd.DataFrame
    steps_difference: float

    @property
    def n_fits(self) -> int:
        """Fits in all."""
        return int(self.frame["n_fits"].sum())

    @property
    def labels_differing(self) -> int:
        """Songs with another label, over all fits."""
        return int(self.frame["labels_differing"].sum())

    @property
    def center_difference(self) -> float:
        """Largest absolute difference of a coordinate of a centre, in standard deviations."""
        return float(self.frame["center_difference"].max())


def trace(dataset: Dataset, config: Config) -> LloydTrace:
    """Run Lloyd's algorithm step by step from one start."""
    from analysis.methods.kmeans.starts import kmeans_plusplus
    from analysis.methods.kmeans.steps import lloyd_steps

    X = z_scores(dataset.X)
    start = kmeans_plusplus(X, config.n_clusters, random_state=config.seed)
    steps = list(lloyd_steps(X, start, max_iter=config.max_iter))
    assigned, updated = steps[::2], steps[1::2]
    return LloydTrace(
        start=start,
        inertia_assigned=np.array([step.inertia for step in assigned]),
        inertia_updated=np.array([step.inertia for step in updated]),
        center_shift=np.array([step.center_shift for step in updated]),
        labels_changed=np.array([step.labels_changed for step in assigned]),
        n_refilled=sum(
            int(np.count_nonzero(after.labels != before.labels))
            for before, after in zip(assigned, updated, strict=True)
        ),
        labels=updated[-1].labels,
        cluster_centers=updated[-1].centers,
        total=float(np.square(X - X.mean(axis=0)).sum()),
    )


def measure_objective(dataset: Dataset, run: LloydTrace) -> Objective:
    """Compute J of the run's last clustering in three ways."""
    from analysis.methods.kmeans.steps import decompose, wcss, wcss_pairwise

    X = z_scores(dataset.X)
    parts = decompose(X, run.labels)
    sizes = np.bincount(run.labels)
    return Objective(
        definition=wcss(X, run.cluster_centers, run.labels),
        pairwise=wcss_pairwise(X, run.labels),
        remainder=parts.total - parts.between,
        total=parts.total,
        within=parts.within,
        between=parts.between,
        n_digits=len(str(n_partitions(len(X), run.n_clusters))),
        n_terms=len(X),
        n_pairs=int((sizes * (sizes - 1) // 2).sum()),
    )


def n_partitions(n: int, k: int) -> int:
    """Count the ways to sort n songs into k clusters, none of them empty.

    The Stirling number of the second kind, by inclusion and exclusion (eq-stirling).
    """
    terms: list[int] = [math.comb(k, j) * (k - j) ** n for j in range(k + 1)]
    return (sum(terms[::2]) - sum(terms[1::2])) // math.factorial(k)


def compare_stopping(dataset: Dataset, run: LloydTrace) -> Stopping:
    """Find the rounds at which rules on the objective and on the centres stop a run."""
    X = z_scores(dataset.X)
    J = run.inertia_updated
    drops, shifts = np.abs(np.diff(J)), run.center_shift**2
    tol = SKLEARN_TOL * float(X.var(axis=0).mean())
    # Both stop a run, as scikit-learn does, at the latest in the round that moves no song.
    still = run.labels_changed == 0
    rules = [
        ("objective", epsilon, np.append(False, drops < epsilon) | still) for epsilon in EPSILONS
    ]
    rules += [("centres", tol, (shifts <= tol) | still), ("nothing", math.nan, still)]
    rows = []
    for rule, threshold, stops in rules:
        at = int(stops.argmax()) if stops.any() else run.n_iter - 1
        excess = J[at] / run.last - 1 if run.last > 0 else 0.0
        left = run.n_moved_after(at + 1)
        rows.append((rule, threshold, at + 1, J[at], max(excess, 0.0), left, bool(stops.any())))
    sizes = np.bincount(run.labels, minlength=run.n_clusters)
    columns = ["rule", "threshold", "round", "inertia", "excess", "moves_left", "reached"]
    return Stopping(
        drops=drops,
        squared_shifts=shifts,
        smallest=int(sizes.min()),
        largest=int(sizes.max()),
        tol=tol,
        rules=pd.DataFrame(rows, columns=columns),
    )


def compare_with_sklearn(dataset: Dataset, config: Config) -> LloydAgreement:
    """Fit our implementation and scikit-learn's from the same starts."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from analysis.methods.kmeans.starts import kmeans_plusplus, random_rows

    X = z_scores(dataset.X)
    k = config.n_clusters
    starts = {
        "random songs": [random_rows(X, k, random_state=config.seed + i) for i in _fits(config)],
        "k-means++": [kmeans_plusplus(X, k, random_state=config.seed + i) for i in _fits(config)],
    }
    rows, steps = [], 0.0
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        for name, centers in starts.items():
            fits = [_fit_both(X, config, init=start, n_init=1) for start in centers]
            rows.append((name, *_differences(fits)))
            steps = max(steps, *(_steps_difference(X, start, config) for start in centers))
        seeded = _fit_both(X, config, n_init=config.n_init, random_state=config.seed)
        rows.append((f"best of {config.n_init}, same seed", *_differences([seeded])))
    columns = ["start", "n_fits", "same_rounds", "labels_differing"]
    columns += ["center_difference", "inertia_difference"]
    return LloydAgreement(pd.DataFrame(rows, columns=columns), steps)


def _fits(config: Config) -> range:
    return range(config.n_init)


def _fit_both(X: Floats, config: Config, **start: object) -> tuple[object, object]:
    from sklearn.cluster import KMeans

    from analysis.methods.kmeans.estimator import LloydKMeans

    given = {"max_iter": config.max_iter, "tol": SKLEARN_TOL, **start}
    ours = LloydKMeans(config.n_clusters, **given).fit(X)  # type: ignore[arg-type]
    return ours, KMeans(config.n_clusters, algorithm="lloyd", **given).fit(X)


def _differences(fits: list[tuple[object, object]]) -> tuple[int, int, int, float, float]:
    same = differing = 0
    centers = inertia = 0.0
    for ours, theirs in fits:
        a, b = vars(ours), vars(theirs)
        same += a["n_iter_"] == b["n_iter_"]
        differing += int(np.count_nonzero(a["labels_"] != b["labels_"]))
        gap = np.abs(a["cluster_centers_"] - b["cluster_centers_"]).max()
        centers = max(centers, float(gap))
        inertia = max(inertia, abs(a["inertia_"] - b["inertia_"]) / max(b["inertia_"], 1e-300))
    return len(fits), int(same), differing, centers, inertia


def _steps_difference(X: Floats, start: Floats, config: Config) -> float:
    """Compare the two ways our own module writes the algorithm, both run to the end."""
    from analysis.methods.kmeans.estimator import LloydKMeans
    from analysis.methods.kmeans.steps import lloyd_steps

    *_, last = lloyd_steps(X, start, max_iter=config.max_iter)
    fit = LloydKMeans(len(start), init=start, max_iter=config.max_iter, tol=0.0).fit(X)
    return float(np.abs(fit.cluster_centers_ - last.centers).max())
