"""Lloyd's algorithm over chunks of rows and with threads.

The steps of `analysis.methods.kmeans.steps`, so that a million rows cost what they cost in compiled
code. The tests hold the two to each other.
"""

from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from analysis.methods.kmeans.steps import Floats, Labels, _chunks, _half_norms, _means, refill
from analysis.methods.threads import blas, n_blas_threads


@dataclass(frozen=True, eq=False)
class LloydHistory:
    """What each iteration of the best start did; all arrays have shape (n_iter,).

    Attributes
    ----------
    inertia_assigned : ndarray
        J after the assignment step. Computed from sums, to about 1e-15 of the total sum of
        squares; `lloyd_steps` gives it to rounding.
    inertia_updated : ndarray
        J after the update step.
    center_shift : ndarray
        Root of the summed squared moves of the centres. The run stops when its square is at most
        ``tol`` times the mean variance of the features.
    labels_changed : ndarray of int
        Rows that changed cluster; all of them in the first iteration.
    """

    inertia_assigned: Floats
    inertia_updated: Floats
    center_shift: Floats
    labels_changed: NDArray[np.int64]

    def __len__(self) -> int:
        """Give the number of iterations."""
        return len(self.center_shift)


MIN_CHUNKS_PER_THREAD = 3
"""With fewer, handing work to a thread costs more than it saves."""


@dataclass(frozen=True, eq=False)
class _LloydRun:
    """One start, run to its end; centres are relative to the mean of the data."""

    start: Floats
    centers: Floats
    labels: Labels
    inertia: float
    history: LloydHistory


class _Lloyd:
    """Lloyd's algorithm on one data set, over chunks of rows and with threads.

    The rows stand as columns of `table`, centred, with a last row of ones: one matrix product then
    gives the scores ``|c|^2 / 2 - x.c`` of a chunk, and the sums of a cluster end with its size.
    Chunks and the order of all sums depend on the shape of the data only, so the result does not
    depend on the number of threads.
    """

    def __init__(self, X: Floats, mean: Floats, weight: Floats | None, n_clusters: int) -> None:
        n_samples, n_features = X.shape
        self.table = np.empty((n_features + 1, n_samples))
        np.subtract(X.T, mean[:, None], out=self.table[:-1])
        self.table[-1] = 1
        self.weight = weight
        self.weighted = self.table if weight is None else self.table * weight
        rows = self.table[:-1]
        self.total = float(np.einsum("ij,ij->", self.weighted[:-1], rows))
        self.mean_variance = float(np.einsum("ij,ij->", rows, rows)) / rows.size
        self.n_clusters = n_clusters
        self.chunks = _chunks(n_samples, n_clusters)
        self.resources = ExitStack()

    def __enter__(self) -> Self:
        """Take threads; each product inside them is small and runs on one."""
        libraries = blas()
        n_threads = min(n_blas_threads(libraries), len(self.chunks) // MIN_CHUNKS_PER_THREAD)
        self.resources.enter_context(libraries.limit(limits=1, user_api="blas"))
        self.pool: Executor | None = None
        if n_threads > 1:
            self.pool = self.resources.enter_context(ThreadPoolExecutor(n_threads - 1))
        size = max(chunk.stop - chunk.start for chunk in self.chunks)
        self.scratch = [_Scratch(self.n_clusters, size) for _ in range(max(n_threads, 1))]
        return self

    def __exit__(self, *error: object) -> None:
        """Give the threads back."""
        self.resources.close()

    def run(self, start: Floats, max_iter: int, threshold: float) -> _LloydRun:
        """Alternate the two steps until nothing changes, or the squared shift is small."""
        centers = start
        labels = np.full(self.table.shape[1], -1, dtype=np.int32)
        sums = np.zeros((self.n_clusters, len(self.table)))
        trace: list[tuple[float, float, float, int]] = []
        shift = np.inf
        for _ in range(max_iter):
            previous = labels.copy()
            assigned = self._assign(centers, labels)
            moved = np.flatnonzero(labels != previous)
            sums = self._sum(sums, previous, labels, moved)
            means, updated = self._update(sums, centers, labels)
            shift = float(np.linalg.norm(means - centers))
            trace.append((assigned, updated, shift, len(moved)))
            centers = means
            # A refilled cluster moves its centre although no row has changed its label.
            if not shift or shift**2 <= threshold:
                break
        if shift:
            self._assign(centers, labels)
        history = LloydHistory(*(np.array(column) for column in zip(*trace, strict=True)))
        return _LloydRun(start, centers, labels, self._wcss(centers, labels), history)

    def _assign(self, centers: Floats, labels: Labels) -> float:
        """Write the label of every row; give J (eq-assign, eq-wcss)."""
        scorer = np.column_stack([-centers, _half_norms(centers)])
        lowest = np.zeros(len(self.chunks))
        waiting = iter(range(len(self.chunks)))

        def work(scratch: _Scratch) -> None:
            for chunk in waiting:
                rows = self.chunks[chunk]
                part = scratch.sized(rows)
                part.assign(scorer, self.table[:, rows], labels[rows])
                if self.weight is not None:
                    part.lowest *= self.weight[rows]
                lowest[chunk] = part.lowest.sum()

        helpers = [self.pool.submit(work, s) for s in self.scratch[1:]] if self.pool else []
        work(self.scratch[0])
        for helper in helpers:
            helper.result()
        return max(self.total + 2 * float(lowest.sum()), 0.0)

    def _sum(
        self, sums: Floats, previous: Labels, labels: Labels, moved: NDArray[np.intp]
    ) -> Floats:
        """Sum the rows of each cluster, shape (n_clusters, n_features + 1).

        When few rows have moved, the old sums are corrected for those. Not with weights: taking
        a cluster's last weight away must leave zero, which only whole numbers promise.
        """
        spread = self.pool.map if self.pool else map
        if self.weight is None and 4 * len(moved) < len(labels):
            came, left = labels[moved].astype(np.intp), previous[moved].astype(np.intp)

            def correction(column: Floats) -> Floats:
                values = column[moved]
                gain = np.bincount(came, values, self.n_clusters)
                loss = np.bincount(left, values, self.n_clusters)
                return np.asarray(gain - loss, dtype=np.float64)

            return sums + np.column_stack(list(spread(correction, self.table)))
        index = labels.astype(np.intp)
        columns = spread(lambda column: np.bincount(index, column, self.n_clusters), self.weighted)
        return np.column_stack(list(columns))

    def _update(self, sums: Floats, centers: Floats, labels: Labels) -> tuple[Floats, float]:
        """Give the means of the clusters and J (eq-mean)."""
        if not sums[:, -1].all():
            sums = sums.copy()
            refilled = refill(self.table[:-1].T, labels, centers, self.weight)
            for row in np.flatnonzero(refilled != labels):
                sums[labels[row]] -= self.weighted[:, row]
                sums[refilled[row]] += self.weighted[:, row]
        means = _means(sums[:, :-1], sums[:, -1])
        between = float(sums[:, -1] @ np.square(means).sum(axis=1))
        return means, max(self.total - between, 0.0)  # eq-decomposition

    def _wcss(self, centers: Floats, labels: Labels) -> float:
        """Sum J chunk by chunk, from differences."""
        inertia = 0.0
        for rows in self.chunks:
            gaps = self.table[:-1, rows] - centers.T.take(labels[rows], axis=1)
            weighted = gaps if self.weight is None else gaps * self.weight[rows]
            inertia += float(np.vdot(weighted, gaps))
        return inertia


class _Scratch:
    """One thread's buffers for a chunk of m rows."""

    def __init__(self, n_clusters: int, size: int) -> None:
        # What a cluster bids for a row it is nearest to; in a tie the lowest index bids most.
        self.bid = np.arange(n_clusters, 0, -1, dtype=np.min_scalar_type(n_clusters))[:, None]
        self.scores = np.empty((n_clusters, size))
        self.lowest = np.empty(size)  # the score of the nearest centre
        self.nearest = np.empty((n_clusters, size), dtype=np.bool_)
        self.bids = np.empty((n_clusters, size), dtype=self.bid.dtype)
        self.highest = np.empty(size, dtype=self.bid.dtype)

    def sized(self, rows: slice) -> "_Scratch":
        """Give buffers of the chunk's length; all chunks but the last have the same."""
        size = rows.stop - rows.start
        return self if size == len(self.lowest) else _Scratch(len(self.bid), size)

    def assign(self, scorer: Floats, table: Floats, labels: Labels) -> None:
        """Write the label of each row's nearest centre: the one with the lowest score.

        The same as `assign`, several times faster than NumPy's argmin over so short an axis.
        """
        np.matmul(scorer, table, out=self.scores)
        self.scores.min(axis=0, out=self.lowest)
        np.equal(self.scores, self.lowest, out=self.nearest)
        np.multiply(self.nearest.view(np.uint8), self.bid, out=self.bids)
        self.bids.max(axis=0, out=self.highest)
        np.subtract(len(self.bid), self.highest, out=labels, casting="unsafe")
