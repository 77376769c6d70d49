"""Numbers and results in words, for sentences and for cells of tables."""

from __future__ import annotations

import math
from collections.abc import Iterable

from analysis.findings.comparison.principal_axes import Components, Separation
from analysis.findings.data.description import Summary, UnreadableTrack
from analysis.findings.kmeans.run import LloydTrace
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.limit import Limit
from analysis.findings.mixtures.numerics import Underflow
from analysis.findings.mixtures.run import EMTrace
from analysis.methods.resampling import Interval, Spread
from analysis.songs.table import FEATURES, RECODED, Dataset

MINUS = "−"
"""The sign of a negative number."""
NO_BREAK = "\u00a0"
"""A space at which no line ends."""
NOTHING = "–"
"""Stands for a number that there is not."""
ROUNDING = 1e-12
"""A share this close to 0 or 1 differs from it by the rounding of floating-point numbers."""

_TITLES = {feature.name: feature.title for feature in (*FEATURES, *RECODED)}
_CRITERIA = {
    "silhouette": "Highest silhouette",
    "davies_bouldin": "Lowest Davies–Bouldin index",
    "calinski_harabasz": "Highest Caliński–Harabasz index",
    "bend": "Sharpest bend",
    "knee": "Knee of the detector",
    "gap_box": "Gap rule, box of the features",
    "gap_box_largest": "Largest gap, box of the features",
    "gap_pca": "Gap rule, box of the axes",
    "gap_pca_largest": "Largest gap, box of the axes",
}
_GENRE_INDICES = {
    "purity": "Purity",
    "ari": "Adjusted Rand index",
    "ami": "Adjusted mutual information",
    "homogeneity": "Homogeneity",
    "completeness": "Completeness",
    "v_measure": "V-measure",
}
_SCORES = {
    "silhouette": "Silhouette",
    "davies_bouldin": "Davies–Bouldin",
    "calinski_harabasz": "Caliński–Harabasz",
    "matched": "Agreement after matching",
    "vi": "Variation of information",
    "ari": "Adjusted Rand index",
    "ami": "Adjusted mutual information",
    "v_measure": "V-measure",
    "purity": "Purity",
}
_METHODS = {
    "kmeans": "K-Means",
    "mixture": "the mixture",
    "genres": "the genres",
    "neither": "neither",
}
_CHANGES = {
    "single": "another seed, one start",
    "few": "another seed, a few starts",
    "full": "another seed, the study's starts",
    "songs": "resampled songs, a few starts",
}
_CLASSIFIERS = {
    "means": "Nearest mean of a genre",
    "shared": "A Gaussian for each genre, one shape",
    "gaussians": "A Gaussian for each genre",
    "neighbours": "Nearest neighbours",
    "forest": "Random forest",
}
_RECODINGS = {
    "table": ("As in the table", "tempo, energy, loudness, valence, danceability"),
    "rate": (
        "Zero-crossing rate",
        "the same with 2 · danceability − tempo / 200 in place of danceability",
    ),
    "whitened": (
        "Table, whitened",
        "the table's, along their principal axes, each of these with variance 1",
    ),
    "swing": (
        "Rate and swing",
        "as with the zero-crossing rate, and loudness − 20 log₁₀(energy) in place of energy",
    ),
    "logs": (
        "Logarithms",
        "of these, tempo, swing, valence and rate by their base-2 logarithms; loudness as it is",
    ),
    "whitened logs": ("Logarithms, whitened", "these, along their principal axes likewise"),
}
_GROUPINGS = {"kmeans": "K-Means", "mixture": "Gaussian mixture", "genres": "Genres"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int | None = None) -> str:
    """Return a number with thousands separators and a true minus sign.

    Parameters
    ----------
    value : float or int
    digits : int, optional
        Decimal places; by default 0 for an integer and 2 for others.

    Returns
    -------
    str
        "1,000", "−18.36"; "–" for NaN, "∞" for infinity.
    """
    if isinstance(value, int) and digits is None:
        digits = 0
    value = float(value)
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{abs(value):,.{2 if digits is None else digits}f}"
    negative = value < 0 and any(digit in text for digit in "123456789")
    return f"{MINUS}{text}" if negative else text


def small(value: float, digits: int = 0) -> str:
    """Return a number as a power of ten, such as "4 × 10⁻¹⁶", and zero as "0"."""
    if value == 0 or not math.isfinite(value):
        return number(value, 0)
    mantissa, exponent = f"{abs(value):.{digits}e}".split("e")
    sign = MINUS if value < 0 else ""
    return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def tiny(value: float) -> str:
    """Return a number with four digits, or as a power of ten if it is less than 0.001."""
    return number(value, 4) if abs(value) >= 1e-3 else small(value)


def percents(shares: Iterable[float], digits: int = 0) -> str:
    """Return shares as a sentence lists them: "50%, 90% and 99%"."""
    return listed(percent(share, digits) for share in shares)


def power_of_ten(value: float) -> str:
    """Return a power of ten as such: "10⁻⁶"."""
    return f"10{str(round(math.log10(value))).translate(_SUPERSCRIPT)}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage: 0.25 is "25%".

    But for the rounding of floating-point numbers, a share that is neither 0 nor 1 is not shown
    as 0% or 100%, but as "<1%" or ">99%".
    """
    if math.isnan(share):
        return NOTHING
    if abs(share - round(share)) < ROUNDING:
        share = round(share)
    text = number(100 * share, digits)
    step = 10.0**-digits
    if share > 0 and float(text.replace(",", "").replace(MINUS, "-")) == 0:
        return f"<{number(step, digits)}%"
    if share < 1 and float(text.replace(",", "").replace(MINUS, "-")) == 100:
        return f">{number(100 - step, digits)}%"
    return f"{text}%"


def probability(p: float, digits: int = 3) -> str:
    """Return a probability: "0.250"; one that is neither 0 nor 1 is not shown as such."""
    if 0 < p < 10.0**-digits / 2:
        return f"<{number(10.0**-digits, digits)}"
    if 1 - 10.0**-digits / 2 < p < 1:
        return f">{number(1 - 10.0**-digits, digits)}"
    return number(p, digits)


def span(low: float, high: float, digits: int | None = None) -> str:
    """Return a range: "1.2 to 3.4", and one number if both ends read alike."""
    ends = [number(low, digits), number(high, digits)]
    return " to ".join(ends) if ends[0] != ends[1] else ends[0]


def yes(fact: bool) -> str:
    """Return "yes" or "no"."""
    return "yes" if fact else "no"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number of things: "1 song", "1,000 songs", "3 axes" for ``(3, "axis", "axes")``."""
    return f"{number(int(n))} {one if n == 1 else many or one + 's'}"


def counts(numbers: Iterable[int], one: str, many: str | None = None) -> str:
    """Return from how many to how many things there are: "6 to 8 songs", and "1 song" if all are.

    Raises
    ------
    ValueError
        If there are no numbers.
    """
    there = sorted(int(n) for n in numbers)
    if not there:
        raise ValueError("there should be at least one number")
    low, high = there[0], there[-1]
    return count(high, one, many) if low == high else f"{number(low)} to {count(high, one, many)}"


def file_size(n_bytes: int) -> str:
    """Return a number of bytes as "719 B", "5.2 kB" or "289 kB"; a kB has 1,000 bytes."""
    if n_bytes < 1_000:
        return f"{n_bytes}{NO_BREAK}B"
    for unit in ("kB", "MB"):
        n_bytes_of_unit = n_bytes / (1_000 if unit == "kB" else 1_000_000)
        if n_bytes_of_unit < 999.5:
            break
    return f"{number(n_bytes_of_unit, 1 if n_bytes_of_unit < 9.95 else 0)}{NO_BREAK}{unit}"


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


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: "a", "a and b", "a, b and c"."""
    parts = [str(name) for name in names]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def title(feature: str) -> str:
    """Return a feature's name as a heading has it."""
    return _TITLES.get(feature, feature)


def label(feature: str) -> str:
    """Return a feature's name as a sentence has it."""
    return title(feature).lower()


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


def em_rounds(trace: EMTrace) -> str:
    """Say how many rounds a run of EM took, and whether its tolerance ended it."""
    if trace.converged:
        return f"{count(trace.n_iter, 'round')}, until its tolerance ended it"
    return f"{count(trace.n_iter, 'round')}, the most it was allowed"


def covariance_type(name: str) -> str:
    """Return a type of covariance as the book names it."""
    return "diagonal" if name == "diag" else name


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


def some(things: Iterable[object]) -> str:
    """Return things as a sentence lists them, and "none" if there are none but None."""
    return listed(str(thing) for thing in things if thing is not None) or "none"


def run_of(numbers: Iterable[int]) -> str:
    """Return the range of whole numbers: "4", "4 to 6", and "none" if there are none."""
    there = sorted(numbers)
    if not there:
        return "none"
    low, high = number(there[0]), number(there[-1])
    return low if low == high else f"{low} to {high}"


def criterion(name: str) -> str:
    """Return a criterion for the number of clusters as the book names it."""
    return _CRITERIA.get(name, name)


def genre_index(name: str) -> str:
    """Return an index of agreement with the genres as the book names it."""
    return _GENRE_INDICES.get(name, name)


def score(name: str) -> str:
    """Return an index of one clustering, or of two, in few words."""
    return _SCORES.get(name, name)


def method(name: str) -> str:
    """Return a method as a sentence has it."""
    return _METHODS.get(name, name)


def change(name: str) -> str:
    """Return what was changed before a method was fitted again."""
    return _CHANGES.get(name, name)


def classifier(name: str) -> str:
    """Return a classifier as a table has it."""
    return _CLASSIFIERS.get(name, name)


def grouping(name: str) -> str:
    """Return a way to sort the songs into groups as the book names it."""
    return _GROUPINGS.get(name, name)


def recoding(name: str) -> str:
    """Return the name of a way to write the features, as a table has it."""
    return _RECODINGS[name][0]


def recoding_definition(name: str) -> str:
    """Say what the five numbers are when they are written in a way."""
    return _RECODINGS[name][1]


def told(holds: bool, yes: str, no: str) -> str:
    """Return the sentence that is true."""
    return yes if holds else no


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


def beyond_the_plane(separation: Separation, components: Components) -> str:
    """Say along which axis beyond the first two groups differ most, as a part of a sentence."""
    axis = separation.telling_beyond
    if axis is None:
        return "there is no variance"
    between, share = separation.between(axis), components.shares[axis - 1].estimate
    groups = {"kmeans": "clusters", "mixture": "components"}.get(separation.name, separation.name)
    return (
        f"the {groups} differ most along axis {axis}: {percent(between)} of the variance along it "
        f"lies between {groups}, and it has {percent(share, 1)} of all variance"
    )


def looks(separation: Separation) -> str:
    """Say how sharp groups look in the plane, beside how sharp they are."""
    lost = separation.lost
    if math.isnan(lost.estimate):
        return "cannot be compared with what they are"
    if lost.high < 0:
        return "look sharper than they are"
    if lost.low > 0:
        return "look less sharp than they are"
    return "look about as sharp as they are"


def way_to_start(init: str) -> str:
    """Return a way to start K-Means as the book names it."""
    names = {"random": "random songs", "greedy k-means++": "k-means++, greedy"}
    return names.get(init, init)


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
