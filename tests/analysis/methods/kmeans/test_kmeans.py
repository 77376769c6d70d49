"""Lloyd's algorithm: its theorems on hard data, and scikit-learn from the same start."""

import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import ROOT
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.cluster import kmeans_plusplus as sklearn_plusplus
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils.estimator_checks import parametrize_with_checks

from analysis.methods import kmeans as module
from analysis.methods.kmeans import (
    LloydKMeans,
    assign,
    bisector,
    decompose,
    kmeans_plusplus,
    lloyd_steps,
    random_rows,
    refill,
    squared_distances,
    update,
    wcss,
    wcss_pairwise,
)
from analysis.songs.table import load_dataset, standardise

# -- data, easy and degenerate ------------------------------------------------------------


@st.composite
def tables(draw, max_rows=40):
    """Random, duplicated, constant and collinear rows, some far from the origin."""
    n_rows = draw(st.integers(1, max_rows))
    n_columns = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n_rows, n_columns))
    match draw(st.sampled_from(["random", "grid", "same", "constant", "line", "far"])):
        case "grid":
            X = np.round(X)
        case "same":
            X[:] = X[0]
        case "constant":
            X[:, 0] = 3.0
        case "line":
            X = np.outer(np.round(X[:, 0], 1), np.arange(1, n_columns + 1))
        case "far":
            X += 1e4
    return X


@st.composite
def clustered(draw, max_rows=40):
    """A table and starting centres: k = 1, k = n and starts far from all rows included."""
    X = draw(tables(max_rows))
    k = draw(st.sampled_from([1, len(X), draw(st.integers(1, len(X)))]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if draw(st.booleans()):
        return X, X[rng.choice(len(X), k, replace=False)]
    return X, X.mean(axis=0) + draw(st.sampled_from([1.0, 10.0])) * rng.normal(size=(k, X.shape[1]))


def slack(X):
    """Rounding, in units of J."""
    return 1e-12 * (1.0 + np.square(X - X.mean(axis=0)).sum()) + 1e-15 * np.square(X).sum()


def n_partitions(n, k):
    """Ways to cut n labelled things into at most k non-empty parts."""
    ways = [1] + [0] * k
    for _ in range(n):
        ways = [0] + [part * ways[part] + ways[part - 1] for part in range(1, k + 1)]
    return sum(ways)


def blobs(n=300, d=5, k=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(k, d))[rng.integers(k, size=n)] * 3 + rng.normal(size=(n, d))


def sklearn_fit(X, k, *, sample_weight=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return KMeans(k, algorithm="lloyd", **parameters).fit(X, sample_weight=sample_weight)


def our_fit(X, k, *, sample_weight=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LloydKMeans(k, **parameters).fit(X, sample_weight=sample_weight)


def assert_same_fit(ours, theirs):
    assert_array_equal(ours.labels_, theirs.labels_)
    assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=1e-9, atol=1e-9)
    assert_allclose(ours.inertia_, theirs.inertia_, rtol=1e-9, atol=1e-9)
    assert ours.n_iter_ == theirs.n_iter_


# -- the theorems -------------------------------------------------------------------------


@given(clustered())
def test_neither_step_raises_the_objective(case):
    X, centers = case
    inertia = [step.inertia for step in lloyd_steps(X, centers)]
    assert (np.diff(inertia) <= slack(X) + 1e-12 * max(inertia)).all()


@given(clustered())
def test_neither_step_raises_the_objective_in_the_history(case):
    X, centers = case
    history = our_fit(X, len(centers), init=centers, tol=0).history_
    inertia = np.column_stack([history.inertia_assigned, history.inertia_updated]).ravel()
    assert (np.diff(inertia) <= slack(X) + 1e-12 * max(inertia)).all()


@given(clustered(max_rows=7))
def test_stops_within_the_number_of_partitions(case):
    X, centers = case
    bound = n_partitions(len(X), len(centers))
    last = list(lloyd_steps(X, centers, max_iter=bound + 2))[-1]
    # every iteration but the last two meets a partition of its own
    assert last.iteration <= bound + 1
    assert last.labels_changed == 0
    assert last.center_shift == 0


@given(clustered())
def test_an_iteration_without_change_is_a_fixed_point(case):
    X, centers = case
    last = list(lloyd_steps(X, centers))[-1]
    again = list(lloyd_steps(X, last.centers, max_iter=1))
    assert again[-1].inertia == pytest.approx(last.inertia, abs=slack(X))


@given(tables(), st.integers(1, 6), st.integers(0, 1000))
def test_total_is_within_plus_between(X, k, seed):
    labels = np.random.default_rng(seed).integers(k, size=len(X)).astype(np.int32)
    parts = decompose(X, labels)
    assert parts.total == pytest.approx(parts.within + parts.between, abs=slack(X))


@given(tables(), st.integers(1, 6), st.integers(0, 1000))
def test_the_pairwise_form_is_the_objective_at_the_means(X, k, seed):
    labels = np.random.default_rng(seed).integers(k, size=len(X)).astype(np.int32)
    at_means = wcss(X, update(X, labels, k), labels)
    assert wcss_pairwise(X, labels) == pytest.approx(at_means, abs=slack(X))
    assert decompose(X, labels).within == pytest.approx(at_means, abs=slack(X))


@given(tables(), st.integers(0, 1000), st.floats(0, 10))
def test_the_mean_is_the_best_centre_and_eq_mean_says_by_how_much(X, seed, distance):
    one_cluster = np.zeros(len(X), dtype=np.int32)
    mean = update(X, one_cluster, 1)
    move = distance * np.random.default_rng(seed).normal(size=mean.shape)
    elsewhere = wcss(X, mean + move, one_cluster)
    expected = wcss(X, mean, one_cluster) + len(X) * np.square(move).sum()
    assert elsewhere == pytest.approx(expected, rel=1e-9, abs=slack(X))
    assert elsewhere >= wcss(X, mean, one_cluster) - slack(X)


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_points_of_the_bisector_are_equally_far(d, seed):
    rng = np.random.default_rng(seed)
    a, b, x = rng.normal(size=(3, d))
    normal, offset = bisector(a, b)
    on = x - (normal @ x - offset) / (normal @ normal) * normal
    far_a, far_b = squared_distances(on[None], np.stack([a, b]))[0]
    assert far_a == pytest.approx(far_b, rel=1e-9, abs=1e-9)
    far_a, far_b = squared_distances(x[None], np.stack([a, b]))[0]
    assert (far_a < far_b) == (normal @ x < offset)


@given(clustered(), st.floats(0, 1))
def test_cells_are_convex(case, share):
    X, centers = case
    labels = assign(X, centers)
    rng = np.random.default_rng(0)
    for label in np.unique(labels):
        cell = X[labels == label]
        between = share * cell + (1 - share) * rng.permutation(cell)
        squares = squared_distances(between, centers)
        assert (squares[:, label] <= squares.min(axis=1) + slack(X)).all()


@given(clustered())
def test_every_row_is_assigned_to_a_nearest_centre(case):
    X, centers = case
    squares = squared_distances(X, centers)
    chosen = np.take_along_axis(squares, assign(X, centers)[:, None], axis=1)[:, 0]
    scale = np.square(X).sum(axis=1) + np.square(centers).sum(axis=1).max()
    assert (chosen <= squares.min(axis=1) + 1e-14 * scale).all()


# -- ties and empty clusters --------------------------------------------------------------


def test_ties_go_to_the_lowest_index():
    X = np.array([[0.0], [1.0], [-1.0]])
    centers = np.array([[2.0], [1.0], [-1.0], [1.0]])
    assert_array_equal(assign(X, centers), [1, 1, 2])


def test_ties_go_to_the_lowest_index_over_chunks():
    X = np.array([[0.0, 0.0], [4.0, 0.0], [-4.0, 0.0], [2.0, 0.0], [-2.0, 0.0]])  # mean zero
    centers = np.array([[2.0, 0.0], [-2.0, 0.0], [2.0, 0.0]])
    labels = np.full(len(X), -1, dtype=np.int32)
    with module._Lloyd(X, X.mean(axis=0), None, len(centers)) as lloyd:
        inertia = lloyd._assign(centers, labels)
    assert_array_equal(labels, [0, 0, 1, 0, 1])
    assert inertia == 4 + 4 + 4
    assert_array_equal(next(lloyd_steps(X, centers)).labels, labels)


def test_empty_clusters_take_the_farthest_rows():
    X = np.array([[0.0], [1.0], [2.0], [10.0]])
    centers = np.array([[0.0], [50.0], [60.0]])
    labels = assign(X, centers)
    assert_array_equal(labels, [0, 0, 0, 0])
    refilled = refill(X, labels, centers)
    assert_array_equal(refilled, [0, 0, 2, 1])
    assert_array_equal(labels, [0, 0, 0, 0])
    assert_array_equal(update(X, refilled, 3), [[0.5], [10.0], [2.0]])


def test_nothing_is_refilled_when_all_rows_lie_on_their_centres():
    X = np.ones((4, 2))
    labels = np.zeros(4, dtype=np.int32)
    assert refill(X, labels, np.ones((2, 2))) is labels
    assert_array_equal(update(X, labels, 2), np.ones((2, 2)))


def test_fewer_distinct_rows_than_clusters_warns():
    with pytest.warns(ConvergenceWarning, match=r"clusters \(2\) found smaller than n_clusters"):
        LloydKMeans(3, random_state=0).fit(np.array([[0.0], [0.0], [1.0], [1.0]]))


def test_rounding_refills_nothing():
    X = np.array([[0.1], [0.1], [0.1], [0.7]])
    labels = np.array([0, 0, 0, 2], dtype=np.int32)
    centers = np.array([[0.1 + 2e-17], [5.0], [0.7 - 1e-16]])
    assert refill(X, labels, centers) is labels
    assert refill(X, labels, centers + 1e-12) is not labels


@pytest.mark.parametrize("max_iter", [1, 2, 3, 300])
def test_labels_are_those_of_the_final_centres(max_iter):
    X = blobs()
    fitted = our_fit(X, 8, init=X.mean(axis=0) + 30 * X[:8], max_iter=max_iter)
    assert_array_equal(fitted.labels_, fitted.predict(X))


# -- scikit-learn from the same start -----------------------------------------------------


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


def test_agrees_with_sklearn_over_many_chunks():
    X = blobs(n=30_000)
    for k in (9, 300):
        parameters = {"init": X[:k], "n_init": 1, "max_iter": 12, "tol": 0}
        assert len(module._chunks(len(X), k)) > 2
        assert_same_fit(our_fit(X, k, **parameters), sklearn_fit(X, k, **parameters))


@pytest.mark.parametrize("feature_set", ["ours", "as-published"])
def test_agrees_with_sklearn_on_the_songs(feature_set):
    table = load_dataset(ROOT / "data" / "gtzan_features.csv", feature_set=feature_set)
    X = standardise(table.X).X
    for k in (2, 10, 20):
        parameters = {"n_init": 3, "random_state": 42, "tol": 0}
        assert_same_fit(our_fit(X, k, **parameters), sklearn_fit(X, k, **parameters))
        start = {"init": X[:: len(X) // k][:k], "n_init": 1}
        assert_same_fit(our_fit(X, k, **start), sklearn_fit(X, k, **start))


@pytest.mark.parametrize("n_local_trials", [None, 1, 5])
def test_draws_the_rows_that_sklearn_draws(n_local_trials):
    X = blobs()
    for seed in range(10):
        ours = kmeans_plusplus(X, 8, random_state=seed, n_local_trials=n_local_trials)
        theirs, _ = sklearn_plusplus(X, 8, random_state=seed, n_local_trials=n_local_trials)
        assert_array_equal(ours, theirs)


# -- the estimator ------------------------------------------------------------------------

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


@given(clustered())
def test_the_fused_steps_are_the_plain_ones(case):
    X, centers = case
    fitted = our_fit(X, len(centers), init=centers, tol=0, max_iter=1)
    assigned, updated = lloyd_steps(X, centers, max_iter=1)
    history = fitted.history_
    assert history.inertia_assigned[0] == pytest.approx(assigned.inertia, rel=1e-12, abs=slack(X))
    assert history.inertia_updated[0] == pytest.approx(
        updated.inertia, abs=slack(X) + 1e-12 * assigned.inertia
    )
    assert history.labels_changed[0] == assigned.labels_changed == len(X)


def test_the_steps_end_where_the_estimator_ends():
    X = blobs()
    fitted = our_fit(X, 6, tol=0, random_state=3)
    steps = list(lloyd_steps(X, fitted.initial_centers_))
    updates = [step for step in steps if step.step == "update"]
    history = fitted.history_
    assert len(history) == fitted.n_iter_ == len(updates)
    assert_array_equal(updates[-1].labels, fitted.labels_)
    assert_allclose(updates[-1].centers, fitted.cluster_centers_, rtol=1e-12)
    assert_allclose(history.inertia_updated, [step.inertia for step in updates], rtol=1e-12)
    assert_allclose(history.inertia_assigned, [step.inertia for step in steps[::2]], rtol=1e-12)
    assert_allclose(history.center_shift, [step.center_shift for step in updates], atol=1e-12)
    assert_array_equal(history.labels_changed, [step.labels_changed for step in updates])


def test_steps_may_be_kept():
    X = blobs()
    kept = list(lloyd_steps(X, X[:6]))
    copies = [(step.centers.copy(), step.labels.copy()) for step in lloyd_steps(X, X[:6])]
    for step, (centers, labels) in zip(kept, copies, strict=True):
        assert_array_equal(step.centers, centers)
        assert_array_equal(step.labels, labels)


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


def test_far_from_the_origin_nothing_is_lost():
    X = blobs()
    near, far = our_fit(X, 6, random_state=0), our_fit(X + 1e6, 6, random_state=0)
    assert_array_equal(near.labels_, far.labels_)
    assert_array_equal(far.predict(X + 1e6), far.labels_)
    assert far.inertia_ == pytest.approx(near.inertia_, rel=1e-7)


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(monkeypatch):
    X = blobs(n=5_000)
    monkeypatch.setattr(module, "SCORES_PER_CHUNK", 2_000)
    fits = []
    for n_threads in (1, 2, 3):
        monkeypatch.setattr(module, "_n_blas_threads", lambda _, n=n_threads: n)
        fits.append(our_fit(X, 6, n_init=2, max_iter=10, random_state=0))
    for other in fits[1:]:
        assert_array_equal(other.cluster_centers_, fits[0].cluster_centers_)
        assert_array_equal(other.labels_, fits[0].labels_)
        assert_array_equal(other.history_.inertia_assigned, fits[0].history_.inertia_assigned)
        assert other.inertia_ == fits[0].inertia_


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


# -- mistakes -----------------------------------------------------------------------------


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


@pytest.mark.parametrize("draw", [kmeans_plusplus, random_rows])
def test_too_few_rows_to_start_from(draw):
    with pytest.raises(ValueError, match="n_samples=3 should be >= n_clusters=4"):
        draw(np.zeros((3, 2)), 4)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        LloydKMeans().predict(blobs())
