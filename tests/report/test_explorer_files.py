"""The scripts of the page on every song: made anew exactly when what they are made from changes."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest
from chapters import ROOT, load_script

from analysis.study.kept import Kept


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with a place of its own for what it keeps."""
    module = load_script("scripts")
    monkeypatch.setattr(module, "KEPT", tmp_path / "kept")
    return module


def test_what_the_files_are_made_from_is_known(scripts: ModuleType) -> None:
    closure = Kept(ROOT).code.closure_of_text(inspect.getsource(scripts.make))
    assert closure.reads == {"each_song"}


def test_the_files_are_made_again_when_they_must(
    scripts: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    now = "first"

    def make(folder: Path) -> None:
        made.append(now)
        folder.mkdir()
        (folder / "songs.js").write_text(now, encoding="utf-8")

    monkeypatch.setattr(scripts, "make", make)
    monkeypatch.setattr(scripts, "digest", lambda: now)
    site = tmp_path / "site"
    scripts.main(site)
    assert not made, "a PDF alone has no page"
    (site / "report").mkdir(parents=True)
    (site / "report" / "explore.html").touch()
    shown = site / "report" / "explorer" / "songs.js"
    for now in ("first", "first", "second"):
        scripts.main(site)
        assert shown.read_text(encoding="utf-8") == now
    assert made == ["first", "second"]
    assert [path.name for path in scripts.KEPT.iterdir()] == ["second"]


def test_a_failure_leaves_nothing_kept(
    scripts: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir()
        raise OSError("no room")

    monkeypatch.setattr(scripts, "make", fail)
    monkeypatch.setattr(scripts, "digest", lambda: "now")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "explore.html").touch()
    with pytest.raises(OSError, match="no room"):
        scripts.main(tmp_path)
    assert not list(scripts.KEPT.iterdir())
    assert not (tmp_path / "report" / "explorer").exists()
