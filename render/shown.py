"""What a chunk has given, and which of its forms each format shows."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from render.crossref import Format
from render.source import Cell

Kind = Literal["stdout", "stderr", "display", "error"]
Form = Literal["text", "markdown", "html", "parsed", "image", "unknown"]

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
_HTML_TABLE = re.compile(
    r"\s*(?:<div[^>]*>\s*)?(?:<style\b.*?</style>\s*)?<table\b", re.IGNORECASE | re.DOTALL
)
_EMPTY_REPR = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>\Z")
# What a plotting call returns beside its figure says nothing to a reader.
_REPR = re.compile(r"[<(\[].*[>)\]]\Z|Text\([-\d]|\{.*<matplotlib\.", re.DOTALL)
_ARTISTS = ("[<matplotlib", "<matplotlib", "<seaborn.", "<Axes", "<Figure")


@dataclass(frozen=True)
class Shown:
    """One output in the form that a format shows.

    Attributes
    ----------
    kind
        Where it comes from.
    form
        What `text` is: plain text, Markdown, HTML to be copied, HTML to be read, nothing because it
        is an image, or the MIME types of something that cannot be shown.
    text
        The output itself.
    image
        The image's bytes.
    extension
        The image's ending, such as "svg".
    width
        The width in inches that the image asks for, if any.
    """

    kind: Kind
    form: Form
    text: str = ""
    image: bytes = b""
    extension: str = ""
    width: float | None = None


def joined(value: Any) -> str:
    """Give a notebook's text, which may be a list of lines, without what only a terminal knows."""
    text = "".join(value) if isinstance(value, list | tuple) else str(value)
    return _CONTROL.sub("", _ANSI.sub("", text))


def shown(cell: Cell, outputs: Sequence[Mapping[str, Any]], fmt: Format) -> list[Shown]:
    """Choose what is shown of a chunk's outputs.

    Parameters
    ----------
    cell
        The chunk; its options ``output`` and ``warning`` count.
    outputs
        The outputs, as in a notebook of format 4.
    fmt
        The format of the book.

    Returns
    -------
    list of Shown
        In the order of `outputs`.
    """
    if not cell.option("output", True):
        return []
    asis = cell.option("output") == "asis"
    has_image = any(mime in output.get("data", {}) for output in outputs for mime in _IMAGES)
    found: list[Shown] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name: Kind = "stderr" if output.get("name") == "stderr" else "stdout"
            if name == "stderr" and not cell.option("warning", True):
                continue
            text = joined(output.get("text", ""))
            form: Form = "markdown" if asis and name == "stdout" else "text"
            if found and found[-1].kind == name and found[-1].form == form:
                found[-1] = Shown(name, form, found[-1].text + text)
            elif text:
                found.append(Shown(name, form, text))
        elif kind == "error":
            found.append(Shown("error", "text", _error(output)))
        elif kind in {"display_data", "execute_result"}:
            item = _display(output, fmt, has_image)
            if item is not None:
                found.append(item)
    return found


def _error(output: Mapping[str, Any]) -> str:
    """Give an error's text without the frames of installed files, whose paths differ."""
    frames = [joined(part) for part in output.get("traceback", [])]
    kept = [frame.rstrip() for frame in frames if not frame.startswith("File ")]
    return "\n".join(kept) or f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"


def _display(output: Mapping[str, Any], fmt: Format, has_image: bool) -> Shown | None:
    data: Mapping[str, Any] = output.get("data", {})
    if _is_noise(output, data, has_image):
        return None
    html = joined(data["text/html"]) if "text/html" in data else None
    if fmt == "html" and html is not None:
        return Shown("display", "html", html)
    if "text/markdown" in data:
        return Shown("display", "markdown", joined(data["text/markdown"]))
    for mime, extension in _IMAGES.items():
        if mime in data:
            return _image(joined(data[mime]), extension, output.get("metadata", {}).get(mime))
    if "text/latex" in data:
        latex = joined(data["text/latex"]).strip()
        if latex.startswith("\\begin{"):
            latex = f"$$\n{latex}\n$$"
        if latex.startswith("$"):
            return Shown("display", "markdown", latex)
    text = joined(data.get("text/plain", ""))
    if html is not None and (_HTML_TABLE.match(html) or _EMPTY_REPR.match(text.strip() or "<x>")):
        return Shown("display", "parsed", html)
    if "text/plain" in data or not data:
        return Shown("display", "text", text) if text.strip() else None
    return Shown("display", "unknown", ", ".join(sorted(data)))


def _is_noise(output: Mapping[str, Any], data: Mapping[str, Any], has_image: bool) -> bool:
    if output.get("output_type") != "execute_result" or set(data) != {"text/plain"}:
        return False
    text = joined(data["text/plain"]).strip()
    if has_image:
        return bool(_REPR.match(text)) if "\n" not in text else "<matplotlib." in text
    return text.startswith(_ARTISTS)


def _image(text: str, extension: str, metadata: Mapping[str, Any] | None) -> Shown:
    content = text.encode("utf-8")
    if extension != "svg" or b"<svg" not in content:
        try:
            content = base64.b64decode(text)
        except binascii.Error:
            content = text.encode("utf-8")
    pixels = (metadata or {}).get("width")
    width = pixels / 96 if isinstance(pixels, int | float) and pixels > 0 else None
    return Shown("display", "image", image=content, extension=extension, width=width)


def code(cell: Cell) -> tuple[str, str]:
    """Give the language and the text under which a chunk's code is shown."""
    if cell.option("echo") != "fenced":
        return "python", cell.code
    lines = [line for line in cell.source.split("\n") if not re.match(r"#\|\s*echo:", line)]
    longest = max((len(run) for run in re.findall(r"`{3,}", cell.source)), default=2)
    fence = "`" * max(3, longest + 1)
    return "markdown", "\n".join([f"{fence}{{python}}", *lines, fence])
