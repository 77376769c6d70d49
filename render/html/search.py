"""The index of the site's search, made by Pagefind."""

import importlib.util
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from render.errors import RenderError

FOLDER = "pagefind"
# Left out of the index: what is drawn again by the page, and formulas as TeX.
_IGNORED = (
    ".equation",
    ".display",
    "annotation",
    "button",
    ".callout-title > .vh",
    ".footnote-ref",
)
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


def write_index(site: Path) -> None:
    """Index a site's pages into its folder ``pagefind``.

    Raises
    ------
    RenderError
        If Pagefind fails.
    """
    with tempfile.TemporaryDirectory(dir=site) as folder:
        done = subprocess.run(
            [
                executable(),
                f"--site={site}",
                f"--output-path={folder}",
                f"--exclude-selectors={', '.join(_IGNORED)}",
                "--quiet",
            ],
            capture_output=True,
            check=False,
            cwd=folder,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode("utf-8", "replace")
            raise RenderError(f"Pagefind failed: {' '.join(said.split())}")
        target = site / FOLDER
        if target.exists():
            shutil.rmtree(target)
        for path in sorted(Path(folder).rglob("*")):
            wanted = path.suffix in _KEPT or path.name in _SCRIPTS
            if path.is_file() and wanted:
                place = target / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(path.read_bytes())
    _settle(site / FOLDER / "pagefind-entry.json")


def _settle(entry: Path) -> None:
    """Write the entry file again with its keys in order."""
    content = json.loads(entry.read_text(encoding="utf-8"))
    entry.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")
