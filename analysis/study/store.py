"""Results on disk, in a folder named by a digest of everything they depend on.

The digest covers the sources of this package, the feature table, the parameters, the locked
environment (``requirements.txt``) and the versions that are installed. A change to any of them
names another folder, so that no result can outlive what it was computed from.

Entries are pickles, and loading a pickle can run code. Only files in this folder are loaded: it
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
import platform
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeVar, cast

from analysis.config import Config
from analysis.errors import DatasetError, StoreError

T = TypeVar("T")

LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "kneed", "pandera", "joblib")
"""The libraries that compute results or carry them."""
KEPT_FOLDERS = 8
"""Folders of earlier digests that are kept, so that a change taken back costs nothing."""


def write_atomically(
    path: Path, content: bytes, *, check: Callable[[Path], object] | None = None
) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Its folder is made if need be.
    content : bytes
    check : callable, optional
        Called with the temporary file before it takes the place of `path`; if it raises, `path`
        stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}.{path.name}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
        if check is not None:
            check(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    DatasetError
        If the file cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise DatasetError(
            f"{path.name} is missing in {path.parent.name}/; study.toml should name a file that is "
            "there."
        ) from None
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read ({error.strerror}).") from error


def library_versions() -> dict[str, str]:
    """Return the installed versions of :data:`LIBRARIES`."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


def study_digest(root: Path, config: Config) -> str:
    """Return the digest of everything that results depend on.

    Parameters
    ----------
    root : Path
        The folder of ``study.toml``, ``requirements.txt`` and the feature table.
    config : Config

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    package = Path(__file__).resolve().parents[1]
    lock = root / "requirements.txt"
    parts = {
        "sources": {
            path.relative_to(package).as_posix(): file_digest(path)
            for path in sorted(package.rglob("*.py"))
        },
        "data": file_digest(root / config.data_file),
        "groups": config.groups_file and file_digest(root / config.groups_file),
        "parameters": dataclasses.asdict(config),
        "lock": file_digest(lock) if lock.exists() else None,
        "installed": library_versions(),
        "python": platform.python_version(),
        "machine": f"{sys.platform}-{platform.machine()}",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8")).hexdigest()[:32]


class Store:
    """Results under one digest.

    Parameters
    ----------
    folder : Path
        Holds one folder for each digest.
    digest : str
    """

    def __init__(self, folder: Path, digest: str) -> None:
        self.digest = digest
        self.folder = folder / digest

    def fetch(self, name: str, compute: Callable[[], T]) -> T:
        """Return a kept result, or compute and keep it.

        Processes that ask at the same time for the same result wait for the first of them. An
        entry that cannot be read is computed again.

        Raises
        ------
        StoreError
            If the result cannot be kept.
        """
        path = self.folder / f"{name}.joblib"
        kept, value = _load(path)
        if kept:
            return cast(T, value)
        with self._writing():
            if not self.folder.exists():
                _forget_oldest(self.folder.parent)
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / f"{name}.lock").open("a+b")
        with lock:
            _lock(lock)
            kept, value = _load(path)
            if kept:
                return cast(T, value)
            result = compute()
            with self._writing():
                write_atomically(path, _dump(result))
            return result

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"Results cannot be kept in .cache/study ({error.strerror or error}); "
                "the folder should be writable, with space left on the disk."
            ) from error


def _dump(value: object) -> bytes:
    import joblib

    out = io.BytesIO()
    joblib.dump(value, out)
    content = out.getvalue()
    return hashlib.sha256(content).digest() + content


def _load(path: Path) -> tuple[bool, object]:
    """Return whether there is a sound entry, and its value."""
    import joblib

    try:
        entry = path.read_bytes()
    except OSError:
        return False, None
    digest, content = entry[:32], entry[32:]
    if hashlib.sha256(content).digest() != digest:
        return False, None
    try:
        return True, joblib.load(io.BytesIO(content))
    except Exception:
        return False, None


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
