"""How firm the number of components is: songs held out, other seeds, other samples of songs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.choice import best_k
from analysis.findings.mixtures.choice import MixtureSweep, bic, fit_quietly, reached
from analysis.methods.mixture.estimator import EMGaussianMixture
from analysis.methods.mixture.model import Parameters, n_parameters
from analysis.methods.mixture.pinned import pinned_components
from analysis.methods.resampling import Interval, values_at
from analysis.songs.table import Dataset, joined, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]

MOST_NUMBERS = 8
"""Numbers of components that refits try, besides the study's: fewer than the sweep."""

NEAR = 3
"""Up to this far from the sweep's choice, refits try every number of components."""

SETTINGS = ("seeds", "samples", "without copies")
"""Other seeds; bootstrap samples; the different songs of the same samples, each once."""


@dataclasses.dataclass(frozen=True, eq=False)
class HeldOut:
    """What mixtures say of songs they have not seen, beside what BIC and AIC say.

    Attributes
    ----------
    table : DataFrame
        Index ``k``; nats per song. Columns: ``held_out`` (eq-held-out), ``error`` (its standard
        error over the folds), ``seen`` (the log-likelihood of the songs the sweep was fitted to),
        ``aic`` and ``bic`` (the criterion over ``-2 n``: what it expects of new songs), ``less``,
        ``less_low``, ``less_high`` (by how much it is below the best, with the interval of
        :func:`less_than_best`). NaN where there are fewer different songs to learn from than
        components.
    n_folds : int
    n_groups : int
        Different songs; songs that agree in every feature are held out together.
    by_artist : DataFrame
        The same with all songs of an artist held out together, for the numbers of
        :func:`refit_numbers`. Index ``k``; columns ``held_out``, ``error``.
    n_artists : int
    """

    table: pd.DataFrame
    n_folds: int
    n_groups: int
    by_artist: pd.DataFrame
    n_artists: int

    @property
    def best(self) -> int | None:
        """The number of components with the highest held-out log-likelihood."""
        return best_k(self.table["held_out"])

    @property
    def simplest(self) -> int | None:
        """The smallest number within one standard error of the best."""
        best = self.best
        if best is None:
            return None
        least = self.table["held_out"][best] - self.table["error"][best]
        return int(self.table.index[(self.table["held_out"] >= least).to_numpy().argmax()])

    @property
    def within_error(self) -> tuple[int, ...]:
        """All numbers within one standard error of the best, in rising order."""
        return _within_error(self.table)

    @property
    def best_by_artist(self) -> int | None:
        """The number with the highest value where artists are held out."""
        return best_k(self.by_artist["held_out"])

    @property
    def within_error_by_artist(self) -> tuple[int, ...]:
        """All numbers within one standard error of that, in rising order."""
        return _within_error(self.by_artist)

    @property
    def lost_by_artist(self) -> float:
        """By how much the best value is lower where artists are held out, in nats per song."""
        return float(self.table["held_out"].max() - self.by_artist["held_out"].max())

    @property
    def tied(self) -> tuple[int, ...]:
        """All numbers whose difference to the best may be none, in rising order."""
        return tuple(int(k) for k in self.table.index[self.table["less_low"] <= 0])

    def less(self, k: int) -> Interval:
        """Return by how much k is below the best."""
        return Interval(*values_at(self.table, k, "less", "less_low", "less_high"))

    def of(self, k: int | None, column: str) -> float:
        """Return one value; NaN if k was not tried."""
        return float(self.table[column].get(k, np.nan))

    def n_overrated(self, column: str) -> int:
        """Count the numbers at which ``seen``, ``aic`` or ``bic`` is above the held-out value."""
        return int((self.table[column] > self.table["held_out"]).sum())

    def promise(self, k: int, column: str) -> float:
        """Return by how much ``seen``, ``aic`` or ``bic`` is above the held-out value at k."""
        return self.of(k, column) - self.of(k, "held_out")


def _within_error(table: pd.DataFrame) -> tuple[int, ...]:
    best = best_k(table["held_out"])
    if best is None:
        return ()
    least = table["held_out"][best] - table["error"][best]
    return tuple(int(k) for k in table.index[table["held_out"] >= least])


@dataclasses.dataclass(frozen=True, eq=False)
class ChoiceRefits:
    """What BIC chooses when the seed is another, or the songs.

    Attributes
    ----------
    picks : DataFrame
        One row a run. Columns: ``setting`` (of :data:`SETTINGS`), ``run``, ``k`` (the number with
        the lowest BIC), ``n_distinct`` (different draws), ``n_fits``, ``n_pinned`` (fits in which
        a component is pinned at the regularisation).
    ks : tuple of int
        The numbers of components tried.
    n_songs : int
    """

    picks: pd.DataFrame
    ks: tuple[int, ...]
    n_songs: int

    def of(self, setting: str) -> pd.DataFrame:
        """Return the runs of one setting, by number."""
        return self.picks[self.picks["setting"] == setting].set_index("run")

    def n_runs(self, setting: str) -> int:
        """Return how many runs there are of a setting."""
        return len(self.of(setting))

    def chosen(self, setting: str) -> tuple[int, ...]:
        """Return the different numbers chosen, in rising order."""
        return tuple(sorted({int(k) for k in self.of(setting)["k"]}))

    def share(self, setting: str, k: int) -> float:
        """Return the share of runs that choose k."""
        return float((self.of(setting)["k"] == k).mean())

    def commonest(self, setting: str) -> int:
        """Return the number that is chosen most often, the smallest of equals."""
        counts = self.of(setting)["k"].value_counts()
        return int(counts.index[counts == counts.max()].min())

    def mean(self, setting: str) -> float:
        """Return the mean of the numbers chosen."""
        return float(self.of(setting)["k"].mean())

    def pinned_share(self, setting: str) -> float:
        """Return the share of fits in which a component is pinned at the regularisation."""
        runs = self.of(setting)
        return float(runs["n_pinned"].sum() / runs["n_fits"].sum())

    @property
    def distinct_share(self) -> float:
        """The mean share of the songs that is in a bootstrap sample."""
        return float(self.of("samples")["n_distinct"].mean()) / self.n_songs

    def n_with_copies(self, sign: int) -> int:
        """Count samples in which copies raise (1), keep (0) or lower (-1) the number chosen."""
        change = self.of("samples")["k"] - self.of("without copies")["k"]
        return int((np.sign(change) == sign).sum())


def refit_numbers(ks: Sequence[int], n_components: int) -> tuple[int, ...]:
    """Thin out the numbers of components: all if they are few, else closer where they are small.

    The square roots of those kept lie evenly between the ends; the study's number is kept too.
    """
    if len(ks) <= MOST_NUMBERS:
        return tuple(ks)
    even = np.linspace(np.sqrt(ks[0]), np.sqrt(ks[-1]), MOST_NUMBERS) ** 2
    nearest = {min(ks, key=lambda k: (abs(k - value), k)) for value in even}
    return tuple(sorted(nearest | ({n_components} & set(ks))))


def hold_out(dataset: Dataset, config: Config, sweep: MixtureSweep) -> HeldOut:
    """Cross-validate the log-likelihood for every number of components, full covariances.

    Each fit has one start. Songs that agree in every feature are held out together, and once more
    all songs of an artist.
    """
    Z = z_scores(dataset.X)
    group = np.unique(Z, axis=0, return_inverse=True)[1].reshape(-1)
    artist = joined(dataset.groups, group)
    table, means = _held_out(Z, group, sweep.ks, config)
    numbers = refit_numbers(sweep.ks, config.n_clusters)
    table = table.assign(
        seen=sweep.table["log_likelihood"] / len(Z),
        aic=sweep.table["aic"] / (-2 * len(Z)),
        bic=sweep.table["bic"] / (-2 * len(Z)),
    )
    return HeldOut(
        table.join(less_than_best(table["held_out"], means, config.confidence)),
        means.shape[1],
        int(group.max()) + 1,
        _held_out(Z, artist, numbers, config)[0],
        int(artist.max()) + 1,
    )


def _held_out(
    Z: Floats, group: NDArray[np.int64], ks: Sequence[int], config: Config
) -> tuple[pd.DataFrame, Floats]:
    """Return the held-out log-likelihood with its standard error, and the mean of each part."""
    n_groups = int(group.max()) + 1
    order = generator(config.seed, Stream.MIXTURE_FOLDS).permutation(n_groups)
    folds = np.array_split(order, min(config.n_folds, n_groups))
    means = np.full((len(ks), len(folds)), np.nan)
    sums = np.full_like(means, np.nan)
    for column, fold in enumerate(folds):
        out = np.isin(group, fold)
        n_different = len(np.unique(Z[~out], axis=0))
        for row, k in enumerate(ks):
            if k > n_different:
                continue
            fit = _fit(Z[~out], k, config, config.seed)
            found = fit.score_samples(Z[out])
            means[row, column], sums[row, column] = found.mean(), found.sum()
    table = pd.DataFrame(
        {
            "held_out": sums.sum(axis=1) / len(Z),
            "error": means.std(axis=1, ddof=1) / np.sqrt(len(folds)),
        },
        index=pd.Index(ks, name="k"),
    )
    return table, means


def less_than_best(held_out: pd.Series[float], means: Floats, confidence: float) -> pd.DataFrame:
    """Compare numbers of components with the best of them on the same parts.

    Parameters
    ----------
    held_out : Series
        Index ``k``: the mean over all songs.
    means : ndarray of shape (n_ks, n_folds)
        The mean of each part.
    confidence : float

    Returns
    -------
    DataFrame
        Index ``k``. Columns ``less`` and, with Student's interval of the differences of the parts,
        ``less_low``, ``less_high``. The best was chosen on the same parts, so that the interval is
        too sure that others are below it.
    """
    from scipy.stats import t

    best, n_folds = best_k(held_out), means.shape[1]
    if best is None or n_folds < 2:
        return pd.DataFrame(np.nan, held_out.index, ["less", "less_low", "less_high"])
    apart = means[held_out.index.get_loc(best)] - means
    half = t.ppf((1 + confidence) / 2, n_folds - 1) * apart.std(axis=1, ddof=1) / np.sqrt(n_folds)
    less = held_out[best] - held_out
    return pd.DataFrame({"less": less, "less_low": less - half, "less_high": less + half})


def refit(dataset: Dataset, config: Config, sweep: MixtureSweep) -> ChoiceRefits:
    """Choose the number of components by BIC for other seeds, and for other samples of songs.

    Every number within :data:`NEAR` of the sweep's choice is tried, and few others. A seed has one
    start. A fit to a sample starts where the sweep's best fit to all songs ended,
    so that what varies is the songs and not the start.
    """
    Z = z_scores(dataset.X)
    chosen = min(sweep.ks, key=lambda k: (sweep.of(k, "bic"), k))
    near = {k for k in sweep.ks if abs(k - chosen) <= NEAR}
    ks = tuple(sorted(near.union(refit_numbers(sweep.ks, sweep.n_components))))
    rows = []
    for run in range(config.n_seeds):
        fits = [_fit(Z, k, config, config.seed + run) for k in ks]
        rows.append(_pick("seeds", run, Z, fits, len(Z)))
    rng = generator(config.seed, Stream.CHOICE_REFITS)
    for run in range(config.n_refits):
        drawn = np.sort(rng.integers(len(Z), size=len(Z)))
        once = np.unique(drawn)
        for setting, songs in (("samples", drawn), ("without copies", once)):
            there = [k for k in ks if k <= len(once)]
            fits = [_fit_from(Z[songs], sweep.fit(k), config) for k in there]
            rows.append(_pick(setting, run, Z[songs], fits, len(once)))
    return ChoiceRefits(pd.DataFrame(rows), ks, len(Z))


def _pick(
    setting: str, run: int, X: Floats, fits: Sequence[EMGaussianMixture], n_distinct: int
) -> dict[str, object]:
    """Take the fit with the lowest BIC, of equals the first."""
    counts = [n_parameters(fit.n_components, X.shape[1], "full") for fit in fits]
    criterion = bic(pd.Series([reached(fit) for fit in fits]), pd.Series(counts), len(X))
    return {
        "setting": setting,
        "run": run,
        "k": fits[int(criterion.to_numpy().argmin())].n_components,
        "n_distinct": n_distinct,
        "n_fits": len(fits),
        "n_pinned": sum(bool(pinned_components(fit)) for fit in fits),
    }


def _fit(X: Floats, k: int, config: Config, seed: int) -> EMGaussianMixture:
    model = EMGaussianMixture(k, max_iter=config.max_iter, random_state=seed)
    return fit_quietly(model, X)


def _fit_from(X: Floats, start: Parameters, config: Config) -> EMGaussianMixture:
    precisions = np.linalg.inv(start.matrices())
    model = EMGaussianMixture(
        len(start.weights),
        max_iter=config.max_iter,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=(precisions + precisions.transpose(0, 2, 1)) / 2,
    )
    return fit_quietly(model, X)
