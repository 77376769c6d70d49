"""``audit``: the checklist, asked of any table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.cli.output import as_json, say

if TYPE_CHECKING:
    from analysis.checklist.audit import Audit
    from analysis.checklist.table import AnyTable
    from analysis.show.verdicts import CheckVerdict

COLOURS = {"fine": "green", "look": "yellow", "against": "red"}
"""How a terminal shows a verdict; where there is no terminal there is no colour."""


@click.command()
@click.argument("table", type=click.Path(path_type=Path), metavar="TABLE")
@click.option("--label", metavar="COLUMN", help="What the groups might be; looked at afterwards.")
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Rows with one value here belong together and stay so; it may stand in another file, "
    "FILE.csv:COLUMN, that shares one column with the table.",
)
@click.option(
    "--columns",
    metavar="COLUMN,…",
    help="The columns to look at; by default all that hold numbers, but for ids.",
)
@click.option("--k", type=int, metavar="K", help="The number of groups to test.")
@click.option(
    "--k-max", type=int, default=10, show_default=True, help="The largest number that is tried."
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="PAGE.html",
    help="Write one page with the figures too, that can be passed on.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=42, show_default=True, help="Of every draw."
)
@as_json
def audit(
    table: Path,
    label: str | None,
    groups: str | None,
    columns: str | None,
    k: int | None,
    k_max: int,
    html: Path | None,
    seed: int,
    json_: bool,
) -> None:
    """Ask any table of numbers what to know before you believe a clustering.

    TABLE is a CSV file with a header, or a Parquet file (with duckdb installed). Only columns of
    numbers are clustered: for categories, and for yes and no, K-Means is not the method. With many
    rows, what needs all pairs is asked of a sample, and each answer says of how many rows it is.

    \b
    five-features audit songs.csv --label genre --groups artist --html songs.html
    five-features audit songs.csv --label genre --groups artists.csv:artist
    five-features audit songs.csv --columns tempo,energy --k 4 --json
    """  # noqa: D301
    from analysis import audit as audited
    from analysis.checklist.table import read_table
    from analysis.show.verdicts import overall, shown, verdicts

    given = read_table(
        table,
        columns=[name.strip() for name in columns.split(",")] if columns else (),
        label=label,
        groups=groups,
    )
    found = audited(given.numbers, given.labels, given.groups, k=k, k_max=k_max, seed=seed)
    said = verdicts(found)
    if html is not None:
        from analysis.errors import AnalysisError
        from analysis.files import write_atomically
        from analysis.show.audit_page import page

        try:
            write_atomically(html, page(table.name, given.left_out, found).encode("utf-8"))
        except OSError as error:
            raise AnalysisError(f"{html} cannot be written ({error.strerror or error}).") from error
    lines = [_of_what(shown(table.name), given, found), "", overall(said), ""]
    text = "\n".join([*lines, *(_line(verdict) for verdict in said)])
    if html is not None:
        text += f"\n\n{html}: the same with figures"
    say(text, _values(table.name, given, found, said) if json_ else None, json_)


def _of_what(name: str, given: AnyTable, found: Audit) -> str:
    from analysis.show.verdicts import about

    return f"{name}: {about(found, given.left_out)}"


def _line(verdict: CheckVerdict) -> str:
    import textwrap

    from analysis.show.verdicts import LEVELS, where

    level = click.style(f"{LEVELS[verdict.level]:<14}", fg=COLOURS[verdict.level])
    indent = " " * 16
    text = textwrap.fill(
        verdict.says, 100, initial_indent=indent, subsequent_indent=indent, break_long_words=False
    )
    more = click.style(f"{indent}See {where(verdict)}", dim=True)
    return f"{level}  {click.style(verdict.check, bold=True)}\n{text}\n{more}\n"


def _values(
    name: str, given: AnyTable, found: Audit, said: tuple[CheckVerdict, ...]
) -> dict[str, object]:
    import dataclasses

    from analysis.show.verdicts import address, overall

    copies = dataclasses.asdict(found.copies)
    for key in ("pairs", "near_pairs"):
        copies[key] = [[row + 1 for row in pair] for pair in copies[key]]
    far = found.far.rows
    picks = found.criteria.picks
    return {
        "table": name,
        "rows": found.n_rows,
        "complete": found.n_complete,
        "sampled": found.n_sampled,
        "left_out": given.left_out,
        "seed": found.seed,
        "overall": overall(said),
        "verdicts": [
            dataclasses.asdict(verdict) | {"address": address(verdict)} for verdict in said
        ],
        "columns": found.columns.to_dict("index"),
        "copies": copies,
        "far": {
            "share": found.far.share,
            "rows": far.assign(row=far.index + 1).to_dict("records"),
        },
        "k": found.k,
        "k_from": found.k_from,
        "ways": found.ways.to_dict("index"),
        "criteria": {
            "rows": found.criteria.n_rows,
            "picks": picks["pick"].astype(object).where(picks["pick"].notna(), None).to_dict(),
            "silhouette": found.criteria.normal.observed,
            "silhouettes_without_groups": {
                "normal": found.criteria.normal.draws.tolist(),
                "hill": found.criteria.hill.draws.tolist(),
            },
        },
        "by_seed": found.steadiness.by_seed,
        "by_rows": found.steadiness.by_rows,
        "clusters": found.steadiness.clusters.to_dict("index"),
        "pinned": None if found.pinned is None else [str(one) for one in found.pinned],
        "agreement": None if found.agreement is None else found.agreement.to_dict("index"),
    }
