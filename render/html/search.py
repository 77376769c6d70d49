"""The index of the site's search, made by Pagefind."""

import errno
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path

from render import cache as caches
from render.cache import Cache
from render.errors import RenderError

FOLDER = "pagefind"
SYNONYMS = "synonyms.json"
# Left out of the index: what is drawn again by the page, and formulas as TeX.
_IGNORED = (
    ".equation",
    ".display",
    "annotation",
    "button",
    ".callout-title > .vh",
    ".footnote-ref",
)
_ARGUMENTS = (f"--exclude-selectors={', '.join(_IGNORED)}", "--quiet")
_BLOCK = 1 << 16
_KEPT = (".pf_fragment", ".pf_index", ".pf_meta", ".pagefind")
_SCRIPTS = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")


def executable() -> str:
    """Find Pagefind: the one in the environment (pagefind-bin), or else the one on PATH.

    Raises
    ------
    RenderError
        If there is none.
    """
    for package in ("pagefind_bin", "pagefind_bin_extended"):
        spec = importlib.util.find_spec(package)
        for folder in spec.submodule_search_locations or () if spec else ():
            for name in ("pagefind", "pagefind.exe", "pagefind_extended", "pagefind_extended.exe"):
                candidate = Path(folder) / name
                if candidate.is_file():
                    return str(candidate)
    found = shutil.which("pagefind") or shutil.which("pagefind_extended")
    if found is None:
        raise RenderError(
            "Pagefind is not in this environment; install pagefind[bin], or set `search: false`"
        )
    return found


def write_index(
    site: Path, kept: Cache | None = None, synonyms: Sequence[Sequence[str]] = ()
) -> None:
    """Index a site's pages into its folder ``pagefind``.

    Parameters
    ----------
    site
        The site.
    kept
        Keeps the index, which is made anew only when a page has changed.
    synonyms
        Words that mean the same; the search asks for all of a group when one is typed.

    Raises
    ------
    RenderError
        If Pagefind fails.
    """
    program = executable()
    size, time = Path(program).stat().st_size, Path(program).stat().st_mtime_ns
    pages = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    name = caches.digest("index", _ARGUMENTS, size, time, caches.files_digest(site, pages))
    found = kept.get(name) if kept is not None else None
    if found is None:
        files = _index(program, site)
        if kept is not None:
            kept.put(name, {place: b64encode(data).decode() for place, data in files.items()})
    else:
        files = {place: b64decode(data) for place, data in found.items()}
    target = site / FOLDER
    if target.exists():
        shutil.rmtree(target)
    for place, content in files.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        (target / place).write_bytes(content)
    (target / SYNONYMS).write_text(json.dumps(synonyms, ensure_ascii=False), encoding="utf-8")


def _index(program: str, site: Path) -> dict[str, bytes]:
    """Run Pagefind; give the files that a page's search asks for."""
    with tempfile.TemporaryDirectory(dir=site) as folder:
        done = subprocess.run(
            [program, f"--site={site}", f"--output-path={folder}", *_ARGUMENTS],
            capture_output=True,
            check=False,
            cwd=folder,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode("utf-8", "replace")
            raise RenderError(f"Pagefind failed: {' '.join(said.split())}")
        if shutil.disk_usage(folder).free < _BLOCK:
            # Pagefind does not tell that it could not write.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), folder)
        _settle(Path(folder) / "pagefind-entry.json")
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file() and (path.suffix in _KEPT or path.name in _SCRIPTS)
        }


def _settle(entry: Path) -> None:
    """Write the entry file again with its keys in order."""
    content = json.loads(entry.read_text(encoding="utf-8"))
    entry.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")
