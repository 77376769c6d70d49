"""What a change to the book costs: how long until its page is there, and until all is.

A copy of the project is rendered from an empty cache, and again with nothing changed. Then a few
changes are made while its preview is open, each to stay; one that is not shown goes before, so that
the preview has set a PDF. Time begins when the change is saved, and where there are several of a
kind the middle one is shown. Memory is the most that all processes held at one time. With Quarto on
PATH, it renders the copy twice, and the second time is shown. On a busy machine look at the seconds
of the processors.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.render import PROJECT, held

LEFT_OUT = (".*", "_site", "_export", "_freeze", "__pycache__", "*.quarto_ipynb")
RENDER = (sys.executable, "-m", "render", "--engine", "portable")
PREVIEW = (*RENDER, "preview", "--port", "0")
REPEATS = 3


@dataclass(frozen=True)
class Measured:
    """One render: seconds until the website was there and until all was, CPU, MiB."""

    page: float | None
    whole: float
    processor: float
    mebibytes: float


def sentence(root: Path) -> None:
    """Add a sentence to a chapter."""
    _replace(root / "report" / "kmeans-k.qmd", r"^The ", "This sentence is new.\nThe ")


def colour(root: Path) -> None:
    """Change the colour of one figure."""
    (file,) = root.glob("analysis/**/figures/choice.py")
    _replace(file, r'"#e9c9(..)"', lambda found: f'"#e9c9{int(found[1], 16) + 1:02x}"')


def parameter(root: Path) -> None:
    """Change how many draws the gap statistic is measured against."""
    _replace(
        root / "study.toml",
        r"^n_references = (\d+)$",
        lambda found: f"n_references = {int(found[1]) + 1}",
    )


def _replace(file: Path, pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> None:
    text = file.read_text(encoding="utf-8")
    new, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
    if not count:
        sys.exit(f"{file}: there is no {pattern} to change")
    file.write_text(new, encoding="utf-8")


def measure(command: Sequence[str], root: Path) -> Measured:
    """Run a render to its end."""
    with _running(command, root) as process:
        return _follow(process, lambda: None, "")


def measure_in_preview(
    root: Path, changes: Sequence[Callable[[Path], None]]
) -> Iterator[tuple[Callable[[Path], None], Measured]]:
    """Make changes while the preview is open."""
    with _running(PREVIEW, root) as process:
        _follow(process, lambda: None, "Done in|Nothing has changed")
        for change in changes:
            time.sleep(5)  # it gets ready for the next render
            yield change, _follow(process, lambda change=change: change(root), "Done in")
        process.terminate()


@contextlib.contextmanager
def _running(command: Sequence[str], root: Path) -> Iterator["subprocess.Popen[str]"]:
    env = os.environ | {"QUARTO_PYTHON": sys.executable}
    env.pop("PYTHONPATH", None)
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
    with process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise


def _follow(process: "subprocess.Popen[str]", begin: Callable[[], object], end: str) -> Measured:
    """Measure what a process does from `begin` until it says `end`, or without that ends."""
    over = threading.Event()
    peak, used = [0.0], [_used(process.pid)]

    def watch() -> None:
        while True:
            peak[0] = max(peak[0], held(process.pid))
            used[1:] = [max(used[-1], _used(process.pid))]
            if over.wait(0.25):  # to look more often would take more time from what is measured
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    begin()
    page = None
    said = []
    assert process.stderr is not None
    for text in process.stderr:
        said.append(text)
        if page is None and re.match(r" +website +written", text):
            page = time.perf_counter() - began
        if text.startswith("error: ") or (end and re.match(end, text)):
            break
    if not end:
        process.wait()
    whole = time.perf_counter() - began
    over.set()
    watcher.join()
    if process.returncode or not said or said[-1].startswith("error: "):
        sys.exit(f"the render failed:\n{''.join(said[-20:])}")
    return Measured(page, whole, used[-1] - used[0], peak[0])


def _used(pid: int) -> float:
    """Return the seconds of the processors that a process and its descendants have used."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += sum(process.cpu_times()[:4])
    return total


def middle(measured: Sequence[Measured]) -> Measured:
    """Return the one of the middle by the time of its page."""
    return sorted(measured, key=lambda one: one.page or one.whole)[len(measured) // 2]


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
        line("everything, from an empty cache", measure(RENDER, root))
        line("nothing", measure(RENDER, root))
        changes = [sentence, *[sentence] * REPEATS, *[colour] * REPEATS, parameter]
        _, *measured = measure_in_preview(root, changes)
        for name, change in {
            "one sentence": sentence,
            "a figure's colour": colour,
            "one parameter that one finding reads": parameter,
        }.items():
            line(name, middle([one for made, one in measured if made is change]))
        quarto = shutil.which("quarto")
        if quarto is not None:
            measure([quarto, "render", "--quiet"], root)
            line("nothing, with Quarto", measure([quarto, "render", "--quiet"], root))


if __name__ == "__main__":
    main()
