"""The songs in three dimensions, as a picture that a reader of the website turns.

Without a script the page has a fixed picture. The script beside this module, ``space.js``, makes
it turn, by mouse, touch, keyboard and buttons; it needs nothing but the page it stands in, and
nothing moves by itself.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np
from matplotlib.markers import MarkerStyle
from numpy.typing import NDArray

from analysis.findings.comparison.principal_axes import Colouring, View
from analysis.numbers import count
from analysis.show.figures.pca import START, look, project
from analysis.show.figures.style import MARKERS, MUTED
from analysis.show.names import grouping

WIDTH, HEIGHT = 600, 480
"""Size of the picture in its own units."""

REACH = 500
"""The songs' coordinates are whole numbers, the largest distance from the middle this large."""

HINT = "Point at a song, or tap it, for its name."
"""What stands below the picture while no song is pointed at."""
KEYS = (
    "Drag the picture to turn it. With the keyboard: arrow keys turn and tilt, + and − make it "
    "larger and smaller, Home goes back to the start, End looks along axis 3, N and P go through "
    "the songs by name. A name in the legend shows its songs alone."
)
"""How the picture is turned, in words."""

_SHAPES = ("o", "s", *MARKERS)

_STYLE = """
.space{margin:0;font-size:.92em;line-height:1.4}
.space-stage{position:relative;max-width:min(100%,110vh);margin:0 auto;border:1px solid #767676;
border-radius:.3rem;overflow:hidden;forced-color-adjust:none}
.space-live .space-stage{cursor:grab;touch-action:pan-y pinch-zoom;user-select:none;
-webkit-user-select:none}
.space-live .space-stage:active{cursor:grabbing}
.space-stage:focus-visible{outline:3px solid currentColor;outline-offset:-3px}
.space-stage svg{display:block;width:100%;height:auto}
.space-stage text{font:calc(12px*var(--near,1)) sans-serif;text-anchor:middle;fill:#222;
stroke:#fff;stroke-width:3px;paint-order:stroke;pointer-events:none}
.space-stage .space-marks text{font-weight:700;font-size:calc(14px*var(--near,1))}
.space-by{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;align-items:center;margin:0 0 .5rem;
padding:0;border:0}
.space-by legend{float:left;padding:0;margin:0;font-size:inherit;width:auto}
.space-by label{display:inline-flex;align-items:center;gap:.35rem;min-height:1.8rem;cursor:pointer}
.space-by input{margin:0}
.space-buttons{display:flex;flex-wrap:wrap;gap:.4rem;justify-content:center;margin:.6rem 0}
.space button{min-width:2.2rem;min-height:2rem;padding:.1rem .55rem;border:1px solid currentColor;
border-radius:.3rem;background:none;color:inherit;font:inherit;cursor:pointer}
.space-says{margin:.3rem 0;min-height:1.4em;text-align:center;overflow-wrap:anywhere}
.space:not(.space-live) .space-says{display:none}
.space-keys{margin:.3rem 0 0}
.space-heard{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;
clip-path:inset(50%);white-space:nowrap}
.space ul.space-legend{display:flex;flex-wrap:wrap;gap:.1rem .2rem;justify-content:center;
margin:.5rem 0;padding:0;list-style:none}
.space-legend li{margin:0;padding:0 .3rem;overflow-wrap:anywhere}
.space-legend button{display:inline-flex;align-items:center;gap:.3rem;padding:0 .4rem;
border-color:transparent}
.space-legend button[aria-pressed=true]{border-color:currentColor;font-weight:600}
.space-legend svg{flex:none;width:1.15em;height:1.15em;padding:.1em}
.preview .space-by,.preview .space-buttons,.preview .space-says,.preview .space-keys{display:none}
@media print{.space-by,.space-buttons,.space-says,.space-keys{display:none!important}}
""".replace("\n", "")


@dataclasses.dataclass(frozen=True, eq=False)
class Space:
    """The songs along three axes; a notebook shows them as HTML.

    Attributes
    ----------
    view : View
    """

    view: View

    def _repr_html_(self) -> str:
        first = self.view.colourings[0]
        script = files("analysis.show.figures").joinpath("space.js").read_text(encoding="utf-8")
        return "".join(
            [
                '<div class="space" data-pagefind-ignore>',
                f"<style>{_STYLE}</style>",
                f'<div class="space-stage">{_picture(self.view, first)}</div>',
                '<p class="space-says"></p>',
                f'<ul class="space-legend">{"".join(_legend(first))}</ul>',
                f'<script type="application/json">{safe_json(_data(self.view))}</script>',
                f"<script>{lean(script)}</script></div>",
            ]
        )

    def __repr__(self) -> str:
        return f"{count(self.view.n_songs, 'song')} along three axes"


def song_space(view: View) -> Space:
    """Return the songs along three axes, to be turned."""
    return Space(view)


def lean(script: str) -> str:
    """Take comments that stand alone, blank lines and indentation out of a script."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("/*"))


def packed(names: Iterable[str]) -> list[str]:
    """Write each name as how much of the one before it begins with, in base 36, and the rest.

    White space of any kind becomes a space.
    """
    out, last = [], ""
    for name in (" ".join(name.split()) for name in names):
        alike = (a == b for a, b in zip(last, name, strict=False))
        same = sum(1 for _ in itertools.islice(itertools.takewhile(bool, alike), 35))
        out.append("0123456789abcdefghijklmnopqrstuvwxyz"[same] + name[same:])
        last = name
    return out


def marker_shape(marker: str) -> str:
    """Return a marker as a path from its middle, in hundredths of its size."""
    if marker == "o":
        angles = np.linspace(0, 2 * np.pi, 13)[:-1]
        corners = 0.5 * np.column_stack([np.cos(angles), np.sin(angles)])
    else:
        style = MarkerStyle(marker)
        outline = style.get_path().transformed(style.get_transform()).to_polygons()[0]
        corners = np.asarray(outline)[:-1]
    places = np.rint(100 * corners * (1, -1)).astype(int)
    steps = np.diff(places, axis=0, prepend=0)
    return "m" + " ".join(f"{x} {y}" for x, y in steps) + "z"


def _data(view: View) -> dict[str, object]:
    whole = _whole(view)
    low, high = whole.min(axis=0), whole.max(axis=0)
    unit, middle = _fit(view)
    return {
        "size": [WIDTH, HEIGHT],
        "unit": unit,
        "middle": middle,
        "radius": REACH,
        "start": START,
        "label": f"{count(view.n_songs, 'song')} as points in three dimensions",
        "hint": HINT,
        "keys": KEYS,
        "arms": [[int(a), int(b)] for a, b in zip(low, high, strict=True)],
        "points": whole.ravel().tolist(),
        "names": "\n".join(packed(view.tracks)),
        "shapes": [marker_shape(marker) for marker in _SHAPES],
        "ways": [
            {
                "title": grouping(colouring.name),
                "numbered": colouring.name != "genres",
                "groups": list(colouring.groups),
                "colours": [style["color"] for style in looks],
                "markers": [_SHAPES.index(style["marker"]) for style in looks],
                "of": "".join(chr(48 + label) for label in colouring.labels),
            }
            for colouring, looks in zip(view.colourings, map(_looks, view.colourings), strict=True)
        ],
    }


def _looks(colouring: Colouring) -> list[dict[str, Any]]:
    return [look(colouring, group) for group in range(len(colouring.groups))]


def safe_json(data: object) -> str:
    """Return JSON that ends no element and no code block of a page, whatever it says."""
    text = json.dumps(data, separators=(",", ":"))
    for sign in "<>&`":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _radius(view: View) -> float:
    return max(float(np.linalg.norm(view.points, axis=1).max()), 1e-9)


def _whole(view: View) -> NDArray[np.int64]:
    return np.rint(view.points * (REACH / _radius(view))).astype(np.int64)


def _fit(view: View) -> tuple[float, tuple[int, int]]:
    """Return the picture's units for one whole coordinate, and where the middle of the songs is.

    At the start all songs are in the picture.
    """
    flat, _ = project(_whole(view).astype(np.float64), *START)
    low, high = flat.min(axis=0), flat.max(axis=0)
    unit = 0.92 * float((np.array([WIDTH, HEIGHT]) / np.maximum(high - low, 1.0)).min())
    x, y = (low + high) / 2 * (-1, 1) * unit + (WIDTH / 2, HEIGHT / 2)
    return round(unit, 4), (round(x), round(y))


def _seen(view: View, points: NDArray[np.float64]) -> NDArray[np.int64]:
    flat, _ = project(points, *START)
    unit, middle = _fit(view)
    return np.rint(flat * (1, -1) * unit + middle).astype(np.int64)


def _picture(view: View, colouring: Colouring) -> str:
    whole = _whole(view).astype(np.float64)
    places = _seen(view, whole)
    arms = [_seen(view, np.diag(ends)) for ends in (whole.min(axis=0), whole.max(axis=0))]
    lines = "".join(f"M{a} {b}L{c} {d}" for (a, b), (c, d) in zip(*arms, strict=True))
    parts = [
        f'<path d="{lines}" stroke="{MUTED}"/>',
    ]
    texts = [f'<text x="{x}" y="{y}">Axis {i}</text>' for i, (x, y) in enumerate(arms[1], start=1)]
    for group, style in enumerate(_looks(colouring)):
        mine = colouring.labels == group
        if mine.any():
            parts.append(_dots(places[mine], style["color"]))
            x, y = _seen(view, whole[mine].mean(axis=0, keepdims=True))[0]
            texts.append(f'<text x="{x}" y="{y + 5}" font-weight="700">{group}</text>')
    alt = (
        f"{count(view.n_songs, 'song')} as points along three axes that are seen at an angle, "
        f"coloured by {grouping(colouring.name)}."
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_safe(alt)}">'
        f"{''.join(parts)}{''.join(texts)}</svg>"
    )


def _dots(places: NDArray[np.int64], colour: str) -> str:
    inorder = places[np.lexsort(places.T)]
    steps = np.diff(inorder, axis=0, prepend=0)
    d = "".join(f"m{x} {y}h0" for x, y in steps)
    return f'<path stroke="{colour}" stroke-width="6" stroke-linecap="round" d="{d}"/>'


def _legend(colouring: Colouring) -> Iterable[str]:
    for name, style in zip(colouring.groups, _looks(colouring), strict=True):
        dot = f'<circle r="40" fill="{style["color"]}"/>'
        icon = f'<svg viewBox="-60 -60 120 120" aria-hidden="true">{dot}</svg>'
        yield f"<li>{icon} {_safe(name)}</li>"


def _safe(text: str) -> str:
    return escape(text).replace("`", "&#96;")
