"""The output folder: what may be replaced, how it is exchanged, what a killed render leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from render import output
from render.errors import RenderError
from tests.render.small import contents, environment


def folder(path: Path, *, marked: bool = True, **files: str) -> Path:
    path.mkdir(parents=True)
    if marked:
        output.mark(path)
    for name, text in files.items():
        (path / f"{name}.html").write_text(text, encoding="utf-8")
    return path


def test_what_may_be_replaced(tmp_path: Path) -> None:
    output.check(tmp_path / "missing", configured=False)
    output.check(folder(tmp_path / "empty", marked=False), configured=False)
    output.check(folder(tmp_path / "ours", index=""), configured=False)
    by_quarto = folder(tmp_path / "quarto", marked=False, index="")
    output.check(by_quarto, configured=True)
    with pytest.raises(RenderError, match="not empty and was not made by this renderer"):
        output.check(by_quarto, configured=False)
    with pytest.raises(RenderError, match="not empty"):
        output.check(folder(tmp_path / "mine", marked=False, thesis="x"), configured=True)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(RenderError, match="is a file"):
        output.check(tmp_path / "file", configured=True)


@pytest.mark.parametrize("at_once", [True, False])
def test_the_new_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    if not at_once:
        monkeypatch.setattr(output, "_exchange_at_once", lambda first, second: False)
    site = tmp_path / "_site"
    for text in ("old", "new"):
        with output.staged(site) as staging:
            assert staging.parent == tmp_path
            (staging / "index.html").write_text(text, encoding="utf-8")
            (staging / f"{text}.html").write_text(text, encoding="utf-8")
    assert sorted(path.name for path in site.iterdir()) == [output.MARKER, "index.html", "new.html"]
    assert (site / "index.html").read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [site]


@pytest.mark.parametrize("linked", [True, False])
def test_what_is_not_made_yet_is_shown_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    if not linked:
        monkeypatch.setattr(output.os, "link", lambda *_: (_ for _ in ()).throw(OSError("none")))
    out = folder(tmp_path / "out", page="old", same="same", extra="extra")
    folder(out / "a" / "b", deep="deep")
    folder(out / "kept", deep="deep")
    os.utime(out / "same.html", (1, 1))
    staging = folder(tmp_path / "out.building-x", page="new", same="same")
    (staging / "a").write_text("a file")
    before = contents(staging)
    output.show(staging, out)
    shown = contents(out)
    assert shown == before | {
        "extra.html": b"extra",
        "kept/deep.html": b"deep",
        f"kept/{output.MARKER}": shown[output.MARKER],
    }
    assert (out / "same.html").stat().st_mtime == 1
    (staging / "page.html").write_text("changed")
    assert contents(out) == shown, "what is still made may change"
    assert sorted(tmp_path.iterdir()) == [out, staging]


def test_an_error_leaves_the_old_whole(tmp_path: Path) -> None:
    site = folder(tmp_path / "_site", index="old")

    def fail() -> None:
        with output.staged(site) as staging:
            (staging / "index.html").write_text("new", encoding="utf-8")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (site / "index.html").read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [site]


def test_what_killed_renders_left_is_removed(tmp_path: Path) -> None:
    site = folder(tmp_path / "_site", index="new")
    folder(tmp_path / "_site.building-abc", index="half")
    folder(tmp_path / "_site.old-abc", index="old")
    mine = folder(tmp_path / "_site.building-by-hand", marked=False, notes="x")
    other = folder(tmp_path / "_site2.building-abc")
    output.recover(site)
    assert sorted(tmp_path.iterdir()) == sorted([site, mine, other])


def test_a_site_that_was_moved_away_is_put_back(tmp_path: Path) -> None:
    folder(tmp_path / "_site.old-abc", index="old")
    output.recover(tmp_path / "_site")
    assert (tmp_path / "_site" / "index.html").read_text(encoding="utf-8") == "old"


def test_names_with_signs_of_patterns(tmp_path: Path) -> None:
    site = folder(tmp_path / "a[b]*", index="x")
    left = folder(tmp_path / "a[b]*.building-1")
    innocent = folder(tmp_path / "ab.building-1")
    output.recover(site)
    assert not left.exists()
    assert innocent.exists()


def test_two_renders_exclude_each_other(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom render.output import locked\n"
        "with locked(Path('.cache')):\n    print('locked', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        with (
            pytest.raises(RenderError, match=rf"running \(process {holder.pid}\); wait"),
            output.locked(tmp_path / ".cache"),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
    with output.locked(tmp_path / ".cache"):
        pass


def test_a_book_in_a_place_that_cannot_be_written_is_told_so(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("no folder", encoding="utf-8")
    said = r"\.cache/render cannot be written \(.+\), .* let BOOK_CACHE name a folder"
    with pytest.raises(RenderError, match=said), output.locked(tmp_path / ".cache" / "render"):
        pass
