"""analysis.findings.comparison.artists: groups of songs, and what they do to intervals."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import make_project
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from analysis.book import Book
from analysis.findings.comparison.artists import (
    INDICES,
    N_SEEDS,
    _compare_seeds,
    measure_artists,
)
from analysis.findings.comparison.seeds import Seeds
from analysis.methods.grouped import draw_groups
from analysis.songs.table import Dataset
from analysis.streams import Stream, generator


def labelled(dataset: Dataset) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.integers(0, 4, size=dataset.n_songs) for name in ("kmeans", "mixture")}


def test_sizes_by_hand(tmp_path: Path, songs: pd.DataFrame) -> None:
    """Genres come in turn; the first eight songs are one artist, the rest alone."""
    study = Book(make_project(tmp_path / "p", songs))
    groups = np.array([0] * 8 + list(range(1, 33)))
    found = measure_artists(
        study.dataset.with_groups(groups),
        {"kmeans": study.kmeans.labels, "mixture": study.mixture.labels},
        study.seeds,
        study.config,
    )
    assert found.known
    assert found.n_groups == 33
    assert (found.sizes["n"] == 10).all()
    assert (found.sizes["groups"] == 9).all()
    assert (found.sizes["largest"] == 2).all()
    assert (found.sizes["alone"] == 8).all()
    assert found.blocks["genre 0"] == (2, 1, 1, 1, 1, 1, 1, 1, 1)


def test_without_artists_groups_are_songs(tmp_path: Path, songs: pd.DataFrame) -> None:
    study = Book(make_project(tmp_path / "p", songs))
    found = study.artists
    assert not found.known
    assert found.n_groups == 40
    assert found.largest == 1
    for method in ("kmeans", "mixture"):
        for index in INDICES:
            assert found.by_song(method, index) == found.by_artist(method, index)
    assert found.widening == (1.0, 1.0)
    shares = study.ceiling
    assert shares.n_artists == shares.n_groups == 40


def test_an_interval_holds_its_estimate(gtzan: Book) -> None:
    found = gtzan.artists
    for method, genres in (("kmeans", gtzan.kmeans_genres), ("mixture", gtzan.mixture_genres)):
        for index in ("ari", "ami", "v_measure", "purity"):
            value = found.by_artist(method, index)
            assert value.estimate == pytest.approx(genres.index(index).estimate)
            assert value.low < value.estimate < value.high


def test_the_difference_is_on_the_same_resamples(gtzan: Book) -> None:
    """Drawn by hand: the same artists for both methods, taken from what they have in a population.

    The index of a population in which each song stands as often as any other is that of the songs,
    each ten times.
    """
    found, config, genres = gtzan.artists, gtzan.config, gtzan.dataset.labels
    labels = [gtzan.kmeans.labels, gtzan.mixture.labels]
    groups = gtzan.dataset.groups
    draws = draw_groups(groups, config.n_index_bootstrap, generator(config.seed, Stream.ARTISTS))
    songs = [np.repeat(np.arange(len(genres)), counts[groups]) for counts in draws]

    def less(rows: np.ndarray) -> float:
        one, other = (adjusted_rand_score(genres[rows], of[rows]) for of in labels)
        return float(other - one)

    drawn = np.array([less(rows) for rows in songs])
    in_population = less(np.tile(np.arange(len(genres)), 1_000))
    value, estimate = found.by_artist("difference", "ari"), less(np.arange(len(genres)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert value.estimate == pytest.approx(estimate)
    assert value.low == pytest.approx(estimate - high + in_population, abs=1e-5)
    assert value.high == pytest.approx(estimate - low + in_population, abs=1e-5)


def test_the_mean_over_seeds_is_compared_on_the_same_artists(gtzan: Book) -> None:
    """A method beside itself is ahead of itself by nothing, and as often behind as before."""
    genres = gtzan.dataset.labels
    found = gtzan.artists.nearer
    for index, score in (("ari", adjusted_rand_score), ("ami", adjusted_mutual_info_score)):
        of = {
            method: np.mean(
                [score(genres, one) for one in gtzan.seeds.full(method).labels[:N_SEEDS]]
            )
            for method in ("kmeans", "mixture")
        }
        assert found[index].estimate == pytest.approx(of["mixture"] - of["kmeans"])
        assert found[index].low < found[index].estimate < found[index].high
    rng, groups = np.random.default_rng(0), gtzan.dataset.groups
    kmeans = gtzan.seeds.full("kmeans")
    twice = Seeds((kmeans, dataclasses.replace(kmeans, method="mixture")))
    of_genre = np.unique(genres, return_inverse=True)[1]
    draws = draw_groups(groups, 40, rng)
    same = _compare_seeds(of_genre, groups, draws, twice, rng, gtzan.config)["ari"]
    assert same.estimate == 0
    assert same.low < 0 < same.high
    # seeds alone make it, and K-Means agrees with the genres nearly alike under all
    assert same.high - same.low < 0.02


def test_the_artists_of_gtzan(gtzan: Book) -> None:
    """Twenty-nine clips of reggae are by one artist, and artists make intervals wider."""
    found = gtzan.artists
    assert found.known
    assert found.n_groups == 432
    assert (found.genre_of_the_largest, found.largest) == ("reggae", 29)
    assert (found.fewest, found.sizes["groups"]["blues"]) == ("blues", 9)
    assert found.widening[0] > 1.2
    assert sum(map(sum, found.blocks.values())) == 1_000


def test_classifiers_lose_when_artists_are_held_out(gtzan: Book) -> None:
    shares = gtzan.ceiling
    assert shares.n_artists == 432
    assert shares.best == "gaussians"
    for name, by_song in shares.by_song.items():
        assert shares.of(name).estimate < by_song.estimate
    assert gtzan.headline.told == shares.of("gaussians")
