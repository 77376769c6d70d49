"""The files of the page: Bokeh's script from the installed package, the data, and our script."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from analysis.files import write_atomically
from analysis.findings.comparison.each_song import EachSong
from analysis.show.explorer.data import script_of
from analysis.show.explorer.page import LIBRARY, SCRIPT, SONGS
from analysis.show.figures.space import lean


def write_files(found: EachSong, folder: Path) -> None:
    """Write the scripts of the page into a folder of the website, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    library = files("bokeh").joinpath("server", "static", "js", LIBRARY).read_bytes()
    own = files("analysis.show.explorer").joinpath(SCRIPT).read_text(encoding="utf-8")
    write_atomically(folder / LIBRARY, library)
    write_atomically(folder / SONGS, script_of(found).encode())
    write_atomically(folder / SCRIPT, lean(own).encode())
