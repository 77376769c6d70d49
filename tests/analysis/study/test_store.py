"""analysis.study.store: digests, atomic writes, entries on disk."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import ROOT

from analysis.config import load_config
from analysis.errors import DatasetError, StoreError
from analysis.files import write_atomically
from analysis.study import store
from analysis.study.store import Store, study_digest


def digest(root: Path) -> str:
    return study_digest(root, load_config(root / "study.toml"))


def never() -> object:
    raise AssertionError("computed although it was kept")


# --- the digest ------------------------------------------------------------------------------


def append(path: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        with (root / path).open("a", encoding="utf-8") as file:
            file.write("\n")

    return change


def test_digest_stays_when_nothing_changes(project: Path, tmp_path: Path) -> None:
    first = digest(project)
    (project / "report").mkdir()
    (project / "report" / "data.qmd").write_text("words", encoding="utf-8")
    os.utime(project / "study.toml", (1, 1))
    with (project / "study.toml").open("a", encoding="utf-8") as file:
        file.write("# A comment is no parameter.\n")
    assert digest(project) == first
    shutil.copytree(project, tmp_path / "elsewhere")
    assert digest(tmp_path / "elsewhere") == first


def test_digest_changes_with_the_table(project: Path) -> None:
    first = digest(project)
    append("data/gtzan_features.csv")(project)
    assert digest(project) != first


def test_digest_changes_with_a_parameter(project: Path) -> None:
    first = digest(project)
    path = project / "study.toml"
    path.write_text(path.read_text().replace("seed = 42", "seed = 43"), encoding="utf-8")
    assert digest(project) != first


def test_digest_changes_with_the_feature_set(project: Path) -> None:
    config = load_config(project / "study.toml")
    other = dataclasses.replace(config, feature_set="as-published")
    assert study_digest(project, config) != study_digest(project, other)


def test_digest_changes_with_the_lock(project: Path) -> None:
    first = digest(project)
    (project / "requirements.txt").write_text("numpy==2.0\n", encoding="utf-8")
    second = digest(project)
    (project / "requirements.txt").write_text("numpy==2.1\n", encoding="utf-8")
    assert len({first, second, digest(project)}) == 3


def test_digest_changes_with_what_is_installed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest(project)
    monkeypatch.setattr(store, "library_versions", lambda: {"numpy": "1"})
    assert digest(project) != first


def test_digest_changes_with_the_sources(project: Path, tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "analysis", project / "analysis", ignore=shutil.ignore_patterns("__pycache__")
    )
    command = [
        sys.executable,
        "-c",
        "from analysis.book import study; print(study.store.digest)",
    ]

    def in_the_copy() -> str:
        ran = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
        return ran.stdout.strip()

    first = in_the_copy()
    assert in_the_copy() == first
    append("analysis/findings/data/description.py")(project)
    second = in_the_copy()
    (project / "analysis" / "figures" / "new.py").write_text("", encoding="utf-8")
    assert len({first, second, in_the_copy()}) == 3


def test_missing_table(project: Path) -> None:
    (project / "data" / "gtzan_features.csv").unlink()
    with pytest.raises(
        DatasetError, match=r"^gtzan_features\.csv is missing in data/; study\.toml"
    ):
        digest(project)


# --- entries ---------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path) -> Store:
    return Store(tmp_path / "study", "abc")


def test_kept_is_fresh(results: Store) -> None:
    value = {"a": np.arange(5.0), "b": ("x", None)}
    assert results.fetch("x", lambda: value) is value
    kept = results.fetch("x", never)
    assert isinstance(kept, dict)
    np.testing.assert_array_equal(kept["a"], value["a"])
    assert kept["b"] == value["b"]


def test_none_is_a_result(results: Store) -> None:
    assert results.fetch("x", lambda: None) is None
    assert results.fetch("x", never) is None


def test_another_digest_is_another_result(tmp_path: Path) -> None:
    assert Store(tmp_path, "a").fetch("x", lambda: 1) == 1
    assert Store(tmp_path, "b").fetch("x", lambda: 2) == 2
    assert Store(tmp_path, "a").fetch("x", never) == 1


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_damaged_entry_is_computed_again(results: Store, damage: str) -> None:
    results.fetch("x", lambda: list(range(100)))
    (path,) = results.folder.glob("*.joblib")
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[:-7]
    elif damage == "flip":
        content[len(content) // 2] ^= 1
    elif damage == "empty":
        content = bytearray()
    else:
        content = bytearray(b"not an entry at all, but long enough to be taken for one")
    path.write_bytes(content)
    assert results.fetch("x", lambda: "new") == "new"
    assert results.fetch("x", never) == "new"


def test_a_failure_keeps_nothing(results: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        results.fetch("x", lambda: 1 / 0)
    assert not list(results.folder.glob("*.joblib"))
    assert results.fetch("x", lambda: 3) == 3


def test_what_cannot_be_pickled_leaves_no_file(results: Store) -> None:
    with pytest.raises(Exception, match="pickle"):
        results.fetch("x", lambda: lambda: None)
    assert {path.suffix for path in results.folder.iterdir()} == {".lock"}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "study").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(StoreError, match=r"^Results cannot be kept in \.cache/study \("):
        Store(tmp_path / "study", "abc").fetch("x", lambda: 1)


def test_old_folders_go(tmp_path: Path) -> None:
    for i in range(store.KEPT_FOLDERS + 5):
        Store(tmp_path, f"d{i:02d}").fetch("x", lambda: 1)
        os.utime(tmp_path / f"d{i:02d}", (i, i))
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == store.KEPT_FOLDERS + 1
    assert left[-1] == f"d{store.KEPT_FOLDERS + 4:02d}"


def test_processes_at_once_compute_once(tmp_path: Path) -> None:
    code = """
import sys, time
from pathlib import Path
from analysis.study.store import Store
folder = Path(sys.argv[1])
def compute():
    with (folder / "log").open("a") as log:
        log.write("computed\\n")
    time.sleep(0.5)
    return list(range(1000))
print(sum(Store(folder, "abc").fetch("x", compute)))
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["499500"] * 4
    assert (tmp_path / "log").read_text() == "computed\n"


def test_threads_at_once_compute_once(results: Store) -> None:
    computed = []
    gate = threading.Barrier(8)

    def compute() -> int:
        computed.append(1)
        return 7

    def ask() -> None:
        gate.wait()
        assert Store(results.folder.parent, "abc").fetch("x", compute) == 7

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert computed == [1]


def test_a_process_that_dies_holds_no_lock(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from analysis.study.store import Store
Store(Path(sys.argv[1]), "abc").fetch("x", lambda: os._exit(9))
"""
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert ran.returncode == 9
    assert Store(tmp_path, "abc").fetch("x", lambda: 5) == 5


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
