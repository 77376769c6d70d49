"""The checklist, point by point, for rows of numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from analysis.checklist import agreement, choice, columns, steady
from analysis.checklist.choice import Criteria
from analysis.checklist.rows import Copies, find_copies
from analysis.checklist.steady import Steadiness
from analysis.errors import DatasetError
from analysis.findings.comparison.stability import adjusted_rand
from analysis.methods.checks import LARGEST
from analysis.methods.mixture.pinned import PinnedComponent

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SAMPLED = 5_000
"""Clusterings are fitted to at most so many rows, drawn by the seed."""
SAMPLED_FOR_CRITERIA = 2_000
"""Criteria, which need the distances of all pairs, are asked of at most so many of these."""
LEAST_ROWS = 20
"""With fewer rows nothing can be said."""
K_MAX = 10
"""The largest number of groups that the criteria try, unless told otherwise."""
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
    k : int
        The number of groups behind what follows.
    k_from : {"given", "labels", "silhouette"}
        Where it comes from.
    ways : DataFrame
        What the columns can be clustered as. Index: "standardised", "raw", and "logs" where a
        column is skewed. ``alike``: adjusted Rand index with "standardised"; ``truth``: adjusted
        Rand index with the labels, if there are any.
    criteria : Criteria
    criteria_of_logs : Criteria or None
        The same with the logarithms of skewed columns, if there are any.
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
    k: int
    k_from: str
    ways: pd.DataFrame
    criteria: Criteria
    criteria_of_logs: Criteria | None
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
    of_label, of_group = (
        _codes(labels, "labels", frame, problems),
        _codes(groups, "groups", frame, problems),
    )
    complete = frame.notna().all(axis=1).to_numpy(copy=True)
    for codes in (of_label, of_group):
        if codes is not None and len(codes[0]) == len(frame):
            complete &= codes[0] >= 0
    rows = frame[complete]
    described = columns.describe(rows).assign(missing=frame.isna().mean())
    kept = list(rows.columns[~described["constant"]])
    n_different = _check(frame, rows, kept, described, names, of_label, k, k_max, problems)
    if problems:
        raise DatasetError("\n".join(problems))
    k_max = min(k_max, n_different - 1)
    with threadpool_limits(1):
        return _audit(
            frame,
            rows[kept],
            described,
            names,
            *(
                None if codes is None else (codes[0][complete], codes[1])
                for codes in (of_label, of_group)
            ),
            k,
            k_max,
            seed,
        )


def _audit(
    frame: pd.DataFrame,
    rows: pd.DataFrame,
    described: pd.DataFrame,
    names: list[str],
    of_label: tuple[Labels, tuple[str, ...]] | None,
    of_group: tuple[Labels, tuple[str, ...]] | None,
    k: int | None,
    k_max: int,
    seed: int,
) -> Audit:
    rng_copies, rng_sample = np.random.default_rng(seed).spawn(2)
    copies = find_copies(rows.to_numpy(), rng_copies)
    n_complete = len(rows)
    table = described.join(columns.determine(rows))
    order = rng_sample.permutation(n_complete)[:SAMPLED]
    few = np.sort(order[:SAMPLED_FOR_CRITERIA])
    many = np.sort(order)
    logs = rows.assign(**{c: np.log(rows[c]) for c in rows if described["skewed"][c]})
    skewed = bool(described["skewed"][list(rows)].any())
    Z, Z_logs = _scaled(rows), _scaled(logs)
    mixtures = len(rows.columns) <= 30
    criteria = choice.ask_criteria(Z[few], min(k_max, len(few) - 1), seed, mixtures=mixtures)
    of_logs = (
        choice.ask_criteria(Z_logs[few], min(k_max, len(few) - 1), seed, mixtures=False)
        if skewed
        else None
    )
    k_from = "given"
    if k is None:
        k, k_from = criteria.best, "silhouette"
        if of_label is not None:
            k, k_from = len(of_label[1]), "labels"
    Z = Z[many]
    truth = None if of_label is None else np.unique(of_label[0][many], return_inverse=True)[1]
    together = None if of_group is None else np.unique(of_group[0][many], return_inverse=True)[1]
    steadiness = steady.shake(Z, k, together, seed)
    raw = rows.to_numpy()[many]
    ways = {
        "standardised": steadiness.labels,
        "raw": steady.fit_kmeans(raw - raw.mean(axis=0), k, seed),
    }
    if skewed:
        ways["logs"] = steady.fit_kmeans(Z_logs[many], k, seed)
    with_truth = {
        w: np.nan if truth is None else adjusted_rand(found, truth) for w, found in ways.items()
    }
    axes = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)[2][:2]
    plane = (
        Z
        @ (axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, np.newaxis]).T
    )
    return Audit(
        n_rows=len(frame),
        n_complete=n_complete,
        n_sampled=len(many),
        columns=table.set_axis(names),
        copies=copies,
        k=k,
        k_from=k_from,
        ways=pd.DataFrame(
            {
                "alike": {w: adjusted_rand(found, steadiness.labels) for w, found in ways.items()},
                "truth": with_truth,
            }
        ),
        criteria=criteria,
        criteria_of_logs=of_logs,
        steadiness=steadiness,
        pinned=choice.find_pinned(Z, k, seed, [names[int(c)] for c in rows]),
        n_parameters=choice.n_parameters(k, Z.shape[1]),
        labels=() if of_label is None else of_label[1],
        agreement=None
        if truth is None
        else agreement.compare(Z, steadiness.labels - 1, truth, together, seed),
        n_groups=0 if of_group is None else len(np.unique(of_group[0])),
        plane=plane if plane.shape[1] == 2 else np.column_stack([plane, np.zeros(len(plane))]),
        seed=seed,
    )


def _scaled(rows: pd.DataFrame) -> Floats:
    X = rows.to_numpy(dtype=np.float64)
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


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
        f"{name}: {wrong:,} of the values {what}; every value should be a number between "
        f"-{LARGEST:g} and {LARGEST:g}, or missing."
        for name, column in zip(names, values.T, strict=True)
        for wrong, what in (
            (int(np.isinf(column).sum()), "are infinite"),
            (
                int((np.isfinite(column) & (np.abs(column) > LARGEST)).sum()),
                "are too large to be squared",
            ),
        )
        if wrong
    ]
    return pd.DataFrame(np.where(np.isinf(values), np.nan, values)), names, problems


def _codes(
    given: ArrayLike | None, what: str, frame: pd.DataFrame, problems: list[str]
) -> tuple[Labels, tuple[str, ...]] | None:
    """Return the number of each row's value from 0 on, −1 for a missing one, and the values."""
    if given is None:
        return None
    values = given if isinstance(given, pd.Series) else pd.Series(np.asarray(given).ravel())
    if len(values) != len(frame):
        problems.append(
            f"There are {len(values):,} {what} for {len(frame):,} rows; there should be one a row."
        )
        return None
    codes, names = pd.factorize(values, sort=False)
    return np.asarray(codes, dtype=np.int64), tuple(str(name) for name in names)


def _check(
    frame: pd.DataFrame,
    rows: pd.DataFrame,
    kept: list[int],
    described: pd.DataFrame,
    names: list[str],
    of_label: tuple[Labels, tuple[str, ...]] | None,
    k: int | None,
    k_max: int,
    problems: list[str],
) -> int:
    """Add what is wrong with the table as a whole; return how many different rows it has."""
    n_missing = len(frame) - len(rows)
    n_different = len(rows[kept].drop_duplicates()) if kept else min(len(rows), 1)
    if len(rows) < LEAST_ROWS:
        emptiest = names[int(described["missing"].to_numpy().argmax())]
        why = (
            f", {n_missing:,} of {len(frame):,} have a missing value, most in {emptiest}"
            if n_missing
            else ""
        )
        problems.append(
            f"There are {len(rows):,} complete rows{why}; there should be at least {LEAST_ROWS}."
        )
    elif not kept:
        problems.append("Every column is constant; at least one should vary.")
    elif n_different <= 3:
        problems.append(f"There are {n_different} different rows; there should be at least 4.")
    if k is not None and not 2 <= k < max(n_different, 3):
        problems.append(
            f"k is {k}; it should be from 2 to {max(n_different - 1, 2):,}, fewer than there are "
            "different rows."
        )
    if not 3 <= k_max <= 100:
        problems.append(f"k_max is {k_max}; it should be from 3 to 100.")
    if of_label is not None:
        n_labels = len(of_label[1])
        if not 2 <= n_labels <= MOST_LABELS:
            problems.append(
                f"The labels take {n_labels:,} different value{'s' if n_labels != 1 else ''}; "
                f"they should take from 2 to {MOST_LABELS}."
            )
    return n_different
