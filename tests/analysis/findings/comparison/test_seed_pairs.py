"""analysis.findings.comparison.seed_pairs: pairs of runs, each pair once."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from indices_cases import variation_of_information
from sklearn.metrics import adjusted_rand_score

from analysis.book import Book
from analysis.methods.indices.external import match_labels, raw_agreement


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
@pytest.mark.parametrize("starts", ["single", "full"])
def test_all_pairs_of_one_method(gtzan: Book, method: str, starts: str) -> None:
    labels = getattr(gtzan.seeds, starts)(method).labels
    found = gtzan.yardstick
    pairs = found.pairs[found.pairs["kind"] == f"{method} {starts}"]
    by_hand = [adjusted_rand_score(a, b) for a, b in combinations(labels, 2)]
    assert pairs["ari"].to_numpy() == pytest.approx(by_hand)
    assert found.n_pairs(f"{method} {starts}") == len(by_hand) == 190
    assert found.of(f"{method} {starts}").mean == pytest.approx(np.mean(by_hand))
    low, high = np.quantile(by_hand, [0.025, 0.975])
    assert found.of(f"{method} {starts}").low == pytest.approx(low)
    assert found.of(f"{method} {starts}").high == pytest.approx(high)


def test_pairs_between_the_methods(gtzan: Book) -> None:
    kmeans, mixture = (gtzan.seeds.full(method).labels for method in ("kmeans", "mixture"))
    pairs = gtzan.yardstick.pairs
    between = pairs[pairs["kind"] == "between full"].reset_index(drop=True)
    assert len(between) == 400
    row, one, other = between.iloc[23], kmeans[1], mixture[3]
    assert row["raw"] == raw_agreement(one, other)
    assert row["matched"] == pytest.approx(match_labels(one, other).agreement)
    assert row["vi"] == pytest.approx(variation_of_information(one, other))
    same = pairs[pairs["kind"] == "same full"].reset_index(drop=True)
    assert len(same) == 20
    assert same["raw"][4] == raw_agreement(kmeans[4], mixture[4])
    assert same["raw"][0] == gtzan.comparison.raw


def test_a_common_seed_lifts_raw_agreement_and_nothing_else(gtzan: Book) -> None:
    """With one start the mixture begins with the clusters that K-Means ends with."""
    same, any_seed = (gtzan.yardstick.of(f"{kind} single", "raw") for kind in ("same", "between"))
    assert same.mean > any_seed.high or same.mean > 2 * any_seed.mean
    same, any_seed = (gtzan.yardstick.of(f"{kind} single", "ari") for kind in ("same", "between"))
    assert any_seed.low < same.mean


def test_what_else_is_told_of_the_runs(gtzan: Book) -> None:
    found, runs = gtzan.yardstick, gtzan.seeds.full("mixture")
    assert found.n_partitions["mixture"] == runs.n_partitions
    best, worst = found.objective_range["mixture"]
    assert (best, worst) == (runs.objectives.max(), runs.objectives.min())
    best, worst = found.objective_range["kmeans"]
    assert best < worst
    values = found.pairs["ari"][found.pairs["kind"] == "mixture full"]
    assert found.overlap == (values < found.of("between full").mean).mean()
