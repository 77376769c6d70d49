"""Inline elements: computed words, formulas, links, images, citations and references."""

import re
from collections.abc import Sequence
from typing import Any

import panflute as pf

from render import cells, crossref, links
from render.core import QUARTO_ATTRIBUTE, Anchor, Core, Inlines
from render.crossref import Reference
from render.errors import RenderError
from render.shown import joined
from render.text import escaped, stringify, words

_WIDTH = re.compile(r"\d*\.?\d+\s*(%|cm|in)\Z")
_MACRO = re.compile(
    r"\s*\\(?:re)?newcommand|\s*\\providecommand|\s*\\(?:g|x|e)?def\\|\s*\\DeclareMathOperator"
)


class InlineBuilder(Core):
    """Processes inline elements."""

    def container(self, el: Any) -> Inlines:
        """Process what stands in emphasis, quotes and the like."""
        el.content = self.inlines(list(el.content))
        return [el]

    def string(self, el: pf.Str) -> Inlines:
        """Stop at markup that Pandoc has read as text."""
        text = el.text
        if "[^" in text and (note := re.search(r"\[\^[^\]\s]+\]", text)):
            self.fail(f"the footnote {note[0]} is not defined", re.escape(note[0]))
        if text[:1] in "{:":
            snippet = re.escape(text)
            if re.match(r"\{#[a-z]+-", text):
                self.fail(
                    f"{text} is read as text; a label stands right behind its heading, image, "
                    "closing $$ or caption",
                    snippet,
                )
            if re.match(r":::+$", text):
                self.fail(
                    "::: is read as text; a div begins with ::: {.class}, a blank line before it, "
                    "and ends with :::",
                    r"(?m)^\s*:::+",
                )
        return [el]

    def code(self, el: pf.Code) -> Inlines:
        """Process code, or put in a computed word."""
        if "render-inline" in el.classes:
            return self.inline_mark(el)
        el.text = self.code_text(el.text)
        self.register(el.identifier)
        return [el]

    def inline_mark(self, el: pf.Code) -> Inlines:
        """Put in what an expression has given: Markdown if it says so, or else plain text."""
        step, result = self.inline_step(int(el.text) if el.text.isdigit() else -1)
        if "text/markdown" in result:
            text = joined(result["text/markdown"]).strip()
            with self.inside(cells.of_inline(step)):
                return self.inlines_of(text)
        text = joined(result.get("text/plain", ""))
        if "'" in text or '"' in text:
            return self.parse_inlines(escaped(text))
        return words(text)

    def math(self, el: pf.Math) -> Inlines:
        """Put computed numbers into a formula."""
        el.text = self.substitute(el.text)
        return [el]

    def note(self, el: pf.Note) -> Inlines:
        """Process a footnote."""
        return [pf.Note(*self.blocks(list(el.content)))]

    def span(self, el: pf.Span) -> Inlines:
        """Process a span, which may show in one format only."""
        visible = self.visible(el, el.classes)
        if visible is not None:
            if not visible:
                return []
            drop_condition(el)
            if not (el.identifier or el.classes or el.attributes):
                return self.inlines(list(el.content))
        self.check_classes(el, "a span")
        self.check_attributes(el, "a span")
        self.register(el.identifier)
        return self.container(el)

    def image_inline(self, el: pf.Image) -> Inlines:
        """Process an image within a text."""
        if crossref.kind_of(el.identifier) is not None:
            alone = "stands in a paragraph of its own, with a caption in its brackets"
            self.fail(
                f"the image {el.identifier} stands inside a text; a figure with a label {alone}",
                rf"#{re.escape(el.identifier)}",
            )
        return self.image(el)

    def image(self, el: pf.Image, alt: str | None = None) -> Inlines:
        """Check an image and take its file along."""
        alt = alt or el.attributes.get("fig-alt") or stringify(el.content)
        place = self.where(rf"\]\({re.escape(el.url)}")
        path = links.image_path(el.url, self.chapter, self.book.root, place)
        self.check_classes(el, "an image")
        attributes = {}
        for key, value in el.attributes.items():
            if key in {"width", "height"}:
                if not _WIDTH.match(value):
                    raise RenderError(
                        f"{key}={value} of an image must be in %, cm or in, which both formats "
                        "know",
                        path=place.path,
                        line=place.line,
                    )
                attributes[key] = value
            elif key in {"fig-align", "alt"}:
                continue
            elif key != "fig-alt" and QUARTO_ATTRIBUTE.fullmatch(key):
                self.fail(
                    f"the attribute `{key}` of an image is not known", rf"\b{re.escape(key)}\s*="
                )
            elif key != "fig-alt":
                attributes[key] = value
        alt = self.substitute(alt)
        return [
            pf.Image(
                *([pf.Str(alt)] if alt else []),
                url=self.add_media(path),
                title=el.title,
                identifier=self.register(el.identifier),
                classes=list(el.classes),
                attributes=attributes,
            )
        ]

    def link(self, el: pf.Link) -> Inlines:
        """Check a link."""
        content = self.inlines(list(el.content))
        url = self.substitute(el.url)
        place = self.where(re.escape(el.url))
        made = frozenset({self.book.pdf_name} if "pdf" in self.book.downloads else ())
        found = links.resolve(
            url,
            self.chapter,
            self.chapters,
            self.book.root,
            made,
            place,
            scripts=bool(self.book.post_render),
        )
        link = pf.Link(
            *content,
            url=url,
            title=el.title,
            identifier=self.register(el.identifier),
            classes=list(el.classes),
            attributes=dict(el.attributes),
        )
        if found.kind == "anchor":
            self.anchors.append(Anchor(link, None, found.anchor, place))
        elif found.kind == "chapter":
            link.url = f"chapter:{found.path}" + (f"#{found.anchor}" if found.anchor else "")
            self.anchors.append(Anchor(link, found.path, found.anchor, place))
        elif found.kind == "file":
            link.url = found.url
            link.classes.append("file")
            self.files[found.url] = found.path
        elif found.kind == "awaited":
            link.url = found.url
            link.classes.append("file")
            self.awaited.setdefault(found.path, place)
        return [link]

    def cite(self, el: pf.Cite) -> Inlines:
        """Turn references into links, and check citations."""
        kinds = [crossref.kind_of(citation.id) for citation in el.citations]
        if not any(kinds):
            for citation in el.citations:
                self.citation(citation)
            return [el]
        first = el.citations[0].id
        pattern = rf"@{re.escape(first)}"
        if not all(kinds):
            self.fail(
                "cross-references and citations in the same brackets; give each its own", pattern
            )
        found: Inlines = []
        for citation, kind in zip(el.citations, kinds, strict=True):
            if kind in crossref.UNSUPPORTED:
                self.fail(
                    f"@{citation.id} refers to {crossref.UNSUPPORTED[kind]}, which this renderer "
                    "does not number",
                    rf"@{re.escape(citation.id)}",
                )
            if found:
                found += [pf.Str(","), pf.Space()]
            found.append(self.reference(citation))
        return found

    def citation(self, citation: pf.Citation) -> None:
        """Check a citation."""
        if citation.id not in self.keys:
            place = self.mention(citation.id)
            raise RenderError(
                f"the citation @{citation.id} is not in the bibliography",
                path=place.path,
                line=place.line,
            )
        if citation.id not in self.cited:
            self.cited[citation.id] = self.mention(citation.id)
        citation.prefix = self.inlines(list(citation.prefix))
        citation.suffix = self.inlines(list(citation.suffix))

    def reference(self, citation: pf.Citation) -> pf.Link:
        """Make the link of a reference; its text comes when all numbers are known."""
        name = citation.id
        place = self.mention(name)
        if citation.suffix:
            raise RenderError(
                f"the words {stringify(citation.suffix)!r} behind @{name} would be lost; "
                "put them outside the brackets",
                path=place.path,
                line=place.line,
            )
        label = name[0].lower() + name[1:]
        link = pf.Link(url=f"xref:{label}", classes=["xref"])
        self.references.append(
            Reference(
                link=link,
                label=label,
                prefix=self.inlines(list(citation.prefix)),
                number_only=citation.mode == "SuppressAuthor",
                place=place,
            )
        )
        return link

    def raw_inline(self, el: pf.RawInline) -> Inlines:
        """Keep raw content of this format."""
        text = self.raw(el)
        return [] if text is None else [pf.RawInline(text, format=el.format)]

    def raw(self, el: pf.RawBlock | pf.RawInline) -> str | None:
        """Give raw content of this format; None if it is of another."""
        name = el.format
        text = str(el.text)
        snippet = re.escape(text.strip().split("\n")[0][:30])
        if name in {"html", "html4", "html5"}:
            bare = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
            if not bare.strip():
                self.count_marks(text)
                return None
            if self.fmt != "html":
                self.count_marks(text)
                return None
            bare = self.substitute(bare, escape=_escape)
            place = self.where(snippet)
            for url in links.raw_sources(bare, place):
                self.add_media(links.project_path(url, self.chapter, self.book.root, place))
            return bare
        if name == "typst":
            if self.fmt != "typst":
                self.count_marks(text)
                return None
            return self.substitute(text)
        if name in {"tex", "latex"}:
            if _MACRO.match(text):
                return None
            return self.fail(
                f"raw LaTeX, {text.strip()[:40]!r}, is shown in neither format; "
                "LaTeX stands between dollar signs",
                snippet,
            )
        return self.fail(
            f"raw content for {name}: this book is made for html and typst",
            rf"=\s*{re.escape(name)}",
        )

    def visible(self, el: Any, classes: Sequence[str]) -> bool | None:
        """Tell whether a condition shows an element in this format; None if it has none."""
        shows = "content-visible" in classes
        if not shows and "content-hidden" not in classes:
            return None
        attributes = dict(el.attributes)
        conditions = {
            key: value for key, value in attributes.items() if key.startswith(("when-", "unless-"))
        }
        holds = True
        for key, value in conditions.items():
            if key not in {"when-format", "unless-format"}:
                self.fail(
                    f"the condition `{key}` is not known; `when-format` and `unless-format` are",
                    rf"\b{re.escape(key)}\s*=",
                )
            matches = self.matches(value, key)
            holds = holds and (matches if key == "when-format" else not matches)
        visible = holds if shows else not holds
        if not visible:
            self.skip(el)
        return visible

    def matches(self, value: str, key: str) -> bool:
        """Tell whether a format condition names this format."""
        name = value.strip()
        pattern = rf"{key}\s*=\s*[\"']?{re.escape(value)}"
        if name in {"html", "html:js"}:
            return self.fmt == "html"
        if name == "typst":
            return self.fmt == "typst"
        if name in {"pdf", "latex"}:
            why = "means LaTeX to Quarto, and Typst sets this PDF; write typst"
        else:
            why = "is not known; html and typst are"
        return self.fail(f'{key}="{name}" {why}', pattern)

    def skip(self, el: Any) -> None:
        """Count the steps in what is not shown as met."""

        def visit(item: Any, _doc: Any) -> None:
            if isinstance(item, pf.CodeBlock) and "render-cell" in item.classes:
                self.steps.add(int(item.attributes["index"]))
            elif isinstance(item, pf.Code) and "render-inline" in item.classes:
                self.steps.add(int(item.text))
            elif isinstance(item, pf.Math | pf.RawInline | pf.RawBlock):
                self.count_marks(item.text)
            for value in getattr(item, "attributes", {}).values():
                self.count_marks(value)

        el.walk(visit)


def _escape(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def drop_condition(el: Any) -> None:
    """Take a condition that holds off an element."""
    el.classes = [name for name in el.classes if name not in {"content-visible", "content-hidden"}]
    for key in ("when-format", "unless-format"):
        el.attributes.pop(key, None)
