"""Content in the language of one format."""

from pathlib import Path

import pytest
from trees import error, tree


def test_raw_content_goes_to_its_format(tmp_path: Path) -> None:
    text = (
        "```{=html}\n<b>web</b>\n```\n\n```{=typst}\n#print\n```\n\n"
        "A `<i>`{=html}`#t`{=typst}<kbd>K</kbd><!-- note -->.\n\n<!-- another -->\n"
    )
    assert tree(tmp_path / "a", text) == [
        "raw html: <b>web</b>",
        "A <html><i></><html><kbd></>K<html></kbd></>.",
    ]
    assert tree(tmp_path / "b", text, fmt="typst") == ["raw typst: #print", "A <typst>#t</>K."]


def test_macros_of_latex_are_put_in(tmp_path: Path) -> None:
    assert tree(tmp_path, "\\newcommand{\\R}{\\mathbb{R}}\n\n$x \\in \\R$\n") == [
        "$x \\in \\mathbb{R}$"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A \\emph{b}\n", "one.qmd:3: raw LaTeX, '\\\\emph{b}'"),
        ("```{=latex}\nx\n```\n", "one.qmd:3: raw LaTeX"),
        ("```{=docx}\nx\n```\n", "one.qmd:3: raw content for docx"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
