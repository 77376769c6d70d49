"""analysis.study.inputs: one digest for all that a chapter depends on."""

from __future__ import annotations

import pytest
from tiny import Tiny, written

CHAPTERS = {
    "size": "from analysis.book import study\nfrom analysis import show\nshow.table(study.size)",
    "seed": "from analysis.book import study\nstudy.config.seed",
    "published": "from analysis.book import study\none = study.as_published.rows\nlen(one)",
    "picture": "from analysis.book import study\nfrom analysis.show import Picture\n"
    "Picture(study.rows)",
    "provenance": "from analysis.book import study\nstudy.provenance.seed",
    "all": "from analysis.book import study\nprint(study)",
    "words": "1 + 1",
    "magic": "%matplotlib inline",
}


def test_results_that_are_read_are_brought_up_to_date(tiny: Tiny) -> None:
    first = tiny.inputs(size=CHAPTERS["size"], seed=CHAPTERS["seed"])
    assert {name for name, *_ in written(tiny.root)} == {"rows", "size"}
    assert tiny.inputs(size=CHAPTERS["size"], seed=CHAPTERS["seed"]) == first
    assert tiny.inputs(**CHAPTERS).items() >= first.items()
    assert {name for name, *_ in written(tiny.root)} == {
        *("rows", "size", "half", "draws", "both", "last")
    }


def test_what_a_change_reaches(tiny: Tiny) -> None:
    now = tiny.inputs(**CHAPTERS)
    everything = {"all", "magic"}
    for name, old, new, chapters in [
        ("analysis/show.py", "A title", "Another title", {"magic"}),
        ("analysis/show.py", "| {value} |", "{value}", {"size", "magic"}),
        ("analysis/show.py", "files(", "print('x') or files(", {"picture", "magic"}),
        ("analysis/picture.js", "draw()", "erase()", {"picture", "magic"}),
        # How a result is computed is not what a chapter reads; its value is.
        ("analysis/findings.py", "[HEADER:]", "[HEADER + 0 :]", {"provenance", *everything}),
        (
            "analysis/findings.py",
            "return len(rows)",
            "return 7",
            {"size", "provenance", *everything},
        ),
        # A method of a value's class runs where it is read.
        (
            "analysis/findings.py",
            "len(self.lines)",
            "0 + len(self.lines)",
            {"published", "picture", "provenance", *everything},
        ),
        (
            "analysis/findings.py",
            "lines[:-1]",
            "lines[:-2]",
            {"published", "provenance", *everything},
        ),
        ("study.toml", "seed = 42", "seed = 43", {"seed", "provenance", *everything}),
        ("study.toml", "n_refits = 3", "n_refits = 4", {"provenance", *everything}),
        ("study.toml", "n_seeds = 3", "n_seeds = 3 # three", {"provenance", *everything}),
        ("analysis/methods.py", '"""Halve it."""', '"""Half."""', {"magic"}),
    ]:
        tiny.change(name, old, new)
        before, now = now, tiny.inputs(**CHAPTERS)
        assert {c for c in now if now[c] != before[c]} == chapters, new


def test_a_library(tiny: Tiny) -> None:
    before = tiny.inputs(**CHAPTERS)
    (tiny.root / "requirements.txt").write_text("numpy==2.0\n", encoding="utf-8")
    after = tiny.inputs(**CHAPTERS)
    assert all(before[chapter] != after[chapter] for chapter in CHAPTERS)


@pytest.mark.parametrize("read", ["study.unknown", "study.names()", "vars(study)", "f(study.ours)"])
def test_what_cannot_be_told_is_everything(tiny: Tiny, read: str) -> None:
    chapter = {"x": f"from analysis.book import study\n{read}"}
    before = tiny.inputs(**chapter)
    tiny.change("analysis/findings.py", "{size} and", "{size} or")
    assert tiny.inputs(**chapter) != before


def test_nothing_heavy_is_imported_when_all_hold(tiny: Tiny) -> None:
    chapter = {"size": CHAPTERS["size"]}
    tiny.inputs(**chapter)
    said = tiny.run(
        f"""
        import io, json, sys
        from analysis.cli import main
        sys.stdin = io.StringIO(json.dumps({chapter!r}))
        main(["inputs"])
        print({{"numpy", "pandas", "joblib", "analysis.book"}} & set(sys.modules))
        """
    )
    assert said.splitlines()[-1] == "set()"
