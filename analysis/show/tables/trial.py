"""The runs of the page in numbers."""

from __future__ import annotations

from analysis.findings.comparison.trial import Run, Trial
from analysis.numbers import number, percent, span
from analysis.show.names import method
from analysis.show.phrases import capital
from analysis.show.tables.markdown import Table


def runs(trial: Trial) -> Table:
    """Show where each run of the chapter ends, beside what random centres have."""
    rows = []
    for name, run in trial.runs.items():
        chance = trial.baselines[name]
        rows.append(
            (
                _data(run),
                capital(method(run.setting.method)),
                str(run.setting.k),
                str(run.n_rounds),
                number(float(run.values[-1]), 1),
                number(run.ari, 3),
                span(chance.low, chance.high, 3),
                percent(run.matched),
            )
        )
    header = (
        "Data",
        "Method",
        "k",
        "Rounds",
        "J or ℓ",
        "ARI",
        "Random centres",
        "Matched accuracy",
    )
    return Table(header, tuple(rows), n_text_columns=2)


def _data(run: Run) -> str:
    setting = run.setting
    if setting.data != "songs":
        return setting.data.capitalize() + (f", seed {setting.seed}" if setting.seed > 1 else "")
    if setting.coding == "logs":
        return "Songs, logarithms"
    return "Songs" if setting.scale else "Songs, not standardised"
