"""five-features assign: where songs belong, and what is said of songs unlike any."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up import ROOT

from analysis.book import study
from analysis.cli import main


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


def test_completion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert "_FIVE_FEATURES_COMPLETE" in capsys.readouterr().out
