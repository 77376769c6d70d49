"""A project with a small package of its own, whose sources a test may change."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import Tiny, make_tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    return make_tiny(tmp_path / "tiny")
