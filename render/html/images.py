"""How large an image is, so that a page need not jump when it arrives."""

import re
import struct

_UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_LENGTH = re.compile(r"\s*([0-9.]+)\s*(px|pt|in|cm|mm)?\s*")
_ROOT = re.compile(r"<svg\b[^>]*>", re.DOTALL)


def size(content: bytes) -> tuple[float, float] | None:
    """Give the width and height of a PNG or SVG in CSS pixels, or None if it does not say.

    Parameters
    ----------
    content
        The file.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return float(width), float(height)
    root = _ROOT.search(content[:4096].decode("utf-8", "replace"))
    if root is None:
        return None
    sides = [_side(root[0], name) for name in ("width", "height")]
    if sides[0] and sides[1]:
        return sides[0], sides[1]
    box = re.search(r"""\bviewBox\s*=\s*["']([^"']*)["']""", root[0])
    numbers = re.findall(r"-?[0-9.]+(?:e-?\d+)?", box[1]) if box else []
    if len(numbers) == 4 and float(numbers[2]) > 0 and float(numbers[3]) > 0:
        return float(numbers[2]), float(numbers[3])
    return None


def _side(root: str, name: str) -> float | None:
    found = re.search(rf"""\s{name}\s*=\s*["']([^"']*)["']""", root)
    length = _LENGTH.fullmatch(found[1]) if found else None
    return float(length[1]) * _UNITS[length[2] or ""] if length else None
