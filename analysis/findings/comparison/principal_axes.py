"""Principal components: the songs seen along few directions, and what such a view hides."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.errors import ConfigError
from analysis.findings.data.dependence import (
    RANK_TOLERANCE,
    Spectrum,
    axis_names,
    draw_correlations,
    eigen,
    fixed_signs,
)
from analysis.findings.data.scaling import sample_of_songs
from analysis.findings.kmeans.clusters import AVERAGE, NAMED_FROM, Clusters, name_of
from analysis.findings.mixtures.components import Mixture
from analysis.methods.resampling import Interval, interval, interval_ends
from analysis.songs.table import Dataset, Feature, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEIGHBOURS = 10
"""So many nearest neighbours are looked for; fewer where there are not so many other songs."""

# --- the axes --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Components:
    """The principal components of the standardised features, and how surely they are known.

    Attributes
    ----------
    features : tuple of Feature
    eigenvalues : ndarray of shape (n_features,)
        Variances along the axes, the largest first.
    shares, cumulative : tuple of Interval
        The share of the variance along each axis, and the running sum.
    loadings : DataFrame, features x axes
        Correlation of each feature with each component (eq-loading).
    low, high : DataFrame, features x axes
        Bootstrap interval of each loading. An axis of a resample is the one of the same rank,
        turned to the side of the axis it stands for.
    scores : ndarray of shape (n_songs, n_features)
        The songs' coordinates along the axes (eq-scores).
    turns : DataFrame, axes x (gap, median, high, swapped)
        Distance of the eigenvalue to the nearest other one; median and upper end (the share
        `confidence` of the resamples is below) of the angle between an axis and the axis of the
        same rank in a resample, in degrees; share of the resamples in which an axis of another
        rank is nearer to it.
    plane_turns : DataFrame, number of leading axes x (median, high)
        The same for the largest angle between the spaces of the first 1, 2, ... axes.
    confidence : float
    n_resamples : int
    """

    features: tuple[Feature, ...]
    eigenvalues: Floats
    shares: tuple[Interval, ...]
    cumulative: tuple[Interval, ...]
    loadings: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    scores: Floats
    turns: pd.DataFrame
    plane_turns: pd.DataFrame
    confidence: float
    n_resamples: int

    @property
    def n_axes(self) -> int:
        """Number of axes, that is, of features."""
        return len(self.eigenvalues)

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.scores)

    def leading(self, axis: int) -> tuple[str, ...]:
        """Return the features whose loading on an axis (1, 2, ...) is large, the largest first.

        Large is what would be part of a cluster's name, at least
        :data:`analysis.findings.kmeans.clusters.NAMED_FROM`.
        """
        sizes = self.loadings.iloc[:, axis - 1].abs().sort_values(ascending=False, kind="stable")
        return tuple(str(name) for name in sizes.index[sizes >= NAMED_FROM])

    def words(self, axis: int) -> str:
        """Return what songs at the positive end of an axis (1, 2, ...) are like, or nothing.

        One word for each feature of :meth:`leading`, by the rule for the names of clusters
        (def-name).
        """
        loadings = self.loadings.iloc[:, axis - 1]
        name = name_of(tuple((name, float(loadings.loc[name])) for name in self.leading(axis)))
        return "" if name == AVERAGE else name

    @property
    def n_named(self) -> int:
        """Axes with at least one large loading."""
        return sum(bool(self.leading(axis)) for axis in range(1, self.n_axes + 1))

    @property
    def surest(self) -> int:
        """The axis (1, 2, ...) that turns least from resample to resample."""
        return int(self.turns["high"].to_numpy().argmin()) + 1

    @property
    def least_sure(self) -> int:
        """The axis (1, 2, ...) that turns most from resample to resample."""
        return int(self.turns["high"].to_numpy().argmax()) + 1

    def turn(self, axis: int) -> float:
        """Return the upper end of the angle by which an axis (1, 2, ...) turns, in degrees."""
        return float(self.turns["high"].to_numpy()[axis - 1])

    def plane_turn(self, n_axes: int) -> float:
        """Return the upper end of the angle by which the space of leading axes turns."""
        return float(self.plane_turns["high"].to_numpy()[n_axes - 1])


def principal_axes(X: Floats) -> tuple[Floats, Floats]:
    """Return the variances along the principal axes, and the axes (thm-pca).

    Parameters
    ----------
    X : ndarray of shape (n_songs, n_features)
        With columns of mean 0.

    Returns
    -------
    eigenvalues : ndarray of shape (n_features,)
        The largest first.
    axes : ndarray of shape (n_features, n_features)
        Unit vectors in columns; in each, the entry of the largest size is positive.
    """
    covariance = X.T @ X / len(X)
    eigenvalues, axes = eigen(covariance)
    return eigenvalues, fixed_signs(axes)


def find_components(dataset: Dataset, spectrum: Spectrum, config: Config) -> Components:
    """Take the components along the axes of `spectrum`, and see how resampling turns them."""
    names, axes = list(spectrum.axes.index), spectrum.axes.to_numpy()
    spread = np.sqrt(np.where(spectrum.eigenvalues < RANK_TOLERANCE, 0.0, spectrum.eigenvalues))
    draws = draw_correlations(dataset.X, config)
    values, vectors = np.linalg.eigh(draws)
    values, vectors = np.maximum(values[:, ::-1], 0.0), vectors[:, :, ::-1]
    overlaps = axes.T @ vectors
    cosines = np.einsum("bmm->bm", overlaps)
    towards = np.where(cosines < 0, -1.0, 1.0)
    drawn = vectors * (towards * np.sqrt(values))[:, np.newaxis]
    low, high = np.quantile(drawn, interval_ends(config.confidence), axis=0)
    shares = values / values.sum(axis=1, keepdims=True)
    angles = degrees(np.abs(cosines))

    def named(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=names, columns=axis_names(len(names)))

    spaces = np.stack(
        [
            degrees(np.linalg.svd(overlaps[:, :q, :q], compute_uv=False)[:, -1])
            for q in range(1, len(names))
        ]
    )
    return Components(
        features=dataset.features,
        eigenvalues=spectrum.eigenvalues,
        shares=_intervals(spectrum.shares, shares, config),
        cumulative=_intervals(spectrum.cumulative, np.cumsum(shares, axis=1), config),
        loadings=named(axes * spread),
        low=named(low),
        high=named(high),
        scores=scores_along(z_scores(dataset.X), axes),
        turns=pd.DataFrame(
            {
                "gap": gaps(spectrum.eigenvalues),
                "median": np.median(angles, axis=0),
                "high": np.quantile(angles, config.confidence, axis=0),
                "swapped": (np.abs(overlaps).argmax(axis=2) != np.arange(len(names))).mean(axis=0),
            },
            index=axis_names(len(names)),
        ),
        plane_turns=pd.DataFrame(
            {
                "median": np.median(spaces, axis=1),
                "high": np.quantile(spaces, config.confidence, axis=1),
            },
            index=pd.RangeIndex(1, len(names), name="axes"),
        ),
        confidence=config.confidence,
        n_resamples=len(draws),
    )


def scores_along(X: Floats, axes: Floats) -> Floats:
    """Return the rows' coordinates along axes (eq-scores); equal rows have equal ones.

    Parameters
    ----------
    X : ndarray of shape (n_songs, n_features)
    axes : ndarray of shape (n_features, n_axes)

    Returns
    -------
    ndarray of shape (n_songs, n_axes)
    """
    rows, which = np.unique(X, axis=0, return_inverse=True)
    return np.asarray((rows @ axes)[which.reshape(-1)])


def gaps(eigenvalues: Floats) -> Floats:
    """Return the distance of each of two or more eigenvalues to the nearest other one."""
    apart = np.abs(eigenvalues[:, np.newaxis] - eigenvalues)
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.min(axis=1))


def degrees(cosines: Floats) -> Floats:
    """Return angles in degrees, from their cosines."""
    return np.asarray(np.rad2deg(np.arccos(np.clip(cosines, 0.0, 1.0))))


def _intervals(estimates: Floats, draws: Floats, config: Config) -> tuple[Interval, ...]:
    return tuple(
        interval(float(estimate), column, config.confidence)
        for estimate, column in zip(estimates, draws.T, strict=True)
    )


# --- what a view hides -----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Separation:
    """How well groups of songs are told apart in views of few dimensions.

    Attributes
    ----------
    name : {"kmeans", "mixture", "genres"}
    silhouettes : Mapping, number of leading axes -> Interval
        Mean silhouette (eq-silhouette) when only so many axes are seen; NaN where it is not
        defined.
    same : Mapping, number of leading axes -> float
        Share of the songs whose nearest other song is of the same group.
    lost : Interval
        Mean silhouette on all axes minus that in the plane.
    kept, best : float
        Share of the squared distance between the groups' means that the plane of the first two
        axes keeps, and that the best plane for these groups would keep.
    by_axis : ndarray of shape (n_axes,)
        The share of each component's variance that lies between the groups; NaN for an axis
        without variance.
    chance : float
        Its mean over all ways to deal the songs into groups of the same sizes.
    """

    name: str
    silhouettes: Mapping[int, Interval]
    same: Mapping[int, float]
    lost: Interval
    kept: float
    best: float
    by_axis: Floats
    chance: float

    @property
    def telling(self) -> int:
        """The axis (1, 2, ...) along which the groups differ most for its variance."""
        return int(np.nanargmax(self.by_axis)) + 1

    @property
    def telling_beyond(self) -> int | None:
        """The same among the axes beyond the plane of the first two; None if none has variance."""
        beyond = self.by_axis[2:]
        return None if np.isnan(beyond).all() else int(np.nanargmax(beyond)) + 3

    def between(self, axis: int) -> float:
        """Return the share of the variance along an axis (1, 2, ...) between the groups."""
        return float(self.by_axis[axis - 1])


@dataclasses.dataclass(frozen=True, eq=False)
class Hidden:
    """What is lost when the songs are seen along their first axes only.

    Attributes
    ----------
    frame : DataFrame, number of leading axes x (distance, neighbours, nearest)
        Share of the mean squared distance between songs that is seen (prp-shadow); share of the
        :data:`NEIGHBOURS` nearest songs in the view that are among as many nearest on all axes,
        averaged over the songs; share of the songs whose nearest song is the same in both.
    groups : tuple of Separation
        K-Means, the mixture's hard labels, the genres.
    dimensions : tuple of int
        The numbers of leading axes at which groups are looked at; the last is all.
    n_neighbours : int
    n_sampled : int
        Songs among which neighbours were looked for.
    """

    frame: pd.DataFrame
    groups: tuple[Separation, ...]
    dimensions: tuple[int, ...]
    n_neighbours: int
    n_sampled: int

    def distance(self, n_axes: int) -> float:
        """Return the share of the squared distance that leading axes show."""
        return self._value("distance", n_axes)

    def neighbours(self, n_axes: int) -> float:
        """Return the share of the nearest songs in a view that are so on all axes."""
        return self._value("neighbours", n_axes)

    def nearest(self, n_axes: int) -> float:
        """Return the share of songs whose nearest song is the same as on all axes."""
        return self._value("nearest", n_axes)

    def of(self, name: str) -> Separation:
        """Return the results for "kmeans", "mixture" or "genres"."""
        return next(group for group in self.groups if group.name == name)

    @property
    def chance(self) -> float:
        """What `neighbours` would be if the view were drawn at random."""
        return self.n_neighbours / (self.n_sampled - 1)

    def _value(self, column: str, n_axes: int) -> float:
        return float(self.frame[column].to_numpy()[n_axes - 1])


def measure_hidden(
    dataset: Dataset, components: Components, kmeans: Clusters, mixture: Mixture, config: Config
) -> Hidden:
    """Measure what the views along the first axes keep of distances, neighbours and groups."""
    n_axes = components.n_axes
    rows = sample_of_songs(dataset.n_songs, generator(config.seed, Stream.HIDDEN_SONGS))
    n_neighbours = min(NEIGHBOURS, len(rows) - 1)
    near = {q: nearest_rows(components.scores[rows, :q]) for q in range(1, n_axes + 1)}
    true = near[n_axes]
    frame = pd.DataFrame(
        {
            "distance": np.cumsum(components.eigenvalues) / components.eigenvalues.sum(),
            "neighbours": [shared(near[q][:, :n_neighbours], true[:, :n_neighbours]) for q in near],
            "nearest": [float((near[q][:, 0] == true[:, 0]).mean()) for q in near],
        },
        index=pd.Index(list(near), name="axes"),
    )
    dimensions = tuple(sorted({min(2, n_axes), min(3, n_axes), n_axes}))
    labels = {
        "kmeans": kmeans.labels,
        "mixture": mixture.labels,
        "genres": np.unique(dataset.labels, return_inverse=True)[1].reshape(-1),
    }
    return Hidden(
        frame=frame,
        groups=tuple(
            _separation(name, values, components, {q: near[q] for q in dimensions}, rows, config)
            for name, values in labels.items()
        ),
        dimensions=dimensions,
        n_neighbours=n_neighbours,
        n_sampled=len(rows),
    )


def nearest_rows(X: Floats) -> Integers:
    """Return for each row all other rows, the nearest first; of equals the first of the table.

    Parameters
    ----------
    X : ndarray of shape (n, d)

    Returns
    -------
    ndarray of shape (n, n - 1)
    """
    from scipy.spatial.distance import cdist

    distances = cdist(X, X, "sqeuclidean")
    np.fill_diagonal(distances, -1.0)
    return np.asarray(np.argsort(distances, axis=1, kind="stable")[:, 1:], dtype=np.int64)


def shared(first: Integers, second: Integers) -> float:
    """Return the share of the entries of each row of `first` that are in that row of `second`."""
    return float((first[:, :, np.newaxis] == second[:, np.newaxis]).any(axis=2).mean())


def between_kept(scores: Floats, labels: Integers, n_axes: int) -> tuple[float, float]:
    """Return how much of the squared distance between groups' means axes keep.

    Parameters
    ----------
    scores : ndarray of shape (n, d)
        With columns of mean 0.
    labels : ndarray of shape (n,)
    n_axes : int
        Of the first axes.

    Returns
    -------
    kept : float
        The share that the first axes keep, groups weighted by their sizes.
    best : float
        The share that the best choice of as many axes keeps. Both NaN if the means coincide.
    """
    _, which, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), scores.shape[1]))
    np.add.at(sums, which.reshape(-1), scores)
    between = sums.T @ (sums / sizes[:, np.newaxis]) / len(scores)
    total = float(np.trace(between))
    if total < RANK_TOLERANCE:
        return float("nan"), float("nan")
    best = eigen(between)[0][:n_axes].sum()
    return float(np.trace(between[:n_axes, :n_axes]) / total), float(best / total)


def _separation(
    name: str,
    labels: Integers,
    components: Components,
    near: Mapping[int, Integers],
    rows: Integers,
    config: Config,
) -> Separation:
    scores, whole = components.scores, max(near)
    silhouettes = np.stack([_silhouettes(scores[:, :q], labels) for q in near])
    draws = np.concatenate([w @ silhouettes.T / len(labels) for w in _weights(len(labels), config)])
    means = dict(zip(near, silhouettes.mean(axis=1), strict=True))
    columns = dict(zip(near, draws.T, strict=True))
    plane = min(near)
    kept, best = between_kept(scores, labels, plane)
    sound = components.eigenvalues >= RANK_TOLERANCE
    by_axis = np.array([_between_share(column, labels) for column in scores.T])
    return Separation(
        name=name,
        silhouettes={q: interval(float(means[q]), columns[q], config.confidence) for q in near},
        same={
            q: float((labels[rows] == labels[rows][found[:, 0]]).mean())
            for q, found in near.items()
        },
        lost=interval(
            float(means[whole] - means[plane]), columns[whole] - columns[plane], config.confidence
        ),
        kept=kept,
        best=best,
        by_axis=np.where(sound, by_axis, np.nan),
        chance=(len(np.unique(labels)) - 1) / (len(labels) - 1),
    )


def _silhouettes(X: Floats, labels: Integers) -> Floats:
    from analysis.methods.indices.internal import silhouette_influence

    if not 1 < len(np.unique(labels)) < len(labels):
        return np.full(len(labels), np.nan)
    return silhouette_influence(X, labels)


def _between_share(values: Floats, labels: Integers) -> float:
    sizes = np.bincount(labels)
    sums = np.bincount(labels, weights=values)
    total = float(np.square(values).sum())
    return float((np.square(sums) / np.maximum(sizes, 1)).sum() / total) if total else float("nan")


def _weights(n: int, config: Config) -> Iterator[Floats]:
    """Draw how often each song is drawn, in batches."""
    rng = generator(config.seed, Stream.HIDDEN_INTERVALS)
    left, size = config.n_bootstrap, max(1, 1_000_000 // n)
    while left > 0:
        taken = min(size, left)
        yield rng.multinomial(n, np.full(n, 1 / n), size=taken).astype(np.float64)
        left -= taken


# --- what is drawn ---------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Colouring:
    """A way to sort the songs into groups that a picture shows by colour and marker.

    Attributes
    ----------
    name : {"kmeans", "mixture", "genres"}
    labels : ndarray of shape (n_songs,), int
        The place of each song's group in `groups`.
    groups : tuple of str
        What a legend calls them.
    styles : tuple of int
        The place of each group's colour and marker in the house's lists.
    """

    name: str
    labels: Integers
    groups: tuple[str, ...]
    styles: tuple[int, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """The songs along their first three axes, with the groups they belong to.

    Attributes
    ----------
    points : ndarray of shape (n_songs, 3)
    tracks : tuple of str
    colourings : tuple of Colouring
        K-Means, the mixture, the genres. A component has the style of the cluster that it is
        paired with, so that as many songs as possible look alike in both.
    alike : float
        The share of songs that do.
    loadings : DataFrame, features x axes
    features : tuple of Feature
    shares : tuple of float
        Of the variance, along each of the three axes.
    """

    points: Floats
    tracks: tuple[str, ...]
    colourings: tuple[Colouring, ...]
    alike: float
    loadings: pd.DataFrame
    features: tuple[Feature, ...]
    shares: tuple[float, ...]

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.points)


def look(dataset: Dataset, components: Components, kmeans: Clusters, mixture: Mixture) -> View:
    """Collect what the pictures of the songs along their first axes show.

    Raises
    ------
    ConfigError
        If there are fewer than three features.
    """
    if components.n_axes < 3:
        raise ConfigError(
            "study.toml: a view in three dimensions needs at least three features, "
            f"and the study looks at {components.n_axes}."
        )
    genres, which = np.unique(dataset.labels, return_inverse=True)
    styles, alike = paired_styles(mixture.labels, mixture.n_components, kmeans.labels)
    return View(
        points=components.scores[:, :3],
        tracks=dataset.tracks,
        colourings=(
            Colouring(
                "kmeans",
                kmeans.labels.astype(np.int64),
                tuple(f"Cluster {i}" for i in range(kmeans.n_clusters)),
                tuple(range(kmeans.n_clusters)),
            ),
            Colouring(
                "mixture",
                mixture.labels.astype(np.int64),
                tuple(f"Component {i}" for i in range(mixture.n_components)),
                styles,
            ),
            Colouring(
                "genres",
                which.reshape(-1).astype(np.int64),
                tuple(str(genre) for genre in genres),
                tuple(range(len(genres))),
            ),
        ),
        alike=alike,
        loadings=components.loadings.iloc[:, :3],
        features=components.features,
        shares=tuple(share.estimate for share in components.shares[:3]),
    )


def paired_styles(
    labels: Integers, n_groups: int, reference: Integers
) -> tuple[tuple[int, ...], float]:
    """Give groups the places of the groups of a reference that they share most songs with.

    Parameters
    ----------
    labels : ndarray of shape (n_songs,)
        From 0 to ``n_groups - 1``; a group may be empty.
    n_groups : int
    reference : ndarray of shape (n_songs,)

    Returns
    -------
    styles : tuple of int
        One for each group, all different.
    alike : float
        The share of songs whose group has the place of their group in the reference.
    """
    from analysis.methods.indices.external import match_labels

    matching = match_labels(labels, reference)
    taken = set(matching.mapping.values())
    free = iter(i for i in range(2 * n_groups + len(taken)) if i not in taken)
    styles = tuple(
        matching.mapping[group] if group in matching.mapping else next(free)
        for group in range(n_groups)
    )
    return styles, matching.agreement
