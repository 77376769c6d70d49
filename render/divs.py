"""Fenced divs: theorems, proofs, callouts, tabs, and what shows in one format only."""

import re

import panflute as pf

from render import crossref
from render.core import Blocks, Inlines
from render.floats import FloatBuilder
from render.inlines import drop_condition

CALLOUTS = {
    "note": "Note",
    "tip": "Tip",
    "warning": "Warning",
    "important": "Important",
    "caution": "Caution",
}
PROOFS = {"proof": "Proof", "remark": "Remark", "solution": "Solution"}


class DivBuilder(FloatBuilder):
    """Processes divs."""

    def div(self, el: pf.Div) -> Blocks:
        """Process a div: one of Quarto's constructs, or a plain one."""
        visible = self.visible(el, el.classes)
        if visible is not None:
            if not visible:
                return []
            drop_condition(el)
            if not (el.identifier or el.classes or el.attributes):
                return self.blocks(list(el.content))
        kind = crossref.kind_of(el.identifier)
        if kind in crossref.FLOATS:
            return self.float_div(el, kind)
        if kind in crossref.THEOREMS:
            return self.theorem(el, kind)
        if kind is not None:
            what = crossref.UNSUPPORTED.get(kind, f"the label of {crossref.NAMES.get(kind, '')}")
            self.fail(
                f"the label {el.identifier} on a div: {what} is not known here",
                rf"#{re.escape(el.identifier)}",
            )
        for name in el.classes:
            if name.startswith("callout"):
                return self.callout(el, name)
            if name == "panel-tabset":
                return self.tabset(el)
            if name in PROOFS:
                return self.proof(el, name)
        if "layout-ncol" in el.attributes:
            return self.layout(el)
        return self.plain_div(el)

    def plain_div(self, el: pf.Div) -> Blocks:
        """Keep any other div."""
        self.check_classes(el, "a div")
        self.check_attributes(el, "a div")
        ident = self.register(el.identifier)
        return [
            pf.Div(
                *self.blocks(list(el.content)),
                identifier=ident,
                classes=list(el.classes),
                attributes=dict(el.attributes),
            )
        ]

    def take_title(self, el: pf.Div, attribute: str) -> Inlines:
        """Take a block's title out of it: an attribute, or the heading that it begins with."""
        given = el.attributes.pop(attribute, None)
        if given:
            return self.inlines_of(given)
        if el.content and isinstance(el.content[0], pf.Header):
            header = el.content.pop(0)
            return self.inlines(list(header.content))
        return []

    def callout(self, el: pf.Div, name: str) -> Blocks:
        """Process a note, tip, warning, caution or important remark."""
        kind = name.removeprefix("callout-")
        pattern = rf"(?:\.|:::+\s*){re.escape(name)}\b"
        if kind not in CALLOUTS:
            known = ", ".join(f".callout-{each}" for each in CALLOUTS)
            self.fail(f"the callout `.{name}` is not known; {known} are", pattern)
        others = [each for each in el.classes if each != name]
        allowed = {
            "collapse": {"true", "false"},
            "appearance": {"default", "simple", "minimal"},
            "icon": {"true", "false"},
        }
        title = self.take_title(el, "title")
        attributes = {"kind": kind}
        for key, value in el.attributes.items():
            if key not in allowed:
                self.fail(
                    f"the attribute `{key}` of a callout is not known", rf"\b{re.escape(key)}="
                )
            if value not in allowed[key]:
                choices = " or ".join(sorted(allowed[key]))
                self.fail(
                    f'{key}="{value}" of a callout must be {choices}', rf"\b{re.escape(key)}="
                )
            attributes[key] = value
        head = pf.Div(
            pf.Plain(*(title or [pf.Str(CALLOUTS[kind])])),
            classes=["callout-title"],
            attributes={} if title else {"default": "true"},
        )
        ident = self.register(el.identifier)
        return [
            pf.Div(
                head,
                *self.blocks(list(el.content)),
                identifier=ident,
                classes=["callout", *others],
                attributes=attributes,
            )
        ]

    def tabset(self, el: pf.Div) -> Blocks:
        """Process tabs: each heading of the first heading's level begins one."""
        first = el.content[0] if el.content else None
        if not isinstance(first, pf.Header):
            self.fail("a tabset begins with the heading of its first tab", r"\.panel-tabset")
        self.check_attributes(el, "a tabset")
        tabs: list[tuple[pf.Header, Blocks]] = []
        for block in el.content:
            if isinstance(block, pf.Header) and block.level == first.level:
                tabs.append((block, []))
            else:
                tabs[-1][1].append(block)
        built = []
        for header, content in tabs:
            title = pf.Div(pf.Plain(*self.inlines(list(header.content))), classes=["tab-title"])
            built.append(pf.Div(title, *self.blocks(content), classes=["tab"]))
        ident = self.register(el.identifier)
        classes = ["tabset" if name == "panel-tabset" else name for name in el.classes]
        return [pf.Div(*built, identifier=ident, classes=classes, attributes=dict(el.attributes))]

    def theorem(self, el: pf.Div, kind: str) -> Blocks:
        """Process a numbered theorem, definition, example or the like."""
        label = self.register(el.identifier)
        number = self.numbers.next(kind)
        self.target(label, kind, number)
        title = self.take_title(el, "name")
        return [
            self.statement(
                el,
                ["theorem", kind],
                {"name": crossref.THEOREMS[kind], "number": number},
                title,
                label,
            )
        ]

    def proof(self, el: pf.Div, name: str) -> Blocks:
        """Process a proof, remark or solution."""
        ident = self.register(el.identifier)
        title = self.take_title(el, "name")
        el.classes = [each for each in el.classes if each != name]
        return [self.statement(el, [name], {"name": PROOFS[name]}, title, ident)]

    def statement(
        self, el: pf.Div, classes: list[str], attributes: dict[str, str], title: Inlines, ident: str
    ) -> pf.Div:
        """Put a theorem or a proof together."""
        self.check_classes(el, "a theorem or proof")
        for key in el.attributes:
            self.fail(
                f"the attribute `{key}` of a theorem or proof is not known",
                rf"\b{re.escape(key)}\s*=",
            )
        head = [pf.Div(pf.Plain(*title), classes=["theorem-title"])] if title else []
        with self.silently():
            body = self.blocks(list(el.content))
        if not body:
            self.fail(
                f"this {attributes['name'].lower()} is empty", rf"#{re.escape(ident)}\b|\.proof"
            )
        return pf.Div(
            *head,
            *body,
            identifier=ident,
            classes=[*classes, *el.classes],
            attributes=attributes,
        )
