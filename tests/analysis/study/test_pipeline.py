"""analysis.study: results under one name, computed once, kept on disk."""

from __future__ import annotations

import dataclasses
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import ROOT, make_project, make_songs

from analysis.book import Book, study
from analysis.errors import AnalysisError, ConfigError, DatasetError
from analysis.songs import table as dataset_module


def same(first: Any, second: Any) -> bool:
    """Whether two results are equal, part by part."""
    if dataclasses.is_dataclass(first):
        return type(first) is type(second) and all(
            same(getattr(first, field.name), getattr(second, field.name))
            for field in dataclasses.fields(first)
        )
    if hasattr(first, "get_params"):
        return list(vars(first)) == list(vars(second)) and all(
            same(value, vars(second)[key]) for key, value in vars(first).items()
        )
    if isinstance(first, pd.DataFrame | pd.Series):
        return bool(first.equals(second))
    if isinstance(first, np.ndarray):
        return np.array_equal(first, second)
    if isinstance(first, dict):
        return list(first) == list(second) and all(same(first[k], second[k]) for k in first)
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second) or (first != first and second != second)


@pytest.fixture(autouse=True)
def no_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the audits of other tables, which are dear and do not hang on the songs."""
    monkeypatch.setattr("analysis.checklist.examples.examples", lambda: iter(()))


def test_names() -> None:
    names = Book.names()
    assert names[:2] == ("dataset", "summary")
    assert len(set(names)) == len(names)
    for name in names:
        assert inspect.getdoc(getattr(Book, name)), name


def test_two_computations_agree_and_what_is_kept(
    tmp_path: Path, study_of: Callable[..., Book]
) -> None:
    first = study_of(make_songs()).compute_all()
    project = make_project(tmp_path / "b", make_songs())
    second, kept = Book(project).compute_all(), Book(project).compute_all()
    assert list(second) == list(Book.names())
    for name, value in second.items():
        assert kept[name] is not value
        assert same(value, first[name]), name
        assert same(value, kept[name]), name


def test_a_result_is_computed_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Book(project)
    assert first.summary is first.summary
    monkeypatch.setattr(
        "analysis.study.pipeline.load_dataset", lambda *a, **k: pytest.fail("loaded again")
    )
    again = Book(project)
    assert again.dataset.n_songs == 40
    assert again.feature_stats.of("tempo").distinct > 1


def test_a_change_is_never_stale(project: Path) -> None:
    assert Book(project).summary.n_songs == 40
    make_songs(33).to_csv(project / "data" / "gtzan_features.csv", index=False)
    assert Book(project).summary.n_songs == 33


def test_a_damaged_entry_is_computed_again(project: Path) -> None:
    first = Book(project)
    value = first.summary
    (entry,) = (first.kept.store.folder / "summary").glob("*.joblib")
    entry.write_bytes(entry.read_bytes()[:-5])
    assert same(Book(project).summary, value)


def test_feature_sets(tmp_path: Path) -> None:
    songs = make_songs()
    songs.loc[3, "track"] = dataset_module.UNREADABLE_TRACK
    both = Book(make_project(tmp_path / "p", songs))
    assert both.summary.n_songs == both.ours.summary.n_songs == 40
    assert both.as_published.summary.n_songs == 39
    assert both.as_published.summary.left_out == ("jazz.00054",)
    assert not both.as_published.loudness_energy.in_decibels
    assert both.as_published.ours.summary.n_songs == 40
    assert both.ours is both
    assert both.as_published.ours.kept is both.kept
    assert both.provenance.digest != both.as_published.provenance.digest
    assert len(list(both.kept.store.entries("summary"))) == 2


def test_some_features(tmp_path: Path) -> None:
    few = Book(make_project(tmp_path / "p", make_songs(), features=["valence", "tempo", "energy"]))
    assert few.summary.feature_names == ("tempo", "energy", "valence")
    assert few.kmeans.centers.shape == few.mixture.centers.shape == (4, 3)
    assert few.feature_stats.frame.shape[0] == 3
    assert few.column_stats.frame.shape[0] == 5
    assert few.ours.summary.n_features == few.as_published.summary.n_features == 5
    assert few.as_published.spectrum.singular
    studies = (few, few.ours, few.as_published)
    assert len({one.provenance.digest for one in studies}) == 3


def test_feature_set_in_the_parameters(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", make_songs(), feature_set="as-published")
    assert Book(project).summary.feature_set == "as-published"
    assert Book(project).ours.summary.feature_set == "ours"


def test_artists_come_from_the_groups_file(project: Path) -> None:
    """The file is read where study.toml names it, and results depend on it."""
    plain = Book(project)
    assert not plain.dataset.knows_artists
    parameters = project / "study.toml"
    text = parameters.read_text(encoding="utf-8")
    parameters.write_text('groups_file = "data/who.csv"\n' + text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"^who\.csv is missing in data/"):
        Book(project).summary  # noqa: B018
    who = project / "data" / "who.csv"
    tracks = plain.dataset.tracks
    lines = [f"{track},{i // 4}" for i, track in enumerate(tracks)]
    who.write_text("\n".join(["track,group", *lines[:-1]]), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"^data/who\.csv lacks the song 'song\.00039'"):
        Book(project).summary  # noqa: B018
    who.write_text("\n".join(["track,group", *lines]), encoding="utf-8")
    study = Book(project)
    assert study.dataset.knows_artists
    assert study.dataset.groups.tolist() == [i // 4 for i in range(40)]
    assert study.as_published.dataset.knows_artists
    who.write_text("track,group\n" + "\n".join(f"{t},0" for t in tracks), encoding="utf-8")
    assert set(Book(project).dataset.groups) == {0}


def test_fewer_songs_than_clusters(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", make_songs(8), k_max=9)
    message = r"^data/gtzan_features\.csv has 8 rows; to look for 9 clusters"
    with pytest.raises(DatasetError, match=message):
        _ = Book(project).summary


def test_bad_parameters_say_so_when_asked(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", make_songs(), n_init=0)
    lazy = Book(project)
    with pytest.raises(ConfigError, match=r"^study\.toml: n_init should be"):
        _ = lazy.summary


def test_ten_songs(tmp_path: Path) -> None:
    study = Book(make_project(tmp_path / "p", make_songs(10, genres=3)))
    assert list(study.compute_all()) == list(study.names())
    assert len(study.kmeans.labels) == len(study.mixture.labels) == study.summary.n_songs == 10


def test_provenance(gtzan: Book) -> None:
    made = gtzan.provenance
    assert re.fullmatch(r"[0-9a-f]{32}", made.digest)
    assert made.public_name == "features_30_sec.csv"
    assert len(made.data_sha256) == len(made.public_sha256) == 64
    assert next(iter(made.versions)) == "Python"


def append(path: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        with (root / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (append("study.toml", "# A comment is no parameter.\n"), False),
        (append("data/gtzan_features.csv", "\n"), True),
        (append("requirements.txt", "numpy==2.0\n"), True),
        (lambda root: replace(root / "study.toml", "seed = 42", "seed = 43"), True),
    ],
)
def test_the_digest_is_of_all_that_numbers_depend_on(
    project: Path, tmp_path: Path, change: Callable[[Path], None], differs: bool
) -> None:
    first = Book(project).provenance.digest
    shutil.copytree(project, tmp_path / "elsewhere")
    assert Book(tmp_path / "elsewhere").provenance.digest == first
    change(project)
    assert (Book(project).provenance.digest != first) is differs


def replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_provenance_without_a_note(project: Path) -> None:
    assert Book(project).provenance.public_sha256 == ""


@pytest.mark.parametrize("note", ["{", "[]", '{"public_table": {}}'])
def test_bad_note(project: Path, note: str) -> None:
    (project / "data" / "gtzan_features.json").write_text(note, encoding="utf-8")
    with pytest.raises(AnalysisError, match=r"^gtzan_features\.json: should be the note"):
        _ = Book(project).provenance


def test_own_study_is_that_of_the_project() -> None:
    assert study.root == ROOT
    assert study.config.data_file == "data/gtzan_features.csv"


def test_imports_are_light() -> None:
    """Neither the package nor the pipeline imports what only a computation needs."""
    heavy = ("sklearn", "scipy", "pandera", "matplotlib", "seaborn", "IPython")
    code = (
        "import sys, analysis; assert not [m for m in ('numpy', 'pandas') if m in sys.modules];"
        "import analysis.book, analysis.show.tables;"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_imports_run_one_way() -> None:
    for path in (ROOT / "analysis").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import render" not in text
        assert "from render" not in text
