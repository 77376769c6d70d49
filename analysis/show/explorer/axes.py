"""What a picture of the songs can show along an axis, and what it is called there."""

from __future__ import annotations

import dataclasses

from analysis.findings.comparison.each_song import EachSong
from analysis.numbers import percent


@dataclasses.dataclass(frozen=True)
class Axis:
    """What one direction of the picture can show.

    Attributes
    ----------
    key : str
        A column of the songs' coordinates.
    label : str
        What it is called, with its unit.
    digits : int
        Decimal places worth showing.
    """

    key: str
    label: str
    digits: int


def axes_of(found: EachSong) -> tuple[Axis, ...]:
    """Return the axes, in the order of the columns of ``found.coordinates``."""
    known = [
        *((f.name, f.axis_label, f.digits) for f in found.features),
        *((f.name, f"Recoded: {f.title.lower()}", f.digits) for f in found.recoded),
        *(
            (f"axis {i}", f"Principal axis {i}, {percent(share, 1)} of the variance", 2)
            for i, share in enumerate(found.shares, start=1)
        ),
    ]
    return tuple(Axis(*axis) for axis in known)
