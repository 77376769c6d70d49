"""The files of the page: Bokeh's script from the installed package, the data, and our script."""

from __future__ import annotations

from pathlib import Path

from analysis.files import write_atomically
from analysis.findings.comparison.each_song import EachSong
from analysis.show.explorer.page import scripts_of


def write_files(found: EachSong, folder: Path) -> None:
    """Write the scripts of the page into a folder of the website, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in scripts_of(found).items():
        write_atomically(folder / name, script.encode())
