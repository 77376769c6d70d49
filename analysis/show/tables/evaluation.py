"""Tables of both methods beside the genres, beside chance, and of how stable they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from analysis.findings.comparison.classifiers import ClassifierScores
from analysis.findings.comparison.control import Protocol
from analysis.findings.comparison.genres_found import GenresFound
from analysis.findings.comparison.scores import AGAINST_GENRES, SCORED, Scores
from analysis.findings.comparison.seeds import METHODS
from analysis.findings.comparison.stability import FIRM_FROM, Stability
from analysis.methods.indices.record import INDICES, INTERNAL
from analysis.methods.resampling import Interval, Spread, spread_of
from analysis.numbers import listed, number, percent
from analysis.show.names import change, classifier, label, score
from analysis.show.sentences import interval, share_interval, share_spread, spread
from analysis.show.tables.markdown import Table, unbroken

_DIGITS = {"calinski_harabasz": 1}
_BETTER = {"kmeans": "K-Means", "mixture": "Mixture", "neither": "neither"}


def internal_scores(scores: Scores) -> Table:
    """Show the internal indices of both methods, of the genres, and of random labels."""
    return Table(
        ("Index", "K-Means", "Mixture", "Genres", "Random centres", "Shuffled"),
        tuple(
            (
                score(index),
                *(unbroken(interval(scores.of(name, index), _digits(index))) for name in METHODS),
                number(scores.of("genres", index).estimate, _digits(index)),
                *(
                    unbroken(spread(scores.baseline(name, index), min(_digits(index), 2)))
                    for name in ("cells", "shuffled")
                ),
            )
            for index in INTERNAL
        ),
    )


def external_scores(scores: Scores) -> Table:
    """Show the external indices of both methods, over seeds and of the study, and of chance."""
    rows = []
    for index in AGAINST_GENRES:
        over = [spread(scores.over(name, index), 3) for name in METHODS]
        over += [spread(scores.baseline(name, index), 3) for name in ("cells", "shuffled")]
        study = [interval(scores.of(name, index), 3) for name in METHODS]
        rows.append((f"{score(index)}, over seeds", *map(unbroken, over)))
        rows.append((f"{score(index)}, the study's fit", *map(unbroken, study), "–", "–"))
    return Table(("Index", "K-Means", "Mixture", "Random centres", "Shuffled"), tuple(rows))


def cells_reaching(scores: Scores) -> Table:
    """Show how often random centres are as good as a run of each method."""
    names = {"ari": score("ari"), "matched": score("matched"), "ami": score("ami")}
    return Table(
        ("Index", "As good as K-Means", "As good as the mixture"),
        tuple(
            (
                name,
                *(_by_seed(scores.cells_reaching(method, index)) for method in METHODS),
            )
            for index, name in names.items()
        ),
    )


def differences(scores: Scores) -> Table:
    """Show by how much the mixture's indices differ from those of K-Means."""
    return Table(
        ("Index", "Mixture less K-Means", "Better", "Over pairs of seeds", "Mixture better"),
        tuple(
            (
                score(index),
                unbroken(interval(scores.difference(index), _digits(index))),
                _BETTER[scores.better(index)],
                unbroken(spread(scores.seed_difference(index), _digits(index))),
                percent(scores.wins(index)),
            )
            for index in SCORED
        ),
    )


def coverage(found: pd.DataFrame) -> Table:
    """Show how often intervals over songs hold the value of a population that is known."""
    return Table(
        ("Statistic", "Method", "Value", "Interval", "Holds it", "Percentile", "Mirrored"),
        tuple(
            (
                score(index),
                _BETTER[str(method)],
                number(row["population"], _digits(index)),
                _kind(index),
                *(percent(row[kind], 1) for kind in ("coverage", "percentile", "mirrored")),
            )
            for index in found.index.unique("statistic")
            for method, row in found.xs(index, level="statistic").iterrows()
        ),
    )


def _kind(index: str) -> str:
    if index in ("silhouette", "davies_bouldin"):
        return "percentile"
    return "of a maximum" if INDICES[index].is_maximum else "basic"


def artist_coverage(found: pd.DataFrame) -> Table:
    """Show how often intervals hold the value of a population of artists."""
    rows = []
    for index in found.index.unique("statistic"):
        for method, row in found.xs(index, level="statistic").iterrows():
            classifier = index == "classifier"
            if classifier and method != "kmeans":
                continue
            rows.append(
                (
                    "Songs right" if classifier else score(index),
                    "best classifier" if classifier else _BETTER[str(method)],
                    *(percent(row[kind], 1) for kind in ("coverage", "below", "above", "by_song")),
                )
            )
    return Table(
        ("Statistic", "Of", "Over artists", "Lies below", "Lies above", "Over songs"),
        tuple(rows),
        n_text_columns=2,
    )


def recoding_coverage(found: pd.DataFrame) -> Table:
    """Show how often intervals of recoded features hold the value of a population of artists."""
    names = {"table": "table", "whitened logs": "whitened logarithms", "change": "change"}
    what = {"ari": score("ari"), "named": "Songs right", "gain": "Lead over random centres"}
    return Table(
        ("Coordinates", "Mean over seeds", "Method", "Holds it", "Lies below", "Lies above"),
        tuple(
            (
                names[drawn],
                what[index],
                _BETTER[method],
                *(percent(row[kind], 1) for kind in ("coverage", "below", "above")),
            )
            for (drawn, method, index), row in zip(
                found.index.tolist(), found.to_dict("records"), strict=True
            )
        ),
        n_text_columns=3,
    )


def ceiling(ceiling: ClassifierScores, named: GenresFound) -> Table:
    """Show which share of the songs groups made by chance, clusters and classifiers get right."""
    rows = [
        ("Shuffled labels, each with a genre of its own", _share_spread(named.shuffled), "–", "–"),
        ("Random centres, likewise", _share_spread(named.cells), "–", "–"),
    ]
    rows += [
        (name, _share(ceiling.of(method)), "–", "–")
        for method, name in (
            ("kmeans", "Clusters of K-Means, likewise"),
            ("mixture", "Components of the mixture, likewise"),
        )
    ]
    rows += [
        (
            classifier(name),
            _share(ceiling.of(name)),
            unbroken(f"{percent(low)} to {percent(high)}"),
            percent(ceiling.by_song[name].estimate, 1),
        )
        for name, (low, high) in ceiling.by_fold.items()
    ]
    rows.append(("Always the commonest genre", percent(ceiling.chance), "–", "–"))
    return Table(
        (
            *("How the genre is named", "Songs right, artists held out"),
            *("Least and most in a fold", "Copies alone held out"),
        ),
        tuple(rows),
    )


def named_elsewhere(named: GenresFound) -> Table:
    """Show what is found if names are chosen on other songs, and how far that leads."""
    found = named.elsewhere
    rows: list[tuple[str, ...]] = [
        ("Shuffled labels", _share_spread(named.shuffled), _share_spread(found.shuffled), "–"),
        ("Random centres", _share_spread(named.cells), _share_spread(found.cells), "–"),
    ]
    for method in METHODS:
        name = _BETTER[method]
        over = spread_of(named.of_seeds[method], named.confidence)
        rows.append(
            (
                f"{name}, over seeds",
                _share_spread(over),
                _share_spread(found.over[method]),
                unbroken(share_spread(found.ways_of_seeds[method])),
            )
        )
        rows.append(
            (
                f"{name}, the study's fit",
                _share(named.kmeans if method == "kmeans" else named.mixture),
                _share(found.shares[method]),
                unbroken(share_interval(found.ways[method])),
            )
        )
    return Table(
        ("Groups", "Named on the same songs", "Named on other artists", "Of the way to its twin"),
        tuple(rows),
    )


def control(groups: Protocol, songs: Protocol) -> Table:
    """Show what the study measures, of groups that are there and of the songs."""

    def both(values: Mapping[Any, Any], shown: Callable[[Any], str]) -> str:
        return " and ".join(shown(values[method]) for method in METHODS)

    def row(name: str, say: Callable[[Protocol], str]) -> tuple[str, ...]:
        return (name, unbroken(say(groups)), unbroken(say(songs)))

    return Table(
        ("Question", "Ten made-up groups", "The songs"),
        (
            row(
                "Clusters that silhouette, Davies–Bouldin and Caliński–Harabasz ask for",
                lambda p: listed(
                    [number(k) if k is not None else "none" for k in p.picks.values()]
                ),
            ),
            row("Components with the lowest BIC, any covariance type", lambda p: number(p.bic)),
            row("The same, full covariances", lambda p: number(p.bic_full)),
            row("Adjusted Rand index with the groups", lambda p: both(p.ari, number)),
            row("The same of random centres", lambda p: number(p.cells_ari)),
            row("Random centres as good as a run", lambda p: both(p.reaching, percent)),
            row("Adjusted Rand index of two seeds", lambda p: both(p.seeds, number)),
            row(
                f"Clusters with a mean Jaccard coefficient of at least {number(FIRM_FROM)}",
                lambda p: both(p.firm, number),
            ),
            row("Found, with names chosen elsewhere", lambda p: both(p.found, percent)),
            row("The same of random centres", lambda p: percent(p.cells_found)),
            row("Found by the best classifier", lambda p: percent(p.told)),
        ),
        n_text_columns=1,
    )


def stability(stability: Stability) -> Table:
    """Show how far fits agree with the study's clusterings, and with the genres."""
    rows = []
    for kind, left_out in [
        *((name, "") for name in ("single", "few", "full", "songs")),
        *(("feature", name) for name in stability.features),
    ]:
        name = f"without {label(left_out)}" if left_out else change(kind)
        cells = [
            unbroken(spread(stability.of(which, kind, left_out, index)))
            if kind != "feature"
            else number(stability.of(which, kind, left_out, index).mean)
            for index in ("ari", "genre_ari")
            for which in METHODS
        ]
        rows.append((name[:1].upper() + name[1:], *cells))
    return Table(
        ("Change", "K-Means", "Mixture", "Genres: K-Means", "Genres: mixture"), tuple(rows)
    )


def _digits(index: str) -> int:
    return _DIGITS.get(index, 3)


def _by_seed(value: Spread) -> str:
    ends = unbroken(f"{percent(value.low)} to {percent(value.high)}")
    return f"{percent(value.mean)}; {ends} by seed"


def _share_spread(value: Spread) -> str:
    ends = f"({percent(value.low, 1)} to {percent(value.high, 1)})"
    return unbroken(f"{percent(value.mean, 1)} {ends}")


def _share(value: Interval) -> str:
    ends = f"({percent(value.low, 1)} to {percent(value.high, 1)})"
    return unbroken(f"{percent(value.estimate, 1)} {ends}")
