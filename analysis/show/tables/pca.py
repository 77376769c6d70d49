"""Tables of the principal components: shares, loadings, turns, and what is hidden."""

from __future__ import annotations

from analysis.findings.comparison.principal_axes import Components, Hidden
from analysis.methods.resampling import Interval
from analysis.numbers import number, percent
from analysis.show.names import grouping
from analysis.show.sentences import interval, share_interval
from analysis.show.tables.markdown import Table

SHOWN_AXES = 3
"""So many axes at most have their loadings listed with intervals."""


def pca_shares(components: Components) -> Table:
    """Show the share of the variance along each axis, and the running sum, with intervals."""
    rows = zip(components.shares, components.cumulative, strict=True)
    return Table(
        ("Axis", "Share of the variance", "Running sum"),
        tuple(
            (str(axis), share_interval(share, 1), share_interval(sum_, 1))
            for axis, (share, sum_) in enumerate(rows, start=1)
        ),
    )


def pca_loadings(components: Components) -> Table:
    """Show the loadings on the first axes, with intervals."""
    shown = components.loadings.columns[:SHOWN_AXES]
    frames = [frame[shown] for frame in (components.loadings, components.low, components.high)]
    return Table(
        ("Feature", *(str(axis).capitalize() for axis in shown)),
        tuple(
            (feature.title, *(interval(Interval(*ends)) for ends in zip(*values, strict=True)))
            for feature, *values in zip(
                components.features, *(frame.to_numpy().tolist() for frame in frames), strict=True
            )
        ),
    )


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


def pca_views(hidden: Hidden) -> Table:
    """Show what the views along the first axes keep."""
    return Table(
        (
            "Axes seen",
            "Squared distance",
            f"{hidden.n_neighbours} nearest songs",
            "Nearest song",
        ),
        tuple(
            (
                number(axes),
                percent(row["distance"], 1),
                percent(row["neighbours"], 1),
                percent(row["nearest"], 1),
            )
            for axes, (_, row) in enumerate(hidden.frame.iterrows(), start=1)
        ),
    )


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


def pca_between(components: Components, hidden: Hidden) -> Table:
    """Show which share of the variance along each axis lies between groups."""
    return Table(
        ("Axis", "Share of the variance", *(grouping(group.name) for group in hidden.groups)),
        tuple(
            (
                str(axis),
                percent(share.estimate, 1),
                *(percent(group.between(axis), 1) for group in hidden.groups),
            )
            for axis, share in enumerate(components.shares, start=1)
        ),
    )
