"""What a computation reads, noted while it runs, and digests of values."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import pickle
from collections.abc import Callable
from typing import Any

from analysis.config import Config

OTHERS = {"ours": "ours", "as_published": "as-published"}
"""The other studies of the table that a study can ask, with their feature sets."""
FACTS = ("provenance", "environment")
"""What a study has besides parameters and results."""

_FIELDS = frozenset(field.name for field in dataclasses.fields(Config))


@dataclasses.dataclass
class Trace:
    """What was read so far.

    Attributes
    ----------
    reads : dict, name -> digest
        In the order of the first reads.
    waited : float
        Processor time in seconds that went into what was read.
    """

    reads: dict[str, str] = dataclasses.field(default_factory=dict)
    waited: float = 0.0

    def ordered(self) -> dict[str, str]:
        """Return the reads with those first that are cheap to check."""
        cheap = {name: mark for name, mark in self.reads.items() if is_cheap(name)}
        return cheap | self.reads


def is_cheap(name: str) -> bool:
    """Whether no result has to be computed to look at what was read under this name."""
    parts = name.split(".")
    while parts[0] in OTHERS:
        parts = parts[1:]
    return parts[0] in ("config", *FACTS) or parts[0].startswith("file:")


class _NotingConfig(Config):
    """Parameters that note which of them are read."""

    __slots__ = ("_note",)

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Config
        if name in _FIELDS:
            object.__getattribute__(self, "_note")(f"config.{name}")
        return object.__getattribute__(self, name)

    def __reduce__(self) -> Any:
        return Config, tuple(getattr(self, field.name) for field in dataclasses.fields(Config))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> Config:
        return dataclasses.replace(self)

    def __deepcopy__(self, memo: Any) -> Config:
        return dataclasses.replace(self)


def noting(config: Config, note: Callable[[str], object]) -> Config:
    """Return parameters like these, which call `note` with "config." and the name of each read."""
    new = object.__new__(_NotingConfig)
    for field in dataclasses.fields(Config):
        object.__setattr__(new, field.name, getattr(config, field.name))
    object.__setattr__(new, "_note", note)
    return new


def digest_value(value: object, package: str = "analysis") -> tuple[str, tuple[str, ...]]:
    """Return the digest of a value, and which classes and functions of a package are in it.

    Equal values that were computed alike have equal digests, in every process: it does not count
    which parts are one object and which are copies.

    Raises
    ------
    TypeError, pickle.PicklingError
        If the value cannot be pickled.
    """
    out = _Hashed()
    pickler = _Pickler(out, package)
    pickler.dump(value)
    return out.digest.hexdigest()[:32], tuple(sorted(pickler.found))


def digest_plain(value: object) -> str:
    """Return the digest of numbers, strings, and tuples and dictionaries of them."""
    return hashlib.sha256(json.dumps(value, sort_keys=False).encode()).hexdigest()[:32]


class _Hashed(io.RawIOBase):
    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return len(data)


class _Pickler(pickle.Pickler):
    def __init__(self, out: _Hashed, package: str) -> None:
        super().__init__(out, protocol=4)
        # Without a memo, an object that stands at two places is written twice, like two copies.
        self.fast = True
        self.package = package
        self.found: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        for one in (value, type(value)):
            module = str(getattr(one, "__module__", ""))
            name = getattr(one, "__qualname__", None)
            if isinstance(name, str) and module.partition(".")[0] == self.package:
                self.found.add(f"{module}.{name.partition('.')[0]}")
        return NotImplemented
