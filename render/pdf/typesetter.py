"""A process that sets the PDF again and again, as the preview wants it.

It keeps Typst's compiler, which then lays out anew only what has changed. Whoever asks finds it
through the environment; where there is none, or it has no answer, each PDF is set by itself, which
also tells what is wrong.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

VARIABLE = "RENDER_TYPESETTER"
# After so many PDFs the process begins afresh, since what Typst keeps grows with each.
_MOST = 30


def ask(
    files: Mapping[str, bytes], main: str, fonts: Sequence[Path], **options: Any
) -> bytes | None:
    """Return the PDF of Typst files, or None if nobody sets it or something in them is wrong.

    Parameters
    ----------
    files
        The files by name.
    main
        The one to set.
    fonts
        Font files, besides those that Typst brings along.
    options
        What else the compiler is told.
    """
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError, AuthenticationError):
        address, key = json.loads(os.environ[VARIABLE]) if VARIABLE in os.environ else ("", "")
        if address:
            with Client(address, authkey=bytes.fromhex(key)) as connection:
                connection.send((dict(files), main, list(fonts), options))
                answer = connection.recv()
                return answer if isinstance(answer, bytes) else None
    return None


@contextlib.contextmanager
def running() -> Iterator[dict[str, str]]:
    """Run the process meanwhile; give the environment in which `ask` finds it."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, "-c", "from render.pdf.typesetter import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101
    assert process.stdout is not None  # noqa: S101
    try:
        yield {VARIABLE: process.stdout.readline().strip()}
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def main() -> None:
    """Set what is asked for until the process that started this one is gone."""
    folder = Path(tempfile.mkdtemp(prefix="book-"))
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    key = secrets.token_bytes(32)
    with Listener(authkey=key) as listener:
        print(json.dumps([listener.address, key.hex()]), flush=True)
        setter = Setter(folder / "0")
        while True:
            with (
                contextlib.suppress(OSError, EOFError, AuthenticationError),
                listener.accept() as connection,
            ):
                files, name, fonts, options = connection.recv()
                if setter.count >= _MOST:
                    setter.close()
                    setter = Setter(folder / secrets.token_hex(4))
                connection.send(setter.set(files, name, fonts, options))


def _end_with_parent(folder: Path) -> None:
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


class Setter:
    """The files of the last PDF in a folder, and a compiler that has read them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.files: dict[str, bytes] = {}
        self.known: tuple[str, list[Path]] | None = None
        self.compiler: Any = None
        self.count = 0

    def set(
        self, files: dict[str, bytes], main: str, fonts: list[Path], options: dict[str, Any]
    ) -> bytes | None:
        """Return the PDF, or None if Typst fails or warns."""
        for name in self.files.keys() - files.keys():
            (self.folder / name).unlink()
        for name, content in files.items():
            if self.files.get(name) != content:
                place = self.folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
        self.files = files
        self.count += 1
        try:
            if self.known != (main, fonts):
                self.compiler = self._compiler(main, fonts)
                self.known = (main, fonts)
            data, warnings = self.compiler.compile_with_warnings(**options)
        except Exception:  # whatever it is, the one who asked will find it again
            return None
        return data if isinstance(data, bytes) and not warnings else None

    def _compiler(self, main: str, fonts: list[Path]) -> Any:
        import typst

        from render.pdf.book import gather

        return typst.Compiler(
            input=str(self.folder / main),
            root=str(self.folder),
            font_paths=gather(fonts, Path(tempfile.mkdtemp(dir=self.folder, prefix="fonts-"))),
            ignore_system_fonts=True,
        )

    def close(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)
