"""analysis.findings.comparison.borders: margins, firm disagreements, and agreement by margin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_up import make_songs
from scipy.stats import spearmanr

from analysis.book import Book
from analysis.findings.comparison.borders import QUARTERS
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(3), n_clusters=2, k_max=2)


def test_margins_of_kmeans(gtzan: Book) -> None:
    songs = gtzan.borders.songs
    gaps = np.linalg.norm(
        z_scores(gtzan.dataset.X)[:, np.newaxis] - gtzan.kmeans.centers.to_numpy(), axis=2
    )
    nearest = np.sort(gaps, axis=1)[:, :2]
    assert songs["kmeans_margin"].to_numpy() == pytest.approx(1 - nearest[:, 0] / nearest[:, 1])
    assert np.array_equal(songs["second_cluster"], gaps.argsort(axis=1)[:, 1])
    assert songs["kmeans_margin"].between(0, 1).all()


def test_margins_of_the_mixture(gtzan: Book) -> None:
    songs, p = gtzan.borders.songs, gtzan.mixture.probabilities
    most = np.sort(p, axis=1)[:, ::-1]
    assert songs["mixture_margin"].to_numpy() == pytest.approx(most[:, 0] - most[:, 1])
    at = np.arange(len(p))
    assert p[at, songs["second_component"]] == pytest.approx(most[:, 1])
    assert (songs["second_component"] != songs["component"]).all()


def test_a_margin_of_zero_is_on_the_border(gtzan: Book) -> None:
    """eq-margin-distance is 0 exactly where two centres are equally near."""
    song = gtzan.borders.closest("kmeans", 1).iloc[0]
    x = z_scores(gtzan.dataset.X)[song.name]
    one, other = gtzan.kmeans.centers.to_numpy()[[song["cluster"], song["second_cluster"]]]
    gap = abs(np.linalg.norm(x - one) - np.linalg.norm(x - other))
    assert gap == pytest.approx(song["kmeans_margin"] * np.linalg.norm(x - other))
    assert song["kmeans_margin"] == gtzan.borders.songs["kmeans_margin"].min()


def test_firmness(gtzan: Book) -> None:
    borders, partner = gtzan.borders, gtzan.comparison.partner
    songs = borders.songs
    assert np.array_equal(songs["agrees"], gtzan.comparison.agrees)
    assert (songs["firmness"][songs["agrees"]] == 0).all()
    p = gtzan.mixture.probabilities
    for i, song in borders.firmest().iterrows():
        lost = p[i].max() - p[i, partner[song["cluster"]]]
        assert song["firmness"] == pytest.approx(song["kmeans_margin"] * lost)
        assert not song["agrees"]
    assert borders.firmest()["firmness"].is_monotonic_decreasing
    assert borders.firmest(1)["firmness"].iloc[0] == songs["firmness"].max()
    assert songs["firmness"].between(0, 1).all()
    assert borders.n_apart == 1000 - gtzan.comparison.n_agreeing


def test_quarters(gtzan: Book) -> None:
    borders = gtzan.borders
    for method in ("kmeans", "mixture"):
        order = borders.songs[f"{method}_margin"].argsort(kind="stable").to_numpy()
        shares = [borders.songs["agrees"].to_numpy()[part].mean() for part in np.split(order, 4)]
        assert [borders.quarter(method, name).estimate for name in QUARTERS] == shares
    assert all(found.low < found.estimate < found.high for found in borders.by_margin.values())


def test_other_numbers(gtzan: Book) -> None:
    borders, songs = gtzan.borders, gtzan.borders.songs
    expected = spearmanr(songs["kmeans_margin"], songs["mixture_margin"])[0]
    assert borders.rank_correlation == pytest.approx(expected)
    far = (songs["kmeans_margin"] > borders.median("kmeans")) & (
        songs["mixture_margin"] > borders.median("mixture")
    )
    assert borders.n_sure == (far & ~songs["agrees"]).sum()
    assert borders.names == {p.cluster: p.name for p in gtzan.kmeans.profiles}


def test_fewer_songs_than_quarters(made: Book) -> None:
    assert len(made.borders.by_margin) == 2 * 3
    assert len(made.borders.closest("kmeans")) == 3
