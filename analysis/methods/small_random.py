"""A generator of random numbers so small that a page can have it too.

mulberry32: 32 bits of state, a fixed step and a mixing of bits; good enough to draw a start with.
"""

from typing import Any

import numpy as np

_STEP = 0x6D2B79F5
_ALL = 0xFFFFFFFF


class SmallRandom(np.random.RandomState):
    """Draws of mulberry32, for whatever takes a ``random_state`` and asks for these two methods.

    Parameters
    ----------
    seed : int
        Its lowest 32 bits count.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(0)
        self._state = seed & _ALL

    def _next(self) -> float:
        self._state = state = (self._state + _STEP) & _ALL
        bits = (state ^ state >> 15) * (state | 1) & _ALL
        bits ^= bits + ((bits ^ bits >> 7) * (bits | 61) & _ALL) & _ALL
        return (bits ^ bits >> 14) / 2**32

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = 1) -> Any:
        """Draw `size` numbers from `low` up to but not `high`."""
        return np.array([low + (high - low) * self._next() for _ in range(size)])

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        """Draw one of the whole numbers below `a`, or `size` different ones; all are as likely."""
        left = np.arange(a)
        for place in range(1 if size is None else size):
            other = place + int(self._next() * (a - place))
            left[[place, other]] = left[[other, place]]
        return left[0] if size is None else left[:size]
