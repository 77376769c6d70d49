"""A chapter's tree through Pandoc's HTML writer, and its output made lean."""

import json
import re
from dataclasses import dataclass
from html import unescape

from render import pandoc
from render.neutral import Node

_ARGUMENTS = (
    "--mathml",
    "--wrap=none",
    "--syntax-highlighting=pygments",
    "--email-obfuscation=none",
)
_LINE = re.compile(
    r'<span id="cb\d+-\d+"><a href="#cb\d+-\d+" aria-hidden="true" tabindex="-1"></a>'
    r"(.*)</span>(?=\n|</code></pre></div>)"
)
_EQUATION = re.compile(
    r'(class="equation(?: ends)?" data-number="([^"]*)">(?:(?!</annotation>).)*?)'
    r"\s*(</annotation>)",
    re.DOTALL,
)
_HEADING = re.compile(r'<h([1-6])((?: [^>]*?)?)(?<= )id="([^"]*)"([^>]*)>(.*?)</h\1>', re.DOTALL)
_UNLISTED = re.compile(r' class="(?:[^"]* )?unlisted\b')
_NOTE_MARK = re.compile(r'<a [^>]*class="footnote-ref".*?</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ANNOTATION = re.compile(r"<annotation[^>]*>.*?</annotation>", re.DOTALL)
_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_IN_MATH: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(<math[^>]*?) xmlns=\"http://www.w3.org/1998/Math/MathML\""), r"\1"),
    (re.compile(r"<math display=\"inline\""), "<math"),
    # MathML Core knows no value but "normal"; Pandoc has put the letter itself in already.
    (re.compile(r"(<m[inost]+) mathvariant=\"(?!normal)[a-z-]*\""), r"\1"),
    (re.compile(r'<mtext mathvariant="normal">'), "<mtext>"),
    # \lVert does not grow in TeX; \left\lVert, another sign here, does.
    (re.compile(r'<mo stretchy="true"( form="\w+">‖)'), r'<mo stretchy="false"\1'),
    (re.compile(r'<mi mathvariant="normal">(?=[^<&]{2})'), "<mi>"),
)
_REPLACE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'<mtd columnalign="right" style="[^"]*">'), '<mtd class="r">'),
    (re.compile(r'<mtd columnalign="left" style="[^"]*">'), '<mtd class="l">'),
    (re.compile(r'<mtd columnalign="center" style="[^"]*">'), "<mtd>"),
    (re.compile(r'<div class="sourceCode" id="cb\d+">(<pre\b)'), r'<div class="source">\1'),
    (
        re.compile(r'<section id="footnotes" class="footnotes[^"]*" role="doc-endnotes">\s*<hr />'),
        '<section class="footnotes" role="doc-endnotes" aria-label="Footnotes">',
    ),
    (
        re.compile(r'class="footnote-back" role="doc-backlink">'),
        'class="footnote-back" role="doc-backlink" aria-label="Back to the text">',
    ),
)  # fmt: skip
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_COLUMNS = re.compile(r"<colgroup>.*?</colgroup>\s*", re.DOTALL)
_ROW_END = re.compile(r"(</td>|</?tr[^>]*>|</?t(?:head|body|foot)>|<table[^>]*>)\s*\n\s*(?=<)")
_CELL = re.compile(
    r'<(t[dh])((?: (?!style)[^>]*?)?)(?: style="text-align: (left|right|center);")?>'
)
_CLASSES = {"": "", "left": "", "right": ' class="r"', "center": ' class="c"'}
_INLINE_MATH = re.compile(
    r"([(\[“‘]?)(<math>(?:(?!</math>).)*</math>)([.,;:!?)\]’”…-]*)(?=([^\s<]*))", re.DOTALL
)
# The name of a function, with the sign that Pandoc leaves out between \left and \right.
_FUNCTION = re.compile(
    r"(?<!<msub>)(?<!<msup>)(?<!<msubsup>)(?<!<munder>)(</m(?:i|n|sub|sup|subsup|frac|style)>)?"
    r"(?:<mrow>(<mi>\w+</mi><mo>(?:&#8289;|\u2061)</mo>)</mrow>|(<mi>(?:ln|log|exp|det|tr)</mi>))"
    r"(?=(<mo\b|</|<annotation)?)"
)
# Brackets that have one form only need not name it.
_FORM = re.compile(r'(<mo[^>]*?) form="(?:prefix|postfix)"(>[()\[\]{}⟨⟩⌊⌋⌈⌉]<)')


@dataclass(frozen=True)
class Heading:
    """A heading of a page.

    Attributes
    ----------
    level
        1 for the chapter's own.
    identifier
        What to link to.
    html
        Its number and text as HTML without links.
    """

    level: int
    identifier: str
    html: str


def write(blocks: list[Node], version: list[int], path: str) -> str:
    """Give a chapter's HTML, without a frame.

    Parameters
    ----------
    blocks
        What `render.html.tree.Page` gives.
    version
        The version of Pandoc's tree.
    path
        The chapter's file, for errors.
    """
    tree = {"pandoc-api-version": version, "meta": {}, "blocks": blocks}
    html = pandoc.write(
        json.dumps(tree, ensure_ascii=False), "html5", extra_args=_ARGUMENTS, path=path, keep=True
    )
    return clean(html)


def clean(html: str) -> str:
    """Take out of Pandoc's HTML what the site does not need, and put in what it does."""
    html = _LINE.sub(r"\1", html)
    for pattern, replacement in _REPLACE:
        html = pattern.sub(replacement, html)
    html = mend_math(html)
    html = _TABLE.sub(lambda table: _lean_table(table[0]), html)
    html = _EQUATION.sub(r"\1 \\qquad(\2)\3", html)
    return re.sub(
        r' data-number="[^"]*"| data-cites="[^"]*"| encoding="application/x-tex"', "", html
    )


def mend_math(html: str) -> str:
    """Put right how browsers set Pandoc's formulas."""
    for pattern, replacement in _IN_MATH:
        html = pattern.sub(replacement, html)
    html = _FUNCTION.sub(_stand_apart, html)
    html = _FORM.sub(r"\1\2", html)
    return _INLINE_MATH.sub(_keep_together, html)


def _stand_apart(function: re.Match[str]) -> str:
    """Set a thin space, as TeX does, between a function's name and what is no bracket."""
    ordinary, name, follows = function[1] or "", function[2] or function[3], function[4]
    space = '<mspace width=".17em"></mspace>'
    before = space if ordinary and follows != "</" else ""
    after = "" if follows else space
    return f"{ordinary}<mrow>{before}{name}{after}</mrow>" if before or after else function[0]


def _keep_together(math: re.Match[str]) -> str:
    """Let no line break part a formula from the signs at its sides."""
    before, formula, after, _ = math.groups()
    return f'<span class="n">{before}{formula}{after}</span>' if before or after else formula


def _lean_table(html: str) -> str:
    """Say how cells are aligned by class, once for the table where columns are numbers."""
    html = _ROW_END.sub(r"\1", _COLUMNS.sub("", html))
    html = html.replace('<table style="width:100%;">', "<table>", 1)
    head, mark, body = html.partition("<tbody>")
    html = head + mark + re.sub(r"<th\b", '<th scope="row"', body)
    rows = [_CELL.findall(row) for row in html.split("</tr>")]
    patterns = {tuple(align for _, _, align in row) for row in rows if row}
    first, *others = patterns.pop() if len(patterns) == 1 else ("",)
    if others and first in {"", "left"} and set(others) == {"right"}:
        html = html.replace("<table>", '<table class="numbers">', 1)
        return _CELL.sub(r"<\1\2>", html)
    return _CELL.sub(lambda cell: f"<{cell[1]}{cell[2]}{_CLASSES[cell[3] or '']}>", html)


def headings(html: str) -> list[Heading]:
    """Give the chapter's heading and those that the page's contents list, in order."""
    return [
        Heading(int(level), unescape(identifier), _without_links(inner))
        for level, before, identifier, after, inner in _HEADING.findall(html)
        if level == "1" or not _UNLISTED.search(f"{before} {after}")
    ]


def navigation(html: str) -> str:
    """Give a chapter's heading as a list of chapters shows it: "A" for "Appendix A —"."""
    return re.sub(r'(<span class="number">)[^<]*?(\S+) —(</span>)', r"\1\2\3", html, count=1)


def _without_links(html: str) -> str:
    html = _NOTE_MARK.sub("", html)
    html = re.sub(r"</?a\b[^>]*>|<button.*?</button>", "", html, flags=re.DOTALL)
    return re.sub(r' id="[^"]*"', "", html).strip()


def text(html: str) -> str:
    """Give the text of a piece of HTML, mathematics as TeX."""
    html = _MATH.sub(_tex, _NOTE_MARK.sub("", html))
    return " ".join(unescape(_TAG.sub("", html)).split())


def _tex(math: re.Match[str]) -> str:
    found = re.search(r"<annotation[^>]*>(.*?)</annotation>", math[0], re.DOTALL)
    return found[1] if found else ""


def summary(html: str, limit: int = 200) -> str:
    """Give the first paragraph's text, cut at the end of a word."""
    for inner in _PARAGRAPH.findall(html):
        said = text(inner)
        if len(said) > 40:
            if len(said) <= limit:
                return said
            return said[:limit].rsplit(" ", 1)[0].rstrip(",;:–— ") + " …"
    return ""


def mathematics(html: str) -> set[str]:
    """Give the characters that the page's formulas show."""
    found: set[str] = set()
    for math in _MATH.findall(html):
        found.update(unescape(_TAG.sub("", _ANNOTATION.sub("", math))))
    return {character for character in found if not character.isspace()}


def outward(html: str, *, window: bool, icon: bool) -> str:
    """Mark the links to other sites.

    Parameters
    ----------
    html
        A page's HTML.
    window
        Whether they open a new window.
    icon
        Whether an arrow shows that they lead away.
    """
    more = (' target="_blank" rel="noopener"' if window else "") + (' data-out=""' if icon else "")
    return re.sub(r'(<a\b[^>]*? ?href="https?://[^"]*")', rf"\1{more}", html) if more else html
