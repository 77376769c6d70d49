"""analysis.numbers: numbers as sentences have them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from analysis import numbers


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
    assert numbers.number(value, digits) == text


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_number_can_be_read_back(value: float, digits: int) -> None:
    text = numbers.number(value, digits)
    assert "-" not in text
    assert float(text.replace("−", "-").replace(",", "")) == pytest.approx(
        value, abs=0.5001 * 10.0**-digits + 1e-15 * abs(value)
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.2e-16, "3 × 10⁻¹⁶"), (-4e12, "−4 × 10¹²"), (0.0, "0"), (math.nan, "–")],
)
def test_small(value: float, text: str) -> None:
    assert numbers.small(value) == text


def test_signed() -> None:
    assert [numbers.signed(value, 1) for value in (1.49, -1.51, 0.0)] == ["+1.5", "−1.5", "0.0"]


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
    assert numbers.percent(share, digits) == text


def test_a_share_that_is_all_but_for_rounding() -> None:
    assert numbers.percent(1 - 1e-15) == "100%"
    assert numbers.percent(1e-15) == "0%"


def test_count() -> None:
    assert numbers.count(1, "song") == "1 song"
    assert numbers.count(1000, "song") == "1,000 songs"
    assert numbers.count(0, "axis", "axes") == "0 axes"
    assert numbers.count(np.int64(2), "axis", "axes") == "2 axes"


@pytest.mark.parametrize(
    ("names", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_listed(names: tuple[str, ...], text: str) -> None:
    assert numbers.listed(names) == text


@pytest.mark.parametrize(
    ("there", "text"),
    [
        ([6, 8, 7], "6 to 8 songs"),
        ([6, 6], "6 songs"),
        ([1], "1 song"),
        ([1000, 2], "2 to 1,000 songs"),
    ],
)
def test_counts(there: list[int], text: str) -> None:
    assert numbers.counts(there, "song") == text
    assert numbers.counts(np.array(there), "song") == text
    with pytest.raises(ValueError, match="at least one"):
        numbers.counts([], "song")


def test_some() -> None:
    assert numbers.some([]) == numbers.some([None]) == "none"
    assert numbers.some([3]) == "3"
    assert numbers.some([3, None, 5, 14]) == "3, 5 and 14"


def test_run_of() -> None:
    assert numbers.run_of([]) == "none"
    assert numbers.run_of([6, 6]) == "6"
    assert numbers.run_of((7, 6, 1_000)) == "6 to 1,000"


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
        (2_500_000_000, "2.5 GB"),
        (48 * 10**12, "48 TB"),
        (2_500 * 10**12, "2,500 TB"),
    ],
)
def test_file_size(n_bytes: int, text: str) -> None:
    assert numbers.file_size(n_bytes) == text


def test_tiny() -> None:
    assert numbers.tiny(0.25) == "0.2500"
    assert numbers.tiny(0.00021) == "2 × 10⁻⁴"
    assert numbers.tiny(0.0) == "0"


def test_percents() -> None:
    assert numbers.percents([0.5, 0.9, 0.99]) == "50%, 90% and 99%"
    assert numbers.percents([0.1234], 1) == "12.3%"


@given(st.integers(-30, 30))
def test_powers_of_ten(exponent: int) -> None:
    found = numbers.power_of_ten(10.0**exponent)
    assert found.startswith("10")
    assert found[2:] == str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
