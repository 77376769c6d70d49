"""analysis.claims.published: quoted values, and the same from a study's own table."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_up import make_project, make_songs
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from analysis.book import Book
from analysis.claims.published import COMMIT, PUBLISHED, Reconstruction, _indices
from analysis.methods.indices.internal import InternalIndices


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


def scored(X: np.ndarray, labels: np.ndarray) -> InternalIndices:
    scores = (silhouette_score, davies_bouldin_score, calinski_harabasz_score)
    return InternalIndices(*(float(score(X, labels)) for score in scores))


def close(found: InternalIndices) -> object:
    return pytest.approx(dataclasses.astuple(found), rel=1e-9)


def test_the_reconstruction_is_that_of_the_columns_as_published(made: Book) -> None:
    found, theirs = made.reconstruction, made.as_published
    X = StandardScaler().fit_transform(theirs.dataset.X)
    assert found.metrics.n_songs == theirs.dataset.n_songs
    assert dataclasses.astuple(found.metrics.kmeans) == close(scored(X, theirs.kmeans.labels))
    assert dataclasses.astuple(found.metrics.mixture) == close(scored(X, theirs.mixture.labels))
    config = made.config
    one = GaussianMixture(config.n_clusters, max_iter=config.max_iter, random_state=config.seed)
    assert dataclasses.astuple(found.one_start) == close(scored(X, one.fit(X).predict(X)))
    variances = np.linalg.eigvalsh(np.corrcoef(X.T))[::-1]
    assert found.metrics.plane == pytest.approx(variances[:2].sum() / 5)
    assert found.metrics.space == pytest.approx(variances[:3].sum() / 5)


def test_how_far_off_is_the_farthest_index() -> None:
    kmeans = dataclasses.replace(
        PUBLISHED.kmeans, davies_bouldin=PUBLISHED.kmeans.davies_bouldin / 2
    )
    metrics = dataclasses.replace(PUBLISHED, kmeans=kmeans)
    found = Reconstruction(metrics, PUBLISHED.mixture, 10)
    assert found.off("kmeans") == pytest.approx(0.5)
    assert found.off("mixture") == 0.0


def test_one_group_has_no_indices() -> None:
    assert np.isnan(dataclasses.astuple(_indices(np.eye(4), np.zeros(4, dtype=np.int64)))).all()


def test_the_commit_is_the_one_that_is_cited() -> None:
    bibliography = Path(__file__).parents[3] / "report" / "references.bib"
    assert re.findall(r"ml_music_genre_grouping/tree/(\w+)", bibliography.read_text("utf-8")) == [
        COMMIT
    ]


def test_near_the_published_values_on_the_songs(gtzan: Book) -> None:
    """How near the committed table comes: what the book says at present."""
    found = gtzan.reconstruction
    assert found.metrics.n_songs == PUBLISHED.n_songs
    assert found.metrics.plane == pytest.approx(PUBLISHED.plane, abs=0.01)
    assert found.metrics.space == pytest.approx(PUBLISHED.space, abs=0.001)
    assert 0 < found.off("kmeans") < 0.04
    assert found.off("kmeans") < found.off("mixture") < 0.25


def test_the_notebooks_own_table_needs_no_reconstruction(tmp_path: Path) -> None:
    """With their columns as the table, what is measured is their table and nothing else."""
    songs = make_songs()
    project = make_project(tmp_path / "p", songs, feature_set="as-published")
    named = songs.assign(filename=songs["track"] + ".wav", loudness=songs["energy"])
    named.drop(columns="track").to_csv(
        Book(project).file(Book(project).config.data_file), index=False
    )
    study = Book(project)
    assert study.as_published.dataset.n_songs == study.dataset.n_songs
    X = StandardScaler().fit_transform(
        named[["tempo", "energy", "loudness", "valence", "danceability"]]
    )
    theirs = study.reconstruction.metrics
    assert dataclasses.astuple(theirs.kmeans) == close(scored(X, study.kmeans.labels))
