"""A run of EM in a plane, to be moved through round by round.

A song keeps the dot it has until its shade changes: what changes from one step to the next lies in
a group inside that of the step before, and choosing a step hides the groups of all later ones.
"""

from __future__ import annotations

import itertools

import numpy as np

from analysis.findings.mixtures.plane import LEVELS, EMPlaneRun, EMState
from analysis.numbers import count, number
from analysis.show.figures.steps import (
    Points,
    Steps,
    dots,
    marks_style,
    numbers,
    picture,
    scale_of,
    to_view,
)
from analysis.show.figures.style import GROUPS, tint

NAME = "em"
"""Of the picture on its page."""
MOST_ROUNDS = 20
"""Most rounds that can be chosen; of a longer run the last ones are at growing distances."""

STRENGTHS = (0.3, 0.62, 1.0)
"""How much of its component's colour a song has that is undecided, leaning, sure."""

ALT = (
    "The songs as dots in a plane, each in the colour of its likeliest component, pale where "
    "others have a share in it; a numbered disc marks each mean, an ellipse half of a component."
)
"""What stands for the picture where it is not seen."""


def em_steps(run: EMPlaneRun) -> Steps:
    """Return a run in the plane to be moved through, round by round."""
    states = run.chosen(MOST_ROUNDS)
    return Steps(
        name=NAME,
        label="Rounds of the EM algorithm",
        text=f"{count(run.n_iter, 'round')} of the EM algorithm",
        sentences=tuple(_sentence(run, state) for state in states),
        view=_picture(run, states),
        rules=_rules(len(states)),
    )


def _sentence(run: EMPlaneRun, state: EMState) -> str:
    height = f"ℓ = {number(state.log_likelihood, 1)}"
    if state.iteration == 0:
        songs = count(run.n_components, "song")
        return f"The start: {songs} as means, all components of one shape and weight; {height}."
    moved = count(run.n_moved(state), "song")
    last = ", and the run ends" if state is run.states[-1] else ""
    return f"Round {state.iteration}: {moved} with a new likeliest component; {height}{last}."


def _rules(n: int) -> str:
    later = ",".join(f"#{NAME}-{i}:checked~.steps-view .l{i + 1}" for i in range(n - 1))
    return f"{later}{{display:none}}" if later else ""


def _picture(run: EMPlaneRun, states: tuple[EMState, ...]) -> str:
    at = to_view(run.box)
    places = at(run.scores)
    layers = [_shades(places, states[0], np.full(len(places), True))]
    for before, now in itertools.pairwise(states):
        changed = (before.labels != now.labels) | (before.levels != now.levels)
        layers.append(_shades(places, now, changed))
    songs = "".join(f'<g class="l{i}">{layer}' for i, layer in enumerate(layers))
    songs += "</g>" * len(layers)
    scale = scale_of(run.box)
    marks = [
        f'<g class="f f{i}">{_ellipses(at(s.means), s, scale)}{numbers(at(s.means))}</g>'
        for i, s in enumerate(states)
    ]
    return picture(run.box, ALT, _style(run.n_components), songs + "".join(marks))


def _style(n_components: int) -> str:
    colours = [GROUPS[i % len(GROUPS)] for i in range(n_components)]
    shades = "".join(
        f".{NAME} .s{i}{'abc'[level]}{{stroke:{tint(colour, strength)}}}"
        for i, colour in enumerate(colours)
        for level, strength in enumerate(STRENGTHS)
    )
    outlines = "".join(f".{NAME} .e{i}{{stroke:{colour}}}" for i, colour in enumerate(colours))
    return (
        f"{marks_style(NAME, 0)}.{NAME} .l0 path{{stroke-width:6}}{shades}"
        f".{NAME} ellipse{{fill:none;stroke-width:2.5}}{outlines}"
    )


def _shades(places: Points, state: EMState, chosen: np.ndarray) -> str:
    """Draw the chosen songs, those of one component and level in one path."""
    return "".join(
        dots(
            places[chosen & (state.labels == i) & (state.levels == level)],
            f"s{i}{'abc'[level]}",
        )
        for i in range(len(state.means))
        for level in range(len(LEVELS) + 1)
    )


def _ellipses(centers: Points, state: EMState, scale: float) -> str:
    return "".join(
        f'<ellipse class="e{i}" rx="{a:.1f}" ry="{b:.1f}" '
        f'transform="translate({x} {y})rotate({-angle:.1f})"/>'
        for i, ((x, y), (a, b), angle) in enumerate(
            zip(centers, scale * state.axes, state.angles, strict=True)
        )
    )
