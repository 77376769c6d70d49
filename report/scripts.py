"""Put the scripts of the page on every song into the website; the renderer calls this."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.book import study
from analysis.errors import AnalysisError
from analysis.show.explorer.files import write_files
from analysis.show.explorer.page import FOLDER

if __name__ == "__main__":
    site = Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"])
    if (site / "report" / "explore.html").is_file():  # not for the PDF alone
        try:
            write_files(study.each_song, site / "report" / FOLDER)
        except AnalysisError as error:
            sys.exit(f"error: {error}")
