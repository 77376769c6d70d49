"""Put the reference of the package into the website, made by pdoc; `additions.py` calls this."""

import ast
import contextlib
import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import pkgutil
import re
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing.context import BaseContext
from pathlib import Path, PurePath
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.files import cache_folder, copy_kept_folder, write_atomically

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "analysis"
FOLDER = "api"
KEPT = cache_folder(ROOT) / FOLDER
SURFACES = cache_folder(ROOT) / f"{FOLDER}.json"
"""What is shown of each source, as a digest, by the digest of the source."""
TEMPLATES = Path(__file__).resolve().parent / "api"
MOVED = ("", "-data", "-kmeans", "-mixture", "-components", "-comparison", "-shown")
"""The ends of the addresses that the reference had as chapters: ``report/api-data.html``."""
MODULES_A_PROCESS = 50
"""So many pages are worth a process of their own."""
OPTIONAL = "## Optional"
LABEL = re.compile(
    r"(?<![\w/#-])(?:eq|fig|tbl|sec|def|thm|lem|prp|cor)-[a-z0-9]+(?:-[a-z0-9]+)*(?![\w-])"
)
REDIRECT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The reference of the code</title>
<meta http-equiv="refresh" content="0; url={address}">
</head>
<body>
<main><h1>The reference of the code</h1><p>It is <a href="{address}">here</a>.</p></main>
</body>
</html>
"""
_TAGS = r"(?:<[^>]*>|\s)*"
_ARRAY = re.compile(
    _TAGS.join(
        (
            *("numpy", r"\.", "ndarray", r"\[", "tuple", r"\[", r"[^\[\]]+?", r"\]", ","),
            *("numpy", r"\.", "dtype", r"\[", "numpy", r"\.", r"(\w+)", r"\]", r"\]"),
        )
    )
)
"""How pdoc writes ``NDArray[np.float64]``."""


def modules() -> list[str]:
    """Return the package and every public module below it."""
    files = [path.relative_to(ROOT).with_suffix("") for path in sources()]
    names = [".".join(file.parts).removesuffix(".__init__") for file in files]
    return sorted(name for name in names if "._" not in name)


def sources() -> list[Path]:
    """Return the files that the pages are made from."""
    return sorted((ROOT / PACKAGE).rglob("*.py"))


class _Surface(ast.NodeTransformer):
    """Leave of a function what a page shows: its signature and its docstring."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = node.body[: ast.get_docstring(node) is not None]
        return node


def surfaces() -> dict[str, str]:
    """Return a digest of what the pages show of each source, by its path.

    A source is parsed once, since that takes longer than all else where nothing has changed.
    """
    kept: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError, TypeError):
        kept = dict(json.loads(SURFACES.read_bytes()))
    contents = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in sources()}
    names = {path: _digest(sys.version.encode() + data) for path, data in contents.items()}
    shown = {
        name: kept.get(name) or _digest(ast.dump(_Surface().visit(ast.parse(data))).encode())
        for name, data in zip(names.values(), contents.values(), strict=True)
    }
    if shown != kept:
        with contextlib.suppress(OSError):
            write_atomically(SURFACES, json.dumps(shown, indent=0).encode())
    return {path: shown[name] for path, name in names.items()}


def digest(targets: dict[str, str]) -> str:
    """Return the digest of all that the pages show."""
    versions = importlib.metadata.version("pdoc"), sys.version_info
    own = [_digest(path.read_bytes()) for path in (Path(__file__), *sorted(TEMPLATES.iterdir()))]
    return _digest(repr((versions, targets, own, surfaces())).encode())[:16]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def places(site: Path) -> dict[str, str]:
    """Return where the labels that the sources name are: from a label to a page with a fragment."""
    named = {x for path in sources() for x in LABEL.findall(path.read_text(encoding="utf-8"))}
    found = {}
    # Unlike `rglob`, `walk` goes on when another script exchanges a folder meanwhile.
    pages = [Path(folder, name) for folder, _, names in os.walk(site) for name in names]
    for page in sorted(page for page in pages if page.suffix == ".html"):
        name = page.relative_to(site).as_posix()
        if not name.startswith(f"{FOLDER}/"):
            for label in re.findall(r'\bid="([a-z]+-[\w-]+)"', page.read_text(encoding="utf-8")):
                if label in named:
                    found[label] = f"{name}#{label}"
    return found


def make(folder: Path, targets: dict[str, str]) -> None:
    """Write the pages into a folder that stands in the site, on all processors."""
    from analysis.study.parallel import n_cores

    names = modules()
    n = max(1, min(n_cores(), len(names) // MODULES_A_PROCESS))
    write_part = partial(write, folder, targets)
    if n == 1:
        write_part(names)
    else:
        with ProcessPoolExecutor(n, _context(["pdoc.render", *names])) as pool:
            list(pool.map(write_part, [names[first::n] for first in range(n)]))
    (folder / "index.html").write_text(REDIRECT.format(address=f"{PACKAGE}.html"), encoding="utf-8")


def _context(names: list[str]) -> BaseContext:
    """Return how processes begin: with these modules, which are imported once where that can be."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(names)
    return context


def write(folder: Path, targets: dict[str, str], names: list[str]) -> None:
    """Write the pages of these modules."""
    import pdoc.doc
    import pdoc.render

    pdoc.render.configure(
        docformat="numpy", search=False, show_source=False, template_directory=TEMPLATES
    )
    with (
        warnings.catch_warnings(),
        patch.object(PurePath, "__repr__", _from_here),
        # To find a class, `inspect` parses its whole module.
        patch.object(ast, "parse", lru_cache(8)(ast.parse)),
    ):
        # An annotation that cannot be evaluated is shown as it is written.
        warnings.simplefilter("ignore", UserWarning)
        every = {name: pdoc.doc.Module.from_name(name) for name in modules()}
        for name in names:
            path = folder / f"{name.replace('.', '/')}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            up = "../" * len(path.relative_to(folder).parts)
            html = _with_links(_tidied(pdoc.render.html_module(every[name], every)), targets, up)
            path.write_text(html, encoding="utf-8", newline="\n")


def _from_here(path: PurePath) -> str:
    """Show a path as it is from the project's folder: the same in every folder and system."""
    here = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"Path({here.as_posix()!r})"


def _tidied(html: str) -> str:
    """Shorten what is long, leave out where this copy is, and name what a screen reader reads."""
    html = _ARRAY.sub(r"NDArray[\1]", html.replace(repr(str(ROOT))[1:-1], "."))
    html = re.sub(r"<(h[56])[^>]*>(.*?)</\1>", r'<p class="part">\2</p>', html)
    return html.replace('class="headerlink"', 'class="headerlink" aria-label="Its address"')


def _with_links(html: str, targets: dict[str, str], up: str) -> str:
    """Turn the book's labels in a page's text into links."""

    def linked(match: re.Match[str]) -> str:
        target = targets.get(match[0])
        return f'<a href="{up}{target}">{match[0]}</a>' if target else match[0]

    parts = re.split(r"(<style>.*?</style>|<code>.*?</code>|<[^>]*>)", html, flags=re.DOTALL)
    return "".join(x if x.startswith("<") else LABEL.sub(linked, x) for x in parts)


def optional(site: Path) -> None:
    """Name the pages at the end of the site's ``llms.txt``, as what may be skipped."""
    path = site / "llms.txt"
    if not path.is_file() or OPTIONAL in (said := path.read_text(encoding="utf-8")):
        return
    lines = [f"{said.rstrip()}\n\n{OPTIONAL}\n"]
    below = pkgutil.iter_modules([str(ROOT / PACKAGE)], f"{PACKAGE}.")
    for name in [PACKAGE, *(m.name for m in below)]:
        place = ROOT.joinpath(*name.split("."))
        source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        about = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        first = " ".join(about.partition("\n\n")[0].split())
        page = f"{FOLDER}/{name.replace('.', '/')}.html"
        if (site / page).is_file():
            lines.append(f"- [{name}]({page}): {first}")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


def main(site: Path) -> None:
    """Put the pages into the site, and a pointer to them where they once were."""
    if not (site / "index.html").is_file():
        return  # the PDF alone
    targets = places(site)
    copy_kept_folder(KEPT, digest(targets), lambda folder: make(folder, targets), site / FOLDER)
    optional(site)
    for end in MOVED:
        old = site / "report" / f"api{end}.html"
        old.write_text(REDIRECT.format(address=f"../{FOLDER}/index.html"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(os.environ["QUARTO_PROJECT_OUTPUT_DIR"]))
