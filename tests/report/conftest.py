"""A browser for the rendered pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chapters import ROOT

from tests.render.conftest import chromium, open_context, serve, stop_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "chromium", "open_context", "serve"]


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    """Chromium, to open what has been rendered."""
    if not (ROOT / "_site" / "index.html").exists():
        stop_or_skip("there is no rendered _site/: make site")
    return chromium
