"""What the claims of the source notebooks are measured by: a small typed value for each.

Every function takes a :class:`analysis.study.pipeline.Study` with all five features, and returns
a named tuple of numbers.
A number that does not exist for the songs or the features at hand is NaN.
What the numbers say about a claim is judged in :mod:`analysis.claims.ledger`.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.findings.kmeans.clusters import SOURCE_ROUNDS, SOURCE_SIZES
from analysis.findings.mixtures.certainty import CONFIDENT_FROM, UNSURE_BELOW
from analysis.findings.mixtures.components import SOURCE_ROUNDS as EM_ROUNDS

if TYPE_CHECKING:
    from analysis.study.pipeline import Study

Floats = NDArray[np.float64]

SOURCE_RANGES = {"tempo": (50.0, 200.0), "energy": (0.0, 0.5)}
"""The ranges that the source notebooks state, in BPM and without a unit."""
NEARLY_ALL = 0.95
"""A genre that has this share of a cluster has the cluster, and the other way round."""
ELONGATED = 2.0
"""A group whose longest axis is at least so many times its shortest is not round."""
FLAT = 2.0
"""An eigenvalue below so many times `reg_covar` owes more to it than to the songs."""


class Amount(NamedTuple):
    """A number of things."""

    n: float


class Span(NamedTuple):
    """Where the values of a feature lie.

    Attributes
    ----------
    low, high : float
        The least and the greatest value, in the feature's unit.
    share : float
        The share of the songs within the range that is claimed.
    """

    low: float
    high: float
    share: float


class Dominance(NamedTuple):
    """A feature's share of the variance before scaling, and the largest share of another."""

    share: float
    next_share: float


class Balance(NamedTuple):
    """What the features weigh after scaling.

    Attributes
    ----------
    least_variance, most_variance : float
        Smallest and largest share of the variance that a feature has.
    least_missed, most_missed : float
        Smallest and largest share of songs that change their nearest neighbour when one feature
        is left out.
    """

    least_variance: float
    most_variance: float
    least_missed: float
    most_missed: float


class Start(NamedTuple):
    """How scikit-learn's K-Means begins if it is not told.

    Attributes
    ----------
    even : bool
        Whether every song is as likely as every other to become a centre.
    drawn : bool
        Whether centres are drawn at random at all.
    factor, random_factor : float
        Mean objective of the starting centres as a multiple of the best end known: as drawn, and
        from songs drawn evenly.
    """

    even: bool
    drawn: bool
    factor: float
    random_factor: float


class Stop(NamedTuple):
    """Two rules to stop, on one run.

    Attributes
    ----------
    first, last : float
        The rounds in which the thresholds on the objective stop it.
    centres : float
        The round in which scikit-learn's rule stops it.
    change : float
        By which share WCSS fell in that round.
    """

    first: float
    last: float
    centres: float
    change: float


class Rounds(NamedTuple):
    """Rounds of the start that ended best, and the share of single starts within the range."""

    n: float
    share: float


class Elbow(NamedTuple):
    """Where the curve of WCSS bends most, and where the detector sees its knee.

    Attributes
    ----------
    bend, knee : int or None
        None if there is none.
    k_min, k_max : int
        The ends of the sweep.
    """

    bend: int | None
    knee: int | None
    k_min: int
    k_max: int


class Silhouette(NamedTuple):
    """A mean silhouette with its interval."""

    estimate: float
    low: float
    high: float


class Numbers(NamedTuple):
    """A number of clusters beside a number of genres."""

    clusters: float
    genres: float


class Agreement(NamedTuple):
    """The adjusted Rand index of clusters and genres, and the clusters with a genre of their own.

    Attributes
    ----------
    ari : float
    n_own : float
        Clusters of which one genre has nearly all songs.
    n_clusters : float
        Clusters that have songs.
    """

    ari: float
    n_own: float
    n_clusters: float


class Sizes(NamedTuple):
    """Sizes of clusters.

    Attributes
    ----------
    smallest, largest : float
    n_within : float
        Clusters whose size lies in the range that is claimed.
    n_empty : float
    n_clusters : float
    evenness : float
        Entropy of the sizes as a share of that of equal ones.
    """

    smallest: float
    largest: float
    n_within: float
    n_empty: float
    n_clusters: float
    evenness: float

    @property
    def ratio(self) -> float:
        """How many times as large as the smallest the largest is."""
        return self.largest / self.smallest if self.smallest else math.inf


class Mixed(NamedTuple):
    """How many of some groups are mixed, and the largest share that one part has of a group."""

    n: float
    of: float
    largest: float


class Labels(NamedTuple):
    """Different descriptions of so many clusters."""

    n: float
    of: float


class Converged(NamedTuple):
    """Whether EM converged, and how many components are as flat as `reg_covar` lets them be.

    `last` is what the last round added to the log-likelihood, in nats, and `next` what another
    round would have added.
    """

    converged: bool
    n_pinned: float
    n_components: float
    last: float
    next: float


class Share(NamedTuple):
    """A share of the songs."""

    share: float


class Shape(NamedTuple):
    """How long groups are: their longest axis as a multiple of the shortest that the songs fill.

    Attributes
    ----------
    least, most : float
    n_long : float
        Groups whose longest axis is at least `ELONGATED` times the shortest.
    of : float
        Groups that have a shape.
    """

    least: float
    most: float
    n_long: float
    of: float


class Round(NamedTuple):
    """What K-Means counts as near, and the shape of what it finds.

    Attributes
    ----------
    share : float
        The share of the songs in the cluster of a nearest centre.
    least, most, n_long, of : float
        The shape of the clusters, as in :class:`Shape`.
    """

    share: float
    least: float
    most: float
    n_long: float
    of: float


class Same(NamedTuple):
    """The share of songs with the same label: as the labels stand, and after optimal matching."""

    raw: float
    matched: float


class Criteria(NamedTuple):
    """Numbers of components: what two criteria ask for, the first and last tried, the study's.

    Those that single starts ask for are `bic_starts` and `aic_starts`; `bic_pinned` and
    `aic_pinned` are the components pinned at `reg_covar` in the mixtures asked for.
    """

    bic: int
    aic: int
    first: int
    last: int
    study: int
    bic_starts: tuple[int, ...] = ()
    aic_starts: tuple[int, ...] = ()
    bic_pinned: int = 0
    aic_pinned: int = 0

    @property
    def n_sound(self) -> int:
        """How many of the two lie inside the range that was tried, in a mixture not pinned."""
        asked = ((self.bic, self.bic_pinned), (self.aic, self.aic_pinned))
        return sum(self.first < k < self.last and not pinned for k, pinned in asked)

    @property
    def n_study(self) -> int:
        """How many of the two are the study's number."""
        return sum(k == self.study for k in (self.bic, self.aic))


class Overfit(NamedTuple):
    """What more components do, in nats per song.

    Attributes
    ----------
    study, last : int
        The study's number of components, and the largest one tried.
    loss : float
        By how much songs held out are described worse with the last than with the study's.
    gain : float
        By how much the songs seen are described better.
    promise : float
        By how much the songs seen are described better than those held out, at the study's.
    error : float
        Standard error of the held-out value at the study's.
    """

    study: int
    last: int
    loss: float
    gain: float
    promise: float
    error: float


class Pair(NamedTuple):
    """A number for K-Means and one for the mixture."""

    kmeans: float
    mixture: float


# --- the data ------------------------------------------------------------------------------------


def songs(study: Study) -> Amount:
    """Return the number of songs."""
    return Amount(float(study.summary.n_songs))


def genres(study: Study) -> Amount:
    """Return the number of genres."""
    return Amount(float(study.summary.n_genres))


def span(study: Study, feature: str) -> Span:
    """Return where a feature's values lie."""
    values = study.dataset.frame[feature].to_numpy(dtype=np.float64)
    low, high = SOURCE_RANGES[feature]
    within = (values >= low) & (values <= high)
    return Span(float(values.min()), float(values.max()), float(within.mean()))


def dominance(study: Study, feature: str) -> Dominance:
    """Return a feature's share of the variance before scaling."""
    shares = study.scaling.frame["share_before"]
    return Dominance(float(shares[feature]), float(shares.drop(feature).max()))


def balance(study: Study) -> Balance:
    """Return what the features weigh after scaling: in variance, and in nearest neighbours."""
    shares = study.scaling.frame["share_after"]
    missed = study.influence.frame["neighbours_changed_without"]
    return Balance(
        float(shares.min()), float(shares.max()), float(missed.min()), float(missed.max())
    )


# --- K-Means -------------------------------------------------------------------------------------


def start(study: Study) -> Start:
    """Return how scikit-learn's K-Means begins by default."""
    from sklearn.cluster import KMeans

    init = inspect.signature(KMeans).parameters["init"].default
    starts = study.starts
    return Start(
        init == "random",
        init in ("random", "k-means++"),
        starts.start_factor("greedy k-means++"),
        starts.start_factor("random"),
    )


def stop(study: Study) -> Stop:
    """Return when thresholds on the objective and scikit-learn's rule stop the study's run."""
    stopping = study.stopping
    rounds = stopping.objective["round"].to_numpy(dtype=np.float64)
    last = stopping.centres.round
    before = stopping.drops[last - 2] if last >= 2 else math.nan
    end = float(stopping.rules.loc[stopping.rules["rule"] == "centres", "inertia"].iloc[0])
    change = before / (end + before) if end + before > 0 else 0.0
    return Stop(float(rounds.min()), float(rounds.max()), float(last), float(change))


def kmeans_rounds(study: Study) -> Rounds:
    """Return the rounds of the best start, and the share of single starts in the range."""
    share = study.starts.rounds_within("greedy k-means++", *SOURCE_ROUNDS)
    return Rounds(float(study.kmeans.n_iter), share)


def elbow(study: Study) -> Elbow:
    """Return the sharpest bend of the sweep and the knee of the detector."""
    sweep = study.sweep
    return Elbow(sweep.sharpest, study.knees.knee, sweep.k_min, sweep.k_max)


def silhouette(study: Study) -> Silhouette:
    """Return the mean silhouette at the study's number of clusters."""
    mean = study.kmeans_silhouettes.mean
    return Silhouette(mean.estimate, mean.low, mean.high)


def numbers(study: Study) -> Numbers:
    """Return the number of clusters beside the number of genres."""
    return Numbers(float(study.kmeans.n_clusters), float(study.summary.n_genres))


def agreement(study: Study) -> Agreement:
    """Return how far the clusters are the genres."""
    from analysis.methods.indices.external import external_indices

    mixed = clusters_mixed(study)
    ari = external_indices(study.dataset.labels, study.kmeans.labels).ari
    return Agreement(float(ari), mixed.of - mixed.n, mixed.of)


def sizes(study: Study) -> Sizes:
    """Return the sizes of the clusters."""
    found = study.kmeans.sizes
    low, high = SOURCE_SIZES
    shares = found[found > 0] / found.sum()
    entropy = float(-(shares * np.log(shares)).sum())
    return Sizes(
        float(found.min()),
        float(found.max()),
        float(((found >= low) & (found <= high)).sum()),
        float((found == 0).sum()),
        float(len(found)),
        entropy / math.log(len(found)),
    )


def genres_split(study: Study) -> Mixed:
    """Return how many genres no cluster has nearly all songs of."""
    return _mixed(_contingency(study))


def clusters_mixed(study: Study) -> Mixed:
    """Return of how many clusters no genre has nearly all songs."""
    return _mixed(_contingency(study).T)


def labels(study: Study) -> Labels:
    """Return how many different labels the source's rules give the clusters."""
    return Labels(float(study.kmeans.n_source_names), float(study.kmeans.n_clusters))


# --- the mixture ---------------------------------------------------------------------------------


def criteria(study: Study) -> Criteria:
    """Return how many components BIC and AIC ask for, of those tried."""
    sweep = study.mixture_sweep
    return Criteria(
        sweep.best("bic"),
        sweep.best("aic"),
        sweep.ks[0],
        sweep.ks[-1],
        sweep.n_components,
        sweep.by_single_starts("bic"),
        sweep.by_single_starts("aic"),
        int(sweep.of(sweep.best("bic"), "n_pinned")),
        int(sweep.of(sweep.best("aic"), "n_pinned")),
    )


def overfit(study: Study) -> Overfit:
    """Return what more components do for songs held out, and for the songs seen.

    The values are those of ``study.held_out``, for two numbers of components only.
    """
    from analysis.findings.mixtures.choice_checked import hold_out

    sweep = study.mixture_sweep
    k, last = sweep.n_components, sweep.ks[-1]
    if k not in sweep.ks or k >= last:
        return Overfit(k, last, math.nan, math.nan, math.nan, math.nan)
    ends = dataclasses.replace(sweep, table=sweep.table.loc[[k, last]])
    held = hold_out(study.dataset, study.config, ends)
    return Overfit(
        k,
        last,
        held.of(k, "held_out") - held.of(last, "held_out"),
        held.of(last, "seen") - held.of(k, "seen"),
        held.promise(k, "seen"),
        held.of(k, "error"),
    )


def mixture_rounds(study: Study) -> Rounds:
    """Return the rounds of EM in the best start, and the share of single starts in the range."""
    share = study.em_agreement.rounds_within(*EM_ROUNDS)
    return Rounds(float(study.mixture.n_iter), share)


def converged(study: Study) -> Converged:
    """Return whether EM converged, and what its end owes to tolerance and regularisation."""
    mixture = study.mixture
    return Converged(
        mixture.converged,
        float(len(mixture.pinned)),
        float(mixture.n_components),
        study.em_trace.last_rise,
        study.em_further.next,
    )


def sure(study: Study) -> Share:
    """Return the share of songs whose likeliest component is nearly certain."""
    return Share(float((study.mixture.max_probability >= CONFIDENT_FROM).mean()))


def unsure(study: Study) -> Share:
    """Return the share of songs of which no component is more likely than all others together."""
    return Share(float((study.mixture.max_probability < UNSURE_BELOW).mean()))


def elliptical(study: Study) -> Shape:
    """Return how long the components are."""
    return _shape(study.mixture.covariances, study.mixture.reg_covar)


def spherical(study: Study) -> Round:
    """Return by which metric K-Means assigns songs, and how long the clusters are."""
    from analysis.songs.table import z_scores

    Z = z_scores(study.dataset.X)
    kmeans, n_features = study.kmeans, Z.shape[1]
    centers = kmeans.centers.to_numpy(dtype=np.float64)
    squares = np.square(Z[:, np.newaxis] - centers).sum(axis=2)
    own = squares[np.arange(len(Z)), kmeans.labels]
    nearest = own <= squares.min(axis=1) * (1 + 1e-9) + 1e-12
    groups = [Z[kmeans.labels == cluster] for cluster in range(kmeans.n_clusters)]
    covariances = [np.cov(group.T, ddof=0) for group in groups if len(group) > n_features]
    shape = _shape(np.array(covariances), study.mixture.reg_covar)
    return Round(float(nearest.mean()), *shape)


def same_labels(study: Study) -> Same:
    """Return how many songs have the same label in both methods."""
    from analysis.methods.indices.external import match_labels, raw_agreement

    ours, theirs = study.kmeans.labels, study.mixture.labels
    return Same(raw_agreement(ours, theirs), match_labels(ours, theirs).agreement)


def parameters(study: Study) -> Pair:
    """Return the free parameters of both methods."""
    kmeans = study.kmeans
    return Pair(float(kmeans.n_clusters * kmeans.n_features), float(study.mixture.n_parameters))


def operations(study: Study) -> Pair:
    """Return the multiplications of one start of each method: those of a round, times its rounds.

    Those of a round are counted in :func:`analysis.findings.mixtures.numerics.multiplications`.
    """
    costs = study.em_costs
    return Pair(
        float(costs.kmeans * study.kmeans.n_iter),
        float(costs.of("full").total * study.mixture.n_iter),
    )


# --- what they share -----------------------------------------------------------------------------


def _contingency(study: Study) -> Floats:
    """Return the songs of each genre in each cluster that has songs."""
    from analysis.methods.indices.external import contingency

    table = contingency(study.dataset.labels, study.kmeans.labels).to_numpy(dtype=np.float64)
    return np.asarray(table[:, table.sum(axis=0) > 0])


def _mixed(table: Floats) -> Mixed:
    """Return how many rows have no cell with nearly all of them, and the largest share."""
    shares = table.max(axis=1) / table.sum(axis=1)
    return Mixed(float((shares < NEARLY_ALL).sum()), float(len(shares)), float(shares.max()))


def _shape(covariances: Floats, reg_covar: float) -> Shape:
    """Return how long covariances are, leaving out directions that the songs do not fill."""
    ratios = []
    for values in np.linalg.eigvalsh(covariances) if len(covariances) else ():
        filled = values[values >= FLAT * reg_covar]
        if len(filled) > 1:
            ratios.append(math.sqrt(filled[-1] / filled[0]))
    if not ratios:
        return Shape(math.nan, math.nan, math.nan, 0.0)
    long = sum(ratio >= ELONGATED for ratio in ratios)
    return Shape(min(ratios), max(ratios), float(long), float(len(ratios)))
