"""analysis.findings.comparison.toys: made-up points, against sums done by hand."""

from __future__ import annotations

import pytest

from analysis.findings.comparison.toys import cut_without_groups, two_rows


@pytest.mark.parametrize("height", [2.0, 3.0, 4.0])
def test_two_rows_have_the_sums_of_the_exercise(height: float) -> None:
    toy = two_rows(height)
    assert toy.wcss["rows"] == pytest.approx(35)
    assert toy.wcss["halves"] == pytest.approx(8 + 3 * height**2)


def test_the_indices_prefer_the_cut_across() -> None:
    toy = two_rows()
    assert toy.silhouettes["halves"] > toy.silhouettes["rows"]
    assert toy.calinski_harabasz["halves"] > toy.calinski_harabasz["rows"]
    assert toy.ari < 0


def test_a_long_shape_is_cut_alike_each_time_and_a_round_one_is_not() -> None:
    found = cut_without_groups(42, 0.95)
    assert found.refits["bar"].low > 0.7
    assert found.refits["disc"].low < 0.5
    left = found.labels["bar"][found.points["bar"][:, 0] < 1.2]
    assert len(set(left)) == 1
