"""analysis.songs.features: the formulas, and the table made with them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from made_up import ROOT, public_table
from numpy.testing import assert_allclose

from analysis.errors import DatasetError
from analysis.songs import features
from analysis.songs.table import FEATURES, load_dataset

Save = Callable[..., Path]
BOUNDS = {feature.name: (feature.low, feature.high) for feature in FEATURES}

unit = st.floats(0, 1)
audible = st.floats(1e-3, 1)


@given(unit, unit)
def test_loudness_bounds(mean: float, share: float) -> None:
    """Frames' RMS within [0, 1] has a variance of at most mean (1 − mean)."""
    level = float(features.loudness(mean, share * mean * (1 - mean)))
    assert BOUNDS["loudness"][0] <= level <= 1e-12


@given(audible, st.floats(0, 0.2))
def test_loudness_is_at_least_that_of_the_mean(mean: float, variance: float) -> None:
    assert features.loudness(mean, variance) >= 20 * np.log10(mean) - 1e-9
    assert_allclose(features.loudness(mean, 0.0), 20 * np.log10(mean), atol=1e-9)


@given(audible, st.floats(0, 0.1), st.floats(0.1, 1))
def test_loudness_of_a_quieter_copy(mean: float, variance: float, gain: float) -> None:
    """A gain g adds 20 log10 g dB, whatever the song."""
    change = features.loudness(gain * mean, gain**2 * variance) - features.loudness(mean, variance)
    assume(gain * mean > 1e-4)
    assert_allclose(change, 20 * np.log10(gain), atol=1e-9)


def test_loudness_of_frames() -> None:
    """The frames' mean power is the squared mean of their RMS plus its variance."""
    rms = np.random.default_rng(0).uniform(0, 0.5, 1000)
    assert_allclose(features.loudness(rms.mean(), rms.var()), 10 * np.log10((rms**2).mean()))


def test_digital_silence() -> None:
    assert features.loudness(0.0, 0.0) == -100.0
    assert features.loudness(1e-9, 0.0) == -100.0


@given(st.floats(0, 11_025), unit)
def test_valence_bounds(centroid: float, rms: float) -> None:
    assert BOUNDS["valence"][0] <= features.valence(centroid, 0.0, rms**2) <= BOUNDS["valence"][1]


@given(st.floats(-1, 1), st.integers(0, 100))
def test_valence_sees_the_rms_of_the_harmonic_part(offset: float, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=200) * 0.1 + offset
    value = features.valence(0.0, samples.mean(), samples.var())
    assert_allclose(2 * value, np.sqrt((samples**2).mean()), rtol=1e-9)
    assert_allclose(value, features.valence(0.0, -samples.mean(), samples.var()))


@given(st.floats(20, 320), unit)
def test_danceability_bounds_and_parts(tempo: float, zcr: float) -> None:
    value = features.danceability(tempo, zcr)
    assert 0 <= value <= BOUNDS["danceability"][1]
    assert_allclose(2 * value - tempo / 200, zcr, atol=1e-9)


def test_formulas_on_one_clip() -> None:
    assert features.energy(0.13) == 0.13
    assert_allclose(features.loudness(0.3, 0.01), -10.0)
    assert_allclose(features.valence(2000, 0.3, 0.16), 0.5 * (0.5 + 0.5))
    assert_allclose(features.danceability(100, 0.1), 0.3)


def test_table(save: Save) -> None:
    public = public_table()
    table = features.from_public_table(save(public))
    assert list(table["track"][:2]) == ["jazz.00000", "jazz.00001"]
    assert_allclose(table["energy"], public["rms_mean"])
    assert_allclose(
        table["danceability"], (public["tempo"] / 200 + public["zero_crossing_rate_mean"]) / 2
    )


@pytest.mark.parametrize("column", [*features.PUBLIC_COLUMNS, "filename", "label"])
def test_missing_public_column(save: Save, column: str) -> None:
    path = save(public_table().drop(columns=[column]), "features_30_sec.csv")
    message = rf"^features_30_sec\.csv, line 1: the header lacks {column}; it should be the public"
    with pytest.raises(DatasetError, match=message):
        features.from_public_table(path)


@pytest.mark.parametrize("column", features.PUBLIC_COLUMNS)
@pytest.mark.parametrize("value", ["nan", "inf", "", "loud"])
def test_bad_public_value(save: Save, column: str, value: str) -> None:
    public = public_table().astype({column: object})
    public.loc[4, column] = value
    with pytest.raises(DatasetError, match=rf"^public\.csv, line 6, column {column}: "):
        features.from_public_table(save(public, "public.csv"))


@pytest.mark.parametrize("change", ["names", "length"])
def test_pieces_of_clips_are_refused(save: Save, change: str) -> None:
    """The 3-second table has the same columns, ten rows a clip."""
    public = public_table()
    if change == "names":
        public["filename"] = [f"jazz.00000.{i}.wav" for i in range(len(public))]
    else:
        public["length"] = 66_149
    message = r"^features_3_sec\.csv, line 2: .* is a piece of a clip; there should be one row per"
    with pytest.raises(DatasetError, match=message):
        features.from_public_table(save(public, "features_3_sec.csv"))


@pytest.mark.parametrize(
    "name",
    [
        "jazz.00054.au",
        "jazz.00054.WAV",
        "jazz.00054.mp3",
        "genres/jazz/jazz.00054.wav",
        "C:\\gtzan\\jazz\\jazz.00054.ogg",
        "jazz.00054",
    ],
)
def test_a_track_has_one_name_whatever_its_file(save: Save, tmp_path: Path, name: str) -> None:
    public = public_table(60)
    public.loc[54, "filename"] = name
    features.make_table(save(public, "public.csv"), tmp_path / "a.csv")
    found = load_dataset(tmp_path / "a.csv", feature_set="as-published")
    assert found.left_out == ("jazz.00054",)


def test_files_that_name_the_same_track(save: Save) -> None:
    public = public_table()
    public.loc[7, "filename"] = "other/jazz.00003.au"
    message = (
        r"^public\.csv, line 9, column track: 'jazz\.00003' is already on line 5; it should be"
    )
    with pytest.raises(DatasetError, match=message):
        features.from_public_table(save(public, "public.csv"))


def test_negative_public_value(save: Save) -> None:
    public = public_table()
    public.loc[4, "rms_var"] = -0.1
    with pytest.raises(
        DatasetError, match=r"line 6, column rms_var: -0.1 should be finite and not"
    ):
        features.from_public_table(save(public))
    public.loc[4, "rms_var"] = 0.1
    public.loc[4, "harmony_mean"] = -0.1
    features.from_public_table(save(public))


def test_empty_public_table(save: Save) -> None:
    with pytest.raises(DatasetError, match="a header and no rows"):
        features.from_public_table(save(public_table().head(0)))


def test_same_bytes(save: Save, tmp_path: Path) -> None:
    public = save(public_table(), "public.csv")
    features.make_table(public, tmp_path / "a.csv")
    features.make_table(public, tmp_path / "deep" / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content == (tmp_path / "deep" / "a.csv").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "deep" / "a.json").read_bytes()


def test_note_beside_the_table(save: Save, tmp_path: Path) -> None:
    public = save(public_table(), "public.csv")
    features.make_table(public, tmp_path / "a.csv")
    note = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert note["public_table"]["sha256"] == hashlib.sha256(public.read_bytes()).hexdigest()
    assert note["table"]["sha256"] == hashlib.sha256((tmp_path / "a.csv").read_bytes()).hexdigest()
    assert note["table"]["rows"] == 12


def test_eight_digits_are_kept(save: Save, tmp_path: Path) -> None:
    table = features.make_table(save(public_table(), "public.csv"), tmp_path / "a.csv")
    read = load_dataset(tmp_path / "a.csv").frame
    for name in BOUNDS:
        assert_allclose(read[name], table[name], rtol=1e-7)


def test_a_failure_leaves_the_old_table(save: Save, tmp_path: Path) -> None:
    output = tmp_path / "out" / "a.csv"
    features.make_table(save(public_table(), "public.csv"), output)
    before = {path.name: path.read_bytes() for path in output.parent.iterdir()}
    bad = public_table()
    bad.loc[3, "rms_mean"] = 2.0
    with pytest.raises(DatasetError, match=r"^bad\.csv, line 5, column energy: 2 should lie"):
        features.make_table(save(bad, "bad.csv"), output)
    assert {path.name: path.read_bytes() for path in output.parent.iterdir()} == before


def test_output_is_not_the_public_table(save: Save) -> None:
    path = save(public_table(), "public.csv")
    with pytest.raises(DatasetError, match="is the public table"):
        features.make_table(path, path)


def test_output_is_a_csv_file(save: Save, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"ending in \.csv"):
        features.make_table(save(public_table(), "public.csv"), tmp_path / "a.txt")


def test_committed_table_comes_from_the_public_one() -> None:
    given_ = os.environ.get("GTZAN_TABLE")
    public = Path(given_) if given_ else ROOT / "data" / "public" / "features_30_sec.csv"
    if not public.exists():
        pytest.skip("the public table is not here: set GTZAN_TABLE to a copy of it")
    made = features.to_csv(features.from_public_table(public))
    assert made == (ROOT / "data" / "gtzan_features.csv").read_bytes()
