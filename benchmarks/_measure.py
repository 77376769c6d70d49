"""What the benchmarks share: rows to work on, a stopwatch, a gauge of memory."""

import time
import tracemalloc
from collections.abc import Callable

import numpy as np


def overlapping_blobs(n_samples: int, n_features: int, n_blobs: int) -> np.ndarray:
    """Draw rows that keep a clustering busy for many iterations, (n_samples, n_features)."""
    rng = np.random.default_rng(0)
    centers = rng.normal(scale=1.5, size=(n_blobs, n_features))
    noise = (n_samples, n_features)
    return centers[rng.integers(n_blobs, size=n_samples)] + rng.normal(size=noise)


def seconds(action: Callable[[], object]) -> float:
    """Time one call, in seconds."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def peak_mebibytes(action: Callable[[], object]) -> float:
    """Measure what one call allocates at its peak, in MiB."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
