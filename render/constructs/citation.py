"""Citations, and the list of what is cited."""

import panflute as pf

from render.constructs.construct import Construct, Form
from render.html.llms import Plain
from render.neutral import Node
from render.pdf.tree import Setter, wrap
from render.reader import Inlines, Reader

LIST = "refs"
"""The id of the div that the list of references stands in."""
_WORDS = frozenset(("Str", "Space", "SoftBreak", "Quoted", "Emph", "Strong"))


def read(reader: Reader, el: pf.Cite) -> Inlines:
    """Check citations."""
    for citation in el.citations:
        if citation.id not in reader.keys:
            place = reader.mention(citation.id)
            raise place.error(f"the citation @{citation.id} is not in the bibliography")
        if citation.id not in reader.cited:
            reader.cited[citation.id] = reader.mention(citation.id)
        citation.prefix = reader.inlines(list(citation.prefix))
        citation.suffix = reader.inlines(list(citation.suffix))
    return [el]


def typst(setter: Setter, node: Node) -> list[Node]:
    """Leave a citation to citeproc, which runs over the whole book."""
    citations, inlines = node["c"]
    for name in ("citationPrefix", "citationSuffix"):
        citations = [one | {name: _around(setter, one[name])} for one in citations]
    return [{"t": "Cite", "c": [citations, inlines]}]


def _around(setter: Setter, inlines: list[Node]) -> list[Node]:
    """Leave words to citeproc, which looks for page numbers in them and sets blanks."""
    new: list[Node] = []
    for inline in inlines:
        new += [inline] if inline["t"] in _WORDS else setter.node(inline)
    return new


def typst_list(node: Node) -> list[Node]:
    """Call the template's list of references, which citeproc fills."""
    return wrap("#book-bibliography[", [{"t": "Div", "c": [node["c"][0], []]}])


def markdown(page: Plain, node: Node) -> list[Node]:
    """Keep what citeproc has made."""
    return page.inlines(node["c"][1])


CONSTRUCT = Construct(
    name="Citations",
    syntax=("`@key`", "`[see @key, p. 3; @other]`", "`[-@key]`", f"`::: {{#{LIST}}}`"),
    reads={pf.Cite: read},
    writes={"Cite": Form(typst=typst, markdown=markdown)},
)
