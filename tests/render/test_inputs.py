"""`inputs-command`: a program of the project says what each chapter depends on."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from render.cache import Cache
from render.errors import RenderError
from render.execute import execute_chapters
from render.inputs import InputsError
from render.progress import Progress
from tests.render.small import cell, environment, read, render, write_book

COMMAND = """\
import hashlib, json, os, sys
from pathlib import Path
code = json.load(sys.stdin)
with Path(".asked").open("a") as file:
    file.write(json.dumps(code) + "\\n")
print("working on it", file=sys.stderr)
answer = {}
for path in code:
    file = Path("values", Path(path).stem)
    answer[path] = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None
json.dump(answer, sys.stdout)
"""
SETTINGS = "[tool.render]\ninputs-command = ['command.py']\n"
MARK = "from pathlib import Path\nPath('.ran').open('a').write('{} ')\nNone"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a book of two chapters, each of which leaves a mark when it runs."""
    chapters = {
        f"{name}.qmd": f"# {name}\n\nWords.\n\n{cell(MARK.format(name))}\n`{{python}} 1 + 1`\n"
        for name in ("one", "two")
    }
    write_book(tmp_path, chapters)
    (tmp_path / "values").mkdir()
    for name in ("one", "two"):
        (tmp_path / "values" / name).write_text("1", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "command.py").write_text(COMMAND, encoding="utf-8")
    return tmp_path


def execute(root: Path, said: io.StringIO | None = None, *, force: bool = False) -> list[str]:
    """Execute what has to be; return the chapters that ran."""
    (root / ".ran").unlink(missing_ok=True)
    book, sources = read(root)
    progress = Progress(said or io.StringIO(), live=False)
    cache = Cache(root / ".cache" / "render", enabled=not force)
    execute_chapters(book, sources, jobs=2, cache=cache, progress=progress)
    ran = root / ".ran"
    return sorted(ran.read_text(encoding="utf-8").split()) if ran.exists() else []


def asked(root: Path) -> list[dict[str, str]]:
    """Return what the command has been asked so far."""
    return [json.loads(line) for line in (root / ".asked").read_text(encoding="utf-8").splitlines()]


def test_only_the_chapters_whose_digest_changed_run(root: Path) -> None:
    assert execute(root) == ["one", "two"]
    assert execute(root) == []
    (root / "values" / "two").write_text("2", encoding="utf-8")
    assert execute(root) == ["two"]
    (root / "unrelated.py").write_text("1", encoding="utf-8")
    assert execute(root) == []
    assert execute(root, force=True) == ["one", "two"]


def test_the_command_gets_the_code_in_order_and_its_words_are_shown(root: Path) -> None:
    said = io.StringIO()
    execute(root, said)
    assert asked(root) == [
        {f"{name}.qmd": f"{MARK.format(name)}\n1 + 1" for name in ("one", "two")}
    ]
    assert "working on it" in said.getvalue()


def test_the_command_is_asked_again_when_code_or_files_change_but_not_for_prose(root: Path) -> None:
    execute(root)
    chapter = root / "one.qmd"
    text = chapter.read_text(encoding="utf-8")
    chapter.write_text(text.replace("Words.", "Other words."), encoding="utf-8")
    assert execute(root) == []
    assert len(asked(root)) == 1
    chapter.write_text(text.replace("1 + 1", "1 + 2"), encoding="utf-8")
    assert execute(root) == ["one"]
    assert len(asked(root)) == 2
    (root / "unrelated.py").write_text("1", encoding="utf-8")
    execute(root)
    assert len(asked(root)) == 3


def test_a_chapter_without_a_digest_runs_each_time(root: Path) -> None:
    (root / "values" / "one").unlink()
    assert execute(root) == ["one", "two"]
    assert execute(root) == ["one"]


def test_files_that_inputs_names_count_too(root: Path) -> None:
    settings = root / "pyproject.toml"
    settings.write_text(f"{SETTINGS}inputs = ['data/*']\n", encoding="utf-8")
    execute(root)
    (root / "data").mkdir()
    (root / "data" / "table.csv").write_text("1", encoding="utf-8")
    assert execute(root) == ["one", "two"]


def test_a_damaged_answer_is_asked_for_again(root: Path) -> None:
    execute(root)
    for path in (root / ".cache" / "render" / "results").iterdir():
        if "outputs" not in path.read_text(encoding="utf-8"):
            path.write_bytes(path.read_bytes()[:-20])
    execute(root)
    assert len(asked(root)) == 2


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("import sys; sys.exit('error: study.toml: seed must be 0 or more')", "study.toml: seed"),
        ("1 / 0", "python command.py failed with code 1: ZeroDivisionError"),
        ("raise SystemExit(3)", "failed with code 3: it said nothing"),
        ("print('hello')", "must write JSON that gives each chapter a digest, not 'hello'"),
        ("print('{\"one.qmd\": 5}')", "must write JSON"),
    ],
)
def test_a_command_that_fails_stops_the_render(root: Path, command: str, said: str) -> None:
    (root / "command.py").write_text(command, encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        execute(root)
    assert said in str(caught.value)
    assert not (root / ".ran").exists()


def test_on_a_terminal_its_words_stand_in_one_line_and_its_account_is_kept(root: Path) -> None:
    (root / "command.py").write_text(
        "import sys\nprint('step 1', file=sys.stderr)\n1 / 0\n", encoding="utf-8"
    )
    book, sources = read(root)
    said = io.StringIO()
    with pytest.raises(InputsError) as caught:
        execute_chapters(
            book, sources, cache=Cache(root / ".cache"), progress=Progress(said, live=True)
        )
    assert "inputs step 1" in said.getvalue()
    assert "\n" not in said.getvalue()
    assert caught.value.traceback.startswith("step 1\nTraceback (most recent call last)")


def test_its_sentence_is_the_last_one_of_the_render(root: Path) -> None:
    (root / "command.py").write_text("import sys; sys.exit('error: no such song')", "utf-8")
    done = render(root, "--engine", "portable", "--to", "html")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "error: no such song"
    assert done.stderr.count("no such song") == 1
    assert not (root / "_site").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_the_command_and_its_helpers_end_with_the_render(root: Path) -> None:
    slow = (
        "import os, subprocess, time\n"
        "helper = subprocess.Popen(['sleep', '600'])\n"
        "open('.up.new', 'w').write(f'{os.getpid()} {helper.pid}')\n"
        "os.rename('.up.new', '.up')\n"
        "time.sleep(600)\n"
    )
    (root / "command.py").write_text(slow, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "render", "--engine", "portable", "--to", "html"],
        cwd=root,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not (root / ".up").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 143
        pids = [int(word) for word in (root / ".up").read_text(encoding="utf-8").split()]
        until = time.monotonic() + 30
        while any(_runs(pid) for pid in pids):
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.kill()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text(encoding="utf-8").split()[2] != "Z"
