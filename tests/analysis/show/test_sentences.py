"""analysis.show.sentences: results as sentences have them."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from analysis import numbers
from analysis.book import Book
from analysis.findings.comparison import cost
from analysis.findings.data import description
from analysis.methods.resampling import Interval, Spread
from analysis.methods.selection import Gap
from analysis.show import sentences
from analysis.songs.table import UNREADABLE_TRACK, Dataset, select


def test_interval() -> None:
    assert sentences.interval(Interval(-0.5, -0.61, -0.4), 1) == "−0.5 (−0.6 to −0.4)"


def test_chance_of_a_cluster(songs: pd.DataFrame) -> None:
    summary = description.summarise(Dataset(songs, "ours"))
    assert summary.n_genres == 4
    assert sentences.chance_of_a_cluster(4, summary).startswith("each genre can")
    assert sentences.chance_of_a_cluster(3, summary).startswith("some genres will")


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


def test_a_spread_reads_like_an_interval() -> None:
    from analysis.methods.resampling import Spread

    assert sentences.spread(Spread(0.512, -0.38, 0.7)) == "0.51 (−0.38 to 0.70)"
    assert sentences.spread(Spread(0.5, 0.4, float("nan")), 1) == "0.5 (0.4 to –)"


def test_the_variance_of_agreement(gtzan: Book) -> None:
    limit = gtzan.em_limit
    at = numbers.tiny(limit.same_from)
    assert sentences.variance_of_agreement(limit).startswith(f"from σ² = {at} on down, every song")
    none = dataclasses.replace(limit, frame=limit.frame.assign(same=0.25))
    assert "25.0% of the songs end" in sentences.variance_of_agreement(none)


def test_the_product_of_densities(gtzan: Book) -> None:
    assert sentences.product_of_densities(gtzan.em_underflow) == "0"
    assert sentences.product_of_densities(gtzan.as_published.em_underflow) == "∞"
    some = dataclasses.replace(gtzan.em_underflow, product=2e-30)
    assert sentences.product_of_densities(some) == "2 × 10⁻³⁰"


def test_a_mean_share_with_its_range() -> None:
    assert sentences.share_spread(Spread(0.274, 0.1, 0.4)) == "27% (10% to 40%)"
    assert sentences.share_spread(Spread(0.2745, 0.1, 0.4), 1) == "27.5% (10.0% to 40.0%)"


def test_answers_of_the_gap_rule() -> None:
    redrawn = pd.DataFrame({"chosen": [7] * 60 + [0] * 36 + [9] * 4, "at_largest": 20})
    gap = Gap("box", pd.DataFrame(), 7, 20, redrawn)
    assert sentences.gap_answers(gap) == "7 in 60% and none in 36%"
    assert not gap.is_firm("chosen")
    assert gap.is_firm("at_largest")


def test_the_machine_is_described_by_its_kind() -> None:
    found = dataclasses.replace(
        cost.read(),
        machine={
            "processor": "Some (R) Processor",
            "cores": 2,
            "python": "3.12.1",
            "libraries": {"numpy": "2.4", "scipy": "1.17"},
        },
    )
    said = sentences.measuring_machine(found)
    assert said == "2 cores (Some (R) Processor), Python 3.12.1, numpy 2.4 and scipy 1.17"
