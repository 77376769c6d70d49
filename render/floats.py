"""Figures and tables: numbered floats, their lettered parts, and layouts without a label."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import panflute as pf

from render import crossref
from render.core import Blocks, Float, Inlines
from render.inlines import InlineBuilder
from render.text import stringify

_COLUMN_WIDTHS = re.compile(r"\[\s*\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?)*\s*\]\Z")


class FloatBuilder(InlineBuilder):
    """Processes figures and tables."""

    def figure(self, el: pf.Figure) -> Blocks:
        """Process an image that stands alone: a float if it has a label or lies in one."""
        caption_blocks = el.caption.content if el.caption else []
        caption = list(caption_blocks[0].content) if caption_blocks else []
        inner: Any = el.content[0]
        image: Any = inner.content[0] if isinstance(inner, pf.Plain | pf.Para) else None
        linked = isinstance(image, pf.Link)
        if linked:
            image = image.content[0] if len(image.content) == 1 else None
        if not isinstance(image, pf.Image):
            el.content = self.blocks(list(el.content))
            return [el]
        label = el.identifier or image.identifier
        if stringify(image.content) == stringify(caption):
            image.content = []  # Pandoc's copy of the caption; `describe` makes a better one
        image.identifier = ""

        def content() -> Blocks:
            return [pf.Plain(*self.inlines(list(inner.content)))]

        def said() -> Inlines:
            return self.inlines(caption)

        kind = crossref.kind_of(label)
        if kind in crossref.FLOATS:
            return self.make_float(label, kind, content, said)
        if kind is not None:
            self.fail(
                f"the label {label} on an image must begin with fig-", rf"#{re.escape(label)}"
            )
        ident = self.register(label)
        return [self.unnumbered_figure(content(), said(), ident, list(el.classes))]

    def unnumbered_figure(
        self, content: Blocks, caption: Inlines, ident: str = "", classes: Sequence[str] = ()
    ) -> pf.Figure:
        """Make a figure that has a caption and no number."""
        self.describe(content, caption)
        return pf.Figure(
            *content,
            caption=pf.Caption(pf.Plain(*caption)),
            identifier=ident,
            classes=list(classes),
        )

    def describe(self, content: Blocks, caption: Inlines) -> None:
        """Let the caption describe an image that has no text of its own."""
        images: list[pf.Image] = []
        for block in content:
            block.walk(lambda el, _doc: images.append(el) if isinstance(el, pf.Image) else None)
        if caption and len(images) == 1 and not images[0].content:
            self.undescribed.append((images[0], caption))

    def lone_image(self, content: Inlines) -> Blocks | None:
        """Process a labelled image that is all of a paragraph: without a caption, or in a link."""
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
        return self.make_float(
            label,
            kind,
            lambda: [pf.Plain(*self.inlines(content))],
            lambda: self.inlines(caption),
        )

    def table(self, el: pf.Table) -> Blocks:
        """Process a table: a float if its caption has a label."""
        label = el.identifier
        caption_blocks = list(el.caption.content) if el.caption else []
        caption = list(caption_blocks[0].content) if caption_blocks else []
        self.column_widths(el, el.attributes.pop("tbl-colwidths", None))
        self.check_attributes(el, "a table")

        def content() -> Blocks:
            self.table_cells(el)
            el.identifier = ""
            el.caption = pf.Caption()
            return [el]

        def said() -> Inlines:
            return self.inlines(caption)

        kind = crossref.kind_of(label)
        if kind in crossref.FLOATS:
            return self.make_float(label, kind, content, said)
        if kind is not None:
            self.fail(f"the label {label} on a table must begin with tbl-", rf"#{re.escape(label)}")
        ident = self.register(label)
        built = content()
        if caption:
            el.caption = pf.Caption(pf.Plain(*said()))
        el.identifier = ident
        return built

    def table_cells(self, el: pf.Table) -> None:
        """Process a table's cells."""
        parts = [el.head, *el.content, el.foot]
        for part in parts:
            rows = list(part.content) if part is not None else []
            if isinstance(part, pf.TableBody):
                rows = [*(part.head or []), *rows]
            for row in rows:
                for cell in row.content:
                    cell.content = self.blocks(list(cell.content))

    def column_widths(self, el: pf.Table, value: str | None) -> None:
        """Give a table's columns the widths of ``tbl-colwidths``."""
        if value is None:
            return
        if not _COLUMN_WIDTHS.match(value):
            self.fail(
                f'tbl-colwidths="{value}" must be a list of numbers such as [30, 70]',
                r"tbl-colwidths",
            )
        widths = [float(part) for part in value.strip("[]").split(",")]
        if len(widths) != el.cols:
            self.fail(
                f"tbl-colwidths has {len(widths)} widths, and the table {el.cols} columns",
                r"tbl-colwidths",
            )
        total = max(sum(widths), 100.0)
        el.colspec = [
            (spec[0], width / total) for spec, width in zip(el.colspec, widths, strict=True)
        ]

    def float_div(self, el: pf.Div, kind: str) -> Blocks:
        """Process a div with a figure's or a table's label."""
        label = el.identifier
        pattern = rf"#{re.escape(label)}\b"
        ncol = self.columns(el)
        widths = el.attributes.pop("tbl-colwidths", None)
        given = el.attributes.pop(f"{kind}-cap", None)
        self.check_classes(el, "a figure or table")
        self.check_attributes(el, "a figure or table")
        content = list(el.content)
        caption: Inlines | None = None
        if len(content) > 1 and isinstance(content[-1], pf.Para) and not _is_images(content[-1]):
            caption = list(content.pop().content)
        elif given:
            caption = self.parse_inlines(given)
        tables = [block for block in content if isinstance(block, pf.Table)]
        if widths is not None:
            for table in tables:
                self.column_widths(table, widths)
        if caption is None and len(tables) == 1 and tables[0].caption:
            blocks = list(tables[0].caption.content)
            caption = list(blocks[0].content) if blocks else None
            tables[0].caption = pf.Caption()
        if not content:
            self.fail(f"{label} is empty; its content and then its caption stand in it", pattern)

        def built() -> Blocks:
            return self.blocks(content)

        def said() -> Inlines:
            return self.inlines(caption or [])

        return self.make_float(label, kind, built, said, ncol=ncol, classes=list(el.classes))

    def columns(self, el: pf.Div) -> int | None:
        """Take ``layout-ncol`` off a div."""
        given = el.attributes.pop("layout-ncol", None)
        if given is None:
            return None
        if not re.fullmatch(r"[1-9]\d?", given):
            self.fail(f'layout-ncol="{given}" must be a whole number', r"layout-ncol")
        return int(given)

    def make_float(
        self,
        label: str,
        kind: str,
        content: Callable[[], Blocks],
        caption: Callable[[], Inlines],
        *,
        ncol: int | None = None,
        classes: Sequence[str] = (),
    ) -> Blocks:
        """Make a numbered float, or a lettered part of one.

        Parameters
        ----------
        label, kind
            Its label, and the kind of that label.
        content, caption
            Build what is in it; called in this order, after it has been numbered.
        ncol
            In how many columns its parts stand.
        classes
            Further classes.
        """
        ident = self.register(label)
        parent = self.parent
        if parent is not None:
            parent.count += 1
            mark = crossref.letter(parent.count)
            self.target(ident, kind, parent.number, letter=mark)
            built, said = content(), caption()
            self.describe(built, said)
            attributes = {"letter": mark, "kind": crossref.FLOAT_KINDS[kind]}
            return [_with_caption(ident, ["subfloat", *classes], attributes, built, said)]
        number = self.numbers.next(kind)
        self.target(ident, kind, number)
        self.parent = Float(ident, number)
        try:
            built = content()
            if self.parent.count or ncol is not None:
                before, parts = _panels(built)
                if parts:
                    panel = pf.Div(
                        *parts, classes=["subfloats"], attributes={"ncol": str(ncol or 1)}
                    )
                    built = [*before, panel]
        finally:
            self.parent = None
        attributes = {
            "kind": crossref.FLOAT_KINDS[kind],
            "name": crossref.FLOATS[kind],
            "number": number,
        }
        said = caption()
        self.describe(built, said)
        return [_with_caption(ident, ["float", *classes], attributes, built, said)]

    def layout(self, el: pf.Div) -> Blocks:
        """Process a div that sets its blocks side by side and has no label."""
        ncol = self.columns(el)
        self.check_classes(el, "a layout")
        self.check_attributes(el, "a layout")
        ident = self.register(el.identifier)
        parts: Blocks = []
        for block in self.blocks(list(el.content)):
            inner = list(block.content) if _is(block, "cell") else [block]
            parts.extend(pf.Div(item, classes=["layout-cell"]) for item in inner)
        return [
            pf.Div(
                *parts,
                identifier=ident,
                classes=["layout", *el.classes],
                attributes={"ncol": str(ncol)},
            )
        ]


def _is(block: Any, name: str) -> bool:
    return isinstance(block, pf.Div) and name in block.classes


def _is_images(para: pf.Para) -> bool:
    return all(isinstance(item, pf.Image | pf.Space | pf.SoftBreak) for item in para.content)


def _with_caption(
    ident: str, classes: list[str], attributes: dict[str, str], content: Blocks, caption: Inlines
) -> pf.Div:
    said = [pf.Div(pf.Plain(*caption), classes=["float-caption"])] if caption else []
    return pf.Div(*content, *said, identifier=ident, classes=classes, attributes=attributes)


def _panels(blocks: Blocks) -> tuple[Blocks, Blocks]:
    """Part a float's blocks: what stands before its panels (code, messages), and the panels."""
    before: Blocks = []
    panels: Blocks = []
    for block in blocks:
        if _is(block, "subfloat"):
            panels.append(block)
        elif _is(block, "cell"):
            code, inner = _panels(list(block.content))
            before.extend(code)
            panels.extend(inner)
        elif isinstance(block, pf.CodeBlock) or _is(block, "cell-output-stderr"):
            before.append(block)
        else:
            panels.append(pf.Div(block, classes=["subfloat"]))
    return before, panels
