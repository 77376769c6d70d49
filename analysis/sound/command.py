"""The command ``features``: from audio, or from the public table, to a feature table."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from analysis.errors import DatasetError, SoundError


@dataclasses.dataclass(frozen=True)
class MadeTable:
    """A feature table that was made.

    Attributes
    ----------
    file : str
    songs, genres : int
    failed : int
        Files that could not be measured.
    failures : str or None
        The file that says why.
    """

    file: str
    songs: int
    genres: int
    failed: int = 0
    failures: str | None = None


def features(
    sources: Sequence[Path],
    output: Path | None,
    *,
    as_published: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
) -> MadeTable:
    """Make a feature table, and return what was made.

    Parameters
    ----------
    sources : sequence of Path
        The public table alone (a ``.csv`` file), or folders, lists and files of audio.
    output : Path, optional
        The table to write.
    as_published : bool
        The features as the source notebooks have them; from audio only.
    jobs : int, optional
        Processes that measure; as many as there are cores unless given.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers then measure.

    Returns
    -------
    MadeTable

    Raises
    ------
    DatasetError, SoundError
        If the sources, or what is asked of them, cannot be used.
    """
    if output is None:
        raise SoundError("--output should name the table to write, such as table.csv.")
    if is_public_table(sources):
        return _from_public_table(sources, output, as_published)
    if jobs is not None and jobs < 1:
        raise SoundError(f"--jobs is {jobs}; it should be at least 1.")
    from analysis.sound.table import failures_of, make_table
    from analysis.sound.workers import on_cluster, on_this_machine

    def work(paths: Sequence[str]) -> Iterator[tuple[int, dict[str, float] | str]]:
        if scheduler is not None:
            whole = [str(Path(path).absolute()) for path in paths]
            return on_cluster(whole, scheduler)
        return on_this_machine(paths, jobs or os.cpu_count() or 1)

    made = make_table(sources, output, work=work, as_published=as_published, watch=_watch)
    failures = failures_of(output).name if made.failures else None
    n_genres = made.table["genre"].nunique()
    return MadeTable(output.name, len(made.table), n_genres, len(made.failures), failures)


def is_public_table(sources: Sequence[Path]) -> bool:
    """Whether the public table, a ``.csv`` file, is among the sources."""
    return any(source.suffix.lower() == ".csv" and not source.is_dir() for source in sources)


def _from_public_table(sources: Sequence[Path], output: Path, as_published: bool) -> MadeTable:
    from analysis.songs.features import make_table

    if len(sources) > 1:
        raise DatasetError("the public table (.csv) should be the only source.")
    if as_published:
        raise DatasetError(
            f"{sources[0].name}: the public table does not hold the mean absolute value of the "
            "harmonic part, which --as-published needs; the source should be audio."
        )
    table = make_table(sources[0], output)
    return MadeTable(output.name, len(table), table["genre"].nunique())


def _watch(
    done: Iterable[tuple[int, dict[str, float] | str]], total: int, before: int
) -> Iterable[tuple[int, dict[str, float] | str]]:
    from tqdm import tqdm

    seen = sys.stderr.isatty()
    shown: Iterable[tuple[int, dict[str, float] | str]] = tqdm(
        done,
        total=total,
        initial=before,
        unit=" files",
        file=sys.stderr,
        mininterval=0.1 if seen else 30,
        ascii=None if seen else True,
        disable=total == before,
    )
    return shown
