"""A positive control: what the study measures, measured where there are groups to be found."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.classifiers import (
    ClassifierScores,
    deal_folds,
    nearest_mean,
    own_gaussians,
)
from analysis.findings.comparison.genres_found import GenresFound, right_if_named_elsewhere
from analysis.findings.comparison.scores import Scores, random_cells
from analysis.findings.comparison.seed_pairs import SeedPairs
from analysis.findings.comparison.seeds import METHODS, Fit, Method, best_fit, fit_starts
from analysis.findings.comparison.stability import FIRM_FROM, Stability, adjusted_rand, jaccard
from analysis.findings.kmeans.choice import Picks
from analysis.methods.indices.record import INTERNAL
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

N_GROUPS, N_IN_GROUP, N_FEATURES = 10, 100, 5
"""As many as there are genres, songs of a genre, and features."""
FROM_MIDDLE = 3.0
"""How far from the middle the centres are, in standard deviations of a group."""
K_MAX = 14
"""The most groups that the criteria try."""
N_SEEDS, N_REFITS, N_CELLS, N_FOLDS = 5, 15, 200, 10
STARTS = 3
"""Starts of each fit."""


@dataclasses.dataclass(frozen=True, eq=False)
class Protocol:
    """What the study asks of a table, in one number for each question.

    Attributes
    ----------
    picks : dict, index -> int or None
        The number of clusters that the internal indices ask for.
    bic : int
        The number of components with the lowest BIC, over all kinds of covariance.
    bic_full : int
        The same with full covariances alone.
    ari, seeds, found : dict, method -> float
        Means over seeds: the adjusted Rand index with the groups that are known; that of two seeds;
        the share of rows whose group is found, with names chosen on other rows.
    firm : dict, method -> int
        Clusters with a mean Jaccard coefficient of :data:`FIRM_FROM` or more over refits.
    reaching : dict, method -> float
        The share of random centres whose adjusted Rand index is as high as a run's.
    cells_ari, cells_found : float
        Means of random centres.
    told : float
        The share that the best classifier finds.
    """

    picks: dict[str, int | None]
    bic: int
    bic_full: int
    ari: dict[Method, float]
    seeds: dict[Method, float]
    found: dict[Method, float]
    firm: dict[Method, int]
    reaching: dict[Method, float]
    cells_ari: float
    cells_found: float
    told: float

    @property
    def missed(self) -> float:
        """The share that the best classifier does not find."""
        return 1 - self.told


def gather(
    picks: Picks,
    bics: tuple[int, int],
    scores: Scores,
    pairs: SeedPairs,
    stability: Stability,
    headline: GenresFound,
    ceiling: ClassifierScores,
) -> Protocol:
    """Take what was measured of the songs from the results that have it.

    Parameters
    ----------
    picks : Picks
    bics : (int, int)
        What BIC asks for: over all kinds of covariance, and with full ones.
    scores, pairs, stability, headline, ceiling : Scores, SeedPairs, Stability, GenresFound, ...
        The results of the study.

    Returns
    -------
    Protocol
    """
    elsewhere = headline.elsewhere
    return Protocol(
        picks={index: picks.of(index).songs for index in INTERNAL},
        bic=bics[0],
        bic_full=bics[1],
        ari={m: scores.over(m, "ari").mean for m in METHODS},
        seeds={m: pairs.of(f"{m} full").mean for m in METHODS},
        found={m: elsewhere.over[m].mean for m in METHODS},
        firm={m: stability.n_firm(m) for m in METHODS},
        reaching={m: scores.cells_reaching(m, "ari").mean for m in METHODS},
        cells_ari=scores.baseline("cells", "ari").mean,
        cells_found=elsewhere.cells.mean,
        told=ceiling.of(ceiling.best).estimate,
    )


def draw_groups(rng: np.random.Generator) -> tuple[Floats, Labels]:
    """Draw ten round groups in five features, one at each end of each axis, and standardise.

    Parameters
    ----------
    rng : Generator

    Returns
    -------
    tuple of ndarray of shape (1000, 5), and ndarray of shape (1000,), int
        The rows, and the group of each.
    """
    group_of = np.repeat(np.arange(N_GROUPS), N_IN_GROUP)
    centres = FROM_MIDDLE * np.vstack([np.eye(N_FEATURES), -np.eye(N_FEATURES)])
    X = centres[group_of] + rng.standard_normal((len(group_of), N_FEATURES))
    return (X - X.mean(axis=0)) / X.std(axis=0), group_of


def measure_control(config: Config) -> Protocol:
    """Measure on made-up groups what the study measures on the songs, with fewer repetitions.

    Parameters
    ----------
    config : Config
        Its seed counts, and the most rounds of a start.

    Returns
    -------
    Protocol
    """
    from threadpoolctl import threadpool_limits

    from analysis.methods.selection import sweep

    rng = generator(config.seed, Stream.CONTROL)
    Z, group_of = draw_groups(rng)
    with threadpool_limits(1):
        choice = sweep(Z, range(2, K_MAX + 1), n_init=STARTS, seed=config.seed)
        bics = _bics(Z, config.seed)
        runs = {m: [_fit(m, Z, config, config.seed + i) for i in range(N_SEEDS)] for m in METHODS}
        samples = [Z[rng.integers(len(Z), size=len(Z))] for _ in range(N_REFITS)]
        refits = {
            m: [_fit(m, sample, config, config.seed).model for sample in samples] for m in METHODS
        }
    labels = {m: [fit.labels for fit in runs[m]] for m in METHODS}
    ari = {m: np.array([adjusted_rand(one, group_of) for one in labels[m]]) for m in METHODS}
    cells = [random_cells(Z, N_GROUPS, rng) for _ in range(N_CELLS)]
    cells_ari = np.array([adjusted_rand(one, group_of) for one in cells])
    fold_of = deal_folds(group_of, np.arange(len(Z)), N_FOLDS, rng)

    def found(labelings: list[Labels]) -> float:
        named = [right_if_named_elsewhere(group_of, one, fold_of).mean() for one in labelings]
        return float(np.mean(named))

    return Protocol(
        picks={index: choice.best(index) for index in INTERNAL},
        bic=min(bics, key=bics.__getitem__)[1],
        bic_full=min((key for key in bics if key[0] == "full"), key=bics.__getitem__)[1],
        ari={m: float(ari[m].mean()) for m in METHODS},
        seeds={
            m: float(np.mean([adjusted_rand(*pair) for pair in combinations(labels[m], 2)]))
            for m in METHODS
        },
        found={m: found(labels[m]) for m in METHODS},
        firm={m: _firm(labels[m][0], refits[m], Z) for m in METHODS},
        reaching={m: float((cells_ari >= ari[m][:, np.newaxis]).mean()) for m in METHODS},
        cells_ari=float(cells_ari.mean()),
        cells_found=found(cells),
        told=_told(Z, group_of, fold_of, config.seed),
    )


def _fit(method: Method, Z: Floats, config: Config, seed: int) -> Fit:
    settings = dataclasses.replace(config, n_clusters=N_GROUPS)
    return best_fit(fit_starts(method, Z, settings, seed, STARTS))


def _bics(Z: Floats, seed: int) -> dict[tuple[str, int], float]:
    from analysis.methods.mixture.estimator import EMGaussianMixture
    from analysis.methods.mixture.model import COVARIANCE_TYPES

    return {
        (kind, k): EMGaussianMixture(k, covariance_type=kind, n_init=2, random_state=seed)
        .fit(Z)
        .bic(Z)
        for kind in COVARIANCE_TYPES
        for k in range(1, K_MAX + 1)
    }


def _firm(labels: Labels, models: list[object], Z: Floats) -> int:
    found = np.mean([jaccard(labels, model.predict(Z)) for model in models], axis=0)  # type: ignore[attr-defined]
    return int((found >= FIRM_FROM).sum())


def _told(Z: Floats, group_of: Labels, fold_of: Labels, seed: int) -> float:
    shares = []
    for predict in (nearest_mean, own_gaussians):
        right = np.zeros(len(Z), dtype=bool)
        for fold in range(N_FOLDS):
            out = fold_of == fold
            right[out] = predict(Z[~out], group_of[~out], Z[out], seed) == group_of[out]
        shares.append(float(right.mean()))
    return max(shares)
