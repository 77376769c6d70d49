"""The theorems on likelihoods without a bound, and what is measured."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from made_up import make_songs
from numpy.testing import assert_allclose

from analysis.book import Book
from analysis.findings.mixtures import degeneracy
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import Parameters, log_density, log_likelihood, n_parameters
from analysis.methods.mixture.pinned import DegenerateMixtureWarning, check_mixture
from analysis.methods.mixture.steps import em_steps, m_step

seeds = st.integers(0, 10_000)
decades = st.integers(1, 9)


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(80))


def with_copies(rng: np.random.Generator, n: int, d: int, r: int) -> np.ndarray:
    """Draw rows of which the last r columns repeat the first ones."""
    X = rng.standard_normal((n, d - r))
    return np.column_stack([X, X[:, :r]])


def shares(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    drawn = rng.uniform(0.05, 1, size=(n, k))
    return drawn / drawn.sum(axis=1, keepdims=True)


def a_mixture(rng: np.random.Generator, k: int, d: int, least: float) -> Parameters:
    """Draw a mixture without eigenvalues below `least`."""
    roots = rng.standard_normal((k, d, d))
    covariances = roots @ roots.transpose(0, 2, 1) * rng.uniform(0, 2) + least * np.eye(d)
    return Parameters(rng.dirichlet(np.ones(k)), rng.standard_normal((k, d)), covariances)


@given(seeds, st.integers(1, 2), decades, st.sampled_from(["full", "tied"]))
def test_every_component_is_as_flat_as_allowed(seed: int, r: int, e: int, kind: str) -> None:
    """thm-floor."""
    rng = np.random.default_rng(seed)
    X = with_copies(rng, 30, 4, r)
    fit = m_step(X, shares(rng, 30, 3), kind, 10.0**-e)  # type: ignore[arg-type]
    flat = degeneracy.redundant_directions(X)
    assert flat.shape == (4, r)
    for matrix in fit.matrices():
        assert_allclose(matrix @ flat, 10.0**-e * flat, atol=1e-12)
        assert np.linalg.eigvalsh(matrix)[0] >= 10.0**-e - 1e-12


@given(seeds, decades, st.sampled_from(["diag", "spherical"]))
def test_diagonal_covariances_do_not_see_copies(seed: int, e: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    X = with_copies(rng, 30, 4, 1)
    fit = m_step(X, shares(rng, 30, 2), kind, 10.0**-e)  # type: ignore[arg-type]
    assert (np.linalg.eigvalsh(fit.matrices())[:, 0] > 0.1).all()


def in_basis(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = degeneracy.redundant_directions(X)
    return flat, np.linalg.svd(flat, full_matrices=True)[0][:, flat.shape[1] :]


@given(seeds, st.integers(1, 2), decades)
def test_no_mixture_is_above_the_bound(seed: int, r: int, e: int) -> None:
    """thm-slope, first half: any mixture, beside one for the other directions."""
    rng = np.random.default_rng(seed)
    X, eps = with_copies(rng, 12, 4, r), 10.0**-e
    flat, rest = in_basis(X)
    mixture = a_mixture(rng, 3, 4, eps)
    Q = np.column_stack([rest, flat])
    covariances = Q.T @ mixture.covariances @ Q
    precisions = np.linalg.inv(covariances)[:, : 4 - r, : 4 - r]
    c = (X @ flat)[0]
    means, cross = mixture.means @ Q, covariances[:, : 4 - r, 4 - r :]
    gap = np.linalg.solve(covariances[:, 4 - r :, 4 - r :], (c - means[:, 4 - r :])[..., None])
    given_c = Parameters(
        mixture.weights,
        means[:, : 4 - r] + (cross @ gap)[..., 0],
        np.linalg.inv(precisions),
    )
    assert np.linalg.eigvalsh(given_c.covariances).min() >= eps * (1 - 1e-6)
    allowed = log_likelihood(X @ rest, given_c) - 12 * r / 2 * math.log(2 * math.pi * eps)
    assert log_likelihood(X, mixture) <= allowed + 1e-6 * abs(allowed)


@given(seeds, st.integers(1, 2), decades)
def test_the_bound_is_reached(seed: int, r: int, e: int) -> None:
    """thm-slope, second half: lift any mixture of the other directions."""
    rng = np.random.default_rng(seed)
    X, eps = with_copies(rng, 12, 4, r), 10.0**-e
    flat, rest = in_basis(X)
    below = a_mixture(rng, 2, 4 - r, eps)
    lifted = Parameters(
        below.weights,
        below.means @ rest.T + (X @ flat)[0] @ flat.T,
        rest @ below.covariances @ rest.T + eps * flat @ flat.T,
    )
    expected = log_likelihood(X @ rest, below) - 12 * r / 2 * math.log(2 * math.pi * eps)
    assert log_likelihood(X, lifted) == pytest.approx(expected, rel=1e-6, abs=1e-4)


@settings(max_examples=25)
@given(seeds, st.integers(1, 2), st.integers(1, 7))
def test_the_copy_changes_no_responsibility(seed: int, r: int, e: int) -> None:
    """thm-same-run, round by round."""
    rng = np.random.default_rng(seed)
    X, eps = with_copies(rng, 40, 4, r), 10.0**-e
    _, rest = in_basis(X)
    start = shares(rng, 40, 2)
    runs = [
        list(em_steps(data, m_step(data, start, "full", eps), reg_covar=eps, max_iter=5))
        for data in (X, X @ rest)
    ]
    for ours, theirs in zip(*runs, strict=True):
        assert_allclose(ours.responsibilities, theirs.responsibilities, atol=1e-5)
        constant = 40 * r / 2 * math.log(2 * math.pi * eps)
        assert ours.log_likelihood + constant == pytest.approx(theirs.log_likelihood, abs=1e-3)


@given(seeds, st.integers(1, 4), decades)
def test_a_spike_gains_at_least_what_the_theorem_says(seed: int, m: int, e: int) -> None:
    """thm-one-song, with m equal songs."""
    rng = np.random.default_rng(seed)
    X, eps = rng.standard_normal((15, 3)), 10.0**-e
    X[:m] = X[0]
    before = a_mixture(rng, 2, 3, 0.1)
    after = Parameters(
        np.append(before.weights * (1 - m / 15), m / 15),
        np.vstack([before.means, X[0]]),
        np.concatenate([before.covariances, eps * np.eye(3)[None]]),
    )
    least = degeneracy.spike_gain(15, 3, m, float(log_density(X, before)[0]), eps)
    gain = log_likelihood(X, after) - log_likelihood(X, before)
    assert gain >= least - 1e-8 * (1 + abs(least))


@given(st.integers(1, 5), st.floats(-10, 5), decades)
def test_a_spike_gains_a_fixed_amount_per_decade(m: int, density: float, e: int) -> None:
    here, next_ = (degeneracy.spike_gain(100, 5, m, density, 10.0**-x) for x in (e, e + 1))
    assert next_ - here == pytest.approx(m * 5 / 2 * math.log(10))


@given(st.integers(1, 5), st.floats(-10, 5), st.floats(1, 200))
def test_a_spike_pays_below_its_threshold(m: int, density: float, price: float) -> None:
    at = degeneracy.spike_threshold(100, 5, m, density, price)
    assert degeneracy.spike_gain(100, 5, m, density, at) == pytest.approx(price)
    assert degeneracy.spike_gain(100, 5, m, density, at / 2) > price


def test_directions_that_are_not_redundant_are_not_found() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 3))
    assert degeneracy.redundant_directions(X).shape == (3, 0)
    almost = np.column_stack([X, X[:, 0] + 1e-4 * rng.standard_normal(50)])
    assert degeneracy.redundant_directions(almost).shape == (4, 0)


# --- on the songs --------------------------------------------------------------------------------


def test_the_slope_on_the_published_table(gtzan: Book) -> None:
    found = gtzan.as_published.degeneracy
    assert (found.n_redundant, found.involved) == (1, ("energy", "loudness"))
    assert found.slope == pytest.approx(999 / 2 * math.log(10))
    assert (found.gains > found.slope - 1e-3).all()
    assert found.gains.iloc[-1] == pytest.approx(found.slope, abs=0.01)
    assert found.n_pinned == found.n_components == 10
    assert found.largest_error < 1e-4
    assert_allclose(found.eigenvalues[:, 0], 1e-6, rtol=1e-6)
    assert found.reduced_gap < 1e-3
    assert list(found.kinds["n_pinned"]) == [10, 1, 0, 0]
    assert (found.price, found.useful_price) == (21, 15)


def test_our_columns_have_a_bound_that_is_not_reached(gtzan: Book) -> None:
    found = gtzan.ours.degeneracy
    assert (found.n_redundant, found.involved, found.slope) == (0, (), 0.0)
    assert found.n_pinned == 0
    assert found.gains.iloc[-1] == pytest.approx(0, abs=0.01)
    assert found.warning == ""
    assert found.reduced["bic"].equals(gtzan.ours.mixture_sweep.table["bic"])


def test_the_study_fits_what_the_sweep_fits(made: Book) -> None:
    for study in (made.ours, made.as_published):
        found, sweep, k = study.degeneracy, study.mixture_sweep, study.config.n_clusters
        assert found.at(1e-6, "log_likelihood") == pytest.approx(sweep.of(k, "log_likelihood"))
        assert found.at(1e-6, "bic") == pytest.approx(sweep.of(k, "bic"))
        assert found.at(1e-6, "agreement") == 1
        assert found.at_tenth("bic") == found.table["bic"].iloc[5]
        assert found.table["reg_covar"].iloc[[0, -1]].tolist() == [1e-2, 1e-10]
        assert set(found.chosen("bic")) <= set(found.ks)


def test_the_choice_without_the_copy(made: Book) -> None:
    """prp-choice: fit the other directions, and count their parameters."""
    found, sweep = made.as_published.degeneracy, made.as_published.mixture_sweep
    assert found.n_redundant == 1
    n = found.n_songs
    for k in sweep.ks:
        likelihood = sweep.of(k, "log_likelihood") + n / 2 * math.log(2 * math.pi * 1e-6)
        p = n_parameters(k, 4, "full")
        assert found.reduced["bic"][k] == pytest.approx(p * math.log(n) - 2 * likelihood)
        assert found.reduced["aic"][k] == pytest.approx(2 * p - 2 * likelihood)
    for criterion in ("bic", "aic"):
        assert found.best_reduced(criterion) >= sweep.best(criterion)
    assert found.reduced_gap < 1e-3


def test_em_keeps_a_spike(gtzan: Book) -> None:
    spikes = gtzan.ours.spikes
    assert spikes.at(1e-6, "songs") == pytest.approx(1, abs=1e-3)
    assert spikes.at(1e-6, "above") >= spikes.table["gain"][1] - 1
    assert spikes.gains.iloc[-1] == pytest.approx(5 / 2 * math.log(10), abs=0.05)
    assert spikes.slope == pytest.approx(5 / 2 * math.log(10))
    assert spikes.price == 21
    for criterion in ("bic", "aic"):
        assert all(a < b for a, b in pairwise(spikes.table[criterion]))
    least = spikes.enough("bic")
    assert least is not None
    assert 2 * spikes.table["gain"][least] > 21 * math.log(1000)
    assert 2 * spikes.table["gain"][least - 1] < 21 * math.log(1000)


def test_the_song_of_the_spike_has_median_density(made: Book) -> None:
    from analysis.songs.table import z_scores

    densities = log_density(z_scores(made.dataset.X), made.mixture.parameters)
    assert (densities < made.spikes.log_density).sum() == 40
    assert made.spikes.largest_repeat == 1


# --- the check -----------------------------------------------------------------------------------


def test_the_check_names_components_and_features() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((60, 2))
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "copy of a": X[:, 0]})
    model = EMGaussianMixture(2, random_state=0).fit(frame)
    with pytest.warns(DegenerateMixtureWarning, match="2 of 2 components are pinned") as caught:
        pinned = check_mixture(model)
    assert len(pinned) == 2
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "a and copy of a" in message
    assert "reg_covar" in message


def test_the_check_speaks_of_a_single_component_alone() -> None:
    rng = np.random.default_rng(3)
    X = np.vstack([rng.standard_normal((60, 2)), np.full((6, 2), 9.0)])
    model = EMGaussianMixture(2, random_state=0).fit(X)
    with pytest.warns(DegenerateMixtureWarning, match=r"^Component \d has a covariance"):
        assert len(check_mixture(model)) == 1


def test_the_check_says_nothing_of_a_sound_mixture() -> None:
    from sklearn.mixture import GaussianMixture

    X = np.random.default_rng(0).standard_normal((100, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert check_mixture(GaussianMixture(2, random_state=0).fit(X)) == ()


def test_the_check_is_what_the_book_shows(made: Book) -> None:
    found = made.as_published.degeneracy
    assert "energy and loudness" in found.warning or "directions" in found.warning
    assert found.warning.startswith("4 of 4 components are pinned.")
