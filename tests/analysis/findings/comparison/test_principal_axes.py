"""The theorems of the chapter, the axes, and what a view hides."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from made_up import make_project, make_songs
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from analysis.book import Book
from analysis.errors import ConfigError
from analysis.findings.comparison import principal_axes
from analysis.findings.data import scaling
from analysis.show import sentences
from analysis.songs.table import z_scores

Floats = NDArray[np.float64]
seeds = st.integers(0, 2**32 - 1)
widths = st.integers(2, 6)


def made_up(seed: int, width: int, n: int = 30) -> Floats:
    """Standardised rows with correlated columns."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, width)) @ rng.normal(size=(width, width))
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def orthonormal(rng: np.random.Generator, d: int, q: int) -> Floats:
    return np.asarray(np.linalg.qr(rng.normal(size=(d, q)))[0])


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


# --- theorems --------------------------------------------------------------------------------


@given(seeds, widths)
def test_no_direction_has_more_variance(seed: int, width: int) -> None:
    """thm-pca: among vectors orthogonal to the axes before it, an axis has most variance."""
    Z, rng = made_up(seed, width), np.random.default_rng(seed)
    eigenvalues, axes = principal_axes.principal_axes(Z)
    assert np.allclose(axes.T @ axes, np.eye(width))
    for m in range(width):
        u = rng.normal(size=width)
        u -= axes[:, :m] @ (axes[:, :m].T @ u)
        u /= np.linalg.norm(u)
        assert (Z @ u).var() <= eigenvalues[m] + 1e-9
        assert (Z @ axes[:, m]).var() == pytest.approx(eigenvalues[m], abs=1e-9)


@given(seeds, widths, st.data())
def test_most_variance_is_least_error(seed: int, width: int, data: st.DataObject) -> None:
    """thm-closest: the error of any orthonormal V, and that none has less than the first axes."""
    Z, rng = made_up(seed, width), np.random.default_rng(seed)
    q = data.draw(st.integers(1, width))
    eigenvalues, axes = principal_axes.principal_axes(Z)

    def error(V: Floats) -> float:
        return float(np.square(Z - Z @ V @ V.T).sum(axis=1).mean())

    V = orthonormal(rng, width, q)
    assert error(V) == pytest.approx(width - np.trace(V.T @ (Z.T @ Z / len(Z)) @ V), abs=1e-9)
    assert error(V) >= eigenvalues[q:].sum() - 1e-9
    assert error(axes[:, :q]) == pytest.approx(eigenvalues[q:].sum(), abs=1e-9)
    offset = rng.normal(size=width)
    offset -= V @ (V.T @ offset)
    moved = np.square(Z - offset - (Z - offset) @ V @ V.T).sum(axis=1).mean()
    assert moved == pytest.approx(error(V) + offset @ offset)


@given(seeds, widths)
def test_loadings_are_correlations(seed: int, width: int) -> None:
    """prp-loading, and that components are uncorrelated."""
    Z = made_up(seed, width)
    eigenvalues, axes = principal_axes.principal_axes(Z)
    assume(eigenvalues[-1] > 1e-6)
    loadings, scores = axes * np.sqrt(eigenvalues), principal_axes.scores_along(Z, axes)
    correlations = np.corrcoef(Z, scores, rowvar=False)
    assert np.allclose(correlations[:width, width:], loadings, atol=1e-6)
    assert np.allclose(correlations[width:, width:], np.eye(width), atol=1e-6)
    assert np.allclose(np.square(loadings).sum(axis=1), 1.0)
    assert np.allclose(np.square(loadings).sum(axis=0), eigenvalues)


@given(seeds, widths, st.floats(1e-4, 2.0))
def test_an_axis_turns_no_further_than_the_gap_lets_it(seed: int, width: int, size: float) -> None:
    """prp-turn (eq-turn)."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(width, width))
    change = rng.normal(size=(width, width)) * size
    R, change = first + first.T, change + change.T
    values, vectors = np.linalg.eigh(R)
    others, turned = np.linalg.eigh(R + change)
    for m, k in itertools.product(range(width), range(width)):
        gap = np.abs(np.delete(values, m) - others[k]).min()
        cosine = min(abs(float(vectors[:, m] @ turned[:, k])), 1.0)
        assert np.sqrt(1 - cosine**2) * gap <= np.linalg.norm(change, 2) + 1e-6


@given(seeds, widths, st.data())
def test_a_shadow_is_never_longer(seed: int, width: int, data: st.DataObject) -> None:
    """prp-shadow."""
    Z, rng = made_up(seed, width, n=12), np.random.default_rng(seed)
    q = data.draw(st.integers(1, width))
    eigenvalues, axes = principal_axes.principal_axes(Z)

    def squares(X: Floats) -> Floats:
        return np.asarray(np.square(X[:, np.newaxis] - X).sum(axis=2))

    V = orthonormal(rng, width, q)
    assert (squares(Z @ V) <= squares(Z) + 1e-9).all()
    best = eigenvalues[:q].sum() / width
    assert squares(Z @ V).sum() / squares(Z).sum() <= best + 1e-9
    assert squares(Z @ axes[:, :q]).sum() / squares(Z).sum() == pytest.approx(best)


def test_what_chance_gives_groups(made: Book) -> None:
    """The footnote: over all ways to deal six songs into groups of 3, 2 and 1."""
    values = np.array([0.3, -1.2, 2.0, 0.1, -0.9, 0.4])
    values -= values.mean()
    deals = set(itertools.permutations([0, 0, 0, 1, 1, 2]))
    shares = [
        sum(values[np.array(d) == g].sum() ** 2 / d.count(g) for g in range(3)) for d in deals
    ]
    assert np.mean(shares) / np.square(values).sum() == pytest.approx(2 / 5)
    chance = made.pca_hidden.of("genres").chance
    assert chance == pytest.approx((made.summary.n_genres - 1) / (made.summary.n_songs - 1))


# --- axes ------------------------------------------------------------------------------------


def test_the_axes_are_scikit_learns(gtzan: Book) -> None:
    Z = z_scores(gtzan.dataset.X)
    fit = PCA().fit(Z)
    found = gtzan.pca_axes
    signs = np.sign(np.sum(fit.components_.T * gtzan.spectrum.axes.to_numpy(), axis=0))
    assert np.allclose(found.scores, fit.transform(Z) * signs)
    assert np.allclose([s.estimate for s in found.shares], fit.explained_variance_ratio_)
    eigenvalues, axes = principal_axes.principal_axes(Z)
    assert np.allclose(axes, gtzan.spectrum.axes)
    assert np.allclose(eigenvalues, gtzan.spectrum.eigenvalues)
    assert np.allclose(found.loadings, axes * np.sqrt(eigenvalues))


def test_the_largest_entry_is_positive(gtzan: Book) -> None:
    _, axes = principal_axes.principal_axes(z_scores(gtzan.dataset.X))
    assert (axes[np.abs(axes).argmax(axis=0), range(5)] > 0).all()
    half = np.sqrt(0.5)
    _, axes = principal_axes.principal_axes(
        np.array([[1.0, -1.0], [-1.0, 1.0], [0.5, -0.5], [-0.5, 0.5]])
    )
    assert np.allclose(axes[:, 0], [half, -half]), "of equals the first"


def test_intervals_hold_their_estimates(gtzan: Book) -> None:
    found = gtzan.pca_axes
    for share in (*found.shares, *found.cumulative[:-1]):
        assert share.low <= share.estimate <= share.high
    assert found.cumulative[-1].estimate == pytest.approx(1)
    inside = (found.low <= found.loadings) & (found.loadings <= found.high)
    assert inside.to_numpy().mean() > 0.9
    assert found.n_resamples == gtzan.config.n_bootstrap


def test_turns(gtzan: Book) -> None:
    found = gtzan.pca_axes
    assert ((found.turns["median"] <= found.turns["high"]) & (found.turns["high"] <= 90)).all()
    values = found.eigenvalues
    assert found.turns["gap"].iloc[0] == pytest.approx(values[0] - values[1])
    assert found.turns["gap"].iloc[-1] == pytest.approx(values[-2] - values[-1])
    assert list(found.plane_turns.index) == [1, 2, 3, 4]
    assert found.plane_turn(1) == pytest.approx(found.turn(1))
    # The last axis is what is orthogonal to all others.
    assert found.plane_turn(4) == pytest.approx(found.turn(5))
    assert found.turn(found.surest) == min(found.turns["high"])
    assert found.turn(found.least_sure) == max(found.turns["high"])


def test_a_duplicated_feature_has_an_axis_that_never_turns(gtzan: Book) -> None:
    """Its eigenvalue is zero whatever the songs, and so is every loading on it."""
    found = gtzan.as_published.pca_axes
    assert found.turn(5) < 1e-3
    assert np.abs(found.loadings.iloc[:, 4]).max() == 0
    assert found.words(5) == ""
    assert np.isnan(gtzan.as_published.pca_hidden.of("genres").between(5))


def test_words(gtzan: Book) -> None:
    found = gtzan.pca_axes
    for axis in range(1, 6):
        sizes = found.loadings.iloc[:, axis - 1].abs()
        assert set(found.leading(axis)) == set(sizes.index[sizes >= 0.5])
        assert len(found.words(axis).split(", ")) == max(1, len(found.leading(axis)))
    assert found.n_named == sum(bool(found.words(axis)) for axis in range(1, 6))
    said = sentences.axes_in_words(found)
    assert said.count("leads to") == found.n_named
    low = dataclasses.replace(found, loadings=found.loadings * 0.1)
    assert sentences.axes_in_words(low) == "no axis has a word"
    flipped = dataclasses.replace(found, loadings=-found.loadings)
    assert set(flipped.words(1).split(", ")).isdisjoint(found.words(1).split(", "))


@given(seeds, st.integers(2, 8))
def test_gaps(seed: int, n: int) -> None:
    values = np.sort(np.random.default_rng(seed).uniform(0, 3, n))[::-1]
    expected = [
        min(abs(v - w) for j, w in enumerate(values) if j != i) for i, v in enumerate(values)
    ]
    assert np.allclose(principal_axes.gaps(values), expected)


def test_equal_rows_have_equal_scores() -> None:
    """Whatever their place in the table; else their order as neighbours would be up to rounding."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(500, 5))
    X[499] = X[7] = X[250]
    scores = principal_axes.scores_along(X, orthonormal(rng, 5, 5))
    assert np.array_equal(scores[7], scores[250])
    assert np.array_equal(scores[7], scores[499])


# --- what is hidden --------------------------------------------------------------------------


def test_the_whole_hides_nothing(gtzan: Book) -> None:
    hidden = gtzan.pca_hidden
    assert hidden.frame.iloc[-1].to_numpy() == pytest.approx(np.ones(3))
    assert hidden.frame["distance"].to_numpy() == pytest.approx(gtzan.spectrum.cumulative)
    assert hidden.frame["distance"].is_monotonic_increasing
    assert hidden.dimensions == (2, 3, 5)


def test_neighbours_are_counted_right(gtzan: Book) -> None:
    """Against scikit-learn; songs with exact repeats have ties, which it may break otherwise."""
    scores = gtzan.pca_axes.scores
    whole = NearestNeighbors(n_neighbors=11).fit(scores).kneighbors(return_distance=False)
    plane = NearestNeighbors(n_neighbors=11).fit(scores[:, :2]).kneighbors(return_distance=False)
    same = [len(set(a[:10]) & set(b[:10])) / 10 for a, b in zip(whole, plane, strict=True)]
    assert gtzan.pca_hidden.neighbours(2) == pytest.approx(np.mean(same), abs=0.003)
    nearest = (whole[:, 0] == plane[:, 0]).mean()
    assert gtzan.pca_hidden.nearest(2) == pytest.approx(nearest, abs=0.02)


def test_of_equals_the_first_is_nearest() -> None:
    X = np.array([[0.0], [1.0], [-1.0], [0.0], [5.0]])
    assert principal_axes.nearest_rows(X).tolist() == [
        [3, 1, 2, 4],
        [0, 3, 2, 4],
        [0, 3, 1, 4],
        [0, 1, 2, 4],
        [1, 0, 3, 2],
    ]
    assert principal_axes.shared(np.array([[1, 2], [3, 4]]), np.array([[2, 9], [4, 3]])) == 0.75


def test_groups(gtzan: Book) -> None:
    hidden, scores = gtzan.pca_hidden, gtzan.pca_axes.scores
    labels = {"kmeans": gtzan.kmeans.labels, "mixture": gtzan.mixture.labels}
    labels["genres"] = np.unique(gtzan.dataset.labels, return_inverse=True)[1]
    for name, of in labels.items():
        group = hidden.of(name)
        for q in hidden.dimensions:
            value = silhouette_score(scores[:, :q], of)
            assert group.silhouettes[q].estimate == pytest.approx(value)
            assert group.silhouettes[q].low < value < group.silhouettes[q].high
        lost = group.silhouettes[5].estimate - group.silhouettes[2].estimate
        assert group.lost.estimate == pytest.approx(lost)
        assert group.between(group.telling) == np.nanmax(group.by_axis)
        assert group.telling_beyond in (3, 4, 5)
    assert hidden.of("kmeans").silhouettes[5].estimate == pytest.approx(
        gtzan.kmeans_silhouettes.mean.estimate
    )


@given(seeds, widths, st.data())
def test_no_plane_keeps_more_of_the_means_than_the_best(
    seed: int, width: int, data: st.DataObject
) -> None:
    Z = made_up(seed, width)
    labels = np.random.default_rng(seed).integers(0, 4, len(Z))
    q = data.draw(st.integers(1, width))
    kept, best = principal_axes.between_kept(Z, labels, q)
    assert -1e-9 <= kept <= best + 1e-9 <= 1 + 2e-9
    assert principal_axes.between_kept(Z, labels, width) == pytest.approx((1, 1))
    means = np.array([Z[labels == g].mean(axis=0) for g in np.unique(labels)])
    sizes = np.bincount(labels)[np.unique(labels)]
    squares = sizes @ np.square(means)
    assert kept == pytest.approx(squares[:q].sum() / squares.sum())


def test_groups_that_cannot_be_told_apart() -> None:
    Z = made_up(1, 3)
    assert np.isnan(principal_axes.between_kept(Z, np.zeros(len(Z), dtype=np.int64), 2)).all()


def test_one_group_alone_has_no_silhouette(made: Book) -> None:
    one = dataclasses.replace(made.mixture, labels=np.zeros_like(made.mixture.labels))
    hidden = principal_axes.measure_hidden(
        made.dataset, made.pca_axes, made.kmeans, one, made.config
    )
    group = hidden.of("mixture")
    assert np.isnan(group.lost.estimate)
    assert group.same[2] == 1


def test_no_axis_beyond_the_plane_tells_where_there_is_no_variance(made: Book) -> None:
    group = made.pca_hidden.of("genres")
    flat = dataclasses.replace(group, by_axis=np.array([0.5, 0.5, np.nan]))
    assert flat.telling_beyond is None


# --- what is drawn ---------------------------------------------------------------------------


def test_the_view(gtzan: Book) -> None:
    view = gtzan.pca_view
    assert np.array_equal(view.points, gtzan.pca_axes.scores[:, :3])
    assert [c.name for c in view.colourings] == ["kmeans", "mixture", "genres"]
    for colouring in view.colourings:
        assert len(set(colouring.styles)) == len(colouring.groups) == len(colouring.styles)
        assert colouring.labels.max() < len(colouring.groups)
    kmeans, mixture, genres = view.colourings
    styles = [np.array(c.styles)[c.labels] for c in (kmeans, mixture)]
    assert (styles[0] == styles[1]).mean() == pytest.approx(view.alike)
    assert [genres.groups[i] for i in genres.labels] == list(gtzan.dataset.labels)


@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_styles_are_paired_as_well_as_can_be(seed: int, n_groups: int, n_others: int) -> None:
    rng = np.random.default_rng(seed)
    labels, reference = rng.integers(0, n_groups, 20), rng.integers(0, n_others, 20)
    styles, alike = principal_axes.paired_styles(labels, n_groups, reference)
    assert len(set(styles)) == n_groups
    best = max(
        np.mean(np.array(way)[labels] == reference)
        for way in itertools.permutations(range(max(n_groups, n_others)), n_groups)
    )
    assert alike == pytest.approx(np.mean(np.array(styles)[labels] == reference))
    assert alike == pytest.approx(best)


def test_two_features_are_too_few(made: Book) -> None:
    found = made.pca_axes
    few = dataclasses.replace(found, eigenvalues=found.eigenvalues[:2])
    with pytest.raises(ConfigError, match=r"^study\.toml: .* at least three .* looks at 2\.$"):
        principal_axes.look(made.dataset, few, made.kmeans, made.mixture)


def test_more_songs_than_are_searched(made: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "SAMPLED_SONGS", 15)
    hidden = principal_axes.measure_hidden(
        made.dataset, made.pca_axes, made.kmeans, made.mixture, made.config
    )
    assert (hidden.n_sampled, hidden.n_neighbours) == (15, 10)
    assert hidden.neighbours(made.pca_axes.n_axes) == 1
    assert hidden.chance == pytest.approx(10 / 14)


@pytest.mark.parametrize("n", [8, 25])
def test_other_sizes(tmp_path: Path, n: int) -> None:
    songs = make_songs(n, genres=2)
    small = Book(make_project(tmp_path / "p", songs, n_clusters=3, k_max=4))
    assert small.pca_hidden.n_neighbours == min(10, n - 1)
    assert small.pca_view.n_songs == n
