"""Blocks side by side."""

from pathlib import Path

from trees import FILES, tree


def test_a_layout_without_a_label_sets_things_side_by_side(tmp_path: Path) -> None:
    text = "::: {layout-ncol=2}\n![A](a.svg){#fig-a}\n\nText.\n:::\n"
    assert tree(tmp_path, text, files=FILES) == [
        "div {.layout ncol=2}",
        "  div {.layout-cell}",
        "    div {#fig-a .float kind=figure name=Figure number=1.1}",
        "      ![A](a.svg)",
        "      div {.float-caption}",
        "        A",
        "  div {.layout-cell}",
        "    Text.",
    ]
