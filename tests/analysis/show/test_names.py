"""analysis.show.names: what the book calls things."""

from __future__ import annotations

from analysis.book import Book
from analysis.show import names


def test_label() -> None:
    assert names.label("tempo") == "tempo"
    assert names.title("tempo") == "Tempo"
    assert names.label("mood") == "mood"


def test_ways_to_start() -> None:
    assert names.way_to_start("random") == "random songs"
    assert names.way_to_start("k-means++") == "k-means++"


def test_names_of_criteria_and_indices(gtzan: Book) -> None:
    for pick in gtzan.picks.picks:
        assert names.criterion(pick.criterion) != pick.criterion
    for index in gtzan.kmeans_genres.indices:
        assert names.score(index) != index


def test_names_that_results_go_by() -> None:
    assert [names.method(name) for name in ("kmeans", "mixture", "neither")] == [
        "K-Means",
        "the mixture",
        "neither",
    ]
    assert names.score("vi") == "Variation of information"
    assert names.change("songs").startswith("resampled songs")
    assert names.classifier("forest") == "Random forest"
    assert names.score("else") == names.method("else") == names.change("else") == "else"


def test_types_of_covariance() -> None:
    assert names.covariance_type("diag") == "diagonal"
    assert names.covariance_type("tied") == "tied"
