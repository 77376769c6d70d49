"""The scripts that `pre-render` and `post-render` name.

They run before the chapters are read, and when the website is written, before it takes its place.
As with Quarto they run in the project's folder and find the website's in the environment, as
``QUARTO_PROJECT_OUTPUT_DIR``. After the pages that is the folder in which the new website is being
made, so that what a script adds comes and goes with it. ``RENDER_ENGINE`` is ``portable``.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from render.config import Book
from render.errors import Place, RenderError


class ScriptError(RenderError):
    """A script failed.

    Attributes
    ----------
    traceback : str
        What it said, for the one who looks into it.
    """

    traceback: str = ""


class Awaiting(Protocol):
    """What this module needs of a chapter; `render.document.Document` has it."""

    @property
    def awaited(self) -> dict[str, Place]:
        """Linked files that are not in the project, relative to the site, with a link's place."""


def run_before(book: Book, out: Path) -> None:
    """Run the scripts of `pre-render`, in order.

    Parameters
    ----------
    book
        The book's configuration.
    out
        The folder that the pages will be in.

    Raises
    ------
    RenderError
        A script fails.
    """
    sources = "\n".join(chapter.path for chapter in book.chapters)
    _run(book, book.pre_render, "before the chapters were read", out, INPUT_FILES=sources)


def run_after(book: Book, site: Path) -> str:
    """Run the scripts of `post-render`, in order.

    Parameters
    ----------
    book
        The book's configuration.
    site
        The folder with the pages.

    Returns
    -------
    str
        What they printed, for the end of the render.

    Raises
    ------
    RenderError
        A script fails.
    """
    pages = [os.path.relpath(site / chapter.href, book.root) for chapter in book.chapters]
    return _run(
        book, book.post_render, "after the pages were written", site, OUTPUT_FILES="\n".join(pages)
    )


def _run(book: Book, scripts: Iterable[str], when: str, out: Path, **told: str) -> str:
    env = {
        **os.environ,
        "RENDER_ENGINE": "portable",
        "QUARTO_PROJECT_DIR": str(book.root),
        "QUARTO_PROJECT_ROOT": str(book.root),
        "QUARTO_PROJECT_OUTPUT_DIR": str(out),
        "QUARTO_PROJECT_RENDER_ALL": "1",
        **{f"QUARTO_PROJECT_{name}": text for name, text in told.items()},
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    printed = []
    for script in scripts:
        done = subprocess.run(
            [sys.executable, script],
            cwd=book.root,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            why = said[-1].removeprefix("error: ") if said else "it said nothing"
            error = ScriptError(
                f"this script, run {when}, failed with code {done.returncode}: {why}",
                path=script,
            )
            error.traceback = done.stderr.strip() if len(said) > 1 else ""
            raise error
        printed.append(done.stdout.strip())
    return "\n".join(filter(None, printed))


def check_awaited(documents: Iterable[Awaiting], site: Path) -> None:
    """See to it that the scripts made every file that a page links to.

    Raises
    ------
    RenderError
        A link leads nowhere.
    """
    for document in documents:
        for path, place in document.awaited.items():
            if not (site / path).is_file():
                raise RenderError(
                    f"the link to {path} leads nowhere: it is no file of the project, "
                    "and no script that `post-render` names has made it",
                    path=place.path,
                    line=place.line,
                )
