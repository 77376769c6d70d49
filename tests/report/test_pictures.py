"""The figures of the rendered site: small, finite, and of nothing but the study."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chapters import ROOT

pytestmark = pytest.mark.site

PICTURES = sorted((ROOT / "_site").rglob("*_files/*.svg"))


def test_there_are_pictures() -> None:
    if not PICTURES and os.environ.get("CI") != "true":
        pytest.skip("there is no rendered _site/: make site")
    assert len(PICTURES) > 70


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_picture(path: Path) -> None:
    svg = path.read_bytes()
    assert len(svg) < 230_000
    ElementTree.fromstring(svg)  # noqa: S314
    assert not re.search(rb"\bnan\b|\binf\b", re.sub(rb"base64,[^\"]*", b"", svg), re.IGNORECASE)
    assert b"<dc:date>" not in svg
    assert b"file:" not in svg
