"""analysis.show.phrases: counts and shares as a sentence says them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from analysis.show.phrases import capital, in_words, of_all, ordinal, roughly, things, verb


def test_counts_are_words_up_to_twelve() -> None:
    assert [in_words(n) for n in (0, 1, 12, 13, 1_000)] == ["no", "one", "twelve", "13", "1,000"]
    assert [ordinal(n) for n in (1, 12, 13, 21, 22, 103, 111)] == [
        *("first", "twelfth", "13th", "21st", "22nd", "103rd", "111th")
    ]
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


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "none"),
        (0.004, "fewer than one in a hundred"),
        (0.05, "about one in 20"),
        (0.26, "about a quarter"),
        (0.5, "about half"),
        (0.89, "about nine tenths"),
        (0.99, "nearly all"),
        (1, "all"),
    ],
)
def test_shares_in_words(share: float, said: str) -> None:
    assert roughly(share) == said


WORTH = {
    "a tenth": 1 / 10,
    "a fifth": 1 / 5,
    "a quarter": 1 / 4,
    "a third": 1 / 3,
    "two fifths": 2 / 5,
    "half": 1 / 2,
    "three fifths": 3 / 5,
    "two thirds": 2 / 3,
    "three quarters": 3 / 4,
    "four fifths": 4 / 5,
    "nine tenths": 9 / 10,
}


@given(st.floats(0.075, 0.95))
def test_what_is_said_of_a_share_is_near_it(share: float) -> None:
    assert WORTH[roughly(share).removeprefix("about ")] == pytest.approx(share, rel=0.4, abs=0.06)


def test_a_share_is_from_0_to_1() -> None:
    with pytest.raises(ValueError, match=r"the share is 1.1, and should be from 0 to 1"):
        roughly(1.1)


def test_capital() -> None:
    assert capital("none of the nine") == "None of the nine"
    assert capital("") == ""
