"""Labelings to hold against one another."""

import dataclasses

import numpy as np
from hypothesis import strategies as st

from analysis.methods.indices.external import (
    contingency,
    external_indices,
    resample_external,
    variations_from_tables,
)
from analysis.methods.indices.record import EXTERNAL
from analysis.methods.resampling import basic_interval


def blobs(n=200, k=4, seed=0, spread=3.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(k, size=n)
    return rng.normal(size=(k, 3))[labels] * spread + rng.normal(size=(n, 3)), labels


def bootstrap_external(genres, labels, *, n_resamples=2000, seed=0):
    draws = resample_external(genres, labels, n_resamples=n_resamples, seed=seed)
    found = dataclasses.asdict(external_indices(genres, labels))
    return {name: basic_interval(found[name], draws[name], 0.95) for name in EXTERNAL}


@st.composite
def labelings(draw):
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    one = rng.integers(draw(st.integers(1, 6)), size=n)
    if draw(st.booleans()):
        return one, rng.permutation(6)[one]  # the same partition
    return one, rng.integers(draw(st.integers(1, 6)), size=n)


def variation_of_information(one, other):
    table = contingency(one, other).to_numpy()
    return float(variations_from_tables(table[np.newaxis])[0])
