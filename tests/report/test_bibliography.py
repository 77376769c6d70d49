"""The bibliography: complete entries, all of them cited."""

from __future__ import annotations

import re

import pytest
from chapters import ROOT, sources

TEXT = (ROOT / "report" / "references.bib").read_text(encoding="utf-8")
ENTRIES = {
    match[2]: (match[1], match[3])
    for match in re.finditer(r"@(\w+)\{([\w-]+),\n(.*?)\n\}", TEXT, flags=re.DOTALL)
}
REQUIRED = {
    "article": {"author", "title", "journal", "volume", "pages", "year"},
    "incollection": {"author", "title", "booktitle", "publisher", "year"},
    "inproceedings": {"author", "title", "booktitle", "year"},
    "book": {"author", "title", "publisher", "year"},
    "misc": {"author", "title", "year", "url"},
}


def fields(key: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+) = \{((?:[^{}]|\{[^{}]*\})*)\}", ENTRIES[key][1]))


def test_every_entry_is_read() -> None:
    assert len(ENTRIES) == len(re.findall(r"^@\w+\{", TEXT, flags=re.MULTILINE)) > 0


@pytest.mark.parametrize("key", ENTRIES)
def test_every_entry_is_cited(key: str) -> None:
    assert any(key in source.references for source in sources()), f"{key} is never cited"


@pytest.mark.parametrize("key", ENTRIES)
def test_every_entry_is_complete(key: str) -> None:
    have = fields(key)
    assert REQUIRED[ENTRIES[key][0]] <= set(have), f"{key} lacks a field"
    assert re.fullmatch(r"(19|20)\d\d", have["year"])
    first = re.sub(r"\\[a-z] ", "", have["author"].split(",")[0])  # letters that name an accent
    assert key == re.sub(r"\W", "", first).lower() + have["year"]


@pytest.mark.parametrize("key", [key for key in ENTRIES if "doi" in fields(key)])
def test_every_doi_is_well_formed(key: str) -> None:
    assert re.fullmatch(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+", fields(key)["doi"])


def test_entries_are_in_alphabetical_order() -> None:
    assert list(ENTRIES) == sorted(ENTRIES)
