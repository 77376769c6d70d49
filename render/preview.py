"""Serve the site to this machine alone, render again on every change, and have pages reload.

The script that makes a page reload is added to what is served; nothing of it is in the site.
"""

import contextlib
import http.server
import json
import mimetypes
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

from render import cache as caches
from render.config import load_book
from render.errors import RenderError
from render.execute import libraries
from render.kernel import nursery
from render.pdf import typesetter

HOST = "127.0.0.1"
FIRST_PORT = 4848
EVENTS = "/.render/events"
SCRIPT_PATH = "/.render/reload.js"
_TAG = f'<script src="{SCRIPT_PATH}"></script>'
# The page's own scripts allow no others (its security policy), so this one comes as a file.
_SCRIPT = """(() => {
  const events = new EventSource("EVENTS");
  let shown = null;
  events.addEventListener("reload", () => location.reload());
  events.addEventListener("failed", (event) => {
    shown ??= document.body.appendChild(document.createElement("pre"));
    shown.setAttribute("role", "alert");
    shown.style.cssText = `position: fixed; inset: auto 1rem 1rem; z-index: 9999; margin: 0;
      padding: 1rem; max-height: 60vh; overflow: auto; white-space: pre-wrap;
      background: #7f1d1d; color: #fff; font: 14px/1.4 monospace; border-radius: .5rem`;
    shown.textContent = JSON.parse(event.data);
  });
  addEventListener("pagehide", () => events.close());
})();
""".replace("EVENTS", EVENTS)
_PLACEHOLDER = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Rendering …</title>
<body><p>There is no such page (yet); this one reloads after the next render.</p></body></html>
"""
_RELOADED_TYPE = "text/html"


class Events:
    """What pages that are open are told: one of them waits in a thread of its own."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.number = 0
        self.last = ("reload", "")
        self.closed = False

    def send(self, name: str, data: str = "") -> None:
        """Tell every page."""
        with self.changed:
            self.number += 1
            self.last = (name, data)
            self.changed.notify_all()

    def close(self) -> None:
        """Let the waiting threads end."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def wait(self, seen: int, timeout: float) -> tuple[int, tuple[str, str]] | None:
        """Return the newest event after the one numbered ``seen``, or None when none came."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or self.number != seen, timeout)
            return None if self.number == seen else (self.number, self.last)


class Server(http.server.ThreadingHTTPServer):
    """The site on localhost.

    Parameters
    ----------
    site : Path
        The rendered site; it may be replaced while this serves.
    port : int, optional
        The port, 0 for any; without it the first free one from 4848.
    """

    daemon_threads = True

    def __init__(self, site: Path, port: int | None = None) -> None:
        self.site = site
        self.events = Events()
        ports = range(FIRST_PORT, FIRST_PORT + 50) if port is None else [port]
        for number in ports:
            try:
                super().__init__((HOST, number), Handler)
            except OSError:
                continue
            return
        raise RenderError(f"the port {ports[0]} is taken; name another one with --port")

    @property
    def url(self) -> str:
        """Where the site is."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser has closed a connection."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "render"
    sys_version = ""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing about requests."""

    def do_HEAD(self) -> None:
        """Answer without the content."""
        self._answer()

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def _answer(self) -> None:
        # A page elsewhere whose name leads here must not be able to read the site.
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in {HOST, "localhost"}:
            self._send(HTTPStatus.FORBIDDEN, "text/plain", b"This server is for localhost only.\n")
            return
        path = unquote(urlsplit(self.path).path)
        if path == EVENTS:
            self._events()
        elif path == SCRIPT_PATH:
            self._send(HTTPStatus.OK, "text/javascript", _SCRIPT.encode())
        else:
            self._file(path)

    def _file(self, path: str) -> None:
        target = self._find(path)
        if target is None:
            page = _with_script(_PLACEHOLDER.encode())
            self._send(HTTPStatus.NOT_FOUND, "text/html; charset=utf-8", page)
            return
        if target.is_dir():
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", urlsplit(self.path).path + "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        try:
            content = target.read_bytes()
        except OSError:  # the site is just being replaced
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"")
            return
        kind = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        if kind == _RELOADED_TYPE:
            content = _with_script(content)
        if kind.startswith("text/") or kind.endswith(("json", "javascript")):
            kind += "; charset=utf-8"
        self._send(HTTPStatus.OK, kind, content)

    def _find(self, path: str) -> Path | None:
        """Return the file or folder of the site that a path names; None if there is none."""
        parts = [part for part in path.split("/") if part]
        bad = any(part == ".." or "\\" in part or "\0" in part or ":" in part for part in parts)
        if not path.startswith("/") or bad:
            return None
        site = self.server.site.resolve()
        target = site.joinpath(*parts)
        if path.endswith("/"):
            target /= "index.html"
        try:
            inside = target.resolve().is_relative_to(site) and target.exists()
        except OSError:
            return None
        return target if inside else None

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _events(self) -> None:
        events = self.server.events
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with events.changed:
            seen, last = events.number, events.last
        if last[0] == "failed":
            self._event(*last)
        with contextlib.suppress(OSError):
            self._write(": here\n\n")
            while not events.closed:
                news = events.wait(seen, timeout=15)
                if news is None:
                    self._write(": still here\n\n")
                    continue
                seen = news[0]
                self._event(*news[1])

    def _event(self, name: str, data: str) -> None:
        self._write(f"event: {name}\ndata: {json.dumps(data)}\n\n")

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()


def _with_script(page: bytes) -> bytes:
    """Add the script to a page."""
    before, end, after = page.rpartition(b"</body>")
    tag = _TAG.encode()
    return before + tag + end + after if end else page + tag


def preview(
    root: Path,
    *,
    to: str = "all",
    jobs: int = 1,
    port: int | None = None,
    output: Path | None = None,
) -> None:
    """Render, serve, and render again on every change until interrupted.

    Raises
    ------
    RenderError
        The port is taken.
    """
    site, skipped = _site(root, output)
    server = Server(site, port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    _say(f"Serving {_shown(site, root)} at {server.url} (Ctrl-C ends it)")

    def render_once() -> None:
        shown: list[bool] = []

        def page_ready() -> None:
            shown.append(True)
            server.events.send("reload")

        with renders.begin() as process:
            running.append(process)
            failed = follow(process, page_ready)
        running.clear()
        if failed is not None and changed.empty():
            server.events.send("failed", failed)
        elif failed is None and not shown:
            server.events.send("reload")

    # Watched from another thread, so that a change ends the render of what stood there before.
    changed: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    running: list[subprocess.Popen[str]] = []
    stop = threading.Event()

    def look() -> None:
        known: dict[str, str] = {}
        for names in watch(root, skipped, stop):
            # A file that a render writes as it was must not end that render.
            now = {name: caches.file_digest(root / name) for name in names}
            news = [name for name in names if now[name] != known.get(name)]
            known |= now
            if news:
                outdated = list(running)  # one that begins later sees the change
                changed.put(news)
                for process in outdated:
                    process.terminate()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    stack = contextlib.ExitStack()
    env = stack.enter_context(nursery(libraries(root)))
    if to != "html":
        env |= stack.enter_context(typesetter.running())
    renders = stack.enter_context(Renders(root, to=to, jobs=jobs, output=output, env=env))
    try:
        render_once()
        while watcher.is_alive():
            with contextlib.suppress(queue.Empty):
                names = changed.get(timeout=1)
                while not changed.empty():
                    names += changed.get()
                names = sorted(set(names))
                _say(f"Changed: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}")
                render_once()
    finally:
        stack.close()
        stop.set()
        server.events.close()
        server.shutdown()
        server.server_close()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _site(root: Path, output: Path | None) -> tuple[Path, Callable[[str], bool]]:
    """Return the folder of the site, and what tells the paths that renders write."""
    book = load_book(root)
    site = Path(os.path.abspath(output if output is not None else root / book.output_dir))  # noqa: PTH100

    def written(path: str) -> bool:
        name = Path(path)
        if path == str(site) or path.startswith((f"{site}{os.sep}", f"{site}.")):
            return True
        try:
            parts = name.relative_to(root).parts
        except ValueError:
            return True
        return any(part.startswith(".") or part == "__pycache__" for part in parts)

    return site, written


def watch(
    root: Path, skipped: Callable[[str], bool], stop: threading.Event | None = None
) -> Iterable[list[str]]:
    """Yield the names of changed files of the project, in batches.

    Parameters
    ----------
    root : Path
        The project.
    skipped : callable
        Tells of an absolute path whether its changes are of no interest.
    stop : threading.Event, optional
        Ends the watch when set.
    """
    import watchfiles

    batches = watchfiles.watch(
        root,
        watch_filter=lambda _, path: not skipped(path),
        debounce=400,
        step=50,
        stop_event=stop,
    )
    for batch in batches:
        yield sorted({os.path.relpath(path, root) for _, path in batch})


class Renders:
    """Renders in processes of their own, so that changed code is read anew.

    The next one is started ahead and has its imports done when it is wanted.

    Parameters
    ----------
    root, to, jobs, output
        As for `preview`.
    env : mapping of str to str
        More of their environment.
    """

    def __init__(
        self, root: Path, *, to: str, jobs: int, output: Path | None, env: Mapping[str, str]
    ) -> None:
        self._root = root
        line = ["-m", "render", "--engine", "portable", "--to", to, "--page-first", "--on-cue"]
        line += ["--jobs", str(jobs)]
        if output is not None:
            line += ["--output", str(output)]
        self._line = [sys.executable, *line]
        package = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        self._env = {**os.environ, **env, "PYTHONPATH": path}
        self._next: tuple[str, subprocess.Popen[str]] | None = None

    def __enter__(self) -> "Renders":
        return self

    def __exit__(self, *_: object) -> None:
        if self.waiting is not None:
            self._end(self.waiting)

    @property
    def waiting(self) -> "subprocess.Popen[str] | None":
        """The render that waits for its cue."""
        return self._next[1] if self._next is not None else None

    def _start(self) -> tuple[str, "subprocess.Popen[str]"]:
        """Start a process that waits for its cue; give the digest of the code it imports."""
        code = _code()
        process = subprocess.Popen(
            self._line,
            cwd=self._root,
            env=self._env,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        return code, process

    @contextlib.contextmanager
    def begin(self) -> Iterator["subprocess.Popen[str]"]:
        """Give a render that begins now; it is ended, and the next one started, in the end."""
        code, process = self._next or self._start()
        self._next = None
        if code != _code():
            self._end(process)
            code, process = self._start()
        assert process.stdin is not None  # noqa: S101
        try:
            with contextlib.suppress(BrokenPipeError):  # what it has said tells why
                process.stdin.write("\n")
                process.stdin.flush()
            yield process
        finally:
            self._end(process)
        self._next = self._start()

    @staticmethod
    def _end(process: "subprocess.Popen[str]") -> None:
        with contextlib.suppress(OSError):
            process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        for pipe in (process.stdin, process.stderr):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _code() -> str:
    return caches.digest(caches.own_files_digest(), caches.environment())


def follow(process: "subprocess.Popen[str]", page_ready: Callable[[], None]) -> str | None:
    """Pass on what a render says, until it ends.

    Parameters
    ----------
    process : subprocess.Popen
        The render.
    page_ready : callable
        Called when the website is in its place, while the PDF is still made.

    Returns
    -------
    str or None
        What it said if it failed.
    """
    said: list[str] = []
    assert process.stderr is not None  # noqa: S101
    for text in process.stderr:
        if not text.startswith("Using the portable renderer"):
            sys.stderr.write(text)
            sys.stderr.flush()
        said.append(text)
        if re.match(r"  website +written\b", text):
            page_ready()
    if process.wait() == 0:
        return None
    errors = [text for text in said if text.startswith("error: ")]
    return "".join(errors or said[-5:]).strip()
