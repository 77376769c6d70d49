"""Tables of the mixture: fit, probabilities, certainty, refits, components, songs drawn."""

from __future__ import annotations

import dataclasses
from html import escape as html_escape

import pandas as pd

from analysis.findings.mixtures.certainty import N_FIRST, Certainty
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.samples import MixtureSamples
from analysis.findings.mixtures.shapes import Shapes
from analysis.methods.resampling import Interval
from analysis.numbers import number, percent, probability, small, yes
from analysis.show.names import label, title
from analysis.show.sentences import broken_rule, interval
from analysis.show.tables.markdown import Table, code, escape

_MEASURES = {
    "nats": "Entropy (nats)",
    "normalised": "Normalised entropy",
    "probability": "Probability of the song's component",
}
_TESTS = {
    "songs": "Songs, drawn songs",
    "snapped": "Songs, drawn songs with {feature} moved",
    "null": "Drawn songs, other drawn songs",
}


def mixture_fit(mixture: Mixture) -> Table:
    """Show what was fitted, and what came out."""
    rows = (
        (code("n_components"), number(mixture.n_components)),
        (code("covariance_type"), code("full")),
        (code("n_init"), number(mixture.n_init)),
        (code("max_iter"), number(mixture.max_iter)),
        (code("tol"), small(mixture.tol)),
        (code("reg_covar"), small(mixture.reg_covar)),
        (code("random_state"), number(mixture.seed)),
        ("Songs, features", f"{number(mixture.n_songs)}, {number(mixture.n_features)}"),
        ("Free parameters", number(mixture.n_parameters)),
        ("Rounds of the best start (`n_iter`)", number(mixture.n_iter)),
        ("Converged", yes(mixture.converged)),
        ("Log-likelihood (nats)", number(mixture.log_likelihood, 1)),
        ("BIC", number(mixture.bic, 1)),
        ("AIC", number(mixture.aic, 1)),
        ("Components pinned at the regularisation", number(len(mixture.pinned))),
    )
    return Table(("Parameter or result", "Value"), rows)


def first_probabilities(mixture: Mixture) -> Table:
    """Show the probabilities of the first songs, component by component, and their labels."""
    songs = range(min(N_FIRST, mixture.n_songs))
    rows = [
        (str(component), *(probability(mixture.probabilities[song, component]) for song in songs))
        for component in range(mixture.n_components)
    ]
    rows += [
        ("Hard label", *(f"**{mixture.labels[song]}**" for song in songs)),
        ("Its probability", *(probability(mixture.max_probability[song]) for song in songs)),
        ("Entropy (nats)", *(number(mixture.entropy[song], 3) for song in songs)),
    ]
    return Table(("Component", *(escape(mixture.tracks[song]) for song in songs)), tuple(rows))


def song_certainty(certainty: Certainty) -> Table:
    """Show mean, spread and range of the entropies and of the largest probabilities."""
    return Table(
        ("Measure", "Mean", "SD", "Median", "Minimum", "Maximum"),
        tuple(
            (
                _MEASURES[str(name)],
                number(row["mean"], 3),
                number(row["sd"], 3),
                number(row["median"], 3),
                number(row["minimum"], 3) if name == "probability" else _tiny(row["minimum"]),
                probability(row["maximum"]) if name == "probability" else number(row["maximum"], 3),
            )
            for name, row in certainty.stats.iterrows()
        ),
    )


def certain_songs(certainty: Certainty, most: int | None = None) -> Table:
    """Show the most and the least certain songs, all or the first of each."""
    rows = [
        (
            kind,
            escape(song["track"]),
            escape(song["genre"]),
            f"{song['component']}: {probability(song['probability'])}",
            f"{song['second']}: {probability(song['second_probability'])}",
            _tiny(song["normalised"]),
        )
        for kind, songs in (("Most", certainty.surest), ("Least", certainty.least_sure))
        for _, song in songs.iloc[:most].iterrows()
    ]
    header = ("Certain", "Song", "Genre", "Component", "Next", "Normalised entropy")
    return Table(header, tuple(rows), n_text_columns=3)


def genre_certainty(certainty: Certainty) -> Table:
    """Show how certain the songs of each genre are."""
    return Table(
        ("Genre", "Songs", "Normalised entropy", "SD", "Probability", "Sure", "Unsure"),
        tuple(
            (
                escape(genre),
                number(int(row["n"])),
                number(row["mean"], 3),
                number(row["sd"], 3),
                number(row["probability"], 3),
                number(int(row["sure"])),
                number(int(row["unsure"])),
            )
            for genre, row in certainty.by_genre.iterrows()
        ),
    )


def component_weights(mixture: Mixture) -> Table:
    """Show the weight of each component, and its songs by probability and by label."""
    rows = [
        (
            str(component),
            percent(float(weight), 1),
            number(float(count), 1),
            number(int(size)),
            percent(size / mixture.n_songs, 1),
        )
        for component, (weight, count, size) in enumerate(
            zip(mixture.weights, mixture.counts, mixture.sizes, strict=True)
        )
    ]
    rows.append(
        (
            "All",
            percent(float(mixture.weights.sum())),
            number(float(mixture.counts.sum()), 1),
            number(mixture.n_songs),
            percent(1.0),
        )
    )
    header = ("Component", "Weight", "Songs by probability", "Songs by label", "Share by label")
    return Table(header, tuple(rows))


def component_covariances(mixture: Mixture, most: int | None = None) -> Table:
    """Show all components or the first: own units, then covariances of standardised features."""
    header = ("Component: feature", "Mean", "SD", *(f.title for f in mixture.features))
    rows = tuple(
        (f"{component}: {feature}", *values)
        for component in range(mixture.n_components)[:most]
        for feature, *values in _component_rows(mixture, component)
    )
    return Table(header, rows)


@dataclasses.dataclass(frozen=True, eq=False)
class Covariances:
    """Every component's covariances, one to be opened at a time; a notebook shows it as HTML.

    Attributes
    ----------
    mixture : Mixture
    """

    mixture: Mixture

    def _repr_html_(self) -> str:
        header = ("Feature", "Mean", "SD", *(f.title for f in self.mixture.features))
        return "".join(
            [
                '<div class="components" data-pagefind-ignore>',
                *(
                    f'<details name="component"{" open" if component == 0 else ""}>'
                    f"<summary>Component {component}: {html_escape(name)}</summary>"
                    f'<div style="overflow-x:auto" tabindex="0" role="group" '
                    f'aria-label="Component {component}, scrollable">'
                    f"{_html_table(header, _component_rows(self.mixture, component))}"
                    "</div></details>"
                    for component, name in enumerate(self.mixture.names)
                ),
                "</div>",
            ]
        )

    def __repr__(self) -> str:
        return component_covariances(self.mixture).to_markdown()


def covariance_list(mixture: Mixture) -> Covariances:
    """Return every component's covariances, to be opened one at a time."""
    return Covariances(mixture)


def within_variances(shapes: Shapes) -> Table:
    """Show each feature's variance within components, where all songs have variance 1."""
    return Table(
        ("Feature", "Within components", "Between", "Least variance", "Greatest variance"),
        tuple(
            (
                title(str(name)),
                percent(row["share"], 1),
                percent(1 - row["share"], 1),
                number(row["low"], 3),
                number(row["high"], 3),
            )
            for name, row in shapes.within.iterrows()
        ),
    )


def within_correlations(shapes: Shapes) -> Table:
    """Show the correlation of each pair in all songs and within components."""
    return Table(
        ("Pair", "All songs", "Within", "Over components", "Against"),
        tuple(
            (
                f"{title(row['first'])}, {label(row['second'])}",
                number(row["whole"]),
                number(row["within"]),
                f"{number(row['low'])} to {number(row['high'])}",
                number(int(row["n_against"])),
            )
            for _, row in shapes.pairs.iterrows()
        ),
    )


def drawn_marginals(draws: MixtureSamples) -> Table:
    """Show each feature's distance to the mixture, its values, and what lies outside its range."""
    return Table(
        ("Feature", "KS distance", "Values: songs", "Values: drawn", "Below all songs", "Above"),
        tuple(
            (
                title(str(name)),
                number(row["ks"], 3),
                number(int(row["distinct_songs"])),
                number(int(row["distinct_drawn"])),
                percent(row["below"], 2),
                percent(row["above"], 2),
            )
            for name, row in draws.marginals.iterrows()
        ),
    )


def impossible_songs(draws: MixtureSamples, mixture: Mixture) -> Table:
    """Show how many drawn songs break what the definitions demand; kept rules are left out."""
    units = {feature.name: feature.unit for feature in mixture.features}
    broken = draws.rules[(draws.rules["drawn"] > 0) | (draws.rules["rule"] == "any")]
    return Table(
        ("What no song can have", "Songs", "Drawn"),
        tuple(
            (
                broken_rule(row["rule"], row["feature"], row["limit"], units.get(row["feature"])),
                percent(row["songs"], 2),
                percent(row["drawn"], 2),
            )
            for _, row in broken.iterrows()
        ),
    )


def two_sample_tests(draws: MixtureSamples) -> Table:
    """Show how often classifiers tell songs from drawn ones."""

    def share(row: pd.Series, name: str) -> str:
        return interval(Interval(row[name], row[f"{name}_low"], row[f"{name}_high"]))

    return Table(
        ("What is told apart", "Boosted trees", "Nearest neighbours"),
        tuple(
            (
                _TESTS[str(name)].format(feature=label(draws.coarsest)),
                share(row, "trees"),
                share(row, "neighbours"),
            )
            for name, row in draws.tests.iterrows()
        ),
    )


def _component_rows(mixture: Mixture, component: int) -> tuple[tuple[str, ...], ...]:
    means = mixture.means.to_numpy()[component]
    return tuple(
        (
            feature.axis_label,
            number(float(means[j]), feature.digits),
            number(float(mixture.deviations[component, j]), feature.digits),
            *(number(float(value), 3) for value in mixture.covariances[component, j]),
        )
        for j, feature in enumerate(mixture.features)
    )


_AS_IT_IS = "<!--| quarto-html-table-processing: none -->"
"""Tells Quarto to leave a table in HTML alone, also where it makes a PDF that leaves it out."""


def _html_table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    def cells(row: tuple[str, ...], tag: str) -> str:
        first, *rest = row
        side = ' style="text-align:right"'
        text = "".join(f"<{tag}{side}>{html_escape(cell)}</{tag}>" for cell in rest)
        return f'<tr><th scope="row">{html_escape(first)}</th>{text}</tr>'

    head = cells(header, "th").replace('scope="row"', 'scope="col"')
    body = "".join(cells(row, "td") for row in rows)
    table = f'<table class="table"><thead>{head}</thead><tbody>{body}</tbody></table>'
    return f"{_AS_IT_IS}{table}"


def _tiny(value: float) -> str:
    return small(value) if 0 < value < 0.001 else number(value, 3)
