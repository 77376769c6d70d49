"""The fonts and the search index of the site."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from render.errors import RenderError
from render.html import fonts, search


@pytest.fixture(scope="module")
def faces(pytestconfig: pytest.Config) -> dict[str, bytes]:
    return fonts.build(folder=Path(pytestconfig.cache.mkdir("site-fonts")))


def read(data: bytes) -> TTFont:
    return TTFont(io.BytesIO(data))


def test_the_fonts_are_small_and_of_the_web(faces: dict[str, bytes]) -> None:
    assert sorted(faces) == ["math.woff2", "sans.woff2", "serif-italic.woff2", "serif.woff2"]
    assert all(data.startswith(b"wOF2") for data in faces.values())
    assert sum(map(len, faces.values())) < 250_000


def test_fonts_carry_their_own_names_and_their_licence(faces: dict[str, bytes]) -> None:
    for data in faces.values():
        names = read(data)["name"]
        assert names.getDebugName(1) in {"Book Serif", "Book Sans", "Book Math"}
        assert "Source" not in names.getDebugName(4)
        assert "Open Font License" in names.getDebugName(13)
        assert names.getDebugName(0)


def test_text_fonts_have_a_range_of_weights(faces: dict[str, bytes]) -> None:
    for name in ("serif.woff2", "serif-italic.woff2", "sans.woff2"):
        font = read(faces[name])
        (weight,) = font["fvar"].axes
        assert (weight.axisTag, weight.minValue <= 400, weight.maxValue >= 700) == (
            "wght",
            True,
            True,
        )
        for character in "Aß–“é":
            assert ord(character) in font.getBestCmap()


def test_the_mathematical_font_can_set_mathematics(faces: dict[str, bytes]) -> None:
    font = read(faces["math.woff2"])
    assert "MATH" in font
    for character in "x𝑥ℎ𝛼∑∫√⟨‖≤":
        assert ord(character) in font.getBestCmap(), character


def test_other_signs_of_the_book_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FACES", fonts.FACES[-1:])
    monkeypatch.setattr(fonts, "environment_folder", lambda: None)
    sign = "\N{SQUARED PLUS}"
    made = fonts.build(sign, folder=tmp_path)["math.woff2"]
    assert fonts._cut(fonts.FACES[0], fonts.FACES[0].characters | {ord(sign)}) == made
    assert ord(sign) in read(made).getBestCmap()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert fonts.build(sign + "x", folder=tmp_path)["math.woff2"] == made
    assert sorted(path.name for path in tmp_path.iterdir()) == kept


def test_fonts_are_kept_in_the_environment_if_it_can_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_cut", lambda *_: b"font")
    monkeypatch.setattr(
        fonts, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers)
    )
    here, there, blocked = tmp_path / "here", tmp_path / "there", tmp_path / "file" / "blocked"
    blocked.parent.write_text("a file")
    monkeypatch.setattr(fonts, "environment_folder", lambda: here)
    fonts.build(folder=there)
    assert len(list(here.iterdir())) == len(fonts.FACES)
    assert not there.exists()
    monkeypatch.setattr(fonts, "environment_folder", lambda: blocked)
    assert set(fonts.build(folder=there).values()) == {b"font"}
    assert len(list(there.iterdir())) == len(fonts.FACES)


def test_a_missing_font_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(RenderError, match=r"STIXTwoMath-Regular\.ttf of the package ziamath"):
        fonts._source(fonts.FACES[-1])


PAGE = """<!DOCTYPE html><html lang="en"><head><title>T</title></head>
<body><main data-pagefind-body><h1 id="a">Head</h1><p>{}</p></main></body></html>"""


def write_pages(folder: Path, *texts: str) -> Path:
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.html").write_text(PAGE.format(text), encoding="utf-8")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_an_index_is_the_same_twice_and_holds_what_is_needed(tmp_path: Path) -> None:
    texts = [f"word{n} and some more words, number {n}" for n in range(12)]
    first, second = (write_pages(tmp_path / name, *texts) for name in ("a", "b"))
    search.write_index(first)
    search.write_index(second)
    assert content(first) == content(second)
    index = content(first / "pagefind")
    assert {"pagefind.js", "pagefind-entry.json"} <= index.keys()
    assert sum(name.startswith("fragment/") for name in index) == len(texts)
    assert not any("ui" in name for name in index)


def test_a_new_index_replaces_the_old_one(tmp_path: Path) -> None:
    site = write_pages(tmp_path / "a", "first")
    search.write_index(site)
    before = content(site / "pagefind")
    (site / "0.html").write_text(PAGE.format("second"), encoding="utf-8")
    search.write_index(site)
    after = content(site / "pagefind")
    fragments = [{name for name in index if "fragment" in name} for index in (before, after)]
    assert [len(names) for names in fragments] == [1, 1]
    assert fragments[0] != fragments[1]


def test_what_pagefind_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_program: Callable[[str], Path]
) -> None:
    program = write_program("import sys\nsys.exit('no luck')\n")
    monkeypatch.setattr(search, "executable", lambda: str(program))
    with pytest.raises(RenderError, match="Pagefind failed: no luck"):
        search.write_index(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {program.name, f"{program.name}.py"}


@pytest.fixture
def write_program(tmp_path: Path) -> Callable[[str], Path]:
    import os
    import sys

    if os.name == "nt":
        pytest.skip("scripts are no programs on Windows")

    def write(text: str) -> Path:
        path, code = tmp_path / "program", tmp_path / "program.py"
        code.write_text(text, encoding="utf-8")
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{code}" "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        return path

    return write


def test_without_pagefind_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(RenderError, match=r"pagefind\[bin\].*search: false"):
        search.executable()
