"""The integrated completed likelihood: BIC that also charges for components which overlap."""

from __future__ import annotations

import dataclasses

import pandas as pd

from analysis.findings.mixtures.choice import MixtureSweep
from analysis.methods.mixture.model import Floats, Parameters
from analysis.methods.mixture.steps import log_responsibilities
from analysis.songs.table import Dataset, z_scores


@dataclasses.dataclass(frozen=True, eq=False)
class Overlap:
    """What BIC and ICL say of the best mixtures of a sweep.

    Attributes
    ----------
    table : DataFrame
        Index ``k``: the number of components. Columns: ``bic`` (eq-bic), ``price`` (what overlap
        adds, eq-icl) and ``icl``, their sum; low is good.
    """

    table: pd.DataFrame

    @property
    def best(self) -> int:
        """The number of components with the lowest ICL, the smallest of equals."""
        ks = self.table.index.to_numpy()
        return int(ks[self.table["icl"].to_numpy().argmin()])

    def price(self, k: int) -> float:
        """Return what overlap adds at k."""
        return float(self.table["price"][k])


def price_of_overlap(X: Floats, parameters: Parameters) -> float:
    """Sum -2 ln of every row's largest responsibility: 0 if no row is in doubt (eq-icl).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    parameters : Parameters

    Returns
    -------
    float
        Not negative, in the unit of BIC.
    """
    return max(0.0, -2 * float(log_responsibilities(X, parameters).max(axis=1).sum()))


def measure_overlap(dataset: Dataset, sweep: MixtureSweep) -> Overlap:
    """Compute ICL for every number of components of a sweep."""
    Z = z_scores(dataset.X)
    table = pd.DataFrame({"bic": sweep.table["bic"]})
    table["price"] = [price_of_overlap(Z, fit) for fit in sweep.fits]
    table["icl"] = table["bic"] + table["price"]
    return Overlap(table)
