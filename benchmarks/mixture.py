"""Time `EMGaussianMixture` against scikit-learn's `GaussianMixture`, same start, in one run.

The ratio is what counts: both see the same rows, take the same number of iterations and use as many
threads as they choose. Runs alternate, so that a busy machine slows both; the fastest of each is
compared. Memory is what `fit` allocates at its peak beyond the rows themselves, beside the size
that a table of all responsibilities would have.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import COVARIANCE_TYPES
from benchmarks._measure import overlapping_blobs, peak_mebibytes, seconds

D, K, MAX_ITER = 5, 10, 5
SIZES = (1_000, 10_000, 100_000, 1_000_000)
REPEATS = {1_000: 20, 10_000: 10, 100_000: 3, 1_000_000: 1}


def start(X: np.ndarray, covariance_type: str) -> dict[str, object]:
    """Give the arguments that make both begin alike, at rows and with unit covariances."""
    precisions = {
        "full": np.repeat(np.eye(D)[None], K, axis=0),
        "tied": np.eye(D),
        "diag": np.ones((K, D)),
        "spherical": np.ones(K),
    }[covariance_type]
    return {
        "covariance_type": covariance_type,
        "weights_init": np.full(K, 1 / K),
        "means_init": X[:K].copy(),
        "precisions_init": precisions,
        "max_iter": MAX_ITER,
        "tol": 0.0,
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table; with ``--at-most R``, fail if a ratio from 10,000 rows on is above R."""
    parser = argparse.ArgumentParser(prog="benchmarks.mixture", description=main.__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--covariance-type", default="full", choices=COVARIANCE_TYPES)
    parser.add_argument("--at-most", type=float, metavar="R")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore", ConvergenceWarning)

    print(
        "EMGaussianMixture against scikit-learn's GaussianMixture: "
        f"d = {D}, K = {K}, {options.covariance_type} covariance, the same start"
    )
    print(
        f"{'n':>9} {'iterations':>10} {'ours':>11} {'sklearn':>11} {'ratio':>6} "
        f"{'furthest apart':>15} {'our peak':>10} {'8 n K':>10}"
    )
    worst = 0.0
    for n_samples in options.sizes:
        X = overlapping_blobs(n_samples, D, K)
        common = start(X, options.covariance_type)
        ours, theirs = EMGaussianMixture(K, **common), GaussianMixture(K, **common)
        times = [
            (seconds(lambda: ours.fit(X)), seconds(lambda: theirs.fit(X)))  # noqa: B023
            for _ in range(REPEATS.get(n_samples, 4))
        ]
        our_best, their_best = np.min(times, axis=0)
        ratio = our_best / their_best
        if n_samples >= 10_000:
            worst = max(worst, ratio)
        assert ours.n_iter_ == theirs.n_iter_
        apart = max(
            float(np.abs(getattr(ours, name) - getattr(theirs, name)).max())
            for name in ("weights_", "means_", "covariances_", "lower_bound_")
        )
        peak = peak_mebibytes(lambda: ours.fit(X))  # noqa: B023
        print(
            f"{n_samples:>9,} {ours.n_iter_:>10} {our_best * 1e3:>8.1f} ms "
            f"{their_best * 1e3:>8.1f} ms {ratio:>6.2f} {apart:>15.1e} {peak:>6.1f} MiB "
            f"{8 * n_samples * K / 2**20:>6.1f} MiB",
            flush=True,
        )
    if options.at_most is not None and worst > options.at_most:
        sys.exit(f"The ratio is {worst:.2f} and should be at most {options.at_most:.2f}.")


if __name__ == "__main__":
    main()
