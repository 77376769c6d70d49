"""Kernels for chapters: forked from one process that has done the imports, or ordinary ones."""

import asyncio
import contextlib
import importlib.util
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, InvalidStateError
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from render import cache as caches
from render.inputs import environment

# What every kernel imports by itself, whatever its cells do.
BASE_MODULES = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.display",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "psutil",
    "tornado.platform.asyncio",
)
_ARGUMENTS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=40")
_INLINE = "module://matplotlib_inline.backend_inline"


def can_fork() -> bool:
    """Return whether kernels can be forked here; macOS forbids it to threads of its libraries."""
    return sys.platform == "linux" and hasattr(os, "fork")


def kernel_environment(folder: Path) -> dict[str, str]:
    """Return the environment variables of a kernel.

    Fixed are, besides those of all the project's programs, the reader's own IPython start-up files
    and the width of the terminal.
    """
    env = environment()
    # With the last one ipykernel does not catch what programs print.
    for name in ("PYTHONEXECUTABLE", "PYTHONSTARTUP", "JPY_PARENT_PID", "PYTEST_CURRENT_TEST"):
        env.pop(name, None)
    env |= {
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": _INLINE,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "COLUMNS": "80",
        "LINES": "24",
    }
    return env


class ZygoteError(Exception):
    """The process that kernels are forked from cannot give one."""


class _Forked:
    """A forked kernel, with the part of `subprocess.Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, zygote: "ZygoteProcess", pid: int) -> None:
        self.zygote = zygote
        self.pid = pid

    def poll(self) -> int | None:
        return self.zygote.exit_code(self.pid)

    def wait(self) -> int | None:
        return self.poll()

    def send_signal(self, number: int) -> None:
        self.zygote.signal(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


_SCRIPT = str(Path(__file__).with_name("zygote.py").resolve())
NURSERY = "RENDER_NURSERY"
"""The environment variable in which a render finds the process of `nursery`."""


@contextlib.contextmanager
def nursery(libraries: Path) -> Iterator[dict[str, str]]:
    """Meanwhile keep a process that has imported the libraries that kernels need.

    The zygotes of renders are forked from it. It has nothing of the project, which may change.

    Parameters
    ----------
    libraries : Path
        Where zygotes note what they have imported.

    Yields
    ------
    dict
        The environment of these renders.
    """
    if not can_fork():
        yield {}
        return
    with (
        tempfile.TemporaryDirectory(prefix="render-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        address = str(Path(folder) / "socket")
        listener.bind(address)
        listener.listen()
        state = {
            "listen": listener.fileno(),
            "folder": folder,
            "libraries": str(libraries),
            "left_out": [],
        }
        process = subprocess.Popen(
            [sys.executable, _SCRIPT, json.dumps(state)],
            env=kernel_environment(Path(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        try:
            yield {NURSERY: json.dumps([address, _installed()])}
        finally:
            process.kill()
            process.communicate()


def _installed() -> str:
    return caches.digest(caches.environment())


class ZygoteProcess:
    """The render's end of `render.zygote`."""

    def __init__(
        self,
        folder: Path,
        cwd: Path,
        env: dict[str, str],
        path: str,
        modules: list[str],
        libraries: Path,
    ) -> None:
        self.ids = itertools.count(1)
        self.waiting: dict[int, Future[dict[str, Any]]] = {}
        self.ended: dict[int, int] = {}
        self.lost = False
        self.lock = threading.Lock()
        state = {
            "path": path,
            "folder": str(folder),
            "preload": modules,
            "libraries": str(libraries),
            "left_out": [],
            "noisy": [],
            "reply": None,
        }
        log = folder / "zygote.log"
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.socket, self.pid = self._from_nursery(state, cwd, env, log)
        except (OSError, ValueError, KeyError, TypeError):
            self._from_nothing(state, cwd, env, log)
        self.listener = threading.Thread(target=self._listen, daemon=True, name="zygote")
        self.listener.start()

    @staticmethod
    def _from_nursery(
        state: dict[str, Any], cwd: Path, env: dict[str, str], log: Path
    ) -> tuple[socket.socket, int]:
        """Have the process forked from one that lives on, if there is one with these libraries."""
        address, installed = json.loads(os.environ[NURSERY])
        if installed != _installed():
            raise ValueError("other libraries")
        ours = socket.socket(socket.AF_UNIX)
        try:
            ours.settimeout(30)  # it may be importing what the last render has needed
            ours.connect(address)
            asked = {"state": state, "cwd": str(cwd), "env": env, "log": str(log)}
            ours.sendall(json.dumps(asked).encode() + b"\n")
            with ours.makefile("rb") as lines:
                pid = int(json.loads(lines.readline())["pid"])
            ours.settimeout(None)
        except BaseException:
            ours.close()
            raise
        return ours, pid

    def _from_nothing(
        self, state: dict[str, Any], cwd: Path, env: dict[str, str], log_file: Path
    ) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs, log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, _SCRIPT, json.dumps({**state, "socket": theirs.fileno()})],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.pid = self.process.pid

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError), self.socket.makefile("rb") as lines:
            for line in lines:
                self._take(json.loads(line))
        with self.lock:
            self.lost = True
            waiting = list(self.waiting.values())
            self.waiting.clear()
        for future in waiting:
            with contextlib.suppress(InvalidStateError):
                future.set_exception(
                    ZygoteError("the process that kernels are forked from has ended")
                )

    def _take(self, message: dict[str, Any]) -> None:
        if "ended" in message:
            with self.lock:
                self.ended[message["ended"]] = message["code"]
            return
        with self.lock:
            future = self.waiting.pop(message["reply"], None)
            self.ended.pop(message.get("pid", 0), None)  # the system may give a number again
        if future is None:
            return
        if "error" in message:
            future.set_exception(ZygoteError(message["error"]))
        else:
            future.set_result(message)

    def ask(self, request: dict[str, Any]) -> Future[dict[str, Any]]:
        """Send a request; the future has the answer, or a `ZygoteError`."""
        future: Future[dict[str, Any]] = Future()
        with self.lock:
            if self.lost:
                future.set_exception(ZygoteError("the process is not there"))
                return future
            number = next(self.ids)
            self.waiting[number] = future
        self._send({**request, "id": number})
        return future

    def _send(self, request: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # `_listen` sees the other end close, and tells
            self.socket.sendall(json.dumps(request).encode() + b"\n")

    def exit_code(self, pid: int) -> int | None:
        """Return a kernel's exit code, minus the signal that ended it, or None while it runs."""
        with self.lock:
            return self.ended.get(pid, -signal.SIGKILL if self.lost else None)

    def signal(self, pid: int, number: int) -> None:
        """Send a signal to a kernel and the processes it has started."""
        self._send({"do": "signal", "pid": pid, "signal": number})

    def close(self, *, patience: float = 10) -> None:
        """End the process and all its kernels, after some seconds by force."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        self.listener.join(patience)
        if self.listener.is_alive():  # it is held up in an import
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            self.listener.join()
        if self.process is not None:
            self.process.wait()
        self.socket.close()


class _ForkProvisioner(LocalProvisioner):
    """Starts a kernel by asking the zygote for it."""

    zygote: ZygoteProcess
    log_file: str

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        answer = await asyncio.wrap_future(
            self.zygote.ask(
                {
                    "do": "start",
                    "argv": [_launcher(), *cmd[3:]],
                    "env": kwargs["env"],
                    "cwd": str(kwargs["cwd"]),
                    "log": self.log_file,
                }
            )
        )
        self.process = _Forked(self.zygote, answer["pid"])  # type: ignore[assignment]
        self.pid = answer["pid"]
        self.pgid = None
        self.cwd = kwargs["cwd"]
        return self.connection_info


def _launcher() -> str:
    """Return the file that an ordinary kernel has as its program."""
    spec = importlib.util.find_spec("ipykernel_launcher")
    return spec.origin or "" if spec else ""


class RenderKernelManager(AsyncKernelManager):
    """A kernel of this very Python, whatever kernels are registered on the machine."""

    log_file = ""
    zygote: ZygoteProcess | None = None

    async def _async_pre_start_kernel(self, **kwargs: Any) -> Any:
        if self.provisioner is None and self.zygote is not None:
            self.kernel_id = self.kernel_id or "kernel"
            self.provisioner = _ForkProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
            self.provisioner.zygote = self.zygote
            self.provisioner.log_file = self.log_file
        return await super()._async_pre_start_kernel(**kwargs)

    def exit_code(self) -> int | None:
        """Return how the kernel ended, or None while it runs."""
        process = getattr(self.provisioner, "process", None)
        return None if process is None else process.poll()


class KernelPool:
    """Gives kernels, and sees to it that none is left when it is closed.

    Parameters
    ----------
    cwd : Path
        Where kernels run, unless told otherwise.
    warm : bool
        Whether kernels may be forked from a process that has done their imports.
    project_path : bool
        Whether kernels find modules in ``cwd``; if they run elsewhere they must not.
    modules : iterable of str
        What is imported at once where kernels are forked from, without waiting for `preload`.
    libraries : Path, optional
        Where it is noted which modules of libraries that has been.
    """

    def __init__(
        self,
        cwd: Path,
        *,
        warm: bool = True,
        project_path: bool = True,
        modules: Iterable[str] = (),
        libraries: Path | None = None,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="render-"))
        self.cwd = cwd
        self.env = kernel_environment(self.folder)
        self.counter = itertools.count(1)
        self.managers: list[RenderKernelManager] = []
        self.zygote: ZygoteProcess | None = None
        if warm and can_fork():
            with contextlib.suppress(OSError):
                self.zygote = ZygoteProcess(
                    self.folder,
                    cwd,
                    self.env,
                    str(cwd if project_path else self.folder),
                    [*BASE_MODULES, *modules],
                    libraries or self.folder / "libraries.json",
                )

    def __enter__(self) -> "KernelPool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def preload(self, modules: Iterable[str]) -> None:
        """Import modules where kernels are forked from; must come before the first kernel."""
        if self.zygote is None:
            return
        try:
            await asyncio.wrap_future(self.zygote.ask({"do": "preload", "modules": list(modules)}))
        except ZygoteError:
            # An import took the whole process down; the cell that has it will say so itself.
            self._forget_zygote()

    def _forget_zygote(self) -> None:
        if self.zygote is not None:
            self.zygote.close()
            self.folder.mkdir(exist_ok=True)
            self.zygote = None

    async def start(self, cwd: Path, *, fresh: bool = False) -> RenderKernelManager:
        """Start a kernel.

        Parameters
        ----------
        cwd : Path
            Its working directory.
        fresh : bool
            Whether it must be a process of its own from the start.
        """
        if self.zygote is not None and not fresh:
            try:
                return await self._start(cwd, self.zygote)
            except ZygoteError:
                pass
        return await self._start(cwd, None)

    async def _start(self, cwd: Path, zygote: ZygoteProcess | None) -> RenderKernelManager:
        number = next(self.counter)
        options: dict[str, Any] = {}
        if sys.platform != "win32":
            options = {"transport": "ipc", "ip": str(self.folder / f"k{number}")}
        manager = RenderKernelManager(
            connection_file=str(self.folder / f"kernel-{number}.json"), **options
        )
        manager._kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python",
            language="python",
        )
        manager.zygote = zygote
        manager.log_file = str(self.folder / f"kernel-{number}.log")
        self.managers.append(manager)
        arguments = {"extra_arguments": list(_ARGUMENTS), "cwd": str(cwd), "env": self.env}
        if zygote is not None:
            await manager.start_kernel(**arguments)
        else:
            with Path(manager.log_file).open("ab") as log:
                await manager.start_kernel(**arguments, stdout=log, stderr=log)
        return manager

    def log_of(self, manager: RenderKernelManager) -> str:
        """Return what a kernel wrote past Jupyter: the last words of one that died."""
        try:
            return Path(manager.log_file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def close(self) -> None:
        """End every kernel and remove their files."""
        for manager in self.managers:
            process = getattr(manager.provisioner, "process", None)
            if isinstance(process, subprocess.Popen):
                if process.poll() is None:
                    _kill_group(process)
                process.wait()
        if self.zygote is not None:
            self.zygote.close(patience=10 if self.managers else 0)
            self.zygote = None
        shutil.rmtree(self.folder, ignore_errors=True)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
            return
    process.kill()
