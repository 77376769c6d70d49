"""Numbers in words, for sentences and for cells of tables."""

from __future__ import annotations

import math
from collections.abc import Iterable

MINUS = "−"
"""The sign of a negative number."""
NOTHING = "–"
"""Stands for a number that there is not."""
ROUNDING = 1e-12
"""A share this close to 0 or 1 differs from it by the rounding of floating-point numbers."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int | None = None) -> str:
    """Return a number with thousands separators and a true minus sign.

    Parameters
    ----------
    value : float or int
    digits : int, optional
        Decimal places; by default 0 for an integer and 2 for others.

    Returns
    -------
    str
        "1,000", "−18.36"; "–" for NaN, "∞" for infinity.
    """
    if isinstance(value, int) and digits is None:
        digits = 0
    value = float(value)
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{abs(value):,.{2 if digits is None else digits}f}"
    negative = value < 0 and any(digit in text for digit in "123456789")
    return f"{MINUS}{text}" if negative else text


def signed(value: float, digits: int) -> str:
    """Return a number with its sign: "+1.5", "−1.5"; zero has none."""
    text = number(value, digits)
    return f"+{text}" if value > 0 else text


def small(value: float, digits: int = 0) -> str:
    """Return a number as a power of ten, such as "4 × 10⁻¹⁶", and zero as "0"."""
    if value == 0 or not math.isfinite(value):
        return number(value, 0)
    mantissa, exponent = f"{abs(value):.{digits}e}".split("e")
    sign = MINUS if value < 0 else ""
    return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def tiny(value: float) -> str:
    """Return a number with four digits, or as a power of ten if it is less than 0.001."""
    return number(value, 4) if abs(value) >= 1e-3 else small(value)


def percents(shares: Iterable[float], digits: int = 0) -> str:
    """Return shares as a sentence lists them: "50%, 90% and 99%"."""
    return listed(percent(share, digits) for share in shares)


def power_of_ten(value: float) -> str:
    """Return a power of ten as such: "10⁻⁶"."""
    return f"10{str(round(math.log10(value))).translate(_SUPERSCRIPT)}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage: 0.25 is "25%".

    But for the rounding of floating-point numbers, a share that is neither 0 nor 1 is not shown
    as 0% or 100%, but as "<1%" or ">99%".
    """
    if math.isnan(share):
        return NOTHING
    if abs(share - round(share)) < ROUNDING:
        share = round(share)
    text = number(100 * share, digits)
    step = 10.0**-digits
    if share > 0 and float(text.replace(",", "").replace(MINUS, "-")) == 0:
        return f"<{number(step, digits)}%"
    if share < 1 and float(text.replace(",", "").replace(MINUS, "-")) == 100:
        return f">{number(100 - step, digits)}%"
    return f"{text}%"


def probability(p: float, digits: int = 3) -> str:
    """Return a probability: "0.250"; one that is neither 0 nor 1 is not shown as such."""
    if 0 < p < 10.0**-digits / 2:
        return f"<{number(10.0**-digits, digits)}"
    if 1 - 10.0**-digits / 2 < p < 1:
        return f">{number(1 - 10.0**-digits, digits)}"
    return number(p, digits)


def span(low: float, high: float, digits: int | None = None) -> str:
    """Return a range: "1.2 to 3.4", and one number if both ends read alike."""
    ends = [number(low, digits), number(high, digits)]
    return " to ".join(ends) if ends[0] != ends[1] else ends[0]


def yes(fact: bool) -> str:
    """Return "yes" or "no"."""
    return "yes" if fact else "no"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number of things: "1 song", "1,000 songs", "3 axes" for ``(3, "axis", "axes")``."""
    return f"{number(int(n))} {one if n == 1 else many or one + 's'}"


def counts(numbers: Iterable[int], one: str, many: str | None = None) -> str:
    """Return from how many to how many things there are: "6 to 8 songs", and "1 song" if all are.

    Raises
    ------
    ValueError
        If there are no numbers.
    """
    there = sorted(int(n) for n in numbers)
    if not there:
        raise ValueError("there should be at least one number")
    low, high = there[0], there[-1]
    return count(high, one, many) if low == high else f"{number(low)} to {count(high, one, many)}"


def file_size(n_bytes: int) -> str:
    """Return a number of bytes as "719 B", "5.2 kB" or "48 TB"; a kB has 1,000 bytes."""
    if n_bytes < 1_000:
        return f"{n_bytes} B"
    units = ["kB", "MB", "GB", "TB"]
    size = n_bytes / 1_000
    while size >= 999.5 and len(units) > 1:
        size /= 1_000
        del units[0]
    return f"{number(size, 1 if size < 9.95 else 0)} {units[0]}"


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: "a", "a and b", "a, b and c"."""
    parts = [str(name) for name in names]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def some(things: Iterable[object]) -> str:
    """Return things as a sentence lists them, and "none" if there are none but None."""
    return listed(str(thing) for thing in things if thing is not None) or "none"


def run_of(numbers: Iterable[int]) -> str:
    """Return the range of whole numbers: "4", "4 to 6", and "none" if there are none."""
    there = sorted(numbers)
    if not there:
        return "none"
    low, high = number(there[0]), number(there[-1])
    return low if low == high else f"{low} to {high}"
