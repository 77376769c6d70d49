"""Internal indices against scikit-learn's, and their resampling."""

import dataclasses

import numpy as np
import pytest
from indices_cases import blobs
from numpy.testing import assert_allclose
from sklearn import metrics

from analysis.methods.indices import internal
from analysis.methods.indices.internal import (
    all_distances,
    bootstrap_internal,
    distances_to_center,
    internal_indices,
    internal_of_many,
    silhouette_in_population,
    silhouette_influence,
    silhouette_samples,
    silhouette_table,
)
from analysis.methods.indices.record import INTERNAL


@pytest.mark.parametrize("at_most", [0, 4_000])
def test_internal_indices_are_sklearns(monkeypatch, at_most):
    monkeypatch.setattr(internal, "MOST_ROWS_WITH_ALL_DISTANCES", at_most)
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


def test_intervals_of_internal_indices_hold_what_resampling_songs_gives():
    X, labels = blobs(n=150)
    found = bootstrap_internal(X, labels, n_resamples=400, seed=0)
    rng = np.random.default_rng(1)
    influence = silhouette_influence(X, labels)
    draws = {name: [] for name in INTERNAL}
    for _ in range(400):
        rows = rng.integers(150, size=150)
        draws["silhouette"].append(influence[rows].mean())
        draws["davies_bouldin"].append(metrics.davies_bouldin_score(X[rows], labels[rows]))
        draws["calinski_harabasz"].append(metrics.calinski_harabasz_score(X[rows], labels[rows]))
    for name, interval in found.items():
        low, high = np.quantile(draws[name], [0.025, 0.975])
        assert interval.estimate == getattr(internal_indices(X, labels), name)
        if name == "calinski_harabasz":  # it alone is mirrored
            low, high = 2 * interval.estimate - high, 2 * interval.estimate - low
        assert interval.low == pytest.approx(low, abs=0.25 * (high - low))
        assert interval.high == pytest.approx(high, abs=0.25 * (high - low))


@pytest.mark.parametrize("at_most", [0, 4_000])
def test_the_influence_of_a_row_is_a_derivative(monkeypatch, at_most):
    monkeypatch.setattr(internal, "MOST_ROWS_WITH_ALL_DISTANCES", at_most)
    X, labels = blobs(n=50, spread=1.0)
    labels[0], X[3] = 9, X[2]  # a row alone, and one that stands twice
    label_of = np.unique(labels, return_inverse=True)[1]
    distances = all_distances(X) if at_most else metrics.pairwise_distances(X)
    members = np.equal(label_of[:, np.newaxis], np.arange(5)).astype(float)

    def mean_silhouette(weights):
        sizes, sums = weights @ members, distances @ (weights[:, np.newaxis] * members)
        found = np.zeros(50)
        for i, own in enumerate(label_of[1:], start=1):
            a = sums[i, own] / (sizes[own] - weights[i])
            b = min(sums[i, c] / sizes[c] for c in range(5) if c != own)
            found[i] = (b - a) / max(a, b)
        return weights @ found / weights.sum()

    plain = mean_silhouette(np.ones(50))
    steps = [mean_silhouette(np.ones(50) + 1e-6 * row) - plain for row in np.eye(50)]
    found = silhouette_influence(X, labels)
    assert found.mean() == pytest.approx(plain)
    assert_allclose(found, plain + 50 * np.array(steps) / 1e-6, atol=1e-4)


def test_the_silhouette_of_a_population_is_that_of_many_copies():
    X, labels = blobs(n=30, spread=1.0)
    many = silhouette_samples(np.tile(X, (60, 1)), np.tile(labels, 60)).mean()
    found = silhouette_in_population(X, labels)
    assert found == pytest.approx(many, abs=3e-3)
    assert found > silhouette_samples(X, labels).mean() + 0.01


def test_weighted_indices_are_those_of_the_rows_drawn():
    X, labels = blobs(n=60)
    rng = np.random.default_rng(0)
    rows = rng.integers(60, size=60)
    weights = np.bincount(rows, minlength=60).astype(float)[np.newaxis]
    found = internal._weighted_indices(X, labels, np.zeros(60), weights)
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


def test_no_interval_where_every_resample_loses_a_cluster() -> None:
    """With nearly as many clusters as rows, hardly any resample has them all."""
    X = np.arange(30, dtype=float)[:, np.newaxis]
    labels = np.r_[0, np.arange(29)]
    found = bootstrap_internal(X, labels, n_resamples=20, seed=0)
    assert np.isfinite(found["silhouette"].estimate)
    assert np.isnan(found["silhouette"].low)
    assert np.isnan(found["davies_bouldin"].high)
