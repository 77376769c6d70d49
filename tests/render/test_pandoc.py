"""Pandoc as a program: what it reads and writes, and what it warns of."""

from concurrent.futures import ThreadPoolExecutor

import panflute as pf
import pytest

from render import pandoc
from render.errors import RenderError


def read(text: str) -> pf.Doc:
    return pandoc.read_many([text])[0].doc()


def test_texts_are_read_each_on_its_own() -> None:
    texts = ["[a]\n\n[a]: one", "[a]", ("html", "<p>b</p>"), "", "é — ‘x’\u2028"]
    docs = [parsed.doc() for parsed in pandoc.read_many(texts)]
    assert isinstance(docs[0].content[0].content[0], pf.Link)
    assert isinstance(docs[1].content[0].content[0], pf.Str)
    assert docs[2].content[0].content[0].text == "b"
    assert len(docs[3].content) == 0
    assert "‘x’" in pf.stringify(docs[4])


def test_nothing_is_read_where_nothing_is_given() -> None:
    assert pandoc.read_many([]) == []


def test_a_text_read_twice_gives_two_trees() -> None:
    first, second = pandoc.read_many(["*a*", "*a*"])
    one, two = first.doc(), second.doc()
    one.content[0].content[0] = pf.Str("changed")
    assert isinstance(two.content[0].content[0], pf.Emph)


def test_what_another_process_has_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    (read,) = pandoc.read_many(["Read *elsewhere*."])
    told = pandoc.known()
    monkeypatch.setattr(pandoc, "_READ", {})
    monkeypatch.setattr(pandoc, "executable", lambda: pytest.fail("Pandoc is started"))
    pandoc.know(told)
    assert pandoc.read_many(["Read *elsewhere*."]) == [read]


def test_warnings_are_kept_with_their_text_and_line() -> None:
    good, bad = pandoc.read_many(["Fine.", "A\n\n::: {.b}\nC"])
    assert good.messages == ()
    (message,) = bad.messages
    assert message.line == 3
    assert "Div" in message.text


def test_a_tree_is_written() -> None:
    doc = read("*a* $x$")
    assert pandoc.write(doc, "html", extra_args=["--mathml"]).startswith("<p><em>a</em>\n<math")
    assert pandoc.write(pandoc.to_json(doc), "typst") == "#emph[a] $x$\n"


def test_a_warning_of_the_writer_is_an_error_unless_allowed() -> None:
    doc = read("$\\notacommand{$")
    with pytest.raises(RenderError, match=r"^a\.qmd: the formula .* unexpected control sequence"):
        pandoc.write(doc, "html", extra_args=["--mathml"], path="a.qmd")
    allowed = pandoc.write(doc, "html", extra_args=["--mathml"], allow=lambda text: "TeX" in text)
    assert "notacommand" in allowed


def test_a_failure_says_why() -> None:
    with pytest.raises(RenderError, match=r"^a\.qmd: Pandoc failed: Unknown output format"):
        pandoc.write(read("a"), "no-such-format", path="a.qmd")


def test_raw_typst_survives_both_ways() -> None:
    text = "```{=typst}\n#pagebreak()\n```\n"
    assert pandoc.write(read(text), "typst") == "#pagebreak()\n"


def test_many_threads_may_read_at_once() -> None:
    texts = [f"Text *{number}*" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda text: pandoc.read_many([text])[0].json, texts))
    assert read == [parsed.json for parsed in pandoc.read_many(texts)]
    assert all(f'"{number}"' in json for number, json in enumerate(read))


@pytest.mark.parametrize(
    "heading",
    ["A Title", "Wörter & more: 2.5-fold", "1. First", "*E* `c` x^2", "???", "  a_b  c.d "],
)
def test_ids_are_made_up_as_pandoc_does(heading: str) -> None:
    header = read(f"# {heading}").content[0]
    assert pandoc.identifier(pf.stringify(header)) == header.identifier
