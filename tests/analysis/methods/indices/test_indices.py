"""Indices against scikit-learn's, chance, resampling, and the matching of clusters."""

import dataclasses
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy as scipy_entropy
from sklearn import metrics

from analysis.methods import indices as module
from analysis.methods.indices import (
    EXTERNAL,
    INTERNAL,
    all_distances,
    bootstrap_internal,
    contingency,
    distances_to_center,
    entropy,
    external_from_tables,
    external_indices,
    internal_indices,
    internal_of_many,
    leading_genres,
    match_labels,
    matched_from_tables,
    mirrored_interval,
    null_test,
    permutation_null,
    rand_from_tables,
    raw_agreement,
    resample_external,
    resample_internal,
    resampled_tables,
    silhouette_samples,
    silhouette_table,
    variation_of_information,
    variations_from_tables,
    with_margins,
)


def blobs(n=200, k=4, seed=0, spread=3.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(k, size=n)
    return rng.normal(size=(k, 3))[labels] * spread + rng.normal(size=(n, 3)), labels


def bootstrap_external(genres, labels, *, n_resamples=2000, seed=0):
    draws = resample_external(genres, labels, n_resamples=n_resamples, seed=seed)
    found = dataclasses.asdict(external_indices(genres, labels))
    return {name: mirrored_interval(found[name], draws[name], 0.95) for name in EXTERNAL}


@st.composite
def labelings(draw):
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    one = rng.integers(draw(st.integers(1, 6)), size=n)
    if draw(st.booleans()):
        return one, rng.permutation(6)[one]  # the same partition
    return one, rng.integers(draw(st.integers(1, 6)), size=n)


# -- internal -----------------------------------------------------------------------------


@pytest.mark.parametrize("at_most", [0, 4_000])
def test_internal_indices_are_sklearns(monkeypatch, at_most):
    monkeypatch.setattr(module, "MOST_ROWS_WITH_ALL_DISTANCES", at_most)
    X, labels = blobs()
    found = internal_indices(X, labels)
    assert found.silhouette == pytest.approx(metrics.silhouette_score(X, labels))
    assert found.davies_bouldin == metrics.davies_bouldin_score(X, labels)
    assert found.calinski_harabasz == metrics.calinski_harabasz_score(X, labels)
    assert internal_indices(X, labels, distances=all_distances(X)) == found


def test_the_silhouette_by_hand():
    X = np.array([[0.0], [1.0], [5.0], [9.0]])
    # row 0: a = 1, b = 5 in cluster 1; row 2 likewise against cluster 0; the last is alone
    found = silhouette_samples(X, [0, 0, 1, 2])
    assert_allclose(found, [(5 - 1) / 5, (4 - 1) / 4, 0, 0])


def test_the_silhouette_table_goes_down_within_clusters_in_order():
    X, labels = blobs()
    table = silhouette_table(X, labels)
    assert table["cluster"].is_monotonic_increasing
    assert table.groupby("cluster")["silhouette"].apply(lambda s: s.is_monotonic_decreasing).all()
    assert_allclose(table["silhouette"].sort_index(), silhouette_samples(X, labels))


def test_one_cluster_has_no_silhouette():
    X, _ = blobs()
    with pytest.raises(ValueError, match="Number of labels is 1"):
        internal_indices(X, np.zeros(len(X), dtype=int))


def test_distances_to_center():
    X = np.array([[3.0, 4.0], [1.0, 1.0]])
    assert_allclose(distances_to_center(X, np.array([[0.0, 0.0], [1.0, 0.0]]), [0, 1]), [5, 1])


# -- external -----------------------------------------------------------------------------


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
    for compare in (contingency, external_indices, match_labels, variation_of_information):
        with pytest.raises(ValueError, match=message):
            compare(np.array(genres, dtype=int), np.array(labels, dtype=int))


# -- chance -------------------------------------------------------------------------------


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


# -- resampling ---------------------------------------------------------------------------


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


def test_intervals_of_internal_indices_hold_what_resampling_songs_gives():
    X, labels = blobs(n=150)
    found = bootstrap_internal(X, labels, n_resamples=400, seed=0)
    rng = np.random.default_rng(1)
    silhouettes = silhouette_samples(X, labels)
    draws = {name: [] for name in INTERNAL}
    for _ in range(400):
        rows = rng.integers(150, size=150)
        draws["silhouette"].append(silhouettes[rows].mean())
        draws["davies_bouldin"].append(metrics.davies_bouldin_score(X[rows], labels[rows]))
        draws["calinski_harabasz"].append(metrics.calinski_harabasz_score(X[rows], labels[rows]))
    for name, interval in found.items():
        low, high = np.quantile(draws[name], [0.025, 0.975])
        assert interval.estimate == getattr(internal_indices(X, labels), name)
        assert interval.low == pytest.approx(2 * interval.estimate - high, abs=0.25 * (high - low))
        assert interval.high == pytest.approx(2 * interval.estimate - low, abs=0.25 * (high - low))


def test_weighted_indices_are_those_of_the_rows_drawn():
    X, labels = blobs(n=60)
    rng = np.random.default_rng(0)
    rows = rng.integers(60, size=60)
    weights = np.bincount(rows, minlength=60).astype(float)[np.newaxis]
    found = module._weighted_indices(X, labels, np.zeros(60), weights)
    expected = metrics.davies_bouldin_score(X[rows], labels[rows])
    assert found["davies_bouldin"][0] == pytest.approx(expected)
    expected = metrics.calinski_harabasz_score(X[rows], labels[rows])
    assert found["calinski_harabasz"][0] == pytest.approx(expected)


def test_a_wider_confidence_gives_a_wider_interval():
    X, labels = blobs()
    narrow = bootstrap_internal(X, labels, n_resamples=200, confidence=0.5)
    wide = bootstrap_internal(X, labels, n_resamples=200, confidence=0.99)
    for name in INTERNAL:
        assert wide[name].low < narrow[name].low < narrow[name].high < wide[name].high


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


def test_many_labelings_at_once():
    X, labels = blobs(n=60)
    X[1] = X[0]
    rng = np.random.default_rng(0)
    several = [labels, rng.integers(3, size=60), np.r_[np.arange(59), 0], np.r_[0, [1] * 59]]
    for distances in (None, all_distances(X)):
        found = internal_of_many(X, several, distances=distances)
        for i, one in enumerate(several):
            expected = dataclasses.asdict(internal_indices(X, one))
            for name in INTERNAL:
                assert found[name][i] == pytest.approx(expected[name], rel=1e-6, abs=1e-6)
    nothing = internal_of_many(X, [np.zeros(60), np.arange(60)])
    assert all(np.isnan(values).all() for values in nothing.values())


# -- two clusterings ----------------------------------------------------------------------


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


def test_entropy():
    p = [[1.0, 0.0, 0.0, 0.0], [0.25] * 4, [0.5, 0.5, 0.0, 0.0]]
    assert_allclose(entropy(p), [0, np.log(4), np.log(2)])
    assert_allclose(entropy(p, normalized=True), [0, 1, 0.5])
    assert_allclose(entropy([[1.0]], normalized=True), [0])


@pytest.mark.parametrize("row", [[0.5, 0.4], [1.5, -0.5], [np.nan, 1.0]])
def test_what_is_no_distribution_has_no_entropy(row):
    with pytest.raises(ValueError, match="Row 1 of the probabilities is no distribution"):
        entropy([[0.5, 0.5], row])


def test_no_interval_where_every_resample_loses_a_cluster() -> None:
    """With nearly as many clusters as rows, hardly any resample has them all."""
    X = np.arange(30, dtype=float)[:, np.newaxis]
    labels = np.r_[0, np.arange(29)]
    found = bootstrap_internal(X, labels, n_resamples=20, seed=0)
    assert np.isfinite(found["silhouette"].estimate)
    assert np.isnan(found["silhouette"].low)
    assert np.isnan(found["davies_bouldin"].high)
