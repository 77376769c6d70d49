"""From the neutral tree to one that Pandoc's HTML writer sets as a page of this site."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from itertools import count

from render.neutral import Node, Write, Writer

_SPACES = frozenset({"Space", "SoftBreak"})


class Page(Writer):
    """Turns one chapter's neutral tree into HTML's.

    Parameters
    ----------
    forms, path
        As for `Writer`.
    link
        Gives the address of a cross-reference's label, seen from this page.
    chapter_link
        Gives the address of ``chapter:`` links, seen from this page.
    image_size
        Gives an image's width and height in CSS pixels, if they are known.
    appendix
        Whether the chapter is an appendix.

    Attributes
    ----------
    at_end
        Whether the inline that is being written is a paragraph's last.
    tabsets, pictures
        Number the page's tabsets and pictures.
    """

    def __init__(
        self,
        forms: Mapping[str, Write | None],
        path: str,
        *,
        link: Callable[[str], str],
        chapter_link: Callable[[str], str],
        image_size: Callable[[str], tuple[float, float] | None],
        appendix: bool,
    ) -> None:
        super().__init__(forms, path)
        self.link = link
        self.chapter_link = chapter_link
        self.image_size = image_size
        self.appendix = appendix
        self.tabsets = count(1)
        self.pictures = count()
        self.at_end = False

    def inlines(self, inlines: list[Node], *, ends: bool = False) -> list[Node]:
        """Turn a list of inlines; `ends` tells that a paragraph ends with them."""
        result: list[Node] = []
        last = next((i for i in reversed(inlines) if i["t"] not in _SPACES), None) if ends else None
        for inline in inlines:
            self.at_end = inline is last
            result += self.node(inline)
        return result


def opening(tag: str, identifier: str, classes: Iterable[str], more: str = "") -> str:
    """Write an opening tag, with what stands in it after id and classes."""
    names = " ".join(classes)
    return (
        f"<{tag}"
        + (f' id="{escape(identifier)}"' if identifier else "")
        + (f' class="{escape(names)}"' if names else "")
        + (f" {more}>" if more else ">")
    )
