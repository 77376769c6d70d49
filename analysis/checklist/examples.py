"""Tables that come with scikit-learn, and made-up rows with a known answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.checklist.audit import Audit, audit

REAL = ("iris", "wine", "breast_cancer", "digits", "diabetes", "linnerud")
"""The tables of scikit-learn; the last two have no labels of groups."""
MADE_UP = ("blobs", "cloud", "skewed cloud", "skewed columns")
"""Four round groups far apart; one normal distribution; one with long tails; and three columns that
have nothing to do with each other: evenly strewn, log-normal and gamma distributed."""
UNLABELLED = ("diabetes", "linnerud")
"""Tables whose target is a number."""


def audit_examples(seed: int) -> dict[str, Audit]:
    """Ask the checklist of every example.

    Parameters
    ----------
    seed : int
        Of the audits; the rows are always the same.

    Returns
    -------
    dict, name -> Audit
    """
    return {name: audit(X, labels, seed=seed) for name, X, labels in examples()}


def examples() -> Iterator[tuple[str, pd.DataFrame, pd.Series | None]]:
    """Yield the name, the numbers and the labels, if there are any, of each table."""
    from sklearn import datasets

    for name in REAL:
        table = getattr(datasets, f"load_{name}")(as_frame=True)
        yield name, table.data, None if name in UNLABELLED else table.target
    blobs, groups = datasets.make_blobs(400, n_features=3, centers=4, random_state=3)
    rng = np.random.default_rng(0)
    cloud = rng.standard_normal((400, 3)) @ rng.standard_normal((3, 3))
    tails = np.exp(cloud / cloud.std(axis=0))
    alone = np.column_stack(
        [rng.uniform(18, 80, 400), rng.lognormal(4, 1.0, 400), rng.gamma(1.5, 20, 400)]
    )
    for name, X in zip(MADE_UP, (blobs, cloud, tails, alone), strict=True):
        columns = [f"x{i + 1}" for i in range(3)]
        yield name, pd.DataFrame(X, columns=columns), pd.Series(groups) if X is blobs else None
