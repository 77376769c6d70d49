"""``features``: the feature table."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.cli.output import as_json, say


@click.command(no_args_is_help=False)
@click.argument("source", type=click.Path(path_type=Path), metavar="PUBLIC.csv")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="TABLE.csv",
    help="The table to write (the study's own unless given); a note of where it comes from is "
    "written beside it, as .json.",
)
@as_json
def features(source: Path, output: Path | None, json_: bool) -> None:
    r"""Compute the feature table from the public 30-second table.

    \b
    five-features features features_30_sec.csv -o table.csv
    """
    from analysis.config import load_config
    from analysis.songs.features import make_table
    from analysis.study.result import ROOT

    if output is None:
        output = ROOT / load_config(ROOT / "study.toml").data_file
    table = make_table(source, output)
    n_genres = table["genre"].nunique()
    say(
        f"{output.name}: {len(table):,} songs, {n_genres} genres",
        {"file": output.name, "songs": len(table), "genres": n_genres},
        json_,
    )
