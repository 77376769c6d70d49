"""What both estimators ask of numbers."""

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e100
"""Larger values are refused: their squares, summed and divided by small variances, overflow."""


def check_magnitude(X: NDArray[np.float64], name: str = "X") -> None:
    """Refuse finite values whose squares could overflow.

    Parameters
    ----------
    X : ndarray
    name : str
        How the message calls it.

    Raises
    ------
    ValueError
        If a value is larger than :data:`LARGEST`, in either direction.
    """
    largest = np.abs(X).max(initial=0.0)
    if largest > LARGEST:
        raise ValueError(
            f"{name} has values up to {largest:.3g}, too large to be squared; they should lie "
            f"between -{LARGEST:g} and {LARGEST:g}: scale the data."
        )
