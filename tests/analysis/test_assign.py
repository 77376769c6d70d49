"""five-features assign: where songs belong, and what is said of songs unlike any."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up import ROOT

from analysis.book import study
from analysis.cli import main
from analysis.show.explorer.data import NAME
from analysis.sound import measure, table
from analysis.sound.measure import features_of
from analysis.sound.workers import Outcome


def test_a_song_of_the_study(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assign", "jazz.00054", "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    at = study.dataset.tracks.index("jazz.00054")
    assert said["cluster"] == study.kmeans.labels[at]
    assert said["distance"] == pytest.approx(study.kmeans.distances[at])
    assert said["probabilities"] == pytest.approx(study.mixture.probabilities[at])
    assert len(said["nearest"]) == 5
    assert "jazz.00054" not in [near["track"] for near in said["nearest"]]
    assert said["beyond"] == []


def test_a_song_outside_the_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = (ROOT / "data" / "gtzan_features.csv").read_text("utf-8").splitlines()[0]
    path = tmp_path / "mine.csv"
    path.write_text(f"{header}\nmine,rock,300,0.1,-20,0.5,0.8\n", "utf-8")
    assert main(["assign", "--table", str(path)]) == 0
    assert "warning    tempo is 300, outside" in capsys.readouterr().out
    assert main(["assign", "yours", "rock.0012"]) == 1
    said = capsys.readouterr().err
    assert said.count("error: ") == 2
    assert "such as rock.00012." in said
    assert main(["assign"]) == 2


MEASURES = {
    "tempo": 120.0,
    "rms_mean": 0.1,
    "power": 0.0121,
    "spectral_centroid_mean": 2_000.0,
    "zero_crossing_rate_mean": 0.1,
    "harmony_power": 0.01,
    "harmony_absolute": 0.08,
}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file but one sound the same."""

    def measure_file(path: str) -> Outcome:
        return "it is silent" if "silence" in path else MEASURES

    monkeypatch.setattr(table, "measure_file", measure_file)


@pytest.mark.usefixtures("heard")
def test_a_file_of_audio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / name for name in ("R&B.mp3", "silence.wav")]
    for path in paths:
        path.write_bytes(b"not listened to")
    page = tmp_path / "page.html"
    assert main(["assign", str(paths[0]), "jazz.00054", "--json", "--html", str(page)]) == 0
    ours, mine = json.loads(capsys.readouterr().out)
    assert (ours["track"], mine["track"]) == ("jazz.00054", "R&B")
    made = pd.DataFrame([{"track": "R&B", "genre": "unknown", **features_of(MEASURES)}])
    made.to_csv(tmp_path / "mine.csv", index=False)
    assert main(["assign", "--table", str(tmp_path / "mine.csv"), "--json"]) == 0
    (same,) = json.loads(capsys.readouterr().out)
    assert same["distance"] == pytest.approx(mine["distance"])
    assert same["nearest"][0]["track"] == mine["nearest"][0]["track"]

    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    assert [heading.get_text() for heading in soup.select("h2 a")] == ["jazz.00054", "R&B"]
    assert not soup.select("[src], link, iframe, a[href^=http]")
    assert len(soup.select("noscript")) == 1
    told = next(str(s.string) for s in soup.find_all("script") if NAME in str(s.string)[:20])
    data = json.loads(told[told.index("{") : told.rindex(";")])
    assert data["first"]["song"] == "jazz.00054"
    assert data["names"][-1] == "R&B"
    assert len(data["names"]) == study.dataset.n_songs + 1

    assert main(["assign", *map(str, paths)]) == 1
    assert capsys.readouterr().err.endswith("silence.wav: it is silent.\n")


def test_audio_without_what_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.wav"
    path.write_bytes(b"")
    monkeypatch.setattr(measure, "LIBRARIES", ("librosa-of-nowhere",))
    assert main(["assign", str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: librosa-of-nowhere is not installed, which reads and measures")


def test_completion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert "_FIVE_FEATURES_COMPLETE" in capsys.readouterr().out
