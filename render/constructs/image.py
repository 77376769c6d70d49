"""Images: within a line, alone with a caption, and alone with a label."""

import base64
import binascii
import hashlib
import re
from html import escape
from pathlib import PurePosixPath
from urllib.parse import unquote, unquote_to_bytes

import panflute as pf

from render import crossref, links
from render.constructs import floats
from render.constructs.construct import Construct, Form
from render.errors import Place
from render.html.llms import Plain
from render.html.tree import Page, opening
from render.neutral import Node, attributes, html_inline, plain_text, typst_inline
from render.pdf import syntax
from render.pdf.tree import Setter, media_name
from render.reader import Blocks, Inlines, Reader
from render.text import stringify

_SIDES = ("width", "height")
_WIDTH = re.compile(r"\d*\.?\d+\s*(%|cm|in)\Z")
_CSS_LENGTH = re.compile(r"[0-9.]+(%|cm|mm|in|pt|em|px)?")
_LENGTH = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(%|cm|mm|in|pt|em|px)?\s*$")


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Image) -> Inlines:
    """Check an image and take its file along."""
    if crossref.kind_of(el.identifier) is not None:
        alone = "stands in a paragraph of its own, with a caption in its brackets"
        reader.fail(
            f"the image {el.identifier} stands inside a text; a figure with a label {alone}",
            rf"#{re.escape(el.identifier)}",
        )
    place = reader.where(rf"\]\({re.escape(el.url)}")
    if el.url.startswith("data:"):
        url = _embedded(reader, el.url, place)
    else:
        path = links.image_path(el.url, reader.chapter, reader.book.root, place)
        url = reader.add_media(path)
    reader.check_classes(el, "an image")
    kept = {}
    for key, value in el.attributes.items():
        if key in _SIDES:
            if not _WIDTH.match(value):
                raise place.error(
                    f"{key}={value} of an image must be in %, cm or in, which both formats know"
                )
            kept[key] = value
        elif key == "fig-align" and value not in {"default", "center"}:
            reader.fail(
                f'fig-align="{value}" of an image: figures stand in the middle', "fig-align"
            )
        elif key in {"fig-alt", "fig-align", "alt"}:
            continue
        else:
            reader.fail(
                f"the attribute `{key}` of an image is not known", rf"\b{re.escape(key)}\s*="
            )
    given = el.attributes.get("fig-alt") or el.attributes.get("alt")
    alt = reader.substitute(given or stringify(el.content))
    return [
        pf.Image(
            *([pf.Str(alt)] if alt else []),
            url=url,
            title=el.title,
            identifier=reader.register(el.identifier),
            classes=list(el.classes),
            attributes=kept,
        )
    ]


def _embedded(reader: Reader, address: str, place: Place) -> str:
    """Make a file of an image that is all in its address; give its URL relative to the page."""
    head, _, data = address.removeprefix("data:").partition(",")
    kind, *options = head.lower().split(";")
    extension = kind.removeprefix("image/").removesuffix("+xml")
    if f".{extension}" not in links.IMAGES:
        known = ", ".join(sorted(links.IMAGES))
        raise place.error(f"the image in {address[:40]}… must be one of {known}")
    content = unquote_to_bytes(data)
    if "base64" in options:
        try:
            content = base64.b64decode(content)
        except binascii.Error:
            raise place.error(f"the image in {address[:40]}… is not whole") from None
    if extension == "svg" and b"xmlns=" not in content:
        # inline in HTML it needs none
        content = content.replace(b"<svg", b'<svg xmlns="http://www.w3.org/2000/svg"', 1)
    stem = PurePosixPath(reader.chapter.path).stem
    url = f"{stem}_files/{hashlib.sha256(content).hexdigest()[:16]}.{extension}"
    reader.media[url] = content
    return url


def read_figure(reader: Reader, el: pf.Figure) -> Blocks:
    """Read an image that stands alone: a float if it has a label or lies in one."""
    caption_blocks = el.caption.content if el.caption else []
    caption = list(caption_blocks[0].content) if caption_blocks else []
    inner = el.content[0]
    image = inner.content[0] if isinstance(inner, pf.Plain | pf.Para) else None
    if isinstance(image, pf.Link):
        image = image.content[0] if len(image.content) == 1 else None
    if not isinstance(image, pf.Image):
        el.content = reader.blocks(list(el.content))
        return [el]
    label = el.identifier or image.identifier
    if stringify(image.content) == stringify(caption):
        image.content = []  # Pandoc's copy of the caption; `describe` makes a better one
    image.identifier = ""

    def content() -> Blocks:
        return [pf.Plain(*reader.inlines(list(inner.content)))]

    def said() -> Inlines:
        return reader.inlines(caption)

    kind = crossref.kind_of(label)
    if kind in crossref.FLOATS:
        return floats.make(reader, label, kind, content, said)
    if kind is not None:
        reader.fail(f"the label {label} on an image must begin with fig-", rf"#{re.escape(label)}")
    ident = reader.register(label)
    return [unnumbered(reader, content(), said(), ident, list(el.classes))]


def read_paragraph(reader: Reader, el: pf.Para | pf.Plain) -> Blocks | None:
    """Read a labelled image that is all of a paragraph: without a caption, or in a link."""
    content = list(el.content)
    image = content[0] if len(content) == 1 else None
    if isinstance(image, pf.Link) and len(image.content) == 1:
        image = image.content[0]
    if not isinstance(image, pf.Image):
        return None
    label, kind = image.identifier, crossref.kind_of(image.identifier)
    if kind not in crossref.FLOATS:
        return None
    caption = list(image.content)
    image.identifier, image.content = "", []
    return floats.make(
        reader,
        label,
        kind,
        lambda: [pf.Plain(*reader.inlines(content))],
        lambda: reader.inlines(caption),
    )


def unnumbered(
    reader: Reader,
    content: Blocks,
    caption: Inlines,
    ident: str = "",
    classes: list[str] | None = None,
) -> pf.Figure:
    """Make a figure that has a caption and no number."""
    floats.describe(reader, content, caption)
    return pf.Figure(
        *content,
        caption=pf.Caption(pf.Plain(*caption)),
        identifier=ident,
        classes=classes or [],
    )


# -- writing -----------------------------------------------------------------------------------


def html(page: Page, node: Node) -> list[Node]:
    """Say how large the image is, so that the page need not jump when it arrives."""
    identifier, classes, pairs = attributes(node)
    _, content, (url, title) = node["c"]
    alt = pairs.get("fig-alt") or plain_text(content)
    lengths = {side: pairs.get(side, "") for side in _SIDES}
    styles = ";".join(
        f"{side}:{length}{'px' * length[-1].isdigit()}"
        for side, length in lengths.items()
        if _CSS_LENGTH.fullmatch(length)
    )
    size = page.image_size(url)
    shown = f' width="{size[0]:.0f}" height="{size[1]:.0f}"' if size else ""
    # The page's first picture may be all that its first screen shows; the others can wait.
    if size and next(page.pictures):
        shown += ' loading="lazy" decoding="async"'
    style = f' style="{styles}"' if styles else ""
    hint = f' title="{escape(title)}"' if title else ""
    source = f'src="{escape(url)}" alt="{escape(alt)}"{hint}{shown}{style}'
    return [html_inline(opening("img", identifier, classes, source))]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Set an image within a line."""
    return [typst_inline(f"#box({typst_call(setter, node, inline=True)});")]


def typst_call(setter: Setter, node: Node, *, inline: bool = False) -> str:
    """Write the call of the template's image."""
    _, _, pairs = attributes(node)
    _, alt, (url, _) = node["c"]
    name = url if url in setter.source.media else unquote(url)
    if name not in setter.source.media:
        raise setter.error(f"the picture {url} is not among the chapter's files")
    said = (pairs.get("fig-alt") or plain_text(alt)).strip() or None
    options = syntax.arguments(alt=said, inline=inline)
    for side in _SIDES:
        if side in pairs:
            options += f", {side}: {_typst_length(setter, pairs[side], url)}"
    path = syntax.string("/media/" + media_name(setter.source.path, name))
    return f"book-image({path}, {options})"


def _typst_length(setter: Setter, text: str, url: str) -> str:
    match = _LENGTH.match(text)
    if not match:
        raise setter.error(f"the width {text!r} of {url} must be a number with %, cm, mm, in or pt")
    number, unit = float(match[1]), match[2] or "px"
    if unit == "px":
        number, unit = number * 0.75, "pt"
    return f"{number:g}{unit}"


def typst_figure(setter: Setter, node: Node) -> list[Node]:
    """Call the template's float for an image with a caption and no number."""
    identifier, _, _ = attributes(node)
    _, (_, caption), content = node["c"]
    if setter.captioned:
        return setter.blocks(content)
    return floats.typst_float(setter, identifier, "figure", content, caption)


def markdown(page: Plain, node: Node) -> list[Node]:
    """Leave the size to who reads."""
    _, inlines, target = node["c"]
    return [{"t": "Image", "c": [["", [], []], page.inlines(inlines), target]}]


CONSTRUCT = Construct(
    name="Images",
    syntax=('`![Caption](file.svg){#fig-… fig-alt="…" width=80%}`',),
    reads={
        pf.Image: read,
        pf.Figure: read_figure,
        pf.Para: read_paragraph,
        pf.Plain: read_paragraph,
    },
    writes={
        "Image": Form(html, typst, markdown),
        "Figure": Form(typst=typst_figure),
    },
)
