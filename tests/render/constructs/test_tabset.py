"""Tabs."""

from pathlib import Path

import pytest
from markup import body, only, words
from trees import error, tree


def test_each_heading_of_a_tabset_begins_a_tab(tmp_path: Path) -> None:
    text = "::: {.panel-tabset}\n### *One*\nA\n\n#### Deeper\n\nB\n\n### Two\nC\n:::\n\n## After\n"
    assert tree(tmp_path, text) == [
        "div {.tabset}",
        "  div {.tab}",
        "    div {.tab-title}",
        "      *One*",
        "    A",
        "    #### Deeper {#deeper number=1.0.0.1}",
        "    B",
        "  div {.tab}",
        "    div {.tab-title}",
        "      Two",
        "    C",
        "## After {#after number=1.1}",
    ]


@pytest.mark.parametrize("inner", ["Text.\n\n## Tab\n\nA", ""])
def test_a_tabset_begins_with_a_heading(tmp_path: Path, inner: str) -> None:
    said = error(tmp_path, f"::: {{.panel-tabset}}\n{inner}\n:::\n")
    assert said.startswith("one.qmd:3: a tabset begins with the heading")


def test_tabs_can_be_read_without_a_script(tmp_path: Path) -> None:
    soup = body(tmp_path, "::: {.panel-tabset}\n## A & *b*\nFirst.\n\n## C\nSecond.\n:::\n")
    tabs = only(soup, ".tabset")
    assert [words(li) for li in tabs.select("ul > li")] == ["A & b", "C"]
    panels = tabs.find_all("section", recursive=False)
    assert [(p["aria-label"], words(p), p.has_attr("hidden")) for p in panels] == [
        ("A & b", "First.", False),
        ("C", "Second.", False),
    ]
    assert len({p["id"] for p in panels}) == 2
