"""What each chapter depends on, as one digest, so that only those run again that must."""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from analysis.study import environment
from analysis.study.code import Closure
from analysis.study.kept import Kept
from analysis.study.parallel import bring_up_to_date
from analysis.study.trace import FACTS, OTHERS, digest_plain

DRAWING = (*environment.DRAWING, "seaborn", "tabulate")
"""Libraries that show results; those that compute them name the folder of the results."""


def digest_inputs(
    kept: Kept, chapters: Mapping[str, str], report: Callable[[str], object] = lambda line: None
) -> dict[str, str]:
    """Return a digest of all that the code of each chapter depends on.

    That is the code it can reach, the values of the results and parameters it reads, with the code
    of the classes in them, and the versions of the libraries; but not its own text. The results
    read are brought up to date first.

    Parameters
    ----------
    kept : Kept
    chapters : mapping, chapter -> code
        Code that is not Python is taken to depend on everything.
    report : callable
        Is given a line for each result that was computed.

    Returns
    -------
    dict, chapter -> digest

    Raises
    ------
    ConfigError, DatasetError, StoreError
        If a result cannot be brought up to date.
    """
    versions = {name: importlib.metadata.version(name) for name in DRAWING}
    closures = {chapter: _closure(kept, code) for chapter, code in chapters.items()}
    reads = {
        chapter: sorted({name for read in closure.reads for name in _names(kept, read)})
        for chapter, closure in closures.items()
    }
    results = {name for names in reads.values() for name in names if _is_result(kept, name)}
    bring_up_to_date(kept, sorted(results), report)
    return {
        chapter: digest_plain(
            [
                kept.store.digest,
                versions,
                closure.digest,
                [(name, kept.mark(name)) for name in reads[chapter]],
            ]
        )
        for chapter, closure in closures.items()
    }


def digest_function(root: Path, function: Callable[..., object]) -> str:
    """Return a digest of all that the code of a function depends on, as for a chapter.

    Parameters
    ----------
    root : Path
        Where the study is.
    function : callable
        It imports in its body what it uses.

    Returns
    -------
    str
    """
    name = function.__name__
    return digest_inputs(Kept(root), {name: inspect.getsource(function)})[name]


def _closure(kept: Kept, code: str) -> Closure:
    try:
        return kept.code.closure_of_text(code)
    except (SyntaxError, ValueError):
        return Closure(kept.code.everything, frozenset([""]))


def _names(kept: Kept, read: str) -> Iterator[str]:
    """Yield what a chain of attributes of the study means; all of it if that is not sure."""
    prefix, parts = "", read.split(".")
    while parts and parts[0] in OTHERS:
        prefix += f"{parts.pop(0)}."
    if parts and (parts[0] in kept.results or parts[0] in FACTS):
        yield f"{prefix}{parts[0]}"
    elif parts and parts[0] == "config":
        known = len(parts) > 1 and hasattr(kept.config, parts[1])
        yield f"{prefix}config.{parts[1]}" if known else f"{prefix}config"
    else:
        for name in ("config", *FACTS, *kept.results):
            yield f"{prefix}{name}"
        if not prefix:
            for other in OTHERS:
                yield from _names(kept, other)


def _is_result(kept: Kept, name: str) -> bool:
    return name.rpartition(".")[2] in kept.results and ".config." not in f".{name}"
