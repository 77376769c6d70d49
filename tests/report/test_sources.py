"""The rules of CONTRIBUTING.md, checked on the chapters."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from chapters import (
    CROSSREFS,
    ROOT,
    Chunk,
    Source,
    chapter_paths,
    expression,
    parse,
    read,
    solution_paths,
    sources,
    words_of,
)

MOST_LINES = 8

ALLOWED_NUMBERS = {
    # What others published or named: it does not depend on our table.
    "1,000 clips": "GTZAN's size",
    "100 in each": "GTZAN's make-up",
    "at least 100 published works": "Sturm's count",
    "50 exact replicas": "Sturm's count",
    "22 excerpts from the same recording": "Sturm's count",
    "13 other versions": "Sturm's count",
    "43 conspicuous and 63 contentious": "Sturm's count",
    "35 excerpts by one singer": "Sturm's count",
    "24 by another": "Sturm's count",
    "2000 and 2001": "years",
    "October 2025": "a date",
    "counts 1,000 songs": "the source notebooks' number",
    "50 to 200 BPM": "the source notebooks' range",
    "0 to 0.5": "the source notebooks' range",
    # What a definition or a proof says.
    "near 120 BPM": "a default of the tempo estimator",
    "for 120 BPM": "a default of the tempo estimator",
    "below 320 BPM": "a default of the tempo estimator",
    "above 320 BPM": "a default of the tempo estimator",
    "bound of 20 BPM": "a bound that the table's check sets",
    "librosa 0.11": "the version whose formula is told",
    "1 is full scale": "a definition",
    "is 1 if ⟨math⟩ and 0 if not": "a definition",
    "and 0 if the frame is silent": "a definition",
    "R² ": "a symbol",
    "between 0 and": "a bound",
    "or 0.": "a bound",
    "each 0 or 1": "a bound",
    "energies up to 1": "a bound",
    "a number up to 1": "a bound",
    "correlation matrix is 0": "a theorem",
    "which is 1.": "a definition",
    "would be 1.": "a theorem",
    "others 0.": "a theorem",
    "others are 0": "a theorem",
    "variance is 1.": "a definition",
    "skew is 0": "a definition",
    "and 0 for ⟨math⟩ axes": "a theorem",
    "differ from 0": "a definition",
    "deviations from 1": "a definition",
    "has variance 1.": "a definition",
    "mean variance is 1.": "a definition",
    "10 to 15 rounds": "the source notebooks' range",
    "15 to 20 rounds": "the source notebooks' range",
    "took 15 to 20": "the source notebooks' range",
    "usual 64 bits": "a format of numbers",
    # Versions, licences, dates of the tools.
    "3.11 to 3.13": "versions",
    "Quarto 1.9": "a version",
    "CC BY 4.0": "a licence",
    "UTF-8": "a name",
}

BANNED = (
    "very",
    "really",
    "obviously",
    "clearly",
    "of course",
    "simply",
    "basically",
    "interesting",
    "interestingly",
    "it is worth noting",
    "note that",
    "it is important to",
    "crucial",
    "delve",
    "leverage",
    "utilize",
    "in order to",
    "powerful",
    "seamless",
    "robust",
    "stunning",
    "amazing",
    "let's",
    "as an ai",
)


def ids(items: list[Source]) -> list[str]:
    return [item.path for item in items]


CHUNKS = [chunk for source in sources() for chunk in source.chunks]
SHOWN = [c for c in CHUNKS if c.options.get("include", True) and c.options.get("eval", True)]


def test_every_chapter_is_listed_and_every_listed_one_exists() -> None:
    written = {
        path.relative_to(ROOT).as_posix()
        for path in [*ROOT.glob("*.qmd"), *ROOT.glob("report/*.qmd")]
    }
    assert written == set(chapter_paths())


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_one_sentence_a_line(source: Source) -> None:
    two = re.compile(
        r"(?<!\b[A-Z])(?<!e\.g)(?<!i\.e)(?<!et al)(?<!\bp)(?<!^\d)[.?!]\)? +(?=[A-Z⟨])"
    )
    found = []
    for n, line in words_of(source):
        if re.match(r"\s*\|", line):
            continue
        match = two.search(re.sub(r"^\s*(?:\d+\\?\.|-|:)\s+", "", line))
        if match:
            found.append(f"{source.path}:{n}: {line.strip()}")
    assert not found, "two sentences on one line:\n" + "\n".join(found)


@pytest.mark.parametrize("chunk", CHUNKS, ids=[c.where for c in CHUNKS])
def test_a_chunk_is_short_and_computes_nothing(chunk: Chunk) -> None:
    lines = [
        line
        for line in chunk.code.splitlines()
        if line.strip() and not line.startswith(("from ", "import "))
    ]
    assert len(lines) <= MOST_LINES, f"{chunk.where} has {len(lines)} lines"
    assert not any(line.lstrip().startswith("#") for line in lines), f"{chunk.where}: a comment"
    for node in ast.walk(ast.parse(chunk.code)):
        assert not isinstance(node, WORK), f"{chunk.where} computes: {ast.unparse(node)}"


WORK = (
    ast.BinOp,
    ast.AugAssign,
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.FunctionDef,
    ast.ClassDef,
)


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_an_inline_expression_computes_nothing(source: Source) -> None:
    for n, code in source.inlines:
        guard = re.match(r"(?:holds|told)\(lambda: ", code)
        for node in ast.walk(expression(code.replace("lambda: ", "", 1) if guard else code)):
            assert not isinstance(node, ast.BinOp | ast.Lambda | ast.IfExp), (
                f"{source.path}:{n} computes: {code}"
            )


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_chapters_import_the_analysis_and_nothing_else(source: Source) -> None:
    for chunk in source.chunks:
        for node in ast.walk(ast.parse(chunk.code)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert all(name.split(".")[0] == "analysis" for name in names), (chunk.where, names)


@pytest.mark.parametrize("chunk", SHOWN, ids=[c.where for c in SHOWN])
def test_what_is_shown_has_a_label_a_caption_and_an_alternative_text(chunk: Chunk) -> None:
    kind = str(chunk.label).split("-")[0]
    if kind == "code":
        assert chunk.code.startswith("listing.source("), chunk.where
        return
    if kind == "try":
        assert chunk.code.startswith("trial.small("), chunk.where
        return
    assert kind in ("fig", "tbl"), f"{chunk.where} shows something without a fig- or tbl- label"
    caption = chunk.caption or chunk.options.get(f"{kind}-cap", "")
    assert str(caption).strip().endswith("."), f"{chunk.where}: the caption should be a sentence"
    if kind == "fig":
        alt = str(chunk.options.get("fig-alt", ""))
        assert alt.strip().endswith("."), f"{chunk.where}: fig-alt should say what is seen"
        assert alt != caption, f"{chunk.where}: caption and fig-alt should not say the same"
        assert not re.search(r"\d", alt), f"{chunk.where}: fig-alt is not computed"


@pytest.mark.parametrize("chunk", CHUNKS, ids=[c.where for c in CHUNKS])
def test_every_chunk_has_a_label(chunk: Chunk) -> None:
    assert chunk.label, f"{chunk.path}:{chunk.line}: a chunk without a label"
    if chunk.options.get("include") is False:
        name = Path(chunk.path).with_suffix("").as_posix().removeprefix("report/")
        assert chunk.label == f"setup-{name.replace('/', '-')}", chunk.where


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_an_option_stands_on_one_line(source: Source) -> None:
    """Quarto prints an alternative text that is folded over lines as part of the page."""
    assert not re.findall(r"^#\| [\w-]+: *[>|].*$", source.text, flags=re.MULTILINE)


def test_labels_are_unique() -> None:
    counts = Counter(label for source in sources() for label in source.labels)
    assert not [label for label, n in counts.items() if n > 1]


def test_every_exercise_has_a_solution() -> None:
    solved = [key for s in sources() for key in re.findall(r"Solution of @(exr-[\w-]+)", s.text)]
    asked = [label for s in sources() for label in s.labels if label.startswith("exr-")]
    assert sorted(solved) == sorted(asked)


def test_the_solutions_stand_under_their_exercises_and_in_the_appendix() -> None:
    appendix = read("report/solutions.qmd").text
    for path in solution_paths():
        include = f"{{{{< include solutions/{Path(path).name} >}}}}"
        assert include in read(f"report/{Path(path).name}").text
        assert include in appendix


def test_every_reference_has_a_target() -> None:
    labels = {label for source in sources() for label in source.labels}
    keys = set(re.findall(r"@\w+\{([\w-]+),", (ROOT / "report/references.bib").read_text("utf-8")))
    for source in sources():
        for key in source.references:
            known = labels if key.split("-")[0] in CROSSREFS and "-" in key else keys
            assert key in known, f"{source.path}: @{key} leads nowhere"


def test_every_figure_table_and_labelled_equation_is_referred_to() -> None:
    used = {key for source in sources() for key in source.references}
    code = "".join(p.read_text("utf-8") for p in ROOT.glob("analysis/**/*.py"))
    for source in sources():
        for label in source.labels:
            if label.split("-")[0] in ("fig", "tbl", "eq"):
                assert label in used or label in code, f"{source.path}: {label} is never used"


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_no_number_is_typed_that_could_depend_on_the_data(source: Source) -> None:
    typed = [f"{source.path}:{n}: {found}" for n, found in typed_numbers(source)]
    assert not typed, "compute it, or put it on the list with its reason:\n" + "\n".join(typed)


def typed_numbers(source: Source) -> list[tuple[int, str]]:
    found = []
    for n, line in words_of(source):
        line = re.sub(r"^\s*\d+\\?\.\s+", "", line)
        for allowed in ALLOWED_NUMBERS:
            line = line.replace(allowed, "")
        if re.search(r"\d", line):
            found.append((n, line.strip()))
    return found


def test_the_check_for_typed_numbers_finds_them() -> None:
    source = parse("x.qmd", "The silhouette peaks at 7 clusters, $k = 7$, `7`.\n")
    assert typed_numbers(source)
    source = parse("x.qmd", "It peaks at `{python} study.best` clusters, $k = 7$, `7`.\n")
    assert not typed_numbers(source)


def test_every_allowed_number_is_used() -> None:
    text = "\n".join(line for source in sources() for _, line in words_of(source))
    assert not [allowed for allowed in ALLOWED_NUMBERS if allowed not in text]


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_the_prose_has_no_filler(source: Source) -> None:
    for n, line in words_of(source):
        assert "!" not in line, f"{source.path}:{n}: an exclamation mark"
        assert not re.search("[\U0001f300-\U0001faff\u2600-\u27bf]", line), (
            f"{source.path}:{n}: emoji"
        )
        for word in BANNED:
            assert not re.search(rf"\b{re.escape(word)}\b", line, re.IGNORECASE), (
                f"{source.path}:{n}: {word!r} says nothing: {line.strip()}"
            )


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_norms_are_written_so_that_typst_sets_them(source: Source) -> None:
    assert r"\|" not in re.sub(r"^\|.*$", "", source.text, flags=re.MULTILINE)


def test_each_proof_follows_what_it_proves() -> None:
    for source in sources():
        # A proof that differs by format stands in two blocks, the website's first.
        shown = r"^::: \{\.content-visible when-format=\"%s\"\}\n"
        text = re.sub(
            shown % "html" + r"(?=::::: \{\.proof\})", "", source.text, flags=re.MULTILINE
        )
        text = re.sub(shown % "typst" + r"::::: \{\.proof\}", "", text, flags=re.MULTILINE)
        divs = re.findall(r"^:::+ \{([^}]*)\}", text, flags=re.MULTILINE)
        for before, this in zip(["", *divs], divs, strict=False):
            if ".proof" in this:
                assert re.match(r"#(thm|lem|prp|cor)-", before), (source.path, before)
        for this, after in zip(divs, [*divs[1:], ""], strict=False):
            if re.match(r"#(thm|lem|prp|cor)-", this):
                assert ".proof" in after, f"{source.path}: {this} has no proof"


def typed_k(source: Source) -> list[str]:
    """Return formulas with a number of clusters that is typed.

    The notebooks' own numbers may be, and those that an exercise gives.
    """
    found, divs = [], []
    for n, line in source.prose:
        if re.match(r":::+ *\{", line):
            divs.append(bool(re.search(r"callout-note|callout-tip|#exr-", line)))
        elif re.match(r":::+ *$", line):
            divs.pop()
        formula = re.search(r"\$[^$]*\b[kKnd] *(?:=|\\approx|\\le|\\ge) *\d\d+[^$]*\$", line)
        if formula and not any(divs):
            found.append(f"{source.path}:{n}: {formula.group()}")
    return found


@pytest.mark.parametrize("source", sources(), ids=ids(sources()))
def test_no_formula_has_the_number_of_clusters_typed(source: Source) -> None:
    assert not typed_k(source)


def test_the_check_of_formulas_finds_them() -> None:
    assert typed_k(parse("x.qmd", "All clusters, where $k = 10$.\n"))
    assert not typed_k(parse("x.qmd", "::: {.callout-note}\nThey say $k = 10$.\n:::\n"))
