"""Put the scripts of the page on every song into the website; `additions.py` calls this."""

import hashlib
import importlib.metadata
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.errors import AnalysisError
from analysis.files import cache_folder, copy_kept_folder
from analysis.study.inputs import digest_function

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "explorer"
KEPT = cache_folder(ROOT) / FOLDER


def make(folder: Path) -> None:
    """Write the files; what this imports takes seconds."""
    from analysis.book import study
    from analysis.show.explorer.files import write_files

    write_files(study.each_song, folder)


def digest() -> str:
    """Return the digest of all that the files are made from."""
    found = hashlib.sha256(
        repr((digest_function(ROOT, make), importlib.metadata.version("bokeh"))).encode()
    )
    for path in (Path(__file__), *sorted((ROOT / "analysis" / "show" / FOLDER).glob("*.*"))):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def main(site: Path) -> None:
    """Copy the files into the site, made anew if what they are made from has changed."""
    if not (site / "report" / "explore.html").is_file():
        return  # the PDF alone
    copy_kept_folder(KEPT, digest(), make, site / "report" / FOLDER)


if __name__ == "__main__":
    try:
        main(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
    except AnalysisError as error:
        sys.exit(f"error: {error}")
