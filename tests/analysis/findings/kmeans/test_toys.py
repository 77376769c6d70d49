"""analysis.findings.kmeans.toys: what the pictures and the run by hand say is so."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.findings.kmeans import toys


def test_six_numbers_by_hand() -> None:
    """The run as one computes it with a pencil: from centres 0 and 1."""
    steps = toys.six_on_a_line()
    assert [step.inertia for step in steps] == pytest.approx(
        [462, 142, 79, 62.5, 46.75, 28, 28, 28]
    )
    means = [step.centers.ravel().tolist() for step in steps if step.step == "update"]
    np.testing.assert_allclose(means, [[0, 9], [0.5, 11], [2, 13], [2, 13]])


def test_the_rectangle_has_a_bad_and_a_good_rest() -> None:
    bad, good = toys.rectangle()
    assert (bad.inertia, good.inertia) == pytest.approx((4 * toys.HALF_WIDTH**2, 4))


def test_k_means_finds_round_groups_and_no_others() -> None:
    shapes = {shape.name: shape for shape in toys.shapes()}
    assert shapes["Round"].ari > 0.95
    assert all(shapes[name].ari < 0.5 for name in ("One wide", "Stripes", "Arcs"))
    for shape in shapes.values():
        means = [shape.points[shape.labels == i].mean(axis=0) for i in range(len(shape.centers))]
        np.testing.assert_allclose(shape.centers, means)
