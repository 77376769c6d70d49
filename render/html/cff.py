"""How the book is cited, from ``CITATION.cff``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from render.errors import RenderError

FILE = "CITATION.cff"
_SPECIAL = re.compile(r"([&%#_$])")


def bibtex(root: Path, site: str | None) -> str | None:
    """Give the entry for BibTeX, or None if the project has no ``CITATION.cff``.

    Parameters
    ----------
    root
        The project.
    site
        The site's address, for a file that names none itself.

    Raises
    ------
    RenderError
        The file is no YAML, or has no title or no authors.
    """
    try:
        given = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise RenderError(f"this file is no YAML in UTF-8: {said}", path=FILE) from None
    entry = given.get("preferred-citation", given) if isinstance(given, dict) else given
    people = entry.get("authors") if isinstance(entry, dict) else None
    if not (isinstance(entry, dict) and entry.get("title") and isinstance(people, list) and people):
        raise RenderError("a citation needs `title:` and a list of `authors:`", path=FILE)
    date = str(entry.get("date-released") or "")
    fields = {
        "author": " and ".join(_person(person) for person in people),
        "title": f"{{{_escaped(entry['title'])}}}",
        "year": str(entry.get("year") or date[:4]),
        "version": _escaped(entry.get("version") or ""),
        "doi": str(entry.get("doi") or ""),
        "url": str(entry.get("url") or site or ""),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{_key(entry['title'])},\n" + ",\n".join(lines) + "\n}"


def _person(given: Any) -> str:
    if isinstance(given, Mapping) and given.get("family-names"):
        first = given.get("given-names")
        last = " ".join(filter(None, [given.get("name-particle"), given["family-names"]]))
        return _escaped(f"{last}, {first}" if first else last)
    if isinstance(given, Mapping) and given.get("name"):
        return f"{{{_escaped(given['name'])}}}"
    raise RenderError("an author needs `name:`, or `family-names:` and `given-names:`", path=FILE)


def _escaped(text: object) -> str:
    """Write a text on one line, with what BibTeX and TeX take for their own signs."""
    line = " ".join(str(text).split()).replace("\\", "").replace("{", "(").replace("}", ")")
    return _SPECIAL.sub(r"\\\1", line)


def _key(title: object) -> str:
    words = re.findall(r"[a-z0-9]+", str(title).partition(":")[0].lower())
    return "-".join(words[:6]) or "book"
