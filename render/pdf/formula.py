r"""TeX formulas to Typst's, by Pandoc, with what Pandoc's writer sets wrongly put right.

Pandoc reads nearly all of TeX's mathematics, but what it writes does not always keep the meaning:
``\|`` becomes a relation, ``\tfrac`` a full-size fraction, an operator's name plain text, ``\;``
nothing. What can be said otherwise in TeX is rewritten before; what only Typst can say is marked
before (with pairs of alphabets that no formula nests) and replaced after.
"""

import re
from collections.abc import Callable

_Span = tuple[int, int]

# Alphabets around a piece of TeX, the calls Pandoc makes of them, and the template's function.
_MARKS = {
    "small": (r"\mathfrak{\mathtt{", "frak(mono("),
    "bar": (r"\mathfrak{\mathsf{", "frak(sans("),
    "brace": (r"\mathfrak{\mathcal{", "frak(cal("),
    "rows": (r"\mathfrak{\mathbb{", "frak(bb("),
    "bare": (r"\mathbb{\mathfrak{", "bb(frak("),
}

# Names that differ between the Typst that Pandoc has in mind and the one installed.
_RENAMED = (
    (re.compile(r"\bsect\b"), "inter"),
    (re.compile(r"\b(plus|minus|times|dot)\.circle\b"), r"\1.o"),
    (re.compile(r"\b(lt|gt)\.tri\b"), r"\1.closed"),
    (re.compile(r"\btack\.r\.double\b"), "tack.rr"),
    (re.compile(r"#h\(0em\)"), "thick"),
)
_STYLE_CALL = re.compile(r"(upright|sans|mono|bold|italic|frak|bb|cal|scr)\($")


def prepare(tex: str) -> str:
    """Rewrite TeX so that Pandoc's Typst keeps its meaning."""
    tex = re.sub(r"(?<!\\)%[^\n]*(\n|$)", "", tex)
    tex = re.sub(r"\\label\{[^{}]*\}", "", tex)
    tex = re.sub(r"\\(limits|nolimits|displaystyle|textstyle)(?![A-Za-z])", "", tex)
    tex = re.sub(r"\\thinspace(?![A-Za-z])", r"\\,", tex)
    tex = re.sub(r"\\[dt]binom(?![A-Za-z])", r"\\binom", tex)
    tex = re.sub(r"\\cfrac(?![A-Za-z])", r"\\dfrac", tex)
    tex = tex.replace("{,}", r"\text{,}")
    tex = _norms(tex)
    tex = re.sub(r"(\\[bB]igg?[lr])\s*\\[lr]vert(?![A-Za-z])", r"\1|", tex)
    tex = re.sub(r"(?:\\left\s*)?\\lvert(?![A-Za-z])", r"\\left|", tex)
    tex = re.sub(r"(?:\\right\s*)?\\rvert(?![A-Za-z])", r"\\right|", tex)
    tex = re.sub(r"\\begin\{array\}\s*\{[^{}]*\}", r"\\begin{matrix}", tex)
    tex = re.sub(r"\\(begin|end)\{(array|smallmatrix)\}", r"\\\1{matrix}", tex)
    tex = tex.replace(r"\hline", "")
    tex = _mark_matrices(tex)
    tex = _mark_inner_rows(tex)
    tex = _mark_one_sided(tex)
    return _mark_small_fractions(tex)


def _norms(tex: str) -> str:
    """Tell the opening bar of a norm from the closing one."""
    tex = re.sub(r"\\left\s*(\\\||\\[lr]?Vert(?![A-Za-z]))", r"\\lVert ", tex)
    tex = re.sub(r"\\right\s*(\\\||\\[lr]?Vert(?![A-Za-z]))", r"\\rVert ", tex)
    tex = re.sub(r"(\\[bB]igg?[lr])\s*(\\\||\\[lr]Vert(?![A-Za-z]))", r"\1\\Vert ", tex)
    # `\\` breaks a row and may stand before a bar
    pieces = re.split(r"(\\\\|\\[bB]igg?[lrm]?\s*\\(?:\||Vert)|\\\||\\Vert(?![A-Za-z]))", tex)
    bars = [index for index, piece in enumerate(pieces) if piece in {r"\|", r"\Vert"}]
    if len(bars) % 2:
        return tex
    for count, index in enumerate(bars):
        pieces[index] = r"\rVert " if count % 2 else r"\lVert "
    return "".join(pieces)


def _argument(tex: str, start: int) -> _Span:
    """Find the argument of a command: a group in braces, a command or one character."""
    while start < len(tex) and tex[start].isspace():
        start += 1
    if start >= len(tex):
        return start, start
    if tex[start] == "\\":
        match = re.match(r"\\([A-Za-z]+|.)", tex[start:], re.DOTALL)
        return start, start + (match.end() if match else 1)
    if tex[start] != "{":
        return start, start + 1
    depth = 0
    position = start
    while position < len(tex):
        if tex[position] == "\\":
            position += 2
            continue
        depth += {"{": 1, "}": -1}.get(tex[position], 0)
        position += 1
        if depth == 0:
            break
    return start, position


def _mark(kind: str, tex: str) -> str:
    return _MARKS[kind][0] + tex + "}}"


def _mark_small_fractions(tex: str) -> str:
    while match := re.search(r"\\tfrac(?![A-Za-z])", tex):
        first = _argument(tex, match.end())
        second = _argument(tex, first[1])
        over = f"\\frac {tex[slice(*first)]} {tex[slice(*second)]}"
        tex = tex[: match.start()] + _mark("small", over) + tex[second[1] :]
    return tex


def _mark_one_sided(tex: str) -> str:
    r"""Mark ``\left. … \right|`` and ``\left\{ … \right.``, as high as what they enclose."""
    position = 0
    opening = re.compile(r"\\left\s*(\.|\\\{|\\lbrace(?![A-Za-z]))")
    while match := opening.search(tex, position):
        depth = 1
        for other in re.compile(r"\\(left|right)(?![A-Za-z])\s*").finditer(tex, match.end()):
            depth += 1 if other[1] == "left" else -1
            if depth == 0:
                break
        else:
            return tex
        inner = tex[match.end() : other.start()]
        kind = {".|": "bar", "{.": "brace"}.get(
            match[1].replace("lbrace", "{").strip("\\") + tex[other.end() : other.end() + 1]
        )
        if kind:
            tex = tex[: match.start()] + _mark(kind, inner) + tex[other.end() + 1 :]
        position = match.start() + 1
    return tex


def _mark_matrices(tex: str) -> str:
    """Mark matrices without brackets, which Pandoc would write as lines of the formula."""
    tex = tex.replace(r"\begin{matrix}", _MARKS["bare"][0] + r"\begin{pmatrix}")
    return tex.replace(r"\end{matrix}", r"\end{pmatrix}}}")


def _mark_inner_rows(tex: str) -> str:
    """Mark aligned rows that are not the whole formula."""
    environment = re.compile(r"\\begin\{(aligned|split|gathered)\}(.*?)\\end\{\1\}", re.DOTALL)
    whole = environment.fullmatch(tex.strip())
    if whole and r"\begin" not in whole[2]:
        return tex
    return environment.sub(lambda m: _mark("rows", m[0]), tex)


def finish(typst: str, tex: str) -> str:
    """Put right what Pandoc wrote.

    Parameters
    ----------
    typst
        Pandoc's formula, without the dollars.
    tex
        The TeX it was made of.
    """
    for pattern, new in _RENAMED:
        typst = pattern.sub(new, typst)
    bar = "‖" if "Vmatrix" in tex else "|"
    typst = typst.replace('delim: "||"', f'delim: "{bar}"')
    typst = re.sub(
        r"#scale\(x: (\d+)%, y: \d+%\)\[((?:\\.|[^\]\\])+)\]",
        lambda m: f"bookBig(#{int(m[1])}%, {_delimiter(m[2])})",
        typst,
    )
    # Typst keeps the blanks beside a bar, TeX does not.
    typst = re.sub(r" ?(\\\|) ?", r"\1", typst)
    typst = _replace_calls(typst, _MARKS["small"][1], lambda body: f"bookSmall({body})")
    typst = _replace_calls(typst, _MARKS["bar"][1], lambda body: f"bookBar({body})")
    typst = _replace_calls(typst, _MARKS["brace"][1], lambda body: f"bookBrace({body})")
    typst = _replace_calls(typst, _MARKS["rows"][1], _rows)
    typst = _replace_calls(
        typst, _MARKS["bare"][1], lambda body: body.replace('delim: "("', "delim: #none", 1)
    )
    typst = _cases(typst)
    typst = _operators(typst, tex)
    return re.sub(r' ?upright\(","\) ?', '","', typst).strip()


def _delimiter(name: str) -> str:
    return {"{": "\\{", "}": "\\}", "parallel": "bar.v.double"}.get(name, name)


def _rows(body: str) -> str:
    rows = ";".join(row.strip() for row in re.split(r"\\\n", body))
    return f"mat(delim: #none, align: #left, {rows})"


def _closing(typst: str, start: int) -> int:
    """Find the bracket that closes a call whose arguments begin at `start`."""
    depth = 1
    position = start
    while position < len(typst):
        char = typst[position]
        if char == "\\":
            position += 2
            continue
        if char == '"':
            end = re.compile(r'(?:\\.|[^"\\])*"').match(typst, position + 1)
            position = end.end() if end else len(typst)
            continue
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return position
        position += 1
    return position


def _replace_calls(typst: str, opening: str, make: Callable[[str], str]) -> str:
    while (start := typst.find(opening)) >= 0:
        inner = start + len(opening)
        end = _closing(typst, inner)
        typst = typst[:start] + make(typst[inner:end]) + typst[end + 2 :]
    return typst


def _cases(typst: str) -> str:
    """Set the conditions of a case distinction apart from the values."""
    position = 0
    while (start := typst.find("cases(", position)) >= 0:
        inner = start + len("cases(")
        end = _closing(typst, inner)
        body = re.sub(r" & ", " & quad ", typst[inner:end])
        typst = typst[:inner] + body + typst[end:]
        position = inner
    return typst


def _operators(typst: str, tex: str) -> str:
    """Set the names of operators as such, with limits below where TeX puts them there."""
    named = {
        (star, re.sub(r"\\[,;:! ]|~|\s", "", name))
        for star, name in re.findall(r"\\operatorname(\*?)\s*\{([^{}]*)\}", tex)
    }

    def below(name: str) -> bool:
        return ("*", name) in named or (r"\mathop" in tex and ("", name) not in named)

    def operator(match: re.Match[str]) -> str:
        if _STYLE_CALL.search(typst[: match.start()]):
            return match[0]
        if typst[: match.start()].endswith("delim: "):
            return match[0]
        limits = "true" if below(re.sub(r'[\s"]', "", match[0])) else "false"
        # thin spaces, as TeX has them within an operator's name
        name = re.sub(r"\s", "\u2009", match[0])
        return f"op({name}, limits: #{limits})"

    return re.sub(r'"(?:\\.|[^"\\])*"', operator, typst)
