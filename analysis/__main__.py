"""The command line: ``python -m analysis --help``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.errors import AnalysisError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 after a sentence that says what is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis", description="Make, check and study the feature table."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    features = commands.add_parser(
        "features", help="compute a feature table from audio, or from the public 30-second table"
    )
    features.add_argument(
        "sources",
        type=Path,
        nargs="+",
        metavar="SOURCE",
        help="a folder of audio, one folder a genre or flat; files of audio; a list of them, one "
        "path a line (.txt); or the public table (.csv)",
    )
    features.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="TABLE.csv",
        help="the table to write (from the public table, the study's own unless given); a note "
        "of where it comes from is written beside it, as .json, and for audio failures.csv, with "
        "the files that could not be measured",
    )
    features.add_argument(
        "--as-published",
        action="store_true",
        help="valence from the mean absolute value of the harmonic part, loudness equal to energy",
    )
    features.add_argument(
        "--jobs", type=int, metavar="N", help="measure in N processes (one a core unless given)"
    )
    features.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="measure on a Dask cluster, such as tcp://host:8786, whose workers see the files "
        "under the same paths",
    )
    artists = commands.add_parser(
        "artists", help="group the table's songs by artist, from a public index of artists"
    )
    artists.add_argument("index", type=Path, metavar="PUBLIC_ARTISTS.csv")
    artists.add_argument(
        "--output",
        type=Path,
        metavar="GROUPS.csv",
        help="the file to write (the study's own unless given); a note of where it comes from is "
        "written beside it, as .json",
    )
    check = commands.add_parser("check", help="check study.toml and a feature table")
    check.add_argument("table", type=Path, nargs="?", metavar="TABLE.csv")
    commands.add_parser("results", help="bring every result up to date, on all cores")
    commands.add_parser(
        "inputs",
        help="read the code of chapters, as JSON {chapter: code}; bring up to date the results "
        "that it reads; write {chapter: digest} of all that it depends on",
    )
    export = commands.add_parser(
        "export", help="write the study's models and tables, with a manifest, into a folder"
    )
    export.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="the folder to write (_export in the project unless given); an earlier export in it "
        "is replaced",
    )
    commands.add_parser(
        "coverage", help="simulate how often intervals hold the true value; takes minutes"
    )
    options = parser.parse_args(arguments)
    try:
        if options.command == "features":
            _features(options)
        elif options.command == "artists":
            _artists(options.index, options.output)
        elif options.command == "check":
            _check(options.table)
        elif options.command == "export":
            _export(options.output)
        elif options.command == "coverage":
            _coverage()
        elif options.command == "inputs":
            _inputs()
        else:
            _results()
    except AnalysisError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0


def _features(options: argparse.Namespace) -> None:
    from analysis.config import load_config
    from analysis.sound.command import features, is_public_table
    from analysis.study.result import ROOT

    output = options.output
    if output is None and is_public_table(options.sources):
        output = ROOT / load_config(ROOT / "study.toml").data_file
    said = features(
        options.sources,
        output,
        as_published=options.as_published,
        jobs=options.jobs,
        scheduler=options.scheduler,
    )
    print(said)


def _artists(index: Path, output: Path | None) -> None:
    from analysis.config import load_config
    from analysis.errors import ConfigError
    from analysis.songs.artists import make_groups
    from analysis.study.result import ROOT

    config = load_config(ROOT / "study.toml")
    if output is None and config.groups_file is None:
        raise ConfigError("study.toml: names no groups_file; --output should say what to write.")
    output = output or ROOT / str(config.groups_file)
    groups = make_groups(index, ROOT / config.data_file, output)
    print(f"{output.name}: {len(groups):,} songs, {groups.max() + 1:,} groups")


def _check(path: Path | None) -> None:
    from analysis.book import study
    from analysis.songs.artists import load_groups
    from analysis.songs.table import differs_from_note, load_dataset

    config = study.config
    file = path or study.root / config.data_file
    dataset = load_dataset(
        file,
        feature_set=config.feature_set,
        feature_names=config.features,
        n_clusters=max(config.n_clusters, config.k_max),
        name=str(path or config.data_file),
    )
    if path is None and config.groups_file is not None:
        load_groups(study.root / config.groups_file, dataset.tracks, name=config.groups_file)
    print(f"{path or config.data_file}: {dataset.n_songs:,} songs, {len(dataset.genres)} genres")
    if differs_from_note(file):
        print(f"It is not the table that {file.with_suffix('.json').name} describes.")


def _results() -> None:
    from analysis.study.code import PACKAGE
    from analysis.study.kept import Kept
    from analysis.study.parallel import bring_up_to_date

    kept = Kept(PACKAGE.parent)
    bring_up_to_date(kept, kept.results, _say)
    print(f"{len(kept.results)} results in .cache/study/{kept.store.digest}")


def _inputs() -> None:
    from analysis.study.code import PACKAGE
    from analysis.study.inputs import digest_inputs
    from analysis.study.kept import Kept

    chapters = json.load(sys.stdin)
    json.dump(digest_inputs(Kept(PACKAGE.parent), chapters, _say), sys.stdout, indent=2)
    print()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _coverage() -> None:
    from analysis.book import study
    from analysis.files import write_atomically
    from analysis.findings.comparison import coverage

    ours = study.ours
    labels = {"kmeans": ours.kmeans.labels, "mixture": ours.mixture.labels}
    found = coverage.simulate_all(ours.dataset, labels, ours.ceiling, ours.config)
    write_atomically(coverage.FILE, coverage.to_csv(found))
    print(f"{coverage.FILE.name}: {len(found)} rows")


def _export(output: Path | None) -> None:
    from analysis.book import study
    from analysis.export import FOLDER, write_files

    files = study.files
    write_files(files, output or study.root / FOLDER)
    print(f"{output or FOLDER}: {len(files)} files")


if __name__ == "__main__":
    sys.exit(main())
