"""K-Means and EM for the reader to run: the data of the page, and runs that it can be held to.

The page computes in the reader's browser. Here the package makes the same runs from the same
starts, for those who read without a browser, and for the tests that compare the two.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.recodings import standardise
from analysis.findings.comparison.scores import random_cells
from analysis.findings.mixtures.toys import COVERAGE, make_points
from analysis.methods.indices.external import contingency, matched_from_tables, rand_from_tables
from analysis.methods.kmeans.steps import assign, lloyd_steps
from analysis.methods.resampling import Spread, spread_of
from analysis.methods.small_random import SmallRandom
from analysis.songs.recoding import recode
from analysis.songs.table import Dataset

if TYPE_CHECKING:
    from analysis.methods.mixture.model import CovarianceType, Parameters

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Start = Literal["random", "plusplus", "kmeans"]

MOST_SONGS = 2000
"""Of a larger table the page has so many songs, evenly spaced."""
MOST_CLUSTERS = 20
"""The largest k of the page."""
MOST_ROUNDS = 300
"""EM stops after so many rounds."""
TOL = 1e-3
"""EM stops when a round changes the log-likelihood per point by less, as in scikit-learn."""
FLOOR = 1e-6
"""reg_covar, what every M-step adds to the variances."""
N_DRAWS = 200
"""Draws of random centres."""
DRAWS_SEED = 1
"""Of these draws."""
RADIUS = float(np.sqrt(-2 * np.log(1 - COVERAGE)))
"""Of a component's ellipse in two features, in standard deviations (eq-mahalanobis)."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a reader can choose.

    Attributes
    ----------
    data : str
        "songs" or a toy of :func:`analysis.findings.mixtures.toys.make_points`.
    method : {"kmeans", "mixture"}
    k : int
    start : {"random", "plusplus", "kmeans"}
        Random rows, k-means++, or k-means++ with K-Means run to its end.
    seed : int
    features : tuple of int
        The chosen columns of the songs.
    coding : {"table", "logs"}
    scale : bool
        Whether every feature gets mean 0 and variance 1.
    kind : {"full", "tied", "diag", "spherical"}
        The mixture's covariances.
    """

    data: str = "songs"
    method: Literal["kmeans", "mixture"] = "kmeans"
    k: int = 3
    start: Start = "plusplus"
    seed: int = 1
    features: tuple[int, ...] = (0, 1, 2, 3, 4)
    coding: Literal["table", "logs"] = "table"
    scale: bool = False
    kind: CovarianceType = "full"


SONGS = Setting(scale=True)
"""What the page begins with, but for k, which is the study's."""
SETTINGS: dict[str, Setting] = {
    "trap": Setting("blobs", start="random", seed=7),
    "trap-again": Setting("blobs", start="random", seed=8),
    "stretched": Setting("stretched"),
    "stretched-mixture": Setting("stretched", "mixture", start="kmeans"),
    "crescents": Setting("crescents", k=2),
    "crescents-mixture": Setting("crescents", "mixture", k=2, start="kmeans"),
    "songs": SONGS,
    "songs-mixture": dataclasses.replace(SONGS, method="mixture", start="kmeans"),
    "unscaled": dataclasses.replace(SONGS, scale=False),
    "logs": dataclasses.replace(SONGS, coding="logs"),
    "logs-mixture": dataclasses.replace(SONGS, method="mixture", start="kmeans", coding="logs"),
}
"""The experiments of the chapter, by the names that its links have."""


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One run from its start to its end.

    Attributes
    ----------
    setting : Setting
    X : ndarray of shape (n_points, n_features)
        What the method saw.
    start, centers : ndarray of shape (k, n_features)
        The starting centres, and those at the end.
    groups, labels : ndarray of shape (n_points,), int
    values : ndarray of shape (n_steps,)
        J or the log-likelihood after each half-step.
    n_rounds : int
    mixture : Parameters or None
    ari, matched : float
        Agreement of clusters and groups (eq-ari, eq-matched).
    """

    setting: Setting
    X: Floats
    start: Floats
    centers: Floats
    groups: Labels
    labels: Labels
    values: Floats
    n_rounds: int
    mixture: Parameters | None
    ari: float
    matched: float


@dataclasses.dataclass(frozen=True, eq=False)
class Trial:
    """The data of the page, and the chapter's runs.

    Attributes
    ----------
    songs : DataFrame
        The five features of the table, as it has them.
    genres : tuple of str
    of_genre : ndarray of shape (n_songs,), int
    toys : dict, name -> (points of shape (n_points, 2), groups)
    runs : dict, name -> Run
    baselines : dict, name -> Spread
        The adjusted Rand index of cells around random rows (def-cells), with each run's data,
        features and k.
    confidence : float
        The share of the draws that a range holds.
    """

    songs: pd.DataFrame
    genres: tuple[str, ...]
    of_genre: Labels
    toys: dict[str, tuple[Floats, Labels]]
    runs: dict[str, Run]
    baselines: dict[str, Spread]
    confidence: float


def prepare(dataset: Dataset, config: Config) -> Trial:
    """Collect the page's data, and run the chapter's experiments.

    Parameters
    ----------
    dataset : Dataset
        With all five features of the table.
    config : Config

    Returns
    -------
    Trial
    """
    from threadpoolctl import threadpool_limits

    n = len(dataset.frame)
    rows = np.unique(np.linspace(0, n - 1, min(n, MOST_SONGS)).round().astype(np.int64))
    frame = dataset.frame.iloc[rows]
    genres, of_genre = np.unique(np.asarray(dataset.labels)[rows], return_inverse=True)
    empty = Trial(
        songs=frame[["tempo", "energy", "loudness", "valence", "danceability"]],
        genres=tuple(map(str, genres)),
        of_genre=of_genre.astype(np.int64),
        toys={name: (X.round(3), groups) for name, (X, groups) in make_points().items()},
        runs={},
        baselines={},
        confidence=config.confidence,
    )
    settings = {
        name: dataclasses.replace(setting, k=min(config.n_clusters, MOST_CLUSTERS))
        if setting.data == "songs"
        else setting
        for name, setting in SETTINGS.items()
    }
    with threadpool_limits(1):
        return dataclasses.replace(
            empty,
            runs={name: run(empty, setting) for name, setting in settings.items()},
            baselines={name: chance(empty, setting) for name, setting in settings.items()},
        )


def table_of(trial: Trial, setting: Setting) -> tuple[Floats, Labels]:
    """Return what a method sees under a setting, and the groups that it is not told.

    Parameters
    ----------
    trial : Trial
    setting : Setting

    Returns
    -------
    X : ndarray of shape (n_points, n_features)
    groups : ndarray of shape (n_points,)
    """
    if setting.data == "songs":
        frame = trial.songs if setting.coding == "table" else recode(trial.songs)
        X, groups = frame.to_numpy(np.float64)[:, list(setting.features)], trial.of_genre
    else:
        X, groups = trial.toys[setting.data]
    return standardise(X) if setting.scale else X, groups


def run(trial: Trial, setting: Setting) -> Run:
    """Run a method to its end, as the page does.

    Parameters
    ----------
    trial : Trial
    setting : Setting

    Returns
    -------
    Run
    """
    from analysis.methods.kmeans.starts import kmeans_plusplus, random_rows
    from analysis.methods.mixture.steps import em_steps, m_step

    X, groups = table_of(trial, setting)
    draw = random_rows if setting.start == "random" else kmeans_plusplus
    start = draw(X, setting.k, random_state=SmallRandom(setting.seed))
    mixture = None
    if setting.start == "kmeans":
        *_, settled = lloyd_steps(X, start)
        start = settled.centers
    if setting.method == "kmeans":
        lloyd = list(lloyd_steps(X, start))
        labels, centers = lloyd[-1].labels, lloyd[-1].centers
        values, n_rounds = [step.inertia for step in lloyd], lloyd[-1].iteration
    else:
        first = m_step(X, np.eye(setting.k)[assign(X, start)], setting.kind, FLOOR)
        em = list(em_steps(X, first, tol=TOL, reg_covar=FLOOR, max_iter=MOST_ROUNDS))
        mixture, labels = em[-1].parameters, em[-1].responsibilities.argmax(axis=1)
        centers = mixture.means
        values, n_rounds = [step.log_likelihood for step in em], em[-1].iteration
    counts = contingency(groups, labels).to_numpy()[np.newaxis]
    return Run(
        setting=setting,
        X=X,
        start=start,
        centers=centers,
        groups=groups,
        labels=labels.astype(np.int64),
        values=np.array(values),
        n_rounds=n_rounds,
        mixture=mixture,
        ari=float(rand_from_tables(counts)[0]),
        matched=float(matched_from_tables(counts)[0]),
    )


def chance(trial: Trial, setting: Setting) -> Spread:
    """Draw random centres, as the page does, and compare their cells with the groups.

    Parameters
    ----------
    trial : Trial
    setting : Setting

    Returns
    -------
    Spread
    """
    X, groups = table_of(trial, setting)
    rng, tables = SmallRandom(DRAWS_SEED), np.zeros((N_DRAWS, int(groups.max()) + 1, setting.k))
    for table in tables:
        np.add.at(table, (groups, random_cells(X, setting.k, rng)), 1)  # type: ignore[arg-type]
    return spread_of(rand_from_tables(tables.astype(np.int64)), trial.confidence)
