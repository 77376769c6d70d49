"""The first half minute of a file as samples: one channel, 22,050 a second.

libsndfile reads wav, au, flac, ogg, mp3 and more, whatever the file is called. What it does not
know, m4a above all, is left to a decoder of the system, if audioread finds one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SoundError
from analysis.songs.features import SAMPLE_RATE
from analysis.songs.table import SILENCE_DBFS

Samples = NDArray[np.float32]

SECONDS = 30
"""How much of a file is measured, from its beginning."""
SHORTEST = 1
"""Seconds; in less there is no tempo."""
RATES = (4_000, 768_000)
"""Samples a second that a file may claim, both included; the others are damage."""

_BLOCK = 65_536
_BY_THE_SYSTEM = frozenset({".m4a", ".mp4", ".aac", ".wma", ".3gp"})


def read_clip(path: Path) -> Samples:
    """Return the samples that are measured.

    Parameters
    ----------
    path : Path
        No more of the file is decoded than its first 30 seconds.

    Returns
    -------
    ndarray, float32
        Full scale = 1.

    Raises
    ------
    SoundError
        If the file is empty, not audio, damaged, shorter than a second or silent.
    OSError
        If it cannot be read.
    """
    import librosa

    if not path.stat().st_size:
        raise SoundError("it is empty")
    by_the_system = path.suffix.lower() in _BY_THE_SYSTEM
    mono, rate = (_with_audioread if by_the_system else _with_libsndfile)(path)
    y = librosa.resample(
        mono, orig_sr=rate, target_sr=SAMPLE_RATE, res_type="soxr_hq", fix=True, scale=False
    )
    return np.asarray(y[: SECONDS * SAMPLE_RATE], dtype=np.float32)


def _with_libsndfile(path: Path) -> tuple[Samples, int]:
    import soundfile

    if path.suffix.lower() == ".raw":
        raise SoundError("it is raw samples, which do not say their rate")
    try:
        with path.open("rb") as file, soundfile.SoundFile(file) as sound:
            rate = _checked(sound.samplerate)
            wanted = min(SECONDS * rate, sound.frames)
            blocks = sound.blocks(_BLOCK, frames=wanted, dtype="float32", always_2d=True)
            mono = _mix(blocks, rate)
    except soundfile.LibsndfileError as error:
        said = error.error_string.strip().rstrip(".")
        what = "it is not audio" if "unknown format" in said or "not recognised" in said else ""
        raise SoundError(f"{what or 'it is damaged'} ({said})") from None
    if len(mono) < wanted:
        raise SoundError(
            f"it is damaged: it ends after {len(mono) / rate:.1f} of {wanted / rate:.1f} seconds"
        )
    return mono, rate


def _with_audioread(path: Path) -> tuple[Samples, int]:
    import audioread

    try:
        with audioread.audio_open(str(path.resolve())) as sound:
            rate, channels = _checked(sound.samplerate), sound.channels

            def blocks() -> Iterator[Samples]:
                left = SECONDS * rate
                for data in sound:
                    block = np.frombuffer(data, dtype="<i2").reshape(-1, channels)[:left]
                    yield block.astype(np.float32) / np.float32(32_768)
                    left -= len(block)
                    if left <= 0:
                        return

            return _mix(blocks(), rate), rate
    except audioread.NoBackendError:
        raise SoundError(
            "it is not audio, or needs a decoder that is not there; install ffmpeg, or convert it"
        ) from None
    except audioread.DecodeError as error:
        raise SoundError(f"it is damaged ({type(error).__name__})") from None


def _checked(rate: int) -> int:
    if not RATES[0] <= rate <= RATES[1]:
        raise SoundError(
            f"it claims {rate:,} samples a second; that should be {RATES[0]:,} to {RATES[1]:,}"
        )
    return rate


def _mix(blocks: Iterator[Samples], rate: int) -> Samples:
    """Return the mean of the channels, checked to hold sound."""
    parts: list[Samples] = []
    peak = 0.0
    for block in blocks:
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        parts.append(block.mean(axis=1))
    mono = np.concatenate(parts) if parts else np.empty(0, np.float32)
    if not np.isfinite(peak) or not np.isfinite(mono).all():
        raise SoundError("it is damaged: a sample is not a finite number")
    if len(mono) < SHORTEST * rate:
        raise SoundError(
            f"it is too short: {len(mono) / rate:.2f} seconds; it should have at least {SHORTEST}"
        )
    if np.mean(np.square(mono, dtype=np.float64)) <= 10 ** (SILENCE_DBFS / 10):
        cancel = peak**2 > 10 ** (SILENCE_DBFS / 10)
        raise SoundError("it is silent" + cancel * " in mono: its channels cancel each other out")
    return mono
