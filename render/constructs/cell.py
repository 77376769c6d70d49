"""Chunks of ``{python}``: their code, what they have given, and the float that a label makes."""

import re
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import PurePosixPath

import panflute as pf

from render import crossref, shown
from render.constructs import code, div, floats, image, layout
from render.constructs.construct import Construct, Form
from render.html import notebook
from render.html.llms import Plain
from render.html.tree import Page
from render.neutral import Node, attributes, string
from render.pdf.tree import Setter
from render.reader import Blocks, Inlines, Reader
from render.shown import Shown
from render.source import CELL_OPTIONS, Cell

_SUMMARY = "Code"
_STREAMS = ("stdout", "stderr", "error")


# -- reading -----------------------------------------------------------------------------------


def read(reader: Reader, el: pf.CodeBlock) -> Blocks | None:
    """Put in what a chunk has given, in the place of its mark: one ``Div``, or nothing."""
    if "render-cell" not in el.classes:
        return None
    index = int(el.attributes.get("index", "-1"))
    step = reader.source.steps[index] if 0 <= index < len(reader.source.steps) else None
    if not isinstance(step, Cell) or index in reader.steps:
        reader.fail("the class `.render-cell` is kept for the renderer", r"\.render-cell")
    reader.steps.add(index)
    with reader.inside(step):
        if not step.option("include", True):
            return []
        _check(reader, step)
        given = reader.outputs.get(index, ())
        return _Chunk(reader, step, shown.shown(step, given, reader.fmt)).blocks()


def _check(reader: Reader, cell: Cell) -> None:
    for name, value in cell.options.items():
        texts = [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
        if any("`{python}" in text for text in texts):
            reader.fail(
                f"an expression in `{name}` does not run; put the chunk into "
                "`::: {#fig-…}` or `::: {#tbl-…}`, with the caption as its last paragraph",
                rf"#\|\s*{name}:",
            )
    kind = crossref.kind_of(cell.label or "")
    if kind is not None and kind not in crossref.FLOATS:
        reader.fail(
            f"the label {cell.label} of a chunk: only fig- and tbl- make a chunk's output a float",
            r"#\|\s*label:",
        )
    for other in crossref.FLOATS:
        for name in (f"{other}-cap", f"{other}-subcap"):
            if name not in cell.options or kind == other:
                continue
            if kind is not None:
                reader.fail(
                    f"`{name}` on a chunk labelled {cell.label}; `{kind}{name[3:]}` is meant?",
                    rf"#\|\s*{name}:",
                )
            if name.endswith("subcap"):
                reader.fail(f"`{name}` needs a label that begins with {other}-", rf"#\|\s*{name}:")


def _unwrapped(blocks: Blocks) -> Blocks:
    """Take blocks out of divs that say nothing."""
    found: Blocks = []
    for block in blocks:
        bare = isinstance(block, pf.Div) and not (
            block.identifier or block.classes or block.attributes
        )
        found += _unwrapped(list(block.content)) if bare else [block]
    return found


class _Chunk:
    """Puts a chunk's blocks together."""

    def __init__(self, reader: Reader, cell: Cell, shown: list[Shown]) -> None:
        self.reader = reader
        self.cell = cell
        self.shown = shown
        self.kind = crossref.kind_of(cell.label or "")
        self.images = 0
        self.image_count = sum(item.form == "image" for item in shown)

    def blocks(self) -> Blocks:
        """Give the chunk's blocks."""
        cell, reader = self.cell, self.reader
        before: Blocks = self.code()
        after = self.captioned() if self.kind is None else self.float(self.kind)
        ncol = cell.option("layout-ncol")
        if ncol is not None and self.kind is None:
            after = [layout.make(after, ncol)]
        if not before and not after:
            return []
        if cell.option("output") == "asis" and not before and self.kind is None and ncol is None:
            return after
        ident = cell.label if cell.label and self.kind is None else ""
        if ident:
            reader.register(ident)
        step = {"step": str(cell.index)}
        return [pf.Div(*before, *after, identifier=ident, classes=["cell"], attributes=step)]

    def code(self) -> Blocks:
        if not self.cell.option("echo", True) or not self.cell.source.strip():
            return []
        language, text = shown.code(self.cell)
        if not text.strip():
            return []
        html = self.reader.book.html
        fold = self.cell.option("code-fold", html.get("code-fold", False))
        summary = self.cell.option("code-summary", html.get("code-summary") or _SUMMARY)
        value = {True: "true", False: "false"}.get(fold, str(fold))
        return [
            pf.CodeBlock(
                code.shown(self.reader, text),
                classes=[language, "cell-code"],
                attributes={"fold": value, "summary": summary},
            )
        ]

    # -- floats --------------------------------------------------------------------------------

    def float(self, kind: str) -> Blocks:
        """Make the float of the chunk's label; messages stand before it."""
        cell, reader = self.cell, self.reader
        label = cell.label or ""
        asis = cell.option("output") == "asis"
        parts = [
            item
            for item in self.shown
            if item.kind == "display" or (asis and item.kind == "stdout")
        ]
        others = [block for item in self.shown if item not in parts for block in self.item(item)]
        if not parts:
            if cell.option("eval", True) and cell.option("output", True):
                what = "figure" if kind == "fig" else "table"
                reader.fail(f"the chunk labelled {label} shows no {what}", r"#\|\s*label:")
            return others
        subcaps = cell.option(f"{kind}-subcap")
        if subcaps is not None and len(subcaps) != len(parts):
            reader.fail(
                f"the chunk labelled {label} has {len(subcaps)} sub-captions, and shows "
                f"{len(parts)} outputs",
                rf"#\|\s*{kind}-subcap:",
            )
        split = subcaps is not None or (kind == "fig" and len(parts) > 1)
        if split and reader.parent is not None:
            reader.fail(
                f"the parts of {label} lie in a part of {reader.parent.label}; "
                "only one level of parts is numbered",
                r"#\|\s*label:",
            )

        def content() -> Blocks:
            if not split:
                return [block for item in parts for block in self.content(item)]
            found: Blocks = []
            for count, item in enumerate(parts):
                said = self.said(subcaps[count] if subcaps is not None else None)
                part = f"{label}-{count + 1}"
                found += floats.make(reader, part, kind, partial(self.content, item), said)
            return found

        caption = self.said(cell.option(f"{kind}-cap"))
        ncol = cell.option("layout-ncol")
        return [*others, *floats.make(reader, label, kind, content, caption, ncol=ncol)]

    def said(self, text: str | None) -> Callable[[], Inlines]:
        return lambda: self.reader.inlines_of(text) if text else []

    def captioned(self) -> Blocks:
        """Show the outputs of a chunk without a float; a caption makes an unnumbered figure."""
        found: Blocks = []
        at, caption = self.caption()
        for index, item in enumerate(self.shown):
            if index != at:
                found += self.item(item)
                continue
            content = self.content(item)
            said = self.reader.inlines_of(caption)
            if len(content) == 1 and isinstance(content[0], pf.Table):
                content[0].caption = pf.Caption(pf.Plain(*said))
                found += content
                continue
            plain = [
                pf.Plain(*block.content) if isinstance(block, pf.Para) else block
                for block in content
            ]
            found.append(image.unnumbered(self.reader, plain, said))
        return found

    def caption(self) -> tuple[int | None, str]:
        """Give a caption that comes without a label, and which output it is about."""
        cell = self.cell
        for kind in crossref.FLOATS:
            caption = cell.option(f"{kind}-cap")
            if caption is None:
                continue
            at = [index for index, item in enumerate(self.shown) if item.kind == "display"]
            if len(at) == 1:
                return at[0], caption
            if at or (cell.option("eval", True) and cell.option("output", True)):
                self.reader.fail(
                    f"`{kind}-cap` on a chunk that shows {len(at)} outputs; a label that begins "
                    f"with {kind}- and `{kind}-subcap` caption each of them",
                    rf"#\|\s*{kind}-cap:",
                )
        return None, ""

    # -- outputs -------------------------------------------------------------------------------

    def item(self, item: Shown) -> Blocks:
        """Show one output, in a ``Div`` that says where it comes from."""
        content = self.content(item)
        if self.cell.option("output") == "asis" and item.form == "markdown":
            return content
        names = ["cell-output", f"cell-output-{item.kind}"]
        return [pf.Div(*content, classes=names)] if content else []

    def content(self, item: Shown) -> Blocks:
        """Give the blocks of one output."""
        reader = self.reader
        if item.form == "image":
            return [pf.Para(self.image(item))]
        if item.form == "markdown":
            return reader.blocks(reader.parse_blocks(item.text))
        if item.form == "parsed":
            return reader.blocks(_unwrapped(reader.parse_blocks(item.text, "html")))
        if item.form == "html":
            return reader.block(pf.RawBlock(item.text, format="html"))
        if item.form == "unknown":
            reader.fail(f"an output of the chunk has a form that pages do not show: {item.text}")
        text = item.text.rstrip("\n")
        return [pf.CodeBlock(text)] if text else []

    def image(self, item: Shown) -> pf.Image:
        cell, reader = self.cell, self.reader
        self.images += 1
        stem = PurePosixPath(reader.chapter.path).stem
        around = reader.parent.label if reader.parent else ""
        name = re.sub(r"[^\w.-]", "-", cell.label or around or f"cell-{cell.index + 1}")
        suffix = f"-{self.images}" if self.image_count > 1 else ""
        url = f"{stem}_files/{name}{suffix}.{item.extension}"
        if reader.media.setdefault(url, item.image) != item.image:
            url = f"{stem}_files/{name}-cell-{cell.index + 1}{suffix}.{item.extension}"
            reader.media[url] = item.image
        alts = cell.option("fig-alt") or ()
        if len(alts) > 1 and len(alts) != self.image_count:
            reader.fail(
                f"`fig-alt` has {len(alts)} texts, and the chunk shows {self.image_count} figures",
                r"#\|\s*fig-alt:",
            )
        alt = alts[min(self.images, len(alts)) - 1] if alts else ""
        attributes = {} if item.width is None else {"width": f"{item.width:.2f}in"}
        return pf.Image(*([pf.Str(alt)] if alt else []), url=url, attributes=attributes)


# -- writing -----------------------------------------------------------------------------------


def html_code(_page: Page, node: Node) -> list[Node]:
    """Let code fold without a script."""
    _, _, pairs = attributes(node)
    fold = pairs.get("fold", "false")
    if fold not in {"true", "show"}:
        return code.framed(node)
    opened = " open" if fold == "show" else ""
    summary = escape(pairs.get("summary", _SUMMARY))
    around = f'<details class="fold"{opened}><summary>{summary}</summary>', "</details>"
    return code.framed(node, *around)


def html_output(page: Page, node: Node) -> list[Node]:
    """Let what is shown scroll where it is too wide; paragraphs are not."""
    identifier, classes, pairs = attributes(node)
    content = node["c"][1]
    if "cell-output-display" in classes:
        if not identifier and all(inner["t"] in {"Para", "Plain"} for inner in content):
            return page.blocks(content)
        classes = ["scroll"]
    attr = [identifier, classes, list(pairs.items())]
    return [{"t": "Div", "c": [attr, page.blocks(content)]}]


def html(page: Page, node: Node) -> list[Node]:
    """Keep to itself which chunk this is."""
    identifier, classes, _ = attributes(node)
    return [{"t": "Div", "c": [[identifier, classes, []], page.blocks(node["c"][1])]}]


def markdown(page: Plain, node: Node) -> list[Node]:
    """Keep what is in a chunk; a notebook shows it itself, and lacks only the captions."""
    step = attributes(node)[2].get("step")
    if not page.notebook or step is None:
        return div.markdown(page, node)
    floats_here = [inner for inner in node["c"][1] if _is_float(inner)]
    captions = [page.node(inner)[-1] for inner in floats_here]
    return [{"t": "Para", "c": [string(notebook.mark(step))]}, *captions]


def _is_float(node: Node) -> bool:
    return node["t"] == "Div" and "float" in attributes(node)[1]


def typst_output(setter: Setter, node: Node) -> list[Node]:
    """Set printed text as what it is."""
    _, classes, _ = attributes(node)
    kind = next((name for name in _STREAMS if f"cell-output-{name}" in classes), "display")
    new: list[Node] = []
    for block in node["c"][1]:
        is_code = block["t"] == "CodeBlock"
        new += code.typst(setter, block, kind) if is_code else setter.node(block)
    return new


CONSTRUCT = Construct(
    name="Chunks",
    syntax=(
        "```` ```{python} ````",
        *(f"`#| {name}:`" for name in CELL_OPTIONS),
    ),
    reads={pf.CodeBlock: read},
    writes={
        "CodeBlock.cell-code": Form(html_code, code.typst, code.markdown),
        "Div.cell": Form(html, div.typst, markdown),
        "Div.cell-output": Form(html_output, typst_output, div.markdown),
    },
    keeps=("render-cell",),
)
