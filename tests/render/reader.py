"""What a reader sees on a page, as lines, whoever rendered it."""

import posixpath
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

BLOCKS = [
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "li",
    "td",
    "th",
    "figcaption",
    "caption",
    "dt",
    "dd",
    "pre",
    "summary",
    "div",
    "section",
    "figure",
    "table",
]
NOT_READ = "nav script style button svg noscript template"
OWN_PLACE = (
    "#title-block-header, header.cover, .footnotes, [role=doc-endnotes], "
    "#quarto-appendix, [role=doc-bibliography], #refs, .code-copy-button, .visually-hidden"
)
"""What each renderer puts where it likes: the title, footnotes, a page's own bibliography."""


def _target(href: str, page: str) -> str:
    parts = urlsplit(href)
    if parts.scheme:
        return href
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    return f"{path if parts.path else page}#{parts.fragment}"


@cache
def _first_heading(path: Path) -> set[str]:
    """The labels of a page's first heading, read once however many links lead to it."""
    heading = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find("h1")
    if heading is None:
        return set()
    ids = {heading.get("id"), heading.parent.get("id") if heading.parent else None}
    return {str(label) for label in ids if label}


def lines(site: Path, page: str) -> list[str]:
    """Return what a page says: a line a block, formulas as TeX, links with where they lead.

    White space is left out, since it says nothing; so is what `OWN_PLACE` names.
    """
    soup = BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")
    main = soup.find("main")
    assert isinstance(main, Tag), f"{page} has no main part"
    title = main.find_all("h1")[-1].extract()
    for element in main.select(f"h1, {', '.join(NOT_READ.split())}, {OWN_PLACE}"):
        element.decompose()
    for math in main.find_all("math"):
        tex = math.find("annotation")
        said = tex.get_text() if tex else str(math.get("alttext", ""))
        math.replace_with(f"${''.join(said.split())}$")
    for link in main.find_all("a"):
        href = str(link.get("href", ""))
        if not link.get_text(strip=True) or not href:
            link.decompose()
            continue
        target = _target(href, page)
        path, _, label = target.partition("#")
        other = site / path
        if label and other.suffix == ".html" and other.is_file() and label in _first_heading(other):
            target = f"{path}#"
        link.replace_with(f"[{link.get_text()}]({target})")
    for image in main.find_all("img"):
        image.replace_with(f"\nimage: {image.get('alt', '')}\n")
    for block in main.find_all(BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    text = f"{title.get_text()}\n{main.get_text()}"
    return [line for part in text.split("\n") if (line := re.sub(r"\s+", "", part))]
