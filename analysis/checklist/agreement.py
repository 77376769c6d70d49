"""A clustering beside labels that were not used to make it, and what chance makes of the two."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.checklist.rows import kept_together
from analysis.findings.comparison.scores import random_cells
from analysis.methods.grouped import centred_interval, draw_groups, grouped_tables
from analysis.methods.indices.external import (
    Counts,
    contingency,
    count_pairs,
    external_from_tables,
    index_interval,
    resampled_tables,
)
from analysis.methods.resampling import null_test

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SHOWN = ("ari", "ami")
"""The two indices that are adjusted for chance."""
N_SHUFFLES = 199
"""Shuffles of the labels."""
N_CELLS = 200
"""Random centres that are drawn."""
N_RESAMPLES = 200
"""Resamples behind an interval."""
CONFIDENCE = 0.95
"""Share of the resamples that an interval encloses."""


def compare(
    Z: Floats, labels: Labels, truth: Labels, groups: Labels | None, seed: int
) -> pd.DataFrame:
    """Hold the agreement of clusters and labels against shuffled labels and random centres.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_features)
        Standardised.
    labels, truth : ndarray of shape (n_samples,), int
        The clusters, and the labels, from 0 on.
    groups : ndarray of shape (n_samples,), int, optional
        From 0 on. Groups are drawn and shuffled as a whole; see :func:`shuffle`. Without any,
        copies are drawn as one.
    seed : int

    Returns
    -------
    DataFrame
        Index: :data:`SHOWN`. ``estimate``, ``low``, ``high``: the index, with its interval.
        ``p_value``: of shuffled labels. ``cells``, ``cells_high``: mean and the 95th percentile
        of random centres. ``cells_reaching``: share of them that reach the estimate.
    """
    shuffles, cells, resamples = np.random.default_rng(seed).spawn(3)
    table = contingency(truth, labels).to_numpy()
    observed = external_from_tables(table[np.newaxis])
    shuffled = external_from_tables(
        _tables([(shuffle(truth, groups, shuffles), labels) for _ in range(N_SHUFFLES)])
    )
    n_cells = len(np.unique(labels))
    around = external_from_tables(
        _tables([(truth, random_cells(Z, n_cells, cells)) for _ in range(N_CELLS)])
    )
    of = kept_together(Z, groups)
    alone = int(of.max()) + 1 == len(of)
    if alone:
        draws = resampled_tables(truth, labels, n_resamples=N_RESAMPLES, seed=seed)
    else:
        draws = grouped_tables(truth, labels, of, draw_groups(of, N_RESAMPLES, resamples))
    drawn = external_from_tables(draws)
    rows = {}
    for name in SHOWN:
        estimate = float(observed[name][0])
        if alone:
            found = index_interval(name, estimate, drawn[name], table, CONFIDENCE)
        else:
            found = centred_interval(estimate, drawn[name], CONFIDENCE)
        rows[name] = {
            "estimate": estimate,
            "low": found.low,
            "high": found.high,
            "p_value": null_test(estimate, shuffled[name]).p_value,
            "cells": float(around[name].mean()),
            "cells_high": float(np.quantile(around[name], CONFIDENCE)),
            "cells_reaching": float((around[name] >= estimate - 1e-12).mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def shuffle(truth: Labels, groups: Labels | None, rng: np.random.Generator) -> Labels:
    """Shuffle labels, those of a group together.

    Parameters
    ----------
    truth : ndarray of shape (n_samples,), int
    groups : ndarray of shape (n_samples,), int, optional
        From 0 on. If most have one label, labels are shuffled among groups, those with several
        divided by label; if not, labels are shuffled within each group.
    rng : Generator

    Returns
    -------
    ndarray of shape (n_samples,), int
    """
    if groups is None:
        return rng.permutation(truth)
    one = groups * (int(truth.max()) + 1) + truth
    _, first, of_one = np.unique(one, return_index=True, return_inverse=True)
    if len(first) < 1.5 * len(np.unique(groups)):
        return rng.permutation(truth[first])[of_one]
    order = np.lexsort((rng.random(len(truth)), groups))
    shuffled = np.empty_like(truth)
    shuffled[np.argsort(groups, kind="stable")] = truth[order]
    return shuffled


def _tables(pairs: list[tuple[Labels, Labels]]) -> Counts:
    rows = 1 + max(int(one.max()) for one, _ in pairs)
    columns = 1 + max(int(other.max()) for _, other in pairs)
    return np.stack([count_pairs(one, other, (rows, columns)) for one, other in pairs])
