"""The tests' book as a site, a server for sites, and a browser."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from render.config import load_book
from render.document import prepare
from render.execute import execute_chapters
from render.html import write_site
from render.source import parse_source

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

BOOK = Path(__file__).with_name("book")
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
)
OWN_FILES = ("file://", "data:", "blob:")
"""What addresses of a page's own files begin with, where no server has it."""


@pytest.fixture(scope="session")
def fonts(pytestconfig: pytest.Config) -> Path:
    """Where cut fonts are kept between runs."""
    return Path(pytestconfig.cache.mkdir("site-fonts"))


@pytest.fixture(scope="session")
def write_sample(tmp_path_factory: pytest.TempPathFactory, fonts: Path) -> Callable[[Path], None]:
    """Write the tests' book as a site into a folder; its chunks are run once."""
    root = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(BOOK, root, ignore=shutil.ignore_patterns("_site", ".cache", "__pycache__"))
    book = load_book(root)
    sources = [parse_source(c.path, root, defaults=book.execute) for c in book.chapters]
    # In a thread of its own, since Playwright may have taken this one's event loop.
    with ThreadPoolExecutor(1) as pool:
        results = pool.submit(execute_chapters, book, sources, jobs=2, cache=None).result()
    documents = prepare(book, sources, results, format="html")

    def write(out: Path) -> None:
        write_site(book, documents, out, pdf_name="Throwing-dice.pdf", cache=fonts)
        (out / "Throwing-dice.pdf").write_bytes(b"%PDF-1.7\n")

    return write


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, write_sample: Callable[[Path], None]) -> Path:
    """Give the folder of the tests' book as a site."""
    out = tmp_path_factory.mktemp("site")
    write_sample(out)
    return out


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder on this machine; give the address."""
    with ExitStack() as stack:

        @functools.cache
        def start(folder: Path) -> str:
            class Handler(http.server.SimpleHTTPRequestHandler):
                def __init__(self, *args: Any, **kwargs: Any) -> None:
                    super().__init__(*args, directory=str(folder), **kwargs)

                def log_message(self, *_: object) -> None:
                    """Say nothing."""

            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return f"http://127.0.0.1:{server.server_port}/"

        yield start


def find_chromium() -> str | None:
    """Find Chromium: where ``CHROMIUM`` says, or on PATH."""
    names = (
        os.environ.get("CHROMIUM"),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    )
    return next((path for name in names if name and (path := shutil.which(name))), None)


def stop_or_skip(what_lacks: str) -> NoReturn:
    """Fail where everything has to run, and skip the test elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(what_lacks)
    pytest.skip(what_lacks)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Start Chromium, for one module: while it runs, no other event loop can in this thread."""
    path = find_chromium()
    if path is None:
        stop_or_skip("there is no Chromium: install it, or let CHROMIUM name its program")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_context(chromium: "Browser") -> Iterator[Callable[..., "BrowserContext"]]:
    """Open a fresh profile; at the end, no page of it may have complained or asked other hosts.

    ``heard`` are the kinds of console messages that count, None for all; ``asked`` is what
    addresses may begin with.
    """
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def start(
        *,
        heard: Collection[str] | None = ("error", "warning"),
        asked: tuple[str, ...] = ("http://127.0.0.1:", *OWN_FILES),
        **options: Any,
    ) -> "BrowserContext":
        size = {"width": options.pop("width", 1280), "height": options.pop("height", 900)}
        context = chromium.new_context(**{"viewport": size, **options})
        context.set_default_timeout(15_000)
        context.on("console", lambda message: _complain(problems, message, heard))
        context.on("weberror", lambda error: problems.append(f"error: {error.error}"))
        context.on("request", lambda request: _check_host(problems, request.url, asked))
        contexts.append(context)
        return context

    yield start
    for context in contexts:
        context.close()
    assert problems == []


def _complain(problems: list[str], message: Any, heard: Collection[str] | None) -> None:
    if heard is None or message.type in heard:
        problems.append(f"{message.type}: {message.text}")


def _check_host(problems: list[str], url: str, asked: tuple[str, ...]) -> None:
    if not url.startswith(asked):
        problems.append(f"asked for {url}")
