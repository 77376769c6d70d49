"""What readers type into the search, and the section they are after, which is among the first."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chapters import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.site, pytest.mark.browser]

SOUGHT = {
    "k-means++": "sec-starts sec-plusplus sec-plusplus-proof",
    "PCA": "sec-pca",
    "elbow": "sec-elbow",
    "silhouette": "sec-indices sec-silhouettes",
    "BIC": "sec-criteria sec-bic",
    "EM algorithm": "sec-em",
    "entropy": "sec-certainty sec-envelope",
    "confusion matrix": "sec-cluster-genres",
    "Mahalanobis": "sec-contours",
    "GTZAN faults": "sec-faults",
    "standardization": "sec-scaling sec-standard",
    "standardisation": "sec-scaling sec-standard",
    "initialization": "sec-starts",
    "expectation maximization": "sec-em",
    "covariance": "sec-types sec-covariances",
    "how many clusters": "sec-choice",
}


@pytest.fixture(scope="module")
def page(browser: Browser, serve: Callable[[Path], str]) -> Iterator[Page]:
    """Open the summary with its search."""
    with contextlib.closing(browser.new_page()) as page:
        page.goto(serve(ROOT / "_site"))
        page.keyboard.press("/")
        yield page


@pytest.mark.parametrize("typed", SOUGHT)
def test_what_is_sought_is_among_the_first_three(page: Page, typed: str) -> None:
    page.get_by_role("combobox").fill("")
    page.get_by_role("option").first.wait_for(state="detached")
    page.get_by_role("combobox").fill(typed)
    page.get_by_role("option").first.wait_for()
    hits = page.get_by_role("option").evaluate_all("all => all.map(a => a.hash.slice(1))")
    assert set(hits[:3]) & set(SOUGHT[typed].split()), hits[:6]
