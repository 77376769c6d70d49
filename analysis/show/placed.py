"""Where songs belong, in words and as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from analysis.findings.comparison.each_song import EachSong
from analysis.findings.comparison.placement import Placement
from analysis.numbers import listed, number, percent
from analysis.show.alone import filled
from analysis.show.explorer.page import alone

LIKELY = 0.01
"""Components with a smaller probability are not listed."""


def facts(one: Placement, n_clusters: int) -> list[tuple[str, str]]:
    """Return what is said of a song: of what, and the words."""
    likely = sorted(enumerate(one.probabilities), key=lambda pair: -pair[1])
    shares = [f"{component} ({percent(p)})" for component, p in likely if p >= LIKELY]
    nearest = [f"{n.track} ({n.genre}, {number(n.distance)})" for n in one.nearest]
    said = [
        (
            "cluster",
            f"{one.cluster} (of 0 to {n_clusters - 1}), {number(one.distance)} standard "
            f"deviations from its centre; {percent(one.farther)} of its songs lie farther",
        ),
        (
            "components",
            f"{listed(shares)}; entropy {number(one.entropy)} nats; the mixture finds "
            f"{percent(one.less_likely)} of the study's songs less likely",
        ),
        ("nearest", listed(nearest)),
    ]
    return said + [
        (
            "warning",
            f"{b.feature} is {b.value:g}, outside the range of the study's songs, "
            f"{b.low:g} to {b.high:g}: nothing was learnt there",
        )
        for b in one.beyond
    ]


def page(placed: Sequence[Placement], shown: Sequence[str], found: EachSong) -> str:
    """Return the page; text from the data is escaped, and scripts stand in it.

    Parameters
    ----------
    placed : sequence of Placement
    shown : sequence of str
        What the picture calls each of them; the first is picked when the page opens.
    found : EachSong
        With these songs among the others.

    Returns
    -------
    str
    """
    n_clusters = 1 + int(found.songs["cluster"].max())
    return filled(
        "placed.html",
        songs=[
            {"track": name, "facts": facts(one, n_clusters)}
            for one, name in zip(placed, shown, strict=True)
        ],
        picture=Markup(alone(found, shown[0])),  # noqa: S704  (escaped where it is made)
    )
