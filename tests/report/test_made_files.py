"""Files that scripts add to the site are made anew exactly when what they are made from changes."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest
from chapters import ROOT, load_script

from analysis.study.kept import Kept

READ = {"scripts": "each_song", "downloads": "files"}
FOLDERS = {"scripts": "report/explorer", "downloads": "downloads"}


@pytest.fixture(params=READ)
def name(request: pytest.FixtureRequest) -> str:
    """The script's name."""
    return str(request.param)


@pytest.fixture
def script(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with a place of its own for what it keeps."""
    module = load_script(name)
    monkeypatch.setattr(module, "KEPT", tmp_path / "kept")
    return module


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with the page that shows the files."""
    (tmp_path / "site" / "report").mkdir(parents=True)
    (tmp_path / "site" / "report" / "explore.html").touch()
    return tmp_path / "site"


def test_what_the_files_are_made_from_is_known(script: ModuleType, name: str) -> None:
    closure = Kept(ROOT).code.closure_of_text(inspect.getsource(script.make))
    assert closure.reads == {READ[name]}


def test_the_files_are_made_again_when_they_must(
    script: ModuleType, name: str, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    now = "first"

    def make(folder: Path) -> None:
        made.append(now)
        folder.mkdir()
        (folder / f"{now}.txt").write_text(now, encoding="utf-8")

    monkeypatch.setattr(script, "make", make)
    monkeypatch.setattr(script, "digest", lambda: now)
    for now in ("first", "first", "second"):
        script.main(site)
        shown = site / FOLDERS[name] / f"{now}.txt"
        assert shown.read_text(encoding="utf-8") == now
    assert made == ["first", "second"]
    assert [path.name for path in script.KEPT.iterdir()] == ["second"]
    assert [path.name for path in shown.parent.iterdir()] == ["second.txt"]


def test_a_failure_leaves_nothing_kept(
    script: ModuleType, name: str, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir()
        raise OSError("no room")

    monkeypatch.setattr(script, "make", fail)
    monkeypatch.setattr(script, "digest", lambda: "now")
    with pytest.raises(OSError, match="no room"):
        script.main(site)
    assert not list(script.KEPT.iterdir())
    assert not (site / FOLDERS[name]).exists()


def test_a_pdf_alone_has_no_page_for_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load_script("scripts")
    monkeypatch.setattr(module, "make", lambda _: pytest.fail("made"))
    module.main(tmp_path)
    assert not list(tmp_path.iterdir())
