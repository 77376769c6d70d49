"""Criteria, parameters, sweeps; the book's propositions on them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from numpy.testing import assert_allclose
from sklearn.mixture import GaussianMixture

from analysis.book import Book
from analysis.findings.mixtures import choice
from analysis.findings.mixtures.choice import MixtureSweep
from analysis.findings.mixtures.run import REG_COVAR
from analysis.methods.mixture.model import COVARIANCE_TYPES, log_likelihood
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(80))


def a_sweep(likelihoods: list[float], n_songs: int = 100) -> MixtureSweep:
    """Make a sweep from 1 on with these log-likelihoods, each found by its only start."""
    ks = pd.RangeIndex(1, len(likelihoods) + 1, name="k")
    values = pd.Series(likelihoods, index=ks, dtype=float)
    p = pd.Series([21 * k - 1 for k in ks], index=ks)
    table = pd.DataFrame({"log_likelihood": values, "n_parameters": p, "n_pinned": 0})
    table["bic"] = choice.bic(values, p, n_songs)
    table["aic"] = choice.aic(values, p)
    return MixtureSweep(table, values.to_frame(), (), "full", n_songs, 5, 3, 1, 300, 42, REG_COVAR)


likelihoods = st.lists(st.floats(-3e3, 3e3), min_size=2, max_size=12)


@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
def test_the_sweep_is_that_of_scikit_learn(kind: str, gtzan: Book) -> None:
    """The best of the starts, and the criteria; for every kind of covariance."""
    Z = z_scores(gtzan.dataset.X)
    for k in (1, 4):
        fits = choice.fit_starts(
            Z,
            k,
            n_init=3,
            max_iter=300,
            seed=42,
            covariance_type=kind,  # type: ignore[arg-type]
        )
        best = max(fits, key=lambda fit: fit.lower_bound_)
        theirs = GaussianMixture(k, covariance_type=kind, n_init=3, max_iter=300, random_state=42)
        theirs.fit(Z)
        assert_allclose(best.lower_bound_, theirs.lower_bound_, rtol=1e-8)
        p = pd.Series(choice.n_parameters(k, 5, kind))  # type: ignore[arg-type]
        total = pd.Series(theirs.score(Z) * len(Z))
        assert_allclose(choice.bic(total, p, len(Z)), theirs.bic(Z))
        assert_allclose(choice.aic(total, p), theirs.aic(Z))


def test_a_sweep_holds_what_its_fits_reach(made: Book) -> None:
    sweep, config = made.mixture_sweep, made.config
    assert sweep.ks == (1, *range(config.k_min, config.k_max + 1))
    Z = z_scores(made.dataset.X)
    for k in sweep.ks:
        found = log_likelihood(Z, sweep.fit(k))
        assert found == pytest.approx(sweep.of(k, "log_likelihood"))
        assert sweep.of(k, "bic") == pytest.approx(
            sweep.of(k, "n_parameters") * math.log(len(Z)) - 2 * found
        )
        assert sweep.of(k, "aic") == pytest.approx(2 * sweep.of(k, "n_parameters") - 2 * found)
        assert max(sweep.starts.loc[k]) <= found + 1e-3 * len(Z)
    assert math.isnan(sweep.of(99, "bic"))
    assert sweep.excess(sweep.best("bic"), "bic") == 0
    assert sweep.starts.shape == (len(sweep.ks), config.gmm_sweep_n_init)
    assert (sweep.gains >= 0).all()
    assert sweep.first["bic"][1] == pytest.approx(sweep.of(1, "bic"))


def test_one_component_is_the_normal_distribution_of_the_songs(made: Book) -> None:
    fit = made.mixture_sweep.fit(1)
    Z = z_scores(made.dataset.X)
    assert_allclose(fit.means[0], 0, atol=1e-9)
    assert_allclose(fit.covariances[0], np.cov(Z.T, ddof=0) + 1e-6 * np.eye(5), atol=1e-9)


def test_every_kind_is_swept(made: Book) -> None:
    types = made.mixture_types
    assert tuple(sweep.covariance_type for sweep in types.sweeps) == COVARIANCE_TYPES
    everything = {(s.covariance_type, k): s.of(k, "bic") for s in types.sweeps for k in s.ks}
    kind, k = min(everything, key=everything.__getitem__)
    assert (types.best_kind("bic"), types.best_k("bic")) == (kind, k)
    others = min(value for (name, _), value in everything.items() if name != kind)
    assert types.lead("bic") == pytest.approx(others - everything[kind, k])
    full = types.of("full")
    assert full.of(3, "log_likelihood") == made.mixture_sweep.of(3, "log_likelihood")


def test_fits_out_of_order_are_counted(made: Book) -> None:
    """A spherical mixture that is better than a diagonal one shows a bad start."""
    types = made.mixture_types
    low = types.of("diag").table.assign(log_likelihood=-1e9)
    bad = dataclasses.replace(types.of("diag"), table=low)
    swapped = tuple(bad if s.covariance_type == "diag" else s for s in types.sweeps)
    assert dataclasses.replace(types, sweeps=swapped).n_out_of_order >= len(bad.ks)


def test_groups_that_are_there_are_found(tmp_path: Path) -> None:
    songs = make_songs(90, genres=3)
    rng = np.random.default_rng(1)
    for name, values in {
        "tempo": (60.0, 120.0, 180.0),
        "energy": (0.05, 0.3, 0.6),
        "loudness": (-26.0, -10.0, -4.0),
        "valence": (0.1, 0.9, 0.4),
        "danceability": (0.2, 0.9, 0.5),
    }.items():
        songs[name] = np.take(values, np.arange(90) % 3) * (1 + 0.05 * rng.standard_normal(90))
    found = Book(make_project(tmp_path / "p", songs, gmm_sweep_n_init=4))
    assert found.mixture_sweep.best("bic") == 3
    assert found.mixture_sweep.place("bic") == "inside the range tried"
    assert not found.mixture_sweep.on_edge("bic")


@given(likelihoods, st.integers(8, 10**6))
def test_bic_never_asks_for_more_than_aic(values: list[float], n_songs: int) -> None:
    """prp-order."""
    sweep = a_sweep(values, n_songs)
    assert sweep.best("bic") <= sweep.best("aic")


@given(likelihoods, st.integers(3, 10_000), st.integers(2, 50))
def test_copies_count_as_evidence(values: list[float], n_songs: int, m: int) -> None:
    """prp-copies: never fewer components; once is no copy."""
    sweep = a_sweep(values, n_songs)
    assert sweep.best_with_copies(1) == sweep.best("bic")
    assert sweep.best_with_copies(m) >= sweep.best("bic")


def test_copies_multiply_the_likelihood(made: Book) -> None:
    """prp-copies: the same fit to a table in which every song stands twice."""
    sweep, Z = made.mixture_sweep, z_scores(made.dataset.X)
    once = log_likelihood(Z, sweep.fit(3))
    assert log_likelihood(np.repeat(Z, 2, axis=0), sweep.fit(3)) == pytest.approx(2 * once)


@given(st.integers(1, 40), st.integers(1, 20))
def test_parameters_are_counted_one_by_one(k: int, d: int) -> None:
    """eq-parameters: what is left to choose, entry by entry."""
    entries = {"full": len(np.triu_indices(d)[0]) * k, "tied": len(np.triu_indices(d)[0])}
    entries |= {"diag": k * d, "spherical": k}
    for count in choice.count_parameters(k, d):
        assert count.weights == k - 1
        assert count.means == np.zeros((k, d)).size
        assert count.covariances == entries[count.covariance_type]
        assert count.total == count.weights + count.means + count.covariances


@given(st.integers(1, 30))
def test_the_price_of_a_component(d: int) -> None:
    sweep = dataclasses.replace(a_sweep([0.0, 1.0]), n_features=d)
    assert sweep.price == 1 + d + d * (d + 1) // 2
    assert sweep.songs_per_parameter(1) == pytest.approx(100 / (d + d * (d + 1) / 2))


def test_splitting_a_component_keeps_the_likelihood(made: Book) -> None:
    """prp-more-room, on the way its proof takes."""
    Z, fit = z_scores(made.dataset.X), made.mixture_sweep.fit(3)
    split = dataclasses.replace(
        fit,
        weights=np.append(fit.weights[:-1], [fit.weights[-1] / 2] * 2),
        means=np.vstack([fit.means, fit.means[-1]]),
        covariances=np.concatenate([fit.covariances, fit.covariances[-1:]]),
    )
    assert log_likelihood(Z, split) == pytest.approx(log_likelihood(Z, fit))


@given(st.floats(0.01, 0.99), st.integers(0, 100))
def test_the_likelihood_is_flat_along_a_split(t: float, seed: int) -> None:
    """prp-irregular: with one component too many, its weight can be dealt out at will."""
    from analysis.methods.mixture.model import Parameters

    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 2))
    mean, covariance = rng.standard_normal((1, 2)), np.eye(2)[None]
    whole = Parameters(np.ones(1), mean, covariance)
    dealt = Parameters(np.array([t, 1 - t]), mean.repeat(2, 0), covariance.repeat(2, 0))
    assert log_likelihood(X, dealt) == pytest.approx(log_likelihood(X, whole))


def test_what_single_starts_would_choose(made: Book) -> None:
    sweep = made.mixture_sweep
    for criterion, price in (("bic", math.log(sweep.n_songs)), ("aic", 2)):
        values = price * sweep.table["n_parameters"].to_numpy() - 2 * sweep.starts.to_numpy().T
        expected = [sweep.ks[int(of_one.argmin())] for of_one in values]
        assert list(sweep.by_single_starts(criterion)) == expected


def test_the_runner_up() -> None:
    sweep = a_sweep([-100.0, -20.0, -50.0])
    ordered = sweep.table["aic"].sort_values()
    assert sweep.best("aic") == ordered.index[0]
    assert sweep.runner_up("aic") == ordered.index[1]
    assert sweep.lead("aic") == pytest.approx(ordered.iloc[1] - ordered.iloc[0])
    alone = a_sweep([-100.0])
    assert alone.runner_up("bic") == 1
    assert alone.lead("bic") == 0


def test_falls_are_counted() -> None:
    sweep = a_sweep([0.0, 5.0, 4.0, 6.0, 1.0])
    assert sweep.n_falls == sweep.n_falls_of_first == 2
    assert sweep.n_gained == 0


def test_places_in_words() -> None:
    assert choice.place_in((1, 2, 3), 2) == "inside the range tried"
    assert choice.place_in((1, 2, 3), 1) == "the first number tried"
    assert choice.place_in((1, 2, 3), 3) == "the last number tried"
    assert choice.place_in((1,), 1) == "the only number tried"


def test_the_edge_of_a_sweep() -> None:
    rising = a_sweep([0.0, 1e4, 2e4, 3e4])
    assert rising.best("bic") == 4
    assert rising.on_edge("bic")
    flat = a_sweep([0.0, 0.0, 0.0, 0.0])
    assert flat.best("aic") == 1
    assert flat.on_edge("aic")


def test_a_start_that_does_not_converge_says_so(made: Book) -> None:
    Z = z_scores(made.dataset.X)
    (fit,) = choice.fit_starts(Z, 4, n_init=1, max_iter=1, seed=0)
    assert not fit.converged_
