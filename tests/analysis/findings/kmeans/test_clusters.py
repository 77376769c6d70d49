"""Sizes, names, distances, genres and silhouettes of a clustering."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from analysis.book import Book
from analysis.findings.kmeans import clusters
from analysis.findings.kmeans.clusters import AVERAGE, name_of, words
from analysis.methods.indices.external import external_indices
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


def test_the_fit_is_scikit_learns(gtzan: Book) -> None:
    config, found = gtzan.config, gtzan.kmeans
    Z = z_scores(gtzan.dataset.X)
    fit = KMeans(10, n_init=20, max_iter=300, random_state=42).fit(Z)
    assert (config.n_clusters, found.n_init, found.max_iter, found.seed) == (10, 20, 300, 42)
    assert np.array_equal(found.labels, fit.labels_)
    assert found.inertia == pytest.approx(fit.inertia_)
    assert np.square(found.distances).sum() == pytest.approx(found.inertia)
    assert found.n_iter == fit.n_iter_


def test_means_are_in_the_features_own_units(gtzan: Book) -> None:
    found = gtzan.kmeans
    for cluster in range(found.n_clusters):
        mean = gtzan.dataset.X[found.labels == cluster].mean(axis=0)
        # scikit-learn stops a little before the centres are the exact means
        assert found.means.iloc[cluster].to_numpy() == pytest.approx(mean, rel=0.02)


def test_sizes(made: Book) -> None:
    found = made.kmeans
    assert found.sizes.sum() == found.n_songs == 40
    assert found.even_size == 10
    assert found.size_sd == pytest.approx(pd.Series(found.sizes).std())
    assert found.sizes[found.largest] == found.sizes.max()
    assert found.sizes[found.smallest] == found.sizes.min()
    assert found.n_empty == 0
    assert found.n_outside_source == sum(size < 40 or size > 150 for size in found.sizes)


def test_an_empty_cluster(made: Book) -> None:
    """It can be had when songs coincide; nothing of it is missing or divided by zero."""
    labels = np.where(made.kmeans.labels == 3, 0, made.kmeans.labels)
    found = dataclasses.replace(made.kmeans, labels=labels, sizes=np.bincount(labels, minlength=4))
    assert found.n_empty == 1
    assert found.size_ratio == float("inf")
    assert 3 not in found.extremes.index
    assert found.distance_stats.loc["3", "n"] == 0
    assert np.isnan(found.distance_stats.loc["3", "mean"])
    assert found.widest != 3


def test_distances(made: Book) -> None:
    found = made.kmeans
    stats = found.distance_stats
    by_hand = pd.Series(found.distances).groupby(found.labels).agg(["mean", "std", "median"])
    assert stats["mean"].iloc[:-1].to_numpy() == pytest.approx(by_hand["mean"].to_numpy())
    assert stats["sd"].iloc[:-1].to_numpy() == pytest.approx(by_hand["std"].to_numpy())
    assert stats.loc["all", "median"] == pytest.approx(np.median(found.distances))
    assert stats["mean"].iloc[found.widest] == stats["mean"].iloc[:-1].max()
    assert stats["mean"].iloc[found.tightest] == stats["mean"].iloc[:-1].min()


def test_extremes(made: Book) -> None:
    found = made.kmeans
    for cluster, row in found.extremes.iterrows():
        inside = found.labels == cluster
        near = found.tracks == row["nearest"]
        assert inside[near].all()
        assert found.distances[near][0] == found.distances[inside].min()
        assert row["farthest_distance"] == found.distances[inside].max()
    assert found.outlier in set(found.extremes["farthest"])


@given(st.lists(st.floats(-5, 5), min_size=5, max_size=5))
def test_names_follow_the_rule(values: list[float]) -> None:
    names = ("tempo", "energy", "loudness", "valence", "danceability")
    ordered = sorted(zip(names, values, strict=True), key=lambda pair: -abs(pair[1]))
    name = name_of(tuple(ordered))
    told = [pair for pair in ordered[:4] if abs(pair[1]) >= 0.5]
    assert name == AVERAGE if not told else len(name.split(", ")) == len(told)
    assert name.count("very ") == sum(abs(value) >= 1.5 for _, value in told)


def test_names() -> None:
    assert name_of((("loudness", -2.0), ("tempo", 0.7), ("energy", 0.2))) == "very quiet, fast"
    assert name_of((("valence", 0.49),)) == "average"


def test_profiles(gtzan: Book) -> None:
    found = gtzan.kmeans
    for profile in found.profiles:
        sizes = [abs(value) for _, value in profile.deviations]
        assert sizes == sorted(sizes, reverse=True)
        means = found.means.iloc[profile.cluster]
        assert (profile.source_tempo == "fast") == (means["tempo"] > 120)
        assert (profile.source_energy == "high energy") == (means["energy"] > 0.15)
    assert found.n_names == 10, "two clusters have one name"
    assert found.largest_number.name == "tempo"
    leading = [profile.deviations[0][0] for profile in found.profiles]
    assert found.n_led_by("tempo") == leading.count("tempo")
    assert found.n_led_by("tempo", leading[0]) == sum(x in ("tempo", leading[0]) for x in leading)
    assert found.n_led_by(*(feature.name for feature in found.features)) == found.n_clusters
    assert found.n_on_top == 10
    assert found.n_source_names <= 4
    most = max(abs(profile.deviations[0][1]) for profile in found.profiles)
    assert abs(found.farthest_out.deviations[0][1]) == most


def test_labels_of_the_source_without_its_features(tmp_path: Path) -> None:
    names = ["loudness", "valence", "danceability"]
    few = Book(make_project(tmp_path / "p", make_songs(), features=names))
    found = few.kmeans
    for profile in found.profiles:
        songs = few.dataset.frame[found.labels == profile.cluster]
        assert (profile.source_tempo == "fast") == (songs["tempo"].mean() > 120)
        assert (profile.source_energy == "high energy") == (songs["energy"].mean() > 0.15)
    assert found.largest_number.name in names
    assert words(found.features) == (
        "loud and quiet for loudness, bright and dark for valence, "
        "danceable and undanceable for danceability"
    )


def test_no_label_without_songs(gtzan: Book) -> None:
    source = gtzan.kmeans.source_means * np.nan
    without = dataclasses.replace(gtzan.kmeans, source_means=source)
    assert {(p.source_tempo, p.source_energy) for p in without.profiles} == {("", "")}


def test_genres(made: Book) -> None:
    found, labels = made.kmeans_genres, made.kmeans.labels
    assert found.table.to_numpy().sum() == 40
    whole = external_indices(made.dataset.labels, labels)
    for name, value in dataclasses.asdict(whole).items():
        assert found.index(name).estimate == pytest.approx(value)
    assert found.index("ari").estimate == pytest.approx(
        adjusted_rand_score(made.dataset.labels, labels)
    )
    assert found.leading["rank"].max() <= 3
    assert found.dominant["share"][found.purest] == found.dominant["share"].max()
    assert found.dominant["share"][found.most_mixed] == found.dominant["share"].min()
    assert set(found.never_dominant).isdisjoint(found.dominant["genre"])
    assert found.p_value("purity") >= found.smallest_p == pytest.approx(1 / 101)


def test_genres_that_are_the_clusters(made: Book, tmp_path: Path) -> None:
    """Full agreement: every index is 1, and no shuffle reaches it."""
    songs = make_songs()
    songs["genre"] = [f"g{label}" for label in made.kmeans.labels]
    found = Book(make_project(tmp_path / "p", songs)).kmeans_genres
    for name in found.indices:
        assert found.index(name).estimate == pytest.approx(1)
    assert found.n_reached == 0
    assert found.n_majorities == 4
    assert found.never_dominant == ()
    assert (found.spread == 1).all()


def test_silhouettes(gtzan: Book) -> None:
    found, labels = gtzan.kmeans_silhouettes, gtzan.kmeans.labels
    values = silhouette_samples(z_scores(gtzan.dataset.X), labels)
    assert found.table["silhouette"].sort_index().to_numpy() == pytest.approx(values)
    assert found.mean.estimate == pytest.approx(values.mean())
    assert found.mean.low < found.mean.estimate < found.mean.high
    assert found.n_negative == (values < 0).sum()
    means = pd.Series(values).groupby(labels).mean()
    assert (found.best, found.worst) == (means.idxmax(), means.idxmin())


@pytest.mark.parametrize("n_labels", [1, 40])
def test_no_silhouettes_without_two_clusters(made: Book, n_labels: int) -> None:
    labels = np.arange(40) % n_labels
    found = clusters.measure_silhouettes(made.dataset, labels, made.config)
    assert (found.table["silhouette"] == 0).all()
    assert found.mean.estimate == found.n_negative == 0
    assert list(found.table["cluster"].sort_index()) == list(labels)


def test_the_mixture_has_the_same_table(made: Book) -> None:
    genres = made.mixture_genres
    found = external_indices(made.dataset.labels, made.mixture.labels)
    assert genres.index("ami").estimate == pytest.approx(found.ami)
    assert genres.draws.shape == (made.config.n_bootstrap, 6)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_splitting_never_hurts_purity(pairs: list[tuple[int, int]]) -> None:
    """prp-purity, with the clusters split by the parity of the songs' places."""
    genres = [genre for genre, _ in pairs]
    labels = [cluster for _, cluster in pairs]
    split = [2 * cluster + i % 2 for i, cluster in enumerate(labels)]
    before, after = (external_indices(genres, found).purity for found in (labels, split))
    assert after >= before - 1e-12
    assert external_indices(genres, list(range(len(genres)))).purity == pytest.approx(1)


@given(st.integers(0, 2**32 - 1))
def test_bounds_of_the_silhouette(seed: int) -> None:
    """prp-silhouette, with copies and songs that are alone in their cluster."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, size=(12, 2)).astype(float)
    labels = np.r_[0, 1, 2, rng.integers(0, 2, size=9)]
    values = silhouette_samples(X, labels)
    assert (np.abs(values) <= 1).all()
    assert values[2] == 0


def test_constants_are_those_of_the_source() -> None:
    assert (clusters.FAST_FROM, clusters.STRONG_FROM) == (120, 0.15)
    assert clusters.SOURCE_SIZES == (40, 150)
    assert clusters.SOURCE_ROUNDS == (10, 15)
