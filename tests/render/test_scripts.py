"""Scripts run before the chapters are read, and when the website is written.

What `post-render` makes belongs to the website.
"""

import json
from pathlib import Path

import pytest

from render.config import load_book
from render.errors import RenderError
from tests.render.small import cell, contents, render, write_book

SCRIPT = """\
import json, os, sys
from pathlib import Path
site = Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"])
(site / "downloads").mkdir()
said = {
    "pages": sorted(path.name for path in site.rglob("*.html")),
    "listed": os.environ["QUARTO_PROJECT_OUTPUT_FILES"].splitlines(),
    "here": os.getcwd(),
    "arguments": sys.argv[1:],
}
(site / "downloads" / "said.json").write_text(json.dumps(said))
print("something")
"""
ONE = "# One\n\n[The file](../downloads/said.json).\n\n"
SAID_BY_A_CELL = cell(
    "from IPython.display import Markdown\n"
    "Markdown('[Again](../downloads/said.json){download=\"\"}')"
)


def write(root: Path, script: str = SCRIPT, name: str = "report/after.py") -> Path:
    """Write a book with a script."""
    write_book(root, {"report/one.qmd": ONE})
    (root / "report" / "after.py").write_text(script, encoding="utf-8")
    config = root / "_quarto.yml"
    text = config.read_text(encoding="utf-8")
    text = text.replace("  type: book\n", f"  type: book\n  post-render: {name}\n", 1)
    config.write_text(text, encoding="utf-8")
    return root


def write_before(root: Path, script: str) -> Path:
    """Write a book with a script that `pre-render` names."""
    write(root)
    (root / "report" / "before.py").write_text(script, encoding="utf-8")
    config = root / "_quarto.yml"
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("  post-render:", "  pre-render: report/before.py\n  post-render:")
    )
    return root


def portable(root: Path, *arguments: str) -> str:
    done = render(root, "--engine", "portable", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def failing(root: Path) -> str:
    done = render(root, "--engine", "portable", "--to", "html")
    assert done.returncode == 1
    return done.stderr


def test_a_script_runs_after_the_pages(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    (root / "report" / "one.qmd").write_text(ONE + SAID_BY_A_CELL, encoding="utf-8")
    assert portable(root, "--to", "html").splitlines()[-2] == "something"
    said = json.loads((root / "_site" / "downloads" / "said.json").read_text())
    assert said["pages"] == ["404.html", "index.html", "one.html"]
    assert [Path(name).name for name in said["listed"]] == ["index.html", "one.html"]
    assert said["here"] == str(root.resolve())
    assert said["arguments"] == []
    page = (root / "_site" / "report" / "one.html").read_text(encoding="utf-8")
    assert page.count('href="../downloads/said.json"') == 2
    assert 'download=""' in page


def test_a_script_runs_before_the_chapters_are_read(tmp_path: Path) -> None:
    script = """\
import os
from pathlib import Path
page = Path("report/one.qmd")
page.write_text(page.read_text() + os.environ["QUARTO_PROJECT_INPUT_FILES"].replace("\\n", ", "))
"""
    root = write_before(tmp_path / "book", script)
    portable(root, "--to", "html")
    page = (root / "_site" / "report" / "one.html").read_text(encoding="utf-8")
    assert "index.qmd, report/one.qmd" in page


def test_a_script_that_fails_before_leaves_all_as_it_is(tmp_path: Path) -> None:
    root = write_before(tmp_path / "book", "raise SystemExit('error: no songs')")
    assert failing(root).endswith(
        "error: report/before.py: this script, run before the chapters were read, failed with "
        "code 1: no songs\n"
    )
    assert not (root / "_site").exists()


def test_nothing_runs_when_nothing_has_changed(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    portable(root, "--to", "html")
    before = contents(root / "_site")
    assert "Nothing has changed" in portable(root, "--to", "html")
    assert contents(root / "_site") == before
    (root / "_site" / "downloads" / "said.json").unlink()
    assert "Done in" in portable(root, "--to", "html")
    assert set(contents(root / "_site")) == set(before)


def test_the_pdf_alone_runs_no_script(tmp_path: Path) -> None:
    root = write(tmp_path / "book", "raise SystemExit('it ran')")
    portable(root, "--to", "pdf")
    assert not (root / "_site" / "downloads").exists()


def test_what_an_earlier_script_made_goes(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    portable(root, "--to", "html")
    (root / "report" / "after.py").write_text(SCRIPT.replace("said.json", "new.json"))
    page = root / "report" / "one.qmd"
    page.write_text(page.read_text().replace("said.json", "new.json"))
    portable(root, "--to", "html")
    assert [path.name for path in (root / "_site" / "downloads").iterdir()] == ["new.json"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "import sys\nsys.exit('error: no space left')",
            "error: report/after.py: this script, run after the pages were written, failed "
            "with code 1: no space left\n",
        ),
        ("raise SystemExit(7)", "failed with code 7: it said nothing\n"),
        ("1 / 0", "failed with code 1: ZeroDivisionError: division by zero\n"),
    ],
)
def test_a_script_that_fails_leaves_the_old_site(tmp_path: Path, script: str, said: str) -> None:
    root = write(tmp_path / "book")
    portable(root, "--to", "html")
    before = contents(root / "_site")
    (root / "report" / "after.py").write_text(script, encoding="utf-8")
    assert failing(root).endswith(said)
    assert contents(root / "_site") == before
    assert [path.name for path in root.glob("_site*")] == ["_site"]


SEES = """\
import os
from pathlib import Path
site = Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"])
(site / "downloads").mkdir()
(site / "downloads" / "said.json").write_text(Path("_site/report/one.html").read_text())
"""


def test_pages_come_first_with_what_scripts_made_before(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    portable(root, "--to", "html")
    made = contents(root / "_site")["downloads/said.json"]
    page = root / "report" / "one.qmd"
    page.write_text(f"{ONE}\nA new sentence.\n", encoding="utf-8")
    (root / "report" / "after.py").write_text("raise SystemExit(7)", encoding="utf-8")
    done = render(root, "--engine", "portable", "--to", "html", "--page-first")
    assert done.returncode == 1
    early = contents(root / "_site")
    assert b"A new sentence." in early["report/one.html"]
    assert early["downloads/said.json"] == made
    (root / "report" / "after.py").write_text(SEES, encoding="utf-8")
    said = portable(root, "--to", "html", "--page-first")
    assert said.index("website") < said.index("search")
    whole = contents(root / "_site")
    assert whole["downloads/said.json"] == whole["report/one.html"], "it was there for the script"
    portable(root, "--to", "html", "--force")
    assert contents(root / "_site") == whole
    assert [path.name for path in root.glob("_site*")] == ["_site"]


def test_pages_that_a_script_changes_are_shown_again(tmp_path: Path) -> None:
    change = (
        f"{SCRIPT}\npage = site / 'report' / 'one.html'\n"
        "page.write_text(page.read_text().replace('One', 'Eins'))\n"
    )
    root = write(tmp_path / "book", change)
    assert portable(root, "--to", "html", "--page-first").count("  website ") == 1, "the first time"
    (root / "report" / "one.qmd").write_text(f"{ONE}\nMore.\n", encoding="utf-8")
    assert portable(root, "--to", "html", "--page-first").count("  website ") == 2
    assert "Eins" in (root / "_site" / "report" / "one.html").read_text(encoding="utf-8")


def test_a_link_to_what_no_script_made(tmp_path: Path) -> None:
    root = write(tmp_path / "book", "pass")
    assert "error: report/one.qmd:3: the link to downloads/said.json leads nowhere" in failing(root)
    assert not (root / "_site").exists()


def test_without_scripts_a_file_must_be_there(tmp_path: Path) -> None:
    root = write_book(tmp_path / "book", {"report/one.qmd": ONE})
    assert "the file downloads/said.json does not exist" in failing(root)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("report/none.py", "the file report/none.py does not exist"),
        ("make site", "the name of a Python script in the project"),
        ("../outside.py", "../outside.py is outside the project"),
        ("[report/after.py, report/one.qmd]", "the name of a Python script in the project"),
    ],
)
def test_what_is_no_script(tmp_path: Path, name: str, said: str) -> None:
    root = write(tmp_path / "book", name=name)
    with pytest.raises(RenderError) as caught:
        load_book(root)
    assert said in str(caught.value)
    assert "_quarto.yml:3" in str(caught.value)


def test_several_scripts_run_in_order(tmp_path: Path) -> None:
    root = write(tmp_path / "book", name="[report/after.py, report/then.py]")
    then = (
        "import os\nfrom pathlib import Path\n"
        "folder = Path(os.environ['QUARTO_PROJECT_OUTPUT_DIR']) / 'downloads'\n"
        "(folder / 'then.txt').write_text((folder / 'said.json').read_text())\n"
    )
    (root / "report" / "then.py").write_text(then, encoding="utf-8")
    assert load_book(root).post_render == ("report/after.py", "report/then.py")
    portable(root, "--to", "html")
    assert (root / "_site" / "downloads" / "then.txt").is_file()
