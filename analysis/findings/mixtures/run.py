"""What the EM algorithm does to the songs: ascent, what reg_covar costs, agreement.

Every function takes a :class:`analysis.songs.table.Dataset` and works on the standardised features.
The algorithm itself is in :mod:`analysis.methods.mixture`.
"""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.songs.table import Dataset, z_scores

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

    from analysis.methods.mixture.estimator import EMGaussianMixture
    from analysis.methods.mixture.model import Parameters
    from analysis.methods.mixture.steps import EMStep

Floats = NDArray[np.float64]

TOL = 1e-3
"""scikit-learn's default tolerance, for the change of the log-likelihood per song."""

REG_COVAR = 1e-6
"""scikit-learn's default for what is added to every variance."""

REG_COVARS = (1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""What one more round is tried with, in squared standard deviations of a feature."""

ROUNDING = 1e-10
"""A fall smaller than this share of the log-likelihood, plus 1 nat, is rounding."""

FINE_TOL = 1e-6
"""A tolerance that lets EM go on, until a round moves next to nothing."""

FINE_ROUNDS = 20
"""With it a start may take so many times the rounds of the study."""

FURTHER = 500
"""Rounds that are taken after the tolerance has ended the run."""


@dataclasses.dataclass(frozen=True, eq=False)
class EMTrace:
    """The run behind the study's mixture, step by step, full covariances.

    All sums are over the songs, in nats. Arrays with two values a round have that after the E-step
    first, and that after the M-step second.

    Attributes
    ----------
    log_likelihood, elbo, kl_gap : ndarray of shape (2 * n_iter,)
        After each step: the log-likelihood (eq-loglikelihood) and its two parts (eq-elbo, eq-kl).
    moved : ndarray of shape (n_iter,), int
        Songs with another likeliest component than in the round before; all in the first.
    start, end : Parameters
    n_starts : int
        The run is the best of so many.
    converged : bool
    tol, reg_covar : float
    study_difference : float
        From the log-likelihood of the study's mixture, which scikit-learn has fitted, in nats.
    """

    log_likelihood: Floats
    elbo: Floats
    kl_gap: Floats
    moved: NDArray[np.int64]
    start: Parameters
    end: Parameters
    n_starts: int
    converged: bool
    tol: float
    reg_covar: float
    study_difference: float

    @property
    def n_iter(self) -> int:
        """Rounds of two steps."""
        return len(self.moved)

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.start.weights)

    @property
    def first(self) -> float:
        """The log-likelihood at the start."""
        return float(self.log_likelihood[0])

    @property
    def last(self) -> float:
        """The log-likelihood at the end."""
        return float(self.log_likelihood[-1])

    @property
    def rise(self) -> float:
        """By how much the log-likelihood rose."""
        return self.last - self.first

    @property
    def gains(self) -> Floats:
        """By how much each M-step lifted the bound, shape (n_iter,)."""
        return np.asarray(self.elbo[1::2] - self.elbo[::2])

    @property
    def gaps(self) -> Floats:
        """The gap each M-step left for the next E-step to close, shape (n_iter,)."""
        return self.kl_gap[1::2]

    @property
    def gap_share(self) -> float:
        """The part of the whole rise that came from gaps that opened; 0 if nothing rose."""
        return float(self.gaps.sum() / self.rise) if self.rise > self._slack else 0.0

    @property
    def n_falls(self) -> int:
        """Rounds after which the log-likelihood was lower than before, by more than rounding."""
        return int(np.count_nonzero(self.log_likelihood[1::2] - self.elbo[::2] < -self._slack))

    @property
    def n_growths(self) -> int:
        """Rounds in which the log-likelihood rose by more than in the round before."""
        rises = self.log_likelihood[1::2] - self.elbo[::2]
        return int(np.count_nonzero(np.diff(rises) > self._slack))

    @property
    def n_bound_falls(self) -> int:
        """Steps after which the bound was lower than before, by more than rounding."""
        return int(np.count_nonzero(np.diff(self.elbo) < -self._slack))

    @property
    def largest_error(self) -> float:
        """Largest difference of the log-likelihood from the sum of its two parts, in nats."""
        return float(np.abs(self.elbo + self.kl_gap - self.log_likelihood).max())

    @property
    def last_rise(self) -> float:
        """By how much the last round lifted the log-likelihood."""
        return float(self.log_likelihood[-1] - self.elbo[-2])

    @property
    def threshold(self) -> float:
        """The rise in a round below which the run ends, in nats."""
        return self.tol * float(self.moved[0])

    @property
    def share_of_rise(self) -> Floats:
        """The part of the whole rise that each round has reached, shape (n_iter,)."""
        if self.rise <= self._slack:
            return np.ones(self.n_iter)
        return np.asarray((self.log_likelihood[1::2] - self.first) / self.rise)

    def rounds_to(self, share: float) -> int:
        """Return the round after which at least this share of the rise is done."""
        return int(np.flatnonzero(self.share_of_rise >= share - ROUNDING)[0]) + 1

    def n_moved_after(self, iteration: int) -> int:
        """Return how often songs change their likeliest component after a round."""
        return int(self.moved[iteration:].sum())

    @property
    def _slack(self) -> float:
        return ROUNDING * (1 + float(np.abs(self.log_likelihood).max()))


@dataclasses.dataclass(frozen=True, eq=False)
class Further:
    """What comes after the end of the run, when it is not ended.

    Attributes
    ----------
    rises : ndarray of shape (FURTHER,)
        Of the log-likelihood, in each further round, in nats.
    labels_differing : int
        Songs with another likeliest component at the end than where the run had stopped.
    slack : float
        What counts as rounding, in nats.
    """

    rises: Floats
    labels_differing: int
    slack: float

    @property
    def rise(self) -> float:
        """Of the log-likelihood, in all further rounds."""
        return float(self.rises.sum())

    @property
    def next(self) -> float:
        """The rise in the first further round."""
        return float(self.rises[0])

    @property
    def n_falls(self) -> int:
        """Rounds in which the log-likelihood fell, by more than rounding."""
        return int(np.count_nonzero(self.rises < -self.slack))

    @property
    def largest_fall(self) -> float:
        """The largest fall in a round, in nats; 0 if none is more than rounding."""
        fall = -float(self.rises.min())
        return fall if fall > self.slack else 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Finer:
    """The starts of the study's mixture, with the default tolerance and with :data:`FINE_TOL`.

    Attributes
    ----------
    starts : DataFrame
        A row for each start. Columns ``rounds``, ``fine_rounds``; ``rise``: by how much the
        log-likelihood ends higher with the finer tolerance, in nats; ``alike``: adjusted Rand index
        of both ends.
    rise, alike : float
        The same for the best start by each.
    genre_ari, fine_genre_ari : float
        Adjusted Rand index of each best start with the genres.
    """

    starts: pd.DataFrame
    rise: float
    alike: float
    genre_ari: float
    fine_genre_ari: float

    @property
    def genre_change(self) -> float:
        """By how much the index with the genres is larger with the finer tolerance."""
        return self.fine_genre_ari - self.genre_ari


@dataclasses.dataclass(frozen=True)
class Regularised:
    """One more round from the end of the run, with more and more added to the variances.

    Attributes
    ----------
    frame : DataFrame
        One row a value: ``reg_covar``, ``change`` (of the log-likelihood, in nats), ``least`` (what
        eq-regularised says the change is at least).
    """

    frame: pd.DataFrame

    @property
    def largest_fall(self) -> float:
        """The largest fall of the log-likelihood, in nats; 0 if it never fell."""
        return max(0.0, -float(self.frame["change"].min()))

    @property
    def n_below(self) -> int:
        """Values with which the log-likelihood fell by more than the theorem allows."""
        slack = ROUNDING * (1 + self.frame["least"].abs())
        return int((self.frame["change"] < self.frame["least"] - slack).sum())


@dataclasses.dataclass(frozen=True)
class EMAgreement:
    """Our `EMGaussianMixture` beside scikit-learn's `GaussianMixture`, from the same starts.

    Attributes
    ----------
    frame : DataFrame
        One row a covariance type: ``covariance_type``, ``n_fits``, ``same_rounds`` (fits in which
        both took as many rounds), ``labels_differing`` (songs with another likeliest component,
        over all fits), and the largest absolute differences: ``means``, ``covariances`` (of an
        entry), ``probabilities``, ``log_likelihood`` (per song, in nats).
    rounds : dict, covariance type -> ndarray of shape (n_fits,), int
        That scikit-learn took.
    converged : dict, covariance type -> int
        Fits that came to their end within the rounds allowed.
    steps_difference : float
        Largest absolute difference of a mean or an entry of a covariance between
        `EMGaussianMixture` and `em_steps`, the same algorithm written to be read.
    """

    frame: pd.DataFrame
    rounds: dict[str, NDArray[np.int64]]
    converged: dict[str, int]
    steps_difference: float

    @property
    def n_fits(self) -> int:
        """Fits in all."""
        return int(self.frame["n_fits"].sum())

    @property
    def n_starts(self) -> int:
        """Starts of each type."""
        return int(self.frame["n_fits"].iloc[0])

    @property
    def same_rounds(self) -> int:
        """Fits in which both took as many rounds, over all types."""
        return int(self.frame["same_rounds"].sum())

    @property
    def labels_differing(self) -> int:
        """Songs with another likeliest component, over all fits."""
        return int(self.frame["labels_differing"].sum())

    @property
    def parameter_difference(self) -> float:
        """Largest absolute difference of a mean or an entry of a covariance."""
        return float(self.frame[["means", "covariances"]].to_numpy().max())

    def rounds_within(self, low: int, high: int) -> float:
        """Return the share of fits with full covariances that took so many rounds."""
        rounds = self.rounds["full"]
        return float(np.mean((low <= rounds) & (rounds <= high)))

    @property
    def fewest_rounds(self) -> int:
        """The fewest rounds of a fit with full covariances."""
        return int(self.rounds["full"].min())

    @property
    def most_rounds(self) -> int:
        """The most rounds of a fit with full covariances."""
        return int(self.rounds["full"].max())


def trace(dataset: Dataset, config: Config, log_likelihood: float) -> EMTrace:
    """Run EM step by step from the start of the study's mixture.

    Parameters
    ----------
    dataset : Dataset
    config : Config
    log_likelihood : float
        Of the study's mixture, to compare with.

    Returns
    -------
    EMTrace
    """
    from analysis.methods.mixture.steps import em_steps

    X = z_scores(dataset.X)
    fit = _ours(config, n_init=config.gmm_n_init, random_state=config.seed)
    start = _fitted(fit, X).initial_parameters_
    steps = list(em_steps(X, start, tol=TOL, reg_covar=REG_COVAR, max_iter=config.max_iter))
    likeliest = [step.responsibilities.argmax(axis=1) for step in steps[::2]]
    moved = [len(X)] + [
        int(np.count_nonzero(now != before)) for before, now in itertools.pairwise(likeliest)
    ]
    return EMTrace(
        log_likelihood=np.array([step.log_likelihood for step in steps]),
        elbo=np.array([step.elbo for step in steps]),
        kl_gap=np.array([step.kl_gap for step in steps]),
        moved=np.array(moved),
        start=start,
        end=steps[-1].parameters,
        n_starts=config.gmm_n_init,
        converged=_settled(steps, len(X)),
        tol=TOL,
        reg_covar=REG_COVAR,
        study_difference=abs(steps[-1].log_likelihood - log_likelihood),
    )


def _settled(steps: list[EMStep], n_songs: int) -> bool:
    if len(steps) < 4:
        return False
    return abs(steps[-2].log_likelihood - steps[-4].log_likelihood) < TOL * n_songs


def go_on(dataset: Dataset, config: Config, run: EMTrace) -> Further:
    """Take :data:`FURTHER` rounds from the end of a run, without a tolerance."""
    from analysis.methods.mixture.steps import e_step

    X = z_scores(dataset.X)
    fit = _ours(
        config,
        max_iter=FURTHER,
        tol=0.0,
        weights_init=run.end.weights,
        means_init=run.end.means,
        precisions_init=_inverse(run.end),
    )
    history = _fitted(fit, X).history_
    labels = [e_step(X, p).argmax(axis=1) for p in (run.end, fit.parameters_)]
    return Further(
        rises=history.log_likelihood_after - history.log_likelihood,
        labels_differing=int(np.count_nonzero(labels[0] != labels[1])),
        slack=ROUNDING * (1 + abs(run.last)),
    )


def refine(dataset: Dataset, config: Config) -> Finer:
    """Run the starts of the study's mixture once more, with a finer tolerance.

    A start draws its random numbers before its first round, so that both tolerances begin alike.
    """
    from threadpoolctl import threadpool_limits

    from analysis.methods.indices.external import contingency, rand_from_tables

    X = z_scores(dataset.X)

    def alike(one: NDArray[Any], other: NDArray[Any]) -> float:
        return float(rand_from_tables(contingency(one, other).to_numpy()[np.newaxis])[0])

    ends: list[list[EMGaussianMixture]] = []
    with threadpool_limits(1):
        for settings in ({}, {"tol": FINE_TOL, "max_iter": FINE_ROUNDS * config.max_iter}):
            rng = np.random.RandomState(config.seed)
            fits = (_ours(config, random_state=rng, **settings) for _ in range(config.gmm_n_init))
            ends.append([_fitted(fit, X) for fit in fits])
    reached = [np.array([fit.lower_bound_ for fit in fits]) * len(X) for fits in ends]
    labels = [[fit.predict(X) for fit in fits] for fits in ends]
    best = [values.argmax() for values in reached]
    kept = [of_start[place] for of_start, place in zip(labels, best, strict=True)]
    starts = pd.DataFrame(
        {
            "rounds": [fit.n_iter_ for fit in ends[0]],
            "fine_rounds": [fit.n_iter_ for fit in ends[1]],
            "rise": reached[1] - reached[0],
            "alike": [alike(*pair) for pair in zip(*labels, strict=True)],
        }
    )
    return Finer(
        starts,
        float(reached[1].max() - reached[0].max()),
        alike(*kept),
        *(alike(one, dataset.labels) for one in kept),
    )


def regularise(dataset: Dataset, run: EMTrace) -> Regularised:
    """Take one more round from the end of a run, for each value of :data:`REG_COVARS`."""
    from analysis.methods.mixture.model import log_likelihood
    from analysis.methods.mixture.steps import component_counts, e_step, m_step, regularisation_term

    X = z_scores(dataset.X)
    shares = e_step(X, run.end)
    counts, before = component_counts(shares), log_likelihood(X, run.end)
    rows = []
    for reg_covar in REG_COVARS:
        after = m_step(X, shares, "full", reg_covar)
        losses = [regularisation_term(counts, p, reg_covar) for p in (run.end, after)]
        rows.append((reg_covar, log_likelihood(X, after) - before, losses[1] - losses[0]))
    return Regularised(pd.DataFrame(rows, columns=["reg_covar", "change", "least"]))


def compare_with_sklearn(dataset: Dataset, config: Config) -> EMAgreement:
    """Fit both implementations from the same starts, for every covariance type."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from analysis.methods.mixture.model import COVARIANCE_TYPES

    X = z_scores(dataset.X)
    seeds = range(config.seed, config.seed + config.gmm_n_init)
    rows, steps = [], 0.0
    rounds: dict[str, NDArray[np.int64]] = {}
    converged: dict[str, int] = {}
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        for kind in COVARIANCE_TYPES:
            fits = [_fit_both(X, config, kind, seed) for seed in seeds]
            rows.append((kind, len(fits), *_differences(X, fits)))
            rounds[kind] = np.array([theirs.n_iter_ for _, theirs in fits])
            converged[kind] = sum(bool(theirs.converged_) for _, theirs in fits)
            steps = max(steps, _steps_difference(X, fits[0][0]))
    columns = ["covariance_type", "n_fits", "same_rounds", "labels_differing"]
    columns += ["means", "covariances", "probabilities", "log_likelihood"]
    return EMAgreement(pd.DataFrame(rows, columns=columns), rounds, converged, steps)


def _ours(config: Config, **given: object) -> EMGaussianMixture:
    from analysis.methods.mixture.estimator import EMGaussianMixture

    settings = {"max_iter": config.max_iter, "tol": TOL, "reg_covar": REG_COVAR, **given}
    return EMGaussianMixture(config.n_clusters, **settings)  # type: ignore[arg-type]


def _fitted(model: EMGaussianMixture, X: Floats) -> EMGaussianMixture:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X)


def _fit_both(
    X: Floats, config: Config, kind: str, seed: int
) -> tuple[EMGaussianMixture, GaussianMixture]:
    """Draw a start, and fit both from it."""
    from sklearn.mixture import GaussianMixture

    drawn = _ours(config, covariance_type=kind, max_iter=0, random_state=seed)
    start = _fitted(drawn, X).initial_parameters_
    given = {
        "weights_init": start.weights,
        "means_init": start.means,
        "precisions_init": _inverse(start),
        "covariance_type": kind,
    }
    theirs = GaussianMixture(
        config.n_clusters, max_iter=config.max_iter, tol=TOL, reg_covar=REG_COVAR, **given
    )
    return _fitted(_ours(config, **given), X), theirs.fit(X)


def _inverse(parameters: Parameters) -> Floats:
    """Invert the covariances; shaped as they are."""
    if parameters.covariance_type in ("diag", "spherical"):
        return np.asarray(1 / parameters.covariances)
    inverse = np.linalg.inv(parameters.covariances)
    return np.asarray((inverse + np.swapaxes(inverse, -1, -2)) / 2)


def _differences(
    X: Floats, fits: list[tuple[EMGaussianMixture, GaussianMixture]]
) -> tuple[int, int, float, float, float, float]:
    same = differing = 0
    largest = np.zeros(4)
    for ours, theirs in fits:
        same += ours.n_iter_ == theirs.n_iter_
        differing += int(np.count_nonzero(ours.predict(X) != theirs.predict(X)))
        gaps = (
            np.abs(ours.means_ - theirs.means_).max(),
            np.abs(ours.covariances_ - theirs.covariances_).max(),
            np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max(),
            abs(ours.score(X) - theirs.score(X)),
        )
        largest = np.maximum(largest, gaps)
    means, covariances, probabilities, log_likelihood = map(float, largest)
    return int(same), differing, means, covariances, probabilities, log_likelihood


def _steps_difference(X: Floats, fit: EMGaussianMixture) -> float:
    """Compare the two ways our own module writes the algorithm, both run to the end."""
    from analysis.methods.mixture.steps import e_step, m_step

    last = fit.initial_parameters_
    for _ in range(fit.n_iter_):
        last = m_step(X, e_step(X, last), last.covariance_type, REG_COVAR)
    gaps = (
        np.abs(fit.means_ - last.means).max(),
        np.abs(fit.covariances_ - last.covariances).max(),
    )
    return float(max(gaps))
