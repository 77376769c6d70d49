"""What a sentence may say of its own: nothing that other data or parameters could make false.

The other tests run the chapters with a few other tables; these read the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from chapters import INLINE, Source, parse, sources, words_of
from test_other_data import FEATURES, GENRES, NOUNS, plural

SOURCES = sources()
IDS = [source.path for source in SOURCES]

AT_LEAST_TWO = {
    "features.SAMPLE_RATE": "a constant",
    "features.HOP_LENGTH": "a constant",
    "kmeans.n_clusters": "at least two by study.toml's rules",
    "k": "the number of clusters, at least two by study.toml's rules",
    "pair.n_pairs": "that number squared",
    "pair.n_cells": "no cluster of K-Means is empty, as long as songs differ",
    "len(genres.indices)": "a constant",
    "len(scores.INTERNAL)": "a constant",
    "len(study.ours.mixture_sweep.ks)": "one component, and the range of study.toml",
    "pair.n_permutations": "at least a hundred by study.toml's rules",
    "len(starts.runs)": "two kinds of starts at least",
    "len(picks.picks)": "a constant",
    "study.config.n_bootstrap": "at least a hundred by study.toml's rules",
    "summary.n_features": "at least three by study.toml's rules",
    "grid.n_songs": "at least as many as clusters",
}
"""What is never 1, so that the words around it can be in the plural."""

PLURAL_VERBS = (
    "are|were|have|lie|come|came|give|gave|share|hold|agree|need|sit|stand|carry|belong|take|"
    "differ|remain|fall|make|go|leave|say|do"
)
NUMBER_WORDS = (
    "five|six|seven|eight|nine|ten|eleven|twelve|fifteen|sixteen|twenty|thirty|forty|fifty|"
    "hundred|thousand|dozen"
)

ALLOWED_WORDS = {
    # number words
    "in each of ten genres: blues": "GTZAN's make-up",
    "The table holds five measurements": "the format of a table",
    "Two of the five, valence": "the format of a table",
    "with all five features of the table": "the format of a table",
    "Nine tenths of its rise": "the share that the expression beside it has",
    "nine tenths": "the share that the expression beside it has",
    "by ten should add at least": "what a decade is",
    "by ten adds at least": "what a decade is",
    "divided by ten": "what a decade is",
    "a few thousand songs at a time": "the size of a chunk",
    "a kB is a thousand bytes": "a unit",
    "Five findings": "the length of the list below it",
    "same five numbers": "the format of a table",
    "to write the five numbers": "the format of a table",
    "same five measurements": "the format of a table",
    "The ways to write the five numbers": "the format of a table",
    "A song in this table is five numbers": "the format of a table",
    "five columns of the table": "the format of a table",
    "The third notebook asks for the best of ten": "what a cited work does",
    "Six songs by hand": "a toy",
    "ways to cut six songs": "a toy",
    "The same six songs": "a toy",
    "Take the four songs": "a proof",
    # genres
    "35 excerpts by one singer": "what a cited work counts",
    # features
    "Valence and danceability are home-made formulas": "what the notebooks call so",
    "Their valence takes the mean": "what a cited work does",
    "Their tempo is not that of the public table": "what a cited work has",
    "explains why tempo has few": "the section's subject",
    "Danceability, a column of the table, shows": "computed on the column",
    "In our table tempo accounts for": "computed on the column",
    "Whoever has tempo and danceability": "the formula",
    "two facts, tempo and zero-crossings": "the formula",
    "Tempo takes few values": "the section's subject",
    "Tempo looks like a continuous number": "how it is measured",
    "Every tempo is": "a theorem",
    "with the square of the tempo": "a theorem",
    "BPM from the tempo of a whole lag": "a theorem",
    "Tempo is a scale of": "computed on the column",
    "one tempo stands for": "computed on the column",
    "because tempo is half of it": "the formula",
    "Valence and danceability are formulas": "the formula",
    "A cluster of high valence": "the formula",
    "Energy, loudness and half of valence": "how they are measured",
    "Tempo has steps, and is often half or double": "how it is measured",
    "on our features, with loudness in decibels, and on the": "the two feature sets",
    "As published, loudness is a copy of energy": "the feature set",
    "calls a cluster fast if its mean tempo": "the source notebook's rule",
}

ABOUT_ALL_FEATURES = {
    "report/data.qmd": "defines every column of a table",
    "report/recoding.qmd": "rewrites every column of a table",
    "report/notation.qmd": "lists the symbols of these definitions",
    "report/glossary.qmd": "lists these definitions",
}


def in_notes(source: Source) -> set[int]:
    """Return the lines of the notes on what the source notebooks say, which quote them."""
    lines, within, note = set(), 0, False
    for n, line in source.prose:
        if re.match(r":::+ *\{", line):
            within += 1
            note = "callout-note" in line
        elif re.match(r":::+ *$", line):
            within -= 1
            note = False
        elif note:
            lines.add(n)
    return lines


def own_words(source: Source) -> Iterator[tuple[int, str]]:
    """Return the lines outside these notes but for those that are allowed."""
    notes = in_notes(source)
    for n, line in words_of(source):
        if n not in notes and not any(allowed in line for allowed in ALLOWED_WORDS):
            yield n, line


def found(source: Source, pattern: str) -> list[str]:
    return [
        f"{source.path}:{n}: {match.group()!r} in: {line.strip()}"
        for n, line in own_words(source)
        for match in re.finditer(pattern, line)
    ]


def plurals_at_risk(source: Source) -> list[str]:
    nouns = "|".join(map(plural, NOUNS))
    bare = rf"`\{{python\}} (?:(?:wording\.)?number\(([^,`]+)\)|([\w.]+))` (?:\w+ )?(?:{nouns})\b"
    told = rf"`\{{python\}} count\(([^`]+?), \"[^`]*` (?:of \w+ )?(?:{PLURAL_VERBS})\b"
    risky = []
    for n, line in source.prose:
        for match in [*re.finditer(bare, line), *re.finditer(told, line)]:
            value = next(group for group in match.groups() if group)
            if value not in AT_LEAST_TWO:
                risky.append(f"{source.path}:{n}: {match.group()}")
    return risky


def typed_k(source: Source) -> list[str]:
    notes = in_notes(source)
    return [
        f"{source.path}:{n}: {match.group()}"
        for n, line in source.prose
        for match in re.finditer(r"\$[^$]*\b[kKnd] *(?:=|\\approx|\\le|\\ge) *\d\d+[^$]*\$", line)
        if n not in notes
    ]


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_a_number_that_can_be_one_takes_its_noun_along(source: Source) -> None:
    """`number(n)` before "songs" reads "1 songs" one day; `count(n, "song")` does not."""
    assert not plurals_at_risk(source)


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_no_number_is_written_as_a_word(source: Source) -> None:
    things = "features|genres|clusters|components|songs"
    pattern = rf"(?i)\b(?:{NUMBER_WORDS})s?\b|\b(?:three|four) (?:\w+ )?(?:{things})\b"
    assert not found(source, pattern)


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_no_feature_is_named_that_the_study_may_not_look_at(source: Source) -> None:
    if source.path not in ABOUT_ALL_FEATURES:
        assert not found(source, rf"(?i)\b(?:{'|'.join(FEATURES)})\b")


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_no_genre_is_named_that_the_table_may_not_have(source: Source) -> None:
    names = "|".join((*GENRES, "hip-hop"))
    assert not found(source, rf"(?i)(?<![\w.])(?:{names})(?!\w)")


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_no_formula_has_the_number_of_clusters_typed(source: Source) -> None:
    assert not typed_k(source)


def test_these_checks_find_what_they_are_for() -> None:
    text = (
        "The best of `{python} number(study.n)` starts, `{python} study.n` songs,\n"
        'and `{python} count(n_negative, "song")` lie below zero.\n'
        "Tempo dominates all ten clusters of blues, where $k = 10$.\n"
    )
    bad = parse("x.qmd", text)
    assert len(plurals_at_risk(bad)) == 3
    assert found(bad, NUMBER_WORDS)
    assert found(bad, "Tempo")
    assert typed_k(bad)
    note = parse("x.qmd", f"::: {{.callout-note}}\n{text}:::\n")
    assert not found(note, "Tempo")
    assert not typed_k(note)


def test_everything_allowed_is_used() -> None:
    words = "\n".join(line for source in SOURCES for _, line in words_of(source))
    assert not [allowed for allowed in ALLOWED_WORDS if allowed not in words]
    code = "\n".join(INLINE.sub(r"\1", line) for source in SOURCES for _, line in source.prose)
    assert not [value for value in AT_LEAST_TWO if value not in code]
