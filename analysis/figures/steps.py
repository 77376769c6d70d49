"""A run of Lloyd's algorithm that a reader of the website moves through.

The picture needs no script: a group of radio buttons, one a round, decides by CSS which round is
shown. The arrow keys move through the group, as in any; a button on either side of the sentence
below the picture does the same. Nothing moves by itself.
"""

from __future__ import annotations

import dataclasses
from html import escape

import numpy as np
from numpy.typing import NDArray

from analysis.figures.style import INK, PALETTE
from analysis.plane import PlaneRun, Round
from analysis.wording import count, number

VIEW = 640
"""Width of the picture in its own units."""

MOST_ROUNDS = 24
"""Most rounds that can be chosen; of a longer run the last ones are at growing distances."""

MOVED = "#b3003b"

_STYLE = """
.lloyd{display:grid;margin:0}
.lloyd-view{grid-area:1/1/2/-1;width:100%;height:auto;max-height:82vh;background:#fff}
.lloyd>input{grid-row:2;appearance:none;-webkit-appearance:none;width:100%;min-width:0;height:1.75rem;
margin:.4rem 0 0;padding:0;border:0;border-radius:0;cursor:pointer;color:inherit;
background:linear-gradient(currentColor,currentColor) 50% 50%/1px 30% no-repeat,
linear-gradient(currentColor,currentColor) 50% 50%/100% 2px no-repeat;opacity:.55}
.lloyd>input:checked{opacity:1;position:relative;z-index:1}
.lloyd>input:checked::before{content:"";position:absolute;left:50%;top:50%;width:.95rem;
height:.95rem;margin:-.475rem 0 0 -.475rem;border-radius:50%;background:currentColor}
.lloyd>input:hover{opacity:1}
.lloyd>input:focus-visible{outline:3px solid currentColor;outline-offset:1px}
.lloyd-says{grid-area:3/1/4/-1;font-size:.92em;line-height:1.4}
.lloyd .f{display:none}
.lloyd-says>.f{align-items:center;justify-content:space-between;gap:.75rem;min-height:3.4rem}
.lloyd-says p{margin:0;text-align:center;flex:1}
.lloyd-says label,.lloyd-says i{flex:0 0 auto;min-width:3.2rem;padding:.35rem .6rem;
text-align:center;font-style:normal}
.lloyd-says label{border:1px solid currentColor;border-radius:.3rem;cursor:pointer}
.lloyd-says i{visibility:hidden}
@media (forced-colors:active){.lloyd>input{appearance:auto;-webkit-appearance:auto}}
@media print{.lloyd>input,.lloyd-says label{display:none}}
""".replace("\n", "")


@dataclasses.dataclass(frozen=True)
class Steps:
    """Rounds of a run in the plane; a notebook shows it as HTML."""

    run: PlaneRun

    def _repr_html_(self) -> str:
        rounds = self.run.chosen(MOST_ROUNDS)
        sentences = [_start_sentence(self.run), *(_sentence(self.run, r) for r in rounds)]
        return "".join(
            [
                '<div class="lloyd" role="radiogroup" aria-label="Rounds of Lloyd\'s algorithm"',
                " data-pagefind-ignore>",
                f"<style>{_STYLE}{_shown_rules(len(sentences))}</style>",
                *map(_radio, range(len(sentences))),
                _picture(self.run, rounds),
                '<div class="lloyd-says">',
                *(_says(i, sentence, len(sentences)) for i, sentence in enumerate(sentences)),
                "</div></div>",
            ]
        )

    def __repr__(self) -> str:
        return f"{count(self.run.n_iter, 'round')} of Lloyd's algorithm"


def lloyd_steps(run: PlaneRun) -> Steps:
    """Return a run in the plane to be moved through, round by round."""
    return Steps(run)


def _start_sentence(run: PlaneRun) -> str:
    songs = count(run.n_clusters, "song")
    return f"The start: {songs}, drawn at random, as centres, and the cells they make."


def _sentence(run: PlaneRun, round_: Round) -> str:
    if round_.iteration == 1:
        moved = "every song joins its nearest centre"
    elif len(round_.moved):
        moved = f"{count(len(round_.moved), 'song')} in a new cluster"
    else:
        moved = "no song changes its cluster"
    last = ", and the run ends" if round_ is run.rounds[-1] else ""
    return f"Round {round_.iteration}: {moved}; J = {number(round_.inertia, 1)}{last}."


def _shown_rules(n: int) -> str:
    view = ",".join(f"#lloyd-{i}:checked~.lloyd-view .f{i}" for i in range(n))
    says = ",".join(f"#lloyd-{i}:checked~.lloyd-says>.f{i}" for i in range(n))
    columns = f".lloyd{{grid-template-columns:repeat({n},minmax(0,1fr))}}"
    return f"{columns}{view}{{display:inline}}{says}{{display:flex}}"


def _radio(i: int) -> str:
    checked = " checked" if i == 0 else ""
    name = f'id="lloyd-{i}" aria-labelledby="lloyd-says-{i}"'
    return f'<input type="radio" name="lloyd" {name}{checked}>'


def _says(i: int, sentence: str, n: int) -> str:
    back = f'<label for="lloyd-{i - 1}">Back</label>' if i > 0 else "<i>Back</i>"
    on = f'<label for="lloyd-{i + 1}">Next</label>' if i < n - 1 else "<i>Next</i>"
    said = f'<p id="lloyd-says-{i}">{escape(sentence)}</p>'
    return f'<div class="f f{i}">{back}{said}{on}</div>'


def _picture(run: PlaneRun, rounds: tuple[Round, ...]) -> str:
    left, right, bottom, top = run.box
    scale = VIEW / (right - left)
    height = round((top - bottom) * scale)

    def at(points: NDArray[np.float64]) -> NDArray[np.int64]:
        moved = (points - (left, top)) * (scale, -scale)
        return np.asarray(np.rint(moved), dtype=np.int64)

    cells = [
        f'<g class="f{" f0" if i == 1 else ""} f{i}">'
        f"{''.join(_cell(j, at(cell)) for j, cell in enumerate(r.cells))}</g>"
        for i, r in enumerate(rounds, start=1)
    ]
    marks = [f'<g class="f f0">{_numbers(at(run.start))}</g>']
    marks += [
        f'<g class="f f{i}">{_dots(at(run.scores[r.moved]), "m")}'
        f"{_paths(at(r.before), at(r.after))}{_numbers(at(r.after))}</g>"
        for i, r in enumerate(rounds, start=1)
    ]
    alt = (
        "The songs as dots in a plane, over coloured cells with straight borders, one for each "
        "centre; a numbered disc marks each centre, with a line from where it was before."
    )
    return (
        f'<svg class="lloyd-view" viewBox="0 0 {VIEW} {height}" role="img" '
        f'aria-label="{escape(alt)}"><style>{_svg_style(run.n_clusters)}</style>'
        f'<rect width="{VIEW}" height="{height}" fill="#fff"/>'
        f"{''.join(cells)}{_dots(at(run.scores), 's')}{''.join(marks)}</svg>"
    )


def _svg_style(n_clusters: int) -> str:
    colours = "".join(
        f".lloyd .c{i}{{fill:{PALETTE[i % len(PALETTE)]}}}" for i in range(n_clusters)
    )
    return (
        f".lloyd path{{stroke-linecap:round;stroke-linejoin:round}}"
        f".lloyd .cell{{fill-opacity:.28;stroke:#fff;stroke-width:2.5}}"
        f".lloyd .s{{stroke:{INK};stroke-width:3.2;stroke-opacity:.5}}"
        f".lloyd .m{{stroke:{MOVED};stroke-width:5.5}}"
        f".lloyd .p{{stroke:{INK};stroke-width:2;fill:none}}"
        f".lloyd .o{{stroke:{INK};stroke-width:24}}.lloyd .i{{stroke:#fff;stroke-width:20}}"
        f".lloyd text{{font:600 14px sans-serif;text-anchor:middle;fill:{INK}}}{colours}"
    )


def _cell(i: int, corners: NDArray[np.int64]) -> str:
    if not len(corners):
        return ""
    points = "L".join(f"{x} {y}" for x, y in corners)
    return f'<path class="cell c{i}" d="M{points}Z"/>'


def _dots(points: NDArray[np.int64], kind: str) -> str:
    """Draw dots as lines of no length, each from the last one: the shortest way to write them."""
    if not len(points):
        return ""
    inorder = points[np.lexsort(points.T)]
    steps = np.diff(inorder, axis=0, prepend=0)
    return f'<path class="{kind}" d="{"".join(f"m{x} {y}h0" for x, y in steps)}"/>'


def _paths(before: NDArray[np.int64], after: NDArray[np.int64]) -> str:
    lines = "".join(
        f"M{a} {b}L{c} {d}"
        for (a, b), (c, d) in zip(before, after, strict=True)
        if (a, b) != (c, d)
    )
    return f'<path class="p" d="{lines}"/>' if lines else ""


def _numbers(points: NDArray[np.int64]) -> str:
    texts = "".join(
        f'<tspan x="{x}" y="{y + 5}">{i}</tspan>' for i, (x, y) in enumerate(points, start=1)
    )
    return f"{_dots(points, 'o')}{_dots(points, 'i')}<text>{texts}</text>"
