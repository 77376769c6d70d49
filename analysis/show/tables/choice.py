"""Tables on the number of clusters: the sweep, and what the criteria ask for."""

from __future__ import annotations

import collections

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
        ("Criterion", "Songs", "Samples of the songs", "Data without clusters", "At an end"),
        tuple(
            (
                criterion(pick.criterion),
                "open" if pick.is_open else some([pick.songs]),
                _counted(pick.resampled),
                run_of(pick.null) if pick.null else "–",
                _yes(pick.at_edge),
            )
            for pick in picks.picks
        ),
    )


def _counted(answers: tuple[int, ...]) -> str:
    """Return the answers, the commonest first, each with how often it was given."""
    common = collections.Counter(answers).most_common()
    return (
        ", ".join(f"{number(k)} ({times}×)" if times > 1 else number(k) for k, times in common)
        or "–"
    )


def _yes(value: object) -> str:
    return "yes" if value else "no"
