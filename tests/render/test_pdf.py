"""The PDF of a book of hand-made neutral trees that hold every construct."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import panflute
import pypdf
import pytest
import typst
from hypothesis import given, strategies as st

from render import pandoc
from render.config import Chapter
from render.errors import RenderError
from render.pdf import book as pdf_book, formula, syntax, tree
from render.pdf.book import roman, write_pdf

POINTS_PER_MM = 72 / 25.4


def drawing(width: float, height: float) -> bytes:
    """Draw a line in a frame; sizes in points."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt"'
        f' viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#fff" stroke="#888"/>'
        f'<path d="M0 {height} L{width} 0" stroke="#1d4e79"/></svg>'
    ).encode()


LINE = drawing(288, 180)
WIDE = drawing(1440, 900)
TALL = drawing(300, 2400)

BIB = """@article{lloyd1982, author={Lloyd, Stuart P.}, year={1982},
 title={Least Squares Quantization in PCM},
 journal={IEEE Transactions on Information Theory}, volume={28}, number={2}, pages={129--137},
 doi={10.1109/TIT.1982.1056489}}
@article{dempster1977, author={Dempster, Arthur P. and Laird, Nan M. and Rubin, Donald B.},
 title={Maximum Likelihood from Incomplete Data via the {EM} Algorithm}, year={1977},
 journal={Journal of the Royal Statistical Society: Series B}, volume={39}, number={1},
 pages={1--22}}
"""

SUMMARY = r"""
# Summary {#summary}

The answer is 42, half of it is 21.0, and a name is a \*starred\* & \<b\>name\</b\>.
Forward to [Chapter 1](xref:sec-one){.xref}, [Section 2.1](xref:sec-two-sub){.xref},
[Figure 1.1](xref:fig-line){.xref}, [Table 1.1](xref:tbl-small){.xref},
[Equation 1.1](xref:eq-wcss){.xref}, [Theorem 1.1](xref:thm-descent){.xref} and
[Appendix A](xref:sec-notation){.xref}.
"""

ONE = r"""
# The first chapter, with $x^2$ in its title {#sec-one number="1"}

Lloyd's algorithm [@lloyd1982] and EM [see @dempster1977, pp. 3--5; also @lloyd1982].
As @lloyd1982 shows, $\lVert x \rVert^2 \ge 0$.[^one]

[^one]: A footnote with *emphasis* and `code`.

[$$J = \sum_{i=1}^{k} \sum_{x \in C_i} \lVert x - \mu_i \rVert^2$$]{#eq-wcss .equation number="1.1"}

An equation without a number:

$$
a^2 + b^2 = c^2
$$

## A numbered section {#sec-one-sub number="1.1"}

### A third level {#third number="1.1.1"}

::: {#thm-descent .theorem .thm name="Theorem" number="1.1"}
::: theorem-title
Descent
:::

Each step does not increase $J$ of [Equation 1.1](xref:eq-wcss){.xref}.
If a round changes no song's cluster, no later round changes anything.

1. First point, which is a long enough sentence to be wrapped at the end of the line,
   as sentences in theorems often are.
2. Second point.
:::

::: {.proof name="Proof"}
By [Equation 1.1](xref:eq-wcss){.xref}, and a second sentence that makes the paragraph run
over more than a single line of text.
:::

::: {#lem-help .theorem .lem name="Lemma" number="1.1"}
A lemma without a title.
:::

::: {.proof name="Proof"}
::: theorem-title
of Lemma 1.1
:::

It ends with a formula:
$$
x^\top \Sigma_k^{-1} x \ge 0 .
$$
:::

::: {#def-mixture .theorem .def name="Definition" number="1.1"}
::: theorem-title
Mixture
:::

A *mixture* is a sum.
:::

::: {#exm-one .theorem .exm name="Example" number="1.1"}
An example.
:::

::: {#exr-one .theorem .exr name="Exercise" number="1.1"}
An exercise.
:::

::: {.solution name="Solution"}
Its solution.
:::

::: {.remark name="Remark"}
A remark.
:::

## An unnumbered section {#unnumbered}

::: {#fig-line .float kind="figure" name="Figure" number="1.1"}
::: {.cell}
``` {.python .cell-code fold="true" summary="Code"}
import matplotlib.pyplot as plt

plt.plot([1, 2, 3])  # a comment
plt.show()
```

::: {.cell-output .cell-output-display}
![A line from one to three.](one_files/fig-line.svg)
:::
:::

::: float-caption
A line rises, with $x^2$ and *emphasis* in its caption.
:::
:::

::: {#tbl-small .float kind="table" name="Table" number="1.1"}
|   k |    J |
|----:|-----:|
|   2 |  1.5 |
|   3 | -2.5 |

::: float-caption
A small table.
:::
:::

::: {#printed .cell}
``` {.python .cell-code fold="false" summary="Code"}
print("printed output")
2 + 2
```

::: {.cell-output .cell-output-stdout}
```
printed output
```
:::

::: {.cell-output .cell-output-display}
```
4
```
:::

::: {.cell-output .cell-output-stderr}
```
FutureWarning: be careful
```
:::

::: {.cell-output .cell-output-error}
```
ZeroDivisionError: division by zero
```
:::
:::

References: [Chapter 1](xref:sec-one), [Section 1.1](xref:sec-one-sub), [1.1](xref:fig-line),
[Lemma 1.1](xref:lem-help).
"""

TWO = r"""
# The second chapter {#sec-two number="2"}

## A section here {#sec-two-sub number="2.1"}

From another chapter: [Theorem 1.1](xref:thm-descent), [Figure 2.1a](xref:fig-two-1).
[A link to the first chapter](chapter:report/one.qmd),
[to a section](chapter:report/one.qmd#sec-one-sub),
[to the web](https://example.org/a_b) and [to a file](../data/table.csv).

::: {#fig-two .float kind="figure" name="Figure" number="2.1"}
::: {.subfloats ncol="2"}
::: {#fig-two-1 .subfloat letter="a"}
![First line](two_files/fig-two-1.svg)

::: float-caption
First
:::
:::
::: {#fig-two-2 .subfloat letter="b"}
![Second line](two_files/fig-two-2.svg)

::: float-caption
Second
:::
:::
:::

::: float-caption
Two panels.
:::
:::

::: {.callout kind="note"}
::: {.callout-title default="true"}
Note
:::

A note without a title.
:::

::: {.callout kind="tip" collapse="true"}
::: callout-title
A folded tip
:::

Inside the tip.

```python
x = 1
```
:::

::: {.callout kind="warning"}
::: callout-title
A warning
:::

Careful.
:::

::: {.callout kind="important"}
::: {.callout-title default="true"}
Important
:::

Weighty.
:::

::: {.callout kind="caution"}
::: {.callout-title default="true"}
Caution
:::

Slow down.
:::

::: {#tbl-md .float kind="table" name="Table" number="2.1"}
| Left | Right | Centre |
|:-----|------:|:------:|
| a    |     1 | x      |
| b    |    22 | $y$    |

::: float-caption
A table in Markdown.
:::
:::

[$$
\begin{aligned}
a &= b \\
c &= d
\end{aligned}
$$]{#eq-two .equation number="2.1"}

Term
: Its definition.

Another: term
: Its definition, *longer*.

    In two paragraphs.

> A quotation of some length.

- one
- two
    - nested
    - again

::: tabset
::: tab
::: tab-title
One
:::

The first tab.
:::
::: tab
::: tab-title
Two
:::

The second tab.
:::
:::
"""

NOTATION = r"""
# Notation {#sec-notation number="A"}

::: {#tbl-symbols .float kind="table" name="Table" number="A.1"}
| Symbol | Meaning |
|--------|---------|
| $x$    | a song  |

::: float-caption
Symbols.
:::
:::

## More {#sec-notation-more number="A.1"}

[$$p = \tfrac{1}{2}$$]{#eq-appendix .equation number="A.1"}
"""

REFERENCES = """
# References {#references}

::: {#refs}
:::
"""


@dataclass
class Made:
    """What the PDF writer reads of a prepared chapter."""

    chapter: Chapter
    number: str
    title_text: str
    doc: panflute.Doc
    media: dict[str, bytes] = field(default_factory=dict)

    @property
    def json(self) -> str:
        return pandoc.to_json(self.doc)

    def load(self) -> list[Any]:
        return json.loads(self.json)["blocks"]


def chapter(
    path: str,
    text: str,
    *,
    part: str | None = None,
    appendix: bool = False,
    media: dict[str, bytes] | None = None,
) -> Made:
    doc = pandoc.read_many([text])[0].doc()
    number, title = "", "?"
    for block in doc.content:
        if isinstance(block, panflute.Header):
            number, title = block.attributes.get("number", ""), panflute.stringify(block)
            break
    href = path.replace(".qmd", ".html")
    return Made(Chapter(path, href, part, appendix, 0, 1), number, title, doc, media or {})


def settings(tmp: Path, **changes: Any) -> Any:
    bibliography = tmp / "references.bib"
    bibliography.write_text(BIB, encoding="utf-8")
    values: dict[str, Any] = {
        "title": "A reference book",
        "subtitle": "Every construct once",
        "authors": ("The authors", "Another author"),
        "description": "A book of the tests' own.",
        "date": None,
        "lang": "en",
        "bibliography": (bibliography,),
        "csl": None,
        "link_citations": True,
        "root": tmp,
        "typst_lines": {"mainfont": 12, "monofont": 13},
        "site_url": None,
        "typst": {"pdf-standard": "a-2b", "papersize": "a4"},
    }
    return SimpleNamespace(**(values | changes))


def chapters() -> list[Made]:
    return [
        chapter("index.qmd", SUMMARY),
        chapter("report/one.qmd", ONE, part="First part", media={"one_files/fig-line.svg": LINE}),
        chapter(
            "report/two.qmd",
            TWO,
            part="First part",
            media={"two_files/fig-two-1.svg": LINE, "two_files/fig-two-2.svg": WIDE},
        ),
        chapter("references.qmd", REFERENCES),
        chapter("report/notation.qmd", NOTATION, appendix=True),
    ]


def write(tmp: Path, made: list[Made], **changes: Any) -> Path:
    out = tmp / "book.pdf"
    chapters = tuple(one.chapter for one in made)
    write_pdf(settings(tmp, chapters=chapters, **changes), made, out)
    return out


def write_one(tmp: Path, text: str, media: dict[str, bytes] | None = None, **changes: Any) -> Path:
    return write(tmp, [chapter("one.qmd", f"# One {{#one}}\n\n{text}", media=media)], **changes)


def failure(tmp: Path, text: str, **changes: Any) -> str:
    with pytest.raises(RenderError) as caught:
        write_one(tmp, text, **changes)
    return str(caught.value)


@pytest.fixture(scope="session")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("pdf"), chapters())


@pytest.fixture(scope="session")
def reader(pdf: Path) -> pypdf.PdfReader:
    return pypdf.PdfReader(pdf)


def poppler(tool: str, *arguments: str | Path) -> bytes:
    if shutil.which(tool) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool} is missing; install poppler-utils")
        pytest.skip(f"{tool} is missing: install poppler-utils to test the PDF's pages")
    return subprocess.run([tool, *map(str, arguments)], check=True, capture_output=True).stdout


def page_texts(path: Path) -> list[str]:
    return poppler("pdftotext", "-layout", path, "-").decode().split("\f")[:-1]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="session")
def pages(pdf: Path) -> list[str]:
    return page_texts(pdf)


def page_with(pages: list[str], words: str) -> str:
    (found,) = [page for page in pages if words in flat(page)]
    return found


def resolve(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def structure(reader: pypdf.PdfReader) -> Iterator[Any]:
    """Give the elements of the tags, in reading order."""
    stack = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while stack:
        element = resolve(stack.pop())
        if isinstance(element, list):
            stack += reversed(element)
        elif isinstance(element, dict):
            if "/S" in element:
                yield element
            if "/K" in element:
                stack.append(element["/K"])


def resources(reader: pypdf.PdfReader, kind: str) -> Iterator[Any]:
    """Give the pages' fonts or drawings, those within drawings too."""
    stack = [page.get("/Resources") for page in reader.pages]
    seen: set[int] = set()
    while stack:
        found = resolve(stack.pop())
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield from map(resolve, resolve(found.get(kind, {})).values())
        drawings = map(resolve, resolve(found.get("/XObject", {})).values())
        stack += [drawn.get("/Resources") for drawn in drawings]


def ink(path: Path) -> list[np.ndarray]:
    """Rasterise the pages: a dot is True where something is drawn; three dots are a millimetre."""
    data = poppler("pdftoppm", "-gray", "-r", "76.2", path)
    found = []
    while data:
        match = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", data)
        assert match
        width, height = int(match[1]), int(match[2])
        end = match.end() + width * height
        dots = np.frombuffer(data[match.end() : end], dtype=np.uint8)
        found.append(dots.reshape(height, width) < 250)
        data = data[end:]
    return found


def assert_margins_are_empty(path: Path) -> None:
    """Nothing is drawn beyond the text's width, but for what juts out by a hair."""
    for number, dots in enumerate(ink(path), start=1):
        assert dots.any(), f"page {number} is blank"
        side, top = 3 * 27, 3 * 14
        assert not dots[:, :side].any(), f"page {number}: something in the left margin"
        assert not dots[:, -side:].any(), f"page {number}: something in the right margin"
        assert not dots[:top].any(), f"page {number}: something above the running head"
        assert not dots[-top:].any(), f"page {number}: something below the page's number"


# What the file says of itself


def test_title_authors_subject_and_language(reader: pypdf.PdfReader) -> None:
    assert reader.metadata is not None
    assert reader.metadata.title == "A reference book"
    assert reader.metadata.author == "The authors, Another author"
    assert reader.metadata.subject == "A book of the tests' own."
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_it_is_pdf_a_2b_and_tagged(reader: pypdf.PdfReader) -> None:
    xmp = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    assert reader.trailer["/Root"]["/OutputIntents"]


def test_another_standard_from_the_configuration(tmp_path: Path) -> None:
    out = write_one(tmp_path, "Text.", typst={"pdf-standard": ["a-3b"]})
    xmp = pypdf.PdfReader(out).trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp


def test_an_unknown_standard_is_an_error(tmp_path: Path) -> None:
    assert "pdf-standard" in failure(tmp_path, "Text.", typst={"pdf-standard": "x-9"})


def test_it_can_be_pdf_ua_for_readers_who_listen(tmp_path: Path) -> None:
    project = '[tool.render]\npdf-standards = ["ua-1"]\n'
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
    out = write(tmp_path, chapters(), typst={"pdf-standard": "a-2b"})
    xmp = pypdf.PdfReader(out).trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "pdfuaid:part" in xmp
    assert "<pdfaid:part>2</pdfaid:part>" in xmp


def test_fonts_from_the_configuration(tmp_path: Path) -> None:
    asked = {"mainfont": "New Computer Modern", "mathfont": "New Computer Modern Math"}
    reader = pypdf.PdfReader(write_one(tmp_path, "Text and $x$.", typst=asked))
    names = {str(font["/BaseFont"]).split("+")[-1] for font in resources(reader, "/Font")}
    assert {name.split("-")[0] for name in names} == {"NewCM10", "NewCMMath"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mainfont": "Comic Sans"}, "12: `mainfont` .* Libertinus Serif"),
        ({"monofont": "Courier"}, "13: `monofont` .* DejaVu Sans Mono"),
    ],
)
def test_fonts_that_are_not_there_are_errors(
    tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    assert re.search(f"^_quarto.yml:{words}", failure(tmp_path, "Text.", typst=options))


def test_the_size_of_the_paper(tmp_path: Path, reader: pypdf.PdfReader) -> None:
    box = reader.pages[0].mediabox
    assert [round(float(side) / POINTS_PER_MM) for side in (box.width, box.height)] == [210, 297]
    out = write_one(tmp_path, "Text.", typst={"papersize": "letter", "margin": {"x": "3cm"}})
    box = pypdf.PdfReader(out).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (612, 792)


def test_two_renders_are_the_same_bytes(pdf: Path, tmp_path: Path) -> None:
    assert write(tmp_path, chapters()).read_bytes() == pdf.read_bytes()


def test_the_date_is_the_configured_one_or_a_constant(
    tmp_path: Path, reader: pypdf.PdfReader
) -> None:
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"].startswith("D:2000")
    out = write_one(tmp_path, "Text.", date="2025-10-31")
    dated = pypdf.PdfReader(out)
    assert dated.metadata is not None
    assert dated.metadata["/CreationDate"].startswith("D:20251031")
    assert "2025-10-31" in dated.pages[0].extract_text()


def test_every_font_is_embedded(reader: pypdf.PdfReader) -> None:
    fonts = list(resources(reader, "/Font"))
    assert fonts
    for font in fonts:
        inner = resolve(font["/DescendantFonts"][0]) if "/DescendantFonts" in font else font
        descriptor = resolve(inner["/FontDescriptor"])
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
        assert "/ToUnicode" in font


def test_fonts_are_those_of_the_packages(reader: pypdf.PdfReader) -> None:
    names = {str(font["/BaseFont"]).split("+")[-1] for font in resources(reader, "/Font")}
    known = ("LibertinusSerif", "STIXTwoMath", "DejaVuSansMono")
    assert names
    assert all(name.startswith(known) for name in names), names


def test_figures_are_drawn_not_pixels(reader: pypdf.PdfReader) -> None:
    kinds = Counter(drawn["/Subtype"] for drawn in resources(reader, "/XObject"))
    assert "/Image" not in kinds


def outline(entries: list[Any]) -> list[Any]:
    return [outline(one) if isinstance(one, list) else one.title for one in entries]


def test_outline_has_parts_chapters_and_sections_with_their_numbers(
    reader: pypdf.PdfReader,
) -> None:
    assert outline(reader.outline) == [
        "Contents",
        "Summary",
        "I First part",
        [
            "1 The first chapter, with x2 in its title",
            ["1.1 A numbered section", ["1.1.1 A third level"], "An unnumbered section"],
            "2 The second chapter",
            ["2.1 A section here"],
        ],
        "References",
        "Appendices",
        ["A Notation", ["A.1 More"]],
    ]


def test_tags_follow_the_text(reader: pypdf.PdfReader) -> None:
    kinds = Counter(str(element["/S"]) for element in structure(reader))
    for kind in ("/Title", "/TOC", "/TOCI", "/H1", "/H2", "/H3", "/H4", "/Caption", "/Figure"):
        assert kinds[kind], kind
    for kind in ("/Table", "/THead", "/TH", "/TD", "/Formula", "/Note", "/Code", "/LI", "/Link"):
        assert kinds[kind], kind
    assert kinds["/Table"] == 3
    assert kinds["/TH"] == 7


def test_pictures_and_formulas_have_their_text_in_the_tags(reader: pypdf.PdfReader) -> None:
    alternatives = [str(element["/Alt"]) for element in structure(reader) if "/Alt" in element]
    assert "A line from one to three." in alternatives
    assert "First line" in alternatives
    assert r"J = \sum_{i=1}^{k} \sum_{x \in C_i} \lVert x - \mu_i \rVert^2" in alternatives
    figures = [element for element in structure(reader) if element["/S"] == "/Figure"]
    images = [element for element in figures if "/Alt" in element]
    assert len(images) == 3


def destinations(reader: pypdf.PdfReader, number: int) -> list[int]:
    """Give the pages, counted from 1, that a page's inner links lead to."""
    named = reader.named_destinations
    found = []
    for note in reader.pages[number - 1].get("/Annots", []):
        note = resolve(note)
        target = note.get("/Dest") or resolve(note.get("/A", {})).get("/D")
        if target is None:
            continue
        if isinstance(target, str | bytes):
            page = named[target if isinstance(target, str) else target.decode()].page
        else:
            page = resolve(target)[0]
        index = reader.get_page_number(resolve(page))
        assert index is not None
        found.append(index + 1)
    return found


def number_of(pages: list[str], words: str) -> int:
    return pages.index(page_with(pages, words)) + 1


@pytest.mark.pdf
def test_references_lead_to_the_right_pages(reader: pypdf.PdfReader, pages: list[str]) -> None:
    one = number_of(pages, "An equation without a number")
    two = number_of(pages, "From another chapter")
    line = number_of(pages, "Figure 1.1: A line")
    small = number_of(pages, "Table 1.1: A small table.")
    notation = number_of(pages, "Table A.1: Symbols.")
    summary = number_of(pages, "The answer is 42")
    assert destinations(reader, summary) == [one, two, line, small, one, one, notation]
    # the theorem, sub-figure, chapter and section that the second chapter speaks of
    assert destinations(reader, two)[:4] == [one, two, one, one]


def test_links_to_the_web_and_to_files_of_the_site(tmp_path: Path, reader: pypdf.PdfReader) -> None:
    def addresses(found: pypdf.PdfReader) -> set[str]:
        actions = [
            resolve(resolve(note).get("/A", {}))
            for page in found.pages
            for note in page.get("/Annots", [])
        ]
        return {str(action["/URI"]) for action in actions if "/URI" in action}

    assert addresses(reader) >= {
        "https://example.org/a_b",
        "data/table.csv",
        "https://doi.org/10.1109/TIT.1982.1056489",
    }
    out = write_one(tmp_path, "A [file](data/table.csv).", site_url="https://example.org/book/")
    assert addresses(pypdf.PdfReader(out)) == {"https://example.org/book/data/table.csv"}


# What a reader sees


@pytest.mark.pdf
def test_no_page_is_blank_and_none_stands_out(pdf: Path) -> None:
    assert_margins_are_empty(pdf)


@pytest.mark.pdf
def test_title_page(pages: list[str]) -> None:
    assert flat(pages[0]) == (
        "A reference book Every construct once The authors, Another author"
        " A book of the tests' own."
    )


@pytest.mark.pdf
def test_contents_give_the_pages(pages: list[str]) -> None:
    contents = flat(re.sub(r"[ .]*\. \.[ .]*", " ", pages[1]))
    first = number_of(pages, "An equation without a number")
    second = number_of(pages, "From another chapter")
    assert f"Part I First part {first}" in contents
    # the exponent may come after the line that it stands in
    assert re.search(rf"1 The first chapter, with 𝑥 ?2? in its title (2 )?{first}", contents)
    assert f"1.1 A numbered section {first}" in contents
    assert "A third level" not in contents
    assert f"2 The second chapter {second}" in contents
    assert f"Appendices {len(pages)} A Notation {len(pages)}" in contents


@pytest.mark.pdf
def test_a_heading_that_is_not_to_be_listed_is_not(tmp_path: Path) -> None:
    shown = page_texts(write_one(tmp_path, "## Seen\n\n## Hidden {.unlisted}\n\nText."))
    assert "Seen" in shown[1]
    assert "Hidden" not in shown[1]
    assert "Hidden" in shown[-1]


@pytest.mark.pdf
def test_the_books_own_typst_stands_before_the_text(tmp_path: Path) -> None:
    (tmp_path / "own.typ").write_text("#show strong: it => [[#it]]\n", encoding="utf-8")
    own = {
        "include-in-header": ("own.typ",),
        "include-before-body": ({"text": "#show emph: upper"},),
    }
    (*_, page) = page_texts(write_one(tmp_path, "A *word* and a **sign**.", typst=own))
    assert "A WORD and a [sign]." in page


@pytest.mark.pdf
def test_depth_of_the_contents_from_the_configuration(tmp_path: Path) -> None:
    shown = page_texts(write(tmp_path, chapters(), typst={"toc-depth": 3, "toc-title": "Inside"}))
    assert "Inside" in shown[1]
    assert "1.1.1" in shown[1]
    hidden = page_texts(write(tmp_path, chapters(), typst={"toc": False}))
    assert "Contents" not in "".join(hidden)


@pytest.mark.pdf
def test_a_part_stands_above_its_first_chapter(pages: list[str]) -> None:
    page = flat(page_with(pages, "An equation without a number"))
    assert page.startswith("Part I First part 1 The first chapter")
    assert "Part" not in page_with(pages, "From another chapter")


def heights(path: Path) -> dict[str, float]:
    """Give the height of each word, where it stands last."""
    boxes = poppler("pdftotext", "-bbox", path, "-").decode()
    found = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]+)<', boxes)
    return {word: float(low) - float(high) for high, low, word in found}


@pytest.mark.pdf
def test_appendices_run_on_in_smaller_letters(tmp_path: Path) -> None:
    made = [
        chapter("one.qmd", "# One {#one number=1}\n\n## Section {#s}\n\nRead."),
        chapter("two.qmd", "# Two {#two number=2}\n\nAlso."),
        chapter("a.qmd", "# Tables {#a number=A}\n\n## Part {#p}\n\nLooked.", appendix=True),
        chapter("b.qmd", "# Words {#b number=B}\n\nUp.", appendix=True),
    ]
    out = write(tmp_path, made)
    one, two, last = (flat(page) for page in page_texts(out)[-3:])
    assert "One" in one
    assert "Two" in two
    assert re.search("Appendices A Tables .*Looked. B Words Up.", last)
    high = heights(out)
    assert high["Looked."] == pytest.approx(0.9 * high["Read."], rel=0.01)
    assert high["Part"] == pytest.approx(high["Section"], rel=0.01)


@pytest.mark.pdf
def test_a_glossary_stands_in_two_columns(tmp_path: Path) -> None:
    def lefts(n_terms: int) -> set[float]:
        listed = "\n\n".join(f"Term{i}\n:   Said." for i in range(n_terms))
        boxes = poppler("pdftotext", "-bbox", write_one(tmp_path, listed), "-").decode()
        return set(map(float, re.findall(r'xMin="([\d.]+)"[^>]*>Term\d+<', boxes)))

    assert len(lefts(20)) == 1
    assert len(lefts(120)) == 2


@pytest.mark.pdf
def test_running_heads_and_page_numbers(pages: list[str]) -> None:
    opening = page_with(pages, "An equation without a number")
    assert opening.split("\n")[0].strip() == "Part I First part"
    later = page_with(pages, "Figure 1.1: A line")
    head = flat(later.strip().split("\n")[0]).replace("𝑥 2", "𝑥2")
    assert head == "1 The first chapter, with 𝑥2 in its title An unnumbered section"
    assert flat(later.strip().split("\n")[-1]) == str(pages.index(later) + 1)


@pytest.mark.pdf
def test_only_labelled_equations_have_numbers(pages: list[str]) -> None:
    page = page_with(pages, "An equation without a number")
    numbered = [line for line in page.split("\n") if re.search(r"\(\d+\.\d+\)$", line.rstrip())]
    assert len(numbered) == 1
    assert numbered[0].rstrip().endswith("(1.1)")
    assert "=" in numbered[0]
    assert flat(page_with(pages, "Table A.1")).count("(A.1)") == 1


@pytest.mark.pdf
def test_theorems_and_proofs(pages: list[str]) -> None:
    page = flat(page_with(pages, "Theorem 1.1 (Descent)"))
    assert "Theorem 1.1 (Descent) Each step does not increase" in page
    assert "Lemma 1.1 A lemma without a title." in page
    assert "Definition 1.1 (Mixture) A mixture is a sum." in page
    assert "Example 1.1 An example." in page
    assert "Exercise 1.1 An exercise." in page
    assert "Solution. Its solution." in page
    assert "Remark. A remark." in page
    assert "Proof. By Equation 1.1, and a second" in page
    assert "Proof (of Lemma 1.1). It ends with a formula:" in page
    assert page.count("□") == 2


@pytest.mark.pdf
def test_end_mark_stands_on_the_last_line(tmp_path: Path) -> None:
    proof = '::: {.proof name="Proof"}\n%s\n:::\n'
    ends = [
        "Text.",
        "Text:\n$$\na = b\n$$",
        "By\n\n- one\n- two",
        "[$$c = d$$]{.equation number=1}",
    ]
    out = write_one(tmp_path, "\n\n".join(proof % end for end in ends))
    marked = [line for line in page_texts(out)[-1].split("\n") if "□" in line]
    assert len(marked) == 4
    assert "Proof. Text." in flat(marked[0])
    assert "=" in marked[1]
    assert "two" in marked[2]


@pytest.mark.pdf
def test_captions_stand_below_figures_and_above_tables(pages: list[str]) -> None:
    figure = flat(page_with(pages, "Figure 1.1: A line")).replace("𝑥 2", "𝑥2")
    assert "Figure 1.1: A line rises, with 𝑥2 and emphasis in its caption." in figure
    table = flat(page_with(pages, "Table 1.1: A small table."))
    assert "Table 1.1: A small table. k J 2 1.5 3 −2.5" in table


@pytest.mark.pdf
def test_sub_figures_stand_side_by_side(pages: list[str]) -> None:
    page = page_with(pages, "Figure 2.1: Two panels.")
    (line,) = [line for line in page.split("\n") if "(a) First" in line]
    assert "(b) Second" in line


@pytest.mark.pdf
def test_code_and_what_it_gives(pages: list[str]) -> None:
    page = flat(" ".join(pages))
    assert "import matplotlib.pyplot as plt plt.plot([1, 2, 3]) # a comment plt.show()" in page
    # a page may end between the code and what it gives
    given = [
        'print("printed output") 2 + 2',
        "printed output 4",
        "FutureWarning: be careful",
        "ZeroDivisionError: division by zero",
    ]
    assert [words for words in given if words not in page] == []


@pytest.mark.pdf
def test_callouts_tabs_lists_and_definitions(pages: list[str]) -> None:
    text = flat(" ".join(pages))
    for words in ("Note A note without a title.", "A folded tip Inside the tip. x = 1"):
        assert words in text
    for words in ("A warning Careful.", "Important Weighty.", "Caution Slow down."):
        assert words in text
    assert "One The first tab. Two The second tab." in text
    assert "Term Its definition. Another: term Its definition, longer. In two paragraphs." in text


@pytest.mark.pdf
def test_citations_and_the_list_they_lead_to(reader: pypdf.PdfReader, pages: list[str]) -> None:
    page = flat(page_with(pages, "An equation without a number"))
    assert "(Lloyd 1982) and EM (see Dempster et al. 1977, 3–5; also Lloyd 1982)." in page
    assert "As Lloyd (1982) shows" in page
    listed = number_of(pages, "Dempster, Arthur P., Nan M. Laird, and Donald B. Rubin. 1977.")
    assert "References" in pages[listed - 1]
    cited = destinations(reader, number_of(pages, "An equation without a number"))
    assert cited.count(listed) == 4


def test_citations_need_not_be_links(tmp_path: Path) -> None:
    def links(name: str, **changes: Any) -> int:
        folder = tmp_path / name
        folder.mkdir()
        made = pypdf.PdfReader(write_one(folder, "By @lloyd1982.", **changes))
        return sum(len(page.get("/Annots", ())) for page in made.pages)

    assert links("plain", link_citations=False) < links("linked")


@pytest.mark.pdf
def test_citations_without_a_place_for_the_list_get_one_at_the_end(tmp_path: Path) -> None:
    last = page_texts(write_one(tmp_path, "By @lloyd1982."))[-1]
    assert flat(last).startswith("References Lloyd, Stuart P. 1982.")


@pytest.mark.pdf
def test_the_list_of_references_runs_on_after_appendices(tmp_path: Path) -> None:
    made = [
        chapter("one.qmd", "# One {#one}\n\nBy @lloyd1982.", part="First"),
        chapter("a.qmd", "# Tables {#a}\n\nLooked.", appendix=True),
    ]
    assert "Looked. References Lloyd, Stuart P. 1982." in flat(
        page_texts(write(tmp_path, made))[-1]
    )


@pytest.mark.pdf
def test_footnotes_stand_at_the_foot(pages: list[str]) -> None:
    page = page_with(pages, "An equation without a number")
    assert re.search(r"1 ?A footnote with emphasis and code\. 4$", flat(page))


@pytest.mark.pdf
def test_a_note_on_a_heading_stands_on_its_page_only(tmp_path: Path) -> None:
    out = write_one(tmp_path, "## Two^[On the heading.] {#two}\n\nText.^[On the text.]")
    *before, last = page_texts(out)
    assert "On the" not in "".join(before)
    assert re.search(r"1 ?On the heading\. 2 ?On the text\. 3$", flat(last))


def table(columns: int, rows: int, value: str = "0.{}25") -> str:
    head = "|".join(f"c{x}" for x in range(columns))
    lines = ["|".join(value.format((x * y) % 10) for x in range(columns)) for y in range(rows)]
    return "\n".join(f"|{line}|" for line in (head, "|".join(["--:"] * columns), *lines))


@pytest.mark.pdf
def test_long_tables_go_on_with_their_header(tmp_path: Path) -> None:
    rows = "\n".join(f"| track.{row:05} | {row}.5 | jazz |" for row in range(150))
    text = f"""
::: {{#tbl-long .float kind="table" name="Table" number="1.1"}}
| Track | Value | Genre |
|:------|------:|:------|
{rows}

::: float-caption
A long table.
:::
:::
"""
    out = write_one(tmp_path, text)
    shown = [page for page in page_texts(out) if "track.0" in page]
    assert len(shown) >= 3
    for page in shown:
        assert flat(page).count("Track Value Genre") == 1
    found = re.findall(r"track\.(\d{5})", "".join(shown))
    assert [int(number) for number in found] == list(range(150))
    assert flat(shown[0]).index("Table 1.1: A long table.") < flat(shown[0]).index("Track Value")
    assert "Table 1.1" not in "".join(shown[1:])
    assert_margins_are_empty(out)


@pytest.mark.pdf
@pytest.mark.parametrize("columns", [13, 20, 34])
def test_wide_tables_fit(tmp_path: Path, columns: int) -> None:
    out = write_one(tmp_path, table(columns, 4))
    page = page_texts(out)[-1]
    assert all(re.search(rf"\bc{x}\b", page) for x in range(columns))
    assert_margins_are_empty(out)


@pytest.mark.pdf
def test_tables_of_words_are_wrapped(tmp_path: Path) -> None:
    words = "a sentence of several words " * 8
    text = f"""
| Claim | Measured | Name | Verdict |
|-------|----------|------|---------|
| {words} | {words} | `a_module.with.a.long.name.that_goes_on` | *holds* |
| $x = {"+".join("abcdefgh")}$ | short | unbreakable-{"x" * 40} | [One](#one) |
"""
    out = write_one(tmp_path, text)
    page = flat(page_texts(out)[-1])
    assert page.count("sentence") == 16
    assert "x" * 40 in page
    assert_margins_are_empty(out)


@pytest.mark.pdf
def test_cells_over_several_rows_and_columns(tmp_path: Path) -> None:
    text = """
+-------------------+------+
| Both              | Own  |
+=========+=========+======+
| a       | b       | c    |
+---------+---------+      |
| d                 |      |
+-------------------+------+
"""
    reader = pypdf.PdfReader(write_one(tmp_path, text))
    spans = []
    for element in structure(reader):
        if element["/S"] in {"/TD", "/TH"}:
            attributes = resolve(element.get("/A", {}))
            for one in map(resolve, attributes if isinstance(attributes, list) else [attributes]):
                spans += [(key, one[key]) for key in ("/ColSpan", "/RowSpan") if key in one]
    assert sorted(spans) == [("/ColSpan", 2), ("/ColSpan", 2), ("/RowSpan", 2)]


def test_cells_that_name_their_rows_are_headers(tmp_path: Path) -> None:
    """Another table's cells list the headers of their columns, as Typst writes them."""
    table = "| method | index |\n|---|--:|\n| K-Means | 0.2 |\n| mixture | 0.1 |\n\n"
    bare = "|  |  |\n|---|--:|\n| K-Means | 0.2 |\n\n"
    made = chapter("one.qmd", f"# One\n\n{table}Between.\n\n{table}Between.\n\n{bare}")
    for position in (1, 5):
        made.doc.content[position].content[0].row_head_columns = 1
    found = []
    for element in structure(pypdf.PdfReader(write(tmp_path, [made]))):
        if element["/S"] in {"/TH", "/TD"}:
            own = next(a for a in map(resolve, element["/A"]) if a["/O"] == "/Table")
            lines = [list(a["/BorderStyle"])[2] for a in element["/A"] if "/BorderStyle" in a]
            assert set(lines) <= {"/None"}, "what marks a cell is gone"
            found.append((element["/S"], own.get("/Scope"), bool(own.get("/Headers"))))
    head, name, cell = ("/TH", "/Column", False), ("/TH", "/Row", False), ("/TD", None, False)
    other = ("/TD", None, True)
    assert found[:6] == [head, head, name, cell, name, cell]
    assert found[6:] == [head, head, *[other] * 4, name, cell]


@pytest.mark.pdf
def test_long_code_is_wrapped_and_goes_on(tmp_path: Path) -> None:
    lines = [f"value_{row} = compute({row})" for row in range(150)]
    lines += ["x = 1  # " + "a very long remark " * 12, 'y = "' + "abcdefghij" * 20 + '"']
    out = write_one(tmp_path, "\n".join(["```python", *lines, "```"]))
    shown = page_texts(out)
    assert len(shown) == 5
    text = "".join("".join(shown).split())
    assert "value_149=compute(149)" in text
    assert "averylongremark" * 12 in text
    assert "abcdefghij" * 20 in text
    assert_margins_are_empty(out)


@pytest.mark.pdf
def test_long_names_and_addresses_are_broken(tmp_path: Path) -> None:
    name = ".".join(["module"] * 30)
    address = "https://example.org/" + "/".join(["folder"] * 30)
    out = write_one(tmp_path, f"Words `{name}` and <{address}> end.")
    text = "".join(page_texts(out)[-1].split())
    assert name in text
    assert address in text
    assert_margins_are_empty(out)


@pytest.mark.pdf
def test_wide_formulas_and_large_pictures_fit(tmp_path: Path) -> None:
    text = f"""
$$ {" + ".join(f"x_{{{i}}}^2" for i in range(60))} $$

[$$ {" + ".join(f"y_{{{i}}}^2" for i in range(40))} $$]{{#eq-x .equation number="1.1"}}

![](wide.svg)

![](wide.svg){{width=150%}}

![](tall.svg)

An ![inline](wide.svg) one, ![one](tall.svg){{height=1em}} more.
"""
    out = write_one(tmp_path, text, {"wide.svg": WIDE, "tall.svg": TALL})
    assert_margins_are_empty(out)
    assert "(1.1)" in "".join(page_texts(out))


@pytest.mark.pdf
def test_long_titles_fit_into_the_running_head(tmp_path: Path) -> None:
    words = "a title that is rather long and does not end before the line does " * 2
    text = f"# {words} {{number=1}}\n\n## {words} {{number=1.1}}\n\n{'Some text. ' * 900}"
    out = write(tmp_path, [chapter("one.qmd", text)])
    head = flat(page_texts(out)[-1].strip().split("\n")[0])
    assert re.fullmatch(r"1 a title .* … 1\.1 a title .* …", head)
    assert_margins_are_empty(out)


def pages_apart(tmp: Path, before: int, text: str, first: str, second: str) -> int:
    """Count the pages between two words, with so many lines before the text."""
    filled = "\n\n".join(["Filling."] * before) + "\n\n" + text
    shown = page_texts(write_one(tmp, filled, typst={"toc": False}))
    return number_of(shown, second) - number_of(shown, first)


SHORT_TABLE = "| a | b |\n|---|---|\n| first | x |\n" + "| y | z |\n" * 8 + "| last | x |\n"
KEPT = {
    "paragraph": ("The first word leads to\n$$\na = b\n$$\nlast", "first", "𝑏"),
    "two paragraphs": ("The first word leads to\n\n$$\na = b\n$$", "first", "𝑏"),
    "theorem": (
        '::: {.theorem .thm name="Theorem" number="1"}\nThe first\n\n$$x$$\n\nlast\n:::',
        "first",
        "last",
    ),
    "table": (
        '::: {.float kind="table" name="Table" number="1"}\n' + SHORT_TABLE + "\n:::",
        "first",
        "last",
    ),
    "code and figure": (
        '::: {.float kind="figure" name="Figure" number="1"}\n::: cell\n'
        "```{.python .cell-code}\nfirst\n```\n\n`<b>`{=html}\n\nlast\n:::\n:::",
        "first",
        "last",
    ),
    "section": ("## The first\n\nlast", "The first", "last"),
}


@pytest.mark.pdf
@pytest.mark.parametrize("kind", KEPT)
def test_what_belongs_together_stays_on_a_page(tmp_path: Path, kind: str) -> None:
    text, first, second = KEPT[kind]
    pages = [pages_apart(tmp_path, before, text, first, second) for before in range(26, 35)]
    assert set(pages) == {0}


LOW = (
    "One word.",
    "It is said in many words, none of them rare, so that lines are full. " * 6,
    r"With $x_1 + \dots + x_n = m$ and $\frac{\frac{a}{b}}{c}$, and so for all $\sum_{i=1}^n x_i$. "
    * 5,
    "- An item\n- Another, [of](https://example.org) *two* kinds\n\n"
    r"  $$\sum_{i=1}^n \frac{a^2}{\frac{b}{c}}$$",
    r"$$\begin{aligned} a &= \frac{1}{2} \\ b &= \begin{pmatrix} 1 \\ 2 \end{pmatrix}"
    r"\end{aligned}$$",
    "1. First\\\n   broken\n2. Second\n\n   Again",
)
NOT_TEXT = (
    "| a |\n|--|\n| b |",
    "```python\nx = 1\n```",
    "> Said",
    "![](a.svg)",
    "A note[^1].\n\n[^1]: Here.",
)


@pytest.mark.parametrize("width", [90, 152])
def test_no_text_is_higher_than_its_extent_says(tmp_path: Path, width: int) -> None:
    boxes = [f'::: {{.theorem .thm name="T" number="1"}}\n{text}\n:::' for text in LOW]
    made = [chapter("one.qmd", "# One {#one}\n\n" + "\n\n".join(boxes))]
    files = pdf_book.typst_files(settings(tmp_path), made, pdf_book.make_sources(made))
    _, text = files.pop("chapters/000.typ").decode().split("\n", 1)
    measured = f"""
#import "/book.typ": *
#let book-theorem(extent: none, ..options, body) = context {{
  let found = (measure(body, width: {width}mm).height, highest(extent, {width}mm))
  [#metadata(found.map(length => length / 1mm))<found>]
}}
"""
    main = files["main.typ"].decode().replace('#include "chapters/000.typ"', measured + text)
    for name, content in (files | {"main.typ": main.encode()}).items():
        (tmp_path / name).write_bytes(content)
    fonts = pdf_book.gather(pdf_book._font_files(), tmp_path)
    found = typst.query(
        str(tmp_path / "main.typ"), "<found>", field="value", root=str(tmp_path), font_paths=fonts
    )
    heights = json.loads(found)
    assert len(heights) == len(LOW)
    assert all(real <= said < 75 for real, said in heights), heights


@pytest.mark.parametrize("text", NOT_TEXT)
def test_only_text_has_an_extent(text: str) -> None:
    assert tree.extent(chapter("one.qmd", text).load()) is None


# What must not be read as markup

HOSTILE = '#eval("1") ] [ \\ $x$ $ @ref <b> `c` *s* _e_ // /* -- ... ~ = #{panic()} \\u{41} ;'


@pytest.mark.pdf
def test_hostile_text_stays_text(tmp_path: Path) -> None:
    doc = panflute.Doc(
        panflute.Header(panflute.Str(HOSTILE), identifier="one"),
        panflute.Para(panflute.Str(HOSTILE)),
        panflute.BulletList(panflute.ListItem(panflute.Plain(panflute.Str("- " + HOSTILE)))),
        panflute.Para(panflute.Code(HOSTILE)),
        panflute.CodeBlock(HOSTILE + "\n```\n#panic()"),
        panflute.Para(panflute.Image(panflute.Str(HOSTILE), url="a.svg")),
        panflute.Para(panflute.Link(panflute.Str("= 1. x"), url='https://x.org/")#panic()')),
        panflute.Para(panflute.Emph(panflute.Str("e")), panflute.Str(".x(y)[z]")),
        panflute.Para(panflute.Str("1. no"), panflute.LineBreak(), panflute.Str("+ list")),
    )
    made = Made(
        Chapter("one.qmd", "one.html", HOSTILE, False, 0, 1), "", HOSTILE, doc, {"a.svg": LINE}
    )
    out = write(
        tmp_path, [made], title=HOSTILE, subtitle=HOSTILE, authors=(HOSTILE,), description=HOSTILE
    )
    shown = [flat(page) for page in page_texts(out)]
    assert shown[0].count(HOSTILE) >= 2
    text = "".join("".join(shown).split())
    assert text.count("".join(HOSTILE.split())) >= 9
    assert "1. no + list" in shown[-1]
    assert "e.x(y)[z]" in shown[-1]
    reader = pypdf.PdfReader(out)
    assert reader.metadata is not None
    assert reader.metadata.title == HOSTILE
    assert HOSTILE in [str(e["/Alt"]) for e in structure(reader) if "/Alt" in e]


def plain_text(content: Any) -> str:
    if "children" in content:
        return "".join(map(plain_text, content["children"]))
    return {"space": " ", "text": content.get("text"), "symbol": content.get("text")}[
        content["func"]
    ]


printable = st.text(st.characters(exclude_categories=("C", "Z"), max_codepoint=0x2FFF), min_size=1)


@given(printable)
def test_text_reads_back_as_itself(value: str) -> None:
    found = json.loads(typst.eval(b"", f"[{syntax.text(value)}]"))
    assert plain_text(found) == value


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_strings_read_back_as_themselves(value: str) -> None:
    assert json.loads(typst.eval(b"", syntax.string(value))) == value


def test_values_have_their_form_in_typst() -> None:
    value = {"a b": [1, "x"], "c": None, "d": True, "e": {}, "f": 0.5}
    assert json.loads(typst.eval(b"", syntax.literal(value))) == value
    with pytest.raises(TypeError, match="object"):
        syntax.literal(object())


@pytest.mark.pdf
def test_raw_typst_passes_and_raw_html_does_not(tmp_path: Path) -> None:
    text = "```{=typst}\n#upper[seen]\n```\n\nA `#lower[WORD]`{=typst} `<b>`{=html}.\n"
    page = flat(page_texts(write_one(tmp_path, text))[-1])
    assert "SEEN A word ." in page


@pytest.mark.pdf
@pytest.mark.parametrize("standard", ["a-2b", "1.7"])
def test_a_box_stands_for_a_character_that_no_font_has(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], standard: str
) -> None:
    text = "## Rock 🎸\n\nA 日\u200b本 and `旦`, $\\text{語}$.\n\n```python\nx = '日'\n```\n"
    (tmp_path / "one.qmd").write_text(f"# One\n\n{text}", encoding="utf-8")
    out = write_one(tmp_path, text, typst={"pdf-standard": standard})
    said = capfd.readouterr().err
    assert said.startswith("warning: one.qmd:3: the PDF's fonts have no sign for ")
    assert said.count("\n") == 1
    assert set(re.findall(r"(\S) \(U\+[0-9A-F]{4,5}\)", said)) == set("🎸日本旦語")
    shown = "".join(page_texts(out))
    assert "Rock" in shown
    assert not set(shown) & set("🎸日本旦語")


# What stops the render


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"So $\nosuchcommand x$.", r"formula $\nosuchcommand x$"),
        ("[x](xref:fig-none)", "@fig-none"),
        ("[x](chapter:none.qmd)", "none.qmd"),
        ("[x](chapter:one.qmd#none)", "one.qmd#none"),
        ("[x](#none)", "#none"),
        ("![a](none.svg)", "none.svg"),
        ('::: {.callout kind="joke"}\nx\n:::', "joke"),
        ("```{=typst}\n#nosuchfunction()\n```", "unknown variable: nosuchfunction"),
        ('```{=typst}\n#text(font: "No Such Font")[x]\n```', "unknown font family"),
    ],
)
def test_errors_name_the_chapter(tmp_path: Path, text: str, words: str) -> None:
    message = failure(tmp_path, text)
    assert message.startswith("one.qmd: ")
    assert words in message
    assert str(tmp_path) not in message


def test_a_picture_with_a_strange_width_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="the width 'wide' of"):
        write_one(tmp_path, "![a](a.svg){width=wide}", {"a.svg": LINE})


def test_a_broken_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"one\.qmd: the picture a\.svg .*SVG"):
        write_one(tmp_path, "![a](a.svg)", {"a.svg": b"<svg"})


def test_an_error_leaves_the_old_file(tmp_path: Path) -> None:
    out = write_one(tmp_path, "Text.")
    old = out.read_bytes()
    failure(tmp_path, "`#panic()`{=typst}")
    assert out.read_bytes() == old
    assert {path.name for path in tmp_path.iterdir()} == {"book.pdf", "references.bib"}


# Formulas


@pytest.mark.parametrize(
    ("tex", "typst_source"),
    [
        (r"\lVert x \rVert^2", "lr(bar.v.double x bar.v.double)^2"),
        (r"\|x\| + \|y\|", "lr(bar.v.double x bar.v.double) + lr(bar.v.double y bar.v.double)"),
        (r"\left\| x \right\|", "lr(bar.v.double x bar.v.double)"),
        (r"\lvert x \rvert", "lr(|x|)"),
        (r"\left\lvert x \right\rvert", "lr(|x|)"),
        (r"\left \lvert \frac{a}{b} \right \rvert", "lr(|a / b|)"),
        (r"|C| \, x", r"\|C\|thin x"),
        (r"\tfrac{1}{2} x", "bookSmall(1 / 2) x"),
        (r"\tfrac12", "bookSmall(1 / 2)"),
        (r"\operatorname{tr}(A)", r'op("tr", limits: #false) \( A \)'),
        (r"\operatorname*{arg\,min}_k", 'op("arg\u2009min", limits: #true)_k'),
        (r"\mathop{\mathbb{E}}_q", 'op("𝔼", limits: #true)_q'),
        (r"\text{if } x", 'upright("if ") x'),
        (r"a \; b", "a thick b"),
        (r"1{,}000", '1","000'),
        (r"A \cap B", "A inter B"),
        (r"A \otimes B", "A times.o B"),
        (r"\begin{vmatrix} a \end{vmatrix}", 'mat(delim: "|", a)'),
        (r"\begin{Vmatrix} a \end{Vmatrix}", 'mat(delim: "‖", a)'),
        (r"\begin{array}{ll} a & b \end{array}", "mat(delim: #none, a, b)"),
        (r"\left. x \right|_0", "bookBar(x)_0"),
        (r"\bigl( x", r"bookBig(#120%, \() x"),
        (r"\left\{ x \right.", "bookBrace(x)"),
        (
            r"\left\{ \begin{aligned} a &= b \\ c &= d \end{aligned} \right.",
            "bookBrace(mat(delim: #none, align: #left, a & = b;c & = d))",
        ),
        (
            r"\begin{cases} 1 & x \\ 0 & y \end{cases}",
            'cases(delim: "{", 1 & quad x, 0 & quad y)',
        ),
        ("a % remark\n b", "a b"),
    ],
)
def test_formulas_keep_their_meaning(tex: str, typst_source: str) -> None:
    source = pdf_book.make_sources([chapter("one.qmd", f"# One\n\n$${tex}$$")])
    (found,) = pdf_book.set_formulas(source).values()
    assert found == typst_source


GALLERY = r"""
J = \sum_{i=1}^{k} \sum_{x \in C_i} \lVert x - \mu_i \rVert^2
\mathcal{N}(x \mid \mu, \Sigma) = \frac{\exp\left( -\tfrac{1}{2} u \right)}{(2\pi)^{d/2} \lvert \Sigma \rvert^{1/2}}
\underbrace{\sum_i x_i}_{\text{within}} + \overbrace{a+b}^{n} + \widehat{ab} + \widetilde{ab}
\Sigma_k^{-1},\ \bar{x}, \hat{\mu}, \tilde{x}, \boldsymbol{\mu}, \mathbf{x}, \mathbb{R}^d, \dot{x}, \vec{v}, x^\top y
\mathbb{E}_q[\log p(x,z)] - \mathrm{KL}(q \,\|\, p), \Sigma \succ 0, \lfloor x \rfloor, \langle a, b \rangle
A \cap B \cup C \otimes D \odot E \oplus F \ominus G \setminus H, \bigcap_i A_i, \bigotimes_i B_i
a \triangleleft b \models c, \emptyset, \varnothing, \nabla, \partial, \infty, \ldots, \cdots, \vdots, \ddots
\max_k \lim_{n \to \infty} \sup_x \arg\min_j \log\det A \xrightarrow{d} \stackrel{d}{=} \overset{a}{b}
\Bigl[ \frac12 \Bigr] \bigl\lVert x \bigr\rVert \Big| x \Big| \biggl( x \biggr) \bigl\lvert x \bigr\rvert \left\lvert x \right\rvert \left\langle a \middle| b \right\rangle
\sum_{\substack{i=1 \\ j \ne i}}^n \binom{n}{k} \sqrt[3]{x} \pmod{n} \mathbf{1}\{x \in A\} \phantom{x} \boxed{y}
""".strip().split("\n")  # noqa: E501


@pytest.mark.pdf
def test_formulas_of_every_kind_are_set(tmp_path: Path) -> None:
    text = "\n\n".join(f"$${tex}$$\n\nAnd ${tex}$." for tex in GALLERY)
    out = write_one(tmp_path, text)
    assert_margins_are_empty(out)
    shown = "".join(page_texts(out))
    assert "\\" not in shown.replace("∖", "").replace("\\ 𝐻", "").replace("\\𝐻", "")


def test_a_remark_sign_that_is_meant_stays() -> None:
    assert formula.prepare(r"5\,\% x") == r"5\,\% x"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (28, "XXVIII")]
)
def test_roman_numerals(number: int, text: str) -> None:
    assert roman(number) == text
