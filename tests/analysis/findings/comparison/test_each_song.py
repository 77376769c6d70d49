"""analysis.findings.comparison.each_song: nearest songs and places, by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from analysis.book import Book
from analysis.findings.comparison.each_song import MOST_NEAREST, YOURS, EachSong, with_songs
from analysis.findings.comparison.placement import place
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def found(gtzan: Book) -> EachSong:
    return gtzan.each_song


def test_the_nearest_songs_are_the_nearest(gtzan: Book, found: EachSong) -> None:
    distances = cdist(*2 * [z_scores(gtzan.dataset.X)])
    np.fill_diagonal(distances, np.inf)
    nearest = np.sort(distances, axis=1)[:, :MOST_NEAREST]
    assert np.take_along_axis(distances, found.nearest, axis=1) == pytest.approx(nearest)


def test_shares_of_like_neighbours_count_the_songs(found: EachSong) -> None:
    genres = found.songs["genre"].tolist()
    same = [genres[found.nearest[i, 0]] == genre for i, genre in enumerate(genres)]
    assert found.alike() == pytest.approx(np.mean(same))
    means = {g: np.mean([s for s, h in zip(same, genres, strict=True) if h == g]) for g in genres}
    assert found.alike_by_genre.to_dict() == pytest.approx(means)
    assert means[found.least_alike] == min(means.values())
    assert means[found.most_alike] == max(means.values())


def test_ranks_count_the_songs_of_the_cluster_that_are_as_near(found: EachSong) -> None:
    songs = found.songs
    for _, song in songs.head(50).iterrows():
        there = songs[songs["cluster"] == song["cluster"]]
        assert song["rank"] == (there["distance"] <= song["distance"]).sum()


def test_certainty_is_counted_where_methods_agree_and_where_not(found: EachSong) -> None:
    for apart in (True, False):
        sure = found.songs["certainty"][found.songs["agrees"] != apart] >= 0.9
        assert found.sure_share(0.9, apart=apart) == pytest.approx(sure.mean())


def test_songs_have_their_features_recoded_too(gtzan: Book, found: EachSong) -> None:
    recoded = ["log_tempo", "log_swing", "log_valence", "log_zcr"]
    axes = [f"axis {i}" for i in range(1, 6)]
    assert list(found.coordinates) == [*gtzan.dataset.feature_names, *recoded, *axes]


def test_a_song_that_is_put_among_the_others_stands_where_its_twin_does(
    gtzan: Book, found: EachSong
) -> None:
    rows = [7, 700]
    twins = dataclasses.replace(
        gtzan.dataset, frame=gtzan.dataset.frame.iloc[rows].reset_index(drop=True)
    )
    placed = place(twins, gtzan.dataset, gtzan.kmeans_estimator, gtzan.mixture_estimator)
    more = with_songs(found, twins, placed, gtzan.dataset, gtzan.kmeans, gtzan.pca_axes)
    assert more.n_songs == found.n_songs + 2
    for new, row in enumerate(rows, start=found.n_songs):
        old, song = found.songs.iloc[row], more.songs.iloc[new]
        assert song["track"] == f"{old['track']} ({YOURS})"
        assert song["genre"] == YOURS
        assert song["rank"] == old["rank"] + 1
        for column in ("cluster", "component", "agrees"):
            assert song[column] == old[column]
        for column in ("certainty", "kmeans_margin", "distance"):
            assert song[column] == pytest.approx(old[column])
        assert more.coordinates.iloc[new].to_numpy() == pytest.approx(
            found.coordinates.iloc[row].to_numpy()
        )
        assert more.nearest[new].tolist() == found.nearest[row].tolist()
        assert more.probabilities[new] == pytest.approx(found.probabilities[row])
