"""Files are measured by processes of this machine or by the workers of a Dask cluster.

Either way what is asked for comes back as it is done, each with its place, and a process that dies
takes no file with it: its work is done again by another.
"""

from __future__ import annotations

import collections
import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from analysis.errors import SoundError
from analysis.sound.measure import Measures, measure_file, software

Outcome = Measures | str
"""The measures of a file, or why there are none."""

_CRASHED = "the process that read it died, twice"
_Item = tuple[int, str]


def on_this_machine(paths: Sequence[str], jobs: int) -> Iterator[tuple[int, Outcome]]:
    """Yield place and outcome of each file, as they are done by a number of processes.

    Parameters
    ----------
    paths : sequence of str
    jobs : int
        One works in this process.

    Yields
    ------
    tuple
        The place in `paths`, and what :func:`~analysis.sound.measure.measure_file` gave.
    """
    if min(jobs, len(paths)) <= 1:
        yield from ((i, measure_file(path)) for i, path in enumerate(paths))
        return
    left = collections.deque(enumerate(paths))
    while left:
        # One at a time, a process that dies says which file it was.
        suspects = collections.deque((yield from _in_pool(left, min(jobs, len(left)))))
        while suspects:
            for i, _ in (yield from _in_pool(suspects, 1)):
                yield i, _CRASHED


def on_cluster(paths: Sequence[str], address: str) -> Iterator[tuple[int, Outcome]]:
    """Yield place and outcome of each file, as they are done by the workers of a Dask cluster.

    Parameters
    ----------
    paths : sequence of str
        As the workers find them.
    address : str
        Of the scheduler, "tcp://host:port".

    Yields
    ------
    tuple
        As from :func:`on_this_machine`.

    Raises
    ------
    SoundError
        If dask.distributed is not installed, no scheduler answers, it has no workers, or these
        cannot do the work or would do it with other libraries.
    """
    try:
        import distributed
    except ImportError:
        raise SoundError(
            "dask.distributed is not installed, which --scheduler needs; "
            "`pip install .[cluster]` in the project installs it."
        ) from None
    try:
        client = distributed.Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SoundError(
            f"no Dask scheduler answers at {address} ({type(error).__name__}); "
            "it should be an address such as tcp://host:8786."
        ) from error
    with client:
        _check_workers(client, address)
        ours = secrets.token_hex(8)
        places = {
            client.submit(measure_file, path, key=f"features-{ours}-{i}", pure=False): i
            for i, path in enumerate(paths)
        }
        for future in distributed.as_completed(list(places), loop=client.loop):
            i = places.pop(future)
            if future.status == "finished":
                yield i, future.result()
                continue
            why = future.exception() if future.status == "error" else None
            if not isinstance(why, distributed.KilledWorker):
                raise SoundError(
                    f"the cluster at {address} lost the work "
                    f"({type(why).__name__ if why else future.status}); "
                    "the same command goes on from here."
                )
            yield i, _CRASHED.replace("twice", "again and again")


def _in_pool(left: collections.deque[_Item], jobs: int) -> _Pool:
    """Do what is left; if a process dies, return what was being done."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _prepare)
    flying: dict[Future[Outcome], _Item] = {}
    most = 2 * jobs if jobs > 1 else 1
    try:
        while left or flying:
            while left and len(flying) < most:
                flying[pool.submit(measure_file, left[0][1])] = left[0]
                left.popleft()
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                outcome = future.result()
                yield flying.pop(future)[0], outcome
    except BrokenProcessPool:
        return list(flying.values())
    finally:
        pool.shutdown(cancel_futures=True)
    return []


_Pool = Generator[tuple[int, Outcome], None, list[_Item]]


def _prepare() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _check_workers(client: object, address: str) -> None:
    ours = software()
    try:
        theirs = client.run(software)  # type: ignore[attr-defined]
    except Exception as error:
        raise SoundError(
            f"the workers at {address} cannot measure audio ({error}); each should run in the "
            "project's folder, with the project's environment."
        ) from error
    if not theirs:
        raise SoundError(f"the scheduler at {address} has no workers; start at least one.")
    for worker, versions in theirs.items():
        for name, version in ours.items():
            if versions[name] != version:
                raise SoundError(
                    f"the worker {worker} has {name} {versions[name]}, and here it is {version}; "
                    "all should have the same, so that all measure the same."
                )
