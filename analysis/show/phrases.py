"""Counts as a sentence says them: "none of the nine criteria", "both criteria"."""

from __future__ import annotations

from analysis.numbers import number

_WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


def in_words(n: int) -> str:
    """Return a whole number in words up to twelve, zero as "no", and in digits beyond."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else number(int(n))


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


def capital(text: str) -> str:
    """Return words with a capital at their beginning, for the start of a sentence."""
    return text[:1].upper() + text[1:]
