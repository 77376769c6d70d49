"""Results in words, for sentences and for cells of tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.findings.comparison.principal_axes import Components
from analysis.findings.data.description import Summary, UnreadableTrack
from analysis.findings.kmeans.run import LloydTrace
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.limit import Limit
from analysis.findings.mixtures.numerics import Underflow
from analysis.methods.resampling import Interval, Spread
from analysis.numbers import count, listed, number, percent, small, some, tiny
from analysis.show.names import label, title
from analysis.songs.table import FEATURES, Dataset

if TYPE_CHECKING:
    from analysis.findings.comparison.cost import StepCosts
    from analysis.methods.selection import Gap


def interval(value: Interval, digits: int = 2) -> str:
    """Return an estimate with its interval behind it: "0.96 (0.95 to 0.97)"."""
    low, high = number(value.low, digits), number(value.high, digits)
    return f"{number(value.estimate, digits)} ({low} to {high})"


def spread(value: Spread, digits: int = 2) -> str:
    """Return a mean with the range of what was averaged: "0.51 (0.38 to 0.70)"."""
    low, high = number(value.low, digits), number(value.high, digits)
    return f"{number(value.mean, digits)} ({low} to {high})"


def share_interval(value: Interval, digits: int = 0) -> str:
    """Return a share with its interval behind it: "50.5% (49.7% to 51.9%)"."""
    low, high = percent(value.low, digits), percent(value.high, digits)
    return f"{percent(value.estimate, digits)} ({low} to {high})"


def share_spread(value: Spread, digits: int = 0) -> str:
    """Return a mean share with the range of what was averaged: "27% (12% to 41%)"."""
    low, high = percent(value.low, digits), percent(value.high, digits)
    return f"{percent(value.mean, digits)} ({low} to {high})"


def share_by_seed(value: Spread) -> str:
    """Return a mean share and its range: "23% (between 15% and 29%, depending on the seed)"."""
    ends = f"between {percent(value.low)} and {percent(value.high)}, depending on the seed"
    return f"{percent(value.mean)} ({ends})"


def measuring_machine(costs: StepCosts) -> str:
    """Return the machine on which seconds were measured: "2 cores (…), Python 3.11.7, …"."""
    machine = costs.machine
    libraries = [f"{name} {version}" for name, version in machine["libraries"].items()]
    cores = count(machine["cores"], "core")
    return f"{cores} ({machine['processor']}), Python {machine['python']}, {listed(libraries)}"


def gap_answers(gap: Gap, least: float = 0.05) -> str:
    """Say how often the gap rule gives which answer: "7 in 43%, none in 34%", the rare left out."""
    return listed(
        f"{some([k or None])} in {percent(share)}"
        for k, share in gap.answers("chosen").items()
        if share >= least
    )


def rounds(trace: LloydTrace) -> str:
    """Say how many rounds a run took, and whether it came to its end."""
    if trace.settled:
        return f"{count(trace.n_iter, 'round')}, in the last of which nothing changed"
    return f"{count(trace.n_iter, 'round')}, the most it was allowed"


def mixture_rounds(mixture: Mixture) -> str:
    """Say how many rounds EM took for a mixture, and why it ended."""
    if mixture.converged:
        return f"{count(mixture.n_iter, 'round')}, the last of which gained less than the tolerance"
    return f"{count(mixture.n_iter, 'round')}, the most it was allowed"


def broken_rule(rule: str, feature: str, limit: float, unit: str | None) -> str:
    """Say what a song would have that breaks a rule of drawn songs."""
    name = title(feature)
    number_of = number(limit, 0 if limit == round(limit) else 1) if limit == limit else ""
    end = f"{number_of} {unit}" if unit else number_of
    return {
        "low": f"{name} below {end}",
        "high": f"{name} above {end}",
        "level": "Loudness below the level of the mean energy",
        "copy": "Loudness other than energy",
        "crossings": "Danceability below what tempo alone gives",
        "any": "Any of these",
    }[rule]


def variance_of_agreement(limit: Limit) -> str:
    """Say from which variance on EM ends with the labels of Lloyd's algorithm."""
    cluster = "in the cluster that Lloyd's algorithm gives"
    if math.isnan(limit.same_from):
        share = percent(limit.same_at_last, 1)
        return f"with the smallest variance tried, {share} of the songs end {cluster} them"
    return f"from σ² = {tiny(limit.same_from)} on down, every song ends {cluster} it"


def product_of_densities(underflow: Underflow) -> str:
    """Say what the product of all densities comes out as without logarithms."""
    if underflow.product == 0 or math.isinf(underflow.product):
        return number(underflow.product, 0)
    return small(underflow.product)


def axes_in_words(components: Components) -> str:
    """Say what songs at the positive ends of the axes are like, as a part of a sentence.

    "axis 1 leads to strong, loud songs; axis 2 leads to fast songs", or "no axis has a word".
    """
    told = [
        f"axis {axis} leads to {words} songs"
        for axis in range(1, components.n_axes + 1)
        if (words := components.words(axis))
    ]
    return "; ".join(told) or "no axis has a word"


def unreadable(track: UnreadableTrack) -> str:
    """Say whether our table has the song whose audio is unreadable, and with which values."""
    if not track.present:
        return "The rows that this study looks at have no such song."
    values = listed(
        f"{feature.title.lower()} {number(track.row.loc[feature.name], feature.digits)}"
        + (f" {feature.unit}" if feature.unit else "")
        for feature in track.features
    )
    far = number(math.ceil(10 * track.largest_deviation) / 10, 1)
    return (
        f"Our table nevertheless has a row for it, under {track.genre}: {values}. "
        f"None of these lies more than {far} standard deviations from the mean of all songs."
    )


def feature_set(summary: Summary) -> str:
    """Say which columns the numbers of the book come from, and what they hold."""
    names = summary.feature_names
    if summary.feature_set == "recoded":
        return (
            "The study looks at what these columns hide, most of it on logarithmic scales: "
            f"{listed(map(label, names))}."
        )
    out = [feature.name for feature in FEATURES if feature.name not in names]
    which = listed(map(label, names)) if out else "all of them"
    rest = f", and not at {listed(map(label, out))}" if out else ""
    if summary.feature_set == "ours":
        return f"The study looks at {which}, as they stand in the table{rest}."
    how = []
    if {"energy", "loudness"} <= set(names):
        how.append("with loudness as a copy of energy")
    elif "loudness" in names:
        how.append("with energy in the column of loudness")
    if summary.left_out:
        how.append(f"without {listed(summary.left_out)}")
    told = f" ({listed(how)})" if how else ""
    return f"The study looks at {which}, as the source notebooks had them{told}{rest}."


def chance_of_a_cluster(n_clusters: int, summary: Summary) -> str:
    """Say whether there is a cluster for each genre, as the end of a sentence."""
    if n_clusters >= summary.n_genres:
        return "each genre can then have a cluster of its own"
    return "some genres will then have to share a cluster, whatever the songs are like"


def units(dataset: Dataset) -> str:
    """Say in which units the features of a study are: "beats a minute and plain numbers"."""
    names = {"BPM": "beats a minute", "dBFS": "decibels", "": "plain numbers"}
    found = {feature.unit for feature in dataset.features}
    return listed(name for unit, name in names.items() if unit in found)
