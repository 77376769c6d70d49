"""Agreement of two clusterings, and what chapter and theorems say of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from indices_cases import variation_of_information
from made_up import make_songs
from sklearn import metrics

from analysis.book import Book
from analysis.findings.comparison.agreement import (
    agreement_by_genre,
    agreement_indices,
    best_partners,
    relabel,
    sd_of_relabelling,
    wilson,
)
from analysis.methods.indices.external import match_labels, raw_agreement


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(90))


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    k = draw(st.integers(2, 5))
    cells = draw(st.lists(st.integers(0, 9), min_size=k * k, max_size=k * k))
    table = np.array(cells, dtype=np.int64).reshape(k, k)
    table[0, 0] += 1
    return table


@given(tables())
def test_the_average_agreement_knows_nothing(table: np.ndarray) -> None:
    """prp-raw: mean 1/k and the variance of eq-raw-variance, over all renumberings."""
    k, n = len(table), table.sum()
    shares = [table[np.arange(k), list(order)].sum() / n for order in permutations(range(k))]
    assert np.mean(shares) == pytest.approx(1 / k)
    assert np.std(shares) == pytest.approx(sd_of_relabelling(table), abs=1e-12)


@given(tables())
def test_the_extremes_are_those_of_all_renumberings(table: np.ndarray) -> None:
    """prp-matched: the best is at least 1/k."""
    k, n = len(table), table.sum()
    shares = [table[np.arange(k), list(order)].sum() / n for order in permutations(range(k))]
    partner = best_partners(table)
    assert sorted(partner) == sorted(partner.values()) == list(range(k))
    most = sum(table[i, j] for i, j in partner.items()) / n
    assert most == pytest.approx(max(shares))
    assert most >= 1 / k - 1e-12


def test_random_renumberings(gtzan: Book) -> None:
    table = gtzan.comparison.table.to_numpy()
    draws, least, most = relabel(table, gtzan.config)
    assert len(draws) == gtzan.config.n_permutations
    assert least <= draws.min() <= draws.max() <= most
    error = gtzan.comparison.sd / np.sqrt(len(draws))
    assert abs(draws.mean() - gtzan.comparison.expected) < 4 * error
    assert np.array_equal(draws, gtzan.comparison.relabelled)
    assert (least, most) == (gtzan.comparison.least, gtzan.comparison.most)


def test_the_table_has_every_number(gtzan: Book) -> None:
    found = gtzan.comparison
    assert found.table.shape == (10, 10)
    assert found.n_pairs == 100
    assert found.table.to_numpy().sum() == found.n_songs == 1000
    assert list(found.table.sum(axis=1)) == list(gtzan.kmeans.sizes)
    assert list(found.table.sum()) == list(gtzan.mixture.sizes)
    assert np.trace(found.table.to_numpy()) / 1000 == pytest.approx(found.raw)
    assert np.trace(found.matched_table.to_numpy()) / 1000 == pytest.approx(found.matched)
    assert found.n_cells == (found.table.to_numpy() > 0).sum()


def test_a_component_without_songs_has_a_column(made: Book) -> None:
    """Partners and table cover numbers that no song has."""
    import dataclasses

    from analysis.findings.comparison.agreement import compare

    labels = np.where(made.mixture.labels == 3, 0, made.mixture.labels)
    mixture = dataclasses.replace(made.mixture, labels=labels)
    found = compare(made.dataset, made.kmeans, mixture, made.config)
    assert found.table.shape == (4, 4)
    assert found.table[3].sum() == 0
    assert sorted(found.partner.values()) == [0, 1, 2, 3]
    assert found.matched == pytest.approx(np.mean(found.agrees))


def test_indices_are_those_of_the_labels(gtzan: Book) -> None:
    found, one, other = gtzan.comparison, gtzan.kmeans.labels, gtzan.mixture.labels
    assert found.raw == raw_agreement(one, other)
    assert found.matched == pytest.approx(match_labels(one, other).agreement)
    assert found.matched == pytest.approx(found.n_agreeing / 1000)
    assert found.ari == pytest.approx(metrics.adjusted_rand_score(one, other))
    assert found.ami == pytest.approx(metrics.adjusted_mutual_info_score(one, other))
    assert found.vi == pytest.approx(variation_of_information(one, other))
    assert found.vi <= found.vi_bound == pytest.approx(2 * np.log(10))


def test_chance_is_on_the_right_side(gtzan: Book) -> None:
    """Clusterings that agree lie below shuffles in distance and above them in everything else."""
    found, nulls = gtzan.comparison.indices, gtzan.comparison.nulls
    assert {null.p_value for null in nulls.values()} == {1 / 1001}
    assert found["vi"].estimate < nulls["vi"].low < nulls["vi"].high
    for name in ("matched", "ari", "ami"):
        assert found[name].estimate > nulls[name].high > nulls[name].low
    assert all(one.low < one.high for one in found.values())
    assert abs(nulls["ari"].mean) < 0.001


def test_labels_that_have_nothing_to_do_with_each_other(gtzan: Book) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=1000)
    found, nulls = agreement_indices(gtzan.kmeans.labels, labels, gtzan.config)
    assert all(null.p_value > 0.01 for null in nulls.values())
    assert found["ari"].low < 0.01


def test_pairs(gtzan: Book) -> None:
    found = gtzan.comparison
    overlaps = {cluster: found.overlap(cluster) for cluster in found.partner}
    assert found.overlap(found.worst_pair[0]) == min(overlaps.values())
    assert found.n_alike == sum(value > 0.5 for value in overlaps.values())
    for cluster, component in found.partner.items():
        one, other = gtzan.kmeans.labels == cluster, gtzan.mixture.labels == component
        assert overlaps[cluster] == pytest.approx((one & other).sum() / (one | other).sum())


def test_agreement_by_genre(gtzan: Book) -> None:
    found = gtzan.comparison.by_genre
    by_hand = pd.Series(gtzan.comparison.agrees).groupby(gtzan.dataset.labels).mean()
    shares = {genre: row.share.estimate for genre, row in found.items()}
    assert shares == pytest.approx(dict(by_hand))
    assert list(shares.values()) == sorted(shares.values())
    assert all(row.share.low < row.share.estimate < row.share.high for row in found.values())
    assert all(row.share.estimate == row.n_agreeing / row.n for row in found.values())
    assert (gtzan.comparison.least_agreed, gtzan.comparison.most_agreed) == (
        min(shares, key=lambda genre: shares[genre]),
        max(shares, key=lambda genre: shares[genre]),
    )


def test_wilson_intervals_by_hand(gtzan: Book) -> None:
    found = wilson(30, 100, gtzan.config.confidence)
    z = 1.959964
    middle, reach = 0.3 + z**2 / 200, z * np.sqrt(0.3 * 0.7 / 100 + z**2 / 40000)
    scale = 1 + z**2 / 100
    assert found.low == pytest.approx((middle - reach) / scale, abs=1e-6)
    assert found.high == pytest.approx((middle + reach) / scale, abs=1e-6)
    assert wilson(0, 7, 0.95).low == 0
    rows = agreement_by_genre(
        np.array(["a", "a", "b"]), np.array([True, False, True]), gtzan.config
    )
    assert {genre: (row.n, row.n_agreeing) for genre, row in rows.items()} == {
        "a": (2, 1),
        "b": (1, 1),
    }


def test_parameters_are_counted(gtzan: Book) -> None:
    found = gtzan.comparison
    assert found.kmeans_parameters == 10 * 5
    assert found.mixture_parameters == 9 + 50 + 10 * 15
    assert found.songs_per_parameter == pytest.approx(1000 / 209)
