"""What stays when the songs are redrawn, and that the posterior is calibrated."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from made_up import make_songs
from numpy.testing import assert_allclose, assert_array_equal

from analysis.book import Book
from analysis.findings.mixtures.certainty_checked import BINS, check_posterior, refit
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(80), n_clusters=3)


def test_the_same_songs_from_the_same_parameters_stay(made: Book) -> None:
    Z = z_scores(made.dataset.X)
    every = np.tile(np.arange(len(Z)), (2, 1))
    found = refit(Z, made.mixture, every, made.config, fresh=False)
    assert found.kept.mean() > 0.95
    assert found.drawn.all()
    assert np.isnan(found.share_left_out)
    assert found.n_converged == 2


def test_components_are_matched_whatever_their_numbers(made: Book) -> None:
    """A mixture with its components renumbered has the same songs together."""
    order = [2, 0, 1]
    mixture = made.mixture
    renamed = dataclasses.replace(
        mixture,
        weights=mixture.weights[order],
        centers=mixture.centers.iloc[order].reset_index(drop=True),
        covariances=mixture.covariances[order],
    )
    Z = z_scores(made.dataset.X)
    samples = np.random.default_rng(0).integers(len(Z), size=(3, len(Z)))
    one, other = (refit(Z, m, samples, made.config, fresh=False) for m in (mixture, renamed))
    assert_array_equal(one.kept, other.kept)


def test_drawn_songs_are_noted(made: Book) -> None:
    Z = z_scores(made.dataset.X)
    samples = np.random.default_rng(1).integers(len(Z), size=(2, len(Z)))
    found = refit(Z, made.mixture, samples, made.config, fresh=True)
    for flags, rows in zip(found.drawn, samples, strict=True):
        assert set(np.flatnonzero(flags)) == set(rows)
    inside, outside = found.drawn.sum(), (~found.drawn).sum()
    whole = found.share_drawn * inside + found.share_left_out * outside
    assert whole == pytest.approx(found.kept.sum())
    assert found.share.estimate == pytest.approx(found.kept.mean())
    assert found.rounds_within(1, 300) == 1


def test_the_table_counts_every_song_once(gtzan: Book) -> None:
    check, mixture = gtzan.mixture_refits, gtzan.mixture
    table = check.table
    assert table["n"].sum() == mixture.n_songs
    assert table["n_model"].sum() <= check.n_model
    assert_allclose(
        (table["n"] * table["own"]).sum() / mixture.n_songs, check.own_start.share.estimate
    )
    assert_allclose(
        (table["n"] * table["probability"]).sum() / mixture.n_songs, check.mean_probability
    )
    assert (table["low"] <= table["probability"]).all()
    assert (table["probability"] <= table["high"]).all()
    assert set(table["low"]) <= set(BINS)
    for name in ("own", "fresh"):
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
    sure = mixture.max_probability >= 0.99
    assert check.sure_kept_fresh == pytest.approx(check.fresh_start.kept[:, sure].mean())


def test_the_posterior_is_calibrated_for_songs_of_the_mixture(gtzan: Book) -> None:
    """prp-calibrated, bin by bin, within four standard errors."""
    check = gtzan.mixture_refits
    assert abs(check.model_gap) < 4 * 0.5 / np.sqrt(check.n_model)
    for _, row in check.table.iterrows():
        # the bins' own mean lies between their ends, and so must the share that is right
        room = 4 * 0.5 / np.sqrt(row["n_model"])
        assert row["low"] - room <= row["model"] <= row["high"] + room


def test_nothing_that_is_sure(made: Book) -> None:
    even = np.full_like(made.mixture.probabilities, 1 / 3)
    even[:, 0] += 1e-9
    unsure = dataclasses.replace(made.mixture, probabilities=even)
    found = check_posterior(made.dataset, unsure, made.config)
    assert found.n_sure == 0
    assert np.isnan(found.sure_kept_fresh)
    assert len(found.table) == 1
