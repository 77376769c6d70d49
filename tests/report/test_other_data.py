"""The chapters with other songs and another feature set: they run, and say whole sentences."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from chapters import ROOT, chapter_paths

HERE = Path(__file__).parent
Said = dict[str, dict[str, list[str]]]


def copy_of_the_project(folder: Path) -> Path:
    """Copy what the chapters need: words, numbers, table, parameters."""
    for name in ("analysis", "report", "data"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("index.qmd", "references.qmd", "study.toml", "requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def set_parameter(root: Path, key: str, value: str) -> None:
    path = root / "study.toml"
    text, n = re.subn(rf"^{key} = .*$", f"{key} = {value}", path.read_text("utf-8"), flags=re.M)
    assert n == 1, f"study.toml has no {key}"
    path.write_text(text, encoding="utf-8")


def take_fewer_draws(root: Path) -> None:
    for key, value in {
        "n_bootstrap": 200,
        "n_index_bootstrap": 100,
        "n_permutations": 100,
        "n_references": 2,
        "reference_n_init": 1,
        "n_init": 2,
        "gmm_n_init": 2,
        "gmm_sweep_n_init": 2,
        "n_seeds": 3,
        "n_refits": 4,
        "n_folds": 3,
    }.items():
        set_parameter(root, key, str(value))


def run(root: Path, draw: str = "none") -> Said:
    """Run all chapters; fail with the traceback's last lines if one cannot."""
    done = subprocess.run(
        [sys.executable, str(HERE / "run_chapters.py"), str(root), draw, *chapter_paths()],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said: Said = json.loads(done.stdout)
    return said


def everything(said: Said) -> list[str]:
    return [text for chapter in said.values() for kind in chapter.values() for text in kind]


def assert_whole(said: Said) -> None:
    """No value is missing, undefined or a Python object in disguise."""
    for text in everything(said):
        if text.startswith("code-"):
            continue
        assert not re.search(
            r"\bnan\b|\bNone\b(?! of)|\binf\b|<[\w.]+ object|Interval\(|\[\]|\(\)", text
        ), text
    for chapter in said.values():
        for inline in chapter["inlines"]:
            assert re.match(r"\d+: \S", inline), f"nothing is said: {inline}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Sixty songs of three genres, thirty, twenty and ten; no repeats, no ``jazz.00054``."""
    root = copy_of_the_project(tmp_path_factory.mktemp("small"))
    path = root / "data" / "gtzan_features.csv"
    table = pd.read_csv(path)
    features = [name for name in table.columns if name not in ("track", "genre")]
    table = table.drop_duplicates(features, keep=False)
    table = table[table["track"] != "jazz.00054"]
    parts = [
        table[table["genre"] == g].head(n) for g, n in (("blues", 30), ("jazz", 20), ("pop", 10))
    ]
    pd.concat(parts).to_csv(path, index=False)
    set_parameter(root, "n_bootstrap", "200")
    set_parameter(root, "n_permutations", "200")
    return run(root, draw="svg")


@pytest.fixture(scope="module")
def as_published(tmp_path_factory: pytest.TempPathFactory) -> Said:
    root = copy_of_the_project(tmp_path_factory.mktemp("published"))
    set_parameter(root, "feature_set", '"as-published"')
    take_fewer_draws(root)
    return run(root)


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory: pytest.TempPathFactory) -> Said:
    root = copy_of_the_project(tmp_path_factory.mktemp("as_it_is"))
    take_fewer_draws(root)
    return run(root)


def test_sixty_songs_of_three_genres(small: Said) -> None:
    assert_whole(small)
    text = "\n".join(everything(small))
    assert "60 songs" in text
    assert "3 genres" in text
    assert "0 groups" in text
    for gone in ("1,000", "reggae", "jazz.00054 |"):
        assert gone not in text, [t for t in everything(small) if gone in t]


def test_as_published(as_published: Said) -> None:
    assert_whole(as_published)


def test_as_it_is(as_it_is: Said) -> None:
    assert_whole(as_it_is)


def test_other_data_change_what_the_text_says(small: Said, as_it_is: Said) -> None:
    ours, theirs = as_it_is["report/data.qmd"], small["report/data.qmd"]
    same = [a for a, b in zip(ours["inlines"], theirs["inlines"], strict=True) if a == b]
    assert len(same) < len(ours["inlines"]) / 2, same
