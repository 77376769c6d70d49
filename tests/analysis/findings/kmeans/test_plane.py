"""analysis.findings.kmeans.plane: cells with straight borders, and the run that draws them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from matplotlib.path import Path as Outline

from analysis.book import Book
from analysis.findings.kmeans.plane import (
    clip,
    frame,
    principal_plane,
    voronoi_cells,
)
from analysis.methods.kmeans.steps import assign, squared_distances

BOX = (-3.0, 3.0, -2.0, 2.0)
POINTS = np.array([[x, y] for x in np.linspace(-2.9, 2.9, 23) for y in np.linspace(-1.9, 1.9, 19)])


def area(corners: np.ndarray) -> float:
    x, y = corners.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def is_inside(corners: np.ndarray, points: np.ndarray) -> np.ndarray:
    return Outline(corners).contains_points(points)


def gap_to_second(distances: np.ndarray) -> np.ndarray:
    nearest = np.sort(distances, axis=1)
    return nearest[:, 1] - nearest[:, 0] if nearest.shape[1] > 1 else np.full(len(nearest), 1.0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_a_cell_is_where_its_centre_is_nearest(seed: int, k: int) -> None:
    centers = np.random.default_rng(seed).normal(size=(k, 2))
    cells = voronoi_cells(centers, BOX)
    distances = squared_distances(POINTS, centers)
    sure = gap_to_second(distances) > 1e-6
    for i, cell in enumerate(cells):
        here = is_inside(cell, POINTS) if len(cell) else np.zeros(len(POINTS), dtype=bool)
        assert np.array_equal(here[sure], (distances.argmin(axis=1) == i)[sure])
    assert sum(area(cell) for cell in cells if len(cell)) == pytest.approx(24)


@given(st.integers(0, 2**32 - 1), st.integers(2, 8))
def test_a_plane_cuts_cells_of_five_features(seed: int, k: int) -> None:
    """prp-slice: points of the plane, carried into all features, are in the cell drawn there."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(k, 5))
    axes, _ = principal_plane(rng.normal(size=(30, 5)))
    distances = squared_distances(POINTS @ axes.T, centers)
    sure = gap_to_second(distances) > 1e-6
    for i, cell in enumerate(voronoi_cells(centers, BOX, axes)):
        here = is_inside(cell, POINTS) if len(cell) else np.zeros(len(POINTS), dtype=bool)
        assert np.array_equal(here[sure], (distances.argmin(axis=1) == i)[sure])


def test_centres_that_coincide() -> None:
    first, second, other = voronoi_cells(np.array([[0.0, 0], [0, 0], [2, 0]]), BOX)
    assert area(first) == pytest.approx(16)
    assert len(second) == 0
    assert area(other) == pytest.approx(8)


def test_clip() -> None:
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    assert area(clip(square, np.array([1.0, 0]), 0.25)) == pytest.approx(0.25)
    assert area(clip(square, np.array([1.0, 0]), 2)) == pytest.approx(1)
    assert len(clip(square, np.array([1.0, 0]), -1)) == 0
    assert len(clip(square, np.array([1.0, 0]), 0)) == 0


def test_principal_plane() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 4)) * [5, 1, 3, 0.1]
    X -= X.mean(axis=0)
    axes, share = principal_plane(X)
    assert np.allclose(axes.T @ axes, np.eye(2))
    assert np.abs(axes).argmax(axis=0).tolist() == [0, 2]
    assert (axes[[0, 2], [0, 1]] > 0).all()
    variances = np.linalg.eigvalsh(X.T @ X)[::-1]
    assert share == pytest.approx(variances[:2].sum() / variances.sum())


def test_frame() -> None:
    left, right, bottom, top = frame(np.array([[0.0, 5], [10, 5]]))
    assert (left, right) == (pytest.approx(-0.6), pytest.approx(10.6))
    assert bottom < 5 < top


def test_the_run_on_the_songs(gtzan: Book) -> None:
    run = gtzan.plane_run
    scores = run.scores
    assert [round_.iteration for round_ in run.rounds] == list(range(1, run.n_iter + 1))
    assert len(run.rounds[0].moved) == len(run.rounds[-1].moved) == 0
    assert (np.diff([round_.inertia for round_ in run.rounds]) <= 1e-9).all()
    labels = assign(scores, run.start)
    for before, after in zip(run.rounds, run.rounds[1:], strict=False):
        assert np.array_equal(before.after, after.before)
        new = assign(scores, after.before)
        assert np.array_equal(after.moved, np.flatnonzero(new != labels))
        labels = new
    last = run.rounds[-1]
    assert np.allclose(last.after, [scores[labels == i].mean(axis=0) for i in range(10)])
    inside = sum(is_inside(cell, scores).sum() for cell in last.cells if len(cell))
    assert inside == len(scores)
    assert 0 < last.inertia < run.rounds[0].inertia


def test_chosen_rounds(gtzan: Book) -> None:
    run = gtzan.plane_run
    assert run.chosen(1000) == run.rounds
    for most in (5, 8, 24):
        numbers = [round_.iteration for round_ in run.chosen(most)]
        assert len(numbers) <= most
        assert numbers[0] == 1
        assert numbers[-1] == run.n_iter
        assert (np.diff(numbers) > 0).all()
        assert len(numbers) >= most - 1


def test_the_cut_on_the_songs(gtzan: Book) -> None:
    cut = gtzan.cell_slice
    for i, cell in enumerate(cut.cells):
        if len(cell):
            here = is_inside(cell, cut.scores)
            assert np.array_equal(here & (cut.labels != i), here & cut.elsewhere)
    assert 0 < cut.elsewhere_share < 0.5
