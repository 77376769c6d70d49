"""The project with another table in it, for as long as it is needed."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from analysis.config import load_config
from analysis.errors import ConfigError
from analysis.songs.table import load_dataset
from analysis.study.result import ROOT

PARTS = ("analysis", "report", "render", "data", "docs")
"""The folders that a render reads."""
FILES = (
    *("_quarto.yml", "pyproject.toml", "requirements.txt", "study.toml"),
    *("index.qmd", "references.qmd", "CITATION.cff", "LICENSE"),
)
"""The files that it reads."""
NAME = "data/table.csv"
"""Where the table stands in it."""


@contextlib.contextmanager
def project_of(table: Path) -> Iterator[Path]:
    """Make a copy of the project that studies another table, each song a group by itself.

    Parameters
    ----------
    table : Path
        A feature table.

    Yields
    ------
    Path
        The folder of the copy, which is removed at the end.

    Raises
    ------
    ConfigError, DatasetError
        If there is no project here, or the table is not right.
    """
    config = load_config(ROOT / "study.toml")
    load_dataset(
        table,
        feature_set=config.feature_set,
        feature_names=config.features,
        n_clusters=max(config.n_clusters, config.k_max),
        name=table.name,
    )
    missing = [name for name in ("report", "render") if not (ROOT / name).is_dir()]
    if missing:
        raise ConfigError(f"{missing[0]}/ is missing here; this needs the folder of the project.")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / ROOT.name
        root.mkdir()
        ignored = shutil.ignore_patterns("__pycache__")
        for name in PARTS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=ignored)
        for name in FILES:
            if (ROOT / name).is_file():
                shutil.copy(ROOT / name, root / name)
        shutil.copy(table, root / NAME)
        path = root / "study.toml"
        text = re.sub(r"(?m)^groups_file\s*=.*\n", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"(?m)^data_file\s*=.*$", f'data_file = "{NAME}"', text)
        path.write_text(text, encoding="utf-8")
        yield root
