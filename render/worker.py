"""A second process for the PDF, which is made while the first one makes the pages.

It is started when a render begins, so that its imports are done when its task comes. The task and
the answer go through pipes between the two and nowhere else.
"""

import contextlib
import gc
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from render.config import Book
from render.errors import RenderError, refused
from render.execute import ChapterResult
from render.source import ChapterSource

if TYPE_CHECKING:
    from render.pandoc import Parsed


def make_pdf(
    book: Book,
    sources: Sequence[ChapterSource],
    results: Mapping[str, ChapterResult],
    out: Path,
    kept: Path | None,
    read: Mapping[tuple[str, str], "Parsed"],
) -> None:
    """Make the PDF of the book.

    Parameters
    ----------
    book, sources, results
        The chapters, and what their steps have given.
    out
        The file to write.
    kept
        The folder of what earlier renders have made, if that may be used.
    read
        What Pandoc has read for the website.
    """
    from render import pandoc
    from render.cache import Cache, Pack
    from render.document import prepare
    from render.pdf.book import write_pdf

    pack = Pack(kept / "pandoc-pdf") if kept is not None else None
    cache = Cache(kept / "pdf") if kept is not None else None
    pandoc.keep_in(pack)
    pandoc.know(read)
    write_pdf(book, prepare(book, sources, results, format="typst", cache=cache), out, cache)
    if pack is not None:
        pack.save()
    if cache is not None:
        cache.prune()


class PdfWorker:
    """The process that makes the PDF, seen from the render."""

    def __init__(self) -> None:
        package = Path(__file__).resolve().parent.parent
        path = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from render.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )

    def begin(
        self,
        book: Book,
        sources: Sequence[ChapterSource],
        results: Mapping[str, ChapterResult],
        out: Path,
        kept: Path | None,
        read: Mapping[tuple[str, str], "Parsed"],
    ) -> None:
        """Hand over the task: the arguments of `make_pdf`."""
        assert self.process.stdin is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):  # `finish` tells that it has ended
            _send(self.process.stdin, (book, sources, results, out, kept, read))

    def finish(self) -> None:
        """Wait for the PDF.

        Raises
        ------
        RenderError
            The PDF could not be made.
        """
        assert self.process.stdout is not None  # noqa: S101
        try:
            error = _receive(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            code = self.process.wait()
            raise RenderError(f"the process that makes the PDF ended with code {code}") from None
        if error is not None:
            raise error

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _send(pipe: IO[bytes], value: Any) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(struct.pack("<Q", len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head = pipe.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("<Q", head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 (from the render that started this process)


def main() -> None:
    """Do one task."""
    gc.set_threshold(50_000)  # as in the render
    stdin, stdout = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    with contextlib.suppress(Exception):  # whatever it is, the import in earnest will tell
        import render.document
        import render.pdf.book  # noqa: F401
    try:
        task = _receive(stdin)
    except EOFError:
        return
    threading.Thread(target=_end_with_render, args=(stdin,), daemon=True).start()
    error: BaseException | None = None
    try:
        make_pdf(*task)
    except RenderError as raised:
        error = raised
    except Exception as raised:
        out: Path = task[3]
        places = [Path(tempfile.gettempdir()), out.parent]
        error = refused(raised, places) if isinstance(raised, OSError) else None
        if error is None:
            import traceback

            traceback.print_exc()
            said = f"{type(raised).__name__}: {raised}"
            error = RenderError(f"the PDF could not be made, by a fault of the renderer: {said}")
    _send(stdout, error)
    sys.stderr.flush()
    os._exit(0)  # the thread that waits for the render would hold up a proper end


def _end_with_render(stdin: IO[bytes]) -> None:
    """End this process when the render that wants its result is gone."""
    if not stdin.read(1):
        os._exit(1)
