"""Tables of artists, and of the features written in several ways."""

from __future__ import annotations

from collections.abc import Callable

from analysis.findings.comparison.artists import INDICES, Artists
from analysis.findings.comparison.recodings import ASKED, Recodings
from analysis.findings.comparison.seeds import METHODS
from analysis.methods.resampling import Interval
from analysis.numbers import number, percent
from analysis.show.names import classifier, grouping, recoding, recoding_definition, score
from analysis.show.sentences import interval, share_interval
from analysis.show.tables.markdown import Table, escape, unbroken


def artists(artists: Artists) -> Table:
    """Show how many artists each genre has, and how many songs the largest."""
    return Table(
        ("Genre", "Songs", "Groups", "Largest group", "Groups of one song"),
        tuple(
            (
                escape(genre),
                *(number(int(row[key])) for key in ("n", "groups", "largest", "alone")),
            )
            for genre, row in artists.sizes.iterrows()
        ),
    )


def artist_intervals(artists: Artists) -> Table:
    """Show the intervals of agreement with the genres, by song and by artist."""
    names = {
        "kmeans": grouping("kmeans"),
        "mixture": grouping("mixture"),
        "difference": "The second less the first",
    }
    return Table(
        ("Index", "Method", "Estimate", "By song", "By artist"),
        tuple(
            (
                score(index),
                name,
                number(artists.by_song(method, index).estimate, 3),
                *(_ends(of(method, index)) for of in (artists.by_song, artists.by_artist)),
            )
            for index in INDICES
            for method, name in names.items()
        ),
        n_text_columns=2,
    )


def recoding_definitions(found: Recodings) -> Table:
    """Say what each recoding is."""
    return Table(
        ("Name", "The five numbers of a song"),
        tuple((recoding(name), recoding_definition(name)) for name in found.names),
        n_text_columns=2,
        widths=(3, 7),
    )


def recoding_classifiers(found: Recodings) -> Table:
    """Show the shares of the classifiers, by artist."""
    return Table(
        ("Recoding", *map(classifier, ASKED), "Best by song"),
        tuple(
            (
                recoding(name),
                *(unbroken(share_interval(found.of(name, f"artist:{who}"))) for who in ASKED),
                percent(found.best(name, "song").estimate),
            )
            for name in found.names
        ),
    )


def recoding_clusters(found: Recodings) -> Table:
    """Show what clusters find of the genres, beside random centres on the same coordinates."""
    return Table(
        (
            *("Recoding", "Random centres", "K-Means", "Mixture"),
            *("K-Means less random", "Mixture less random", "Named on the same songs"),
        ),
        tuple(
            (
                recoding(name),
                percent(found.of(name, "cells:named").estimate, 1),
                *(
                    unbroken(share_interval(found.of(name, f"{method}:named"), 1))
                    for method in METHODS
                ),
                *(unbroken(_points(found.of(name, f"{method}:gain"))) for method in METHODS),
                ", ".join(
                    percent(found.of(name, f"{who}:matched").estimate, 1)
                    for who in ("cells", *METHODS)
                ),
            )
            for name in found.names
        ),
    )


def recoding_indices(found: Recodings) -> Table:
    """Show the adjusted Rand index with the genres, silhouettes, and BIC's choice."""
    return Table(
        (
            *("Recoding", "ARI: random centres", "ARI: K-Means", "ARI: mixture"),
            *("Silhouette of the genres", "BIC asks for"),
        ),
        tuple(
            (
                recoding(name),
                number(found.of(name, "cells:ari").estimate, 3),
                *(unbroken(interval(found.of(name, f"{m}:ari"), 3)) for m in METHODS),
                number(float(found.silhouettes["genres"][name]), 3),
                number(found.choice(name)),
            )
            for name in found.names
        ),
    )


def recoding_verdicts(found: Recodings) -> Table:
    """Show what the other chapters say of the table's coordinates, in all of them."""
    rows: tuple[tuple[str, str, Callable[[float], str]], ...] = (
        ("kmeans:gain", "Lead of K-Means over random centres", _point),
        ("mixture:gain", "Lead of the mixture over random centres", _point),
        ("without search", "Random centres' share of the gain of K-Means", percent),
        ("told", "Lead of the best classifier over the better method", _point),
        ("heard", "What the best classifier loses on new artists' songs", _point),
        ("silhouette", "Mean silhouette of the genres taken as clusters", _thousandths),
        ("bic", "Components that BIC asks for", _whole),
    )
    said = found.said
    return Table(
        ("What", "As in the table", "Logarithms, whitened", "From the least to the most"),
        tuple(
            (
                name,
                *(
                    unbroken(_points(found.of(of, what)))
                    if what.endswith(":gain")
                    else say(float(said[of][what]))
                    for of in ("table", "whitened logs")
                ),
                unbroken(
                    " to ".join(say(float(end)) for end in (said.T[what].min(), said.T[what].max()))
                ),
            )
            for what, name, say in rows
        ),
        widths=(6, 3, 3, 3),
    )


def _point(value: float) -> str:
    return number(100 * value, 1)


def _thousandths(value: float) -> str:
    return number(value, 3)


def _whole(value: float) -> str:
    return number(int(value))


def _ends(value: Interval) -> str:
    return unbroken(f"{number(value.low, 3)} to {number(value.high, 3)}")


def _points(value: Interval) -> str:
    return f"{_point(value.estimate)} ({_point(value.low)} to {_point(value.high)})"
