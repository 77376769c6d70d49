"""What Quarto keeps of a chapter is used for just as long as its inputs are the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from chapters import ROOT, load_script

from render.quarto import find_quarto

QUARTO = find_quarto()
COMMAND = '''\
"""Stands for the study: a chapter depends on the files that its code names."""
import hashlib, json, re, sys
from pathlib import Path

if Path("wrong").exists():
    sys.exit("error: study.toml is wrong")
digests = {}
for chapter, code in json.load(sys.stdin).items():
    compile(code, chapter, "exec")
    names = sorted(set(re.findall(r"inputs/\\w+\\.txt", code)))
    texts = [Path(name).read_text() for name in names]
    digests[chapter] = hashlib.sha256(repr((code, texts)).encode()).hexdigest()
if (flip := Path("meanwhile")).exists():
    Path("inputs/one.txt").write_text(flip.read_text())
json.dump(digests, sys.stdout)
'''
CHAPTER = """\
# {name} {{#sec-{name}}}

```{{python}}
#| label: ran-{name}
from pathlib import Path
with open("ran.log", "a") as log:
    log.write("{name}\\n")
print("It says", Path("inputs/{name}.txt").read_text())
```
"""
CONFIG = """\
project:
  type: book
  output-dir: _site
  execute-dir: project
  pre-render: report/freeze.py
  post-render: report/freeze.py
book:
  title: "A small book"
  author: "The authors"
  chapters: [index.qmd, report/one.qmd, report/two.qmd]
execute:
  freeze: auto
format:
  html: default
  typst: default
"""
BOOK = {
    "_quarto.yml": CONFIG,
    "analysis/__main__.py": COMMAND,
    "index.qmd": "# Welcome {.unnumbered}\n\nWords.\n",
    "report/one.qmd": CHAPTER.format(name="one"),
    "report/two.qmd": CHAPTER.format(name="two") + "\n{{< include _part.txt >}}\n",
    "report/_part.txt": "A part.\n",
    "inputs/one.txt": "first",
    "inputs/two.txt": "second",
}
ONE, TWO = "report/one.qmd", "report/two.qmd"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in BOOK.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "report" / "freeze.py", tmp_path / "report")
    shutil.copy(ROOT / ".gitignore", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def freeze(book: Path) -> ModuleType:
    return load_script("freeze")


def before(freeze: ModuleType, *chapters: str) -> None:
    freeze.before(list(chapters or ("index.qmd", ONE, TWO)), freeze.notes())


def execute(freeze: ModuleType) -> list[str]:
    """Do as Quarto does: execute the chapters that have no results."""
    made = []
    for name in ("one", "two"):
        kept = freeze.frozen(f"report/{name}.qmd") / "execute-results" / "html.json"
        if not kept.exists():
            kept.parent.mkdir(parents=True)
            kept.write_text(json.dumps(Path(f"inputs/{name}.txt").read_text()), encoding="utf-8")
            made.append(name)
    return made


def render(freeze: ModuleType) -> list[str]:
    """Render as Quarto would; return the chapters that were executed."""
    before(freeze)
    made = execute(freeze)
    freeze.after(freeze.notes())
    return made


def test_a_chapter_is_executed_when_its_inputs_have_changed(book: Path, freeze: ModuleType) -> None:
    assert render(freeze) == ["one", "two"]
    assert render(freeze) == []
    (book / "inputs/one.txt").write_text("other")
    assert render(freeze) == ["one"]
    (book / "inputs/one.txt").write_text("first")
    assert render(freeze) == ["one"]
    assert render(freeze) == []


def test_an_included_file_counts(book: Path, freeze: ModuleType) -> None:
    render(freeze)
    (book / "report/_part.txt").write_text("Another part.\n")
    assert render(freeze) == ["two"]


@pytest.mark.parametrize(
    ("old", "new", "made"),
    [
        ("freeze: auto", "freeze: auto\n  echo: true", ["one", "two"]),
        ('title: "A small book"', 'title: "A book"', []),
        ("html: default", "html: {theme: {light: cosmo, dark: darkly}}", []),
        ("html: default", "html: {fig-width: 3}", ["one", "two"]),
    ],
)
def test_settings_of_the_execution_count(
    book: Path, freeze: ModuleType, old: str, new: str, made: list[str]
) -> None:
    render(freeze)
    (book / "_quarto.yml").write_text(CONFIG.replace(old, new))
    assert render(freeze) == made


def test_a_render_that_was_stopped_leaves_nothing_fresh(book: Path, freeze: ModuleType) -> None:
    before(freeze)
    execute(freeze)  # and no further
    assert render(freeze) == ["one", "two"]


def test_inputs_that_change_meanwhile_leave_nothing_fresh(book: Path, freeze: ModuleType) -> None:
    (book / "meanwhile").write_text("other")
    assert render(freeze) == ["one", "two"]
    (book / "meanwhile").unlink()
    (book / "inputs/one.txt").write_text("first")
    assert render(freeze) == ["one"]


def test_results_that_came_by_another_way_are_not_fresh(book: Path, freeze: ModuleType) -> None:
    render(freeze)
    kept = freeze.frozen(ONE) / "execute-results" / "html.json"
    kept.write_text('"other"', encoding="utf-8")
    assert render(freeze) == ["one"]
    assert kept.read_text(encoding="utf-8") == '"first"'


def test_a_chapter_alone_may_be_rendered(book: Path, freeze: ModuleType) -> None:
    render(freeze)
    (book / "inputs/one.txt").write_text("other")
    before(freeze, TWO)
    assert execute(freeze) == []
    before(freeze, ONE)
    assert execute(freeze) == ["one"]
    freeze.after(freeze.notes())
    assert render(freeze) == []


@pytest.mark.parametrize("text", ["", "[1]", '{"report/one.qmd": 1}', "{"])
def test_notes_that_cannot_be_read_are_none(book: Path, freeze: ModuleType, text: str) -> None:
    render(freeze)
    freeze.NOTES.write_text(text, encoding="utf-8")
    assert render(freeze) == ["one", "two"]


def run(book: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "report/freeze.py"],
        cwd=book,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_study_that_is_wrong_stops_the_render(book: Path, freeze: ModuleType) -> None:
    render(freeze)
    (book / "wrong").touch()
    done = run(book, QUARTO_PROJECT_INPUT_FILES=f"{ONE}\n{TWO}")
    assert done.returncode == 1
    assert done.stderr == "error: study.toml is wrong\n"


def test_without_a_list_of_chapters_all_is_forgotten(book: Path, freeze: ModuleType) -> None:
    render(freeze)
    assert run(book).returncode == 0
    assert not freeze.FROZEN.exists()


def test_the_portable_renderer_leaves_it_alone(book: Path, freeze: ModuleType) -> None:
    render(freeze)
    notes = freeze.NOTES.read_bytes()
    assert run(book, RENDER_ENGINE="portable").returncode == 0
    assert freeze.NOTES.read_bytes() == notes


def test_code_is_cells_and_inline_expressions(freeze: ModuleType) -> None:
    text = """\
```{python}
#| label: a
first()
```

::: {.callout-note}
   ````{python}
   second(`x`)
   ````
`{python} third()` and `code` and `{python} fourth(1)`.

```python
not_run()
```
"""
    code = freeze.code_of(text)
    assert [name for name in ("first", "second", "third", "fourth") if name in code] == [
        "first",
        "second",
        "third",
        "fourth",
    ]
    assert "not_run" not in code


def test_the_book_has_the_script_before_and_after() -> None:
    import yaml

    settings = yaml.safe_load((ROOT / "_quarto.yml").read_text(encoding="utf-8"))
    assert settings["execute"]["freeze"] == "auto"
    assert "report/freeze.py" in settings["project"]["pre-render"]
    assert "report/freeze.py" in settings["project"]["post-render"]


def quarto(book: Path, *arguments: str) -> list[str]:
    """Render with Quarto; return the chapters that were executed."""
    assert QUARTO is not None
    log = book / "ran.log"
    log.unlink(missing_ok=True)
    done = subprocess.run(
        [QUARTO.path, "render", *arguments],
        cwd=book,
        env={**os.environ, "QUARTO_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text().split() if log.exists() else []


def said(book: Path) -> str:
    return (book / "_site/report/one.html").read_text(encoding="utf-8")


@pytest.mark.quarto
@pytest.mark.skipif(QUARTO is None, reason="there is no Quarto to render with")
def test_quarto_executes_what_has_changed(book: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=book, check=True)
    subprocess.run(["git", "add", "--all"], cwd=book, check=True)
    assert sorted(quarto(book)) == ["one", "one", "two", "two"]
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    left = subprocess.run(status, cwd=book, capture_output=True, text=True, check=True)
    lines = left.stdout.splitlines()
    assert [line for line in lines if not line.startswith("A ")] == ["?? ran.log"]
    assert quarto(book) == []
    assert "It says first" in said(book)

    (book / "inputs/one.txt").write_text("other")
    assert quarto(book, ONE, "--to", "html") == ["one"]
    (book / "inputs/one.txt").write_text("first")
    assert quarto(book, "--to", "html") == ["one"]
    assert "It says first" in said(book)
    (book / TWO).write_text(BOOK[TWO].replace("# two", "# Two"), encoding="utf-8")
    assert quarto(book, "--to", "html") == ["two"]
    assert quarto(book, "--to", "html") == []
