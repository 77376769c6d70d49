"""How surely songs belong to their components: the entropy of the posterior, and its bounds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.findings.mixtures.components import Mixture

Floats = NDArray[np.float64]

CONFIDENT_FROM = 0.99
"""A song whose component has at least this probability counts as sure."""
UNSURE_BELOW = 0.5
"""A song whose component has less than this probability has none that outweighs all others."""
N_NAMED = 5
"""So many of the most and of the least certain songs are named."""
N_FIRST = 5
"""The first so many songs of the table have their probabilities shown in full."""


@dataclasses.dataclass(frozen=True, eq=False)
class Certainty:
    """What the entropies of the songs say.

    Attributes
    ----------
    stats : DataFrame
        Index ``nats``, ``normalised``, ``probability`` (the largest of each song); columns
        ``mean``, ``sd`` (ddof 1), ``median``, ``minimum``, ``maximum``.
    surest, least_sure : DataFrame
        At most :data:`N_NAMED` songs, most certain or least certain first; of equals the first of
        the table. Columns ``track``, ``genre``, ``component``, ``probability``, ``second``
        (component), ``second_probability``, ``entropy`` (nats), ``normalised``.
    by_genre : DataFrame
        Index ``genre``, from the least to the greatest mean entropy; columns ``n``, ``mean``,
        ``sd`` (ddof 1) of the normalised entropy, ``probability`` (mean), ``sure``, ``unsure``
        (numbers of songs).
    between_share : float
        Of the variance of the entropy, the share that lies between genres.
    n_songs, n_sure, n_unsure : int
        See :data:`CONFIDENT_FROM` and :data:`UNSURE_BELOW`.
    expected_wrong : float
        If the mixture were the truth: the share of songs whose label is expected not to be the
        component that they come from (eq-expected-wrong).
    n_components : int
    """

    stats: pd.DataFrame
    surest: pd.DataFrame
    least_sure: pd.DataFrame
    by_genre: pd.DataFrame
    between_share: float
    n_songs: int
    n_sure: int
    n_unsure: int
    expected_wrong: float
    n_components: int

    def of(self, what: str, statistic: str) -> float:
        """Return a statistic, such as ``of("nats", "mean")``."""
        return float(self.stats[statistic].to_numpy()[self.stats.index.get_loc(what)])

    @property
    def most_possible(self) -> float:
        """The largest entropy that there can be, in nats: log K."""
        return float(np.log(self.n_components))

    @property
    def sure_share(self) -> float:
        """The share of songs whose component has at least :data:`CONFIDENT_FROM`."""
        return self.n_sure / self.n_songs

    @property
    def unsure_share(self) -> float:
        """The share of songs no component of which outweighs all others together."""
        return self.n_unsure / self.n_songs

    @property
    def clearest_genre(self) -> str:
        """The genre of the least mean entropy."""
        return str(self.by_genre.index[0])

    @property
    def haziest_genre(self) -> str:
        """The genre of the greatest mean entropy."""
        return str(self.by_genre.index[-1])


def describe_certainty(mixture: Mixture) -> Certainty:
    """Summarise the entropies, name the songs at both ends, and average over genres."""
    measured = {
        "nats": mixture.entropy,
        "normalised": mixture.normalised_entropy,
        "probability": mixture.max_probability,
    }
    order = np.argsort(mixture.entropy, kind="stable")
    backwards = np.argsort(-mixture.entropy, kind="stable")
    sure = mixture.max_probability >= CONFIDENT_FROM
    unsure = mixture.max_probability < UNSURE_BELOW
    return Certainty(
        stats=pd.DataFrame({name: _statistics(values) for name, values in measured.items()}).T,
        surest=_songs(mixture, order[:N_NAMED]),
        least_sure=_songs(mixture, backwards[:N_NAMED]),
        by_genre=_by_genre(mixture, sure, unsure),
        between_share=_between_share(mixture.entropy, mixture.genres),
        n_songs=mixture.n_songs,
        n_sure=int(sure.sum()),
        n_unsure=int(unsure.sum()),
        expected_wrong=float(1 - mixture.max_probability.mean()),
        n_components=mixture.n_components,
    )


def entropy_envelope(probability: ArrayLike, n_components: int) -> tuple[Floats, Floats]:
    """Return the least and the greatest entropy that a largest probability allows (eq-envelope).

    Parameters
    ----------
    probability : array-like of shape (n,)
        The largest of `n_components` probabilities: from 1 / n_components to 1.
    n_components : int
        2 or more.

    Returns
    -------
    low : ndarray of shape (n,)
        In nats: as many components as possible have the same probability, one has the rest.
    high : ndarray of shape (n,)
        In nats: all other components share the rest evenly.

    Raises
    ------
    ValueError
        If a value cannot be the largest of so many probabilities.
    """
    from scipy.special import entr

    m = np.asarray(probability, dtype=np.float64)
    slack = 1e-12
    if not ((m >= 1 / n_components - slack) & (m <= 1 + slack)).all():
        raise ValueError(
            f"The largest of {n_components} probabilities lies between 1/{n_components} and 1; "
            "a value outside was given."
        )
    m = np.clip(m, 1 / n_components, 1.0)
    times = np.floor(1 / m + slack)
    rest = np.maximum(1 - times * m, 0.0)
    low = times * entr(m) + entr(rest)
    spread = (1 - m) / (n_components - 1)
    high = entr(m) + (n_components - 1) * entr(spread)
    return np.asarray(low), np.asarray(high)


def _statistics(values: Floats) -> dict[str, float]:
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
        "median": float(np.median(values)),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
    }


def _songs(mixture: Mixture, rows: NDArray[np.intp]) -> pd.DataFrame:
    ranked = np.argsort(-mixture.probabilities[rows], axis=1, kind="stable")
    best, second = ranked[:, 0], ranked[:, 1]
    return pd.DataFrame(
        {
            "track": mixture.tracks[rows],
            "genre": mixture.genres[rows],
            "component": best,
            "probability": mixture.probabilities[rows, best],
            "second": second,
            "second_probability": mixture.probabilities[rows, second],
            "entropy": mixture.entropy[rows],
            "normalised": mixture.normalised_entropy[rows],
        }
    )


def _by_genre(mixture: Mixture, sure: NDArray[np.bool_], unsure: NDArray[np.bool_]) -> pd.DataFrame:
    songs = pd.DataFrame(
        {
            "genre": mixture.genres,
            "entropy": mixture.normalised_entropy,
            "probability": mixture.max_probability,
            "sure": sure,
            "unsure": unsure,
        }
    )
    groups = songs.groupby("genre")
    frame = pd.DataFrame(
        {
            "n": groups.size(),
            "mean": groups["entropy"].mean(),
            "sd": groups["entropy"].std(ddof=1),
            "probability": groups["probability"].mean(),
            "sure": groups["sure"].sum().astype(int),
            "unsure": groups["unsure"].sum().astype(int),
        }
    )
    return frame.sort_values("mean", kind="stable")


def _between_share(values: Floats, groups: NDArray[np.str_]) -> float:
    """Return the share of the variance of `values` that lies between groups; 0 if there is none."""
    _, of = np.unique(groups, return_inverse=True)
    means = np.bincount(of, weights=values) / np.bincount(of)
    variance = float(values.var())
    return float(means[of].var() / variance) if variance > 0 else 0.0
