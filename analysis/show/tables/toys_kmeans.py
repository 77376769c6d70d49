"""Tables of made-up data for K-Means: six numbers on a line."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.findings.kmeans.toys import SIX
from analysis.methods.kmeans.steps import Floats, LloydStep
from analysis.numbers import number
from analysis.show.tables.markdown import Table


def six_on_a_line(steps: Sequence[LloydStep]) -> Table:
    """Show every number of the run, round by round."""
    rows = []
    for before, after in zip(steps[::2], steps[1::2], strict=True):
        clusters = [SIX[before.labels == i] for i in range(len(before.centers))]
        rows.append(
            (
                str(before.iteration),
                _row(before.centers[:, 0]),
                " and ".join(f"{{{_row(x, ', ')}}}".replace("{", r"\{") for x in clusters),
                number(before.inertia, 2),
                _row(after.centers[:, 0]),
                number(after.inertia, 2),
            )
        )
    header = ("Round", "Centres", "Clusters", "J", "New centres", "J")
    return Table(header, tuple(rows), n_text_columns=3)


def _row(values: Floats, between: str = " and ") -> str:
    return between.join(number(float(x), 0 if x == round(x, 9) // 1 else 1) for x in values)
