"""A chapter's source: its front matter, its steps to execute, and the Markdown around them.

A step is a ``{python}`` chunk or an inline ``{python}`` expression. In the Markdown each is
replaced by a mark that carries the step's number: a chunk by an empty fenced block of class
``render-cell``, an expression by a code span of class ``render-inline``. So the text can be read
before anything has run, and no result can change how the text around it is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from render import schema
from render.config import CELL_DEFAULTS
from render.errors import Place, RenderError

_names = schema.one_or_more(schema.any_text)
_fold = schema.boolean | schema.choice("show")

CELL_OPTIONS: dict[str, schema.Check] = {
    "label": schema.text,
    "fig-cap": schema.text,
    "fig-alt": _names,
    "fig-width": schema.number(0.1, 100),
    "fig-height": schema.number(0.1, 100),
    "fig-subcap": _names,
    "tbl-cap": schema.text,
    "tbl-subcap": _names,
    "echo": schema.boolean | schema.choice("fenced"),
    "eval": schema.boolean,
    "output": schema.boolean | schema.choice("asis"),
    "include": schema.boolean,
    "warning": schema.boolean,
    "error": schema.boolean,
    "code-fold": _fold,
    "code-summary": schema.text,
    "layout-ncol": schema.integer(1, 12),
}
"""What a chunk's ``#|`` lines may say."""

EXECUTE_OPTIONS: dict[str, schema.Check] = {
    name: CELL_OPTIONS[name]
    for name in ("echo", "eval", "output", "include", "warning", "error", "fig-width", "fig-height")
}
"""What ``execute:`` in a chapter's front matter may say."""

_FRONT_MATTER: dict[str, schema.Check] = {
    "title": schema.text,
    "jupyter": schema.choice("python3"),
    "engine": schema.choice("jupyter"),
    "execute": schema.mapping(EXECUTE_OPTIONS),
}

_LABEL = re.compile(r"[A-Za-z][\w:.-]*\Z")
_INCLUDE = re.compile(r"[ \t]*\{\{<\s*include\s+(?P<file>\S+|\"[^\"]+\")\s*>\}\}[ \t]*\Z")
_PREFIX = r"(?:[ \t]|>|(?:[-*+:~]|\(?(?:\d+|[A-Za-z#@])[.)])[ \t])*"
_TOKEN = re.compile(
    rf"^(?P<prefix>{_PREFIX})(?P<fence>`{{3,}}(?=[^`\n]*$)|~{{3,}})(?P<info>[^\n]*)$"
    r"|(?P<comment><!--)|(?P<escape>\\[^\n])|(?P<ticks>`+)|(?P<shortcode>\{\{+<\s*(?P<name>[^\s>]*))",
    re.MULTILINE,
)
# Controls of a terminal or a printer; a form feed is white space.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_BLANK = re.compile(r"\n[ \t>]*(?=\n|\Z)")
_OPTION_LINE = re.compile(r"#\|(?: |$)(.*)\Z")
_EXPRESSION = re.compile(r"\{python\}\s+(?P<code>\S.*)\Z", re.DOTALL)
_SHOWN = re.compile(r"\{(?P<inner>\{+[A-Za-z]\w*[^{}]*\}+)\}\Z")
_CHUNK = re.compile(r"\{(?P<language>[A-Za-z]\w*)(?P<rest>[^{}]*)\}\Z")


@dataclass(frozen=True)
class Cell:
    """A ``{python}`` chunk.

    Attributes
    ----------
    index
        Its number among the chapter's steps, from 0.
    label
        The value of ``#| label``.
    options
        All options, the book's and the chapter's defaults merged in.
    code
        The code without the option lines.
    line, code_line
        The line of the opening fence, and the line on which `code` begins.
    where
        The file these lines are counted in.
    source
        The chunk's text between its fences, option lines included.
    """

    index: int
    label: str | None
    options: Mapping[str, Any]
    code: str
    line: int
    code_line: int
    where: str
    source: str

    def option(self, name: str, default: Any = None) -> Any:
        """Give an option's value, the defaults counted in."""
        return self.options.get(name, default)

    @property
    def place(self) -> Place:
        """The line of the opening fence."""
        return Place(self.where, self.line)


@dataclass(frozen=True)
class Inline:
    """An inline ``{python}`` expression.

    Attributes
    ----------
    index
        Its number among the chapter's steps, from 0.
    expression
        The Python expression.
    line
        The line it stands on.
    where
        The file that line is counted in.
    """

    index: int
    expression: str
    line: int
    where: str

    @property
    def place(self) -> Place:
        """The line it stands on."""
        return Place(self.where, self.line)


Step = Cell | Inline


@dataclass(frozen=True)
class ChapterSource:
    """A chapter as written.

    Attributes
    ----------
    path
        The file, relative to the project.
    text
        Its text, unchanged.
    front_matter
        The YAML block at its top.
    markdown
        The text with included files in their place and a mark for each step.
    steps
        Chunks and inline expressions, in the order of the document.
    places
        For each line of `markdown` the file and line it comes from.
    included
        The included files, relative to the project.
    """

    path: str
    text: str
    front_matter: Mapping[str, Any]
    markdown: str
    steps: tuple[Step, ...]
    places: tuple[Place, ...] = field(repr=False)
    included: tuple[str, ...] = ()

    def place(self, line: int) -> Place:
        """Give the file and line that a line of `markdown`, counted from 1, comes from."""
        return self.places[min(max(line, 1), len(self.places)) - 1]

    @property
    def cells(self) -> Iterator[Cell]:
        """The chunks, in order."""
        return (step for step in self.steps if isinstance(step, Cell))


@dataclass
class _Text:
    """Lines that remember where they come from."""

    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def add(self, line: str, place: Place) -> None:
        self.lines.append(line)
        self.places.append(place)


def parse_source(
    path: str | Path,
    root: Path,
    text: str | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> ChapterSource:
    """Read a chapter.

    Parameters
    ----------
    path
        The file, relative to `root`.
    root
        The project.
    text
        The chapter's text; read from the file if not given.
    defaults
        The book's ``execute`` options.

    Returns
    -------
    ChapterSource
        The chapter, with nothing executed.

    Raises
    ------
    RenderError
        If an option is unknown or has a wrong value, a chunk is not Python or not closed, an
        expression stands in a file without a chunk, or an included file is missing.
    """
    name = Path(path).as_posix()
    if text is None:
        text = _read(root / name, name, Place(name, None))
    lines = _split(text)
    front_matter, start = _front_matter(lines, name)
    merged = {**CELL_DEFAULTS, **(defaults or {}), **front_matter.get("execute", {})}
    included: list[str] = []
    expanded = _Text()
    _expand(lines, start, name, name, root, (name,), expanded, included)
    return _Splitter(name, text, front_matter, expanded, merged).split(tuple(included))


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")


def _read(file: Path, name: str, asked_by: Place) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise asked_by.error(f"the file {name} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise asked_by.error(f"the file {name} cannot be read as UTF-8 text: {error}") from None


def _front_matter(lines: list[str], name: str) -> tuple[dict[str, Any], int]:
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}), None)
    if end is None:
        return {}, 0
    located = schema.read_yaml("\n".join(lines[1:end]), name, first_line=2)
    if located.value is None:
        return {}, end + 1
    if not isinstance(located.value, dict):
        raise located.error("the front matter must be a mapping of options")
    values = {key: check(item, key) for key, item, check in schema.known(located, _FRONT_MATTER)}
    return values, end + 1


def _fences(lines: list[str], start: int) -> set[int]:
    """Collect the lines that stand inside a fenced block or a comment."""
    text = "\n".join(lines[start:])
    inside: set[int] = set()
    for first, last, _ in _blocks(text):
        top = text.count("\n", 0, first)
        inside.update(range(start + top, start + top + text.count("\n", first, last) + 1))
    return inside


def _blocks(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """Find fenced blocks and comments: start, end, and the match of the opening."""
    at = 0
    while token := _TOKEN.search(text, at):
        at = token.end()
        if token["fence"]:
            closing = _closing(text, token)
            if closing is not None:
                yield token.start(), closing.end(), token
                at = closing.end()
        elif token["comment"]:
            end = text.find("-->", at)
            if end >= 0:
                yield token.start(), end + 3, token
                at = end + 3
        elif token["ticks"]:
            end_of_span = _span_end(text, token)
            if end_of_span is not None:
                at = end_of_span


def _closing(text: str, token: re.Match[str]) -> re.Match[str] | None:
    mark = token["fence"]
    pattern = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
    return pattern.search(text, token.end())


def _span_end(text: str, token: re.Match[str]) -> int | None:
    """Give the end of the code span that these backticks open, if they open one."""
    blank = _BLANK.search(text, token.end())
    limit = blank.start() if blank else len(text)
    width = len(token["ticks"])
    for run in re.finditer(r"`+", text[token.end() : limit]):
        if len(run[0]) == width:
            return token.end() + run.end()
    return None


def _expand(
    lines: list[str],
    start: int,
    name: str,
    chapter: str,
    root: Path,
    chain: tuple[str, ...],
    out: _Text,
    included: list[str],
) -> None:
    inside = _fences(lines, start) if any("{{<" in line for line in lines) else set()
    for number, line in enumerate(lines[start:], start):
        found = None if number in inside else _INCLUDE.match(line)
        if found is None:
            out.add(line, Place(name, number + 1))
            continue
        asked_by = Place(name, number + 1)
        target = _target(found["file"].strip('"'), chapter, root, asked_by)
        if target in chain:
            raise asked_by.error(f"the file {target} includes itself")
        text = _read(root / target, target, asked_by)
        inner = _split(text.rstrip("\n"))
        if inner and inner[0].rstrip() == "---":
            raise RenderError(
                "an included file has no front matter of its own; move it to the chapter",
                path=target,
                line=1,
            )
        if target not in included:
            included.append(target)
        _expand(inner, 0, target, chapter, root, (*chain, target), out, included)


def _target(file: str, chapter: str, root: Path, asked_by: Place) -> str:
    base = root if file.startswith("/") else (root / chapter).parent
    target = (base / file.lstrip("/")).resolve()
    if not target.is_relative_to(root.resolve()):
        raise asked_by.error(f"the included file {file} is outside the project")
    return target.relative_to(root.resolve()).as_posix()


class _Splitter:
    """Takes the steps out of a chapter's text."""

    def __init__(
        self,
        name: str,
        original: str,
        front_matter: Mapping[str, Any],
        expanded: _Text,
        defaults: Mapping[str, Any],
    ) -> None:
        self.name = name
        self.original = original
        self.front_matter = front_matter
        self.text = "\n".join(expanded.lines)
        self.places = expanded.places
        self.defaults = defaults
        self.steps: list[Step] = []
        self.parts: list[str] = []
        self.kept: list[Place] = []
        self.labels: dict[str, Cell] = {}

    def split(self, included: tuple[str, ...]) -> ChapterSource:
        text, at, copied = self.text, 0, 0
        if control := _CONTROL.search(text):
            sign = f"U+{ord(control[0]):04X}"
            raise self.error(f"the control character {sign} has no sign; remove it", control)
        while token := _TOKEN.search(text, at):
            at = token.end()
            replacement: str | None = None
            if token["fence"]:
                info = token["info"].strip()
                closing = _closing(text, token)
                if closing is None:
                    if _CHUNK.match(info):
                        raise self.error("this chunk is not closed by a line of backticks", token)
                    continue
                at = closing.end()
                replacement = self.block(token, info, text[token.end() + 1 : closing.start()])
            elif token["comment"]:
                end = text.find("-->", at)
                at = end + 3 if end >= 0 else at
            elif token["shortcode"]:
                raise self.shortcode(token)
            elif token["ticks"]:
                end_of_span = _span_end(text, token)
                if end_of_span is not None:
                    at = end_of_span
                    width = len(token["ticks"])
                    inner = text[token.end() : end_of_span - width]
                    replacement = self.span(token, inner) if width == 1 else None
            if replacement is not None:
                self.copy(copied, token.start())
                self.put(replacement, token.start())
                copied = at
        self.copy(copied, len(text))
        self.check_inlines()
        return ChapterSource(
            path=self.name,
            text=self.original,
            front_matter=self.front_matter,
            markdown="".join(self.parts),
            steps=tuple(self.steps),
            places=tuple(self.kept) or (Place(self.name, 1),),
            included=included,
        )

    def line(self, offset: int) -> Place:
        return self.places[self.text.count("\n", 0, offset)]

    def error(self, message: str, token: re.Match[str]) -> RenderError:
        return self.line(token.start()).error(message)

    def shortcode(self, token: re.Match[str]) -> RenderError:
        if token["name"] == "include":
            return self.error("`{{< include … >}}` stands alone on its line", token)
        return self.error(
            f"the shortcode `{token['name']}` is not known; `include` is the only one", token
        )

    def copy(self, start: int, end: int) -> None:
        """Take over a stretch of the text as it is."""
        piece = self.text[start:end]
        if not piece:
            return
        first = self.text.count("\n", 0, start)
        self.note(self.places[first : first + piece.count("\n") + 1])
        self.parts.append(piece)

    def put(self, replacement: str, offset: int) -> None:
        """Write a mark, all of whose lines come from one place."""
        self.note([self.line(offset)] * (replacement.count("\n") + 1))
        self.parts.append(replacement)

    def note(self, places: list[Place]) -> None:
        # The first line of a piece continues the last line of the piece before it.
        self.kept.extend(places[1:] if self.kept else places)

    def block(self, token: re.Match[str], info: str, body: str) -> str | None:
        """Give what stands in the place of a fenced block; None leaves it alone."""
        prefix = token["prefix"]
        shown = _SHOWN.match(info)
        if shown:
            return self.shown(prefix, shown["inner"], body)
        chunk = _CHUNK.match(info)
        if chunk is None:
            return None
        language, rest = chunk["language"], chunk["rest"].strip()
        if language != "python":
            raise self.error(
                f"a chunk of `{{{language}}}`: only `{{python}}` runs; "
                f"write ```{language} to show code without running it",
                token,
            )
        if rest:
            raise self.error(
                f"`{rest}` on the fence of a chunk: options go on `#| ` lines inside it", token
            )
        cell = self.cell(token, prefix, body)
        indent = _indent(prefix)
        return f'{prefix}```{{.render-cell index="{cell.index}"}}\n{indent}```'

    def shown(self, prefix: str, inner: str, body: str) -> str:
        """Show a chunk, fences and all, without running it."""
        longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
        indent = _indent(prefix)
        fence, outer = "`" * max(3, longest + 1), "`" * max(4, longest + 2)
        return (
            f"{prefix}{outer}{{.markdown}}\n{indent}{fence}{inner}\n{body}{indent}{fence}\n"
            f"{indent}{outer}"
        )

    def cell(self, token: re.Match[str], prefix: str, body: str) -> Cell:
        where, known = self.line(token.start())
        line = known or 1
        lines = [_dedent(text, prefix) for text in body.split("\n")[:-1]]
        count = 0
        while count < len(lines) and _OPTION_LINE.match(lines[count]):
            count += 1
        options = self.options(lines[:count], where, line)
        first = count
        while first < len(lines) and not lines[first].strip():
            first += 1
        code = "\n".join(lines[first:]).rstrip()
        label = options.get("label")
        cell = Cell(
            index=len(self.steps),
            label=label,
            options={**self.defaults, **options},
            code=code,
            line=line,
            code_line=line + 1 + first,
            where=where,
            source="\n".join(lines),
        )
        if label is not None:
            if not _LABEL.match(label):
                raise Place(where, line).error(
                    f"the label `{label}` must begin with a letter and have only letters, digits, "
                    "-, _, . and :"
                )
            if label in self.labels:
                other = self.labels[label]
                raise Place(where, line).error(
                    f"the label `{label}` is given twice; it is also at {other.where}:{other.line}"
                )
            self.labels[label] = cell
        self.steps.append(cell)
        return cell

    @staticmethod
    def options(lines: list[str], where: str, line: int) -> dict[str, Any]:
        if not lines:
            return {}
        text = "\n".join(found[1] for found in map(_OPTION_LINE.match, lines) if found)
        located = schema.read_yaml(text, where, first_line=line + 1)
        if located.value is None:
            return {}
        if not isinstance(located.value, dict):
            raise located.error("a chunk's `#|` lines must read `#| option: value`")
        return {key: check(item, key) for key, item, check in schema.known(located, CELL_OPTIONS)}

    def span(self, token: re.Match[str], inner: str) -> str | None:
        """Give the mark of an inline expression; None if the span is ordinary code."""
        found = _EXPRESSION.match(inner)
        if found is None:
            return None
        where, known = self.line(token.start())
        line = known or 1
        index = len(self.steps)
        expression = " ".join(found["code"].split("\n")).strip()
        self.steps.append(Inline(index, expression, line, where))
        return f"`{index}`{{.render-inline}}"

    def check_inlines(self) -> None:
        if any(isinstance(step, Cell) for step in self.steps):
            return
        for step in self.steps:
            raise step.place.error(
                "an inline `{python}` expression in a file without a `{python}` chunk does not "
                "run; add a chunk above it"
            )


def _indent(prefix: str) -> str:
    """Give the prefix of the lines after the one that has this prefix."""
    return re.sub(r"[^>\s]", " ", prefix)


def _dedent(line: str, prefix: str) -> str:
    indent = _indent(prefix)
    if line.startswith(indent):
        return line[len(indent) :]
    width = len(indent)
    stripped = line.lstrip(" \t>") if ">" in indent else line.lstrip(" \t")
    return stripped if len(line) - len(stripped) <= width else line[width:]
