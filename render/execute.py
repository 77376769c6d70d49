"""Run the cells and inline expressions of chapters, each chapter in a kernel of its own."""

import ast
import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render import cache as caches
from render.cache import Cache
from render.config import Book
from render.errors import RenderError
from render.inputs import Inputs
from render.progress import Progress
from render.source import Cell, ChapterSource, Inline

if TYPE_CHECKING:
    from render.kernel import KernelPool, RenderKernelManager

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_FILE = re.compile(r"(?<![^\s\"'(])[^\s\"'(]*[/\\]ipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{4,}")
# Code that changes where imports come from, or what they do, wants a process with none done.
_OWN_PROCESS = re.compile(
    r"\b(os\.environ|putenv|sys\.(path|modules|meta_path|flags)|addaudithook|matplotlib\.use)\b"
    r"|^\s*%(env|set_env)\b",
    re.MULTILINE,
)
_FIGURE_OPTIONS = ("fig-width", "fig-height")

# Run in each kernel before its first cell. It leaves no name behind.
_SET_UP = """
def _set_up(source, size, dpi, form):
    import types
    inside = get_ipython()._render = types.ModuleType("render_inside")
    exec(source, vars(inside))
    inside.set_up(size, dpi, form)


_set_up(*{arguments!r})
del _set_up
"""
# Whatever a chapter calls its own things, this leads to the functions of `render.inside`.
_INSIDE = "__import__('IPython').get_ipython()._render"


class CellError(RenderError):
    """A cell or inline expression failed.

    Attributes
    ----------
    traceback : str
        Python's account of it, for the one who looks into it.
    """

    traceback: str = ""


@dataclass
class ChapterResult:
    """What a chapter's cells and expressions gave.

    Attributes
    ----------
    outputs : dict
        For each executed cell, by its index, its outputs as nbformat 4 has them.
    inlines : dict
        For each inline expression, by its index, ``{"text/plain": ...}`` and, where the value has
        one, ``"text/markdown"``.
    """

    outputs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    inlines: dict[int, dict[str, str]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain data that JSON can hold."""
        return {
            "outputs": {str(index): value for index, value in self.outputs.items()},
            "inlines": {str(index): value for index, value in self.inlines.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ChapterResult":
        """Return what `to_json` was made from.

        Raises
        ------
        ValueError, KeyError, TypeError, AttributeError
            The data is something else.
        """
        outputs = {int(index): list(value) for index, value in data["outputs"].items()}
        inlines = {int(index): dict(value) for index, value in data["inlines"].items()}
        return cls(outputs, inlines)


def runs(cell: Cell) -> bool:
    """Return whether a cell is to be executed."""
    return bool(cell.option("eval", True)) and bool(cell.code.strip())


def needs_kernel(source: ChapterSource) -> bool:
    """Return whether a chapter has anything to execute."""
    return any(isinstance(step, Inline) or runs(step) for step in source.steps)


def imported_modules(sources: Iterable[ChapterSource]) -> list[str]:
    """List the modules that executed cells import, in the order of the book."""
    found: dict[str, None] = {}
    for source in sources:
        for cell in source.cells:
            if not runs(cell):
                continue
            plain = re.sub(r"^[ \t]*[%!].*$", "", cell.code, flags=re.MULTILINE)
            try:
                tree = ast.parse(plain)
            except (SyntaxError, ValueError):
                continue
            for node in tree.body:
                if isinstance(node, ast.Import):
                    found |= dict.fromkeys(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found[node.module] = None
                    found |= dict.fromkeys(f"{node.module}.{alias.name}" for alias in node.names)
    return [name for name in found if not name.endswith(".*")]


def chapter_key(book: Book, source: ChapterSource, surroundings: str) -> str:
    """Return the name of a chapter's result in the cache: a digest of all it depends on.

    Parameters
    ----------
    book : Book
        The book.
    source : ChapterSource
        The chapter; its prose does not count.
    surroundings : str
        The digest of all else.
    """
    steps: list[Any] = []
    for step in source.steps:
        if isinstance(step, Inline):
            steps.append(["inline", step.expression])
        elif runs(step):
            options = [step.option(name) for name in (*_FIGURE_OPTIONS, "error")]
            steps.append(["cell", step.code, options])
        else:
            steps.append(["skipped"])
    figure = [book.fig_width, book.fig_height, book.fig_dpi, book.fig_format]
    place = Path(source.path).parent.as_posix() if book.execute_dir == "file" else "."
    return caches.digest("chapter", surroundings, place, figure, book.kernel, steps)


def surroundings_digest() -> str:
    """Return the digest of what executes, which the results of all chapters depend on."""
    own = caches.files_digest(
        Path(__file__).parent, ["execute.py", "inputs.py", "inside.py", "kernel.py", "zygote.py"]
    )
    return caches.digest(own, caches.environment())


def code_of(source: ChapterSource) -> str:
    """Return a chapter's executed cells and its expressions, in order."""
    steps = [step for step in source.steps if isinstance(step, Inline) or runs(step)]
    return "\n".join(step.expression if isinstance(step, Inline) else step.code for step in steps)


def execute_chapters(
    book: Book,
    sources: Sequence[ChapterSource],
    *,
    jobs: int = 1,
    cache: Cache | None = None,
    progress: Progress | None = None,
    pool: "KernelPool | None" = None,
    warm: bool = True,
) -> dict[str, ChapterResult]:
    """Execute what is not in the cache.

    Parameters
    ----------
    book : Book
        The book.
    sources : sequence of ChapterSource
        Its chapters.
    jobs : int
        How many chapters run at the same time.
    cache : Cache, optional
        Where results are kept.
    progress : Progress, optional
        Who is told.
    pool : KernelPool, optional
        Where kernels come from; made when needed, and closed, if not given.
    warm : bool
        Whether kernels may be forked from a process that has done the imports.

    Returns
    -------
    dict of str to ChapterResult
        The results by the chapters' paths.

    Raises
    ------
    CellError
        A cell or an inline expression fails, or its kernel dies.
    InputsError
        The command that says what the chapters depend on fails.
    """
    progress = progress or Progress(quiet=True)
    results = {source.path: ChapterResult() for source in sources if not needs_kernel(source)}
    executed = [source for source in sources if source.path not in results]
    waiting: list[tuple[ChapterSource, str | None]] = [(source, None) for source in executed]
    with contextlib.ExitStack() as stack:
        if cache is not None:
            code = {source.path: code_of(source) for source in executed}
            inputs = Inputs(book, code, cache)
            if not inputs.known:
                # Something has changed, so that a kernel will be wanted: it can get ready.
                pool = pool or stack.enter_context(
                    make_pool(book, warm=warm, modules=imported_modules(executed))
                )
                inputs.ask(progress)
            waiting = []
            surroundings = surroundings_digest()
            for source in executed:
                given = inputs.of(source.path)
                key = given and chapter_key(book, source, caches.digest(surroundings, given))
                found = _cached(cache, key) if key else None
                if found is None:
                    waiting.append((source, key))
                else:
                    results[source.path] = found
                    progress.line(source.path, "unchanged")
        if waiting:
            pool = pool or stack.enter_context(make_pool(book, warm=warm))
            results |= asyncio.run(_execute_all(book, waiting, jobs, cache, progress, pool))
    return {source.path: results[source.path] for source in sources}


def _cached(cache: Cache, key: str) -> ChapterResult | None:
    data = cache.get(key)
    if data is None:
        return None
    try:
        return ChapterResult.from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def make_pool(book: Book, *, warm: bool = True, modules: Iterable[str] = ()) -> "KernelPool":
    """Return a pool of kernels for a book; the imports of modules begin at once."""
    from render.kernel import KernelPool

    return KernelPool(
        book.root,
        warm=warm,
        project_path=book.execute_dir == "project",
        modules=modules,
        libraries=libraries(book.root),
    )


def libraries(root: Path) -> Path:
    """Return where it is noted what kernels of a book import of libraries."""
    return caches.folder(root) / "libraries.json"


async def _execute_all(
    book: Book,
    waiting: Sequence[tuple[ChapterSource, str | None]],
    jobs: int,
    cache: Cache | None,
    progress: Progress,
    pool: "KernelPool",
) -> dict[str, ChapterResult]:
    await pool.preload(imported_modules(source for source, _ in waiting))
    places = asyncio.Semaphore(max(1, jobs))
    results: dict[str, ChapterResult] = {}
    endings: list[asyncio.Task[None]] = []

    async def one(source: ChapterSource, key: str | None) -> None:
        async with places:
            progress.begin(source.path)
            runner = _Runner(book, source, pool, progress)
            try:
                results[source.path] = await runner.run()
            except BaseException:
                await runner.end(now=True)
                raise
            endings.append(asyncio.create_task(runner.end()))
            if cache is not None and key is not None:
                cache.put(key, results[source.path].to_json())
            progress.finish(source.path, "run")

    # The longest ones first, so that none is left to run alone at the end.
    in_turn = sorted(waiting, key=lambda chapter: len(chapter[0].steps), reverse=True)
    tasks = [asyncio.create_task(one(source, key)) for source, key in in_turn]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        failed = [task for task in tasks if task in done and task.exception() is not None]
        if failed:
            error = failed[0].exception()
            assert error is not None  # noqa: S101
            raise error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*endings, return_exceptions=True)
    return results


class _Runner:
    """One chapter on its way through a kernel."""

    def __init__(
        self, book: Book, source: ChapterSource, pool: "KernelPool", progress: Progress
    ) -> None:
        self.book = book
        self.source = source
        self.pool = pool
        self.progress = progress
        self.manager: RenderKernelManager | None = None
        self.client: Any = None  # an nbclient.NotebookClient, once the kernel is there
        self.count = 0

    async def run(self) -> ChapterResult:
        code = "\n".join(step.code for step in self.source.cells if runs(step))
        cwd = self.book.root
        if self.book.execute_dir == "file":
            cwd = (self.book.root / self.source.path).parent
        await self._start(cwd, fresh=_OWN_PROCESS.search(code) is not None)
        result = ChapterResult()
        total = sum(1 for step in self.source.cells if runs(step))
        inlines: list[Inline] = []
        for step in self.source.steps:
            if isinstance(step, Inline):
                inlines.append(step)
            elif runs(step):
                result.inlines |= await self._inlines(inlines)
                inlines = []
                at = f"{self.count + 1}/{total}"
                self.progress.step(self.source.path, f"{at} {step.label or ''}".strip())
                result.outputs[step.index] = await self._cell(step)
        result.inlines |= await self._inlines(inlines)
        return result

    async def end(self, *, now: bool = False) -> None:
        """Let the kernel close its files, and kill it when it takes too long, or at once."""
        if self.manager is None:
            return
        with contextlib.suppress(Exception):
            if not now and self.manager.exit_code() is None:
                await self.manager.request_shutdown()
                for _ in range(40):
                    if self.manager.exit_code() is not None:
                        break
                    await asyncio.sleep(0.05)
            if self.manager.exit_code() is None and self.manager.provisioner is not None:
                await self.manager.provisioner.kill()
        # Sockets that are left open would hold up the end of this process.
        with contextlib.suppress(Exception):
            if self.client is not None and self.client.kc is not None:
                self.client.kc.stop_channels()
        with contextlib.suppress(Exception):
            await self.manager.cleanup_resources()

    async def _start(self, cwd: Path, *, fresh: bool) -> None:
        import nbformat
        from nbclient import NotebookClient

        notebook: Any = nbformat.v4
        self.manager = await self.pool.start(cwd, fresh=fresh)
        self.client = NotebookClient(
            notebook.new_notebook(),
            km=self.manager,
            timeout=None,
            iopub_timeout=600,
            raise_on_iopub_timeout=True,
            record_timing=False,
        )
        self.client.log.setLevel("CRITICAL")
        await self._bound()
        self.client.kc = self.manager.client()
        self.client.kc.start_channels(hb=False)
        await self._ready()
        self.client.kc.allow_stdin = False
        await self._silently(
            _SET_UP.format(
                arguments=(
                    Path(__file__).with_name("inside.py").read_text(encoding="utf-8"),
                    (self.book.fig_width, self.book.fig_height),
                    self.book.fig_dpi,
                    self.book.fig_format,
                )
            )
        )

    async def _bound(self) -> None:
        """Wait until the kernel listens: a connection tried before is tried again too late."""
        assert self.manager is not None  # noqa: S101
        if self.manager.transport != "ipc":
            return
        last = Path(f"{self.manager.ip}-{self.manager.hb_port}")
        until = time.monotonic() + 60
        while not last.exists() and time.monotonic() < until:
            if self.manager.exit_code() is not None:
                return
            await asyncio.sleep(0.005)

    async def _ready(self) -> None:
        """Wait until the kernel answers on the channel of replies and on that of outputs."""
        from queue import Empty

        assert self.manager is not None  # noqa: S101
        channels = self.client.kc
        until = time.monotonic() + 120
        while time.monotonic() < until:
            asked = channels.kernel_info()
            with contextlib.suppress(Empty):
                while True:
                    reply = await channels.get_shell_msg(timeout=1)
                    if reply["parent_header"].get("msg_id") == asked:
                        break
                while True:
                    message = await channels.get_iopub_msg(timeout=0.2)
                    if (
                        message["parent_header"].get("msg_id") == asked
                        and message["content"].get("execution_state") == "idle"
                    ):
                        return
            if self.manager.exit_code() is not None:
                break
        words = self.pool.log_of(self.manager).strip().splitlines()
        reason = f": {words[-1]}" if words else ""
        raise RenderError(f"no Python kernel could be started{reason}", path=self.source.path)

    async def _silently(self, code: str) -> None:
        asked = self.client.kc.execute(code, silent=True, store_history=False)
        reply = await self.client.async_wait_for_reply(asked)
        content = reply["content"] if reply else {}
        if content.get("status") != "ok":
            reason = f"{content.get('ename')}: {content.get('evalue')}"
            raise RenderError(
                f"the Python kernel could not be set up: {reason}", path=self.source.path
            )

    async def _cell(self, cell: Cell) -> list[dict[str, Any]]:
        import nbformat.v4
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        sized = [cell.option(name) for name in _FIGURE_OPTIONS]
        size = tuple(
            float(given or default)
            for given, default in zip(
                sized, (self.book.fig_width, self.book.fig_height), strict=True
            )
        )
        other_size = size != (self.book.fig_width, self.book.fig_height)
        notebook: Any = nbformat.v4
        node = notebook.new_code_cell(cell.code)
        may_fail = bool(cell.option("error"))
        if may_fail:
            node.metadata["tags"] = ["raises-exception"]
        self.client.nb.cells.append(node)
        self.count += 1
        try:
            if other_size:
                await self._silently(f"{_INSIDE}.resize({size!r})")
            done = await self.client.async_execute_cell(node, len(self.client.nb.cells) - 1)
            if other_size:
                await self._silently(f"{_INSIDE}.restore()")
        except CellExecutionError as error:
            # Where a value could not be shown, only the output knows what has happened.
            told = [output for output in node.outputs if output["output_type"] == "error"]
            if told:
                raise self._told(cell, told[0]) from None
            raise self._failed(cell, error.ename, error.evalue, error.traceback) from None
        except DeadKernelError:
            raise self._died(cell) from None
        given = _joined(json.loads(json.dumps(done.outputs)))
        outputs = [_clean(output, self.book.root) for output in given]
        if not may_fail:
            # A figure that cannot be drawn is an error among the outputs of a cell that went well.
            for output in outputs:
                if output["output_type"] == "error":
                    raise self._told(cell, output)
        return outputs

    async def _inlines(self, inlines: Sequence[Inline]) -> dict[int, dict[str, str]]:
        """Evaluate expressions between which no cell runs, all with one request."""
        from nbclient.exceptions import DeadKernelError

        if not inlines:
            return {}
        calls = {
            str(inline.index): f"{_INSIDE}.inline({inline.expression.strip()!r})"
            for inline in inlines
        }
        try:
            asked = self.client.kc.execute(
                "", silent=False, store_history=False, user_expressions=calls
            )
            reply = await self.client.async_wait_for_reply(asked)
        except DeadKernelError:
            raise self._died(*inlines) from None
        values = (reply or {})["content"]["user_expressions"]
        return {inline.index: self._value(inline, values[str(inline.index)]) for inline in inlines}

    def _value(self, inline: Inline, value: Mapping[str, Any]) -> dict[str, str]:
        if value["status"] != "ok":
            error = CellError(
                f"{self._name(inline)} failed: {_said(value['ename'], value['evalue'])}",
                path=inline.where,
                line=inline.line,
            )
            error.traceback = "\n".join(value.get("traceback") or [])
            raise error
        data: dict[str, str] = json.loads(value["data"]["text/plain"])
        return {kind: _ADDRESS.sub("", text) for kind, text in data.items()}

    def _failed(self, cell: Cell, name: str, value: str, trace: str) -> CellError:
        plain = _ANSI.sub("", trace)
        lines = re.findall(rf"Cell In\[{self.count}\], line (\d+)", plain)
        line = cell.code_line + int(lines[-1]) - 1 if lines else cell.line
        error = CellError(
            f"{self._name(cell)} failed: {_said(name, value)}", path=cell.where, line=line
        )
        error.traceback = trace
        return error

    def _told(self, cell: Cell, output: Mapping[str, Any]) -> CellError:
        trace = "\n".join(output["traceback"])
        return self._failed(cell, output["ename"], output["evalue"], trace)

    def _name(self, step: Cell | Inline) -> str:
        if isinstance(step, Inline):
            name = f"the inline expression `{step.expression.strip()}`"
        else:
            name = f"the cell `{step.label}`" if step.label else "this cell"
        return name if step.where == self.source.path else f"{name} (in {self.source.path})"

    def _died(self, step: Cell | Inline, *others: Inline) -> CellError:
        code = self.manager.exit_code() if self.manager is not None else None
        how = "for a reason it did not give"
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                how = f"by {signal.Signals(-code).name}"
            if -code == getattr(signal, "SIGKILL", 0):
                how += ", which is what happens when memory runs out"
        elif code is not None:
            how = f"with exit code {code}"
        what = self._name(step) + (" or one after it" if others else "")
        return CellError(
            f"the Python kernel ended {how} while {what} was running",
            path=step.where,
            line=step.line,
        )


def _said(name: str, value: str) -> str:
    """Return an exception as one line."""
    first = value.strip().splitlines()[0] if value.strip() else ""
    return f"{name}: {first}" if first else name


def _joined(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join all that a cell has printed, stdout before stderr where nothing lies between them."""
    found: list[dict[str, Any]] = []
    printed: dict[str, list[str]] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            found.append(output)
        elif output["name"] in printed:
            printed[output["name"]].append(output["text"])
        else:
            printed[output["name"]] = [output["text"]]
            found.append(output)
    for at, output in enumerate(found):
        if output["output_type"] != "stream":
            continue
        output["text"] = _overwritten("".join(printed[output["name"]]))
        if output["name"] == "stdout" and at and found[at - 1].get("name") == "stderr":
            found[at - 1 : at + 1] = output, found[at - 1]
    return found


def _overwritten(text: str) -> str:
    """Leave of each line what a terminal still shows after carriage returns and backspaces."""
    lines = []
    for line in text.split("\n"):
        left = line.rstrip("\r").rpartition("\r")[2]
        if "\b" in left:
            kept: list[str] = []
            for char in left:
                if char != "\b":
                    kept.append(char)
                elif kept:
                    kept.pop()
            left = "".join(kept)
        lines.append(left)
    return "\n".join(lines)


def _clean(output: dict[str, Any], root: Path) -> dict[str, Any]:
    """Take out of an output what differs from one run to the next."""
    output.pop("execution_count", None)
    output.pop("transient", None)
    if output["output_type"] in {"execute_result", "display_data"}:
        plain = output["data"].get("text/plain")
        if isinstance(plain, str):
            output["data"]["text/plain"] = _ADDRESS.sub("", plain)
    elif output["output_type"] == "stream":
        output["text"] = _portable(output["text"], root)
    elif output["output_type"] == "error":
        output["traceback"] = [_portable(line, root) for line in output["traceback"]]
    return output


def _portable(text: str, root: Path) -> str:
    """Take the machine's own folders out of a text, and the temporary names of cells."""
    text = _CELL_FILE.sub("<cell>", text)
    home = str(Path.home())
    for folder in (str(root), *sorted({sys.prefix, sys.base_prefix}, key=len, reverse=True)):
        for name in {folder, folder.replace(home, "~", 1) if home != "/" else folder}:
            text = text.replace(f"{name}/", "")
    return _ADDRESS.sub("", text)
