"""``assign``: where a song belongs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.cli.output import as_json, say

if TYPE_CHECKING:
    from analysis.findings.comparison.placement import Placement
    from analysis.songs.table import Dataset

LIKELY = 0.01
"""Components with a smaller probability are not listed."""


@click.command()
@click.argument("songs", nargs=-1, metavar="[SONG…]")
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    metavar="TABLE.csv",
    help="A feature table to look the songs up in, the study's own unless given; without songs, "
    "all of it.",
)
@as_json
def assign(songs: tuple[str, ...], table: Path | None, json_: bool) -> None:
    """Say where songs belong: their cluster, their components, the nearest songs.

    SONG is a track of the study, or of the table that is given.

    \b
    five-features assign rock.00012 jazz.00054
    five-features assign --table mine.csv --json
    """  # noqa: D301
    from analysis.book import study
    from analysis.errors import AnalysisError
    from analysis.findings.comparison.placement import place
    from analysis.songs.table import load_songs

    if not songs and table is None:
        raise click.UsageError("Name a song, or a table with --table.")
    dataset = study.dataset
    given = dataset
    if table is not None:
        given = load_songs(
            table,
            feature_set=study.config.feature_set,
            feature_names=study.config.features,
            name=table.name,
        )
    chosen = songs or given.tracks
    at = {track: i for i, track in enumerate(given.tracks)}
    unknown = [song for song in chosen if song not in at]
    if unknown:
        where = table.name if table is not None else "the study's table"
        raise AnalysisError("\n".join(_unknown(song, where, given) for song in unknown))
    rows = given.frame.iloc[[at[song] for song in chosen]].reset_index(drop=True)
    placed = place(
        dataclasses.replace(given, frame=rows),
        dataset,
        study.kmeans_estimator,
        study.mixture_estimator,
    )
    text = "\n\n".join(_text(one, study.config.n_clusters) for one in placed)
    say(text, [dataclasses.asdict(one) for one in placed], json_)


def _unknown(song: str, where: str, given: Dataset) -> str:
    import difflib

    from analysis.songs.csvfile import shorten

    close = difflib.get_close_matches(song, given.tracks, n=1)
    like = f"such as {close[0] if close else given.tracks[0]}"
    if Path(song).is_file():
        like += (
            "; make a table of audio files with `five-features features`, and give it by --table"
        )
    return f"{shorten(song)} is not in {where}; it should be one of its tracks, {like}."


def _text(one: Placement, n_clusters: int) -> str:
    from analysis.numbers import listed, number, percent

    likely = sorted(enumerate(one.probabilities), key=lambda pair: -pair[1])
    shares = [f"{component} ({percent(p)})" for component, p in likely if p >= LIKELY]
    lines = [
        one.track,
        f"  cluster    {one.cluster} (of 0 to {n_clusters - 1}), {number(one.distance)} standard "
        f"deviations from its centre; {percent(one.farther)} of its songs lie farther",
        f"  components {listed(shares)}; entropy {number(one.entropy)} nats; the mixture finds "
        f"{percent(one.less_likely)} of the study's songs less likely",
        "  nearest    "
        + listed([f"{n.track} ({n.genre}, {number(n.distance)})" for n in one.nearest]),
    ]
    lines += [
        f"  warning    {b.feature} is {b.value:g}, outside the range of the study's songs, "
        f"{b.low:g} to {b.high:g}: nothing was learnt there"
        for b in one.beyond
    ]
    return "\n".join(lines)
