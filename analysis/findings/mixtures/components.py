"""The Gaussian mixture of the study: its components, and how surely songs belong to them."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config import Config
from analysis.findings.kmeans.clusters import name_of
from analysis.songs.table import Dataset, Feature, z_scores

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

    from analysis.methods.mixture.model import Parameters
    from analysis.methods.mixture.pinned import PinnedComponent

Floats = NDArray[np.float64]

SOURCE_ROUNDS = (15, 20)
"""The range of EM's iterations that the source notebook states."""


@dataclasses.dataclass(frozen=True)
class ComponentProfile:
    """What sets a component apart.

    Attributes
    ----------
    component : int
    deviations : tuple of (str, float)
        Every feature with the component's mean, in standard deviations from the mean of all songs;
        the largest first.
    name : str
        Made from the largest of these, by the rule for clusters (def-name).
    """

    component: int
    deviations: tuple[tuple[str, float], ...]
    name: str


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
    pinned : tuple of PinnedComponent
        Components whose covariance is pinned at the regularisation.
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
    pinned: tuple[PinnedComponent, ...]

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

    @property
    def counts(self) -> Floats:
        """Songs each component has by its probabilities: sums over songs (eq-counts)."""
        return np.asarray(self.probabilities.sum(axis=0))

    @property
    def even_weight(self) -> float:
        """The weight that all components would have if they were equal."""
        return 1 / self.n_components

    @property
    def heaviest(self) -> int:
        """The component of the largest weight."""
        return int(self.weights.argmax())

    @property
    def lightest(self) -> int:
        """The component of the smallest weight."""
        return int(self.weights.argmin())

    @property
    def parameters(self) -> Parameters:
        """The mixture of the standardised features."""
        from analysis.methods.mixture.model import Parameters

        return Parameters(self.weights, self.centers.to_numpy(), self.covariances)

    @property
    def own_covariances(self) -> Floats:
        """Covariances in the features' own units, shape (n_components, n_features, n_features)."""
        return np.asarray(self.covariances * np.outer(self.scales, self.scales))

    @property
    def deviations(self) -> Floats:
        """Standard deviations in own units, shape (n_components, n_features)."""
        return np.sqrt(np.diagonal(self.own_covariances, axis1=1, axis2=2))

    @functools.cached_property
    def entropy(self) -> Floats:
        """Of each song's probabilities, in nats (eq-entropy), shape (n_songs,)."""
        from analysis.methods.mixture.steps import posterior_entropy

        return posterior_entropy(self.probabilities)

    @functools.cached_property
    def normalised_entropy(self) -> Floats:
        """The same as a share of the largest possible, 0 to 1, shape (n_songs,)."""
        from analysis.methods.mixture.steps import posterior_entropy

        return posterior_entropy(self.probabilities, normalised=True)

    @functools.cached_property
    def max_probability(self) -> Floats:
        """Of each song, the probability of its component, shape (n_songs,)."""
        return np.asarray(self.probabilities.max(axis=1))

    @functools.cached_property
    def profiles(self) -> tuple[ComponentProfile, ...]:
        """What sets each component apart, and the name made from it."""
        return tuple(
            profile_of(component, self.centers.iloc[component])
            for component in range(self.n_components)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The components' names, in order; not always different."""
        return tuple(profile.name for profile in self.profiles)

    @property
    def n_names(self) -> int:
        """Different names of components."""
        return len(set(self.names))

    @property
    def farthest_out(self) -> ComponentProfile:
        """The component with the largest single deviation."""
        return max(self.profiles, key=lambda profile: abs(profile.deviations[0][1]))


def fit_gaussian_mixture(dataset: Dataset, config: Config) -> GaussianMixture:
    """Fit scikit-learn's Gaussian mixture to the standardised songs, as `study.toml` says."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(
            config.n_clusters,
            covariance_type="full",
            n_init=config.gmm_n_init,
            max_iter=config.max_iter,
            random_state=config.seed,
        ).fit(z_scores(dataset.X))


def fit_mixture(dataset: Dataset, config: Config, model: GaussianMixture | None = None) -> Mixture:
    """Take the components of the Gaussian mixture apart.

    Parameters
    ----------
    dataset : Dataset
    config : Config
    model : GaussianMixture, optional
        From :func:`fit_gaussian_mixture`, which is called if it is not given.

    Returns
    -------
    Mixture
    """
    from threadpoolctl import threadpool_limits

    from analysis.methods.mixture.model import n_parameters
    from analysis.methods.mixture.pinned import pinned_components

    Z = z_scores(dataset.X)
    model = model or fit_gaussian_mixture(dataset, config)
    with threadpool_limits(1):
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
        pinned=pinned_components(model, feature_names=dataset.feature_names),
    )


def profile_of(component: int, center: pd.Series) -> ComponentProfile:
    """Name a component after the features in which its mean, standardised, lies farthest out."""
    ordered = center.sort_values(key=np.abs, ascending=False, kind="stable")
    deviations = tuple((str(name), float(value)) for name, value in ordered.items())
    return ComponentProfile(component, deviations, name_of(deviations))
