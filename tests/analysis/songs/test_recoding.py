"""analysis.songs.recoding: one-to-one, finite everywhere, and refused where it hides nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import ROOT, make_project

from analysis.book import Book
from analysis.errors import DatasetError
from analysis.songs import recoding
from analysis.songs.features import danceability, loudness
from analysis.songs.recoding import level_swing, recode, zero_crossing_rate
from analysis.songs.table import FEATURE_NAMES, RECODED, load_dataset, select

Save = Callable[..., Path]


def test_what_the_features_hide_comes_out() -> None:
    """Swing and rate are those that loudness and danceability were computed from."""
    rms_mean, rms_var = np.array([0.1, 0.2]), np.array([0.01, 0.0])
    swing = level_swing(rms_mean, loudness(rms_mean, rms_var))
    np.testing.assert_allclose(swing, [10 * np.log10(2), 0], atol=1e-12)
    tempo, rate = np.array([120.0, 90.0]), np.array([0.1, 0.02])
    np.testing.assert_allclose(zero_crossing_rate(tempo, danceability(tempo, rate)), rate)


def test_the_recoding_is_one_to_one(songs: pd.DataFrame) -> None:
    new = recode(songs)
    tempo = 2 ** new["log_tempo"]
    np.testing.assert_allclose(tempo, songs["tempo"])
    np.testing.assert_allclose(2 ** new["log_valence"], songs["valence"])
    energy = 10 ** ((new["loudness"] - 2 ** new["log_swing"]) / 20)
    np.testing.assert_allclose(energy, songs["energy"])
    np.testing.assert_allclose((tempo / 200 + 2 ** new["log_zcr"]) / 2, songs["danceability"])


def test_undefined_cases_are_held(songs: pd.DataFrame) -> None:
    songs.loc[0, ["energy", "loudness"]] = 0.0, -100.0
    songs.loc[1, "loudness"] = 20 * np.log10(songs.loc[1, "energy"])
    songs.loc[2, "danceability"] = songs.loc[2, "tempo"] / 400 - 1e-6
    songs.loc[3, "valence"] = 0.0
    assert recoding.first_that_does_not_fit(songs) is None
    new = recode(songs)
    assert np.isfinite(new.to_numpy()).all()
    assert new["log_swing"][0] == new["log_swing"][1] == np.log2(recoding.LEAST_SWING)
    assert new["log_zcr"][2] == np.log2(recoding.LEAST_RATE)
    assert new["log_valence"][3] == np.log2(recoding.LEAST_VALENCE)
    for feature in RECODED:
        assert new[feature.name].between(feature.low, feature.high).all()


@pytest.mark.parametrize(
    ("column", "change", "message"),
    [
        ("loudness", -5.0, "line 5, column loudness: .* lies below 20 log₁₀"),
        ("danceability", -0.2, "line 5, column danceability: .* and it should lie between 0 and 1"),
        ("danceability", 0.6, "line 5, column danceability: .* and it should lie between 0 and 1"),
    ],
)
def test_a_table_by_other_formulas_is_refused(
    save: Save, songs: pd.DataFrame, column: str, change: float, message: str
) -> None:
    songs["danceability"] = songs["tempo"] / 400 + 0.05
    songs.loc[3, column] += change
    path = save(songs)
    assert load_dataset(path).n_songs == 40
    with pytest.raises(DatasetError, match=message):
        load_dataset(path, feature_set="recoded")


def test_no_song_of_gtzan_is_held() -> None:
    dataset = load_dataset(ROOT / "data" / "gtzan_features.csv", feature_set="recoded")
    assert dataset.feature_names == tuple(feature.name for feature in RECODED)
    for feature, column in zip(dataset.features, dataset.X.T, strict=True):
        assert column.min() > feature.low, feature.name
    assert (dataset.copies == select(dataset.frame, "ours").copies).all()


def test_chosen_features_stand_for_others(save: Save, songs: pd.DataFrame) -> None:
    names = ("energy", "loudness", "danceability")
    dataset = load_dataset(save(songs), feature_set="recoded", feature_names=names)
    assert dataset.feature_names == ("log_swing", "loudness", "log_zcr")
    assert [feature.name for feature in dataset.features] == list(dataset.feature_names)
    assert dataset.whole.feature_names == FEATURE_NAMES
    np.testing.assert_array_equal(dataset.whole.X, songs[list(FEATURE_NAMES)].to_numpy())


def test_findings_that_name_a_column_go_on(tmp_path: Path, songs: pd.DataFrame) -> None:
    study = Book(make_project(tmp_path / "p", songs, feature_set="recoded"))
    assert study.summary.feature_set == "recoded"
    assert study.loudness_energy == study.ours.loudness_energy
    assert study.repeats.n_groups == study.ours.repeats.n_groups
    assert study.danceability == study.ours.danceability
    assert study.column_stats.frame.equals(study.ours.column_stats.frame)
