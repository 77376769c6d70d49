"""External indices against scikit-learn's and chance, and the matching of clusters."""

import dataclasses
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from indices_cases import blobs, bootstrap_external, labelings, variation_of_information
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy as scipy_entropy
from sklearn import metrics

from analysis.methods.indices.external import (
    contingency,
    external_from_tables,
    external_indices,
    leading_genres,
    match_labels,
    matched_from_tables,
    permutation_null,
    plug_in_from_tables,
    rand_from_tables,
    raw_agreement,
    resample_external,
    resampled_tables,
    variations_from_tables,
    with_margins,
)
from analysis.methods.indices.internal import resample_internal
from analysis.methods.indices.record import EXTERNAL, INTERNAL
from analysis.methods.resampling import null_test


@given(labelings())
def test_external_indices_are_sklearns(case):
    genres, labels = case
    found = external_indices(genres, labels)
    assert found.ari == pytest.approx(metrics.adjusted_rand_score(genres, labels), abs=1e-9)
    scores = metrics.homogeneity_completeness_v_measure(genres, labels)
    assert (found.homogeneity, found.completeness, found.v_measure) == pytest.approx(
        scores, abs=1e-9
    )
    table = metrics.cluster.contingency_matrix(genres, labels)
    assert found.purity == pytest.approx(table.max(axis=0).sum() / len(genres))


@given(labelings())
def test_adjusted_mutual_information_is_sklearns(case):
    genres, labels = case
    theirs = metrics.adjusted_mutual_info_score(genres, labels)
    n_genres, n_labels = len(np.unique(genres)), len(np.unique(labels))
    if max(n_genres, n_labels) < len(genres):  # all rows apart: 0 / 0, but for rounding
        assert external_indices(genres, labels).ami == pytest.approx(theirs, abs=1e-6)


def test_tables_of_different_sizes_are_adjusted_each_for_its_own_chance():
    rng = np.random.default_rng(0)
    cases = [rng.integers(0, 4, size=(2, n)) for n in (40, 300, 2_000)]
    tables = [metrics.cluster.contingency_matrix(genres, labels) for genres, labels in cases]
    found = external_from_tables(np.stack(tables))["ami"]
    theirs = [metrics.adjusted_mutual_info_score(genres, labels) for genres, labels in cases]
    assert found == pytest.approx(theirs, abs=1e-10)


@given(labelings())
def test_names_of_clusters_do_not_matter(case):
    genres, labels = case
    renamed = np.array(["z", "y", "x", "w", "v", "u"])[labels]
    assert dataclasses.astuple(external_indices(genres, renamed)) == pytest.approx(
        dataclasses.astuple(external_indices(genres, labels)), abs=1e-12
    )


def test_empty_rows_and_columns_change_nothing():
    genres, labels = blobs()[1], blobs(seed=1)[1]
    table = contingency(genres, labels).to_numpy()
    wide = np.zeros((6, 7), dtype=np.int64)
    wide[1:5, 2:6] = table
    for name, values in external_from_tables(wide[np.newaxis]).items():
        assert values[0] == pytest.approx(external_from_tables(table[np.newaxis])[name][0])


def test_contingency_counts_and_margins():
    table = contingency(["rock", "pop", "rock", "rock"], [1, 1, 0, 1])
    expected = pd.DataFrame([[0, 1], [1, 2]], index=["pop", "rock"], columns=[0, 1])
    assert_array_equal(table, expected)
    wide = with_margins(table)
    assert list(wide.index) == ["pop", "rock", "total"]
    assert_array_equal(wide, [[0, 1, 1], [1, 2, 3], [1, 3, 4]])


def test_leading_genres_have_shares_and_no_absentees():
    table = contingency(["a", "a", "b", "c", "c", "c"], [0, 0, 0, 0, 1, 1])
    rows = leading_genres(table, 2).to_dict("records")
    assert rows == [
        {"cluster": 0, "rank": 1, "genre": "a", "count": 2, "share": 0.5},
        {"cluster": 0, "rank": 2, "genre": "b", "count": 1, "share": 0.25},
        {"cluster": 1, "rank": 1, "genre": "c", "count": 2, "share": 1.0},
    ]


@pytest.mark.parametrize(
    ("genres", "labels", "message"),
    [
        ([1, 2], [1, 2, 3], "Labelings of 2 and 3 rows cannot be compared"),
        ([], [], "There are no rows"),
    ],
)
def test_labelings_that_do_not_belong_together(genres, labels, message):
    for compare in (contingency, external_indices, match_labels):
        with pytest.raises(ValueError, match=message):
            compare(np.array(genres, dtype=int), np.array(labels, dtype=int))


def test_the_null_is_that_of_shuffled_labels():
    rng = np.random.default_rng(0)
    genres, labels = rng.integers(4, size=80), rng.integers(3, size=80)
    found = permutation_null(genres, labels, n_permutations=400, seed=1)
    shuffled = [metrics.v_measure_score(genres, rng.permutation(labels)) for _ in range(400)]
    assert found["v_measure"].mean == pytest.approx(np.mean(shuffled), rel=0.15)
    assert found["v_measure"].sd == pytest.approx(np.std(shuffled, ddof=1), rel=0.25)
    for name in ("ari", "ami"):
        assert abs(found[name].mean) < 4 * found[name].sd / np.sqrt(400)
    assert set(found) == set(EXTERNAL)


def test_a_real_association_has_the_smallest_p_value_there_is():
    _, genres = blobs()
    for found in permutation_null(genres, genres, n_permutations=99).values():
        assert found.observed == pytest.approx(1.0)
        assert found.p_value == 1 / 100
        assert found.low <= found.mean <= found.high < found.observed


def test_the_p_value_counts_equals_and_is_never_zero():
    draws = np.array([0.1, 0.2, 0.3, 0.4])
    assert null_test(0.3, draws).p_value == 3 / 5
    assert null_test(0.5, draws).p_value == 1 / 5
    assert null_test(0.0, draws).p_value == 1.0


def test_labels_in_one_cluster_are_as_good_as_shuffled():
    found = permutation_null([0, 0, 1, 1, 2], [5] * 5, n_permutations=20)
    assert all(test.p_value == 1.0 for test in found.values())


def test_intervals_of_external_indices_hold_what_resampling_songs_gives():
    genres = blobs(n=150)[1]
    rng = np.random.default_rng(3)
    labels = np.where(rng.uniform(size=150) < 0.5, genres, rng.integers(4, size=150))
    found = bootstrap_external(genres, labels, n_resamples=600, seed=0)
    draws = []
    for _ in range(600):
        rows = rng.integers(150, size=150)
        draws.append(metrics.v_measure_score(genres[rows], labels[rows]))
    low, high = np.quantile(draws, [0.025, 0.975])
    estimate = found["v_measure"].estimate
    assert estimate == pytest.approx(metrics.v_measure_score(genres, labels))
    width = high - low
    assert found["v_measure"].low == pytest.approx(2 * estimate - high, abs=0.2 * width)
    assert found["v_measure"].high == pytest.approx(2 * estimate - low, abs=0.2 * width)


@pytest.mark.parametrize("draw", [bootstrap_external, permutation_null])
def test_the_seed_decides(draw):
    genres, labels = blobs()[1], blobs(seed=9)[1]

    def ends(seed):
        return draw(genres, labels, seed=seed)["v_measure"].high

    assert ends(1) == ends(1) != ends(2)


def test_resampled_tables_are_those_of_the_songs_drawn():
    one, other = blobs(n=40)[1], blobs(n=40, seed=1)[1]
    tables = resampled_tables(one, other, n_resamples=5, seed=3)
    rng = np.random.default_rng(3)
    for table, weights in zip(tables, rng.multinomial(40, np.full(40, 1 / 40), 5), strict=True):
        rows = np.repeat(np.arange(40), weights)
        wide = pd.crosstab(one[rows], other[rows]).reindex(
            index=range(4), columns=range(4), fill_value=0
        )
        assert_array_equal(table, wide)


def test_the_same_seed_draws_the_same_songs():
    """Of one clustering and itself the difference is nothing, draw by draw."""
    genres, labels = blobs()[1], blobs(seed=1)[1]
    renamed = (labels + 1) % 4
    one, other = (resample_external(genres, x, n_resamples=50, seed=5) for x in (labels, renamed))
    for name in EXTERNAL:
        assert_allclose(one[name], other[name], atol=1e-12)
    X, _ = blobs()
    one, other = (resample_internal(X, x, n_resamples=50, seed=5) for x in (labels, renamed))
    for name in INTERNAL:
        assert_allclose(one[name], other[name])


@given(labelings())
def test_the_matching_is_the_best_there_is(case):
    labels, reference = case
    table = contingency(labels, reference).to_numpy()
    table = table if table.shape[0] <= table.shape[1] else table.T
    best = max(
        sum(table[i, j] for i, j in enumerate(columns))
        for columns in permutations(range(table.shape[1]), table.shape[0])
    )
    found = match_labels(labels, reference)
    assert found.agreement == pytest.approx(best / len(labels))
    assert np.mean(found.relabelled == reference) == pytest.approx(found.agreement)


def test_clusters_too_many_keep_to_themselves():
    found = match_labels([0, 0, 1, 1, 2, 3], [7, 7, 4, 4, 4, 4])
    assert found.mapping == {0: 7, 1: 4}
    assert_array_equal(found.relabelled, [7, 7, 4, 4, 8, 9])
    assert found.agreement == pytest.approx(4 / 6)


def test_clusters_too_few_leave_some_of_the_reference_alone():
    found = match_labels([0, 0, 1, 1, 1], [2, 2, 1, 1, 0])
    assert found.mapping == {0: 2, 1: 1}
    assert found.agreement == 4 / 5


def test_raw_agreement_depends_on_names_and_matching_does_not():
    labels = blobs()[1]
    renamed = (labels + 1) % 4
    assert raw_agreement(labels, renamed) == 0
    assert match_labels(labels, renamed).agreement == 1


@given(labelings())
def test_variation_of_information_is_a_distance_of_partitions(case):
    one, other = case
    found = variation_of_information(one, other)
    apart = scipy_entropy(np.unique(one, return_counts=True)[1])
    apart += scipy_entropy(np.unique(other, return_counts=True)[1])
    expected = apart - 2 * metrics.mutual_info_score(one, other)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found == pytest.approx(variation_of_information(other, one), abs=1e-12)
    assert variation_of_information(one, one) == pytest.approx(0, abs=1e-12)
    assert found <= np.log(len(one)) + 1e-9


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 5))
def test_a_metric(seed, n, k):
    """thm-variation: the triangle, the bound, and 0 for equal partitions alone."""
    rng = np.random.default_rng(seed)
    u, v, w = rng.integers(k, size=(3, n))
    direct = variation_of_information(u, w)
    assert direct <= variation_of_information(u, v) + variation_of_information(v, w) + 1e-9
    assert direct <= 2 * np.log(k) + 1e-9
    together = [np.equal.outer(x, x) for x in (u, w)]
    assert (direct < 1e-9) == np.array_equal(*together)


@given(st.lists(labelings(), min_size=1, max_size=4))
def test_many_tables_at_once(cases):
    shape = (6, 6)
    tables = np.zeros((len(cases), *shape), dtype=np.int64)
    for table, (one, other) in zip(tables, cases, strict=True):
        np.add.at(table, (one, other), 1)
    for i, (one, other) in enumerate(cases):
        assert matched_from_tables(tables)[i] == pytest.approx(match_labels(one, other).agreement)
        rand = metrics.adjusted_rand_score(one, other)
        assert rand_from_tables(tables)[i] == pytest.approx(rand, abs=1e-9)
        variation = variation_of_information(one, other)
        assert variations_from_tables(tables)[i] == pytest.approx(variation, abs=1e-9)


@given(st.integers(0, 1000))
def test_plug_in_values_are_those_of_ever_more_songs(seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 9, size=(1, 3, 4)) + 1
    found = plug_in_from_tables(table)
    repeated = external_from_tables(table * 1000)
    for name in (*EXTERNAL, "matched"):
        many = repeated[name] if name != "matched" else matched_from_tables(table)
        assert_allclose(found[name], many, atol=1e-2)
        same = plug_in_from_tables(table * 7)[name]
        assert_allclose(found[name], same, atol=1e-12)
