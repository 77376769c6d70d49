"""The run, three ways to compute J, rules to stop, agreement with scikit-learn."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import ROOT, make_songs
from sklearn.cluster import KMeans

from analysis.book import Book
from analysis.config import Config, load_config
from analysis.findings.kmeans import run as lloyd
from analysis.methods.kmeans.steps import lloyd_steps
from analysis.songs.table import Dataset, z_scores


@pytest.fixture(scope="module")
def config() -> Config:
    return dataclasses.replace(load_config(ROOT / "study.toml"), n_clusters=4, n_init=3)


@pytest.fixture(scope="module")
def songs_() -> Dataset:
    return Dataset(make_songs(60), "ours")


@pytest.fixture(scope="module")
def trace(songs_: Dataset, config: Config) -> lloyd.LloydTrace:
    return lloyd.trace(songs_, config)


# --- the run -----------------------------------------------------------------------------------


@pytest.mark.parametrize("feature_set", ["ours", "as_published"])
def test_the_run_on_the_songs(gtzan: Book, feature_set: str) -> None:
    study = getattr(gtzan, feature_set)
    run = study.lloyd_trace
    assert run.settled
    assert run.n_rises == 0
    assert run.labels_changed[0] == study.dataset.n_songs
    assert run.n_clusters == study.config.n_clusters
    X = z_scores(study.dataset.X)
    fit = KMeans(run.n_clusters, init=run.start, n_init=1, tol=0, max_iter=300).fit(X)
    assert np.array_equal(fit.labels_, run.labels)
    assert np.allclose(fit.cluster_centers_, run.cluster_centers, atol=1e-9)
    assert run.last == pytest.approx(fit.inertia_, rel=1e-12)
    assert run.total == pytest.approx(X.size)


def test_shares_of_the_fall(trace: lloyd.LloydTrace) -> None:
    shares = trace.share_of_drop
    assert np.all(np.diff(shares) >= -1e-12)
    assert shares[-1] == pytest.approx(1)
    half = trace.rounds_to(0.5)
    assert shares[half - 1] >= 0.5
    assert half == 1 or shares[half - 2] < 0.5
    assert trace.rounds_to(1.0) <= trace.n_iter
    assert trace.n_moved_after(0) == trace.labels_changed.sum()
    assert trace.n_moved_after(trace.n_iter) == 0
    assert np.array_equal(trace.half_steps[1::2], trace.inertia_updated)


def test_a_run_that_falls_nowhere(songs_: Dataset, config: Config) -> None:
    one = dataclasses.replace(config, n_clusters=60)
    run = lloyd.trace(songs_, one)
    assert run.last == 0
    assert run.rounds_to(0.9) == 1
    assert lloyd.compare_stopping(songs_, run).centres.excess == 0


def test_a_run_that_is_cut_short(songs_: Dataset, config: Config) -> None:
    run = lloyd.trace(songs_, dataclasses.replace(config, max_iter=2))
    assert run.n_iter == 2
    assert not run.settled
    stops = lloyd.compare_stopping(songs_, run)
    assert stops.nothing.round == 2
    assert not stops.rules["reached"].iloc[-1]


def test_a_rise_is_counted(trace: lloyd.LloydTrace) -> None:
    J = trace.inertia_updated.copy()
    J[1] = J[0] + 1
    assert dataclasses.replace(trace, inertia_updated=J).n_rises == 1


# --- theorems of the chapter -------------------------------------------------------------------


def clusters(X: np.ndarray, k: int, seed: int) -> np.ndarray:
    return X[np.random.default_rng(seed).choice(len(X), k, replace=False)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_what_an_update_gains(seed: int, k: int) -> None:
    """prp-drop: the fall at an update is the weighted squared shift, and its two bounds."""
    X = np.random.default_rng(seed).normal(size=(40, 3))
    centers = clusters(X, k, seed)
    steps = list(lloyd_steps(X, centers))
    for before, after in zip(steps[::2], steps[1::2], strict=True):
        sizes = np.bincount(after.labels, minlength=k)
        squares = np.square(after.centers - before.centers).sum(axis=1)
        assert (sizes > 0).all()
        fall = before.inertia - after.inertia
        assert fall == pytest.approx(float(sizes @ squares), abs=1e-9)
        assert sizes.min() * squares.sum() - 1e-9 <= fall <= sizes.max() * squares.sum() + 1e-9


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_the_unit_changes_no_step(seed: int, scale: float) -> None:
    """prp-scale: multiplied features, the same labels, J times the square."""
    X = np.random.default_rng(seed).normal(size=(40, 3))
    centers = clusters(X, 4, seed)
    for one, other in zip(lloyd_steps(X, centers), lloyd_steps(scale * X, scale * centers)):  # noqa: B905
        assert np.array_equal(one.labels, other.labels)
        assert other.inertia == pytest.approx(scale**2 * one.inertia)


@given(st.floats(1.01, 1000))
def test_an_end_as_bad_as_one_likes(w: float) -> None:
    """prp-trap: the corners of a rectangle."""
    X = np.array([[w, 1], [w, -1], [-w, 1], [-w, -1]])
    *_, last = lloyd_steps(X, X[:2])
    assert last.inertia == pytest.approx(4 * w**2)
    *_, best = lloyd_steps(X, X[[0, 2]])
    assert best.inertia == pytest.approx(4)


# --- the objective -----------------------------------------------------------------------------


def test_three_ways_agree(gtzan: Book) -> None:
    objective = gtzan.objective
    assert objective.largest_gap < 1e-12
    assert objective.definition == pytest.approx(gtzan.lloyd_trace.last, rel=1e-12)
    assert objective.total == pytest.approx(objective.within + objective.between)
    assert 0 < objective.between_share < 1
    assert objective.n_terms == 1000


def stirling(n: int, k: int) -> int:
    """By the recurrence: the last song is alone, or joins one of k clusters."""
    if n == k or k == 1:
        return 1
    return 0 if k > n else stirling(n - 1, k - 1) + k * stirling(n - 1, k)


@pytest.mark.parametrize(("n", "k"), [(4, 2), (7, 3), (9, 9), (10, 1), (12, 5), (3, 5)])
def test_number_of_partitions(n: int, k: int) -> None:
    assert lloyd.n_partitions(n, k) == stirling(n, k)


# --- stopping ----------------------------------------------------------------------------------


def by_hand(
    trace: lloyd.LloydTrace, J: list[float], shift: list[float], moved: list[int]
) -> object:
    return dataclasses.replace(
        trace,
        inertia_updated=np.array(J),
        inertia_assigned=np.array(J),
        center_shift=np.sqrt(shift),
        labels_changed=np.array(moved),
    )


def test_rules_by_hand(songs_: Dataset, trace: lloyd.LloydTrace) -> None:
    run = by_hand(
        trace,
        [120, 110.5, 110, 108, 107.995, 107.995],
        [2, 0.5, 1e-3, 1, 5e-5, 0],
        [60, 9, 2, 5, 1, 0],
    )
    stops = lloyd.compare_stopping(songs_, run)  # type: ignore[arg-type]
    assert stops.tol == pytest.approx(1e-4)
    assert [stops.below(e).round for e in lloyd.EPSILONS] == [2, 3, 5, 5, 6]
    assert stops.below(1.0).moves_left == 6
    assert stops.below(1.0).excess == pytest.approx(110 / 107.995 - 1)
    assert stops.centres == lloyd.StoppingPoint(5, pytest.approx(0), 0)
    assert stops.nothing.round == 6
    assert stops.n_growths == 1


def test_scikit_learn_stops_where_we_say(gtzan: Book) -> None:
    for study in (gtzan, gtzan.as_published):
        run = study.lloyd_trace
        X = z_scores(study.dataset.X)
        fit = KMeans(run.n_clusters, init=run.start, n_init=1, max_iter=300).fit(X)
        assert fit.n_iter_ == study.stopping.centres.round


def test_rules_are_in_order(gtzan: Book) -> None:
    rounds = gtzan.stopping.objective["round"].to_numpy()
    assert (np.diff(rounds) >= 0).all()
    assert gtzan.stopping.nothing.round == gtzan.lloyd_trace.n_iter
    assert gtzan.stopping.nothing.excess == 0
    assert math.isnan(gtzan.stopping.rules["threshold"].iloc[-1])


# --- agreement ---------------------------------------------------------------------------------


def test_agreement_on_the_songs(gtzan: Book) -> None:
    for study in (gtzan, gtzan.as_published):
        agreement = study.agreement
        assert agreement.labels_differing == 0
        assert agreement.center_difference < 1e-9
        assert agreement.steps_difference < 1e-9
        assert (agreement.frame["same_rounds"] == agreement.frame["n_fits"]).all()
        assert agreement.n_fits == 2 * study.config.n_init + 1


def test_disagreement_is_found(
    songs_: Dataset, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    import analysis.methods.kmeans.estimator as module

    class Lazy(module.LloydKMeans):  # type: ignore[misc]
        def fit(self, X: np.ndarray, y: object = None, sample_weight: object = None) -> object:
            super().fit(X)
            self.cluster_centers_ = self.cluster_centers_ + 0.25
            self.labels_ = (self.labels_ + 1) % self.n_clusters
            return self

    monkeypatch.setattr(module, "LloydKMeans", Lazy)
    agreement = lloyd.compare_with_sklearn(songs_, config)
    assert agreement.center_difference == pytest.approx(0.25)
    assert agreement.labels_differing == 60 * agreement.n_fits
