"""The table of constructs, and the README that shows it."""

import re
from pathlib import Path

import panflute as pf
import pytest

from render import constructs
from render.constructs import CONSTRUCTS
from render.source import CELL_OPTIONS

FOLDER = Path(constructs.__file__).parent
HERE = Path(__file__).parent


def test_the_readme_lists_what_is_registered() -> None:
    text = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.search(r"\]\(constructs/\w+\.py\) *\|", line)]
    listed = [tuple(map(str.strip, re.split(r"(?<!\\)\|", row)[1:-1])) for row in rows]
    assert listed == [
        (
            construct.name,
            ", ".join(construct.syntax).replace("|", "\\|"),
            f"[{name}.py](constructs/{name}.py)",
        )
        for name, construct in CONSTRUCTS.items()
    ]


def test_the_readme_speaks_of_files_that_are_there() -> None:
    text = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)?\w+\.(?:py|css|typ))`", text))
    missing = {name for name in named if not (FOLDER.parent / name).is_file()}
    assert missing == {"constructs/name.py"}, "the one to be written"


def test_every_module_is_registered_and_tested() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "construct"}
    assert set(CONSTRUCTS) == modules
    assert {path.stem for path in HERE.glob("test_*.py")} == {
        "test_registry",
        *(f"test_{name}" for name in modules),
    }


def test_each_node_has_one_construct_that_writes_it() -> None:
    nodes = [node for construct in CONSTRUCTS.values() for node in construct.writes]
    assert sorted(nodes) == sorted(set(nodes))
    assert constructs.HTML.keys() == constructs.TYPST.keys() == constructs.MARKDOWN.keys()


@pytest.mark.parametrize("base", [pf.Block, pf.Inline])
def test_every_element_of_pandoc_is_read_or_kept(base: type) -> None:
    parts = {pf.TableHead, pf.TableBody, pf.TableFoot}
    kept = {pf.Space, pf.SoftBreak, pf.LineBreak, pf.Null} | parts
    elements = {kind for kind in vars(pf.elements).values() if isinstance(kind, type)}
    known = {kind for kind in elements if issubclass(kind, base) and kind is not base}
    assert known - kept <= constructs.READERS.keys()


def test_every_element_of_pandoc_is_written() -> None:
    kinds = {kind.__name__ for kind in constructs.READERS} | {"Space", "SoftBreak", "LineBreak"}
    assert kinds <= constructs.HTML.keys()


def test_the_options_of_a_chunk_are_listed() -> None:
    written = " ".join(CONSTRUCTS["cell"].syntax)
    assert [name for name in CELL_OPTIONS if f"`#| {name}:`" not in written] == []
