"""Find Quarto, choose between it and the portable renderer, and run it."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from render.errors import RenderError

MINIMUM = (1, 9)
_FORMATS = {"html": ["--to", "html"], "pdf": ["--to", "typst"], "all": []}


@dataclass(frozen=True)
class Quarto:
    """A Quarto that was found.

    Attributes
    ----------
    path : str
        The program.
    version : str
        What it says its version is; empty if it says nothing of use.
    """

    path: str
    version: str

    @property
    def new_enough(self) -> bool:
        """Whether it renders this book as meant."""
        numbers = tuple(int(part) for part in re.findall(r"\d+", self.version)[:2])
        return numbers >= MINIMUM


@dataclass(frozen=True)
class Choice:
    """An engine and the reason for it.

    Attributes
    ----------
    quarto : Quarto or None
        The Quarto to use; None stands for the portable renderer.
    reason : str
        One sentence.
    """

    quarto: Quarto | None
    reason: str


def find_quarto() -> Quarto | None:
    """Look for ``quarto`` on PATH, then beside this Python, where PyPI's quarto-cli puts it."""
    path = shutil.which("quarto") or shutil.which("quarto", path=str(Path(sys.executable).parent))
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return Quarto(path, "")
    found = re.match(r"\s*(\d+(?:\.\d+)+\S*)", done.stdout) if done.returncode == 0 else None
    return Quarto(path, found[1] if found else "")


def choose_engine(wanted: str) -> Choice:
    """Choose what renders.

    Parameters
    ----------
    wanted : {"auto", "quarto", "portable"}
        ``auto`` takes Quarto when there is one that is new enough.

    Raises
    ------
    RenderError
        Quarto is wanted and not there, or too old.
    """
    if wanted == "portable":
        return Choice(None, "Using the portable renderer, as asked.")
    quarto = find_quarto()
    needed = ".".join(str(number) for number in MINIMUM)
    if quarto is None:
        problem = "quarto is not on PATH"
    elif not quarto.version:
        problem = f"{quarto.path} does not tell its version"
    elif not quarto.new_enough:
        problem = f"{quarto.path} is version {quarto.version}, and {needed} or newer is needed"
    elif wanted == "quarto":
        return Choice(quarto, f"Using Quarto {quarto.version} ({quarto.path}), as asked.")
    else:
        return Choice(quarto, f"Using Quarto {quarto.version}, found as {quarto.path}.")
    if wanted == "quarto":
        raise RenderError(f"{problem}; `--engine portable` renders without it")
    return Choice(None, f"Using the portable renderer: {problem}.")


def command(quarto: Quarto, verb: str, to: str, output: Path | None, *, force: bool) -> list[str]:
    """Return the command line of ``quarto render`` or ``quarto preview``."""
    line = [quarto.path, verb]
    if verb == "render":
        line += _FORMATS[to]
        if output is not None:
            line += ["--output-dir", str(output)]
        if force:
            line += ["--cache-refresh"]
    elif to != "all":
        line += ["--render", to if to == "html" else "typst"]
    return line


def run(line: list[str], root: Path) -> int:
    """Run Quarto with this very Python for its cells; return its exit code."""
    env = {**os.environ, "QUARTO_PYTHON": sys.executable}
    process = subprocess.Popen(line, cwd=root, env=env)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
