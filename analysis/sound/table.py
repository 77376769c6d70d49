"""A feature table made from files of audio, with a list of those that have none."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from analysis.errors import SoundError
from analysis.files import write_atomically
from analysis.songs.features import to_csv
from analysis.songs.table import COLUMNS, check_rows
from analysis.sound import journal
from analysis.sound.measure import Measures, features_of, measure_file, software
from analysis.sound.sources import Entry, find, printable
from analysis.sound.workers import Outcome

Work = Callable[[Sequence[str]], Iterator[tuple[int, Outcome]]]
"""Who measures: see :mod:`analysis.sound.workers`."""
Watch = Callable[[Iterable[tuple[int, Outcome]], int, int], Iterable[tuple[int, Outcome]]]
"""Passes on what is done, and shows it: of how many, and how many were done before."""


@dataclasses.dataclass(frozen=True)
class SoundTable:
    """What was made of the files.

    Attributes
    ----------
    table : DataFrame
        Songs as rows, with the columns of a feature table.
    failures : dict, name -> reason
        The files without a row. Rows and failures are as many as the files.
    """

    table: pd.DataFrame
    failures: dict[str, str]


def make_table(
    sources: Sequence[Path],
    output: Path,
    *,
    work: Work,
    as_published: bool = False,
    watch: Watch = lambda done, total, before: done,
) -> SoundTable:
    """Write a feature table, its note, and the list of :func:`failures_of` beside it.

    What is measured is kept in a journal until the table is written, so that the same call goes
    on where an earlier one was stopped.

    Parameters
    ----------
    sources : sequence of Path
        See :func:`analysis.sound.sources.find`.
    output : Path
        The table to write, a CSV file.
    work : callable
        Takes paths, and yields the place and the outcome of each.
    as_published : bool
        See :func:`analysis.sound.measure.features_of`.
    watch : callable, optional
        Takes what `work` yields, the number of files and the number of those that an earlier call
        measured; yields the same.

    Returns
    -------
    SoundTable

    Raises
    ------
    SoundError
        If a source cannot be used, nothing can be written, or no file has features.
    """
    if output.suffix != ".csv":
        raise SoundError(f"{printable(output.name)} should be a CSV file, ending in .csv.")
    ours = [output, output.with_suffix(".json"), failures_of(output), journal.path_of(output)]
    entries = find(sources, ours)
    try:
        made = _make(entries, output, work, as_published, watch)
        note = _note(made, output, to_csv(made.table))
        write_atomically(failures_of(output), _failures(made.failures))
        if made.table.empty:
            raise SoundError(
                f"none of {len(entries):,} files has features; {failures_of(output).name} says why."
            )
        write_atomically(output, to_csv(made.table))
        write_atomically(output.with_suffix(".json"), note)
        journal.path_of(output).unlink(missing_ok=True)
    except OSError as error:
        raise SoundError(
            f"{printable(output.name)} cannot be written ({error.strerror})."
        ) from error
    return made


def failures_of(output: Path) -> Path:
    """Return where the list of the files stands that a table has no row for."""
    return output.with_suffix(".failures.csv")


def _make(
    entries: list[Entry], output: Path, work: Work, as_published: bool, watch: Watch
) -> SoundTable:
    made_with = software()
    stamps = {e.name: journal.stamp(e.path) for e in entries if not e.refused}
    kept = {
        name: (stamp, measures)
        for name, (stamp, measures) in journal.read(journal.path_of(output), made_with).items()
        if stamps.get(name) == stamp
    }
    outcomes: dict[str, Outcome] = {e.name: e.refused for e in entries if e.refused}
    outcomes |= {name: measures for name, (_, measures) in kept.items()}
    left = [e for e in entries if e.name not in outcomes]
    with journal.keeping(journal.path_of(output), made_with, kept) as file:
        done = work([str(e.path) for e in left])
        for i, outcome in watch(done, len(entries), len(outcomes)):
            name = left[i].name
            outcomes[name] = outcome
            if isinstance(outcome, dict):
                journal.add(file, name, stamps[name], outcome)
    return _collect(entries, outcomes, output.name, as_published)


def measure_songs(paths: Sequence[Path], *, as_published: bool = False) -> SoundTable:
    """Measure a few files in this process, and write nothing.

    Parameters
    ----------
    paths : sequence of Path
    as_published : bool
        See :func:`analysis.sound.measure.features_of`.

    Returns
    -------
    SoundTable

    Raises
    ------
    SoundError
        If what reads and measures audio is not installed.
    """
    software()
    entries = find(paths)
    outcomes = {e.name: e.refused or measure_file(str(e.path)) for e in entries}
    return _collect(entries, outcomes, "the audio", as_published)


def _collect(
    entries: list[Entry], outcomes: Mapping[str, Outcome], name: str, as_published: bool = False
) -> SoundTable:
    rows: list[tuple[Entry, Measures]] = []
    failures: dict[str, str] = {}
    for e in entries:
        outcome = outcomes[e.name]
        if isinstance(outcome, str):
            failures[e.name] = outcome
        else:
            rows.append((e, outcome))
    table = pd.DataFrame(
        [{"track": e.track, "genre": e.genre, **features_of(m)} for e, m in rows],
        columns=list(COLUMNS),
    ).astype({"track": object, "genre": object})
    if rows:
        check_rows(table, list(range(2, len(rows) + 2)), name)
    if rows and as_published:
        published = [features_of(m, as_published=True) for _, m in rows]
        table = table.assign(**pd.DataFrame(published))
    return SoundTable(table, failures)


def _failures(failures: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "reason"])
    writer.writerows([printable(name), reason] for name, reason in failures.items())
    return out.getvalue().encode("utf-8")


def _note(made: SoundTable, output: Path, content: bytes) -> bytes:
    note = {
        "audio": {
            "files": len(made.table) + len(made.failures),
            "failures": len(made.failures),
            "measured with": software(),
        },
        "table": {
            "name": output.name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "rows": len(made.table),
        },
    }
    return (json.dumps(note, indent=2) + "\n").encode("utf-8")
