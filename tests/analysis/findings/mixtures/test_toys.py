"""Gaussian mixtures on made-up numbers, and the solutions to the exercises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.book import Book
from analysis.findings.mixtures import exercises, toys
from analysis.methods.mixture.model import log_likelihood


def test_the_round_by_hand_is_what_a_hand_finds() -> None:
    """The numbers that the chapter writes out, from the formulas alone."""
    assert (toys.NUMBERS, toys.MEANS, toys.VARIANCE) == ((0, 1, 2, 4, 7, 9), (2, 6), 4)
    toy = toys.by_hand()
    assert toy.joint[0] == pytest.approx([0.0605, 0.0011], abs=5e-5)
    x = np.array(toys.NUMBERS)
    first = 1 / (1 + np.exp(x - 4))
    assert toy.responsibilities == pytest.approx(np.column_stack([first, 1 - first]))
    assert toy.responsibilities[4, 0] == pytest.approx(0.047, abs=5e-4)
    mean = first @ x / first.sum()
    after = toy.mixtures[1]
    assert after.means[0, 0] == pytest.approx(mean)
    assert after.covariances[0] == pytest.approx(first @ (x - mean) ** 2 / first.sum())
    assert after.weights[0] == pytest.approx(first.mean())
    assert toy.sums / toy.counts == pytest.approx(after.means[:, 0])
    assert toy.squares / toy.counts == pytest.approx(after.covariances)
    assert toy.heights[0] == pytest.approx(np.log(toy.joint.sum(axis=1)).sum())


def test_the_song_in_the_middle_goes_to_the_first_bell() -> None:
    toy = toys.by_hand()
    assert (np.diff(toy.heights) > -1e-12).all()
    assert toy.heights[0] < toy.bound < toy.heights[1]
    assert toy.shares(0)[3, 0] == pytest.approx(0.5)
    assert toy.shares(2)[3, 0] > 0.95


def test_the_bounds_touch_from_below() -> None:
    bounds = toys.touch_from_below()
    assert (bounds.curves <= bounds.heights + 1e-9).all()
    assert (np.diff(bounds.touching) > 0).all()
    for curve, before, after in zip(
        bounds.curves, bounds.means[:-1], bounds.means[1:], strict=True
    ):
        gap = bounds.heights - curve
        assert abs(bounds.grid[gap.argmin()] - before) <= 0.05
        assert abs(bounds.grid[curve.argmax()] - after) <= 0.05


def test_what_the_pictures_are_said_to_show(gtzan: Book) -> None:
    blobs, unequal, stretched, crescents = gtzan.mixture_pictures
    assert min(blobs.agreement, blobs.kmeans_agreement) > 0.95
    assert unequal.agreement > 0.95 > 0.7 > unequal.kmeans_agreement
    assert stretched.agreement > 0.95 > 0.7 > stretched.kmeans_agreement
    assert max(crescents.agreement, crescents.kmeans_agreement) < 0.6
    for made in gtzan.mixture_pictures:
        assert made.log_likelihood == pytest.approx(log_likelihood(made.X, made.mixture))


def test_the_freer_the_covariances_the_higher_the_likelihood(gtzan: Book) -> None:
    full, tied, diagonal, spherical = gtzan.mixture_type_pictures
    assert full.log_likelihood > diagonal.log_likelihood > spherical.log_likelihood
    assert full.log_likelihood > tied.log_likelihood
    assert tied.agreement < spherical.agreement
    assert [one.n_parameters for one in (full, tied, diagonal, spherical)] == [17, 11, 14, 11]


def test_off_the_saddle() -> None:
    single = np.array(toys.NUMBERS).var()
    assert exercises.end_from(0) == pytest.approx(-3 * (math.log(2 * math.pi * single) + 1))
    assert exercises.end_from(0) < exercises.end_from(0.1) < toys.by_hand().heights[-1]


def test_crescents_in_pieces() -> None:
    assert exercises.found_in_pieces(2) < 0.9 < 0.99 < exercises.found_in_pieces(4)


def test_sure_of_what_is_not_there() -> None:
    sure, kept = exercises.sure_and_kept()
    assert 0.6 < sure < 0.75
    assert 0.35 < kept < sure - 0.15


def test_half_a_bell() -> None:
    centers, variance = exercises.halve_one_bell()
    ideal = math.sqrt(2 / math.pi)
    assert np.sort(centers) == pytest.approx([-ideal, ideal], abs=0.03)
    assert variance == pytest.approx(1 - 2 / math.pi, abs=0.02)


def test_the_first_zero() -> None:
    pencil = math.sqrt(-2 * math.log(math.ulp(0.0)))
    assert 0 <= exercises.first_zero() - pencil < 0.1


def test_the_nearer_the_bells_the_slower() -> None:
    rounds = [exercises.rounds_for(mean) for mean in (3, 1, 0.5, 0.25)]
    assert rounds == sorted(rounds)
    assert rounds[-1] > 10 * rounds[0]
