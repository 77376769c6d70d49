"""No change to the sources leaves a stale number, and none computes more than it may touch.

The package is copied into a small project, its sources are changed one definition at a time, and
what is computed again is held against what a computation from nothing gives. ``MUTATIONS=200``
in the environment tries so many definitions in place of a few.
"""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import make_project, make_songs
from tiny import copy_package, written

pytestmark = pytest.mark.slow

SEED = 1
N_MUTATIONS = int(os.environ.get("MUTATIONS", "5"))

COMPUTE = """
import json, warnings
warnings.simplefilter("ignore")
from analysis.book import study
found = {}
for name in sorted({*study.names()} - {"audits"}):  # which is dear, and reads no song
    try:
        found[name] = study.bring(name).value
    except Exception as error:
        found[name] = repr(error)
print(json.dumps(found))
"""


def compute(root: Path) -> tuple[dict[str, str], set[str]]:
    """Bring all results of a project up to date; return their digests and which it computed."""
    before = written(root)
    ran = subprocess.run(
        [sys.executable, "-c", COMPUTE],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"},
    )
    values: dict[str, str] = json.loads(ran.stdout)
    return values, {name for name, *_ in written(root) - before}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with this package's sources, and all its results."""
    root = make_project(tmp_path_factory.mktemp("small") / "p", make_songs(30), n_seeds=2)
    copy_package(root)
    compute(root)
    return root


def change(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, (name, old)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_only_what_a_change_touches(small: Path) -> None:
    before, again = compute(small)
    assert again == set()
    choice = "from analysis.config import Config\n"
    for name, old, new in [
        ("analysis/study/pipeline.py", '"""How alike two runs', '"""How much alike two runs'),
        ("analysis/findings/kmeans/choice.py", choice, f"# A comment.\n{choice}"),
        ("analysis/show/figures/choice.py", "alpha=0.2", "alpha=0.3"),
        ("analysis/show/tables/choice.py", '"WCSS"', '"Sum of squares"'),
    ]:
        change(small, name, old, new)
    assert compute(small) == (before, set())

    change(small, "study.toml", "n_references = 2", "n_references = 3")
    after, again = compute(small)
    moved = {name for name in after if after[name] != before[name]}
    assert {"null_sweep", "gaps"} <= moved <= again
    assert not again & {"dataset", "sweep", "kmeans", "mixture_sweep", "seeds", "stability"}
    change(small, "study.toml", "n_references = 3", "n_references = 2")
    assert compute(small) == (before, set())


@pytest.mark.parametrize("i", range(N_MUTATIONS))
def test_no_mutation_leaves_a_stale_number(small: Path, tmp_path: Path, i: int) -> None:
    """What differs when computed from nothing was computed again, and is the same."""
    before, _ = compute(small)
    path, text, mutated, name = _mutation(small, i)
    path.write_text(mutated, encoding="utf-8")
    try:
        after, again = compute(small)
        shutil.copytree(small, tmp_path / "fresh", ignore=shutil.ignore_patterns(".cache"))
        fresh, _ = compute(tmp_path / "fresh")
    finally:
        path.write_text(text, encoding="utf-8")
    assert after == fresh, f"stale after a change to {name}"
    assert {one for one in fresh if fresh[one] != before[one]} <= again | _failed(fresh, before)


def _failed(*values: dict[str, str]) -> set[str]:
    return {name for found in values for name, value in found.items() if "(" in value}


def _mutation(root: Path, i: int) -> tuple[Path, str, str, str]:
    """Return a source, its text, the text with another constant in it, and the name of where."""
    places = []
    for path in sorted((root / "analysis").rglob("*.py")):
        if path.relative_to(root / "analysis").parts[0] in (
            "methods",
            "songs",
            "findings",
            "claims",
        ):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for statement in tree.body:
                numbers = [
                    node
                    for node in ast.walk(statement)
                    if isinstance(node, ast.Constant) and type(node.value) in (int, float)
                ]
                places += [(path, statement, node) for node in numbers]
    path, statement, node = random.Random(f"{SEED} {i}").choice(places)  # noqa: S311
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    line = lines[node.lineno - 1].encode()
    changed = repr(node.value + 1 if node.value < 5 else node.value * 1.1)
    line = line[: node.col_offset] + changed.encode() + line[node.end_col_offset :]
    lines[node.lineno - 1] = line.decode()
    name = f"{path.relative_to(root).as_posix()}:{node.lineno}: {node.value!r} to {changed}"
    return path, text, "".join(lines), name
