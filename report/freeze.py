"""Let Quarto keep the results of a chapter just as long as what they were made from is the same.

With ``freeze: auto`` Quarto executes a chapter again when its text has changed, and knows nothing
of the code, the table and the parameters behind it. Quarto runs this script before and after it
renders (`pre-render`, `post-render`). Before, a chapter whose inputs are not those of its frozen
results is forgotten, so that it is executed. After, it is noted what each chapter's results were
made from, together with a digest of the results themselves: a render that was stopped, or results
that came by another way, are never taken for fresh.
"""

import os
import sys

if __name__ == "__main__" and os.environ.get("RENDER_ENGINE") == "portable":
    sys.exit()  # it keeps results of its own

import hashlib
import json
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import yaml

FROZEN = Path("_freeze")
NOTES = FROZEN / "inputs.json"
COMMAND = (sys.executable, "-m", "analysis", "inputs")
"""Reads the code of chapters as JSON, writes a digest of all that it depends on."""
_CELL = re.compile(
    r"^[ \t>]*(`{3,}|~{3,})\s*\{python\b[^\n]*\n(.*?)^[ \t>]*\1", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(r"`\{python\}\s+([^`]+)`")
_INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(\S+)\s*>\}\}", re.MULTILINE)
_NOT_EXECUTED = {"project", "book", "website", "bibliography"}
"""Settings that say nothing about the execution of a chapter."""
_LOOKS = {
    *("theme", "css", "respect-user-color-scheme", "html-math-method"),
    *("template-partials", "filters", "include-before-body", "pdf-standard", "papersize", "margin"),
    *("fontsize", "theorem-appearance", "citeproc"),
}
"""Settings of a format that come after the execution."""


def text_of(path: Path) -> str:
    """Return a chapter's text with that of the files that it includes."""
    text = path.read_text(encoding="utf-8")
    return _INCLUDE.sub(
        lambda found: text_of(
            Path(found[1].lstrip("/")) if found[1].startswith("/") else path.parent / found[1]
        ),
        text,
    )


def code_of(text: str) -> str:
    """Return the Python of cells and inline expressions."""
    return "\n".join(
        [*(textwrap.dedent(found[2]) for found in _CELL.finditer(text)), *_INLINE.findall(text)]
    )


def inputs(chapters: list[str]) -> dict[str, str]:
    """Return a digest of what each chapter with Python in it is made from, its own text aside."""
    texts = {chapter: text_of(Path(chapter)) for chapter in chapters}
    codes = {chapter: code for chapter, text in texts.items() if (code := code_of(text).strip())}
    if not codes:
        return {}
    done = subprocess.run(
        COMMAND, input=json.dumps(codes), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        sys.exit(done.returncode)  # it has said why
    settings = yaml.safe_load(Path("_quarto.yml").read_text(encoding="utf-8"))
    shared = {key: value for key, value in settings.items() if key not in _NOT_EXECUTED}
    for name, options in shared.get("format", {}).items():
        given = options if isinstance(options, dict) else {}
        shared["format"][name] = {k: v for k, v in given.items() if k not in _LOOKS}
    return {
        chapter: digest(made_from, texts[chapter], json.dumps(shared, sort_keys=True))
        for chapter, made_from in json.loads(done.stdout).items()
    }


def digest(*parts: str | bytes) -> str:
    """Return a digest of texts."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(f"{len(data)}\0".encode() + data)
    return found.hexdigest()


def frozen(chapter: str) -> Path:
    """Return where Quarto keeps the results of a chapter."""
    return FROZEN / Path(chapter).with_suffix("")


def results(chapter: str) -> str | None:
    """Return a digest of the results of a chapter, or None if there are none."""
    files = sorted(path for path in frozen(chapter).rglob("*") if path.is_file())
    parts = [part for path in files for part in (path.as_posix(), path.read_bytes())]
    return digest(*parts) if parts else None


def before(chapters: list[str], noted: dict[str, dict[str, str]]) -> None:
    """Forget the results of chapters whose inputs are not those that they were made from."""
    wanted = inputs(chapters)
    for chapter, made_from in wanted.items():
        there = results(chapter)
        if there is None or noted.get(chapter) != {"inputs": made_from, "results": there}:
            noted[chapter] = {"inputs": made_from}
            shutil.rmtree(frozen(chapter), ignore_errors=True)
    write(noted)


def after(noted: dict[str, dict[str, str]]) -> None:
    """Note the results that were made while the inputs stayed what they were."""
    there = {chapter: found for chapter in noted if (found := results(chapter))}
    new = [chapter for chapter, found in there.items() if noted[chapter].get("results") != found]
    for chapter, made_from in inputs(new).items():
        if noted[chapter]["inputs"] == made_from:
            noted[chapter]["results"] = there[chapter]
    write(noted)


def notes() -> dict[str, dict[str, str]]:
    """Return what was noted of each chapter; nothing if the notes cannot be read."""
    try:
        noted = json.loads(NOTES.read_text(encoding="utf-8"))
        return {str(chapter): dict(entry) for chapter, entry in noted.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write(noted: dict[str, dict[str, str]]) -> None:
    """Keep the notes."""
    FROZEN.mkdir(exist_ok=True)
    new = NOTES.with_suffix(".new")
    new.write_text(json.dumps(noted, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(NOTES)


def main() -> None:
    """Do what is to be done before or after a render."""
    if "QUARTO_PROJECT_OUTPUT_FILES" in os.environ:
        after(notes())
    elif listed := os.environ.get("QUARTO_PROJECT_INPUT_FILES"):
        names = [Path(name).as_posix() for name in listed.splitlines()]
        before([name for name in names if name.endswith(".qmd")], notes())
    else:
        shutil.rmtree(FROZEN, ignore_errors=True)


if __name__ == "__main__":
    main()
