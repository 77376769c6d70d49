"""Time the audit of a million rows with five columns, from file to answer, with all its memory."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from benchmarks._measure import overlapping_blobs

ROWS, COLUMNS, GROUPS = 1_000_000, 5, 4


def main() -> None:
    """Print seconds, seconds of the processors, and the most memory that the process held."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        frame = pd.DataFrame(overlapping_blobs(ROWS, COLUMNS, GROUPS)).add_prefix("x")
        kind = np.random.default_rng(0).integers(GROUPS, size=ROWS)
        frame.assign(kind=kind).to_csv(path, index=False)
        command = [sys.executable, "-m", "analysis", "audit", str(path), "--label", "kind"]
        begin, held = time.perf_counter(), 0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
            process = psutil.Process(running.pid)
            while running.poll() is None:
                try:
                    held = max(held, process.memory_info().rss)
                    used = sum(process.cpu_times()[:2])
                except psutil.NoSuchProcess:
                    break
                time.sleep(0.05)
        assert running.returncode == 0
        print(
            f"Audit of {ROWS:,} rows x {COLUMNS} columns: {time.perf_counter() - begin:.0f} s, "
            f"{used:.0f} s of the processors, at most {held / 2**20:,.0f} MiB"
        )


if __name__ == "__main__":
    main()
