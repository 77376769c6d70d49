"""A chapter's HTML, to look into."""

from pathlib import Path

from bs4 import BeautifulSoup, Tag
from trees import book

from render.config import load_book
from render.html.pages import bodies

HOSTILE = "<script>alert('1')</script>\"&"


def pages(root: Path, chapters: dict[str, str] | str, **options: object) -> dict[str, str]:
    """Prepare a book, and give the HTML of its chapters by page."""
    documents = book(root, chapters, **options)  # type: ignore[arg-type]
    return bodies(load_book(root), documents)


def body(root: Path, text: str, **options: object) -> BeautifulSoup:
    """Give the HTML of one chapter."""
    made = pages(root, f"# One\n\n{text}", **options)["one.html"]
    return BeautifulSoup(made, "html.parser")


def only(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    """Give the one element that a selector finds."""
    (found,) = soup.select(selector)
    return found


def words(tag: Tag) -> str:
    """Give an element's text in one line."""
    return " ".join(tag.get_text().split())
