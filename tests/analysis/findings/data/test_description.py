"""analysis.findings.data.description: size, repeats, features by themselves and by genre."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_up import make_songs
from numpy.testing import assert_allclose
from scipy import stats

from analysis.book import Book
from analysis.findings.data import description
from analysis.songs.table import FEATURE_NAMES, UNREADABLE_TRACK, Dataset, select


def test_summary(dataset: Dataset) -> None:
    summary = description.summarise(dataset)
    assert (summary.n_songs, summary.n_genres, summary.n_features) == (40, 4, 5)
    assert summary.counts.to_dict() == {f"genre {i}": 10 for i in range(4)}
    assert summary.balanced
    assert summary.n_missing == 0


def test_summary_of_unequal_genres() -> None:
    summary = description.summarise(Dataset(make_songs(41), "ours"))
    assert (summary.smallest_genre, summary.largest_genre, summary.balanced) == (10, 11, False)


def test_repeats(songs: pd.DataFrame) -> None:
    features = list(FEATURE_NAMES)
    songs.loc[9, features] = songs.loc[5, features]  # both of genre 1
    songs.loc[[10, 11], features] = songs.loc[[4, 4], features].to_numpy()  # genres 2, 3 and 0
    repeats = description.find_repeats(Dataset(songs, "ours"))
    assert [group.tracks for group in repeats.groups] == [
        ("song.00004", "song.00010", "song.00011"),
        ("song.00005", "song.00009"),
    ]
    assert repeats.groups[0].genres == ("genre 0", "genre 2", "genre 3")
    assert [group.across for group in repeats.groups] == [True, False]
    assert (repeats.n_groups, repeats.n_songs, repeats.n_across) == (2, 5, 1)


def test_repeats_agree_in_features_that_are_not_looked_at(songs: pd.DataFrame) -> None:
    few = ["tempo", "energy", "valence"]
    songs.loc[9, few] = songs.loc[5, few]
    assert description.find_repeats(Dataset(songs, "ours").looking_at(few)).n_groups == 0


def test_no_repeats(songs: pd.DataFrame) -> None:
    songs.loc[9, "tempo"] = songs.loc[5, "tempo"]
    repeats = description.find_repeats(Dataset(songs, "ours"))
    assert (repeats.groups, repeats.n_songs) == ((), 0)


def test_feature_stats(dataset: Dataset) -> None:
    found = description.describe_features(dataset)
    for j, name in enumerate(FEATURE_NAMES):
        x, row = dataset.X[:, j], found.of(name)
        assert_allclose(
            [row.mean, row.sd, row.minimum, row.maximum, row.range],
            [x.mean(), x.std(ddof=1), x.min(), x.max(), np.ptp(x)],
        )
        quartiles = [row.lower_quartile, row.median, row.upper_quartile]
        assert_allclose(quartiles, np.quantile(x, [0.25, 0.5, 0.75]))
        assert_allclose(row.skew, stats.skew(x, bias=False))
        assert_allclose(row.kurtosis, stats.kurtosis(x, bias=False))
        assert (row.missing, row.distinct) == (0, len(set(x)))


def test_genre_means(dataset: Dataset) -> None:
    found = description.average_by_genre(dataset)
    assert list(found.means.index) == list(dataset.genres)
    within = np.concatenate(
        [
            dataset.X[dataset.labels == genre] - found.means.loc[genre].to_numpy()
            for genre in dataset.genres
        ]
    )
    share = 1 - (within**2).sum(axis=0) / (len(within) * dataset.X.var(axis=0))
    assert_allclose(found.between_share, share)
    assert found.most_telling == FEATURE_NAMES[int(np.argmax(share))]
    assert found.means["tempo"][found.highest("tempo")] == found.means["tempo"].max()


def test_deviations_of_unequal_genres_balance_out() -> None:
    dataset = Dataset(make_songs(43), "ours")
    found = description.average_by_genre(dataset)
    counts = description.summarise(dataset).counts.to_numpy()
    assert_allclose(counts @ found.deviations.to_numpy(), 0, atol=1e-9)


def test_genres_that_hold_everything(songs: pd.DataFrame) -> None:
    songs["tempo"] = 100.0 + 10 * (songs.index % 4)
    found = description.average_by_genre(Dataset(songs, "ours"))
    assert found.between_share["tempo"] == pytest.approx(1)
    assert found.most_telling == "tempo"


def test_unreadable_track(songs: pd.DataFrame) -> None:
    songs.loc[3, "track"] = UNREADABLE_TRACK
    dataset = Dataset(songs, "ours")
    found = description.look_at_unreadable(dataset)
    assert found.present
    assert found.genre == songs.loc[3, "genre"]
    assert_allclose(found.row, dataset.X[3])
    deviations = (dataset.X[3] - dataset.X.mean(axis=0)) / dataset.X.std(axis=0)
    assert_allclose(found.deviations, deviations)
    assert found.largest_deviation == pytest.approx(np.abs(deviations).max())


def test_unreadable_track_has_every_feature(songs: pd.DataFrame) -> None:
    songs.loc[3, "track"] = UNREADABLE_TRACK
    dataset = Dataset(songs, "ours")
    few = description.look_at_unreadable(dataset.looking_at(("tempo", "energy", "valence")))
    assert_allclose(few.row, dataset.X[3])


def test_unreadable_track_is_not_there(songs: pd.DataFrame) -> None:
    songs.loc[3, "track"] = UNREADABLE_TRACK
    found = description.look_at_unreadable(select(songs, "as-published"))
    assert not found.present
    assert found.largest_deviation == 0


def test_gtzan(gtzan: Book) -> None:
    """Facts of the committed table, counted by other means."""
    frame = pd.read_csv(gtzan.root / "data" / "gtzan_features.csv")
    repeated = frame.duplicated(list(FEATURE_NAMES), keep=False)
    assert gtzan.repeats.n_songs == repeated.sum()
    groups = frame[repeated].groupby(list(FEATURE_NAMES))["genre"].nunique()
    assert gtzan.repeats.n_groups == len(groups)
    assert gtzan.repeats.n_across == (groups > 1).sum() > 0
    assert gtzan.unreadable.present
    assert gtzan.summary.balanced
