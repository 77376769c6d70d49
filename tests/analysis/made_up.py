"""Small tables and small projects of the tests' own."""

from __future__ import annotations

import dataclasses
import functools
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.book import Book
from analysis.study.code import Code

ROOT = Path(__file__).resolve().parents[2]


def make_songs(n: int = 40, genres: int = 4, seed: int = 0) -> pd.DataFrame:
    """Return a sound table of made-up songs."""
    rng = np.random.default_rng(seed)
    tempo = 60 * 22_050 / (512 * rng.integers(12, 40, size=n))
    energy = rng.uniform(0.05, 0.3, size=n)
    genre = [f"genre {i % genres}" for i in range(n)]
    return pd.DataFrame(
        {
            "track": [f"song.{i:05d}" for i in range(n)],
            "genre": genre,
            "tempo": tempo.round(6),
            "energy": energy,
            "loudness": 20 * np.log10(energy) + rng.uniform(0.1, 1.5, size=n),
            "valence": 0.2 + energy * rng.uniform(0.5, 1.5, size=n),
            "danceability": tempo / 400 + rng.uniform(0.01, 0.1, size=n),
        }
    )


def public_table(n: int = 12) -> pd.DataFrame:
    """Return the columns of the public table that are looked at, for made-up clips."""
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "filename": [f"jazz.{i:05d}.wav" for i in range(n)],
            "length": 661_794,
            "tempo": rng.uniform(60, 200, n),
            "rms_mean": rng.uniform(0.05, 0.3, n),
            "rms_var": rng.uniform(0.001, 0.01, n),
            "spectral_centroid_mean": rng.uniform(1000, 4000, n),
            "zero_crossing_rate_mean": rng.uniform(0.02, 0.2, n),
            "harmony_mean": rng.uniform(-0.001, 0.001, n),
            "harmony_var": rng.uniform(0.001, 0.02, n),
            "label": "jazz",
        }
    )


def make_project(folder: Path, table: pd.DataFrame, **parameters: object) -> Path:
    """Make a folder with a table and a study.toml like ours, with fewer draws and starts."""
    text = (ROOT / "study.toml").read_text(encoding="utf-8")
    fewer = {
        "n_bootstrap": 100,
        "n_index_bootstrap": 100,
        "n_permutations": 100,
        "n_references": 2,
        "reference_n_init": 1,
        "n_clusters": 4,
        "k_max": 6,
        "n_init": 2,
        "gmm_n_init": 2,
        "gmm_sweep_n_init": 2,
        "n_seeds": 3,
        "n_refits": 3,
        "n_folds": 3,
    }
    text = "".join(line for line in text.splitlines(True) if not line.startswith("groups_file"))
    for key, value in {**fewer, **parameters}.items():
        lines = [
            f"{key} = {value!r}".replace("'", '"') if line.startswith(f"{key} = ") else line
            for line in text.splitlines()
        ]
        text = "\n".join(lines) + "\n"
    (folder / "data").mkdir(parents=True)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    table.to_csv(folder / "data" / "gtzan_features.csv", index=False)
    kept = folder / ".cache" / "study"
    kept.mkdir(parents=True)
    shutil.copy(facts(), kept)
    return folder


@functools.cache
def facts() -> Path:
    """Return what is known of the sources, which are the same in every project of the tests."""
    path = ROOT / ".cache" / "study" / "code.json"
    Code(kept=path)
    return path


@functools.cache
def with_fewer_refits(study: Book) -> Book:
    """Return the same study with a few seeds and samples, for what is drawn of many."""
    fewer = Book(study.root)
    fewer.__dict__["config"] = dataclasses.replace(study.config, n_seeds=3, n_refits=4, n_folds=3)
    return fewer
