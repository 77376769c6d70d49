"""analysis.export: what is written is what the study found, and only that is loaded again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import pickle
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
from hypothesis import given, strategies as st
from made_up import ROOT, make_project, make_songs
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from analysis.book import Book
from analysis.cli import main
from analysis.errors import DatasetError, ExportError
from analysis.export import MANIFEST, Files, fit_scaler, load_model, load_pickle, write_files
from analysis.export.schema import Column, File, checksum, csv_file, json_file
from analysis.methods.mixture.steps import posterior_entropy
from analysis.songs.table import z_scores

MODELS = ("scaler", "kmeans_model", "gmm_model")
TABLES = (
    "features_selected",
    "kmeans_cluster_assignments",
    "kmeans_centroids",
    "gmm_cluster_assignments",
    "gmm_means",
    "gmm_weights",
    "gmm_covariances",
    "scaler_parameters",
)


@pytest.fixture(scope="module", params=["ours", "as-published", "three", "two", "gtzan"])
def made(request: pytest.FixtureRequest, study_of: Callable[..., Book], gtzan: Book) -> Book:
    """Several studies: small ones, of three features and of two clusters too; the committed one."""
    if request.param == "gtzan":
        return gtzan
    chosen: dict[str, dict[str, object]] = {
        "ours": {},
        "as-published": {"feature_set": "as-published"},
        "three": {"features": ["tempo", "energy", "valence"]},
        "two": {"n_clusters": 2},
    }
    return study_of(make_songs(60), **chosen[request.param])


@pytest.fixture(scope="module")
def exported(made: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "export"
    write_files(made.files, folder)
    return folder


@pytest.fixture
def small(project: Path) -> Book:
    return Book(project)


@pytest.fixture(scope="module")
def whole(study_of: Callable[..., Book], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "export"
    write_files(study_of(make_songs()).files, folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "export"))


def table(exported: Path, name: str) -> pd.DataFrame:
    path = exported / "data" / "processed" / f"{name}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    text = {"track", "genre", "feature", "other_feature", "unit"}
    return frame.astype({column: float for column in frame.columns if column not in text})


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# --- what is written -------------------------------------------------------------------------


def test_every_file_that_the_study_promises_is_there(exported: Path) -> None:
    wanted = {f"models/{name}.{kind}" for name in MODELS for kind in ("json", "pkl")}
    wanted |= {f"data/processed/{name}.csv" for name in TABLES}
    assert set(contents(exported)) == wanted | {MANIFEST, "README.txt"}


def test_the_songs_and_their_features(made: Book, exported: Path) -> None:
    frame = table(exported, "features_selected")
    names = list(made.dataset.feature_names)
    assert list(frame.columns) == ["track", "genre", *names]
    assert_array_equal(frame[names].to_numpy(), made.dataset.X)
    assert tuple(frame["track"]) == made.dataset.tracks
    assert_array_equal(frame["genre"], made.dataset.labels)


def test_the_clusters(made: Book, exported: Path) -> None:
    frame, found = table(exported, "kmeans_cluster_assignments"), made.kmeans
    shared = table(exported, "features_selected")
    assert frame.iloc[:, : shared.shape[1]].equals(shared)
    assert list(frame.columns[shared.shape[1] :]) == ["kmeans_cluster", "distance_from_centroid"]
    assert_array_equal(frame["kmeans_cluster"], found.labels)
    assert_array_equal(frame["distance_from_centroid"], found.distances)
    centroids = table(exported, "kmeans_centroids")
    names = list(made.dataset.feature_names)
    assert_array_equal(centroids["kmeans_cluster"], range(made.config.n_clusters))
    assert_array_equal(centroids["songs"], found.sizes)
    assert_array_equal(centroids[names], found.means)
    assert_array_equal(centroids[[f"{name}_z" for name in names]], found.centers)


def test_the_components(made: Book, exported: Path) -> None:
    frame, found = table(exported, "gmm_cluster_assignments"), made.mixture
    K = made.config.n_clusters
    probabilities = frame[[f"gmm_prob_{k}" for k in range(K)]].to_numpy()
    assert f"gmm_prob_{K}" not in frame.columns
    assert_array_equal(probabilities, found.probabilities)
    assert_array_equal(frame["gmm_cluster"], found.labels)
    assert_array_equal(frame["gmm_entropy"], posterior_entropy(found.probabilities))
    means = table(exported, "gmm_means")
    names = list(made.dataset.feature_names)
    assert_array_equal(means[names], found.means)
    assert_array_equal(means[[f"{name}_z" for name in names]], found.centers)
    weights = table(exported, "gmm_weights")
    assert_array_equal(weights["weight"], found.weights)
    assert_array_equal(weights["songs"], found.sizes)


def test_the_covariances_can_be_put_together_again(made: Book, exported: Path) -> None:
    frame, names = table(exported, "gmm_covariances"), list(made.dataset.feature_names)
    assert len(frame) == made.config.n_clusters * len(names) ** 2
    scale = table(exported, "scaler_parameters").set_index("feature")["scale"]
    for component, part in frame.groupby("gmm_cluster"):
        wide = part.pivot_table("covariance_z", "feature", "other_feature").loc[names, names]
        assert_array_equal(wide, made.mixture.covariances[int(float(str(component)))])
        own = part.pivot_table("covariance", "feature", "other_feature")
        factors = np.outer(scale.loc[names], scale.loc[names])
        np.testing.assert_allclose(own.loc[names, names], wide * factors, rtol=1e-12)


def test_the_scaler_is_the_studys_standardisation(made: Book, exported: Path) -> None:
    X = made.dataset.X
    assert_array_equal(fit_scaler(made.dataset).transform(X), z_scores(X))
    frame = table(exported, "scaler_parameters")
    assert tuple(frame["feature"]) == made.dataset.feature_names
    assert_array_equal(frame["mean"], X.mean(axis=0))
    assert_array_equal(frame["scale"], X.std(axis=0))


def test_every_column_is_described_by_the_schema_that_writes_it(made: Book) -> None:
    for file in (file for file in made.files.files if file.kind == "csv"):
        rows = [*csv.reader(io.StringIO(file.content.decode(), newline=""))]
        assert rows[0] == [column.name for column in file.columns], file.path
        assert len(rows) == file.n_rows + 1
        assert {len(row) for row in rows} == {len(file.columns)}
    for file in (file for file in made.files.files if file.kind == "json"):
        assert list(json.loads(file.content)) == [column.name for column in file.columns]
    for file in made.files:
        for column in file.columns:
            assert column.meaning, (file.path, column)
            assert not column.meaning.endswith("."), (file.path, column)


def test_units_are_those_of_the_features(made: Book) -> None:
    for name in ("features_selected.csv", "kmeans_centroids.csv", "gmm_means.csv"):
        units = {column.name: column.unit for column in made.files.of(name).columns}
        for feature in made.dataset.features:
            assert units[feature.name] == feature.unit
            assert units.get(f"{feature.name}_z", "SD") == "SD"


def test_alike_columns_are_described_as_one(made: Book) -> None:
    file, K = made.files.of("gmm_cluster_assignments.csv"), made.config.n_clusters
    names = [column.name for column in file.described]
    many = [name for name in names if name.startswith("gmm_prob")]
    if K > 2:
        assert many == [f"gmm_prob_0 … gmm_prob_{K - 1}"]
        meaning = next(column.meaning for column in file.described if column.name == many[0])
        assert meaning == "posterior probability of the component of that number"
    else:
        assert many == ["gmm_prob_0", "gmm_prob_1"]
    features = made.files.of("features_selected.csv")
    assert features.described == features.columns


def test_the_manifest_lists_what_is_there(made: Book, exported: Path) -> None:
    manifest = json.loads((exported / MANIFEST).read_bytes())
    there = contents(exported)
    assert set(manifest["files"]) == set(there) - {MANIFEST}
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256(there[name]).hexdigest()
        assert entry["bytes"] == len(there[name])
    assert manifest["study"]["digest"] == made.provenance.digest
    assert manifest["parameters"]["n_clusters"] == made.config.n_clusters
    assert manifest["versions"] == made.provenance.versions
    seal = manifest.pop("checksum")
    assert seal == checksum(manifest)
    for path in (str(made.root), str(ROOT)):
        assert not any(path.encode() in content for content in there.values())


def test_the_note_names_every_file(exported: Path) -> None:
    note = (exported / "README.txt").read_text(encoding="utf-8")
    for name in contents(exported):
        assert f"`{name}`" in note or name == "README.txt"


# --- numbers keep every digit ----------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1))
def test_a_csv_file_gives_every_number_back(numbers: list[float]) -> None:
    file = csv_file("x.csv", "x", [(Column("x", "", "x"), np.array(numbers))])
    rows = [*csv.reader(io.StringIO(file.content.decode(), newline=""))]
    back = [float(row[0]) for row in rows[1:]]
    assert [math.copysign(1, x) for x in back] == [math.copysign(1, x) for x in numbers]
    assert back == numbers


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(plain)
def test_a_json_file_gives_every_value_back(value: object) -> None:
    file = json_file("x.json", "x", [(Column("x", "", "x"), value)])
    assert json.loads(file.content) == {"x": value}


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_json_has_no_number_that_is_none(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_file("x.json", "x", [(Column("x", "", "x"), np.array([number]))])


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_name_can_be_a_formula(sign: str, save: Callable[..., Path]) -> None:
    from analysis.songs.table import load_dataset

    songs = make_songs()
    songs.loc[3, "track"] = f"{sign}HYPERLINK(1)"
    with pytest.raises(DatasetError, match=r"line 5, column track: .* should not begin with =, "):
        load_dataset(save(songs))


# --- loading ---------------------------------------------------------------------------------


def model_of(made: Book, name: str) -> Any:
    return {
        "scaler": lambda: fit_scaler(made.dataset),
        "kmeans_model": lambda: made.kmeans_estimator,
        "gmm_model": lambda: made.mixture_estimator,
    }[name]()


@pytest.mark.parametrize("kind", ["json", "pkl"])
def test_loaded_models_give_the_same(made: Book, exported: Path, kind: str) -> None:
    load = {"json": load_model, "pkl": load_pickle}[kind]
    scaler, kmeans, mixture = (load(exported / "models" / f"{name}.{kind}") for name in MODELS)
    X = made.dataset.X
    Z = scaler.transform(X)
    assert_array_equal(Z, z_scores(X))
    assert_array_equal(kmeans.predict(Z), made.kmeans_estimator.predict(Z))
    assert_array_equal(kmeans.predict(Z), made.kmeans.labels)
    assert_array_equal(kmeans.transform(Z), made.kmeans_estimator.transform(Z))
    expected = made.mixture_estimator.predict_proba(Z)
    assert_array_equal(mixture.predict_proba(Z), expected)
    assert_array_equal(mixture.predict(Z), made.mixture.labels)
    assert_array_equal(mixture.score_samples(Z), made.mixture_estimator.score_samples(Z))
    new = X[::-1][:7] + 0.25 * X.std(axis=0)
    assert_array_equal(scaler.inverse_transform(scaler.transform(new)).shape, new.shape)
    for ours, theirs in ((kmeans, made.kmeans_estimator), (mixture, made.mixture_estimator)):
        assert_array_equal(
            ours.predict(scaler.transform(new)), theirs.predict(scaler.transform(new))
        )


@pytest.mark.parametrize("name", MODELS)
def test_a_model_from_json_has_what_the_fitted_one_has(
    made: Book, exported: Path, name: str
) -> None:
    loaded, fitted = load_model(exported / "models" / f"{name}.json"), model_of(made, name)
    assert type(loaded) is type(fitted)
    assert loaded.get_params() == fitted.get_params()
    # Of the songs themselves, and of starts that lost, the file says nothing.
    public = {key for key in vars(fitted) if key.endswith("_") and not key.startswith("_")}
    for key in public - {"labels_", "lower_bounds_"}:
        np.testing.assert_allclose(getattr(loaded, key), getattr(fitted, key), rtol=1e-7)


def test_the_mixture_can_be_sampled(exported: Path) -> None:
    sample, labels = load_model(exported / "models" / "gmm_model.json").sample(50)
    assert np.isfinite(sample).all()
    assert len(labels) == 50


def test_the_study_says_what_reading_back_gives(made: Book) -> None:
    back = made.round_trip
    assert back.n_songs == back.clusters_kept == back.components_kept == made.dataset.n_songs
    assert back.largest_difference == 0
    assert back.numbers_kept


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads(path.read_bytes())
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("scaler", lambda v: v.pop("mean"), "scaler.json lacks 'mean'"),
        ("scaler", lambda v: v["mean"].append(1.0), "mean should be 5 finite numbers"),
        ("scaler", lambda v: v.update(n_samples="x"), "n_samples should be a whole number"),
        ("scaler", lambda v: v.update(kind="pipeline"), "scaler.json is no model"),
        ("scaler", lambda v: v.update(format=99), "scaler.json is no model"),
        ("kmeans_model", lambda v: v["parameters"].update(os="x"), "unexpected keyword"),
        ("kmeans_model", lambda v: v["cluster_centers"].pop(), "should be 4 × 5 finite numbers"),
        ("gmm_model", lambda v: v.update(weights=[None] * 4), "weights should be"),
        ("gmm_model", lambda v: v.update(covariances=["x"]), "is damaged"),
        (
            "gmm_model",
            lambda v: v["parameters"].update(covariance_type="tied"),
            "should be 'full'",
        ),
    ],
)
def test_damaged_numbers_are_not_loaded(
    folder: Path, name: str, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    path = folder / "models" / f"{name}.json"
    change_json(path, change)
    with pytest.raises(ExportError, match=re.escape(said)):
        load_model(path)


@pytest.mark.parametrize("content", ["", "[]", "{", "null", "[" * 100_000])
def test_what_is_no_model_is_not_loaded(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ExportError, match=r"scaler\.json"):
        load_model(path)
    with pytest.raises(ExportError, match=r"x\.json cannot be read"):
        load_model(tmp_path / "x.json")


# --- pickles ---------------------------------------------------------------------------------


class Evil:
    """What an attacker would put in a model's place."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.mark),))


def seal(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a manifest and make its checksum right again, as one who knows how would."""
    value = json.loads((folder / MANIFEST).read_bytes())
    change(value)
    value.pop("checksum")
    value["checksum"] = checksum(value)
    (folder / MANIFEST).write_text(json.dumps(value), encoding="utf-8")


PICKLE = "models/kmeans_model.pkl"


def changed(folder: Path, evil: bytes) -> Path:
    (folder / PICKLE).write_bytes(evil)
    return folder / PICKLE


def same_size(folder: Path, evil: bytes) -> Path:
    path = folder / PICKLE
    path.write_bytes(evil.ljust(path.stat().st_size, b"."))
    return path


def without_manifest(folder: Path, evil: bytes) -> Path:
    (folder / MANIFEST).unlink()
    return changed(folder, evil)


def manifest_edited(folder: Path, evil: bytes) -> Path:
    def change(value: dict[str, Any]) -> None:
        digest = hashlib.sha256(evil).hexdigest()
        value["files"][PICKLE] |= {"sha256": digest, "bytes": len(evil)}

    change_json(folder / MANIFEST, change)
    return changed(folder, evil)


def manifest_is_no_json(folder: Path, evil: bytes) -> Path:
    (folder / MANIFEST).write_bytes(b"\xff{")
    return changed(folder, evil)


def not_listed(folder: Path, evil: bytes) -> Path:
    path = folder / "models" / "new.pkl"
    path.write_bytes(evil)
    return path


def listed_outside(folder: Path, evil: bytes) -> Path:
    path = folder.parent / "evil.pkl"
    path.write_bytes(evil)
    entry = {"sha256": hashlib.sha256(evil).hexdigest(), "bytes": len(evil)}
    seal(folder, lambda value: value["files"].update({"../evil.pkl": entry}))
    return folder / "models" / ".." / ".." / "evil.pkl"


def listed_with_dots(folder: Path, evil: bytes) -> Path:
    entry = {"sha256": hashlib.sha256(evil).hexdigest(), "bytes": len(evil)}
    seal(folder, lambda value: value["files"].update({"../evil.pkl": entry}))
    return folder / PICKLE


def a_link(folder: Path, evil: bytes) -> Path:
    path = folder / PICKLE
    elsewhere = folder.parent / "the same.pkl"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    return path


def through_a_link(folder: Path, evil: bytes) -> Path:
    models = folder / "models"
    models.rename(folder.parent / "elsewhere")
    models.symlink_to(folder.parent / "elsewhere")
    return folder / PICKLE


def manifest_is_a_link(folder: Path, evil: bytes) -> Path:
    elsewhere = folder.parent / "elsewhere.json"
    (folder / MANIFEST).rename(elsewhere)
    (folder / MANIFEST).symlink_to(elsewhere)
    return folder / PICKLE


def other_version(folder: Path, evil: bytes) -> Path:
    seal(folder, lambda value: value["versions"].update({"scikit-learn": "0.24.2"}))
    return folder / PICKLE


def gone(folder: Path, evil: bytes) -> Path:
    (folder / PICKLE).unlink()
    return folder / PICKLE


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (changed, "its digest is not the one"),
        (same_size, "its digest is not the one"),
        (without_manifest, "no folder above it has a manifest.json"),
        (manifest_edited, "manifest.json in export/ has been changed"),
        (manifest_is_no_json, "manifest.json in export/ is not JSON"),
        (not_listed, "manifest.json in export/ does not list it"),
        (listed_outside, "no folder above it has a manifest.json"),
        (listed_with_dots, "manifest.json in export/ has been changed or is none"),
        (a_link, "a link leads to it"),
        (through_a_link, "a link leads to it"),
        (manifest_is_a_link, "a link leads to it"),
        (other_version, "scikit-learn 0.24.2 wrote it"),
        (gone, "kmeans_model.pkl cannot be read"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="links want rights there")
def test_a_pickle_that_is_not_vouched_for_is_not_loaded(
    folder: Path, attack: Callable[[Path, bytes], Path], said: str
) -> None:
    mark = folder.parent / "ran"
    path = attack(folder, pickle.dumps(Evil(mark)))
    with pytest.raises(ExportError, match=re.escape(said)) as caught:
        load_pickle(path)
    assert not mark.exists()
    assert str(folder.parent) not in str(caught.value)


def test_the_attack_would_work(tmp_path: Path) -> None:
    import joblib

    mark = tmp_path / "ran"
    joblib.load(io.BytesIO(pickle.dumps(Evil(mark))))
    assert mark.is_dir()


def test_the_manifests_own_digest_can_be_asked_for(folder: Path) -> None:
    right = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    spaced = " ".join(right[i : i + 16] for i in range(0, 64, 16)).upper()
    for digest in (right, spaced):
        assert load_pickle(folder / PICKLE, manifest_sha256=digest).n_clusters == 4
    mark = folder.parent / "ran"
    evil = pickle.dumps(Evil(mark))
    changed(folder, evil)
    entry = {"sha256": hashlib.sha256(evil).hexdigest(), "bytes": len(evil)}
    seal(folder, lambda value: value["files"][PICKLE].update(entry))
    with pytest.raises(ExportError, match="not the one whose digest was given"):
        load_pickle(folder / PICKLE, manifest_sha256=right)
    assert not mark.exists()


def test_pickles_lie_anywhere_as_long_as_the_folder_is_whole(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "else where" / "x"
    shutil.copytree(folder, moved)
    assert load_pickle(str(moved / PICKLE)).n_clusters == 4


def test_an_estimator_that_is_not_fitted_would_be_noticed() -> None:
    from sklearn.mixture import GaussianMixture

    with pytest.raises(NotFittedError):
        GaussianMixture(2).predict(np.zeros((1, 5)))


# --- the same bytes --------------------------------------------------------------------------

DIGESTS = """
import sys
from pathlib import Path
from analysis.book import Book
for file in Book(Path(sys.argv[1])).files:
    print(file.path, file.sha256)
"""


def test_two_exports_in_two_processes_are_the_same(tmp_path: Path) -> None:
    said = set()
    for seed in ("1", "2"):
        root = make_project(tmp_path / f"project {seed}", make_songs())
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed}
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS, str(root)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        said.add(done.stdout)
    assert len(said) == 1
    assert said.pop().count("\n") == len(MODELS) * 2 + len(TABLES) + 2


def test_it_is_the_same_whether_models_were_fitted_or_kept(project: Path) -> None:
    fresh = Book(project).files
    for name in ("files", "kmeans", "mixture"):
        entries = list((project / ".cache/study").glob(f"*/{name}/*.joblib"))
        assert entries
        for entry in entries:
            entry.unlink()
    again = Book(project)
    assert [file.content for file in again.files] == [file.content for file in fresh]


# --- the folder is written as a whole --------------------------------------------------------


def fake_files(word: bytes, n: int = 3) -> Files:
    """Files that say nothing, with a manifest like that of a study."""
    files = [File(f"part/{i}.txt", "t", (), 0, word) for i in range(n)]
    entries = {file.path: {"sha256": file.sha256, "bytes": file.size} for file in files}
    value: dict[str, Any] = {"format": 1, "versions": {}, "files": entries}
    value["checksum"] = checksum(value)
    manifest = File(MANIFEST, "m", (), 0, json.dumps(value).encode())
    return Files((*files, manifest))


def test_an_earlier_export_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    write_files(fake_files(b"old", 5), folder)
    (folder / ".DS_Store").write_bytes(b"made by the system")
    new = fake_files(b"new", 2)
    write_files(new, folder)
    assert contents(folder) == {file.path: file.content for file in new}
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    write_files(fake_files(b"new"), tmp_path / "export")
    write_files(fake_files(b"new"), tmp_path / "a" / "b")
    assert contents(tmp_path / "export") == contents(tmp_path / "a" / "b")


@pytest.mark.parametrize("last", range(5))
def test_a_failure_leaves_the_old_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    folder = tmp_path / "export"
    write_files(fake_files(b"old"), folder)
    before = contents(folder)
    steps = []

    def failing(method: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Path, *arguments: Any) -> Any:
            steps.append(self)
            if len(steps) == last + 1:
                raise OSError(28, "No space left on device")
            return method(self, *arguments)

        return step

    monkeypatch.setattr(Path, "write_bytes", failing(Path.write_bytes))
    if last == 4:
        steps[:] = [tmp_path] * 3  # the last file, then the folder moves in
        monkeypatch.setattr(Path, "rename", failing(Path.rename))
    with pytest.raises(ExportError, match="export cannot be written \\(No space left on device\\)"):
        write_files(fake_files(b"new", 6), folder)
    monkeypatch.undo()
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_a_folder_that_cannot_move_in_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "export"
    write_files(fake_files(b"old"), folder)
    before = contents(folder)
    rename = Path.rename

    def step(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", step)
    with pytest.raises(ExportError, match="Permission denied"):
        write_files(fake_files(b"new"), folder)
    monkeypatch.undo()
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_an_export_that_was_killed_between_is_put_back(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    write_files(fake_files(b"old"), folder)
    folder.rename(tmp_path / ".export.old-0123")
    write_files(fake_files(b"new"), folder)
    assert [path.name for path in tmp_path.iterdir()] == ["export"]
    assert (folder / "part" / "0.txt").read_bytes() == b"new"


@pytest.mark.parametrize("strange", ["thesis.txt", "part/mine.txt", "manifest.json"])
def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path, strange: str) -> None:
    folder = tmp_path / "mine"
    (folder / strange).parent.mkdir(parents=True)
    (folder / strange).write_text("years of work", encoding="utf-8")
    with pytest.raises(ExportError, match=f"mine holds {strange}, which no export wrote"):
        write_files(fake_files(b"new"), folder)
    assert contents(folder) == {strange: b"years of work"}


def test_own_files_in_an_export_are_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    write_files(fake_files(b"old"), folder)
    (folder / "part" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"holds part/notes\.txt"):
        write_files(fake_files(b"new"), folder)
    assert (folder / "part" / "0.txt").read_bytes() == b"old"


def test_a_file_or_a_link_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ExportError, match="file is a file; the files should go into a folder"):
        write_files(fake_files(b"new"), tmp_path / "file")
    with pytest.raises(ExportError, match="x cannot be written"):
        write_files(fake_files(b"new"), tmp_path / "file" / "x")
    if sys.platform != "win32":
        (tmp_path / "folder").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "folder")
        with pytest.raises(ExportError, match="link is a link"):
            write_files(fake_files(b"new"), tmp_path / "link")


# --- the command -----------------------------------------------------------------------------


def test_export(
    small: Book,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("analysis.book.study", small)
    n = len(small.files)
    assert main(["export"]) == 0
    assert capsys.readouterr().out == f"_export: {n} files\n"
    assert main(["export", "--output", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}: {n} files\n"
    assert contents(small.root / "_export") == contents(tmp_path / "out")
    assert load_model(tmp_path / "out" / "models" / "scaler.json").n_features_in_ == 5


def test_export_into_a_folder_that_is_no_export(
    small: Book,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("analysis.book.study", small)
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main(["export", "--output", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(r"error: .* which no export wrote; .*\.\n", said.err)
