"""The claims of the source notebooks as data, each with its measure and its verdict.

A claim says what is measured (:mod:`analysis.claims.measures`) and which values make it hold.
Its verdict is what these predicates say of the value; none is typed.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from analysis.claims import measures
from analysis.claims.measures import NEARLY_ALL, SOURCE_RANGES
from analysis.findings.comparison.agreement import SOURCE_AGREEMENT, wilson
from analysis.findings.kmeans.choice import BANDS, SOURCE_ELBOW
from analysis.findings.kmeans.clusters import SOURCE_ROUNDS, SOURCE_SIZES
from analysis.findings.mixtures.certainty import CONFIDENT_FROM, UNSURE_BELOW
from analysis.findings.mixtures.components import SOURCE_ROUNDS as EM_ROUNDS
from analysis.numbers import count, listed, number, percent, run_of, some

if TYPE_CHECKING:
    from analysis.findings.mixtures.choice import MixtureSweep
    from analysis.study.pipeline import Study

T = TypeVar("T", bound=tuple[Any, ...])

Notebook = Literal["K-Means", "GMM"]

NOTEBOOKS: dict[Notebook, str] = {"K-Means": "K-Means", "GMM": "mixture"}
"""What the book calls the two source notebooks."""

SOURCE_SONGS = 1_000
"""The number of songs that both notebooks state."""
SOURCE_GENRES = 10
"""The number of genres that both notebooks state."""
SOURCE_K = 10
"""The number of clusters and components that both notebooks take."""

ROUGHLY = 0.01
"""A count that is off by this share at most is right in part: a round number may be meant."""
MOST = 0.5
"""More than this share of the cases is most of them."""
EVEN = 0.9
"""Shares of which the smallest is at least this part of the largest are alike."""
LITTLE = 0.001
"""WCSS changes little in a round in which it falls by this share of itself at most."""
SIZE_RATIO = SOURCE_SIZES[1] / SOURCE_SIZES[0]
"""The sizes that the source calls balanced differ by this factor at most."""
REASONABLE = BANDS[1][0]
"""Above this Kaufman and Rousseeuw (1990) call a structure reasonable."""
GOOD = 0.80
"""From this adjusted Rand index on, Steinley (2004) calls a recovery good."""
MODERATE = 0.65
"""From this adjusted Rand index on, Steinley (2004) calls a recovery moderate."""
SOME = 0.01
"""Fewer than this share of the songs are exceptions, and not some songs."""


class Verdict(enum.StrEnum):
    """What a measurement says of a claim."""

    HOLDS = "holds"
    IN_PART = "holds in part"
    FAILS = "does not hold"
    UNTESTABLE = "cannot be tested"


def _never(_: Any) -> bool:
    return False


def _on_the_songs_alone(_: Study) -> str:
    return ""


def _undefined(value: tuple[Any, ...]) -> str:
    """Return why a value says nothing: a number in it does not exist."""
    missing = any(isinstance(part, float) and math.isnan(part) for part in value)
    return "not defined for these songs and features" if missing else ""


@dataclasses.dataclass(frozen=True)
class Claim(Generic[T]):
    """A claim of a source notebook.

    Attributes
    ----------
    id : str
    notebook : {"K-Means", "GMM"}
    step : str
        The part of the notebook's work that the claim belongs to.
    place : str
        Where the notebook says it: its title, or a section.
    words : str
        The claim, in our own words.
    measured : str
        How it is measured, in words.
    section : str
        Label of the section that shows it.
    measure : callable
        From a study to a small typed value.
    say : callable
        From that value to the words that state it.
    holds, in_part : callable
        From that value to whether the claim holds, or holds in part. The second is asked only
        where the first says no.
    holds_if, in_part_if : str
        The two predicates in words.
    why_not : callable
        From that value to the reason why the claim cannot be tested; empty if it can.
    hangs_on : callable
        From a study to what the verdict hangs on besides the songs, such as the number of starts
        or a limit of the claim's own; empty if on nothing.
    """

    id: str
    notebook: Notebook
    step: str
    place: str
    words: str
    measured: str
    section: str
    measure: Callable[[Study], T]
    say: Callable[[T], str]
    holds: Callable[[T], bool]
    holds_if: str
    in_part: Callable[[T], bool] = _never
    in_part_if: str = ""
    why_not: Callable[[T], str] = _undefined
    hangs_on: Callable[[Study], str] = _on_the_songs_alone

    @property
    def source(self) -> str:
        """Where the claim is made: the notebook as the book calls it, and the place in it."""
        return f"{NOTEBOOKS[self.notebook]} notebook, {self.place}"

    def judge(self, value: T) -> Verdict:
        """Return the verdict that follows from a value."""
        if self.why_not(value):
            return Verdict.UNTESTABLE
        if self.holds(value):
            return Verdict.HOLDS
        return Verdict.IN_PART if self.in_part(value) else Verdict.FAILS

    def examine(self, study: Study) -> Finding:
        """Measure the claim on a study, and judge it."""
        value = self.measure(study)
        said, verdict = _undefined(value) or self.say(value), self.judge(value)
        hangs_on = "" if verdict is Verdict.UNTESTABLE else self.hangs_on(study)
        return Finding(value, said, verdict, self.why_not(value), hangs_on)


@dataclasses.dataclass(frozen=True)
class Finding:
    """A claim on one feature set.

    Attributes
    ----------
    value : named tuple of :mod:`analysis.claims.measures`
    said : str
        The value in words.
    verdict : Verdict
    reason : str
        Why it cannot be tested; empty if it can.
    hangs_on : str
        What the verdict hangs on besides the songs; empty if on nothing.
    """

    value: tuple[Any, ...]
    said: str
    verdict: Verdict
    reason: str
    hangs_on: str = ""


@dataclasses.dataclass(frozen=True)
class Judged:
    """A claim by its id, on both feature sets.

    Attributes
    ----------
    id : str
    ours, as_published : Finding
    """

    id: str
    ours: Finding
    as_published: Finding

    @property
    def claim(self) -> Claim[Any]:
        """The claim itself."""
        return BY_ID[self.id]

    @property
    def differs(self) -> bool:
        """Whether the two feature sets lead to different verdicts."""
        return self.ours.verdict != self.as_published.verdict


@dataclasses.dataclass(frozen=True)
class Ledger:
    """All claims, measured and judged on both feature sets.

    Attributes
    ----------
    entries : tuple of Judged
        In the order of :data:`CLAIMS`.
    """

    entries: tuple[Judged, ...]

    def of(self, claim: str) -> Judged:
        """Return the entry of a claim."""
        return next(entry for entry in self.entries if entry.id == claim)

    def about(self, *steps: str) -> tuple[Judged, ...]:
        """Return the entries of the claims of some steps."""
        return tuple(entry for entry in self.entries if entry.claim.step in steps)

    def count(
        self,
        verdict: Verdict | str | None = None,
        notebook: str | None = None,
        *,
        published: bool = False,
    ) -> int:
        """Return how many claims there are: of a verdict, of a notebook, on a feature set."""
        return sum(
            verdict in (None, (entry.as_published if published else entry.ours).verdict)
            and notebook in (None, entry.claim.notebook)
            for entry in self.entries
        )

    def counted(self, *, published: bool = False) -> str:
        """Return how many claims have each verdict, as a sentence lists them."""
        return listed(
            _verb(self.count(verdict, published=published), verdict)
            for verdict in Verdict
            if self.count(verdict, published=published)
        )

    @property
    def both_words(self) -> str:
        """How many claims hold on both feature sets, and how many on neither, in words."""
        fails = _verb(self.n_both(Verdict.FAILS), Verdict.FAILS)
        return f"{_verb(self.n_both(Verdict.HOLDS), Verdict.HOLDS)} on both and {fails} on either"

    @property
    def n_claims(self) -> int:
        """Number of claims."""
        return len(self.entries)

    def n_both(self, verdict: Verdict | str) -> int:
        """Return how many claims have a verdict on both feature sets."""
        return sum(verdict == e.ours.verdict == e.as_published.verdict for e in self.entries)

    @property
    def hanging(self) -> tuple[Judged, ...]:
        """The entries whose verdict hangs on more than the songs."""
        return tuple(e for e in self.entries if e.ours.hangs_on or e.as_published.hangs_on)

    @property
    def different(self) -> tuple[Judged, ...]:
        """The entries whose verdict depends on the feature set."""
        return tuple(entry for entry in self.entries if entry.differs)

    @property
    def different_words(self) -> str:
        """These claims in words, as a sentence lists them."""
        quoted = (f"“{entry.claim.words.rstrip('.')}”" for entry in self.different)
        return some(quoted)


def examine(ours: Study, as_published: Study, claims: Iterable[Claim[Any]] | None = None) -> Ledger:
    """Measure and judge claims on both feature sets."""
    return Ledger(
        tuple(
            Judged(claim.id, claim.examine(ours), claim.examine(as_published))
            for claim in (CLAIMS if claims is None else claims)
        )
    )


_PLURALS = {
    Verdict.HOLDS: "hold",
    Verdict.IN_PART: "hold in part",
    Verdict.FAILS: "do not hold",
    Verdict.UNTESTABLE: "cannot be tested",
}


def _verb(n: int, verdict: Verdict) -> str:
    """Return how many claims have a verdict: "1 holds", "2 hold"."""
    return f"{number(n)} {verdict if n == 1 else _PLURALS[verdict]}"


def _between(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= value <= ends[1]


def _of(part: float, whole: float, thing: str) -> str:
    return f"{number(part, 0)} of {count(int(whole), thing)}"


def _times(value: float) -> str:
    return f"{number(value, 1)} times"


def _span(unit: str, digits: int) -> Callable[[measures.Span], str]:
    def say(value: measures.Span) -> str:
        ends = f"{number(value.low, digits)} to {number(value.high, digits)}{unit}"
        return f"from {ends}; in the claimed range: {percent(value.share, 1)} of the songs"

    return say


def _change(value: float) -> str:
    """Return a number with its sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def _spread(low: float, high: float) -> str:
    return f"longest axis {number(low, 1)} to {_times(high)} the shortest"


_BIG_K = "K\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
_K = "k\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"


def _where(k: int | None) -> str:
    return "none" if k is None else f"{_K}{number(k)}"


def _not_swept(value: measures.Elbow) -> str:
    """Return why an elbow cannot be looked for: the sweep does not reach beyond the claim."""
    low, high = min(SOURCE_ELBOW), max(SOURCE_ELBOW)
    short = value.k_min >= low or value.k_max <= high
    return f"the sweep does not reach beyond {low} and {high}" if short else ""


def _nobody_asked(_: Any) -> str:
    return "a matter of readers, and none was asked"


_CLAIMED = "the range is the claim's own, taken without a tolerance"


def _claimed_range(_: Study) -> str:
    return _CLAIMED


def _share_of_starts(n_within: int, n: int, confidence: float) -> str:
    """Return how surely a share of so many starts is known."""
    share = wilson(n_within, n, confidence)
    return (
        f"{_CLAIMED}; the share is one of {count(n, 'start')}, "
        f"{percent(share.low)} to {percent(share.high)} by its interval"
    )


def _kmeans_starts(study: Study) -> str:
    n = study.starts.n_starts
    share = measures.kmeans_rounds(study).share
    return _share_of_starts(round(share * n), n, study.config.confidence)


def _mixture_starts(study: Study) -> str:
    n = study.em_agreement.n_starts
    share = measures.mixture_rounds(study).share
    return _share_of_starts(round(share * n), n, study.config.confidence)


def _sweep_starts(study: Study) -> str:
    return f"{_CLAIMED}; {count(study.config.n_init, 'start')} at each number of clusters"


def _criteria_starts(study: Study) -> str:
    sweep = study.mixture_sweep
    return (
        f"{count(sweep.n_init, 'start')} at each number of components; the next best number is "
        f"{_lead(sweep, 'bic')} behind by BIC and {_lead(sweep, 'aic')} by AIC"
    )


def _lead(sweep: MixtureSweep, criterion: str) -> str:
    """Return by how much the best number of components is ahead of the next best."""
    values = sweep.table[criterion].nsmallest(2).to_numpy()
    return number(float(values[-1] - values[0]), 1)


def _tolerance(study: Study) -> str:
    mixture = study.mixture
    return (
        f"a tolerance of {number(mixture.tol, 3)} nats a song, and the best of "
        f"{count(mixture.n_init, 'start')}"
    )


def _numbering(study: Study) -> str:
    return (
        f"{_CLAIMED}; the numbers of the groups, which the draws set; and the best of "
        f"{count(study.mixture.n_init, 'start')} of the mixture"
    )


CLAIMS: tuple[Claim[Any], ...] = (
    # --- the data --------------------------------------------------------------------------------
    Claim(
        "songs",
        "K-Means",
        "data",
        place="title",
        words=f"The table has {number(SOURCE_SONGS)} songs.",
        measured="number of songs",
        section="sec-repeats",
        measure=measures.songs,
        say=lambda v: count(int(v.n), "song"),
        holds=lambda v: v.n == SOURCE_SONGS,
        holds_if="the number is the same",
        in_part=lambda v: abs(v.n - SOURCE_SONGS) <= ROUGHLY * SOURCE_SONGS,
        in_part_if=f"it is off by {percent(ROUGHLY)} at most",
    ),
    Claim(
        "genres",
        "K-Means",
        "data",
        place="title",
        words=f"They belong to {SOURCE_GENRES} genres.",
        measured="number of genres",
        section="sec-description",
        measure=measures.genres,
        say=lambda v: count(int(v.n), "genre"),
        holds=lambda v: v.n == SOURCE_GENRES,
        holds_if="the number is the same",
    ),
    Claim(
        "tempo-range",
        "K-Means",
        "data",
        place="section 3",
        words=f"Tempo lies between {SOURCE_RANGES['tempo'][0]:.0f} and "
        f"{SOURCE_RANGES['tempo'][1]:.0f} BPM.",
        measured="least and greatest tempo; share of songs within",
        section="sec-bounds",
        measure=lambda study: measures.span(study, "tempo"),
        say=_span(" BPM", 1),
        holds=lambda v: v.share == 1,
        holds_if="all songs lie within",
        in_part=lambda v: v.share >= NEARLY_ALL,
        in_part_if=f"at least {percent(NEARLY_ALL)} do",
        hangs_on=_claimed_range,
    ),
    Claim(
        "energy-range",
        "K-Means",
        "data",
        place="section 3",
        words=f"Energy lies between {SOURCE_RANGES['energy'][0]:.0f} and "
        f"{SOURCE_RANGES['energy'][1]:.1f}.",
        measured="least and greatest energy; share of songs within",
        section="sec-bounds",
        measure=lambda study: measures.span(study, "energy"),
        say=_span("", 3),
        holds=lambda v: v.share == 1,
        holds_if="all songs lie within",
        in_part=lambda v: v.share >= NEARLY_ALL,
        in_part_if=f"at least {percent(NEARLY_ALL)} do",
        hangs_on=_claimed_range,
    ),
    Claim(
        "tempo-dominates",
        "K-Means",
        "scaling",
        place="section 3",
        words="Without scaling, tempo dominates.",
        measured="its share of the squared distance before scaling",
        section="sec-distances",
        measure=lambda study: measures.dominance(study, "tempo"),
        say=lambda v: f"tempo has {percent(v.share, 1)} of the squared distance",
        holds=lambda v: v.share > MOST,
        holds_if="it has more than all other features together",
        in_part=lambda v: v.share > v.next_share,
        in_part_if="it has more than any other",
    ),
    Claim(
        "equal-share",
        "K-Means",
        "scaling",
        place="section 3",
        words="After scaling, all features contribute equally.",
        measured="each feature's share of the squared distance, and the share of songs that "
        "change their nearest neighbour without it",
        section="sec-redundancy",
        measure=measures.balance,
        say=lambda v: (
            f"each has {percent(v.most_variance)} of the squared distance; without one of them, "
            f"{percent(v.least_missed)} to {percent(v.most_missed)} of the songs get another "
            "nearest neighbour"
        ),
        holds=lambda v: (
            v.least_variance >= EVEN * v.most_variance and v.least_missed >= EVEN * v.most_missed
        ),
        holds_if=f"in both the smallest is at least {percent(EVEN)} of the largest",
        in_part=lambda v: v.least_variance >= EVEN * v.most_variance,
        in_part_if="in the first it is",
    ),
    # --- how K-Means runs ------------------------------------------------------------------------
    Claim(
        "random-start",
        "K-Means",
        "fit",
        place="section 1.2",
        words="The centres are initialised at random.",
        measured="the way to begin that the notebook's call takes by default",
        section="sec-greedy",
        measure=measures.start,
        say=lambda v: (
            (
                "the default draws centres far apart: WCSS begins at "
                f"{_times(v.factor)} the best end known; with songs drawn evenly, at "
                f"{_times(v.random_factor)}"
            )
            if v.drawn and not v.even
            else f"with songs drawn evenly, WCSS begins at {_times(v.random_factor)} the best "
            "end known"
        ),
        holds=lambda v: v.even,
        holds_if="every song is as likely as every other",
        in_part=lambda v: v.drawn,
        in_part_if="they are drawn, with unequal chances",
    ),
    Claim(
        "stops-on-wcss",
        "K-Means",
        "fit",
        place="section 1.2",
        words="It has converged when WCSS changes little.",
        measured="the rounds in which thresholds on WCSS would stop the run, and the one in which "
        "scikit-learn's rule does",
        section="sec-stopping",
        measure=measures.stop,
        say=lambda v: (
            "thresholds on WCSS would stop the run in rounds "
            f"{number(v.first, 0)} to {number(v.last, 0)}; scikit-learn stops it in round "
            f"{number(v.centres, 0)}, in which WCSS fell by {percent(v.change, 2)}"
        ),
        holds=lambda v: v.first == v.last == v.centres,
        holds_if="all thresholds stop it where scikit-learn does",
        in_part=lambda v: v.change <= LITTLE,
        in_part_if=f"where scikit-learn stops, WCSS falls by {percent(LITTLE, 1)} at most",
    ),
    Claim(
        "kmeans-rounds",
        "K-Means",
        "fit",
        place="section 10",
        words=f"It takes {run_of(SOURCE_ROUNDS)} iterations.",
        measured="rounds of the start that ended best; share of single starts in the claimed range",
        section="sec-descent",
        measure=measures.kmeans_rounds,
        say=lambda v: (
            f"{count(int(v.n), 'round')}; {percent(v.share)} of single starts in the claimed range"
        ),
        holds=lambda v: _between(v.n, SOURCE_ROUNDS) and v.share > MOST,
        holds_if=f"the best start lies in the range, and more than {percent(MOST)} of all",
        in_part=lambda v: _between(v.n, SOURCE_ROUNDS) or v.share > MOST,
        in_part_if="one of the two is so",
        hangs_on=_kmeans_starts,
    ),
    # --- how many clusters -----------------------------------------------------------------------
    Claim(
        "elbow",
        "K-Means",
        "number of clusters",
        place="section 4",
        words=f"The elbow is visible at {_K}{run_of(SOURCE_ELBOW)}.",
        measured="sharpest bend of WCSS over k; knee that a detector sees",
        section="sec-null",
        measure=measures.elbow,
        say=lambda v: (
            f"sharpest bend of WCSS: {_where(v.bend)}; knee that a detector finds: {_where(v.knee)}"
        ),
        holds=lambda v: v.bend in SOURCE_ELBOW and v.knee in SOURCE_ELBOW,
        holds_if="both lie there",
        in_part=lambda v: v.bend in SOURCE_ELBOW or v.knee in SOURCE_ELBOW,
        in_part_if="one of them does",
        why_not=_not_swept,
        hangs_on=_sweep_starts,
    ),
    Claim(
        "silhouette",
        "K-Means",
        "number of clusters",
        place="section 4",
        words=f"The silhouette at {_K}{SOURCE_K} is reasonable.",
        measured="mean silhouette at the study's k, with its interval",
        section="sec-indices",
        measure=measures.silhouette,
        say=lambda v: (
            f"mean silhouette {number(v.estimate, 3)} ({number(v.low, 3)} to {number(v.high, 3)})"
        ),
        holds=lambda v: v.estimate > REASONABLE,
        holds_if=f"it is above {number(REASONABLE)}, where its scale says reasonable",
        in_part=lambda v: v.high > REASONABLE,
        in_part_if="its interval reaches so far",
    ),
    Claim(
        "k-number",
        "K-Means",
        "number of clusters",
        place="section 4",
        words=f"{_K}{SOURCE_K} matches the genres, by number.",
        measured="the study's k and the number of genres",
        section="sec-picks",
        measure=measures.numbers,
        say=lambda v: f"{count(int(v.clusters), 'cluster')}, {count(int(v.genres), 'genre')}",
        holds=lambda v: v.clusters == v.genres,
        holds_if="the two are equal; that is a choice, and no finding",
    ),
    Claim(
        "k-genres",
        "K-Means",
        "number of clusters",
        place="section 4",
        words=f"{_K}{SOURCE_K} matches the genres, by content.",
        measured="adjusted Rand index of clusters and genres; clusters that are nearly all "
        "one genre",
        section="sec-agreement",
        measure=measures.agreement,
        say=lambda v: (
            f"adjusted Rand index {number(v.ari, 3)}; nearly all of one genre: "
            f"{_of(v.n_own, v.n_clusters, 'cluster')}"
        ),
        holds=lambda v: v.ari >= GOOD,
        holds_if=f"the index is at least {number(GOOD)}, a good recovery",
        in_part=lambda v: v.ari >= MODERATE,
        in_part_if=f"it is at least {number(MODERATE)}, a moderate one",
    ),
    # --- the clusters ----------------------------------------------------------------------------
    Claim(
        "sizes",
        "K-Means",
        "clusters",
        place="section 10",
        words=f"The clusters hold {SOURCE_SIZES[0]} to {SOURCE_SIZES[1]} songs.",
        measured="smallest and largest cluster; clusters within",
        section="sec-sizes",
        measure=measures.sizes,
        say=lambda v: (
            f"from {number(v.smallest, 0)} to {number(v.largest, 0)} songs; in the claimed range: "
            f"{_of(v.n_within, v.n_clusters, 'cluster')}"
        ),
        holds=lambda v: v.n_within == v.n_clusters,
        holds_if="all clusters lie within",
        in_part=lambda v: v.n_within > MOST * v.n_clusters,
        in_part_if=f"more than {percent(MOST)} do",
        hangs_on=_claimed_range,
    ),
    Claim(
        "balanced",
        "K-Means",
        "clusters",
        place="section 10",
        words="Their sizes are relatively balanced.",
        measured="how many times as large as the smallest the largest is; entropy of the sizes as "
        "a share of that of equal ones",
        section="sec-sizes",
        measure=measures.sizes,
        say=lambda v: (
            f"the largest is {_times(v.ratio)} as large as the smallest; the sizes have "
            f"{percent(v.evenness)} of the entropy of equal ones"
        ),
        holds=lambda v: v.ratio <= SIZE_RATIO,
        holds_if=f"the first is at most {number(SIZE_RATIO)}, as the source's own range allows",
        in_part=lambda v: v.evenness >= EVEN,
        in_part_if=f"the second is at least {percent(EVEN)}",
        hangs_on=lambda _: f"the limit of {number(SIZE_RATIO)} is that of the claim's own sizes",
    ),
    Claim(
        "no-empty",
        "K-Means",
        "clusters",
        place="section 10",
        words="No cluster is empty.",
        measured="clusters without songs",
        section="sec-sizes",
        measure=measures.sizes,
        say=lambda v: f"empty: {_of(v.n_empty, v.n_clusters, 'cluster')}",
        holds=lambda v: v.n_empty == 0,
        holds_if="there are none",
    ),
    Claim(
        "genres-split",
        "K-Means",
        "clusters",
        place="section 10",
        words="Genres split across clusters.",
        measured="genres of which no cluster has nearly all songs; the largest share that one has",
        section="sec-cluster-genres",
        measure=measures.genres_split,
        say=lambda v: (
            f"split: {_of(v.n, v.of, 'genre')}; no cluster has more than {percent(v.largest)} "
            "of a genre"
        ),
        holds=lambda v: v.n == v.of,
        holds_if=f"all genres have less than {percent(NEARLY_ALL)} in any cluster",
        in_part=lambda v: v.n > 0,
        in_part_if="some do",
    ),
    Claim(
        "clusters-mix",
        "K-Means",
        "clusters",
        place="section 10",
        words="Clusters mix genres.",
        measured="clusters of which no genre has nearly all songs; the largest share that one has",
        section="sec-cluster-genres",
        measure=measures.clusters_mixed,
        say=lambda v: (
            f"mixed: {_of(v.n, v.of, 'cluster')}; no genre has more than {percent(v.largest)} "
            "of a cluster"
        ),
        holds=lambda v: v.n == v.of,
        holds_if=f"in all clusters every genre has less than {percent(NEARLY_ALL)}",
        in_part=lambda v: v.n > 0,
        in_part_if="in some it has",
    ),
    Claim(
        "interpretable",
        "K-Means",
        "clusters",
        place="section 10",
        words="The centroids are interpretable.",
        measured="whether readers understand them is not known; how many of the clusters the "
        "source's own labels tell apart is",
        section="sec-names",
        measure=measures.labels,
        say=lambda v: (
            f"the source's own rules give {count(int(v.of), 'cluster')} "
            f"{count(int(v.n), 'different label')}"
        ),
        holds=_never,
        holds_if="",
        why_not=_nobody_asked,
    ),
    # --- how many components ---------------------------------------------------------------------
    Claim(
        "criteria-balance",
        "GMM",
        "number of components",
        place="section 3",
        words="BIC and AIC balance fit and complexity.",
        measured="the numbers of components that they ask for, whether these lie inside the range "
        "tried, where more fit no longer outweighs its price, and whether a component of these "
        "mixtures is pinned at reg_covar, which then sets the fit",
        section="sec-gmm-sweep",
        measure=measures.criteria,
        say=lambda v: (
            f"BIC asks for {number(v.bic)}, AIC for {number(v.aic)} "
            f"({run_of(v.bic_starts)} and {run_of(v.aic_starts)} from single starts), in mixtures "
            f"with {count(v.bic_pinned, 'pinned component')} and "
            f"{count(v.aic_pinned, 'pinned component')}; "
            f"tried were {number(v.first)} to {number(v.last)}"
        ),
        holds=lambda v: v.n_sound == 2,
        holds_if="both lie inside, and nothing is pinned",
        in_part=lambda v: v.n_sound == 1,
        in_part_if="that is so for one of them",
        hangs_on=_criteria_starts,
    ),
    Claim(
        "structure",
        "GMM",
        "number of components",
        place="section 3",
        words=f"{_BIG_K}{SOURCE_K} matches the structure.",
        measured="the numbers of components that BIC and AIC ask for, and the study's",
        section="sec-gmm-sweep",
        measure=measures.criteria,
        say=lambda v: (
            f"BIC asks for {number(v.bic)}, AIC for {number(v.aic)} "
            f"({run_of(v.bic_starts)} and {run_of(v.aic_starts)} from single starts); "
            f"the study takes {number(v.study)}"
        ),
        holds=lambda v: v.n_study == 2,
        holds_if="both ask for the study's number",
        in_part=lambda v: v.n_study == 1,
        in_part_if="one of them does",
        hangs_on=_criteria_starts,
    ),
    # --- how EM runs -----------------------------------------------------------------------------
    Claim(
        "em-rounds",
        "GMM",
        "EM",
        place="section 9",
        words=f"EM takes {run_of(EM_ROUNDS)} iterations.",
        measured="rounds of the start that ended best; share of single starts in the claimed range",
        section="sec-mixture-fit",
        measure=measures.mixture_rounds,
        say=lambda v: (
            f"{count(int(v.n), 'round')}; {percent(v.share)} of single starts in the claimed range"
        ),
        holds=lambda v: _between(v.n, EM_ROUNDS) and v.share > MOST,
        holds_if=f"the best start lies in the range, and more than {percent(MOST)} of all",
        in_part=lambda v: _between(v.n, EM_ROUNDS) or v.share > MOST,
        in_part_if="one of the two is so",
        hangs_on=_mixture_starts,
    ),
    Claim(
        "em-converges",
        "GMM",
        "EM",
        place="section 9",
        words="EM converges.",
        measured="whether it stopped by its tolerance; components as flat as reg_covar lets them; "
        "what the last round added to the log-likelihood, and another would have",
        section="sec-flat",
        measure=measures.converged,
        say=lambda v: (
            f"{'stopped by its tolerance' if v.converged else 'did not stop by its tolerance'}; "
            f"{_of(v.n_pinned, v.n_components, 'component')} pinned at reg_covar; the last round "
            f"added {number(v.last, 2)} nats, another would have added {number(v.next, 2)}"
        ),
        holds=lambda v: v.converged and v.n_pinned == 0 and v.next <= v.last,
        holds_if="it did, no component is, and another round would not have added more",
        in_part=lambda v: v.converged,
        in_part_if="it did, to an end that reg_covar sets, or on the way to another",
        hangs_on=_tolerance,
    ),
    # --- probabilities and shapes ----------------------------------------------------------------
    Claim(
        "sure",
        "GMM",
        "probabilities",
        place="section 9",
        words="Some songs are assigned with high confidence.",
        measured=f"share of songs whose likeliest component has at least {percent(CONFIDENT_FROM)}",
        section="sec-certainty",
        measure=measures.sure,
        say=lambda v: (
            f"{percent(v.share, 1)} of the songs, with a probability of at least "
            f"{percent(CONFIDENT_FROM)}"
        ),
        holds=lambda v: v.share >= SOME,
        holds_if=f"at least {percent(SOME)} of the songs",
        in_part=lambda v: v.share > 0,
        in_part_if="any",
    ),
    Claim(
        "unsure",
        "GMM",
        "probabilities",
        place="section 9",
        words="Others are assigned with low confidence.",
        measured=f"share of songs whose likeliest component has less than {percent(UNSURE_BELOW)}",
        section="sec-certainty",
        measure=measures.unsure,
        say=lambda v: (
            f"{percent(v.share, 1)} of the songs, with a probability below {percent(UNSURE_BELOW)}"
        ),
        holds=lambda v: v.share >= SOME,
        holds_if=f"at least {percent(SOME)} of the songs",
        in_part=lambda v: v.share > 0,
        in_part_if="any",
    ),
    Claim(
        "elliptical",
        "GMM",
        "shapes",
        place="section 9",
        words="The covariances capture elliptical shapes.",
        measured="longest axis of each component as a multiple of the shortest that is not pinned",
        section="sec-shapes",
        measure=measures.elliptical,
        say=lambda v: _spread(v.least, v.most),
        holds=lambda v: v.n_long == v.of,
        holds_if=f"it is at least {_times(measures.ELONGATED)} in all components",
        in_part=lambda v: v.n_long > MOST * v.of,
        in_part_if=f"in more than {percent(MOST)} of them",
    ),
    Claim(
        "spherical",
        "GMM",
        "shapes",
        place="sections 1.4 and 9",
        words="K-Means is spherical.",
        measured="share of songs in the cluster of the nearest centre, whatever the direction; the "
        "same axes for the clusters found",
        section="sec-shapes",
        measure=measures.spherical,
        say=lambda v: (
            f"in the cluster of the nearest centre: {percent(v.share, 1)} of the songs; clusters "
            f"found: {_spread(v.least, v.most)}"
        ),
        holds=lambda v: v.share >= NEARLY_ALL and v.n_long == 0,
        holds_if=f"the share is at least {percent(NEARLY_ALL)}, and no cluster is long",
        in_part=lambda v: v.share >= NEARLY_ALL,
        in_part_if="the share is: the rule is spherical, and what it finds is not",
    ),
    # --- the methods beside each other -----------------------------------------------------------
    Claim(
        "same-labels",
        "GMM",
        "comparison",
        place="section 9",
        words=f"Hard labels agree with K-Means on {percent(SOURCE_AGREEMENT[0])} to "
        f"{percent(SOURCE_AGREEMENT[1])} of the songs.",
        measured="share of songs with the same label: as they stand, and after optimal matching",
        section="sec-raw",
        measure=measures.same_labels,
        say=lambda v: (
            f"{percent(v.raw)} of the songs as the labels stand, "
            f"{percent(v.matched)} after the best matching"
        ),
        holds=lambda v: _between(v.raw, SOURCE_AGREEMENT),
        holds_if="the first lies in the range",
        in_part=lambda v: _between(v.matched, SOURCE_AGREEMENT),
        in_part_if="the second does",
        hangs_on=_numbering,
    ),
    Claim(
        "more-parameters",
        "GMM",
        "comparison",
        place="section 9",
        words="The mixture has more parameters.",
        measured="free parameters of both",
        section="sec-cost",
        measure=measures.parameters,
        say=lambda v: f"the mixture has {number(v.mixture, 0)}, K-Means {number(v.kmeans, 0)}",
        holds=lambda v: v.mixture > v.kmeans,
        holds_if="it has more",
    ),
    Claim(
        "slower",
        "GMM",
        "comparison",
        place="section 9",
        words="The mixture is slower.",
        measured="multiplications of the start that ended best: those of a round, times its rounds",
        section="sec-em-cost",
        measure=measures.operations,
        say=lambda v: f"{_times(v.mixture / v.kmeans)} the multiplications of K-Means",
        holds=lambda v: v.mixture > v.kmeans,
        holds_if="it takes more",
    ),
    Claim(
        "overfits",
        "GMM",
        "comparison",
        place="section 9",
        words="The mixture may overfit small data.",
        measured="log-likelihood per song, of songs held out and of songs seen, from the study's "
        "number of components to the largest tried; and how far seen is above held out",
        section="sec-held-out",
        measure=measures.overfit,
        say=lambda v: (
            f"from {number(v.study)} to {count(v.last, 'component')}, the log-likelihood of a song "
            f"held out changes by {_change(-v.loss)} nats, and of a song seen by "
            f"{_change(v.gain)}; at {number(v.study)}, seen is {number(v.promise)} above held out"
        ),
        holds=lambda v: v.gain > 0 and v.loss > v.error,
        holds_if="more components gain for the songs seen, and lose more than a standard error "
        "for those held out",
        in_part=lambda v: v.promise > v.error,
        in_part_if="with the study's number seen is above held out by more than that",
    ),
)
"""Every claim of the two source notebooks, in the order of the book."""

BY_ID = {claim.id: claim for claim in CLAIMS}
"""The same by their ids."""
