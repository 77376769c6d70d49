"""The controls of the page, and what stands there without a script."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from analysis.findings.comparison.each_song import EachSong
from analysis.numbers import count, number, percent
from analysis.show.explorer.axes import Axis, axes_of
from analysis.show.explorer.data import script_of, ways_of
from analysis.show.figures.space import lean
from analysis.show.guards import Words

FOLDER = "explorer"
"""Where :func:`analysis.show.explorer.files.write_files` puts the scripts, beside the page."""
LIBRARY, SONGS, SCRIPT = "bokeh.min.js", "songs.js", "explorer.js"
"""The scripts, in the order in which they are loaded: the library, the data, and our own."""
SHOWN = 12
"""Songs in the table that stands there without a script."""
TABLE = "../downloads/data/processed/gmm_cluster_assignments.csv"
"""All songs as a file, seen from the page."""

SIZES = (
    ("", "All alike"),
    ("certainty", "Certainty of the mixture"),
    ("margin", "Margin of K-Means"),
)
"""What can decide how large a point is."""
METHODS = (("", "All songs"), ("agree", "They agree"), ("apart", "They disagree"))
"""The songs that can be chosen by whether the methods agree."""
KEYS = (
    "With the keyboard, when the picture has the focus: arrow keys go from song to song, left and "
    "right along the horizontal axis, up and down along the vertical one; Home and End go to its "
    "ends, Escape lets the song go."
)
"""How songs are stepped through, in words."""


def explorer(found: EachSong) -> Words:
    """Return the page's controls as Markdown with HTML in it; scripts fill them."""
    html = _controls(
        found, f"<noscript>{_without_script(found)}</noscript><script>{_loader()}</script>"
    )
    return Words(f"````{{=html}}\n{html.replace('`', '&#96;')}\n````")


def alone(found: EachSong, song: str) -> str:
    """Return the controls as HTML with every script in it, for a page that needs no other file.

    Parameters
    ----------
    found : EachSong
    song : str
        The track that is picked when the page opens.

    Returns
    -------
    str
    """
    scripts = "".join(f"<script>{script}</script>" for script in scripts_of(found, song).values())
    return _controls(found, "<noscript><p>The picture needs scripts.</p></noscript>") + scripts


def _controls(found: EachSong, rest: str) -> str:
    ways = ways_of(found)
    axes = axes_of(found)
    controls = [
        _select("x", "Across", _axis_options(axes)),
        _select("y", "Up", _axis_options(axes)),
        _select("colour", "Colour", [(way.key, way.title) for way in ways]),
        _select("size", "Size", SIZES),
        *(
            _select(way.key, way.title, [("", "All"), *zip(way.values, way.groups, strict=True)])
            for way in ways
        ),
        _select("methods", "Methods", METHODS),
        '<label>Find by name<input type="search" data-for="find" autocomplete="off" '
        'spellcheck="false" maxlength="80"></label>',
    ]
    return (
        # Quarto would take its tables for the chapter's, and the rest apart.
        "<!--| quarto-html-table-processing: none -->"
        '<div class="explorer" id="explorer" data-pagefind-ignore>'
        f"<style>{_style()}</style>"
        '<div class="explorer-live" hidden>'
        f'<div class="explorer-controls" role="group" aria-label="What is shown">'
        f"{''.join(controls)}</div>"
        '<p class="explorer-count" role="status"></p>'
        '<div class="explorer-plot" tabindex="0" role="application" '
        f'aria-label="{count(found.n_songs, "song")} as points" '
        'aria-describedby="explorer-keys"></div>'
        '<ul class="explorer-legend" aria-label="Colours"></ul>'
        '<div class="explorer-steps"><button type="button" data-step="-1">Previous song</button>'
        '<button type="button" data-step="1">Next song</button>'
        '<button type="button" data-reset>Show all</button></div>'
        f'<p class="explorer-keys" id="explorer-keys">{KEYS}</p>'
        '<p class="explorer-heard" role="status"></p>'
        '<div class="explorer-song"></div>'
        '<div class="explorer-table" tabindex="0" role="group" aria-label="The songs, scrollable">'
        "<table></table></div>"
        '<div class="explorer-steps"><button type="button" data-more>More rows</button>'
        '<button type="button" data-save>Download these songs (CSV)</button></div>'
        "</div>"
        f"{rest}</div>"
    )


def scripts_of(found: EachSong, song: str = "") -> dict[str, str]:
    """Return the scripts by their names, in the order in which they are loaded."""
    library = files("bokeh").joinpath("server", "static", "js", LIBRARY)
    own = files("analysis.show.explorer").joinpath(SCRIPT)
    return {
        LIBRARY: library.read_text(encoding="utf-8"),
        SONGS: script_of(found, song),
        SCRIPT: lean(own.read_text(encoding="utf-8")),
    }


def _axis_options(axes: tuple[Axis, ...]) -> list[tuple[str, str]]:
    return [(axis.key, axis.label) for axis in axes]


def _select(
    key: str, label: str, options: list[tuple[str, str]] | tuple[tuple[str, str], ...]
) -> str:
    inside = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options
    )
    return f'<label>{label}<select data-for="{key}">{inside}</select></label>'


def _loader() -> str:
    """Return a script that loads the others in order; that of the library may fail."""
    names = ",".join(f'"{name}"' for name in (LIBRARY, SONGS, SCRIPT))
    return (
        f'for(const name of [{names}]){{const script=document.createElement("script");'
        f'script.src="{FOLDER}/"+name;script.async=false;document.head.append(script)}}'
    )


def _style() -> str:
    path = files("analysis.show.explorer").joinpath("explorer.css")
    return path.read_text(encoding="utf-8").replace("\n", "")


def _without_script(found: EachSong) -> str:
    columns = ["Song", "Genre", *(f.axis_label for f in found.features)]
    columns += ["Cluster", "Component", "Certainty"]
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    rows = "".join(_row(found, row) for row in range(min(SHOWN, found.n_songs)))
    return (
        f"<p>Scripts are off, so here are the first {count(min(SHOWN, found.n_songs), 'song')} "
        f'of {number(found.n_songs)}, and <a href="{TABLE}">all of them as a file (CSV)</a>.</p>'
        f'<div class="explorer-table" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(found: EachSong, row: int) -> str:
    song, values = found.songs.iloc[row], found.coordinates.iloc[row]
    cells = [
        song["genre"],
        *(number(float(values[f.name]), f.digits) for f in found.features),
        song["cluster"],
        song["component"],
        percent(float(song["certainty"])),
    ]
    inside = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(str(song["track"]))}</th>{inside}</tr>'
