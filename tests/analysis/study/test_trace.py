"""analysis.study.trace: what is noted of parameters, and digests of values."""

from __future__ import annotations

import copy
import dataclasses
import enum
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import ROOT

from analysis.config import Config, load_config
from analysis.songs.table import Dataset
from analysis.study.trace import Trace, digest_value, is_cheap, noting

ALL = {f"config.{field.name}" for field in dataclasses.fields(Config)}


@pytest.fixture
def config(project: Path) -> Config:
    return load_config(project / "study.toml")


@pytest.mark.parametrize(
    ("read", "noted"),
    [
        (lambda c: c.seed, {"config.seed"}),
        (lambda c: max(c.n_clusters, c.k_max), {"config.n_clusters", "config.k_max"}),
        (lambda c: getattr(c, "n_" + "init"), {"config.n_init"}),
        (lambda c: dataclasses.replace(c, seed=1), ALL - {"config.seed"}),
        (dataclasses.asdict, ALL),
        (dataclasses.astuple, ALL),
        (repr, ALL),
        (hash, ALL),
        (lambda c: c == c, ALL),
        (lambda c: pickle.loads(pickle.dumps(c)), ALL),  # noqa: S301
        (copy.copy, ALL),
        (copy.deepcopy, ALL),
        (lambda c: isinstance(c, Config), set()),
    ],
)
def test_what_is_read_of_the_parameters_is_noted(
    config: Config, read: Callable[[Config], Any], noted: set[str]
) -> None:
    seen: set[str] = set()
    found = read(noting(config, seen.add))
    assert seen == noted
    assert found == read(config)
    if isinstance(found, Config):
        assert type(found) is Config


def test_a_noting_config_is_the_config(config: Config) -> None:
    other = noting(config, lambda name: None)
    assert other == config
    assert config == other
    assert hash(other) == hash(config)
    assert pickle.loads(pickle.dumps(other)) == config  # noqa: S301
    assert type(pickle.loads(pickle.dumps(other))) is Config  # noqa: S301
    with pytest.raises(dataclasses.FrozenInstanceError):
        other.seed = 1  # type: ignore[misc]


def test_what_is_cheap_to_check_comes_first() -> None:
    reads = {"kmeans": "1", "ours.config.seed": "2", "ours.kmeans": "3", "file:x.csv": "4"}
    assert list(Trace(dict(reads)).ordered()) == [
        "ours.config.seed",
        "file:x.csv",
        "kmeans",
        "ours.kmeans",
    ]
    assert is_cheap("as_published.provenance")
    assert not is_cheap("configuration")


# --- digests of values -----------------------------------------------------------------------


class Colour(enum.Enum):
    RED = 1


def digest(value: object) -> str:
    return digest_value(value)[0]


SAME: list[Callable[[], object]] = [
    lambda: ("a" * 3, "".join(["a"] * 3), {"x": (1, 2.0)}),
    lambda: [np.arange(3.0), np.arange(3.0)],
    lambda: pd.DataFrame({"a": [1.0, None], "b": ["x", "y"]}),
    lambda: pd.Series(["u", "v", "u"], dtype="category"),
    lambda: Dataset(pd.DataFrame({"genre": ["jazz"]}), "ours"),
    lambda: np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    lambda: (Colour.RED, Path("x"), frozenset([1, 2])),
]


@pytest.mark.parametrize("make", SAME)
def test_equal_values_have_equal_digests(make: Callable[[], object]) -> None:
    assert digest(make()) == digest(make())
    assert digest(pickle.loads(pickle.dumps(make()))) == digest(make())  # noqa: S301


def test_one_object_twice_is_as_good_as_two() -> None:
    one = np.arange(4)
    assert digest((one, one)) == digest((one, one.copy()))
    assert digest(["ab", "ab"]) == digest(["ab", "".join("ab")])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, 2),
        (1, 1.0),
        (1.0, np.nextafter(1.0, 2.0)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.arange(3), np.arange(3.0)),
        (np.arange(4), np.arange(4).reshape(2, 2)),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]}, index=[1, 0])),
        (pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [2], "a": [1]})),
        (Dataset(pd.DataFrame(), "ours"), Dataset(pd.DataFrame(), "as-published")),
    ],
)
def test_other_values_have_other_digests(first: object, second: object) -> None:
    assert digest(first) != digest(second)


def test_digests_are_those_of_other_processes() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/analysis/study'); sys.path.insert(0, "
        "'tests/analysis'); import test_trace as t;"
        "print([t.digest(make()) for make in t.SAME[:-1]])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_the_classes_in_a_value() -> None:
    values = {"a": [Dataset(pd.DataFrame(), "ours")], "b": load_config, "c": np.float64(1)}
    assert digest_value(values)[1] == (
        "analysis.config.load_config",
        "analysis.songs.table.Dataset",
    )
    assert digest_value((1, "x", np.arange(2)))[1] == ()
