"""Put right what Quarto leaves on its pages; Quarto calls this when they are written.

No page asks another server for a script: Quarto adds two to each page with a cell that puts out
HTML, and none of ours uses them. Cells have no names that change from render to render. What the
search shows has every formula once. Formulas and fonts are those of the portable renderer's site.
The PDF is packed as the portable renderer packs its own.
"""

import html
import json
import os
import re
import sys
from pathlib import Path

if __name__ == "__main__" and os.environ.get("RENDER_ENGINE") == "portable":
    sys.exit()  # its pages are as they should be, and what follows takes a while to import

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from render.html import fonts
from render.html.fragment import mend_math
from render.pdf.compact import compact

_FOREIGN = re.compile(
    r'<script\b[^>]*\bsrc="https?://[^>]*></script>\s*'
    r"|<script\b[^>]*>define\('jquery'.*?</script>\s*",
    re.DOTALL,
)
_CELL = re.compile(r'<div id="[0-9a-f]{6,8}" class="cell')
_FACE = re.compile(r"@font-face \{.*?\}")
_FORMULA = re.compile(r"[(\[“‘]?<math\b[^>]* xmlns=.*?</math>[.,;:!?)\]’”…-]*", re.DOTALL)
_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
_TEX = re.compile(r"<annotation\b.*?</annotation>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def tidied(page: str) -> str:
    """Return a page without scripts of other servers and names made by chance, and its math set."""
    page = _CELL.sub('<div class="cell', _FOREIGN.sub("", page))
    return _FORMULA.sub(lambda formula: mend_math(formula[0]), page)


def formulas(page: str) -> dict[str, str]:
    """Return each formula as a reader sees it, by how the search has it: with its TeX behind it."""
    found = {}
    for math in dict.fromkeys(_MATH.findall(page)):
        whole, shown = (_TAG.sub("", x).replace("&amp;", "&") for x in (math, _TEX.sub("", math)))
        found[whole.rstrip()] = shown  # at the end of a section the search has no blanks
    # The longest first: a short one may be the end of a long one.
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def put_fonts(libraries: Path, files: dict[str, bytes]) -> None:
    """Put the fonts beside the style sheets of both themes, and their names into these."""
    folder = libraries / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    for name, font in files.items():
        (folder / name).write_bytes(font)
    style = (Path(fonts.__file__).parent / "assets" / "book.css").read_text(encoding="utf-8")
    faces = "".join(_FACE.findall(style)).replace("url(", "url(../fonts/")
    for sheet in (libraries / "bootstrap").glob("bootstrap*.min.css"):
        text = sheet.read_text(encoding="utf-8")
        if faces not in text:
            sheet.write_text(text + faces, encoding="utf-8", newline="\n")


def main(site: Path) -> None:
    """Put right the PDF, all pages, and the search."""
    for path in site.glob("*.pdf"):
        path.write_bytes(compact(path.read_bytes()))
    pages = {
        path: path.read_text(encoding="utf-8")
        for path in (*site.glob("*.html"), *(site / "report").glob("*.html"))
    }
    if not pages:
        return  # the PDF alone
    for path, page in pages.items():
        path.write_text(tidied(page), encoding="utf-8", newline="\n")
    shown = {path: formulas(page) for path, page in pages.items()}
    used = html.unescape("".join(text for each in shown.values() for text in each.values()))
    put_fonts(site / "site_libs", fonts.build(used))
    index = site / "search.json"
    if index.is_file():
        entries = json.loads(index.read_text(encoding="utf-8"))
        for entry in entries:
            page = site / entry["href"].partition("#")[0]
            for twice, once in shown.get(page, {}).items():
                entry["text"] = entry["text"].replace(twice, once)
        index.write_text(json.dumps(entries, ensure_ascii=False, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
