"""What axe finds on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

OF_LAYOUT = (
    *("aria-hidden-focus", "color-contrast", "link-in-text-block", "nested-interactive"),
    *("scrollable-region-focusable", "target-size"),
)
"""The rules whose verdict hangs on colours and places; the others read the document."""


def violations(
    page: Page, *, rules: Sequence[str] = (), without: Sequence[str] = ()
) -> list[tuple[str, list[str]]]:
    """Return the name of each rule that is broken, and where.

    Parameters
    ----------
    page : Page
    rules : sequence of str
        Those that are asked; all, if none is named.
    without : sequence of str
        Selectors of what is left out.
    """
    from axe_playwright_python.sync_playwright import Axe

    context: Any = {"exclude": [[selector] for selector in without]} if without else None
    asked: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        asked["runOnly"] = list(rules)
    found = Axe().run(page, context, asked).response["violations"]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]
