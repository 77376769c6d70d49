"""Rows that are there twice, in every digit or nearly, and rows that lie far from all others."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.checklist.columns import scaled

Floats = NDArray[np.float64]

NEAR = 0.05
"""A near copy lies nearer than this share of the distance to the fifth neighbour."""
NEIGHBOURS = 5
"""Different rows whose distances are compared."""
LOOKED_AT = 5_000
"""Near copies of at most so many rows are looked for, among all rows."""
MOST_NUMBERS = 5_000_000
"""Neighbours are looked for among at most so many numbers, rows times columns."""
EXAMPLES = 5
"""Rows, or pairs of them, that are named."""
CUT = 0.01
"""Share of the rows, on each side of a column, that have no part in its scale for near copies."""
FEW = 0.01
"""Share of the rows, those that lie farthest out, whose part of the distance is asked for."""
MUCH = 0.10
"""From this part of the squared distance on, few rows have much of it, ..."""
FAR = 4.0
"""... if the farthest lies so many standard deviations from the mean of a column."""


@dataclasses.dataclass(frozen=True, eq=False)
class Copies:
    """Rows that equal others, and rows that nearly do.

    Attributes
    ----------
    n_rows, n_groups : int
        Rows that agree in every column with another one, and the groups that they make.
    n_more : int
        Rows more than there are different ones.
    pairs : list of (int, int)
        The first of these rows, each with an earlier one that it equals, counted from 0.
    n_near : int
        Of the different rows looked at, those with a near copy (see :data:`NEAR`).
    near_by_chance : float
        How many of them to expect where points are strewn evenly, in as many dimensions as the
        rows have around each.
    near_pairs : list of (int, int)
        The first of these.
    n_looked_at, n_among : int
        Different rows whose neighbours were looked for, and different rows among which.
    """

    n_rows: int
    n_groups: int
    n_more: int
    pairs: list[tuple[int, int]]
    n_near: int
    near_by_chance: float
    near_pairs: list[tuple[int, int]]
    n_looked_at: int
    n_among: int

    @property
    def near_beyond_chance(self) -> bool:
        """Whether near copies are more than chance strews, by three standard deviations and one."""
        return bool(self.n_near > self.near_by_chance + 3 * np.sqrt(self.near_by_chance) + 1)

    def numbered(self, numbers: NDArray[np.intp]) -> Copies:
        """Return the same with other numbers for rows, given in their order."""
        return dataclasses.replace(
            self,
            pairs=[(int(numbers[one]), int(numbers[other])) for one, other in self.pairs],
            near_pairs=[(int(numbers[one]), int(numbers[other])) for one, other in self.near_pairs],
        )


@dataclasses.dataclass(frozen=True, eq=False)
class FarRows:
    """Rows that have much of the squared distance of the standardised columns from their means.

    Attributes
    ----------
    share : float
        What the farthest hundredth of the rows has of it (see :data:`FEW`).
    rows : DataFrame
        The farthest rows, at most :data:`EXAMPLES`. Index: their numbers, counted from 0.
        ``column``: the number of the column in which each lies farthest; ``away``: by how many
        standard deviations; ``share``: what it has of the squared distance by itself.
    """

    share: float
    rows: pd.DataFrame

    @property
    def much(self) -> bool:
        """Whether few rows have much of the distance (see :data:`MUCH` and :data:`FAR`)."""
        return self.share >= MUCH and float(self.rows["away"].iloc[0]) >= FAR

    def named(self, numbers: NDArray[np.intp], names: list[str]) -> FarRows:
        """Return the same with other numbers for rows, in their order, and names for columns."""
        columns = [names[column] for column in self.rows["column"]]
        return FarRows(
            self.share, self.rows.set_axis(numbers[self.rows.index]).assign(column=columns)
        )


def find_far(X: Floats) -> FarRows:
    """Look for rows that lie far from all others.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        No value missing, no column constant.

    Returns
    -------
    FarRows
    """
    Z = scaled(X)
    shares = np.einsum("ij,ij->i", Z, Z) / Z.size
    order = np.argsort(-shares, kind="stable")
    at = order[:EXAMPLES]
    away = np.abs(Z[at])
    return FarRows(
        float(shares[order[: max(1, int(FEW * len(X)))]].sum()),
        pd.DataFrame(
            {"column": away.argmax(axis=1), "away": away.max(axis=1), "share": shares[at]}, index=at
        ),
    )


def find_copies(X: Floats, rng: np.random.Generator) -> Copies:
    """Look for rows that agree with others in every column, and for rows that nearly do.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        No value missing, no column constant.
    rng : Generator

    Returns
    -------
    Copies
    """
    group = pd.DataFrame(X).groupby(list(range(X.shape[1])), sort=False).ngroup().to_numpy()
    _, first, sizes = np.unique(group, return_index=True, return_counts=True)
    again = np.setdiff1d(np.arange(len(X)), first)[:EXAMPLES]
    near, chance, near_pairs, n_looked_at, n_among = _near_copies(X, first, rng)
    return Copies(
        int(sizes[sizes > 1].sum()),
        int((sizes > 1).sum()),
        len(X) - len(first),
        [(int(first[group[row]]), int(row)) for row in again],
        near,
        chance,
        near_pairs,
        n_looked_at,
        n_among,
    )


def kept_together(X: Floats, groups: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Return which rows are drawn as one: those of a group, and without groups exact copies.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    groups : ndarray of shape (n_samples,), int, optional
        From 0 on.

    Returns
    -------
    ndarray of shape (n_samples,), int
        From 0 on.
    """
    return np.unique(X, axis=0, return_inverse=True)[1] if groups is None else groups


def _near_copies(
    X: Floats, different: NDArray[np.intp], rng: np.random.Generator
) -> tuple[int, float, list[tuple[int, int]], int, int]:
    from sklearn.neighbors import NearestNeighbors

    if len(different) <= NEIGHBOURS + 1:
        return 0, 0.0, [], 0, len(different)
    sd = np.clip(X, *np.quantile(X, (CUT, 1 - CUT), axis=0)).std(axis=0)
    Z = X / np.where(sd > 0, sd, X.std(axis=0))  # a row far out must not push the others together
    among = _some(different, MOST_NUMBERS // X.shape[1], rng)
    looked_at = _some(np.arange(len(among)), LOOKED_AT, rng)
    search = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(Z[among])
    apart, found = search.kneighbors(Z[among[looked_at]])
    apart, found = np.maximum(apart[:, 1:], 1e-300), found[:, 1:]  # the nearest is the row itself
    ratio = apart[:, 0] / apart[:, -1]
    near = ratio < NEAR
    # the distance to the second neighbour over that to the first tells the dimension (TwoNN)
    spread = np.log(apart[:, 1] / apart[:, 0])
    dimension = 1 / float(np.median(spread) / np.log(2)) if np.median(spread) > 0 else np.inf
    chance = len(looked_at) * (1 - (1 - NEAR**dimension) ** (NEIGHBOURS - 1))
    pairs = {
        (min(one, other), max(one, other)): None
        for one, other in zip(
            among[looked_at[near]].tolist(), among[found[near, 0]].tolist(), strict=True
        )
    }
    return int(near.sum()), float(chance), sorted(pairs)[:EXAMPLES], len(looked_at), len(among)


def _some(rows: NDArray[np.intp], most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
