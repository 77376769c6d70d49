"""Theorems and their kin, which are numbered, and proofs, remarks and solutions, which are not."""

import re
from html import escape
from typing import Any

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
    lead,
    split_first,
    string,
    typst_block,
    typst_inline,
)
from render.pdf import syntax
from render.pdf.tree import Setter, extent
from render.reader import Blocks, Inlines, Reader

PROOFS = {"proof": "Proof", "remark": "Remark", "solution": "Solution"}
_TITLE = "theorem-title"
# The text of these is set in italics, as in mathematics.
_PLAIN_STYLE = ("thm", "lem", "cor", "prp", "cnj")


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.Div) -> Blocks | None:
    """Read a theorem by its label, or a proof by its class."""
    kind = crossref.kind_of(el.identifier)
    if kind in crossref.THEOREMS:
        label = reader.register(el.identifier)
        number = reader.numbers.next(kind)
        reader.target(label, kind, number)
        named = {"name": crossref.THEOREMS[kind], "number": number}
        title = div.take_title(reader, el, "name")
        return [_statement(reader, el, ["theorem", kind], named, title, label)]
    name = next((each for each in el.classes if each in PROOFS), None)
    if kind is not None or name is None:
        return None
    ident = reader.register(el.identifier)
    title = div.take_title(reader, el, "name")
    el.classes = [each for each in el.classes if each != name]
    return [_statement(reader, el, [name], {"name": PROOFS[name]}, title, ident)]


def _statement(
    reader: Reader,
    el: pf.Div,
    classes: list[str],
    named: dict[str, str],
    title: Inlines,
    ident: str,
) -> pf.Div:
    """Put a theorem or a proof together."""
    reader.check_classes(el, "a theorem or proof")
    for key in el.attributes:
        reader.fail(
            f"the attribute `{key}` of a theorem or proof is not known", rf"\b{re.escape(key)}\s*="
        )
    head = [pf.Div(pf.Plain(*title), classes=[_TITLE])] if title else []
    with reader.silently():
        body = reader.blocks(list(el.content))
    if not body:
        reader.fail(f"this {named['name'].lower()} is empty", rf"#{re.escape(ident)}\b|\.proof")
    return pf.Div(*head, *body, identifier=ident, classes=[*classes, *el.classes], attributes=named)


# -- writing -----------------------------------------------------------------------------------


def html(page: Page, node: Node) -> list[Node]:
    """Begin the first paragraph with the name, in bold for what is numbered."""
    identifier, classes, pairs = attributes(node)
    head, content = _titled(page, node)
    label = escape(_label(classes, pairs, "\N{NO-BREAK SPACE}"))
    if "theorem" in classes:
        before, after = f'<span class="theorem-title"><strong>{label}', "</strong></span>"
    else:
        before, after = f'<span class="proof-title"><em>{label}</em>', ".</span>"
    return [
        html_block(opening("div", identifier, classes)),
        *lead([html_inline(before), *head, html_inline(after)], page.blocks(content)),
        html_block("</div>"),
    ]


def markdown(page: Plain, node: Node) -> list[Node]:
    """Begin the first paragraph with the name in bold."""
    _, classes, pairs = attributes(node)
    head, content = _titled(page, node)
    said = [string(_label(classes, pairs, " ")), *head, string(".")]
    return lead([{"t": "Strong", "c": said}], page.blocks(content))


def _titled(page: Writer, node: Node) -> tuple[list[Node], list[Node]]:
    """Give the title in brackets, if there is one, and the rest."""
    title, content = split_first(node["c"][1], _TITLE)
    return [string(" ("), *page.inlines(title), string(")")] if title else [], content


def _label(classes: list[str], pairs: dict[str, str], space: str) -> str:
    name = pairs.get("name") or classes[0].capitalize()
    number = pairs.get("number", "")
    return f"{name}{space}{number}" if number else name


def typst(setter: Setter, node: Node) -> list[Node]:
    """Call the template's theorem."""
    identifier, classes, pairs = attributes(node)
    kind = next((name for name in classes if name != "theorem"), "thm")
    title, body = split_first(node["c"][1], _TITLE)
    options = syntax.arguments(
        style="plain" if kind in _PLAIN_STYLE else "exercise" if kind == "exr" else "upright",
        name=pairs.get("name", ""),
        number=pairs.get("number"),
        id=setter.label(identifier),
        extent=extent(body),
    )
    return setter.titled(f"#book-theorem({options}", title, setter.blocks(body, run_in=True))


def typst_proof(setter: Setter, node: Node) -> list[Node]:
    """Call the template's proof."""
    identifier, classes, pairs = attributes(node)
    title, body = split_first(node["c"][1], _TITLE)
    options = syntax.arguments(name=pairs.get("name", "Proof"), id=setter.label(identifier))
    if "proof" in classes:
        body = _end_mark(body)
    return setter.titled(f"#book-proof({options}", title, setter.blocks(body, run_in=True))


def _end_mark(blocks: list[Node]) -> list[Node]:
    """Put the end mark of a proof on its last line."""
    if blocks:
        *before, last = blocks
        content: Any = last.get("c")
        if last["t"] in {"Para", "Plain"}:
            final = content[-1] if content else None
            if final and final["t"] == "Math" and final["c"][0]["t"] == "DisplayMath":
                marked = [*content[:-1], {"t": "Math", "c": [*final["c"], "qed"]}]
                return [*before, {"t": last["t"], "c": marked}]
            if not (final and final["t"] == "Span" and "equation" in final["c"][0][1]):
                return [*before, {"t": last["t"], "c": [*content, typst_inline("#book-qed();")]}]
        elif last["t"] == "BulletList":
            return [*before, {**last, "c": [*content[:-1], _end_mark(content[-1])]}]
        elif last["t"] == "OrderedList":
            numbering, items = content
            return [*before, {**last, "c": [numbering, [*items[:-1], _end_mark(items[-1])]]}]
    return [*blocks, typst_block("#book-qed-line()")]


CONSTRUCT = Construct(
    name="Theorems and proofs",
    syntax=(
        *(f"`::: {{#{kind}-…}}`" for kind in crossref.THEOREMS),
        *(f"`::: {{.{name}}}`" for name in PROOFS),
        '`name="…"` or a first heading',
    ),
    reads={pf.Div: read},
    writes={
        "Div.theorem": Form(html, typst, markdown),
        **dict.fromkeys((f"Div.{name}" for name in PROOFS), Form(html, typst_proof, markdown)),
    },
    keeps=("theorem", _TITLE),
)
