"""What code depends on: digests of definitions, found by reading sources, not by running them.

Every module of a package is parsed into *definitions*: functions, classes and constants at its
top, each with a digest of what it does (comments, docstrings and the annotations of functions do
nothing) and the names that it uses. What a definition depends on is all that can be reached from
it by these names. Where a name alone cannot tell, more is taken than may be needed, never less:

- A module that is used as a value (``getattr(module, name)``), or from which an unknown name is
  asked, counts whole.
- Statements that define nothing (loops, calls, ``if``), and definitions under a decorator that may
  register them somewhere, belong to every definition of their module and of those that import it.
- Files beside the modules that are no Python belong to a definition that names them or that asks
  where it stands.
- Code that reads docstrings or sources depends on the very text of all that it can reach, and
  code that looks for code (``griffe``, ``import_module``, ``eval``) on the whole package.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from analysis import _LOADED
from analysis.errors import StoreError
from analysis.files import write_atomically

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of the package."""

_READ_TEXT = {"__doc__", "__annotations__", "get_type_hints", "getdoc", "getsource"}
_READ_ALL = {"griffe", "import_module", "__import__", "__subclasses__", "eval", "exec", "globals"}
_READ_FILES = {"__file__", "__path__", "files"}
_HARMLESS = {"dataclass", "cache", "lru_cache", "cached_property", "contextmanager", "overload"}
_METHODS = _HARMLESS | {"property", "setter", "classmethod", "staticmethod", "Result"}
_ALL = "*"
_REST = ""

Facts = dict[str, Any]
Node = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Closure:
    """All that some code depends on.

    Attributes
    ----------
    digest : str
    reads : frozenset of str
        What is asked of the study by name: "kmeans", "as_published.sweep", "config.seed", or ""
        where it is passed on as a whole.
    """

    digest: str
    reads: frozenset[str]


class Code:
    """The sources of a package, as they are when this is made.

    Parameters
    ----------
    package : Path
        Its folder.
    kept : Path, optional
        A file that keeps what was found in sources that stay the same.
    study : str
        The constant that is the study, as "module.name". Code that uses it reads results, and
        does not depend on how they are computed.

    Raises
    ------
    StoreError
        If a module cannot be read or is not valid Python.
    """

    def __init__(
        self, package: Path = PACKAGE, kept: Path | None = None, study: str = "analysis.book.study"
    ) -> None:
        self.package = package
        self.name = package.name
        self.study = study
        self._stats = dict(self._look())
        self._files = {path: self._content(path) for path in self._stats}
        self._modules = {_module_name(package, path): path for path in self._files if _is(path)}
        self._others = [path for path in self._files if not _is(path)]
        self._facts = self._read(kept)
        self._rests: dict[str, frozenset[Node]] = {}
        self._closures: dict[frozenset[str], Closure] = {}
        self._uses: dict[Node, tuple[frozenset[Node], frozenset[str]]] = {}

    @functools.cached_property
    def everything(self) -> str:
        """Digest of every file of the package."""
        return _digest(
            [(path.relative_to(self.package).as_posix(), h) for path, (h, _) in self._files.items()]
        )

    def is_running(self) -> bool:
        """Whether the files are still those that this process has imported, or can import."""
        with contextlib.suppress(OSError):
            stats = dict(self._look())
            return stats == self._stats and all(stat[0] <= _LOADED for stat in stats.values())
        return False

    def results(self, book: str) -> dict[str, str]:
        """Return the methods of a class, and of those it is made from, that compute results.

        Parameters
        ----------
        book : str
            The class, as "module.name".

        Returns
        -------
        dict, name -> the method as "module.Class.name"
        """
        found: dict[str, str] = {}
        for (module, name), definition in self._classes(book):
            for member in definition["results"]:
                found[member] = f"{module}.{name}.{member}"
        return found

    def reads(self, names: Iterable[str]) -> frozenset[str]:
        """Return what these definitions, and all that they reach, ask of ``self`` or ``study``."""
        nodes = self._reach(names)[0]
        return frozenset(
            read for module, name in nodes for read in self._definition(module, name)["reads"]
        )

    def closure(self, names: Iterable[str]) -> Closure:
        """Return what the definitions of these names depend on, they included.

        Parameters
        ----------
        names : iterable of str
            Each as "module.name" or "module.Class.method", or of a module.

        Returns
        -------
        Closure
        """
        key = frozenset(names)
        if key not in self._closures:
            nodes, reads = self._reach(key)
            self._closures[key] = Closure(self._sum_up(nodes), reads)
        return self._closures[key]

    def closure_of_text(self, text: str) -> Closure:
        """Return what a program depends on that uses the package.

        Raises
        ------
        SyntaxError, ValueError
            If it is not valid Python.
        """
        module = _Module(ast.parse(text), text, "", is_package=False, package=self.name)
        used = module.used()
        nodes, reads = self._reach(used.uses)
        loaded = [node for name in module.loads for node in self._rest(name)]
        nodes |= self._follow(loaded, set())
        if used.words & _READ_ALL:
            return Closure(self.everything, reads)
        return Closure(self._sum_up(nodes, as_text=bool(used.words & _READ_TEXT)), reads)

    # --- the files ---------------------------------------------------------------------------

    def _look(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        for path in sorted(self.package.rglob("*")):
            if path.suffix != ".pyc" and path.name[0] != "." and path.is_file():
                stat = path.stat()
                yield path, (stat.st_mtime_ns, stat.st_size)

    def _content(self, path: Path) -> tuple[str, bytes]:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path.name} cannot be read ({error.strerror}).") from error
        return hashlib.sha256(content).hexdigest(), content

    def _read(self, kept: Path | None) -> dict[str, Facts]:
        """Return the facts of every module, from `kept` where its text is the same."""
        ours = hashlib.sha256(self._content(Path(__file__))[1] + sys.version.encode()).hexdigest()
        known = _kept(kept, ours)
        facts: dict[str, Facts] = {}
        now: dict[str, Facts] = {}
        for module, path in self._modules.items():
            key = f"{module} {self._files[path][0]}"
            facts[module] = now[key] = known.get(key) or self._parse(module, path)
        if kept is not None and now.keys() != known.keys():
            with contextlib.suppress(OSError):
                content = json.dumps({"of": ours, "facts": now}).encode()
                write_atomically(kept, hashlib.sha256(content).digest() + content)
        return facts

    def _parse(self, module: str, path: Path) -> Facts:
        try:
            text = self._files[path][1].decode("utf-8")
            tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            where = path.relative_to(self.package.parent).as_posix()
            raise StoreError(f"{where} is not valid Python: {error}.") from error
        is_package = path.name == "__init__.py"
        return _Module(tree, text, module, is_package=is_package, package=self.name).facts()

    # --- from name to name -------------------------------------------------------------------

    def _reach(self, names: Iterable[str]) -> tuple[frozenset[Node], frozenset[str]]:
        reads: set[str] = set()
        first: set[Node] = set()
        for name in names:
            self._resolve(name, first, reads)
        return self._follow(first, reads), frozenset(reads)

    def _follow(self, nodes: Iterable[Node], reads: set[str]) -> frozenset[Node]:
        seen: set[Node] = set()
        left = list(nodes)
        while left:
            node = left.pop()
            if node not in seen:
                seen.add(node)
                more, asked = self._used_by(node)
                left += more
                reads |= asked
        return frozenset(seen)

    def _used_by(self, node: Node) -> tuple[frozenset[Node], frozenset[str]]:
        if node not in self._uses:
            module, name = node
            nodes: set[Node] = set()
            reads: set[str] = set()
            nodes |= self._rest(module)
            if name == _ALL:
                nodes |= {(module, other) for other in self._facts[module]["definitions"]}
                for imported in self._facts[module]["imports"].values():
                    for target in imported:
                        self._resolve(target, nodes, reads)
                nodes |= {(m, _ALL) for m in self._facts if m.startswith(f"{module}.")}
            for use in self._definition(module, name)["uses"]:
                self._resolve(use, nodes, reads)
            self._uses[node] = frozenset(nodes), frozenset(reads)
        return self._uses[node]

    @functools.cached_property
    def _loads(self) -> dict[str, list[str]]:
        """The modules that each module imports."""
        return {
            module: list({self._split(load)[0]: None for load in facts["loads"]})
            for module, facts in self._facts.items()
        }

    def _rest(self, name: str) -> frozenset[Node]:
        """Return what runs when a module is imported, in it or in others, and is no definition."""
        first, _ = self._split(name)
        if first not in self._rests:
            seen: set[str] = set()
            left = [first]
            while left:
                module = left.pop()
                if module and module not in seen:
                    seen.add(module)
                    left.append(module.rpartition(".")[0])
                    left += self._loads[module]
            rests = (m for m in seen if _REST in self._facts[m]["definitions"])
            self._rests[first] = frozenset((module, _REST) for module in rests)
        return self._rests[first]

    def _resolve(self, name: str, nodes: set[Node], reads: set[str], depth: int = 0) -> None:
        """Add what a dotted name means: definitions to `nodes`, or a read of the study."""
        if name == self.study or name.startswith(f"{self.study}."):
            reads.add(name[len(self.study) + 1 :])
            return
        module, parts = self._split(name)
        if not module:
            return
        facts = self._facts[module]
        if not parts or depth > 50:
            nodes.add((module, _ALL))
            return
        member = ".".join(parts[:2])
        if member in facts["definitions"] and len(parts) > 1:
            nodes.add((module, member))
            return
        found = False
        if parts[0] in facts["definitions"]:
            nodes.add((module, parts[0]))
            found = True
        for target in facts["imports"].get(parts[0], ()):
            self._resolve(".".join([target, *parts[1:]]), nodes, reads, depth + 1)
            nodes.add((module, _REST))
            found = True
        if not found:
            nodes.add((module, _ALL))

    def _split(self, name: str) -> tuple[str, list[str]]:
        """Return the longest module that a dotted name begins with, and the rest."""
        module = name
        while module and module not in self._facts:
            module = module.rpartition(".")[0]
        return module, name[len(module) + 1 :].split(".") if module and module != name else []

    def _definition(self, module: str, name: str) -> Facts:
        found: Facts = self._facts[module]["definitions"].get(name, _NOTHING)
        return found

    def _classes(self, book: str) -> list[tuple[Node, Facts]]:
        nodes: set[Node] = set()
        self._resolve(book, nodes, set())
        (node,) = (n for n in nodes if n[1] not in (_ALL, _REST))
        definition = self._definition(*node)
        bases = [found for base in definition["bases"] for found in self._classes(base)]
        return [*bases, (node, definition)]

    # --- digests -----------------------------------------------------------------------------

    def _sum_up(self, nodes: frozenset[Node], *, as_text: bool = False) -> str:
        definitions = {node: self._definition(*node) for node in nodes}
        if any(d["all"] for d in definitions.values()):
            return self.everything
        as_text = as_text or any(d["texts"] for d in definitions.values())
        parts: list[tuple[str, ...]] = [
            (*node, d["text" if as_text else "digest"]) for node, d in definitions.items()
        ]
        names = {name for d in definitions.values() for name in d["names"]}
        folders = {self._modules[m].parent for (m, _), d in definitions.items() if d["files"]}
        parts += [
            (path.relative_to(self.package).as_posix(), self._files[path][0])
            for path in self._others
            if path.name in names or not folders.isdisjoint(path.parents)
        ]
        return _digest(sorted(set(parts)))


_NOTHING: Facts = {
    "digest": "",
    "text": "",
    "uses": [],
    "reads": [],
    "names": [],
    "texts": False,
    "all": False,
    "files": False,
    "bases": [],
    "results": [],
}


class _Module:
    """What one module says, whatever the others say."""

    def __init__(
        self, tree: ast.Module, text: str, name: str, *, is_package: bool, package: str
    ) -> None:
        self.lines = text.splitlines(keepends=True)
        self.name = name
        self.package = package
        self.home = name if is_package else name.rpartition(".")[0]
        self.imports: dict[str, list[str]] = {}
        self.stars: list[str] = []
        self.loads: set[str] = set()
        self.bound: set[str] = set()
        self.definitions: dict[str, Facts] = {}

        self.body = list(_without_type_checking(tree.body))
        found = _bound_in(self.body)
        self.bound = found.names
        for node in found.imports:
            for alias, target in self.targets(node):
                if alias == _ALL:
                    self.stars.append(target)
                else:
                    self.imports.setdefault(alias, []).append(target)
                self.loads.add(target)

    def used(self) -> _Uses:
        """Return the names that the module uses anywhere, imports apart."""
        seen = _Uses(self, ("study",))
        for statement in self.body:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                seen.visit(statement)
        seen.uses |= set(self.stars)
        return seen

    def facts(self) -> Facts:
        """Return what others need to know of the module."""
        for statement in self.body:
            self._define(statement)
        for star in self.stars:
            # A whole module may stand behind every name.
            self.definitions.setdefault(_REST, _empty())["uses"].append(star)
        return {
            "definitions": self.definitions,
            "imports": self.imports,
            "loads": sorted(target for target in self.loads if self._is_ours(target)),
        }

    def targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
        """Yield each name that an import binds, with what it stands for."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                yield alias.asname or whole, whole
                self.loads.add(alias.name)
            return
        start = node.module or ""
        if node.level:
            parts = self.home.split(".")
            up = ".".join(parts[: len(parts) - node.level + 1])
            start = f"{up}.{start}" if start else up
        for alias in node.names:
            target = start if alias.name == _ALL else f"{start}.{alias.name}"
            yield (_ALL if alias.name == _ALL else alias.asname or alias.name), target

    def _is_ours(self, target: str) -> bool:
        return target.partition(".")[0] == self.package

    def _define(self, statement: ast.stmt) -> None:
        names: list[str] = []
        if isinstance(statement, ast.Import | ast.ImportFrom) or _is_text(statement):
            return
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [statement.name]
            if not all(_last(d) in _HARMLESS for d in statement.decorator_list):
                names.append(_REST)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            if isinstance(statement, ast.AnnAssign) and statement.value is None:
                return
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [n for target in targets for n in _plain_names(target)] or [_REST]
        else:
            names = [_REST]
        one = self._describe(statement)
        if isinstance(statement, ast.ClassDef):
            self._define_members(statement, one)
        for name in names:
            self._add(name, one)

    def _define_members(self, statement: ast.ClassDef, one: Facts) -> None:
        one["bases"] = [use for base in statement.bases for use in self._describe(base)["uses"]]
        functions = [m for m in statement.body if isinstance(m, ast.FunctionDef)]
        one["results"] = [
            m.name for m in functions if any(_last(d) == "Result" for d in m.decorator_list)
        ]
        for member in functions:
            if member.name in one["results"]:
                # The decorator that makes a result of it is the study's own machinery.
                member.decorator_list = []
                described = self._describe(member, studies=("study", "self"))
                self._add(f"{statement.name}.{member.name}", described)

    def _add(self, name: str, one: Facts) -> None:
        if name not in self.definitions:
            self.definitions[name] = one
            return
        old = self.definitions[name]
        self.definitions[name] = {
            key: _digest([(value, one[key])])
            if isinstance(value, str)
            else value or one[key]
            if isinstance(value, bool)
            else [*value, *one[key]]
            for key, value in old.items()
        }

    def _describe(self, node: ast.stmt | ast.expr, studies: tuple[str, ...] = ("study",)) -> Facts:
        """Return what is known of one definition; `studies` are names that a study goes by."""
        seen = _Uses(self, studies)
        seen.visit(node)
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        text = "".join(self.lines[start - 1 : node.end_lineno])
        return {
            "digest": _digest([(ast.dump(_Plain().visit(node), annotate_fields=False),)]),
            "text": _digest([(text,)]),
            "uses": sorted(use for use in seen.uses if self._is_ours(use)),
            "reads": sorted(seen.reads),
            "names": sorted(seen.names),
            "texts": bool(seen.words & _READ_TEXT),
            "all": bool(seen.words & _READ_ALL),
            "files": bool(seen.words & _READ_FILES),
            "bases": [],
            "results": [],
        }


class _Uses(ast.NodeVisitor):
    """The names that a definition uses and does not bind itself."""

    def __init__(self, module: _Module, studies: tuple[str, ...]) -> None:
        self.module = module
        self.studies = studies
        self.uses: set[str] = set()
        self.reads: set[str] = set()
        self.names: set[str] = set()
        self.words: set[str] = set()
        self.scopes: list[dict[str, list[str]]] = []

    def visit_Name(self, node: ast.Name) -> None:
        self._refer(node.id, [])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts: list[str] = []
        below: ast.expr = node
        while isinstance(below, ast.Attribute):
            parts.append(below.attr)
            below = below.value
        self.words.update(parts)
        if isinstance(below, ast.Name):
            self._refer(below.id, parts[::-1])
        else:
            self.visit(below)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and "." in node.value and len(node.value) < 200:
            name = node.value.rpartition("/")[2]
            if name and not name.isspace() and " " not in name and not name.endswith("."):
                self.names.add(name)

    def visit_Import(self, node: ast.Import) -> None:
        self._import(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._import(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        bound = self.scopes[-1] if self.scopes else self.module.imports
        for alias, target in self.module.targets(node):
            self.words.update(target.split("."))
            if alias not in bound:
                self.uses.add(target)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._inside(node.args, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inside(node.args, [ast.copy_location(ast.Expr(node.body), node.body)])

    def _inside(self, arguments: ast.arguments, body: list[ast.stmt]) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        given += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        found = _bound_in(body)
        scope: dict[str, list[str]] = {name: [] for name in found.names - found.outer}
        scope |= {argument.arg: [] for argument in given}
        for node in found.imports:
            for alias, target in self.module.targets(node):
                scope.setdefault(alias, []).append(target)
        self.scopes.append(scope)
        for statement in body:
            self.visit(statement)
        self.scopes.pop()

    def _comprehend(self, node: Any, *results: ast.expr) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        targets = {n for g in node.generators for n in _stored(g.target)}
        self.scopes.append({name: [] for name in targets})
        for generator in node.generators:
            for part in (
                generator.target,
                *generator.ifs,
                *([] if generator is first else [generator.iter]),
            ):
                self.visit(part)
        for result in results:
            self.visit(result)
        self.scopes.pop()

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehend(node, node.elt)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehend(node, node.elt)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehend(node, node.elt)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehend(node, node.key, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if _last(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)
            return
        for statement in node.orelse:
            self.visit(statement)

    def _refer(self, root: str, parts: list[str]) -> None:
        self.words.add(root)
        for scope in reversed(self.scopes):
            if root in scope:
                for target in scope[root]:
                    self.words.update(target.split("."))
                    self.uses.add(".".join([target, *parts]))
                if parts and root in self.studies:
                    self.reads.add(".".join(parts[:2]))
                return
        for target in self.module.imports.get(root, ()):
            self.words.update(target.split("."))
            self.uses.add(".".join([target, *parts]))
        if root in self.module.bound:
            self.uses.add(".".join([self.module.name, root, *parts]))


class _Plain(ast.NodeTransformer):
    """Leaves out what does nothing: docstrings, and the annotations of functions."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        # Another decorator may read them, as functools.singledispatch does.
        if all(_last(decorator) in _METHODS for decorator in node.decorator_list):
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
        return self.generic_visit(node)


@dataclasses.dataclass
class _Bound:
    names: set[str] = dataclasses.field(default_factory=set)
    outer: set[str] = dataclasses.field(default_factory=set)
    imports: list[ast.Import | ast.ImportFrom] = dataclasses.field(default_factory=list)


def _bound_in(body: Iterable[ast.AST]) -> _Bound:
    """Return what statements bind in their own scope; imports apart."""
    found = _Bound()
    left = list(body)
    while left:
        node = left.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.imports.append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.names.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found.outer.update(node.names)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            walrus = (n for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            found.names.update(n.target.id for n in walrus)
        elif isinstance(node, ast.If) and _last(node.test) == "TYPE_CHECKING":
            left += node.orelse
        elif not isinstance(node, ast.Lambda):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.names.add(node.id)
            elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
                found.names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                found.names.add(node.rest)
            left += ast.iter_child_nodes(node)
    return found


def _without_type_checking(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If) and _last(statement.test) == "TYPE_CHECKING":
            yield from statement.orelse
        else:
            yield statement


def _plain_names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Tuple | ast.List):
        return [name for part in target.elts for name in _plain_names(part)]
    return [_REST]


def _stored(target: ast.expr) -> set[str]:
    names = (n for n in ast.walk(target) if isinstance(n, ast.Name))
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _last(node: ast.expr) -> str:
    """Return the last part of a dotted name that may be called."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is(path: Path) -> bool:
    return path.suffix == ".py"


def _empty() -> Facts:
    return {key: [] if isinstance(value, list) else value for key, value in _NOTHING.items()}


def _module_name(package: Path, path: Path) -> str:
    parts = [package.name, *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _kept(path: Path | None, ours: str) -> dict[str, Facts]:
    if path is not None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            content = path.read_bytes()
            if hashlib.sha256(content[32:]).digest() == content[:32]:
                kept = json.loads(content[32:])
                if kept["of"] == ours:
                    facts: dict[str, Facts] = kept["facts"]
                    return facts
    return {}


def _digest(parts: Iterable[tuple[str, ...]]) -> str:
    text = json.dumps(list(parts))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
