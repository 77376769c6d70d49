"""Tables of the clips that the study makes itself."""

from __future__ import annotations

from analysis.findings.kmeans.own_music import OwnMusic
from analysis.numbers import number, percent
from analysis.show.tables.markdown import Table, code, escape
from analysis.songs.table import FEATURES


def features(found: OwnMusic) -> Table:
    """Show the feature table of the clips."""
    return Table(
        ("Track", "Genre", *(feature.axis_label for feature in FEATURES)),
        tuple(
            (
                escape(row["track"]),
                escape(row["genre"]),
                *(number(float(row[f.name]), min(f.digits, 2)) for f in FEATURES),
            )
            for _, row in found.table.iterrows()
        ),
        n_text_columns=2,
    )


def failures(found: OwnMusic) -> Table:
    """Show which files have no row, and why."""
    return Table(
        ("File", "Reason"),
        tuple((code(file), escape(reason)) for file, reason in found.failures.items()),
        n_text_columns=2,
    )


def places(found: OwnMusic) -> Table:
    """Show the cluster of each clip, and how well it sits there."""
    return Table(
        ("Track", "Cluster", "Distance", "Songs farther out", "Outside the songs' range"),
        tuple(
            (
                escape(str(track)),
                number(int(row["cluster"])),
                number(float(row["distance"]), 2),
                percent(float(row["farther"])),
                ", ".join(row["outside"]) or "nowhere",
            )
            for track, row in found.places.iterrows()
        ),
    )
