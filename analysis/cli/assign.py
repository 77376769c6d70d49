"""``assign``: where a song belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analysis.cli.output import as_json, say

if TYPE_CHECKING:
    import pandas as pd

    from analysis.findings.comparison.placement import Placement
    from analysis.songs.table import Dataset


@click.command()
@click.argument("songs", nargs=-1, metavar="[SONG…]")
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    metavar="TABLE.csv",
    help="A feature table to look the songs up in, the study's own unless given; without songs, "
    "all of it.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="PAGE.html",
    help="Write one page too that shows the songs among those of the study.",
)
@as_json
def assign(songs: tuple[str, ...], table: Path | None, html: Path | None, json_: bool) -> None:
    """Say where songs belong: their cluster, their components, the nearest songs.

    SONG is a track of the study, or of the table that is given, or a file of audio.

    \b
    five-features assign rock.00012 jazz.00054
    five-features assign mine.mp3 --html mine.html
    five-features assign --table mine.csv --json
    """  # noqa: D301
    import pandas as pd

    from analysis.book import study
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
    where = table.name if table is not None else "the study's table"
    looked_up, measured = _found(songs or given.tracks, given, where)
    frame = pd.concat([looked_up, measured], ignore_index=True)
    chosen = dataclasses.replace(given, frame=frame)
    placed = place(chosen, dataset, study.kmeans_estimator, study.mixture_estimator)
    text = "\n\n".join(_text(one, study.config.n_clusters) for one in placed)
    if html is not None:
        _write_page(html, chosen, placed, n_known=len(looked_up) if table is None else 0)
        text += f"\n\n{html}: the same with a picture"
    say(text, [dataclasses.asdict(one) for one in placed], json_)


def _text(one: Placement, n_clusters: int) -> str:
    from analysis.show.placed import facts

    return "\n".join(
        [one.track, *(f"  {term:<10} {words}" for term, words in facts(one, n_clusters))]
    )


def _found(songs: Sequence[str], given: Dataset, where: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of songs that a table has, and those of files of audio."""
    from analysis.errors import AnalysisError

    at = {track: i for i, track in enumerate(given.tracks)}
    files = [Path(song) for song in songs if song not in at and Path(song).is_file()]
    unknown = [song for song in songs if song not in at and Path(song) not in files]
    problems = [_unknown(song, where, given) for song in unknown]
    measured = given.frame[:0]
    if files:
        from analysis.songs.table import select
        from analysis.sound.sources import printable
        from analysis.sound.table import measure_songs

        made = measure_songs(files, as_published=given.feature_set == "as-published")
        problems += [f"{printable(name)}: {why}." for name, why in made.failures.items()]
        measured = select(made.table, given.feature_set).frame
    if problems:
        raise AnalysisError("\n".join(problems))
    return given.frame.iloc[[at[song] for song in songs if song in at]], measured


def _unknown(song: str, where: str, given: Dataset) -> str:
    import difflib

    from analysis.songs.csvfile import shorten

    close = difflib.get_close_matches(song, given.tracks, n=1)
    like = f"such as {close[0] if close else given.tracks[0]}"
    return (
        f"{shorten(song)} is neither a file nor in {where}; it should be a file of audio, or one "
        f"of the tracks there, {like}."
    )


def _write_page(path: Path, songs: Dataset, placed: Sequence[Placement], n_known: int) -> None:
    """Write the page; the first songs are of the study, the others are put among its songs."""
    from analysis.book import study
    from analysis.errors import AnalysisError
    from analysis.files import write_atomically
    from analysis.findings.comparison.each_song import with_songs

    try:
        from analysis.show.placed import page

        new = dataclasses.replace(songs, frame=songs.frame[n_known:].reset_index(drop=True))
        found = study.each_song
        n_songs = found.n_songs
        if len(new.frame):
            found = with_songs(
                found, new, placed[n_known:], study.dataset, study.kmeans, study.pca_axes
            )
        shown = [one.track for one in placed[:n_known]] + found.songs["track"][n_songs:].tolist()
        text = page(placed, shown, found)
    except ImportError as error:
        raise AnalysisError(
            f"{error.name} is not installed, which draws the picture of --html; "
            "`pip install bokeh` installs it."
        ) from None
    try:
        write_atomically(path, text.encode("utf-8"))
    except OSError as error:
        raise AnalysisError(f"{path} cannot be written ({error.strerror or error}).") from error
