"""Refits, features left out, and clusters that are found again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from sklearn.metrics import adjusted_rand_score

from analysis.book import Book
from analysis.findings.comparison.stability import (
    RECOVERED_FROM,
    _recovery,
    adjusted_rand,
    compare_feature_sets,
    jaccard,
)


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(90))


def test_every_change_is_there(made: Book) -> None:
    runs = made.stability.runs
    counts = runs.groupby(["method", "change"]).size()
    for method in ("kmeans", "mixture"):
        assert counts[method, "single"] == counts[method, "few"] == counts[method, "full"] == 2
        assert counts[method, "songs"] == made.stability.n_refits == 3
        assert counts[method, "feature"] == 5
    assert made.stability.features == made.dataset.feature_names
    assert made.stability.most_starts == 2
    assert runs["ari"].between(-0.5, 1 + 1e-12).all()


def test_other_seeds_are_compared_with_the_study(gtzan: Book) -> None:
    runs = gtzan.stability.runs
    chosen = runs[(runs["method"] == "mixture") & (runs["change"] == "full")]
    by_hand = [
        adjusted_rand_score(labels, gtzan.mixture.labels)
        for labels in gtzan.seeds.full("mixture").labels[1:]
    ]
    assert chosen["ari"].to_numpy() == pytest.approx(by_hand)
    spread = gtzan.stability.of("mixture", "full")
    assert spread.mean == pytest.approx(np.mean(by_hand))
    assert min(by_hand) <= spread.low <= spread.high <= max(by_hand)
    genre = [
        adjusted_rand_score(labels, gtzan.dataset.labels)
        for labels in gtzan.seeds.full("mixture").labels[1:]
    ]
    assert chosen["genre_ari"].to_numpy() == pytest.approx(genre)


def test_on_how_many_samples_the_mixture_is_nearer_to_the_genres(made: Book) -> None:
    found = made.stability
    songs = found.runs[found.runs["change"] == "songs"]
    by_method = {name: group["genre_ari"].tolist() for name, group in songs.groupby("method")}
    pairs = list(zip(by_method["mixture"], by_method["kmeans"], strict=True))
    assert found.mixture_nearer.estimate == np.mean([ours > theirs for ours, theirs in pairs])
    swapped = found.runs.assign(
        method=found.runs["method"].map({"kmeans": "mixture", "mixture": "kmeans"})
    )
    equal = np.mean([ours == theirs for ours, theirs in pairs])
    other = dataclasses.replace(found, runs=swapped).mixture_nearer.estimate
    assert found.mixture_nearer.estimate + other + equal == pytest.approx(1)
    none = found.runs.assign(genre_ami=found.runs["method"].map({"kmeans": 1.0, "mixture": 0.0}))
    assert dataclasses.replace(found, runs=none).mixture_nearer_by("ami").estimate == 0


def test_firm_clusters_are_counted(made: Book) -> None:
    found = made.stability
    values = found.recovery.assign(jaccard=0.74)
    values.iloc[0, values.columns.get_loc("jaccard")] = 0.75
    assert dataclasses.replace(found, recovery=values).n_firm("kmeans") == 1
    assert dataclasses.replace(found, recovery=values).n_firm("mixture") == 0


def test_features_that_are_felt(gtzan: Book) -> None:
    found = gtzan.stability
    for method in ("kmeans", "mixture"):
        values = {name: found.of(method, "feature", name).mean for name in found.features}
        assert values[found.most_felt(method)] == min(values.values())
        assert values[found.least_felt(method)] == max(values.values())


def test_a_copy_of_a_feature_can_be_left_out(tmp_path) -> None:
    """Where a feature is a copy of another, leaving out either gives the same clustering."""
    songs = make_songs(90)
    study = Book(make_project(tmp_path / "p", songs, feature_set="as-published"))
    for method in ("kmeans", "mixture"):
        one, other = (study.stability.of(method, "feature", f).mean for f in ("energy", "loudness"))
        assert one == pytest.approx(other)


def test_recovery(gtzan: Book) -> None:
    found = gtzan.stability.recovered("kmeans")
    assert list(found["n"]) == list(gtzan.kmeans.sizes)
    assert ((found["low"] <= found["jaccard"]) & (found["jaccard"] <= found["high"])).all()
    assert found["recovered"].between(0, 1).all()
    assert gtzan.stability.n_recovered("kmeans") == (found["recovered"] > 0.5).sum()
    assert found["jaccard"][gtzan.stability.firmest("kmeans")] == found["jaccard"].max()
    assert found["jaccard"][gtzan.stability.loosest("kmeans")] == found["jaccard"].min()


def test_clusters_recovered_under_other_seeds(gtzan: Book) -> None:
    for method in ("kmeans", "mixture"):
        run = next(r for r in gtzan.seeds.of(method) if r.n_starts == gtzan.stability.few[method])
        study = getattr(gtzan, method).labels
        by_hand = np.mean([jaccard(study, labels) > RECOVERED_FROM for labels in run.labels[1:]], 0)
        assert gtzan.stability.recovered(method)["by_seed"].to_numpy() == pytest.approx(by_hand)
        assert gtzan.stability.n_recovered(method, "by_seed") == (by_hand > 0.5).sum()


def test_a_dot_above_the_line_is_a_cluster_found_again(made: Book, gtzan: Book) -> None:
    """The median is above one half exactly where more than half of the refits are."""
    for found in (made.stability, gtzan.stability):
        above = found.recovery["median"] > RECOVERED_FROM
        assert (above == (found.recovery["recovered"] > 0.5)).all()
        assert above["kmeans"].sum() == found.n_recovered("kmeans")
    rng, study = np.random.default_rng(5), np.repeat([0, 1, 2], 8)
    for n in (4, 5, 6):
        refits = np.where(rng.random((n, 24)) < 0.45, rng.integers(3, size=(n, 24)), study)
        rows = _recovery(study, refits, refits[:2], made.config)
        assert ((rows["median"] > RECOVERED_FROM) == (rows["recovered"] > 0.5)).all()


def test_jaccard_by_hand() -> None:
    found = jaccard(np.array([0, 0, 0, 2, 2]), np.array([1, 1, 4, 4, 4]))
    assert dict(found) == {0: pytest.approx(2 / 3), 2: pytest.approx(2 / 3)}


labelings = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20)


@given(labelings)
def test_more_than_half_is_one_to_one(pairs: list[tuple[int, int]]) -> None:
    """prp-recovered, over all pairs of clusters."""
    one, other = (np.array(labels) for labels in zip(*pairs, strict=True))
    names = np.unique(one), np.unique(other)
    table = np.array(
        [
            [
                ((one == i) & (other == j)).sum() / ((one == i) | (other == j)).sum()
                for j in names[1]
            ]
            for i in names[0]
        ]
    )
    assert ((table > 0.5).sum(axis=0) <= 1).all()
    assert ((table > 0.5).sum(axis=1) <= 1).all()
    assert jaccard(one, other).to_numpy() == pytest.approx(table.max(axis=1))
    assert jaccard(one, one).to_numpy() == pytest.approx(1)


@given(labelings)
def test_adjusted_rand_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array(labels) for labels in zip(*pairs, strict=True))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other), abs=1e-9)


def test_feature_sets_are_compared_over_common_songs() -> None:
    tracks = (("a", "b", "c", "d"), ("d", "a", "c"))
    kmeans = (np.array([0, 5, 1, 1]), np.array([7, 3, 7]))
    mixture = (np.array([0, 5, 0, 1]), np.array([0, 0, 1]))
    found = compare_feature_sets(tracks, kmeans, mixture)
    assert found.n_songs == 3
    assert found.kmeans == 1
    assert found.mixture == pytest.approx(adjusted_rand_score([0, 0, 1], [0, 1, 0]))


def test_the_feature_sets_of_the_study(gtzan: Book) -> None:
    assert gtzan.feature_sets.n_songs == 999
    kept = np.array([track != "jazz.00054" for track in gtzan.dataset.tracks])
    expected = adjusted_rand_score(gtzan.kmeans.labels[kept], gtzan.as_published.kmeans.labels)
    assert gtzan.feature_sets.kmeans == pytest.approx(expected)
    assert gtzan.as_published.feature_sets == gtzan.feature_sets
