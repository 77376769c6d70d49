"""Labels, entropy and its bounds, and the songs at both ends."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from analysis.book import Book
from analysis.findings.mixtures.certainty import (
    CONFIDENT_FROM,
    UNSURE_BELOW,
    describe_certainty,
    entropy_envelope,
)
from analysis.methods.mixture.steps import posterior_entropy

parts = st.lists(st.floats(0, 1), min_size=2, max_size=12).filter(lambda values: sum(values) > 0.01)


@given(parts)
def test_bounds_of_the_entropy(values: list[float]) -> None:
    """prp-entropy."""
    p = np.array(values) / sum(values)
    (entropy,) = posterior_entropy(p[np.newaxis])
    assert -1e-12 <= entropy <= np.log(len(p)) + 1e-12
    assert posterior_entropy(np.eye(len(p))[:1]) == pytest.approx(0)
    even = np.full((1, len(p)), 1 / len(p))
    assert posterior_entropy(even) == pytest.approx(np.log(len(p)))
    assert posterior_entropy(even, normalised=True) == pytest.approx(1)


@given(parts)
def test_the_largest_probability_bounds_the_entropy(values: list[float]) -> None:
    """prp-envelope: no distribution leaves the envelope."""
    p = np.array(values) / sum(values)
    (entropy,) = posterior_entropy(p[np.newaxis])
    low, high = entropy_envelope([p.max()], len(p))
    assert low[0] - 1e-9 <= entropy <= high[0] + 1e-9


@given(st.integers(2, 12), st.floats(0, 1))
def test_both_bounds_are_attained(k: int, place: float) -> None:
    """prp-envelope: by as many equal ones as possible, and by an even rest."""
    m = 1 / k + place * (1 - 1 / k)
    low, high = entropy_envelope([m], k)
    times = min(int(1 / m + 1e-12), k)
    few = np.zeros(k)
    few[:times] = m
    if times < k:
        few[times] = max(1 - times * m, 0)
    rest = np.r_[m, np.full(k - 1, (1 - m) / (k - 1))]
    assert posterior_entropy(few[np.newaxis])[0] == pytest.approx(low[0], abs=1e-9)
    assert posterior_entropy(rest[np.newaxis])[0] == pytest.approx(high[0], abs=1e-9)
    assert rest.max() == pytest.approx(m)


def test_ends_of_the_envelope() -> None:
    low, high = entropy_envelope([0.25, 0.5, 1.0], 4)
    assert_allclose(low, [np.log(4), np.log(2), 0], atol=1e-12)
    assert_allclose(high, [np.log(4), -0.5 * np.log(0.5) - 0.5 * np.log(1 / 6), 0], atol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1.01])
def test_what_cannot_be_the_largest(value: float) -> None:
    with pytest.raises(ValueError, match="largest of 4"):
        entropy_envelope([value], 4)


def test_the_studys_labels_are_the_hard_ones(gtzan: Book) -> None:
    """eq-argmax: of equals, the first has the song."""
    assert_array_equal(gtzan.mixture.probabilities.argmax(axis=1), gtzan.mixture.labels)


def test_statistics(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_certainty
    assert found.of("nats", "mean") == pytest.approx(mixture.entropy.mean())
    assert found.of("nats", "sd") == pytest.approx(mixture.entropy.std(ddof=1))
    assert found.of("normalised", "maximum") == mixture.normalised_entropy.max()
    assert found.of("probability", "minimum") == mixture.max_probability.min()
    assert found.n_sure == (mixture.max_probability >= CONFIDENT_FROM).sum()
    assert found.unsure_share == (mixture.max_probability < UNSURE_BELOW).mean()
    assert found.expected_wrong == pytest.approx(1 - mixture.max_probability.mean())
    assert found.most_possible == pytest.approx(np.log(10))


def test_songs_at_both_ends(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_certainty
    assert found.surest["track"][0] == mixture.tracks[mixture.entropy.argmin()]
    assert found.least_sure["track"][0] == mixture.tracks[mixture.entropy.argmax()]
    assert found.surest["entropy"].is_monotonic_increasing
    assert found.least_sure["entropy"].is_monotonic_decreasing
    for _, song in found.least_sure.iterrows():
        row = np.flatnonzero(mixture.tracks == song["track"])[0]
        best = np.sort(mixture.probabilities[row])[::-1]
        assert (song["probability"], song["second_probability"]) == (best[0], best[1])
        assert mixture.labels[row] == song["component"] != song["second"]
        assert mixture.genres[row] == song["genre"]


def test_genres(gtzan: Book) -> None:
    mixture, found = gtzan.mixture, gtzan.mixture_certainty
    assert found.by_genre["n"].sum() == mixture.n_songs
    assert found.by_genre["sure"].sum() == found.n_sure
    assert found.by_genre["unsure"].sum() == found.n_unsure
    means = found.by_genre["mean"]
    assert means[found.clearest_genre] == means.min()
    assert means[found.haziest_genre] == means.max()
    here = mixture.genres == found.haziest_genre
    assert means.max() == pytest.approx(mixture.normalised_entropy[here].mean())
    total = np.square(mixture.entropy - mixture.entropy.mean()).sum()
    between = sum(
        here.sum() * (mixture.entropy[here].mean() - mixture.entropy.mean()) ** 2
        for here in (mixture.genres == genre for genre in found.by_genre.index)
    )
    assert found.between_share == pytest.approx(between / total)


def test_a_mixture_that_is_certain_of_all(gtzan: Book) -> None:
    certain = np.eye(10)[gtzan.mixture.labels]
    found = describe_certainty(dataclasses.replace(gtzan.mixture, probabilities=certain))
    assert (found.of("nats", "maximum"), found.between_share, found.expected_wrong) == (0, 0, 0)
    assert found.sure_share == 1
