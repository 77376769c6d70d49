"""Tables on the number of components: parameters, the sweep, kinds of covariance, refits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.numbers import number
from analysis.show.tables.markdown import Table

if TYPE_CHECKING:
    from analysis.findings.mixtures.choice import MixtureSweep, ParameterCount, TypeSweeps


def parameter_counts(counts: Sequence[ParameterCount], n_songs: int) -> Table:
    """Show the free parameters of a mixture for every kind of covariance."""
    return Table(
        ("Covariances", "Weights", "Means", "In covariances", "All", "Songs per parameter"),
        tuple(
            (
                count.covariance_type,
                number(count.weights),
                number(count.means),
                number(count.covariances),
                number(count.total),
                number(n_songs / count.total, 1),
            )
            for count in counts
        ),
    )


def mixture_sweep(sweep: MixtureSweep) -> Table:
    """Show log-likelihood, BIC and AIC for every K; the study's K is set in bold."""
    rows = []
    for k in sweep.ks:
        stopped = "" if sweep.of(k, "converged") else "+"
        cells = (
            number(k),
            number(sweep.of(k, "n_parameters"), 0),
            number(float(sweep.first["log_likelihood"][k]), 1),
            number(sweep.of(k, "log_likelihood"), 1),
            number(sweep.of(k, "bic"), 1),
            number(sweep.of(k, "aic"), 1),
            number(sweep.of(k, "n_iter"), 0) + stopped,
            number(sweep.of(k, "n_pinned"), 0),
        )
        rows.append(tuple(f"**{cell}**" for cell in cells) if k == sweep.n_components else cells)
    header = ("K", "p", "First start", "Best start", "BIC", "AIC", "Rounds", "Pinned")
    return Table(header, tuple(rows), n_text_columns=0)


def mixture_types(types: TypeSweeps) -> Table:
    """Show what BIC and AIC choose for every kind of covariance; the best pair is set in bold."""
    rows = []
    for sweep in types.sweeps:
        cells: list[str] = [sweep.covariance_type]
        for criterion in ("bic", "aic"):
            best = sweep.best(criterion)
            found = (
                number(best),
                number(sweep.of(best, criterion), 1),
                "yes" if sweep.on_edge(criterion) else "no",
            )
            bold = types.best_kind(criterion) == sweep.covariance_type
            cells += [f"**{cell}**" if bold else cell for cell in found]
        rows.append(tuple(cells))
    header = ("Covariances", "K by BIC", "BIC", "At an end", "K by AIC", "AIC", "At an end")
    return Table(header, tuple(rows))
