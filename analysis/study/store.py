"""Results on disk, each with a trace of what it was made from.

The versions of the libraries, of Python and of the machine name a folder. In it each result has a
folder of its own, with an entry for each of the last states of what it depends on: a head that
says what that was, and the value. An entry that is damaged is as good as none.

Values are pickles, and loading a pickle can run code. Only files in this folder are loaded: it
is as trusted as the sources beside it, whoever can write to the one can write to the other. Never
point it at files from elsewhere.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import io
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from analysis.errors import StoreError
from analysis.files import file_digest, write_atomically

LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "kneed", "pandera", "joblib")
"""The libraries that compute results or carry them."""
KEPT_FOLDERS = 8
"""Folders of other software that are kept, so that a change taken back costs nothing."""
KEPT_ENTRIES = 16
"""Entries of one result that are kept, those of both feature sets together, for the same."""
LARGEST_HEAD = 10_000_000
"""Bytes; what claims to be larger is damaged."""


def library_versions() -> dict[str, str]:
    """Return the installed versions of :data:`LIBRARIES`."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


def installed_digest(root: Path) -> str:
    """Return the digest of the software that results depend on.

    Parameters
    ----------
    root : Path
        The folder that may have a locked list of libraries, ``requirements.txt``.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    lock = root / "requirements.txt"
    parts = {
        "lock": file_digest(lock) if lock.exists() else None,
        "installed": library_versions(),
        "python": platform.python_version(),
        "machine": f"{sys.platform}-{platform.machine()}",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()[:32]


@dataclasses.dataclass(frozen=True)
class Record:
    """What is known of a kept result without loading it.

    Attributes
    ----------
    code : str
        Digest of the code that computed it.
    reads : dict, name -> digest
        Each parameter, file and other result that the computation read, in that order, with what
        stood there.
    value : str
        Digest of the value.
    classes : tuple of str
        The classes of this package in the value, as "module.name".
    seconds : float
        Processor time that the computation took, without that of what it read.
    """

    code: str
    reads: dict[str, str]
    value: str
    classes: tuple[str, ...]
    seconds: float

    @property
    def key(self) -> str:
        """Tells entries of one result apart by what they depend on."""
        return hashlib.sha256(json.dumps([self.code, self.reads]).encode()).hexdigest()[:32]


class Store:
    """Results that the same software computed.

    Parameters
    ----------
    folder : Path
        Holds one folder for each digest.
    digest : str
    """

    def __init__(self, folder: Path, digest: str) -> None:
        self.digest = digest
        self.folder = folder / digest

    def entries(self, name: str) -> Iterator[Record]:
        """Yield the sound heads of the entries of a result, the one used last first."""
        for path in self._paths(name):
            head = _read_head(path)
            if head is not None:
                yield head[0]

    def load(self, name: str, entry: Record) -> tuple[bool, object]:
        """Return whether the value of an entry is there and sound, and the value."""
        path = self._path(name, entry)
        head = _read_head(path)
        if head is None or head[0].value != entry.value:
            return False, None
        try:
            content = path.read_bytes()[head[1] :]
        except OSError:
            return False, None
        if hashlib.sha256(content[32:]).digest() != content[:32]:
            return False, None
        try:
            return True, undump(content[32:])
        except Exception:
            return False, None

    def touch(self, name: str, entry: Record) -> None:
        """Note that an entry is in use."""
        with contextlib.suppress(OSError):
            os.utime(self._path(name, entry))

    def keep(self, name: str, entry: Record, content: bytes) -> None:
        """Keep a result, and forget what was used longest ago.

        Parameters
        ----------
        name : str
        entry : Record
        content : bytes
            Its value, of :func:`dump`.

        Raises
        ------
        StoreError
            If it cannot be kept.
        """
        head = json.dumps(dataclasses.asdict(entry)).encode()
        whole = [_sealed(len(head).to_bytes(8, "big") + head), _sealed(content)]
        with self._writing():
            write_atomically(self._path(name, entry), b"".join(whole))
        for old in self._paths(name)[KEPT_ENTRIES:]:
            with contextlib.suppress(OSError):
                old.unlink()

    @contextlib.contextmanager
    def lock(self, name: str, of: str) -> Iterator[None]:
        """Let one computation of a result run at a time, of all processes.

        Parameters
        ----------
        name : str
        of : str
            Tells studies apart that may compute a result of this name for one another.

        Yields
        ------
        None
            When no one else computes it.

        Raises
        ------
        StoreError
            If the folder cannot be written.
        """
        with self._writing():
            if not self.folder.exists():
                _forget_oldest(self.folder.parent)
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            file = (self.folder / name / f"{of}.lock").open("a+b")
        with file:
            _lock(file)
            yield

    def _path(self, name: str, entry: Record) -> Path:
        return self.folder / name / f"{entry.key}.joblib"

    def _paths(self, name: str) -> list[Path]:
        found: list[tuple[float, Path]] = []
        for path in (self.folder / name).glob("*.joblib"):
            with contextlib.suppress(OSError):
                found.append((path.stat().st_mtime, path))
        return [path for _, path in sorted(found, reverse=True)]

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = self.folder.parent
            shown = ".cache/study" if place.parent.name == ".cache" else str(place)
            raise StoreError(
                f"Results cannot be kept in {shown} ({error.strerror or error}); the folder should "
                "be writable, with space left on the disk, or BOOK_CACHE should name one that is."
            ) from error


def dump(value: object) -> bytes:
    """Return a value as bytes."""
    import joblib

    out = io.BytesIO()
    joblib.dump(value, out)
    return out.getvalue()


def undump(content: bytes) -> object:
    """Return the value of bytes that :func:`dump` made."""
    import joblib

    value: object = joblib.load(io.BytesIO(content))
    return value


def _sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def _read_head(path: Path) -> tuple[Record, int] | None:
    """Return the head of an entry and where it ends; nothing if it is not sound."""
    try:
        with path.open("rb") as file:
            seal, size = file.read(32), file.read(8)
            head = file.read(min(int.from_bytes(size, "big"), LARGEST_HEAD))
        if hashlib.sha256(size + head).digest() != seal:
            return None
        entry = Record(**json.loads(head))
    except (OSError, ValueError, TypeError):
        return None
    return dataclasses.replace(entry, classes=tuple(entry.classes)), 40 + len(head)


def _forget_oldest(folder: Path) -> None:
    """Remove all but the latest folders; one that is in use again is simply filled again."""
    try:
        folders = [entry for entry in folder.iterdir() if entry.is_dir()]
        folders.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
    except OSError:
        return
    for old in folders[KEPT_FOLDERS:]:
        shutil.rmtree(old, ignore_errors=True)


# The system lets go of these locks when the file is closed or the process ends, however it ends.
if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(file: IO[bytes]) -> None:
        while True:
            try:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                time.sleep(0.05)
            else:
                return
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)
