"""analysis.songs.table: what a table must be, and what standardising does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays
from made_up import ROOT, make_songs
from numpy.testing import assert_allclose, assert_array_equal

from analysis.errors import DatasetError
from analysis.songs.table import (
    COLUMNS,
    FEATURE_NAMES,
    FEATURES,
    UNREADABLE_TRACK,
    features_of,
    load_dataset,
    standardise,
    z_scores,
)

Save = Callable[..., Path]


def fails(path: Path, message: str, **options: object) -> None:
    """Check that loading ends in one sentence that starts with `message`."""
    with pytest.raises(DatasetError) as caught:
        load_dataset(path, **options)  # type: ignore[arg-type]
    text = str(caught.value)
    assert text.startswith(message), text
    assert "\n" not in text
    assert text.endswith(".")


def test_committed_table() -> None:
    dataset = load_dataset(ROOT / "data" / "gtzan_features.csv", n_clusters=20)
    assert dataset.n_songs == 1000
    assert len(dataset.genres) == 10
    assert dataset.X.shape == (1000, 5)
    assert tuple(dataset.frame.columns) == COLUMNS
    assert np.isfinite(dataset.X).all()


def test_other_songs_and_genres(save: Save, songs: pd.DataFrame) -> None:
    songs["genre"] = ["<b>|", "ä & ö", 'a "quoted", one', "d"] * 10
    dataset = load_dataset(save(songs), n_clusters=4)
    assert dataset.genres == tuple(sorted({"<b>|", "ä & ö", 'a "quoted", one', "d"}))
    assert_array_equal(dataset.X, songs[list(FEATURE_NAMES)].to_numpy())


def test_columns_in_any_order(save: Save, songs: pd.DataFrame) -> None:
    dataset = load_dataset(save(songs[list(COLUMNS[::-1])]))
    pd.testing.assert_frame_equal(
        dataset.frame, songs.astype({"track": object, "genre": object}), check_dtype=True
    )


def test_missing_column(save: Save, songs: pd.DataFrame) -> None:
    fails(save(songs.drop(columns=["tempo"])), "songs.csv, line 1: the header lacks 'tempo'; the")


def test_extra_column(save: Save, songs: pd.DataFrame) -> None:
    path = save(songs.assign(mood=1))
    fails(path, "songs.csv, line 1: the header has the unknown 'mood'; the columns should be track")


def test_missing_and_extra_column(save: Save, songs: pd.DataFrame) -> None:
    path = save(songs.rename(columns={"tempo": "bpm"}))
    fails(path, "songs.csv, line 1: the header lacks 'tempo' and has the unknown 'bpm'; ")


def test_semicolons(save: Save, songs: pd.DataFrame) -> None:
    fails(save(songs.to_csv(index=False, sep=";")), "songs.csv, line 1: the header lacks 'track'")


def test_empty_file(save: Save) -> None:
    fails(save(""), "songs.csv is empty")


def test_header_only(save: Save) -> None:
    fails(save(",".join(COLUMNS) + "\n"), "songs.csv, line 1: a header and no rows")


def test_wrong_type(save: Save, songs: pd.DataFrame) -> None:
    path = save(songs.astype({"energy": object}).replace({"energy": {songs["energy"][3]: "high"}}))
    fails(path, "songs.csv, line 5, column energy: 'high' is not a number; it should be a number")


@pytest.mark.parametrize("feature", FEATURE_NAMES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(save: Save, songs: pd.DataFrame, feature: str, value: float) -> None:
    songs.loc[7, feature] = value
    text = songs.to_csv(index=False, na_rep="nan")
    message = f"songs.csv, line 9, column {feature}: {value:g} should be a finite number."
    fails(save(text), message)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_out_of_range(save: Save, songs: pd.DataFrame, feature) -> None:  # type: ignore[no-untyped-def]
    for value in (feature.low - 0.5, feature.high + 0.5):
        path = save(
            songs.assign(**{feature.name: songs[feature.name].where(songs.index != 2, value)})
        )
        fails(path, f"songs.csv, line 4, column {feature.name}: {value:g} should lie between ")
    for value in (feature.low, feature.high):
        songs.loc[2, feature.name] = value
        assert load_dataset(save(songs)).X[2, FEATURE_NAMES.index(feature.name)] == value


def test_reason_is_said(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[0, "loudness"] = songs.loc[0, "energy"]
    with pytest.raises(DatasetError, match="0 dBFS is full scale"):
        load_dataset(save(songs))


def test_duplicate_track(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[5, "track"] = "song.00002"
    fails(
        save(songs),
        "songs.csv, line 7, column track: 'song.00002' is already on line 4; it should be a track",
    )


def test_empty_name(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[5, "genre"] = " "
    fails(save(songs), "songs.csv, line 7, column genre: '' should be printable text")


def test_line_break_in_a_name(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[5, "genre"] = "a\nb"
    fails(save(songs), "songs.csv, line 7, column genre: 'a\\nb' should be printable text")


def test_line_numbers_count_line_breaks_and_blank_lines(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[5, "energy"] = 2.0
    lines = songs.to_csv(index=False).splitlines(keepends=True)
    lines.insert(3, "\n")
    fails(save("".join(lines)), "songs.csv, line 8, column energy: 2 should lie between 0 and 1")


def test_the_first_of_several(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[[9, 4], "energy"] = 2.0
    songs.loc[4, "tempo"] = 1.0
    path = save(songs)
    fails(path, "songs.csv, line 6, column tempo: 1 should lie between 20 and 320 BPM")
    with pytest.raises(DatasetError, match=r"\(2 more of the cells are wrong\)\.$"):
        load_dataset(path)


def test_fewer_rows_than_clusters(save: Save) -> None:
    path = save(make_songs(9))
    assert load_dataset(path, n_clusters=9).n_songs == 9
    fails(path, "songs.csv has 9 rows; to look for 10 clusters ", n_clusters=10)


def test_fewer_different_rows_than_clusters(save: Save) -> None:
    songs = pd.concat([make_songs(9)] * 2, ignore_index=True)
    songs["track"] = [str(i) for i in songs.index]
    path = save(songs)
    fails(path, "songs.csv has 18 rows, 9 of them different; to look for 10", n_clusters=10)


@pytest.mark.parametrize("feature", FEATURE_NAMES)
def test_constant_feature(save: Save, songs: pd.DataFrame, feature: str) -> None:
    songs[feature] = songs[feature].median()
    path = save(songs)
    fails(path, f"songs.csv, column {feature}: every row has ")
    with pytest.raises(DatasetError, match="constant feature cannot be standardised"):
        load_dataset(path)


def test_as_published(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[3, "track"] = UNREADABLE_TRACK
    dataset = load_dataset(save(songs), feature_set="as-published")
    assert dataset.left_out == (UNREADABLE_TRACK,)
    assert UNREADABLE_TRACK not in dataset.tracks
    assert dataset.n_songs == len(songs) - 1
    assert list(dataset.frame.index) == list(range(dataset.n_songs))
    assert_array_equal(dataset.frame["loudness"], dataset.frame["energy"])
    assert {feature.name: feature.unit for feature in dataset.features}["loudness"] == ""


def notebooks_table(songs: pd.DataFrame) -> pd.DataFrame:
    """Return a table as the source notebooks wrote it."""
    return songs.rename(columns={"track": "filename"}).assign(
        filename=songs["track"] + ".wav", loudness=songs["energy"]
    )


def test_the_notebooks_own_table(save: Save, songs: pd.DataFrame) -> None:
    dataset = load_dataset(save(notebooks_table(songs)), feature_set="as-published")
    assert dataset.tracks == tuple(songs["track"])
    assert_array_equal(dataset.frame["loudness"], dataset.frame["energy"])


def test_a_copy_of_energy_becomes_a_level_in_decibels(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[0, "energy"] = 0.0
    dataset = load_dataset(save(notebooks_table(songs)))
    assert dataset.frame["loudness"][0] == -100.0
    assert_allclose(dataset.frame["loudness"][1:], 20 * np.log10(songs["energy"][1:]))


def test_one_copied_value_is_no_copied_column(save: Save, songs: pd.DataFrame) -> None:
    songs.loc[0, "loudness"] = songs.loc[0, "energy"]
    fails(save(songs), "songs.csv, line 2, column loudness: 0.")


@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_table_that_was_cut_off(save: Save, songs: pd.DataFrame, ending: str) -> None:
    """A number that lost its last digits looks like another; the note beside the table knows."""
    text = songs.to_csv(index=False, lineterminator="\n")
    path = save(text[:-4] + ending)
    load_dataset(path)  # a file without a last line feed is CSV too
    digest = hashlib.sha256(text.encode()).hexdigest()
    path.with_suffix(".json").write_text(json.dumps({"table": {"sha256": digest}}))
    if ending:
        load_dataset(path)  # whoever changed the table ended it
    else:
        fails(path, "songs.csv, line 41: the file ends within this line and is not the one that")


def test_as_published_without_that_song(save: Save, songs: pd.DataFrame) -> None:
    dataset = load_dataset(save(songs), feature_set="as-published")
    assert dataset.left_out == ()
    assert dataset.n_songs == len(songs)


def test_some_of_the_features(save: Save, songs: pd.DataFrame) -> None:
    names = ("tempo", "energy", "valence")
    dataset = load_dataset(save(songs), feature_names=names)
    assert dataset.feature_names == names == tuple(f.name for f in dataset.features)
    assert tuple(dataset.frame.columns) == COLUMNS
    assert_array_equal(dataset.X, songs[list(names)].to_numpy())
    assert dataset.whole.feature_names == FEATURE_NAMES
    assert_array_equal(dataset.whole.X, songs[list(FEATURE_NAMES)].to_numpy())


def test_songs_have_to_differ_in_the_chosen_features(save: Save, songs: pd.DataFrame) -> None:
    names = ("tempo", "energy", "valence")
    songs.loc[:, list(names)] = songs.loc[[0, 1, 2, 3] * 10, list(names)].to_numpy()
    path = save(songs)
    assert load_dataset(path, n_clusters=40).n_songs == 40
    message = "songs.csv has 40 rows, 4 of them different in tempo, energy, valence; to look for 5"
    fails(path, message, n_clusters=5, feature_names=names)


def test_unknown_feature_set() -> None:
    with pytest.raises(ValueError, match="should be one of"):
        features_of("theirs")


columns = arrays(np.float64, (12, 3), elements=st.integers(-1000, 1000).map(float)).filter(
    lambda X: bool((np.ptp(X, axis=0) > 0).all())
)


@given(columns)
def test_standardised_mean_and_sd(X: np.ndarray) -> None:
    scaled = standardise(X)
    assert_allclose(scaled.X.mean(axis=0), 0, atol=1e-9)
    assert_allclose(scaled.X.std(axis=0, ddof=0), 1, atol=1e-9)
    assert_allclose(scaled.X, z_scores(X), atol=1e-9)
    assert_allclose(scaled.scaler.inverse_transform(scaled.X), X, atol=1e-8)


@given(columns, st.floats(0.01, 100), st.floats(-50, 50))
def test_standardised_values_have_no_unit(X: np.ndarray, factor: float, shift: float) -> None:
    assert_allclose(standardise(X * factor + shift).X, standardise(X).X, atol=1e-6)


def test_a_constant_cannot_be_standardised() -> None:
    with pytest.raises(DatasetError, match="Feature 2 is constant"):
        standardise(np.array([[1.0, 5.0], [2.0, 5.0]]))


def test_what_is_not_finite_cannot_be_standardised() -> None:
    with pytest.raises(DatasetError, match="not finite"):
        standardise(np.array([[1.0, np.nan], [2.0, 5.0]]))
