"""data/: the datasheet and the note agree with the table."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from made_up import ROOT

from analysis.songs.features import PUBLIC_COLUMNS
from analysis.songs.table import COLUMNS, FEATURES, RECODED

DATA = ROOT / "data"


@pytest.fixture(scope="module")
def datasheet() -> str:
    return (DATA / "README.md").read_text(encoding="utf-8")


def test_digests(datasheet: str) -> None:
    note = json.loads((DATA / "gtzan_features.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((DATA / "gtzan_features.csv").read_bytes()).hexdigest()
    assert note["table"]["sha256"] == digest
    digests = re.findall(r"`([0-9a-f]{64})`", datasheet)
    artists = json.loads((DATA / "gtzan_artists.json").read_text(encoding="utf-8"))
    groups = hashlib.sha256((DATA / "gtzan_artists.csv").read_bytes()).hexdigest()
    assert artists["groups"]["sha256"] == groups
    assert artists["table"]["sha256"] == digest
    public = [note["public_table"]["sha256"], artists["public_index"]["sha256"]]
    assert digests == [digest, public[0], groups, public[1]]


def test_every_column_is_described(datasheet: str) -> None:
    for column in (*COLUMNS, *PUBLIC_COLUMNS):
        assert f"`{column}`" in datasheet


def test_bounds(datasheet: str) -> None:
    for feature in FEATURES:
        low = f"{feature.low:g}".replace("-", "−")
        row = next(
            line for line in datasheet.splitlines() if line.startswith(f"  | `{feature.name}`")
        )
        assert f"| {low} to {feature.high:g} " in row


def test_size(datasheet: str) -> None:
    rows = (DATA / "gtzan_features.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1001
    assert "1,000 thirty-second clips" in datasheet


def test_recoded_columns_are_described(datasheet: str) -> None:
    for feature in RECODED:
        assert f"  | `{feature.name}`" in datasheet


def test_no_public_table_here() -> None:
    """The project does not carry the public table, nor the index of artists."""
    listed = {path.name for path in DATA.iterdir() if path.is_file()}
    assert not {"features_30_sec.csv", "artists.csv"} & listed
