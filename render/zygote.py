"""The process that kernels are forked from: it imports what cells import, once for all chapters.

It is run as a program of its own (`render.kernel` starts it) and imports nothing of this package.
It takes requests as lines of JSON on a socket and answers on it; when the socket closes, because
the render has ended or was killed, it kills every kernel and ends.

A forked kernel is as good as a new one as long as the imports it finds done have no effect but
their being there. So a module that prints, warns or starts a thread while it is imported is left
out, in a new process, and a kernel that needs it imports it itself.

While a preview runs, this process is itself forked from one that lives on (`render.kernel.nursery`)
and has imported the libraries that the last renders needed, but nothing of the project.
"""

import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_OF_FIGURES = [
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
]
"""What a kernel imports as soon as a cell has imported matplotlib."""


_PACKAGES = {"site-packages", "dist-packages"}
"""The folders of libraries."""


def _die_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent ends, however it ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class _Listening:
    """Files that catch whatever is written to standard output and error meanwhile."""

    def __enter__(self) -> "_Listening":
        sys.stdout.flush()
        sys.stderr.flush()
        self.saved = (os.dup(1), os.dup(2))
        self.file = tempfile.TemporaryFile()
        os.dup2(self.file.fileno(), 1)
        os.dup2(self.file.fileno(), 2)
        return self

    def heard(self) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        return os.fstat(self.file.fileno()).st_size

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in enumerate(self.saved, start=1):
            os.dup2(copy, number)
            os.close(copy)
        self.file.close()


def _without_debugger() -> None:
    """Import the kernel's debugger without debugpy, which nobody uses here and takes long."""
    if "debugpy" in sys.modules:
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    with contextlib.suppress(BaseException):
        importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]


def _preload(modules: list[str], left_out: list[str]) -> str | None:
    """Import modules; return the first that did more than that, after which all bets are off."""
    with _Listening() as listening:
        _without_debugger()
        for name in modules:
            if name in left_out or name in sys.modules:
                continue
            before = (listening.heard(), threading.active_count())
            # Whatever is wrong with it, the cell that imports it is the place to say so.
            with contextlib.suppress(BaseException):
                importlib.import_module(name)
            if (listening.heard(), threading.active_count()) != before:
                return name
    return None


def _settle(request: dict[str, Any]) -> None:
    """Take the log, the environment and the folder that a request names, in a forked process."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for number in (nothing, log):
        if number > 2:
            os.close(number)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])


def _noted(place: str) -> list[str]:
    """Return the modules that an earlier process has noted; none if that cannot be read."""
    with contextlib.suppress(OSError, ValueError), open(place, encoding="utf-8") as file:  # noqa: PTH123
        names = json.load(file)
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
    return []


def _nurse(state: dict[str, Any]) -> dict[str, Any]:
    """Import what was noted, fork for each render that asks, and return there what it asks for.

    The one who started this process holds the other end of its standard input.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(fileno=state["listen"])
    done: list[str] = []
    while True:
        names = _noted(state["libraries"])
        if names != done:
            noisy = _preload(names, state["left_out"])
            if noisy is not None:
                state["left_out"].append(noisy)
                os.execv(sys.executable, [sys.executable, __file__, json.dumps(state)])  # noqa: S606
            gc.collect()
            gc.freeze()
            done = names
        waiting: list[Any] = [listener, 0]
        ready, _, _ = select.select(waiting, [], [], 2)
        if 0 in ready and not os.read(0, 1):
            shutil.rmtree(state["folder"], ignore_errors=True)
            os._exit(0)
        if listener in ready:
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
    listener.close()
    os.setsid()
    with connection.makefile("rb") as lines:
        asked: dict[str, Any] = json.loads(lines.readline())
    _settle(asked)
    connection.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    return {**asked["state"], "socket": connection.detach()}


class Zygote:
    """The loop that answers requests and waits for kernels to end."""

    def __init__(self, control: socket.socket, state: dict[str, Any]) -> None:
        self.control = control
        self.state = state
        self.kernels: set[int] = set()
        self.buffer = b""
        self.woken, wake = socket.socketpair()
        for end in (self.woken, wake):
            end.setblocking(False)
        self.wake = wake
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)

    def send(self, message: dict[str, Any]) -> None:
        """Send an answer or a piece of news."""
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(message).encode() + b"\n")

    def run(self) -> dict[str, Any]:
        """Serve until there is a kernel to be; return its request, in the forked process."""
        while True:
            ready, _, _ = select.select([self.control, self.woken], [], [])
            if self.woken in ready:
                with contextlib.suppress(BlockingIOError):
                    self.woken.recv(4096)
                self.reap()
            if self.control not in ready:
                continue
            data = self.control.recv(65536)
            if not data:
                self.end()
            self.buffer += data
            while b"\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\n", 1)
                request = self.handle(json.loads(line))
                if request is not None:
                    return request

    def handle(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a request asks; in the process that is to be a kernel, return it."""
        if request["do"] == "preload":
            self.state["reply"] = request["id"]
            self.preload(request["modules"])
            self.send({"reply": request["id"]})
        elif request["do"] == "signal" and request["pid"] in self.kernels:
            with contextlib.suppress(OSError):
                os.killpg(request["pid"], request["signal"])
        elif request["do"] == "start":
            return self.start(request)
        return None

    def preload(self, modules: list[str]) -> None:
        """Import modules; begin anew, as another program, if one has side effects."""
        noisy = _preload(modules, self.state["left_out"])
        if noisy is None and "matplotlib" in sys.modules:
            noisy = _preload(_OF_FIGURES, self.state["left_out"])
        if noisy is None:
            gc.collect()
            gc.freeze()
            self.note_libraries()
            return
        # Some speak on their first import ever (a font cache is built): they get a second chance.
        again = noisy in self.state["noisy"]
        self.state["left_out" if again else "noisy"].append(noisy)
        self.state["preload"] = list(dict.fromkeys([*self.state["preload"], *modules]))
        os.set_inheritable(self.control.fileno(), True)
        signal.set_wakeup_fd(-1)
        os.execv(sys.executable, [sys.executable, __file__, json.dumps(self.state)])  # noqa: S606

    def note_libraries(self) -> None:
        """Write down which modules of libraries are imported, for a process that lives on."""
        files = [(name, getattr(module, "__file__", None)) for name, module in sys.modules.items()]
        found = {name for name, file in files if file and _PACKAGES.intersection(Path(file).parts)}
        if not found <= set(_noted(self.state["libraries"])):
            new = f"{self.state['libraries']}.{os.getpid()}"
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(new), exist_ok=True)  # noqa: PTH103, PTH120
                with open(new, "w", encoding="utf-8") as file:  # noqa: PTH123
                    json.dump(sorted(found), file)
                os.replace(new, self.state["libraries"])  # noqa: PTH105

    def start(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Fork a kernel."""
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            self.send({"reply": request["id"], "error": str(error)})
            return None
        if pid:
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
            self.kernels.add(pid)
            self.send({"reply": request["id"], "pid": pid})
            return None
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        _die_with_parent(parent)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in (self.control, self.woken, self.wake):
            end.close()
        return request

    def reap(self) -> None:
        """Report the kernels that have ended, and end what they left behind."""
        for pid in list(self.kernels):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            self.kernels.remove(pid)
            self.send({"ended": pid, "code": os.waitstatus_to_exitcode(status)})

    def end(self) -> None:
        """Kill every kernel, remove the render's temporary files, and end."""
        for pid in self.kernels:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
        for pid in self.kernels:
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)
        shutil.rmtree(self.state["folder"], ignore_errors=True)
        os._exit(0)


def _become_kernel(request: dict[str, Any]) -> None:
    """Set up what a new process would have, and run the kernel until it is told to stop."""
    _settle(request)
    sys.argv = list(request["argv"])
    importlib.invalidate_caches()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()  # or all chapters would draw the same numbers where none is seeded

    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize(sys.argv[1:])
    app.start()


def _place_of_project() -> int:
    """Return where in the path IPython puts the working directory: before installed packages."""
    packages = ("site-packages", "dist-packages")
    places = [i for i, entry in enumerate(sys.path) if os.path.basename(entry) in packages]  # noqa: PTH119
    return min(places, default=0)


def main() -> None:
    """Serve on the socket that the first argument names, or on one that listens for renders."""
    state = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    del sys.path[0]  # the folder of this file
    if "listen" in state:
        state = _nurse(state)
    control = socket.socket(fileno=state["socket"])
    os.set_inheritable(state["socket"], False)
    sys.path.insert(_place_of_project(), state["path"])
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    zygote = Zygote(control, state)
    zygote.preload(state["preload"])
    if state["reply"] is not None:
        zygote.send({"reply": state["reply"]})
    request = zygote.run()
    sys.path.remove(state["path"])  # IPython puts the working directory there
    del zygote
    _become_kernel(request)


if __name__ == "__main__":
    main()
