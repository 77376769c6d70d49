"""Tables of the EM algorithm: the ascent, agreement, costs, the limit, and K-Means beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.findings.mixtures.limit import Limit
from analysis.findings.mixtures.numerics import Costs
from analysis.findings.mixtures.run import EMAgreement, EMTrace, Regularised
from analysis.numbers import number, percent, small, tiny
from analysis.show.names import covariance_type
from analysis.show.tables.markdown import Table

MOST_ROUNDS = 10
"""A longer run is shown by its first and last rounds."""

_E_STEPS = {
    "full": r"$\frac{1}{2} n K d (d + 3)$",
    "tied": r"$\frac{1}{2} n d (d + 1) + n K d$",
    "diag": "$2 n K d$",
    "spherical": "$n K (d + 1)$",
}
_M_STEPS = {
    "full": r"$\frac{1}{2} n K d (d + 5)$",
    "tied": r"$n K d + \frac{1}{2} K d (d + 3)$",
    "diag": "$2 n K d$",
    "spherical": "$n K (d + 1)$",
}
_FACTORS = {
    "full": r"$\frac{1}{6} K d (d - 1) (d + 4)$",
    "tied": r"$\frac{1}{6} d (d - 1) (d + 4)$",
    "diag": "–",
    "spherical": "–",
}


def em_trace(trace: EMTrace) -> Table:
    """Show each round of a run: the bound, the gap, the log-likelihood."""
    half = MOST_ROUNDS // 2
    rows = [
        (
            str(i + 1),
            number(float(trace.elbo[2 * i]), 2),
            number(float(trace.elbo[2 * i + 1]), 2),
            number(float(trace.kl_gap[2 * i + 1]), 3),
            number(float(trace.log_likelihood[2 * i + 1]), 2),
            number(int(trace.moved[i])),
        )
        for i in range(trace.n_iter)
    ]
    if len(rows) > MOST_ROUNDS:
        rows = [*rows[:half], ("…", "", "", "", "", ""), *rows[-half:]]
    header = (
        "Round",
        "F after the E-step",
        "F after the M-step",
        "Gap left",
        "ℓ at the end",
        "Songs moved",
    )
    return Table(header, tuple(rows), n_text_columns=0)


def em_regularised(regularised: Regularised) -> Table:
    """Show what one more round does to the log-likelihood, with more and more regularisation."""
    return Table(
        ("ε", "Change of ℓ", "At least, by the proposition"),
        tuple(
            (_plain(row.reg_covar), number(row.change, 3), number(row.least, 3))
            for row in _rows(regularised.frame)
        ),
        n_text_columns=0,
    )


def em_costs(costs: Costs) -> Table:
    """Show the multiplications and divisions of a round, as formulas and for this table."""
    header = ("Method", "E-step", "M-step", "Factors", "Here", "K-Means = 1")
    rows = [("K-Means", "$n K d$", "–", "–", number(costs.kmeans), number(1.0, 1))]
    rows += [
        (
            f"EM, {covariance_type(cost.covariance_type)}",
            _E_STEPS[cost.covariance_type],
            _M_STEPS[cost.covariance_type],
            _FACTORS[cost.covariance_type],
            number(cost.total),
            number(costs.ratio(cost.covariance_type), 1),
        )
        for cost in costs.types
    ]
    return Table(header, tuple(rows))


def em_agreement(agreement: EMAgreement) -> Table:
    """Show how far our implementation and scikit-learn's are apart, for each covariance type."""
    header = (
        "Covariances",
        "Same rounds",
        "Labels that differ",
        "Means differ by",
        "Covariances differ by",
        "Responsibilities differ by",
        "ℓ per song differs by",
    )
    return Table(
        header,
        tuple(
            (
                covariance_type(row.covariance_type),
                f"{number(int(row.same_rounds))} of {number(int(row.n_fits))}",
                number(int(row.labels_differing)),
                *map(_small, (row.means, row.covariances, row.probabilities, row.log_likelihood)),
            )
            for row in _rows(agreement.frame)
        ),
    )


def em_limit(limit: Limit) -> Table:
    """Show what becomes of EM when its one fixed variance falls."""
    header = (
        "σ²",
        "Rounds",
        "Centres apart",
        "Mean entropy",
        "Cluster as in Lloyd’s",
        "Centres differ by",
        "Soft objective",
        "Hard objective",
    )
    return Table(
        header,
        tuple(
            (
                _plain(row.variance),
                number(int(row.rounds)) if row.settled else f"{number(int(row.rounds))} (limit)",
                number(int(row.n_centers)),
                _small(row.entropy),
                percent(row.same, 1),
                _small(row.centers),
                number(row.objective, 2),
                number(row.hard, 2),
            )
            for row in _rows(limit.frame)
        ),
        n_text_columns=0,
    )


def methods(costs: Costs) -> Table:
    """Show K-Means and Gaussian mixtures side by side."""
    kinds = [cost.covariance_type for cost in costs.types]
    parameters = ", ".join(
        f"{number(costs.of(kind).n_parameters)} ({covariance_type(kind)})" for kind in kinds
    )
    totals = ", ".join(
        f"{number(costs.of(kind).total)} ({covariance_type(kind)})" for kind in kinds
    )
    rows = (
        ("A group is", r"a centre $\mu_k$", r"a normal with $\pi_k$, $\mu_k$, $\Sigma_k$"),
        (
            "A song belongs",
            "to one cluster",
            "to every component, with responsibilities of sum 1",
        ),
        (
            "Nearest is where least is",
            r"$\lVert x - \mu_k \rVert^2$",
            r"$(x - \mu_k)^{\top} \Sigma_k^{-1} (x - \mu_k) + \ln\det \Sigma_k - 2 \ln \pi_k$",
        ),
        (
            "Covariance",
            r"$\sigma^2 I$ for all clusters, $\sigma^2 \to 0$",
            "full, tied, diagonal or spherical, estimated",
        ),
        (
            "Size of a group",
            "does not move a border",
            r"large $\pi_k$ push their borders outwards",
        ),
        (
            "Border of two groups",
            "a hyperplane, halfway between the centres",
            "a quadric; with tied covariances a hyperplane, not halfway",
        ),
        (
            "Shape of a group",
            "a convex cell",
            "ellipsoids of equal density, which may overlap or lie within each other",
        ),
        ("Objective", r"$J$ falls", r"$\ell$ rises"),
        ("Is it bounded", "yes", "with tied covariances, as a rule; with others not"),
        ("Ends", "after finitely many rounds", "by a tolerance"),
        (
            "Features in other units",
            "other clusters",
            "the same components, full or tied; diagonal, if each feature is scaled by itself",
        ),
        ("Numbers estimated", number(costs.kmeans_parameters), parameters),
        ("Multiplications, divisions a round", number(costs.kmeans), totals),
    )
    return Table(("Question", "K-Means", "Gaussian mixture"), rows, n_text_columns=3)


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    return frame.itertuples(index=False)


def _plain(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-2 else _whole(small(value, 1))


def _small(value: float) -> str:
    return _whole(tiny(value))


def _whole(text: str) -> str:
    """Keep a power of ten in one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
