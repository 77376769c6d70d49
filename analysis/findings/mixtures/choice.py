"""How many components the songs ask for: BIC and AIC over a sweep, for every kind of covariance.

The fits are those of `EMGaussianMixture`: from the same seed it takes the starts and the steps of
scikit-learn's `GaussianMixture`, in less time, and it lets every start be looked at.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.choice import best_k
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.run import REG_COVAR
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import (
    COVARIANCE_TYPES,
    CovarianceType,
    Parameters,
    n_parameters,
)
from analysis.methods.mixture.pinned import pinned_components
from analysis.songs.table import Dataset, z_scores

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class ParameterCount:
    """The free parameters of one mixture (eq-parameters).

    Attributes
    ----------
    covariance_type : {"full", "tied", "diag", "spherical"}
    weights, means, covariances : int
    """

    covariance_type: CovarianceType
    weights: int
    means: int
    covariances: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.weights + self.means + self.covariances


@dataclasses.dataclass(frozen=True, eq=False)
class MixtureSweep:
    """Mixtures with 1 and with `k_min` to `k_max` components, all with one kind of covariance.

    Attributes
    ----------
    table : DataFrame
        Index ``k``: the number of components. Columns: ``log_likelihood`` of all songs, in nats
        (eq-loglikelihood), ``n_parameters`` (eq-parameters), ``bic`` (eq-bic), ``aic`` (eq-aic),
        ``n_iter``, ``converged``, ``n_pinned`` (components pinned at `reg_covar`); all of the best
        start.
    starts : DataFrame
        Index ``k``; a column for each start, in their order: its log-likelihood.
    fits : tuple of Parameters
        The best start's, in the order of `table`.
    covariance_type : {"full", "tied", "diag", "spherical"}
    n_songs, n_features : int
    n_components : int
        The study's.
    n_init, max_iter, seed : int
    reg_covar : float
    """

    table: pd.DataFrame
    starts: pd.DataFrame
    fits: tuple[Parameters, ...]
    covariance_type: CovarianceType
    n_songs: int
    n_features: int
    n_components: int
    n_init: int
    max_iter: int
    seed: int
    reg_covar: float

    @property
    def ks(self) -> tuple[int, ...]:
        """The numbers of components tried, in rising order."""
        return tuple(int(k) for k in self.table.index)

    def of(self, k: int, column: str) -> float:
        """Return one value of the sweep; NaN if k was not tried."""
        return float(self.table[column].get(k, np.nan))

    def fit(self, k: int) -> Parameters:
        """Return the best start's parameters with k components.

        Raises
        ------
        ValueError
            If k was not tried.
        """
        return self.fits[self.ks.index(k)]

    def best(self, criterion: str) -> int:
        """Return the number of components with the lowest BIC or AIC, the smallest of equals."""
        return _lowest(self.table[criterion])

    def on_edge(self, criterion: str) -> bool:
        """Say whether that number is the first or the last of those tried."""
        return self.best(criterion) in (self.ks[0], self.ks[-1])

    def place(self, criterion: str) -> str:
        """Return in words where that number lies among those tried."""
        return place_in(self.ks, self.best(criterion))

    def excess(self, k: int, criterion: str) -> float:
        """Return by how much a criterion at k is above its lowest value."""
        return self.of(k, criterion) - float(self.table[criterion].min())

    def above(self, mixture: Mixture, criterion: str) -> float:
        """Return by how much BIC or AIC of a mixture is above the lowest value of the sweep."""
        return float(getattr(mixture, criterion)) - float(self.table[criterion].min())

    def behind(self, mixture: Mixture) -> float:
        """Return how far the best start with as many components is below a mixture, in nats."""
        return mixture.log_likelihood - self.of(mixture.n_components, "log_likelihood")

    def songs_per_parameter(self, k: int) -> float:
        """Return how many songs there are for each free parameter of k components."""
        return self.n_songs / n_parameters(k, self.n_features, self.covariance_type)

    @property
    def price(self) -> int:
        """Free parameters that a further component adds."""
        counts = [n_parameters(k, self.n_features, self.covariance_type) for k in (1, 2)]
        return counts[1] - counts[0]

    @property
    def first(self) -> pd.DataFrame:
        """Log-likelihood, BIC and AIC of the first start alone; index ``k``."""
        return self._criteria(self.starts.iloc[:, 0])

    def by_single_starts(self, criterion: str) -> tuple[int, ...]:
        """Return what would be chosen from the first starts alone, from the second, and so on."""
        return tuple(
            _lowest(self._criteria(self.starts[start])[criterion]) for start in self.starts
        )

    def runner_up(self, criterion: str) -> int:
        """Return the number of components with the next lowest BIC or AIC; the only one if so."""
        others = self.table[criterion].drop(index=self.best(criterion))
        return _lowest(others) if len(others) else self.best(criterion)

    def lead(self, criterion: str) -> float:
        """Return by how much a criterion at the runner-up is above its lowest value."""
        return self.excess(self.runner_up(criterion), criterion)

    @property
    def gains(self) -> pd.Series[float]:
        """By how much the best start's log-likelihood is above the first one's; index ``k``."""
        return (self.table["log_likelihood"] - self.starts.iloc[:, 0]).clip(lower=0.0)

    @property
    def n_gained(self) -> int:
        """Numbers of components at which a later start was better by more than a nat."""
        return int((self.gains > 1.0).sum())

    @property
    def n_pinned_fits(self) -> int:
        """Numbers of components at which the best start has a pinned component."""
        return int((self.table["n_pinned"] > 0).sum())

    @property
    def n_falls(self) -> int:
        """Steps to more components at which the best start's log-likelihood falls."""
        return _falls(self.table["log_likelihood"])

    @property
    def n_falls_of_first(self) -> int:
        """Steps to more components at which the first start's log-likelihood falls."""
        return _falls(self.starts.iloc[:, 0])

    def best_with_copies(self, m: int) -> int:
        """Return what BIC would choose if every song stood `m` times in the table (prp-copies)."""
        prices = np.log(m * self.n_songs) * self.table["n_parameters"]
        return _lowest(-2 * m * self.table["log_likelihood"] + prices)

    def _criteria(self, log_likelihood: pd.Series[float]) -> pd.DataFrame:
        p = self.table["n_parameters"]
        return pd.DataFrame(
            {
                "log_likelihood": log_likelihood,
                "bic": bic(log_likelihood, p, self.n_songs),
                "aic": aic(log_likelihood, p),
            }
        )


@dataclasses.dataclass(frozen=True, eq=False)
class TypeSweeps:
    """The same sweep for every kind of covariance.

    Attributes
    ----------
    sweeps : tuple of MixtureSweep
        In the order of :data:`analysis.methods.mixture.COVARIANCE_TYPES`.
    """

    sweeps: tuple[MixtureSweep, ...]

    def of(self, covariance_type: str) -> MixtureSweep:
        """Return the sweep of one kind."""
        return next(s for s in self.sweeps if s.covariance_type == covariance_type)

    def best_sweep(self, criterion: str) -> MixtureSweep:
        """Return the sweep that holds the lowest BIC or AIC of all."""
        return min(self.sweeps, key=lambda sweep: float(sweep.table[criterion].min()))

    def best_kind(self, criterion: str) -> str:
        """Return the kind of covariance with the lowest BIC or AIC of all."""
        return self.best_sweep(criterion).covariance_type

    def best_k(self, criterion: str) -> int:
        """Return the number of components that goes with it."""
        return self.best_sweep(criterion).best(criterion)

    def lead(self, criterion: str) -> float:
        """Return how far the best value of any other kind lies above the best of all."""
        lowest = sorted(float(sweep.table[criterion].min()) for sweep in self.sweeps)
        return lowest[1] - lowest[0]

    @property
    def n_out_of_order(self) -> int:
        """Pairs of fits that break the order of likelihoods (prp-more-room).

        At the same number of components, a kind that allows more has the higher maximum; where
        the fits say otherwise, one of them has not found its own.
        """
        n = 0
        for narrow, wide in (("spherical", "diag"), ("diag", "full"), ("tied", "full")):
            less = self.of(narrow).table["log_likelihood"]
            more = self.of(wide).table["log_likelihood"]
            n += int((less > more + 1e-6 * np.abs(more)).sum())
        return n


def bic(
    log_likelihood: pd.Series[float], n_parameters: pd.Series[int], n_songs: int
) -> pd.Series[float]:
    """Return the Bayesian information criterion; low is good (eq-bic)."""
    return -2 * log_likelihood + n_parameters * math.log(n_songs)


def aic(log_likelihood: pd.Series[float], n_parameters: pd.Series[int]) -> pd.Series[float]:
    """Return Akaike's information criterion; low is good (eq-aic)."""
    return -2 * log_likelihood + 2 * n_parameters


def count_parameters(n_components: int, n_features: int) -> tuple[ParameterCount, ...]:
    """Count the parameters for every kind of covariance (eq-parameters)."""
    weights, means = n_components - 1, n_components * n_features
    return tuple(
        ParameterCount(
            kind, weights, means, n_parameters(n_components, n_features, kind) - weights - means
        )
        for kind in COVARIANCE_TYPES
    )


def place_in(ks: Sequence[int], k: int) -> str:
    """Return in words where k lies among the numbers tried."""
    if len(ks) == 1:
        return "the only number tried"
    return {ks[0]: "the first number tried", ks[-1]: "the last number tried"}.get(
        k, "inside the range tried"
    )


def component_numbers(config: Config) -> tuple[int, ...]:
    """Return the numbers of components that the sweep tries: 1, and `k_min` to `k_max`."""
    return (1, *range(config.k_min, config.k_max + 1))


def sweep_mixtures(
    dataset: Dataset, config: Config, covariance_type: CovarianceType = "full"
) -> MixtureSweep:
    """Fit mixtures of every number of components to the standardised songs."""
    Z = z_scores(dataset.X)
    ks = component_numbers(config)
    rows, starts, parameters = [], [], []
    for k in ks:
        fits = fit_starts(
            Z,
            k,
            covariance_type=covariance_type,
            n_init=config.gmm_sweep_n_init,
            max_iter=config.max_iter,
            seed=config.seed,
        )
        likelihoods = [reached(fit) for fit in fits]
        best = max(range(len(fits)), key=lambda start: fits[start].lower_bound_)
        rows.append(
            {
                "log_likelihood": likelihoods[best],
                "n_parameters": n_parameters(k, Z.shape[1], covariance_type),
                "n_iter": fits[best].n_iter_,
                "converged": fits[best].converged_,
                "n_pinned": len(pinned_components(fits[best])),
            }
        )
        starts.append(likelihoods)
        parameters.append(fits[best].parameters_)
    index = pd.Index(ks, name="k")
    table = pd.DataFrame(rows, index=index)
    table["bic"] = bic(table["log_likelihood"], table["n_parameters"], len(Z))
    table["aic"] = aic(table["log_likelihood"], table["n_parameters"])
    return MixtureSweep(
        table=table,
        starts=pd.DataFrame(starts, index=index),
        fits=tuple(parameters),
        covariance_type=covariance_type,
        n_songs=len(Z),
        n_features=Z.shape[1],
        n_components=config.n_clusters,
        n_init=config.gmm_sweep_n_init,
        max_iter=config.max_iter,
        seed=config.seed,
        reg_covar=REG_COVAR,
    )


def sweep_types(dataset: Dataset, config: Config, full: MixtureSweep) -> TypeSweeps:
    """Sweep for every kind of covariance; that of full covariances is given."""
    return TypeSweeps(
        tuple(
            full if kind == "full" else sweep_mixtures(dataset, config, kind)
            for kind in COVARIANCE_TYPES
        )
    )


def fit_starts(
    X: Floats,
    n_components: int,
    *,
    n_init: int,
    max_iter: int,
    seed: int,
    covariance_type: CovarianceType = "full",
    reg_covar: float = REG_COVAR,
) -> list[EMGaussianMixture]:
    """Fit one start after the other: those that one fit with `n_init` of them would try.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    n_components, n_init, max_iter, seed : int
    covariance_type : {"full", "tied", "diag", "spherical"}
    reg_covar : float

    Returns
    -------
    list of EMGaussianMixture
        In the order of the starts. A start that does not converge says so in `converged_`.
    """
    rng = np.random.RandomState(seed)
    return [
        fit_quietly(
            EMGaussianMixture(
                n_components,
                covariance_type=covariance_type,
                reg_covar=reg_covar,
                max_iter=max_iter,
                random_state=rng,
            ),
            X,
        )
        for _ in range(n_init)
    ]


def fit_quietly(model: EMGaussianMixture, X: Floats | pd.DataFrame) -> EMGaussianMixture:
    """Fit a mixture; that it has not converged is a result, `converged_`, and no warning."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X)


def reached(fit: EMGaussianMixture) -> float:
    """Return the log-likelihood at which a fit ended."""
    return float(fit.history_.log_likelihood_after[-1])


def _lowest(values: pd.Series[float]) -> int:
    found = best_k(values, low=True)
    assert found is not None  # noqa: S101  (every number tried has a value)
    return found


def _falls(values: pd.Series[float]) -> int:
    steps = np.diff(values.to_numpy(dtype=np.float64))
    return int((steps < 0).sum())
