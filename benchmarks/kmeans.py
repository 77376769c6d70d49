"""Time `LloydKMeans` against scikit-learn's `KMeans`, from the same start, in one run.

The ratio is what counts: both see the same rows, take the same number of iterations and use as many
threads as they choose. Runs alternate, so that a busy machine slows both; the fastest of each is
compared. Memory is what `fit` allocates at its peak beyond the rows themselves, beside the size
that a table of all distances would have.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from analysis.methods.kmeans.estimator import LloydKMeans
from benchmarks._measure import overlapping_blobs, peak_mebibytes, seconds

D, K, MAX_ITER = 5, 10, 20
SIZES = (1_000, 10_000, 100_000, 1_000_000)
REPEATS = {1_000: 40, 10_000: 30, 100_000: 12, 1_000_000: 5}


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table; with ``--at-most R``, fail if a ratio from 10,000 rows on is above R."""
    parser = argparse.ArgumentParser(prog="benchmarks.kmeans", description=main.__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--at-most", type=float, metavar="R")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore", ConvergenceWarning)

    print(f"LloydKMeans against scikit-learn's KMeans: d = {D}, k = {K}, the same start")
    print(
        f"{'n':>9} {'iterations':>10} {'ours':>10} {'sklearn':>10} {'ratio':>6} "
        f"{'same labels':>12} {'our peak':>10} {'8 n k d':>10}"
    )
    worst = 0.0
    for n_samples in options.sizes:
        X = overlapping_blobs(n_samples, D, K)
        common = {"init": X[:K].copy(), "n_init": 1, "max_iter": MAX_ITER, "tol": 0.0}
        ours = LloydKMeans(K, **common)
        theirs = KMeans(K, algorithm="lloyd", **common)
        times = [
            (seconds(lambda: ours.fit(X)), seconds(lambda: theirs.fit(X)))  # noqa: B023
            for _ in range(REPEATS.get(n_samples, 5))
        ]
        our_best, their_best = np.min(times, axis=0)
        ratio = our_best / their_best
        if n_samples >= 10_000:
            worst = max(worst, ratio)
        assert ours.n_iter_ == theirs.n_iter_
        agree = np.mean(ours.labels_ == theirs.labels_)
        peak = peak_mebibytes(lambda: ours.fit(X))  # noqa: B023
        print(
            f"{n_samples:>9,} {ours.n_iter_:>10} {our_best * 1e3:>7.1f} ms "
            f"{their_best * 1e3:>7.1f} ms {ratio:>6.2f} {agree:>12.2%} {peak:>6.1f} MiB "
            f"{8 * n_samples * K * D / 2**20:>6.1f} MiB",
            flush=True,
        )
    if options.at_most is not None and worst > options.at_most:
        sys.exit(f"The ratio is {worst:.2f} and should be at most {options.at_most:.2f}.")


if __name__ == "__main__":
    main()
