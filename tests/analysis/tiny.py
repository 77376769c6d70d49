"""A made-up package of a few results, whose sources the tests may change."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from made_up import ROOT, make_project, make_songs

from analysis.study.store import Record, Store

BOOK = '''
"""A book of a few results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import findings
from analysis.study.result import Result, Results

if TYPE_CHECKING:
    from analysis.show import Picture


class Book(Results):
    @Result
    def rows(self) -> findings.Rows:
        """The rows of the table."""
        return findings.read(self.file(self.config.data_file), self.config.feature_set)

    @Result
    def size(self) -> int:
        return findings.count(self.rows)

    @Result
    def half(self) -> float:
        from analysis import methods

        return methods.halve(self.size, self.config.seed)

    @Result
    def draws(self) -> int:
        return findings.draw(self.config)

    @Result
    def both(self) -> tuple[int, int]:
        return self.ours.size, self.as_published.size

    @Result
    def last(self) -> str:
        return findings.say(self.size, self.draws)


study = Book()
'''
FINDINGS = '''
"""What is found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from analysis import methods
from analysis.config import Config

HEADER = 1


@dataclasses.dataclass(frozen=True)
class Rows:
    """The rows."""

    lines: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lines)


def read(path: Path, feature_set: str) -> Rows:
    lines = path.read_text(encoding="utf-8").splitlines()[HEADER:]
    return Rows(tuple(lines) if feature_set == "ours" else tuple(lines[:-1]))


def count(rows: Rows) -> int:
    return len(rows)


def draw(config: Config) -> int:
    return _enough(config) * methods.FACTOR


def _enough(config: Config) -> int:
    # A comment.
    return config.n_bootstrap


def say(size: int, draws: int) -> str:
    return f"{size} and {draws}"
'''
METHODS = '''
"""How it is found."""

FACTOR = 2


def halve(n: int, seed: int) -> float:
    """Halve it."""
    return n / 2 + seed


def unused() -> int:
    return FACTOR
'''
SHOW = '''
"""What is shown."""

from importlib.resources import files

from analysis.findings import Rows


class Picture:
    def __init__(self, rows: Rows) -> None:
        self.text = files("analysis").joinpath("picture.js").read_text()


def title() -> str:
    return "A title"


def table(value: object) -> str:
    return f"| {value} |"
'''


@dataclasses.dataclass(frozen=True)
class Tiny:
    """A project with a package of its own in it."""

    root: Path

    def change(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, code: str, *, fails: bool = False) -> str:
        ran = self.start(code)
        said, error = ran.communicate()
        assert fails == (ran.returncode != 0), error
        return (error if fails else said).strip()

    def start(self, code: str) -> subprocess.Popen[str]:
        return self.python("-c", textwrap.dedent(code))

    def python(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"},
        )

    def compute(self) -> list[str]:
        """Compute all results, and return those that had to be computed, in sorted order."""
        before = written(self.root)
        self.run("from analysis.book import study; study.compute_all()")
        return sorted({name for name, *_ in written(self.root) - before})

    def values(self) -> str:
        """Return the values of all results."""
        return self.run("from analysis.book import study; print(study.compute_all())")

    def inputs(self, **chapters: str) -> dict[str, str]:
        ran = self.python("-m", "analysis", "inputs")
        said, error = ran.communicate(json.dumps(chapters))
        assert ran.returncode == 0, error
        digests: dict[str, str] = json.loads(said)
        return digests


def written(root: Path) -> set[tuple[str, str, int]]:
    """Return each entry under a project, with what is another number if it is written again."""
    found = root.glob(".cache/study/*/*/*.joblib")
    return {(path.parent.name, path.stem, path.stat().st_ino) for path in found}


def entries(root: Path) -> dict[str, list[Record]]:
    """Return the entries of each result."""
    (folder,) = (path for path in (root / ".cache" / "study").iterdir() if path.is_dir())
    kept = Store(folder.parent, folder.name)
    return {path.name: list(kept.entries(path.name)) for path in sorted(folder.iterdir())}


def copy_package(root: Path, *, without: Sequence[str] = ()) -> None:
    """Copy this package's sources into a project."""
    ignored = shutil.ignore_patterns("__pycache__", *without)
    shutil.copytree(ROOT / "analysis", root / "analysis", ignore=ignored)


def make_tiny(root: Path) -> Tiny:
    """Make a project with a package of a few results."""
    make_project(root, make_songs(8))
    rooms = ("findings", "methods", "show", "songs", "claims", "export", "book.py", "pipeline.py")
    copy_package(root, without=rooms)
    sources = {"book": BOOK, "findings": FINDINGS, "methods": METHODS, "show": SHOW}
    for name, text in sources.items():
        (root / "analysis" / f"{name}.py").write_text(text, encoding="utf-8")
    (root / "analysis" / "picture.js").write_text("draw()", encoding="utf-8")
    return Tiny(root)
