"""The tests' own book, run and prepared for both formats: every construct beside the others."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from trees import contents, outline, title

from render.config import Book, load_book
from render.crossref import Format
from render.document import Document, prepare
from render.execute import ChapterResult, execute_chapters
from render.pandoc import to_json
from render.source import ChapterSource, parse_source

BOOK = Path(__file__).parent / "book"
NB = "\u00a0"
Prepared = Mapping[str, Mapping[str, Document]]


@pytest.fixture(scope="module")
def ran(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Book, list[ChapterSource], dict[str, ChapterResult]]:
    book = load_book(BOOK)
    sources = [parse_source(each.path, BOOK, defaults=book.execute) for each in book.chapters]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BOOK_CACHE", str(tmp_path_factory.mktemp("kept")))
        return book, sources, execute_chapters(book, sources, jobs=2)


@pytest.fixture(scope="module")
def prepared(ran: tuple[Book, list[ChapterSource], dict[str, ChapterResult]]) -> Prepared:
    formats: tuple[Format, ...] = ("html", "typst")
    return {
        fmt: {document.chapter.path: document for document in prepare(*ran, format=fmt)}
        for fmt in formats
    }


def lines(prepared: Prepared, fmt: str, chapter: str) -> list[str]:
    return outline(prepared[fmt][chapter].doc.content)


def text(prepared: Prepared, fmt: str, chapter: str) -> str:
    return "\n".join(lines(prepared, fmt, chapter)).replace(NB, " ")


def test_chapters_have_their_numbers(prepared: Prepared) -> None:
    for documents in prepared.values():
        assert [(each.number, title(each)) for each in documents.values()] == [
            ("", "Welcome"),
            ("1", "One throw"),
            ("2", "Two throws"),
            ("3", "Other forms"),
            ("", "References"),
            ("A", "Symbols"),
            ("B", "Answers"),
        ]


def test_hostile_text_stays_text(prepared: Prepared) -> None:
    for fmt in ("html", "typst"):
        page = text(prepared, fmt, "index.qmd")
        assert (
            "Text stays text: <script>alert(1)</script> *not* `emphasis` [x](y) $1$ ]{.z} "
            "@sec-none ::: &amp;." in page
        )
        assert "Markdown is Markdown: *slanted* by [Figure 1.1](xref:fig-faces)." in page
        assert "In a formula it is a number: $\\mu = 3.5$." in page


def test_references_from_the_unnumbered_page(prepared: Prepared) -> None:
    assert (
        "Ahead lie [1 One throw](xref:sec-throws), [What to expect](xref:sec-expected), "
        "[Figure 1.1](xref:fig-faces), [Table 1.1](xref:tbl-ways), [Equation 1.1](xref:eq-mean), "
        "[Theorem 1.1](xref:thm-linear) and [Appendix A — Symbols](xref:sec-symbols)."
    ) in text(prepared, "html", "index.qmd")
    assert (
        "Ahead lie [Chapter 1](xref:sec-throws), [Section 1.1](xref:sec-expected), "
        "[Figure 1.1](xref:fig-faces), [Table 1.1](xref:tbl-ways), "
        "[Equation (1.1)](xref:eq-mean), [Theorem 1.1](xref:thm-linear) and "
        "[Appendix A](xref:sec-symbols)."
    ) in text(prepared, "typst", "index.qmd")


def test_references_from_a_numbered_chapter(prepared: Prepared) -> None:
    assert (
        "References: [Chapter 1](xref:sec-throws), [Section 1.1](xref:sec-expected), "
        "[Figure 1.1](xref:fig-faces), [Table 1.1](xref:tbl-ways), [Equation 1.1](xref:eq-mean), "
        "[Theorem 1.1](xref:thm-linear), [Lemma 1.1](xref:lem-zero), "
        "[Corollary 1.1](xref:cor-two), [Proposition 1.1](xref:prp-sides), "
        "[Conjecture 1.1](xref:cnj-luck), [Definition 1.1](xref:def-die), "
        "[Example 1.1](xref:exm-coin), [Exercise 1.1](xref:exr-three). "
        "Only the number: [1.1](xref:fig-faces). "
        "Two at once: [Figure 1.1](xref:fig-faces), [Table 1.1](xref:tbl-ways). "
        "In brackets: [Equation 1.1](xref:eq-mean). "
        "With a word of one’s own: [Fig. 1.1](xref:fig-faces). "
        "At the start of a sentence: [Figure 1.1](xref:fig-faces)."
    ) in text(prepared, "html", "chapters/throws.qmd")


def test_floats_are_numbered_through_the_chapter(prepared: Prepared) -> None:
    for fmt in ("html", "typst"):
        found = [
            line.strip().split(" ")[1].strip("{") + " " + line.split("number=")[1].strip("}")
            for line in lines(prepared, fmt, "chapters/sums.qmd")
            if ".float kind=" in line
        ]
        assert found == [
            "#fig-pair 2.1",
            "#fig-computed 2.2",
            "#tbl-computed 2.1",
            "#fig-drawn 2.3",
            "#fig-twice 2.4",
            "#tbl-parts 2.2",
            "#tbl-chances 2.3",
        ]


def test_parts_of_floats_are_lettered(prepared: Prepared) -> None:
    page = text(prepared, "html", "chapters/sums.qmd")
    assert (
        "here are [Figure 2.1](xref:fig-pair), [Figure 2.1 (a)](xref:fig-pair-1) and "
        "[Figure 2.1 (b)](xref:fig-pair-2)."
    ) in page
    assert "[Figure 2.4 (a)](xref:fig-left) and [Figure 2.4 (b)](xref:fig-right)." in page
    assert "[Table 2.2 (b)](xref:tbl-parts-2)" in page
    assert "[Figure 2.1a](xref:fig-pair-1)" in text(prepared, "typst", "chapters/sums.qmd")


def test_captions_have_computed_numbers(prepared: Prepared) -> None:
    for fmt in ("html", "typst"):
        page = text(prepared, fmt, "chapters/sums.qmd")
        assert "The most ways lead to 7." in page
        assert "Its top has 6 ways." in page


def test_figures_are_the_same_in_both_formats(prepared: Prepared) -> None:
    throws = prepared["html"]["chapters/throws.qmd"].media
    assert list(throws) == [
        "throws_files/as-svg.svg",
        "throws_files/fig-faces.svg",
        "throws_files/fig-png.png",
    ]
    assert throws == prepared["typst"]["chapters/throws.qmd"].media
    assert b"<svg" in throws["throws_files/fig-faces.svg"]
    assert throws["throws_files/fig-png.png"].startswith(b"\x89PNG")


def test_outputs_have_their_forms(prepared: Prepared) -> None:
    page = text(prepared, "html", "chapters/throws.qmd")
    for part in (
        "code: a line <b>printed</b>",
        "code: 42",
        "summary=Look inside}: x = 6",
        "code {.markdown .cell-code fold=true summary=Code}: ```{python}\n#| label: whole-chunk",
        "ZeroDivisionError: division by zero",
        "raw html: <p class='own'>An <em>HTML</em> output.</p>",
        "A *Markdown* output that knows [Theorem 1.1](xref:thm-linear).^[And has a note.]",
        "$e^{i\\pi} = -1$",
        "![A square, drawn by hand.](throws_files/as-svg.svg)",
        "### Printed heading {#printed-heading number=1.2.1}",
        "code: from the included file",
    ):
        assert part in page
    for part in ("nobody", "warn(", "\x1b"):
        assert part not in page
    assert "An *HTML* output." in text(prepared, "typst", "chapters/throws.qmd")


def test_each_format_has_its_own_content(prepared: Prepared) -> None:
    web = text(prepared, "html", "chapters/forms.qmd")
    print_ = text(prepared, "typst", "chapters/forms.qmd")
    for part in ("Seen on the web only.", "div {.tabset}", "on the web it says.", "raw html"):
        assert part in web
        assert part not in print_
    for part in ("Seen in the PDF only.", "Hidden on the web.", "Not for", "in print it says."):
        assert part in print_
        assert part not in web
    assert "raw typst: Raw *Typst*." in print_
    assert "raw typst" not in web
    assert "[Figure 3.2](xref:fig-after) comes second on the web" in web
    assert "[Figure 3.2](xref:fig-after) comes second on the web" in print_


def test_what_is_only_shown_is_not_run(prepared: Prepared) -> None:
    page = text(prepared, "html", "chapters/forms.qmd")
    assert "code {.python}: not_executed = True  # `{python} nothing`" in page
    assert "``{python} neither``" in page
    assert "code {.text}: ```{python}\nshown, not run\n```" in page
    assert "code {.markdown}: ```{python}\n#| label: shown\nnever_run()\n```" in page


def test_appendices_are_lettered(prepared: Prepared) -> None:
    assert (
        "[Table A.1](xref:tbl-symbols), [Section A.1](xref:sec-symbols-more), "
        "[Appendix B](xref:sec-answers) and [Chapter 1](xref:sec-throws)."
    ) in text(prepared, "html", "chapters/symbols.qmd")
    assert (
        "The answer to [Exercise 1.1](xref:exr-three) is ten and a half; "
        "[Theorem A.1](xref:thm-appendix), [Equation A.1](xref:eq-q) and "
        "[Table A.1](xref:tbl-symbols) stand in [Appendix A](xref:sec-symbols)."
    ) in text(prepared, "html", "chapters/answers.qmd")


def test_links_lead_to_pages_and_files(prepared: Prepared) -> None:
    page = text(prepared, "html", "chapters/forms.qmd")
    assert (
        "A [file](references.bib), [a site](https://example.org/a?b=c#d), and the "
        "[next chapter](chapter:references.qmd)."
    ) in page
    assert prepared["html"]["chapters/forms.qmd"].files == {
        "references.bib": "chapters/references.bib"
    }
    index = text(prepared, "html", "index.qmd")
    assert "[by its label alone](chapter:chapters/throws.qmd#sec-expected)" in index


def test_the_contents_of_a_chapter(prepared: Prepared) -> None:
    assert contents(prepared["html"]["chapters/throws.qmd"]) == [
        (2, "1.1", "What to expect"),
        (3, "1.1.1", "Sums are easy"),
        (2, "", "Not counted"),
        (2, "1.2", "Code and what it gives"),
        (3, "1.2.1", "Printed heading"),
    ]


def test_citations_are_kept_in_the_order_of_the_text(prepared: Prepared) -> None:
    assert prepared["html"]["chapters/throws.qmd"].cited == ("david1962", "pascal1654")


def test_preparing_twice_gives_the_same(
    ran: tuple[Book, list[ChapterSource], dict[str, ChapterResult]], prepared: Prepared
) -> None:
    again = prepare(*ran, format="html")
    for document in again:
        first = prepared["html"][document.chapter.path]
        assert to_json(document.doc) == to_json(first.doc)
        assert document.media == first.media
        assert str(BOOK) not in to_json(document.doc)
