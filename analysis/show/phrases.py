"""Counts and shares as a sentence says them: "none of the nine criteria", "about nine tenths"."""

from __future__ import annotations

import math

from analysis.numbers import number

_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
_SHARES = {
    1 / 10: "a tenth",
    1 / 5: "a fifth",
    1 / 4: "a quarter",
    1 / 3: "a third",
    2 / 5: "two fifths",
    1 / 2: "half",
    3 / 5: "three fifths",
    2 / 3: "two thirds",
    3 / 4: "three quarters",
    4 / 5: "four fifths",
    9 / 10: "nine tenths",
}


def in_words(n: int) -> str:
    """Return a whole number in words up to twelve, zero as "no", and in digits beyond."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else number(int(n))


def ordinal(n: int) -> str:
    """Return "first" to "twelfth", and "13th" and so on beyond; of 1, 2, 3, ..."""
    if 1 <= n <= len(_ORDINALS):
        return _ORDINALS[n - 1]
    end = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{number(int(n))}{end}"


def things(n: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun: "no song", "one song", "nine criteria", "1,000 songs"."""
    return f"{in_words(n)} {one if n in (0, 1) else many or one + 's'}"


def of_all(n: int, total: int, one: str, many: str | None = None) -> str:
    """Say how many of all: "none of the nine criteria", "both criteria", "all nine criteria".

    Raises
    ------
    ValueError
        If `n` is negative or more than `total`.
    """
    if not 0 <= n <= total:
        raise ValueError(f"n is {n}, and should be from 0 to {total}")
    many = many or one + "s"
    if total == 1:
        return f"the one {one}" if n else f"not the one {one}"
    if n == total:
        return f"both {many}" if total == 2 else f"all {in_words(total)} {many}"
    some = "neither" if (n, total) == (0, 2) else "none" if n == 0 else in_words(n)
    return f"{some} of the {in_words(total)} {many}"


def verb(n: int, one: str, many: str) -> str:
    """Return the verb's form that goes with a count: "picks" for one or none, "pick" for more."""
    return one if n in (0, 1) else many


def roughly(share: float) -> str:
    """Say a share in words: "about nine tenths", "fewer than one in a hundred", "all", "none".

    Raises
    ------
    ValueError
        If it is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share is {share}, and should be from 0 to 1")
    if share in (0, 1):
        return "all" if share else "none"
    if share < 0.01:
        return "fewer than one in a hundred"
    if share < 0.075:
        return f"about one in {in_words(round(1 / share))}"
    if share > 0.95:
        return "nearly all"
    nearest = min(_SHARES, key=lambda known: abs(math.log(known / share)))
    return f"about {_SHARES[nearest]}"


def capital(text: str) -> str:
    """Return words with a capital at their beginning, for the start of a sentence."""
    return text[:1].upper() + text[1:]
