"""The one exception that a reader of the command line sees, and the place it speaks of."""

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
