"""What the book calls features, indices, methods and the like."""

from __future__ import annotations

from analysis.methods.indices.record import INDICES
from analysis.songs.table import FEATURES, RECODED

_TITLES = {feature.name: feature.title for feature in (*FEATURES, *RECODED)}
_CRITERIA = {
    "silhouette": "Highest silhouette",
    "davies_bouldin": "Lowest Davies–Bouldin index",
    "calinski_harabasz": "Highest Caliński–Harabasz index",
    "bend": "Sharpest bend",
    "knee": "Knee of the detector",
    "gap_box": "Gap rule, box of the features",
    "gap_box_largest": "Largest gap, box of the features",
    "gap_pca": "Gap rule, box of the axes",
    "gap_pca_largest": "Largest gap, box of the axes",
}
_OF_GENRES = {"matched": "Matched accuracy"}
_OF_TWO = {"matched": "Matched agreement"}
_METHODS = {
    "kmeans": "K-Means",
    "mixture": "the mixture",
    "genres": "the genres",
    "neither": "neither",
}
_CHANGES = {
    "single": "another seed, one start",
    "few": "another seed, a few starts",
    "full": "another seed, the study's starts",
    "songs": "resampled songs, a few starts",
}
_CLASSIFIERS = {
    "means": "Nearest mean of a genre",
    "shared": "A Gaussian for each genre, one shape",
    "gaussians": "A Gaussian for each genre",
    "neighbours": "Nearest neighbours",
    "forest": "Random forest",
}
_RECODINGS = {
    "table": ("As in the table", "tempo, energy, loudness, valence, danceability"),
    "rate": (
        "Zero-crossing rate",
        "the same with 2 · danceability − tempo / 200 in place of danceability",
    ),
    "whitened": (
        "Table, whitened",
        "the table's, along their principal axes, each of these with variance 1",
    ),
    "swing": (
        "Rate and swing",
        "as with the zero-crossing rate, and loudness − 20 log₁₀(energy) in place of energy",
    ),
    "logs": (
        "Logarithms",
        "log₂ of tempo, swing, valence and rate; loudness unchanged",
    ),
    "whitened logs": ("Logarithms, whitened", "these, along their principal axes likewise"),
}
_GROUPINGS = {"kmeans": "K-Means", "mixture": "Gaussian mixture", "genres": "Genres"}


def title(feature: str) -> str:
    """Return a feature's name as a heading has it."""
    return _TITLES.get(feature, feature)


def label(feature: str) -> str:
    """Return a feature's name as a sentence has it."""
    return title(feature).lower()


def covariance_type(name: str) -> str:
    """Return a type of covariance as the book names it."""
    return "diagonal" if name == "diag" else name


def criterion(name: str) -> str:
    """Return a criterion for the number of clusters as the book names it."""
    return _CRITERIA.get(name, name)


def score(name: str) -> str:
    """Return an index of a clustering, alone or held against the genres, in few words."""
    return _OF_GENRES.get(name) or (INDICES[name].title if name in INDICES else name)


def agreement(name: str) -> str:
    """Return an index of two clusterings, in few words."""
    return _OF_TWO.get(name) or score(name)


def method(name: str) -> str:
    """Return a method as a sentence has it."""
    return _METHODS.get(name, name)


def change(name: str) -> str:
    """Return what was changed before a method was fitted again."""
    return _CHANGES.get(name, name)


def classifier(name: str) -> str:
    """Return a classifier as a table has it."""
    return _CLASSIFIERS.get(name, name)


def grouping(name: str) -> str:
    """Return a way to sort the songs into groups as the book names it."""
    return _GROUPINGS.get(name, name)


def recoding(name: str) -> str:
    """Return the name of a way to write the features, as a table has it."""
    return _RECODINGS[name][0]


def recoding_definition(name: str) -> str:
    """Say what the five numbers are when they are written in a way."""
    return _RECODINGS[name][1]


def step_that_costs(step: str) -> str:
    """Return a step of the study as the chapter on its cost names it."""
    return {
        "lloyd": "A round of Lloyd",
        "em": "A round of EM",
        "silhouette": "The silhouette",
        "features": "The features of a clip",
    }[step]


def way_to_start(init: str) -> str:
    """Return a way to start K-Means as the book names it."""
    names = {"random": "random songs", "greedy k-means++": "k-means++, greedy"}
    return names.get(init, init)
