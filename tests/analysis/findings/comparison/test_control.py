"""analysis.findings.comparison.control: the study's questions, asked of groups that are there."""

from __future__ import annotations

import numpy as np

from analysis.book import Book
from analysis.findings.comparison.control import FROM_MIDDLE, N_GROUPS, N_IN_GROUP, draw_groups
from analysis.findings.comparison.seeds import METHODS


def test_groups_lie_at_both_ends_of_each_axis() -> None:
    Z, group_of = draw_groups(np.random.default_rng(0))
    assert np.bincount(group_of).tolist() == [N_IN_GROUP] * N_GROUPS
    means = np.stack([Z[group_of == g].mean(axis=0) for g in range(N_GROUPS)])
    # a column has two of ten centres off its middle, and variance 1 within the groups
    away = FROM_MIDDLE / np.sqrt(1 + 2 * FROM_MIDDLE**2 / N_GROUPS)
    expected = away * np.vstack([np.eye(5), -np.eye(5)])
    np.testing.assert_allclose(means, expected, atol=0.25)


def test_the_questions_say_yes_where_there_are_groups(gtzan: Book) -> None:
    made, songs = gtzan.positive_control, gtzan.protocol
    assert set(made.picks.values()) == {made.bic} == {N_GROUPS}
    for method in METHODS:
        assert made.firm[method] == N_GROUPS > songs.firm[method]
        assert made.cells_found < made.found[method] < made.told + 0.02
        assert made.ari[method] > 2 * made.cells_ari
        assert made.reaching[method] == 0
        assert made.seeds[method] > songs.seeds[method]


def test_the_songs_have_what_other_results_say(gtzan: Book) -> None:
    songs = gtzan.protocol
    assert songs.told == gtzan.ceiling.of(gtzan.ceiling.best).estimate
    assert songs.found["kmeans"] == gtzan.headline.elsewhere.over["kmeans"].mean
    assert songs.picks["silhouette"] == gtzan.picks.of("silhouette").songs
