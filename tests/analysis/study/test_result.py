"""analysis.study.result: results are computed again when what they read changed, and only then."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
from tiny import Tiny, entries, written

ALL = ["both", "draws", "half", "last", "rows", "size"]


def test_all_are_computed_once(tiny: Tiny) -> None:
    assert tiny.compute() == ALL
    assert tiny.compute() == []
    kept = entries(tiny.root)
    assert {name: len(of) for name, of in kept.items()} == dict.fromkeys(ALL, 1) | {
        "rows": 2,
        "size": 2,
    }
    (half,) = kept["half"]
    assert list(half.reads) == ["config.seed", "size"]
    (draws,) = kept["draws"]
    assert list(draws.reads) == ["config.n_bootstrap"]
    (both,) = kept["both"]
    assert list(both.reads) == ["ours.size", "as_published.size"]
    for rows in kept["rows"]:
        assert list(rows.reads)[:3] == [
            "config.data_file",
            "file:data/gtzan_features.csv",
            "config.feature_set",
        ]
        assert rows.classes == ("analysis.findings.Rows",)


def test_what_changes_no_value_computes_nothing(tiny: Tiny) -> None:
    tiny.compute()
    computed = {}
    for name, old, new in [
        ("analysis/findings.py", '"""What is found."""', '"""What we found."""\n\n\n\n'),
        ("analysis/methods.py", '"""Halve it."""', '"""Give half of it."""'),
        ("analysis/findings.py", "# A comment.", "# Another one."),
        ("analysis/findings.py", "def count(rows: Rows) -> int", "def count(rows: object) -> int"),
        ("analysis/show.py", "A title", "Another title"),
        ("analysis/show.py", "| {value} |", "{value}"),
        ("analysis/picture.js", "draw()", "erase()"),
        ("analysis/methods.py", "return FACTOR", "return FACTOR + 1"),
        ("analysis/config.py", '"""The parameters of the study.', '"""All parameters.'),
        ("study.toml", "n_bootstrap = 100", "n_bootstrap = 100 # a hundred"),
        ("study.toml", "n_refits = 3", "n_refits = 4"),
    ]:
        tiny.change(name, old, new)
        computed[old] = tiny.compute()
    assert {old: names for old, names in computed.items() if names} == {}


CHANGES = [
    # A helper: its result, and what reads that, since its value moved.
    ("analysis/findings.py", "return config.n_bootstrap", "return 7", ["draws", "last"]),
    # The same, with an equal value: the wave stops.
    ("analysis/findings.py", "config.n_bootstrap", "config.n_bootstrap + 0", ["draws"]),
    ("analysis/methods.py", "FACTOR = 2", "FACTOR = 3", ["draws", "last"]),
    ("analysis/methods.py", "n / 2", "n / 4", ["half"]),
    ("analysis/findings.py", "{size} and", "{size} or", ["last"]),
    # A method of a value's class: what makes the value and what reads it; the size is the same.
    ("analysis/findings.py", "len(self.lines)", "0 + len(self.lines)", ["rows", "size"]),
    (
        "analysis/findings.py",
        "return len(self.lines)",
        "return 1",
        ["both", "half", "last", "rows", "size"],
    ),
    # Only in the other feature set is the last song left out.
    ("analysis/findings.py", "lines[:-1]", "lines[:-2]", ["both", "rows", "size"]),
    # What is no definition counts for all of its module, and for those that import it.
    ("analysis/methods.py", "FACTOR = 2", "FACTOR = 2\nfor _ in '123':\n    FACTOR += 1", ALL),
    ("study.toml", "n_bootstrap = 100", "n_bootstrap = 200", ["draws", "last"]),
    ("study.toml", "seed = 42", "seed = 43", ["half"]),
    ("analysis/book.py", "self.size, self.config", "self.size + 1, self.config", ["half"]),
]


def test_what_changes_a_value_computes_what_reads_it(tiny: Tiny) -> None:
    tiny.compute()
    first = tiny.values()
    for name, old, new, computed in CHANGES:
        tiny.change(name, old, new)
        assert tiny.compute() == computed, new
        now = tiny.values()
        shutil.move(tiny.root / ".cache", tiny.root / "kept")
        assert tiny.values() == now, f"stale: {new}"
        shutil.rmtree(tiny.root / ".cache")
        shutil.move(tiny.root / "kept", tiny.root / ".cache")
        tiny.change(name, new, old)
    assert tiny.compute() == [], "a change taken back costs nothing"
    assert tiny.values() == first


def test_a_row_of_the_table(tiny: Tiny) -> None:
    tiny.compute()
    table = tiny.root / "data" / "gtzan_features.csv"
    before = table.read_text(encoding="utf-8")
    table.write_text(before.replace("song.00000", "song.99999"), encoding="utf-8")
    assert tiny.compute() == ["rows", "size"]
    table.write_text(before + before.splitlines()[-1] + "\n", encoding="utf-8")
    assert tiny.compute() == ["both", "half", "last", "rows", "size"]
    table.write_text(before, encoding="utf-8")
    assert tiny.compute() == [], "a change taken back costs nothing"


def test_a_library(tiny: Tiny) -> None:
    tiny.compute()
    tiny.change("analysis/study/store.py", '"joblib")', '"joblib", "tabulate")')
    assert tiny.compute() == ALL


def test_a_result_in_a_function_that_passes_the_parameters_on(tiny: Tiny) -> None:
    tiny.change(
        "analysis/findings.py",
        "    return _enough(config) * methods.FACTOR",
        "    import copy, pickle\n"
        "    other = dataclasses.replace(config, n_bootstrap=3)\n"
        "    assert type(other) is Config and isinstance(config, Config)\n"
        "    assert config == config and pickle.loads(pickle.dumps(config)) == config\n"
        "    return _enough(other)",
    )
    tiny.compute()
    (draws,) = entries(tiny.root)["draws"]
    assert "config.n_clusters" in draws.reads
    assert tiny.compute() == []


def test_reads_in_threads_are_noted(tiny: Tiny) -> None:
    tiny.change(
        "analysis/book.py",
        "return self.ours.size, self.as_published.size",
        "from concurrent.futures import ThreadPoolExecutor\n\n"
        "        with ThreadPoolExecutor(2) as pool:\n"
        "            return tuple(pool.map(lambda one: one.half, (self.ours, self.as_published)))",
    )
    tiny.compute()
    (both,) = entries(tiny.root)["both"]
    assert sorted(both.reads) == ["as_published.half", "ours.half"]


@pytest.mark.parametrize("first", ["numpy", "sys"])
def test_a_sum_does_not_depend_on_the_number_of_threads(tiny: Tiny, first: str) -> None:
    tiny.change(
        "analysis/findings.py",
        "    return _enough(config) * methods.FACTOR",
        "    import scipy.linalg, threadpoolctl\n\n"
        "    return max(one['num_threads'] for one in threadpoolctl.threadpool_info())",
    )
    said = tiny.run(
        f"""
        import os
        os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "2"
        import {first}
        from analysis.book import study
        print(study.draws, os.environ["OMP_NUM_THREADS"])
        """
    )
    assert said == "1 2"


def test_a_study_is_not_sent_to_another_process(tiny: Tiny) -> None:
    tiny.change(
        "analysis/book.py", "return findings.say", "import pickle; pickle.dumps(self); findings.say"
    )
    assert "cannot be sent to another process" in tiny.run(
        "from analysis.book import study; study.last", fails=True
    )


def test_what_a_study_does_not_have(tiny: Tiny) -> None:
    tiny.change("analysis/book.py", "self.size, self.draws", "self.size, self.kept")
    assert "it has no kept" in tiny.run("from analysis.book import study; study.last", fails=True)


# --- never stale -----------------------------------------------------------------------------


def slow(tiny: Tiny, where: str = "return config.n_bootstrap") -> None:
    """Let a computation note that it has come to a line, and wait for a file of the name "go"."""
    tiny.change(
        "analysis/findings.py",
        f"    {where}",
        "    import time\n"
        "    here = Path(__file__).parents[1]\n"
        "    with (here / 'log').open('a') as log:\n"
        "        log.write('x')\n"
        "    while not (here / 'go').exists():\n"
        "        time.sleep(0.01)\n"
        f"    {where}",
    )


def wait_for(path: Path, size: int) -> None:
    while not path.exists() or path.stat().st_size < size:
        time.sleep(0.01)


def test_a_killed_computation(tiny: Tiny) -> None:
    slow(tiny)
    running = tiny.start("from analysis.book import study; study.last")
    wait_for(tiny.root / "log", 1)
    running.kill()
    running.communicate()
    assert {name for name, *_ in written(tiny.root)} == {"rows", "size"}
    (tiny.root / "go").touch()
    assert tiny.compute() == ["both", "draws", "half", "last", "rows", "size"]


def test_two_at_once_compute_once(tiny: Tiny) -> None:
    slow(tiny)
    code = "from analysis.book import study; print(study.last)"
    running = [tiny.start(code) for _ in range(3)]
    wait_for(tiny.root / "log", 1)
    time.sleep(0.3)
    (tiny.root / "go").touch()
    assert {process.communicate()[0].strip() for process in running} == {"8 and 200"}
    assert (tiny.root / "log").read_text() == "x"


def test_threads_at_once_compute_once(tiny: Tiny) -> None:
    (tiny.root / "go").touch()
    slow(tiny)
    said = tiny.run(
        """
        from concurrent.futures import ThreadPoolExecutor
        from analysis.book import Book
        with ThreadPoolExecutor(8) as pool:
            print(set(pool.map(lambda _: Book().draws, range(8))))
        """
    )
    assert said == "{200}"
    assert (tiny.root / "log").read_text() == "x"


@pytest.mark.parametrize("change", ["analysis/methods.py", "data/gtzan_features.csv"])
def test_what_changes_while_it_is_computed_is_not_kept(tiny: Tiny, change: str) -> None:
    slow(tiny, "return Rows(")
    running = tiny.start("from analysis.book import study; print(study.draws, study.size)")
    wait_for(tiny.root / "log", 1)
    path = tiny.root / change
    path.write_text(path.read_text() + "\n", encoding="utf-8")
    (tiny.root / "go").touch()
    assert running.communicate()[0].strip() == "200 8"
    kept = {name for name, *_ in written(tiny.root)}
    assert "draws" in kept
    assert "rows" not in kept


def test_code_that_is_older_than_the_file_keeps_nothing(tiny: Tiny) -> None:
    path = tiny.root / "analysis" / "methods.py"
    os.utime(path, (time.time() + 100,) * 2)
    assert tiny.compute() == []
    os.utime(path, (1, 1))
    assert tiny.compute() == ALL


@pytest.mark.parametrize("damage", ["cut", "head", "value", "empty", "text"])
def test_a_damaged_entry_is_computed_again(tiny: Tiny, damage: str) -> None:
    tiny.compute()
    (path,) = tiny.root.glob(".cache/study/*/draws/*.joblib")
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[:-7]
    elif damage == "head":
        content[50] ^= 1
    elif damage == "value":
        content[-5] ^= 1
    elif damage == "empty":
        content = bytearray()
    else:
        content = bytearray(b"not an entry at all, but long enough to be taken for one")
    path.write_bytes(content)
    assert tiny.compute() == ["draws"]
    assert tiny.compute() == []


def test_a_failure_keeps_nothing(tiny: Tiny) -> None:
    tiny.change("analysis/findings.py", "{size} and", "{size / 0} and")
    assert "ZeroDivisionError" in tiny.run(
        "from analysis.book import study; study.last", fails=True
    )
    assert "last" not in {name for name, *_ in written(tiny.root)}


def test_what_cannot_be_pickled_leaves_no_file(tiny: Tiny) -> None:
    tiny.change("analysis/findings.py", 'return f"{size} and {draws}"', "return lambda: None")
    assert "pickle" in tiny.run("from analysis.book import study; study.last", fails=True)
    folder = next(tiny.root.glob(".cache/study/*/last"))
    assert {path.suffix for path in folder.iterdir()} == {".lock"}


def test_a_folder_that_cannot_be_written(tiny: Tiny) -> None:
    shutil.rmtree(tiny.root / ".cache")
    (tiny.root / ".cache").write_text("a file in the way", encoding="utf-8")
    said = tiny.run("from analysis.book import study; study.last", fails=True)
    assert "Results cannot be kept in .cache/study (" in said
