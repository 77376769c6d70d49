"""Links, citations and raw HTML: each leads somewhere in the book, or stops the render."""

from pathlib import Path

import pytest
from trees import Given, book, display, outline, tree

from render.errors import RenderError

FILES = {"data/x y.csv": "1", "report/pic.svg": "<svg/>", "notes.qmd": "# Not in the book\n"}
BIB = """\
@book{one, author = {One, Anna}, title = {A book}, year = {2001}}
@misc{two:2002, author = {Two, Bert}, title = {A note}, year = {2002}}
"""
CHAPTERS = {
    "report/one.qmd": "# One {#sec-one}\n\n## Part {#sec-part}\n\n### Own\n",
    "report/two.qmd": "# Two\n\nTEXT\n",
}


def link(tmp_path: Path, url: str, fmt: str = "html") -> str:
    chapters = {**CHAPTERS, "report/two.qmd": f"# Two\n\n## Here\n\n[A]({url})\n"}
    documents = book(tmp_path, chapters, files=FILES, fmt=fmt)
    return outline(documents[2].doc.content)[-1]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org/a?b#c", "https://example.org/a?b#c"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("#here", "#here"),
        ("one.qmd", "chapter:report/one.qmd"),
        ("one.qmd#sec-part", "chapter:report/one.qmd#sec-part"),
        ("one.qmd#own", "chapter:report/one.qmd#own"),
        ("../index.qmd", "chapter:index.qmd"),
        ("/report/one.qmd", "chapter:report/one.qmd"),
        ("#sec-part", "chapter:report/one.qmd#sec-part"),
        ("../data/x%20y.csv", "../data/x%20y.csv"),
        ("/data/x%20y.csv", "../data/x%20y.csv"),
        ("../A-book.pdf", "../A-book.pdf"),
    ],
)
def test_links_lead_on(tmp_path: Path, url: str, target: str) -> None:
    assert link(tmp_path, url) == f"[A]({target})"


def test_linked_files_are_taken_along(tmp_path: Path) -> None:
    text = {"report/two.qmd": "# Two\n\n[A](../data/x%20y.csv) ![B](pic.svg)\n"}
    document = book(tmp_path, text, files=FILES)[1]
    assert document.files == {"../data/x%20y.csv": "data/x y.csv"}
    assert document.media == {"pic.svg": b"<svg/>"}
    assert "file" in document.doc.content[1].content[0].classes


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("three.qmd", "the file report/three.qmd does not exist"),
        ("one.qmd#none", "the link leads to #none, which is not in report/one.qmd"),
        ("#none", "the link #none leads to no id on this page and no label of the book"),
        ("../notes.qmd", "the link ../notes.qmd leads to notes.qmd, which is no chapter"),
        ("none.csv", "the file report/none.csv does not exist"),
        ("../../out.csv", "../../out.csv is outside the project"),
        ("../data", "the link ../data leads to a folder"),
        ("javascript:alert(1)", "the link javascript:alert(1) must begin with"),
        ("//example.org", "the link //example.org names no scheme"),
        ("one.html", "the file report/one.html does not exist"),
    ],
)
def test_links_that_lead_nowhere_are_errors(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        link(tmp_path, url)
    assert str(caught.value).startswith(f"report/two.qmd:5: {said}")


def test_a_link_out_of_the_project_through_a_symbolic_link_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("1", encoding="utf-8")
    (tmp_path / "book" / "report").mkdir(parents=True)
    (tmp_path / "book" / "report" / "in.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(RenderError, match="is outside the project"):
        link(tmp_path / "book", "in.csv")


# -- raw HTML ----------------------------------------------------------------------------------


def test_what_raw_html_shows_is_taken_along(tmp_path: Path) -> None:
    text = {"report/two.qmd": "# Two\n\n```{=html}\n<p><img alt='' src='pic.svg'></p>\n```\n"}
    assert book(tmp_path / "a", text, files=FILES)[1].media == {"pic.svg": b"<svg/>"}
    assert book(tmp_path / "b", text, files=FILES, fmt="typst")[1].media == {}


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://example.org/a.png">',
        "<script src=//example.org/a.js></script>",
        '<link rel="stylesheet" href="https://example.org/a.css">',
        "<style>@import url(https://example.org/a.css)</style>",
        '<video poster="http://example.org/a.png"></video>',
    ],
)
def test_raw_html_asks_no_other_host(tmp_path: Path, html: str) -> None:
    with pytest.raises(RenderError) as caught:
        tree(tmp_path, f"```{{=html}}\n{html}\n```\n")
    assert str(caught.value).startswith("one.qmd:4: raw HTML loads")
    given = Given({0: [display(text_html=html)]})
    with pytest.raises(RenderError, match=r"^one\.qmd:3: raw HTML loads"):
        tree(tmp_path / "b", "```{python}\n1\n```\n", given=given)


def test_raw_html_may_link_to_another_host(tmp_path: Path) -> None:
    html = '<a href="https://example.org">there</a>'
    assert tree(tmp_path, f"```{{=html}}\n{html}\n```\n") == [f"raw html: {html}"]


# -- citations ---------------------------------------------------------------------------------


def cited(tmp_path: Path, text: str) -> tuple[list[str], list[str]]:
    files = {"refs.bib": BIB}
    document = book(tmp_path, f"# One\n\n{text}", files=files, extra="bibliography: refs.bib")[1]
    return outline(document.doc.content)[1:], list(document.cited)


def test_citations_stay_for_the_writers(tmp_path: Path) -> None:
    text = "A [@two:2002, p. 3; see @one]. As @one says [-@one].\n"
    lines, keys = cited(tmp_path, text)
    assert lines == ["A cite:two:2002;one. As cite:one says cite:one."]
    assert keys == ["two:2002", "one"]


def test_citations_and_references_may_stand_in_each_other(tmp_path: Path) -> None:
    cited(tmp_path / "a", "$$x$$ {#eq-a}\n\nA [see *here* @one, as in @eq-a].\n")
    with pytest.raises(RenderError, match=r"^one\.qmd:3: the reference @eq-none"):
        cited(tmp_path / "b", "A [see @one, as in @eq-none].\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A.\n\nB [@none].\n", "one.qmd:5: the citation @none is not in the bibliography"),
        ("A [@one; @none].\n", "one.qmd:3: the citation @none is not in the bibliography"),
        ("A @ones.\n", "one.qmd:3: the citation @ones is not in the bibliography"),
        ("A.^[As @none says.]\n", "one.qmd:3: the citation @none is not"),
        ("$$x$$ {#eq-a}\n\n[@eq-a; @one]\n", "one.qmd:5: cross-references and citations"),
    ],
)
def test_a_wrong_citation_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        cited(tmp_path, text)
    assert str(caught.value).startswith(said)


def test_a_citation_in_a_book_without_a_bibliography_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"^one\.qmd:3: the citation @one is not"):
        tree(tmp_path, "A @one.\n")


def test_a_broken_bibliography_is_an_error(tmp_path: Path) -> None:
    files = {"refs.bib": "@book{one, author = {One"}
    with pytest.raises(RenderError, match=r"^refs\.bib:\d+: Pandoc failed"):
        book(tmp_path, "# One\n", files=files, extra="bibliography: refs.bib")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("refs.json", '[{"id": "one", "type": "book", "title": "A book"}]'),
        ("refs.yaml", "---\nreferences:\n- id: one\n  type: book\n  title: A book\n---\n"),
    ],
)
def test_other_bibliographies_are_read(tmp_path: Path, name: str, text: str) -> None:
    document = book(tmp_path, "# One\n\n@one\n", files={name: text}, extra=f"bibliography: {name}")[
        1
    ]
    assert document.cited == ("one",)
