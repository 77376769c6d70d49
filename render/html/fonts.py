"""Web fonts, cut from the fonts of installed packages to what a book needs.

The text is set in Source Serif, controls and tables in Source Sans, mathematics in STIX Two Math.
All three are under the SIL Open Font License; the names inside the files are changed because the
licence reserves the original ones for unchanged fonts.
"""

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path

from render.errors import RenderError


@dataclass(frozen=True)
class Face:
    """One font file of the site.

    Attributes
    ----------
    file
        Its name in the site.
    family
        The family it is called in the style sheet.
    package, source
        The installed package, and the file in it, that it is cut from.
    axes
        Variable axes: a fixed value or the (least, most) to keep.
    characters
        The code points to keep.
    mathematics
        Whether the OpenType MATH table is needed.
    """

    file: str
    family: str
    package: str
    source: str
    axes: Mapping[str, float | tuple[float, float]]
    characters: frozenset[int]
    mathematics: bool = False


def _ranges(*pairs: tuple[int, int]) -> frozenset[int]:
    return frozenset(code for first, last in pairs for code in range(first, last + 1))


_TEXT = _ranges(
    (0x20, 0x7E),
    (0xA0, 0x107),  # Latin-1, and what names in bibliographies are made of
    (0x10C, 0x10F),
    (0x118, 0x11B),
    (0x11E, 0x11F),
    (0x130, 0x131),
    (0x139, 0x144),
    (0x147, 0x148),
    (0x150, 0x15B),
    (0x15E, 0x161),
    (0x164, 0x165),
    (0x16E, 0x171),
    (0x178, 0x17E),
    (0x2010, 0x2026),
    (0x2032, 0x203A),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
)
# Always there; a book's other signs are added: bold, script and double letters, accented ones.
_MATH = _ranges(
    (0x20, 0x7E),
    (0xA0, 0xA0),
    (0xB1, 0xB1),
    (0xB7, 0xB7),
    (0xD7, 0xD7),
    (0x300, 0x30C),  # accents
    (0x391, 0x3C9),
    (0x2016, 0x2016),
    (0x2032, 0x2034),
    (0x210E, 0x210E),  # the italic h, which the range of italic letters leaves out
    (0x2113, 0x2113),
    (0x211D, 0x211D),
    (0x2190, 0x2194),
    (0x21A6, 0x21A6),
    (0x21D2, 0x21D4),
    (0x2200, 0x221E),
    (0x2225, 0x222B),
    (0x2248, 0x2265),
    (0x2282, 0x2287),
    (0x2295, 0x2299),
    (0x22A4, 0x22A5),
    (0x22C0, 0x22C6),
    (0x22EE, 0x22F1),
    (0x2308, 0x230B),
    (0x27E8, 0x27E9),
    (0x27F6, 0x27F6),
    (0x2A7D, 0x2A7E),
    (0x1D434, 0x1D467),  # what a lone letter is set in: italic
    (0x1D6A4, 0x1D6A5),
    (0x1D6E2, 0x1D71B),
)
_WEIGHTS = (400, 700)

FACES = (
    Face(
        "serif.woff2",
        "Book Serif",
        "fontpkg_source_serif_4",
        "files/SourceSerif4[opsz,wght].ttf",
        {"opsz": 14, "wght": _WEIGHTS},
        _TEXT,
    ),
    Face(
        "serif-italic.woff2",
        "Book Serif",
        "fontpkg_source_serif_4",
        "files/SourceSerif4-Italic[opsz,wght].ttf",
        {"opsz": 14, "wght": _WEIGHTS},
        _TEXT,
    ),
    Face(
        "sans.woff2",
        "Book Sans",
        "fontpkg_source_sans_3",
        "files/SourceSans3[wght].ttf",
        {},
        _TEXT,
    ),
    Face(
        "math.woff2",
        "Book Math",
        "ziamath",
        "fonts/STIXTwoMath-Regular.ttf",
        {},
        _MATH,
        mathematics=True,
    ),
)

_TEXT_FEATURES = ["kern", "liga", "calt", "locl", "lnum", "tnum"]
_MATH_FEATURES = ["ssty", "dtls", "flac", "ccmp"]


def build(used: Iterable[str] = (), *, folder: Path | None = None) -> dict[str, bytes]:
    """Cut the site's fonts.

    Cutting takes some seconds, so the results are kept in the environment that the fonts come
    from, under a digest of all they depend on.

    Parameters
    ----------
    used
        Characters of the book's mathematics; those beyond the usual ones are kept too.
    folder
        Where to keep them if the environment cannot be written to.

    Returns
    -------
    dict of str to bytes
        WOFF2 files by name.

    Raises
    ------
    RenderError
        If a font's package is not installed.
    """
    extra = frozenset(ord(character) for character in used) - _MATH
    folders = [place for place in (environment_folder(), folder) if place is not None]
    fonts: dict[str, bytes] = {}
    missing: list[tuple[Face, frozenset[int]]] = []
    for face in FACES:
        characters = face.characters | extra if face.mathematics else face.characters
        name = f"{_digest(face, characters)}.woff2"
        kept = next((place / name for place in folders if (place / name).is_file()), None)
        if kept:
            fonts[face.file] = kept.read_bytes()
        else:
            missing.append((face, characters))
    if missing:
        # Processes, since the work is all Python; fresh ones, since a render has threads.
        workers = min(len(missing), os.cpu_count() or 1)
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            made = pool.map(_cut, [face for face, _ in missing], [codes for _, codes in missing])
            for (face, characters), font in zip(missing, made, strict=True):
                fonts[face.file] = font
                _keep(folders, f"{_digest(face, characters)}.woff2", font)
    return dict(sorted(fonts.items()))


def environment_folder() -> Path | None:
    """Give the place for cut fonts in a virtual environment; None outside of one."""
    return Path(sys.prefix) / "share" / "book-fonts" if sys.prefix != sys.base_prefix else None


def _keep(folders: Iterable[Path], name: str, content: bytes) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(folder / name)
            return


def _source(face: Face) -> bytes:
    # Looked up, not imported: only the data is wanted.
    spec = importlib.util.find_spec(face.package)
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / face.source
        if path.is_file():
            return path.read_bytes()
    raise RenderError(
        f"the font {Path(face.source).name} of the package {face.package.replace('_', '-')} "
        "is not in this environment; install the locked requirements"
    )


@cache
def _tools() -> str:
    return f"{metadata.version('fonttools')} {metadata.version('brotli')}"


@cache
def _source_digest(package: str, source: str) -> str:
    face = next(face for face in FACES if (face.package, face.source) == (package, source))
    return hashlib.sha256(_source(face)).hexdigest()


def _digest(face: Face, characters: frozenset[int]) -> str:
    parts = [
        _tools(),
        _source_digest(face.package, face.source),
        face.family,
        sorted(face.axes.items()),
        _features(face),
        sorted(characters),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _features(face: Face) -> list[str]:
    return _MATH_FEATURES if face.mathematics else _TEXT_FEATURES


def _cut(face: Face, characters: frozenset[int]) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(io.BytesIO(_source(face)), recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.layout_features = _features(face)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    if face.axes:
        font = instancer.instantiateVariableFont(font, dict(face.axes))
    _rename(font, face)
    font.flavor = "woff2"
    result = io.BytesIO()
    font.save(result, reorderTables=False)
    return result.getvalue()


def _rename(font: object, face: Face) -> None:
    names = font["name"]  # type: ignore[index]
    style = "Italic" if "italic" in face.file else "Regular"
    own = {
        1: face.family,
        2: style,
        3: f"{face.family} {style}",
        4: f"{face.family} {style}",
        6: f"{face.family} {style}".replace(" ", ""),
    }
    copyright_and_licence = {0, 5, 13, 14}
    names.names = [record for record in names.names if record.nameID in copyright_and_licence]
    for number, text in own.items():
        names.setName(text, number, 3, 1, 0x409)
