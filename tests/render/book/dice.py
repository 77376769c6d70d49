"""What the chapters of the tests' book compute."""

from fractions import Fraction


def mean(sides: int = 6) -> Fraction:
    """Return the mean of a fair die."""
    return Fraction(sides + 1, 2)


def ways(total: int, dice: int = 2, sides: int = 6) -> int:
    """Count the throws that add up to a total."""
    if dice == 0:
        return int(total == 0)
    return sum(ways(total - face, dice - 1, sides) for face in range(1, sides + 1))
