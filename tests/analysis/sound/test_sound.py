"""analysis.sound: signals with known answers, files that fail, work that is interrupted.

One file, so that one process of the tests loads what measures sound.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from analysis.cli import main
from analysis.errors import SoundError
from analysis.songs.features import HOP_LENGTH, SAMPLE_RATE
from analysis.songs.table import load_dataset
from analysis.sound.decode import SECONDS, read_clip
from analysis.sound.measure import features_of, measure, measure_file
from analysis.sound.sources import find, printable
from analysis.sound.table import make_table
from analysis.sound.workers import Outcome, on_cluster, on_this_machine

Floats = NDArray[np.float64]
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


def sine(frequency: float, seconds: float = 2, rate: int = SAMPLE_RATE) -> Floats:
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate + 0.1)


def noise(seconds: float = 2, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, int(seconds * SAMPLE_RATE))


def clicks(bpm: float, seconds: float = 10) -> Floats:
    """Return strokes of noise at a known tempo."""
    y = np.zeros(int(seconds * SAMPLE_RATE))
    stroke = noise(0.02) * np.exp(-np.arange(441) / 80)
    for beat in range(int(seconds * bpm / 60)):
        place = round(beat * 60 / bpm * SAMPLE_RATE)
        y[place : place + 441] += stroke[: len(y) - place]
    return y


def write(path: Path, y: Floats, rate: int = SAMPLE_RATE, kind: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        soundfile.write(file, y, rate, format=kind or path.suffix[1:].upper())
    return path


def measured(y: Floats) -> dict[str, float]:
    found = measure(y.astype(np.float32))
    return {**found, **features_of(found)}


def failures(folder: Path) -> dict[str, str]:
    with (folder / "table.failures.csv").open(newline="", encoding="utf-8") as file:
        return {row["file"]: row["reason"] for row in csv.DictReader(file)}


# --- signals with known answers --------------------------------------------------------------


@pytest.mark.parametrize("bpm", [60, 90, 120, 150])
def test_clicks_have_the_tempo_of_a_lag_beside_theirs(bpm: float) -> None:
    lag = 60 * SAMPLE_RATE / (HOP_LENGTH * measured(clicks(bpm))["tempo"])
    assert lag == pytest.approx(round(lag), abs=1e-6)
    assert abs(lag - 60 * SAMPLE_RATE / (HOP_LENGTH * bpm)) < 1


def test_fast_clicks_are_counted_every_second_time() -> None:
    assert measured(clicks(180))["tempo"] == pytest.approx(90, abs=1.5)


@pytest.mark.parametrize(("amplitude", "frequency"), [(1.0, 440), (0.1, 2000)])
def test_a_sine(amplitude: float, frequency: float) -> None:
    found = measured(amplitude * sine(frequency, 4))
    rms = amplitude / np.sqrt(2)
    assert found["energy"] == pytest.approx(rms, rel=0.01)
    assert found["loudness"] == pytest.approx(20 * np.log10(rms), abs=0.01)
    assert found["spectral_centroid_mean"] == pytest.approx(frequency, rel=0.02)
    rate = 2 * frequency / SAMPLE_RATE
    assert found["zero_crossing_rate_mean"] == pytest.approx(rate, rel=0.02)
    assert found["valence"] == pytest.approx((frequency / 4000 + rms) / 2, rel=0.02)
    assert found["danceability"] == pytest.approx((found["tempo"] / 200 + rate) / 2, rel=0.01)


def test_as_published_a_sine_has_the_mean_of_its_absolute_value() -> None:
    found = measure((0.5 * sine(440, 4)).astype(np.float32))
    ours, published = features_of(found), features_of(found, as_published=True)
    assert published["loudness"] == published["energy"] == ours["energy"]
    harmonic = 2 * published["valence"] - found["spectral_centroid_mean"] / 4000
    assert harmonic == pytest.approx(0.5 * 2 / np.pi, rel=0.01)
    assert (published["tempo"], published["danceability"]) == (ours["tempo"], ours["danceability"])


def test_noise_is_half_bright_and_crosses_zero_every_second_time() -> None:
    found = measured(noise())
    assert found["loudness"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(3)), abs=0.1)
    assert found["zero_crossing_rate_mean"] == pytest.approx(0.5, abs=0.01)
    assert found["spectral_centroid_mean"] == pytest.approx(SAMPLE_RATE / 4, rel=0.01)
    assert found["harmony_power"] < found["power"] / 2


def test_turning_up_moves_levels_and_nothing_else() -> None:
    y = clicks(100, 6) + 0.1 * sine(300, 6)
    soft, loud = measured(0.5 * y), measured(y)
    assert loud["energy"] == pytest.approx(2 * soft["energy"], rel=1e-4)
    assert loud["loudness"] - soft["loudness"] == pytest.approx(20 * np.log10(2), abs=1e-4)
    assert loud["tempo"] == soft["tempo"]
    assert loud["danceability"] == pytest.approx(soft["danceability"], rel=1e-3)


def test_clipped_samples_reach_full_scale_and_stay_in_the_table(tmp_path: Path) -> None:
    found = measure_file(str(write(tmp_path / "a.wav", np.sign(sine(441)))))
    assert isinstance(found, dict)
    assert features_of(found)["loudness"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_any_rate_is_brought_to_one(tmp_path: Path, rate: int) -> None:
    stereo = np.stack([sine(440, 1, rate), np.zeros(rate)], axis=1)
    y = read_clip(write(tmp_path / "a.wav", stereo, rate))
    assert len(y) == SAMPLE_RATE
    assert np.mean(np.square(y)) == pytest.approx(1 / 8, rel=0.01)
    assert np.abs(np.diff(y >= 0)).sum() == pytest.approx(880, abs=2)


def test_of_an_hour_the_first_half_minute_counts(tmp_path: Path) -> None:
    y = np.zeros(8_000 * 3_600, dtype=np.int16)
    y[8_000 * 30 :] = 10_000
    y[8_000 : 8_000 * 2] = 100
    found = read_clip(write(tmp_path / "a.flac", y, 8_000))  # type: ignore[arg-type]
    assert len(found) == SECONDS * SAMPLE_RATE
    assert np.abs(found[: -SAMPLE_RATE // 10]).max() < 0.01


# --- files -----------------------------------------------------------------------------------


def test_a_folder_of_all_kinds_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    music, y = tmp_path / "genres", clicks(120, 3)
    wav = write(music / "blues/blues.00000.wav", y)
    write(music / "blues/blues.00001.WAV", y)
    write(music / "jazz/jazz.00054.au", y)
    write(music / "jazz/jazz.00055.flac", y)
    write(music / "jazz/jazz.00056.mp3", y)
    write(music / "flat.ogg", clicks(80, 3), kind="OGG")
    write(music / "damaged.wav", y).write_bytes(wav.read_bytes()[:30])
    write(music / "cut.flac", noise()).write_bytes((music / "cut.flac").read_bytes()[:9_000])
    soundfile.write(music / "nan.wav", np.full(22_050, np.nan), SAMPLE_RATE, subtype="FLOAT")
    (music / "empty.wav").write_bytes(b"")
    (music / "text.mp3").write_text("not audio")
    (music / "video.m4a").write_text("not audio")
    write(music / "short.wav", y[: SAMPLE_RATE // 2])
    write(music / "silent.wav", 0 * y)
    write(music / "opposite.wav", np.stack([y, -y], axis=1))
    output = music / "table.csv"
    assert main(["features", str(music), "-o", str(output), "--jobs", "1"]) == 0
    table = load_dataset(output).frame.set_index("track")
    assert table["genre"].to_dict() == {
        "flat": "unknown",
        "blues.00000": "blues",
        "blues.00001": "blues",
        "jazz.00054": "jazz",
        "jazz.00055": "jazz",
        "jazz.00056": "jazz",
    }
    assert table.loc["jazz.00055", "valence"] == pytest.approx(
        table.loc["jazz.00054", "valence"], rel=1e-3
    )
    assert len(set(table.loc[["blues.00000", "blues.00001", "jazz.00054"], "valence"])) == 1
    found = failures(music)
    starts = {
        "cut.flac": "it is damaged",
        "damaged.wav": "it is damaged",
        "empty.wav": "it is empty",
        "nan.wav": "it is damaged: a sample is not a finite number",
        "opposite.wav": "it is silent in mono: its channels cancel",
        "short.wav": "it is too short: 0.50 seconds",
        "silent.wav": "it is silent",
        "text.mp3": "it is not audio",
        "video.m4a": "it is not audio, or needs a decoder",
    }
    for name, start in starts.items():
        assert found[name].startswith(start), (name, found[name])
    files = [path for path in music.rglob("*") if path.is_file()]
    written = {"table.csv", "table.json", "table.failures.csv"}
    assert len(table) + len(found) == len(files) - len(written)
    assert written < {path.name for path in files}
    assert capsys.readouterr().out.startswith("table.csv: ")


@posix
def test_hostile_names_are_refused_and_none_is_lost(tmp_path: Path) -> None:
    refused = {
        b"new\nline.wav": "control character",
        b"<img src=x onerror=alert(1)>.wav": "HTML",
        b"..\\..\\up.wav": "backslash",
        b"\xff\xfe.wav": "not UTF-8",
        b"=cmd.wav": "formula",
        b" @sum.wav": "formula",
        b".wav": "nothing but an ending",
    }
    for name in [*refused, b"I <3 U.wav", "Ærø.mp3".encode()]:
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    (tmp_path / "+evil").mkdir()
    (tmp_path / "+evil" / "a.wav").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "nowhere.wav").symlink_to(tmp_path / "not there")
    (tmp_path / "round").symlink_to(tmp_path)
    entries = {entry.name: entry for entry in find([tmp_path])}
    assert len(entries) == len(refused) + 2 + 4
    for name, why in refused.items():
        assert why in entries[os.fsdecode(name)].refused
    assert "formula" in entries["+evil/a.wav"].refused
    assert "pipe" in entries["pipe.wav"].refused
    assert "No such file" in entries["nowhere.wav"].refused
    assert "link to a folder" in entries["round"].refused
    assert not entries["I <3 U.wav"].refused
    assert entries["Ærø.mp3"].track == "Ærø"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"a\nb"),
        (os.fsdecode(b"\xff.wav") if os.name != "nt" else "\udcff.wav", r"\xff.wav"),
        ("=1+1", "./=1+1"),
        ("Ærø", "Ærø"),
    ],
)
def test_names_are_shown_on_one_line(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_a_list_of_files(tmp_path: Path) -> None:
    for name in ("rock/1.wav", "jazz/1.wav", "jazz/2.wav", "jazz/2.mp3"):
        write(tmp_path / name, noise(1), kind="WAV")
    names = ["rock/1.wav", "jazz/1.wav", "jazz/2.wav", "jazz/2.mp3", "../up.wav", "gone.wav"]
    (tmp_path / "list.txt").write_text("\n".join([*names, names[0], ""]))
    entries = find([tmp_path / "list.txt"])
    assert {entry.track for entry in entries if not entry.refused} == {
        "rock/1",
        "jazz/1",
        "jazz/2.wav",
        "jazz/2.mp3",
    }
    assert {e.name: e.refused.split(";")[0] for e in entries if e.refused} == {
        "../up.wav": "its path leads up with .. ",
        "gone.wav": "it cannot be read (No such file or directory)",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "-o", "t.csv"], "nowhere is missing"),
        (["empty", "-o", "t.csv"], "empty holds no files"),
        (["music"], "--output should name the table"),
        (["music", "-o", "t.txt"], "t.txt should be a CSV file"),
        (["music", "-o", "t.csv", "--jobs", "0"], "--jobs is 0"),
        (["music", "-o", "t.csv"], "none of 1 files has features; t.failures.csv says why"),
        (["features_3_sec.csv", "-o", "t.csv"], "is a piece of a clip"),
        (["features_3_sec.csv", "--as-published"], "the source should be audio"),
        (["music", "features_3_sec.csv", "-o", "t.csv"], "should be the only source"),
    ],
)
def test_wrong_requests(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("music", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "music" / "a.wav").write_text("not audio")
    (tmp_path / "features_3_sec.csv").write_text(
        "filename,length,tempo,rms_mean,rms_var,spectral_centroid_mean,zero_crossing_rate_mean,"
        "harmony_mean,harmony_var,label\nblues.00000.0.wav,66149,129,.13,.003,1773,.08,0,.01,blues\n"
    )
    assert main(["features", *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not (tmp_path / "t.csv").exists()


# --- work that is interrupted, and work that is shared ---------------------------------------


def made_up(path: str) -> Outcome:
    n = 1 + int(Path(path).stem)
    return {
        "tempo": 100.0 + n,
        "rms_mean": n / 100,
        "power": (n / 90) ** 2,
        "spectral_centroid_mean": 1000.0,
        "zero_crossing_rate_mean": 0.1,
        "harmony_power": 0.01,
        "harmony_absolute": 0.1 / 3,
    }


def test_work_goes_on_where_it_stopped(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for i in range(6):
        (music / f"{i}.wav").write_bytes(bytes(i + 1))
    seen: list[str] = []

    def work(paths: Sequence[str], most: int = 99) -> Iterator[tuple[int, Outcome]]:
        for i, path in enumerate(paths):
            if i == most:
                raise KeyboardInterrupt
            seen.append(Path(path).stem)
            yield i, made_up(path)

    make_table([music], tmp_path / "whole.csv", work=work)
    seen.clear()
    output = tmp_path / "table.csv"
    with pytest.raises(KeyboardInterrupt):
        make_table([music], output, work=lambda paths: work(paths, 4))
    assert not output.exists()
    kept = tmp_path / "table.csv.journal"
    kept.write_bytes(kept.read_bytes()[:-20])  # the power went while a line was written
    (music / "0.wav").write_bytes(b"another")
    made = make_table([music], output, work=work)
    assert seen == ["0", "1", "2", "3", "0", "3", "4", "5"]
    assert len(made.table) == 6
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not kept.exists()
    assert all((tmp_path / f"{name}.failures.csv").exists() for name in ("table", "whole"))


@pytest.fixture
def songs(tmp_path: Path) -> list[str]:
    return [str(write(tmp_path / f"{n}.wav", clicks(80 + n, 2))) for n in range(4)]


def test_processes_measure_the_same_though_one_is_killed(songs: list[str]) -> None:
    done = on_this_machine(songs, 2)
    found = [next(done)]
    multiprocessing.active_children()[0].kill()
    found += done
    assert dict(found) == {i: measure_file(path) for i, path in enumerate(songs)}
    assert len(found) == len(songs)


def test_a_cluster_makes_the_same_table_though_a_worker_is_killed(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    music = tmp_path / "music"
    for n in range(8):
        write(music / "clicks" / f"{n}.wav", clicks(80 + 5 * n, 2))
    (music / "text.wav").write_text("not audio")
    make_table([music], tmp_path / "one.csv", work=lambda paths: on_this_machine(paths, 1))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:

        def work(paths: Sequence[str]) -> Iterator[tuple[int, Outcome]]:
            for n, done in enumerate(on_cluster(paths, cluster.scheduler_address)):
                if n == 1:
                    os.kill(next(iter(cluster.workers.values())).pid, 9)
                yield done

        made = make_table([music], tmp_path / "many.csv", work=work)
    assert len(made.table) + len(made.failures) == 9
    assert (tmp_path / "many.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


def test_a_scheduler_that_is_not_there() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(SoundError, match="no Dask scheduler answers at nonsense"):
        next(on_cluster(["a.wav"], "nonsense://127.0.0.1:1"))
