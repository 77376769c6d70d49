"""Where Quarto is present: both renderers show a reader the same, page by page."""

import os
import shutil
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import pytest

from render.quarto import find_quarto
from tests.render.reader import lines

QUARTO = find_quarto()
pytestmark = [
    pytest.mark.quarto,
    pytest.mark.skipif(QUARTO is None, reason="there is no Quarto to compare with"),
]
ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    "_site", "_freeze", ".*", "__pycache__", "tests", "benchmarks", "docs"
)


def pages(site: Path) -> set[str]:
    return {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"404.html"}


def by_script(page: str) -> bool:
    """Whether the project's own script made a page: the reference, and what leads to it."""
    return page.startswith(("api/", "report/api"))


def test_both_renderers_show_the_same(tmp_path: Path) -> None:
    assert QUARTO is not None
    book = tmp_path / "book"
    shutil.copytree(ROOT, book, ignore=LEFT_OUT)
    environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
    portable = [sys.executable, "-m", "render", "--engine", "portable", "--to", "html"]
    subprocess.run(
        [*portable, "--output", str(tmp_path / "ours")], cwd=book, env=environment, check=True
    )
    said = subprocess.run(
        [QUARTO.path, "render", "--to", "html"],
        cwd=book,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stderr
    assert "WARN" not in said.stderr.replace("[IPKernelApp] WARNING", ""), said.stderr
    ours, theirs = tmp_path / "ours", book / "_site"
    assert pages(ours) == pages(theirs)
    different = [
        line
        for page in sorted(pages(ours))
        if not by_script(page)
        for line in unified_diff(
            lines(theirs, page), lines(ours, page), f"Quarto: {page}", "ours", lineterm="", n=0
        )
    ]
    assert not different, "\n".join(different)
    for page in filter(by_script, pages(ours)):
        assert (ours / page).read_bytes() == (theirs / page).read_bytes(), page
