"""analysis.streams: every random draw has a stream, and no two share one."""

from __future__ import annotations

import ast
from collections import Counter

import numpy as np
from made_up import ROOT

from analysis.streams import Stream, generator

FINDINGS = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "analysis" / "findings").rglob("*.py"))
}


def test_a_stream_is_the_seeds_and_its_own() -> None:
    def first(seed: int, stream: Stream) -> float:
        return float(generator(seed, stream).random())

    assert first(42, Stream.FOLDS) == np.random.default_rng([42, 17]).random()
    assert len({first(42, Stream.FOLDS), first(43, Stream.FOLDS), first(42, Stream.SHAPES)}) == 3


def test_no_two_streams_are_one() -> None:
    assert len(set(Stream)) == len(Stream.__members__)


def test_each_stream_is_drawn_from_in_one_place() -> None:
    used = Counter(
        node.attr
        for tree in FINDINGS.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Stream"
    )
    assert used == Counter(Stream.__members__.keys())


def test_findings_draw_from_streams_alone() -> None:
    wrong = [
        f"{path}:{node.lineno} calls {ast.unparse(node.func)}"
        for path, tree in FINDINGS.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("default_rng", "SeedSequence")
    ]
    assert wrong == []
