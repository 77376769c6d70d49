"""Put what the project's own code makes into the website, side by side; the renderer calls this."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = ("api.py", "scripts.py", "downloads.py")
"""The one that takes longest comes first. None reads what another makes."""


def main(scripts: Iterable[Path]) -> int:
    """Run scripts, and return the code of one that failed, or 0."""
    running = [subprocess.Popen([sys.executable, script]) for script in scripts]
    return max((abs(process.wait()) for process in running), default=0)


if __name__ == "__main__":
    sys.exit(main(HERE / name for name in SCRIPTS))
