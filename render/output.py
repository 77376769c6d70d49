"""The folder a render writes to: locked, built beside the old one, exchanged at the end."""

import contextlib
import ctypes
import filecmp
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from render.errors import RenderError

# Marks a folder that may be replaced, since everything in it was made by a render.
MARKER = ".made-by-render"
_MARK = "Everything in this folder is made by `python -m render` and replaced by the next render.\n"
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a book's renders.

    Raises
    ------
    RenderError
        Another render holds it, or the folder cannot be written.
    """
    path = folder / "lock"
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a+", encoding="utf-8"))
        except OSError as error:
            raise RenderError(
                f"{folder} cannot be written ({error.strerror}), where a render keeps what the next"
                " one need not make again; let BOOK_CACHE name a folder that can be written"
            ) from None
        if not _lock(file.fileno()):
            file.seek(0)
            owner = file.read().strip()
            who = f" (process {owner})" if owner.isdigit() else ""
            raise RenderError(
                f"another render of this book is running{who}; wait for it to end, or stop it"
            )
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the text, which others may read
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def check(out: Path, *, configured: bool) -> None:
    """See to it that a folder may be replaced.

    Parameters
    ----------
    out : Path
        The folder.
    configured : bool
        Whether it is the book's own ``output-dir``, which Quarto writes to as well.

    Raises
    ------
    RenderError
        It is no folder, or holds something that no render made.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise RenderError(f"{out} is a file; the output must be a folder")
    made = (out / MARKER).is_file() or (configured and (out / "index.html").is_file())
    if not made and any(out.iterdir()):
        raise RenderError(
            f"{out} is not empty and was not made by this renderer;"
            " name another folder, or empty it"
        )


def recover(out: Path) -> None:
    """Remove what killed renders left behind; put a site back that one had just moved away."""
    for path in sorted(out.parent.glob(f"{_escaped(out.name)}.old-*")):
        if (path / MARKER).is_file() or (path / "index.html").is_file():
            if not out.exists():
                path.rename(out)
            else:
                shutil.rmtree(path, ignore_errors=True)
    for path in out.parent.glob(f"{_escaped(out.name)}.building-*"):
        if (path / MARKER).is_file():
            shutil.rmtree(path, ignore_errors=True)


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


@contextlib.contextmanager
def aside(out: Path) -> Iterator[Path]:
    """Give an empty folder beside ``out`` and remove it in the end."""
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f"{out.name}.building-"))
    try:
        staging.chmod(0o777 & ~_umask())
        mark(staging)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def mark(folder: Path) -> None:
    """Note in a folder that it may be replaced."""
    (folder / MARKER).write_text(_MARK, encoding="utf-8")


@contextlib.contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Give an empty folder beside ``out``, and put it in its place if all goes well."""
    with aside(out) as staging:
        yield staging
        _keep_times(staging, out)
        _exchange(staging, out)


def show(staging: Path, out: Path) -> None:
    """Put a copy of ``staging`` in the place of ``out``, with what it has not yet as it was."""
    with aside(out) as early:
        for path in chain(staging.rglob("*"), out.rglob("*")):
            folder = staging if path.is_relative_to(staging) else out
            target = early / path.relative_to(folder)
            if target.exists() or path.is_dir():
                continue
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
            except (
                FileExistsError,
                NotADirectoryError,
            ):  # a new file has the name of an old folder
                continue
            old = out / path.relative_to(folder)
            same = folder == out or (old.is_file() and filecmp.cmp(path, old, shallow=False))
            if same:
                with contextlib.suppress(OSError):  # a system without links
                    os.link(old, target)
                    continue
            shutil.copy2(old if same else path, target)
        _exchange(early, out)


def _keep_times(staging: Path, out: Path) -> None:
    """Let files that are as they were keep their dates, which tell readers and mirrors so."""
    for path in staging.rglob("*"):
        with contextlib.suppress(OSError):  # no such file before
            old = out / path.relative_to(staging)
            if path.is_file() and filecmp.cmp(path, old, shallow=False):
                times = old.stat()
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _exchange(staging: Path, out: Path) -> None:
    """Put ``staging`` in the place of ``out``, in one step where the system can."""
    if not out.exists():
        staging.rename(out)
        return
    if _exchange_at_once(staging, out):
        return
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f"{out.name}.old-"))
    old.rmdir()
    out.rename(old)
    try:
        staging.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchange_at_once(first: Path, second: Path) -> bool:
    if sys.platform != "linux":
        return False
    try:
        result = ctypes.CDLL(None).renameat2(
            _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE
        )
    except (OSError, AttributeError):
        return False
    return bool(result == 0)
