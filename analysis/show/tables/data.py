"""Tables of the data, of its features, and of what the numbers depend on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from analysis.config import Config, meanings
from analysis.findings.data.dependence import Correlation, Determination, Spectrum
from analysis.findings.data.description import (
    FeatureStats,
    GenreMeans,
    Repeats,
    UnreadableTrack,
)
from analysis.findings.data.scaling import Influence, Scaling
from analysis.methods.resampling import Interval
from analysis.numbers import listed, number, percent
from analysis.show.names import title
from analysis.show.sentences import interval
from analysis.show.tables.markdown import Table, cells, code, digest, escape, headings
from analysis.songs.table import FEATURES, Dataset, Feature
from analysis.study.environment import Environment
from analysis.study.provenance import Provenance


def head(songs: Dataset) -> Table:
    """Show songs of the table, row by row."""
    return Table(
        ("Track", "Genre", *headings(songs.features)),
        tuple(
            (escape(track), escape(genre), *cells(row, songs.features))
            for track, genre, row in zip(songs.tracks, songs.labels, songs.X, strict=True)
        ),
        n_text_columns=2,
    )


def feature_definitions(features: Sequence[Feature] = FEATURES) -> Table:
    """Show what the columns are."""
    return Table(
        ("Feature", "What it is", "Unit", "Bounds"),
        tuple(
            (
                feature.title,
                escape(feature.definition),
                feature.unit or "none",
                f"{number(feature.low, 0)}\u00a0to\u00a0"
                f"{number(feature.high, 1 if feature.high % 1 else 0)}",
            )
            for feature in features
        ),
        n_text_columns=3,
    )


def repeats(repeats: Repeats) -> Table:
    """Show the groups of songs whose features agree in every digit."""
    return Table(
        ("Songs", "Genres", "Across genres"),
        tuple(
            (
                escape(listed(group.tracks)),
                escape(listed(group.genres)),
                "**yes**" if group.across else "no",
            )
            for group in repeats.groups
        )
        or (("none", "", ""),),
        n_text_columns=3,
    )


def unreadable(track: UnreadableTrack) -> Table:
    """Show the values of the song whose audio is unreadable."""
    return Table(
        ("Feature", "Value", "Standard deviations from the mean"),
        tuple(
            (
                feature.axis_label,
                number(track.row.loc[feature.name], feature.digits),
                number(track.deviations[feature.name], 2),
            )
            for feature in track.features
            if track.present
        )
        or (("not in the table", "", ""),),
    )


def feature_stats(stats: FeatureStats) -> Table:
    """Show each feature by itself, one column a feature."""
    rows = []
    for name, heading in (
        ("mean", "Mean"),
        ("sd", "Standard deviation"),
        ("minimum", "Minimum"),
        ("lower_quartile", "Lower quartile"),
        ("median", "Median"),
        ("upper_quartile", "Upper quartile"),
        ("maximum", "Maximum"),
        ("range", "Range"),
    ):
        rows.append((heading, *cells(stats.frame[name], stats.features)))
    rows.append(("Skew", *(number(value, 2) for value in stats.frame["skew"])))
    rows.append(("Excess kurtosis", *(number(value, 2) for value in stats.frame["kurtosis"])))
    rows.append(("Missing values", *(number(int(n)) for n in stats.frame["missing"])))
    rows.append(("Different values", *(number(int(n)) for n in stats.frame["distinct"])))
    return Table(("Statistic", *headings(stats.features)), tuple(rows))


def genre_means(genres: GenreMeans) -> Table:
    """Show the means within the genres, and how much of the variance lies between them."""
    shares = (percent(share, 1) for share in genres.between_share)
    return Table(
        ("Genre", *headings(genres.features)),
        (
            *(
                (escape(genre), *cells(row, genres.features))
                for genre, row in zip(genres.means.index, genres.means.to_numpy(), strict=True)
            ),
            ("Variance between genres", *shares),
        ),
    )


def correlations(correlation: Correlation) -> Table:
    """Show every pair of features, the strongest first, with intervals."""
    return Table(
        ("Pair", "Pearson", "Spearman"),
        tuple(
            (
                f"{title(pair.first)}, {title(pair.second).lower()}",
                interval(pair.pearson, 3),
                interval(pair.spearman, 3),
            )
            for pair in correlation.pairs
        ),
    )


def eigenvalues(spectrum: Spectrum) -> Table:
    """Show the eigenvalues of the correlation matrix."""
    rows = zip(
        spectrum.axes.columns,
        map(Interval, spectrum.eigenvalues, spectrum.low, spectrum.high),
        spectrum.shares,
        spectrum.cumulative,
        strict=True,
    )
    return Table(
        ("Axis", "Eigenvalue", "Share of variance", "Running sum"),
        tuple(
            (str(i), interval(value, 3), percent(share, 1), percent(sum_, 1))
            for i, (_, value, share, sum_) in enumerate(rows, start=1)
        ),
    )


def axes(spectrum: Spectrum) -> Table:
    """Show what the principal axes are made of."""
    return Table(
        ("Feature", *(str(axis).capitalize() for axis in spectrum.axes.columns)),
        tuple(
            (title(str(name)), *(number(entry, 2) for entry in entries))
            for name, entries in zip(spectrum.axes.index, spectrum.axes.to_numpy(), strict=True)
        ),
    )


def determination(determination: Determination) -> Table:
    """Show R² of each feature on all others."""
    frame = determination.frame
    return Table(
        ("Feature", "R² on the others", "Variance inflation"),
        tuple(
            (title(str(name)), interval(determination.of(str(name)), 3), number(vif, 1))
            for name, vif in frame["vif"].items()
        ),
    )


def scaling(scaling: Scaling) -> Table:
    """Show means, standard deviations and shares of variance before and after scaling."""
    frame = scaling.frame
    rows = zip(
        scaling.features,
        frame["mean_before"],
        frame["sd_before"],
        frame["share_before"],
        frame["mean_after"],
        frame["sd_after"],
        frame["share_after"],
        strict=True,
    )
    return Table(
        ("Feature", "Mean", "SD", "Share of variance", "Mean after", "SD after", "Share after"),
        tuple(
            (
                feature.axis_label,
                number(mean, feature.digits),
                number(sd, feature.digits),
                percent(share, 2),
                number(mean_after, 2),
                number(sd_after, 2),
                percent(share_after),
            )
            for feature, mean, sd, share, mean_after, sd_after, share_after in rows
        ),
    )


def blocks(influence: Influence) -> Table:
    """Show the blocks of correlated features and their part of the distance."""
    return Table(
        ("Block", "Features", "Share of squared distance", "Dimensions", "Share of dimensions"),
        tuple(
            (
                listed(title(name).lower() for name in block.features).capitalize(),
                number(len(block.features)),
                percent(block.distance_share),
                number(block.dimension, 2),
                percent(block.dimension_share),
            )
            for block in influence.blocks
        ),
    )


def parameters(config: Config) -> Table:
    """Show every parameter of the study with its value and its meaning."""
    values = dataclasses.asdict(config)
    return Table(
        ("Parameter", "Value", "Meaning"),
        tuple(
            (code(name), _value(values[name]), escape(meaning.replace("``", "")))
            for name, meaning in meanings().items()
        ),
        n_text_columns=3,
        widths=(28, 26, 46),
    )


def environment(environment: Environment) -> Table:
    """Show the software that computes, draws and sets the book."""
    rows = [
        ("runs everything", "Python", environment.python),
        ("runs everything", "system and processor", environment.system),
    ]
    if environment.blas:
        rows.append(("computes", "linear algebra of NumPy", environment.blas))
    rows += [("computes", name, version) for name, version in environment.computing.items()]
    rows += [("draws", name, version) for name, version in environment.drawing.items()]
    rows += [("renders, without Quarto", name, v) for name, v in environment.rendering.items()]
    return Table(
        ("What it does", "Software", "Version"),
        tuple((what, escape(name), escape(version)) for what, name, version in rows),
        n_text_columns=3,
    )


def provenance(provenance: Provenance) -> Table:
    """Show the digests of what the numbers come from."""
    rows = [
        ("Feature table", code(provenance.data_file), digest(provenance.data_sha256)),
        ("Parameters", code("study.toml"), digest(provenance.parameters_sha256)),
        ("Results of this book", code(".cache/study"), digest(provenance.digest)),
    ]
    if provenance.lock_sha256:
        lock = ("Locked libraries", code("requirements.txt"), digest(provenance.lock_sha256))
        rows.insert(-1, lock)
    if provenance.public_sha256:
        public = ("Public table", code(provenance.public_name), digest(provenance.public_sha256))
        rows.insert(0, public)
    return Table(("What", "Name", "Digest"), tuple(rows), n_text_columns=3)


def _value(value: object) -> str:
    """Return a parameter's value, if it has one; a list in items between which a line breaks."""
    if value is None:
        return "left out"
    return ", ".join(map(code, value)) if isinstance(value, tuple) else code(value)
