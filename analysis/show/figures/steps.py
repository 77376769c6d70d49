"""A picture in steps that a reader of the website moves through.

The picture needs no script: a group of radio buttons, one a step, decides by CSS which step is
shown. The arrow keys move through the group, as in any; a button on either side of the sentence
below the picture does the same. Nothing moves by itself.

What a picture shows is made in :mod:`analysis.show.figures.lloyd_picture` and
:mod:`analysis.show.figures.em_picture`, from the parts at the end of this module.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from html import escape

import numpy as np
from numpy.typing import NDArray

from analysis.findings.kmeans.plane import Box
from analysis.show.figures.style import GROUPS, INK

VIEW = 640
"""Width of the picture in its own units."""

MOST_ROUNDS = 24
"""Most rounds that can be chosen; of a longer run the last ones are at growing distances."""

Points = NDArray[np.int64]

_STYLE = """
.steps{display:grid;margin:0}
.steps-view{grid-area:1/1/2/-1;width:100%;height:auto;max-height:82vh}
.steps>input{grid-row:2;appearance:none;-webkit-appearance:none;width:100%;min-width:0;height:1.75rem;
margin:.4rem 0 0;padding:0;border:0;border-radius:0;cursor:pointer;color:inherit;
background:linear-gradient(currentColor,currentColor) 50% 50%/1px 30% no-repeat,
linear-gradient(currentColor,currentColor) 50% 50%/100% 2px no-repeat;opacity:.55}
.steps>input:checked{opacity:1;position:relative;z-index:1}
.steps>input:checked::before{content:"";position:absolute;left:50%;top:50%;width:.95rem;
height:.95rem;margin:-.475rem 0 0 -.475rem;border-radius:50%;background:currentColor}
.steps>input:hover{opacity:1}
.steps>input:focus-visible{outline:3px solid currentColor;outline-offset:1px}
.steps-says{grid-area:3/1/4/-1;font-size:.92em;line-height:1.4}
.steps .f{display:none}
.steps-says>.f{align-items:center;justify-content:space-between;gap:.75rem;min-height:3.4rem}
.steps-says p{margin:0;text-align:center;flex:1}
.steps-says label,.steps-says i{flex:0 0 auto;min-width:3.2rem;padding:.35rem .6rem;
text-align:center;font-style:normal}
.steps-says label{border:1px solid currentColor;border-radius:.3rem;cursor:pointer}
.steps-says i{visibility:hidden}
@media (max-width:699px){.steps.steps{grid-template-columns:repeat(auto-fill,minmax(1.6rem,1fr))}
.steps>input{grid-row:auto}.steps-says{grid-area:auto/1/auto/-1}}
@media (forced-colors:active){.steps>input{appearance:auto;-webkit-appearance:auto}}
@media print{.steps>input,.steps-says label{display:none}}
""".replace("\n", "")


@dataclasses.dataclass(frozen=True)
class Steps:
    """A picture in steps; a notebook shows it as HTML.

    Attributes
    ----------
    name : str
        Of this picture on its page: in the names of its parts and of its classes.
    label : str
        What the buttons choose between.
    text : str
        What stands for the picture where there is no HTML.
    sentences : tuple of str
        One a step, shown below the picture.
    view : str
        SVG of the class "steps-view"; what belongs to step 3 alone has the classes "f" and "f3".
    rules : str
        CSS of this picture's own.
    """

    name: str
    label: str
    text: str
    sentences: tuple[str, ...]
    view: str
    rules: str = ""

    def _repr_html_(self) -> str:
        return "".join(
            [
                f'<div class="steps {self.name}" role="radiogroup" '
                f'aria-label="{escape(self.label, quote=True)}" data-pagefind-ignore>',
                f"<style>{_STYLE}{self._shown_rules()}{self.rules}</style>",
                *map(self._radio, range(len(self.sentences))),
                self.view,
                '<div class="steps-says">',
                *(self._says(i, sentence) for i, sentence in enumerate(self.sentences)),
                "</div></div>",
            ]
        )

    def __repr__(self) -> str:
        return self.text

    def _shown_rules(self) -> str:
        name, n = self.name, len(self.sentences)
        view = ",".join(f"#{name}-{i}:checked~.steps-view .f{i}" for i in range(n))
        says = ",".join(f"#{name}-{i}:checked~.steps-says>.f{i}" for i in range(n))
        columns = f".{name}{{grid-template-columns:repeat({n},minmax(0,1fr))}}"
        return f"{columns}{view}{{display:inline}}{says}{{display:flex}}"

    def _radio(self, i: int) -> str:
        name, checked = self.name, " checked" if i == 0 else ""
        names = f'id="{name}-{i}" aria-labelledby="{name}-says-{i}"'
        return f'<input type="radio" name="{name}" {names}{checked}>'

    def _says(self, i: int, sentence: str) -> str:
        name, last = self.name, len(self.sentences) - 1
        back = f'<label for="{name}-{i - 1}">Back</label>' if i > 0 else "<i>Back</i>"
        on = f'<label for="{name}-{i + 1}">Next</label>' if i < last else "<i>Next</i>"
        said = f'<p id="{name}-says-{i}">{escape(sentence)}</p>'
        return f'<div class="f f{i}">{back}{said}{on}</div>'


def scale_of(box: Box) -> float:
    """Return how many units of the picture a unit of the plane takes."""
    left, right, _, _ = box
    return VIEW / (right - left)


def to_view(box: Box) -> Callable[[NDArray[np.float64]], Points]:
    """Return what takes points of the plane to whole units of the picture."""
    left, _, _, top = box
    scale = scale_of(box)

    def at(points: NDArray[np.float64]) -> Points:
        moved = (points - (left, top)) * (scale, -scale)
        return np.asarray(np.rint(moved), dtype=np.int64)

    return at


def picture(box: Box, alt: str, style: str, content: str) -> str:
    """Return the SVG of a box of the plane."""
    _, _, bottom, top = box
    height = round((top - bottom) * scale_of(box))
    return (
        f'<svg class="steps-view" viewBox="0 0 {VIEW} {height}" role="img" '
        f'aria-label="{escape(alt)}"><style>{style}</style>'
        f"{content}</svg>"
    )


def marks_style(name: str, n_colours: int) -> str:
    """Return the CSS of dots, numbers and of the colours "c0", "c1", and so on."""
    colours = "".join(f".{name} .c{i}{{fill:{GROUPS[i % len(GROUPS)]}}}" for i in range(n_colours))
    return (
        f".{name} path{{stroke-linecap:round;stroke-linejoin:round}}"
        f".{name} .o{{stroke:{INK};stroke-width:24}}.{name} .i{{stroke:#fff;stroke-width:20}}"
        f".{name} text{{font:600 14px sans-serif;text-anchor:middle;dominant-baseline:central;"
        f"fill:{INK}}}{colours}@media(max-width:699px){{.{name} .o{{stroke-width:31}}"
        f".{name} .i{{stroke-width:27}}.{name} text{{font-size:18px}}}}"
    )


def dots(points: Points, kind: str) -> str:
    """Draw dots as lines of no length, each from the last one: the shortest way to write them."""
    if not len(points):
        return ""
    inorder = points[np.lexsort(points.T)]
    steps = np.diff(inorder, axis=0, prepend=0)
    return f'<path class="{kind}" d="{"".join(f"m{x} {y}h0" for x, y in steps)}"/>'


def numbers(points: Points) -> str:
    """Draw a disc with a number on each point, from 1 on."""
    texts = "".join(
        f'<tspan x="{x}" y="{y}">{i}</tspan>' for i, (x, y) in enumerate(points, start=1)
    )
    return f"{dots(points, 'o')}{dots(points, 'i')}<text>{texts}</text>"
