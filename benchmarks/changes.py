"""What a change to the book costs: how long until its page is there, and until all is.

A copy of the project is rendered from an empty cache, and again after each of a few changes, each
of which is there to stay. Memory is the most that the render and all its helpers held at one time.
With Quarto on PATH, it renders the copy twice, and the second time is shown. On a busy machine look
at the seconds of the processors.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.render import PROJECT, held

LEFT_OUT = (".*", "_site", "_export", "_freeze", "__pycache__", "*.quarto_ipynb")
RENDER = ("-m", "render", "--engine", "portable", "--page-first")


@dataclass(frozen=True)
class Measured:
    """One render: seconds until the website was there and until all was, CPU, MiB."""

    page: float | None
    whole: float
    processor: float
    mebibytes: float


def nothing(root: Path) -> None:
    """Change nothing."""


def sentence(root: Path) -> None:
    """Add a sentence to a chapter."""
    _replace(root / "report" / "kmeans-k.qmd", r"^The ", "This sentence is new.\nThe ")


def colour(root: Path) -> None:
    """Change the colour of one figure."""
    (file,) = root.glob("analysis/**/figures/choice.py")
    _replace(file, r'"#e9c9a8"', '"#e9c9a9"')


def parameter(root: Path) -> None:
    """Change how many draws the gap statistic is measured against."""
    _replace(root / "study.toml", r"^n_references = 10$", "n_references = 11")


def _replace(file: Path, pattern: str, replacement: str) -> None:
    text = file.read_text(encoding="utf-8")
    new, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
    if not count:
        sys.exit(f"{file}: there is no {pattern} to change")
    file.write_text(new, encoding="utf-8")


CHANGES: dict[str, Callable[[Path], None]] = {
    "everything, from an empty cache": nothing,
    "nothing": nothing,
    "one sentence": sentence,
    "a figure's colour": colour,
    "one parameter that one finding reads": parameter,
}


def measure(command: Sequence[str], root: Path) -> Measured:
    """Run a render to its end."""
    env = os.environ | {"QUARTO_PYTHON": sys.executable}
    env.pop("PYTHONPATH", None)
    before = os.times()
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=root,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    done = threading.Event()
    peak = [0.0]

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], held(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    page = None
    said = []
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if re.match(r" +website +written", line):
            page = time.perf_counter() - begin
    code = process.wait()
    whole = time.perf_counter() - begin
    done.set()
    watcher.join()
    if code != 0:
        sys.exit(f"{' '.join(command)} failed:\n{''.join(said[-20:])}")
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return Measured(page, whole, used, peak[0])


def line(change: str, measured: Measured) -> None:
    """Print one line of the table."""
    page = "–" if measured.page is None else f"{measured.page:.1f} s"
    print(
        f"{change:<38} {page:>17} {measured.whole:>19.1f} s {measured.processor:>8.1f} s "
        f"{measured.mebibytes:>8.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} processors")
    print(
        f"{'change':<38} {'page to look at':>17} {'whole site and PDF':>21} {'CPU':>10} "
        f"{'memory':>12}"
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "book"
        shutil.copytree(PROJECT, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name, change in CHANGES.items():
            change(root)
            line(name, measure([sys.executable, *RENDER], root))
        quarto = shutil.which("quarto")
        if quarto is not None:
            measure([quarto, "render", "--quiet"], root)
            line("nothing, with Quarto", measure([quarto, "render", "--quiet"], root))


if __name__ == "__main__":
    main()
