"""The project's scripts that add to the website run side by side, and the render hears of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from chapters import ROOT, load_script

WAITS = """\
import pathlib, time
here = pathlib.Path(__file__)
here.with_suffix(".began").touch()
while len(list(here.parent.glob("*.began"))) < 2:
    time.sleep(0.01)
here.with_suffix(".done").touch()
"""


def test_scripts_run_side_by_side(tmp_path: Path) -> None:
    """Each waits until the other has begun."""
    scripts = [tmp_path / "one.py", tmp_path / "two.py"]
    for script in scripts:
        script.write_text(WAITS, encoding="utf-8")
    assert load_script("additions").main(scripts) == 0
    assert sorted(path.name for path in tmp_path.glob("*.done")) == ["one.done", "two.done"]


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_script_that_fails_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], wrong: int
) -> None:
    scripts = [tmp_path / "one.py", tmp_path / "two.py"]
    for script in scripts:
        script.write_text("", encoding="utf-8")
    scripts[wrong].write_text("import sys\nsys.exit('error: no room')", encoding="utf-8")
    assert load_script("additions").main(scripts) == 1
    assert capfd.readouterr().err == "error: no room\n"


def test_its_scripts_are_there() -> None:
    module = load_script("additions")
    assert all((ROOT / "report" / name).is_file() for name in module.SCRIPTS)
