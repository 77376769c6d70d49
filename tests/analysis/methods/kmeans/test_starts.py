"""Where K-Means starts: the rows that scikit-learn draws."""

import numpy as np
import pytest
from kmeans_cases import blobs
from numpy.testing import assert_array_equal
from sklearn.cluster import kmeans_plusplus as sklearn_plusplus

from analysis.methods.kmeans.starts import kmeans_plusplus, random_rows


@pytest.mark.parametrize("n_local_trials", [None, 1, 5])
def test_draws_the_rows_that_sklearn_draws(n_local_trials):
    X = blobs()
    for seed in range(10):
        ours = kmeans_plusplus(X, 8, random_state=seed, n_local_trials=n_local_trials)
        theirs, _ = sklearn_plusplus(X, 8, random_state=seed, n_local_trials=n_local_trials)
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("draw", [kmeans_plusplus, random_rows])
def test_too_few_rows_to_start_from(draw):
    with pytest.raises(ValueError, match="n_samples=3 should be >= n_clusters=4"):
        draw(np.zeros((3, 2)), 4)
