"""The HTML of each construct, of whole pages and of the site."""

import html
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from markup import HOSTILE, body, only, pages, words
from trees import Given, book, display

from render.config import load_book
from render.errors import RenderError
from render.html import cff, write_site
from render.html.fragment import headings, summary
from render.html.images import size
from render.html.pages import lean
from render.source import parse_source

BIBLIOGRAPHY = """
@article{one1901, author={First, Ann}, title={Ones}, journal={Numbers}, year={1901}}
@article{two1902, author={Second, Bo}, title={Twos}, journal={Numbers}, year={1902}}
"""


# -- floats --------------------------------------------------------------------------------------


def test_sizes_of_images() -> None:
    assert size(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03") == (2, 3)
    assert size(b'<?xml version="1.0"?><svg width="36pt" height="1in">') == (48, 96)
    assert size(b'<svg viewBox="0 0 10 20.5">') == (10, 20.5)
    assert size(b'<svg width="100%" height="5" viewBox="0,0,7,8"/>') == (7, 8)
    assert size(b"<svg>") is None
    assert size(b"GIF89a") is None


# -- mathematics ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "together"),
    [("$k$, so", "$k$,"), ("($k$) so", "($k$)"), ("$k$-means", "$k$-"), ("a $k$ b", None)],
)
def test_formulas_keep_their_punctuation(tmp_path: Path, text: str, together: str | None) -> None:
    soup = body(tmp_path, text)
    for math in soup.select("math"):
        math.replace_with(f"${math.annotation.string}$")
    assert [span.get_text() for span in soup.select(".n")] == ([together] if together else [])


@pytest.mark.parametrize(
    ("tex", "stretchy"),
    [
        (r"\lVert x \rVert^2", "false"),
        (r"\left\lVert \frac{1}{2} \right\rVert", "true"),
        (r"\begin{Vmatrix} 1 \\ 2 \end{Vmatrix}", "true"),
    ],
)
def test_norms_grow_only_when_asked(tmp_path: Path, tex: str, stretchy: str) -> None:
    soup = body(tmp_path, f"${tex}$")
    assert {mo["stretchy"] for mo in soup.find_all("mo", string=re.compile("[‖∥]"))} == {stretchy}


# -- code ----------------------------------------------------------------------------------------


# -- parts of pages ------------------------------------------------------------------------------


def test_headings_are_found_without_their_links(tmp_path: Path) -> None:
    made = pages(tmp_path, "# One\n\n## A [*b*](#sec-x) $c$^[Note.] {#sec-x}\n")["one.html"]
    second = headings(made)[1]
    assert (second.level, second.identifier) == (2, "sec-x")
    soup = BeautifulSoup(second.html, "html.parser")
    assert not soup.select("a, [id]")
    assert only(soup, "em").string == "b"
    assert soup.math


def test_headings_that_are_not_to_be_listed_are_not(tmp_path: Path) -> None:
    text = "# One {.unlisted}\n\n## A {.own .unlisted}\n\n## B {#unlisted}\n\n"
    theorem = "::: {#thm-a}\nText.\n\n### Case\n\nMore.\n:::\n"
    made = pages(tmp_path, text + theorem)["one.html"]
    assert [each.identifier for each in headings(made)] == ["one", "unlisted"]


def test_a_summary_ends_with_a_word() -> None:
    assert summary("<p>Short.</p><p>" + "word &amp; " * 50 + "</p>", 60).endswith("& …")
    assert summary("<p>One sentence, which is long enough to say something.</p>").endswith("thing.")
    assert summary("<h1>Nothing</h1>") == ""


def test_lean_sources_keep_their_meaning() -> None:
    css = (
        '/* a */\na::before { content: "x: y"; color: red; }\n\n'
        "@media (min-width: 1px) {\n  b { c: d; }\n}\n"
    )
    assert lean(css, style_sheet=True) == (
        'a::before{content:"x: y";color:red}@media (min-width:1px){b{c:d}}'
    )
    script = '/* a\n b */\nif (x) {\n  f("/* kept */");\n}\n'
    assert lean(script, style_sheet=False) == 'if (x) {\nf("/* kept */");\n}\n'


# -- the site ------------------------------------------------------------------------------------


def soups(site: Path) -> dict[str, BeautifulSoup]:
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
    }


def problems_of_links(site: Path) -> list[str]:
    made = soups(site)
    ids = {name: {tag["id"] for tag in soup.select("[id]")} for name, soup in made.items()}
    problems = []
    for name, soup in made.items():
        for tag in soup.select("[href], [src]"):
            target = str(tag.get("href") or tag.get("src"))
            parts = urlsplit(target)
            if parts.scheme:
                continue
            path = (site / name).parent / unquote(parts.path) if parts.path else site / name
            if parts.path.startswith("/book/"):
                path = site / unquote(parts.path.removeprefix("/book/"))
            place = path.resolve().relative_to(site.resolve()).as_posix()
            if not path.is_file():
                problems.append(f"{name}: {target} is missing")
            elif parts.fragment and place in ids and unquote(parts.fragment) not in ids[place]:
                problems.append(f"{name}: {target} has no such place")
    return problems


def test_every_link_leads_somewhere(sample: Path) -> None:
    assert problems_of_links(sample) == []


def test_the_check_of_links_sees_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html">b</a><a href="#c">c</a><img src="d.svg">')
    assert len(problems_of_links(tmp_path)) == 3


def test_ids_are_unique_and_images_have_alternatives(sample: Path) -> None:
    for name, soup in soups(sample).items():
        ids = [tag["id"] for tag in soup.select("[id]")]
        assert len(ids) == len(set(ids)), name
        assert all(image.has_attr("alt") for image in soup.select("img")), name


def test_headings_skip_no_level(sample: Path) -> None:
    for name, soup in soups(sample).items():
        levels = [int(heading.name[1]) for heading in soup.select("main :is(h1,h2,h3,h4,h5,h6)")]
        assert levels[0] == 1, name
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), name


def test_a_page_asks_no_other_host_for_anything(sample: Path) -> None:
    for name, soup in soups(sample).items():
        asked = [str(t["src"]) for t in soup.select("[src]")]
        asked += [str(t["href"]) for t in soup.select("link:not([rel=canonical])")]
        assert [url for url in asked if urlsplit(url).netloc] == [], name
        policy = soup.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]
        assert "http" not in str(policy)
    for sheet in sample.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", sheet.read_text("utf-8"))


def test_the_style_in_a_page_finds_its_fonts(sample: Path) -> None:
    """It needs no request of its own; what a missing page shows is moved by its script."""
    for name, soup in soups(sample).items():
        if name == "404.html":
            continue
        files = re.findall(r"url\(([^)]+)\)", only(soup, "head style").string)
        assert len(files) == 4, name
        assert all(((sample / name).parent / file).is_file() for file in files), name


def test_pages_weigh_little(sample: Path) -> None:
    for name, soup in soups(sample).items():
        files = [str(tag["src"]) for tag in soup.select("script[src]")]
        files += [str(tag["href"]) for tag in soup.select("link[rel=stylesheet]")]
        assert files
        parts = [sample / name, *((sample / name).parent / file for file in files)]
        assert sum(part.stat().st_size for part in parts) < 150_000, name


def test_what_every_page_says_of_itself(sample: Path) -> None:
    made = soups(sample)
    for name, soup in made.items():
        assert soup.html["lang"] == "en"
        assert len(soup.select("main")) == 1
        assert soup.select_one("a.skip")["href"] == "#content"
        assert soup.title.string.endswith("Throwing dice"), name
    one = made["chapters/throws.html"]
    assert one.title.string == "1 One throw – Throwing dice"
    assert one.select_one("meta[name=description]")["content"].startswith("Dice are old")
    assert one.select_one("meta[property='og:title']")["content"] == "1 One throw"
    assert [words(li) for li in one.select(".crumbs li")] == ["Throwing dice", "One die"]
    assert not one.select("link[rel=canonical]")


def test_the_sidebar_marks_the_page_and_knows_the_parts(sample: Path) -> None:
    for name, soup in soups(sample).items():
        current = soup.select(".chapters [aria-current=page]")
        if name == "404.html":
            assert current == []
            continue
        (link,) = current
        assert Path(unquote(str(link["href"]))).name == Path(name).name
        titles = [words(part) for part in soup.select(".part-title")]
        assert titles == ["One die", "Many dice", "Appendices"]
    links = [words(a) for a in soups(sample)["index.html"].select(".chapters a")]
    assert links[1] == "1 One throw"
    assert links[-2:] == ["A Symbols", "B Answers"]


def test_previous_and_next_go_through_the_book(sample: Path) -> None:
    made = soups(sample)
    order, name = ["index.html"], "index.html"
    while link := made[name].select_one(".pager a[rel=next]"):
        target = ((sample / name).parent / unquote(str(link["href"]))).resolve()
        following = target.relative_to(sample.resolve()).as_posix()
        back = made[following].select_one(".pager a[rel=prev]")
        returned = (target.parent / unquote(str(back["href"]))).resolve()
        assert returned == (sample / name).resolve()
        name = following
        order.append(name)
    assert len(order) == len(made) - 1


def test_the_first_page_has_the_title(sample: Path) -> None:
    made = soups(sample)
    cover = only(made["index.html"], "main .cover")
    assert words(cover.h1) == "Throwing dice"
    assert "Nobody in Particular" in words(cover)
    assert "A small book for the renderer's tests" in words(cover)
    assert not made["chapters/throws.html"].select(".cover")


def test_the_table_of_contents_is_nested_to_the_depth_asked_for(sample: Path) -> None:
    soup = soups(sample)["chapters/throws.html"]
    top = soup.select_one(".toc details > ul")
    first = top.find("li")
    assert words(first.a) == "1.1 What to expect"
    assert words(first.ul) == "1.1.1 Sums are easy"
    assert "A fourth level" not in words(top)


def test_the_download_menu_offers_what_there_is(sample: Path, tmp_path: Path, fonts: Path) -> None:
    page = soups(sample)["chapters/throws.html"]
    link = only(page, ".downloads a")
    assert (link["href"], link.string) == ("../Throwing-dice.pdf", "PDF")
    documents = book(tmp_path, "# One\n\nText.")
    write_site(load_book(tmp_path), documents, tmp_path / "out", cache=fonts)
    assert not soups(tmp_path / "out")["one.html"].select(".downloads")


def test_two_renders_give_the_same_bytes(
    sample: Path, tmp_path: Path, write_sample: Callable[[Path], None]
) -> None:
    write_sample(tmp_path / "again")

    def content(folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    first, second = content(sample), content(tmp_path / "again")
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert any(name.startswith("pagefind/index/") for name in first)
    for name, data in first.items():
        assert str(sample).encode() not in data, name


SITE = """
book:
  title: {title}
  subtitle: {title}
  author: {title}
  description: {title}
  license: {title}
  page-footer: {title}
  site-url: https://example.org/book
  repo-url: https://example.org/code
  repo-actions: [edit, source]
  chapters:
    - index.qmd
    - part: {title}
      chapters: ["a <b>&'c.qmd"]
"""


@pytest.fixture
def hostile(tmp_path: Path, fonts: Path) -> dict[str, BeautifulSoup]:
    quoted = json.dumps(HOSTILE)
    hostile_text = HOSTILE.replace("<", "\\<").replace("'", "\\'").replace('"', '\\"')
    text = (
        f"# {hostile_text} {{#sec-a}}\n\n## Sub {hostile_text}\n\n"
        f"::: {{.callout-note}}\n## {hostile_text}\nText of some length, {hostile_text}\n:::\n\n"
        f"::: {{.panel-tabset}}\n### {hostile_text}\nTab.\n:::\n\n"
        f"::: {{#thm-a}}\n### {hostile_text}\nTheorem.\n:::\n\n"
        f"![{hostile_text}](x.svg){{#fig-a fig-alt={json.dumps(html.escape(HOSTILE))}}}\n\n"
        f"```\n{HOSTILE}\n```\n\n`{HOSTILE}` @fig-a @thm-a\n"
    )
    name = "a <b>&'c.qmd"
    documents_root = tmp_path / "book"
    documents_root.mkdir()
    (documents_root / name).write_text(text, encoding="utf-8")
    (documents_root / "x.svg").write_text("<svg/>")
    (documents_root / "index.qmd").write_text("# Start {.unnumbered}\n\n@sec-a\n")
    config = "project:\n  type: book\n" + SITE.format(title=quoted) + "website:\n  llms-txt: true\n"
    (documents_root / "_quarto.yml").write_text(config, encoding="utf-8")
    from render.document import prepare
    from render.source import parse_source

    loaded = load_book(documents_root)
    sources = [parse_source(c.path, documents_root) for c in loaded.chapters]
    documents = prepare(loaded, sources, {}, format="html")
    write_site(loaded, documents, tmp_path / "out", pdf_name="<i>&'.pdf", cache=fonts)
    (tmp_path / "out" / "<i>&'.pdf").write_bytes(b"")
    return soups(tmp_path / "out")


def test_hostile_names_are_text(hostile: dict[str, BeautifulSoup], tmp_path: Path) -> None:
    assert problems_of_links(tmp_path / "out") == []
    for name, soup in hostile.items():
        own = [script for script in soup.select("script") if not script.get("src")]
        assert len(own) == 1 + (name == "404.html")
        assert own[0].string.startswith("(function(d,s)")
        assert not soup.select("main script, main [onclick], i, .sidebar b")
        assert "alert" in soup.title.string
    page = hostile["a <b>&'c.html"]
    assert page.figure.img["alt"] == HOSTILE
    assert HOSTILE in page.select_one("main pre").get_text()


def test_addresses_of_a_site_that_knows_its_own(
    hostile: dict[str, BeautifulSoup], tmp_path: Path
) -> None:
    page = hostile["a <b>&'c.html"]
    address = "https://example.org/book/a%20%3Cb%3E%26%27c.html"
    assert page.select_one("link[rel=canonical]")["href"] == address
    assert page.select_one("meta[property='og:url']")["content"] == address
    card = page.select_one("meta[property='og:image']")["content"]
    assert card == "https://example.org/book/book-assets/card.png"
    assert size((tmp_path / "out" / "book-assets" / "card.png").read_bytes()) == (1200, 630)
    index = hostile["index.html"].select_one("link[rel=canonical]")["href"]
    assert index == "https://example.org/book/"
    assert hostile["404.html"].select_one(".topbar-title")["href"] == "/book/index.html"
    robots = (tmp_path / "out" / "robots.txt").read_text("utf-8")
    assert "Sitemap: https://example.org/book/sitemap.xml" in robots
    sitemap = (tmp_path / "out" / "sitemap.xml").read_text("utf-8")
    assert re.findall("<loc>(.*)</loc>", sitemap) == ["https://example.org/book/", address]
    actions = [str(a["href"]) for a in page.select(".footer a")]
    assert actions[0] == "https://example.org/code/edit/main/a%20%3Cb%3E%26%27c.qmd"


def test_a_citation_is_on_every_page(tmp_path: Path, fonts: Path) -> None:
    documents = book(tmp_path, "# One\n\nText.")
    (tmp_path / "CITATION.cff").write_text(
        "title: 'Dice & <b>'\nversion: 2\ndate-released: 2020-01-02\n"
        "authors: [{family-names: First, given-names: Ann}, {name: The {Group}}]\n".replace(
            "The {Group}", "'The {Group}'"
        )
    )
    write_site(load_book(tmp_path), documents, tmp_path / "out", cache=fonts)
    for soup in soups(tmp_path / "out").values():
        assert only(soup, ".cite code").get_text() == (
            "@misc{dice-b,\n  author = {First, Ann and {The (Group)}},\n"
            "  title = {{Dice \\& <b>}},\n  year = {2020},\n  version = {2}\n}"
        )


@pytest.mark.parametrize(
    "text", ["title: A\n", "[", "authors: [{name: A}]\n", "title: A\nauthors: [1]"]
)
def test_a_citation_that_says_too_little_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "CITATION.cff").write_text(text)
    with pytest.raises(RenderError, match=r"^CITATION\.cff: "):
        cff.bibtex(tmp_path, None)


def test_a_chapter_is_offered_as_an_executed_notebook(tmp_path: Path, fonts: Path) -> None:
    text = (
        "# One {#sec-one}\n\n```{python}\n#| include: false\nimport math\n```\n\n"
        "See @fig-a, $x^2$.\n\n"
        '```{python}\n#| label: fig-a\n#| fig-cap: "Drawn."\n1 + 1\n```\n\n'
        "> Quoted.\n>\n> ```{python}\n> #| echo: true\n> 2\n> ```\n\n"
        "```{python}\n#| eval: false\n3\n```\n"
    )
    given = Given({1: [display(text_plain="two")], 2: [display(text_plain="2")]})
    documents = book(tmp_path, text, given=given)
    source = parse_source("one.qmd", tmp_path)
    out = tmp_path / "out"
    known = {"one.qmd": (source, given)}
    write_site(load_book(tmp_path), documents, out, cache=fonts, notebooks=known)  # type: ignore[arg-type]
    made = nbformat.read(out / "one.ipynb", as_version=4)
    nbformat.validate(made)
    assert [(cell.cell_type, cell.source) for cell in made.cells] == [
        ("markdown", "# 1 One\n\nSee [Figure 1.1](#fig-a), $x^2$."),
        ("code", "import math"),
        ("code", "1 + 1"),
        ("markdown", "Figure 1.1: Drawn.\n\n> Quoted."),
        ("code", "2"),
        ("code", "3"),
    ]
    outputs = [cell.outputs for cell in made.cells if cell.cell_type == "code"]
    assert [len(each) for each in outputs] == [0, 1, 1, 0]
    assert outputs[1][0].data["text/plain"] == "two"
    assert (out / "one.qmd").read_text("utf-8") == text
    page = soups(out)["one.html"]
    assert [a["href"] for a in page.select(".downloads a")] == ["one.ipynb", "one.qmd"]


def test_pages_as_markdown(hostile: dict[str, BeautifulSoup], tmp_path: Path) -> None:
    out = tmp_path / "out"
    page = hostile["a <b>&'c.html"]
    link = page.select_one("link[type='text/markdown']")["href"]
    assert (out / unquote(str(link))).is_file()
    listed = (out / "llms.txt").read_text("utf-8")
    assert "(https://example.org/book/index.llms.md)" in listed
    assert listed.startswith("# ")


def test_markdown_pages_say_what_the_pages_say(tmp_path: Path, fonts: Path) -> None:
    text = (
        "# One\n\n## Sub {#sec-sub}\n\n$$\nx = 1\n$$ {#eq-x}\n\n"
        "::: {#thm-a}\n## Name\nBy @eq-x.\n:::\n\n::: {.callout-tip}\n## Title\nText.\n:::\n\n"
        "::: {.panel-tabset}\n### Tab\nIn it.\n:::\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n: Cells. {#tbl-a}\n\n```python\nx = 1\n```\n"
    )
    documents = book(tmp_path, text, extra="website:\n  llms-txt: true")
    write_site(load_book(tmp_path), documents, tmp_path / "out", cache=fonts)
    said = (tmp_path / "out" / "one.llms.md").read_text("utf-8")
    for expected in (
        "# 1 One\n",
        "## 1.1 Sub\n",
        "x = 1 \\qquad(1.1)",
        "**Theorem 1.1 (Name).** By [Equation 1.1](#eq-x).",
        "> **TIP: Title**\n>\n> Text.",
        "**Tab**\n\nIn it.",
        "Table 1.1: Cells.",
        "``` python\nx = 1\n```",
    ):
        assert expected in said
    assert "<" not in said
    assert (tmp_path / "out" / "llms.txt").read_text("utf-8").splitlines()[0] == "# A book"


def test_a_chapter_cannot_write_outside_the_site(tmp_path: Path, fonts: Path) -> None:
    from dataclasses import replace

    documents = book(tmp_path, "# One\n\nText.")
    documents[1] = replace(documents[1], media={"../../escaped.svg": b"<svg/>"})
    with pytest.raises(RenderError, match="outside the site"):
        write_site(load_book(tmp_path), documents, tmp_path / "out", cache=fonts)
    assert not (tmp_path.parent / "escaped.svg").exists()


@pytest.mark.parametrize(
    ("tex", "spaces"),
    [
        (r"2 \ln k", 2),
        (r"\ln \det \Sigma", 2),
        (r"\left( \ln \det \Sigma \right)", 2),
        (r"q_{ik} \ln \frac{a}{b}", 2),
        (r"2 \ln(k)", 1),
        (r"\left( n \ln(k) \right)", 1),
        (r"\frac{1}{\ln x}", 1),
        (r"\max_k a_k", 0),
        (r"a_{\max}", 0),
        (r"\exp(x)", 0),
        (r"\det", 0),
    ],
)
def test_names_of_functions_stand_apart(tmp_path: Path, tex: str, spaces: int) -> None:
    (formula,) = body(tmp_path, f"${tex}$").find_all("math")
    assert len(formula.find_all("mspace", width=".17em")) == spaces
    for name in ("msub", "mfrac"):
        assert all(len(node.find_all(recursive=False)) == 2 for node in formula.find_all(name))
