"""Tables of the ledger: how many claims hold, what was measured, and how it was judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analysis.claims.ledger import CLAIMS, Claim, Finding, Judged, Ledger, Verdict
from analysis.numbers import number
from analysis.show.tables.markdown import Table, escape


def verdicts(ledger: Ledger) -> Table:
    """Show how many claims have each verdict, on both feature sets."""
    rows = [
        (
            verdict.capitalize(),
            number(ledger.count(verdict)),
            number(ledger.count(verdict, published=True)),
        )
        for verdict in Verdict
    ]
    total = number(ledger.n_claims)
    return Table(("Verdict", "Our features", "As published"), (*rows, ("All", total, total)))


def ledger(entries: Iterable[Judged]) -> Table:
    """Show claims with the section that shows them, and what was found on both feature sets."""
    return Table(
        ("Claim", "Our features", "As published"),
        tuple(
            (
                f"{escape(entry.claim.words)} @{entry.claim.section}",
                _found(entry.ours),
                _found(entry.as_published),
            )
            for entry in entries
        ),
        n_text_columns=3,
        widths=(10, 9, 9),
    )


def rules(notebook: str) -> Table:
    """Show how the claims of a notebook are measured and judged."""
    return Table(
        ("Claim", "Measured by", "Verdict"),
        tuple(
            (escape(claim.words), escape(claim.measured), _rule(claim))
            for claim in CLAIMS
            if claim.notebook == notebook
        ),
        n_text_columns=3,
        widths=(9, 11, 11),
    )


def _rule(claim: Claim[Any]) -> str:
    """Return the conditions of a claim; one that has none cannot be tested."""
    if not claim.holds_if:
        return f"**{Verdict.UNTESTABLE.capitalize()}**"
    part = f"; **in part** if {escape(claim.in_part_if)}" if claim.in_part_if else ""
    return f"**Holds** if {escape(claim.holds_if)}{part}"


def _found(finding: Finding) -> str:
    """Return the verdict, and behind it what it follows from."""
    reason = f", {escape(finding.reason)}" if finding.reason else ""
    said = "" if finding.said == finding.reason else f": {escape(finding.said)}"
    return f"**{finding.verdict.capitalize()}**{reason}{said}"
