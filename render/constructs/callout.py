"""Callouts: notes, tips, warnings and the like."""

import re

import panflute as pf

from render import crossref
from render.constructs import div
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page, opening
from render.neutral import (
    Node,
    Writer,
    attributes,
    html_block,
    html_inline,
    is_div,
    plain,
    plain_text,
    split_first,
    string,
)
from render.pdf import syntax
from render.pdf.tree import Setter, extent
from render.reader import Blocks, Reader

KINDS = {
    "note": "Note",
    "tip": "Tip",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
}
_OPTIONS = {
    "collapse": {"true", "false"},
    "appearance": {"default", "simple", "minimal"},
    "icon": {"true", "false"},
}
_TITLE = "callout-title"


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Div) -> Blocks | None:
    """Read a callout, whose title is an attribute or its first heading."""
    name = next((each for each in el.classes if each.startswith("callout")), None)
    if name is None or crossref.kind_of(el.identifier) is not None:
        return None
    kind = name.removeprefix("callout-")
    if kind not in KINDS:
        known = ", ".join(f".callout-{each}" for each in KINDS)
        pattern = rf"(?:\.|:::+\s*){re.escape(name)}\b"
        reader.fail(f"the callout `.{name}` is not known; {known} are", pattern)
    el.classes = [each for each in el.classes if each != name]
    reader.check_classes(el, "a callout")
    title = div.take_title(reader, el, "title")
    for key, value in el.attributes.items():
        pattern = rf"\b{re.escape(key)}="
        if key not in _OPTIONS:
            reader.fail(f"the attribute `{key}` of a callout is not known", pattern)
        if value not in _OPTIONS[key]:
            choices = " or ".join(sorted(_OPTIONS[key]))
            reader.fail(f'{key}="{value}" of a callout must be {choices}', pattern)
    head = pf.Div(
        pf.Plain(*(title or [pf.Str(KINDS[kind])])),
        classes=[_TITLE],
        attributes={} if title else {"default": "true"},
    )
    ident = reader.register(el.identifier)
    return [
        pf.Div(
            head,
            *reader.blocks(list(el.content)),
            identifier=ident,
            classes=["callout", *el.classes],
            attributes={"kind": kind, **el.attributes},
        )
    ]


# -- writing -----------------------------------------------------------------------------------


def _kind(writer: Writer, pairs: dict[str, str]) -> str:
    kind = pairs.get("kind", "note")
    if kind not in KINDS:
        raise writer.error(f"there is no callout of the kind {kind!r}")
    return kind


def html(page: Page, node: Node) -> list[Node]:
    """Make a box with a title; one that folds needs no script."""
    identifier, classes, pairs = attributes(node)
    content = node["c"][1]
    kind = _kind(page, pairs)
    name = KINDS[kind]
    default = is_div(content[0], _TITLE) and "default" in attributes(content[0])[2]
    title, content = split_first(content, _TITLE)
    said = [] if default else [html_inline(f'<span class="vh">{name}</span>')]
    icon = f'<svg class="icon" aria-hidden="true"><use href="#i-{kind}"/></svg>'
    if pairs.get("icon") == "false":
        icon = ""
    head = plain(
        [
            html_inline(f"{icon}<span>"),
            *said,
            *(page.inlines(title or []) or [string(name)]),
            html_inline("</span>"),
        ]
    )
    looks = [kind, pairs.get("appearance", "default")]
    names = ["callout", *(f"callout-{look}" for look in looks if look != "default"), *classes[1:]]
    collapse = pairs.get("collapse")
    if collapse is None:
        tag, title_tag, opened = "div", "div", ""
    else:
        tag, title_tag, opened = "details", "summary", "open" * (collapse == "false")
    start = opening(tag, identifier, names, opened)
    return [
        html_block(f'{start}<{title_tag} class="callout-title">'),
        head,
        html_block(f'</{title_tag}><div class="callout-body">'),
        *page.blocks(content),
        html_block(f"</div></{tag}>"),
    ]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Call the template's callout."""
    identifier, _, pairs = attributes(node)
    title, body = split_first(node["c"][1], _TITLE)
    options = syntax.arguments(
        kind=_kind(setter, pairs), id=setter.label(identifier), extent=extent(body)
    )
    return setter.titled(f"#book-callout({options}", title, setter.blocks(body))


def markdown(page: Plain, node: Node) -> list[Node]:
    """Quote it, with its kind and title in bold."""
    title, content = split_first(node["c"][1], _TITLE)
    kind = attributes(node)[2].get("kind", "note").upper()
    shown = page.inlines(title or [])
    said = [string(f"{kind}: "), *shown]
    if plain_text(shown).upper() == kind:
        said = [string(kind)]
    head = {"t": "Para", "c": [{"t": "Strong", "c": said}]}
    return [{"t": "BlockQuote", "c": [head, *page.blocks(content)]}]


CONSTRUCT = Construct(
    name="Callouts",
    syntax=(
        *(f"`::: {{.callout-{kind}}}`" for kind in KINDS),
        '`title="…"` or a first heading',
        '`collapse="true"`',
        '`appearance="simple"`',
        '`icon="false"`',
    ),
    reads={pf.Div: read},
    writes={"Div.callout": Form(html, typst, markdown)},
    keeps=(_TITLE,),
)
