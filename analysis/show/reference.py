"""The reference of this package, made from its docstrings.

The sources are read, not run. What is public is shown: modules, classes with their methods and
properties, functions and documented constants, but no name with an underscore before it, and none
that a module has from another one.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the package."""
REST = "comparison"
"""The room of the modules that no other room names."""
ROOMS: dict[str, tuple[str, ...]] = {
    "ground": ("config", "errors", "songs", "study", "book"),
    "data": ("findings.data", "methods.resampling", "methods.grouped"),
    "kmeans": ("methods.kmeans", "methods.selection", "findings.kmeans"),
    "mixture": ("methods.mixture", "findings.mixtures.run"),
    "components": ("findings.mixtures",),
    "comparison": ("methods.indices", "findings.comparison", "claims"),
    "shown": ("show", "export"),
}
"""The modules by what they are for, from the ground up; a package stands for all in it."""
LONGEST_VALUE = 40
"""A constant is shown with its value if that has at most so many characters."""

_LABEL = r"\b(?:eq|fig|tbl|sec|def|thm|lem|prp|cor)-[a-z0-9]+(?:-[a-z0-9]+)*\b"
_INLINE = re.compile(
    rf"""
      :\w+:`~?(?P<role>[^`]+)`
    | ``(?P<literal>[^`]+)``
    | `(?P<code>[^`]+)`
    | (?P<address>https?://[^\s)>]*[\w/])
    | (?P<label>(?<![\w/-]){_LABEL}(?![\w/-]))
    | (?P<special>[\\*_{{}}\[\]<>|~^$@\#&!])
    """,
    re.VERBOSE,
)


@dataclasses.dataclass(frozen=True)
class Entry:
    """A public name.

    Attributes
    ----------
    name : str
        Within its module: ``Dataset``, ``Dataset.genres``.
    module : str
        Below the package: ``dataset``, ``figures.style``.
    kind : {"class", "function", "property", "constant"}
    signature : str
        The name with what can be passed, with types where the docstring gives none.
    short : str
        The same without types.
    doc : str
        The docstring.
    sections : tuple
        Its parts, as griffe parses them.
    members : tuple of Entry
        Of a class its public methods and properties.
    """

    name: str
    module: str
    kind: str
    signature: str
    short: str
    doc: str
    sections: tuple[Any, ...]
    members: tuple[Entry, ...] = ()

    @property
    def identifier(self) -> str:
        """Where a page has it: ``api-dataset-Dataset-genres``."""
        return f"api-{self.module}-{self.name}".replace(".", "-")

    @property
    def summary(self) -> str:
        """The docstring's first sentence."""
        return first_sentence(self.doc)


@dataclasses.dataclass(frozen=True)
class Module:
    """A module.

    Attributes
    ----------
    name : str
        Below the package: ``dataset``, ``figures.style``.
    doc : str
        The docstring.
    sections : tuple
        Its parts, as griffe parses them.
    entries : tuple of Entry
        What is public in it, in the order of the file.
    """

    name: str
    doc: str
    sections: tuple[Any, ...]
    entries: tuple[Entry, ...]

    @property
    def summary(self) -> str:
        """The docstring's first sentence."""
        return first_sentence(self.doc)

    @property
    def label(self) -> str:
        """The label of its section: ``sec-api-figures-style``."""
        return "sec-api-" + self.name.replace(".", "-").replace("_", "-")


@dataclasses.dataclass(frozen=True)
class Reference:
    """Text that a notebook shows as Markdown.

    Attributes
    ----------
    text : str
        Markdown.
    """

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


# --- reading -----------------------------------------------------------------------------------


@functools.cache
def modules() -> tuple[Module, ...]:
    """Return all modules with what is public in them, in alphabetical order."""
    import griffe

    package = griffe.load(
        ROOT.name,
        search_paths=[ROOT.parent],
        docstring_parser="numpy",
        resolve_aliases=False,
        allow_inspection=False,
    )
    return tuple(sorted(_modules(package, ""), key=lambda module: module.name))


def room_of(module: str) -> str:
    """Return the room that a module belongs to."""
    for room, names in ROOMS.items():
        if any(f"{module}.".startswith(f"{name}.") for name in names):
            return room
    return REST


def modules_in(room: str) -> tuple[Module, ...]:
    """Return the modules of a room, in its order.

    Raises
    ------
    KeyError
        There is no such room.
    """
    order = ROOMS[room]
    found = [module for module in modules() if room_of(module.name) == room]

    def rank(module: Module) -> int:
        places = (n for n, name in enumerate(order) if f"{module.name}.".startswith(f"{name}."))
        return next(places, len(order))

    return tuple(sorted(found, key=lambda module: (rank(module), module.name)))


def _modules(package: Any, prefix: str) -> Iterator[Module]:
    for name, member in package.members.items():
        if member.is_alias or not member.is_module or name.startswith("_"):
            continue
        path = prefix + name
        sections = tuple(member.docstring.parsed) if member.docstring else ()
        doc = member.docstring.value if member.docstring else ""
        yield Module(path, doc, sections, tuple(_entries(member, path)))
        yield from _modules(member, f"{path}.")


def _entries(parent: Any, module: str, prefix: str = "") -> Iterator[Entry]:
    for name, member in parent.members.items():
        if member.is_alias or member.is_module or name.startswith("_"):
            continue
        kind = _kind(name, member, within=bool(prefix))
        if kind is None:
            continue
        doc = member.docstring
        sections = tuple(doc.parsed) if doc else ()
        told = {"parameters", "attributes"} & {section.kind.value for section in sections}
        yield Entry(
            prefix + name,
            module,
            kind,
            _signature(member, kind, typed=not told),
            _signature(member, kind, typed=False),
            doc.value if doc else "",
            sections,
            tuple(_entries(member, module, f"{prefix}{name}.")) if kind == "class" else (),
        )


def _kind(name: str, member: Any, *, within: bool) -> str | None:
    """Return the kind of a public name, or None for what is none of its own."""
    if member.is_class:
        return "class"
    if member.is_function:
        made = [str(decorator.value) for decorator in member.decorators]
        return "property" if "Result" in made else "function"
    if "property" in member.labels:
        return "property"
    # The fields of a class stand in its docstring; a type's other name says nothing new.
    stands_for_type = str(member.value).startswith("TypeVar(")
    if within or stands_for_type or not (name.isupper() or member.has_docstring):
        return None
    return "constant"


def _signature(member: Any, kind: str, *, typed: bool) -> str:
    if kind == "constant":
        value = str(member.value or "")
        fits = value and len(value) <= LONGEST_VALUE and "\n" not in value
        return f"{member.name} = {value}" if fits else str(member.name)
    if kind == "property":
        given = member.returns if member.is_function else member.annotation
        return f"{member.name} -> {given}" if typed and given else str(member.name)
    if kind == "class" and "dataclass" in member.labels:
        return str(member.name)
    parts, previous = [], None
    for parameter in member.parameters:
        how = parameter.kind.value if parameter.kind else ""
        if parameter.name in ("self", "cls"):
            continue
        if how == "keyword-only" and previous not in ("keyword-only", "variadic positional"):
            parts.append("*")
        stars = {"variadic positional": "*", "variadic keyword": "**"}.get(how, "")
        types = f": {parameter.annotation}" if typed and parameter.annotation else ""
        default = parameter.default if not stars else None
        equals = " = " if types else "="
        parts.append(
            f"{stars}{parameter.name}{types}"
            + (f"{equals}{default}" if default is not None else "")
        )
        previous = how
    if kind == "class":
        return f"{member.name}({', '.join(parts)})" if parts else str(member.name)
    gives = f" -> {member.returns}" if typed and member.returns else ""
    return f"{member.name}({', '.join(parts)}){gives}"


# --- writing -----------------------------------------------------------------------------------


def page(room: str) -> Reference:
    """Return all docstrings of a room, with a section for each module.

    Parameters
    ----------
    room : str
        A key of :data:`ROOMS`.

    Returns
    -------
    Reference
    """
    return Reference("\n\n".join(_section(module) for module in modules_in(room)) + "\n")


def outline(room: str) -> Reference:
    """Return modules, names, signatures and first sentences of a room.

    Parameters
    ----------
    room : str
        A key of :data:`ROOMS`.

    Returns
    -------
    Reference
    """
    parts = []
    for module in modules_in(room):
        parts.append(f"**{_code(f'analysis.{module.name}')}**: {inline(module.summary)}")
        lines = [f"- {_code(entry.short)}: {inline(entry.summary)}" for entry in module.entries]
        parts.append("\n".join(lines))
    return Reference("\n\n".join(part for part in parts if part) + "\n")


def first_sentence(doc: str) -> str:
    """Return the first sentence of a docstring, in one line."""
    paragraph = " ".join(doc.strip().split("\n\n")[0].split())
    match = re.match(r".*?[.:](?=\s+[A-Z`]|$)", paragraph)
    return match[0] if match else paragraph


def inline(text: str) -> str:
    """Return a docstring's text in one line as Markdown; labels of the book become references.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """

    def replace(match: re.Match[str]) -> str:
        if code := match["role"] or match["literal"] or match["code"]:
            return _code(code)
        if match["address"]:
            return f"<{match['address']}>"
        if match["label"]:
            return f"@{match['label']}"
        return f"\\{match['special']}"

    return _INLINE.sub(replace, " ".join(text.split()))


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`"


def _section(module: Module) -> str:
    parts = [f"## {_code(f'analysis.{module.name}')} {{#{module.label}}}"]
    parts += _body(module.sections)
    parts += [_item(entry) for entry in module.entries]
    return "\n\n".join(parts)


def _item(entry: Entry) -> str:
    """Return an entry of a definition list: the signature, then what the docstring says."""
    body = _body(entry.sections)
    body += [_item(member) for member in entry.members]
    said = textwrap.indent("\n\n".join(body) or "–", "    ").lstrip()
    return f"[{_code(entry.signature)}]{{#{entry.identifier}}}\n\n:   {said}"


def _body(sections: Sequence[Any]) -> list[str]:
    parts: list[str] = []
    for section in sections:
        kind = section.kind.value
        if kind == "text":
            parts += _paragraphs(section.value)
        elif kind == "admonition":
            parts.append(f"*{section.title}*")
            parts += _paragraphs(section.value.contents)
        elif kind == "examples":
            parts += [_example(str(text)) for _, text in section.value]
        else:
            parts.append(f"*{section.title or kind.capitalize()}*")
            parts.append("\n".join(_line(item) for item in section.value))
    return parts


def _line(item: Any) -> str:
    name = getattr(item, "name", "") or ""
    kind = str(item.annotation) if item.annotation else ""
    head = ", ".join(_code(part) for part in name.split(", ") if part)
    types = f"*{inline(kind)}*" if kind else ""
    said = inline(item.description or "")
    return f"- {' '.join(filter(None, [head, types]))}" + (f": {said}" if said else "")


def _paragraphs(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", textwrap.dedent(text).strip()):
        if block.startswith(">>>"):
            yield _example(block)
        elif re.match(r"[-*] ", block):
            items = re.split(r"^[-*] ", block, flags=re.MULTILINE)[1:]
            yield "\n".join(f"- {inline(item)}" for item in items)
        elif match := re.fullmatch(r"(\S[^\n]*)\n((?: {4}[^\n]*\n?)+)", block):
            yield f"{inline(match[1])}\n\n:   {inline(match[2])}"
        elif block:
            yield inline(block)


def _example(text: str) -> str:
    return f"```python\n{text.strip()}\n```"
