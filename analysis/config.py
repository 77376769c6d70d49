"""``study.toml`` as a frozen dataclass: every parameter of the study, checked."""

from __future__ import annotations

import dataclasses
import inspect
import tomllib
from pathlib import Path
from typing import Any

from analysis.errors import ConfigError

FEATURE_SETS = ("ours", "as-published", "recoded")
"""What the columns can hold; see :func:`analysis.songs.table.select`."""
FEATURE_CHOICES = ("tempo", "energy", "loudness", "valence", "danceability")
"""The features of a table, in its order, from which the study takes its own."""
OPTIONAL = ("groups_file",)
"""The keys that a parameter file may leave out."""
LEAST_FEATURES = 3
"""As many axes as the book draws songs along."""


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """The parameters of the study.

    Attributes
    ----------
    data_file : str
        The feature table, relative to the folder of ``study.toml``, with forward slashes.
    groups_file : str or None
        The songs' groups of one artist, a CSV file named in the same way; without it, each song is
        a group by itself, together with its copies.
    feature_set : {"ours", "as-published", "recoded"}
        What the columns hold: "ours", with loudness in decibels; "as-published", with loudness
        as a copy of energy and without jazz.00054, as the source notebooks had them; or "recoded",
        the same five measurements with nothing in them twice, on logarithmic scales.
    features : tuple of str
        Which columns the study looks at, in the order of the table. Recoded, energy stands for the
        level swing, danceability for the zero-crossing rate.
    n_clusters : int
        Number of clusters and of mixture components.
    k_min : int
        The least number of clusters that the sweeps try.
    k_max : int
        The greatest number of clusters that the sweeps try.
    n_init : int
        Starts of K-Means, of which the best is kept.
    gmm_n_init : int
        Starts of the final Gaussian mixture, of which the best is kept.
    gmm_sweep_n_init : int
        Starts of the mixture at each number of components in the sweep.
    max_iter : int
        Most rounds of Lloyd's algorithm and of EM in one start.
    seed : int
        Seed of every random draw.
    n_seeds : int
        Seeds that are tried where a result is asked how much it owes to its seed.
    n_refits : int
        Bootstrap samples to which a method is fitted anew.
    n_folds : int
        Parts of the songs that take turns at being held out.
    n_bootstrap : int
        Resamples behind every bootstrap interval.
    n_index_bootstrap : int
        Resamples behind the intervals of the internal indices at each number of clusters.
    n_permutations : int
        Shuffled labellings that agreement with the genres is held against.
    n_references : int
        Data sets without clusters that the sweep and the gap statistic are held against.
    reference_n_init : int
        Starts of K-Means on each data set without clusters.
    confidence : float
        Share of the resamples that an interval encloses.
    variance_share : float
        Share of the variance that counts as nearly all.
    strong_correlation : float
        Least absolute correlation that puts two features into one block.
    """

    data_file: str
    groups_file: str | None
    feature_set: str
    features: tuple[str, ...]
    n_clusters: int
    k_min: int
    k_max: int
    n_init: int
    gmm_n_init: int
    gmm_sweep_n_init: int
    max_iter: int
    seed: int
    n_seeds: int
    n_refits: int
    n_folds: int
    n_bootstrap: int
    n_index_bootstrap: int
    n_permutations: int
    n_references: int
    reference_n_init: int
    confidence: float
    variance_share: float
    strong_correlation: float


@dataclasses.dataclass(frozen=True, slots=True)
class _Whole:
    least: int
    most: int

    def problem(self, value: object) -> str | None:
        right = isinstance(value, int) and not isinstance(value, bool)
        if right and self.least <= value <= self.most:  # type: ignore[operator]
            return None
        return f"a whole number from {self.least} to {self.most}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Share:
    def problem(self, value: object) -> str | None:
        right = isinstance(value, int | float) and not isinstance(value, bool)
        return None if right and 0 < value < 1 else "a number between 0 and 1"  # type: ignore[operator]


@dataclasses.dataclass(frozen=True, slots=True)
class _OneOf:
    choices: tuple[str, ...]

    def problem(self, value: object) -> str | None:
        if value in self.choices:
            return None
        return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)


@dataclasses.dataclass(frozen=True, slots=True)
class _SomeOf:
    choices: tuple[str, ...]
    least: int

    def problem(self, value: object) -> str | None:
        known = isinstance(value, list) and all(item in self.choices for item in value)
        if known and len(set(value)) == len(value) >= self.least:  # type: ignore[call-overload, arg-type]
            return None
        choices = ", ".join(f'"{choice}"' for choice in self.choices)
        return f"a list of at least {self.least} of {choices}, each once"


@dataclasses.dataclass(frozen=True, slots=True)
class _RelativePath:
    def problem(self, value: object) -> str | None:
        right = isinstance(value, str) and value.strip() and "\0" not in value
        if right and not Path(str(value)).is_absolute():
            return None
        return "the path of a CSV file relative to this file"


@dataclasses.dataclass(frozen=True, slots=True)
class _OptionalPath:
    def problem(self, value: object) -> str | None:
        return None if value is None else _RelativePath().problem(value)


_Rule = _Whole | _Share | _OneOf | _SomeOf | _RelativePath | _OptionalPath

_RULES: dict[str, _Rule] = {
    "data_file": _RelativePath(),
    "groups_file": _OptionalPath(),
    "feature_set": _OneOf(FEATURE_SETS),
    "features": _SomeOf(FEATURE_CHOICES, LEAST_FEATURES),
    "n_clusters": _Whole(2, 1_000),
    "k_min": _Whole(2, 1_000),
    "k_max": _Whole(2, 1_000),
    "n_init": _Whole(1, 10_000),
    "gmm_n_init": _Whole(1, 10_000),
    "gmm_sweep_n_init": _Whole(1, 10_000),
    "max_iter": _Whole(1, 1_000_000),
    "seed": _Whole(0, 2**32 - 1),
    "n_seeds": _Whole(2, 10_000),
    "n_refits": _Whole(2, 100_000),
    "n_folds": _Whole(2, 1_000),
    "n_bootstrap": _Whole(100, 1_000_000),
    "n_index_bootstrap": _Whole(100, 1_000_000),
    "n_permutations": _Whole(100, 1_000_000),
    "n_references": _Whole(2, 10_000),
    "reference_n_init": _Whole(1, 10_000),
    "confidence": _Share(),
    "variance_share": _Share(),
    "strong_correlation": _Share(),
}


def meanings() -> dict[str, str]:
    """Return what each parameter means, as the docstring of :class:`Config` says it.

    Returns
    -------
    dict, name -> sentence
        In the order of the fields.
    """
    section = inspect.getdoc(Config).partition("----------\n")[2]  # type: ignore[union-attr]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line and not line.startswith(" "):
            names = line.partition(" : ")[0].split(", ")
        else:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return {field.name: found[field.name] for field in dataclasses.fields(Config)}


def load_config(path: Path) -> Config:
    """Read and check a parameter file.

    Parameters
    ----------
    path : Path
        A TOML file with exactly the keys of :class:`Config`, of which :data:`OPTIONAL` may be
        left out.

    Returns
    -------
    Config

    Raises
    ------
    ConfigError
        If the file cannot be read, is not TOML, lacks a key, has one that is not known,
        or has a value that cannot be used. The message names the file and the key.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path.name}: there is no such file in {path.parent.name or '.'}/; "
            "it holds the parameters of the study."
        ) from None
    except OSError as error:
        raise ConfigError(f"{path.name}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path.name}: byte {error.start + 1} is not UTF-8; save the file as UTF-8 text."
        ) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: not valid TOML: {error}.") from None
    return check_config(values, path.name)


def check_config(values: dict[str, Any], where: str) -> Config:
    """Check parameters that were read from `where`; see :func:`load_config`.

    Raises
    ------
    ConfigError
        As there.
    """
    for key in values:
        if key not in _RULES:
            known = ", ".join(_RULES)
            raise ConfigError(f"{where}: unknown key {key}; the keys are {known}.")
    values = {**dict.fromkeys(OPTIONAL), **values}
    for key, rule in _RULES.items():
        if key not in values:
            raise ConfigError(f"{where}: the key {key} is missing; it should be {_wanted(rule)}.")
        problem = rule.problem(values[key])
        if problem is not None:
            raise ConfigError(f"{where}: {key} should be {problem}, but is {values[key]!r}.")
    if values["k_min"] > values["k_max"]:
        raise ConfigError(
            f"{where}: k_min is {values['k_min']}, more than k_max, which is {values['k_max']}; "
            "k_min should be the smaller one."
        )
    shares = {key: float(values[key]) for key, rule in _RULES.items() if isinstance(rule, _Share)}
    features = tuple(name for name in FEATURE_CHOICES if name in values["features"])
    return Config(**{**values, **shares, "features": features})


def _wanted(rule: _Rule) -> str:
    return rule.problem(None) or ""
