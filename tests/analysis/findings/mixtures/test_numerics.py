"""analysis.findings.mixtures.numerics: what underflows, and what a round costs."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, strategies as st

from analysis.book import Book
from analysis.findings.mixtures.numerics import LARGEST, SMALLEST, multiplications
from analysis.methods.mixture.model import COVARIANCE_TYPES, n_parameters
from analysis.songs.table import z_scores


def test_the_numbers_that_a_computer_knows() -> None:
    assert SMALLEST > 0
    assert SMALLEST / 2 == 0
    assert math.isinf(LARGEST * 2)


def test_underflow_on_the_songs(gtzan: Book) -> None:
    found, mixture = gtzan.em_underflow, gtzan.mixture
    X = z_scores(gtzan.dataset.X)
    i = list(mixture.tracks).index(found.track)
    deviation = X[i] - mixture.centers.to_numpy()[found.component]
    covariance = mixture.covariances[found.component]
    _, log_det = np.linalg.slogdet(2 * np.pi * covariance)
    square = deviation @ np.linalg.solve(covariance, deviation)
    assert found.lowest == pytest.approx(-0.5 * (log_det + square), rel=1e-9)
    assert found.n_pairs == 10_000
    assert 0 < found.n_zero < found.n_pairs
    assert found.zero_share == found.n_zero / found.n_pairs
    assert found.product == 0
    assert 10**found.product_decimal == 0


def test_a_product_can_overflow_too(gtzan: Book) -> None:
    assert math.isinf(gtzan.as_published.em_underflow.product)


# --- the costs, counted on the way ------------------------------------------------------------


class Counted(float):
    """A number that counts how often it is multiplied or divided."""

    n = 0

    def __mul__(self, other: float) -> Counted:
        Counted.n += 1
        return Counted(float(self) * float(other))

    def __truediv__(self, other: float) -> Counted:
        Counted.n += 1
        return Counted(float(self) / float(other))

    def __add__(self, other: float) -> Counted:
        return Counted(float(self) + float(other))

    def __sub__(self, other: float) -> Counted:
        return Counted(float(self) - float(other))


def cholesky(matrix: list[list[Counted]]) -> list[list[Counted]]:
    d = len(matrix)
    L = [[Counted(0)] * d for _ in range(d)]
    for j in range(d):
        for i in range(j, d):
            rest = matrix[i][j]
            for m in range(j):
                rest = rest - L[i][m] * L[j][m]
            L[i][j] = Counted(math.sqrt(rest)) if i == j else rest / L[j][j]
    return L


def solve(L: list[list[Counted]], y: list[Counted]) -> list[Counted]:
    z: list[Counted] = []
    for j, row in enumerate(L):
        rest = y[j]
        for m in range(j):
            rest = rest - row[m] * z[m]
        z.append(rest / row[j])
    return z


def triangle(d: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(d) for j in range(i + 1))


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_full_covariances_cost_what_is_said(n: int, d: int, k: int) -> None:
    """Counted in loops that do what the steps are said to do."""
    one = Counted(1.0)
    matrix = [[Counted(2.0 if i == j else 0.5) for j in range(d)] for i in range(d)]
    e_step, m_step, factors = multiplications(n, d, k, "full")

    Counted.n = 0
    roots = [cholesky(matrix) for _ in range(k)]
    assert Counted.n == factors

    Counted.n = 0
    for _ in range(n):
        for L in roots:
            for z in solve(L, [one] * d):
                z * z
    assert Counted.n == e_step

    Counted.n = 0
    for _ in range(n * k):
        weighted = [one * one for _ in range(d)]  # for the mean
        weighted = [one * one for _ in range(d)]  # deviations from it
        for i, j in triangle(d):
            weighted[i] * one if j <= i else None
    assert Counted.n == m_step


@given(st.integers(1, 50), st.integers(1, 6), st.integers(1, 6))
def test_fewer_parameters_cost_less(n: int, d: int, k: int) -> None:
    total = {kind: sum(multiplications(n, d, k, kind)) for kind in COVARIANCE_TYPES}
    assert total["spherical"] <= total["diag"] <= total["full"]
    assert total["tied"] <= total["full"] + k * (d + d * (d + 1) // 2)


def test_costs_on_the_songs(gtzan: Book) -> None:
    costs = gtzan.em_costs
    assert (costs.n_songs, costs.n_features, costs.n_components) == (1000, 5, 10)
    assert costs.kmeans == 50_000
    assert costs.exponentials == 10_000
    assert costs.kmeans_parameters == gtzan.lloyd_trace.cluster_centers.size
    for kind in COVARIANCE_TYPES:
        cost = costs.of(kind)
        assert cost.total == sum(multiplications(1000, 5, 10, kind))
        assert cost.n_parameters == n_parameters(10, 5, kind)
        assert costs.ratio(kind) == cost.total / 50_000
