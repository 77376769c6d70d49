"""The commands of the study: its table, its results, its files, its book."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from analysis.cli.output import as_json, say

FILE = click.Path(path_type=Path)
"""A file or a folder."""
SITE = "_site"
"""Where a render of the study goes unless told otherwise."""
STDERR = 2
"""The number of the standard error."""


@click.command()
@click.argument("index", type=FILE, metavar="PUBLIC_ARTISTS.csv")
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="GROUPS.csv",
    help="The file to write (the study's own unless given); a note of where it comes from is "
    "written beside it, as .json.",
)
@as_json
def artists(index: Path, output: Path | None, json_: bool) -> None:
    """Group the table's songs by artist, from a public index of artists."""
    from analysis.config import load_config
    from analysis.errors import ConfigError
    from analysis.songs.artists import make_groups
    from analysis.study.result import ROOT

    config = load_config(ROOT / "study.toml")
    if output is None and config.groups_file is None:
        raise ConfigError("study.toml: names no groups_file; --output should say what to write.")
    output = output or ROOT / str(config.groups_file)
    groups = make_groups(index, ROOT / config.data_file, output)
    n_groups = int(groups.max()) + 1
    say(
        f"{output.name}: {len(groups):,} songs, {n_groups:,} groups",
        {"file": output.name, "songs": len(groups), "groups": n_groups},
        json_,
    )


@click.command()
@click.argument("table", type=FILE, metavar="[TABLE.csv]", required=False)
@as_json
def check(table: Path | None, json_: bool) -> None:
    """Check study.toml and a feature table, the study's own unless given.

    \b
    five-features check
    five-features check mine.csv
    """  # noqa: D301
    from analysis.book import study
    from analysis.songs.artists import load_groups
    from analysis.songs.table import differs_from_note, load_dataset

    config = study.config
    file = table or study.root / config.data_file
    dataset = load_dataset(
        file,
        feature_set=config.feature_set,
        feature_names=config.features,
        n_clusters=max(config.n_clusters, config.k_max),
        name=str(table or config.data_file),
    )
    if table is None and config.groups_file is not None:
        load_groups(study.root / config.groups_file, dataset.tracks, name=config.groups_file)
    name, differs = str(table or config.data_file), differs_from_note(file)
    note = f"\nIt is not the table that {file.with_suffix('.json').name} describes."
    say(
        f"{name}: {dataset.n_songs:,} songs, {len(dataset.genres)} genres{note if differs else ''}",
        {
            "file": name,
            "songs": dataset.n_songs,
            "genres": len(dataset.genres),
            "differs_from_note": differs,
        },
        json_,
    )


@click.command()
@as_json
def results(json_: bool) -> None:
    """Bring every result of the study up to date, on all cores."""
    from analysis.study.kept import Kept
    from analysis.study.parallel import bring_up_to_date
    from analysis.study.result import ROOT

    kept = Kept(ROOT)
    bring_up_to_date(kept, kept.results, _say)
    folder = f".cache/study/{kept.store.digest}"
    say(
        f"{len(kept.results)} results in {folder}",
        {"results": list(kept.results), "folder": folder},
        json_,
    )


@click.command()
def inputs() -> None:
    """Tell what chapters depend on (for the renderers).

    Reads the code of chapters, as JSON {chapter: code}; brings up to date the results that it
    reads; writes {chapter: digest} of all that it depends on.
    """
    from analysis.study.inputs import digest_inputs
    from analysis.study.kept import Kept
    from analysis.study.result import ROOT

    chapters = json.load(sys.stdin)
    json.dump(digest_inputs(Kept(ROOT), chapters, _say), sys.stdout, indent=2)
    print()


@click.command()
@as_json
def coverage(json_: bool) -> None:
    """Simulate how often intervals hold the true value; takes minutes."""
    from analysis.book import study
    from analysis.files import write_atomically
    from analysis.findings.comparison import coverage as simulated

    ours = study.ours
    labels = {"kmeans": ours.kmeans.labels, "mixture": ours.mixture.labels}
    found = simulated.simulate_all(ours.dataset, labels, ours.ceiling, ours.config)
    write_atomically(simulated.FILE, simulated.to_csv(found))
    name = simulated.FILE.name
    say(f"{name}: {len(found)} rows", {"file": name, "rows": len(found)}, json_)


@click.command()
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="DIR",
    help="The folder to write (_export in the project unless given); an earlier export in it is "
    "replaced.",
)
@as_json
def export(output: Path | None, json_: bool) -> None:
    """Write the study's models and tables, with a manifest, into a folder."""
    from analysis.book import study
    from analysis.export import FOLDER, write_files

    files = study.files
    write_files(files, output or study.root / FOLDER)
    folder = str(output or FOLDER)
    say(f"{folder}: {len(files)} files", {"folder": folder, "files": len(files)}, json_)


@click.command()
@click.argument("table", type=FILE, metavar="TABLE.csv")
@click.option(
    "-o", "--output", type=FILE, metavar="DIR", required=True, help="The folder to write."
)
@as_json
def fit(table: Path, output: Path, json_: bool) -> None:
    """Fit both methods to a feature table, and write models and tables into a folder.

    \b
    five-features fit mine.csv -o mine/
    """  # noqa: D301
    from analysis.book import Book
    from analysis.cli.project import project_of
    from analysis.export import write_files

    with project_of(table) as root:
        files = Book(root).files
        write_files(files, output)
    say(f"{output}: {len(files)} files", {"folder": str(output), "files": len(files)}, json_)


@click.command()
@click.argument("table", type=FILE, metavar="[TABLE.csv]", required=False)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="DIR",
    help="The folder to write; for a table of your own it has to be given.",
)
@as_json
def report(table: Path | None, output: Path | None, json_: bool) -> None:
    """Render the book: for the study, or for a feature table of your own.

    \b
    five-features report mine.csv -o mine-book/
    """  # noqa: D301
    import contextlib
    import subprocess

    from analysis.cli.project import project_of
    from analysis.errors import ConfigError
    from analysis.study.result import ROOT

    command = [sys.executable, "-m", "render"]
    if output is not None:
        command += ["--output", str(output.resolve())]
    if table is not None:
        command += ["--engine", "portable"]
        if output is None:
            raise ConfigError("--output should name a folder for the book of this table.")
    with contextlib.nullcontext(ROOT) if table is None else project_of(table) as root:
        # what a render tells people must not stand in the JSON
        ran = subprocess.run(command, cwd=root, check=False, stdout=STDERR if json_ else None)
    if ran.returncode:
        click.get_current_context().exit(ran.returncode)
    folder = str(output or SITE)
    value = {"table": None if table is None else table.name, "folder": folder}
    say(f"{folder}: the book", value, json_)


def _say(line: str) -> None:
    click.echo(line, err=True)
