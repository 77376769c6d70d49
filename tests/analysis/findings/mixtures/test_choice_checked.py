"""analysis.findings.mixtures.choice_checked: held-out songs, other seeds, other samples."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from made_up import make_project, make_songs
from scipy.stats import ttest_rel
from sklearn.mixture import GaussianMixture

from analysis.book import Book
from analysis.findings.mixtures import choice_checked
from analysis.findings.mixtures.choice_checked import ChoiceRefits, HeldOut, less_than_best
from analysis.songs.table import z_scores


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs(80))


def test_held_out_songs_of_one_normal_distribution(made: Book) -> None:
    """K = 1 by hand: a mean and a covariance from the other parts."""
    held, Z = made.held_out, z_scores(made.dataset.X)
    order = np.random.default_rng([made.config.seed, 21]).permutation(len(Z))
    _, group = np.unique(Z, axis=0, return_inverse=True)
    total, means = 0.0, []
    for fold in np.array_split(order, made.config.n_folds):
        out = np.isin(group.reshape(-1), fold)
        found = GaussianMixture(1).fit(Z[~out]).score_samples(Z[out])
        total += found.sum()
        means.append(found.mean())
    assert held.of(1, "held_out") == pytest.approx(total / len(Z))
    assert held.of(1, "error") == pytest.approx(np.std(means, ddof=1) / math.sqrt(len(means)))
    assert (held.n_folds, held.n_groups) == (made.config.n_folds, len(Z))


def test_what_was_seen_is_that_of_the_sweep(made: Book) -> None:
    held, sweep, n = made.held_out, made.mixture_sweep, made.dataset.n_songs
    for k in sweep.ks:
        assert held.of(k, "seen") == pytest.approx(sweep.of(k, "log_likelihood") / n)
        p = sweep.of(k, "n_parameters")
        assert held.promise(k, "seen") - held.promise(k, "aic") == pytest.approx(p / n)


def test_copies_are_held_out_together(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Were they not, songs that stand twice would be known beforehand."""
    songs = make_songs(40)
    twice = pd.concat([songs, songs.assign(track=songs["track"] + "b")], ignore_index=True)
    found = Book(make_project(tmp_path_factory.mktemp("twice") / "p", twice))
    assert found.held_out.n_groups == 40
    once = Book(make_project(tmp_path_factory.mktemp("once") / "p", songs))
    assert found.held_out.of(1, "held_out") == pytest.approx(once.held_out.of(1, "held_out"))


def test_songs_of_an_artist_are_held_out_together(gtzan: Book) -> None:
    """One component by hand, with no artist in two parts."""
    held, Z = gtzan.held_out, z_scores(gtzan.dataset.X)
    artist = gtzan.ceiling.artist_of
    order = np.random.default_rng([gtzan.config.seed, 21]).permutation(held.n_artists)
    total = 0.0
    for part in np.array_split(order, gtzan.config.n_folds):
        out = np.isin(artist, part)
        total += GaussianMixture(1).fit(Z[~out]).score_samples(Z[out]).sum()
    assert held.by_artist["held_out"][1] == pytest.approx(total / len(Z))
    assert held.n_artists == artist.max() + 1 < held.n_groups
    assert held.lost_by_artist > 0


def test_fewer_songs_than_components_leave_a_blank(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = make_project(tmp_path_factory.mktemp("few") / "p", make_songs(9), k_max=9)
    found = Book(root)
    assert math.isnan(found.held_out.of(9, "held_out"))
    assert found.held_out.best is not None
    assert found.mixture_choices.of("samples")["n_fits"].max() < len(found.mixture_choices.ks)


def a_held_out(values: list[float], errors: list[float]) -> HeldOut:
    index = pd.RangeIndex(1, len(values) + 1)
    table = pd.DataFrame({"held_out": values, "error": errors, "aic": 0.0}, index=index)
    return HeldOut(table, 5, 100, table, 60)


def test_within_one_standard_error() -> None:
    held = a_held_out([-5.0, -2.0, -2.5, -1.5, -1.9, math.nan], [0.1, 0.1, 0.1, 0.6, 0.1, math.nan])
    assert held.best == 4
    assert held.simplest == 2
    assert held.within_error == held.within_error_by_artist == (2, 4, 5)
    assert held.best_by_artist == 4
    assert held.lost_by_artist == 0
    assert held.n_overrated("aic") == 5
    assert math.isnan(held.of(99, "held_out"))
    nothing = a_held_out([math.nan], [math.nan])
    assert (nothing.best, nothing.simplest, nothing.within_error) == (None, None, ())


def test_what_is_below_the_best_is_a_paired_t_test() -> None:
    index = pd.RangeIndex(1, 4, name="k")
    means = np.random.default_rng(1).normal([[-2.0], [-1.0], [-1.1]], 0.3, size=(3, 8))
    found = less_than_best(pd.Series(means.mean(axis=1), index), means, 0.9)
    for k in (1, 3):
        expected = ttest_rel(means[1], means[k - 1]).confidence_interval(0.9)
        assert tuple(found.loc[k, ["less_low", "less_high"]]) == pytest.approx(tuple(expected))
    assert found.loc[2].tolist() == [0, 0, 0]
    held = HeldOut(found, 8, 100, found, 100)
    assert held.tied == (2, 3)
    assert held.less(1).estimate == pytest.approx(means[1].mean() - means[0].mean())
    nothing = less_than_best(pd.Series([-1.0], index[:1]), means[:1, :1], 0.9)
    assert nothing.isna().all(axis=None)


@given(st.integers(1, 60), st.integers(1, 60))
def test_numbers_are_thinned_out_and_keep_their_ends(last: int, study: int) -> None:
    ks = tuple(range(1, last + 1))
    found = choice_checked.refit_numbers(ks, study)
    assert set(found) <= set(ks)
    assert (found[0], found[-1]) == (1, last)
    assert list(found) == sorted(set(found))
    assert len(found) <= choice_checked.MOST_NUMBERS + 1
    assert (study in found) == (study in ks) or len(ks) <= choice_checked.MOST_NUMBERS
    if last <= choice_checked.MOST_NUMBERS:
        assert found == ks


def test_a_seed_chooses_as_the_sweep_would(made: Book) -> None:
    """The first seed, with one start, is the first start of the sweep."""
    refits, sweep = made.mixture_choices, made.mixture_sweep
    assert refits.ks == sweep.ks
    assert refits.of("seeds")["k"][0] == sweep.by_single_starts("bic")[0]
    assert refits.n_runs("seeds") == made.config.n_seeds
    assert refits.n_runs("samples") == refits.n_runs("without copies") == made.config.n_refits


def test_a_sample_holds_about_two_thirds_of_the_songs(made: Book) -> None:
    refits = made.mixture_choices
    assert 0.5 < refits.distinct_share < 0.8
    samples, once = refits.of("samples"), refits.of("without copies")
    assert (samples["n_distinct"] == once["n_distinct"]).all()
    assert sum(refits.n_with_copies(sign) for sign in (-1, 0, 1)) == len(samples)


def some_refits() -> ChoiceRefits:
    rows = [("samples", 0, 5), ("samples", 1, 3), ("samples", 2, 3)]
    rows += [("without copies", 0, 2), ("without copies", 1, 3), ("without copies", 2, 4)]
    frame = pd.DataFrame(rows, columns=["setting", "run", "k"])
    frame = frame.assign(n_distinct=60, n_fits=5, n_pinned=1)
    return ChoiceRefits(frame, (2, 3, 4, 5), 100)


def test_choices_are_counted() -> None:
    refits = some_refits()
    assert refits.chosen("samples") == (3, 5)
    assert refits.commonest("samples") == 3
    assert refits.commonest("without copies") == 2
    assert refits.share("samples", 3) == pytest.approx(2 / 3)
    assert refits.mean("samples") == pytest.approx(11 / 3)
    assert [refits.n_with_copies(sign) for sign in (1, 0, -1)] == [1, 1, 1]
    assert refits.pinned_share("samples") == pytest.approx(0.2)
    assert refits.distinct_share == pytest.approx(0.6)


def test_ten_copies_choose_more(made: Book) -> None:
    """A fit to copies is the fit to the songs, and BIC reads it as more evidence."""
    sweep, Z = made.mixture_sweep, z_scores(made.dataset.X)
    config = dataclasses.replace(made.config, max_iter=300)
    for k in (1, 3):
        fit = choice_checked._fit_from(np.repeat(Z, 10, axis=0), sweep.fit(k), config)
        likelihood = fit.score_samples(Z).sum()
        assert likelihood == pytest.approx(sweep.of(k, "log_likelihood"), abs=0.5)
