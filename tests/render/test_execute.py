"""Cells and inline expressions: what they give, how they fail, what is kept, and that nothing
outlives a render."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.cache import Cache
from render.errors import RenderError
from render.execute import (
    CellError,
    ChapterResult,
    execute_chapters,
    imported_modules,
    libraries,
    make_pool,
)
from render.kernel import NURSERY, KernelPool, can_fork, nursery
from tests.render.small import cell, environment, read, write_book

needs_fork = pytest.mark.skipif(not can_fork(), reason="kernels are forked on Linux only")


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelPool]:
    with KernelPool(tmp_path_factory.mktemp("project")) as made:
        yield made


def run(root: Path, chapters: dict[str, str], pool: KernelPool | None = None, **options):
    book, sources = read(write_book(root, chapters))
    return execute_chapters(book, sources, pool=pool, **options)


def one(root: Path, text: str, pool: KernelPool | None = None) -> ChapterResult:
    return run(root, {"one.qmd": "# One\n\n" + text}, pool)["one.qmd"]


RICH = "\n".join(
    [
        cell("import sys\nprint('out')\nprint('err', file=sys.stderr)\n40 + 2"),
        cell("from IPython.display import HTML, Markdown\nMarkdown('**bold**')"),
        cell("HTML('<b>bold</b>')"),
        cell("name = 'a <b>&</b> `name`'\nvalue = 1 / 8\nclass Thing: pass"),
        'Here is `{python} name`, `{python} value`, `{python} f"{value:.1%}"`, '
        "`{python} Markdown('*it*')` and `{python} [Thing()]`.\n",
        cell("value = 2"),
        "Now `{python} value`.\n",
        cell("1 / 0", "eval: false"),
        cell("[object()]"),
        cell("import os\nos.system('echo from a program')\nNone"),
    ]
)


def test_results_are_those_of_jupyter(tmp_path: Path, pool: KernelPool) -> None:
    result = one(tmp_path, RICH, pool)
    stdout, stderr, shown = result.outputs[0]
    assert (stdout["output_type"], stdout["name"], stdout["text"]) == ("stream", "stdout", "out\n")
    assert (stderr["name"], stderr["text"]) == ("stderr", "err\n")
    assert shown["output_type"] == "execute_result"
    assert shown["data"] == {"text/plain": "42"}
    assert "execution_count" not in shown
    assert result.outputs[1][0]["data"]["text/markdown"] == "**bold**"
    assert result.outputs[2][0]["data"]["text/html"] == "<b>bold</b>"
    assert result.outputs[3] == []
    inline = [result.inlines[index] for index in sorted(result.inlines)]
    assert inline[:3] == [
        {"text/plain": "a <b>&</b> `name`"},
        {"text/plain": "0.125"},
        {"text/plain": "12.5%"},
    ]
    assert inline[3]["text/markdown"] == "*it*"
    assert inline[4]["text/plain"] == "[<__main__.Thing>]", "addresses differ from run to run"
    assert inline[5] == {"text/plain": "2"}, "expressions see what stands above them"
    assert 11 not in result.outputs, "eval: false"
    assert result.outputs[12][0]["data"]["text/plain"] == "[<object>]"
    assert result.outputs[13][0]["text"] == "from a program\n"


def test_what_programs_print_stands_in_their_own_cell(tmp_path: Path, pool: KernelPool) -> None:
    slow = "import os, time\nread = os.read\n"
    slow += "os.read = lambda *pipe: (read(*pipe), time.sleep(0.2))[0]  # as on a busy machine"
    programs = [cell(f"os.system('echo {word}; echo {word} >&2')\nNone") for word in "abc"]
    result = one(tmp_path, cell(slow) + "".join(programs), pool)
    for index, word in enumerate("abc", start=1):
        printed = {output["name"]: output["text"] for output in result.outputs[index]}
        assert printed == {"stdout": f"{word}\n", "stderr": f"{word}\n"}


def test_a_cell_may_close_what_programs_print_to(tmp_path: Path, pool: KernelPool) -> None:
    closed = cell("import os\nos.close(1)\nos.close(2)\nprint('closed')")
    result = one(tmp_path, closed + cell("print('still there')"), pool)
    assert [output["text"] for output in result.outputs[0]] == ["closed\n"]
    assert [output["text"] for output in result.outputs[1]] == ["still there\n"]


def test_a_chapter_may_use_any_name(tmp_path: Path, pool: KernelPool) -> None:
    builtin = cell("str = isinstance = tuple = compile = eval = get_ipython = matplotlib = 'taken'")
    result = one(tmp_path, builtin + cell(FIGURE, "fig-width: 3") + "`{python} 40 + 2`\n", pool)
    assert result.outputs[1][0]["data"]["text/plain"] == "<Figure size 288x480 with 1 Axes>"
    assert result.inlines[2] == {"text/plain": "42"}


def test_results_survive_json(tmp_path: Path, pool: KernelPool) -> None:
    result = one(tmp_path, RICH, pool)
    assert ChapterResult.from_json(result.to_json()) == result


FIGURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"


PRINTED = [
    ("'a' * 1_000_000 + '\\rb'", "b"),
    ("'x' * 1_000_000", "x" * 1_000_000),
    ("'10 %\\r50 %\\r100 %\\r\\nnext'", "100 %\nnext"),
    ("'progress \\b\\b done\\n\\b!'", "progres done\n!"),
]


@pytest.mark.parametrize(("text", "left"), PRINTED, ids=["overwritten", "long", "bar", "backspace"])
def test_what_is_printed_is_kept_as_a_terminal_shows_it(
    tmp_path: Path, pool: KernelPool, text: str, left: str
) -> None:
    (output,) = one(
        tmp_path, cell(f"for sign in {text}, '.':\n    print(sign, end='')"), pool
    ).outputs[0]
    assert output["text"] == left + "."


def test_figures_are_vectors_of_the_size_asked_for(tmp_path: Path, pool: KernelPool) -> None:
    text = (
        cell(FIGURE)
        + cell(FIGURE, "fig-width: 3", "fig-height: 2")
        + cell("plt.rcParams['figure.figsize']")
        + cell("plt.plot([1])", "fig-width: 4")
        + cell("plt.rcParams['figure.figsize'] = (1, 1)")
        + cell("plt.rcParams['figure.figsize']")
    )
    result = one(tmp_path, text, pool)
    plain = result.outputs[0][0]["data"]
    assert plain["text/plain"] == "<Figure size 672x480 with 1 Axes>"
    svg = plain["image/svg+xml"]
    assert "<svg" in svg
    assert "<dc:date>" not in svg
    assert "<text" not in svg, "letters are outlines, which look alike everywhere"
    assert result.outputs[1][0]["data"]["text/plain"] == "<Figure size 288x192 with 1 Axes>"
    assert result.outputs[2][0]["data"]["text/plain"] == "[7.0, 5.0]", "the size is given back"
    figure = result.outputs[3][-1]["data"]
    assert figure["text/plain"] == "<Figure size 384x480 with 1 Axes>", "shown without show()"
    assert result.outputs[5][0]["data"]["text/plain"] == "[1.0, 1.0]", "a chapter may set its own"


def test_bitmaps_where_the_book_wants_them(tmp_path: Path, pool: KernelPool) -> None:
    root = write_book(tmp_path, {"one.qmd": "# One\n\n" + cell(FIGURE)}, extra="fig-format: png\n")
    book, sources = read(root)
    first = execute_chapters(book, sources, pool=pool)["one.qmd"].outputs[0][0]["data"]
    assert set(first) == {"text/plain", "image/png"}
    again = execute_chapters(book, sources, pool=pool)["one.qmd"].outputs[0][0]["data"]
    assert again == first


STATE = {
    "one.qmd": "# One\n\n"
    + cell(
        "import json, os, sys\njson.secret = 1\nsys.path.append('/x')\nos.environ['SECRET'] = '1'"
    )
    + cell("secret = 1\nprint([os.getcwd(), sys.path.count(''), __name__])"),
    "two.qmd": "# Two\n\n"
    + cell(
        "import json, sys\n"
        "[hasattr(json, 'secret'), '/x' in sys.path, 'secret' in globals(), "
        "[n for n in globals() if 'render' in n]]"
    )
    + cell("import os\n'SECRET' in os.environ"),
}


def test_chapters_do_not_see_each_other(tmp_path: Path) -> None:
    results = run(tmp_path, STATE, jobs=1)
    seen = results["one.qmd"].outputs[1][0]["text"].strip()
    assert seen == f"[{str(tmp_path.resolve())!r}, 1, '__main__']"
    assert results["two.qmd"].outputs[0][0]["data"]["text/plain"] == "[False, False, False, []]"
    assert results["two.qmd"].outputs[1][0]["data"]["text/plain"] == "False"


def test_cells_import_the_projects_modules(tmp_path: Path) -> None:
    (tmp_path / "numbers_of").mkdir()
    (tmp_path / "numbers_of" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "numbers_of" / "study.py").write_text("N = 7", encoding="utf-8")
    text = cell("from numbers_of.study import N\nimport numbers_of\nprint(N, numbers_of.__file__)")
    shown = one(tmp_path, text).outputs[0][0]["text"]
    assert shown == "7 numbers_of/__init__.py\n"


def test_cells_run_beside_their_file_when_told_so(tmp_path: Path) -> None:
    write_book(tmp_path, {"part/one.qmd": "# One\n\n" + cell("import os\nprint(os.getcwd())")})
    config = (tmp_path / "_quarto.yml").read_text(encoding="utf-8")
    config = config.replace("execute-dir: project", "execute-dir: file")
    (tmp_path / "_quarto.yml").write_text(config, encoding="utf-8")
    book, sources = read(tmp_path)
    printed = execute_chapters(book, sources)["part/one.qmd"].outputs[0][0]["text"]
    assert printed == "part\n"


@needs_fork
def test_forked_kernels_are_as_good_as_new(tmp_path: Path) -> None:
    """What a module does when it is imported happens in every kernel, forked or not."""
    (tmp_path / "chatty.py").write_text("print('I am imported')\n", encoding="utf-8")
    (tmp_path / "threaded.py").write_text(
        "import threading, time\n"
        "alive = threading.Thread(target=time.sleep, args=(600,), daemon=True)\n"
        "alive.start()\n",
        encoding="utf-8",
    )
    (tmp_path / "deadly.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    text = "# A\n\n" + cell("import chatty") + cell("import threaded\nthreaded.alive.is_alive()")
    draw = cell("import numpy as np\nnp.random.random()")
    chapters = {"a.qmd": text, "b.qmd": text, "c.qmd": "# C\n\n" + draw, "d.qmd": "# D\n\n" + draw}
    warm = run(tmp_path, chapters)
    for name in ("a.qmd", "b.qmd"):
        assert warm[name].outputs[0][0]["text"] == "I am imported\n"
        assert warm[name].outputs[1][0]["data"]["text/plain"] == "True"
    assert warm["c.qmd"] != warm["d.qmd"], "numbers without a seed differ"
    with pytest.raises(CellError, match=r"one.qmd:3: the Python kernel ended with exit code 3"):
        run(tmp_path, {"one.qmd": "# One\n\n" + cell("import deadly")})


@needs_fork
def test_kernels_share_the_imports(tmp_path: Path) -> None:
    (tmp_path / "slow_module.py").write_text(
        "import os\nopen('imports', 'a').write('x')\n", encoding="utf-8"
    )
    text = cell("import slow_module")
    run(tmp_path, {f"{n}.qmd": f"# {n}\n\n{text}" for n in "abc"})
    assert (tmp_path / "imports").read_text(encoding="utf-8") == "x"


SAME = cell(
    "import sys\nprint([p for p in sys.path if 'IPython' not in p])\nprint(sys.argv[0], __name__)"
)


def test_no_output_names_a_place_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "careful.py").write_text(
        "import warnings\n\ndef do():\n    warnings.warn('with care', stacklevel=1)\n",
        encoding="utf-8",
    )
    text = cell("import careful, warnings\nwarnings.warn('hey', stacklevel=1)\ncareful.do()")
    text += cell("import json\nprint(json.__file__, object())")
    result = one(tmp_path, text)
    assert result.outputs[0][0]["text"] == (
        "<cell>:2: UserWarning: hey\n  warnings.warn('hey', stacklevel=1)\n"
        "careful.py:4: UserWarning: with care\n  warnings.warn('with care', stacklevel=1)\n"
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert result.outputs[1][0]["text"] == f"lib/{version}/json/__init__.py <object object>\n"


def test_ordinary_and_forked_kernels_give_the_same(tmp_path: Path) -> None:
    chapters = {"one.qmd": "# One\n\n" + RICH + SAME + cell(FIGURE)}
    assert run(tmp_path, chapters, warm=False) == run(tmp_path, chapters, jobs=2)


def test_a_chapter_that_changes_its_surroundings_gets_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text(
        "import os\nWORD = os.environ.get('WORD', 'none')\n", encoding="utf-8"
    )
    chapters = {
        "a.qmd": "# A\n\n" + cell("import greeting\ngreeting.WORD"),
        "b.qmd": "# B\n\n"
        + cell("import os\nos.environ['WORD'] = 'hello'\nimport greeting\ngreeting.WORD"),
    }
    results = run(tmp_path, chapters)
    assert results["a.qmd"].outputs[0][0]["data"]["text/plain"] == "'none'"
    assert results["b.qmd"].outputs[0][0]["data"]["text/plain"] == "'hello'"


def test_side_by_side_is_as_one_after_the_other(tmp_path: Path) -> None:
    chapters = {
        f"{n}.qmd": f"# {n}\n\n" + cell(f"import time\ntime.sleep(0.1)\nprint({n})") + cell(FIGURE)
        for n in range(6)
    }
    serial = run(tmp_path, chapters, jobs=1)
    assert run(tmp_path, chapters, jobs=4) == serial
    assert list(serial) == ["index.qmd", *chapters]


FAILURES = [
    (
        cell("x = 1\ny = x / 0\nz = 3", "label: half"),
        6,
        "the cell `half` failed: ZeroDivisionError: division by zero",
    ),
    (
        cell("def f():\n    raise KeyError('k')") + cell("1\n\nf()"),
        10,
        "this cell failed: KeyError: 'k'",
    ),
    (cell("a = 1\nb = = 2"), 5, "this cell failed: SyntaxError: invalid syntax"),
    (cell("import json\njson.loads('{')"), 5, "this cell failed: JSONDecodeError: Expecting"),
    (cell("raise ValueError('one\\ntwo')"), 4, "this cell failed: ValueError: one"),
    (cell("raise SystemExit(3)"), 3, "this cell failed: SystemExit: 3"),
    (cell("class Odd(Exception): pass\nraise Odd"), 5, "this cell failed: Odd"),
    (
        cell("1") + "\nWe see `{python} 1 / 0`.\n",
        7,
        "the inline expression `1 / 0` failed: ZeroDivisionError",
    ),
    (
        cell("import os") + "\nThere are `{python} 2`,\n`{python} 1 / 0` and `{python} nothing`.\n",
        8,
        "the inline expression `1 / 0` failed: ZeroDivisionError",
    ),
    (
        cell("import os") + "\nThere are `{python} os._exit(7)` and `{python} 2`.\n",
        7,
        "with exit code 7 while the inline expression `os._exit(7)` or one after it was running",
    ),
    (cell("1") + "\nWe see `{python} nothing`.\n", 7, "failed: NameError: name 'nothing'"),
    (cell("1") + "\nWe see `{python} a b`.\n", 7, "failed: SyntaxError"),
    (
        cell("class Odd:\n    def _repr_html_(self):\n        raise ValueError('no')\n\nOdd()"),
        6,
        "this cell failed: ValueError: no",
    ),
    (
        cell("class Odd:\n    def _repr_markdown_(self): return {}[0]")
        + "\nIt is `{python} Odd()`.\n",
        8,
        "the inline expression `Odd()` failed: KeyError: 0",
    ),
    (
        cell("import os\nos._exit(7)", "label: gone"),
        3,
        "ended with exit code 7 while the cell `gone` was running",
    ),
    (
        cell("import matplotlib.pyplot as plt\nplt.title(r'$\\bad{$')\nplt.show()"),
        3,
        "this cell failed: ValueError",
    ),
]


@pytest.mark.parametrize(("text", "line", "said"), FAILURES)
def test_a_failure_is_told_with_its_place(
    tmp_path: Path, pool: KernelPool, text: str, line: int, said: str
) -> None:
    with pytest.raises(CellError) as caught:
        one(tmp_path, text, pool)
    assert said in str(caught.value)
    assert (caught.value.path, caught.value.line) == ("one.qmd", line)
    assert "\n" not in str(caught.value)


def test_a_failure_in_an_included_file_names_both(tmp_path: Path, pool: KernelPool) -> None:
    (tmp_path / "_part.qmd").write_text("Text.\n\n" + cell("1 / 0"), encoding="utf-8")
    with pytest.raises(CellError) as caught:
        one(tmp_path, "{{< include _part.qmd >}}\n", pool)
    assert (caught.value.path, caught.value.line) == ("_part.qmd", 4)
    assert "(in one.qmd)" in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_a_killed_kernel_is_told_as_one(tmp_path: Path, pool: KernelPool) -> None:
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(CellError, match="ended by SIGKILL, which is what happens when memory"):
        one(tmp_path, cell(code), pool)


def test_a_killed_ordinary_kernel_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(CellError, match="ended with exit code 7"):
        run(tmp_path, {"one.qmd": "# One\n\n" + cell("import os\nos._exit(7)")}, warm=False)


def test_an_expected_failure_is_an_output(tmp_path: Path, pool: KernelPool) -> None:
    text = cell("import json\njson.loads('{')", "error: true") + cell("2")
    result = one(tmp_path, text, pool)
    (error,) = result.outputs[0]
    assert error["output_type"] == "error"
    assert error["ename"] == "JSONDecodeError"
    trace = "\n".join(error["traceback"])
    assert "json" in trace
    assert sys.base_prefix not in trace, "a page names no folder of this machine"
    assert str(tmp_path) not in trace
    assert result.outputs[1][0]["data"]["text/plain"] == "2"


def test_one_failure_stops_the_others(tmp_path: Path) -> None:
    chapters = {
        "slow.qmd": "# S\n\n" + cell("import time\ntime.sleep(600)"),
        "bad.qmd": "# B\n\n" + cell("1 / 0"),
    }
    with pytest.raises(CellError, match=r"bad.qmd:4"):
        run(tmp_path, chapters, jobs=2)


def test_modules_that_cells_import(tmp_path: Path) -> None:
    text = (
        cell("%matplotlib inline\nimport a.b, c as d\nfrom e import f, g as h\nfrom i import *")
        + cell("import not_run", "eval: false")
        + cell("this is not Python")
        + cell("def later():\n    import inner\nif True:\n    import k")
    )
    _, sources = read(write_book(tmp_path, {"one.qmd": "# One\n\n" + text}))
    assert imported_modules(sources) == ["a.b", "c", "e", "e.f", "e.g", "i"]


class Counted:
    """A book whose cells leave a mark each time they run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mark = cell("from pathlib import Path\nPath('.ran').open('a').write('x')\nNone")
        self.text = f"# One\n\nWords.\n\n{self.mark}\n`{{python}} 1 + 1`\n"
        write_book(root, {"one.qmd": self.text})
        self.cache = root / ".cache" / "render"

    def runs(self, **options) -> int:
        marks = self.root / ".ran"
        marks.unlink(missing_ok=True)
        book, sources = read(self.root)
        self.result = execute_chapters(book, sources, cache=Cache(self.cache), **options)
        return len(marks.read_text(encoding="utf-8")) if marks.exists() else 0

    def write(self, text: str) -> None:
        (self.root / "one.qmd").write_text(text, encoding="utf-8")


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    return Counted(tmp_path)


def test_what_ran_is_not_run_again(counted: Counted, pool: KernelPool) -> None:
    assert counted.runs(pool=pool) == 1
    first = counted.result
    assert counted.runs(pool=pool) == 0
    assert counted.result == first


def test_prose_and_captions_do_not_count(counted: Counted, pool: KernelPool) -> None:
    counted.runs(pool=pool)
    counted.write(counted.text.replace("Words.", "Other words,\n\non more lines."))
    assert counted.runs(pool=pool) == 0
    counted.write(counted.text.replace("{python}\n", "{python}\n#| echo: false\n#| label: x\n"))
    assert counted.runs(pool=pool) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'x'", "'y'"),
        ("1 + 1", "1 + 2"),
        ("{python}\n", "{python}\n#| error: true\n"),
        ("{python}\n", "{python}\n#| fig-width: 3\n"),
    ],
)
def test_code_and_its_options_count(counted: Counted, pool: KernelPool, old: str, new: str) -> None:
    counted.runs(pool=pool)
    counted.write(counted.text.replace(old, new))
    assert counted.runs(pool=pool) == 1


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("data/table.csv", True),
        ("numbers.py", True),
        ("study.toml", True),
        ("tests/test_x.py", False),
        ("_site/index.html", False),
        ("other.qmd", False),
        (".hidden", False),
    ],
)
def test_inputs_count(counted: Counted, pool: KernelPool, file: str, counts: bool) -> None:
    path = counted.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("1", encoding="utf-8")
    counted.runs(pool=pool)
    assert counted.runs(pool=pool) == 0
    path.write_text("2", encoding="utf-8")
    assert counted.runs(pool=pool) == int(counts)


def test_inputs_are_those_the_settings_name(counted: Counted, pool: KernelPool) -> None:
    (counted.root / "pyproject.toml").write_text(
        "[tool.render]\ninputs = ['data/**/*']\n", encoding="utf-8"
    )
    counted.runs(pool=pool)
    (counted.root / "notes.txt").write_text("x", encoding="utf-8")
    assert counted.runs(pool=pool) == 0
    (counted.root / "data").mkdir()
    (counted.root / "data" / "new.csv").write_text("x", encoding="utf-8")
    assert counted.runs(pool=pool) == 1


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 1}', b"\x80\x04"])
def test_a_damaged_result_is_made_again(counted: Counted, pool: KernelPool, damage: bytes) -> None:
    counted.runs(pool=pool)
    expected = counted.result
    (file,) = (counted.cache / "results").iterdir()
    file.write_bytes(damage)
    assert counted.runs(pool=pool) == 1
    assert counted.result == expected
    assert counted.runs(pool=pool) == 0


def test_a_failed_chapter_is_not_kept(counted: Counted, pool: KernelPool) -> None:
    counted.write(counted.text.replace("1 + 1", "1 / 0"))
    for _ in range(2):
        with pytest.raises(RenderError):
            counted.runs(pool=pool)
    assert not (counted.cache / "results").exists()


def alive(word: str) -> list[str]:
    """Return the command lines of processes in which a word occurs in the environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if word.encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_text(encoding="utf-8"))
            except OSError:
                continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks in /proc")
@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name
)
def test_no_process_outlives_a_render(tmp_path: Path, number: signal.Signals, warm: bool) -> None:
    spawn = (
        "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\nopen('.up', 'w').close()\n"
    )
    write_book(tmp_path, {"one.qmd": "# One\n\n" + cell(spawn + "time.sleep(600)")})
    word = f"RENDER_TEST={os.getpid()}-{tmp_path.name}"
    script = (
        "import signal, sys\n"
        "from render.__main__ import _terminate_like_interrupt\n"
        "from render.execute import execute_chapters\n"
        "from tests.render.small import read\n"
        "from pathlib import Path\n"
        "_terminate_like_interrupt()\n"
        "book, sources = read(Path('.'))\n"
        f"execute_chapters(book, sources, warm={warm})\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(RENDER_TEST=word.split("=")[1]),
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not (tmp_path / ".up").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        assert any("sleep" in line for line in alive(word))
        process.send_signal(number)
        assert process.wait(timeout=60) != 0
        until = time.monotonic() + 30
        # An ordinary kernel looks once a second whether its render is still there.
        while left := [line for line in alive(word) if warm or "sleep" not in line]:
            assert time.monotonic() < until, left
            time.sleep(0.1)
    finally:
        process.kill()
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    if word.encode() in (folder / "environ").read_bytes():
                        os.kill(int(folder.name), signal.SIGKILL)
                except OSError:
                    continue


def test_a_pool_leaves_no_file(tmp_path: Path) -> None:
    book, sources = read(write_book(tmp_path, {"one.qmd": "# One\n\n" + cell("1")}))
    with make_pool(book) as pool:
        execute_chapters(book, sources, pool=pool)
        folder = pool.folder
        assert folder.is_dir()
    assert not folder.exists()


# --- the process that lives on between the renders of a preview ------------------------------

WITH_OWN = cell("import matplotlib.pyplot as plt\nimport own\nplt.plot([1, 2]); own.WORD")
WHICH = cell(
    "import os\n"
    "from sys import modules\n"
    "here, parents = os.getppid(), []\n"
    "while here > 1:\n"
    "    parents.append(here)\n"
    "    here = int(open(f'/proc/{here}/stat').read().rpartition(')')[2].split()[1])\n"
    "[parents, 'own' in modules, 'matplotlib' in modules]"
)


def of_nursery(root: Path, text: str, word: str) -> ChapterResult:
    """Execute a chapter as a new render does."""
    (root / "own.py").write_text(f"WORD = {word!r}\n", encoding="utf-8")
    return one(root, text)


@needs_fork
def test_what_lives_on_has_libraries_and_nothing_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{WITH_OWN}\n{WHICH}"
    first = of_nursery(tmp_path, text, "first")
    noted = libraries(tmp_path).read_text(encoding="utf-8")
    assert '"matplotlib.pyplot"' in noted
    assert '"own"' not in noted
    with nursery(libraries(tmp_path)) as env:
        monkeypatch.setenv(NURSERY, env[NURSERY])
        pid = nurse()
        for word in ("first", "second"):
            result = of_nursery(tmp_path, text, word)
            assert result.outputs[0][-1] == first.outputs[0][-1], "the figure is the same"
            assert result.outputs[0][0]["data"]["text/plain"] == repr(word)
            parents = result.outputs[1][0]["data"]["text/plain"]
            assert pid in parents
        bare = of_nursery(tmp_path, WHICH, "third").outputs[0][0]["data"]["text/plain"]
        assert bare.split()[-2:] == ["False,", "True]"], bare
    assert not Path("/proc", pid).exists(), "it has ended"
    assert of_nursery(tmp_path, text, "fourth").outputs[0][0]["data"]["text/plain"] == "'fourth'"


def nurse() -> str:
    """Return the process that lives on, among those this one has started."""
    while True:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8")
        for pid in children.split():
            if '"listen"' in Path("/proc", pid, "cmdline").read_text(encoding="utf-8"):
                return pid


@needs_fork
@pytest.mark.parametrize("damage", ["", "{", '["no_such_module"]', "[1]"])
def test_damaged_notes_of_libraries_cost_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    libraries(tmp_path).parent.mkdir(parents=True)
    libraries(tmp_path).write_text(damage, encoding="utf-8")
    with nursery(libraries(tmp_path)) as env:
        monkeypatch.setenv(NURSERY, env[NURSERY])
        assert (
            of_nursery(tmp_path, WITH_OWN, "word").outputs[0][0]["data"]["text/plain"] == "'word'"
        )
    assert '"matplotlib"' in libraries(tmp_path).read_text(encoding="utf-8")


@needs_fork
@pytest.mark.parametrize("installed", ["other libraries", None])
def test_other_libraries_are_imported_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: str | None
) -> None:
    with nursery(libraries(tmp_path)) as env:
        address, mine = json.loads(env[NURSERY])
        given = [address, installed] if installed else ["/nowhere", mine]
        monkeypatch.setenv(NURSERY, json.dumps(given))
        assert nurse() not in of_nursery(tmp_path, WHICH, "").outputs[0][0]["data"]["text/plain"]


@needs_fork
def test_what_lives_on_ends_with_the_one_who_started_it(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from render.kernel import nursery\n"
        "with nursery(Path('libraries.json')) as env:\n"
        "    children = open(f'/proc/self/task/{os.getpid()}/children').read()\n"
        "    print(children, flush=True)\n"
        "    os._exit(1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    pid = int(done.stdout.split()[0])
    until = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() or list(tmp_path.glob("render-*")):
        assert time.monotonic() < until
        time.sleep(0.05)
