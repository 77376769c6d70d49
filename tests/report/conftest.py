"""A browser for the rendered pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from chapters import ROOT

from tests.render.conftest import FLAGS, find_chromium, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "serve"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, to open what has been rendered."""
    program = find_chromium()
    if program is None or not (ROOT / "_site" / "index.html").exists():
        sentence = (
            "Chromium and a rendered _site/ are needed: install one, make site for the other."
        )
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield started
        started.close()
