"""What is public in analysis/ says what it is: each rule lists all that breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import griffe
from made_up import ROOT

MOST_UNTOLD = 4
"""A function that takes more says in its docstring what each is, unless its type says so."""
LABEL = re.compile(r"(?<![\w/`-])(?:eq|fig|tbl|sec|def|thm|lem|prp|cor)-[a-z0-9]+(?:-[a-z0-9]+)*")

PACKAGE = griffe.load("analysis", search_paths=[ROOT], docstring_parser="numpy")


def public(thing: griffe.Object) -> Iterator[griffe.Object]:
    """Yield a module or class, and all that is public in it and its own."""
    yield thing
    for member in thing.members.values():
        if member.is_alias or member.name.startswith("_"):
            continue
        if member.is_module or member.is_class:
            yield from public(member)  # type: ignore[arg-type]
        elif member.is_function or thing.is_module or "property" in member.labels:
            yield member  # type: ignore[misc]


EVERY = list(public(PACKAGE))
CLASSES = [thing for thing in EVERY if thing.is_class]
FUNCTIONS = [
    thing
    for thing in EVERY
    if thing.is_function and not any("command(" in str(d.value) for d in thing.decorators)  # type: ignore[attr-defined]
]
"""But for commands, whose docstrings are what `--help` prints."""
CLASS_NAMES = {thing.name for thing in CLASSES}


def said(thing: griffe.Object) -> str:
    return thing.docstring.value if thing.docstring else ""


def section(thing: griffe.Object, kind: str) -> list[str] | None:
    """Return the names that a section of a docstring tells of, None without the section."""
    for part in thing.docstring.parsed if thing.docstring else ():
        if part.kind.value == kind:
            names = [name for item in part.value for name in str(item.name).split(",")]
            return [name.strip().lstrip("*") for name in names]
    return None


def taken(function: griffe.Object) -> list[str]:
    return [p.name for p in function.parameters if p.name not in ("self", "cls")]  # type: ignore[attr-defined]


def breaking(rule: object, things: list[griffe.Object]) -> list[str]:
    return [thing.path for thing in things if not rule(thing)]  # type: ignore[operator]


def test_it_finds_what_is_there() -> None:
    paths = {thing.path for thing in EVERY}
    assert {
        "analysis.methods.kmeans.steps.assign",
        "analysis.study.pipeline.Study.kmeans",
        "analysis.songs.table.FEATURES",
        "analysis.streams.Stream",
    } <= paths
    assert "analysis.book.Study" not in paths


def test_all_that_is_public_is_documented() -> None:
    def documented(thing: griffe.Object) -> bool:
        is_constant = thing.name.isupper() and "TypeVar(" not in str(getattr(thing, "value", ""))
        if thing.is_attribute and "property" not in thing.labels and not is_constant:
            return True  # a name for a type
        first = re.split(r"(?<=[.:])\s|\n\n", said(thing), maxsplit=1)[0]
        return first.rstrip().endswith((".", ":"))

    assert breaking(documented, EVERY) == []


def test_functions_say_what_they_take() -> None:
    def told(function: griffe.Object) -> bool:
        names = section(function, "parameters")
        if names is not None:
            return names == taken(function)
        parameters = {p.name: str(p.annotation) for p in function.parameters}  # type: ignore[attr-defined]
        known = [parameters[name].split(".")[-1] in CLASS_NAMES for name in taken(function)]
        return known.count(False) <= MOST_UNTOLD

    assert breaking(told, FUNCTIONS) == []


def test_functions_that_say_what_they_take_say_what_they_give() -> None:
    def told(function: griffe.Object) -> bool:
        if section(function, "parameters") is None:
            return True
        kinds = {part.kind.value for part in function.docstring.parsed}  # type: ignore[union-attr]
        gives = str(function.returns) not in ("None", "")  # type: ignore[attr-defined]
        return bool(kinds & {"returns", "yields"}) == gives

    assert breaking(told, FUNCTIONS) == []


def test_classes_say_what_they_hold() -> None:
    def told(made: griffe.Object) -> bool:
        if "dataclass" not in made.labels:
            names = section(made, "parameters")
            return names is None or names == taken(made.members["__init__"])  # type: ignore[arg-type]
        fields = {
            name
            for name, member in made.members.items()
            if member.is_attribute and "property" not in member.labels
        }
        fields = {name for name in fields if not name.startswith("_")}
        return fields <= set(section(made, "attributes") or ())

    assert breaking(told, CLASSES) == []


def test_functions_say_what_they_raise() -> None:
    wrong = []
    for path in sorted((ROOT / "analysis").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any("command(" in ast.unparse(decorator) for decorator in node.decorator_list):
                continue
            for inner in ast.walk(node):
                if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call):
                    error = ast.unparse(inner.exc.func).rpartition(".")[2]
                    if error not in (ast.get_docstring(node) or ""):
                        wrong.append(f"{path.name}: {node.name} raises {error}")
    assert wrong == []


def test_labels_lead_somewhere() -> None:
    pages = [ROOT / "index.qmd", *(ROOT / "report").glob("*.qmd")]
    there = set(re.findall(r"\{#([\w-]+)|#\| label: ([\w-]+)", "\n".join(map(_read, pages))))
    labels = {label for pair in there for label in pair if label}
    wrong = [
        f"{thing.path}: {label}"
        for thing in EVERY
        for label in LABEL.findall(said(thing))
        if label not in labels
    ]
    assert wrong == []


def _read(path: object) -> str:
    return path.read_text(encoding="utf-8")  # type: ignore[attr-defined, no-any-return]
