"""The site in a real browser: layout, keyboard, themes, search, previews, no script, print."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from trees import SVG, Given, book, display

from render.config import load_book
from render.html import write_site
from tests.render.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

Open = Callable[..., "BrowserContext"]

LONG = r"a_1 + " * 60 + "z"
FILL = "Some words to fill lines. " * 40
WIDE = (
    "# A chapter with *wide* things {#sec-wide}\n\n"
    + "".join(f"## Section {n} {{#sec-s{n}}}\n\n{FILL}\n\n" for n in range(1, 8))
    + f"## What is wide {{#sec-too-wide}}\n\n$$\n{LONG}\n$$ {{#eq-long}}\n\n$$\n{LONG}\n$$\n\n"
    + f"Inline ${LONG}$.\n\n"
    + "|" + "|".join(f"column{n}" for n in range(20)) + "|\n"
    + "|" + "--:|" * 20 + "\n"
    + "|" + "|".join(f"{n}.123456" for n in range(20)) + "|\n\n: Wide. {#tbl-wide}\n\n"
    + "```python\nx = '" + "long " * 60 + "'\n```\n\n"
    + "Averyveryverylongword" * 8 + " and https://example.org/" + "path/" * 30 + "\n\n"
    + "![Drawn.](a.svg){#fig-drawn fig-alt=\"Two squares.\"}\n\n"
    + "::: {.callout-tip collapse=\"true\"}\n## Hidden treasure\n"
    + "Inside: $$y$$ {#eq-hidden}\n:::\n\n"
    + "::: {.panel-tabset}\n## One\nFirst tab.\n\n## Two\nSecond tab.\n\n$$w$$ {#eq-tab}\n\n"
    + "## Three\nThird tab.\n:::\n\n"
    + "See @eq-hidden, @eq-tab, @fig-drawn and @thm-far; a note.^[The *note* itself.]\n"
    + "A known work [@one1901].\n\n"
    + "```{python}\n#| echo: true\n#| code-fold: true\nprint('folded')\n```\n"
)  # fmt: skip
RADIOS = "".join(
    f'<input type="radio" name="step" id="step-{n}" aria-label="Step {n}">' for n in range(3)
)
OTHER = (
    "# Elsewhere {#sec-other}\n\nA first paragraph.\n\n"
    f'```{{=html}}\n<div role="radiogroup" aria-label="Steps">{RADIOS}</div>\n```\n\n'
    "::: {#thm-far}\n## Far away\nIt holds there, with $x^2$ and zymurgy.\n:::\n\n"
    "::: {.callout-warning}\nWarned.\n:::\n\nAs @sec-wide says, and others do [@one1901].\n"
)
BIBLIOGRAPHY = "@book{one1901, author={First, Ann}, title={Ones}, publisher={P}, year={1901}}\n"
BIG = SVG.replace('"9"', '"900"')


@pytest.fixture(scope="session")
def wide(
    tmp_path_factory: pytest.TempPathFactory, fonts: Path, serve: Callable[[Path], str]
) -> Path:
    root = tmp_path_factory.mktemp("wide")
    documents = book(
        root,
        {
            "a/wide.qmd": WIDE,
            "a/other.qmd": OTHER,
            "references.qmd": "# References {.unnumbered}\n\n::: {#refs}\n:::\n",
        },
        given={"a/wide.qmd": Given({0: [display(text_plain="folded")]})},
        files={"b.bib": BIBLIOGRAPHY, "a/a.svg": BIG},
        extra="bibliography: b.bib",
    )
    out = root / "out"
    write_site(load_book(root), documents, out, pdf_name="book.pdf", cache=fonts)
    (out / "book.pdf").write_bytes(b"%PDF-1.7\n")
    return out


@pytest.fixture
def at(wide: Path, serve: Callable[[Path], str]) -> Callable[[str], str]:
    return lambda page: serve(wide) + page


def visit(context: "BrowserContext", url: str) -> "Page":
    page = context.new_page()
    page.goto(url)
    page.evaluate("document.fonts.ready.then(() => 0)")
    page.locator(":root:not([data-early])").wait_for()
    return page


def background(page: "Page") -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def is_dark(page: "Page") -> bool:
    return background(page) == "rgb(20, 23, 27)"


# -- layout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 768, 1000, 1280, 1800])
def test_nothing_sticks_out_of_the_window(
    open_context: Open, at: Callable[[str], str], width: int
) -> None:
    context = open_context(width=width)
    for name in ("index.html", "a/wide.html", "a/other.html", "references.html", "404.html"):
        page = visit(context, at(name))
        sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert sizes[0] <= sizes[1], f"{name} at {width} pixels"
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter((e) => {
                const box = e.getBoundingClientRect();
                return box.width && box.right > innerWidth + 1 && !e.closest(".scroll, pre, .vh");
            }).map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert cut == [], f"{name} at {width} pixels"


def test_below_the_first_screen_a_page_is_laid_out_once_it_stands(
    open_context: Open, at: Callable[[str], str]
) -> None:
    """At its top it is there at once, and ends as a page that opens further down begins."""
    context = open_context(height=200)
    context.add_init_script(
        """window.began = {};
        new MutationObserver(() => Object.assign(began, document.documentElement.dataset))
            .observe(document, { attributes: true, subtree: true });
        addEventListener("DOMContentLoaded", () => {
            const last = [...document.querySelectorAll("#content > :not(nav) > *")].at(-1);
            const look = () => {
                began.laid = last.checkVisibility({ contentVisibilityAuto: true });
            };
            requestAnimationFrame(() => requestAnimationFrame(look));
        });"""
    )
    began, heights = [], []
    page = context.new_page()
    for name in ("a/wide.html", "a/other.html", "a/wide.html#sec-wide"):
        page.goto(at(name))
        page.locator(":root:not([data-early]):not([data-first])").wait_for()
        page.evaluate("document.fonts.ready.then(() => 0)")
        began.append(page.evaluate("began"))
        heights.append(page.evaluate("document.documentElement.scrollHeight"))
        assert page.locator("#content > .laid").count() in (0, page.locator("#content > *").count())
        assert page.locator("math:visible").first.evaluate(
            "(one) => getComputedStyle(one).fontFamily.startsWith('\"Book Math')"
        )
    assert began[0].keys() >= {"early", "first"}, "the fonts of formulas can wait"
    assert not began[0]["laid"]
    assert "early" in began[1]
    assert "first" not in began[1], "they are kept by now"
    assert "early" not in began[2], "whoever comes for a section finds it where it is"
    assert began[2]["laid"]
    assert heights[0] == heights[2]


def test_who_goes_further_down_before_all_is_laid_out_gets_there(
    open_context: Open, at: Callable[[str], str]
) -> None:
    context = open_context(height=200, reduced_motion="reduce")
    context.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            const go = () => {
                window.early = "early" in document.documentElement.dataset;
                document.querySelector(".toc a[href='#sec-too-wide']").click();
            };
            requestAnimationFrame(() => requestAnimationFrame(go));
        });"""
    )
    page = visit(context, at("a/wide.html"))
    assert page.evaluate("early")
    box = page.locator("#sec-too-wide").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 100


@pytest.mark.parametrize("name", ["a/wide.html", "a/other.html"])
def test_without_scripts_nothing_sticks_out_of_a_narrow_window(
    open_context: Open, at: Callable[[str], str], name: str
) -> None:
    page = open_context(width=320, java_script_enabled=False).new_page()
    page.goto(at(name))
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("folder", ["", "deep/er/", "a/"])
def test_the_page_for_what_is_missing_works_at_any_depth(
    chromium: "Browser", wide: Path, tmp_path: Path, serve: Callable[[Path], str], folder: str
) -> None:
    """A host answers with 404.html whatever was asked for, under any folder of its own."""
    shutil.copytree(wide, tmp_path / "some" / "base")
    place = tmp_path / "some" / "base" / folder / "gone.html"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(wide / "404.html", place)
    page = chromium.new_page()
    page.goto(serve(tmp_path) + f"some/base/{folder}gone.html")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.skip')).position === 'absolute'"
    )
    page.get_by_role("link", name="Elsewhere").first.click()
    page.wait_for_url("**/some/base/a/other.html")
    page.close()


@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {"width": 640, "height": 450}])
def test_colours_of_the_system_and_letters_of_twice_the_size(
    open_context: Open, at: Callable[[str], str], options: dict[str, Any]
) -> None:
    """At 200 % a window of 1280 by 900 pixels has 640 by 450 of the page's."""
    page = visit(open_context(**options), at("a/wide.html"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if "width" not in options:
        ground, ink, canvas = page.evaluate(
            """() => { const probe = document.body.appendChild(document.createElement("p"));
                probe.style.cssText = "background:Canvas;color:CanvasText";
                const [own, system] = [document.body, probe].map(getComputedStyle);
                const same = own.color === system.color;
                return [own.backgroundColor, same, system.backgroundColor]; }"""
        )
        assert ground == canvas
        assert ink
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    button = page.get_by_role("button", name="equation (1.1)")
    button.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert button.evaluate("e => getComputedStyle(e).outlineStyle") != "none"


def test_home_and_end_go_through_radio_buttons(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(), at("a/other.html"))
    page.get_by_role("radio").nth(1).focus()
    for key, number in (("End", 2), ("Home", 0)):
        page.keyboard.press(key)
        assert page.get_by_role("radio").nth(number).is_checked()
        assert page.evaluate("document.activeElement.id") == f"step-{number}"


def test_the_samples_pages_fit_a_phone(
    open_context: Open, sample: Path, serve: Callable[[Path], str]
) -> None:
    context = open_context(width=360, height=740)
    for path in sorted(sample.rglob("*.html")):
        page = visit(context, serve(sample) + path.relative_to(sample).as_posix())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name


def test_wide_things_scroll_by_keyboard(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(width=360), at("a/wide.html"))
    for selector in (".equation > .scroll", ".table-scroll", ".code pre", ".inline-scroll"):
        box = page.locator(f"main {selector}").first
        assert box.evaluate("e => e.scrollWidth > e.clientWidth"), selector
        box.focus()
        assert box.evaluate("e => document.activeElement === e"), selector
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"() => document.querySelector('main {selector}').scrollLeft > 0")
        if "pre" not in selector:
            assert "gradient" in box.evaluate("e => getComputedStyle(e).backgroundImage"), selector
    short = page.locator("#eq-hidden > .scroll")
    assert short.get_attribute("tabindex") is None
    assert short.evaluate("e => getComputedStyle(e).backgroundImage") == "none"


def test_equation_numbers_do_not_cover_equations(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(width=360), at("a/wide.html"))
    equation = page.locator("#eq-long")
    formula = equation.locator(".scroll").bounding_box()
    number = equation.locator("button").bounding_box()
    assert formula["x"] + formula["width"] <= number["x"]
    assert number["x"] + number["width"] <= 360


def test_the_mathematical_font_is_the_books(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(), at("a/other.html"))
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family).sort()"
    )
    assert {name.strip('"') for name in loaded} == {"Book Math", "Book Sans", "Book Serif"}


# -- themes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_is_the_systems_until_one_is_chosen(
    open_context: Open, at: Callable[[str], str], scheme: Any
) -> None:
    context = open_context(color_scheme=scheme)
    page = visit(context, at("index.html"))
    assert is_dark(page) == (scheme == "dark")
    other = "light" if scheme == "dark" else "dark"
    page.get_by_role("button", name=other.capitalize(), exact=True).click()
    assert is_dark(page) == (other == "dark")
    again = visit(context, at("a/other.html"))
    assert is_dark(again) == (other == "dark")
    pressed = again.locator(".theme [aria-pressed=true]")
    assert pressed.get_attribute("aria-label") == other.capitalize()
    again.get_by_role("button", name="As the system").click()
    assert is_dark(again) == (scheme == "dark")
    assert is_dark(visit(context, at("index.html"))) == (scheme == "dark")


def test_a_chosen_theme_is_there_before_the_first_paint(
    open_context: Open, at: Callable[[str], str]
) -> None:
    context = open_context(color_scheme="light")
    page = visit(context, at("index.html"))
    page.get_by_role("button", name="Dark", exact=True).click()
    context.add_init_script(
        """new MutationObserver((_, observer) => {
            if (!document.body) return;
            window.atStart = document.documentElement.dataset.theme || "none";
            observer.disconnect();
        }).observe(document, {childList: true, subtree: true})"""
    )
    page.reload()
    assert page.evaluate("window.atStart") == "dark"


# -- accessibility -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(
    open_context: Open,
    at: Callable[[str], str],
    sample: Path,
    serve: Callable[[Path], str],
    scheme: Any,
    width: int,
) -> None:
    context = open_context(color_scheme=scheme, width=width, bypass_csp=True)
    addresses = [at("a/wide.html"), serve(sample) + "chapters/throws.html"]
    if width > 1000:
        addresses += [at("index.html"), at("references.html"), at("404.html")]
        addresses += [serve(sample) + f"chapters/{name}.html" for name in ("forms", "sums")]
    for address in addresses:
        page = visit(context, address)
        page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true; })")
        page.evaluate("Promise.all(document.getAnimations().map((moving) => moving.finished))")
        assert not violations(page), address


def test_axe_finds_nothing_in_what_opens(open_context: Open, at: Callable[[str], str]) -> None:
    context = open_context(bypass_csp=True)
    page = visit(context, at("a/wide.html"))
    page.keyboard.press("/")
    page.get_by_role("combobox").fill("zymurgy")
    page.get_by_role("option").first.wait_for()
    assert not violations(page)
    page.keyboard.press("Escape")
    page.locator("main a.xref", has_text="Theorem").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.locator("#preview:not([hidden])").wait_for()
    assert not violations(page)
    phone = open_context(width=360, bypass_csp=True)
    page = visit(phone, at("a/wide.html"))
    page.get_by_role("button", name="Contents").click()
    page.evaluate("Promise.all(document.getAnimations().map((moving) => moving.finished))")
    assert not violations(page)


def test_the_first_tab_skips_to_the_text(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(), at("a/wide.html"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


# -- search --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_search_finds_a_word_and_goes_there_by_keyboard(
    open_context: Open, at: Callable[[str], str], key: str
) -> None:
    page = visit(open_context(), at("a/wide.html"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert not asked
    page.keyboard.press(key)
    box = page.get_by_role("combobox", name="Search the book")
    box.wait_for()
    page.keyboard.type("zymurgy")
    option = page.get_by_role("option").first
    option.wait_for()
    assert "zymurgy" in (option.locator("mark").first.text_content() or "")
    assert option.get_attribute("aria-selected") == "true"
    assert "1 place in 1 page" in (page.locator(".search-status").text_content() or "")
    page.keyboard.press("Enter")
    page.wait_for_url("**/a/other.html*")
    assert any("/pagefind/" in url for url in asked)


def test_arrows_go_through_the_results_and_escape_closes(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(), at("index.html"))
    page.get_by_role("button", name="Search").first.click()
    box = page.get_by_role("combobox")
    box.fill("words")
    page.get_by_role("option").nth(1).wait_for()
    first = box.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") != first
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == first
    box.fill("qqqqxyz")
    page.get_by_text("Nothing found for “qqqqxyz”.").wait_for()
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search-dialog").is_visible()


def test_a_search_from_any_folder_goes_to_the_heading(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(), at("a/other.html"))
    page.keyboard.press("/")
    page.get_by_role("combobox").fill("treasure")
    page.get_by_role("option", name="What is wide").click()
    page.wait_for_url("**/a/wide.html#sec-too-wide")


def test_search_in_a_file_says_what_it_needs(open_context: Open, wide: Path) -> None:
    page = visit(open_context(), (wide / "a" / "wide.html").as_uri())
    page.keyboard.press("/")
    said = page.locator(".search-status")
    said.wait_for()
    assert "needs a web server" in (said.text_content() or "")


# -- previews ------------------------------------------------------------------------------------


def test_a_preview_by_mouse_stays_while_the_mouse_is_on_it(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(), at("a/wide.html"))
    page.locator("main a.xref", has_text="Figure").hover()
    preview = page.locator("#preview")
    preview.get_by_text("Drawn.").wait_for()
    preview.hover()
    page.wait_for_timeout(500)
    assert preview.is_visible()
    page.keyboard.press("Escape")
    assert preview.is_hidden()


def test_a_preview_by_keyboard_shows_another_page(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(), at("a/wide.html"))
    link = page.locator("main a.xref", has_text="Theorem")
    page.locator("main a.xref", has_text="Figure").focus()
    page.keyboard.press("Tab")
    assert link.evaluate("e => document.activeElement === e")
    preview = page.locator("#preview")
    preview.get_by_text("It holds there").wait_for()
    assert link.get_attribute("aria-describedby") == "preview"
    assert preview.locator("[id]").count() == 0
    page.keyboard.press("Escape")
    assert preview.is_hidden()
    assert link.evaluate("e => document.activeElement === e")


@pytest.mark.parametrize(
    ("selector", "text"), [(".citation a", "First, Ann. 1901."), (".footnote-ref", "note itself")]
)
def test_previews_of_citations_and_notes_need_no_server(
    open_context: Open, wide: Path, selector: str, text: str
) -> None:
    page = visit(open_context(), (wide / "a" / "wide.html").as_uri())
    page.locator(f"main {selector}").hover()
    page.locator("#preview").get_by_text(text).wait_for()


def test_from_a_file_other_pages_have_no_preview_and_no_error(
    open_context: Open, wide: Path
) -> None:
    page = visit(open_context(), (wide / "a" / "wide.html").as_uri())
    link = page.locator("main a.xref", has_text="Theorem")
    link.hover()
    page.wait_for_timeout(600)
    assert page.locator("#preview:visible").count() == 0
    link.click()
    page.wait_for_url("**/other.html#thm-far")


# -- what else the scripts add -------------------------------------------------------------------


def test_tabs_by_keyboard(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(), at("a/wide.html"))
    page.get_by_role("tab", name="One").focus()
    assert page.get_by_text("First tab.").is_visible()
    assert page.get_by_text("Second tab.").is_hidden()
    page.keyboard.press("ArrowRight")
    assert page.get_by_text("Second tab.").is_visible()
    assert page.get_by_text("First tab.").is_hidden()
    page.keyboard.press("End")
    assert page.get_by_text("Third tab.").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.get_by_text("First tab.").is_visible()
    selected = page.get_by_role("tab", selected=True)
    assert selected.count() == 1
    panel = page.get_by_role("tabpanel")
    assert panel.get_attribute("aria-labelledby") == selected.get_attribute("id")


@pytest.mark.parametrize("target", ["eq-hidden", "eq-tab"])
def test_a_link_opens_what_hides_its_target(
    open_context: Open, at: Callable[[str], str], target: str
) -> None:
    context = open_context()
    assert visit(context, at(f"a/wide.html#{target}")).locator(f"#{target}").is_visible()
    page = visit(context, at("a/wide.html"))
    assert page.locator(f"#{target}").is_hidden()
    page.locator(f"main a[href='#{target}']").click()
    page.locator(f"#{target}").wait_for(state="visible")


def test_code_is_copied(open_context: Open, at: Callable[[str], str]) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = visit(context, at("a/wide.html"))
    page.locator("details.fold > summary").click()
    page.locator("details.fold .copy").click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "print('folded')"


def test_headings_and_equations_give_their_address(
    open_context: Open, at: Callable[[str], str]
) -> None:
    context = open_context(permissions=["clipboard-read", "clipboard-write"])
    page = visit(context, at("a/wide.html"))
    anchor = page.get_by_role("link", name="Link to “1.2 Section 2”")
    anchor.click()
    assert page.url.endswith("#sec-s2")
    page.get_by_role("button", name="equation (1.1)").click()
    page.get_by_text("Link copied").wait_for(state="attached")
    assert str(page.evaluate("navigator.clipboard.readText()")).endswith("a/wide.html#eq-long")


def test_the_table_of_contents_follows_the_text(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(reduced_motion="reduce"), at("a/wide.html"))
    page.locator("#sec-s3").evaluate("e => e.scrollIntoView()")
    current = page.locator(".toc a[aria-current=location]")
    page.wait_for_function(
        "() => document.querySelector('.toc [aria-current]')?.hash === '#sec-s3'"
    )
    assert current.count() == 1
    page.locator("#sec-s5").evaluate("e => e.scrollIntoView()")
    page.wait_for_function(
        "() => document.querySelector('.toc [aria-current]')?.hash === '#sec-s5'"
    )


def test_the_sidebar_scrolls_by_itself(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(height=260), at("a/wide.html"))
    chapters = page.locator(".chapters")
    assert chapters.evaluate("e => e.scrollHeight > e.clientHeight")
    current = page.locator(".chapters [aria-current]").bounding_box()
    assert current["y"] + current["height"] <= 260


def test_a_phone_has_a_drawer(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(width=360, height=740), at("a/wide.html"))
    sidebar = page.locator(".sidebar")
    assert sidebar.is_hidden()
    menu = page.get_by_role("button", name="Contents", exact=True)
    menu.focus()
    page.keyboard.press("Enter")
    sidebar.get_by_role("link", name="Elsewhere").wait_for()
    assert menu.get_attribute("aria-expanded") == "true"
    inside = "document.querySelector('.sidebar').contains(document.activeElement)"
    assert page.evaluate(inside)
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(f"{inside} || document.activeElement === document.body")
    page.keyboard.press("Escape")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.sidebar')).visibility === 'hidden'"
    )
    assert menu.evaluate("e => document.activeElement === e")
    menu.click()
    page.mouse.click(350, 400)
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.sidebar')).visibility === 'hidden'"
    )
    menu.click()
    sidebar.get_by_role("link", name="Elsewhere").click()
    page.wait_for_url("**/a/other.html")


def test_a_figure_can_be_enlarged(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(width=360, height=740), at("a/wide.html"))
    shown = page.get_by_role("img", name="Two squares.").bounding_box()
    button = page.get_by_role("button", name="Enlarge: Two squares.")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Enlarged figure")
    dialog.wait_for()
    large = dialog.get_by_role("img", name="Two squares.").bounding_box()
    assert large["width"] >= 1.49 * shown["width"]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.lightbox .scroll').scrollLeft > 0")
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert button.evaluate("e => document.activeElement === e")


def test_the_download_menu(open_context: Open, at: Callable[[str], str]) -> None:
    page = visit(open_context(), at("a/wide.html"))
    link = page.get_by_role("link", name="PDF")
    assert link.is_hidden()
    page.locator(".downloads summary").click()
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "book.pdf"
    page.keyboard.press("Escape")
    assert link.is_hidden()


# -- without scripts, on paper -------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_without_scripts(
    open_context: Open, at: Callable[[str], str], width: int, scheme: Any
) -> None:
    context = open_context(java_script_enabled=False, width=width, color_scheme=scheme)
    page = context.new_page()
    page.goto(at("a/wide.html"))
    for text in ("First tab.", "Second tab.", "Third tab."):
        assert page.get_by_text(text).is_visible()
    assert page.get_by_role("link", name="Elsewhere").first.is_visible()
    page.locator("details.callout > summary").click()
    assert page.locator("#eq-hidden").is_visible()
    page.locator("details.fold > summary").click()
    assert page.get_by_text("print('folded')").is_visible()
    assert page.locator("[data-search]:visible, .theme:visible, .copy:visible").count() == 0


def test_on_paper_there_is_the_text_and_nothing_else(
    open_context: Open, at: Callable[[str], str]
) -> None:
    page = visit(open_context(color_scheme="dark"), at("a/wide.html"))
    page.emulate_media(media="print")
    for selector in (".sidebar", ".topbar", ".toc", ".pager", ".copy", ".tablist", ".anchor"):
        assert page.locator(f"{selector}:visible").count() == 0, selector
    for text in ("First tab.", "Second tab.", "Third tab."):
        assert page.get_by_text(text).is_visible()
    assert page.locator("#eq-hidden").is_visible()
    assert not is_dark(page)
    box = page.locator("main").bounding_box()
    assert box["width"] > 1100


def test_motion_is_left_out_when_asked(open_context: Open, at: Callable[[str], str]) -> None:
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    still = visit(open_context(reduced_motion="reduce"), at("index.html"))
    assert still.evaluate(behaviour) == "auto"
    moving = visit(open_context(reduced_motion="no-preference"), at("index.html"))
    assert moving.evaluate(behaviour) == "smooth"


def test_pages_work_from_a_file(open_context: Open, sample: Path) -> None:
    context = open_context()
    for path in sorted(sample.rglob("*.html")):
        if path.name == "404.html":
            continue
        page = visit(context, path.as_uri())
        families = page.evaluate(
            "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
        )
        assert any("Book Serif" in family for family in families)
        broken = "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
        page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager'; })")
        page.wait_for_function("() => [...document.images].every(i => i.complete)")
        assert page.evaluate(broken) == [], path.name
