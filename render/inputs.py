"""What the results of a chapter depend on, besides its own cells.

Files do: those that ``inputs`` under ``[tool.render]`` in pyproject.toml names. A project that
knows better says so with ``inputs-command``: the arguments of Python for a program that reads the
chapters' code from standard input, as JSON ``{chapter: code}``, and writes ``{chapter: digest}`` of
all that this code depends on. Before it answers it brings up to date what the chapters will ask
for; what it says on standard error meanwhile is shown.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from render import cache as caches
from render.cache import Cache
from render.config import Book, load_settings
from render.errors import RenderError
from render.progress import Progress

_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class InputsError(RenderError):
    """The command failed.

    Attributes
    ----------
    traceback : str
        What it said, for the one who looks into it.
    """

    traceback: str = ""


def environment() -> dict[str, str]:
    """Return the environment variables of the project's own programs.

    What would make two renders differ is fixed: the order of sets and the number of threads that
    share a sum (chapters run side by side already). Whoever sets one of the ``*_NUM_THREADS`` keeps
    it.
    """
    env = dict(os.environ)
    # A book elsewhere may have modules of the same name as this project's.
    own = str(Path(__file__).resolve().parents[1])
    paths = env.pop("PYTHONPATH", "").split(os.pathsep)
    if others := [path for path in paths if path and os.path.abspath(path) != own]:  # noqa: PTH100
        env["PYTHONPATH"] = os.pathsep.join(others)
    for name in (*_ONE_THREAD, "PYTHONHASHSEED"):
        env.setdefault(name, "0" if name == "PYTHONHASHSEED" else "1")
    return env


def files_digest(book: Book) -> str:
    """Return the digest of the files that the cells of any chapter may read.

    Without ``inputs`` they are all files of the project but hidden ones, chapters, the output,
    ``tests`` and ``render``; with ``inputs-command`` there are none.
    """
    settings = load_settings(book.root)
    if settings.inputs is not None:
        return caches.files_digest(book.root, caches.matching_files(book.root, settings.inputs))
    return caches.files_digest(book.root, () if settings.inputs_command else _candidates(book))


def _candidates(book: Book) -> Iterable[str]:
    skipped = ["*.qmd", "tests", "render", book.output_dir, f"{book.output_dir}.*"]
    if (numbers := load_settings(book.root).numbers) is not None:
        skipped.append(numbers)
    return caches.project_files(book.root, skip=skipped)


class Inputs:
    """The digests of what chapters depend on.

    Parameters
    ----------
    book : Book
        The book.
    code : mapping of str to str
        The code of the chapters that have any, by path.
    cache : Cache
        Keeps the command's answer, which holds until the code or a file of the project changes.
    """

    def __init__(self, book: Book, code: Mapping[str, str], cache: Cache) -> None:
        self._book = book
        self._code = code
        self._cache = cache
        self._files = files_digest(book)
        self._command = load_settings(book.root).inputs_command
        self._key = ""
        self._answer: dict[str, str] | None = None if self._command else {}
        if self._command:
            files = caches.files_digest(book.root, _candidates(book))
            installed = caches.environment()
            self._key = caches.digest("inputs", self._command, dict(code), files, installed)
            self._answer = _checked(cache.get(self._key))

    @property
    def known(self) -> bool:
        """Whether `of` answers at once, since no command has to run."""
        return self._answer is not None

    def ask(self, progress: Progress) -> None:
        """Run the command, unless its answer is known.

        Raises
        ------
        InputsError
            It fails, or gives no such answer.
        """
        if self._answer is None:
            progress.begin("inputs")
            self._answer = _ask(self._command, self._book.root, self._code, progress)
            self._cache.put(self._key, self._answer)
            progress.finish("inputs", "checked")

    def of(self, path: str) -> str | None:
        """Return the digest for a chapter; None where the command could not give one."""
        if not self._command:
            return self._files
        given = (self._answer or {}).get(path)
        return None if given is None else caches.digest(self._files, given)


def _checked(answer: object) -> dict[str, str] | None:
    """Return an answer without the chapters that it leaves open, or None if it is none."""
    if not isinstance(answer, dict):
        return None
    if not all(isinstance(given, str | None) for given in answer.values()):
        return None
    return {str(path): given for path, given in answer.items() if given}


def _ask(
    command: Sequence[str], root: Path, code: Mapping[str, str], progress: Progress
) -> dict[str, str]:
    name = " ".join(["python", *command])
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(json.dumps(code).encode())
        question.seek(0)
        with _running(command, root, question, answer) as process:
            said = _listen(process, progress)
        answer.seek(0)
        written = answer.read()
    if process.returncode != 0:
        error = _failed(name, process.returncode, said)
        if progress.live and error.path is not None:
            error.traceback = "\n".join(said)  # nobody has read it yet
        raise error
    with contextlib.suppress(ValueError):
        if (given := _checked(json.loads(written))) is not None:
            return given
    start = " ".join(written.decode("utf-8", "replace").split())[:60]
    raise InputsError(
        f"`inputs-command` in [tool.render]: {name} must write JSON that gives each chapter a "
        f"digest, not {start!r}",
        path="pyproject.toml",
    )


@contextlib.contextmanager
def _running(
    command: Sequence[str], root: Path, question: IO[bytes], answer: IO[bytes]
) -> "Iterator[subprocess.Popen[str]]":
    """Run the command; end it and what it has started when it is no longer waited for."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=root,
        env=environment() | {"PYTHONIOENCODING": "utf-8"},
        stdin=question,
        stdout=answer,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            yield process
        except BaseException:
            if hasattr(os, "killpg"):
                with contextlib.suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise


def _listen(process: "subprocess.Popen[str]", progress: Progress) -> list[str]:
    """Show what the command says, but for the sentence it fails with; on a terminal in one line."""
    said: list[str] = []
    assert process.stderr is not None  # noqa: S101
    for line in process.stderr:
        said.append(line.rstrip())
        if progress.live:
            progress.step("inputs", line.rstrip())
        elif not line.startswith("error: "):
            progress.say(line.rstrip())
    process.wait()
    return said


def _failed(name: str, code: int, said: list[str]) -> InputsError:
    last = next((line for line in reversed(said) if line), "it said nothing")
    if last.startswith("error: "):
        return InputsError(last.removeprefix("error: "))
    return InputsError(
        f"`inputs-command` in [tool.render]: {name} failed with code {code}: {last}",
        path="pyproject.toml",
    )
