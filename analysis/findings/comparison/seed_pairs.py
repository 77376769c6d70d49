"""How alike two runs are: of one method under two seeds, and of one method and the other."""

from __future__ import annotations

import dataclasses
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.comparison.seeds import SeedRuns, Seeds
from analysis.methods.indices.external import (
    count_pairs,
    matched_from_tables,
    rand_from_tables,
    variations_from_tables,
)
from analysis.methods.resampling import Spread, spread_of

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class SeedPairs:
    """How alike two runs are: of one method under two seeds, and of one method and the other.

    Attributes
    ----------
    pairs : DataFrame
        A row for each pair of runs. Columns ``kind`` (as in :attr:`spreads`), ``raw``,
        ``matched``, ``ari``, ``vi``.
    spreads : dict, (kind, index) -> Spread
        The kinds are "kmeans single", "kmeans full", "mixture single", "mixture full" (two seeds
        of one method), "between single" and "between full" (K-Means under one seed, the mixture
        under any), "same single" and "same full" (both under one seed).
    n_seeds : int
    n_partitions : dict
        Different partitions among the runs with the study's starts, by method.
    objective_range : dict
        The best and the worst objective among them, by method: WCSS, or mean log-likelihood.
    """

    pairs: pd.DataFrame
    spreads: dict[tuple[str, str], Spread]
    n_seeds: int
    n_partitions: dict[str, int]
    objective_range: dict[str, tuple[float, float]]

    def of(self, kind: str, index: str = "ari") -> Spread:
        """Return mean and range of an index over the pairs of one kind."""
        return self.spreads[kind, index]

    def n_pairs(self, kind: str) -> int:
        """Count the pairs of one kind."""
        return int((self.pairs["kind"] == kind).sum())

    @property
    def overlap(self) -> float:
        """Share of pairs of one mixture that agree less than the average pair of both methods."""
        values = self.pairs["ari"][self.pairs["kind"] == "mixture full"]
        return float((values < self.of("between full").mean).mean())


def compare_runs(seeds: Seeds, config: Config) -> SeedPairs:
    """Compare all pairs of runs under different seeds, of each method and between both."""
    parts: list[pd.DataFrame] = []
    seeds_in = range(seeds.n_seeds)
    for starts, pick in (("single", seeds.single), ("full", seeds.full)):
        kmeans, mixture = pick("kmeans"), pick("mixture")
        parts += [
            _pairs(f"kmeans {starts}", kmeans, kmeans, list(combinations(seeds_in, 2))),
            _pairs(f"mixture {starts}", mixture, mixture, list(combinations(seeds_in, 2))),
            _pairs(f"between {starts}", kmeans, mixture, list(product(seeds_in, seeds_in))),
            _pairs(f"same {starts}", kmeans, mixture, [(i, i) for i in seeds_in]),
        ]
    pairs = pd.concat(parts, ignore_index=True)
    spreads = {
        (str(kind), index): spread_of(group[index].to_numpy(), config.confidence)
        for kind, group in pairs.groupby("kind", sort=False)
        for index in ("raw", "matched", "ari", "vi")
    }
    full = {"kmeans": seeds.full("kmeans"), "mixture": seeds.full("mixture")}
    return SeedPairs(
        pairs,
        spreads,
        seeds.n_seeds,
        {method: run.n_partitions for method, run in full.items()},
        {
            method: _best_and_worst(run.objectives, low=method == "kmeans")
            for method, run in full.items()
        },
    )


def _best_and_worst(values: Floats, *, low: bool) -> tuple[float, float]:
    ends = (float(values.min()), float(values.max()))
    return ends if low else ends[::-1]


def _pairs(
    kind: str, one: SeedRuns, other: SeedRuns, places: list[tuple[int, int]]
) -> pd.DataFrame:
    """Compare runs pair by pair; `places` are the pairs of seeds, by their order."""
    k = 1 + max(int(one.labels.max()), int(other.labels.max()))
    tables = np.stack([count_pairs(one.labels[i], other.labels[j], (k, k)) for i, j in places])
    return pd.DataFrame(
        {
            "kind": kind,
            "raw": np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2)),
            "matched": matched_from_tables(tables),
            "ari": rand_from_tables(tables),
            "vi": variations_from_tables(tables),
        }
    )
