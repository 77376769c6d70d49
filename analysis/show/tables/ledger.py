"""Tables of the ledger: what was measured of each claim, and how it was judged.

And what the source published beside what we get.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from analysis.claims.ledger import CLAIMS, Claim, Finding, Judged, Ledger, Verdict
from analysis.claims.published import PUBLISHED, Reconstruction
from analysis.numbers import number, percent
from analysis.show.names import score
from analysis.show.tables.markdown import Table, escape


def ledger(entries: Iterable[Judged]) -> Table:
    """Show claims, where they are made and shown, and what was found on both feature sets."""
    return Table(
        ("Claim", "Our features", "As published"),
        tuple(
            (
                f"{escape(entry.claim.words)} {_source(entry.claim)}, @{entry.claim.section}",
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


def hanging(ledger: Ledger) -> Table:
    """Show what verdicts hang on besides the songs."""
    return Table(
        ("Claim", "Our features", "As published"),
        tuple(
            (
                escape(entry.claim.words),
                escape(entry.ours.hangs_on) or "–",
                "the same"
                if entry.as_published.hangs_on == entry.ours.hangs_on
                else escape(entry.as_published.hangs_on) or "–",
            )
            for entry in ledger.hanging
        ),
        n_text_columns=3,
        widths=(8, 10, 10),
    )


def published(found: Reconstruction) -> Table:
    """Show what the source published beside our reconstruction of it."""
    theirs, ours = PUBLISHED, found.metrics
    rows: list[tuple[str, ...]] = [
        ("Songs", number(theirs.n_songs), number(ours.n_songs), "–"),
        ("Variance in two dimensions", percent(theirs.plane, 2), percent(ours.plane, 2), "–"),
        ("Variance in three dimensions", percent(theirs.space, 2), percent(ours.space, 2), "–"),
    ]
    for name, of, one in (
        ("K-Means", "kmeans", None),
        ("Mixture", "mixture", found.one_start),
    ):
        for index, digits in (("silhouette", 5), ("davies_bouldin", 5), ("calinski_harabasz", 3)):
            values = (getattr(metrics, of) for metrics in (theirs, ours))
            rows.append(
                (
                    f"{name}: {score(index)}",
                    *(_value(getattr(value, index), digits) for value in values),
                    "–" if one is None else _value(getattr(one, index), digits),
                )
            )
    return Table(("Measure", "Published", "Reconstructed", "From one start"), tuple(rows))


def _value(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else number(value, digits)


def _source(claim: Claim[Any]) -> str:
    return claim.source[0].upper() + claim.source[1:]


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
