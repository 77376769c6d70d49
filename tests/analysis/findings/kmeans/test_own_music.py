"""The clips that the study makes itself: what is in them, and where songs like them belong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose

from analysis.book import Book
from analysis.findings.kmeans import own_music
from analysis.songs.features import SAMPLE_RATE
from analysis.sound import table as sound_table
from analysis.sound.table import SoundTable


def test_the_clips_are_what_the_chapter_says() -> None:
    clips = own_music.clips(42)
    assert {len(y) for y in clips.values()} == {own_music.CLIP_SECONDS * SAMPLE_RATE}
    assert max(np.abs(y).max() for y in clips.values()) < 1
    assert_allclose(clips["tune/loud.wav"], own_music.GAIN * clips["tune/soft.wav"])
    assert not clips["silence.wav"].any()
    for name, bpm in (("slow", own_music.SLOW), ("fast", own_music.FAST)):
        loud = np.flatnonzero(clips[f"clicks/{name}.wav"])
        starts = loud[np.diff(loud, prepend=-SAMPLE_RATE) > 1_000]
        assert len(starts) == own_music.CLIP_SECONDS * bpm / 60
        assert_allclose(np.diff(starts), 60 / bpm * SAMPLE_RATE, atol=1)
    assert_allclose(own_music.clips(42)["hiss.wav"], clips["hiss.wav"])


def test_songs_of_the_study_are_put_where_the_study_has_them(
    gtzan: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = gtzan.dataset.frame.iloc[[3, 500, 999]].reset_index(drop=True)
    songs.loc[2, ["track", "tempo"]] = ["mine", 2_000.0]
    written: list[str] = []

    def made_up(sources: Sequence[Path], output: Path, **options: object) -> SoundTable:
        (music,) = sources
        for path in sorted(music.rglob("*.*")):
            written.append(path.relative_to(music).as_posix())
            if path.suffix == ".wav":
                assert soundfile.info(path).samplerate == SAMPLE_RATE
        return SoundTable(songs, {"notes.mp3": "it is not audio"})

    monkeypatch.setattr(sound_table, "make_table", made_up)
    mine = own_music.make_music(gtzan.dataset, gtzan.kmeans, gtzan.config)
    assert sorted(written) == sorted([*own_music.clips(0), "notes.mp3"])
    assert mine.n_files == 4
    for track, row in zip(songs["track"][:2], (3, 500), strict=True):
        found = mine.places.loc[track]
        assert found["cluster"] == gtzan.kmeans.labels[row]
        assert found["distance"] == pytest.approx(gtzan.kmeans.distances[row])
        of = gtzan.kmeans.distances[gtzan.kmeans.labels == found["cluster"]]
        assert found["farther"] == pytest.approx((of > found["distance"]).mean(), abs=1 / len(of))
    assert mine.places["outside"].tolist() == [(), (), ("Tempo",)]
    assert mine.n_outside == 1
    assert mine.of("mine", "tempo") == 2_000
    one, other = songs["track"][:2]
    assert mine.ratio(one, other, "tempo") == songs["tempo"][0] / songs["tempo"][1]
    assert mine.difference(one, other, "energy") == songs["energy"][0] - songs["energy"][1]
    apart = gtzan.kmeans.labels[3] != gtzan.kmeans.labels[500]
    assert mine.moves(one, other) == apart
