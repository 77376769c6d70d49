"""analysis.findings.data.dependence: correlations, eigenvalues, R²."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from made_up import ROOT, make_songs
from numpy.testing import assert_allclose
from scipy import stats
from sklearn.linear_model import LinearRegression

from analysis.book import Book
from analysis.config import load_config
from analysis.findings.data import dependence
from analysis.songs.table import FEATURE_NAMES, Dataset, select

CONFIG = dataclasses.replace(load_config(ROOT / "study.toml"), n_bootstrap=200)


@pytest.fixture
def identical(songs: pd.DataFrame) -> Dataset:
    """Loudness is energy."""
    return select(songs, "as-published")


def test_correlations(dataset: Dataset) -> None:
    found = dependence.correlate(dataset, CONFIG)
    assert_allclose(found.pearson, dataset.frame[list(FEATURE_NAMES)].corr())
    assert_allclose(found.spearman, stats.spearmanr(dataset.X).statistic)
    strengths = [abs(pair.pearson.estimate) for pair in found.pairs]
    assert len(strengths) == 10
    assert strengths == sorted(strengths, reverse=True)
    assert found.strongest == found.pairs[0]
    for name in found.pearson:
        others = found.pearson[name].drop(index=name).abs()
        assert found.partner(name) == others.idxmax()
    assert found.weakest == found.pairs[-1]
    for pair in found.pairs:
        assert pair.pearson.low <= pair.pearson.estimate <= pair.pearson.high


def test_pair_in_either_order(dataset: Dataset) -> None:
    found = dependence.correlate(dataset, CONFIG)
    assert found.pair("tempo", "energy") is found.pair("energy", "tempo")
    with pytest.raises(KeyError):
        found.pair("tempo", "mood")


def test_blocks_are_joined_by_chains() -> None:
    matrix = np.eye(5)
    for i, j, r in ((0, 4, 0.9), (1, 2, -0.8), (2, 3, 0.6)):
        matrix[i, j] = matrix[j, i] = r
    names = list("abcde")
    assert dependence.correlated_blocks(matrix, names, 0.5) == (("b", "c", "d"), ("a", "e"))
    assert dependence.correlated_blocks(matrix, names, 0.7) == (("a", "e"), ("b", "c"), ("d",))
    assert dependence.correlated_blocks(matrix, names, 0.95) == tuple((name,) for name in names)


def test_spectrum(dataset: Dataset) -> None:
    found = dependence.decompose(dataset, CONFIG)
    matrix = np.corrcoef(dataset.X, rowvar=False)
    vectors = found.axes.to_numpy()
    assert_allclose(vectors @ np.diag(found.eigenvalues) @ vectors.T, matrix, atol=1e-9)
    assert_allclose(vectors.T @ vectors, np.eye(5), atol=1e-9)
    assert_allclose(found.eigenvalues.sum(), 5)
    assert (np.diff(found.eigenvalues) <= 0).all()
    assert_allclose(found.cumulative[-1], 1)
    assert (vectors[np.abs(vectors).argmax(axis=0), range(5)] > 0).all()
    assert found.cumulative[found.n_for_share - 1] >= 0.95
    assert found.n_for_share == 1 or found.cumulative[found.n_for_share - 2] < 0.95
    assert 1 <= found.participation_ratio.estimate <= 5
    assert found.leading(1, 1) == (FEATURE_NAMES[int(np.abs(vectors[:, 0]).argmax())],)


def test_participation_ratio() -> None:
    assert dependence.participation_ratio(np.ones(5)) == 5
    assert dependence.participation_ratio(np.array([5.0, 0, 0, 0, 0])) == 1


def test_identical_columns_make_the_matrix_singular(identical: Dataset) -> None:
    found = dependence.decompose(identical, CONFIG)
    assert found.singular
    assert found.smallest == pytest.approx(0, abs=1e-12)
    determined = dependence.determine(identical, CONFIG)
    assert determined.of("energy").estimate == pytest.approx(1)
    assert determined.frame["vif"]["loudness"] == np.inf
    assert {"energy", "loudness"} <= set(determined.nearly_determined)
    others = determined.frame["r2"][["tempo", "valence"]]
    assert (others < 1).all()


def test_r_squared_is_that_of_a_regression(dataset: Dataset) -> None:
    found = dependence.determine(dataset, CONFIG)
    for j, name in enumerate(FEATURE_NAMES):
        others = np.delete(dataset.X, j, axis=1)
        scaled = (others - others.mean(axis=0)) / others.std(axis=0)
        r2 = LinearRegression().fit(scaled, dataset.X[:, j]).score(scaled, dataset.X[:, j])
        assert found.of(name).estimate == pytest.approx(r2)
        assert found.frame["vif"][name] == pytest.approx(1 / (1 - r2))
        assert found.of(name).low < found.of(name).high
    assert found.of(found.most).estimate == found.frame["r2"].max()
    assert found.of(found.least).estimate == found.frame["r2"].min()


def test_loudness_energy(dataset: Dataset) -> None:
    pair = dependence.correlate(dataset, CONFIG).pair("energy", "loudness")
    found = dependence.compare_loudness(dataset, CONFIG)
    gap = dataset.frame["loudness"] - 20 * np.log10(dataset.frame["energy"])
    assert_allclose(
        [found.gap_mean, found.gap_min, found.gap_max],
        [gap.mean(), gap.min(), gap.max()],
    )
    assert found.residual_share == pytest.approx(1 - pair.pearson.estimate**2)
    for ours, theirs in ((found.pearson, pair.pearson), (found.spearman, pair.spearman)):
        assert_allclose(dataclasses.astuple(ours), dataclasses.astuple(theirs))


def test_columns_that_are_not_looked_at(dataset: Dataset) -> None:
    """What is said about the columns of the table does not depend on the study's choice."""
    few = dataset.looking_at(("tempo", "energy", "valence"))
    assert dependence.compare_loudness(few, CONFIG) == dependence.compare_loudness(dataset, CONFIG)
    assert dependence.take_danceability_apart(few) == dependence.take_danceability_apart(dataset)
    assert list(dependence.correlate(few, CONFIG).pearson) == ["tempo", "energy", "valence"]
    assert dependence.decompose(few, CONFIG).n_axes == 3


def test_loudness_that_is_energy(identical: Dataset) -> None:
    found = dependence.compare_loudness(identical, CONFIG)
    assert not found.in_decibels
    assert np.isnan(found.gap_mean)
    assert found.pearson.estimate == pytest.approx(1)


def test_silent_song(songs: pd.DataFrame) -> None:
    songs.loc[2, ["energy", "loudness"]] = [0.0, -100.0]
    dataset = Dataset(songs, "ours")
    found = dependence.compare_loudness(dataset, CONFIG)
    assert np.isfinite([found.gap_mean, found.gap_min, found.gap_max]).all()


def test_danceability(dataset: Dataset) -> None:
    found = dependence.take_danceability_apart(dataset)
    zcr = 2 * dataset.frame["danceability"] - dataset.frame["tempo"] / 200
    assert found.tempo_share + found.zcr_share == pytest.approx(1)
    part = np.cov(zcr / 2, dataset.frame["danceability"])
    assert found.zcr_share == pytest.approx(part[0, 1] / part[1, 1])
    assert found.zcr_mean == pytest.approx(zcr.mean())


def test_units_do_not_matter(songs: pd.DataFrame) -> None:
    first = dependence.determine(Dataset(songs, "ours"), CONFIG)
    scaled = songs.assign(tempo=songs["tempo"] / 60, energy=songs["energy"] * 100)
    again = dependence.determine(Dataset(scaled, "ours"), CONFIG)
    assert_allclose(first.frame, again.frame, rtol=1e-6)


def test_few_songs() -> None:
    dataset = Dataset(make_songs(7, genres=2), "ours")
    r2 = dependence.determine(dataset, CONFIG).frame[["r2", "low", "high"]]
    assert np.isfinite(r2.to_numpy()).all()
    assert np.isfinite(dependence.decompose(dataset, CONFIG).low).all()
    dependence.correlate(dataset, CONFIG)


def test_gtzan(gtzan: Book) -> None:
    assert gtzan.correlation.blocks == (
        ("energy", "loudness", "valence"),
        ("tempo", "danceability"),
    )
    assert gtzan.loudness_energy.gap_min >= 0
    assert not gtzan.spectrum.singular
    assert gtzan.as_published.spectrum.singular
