"""What the numbers of the book depend on."""

from __future__ import annotations

import dataclasses
import json
import platform
from pathlib import Path

from analysis.config import Config
from analysis.errors import ConfigError
from analysis.files import file_digest
from analysis.study import store


@dataclasses.dataclass(frozen=True)
class Provenance:
    """What the numbers depend on.

    Attributes
    ----------
    digest : str
        Digest of all of it: the software, the code that computes, the table and the parameters.
    data_file : str
        The feature table, relative to the project.
    data_sha256, parameters_sha256 : str
        Digests of that table and of ``study.toml``.
    lock_sha256 : str
        Digest of the locked list of libraries; empty without one.
    public_name, public_sha256 : str
        Name and digest of the public table that ours was computed from, as noted beside our
        table; empty where there is no such note.
    seed : int
    versions : dict, name -> version
        Python and the libraries that compute.
    """

    digest: str
    data_file: str
    data_sha256: str
    parameters_sha256: str
    lock_sha256: str
    public_name: str
    public_sha256: str
    seed: int
    versions: dict[str, str]


def look(root: Path, config: Config, digest: str) -> Provenance:
    """Look up the files of a project that its numbers depend on.

    Raises
    ------
    ConfigError, DatasetError
        If one of them is missing or is not what it should be.
    """
    data = root / config.data_file
    lock = root / "requirements.txt"
    public_name, public_sha256 = _public_table(data.with_suffix(".json"))
    return Provenance(
        digest=digest,
        data_file=config.data_file,
        data_sha256=file_digest(data),
        parameters_sha256=file_digest(root / "study.toml"),
        lock_sha256=file_digest(lock) if lock.exists() else "",
        public_name=public_name,
        public_sha256=public_sha256,
        seed=config.seed,
        versions={"Python": platform.python_version(), **store.library_versions()},
    )


def _public_table(note: Path) -> tuple[str, str]:
    """Return name and digest of the public table from the note beside our table, or blanks."""
    try:
        public = json.loads(note.read_text(encoding="utf-8"))["public_table"]
        return str(public["name"]), str(public["sha256"])
    except FileNotFoundError:
        return "", ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{note.name}: should be the note that `python -m analysis features` writes, "
            "with the name and sha256 of the public_table; write it again or remove it."
        ) from error
