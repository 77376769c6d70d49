"""Fixtures: a small table, a small project, and the study on the committed table."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings
from made_up import ROOT, make_project, make_songs

from analysis.book import Book
from analysis.songs.table import Dataset

# A first call imports libraries; how long that takes says nothing about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture
def songs() -> pd.DataFrame:
    return make_songs()


@pytest.fixture
def dataset(songs: pd.DataFrame) -> Dataset:
    return Dataset(songs, "ours")


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write text, bytes or a frame to a file, and return its path."""

    def write(content: str | bytes | pd.DataFrame, name: str = "songs.csv") -> Path:
        path = tmp_path / name
        if isinstance(content, pd.DataFrame):
            content = content.to_csv(index=False, lineterminator="\n")
        if isinstance(content, str):
            content = content.encode("utf-8")
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def project(tmp_path: Path, songs: pd.DataFrame) -> Path:
    return make_project(tmp_path / "project", songs)


@pytest.fixture(scope="session")
def study_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Book]:
    """Return a study of made-up songs; whoever asks for the same one shares its results.

    The results are kept in a folder that all processes of a session share.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "studies"
    shared.mkdir(exist_ok=True)
    known: dict[str, Book] = {}

    def study(songs: pd.DataFrame, **parameters: object) -> Book:
        text = songs.to_csv(index=False) + repr(sorted(parameters.items()))
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        if key not in known:
            folder = shared / key
            if not folder.exists():
                mine = make_project(tmp_path_factory.mktemp("study") / key, songs, **parameters)
                with contextlib.suppress(OSError):  # another process was quicker
                    mine.rename(folder)
            known[key] = Book(folder)
        return known[key]

    return study


@pytest.fixture(scope="session")
def gtzan() -> Book:
    """The study of the project, whose results are kept beside it, for the chapters too."""
    return Book(ROOT)
