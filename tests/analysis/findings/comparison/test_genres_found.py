"""analysis.findings.comparison.genres_found: the share of the songs whose genre is found."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from made_up import make_songs
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from analysis.book import Book
from analysis.findings.comparison.classifiers import N_DEALS
from analysis.findings.comparison.genres_found import (
    N_OF_PAIR,
    NAMES_VARY,
    TWINS,
    _chosen_elsewhere,
    _matched,
    _way,
    cut,
    cut_twice,
    named_interval,
    right_if_named_elsewhere,
)
from analysis.methods.grouped import centred_interval
from analysis.methods.resampling import Spread


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_best_names_by_trying_them_all(pairs: list[tuple[int, int]]) -> None:
    of_genre, labels = np.array(pairs).T
    tried = (
        sum(names[label] == genre for genre, label in pairs)
        for names in itertools.permutations((0, 1, 2, None))
    )
    assert _matched(of_genre, [labels], 4)[0] == pytest.approx(max(tried) / len(pairs))


labelled = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=14
)


@given(labelled)
def test_names_from_other_songs_by_trying_them_all(songs: list[tuple[int, int, int]]) -> None:
    """The songs of a fold are right if some best naming of the other songs says so."""
    of_genre, labels, fold_of = np.array(songs).T
    right = right_if_named_elsewhere(of_genre, labels, fold_of)
    for fold in np.unique(fold_of):
        counted = fold_of == fold
        if counted.all():
            assert not right.any()
            continue
        tried = [np.array(names) for names in itertools.permutations((0, 1, 2, -1))]
        hits = [(n[labels[~counted]] == of_genre[~counted]).sum() for n in tried]
        best = [n for n, hit in zip(tried, hits, strict=True) if hit == max(hits)]
        assert any(
            (right[counted] == (n[labels[counted]] == of_genre[counted])).all() for n in best
        )


@given(labelled)
def test_the_commonest_genre_of_the_other_songs(songs: list[tuple[int, int, int]]) -> None:
    """Without one name for one cluster, each has the genre that is commonest in it elsewhere."""
    of_genre, labels, fold_of = np.array(songs).T
    right = right_if_named_elsewhere(of_genre, labels, fold_of, one_to_one=False)
    for i, (genre, label, fold) in enumerate(songs):
        counts = [
            sum(g == one and c == label and f != fold for g, c, f in songs) for one in range(3)
        ]
        expected = max(counts) > 0 and counts.index(max(counts)) == genre
        assert right[i] == expected


@given(labelled)
def test_several_divisions_count_alike(songs: list[tuple[int, int, int]]) -> None:
    of_genre, labels, fold_of = np.array(songs).T
    deals = np.stack([fold_of, np.arange(len(songs)), fold_of % 2])
    each = [right_if_named_elsewhere(of_genre, labels, one) for one in deals]
    found = right_if_named_elsewhere(of_genre, labels, deals)
    np.testing.assert_allclose(found, np.mean(each, axis=0))


def test_a_name_does_not_see_the_songs_that_it_is_counted_on() -> None:
    """Songs of fold 1 are all of one genre, which only they could give their cluster as a name."""
    of_genre, labels = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 0, 0, 0, 0, 0])
    fold_of = np.array([0, 0, 1, 1, 1, 1])
    assert not right_if_named_elsewhere(of_genre, labels, fold_of).any()
    assert _matched(of_genre, [labels], 1)[0] == pytest.approx(4 / 6)


def test_a_cut_makes_groups_of_one_size_in_order() -> None:
    values = np.array([3.0, 1.0, 2.0, 2.0, 9.0, -4.0, 0.5])
    assert cut(values, 3).tolist() == [2, 0, 1, 1, 2, 0, 0]


def test_a_cut_by_two_values_halves_each_group_of_the_first() -> None:
    values, others = np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.array([4.0, 1, 3, 2, 1, 2, 3, 4])
    assert cut_twice(values, others, 4).tolist() == [1, 0, 1, 0, 2, 2, 3, 3]


def test_the_grid_of_two_features_is_chosen_on_other_artists(gtzan: Book) -> None:
    found = gtzan.headline.elsewhere
    assert found.grids[found.best_grid] == max(found.grids.values())
    assert found.grid.estimate <= found.grids[found.best_grid]
    apart = found.grid.estimate - found.over["kmeans"].mean
    assert found.grid_lead["kmeans"].estimate == pytest.approx(apart)


def test_the_pair_of_a_fold_is_the_best_of_the_other_folds() -> None:
    """One pair finds all songs of fold 0, the other all of fold 1: each is chosen wrongly."""
    of_genre, fold_of = np.array([0, 0, 1, 1] * 2), np.repeat([0, 1], 4)
    mixed = np.array([0, 1, 0, 1])
    groups = {
        ("a", "b"): np.concatenate([of_genre[:4], mixed]),
        ("a", "c"): np.concatenate([mixed, of_genre[4:]]),
    }
    found = _chosen_elsewhere(of_genre, groups, np.stack([fold_of, np.zeros(8, dtype=int)]))
    # half of the songs of a mixed fold are right by chance, and none in the second division
    assert found.tolist() == [0.5, 0.0, 0.0, 0.5] * 2


def test_an_interval_with_names_is_wider_about_its_estimate() -> None:
    draws = np.random.default_rng(0).standard_normal(500)
    plain, wide = (f(2.0, draws, 0.9) for f in (centred_interval, named_interval))
    assert wide.estimate == plain.estimate
    assert wide.low - 2 == pytest.approx(NAMES_VARY * (plain.low - 2))
    assert wide.high - 2 == pytest.approx(NAMES_VARY * (plain.high - 2))


def test_what_speaks_for_the_grid(gtzan: Book) -> None:
    found = gtzan.headline.elsewhere
    checks = found.grid_checks
    for name, value in checks.items():
        assert value.low < value.estimate < value.high, name
    apart = found.grid.estimate - checks["pair"].estimate
    assert checks["over pair"].estimate == pytest.approx(apart)
    apart = checks["majority"].estimate - checks["majority kmeans"].estimate
    assert checks["over majority"].estimate == pytest.approx(apart)
    names = gtzan.dataset.feature_names
    grid = cut_twice(*(gtzan.dataset.X[:, names.index(one)] for one in found.best_grid), 10)
    genres, runs = gtzan.dataset.labels, gtzan.seeds.full("kmeans").labels[:N_OF_PAIR]
    for index, score in (
        ("ari", adjusted_rand_score),
        ("ami", adjusted_mutual_info_score),
    ):
        value = score(genres, grid)
        assert checks[index].estimate == pytest.approx(value)
        lead = value - np.mean([score(genres, one) for one in runs])
        assert checks[f"over {index}"].estimate == pytest.approx(lead)


def test_on_a_made_up_table(made: Book) -> None:
    found, config = made.headline, made.config
    assert found.n_draws == found.n_named == config.n_index_bootstrap
    assert found.n_cells == made.scores.n_cells
    assert found.kmeans == made.ceiling.of("kmeans")
    assert found.mixture == made.ceiling.of("mixture")
    assert found.told == made.ceiling.of(made.ceiling.best)
    assert found.best == made.ceiling.best
    for chance in (found.shuffled, found.cells):
        # as many clusters as genres of ten songs each: some matching finds ten
        assert 0.25 <= chance.low <= chance.mean <= chance.high <= 1
    assert found.cells.mean == pytest.approx(made.scores.cells["matched"].mean())
    for method in ("kmeans", "mixture"):
        # the first seed is the study's
        assert found.of_seeds[method][0] == pytest.approx(getattr(found, method).estimate)
        named = found.elsewhere
        assert named.over[method].mean == pytest.approx(named.of_seeds[method].mean())


def test_random_labels_find_less_than_random_cells(gtzan: Book) -> None:
    found = gtzan.headline
    assert found.shuffled.high < found.cells.low
    assert found.told.estimate > found.kmeans.high


def test_what_cells_add_without_a_search(made: Book) -> None:
    seeds = {"kmeans": np.array([0.3, 0.4]), "mixture": np.array([0.1, 0.3])}
    found = dataclasses.replace(
        made.headline, shuffled=Spread(0.1, 0.1, 0.1), cells=Spread(0.25, 0.2, 0.3), of_seeds=seeds
    )
    assert found.without_search("kmeans").mean == pytest.approx((0.75 + 0.5) / 2)
    # a seed that adds nothing has no share
    assert found.without_search("mixture").mean == pytest.approx(0.75)


def test_the_way_from_shuffled_labels_to_a_classifier() -> None:
    assert _way(0.3, 0.6, 0.2) == pytest.approx(0.25)
    assert _way(np.array([0.6, 0.2]), 0.6, 0.2) == pytest.approx([1, 0])
    assert math.isnan(_way(0.3, 0.2, 0.2))


def test_names_chosen_on_other_songs_find_less(gtzan: Book) -> None:
    found, elsewhere = gtzan.headline, gtzan.headline.elsewhere
    n_genres = len(np.unique(gtzan.dataset.labels))
    assert elsewhere.shuffled.low < 1 / n_genres < elsewhere.shuffled.high
    assert elsewhere.shuffled.mean < found.shuffled.mean
    for method, twin in TWINS.items():
        right = right_if_named_elsewhere(
            np.unique(gtzan.dataset.labels, return_inverse=True)[1],
            gtzan.seeds.full(method).labels[0],
            gtzan.ceiling.folds,
        )
        share = elsewhere.shares[method]
        assert share.estimate == elsewhere.of_seeds[method][0] == right.mean()
        assert (elsewhere.of_seeds[method] <= found.of_seeds[method]).all()
        told, chance = gtzan.ceiling.of(twin).estimate, elsewhere.shuffled.mean
        way = elsewhere.ways[method]
        assert way.estimate == pytest.approx((right.mean() - chance) / (told - chance))
        assert way.low < way.estimate < way.high
    assert elsewhere.difference.estimate == pytest.approx(
        elsewhere.shares["mixture"].estimate - elsewhere.shares["kmeans"].estimate
    )


def test_an_artist_is_never_in_two_folds(gtzan: Book) -> None:
    top = gtzan.ceiling
    assert len(top.folds) == N_DEALS
    for artist in np.unique(top.artist_of):
        assert (np.ptp(top.folds[:, top.artist_of == artist], axis=1) == 0).all()
    assert {n: right.mean() for n, right in top.right.items()} == pytest.approx(
        {n: top.of(n).estimate for n in top.right}
    )
