"""The choice between Quarto and the portable renderer, with a Quarto that is a script."""

import json
import os
import sys
from pathlib import Path

import pytest

from render import quarto
from render.errors import RenderError
from render.quarto import choose_engine
from tests.render.small import cell, environment, render, write_book

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fake is a shell script")

SHELL = """#!/bin/sh
exec "{python}" "{program}" "$@"
"""
FAKE = """import json, os, sys
if sys.argv[1:] == ["--version"]:
    print("{version}")
    sys.exit({code})
with open("called.json", "w") as file:
    json.dump([sys.argv[1:], os.environ.get("QUARTO_PYTHON"), os.getcwd()], file)
sys.exit(5 if "--fail" in os.environ.get("FAKE", "") else 0)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a quarto of a given version on PATH; return the folder it is in."""

    def put(version: str = "1.9.3", code: int = 0) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script, program = folder / "quarto", folder / "quarto.py"
        program.write_text(FAKE.format(version=version, code=code), encoding="utf-8")
        script.write_text(SHELL.format(python=sys.executable, program=program), encoding="utf-8")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder

    return put


@pytest.fixture
def none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarto, "find_quarto", lambda: None)


@pytest.mark.parametrize("version", ["1.9", "1.9.3", "1.10.1", "2.0.0", "99.9.9", "1.9.0-rc1"])
def test_a_new_enough_quarto_is_taken(fake, version: str) -> None:
    folder = fake(version)
    for wanted in ("auto", "quarto"):
        choice = choose_engine(wanted)
        assert choice.quarto is not None
        assert choice.quarto.path == str(folder / "quarto")
        assert choice.reason.startswith(f"Using Quarto {version}")


@pytest.mark.parametrize(
    ("version", "code", "why"),
    [
        ("1.8.27", 0, "is version 1.8.27, and 1.9 or newer is needed"),
        ("0.9.9", 0, "is version 0.9.9, and 1.9"),
        ("broken", 0, "does not tell its version"),
        ("1.9.3", 1, "does not tell its version"),
    ],
)
def test_another_quarto_is_not_taken(fake, version: str, code: int, why: str) -> None:
    fake(version, code)
    choice = choose_engine("auto")
    assert choice.quarto is None
    assert choice.reason.startswith("Using the portable renderer: ")
    assert why in choice.reason
    with pytest.raises(RenderError) as caught:
        choose_engine("quarto")
    assert why in str(caught.value)


def test_no_quarto(none: None) -> None:
    choice = choose_engine("auto")
    assert choice.quarto is None
    assert choice.reason == "Using the portable renderer: quarto is not on PATH."
    with pytest.raises(RenderError, match="quarto is not on PATH; `--engine portable`"):
        choose_engine("quarto")


def test_the_portable_renderer_does_not_even_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarto, "find_quarto", lambda: pytest.fail("it looked"))
    assert choose_engine("portable").reason == "Using the portable renderer, as asked."


def test_a_quarto_beside_python_is_found(
    tmp_path: Path, fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake("1.9.5")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    found = quarto.find_quarto()
    assert found is not None
    assert found.path == str(folder / "quarto")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["render"]),
        (["--engine", "quarto", "--to", "pdf"], ["render", "--to", "typst"]),
        (["--to", "html", "--output", "out"], ["render", "--to", "html", "--output-dir", "out"]),
        (["--force"], ["render", "--cache-refresh"]),
        (["preview"], ["preview"]),
        (["--preview", "--to", "html"], ["preview", "--render", "html"]),
    ],
)
def test_quarto_is_called(tmp_path: Path, fake, arguments: list[str], expected: list[str]) -> None:
    fake()
    root = write_book(tmp_path / "book", {"one.qmd": "# One\n\n" + cell("1")})
    done = render(root, *arguments)
    assert done.returncode == 0
    assert "Using Quarto 1.9.3" in done.stderr
    called = json.loads((root / "called.json").read_text(encoding="utf-8"))
    assert called == [expected, sys.executable, str(root.resolve())]
    assert not (root / ".cache").exists()


@pytest.mark.parametrize("arguments", [[], ["--force"]])
def test_force_forgets_what_quarto_keeps(tmp_path: Path, fake, arguments: list[str]) -> None:
    fake("1.9.1")
    root = write_book(tmp_path / "book", {})
    (root / "_freeze").mkdir()
    assert render(root, *arguments).returncode == 0
    assert (root / "_freeze").exists() == (not arguments)


def test_quartos_failure_is_passed_on(tmp_path: Path, fake) -> None:
    fake()
    root = write_book(tmp_path / "book", {})
    assert render(root, env=environment(FAKE="--fail")).returncode == 5
