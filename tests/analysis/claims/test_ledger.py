"""analysis.claims.ledger: every claim is there, every verdict follows from its predicate."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from made_up import make_songs

from analysis.book import Book
from analysis.claims import ledger, measures
from analysis.claims.ledger import BY_ID, CLAIMS, Claim, Verdict, examine

HOLDS, PART, FAILS, UNTESTABLE = Verdict

SECTION_6 = {
    # what the source notebooks claim: (id, what its words say)
    "1,000 songs": ("songs", "1,000 songs"),
    "10 genres": ("genres", "10 genres"),
    "tempo lies in 50-200": ("tempo-range", "50 and 200"),
    "energy lies in 0-0.5": ("energy-range", "0 and 0.5"),
    "without scaling tempo dominates": ("tempo-dominates", "tempo dominates"),
    "after scaling all contribute equally": ("equal-share", "contribute equally"),
    "initialisation is random": ("random-start", "at random"),
    "converges when WCSS changes little": ("stops-on-wcss", "WCSS changes little"),
    "10-15 iterations": ("kmeans-rounds", "10 to 15 iterations"),
    "the elbow is visible at k = 8-10": ("elbow", "8 to 10"),
    "the silhouette at k = 10 is reasonable": ("silhouette", "reasonable"),
    "k = 10 matches the genres (their number)": ("k-number", "matches the genres"),
    "k = 10 matches the genres (what they are)": ("k-genres", "matches the genres"),
    "40-150 songs": ("sizes", "40 to 150 songs"),
    "sizes are relatively balanced": ("balanced", "relatively balanced"),
    "no empty cluster": ("no-empty", "No cluster is empty"),
    "genres split across clusters": ("genres-split", "split across clusters"),
    "clusters mix genres": ("clusters-mix", "mix genres"),
    "centroids are interpretable": ("interpretable", "interpretable"),
    "BIC and AIC balance fit and complexity": ("criteria-balance", "balance fit"),
    "K = 10 matches the structure": ("structure", "K = 10 matches the structure"),
    "EM takes 15-20 iterations": ("em-rounds", "15 to 20 iterations"),
    "EM converges": ("em-converges", "converges"),
    "some songs with high confidence": ("sure", "high confidence"),
    "others with low": ("unsure", "low confidence"),
    "covariances capture elliptical shapes": ("elliptical", "elliptical"),
    "K-Means is spherical": ("spherical", "spherical"),
    "hard labels agree on 70-80 %": ("same-labels", "70% to 80%"),
    "more parameters": ("more-parameters", "more parameters"),
    "slower": ("slower", "slower"),
    "may overfit small data": ("overfits", "overfit small data"),
}

NAN = math.nan
CASES: dict[str, list[tuple[tuple[Any, ...], Verdict]]] = {
    # on both sides of each threshold
    "songs": [
        (measures.Amount(1000), HOLDS),
        (measures.Amount(999), PART),
        (measures.Amount(1010), PART),
        (measures.Amount(989), FAILS),
        (measures.Amount(1011), FAILS),
    ],
    "genres": [(measures.Amount(10), HOLDS), (measures.Amount(9), FAILS)],
    "tempo-range": [
        (measures.Span(50, 200, 1.0), HOLDS),
        (measures.Span(49, 200, 0.999), PART),
        (measures.Span(49, 200, 0.95), PART),
        (measures.Span(49, 200, 0.949), FAILS),
    ],
    "energy-range": [
        (measures.Span(0, 0.5, 1.0), HOLDS),
        (measures.Span(0, 0.6, 0.95), PART),
        (measures.Span(0, 0.6, 0.949), FAILS),
    ],
    "tempo-dominates": [
        (measures.Dominance(0.51, 0.4), HOLDS),
        (measures.Dominance(0.5, 0.4), PART),
        (measures.Dominance(0.4, 0.39), PART),
        (measures.Dominance(0.4, 0.4), FAILS),
        (measures.Dominance(0.1, 0.9), FAILS),
    ],
    "equal-share": [
        (measures.Balance(0.2, 0.2, 0.361, 0.4), HOLDS),
        (measures.Balance(0.2, 0.2, 0.359, 0.4), PART),
        (measures.Balance(0.181, 0.2, 0.1, 0.4), PART),
        (measures.Balance(0.17, 0.2, 0.4, 0.4), FAILS),
    ],
    "random-start": [
        (measures.Start(True, True, 2.0, 2.0), HOLDS),
        (measures.Start(False, True, 1.5, 2.0), PART),
        (measures.Start(False, False, 1.5, 2.0), FAILS),
    ],
    "stops-on-wcss": [
        (measures.Stop(7, 7, 7, 0.1), HOLDS),
        (measures.Stop(4, 7, 7, 0.001), PART),
        (measures.Stop(7, 7, 8, 0.0), PART),
        (measures.Stop(4, 7, 7, 0.0011), FAILS),
        (measures.Stop(4, 7, 7, NAN), UNTESTABLE),
    ],
    "kmeans-rounds": [
        (measures.Rounds(10, 0.51), HOLDS),
        (measures.Rounds(15, 0.51), HOLDS),
        (measures.Rounds(15, 0.5), PART),
        (measures.Rounds(16, 0.51), PART),
        (measures.Rounds(9, 0.5), FAILS),
        (measures.Rounds(16, 0.5), FAILS),
    ],
    "elbow": [
        (measures.Elbow(8, 10, 2, 20), HOLDS),
        (measures.Elbow(9, 9, 7, 11), HOLDS),
        (measures.Elbow(7, 10, 2, 20), PART),
        (measures.Elbow(8, 11, 2, 20), PART),
        (measures.Elbow(8, None, 2, 20), PART),
        (measures.Elbow(7, 11, 2, 20), FAILS),
        (measures.Elbow(None, None, 2, 20), FAILS),
        (measures.Elbow(8, 8, 2, 10), UNTESTABLE),
        (measures.Elbow(9, 9, 8, 20), UNTESTABLE),
    ],
    "silhouette": [
        (measures.Silhouette(0.51, 0.49, 0.53), HOLDS),
        (measures.Silhouette(0.5, 0.48, 0.51), PART),
        (measures.Silhouette(0.49, 0.48, 0.5), FAILS),
    ],
    "k-number": [(measures.Numbers(10, 10), HOLDS), (measures.Numbers(4, 10), FAILS)],
    "k-genres": [
        (measures.Agreement(0.8, 9, 10), HOLDS),
        (measures.Agreement(0.79, 9, 10), PART),
        (measures.Agreement(0.65, 3, 10), PART),
        (measures.Agreement(0.64, 3, 10), FAILS),
        (measures.Agreement(-0.1, 0, 10), FAILS),
    ],
    "sizes": [
        (measures.Sizes(40, 150, 10, 0, 10, 0.95), HOLDS),
        (measures.Sizes(39, 150, 9, 0, 10, 0.95), PART),
        (measures.Sizes(39, 151, 6, 0, 10, 0.95), PART),
        (measures.Sizes(39, 151, 5, 0, 10, 0.95), FAILS),
    ],
    "balanced": [
        (measures.Sizes(40, 150, 10, 0, 10, 0.5), HOLDS),
        (measures.Sizes(40, 151, 9, 0, 10, 0.9), PART),
        (measures.Sizes(0, 150, 9, 1, 10, 0.9), PART),
        (measures.Sizes(40, 151, 9, 0, 10, 0.89), FAILS),
    ],
    "no-empty": [
        (measures.Sizes(1, 150, 9, 0, 10, 0.9), HOLDS),
        (measures.Sizes(0, 150, 9, 1, 10, 0.9), FAILS),
    ],
    "genres-split": [
        (measures.Mixed(10, 10, 0.94), HOLDS),
        (measures.Mixed(9, 10, 0.95), PART),
        (measures.Mixed(1, 10, 1.0), PART),
        (measures.Mixed(0, 10, 1.0), FAILS),
    ],
    "clusters-mix": [
        (measures.Mixed(10, 10, 0.94), HOLDS),
        (measures.Mixed(1, 10, 1.0), PART),
        (measures.Mixed(0, 10, 1.0), FAILS),
    ],
    "interpretable": [
        (measures.Labels(10, 10), UNTESTABLE),
        (measures.Labels(1, 10), UNTESTABLE),
    ],
    "criteria-balance": [
        (measures.Criteria(2, 19, 1, 20, 10), HOLDS),
        (measures.Criteria(2, 20, 1, 20, 10), PART),
        (measures.Criteria(1, 19, 1, 20, 10), PART),
        (measures.Criteria(1, 20, 1, 20, 10), FAILS),
        (measures.Criteria(2, 19, 1, 20, 10, bic_pinned=0, aic_pinned=1), PART),
        (measures.Criteria(2, 19, 1, 20, 10, bic_pinned=1, aic_pinned=1), FAILS),
    ],
    "structure": [
        (measures.Criteria(10, 10, 1, 20, 10), HOLDS),
        (measures.Criteria(10, 11, 1, 20, 10), PART),
        (measures.Criteria(9, 10, 1, 20, 10), PART),
        (measures.Criteria(9, 11, 1, 20, 10), FAILS),
    ],
    "em-rounds": [
        (measures.Rounds(15, 0.51), HOLDS),
        (measures.Rounds(20, 0.51), HOLDS),
        (measures.Rounds(20, 0.5), PART),
        (measures.Rounds(21, 0.51), PART),
        (measures.Rounds(14, 0.5), FAILS),
        (measures.Rounds(21, 0.5), FAILS),
    ],
    "em-converges": [
        (measures.Converged(True, 0, 10, last=0.9, next=0.9), HOLDS),
        (measures.Converged(True, 0, 10, last=0.9, next=1.0), PART),
        (measures.Converged(True, 1, 10, last=0.9, next=0.9), PART),
        (measures.Converged(False, 0, 10, last=0.9, next=0.9), FAILS),
        (measures.Converged(False, 1, 10, last=0.9, next=0.9), FAILS),
    ],
    "sure": [
        (measures.Share(0.01), HOLDS),
        (measures.Share(0.009), PART),
        (measures.Share(0.0), FAILS),
    ],
    "unsure": [
        (measures.Share(0.01), HOLDS),
        (measures.Share(0.009), PART),
        (measures.Share(0.0), FAILS),
    ],
    "elliptical": [
        (measures.Shape(2, 9, 10, 10), HOLDS),
        (measures.Shape(1.9, 9, 9, 10), PART),
        (measures.Shape(1.9, 9, 6, 10), PART),
        (measures.Shape(1.9, 9, 5, 10), FAILS),
        (measures.Shape(NAN, NAN, NAN, 0), UNTESTABLE),
    ],
    "spherical": [
        (measures.Round(0.95, 1, 1.9, 0, 10), HOLDS),
        (measures.Round(0.95, 1, 2, 1, 10), PART),
        (measures.Round(0.94, 1, 1.9, 0, 10), FAILS),
    ],
    "same-labels": [
        (measures.Same(0.7, 0.9), HOLDS),
        (measures.Same(0.8, 0.9), HOLDS),
        (measures.Same(0.69, 0.7), PART),
        (measures.Same(0.1, 0.8), PART),
        (measures.Same(0.1, 0.69), FAILS),
        (measures.Same(0.81, 0.81), FAILS),
    ],
    "more-parameters": [
        (measures.Pair(50, 51), HOLDS),
        (measures.Pair(50, 50), FAILS),
    ],
    "overfits": [
        (measures.Overfit(10, 20, 0.11, 0.2, 0.0, 0.1), HOLDS),
        (measures.Overfit(10, 20, 0.1, 0.2, 0.11, 0.1), PART),
        (measures.Overfit(10, 20, 0.11, 0.0, 0.11, 0.1), PART),
        (measures.Overfit(10, 20, 0.1, 0.2, 0.1, 0.1), FAILS),
        (measures.Overfit(10, 10, NAN, NAN, NAN, NAN), UNTESTABLE),
    ],
    "slower": [(measures.Pair(50, 51), HOLDS), (measures.Pair(50, 50), FAILS)],
}


@pytest.fixture(scope="module")
def made(study_of: Callable[..., Book]) -> Book:
    return study_of(make_songs())


def test_every_claim_of_the_source_notebooks_is_in_it_and_no_other() -> None:
    assert {claim for claim, _ in SECTION_6.values()} == set(BY_ID)
    assert len(BY_ID) == len(CLAIMS)
    for claim, words in SECTION_6.values():
        assert words in BY_ID[claim].words.replace("\N{NO-BREAK SPACE}", " "), claim


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])
def test_a_verdict_follows_from_its_predicate(claim: Claim[Any]) -> None:
    cases = CASES[claim.id]
    for value, verdict in cases:
        assert claim.judge(value) == verdict, value
        assert claim.say(value) or verdict is UNTESTABLE
        assert bool(claim.why_not(value)) == (verdict is UNTESTABLE), value
    # a predicate that no case reaches would not be tested
    reached = {verdict for _, verdict in cases}
    if claim.holds_if:
        assert {HOLDS, FAILS} <= reached
        assert (PART in reached) == bool(claim.in_part_if)
    else:
        assert reached == {UNTESTABLE}


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])
def test_a_value_that_does_not_exist_says_nothing(claim: Claim[Any]) -> None:
    value = CASES[claim.id][0][0]
    fields = [name for name in value._fields if isinstance(getattr(value, name), float)]
    for name in fields:
        blank = value._replace(**{name: NAN})
        finding = Claim(**{**_fields(claim), "measure": lambda _, blank=blank: blank}).examine(
            cast(Book, None)
        )
        if claim.id != "elbow":
            assert finding.verdict is UNTESTABLE
            assert "nan" not in finding.said
            assert finding.reason


def _fields(claim: Claim[Any]) -> dict[str, Any]:
    return {name: getattr(claim, name) for name in claim.__dataclass_fields__}


def test_a_claim_says_how_it_is_judged() -> None:
    for claim in CLAIMS:
        assert claim.words.endswith("."), claim.id
        assert claim.measured
        assert claim.notebook in ("K-Means", "GMM")
        assert bool(claim.in_part_if) == (claim.in_part is not ledger._never), claim.id
        assert claim.section.startswith("sec-")
        assert re.fullmatch(r"title|sections? [1-9](\.[1-9])?( and \d+)?|section 10", claim.place)
    assert BY_ID["sizes"].source == "K-Means notebook, section 10"
    assert BY_ID["em-rounds"].source == "mixture notebook, section 9"


def test_a_verdict_that_hangs_on_starts_says_so(gtzan: Book) -> None:
    found = {entry.id: entry.ours.hangs_on for entry in gtzan.ledger.hanging}
    ranges = {"tempo-range", "energy-range", "kmeans-rounds", "elbow", "sizes", "em-rounds"}
    assert all("the claim's own" in found[claim] for claim in {*ranges, "same-labels", "balanced"})
    sweep, rounds = gtzan.mixture_sweep, gtzan.em_agreement
    for claim in ("criteria-balance", "structure"):
        assert f"{sweep.n_init} starts at each number of components" in found[claim]
        lowest, next_lowest = sorted(sweep.table["bic"])[:2]
        assert f"{next_lowest - lowest:.1f} behind by BIC" in found[claim]
    n = int(np.isin(rounds.rounds["full"], range(15, 21)).sum())
    share = proportion_confint(n, rounds.n_starts)
    assert f"{rounds.n_starts} starts, {share[0]:.0%} to {share[1]:.0%}" in found["em-rounds"]
    assert "tempo-dominates" not in found


def proportion_confint(n: int, of: int) -> tuple[float, float]:
    """Wilson's interval, by its formula."""
    z, p = 1.959964, n / of
    middle, half = p + z**2 / (2 * of), z * math.sqrt(p * (1 - p) / of + z**2 / (4 * of**2))
    return (middle - half) / (1 + z**2 / of), (middle + half) / (1 + z**2 / of)


def test_on_a_made_up_table(made: Book) -> None:
    found = made.ledger
    assert [entry.id for entry in found.entries] == [claim.id for claim in CLAIMS]
    for entry in found.entries:
        for finding in (entry.ours, entry.as_published):
            assert finding.verdict == entry.claim.judge(finding.value)
            assert finding.said
            assert "nan" not in finding.said
    for published in (False, True):
        counts = [found.count(verdict, published=published) for verdict in Verdict]
        assert sum(counts) == found.n_claims == len(CLAIMS)
        for verdict in Verdict:
            parts = [found.count(verdict, n, published=published) for n in ("K-Means", "GMM")]
            assert sum(parts) == found.count(verdict, published=published)
    both = sum(found.n_both(verdict) for verdict in Verdict)
    assert both + len(found.different) == found.n_claims
    steps = {claim.step for claim in CLAIMS}
    assert sum(len(found.about(step)) for step in steps) == found.n_claims
    assert found.of("songs").ours.said == "40 songs"
    assert found.of("songs").ours.verdict is FAILS


def test_it_is_kept_on_disk_and_the_same_from_either_set(made: Book) -> None:
    again = Book(made.root)
    assert again.ledger == made.ledger
    assert Book(made.root, feature_set="as-published").ledger == made.ledger


def test_on_the_songs(gtzan: Book) -> None:
    """The committed table and its parameters: what the book says at present."""
    found = gtzan.ledger
    verdicts = {entry.id: entry.ours.verdict for entry in found.entries}
    assert verdicts["songs"] is HOLDS
    assert verdicts["no-empty"] is HOLDS
    assert verdicts["elbow"] is FAILS
    assert verdicts["k-genres"] is FAILS
    assert verdicts["tempo-range"] is PART
    assert verdicts["em-converges"] is verdicts["criteria-balance"] is PART
    assert found.of("songs").as_published.said == "999 songs"
    assert found.of("criteria-balance").as_published.verdict is FAILS
    assert {"songs", "criteria-balance"} <= {entry.id for entry in found.different}
    assert all(entry.claim.words.rstrip(".") in found.different_words for entry in found.different)


def test_nothing_differs() -> None:
    finding = ledger.Finding(measures.Amount(1), "1", HOLDS, "")
    same = ledger.Ledger((ledger.Judged("songs", finding, finding),))
    assert same.different == ()
    assert same.different_words == "none"
    assert same.n_both("holds") == 1


def test_examine_asks_each_study_for_itself() -> None:
    claim = Claim(**{**_fields(BY_ID["songs"]), "measure": lambda study: measures.Amount(study.n)})
    found = examine(cast(Book, SimpleNamespace(n=1000)), cast(Book, SimpleNamespace(n=5)), [claim])
    (entry,) = found.entries
    assert (entry.ours.verdict, entry.as_published.verdict) == (HOLDS, FAILS)
    assert entry.differs


# --- measures ------------------------------------------------------------------------------------


def a_study(**results: Any) -> Book:
    return cast(Book, SimpleNamespace(**results))


def test_span_counts_the_ends_in() -> None:
    frame = pd.DataFrame({"tempo": [50.0, 100.0, 200.0, 200.5]})
    study = a_study(dataset=SimpleNamespace(frame=frame))
    assert measures.span(study, "tempo") == (50.0, 200.5, 0.75)


def test_sizes_by_hand() -> None:
    found = measures.sizes(a_study(kmeans=SimpleNamespace(sizes=np.array([40, 150, 39, 151]))))
    assert found[:5] == (39, 151, 2, 0, 4)
    assert found.ratio == pytest.approx(151 / 39)
    even = measures.sizes(a_study(kmeans=SimpleNamespace(sizes=np.array([5, 5, 5]))))
    assert even.evenness == pytest.approx(1)
    empty = measures.sizes(a_study(kmeans=SimpleNamespace(sizes=np.array([5, 5, 0]))))
    assert empty.evenness == pytest.approx(math.log(2) / math.log(3))
    assert empty.ratio == math.inf
    assert empty.n_empty == 1


def test_mixed_genres_and_clusters_by_hand() -> None:
    genres = np.array(["a"] * 20 + ["b"] * 20)
    labels = np.array([0] * 19 + [1] + [2] * 20)
    study = a_study(dataset=SimpleNamespace(labels=genres), kmeans=SimpleNamespace(labels=labels))
    # a: 19 of 20 in cluster 0 is nearly all; b is whole
    assert measures.genres_split(study) == (0, 2, 1.0)
    # all three clusters have one genre
    assert measures.clusters_mixed(study) == (0, 3, 1.0)
    labels[18] = 1
    assert measures.genres_split(study) == (1, 2, 1.0)


def test_shape_leaves_out_directions_that_the_songs_do_not_fill() -> None:
    covariances = np.array([np.diag([9.0, 1.0, 1e-6]), np.diag([1.0, 1.0, 1.0])])
    assert measures._shape(covariances, 1e-6) == pytest.approx((1.0, 3.0, 1, 2))
    found = measures._shape(covariances, 1e-7)
    assert found.most == pytest.approx(3000)
    nothing = measures._shape(np.zeros((0, 3, 3)), 1e-6)
    assert math.isnan(nothing.most)
    assert nothing.of == 0


def test_the_stop_is_read_off_the_run(gtzan: Book) -> None:
    found, stopping = measures.stop(gtzan), gtzan.stopping
    inertia = gtzan.lloyd_trace.inertia_updated
    last = int(found.centres)
    assert last == stopping.centres.round
    assert found.change == pytest.approx(1 - inertia[last - 1] / inertia[last - 2])
    assert found.first <= found.last


def test_the_default_start_is_scikit_learns(gtzan: Book) -> None:
    from sklearn.cluster import KMeans

    found = measures.start(gtzan)
    assert KMeans().init == "k-means++"
    assert (found.even, found.drawn) == (False, True)
    assert found.factor < found.random_factor


def test_what_both_methods_cost(gtzan: Book) -> None:
    pair = measures.parameters(gtzan)
    assert pair == (10 * 5, 9 + 10 * 5 + 10 * 15)
    work = measures.operations(gtzan)
    assert work.kmeans == 1000 * 10 * 5 * gtzan.kmeans.n_iter
    # of a song and a component: a triangle, its squares, two sums, and half the outer product
    a_song = 15 + 5 + 10 + 15
    assert work.mixture / gtzan.mixture.n_iter == pytest.approx(1000 * 10 * a_song, rel=0.01)


def test_kmeans_puts_songs_at_the_nearest_centre(gtzan: Book) -> None:
    found = measures.spherical(gtzan)
    assert found.share > 0.99
    assert found.of == gtzan.kmeans.n_clusters
    labels = np.roll(gtzan.kmeans.labels, 1)
    moved = a_study(
        dataset=gtzan.dataset,
        mixture=gtzan.mixture,
        kmeans=SimpleNamespace(labels=labels, centers=gtzan.kmeans.centers, n_clusters=10),
    )
    assert measures.spherical(moved).share < 0.9


def test_sure_and_unsure() -> None:
    mixture = SimpleNamespace(max_probability=np.array([0.99, 0.98, 0.5, 0.49]))
    assert measures.sure(a_study(mixture=mixture)).share == 0.25
    assert measures.unsure(a_study(mixture=mixture)).share == 0.25


def test_verdicts_are_counted_in_a_sentence() -> None:
    def entry(ours: Verdict, published: Verdict) -> ledger.Judged:
        def finding(verdict: Verdict) -> ledger.Finding:
            return ledger.Finding((0.0,), "", verdict, "")

        return ledger.Judged("songs", finding(ours), finding(published))

    found = ledger.Ledger((entry(HOLDS, HOLDS), entry(FAILS, HOLDS), entry(HOLDS, FAILS)))
    assert found.counted() == "2 hold and 1 does not hold"
    one = ledger.Ledger((entry(HOLDS, HOLDS), entry(PART, PART), entry(FAILS, FAILS)))
    assert one.counted(published=True) == "1 holds, 1 holds in part and 1 does not hold"
    assert one.both_words == "1 holds on both and 1 does not hold on either"
    none = ledger.Ledger((entry(UNTESTABLE, UNTESTABLE),))
    assert none.counted() == "1 cannot be tested"
    assert none.both_words == "0 hold on both and 0 do not hold on either"


def test_what_the_criteria_ask_for_is_the_sweeps(gtzan: Book) -> None:
    found, table = measures.criteria(gtzan), gtzan.mixture_sweep.table
    assert found.bic == table["bic"].idxmin()
    assert found.aic == table["aic"].idxmin()
    assert (found.first, found.last, found.study) == (1, 20, 10)


def test_overfitting_is_that_of_the_songs_held_out(made: Book) -> None:
    found, held = measures.overfit(made), made.held_out
    k, last = made.config.n_clusters, made.config.k_max
    assert (found.study, found.last) == (k, last)
    assert found.loss == pytest.approx(held.of(k, "held_out") - held.of(last, "held_out"))
    assert found.gain == pytest.approx(held.of(last, "seen") - held.of(k, "seen"))
    assert found.promise == pytest.approx(held.promise(k, "seen"))
    assert found.error == pytest.approx(held.of(k, "error"))


def test_overfitting_needs_more_components_than_the_studys(made: Book) -> None:
    alone = dataclasses.replace(made.mixture_sweep, n_components=made.config.k_max)
    found = measures.overfit(a_study(mixture_sweep=alone))
    assert BY_ID["overfits"].judge(found) is UNTESTABLE
