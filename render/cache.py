"""Results kept on disk by what they were made from, and digests of files.

Entries are JSON behind a checksum: nothing in them is ever run, and one that is damaged counts as
missing.
"""

import contextlib
import fnmatch
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ELSEWHERE = "BOOK_CACHE"
"""The environment variable that names a folder to keep things in, in place of the book's."""
_FORMAT = 1
_KEPT_RENDERS = 5
# Characters of the texts that a pack holds when the last render has used fewer.
_PACKED = 24_000_000


def folder(root: Path) -> Path:
    """Return where a render of the book in ``root`` keeps what the next one need not make again."""
    return Path(os.environ.get(ELSEWHERE) or root / ".cache").absolute() / "render"


def find_room(root: Path) -> Path | None:
    """Keep things in the reader's own cache if beside the book they cannot be, and say where.

    The programs that this process begins, and the study, find it in the environment.
    """
    if os.environ.get(ELSEWHERE):
        return None
    try:
        folder(root).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder(root)):
            return None
    except OSError:
        own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        place = own / "book-render" / digest(str(root.resolve()))[:16]
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        os.environ[ELSEWHERE] = str(place)
        return place
    return None


def digest(*parts: Any) -> str:
    """Return the SHA-256 of values that JSON can hold, in hexadecimal."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, or a mark for one that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


class Cache:
    """Entries under one folder, named by the digest of what they depend on.

    Parameters
    ----------
    folder : Path
        Where the entries are; made when the first one is written.
    enabled : bool
        When false nothing is found, but everything is still written.
    """

    def __init__(self, folder: Path, *, enabled: bool = True) -> None:
        self.folder = folder
        self.enabled = enabled
        self.used: set[str] = set()

    def _path(self, key: str) -> Path:
        return self.folder / "results" / f"{key}.json"

    def get(self, key: str) -> Any | None:
        """Return what was put under a key, or None."""
        if not self.enabled:
            return None
        try:
            head, _, body = self._path(key).read_bytes().partition(b"\n")
            entry = json.loads(head)
            sound = (
                entry["format"] == _FORMAT
                and entry["key"] == key
                and entry["digest"] == hashlib.sha256(body).hexdigest()
            )
            value = json.loads(body) if sound else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not sound:
            return None
        self.used.add(key)
        return value

    def put(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold; a disk that is full costs the entry, not the render."""
        body = json.dumps(value).encode()
        head = {"format": _FORMAT, "key": key, "digest": hashlib.sha256(body).hexdigest()}
        self.used.add(key)
        with contextlib.suppress(OSError):
            write_atomically(self._path(key), json.dumps(head).encode() + b"\n" + body)

    def prune(self) -> None:
        """Remove the entries that none of the last renders used."""
        log = self.folder / "used.json"
        try:
            past = json.loads(log.read_bytes())
            past = [[str(key) for key in keys] for keys in past]
        except (OSError, ValueError, TypeError):
            past = []
        current = sorted(self.used)
        renders = [current, *(keys for keys in past if keys != current)][:_KEPT_RENDERS]
        kept = {key for keys in renders for key in keys}
        with contextlib.suppress(OSError):
            for path in (self.folder / "results").iterdir():
                if path.stem not in kept:
                    path.unlink()
        with contextlib.suppress(OSError):
            write_atomically(log, json.dumps(renders).encode())


class Pack:
    """Many small texts in one file, those used last; damaged, it is empty. Read when asked.

    Parameters
    ----------
    path : Path
        The file.
    enabled : bool
        When false nothing is found, but everything is still written.
    """

    def __init__(self, path: Path, *, enabled: bool = True) -> None:
        self.path = path
        self.enabled = enabled
        self.lock = threading.Lock()
        self.new = False
        self.used: dict[str, str] = {}

    @cached_property
    def kept(self) -> dict[str, str]:
        """What earlier renders have left."""
        if not self.enabled:
            return {}
        try:
            head, _, body = self.path.read_bytes().partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != head:
                return {}
            kept = json.loads(body)
        except (OSError, ValueError, RecursionError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def get(self, key: str) -> str | None:
        """Return the text under a key, or None."""
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.used[key] = found
            return found

    def put(self, key: str, text: str) -> None:
        """Keep a text."""
        with self.lock:
            self.kept[key] = self.used[key] = text
            self.new = True

    def save(self) -> None:
        """Write what is new, with as much of the rest as there is room for."""
        with self.lock:
            if not self.new:
                return
            texts: dict[str, str] = {}
            room = _PACKED
            for key, text in {**self.used, **self.kept}.items():
                room -= len(text)
                if room < 0 and key not in self.used:
                    break
                texts[key] = text
            body = json.dumps(texts).encode()
        head = hashlib.sha256(body).hexdigest().encode()
        with contextlib.suppress(OSError):
            write_atomically(self.path, head + b"\n" + body)


def project_files(root: Path, *, skip: Iterable[str] = ()) -> Iterator[str]:
    """Go through the project's files in a fixed order.

    Left out are hidden files and folders, folders with compiled modules, virtual environments,
    results that Quarto keeps, and what ``skip`` names.

    Parameters
    ----------
    root : Path
        The project.
    skip : iterable of str
        Patterns of posix paths relative to ``root``, of files or of whole folders.

    Yields
    ------
    str
        Posix paths relative to ``root``.
    """
    matches = re.compile("|".join(fnmatch.translate(pattern) for pattern in skip) or r"(?!)").match

    def walk(folder: str, prefix: str) -> Iterator[str]:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name = prefix + entry.name
            if entry.name.startswith(".") or matches(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                venv = os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))  # noqa: PTH110, PTH118
                if entry.name not in {"__pycache__", "node_modules", "_freeze"} and not venv:
                    yield from walk(entry.path, f"{name}/")
            elif entry.is_file():
                yield name

    yield from walk(str(root), "")


def matching_files(root: Path, globs: Iterable[str]) -> list[str]:
    """Return the files that any of the globs names, sorted; ``**`` stands for any folders."""
    found = {
        path.relative_to(root).as_posix()
        for glob in globs
        for path in root.glob(f"{glob}/*" if glob.endswith("**") else glob)
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(found)


def files_digest(root: Path, names: Iterable[str]) -> str:
    """Return one digest of files' names and contents."""
    return digest([(name, file_digest(root / name)) for name in names])


def environment() -> dict[str, Any]:
    """Return what is installed: Python, the machine's kind, and every distribution's version."""
    found = set()
    for folder in sys.path:
        with contextlib.suppress(OSError):
            found |= {
                name
                for name in os.listdir(folder or ".")  # noqa: PTH208
                if name.endswith((".dist-info", ".egg-info"))
            }
    return {
        "python": sys.version,
        "machine": [sys.platform, platform.machine()],
        "distributions": sorted(found),
    }


@cache
def code_digest() -> str:
    """Return the digest of this renderer's own files, as this process has found them."""
    return own_files_digest()


def own_files_digest() -> str:
    """Return the digest of this renderer's own files, as they are now."""
    root = Path(__file__).parent
    return files_digest(root, project_files(root))
