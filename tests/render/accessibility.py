"""What axe finds on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A colour on its way from one theme to the other is no colour of the page.
SETTLE = """() => document.getAnimations()
    .filter((one) => one instanceof CSSTransition).forEach((one) => one.finish())"""


def violations(page: Page, *, without: Sequence[str] = ()) -> list[tuple[str, list[str]]]:
    """Return the name of each rule that is broken, and where.

    Parameters
    ----------
    page : Page
    without : sequence of str
        Selectors of what is left out.
    """
    from axe_playwright_python.sync_playwright import Axe

    context: Any = {"exclude": [[selector] for selector in without]} if without else None
    asked = {"resultTypes": ["violations"]}  # nothing is written down of what is right
    page.evaluate(SETTLE)
    found = Axe().run(page, context, asked).response["violations"]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]
