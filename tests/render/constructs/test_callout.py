"""Callouts: their titles, their options, and their forms."""

from pathlib import Path

import pytest
from markup import body, only, words
from trees import error, tree


@pytest.mark.parametrize("kind", ["note", "tip", "warning", "important", "caution"])
def test_a_callout_without_a_title_has_its_kind_for_one(tmp_path: Path, kind: str) -> None:
    assert tree(tmp_path, f"::: {{.callout-{kind}}}\nText.\n:::\n") == [
        f"div {{.callout kind={kind}}}",
        "  div {.callout-title default=true}",
        f"    {kind.capitalize()}",
        "  Text.",
    ]


@pytest.mark.parametrize(
    "opening", ["{.callout-tip}\n## A *title*", '{.callout-tip title="A *title*"}']
)
def test_a_callout_has_its_title_from_its_heading_or_an_attribute(
    tmp_path: Path, opening: str
) -> None:
    assert tree(tmp_path, f"::: {opening}\nText.\n:::\n")[1:3] == [
        "  div {.callout-title}",
        "    A *title*",
    ]


def test_a_callout_keeps_its_options(tmp_path: Path) -> None:
    opening = '{#id .callout-note .own collapse="true" appearance="simple" icon=false}'
    first = tree(tmp_path, f"::: {opening}\nText.\n:::\n")[0]
    assert first == ("div {#id .callout .own kind=note collapse=true appearance=simple icon=false}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::: {.callout-hint}\nA\n:::\n", "one.qmd:3: the callout `.callout-hint` is not known"),
        ("::: callout\nA\n:::\n", "one.qmd:3: the callout `.callout` is not known"),
        ("::: {.callout-tip collapse=yes}\nA\n:::\n", 'one.qmd:3: collapse="yes" of a callout'),
        ("::: {.callout-tip size=3}\nA\n:::\n", "one.qmd:3: the attribute `size` of a callout"),
        ("::: {.callout-tip .panel-tabset}\nA\n:::\n", "one.qmd:3: `.panel-tabset` on a callout"),
        ("::: {.proof .callout-tip}\nA\n:::\n", "one.qmd:3: `.callout-tip` on a theorem or proof"),
        ("::: {.callout-tip .float}\nA\n:::\n", "one.qmd:3: the class `.float` is kept"),
        ("::: {#nte-a .callout-note}\nA\n:::\n", "one.qmd:3: the label nte-a on a div"),
    ],
)
def test_a_wrong_callout_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)


@pytest.mark.parametrize("kind", ["note", "tip", "important", "warning", "caution"])
def test_callouts_say_their_kind_once(tmp_path: Path, kind: str) -> None:
    named = body(tmp_path / "a", f"::: {{.callout-{kind}}}\n## A *title*\nText.\n:::\n")
    assert words(only(named, f".callout-{kind} > .callout-title")) == f"{kind.capitalize()}A title"
    assert words(only(named, ".callout-title .vh")) == kind.capitalize()
    assert only(named, "svg use")["href"] == f"#i-{kind}"
    plain = body(tmp_path / "b", f"::: {{.callout-{kind}}}\nText.\n:::\n")
    assert words(only(plain, ".callout-title")) == kind.capitalize()
    assert words(only(plain, ".callout-body")) == "Text."


@pytest.mark.parametrize(("collapse", "opened"), [("true", False), ("false", True)])
def test_callouts_fold_without_a_script(tmp_path: Path, collapse: str, opened: bool) -> None:
    soup = body(tmp_path, f'::: {{.callout-tip collapse="{collapse}"}}\n## T\nIn.\n:::\n')
    details = only(soup, "details.callout-tip")
    assert details.has_attr("open") == opened
    assert words(details.summary) == "TipT"
