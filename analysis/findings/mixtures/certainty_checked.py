"""The posterior beside refits: how often a song stays in its component when songs are redrawn.

Refits are made by our own `EMGaussianMixture`, which agrees with scikit-learn's to rounding from
the same start and takes less time.
"""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.mixtures.certainty import CONFIDENT_FROM
from analysis.findings.mixtures.components import Mixture
from analysis.findings.mixtures.samples import draw
from analysis.methods.resampling import Interval, interval
from analysis.songs.table import Dataset, z_scores
from analysis.streams import Stream, generator

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Songs are gathered by the probability of their component between these edges."""


@dataclasses.dataclass(frozen=True, eq=False)
class PosteriorRefits:
    """Refits to bootstrap samples, of one way to start.

    Attributes
    ----------
    kept : ndarray of bool, shape (n_refits, n_songs)
        Whether the refit, its components matched to the study's, gives the song its label.
    drawn : ndarray of bool, shape (n_refits, n_songs)
        Whether the song was in the bootstrap sample.
    n_iter : ndarray of int, shape (n_refits,)
    n_converged : int
    chance : float
        Mean agreement of matched labels when the refits' labels are shuffled.
    share : Interval
        Of songs kept, over all refits; resampled refits make the interval.
    """

    kept: Flags
    drawn: Flags
    n_iter: NDArray[np.int64]
    n_converged: int
    chance: float
    share: Interval

    @property
    def n_refits(self) -> int:
        """Number of refits."""
        return len(self.kept)

    @property
    def share_drawn(self) -> float:
        """The share kept among songs that were in the sample."""
        return float(self.kept[self.drawn].mean())

    @property
    def share_left_out(self) -> float:
        """The share kept among songs that were not in the sample."""
        left_out = self.kept[~self.drawn]
        return float(left_out.mean()) if left_out.size else float("nan")

    def rounds_within(self, low: int, high: int) -> float:
        """Return the share of refits that took from `low` to `high` rounds."""
        return float(((self.n_iter >= low) & (self.n_iter <= high)).mean())


@dataclasses.dataclass(frozen=True, eq=False)
class PosteriorCheck:
    """The posterior of the songs' own components beside three frequencies.

    Attributes
    ----------
    own_start : PosteriorRefits
        EM begins with the study's own parameters: what the choice of songs changes.
    fresh_start : PosteriorRefits
        EM begins anew, from one start: what the choice of songs and the start change.
    table : DataFrame
        One row for each bin of :data:`BINS` that holds songs. Columns ``low``, ``high`` (of the
        probability), ``n`` (songs), ``probability`` (their mean), ``own``, ``own_low``,
        ``own_high``, ``fresh``, ``fresh_low``, ``fresh_high`` (shares kept), ``n_model``,
        ``model`` (songs drawn from the mixture: how often their label is their component).
    mean_probability : float
        Of the songs' own components.
    sure_kept_fresh : float
        Share kept, with a fresh start, of the songs with at least
        :data:`analysis.findings.mixtures.certainty.CONFIDENT_FROM`; NaN if there are none.
    n_sure : int
    model_gap : float
        Among songs drawn from the mixture: mean probability less the share that come from the
        component they are given; 0 in expectation (prp-calibrated).
    n_model : int
        Songs drawn from the mixture.
    """

    own_start: PosteriorRefits
    fresh_start: PosteriorRefits
    table: pd.DataFrame
    mean_probability: float
    sure_kept_fresh: float
    n_sure: int
    model_gap: float
    n_model: int

    @property
    def n_refits(self) -> int:
        """Refits of each way to start."""
        return self.own_start.n_refits


def check_posterior(dataset: Dataset, mixture: Mixture, config: Config) -> PosteriorCheck:
    """Refit to bootstrap samples, and see how often each song stays where it is."""
    Z = z_scores(dataset.X)
    rng = generator(config.seed, Stream.POSTERIOR_REFITS)
    samples = rng.integers(len(Z), size=(config.n_refits, len(Z)))
    own = refit(Z, mixture, samples, config, fresh=False)
    fresh = refit(Z, mixture, samples, config, fresh=True)
    drawn, component = draw(mixture.parameters, config.n_refits * len(Z), rng)
    model = _posterior(drawn, mixture)
    model_best, model_right = model.max(axis=1), model.argmax(axis=1) == component
    best = mixture.max_probability
    sure = best >= CONFIDENT_FROM
    return PosteriorCheck(
        own_start=own,
        fresh_start=fresh,
        table=_reliability(best, own, fresh, model_best, model_right, config),
        mean_probability=float(best.mean()),
        sure_kept_fresh=_mean(fresh.kept[:, sure]),
        n_sure=int(sure.sum()),
        model_gap=float(model_best.mean() - model_right.mean()),
        n_model=len(drawn),
    )


def refit(
    Z: Floats, mixture: Mixture, samples: NDArray[np.int64], config: Config, *, fresh: bool
) -> PosteriorRefits:
    """Fit the mixture to each sample, and give the songs of the table their labels by it.

    Parameters
    ----------
    Z : ndarray of shape (n_songs, n_features)
        Standardised.
    mixture : Mixture
        What the components are matched to, on the labels of all songs of the table.
    samples : ndarray of int, shape (n_refits, n_songs)
        Rows drawn.
    config : Config
    fresh : bool
        Start anew from the sample; otherwise from the parameters of `mixture`.

    Returns
    -------
    PosteriorRefits
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from analysis.methods.indices.external import match_labels
    from analysis.methods.mixture.estimator import EMGaussianMixture

    given: dict[str, Any] = {} if fresh else _start_at(mixture)
    rng = generator(config.seed, Stream.POSTERIOR_STARTS)
    kept, n_iter, n_converged, chance = [], [], 0, []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for number, rows in enumerate(samples):
            model = EMGaussianMixture(
                mixture.n_components,
                max_iter=config.max_iter,
                random_state=(config.seed + number) % 2**32,
                **given,
            ).fit(Z[rows])
            labels = model.predict(Z)
            kept.append(match_labels(labels, mixture.labels).relabelled == mixture.labels)
            chance.append(match_labels(rng.permutation(labels), mixture.labels).agreement)
            n_iter.append(model.n_iter_)
            n_converged += bool(model.converged_)
    flags = np.array(kept)
    drawn = np.zeros(flags.shape, dtype=bool)
    np.put_along_axis(drawn, samples, values=True, axis=1)
    return PosteriorRefits(
        kept=flags,
        drawn=drawn,
        n_iter=np.array(n_iter, dtype=np.int64),
        n_converged=n_converged,
        chance=float(np.mean(chance)),
        share=_share(flags, config),
    )


def _start_at(mixture: Mixture) -> dict[str, Floats]:
    return {
        "weights_init": mixture.weights / mixture.weights.sum(),
        "means_init": mixture.centers.to_numpy(),
        "precisions_init": np.linalg.inv(mixture.covariances),
    }


def _posterior(Z: Floats, mixture: Mixture) -> Floats:
    from analysis.methods.mixture.steps import e_step

    return e_step(Z, mixture.parameters)


def _reliability(
    best: Floats,
    own: PosteriorRefits,
    fresh: PosteriorRefits,
    model_best: Floats,
    model_right: Flags,
    config: Config,
) -> pd.DataFrame:
    place, model_place = (np.digitize(values, BINS[1:-1]) for values in (best, model_best))
    rows = []
    for i, (low, high) in enumerate(pairwise(BINS)):
        inside, model_inside = place == i, model_place == i
        if not inside.any():
            continue
        row = {"low": low, "high": high, "n": int(inside.sum())}
        row["probability"] = float(best[inside].mean())
        for name, refits in (("own", own), ("fresh", fresh)):
            share = _share(refits.kept[:, inside], config)
            row |= {name: share.estimate, f"{name}_low": share.low, f"{name}_high": share.high}
        row["n_model"] = int(model_inside.sum())
        row["model"] = _mean(model_right[model_inside])
        rows.append(row)
    return pd.DataFrame(rows)


def _share(kept: Flags, config: Config) -> Interval:
    """Return the share kept, with the interval that resampled refits give."""
    by_refit = kept.mean(axis=1)
    rng = generator(config.seed, Stream.POSTERIOR_SHARES)
    n = len(by_refit)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=config.n_bootstrap)
    return interval(float(by_refit.mean()), weights @ by_refit / n, config.confidence)


def _mean(flags: Flags) -> float:
    return float(flags.mean()) if flags.size else float("nan")
