"""Tables of the principal components: how far axes turn, and how groups look in views."""

from __future__ import annotations

from analysis.findings.comparison.principal_axes import Components, Hidden
from analysis.numbers import number, percent
from analysis.show.names import grouping
from analysis.show.sentences import interval
from analysis.show.tables.markdown import Table


def pca_turns(components: Components) -> Table:
    """Show how far each axis, and the space of the first axes, turns when songs are resampled."""
    rows = [
        (
            f"Axis {axis}",
            number(turn["gap"]),
            f"{number(turn['median'], 1)}°",
            f"{number(turn['high'], 1)}°",
            percent(turn["swapped"], 1),
        )
        for axis, (_, turn) in enumerate(components.turns.iterrows(), start=1)
    ]
    rows += [
        (
            f"Axes 1 to {axes}",
            "",
            f"{number(turn['median'], 1)}°",
            f"{number(turn['high'], 1)}°",
            "",
        )
        for axes, (_, turn) in enumerate(components.plane_turns.iterrows(), start=1)
        if axes > 1
    ]
    high = f"Turn, {percent(components.confidence)} below"
    return Table(("Axes", "Gap", "Turn, median", high, "Another is nearer"), tuple(rows))


def pca_groups(hidden: Hidden) -> Table:
    """Show how well groups are told apart in the views along the first axes."""
    return Table(
        ("Groups", "Axes seen", "Mean silhouette", "Nearest song in the same group"),
        tuple(
            (
                grouping(group.name),
                number(axes),
                interval(group.silhouettes[axes], 3),
                percent(group.same[axes], 1),
            )
            for group in hidden.groups
            for axes in hidden.dimensions
        ),
    )
