"""Bring results up to date in processes side by side."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import StoreError
from analysis.study.kept import Kept
from analysis.study.threads import one_thread
from analysis.study.trace import OTHERS

if TYPE_CHECKING:
    from analysis.study.result import Results

MOST_PROCESSES = 4
"""Each needs about 200 MB for its libraries."""
DEAR = {
    "audits": 33.0,
    "own_music": 25.0,
    "mixture_choices": 9.0,
    "recodings": 8.0,
    "seeds": 5.0,
    "held_out": 4.0,
    "mixture_types": 4.0,
    "halves": 4.0,
    "gaps": 3.0,
    "null_sweep": 3.0,
    "sweep_samples": 3.0,
    "stability": 3.0,
}
"""Seconds that results take, as far as it matters to begin with them; where no entry tells."""


@dataclasses.dataclass(frozen=True)
class _Task:
    """A result of the study or, with a prefix, of one that it asks."""

    prefix: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.prefix}{self.name}"


def bring_up_to_date(
    kept: Kept, names: Iterable[str], report: Callable[[str], object] = lambda line: None
) -> None:
    """Compute those of the results that do not hold, and what they need, on all cores.

    Values are those of a single process: each result draws from a generator of its own.

    Parameters
    ----------
    kept : Kept
    names : iterable of str
        Such as "sweep" or "as_published.sweep".
    report : callable
        Is given a line for each result that was computed.

    Raises
    ------
    ConfigError, DatasetError, StoreError
        As the results raise them, or if they could not be kept.
    """
    wanted = [_task(kept, name) for name in names]
    plan = _Plan(kept)
    for task in wanted:
        plan.add(task)
    if plan.needs:
        _work_off(plan, report)
        kept.look_again()
    missing = [task.label for task in wanted if not plan.holds(task)]
    if missing:
        raise StoreError(
            f"{missing[0]} was computed but not kept, because a source or the table changed "
            "meanwhile; run it again."
        )


class _Plan:
    """The results that do not hold, with those that they wait for."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.needs: dict[_Task, set[_Task]] = {}
        self.done: set[_Task] = set()

    def holds(self, task: _Task) -> bool:
        return _kept(self.kept, task).entry(task.name) is not None

    def add(self, task: _Task) -> None:
        if task in self.needs or self.holds(task):
            return
        self.needs[task] = needs = set()
        for other in self._reads(task):
            self.add(other)
            if other in self.needs:
                needs.add(other)

    def ready(self) -> list[_Task]:
        """Return the results that wait for none, those first that most depends on."""
        left = [task for task in self.needs if task not in self.done]
        # Were there a circle, each would find what it reads by itself.
        ready = [task for task in left if self.needs[task] <= self.done] or left
        return sorted(ready, key=self.weight, reverse=True)

    @functools.cached_property
    def _readers(self) -> dict[_Task, list[_Task]]:
        readers: dict[_Task, list[_Task]] = {task: [] for task in self.needs}
        for task, needs in self.needs.items():
            for need in needs:
                readers[need].append(task)
        return readers

    @functools.cached_property
    def _weights(self) -> dict[_Task, float]:
        return {}

    def weight(self, task: _Task) -> float:
        """Seconds until everything that reads a result can be there, at best."""
        if task not in self._weights:
            self._weights[task] = 0.0
            after = max((self.weight(reader) for reader in self._readers[task]), default=0.0)
            entry = next(self.kept.store.entries(task.name), None)
            seconds = entry.seconds if entry else DEAR.get(task.name, 0.5)
            self._weights[task] = seconds + after
        return self._weights[task]

    def _reads(self, task: _Task) -> Iterator[_Task]:
        """Yield what a result will read, as far as its code tells."""
        reads = self.kept.code.reads([self.kept.results[task.name]])
        passed_on = [f"{task.prefix}{other}." for other in OTHERS if other in reads]
        for read in sorted(reads):
            first, _, rest = read.partition(".")
            if first in OTHERS:
                prefixes, name = [f"{task.prefix}{first}."], rest.partition(".")[0]
            else:
                prefixes, name = passed_on or [task.prefix], first
            if name in self.kept.results and name != task.name:
                for prefix in prefixes:
                    yield _task(self.kept, f"{prefix}{name}")


def _work_off(plan: _Plan, report: Callable[[str], object]) -> None:
    n_processes = min(n_cores(), MOST_PROCESSES, len(plan.needs))
    context = multiprocessing.get_context("spawn")
    running: dict[concurrent.futures.Future[float], _Task] = {}
    with (
        one_thread(),
        concurrent.futures.ProcessPoolExecutor(n_processes, context, _end_with_parent) as pool,
    ):
        try:
            while len(plan.done) < len(plan.needs):
                for task in plan.ready():
                    if plan.holds(task):
                        plan.done.add(task)
                    elif len(running) < n_processes and task not in running.values():
                        where = plan.kept.root, plan.kept.book, task.label
                        running[pool.submit(_compute, *where)] = task
                if not running:
                    continue
                ended, _ = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED
                )
                for future in ended:
                    task = running.pop(future)
                    seconds = future.result()
                    plan.done.add(task)
                    share = f"{len(plan.done):>{len(str(len(plan.needs)))}}/{len(plan.needs)}"
                    report(f"{share} {task.label} {seconds:.1f} s")
                plan.kept.look_again()
        except BrokenProcessPool:
            raise StoreError(
                "A process that computed results ended before it was done; it may have been "
                "killed or short of memory. Run it again: what was computed is kept."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Let this process end when the one that began it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent.sentinel,), daemon=True).start()


def _wait_for(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _compute(root: Path, book: str, label: str) -> float:
    """Bring a result up to date in this process, and return the seconds it took."""
    study = _study(root, book)
    study.kept.look_again()
    entry = study.bring(label)
    return entry.seconds if entry else 0.0


@functools.cache
def _study(root: Path, book: str) -> Results:
    import importlib

    module, _, name = book.rpartition(".")
    study: Results = getattr(importlib.import_module(module), name)(root)
    return study


def n_cores() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _task(kept: Kept, label: str) -> _Task:
    """Return the task of a label; the same for all labels of one result."""
    prefix, name = "", label
    while name.partition(".")[0] in OTHERS:
        first, _, name = name.partition(".")
        prefix = "" if kept.other(first) is kept else f"{first}."
    return _Task(prefix, name)


def _kept(kept: Kept, task: _Task) -> Kept:
    return kept.other(task.prefix.rstrip(".")) if task.prefix else kept
