"""What is measured of a clip, and the five features that follow from it.

All options of librosa are named, so that another default in another version changes nothing.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import numpy as np

from analysis.errors import SoundError
from analysis.songs import features
from analysis.songs.features import HOP_LENGTH, SAMPLE_RATE
from analysis.songs.table import FEATURES
from analysis.sound.decode import Samples, read_clip

FRAME_LENGTH = 2_048
"""Samples in a frame (librosa's default)."""
LIBRARIES = ("librosa", "soundfile", "soxr", "numpy", "scipy")
"""The libraries that decide the numbers."""

Measures = dict[str, float]


def measure(y: Samples) -> Measures:
    """Measure a clip.

    Parameters
    ----------
    y : ndarray, float32
        Samples, 22,050 a second, full scale = 1.

    Returns
    -------
    dict
        ``tempo`` in BPM (def-tempo), ``rms_mean`` (eq-energy), ``power``
        (def-loudness), ``spectral_centroid_mean`` in Hz (eq-centroid), ``zero_crossing_rate_mean``
        (eq-zcr), and mean square and mean absolute value of the harmonic component
        (def-harmonic), ``harmony_power`` and ``harmony_absolute``.
    """
    import librosa

    framed: dict[str, Any] = {
        "frame_length": FRAME_LENGTH,
        "hop_length": HOP_LENGTH,
        "center": True,
    }
    transformed: dict[str, Any] = {
        "n_fft": FRAME_LENGTH,
        "hop_length": HOP_LENGTH,
        "win_length": FRAME_LENGTH,
        "window": "hann",
        "center": True,
        "pad_mode": "constant",
    }
    rms = librosa.feature.rms(y=y, pad_mode="constant", **framed)
    rate = librosa.feature.zero_crossing_rate(y, threshold=1e-10, zero_pos=True, **framed)
    centroid = librosa.feature.spectral_centroid(y=y, sr=SAMPLE_RATE, **transformed)
    harmonic = librosa.effects.harmonic(
        y, kernel_size=31, power=2.0, mask=False, margin=1.0, **transformed
    ).astype(np.float64)
    return {
        "tempo": _tempo(y),
        "rms_mean": float(rms.mean(dtype=np.float64)),
        "power": float(np.mean(np.square(y, dtype=np.float64))),
        "spectral_centroid_mean": float(centroid.mean(dtype=np.float64)),
        "zero_crossing_rate_mean": float(rate.mean(dtype=np.float64)),
        "harmony_power": float(np.mean(np.square(harmonic))),
        "harmony_absolute": float(np.mean(np.abs(harmonic))),
    }


def _tempo(y: Samples) -> float:
    """Return the tempo that librosa's beat tracker finds before it looks for the beats.

    Where nothing begins, it is the one that is preferred.
    """
    import librosa

    onsets = librosa.onset.onset_strength(
        y=y,
        sr=SAMPLE_RATE,
        n_fft=FRAME_LENGTH,
        hop_length=HOP_LENGTH,
        n_mels=128,
        fmax=SAMPLE_RATE / 2,
        lag=1,
        max_size=1,
        detrend=False,
        center=True,
        aggregate=np.median,
    )
    (tempo,) = librosa.feature.tempo(
        onset_envelope=onsets,
        sr=SAMPLE_RATE,
        hop_length=HOP_LENGTH,
        start_bpm=120.0,
        std_bpm=1.0,
        ac_size=8.0,
        max_tempo=320.0,
        aggregate=np.mean,
    )
    return float(tempo)


def features_of(measures: Measures, *, as_published: bool = False) -> dict[str, float]:
    """Return the five features.

    Parameters
    ----------
    measures : dict
        From :func:`measure`.
    as_published : bool
        As the source notebooks have them: valence from the mean absolute value of the harmonic
        component in place of its root mean square, and loudness a copy of energy.

    Returns
    -------
    dict, name -> value
        In the order of the table.
    """
    m = measures
    energy = features.energy(m["rms_mean"])
    # A mean square enters the formulas as a variance around 0, a mean as one without variance.
    harmony = (m["harmony_absolute"], 0.0) if as_published else (0.0, m["harmony_power"])
    loudness = energy if as_published else features.loudness(0.0, m["power"])
    values = (
        m["tempo"],
        energy,
        loudness,
        features.valence(m["spectral_centroid_mean"], *harmony),
        features.danceability(m["tempo"], m["zero_crossing_rate_mean"]),
    )
    return {f.name: float(np.asarray(v)) for f, v in zip(FEATURES, values, strict=True)}


def measure_file(path: str) -> Measures | str:
    """Measure a file of audio; return why it cannot be, in a few words, if it cannot.

    Whatever is wrong with one file is no reason to stop the others.
    """
    from threadpoolctl import threadpool_limits

    try:
        with threadpool_limits(1):
            measures = measure(read_clip(Path(path)))
        return _against(measures) or measures
    except SoundError as error:
        return str(error)
    except OSError as error:
        return f"it cannot be read ({error.strerror or type(error).__name__})"
    except Exception as error:
        return f"it cannot be measured ({type(error).__name__})"


def software() -> dict[str, str]:
    """Return the versions of what decides the numbers.

    Raises
    ------
    SoundError
        If one of the libraries is not installed.
    """
    try:
        return {name: importlib.metadata.version(name) for name in LIBRARIES}
    except importlib.metadata.PackageNotFoundError as error:
        raise SoundError(
            f"{error.name} is not installed, which reads and measures audio; "
            "`pip install .[audio]` in the project installs it."
        ) from None


def _against(measures: Measures) -> str:
    """Return which of a clip's features no table may hold."""
    found = features_of(measures)
    for feature in FEATURES:
        if not feature.low <= found[feature.name] <= feature.high:
            return (
                f"its {feature.name} is {found[feature.name]:g}; it should lie between "
                f"{feature.low:g} and {feature.high:g}, because {feature.reason}"
            )
    return ""
