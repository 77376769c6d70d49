"""Tables of what the steps cost."""

from __future__ import annotations

from analysis.findings.comparison.cost import THEORY, StepCosts
from analysis.numbers import number
from analysis.show.names import step_that_costs
from analysis.show.sentences import interval
from analysis.show.tables.markdown import Table, unbroken

SIZES = {"n": "rows, $n$", "k": "clusters, $k$", "d": "columns, $d$", "seconds": "seconds of audio"}
"""What a cost grows with."""


def slopes(costs: StepCosts) -> Table:
    """Show the exponent of each size in the cost of each step, as derived and as measured."""
    rows = []
    for step, grows in THEORY:
        slope = costs.slope(step, grows)
        first, last = (number(size, 0) for size in slope.sizes)
        rows.append(
            (
                step_that_costs(step),
                SIZES[grows],
                f"{first} to {last}",
                number(slope.theory),
                unbroken(interval(slope.everywhere)),
                unbroken(interval(slope.large)),
                number(slope.from_size, 0),
            )
        )
    header = ("Step", "Grows with", "Sizes", "Theory", "All sizes", "Large sizes", "from")
    return Table(header, tuple(rows), n_text_columns=2)
