"""Images, alone and within a text."""

from pathlib import Path

from trees import FILES, Given, tree


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
