"""Put the files that the study leaves behind into the website; the renderer calls this."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.book import study
from analysis.errors import AnalysisError
from analysis.export import write_files

if __name__ == "__main__":
    try:
        write_files(study.files, Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]) / "downloads")
    except AnalysisError as error:
        sys.exit(f"error: {error}")
