"""Tables of K-Means: the objective, the descent, stopping, starts, and agreement."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.findings.kmeans.run import LloydAgreement, LloydTrace, Objective, Stopping
from analysis.findings.kmeans.starts import NEAR, Starts
from analysis.numbers import number, percent, small
from analysis.show.names import way_to_start
from analysis.show.tables.markdown import Table, escape

MOST_ROUNDS = 10
"""A longer run is shown by its first and last rounds."""


def objective(objective: Objective) -> Table:
    """Show J computed in three ways."""
    ways = (
        ("From distances to the means", number(objective.n_terms), objective.definition),
        ("From distances between songs", number(objective.n_pairs), objective.pairwise),
        ("Total less between", "–", objective.remainder),
    )
    return Table(
        ("Way", "Squared distances", "J", "Differs from the first by"),
        tuple(
            (way, terms, number(value, 6), small(abs(value - objective.definition)))
            for way, terms, value in ways
        ),
    )


def lloyd_trace(trace: LloydTrace) -> Table:
    """Show each round of a run."""
    half = MOST_ROUNDS // 2
    rows = [
        (
            str(i + 1),
            number(float(trace.inertia_assigned[i]), 2),
            number(float(trace.inertia_updated[i]), 2),
            number(int(trace.labels_changed[i])),
            number(float(trace.center_shift[i]), 4),
        )
        for i in range(trace.n_iter)
    ]
    if len(rows) > MOST_ROUNDS:
        rows = [*rows[:half], ("…", "", "", "", ""), *rows[-half:]]
    header = (
        "Round",
        "J after assignment",
        "J after update",
        "Songs moved",
        "Shift of the centres",
    )
    return Table(header, tuple(rows), n_text_columns=0)


def stopping(stopping: Stopping) -> Table:
    """Show when each rule stops, and what it leaves undone."""
    names = {
        "objective": "J falls by less than ε = {}",
        "centres": "squared shift at most {}",
        "nothing": "nothing changes",
    }
    return Table(
        ("Rule", "Last round", "J above its end", "Moves left"),
        tuple(
            (
                names[rule.rule].format(_threshold(rule.threshold)),
                number(int(rule.round)) if rule.reached else f"{number(int(rule.round))} (limit)",
                percent(rule.excess, 2),
                number(int(rule.moves_left)),
            )
            for rule in _rows(stopping.rules)
        ),
    )


def starts(starts: Starts) -> Table:
    """Show what the ways to begin come to."""
    header = (
        "Start",
        "J at the start",
        "Best end",
        "Median end",
        "Worst end",
        f"Within {percent(NEAR)} of the best",
        f"Best of {starts.n_init}",
        "Rounds",
    )
    rows = []
    for init in starts.inits:
        stat = starts.of(init)
        rows.append(
            (
                way_to_start(init),
                number(stat.inertia_start, 0),
                number(stat.best, 1),
                number(stat.median, 1),
                number(stat.worst, 1),
                percent(stat.near_share),
                number(stat.best_of_n, 1),
                f"{number(stat.fewest_rounds, 0)} to {number(stat.most_rounds, 0)}",
            )
        )
    return Table(header, tuple(rows))


def agreement(agreement: LloydAgreement) -> Table:
    """Show how far our implementation and scikit-learn's are apart."""
    return Table(
        (
            "Start",
            "Fits",
            "Same rounds",
            "Labels that differ",
            "Centres differ by",
            "J differs by",
        ),
        tuple(
            (
                escape(row.start),
                number(int(row.n_fits)),
                number(int(row.same_rounds)),
                number(int(row.labels_differing)),
                small(row.center_difference),
                small(row.inertia_difference),
            )
            for row in _rows(agreement.frame)
        ),
    )


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    return frame.itertuples(index=False)


def _threshold(value: float) -> str:
    return "" if math.isnan(value) else small(value) if value < 1e-3 else f"{value:g}"
