"""Time the renderer on made-up books: cold, with nothing changed, with one sentence changed.

T is the time of one plain Python process that imports everything once and runs all chapters' cells,
drawing every figure as SVG as a render must; the process starts with no result kept. A cold render
starts with no kept result, page or font; it makes site and PDF. Both compute with one thread, as
the renderer's kernels do. Memory is the most that the render and all its kernels and helpers held
at one time (shared pages are counted once, where the system tells). On a busy machine look at the
seconds of the processors. With Quarto on PATH, or given by ``--quarto``, it is measured too.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[1]
CONFIG = """\
project: {{type: book, output-dir: _site, execute-dir: project}}
book:
  title: "A made-up book"
  author: "Nobody"
  downloads: [pdf]
  chapters:
    - index.qmd
{chapters}
    - references.qmd
bibliography: references.bib
jupyter: python3
fig-format: svg
format:
  html:
    theme: {{light: cosmo, dark: darkly}}
    html-math-method: mathml
    code-fold: true
  typst:
    papersize: a4
    citeproc: true
"""
SETUP = """\
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown
from sklearn.mixture import GaussianMixture

rng = np.random.default_rng({number})"""
CELLS = (
    """\
X = rng.normal(size=(4000, 5))
fits = [GaussianMixture(k, max_iter=10, random_state=0) for k in range(2, 10)]
with warnings.catch_warnings(action="ignore"):
    criteria = [fit.fit(X).bic(X) for fit in fits]""",
    """\
plt.plot(range(2, 10), criteria, marker="o")
plt.xlabel("clusters")
plt.show()""",
    """\
fig, axes = plt.subplots(2, 2)
for ax, column in zip(axes.flat, X.T, strict=False):
    ax.hist(column, bins=40)
plt.show()""",
    """\
Markdown(pd.DataFrame(X, columns=list("abcde")).describe().round(3).to_markdown())""",
)
CHAPTER = """\
# Chapter {number} {{#sec-{number}}}

```{{python}}
#| include: false
{setup}
```

{prose}

```{{python}}
#| label: compute-{number}
#| echo: true
{cells[0]}
```

::: {{#thm-{number}}}
## A theorem
For every $x \\in \\mathbb{{R}}^d$ and every mean $\\mu$, as @lloyd1982 shows,
$$
\\sum_i \\lVert x_i - \\mu \\rVert^2 \\ge 0 .
$$ {{#eq-{number}}}
:::

::: {{.proof}}
Every term of @eq-{number} is a square.
:::

See @fig-line-{number}, @fig-hist-{number}, @tbl-{number} and @sec-{other}; there are `{{python}} len(X)` rows.

```{{python}}
#| label: fig-line-{number}
#| fig-cap: "The criterion rises with the number of clusters."
#| fig-alt: "A rising line."
{cells[1]}
```

```{{python}}
#| label: fig-hist-{number}
#| fig-cap: "Four columns."
#| fig-alt: "Four histograms."
{cells[2]}
```

```{{python}}
#| label: tbl-{number}
#| tbl-cap: "All columns."
{cells[3]}
```

::: {{.callout-note}}
## Note
{sentence}
:::
"""  # noqa: E501 (a sentence a line)
SENTENCE = "Some songs are *closer* to their centre than others, as $x_{i} - \\mu_k$ tells."
BIBLIOGRAPHY = """\
@article{lloyd1982, author = {Lloyd, Stuart P.}, title = {Least squares quantization in {PCM}},
  journal = {IEEE Transactions on Information Theory}, volume = {28}, year = {1982}}
"""
PLAIN = """\
import io, json, sys
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt

def show(*args, **kwargs):
    for number in plt.get_fignums():
        plt.figure(number).savefig(io.StringIO(), format="svg", bbox_inches="tight")
    plt.close("all")

plt.show = show
for chapter in json.load(sys.stdin):
    scope = {}
    for cell in chapter:
        exec(cell, scope)
"""


@dataclass(frozen=True)
class Measured:
    """One run of a program."""

    seconds: float
    processor: float
    mebibytes: float


def write_book(root: Path, chapters: int) -> None:
    """Write a book of ``chapters`` chapters with computation, figures, tables and proofs."""
    names = [f"    - chapter-{number}.qmd" for number in range(1, chapters + 1)]
    files = {
        "_quarto.yml": CONFIG.format(chapters="\n".join(names)),
        "index.qmd": f"# Summary {{.unnumbered}}\n\n{SENTENCE}\n",
        "references.qmd": "# References {.unnumbered}\n\n::: {#refs}\n:::\n",
        "references.bib": BIBLIOGRAPHY,
    }
    prose = "\n\n".join(" ".join([SENTENCE] * 6) for _ in range(12))
    for number in range(1, chapters + 1):
        files[f"chapter-{number}.qmd"] = CHAPTER.format(
            number=number,
            other=number % chapters + 1,
            setup=SETUP.format(number=number),
            cells=CELLS,
            prose=prose,
            sentence=SENTENCE,
        )
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")


def measure(command: Sequence[str], root: Path, text: str = "") -> Measured:
    """Run a program to its end."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    paths = {"PYTHONPATH": str(PROJECT), "QUARTO_PYTHON": sys.executable}
    env = os.environ | paths | threads
    before = os.times()
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=root,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    done = threading.Event()
    peak = [0.0]

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], held(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, _ = process.communicate(text)
    seconds = time.perf_counter() - begin
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    done.set()
    watcher.join()
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{said}")
    return Measured(seconds, used, peak[0])


def held(pid: int) -> float:
    """Return the MiB that a process and its descendants hold at this moment."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.uss)
            except psutil.Error:
                continue
    except psutil.Error:
        return 0.0
    return total / 2**20


def run(name: str, command: Sequence[str], root: Path, chapters: int) -> None:
    """Measure one engine on one book and print a line of the table."""
    cells = [[SETUP.format(number=number), *CELLS] for number in range(1, chapters + 1)]
    plain = measure([sys.executable, "-c", PLAIN], root, json.dumps(cells))
    for made in ("_site", ".cache", ".quarto"):
        shutil.rmtree(root / made, ignore_errors=True)
    cold = measure(command, root)
    again = measure(command, root)
    page = root / "chapter-1.qmd"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("Some songs", "A few songs", 1), encoding="utf-8")
    sentence = measure(command, root)
    page.write_text(text.replace("4000", "4001"), encoding="utf-8")
    cell = measure(command, root)
    print(
        f"{name:>9} {chapters:>9} {plain.seconds:>8.1f} {cold.seconds:>8.1f} "
        f"{cold.seconds - plain.seconds:>+8.1f} {again.seconds:>8.2f} {sentence.seconds:>9.2f} "
        f"{cell.seconds:>8.2f} {max(cold.mebibytes, cell.mebibytes):>9.0f} "
        f"{plain.processor:>8.1f} {cold.processor:>8.1f} {sentence.processor:>9.2f}",
        flush=True,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chapters", type=int, nargs="+", default=[5, 10, 20, 40])
    parser.add_argument("--jobs", type=int, help="chapters at a time (default: processors)")
    parser.add_argument("--quarto", default=shutil.which("quarto"), help="Quarto's program")
    options = parser.parse_args(argv)
    portable = [sys.executable, "-m", "render", "--engine", "portable"]
    if options.jobs:
        portable += ["--jobs", str(options.jobs)]
    engines = {"portable": portable}
    if options.quarto:
        engines["quarto"] = [options.quarto, "render"]
    print(
        f"Seconds on {os.cpu_count()} processors; memory in MiB; "
        "CPU: seconds of all processors together"
    )
    print(
        f"{'engine':>9} {'chapters':>9} {'T':>8} {'cold':>8} {'cold-T':>8} {'nothing':>8} "
        f"{'sentence':>9} {'cell':>8} {'memory':>9} {'CPU: T':>8} {'cold':>8} {'sentence':>9}"
    )
    for chapters in options.chapters:
        for name, command in engines.items():
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder) / "book"
                root.mkdir()
                write_book(root, chapters)
                run(name, command, root, chapters)


if __name__ == "__main__":
    main()
