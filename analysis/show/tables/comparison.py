"""Tables of the two methods side by side."""

from __future__ import annotations

from analysis.findings.comparison.agreement import Comparison
from analysis.findings.comparison.borders import Borders
from analysis.findings.comparison.seed_pairs import SeedPairs
from analysis.methods.resampling import Interval
from analysis.numbers import number, percent
from analysis.show.names import agreement
from analysis.show.sentences import interval, spread
from analysis.show.tables.markdown import Table, escape, unbroken

_RUNS = {
    "kmeans single": "Two seeds of K-Means, one start",
    "kmeans full": "Two seeds of K-Means, the study's starts",
    "mixture single": "Two seeds of the mixture, one start",
    "mixture full": "Two seeds of the mixture, the study's starts",
    "between single": "K-Means and the mixture, one start",
    "between full": "K-Means and the mixture, the study's starts",
    "same single": "Both from one seed, one start",
    "same full": "Both from one seed, the study's starts",
}


def partners(comparison: Comparison, borders: Borders) -> Table:
    """Show which component goes with which cluster, and what they have in common."""
    return Table(
        ("Cluster", "What K-Means finds there", "Component", "Songs in common", "Of all in either"),
        tuple(
            (
                str(cluster),
                borders.names[cluster],
                str(component),
                number(int(comparison.table.loc[cluster, component])),  # type: ignore[arg-type]
                percent(comparison.overlap(cluster)),
            )
            for cluster, component in comparison.partner.items()
        ),
        n_text_columns=2,
    )


def method_agreement(comparison: Comparison) -> Table:
    """Show how far the methods agree, with intervals and what shuffled labels reach."""
    return Table(
        ("Index", "K-Means and the mixture", "Shuffled: mean", "Range", "p"),
        tuple(
            (
                agreement(name),
                unbroken(interval(comparison.index(name), 3)),
                number(null.mean, 3),
                unbroken(f"{number(null.low, 3)} to {number(null.high, 3)}"),
                number(null.p_value, 3),
            )
            for name, null in comparison.nulls.items()
        ),
    )


def run_agreement(yardstick: SeedPairs) -> Table:
    """Show how alike two runs are, of one method and of both."""
    return Table(
        ("Two runs", "Pairs", "Raw agreement", "After matching", "Adjusted Rand", "VI"),
        tuple(
            (
                _RUNS[kind],
                number(yardstick.n_pairs(kind)),
                *(
                    unbroken(spread(yardstick.of(kind, index)))
                    for index in ("raw", "matched", "ari", "vi")
                ),
            )
            for kind in _RUNS
        ),
    )


def agreement_by_genre(comparison: Comparison) -> Table:
    """Show on how many songs of each genre the methods agree, the fewest first."""
    return Table(
        ("Genre", "Songs", "Both agree", "Share, with interval"),
        tuple(
            (
                escape(genre),
                number(row.n),
                number(row.n_agreeing),
                _share(row.share),
            )
            for genre, row in comparison.by_genre.items()
        ),
    )


def songs_apart(borders: Borders) -> Table:
    """Show the songs on which the methods disagree most firmly."""
    return Table(
        ("Song", "Genre", "Cluster", "Component", "Margin, K-Means", "Margin, mixture", "Firmness"),
        tuple(
            (
                escape(row["track"]),
                escape(row["genre"]),
                str(row["cluster"]),
                str(row["component"]),
                number(row["kmeans_margin"]),
                number(row["mixture_margin"]),
                number(row["firmness"]),
            )
            for _, row in borders.firmest().iterrows()
        ),
        n_text_columns=2,
    )


def songs_between_clusters(borders: Borders) -> Table:
    """Show the songs nearest to the border between two clusters of K-Means."""
    return Table(
        ("Song", "Genre", "Cluster", "Next", "Margin"),
        tuple(
            (
                escape(row["track"]),
                escape(row["genre"]),
                *(str(row[label]) for label in ("cluster", "second_cluster")),
                number(row["kmeans_margin"], 4),
            )
            for _, row in borders.closest("kmeans").iterrows()
        ),
        n_text_columns=2,
    )


def _share(value: Interval) -> str:
    ends = f"({percent(value.low)} to {percent(value.high)})"
    return unbroken(f"{percent(value.estimate)} {ends}")
