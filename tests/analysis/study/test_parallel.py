"""analysis.study.parallel: python -m analysis results brings all up to date, side by side."""

from __future__ import annotations

import re
import signal
import sys
import time

import pytest
from tiny import Tiny, entries, written

from analysis.book import Book
from analysis.study.parallel import DEAR


def results(tiny: Tiny, *, fails: bool = False) -> tuple[str, list[str]]:
    """Return what the command says, and the results that it reports."""
    ran = tiny.python("-m", "analysis", "results")
    said, report = ran.communicate()
    assert fails == (ran.returncode != 0), report
    return said if not fails else report, re.findall(r"^\d/\d (\S+) \d+\.\d s$", report, re.M)


def test_all_results_as_in_one_process(tiny: Tiny) -> None:
    said, computed = results(tiny)
    assert re.fullmatch(r"6 results in \.cache/study/[0-9a-f]{32}\n", said)
    names = {"both", "draws", "half", "last", "rows", "size"}
    assert set(entries(tiny.root)) == names
    # What one worker has computed on its way to another result, no other reports again.
    assert set(computed) <= names | {"as_published.rows", "as_published.size"}
    assert len(computed) == len(set(computed))
    assert computed.index("rows") < computed.index("size") < computed.index("last")
    assert tiny.compute() == [], "the study finds them all"
    side_by_side = {name: [e.value for e in of] for name, of in entries(tiny.root).items()}
    for path in tiny.root.glob(".cache/study/*/*/*.joblib"):
        path.unlink()
    tiny.compute()
    alone = {name: [e.value for e in of] for name, of in entries(tiny.root).items()}
    assert {n: set(v) for n, v in alone.items()} == {n: set(v) for n, v in side_by_side.items()}


def test_only_what_changed(tiny: Tiny) -> None:
    results(tiny)
    assert results(tiny)[1] == []
    tiny.change("analysis/findings.py", "config.n_bootstrap", "config.n_bootstrap + 0")
    assert results(tiny)[1] == ["draws"]
    tiny.change("analysis/methods.py", "FACTOR = 2", "FACTOR = 3")
    assert results(tiny)[1] == ["draws", "last"]


def test_nothing_heavy_is_imported_when_all_hold(tiny: Tiny) -> None:
    tiny.compute()
    heavy = "{'numpy', 'pandas', 'joblib', 'analysis.book'}"
    code = "import sys; from analysis.cli import main; main(['results']); " + (
        f"print({heavy} & set(sys.modules))"
    )
    assert tiny.run(code).splitlines()[-1] == "set()"


def test_an_error_is_one_sentence(tiny: Tiny) -> None:
    (tiny.root / "data" / "gtzan_features.csv").unlink()
    said, _ = results(tiny, fails=True)
    assert said.startswith("error: gtzan_features.csv is missing in data/; study.toml names it")


def test_an_error_in_a_process_keeps_the_others(tiny: Tiny) -> None:
    tiny.change(
        "analysis/findings.py",
        '    return f"{size} and {draws}"',
        "    from analysis.errors import StoreError\n\n    raise StoreError('It is so.')",
    )
    said, _ = results(tiny, fails=True)
    assert said.endswith("error: It is so.\n")
    assert "draws" in {name for name, *_ in written(tiny.root)}


def test_a_process_that_dies(tiny: Tiny) -> None:
    tiny.change(
        "analysis/findings.py",
        '    return f"{size} and {draws}"',
        "    import os\n\n    os._exit(9)",
    )
    said, _ = results(tiny, fails=True)
    assert "error: A process that computed results ended before it was done" in said


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_processes_end_with_the_one_that_began_them(tiny: Tiny) -> None:
    tiny.change(
        "analysis/findings.py",
        "    return config.n_bootstrap",
        "    import os, time\n\n"
        "    Path('pid').write_text(str(os.getpid()))\n"
        "    time.sleep(1000)\n"
        "    return 1",
    )
    ran = tiny.python("-m", "analysis", "results")
    pid = tiny.root / "pid"
    while not pid.exists() or not pid.read_text():
        time.sleep(0.02)
    ran.send_signal(signal.SIGKILL)
    ran.communicate()
    while _runs(int(pid.read_text())):
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_the_dear_results_are_results() -> None:
    assert set(DEAR) <= set(Book.names())
