"""Write the files as one folder, whole or not at all."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from analysis.errors import ExportError
from analysis.export.load import read_manifest
from analysis.export.schema import MANIFEST, Files

FOLDER = "_export"
"""The folder that ``python -m analysis export`` writes unless told otherwise."""

_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}


def write_files(files: Files, folder: Path) -> None:
    """Write all files as one folder, whole or not at all.

    Parameters
    ----------
    files : Files
    folder : Path
        Takes the place of an earlier export.

    Raises
    ------
    ExportError
        If the folder holds what no export wrote, or cannot be written. It is then as it was.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 (a link stays a link)
    _check_replaceable(folder)
    new = folder.with_name(f".{folder.name}.new-{secrets.token_hex(8)}")
    try:
        _recover(folder)
        for file in files:
            path = new / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        _put_in_place(new, folder)
    except OSError as error:
        raise ExportError(
            f"{folder.name} cannot be written ({error.strerror or error}); "
            "name another folder, or make room in this one."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _recover(folder: Path) -> None:
    """Put back, or remove, what an export that was killed had moved away."""
    for old in sorted(folder.parent.glob(f".{glob.escape(folder.name)}.old-*")):
        if (old / MANIFEST).is_file():
            if folder.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(folder)


def _check_replaceable(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        kind = "a link" if folder.is_symlink() else "a file"
        raise ExportError(f"{folder.name} is {kind}; the files should go into a folder.")
    if not folder.is_dir():
        return
    try:
        known = {MANIFEST, *read_manifest(folder)["files"]}
    except ExportError:
        known = set()
    for name in _files_in(folder):
        if name not in known and name.rpartition("/")[2] not in _OF_THE_SYSTEM:
            raise ExportError(
                f"{folder.name or folder} holds {name}, which no export wrote; "
                "name another folder, or move it away."
            )


def _files_in(folder: Path, prefix: str = "") -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_in(Path(entry.path), f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name


def _put_in_place(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    old = folder.with_name(f".{folder.name}.old-{secrets.token_hex(8)}")
    folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
