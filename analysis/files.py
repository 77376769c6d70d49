"""Files written whole or not at all, and their digests."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from analysis.errors import DatasetError


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
            f"{path.name} is missing in {path.parent.name}/; study.toml names it as data_file."
        ) from None
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read ({error.strerror}).") from error


def cache_folder(root: Path) -> Path:
    """Return where the project in ``root`` keeps what need not be made again.

    The environment variable ``BOOK_CACHE`` names another place than ``.cache``.
    """
    return Path(os.environ.get("BOOK_CACHE") or root / ".cache")


def copy_kept_folder(
    place: Path, digest: str, make: Callable[[Path], object], target: Path
) -> None:
    """Copy a folder of files that is kept; it is made if it is not there, for what was kept before.

    Parameters
    ----------
    place : Path
        Holds the one folder that is kept, and nothing else.
    digest : str
        Of all that the files are made from.
    make : callable
        Given the path of a folder that is not there yet, it writes the files into it; if it
        raises, nothing is kept or copied.
    target : Path
        The copy takes its place.
    """
    kept = place / digest
    if not kept.is_dir():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=place) as beside:
            make(Path(beside) / "made")
            (Path(beside) / "made").rename(kept)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(kept, target)
