"""The run, its two parts, what reg_covar costs, agreement with scikit-learn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from made_up import ROOT, make_songs
from sklearn.mixture import GaussianMixture

from analysis.book import Book
from analysis.config import Config, load_config
from analysis.findings.mixtures import run as em
from analysis.methods.mixture.model import (
    COVARIANCE_TYPES,
    Parameters,
    cholesky_factors,
    covariance_matrices,
    log_gaussian_density,
    log_likelihood,
)
from analysis.methods.mixture.steps import e_step, em_steps, expected_log_joint, kl_gap, m_step
from analysis.songs.table import Dataset, z_scores

seeds = st.integers(0, 2**32 - 1)
types = st.sampled_from(COVARIANCE_TYPES)
few = settings(max_examples=30)


@pytest.fixture(scope="module")
def config() -> Config:
    return dataclasses.replace(
        load_config(ROOT / "study.toml"), n_clusters=4, gmm_n_init=2, max_iter=40
    )


@pytest.fixture(scope="module")
def songs_() -> Dataset:
    return Dataset(make_songs(80), "ours")


@pytest.fixture(scope="module")
def trace(songs_: Dataset, config: Config) -> em.EMTrace:
    return em.trace(songs_, config, 0.0)


def rows(rng: np.random.Generator, n: int = 60, d: int = 3) -> np.ndarray:
    return np.asarray(rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d))


def mixture(rng: np.random.Generator, X: np.ndarray, k: int, kind: str) -> Parameters:
    shares = rng.dirichlet(np.ones(k), size=len(X))
    best = m_step(X, shares, kind, 1e-3)  # type: ignore[arg-type]
    means = X[rng.choice(len(X), k, replace=False)]
    return dataclasses.replace(best, means=means)


# --- the run -----------------------------------------------------------------------------------


@pytest.mark.parametrize("feature_set", ["ours", "as_published"])
def test_the_run_on_the_songs(gtzan: Book, feature_set: str) -> None:
    study = getattr(gtzan, feature_set)
    run = study.em_trace
    assert run.converged
    assert run.n_iter == study.mixture.n_iter
    assert run.study_difference < 1e-6
    assert run.last == pytest.approx(study.mixture.log_likelihood, abs=1e-6)
    assert run.n_falls == run.n_bound_falls == 0
    assert np.abs(run.kl_gap[::2]).max() < 1e-8
    assert run.largest_error < 1e-8
    assert run.moved[0] == study.dataset.n_songs
    assert run.last_rise > 0
    assert run.gains.sum() + run.gaps.sum() == pytest.approx(run.rise)
    assert run.gap_share == pytest.approx(run.gaps.sum() / run.rise)
    assert np.allclose(run.start.weights * len(study.dataset.X) % 1, 0, atol=1e-6)


def test_it_stops_where_scikit_learn_does(gtzan: Book) -> None:
    """eq-em-tol: the rise that ended the run is the first one below the threshold."""
    run = gtzan.em_trace
    rises = np.diff(run.elbo[::2])
    assert (rises[:-1] >= run.threshold).all()
    assert rises[-1] < run.threshold == pytest.approx(em.TOL * 1000)


def test_shares_of_the_rise(trace: em.EMTrace) -> None:
    half = trace.rounds_to(0.5)
    assert trace.share_of_rise[half - 1] >= 0.5
    assert half == 1 or trace.share_of_rise[half - 2] < 0.5
    assert trace.share_of_rise[-1] == pytest.approx(1)
    assert trace.n_moved_after(0) == trace.moved.sum()
    assert trace.n_moved_after(trace.n_iter) == 0


def made(log_likelihood: list[float], elbo: list[float], trace: em.EMTrace) -> em.EMTrace:
    values, bounds = np.array(log_likelihood), np.array(elbo)
    moved = np.zeros(len(values) // 2, dtype=int)
    return dataclasses.replace(
        trace, log_likelihood=values, elbo=bounds, kl_gap=values - bounds, moved=moved
    )


def test_falls_and_growths_are_counted(trace: em.EMTrace) -> None:
    run = made([0, 3, 3, 4, 4, 9, 9, 8], [0, 2, 3, 4, 4, 3, 9, 8], trace)
    assert run.n_falls == 1
    assert run.n_bound_falls == 2
    assert run.n_growths == 1
    assert list(run.gaps) == [1, 0, 6, 0]
    assert list(run.gains) == [2, 1, -1, -1]
    still = made([5, 5], [5, 5], trace)
    assert still.gap_share == 0
    assert still.rounds_to(0.9) == 1


def test_a_run_that_is_cut_short(songs_: Dataset, config: Config) -> None:
    for n in (1, 2):
        run = em.trace(songs_, dataclasses.replace(config, max_iter=n), 0.0)
        assert run.n_iter == n
        assert not run.converged


# --- theorems of the chapter -------------------------------------------------------------------


@few
@given(seeds, st.integers(1, 4), types)
def test_what_a_round_gains(seed: int, k: int, kind: str) -> None:
    """thm-ascent: the rise is that of Q and the divergence of the old responsibilities."""
    rng = np.random.default_rng(seed)
    X = rows(rng)
    before = mixture(rng, X, k, kind)
    shares = e_step(X, before)
    after = m_step(X, shares, kind)  # type: ignore[arg-type]
    Q = [expected_log_joint(X, shares, p) for p in (before, after)]
    rise = log_likelihood(X, after) - log_likelihood(X, before)
    assert Q[1] >= Q[0] - 1e-8
    assert rise == pytest.approx(Q[1] - Q[0] + kl_gap(X, shares, after), abs=1e-7)


@few
@given(seeds, st.integers(2, 4), types)
def test_where_em_rests_too_early(seed: int, k: int, kind: str) -> None:
    """prp-symmetric: equal components stay equal, with the mean and covariance of all."""
    rng = np.random.default_rng(seed)
    X = rows(rng)
    one = m_step(rng.normal(size=(20, 3)), np.ones((20, 1)), "full").covariances[0]
    weights = rng.dirichlet(np.ones(k))
    start = Parameters(weights, np.repeat(rng.normal(size=(1, 3)), k, axis=0), np.array([one] * k))
    shares = e_step(X, start)
    after = m_step(X, shares, kind)  # type: ignore[arg-type]
    assert np.allclose(after.weights, weights)
    assert np.allclose(after.means, X.mean(axis=0))
    whole = m_step(X, np.ones((len(X), 1)), kind)  # type: ignore[arg-type]
    assert np.allclose(after.matrices(), whole.matrices())
    assert log_likelihood(X, after) == pytest.approx(log_likelihood(X, whole))
    again = m_step(X, e_step(X, after), kind)  # type: ignore[arg-type]
    assert np.allclose(again.matrices(), after.matrices())


@few
@given(seeds, st.integers(1, 4), types)
def test_which_method_knows_its_units(seed: int, k: int, kind: str) -> None:
    """prp-affine: mapped songs from a mapped start, the same responsibilities."""
    rng = np.random.default_rng(seed)
    X = rows(rng)
    start = mixture(rng, X, k, kind)
    match kind:
        case "diag":
            A = np.diag(rng.uniform(0.2, 5, size=3))
        case "spherical":
            A = 1.7 * np.linalg.qr(rng.normal(size=(3, 3)))[0]
        case _:
            A = rng.normal(size=(3, 3)) + 3 * np.eye(3)
    b = rng.normal(size=3)
    matrices = A @ start.matrices() @ A.T
    mapped = dataclasses.replace(
        start,
        means=start.means @ A.T + b,
        covariances={
            "full": matrices,
            "tied": matrices[0],
            "diag": np.diagonal(matrices, axis1=1, axis2=2),
            "spherical": matrices[:, 0, 0],
        }[kind],
    )
    log_det = np.linalg.slogdet(A)[1]
    Y = X @ A.T + b
    for one, other in zip(
        em_steps(X, start, reg_covar=0, tol=0, max_iter=3),
        em_steps(Y, mapped, reg_covar=0, tol=0, max_iter=3),
        strict=True,
    ):
        assert np.allclose(one.responsibilities, other.responsibilities, atol=1e-6)
        lower = one.log_likelihood - len(X) * log_det
        assert other.log_likelihood == pytest.approx(lower, rel=1e-6, abs=1e-5)


def test_spherical_components_know_their_units() -> None:
    """prp-affine leaves out other maps: a stretched feature changes the responsibilities."""
    rng = np.random.default_rng(0)
    X = rows(rng)
    start = mixture(rng, X, 3, "spherical")
    stretch = np.array([9.0, 1, 1])
    other = dataclasses.replace(start, means=start.means * stretch)
    assert np.abs(e_step(X, start) - e_step(X * stretch, other)).max() > 0.1


@pytest.mark.parametrize("kind", ["full", "diag", "spherical"])
def test_there_is_no_greatest_likelihood(kind: str) -> None:
    """prp-no-best: a component that shrinks on one song."""
    X = rows(np.random.default_rng(1))
    values = []
    for variance in (1e-3, 1e-6, 1e-9, 1e-12):
        matrices = np.array([variance, 1.0])
        if kind != "spherical":
            matrices = matrices[:, None] * np.ones(3)
        if kind == "full":
            matrices = matrices[:, :, None] * np.eye(3)
        means = np.array([X[0], X.mean(axis=0)])
        values.append(log_likelihood(X, Parameters(np.full(2, 0.5), means, matrices, kind)))  # type: ignore[arg-type]
    # each thousandth lifts the density of that song by 1000 to the power of d / 2
    assert np.diff(values)[1:] == pytest.approx(1.5 * np.log(1000), rel=1e-3)


def test_a_tied_covariance_needs_few_values() -> None:
    """prp-no-best: unbounded with K values in a direction, bounded with more."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 2))

    def at(X: np.ndarray, values: np.ndarray, variance: float) -> float:
        means = np.column_stack([values, np.zeros(len(values))])
        weights = np.full(len(values), 1 / len(values))
        tied = Parameters(weights, means, np.diag([variance, 1.0]), "tied")
        return log_likelihood(X, tied)

    X[:, 0] = np.arange(60) % 3
    few_values = [at(X, np.arange(3.0), v) for v in (1e-2, 1e-4, 1e-6, 1e-8)]
    assert np.diff(few_values)[1:] == pytest.approx(60 * np.log(10), rel=1e-6)
    X[:, 0] = np.arange(60) % 4
    more = [at(X, np.arange(3.0), v) for v in (1e-2, 1e-4, 1e-6, 1e-8)]
    assert (np.diff(more) < 0).all()


@given(seeds, st.integers(1, 5))
def test_pivots_are_variances_given_the_features_before(seed: int, d: int) -> None:
    """lem-cholesky, and the sentence after it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(50, d)) @ rng.normal(size=(d, d))
    X -= X.mean(axis=0)
    covariance = X.T @ X / len(X)
    if np.linalg.cond(covariance) > 1e8:
        return
    L = cholesky_factors(covariance[None])[0]
    assert np.allclose(L @ L.T, covariance)
    assert np.prod(np.diag(L) ** 2) == pytest.approx(np.linalg.det(covariance), rel=1e-6)
    for j in range(d):
        before = X[:, :j]
        fitted = before @ np.linalg.lstsq(before, X[:, j], rcond=None)[0] if j else 0.0
        assert L[j, j] ** 2 == pytest.approx(np.mean((X[:, j] - fitted) ** 2), rel=1e-5)


@given(seeds, st.integers(1, 4))
def test_the_border_of_equal_covariances_is_a_hyperplane(seed: int, d: int) -> None:
    """prp-border."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d)) + 3 * np.eye(d)
    covariance, means = root @ root.T, rng.normal(size=(2, d))
    weights = rng.dirichlet(np.ones(2) * 3)
    inverse = np.linalg.inv(covariance)
    normal = (means[1] - means[0]) @ inverse
    sizes = [m @ inverse @ m for m in means]
    offset = (sizes[1] - sizes[0]) / 2 + np.log(weights[0] / weights[1])
    x = rng.normal(size=(20, d))
    x -= ((x @ normal - offset) / (normal @ normal))[:, None] * normal
    joint = log_gaussian_density(x, means, np.array([covariance] * 2)) + np.log(weights)
    assert np.allclose(joint[:, 0], joint[:, 1], atol=1e-6 * (1 + np.abs(joint).max()))


# --- after the end, and with more regularisation ---------------------------------------------


def test_after_the_end(gtzan: Book) -> None:
    for study in (gtzan, gtzan.as_published):
        further, X = study.em_further, z_scores(study.dataset.X)
        assert len(further.rises) == em.FURTHER
        first, second = em_steps(X, study.em_trace.end, max_iter=1)
        assert further.next == pytest.approx(second.log_likelihood - first.log_likelihood, rel=1e-5)
        assert further.rise > 0
        assert 0 < further.labels_differing < study.dataset.n_songs
        assert further.n_falls == np.count_nonzero(further.rises < -further.slack)
        assert (further.largest_fall > 0) == (further.n_falls > 0)


def test_a_finer_tolerance_ends_higher(gtzan: Book) -> None:
    finer, config = gtzan.em_finer, gtzan.config
    assert len(finer.starts) == config.gmm_n_init
    assert (finer.starts["rise"] > 0).all()
    assert (finer.starts["fine_rounds"] > finer.starts["rounds"]).all()
    # with the default it is the study's mixture
    assert finer.genre_ari == pytest.approx(gtzan.scores.of("mixture", "ari").estimate)
    assert finer.starts["rounds"].max() < config.max_iter


def test_the_likelihood_does_fall_with_reg_covar(gtzan: Book) -> None:
    assert gtzan.em_further.n_falls > 0
    assert gtzan.em_further.largest_fall < 1e-3


def test_more_regularisation(gtzan: Book) -> None:
    for study in (gtzan, gtzan.as_published):
        found = study.em_regularised
        assert list(found.frame["reg_covar"]) == list(em.REG_COVARS)
        assert found.n_below == 0
        assert found.largest_fall == -found.frame["change"].min() > 0
        assert (found.frame["change"] >= found.frame["least"]).all()
    low = dataclasses.replace(found, frame=found.frame.assign(least=1e9))
    assert low.n_below == len(em.REG_COVARS)


# --- agreement ---------------------------------------------------------------------------------


def test_agreement_on_the_songs(gtzan: Book) -> None:
    for study, tolerance in ((gtzan, 1e-8), (gtzan.as_published, 1e-6)):
        found = study.em_agreement
        assert list(found.frame["covariance_type"]) == list(COVARIANCE_TYPES)
        assert found.labels_differing == 0
        assert found.parameter_difference < tolerance
        assert found.frame["log_likelihood"].max() < 1e-8
        assert found.steps_difference < tolerance
        assert found.same_rounds == found.n_fits == 4 * study.config.gmm_n_init
        assert found.converged["full"] == found.n_starts
        assert found.fewest_rounds <= found.most_rounds
        assert found.rounds_within(found.fewest_rounds, found.most_rounds) == 1
        assert found.rounds_within(0, found.fewest_rounds - 1) == 0


def test_the_rounds_are_scikit_learns(gtzan: Book) -> None:
    X, config = z_scores(gtzan.dataset.X), gtzan.config
    rounds = [
        GaussianMixture(config.n_clusters, max_iter=config.max_iter, random_state=config.seed + i)
        .fit(X)
        .n_iter_
        for i in range(3)
    ]
    assert rounds == list(gtzan.em_agreement.rounds["full"][:3])


@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
@pytest.mark.parametrize(("k", "d"), [(3, 2), (2, 2), (2, 3)])
def test_inverses_of_any_type(kind: str, k: int, d: int) -> None:
    """A table of variances is no matrix, even if it is square."""
    X = rows(np.random.default_rng(k), d=d)
    parameters = mixture(np.random.default_rng(d), X, k, kind)
    shape = (k, d)
    matrices = covariance_matrices(em._inverse(parameters), kind, shape)  # type: ignore[arg-type]
    assert np.allclose(matrices @ parameters.matrices(), np.eye(d))


def test_disagreement_is_found(
    songs_: Dataset, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    import analysis.methods.mixture.estimator as module

    class Lazy(module.EMGaussianMixture):
        def fit(self, X: np.ndarray, y: object = None) -> Lazy:
            super().fit(X)
            if self.max_iter:
                self.means_ = self.means_ + 0.25
            return self

    monkeypatch.setattr(module, "EMGaussianMixture", Lazy)
    found = em.compare_with_sklearn(songs_, config)
    assert found.frame["means"].to_numpy() == pytest.approx(0.25, abs=1e-6)
    assert found.steps_difference == pytest.approx(0.25, abs=1e-6)
