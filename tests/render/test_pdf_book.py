"""The PDF of the tests' own book, with every construct as the chapters give it."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import panflute
import pikepdf
import pypdf
import pytest
from trees import title

from render.config import load_book
from render.document import Document, prepare
from render.execute import execute_chapters
from render.pdf.book import write_pdf
from render.source import parse_source

BOOK = Path(__file__).with_name("book")


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Sequence[Document]]:
    root = tmp_path_factory.mktemp("pdf-book") / "book"
    shutil.copytree(BOOK, root, ignore=shutil.ignore_patterns("_site", ".cache", "__pycache__"))
    book = load_book(root)
    # Typst checks both: for an archive, and for those who hear the book.
    book = replace(book, typst={**book.typst, "pdf-standard": ["a-2b", "ua-1"]})
    sources = [parse_source(each.path, root, defaults=book.execute) for each in book.chapters]
    # in a thread of its own, since a browser's tests may have taken this one's event loop
    with ThreadPoolExecutor(1) as pool:
        results = pool.submit(execute_chapters, book, sources, jobs=2, cache=None).result()
    return book, prepare(book, sources, results, format="typst")


@pytest.fixture(scope="module")
def pdf(
    documents: tuple[Any, Sequence[Document]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("pdf-out") / "book.pdf"
    write_pdf(*documents, out)
    return out


@pytest.fixture(scope="module")
def pages(pdf: Path) -> list[str]:
    if shutil.which("pdftotext") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("pdftotext is missing; install poppler-utils")
        pytest.skip("pdftotext is missing: install poppler-utils to test the PDF's pages")
    command = ["pdftotext", "-layout", str(pdf), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    return text.split("\f")[:-1]


def test_objects_are_packed_and_the_first_page_comes_first(
    documents: tuple[Any, Sequence[Document]], pdf: Path, tmp_path: Path
) -> None:
    data = pdf.read_bytes()
    with pikepdf.open(pdf) as read:
        assert read.is_linearized
        assert read.open_metadata().pdfa_status == "2B"
        assert "/Filter" not in read.Root.Metadata
    assert data.count(b" 0 obj") < len(pypdf.PdfReader(pdf).xref_objStm)
    write_pdf(*documents, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == data


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def words_of(element: Any) -> str:
    """Give the words of a caption or title up to its first formula, code or note."""
    found = ""
    for inline in getattr(element, "content", []):
        if isinstance(inline, panflute.Math | panflute.Code | panflute.Note | panflute.Cite):
            break
        found += panflute.stringify(inline)
    return squeezed(found)


def heads(document: Document) -> list[str]:
    """Give what the tree says stands before headings, floats, equations and theorems."""
    found: list[str] = []

    def collect(element: Any, _: Any) -> None:
        number = getattr(element, "attributes", {}).get("number")
        classes = set(getattr(element, "classes", []))
        if isinstance(element, panflute.Header):
            found.append(squeezed(number or "") + words_of(element))
        elif "float" in classes and number:
            caption = element.content[-1]
            text = ""
            if "float-caption" in getattr(caption, "classes", []):
                text = ":" + words_of(caption.content[0])
            found.append(squeezed(element.attributes["name"] + number) + text)
        elif "theorem" in classes:
            found.append(squeezed(element.attributes["name"] + number))
        elif "equation" in classes:
            found.append(f"({number})")
        elif "subfloat" in classes:
            found.append(f"({element.attributes['letter']})")

    document.doc.walk(collect)
    return found


@pytest.mark.pdf
def test_every_number_and_caption_of_the_tree_is_on_the_pages(
    documents: tuple[Any, Sequence[Document]], pages: list[str]
) -> None:
    text = squeezed("".join(pages))
    expected = [head for document in documents[1] for head in heads(document)]
    assert len(expected) > 40
    assert [head for head in expected if head not in text] == []


@pytest.mark.pdf
def test_every_reference_shows_the_text_of_the_tree(
    documents: tuple[Any, Sequence[Document]], pages: list[str]
) -> None:
    text = squeezed("".join(pages))
    links: list[str] = []

    def collect(element: Any, _: Any) -> None:
        if isinstance(element, panflute.Link) and element.url.startswith("xref:"):
            links.append(squeezed(panflute.stringify(element)))

    for document in documents[1]:
        document.doc.walk(collect)
    assert len(links) > 30
    assert [link for link in links if link not in text] == []


@pytest.mark.pdf
def test_no_page_is_blank(pages: list[str]) -> None:
    assert [number for number, page in enumerate(pages, 1) if len(page.split()) < 3] == []


def test_outline_follows_the_chapters(documents: tuple[Any, Sequence[Document]], pdf: Path) -> None:
    titles = [f"{document.number} {title(document)}".strip() for document in documents[1]]

    def flat(entries: list[Any]) -> list[str]:
        return [
            text
            for entry in entries
            for text in (flat(entry) if isinstance(entry, list) else [str(entry.title)])
        ]

    found = flat(pypdf.PdfReader(pdf).outline)
    assert [text for text in found if text in titles] == titles


def test_two_renders_are_the_same_bytes(
    documents: tuple[Any, Sequence[Document]], pdf: Path, tmp_path: Path
) -> None:
    write_pdf(*documents, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == pdf.read_bytes()
