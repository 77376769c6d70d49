"""``features``: from audio, or from the public table, to a feature table."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.cli.output import as_json, say


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
@as_json
def features(
    sources: tuple[Path, ...],
    output: Path | None,
    as_published: bool,
    jobs: int | None,
    scheduler: str | None,
    json_: bool,
) -> None:
    """Compute a feature table from audio, or from the public 30-second table.

    A SOURCE is a folder of audio, one folder a genre or flat; a file of audio; a list of them, one
    path a line (.txt); or the public table (.csv).

    \b
    five-features features music/ -o table.csv
    five-features features features_30_sec.csv -o table.csv
    """  # noqa: D301
    import dataclasses

    from analysis.config import load_config
    from analysis.numbers import count
    from analysis.sound.command import features as make, is_public_table
    from analysis.study.result import ROOT

    if output is None and is_public_table(sources):
        output = ROOT / load_config(ROOT / "study.toml").data_file
    made = make(sources, output, as_published=as_published, jobs=jobs, scheduler=scheduler)
    text = f"{made.file}: {count(made.songs, 'song')}, {count(made.genres, 'genre')}"
    if made.failed:
        of = count(made.songs + made.failed, "file")
        text += f"; {made.failed:,} of {of} could not be measured, {made.failures} says why"
    say(text, dataclasses.asdict(made), json_)
