"""Which files a source names, and under which track and genre each goes into the table."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from analysis.errors import SoundError
from analysis.songs.table import FORMULA_SIGNS, track_name

NO_GENRE = "unknown"
"""The genre of a file that lies in no folder of its own."""

_TAG = re.compile(r"<[a-zA-Z/!?]")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A file that a source names.

    Attributes
    ----------
    path : Path
        Where it is.
    name : str
        Its path below the source, or as the list or the caller wrote it.
    track, genre : str
        What the table calls it.
    refused : str
        Why it is not to be opened; empty if it may be.
    """

    path: Path
    name: str
    track: str
    genre: str
    refused: str


def find(sources: Sequence[Path], leave_out: Collection[Path] = ()) -> list[Entry]:
    """Return every file that the sources name, once, in the order of their names' bytes.

    Parameters
    ----------
    sources : sequence of Path
        Each a folder (all files in it and below count, and the folder that a file is in is its
        genre), a ``.txt`` file with one path a line (or between NULs), relative to where it
        stands, or a file of audio.
    leave_out : collection of Path
        Files that do not count: what is written into a source.

    Returns
    -------
    list of Entry
        A file is called by its name without the ending; where several would be called the same,
        by their paths.

    Raises
    ------
    SoundError
        If a source is missing, cannot be read or names no file.
    """
    found: dict[str, tuple[Path, str]] = {}
    out = {path.resolve() for path in leave_out}
    for source in sources:
        start = len(found)
        for name, path, refused in _files(source, alone=len(sources) == 1):
            if refused or path.resolve() not in out:
                found.setdefault(name, (path, refused))
        if len(found) == start and not source.is_file():
            raise SoundError(f"{printable(source.name)} holds no files; it should hold audio.")
    names = sorted(found, key=os.fsencode)
    tracks = _tracks(names)
    entries = []
    for name in names:
        path, refused = found[name]
        folder = Path(name).parent.name
        genre = folder if folder not in ("", "..") else NO_GENRE
        refused = refused or _against(tracks[name], genre, Path(name).name)
        entries.append(Entry(path, name, tracks[name], genre.strip(), refused))
    return entries


def printable(name: str) -> str:
    r"""Return a file's name so that it fits one line and no spreadsheet runs it.

    Backslashes are doubled; what is not printable is ``\n``, ``\x1b`` or ``\xff``, the latter also
    for bytes that are not UTF-8.
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace") if not _is_utf8(name) else name
    if text is name:
        text = text.replace("\\", "\\\\")
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"./{text}" if text.startswith(FORMULA_SIGNS) else text


def _files(source: Path, *, alone: bool) -> Iterator[tuple[str, Path, str]]:
    """Yield name, path and reason to refuse of each file of a source."""
    if source.is_dir():
        for path, refused in _below(source):
            yield str(path.relative_to(source) if alone else path), path, refused
    elif not source.exists():
        raise SoundError(
            f"{printable(str(source))} is missing; it should be a folder of audio, a list of "
            "files (.txt), a file of audio, or the public table (.csv)."
        )
    elif source.suffix.lower() == ".txt":
        for name in _listed(source):
            path = source.parent / name
            up = "its path leads up with .. ; it should lead down" if ".." in path.parts else ""
            yield name, path, up or _against_kind(path)
    else:
        yield str(source), source, _against_kind(source)


def _below(folder: Path) -> Iterator[tuple[Path, str]]:
    problems: list[OSError] = []
    for where, folders, names in os.walk(folder, onerror=problems.append):
        links = [name for name in folders if Path(where, name).is_symlink()]
        for name in links:
            yield Path(where, name), "it is a link to a folder, and these are not followed"
        for name in names:
            yield Path(where, name), _against_kind(Path(where, name))
    for problem in problems:
        yield Path(problem.filename), f"the folder cannot be read ({problem.strerror})"


def _listed(source: Path) -> list[str]:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise SoundError(f"{printable(source.name)} cannot be read ({error.strerror}).") from error
    lines = content.split(b"\0") if b"\0" in content else content.splitlines()
    names = [os.fsdecode(line) for line in lines if line.strip()]
    if not names:
        raise SoundError(f"{printable(source.name)} lists no files; it should have one a line.")
    return names


def _against_kind(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    if stat.S_ISDIR(mode):
        return "it is a folder"
    return "" if stat.S_ISREG(mode) else "it is no file but a device, a pipe or a socket"


def _against(track: str, genre: str, name: str) -> str:
    """Return why a file of this name cannot go into a table."""
    for text, what in ((name, "its name"), (genre, "its folder's name")):
        if not _is_utf8(text):
            return f"{what} is not UTF-8"
        if not text.isprintable():
            return f"{what} holds a control character"
        if _TAG.search(text):
            return f"{what} holds what browsers take for HTML"
        if "\\" in text:
            return f"{what} holds a backslash"
        if text.strip().startswith(FORMULA_SIGNS):
            signs = f"{', '.join(FORMULA_SIGNS[:-1])} or {FORMULA_SIGNS[-1]}"
            return f"{what} begins with {signs}, which spreadsheets take for a formula"
    if not track or not genre.strip():
        return "its name is nothing but an ending or spaces"
    return ""


def _tracks(names: Sequence[str]) -> dict[str, str]:
    """Return a track for each file: its name without ending, or with folders, or all of it."""

    def called(name: str, level: int) -> str:
        if level == 0:
            return track_name(name)
        parent = Path(name).parent
        return (parent / track_name(name)).as_posix() if level == 1 else Path(name).as_posix()

    levels = dict.fromkeys(names, 0)
    while True:
        tracks = {name: called(name, level) for name, level in levels.items()}
        counts = Counter(tracks.values())
        again = [name for name in names if counts[tracks[name]] > 1 and levels[name] < 2]
        if not again:
            return tracks
        levels |= {name: levels[name] + 1 for name in again}


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
