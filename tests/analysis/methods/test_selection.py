"""Sweeps, the knee, the gap statistic and the data without clusters."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr
from sklearn.cluster import KMeans

from analysis.methods.indices.internal import internal_indices
from analysis.methods.indices.record import INTERNAL
from analysis.methods.kmeans.steps import wcss
from analysis.methods.selection import (
    INITS,
    _redraw_references,
    from_one,
    gap_statistic,
    index_intervals,
    knee,
    knees_by_range,
    null_data,
    null_sweep,
    relative_drops,
    single_starts,
    sweep,
    uniform_reference,
)


def blobs(k=3, n=150, seed=0, apart=12.0):
    rng = np.random.default_rng(seed)
    centers = apart * np.eye(k, 3)
    return centers[np.arange(n) % k] + rng.normal(size=(n, 3))


# -- sweeps -------------------------------------------------------------------------------


def test_a_sweep_is_what_sklearn_says_one_k_at_a_time():
    X = blobs()
    found = sweep(X, range(2, 6), n_init=3, seed=7)
    for k in range(2, 6):
        fit = KMeans(k, n_init=3, max_iter=300, random_state=7).fit(X)
        assert_array_equal(found.labels[k], fit.labels_)
        assert_allclose(found.centers[k], fit.cluster_centers_, rtol=1e-9, atol=1e-9)
        row = found.table.loc[k]
        assert row["inertia"] == pytest.approx(fit.inertia_)
        for name in INTERNAL:
            assert row[name] == pytest.approx(getattr(internal_indices(X, fit.labels_), name))
        assert (row["smallest"], row["largest"]) == (
            np.bincount(fit.labels_).min(),
            np.bincount(fit.labels_).max(),
        )
    assert found.best("silhouette") == found.best("davies_bouldin") == 3


def test_the_ends_of_a_sweep_have_no_indices():
    X = blobs(n=9)
    table = sweep(X, [1, 4, 9], n_init=2).table
    assert table.loc[1, "inertia"] == pytest.approx(np.square(X - X.mean(axis=0)).sum())
    assert table.loc[9, "inertia"] == pytest.approx(0, abs=1e-9)
    assert table.loc[[1, 9], list(INTERNAL)].isna().all(axis=None)
    assert table.loc[4, list(INTERNAL)].notna().all()
    assert sweep(X, [1, 4, 9], n_init=2).best("silhouette") == 4


def test_progress_is_told():
    told = []
    sweep(blobs(), [2, 3], n_init=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_relative_drops():
    assert_allclose(relative_drops([100.0, 60.0, 45.0]), [np.nan, 0.4, 0.25])
    assert_allclose(relative_drops([1.0, 0.0, 0.0]), [np.nan, 1.0, 0.0])
    assert_allclose(relative_drops([60.0, 45.0], 100.0), [0.4, 0.25])


def test_one_cluster_needs_no_fit():
    X = blobs(3)
    ks, inertia = from_one(sweep(X, range(2, 5), n_init=2).table)
    assert ks == [1, 2, 3, 4]
    assert_allclose(inertia[0], np.square(X - X.mean(axis=0)).sum())
    later = sweep(X, range(3, 5), n_init=2).table
    assert from_one(later)[0] == [3, 4]
    assert np.isnan(later["relative_drop"].iloc[0])
    assert from_one(sweep(X, range(1, 3), n_init=2).table)[0] == [1, 2]


@pytest.mark.parametrize(
    ("ks", "message"),
    [
        ([], "There are no numbers of clusters to try"),
        ([0, 1], "k = 0 is not possible with 150 rows"),
        ([2, 151], "k = 151 is not possible with 150 rows; it should be from 1 to 150"),
    ],
)
def test_numbers_of_clusters_that_cannot_be(ks, message):
    with pytest.raises(ValueError, match=message):
        sweep(blobs(), ks)


def test_intervals_stand_beside_the_estimates():
    X = blobs()
    result = sweep(X, [1, 2, 3], n_init=2)
    table = index_intervals(X, result, n_resamples=100)
    assert list(table.index) == [(k, name) for k in (2, 3) for name in INTERNAL]
    assert (table["low"] < table["high"]).all()
    assert table.loc[(3, "silhouette"), "estimate"] == result.table.loc[3, "silhouette"]


# -- the knee -----------------------------------------------------------------------------


def test_a_sharp_knee_is_found():
    assert knee(range(1, 8), [100, 70, 40, 10, 9, 8, 7]) == 4
    assert knee(range(2, 9), sweep(blobs(4), range(2, 9), n_init=3).table["inertia"]) in (3, 4)


def test_a_straight_line_has_no_knee():
    assert knee([1, 2, 3, 4, 5], [50, 40, 30, 20, 10]) is None
    assert knee([1, 2], [3, 1]) is None
    assert knee([1, 2, 3], [1, 1, 1]) is None


def test_the_knee_of_a_smooth_curve_moves_with_the_range():
    ks = list(range(1, 41))
    table = knees_by_range(ks, [1 / k for k in ks])
    assert list(table["k_max"]) == ks[3:]
    knees = table["knee"].dropna()
    assert knees.is_monotonic_increasing
    assert knees.iloc[-1] > knees.iloc[0]
    assert knees.iloc[-1] == knee(ks, [1 / k for k in ks])


# -- data without clusters ----------------------------------------------------------------


@pytest.mark.parametrize("reference", ["box", "pca"])
def test_references_fill_the_box(reference):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 2)) @ np.array([[3.0, 2.9], [0.0, 0.2]]) + 50
    drawn = uniform_reference(X, reference, rng)
    axes = np.eye(2) if reference == "box" else np.linalg.svd(X - X.mean(0))[2]
    inside, outside = drawn @ axes.T, X @ axes.T
    assert (inside >= outside.min(axis=0) - 1e-9).all()
    assert (inside <= outside.max(axis=0) + 1e-9).all()
    assert_allclose(np.ptp(inside, axis=0), np.ptp(outside, axis=0), rtol=0.02)
    assert abs(np.corrcoef(inside.T)[0, 1]) < 0.06
    correlated = abs(np.corrcoef(drawn.T)[0, 1]) > 0.5
    assert correlated == (reference == "pca")


def test_nulls_keep_what_they_promise():
    X = blobs(n=6000) @ np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    rng = np.random.default_rng(0)
    gaussian = null_data(X, "gaussian", rng)
    assert_allclose(gaussian.mean(axis=0), X.mean(axis=0), atol=0.5)
    assert_allclose(np.cov(gaussian.T), np.cov(X.T), rtol=0.1, atol=2.0)
    copula = null_data(np.exp(X / 9), "copula", rng)
    assert set(copula[:, 0]) <= set(np.exp(X[:, 0] / 9))
    assert_allclose(np.median(copula, axis=0), np.median(np.exp(X / 9), axis=0), rtol=0.1)
    assert_allclose(spearmanr(copula).statistic, spearmanr(X).statistic, atol=0.1)
    permuted = null_data(X, "permuted", rng)
    assert_array_equal(np.sort(permuted, axis=0), np.sort(X, axis=0))
    assert abs(np.corrcoef(permuted.T)[0, 1]) < 0.05 < abs(np.corrcoef(X.T)[0, 1])
    uniform = null_data(X, "uniform", rng)
    assert (uniform >= X.min(axis=0)).all()
    assert (uniform <= X.max(axis=0)).all()


def test_nulls_without_a_name():
    rng = np.random.default_rng(0)
    with pytest.raises(
        ValueError, match="kind must be 'uniform', 'gaussian', 'copula' or 'permuted'"
    ):
        null_data(blobs(), "normal", rng)
    with pytest.raises(ValueError, match="reference must be 'box' or 'pca'"):
        uniform_reference(blobs(), "ball", rng)


def test_clusters_beat_the_null():
    X = blobs()
    real = sweep(X, [2, 3, 4], n_init=2).table
    null = null_sweep(
        X, [2, 3, 4], kind="permuted", n_draws=5, n_init=2, rng=np.random.default_rng(0)
    )
    assert set(null.draws["draw"]) == set(range(5))
    assert real.loc[3, "silhouette"] > null.summary("silhouette").loc[3, "high"]
    assert real.loc[3, "inertia"] < null.summary("inertia").loc[3, "low"]
    assert (null.summary("inertia")["low"] <= null.summary("inertia")["high"]).all()


def test_the_total_of_the_null_is_that_of_the_data():
    X = blobs()
    null = null_sweep(X, [1], kind="uniform", n_draws=2, n_init=1, rng=np.random.default_rng(0))
    assert_allclose(null.draws["inertia"], np.square(X - X.mean(axis=0)).sum())


# -- the gap statistic --------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["box", "pca"])
def test_the_gap_finds_clusters_that_are_there(reference):
    gap = gap_statistic(
        blobs(),
        range(1, 7),
        reference=reference,
        n_references=8,
        n_init=2,
        rng=np.random.default_rng(0),
    )
    assert gap.chosen == 3
    assert gap.at_largest == 3


def test_the_gap_says_one_where_there_are_none():
    X = np.random.default_rng(0).uniform(size=(200, 2))
    assert (
        gap_statistic(
            X, range(1, 6), n_references=10, n_init=2, rng=np.random.default_rng(0)
        ).chosen
        == 1
    )


def test_the_gap_is_the_formula():
    X = blobs()
    gap = gap_statistic(X, range(1, 5), n_references=6, n_init=2, rng=np.random.default_rng(3))
    table = gap.table
    first = int(np.random.default_rng(3).integers(2**31))
    fitted = sweep(X, range(1, 5), n_init=2, seed=first)
    assert_allclose(table["log_inertia"], np.log(fitted.table["inertia"]))
    assert_allclose(
        np.exp(table["log_inertia"]),
        [wcss(X, fitted.centers[k], fitted.labels[k]) for k in range(1, 5)],
    )
    assert_allclose(table["gap"], table["expected"] - table["log_inertia"])
    enough = table["gap"].to_numpy()[:-1] >= (table["gap"] - table["s"]).to_numpy()[1:]
    assert table["enough"].tolist()[:-1] == enough.tolist()
    assert gap.chosen == 1 + int(enough.argmax())
    # s by its own definition, from the same references
    totals = []
    for child in np.random.default_rng(3).spawn(6):
        drawn = uniform_reference(X, "box", child)
        totals.append(np.log(np.square(drawn - drawn.mean(axis=0)).sum()))
    assert table.loc[1, "expected"] == pytest.approx(np.mean(totals))
    assert table.loc[1, "s"] == pytest.approx(np.std(totals) * np.sqrt(1 + 1 / 6))


def test_references_are_drawn_again():
    """The answers of other references, by the rule, on references written down."""
    logs = np.log([[8.0, 4.0, 2.0], [7.0, 4.5, 2.2], [9.0, 3.8, 2.1]])
    observed = np.log([6.0, 3.0, 1.5])
    found = _redraw_references(observed, logs, [1, 2, 3], np.random.default_rng(4))
    drawn = np.random.default_rng(4).integers(3, size=(len(found), 3))
    for rows, chosen, largest in zip(drawn, found["chosen"], found["at_largest"], strict=True):
        far = np.sqrt(2 * 3 / 2) * (logs[rows].mean(axis=0) - logs.mean(axis=0))
        gap = logs.mean(axis=0) + far - observed
        s = logs[rows].std(axis=0, ddof=1) * np.sqrt(1 + 1 / 3)
        enough = [k for k in (1, 2) if gap[k - 1] >= gap[k] - s[k]]
        assert chosen == (enough[0] if enough else 0)
        assert largest == 1 + gap.argmax()
    assert found["chosen"].nunique() > 1


def test_other_references_lie_as_far_apart_as_two_sets_do():
    """The spread that is predicted is that of fresh sets about one set."""
    rng = np.random.default_rng(0)
    predicted, real = [], []
    for _ in range(300):
        logs = rng.normal(size=(10, 1))
        mean = logs.mean()
        drawn = logs[rng.integers(10, size=(50, 10)), 0].mean(axis=1) - mean
        predicted += (np.sqrt(2 * 10 / 9) * drawn).tolist()
        real += (rng.normal(size=(50, 10)).mean(axis=1) - mean).tolist()
    assert np.std(predicted) == pytest.approx(np.std(real), rel=0.05)


def test_an_answer_is_firm_where_redraws_give_it():
    clear = gap_statistic(
        blobs(), range(1, 7), n_references=8, n_init=2, rng=np.random.default_rng(0)
    )
    assert clear.is_firm("chosen")
    assert clear.answers("chosen")[3] >= 0.95
    half = clear.redrawn.assign(chosen=[3, 2] * (len(clear.redrawn) // 2))
    assert not dataclasses.replace(clear, redrawn=half).is_firm("chosen")
    none = dataclasses.replace(clear, chosen=None, redrawn=clear.redrawn.assign(chosen=0))
    assert none.is_firm("chosen")


def test_the_gap_uses_what_is_known():
    X = blobs()
    known = {1: 10.0, 2: 5.0, 3: 2.0}
    table = gap_statistic(
        X, [1, 2, 3], n_references=2, n_init=1, inertia=known, rng=np.random.default_rng(0)
    ).table
    assert_allclose(table["log_inertia"], np.log([10, 5, 2]))


def test_no_gap_rule_may_hold():
    X = blobs()
    known = {1: 1e6, 2: 1e3, 3: 1.0}
    gap = gap_statistic(
        X, [1, 2, 3], n_references=2, n_init=1, inertia=known, rng=np.random.default_rng(0)
    )
    assert gap.chosen is None
    assert gap.at_largest == 3


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_gaps_that_cannot_be():
    with pytest.raises(ValueError, match="has holes"):
        gap_statistic(blobs(), [1, 3], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="The WCSS is zero at some k"):
        gap_statistic(
            np.ones((5, 2)),
            [1, 2],
            inertia={1: 0.0, 2: 0.0},
            n_references=1,
            rng=np.random.default_rng(0),
        )


# -- single starts ------------------------------------------------------------------------


def test_single_starts_fall_and_differ():
    X = blobs(k=3, apart=4.0)
    table = single_starts(X, 6, n_starts=15, rng=np.random.default_rng(0))
    assert table.groupby("init").size().to_dict() == dict.fromkeys(INITS, 15)
    assert (table["inertia"] <= table["inertia_start"] * (1 + 1e-12)).all()
    assert (table.groupby("init")["inertia_start"].nunique() > 10).all()
    means = table.groupby("init")["inertia_start"].mean()
    assert means["greedy k-means++"] < means["k-means++"] < means["random"]


def test_more_starts_begin_with_the_same_ones():
    X = blobs()
    few, many = (
        single_starts(X, 4, n_starts=n, inits=["k-means++"], rng=np.random.default_rng(0))
        for n in (2, 4)
    )
    assert many[:2].equals(few)


def test_a_start_without_a_name():
    with pytest.raises(ValueError, match="There is no init 'best'; there are random"):
        single_starts(blobs(), 3, inits=["best"], rng=np.random.default_rng(0))
