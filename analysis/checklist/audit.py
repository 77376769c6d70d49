"""The checklist, point by point, for rows of numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from threadpoolctl import threadpool_limits

from analysis.checklist.agreement import compare
from analysis.checklist.choice import GroupCriteria, ask_criteria, find_pinned
from analysis.checklist.columns import describe, determine, scaled
from analysis.checklist.rows import Copies, FarRows, find_copies, find_far
from analysis.checklist.steady import Steadiness, fit_kmeans, shake
from analysis.errors import DatasetError
from analysis.findings.comparison.stability import adjusted_rand
from analysis.findings.data.dependence import fixed_signs
from analysis.methods.checks import LARGEST
from analysis.methods.mixture.model import n_parameters
from analysis.methods.mixture.pinned import PinnedComponent
from analysis.numbers import count

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SAMPLED = 5_000
"""Clusterings are fitted to at most so many rows, drawn by the seed."""
SAMPLED_FOR_CRITERIA = 1_000
"""Criteria, which need the distances of all pairs, are asked of at most so many of these."""
MOST_COLUMNS_FOR_BIC = 30
"""BIC is asked where there are no more columns."""
LEAST_ROWS = 20
"""With fewer rows nothing can be said."""
LEAST_DIFFERENT = 5
"""With fewer different rows there is nothing to group."""
K_MAX = 10
"""The largest number of groups that the criteria try, unless told otherwise."""
MOST_NUMBERS = 20
"""A label of numbers that takes more values is no label of groups, ..."""
LEAST_ROWS_A_LABEL = 5
"""... nor is one that has fewer rows a value."""
MOST_LABELS = 100
"""A label that takes more values is no label of groups."""


@dataclasses.dataclass(frozen=True, eq=False)
class Audit:
    """What the checklist finds in a table.

    Attributes
    ----------
    n_rows, n_complete, n_sampled : int
        Rows of the table; of these without a missing value; of these that were clustered.
    columns : DataFrame
        Index: the columns; see :func:`analysis.checklist.columns.describe` and
        :func:`analysis.checklist.columns.determine`. What only the second says is missing for
        columns that are constant.
    copies : Copies
    far : FarRows
        Its columns have their names.
    k : int
        The number of groups behind what follows.
    k_from : {"given", "labels", "silhouette"}
        Where it comes from.
    ways : DataFrame
        What the columns can be clustered as. Index: "standardised", "raw", and "logs" where a
        column is skewed. ``alike``: adjusted Rand index with "standardised"; ``truth``: adjusted
        Rand index with the labels, if there are any.
    criteria : GroupCriteria
    steadiness : Steadiness
    pinned : tuple of PinnedComponent or None
        Of a mixture of k components; None if it has too many parameters to be fitted.
    n_parameters : int
        Of that mixture.
    labels : tuple of str
        The values of the labels; empty without any.
    agreement : DataFrame or None
        See :func:`analysis.checklist.agreement.compare`; None without labels.
    n_groups : int
        Groups that were kept together; 0 without any.
    plane : ndarray of shape (n_sampled, 2)
        The rows that were clustered, along their first two principal axes.
    seed : int
    """

    n_rows: int
    n_complete: int
    n_sampled: int
    columns: pd.DataFrame
    copies: Copies
    far: FarRows
    k: int
    k_from: str
    ways: pd.DataFrame
    criteria: GroupCriteria
    steadiness: Steadiness
    pinned: tuple[PinnedComponent, ...] | None
    n_parameters: int
    labels: tuple[str, ...]
    agreement: pd.DataFrame | None
    n_groups: int
    plane: Floats
    seed: int


def audit(
    X: Any,
    labels: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    k: int | None = None,
    k_max: int = K_MAX,
    seed: int = 42,
) -> Audit:
    """Ask the checklist of rows of numbers.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Numbers. Rows with a missing one are counted and left out.
    labels : array-like of shape (n_samples,), optional
        What the groups might be. It is looked at after the clustering alone.
    groups : array-like of shape (n_samples,), optional
        Rows that belong together, as those of one person do.
    k : int, optional
        The number of groups to test; by default as many as there are labels, or as the silhouette
        asks for.
    k_max : int
        The largest number of groups that the criteria try.
    seed : int
        The same seed gives the same result.

    Returns
    -------
    Audit

    Raises
    ------
    DatasetError
        If the rows cannot be audited; the message has a line for each reason.
    """
    frame, names, problems = _numbers(X)
    label, label_names = _codes(labels, "labels", len(frame), problems)
    group, group_names = _codes(groups, "groups", len(frame), problems)
    complete = frame.notna().all(axis=1).to_numpy() & (label >= 0) & (group >= 0)
    rows = frame[complete]
    columns = describe(rows).assign(missing=frame.isna().mean())
    kept = rows.loc[:, ~columns["constant"].to_numpy()]
    n_different = len(kept.drop_duplicates()) if kept.shape[1] else min(len(rows), 1)
    problems += _too_little(len(frame), rows, kept, n_different, columns.set_axis(names))
    problems += _out_of_range(k, k_max, n_different, None if labels is None else len(label_names))
    if (
        k is None
        and labels is not None
        and pd.api.types.is_numeric_dtype(getattr(labels, "dtype", np.asarray(labels).dtype))
    ):
        problems += _no_classes(len(label_names), len(rows))
    if problems:
        raise DatasetError("\n".join(problems))
    if k is None and labels is not None:
        k, k_from = len(label_names), "labels"
    else:
        k_from = "given" if k is not None else "silhouette"
    # thousands of small fits, of which half the time would go into checking the same numbers again
    with threadpool_limits(1), config_context(skip_parameter_validation=True, assume_finite=True):
        found = _Look(
            kept,
            columns["skewed"].to_numpy()[~columns["constant"].to_numpy()],
            None if labels is None else label[complete],
            None if groups is None else group[complete],
            seed,
        )
        criteria = found.criteria(min(k_max, n_different - 1))
        k = criteria.best if k is None else k
        steadiness = shake(found.Z, k, found.groups, seed)
        copies = find_copies(kept.to_numpy(), np.random.default_rng(seed))
        numbers = np.flatnonzero(complete)
        kept_names = [names[at] for at in np.flatnonzero(~columns["constant"])]
        return Audit(
            n_rows=len(frame),
            n_complete=len(rows),
            n_sampled=len(found.Z),
            columns=columns.join(_determined(kept, names)).set_axis(names),
            copies=copies.numbered(numbers),
            far=find_far(kept.to_numpy()).named(numbers, kept_names),
            k=k,
            k_from=k_from,
            ways=found.ways(steadiness.labels, k),
            criteria=criteria,
            steadiness=steadiness,
            pinned=find_pinned(found.Z, k, seed, kept_names),
            n_parameters=n_parameters(k, kept.shape[1], "full"),
            labels=label_names,
            agreement=found.agreement(steadiness.labels),
            n_groups=len(group_names),
            plane=found.plane(),
            seed=seed,
        )


class _Look:
    """The rows that are clustered, in the ways that they can be written."""

    def __init__(
        self,
        rows: pd.DataFrame,
        skewed: NDArray[np.bool_],
        labels: Labels | None,
        groups: Labels | None,
        seed: int,
    ) -> None:
        order = np.random.default_rng(seed).permutation(len(rows))[:SAMPLED]
        at, self._few = np.sort(order), np.sort(np.argsort(order)[:SAMPLED_FOR_CRITERIA])
        X = rows.to_numpy()[at]
        self._raw = X - X.mean(axis=0)
        self._seed = seed
        self.Z = scaled(X)
        self._logs = None
        if skewed.any():
            self._logs = scaled(np.where(skewed, np.log(np.where(skewed, X, 1.0)), X))
        self._labels = None if labels is None else np.unique(labels[at], return_inverse=True)[1]
        self.groups = None if groups is None else np.unique(groups[at], return_inverse=True)[1]

    def criteria(self, k_max: int) -> GroupCriteria:
        mixtures = self.Z.shape[1] <= MOST_COLUMNS_FOR_BIC
        return ask_criteria(self.Z[self._few], k_max, self._seed, mixtures=mixtures)

    def ways(self, labels: Labels, k: int) -> pd.DataFrame:
        found = {"standardised": labels, "raw": fit_kmeans(self._raw, k, self._seed)}
        if self._logs is not None:
            found["logs"] = fit_kmeans(self._logs, k, self._seed)
        truth = self._labels
        return pd.DataFrame(
            {
                "alike": {way: adjusted_rand(other, labels) for way, other in found.items()},
                "truth": {
                    way: np.nan if truth is None else adjusted_rand(other, truth)
                    for way, other in found.items()
                },
            }
        )

    def agreement(self, labels: Labels) -> pd.DataFrame | None:
        if self._labels is None:
            return None
        return compare(self.Z, labels - 1, self._labels, self.groups, self._seed)

    def plane(self) -> Floats:
        axes = np.linalg.svd(self.Z, full_matrices=False)[2][:2]
        found = self.Z @ fixed_signs(axes.T)
        return np.pad(found, ((0, 0), (0, 2 - found.shape[1])))


def _determined(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    found = determine(rows)
    copied = ["" if column == "" else names[int(column)] for column in found["copy_of"]]
    return found.assign(copy_of=copied)


def _numbers(X: Any) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return numbers under the columns 0, 1, …, their names, and what is wrong with them."""
    frame = X if isinstance(X, pd.DataFrame) else None
    try:
        values = np.asarray(
            X if frame is None else frame.to_numpy(dtype=np.float64, na_value=np.nan),
            dtype=np.float64,
        )
    except (TypeError, ValueError):
        raise DatasetError(
            "X holds something that is no number; it should hold numbers alone."
        ) from None
    if values.ndim != 2 or not values.size:
        raise DatasetError(
            f"X has the shape {values.shape}; it should be a table of at least {LEAST_ROWS} rows "
            "and a column."
        )
    names = [
        str(name)
        for name in (frame.columns if frame is not None else range(1, values.shape[1] + 1))
    ]
    if frame is None:
        names = [f"column {name}" for name in names]
    problems = [
        f"{name}: {count(int(wrong.sum()), 'value')} {'is' if wrong.sum() == 1 else 'are'} {what}, "
        f"the first in row {int(wrong.argmax()) + 1:,}; every value should be a number between "
        f"-{LARGEST:g} and {LARGEST:g}, or missing."
        for name, column in zip(names, values.T, strict=True)
        for wrong, what in (
            (np.isinf(column), "infinite"),
            (np.isfinite(column) & (np.abs(column) > LARGEST), "too large to be squared"),
        )
        if wrong.any()
    ]
    numbers = pd.DataFrame(np.where(np.isinf(values), np.nan, values))
    numbers.loc[:, numbers.isna().all()] = 0.0  # an empty column is constant, and loses no row
    return numbers, names, problems


def _codes(
    given: ArrayLike | None, what: str, n_rows: int, problems: list[str]
) -> tuple[Labels, tuple[str, ...]]:
    """Return the number of each row's value from 0 on, −1 for a missing one, and the values."""
    if given is None:
        return np.zeros(n_rows, dtype=np.int64), ()
    values = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given).ravel())
    if len(values) != n_rows:
        problems.append(
            f"There are {len(values):,} {what} for {n_rows:,} rows; there should be one a row."
        )
        return np.zeros(n_rows, dtype=np.int64), ("", "")
    codes, names = pd.factorize(values)
    return np.asarray(codes, dtype=np.int64), tuple(str(name) for name in names)


def _too_little(
    n_rows: int, rows: pd.DataFrame, kept: pd.DataFrame, n_different: int, columns: pd.DataFrame
) -> Iterator[str]:
    if len(rows) < LEAST_ROWS:
        why = ""
        if len(rows) < n_rows:
            emptiest = columns["missing"].idxmax()
            why = (
                f" ({n_rows - len(rows):,} of {n_rows:,} lack a value, most in {emptiest}, which "
                "could be filled or left out)"
            )
        yield f"There are {len(rows):,} complete rows{why}; there should be at least {LEAST_ROWS}."
    elif not kept.shape[1]:
        yield "Every column is constant; at least one should vary."
    elif n_different < LEAST_DIFFERENT:
        yield (
            f"There are {n_different} different rows; there should be at least {LEAST_DIFFERENT}."
        )


def _no_classes(n_values: int, n_rows: int) -> Iterator[str]:
    if n_values > MOST_NUMBERS or n_values * LEAST_ROWS_A_LABEL > n_rows:
        yield (
            f"The labels are {n_values:,} different numbers in {n_rows:,} rows; they should be cut "
            "into classes, or k should be given."
        )


def _out_of_range(
    k: int | None, k_max: int, n_different: int, n_labels: int | None
) -> Iterator[str]:
    most = max(n_different - 1, 2)
    if k is not None and not 2 <= k <= most:
        yield f"k is {k:,}; it should be from 2 to {most:,}, fewer than there are different rows."
    if not 3 <= k_max <= MOST_LABELS:
        yield f"k_max is {k_max:,}; it should be from 3 to {MOST_LABELS}."
    if n_labels is not None and not 2 <= n_labels <= min(MOST_LABELS, most):
        values = f"{n_labels:,} different value{'' if n_labels == 1 else 's'}"
        yield f"The labels take {values}; they should take from 2 to {min(MOST_LABELS, most)}."
