"""The steps over chunks of rows beside those of the book."""

import numpy as np
import pytest
from hypothesis import given
from kmeans_cases import assert_same_fit, blobs, clustered, our_fit, sklearn_fit, slack
from numpy.testing import assert_allclose, assert_array_equal

from analysis.methods.kmeans import chunks, steps
from analysis.methods.kmeans.steps import lloyd_steps


@given(clustered())
def test_neither_step_raises_the_objective_in_the_history(case):
    X, centers = case
    history = our_fit(X, len(centers), init=centers, tol=0).history_
    inertia = np.column_stack([history.inertia_assigned, history.inertia_updated]).ravel()
    assert (np.diff(inertia) <= slack(X) + 1e-12 * max(inertia)).all()


def test_ties_go_to_the_lowest_index_over_chunks():
    X = np.array([[0.0, 0.0], [4.0, 0.0], [-4.0, 0.0], [2.0, 0.0], [-2.0, 0.0]])  # mean zero
    centers = np.array([[2.0, 0.0], [-2.0, 0.0], [2.0, 0.0]])
    labels = np.full(len(X), -1, dtype=np.int32)
    with chunks._Lloyd(X, X.mean(axis=0), None, len(centers)) as lloyd:
        inertia = lloyd._assign(centers, labels)
    assert_array_equal(labels, [0, 0, 1, 0, 1])
    assert inertia == 4 + 4 + 4
    assert_array_equal(next(lloyd_steps(X, centers)).labels, labels)


def test_agrees_with_sklearn_over_many_chunks():
    X = blobs(n=30_000)
    for k in (9, 300):
        parameters = {"init": X[:k], "n_init": 1, "max_iter": 12, "tol": 0}
        assert len(steps._chunks(len(X), k)) > 2
        assert_same_fit(our_fit(X, k, **parameters), sklearn_fit(X, k, **parameters))


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


def test_far_from_the_origin_nothing_is_lost():
    X = blobs()
    near, far = our_fit(X, 6, random_state=0), our_fit(X + 1e6, 6, random_state=0)
    assert_array_equal(near.labels_, far.labels_)
    assert_array_equal(far.predict(X + 1e6), far.labels_)
    assert far.inertia_ == pytest.approx(near.inertia_, rel=1e-7)


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(monkeypatch):
    X = blobs(n=5_000)
    monkeypatch.setattr(steps, "SCORES_PER_CHUNK", 2_000)
    fits = []
    for n_threads in (1, 2, 3):
        monkeypatch.setattr(chunks, "n_blas_threads", lambda _, n=n_threads: n)
        fits.append(our_fit(X, 6, n_init=2, max_iter=10, random_state=0))
    for other in fits[1:]:
        assert_array_equal(other.cluster_centers_, fits[0].cluster_centers_)
        assert_array_equal(other.labels_, fits[0].labels_)
        assert_array_equal(other.history_.inertia_assigned, fits[0].history_.inertia_assigned)
        assert other.inertia_ == fits[0].inertia_
