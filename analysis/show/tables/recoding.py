"""Tables of artists, and of the features written in several ways."""

from __future__ import annotations

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
    return Table(
        ("Index", "Method", "Estimate", "By song", "By artist"),
        tuple(
            (
                score(index),
                grouping(method),
                number(artists.by_song(method, index).estimate, 3),
                *(_ends(of(method, index)) for of in (artists.by_song, artists.by_artist)),
            )
            for index in INDICES
            for method in METHODS
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
            *("K-Means less random", "Mixture less random"),
        ),
        tuple(
            (
                recoding(name),
                percent(found.of(name, "cells:matched").estimate, 1),
                *(
                    unbroken(share_interval(found.of(name, f"{method}:matched"), 1))
                    for method in METHODS
                ),
                *(unbroken(_points(found.of(name, f"{method}:gain"))) for method in METHODS),
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
    """Show in which recodings each of the book's verdicts holds."""
    return Table(
        ("Verdict", "As in the table", "Logarithms, whitened", "Holds in"),
        tuple(
            (
                verdict.sentence,
                *("yes" if verdict.holds(name) else "no" for name in ("table", "whitened logs")),
                f"{found.n_where(verdict.holds)} of {len(found.names)}",
            )
            for verdict in found.verdicts
        ),
        widths=(8, 2, 2, 2),
    )


def _ends(value: Interval) -> str:
    return unbroken(f"{number(value.low, 3)} to {number(value.high, 3)}")


def _points(value: Interval) -> str:
    low, high = number(100 * value.low, 1), number(100 * value.high, 1)
    return f"{number(100 * value.estimate, 1)} ({low} to {high})"
