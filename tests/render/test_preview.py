"""The preview: a server for this machine alone, whose pages reload after a render."""

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render import cache as caches
from render.preview import EVENTS, SCRIPT_PATH, Renders, Server, _site, follow, watch
from tests.render.small import cell, contents, environment, write_book

PAGE = "<!doctype html><html><body><h1>Page</h1></body></html>\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "_site"
    (folder / "report").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "report" / "one.html").write_text("<h1>One</h1>", encoding="utf-8")
    (folder / "style.css").write_text("p {}", encoding="utf-8")
    (folder / "a b.pdf").write_bytes(b"%PDF-")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


@pytest.fixture
def server(site: Path) -> Iterator[Server]:
    made = Server(site, 0)
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    made.events.close()
    made.shutdown()
    made.server_close()
    thread.join()


def ask(
    server: Server, path: str, *, method: str = "GET", host: str | None = None
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"localhost:{server.server_address[1]}")
    connection.endheaders()
    return connection.getresponse()


def test_pages_come_with_the_script_and_are_not_changed(server: Server, site: Path) -> None:
    before = contents(site)
    for path in ("/", "/index.html", "/index.html?x=1"):
        answer = ask(server, path)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        text = answer.read().decode()
        assert text == PAGE.replace("</body>", f'<script src="{SCRIPT_PATH}"></script></body>')
    assert ask(server, "/report/one.html").read().decode().count("<script") == 1
    assert contents(site) == before
    script = ask(server, SCRIPT_PATH)
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert EVENTS in script.read().decode()


def test_other_files_come_as_they_are(server: Server) -> None:
    style = ask(server, "/style.css")
    assert (style.read(), style.headers["Content-Type"]) == (b"p {}", "text/css; charset=utf-8")
    pdf = ask(server, "/a%20b.pdf")
    assert (pdf.read(), pdf.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    head = ask(server, "/style.css", method="HEAD")
    assert (head.status, head.read(), head.headers["Content-Length"]) == (200, b"", "4")
    assert head.headers["Cache-Control"] == "no-store"


def test_a_folder_has_a_slash(server: Server) -> None:
    answer = ask(server, "/report")
    assert (answer.status, answer.headers["Location"]) == (301, "/report/")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/report/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/%00",
        "/c:/secret.txt",
        "/link.txt",
        "/missing.html",
        "secret.txt",
        "http://localhost/../secret.txt",
    ],
)
def test_nothing_outside_the_site_is_served(server: Server, site: Path, path: str) -> None:
    with contextlib.suppress(OSError):
        (site / "link.txt").symlink_to(site.parent / "secret.txt")
    answer = ask(server, path)
    assert answer.status in {400, 404}
    assert b"secret" not in answer.read()


def test_other_hosts_are_refused(server: Server) -> None:
    assert ask(server, "/", host="evil.example:80").status == 403
    assert ask(server, "/", host="127.0.0.1").status == 200


def test_other_machines_are_not_served(server: Server) -> None:
    assert server.server_address[0] == "127.0.0.1"
    # Another address of this very machine.
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", server.server_address[1])) != 0


def next_event(answer: http.client.HTTPResponse) -> tuple[str, str]:
    name = ""
    while True:
        line = answer.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            return name, json.loads(line.removeprefix("data: "))


def test_pages_are_told_to_reload(server: Server) -> None:
    answers = [ask(server, EVENTS) for _ in range(2)]
    for answer in answers:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.readline().startswith(b": here")
    server.events.send("reload")
    assert [next_event(answer) for answer in answers] == [("reload", "")] * 2
    server.events.send("failed", "error: one.qmd:3: <b>\nno")
    for answer in answers:
        assert next_event(answer) == ("failed", "error: one.qmd:3: <b>\nno")
    late = ask(server, EVENTS)
    assert next_event(late)[0] == "failed", "a page opened later is told as well"


def test_the_first_free_port_is_taken(site: Path) -> None:
    with Server(site) as first, Server(site) as second:
        assert first.server_address[1] < second.server_address[1] < 4848 + 50


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book", {"one.qmd": "# One\n\nThe first sentence.\n"})


def test_what_renders_write_is_not_watched(book: Path) -> None:
    site, written = _site(book, None)
    assert site == book / "_site"
    for name in ("_site", "_site/index.html", "_site.building-x/a", ".cache/render/lock", ".git/x"):
        assert written(str(book / name)), name
    assert written(str(book / "analysis" / "__pycache__" / "x.pyc"))
    for name in ("_quarto.yml", "one.qmd", "_sites.txt", "analysis/study.py"):
        assert not written(str(book / name)), name


def test_a_change_is_seen(book: Path) -> None:
    stop = threading.Event()
    seen: list[list[str]] = []

    def look() -> None:
        for names in watch(book, _site(book, None)[1], stop):
            seen.append(names)
            stop.set()

    thread = threading.Thread(target=look)
    thread.start()
    until = time.monotonic() + 60
    while not seen and time.monotonic() < until:
        (book / ".hidden").write_text(str(time.monotonic()), encoding="utf-8")
        (book / "one.qmd").write_text(f"# One\n\n{time.monotonic()}\n", encoding="utf-8")
        time.sleep(1)
    stop.set()
    thread.join()
    assert seen == [["one.qmd"]]


def test_the_next_render_waits_with_the_code_of_now(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[bool] = []
    with Renders(book, to="html", jobs=1, output=None, env={}) as renders:
        seen = []
        for words in ("First words.", "Second words.", "Third words."):
            (book / "one.qmd").write_text(f"# One\n\n{words}\n", encoding="utf-8")
            if words.startswith("Third"):
                monkeypatch.setattr(caches, "environment", lambda: "other libraries")
            with renders.begin() as process:
                assert follow(process, lambda: shown.append(True)) is None
            assert words in (book / "_site" / "one.html").read_text(encoding="utf-8")
            assert renders.waiting is not None
            seen.append((process, renders.waiting))
        (_, second), (also_second, third), (fourth, last) = seen
        assert also_second is second
        assert fourth is not third
        assert last.poll() is None
    assert shown == [True] * 3
    assert all(process.poll() is not None for pair in seen for process in pair)


OPTIONS = ("--engine", "portable", "--to", "html", "--port", "0")


class Running:
    """``python -m render preview`` in a process of its own."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "render", "preview", *OPTIONS],
            cwd=root,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, pattern: str) -> re.Match[str]:
        said = ""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            said += line
            if found := re.search(pattern, line):
                return found
        pytest.fail(f"it ended without saying {pattern!r}: {said}")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
def test_the_preview_renders_again_and_reloads(book: Path) -> None:
    running = Running(book)
    try:
        url = running.wait_for(r"Serving _site at http://127\.0\.0\.1:(\d+)/")
        port = int(url[1])
        running.wait_for("Done in")

        def get(path: str) -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("GET", path)
            return connection.getresponse()

        events = get(EVENTS)
        assert events.readline().startswith(b": here")
        assert "The first sentence" in get("/one.html").read().decode()
        (book / "one.qmd").write_text("# One\n\nAnother sentence.\n", encoding="utf-8")
        running.wait_for("Changed: one.qmd")
        while "Another sentence" not in get("/one.html").read().decode():
            assert next_event(events) == ("reload", "")
        page = get("/one.html").read().decode()
        assert "Another sentence" in page
        assert page.count(SCRIPT_PATH) == 1
        (book / "one.qmd").write_text("# One\n\nSee @fig-nothing.\n", encoding="utf-8")
        name = "reload"
        while name == "reload":
            name, text = next_event(events)
        assert name == "failed"
        assert text.startswith("error: one.qmd:3: ")
        endless = "open('written', 'w').write('x')\nopen('.up', 'w').close()\nwhile True: pass"
        (book / "one.qmd").write_text("# One\n\n" + cell(endless), encoding="utf-8")
        until = time.monotonic() + 120
        while not (book / ".up").exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        given_up = cell("open('written', 'w').write('x')\nprint('It ends')")
        (book / "one.qmd").write_text("# One\n\n" + given_up, encoding="utf-8")
        while "It ends" not in get("/one.html").read().decode():
            assert next_event(events) == ("reload", "")
        (book / "one.qmd").write_text("# One\n\nSee @fig-nothing.\n", encoding="utf-8")
        assert next_event(events)[0] == "failed"
        assert "It ends" in get("/one.html").read().decode(), "the old site is still there"
        for name, content in contents(book / "_site").items():
            assert SCRIPT_PATH.encode() not in content, name
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=60) == 130
    finally:
        running.process.kill()
        running.process.wait()
        assert running.process.stderr is not None
        running.process.stderr.close()
