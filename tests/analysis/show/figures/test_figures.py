"""analysis.show.figures: labelled, finite, small, the same bytes each time."""

from __future__ import annotations

import base64
import functools
import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from made_up import make_songs, with_fewer_refits
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from analysis.book import Book
from analysis.findings.comparison import cost
from analysis.findings.comparison.recodings import cut_six_songs
from analysis.findings.comparison.toys import two_rows
from analysis.findings.kmeans import toys
from analysis.findings.mixtures import spike
from analysis.findings.mixtures.toys import by_hand, touch_from_below
from analysis.numbers import signed
from analysis.show import figures
from analysis.show.figures import style

MAKERS: dict[str, Callable[[Book], Figure]] = {
    "histograms": lambda s: figures.data.histograms(s.dataset),
    "by_genre": lambda s: figures.data.by_genre(s.dataset),
    "correlations": lambda s: figures.data.correlations(s.correlation),
    "pairs": lambda s: figures.data.pairs(s.dataset),
    "genre_means": lambda s: figures.data.genre_means(s.genre_means),
    "scree": lambda s: figures.data.scree(s.spectrum),
    "axes": lambda s: figures.data.axes(s.spectrum),
    "tempo_lags": lambda s: figures.data.tempo_lags(s.tempo_grid),
    "variance_shares": lambda s: figures.data.variance_shares(s.scaling),
    "loudness_energy": lambda s: figures.data.loudness_energy(s.dataset),
    "neighbours": lambda s: figures.data.neighbours(s.influence),
    "six_on_a_line": lambda s: figures.toys_kmeans.six_on_a_line(toys.six_on_a_line()),
    "shapes": lambda s: figures.toys_kmeans.shapes(s.kmeans_shapes),
    "rectangle": lambda s: figures.toys_kmeans.rectangle(toys.rectangle()),
    "descent": lambda s: figures.kmeans.descent(s.lloyd_trace),
    "stopping": lambda s: figures.kmeans.stopping(s.stopping),
    "starts": lambda s: figures.kmeans.starts(s.starts),
    "lloyd_panels": lambda s: figures.kmeans.lloyd_panels(s.plane_run),
    "mixture_by_hand": lambda s: figures.toys_mixtures.by_hand(by_hand()),
    "mixture_pictures": lambda s: figures.toys_mixtures.four_pictures(s.mixture_pictures),
    "mixture_type_pictures": lambda s: figures.toys_mixtures.four_types(s.mixture_type_pictures),
    "touching_bounds": lambda s: figures.toys_mixtures.touching_bounds(touch_from_below()),
    "one_normal": lambda s: figures.mixture.one_normal(s.one_normal),
    "em_ascent": lambda s: figures.mixture.em_ascent(s.em_trace),
    "em_panels": lambda s: figures.mixture.em_panels(s.em_plane),
    "em_limit": lambda s: figures.mixture.em_limit(s.em_limit),
    "sweep": lambda s: figures.choice.sweep(s.sweep),
    "indices": lambda s: figures.choice.indices(s.sweep),
    "against_null": lambda s: figures.choice.against_null(s.sweep, s.null_sweep),
    "gaps": lambda s: figures.choice.gaps(s.gaps, s.sweep),
    "knees": lambda s: figures.choice.knees(s.knees, s.sweep),
    "cluster_sizes": lambda s: figures.clusters.cluster_sizes(s.kmeans),
    "centroids": lambda s: figures.clusters.centroids(s.kmeans),
    "centroids_raw": lambda s: figures.clusters.centroids_raw(s.kmeans),
    "distances": lambda s: figures.clusters.distances(s.kmeans),
    "genre_clusters": lambda s: figures.clusters.genre_clusters(s.kmeans_genres),
    "silhouettes": lambda s: figures.clusters.silhouettes(s.kmeans_silhouettes),
    "headline": lambda s: figures.headline.headline(s.headline),
    "verdicts": lambda s: figures.ledger.verdicts(s.ledger),
    "pca_loadings": lambda s: figures.pca.pca_loadings(s.pca_axes),
    "pca_planes": lambda s: figures.pca.pca_planes(s.pca_view),
    "pca_hidden": lambda s: figures.pca.pca_hidden(s.pca_hidden),
    "planes": lambda s: figures.explore.planes(s.each_song),
    "cell_slice": lambda s: figures.kmeans.cell_slice(s.cell_slice),
    "cross": lambda s: figures.comparison.cross(s.comparison),
    "relabellings": lambda s: figures.comparison.relabellings(s.comparison),
    "run_agreement": lambda s: figures.comparison.run_agreement(s.yardstick),
    "margins": lambda s: figures.comparison.margins(s.borders),
    "internal_scores": lambda s: figures.evaluation.internal_scores(s.scores),
    "external_scores": lambda s: figures.evaluation.external_scores(s.scores),
    "component_genres": lambda s: figures.clusters.genre_clusters(s.mixture_genres, "component"),
    "ceiling": lambda s: figures.evaluation.ceiling(s.ceiling, s.headline),
    "stability": lambda s: figures.evaluation.stability(s.stability),
    "recovery": lambda s: figures.evaluation.recovery(s.stability),
    "two_rows": lambda s: figures.toys_comparison.two_rows(two_rows()),
    "without_groups": lambda s: figures.toys_comparison.without_groups(s.without_groups),
    "artists": lambda s: figures.recoding.artists(s.artists),
    "trial_runs": lambda s: figures.trial.runs(s.trial),
    "cost_growth": lambda _: figures.cost.growth(cost.read()),
    "recoding_toy": lambda s: figures.recoding.recoding_toy(cut_six_songs()),
    "recoded_songs": lambda s: figures.recoding.recoded_songs(s.ours.dataset),
    "recodings": lambda s: figures.recoding.recodings(s.ours.recodings),
    "recoding_bic": lambda s: figures.recoding.recoding_bic(s.ours.recodings),
    "song_entropies": lambda s: figures.components.song_entropies(s.mixture, s.mixture_certainty),
    "song_certainty": lambda s: figures.components.song_certainty(s.mixture),
    "refit_reliability": lambda s: figures.components.refit_reliability(s.mixture_refits),
    "component_means": lambda s: figures.clusters.centroids(s.mixture),
    "component_weights": lambda s: figures.components.component_weights(s.mixture),
    "component_covariances": lambda s: figures.components.component_covariances(s.mixture),
    "component_axes": lambda s: figures.components.component_axes(s.mixture_shapes),
    "component_plane": lambda s: figures.components.component_plane(s.mixture_plane),
    "drawn_pairs": lambda s: figures.components.drawn_pairs(s.mixture_draws),
    "drawn_marginals": lambda s: figures.components.drawn_marginals(s.mixture_draws),
    "drawn_depth": lambda s: figures.components.drawn_depth(s.mixture_draws),
    "mixture_sweep": lambda s: figures.gmm_choice.mixture_sweep(s.mixture_sweep),
    "mixture_starts": lambda s: figures.gmm_choice.mixture_starts(s.mixture_sweep),
    "mixture_types": lambda s: figures.gmm_choice.mixture_types(s.mixture_types),
    "held_out": lambda s: figures.gmm_choice.held_out(s.held_out, s.mixture_sweep),
    "mixture_choices": lambda s: figures.gmm_choice.mixture_choices(
        with_fewer_refits(s).mixture_choices, s.mixture_sweep
    ),
    "narrowing": lambda _: figures.spike.narrowing(spike.narrow_spike()),
    "eigenvalues": lambda s: figures.degeneracy.eigenvalues(
        s.as_published.degeneracy, s.ours.degeneracy
    ),
    "regularisation": lambda s: figures.degeneracy.regularisation(
        s.as_published.degeneracy, s.ours.degeneracy
    ),
    "shifted_criteria": lambda s: figures.degeneracy.shifted_criteria(
        s.as_published.mixture_sweep, s.as_published.degeneracy
    ),
}
HEATMAPS = {"correlations", "genre_means", "axes", "centroids", "centroids_raw", "component_means"}
SHARED = {"pairs", "starts", "lloyd_panels", "distances", "genre_clusters"}
SHARED |= {"mixture_choices", "cross", "component_genres", "internal_scores", "external_scores"}
SHARED |= {"component_covariances", "drawn_pairs", "refit_reliability", "em_panels"}
HEATMAPS |= {"pca_loadings"}
SHARED |= {"two_rows", "without_groups", "shapes", "rectangle"}
SHARED |= {"trial_runs", "mixture_pictures", "mixture_type_pictures", "mixture_by_hand"}
"""Figures whose panels share the labels of their axes, or have titles in place of them."""


@pytest.fixture(scope="module")
def odd(study_of: Callable[..., Book]) -> Book:
    """More genres than colours, and names that Matplotlib would take for formulas."""
    songs = make_songs(60, genres=15)
    songs["genre"] = songs["genre"].replace({"genre 0": "$x_1$", "genre 1": "a^b <i>&"})
    return study_of(songs)


@functools.cache
def made(name: str, study: Book) -> Figure:
    """Make a figure once for all tests, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return MAKERS[name](study)


@functools.cache
def drawn(name: str, study: Book) -> bytes:
    """Write a figure once for all tests, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return made(name, study).svg()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("name", MAKERS)
def test_figure(name: str, gtzan: Book) -> None:
    """Its texts can be read; what is drawn of it, tests/report/test_pictures.py looks at."""
    figure = made(name, gtzan)
    assert isinstance(figure, Figure)
    assert min(text.get_fontsize() for text in figure.findobj(Text)) >= style.SMALL


LAYOUTS = ("pairs", "drawn_pairs", "genre_clusters", "headline", "pca_planes", "silhouettes")
"""Figures of one panel and of many, nested, stacked, with a bar of colours, with images."""


@pytest.mark.parametrize("name", LAYOUTS)
def test_same_bytes(name: str, gtzan: Book) -> None:
    first = drawn(name, gtzan)
    with mpl.rc_context({"font.size": 20, "svg.hashsalt": "other", "axes.grid": False}):
        assert MAKERS[name](gtzan).svg() == first  # type: ignore[attr-defined]


def test_a_figure_can_be_written_again(gtzan: Book) -> None:
    first = drawn("pairs", gtzan)
    assert made("pairs", gtzan).svg() == first  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(set(MAKERS) - HEATMAPS - SHARED))
def test_every_axis_is_labelled(name: str, gtzan: Book) -> None:
    panels = [ax for ax in made(name, gtzan).axes if ax.axison]
    assert panels
    for ax in panels:
        assert ax.get_xlabel()
    first = panels[0]
    assert first.get_ylabel() or any(text.get_text() for text in first.get_yticklabels())


@pytest.mark.parametrize("name", sorted(HEATMAPS))
def test_heatmaps_carry_their_numbers(name: str, gtzan: Book) -> None:
    figure = made(name, gtzan)
    cells, bar = figure.axes
    values = np.ma.masked_invalid(cells.collections[0].get_array()).compressed()
    shown = [float(text.get_text().replace("−", "-")) for text in cells.texts]
    assert np.allclose(shown, values, atol=0.0051)
    assert bar.get_ylabel()


def test_units_are_on_the_axes(gtzan: Book) -> None:
    labels = [ax.get_xlabel() for ax in made("histograms", gtzan).axes if ax.axison]
    assert labels == ["Tempo (BPM)", "Energy", "Loudness (dBFS)", "Valence", "Danceability"]
    figure = figures.data.histograms(gtzan.as_published.dataset)
    assert [ax.get_xlabel() for ax in figure.axes if ax.axison][2] == "Loudness"


def test_every_song_is_drawn(gtzan: Book) -> None:
    figure = made("pairs", gtzan)
    lines = [ax.lines for ax in figure.axes if ax.axison and len(ax.lines)]
    assert [len(found) for found in lines] == [1] * 10 + [2] * 10
    for found in lines:
        assert len(found[0].get_xdata()) == 1000
        assert all(line.get_rasterized() for line in found)
    assert [len(found[1].get_xdata()) for found in lines[10:]] == [100] * 10


def places(ax: Axes) -> np.ndarray:
    """Return where markers stand, sorted."""
    lines = [line for line in ax.lines if line.get_linestyle() == "None"]
    return np.sort(np.concatenate([line.get_xydata() for line in lines]), axis=0)


def test_planes_show_the_same_songs_in_the_same_places(gtzan: Book) -> None:
    figure = made("pca_planes", gtzan)
    points = np.sort(gtzan.pca_view.points[:, :2], axis=0)
    for ax in figure.axes[:3]:
        assert np.allclose(places(ax), points, atol=0.0051)
        assert len(ax.get_legend().get_texts()) == 10
        assert ax.get_aspect() == 1, "distances are not alike in all directions"
    numbers = [{text.get_text() for text in ax.texts} for ax in figure.axes[:3]]
    assert numbers == [{*"0123456789"}, {*"0123456789"}, set()]


def images(svg: bytes) -> list[np.ndarray]:
    found = re.findall(rb'base64,\s*([^"]+)', svg)
    opened = (Image.open(io.BytesIO(base64.b64decode(image))) for image in found)
    return [np.asarray(image.convert("RGBA").convert("RGBa")) for image in opened]


def test_lean_figures_look_the_same(gtzan: Book) -> None:
    figure, svg = made("pca_planes", gtzan), drawn("pca_planes", gtzan)
    out = io.BytesIO()
    figure.savefig(out, format="svg", dpi=style.RASTER_DPI)
    whole = out.getvalue()
    assert len(svg) < 0.7 * len(whole)
    assert svg.count(b"<path") == whole.count(b"<path")
    for lean, full in zip(images(svg), images(whole), strict=True):
        assert np.abs(lean.astype(float) - full).mean() < 2


def test_histograms_count_every_song(gtzan: Book) -> None:
    for ax in made("histograms", gtzan).axes[1:5]:
        assert sum(bar.get_height() for bar in ax.patches) == 1000


def test_distances_have_a_panel_for_each_cluster(gtzan: Book) -> None:
    panels = [ax for ax in made("distances", gtzan).axes if ax.axison]
    assert [int(sum(bar.get_height() for bar in ax.patches)) for ax in panels] == list(
        gtzan.kmeans.sizes
    )
    assert len({round(ax.get_position().y0, 3) for ax in panels}) == 2
    assert all(ax.get_xlabel() for ax in panels[5:])


def test_shares_of_a_cluster_sum_to_the_whole(gtzan: Book) -> None:
    cells, bar = made("genre_clusters", gtzan).axes
    shares = np.asarray(cells.collections[0].get_array()).reshape(10, 10)
    assert np.allclose(shares.sum(axis=0), 100)
    assert (bar.get_ylabel(), cells.get_xlabel()) == ("Share of the cluster (%)", "Cluster")


def test_partners_are_framed(gtzan: Book) -> None:
    cells, _ = made("cross", gtzan).axes
    counts = np.asarray(cells.collections[0].get_array()).reshape(10, 10)
    framed = [patch.get_xy() for patch in cells.patches]
    assert framed == [(i, i) for i in range(10)]
    assert np.trace(counts) / 1000 == pytest.approx(gtzan.comparison.matched)


def test_every_pair_of_runs_is_a_dot(gtzan: Book) -> None:
    (ax,) = made("run_agreement", gtzan).axes
    dots = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() in "osD")
    assert dots == 4 * 190 + 2 * 400


AGAINST_K = ("sweep", "indices", "against_null", "gaps")
AGAINST_COMPONENTS = (
    "mixture_sweep",
    "mixture_starts",
    "mixture_types",
    "held_out",
    "mixture_choices",
    "shifted_criteria",
)


@pytest.mark.parametrize("name", [*AGAINST_K, *AGAINST_COMPONENTS])
def test_the_line_stands_at_the_studys_number(name: str, gtzan: Book) -> None:
    for ax in made(name, gtzan).axes:
        assert any(list(line.get_xdata()) == [10, 10] for line in ax.lines)
        assert ax.get_ylabel()


def test_other_genres_are_drawn(gtzan: Book, odd: Book) -> None:
    """In every figure that names a genre."""
    words = {name: {text.get_text() for text in made(name, gtzan).findobj(Text)} for name in MAKERS}
    naming = [name for name, texts in words.items() if texts & {*gtzan.dataset.genres}]
    assert {"pairs", "genre_means", "genre_clusters", "planes", "artists"} <= {*naming}
    for name in naming:
        assert ElementTree.fromstring(drawn(name, odd)).tag.endswith("svg"), name  # noqa: S314


def test_names_are_drawn_letter_by_letter(odd: Book) -> None:
    titles = {ax.get_title(loc="left") for ax in made("pairs", odd.ours).axes}
    assert r"\$x_1\$" in titles


def test_genres_differ_by_colour_and_marker() -> None:
    names = [str(i) for i in range(len(style.PALETTE) * len(style.MARKERS))]
    styles = {tuple(look.values()) for _, look in style.genre_styles(names)}
    assert len(styles) == len(names)
    assert len(set(style.PALETTE)) == len(style.PALETTE) >= 10


def test_genres_clusters_and_components_are_told_apart_by_kind() -> None:
    genres = {look["marker"] for _, look in style.genre_styles(map(str, range(20)))}
    assert genres.isdisjoint(
        {style.group_style(kind, 0)["marker"] for kind in ("kmeans", "mixture")}
    )
    assert style.group_style("kmeans", 3)["marker"] != style.group_style("mixture", 3)["marker"]
    assert set(style.PALETTE).isdisjoint(style.GROUPS)


def test_panels_that_are_compared_have_one_scale(gtzan: Book) -> None:
    left, right = made("variance_shares", gtzan).axes
    assert left.get_xlim() == right.get_xlim()


def test_chance_is_hatched_wherever_it_is_drawn(gtzan: Book) -> None:
    bars = {"headline": 2, "ceiling": 2, "internal_scores": 6, "external_scores": 8, "recodings": 6}
    for name, n in bars.items():
        patches = [patch for ax in made(name, gtzan).axes for patch in ax.patches]
        assert len(patches) == n, name
        assert all(patch.get_hatch() and not patch.get_facecolor()[3] for patch in patches), name


def test_the_headline_says_how_far_the_methods_are_from_chance(gtzan: Book) -> None:
    (ax,) = made("headline", gtzan).axes
    gap = gtzan.headline.elsewhere.lead("kmeans")
    assert f"{signed(100 * gap, 1)} points" in {text.get_text() for text in ax.texts}
    assert ax.get_xlim() == (0, 0.5)


def simulated(colour: str, kind: str) -> np.ndarray:
    """Return a colour as seen with a colour-vision deficiency (Viénot 1999; Machado 2009)."""
    matrices = {
        "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
        "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    }
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(np.array(matrices[kind]) @ linear, 0, 1) ** (1 / 2.2)


@pytest.mark.parametrize("kind", ["deuteranopia", "protanopia", "tritanopia"])
def test_the_two_accents_are_told_apart(kind: str) -> None:
    difference = simulated(style.BLUE, kind) - simulated(style.ORANGE, kind)
    assert np.abs(difference).max() > 0.2


def test_a_notebook_shows_one_image(gtzan: Book) -> None:
    shell = InteractiveShell.instance()
    with capture_output() as shown:
        figure = figures.data.scree(gtzan.spectrum)
        data, _ = shell.display_formatter.format(figure)
    assert data == {}
    assert [sorted(output.data) for output in shown.outputs] == [["image/svg+xml", "text/plain"]]


def test_pyplot_keeps_no_figure(gtzan: Book) -> None:
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    figures.data.scree(gtzan.spectrum).svg()  # type: ignore[attr-defined]
    assert pyplot.get_fignums() == before


def test_settings_are_left_alone(gtzan: Book, tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    figures.data.scree(gtzan.spectrum).svg()  # type: ignore[attr-defined]
    assert dict(mpl.rcParams) == before
