"""A chunk in the neutral tree: its code, what it has given, and the float its label makes."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import panflute as pf

from render import crossref, shown
from render.crossref import Place
from render.shown import Shown
from render.source import Cell, Inline

if TYPE_CHECKING:
    from render.core import Blocks, Inlines
    from render.tree import Builder


def place(cell: Cell, pattern: str | None = None) -> Place:
    """Give the line of a chunk where a pattern occurs, or else its first line."""
    if pattern is not None:
        for offset, line in enumerate(cell.source.split("\n"), 1):
            if re.search(pattern, line):
                return Place(cell.where, cell.line + offset)
    return Place(cell.where, cell.line)


def of_inline(step: Inline) -> Cell:
    """Give an expression the form of a chunk, so that errors can speak of its line."""
    return Cell(step.index, None, {}, step.expression, step.line, step.line, step.where, "")


def build(builder: "Builder", cell: Cell, results: Sequence[Mapping[str, Any]]) -> "Blocks":
    """Build the blocks of a chunk.

    Parameters
    ----------
    builder
        The chapter's builder.
    cell
        The chunk.
    results
        Its outputs, as in a notebook of format 4.

    Returns
    -------
    list of panflute.Block
        One ``Div`` of class ``cell``, or nothing if the chunk shows nothing.

    Raises
    ------
    RenderError
        If the chunk's options do not fit each other or its outputs.
    """
    with builder.inside(cell):
        if not cell.option("include", True):
            return []
        _check(builder, cell)
        return _Chunk(builder, cell, shown.shown(cell, results, builder.fmt)).blocks()


def _check(builder: "Builder", cell: Cell) -> None:
    for name, value in cell.options.items():
        texts = [value] if isinstance(value, str) else value if isinstance(value, tuple) else []
        if any("`{python}" in text for text in texts):
            builder.fail(
                f"an expression in `{name}` does not run; put the chunk into "
                "`::: {#fig-…}` or `::: {#tbl-…}`, with the caption as its last paragraph",
                rf"#\|\s*{name}:",
            )
    kind = crossref.kind_of(cell.label or "")
    if kind is not None and kind not in crossref.FLOATS:
        builder.fail(
            f"the label {cell.label} of a chunk: only fig- and tbl- make a chunk's output a float",
            r"#\|\s*label:",
        )
    for other in crossref.FLOATS:
        for name in (f"{other}-cap", f"{other}-subcap"):
            if name not in cell.options or kind == other:
                continue
            if kind is not None:
                builder.fail(
                    f"`{name}` on a chunk labelled {cell.label}; `{kind}{name[3:]}` is meant?",
                    rf"#\|\s*{name}:",
                )
            if name.endswith("subcap"):
                builder.fail(f"`{name}` needs a label that begins with {other}-", rf"#\|\s*{name}:")


def _unwrapped(blocks: "Blocks") -> "Blocks":
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

    def __init__(self, builder: "Builder", cell: Cell, shown: list[Shown]) -> None:
        self.builder = builder
        self.cell = cell
        self.shown = shown
        self.kind = crossref.kind_of(cell.label or "")
        self.images = 0
        self.image_count = sum(item.form == "image" for item in shown)

    def blocks(self) -> "Blocks":
        """Give the chunk's blocks."""
        cell, builder = self.cell, self.builder
        before: Blocks = self.code()
        if self.kind is not None:
            after = self.float(self.kind)
        else:
            after = [block for item in self.captioned() for block in item]
        ncol = cell.option("layout-ncol")
        if ncol is not None and self.kind is None:
            parts = [pf.Div(block, classes=["layout-cell"]) for block in after]
            after = [pf.Div(*parts, classes=["layout"], attributes={"ncol": str(ncol)})]
        if not before and not after:
            return []
        if cell.option("output") == "asis" and not before and self.kind is None and ncol is None:
            return after
        ident = cell.label if cell.label and self.kind is None else ""
        if ident:
            builder.register(ident)
        return [pf.Div(*before, *after, identifier=ident, classes=["cell"])]

    def code(self) -> "Blocks":
        if not self.cell.option("echo", True) or not self.cell.source.strip():
            return []
        language, text = shown.code(self.cell)
        if not text.strip():
            return []
        html = self.builder.book.html
        fold = self.cell.option("code-fold", html.get("code-fold", False))
        summary = self.cell.option("code-summary", html.get("code-summary") or "Code")
        value = {True: "true", False: "false"}.get(fold, str(fold))
        return [
            pf.CodeBlock(
                self.builder.code_text(text),
                classes=[language, "cell-code"],
                attributes={"fold": value, "summary": summary},
            )
        ]

    # -- floats --------------------------------------------------------------------------------

    def float(self, kind: str) -> "Blocks":
        """Make the float of the chunk's label; messages stand before it."""
        cell, builder = self.cell, self.builder
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
                builder.fail(f"the chunk labelled {label} shows no {what}", r"#\|\s*label:")
            return others
        subcaps = cell.option(f"{kind}-subcap")
        if subcaps is not None and len(subcaps) != len(parts):
            builder.fail(
                f"the chunk labelled {label} has {len(subcaps)} sub-captions, and shows "
                f"{len(parts)} outputs",
                rf"#\|\s*{kind}-subcap:",
            )
        split = subcaps is not None or (kind == "fig" and len(parts) > 1)
        if split and builder.parent is not None:
            builder.fail(
                f"the parts of {label} lie in a part of {builder.parent.label}; "
                "only one level of parts is numbered",
                r"#\|\s*label:",
            )
        ncol = cell.option("layout-ncol")

        def content() -> "Blocks":
            if not split:
                return [block for item in parts for block in self.content(item)]
            found: Blocks = []
            for count, item in enumerate(parts):
                text = subcaps[count] if subcaps is not None else None
                found += builder.make_float(
                    f"{label}-{count + 1}", kind, self.content_of(item), self.said(text)
                )
            return found

        caption = self.said(cell.option(f"{kind}-cap"))
        made = builder.make_float(
            label, kind, content, caption, ncol=ncol if split or ncol else None
        )
        return [*others, *made]

    def content_of(self, item: Shown) -> "Callable[[], Blocks]":
        return lambda: self.content(item)

    def said(self, text: str | None) -> "Callable[[], Inlines]":
        return lambda: self.builder.inlines_of(text) if text else []

    def captioned(self) -> "list[Blocks]":
        """Show the outputs of a chunk without a float; a caption makes an unnumbered figure."""
        cell, builder = self.cell, self.builder
        found = [self.item(item) for item in self.shown]
        for kind, caption in (("fig", cell.option("fig-cap")), ("tbl", cell.option("tbl-cap"))):
            if caption is None:
                continue
            at = [index for index, item in enumerate(self.shown) if item.kind == "display"]
            if len(at) != 1:
                if not at and not (cell.option("eval", True) and cell.option("output", True)):
                    continue
                builder.fail(
                    f"`{kind}-cap` on a chunk that shows {len(at)} outputs; a label that begins "
                    f"with {kind}- and `{kind}-subcap` caption each of them",
                    rf"#\|\s*{kind}-cap:",
                )
            content = self.content(self.shown[at[0]], again=True)
            said = builder.inlines_of(caption)
            table = content[0] if content else None
            if len(content) == 1 and isinstance(table, pf.Table):
                table.caption = pf.Caption(pf.Plain(*said))
                found[at[0]] = [table]
            else:
                plain = [
                    pf.Plain(*block.content) if isinstance(block, pf.Para) else block
                    for block in content
                ]
                found[at[0]] = [builder.unnumbered_figure(plain, said)]
        return found

    # -- outputs -------------------------------------------------------------------------------

    def item(self, item: Shown) -> "Blocks":
        """Show one output, in a ``Div`` that says where it comes from."""
        content = self.content(item)
        if self.cell.option("output") == "asis" and item.form == "markdown":
            return content
        name = "display" if item.kind == "display" else item.kind
        return [pf.Div(*content, classes=["cell-output", f"cell-output-{name}"])] if content else []

    def content(self, item: Shown, *, again: bool = False) -> "Blocks":
        """Give the blocks of one output."""
        builder = self.builder
        if item.form == "image":
            if again:
                self.images -= 1
            return [pf.Para(self.image(item))]
        if item.form == "markdown":
            return builder.blocks(builder.parse_blocks(item.text))
        if item.form == "parsed":
            return builder.blocks(_unwrapped(builder.parse_blocks(item.text, "html")))
        if item.form == "html":
            return builder.raw_block(pf.RawBlock(item.text, format="html"))
        if item.form == "unknown":
            builder.fail(f"an output of the chunk has a form that pages do not show: {item.text}")
        text = item.text.rstrip("\n")
        return [pf.CodeBlock(text)] if text else []

    def image(self, item: Shown) -> pf.Image:
        cell, builder = self.cell, self.builder
        self.images += 1
        stem = PurePosixPath(builder.chapter.path).stem
        around = builder.parent.label if builder.parent else ""
        name = re.sub(r"[^\w.-]", "-", cell.label or around or f"cell-{cell.index + 1}")
        suffix = f"-{self.images}" if self.image_count > 1 else ""
        url = f"{stem}_files/{name}{suffix}.{item.extension}"
        if builder.media.setdefault(url, item.image) != item.image:
            url = f"{stem}_files/{name}-cell-{cell.index + 1}{suffix}.{item.extension}"
            builder.media[url] = item.image
        alts = cell.option("fig-alt") or ()
        if len(alts) > 1 and len(alts) != self.image_count:
            builder.fail(
                f"`fig-alt` has {len(alts)} texts, and the chunk shows {self.image_count} figures",
                r"#\|\s*fig-alt:",
            )
        alt = alts[min(self.images, len(alts)) - 1] if alts else ""
        attributes = {} if item.width is None else {"width": f"{item.width:.2f}in"}
        return pf.Image(*([pf.Str(alt)] if alt else []), url=url, attributes=attributes)
