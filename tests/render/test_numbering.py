"""Numbers, labels and references, within and across chapters and formats."""

from pathlib import Path

import pytest
from trees import SQUARE, SVG, Given, book, outline, texts, title, tree

from render import crossref
from render.errors import RenderError

TWO = {
    "one.qmd": "# First {#sec-a}\n\n## Part {#sec-b}\n\n$$x$$ {#eq-a}\n\n### Deep {#sec-c}\n\n"
    "::: {#thm-a}\n## Name\nText.\n:::\n\n::: {#thm-b}\nText.\n:::\n\n::: {#lem-a}\nText.\n:::\n",
    "two.qmd": "# Second {#sec-d}\n\n$$y$$ {#eq-b}\n\n@sec-a, @sec-b, @sec-c, @sec-d, @eq-a, "
    "@eq-b, @thm-a, @thm-b, @lem-a, @sec-e, @sec-f, @eq-c\n",
    "appendix.qmd": "# Third {#sec-e}\n\n## Part {#sec-f}\n\n$$z$$ {#eq-c}\n\n"
    "@sec-e, @sec-f, @sec-a\n",
}


def test_references_read_as_quarto_writes_them_on_the_site(tmp_path: Path) -> None:
    documents = book(tmp_path, TWO)
    second, third = (outline(document.doc.content)[-1] for document in documents[2:])
    assert texts(second) == [
        "Chapter 1",
        "Section 1.1",
        "Section 1.1.1",
        "Chapter 2",
        "Equation 1.1",
        "Equation 2.1",
        "Theorem 1.1",
        "Theorem 1.2",
        "Lemma 1.1",
        "Appendix A",
        "Section A.1",
        "Equation A.1",
    ]
    assert texts(third) == ["Appendix A", "Section A.1", "Chapter 1"]
    assert "](xref:sec-a)" in second


def test_an_equation_has_brackets_in_print(tmp_path: Path) -> None:
    second = outline(book(tmp_path, TWO, fmt="typst")[2].doc.content)[-1]
    assert texts(second)[4:6] == ["Equation (1.1)", "Equation (2.1)"]


def test_an_unnumbered_chapter_refers_to_sections_by_their_headings(tmp_path: Path) -> None:
    written = "@sec-a @sec-b [-@sec-b] [Ch. @sec-a] @sec-e @eq-a"
    index = {"index.qmd": f"# Welcome {{.unnumbered}}\n\n{written}\n"}
    words = ["1 First", "Part", "Part", "Ch. 1 First", "Appendix A — Third", "Equation 1.1"]
    assert texts(outline(book(tmp_path / "html", index | TWO)[0].doc.content)[1]) == words
    words = ["Chapter 1", "Section 1.1", "1.1", "Ch. 1", "Appendix A", "Equation (1.1)"]
    print_ = book(tmp_path / "typst", index | TWO, fmt="typst")
    assert texts(outline(print_[0].doc.content)[1]) == words


@pytest.mark.parametrize(("kind", "name"), list(crossref.THEOREMS.items()))
def test_each_kind_counts_for_itself(tmp_path: Path, kind: str, name: str) -> None:
    other = "lem" if kind != "lem" else "thm"
    text = "".join(
        f"::: {{#{each}}}\nText.\n:::\n\n" for each in (f"{kind}-a", f"{other}-a", f"{kind}-b")
    )
    lines = tree(tmp_path, f"{text}@{kind}-b\n")
    assert f"div {{#{kind}-b .theorem .{kind} name={name} number=1.2}}" in lines
    assert texts(lines[-1]) == [f"{name} 1.2"]


def test_chapters_are_numbered_but_for_the_unnumbered(tmp_path: Path) -> None:
    chapters = {
        "one.qmd": "# One\n\n## A\n",
        "two.qmd": "# Two {.unnumbered}\n\n## A\n\n$$x$$ {#eq-two}\n\n@eq-two\n",
        "three.qmd": "# Three\n",
        "appendix-a.qmd": "# Four\n\n## A\n",
        "appendix-b.qmd": "# Five {.unnumbered}\n",
        "appendix-c.qmd": "# Six\n",
    }
    documents = book(tmp_path, chapters)
    assert [each.number for each in documents] == ["", "1", "", "2", "A", "", "B"]
    assert [title(each) for each in documents[1:3]] == ["One", "Two"]
    assert "number" not in documents[2].doc.content[0].attributes
    assert "number" not in documents[2].doc.content[1].attributes
    assert documents[4].doc.content[1].attributes["number"] == "A.1"
    assert texts(outline(documents[2].doc.content)[-1]) == ["Equation 1"]


def test_without_section_numbers_sections_are_named(tmp_path: Path) -> None:
    documents = book(tmp_path, TWO, extra="number-sections: false")
    assert "number" not in documents[1].doc.content[0].attributes
    assert texts(outline(documents[2].doc.content)[-1])[1] == "Part"
    assert texts(outline(documents[2].doc.content)[-1])[4] == "Equation 1.1"


def test_the_pdf_keeps_the_numbers_of_the_website(tmp_path: Path) -> None:
    """What only the website shows is counted in print too."""
    both = "$$y$$ {#eq-both}\n\n## Both {#sec-both}\n\n"
    both += '::: {#fig-both}\n![B.](b.svg){fig-alt="A square."}\n\nB.\n:::\n\n'
    both += "::: {#thm-both}\nB.\n:::\n\n@eq-both @sec-both @fig-both @thm-both\n"
    hidden = (
        "$$x$$ {#eq-one}\n\n## One\n\n::::: {#fig-one}\n```{python}\n1\n```\n\nA.\n:::::\n\n"
        "::::: {#thm-one}\n## Its name\nA.\n:::::\n\n::::: {.callout-note}\n## Said\nA.\n:::::\n"
    )
    text = f'::: {{.content-visible when-format="html"}}\n{hidden}:::\n\n{both}'
    for fmt, equation in (("html", "Equation 1.2"), ("typst", "Equation (1.2)")):
        given, files = Given({0: [SQUARE]}), {"b.svg": SVG}
        lines = tree(tmp_path / fmt, text, given=given, fmt=fmt, files=files)
        assert texts(lines[-1]) == [equation, "Section 1.2", "Figure 1.2", "Theorem 1.2"]


def test_the_same_label_may_stand_once_for_each_format(tmp_path: Path) -> None:
    text = (
        '::: {.content-visible when-format="html"}\n$$x$$ {#eq-a}\n:::\n\n'
        '::: {.content-visible when-format="typst"}\n$$y$$ {#eq-a}\n:::\n\n@eq-a\n'
    )
    assert tree(tmp_path / "a", text)[0] == "[$$x$$] {#eq-a .equation number=1.1}"
    assert tree(tmp_path / "b", text, fmt="typst")[0] == "[$$y$$] {#eq-a .equation number=1.1}"


def test_a_section_in_two_chapters_may_have_the_same_heading(tmp_path: Path) -> None:
    documents = book(tmp_path, {"one.qmd": "# One\n\n## Same\n", "two.qmd": "# Two\n\n## Same\n"})
    assert ["same" in document.ids for document in documents] == [False, True, True]


def test_labels_are_known_to_every_document(tmp_path: Path) -> None:
    documents = book(tmp_path, TWO)
    target = documents[0].labels["eq-b"]
    assert (target.kind, target.number, target.chapter, target.href) == (
        *("eq", "2.1", "two.qmd", "two.html"),
    )
    assert str(target.place) == "two.qmd:3"
    assert documents[0].labels is documents[3].labels


def error(tmp_path: Path, chapters: dict[str, str] | str, **options: object) -> str:
    with pytest.raises(RenderError) as caught:
        book(tmp_path, chapters, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_an_unresolved_reference_is_an_error_with_its_line(tmp_path: Path) -> None:
    said = error(tmp_path, {"one.qmd": "# One\n\n$$x$$ {#eq-mean}\n\nAs @eq-maen says.\n"})
    assert said == "one.qmd:5: the reference @eq-maen leads nowhere; @eq-mean is meant?"


def test_a_reference_to_a_section_without_a_number_is_an_error(tmp_path: Path) -> None:
    said = error(tmp_path, "# One\n\n## A {#sec-a .unnumbered}\n\n@sec-a\n")
    assert said.startswith("one.qmd:5: the reference @sec-a leads to a section without a number")
    assert "(one.qmd:3)" in said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            "$$x$$ {#eq-a}",
            "$$y$$ {#eq-a}",
            "one.qmd:5: the label eq-a is given twice; it is also at one.qmd:3",
        ),
        (
            "## A {#sec-a}",
            "## B {#sec-a}",
            "one.qmd:5: the label sec-a is given twice; it is also at one.qmd:3",
        ),
        (
            "::: {#thm-a}\nA\n:::",
            "::: {#thm-a}\nB\n:::",
            "one.qmd:7: the label thm-a is given twice; it is also at one.qmd:3",
        ),
    ],
)
def test_a_label_given_twice_is_an_error_with_both_places(
    tmp_path: Path, first: str, second: str, said: str
) -> None:
    assert error(tmp_path, f"# One\n\n{first}\n\n{second}\n") == said


def test_a_label_given_in_two_chapters_is_an_error(tmp_path: Path) -> None:
    said = error(
        tmp_path, {"one.qmd": "# A\n\n$$x$$ {#eq-a}\n", "two.qmd": "# B\n\n\n$$y$$ {#eq-a}\n"}
    )
    assert said == "two.qmd:4: the label eq-a is given twice; it is also at one.qmd:3"


def test_a_label_of_a_chunk_and_of_a_text_is_an_error(tmp_path: Path) -> None:
    text = "# A\n\n![B](a.svg){#fig-a}\n\n```{python}\n#| label: fig-a\n1\n```\n"
    given = Given({0: [SQUARE]})
    said = error(tmp_path, text, given=given, files={"a.svg": "<svg/>"})
    assert said == "one.qmd:6: the label fig-a is given twice; it is also at one.qmd:3"


@pytest.mark.parametrize(
    ("label", "kind"),
    [("fig-a", "fig"), ("Fig-a", "fig"), ("sec-a-b", "sec"), ("figure-a", None), ("a", None)],
)
def test_kinds_of_labels(label: str, kind: str | None) -> None:
    assert crossref.kind_of(label) == kind
