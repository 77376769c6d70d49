"""Criteria for the number of clusters, on made-up and on real songs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs

from analysis.book import Book
from analysis.findings.kmeans import choice
from analysis.methods.indices.record import INTERNAL
from analysis.methods.selection import gap_statistic, resampled_sweep
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


def grouped(tmp_path: Path, **parameters: object) -> Book:
    """Songs in three groups that lie far apart in every feature."""
    songs = make_songs(60, genres=3)
    rng = np.random.default_rng(1)
    group = np.arange(60) % 3
    levels = {
        "tempo": (60.0, 120.0, 180.0),
        "energy": (0.05, 0.3, 0.6),
        "loudness": (-26.0, -10.0, -4.0),
        "valence": (0.1, 0.9, 0.4),
        "danceability": (0.2, 0.9, 0.5),
    }
    for name, values in levels.items():
        songs[name] = np.take(values, group) * (1 + 0.01 * rng.standard_normal(60))
    return Book(make_project(tmp_path / "grouped", songs, **parameters))


def test_every_criterion_finds_groups_that_are_there(tmp_path: Path) -> None:
    found = grouped(tmp_path, n_init=5, reference_n_init=3, n_references=5)
    picks = found.picks
    for name in ("silhouette", "davies_bouldin", "calinski_harabasz", "bend", "gap_box"):
        assert picks.of(name).songs == 3, name
    assert found.null_sweep.beyond[:1] == (3,)
    assert 3 in found.null_sweep.above(found.sweep, "silhouette")
    assert 3 in found.null_sweep.below(found.sweep, "inertia")


def test_the_sweep_is_that_of_the_study(made: Book) -> None:
    sweep, config = made.sweep, made.config
    assert list(sweep.table.index) == list(range(config.k_min, config.k_max + 1))
    assert (sweep.k_min, sweep.k_max) == (config.k_min, config.k_max)
    assert sweep.total == pytest.approx(made.dataset.n_songs * len(made.dataset.feature_names))
    assert sweep.of(config.n_clusters, "inertia") == pytest.approx(made.kmeans.inertia)
    assert math.isnan(sweep.of(999, "inertia"))
    assert math.isnan(sweep.interval(999, "silhouette").low)
    best = sweep.best("davies_bouldin")
    assert best is not None
    assert sweep.of(best, "davies_bouldin") == sweep.table["davies_bouldin"].min()
    low, high = sweep.silhouette_range
    assert low <= sweep.of(3, "silhouette") <= high


def test_intervals_hold_their_estimates(gtzan_small: Book) -> None:
    sweep = gtzan_small.sweep
    for k in sweep.table.index:
        for index in INTERNAL:
            found = sweep.interval(int(k), index)
            assert found.low <= found.high
            assert found.estimate == pytest.approx(sweep.of(int(k), index))


@pytest.fixture(scope="module")
def gtzan_small(study_of: Callable[..., Book]) -> Book:
    from made_up import ROOT

    table = pd.read_csv(ROOT / "data" / "gtzan_features.csv")
    return study_of(table.iloc[::5])


def test_bends() -> None:
    found = choice.bends(np.array([np.nan, 0.5, 0.3, 0.25]))
    assert np.isnan(found[[0, -1]]).all()
    assert found[1:-1] == pytest.approx([0.2, 0.05])


def test_best_k_takes_the_smallest_of_equals() -> None:
    values = pd.Series([1.0, 3.0, 3.0, np.nan], index=[2, 3, 4, 5])
    assert choice.best_k(values) == 3
    assert choice.best_k(values, low=True) == 2
    assert choice.best_k(pd.Series([np.nan], index=[2])) is None


@given(st.floats(-1, 1))
def test_silhouette_bands(value: float) -> None:
    words = choice.silhouette_band(value)
    expected = (
        "strong"
        if value > 0.7
        else "reasonable"
        if value > 0.5
        else "weak"
        if value > 0.25
        else "no substantial"
    )
    assert expected in words


def test_the_knee_follows_the_end() -> None:
    """prp-knee: on the curve 1 / k² the knee is near (2 K² / (K + 1)) ** (1/3)."""
    from analysis.methods.selection import knee

    for last in (20, 100, 400):
        ks = np.arange(1, last + 1)
        exact = (2 * last**2 / (last + 1)) ** (1 / 3)
        assert knee(ks, 1 / ks**2.0) in (math.floor(exact), math.ceil(exact))


@pytest.mark.parametrize("k", [1, 2, 3, 7])
def test_the_curve_of_no_clusters(k: int) -> None:
    """prp-interval: cut into k equal pieces, an even interval has WCSS W_1 / k²."""
    points = (np.arange(84_000) + 0.5) / 84_000
    pieces = points.reshape(k, -1)
    within = np.square(pieces - pieces.mean(axis=1, keepdims=True)).sum()
    assert within == pytest.approx(np.square(points - 0.5).sum() / k**2, rel=1e-6)


def test_more_clusters_are_better(made: Book) -> None:
    """thm-curve, on the way its proof takes: a song moved out of a cluster lowers J."""
    from analysis.methods.indices.internal import distances_to_center

    Z, labels = z_scores(made.dataset.X), made.kmeans.labels.copy()
    apart = int(made.kmeans.distances.argmax())
    labels[apart] = made.kmeans.n_clusters
    centers = np.stack([Z[labels == i].mean(axis=0) for i in range(labels.max() + 1)])
    split = np.square(distances_to_center(Z, centers, labels)).sum()
    assert split <= made.kmeans.inertia - made.kmeans.distances[apart] ** 2 + 1e-9


def test_a_sweep_of_one_number(tmp_path: Path) -> None:
    found = Book(make_project(tmp_path / "p", make_songs(), k_min=3, k_max=3))
    assert found.sweep.sharpest is None
    assert found.knees.knee is None
    assert found.knees.found == ()
    assert found.null_sweep.beyond == ()
    assert found.picks.of("bend").songs is None
    assert 3 in found.picks.different


def test_as_many_clusters_as_songs(tmp_path: Path) -> None:
    """No index is defined, WCSS is zero, and the gap leaves that number out."""
    found = Book(make_project(tmp_path / "p", make_songs(8), k_max=8, n_clusters=8))
    assert math.isnan(found.sweep.of(8, "silhouette"))
    assert found.sweep.of(8, "inertia") == pytest.approx(0)
    assert max(found.gaps[0].table.index) == 7
    assert found.kmeans_silhouettes.mean.estimate == 0


def test_a_gap_that_is_not_firm_is_left_open(made: Book) -> None:
    box, pca = made.gaps
    halves = np.arange(len(box.redrawn)) % 2
    loose = dataclasses.replace(box, redrawn=box.redrawn.assign(chosen=1 + halves))
    sweep, null, knees, samples = made.sweep, made.null_sweep, made.knees, made.sweep_samples
    pick = choice.collect_picks(sweep, null, knees, (loose, pca), samples).of("gap_box")
    assert pick.is_open
    assert pick.songs is None
    agreed = dataclasses.replace(box, redrawn=box.redrawn.assign(chosen=box.chosen or 0))
    firm = choice.collect_picks(sweep, null, knees, (agreed, pca), samples).of("gap_box")
    assert not firm.is_open
    assert firm.songs == box.chosen


def test_clusters_far_apart_are_picked_on_every_sample() -> None:
    rng = np.random.default_rng(2)
    X = np.concatenate([rng.normal(place, 0.1, (30, 2)) for place in ((0, 0), (9, 0), (0, 9))])
    draws = resampled_sweep(X, range(2, 7), n_draws=4, n_init=3, rng=rng)
    picked = draws.loc[draws.groupby("draw")["silhouette"].idxmax(), "k"]
    assert picked.tolist() == [3] * 4
    few = resampled_sweep(X[:3], range(2, 4), n_draws=6, n_init=1, rng=np.random.default_rng(0))
    assert set(few["k"]) <= {2}


def test_picks_on_samples_are_counted() -> None:
    pick = choice.Pick("silhouette", 3, (), at_edge=False, resampled=(2, 3, 3, 5))
    assert pick.n_repeated == 2
    assert dataclasses.replace(pick, songs=None).n_repeated == 0


def test_ten_references_and_a_hundred_give_one_answer_along_the_axes(gtzan: Book) -> None:
    """What the book claims of the songs does not hang on how few references it draws."""
    along_axes = gtzan.gaps[1]
    assert along_axes.is_firm("chosen")
    many = gap_statistic(
        z_scores(gtzan.dataset.X),
        range(1, 3),
        reference="pca",
        n_references=100,
        n_init=gtzan.config.reference_n_init,
        rng=np.random.default_rng(1),
    )
    assert many.is_firm("chosen")
    assert many.chosen == along_axes.chosen == 1


def test_picks_that_data_without_clusters_share() -> None:
    def pick(songs: int | None, null: tuple[int, ...]) -> choice.Pick:
        return choice.Pick("silhouette", songs, null, at_edge=False)

    picks = choice.Picks((pick(3, (2, 3)), pick(7, (2, 3)), pick(7, ()), pick(None, (4,))), 10)
    assert len(picks.asked_of_null) == 3
    assert picks.n_as_null == 1


def test_picks_at_the_edge(made: Book) -> None:
    for pick in made.picks.picks:
        edges = {made.config.k_max}
        if not pick.criterion.startswith("gap"):
            edges.add(made.config.k_min)
        assert pick.at_edge == (pick.songs in edges)
    assert made.picks.n_for_study == sum(
        pick.songs == made.config.n_clusters for pick in made.picks.picks
    )


def test_the_null_is_expected_to_be_beaten_by_chance(made: Book) -> None:
    null = made.null_sweep
    n_bends = made.config.k_max - made.config.k_min
    assert null.expected_beyond == pytest.approx(n_bends / (made.config.n_references + 1))
    fewer = dataclasses.replace(null, n_draws=1)
    assert fewer.expected_beyond > null.expected_beyond


def test_skewed_songs_without_groups_fool_the_normal_null_alone(made: Book) -> None:
    """Independent lognormal features: one hill, whose silhouette is that of its long tails."""
    songs, rng = make_songs(300), np.random.default_rng(0)
    for name in made.dataset.feature_names:
        songs[name] = np.exp(1.2 * rng.standard_normal(len(songs)))
    dataset = dataclasses.replace(made.dataset, frame=songs)
    config = dataclasses.replace(made.config, n_references=6, k_max=6, n_index_bootstrap=10)
    found = choice.compare_with_null(dataset, config, choice.sweep_songs(dataset, config))
    assert found.reach["gaussian"].estimate == 0
    assert found.reach["copula"].estimate > 0.1
    highest = found.draws.groupby("draw")["silhouette"].max()
    assert found.highest["gaussian"].tolist() == highest.tolist()
    assert len(found.highest["copula"]) == choice.COPULA_DRAWS * len(highest)
