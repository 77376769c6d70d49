"""Tables of what the checklist found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis.numbers import number
from analysis.show.tables.markdown import Table, escape

if TYPE_CHECKING:
    from analysis.checklist.audit import Audit


def all_tables(audits: Mapping[str, Audit]) -> Table:
    """Show each table beside what the checklist found: its size, its verdicts, its groups."""
    from analysis.show.verdicts import verdicts

    rows = []
    for name, audit in audits.items():
        criteria = audit.criteria
        levels = [verdict.level for verdict in verdicts(audit)]
        agreement = None if audit.agreement is None else float(audit.agreement["estimate"]["ari"])
        rows.append(
            (
                escape(name),
                f"{number(audit.n_rows)} × {len(audit.columns)}",
                number(audit.k),
                number(criteria.normal.observed),
                number(float(criteria.normal.draws.max())),
                number(float(criteria.hill.draws.max())),
                number(audit.steadiness.by_seed),
                number(float(audit.steadiness.clusters["jaccard"].min())),
                number(float("nan") if agreement is None else agreement),
                number(levels.count("against")),
            )
        )
    header = (
        *(
            "Table",
            "Rows × columns",
            "k",
            "Silhouette",
            "Normal hill",
            "Own shapes",
            "Seeds",
            "Least Jaccard",
        ),
        *("ARI with labels", "Against"),
    )
    return Table(header, tuple(rows))


def checks(audit: Audit) -> Table:
    """Show every check of one table, with its verdict."""
    from analysis.show.verdicts import LEVELS, verdicts

    rows = [
        (escape(verdict.check), LEVELS[verdict.level], escape(verdict.says))
        for verdict in verdicts(audit)
    ]
    return Table(
        ("Check", "Verdict", "What it found"), tuple(rows), n_text_columns=3, widths=(3, 2, 10)
    )
