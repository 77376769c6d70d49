"""analysis.findings.data.scaling: variance and squared distance, neighbours, influence."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays
from made_up import ROOT
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist, pdist

from analysis.config import load_config
from analysis.findings.data import scaling
from analysis.songs.table import FEATURE_NAMES, Dataset, select, standardise

CONFIG = dataclasses.replace(load_config(ROOT / "study.toml"), n_bootstrap=100)


def test_scaling(dataset: Dataset) -> None:
    found = scaling.measure_scaling(dataset)
    frame = found.frame
    assert found.largest_mean_after < 1e-12
    assert found.largest_sd_error_after < 1e-12
    assert_allclose(frame["share_before"].sum(), 1)
    assert_allclose(frame["share_after"], 0.2)
    assert found.dominant == "tempo"
    assert found.dominant_share + found.rest_share == pytest.approx(1)


def test_mean_squared_distance_is_that_of_all_pairs(dataset: Dataset) -> None:
    scaled = standardise(dataset.X).X
    assert pdist(scaled, "sqeuclidean").mean() == pytest.approx(
        2 * scaled.var(axis=0, ddof=1).sum()
    )


def test_share_of_variance_is_share_of_squared_distance(dataset: Dataset) -> None:
    shares = scaling.measure_scaling(dataset).frame["share_before"]
    total = pdist(dataset.X, "sqeuclidean").sum()
    for j, name in enumerate(FEATURE_NAMES):
        assert shares[name] == pytest.approx(pdist(dataset.X[:, [j]], "sqeuclidean").sum() / total)


@given(arrays(np.float64, (15, 2), elements=st.integers(0, 4).map(float)))
def test_nearest_with_repeats(X: np.ndarray) -> None:
    distinct = scaling._distinct(X)
    assert (distinct[:, np.newaxis] == distinct).tolist() == (cdist(X, X) == 0).tolist()
    nearest = scaling._nearest(X, distinct)
    between = cdist(X, X)
    np.fill_diagonal(between, np.inf)
    for i, found in enumerate(nearest):
        assert between[i][(distinct == found) & (np.arange(15) != i)].min() == between[i].min()


def test_nearest_of_different_songs_in_one_place() -> None:
    """Left without a feature, different songs can coincide; a song is not its own neighbour."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [5.0, 0.0], [5.0, 1.0], [9.0, 0.0]])
    distinct = scaling._distinct(X)
    nearest = scaling._nearest(X[:, [0]], distinct)
    assert nearest[:4].tolist() == distinct[[1, 0, 3, 2]].tolist()


def test_equal_units_change_no_neighbour(songs: pd.DataFrame) -> None:
    columns = list(FEATURE_NAMES)
    songs[columns] = standardise(songs[columns].to_numpy()).X
    found = scaling.measure_scaling(Dataset(songs, "ours"))
    assert found.neighbours_changed == 0


def test_neighbours_changed(dataset: Dataset) -> None:
    found = scaling.measure_scaling(dataset)

    def nearest(X: np.ndarray) -> np.ndarray:
        between = cdist(X, X)
        np.fill_diagonal(between, np.inf)
        return between.argmin(axis=1)

    changed = (nearest(dataset.X) != nearest(standardise(dataset.X).X)).sum()
    assert found.neighbours_changed == changed / 40 > 0


def test_influence(dataset: Dataset) -> None:
    found = scaling.measure_influence(dataset, CONFIG)
    assert_allclose(found.frame["distance_share"], 0.2)
    assert sum(block.distance_share for block in found.blocks) == pytest.approx(1)
    assert sum(block.dimension_share for block in found.blocks) == pytest.approx(1)
    assert found.frame["neighbours_changed_without"].between(0, 1).all()
    assert found.n_sampled == 40


def test_rank_correlation_with_mahalanobis(dataset: Dataset) -> None:
    from scipy.stats import spearmanr

    scaled = standardise(dataset.X).X
    euclidean = pdist(scaled)
    inverse = np.linalg.inv(np.cov(scaled, rowvar=False))
    mahalanobis = pdist(scaled, "mahalanobis", VI=inverse)
    found = scaling.measure_influence(dataset, CONFIG)
    assert found.rank_correlation == pytest.approx(spearmanr(euclidean, mahalanobis).statistic)


def test_a_copy_counts_twice(songs: pd.DataFrame) -> None:
    """With loudness = energy either can go without a trace in the Mahalanobis distance."""
    dataset = select(songs, "as-published")
    found = scaling.measure_influence(dataset, CONFIG)
    changed = found.frame["neighbours_changed_without"]
    assert changed["energy"] == changed["loudness"]
    assert np.isfinite(found.rank_correlation)

    def mahalanobis(Z: np.ndarray) -> np.ndarray:
        return pdist(Z, "mahalanobis", VI=np.linalg.pinv(np.cov(Z, rowvar=False)))

    scaled = standardise(dataset.X).X
    for name in ("energy", "loudness"):
        without = np.delete(scaled, FEATURE_NAMES.index(name), axis=1)
        assert_allclose(mahalanobis(scaled), mahalanobis(without))


def test_a_pair_of_copies_is_worth_one_dimension(songs: pd.DataFrame) -> None:
    blocks = scaling.measure_influence(select(songs, "as-published"), CONFIG).blocks
    block = next(block for block in blocks if "energy" in block.features)
    if set(block.features) == {"energy", "loudness"}:
        assert block.dimension == pytest.approx(1)
    assert block.dimension < len(block.features) - 1 + 1e-9


def test_large_tables_are_sampled(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    monkeypatch.setattr(scaling, "SAMPLED_SONGS", 20)
    rows = scaling.sample_of_songs(40, np.random.default_rng(1))
    assert len(set(rows.tolist())) == 20
    assert_array_equal(rows, scaling.sample_of_songs(40, np.random.default_rng(1)))
    assert scaling.measure_influence(dataset, CONFIG).n_sampled == 20
