"""Tables on the number of clusters: the sweep, and what the criteria ask for."""

from __future__ import annotations

import pandas as pd

from analysis.findings.kmeans.choice import Choice, Picks
from analysis.numbers import number, percent, run_of, some
from analysis.show.names import criterion
from analysis.show.tables.markdown import Table


def sweep(choice: Choice) -> Table:
    """Show WCSS and the internal indices for every k; the study's k is set in bold."""
    rows = []
    for k in choice.table.index:
        row = choice.table.loc[k]
        cells = (
            number(int(k)),
            number(row["inertia"], 1),
            "–" if pd.isna(row["relative_drop"]) else percent(row["relative_drop"], 1),
            number(row["silhouette"], 3),
            number(row["davies_bouldin"], 3),
            number(row["calinski_harabasz"], 1),
        )
        rows.append(tuple(f"**{cell}**" for cell in cells) if k == choice.n_clusters else cells)
    header = ("k", "WCSS", "Relative drop", "Silhouette", "Davies–Bouldin", "Caliński–Harabasz")
    return Table(header, tuple(rows), n_text_columns=0)


def picks(picks: Picks) -> Table:
    """Show the number of clusters that each criterion asks for, on songs and without clusters."""
    return Table(
        ("Criterion", "Songs", "At the end of the range", "Data without clusters"),
        tuple(
            (
                criterion(pick.criterion),
                "open" if pick.is_open else some([pick.songs]),
                _yes(pick.at_edge),
                run_of(pick.null) if pick.null else "–",
            )
            for pick in picks.picks
        ),
    )


def _yes(value: object) -> str:
    return "yes" if value else "no"
