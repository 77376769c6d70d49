"""The files: models as JSON and pickles, tables as CSV, a note and a manifest."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.config import Config
from analysis.export.schema import (
    FORMAT,
    MANIFEST,
    Column,
    File,
    Files,
    checksum,
    csv_file,
    json_file,
    plain,
)
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.mixtures.components import Mixture
from analysis.songs.table import Dataset, Feature

if TYPE_CHECKING:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture
    from sklearn.preprocessing import StandardScaler

    from analysis.study.provenance import Provenance

LABEL = "label, from 0"
"""The unit of a label."""
STANDARD = "SD"
"""The unit of a standardised number: standard deviations from the mean of all songs."""


def make_files(
    dataset: Dataset,
    clusters: Clusters,
    mixture: Mixture,
    kmeans: KMeans,
    gaussian_mixture: GaussianMixture,
    config: Config,
    provenance: Provenance,
) -> Files:
    """Make every file of the export.

    Parameters
    ----------
    dataset : Dataset
    clusters : Clusters
        What `kmeans` found.
    mixture : Mixture
        What `gaussian_mixture` found.
    kmeans : KMeans
        Fitted to the standardised features.
    gaussian_mixture : GaussianMixture
        Fitted to the standardised features.
    config : Config
    provenance : Provenance

    Returns
    -------
    Files
        The same bytes for the same input, libraries and machine.
    """
    scaler = fit_scaler(dataset)
    files = [
        *_models(dataset.features, scaler, kmeans, gaussian_mixture),
        *_tables(dataset, clusters, mixture),
    ]
    files.insert(0, _readme(files))
    return Files((*files, _manifest(files, config, provenance)))


def fit_scaler(dataset: Dataset) -> StandardScaler:
    """Fit scikit-learn's scaler, with the very numbers of :func:`analysis.songs.table.z_scores`.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    StandardScaler
        Its ``transform`` gives the standardised features of the study to the last bit.
    """
    from sklearn.preprocessing import StandardScaler

    X = dataset.X
    scaler = StandardScaler().fit(X)
    scaler.mean_, scaler.scale_ = X.mean(axis=0), X.std(axis=0)
    return scaler


# --- models ------------------------------------------------------------------------------------


def _models(
    features: tuple[Feature, ...],
    scaler: StandardScaler,
    kmeans: KMeans,
    gaussian_mixture: GaussianMixture,
) -> list[File]:
    names = [
        ("scaler", "the scaler", scaler, _scaler_values),
        ("kmeans_model", "K-Means", kmeans, _kmeans_values),
        ("gmm_model", "the Gaussian mixture", gaussian_mixture, _mixture_values),
    ]
    files = []
    for name, title, model, values in names:
        pairs = [
            (Column("format", "", "number of this layout"), FORMAT),
            (Column("kind", "", "which estimator the numbers are of"), name),
            (
                Column("features", "", "the features' names, in the order of the arrays", "d"),
                [feature.name for feature in features],
            ),
            *values(model),
        ]
        files.append(json_file(f"models/{name}.json", f"{title}, as plain numbers", pairs))
    for name, title, model, _ in names:
        path = f"models/{name}.pkl"
        title = f"{title}, as scikit-learn's estimator, written by joblib"
        files.append(File(path, title, (), 0, _pickle(model)))
    return files


def _scaler_values(scaler: StandardScaler) -> list[tuple[Column, Any]]:
    return [
        (Column("mean", "the feature's", "mean of each feature", "d"), scaler.mean_),
        (
            Column("scale", "the feature's", "standard deviation of each feature (ddof 0)", "d"),
            scaler.scale_,
        ),
        (
            Column("n_samples", "songs", "songs they were computed from"),
            int(scaler.n_samples_seen_),
        ),
    ]


def _kmeans_values(model: KMeans) -> list[tuple[Column, Any]]:
    return [
        (_parameters_column(model), _parameters(model)),
        (
            Column("cluster_centers", STANDARD, "mean of each cluster's songs", "k × d"),
            model.cluster_centers_,
        ),
        (Column("inertia", "", "within-cluster sum of squares"), model.inertia_),
        (Column("n_iter", "", "rounds of the best start"), model.n_iter_),
    ]


def _mixture_values(model: GaussianMixture) -> list[tuple[Column, Any]]:
    return [
        (_parameters_column(model), _parameters(model)),
        (Column("weights", "", "weight of each component; they sum to one", "K"), model.weights_),
        (Column("means", STANDARD, "mean of each component", "K × d"), model.means_),
        (
            Column("covariances", f"{STANDARD}²", "covariance matrix of each", "K × d × d"),
            model.covariances_,
        ),
        (
            Column(
                "precisions_cholesky",
                f"1 / {STANDARD}",
                "upper triangular factor U of each inverse covariance, which is U Uᵀ",
                "K × d × d",
            ),
            model.precisions_cholesky_,
        ),
        (
            Column("lower_bound", "nats per song", "mean log-likelihood in the last round"),
            model.lower_bound_,
        ),
        (Column("converged", "", "whether the last round changed less than tol"), model.converged_),
        (Column("n_iter", "", "rounds of the best start"), model.n_iter_),
    ]


def _parameters_column(model: StandardScaler | KMeans | GaussianMixture) -> Column:
    return Column("parameters", "", f"arguments of scikit-learn's {type(model).__name__}")


def _parameters(model: StandardScaler | KMeans | GaussianMixture) -> dict[str, Any]:
    parameters: dict[str, Any] = model.get_params()
    return parameters


def _pickle(model: StandardScaler | KMeans | GaussianMixture) -> bytes:
    """Return a pickle that does not depend on whether the model was just fitted or loaded."""
    import joblib

    def dump(value: object) -> bytes:
        out = io.BytesIO()
        joblib.dump(value, out)
        return out.getvalue()

    return dump(joblib.load(io.BytesIO(dump(model))))


# --- tables ------------------------------------------------------------------------------------


def _tables(dataset: Dataset, clusters: Clusters, mixture: Mixture) -> list[File]:
    from analysis.methods.mixture.steps import posterior_entropy

    features = dataset.features
    songs = [
        (Column("track", "", "name of the song"), list(dataset.tracks)),
        (Column("genre", "", "genre that the collection gives it"), dataset.labels),
        *(
            (Column(feature.name, feature.unit, feature.definition), column)
            for feature, column in zip(features, dataset.X.T, strict=True)
        ),
    ]
    kmeans_labels = Column("kmeans_cluster", LABEL, "cluster of K-Means")
    gmm_labels = Column("gmm_cluster", LABEL, "component of the Gaussian mixture")
    n_clusters, n_components = clusters.n_clusters, mixture.n_components
    return [
        csv_file(
            "data/processed/features_selected.csv", "the features that the study looks at", songs
        ),
        csv_file(
            "data/processed/scaler_parameters.csv",
            "what standardises the features",
            [
                (Column("feature", "", "name of the feature"), [f.name for f in features]),
                (Column("unit", "", "unit of the next two columns"), [f.unit for f in features]),
                (Column("mean", "the feature's", "mean of all songs"), dataset.X.mean(axis=0)),
                (
                    Column("scale", "the feature's", "standard deviation of all songs (ddof 0)"),
                    dataset.X.std(axis=0),
                ),
            ],
        ),
        csv_file(
            "data/processed/kmeans_cluster_assignments.csv",
            "every song's cluster",
            [
                *songs,
                (_with(kmeans_labels, "the song's cluster of K-Means"), clusters.labels),
                (
                    Column(
                        "distance_from_centroid",
                        STANDARD,
                        "Euclidean distance to the cluster's centroid, standardised features",
                    ),
                    clusters.distances,
                ),
            ],
        ),
        csv_file(
            "data/processed/kmeans_centroids.csv",
            "every cluster's centroid",
            [
                (kmeans_labels, np.arange(n_clusters)),
                (Column("songs", "songs", "songs in the cluster"), clusters.sizes),
                *_means(features, "cluster's songs", clusters.means, clusters.centers),
            ],
        ),
        csv_file(
            "data/processed/gmm_cluster_assignments.csv",
            "every song's component, with the posterior probabilities",
            [
                *songs,
                (_with(gmm_labels, "the song's most probable component"), mixture.labels),
                *(
                    (
                        Column(
                            f"gmm_prob_{component}",
                            "",
                            f"posterior probability of component {component}",
                        ),
                        mixture.probabilities[:, component],
                    )
                    for component in range(n_components)
                ),
                (
                    Column("gmm_entropy", "nats", "entropy of these probabilities"),
                    posterior_entropy(mixture.probabilities),
                ),
            ],
        ),
        csv_file(
            "data/processed/gmm_means.csv",
            "every component's mean",
            [
                (gmm_labels, np.arange(n_components)),
                *_means(features, "component", mixture.means, mixture.centers),
            ],
        ),
        csv_file(
            "data/processed/gmm_weights.csv",
            "every component's weight",
            [
                (gmm_labels, np.arange(n_components)),
                (Column("weight", "", "weight of the component; they sum to one"), mixture.weights),
                (
                    Column("songs", "songs", "songs whose most probable component it is"),
                    mixture.sizes,
                ),
            ],
        ),
        csv_file(
            "data/processed/gmm_covariances.csv",
            "every component's covariance matrix, one entry a row",
            _covariances(features, gmm_labels, mixture),
        ),
    ]


def _with(column: Column, meaning: str) -> Column:
    return dataclasses.replace(column, meaning=meaning)


def _means(
    features: tuple[Feature, ...], of: str, own: Any, standardised: Any
) -> list[tuple[Column, Any]]:
    """Return the columns of means, in the features' units and then standardised."""
    return [
        *(
            (Column(f.name, f.unit, f"mean {f.title.lower()} of the {of}"), own[f.name])
            for f in features
        ),
        *(
            (
                Column(f"{f.name}_z", STANDARD, f"the same, standardised, of {f.title.lower()}"),
                standardised[f.name],
            )
            for f in features
        ),
    ]


def _covariances(
    features: tuple[Feature, ...], labels: Column, mixture: Mixture
) -> list[tuple[Column, Any]]:
    d, n = len(features), mixture.n_components
    names = [feature.name for feature in features]
    own = mixture.covariances * np.outer(mixture.scales, mixture.scales)
    return [
        (labels, np.repeat(np.arange(n), d * d)),
        (Column("feature", "", "feature of the matrix's row"), np.repeat(names, d).tolist() * n),
        (Column("other_feature", "", "feature of the matrix's column"), names * (d * n)),
        (
            Column("covariance", "product of the two features' units", "entry of the matrix"),
            own.ravel(),
        ),
        (
            Column("covariance_z", f"{STANDARD}²", "the same, of the standardised features"),
            mixture.covariances.ravel(),
        ),
    ]


# --- what is said about them --------------------------------------------------------------------

_README = """\
# What the study leaves behind

{files}

`manifest.json` has every file's SHA-256, the meaning and unit of every column and key, the
parameters of the study and the versions of the libraries that computed.

## Load a model

The JSON files hold numbers and nothing else. With the project's folder as the working directory:

```python
from analysis.export import load_model

scaler = load_model("models/scaler.json")
model = load_model("models/gmm_model.json")
probabilities = model.predict_proba(scaler.transform(X))
```

`X` has one row per song and the columns that the file names under `features`.

## Pickles

Loading a pickle runs whatever code it holds. Load one only if you trust where it comes from, and
with the library versions of `manifest.json`. `analysis.export.load_pickle` refuses a file that the
manifest does not vouch for. The JSON files give the same models without that risk.
"""


def _readme(files: Sequence[File]) -> File:
    listed = "\n".join(f"- `{file.path}`: {file.title}" for file in files)
    content = _README.format(files=listed).encode()
    return File("README.txt", "what the files are and how to load them", (), 0, content)


def _manifest(files: Sequence[File], config: Config, provenance: Provenance) -> File:
    study = dataclasses.asdict(provenance)
    versions = study.pop("versions")
    entries = {
        file.path: {
            "sha256": file.sha256,
            "bytes": file.size,
            "title": file.title,
            **({"rows": file.n_rows} if file.kind == "csv" else {}),
            "columns": [dataclasses.asdict(column) for column in file.columns],
        }
        for file in files
    }
    pairs = [
        (Column("format", "", "number of this layout"), FORMAT),
        (Column("study", "", "digests of what the numbers depend on, and the seed"), study),
        (Column("parameters", "", "every parameter of the study"), dataclasses.asdict(config)),
        (Column("versions", "", "Python and the libraries that computed"), versions),
        (Column("files", "", "every other file: digest, size, title, rows, columns"), entries),
    ]
    seal = {column.name: plain(part) for column, part in pairs}
    pairs.append((Column("checksum", "", "digest of all of the above"), checksum(seal)))
    return json_file(MANIFEST, "digests, columns, parameters and versions of all of these", pairs)
