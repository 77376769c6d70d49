"""Put the files that the study leaves behind into the website; `additions.py` calls this."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.errors import AnalysisError
from analysis.files import cache_folder, copy_kept_folder
from analysis.study.inputs import digest_function

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "downloads"
KEPT = cache_folder(ROOT) / FOLDER


def make(folder: Path) -> None:
    """Write the files; what this imports takes a while."""
    from analysis.book import study
    from analysis.export import write_files

    write_files(study.files, folder)


def digest() -> str:
    """Return the digest of all that the files are made from."""
    return digest_function(ROOT, make)[:16]


def main(site: Path) -> None:
    """Copy the files into the site, made anew if what they are made from has changed."""
    copy_kept_folder(KEPT, digest(), make, site / FOLDER)


if __name__ == "__main__":
    try:
        main(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
    except AnalysisError as error:
        sys.exit(f"error: {error}")
