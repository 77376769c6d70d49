"""The EM algorithm: its theorems, on data of many shapes, and scikit-learn from the same start."""

import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from made_up import ROOT
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import approx_fprime
from scipy.stats import chi2, multivariate_normal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from analysis.methods import mixture as module
from analysis.methods.kmeans import assign, update
from analysis.methods.mixture import (
    COVARIANCE_TYPES,
    EMGaussianMixture,
    Parameters,
    cholesky_factors,
    component_counts,
    covariance_matrices,
    e_step,
    elbo,
    ellipse,
    ellipsoid,
    em_steps,
    expected_log_joint,
    kl_gap,
    log_density,
    log_gaussian_density,
    log_likelihood,
    m_step,
    n_parameters,
    pinned_components,
    posterior_entropy,
    regularisation_term,
    squared_mahalanobis,
)

each_type = pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
types = st.sampled_from(COVARIANCE_TYPES)
seeds = st.integers(0, 2**32 - 1)
quick = settings(max_examples=30, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Products this small wait for threads longer than they compute."""
    with threadpool_limits(1):
        yield


# -- data ---------------------------------------------------------------------------------


def blobs(n=300, d=4, k=5, seed=0):
    """Rows about k centres, with correlated features, some way from the origin."""
    rng = np.random.default_rng(seed)
    centers = 3 * rng.normal(size=(k, d)) + 5
    correlate = np.eye(d) + rng.uniform(-0.4, 0.4, size=(d, d))
    return centers[rng.integers(k, size=n)] + rng.normal(size=(n, d)) @ correlate


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.fixture(scope="module")
def songs():
    table = pd.read_csv(ROOT / "data" / "gtzan_features.csv")
    return standardised(table.drop(columns=["track", "genre"]).to_numpy(float))


def random_shares(rng, n, k):
    return rng.dirichlet(np.full(k, 0.5), size=n)


@st.composite
def cases(draw):
    """Rows enough for every component, and parameters that are not at their best."""
    rng = np.random.default_rng(draw(seeds))
    d, k = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    covariance_type = draw(types)
    X = blobs(n=draw(st.integers(60, 120)), d=d, k=k, seed=int(rng.integers(2**32)))
    start = m_step(X, random_shares(rng, len(X), k), covariance_type)
    spread = start.means + 0.5 * X.std(axis=0) * rng.normal(size=start.means.shape)
    return X, Parameters(rng.dirichlet(np.full(k, 3.0)), spread, start.covariances, covariance_type)


@contextmanager
def unless_flat():
    """Pass over the draws in which a component collapses: without reg_covar that happens."""
    try:
        yield
    except ValueError as error:
        assume("is not positive definite" not in str(error))
        raise


def start_of(parameters):
    """Write parameters as the arguments that both estimators start from."""
    precisions = (
        np.linalg.inv(parameters.covariances)
        if parameters.covariance_type in ("full", "tied")
        else 1 / parameters.covariances
    )
    return {
        "n_components": len(parameters.weights),
        "covariance_type": parameters.covariance_type,
        "weights_init": parameters.weights,
        "means_init": parameters.means,
        "precisions_init": precisions,
    }


def fit(estimator, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X)


def both(X, n_components=1, **parameters):
    ours = fit(EMGaussianMixture(n_components, **parameters), X)
    theirs = fit(GaussianMixture(n_components, **parameters), X)
    return ours, theirs


def assert_same_fit(ours, theirs, X, atol=1e-8):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    for name in ("weights_", "means_", "covariances_"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=atol)
    for name in ("precisions_cholesky_", "precisions_"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=atol)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=0, abs=atol)
    assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=0, atol=atol)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=0, atol=atol)
    assert ours.score(X) == pytest.approx(theirs.score(X), rel=0, abs=atol)
    assert ours.bic(X) == pytest.approx(theirs.bic(X), rel=1e-9)
    assert ours.aic(X) == pytest.approx(theirs.aic(X), rel=1e-9)
    assert_array_equal(ours.predict(X), theirs.predict(X))


def duplicated(n=200, copies=1, seed=0):
    """Three features, the last of them repeated."""
    X = standardised(blobs(n, d=3, k=3, seed=seed))
    return np.column_stack([X, *[X[:, -1]] * copies])


# -- the density --------------------------------------------------------------------------


@quick
@given(cases())
def test_the_density_is_the_textbooks(case):
    X, parameters = case
    normals = [
        multivariate_normal(mean, covariance).logpdf(X)
        for mean, covariance in zip(parameters.means, parameters.matrices(), strict=True)
    ]
    ours = log_gaussian_density(X, parameters.means, parameters.matrices())
    assert_allclose(ours, np.column_stack(normals), rtol=1e-8, atol=1e-8)
    mixture = np.log(np.exp(np.longdouble(np.column_stack(normals))) @ parameters.weights)
    assert_allclose(log_density(X, parameters), mixture.astype(float), rtol=1e-8, atol=1e-8)


def test_the_mixture_integrates_to_one():
    parameters = m_step(blobs(d=2), random_shares(np.random.default_rng(0), 300, 3))
    low, high = parameters.means.min(axis=0) - 60, parameters.means.max(axis=0) + 60
    axes = [np.linspace(a, b, 400) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    cell = np.prod([axis[1] - axis[0] for axis in axes])
    assert np.exp(log_density(grid, parameters)).sum() * cell == pytest.approx(1, abs=1e-6)


def test_far_rows_do_not_underflow():
    parameters = Parameters(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)))
    far = np.array([[1e4], [-1e4]])
    assert_allclose(e_step(far, parameters), [[0, 1], [1, 0]], atol=1e-300)
    assert_allclose(log_density(far, parameters), -0.5 * (1e4 - np.array([1, 0])) ** 2, rtol=1e-6)


@quick
@given(cases(), st.floats(0.05, 0.95))
def test_contours_of_equal_density_are_ellipsoids(case, coverage):
    _, parameters = case
    mean, covariance = parameters.means[:1], parameters.matrices()[:1]
    d = mean.shape[1]
    directions = np.random.default_rng(0).normal(size=(50, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = ellipsoid(mean[0], covariance[0], coverage, directions)
    densities = log_gaussian_density(points, mean, covariance)
    assert_allclose(densities, densities[0, 0], rtol=1e-8, atol=1e-8)
    level = chi2.ppf(coverage, d)
    assert_allclose(squared_mahalanobis(points, mean, covariance), level, rtol=1e-8)
    # its half-axes are the eigenvectors, as long as the roots of the eigenvalues
    values, vectors = np.linalg.eigh(covariance[0])
    ends = mean[0] + np.sqrt(level * values)[:, None] * vectors.T
    assert_allclose(squared_mahalanobis(ends, mean, covariance), level, rtol=1e-6)


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.99])
def test_an_ellipsoid_holds_its_share(coverage):
    model = fit(EMGaussianMixture(random_state=3), blobs(k=1))
    X, _ = model.sample(40_000)
    squares = squared_mahalanobis(X, model.means_, model.covariances_)
    inside = (squares <= chi2.ppf(coverage, X.shape[1])).mean()
    assert inside == pytest.approx(coverage, abs=5 * np.sqrt(coverage * (1 - coverage) / len(X)))


def test_an_ellipse_is_closed():
    curve = ellipse(np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 3.0]]), 0.95, 30)
    assert curve.shape == (30, 2)
    assert_allclose(curve[0], curve[-1])


# -- the theorems -------------------------------------------------------------------------


@quick
@given(cases())
def test_responsibilities_sum_to_one(case):
    X, parameters = case
    shares = e_step(X, parameters)
    assert (shares >= 0).all()
    assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)


@quick
@given(cases(), seeds)
def test_elbo_and_gap_add_up_to_the_likelihood(case, seed):
    X, parameters = case
    posterior, likelihood = e_step(X, parameters), log_likelihood(X, parameters)
    shares = random_shares(np.random.default_rng(seed), len(X), len(parameters.weights))
    scale = 1e-10 * (1 + abs(expected_log_joint(X, shares, parameters)))
    gap = kl_gap(X, shares, parameters)
    assert elbo(X, shares, parameters) + gap == pytest.approx(likelihood, abs=scale)
    assert gap >= -scale
    assert kl_gap(X, posterior, parameters) == pytest.approx(0, abs=scale)
    assert elbo(X, posterior, parameters) == pytest.approx(likelihood, abs=scale)


@quick
@given(cases())
def test_the_likelihood_never_falls(case):
    X, start = case
    with unless_flat():
        steps = list(em_steps(X, start, tol=0, reg_covar=0, max_iter=8))
    slack = 1e-10 * (1 + abs(steps[0].log_likelihood))
    assert (np.diff([step.log_likelihood for step in steps]) >= -slack).all()
    assert (np.diff([step.elbo for step in steps]) >= -slack).all()
    for step in steps:
        assert step.elbo + step.kl_gap == pytest.approx(step.log_likelihood, abs=slack)
        assert step.kl_gap >= -slack
    assert max(step.kl_gap for step in steps if step.step == "E") <= slack


@quick
@given(cases(), st.floats(0, 5))
def test_what_reg_covar_does_to_the_theorem(case, reg_covar):
    X, start = case
    before = start
    for _ in range(4):
        shares = e_step(X, before)
        after = m_step(X, shares, start.covariance_type, reg_covar)
        with unless_flat():
            rise = log_likelihood(X, after) - log_likelihood(X, before)
        counts = component_counts(shares)
        costs = [regularisation_term(counts, p, reg_covar) for p in (before, after)]
        slack = 1e-9 * (1 + abs(log_likelihood(X, before)) + costs[0])
        assert rise >= costs[1] - costs[0] - slack
        before = after


def test_with_reg_covar_the_likelihood_can_fall():
    X = blobs()
    best = fit(EMGaussianMixture(3, reg_covar=0, tol=1e-9, random_state=0), X)
    steps = list(em_steps(X, best.parameters_, reg_covar=1.0, max_iter=2))
    assert steps[1].log_likelihood < steps[0].log_likelihood - 1


@quick
@given(cases(), seeds)
def test_the_m_step_is_a_stationary_point(case, seed):
    X, parameters = case
    k, d = parameters.means.shape
    shares = random_shares(np.random.default_rng(seed), len(X), k)
    kind = parameters.covariance_type
    best = m_step(X, shares, kind)
    counts = component_counts(shares)
    roots = cholesky_factors(best.matrices())
    lower = np.tril_indices(d)

    def model(vector):
        """Move means in units of the scales, and scales by factors that keep them of their kind."""
        moves, scales = vector[: k * d].reshape(k, d), vector[k * d :]
        means = best.means + np.einsum("kij,kj->ki", roots, moves)
        match kind:
            case "full":
                steps = np.zeros((k, d, d))
                steps[:, *lower] = scales.reshape(k, -1)
            case "tied":
                steps = np.zeros((1, d, d))
                steps[:, *lower] = scales
            case "diag":
                steps = scales.reshape(k, d, 1) * np.eye(d)
            case "spherical":
                steps = scales.reshape(k, 1, 1) * np.eye(d)
        factors = roots @ (np.eye(d) + steps)
        matrices = factors @ factors.transpose(0, 2, 1)
        return Parameters(best.weights, means, matrices)

    size = {"full": k * d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": k * d, "spherical": k}
    zero = np.zeros(k * d + size[kind])
    assert len(zero) + k - 1 == n_parameters(k, d, kind)

    def q(vector):
        return expected_log_joint(X, shares, model(vector))

    h = 1e-4
    gradient = [(q(h * unit) - q(-h * unit)) / (2 * h) for unit in np.eye(len(zero))]
    assert_allclose(gradient, 0, atol=1e-5 * len(X))
    # the weights: d/d pi_k (Q - lambda (sum pi - 1)) = N_k / pi_k - lambda = 0 with lambda = n
    assert_allclose(counts / best.weights, len(X), rtol=1e-9)
    # and it is a maximum: no move lifts Q
    for unit in np.random.default_rng(0).normal(size=(10, len(zero))):
        assert q(0.1 * unit) <= q(zero) + 1e-9 * abs(q(zero))


@quick
@given(cases(), seeds)
def test_the_multiplier_is_the_number_of_rows(case, seed):
    X, parameters = case
    k = len(parameters.weights)
    shares = random_shares(np.random.default_rng(seed), len(X), k)
    best = m_step(X, shares, parameters.covariance_type)

    def q(weights):
        return expected_log_joint(
            X, shares, Parameters(weights, best.means, best.covariances, best.covariance_type)
        )

    used = best.weights > 1e-3
    gradient = approx_fprime(best.weights, q, 1e-7)
    assert_allclose(gradient[used], len(X), rtol=1e-2)
    other = np.random.default_rng(seed).dirichlet(np.ones(k))
    assert q(other) <= q(best.weights) + 1e-9 * abs(q(best.weights))


def free_entries(covariance_type, k, d):
    """Count what can be moved: the rank of the map from the entries to the matrices."""
    shape = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[covariance_type]
    columns = []
    for unit in np.eye(int(np.prod(shape))):
        part = unit.reshape(shape)
        if covariance_type in ("full", "tied"):
            part = part + np.swapaxes(part, -1, -2)
        columns.append(covariance_matrices(part, covariance_type, (k, d)).ravel())
    return np.linalg.matrix_rank(np.array(columns))


@quick
@given(st.integers(1, 5), st.integers(1, 5), types)
def test_the_parameters_are_counted(k, d, covariance_type):
    assert n_parameters(k, d, covariance_type) == k - 1 + k * d + free_entries(
        covariance_type, k, d
    )


@each_type
def test_the_counts_are_sklearns(covariance_type):
    for k in (1, 2, 7):
        _, theirs = both(blobs(), k, covariance_type=covariance_type, max_iter=1)
        assert n_parameters(k, 4, covariance_type) == theirs._n_parameters()


def test_the_counts_of_the_study():
    counts = {kind: n_parameters(10, 5, kind) for kind in COVARIANCE_TYPES}
    assert counts == {"full": 209, "tied": 74, "diag": 109, "spherical": 69}


@quick
@given(seeds, st.integers(1, 4), st.integers(1, 6))
def test_kmeans_is_the_limit(seed, d, k):
    X = standardised(blobs(60, d=d, k=3, seed=seed))
    centers = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
    labels = assign(X, centers)
    squares = np.sort(np.square(X[:, None] - centers).sum(axis=2), axis=1)
    clear = np.full(len(X), True) if k == 1 else squares[:, 1] - squares[:, 0] > 1e-3
    furthest = []
    for variance in (1.0, 1e-2, 1e-4, 1e-6):
        limit = Parameters(np.full(k, 1 / k), centers, np.full(k, variance), "spherical")
        shares = e_step(X, limit)
        furthest.append(np.abs(shares - np.eye(k)[labels])[clear].max(initial=0))
        if variance <= 1e-4:
            assert_array_equal(shares.argmax(axis=1)[clear], labels[clear])
    assert furthest[-1] < 1e-100
    assert (np.diff(furthest) <= 0).all()
    if clear.all():
        assert_allclose(m_step(X, shares).means, update(X, labels, k), rtol=1e-9, atol=1e-9)
        # -2 sigma^2 Q, less its constant, is the objective of K-Means
        q = expected_log_joint(X, shares, limit)
        constant = len(X) * (-np.log(k) - d / 2 * np.log(2 * np.pi * variance))
        objective = np.square(X - centers[labels]).sum()
        assert -2 * variance * (q - constant) == pytest.approx(objective, rel=1e-9, abs=1e-9)


# -- degeneracy ---------------------------------------------------------------------------


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize("copies", [1, 2])
def test_a_duplicated_feature_lifts_the_likelihood_without_bound(covariance_type, copies):
    # Among the copies the data do not vary, so each of `copies` eigenvalues of every component is
    # reg_covar, and -1/2 log det gains 1/2 log 10 a row and copy when reg_covar is divided by 10.
    X = duplicated(copies=copies)
    likelihoods = []
    for exponent in range(5, 11):
        model = EMGaussianMixture(
            3, covariance_type=covariance_type, reg_covar=10.0**-exponent, random_state=0
        )
        likelihoods.append(len(X) * fit(model, X).score(X))
        smallest = np.linalg.eigvalsh(model.covariances_).reshape(-1, X.shape[1])[:, :copies]
        assert_allclose(smallest, model.reg_covar, rtol=1e-4)
    assert_allclose(np.diff(likelihoods), copies * len(X) / 2 * np.log(10), rtol=1e-3)


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
def test_without_covariances_a_duplicate_does_no_such_harm(covariance_type):
    likelihoods = [
        EMGaussianMixture(3, covariance_type=covariance_type, reg_covar=reg, random_state=0)
        .fit(duplicated())
        .score(duplicated())
        for reg in (1e-8, 1e-6)
    ]
    assert likelihoods[0] == pytest.approx(likelihoods[1], abs=1e-4)
    assert not pinned_components(fit(EMGaussianMixture(3, covariance_type="diag"), duplicated()))


def test_a_component_on_one_row_lifts_the_likelihood_without_bound():
    X = blobs(d=2)
    broad = np.cov(X.T)
    likelihoods = [
        log_likelihood(
            X,
            Parameters(
                np.array([0.5, 0.5]),
                np.array([X[0], X.mean(axis=0)]),
                np.array([variance * np.eye(2), broad]),
            ),
        )
        for variance in 10.0 ** -np.arange(8, 14)
    ]
    # one row in d = 2 dimensions: d/2 log 10 a decade
    assert_allclose(np.diff(likelihoods), np.log(10), rtol=1e-3)


@pytest.mark.parametrize("estimator", [EMGaussianMixture, GaussianMixture])
@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_pinned_components_are_named(estimator, covariance_type):
    names = ["tempo", "valence", "energy", "loudness"]
    X = pd.DataFrame(duplicated(), columns=names)
    model = estimator(2, covariance_type=covariance_type, random_state=0).fit(X)
    pinned = pinned_components(model)
    assert [p.component for p in pinned] == ([None] if covariance_type == "tied" else [0, 1])
    for found in pinned:
        assert found.n_directions == 1
        assert found.features == ("energy", "loudness")
        assert found.smallest_eigenvalue == pytest.approx(1e-6, rel=1e-3)
        assert_allclose(np.abs(found.direction), [0, 0, 0.5**0.5, 0.5**0.5], atol=1e-3)
        assert "in 1 direction, which involves energy and loudness," in str(found)
        assert "100% of the smallest eigenvalue, 1e-06, is reg_covar." in str(found)
    begins = "All components share" if covariance_type == "tied" else "Component 0 has"
    assert str(pinned[0]).startswith(begins)


@each_type
def test_a_component_on_repeated_rows_is_pinned(covariance_type):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(100, 2)), np.full((30, 2), 40.0)])
    model = fit(EMGaussianMixture(2, covariance_type=covariance_type, random_state=0), X)
    pinned = pinned_components(model)
    if covariance_type == "tied":
        assert pinned == ()
    else:
        lonely = int(model.means_[:, 0].argmax())
        assert [p.component for p in pinned] == [lonely]
        assert pinned[0].n_directions == 2
        assert "in 2 directions, which involve feature 0 and feature 1," in str(pinned[0])


def test_a_flat_component_without_reg_covar_is_pinned_too():
    model = fit(EMGaussianMixture(random_state=0), duplicated())
    model.set_params(reg_covar=0)
    model.covariances_ = np.cov(duplicated().T)[None]
    assert "is no more than rounding" in str(pinned_components(model)[0])


def test_healthy_components_are_not_pinned(songs):
    assert pinned_components(fit(EMGaussianMixture(3, random_state=0), songs)) == ()


@pytest.mark.parametrize(
    ("covariance_type", "whose"),
    [("full", "The covariance of component 0"), ("tied", "The shared covariance")],
)
def test_a_duplicated_feature_without_reg_covar_is_an_error(covariance_type, whose):
    X = pd.DataFrame(duplicated(), columns=["tempo", "valence", "energy", "loudness"])
    message = (
        rf"{whose} is not positive definite: among its rows feature 3 \('loudness'\) is a linear "
        "function of the features before it.*Raise reg_covar, drop a redundant feature"
    )
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(2, covariance_type=covariance_type, reg_covar=0).fit(X)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_a_component_without_variance_is_an_error(covariance_type):
    X = np.vstack([np.random.default_rng(0).normal(size=(50, 2)), np.full((20, 2), 1e3 + 1 / 3)])
    message = r"component [01] is not positive definite: among its rows feature 0 does not vary"
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(2, covariance_type=covariance_type, reg_covar=0, random_state=0).fit(X)


def test_a_matrix_with_a_negative_eigenvalue_has_no_factor():
    good, bad = np.eye(3), np.array([[1.0, 0, 0], [0, 1, 2], [0, 2, 1]])
    with pytest.raises(ValueError, match=r"component 1 is not positive definite.* feature 2 is a"):
        cholesky_factors(np.array([good, bad]))
    factors = cholesky_factors(np.array([good, bad + 3 * good]))
    assert_allclose(factors[1] @ factors[1].T, bad + 3 * good)


# -- entropy ------------------------------------------------------------------------------


def test_entropy_of_known_rows():
    shares = np.array([[1.0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    assert_allclose(posterior_entropy(shares), [0, np.log(4), np.log(2)], atol=1e-15)
    assert_allclose(posterior_entropy(shares, normalised=True), [0, 1, 0.5], atol=1e-15)
    assert_array_equal(posterior_entropy(np.ones((3, 1)), normalised=True), [0, 0, 0])


@quick
@given(seeds, st.integers(2, 12))
def test_entropy_lies_between_certain_and_undecided(seed, k):
    shares = random_shares(np.random.default_rng(seed), 30, k)
    entropy = posterior_entropy(shares)
    assert (entropy >= 0).all()
    assert (entropy <= np.log(k) + 1e-12).all()
    assert (entropy >= -np.log(shares.max(axis=1)) - 1e-12).all()


# -- scikit-learn from the same start -----------------------------------------------------


@quick
@given(cases(), st.sampled_from([0.0, 1e-3]), st.sampled_from([1, 2, 30]))
def test_agrees_with_sklearn_from_the_same_start(case, tol, max_iter):
    X, start = case
    # Far enough from flat that rounding errors, ours or theirs, are not amplified.
    parameters = {**start_of(start), "tol": tol, "max_iter": max_iter, "reg_covar": 1e-2}
    ours, theirs = both(X, **parameters)
    # Both keep a trace of a component without rows, but not the same one.
    assume(min(e_step(X, start).sum(axis=0).min(), len(X) * theirs.weights_.min()) > 1)
    assert_same_fit(ours, theirs, X)


@each_type
def test_agrees_with_sklearn_on_the_songs_from_the_same_start(songs, covariance_type):
    shares = random_shares(np.random.default_rng(0), len(songs), 10)
    start = m_step(songs, shares**4 / (shares**4).sum(axis=1, keepdims=True), covariance_type)
    for tol, max_iter in ((1e-3, 300), (0.0, 40)):
        parameters = {**start_of(start), "tol": tol, "max_iter": max_iter}
        assert_same_fit(*both(songs, **parameters), songs)


STARTS = [(kind, init) for kind in COVARIANCE_TYPES for init in ("kmeans", "random")] + [
    # not "tied": scikit-learn starts it at the scatter of all rows
    (kind, init)
    for kind in ("full", "diag", "spherical")
    for init in ("k-means++", "random_from_data")
]


@pytest.mark.parametrize(("covariance_type", "init_params"), STARTS)
def test_agrees_with_sklearn_from_the_same_seed(songs, covariance_type, init_params):
    parameters = {"covariance_type": covariance_type, "init_params": init_params, "n_init": 2}
    ours, theirs = both(songs, 4, **parameters, max_iter=50, random_state=42)
    assert_same_fit(ours, theirs, songs)


def test_a_tied_start_at_rows_is_better_than_sklearns(songs):
    parameters = {"covariance_type": "tied", "init_params": "k-means++", "random_state": 0}
    ours, theirs = both(songs, 6, **parameters)
    assert ours.score(songs) > theirs.score(songs)


@each_type
def test_agrees_with_sklearn_over_many_chunks(covariance_type):
    X = blobs(n=15_000)
    parameters = {"covariance_type": covariance_type, "max_iter": 4, "tol": 0, "random_state": 0}
    assert_same_fit(*both(X, 6, **parameters), X)


@each_type
def test_parts_of_a_start_may_be_given(covariance_type):
    X = blobs()
    whole = start_of(m_step(X, random_shares(np.random.default_rng(1), len(X), 3), covariance_type))
    for left_out in ("weights_init", "means_init", "precisions_init"):
        parameters = {key: value for key, value in whole.items() if key != left_out}
        assert_same_fit(*both(X, **parameters, random_state=0), X)


def test_no_iteration_gives_the_start():
    X = blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 3))
    model = EMGaussianMixture(**start_of(start), max_iter=0).fit(X)
    assert model.n_iter_ == len(model.history_) == 0
    assert not model.converged_
    assert_allclose(model.means_, start.means)
    assert_allclose(model.covariances_, start.covariances, rtol=1e-9, atol=1e-12)
    assert model.score(X) == pytest.approx(log_likelihood(X, start) / len(X))


# -- the estimator ------------------------------------------------------------------------


@parametrize_with_checks(
    [EMGaussianMixture(covariance_type=kind) for kind in COVARIANCE_TYPES]
    + [EMGaussianMixture(2, init_params="random", n_init=2)]
)
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@quick
@given(cases(), st.sampled_from([0.0, 1e-3]))
def test_the_fused_steps_are_the_plain_ones(case, reg_covar):
    X, start = case
    parameters = {**start_of(start), "tol": 0, "max_iter": 3, "reg_covar": reg_covar}
    with unless_flat():
        model = fit(EMGaussianMixture(**parameters), X)
    steps = list(em_steps(X, start, tol=0, max_iter=3, reg_covar=reg_covar))
    assert_same_steps(model, steps)
    last = steps[-1].parameters
    assert_allclose(model.means_, last.means, rtol=1e-7, atol=1e-7)
    assert_allclose(model.covariances_, last.covariances, rtol=1e-6, atol=1e-7)


def assert_same_steps(model, steps):
    history, scale = model.history_, 1e-8 * (1 + abs(steps[0].log_likelihood))
    expected, maximised = steps[::2], steps[1::2]
    for field, values in (
        ("log_likelihood", [step.log_likelihood for step in expected]),
        ("elbo_before", [step.elbo for step in expected]),
        ("kl_before", [step.kl_gap for step in expected]),
        ("log_likelihood_after", [step.log_likelihood for step in maximised]),
        ("elbo_after", [step.elbo for step in maximised]),
        ("kl_after", [step.kl_gap for step in maximised]),
    ):
        assert_allclose(getattr(history, field), values, rtol=0, atol=scale, err_msg=field)
    changes = [
        max(
            np.abs(getattr(after.parameters, name) - getattr(before.parameters, name)).max()
            for name in ("weights", "means", "covariances")
        )
        for before, after in zip(expected, maximised, strict=True)
    ]
    assert_allclose(history.max_change, changes, rtol=1e-6, atol=1e-8)


@each_type
def test_the_steps_end_where_the_estimator_ends(songs, covariance_type):
    model = fit(EMGaussianMixture(4, covariance_type=covariance_type, random_state=3), songs)
    steps = list(em_steps(songs, model.initial_parameters_))
    assert len(steps) == 2 * model.n_iter_ == 2 * len(model.history_)
    assert_same_steps(model, steps)
    history = model.history_
    assert history.log_likelihood[-1] / len(songs) == pytest.approx(model.lower_bound_)
    assert history.log_likelihood_after[-1] / len(songs) == pytest.approx(model.score(songs))
    assert_array_equal(history.log_likelihood[1:], history.log_likelihood_after[:-1])
    assert_allclose(history.elbo_after + history.kl_after, history.log_likelihood_after)
    assert (history.kl_after >= 0).all()


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_the_largest_change_is_of_any_parameter(unit):
    # In small units weights change most, in large ones covariances.
    X = unit * blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 3))
    model = fit(EMGaussianMixture(**start_of(start), max_iter=3, tol=0, reg_covar=0), X)
    assert_same_steps(model, list(em_steps(X, start, max_iter=3, tol=0, reg_covar=0)))


def test_steps_may_be_kept():
    X = blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 3))
    kept = list(em_steps(X, start))
    copies = [(s.parameters.means.copy(), s.responsibilities.copy()) for s in em_steps(X, start)]
    for step, (means, shares) in zip(kept, copies, strict=True):
        assert_array_equal(step.parameters.means, means)
        assert_array_equal(step.responsibilities, shares)


@each_type
def test_precisions_are_inverse_covariances(covariance_type):
    model = fit(EMGaussianMixture(3, covariance_type=covariance_type, random_state=0), blobs())
    covariances = model.parameters_.matrices()
    precisions = covariance_matrices(model.precisions_, covariance_type, model.means_.shape)
    assert_allclose(covariances @ precisions, np.tile(np.eye(4), (3, 1, 1)), atol=1e-9)
    if covariance_type in ("full", "tied"):
        assert_array_equal(np.tril(model.precisions_cholesky_, -1), 0)


def test_predictions_tell_one_story():
    X = blobs()
    model = fit(EMGaussianMixture(4, random_state=0), X)
    new = blobs(seed=5)
    shares = model.predict_proba(new)
    assert_array_equal(model.predict(new), shares.argmax(axis=1))
    assert_allclose(shares, e_step(new, model.parameters_))
    assert model.score(new) == pytest.approx(model.score_samples(new).mean())
    assert model.bic(new) - model.aic(new) == pytest.approx(
        n_parameters(4, 4, "full") * (np.log(len(new)) - 2)
    )
    same = EMGaussianMixture(4, random_state=0)
    assert_array_equal(same.fit_predict(X), model.predict(X))


@each_type
def test_samples_are_of_the_mixture(covariance_type):
    model = fit(EMGaussianMixture(3, covariance_type=covariance_type, random_state=0), blobs())
    X, labels = model.sample(60_000)
    counts = np.bincount(labels, minlength=3)
    assert_allclose(counts / len(X), model.weights_, atol=0.01)
    for component, covariance in enumerate(model.parameters_.matrices()):
        rows = X[labels == component]
        errors = np.sqrt(np.diagonal(covariance) / len(rows))
        assert (np.abs(rows.mean(axis=0) - model.means_[component]) < 5 * errors).all()
        unit = np.linalg.solve(np.linalg.cholesky(covariance), (rows - rows.mean(axis=0)).T)
        assert_allclose(np.cov(unit), np.eye(4), atol=5 * np.sqrt(2 / len(rows)))
    assert_array_equal(model.sample(7)[0], model.sample(7)[0])


def test_far_from_the_origin_nothing_is_lost():
    X = standardised(blobs())
    near = fit(EMGaussianMixture(4, random_state=0), X)
    far = fit(EMGaussianMixture(4, random_state=0), X + 1e5)
    assert far.n_iter_ == near.n_iter_
    assert_allclose(far.covariances_, near.covariances_, atol=1e-8)
    assert far.lower_bound_ == pytest.approx(near.lower_bound_, abs=1e-8)


def test_the_result_does_not_depend_on_the_cut_into_chunks(monkeypatch):
    X = blobs(n=1_000)
    whole = fit(EMGaussianMixture(4, random_state=0), X)
    monkeypatch.setattr(module, "SCORES_PER_CHUNK", 1)
    cut = fit(EMGaussianMixture(4, random_state=0), X)
    assert_allclose(cut.means_, whole.means_, rtol=1e-9)
    assert_allclose(cut.history_.elbo_after, whole.history_.elbo_after, rtol=1e-12)


def test_more_starts_are_never_worse(songs):
    one = fit(EMGaussianMixture(5, random_state=0), songs)
    many = fit(EMGaussianMixture(5, n_init=4, random_state=0), songs)
    assert many.lower_bound_ >= one.lower_bound_
    bounds = [
        fit(EMGaussianMixture(5, init_params="random", random_state=s), songs).lower_bound_
        for s in (0, 1)
    ]
    assert bounds[0] != bounds[1]


def test_a_component_without_rows_keeps_a_trace():
    X = blobs()
    start = m_step(X, random_shares(np.random.default_rng(1), len(X), 2))
    start = start_of(start) | {"weights_init": np.array([1.0, 0.0])}
    model = EMGaussianMixture(**start, max_iter=200).fit(X)
    alone = EMGaussianMixture(1).fit(X)
    assert np.isfinite(model.history_.elbo_before).all()
    assert model.weights_[1] < 1e-10
    assert_allclose(model.means_[0], alone.means_[0], rtol=1e-8)


def test_it_warns_when_it_has_not_converged():
    with pytest.warns(ConvergenceWarning, match="did not converge in 2 iterations"):
        EMGaussianMixture(4, max_iter=2, random_state=0).fit(blobs())


def test_the_data_and_the_start_are_left_alone():
    X = blobs()
    start = start_of(m_step(X, random_shares(np.random.default_rng(1), len(X), 3)))
    before = X.copy(), start["means_init"].copy(), start["precisions_init"].copy()
    EMGaussianMixture(**start).fit(X)
    for now, then in zip((X, start["means_init"], start["precisions_init"]), before, strict=True):
        assert_array_equal(now, then)


# -- mistakes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 0}, "n_components must be an integer of at least 1, not 0"),
        ({"n_init": 1.5}, "n_init must be an integer of at least 1"),
        ({"max_iter": -1}, "max_iter must be an integer of at least 0"),
        ({"tol": -1.0}, "tol must be a number of at least 0, not -1.0"),
        ({"reg_covar": float("nan")}, "reg_covar must be a number"),
        ({"covariance_type": "round"}, "covariance_type must be 'full', 'tied', 'diag' or 'sph"),
        ({"init_params": "k"}, "init_params must be 'kmeans'"),
        ({"weights_init": [0.5, 0.6]}, "weights_init must not be negative and must sum to 1"),
        ({"weights_init": [1.5, -0.5]}, "weights_init must not be negative and must sum to 1"),
        ({"weights_init": [1.0]}, r"weights_init has shape \(1,\); it needs \(2,\)"),
        ({"means_init": np.zeros((2, 3))}, r"means_init has shape \(2, 3\); it needs \(2, 4\)"),
        ({"means_init": np.full((2, 4), np.nan)}, "means_init contains NaN"),
        ({"precisions_init": np.eye(4)}, r"precisions_init has shape \(4, 4\); it needs \(2, 4"),
        ({"precisions_init": -np.array([np.eye(4)] * 2)}, "must be positive definite"),
        ({"precisions_init": np.triu(np.ones((2, 4, 4)))}, "must be symmetric"),
        (
            {"covariance_type": "diag", "precisions_init": np.zeros((2, 4))},
            "precisions_init must be above 0",
        ),
        ({"n_components": 301}, "n_samples=300 should be >= n_components=301"),
        ({"init_params": "k-means++", "reg_covar": 0}, "does not vary.*Raise reg_covar"),
    ],
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        EMGaussianMixture(**{"n_components": 2, **parameters}).fit(blobs())


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="covariance_type must be"):
        n_parameters(2, 2, "round")
    with pytest.raises(ValueError, match="n_samples must be an integer of at least 1, not 0"):
        EMGaussianMixture().fit(blobs()).sample(0)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        EMGaussianMixture().predict(blobs())
    with pytest.raises(NotFittedError):
        pinned_components(EMGaussianMixture())
