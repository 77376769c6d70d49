"""The software that computes, draws and sets the book."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import re
import sys
from pathlib import Path

from analysis.study import store

DRAWING = ("matplotlib",)
"""The libraries that draw the figures."""
RENDERING = ("ipykernel", "nbclient", "pypandoc-binary", "typst", "pagefind")
"""The parts of the renderer that takes Quarto's place: they run, read, set and index."""

_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Environment:
    """Versions, without anything that tells one machine of a kind from another.

    Attributes
    ----------
    python, system, blas : str
        Versions of the language and of the library behind NumPy's linear algebra; the system and
        its kind of processor, "linux-x86_64".
    computing, drawing : dict, name -> version
        As they are installed.
    rendering : dict, name -> version
        As ``requirements.txt`` locks them; empty without it.
    n_locked : int
        All libraries that it locks.
    """

    python: str
    system: str
    blas: str
    computing: dict[str, str]
    drawing: dict[str, str]
    rendering: dict[str, str]
    n_locked: int


def look(root: Path) -> Environment:
    """Look up the versions that are installed here, and those that `root` locks."""
    locked = locked_versions(root / "requirements.txt")
    return Environment(
        python=platform.python_version(),
        system=f"{sys.platform}-{platform.machine()}",
        blas=_blas(),
        computing=store.library_versions(),
        drawing={name: importlib.metadata.version(name) for name in DRAWING},
        rendering={name: locked[name] for name in RENDERING if name in locked},
        n_locked=len(locked),
    )


def locked_versions(path: Path) -> dict[str, str]:
    """Return the versions in a locked list of libraries; none if there is no such file.

    Where the list has two versions of a library for two kinds of systems, it is the first.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    versions: dict[str, str] = {}
    for name, version in _LOCKED.findall(text):
        versions.setdefault(name.lower(), version)
    return versions


def _blas() -> str:
    """Return name and version of the BLAS that NumPy was built with."""
    import numpy as np

    built = np.show_config(mode="dicts")
    blas = (built or {}).get("Build Dependencies", {}).get("blas", {})
    return " ".join(str(blas[key]) for key in ("name", "version") if blas.get(key))
