"""Pages as plain Markdown, for language models and other readers of plain text."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from render import pandoc
from render.config import Book
from render.neutral import Node, Write, Writer

_TO = "gfm-raw_html-tex_math_gfm+tex_math_dollars"


def name(href: str) -> str:
    """Give the Markdown page's name: ``one.llms.md`` beside ``one.html``."""
    return str(PurePosixPath(href).with_suffix(".llms.md"))


def page(
    blocks: list[Node],
    version: list[int],
    path: str,
    *,
    forms: Mapping[str, Write | None],
    appendix: bool,
    link: Callable[[str], str],
    notebook: bool = False,
) -> str:
    """Give a chapter as Markdown.

    Parameters
    ----------
    blocks
        The neutral tree's blocks, with citations formatted.
    version
        The version of Pandoc's tree.
    path
        The chapter's file, for errors.
    forms
        What writes the tree's nodes.
    appendix
        Whether it is an appendix.
    link
        Gives the address of an ``xref:`` or ``chapter:`` link.
    notebook
        Whether a mark stands for each chunk, whose code and outputs a notebook has itself.
    """
    plain = Plain(forms, path, appendix=appendix, link=link, notebook=notebook)
    written = plain.blocks(blocks)
    tree = {"pandoc-api-version": version, "meta": {}, "blocks": written}
    text = json.dumps(tree, ensure_ascii=False)
    markdown = pandoc.write(text, _TO, extra_args=("--wrap=none",), path=path)
    return markdown.replace("\N{NO-BREAK SPACE}", " ")


def index(book: Book, pages: Sequence[tuple[str, str, str]]) -> str:
    """Give ``llms.txt``: the book's title, what it is about, and its pages.

    Parameters
    ----------
    book
        The book.
    pages
        Title and address of each Markdown page, and what it begins with.
    """
    lines = [f"# {_line(book.title)}", ""]
    if book.description:
        lines += [f"> {_line(book.description)}", ""]
    lines += ["## Pages", ""]
    for title, address, said in pages:
        text = _line(title).replace("[", "\\[").replace("]", "\\]")
        lines.append(f"- [{text}]({address})" + (f": {_line(said)}" if said else ""))
    return "\n".join([*lines, ""])


def _line(text: str) -> str:
    return " ".join(text.split())


class Plain(Writer):
    """Turns one chapter's neutral tree into what plain Markdown can say.

    Parameters
    ----------
    forms, path
        As for `Writer`.
    appendix
        Whether the chapter is an appendix.
    link
        Gives the address of an ``xref:`` or ``chapter:`` link.
    notebook
        Whether marks stand for chunks.
    """

    def __init__(
        self,
        forms: Mapping[str, Write | None],
        path: str,
        *,
        appendix: bool,
        link: Callable[[str], str],
        notebook: bool = False,
    ) -> None:
        super().__init__(forms, path)
        self.appendix = appendix
        self.link = link
        self.notebook = notebook
