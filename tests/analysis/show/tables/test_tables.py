"""analysis.show.tables: Markdown that Pandoc reads as the table that was meant."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Set
from typing import Any

import numpy as np
import pypandoc
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, strategies as st
from IPython.core.interactiveshell import InteractiveShell
from made_up import make_songs

from analysis.book import Book
from analysis.findings.comparison import cost
from analysis.findings.kmeans import toys
from analysis.findings.mixtures import choice
from analysis.show import tables
from analysis.show.tables.markdown import Table, escape, unbroken

MAKERS: dict[str, Callable[[Book], Table]] = {
    "artists": lambda s: tables.recoding.artists(s.artists),
    "artist_intervals": lambda s: tables.recoding.artist_intervals(s.artists),
    "trial_runs": lambda s: tables.trial.runs(s.trial),
    "recoding_definitions": lambda s: tables.recoding.recoding_definitions(s.ours.recodings),
    "recoding_classifiers": lambda s: tables.recoding.recoding_classifiers(s.ours.recodings),
    "recoding_clusters": lambda s: tables.recoding.recoding_clusters(s.ours.recodings),
    "recoding_indices": lambda s: tables.recoding.recoding_indices(s.ours.recodings),
    "recoding_verdicts": lambda s: tables.recoding.recoding_verdicts(s.ours.recodings),
    "head": lambda s: tables.data.head(s.head),
    "feature_definitions": lambda s: tables.data.feature_definitions(s.dataset.features),
    "repeats": lambda s: tables.data.repeats(s.repeats),
    "unreadable": lambda s: tables.data.unreadable(s.unreadable),
    "feature_stats": lambda s: tables.data.feature_stats(s.feature_stats),
    "genre_means": lambda s: tables.data.genre_means(s.genre_means),
    "correlations": lambda s: tables.data.correlations(s.correlation),
    "eigenvalues": lambda s: tables.data.eigenvalues(s.spectrum),
    "axes": lambda s: tables.data.axes(s.spectrum),
    "determination": lambda s: tables.data.determination(s.determination),
    "scaling": lambda s: tables.data.scaling(s.scaling),
    "blocks": lambda s: tables.data.blocks(s.influence),
    "six_on_a_line": lambda s: tables.toys_kmeans.six_on_a_line(toys.six_on_a_line()),
    "objective": lambda s: tables.kmeans.objective(s.objective),
    "lloyd_trace": lambda s: tables.kmeans.lloyd_trace(s.lloyd_trace),
    "stopping": lambda s: tables.kmeans.stopping(s.stopping),
    "starts": lambda s: tables.kmeans.starts(s.starts),
    "agreement": lambda s: tables.kmeans.agreement(s.agreement),
    "em_trace": lambda s: tables.mixture.em_trace(s.em_trace),
    "em_regularised": lambda s: tables.mixture.em_regularised(s.em_regularised),
    "em_costs": lambda s: tables.mixture.em_costs(s.em_costs),
    "em_agreement": lambda s: tables.mixture.em_agreement(s.em_agreement),
    "em_limit": lambda s: tables.mixture.em_limit(s.em_limit),
    "methods": lambda s: tables.mixture.methods(s.em_costs),
    "sweep": lambda s: tables.choice.sweep(s.sweep),
    "picks": lambda s: tables.choice.picks(s.picks),
    "kmeans_fit": lambda s: tables.clusters.kmeans_fit(s.kmeans),
    "cluster_sizes": lambda s: tables.clusters.cluster_sizes(s.kmeans),
    "centroids": lambda s: tables.clusters.centroids(s.kmeans),
    "profiles": lambda s: tables.clusters.profiles(s.kmeans),
    "distances": lambda s: tables.clusters.distances(s.kmeans),
    "extremes": lambda s: tables.clusters.extremes(s.kmeans),
    "contingency": lambda s: tables.clusters.contingency(s.kmeans_genres),
    "leading_genres": lambda s: tables.clusters.leading_genres(s.kmeans_genres),
    "silhouettes": lambda s: tables.clusters.silhouettes(s.kmeans_silhouettes),
    "ledger": lambda s: tables.ledger.ledger(s.ledger.entries),
    "rules": lambda _: tables.ledger.rules("GMM"),
    "certain_songs": lambda s: tables.components.certain_songs(s.mixture_certainty),
    "song_certainty": lambda s: tables.components.song_certainty(s.mixture_certainty),
    "component_covariances": lambda s: tables.components.component_covariances(s.mixture),
    "first_probabilities": lambda s: tables.components.first_probabilities(s.mixture),
    "genre_certainty": lambda s: tables.components.genre_certainty(s.mixture_certainty),
    "mixture_fit": lambda s: tables.components.mixture_fit(s.mixture),
    "two_sample_tests": lambda s: tables.components.two_sample_tests(s.mixture_draws),
    "component_weights": lambda s: tables.components.component_weights(s.mixture),
    "within_correlations": lambda s: tables.components.within_correlations(s.mixture_shapes),
    "within_variances": lambda s: tables.components.within_variances(s.mixture_shapes),
    "component_means": lambda s: tables.clusters.centroids(s.mixture),
    "drawn_marginals": lambda s: tables.components.drawn_marginals(s.mixture_draws),
    "impossible_songs": lambda s: tables.components.impossible_songs(s.mixture_draws, s.mixture),
    "parameter_counts": lambda s: tables.gmm_choice.parameter_counts(
        choice.count_parameters(s.config.n_clusters, 5), s.dataset.n_songs
    ),
    "mixture_sweep": lambda s: tables.gmm_choice.mixture_sweep(s.mixture_sweep),
    "mixture_types": lambda s: tables.gmm_choice.mixture_types(s.mixture_types),
    "spikes": lambda s: tables.degeneracy.spikes(s.ours.spikes),
    "regularisation_picks": lambda s: tables.degeneracy.regularisation_picks(
        s.as_published.degeneracy, s.ours.degeneracy
    ),
    "mixture_check": lambda s: tables.degeneracy.mixture_check(
        [s.as_published.degeneracy, s.ours.degeneracy]
    ),
    "pca_turns": lambda s: tables.pca.pca_turns(s.pca_axes),
    "pca_groups": lambda s: tables.pca.pca_groups(s.pca_hidden),
    "parameters": lambda s: tables.data.parameters(s.config),
    "environment": lambda s: tables.data.environment(s.environment),
    "provenance": lambda s: tables.data.provenance(s.provenance),
    "partners": lambda s: tables.comparison.partners(s.comparison, s.borders),
    "method_agreement": lambda s: tables.comparison.method_agreement(s.comparison),
    "run_agreement": lambda s: tables.comparison.run_agreement(s.yardstick),
    "agreement_by_genre": lambda s: tables.comparison.agreement_by_genre(s.comparison),
    "songs_apart": lambda s: tables.comparison.songs_apart(s.borders),
    "songs_between_clusters": lambda s: tables.comparison.songs_between_clusters(s.borders),
    "internal_scores": lambda s: tables.evaluation.internal_scores(s.scores),
    "external_scores": lambda s: tables.evaluation.external_scores(s.scores),
    "cells_reaching": lambda s: tables.evaluation.cells_reaching(s.scores),
    "differences": lambda s: tables.evaluation.differences(s.scores),
    "component_genres": lambda s: tables.clusters.leading_genres(s.mixture_genres, "component"),
    "ceiling": lambda s: tables.evaluation.ceiling(s.ceiling, s.headline),
    "named_elsewhere": lambda s: tables.evaluation.named_elsewhere(s.headline),
    "control": lambda s: tables.evaluation.control(s.protocol, s.protocol),
    "stability": lambda s: tables.evaluation.stability(s.stability),
    "published": lambda s: tables.ledger.published(s.reconstruction),
    "cost_slopes": lambda _: tables.cost.slopes(cost.read()),
    "hanging": lambda s: tables.ledger.hanging(s.ledger),
}


FORMULAS = {"em_costs", "methods", "cost_slopes"}
"""Tables with formulas of their own, and no text from the data."""


def read(markdown: str, kinds: Set[str] = frozenset()) -> list[list[str]]:
    """Return the cells of the only block that Pandoc reads, as plain text."""
    document = json.loads(pypandoc.convert_text(markdown, "json", "markdown"))
    (block,) = document["blocks"]
    assert block["t"] == "Table"
    _, _, _, head, bodies, _ = block["c"]
    rows = [*head[1], *(row for body in bodies for row in body[3])]
    return [[_text(cell[4], kinds) for cell in row[1]] for row in rows]


def _text(node: Any, kinds: Set[str]) -> str:
    if isinstance(node, list):
        return "".join(_text(part, kinds) for part in node)
    kind, content = node["t"], node.get("c", "")
    if kind in {"Str", "Code"}:
        return str(content if kind == "Str" else content[1])
    if kind in {"Space", "SoftBreak"}:
        return " "
    if kind == "Cite":
        return "".join(f"@{citation['citationId']}" for citation in content[0])
    if kind == "Math" and kind in kinds:
        return str(content[1])
    assert kind in {"Plain", "Strong", "Superscript"}, f"{kind} in a cell"
    return _text(content, kinds)


@pytest.fixture(scope="module")
def odd(study_of: Callable[..., Book]) -> Book:
    """A table with names that Markdown and HTML would take for something else."""
    songs = make_songs()
    names = ("<b>|", "*a* `b` $x$", "[l](u) @c ^up^ ~d~", "\\| &amp; -- 'q' ... #")
    songs["genre"] = [names[i % 4] for i in songs.index]
    songs.loc[7, "track"] = "{{< include x >}} | _y_"
    songs.loc[9, songs.columns[2:]] = songs.loc[7, songs.columns[2:]]
    return study_of(songs)


@pytest.mark.parametrize("name", MAKERS)
def test_pandoc_reads_every_cell(name: str, odd: Book) -> None:
    table = MAKERS[name](odd)
    cells = read(table.to_markdown(), {"Math"} if name in FORMULAS else set())
    assert len(cells) == len(table.rows) + 1
    assert {len(row) for row in cells} == {len(table.header)}
    assert all(cells[0]), "a heading is empty"
    assert all(row[0] for row in cells[1:])


@pytest.mark.parametrize("name", MAKERS)
def test_true_minus_signs(name: str, odd: Book) -> None:
    import re

    numbers = [cell for row in MAKERS[name](odd).rows for cell in row if "`" not in cell]
    assert not [cell for cell in numbers if re.search(r"(^|[ (])-\d", cell)]


@pytest.mark.parametrize("name", MAKERS)
def test_as_published(name: str, odd: Book) -> None:
    table = MAKERS[name](odd.as_published)
    assert "dBFS" not in table.to_markdown()
    read(table.to_markdown(), {"Math"} if name in FORMULAS else set())


def test_names_come_out_letter_by_letter(odd: Book) -> None:
    shown = {row[0] for row in read(tables.data.genre_means(odd.genre_means).to_markdown())[1:-1]}
    assert shown == set(odd.summary.genres)
    assert "{{< include x >}} | _y_ and song.00009" in {
        row[0] for row in read(tables.data.repeats(odd.repeats).to_markdown())
    }


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1))
def test_escape(text: str) -> None:
    """Pandoc is not asked each time: no character that it takes for markup stays bare."""
    escaped = escape(text)
    bare = escaped.replace("\\\\", "")
    for special in "`*_{}[]<>|~^$@#&\"'!":
        for i, character in enumerate(bare):
            assert character != special or bare[i - 1] == "\\"
    unescaped = re.sub(r"\\.", "", escaped)
    assert "--" not in unescaped
    assert ".." not in unescaped


def test_escape_survives_pandoc() -> None:
    text = "".join(map(chr, range(33, 127))) + " -- --- ... 'a' \"b\" http://x.y a@b.c 1) é"
    cells = read(Table(("A", "B"), ((escape(text), "1"),)).to_markdown())
    assert cells[1][0] == text


def test_line_breaks_do_not_break_the_row() -> None:
    assert escape("a\n| b") == "a \\| b"


def test_code_with_a_backtick() -> None:
    assert (
        read(Table(("A", "B"), ((tables.markdown.code("a`|b"), "1"),)).to_markdown())[1][0]
        == "a`|b"
    )


def test_nothing_to_list(study_of: Callable[..., Book]) -> None:
    plain = study_of(make_songs())
    assert tables.data.repeats(plain.repeats).rows == (("none", "", ""),)
    assert tables.data.unreadable(plain.unreadable).rows == (("not in the table", "", ""),)


def test_a_notebook_shows_markdown(odd: Book) -> None:
    data, _ = InteractiveShell.instance().display_formatter.format(tables.data.head(odd.head))
    assert data["text/markdown"] == data["text/plain"]
    assert "text/html" not in data


def test_values(gtzan: Book) -> None:
    first = tables.data.head(gtzan.head).rows[0]
    assert first == ("blues.00000", "blues", "123.0", "0.130", "−17.04", "0.268", "0.349")
    assert any(row[2] == "**yes**" for row in tables.data.repeats(gtzan.repeats).rows)


def test_a_long_run_is_cut_in_the_middle(gtzan: Book) -> None:
    run = gtzan.lloyd_trace
    arrays = ("inertia_assigned", "inertia_updated", "center_shift", "labels_changed")
    long = dataclasses.replace(run, **{name: np.tile(getattr(run, name), 3) for name in arrays})
    rows = tables.kmeans.lloyd_trace(long).rows
    assert [row[0] for row in rows[4:7]] == ["5", "…", str(3 * run.n_iter - 4)]
    short = dataclasses.replace(run, **{name: getattr(run, name)[:10] for name in arrays})
    assert len(tables.kmeans.lloyd_trace(short).rows) == short.n_iter


def test_rules_that_were_not_reached(gtzan: Book) -> None:
    rules = gtzan.stopping.rules.assign(reached=False)
    rows = tables.kmeans.stopping(dataclasses.replace(gtzan.stopping, rules=rules)).rows
    assert all(row[1].endswith("(limit)") for row in rows)
    assert rows[0][0] == "J falls by less than ε = 10"


def test_the_studys_number_of_clusters_is_bold(odd: Book) -> None:
    bold = [row for row in tables.choice.sweep(odd.sweep).rows if row[0].startswith("**")]
    assert [row[0] for row in bold] == [f"**{odd.config.n_clusters}**"]


def test_margins_add_up(odd: Book) -> None:
    rows = [
        [int(cell) for cell in row[1:]]
        for row in tables.clusters.contingency(odd.kmeans_genres).rows
    ]
    assert all(sum(row[:-1]) == row[-1] for row in rows)
    assert [sum(column) for column in zip(*rows[:-1], strict=True)] == rows[-1]


def test_songs_between_are_named(gtzan: Book) -> None:
    rows = tables.comparison.songs_between_clusters(gtzan.borders).rows
    assert len(rows) == 5
    margins = [float(row[-1]) for row in rows]
    assert margins == sorted(margins)
    assert all(row[2] != row[3] for row in rows)
    genres = dict(zip(gtzan.dataset.tracks, gtzan.dataset.labels, strict=True))
    assert all(genres[row[0]] == row[1] for row in rows)


def test_the_better_method_is_named(gtzan: Book) -> None:
    names = {"kmeans": "K-Means", "mixture": "Mixture", "neither": "neither"}
    shown = [row[2] for row in tables.evaluation.differences(gtzan.scores).rows]
    assert shown == [names[gtzan.scores.better(index)] for index in gtzan.scores.differences]


def test_a_range_stays_together() -> None:
    assert unbroken("0.5 (0.4 to 0.6)") == "0.5 (0.4\u00a0to\u00a00.6)"


def test_profiles_have_signs(odd: Book) -> None:
    for row in tables.clusters.profiles(odd.kmeans).rows:
        assert row[2].count("+") + row[2].count("−") + row[2].count(" 0.0") == 3


def test_widths_are_relative_to_the_text() -> None:
    table = Table(("A", "B"), (("one", "two"),), n_text_columns=1, widths=(3, 1))
    document = json.loads(pypandoc.convert_text(table.to_markdown(), "json", "markdown"))
    (sides, widths) = zip(*document["blocks"][0]["c"][2], strict=True)
    assert [side["t"] for side in sides] == ["AlignLeft", "AlignRight"]
    assert [width["c"] for width in widths] == pytest.approx([0.75, 0.25], abs=0.01)
    bare = dataclasses.replace(table, widths=())
    document = json.loads(pypandoc.convert_text(bare.to_markdown(), "json", "markdown"))
    assert {width["t"] for _, width in document["blocks"][0]["c"][2]} == {"ColWidthDefault"}


def test_the_ledger_refers_to_sections(odd: Book) -> None:
    entries = odd.ledger.entries
    rows = read(tables.ledger.ledger(entries).to_markdown())[1:]
    for entry, row in zip(entries, rows, strict=True):
        source = entry.claim.source
        place = f"{source[0].upper()}{source[1:]}, @{entry.claim.section}"
        assert row[0] == f"{entry.claim.words} {place}"
        assert row[1].startswith(entry.ours.verdict.capitalize())
        assert row[2].startswith(entry.as_published.verdict.capitalize())
        assert entry.ours.said in row[1]


def test_every_claim_has_its_rule() -> None:
    from analysis.claims.ledger import CLAIMS

    for notebook in ("K-Means", "GMM"):
        rows = read(tables.ledger.rules(notebook).to_markdown())[1:]
        claims = [claim for claim in CLAIMS if claim.notebook == notebook]
        for claim, (words, measured, rule) in zip(claims, rows, strict=True):
            assert (words, measured) == (claim.words, claim.measured)
            assert claim.holds_if in rule
            assert claim.in_part_if in rule
            assert rule.startswith("Holds if" if claim.holds_if else "Cannot be tested")


def test_every_component_can_be_opened(gtzan: Book) -> None:
    html = BeautifulSoup(
        tables.components.covariance_list(gtzan.mixture)._repr_html_(), "html.parser"
    )
    lists = html.find_all("details")
    assert [item.has_attr("open") for item in lists] == [True] + 9 * [False]
    rows = tables.components.component_covariances(gtzan.mixture).rows
    shown = [
        [cell.get_text() for cell in row.find_all(["th", "td"])]
        for item in lists
        for row in item.find("tbody").find_all("tr")
    ]
    assert [tuple(row[1:]) for row in shown] == [row[1:] for row in rows]
    assert all(row[0].endswith(f": {own[0]}") for row, own in zip(rows, shown, strict=True))
    for item, name in zip(lists, gtzan.mixture.names, strict=True):
        assert item.find("summary").get_text().endswith(f": {name}")


def test_probabilities_of_the_first_songs(gtzan: Book) -> None:
    table = tables.components.first_probabilities(gtzan.mixture)
    assert table.header[1:] == tuple(gtzan.mixture.tracks[:5])
    assert table.rows[10][1:] == tuple(f"**{label}**" for label in gtzan.mixture.labels[:5])
