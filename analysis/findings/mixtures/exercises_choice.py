"""Code of the solutions to the exercises on the number of components."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.findings.mixtures.overlap import price_of_overlap
from analysis.methods.mixture.estimator import EMGaussianMixture

NUMBERS = (0.0, 1.0, 2.0, 10.0, 11.0, 12.0)
"""The toy of sec-criteria-toy."""


def six_numbers() -> dict[int, float]:
    """Fit one, two and three bells to the six numbers, and return their BIC."""
    X = np.array(NUMBERS)[:, None]
    fits = {k: EMGaussianMixture(k, n_init=5, random_state=0).fit(X) for k in (1, 2, 3)}
    return {k: float(fit.bic(X)) for k, fit in fits.items()}


def two_bells(apart: float, n: int = 600) -> pd.DataFrame:
    """Compare BIC and ICL of one and of two components on numbers from two bells.

    The numbers are the evenly spaced quantiles of an equal mixture of two normal distributions of
    variance 1, so that nothing is left to chance.

    Parameters
    ----------
    apart : float
        Distance of the means.
    n : int

    Returns
    -------
    DataFrame
        Index: components, 1 and 2; columns ``bic`` and ``icl``.
    """
    grid = np.linspace(-apart / 2 - 6, apart / 2 + 6, 20_001)
    levels = (norm.cdf(grid - apart / 2) + norm.cdf(grid + apart / 2)) / 2
    X = np.interp((np.arange(n) + 0.5) / n, levels, grid)[:, None]
    rows = {}
    for k in (1, 2):
        fit = EMGaussianMixture(k, tol=1e-6, max_iter=500, random_state=0).fit(X)
        bic = float(fit.bic(X))
        rows[k] = {"bic": bic, "icl": bic + price_of_overlap(X, fit.parameters_)}
    return pd.DataFrame.from_dict(rows, orient="index")
