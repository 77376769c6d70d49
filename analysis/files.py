"""Files written whole or not at all, and their digests."""

from __future__ import annotations

import hashlib
import secrets
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
