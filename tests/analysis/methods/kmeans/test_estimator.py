"""The estimator: scikit-learn's results and conventions, and what it refuses."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from kmeans_cases import assert_same_fit, blobs, our_fit, sklearn_fit
from made_up import ROOT
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils.estimator_checks import parametrize_with_checks

from analysis.methods.kmeans.estimator import LloydKMeans
from analysis.methods.kmeans.starts import kmeans_plusplus
from analysis.methods.kmeans.steps import lloyd_steps
from analysis.songs.table import load_dataset, standardise


def test_fewer_distinct_rows_than_clusters_warns():
    with pytest.warns(ConvergenceWarning, match=r"clusters \(2\) found smaller than n_clusters"):
        LloydKMeans(3, random_state=0).fit(np.array([[0.0], [0.0], [1.0], [1.0]]))


@pytest.mark.parametrize("max_iter", [1, 2, 3, 300])
def test_labels_are_those_of_the_final_centres(max_iter):
    X = blobs()
    fitted = our_fit(X, 8, init=X.mean(axis=0) + 30 * X[:8], max_iter=max_iter)
    assert_array_equal(fitted.labels_, fitted.predict(X))


@settings(max_examples=150)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1.0, 3.0, 10.0]),
    st.sampled_from([0.0, 1e-4]),
    st.sampled_from([1, 2, 300]),
)
def test_agrees_with_sklearn_from_the_same_start(seed, spread, tol, max_iter):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(20, 200)), int(rng.integers(1, 7))
    k = int(rng.integers(1, 15))
    X = rng.normal(size=(n, d)) * 10 + 100
    rows = X[rng.choice(n, k, replace=False)]
    start = rows if spread == 1.0 else X.mean(0) + spread * 10 * rng.normal(size=(k, d))
    parameters = {"init": start, "n_init": 1, "tol": tol, "max_iter": max_iter}
    assert_same_fit(our_fit(X, k, **parameters), sklearn_fit(X, k, **parameters))


@pytest.mark.parametrize("init", ["k-means++", "random"])
@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_sklearn_from_the_same_seed(init, weighted):
    X = blobs()
    weight = np.random.default_rng(1).uniform(size=len(X)) if weighted else None
    for seed in range(5):
        parameters = {"init": init, "n_init": 4, "random_state": seed, "sample_weight": weight}
        assert_same_fit(our_fit(X, 7, **parameters), sklearn_fit(X, 7, **parameters))


@pytest.mark.parametrize("feature_set", ["ours", "as-published"])
def test_agrees_with_sklearn_on_the_songs(feature_set):
    table = load_dataset(ROOT / "data" / "gtzan_features.csv", feature_set=feature_set)
    X = standardise(table.X).X
    for k in (2, 10, 20):
        parameters = {"n_init": 3, "random_state": 42, "tol": 0}
        assert_same_fit(our_fit(X, k, **parameters), sklearn_fit(X, k, **parameters))
        start = {"init": X[:: len(X) // k][:k], "n_init": 1}
        assert_same_fit(our_fit(X, k, **start), sklearn_fit(X, k, **start))


LEFT_OUT = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a repeated row takes part in the draw of the starts twice, at its own places; "
        "scikit-learn's KMeans is excepted for the same reason"
    )
}


@parametrize_with_checks(
    [LloydKMeans(), LloydKMeans(init="random")], expected_failed_checks=lambda _: LEFT_OUT
)
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


def test_weights_count_rows_from_the_same_start():
    X = blobs(n=60)
    counts = np.random.default_rng(0).integers(0, 4, size=len(X))
    weighted = our_fit(X, 4, init=X[:4], sample_weight=counts, tol=0)
    repeated = our_fit(np.repeat(X, counts, axis=0), 4, init=X[:4], tol=0)
    assert_allclose(weighted.cluster_centers_, repeated.cluster_centers_, rtol=1e-9)
    assert weighted.inertia_ == pytest.approx(repeated.inertia_)
    assert weighted.score(X, sample_weight=counts) == pytest.approx(-weighted.inertia_)


def test_predict_transform_and_score_tell_one_story():
    X = blobs()
    fitted = our_fit(X, 6, random_state=0)
    new = blobs(seed=5)
    distances = fitted.transform(new)
    assert_array_equal(fitted.predict(X), fitted.labels_)
    assert_array_equal(fitted.predict(new), distances.argmin(axis=1))
    assert_array_equal(fitted.predict(new), pairwise_distances_argmin(new, fitted.cluster_centers_))
    assert fitted.score(new) == pytest.approx(-np.square(distances.min(axis=1)).sum())
    assert fitted.score(X) == pytest.approx(-fitted.inertia_)
    assert_array_equal(our_fit(X, 6, random_state=0).fit_predict(X), fitted.labels_)


def test_different_seeds_start_elsewhere():
    X = blobs()
    starts = [our_fit(X, 6, n_init=1, random_state=s).initial_centers_ for s in (0, 1)]
    assert not np.array_equal(*starts)


def test_more_starts_are_never_worse():
    X = blobs()
    one = our_fit(X, 12, init="random", n_init=1, random_state=0).inertia_
    many = our_fit(X, 12, init="random", n_init=10, random_state=0).inertia_
    assert many <= one


def test_a_callable_draws_the_start():
    X = blobs()
    plain = partial(kmeans_plusplus, n_local_trials=1)
    fitted = our_fit(X, 6, init=plain, n_init=1, random_state=4)
    start = kmeans_plusplus(X, 6, n_local_trials=1, random_state=4)
    assert_allclose(fitted.initial_centers_, start, rtol=1e-12)


def test_the_tolerance_stops_earlier():
    X = blobs(n=2000, k=2)
    strict = our_fit(X, 9, init=X[:9], tol=0)
    loose = our_fit(X, 9, init=X[:9], tol=1e-2)
    assert loose.n_iter_ < strict.n_iter_
    threshold = 1e-2 * X.var(axis=0).mean()
    squared = np.square(loose.history_.center_shift)
    assert squared[-1] <= threshold
    assert (squared[:-1] > threshold).all()


def test_the_data_are_left_alone():
    X, start = blobs(), blobs()[:6].copy()
    before, start_before = X.copy(), start.copy()
    our_fit(X, 6, init=start)
    assert_array_equal(X, before)
    assert_array_equal(start, start_before)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be an integer of at least 1, not 0"),
        ({"n_clusters": 2.5}, "n_clusters must be an integer"),
        ({"n_init": 0}, "n_init must be an integer of at least 1"),
        ({"max_iter": True}, "max_iter must be an integer"),
        ({"tol": -1.0}, "tol must be a number of at least 0, not -1.0"),
        ({"tol": float("nan")}, "tol must be a number"),
        ({"init": "kmeans"}, "init must be 'k-means\\+\\+', 'random', an array or a callable"),
        ({"init": np.zeros((3, 5))}, r"shape \(3, 5\); 8 clusters of 5 features need \(8, 5\)"),
        ({"init": np.full((8, 5), np.nan)}, "init contains NaN"),
        ({"init": lambda X, k, random_state: X[: k - 1]}, r"shape \(7, 5\)"),
        ({"n_clusters": 301}, "n_samples=300 should be >= n_clusters=301"),
    ],
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        LloydKMeans(**parameters).fit(blobs())


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.zeros(300), "at least one non-zero"),
        (-np.ones(300), "[Nn]egative"),
        (np.ones(299), "sample_weight"),
    ],
)
def test_bad_weights_are_named(weight, message):
    with pytest.raises(ValueError, match=message):
        LloydKMeans(3).fit(blobs(), sample_weight=weight)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        LloydKMeans().predict(blobs())


@given(st.integers(0, 2**32 - 1))
def test_ends_where_the_steps_end_from_starts_with_equal_centres(seed):
    """Of equal centres the first gets the rows, however a matrix product rounds them."""
    rng = np.random.default_rng(seed)
    n, d, k = int(rng.integers(8, 20)), int(rng.integers(1, 9)), int(rng.integers(3, 7))
    X = rng.standard_normal((n, d))
    start = X[rng.choice(n, k, replace=False)]
    start[-1] = start[-2]
    last = list(lloyd_steps(X, start))[-1]
    fitted = our_fit(X, k, init=start, tol=0)
    assert_array_equal(fitted.labels_, last.labels)
    assert_allclose(fitted.inertia_, last.inertia, rtol=1e-9)
    sklearn = sklearn_fit(X, k, init=start, n_init=1, tol=0)
    assert_allclose(fitted.inertia_, sklearn.inertia_, rtol=1e-9)


def test_a_tie_in_whole_numbers_goes_to_the_lowest_index():
    X = np.array([[5], [0], [5], [3], [3], [4]])
    for init, label in (([[4], [0]], 0), ([[0], [4]], 0)):
        fitted = LloydKMeans(2, init=init).fit(X)
        assert_array_equal(fitted.cluster_centers_, init)
        assert_array_equal(fitted.predict([[2]]), [label])


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_labels_and_inertia_are_those_of_predict_and_score(seed):
    """Also when a cluster is refilled in a round in which no row changes its label."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, size=(int(rng.integers(5, 16)), 2)).astype(float)
    k = int(rng.integers(2, 1 + len(np.unique(X, axis=0)))) if len(np.unique(X, axis=0)) > 1 else 1
    start = rng.integers(-8, 8, size=(k, 2)).astype(float)
    fitted = LloydKMeans(k, init=start, tol=0).fit(X)
    assert_array_equal(fitted.labels_, fitted.predict(X))
    assert_allclose(fitted.inertia_, -fitted.score(X), atol=1e-12)


def test_a_refill_goes_on():
    X = np.array([[3.0], [0.0], [2.0], [2.0], [3.0]])
    fitted = LloydKMeans(3, init=[[1.0], [4.0], [-6.0]]).fit(X)
    assert_array_equal(fitted.labels_, [1, 2, 0, 0, 1])
    assert fitted.inertia_ == 0


@pytest.mark.parametrize("size", [1e101, 1e155, 1e200, 1e300])
def test_values_too_large_to_be_squared_are_refused(size):
    X = np.array([[size, 0], [size, 1], [-size, 0], [-size, 1]])
    message = r"^X has values up to .* too large to be squared; they should lie between"
    with pytest.raises(ValueError, match=message):
        LloydKMeans(2, random_state=0).fit(X)
    with pytest.raises(ValueError, match=r"^init has values up to"):
        LloydKMeans(2, init=X[[0, 2]]).fit(np.sign(X))
    fitted = LloydKMeans(2, random_state=0).fit(np.sign(X))
    with pytest.raises(ValueError, match=message):
        fitted.predict(X)
    with pytest.raises(ValueError, match=message):
        next(lloyd_steps(X, X[:2]))


def test_large_values_below_that_are_clustered():
    X = np.array([[1e100, 0], [1e100, 1], [-1e100, 0], [-1e100, 1]])
    labels = LloydKMeans(2, random_state=0).fit_predict(X)
    assert labels[0] == labels[1] != labels[2] == labels[3]
