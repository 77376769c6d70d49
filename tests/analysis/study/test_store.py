"""analysis.study.store: the folder of the software, entries on disk, locks, atomic writes."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import ROOT

from analysis.errors import StoreError
from analysis.files import write_atomically
from analysis.study import store
from analysis.study.store import Record, Store, dump, installed_digest, undump

# --- the software ----------------------------------------------------------------------------


def test_digest_stays_when_nothing_changes(project: Path, tmp_path: Path) -> None:
    first = installed_digest(project)
    (project / "study.toml").write_text("seed = 1", encoding="utf-8")
    (project / "data" / "gtzan_features.csv").unlink()
    assert installed_digest(project) == first
    shutil.copytree(project, tmp_path / "elsewhere")
    assert installed_digest(tmp_path / "elsewhere") == first


def test_digest_changes_with_the_lock(project: Path) -> None:
    first = installed_digest(project)
    (project / "requirements.txt").write_text("numpy==2.0\n", encoding="utf-8")
    second = installed_digest(project)
    (project / "requirements.txt").write_text("numpy==2.1\n", encoding="utf-8")
    assert len({first, second, installed_digest(project)}) == 3


def test_digest_changes_with_what_is_installed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = installed_digest(project)
    monkeypatch.setattr(store, "library_versions", lambda: {"numpy": "1"})
    assert installed_digest(project) != first


# --- entries ---------------------------------------------------------------------------------

ENTRY = Record("c0de", {"config.seed": "1", "sweep": "2"}, "f00d", ("analysis.a.B",), 1.5)


@pytest.fixture
def results(tmp_path: Path) -> Store:
    return Store(tmp_path / "study", "abc")


def keep(results: Store, entry: Record = ENTRY, value: object = "value") -> Path:
    with results.lock("x", "ours"):
        results.keep("x", entry, dump(value))
    return results.folder / "x" / f"{entry.key}.joblib"


def test_what_is_kept_is_found(results: Store) -> None:
    assert list(results.entries("x")) == []
    keep(results)
    assert list(results.entries("x")) == [ENTRY]
    assert list(results.entries("y")) == []
    assert results.load("x", ENTRY) == (True, "value")
    keep(results, value=None)
    assert results.load("x", ENTRY) == (True, None)
    assert list(Store(results.folder.parent, "another").entries("x")) == []


def test_an_entry_for_each_state(results: Store) -> None:
    other = dataclasses.replace(ENTRY, reads={"config.seed": "7"})
    old, new = keep(results), keep(results, other, "other")
    os.utime(old, (1, 1))
    assert list(results.entries("x")) == [other, ENTRY]
    os.utime(new, (0, 0))
    assert list(results.entries("x")) == [ENTRY, other]
    results.touch("x", other)
    assert list(results.entries("x")) == [other, ENTRY]
    assert results.load("x", ENTRY) == (True, "value")
    assert results.load("x", other) == (True, "other")
    assert results.load("x", dataclasses.replace(ENTRY, value="another")) == (False, None)


@pytest.mark.parametrize("at", [0, 35, 45, -40, -1])
def test_a_flipped_bit_anywhere_is_seen(results: Store, at: int) -> None:
    path = keep(results, value=list(range(100)))
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    assert list(results.entries("x")) == [] or results.load("x", ENTRY) == (False, None)


@pytest.mark.parametrize("content", [b"", b"x" * 30, b"\xff" * 100, b"\0" * 1000])
def test_what_is_no_entry_is_none(results: Store, content: bytes) -> None:
    keep(results).write_bytes(content)
    assert list(results.entries("x")) == []
    assert results.load("x", ENTRY) == (False, None)


def test_values_come_back() -> None:
    value = {"a": (1, 2.5, None), "b": "x"}
    assert undump(dump(value)) == value


def test_old_entries_go(results: Store) -> None:
    for i in range(store.KEPT_ENTRIES + 3):
        entry = dataclasses.replace(ENTRY, reads={"config.seed": f"{i}"})
        os.utime(keep(results, entry), (i, i))
    left = [entry.reads["config.seed"] for entry in results.entries("x")]
    last = store.KEPT_ENTRIES + 2
    assert left == [f"{i}" for i in range(last, last - store.KEPT_ENTRIES, -1)]


def test_old_folders_go(tmp_path: Path) -> None:
    for i in range(store.KEPT_FOLDERS + 5):
        keep(Store(tmp_path, f"d{i:02d}"))
        os.utime(tmp_path / f"d{i:02d}", (i, i))
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == store.KEPT_FOLDERS + 1
    assert left[-1] == f"d{store.KEPT_FOLDERS + 4:02d}"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    place = tmp_path / ".cache"
    place.write_text("a file in the way", encoding="utf-8")
    results = Store(place / "study", "abc")
    with (
        pytest.raises(StoreError, match=r"^Results cannot be kept in \.cache/study \("),
        results.lock("x", "ours"),
    ):
        pass
    elsewhere = Store(place / "own" / "study", "abc")
    with (
        pytest.raises(StoreError, match=re.escape(f"kept in {place / 'own' / 'study'} (")),
        elsewhere.lock("x", "ours"),
    ):
        pass
    with pytest.raises(StoreError, match=r"^Results cannot be kept"):
        results.keep("x", ENTRY, b"")


def test_a_process_that_dies_holds_no_lock(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from analysis.study.store import Store
with Store(Path(sys.argv[1]), "abc").lock("x", "ours"):
    os._exit(9)
"""
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert ran.returncode == 9
    with Store(tmp_path, "abc").lock("x", "ours"):
        pass


# --- atomic writes ---------------------------------------------------------------------------


def test_write(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.txt"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]


def test_failed_check_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, b"one")

    def refuse(temporary: Path) -> None:
        assert temporary.read_bytes() == b"two"
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        write_atomically(path, b"two", check=refuse)
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_written_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
