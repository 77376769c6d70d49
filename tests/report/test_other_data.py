"""The chapters with other songs and parameters: they run, and what is not so there is marked."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from chapters import ABOUT_GTZAN, ROOT, chapter_paths
from pypdf import PdfReader

from analysis.cli.project import FILES
from analysis.show.guards import MARK, NOT_SO
from analysis.songs.table import load_dataset

HERE = Path(__file__).parent
Said = dict[str, dict[str, list[str]]]

FEATURES = ("tempo", "energy", "loudness", "valence", "danceability")
GENRES = (
    *("blues", "classical", "country", "disco", "hiphop"),
    *("jazz", "metal", "pop", "reggae", "rock"),
)
LEFT_OUT = "jazz.00054"
ABOUT_NO_SONGS = ("report/audit.qmd", "report/cost.qmd")
"""Chapters that read none of the songs."""


def copy_of_the_project(folder: Path) -> Path:
    """Copy what the chapters need: words, numbers, table, parameters."""
    for name in ("analysis", "report", "data"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def set_parameter(root: Path, key: str, value: str) -> None:
    path = root / "study.toml"
    text, n = re.subn(rf"^{key} = .*$", f"{key} = {value}", path.read_text("utf-8"), flags=re.M)
    assert n == 1, f"study.toml has no {key}"
    path.write_text(text, encoding="utf-8")


def table_of(root: Path) -> Path:
    """Return the path of the table that the study is pointed at."""
    return root / str(tomllib.loads((root / "study.toml").read_text("utf-8"))["data_file"])


def take_fewer_draws(root: Path) -> None:
    for key, value in {
        "k_max": 12,
        "n_bootstrap": 200,
        "n_index_bootstrap": 100,
        "n_permutations": 100,
        "n_references": 2,
        "reference_n_init": 1,
        "n_init": 2,
        "gmm_n_init": 2,
        "gmm_sweep_n_init": 2,
        "n_seeds": 3,
        "n_refits": 4,
        "n_folds": 3,
    }.items():
        set_parameter(root, key, str(value))


def take_few_songs(root: Path) -> None:
    """Keep sixty songs of three genres, thirty, twenty and ten; no repeats, no jazz.00054.

    They are few for as many clusters as the sweeps of the study try.
    """
    set_parameter(root, "k_max", "20")
    path = root / "study.toml"
    path.write_text(re.sub(r"(?m)^groups_file.*\n", "", path.read_text("utf-8")), encoding="utf-8")
    path = root / "data" / "gtzan_features.csv"
    table = pd.read_csv(path)
    table = table.drop_duplicates(list(FEATURES), keep=False)
    table = table[table["track"] != LEFT_OUT]
    parts = [
        table[table["genre"] == g].head(n) for g, n in (("blues", 30), ("jazz", 20), ("pop", 10))
    ]
    pd.concat(parts).to_csv(path, index=False)


def take_fewer_songs(root: Path) -> None:
    """Keep thirty songs of each genre, jazz.00054 among them."""
    path = root / "data" / "gtzan_features.csv"
    table = pd.read_csv(path)
    kept = table[table["track"] != LEFT_OUT].groupby("genre").head(30)
    odd = table[table["track"] == LEFT_OUT]
    others = kept.drop(kept.index[kept["genre"] == odd["genre"].item()][-1])
    pd.concat([others, odd]).sort_index().to_csv(path, index=False)


def take_the_notebooks_columns(root: Path) -> None:
    """Write sixty songs as the source notebooks wrote theirs, and take them as published."""
    take_few_songs(root)
    path = root / "data" / "gtzan_features.csv"
    table = pd.read_csv(path)
    table = table.assign(filename=table["track"] + ".wav", loudness=table["energy"])
    path.unlink()
    table[["filename", "genre", *FEATURES]].to_csv(path.with_name("theirs.csv"), index=False)
    set_parameter(root, "data_file", '"data/theirs.csv"')


@dataclass(frozen=True)
class Variant:
    """Other songs and parameters, and what follows from them."""

    songs: Callable[[Path], None] = take_fewer_songs
    parameters: Mapping[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = FEATURES
    genres: tuple[str, ...] = GENRES
    n_songs: int = 300
    n_clusters: int = 10


AS_IT_IS = "as it is"
FEWER = "three features, k = 4"
NOTEBOOKS = "the notebooks' columns"
VARIANTS = {
    AS_IT_IS: Variant(n_songs=1_000),
    "recoded": Variant(parameters={"feature_set": '"recoded"'}),
    FEWER: Variant(
        parameters={
            "features": '["valence", "danceability", "loudness"]',
            "n_clusters": "4",
        },
        features=("loudness", "valence", "danceability"),
        n_clusters=4,
    ),
    "sixty songs": Variant(take_few_songs, genres=("blues", "jazz", "pop"), n_songs=60),
    "as published": Variant(parameters={"feature_set": '"as-published"'}, n_songs=299),
    NOTEBOOKS: Variant(
        take_the_notebooks_columns,
        {"feature_set": '"as-published"'},
        genres=("blues", "jazz", "pop"),
        n_songs=60,
    ),
}


DEAR = ("recoded", "sixty songs", "as published", NOTEBOOKS)
"""These run with the slow tests."""


def run(root: Path) -> Said:
    """Run all chapters; fail with the error's last lines if one cannot."""
    said: Said = json.loads(python(root, str(HERE / "run_chapters.py"), str(root)).stdout)
    return {path: chapter for path, chapter in said.items() if path not in ABOUT_NO_SONGS}


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a copy of the project."""
    paths = os.pathsep.join(filter(None, [str(root), str(ROOT), os.environ.get("PYTHONPATH")]))
    # Unlike other tests, these change no source after it was first imported.
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=root,
        env={**env, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@dataclass(frozen=True)
class Runs:
    """The variants, each made and run when it is first asked for."""

    folder: Path
    kept: dict[str, Said] = field(default_factory=dict)

    def root(self, name: str) -> Path:
        return ROOT if name == AS_IT_IS else self.folder / name

    def said(self, name: str) -> Said:
        """Return what the chapters of a variant say."""
        if name not in self.kept:
            root = ROOT if name == AS_IT_IS else self.make(name)
            self.kept[name] = run(root)
        return self.kept[name]

    def make(self, name: str) -> Path:
        """Copy the project and change it; results that variants have in common are shared."""
        root, results = self.root(name), self.folder / "results"
        if root.exists():
            return root
        self.said(AS_IT_IS)
        if not results.exists():
            # The reference of the code does not hang on the songs, and takes long to make.
            for kept in ("study", "render", "api"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copytree(ROOT / ".cache" / kept, results / kept)
        variant = VARIANTS[name]
        copy_of_the_project(root)
        take_fewer_draws(root)
        variant.songs(root)
        for key, value in variant.parameters.items():
            set_parameter(root, key, value)
        with contextlib.suppress(OSError):
            (root / ".cache").symlink_to(results, target_is_directory=True)
        return root


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("variants"))


@pytest.fixture(
    params=[pytest.param(n, marks=[pytest.mark.slow] * (n in DEAR)) for n in VARIANTS],
    scope="module",
)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def said(runs: Runs, name: str) -> Said:
    return runs.said(name)


def computed(said: Said) -> list[str]:
    """Every value in a sentence, and every table and word of a figure, with its place."""
    return [
        f"{path}, {text}"
        for path, chapter in said.items()
        for kind in ("outputs", "inlines")
        for text in chapter[kind]
        if not text.startswith("code-")
    ]


def sentences(said: Said) -> list[str]:
    """Every line of prose with its values, and every table, with its place."""
    lines = [f"{path}, {text}" for path, c in said.items() for text in c["sentences"]]
    return [*lines, *(text for text in computed(said) if "\n|" in text)]


def unmarked(said: Said) -> list[str]:
    """Every sentence that claims to be true: those without a mark of their guard."""
    return [text for text in sentences(said) if MARK not in text]


def assert_none(pattern: str, texts: list[str]) -> None:
    found = [
        f"{text[:60]} ... {text[max(0, match.start() - 40) : match.end() + 40]!r}"
        for text in texts
        for match in re.finditer(pattern, text)
    ]
    assert not found, "\n".join(found)


def test_no_value_is_missing(said: Said) -> None:
    """No value is undefined, empty, or a Python object in disguise."""
    sign = r"\bnan\b|\bNone\b(?! of)|\binf\b|<[\w.]+ object|Interval\(|\[\]|\(\)|np\.\w+\("
    assert_none(sign, computed(said))
    for path, chapter in said.items():
        for inline in chapter["inlines"]:
            assert re.match(r"\d+: \S", inline), f"{path}: nothing is said: {inline}"


def test_no_sentence_has_a_hole(said: Said) -> None:
    """Lists that came out empty leave two signs side by side."""
    without = re.compile(rf"^: |[$][^$]*[$]|{re.escape(MARK)}")
    prose = [
        f"{path}, {place}: {' '.join(without.sub('x', text).split())}"
        for path, chapter in said.items()
        for place, text in (sentence.split(": ", 1) for sentence in chapter["sentences"])
        if place in {inline.split(": ")[0] for inline in chapter["inlines"]}
    ]
    assert prose
    assert_none(r" [,;.:](?![.\d])|[,;:][,;.](?!\w)|\( | \)|\band (?:and|,)", prose)


NOUNS = (
    *("answer", "axis", "block", "change", "cluster", "component", "criterion", "digit", "draw"),
    *("feature", "fit", "fold", "genre", "group", "index", "label", "lag", "name", "number"),
    *("pair", "parameter", "resample", "round", "row", "seed", "shuffle", "song", "start"),
    *("step", "table", "tempo", "value"),
)


def plural(noun: str) -> str:
    odd = {"axis": "axes", "index": "indices", "criterion": "criteria", "tempo": "tempi"}
    return odd.get(noun, noun + "s")


def test_numbers_agree_with_their_nouns(said: Said) -> None:
    many = "|".join(map(plural, NOUNS))
    assert_none(rf"(?<![\d.,/×⁻−-])1 (?:different |single |other )?(?:{many})\b", unmarked(said))
    number = r"(?<![\w.,/$])(?:[02-9]|\d[\d,]+)"
    assert_none(rf"{number} (?:{'|'.join(NOUNS)})\b(?!-)", unmarked(said))


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").replace("%", ""))


NUMBER = r"[<>]?(−?\d[\d,]*(?:\.\d+)?)%?"


def test_ranges_run_upwards(said: Said) -> None:
    """Of "from a to b" and of "(a to b)", a is not the larger one."""
    wrong = []
    for text in unmarked(said):
        for match in re.finditer(rf"(\w+ )?(?:from |\(){NUMBER} to {NUMBER}(?![\w×])", text):
            low, high = number(match[2]), number(match[3])
            if low > high and (match[1] or "").strip() not in ("falls", "fell"):
                wrong.append(f"{text[:60]} ... {match.group()}")
    assert not wrong, "\n".join(wrong)


def test_parts_are_not_larger_than_the_whole(said: Said) -> None:
    wrong = [
        f"{text[:60]} ... {match.group()}"
        for text in sentences(said)
        for match in re.finditer(rf"(?<![\d.]){NUMBER} of {NUMBER}(?![\w.%])", text)
        if number(match[1]) > number(match[2]) and "%" not in match.group()
    ]
    assert not wrong, "\n".join(wrong)


OF_THE_SOURCE = ("counts 1,000 songs", "has 1,000 songs", "to 150 songs", "to 10 genres")


@pytest.mark.parametrize("thing", ["songs", "genres", "features"])
def test_there_are_no_more_than_there_are(said: Said, name: str, thing: str) -> None:
    most = {
        "songs": 300 if name == "as published" else VARIANTS[name].n_songs,
        "genres": len(VARIANTS[name].genres),
        "features": len(VARIANTS[name].features),
    }[thing]
    wrong = [
        f"{text[:60]} ... {match.group()}"
        for text in sentences(said)
        for match in re.finditer(rf"(?:\w+ )?(?<![\d.,])(\d[\d,]*) {thing}\b", text)
        if number(match[1]) > most and match.group() not in OF_THE_SOURCE
    ]
    assert not wrong, "\n".join(wrong)


def test_songs_are_of_the_table(runs: Runs, said: Said, name: str) -> None:
    known = {*load_dataset(table_of(runs.root(name))).tracks, LEFT_OUT}
    named = set(re.findall(r"\b[a-z]+\.\d{5}\b", "\n".join(sentences(said) + computed(said))))
    assert named
    assert named <= known
    if name == "as published":
        places = {text.split(": ")[0] for text in computed(said) if LEFT_OUT in text}
        assert {place.split(", ")[0] for place in places} == {
            "report/data.qmd",
            "report/reproduce.qmd",
        }


def test_genres_are_of_the_table(said: Said, name: str) -> None:
    gone = [genre for genre in GENRES if genre not in VARIANTS[name].genres]
    if gone:
        assert_none(rf"(?<![\w-])(?:{'|'.join(gone)})(?![\w])", computed(said))


def test_what_is_not_so_is_marked(said: Said, name: str) -> None:
    """Other songs and parameters have other verdicts, and no genre is told of that is gone."""
    marks = [text for text in sentences(said) if MARK in text]
    assert bool(marks) == (name != AS_IT_IS)
    gone = [genre for genre in GENRES if genre not in VARIANTS[name].genres]
    if gone:
        told = [text for text in unmarked(said) if not text.startswith(ABOUT_GTZAN)]
        assert_none(rf"(?i)(?<![\w.-])(?:{'|'.join(gone)})(?!\w)", told)


# What is computed on all features of the table, whatever the study looks at.
ON_ALL_FEATURES = (
    "report/data.qmd, ",
    "report/table.qmd, fig-tempo",
    "report/gmm-degenerate.qmd, ",
    "report/reproduce.qmd, tbl-parameters",
    "report/ledger.qmd, ",
    "report/recoding.qmd, ",
    "report/try.qmd, ",
    "report/your-music.qmd, ",
)


# The source notebook's labels, and the formula of a feature that is looked at.
OTHER_WORDS = r"(?:high|low) energy|[Hh]alf the sum of tempo / 200 BPM"


def test_features_are_of_the_study(said: Said, name: str) -> None:
    """No value, table or figure names a feature that the study does not look at."""
    gone = [feature for feature in FEATURES if feature not in VARIANTS[name].features]
    texts = [
        re.sub(OTHER_WORDS, "", text)
        for text in computed(said)
        if not text.startswith(ON_ALL_FEATURES)
    ]
    if gone:
        assert_none(rf"(?i)(?<![\w-])(?:{'|'.join(gone)})(?!\w)", texts)


def test_clusters_and_components_are_of_the_fit(said: Said, name: str) -> None:
    k = VARIANTS[name].n_clusters
    texts = sentences(said) + computed(said)
    wrong = [
        f"{text[:60]} ... {match.group()}"
        for text in texts
        for match in re.finditer(r"(?i)\b(?:cluster|component) (\d+)\b(?!%)", text)
        if int(match[1]) >= k
    ]
    assert not wrong, "\n".join(wrong)
    rows = {
        len(re.findall(r"^\| *\d+ *\|", text, flags=re.MULTILINE))
        for text in computed(said)
        if re.search(r"\| (?:Cluster|Component) +\|", text) and "\n|" in text
    }
    assert rows
    assert max(rows) <= k


def test_sizes_and_margins_add_up(said: Said, name: str) -> None:
    """Tables that count every song count as many as there are."""
    variant = VARIANTS[name]
    tables = {text.split(": ")[0]: text for text in said["report/kmeans-clusters.qmd"]["outputs"]}
    sizes = re.findall(r"^\| *\d+ *\| *([\d,]+) ", tables["tbl-sizes"], flags=re.MULTILINE)
    assert len(sizes) == variant.n_clusters
    assert sum(map(number, sizes)) == variant.n_songs
    margins = tables["tbl-contingency"].splitlines()
    assert number(margins[-1].split("|")[-2].strip()) == variant.n_songs
    assert {row.split("|")[1].strip() for row in margins[2:-1]} == set(variant.genres)
    assert len(margins[0].split("|")) == variant.n_clusters + 4
    right = re.compile(r"of the ([\d,]+) songs right")
    numbers = {number(n) for text in sentences(said) for n in right.findall(text)}
    assert numbers == {variant.n_songs}


@pytest.mark.slow
def test_a_table_as_the_notebooks_wrote_theirs(runs: Runs) -> None:
    """Both columns of what was published and what is found, and no loudness in decibels."""
    said = runs.said(NOTEBOOKS)
    text = "\n".join(sentences(said))
    assert "of the 60 songs right" in text
    assert "0 groups, 0 of them with more than one genre" in text
    (table,) = (t for t in said["report/ledger.qmd"]["outputs"] if t.startswith("tbl-published"))
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    assert rows[0][:3] == ["Songs", "999", "60"]
    assert all(re.match(r"\d", cell) for row in rows for cell in row[1:3])


def test_other_data_change_what_the_text_says(runs: Runs) -> None:
    """Few values of the summary stay when the songs are others."""
    ours, theirs = (set(runs.said(n)["index.qmd"]["inlines"]) for n in (AS_IT_IS, FEWER))
    assert len(ours & theirs) < len(ours) / 2


@pytest.mark.parametrize(
    ("name", "formats"),
    [(FEWER, "html"), pytest.param(NOTEBOOKS, "all", marks=pytest.mark.slow)],
)
def test_other_songs_render(runs: Runs, tmp_path: Path, name: str, formats: str) -> None:
    """The whole way, from the songs to the pages and the PDF."""
    root = runs.make(name)
    right = f"of the {VARIANTS[name].n_songs} songs right"
    site = tmp_path / "out"
    to = [] if formats == "all" else ["--to", formats]
    done = python(root, "-m", "render", "--engine", "portable", "--output", str(site), *to)
    words, found = {}, {}
    for path in chapter_paths():
        page = found[path] = BeautifulSoup(
            (site / path).with_suffix(".html").read_text("utf-8"), "html.parser"
        )
        assert not page.select(".cell-output-stderr, .cell-output-error"), path
        words[path] = " ".join((page.find("main") or page).get_text(" ").split())
    assert right in words["index.qmd"]
    for path in chapter_paths():
        assert not re.search(r"\{python\}|\?@|\bnan\b|Traceback", words[path]), path
        if path not in ("report/data.qmd", "report/ledger.qmd"):
            assert "1,000 songs" not in words[path], path
    for pdf in site.glob("*.pdf"):
        pages = [" ".join(page.extract_text().split()) for page in PdfReader(pdf).pages]
        assert any(right in page for page in pages)
    assert len([*site.glob("*.pdf")]) == (formats == "all")
    listed = done.stderr.split("Written for the published study, and not so for these data:")[1]
    marked = sum(len(html.select(f"mark.{NOT_SO}")) for html in found.values())
    assert len(re.findall(r"^  [\w./-]+\.qmd:\d+: \S", listed, flags=re.M)) == marked > 0
