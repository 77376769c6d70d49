"""The numbers in `report/numbers/` are those of the book."""

from __future__ import annotations

import subprocess
import sys

import pytest
from chapters import ROOT


@pytest.mark.site
def test_the_kept_numbers_are_those_of_the_book() -> None:
    command = [sys.executable, "-m", "render", "numbers", "--check"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
