"""Pandoc, run as a program: text on standard input, result on standard output."""

import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import panflute
from panflute import elements

from render import cache as caches
from render.cache import Pack
from render.errors import RenderError


class _AnyFormat(frozenset[str]):
    """The formats of raw content: panflute's list stops before Typst, and any may be written."""

    def __contains__(self, _name: object) -> bool:
        return True


elements.RAW_FORMATS = _AnyFormat()

READER = "markdown"
_SCRIPT = Path(__file__).with_name("read.lua")
_MESSAGE = re.compile(r"^\[(WARNING|ERROR)\] ", re.MULTILINE)
_LINE = re.compile(r"\bline (\d+)")
_FORMULA = re.compile(
    r"Could not convert TeX math (?P<tex>.*), rendering as TeX: .*?\^ "
    r"(?:(?P<end>unexpected eof)|(?P<reason>unexpected .*?))(?: expecting .*)?"
)
# A book is read once for all its formats, and again only where it has changed.
_READ: dict[tuple[str, str], "Parsed"] = {}
_KEPT = 5000
_LOCK = threading.Lock()
_pack: Pack | None = None


@dataclass(frozen=True)
class Message:
    """What Pandoc says about a text it has read.

    Attributes
    ----------
    text
        The message.
    line
        The line of the text, counted from 1, where Pandoc names one.
    """

    text: str
    line: int | None

    @property
    def formula(self) -> str | None:
        """The formula that it is about, if it is about one."""
        found = _FORMULA.fullmatch(self.text)
        return found["tex"] if found else None

    @property
    def sentence(self) -> str:
        """What is wrong."""
        found = _FORMULA.fullmatch(self.text)
        if found is None:
            return f"Pandoc warns: {self.text}"
        reason = "it ends too early" if found["end"] else found["reason"]
        return f"the formula ${found['tex']}$ cannot be read: {reason}"


@dataclass(frozen=True)
class Parsed:
    """A text as Pandoc reads it.

    Attributes
    ----------
    json
        The document in Pandoc's JSON form.
    messages
        What Pandoc warned of.
    """

    json: str
    messages: tuple[Message, ...]

    def doc(self) -> panflute.Doc:
        """Give a new tree, which the caller may change."""
        return from_json(self.json)

    def tree(self) -> dict[str, Any]:
        """Give the document as plain lists and dictionaries."""
        tree: dict[str, Any] = json.loads(self.json)
        return tree


@cache
def executable() -> str:
    """Find Pandoc: the one in the environment (pypandoc_binary), or else the one on PATH.

    Raises
    ------
    RenderError
        If there is none.
    """
    spec = importlib.util.find_spec("pypandoc")
    for folder in spec.submodule_search_locations or () if spec else ():
        for name in ("pandoc", "pandoc.exe"):
            candidate = Path(folder) / "files" / name
            if candidate.is_file():
                return str(candidate)
    found = shutil.which("pandoc")
    if found is None:
        raise RenderError(
            "Pandoc is not in this environment; install pypandoc_binary, which brings it along"
        )
    return found


@cache
def version() -> str:
    """Give Pandoc's version, such as "3.9"."""
    first = run(["--version"]).splitlines()[0]
    return first.split()[-1]


def keep_in(pack: Pack | None) -> None:
    """Keep from now on what Pandoc makes of texts, so that the next render need not ask again."""
    global _pack
    _pack = pack


@cache
def identity() -> str:
    """Return the digest of what reads and writes: Pandoc, and this module's script for it."""
    program = Path(executable()).stat()
    scripts = caches.files_digest(_SCRIPT.parent, [_SCRIPT.name])
    return caches.digest(program.st_size, program.st_mtime_ns, scripts)


def _environment() -> dict[str, str]:
    # A reader's own templates, filters or abbreviations must not change the book.
    nowhere = str(_SCRIPT.with_name("no-user-data"))
    kept = {
        key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if key in os.environ
    }
    return kept | {
        "LC_ALL": "C.UTF-8",
        "XDG_DATA_HOME": nowhere,
        "HOME": nowhere,
        "APPDATA": nowhere,
        "SOURCE_DATE_EPOCH": "0",
    }


def _call(
    arguments: Sequence[str], text: str, path: str | Path | None, cwd: Path | None
) -> tuple[str, str]:
    try:
        done = subprocess.run(
            [executable(), *arguments],
            input=text.encode("utf-8"),
            capture_output=True,
            check=False,
            env=_environment(),
            cwd=cwd,
        )
    except OSError as error:
        raise RenderError(f"Pandoc cannot be started: {error}", path=path) from error
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        reason = " ".join(said.split()) or f"exit code {done.returncode}"
        raise RenderError(f"Pandoc failed: {reason}", path=path)
    return done.stdout.decode("utf-8"), said


def run(
    arguments: Sequence[str],
    text: str = "",
    *,
    path: str | Path | None = None,
    cwd: Path | None = None,
    allow: Callable[[str], bool] | None = None,
    keep: bool = False,
) -> str:
    """Run Pandoc once.

    Parameters
    ----------
    arguments
        Its command line, without the program.
    text
        Its standard input.
    path
        The file that an error is about.
    cwd
        The folder to run in.
    allow
        Tells which warnings are harmless; by default none is.
    keep
        Whether the output may be one that an earlier render was given. Nothing but the text and
        the arguments, and the files that stand among these, may have an influence on it.

    Returns
    -------
    str
        Its standard output.

    Raises
    ------
    RenderError
        If Pandoc fails or warns: whatever it warns of would be missing from the page.
    """
    pack = _pack if keep else None
    key = ""
    if pack is not None:
        scripts = [caches.file_digest(Path(name)) for name in arguments if Path(name).is_file()]
        key = caches.digest("run", identity(), arguments, scripts, text)
        kept = pack.get(key)
        if kept is not None:
            return kept
    output, said = _call(arguments, text, path, cwd)
    for message in _messages(said):
        if allow is None or not allow(message.text):
            raise RenderError(message.sentence, path=path)
    if pack is not None:
        pack.put(key, output)
    return output


def _messages(said: str) -> list[Message]:
    parts = _MESSAGE.split(said)[1:]
    messages = []
    for text in parts[1::2]:
        line = _LINE.search(text)
        messages.append(Message(" ".join(text.split()), int(line[1]) if line else None))
    return messages


def _read(texts: Sequence[tuple[str, str]]) -> list[Parsed]:
    output, said = _call(["lua", str(_SCRIPT)], json.dumps(texts), None, None)
    documents = output.split("\n")[: len(texts)]
    warned = re.split(r"^@@ \d+\n", said, flags=re.MULTILINE)[1:]
    return [
        Parsed(document, tuple(_messages(messages)))
        for document, messages in zip(documents, warned, strict=True)
    ]


def read_many(texts: Sequence[str | tuple[str, str]]) -> list[Parsed]:
    """Read texts, those not read before in as few processes as there are cores.

    Parameters
    ----------
    texts
        Documents in Pandoc's Markdown, or pairs of a format and a document. Each is read on its
        own.

    Returns
    -------
    list of Parsed
        In the order of `texts`.
    """
    wanted = [(READER, text) if isinstance(text, str) else text for text in texts]
    found = {key: _READ[key] for key in wanted if key in _READ}
    if _pack is not None:
        found |= _kept({key for key in wanted if key not in found}, _pack)
    missing = [key for key in dict.fromkeys(wanted) if key not in found]
    if not missing:
        return [found[key] for key in wanted]
    # One process for each core that there is work for; each takes every n-th text.
    groups = min(os.cpu_count() or 1, 1 + len(missing) // 8)
    parts = [missing[start::groups] for start in range(groups)]
    with ThreadPoolExecutor(groups) as pool:
        for part, read in zip(parts, pool.map(_read, parts), strict=True):
            found.update(zip(part, read, strict=True))
    with _LOCK:
        while len(_READ) + len(missing) > _KEPT and _READ:
            _READ.pop(next(iter(_READ)))
        _READ.update((key, found[key]) for key in missing)
    if _pack is not None:
        for key in missing:
            parsed = found[key]
            messages = [[message.text, message.line] for message in parsed.messages]
            _pack.put(_read_key(key), json.dumps([parsed.json, messages]))
    return [found[key] for key in wanted]


def known() -> dict[tuple[str, str], Parsed]:
    """Return what this process has read."""
    with _LOCK:
        return dict(_READ)


def know(read: Mapping[tuple[str, str], Parsed]) -> None:
    """Take over what another process has read."""
    with _LOCK:
        _READ.update(read)


def _read_key(key: tuple[str, str]) -> str:
    return caches.digest("read", identity(), key)


def _kept(keys: Iterable[tuple[str, str]], pack: Pack) -> dict[tuple[str, str], Parsed]:
    found = {}
    for key in keys:
        text = pack.get(_read_key(key))
        if text is not None:
            document, messages = json.loads(text)
            parsed = Parsed(document, tuple(Message(said, line) for said, line in messages))
            found[key] = parsed
    know(found)
    return found


def identifier(text: str) -> str:
    """Make up a heading's id as Pandoc's ``auto_identifiers`` does."""
    kept = re.sub(r"[^\w\s.-]", "", text, flags=re.UNICODE)
    joined = re.sub(r"\s+", "-", kept.strip().lower())
    return re.sub(r"^[^a-zA-Z\u0080-\uffff]+", "", joined) or "section"


def from_json(text: str) -> panflute.Doc:
    """Turn Pandoc's JSON into a panflute tree."""
    return panflute.load(io.StringIO(text))


def to_json(doc: panflute.Doc) -> str:
    """Turn a panflute tree into Pandoc's JSON."""
    buffer = io.StringIO()
    panflute.dump(doc, buffer)
    return buffer.getvalue()


def write(
    doc: panflute.Doc | str,
    to: str,
    *,
    extra_args: Sequence[str] = (),
    path: str | Path | None = None,
    cwd: Path | None = None,
    allow: Callable[[str], bool] | None = None,
    keep: bool = False,
) -> str:
    """Write a tree in another format.

    Parameters
    ----------
    doc
        A tree, or its JSON.
    to
        Pandoc's name of the format.
    extra_args
        Further arguments, such as ``--citeproc``.
    path, cwd, allow, keep
        As for `run`.

    Returns
    -------
    str
        The text in that format.
    """
    text = doc if isinstance(doc, str) else to_json(doc)
    arguments = ["--from=json", f"--to={to}", *extra_args]
    return run(arguments, text, path=path, cwd=cwd, allow=allow, keep=keep)
