"""Components that are as flat as the regularisation lets them be."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from analysis.methods.mixture.model import EPSILON, Floats, covariance_matrices
from analysis.numbers import listed


@dataclass(frozen=True, eq=False)
class PinnedComponent:
    """A component that is as flat as the regularisation lets it be.

    ``str()`` says so in a sentence.

    Attributes
    ----------
    component : int or None
        None when the covariance is one for all components.
    n_directions : int
        How many directions it is flat in.
    smallest_eigenvalue : float
        Of the covariance, in squared units of the data.
    reg_covar : float
        What the fit added to every eigenvalue.
    direction : ndarray of shape (n_features,)
        Unit vector of the smallest eigenvalue.
    features : tuple of str
        Those that the flat directions involve: between them the data hardly vary.
    """

    component: int | None
    n_directions: int
    smallest_eigenvalue: float
    reg_covar: float
    direction: Floats
    features: tuple[str, ...]

    def __str__(self) -> str:
        if self.component is None:
            start = "All components share a covariance that"
        else:
            start = f"Component {self.component} has a covariance that"
        ways = "1 direction, which involves"
        if self.n_directions > 1:
            ways = f"{self.n_directions} directions, which involve"
        smallest = f"the smallest eigenvalue, {self.smallest_eigenvalue:.3g}"
        if self.reg_covar > 0:
            share = min(self.reg_covar / self.smallest_eigenvalue, 1.0)
            owes = f"{share:.0%} of {smallest}, is reg_covar"
        else:
            owes = f"{smallest}, is no more than rounding"
        return (
            f"{start} is pinned at the regularisation: in {ways} {listed(self.features)}, "
            f"the data hardly vary, and {owes}. The log-likelihood, BIC and AIC depend "
            "on reg_covar there: drop a redundant feature, or use fewer components."
        )


def pinned_components(
    model: Any, *, factor: float = 2.0, feature_names: Sequence[str] | None = None
) -> tuple[PinnedComponent, ...]:
    """Find the components of a fitted mixture whose covariance is pinned at the regularisation.

    The fit adds `reg_covar` to every eigenvalue that the data give. An eigenvalue of less than
    twice `reg_covar` owes more to the regularisation than to the data. The likelihood of such a
    component is not a property of the data: it grows without bound as `reg_covar` goes to zero.

    Parameters
    ----------
    model : EMGaussianMixture or sklearn.mixture.GaussianMixture
        Fitted.
    factor : float
        An eigenvalue below `factor` times `reg_covar`, or no more than rounding, is pinned.
    feature_names : sequence of str, optional
        What to call the features; by default as in the data the model was fitted to.

    Returns
    -------
    tuple of PinnedComponent
        In the order of the components; empty when none is pinned.
    """
    check_is_fitted(model)
    kind = model.covariance_type
    matrices = covariance_matrices(model.covariances_, kind, model.means_.shape)
    names = feature_names or getattr(model, "feature_names_in_", None)
    if names is None:
        names = [f"feature {index}" for index in range(matrices.shape[-1])]
    pinned = []
    pairs = zip(*np.linalg.eigh(matrices[:1] if kind == "tied" else matrices), strict=True)
    for component, (values, vectors) in enumerate(pairs):
        flat = values < max(factor * model.reg_covar, len(values) * EPSILON * values[-1])
        if not flat.any():
            continue
        involved = np.square(vectors[:, flat]).sum(axis=1) > 0.05
        pinned.append(
            PinnedComponent(
                None if kind == "tied" else component,
                int(flat.sum()),
                float(values[0]),
                float(model.reg_covar),
                vectors[:, 0],
                tuple(str(name) for name, is_in in zip(names, involved, strict=True) if is_in),
            )
        )
    return tuple(pinned)


class DegenerateMixtureWarning(UserWarning):
    """A component of a fitted mixture is as flat as the regularisation lets it be."""


def check_mixture(model: Any, *, factor: float = 2.0) -> tuple[PinnedComponent, ...]:
    """Warn if a fitted component is pinned at the regularisation (thm-floor, thm-one-song).

    The likelihood of such a mixture depends on `reg_covar`, and so do BIC and AIC.

    Parameters
    ----------
    model : EMGaussianMixture or sklearn.mixture.GaussianMixture
        Fitted; to a data frame, if features are to be named.
    factor : float
        An eigenvalue below `factor` times `reg_covar` is pinned.

    Returns
    -------
    tuple of PinnedComponent
        Empty when none is pinned.

    Warns
    -----
    DegenerateMixtureWarning
        Once, with the number of components that are pinned, and what the flattest of them is like.
    """
    pinned = pinned_components(model, factor=factor)
    if pinned:
        message = notice(pinned, len(model.weights_))
        warnings.warn(message, DegenerateMixtureWarning, stacklevel=2)
    return pinned


def notice(pinned: Sequence[PinnedComponent], n_components: int) -> str:
    """Say how many components are pinned, and what the flattest of them is like.

    Of components that are flat alike, to three digits, it is the first: the rest is rounding.

    Parameters
    ----------
    pinned : sequence of PinnedComponent
        At least one.
    n_components : int
        Of the mixture.

    Returns
    -------
    str
    """
    flattest = str(min(pinned, key=lambda found: float(f"{found.smallest_eigenvalue:.3g}")))
    if len(pinned) == 1:
        return flattest
    return f"{len(pinned)} of {n_components} components are pinned. {flattest}"
