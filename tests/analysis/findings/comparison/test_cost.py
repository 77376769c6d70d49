"""What the steps cost: slopes of known powers, what is kept, and the arithmetic of all songs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.errors import DatasetError
from analysis.findings.comparison import cost


def test_a_power_is_found_with_its_interval() -> None:
    sizes = np.array([10.0, 100.0, 1_000.0, 10_000.0])
    found = cost.fit_slope(sizes, 3e-7 * sizes**2)
    assert_allclose([found.estimate, found.low, found.high], 2, atol=1e-6)
    # by hand, with 4.303 of Student's t at two degrees of freedom
    found = cost.fit_slope(sizes, 10 ** np.array([1.0, 2.5, 3.0, 4.8]))
    x, y = np.arange(4.0), np.array([1.0, 2.5, 3.0, 4.8])
    slope = ((x - 1.5) * (y - y.mean())).sum() / 5
    rest = y - y.mean() - slope * (x - 1.5)
    wide = 4.302653 * np.sqrt((rest**2).sum() / 2 / 5)
    assert_allclose([found.estimate, found.low, found.high], [slope, slope - wide, slope + wide])


def test_what_is_kept_covers_five_decades_and_names_no_host() -> None:
    costs = cost.read()
    for step in ("lloyd", "em"):
        sizes = costs.of(step).index
        assert sizes[-1] / sizes[0] == 10**5
    for step, grows in cost.THEORY:
        seconds = costs.of(step, grows)
        assert seconds.index.is_monotonic_increasing
        assert (seconds > 0).all()
        assert (seconds.index >= costs.slope(step, grows).from_size).sum() >= 3
    assert {*costs.machine} == {"processor", "cores", "system", "python", "libraries"}
    assert "/" not in json.dumps(costs.machine)
    assert costs.shortcuts["excess"]["kmeans"] == 0


def test_the_arithmetic_of_all_songs() -> None:
    costs = cost.read()
    found = cost.all_songs(costs)
    assert found.table_bytes == 10**8 * 5 * 8
    assert found.audio_bytes == 10**8 * 30 * 16_000
    assert found.days == pytest.approx(found.core_years * 365.25 / cost.CORES)
    lloyd = costs.of("lloyd")
    assert found.lloyd_round == pytest.approx(lloyd.iloc[-1] * 10**8 / lloyd.index[-1])


def test_another_file_is_refused(tmp_path: Path) -> None:
    for content in ("", "{}", "[]", '{"times": [], "shortcuts": [], "machine": {}}'):
        path = tmp_path / "cost.json"
        path.write_text(content)
        with pytest.raises(DatasetError, match=r"benchmarks.cost --write"):
            cost.read(path)
    with pytest.raises(DatasetError, match=r"FileNotFoundError"):
        cost.read(tmp_path / "none.json")
