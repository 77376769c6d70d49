"""What may import what inside analysis/: the folders in their order, and no circle."""

from __future__ import annotations

import ast
import functools
import graphlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from made_up import ROOT

PACKAGE = ROOT / "analysis"
LAYERS = (
    ("errors", "config", "files", "numbers", "streams"),
    ("methods",),
    ("songs",),
    ("sound",),
    ("findings",),
    ("checklist",),
    ("study",),
    ("claims", "export"),
    ("show",),
    ("book",),
    ("cli",),
    ("__main__",),
)
"""From the ground up; but for the ground, what stands on one line imports nothing of the others."""
PARTS = ("data", "kmeans", "mixtures", "comparison")
"""The parts of the book, in its order: the folders of findings/."""


@functools.cache
def trees() -> dict[str, ast.Module]:
    """Return the modules of the package, by their names below it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found[name.removesuffix("__init__").rstrip(".")] = ast.parse(path.read_text("utf-8"))
    return found


@functools.cache
def imports() -> dict[str, dict[str, int]]:
    """Return which modules of the package each imports, anywhere in it, and in which line.

    An import for type checkers alone counts: who reads the one has to know the other.
    """
    found: dict[str, dict[str, int]] = {}
    for module, tree in trees().items():
        lines = found.setdefault(module, {})
        for node in ast.walk(tree):
            for name in imported(node):
                if name.split(".")[0] == "analysis":
                    lines.setdefault(closest(name), node.lineno)  # type: ignore[attr-defined]
    return found


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, f"line {node.lineno} is a relative import"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def closest(name: str) -> str:
    """Return the module that a dotted name is or lies in, below the package."""
    name = name.partition(".")[2]
    while name not in trees():
        name = name.rpartition(".")[0]
    return name


def layer(module: str) -> int:
    folder = module.split(".")[0]
    return next(i for i, names in enumerate(LAYERS) if folder in names)


def pairs() -> Iterator[tuple[str, str, str]]:
    for module, others in imports().items():
        for other, line in others.items():
            if module and other:
                yield module, other, f"{module}:{line} imports {other}"


def test_every_module_has_a_place() -> None:
    folders = {module.split(".")[0] for module in trees() if module}
    assert folders == {name for names in LAYERS for name in names}


def test_nothing_imports_what_stands_above_or_beside_it() -> None:
    def allowed(module: str, other: str) -> bool:
        same = module.split(".")[0] == other.split(".")[0]
        return same or layer(other) < layer(module) or layer(module) == layer(other) == 0

    assert [said for module, other, said in pairs() if not allowed(module, other)] == []


def test_methods_see_nothing_of_the_study() -> None:
    known = ("errors", "numbers", "methods")
    wrong = [
        said
        for module, other, said in pairs()
        if module.startswith("methods") and other.split(".")[0] not in known
    ]
    assert wrong == []


def test_findings_import_no_later_part_of_the_book() -> None:
    assert {module.split(".")[1] for module in trees() if module.startswith("findings.")} == {
        *PARTS
    }

    def place(module: str) -> int:
        return PARTS.index(module.split(".")[1])

    both = [(m, o, said) for m, o, said in pairs() if m.count(".") == o.count(".") == 2]
    wrong = [
        said
        for module, other, said in both
        if module.startswith("findings.") and other.startswith("findings.")
        if place(other) > place(module)
    ]
    assert wrong == []


def test_nothing_imports_in_a_circle() -> None:
    # raises CycleError with the circle
    order = tuple(graphlib.TopologicalSorter(imports()).static_order())
    assert set(order) == set(trees())


def test_show_computes_nothing() -> None:
    wrong = [
        f"{module}:{node.lineno} imports {name}"
        for module, tree in trees().items()
        if module.startswith("show")
        for node in ast.walk(tree)
        for name in imported(node)
        if name.split(".")[0] in ("sklearn", "scipy", "threadpoolctl")
    ]
    assert wrong == []


def test_no_two_classes_share_a_name() -> None:
    homes = defaultdict(list)
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(module)
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


BY_OTHERS = r"__\w+__|visit_\w+|_repr_\w+_|_ipython_display_|reducer_override|compute_all"
"""What Python, IPython, pickle and whoever asks for the whole study call by these names."""


def test_nothing_is_defined_for_the_tests_alone() -> None:
    """Outside methods/, a library by itself, the book's chapters or code use every definition."""
    folders = ("analysis", "report", "benchmarks")
    texts = [ROOT / "index.qmd", ROOT / "pyproject.toml"]
    texts += [path for folder in folders for path in (ROOT / folder).rglob("*.*")]
    words = Counter(
        word
        for path in texts
        if path.suffix in {".py", ".qmd", ".jinja2", ".js", ".toml"}
        for word in re.findall(r"\w+", path.read_text("utf-8"))
    )
    defined = Counter(
        node.name
        for module, tree in trees().items()
        if module.partition(".")[0] != "methods"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    )
    unused = [name for name, n in defined.items() if words[name] == n]
    assert [name for name in unused if not re.fullmatch(BY_OTHERS, name)] == []
