"""The one exception that a reader of the command line sees, and the place it speaks of."""

import errno
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple


class RenderError(Exception):
    """Something in the book stops the render.

    Parameters
    ----------
    message : str
        One sentence: what is wrong and what would be right.
    path : str or Path, optional
        The file at fault, relative to the project.
    line : int, optional
        The line in that file, counted from 1.

    Examples
    --------
    >>> str(RenderError("the label fig-a is used twice", path="report/one.qmd", line=12))
    'report/one.qmd:12: the label fig-a is used twice'
    """

    def __init__(
        self, message: str, *, path: str | Path | None = None, line: int | None = None
    ) -> None:
        super().__init__(message, path, line)
        self.message = message
        self.path = Path(path).as_posix() if isinstance(path, Path) else path
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the keyword arguments too, for errors raised in worker processes."""
        return _rebuild, (self.message, self.path, self.line)

    def __str__(self) -> str:
        """Return the message behind the place it speaks of."""
        if self.path is None:
            return self.message
        if self.line is None:
            return f"{self.path}: {self.message}"
        return f"{self.path}:{self.line}: {self.message}"


def _rebuild(message: str, path: str | None, line: int | None) -> RenderError:
    return RenderError(message, path=path, line=line)


class Place(NamedTuple):
    """A line of a source file, counted from 1; None where no line is known."""

    path: str
    line: int | None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def error(self, message: str) -> RenderError:
        """Make an error that names this place."""
        return RenderError(message, path=self.path, line=self.line)


_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def refused(error: OSError, folders: Iterable[Path]) -> RenderError | None:
    """Say what a person can do about an error of the system; None where it is none of theirs.

    Parameters
    ----------
    error
        The error.
    folders
        Those that were written to, since the system does not say which of them is full.
    """
    if error.errno in _FULL:
        there = [folder for folder in folders if folder.is_dir()]
        full = min(there, key=lambda folder: shutil.disk_usage(folder).free)
        return RenderError(f"there is no room left in {full}; make some, and render again")
    if error.errno in _REFUSED and error.filename is not None:
        return RenderError(
            f"{error.filename} cannot be read or written ({error.strerror}); see to its permissions"
        )
    return None
