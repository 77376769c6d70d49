"""Images, alone and within a text."""

import base64
from pathlib import Path

import pytest
from trees import FILES, Given, book, chunk, display, error, outline, tree


def test_an_image_with_a_label_is_a_float(tmp_path: Path) -> None:
    text = '![A *caption*, @fig-a.](a.svg){#fig-a fig-alt="Seen." width=30% .own}\n'
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  ![Seen.](a.svg) {.own width=30%}",
        "  div {.float-caption}",
        "    A *caption*, [Figure\u00a01.1](xref:fig-a).",
    ]


def test_an_image_may_have_a_text_in_place_of_it(tmp_path: Path) -> None:
    lines = tree(tmp_path, '![A](a.svg){alt="Seen" fig-align=center}\n', files=FILES)
    assert lines[1] == "  ![Seen](a.svg)"


def test_an_image_without_a_label_is_a_figure(tmp_path: Path) -> None:
    lines = tree(tmp_path, "![A *caption*.](a.svg)\n\nA ![small](b.png) one.\n", files=FILES)
    assert lines == [
        "figure",
        "  ![A caption.](a.svg)",
        "caption: A *caption*.",
        "A ![small](b.png) one.",
    ]


def test_a_caption_with_a_computed_word_is_also_the_text_for_who_cannot_see(tmp_path: Path) -> None:
    text = "```{python}\n#| echo: false\n1\n```\n\n![Has `{python} n`.](a.svg){#fig-a}\n"
    lines = tree(tmp_path, text, files=FILES, given=Given(inlines={1: {"text/plain": "nine"}}))
    assert lines[1] == "  ![Has nine.](a.svg)"
    assert lines[-1] == "    Has nine."


def test_a_caption_with_a_reference_describes_its_image(tmp_path: Path) -> None:
    lines = tree(tmp_path, "$$x$$ {#eq-a}\n\n![By @eq-a, *so*.](a.svg){#fig-a}\n", files=FILES)
    assert lines[2] == "  ![By Equation\u00a01.1, so.](a.svg)"


def test_an_image_may_have_a_label_and_no_caption(tmp_path: Path) -> None:
    text = "![](a.svg){#fig-a fig-alt=Seen}\n\n@fig-a\n"
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  ![Seen](a.svg)",
        "[Figure\u00a01.1](xref:fig-a)",
    ]


def test_a_linked_image_may_be_a_float(tmp_path: Path) -> None:
    text = "[![A *caption*.](a.svg){#fig-a fig-alt=Seen}](https://example.org)\n"
    assert tree(tmp_path, text, files=FILES) == [
        "div {#fig-a .float kind=figure name=Figure number=1.1}",
        "  [![Seen](a.svg)](https://example.org)",
        "  div {.float-caption}",
        "    A *caption*.",
    ]


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize("fmt", ["html", "typst"])
def test_an_image_in_its_address_becomes_a_file(tmp_path: Path, fmt: str) -> None:
    text = f"A ![dot](data:image/png;base64,{PIXEL}) and ![box](data:image/svg+xml,%3Csvg/%3E)."
    document = book(tmp_path, f"# One\n\n{text}\n", fmt=fmt)[1]
    png, svg = sorted(document.media, key=lambda url: url.endswith("svg"))
    assert document.media[png] == base64.b64decode(PIXEL)
    assert document.media[svg] == b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    assert outline(document.doc.content)[-1] == f"A ![dot]({png}) and ![box]({svg})."


def test_an_image_in_raw_html_is_set_in_the_pdf(tmp_path: Path) -> None:
    html = f"<p><svg width='9' height='9'></svg><img src='data:image/png;base64,{PIXEL}'></p>"
    given = Given({0: [display(text_html=html, text_plain="<x>")]})
    document = book(tmp_path, "# One\n\n" + chunk("echo: false"), given=given, fmt="typst")[1]
    assert {url.rpartition(".")[2] for url in document.media} == {"svg", "png"}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("data:image/png;base64,x", "the image in data:image/png;base64,x… is not whole"),
        (f"data:text/html;base64,{PIXEL}", "must be one of .gif, "),
    ],
)
def test_a_wrong_image_in_an_address_is_named_in_short(
    tmp_path: Path, address: str, said: str
) -> None:
    message = error(tmp_path, f"Words.\n\n![dot]({address})\n")
    assert message.startswith("one.qmd:")
    assert said in message
    assert len(message) < 150
