"""Sentences written for the published study: none is marked there, and what is marked is named."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from chapters import (
    ABOUT_GTZAN,
    INLINE,
    ROOT,
    Source,
    chapter_paths,
    load_script,
    parse,
    sources,
    words_of,
)

from analysis.show.guards import NOT_SO
from analysis.songs.table import load_dataset

GENRES = sorted(set(load_dataset(ROOT / "data/gtzan_features.csv").genres))


@pytest.fixture(scope="module")
def guards() -> ModuleType:
    return load_script("guards")


CHAPTER = """\
# Chapter

`{python} holds(a)`None of the criteria picks ten.
`{python} holds(b)`The two methods agree far less with each other than with themselves.
No guard here.
`{python} holds(c)`Metal has `{python} n` songs in *one* cluster.
"""


def test_marked_sentences_are_found_with_their_lines(guards: ModuleType, tmp_path: Path) -> None:
    chapter = tmp_path / "chapter.qmd"
    chapter.write_text(CHAPTER, encoding="utf-8")
    mark = f'<mark class="{NOT_SO}"><strong>Not so:</strong></mark> '
    html = (
        f"<p>{mark}None of the criteria picks ten. The two methods agree.</p>"
        f"<ul><li>Metal. {mark}Metal has 12 songs in <em>one</em> cluster.</li></ul>"
    )
    assert [n for _, n, _ in guards.places(html, chapter)] == [3, 6]
    assert guards.places("<p>None of the criteria picks ten.</p>", chapter) == []


def test_a_marked_sentence_of_an_included_file_is_found_there(
    guards: ModuleType, tmp_path: Path
) -> None:
    chapter, solutions = tmp_path / "chapter.qmd", tmp_path / "solutions" / "chapter.qmd"
    chapter.write_text(f"{CHAPTER}\n{{{{< include solutions/chapter.qmd >}}}}\n", encoding="utf-8")
    solutions.parent.mkdir()
    solutions.write_text("\n`{python} holds(d)`Tempo decides.\n", encoding="utf-8")
    html = f'<p><mark class="{NOT_SO}">Not so:</mark> Tempo decides.</p>'
    assert guards.places(html, chapter) == [(solutions, 2, "Tempo decides.")]


def test_they_are_told_at_the_end(
    guards: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = next(s for s in sources() if guards.guarded(ROOT / s.path))
    _, n, sentence = guards.guarded(ROOT / source.path)[0]
    words = re.sub(r"`.*?`|[*@#{}\[\]]", "", sentence)
    path = tmp_path / Path(source.path).with_suffix(".html")
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'<p><mark class="{NOT_SO}">Not so:</mark> {words}</p>', encoding="utf-8")
    guards.main(tmp_path)
    assert f"{source.path}:{n}: " in capsys.readouterr().out


def unguarded_genres(source: Source) -> list[str]:
    """Return the sentences that name a genre of the table without a guard."""
    names = re.compile(rf"(?i)(?<![\w.-])(?:{'|'.join(GENRES)}|hip-hop)(?![\w])")
    lines = dict(source.prose)
    return [
        f"{source.path}:{n}: {line.strip()}"
        for n, line in words_of(source)
        if names.search(line)
        and not any(code.startswith(("holds(", "told(")) for code in INLINE.findall(lines[n]))
    ]


@pytest.mark.parametrize("source", sources(), ids=[source.path for source in sources()])
def test_a_sentence_that_names_a_genre_has_a_guard(source: Source) -> None:
    """Another table may not have the genre."""
    if source.path not in ABOUT_GTZAN:
        assert not unguarded_genres(source)


def test_this_check_finds_what_it_is_for() -> None:
    bad = parse("x.qmd", "Metal is loud.\n`{python} holds(loud)`Metal is loud.\n")
    assert unguarded_genres(bad) == ["x.qmd:1: Metal is loud."]


@pytest.mark.site
@pytest.mark.parametrize("path", chapter_paths())
def test_no_sentence_of_the_published_study_is_marked(path: str) -> None:
    page = (ROOT / "_site" / path).with_suffix(".html").read_text(encoding="utf-8")
    assert f"{NOT_SO}" not in re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
