"""The process that sets the preview's PDFs: what it gives is what one compilation gives."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from render.pdf import typesetter
from render.pdf.book import compile_files

OPTIONS = {"pdf_standards": ["a-2b"], "timestamp": 946_684_800}


def files(text: str, **others: str) -> dict[str, bytes]:
    main = "\n".join([*(f'#include "chapters/{name}.typ"' for name in others), text])
    chapters = {f"chapters/{name}.typ": words.encode() for name, words in others.items()}
    return {"main.typ": f"#set document(title: [T])\n{main}".encode(), **chapters}


def alone(given: dict[str, bytes]) -> bytes:
    return compile_files(given, [], ["a-2b"], OPTIONS["timestamp"])  # type: ignore[arg-type]


def test_it_gives_what_one_compilation_gives(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    books = [files("One.", a="= A"), files("Two.", a="= A", b="= B"), files("Two.", b="= C")]
    expected = [alone(given) for given in books]
    assert typesetter.ask(books[0], "main.typ", [], **OPTIONS) is None, "nobody runs"
    with typesetter.running() as env:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        assert [typesetter.ask(given, "main.typ", [], **OPTIONS) for given in books] == expected
        assert typesetter.ask(files("#panic()"), "main.typ", [], **OPTIONS) is None
        assert typesetter.ask(books[0], "main.typ", [], **OPTIONS) == expected[0]
    assert typesetter.ask(books[0], "main.typ", [], **OPTIONS) is None, "it has ended"
    assert list(tmp_path.glob("book-*")) == []


def test_a_stranger_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    book = files("One.")
    with typesetter.running() as env:
        address, key = json.loads(env[typesetter.VARIABLE])
        monkeypatch.setenv(typesetter.VARIABLE, json.dumps([address, "00" * 32]))
        assert typesetter.ask(book, "main.typ", [], **OPTIONS) is None
        monkeypatch.setenv(typesetter.VARIABLE, json.dumps([address, key]))
        assert typesetter.ask(book, "main.typ", [], **OPTIONS) == alone(book)


def test_a_setter_begins_with_new_fonts_and_leaves_no_file(tmp_path: Path) -> None:
    font = tmp_path / "font.otf"
    font.write_bytes(b"no font")
    setter = typesetter.Setter(tmp_path / "set")
    assert setter.set(files("One."), "main.typ", [], OPTIONS) == alone(files("One."))
    first = setter.compiler
    assert setter.set(files("One."), "main.typ", [font], OPTIONS) is not None
    assert setter.compiler is not first
    setter.close()
    assert not setter.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
def test_it_ends_with_the_one_who_started_it() -> None:
    script = (
        "import os\n"
        "from render.pdf import typesetter\n"
        "with typesetter.running() as env:\n"
        "    children = open(f'/proc/self/task/{os.getpid()}/children').read()\n"
        "    print(children, flush=True)\n"
        "    os._exit(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    (pid,) = map(int, done.stdout.split())
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)
