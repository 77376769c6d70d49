"""Measure what each step of the study costs, and how the cost grows; ``--write`` keeps it.

The chapter "Cost and scale" shows what was kept, in ``analysis/findings/comparison/cost.json``, so
that a render needs no stopwatch. Seconds are those of one thread of the processor, the least of
several runs, so that other work on the machine counts little; where the same machine has measured
before, the lesser are kept. Takes some minutes and 3 GB.

``--only partial`` measures one of the ways that may take the place of K-Means, with K-Means beside
it, and keeps the rest: its seconds are those that K-Means has in the file, times the ratio of the
two on the machine at hand.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sklearn.cluster import Birch, KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from analysis.files import write_atomically
from analysis.findings.comparison.cost import (
    BATCH,
    FEW_ROWS,
    FEW_ROWS_OF_PAIRS,
    FILE,
    SHORTCUT_ROWS,
    SUMMARY,
    D,
    K,
)
from analysis.methods.kmeans.coreset import lightweight_coreset
from analysis.methods.kmeans.steps import assign, wcss
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.songs.features import SAMPLE_RATE
from analysis.sound.decode import SECONDS, read_clip
from analysis.sound.measure import measure
from benchmarks._measure import overlapping_blobs

ROUNDS = 10
"""Rounds of one fit; what a fit does besides is shared out among them."""
LEAST, MOST = 1.0, 12
"""Runs go on until they have taken so many seconds together, or are so many."""
ROWS = tuple(round(10 ** (i / 2)) for i in range(4, 15))
"""Five decades."""
ROWS_OF_PAIRS = tuple(n for n in ROWS if n <= 40_000)
GROWN = tuple(round(2 ** (i / 2)) for i in range(4, 15))
"""From 4 to 128."""
CLIPS = (1, 3, 10, 30, 100, 300)
"""Seconds of audio."""
LIBRARIES = ("numpy", "scipy", "scikit-learn", "librosa", "soundfile")


def processor_seconds(action: Callable[[], object]) -> float:
    """Return the least processor time of several runs, in seconds."""
    times: list[float] = []
    while len(times) < 2 or (len(times) < MOST and sum(times) < LEAST):
        begin = time.process_time()
        action()
        times.append(time.process_time() - begin)
    return min(times)


def lloyd(X: np.ndarray, k: int) -> float:
    """Return the seconds of one round of scikit-learn's K-Means."""
    model = KMeans(k, init=X[:k].copy(), n_init=1, max_iter=ROUNDS, tol=0.0, algorithm="lloyd")
    return processor_seconds(lambda: model.fit(X)) / model.n_iter_


def em(X: np.ndarray, k: int) -> float:
    """Return the seconds of one round of EM with full covariances."""
    model = EMGaussianMixture(
        k,
        weights_init=np.full(k, 1 / k),
        means_init=X[:k].copy(),
        precisions_init=np.repeat(np.eye(X.shape[1])[None], k, axis=0),
        max_iter=ROUNDS,
        tol=0.0,
    )
    return processor_seconds(lambda: model.fit(X)) / model.n_iter_


def silhouette(X: np.ndarray, k: int) -> float:
    """Return the seconds of one mean silhouette."""
    labels = np.arange(len(X)) % k
    return processor_seconds(lambda: silhouette_score(X, labels))


def times() -> Iterator[dict[str, object]]:
    """Yield the seconds of each step at each size."""
    for step, sizes in ((lloyd, ROWS), (em, ROWS), (silhouette, ROWS_OF_PAIRS)):
        for n in sizes:
            yield _one(step, "n", n, n, K, D)
    for step in (lloyd, em):
        for k in GROWN:
            yield _one(step, "k", k, FEW_ROWS, k, D)
        for d in GROWN:
            yield _one(step, "d", d, FEW_ROWS, K, d)
    for d in GROWN:
        yield _one(silhouette, "d", d, FEW_ROWS_OF_PAIRS, K, d)
    for length in CLIPS:
        y = _sound(length).astype(np.float32)
        taken = processor_seconds(lambda: measure(y))  # noqa: B023
        yield {"step": "features", "grows": "seconds", "size": length, "seconds": taken}


def _one(
    step: Callable[[np.ndarray, int], float], grows: str, size: int, n: int, k: int, d: int
) -> dict[str, object]:
    taken = step(overlapping_blobs(n, d, k), k)
    return {"step": step.__name__, "grows": grows, "size": size, "seconds": taken}


def _sound(seconds: float, rate: int = SAMPLE_RATE) -> np.ndarray:
    """Return noise under a beat, so that every step has something to find."""
    at = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(0).standard_normal(len(at))
    return 0.05 * (1 + np.cos(4 * np.pi * at)) * noise + 0.2 * np.sin(2 * np.pi * 220 * at)


def decoding() -> float:
    """Return the seconds that the first half minute of an MP3 file takes to be read."""
    stereo = np.repeat(_sound(SECONDS + 5, 44_100)[:, None], 2, axis=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp3")
        soundfile.write(path, stereo, 44_100)
        return processor_seconds(lambda: read_clip(path))


def shortcuts(only: str | None = None) -> Iterator[dict[str, object]]:
    """Yield the seconds and the objective of K-Means, and of what may take its place."""
    X = overlapping_blobs(SHORTCUT_ROWS, D, K)

    def of_coreset() -> np.ndarray:
        rows, weights = lightweight_coreset(X, SUMMARY, np.random.default_rng(0))
        return _kmeans().fit(X[rows], sample_weight=weights).cluster_centers_

    def of_birch() -> np.ndarray:
        summary = Birch(threshold=1.5, n_clusters=None).fit(X)
        weights = np.bincount(summary.labels_, minlength=len(summary.subcluster_centers_))
        return _kmeans().fit(summary.subcluster_centers_, sample_weight=weights).cluster_centers_

    def of_sample() -> np.ndarray:
        rows = np.random.default_rng(0).choice(len(X), SUMMARY, replace=False)
        return _kmeans().fit(X[rows]).cluster_centers_

    def of_stream() -> np.ndarray:
        model = MiniBatchKMeans(K, n_init=3, random_state=0)
        for start in range(0, len(X), BATCH):
            model.partial_fit(X[start : start + BATCH])
        return model.cluster_centers_

    ways: dict[str, Callable[[], np.ndarray]] = {
        "kmeans": lambda: _kmeans().fit(X).cluster_centers_,
        "minibatch": lambda: (
            MiniBatchKMeans(K, n_init=3, max_iter=1, random_state=0).fit(X).cluster_centers_
        ),
        "partial": of_stream,
        "sample": of_sample,
        "coreset": of_coreset,
        "birch": of_birch,
    }
    for way, find in ways.items():
        if only not in (None, way) and way != "kmeans":
            continue
        centers: list[np.ndarray] = []
        taken = processor_seconds(lambda: centers.append(find()))  # noqa: B023
        yield {"way": way, "seconds": taken, "wcss": wcss(X, centers[0], assign(X, centers[0]))}


def _kmeans() -> KMeans:
    return KMeans(K, n_init=3, random_state=0)


def machine() -> dict[str, object]:
    """Describe the machine by its kind."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        name = named[0] if named else name
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "system": f"{sys.platform}-{platform.machine()}",
        "python": platform.python_version(),
        "libraries": {library: version(library) for library in LIBRARIES},
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Print each measurement; with ``--write``, keep them for the chapter."""
    parser = argparse.ArgumentParser(prog="benchmarks.cost", description=main.__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", metavar="WAY", help="measure this shortcut and K-Means alone")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore", ConvergenceWarning)
    if options.only:
        found = _with_one(json.loads(FILE.read_bytes()), options.only)
    else:
        found = _least(_measure_all())
    if options.write:
        write_atomically(FILE, (json.dumps(found, indent=1) + "\n").encode())


def _measure_all() -> dict[str, Any]:
    found: dict[str, Any] = {"machine": machine()}
    with threadpool_limits(1):
        found["times"], found["shortcuts"] = [], []
        for row in times():
            found["times"].append(_short(row))
            print(*found["times"][-1].values(), flush=True)
        found["decoding"] = _short({"seconds": decoding()})["seconds"]
        print("decoding", found["decoding"], flush=True)
        for row in shortcuts():
            found["shortcuts"].append(_short(row))
            print(*found["shortcuts"][-1].values(), flush=True)
    return found


def _with_one(kept: dict[str, Any], way: str) -> dict[str, Any]:
    """Return the kept measurements with those of one shortcut, on the scale of K-Means there."""
    with threadpool_limits(1):
        rows = {str(row["way"]): row for row in shortcuts(way)}
    print(*(_short(row) for row in rows.values()), sep="\n", flush=True)
    others = {row["way"]: row for row in kept["shortcuts"]}
    ratio = float(str(rows[way]["seconds"])) / float(str(rows["kmeans"]["seconds"]))
    row = _short(rows[way] | {"seconds": ratio * others["kmeans"]["seconds"]})
    return kept | {"shortcuts": list((others | {way: row}).values())}


def _least(found: dict[str, Any]) -> dict[str, Any]:
    """Return the lesser seconds where this machine has measured the same before."""
    kept = json.loads(FILE.read_bytes()) if FILE.is_file() else {}
    if kept.get("machine") != found["machine"]:
        return found
    for part in ("times", "shortcuts"):
        before = {_key(row): row["seconds"] for row in kept[part]}
        for row in found[part]:
            row["seconds"] = min(row["seconds"], before.get(_key(row), row["seconds"]))
    return found | {"decoding": min(found["decoding"], kept["decoding"])}


def _key(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(row.get(name) for name in ("step", "grows", "size", "way"))


def _short(row: dict[str, object]) -> dict[str, object]:
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in row.items()
    }


if __name__ == "__main__":
    main()
