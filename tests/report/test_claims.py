"""The claims of the ledger and the chapters that show them."""

from __future__ import annotations

import re

import pytest
from chapters import read, sources
from test_rows import LEDGER, page

from analysis.claims.ledger import CLAIMS, Claim

SECTIONS = {label for source in sources() for label in source.labels if label.startswith("sec-")}


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.id for claim in CLAIMS])
def test_a_claim_leads_to_a_section_of_another_chapter(claim: Claim[tuple[float, ...]]) -> None:
    assert claim.section in SECTIONS
    assert claim.section not in read("report/ledger.qmd").labels


def test_every_step_is_in_a_table_of_the_chapter() -> None:
    text = read("report/ledger.qmd").text
    shown = [
        step for call in re.findall(r"claims\.about\(([^)]*)\)", text) for step in _names(call)
    ]
    assert len(shown) == len(set(shown))
    assert set(shown) == {claim.step for claim in CLAIMS}


def _names(call: str) -> list[str]:
    return re.findall(r'"([^"]+)"', call)


@pytest.mark.site
def test_the_page_shows_every_claim_once_with_a_link() -> None:
    rows = page(LEDGER).select("[id^=tbl-ledger] tbody tr")
    said = [" ".join(row.find(["th", "td"]).get_text(" ").split()) for row in rows]
    assert len(rows) == len(CLAIMS)
    for claim, row, words in zip(CLAIMS, rows, said, strict=True):
        assert words.startswith(" ".join(claim.words.split())), claim.id
        link = row.find(["th", "td"]).find("a")
        assert link["href"].endswith((f"#{claim.section}", ".html")), claim.id
        assert re.search(r"(Section|Chapter)\s\d", words), claim.id
