"""Load the models again, from plain numbers or from pickles that the manifest vouches for."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import ExportError
from analysis.export.schema import FORMAT, MANIFEST, Files, checksum
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.mixtures.components import Mixture
from analysis.songs.table import Dataset

if TYPE_CHECKING:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture
    from sklearn.preprocessing import StandardScaler

Floats = NDArray[np.float64]

_HEX = re.compile(r"[0-9a-f]{64}")


def load_model(path: Path | str) -> Any:
    """Load a model from its JSON file.

    Nothing in the file is run.

    Parameters
    ----------
    path : Path or str
        ``scaler.json``, ``kmeans_model.json`` or ``gmm_model.json`` of an export.

    Returns
    -------
    StandardScaler, KMeans or GaussianMixture
        Fitted, with the very numbers of the study's own: it transforms and predicts the same. The
        two models take standardised features, which the scaler gives.

    Raises
    ------
    ExportError
        If the file is missing, or is no such file.
    """
    path = Path(path)
    return _model(_read(path), path.name)


def _model(content: bytes, name: str) -> Any:
    value = _parse(content, name)
    kinds = {"scaler": _scaler_from, "kmeans_model": _kmeans_from, "gmm_model": _mixture_from}
    make = kinds.get(str(value.get("kind")))
    if make is None or value.get("format") != FORMAT:
        raise ExportError(
            f"{name} is no model of this layout; it should be scaler.json, "
            "kmeans_model.json or gmm_model.json as `python -m analysis export` writes it."
        )
    try:
        return make(value)
    except (KeyError, TypeError, ValueError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else f"is damaged: {error}"
        raise ExportError(
            f"{name} {what}; write it again with `python -m analysis export`."
        ) from None


def _scaler_from(value: dict[str, Any]) -> StandardScaler:
    from sklearn.preprocessing import StandardScaler

    d = len(value["features"])
    scaler = StandardScaler()
    scaler.mean_ = _array(value, "mean", d)
    scaler.scale_ = _array(value, "scale", d)
    scaler.var_ = scaler.scale_**2
    scaler.n_features_in_ = d
    scaler.n_samples_seen_ = _whole(value, "n_samples")
    return scaler


def _kmeans_from(value: dict[str, Any]) -> KMeans:
    from sklearn.cluster import KMeans

    model = KMeans(**value["parameters"])
    d = len(value["features"])
    model.cluster_centers_ = _array(value, "cluster_centers", model.n_clusters, d)
    model.inertia_ = float(value["inertia"])
    model.n_iter_ = _whole(value, "n_iter")
    model.n_features_in_ = d
    model._n_threads = 1
    return model


def _mixture_from(value: dict[str, Any]) -> GaussianMixture:
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(**value["parameters"])
    if model.covariance_type != "full":
        raise ValueError(f"covariance_type is {model.covariance_type!r} and should be 'full'")
    k, d = model.n_components, len(value["features"])
    model.weights_ = _array(value, "weights", k)
    model.means_ = _array(value, "means", k, d)
    model.covariances_ = _array(value, "covariances", k, d, d)
    factors = _array(value, "precisions_cholesky", k, d, d)
    model.precisions_cholesky_ = factors
    model.precisions_ = factors @ factors.transpose(0, 2, 1)
    model.lower_bound_ = float(value["lower_bound"])
    model.converged_ = bool(value["converged"])
    model.n_iter_ = _whole(value, "n_iter")
    model.n_features_in_ = d
    return model


def _array(value: dict[str, Any], key: str, *shape: int) -> Floats:
    array = np.array(value[key], dtype=np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        wanted = " × ".join(map(str, shape))
        raise ValueError(f"{key} should be {wanted} finite numbers")
    return array


def _whole(value: dict[str, Any], key: str) -> int:
    if not isinstance(value[key], int):
        raise ValueError(f"{key} should be a whole number")
    return int(value[key])


def load_pickle(path: Path | str, *, manifest_sha256: str | None = None) -> Any:
    """Load a model from its pickle, if the manifest above it vouches for every byte.

    Loading a pickle runs the code in it. The manifest protects against damage and mix-ups, but
    whoever can change the pickle can change the manifest too: give the manifest's own digest,
    from the book, if the folder has been in other hands.

    Parameters
    ----------
    path : Path or str
        A ``.pkl`` file of an export, where the export put it.
    manifest_sha256 : str, optional
        The digest that the manifest must have; blanks in it do not count.

    Returns
    -------
    StandardScaler, KMeans or GaussianMixture

    Raises
    ------
    ExportError
        If no folder above has a manifest, the manifest is damaged or not the expected one, the
        file is not in it, is a link or reached through one, or has other bytes, or scikit-learn
        has another version than the one that wrote it. Nothing is then loaded.
    """
    import joblib

    path = Path(os.path.abspath(path))  # noqa: PTH100 (links are looked for below)
    root = next((folder for folder in path.parents if (folder / MANIFEST).is_file()), None)
    if root is None:
        raise ExportError(
            f"{path.name} is not loaded, since no folder above it has a {MANIFEST}; "
            "it should lie in a folder that `python -m analysis export` wrote."
        )
    name = path.relative_to(root).as_posix()
    manifest = read_manifest(root, manifest_sha256)
    if name not in manifest["files"]:
        raise ExportError(
            f"{name} is not loaded, since {MANIFEST} in {root.name}/ does not list it."
        )
    parts = Path(name).parts
    steps = [root.joinpath(*parts[:n]) for n in range(1, len(parts) + 1)]
    if any(step.is_symlink() for step in (root / MANIFEST, *steps)):
        raise ExportError(f"{name} is not loaded, since a link leads to it; it should be a file.")
    content = _read(path)
    entry = manifest["files"][name]
    if len(content) != entry["bytes"] or hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise ExportError(
            f"{name} is not loaded, since its digest is not the one in {MANIFEST}; "
            "write the export again with `python -m analysis export`."
        )
    _check_version(name, manifest["versions"])
    return joblib.load(io.BytesIO(content))


def _check_version(name: str, versions: dict[str, str]) -> None:
    import sklearn

    if versions.get("scikit-learn") != sklearn.__version__:
        raise ExportError(
            f"{name} is not loaded, since scikit-learn {versions.get('scikit-learn')} wrote it and "
            f"{sklearn.__version__} is installed; load the .json beside it with load_model."
        )


def read_manifest(root: Path, sha256: str | None = None) -> dict[str, Any]:
    """Return the manifest of an export, after a check of all that loading relies on.

    Parameters
    ----------
    root : Path
        The folder of the export.
    sha256 : str, optional
        The digest that the manifest must have; blanks in it do not count.

    Returns
    -------
    dict

    Raises
    ------
    ExportError
        If the manifest cannot be read, is damaged or not the expected one.
    """
    where = f"{MANIFEST} in {root.name}/"
    content = _read(root / MANIFEST)
    wanted = None if sha256 is None else "".join(sha256.split()).lower()
    if wanted is not None and hashlib.sha256(content).hexdigest() != wanted:
        raise ExportError(f"{where} is not the one whose digest was given; nothing is loaded.")
    value = _parse(content, where)
    seal = value.pop("checksum", None)
    if value.get("format") != FORMAT or seal != checksum(value) or not _is_sound(value):
        raise ExportError(
            f"{where} has been changed or is none of this layout; "
            "write the export again with `python -m analysis export`."
        )
    return value


def _is_sound(manifest: dict[str, Any]) -> bool:
    files, versions = manifest.get("files"), manifest.get("versions")
    if not isinstance(files, dict) or not isinstance(versions, dict):
        return False
    return all(_is_inside(path) and _is_entry(entry) for path, entry in files.items())


def _is_inside(path: str) -> bool:
    parts = path.split("/")
    return not any(part in ("", ".", "..") or re.search(r"[\\:\0]", part) for part in parts)


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and type(entry.get("bytes")) is int
        and bool(_HEX.fullmatch(str(entry.get("sha256"))))
    )


def _parse(content: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{where} is not JSON ({error}).") from None
    if not isinstance(value, dict):
        raise ExportError(f"{where} should be a JSON object.")
    return value


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExportError(f"{path.name} cannot be read ({error.strerror}).") from None


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """What the models give when they are read back from the files.

    Attributes
    ----------
    n_songs : int
    clusters_kept : int
        Songs that K-Means from the JSON file puts into the cluster the study found.
    components_kept : int
        The same for the components of the Gaussian mixture.
    largest_difference : float
        Between a posterior probability from the JSON file and the study's.
    numbers_kept : bool
        Whether the features that the tables hold are, digit by digit, those of the study.
    """

    n_songs: int
    clusters_kept: int
    components_kept: int
    largest_difference: float
    numbers_kept: bool


def read_back(files: Files, dataset: Dataset, clusters: Clusters, mixture: Mixture) -> RoundTrip:
    """Load the models from their JSON files, let them predict, and hold that against the study."""
    from threadpoolctl import threadpool_limits

    def model(name: str) -> Any:
        return _model(files.of(name).content, name)

    table = io.StringIO(files.of("features_selected.csv").content.decode(), newline="")
    rows = [[float(row[name]) for name in dataset.feature_names] for row in csv.DictReader(table)]
    X = np.array(rows)
    with threadpool_limits(1):
        Z = model("scaler.json").transform(X)
        found = model("kmeans_model.json").predict(Z)
        probabilities = model("gmm_model.json").predict_proba(Z)
    return RoundTrip(
        n_songs=len(X),
        clusters_kept=int((found == clusters.labels).sum()),
        components_kept=int((probabilities.argmax(axis=1) == mixture.labels).sum()),
        largest_difference=float(np.abs(probabilities - mixture.probabilities).max()),
        numbers_kept=bool(np.array_equal(X, dataset.X)),
    )
