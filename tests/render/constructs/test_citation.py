"""Citations, and the lists that they lead to."""

from pathlib import Path

from bs4 import BeautifulSoup
from markup import body, only, pages, words

BIBLIOGRAPHY = """
@article{one1901, author={First, Ann}, title={Ones}, journal={Numbers}, year={1901}}
@article{two1902, author={Second, Bo}, title={Twos}, journal={Numbers}, year={1902}}
"""
CITED = "As @one1901 and others [@two1902, p. 3] say.^[See @one1901.]"


def test_citations_lead_to_the_references_and_their_own_list(tmp_path: Path) -> None:
    made = pages(
        tmp_path,
        {
            "report/one.qmd": f"# One\n\n{CITED}",
            "report/two.qmd": "# Two\n\n[@two1902]",
            "references.qmd": "# References {.unnumbered}\n\n::: {#refs}\n:::\n",
        },
        files={"b.bib": BIBLIOGRAPHY},
        extra="bibliography: b.bib",
    )
    one = BeautifulSoup(made["report/one.html"], "html.parser")
    targets = [str(a["href"]) for a in one.select(".citation a")]
    assert targets == [f"../references.html#ref-{key}" for key in ("one1901", "two1902", "one1901")]
    assert words(one.p).startswith("As First (1901) and others (Second 1902, 3) say.")
    listing = only(one, "section[role=doc-bibliography]")
    assert [entry["id"] for entry in listing.select(".csl-entry")] == ["ref-one1901", "ref-two1902"]
    two = BeautifulSoup(made["report/two.html"], "html.parser")
    assert [entry["id"] for entry in two.select(".csl-entry")] == ["ref-two1902"]
    references = BeautifulSoup(made["references.html"], "html.parser")
    entries = references.select("#refs .csl-entry")
    assert [entry["id"] for entry in entries] == ["ref-one1901", "ref-two1902"]
    assert words(entries[0]) == "First, Ann. 1901. “Ones.” Numbers."
    assert not references.select("section")


def test_without_a_references_page_citations_stay_on_theirs(tmp_path: Path) -> None:
    soup = body(tmp_path, CITED, files={"b.bib": BIBLIOGRAPHY}, extra="bibliography: b.bib")
    for link in soup.select(".citation a"):
        assert soup.select(f'[id="{str(link["href"])[1:]}"]')


def test_citations_need_not_be_links(tmp_path: Path) -> None:
    extra = "bibliography: b.bib\nlink-citations: false"
    soup = body(tmp_path, CITED, files={"b.bib": BIBLIOGRAPHY}, extra=extra)
    assert words(soup.p).startswith("As First (1901) and others (Second 1902, 3) say.")
    assert not soup.select(".citation a")
    assert len(soup.select(".csl-entry")) == 2
