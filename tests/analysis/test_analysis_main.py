"""python -m analysis: commands, exit codes, one sentence for an error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from made_up import ROOT, make_songs, public_table

from analysis.cli import main
from analysis.cli.study import STDERR


def test_features(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public, output = tmp_path / "public.csv", tmp_path / "out.csv"
    public_table().to_csv(public, index=False)
    assert main(["features", str(public), "--output", str(output)]) == 0
    assert capsys.readouterr().out == "out.csv: 12 songs, 1 genre\n"
    assert output.read_text().startswith("track,genre,tempo,energy,loudness,valence,danceability\n")


def test_features_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public, output = tmp_path / "public.csv", tmp_path / "out.csv"
    public_table().to_csv(public, index=False)
    assert main(["features", str(public), "--output", str(output), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"file": "out.csv", "songs": 12, "genres": 1, "failed": 0, "failures": None}


@pytest.mark.parametrize("failed", [False, True])
def test_report_as_json(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failed: bool,
) -> None:
    table, output = tmp_path / "mine.csv", tmp_path / "book"
    make_songs().to_csv(table, index=False)

    def rendered(command: list[str], *, cwd: Path, stdout: int, **_: object) -> object:
        assert command[-4:] == ["--output", str(output), "--engine", "portable"]
        assert (cwd / "data" / "table.csv").read_bytes() == table.read_bytes()
        assert stdout == STDERR
        return subprocess.CompletedProcess(command, 3 if failed else 0)

    monkeypatch.setattr(subprocess, "run", rendered)
    assert main(["report", str(table), "-o", str(output), "--json"]) == (3 if failed else 0)
    said = capsys.readouterr().out
    whole = {"table": "mine.csv", "folder": str(output)}
    assert (json.loads(said) if said else None) == (None if failed else whole)


def test_features_of_a_bad_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public, output = tmp_path / "public.csv", tmp_path / "out.csv"
    table = public_table()
    table.loc[2, "tempo"] = 1000.0
    table.to_csv(public, index=False)
    assert main(["features", str(public), "--output", str(output)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        "error: public.csv, line 4, column tempo: 1000 should lie between 20"
    )
    assert said.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["public.csv"]


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", str(tmp_path / "x.csv"), "--output", str(tmp_path / "o.csv")]) == 1
    assert capsys.readouterr().err == "error: x.csv is missing; it should be a CSV file.\n"


def test_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public = tmp_path / "public.csv"
    public_table().to_csv(public, index=False)
    (tmp_path / "file").write_text("")
    assert main(["features", str(public), "--output", str(tmp_path / "file" / "o.csv")]) == 1
    assert capsys.readouterr().err.startswith("error: o.csv cannot be written (")


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "data/gtzan_features.csv: 1,000 songs, 10 genres\n"
    path = tmp_path / "mine.csv"
    make_songs(19).to_csv(path, index=False)
    assert main(["check", str(path)]) == 1
    assert "mine.csv has 19 rows; to look for 20 clusters" in capsys.readouterr().err


def test_check_compares_the_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public, output = tmp_path / "public.csv", tmp_path / "out.csv"
    public_table(40).to_csv(public, index=False)
    assert main(["features", str(public), "--output", str(output)]) == 0
    assert main(["check", str(output)]) == 0
    assert "describes" not in capsys.readouterr().out
    output.write_text(output.read_text().replace("jazz.00003", "jazz.10003"))
    assert main(["check", str(output)]) == 0
    assert capsys.readouterr().out.endswith("It is not the table that out.json describes.\n")


def test_exit_code_of_the_process(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "analysis", "check", str(tmp_path / "x.csv")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("error: ")


@pytest.mark.parametrize("arguments", [[], ["draw"], ["features"]])
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: python -m analysis" in capsys.readouterr().err
