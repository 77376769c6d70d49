"""analysis.study.code: what code depends on, found by reading it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from made_up import ROOT

from analysis.errors import StoreError
from analysis.study.code import Code

FIRST = {
    "__init__.py": '"""A package."""\n',
    "a.py": """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        import numpy as np
        from p import b
        from p.sub import shown, c as other
        import p.sub.d

        if TYPE_CHECKING:
            from p.e import Hint

        ONE, TWO = 1, 2

        def plain(x: Hint) -> int:
            '''Say.'''
            return x + ONE

        def chain():
            return b.first() + np.sqrt(2)

        def inside():
            from p import e
            import p.b as bee
            return [e.late for e in ()] or e.late() or bee.second()

        def re_exported():
            return shown() + p.sub.d.deep()

        def passes_on():
            return getattr(other, "x")

        def shadows(b, chain=TWO):
            first = [chain for chain in b.first]
            return first

        class Base:
            def method(self):
                return plain(1)

        class Derived(Base):
            value: int = ONE

            @property
            def half(self) -> int:
                return b.second()
        """,
    "b.py": "def first():\n    return 1\n\n\ndef second():\n    return 2\n",
    "e.py": "class Hint: ...\n\n\ndef late():\n    return 3\n",
    "sub/__init__.py": "from p.sub.c import shown\n",
    "sub/c.py": "X = 1\n\n\ndef shown():\n    return 4\n\n\ndef other():\n    return X\n",
    "sub/d.py": "def deep():\n    return 5\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in FIRST.items():
        write(tmp_path / "p", name, text)
    return tmp_path / "p"


def write(package: Path, name: str, text: str) -> None:
    path = package / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def changed(package: Path, name: str, old: str, new: str) -> set[str]:
    """Return the definitions of a.py whose digest a change to a file changes."""
    names = ["plain", "chain", "inside", "re_exported", "passes_on", "shadows", "Base", "Derived"]
    before = {one: Code(package).closure([f"p.a.{one}"]).digest for one in names}
    text = (package / name).read_text(encoding="utf-8")
    assert old in text
    (package / name).write_text(text.replace(old, new), encoding="utf-8")
    after = {one: Code(package).closure([f"p.a.{one}"]).digest for one in names}
    (package / name).write_text(text, encoding="utf-8")
    return {one for one in names if before[one] != after[one]}


ALL = {"plain", "chain", "inside", "re_exported", "passes_on", "shadows", "Base", "Derived"}


@pytest.mark.parametrize(
    ("name", "old", "new", "definitions"),
    [
        ("a.py", "'''Say.'''", "'''Say it.''' # so", set()),
        ("a.py", "(x: Hint) -> int", "(x)", set()),
        ("a.py", "ONE, TWO = 1, 2", "ONE, TWO = 1, 3", {"plain", "shadows", "Base", "Derived"}),
        ("a.py", "x + ONE", "x - ONE", {"plain", "Base", "Derived"}),
        ("a.py", "value: int = ONE", "value: float = ONE", {"Derived"}),
        ("b.py", "return 1", "return 0", {"chain"}),
        ("b.py", "return 2", "return 0", {"inside", "Derived"}),
        ("b.py", "def first", "import os\n\n\ndef first", set()),
        ("b.py", "def first", "print()\n\n\ndef first", ALL),
        ("b.py", "def first", "@register\ndef first", ALL),
        ("e.py", "return 3", "return 0", {"inside"}),
        ("e.py", "class Hint: ...", "class Hint: x = 1", set()),
        ("sub/c.py", "return 4", "return 0", {"re_exported", "passes_on"}),
        ("sub/c.py", "X = 1", "X = 0", {"passes_on"}),
        ("sub/d.py", "return 5", "return 0", {"re_exported"}),
        (
            "sub/__init__.py",
            "from p.sub.c import shown",
            "from p.b import first as shown",
            {"re_exported"},
        ),
        ("__init__.py", '"""A package."""', "import sys\n\nsys.path.append('')", ALL),
    ],
)
def test_what_a_change_reaches(
    package: Path, name: str, old: str, new: str, definitions: set[str]
) -> None:
    assert changed(package, name, old, new) == definitions


def digest(package: Path, name: str) -> str:
    return Code(package).closure([name]).digest


@pytest.mark.parametrize("word", ["import *", "__getattr__"])
def test_where_names_do_not_tell_the_whole_module_counts(package: Path, word: str) -> None:
    write(
        package,
        "f.py",
        "from p.e import *\n\n\ndef f():\n    return late()\n"
        if word == "import *"
        else "from p import g\n\n\ndef f():\n    return g.unknown()\n",
    )
    write(package, "g.py", "X = 1\n\n\ndef __getattr__(name):\n    return lambda: X\n")
    before = digest(package, "p.f.f")
    write(package, "e.py", "def late():\n    return 9\n")
    write(package, "g.py", "X = 2\n\n\ndef __getattr__(name):\n    return lambda: X\n")
    assert digest(package, "p.f.f") != before


def test_files_that_are_no_python(package: Path) -> None:
    write(package, "x.js", "one")
    write(package, "sub/y.css", "one")
    write(
        package, "named.py", "def f():\n    return read('x.js')\n\n\ndef g():\n    return 'x js'\n"
    )
    write(package, "sub/near.py", "def f():\n    return Path(__file__).parent.glob('*')\n")
    names = ("p.named.f", "p.named.g", "p.sub.near.f")
    first = [digest(package, name) for name in names]
    write(package, "x.js", "two")
    second = [digest(package, name) for name in names]
    assert [a == b for a, b in zip(first, second, strict=True)] == [False, True, True]
    write(package, "sub/y.css", "two")
    third = [digest(package, name) for name in names]
    assert [a == b for a, b in zip(second, third, strict=True)] == [True, True, False]


@pytest.mark.parametrize(
    ("body", "comment", "elsewhere"),
    [
        ("return b.first()", False, False),
        ("return inspect.getsource(b.first)", True, False),
        ("return b.first.__doc__", True, False),
        ("return importlib.import_module(name)", True, True),
        ("import griffe; return griffe.load('p')", True, True),
        ("return eval(name)", True, True),
    ],
)
def test_code_that_reads_code(package: Path, body: str, comment: bool, elsewhere: bool) -> None:
    write(
        package, "f.py", f"import importlib, inspect\nfrom p import b\ndef f(name):\n    {body}\n"
    )
    first = digest(package, "p.f.f")
    write(package, "b.py", FIRST["b.py"].replace("return 1", "return 1  # one"))
    assert (digest(package, "p.f.f") != first) is comment
    first = digest(package, "p.f.f")
    write(package, "sub/d.py", "# new\n" + FIRST["sub/d.py"])
    assert (digest(package, "p.f.f") != first) is elsewhere


def test_a_program_that_reads_a_study(package: Path) -> None:
    write(package, "book.py", "from p.b import first\n\nstudy = first()\n")
    code = Code(package, study="p.book.study")
    text = (
        "from p.book import study\nimport p.book as book\nfrom p.a import plain\n"
        "x, y = study.sweep.best, study.config.seed\n"
        "plain(book.study.ours.kmeans)\n"
    )
    found = code.closure_of_text(text)
    assert found.reads == {"sweep.best", "config.seed", "ours.kmeans"}
    assert code.closure_of_text(text + "plain(study)\n").reads == found.reads | {""}
    write(package, "b.py", FIRST["b.py"].replace("return 1", "return 0"))
    again = Code(package, study="p.book.study").closure_of_text(text)
    assert again == found, "how results are computed is no part of it"
    write(package, "a.py", FIRST["a.py"].replace("x + ONE", "x - ONE"))
    assert Code(package, study="p.book.study").closure_of_text(text) != found
    with pytest.raises(SyntaxError):
        code.closure_of_text("%matplotlib inline")


def test_a_module_that_is_no_python(package: Path) -> None:
    write(package, "b.py", "def\n")
    with pytest.raises(StoreError, match=r"^p/b\.py is not valid Python: "):
        Code(package)


def test_what_was_found_is_kept(package: Path, tmp_path: Path) -> None:
    kept = tmp_path / "code.json"
    first = Code(package, kept).closure(["p.a"])
    content = kept.read_bytes()
    assert Code(package, kept).closure(["p.a"]) == first
    assert kept.read_bytes() == content
    write(package, "b.py", FIRST["b.py"].replace("return 1", "return 0"))
    assert Code(package, kept).closure(["p.a"]) == Code(package).closure(["p.a"]) != first
    for damage in (content[:-1], b"", content.replace(b"p.a", b"p.x")):
        kept.write_bytes(damage)
        assert Code(package, kept).closure(["p.a"]) == Code(package).closure(["p.a"])


def test_every_result_of_the_book_is_told_by_names() -> None:
    """No result depends on the whole package or on a whole module for want of a name."""
    code = Code(ROOT / "analysis")
    results = code.results("analysis.book.Book")
    everything = [
        name for name, at in results.items() if code.closure([at]).digest == code.everything
    ]
    assert everything == []
    texts = code.reads(results.values())
    assert {"dataset", "ours", "as_published"} <= {read.partition(".")[0] for read in texts}
