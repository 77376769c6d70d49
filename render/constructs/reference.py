"""Cross-references to what has a label."""

import re

import panflute as pf

from render import crossref
from render.constructs.construct import Construct
from render.crossref import Reference
from render.reader import Inlines, Reader
from render.text import stringify


def read(reader: Reader, el: pf.Cite) -> Inlines | None:
    """Turn references into links."""
    kinds = [crossref.kind_of(citation.id) for citation in el.citations]
    if not any(kinds):
        return None
    if not all(kinds):
        reader.fail(
            "cross-references and citations in the same brackets; give each its own",
            rf"@{re.escape(el.citations[0].id)}",
        )
    found: Inlines = []
    for citation, kind in zip(el.citations, kinds, strict=True):
        if kind in crossref.UNSUPPORTED:
            reader.fail(
                f"@{citation.id} refers to {crossref.UNSUPPORTED[kind]}, which this renderer "
                "does not number",
                rf"@{re.escape(citation.id)}",
            )
        if found:
            found += [pf.Str(","), pf.Space()]
        found.append(_link(reader, citation))
    return found


def _link(reader: Reader, citation: pf.Citation) -> pf.Link:
    """Make the link of a reference; its text comes when all numbers are known."""
    name = citation.id
    place = reader.mention(name)
    if citation.suffix:
        raise place.error(
            f"the words {stringify(citation.suffix)!r} behind @{name} would be lost; "
            "put them outside the brackets"
        )
    label = name[0].lower() + name[1:]
    link = pf.Link(url=f"xref:{label}", classes=["xref"])
    reader.references.append(
        Reference(
            link=link,
            label=label,
            prefix=reader.inlines(list(citation.prefix)),
            number_only=citation.mode == "SuppressAuthor",
            place=place,
        )
    )
    return link


CONSTRUCT = Construct(
    name="Cross-references",
    syntax=(
        "`@fig-x`",
        "`[Fig. @fig-x]`",
        "`[-@fig-x]`",
        "for labels with " + ", ".join(f"`{kind}-`" for kind in crossref.NAMES),
    ),
    reads={pf.Cite: read},
    keeps=("xref",),
)
