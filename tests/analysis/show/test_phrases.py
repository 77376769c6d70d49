"""analysis.show.phrases: counts and shares as a sentence says them."""

from __future__ import annotations

import pytest

from analysis.show.phrases import capital, in_words, of_all, things, verb


def test_counts_are_words_up_to_twelve() -> None:
    assert [in_words(n) for n in (0, 1, 12, 13, 1_000)] == ["no", "one", "twelve", "13", "1,000"]
    assert things(0, "song") == "no song"
    assert things(1, "criterion", "criteria") == "one criterion"
    assert things(9, "criterion", "criteria") == "nine criteria"


@pytest.mark.parametrize(
    ("n", "total", "said"),
    [
        (0, 9, "none of the nine criteria"),
        (1, 9, "one of the nine criteria"),
        (8, 9, "eight of the nine criteria"),
        (9, 9, "all nine criteria"),
        (0, 2, "neither of the two criteria"),
        (2, 2, "both criteria"),
        (1, 1, "the one criterion"),
        (0, 1, "not the one criterion"),
        (0, 20, "none of the 20 criteria"),
    ],
)
def test_of_all(n: int, total: int, said: str) -> None:
    assert of_all(n, total, "criterion", "criteria") == said


def test_more_than_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="n is 3, and should be from 0 to 2"):
        of_all(3, 2, "song")


def test_a_verb_goes_with_its_count() -> None:
    assert [verb(n, "picks", "pick") for n in (0, 1, 2)] == ["picks", "picks", "pick"]


def test_capital() -> None:
    assert capital("none of the nine") == "None of the nine"
    assert capital("") == ""
