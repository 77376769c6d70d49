"""A run of Lloyd's algorithm in a plane, to be moved through round by round."""

from __future__ import annotations

from analysis.findings.kmeans.plane import PlaneRound, PlaneRun
from analysis.numbers import count, number
from analysis.show.figures.steps import (
    MOST_ROUNDS,
    Points,
    Steps,
    dots,
    marks_style,
    numbers,
    picture,
    to_view,
)
from analysis.show.figures.style import INK

NAME = "lloyd"
"""Of the picture on its page."""
MOVED = "#b3003b"
"""The colour of a song that has just changed its cluster."""
ALT = (
    "The songs as dots in a plane, over coloured cells with straight borders, one for each "
    "centre; a numbered disc marks each centre, with a line from where it was before."
)
"""What stands for the picture where it is not seen."""


def lloyd_steps(run: PlaneRun) -> Steps:
    """Return a run in the plane to be moved through, round by round."""
    rounds = run.chosen(MOST_ROUNDS)
    return Steps(
        name=NAME,
        label="Rounds of Lloyd's algorithm",
        text=f"{count(run.n_iter, 'round')} of Lloyd's algorithm",
        sentences=(_start_sentence(run), *(_sentence(run, r) for r in rounds)),
        view=_picture(run, rounds),
    )


def _start_sentence(run: PlaneRun) -> str:
    songs = count(run.n_clusters, "song")
    return f"The start: {songs}, drawn at random, as centres, and the cells they make."


def _sentence(run: PlaneRun, round_: PlaneRound) -> str:
    if round_.iteration == 1:
        moved = "every song joins its nearest centre"
    elif len(round_.moved):
        moved = f"{count(len(round_.moved), 'song')} in a new cluster"
    else:
        moved = "no song changes its cluster"
    last = ", and the run ends" if round_ is run.rounds[-1] else ""
    return f"Round {round_.iteration}: {moved}; J = {number(round_.inertia, 1)}{last}."


def _picture(run: PlaneRun, rounds: tuple[PlaneRound, ...]) -> str:
    at = to_view(run.box)
    cells = [
        f'<g class="f{" f0" if i == 1 else ""} f{i}">'
        f"{''.join(_cell(j, at(cell)) for j, cell in enumerate(r.cells))}</g>"
        for i, r in enumerate(rounds, start=1)
    ]
    marks = [f'<g class="f f0">{numbers(at(run.start))}</g>']
    marks += [
        f'<g class="f f{i}">{dots(at(run.scores[r.moved]), "m")}'
        f"{_paths(at(r.before), at(r.after))}{numbers(at(r.after))}</g>"
        for i, r in enumerate(rounds, start=1)
    ]
    style = (
        f"{marks_style(NAME, run.n_clusters)}"
        f".{NAME} .cell{{fill-opacity:.28;stroke:#fff;stroke-width:2.5}}"
        f".{NAME} .s{{stroke:{INK};stroke-width:3.2;stroke-opacity:.5}}"
        f".{NAME} .m{{stroke:{MOVED};stroke-width:5.5}}"
        f".{NAME} .p{{stroke:{INK};stroke-width:2;fill:none}}"
    )
    content = f"{''.join(cells)}{dots(at(run.scores), 's')}{''.join(marks)}"
    return picture(run.box, ALT, style, content)


def _cell(i: int, corners: Points) -> str:
    if not len(corners):
        return ""
    points = "L".join(f"{x} {y}" for x, y in corners)
    return f'<path class="cell c{i}" d="M{points}Z"/>'


def _paths(before: Points, after: Points) -> str:
    lines = "".join(
        f"M{a} {b}L{c} {d}"
        for (a, b), (c, d) in zip(before, after, strict=True)
        if (a, b) != (c, d)
    )
    return f'<path class="p" d="{lines}"/>' if lines else ""
