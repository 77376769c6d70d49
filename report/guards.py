"""Name the sentences that are written for the published study, and are not so for these data.

The renderer calls this after the pages are written. With the published study it says nothing.
"""

import os
import re
import sys
from difflib import SequenceMatcher
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.show.guards import NOT_SO

ROOT = Path(__file__).resolve().parent.parent
_INCLUDE = re.compile(r"^\{\{<\s*include\s+(\S+)\s*>\}\}$")
_GUARD = re.compile(r"`\{python\} holds\(.*?`")
_WORD = re.compile(r"[^\W\d_]{2,}")
_INLINE = re.compile(r"`\{python\} .*?`")


def marked(page: str) -> list[str]:
    """Return the words behind each mark on a page, as far as the paragraph goes."""
    found: list[str] = []
    body = page.rpartition("</head>")[2]
    if NOT_SO not in body:
        return found
    from bs4 import BeautifulSoup  # no page of the published study needs it

    for mark in BeautifulSoup(body, "html.parser").select(f".{NOT_SO}"):
        paragraph = mark.find_parent(["p", "li", "figcaption", "td", "dd"]) or mark.parent
        within, own = set(map(id, paragraph.strings)), set(map(id, mark.strings))
        behind = (text for text in mark.next_elements if id(text) in within - own)
        found.append(" ".join(behind))
    return found


def guarded(source: Path) -> list[tuple[Path, int, str]]:
    """Return each guarded sentence of a chapter and the files it includes, with file and line."""
    found = []
    for n, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        if include := _INCLUDE.match(line):
            found += guarded(source.parent / include[1])
        found += [(source, n, line[guard.end() :]) for guard in _GUARD.finditer(line)]
    return found


def places(page: str, source: Path) -> list[tuple[Path, int, str]]:
    """Return the guarded sentences of a chapter that are marked on its page."""
    sentences = guarded(source)
    found = []
    for behind in marked(page):
        seen = _WORD.findall(behind)

        def likeness(sentence: tuple[Path, int, str], seen: list[str] = seen) -> float:
            words = _WORD.findall(_INLINE.sub(" ", sentence[-1]))
            matcher = SequenceMatcher(None, words, seen[: len(words) + 5], autojunk=False)
            return sum(block.size for block in matcher.get_matching_blocks()) / max(1, len(words))

        if sentences:
            found.append(max(sentences, key=likeness))
    return sorted(found)


def main(site: Path) -> None:
    """Print the marked sentences of all pages, with file and line."""
    lines = []
    for source in [ROOT / "index.qmd", *sorted((ROOT / "report").glob("*.qmd"))]:
        page = site / source.relative_to(ROOT).with_suffix(".html")
        if page.is_file():
            for path, n, sentence in places(page.read_text(encoding="utf-8"), source):
                where = f"{path.relative_to(ROOT).as_posix()}:{n}"
                lines.append(f"  {where}: {' '.join(sentence.split())[:90]}")
    if lines:
        print("Written for the published study, and not so for these data:", *lines, sep="\n")


if __name__ == "__main__":
    main(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
