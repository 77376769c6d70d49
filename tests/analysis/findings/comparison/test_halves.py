"""analysis.findings.comparison.halves: new songs beside bootstrap samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from made_up import make_songs

from analysis.book import Book
from analysis.findings.comparison.halves import Halves


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(90))


def test_every_split_is_there(made: Book) -> None:
    found = made.halves
    for method in ("kmeans", "mixture"):
        assert found.n_splits(method) == made.config.n_refits
    assert len(found.runs) == 2 * made.config.n_refits
    assert found.runs[["others", "bootstrap"]].le(1 + 1e-12).all(axis=None)
    for method in ("kmeans", "mixture"):
        means = found.of(method, "bootstrap").mean - found.of(method, "others").mean
        assert found.flattered(method).estimate == pytest.approx(means)


def test_the_interval_is_that_of_a_mean() -> None:
    rng = np.random.default_rng(0)
    others, bootstrap = rng.normal(0.4, 0.05, 20), rng.normal(0.5, 0.05, 20)
    runs = pd.DataFrame({"method": "kmeans", "others": others, "bootstrap": bootstrap})
    found = Halves(runs, {"kmeans": rng.integers(20, size=(4_000, 20))}, 0.95).flattered("kmeans")
    error = (bootstrap - others).std() / np.sqrt(20)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_bootstrap_samples_flatter_k_means(gtzan: Book) -> None:
    """A fit is more like one to a bootstrap sample of its own songs than like one to others."""
    found = gtzan.halves
    assert found.flattered("kmeans").low > 0
    assert found.of("kmeans", "others").mean < found.of("kmeans", "bootstrap").mean
