"""What a render says about itself while it runs, on standard error."""

import sys
import threading
import time
from typing import TextIO


class Progress:
    """One line for each chapter and stage; on a terminal also what is running just now.

    Parameters
    ----------
    stream : TextIO, optional
        Where to write, standard error if not given.
    live : bool, optional
        Whether the stream is a terminal; asked of the stream if not given.
    quiet : bool
        Whether to say nothing but `say`.
    """

    def __init__(
        self, stream: TextIO | None = None, *, live: bool | None = None, quiet: bool = False
    ) -> None:
        self.stream = stream if stream is not None else sys.stderr
        self.live = self.stream.isatty() if live is None else live
        self.quiet = quiet
        self.started = time.perf_counter()
        self.running: dict[str, tuple[float, str]] = {}
        self.width = 0
        self.lock = threading.RLock()

    def plan(self, names: list[str]) -> None:
        """Say which names will come, so that their lines can be aligned."""
        self.width = max([self.width, *(len(name) for name in names)])

    def begin(self, name: str, detail: str = "") -> None:
        """Note that a chapter or stage has begun."""
        with self.lock:
            self.running[name] = (time.perf_counter(), detail)
            self._status()

    def step(self, name: str, detail: str) -> None:
        """Note how far a chapter is."""
        with self.lock:
            if name in self.running:
                self.running[name] = (self.running[name][0], detail)
                self._status()

    def finish(self, name: str, state: str) -> None:
        """Write the line of a chapter or stage that has begun and is over."""
        with self.lock:
            began, _ = self.running.pop(name, (time.perf_counter(), ""))
            self.line(name, state, time.perf_counter() - began)

    def line(self, name: str, state: str, seconds: float | None = None) -> None:
        """Write one line: name, state, seconds."""
        if self.quiet:
            return
        took = "" if seconds is None else f"{seconds:7.1f} s"
        self.say(f"  {name:<{self.width}}  {state:<9}{took}".rstrip())

    def say(self, text: str) -> None:
        """Write a line of its own."""
        with self.lock:
            self._clear()
            self.stream.write(text + "\n")
            self.stream.flush()
            self._status()

    def close(self) -> None:
        """Remove the line that shows what is running."""
        with self.lock:
            self.running.clear()
            self._clear()
            self.stream.flush()

    @property
    def seconds(self) -> float:
        """Seconds since the render began."""
        return time.perf_counter() - self.started

    def _clear(self) -> None:
        if self.live:
            self.stream.write("\r\x1b[2K")

    def _status(self) -> None:
        if not self.live or self.quiet or not self.running:
            return
        parts = [f"{name} {detail}".strip() for name, (_, detail) in self.running.items()]
        text = "  … " + " · ".join(parts)
        self.stream.write("\r\x1b[2K" + text[:78])
        self.stream.flush()
