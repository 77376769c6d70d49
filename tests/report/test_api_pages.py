"""The reference of the package: its chapters hold every room, and its labels lead somewhere."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from chapters import ROOT, chapter_paths, read, sources

from analysis.show.reference import ROOMS, modules, modules_in, page

SITE = ROOT / "_site"
CHAPTERS = [path for path in chapter_paths() if re.match(r"report/api[-.]", path)]


def test_every_room_has_a_chapter() -> None:
    shown = []
    for path in CHAPTERS:
        code = "\n".join(chunk.code for chunk in read(path).chunks)
        (room,) = set(re.findall(r'reference\.(?:page|outline)\("(\w+)"', code))
        assert code.count(f'reference.page("{room}")') == 1, path
        assert code.count(f'reference.outline("{room}")') == 1, path
        shown.append(room)
    assert shown == list(ROOMS)


def test_every_label_that_a_docstring_names_is_in_a_chapter() -> None:
    own = {label for source in sources() for label in source.labels}
    named = {
        x for room in ROOMS for x in re.findall(r"(?<!\\)@([a-z]+-[a-z0-9-]+)", page(room).text)
    }
    assert named
    assert not named - own


def test_sections_of_modules_have_labels_of_their_own() -> None:
    own = {label for source in sources() for label in source.labels}
    assert not own & {module.label for module in modules()}


def test_the_first_chapter_names_the_others() -> None:
    labels = {next(x for x in read(path).labels if x.startswith("sec-")) for path in CHAPTERS[1:]}
    assert labels <= read(CHAPTERS[0]).references


@pytest.mark.site
@pytest.mark.parametrize("path", CHAPTERS)
def test_the_page_has_every_name(path: str) -> None:
    page = SITE / path.replace(".qmd", ".html")
    if not page.exists():
        pytest.skip(f"{page.name} is missing: render the site first, with make site.")
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < 150_000
    ids = {str(tag["id"]) for tag in BeautifulSoup(text, "html.parser").find_all(id=True)}
    room = re.findall(r'reference\.page\("(\w+)"', read(path).text)[0]
    for module in modules_in(room):
        assert module.label in ids
        for entry in module.entries:
            assert {entry.identifier, *(member.identifier for member in entry.members)} <= ids
