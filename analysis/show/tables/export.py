"""Tables of the files that the study leaves behind."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.export import Column, File
from analysis.numbers import NOTHING, file_size
from analysis.show.tables.markdown import Table, code, digest, escape


def files(files: Iterable[File], folder: str | None = None) -> Table:
    """Show files with what they hold.

    Parameters
    ----------
    files : iterable of File
    folder : str, optional
        Where the files are, seen from the page: their names are then links.

    Returns
    -------
    Table
    """
    return Table(
        ("File", "Content", "Size"),
        tuple(
            (
                _name(file, folder),
                _sentence(file.title),
                file_size(file.size),
            )
            for file in files
        ),
        n_text_columns=2,
    )


def columns(file: File) -> Table:
    """Show the columns of a table's file."""
    return Table(
        ("Column", "Unit", "Meaning"),
        tuple(
            (_codes(column), _unit(column), _sentence(column.meaning)) for column in file.described
        ),
        n_text_columns=3,
    )


def keys(file: File) -> Table:
    """Show the keys of a JSON file."""
    return Table(
        ("Key", "Shape", "Unit", "Meaning"),
        tuple(
            (
                _codes(column),
                escape(column.shape) or NOTHING,
                _unit(column),
                _sentence(column.meaning),
            )
            for column in file.columns
        ),
        n_text_columns=4,
    )


def digests(files: Iterable[File]) -> Table:
    """Show the digests of files."""
    rows = tuple((code(file.path), digest(file.sha256)) for file in files)
    return Table(("File", "SHA-256"), rows, n_text_columns=2)


def _name(file: File, folder: str | None) -> str:
    if folder is None:
        return code(file.path)
    return f'[{code(file.path)}]({folder}/{file.path}){{download=""}}'


def _codes(column: Column) -> str:
    return " … ".join(code(name) for name in column.name.split(" … "))


def _unit(column: Column) -> str:
    return escape(column.unit.replace("'", "’")) or NOTHING


def _sentence(text: str) -> str:
    """Return a line of the schema with a capital letter."""
    return escape((text[:1].upper() + text[1:]).replace("'", "’"))
