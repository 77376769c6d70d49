"""How much of a clustering stays when the seed, the songs or the features change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.seeds import (
    METHODS,
    Method,
    Seeds,
    best_fit,
    few_starts,
    fit_starts,
    study_starts,
)
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.mixtures.components import Mixture
from analysis.methods.indices.external import (
    contingency,
    external_from_tables,
    rand_from_tables,
)
from analysis.methods.resampling import (
    Interval,
    Spread,
    interval_ends,
    share_of_draws,
    spread_of,
    values_at,
)
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

RECOVERED_FROM = 0.5
"""A cluster counts as found again where its Jaccard coefficient is larger (prp-recovered)."""
FIRM_FROM = 0.75
"""From this mean Jaccard coefficient on Hennig's software calls a cluster stable."""
TRUSTED_FROM = 0.6
"""Below this one its manual advises against trusting a cluster."""


@dataclasses.dataclass(frozen=True, eq=False)
class Stability:
    """The study's clusterings beside those of other seeds, other songs and fewer features.

    Attributes
    ----------
    runs : DataFrame
        A row for each fit. Columns ``method``; ``change``: "single" (another seed, one start),
        "few" (another seed, as many starts as a refit), "full" (another seed, the study's starts),
        "songs" (a bootstrap sample), "feature" (one left out); ``left_out``: the feature, or "";
        ``ari``: with the study's clustering of all songs; ``genre_ari``, ``genre_ami``: with the
        genres.
    recovery : DataFrame
        Index ``method``, ``cluster``. Columns ``n`` (songs), ``jaccard`` (mean over the refits to
        bootstrap samples of the largest Jaccard coefficient, eq-jaccard), ``median`` (the lower
        one, so that it is above :data:`RECOVERED_FROM` exactly where more than half of the refits
        are), ``low``, ``high`` (range), ``recovered`` (share of the refits in which it is above
        :data:`RECOVERED_FROM`), ``by_seed`` (the same share over other seeds with as few starts).
        Clusters without songs have no row.
    spreads : DataFrame
        Index ``method``, ``change``, ``left_out``; columns ``n``, and ``mean``, ``low``, ``high``
        of the adjusted Rand indices, named ``ari_mean`` and so on.
    few : dict
        Starts of each fit, other than those of other seeds, by method.
    n_refits : int
    confidence : float
    """

    runs: pd.DataFrame
    recovery: pd.DataFrame
    spreads: pd.DataFrame
    few: dict[str, int]
    n_refits: int
    confidence: float

    def of(self, method: str, change: str, left_out: str = "", index: str = "ari") -> Spread:
        """Return mean and range of an index under one kind of change."""
        columns = [f"{index}_{end}" for end in ("mean", "low", "high")]
        return Spread(*values_at(self.spreads, (method, change, left_out), *columns))

    @property
    def most_starts(self) -> int:
        """The most starts of a refit."""
        return max(self.few.values())

    @property
    def features(self) -> tuple[str, ...]:
        """The features that are left out in turn."""
        return tuple(dict.fromkeys(name for name in self.runs["left_out"] if name))

    def most_felt(self, method: str) -> str:
        """Return the feature without which a method's clustering changes most."""
        means = {name: self.of(method, "feature", name).mean for name in self.features}
        return min(means, key=lambda name: means[name])

    def least_felt(self, method: str) -> str:
        """Return the feature without which a method's clustering changes least."""
        means = {name: self.of(method, "feature", name).mean for name in self.features}
        return max(means, key=lambda name: means[name])

    def recovered(self, method: str) -> pd.DataFrame:
        """Return the clusters of a method, as :attr:`recovery` has them."""
        rows = self.recovery.index.get_level_values("method") == method
        return self.recovery[rows].droplevel("method")

    def n_recovered(self, method: str, over: str = "recovered") -> int:
        """Count the clusters that are found again in more than half of the refits.

        Over bootstrap samples, or over other seeds ("by_seed").
        """
        return int((self.recovered(method)[over] > 0.5).sum())

    def n_firm(self, method: str, least: float = FIRM_FROM) -> int:
        """Count the clusters with a mean Jaccard coefficient of `least` or more."""
        return int((self.recovered(method)["jaccard"] >= least).sum())

    @property
    def mixture_nearer(self) -> Interval:
        """Share of the bootstrap samples on which the mixture's fit is nearer to the genres.

        By the adjusted Rand index.
        """
        return self.mixture_nearer_by("ari")

    def mixture_nearer_by(self, index: str) -> Interval:
        """Return that share by an index, "ari" or "ami".

        Both methods are fitted to the same samples. The interval is that of a share of draws.
        """
        runs = self.runs[self.runs["change"] == "songs"]
        of = {name: runs[f"genre_{index}"][runs["method"] == name].to_numpy() for name in METHODS}
        nearer = of["mixture"] > of["kmeans"]
        return share_of_draws(int(nearer.sum()), len(nearer), self.confidence)

    def firmest(self, method: str) -> int:
        """Return the cluster with the largest mean Jaccard coefficient."""
        found = self.recovered(method)["jaccard"]
        return int(found.index[int(found.to_numpy().argmax())])

    def loosest(self, method: str) -> int:
        """Return the cluster with the smallest mean Jaccard coefficient."""
        found = self.recovered(method)["jaccard"]
        return int(found.index[int(found.to_numpy().argmin())])


def measure_stability(
    dataset: Dataset, kmeans: Clusters, mixture: Mixture, seeds: Seeds, config: Config
) -> Stability:
    """Fit both methods to bootstrap samples and without each feature, and compare.

    Standardisation is that of all songs. Labels of a fit to a sample are extended to all songs by
    the fitted model, so that every comparison is one of all songs.
    """
    from threadpoolctl import threadpool_limits

    study = {"kmeans": kmeans.labels, "mixture": mixture.labels}
    Z, genres = z_scores(dataset.X), dataset.labels
    parts: list[pd.DataFrame] = []
    recovery = {}
    with threadpool_limits(1):
        for method in METHODS:
            few = few_starts(method, config)
            for run in seeds.of(method):
                others = run.labels[1:]  # the first seed is the study's own
                for change, n in (
                    ("single", 1),
                    ("few", few),
                    ("full", study_starts(method, config)),
                ):
                    if run.n_starts == n:
                        parts.append(_compared(method, change, "", others, study[method], genres))
            refits = np.stack(list(_refits(method, Z, config)))
            parts.append(_compared(method, "songs", "", refits, study[method], genres))
            by_seed = next(run for run in seeds.of(method) if run.n_starts == few).labels[1:]
            recovery[method] = _recovery(study[method], refits, by_seed, config)
            for j, name in enumerate(dataset.feature_names):
                if Z.shape[1] > 1:
                    fits = fit_starts(method, np.delete(Z, j, axis=1), config, config.seed, few)
                    labels = best_fit(fits).labels[np.newaxis]
                    parts.append(_compared(method, "feature", name, labels, study[method], genres))
    runs = pd.concat(parts, ignore_index=True)
    return Stability(
        runs,
        pd.concat(recovery, names=["method", "cluster"]),
        _spreads(runs, config),
        {method: few_starts(method, config) for method in METHODS},
        config.n_refits,
        config.confidence,
    )


def _refits(method: Method, Z: Floats, config: Config) -> Iterator[Labels]:
    """Fit a method to bootstrap samples, and label all songs; both methods get the same samples."""
    rng = generator(config.seed, Stream.STABILITY)
    for i in range(config.n_refits):
        sample = Z[rng.integers(len(Z), size=len(Z))]
        seed = (config.seed + i) % 2**32
        best = best_fit(fit_starts(method, sample, config, seed, few_starts(method, config)))
        yield best.model.predict(Z).astype(np.int64)


def _compared(
    method: str, change: str, left_out: str, labelings: Labels, study: Labels, genres: NDArray[Any]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": method,
            "change": change,
            "left_out": left_out,
            "ari": [adjusted_rand(labels, study) for labels in labelings],
            "genre_ari": [adjusted_rand(labels, genres) for labels in labelings],
            "genre_ami": [_adjusted_information(labels, genres) for labels in labelings],
        }
    )


def adjusted_rand(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the adjusted Rand index of two labelings (eq-ari)."""
    return float(rand_from_tables(contingency(one, other).to_numpy()[np.newaxis])[0])


def _adjusted_information(one: NDArray[Any], other: NDArray[Any]) -> float:
    table = contingency(one, other).to_numpy()
    return float(external_from_tables(table[np.newaxis])["ami"][0])


def _spreads(runs: pd.DataFrame, config: Config) -> pd.DataFrame:
    rows = {}
    for key, group in runs.groupby(["method", "change", "left_out"], sort=False):
        row: dict[str, float] = {"n": len(group)}
        for index in ("ari", "genre_ari"):
            found = dataclasses.asdict(spread_of(group[index].to_numpy(), config.confidence))
            row |= {f"{index}_{end}": value for end, value in found.items()}
        rows[key] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index = pd.MultiIndex.from_tuples(rows, names=["method", "change", "left_out"])
    return frame


def jaccard(labels: Labels, other: Labels) -> pd.Series:
    """Return, for each cluster, the Jaccard coefficient with the cluster most like it (eq-jaccard).

    Parameters
    ----------
    labels, other : ndarray of shape (n_samples,), int

    Returns
    -------
    Series
        Index: the clusters of `labels` that have rows.
    """
    table = contingency(labels, other)
    shared = table.to_numpy(dtype=np.float64)
    sizes, others = shared.sum(axis=1), shared.sum(axis=0)
    union = sizes[:, np.newaxis] + others[np.newaxis] - shared
    return pd.Series((shared / union).max(axis=1), index=table.index)


def _recovery(study: Labels, refits: Labels, by_seed: Labels, config: Config) -> pd.DataFrame:
    found = pd.DataFrame([jaccard(study, labels) for labels in refits])
    seeded = pd.DataFrame([jaccard(study, labels) for labels in by_seed], columns=found.columns)
    low, high = (
        found.quantile(interval_ends(config.confidence)[0]),
        found.quantile(interval_ends(config.confidence)[1]),
    )
    counts = pd.Series(study).value_counts().sort_index()
    return pd.DataFrame(
        {
            "n": counts.to_numpy(),
            "jaccard": found.mean().to_numpy(),
            "median": found.quantile(0.5, interpolation="lower").to_numpy(),
            "low": low.to_numpy(),
            "high": high.to_numpy(),
            "recovered": (found > RECOVERED_FROM).mean().to_numpy(),
            "by_seed": (seeded > RECOVERED_FROM).mean().to_numpy(),
        },
        index=pd.Index(counts.index, name="cluster"),
    )


# --------------------------------------------------------------------------------------
# Feature sets
# --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class FeatureSets:
    """The same methods on both feature sets, over the songs that both have.

    Attributes
    ----------
    n_songs : int
    kmeans, mixture : float
        Adjusted Rand index between a method's clusterings on the two sets.
    """

    n_songs: int
    kmeans: float
    mixture: float


def compare_feature_sets(
    tracks: tuple[tuple[str, ...], tuple[str, ...]],
    kmeans: tuple[Labels, Labels],
    mixture: tuple[Labels, Labels],
) -> FeatureSets:
    """Compare clusterings of two tables, over the tracks that both have."""
    place = {track: i for i, track in enumerate(tracks[1])}
    both = [(i, place[track]) for i, track in enumerate(tracks[0]) if track in place]
    one, other = (np.array(rows, dtype=np.intp) for rows in zip(*both, strict=True))
    return FeatureSets(
        len(both),
        adjusted_rand(kmeans[0][one], kmeans[1][other]),
        adjusted_rand(mixture[0][one], mixture[1][other]),
    )
