"""Songs drawn from the fitted mixture, and how they differ from the songs of the table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.mixtures.components import Mixture
from analysis.methods.resampling import Interval
from analysis.songs.features import TEMPO_SCALE
from analysis.songs.table import Dataset, Feature, z_scores
from analysis.streams import Stream, generator

if TYPE_CHECKING:
    from analysis.methods.mixture.model import Parameters

Floats = NDArray[np.float64]

N_MANY = 100_000
"""Songs drawn where a share of the mixture is counted."""
LEVELS = (0.5, 0.9, 0.95, 0.99, 0.999)
"""Shares of the mixture, densest first, whose regions the songs are counted in."""
N_TREES = 60
"""Rounds of boosting in the test that tells songs from drawn ones."""
N_NEIGHBOURS = 20
"""Neighbours that vote in the other test."""
FEW_VALUES = 50
"""A feature with at most so many values is compared value by value."""
N_GRID = 400
"""Points of a marginal density's curve."""
ROUNDING = 1e-5
"""The features are stored in six decimal places; a rule broken by less is not broken."""


@dataclasses.dataclass(frozen=True, eq=False)
class MixtureSamples:
    """Songs drawn from the mixture beside those of the table.

    Attributes
    ----------
    features : tuple of Feature
    songs, drawn : ndarray of shape (n_songs, n_features)
        In the features' own units; as many drawn as there are songs.
    curves : tuple of ndarray of shape (2, n_points)
        Of each feature, points and the mixture's density there, in own units; or, where
        `counted`, the feature's values and the songs that the mixture expects nearest to each.
    counted : tuple of bool
        Features with at most :data:`FEW_VALUES` values.
    marginals : DataFrame
        Index: features. Columns ``ks`` (Kolmogorov-Smirnov distance of the songs to the mixture's
        distribution, eq-ks), ``distinct_songs``, ``distinct_drawn`` (different values among as
        many), ``below``, ``above`` (the mixture's share outside the range of the songs).
    ks_limit : float
        What as many songs, drawn from a known distribution, stay below with the study's
        confidence.
    rules : DataFrame
        What every song keeps to by the definitions of the features: ``rule`` (a key),
        ``feature``, ``limit``, ``songs``, ``drawn`` (shares that break it). Last row ``any``.
    levels : DataFrame
        Index: :data:`LEVELS`. Column ``songs``: share inside the densest region that holds so
        much of the mixture.
    depth : ndarray of shape (n_songs,)
        Of each song, sorted: how much of the mixture is denser than the place of the song.
    depth_ks : float
        Kolmogorov-Smirnov distance of these to the uniform distribution.
    tests : DataFrame
        Index ``songs``, ``snapped``, ``null``; columns ``trees``, ``trees_low``, ``trees_high``,
        ``neighbours``, ``neighbours_low``, ``neighbours_high``: shares told apart right by
        classifiers that have not seen the songs, with Clopper-Pearson intervals.
    coarsest : str
        The feature with the fewest values, whose drawn values are moved to the nearest that
        occurs in the test ``snapped``.
    n_folds, n_many : int
    """

    features: tuple[Feature, ...]
    songs: Floats
    drawn: Floats
    curves: tuple[Floats, ...]
    counted: tuple[bool, ...]
    marginals: pd.DataFrame
    ks_limit: float
    rules: pd.DataFrame
    levels: pd.DataFrame
    depth: Floats
    depth_ks: float
    tests: pd.DataFrame
    coarsest: str
    n_folds: int
    n_many: int

    @property
    def n_songs(self) -> int:
        """Number of songs, and of songs drawn beside them."""
        return len(self.songs)

    @property
    def n_far(self) -> int:
        """Features whose distance is above :attr:`ks_limit`."""
        return int((self.marginals["ks"] > self.ks_limit).sum())

    @property
    def farthest(self) -> str:
        """The feature of the largest distance."""
        return str(self.marginals["ks"].idxmax())

    @property
    def nearest(self) -> str:
        """The feature of the smallest distance."""
        return str(self.marginals["ks"].idxmin())

    @property
    def impossible_share(self) -> float:
        """The share of drawn songs that break some rule."""
        return float(self.rules["drawn"].iloc[-1])

    def marginal(self, column: str, feature: str) -> float:
        """Return an entry of :attr:`marginals`."""
        return float(self.marginals[column].to_numpy()[self.marginals.index.get_loc(feature)])

    def test(self, name: str, column: str = "trees") -> float:
        """Return an entry of :attr:`tests`."""
        return float(self.tests[column].to_numpy()[self.tests.index.get_loc(name)])

    def outside(self, level: float) -> float:
        """Return the share of songs outside the densest region that holds `level` of it."""
        return 1 - float(self.levels["songs"].to_numpy()[self.levels.index.get_loc(level)])


def draw(
    parameters: Parameters, n: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.int64]]:
    """Draw from a mixture: first a component by its weight, then from its normal distribution.

    Parameters
    ----------
    parameters : Parameters
    n : int
    rng : Generator

    Returns
    -------
    rows : ndarray of shape (n, n_features)
    components : ndarray of shape (n,), int
        Where each comes from.
    """
    weights = parameters.weights / parameters.weights.sum()
    components = rng.choice(len(weights), size=n, p=weights)
    normal = rng.standard_normal((n, parameters.means.shape[1]))
    factors = np.linalg.cholesky(parameters.matrices())
    rows = np.empty_like(normal)
    for component, (mean, factor) in enumerate(zip(parameters.means, factors, strict=True)):
        here = components == component
        rows[here] = mean + normal[here] @ factor.T
    return rows, components.astype(np.int64)


def compare_draws(dataset: Dataset, mixture: Mixture, config: Config) -> MixtureSamples:
    """Draw songs from the mixture, and hold them against those of the table."""
    from scipy.stats import kstest, kstwo

    from analysis.methods.mixture.model import log_density

    rng = generator(config.seed, Stream.MIXTURE_SAMPLES)
    X, Z, parameters = dataset.X, z_scores(dataset.X), mixture.parameters
    n = len(X)
    drawn, other, many = (draw(parameters, size, rng)[0] for size in (n, n, N_MANY))
    own, many_own = (rows * X.std(axis=0) + X.mean(axis=0) for rows in (drawn, many))
    places = depth(log_density(Z, parameters), log_density(many, parameters))
    distinct = [len(np.unique(column)) for column in X.T]
    coarse = int(np.argmin(distinct))
    counted = tuple(number <= FEW_VALUES for number in distinct)
    return MixtureSamples(
        features=dataset.features,
        songs=X,
        drawn=own,
        curves=tuple(
            expected_counts(column, mixture, j) if few else _curve(column, mixture, j)
            for j, (column, few) in enumerate(zip(X.T, counted, strict=True))
        ),
        counted=counted,
        marginals=_marginals(mixture, X, own),
        ks_limit=float(kstwo.ppf(config.confidence, n)),
        rules=_rules(dataset, many_own),
        levels=pd.DataFrame(
            {"songs": [float((places <= level).mean()) for level in LEVELS]}, index=list(LEVELS)
        ),
        depth=np.sort(places),
        depth_ks=float(kstest(places, "uniform").statistic),
        tests=_tests(Z, drawn, other, coarse, config),
        coarsest=dataset.feature_names[coarse],
        n_folds=min(config.n_folds, n),
        n_many=N_MANY,
    )


def marginal_cdf(x: Floats, mixture: Mixture, feature: int) -> Floats:
    """Return the mixture's distribution function of one feature, in its own unit (eq-marginal).

    Parameters
    ----------
    x : ndarray of shape (n,)
    mixture : Mixture
    feature : int
        Its column.

    Returns
    -------
    ndarray of shape (n,)
    """
    from scipy.special import ndtr

    means, sd = mixture.means.to_numpy()[:, feature], mixture.deviations[:, feature]
    return np.asarray(ndtr((x[:, np.newaxis] - means) / sd) @ mixture.weights)


def ks_distance(x: Floats, mixture: Mixture, feature: int) -> float:
    """Return the largest difference of the songs' distribution to the mixture's (eq-ks)."""
    ordered = np.sort(x)
    below = marginal_cdf(ordered, mixture, feature)
    steps = np.arange(len(x) + 1) / len(x)
    return float(max((steps[1:] - below).max(), (below - steps[:-1]).max()))


def depth(density: Floats, drawn: Floats) -> Floats:
    """Return how much of the mixture is denser than each place.

    Parameters
    ----------
    density : ndarray of shape (n,)
        The density at the places, or its logarithm.
    drawn : ndarray of shape (m,)
        The same at places drawn from the mixture.

    Returns
    -------
    ndarray of shape (n,)
        0 in the densest place, 1 far outside.
    """
    ordered = np.sort(drawn)
    return np.asarray(1 - np.searchsorted(ordered, density, side="right") / len(drawn))


def snap(values: Floats, grid: Floats) -> Floats:
    """Move each value to the nearest that occurs in `grid`."""
    points = np.unique(grid)
    right = np.clip(np.searchsorted(points, values), 1, max(len(points) - 1, 1))
    if len(points) == 1:
        return np.full_like(values, points[0])
    left = right - 1
    nearer_left = values - points[left] <= points[right] - values
    return np.asarray(np.where(nearer_left, points[left], points[right]))


def expected_counts(x: Floats, mixture: Mixture, feature: int) -> Floats:
    """Return a feature's values, and how many songs the mixture expects nearest to each.

    Returns
    -------
    ndarray of shape (2, n_values)
        Values and counts; the counts sum to the number of songs.
    """
    values = np.unique(x)
    cuts = (values[1:] + values[:-1]) / 2
    below = np.r_[0.0, marginal_cdf(cuts, mixture, feature), 1.0]
    return np.stack([values, len(x) * np.diff(below)])


def _curve(x: Floats, mixture: Mixture, feature: int) -> Floats:
    means, sd = mixture.means.to_numpy()[:, feature], mixture.deviations[:, feature]
    room = 0.15 * max(float(np.ptp(x)), 1e-9)
    points = np.linspace(x.min() - room, x.max() + room, N_GRID)
    z = (points[:, np.newaxis] - means) / sd
    heights = np.exp(-0.5 * z**2) / (sd * np.sqrt(2 * np.pi)) @ mixture.weights
    return np.stack([points, heights])


def _marginals(mixture: Mixture, X: Floats, drawn: Floats) -> pd.DataFrame:
    rows = []
    for j, column in enumerate(X.T):
        ends = marginal_cdf(np.array([column.min(), column.max()]), mixture, j)
        rows.append(
            {
                "ks": ks_distance(column, mixture, j),
                "distinct_songs": len(np.unique(column)),
                "distinct_drawn": len(np.unique(drawn[:, j])),
                "below": float(ends[0]),
                "above": float(1 - ends[1]),
            }
        )
    return pd.DataFrame(rows, index=list(mixture.centers.columns))


def _rules(dataset: Dataset, drawn: Floats) -> pd.DataFrame:
    broken = [
        (rule, feature, limit, breaks(dataset.X), breaks(drawn))
        for rule, feature, limit, breaks in _rules_of(dataset)
    ]
    rows = [
        {
            "rule": rule,
            "feature": feature,
            "limit": limit,
            "songs": float(songs.mean()),
            "drawn": float(made.mean()),
        }
        for rule, feature, limit, songs, made in broken
    ]
    whole = [
        np.logical_or.reduce([songs for _, _, _, songs, _ in broken]),
        np.logical_or.reduce([made for _, _, _, _, made in broken]),
    ]
    rows.append(
        {
            "rule": "any",
            "feature": "",
            "limit": float("nan"),
            "songs": float(whole[0].mean()),
            "drawn": float(whole[1].mean()),
        }
    )
    return pd.DataFrame(rows)


_Breaks = Callable[[Floats], NDArray[np.bool_]]


def _rules_of(dataset: Dataset) -> Iterator[tuple[str, str, float, _Breaks]]:
    """Yield what the definitions of the features demand, and a function that sees it broken."""
    place = {feature.name: j for j, feature in enumerate(dataset.features)}
    for j, feature in enumerate(dataset.features):
        yield "low", feature.name, feature.low, _beyond(j, feature.low, -1)
        yield "high", feature.name, feature.high, _beyond(j, feature.high, 1)
    nan = float("nan")
    if {"energy", "loudness"} <= place.keys():
        energy, loudness = place["energy"], place["loudness"]
        if dataset.feature_set == "ours":
            yield "level", "loudness", nan, lambda X: X[:, loudness] < _level(X[:, energy])
        else:
            yield "copy", "loudness", nan, lambda X: X[:, loudness] != X[:, energy]
    if {"tempo", "danceability"} <= place.keys():
        tempo, dance = place["tempo"], place["danceability"]
        yield (
            "crossings",
            "danceability",
            nan,
            lambda X: 2 * X[:, dance] - X[:, tempo] / TEMPO_SCALE < -ROUNDING,
        )


def _beyond(column: int, end: float, side: int) -> _Breaks:
    return lambda X: side * X[:, column] > side * end


def _level(energy: Floats) -> Floats:
    """Return the level of a mean energy in dBFS, below which no clip's loudness is (eq-power)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 20 * np.log10(energy)
    return np.asarray(np.where(energy > 0, level, -np.inf) - ROUNDING)


def _tests(Z: Floats, drawn: Floats, other: Floats, coarse: int, config: Config) -> pd.DataFrame:
    snapped = drawn.copy()
    snapped[:, coarse] = snap(drawn[:, coarse], Z[:, coarse])
    kinds = {"songs": (Z, drawn), "snapped": (Z, snapped), "null": (other, drawn)}
    rows = {}
    for name, (first, second) in kinds.items():
        found = told_apart(first, second, config)
        rows[name] = {
            f"{classifier}{end}": value
            for classifier, share in found.items()
            for end, value in (("", share.estimate), ("_low", share.low), ("_high", share.high))
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def told_apart(first: Floats, second: Floats, config: Config) -> dict[str, Interval]:
    """Let two classifiers tell two sets of rows apart, and count how often they are right.

    Each row is judged by a classifier that was trained on the other folds.

    Parameters
    ----------
    first, second : ndarray of shape (n, n_features)
        Of one length, so that guessing is right half the time.
    config : Config
        ``n_folds``, ``seed`` and ``confidence`` are used.

    Returns
    -------
    dict
        For ``"trees"`` (boosted trees, which can learn single values) and ``"neighbours"`` (the
        nearest rows, which can learn places) the share that is right, with its Clopper-Pearson
        interval.
    """
    from scipy.stats import binomtest
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier
    from threadpoolctl import threadpool_limits

    rows = np.concatenate([first, second])
    truth = np.repeat([0, 1], [len(first), len(second)])
    n_folds = min(config.n_folds, len(first), len(second))
    folds = StratifiedKFold(n_folds, shuffle=True, random_state=config.seed)
    fewest = len(rows) - -(-len(rows) // n_folds)
    classifiers = {
        "trees": HistGradientBoostingClassifier(max_iter=N_TREES, random_state=config.seed),
        "neighbours": KNeighborsClassifier(max(1, min(N_NEIGHBOURS, fewest // 2))),
    }
    out = {}
    with threadpool_limits(1):
        for name, classifier in classifiers.items():
            right = int((cross_val_predict(classifier, rows, truth, cv=folds) == truth).sum())
            ends = binomtest(right, len(rows)).proportion_ci(config.confidence)
            out[name] = Interval(right / len(rows), float(ends.low), float(ends.high))
    return out
