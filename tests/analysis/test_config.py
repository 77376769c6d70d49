"""analysis.config: the parameters and what is wrong with them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from made_up import ROOT

from analysis.config import FEATURE_CHOICES, Config, load_config, meanings
from analysis.errors import ConfigError
from analysis.songs.table import FEATURE_NAMES


@pytest.fixture
def text() -> str:
    return (ROOT / "study.toml").read_text(encoding="utf-8")


def load(tmp_path: Path, text: str | bytes) -> Config:
    path = tmp_path / "study.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return load_config(path)


def test_own_parameters() -> None:
    config = load_config(ROOT / "study.toml")
    assert config.n_clusters == 10
    assert (config.k_min, config.k_max) == (2, 20)
    assert (config.n_init, config.gmm_n_init, config.max_iter, config.seed) == (20, 10, 300, 42)
    assert config.feature_set == "ours"
    assert config.features == FEATURE_CHOICES == FEATURE_NAMES


def test_every_parameter_has_a_comment(text: str) -> None:
    lines = text.splitlines()
    keys = [field.name for field in dataclasses.fields(Config)]
    for key in keys:
        place = next(i for i, line in enumerate(lines) if line.startswith(f"{key} = "))
        block = lines[:place][::-1]
        above = block[: block.index("")] if "" in block else block
        assert any(line.startswith("# ") for line in above), key


def test_every_parameter_has_a_meaning() -> None:
    found = meanings()
    assert list(found) == [field.name for field in dataclasses.fields(Config)]
    for name, meaning in found.items():
        assert meaning.endswith("."), name
        assert len(meaning) > 20, name
    assert len(set(found.values())) == len(found)
    assert found["seed"] == "Seed of every random draw."
    assert found["data_file"].endswith("with forward slashes.")


def test_config_is_frozen() -> None:
    config = load_config(ROOT / "study.toml")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 1  # type: ignore[misc]


def test_unknown_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"^study\.toml: unknown key n_cluster; the keys are .*"):
        load(tmp_path, text.replace("n_clusters = 10", "n_cluster = 10"))


def test_unknown_table(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="unknown key kmeans"):
        load(tmp_path, text + "[kmeans]\nn_init = 3\n")


def test_the_groups_may_be_left_out(tmp_path: Path, text: str) -> None:
    line = 'groups_file = "data/gtzan_artists.csv"\n'
    assert load(tmp_path, text).groups_file == "data/gtzan_artists.csv"
    assert load(tmp_path, text.replace(line, "")).groups_file is None
    with pytest.raises(ConfigError, match="groups_file should be the path of a CSV file"):
        load(tmp_path, text.replace(line, "groups_file = 7\n"))


def test_missing_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="the key seed is missing; it should be a whole number"):
        load(tmp_path, text.replace("seed = 42\n", ""))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n_clusters = 10", "n_clusters = 1", "n_clusters should be a whole number from 2 to"),
        ("n_init = 20", "n_init = true", "n_init should be a whole number from 1 to"),
        ("n_clusters = 10", "n_clusters = 10.0", "n_clusters should be a whole number"),
        ("n_clusters = 10", 'n_clusters = "10"', "but is '10'"),
        ("seed = 42", "seed = -1", "seed should be a whole number from 0 to 4294967295"),
        ("confidence = 0.95", "confidence = 95", "confidence should be a number between 0 and 1"),
        ("confidence = 0.95", "confidence = nan", "confidence should be a number between 0 and 1"),
        ("confidence = 0.95", "confidence = true", "confidence should be a number between"),
        (
            'feature_set = "ours"',
            'feature_set = "mine"',
            'feature_set should be one of "ours", "as-published", "recoded"',
        ),
        ('feature_set = "ours"', 'feature_set = ["ours"]', "feature_set should be one of"),
        ('"data/gtzan_features.csv"', '"/tmp/x.csv"', "data_file should be the path of a CSV file"),
        ('"data/gtzan_features.csv"', '""', "data_file should be the path of a CSV file"),
        ('"data/gtzan_features.csv"', "7", "data_file should be the path of a CSV file"),
        ("k_min = 2", "k_min = 30", "k_min is 30, more than k_max, which is 20"),
    ],
)
def test_bad_value(tmp_path: Path, text: str, old: str, new: str, message: str) -> None:
    assert old in text
    with pytest.raises(ConfigError, match=r"^study\.toml: ") as caught:
        load(tmp_path, text.replace(old, new))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


ALL = 'features = ["tempo", "energy", "loudness", "valence", "danceability"]'


def test_features_in_any_order(tmp_path: Path, text: str) -> None:
    assert ALL in text
    config = load(tmp_path, text.replace(ALL, 'features = ["valence", "tempo", "energy"]'))
    assert config.features == ("tempo", "energy", "valence")


@pytest.mark.parametrize(
    "value",
    [
        '["tempo", "energy"]',
        '["tempo", "energy", "energy"]',
        '["tempo", "energy", "valence", "tempo"]',
        '["tempo", "energy", "mood"]',
        '["tempo", "energy", 3]',
        '["tempo", "energy", ["valence"]]',
        '"tempo"',
        "{tempo = 1, energy = 2, valence = 3}",
        "[]",
    ],
)
def test_bad_features(tmp_path: Path, text: str, value: str) -> None:
    choices = '"tempo", "energy", "loudness", "valence", "danceability"'
    message = f"study.toml: features should be a list of at least 3 of {choices}, each once, but is"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text.replace(ALL, f"features = {value}"))
    assert str(caught.value).startswith(message)


def test_whole_number_is_a_share(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="variance_share should be a number between 0 and 1"):
        load(tmp_path, text.replace("variance_share = 0.95", "variance_share = 1"))


def test_not_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^study\.toml: not valid TOML: .*line 2"):
        load(tmp_path, "seed = 42\nseed 43\n")


def test_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^study\.toml: byte 9 is not UTF-8"):
        load(tmp_path, b"seed = 4\xff\n")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^study\.toml: there is no such file"):
        load_config(tmp_path / "study.toml")


def test_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "study.toml").mkdir()
    with pytest.raises(ConfigError, match=r"^study\.toml: cannot be read"):
        load_config(tmp_path / "study.toml")


def test_byte_order_mark_is_no_fault(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf" + text.encode("utf-8")).seed == 42
