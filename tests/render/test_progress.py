"""What a render says."""

import io

from render.progress import Progress


def test_one_line_for_each_chapter() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.plan(["index.qmd", "report/one.qmd"])
    progress.begin("report/one.qmd")
    progress.step("report/one.qmd", "1/2")
    progress.line("index.qmd", "unchanged")
    progress.finish("report/one.qmd", "run")
    first, second = stream.getvalue().splitlines()
    assert first == "  index.qmd       unchanged"
    assert second.startswith("  report/one.qmd  run")
    assert second.endswith(" s")


def test_a_terminal_also_shows_what_is_running() -> None:
    stream = io.StringIO()
    progress = Progress(stream, live=True)
    progress.begin("one.qmd")
    progress.step("one.qmd", "2/7 fig-line")
    assert stream.getvalue().endswith("\r\x1b[2K  … one.qmd 2/7 fig-line")
    progress.finish("one.qmd", "run")
    assert "one.qmd  run" in stream.getvalue().split("\x1b[2K")[-1]
    progress.begin("two.qmd")
    progress.close()
    assert stream.getvalue().endswith("\r\x1b[2K")


def test_quiet_says_only_what_it_must() -> None:
    stream = io.StringIO()
    progress = Progress(stream, quiet=True, live=True)
    progress.begin("one.qmd")
    progress.finish("one.qmd", "run")
    progress.close()
    assert "one" not in stream.getvalue()
