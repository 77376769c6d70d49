"""Command line: ``python -m render [preview | numbers]``."""

import argparse
import contextlib
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from render.build import Options, build, default_jobs, import_ahead
from render.errors import RenderError, refused
from render.progress import Progress
from render.quarto import choose_engine, command, run


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    given = argparse.ArgumentParser(
        prog="python -m render",
        description="Render the book in this folder: website and PDF.",
    )
    given.add_argument(
        "command",
        nargs="?",
        choices=["render", "preview", "numbers"],
        default="render",
        help="render once (the default), serve the site and render again on every change, or write "
        "the computed words and tables of each chapter to the folder that pyproject.toml names",
    )
    given.add_argument(
        "--engine",
        choices=["auto", "quarto", "portable"],
        default="auto",
        help="what renders: Quarto, the portable renderer, or Quarto if it is there (the default)",
    )
    given.add_argument(
        "--to", choices=["html", "pdf", "all"], default="all", help="what to make (default: all)"
    )
    given.add_argument(
        "--jobs",
        type=_positive,
        metavar="N",
        help="how many chapters run at the same time (default: one a processor)",
    )
    given.add_argument(
        "--force", action="store_true", help="use nothing that earlier renders have kept"
    )
    given.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="write to this folder, not to the one that _quarto.yml names",
    )
    given.add_argument(
        "--page-first",
        action="store_true",
        help="put the pages in their place before the search's index and the PDF are made",
    )
    # For the preview: import what a render needs, and begin it when a line is read.
    given.add_argument("--on-cue", action="store_true", help=argparse.SUPPRESS)
    given.add_argument(
        "--check",
        action="store_true",
        help="with numbers: write nothing, but fail where they differ",
    )
    given.add_argument("--preview", action="store_true", help="the same as the command preview")
    given.add_argument(
        "--port", type=_port, default=None, help="where preview serves (default: 4848 or later)"
    )
    return given


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = parser().parse_args(arguments)
    if given.check and given.command != "numbers":
        parser().error("--check goes with numbers: python -m render numbers --check")
    if given.on_cue and not _wait_for_cue():
        return 0
    gc.set_threshold(50_000)  # chapters are trees of many nodes, of which few become garbage
    _terminate_like_interrupt()
    progress = Progress()
    try:
        try:
            return _run(given, progress)
        except OSError as error:
            said = refused(
                error, [Path.cwd(), (given.output or Path()).parent, Path(tempfile.gettempdir())]
            )
            if said is None:
                raise
            raise said from None
    except RenderError as error:
        progress.close()
        trace = getattr(error, "traceback", "")
        if trace:
            print(_for(sys.stderr.isatty(), trace), file=sys.stderr)
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.close()
        print("stopped; the old output is as it was", file=sys.stderr)
        sys.stderr.flush()
        # At once: a thread may be waiting for a program that takes its time.
        os._exit(143 if _TERMINATED else 130)


def _wait_for_cue() -> bool:
    """Import what a render needs; tell whether one is wanted, when that is known."""
    with contextlib.suppress(Exception, KeyboardInterrupt):
        import_ahead()
        return bool(sys.stdin.readline())
    return False


def _for(terminal: bool, trace: str) -> str:
    if terminal:
        return trace
    import re

    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", trace)


_TERMINATED: list[int] = []


def _terminate_like_interrupt() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        _TERMINATED.append(number)
        os.kill(os.getpid(), signal.SIGINT)

    if sys.platform != "win32":
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGHUP, stop)
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _run(given: argparse.Namespace, progress: Progress) -> int:
    root = Path.cwd()
    jobs = given.jobs or default_jobs()
    if given.command == "numbers":
        return _numbers(root, jobs, progress, check=given.check)
    choice = choose_engine(given.engine)
    progress.say(choice.reason)
    previewing = given.preview or given.command == "preview"
    if choice.quarto is not None:
        verb = "preview" if previewing else "render"
        if given.force:
            shutil.rmtree(root / "_freeze", ignore_errors=True)
        return run(command(choice.quarto, verb, given.to, given.output, force=given.force), root)
    if previewing:
        from render.preview import preview

        preview(root, to=given.to, jobs=jobs, port=given.port, output=given.output)
        return 0
    options = Options(given.to, jobs, given.force, given.output, given.page_first)
    built = build(root, options, progress)
    places = [_shown(path) for path in (built.index, built.pdf) if path is not None]
    if built.changed:
        progress.say(f"Done in {progress.seconds:.1f} s: {' and '.join(places)}")
    else:
        progress.say(f"Nothing has changed since the last render: {' and '.join(places)}")
    return 0


def _numbers(root: Path, jobs: int, progress: Progress, *, check: bool) -> int:
    from render import numbers

    if check:
        numbers.check(root, jobs=jobs, progress=progress)
    else:
        folder = numbers.write(root, jobs=jobs, progress=progress)
        progress.say(f"Done in {progress.seconds:.1f} s: {folder}/")
    return 0


def _shown(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return path.relative_to(Path.cwd()).as_posix()
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
