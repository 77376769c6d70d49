"""A few clips that the study makes itself, measured as anyone's music is, and their clusters."""

from __future__ import annotations

import dataclasses
import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.clusters import Clusters
from analysis.findings.kmeans.nearest import nearest_cluster
from analysis.songs.features import SAMPLE_RATE
from analysis.songs.table import Dataset, select
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]

CLIP_SECONDS = 10
"""How long each clip is."""
SLOW, FAST = 90.0, 180.0
"""Tempo of the two clips of clicks, in BPM."""
GAIN = 4.0
"""How many times as strong the louder copy of the tune is."""


@dataclasses.dataclass(frozen=True, eq=False)
class OwnMusic:
    """What the command ``features`` makes of the clips, and where K-Means puts them.

    Attributes
    ----------
    table : DataFrame, clips x (track, genre, tempo, energy, loudness, valence, danceability)
    failures : dict, file -> reason
    places : DataFrame
        Index ``track``; ``cluster`` from 0, ``distance`` to its centre in standardised features,
        ``farther``, the share of the songs of that cluster that lie farther from it, and
        ``outside``, the features in which the clip lies outside the range of the songs.
    """

    table: pd.DataFrame
    failures: dict[str, str]
    places: pd.DataFrame

    @property
    def n_files(self) -> int:
        """Rows and failures."""
        return len(self.table) + len(self.failures)

    @property
    def n_outside(self) -> int:
        """Clips that lie outside the range of the songs in some feature."""
        return int(self.places["outside"].map(bool).sum())

    def ratio(self, one: str, other: str, feature: str) -> float:
        """Return how many times as large a feature of one clip is as that of another."""
        return self.of(one, feature) / self.of(other, feature)

    def difference(self, one: str, other: str, feature: str) -> float:
        """Return by how much a feature of one clip exceeds that of another."""
        return self.of(one, feature) - self.of(other, feature)

    def moves(self, one: str, other: str) -> bool:
        """Whether two clips are put into different clusters."""
        return len({self.places["cluster"][one], self.places["cluster"][other]}) > 1

    def of(self, track: str, feature: str) -> float:
        """Return a feature of a clip."""
        return float(self.table.set_index("track").loc[track, feature])  # type: ignore[arg-type]


def make_music(dataset: Dataset, clusters: Clusters, config: Config) -> OwnMusic:
    """Write the clips as files, measure them, and find the nearest centre of each.

    Parameters
    ----------
    dataset : Dataset
        The songs.
    clusters : Clusters
        Their clusters.
    config : Config
        Its seed is that of the noise.

    Returns
    -------
    OwnMusic
    """
    import soundfile

    from analysis.sound.table import make_table
    from analysis.sound.workers import on_this_machine

    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder, "my music")
        for name, y in clips(config.seed).items():
            path = music / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, y, SAMPLE_RATE, subtype="FLOAT")
        (music / "notes.mp3").write_text("buy strings", encoding="utf-8")
        made = make_table(
            [music], Path(folder, "mine.csv"), work=lambda paths: on_this_machine(paths, 1)
        )
    return OwnMusic(made.table, made.failures, _places(made.table, dataset, clusters))


def clips(seed: int) -> dict[str, Floats]:
    """Return the clips by the names of their files, samples with full scale 1."""
    rng = generator(seed, Stream.OWN_MUSIC)
    time = np.arange(CLIP_SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    tune = 0.05 * _notes(time)
    return {
        "clicks/slow.wav": _clicks(SLOW, time, rng.uniform),
        "clicks/fast.wav": _clicks(FAST, time, rng.uniform),
        "tune/soft.wav": tune,
        "tune/loud.wav": GAIN * tune,
        "hiss.wav": rng.uniform(-0.3, 0.3, len(time)),
        "silence.wav": np.zeros(len(time)),
    }


def _clicks(bpm: float, time: Floats, uniform: Callable[..., Floats]) -> Floats:
    """Return a short stroke of noise on each beat."""
    y = np.zeros(len(time))
    fade = np.exp(-np.arange(2_000) / 400)
    for beat in np.arange(0, CLIP_SECONDS, 60 / bpm):
        start = round(beat * SAMPLE_RATE)
        stroke = uniform(-0.6, 0.6, len(fade)) * fade
        y[start : start + len(fade)] += stroke[: len(y) - start]
    return y


def _notes(time: Floats) -> Floats:
    """Return a broken chord of A minor, two notes a second, each with three overtones."""
    notes = np.array([220.0, 261.63, 329.63, 440.0])[(2 * time).astype(int) % 4]
    fade = np.exp(-3 * (time % 0.5))
    return np.asarray(
        fade * sum(np.sin(2 * np.pi * n * notes * (time % 0.5)) / n for n in range(1, 5))
    )


def _places(table: pd.DataFrame, dataset: Dataset, clusters: Clusters) -> pd.DataFrame:
    X = select(table, dataset.feature_set).looking_at(dataset.feature_names).X
    songs = dataset.X
    centers = clusters.centers.to_numpy(float)
    z = (X - songs.mean(axis=0)) / songs.std(axis=0)
    to_centers = np.linalg.norm(z[:, None] - centers, axis=2)
    found = nearest_cluster(to_centers, clusters.distances, clusters.labels)
    outside = (songs.min(axis=0) > X) | (songs.max(axis=0) < X)
    titles = [feature.title for feature in clusters.features]
    found["outside"] = [tuple(itertools.compress(titles, row)) for row in outside]
    return found.set_axis(pd.Index(table["track"], name="track"))
