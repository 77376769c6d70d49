"""One render from start to end: read, execute, write beside the old site, exchange."""

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from render import cache as caches, output
from render.cache import Cache
from render.config import Book, load_book, load_settings
from render.progress import Progress


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes
    ----------
    to : {"all", "html", "pdf"}
        What to make.
    jobs : int
        How many chapters run at the same time.
    force : bool
        Whether nothing kept from earlier renders may be used.
    output : Path or None
        Where to write, if not where the book says.
    page_first : bool
        Whether the pages take their place as soon as they are there, with what was there before in
        place of what is still made: the search, what scripts add, the PDF.
    """

    to: str = "all"
    jobs: int = 1
    force: bool = False
    output: Path | None = None
    page_first: bool = False


@dataclass(frozen=True)
class Built:
    """What a render has left.

    Attributes
    ----------
    index : Path or None
        The first page.
    pdf : Path or None
        The PDF.
    changed : bool
        False when all was there already.
    """

    index: Path | None
    pdf: Path | None
    changed: bool


@dataclass(frozen=True)
class _Plan:
    book: Book
    options: Options
    out: Path
    html: bool
    pdf: bool

    @property
    def built(self) -> Built:
        index = self.out / "index.html" if self.html else None
        return Built(index, self.out / self.book.pdf_name if self.pdf else None, changed=True)


def default_jobs() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def build(root: Path, options: Options, progress: Progress) -> Built:
    """Render the book.

    Parameters
    ----------
    root : Path
        The folder with ``_quarto.yml``.
    options : Options
        What to make.
    progress : Progress
        Who is told.

    Returns
    -------
    Built
        Where it is.

    Raises
    ------
    RenderError
        Something in the book is wrong, another render is running, or the output folder is not
        one of ours. The old output is as it was.
    """
    book = load_book(root)
    plan = _plan(book, options)
    if (elsewhere := caches.find_room(book.root)) is not None:
        progress.say(f"Nothing can be written beside the book: what is kept goes to {elsewhere}.")
    folder = caches.folder(book.root)
    output.check(plan.out, configured=options.output is None)
    with output.locked(folder):
        output.recover(plan.out)
        fingerprint = _fingerprint(plan)
        manifest = folder / f"manifest-{caches.digest(str(plan.out), options.to)[:16]}.json"
        if not options.force and _is_up_to_date(plan, manifest, fingerprint):
            return Built(plan.built.index, plan.built.pdf, changed=False)
        with contextlib.suppress(OSError):
            manifest.unlink()
        _render(plan, folder, progress)
        entry = {"fingerprint": fingerprint, "files": _outputs(plan)}
        with contextlib.suppress(OSError):
            caches.write_atomically(manifest, json.dumps(entry, sort_keys=True).encode())
    return plan.built


def _plan(book: Book, options: Options) -> _Plan:
    out = options.output if options.output is not None else book.root / book.output_dir
    out = Path(os.path.abspath(out))  # noqa: PTH100 (a link stays a link)
    if out == book.root or book.root.is_relative_to(out):
        from render.errors import RenderError

        raise RenderError(f"{out} holds the book itself; the output must be another folder")
    return _Plan(
        book,
        options,
        out,
        html=options.to in {"all", "html"},
        pdf=options.to == "pdf" or (options.to == "all" and "typst" in book.formats),
    )


def _skipped(plan: _Plan) -> list[str]:
    """Return patterns of the folders that renders make, and of the one with the book's numbers."""
    skipped = [plan.book.output_dir, f"{plan.book.output_dir}.*"]
    numbers = load_settings(plan.book.root).numbers
    if numbers is not None:
        skipped.append(numbers)
    if plan.out.is_relative_to(plan.book.root):
        name = plan.out.relative_to(plan.book.root).as_posix()
        skipped += [name, f"{name}.*"]
    return skipped


def _fingerprint(plan: _Plan) -> str:
    """Return the digest of everything the output depends on, and a little more."""
    root = plan.book.root
    files = caches.files_digest(root, caches.project_files(root, skip=_skipped(plan)))
    return caches.digest(
        plan.options.to, files, caches.code_digest(), caches.environment(), os.environ.get("LANG")
    )


def _outputs(plan: _Plan) -> dict[str, str]:
    """Return the digests of the files that this kind of render makes."""
    if not plan.html:
        return {plan.book.pdf_name: caches.file_digest(plan.out / plan.book.pdf_name)}
    names = [path for path in sorted(plan.out.rglob("*")) if path.is_file()]
    return {path.relative_to(plan.out).as_posix(): caches.file_digest(path) for path in names}


def _is_up_to_date(plan: _Plan, manifest: Path, fingerprint: str) -> bool:
    try:
        entry = json.loads(manifest.read_bytes())
        known = entry["fingerprint"] == fingerprint and entry["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(known) and plan.out.is_dir() and entry["files"] == _outputs(plan)


def _render(plan: _Plan, folder: Path, progress: Progress) -> None:
    from render.execute import execute_chapters
    from render.source import parse_source

    book = plan.book
    if book.pre_render:
        from render import scripts

        scripts.run_before(book, plan.out)
    stages = (["website"] if plan.html else []) + (["PDF"] if plan.pdf else [])
    progress.plan([*(chapter.path for chapter in book.chapters), *stages])
    sources = [
        parse_source(chapter.path, book.root, defaults=book.execute) for chapter in book.chapters
    ]
    cache = Cache(folder, enabled=not plan.options.force)
    with _pdf_worker(plan) as worker:
        if plan.html:
            threading.Thread(target=import_ahead, daemon=True).start()
        results = execute_chapters(
            book, sources, jobs=plan.options.jobs, cache=cache, progress=progress
        )
        cache.prune()
        printed = ""
        with contextlib.ExitStack() as stack:
            apart = not plan.html or plan.options.page_first
            place = _staged_pdf(plan) if apart else output.staged(plan.out)
            staging = stack.enter_context(place)

            def begin_pdf() -> None:
                if worker is not None:
                    from render import pandoc

                    progress.begin("PDF")
                    kept = None if plan.options.force else folder
                    pdf = staging / book.pdf_name
                    worker.begin(book, sources, results, pdf, kept, pandoc.known())

            # A page that is about to be shown has the processors for itself.
            waits = plan.html and plan.options.page_first and plan.out.exists()
            if not plan.html:
                begin_pdf()
            else:
                progress.begin("website")
                chapters_read = _nothing if waits else begin_pdf
                write = partial(_write_website, plan, folder, sources, results, chapters_read)
                if waits:
                    printed = _write_pages_first(plan, write, progress, begin_pdf)
                else:
                    own = output.staged(plan.out) if apart else contextlib.nullcontext(staging)
                    with own as pages:
                        printed = write(pages)
                    progress.finish("website", "written")
            if worker is not None:
                worker.finish()
                progress.finish("PDF", "written")
        if printed:
            progress.say(printed)


def _write_pages_first(
    plan: _Plan,
    write: Callable[[Path, Callable[[], object]], str],
    progress: Progress,
    then: Callable[[], object],
) -> str:
    """Write the website, and show its pages while the rest of it is still made."""
    shown: dict[str, str] = {}

    with output.staged(plan.out) as pages:

        def show() -> None:
            shown.update(_pages(pages))
            output.show(pages, plan.out)
            progress.finish("website", "written")
            progress.begin("search")
            then()

        printed = write(pages, show)
        again = not shown.items() <= _pages(pages).items()
        with contextlib.suppress(FileNotFoundError):
            if plan.pdf:
                shutil.copy2(plan.out / plan.book.pdf_name, pages)
    progress.finish("search", "written")
    if again:  # a script has changed them
        progress.finish("website", "written")
    return printed


def _pages(site: Path) -> dict[str, str]:
    """Return the digests of a site's pages."""
    return {
        path.relative_to(site).as_posix(): caches.file_digest(path) for path in site.rglob("*.html")
    }


def _nothing() -> None:
    """Do nothing."""


def _write_website(
    plan: _Plan,
    folder: Path,
    sources: Any,
    results: Any,
    chapters_read: Callable[[], object],
    out: Path,
    pages_written: Callable[[], object] = _nothing,
) -> str:
    documents = _write_pages(plan, folder, sources, results, chapters_read, out, pages_written)
    if plan.book.post_render:
        from render import scripts

        printed = scripts.run_after(plan.book, out)
        scripts.check_awaited(documents, out)
        return printed
    return ""


def _write_pages(
    plan: _Plan,
    folder: Path,
    sources: Any,
    results: Any,
    chapters_read: Callable[[], object],
    staging: Path,
    pages_written: Callable[[], object],
) -> Any:
    from render import pandoc
    from render.document import prepare
    from render.html.pages import write_site

    book = plan.book
    pack = caches.Pack(folder / "pandoc-html", enabled=not plan.options.force)
    pandoc.keep_in(pack)
    kept = Cache(folder / "html", enabled=not plan.options.force)
    offered = book.pdf_name if plan.pdf and "pdf" in book.downloads else None
    documents = prepare(book, sources, results, format="html", cache=kept, then=chapters_read)
    write_site(
        book,
        documents,
        staging,
        pdf_name=offered,
        cache=folder / "fonts",
        jobs=plan.options.jobs,
        kept=kept,
        notebooks={source.path: (source, results[source.path]) for source in sources}
        if load_settings(book.root).notebooks
        else None,
        pages_written=pages_written,
    )
    pandoc.keep_in(None)
    pack.save()
    kept.prune()
    return documents


def import_ahead() -> None:
    """Import what is needed after execution, while that goes on in other processes."""
    with contextlib.suppress(Exception):  # whatever it is, the import in earnest will tell
        import render.document
        import render.execute
        import render.html.pages  # noqa: F401


@contextlib.contextmanager
def _pdf_worker(plan: _Plan) -> Iterator[Any]:
    if not plan.pdf:
        yield None
        return
    from render.worker import PdfWorker

    worker = PdfWorker()
    try:
        yield worker
    finally:
        worker.close()


@contextlib.contextmanager
def _staged_pdf(plan: _Plan) -> Iterator[Path]:
    """Give a folder for the PDF alone; it is then moved into the site, which stays as it is."""
    with output.aside(plan.out) as staging:
        yield staging
        if not plan.pdf:
            return
        if not plan.out.exists():
            plan.out.mkdir(parents=True)
            output.mark(plan.out)
        (staging / plan.book.pdf_name).replace(plan.out / plan.book.pdf_name)
