"""Links: to other sites, to chapters, to labels, and to files of the project."""

import posixpath
import re

import panflute as pf

from render import links
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page
from render.neutral import Node, attributes, plain_text, typst_inline
from render.pdf import syntax
from render.pdf.tree import Setter
from render.reader import Anchor, Inlines, Reader

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


def read(reader: Reader, el: pf.Link) -> Inlines:
    """Check a link."""
    content = reader.inlines(list(el.content))
    url = reader.substitute(el.url)
    place = reader.where(re.escape(el.url))
    found = links.resolve(
        url,
        reader.chapter,
        reader.chapters,
        reader.book.root,
        frozenset({reader.book.pdf_name} if "pdf" in reader.book.downloads else ()),
        place,
        scripts=bool(reader.book.post_render),
    )
    link = pf.Link(
        *content,
        url=url,
        title=el.title,
        identifier=reader.register(el.identifier),
        classes=list(el.classes),
        attributes=dict(el.attributes),
    )
    if found.kind == "anchor":
        reader.anchors.append(Anchor(link, None, found.anchor, place))
    elif found.kind == "chapter":
        link.url = f"chapter:{found.path}" + (f"#{found.anchor}" if found.anchor else "")
        reader.anchors.append(Anchor(link, found.path, found.anchor, place))
    elif found.kind in {"file", "awaited"}:
        link.url = found.url
        link.classes.append("file")
        if found.kind == "file":
            reader.files[found.url] = found.path
        else:
            reader.awaited.setdefault(found.path, place)
    return [link]


def html(page: Page, node: Node) -> list[Node]:
    """Lead to the page, seen from this one."""
    attr, content, (url, title) = node["c"]
    if url.startswith("xref:"):
        url = page.link(url.removeprefix("xref:"))
    elif url.startswith("chapter:"):
        url = page.chapter_link(url.removeprefix("chapter:"))
    return [{"t": "Link", "c": [attr, page.inlines(content), [url, title]]}]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Lead to the place in the PDF; an address that is shown may be broken anywhere."""
    _, content, (url, _) = node["c"]
    body = setter.inlines(content)
    kind, _, target = url.partition(":")
    if kind == "xref":
        call = f"label({syntax.string(setter.targets.reference(setter.source, target))})"
    elif kind == "chapter":
        call = f"label({syntax.string(setter.targets.chapter(setter.source, target))})"
    elif url.startswith("#"):
        call = f"label({syntax.string(setter.targets.within(setter.source, url[1:]))})"
    else:
        call = syntax.string(_address(setter, url))
        said = plain_text(content)
        if "uri" in attributes(node)[1] or said == url:
            return [typst_inline(f"#book-address({call}, {syntax.string(said)});")]
    return [typst_inline(f"#link({call})["), *body, typst_inline("];")] if body else []


def _address(setter: Setter, url: str) -> str:
    """Make a link to a file of the site one from the site's root, where the PDF stands."""
    if _ABSOLUTE.match(url):
        return url
    folder = posixpath.dirname(setter.source.path)
    path = url.lstrip("/") if url.startswith("/") else posixpath.join(folder, url)
    path = posixpath.normpath(path)
    return f"{setter.site_url.rstrip('/')}/{path}" if setter.site_url else path


def markdown(page: Plain, node: Node) -> list[Node]:
    """Lead to the page, seen from this one."""
    _, inlines, (url, title) = node["c"]
    if url.startswith(("xref:", "chapter:")):
        url = page.link(url)
    return [{"t": "Link", "c": [["", [], []], page.inlines(inlines), [url, title]]}]


CONSTRUCT = Construct(
    name="Links",
    syntax=("`[…](other.qmd#id)`", "`[…](#sec-x)`", "`[…](file.csv)`", "`<https://example.org>`"),
    reads={pf.Link: read},
    writes={"Link": Form(html, typst, markdown)},
)
