"""What runs inside each kernel: it is sent there as text, and is no part of the chapter's names.

It imports nothing of this package, which a kernel may not find.
"""

import atexit
import functools
import importlib.abc
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from IPython.core.getipython import get_ipython

_INLINE = "module://matplotlib_inline.backend_inline"
_KINDS = ("text/plain", "text/markdown")
_MARK = "\0"
_sizes: list[tuple[float, ...]] = []


class _Plain:
    """Data as JSON, whatever the reader's formatters do with dictionaries."""

    def __init__(self, data: dict[str, str]) -> None:
        self.data = data

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": json.dumps(self.data)}


def set_up(size: Sequence[float], dpi: int, form: str) -> None:
    """Make figures those of the book: their size in inches, their resolution, their format."""
    # ipykernel's shutdown hangs when its threads are closed while one still sends the reply to it.
    atexit.register(time.sleep, 0.05)
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        _hear_out(number, stream)
    figures = functools.partial(_set_up_figures, tuple(size), dpi, form)
    if "matplotlib" in sys.modules:
        figures()
    else:
        sys.meta_path.insert(0, _Awaited("matplotlib", figures))


class _Awaited(importlib.abc.MetaPathFinder):
    """Does something as soon as a module has been imported, which many chapters never do."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self.name = name
        self.then = then

    def find_spec(self, name: str, path: object, target: object = None) -> Any:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec: Any = importlib.util.find_spec(name)
        if spec is not None:
            run = spec.loader.exec_module

            def run_and_then(module: object) -> None:
                run(module)
                self.then()

            spec.loader.exec_module = run_and_then
        return spec


def _set_up_figures(size: tuple[float, ...], dpi: int, form: str) -> None:
    import matplotlib as mpl
    import matplotlib.pyplot
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import (
        configure_inline_support,
        set_matplotlib_formats,
    )
    from matplotlib_inline.config import InlineBackend

    activate_matplotlib(_INLINE)  # type: ignore[no-untyped-call]
    configure_inline_support(get_ipython(), _INLINE)  # type: ignore[no-untyped-call]
    undated = {"Date": None, "Creator": None}
    saved: dict[str, Any] = {"bbox_inches": "tight", "metadata": undated}
    InlineBackend.instance().print_figure_kwargs = saved
    mpl.rcParams.update(
        {
            "figure.figsize": size,
            "figure.dpi": dpi,
            "savefig.dpi": dpi,
            "svg.hashsalt": "render",
            "svg.fonttype": "path",
        }
    )
    set_matplotlib_formats(form)  # type: ignore[no-untyped-call]


def _hear_out(number: int, stream: Any) -> None:
    """Let a cell end only when what its programs have printed is among its outputs.

    A thread of ipykernel reads it, at times after the next cell has begun. So each cell ends with a
    mark written where programs write, and waits until that thread has come to it.
    """
    reader = getattr(stream, "watch_fd_thread", None)
    if reader is None:
        return

    def wait(_: object) -> None:
        write = stream.write
        come = threading.Event()

        def write_but_mark(text: str) -> int:
            if threading.current_thread() is reader and _MARK in text:
                text = text.replace(_MARK, "")
                come.set()
            return int(write(text) or 0)

        stream.write = write_but_mark
        try:
            os.write(number, _MARK.encode())
            heard = come.wait(timeout=20)
        except OSError:
            heard = False
        finally:
            stream.write = write
        if not heard:  # the cell has closed the file or put another in its place
            shell.events.unregister("post_run_cell", wait)

    shell: Any = get_ipython()
    shell.events.register("post_run_cell", wait)


def resize(size: Sequence[float]) -> None:
    """Give figures another size until `restore`."""
    import matplotlib as mpl

    _sizes.append(tuple(mpl.rcParams["figure.figsize"]))
    mpl.rcParams["figure.figsize"] = tuple(size)


def restore() -> None:
    """Give figures back the size that they had before `resize`."""
    import matplotlib as mpl

    mpl.rcParams["figure.figsize"] = _sizes.pop()


def inline(expression: str) -> _Plain:
    """Return an expression's value as a page shows it."""
    shell: Any = get_ipython()
    code = compile(expression, "<inline expression>", "eval")
    value = eval(code, shell.user_global_ns, shell.user_ns)  # noqa: S307 (the book's own code)
    if isinstance(value, str):
        return _Plain({"text/plain": str(value)})
    # A formatter that fails would only print so, and the page show something else.
    shell.showtraceback = _raise
    try:
        data, _ = shell.display_formatter.format(value, include=_KINDS)
    finally:
        del shell.showtraceback
    return _Plain({kind: data[kind] for kind in _KINDS if kind in data})


def _raise(info: tuple[type[BaseException], BaseException, object]) -> None:
    raise info[1]
