"""Whole renders from the command line: what they leave, when they do nothing, how they fail."""

import ast
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from render.output import MARKER
from tests.render.small import cell, contents, environment, render, write_book

CHAPTERS = {
    "report/one.qmd": "# One {#sec-one}\n\nThe first sentence, and @fig-line.\n\n"
    + cell(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "label: fig-line",
        'fig-cap: "A line."',
        'fig-alt: "A rising line."',
    )
    + "\nThere are `{python} 6 * 7`.\n",
    "report/two.qmd": "# Two\n\nBack to @sec-one.\n\n" + cell("print('printed')", "echo: true"),
}
PDF = "A-small-book.pdf"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_book(tmp_path_factory.mktemp("book") / "book", CHAPTERS)
    done = render(root, "--engine", "portable")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def root(rendered: Path, tmp_path: Path) -> Path:
    """Return a copy of a rendered book that a test may change."""
    copy = Path(shutil.copytree(rendered, tmp_path / "copy"))
    for manifest in (copy / ".cache" / "render").glob("manifest-*.json"):
        manifest.unlink()
    return copy


def portable(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return render(root, "--engine", "portable", *arguments)


def alone(command: str) -> list[str]:
    """Begin a command that runs without network or writes to disks of its own, where it can."""
    own = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", f'{command} && exec "$@"']
    usable = (
        shutil.which(own[0]) and not subprocess.run([*own, "sh", "true"], check=False).returncode
    )
    return [*own, "sh"] if usable else []


def edit(root: Path, old: str, new: str, name: str = "report/one.qmd") -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def state(said: str, name: str) -> str:
    """Return what a render said of a chapter."""
    (line,) = [line for line in said.splitlines() if line.strip().startswith(name)]
    return line.split()[1]


def test_a_render_leaves_site_and_pdf(rendered: Path) -> None:
    site = contents(rendered / "_site")
    assert {"index.html", "report/one.html", "report/two.html", PDF, MARKER} <= set(site)
    assert site[PDF].startswith(b"%PDF-")
    page = site["report/one.html"].decode()
    assert "The first sentence" in page
    assert "42" in page
    assert "Figure&nbsp;1.1" in page or "Figure\u00a01.1" in page
    assert PDF in page
    assert [path.name for path in rendered.glob("_site*")] == ["_site"]


def test_two_renders_give_the_same_bytes(rendered: Path, tmp_path: Path) -> None:
    """Another folder, no UTF-8, no network: nothing of where a render ran is in what it leaves."""
    again = write_book(tmp_path / "elsewhere" / "with a space", CHAPTERS)
    done = subprocess.run(
        [
            *alone("ip link set lo up"),
            sys.executable,
            "-m",
            "render",
            "--engine=portable",
            "--jobs=1",
        ],
        cwd=again,
        env=environment(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = contents(rendered / "_site"), contents(again / "_site")
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_no_output_names_this_machine(rendered: Path) -> None:
    for name, content in contents(rendered / "_site").items():
        for word in (str(rendered), str(Path.home()), sys.prefix):
            if len(word) > 4:
                assert word.encode() not in content, name


def test_nothing_changed(root: Path) -> None:
    first = portable(root)
    assert "Done in" in first.stderr
    before = {path: path.stat().st_mtime_ns for path in (root / "_site").rglob("*")}
    done = portable(root)
    assert done.returncode == 0
    assert f"Nothing has changed since the last render: _site/index.html and _site/{PDF}" in (
        done.stderr
    )
    assert {path: path.stat().st_mtime_ns for path in (root / "_site").rglob("*")} == before


def test_kept_numbers_change_nothing(root: Path) -> None:
    settings = "[tool.render]\ninputs = ['data/**/*']\nnumbers = 'report/kept'\n"
    (root / "pyproject.toml").write_text(settings, encoding="utf-8")
    assert "Done in" in portable(root).stderr
    assert render(root, "numbers").returncode == 0
    assert (root / "report" / "kept" / "one.txt").is_file()
    assert "Nothing has changed" in portable(root).stderr


def test_a_changed_sentence_runs_nothing(root: Path) -> None:
    edit(root, "The first sentence", "A changed sentence")
    done = portable(root)
    assert state(done.stderr, "report/one.qmd") == "unchanged"
    assert state(done.stderr, "report/two.qmd") == "unchanged"
    page = (root / "_site" / "report" / "one.html").read_text(encoding="utf-8")
    assert "A changed sentence" in page


def test_what_was_kept_gives_what_a_new_render_gives(root: Path) -> None:
    before = contents(root / "_site")
    for old, new in (("The first", "Another"), ("Another", "The first")):
        edit(root, old, new)
        assert "Done in" in portable(root).stderr
    assert contents(root / "_site") == before
    for pack in ("pandoc-html", "pandoc-pdf"):
        (root / ".cache" / "render" / pack).write_bytes(b"damaged")
    (root / "_site" / "index.html").unlink()
    assert "Done in" in portable(root).stderr
    assert contents(root / "_site") == before


def test_changed_code_runs_its_chapter(root: Path) -> None:
    edit(root, "6 * 7", "6 * 8")
    done = portable(root)
    assert state(done.stderr, "report/one.qmd") == "run"
    assert state(done.stderr, "report/two.qmd") == "unchanged"
    assert "48" in (root / "_site" / "report" / "one.html").read_text(encoding="utf-8")


def test_a_changed_input_runs_all(root: Path) -> None:
    (root / "numbers.csv").write_text("1", encoding="utf-8")
    done = portable(root)
    assert state(done.stderr, "report/one.qmd") == "run"
    assert state(done.stderr, "report/two.qmd") == "run"


def test_force_runs_all(root: Path) -> None:
    before = contents(root / "_site")
    done = portable(root, "--force")
    assert state(done.stderr, "report/one.qmd") == "run"
    assert contents(root / "_site") == before


@pytest.mark.parametrize("name", ["report/one.html", PDF])
def test_a_damaged_output_is_made_again(root: Path, name: str) -> None:
    before = contents(root / "_site")
    portable(root)
    (root / "_site" / name).write_bytes(b"damaged")
    assert "Done in" in portable(root).stderr
    assert contents(root / "_site") == before


def test_a_damaged_manifest_is_no_manifest(root: Path) -> None:
    portable(root)
    (manifest,) = (root / ".cache" / "render").glob("manifest-*.json")
    for damage in (b"", b"[]", b'{"fingerprint": 1}'):
        manifest.write_bytes(damage)
        assert "Done in" in portable(root).stderr
    assert "Nothing has changed" in portable(root).stderr


def test_html_alone_offers_no_pdf(root: Path) -> None:
    done = portable(root, "--to", "html")
    assert done.returncode == 0
    assert "_site/index.html" in done.stderr
    assert PDF not in done.stderr
    site = contents(root / "_site")
    assert PDF not in site
    pages = [name for name, text in site.items() if PDF.encode() in text]
    assert pages == []


def test_pdf_alone_leaves_the_pages(root: Path) -> None:
    before = contents(root / "_site")
    edit(root, "The first sentence", "A changed sentence")
    done = portable(root, "--to", "pdf")
    assert done.returncode == 0, done.stderr
    after = contents(root / "_site")
    assert after.pop(PDF) != before.pop(PDF)
    assert after == before
    assert "Nothing has changed" in portable(root, "--to", "pdf").stderr
    assert [path.name for path in root.glob("_site*")] == ["_site"]


def test_pdf_alone_where_nothing_is(root: Path) -> None:
    shutil.rmtree(root / "_site")
    assert portable(root, "--to", "pdf").returncode == 0
    assert sorted(path.name for path in (root / "_site").iterdir()) == [MARKER, PDF]


def test_another_folder(root: Path, tmp_path: Path) -> None:
    before = contents(root / "_site")
    edit(root, "The first sentence", "A changed sentence")
    out = tmp_path / "else" / "where"
    for _ in range(2):
        done = portable(root, "--to", "html", "--output", str(out))
        assert done.returncode == 0, done.stderr
    assert str(out / "index.html") in done.stderr
    assert (out / "index.html").is_file()
    assert contents(root / "_site") == before


def test_a_folder_of_somebody_else_is_not_touched(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = portable(root, "--output", str(out))
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "not empty and was not made by this renderer" in done.stderr
    assert contents(out) == {"thesis.txt": b"years of work"}


@pytest.mark.parametrize("out", [".", "..", "index.qmd"])
def test_the_book_is_no_output(root: Path, out: str) -> None:
    before = contents(root)
    done = portable(root, "--output", out)
    assert done.returncode == 1
    assert done.stderr.count("error: ") == 1
    assert contents(root) == before


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("`{python} 6 / 0`", "error: report/one.qmd:14: the inline expression `6 / 0` failed"),
        ("@fig-nowhere `{python} 6 * 7`", "error: report/one.qmd:14: "),
    ],
)
def test_a_failed_render_leaves_the_old_site(root: Path, new: str, said: str) -> None:
    before = contents(root / "_site")
    edit(root, "`{python} 6 * 7`", new)
    done = portable(root)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr.replace("Traceback (most recent call last)", "", 1)
    assert contents(root / "_site") == before
    assert [path.name for path in root.glob("_site*")] == ["_site"]


SLOW = """
import time
import render.html.pages as pages

def slow(book, documents, out, **options):
    (out / "index.html").write_text("half a site")
    print("writing", flush=True)
    time.sleep(600)

pages.write_site = slow
import sys
from render.__main__ import main
sys.exit(main(["--engine", "portable", "--to", "html"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)],
    ids=["SIGKILL", "SIGTERM", "SIGINT"],
)
def test_a_killed_render_leaves_the_old_site(root: Path, number: int, code: int) -> None:
    before = contents(root / "_site")
    edit(root, "The first sentence", "A changed sentence")
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        cwd=root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        second = portable(root)
        assert second.returncode == 1
        assert f"another render of this book is running (process {process.pid})" in second.stderr
        assert contents(root / "_site") == before
        process.send_signal(number)
        assert process.wait(timeout=30) == code
    finally:
        process.kill()
        process.wait()
    assert contents(root / "_site") == before
    assert portable(root).returncode == 0
    assert [path.name for path in root.glob("_site*")] == ["_site"]
    assert "A changed sentence" in (root / "_site/report/one.html").read_text(encoding="utf-8")


def handed_over(root: Path, how: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Render where other code hands the PDF's task over: `begin` does it, with self and *task."""
    script = (
        "import sys\nimport render.worker as worker\nfrom render.__main__ import main\n"
        "begin = worker.PdfWorker.begin\n"
        f"def other(self, *task):\n    {how}\n    begin(self, *task)\n"
        "worker.PdfWorker.begin = other\n"
        "sys.exit(main(['--engine', 'portable', *sys.argv[1:]]))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_pdf_is_told_what_pandoc_has_read_for_the_website(root: Path) -> None:
    how = "print(['read' * (('markdown', source.markdown) in task[-1]) for source in task[1]])"
    done = handed_over(root, how, "--force")
    assert done.returncode == 0
    assert set(ast.literal_eval(done.stdout.splitlines()[0])) == {"read"}


def test_a_pdf_process_that_dies_is_told(root: Path) -> None:
    edit(root, "The first sentence", "A changed sentence")
    before = contents(root / "_site")
    done = handed_over(root, "self.process.kill()", "--to", "pdf")
    assert done.returncode == 1
    assert "error: the process that makes the PDF ended" in done.stderr
    assert contents(root / "_site") == before


def test_no_book_here(tmp_path: Path) -> None:
    done = portable(tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: there is no _quarto.yml here")


@pytest.mark.parametrize(
    "arguments", [["--jobs", "0"], ["--jobs", "x"], ["--to", "docx"], ["--engine", "latex"], ["x"]]
)
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    done = render(tmp_path, *arguments)
    assert done.returncode == 2
    assert "usage: python -m render" in done.stderr


def test_a_book_without_typst_has_no_pdf(tmp_path: Path) -> None:
    root = write_book(tmp_path / "book", {"one.qmd": "# One\n\nText.\n"})
    edit(root, "  typst:\n    papersize: a4\n", "", "_quarto.yml")
    done = portable(root)
    assert done.returncode == 0, done.stderr
    assert not list((root / "_site").glob("*.pdf"))


def test_the_website_may_come_before_the_pdf(root: Path) -> None:
    old = (root / "_site" / PDF).read_bytes()
    edit(root, "The first sentence", "`#panic()`{=typst}A changed sentence")
    done = portable(root, "--page-first")
    assert done.returncode == 1
    assert "Typst says: panicked" in done.stderr
    site = contents(root / "_site")
    assert "A changed sentence" in site["report/one.html"].decode()
    assert site[PDF] == old
    edit(root, "`#panic()`{=typst}", "")
    assert portable(root, "--page-first").returncode == 0
    first = contents(root / "_site")
    assert first[PDF] != old
    assert portable(root, "--force").returncode == 0
    assert contents(root / "_site") == first
    assert [path.name for path in root.glob("_site*")] == ["_site"]


NO_ROOM = """
set -e
mount -t tmpfs -o size=3m small "$0"
head -c 3000000 /dev/zero > "$0/fill"
exec "$@"
"""


def test_sources_that_cannot_be_written_render_elsewhere(root: Path) -> None:
    own = alone('mount --bind "$PWD" "$PWD" && mount -o remount,ro,bind "$PWD" && cd "$PWD"')
    if not own:
        pytest.skip("a read-only folder needs a mount of its own")
    before = contents(root / "_site")
    site = root.parent / "site"

    def portable(**variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*own, sys.executable, "-m", "render", "--engine", "portable", "--output", str(site)],
            cwd=root,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )

    refused = portable(XDG_CACHE_HOME=str(root / "cache"))
    assert refused.returncode == 1
    assert "cannot be written (Read-only file system)" in refused.stderr
    assert "let BOOK_CACHE name a folder that can be written" in refused.stderr
    assert not site.exists()
    home = root.parent / "home"
    done = portable(XDG_CACHE_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert f"what is kept goes to {home}" in done.stderr
    assert contents(site) == before
    again = portable(XDG_CACHE_HOME=str(home))
    assert "Nothing has changed since the last render" in again.stderr
    other = root.parent / "other"
    assert "Nothing has changed" not in portable(BOOK_CACHE=str(other)).stderr
    assert (other / "render" / "results").is_dir()


@pytest.mark.parametrize("full", ["site", "TMPDIR"])
def test_a_full_disk_is_told_in_a_sentence(root: Path, full: str) -> None:
    own = ["unshare", "--map-root-user", "--mount"]
    if shutil.which(own[0]) is None or subprocess.run([*own, "true"], check=False).returncode != 0:
        pytest.skip("a small disk needs a mount of its own")
    small = root.parent / "small"
    small.mkdir()
    before = contents(root / "_site")
    place = ["--output", str(small / "site")] if full == "site" else []
    command = [sys.executable, "-m", "render", "--engine", "portable", "--force", *place]
    done = subprocess.run(
        [*own, "sh", "-c", NO_ROOM, str(small), *command],
        cwd=root,
        env=environment(TMPDIR=str(small)) if full == "TMPDIR" else environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert f"error: there is no room left in {small}; make some" in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(root / "_site") == before
