"""analysis.show.sentences: numbers as sentences have them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.book import Book
from analysis.findings.data import description
from analysis.methods.resampling import Interval
from analysis.show import sentences
from analysis.songs.table import UNREADABLE_TRACK, Dataset, select


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1000, None, "1,000"),
        (np.int64(1000), 0, "1,000"),
        (1234.567, None, "1,234.57"),
        (-18.361, 2, "−18.36"),
        (-0.001, 2, "0.00"),
        (-0.005001, 2, "−0.01"),
        (0.0, 0, "0"),
        (12, 1, "12.0"),
        (math.nan, 2, "–"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
    ],
)
def test_number(value: float, digits: int | None, text: str) -> None:
    assert sentences.number(value, digits) == text


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_number_can_be_read_back(value: float, digits: int) -> None:
    text = sentences.number(value, digits)
    assert "-" not in text
    assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(
        value, abs=0.5001 * 10.0**-digits + 1e-15 * abs(value)
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.2e-16, "3 × 10⁻¹⁶"), (-4e12, "−4 × 10¹²"), (0.0, "0"), (math.nan, "–")],
)
def test_small(value: float, text: str) -> None:
    assert sentences.small(value) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.25, 0, "25%"),
        (1.0, 0, "100%"),
        (0.0, 0, "0%"),
        (0.9999, 0, ">99%"),
        (0.9999, 1, ">99.9%"),
        (0.0001, 0, "<1%"),
        (0.00001, 2, "<0.01%"),
        (-0.12, 0, "−12%"),
        (12.5, 0, "1,250%"),
        (math.nan, 0, "–"),
    ],
)
def test_percent(share: float, digits: int, text: str) -> None:
    assert sentences.percent(share, digits) == text


def test_a_share_that_is_all_but_for_rounding() -> None:
    assert sentences.percent(1 - 1e-15) == "100%"
    assert sentences.percent(1e-15) == "0%"


def test_count() -> None:
    assert sentences.count(1, "song") == "1 song"
    assert sentences.count(1000, "song") == "1,000 songs"
    assert sentences.count(0, "axis", "axes") == "0 axes"
    assert sentences.count(np.int64(2), "axis", "axes") == "2 axes"


def test_interval() -> None:
    assert sentences.interval(Interval(-0.5, -0.61, -0.4), 1) == "−0.5 (−0.6 to −0.4)"


@pytest.mark.parametrize(
    ("names", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_listed(names: tuple[str, ...], text: str) -> None:
    assert sentences.listed(names) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([6, 8, 7], "6 to 8 songs"),
        ([6, 6], "6 songs"),
        ([1], "1 song"),
        ([1000, 2], "2 to 1,000 songs"),
    ],
)
def test_counts(numbers: list[int], text: str) -> None:
    assert sentences.counts(numbers, "song") == text
    assert sentences.counts(np.array(numbers), "song") == text
    with pytest.raises(ValueError, match="at least one"):
        sentences.counts([], "song")


def test_chance_of_a_cluster(songs: pd.DataFrame) -> None:
    summary = description.summarise(Dataset(songs, "ours"))
    assert summary.n_genres == 4
    assert sentences.chance_of_a_cluster(4, summary).startswith("each genre can")
    assert sentences.chance_of_a_cluster(3, summary).startswith("some genres will")


def test_label() -> None:
    assert sentences.label("tempo") == "tempo"
    assert sentences.title("tempo") == "Tempo"
    assert sentences.label("mood") == "mood"


@pytest.mark.parametrize("row", range(12))
def test_unreadable(songs: pd.DataFrame, row: int) -> None:
    songs.loc[row, "track"] = UNREADABLE_TRACK
    text = sentences.unreadable(description.look_at_unreadable(Dataset(songs, "ours")))
    assert f"under {songs.loc[row, 'genre']}: tempo " in text
    assert " BPM, energy " in text
    assert " dBFS, valence " in text
    said = float(text.split("more than ")[1].split()[0])
    found = description.look_at_unreadable(Dataset(songs, "ours"))
    assert said - 0.1 < found.largest_deviation <= said
    gone = sentences.unreadable(description.look_at_unreadable(select(songs, "as-published")))
    assert gone.endswith("no such song.")


def test_recoded_feature_set(songs: pd.DataFrame) -> None:
    said = sentences.feature_set(description.summarise(select(songs, "recoded")))
    assert said.endswith(
        "log tempo, log level swing, loudness, log valence and log zero-crossing rate."
    )
    assert sentences.told(True, "yes", "no") == "yes"
    assert sentences.told(False, "yes", "no") == "no"


def test_feature_set(songs: pd.DataFrame) -> None:
    songs.loc[3, "track"] = UNREADABLE_TRACK
    ours = sentences.feature_set(description.summarise(select(songs, "ours")))
    theirs = sentences.feature_set(description.summarise(select(songs, "as-published")))
    assert ours == "The study looks at all of them, as they stand in the table."
    assert theirs == (
        "The study looks at all of them, as the source notebooks had them "
        "(with loudness as a copy of energy and without jazz.00054)."
    )


@pytest.mark.parametrize(
    ("names", "columns", "text"),
    [
        (
            ("tempo", "energy", "valence"),
            "ours",
            "tempo, energy and valence, as they stand in the table, "
            "and not at loudness and danceability.",
        ),
        (
            ("tempo", "energy", "valence"),
            "as-published",
            "tempo, energy and valence, as the source notebooks had them, "
            "and not at loudness and danceability.",
        ),
        (
            ("tempo", "loudness", "valence", "danceability"),
            "as-published",
            "tempo, loudness, valence and danceability, as the source notebooks had them "
            "(with energy in the column of loudness), and not at energy.",
        ),
    ],
)
def test_some_features(
    songs: pd.DataFrame, names: tuple[str, ...], columns: str, text: str
) -> None:
    said = sentences.feature_set(description.summarise(select(songs, columns).looking_at(names)))
    assert said == f"The study looks at {text}"


def test_units(dataset: Dataset) -> None:
    assert sentences.units(dataset) == "beats a minute, decibels and plain numbers"
    assert sentences.units(dataset.looking_at(("energy", "valence"))) == "plain numbers"


def test_rounds(gtzan: Book) -> None:
    run = gtzan.lloyd_trace
    assert sentences.rounds(run) == f"{run.n_iter} rounds, in the last of which nothing changed"
    moved = run.labels_changed + 1
    cut = dataclasses.replace(run, labels_changed=moved)
    assert sentences.rounds(cut) == f"{run.n_iter} rounds, the most it was allowed"


def test_ways_to_start() -> None:
    assert sentences.way_to_start("random") == "random songs"
    assert sentences.way_to_start("k-means++") == "k-means++"


def test_some() -> None:
    assert sentences.some([]) == sentences.some([None]) == "none"
    assert sentences.some([3]) == "3"
    assert sentences.some([3, None, 5, 14]) == "3, 5 and 14"


def test_run_of() -> None:
    assert sentences.run_of([]) == "none"
    assert sentences.run_of([6, 6]) == "6"
    assert sentences.run_of((7, 6, 1_000)) == "6 to 1,000"


def test_names_of_criteria_and_indices(gtzan: Book) -> None:
    for pick in gtzan.picks.picks:
        assert sentences.criterion(pick.criterion) != pick.criterion
    for index in gtzan.kmeans_genres.indices.index:
        assert sentences.genre_index(index) != index


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (289_210, "289 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (50_000_000, "50 MB"),
        (2_500_000_000, "2,500 MB"),
    ],
)
def test_file_size(n_bytes: int, text: str) -> None:
    assert sentences.file_size(n_bytes) == text.replace(" ", "\u00a0")


def test_a_spread_reads_like_an_interval() -> None:
    from analysis.methods.resampling import Spread

    assert sentences.spread(Spread(0.512, -0.38, 0.7)) == "0.51 (−0.38 to 0.70)"
    assert sentences.spread(Spread(0.5, 0.4, float("nan")), 1) == "0.5 (0.4 to –)"


def test_names_that_results_go_by() -> None:
    assert [sentences.method(name) for name in ("kmeans", "mixture", "neither")] == [
        "K-Means",
        "the mixture",
        "neither",
    ]
    assert sentences.score("vi") == "Variation of information"
    assert sentences.change("songs").startswith("resampled songs")
    assert sentences.classifier("forest") == "Random forest"
    assert sentences.score("else") == sentences.method("else") == sentences.change("else") == "else"


def test_tiny() -> None:
    assert sentences.tiny(0.25) == "0.2500"
    assert sentences.tiny(0.00021) == "2 × 10⁻⁴"
    assert sentences.tiny(0.0) == "0"


def test_percents() -> None:
    assert sentences.percents([0.5, 0.9, 0.99]) == "50%, 90% and 99%"
    assert sentences.percents([0.1234], 1) == "12.3%"


def test_rounds_of_em(gtzan: Book) -> None:
    run = gtzan.em_trace
    assert sentences.em_rounds(run) == f"{run.n_iter} rounds, until its tolerance ended it"
    cut = dataclasses.replace(run, converged=False)
    assert sentences.em_rounds(cut).endswith("the most it was allowed")


def test_the_variance_of_agreement(gtzan: Book) -> None:
    limit = gtzan.em_limit
    at = sentences.tiny(limit.same_from)
    assert sentences.variance_of_agreement(limit).startswith(f"from σ² = {at} on down, every song")
    none = dataclasses.replace(limit, frame=limit.frame.assign(same=0.25))
    assert "25.0% of the songs end" in sentences.variance_of_agreement(none)


def test_the_product_of_densities(gtzan: Book) -> None:
    assert sentences.product_of_densities(gtzan.em_underflow) == "0"
    assert sentences.product_of_densities(gtzan.as_published.em_underflow) == "∞"
    some = dataclasses.replace(gtzan.em_underflow, product=2e-30)
    assert sentences.product_of_densities(some) == "2 × 10⁻³⁰"


def test_types_of_covariance() -> None:
    assert sentences.covariance_type("diag") == "diagonal"
    assert sentences.covariance_type("tied") == "tied"


@given(st.integers(-30, 30))
def test_powers_of_ten(exponent: int) -> None:
    found = sentences.power_of_ten(10.0**exponent)
    assert found.startswith("10")
    assert found[2:] == str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
