"""Tables on mixtures without a bound: decades of `reg_covar`, spikes, kinds, and the check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.numbers import number, power_of_ten, small
from analysis.show.tables.markdown import Table, escape

if TYPE_CHECKING:
    from analysis.findings.mixtures.degeneracy import Degeneracy, Spikes

FEATURE_SETS = ("As published", "Ours")
"""What the tables call the feature sets."""


def regularisation_picks(published: Degeneracy, ours: Degeneracy) -> Table:
    """Show the number of components chosen at each `reg_covar`, on both feature sets."""
    rows = [
        (
            power_of_ten(10.0**-decade),
            *(
                number(int(found.picks[criterion][decade]))
                for found in (published, ours)
                for criterion in ("bic", "aic")
            ),
        )
        for decade in published.picks.index
    ]
    header = ("reg_covar", "Published: by BIC", "By AIC", "Ours: by BIC", "By AIC")
    return Table(tuple(map(escape, header)), tuple(rows), n_text_columns=0)


def spikes(spikes: Spikes) -> Table:
    """Show what a spike on some songs gains, and from which `reg_covar` on it pays."""
    return Table(
        ("Songs on the point", "Gain in nats", "Pays by BIC below", "Pays by AIC below"),
        tuple(
            (
                number(int(str(m))),
                number(row["gain"], 1),
                small(float(row["bic"]), 1),
                small(float(row["aic"]), 1),
            )
            for m, row in spikes.table.iterrows()
        ),
        n_text_columns=0,
    )


def mixture_check(results: Sequence[Degeneracy]) -> Table:
    """Show what the check says of the mixture on each feature set, published first."""
    return Table(
        ("Feature set", "What the check says"),
        tuple(
            (name, escape(found.warning) or "nothing")
            for name, found in zip(FEATURE_SETS, results, strict=True)
        ),
        n_text_columns=2,
    )
