"""Code that is shown and not run."""

import re

import panflute as pf

from render import crossref
from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.html.tree import Page
from render.neutral import Node, attributes, html_block, typst_block, typst_inline
from render.pdf import syntax
from render.pdf.tree import Setter
from render.reader import MARK, Blocks, Inlines, Reader

_ANNOTATION = re.compile(r"(?m)(?:#|//|--|%)\s*<\d+>\s*$")
_SHORTCODE = r"(?<!\{)\{\{<"
_UNSAID = frozenset(("cell-code", "numberLines"))
# Code of fewer lines is kept on the page of the figure it makes.
_KEPT_LINES = 25


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.CodeBlock) -> Blocks:
    """Read a block of code."""
    reader.register(el.identifier)
    reader.check_classes(el, "a code block")
    for key in el.attributes:
        reader.fail(
            f"the attribute `{key}` of a code block is not known", rf"\b{re.escape(key)}\s*="
        )
    if crossref.kind_of(el.identifier) is not None:
        reader.fail(
            f"the label {el.identifier} on a code block; listings are not numbered",
            rf"#{re.escape(el.identifier)}",
        )
    el.text = shown(reader, el.text)
    return [el]


def read_inline(reader: Reader, el: pf.Code) -> Inlines:
    """Read code within a line."""
    el.text = shown(reader, el.text)
    reader.register(el.identifier)
    return [el]


def shown(reader: Reader, text: str) -> str:
    """Check the text of shown code, and take the escapes out of its shortcodes."""
    if MARK.search(text):
        reader.fail("an inline `{python}` expression inside code does not run", MARK.pattern)
    if _ANNOTATION.search(text):
        reader.fail(
            "an annotation such as `# <1>` in code is not known; say it in the text",
            _ANNOTATION.pattern,
        )
    if re.search(_SHORTCODE, text):
        reader.fail("a shortcode in code; write {{{< … >}}} to show one", _SHORTCODE)
    return text.replace("{{{<", "{{<").replace(">}}}", ">}}")


# -- writing -----------------------------------------------------------------------------------


def html(_page: Page, node: Node) -> list[Node]:
    """Keep the language; code without one needs no frame."""
    return framed(node) if attributes(node)[1] else [_lean(node)]


def framed(node: Node, before: str = "", after: str = "") -> list[Node]:
    """Put a frame around code."""
    start, end = html_block(f'{before}<div class="code">'), html_block(f"</div>{after}")
    return [start, _lean(node), end]


def _lean(node: Node) -> Node:
    identifier, classes, _ = attributes(node)
    kept = [name for name in classes if name != "cell-code"]
    return {"t": "CodeBlock", "c": [[identifier, kept, []], node["c"][1]]}


def typst(setter: Setter, node: Node, kind: str = "code", *, keep: bool = False) -> list[Node]:
    """Call the template's code.

    Parameters
    ----------
    setter, node
        As for every form.
    kind
        "code", or what has printed it: "stdout", "stderr", "error" or "display".
    keep
        Whether it belongs onto the page of what follows.
    """
    identifier, classes, _ = attributes(node)
    text = node["c"][1]
    language = next((name for name in classes if name not in _UNSAID), None)
    options = syntax.arguments(
        kind=kind,
        language=language if kind == "code" else None,
        longest=max(len(line.expandtabs(4)) for line in text.split("\n")),
        keep=keep and text.count("\n") < _KEPT_LINES,
        id=setter.label(identifier),
    )
    return [typst_block(f"#book-code({options}, {syntax.string(text.expandtabs(4))})")]


def typst_inline_code(_setter: Setter, node: Node) -> list[Node]:
    """Call the template's code within a line."""
    return [typst_inline(f"#book-inline-code({syntax.string(node['c'][1])});")]


def markdown(_page: Plain, node: Node) -> list[Node]:
    """Keep the language."""
    lean = _lean(node)
    lean["c"][0][0] = ""
    return [lean]


CONSTRUCT = Construct(
    name="Shown code",
    syntax=("```` ```python ````", "`` `code` ``", "```` ```{{python}} ````"),
    reads={pf.CodeBlock: read, pf.Code: read_inline},
    writes={
        "CodeBlock": Form(html, typst, markdown),
        "Code": Form(typst=typst_inline_code),
    },
)
