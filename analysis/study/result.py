"""A result that is computed on first use and kept on disk, and what holds such results."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Self, TypeVar, cast, overload

from analysis.config import Config, load_config
from analysis.study import environment, store
from analysis.study.kept import Kept
from analysis.study.provenance import Provenance
from analysis.study.threads import one_thread
from analysis.study.trace import FACTS, OTHERS, Trace, digest_value, noting

T = TypeVar("T")

_BESIDE = Path(__file__).resolve().parents[2]
ROOT = _BESIDE if (_BESIDE / "study.toml").exists() else Path.cwd()
"""The folder that holds ``study.toml``: that of the sources, or where an installed package runs."""


class Result(Generic[T]):
    """A result: computed on first use, then kept in memory and on disk."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Result[T]: ...

    @overload
    def __get__(self, instance: Results, owner: type[Any]) -> T: ...

    def __get__(self, instance: Results | None, owner: type[Any]) -> Result[T] | T:
        if instance is None:
            return self
        if self.name not in instance.__dict__:
            instance.__dict__[self.name] = instance.fetch(self.name, self._compute)
        value: T = instance.__dict__[self.name]
        return value


class Results:
    """Results of one table under one set of parameters.

    Parameters
    ----------
    root : Path
        The folder that holds ``study.toml``, and under which results are kept.
    feature_set : str, optional
        In place of the one that ``study.toml`` names.
    features : tuple of str, optional
        In place of those that ``study.toml`` names.

    Raises
    ------
    ConfigError, DatasetError, StoreError
        When a result is asked for and the parameters, the table or the folder are not right.
    """

    def __init__(
        self,
        root: Path = ROOT,
        *,
        feature_set: str | None = None,
        features: tuple[str, ...] | None = None,
    ) -> None:
        self.root = root
        self._feature_set = feature_set
        self._features = features

    @functools.cached_property
    def config(self) -> Config:
        """The parameters of the study."""
        config = load_config(self.root / "study.toml")
        if self._feature_set is not None:
            config = dataclasses.replace(config, feature_set=self._feature_set)
        if self._features is not None:
            config = dataclasses.replace(config, features=self._features)
        return config

    @functools.cached_property
    def kept(self) -> Kept:
        """The results on disk, and which of them still hold."""
        book = f"{type(self).__module__}.{type(self).__qualname__}"
        return Kept(self.root, book, self.config, self.bring)

    @functools.cached_property
    def ours(self) -> Self:
        """The same study on all features of the table, with loudness in decibels."""
        return self._other("ours")

    @functools.cached_property
    def as_published(self) -> Self:
        """The same study on the columns of the source notebooks: all five, loudness is energy."""
        return self._other("as_published")

    @functools.cached_property
    def provenance(self) -> Provenance:
        """What the numbers depend on."""
        return self.kept.provenance

    @functools.cached_property
    def environment(self) -> environment.Environment:
        """The software that computes, draws and sets the book."""
        return environment.look(self.root)

    def file(self, name: str) -> Path:
        """Return the path of a file, given relative to the project."""
        return self.root / name

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all results that are kept on disk, in the order of the book."""
        classes = reversed(cls.__mro__)
        return tuple(
            name for c in classes for name, value in vars(c).items() if isinstance(value, Result)
        )

    def compute_all(self) -> dict[str, Any]:
        """Compute every result, and return them by name."""
        return {name: getattr(self, name) for name in self.names()}

    def fetch(self, name: str, compute: Callable[[Any], T]) -> T:
        """Return a kept result that still holds, or compute and keep it.

        Processes that ask at the same time for the same result wait for the first of them. An
        entry that cannot be read is computed again. What is returned was always read back, so that
        it does not depend on who computed it.

        Raises
        ------
        StoreError
            If the result cannot be kept.
        """
        found, value = self._load(name)
        if not found:
            with self.kept.store.lock(name, self.kept.variant):
                self.kept.look_again()
                found, value = self._load(name)
                if not found:
                    value = self._compute(name, compute)
        return cast(T, value)

    def _load(self, name: str) -> tuple[bool, object]:
        entry = self.kept.entry(name)
        if entry is None:
            return False, None
        found, value = self.kept.store.load(name, entry)
        if not found:
            self.kept.drop(name)
        return found, value

    def _compute(self, name: str, compute: Callable[[Any], object]) -> object:
        trace, start = Trace(), time.process_time()
        with one_thread():
            value = compute(Reading(self, trace))
        seconds = time.process_time() - start - trace.waited
        content = store.dump(value)
        digest, classes = digest_value(value)
        entry = store.Record(self.kept.code_of(name), trace.ordered(), digest, classes, seconds)
        # What was saved while it ran may be in the value or not: it is not kept for others.
        if self.kept.is_unchanged(entry):
            self.kept.store.keep(name, entry, content)
        self.kept.add(name, entry)
        return store.undump(content)

    def bring(self, name: str) -> store.Record | None:
        """Bring a result up to date, and return its entry.

        Parameters
        ----------
        name : str
            Such as "sweep" or "as_published.sweep".

        Returns
        -------
        store.Record or None
            None if someone else removed it meanwhile.
        """
        first, _, rest = name.partition(".")
        if first in OTHERS:
            other: Self = getattr(self, first)
            return other.bring(rest)
        getattr(self, name)
        return self.kept.entry(name)

    def _other(self, name: str) -> Self:
        kept = self.kept.other(name)
        if kept is self.kept:
            return self
        other = type(self)(self.root)
        other.__dict__.update(config=kept.config, kept=kept)
        return other


class Reading:
    """A study as a computation sees it: all that is asked of it is noted in a trace.

    Parameters
    ----------
    study : Results
    trace : Trace
    prefix : str
        Before the names of what is asked, for another feature set: "ours.".
    """

    def __init__(self, study: Results, trace: Trace, prefix: str = "") -> None:
        self._study = study
        self._trace = trace
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        if name in OTHERS:
            return Reading(getattr(self._study, name), self._trace, f"{self._prefix}{name}.")
        if name == "config":
            return noting(self._study.config, self._note)
        if name in FACTS:
            self._note(name)
            return getattr(self._study, name)
        if name not in self._study.names():
            raise AttributeError(
                f"A result can read other results, config, provenance and environment of the "
                f"study, and files by file(); it has no {name}."
            )
        start = time.process_time()
        value = getattr(self._study, name)
        self._note(name)
        self._trace.waited += time.process_time() - start
        return value

    def __reduce__(self) -> Any:
        raise TypeError("A study cannot be sent to another process: what that reads would be lost.")

    def file(self, name: str) -> Path:
        """Return the path of a file, given relative to the project."""
        self._note(f"file:{name}")
        return self._study.root / name

    def _note(self, name: str) -> None:
        mark = self._study.kept.mark(name)
        if mark is not None:
            self._trace.reads.setdefault(f"{self._prefix}{name}", mark)
