"""``features``: from audio, or from the public table, to a feature table."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(no_args_is_help=True)
@click.argument(
    "sources", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="SOURCE..."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="TABLE.csv",
    help="The table to write (from the public table, the study's own unless given). A note of "
    "where it comes from is written beside it, as .json, and for audio a list of the "
    "files that could not be measured, as .failures.csv.",
)
@click.option(
    "--as-published",
    is_flag=True,
    help="Valence from the mean absolute value of the harmonic part, loudness equal to energy.",
)
@click.option(
    "--jobs", type=int, metavar="N", help="Measure in N processes (one a core unless given)."
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Measure on a Dask cluster, such as tcp://host:8786, whose workers see the files under "
    "the same paths.",
)
def features(
    sources: tuple[Path, ...],
    output: Path | None,
    as_published: bool,
    jobs: int | None,
    scheduler: str | None,
) -> None:
    """Compute a feature table from audio, or from the public 30-second table.

    A SOURCE is a folder of audio, one folder a genre or flat; a file of audio; a list of them, one
    path a line (.txt); or the public table (.csv).

    \b
    five-features features music/ -o table.csv
    five-features features features_30_sec.csv -o table.csv
    """  # noqa: D301
    from analysis.config import load_config
    from analysis.sound.command import features as make, is_public_table
    from analysis.study.result import ROOT

    if output is None and is_public_table(sources):
        output = ROOT / load_config(ROOT / "study.toml").data_file
    click.echo(make(sources, output, as_published=as_published, jobs=jobs, scheduler=scheduler))
