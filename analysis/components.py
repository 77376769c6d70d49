"""The Gaussian mixture of the study: its components, and how surely songs belong to them."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.dataset import Dataset, Feature, z_scores

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Mixture:
    """The Gaussian mixture at the study's number of components, full covariances.

    Attributes
    ----------
    features : tuple of Feature
    weights : ndarray of shape (n_components,)
    centers : DataFrame of shape (n_components, n_features)
        Means of the standardised features. Index ``component``: scikit-learn's labels, from 0.
    means : DataFrame of shape (n_components, n_features)
        The same in the features' own units.
    covariances : ndarray of shape (n_components, n_features, n_features)
        Of the standardised features.
    scales : ndarray of shape (n_features,)
        The features' standard deviations (ddof 0), which take covariances to own units.
    labels : ndarray of shape (n_songs,), int
        The component of the highest posterior probability, of equals the first (eq-argmax).
    probabilities : ndarray of shape (n_songs, n_components)
        Posterior probabilities (eq-responsibility).
    tracks : ndarray of shape (n_songs,)
    genres : ndarray of shape (n_songs,)
    log_likelihood : float
        Of all songs, in nats (eq-loglikelihood).
    bic, aic : float
        As scikit-learn has them (eq-bic, eq-aic); lower is better.
    n_parameters : int
        Free parameters (eq-parameters).
    converged : bool
    n_iter : int
        Rounds of the best start.
    n_init, max_iter, seed : int
    reg_covar, tol : float
    """

    features: tuple[Feature, ...]
    weights: Floats
    centers: pd.DataFrame
    means: pd.DataFrame
    covariances: Floats
    scales: Floats
    labels: NDArray[np.int64]
    probabilities: Floats
    tracks: NDArray[np.object_]
    genres: NDArray[np.str_]
    log_likelihood: float
    bic: float
    aic: float
    n_parameters: int
    converged: bool
    n_iter: int
    n_init: int
    max_iter: int
    seed: int
    reg_covar: float
    tol: float

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.features)

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.labels)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Songs whose most probable component each is."""
        return np.bincount(self.labels, minlength=self.n_components).astype(np.int64)


def fit_mixture(dataset: Dataset, config: Config) -> Mixture:
    """Fit scikit-learn's Gaussian mixture to the standardised songs, as `study.toml` says."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    from analysis.mixture import n_parameters

    Z = z_scores(dataset.X)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = GaussianMixture(
            config.n_clusters,
            covariance_type="full",
            n_init=config.gmm_n_init,
            max_iter=config.max_iter,
            random_state=config.seed,
        ).fit(Z)
        probabilities = model.predict_proba(Z)
        log_likelihood = float(model.score(Z) * len(Z))
        bic, aic = float(model.bic(Z)), float(model.aic(Z))
    index = pd.RangeIndex(config.n_clusters, name="component")
    centers = pd.DataFrame(model.means_, index=index, columns=list(dataset.feature_names))
    scales = dataset.X.std(axis=0)
    return Mixture(
        features=dataset.features,
        weights=model.weights_,
        centers=centers,
        means=centers * scales + dataset.X.mean(axis=0),
        covariances=model.covariances_,
        scales=scales,
        labels=probabilities.argmax(axis=1).astype(np.int64),
        probabilities=probabilities,
        tracks=np.asarray(dataset.tracks, dtype=object),
        genres=dataset.labels,
        log_likelihood=log_likelihood,
        bic=bic,
        aic=aic,
        n_parameters=n_parameters(config.n_clusters, Z.shape[1], "full"),
        converged=bool(model.converged_),
        n_iter=int(model.n_iter_),
        n_init=config.gmm_n_init,
        max_iter=config.max_iter,
        seed=config.seed,
        reg_covar=float(model.reg_covar),
        tol=float(model.tol),
    )
