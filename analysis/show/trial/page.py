"""What the page is made of: controls, data, and the two scripts beside this module.

``methods.js`` computes and knows no page; ``page.js`` draws and listens. The page needs nothing
but what it holds. Without a script it says so, and the chapter has its figure and table.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from importlib.resources import files

import numpy as np

from analysis.findings.comparison import trial as runs
from analysis.findings.comparison.recodings import LEAST_SPREAD
from analysis.findings.comparison.trial import Setting, Trial
from analysis.show.figures.space import lean, marker_shape, safe_json
from analysis.show.figures.style import BLUE, GROUPS, MARKERS, ORANGE, PALETTE
from analysis.songs import recoding
from analysis.songs.table import FEATURES, RECODED

AXES = {"songs": ("2", "3"), "unscaled": ("0", "2")}
"""The features that are seen at first, by their places: loudness and valence, or tempo first."""


@dataclasses.dataclass(frozen=True, eq=False)
class Page:
    """Controls, pictures and scripts; a notebook shows them as Markdown with HTML in it.

    Attributes
    ----------
    html : str
    """

    html: str

    def _repr_markdown_(self) -> str:
        return f"````{{=html}}\n{self.html}\n````"

    def __repr__(self) -> str:
        return "K-Means and EM, to be run by the reader"


def page(trial: Trial) -> Page:
    """Return the page on which readers run both methods."""
    return _page(_data(trial), "the figure and the table below show what it would.")


def small(trial: Trial, name: str) -> Page:
    """Return a form with one method on made-up points, for the chapter on it.

    Parameters
    ----------
    trial : Trial
    name : str
        The experiment on made-up points that it begins with, one of
        :data:`analysis.findings.comparison.trial.SETTINGS`.

    Returns
    -------
    Page
    """
    first = state_of(name, trial.runs[name].setting)
    none: dict[str, object] = {"songs": [], "genres": [], "groups": [], "presets": {}}
    data = {**_data(trial), **none, "first": first, "small": True}
    return _page(data, "the figures above show where such runs end.")


def _page(data: Mapping[str, object], instead: str) -> Page:
    script = "\n".join(lean(_beside(name)) for name in ("methods.js", "page.js"))
    style = _beside("page.css").replace("\n", "")
    return Page(
        '<div class="trial" id="try" data-pagefind-ignore>'
        f"<style>{style}</style>"
        f"<p>This needs a script, and scripts are off: {instead}</p>"
        f'<script type="application/json">{safe_json(data)}</script>'
        f"<script>{script}</script></div>"
    )


def state_of(name: str, setting: Setting) -> dict[str, object]:
    """Return an experiment as the page's script has it, and as addresses spell it.

    Parameters
    ----------
    name : str
        One of :data:`analysis.findings.comparison.trial.SETTINGS`.
    setting : Setting

    Returns
    -------
    dict
    """
    across, up = AXES.get(name, AXES["songs"] if setting.data == "songs" else ("0", "1"))
    return {
        "data": setting.data,
        "method": setting.method,
        "k": setting.k,
        "start": setting.start,
        "seed": setting.seed,
        "kind": setting.kind,
        "features": "".join(map(str, setting.features)),
        "coding": setting.coding,
        "scale": int(setting.scale),
        "across": across,
        "up": up,
        "colours": "clusters",
    }


def _beside(name: str) -> str:
    return files("analysis.show.trial").joinpath(name).read_text(encoding="utf-8")


def _data(trial: Trial) -> Mapping[str, object]:
    songs = trial.songs.to_numpy(np.float64)
    return {
        "first": state_of("songs", trial.runs["songs"].setting),
        "presets": {name: state_of(name, one.setting) for name, one in trial.runs.items()},
        "features": {
            "table": [feature.title for feature in FEATURES],
            "logs": [feature.title for feature in RECODED],
        },
        "axes": {
            "table": [feature.axis_label for feature in FEATURES],
            "logs": [feature.axis_label for feature in RECODED],
        },
        "songs": songs.ravel().tolist(),
        "genres": trial.genres,
        "groups": trial.of_genre.tolist(),
        "toys": {
            name: {"x": points.ravel().tolist(), "groups": groups.tolist()}
            for name, (points, groups) in trial.toys.items()
        },
        "least": {
            "energy": recoding.LEAST_ENERGY,
            "swing": recoding.LEAST_SWING,
            "valence": recoding.LEAST_VALENCE,
            "rate": recoding.LEAST_RATE,
            "tempo": recoding.TEMPO_SCALE,
            "spread": LEAST_SPREAD,
        },
        "floor": runs.FLOOR,
        "tol": runs.TOL,
        "most": {
            "rounds": runs.MOST_ROUNDS,
            "clusters": min(runs.MOST_CLUSTERS, len(songs)),
        },
        "baseline": {
            "draws": runs.N_DRAWS,
            "seed": runs.DRAWS_SEED,
            "confidence": trial.confidence,
        },
        "radius": runs.RADIUS,
        "colours": GROUPS,
        "groupColours": PALETTE,
        "shapes": [marker_shape(marker) for marker in MARKERS],
        "line": BLUE,
        "mark": ORANGE,
    }
