"""Which kept results still hold, found without loading them or importing what computes them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.config import FEATURE_CHOICES, Config, load_config
from analysis.files import cache_folder, file_digest
from analysis.study import environment, provenance as provenances, store
from analysis.study.code import Code
from analysis.study.trace import OTHERS, digest_plain

BOOK = "analysis.book.Book"
"""The class of all results of the book."""
THREADS = "analysis.study.threads.one_thread"
"""What every computation runs in, and what its last digits depend on."""


class Kept:
    """The kept results of a study, each held against what it was made from.

    A result holds if it was computed by the same code, and every parameter, file and other result
    that it read is still the same. Of another result its value counts, and the code of the classes
    in it, but not how it was computed: equal values stop the wave.

    Parameters
    ----------
    root : Path
        The folder of ``study.toml``.
    book : str
        The class whose results they are, as "module.name".
    config : Config, optional
        In place of what ``study.toml`` says.
    compute : callable, optional
        Brings a result up to date that does not hold, given its name, and returns its entry.
        Without it such results, and those that read them, are known not to hold.
    family : Kept, optional
        The results of another study of the same table, which look at the same sources and files.
    """

    def __init__(
        self,
        root: Path,
        book: str = BOOK,
        config: Config | None = None,
        compute: Callable[[str], store.Record | None] | None = None,
        family: Kept | None = None,
    ) -> None:
        self.root = root
        self.book = book
        self.config = config or load_config(root / "study.toml")
        self._compute = compute
        self._family: dict[Config, Kept] = family._family if family else {}
        self._family[self.config] = self
        if family is None:
            place = cache_folder(root) / "study"
            self.code = Code(kept=place / "code.json")
            self.store = store.Store(place, store.installed_digest(root))
            self.results = self.code.results(book)
        else:
            self.code, self.store, self.results = family.code, family.store, family.results
        self._files: dict[str, str] = family._files if family else {}
        self._holding: dict[str, store.Record] = {}
        self._failed: set[str] = set()

    def other(self, name: str) -> Kept:
        """Return the results on all features of the table, "ours" or "as_published"."""
        config = dataclasses.replace(
            self.config, feature_set=OTHERS[name], features=FEATURE_CHOICES
        )
        if config not in self._family:
            Kept(self.root, self.book, config, lambda r: self._bring(f"{name}.{r}"), family=self)
        return self._family[config]

    @property
    def variant(self) -> str:
        """Tells the studies of one table apart."""
        return digest_plain([self.config.feature_set, self.config.features])[:8]

    def entry(self, name: str) -> store.Record | None:
        """Return the entry of a result that holds, or None."""
        if name not in self._holding and name not in self._failed:
            for entry in self.store.entries(name):
                if self._holds(name, entry):
                    self.store.touch(name, entry)
                    self._holding[name] = entry
                    break
            else:
                self._failed.add(name)
        return self._holding.get(name)

    def look_again(self) -> None:
        """Look again for results that did not hold; others may have computed them since."""
        for kept in self._family.values():
            kept._failed.clear()

    def drop(self, name: str) -> None:
        """Take a result for one that does not hold: its value is damaged."""
        self._holding.pop(name, None)
        self._failed.add(name)

    def add(self, name: str, entry: store.Record) -> None:
        """Take note of a result that was just computed."""
        self._holding[name] = entry
        self._failed.discard(name)

    def mark(self, name: str) -> str | None:
        """Return a digest of what stands under a name now; None if a result does not hold.

        Parameters
        ----------
        name : str
            A result, "config", "config.seed", "provenance", "environment", "file:data/x.csv";
            any of them after "ours." or "as_published.".

        Returns
        -------
        str or None
        """
        first, _, rest = name.partition(".")
        if first in OTHERS:
            return self.other(first).mark(rest)
        if name.startswith("file:"):
            return self._file(name.removeprefix("file:"))
        if first == "config":
            return digest_plain(self._parameters[rest] if rest else self._parameters)
        if first == "provenance":
            return self._plain(self.provenance)
        if first == "environment":
            return self._plain(environment.look(self.root))
        entry = self.entry(name) or self._bring(name)
        if entry is None:
            return None
        return digest_plain([entry.value, self.code.closure(entry.classes).digest])

    def code_of(self, name: str) -> str:
        """Return the digest of the code that computes a result."""
        return self.code.closure([self.results[name], THREADS]).digest

    def is_unchanged(self, entry: store.Record) -> bool:
        """Whether code and files still are as they were when an entry was computed."""
        files = (name.partition("file:")[2] for name in entry.reads if "file:" in name)
        return self.code.is_running() and all(
            self._files[name] == file_digest(self.root / name) for name in files
        )

    @functools.cached_property
    def _parameters(self) -> dict[str, Any]:
        return dataclasses.asdict(self.config)

    @functools.cached_property
    def provenance(self) -> provenances.Provenance:
        """What the numbers depend on."""
        parts = [
            self.store.digest,
            self._parameters,
            self._file(self.config.data_file),
            self.code.closure(self.results.values()).digest,
        ]
        return provenances.look(self.root, self.config, digest_plain(parts))

    def _holds(self, name: str, entry: store.Record) -> bool:
        return entry.code == self.code_of(name) and all(
            self.mark(read) == mark for read, mark in entry.reads.items()
        )

    def _bring(self, name: str) -> store.Record | None:
        return self._compute(name) if self._compute else None

    def _file(self, name: str) -> str:
        if name not in self._files:
            self._files[name] = file_digest(self.root / name)
        return self._files[name]

    def _plain(self, value: provenances.Provenance | environment.Environment) -> str:
        one = type(value)
        code = self.code.closure([f"{one.__module__}.{one.__qualname__}"]).digest
        return digest_plain([dataclasses.asdict(value), code])
