"""analysis.show.reference: all that is public is in it, and its docstrings say what they should."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from made_up import ROOT

from analysis.show import reference
from analysis.show.reference import ROOMS, Entry, Module, first_sentence, inline, modules

MOST_UNTOLD = 4
"""A function that takes more says in its docstring what each is, unless its type says so."""

MODULES = modules()
ENTRIES = [entry for module in MODULES for entry in module.entries]
EVERY = ENTRIES + [member for entry in ENTRIES for member in entry.members]


def where(thing: Entry | Module) -> str:
    return f"{thing.module}.{thing.name}" if isinstance(thing, Entry) else thing.name


def listed(entry: Entry, kind: str) -> list[str] | None:
    """The names of a section, or None if there is no such section."""
    for section in entry.sections:
        if section.kind.value == kind:
            names = [name for item in section.value for name in str(item.name).split(",")]
            return [name.strip().lstrip("*") for name in names]
    return None


def find(entry: Entry) -> Any:
    """The thing itself."""
    thing: Any = importlib.import_module(f"analysis.{entry.module}")
    for part in entry.name.split("."):
        thing = inspect.getattr_static(thing, part)
    return thing.__func__ if isinstance(thing, classmethod | staticmethod) else thing


def taken(entry: Entry) -> list[str]:
    """The names of what a function or class takes."""
    names = list(inspect.signature(find(entry)).parameters)
    return [name for name in names if name not in ("self", "cls")]


# --- what is in it ---------------------------------------------------------------------------


def test_every_module_is_in_one_room() -> None:
    files = {
        path.relative_to(ROOT / "analysis").with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "analysis").rglob("*.py")
        if not path.name.startswith("_")
    }
    packages = {
        path.parent.relative_to(ROOT / "analysis").as_posix()
        for path in (ROOT / "analysis").rglob("*/__init__.py")
    }
    found = [module.name for room in ROOMS for module in reference.modules_in(room)]
    assert sorted(found) == sorted(files | packages) == sorted(m.name for m in MODULES)


def test_rooms_name_modules_that_are_there() -> None:
    names = [name for named in ROOMS.values() for name in named]
    assert len(names) == len(set(names))
    assert set(names) <= {module.name for module in MODULES}
    assert reference.REST in ROOMS
    for room, named in ROOMS.items():
        order = [module.name.partition(".")[0] for module in reference.modules_in(room)]
        assert [name for name in dict.fromkeys(order) if name in named] == list(named)
    with pytest.raises(KeyError):
        reference.modules_in("attic")


def public_names(module: str) -> set[str]:
    """What Python finds in a module and its classes, by running it."""
    made = importlib.import_module(f"analysis.{module}")
    found = set()
    for name, value in vars(made).items():
        if name.startswith("_"):
            continue
        is_own = getattr(value, "__module__", None) == made.__name__
        if inspect.isclass(value) and is_own:
            found.add(name)
            for member, thing in vars(value).items():
                fields = getattr(value, "__dataclass_fields__", {})
                if member.startswith("_") or member in fields:
                    continue
                if inspect.isfunction(thing) and thing.__module__ != made.__name__:
                    continue
                kinds = (property, classmethod, staticmethod)
                descriptor = type(thing).__name__ in ("cached_property", "Result")
                if inspect.isfunction(thing) or isinstance(thing, kinds) or descriptor:
                    found.add(f"{name}.{member}")
        elif inspect.isfunction(inspect.unwrap(value) if callable(value) else value) and is_own:
            found.add(name)
    return found


@pytest.mark.parametrize("module", MODULES, ids=where)
def test_every_public_name_is_there(module: Module) -> None:
    entries = [*module.entries, *(m for entry in module.entries for m in entry.members)]
    found = [entry.name for entry in entries]
    assert len(found) == len(set(found))
    assert {entry.name for entry in entries if entry.kind != "constant"} == public_names(
        module.name
    )
    for entry in entries:
        assert not any(part.startswith("_") for part in entry.name.split("."))


def test_constants_are_those_in_capitals() -> None:
    for module in MODULES:
        path = ROOT / "analysis" / f"{module.name.replace('.', '/')}.py"
        if not path.is_file():
            continue
        assigned = set()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets += [node.target] if isinstance(node, ast.AnnAssign) else []
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if names and "TypeVar(" not in ast.unparse(node):
                assigned |= {n for n in names if n.isupper() and not n.startswith("_")}
        shown = {entry.name for entry in module.entries if entry.kind == "constant"}
        assert assigned <= shown, module.name


def test_names_that_a_package_hands_on_are_shown_where_they_are_made() -> None:
    names = {where(entry) for entry in ENTRIES}
    assert "figures.style.heatmap" in names
    assert "export.load.load_pickle" in names
    assert not any(re.match(r"(figures|tables|export)\.\w+$", name) for name in names)


def test_kinds() -> None:
    kinds = {where(entry): entry.kind for entry in EVERY}
    assert kinds["study.Study.kmeans"] == "property"
    assert kinds["study.Study.config"] == "property"
    assert kinds["study.Study.names"] == "function"
    assert kinds["clusters.Clusters.n_clusters"] == "property"
    assert kinds["config.FEATURE_SETS"] == "constant"
    assert kinds["study.study"] == "constant"
    assert "dataset.Floats" not in kinds
    assert "store.T" not in kinds


def test_identifiers_and_labels_are_unique() -> None:
    identifiers = [entry.identifier for entry in EVERY]
    assert len(identifiers) == len(set(identifiers))
    labels = [module.label for module in MODULES]
    assert len(labels) == len(set(labels))
    assert all(re.fullmatch(r"sec-api-[a-z0-9-]+", label) for label in labels)


# --- what docstrings say ---------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES, ids=where)
def test_every_module_says_what_it_is(module: Module) -> None:
    assert module.summary.endswith((".", ":")), module.doc


@pytest.mark.parametrize("entry", EVERY, ids=where)
def test_every_name_has_a_docstring(entry: Entry) -> None:
    assert entry.summary, f"{where(entry)} has no docstring"
    assert entry.summary.endswith((".", ":")), entry.summary


FUNCTIONS = [entry for entry in EVERY if entry.kind == "function"]


@pytest.mark.parametrize("entry", FUNCTIONS, ids=where)
def test_what_a_function_takes_and_gives_is_said(entry: Entry) -> None:
    told, takes = listed(entry, "parameters"), taken(entry)
    if told is None:
        types = inspect.signature(find(entry)).parameters
        classes = {known.name for known in ENTRIES if known.kind == "class"}
        untold = [
            name for name in takes if str(types[name].annotation).split(".")[-1] not in classes
        ]
        assert len(untold) <= MOST_UNTOLD, f"{where(entry)} has no section on its parameters"
        return
    assert told == takes, where(entry)
    gives = inspect.signature(find(entry)).return_annotation
    gives_something = gives not in (None, "None", inspect.Signature.empty)
    kinds = {section.kind.value for section in entry.sections}
    assert bool(kinds & {"returns", "yields"}) == gives_something, where(entry)


@pytest.mark.parametrize("entry", [e for e in EVERY if e.kind == "class"], ids=where)
def test_what_a_class_holds_is_said(entry: Entry) -> None:
    made = find(entry)
    fields = [n for n in getattr(made, "__dataclass_fields__", {}) if not n.startswith("_")]
    if fields:
        told = listed(entry, "attributes")
        assert told is not None, f"{where(entry)} has no section on its attributes"
        assert set(fields) <= set(told), where(entry)
    elif listed(entry, "parameters") is not None:
        assert listed(entry, "parameters") == taken(entry), where(entry)


def raised_in(node: ast.FunctionDef) -> set[str]:
    """The exceptions that a function raises by itself."""
    found = [x.exc.func for x in ast.walk(node) if isinstance(x, ast.Raise) and _is_call(x.exc)]
    return {ast.unparse(call).rpartition(".")[2] for call in found}


def _is_call(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call)


@pytest.mark.parametrize("path", sorted((ROOT / "analysis").rglob("*.py")), ids=str)
def test_what_a_function_raises_is_said(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            said = ast.get_docstring(node) or ""
            for error in raised_in(node):
                assert error in said, f"{path.name}: {node.name} raises {error}, and says nothing"


# --- how they are set ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("``path`` and `X`", "`path` and `X`"),
        (":func:`analysis.songs.table.z_scores`", "`analysis.songs.table.z_scores`"),
        (":class:`~analysis.study.store.Store`", "`analysis.study.store.Store`"),
        ("two\n    lines", "two lines"),
        ("n_songs * 2 <a> [b] $c$ ~d~ |e| #f", r"n\_songs \* 2 \<a\> \[b\] \$c\$ \~d\~ \|e\| \#f"),
        ("the mean (eq-mean).", "the mean (@eq-mean)."),
        ("(eq-mean, eq-best-of)", "(@eq-mean, @eq-best-of)"),
        ("by thm-descent", "by @thm-descent"),
        ("a key @eq-mean", r"a key \@@eq-mean"),
        ("a sub-eq-mean-x or path/eq-mean", "a sub-eq-mean-x or path/eq-mean"),
        ("see https://example.org/a_b.", "see <https://example.org/a_b>."),
        ("``eq-mean`` as it is", "`eq-mean` as it is"),
    ],
)
def test_text_becomes_markdown(text: str, markdown: str) -> None:
    assert inline(text) == markdown


@pytest.mark.parametrize(
    ("doc", "sentence"),
    [
        ("One. Two.", "One."),
        ("One,\ntwo.\n\nThree.", "One, two."),
        ("Of version 1.5 and i.e. this. More.", "Of version 1.5 and i.e. this."),
        ("No end", "No end"),
        ("", ""),
    ],
)
def test_first_sentence(doc: str, sentence: str) -> None:
    assert first_sentence(doc) == sentence


def test_a_page_has_every_entry_of_its_room() -> None:
    for room in ROOMS:
        text = reference.page(room).text
        for module in reference.modules_in(room):
            assert f"\n## `analysis.{module.name}` {{#{module.label}}}\n" in f"\n{text}"
            for entry in module.entries:
                for one in (entry, *entry.members):
                    assert text.count(f"]{{#{one.identifier}}}") == 1


def test_an_outline_has_names_and_first_sentences() -> None:
    for room in ROOMS:
        lines = reference.outline(room).text.splitlines()
        for module in reference.modules_in(room):
            assert any(f"**`analysis.{module.name}`**" in line for line in lines)
            for entry in module.entries:
                assert f"- `{entry.short}`: {inline(entry.summary)}" in lines


def test_what_one_docstring_becomes() -> None:
    entry = next(e for e in ENTRIES if where(e) == "mixture.posterior_entropy")
    assert (
        entry.signature == entry.short == "posterior_entropy(responsibilities, *, normalised=False)"
    )
    text = reference.page("mixture").text
    start = text.index("[`posterior_entropy(")
    assert text[start:].startswith(
        """\
[`posterior_entropy(responsibilities, *, normalised=False)`]{#api-mixture-posterior_entropy}

:   Entropy of every row's responsibilities (@eq-entropy).

    *Parameters*

    - `responsibilities` *ndarray of shape (n\\_samples, n\\_components)*
    - `normalised` *bool*: Divide by the largest possible entropy,"""
    )
