"""The streams of random numbers, one for each thing that is drawn at random."""

from __future__ import annotations

import enum

import numpy as np


@enum.unique
class Stream(enum.IntEnum):
    """What is drawn; with the study's seed it names a stream of its own."""

    CORRELATIONS = 1
    """Resampled songs behind correlations and what follows from them."""
    DISTANCE_SONGS = 2
    """Songs of a large table whose distances are looked at."""
    POSTERIOR_REFITS = 3
    """Resampled songs that mixtures are fitted to again, to check the posterior."""
    POSTERIOR_STARTS = 4
    """Fresh starts of these refits."""
    POSTERIOR_SHARES = 5
    """Resampled refits behind the intervals of the songs that stay."""
    SHAPES = 6
    """Resampled songs behind the shapes of components."""
    STABILITY = 7
    """Resampled songs that both methods are fitted to again."""
    NULL_SWEEPS = 8
    """Songs without clusters that K-Means is run on."""
    SWEEP_SAMPLES = 12
    """Samples of the songs that K-Means is run on for every k."""
    GAP_REFERENCES = 9
    """Songs spread evenly over a box, and their redraws, behind the gap statistic."""
    SINGLE_STARTS = 10
    """Single starts of K-Means, by each way to start."""
    NUMBERINGS = 11
    """Numberings of clusters."""
    CELL_SCORES = 13
    """Random cells whose indices are looked at."""
    FOLDS = 17
    """Songs held out from classifiers."""
    CLASSIFIER_SHARES = 19
    """Resampled songs behind the intervals of classifiers."""
    MIXTURE_FOLDS = 21
    """Songs held out from mixtures."""
    CHOICE_REFITS = 22
    """Resampled songs that the number of components is chosen on again."""
    SHUFFLED_SCORES = 23
    """Shuffled labels whose indices are looked at."""
    GENRES_FOUND = 29
    """Shuffled labels and random cells whose genres are looked at."""
    COVERAGE = 31
    """Samples of a known population, to count how often intervals hold its value."""
    COVERAGE_OF_ARTISTS = 33
    """Samples of artists, likewise."""
    COVERAGE_OF_RECODINGS = 35
    """Samples of artists, likewise, for recodings."""
    HIDDEN_SONGS = 37
    """Songs of a large table whose neighbours in such a view are looked at."""
    MIXTURE_SAMPLES = 41
    """Songs drawn from the mixture."""
    HIDDEN_INTERVALS = 43
    """Resampled songs behind what a view along principal axes keeps."""
    ARTIST_FOLDS = 101
    """Artists held out from classifiers."""
    TOY_WITHOUT_GROUPS = 151
    """Points of two shapes without clusters, and bootstrap samples of them."""
    CONTROL = 157
    """Made-up groups that the study's questions are asked of, and samples of them."""
    EXERCISE_BASELINE = 153
    """Made-up songs of an exercise, and random centres among them."""
    EXERCISE_TREES = 155
    """Made-up songs of an exercise on decision trees."""
    EXERCISE_REFITS = 159
    """Resampled numbers of an exercise on stability."""
    CLASSIFIER_ARTISTS = 105
    """Resampled artists behind the intervals of classifiers."""
    RECODING_SEEDS = 107
    """Resampled seeds, and draws of random cells, behind the intervals of recodings."""
    RECODING_CELLS = 109
    """Random cells of recoded features."""
    ARTISTS = 111
    """Resampled artists, and songs, behind the intervals of agreement."""
    ARTIST_REFITS = 113
    """Resampled artists that both methods are fitted to again."""
    HALVES = 115
    """Halves of the songs, and bootstrap samples of them, that both methods are fitted to."""
    KMEANS_TOYS = 201
    """Made-up groups on which K-Means succeeds and fails."""
    HALF_BELL = 203
    """Draws from one normal distribution that Lloyd's algorithm cuts in two."""
    TWO_BELLS = 205
    """Draws from two normal distributions whose mean EM looks for."""
    COPIED_COLUMN = 209
    """Two columns of made-up songs, of which one is copied."""
    MADE_UP_SHAPES = 207
    """Made-up points in groups of different shapes."""
    OWN_MUSIC = 213
    """Noise in the clips that the study makes itself."""
    ONE_HILL = 211
    """Points of one normal distribution, which a mixture divides into components."""


def generator(seed: int, stream: Stream) -> np.random.Generator:
    """Return the generator of a stream.

    Parameters
    ----------
    seed : int
        The study's.
    stream : Stream

    Returns
    -------
    Generator
    """
    return np.random.default_rng([seed, int(stream)])
