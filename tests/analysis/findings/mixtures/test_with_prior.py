"""The study's mixture with a prior on its covariances."""

from __future__ import annotations

from analysis.book import study
from analysis.findings.mixtures.choice import REG_COVAR


def test_no_component_is_flatter_than_the_prior_allows() -> None:
    found = study.with_prior
    assert min(found.smallest, found.spike_smallest) >= found.floor > REG_COVAR


def test_a_spike_widens_with_the_prior_and_stays_without() -> None:
    assert study.with_prior.spike_smallest > 100 * REG_COVAR
    assert study.with_prior.spike_songs > study.spikes.at(REG_COVAR, "songs")
    assert study.with_prior.track == study.spikes.track


def test_the_likelihood_pays_for_it() -> None:
    assert study.with_prior.lost > 0
    assert 0 <= study.with_prior.same <= 1
