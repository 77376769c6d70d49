"""Where links and images lead: to a chapter, to a file of the project, or out into the world."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from render.config import Chapter
from render.errors import Place

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_EXTERNAL = ("http:", "https:", "mailto:", "tel:", "doi:")
_SOURCES = (".qmd", ".md", ".ipynb")
IMAGES = {".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"}
_SRC = re.compile(
    r"<(?P<tag>[a-z][\w-]*)\b[^>]*?\s(?P<name>src|srcset|poster|data|href|xlink:href)\s*=\s*"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>\"']+))",
    re.IGNORECASE,
)
_IMPORT = re.compile(r"(?:@import\s+|url\()\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A link's target, checked.

    Attributes
    ----------
    kind
        "external", "anchor" (on the same page), "chapter", "file", or "awaited" for a file that is
        not there yet.
    url
        For a file its URL relative to the chapter's page, for an external link the URL as given.
    path
        The chapter or the file, relative to the project.
    anchor
        What follows the #.
    """

    kind: str
    url: str = ""
    path: str = ""
    anchor: str = ""


def relative(path: str, chapter: Chapter) -> str:
    """Give a file's URL relative to a chapter's page."""
    return quote(posixpath.relpath(path, posixpath.dirname(chapter.href) or "."))


def project_path(url: str, chapter: Chapter, root: Path, place: Place) -> str:
    """Give the file, relative to the project, that a relative URL in a chapter means.

    Raises
    ------
    RenderError
        If it is outside the project or does not exist.
    """
    name = unquote(url)
    base = "" if name.startswith("/") else posixpath.dirname(chapter.path)
    path = posixpath.normpath(posixpath.join(base, name.lstrip("/")))
    file = (root / path).resolve()
    if path.startswith("..") or not file.is_relative_to(root.resolve()):
        raise place.error(f"{url} is outside the project")
    if not file.exists():
        raise place.error(f"the file {path} does not exist, which {url} means here")
    return path


def resolve(
    url: str,
    chapter: Chapter,
    chapters: Mapping[str, Chapter],
    root: Path,
    made: frozenset[str],
    place: Place,
    *,
    scripts: bool = False,
) -> Link:
    """Say where a link leads.

    Parameters
    ----------
    url
        The link's target as written.
    chapter
        The chapter it stands in.
    chapters
        All chapters of the book, by file.
    root
        The project.
    made
        Files that the render itself makes, relative to the site.
    place
        Where the link stands.
    scripts
        Whether scripts will run that may make files of the site; a link to a file that the project
        does not have then counts as awaited.

    Raises
    ------
    RenderError
        If it leads nowhere.
    """
    if url.startswith("#"):
        return Link("anchor", anchor=unquote(url[1:]))
    if url.startswith("//"):
        raise place.error(f"the link {url} names no scheme; write https:{url}")
    if _SCHEME.match(url):
        if not url.lower().startswith(_EXTERNAL):
            raise place.error(f"the link {url} must begin with https:, http:, mailto: or tel:")
        return Link("external", url=url)
    bare, _, anchor = url.partition("#")
    bare = bare.partition("?")[0]
    if not bare:
        raise place.error("a link leads nowhere")
    base = "" if bare.startswith("/") else posixpath.dirname(chapter.path)
    target = posixpath.normpath(posixpath.join(base, unquote(bare).lstrip("/")))
    if target in made:
        return Link("file", url=relative(target, chapter), path=target)
    missing = not target.startswith("..") and not (root / target).exists()
    if scripts and missing and posixpath.splitext(target)[1] not in _SOURCES:
        return Link("awaited", url=relative(target, chapter), path=target)
    path = project_path(bare, chapter, root, place)
    if path in chapters:
        return Link("chapter", path=path, anchor=unquote(anchor))
    if path.endswith(_SOURCES):
        raise place.error(f"the link {url} leads to {path}, which is no chapter of the book")
    if not (root / path).is_file():
        raise place.error(f"the link {url} leads to a folder; link a file in it")
    return Link("file", url=relative(path, chapter), path=path)


def image_path(url: str, chapter: Chapter, root: Path, place: Place) -> str:
    """Give the file, relative to the project, of an image.

    Raises
    ------
    RenderError
        If it is on another host, missing, outside the project, or no image of a known kind.
    """
    if _SCHEME.match(url) or url.startswith("//"):
        raise place.error(
            f"the image {url} is not in the project; pages ask no other host, so put a copy here"
        )
    path = project_path(url, chapter, root, place)
    if posixpath.splitext(path)[1].lower() not in IMAGES:
        known = ", ".join(sorted(IMAGES))
        raise place.error(f"the image {url} must be one of {known}")
    return path


def raw_sources(html: str, place: Place) -> list[str]:
    """Give the local files that raw HTML shows or loads.

    Raises
    ------
    RenderError
        If it loads something from another host.
    """
    found = []
    if _IMPORT.search(html):
        raise place.error("raw HTML loads a style from another host; pages ask no other host")
    for match in _SRC.finditer(html):
        tag, name = match["tag"].lower(), match["name"].lower()
        url = (match["double"] or match["single"] or match["bare"] or "").strip()
        if tag in {"a", "area"} or url.startswith(("#", "data:")) or not url:
            continue
        if name == "href" and tag not in {"link", "image", "use", "script"}:
            continue
        if name == "data" and tag != "object":
            continue
        if _SCHEME.match(url) or url.startswith("//"):
            raise place.error(
                f"raw HTML loads {url}; pages ask no other host, so put a copy into the project"
            )
        found.append(url)
    return found
