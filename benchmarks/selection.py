"""Time the book's sweep over k against the same calls in plain scikit-learn, in one run.

The sweep is that of the chapter on choosing k: every k of the study, its starts, all three internal
indices, on the committed table.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from analysis.config import load_config
from analysis.methods.selection import sweep
from analysis.songs.table import Floats, load_dataset, standardise

ROOT = Path(__file__).parents[1]


def plain_sweep(X: Floats, k_values: Sequence[int], n_init: int, max_iter: int, seed: int) -> None:
    """Make the calls that a notebook would make."""
    for k in k_values:
        labels = KMeans(k, n_init=n_init, max_iter=max_iter, random_state=seed).fit_predict(X)
        silhouette_score(X, labels)
        davies_bouldin_score(X, labels)
        calinski_harabasz_score(X, labels)


def main(argv: Sequence[str] | None = None) -> None:
    """Print both times and their ratio; with ``--at-most R``, fail if it is above R."""
    parser = argparse.ArgumentParser(prog="benchmarks.selection", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=2, metavar="N")
    parser.add_argument("--at-most", type=float, metavar="R")
    options = parser.parse_args(argv)

    config = load_config(ROOT / "study.toml")
    X = standardise(load_dataset(ROOT / config.data_file).X).X
    ks = range(config.k_min, config.k_max + 1)
    ours, plain = [], []
    for _ in range(options.repeats):
        start = time.perf_counter()
        sweep(X, ks, n_init=config.n_init, max_iter=config.max_iter, seed=config.seed)
        middle = time.perf_counter()
        plain_sweep(X, ks, config.n_init, config.max_iter, config.seed)
        ours.append(middle - start)
        plain.append(time.perf_counter() - middle)
    ratio = min(ours) / min(plain)
    print(
        f"Sweep over k = {ks[0]} to {ks[-1]}, {config.n_init} starts, {len(X):,} rows: "
        f"ours {min(ours):.1f} s, plain scikit-learn {min(plain):.1f} s, ratio {ratio:.2f}"
    )
    if options.at_most is not None and ratio > options.at_most:
        sys.exit(f"The ratio is {ratio:.2f} and should be at most {options.at_most:.2f}.")


if __name__ == "__main__":
    main()
