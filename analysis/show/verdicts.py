"""What the checklist found in a table, in words: a verdict for each check, and one for all."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from analysis.checklist.audit import Audit
from analysis.checklist.choice import N_NULLS, GroupCriteria
from analysis.checklist.columns import COLLINEAR_FROM
from analysis.checklist.steady import ALIKE_FROM, N_REFITS
from analysis.findings.comparison.stability import FIRM_FROM, RECOVERED_FROM
from analysis.findings.kmeans.choice import BANDS
from analysis.methods.indices.record import INDICES
from analysis.numbers import count, listed, number, percent, probability
from analysis.show.phrases import capital, in_words, of_all, things, verb

Level = Literal["fine", "look", "against"]

LEVELS: dict[Level, str] = {
    "fine": "fine",
    "look": "look again",
    "against": "speaks against",
}
"""What a verdict can be, and what it is called."""
WEAK = BANDS[-2][0]
"""Up to this silhouette Kaufman and Rousseeuw (1990) see no structure."""
MANY_REACH = 0.25
"""If more than this share of random centres do as well, K-Means has not found much."""
MOST_NAMED = 4
"""Columns or groups that a sentence names."""
LONGEST_NAME = 40
"""Letters of a name that are shown."""

SECTIONS = {
    "sec-checklist": ("Before you believe a clustering", "report/checklist"),
    "sec-repeats": ("Repetitions in our own table", "report/data"),
    "sec-tempo-feature": ("Tempo, by autocorrelation", "report/data"),
    "sec-degeneracy": ("Degeneracy: the likelihood without a bound", "report/gmm-degenerate"),
    "sec-scaling": ("Standardisation: putting the features on one scale", "report/table"),
    "sec-recoding": (
        "Feature transformations: the same five numbers, written differently",
        "report/recoding",
    ),
    "sec-null": ("A null model: the same sweep without clusters", "report/kmeans-k"),
    "sec-picks": ("What the criteria pick", "report/kmeans-k"),
    "sec-runs": ("Seed-to-seed agreement: how alike are two runs?", "report/stability"),
    "sec-recovery": ("Cluster by cluster: the Jaccard coefficient", "report/stability"),
    "sec-notice": ("How to notice it", "report/gmm-degenerate"),
    "sec-chance": ("Chance: shuffled labels and the random-centre baseline", "report/evaluation"),
}
"""The sections of the book that explain a verdict: their headings, and their pages."""

CRITERIA = {
    "silhouette": "the silhouette",
    **{name: INDICES[name].title for name in ("davies_bouldin", "calinski_harabasz")},
    "knee": "the knee",
    "gap": "the gap statistic",
    "bic": "BIC",
}
"""What a sentence calls the criteria."""


@dataclasses.dataclass(frozen=True)
class CheckVerdict:
    """What one check found.

    Attributes
    ----------
    check : str
        What was looked at.
    level : {"fine", "look", "against"}
    says : str
        Whole sentences.
    section : str
        The label of the book's section that explains it, one of :data:`SECTIONS`.
    """

    check: str
    level: Level
    says: str
    section: str


def verdicts(audit: Audit) -> tuple[CheckVerdict, ...]:
    """Say what every check found.

    Parameters
    ----------
    audit : Audit

    Returns
    -------
    tuple of CheckVerdict
        In the order of the checklist.
    """
    return tuple(_verdicts(audit))


def overall(found: Sequence[CheckVerdict]) -> str:
    """Say in a sentence or two what all checks come to.

    Parameters
    ----------
    found : sequence of CheckVerdict

    Returns
    -------
    str
    """
    against = [verdict for verdict in found if verdict.level == "against"]
    looks = sum(verdict.level == "look" for verdict in found)
    if any(verdict.section == "sec-null" for verdict in against):
        start = "Do not believe these groups: nothing shows that there are any."
    elif against:
        start = "Do not report these groups as they are."
    elif looks:
        start = "Nothing speaks against these groups, with reservations."
    else:
        passed = of_all(len(found), len(found), "check")
        return f"Nothing speaks against these groups: {passed} passed."
    of = of_all(len(against), len(found), "check")
    return (
        f"{start} {capital(of)} {verb(len(against), 'speaks', 'speak')} against them, "
        f"and {in_words(looks)} {verb(looks, 'asks', 'ask')} for a second look."
    )


def shown(name: object) -> str:
    """Return a name from the data as it can be shown: without control characters, not too long."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(name))
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def named(names: Sequence[object]) -> str:
    """Return some names as a sentence lists them, and how many more there are."""
    first = [shown(name) for name in names[:MOST_NAMED]]
    more = len(names) - len(first)
    return listed([*first, f"{number(more)} more"] if more else first)


def _verdicts(audit: Audit) -> Iterator[CheckVerdict]:
    yield _missing(audit)
    yield _copies(audit)
    yield _near_copies(audit)
    yield _columns(audit)
    yield _same_columns(audit)
    yield _scale(audit)
    if "logs" in audit.ways.index:
        yield _logs(audit)
    yield _null(audit)
    yield _criteria(audit)
    yield _seeds(audit)
    yield _rows(audit)
    yield _mixture(audit)
    if audit.agreement is not None:
        yield _labels(audit, audit.agreement)


def _missing(audit: Audit) -> CheckVerdict:
    lost = audit.n_rows - audit.n_complete
    if not lost:
        return CheckVerdict("Missing values", "fine", "No value is missing.", "sec-checklist")
    share = audit.columns["missing"]
    worst = (
        f" The column {shown(share.idxmax())} lacks most, {percent(share.max())} of its values."
        if share.max() > 0
        else ""
    )
    return CheckVerdict(
        "Missing values",
        "look" if lost < audit.n_rows / 2 else "against",
        f"{count(lost, 'row')} of {number(audit.n_rows)} ({percent(lost / audit.n_rows)}) "
        f"{verb(lost, 'lacks', 'lack')} a value, and {verb(lost, 'was', 'were')} left out.{worst} "
        "What follows is true of the others, which may not be like them.",
        "sec-checklist",
    )


def _first(pairs: Sequence[tuple[int, int]]) -> str:
    one, other = pairs[0]
    return f"rows {number(one + 1)} and {number(other + 1)}"


def _copies(audit: Audit) -> CheckVerdict:
    copies = audit.copies
    if not copies.n_more:
        said = "Every row is different from every other."
        return CheckVerdict("Copies of rows", "fine", said, "sec-repeats")
    return CheckVerdict(
        "Copies of rows",
        "look" if copies.n_more < audit.n_complete / 10 else "against",
        f"{capital(things(copies.n_rows, 'row'))} agree with another one in every column, in "
        f"{things(copies.n_groups, 'set')}: {_first(copies.pairs)}, for one. "
        "Copies count twice: keep one of each, or keep them together.",
        "sec-repeats",
    )


def _near_copies(audit: Audit) -> CheckVerdict:
    copies = audit.copies
    sampled = (
        f" {number(copies.n_looked_at)} different rows were looked at, "
        f"and their neighbours among {number(copies.n_among)}."
        if copies.n_looked_at < audit.n_complete - copies.n_more
        else ""
    )
    chance = number(copies.near_by_chance, 1 if copies.near_by_chance >= 0.05 else 0)
    if not copies.n_near:
        said = f"No row nearly equals another.{sampled}"
    elif not copies.near_beyond_chance:
        said = f"Rows that nearly equal another are no more than chance makes.{sampled}"
    else:
        said = (
            f"{capital(things(copies.n_near, 'row'))} nearly equal another one, where chance makes "
            f"{chance}: {_first(copies.near_pairs)}, for one.{sampled} "
            "They may be one thing measured twice."
        )
    level: Level = "look" if copies.near_beyond_chance else "fine"
    return CheckVerdict("Near copies of rows", level, said, "sec-repeats")


def _columns(audit: Audit) -> CheckVerdict:
    columns = audit.columns
    constant, stepped = columns.index[columns["constant"]], columns.index[columns["stepped"]]
    parts = []
    if len(constant):
        parts.append(
            f"{capital(things(len(constant), 'column'))} {verb(len(constant), 'is', 'are')} "
            f"constant and {verb(len(constant), 'was', 'were')} left out: {named(list(constant))}."
        )
    if len(stepped):
        steps = columns["n_values"][columns["stepped"]]
        values = sorted({int(steps.min()), int(steps.max())})
        parts.append(
            f"{capital(things(len(stepped), 'column'))} {verb(len(stepped), 'takes', 'take')} "
            f"few values ({' to '.join(map(str, values))}): {named(list(stepped))}. "
            "Groups along a stepped column may be its steps."
        )
    return CheckVerdict(
        "Constant and stepped columns",
        "look" if len(stepped) else "fine",
        " ".join(parts) or "No column is constant, and none takes few values.",
        "sec-tempo-feature",
    )


def _same_columns(audit: Audit) -> CheckVerdict:
    columns = audit.columns[~audit.columns["constant"]]
    check = "Columns that say the same"
    copied = columns[columns["copy_of"] != ""]
    known = columns[columns["r2"] > COLLINEAR_FROM]
    if len(copied):
        first = f"{shown(copied.index[0])} copies {shown(copied['copy_of'].iloc[0])}"
        more = "" if len(copied) == 1 else f", and {in_words(len(copied) - 1)} more are copies"
        said = f"The column {first}{more}. What is copied counts twice in every distance: drop it."
        return CheckVerdict(check, "against", said, "sec-degeneracy")
    if len(known):
        said = (
            f"{capital(things(len(known), 'column'))} {verb(len(known), 'is', 'are')} known from "
            f"the others, with R² above {number(COLLINEAR_FROM)}: {named(list(known.index))}. "
            "Drop some, or recode them."
        )
        return CheckVerdict(check, "look", said, "sec-degeneracy")
    if len(columns) == 1:
        said = "There is one column alone."
    else:
        most = columns["r2"].idxmax()
        said = (
            f"None is known from the others: R² is at most {number(columns['r2'].max())}, "
            f"that of {shown(most)}."
        )
    return CheckVerdict(check, "fine", said, "sec-degeneracy")


def _scale(audit: Audit) -> CheckVerdict:
    shares = audit.columns["share"].dropna()
    most, alike = float(shares.max()), float(audit.ways["alike"]["raw"])
    said = (
        f"As the columns stand, {shown(shares.idxmax())} has {percent(most)} of the squared "
        f"distance. Clusters of raw and of standardised columns agree by an adjusted Rand index of "
        f"{number(alike)}.{_truth(audit, ('raw', 'standardised'))}"
    )
    if len(shares) == 1:
        said = "With one column, scaling changes nothing."
    level: Level = "look" if alike < ALIKE_FROM else "fine"
    return CheckVerdict("Scaling", level, said, "sec-scaling")


def _truth(audit: Audit, ways: tuple[str, str]) -> str:
    truth = audit.ways["truth"]
    if not audit.labels:
        return ""
    names = {"raw": "raw", "standardised": "standardised", "logs": "with logarithms"}
    one, other = ways
    return (
        f" With the labels they agree by {number(truth[one])} ({names[one]}) and "
        f"{number(truth[other])} ({names[other]})."
    )


def _logs(audit: Audit) -> CheckVerdict:
    skewed = list(audit.columns.index[audit.columns["skewed"]])
    alike = float(audit.ways["alike"]["logs"])
    said = (
        f"{capital(things(len(skewed), 'column'))} of positive numbers "
        f"{verb(len(skewed), 'is', 'are')} skewed: {named(skewed)}. With "
        f"{'its' if len(skewed) == 1 else 'their'} logarithms, the clusters agree with those above "
        f"by an adjusted Rand index of {number(alike)}.{_truth(audit, ('standardised', 'logs'))}"
    )
    level: Level = "look" if alike < ALIKE_FROM else "fine"
    of_logs = audit.criteria_of_logs
    if of_logs is not None and audit.criteria.beyond_null and not of_logs.beyond_null:
        level = "against"
        said += (
            " Then the silhouette is no higher than that of data without groups: "
            "what looks like groups is the skew."
        )
    return CheckVerdict("Recoding", level, said, "sec-recoding")


def _null(audit: Audit) -> CheckVerdict:
    found = audit.criteria
    test = found.silhouette
    reach = int((test.draws >= test.observed).sum())
    highest = float(test.draws.max())
    digits = 2 if number(test.observed) != number(highest) else 4
    best = f"{number(test.observed, digits)} at k = {found.best}"
    if found.beyond_null:
        said = (
            f"The highest silhouette, {best}, is above that of all {N_NULLS} data sets drawn from "
            f"one normal distribution, whose highest is {number(highest, digits)}."
        )
    else:
        said = (
            f"Of {N_NULLS} data sets drawn from one normal distribution, without groups, "
            f"{in_words(reach)} {verb(reach, 'has', 'have')} a silhouette as high as {best}."
        )
    gap = found.picks["pick"]["gap"]
    one_group = not pd.isna(gap) and int(gap) == 1
    if one_group:
        said += (
            f" {'But the' if found.beyond_null else 'The'} gap statistic, which asks the same of "
            "rows strewn evenly, stops at one group."
        )
    if test.observed <= WEAK:
        said += f" A silhouette of up to {number(WEAK)} stands for {BANDS[-1][1]}."
    said += _of_rows(audit, found)
    level: Level = "fine" if found.beyond_null else "against"
    if found.beyond_null and (one_group or test.observed <= WEAK):
        level = "look"
    return CheckVerdict("Groups, or none", level, said, "sec-null")


def _of_rows(audit: Audit, found: GroupCriteria) -> str:
    if found.n_rows == audit.n_complete:
        return ""
    return f" These are answers of {number(found.n_rows)} rows, drawn at random."


def _criteria(audit: Audit) -> CheckVerdict:
    picks = audit.criteria.picks["pick"]
    there = {name: int(pick) for name, pick in picks.items() if not pd.isna(pick)}
    answers = sorted(set(there.values()))
    parts = [
        f"{k} ({listed([CRITERIA[str(name)] for name, pick in there.items() if pick == k])})"
        for k in answers
    ]
    said = f"Asked for the number of groups, {in_words(len(picks))} criteria say {listed(parts)}"
    missing = [CRITERIA[str(name)] for name in picks.index if name not in there]
    said += f", and {listed(missing)} nothing." if missing else "."
    null = audit.criteria.picks["null"]
    same = [CRITERIA[str(name)] for name in null.index if null[name] >= 0.5]
    if same:
        said += (
            f" Of data without groups, {listed(same)} {verb(len(same), 'says', 'say')} the same "
            "more often than not."
        )
    reasons = {
        "given": "as you ask",
        "labels": f"as there are {count(audit.k, 'label')}",
        "silhouette": "where the silhouette is highest",
    }
    said += f" What follows has k = {audit.k}, {reasons[audit.k_from]}."
    agree = len(answers) == 1 and answers[0] > 1 and answers[0] == audit.k
    return CheckVerdict("How many groups", "fine" if agree else "look", said, "sec-picks")


def _seeds(audit: Audit) -> CheckVerdict:
    alike = audit.steadiness.by_seed
    if alike >= ALIKE_FROM:
        said = f"Two seeds agree by an adjusted Rand index of {number(alike)} on average."
        return CheckVerdict("Another seed", "fine", said, "sec-runs")
    said = (
        f"Two seeds agree by an adjusted Rand index of {number(alike)} on average, below "
        f"{number(ALIKE_FROM)}: report no single group."
    )
    return CheckVerdict("Another seed", "against", said, "sec-runs")


def _rows(audit: Audit) -> CheckVerdict:
    found = audit.steadiness.clusters["jaccard"]
    firm, lost = int((found >= FIRM_FROM).sum()), list(found.index[found < RECOVERED_FROM])
    what = "the rows" if not audit.n_groups else f"the {number(audit.n_groups)} groups of rows"
    said = (
        f"Drawn again {N_REFITS} times by {what}, {of_all(firm, len(found), 'cluster')} "
        f"{verb(firm, 'has', 'have')} a mean Jaccard coefficient of {number(FIRM_FROM)} or more."
    )
    if lost:
        said += (
            f" {capital(of_all(len(lost), len(found), 'cluster'))} {verb(len(lost), 'is', 'are')} "
            f"not found again ({listed([f'number {cluster}' for cluster in lost])}): drop "
            f"{'it' if len(lost) == 1 else 'them'}."
        )
    level: Level = "fine" if firm == len(found) else "against" if not firm else "look"
    return CheckVerdict("Other rows", level, said, "sec-recovery")


def _mixture(audit: Audit) -> CheckVerdict:
    check = "A mixture at its limit"
    fitted = f"A Gaussian mixture of {in_words(audit.k)} components with full covariances"
    parameters = f"{number(audit.n_parameters)} parameters"
    if audit.pinned is None:
        said = f"{fitted} has {parameters}, too many to be fitted here."
        return CheckVerdict(check, "look", said, "sec-notice")
    if not audit.pinned:
        said = f"{fitted} has {parameters}; none of its components is pinned at reg_covar."
        if audit.n_parameters > audit.n_sampled:
            said += f" They are more than the {number(audit.n_sampled)} rows that they come from."
            return CheckVerdict(check, "look", said, "sec-notice")
        return CheckVerdict(check, "fine", said, "sec-notice")
    n = len(audit.pinned)
    involved = dict.fromkeys(name for component in audit.pinned for name in component.features)
    said = (
        f"{fitted} has {of_all(n, audit.k, 'component')} pinned at reg_covar, in directions of "
        f"{named(list(involved))}. Its likelihood, BIC and AIC are then a matter of reg_covar, "
        "not of the data."
    )
    return CheckVerdict(check, "against", said, "sec-notice")


def _labels(audit: Audit, found: pd.DataFrame) -> CheckVerdict:
    of = {
        (str(name), str(what)): float(value)
        for what in found
        for name, value in found[what].items()
    }
    p_value, reach = (
        of["ari", "p_value"],
        max(of["ari", "cells_reaching"], of["ami", "cells_reaching"]),
    )
    said = (
        "With the labels the clusters agree by an adjusted Rand index of "
        f"{number(of['ari', 'estimate'])} ({number(of['ari', 'low'])} to "
        f"{number(of['ari', 'high'])}) and an adjusted mutual information of "
        f"{number(of['ami', 'estimate'])}. "
    )
    level: Level = "look" if reach > MANY_REACH else "fine"
    if p_value > 0.05:
        said += f"Shuffled labels do as well (p = {probability(p_value)})."
        level = "against"
    else:
        said += (
            f"Shuffled labels do not reach the first (p = {probability(p_value)}); rows taken at "
            f"random as centres have {number(of['ari', 'cells'])} on average, and "
            f"{percent(reach)} of them reach it, or the second."
        )
    if audit.n_groups:
        said += f" Rows of one of the {number(audit.n_groups)} groups were kept together."
    return CheckVerdict("Agreement with the labels", level, said, "sec-chance")


def about(audit: Audit, left_out: Mapping[str, str]) -> str:
    """Say in a sentence which rows and columns were looked at."""
    used = audit.columns.index[~audit.columns["constant"]]
    parts = [f"{count(audit.n_rows, 'row')}, {count(len(used), 'column')} of numbers"]
    if audit.labels:
        parts.append(f"{count(len(audit.labels), 'label')}")
    if audit.n_groups:
        parts.append(f"{count(audit.n_groups, 'group')} kept together")
    said = ", ".join(parts)
    if left_out:
        said += f"; not looked at: {named([f'{name} ({why})' for name, why in left_out.items()])}"
    if audit.n_sampled < audit.n_complete:
        said += f"; clusterings are of {number(audit.n_sampled)} rows, drawn at random"
    return f"{said}."


def where(verdict: CheckVerdict) -> str:
    """Return the heading of the section that explains a verdict, and its address if it has one."""
    title = f"“{SECTIONS[verdict.section][0]}”"
    return f"{title}, {address(verdict)}" if address(verdict) else f"{title} in the book"


def address(verdict: CheckVerdict) -> str | None:
    """Return where the section that explains a verdict can be read, if the project says so."""
    site = _site()
    return site and f"{site}/{SECTIONS[verdict.section][1]}.html#{verdict.section}"


@functools.cache
def _site() -> str | None:
    """Return the address of the book, from ``site-url`` in ``_quarto.yml`` beside the package."""
    try:
        text = (Path(__file__).resolve().parents[2] / "_quarto.yml").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"(?m)^\s+site-url:\s*[\"']?(https?://[^\s\"']+)", text)
    return found[1].rstrip("/") if found else None
