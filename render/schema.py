"""YAML whose values know their line, and checks that turn them into plain data or a clear error."""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from render.errors import RenderError


@dataclass(frozen=True)
class Located:
    """A YAML value with the file and line it stands on.

    ``value`` is a scalar, a ``list[Located]`` or a ``dict[str, Located]``.
    """

    value: Any
    path: str
    line: int

    def plain(self) -> Any:
        """Return the value without places, as PyYAML would."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def error(self, message: str) -> RenderError:
        """Return an error that points at this value."""
        return RenderError(message, path=self.path, line=self.line)


class _Loader(yaml.SafeLoader):
    """PyYAML with the scalars of YAML 1.2: ``no`` is a word, a date is text."""


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by LibYAML where PyYAML has it: five times as fast, but its errors say less."""


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


LOADERS = (_FastLoader, _Loader)
for _kind in LOADERS:
    _kind.yaml_implicit_resolvers = {}
    for _tag, _pattern, _first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        (
            "float",
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            "-+.0123456789",
        ),
    ):
        _kind.add_implicit_resolver(
            f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
        )
    _kind.add_constructor("tag:yaml.org,2002:int", _integer)


def read_yaml(text: str, path: str, *, first_line: int = 1) -> Located:
    """Parse one YAML document.

    Parameters
    ----------
    text : str
        The document.
    path : str
        Name of the file for errors.
    first_line : int
        The line of that file on which ``text`` begins.

    Returns
    -------
    Located
        The root; an empty document is ``None``.

    Raises
    ------
    RenderError
        The text is no YAML, or a mapping has a key twice or a key that is no text.
    """
    try:
        return _read(_FastLoader, text, path, first_line)
    except (yaml.YAMLError, ValueError):
        pass
    try:
        return _read(_Loader, text, path, first_line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise RenderError(
            f"this is not valid YAML: {error.problem}", path=path, line=line
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise RenderError(f"this is not valid YAML: {error}", path=path, line=first_line) from None


def _read(kind: Callable[[str], yaml.SafeLoader], text: str, path: str, first_line: int) -> Located:
    loader = kind(text)

    def build(node: yaml.Node) -> Located:
        line = node.start_mark.line + first_line
        if isinstance(node, yaml.MappingNode):
            items: dict[str, Located] = {}
            for key_node, value_node in node.value:
                key = loader.construct_object(key_node, deep=True)
                key_line = key_node.start_mark.line + first_line
                if not isinstance(key, str):
                    raise RenderError(f"the key {key!r} must be text", path=path, line=key_line)
                if key in items:
                    raise RenderError(f"the key `{key}` is given twice", path=path, line=key_line)
                built = build(value_node)
                if isinstance(built.value, dict) or built.value is None:
                    built = Located(built.value, path, key_line)
                items[key] = built
            return Located(items, path, line)
        if isinstance(node, yaml.SequenceNode):
            return Located([build(item) for item in node.value], path, line)
        return Located(loader.construct_object(node, deep=True), path, line)

    try:
        node = loader.get_single_node()
        return Located(None, path, first_line) if node is None else build(node)
    finally:
        loader.dispose()


class Mismatch(Exception):  # noqa: N818 (never leaves this module's checks)
    """A value is not of the kind a check asks for."""


@dataclass(frozen=True)
class Check:
    """What a value must be, in words and as a function.

    ``convert`` returns the plain value, raises `Mismatch` when the kind is wrong, and
    `RenderError` when something deeper in the value is.
    """

    wanted: str
    convert: Callable[[Located], Any]

    def __call__(self, located: Located, name: str) -> Any:
        """Return the plain value of the option ``name`` or raise a `RenderError`."""
        try:
            return self.convert(located)
        except Mismatch:
            shown = located.plain()
            raise located.error(f"`{name}` must be {self.wanted}, not {shown!r}") from None

    def __or__(self, other: "Check") -> "Check":
        """Return a check that takes what either takes."""

        def convert(located: Located) -> Any:
            try:
                return self.convert(located)
            except Mismatch:
                return other.convert(located)

        return Check(f"{self.wanted} or {other.wanted}", convert)


def _typed(wanted: str, test: Callable[[Any], bool]) -> Check:
    def convert(located: Located) -> Any:
        if not test(located.value):
            raise Mismatch
        return located.value

    return Check(wanted, convert)


boolean = _typed("true or false", lambda value: isinstance(value, bool))
nothing = _typed("empty", lambda value: value is None)
text = _typed("text", lambda value: isinstance(value, str) and bool(value.strip()))
any_text = _typed("text", lambda value: isinstance(value, str))


def choice(*values: Any) -> Check:
    """Take one of the given scalars."""
    shown = ", ".join(f"`{str(v).lower() if isinstance(v, bool) else v}`" for v in values)
    return _typed(
        f"one of {shown}" if len(values) > 1 else shown,
        lambda value: any(value == v and type(value) is type(v) for v in values),
    )


def integer(low: int, high: int) -> Check:
    """Take a whole number from ``low`` to ``high``."""
    return _typed(
        f"a whole number from {low} to {high}",
        lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high,
    )


def number(low: float, high: float) -> Check:
    """Take a number from ``low`` to ``high``."""
    return _typed(
        f"a number from {low:g} to {high:g}",
        lambda v: isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high,
    )


def listing(item: Check) -> Check:
    """Take a list of what ``item`` takes, as a tuple."""

    def convert(located: Located) -> tuple[Any, ...]:
        if not isinstance(located.value, list):
            raise Mismatch
        return tuple(item(entry, "each entry") for entry in located.value)

    return Check(f"a list, each entry {item.wanted}", convert)


def one_or_more(item: Check) -> Check:
    """Take one of what ``item`` takes, or a list of them; a tuple either way."""
    return Check(item.wanted, lambda located: (item.convert(located),)) | listing(item)


def existing_file(root: Path) -> Check:
    """Take the name of a file inside the project ``root``, as a posix path relative to it."""

    def convert(located: Located) -> str:
        if not isinstance(located.value, str) or not located.value.strip():
            raise Mismatch
        return project_file(located, root)

    return Check("the name of a file in the project", convert)


def project_file(located: Located, root: Path) -> str:
    """Return a file's posix path relative to ``root``, or raise when it is not in there."""
    given = str(located.value).strip()
    target = (root / given.lstrip("/")).resolve()
    if not target.is_relative_to(root.resolve()):
        raise located.error(f"{given} is outside the project")
    if not target.is_file():
        raise located.error(f"the file {given} does not exist")
    return target.relative_to(root.resolve()).as_posix()


def mapping(checks: dict[str, Check], what: str = "a mapping of options") -> Check:
    """Take a mapping with (some of) the given keys; any other key is an error."""

    def convert(located: Located) -> dict[str, Any]:
        if located.value is None:
            return {}
        if not isinstance(located.value, dict):
            raise Mismatch
        return {key: check(item, key) for key, item, check in known(located, checks)}

    return Check(what, convert)


def known(
    located: Located, checks: dict[str, Check], where: str = ""
) -> Iterator[tuple[str, Located, Check]]:
    """Go through a mapping's items with their checks; an unknown key raises a `RenderError`."""
    for key, item in located.value.items():
        if key not in checks:
            place = f" under `{where}`" if where else ""
            near = difflib.get_close_matches(key, checks, n=1)
            hint = f"; `{near[0]}` is meant?" if near else ""
            raise item.error(f"the option `{key}`{place} is not one this renderer knows{hint}")
        yield key, item, checks[key]
