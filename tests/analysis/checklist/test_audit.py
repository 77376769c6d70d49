"""analysis.checklist: known answers, what is wrong with a table, and what the command writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up import ROOT

from analysis import audit
from analysis.checklist import choice, steady
from analysis.checklist.agreement import shuffle
from analysis.checklist.rows import find_copies
from analysis.checklist.steady import ALIKE_FROM
from analysis.checklist.table import read_table
from analysis.claims import ledger
from analysis.cli import main
from analysis.errors import DatasetError
from analysis.show.verdicts import SECTIONS, verdicts

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0.0], [12.0, 0.0], [0.0, 12.0]])
KIND = np.repeat(["a", "b", "c"], 25)


def blobs() -> pd.DataFrame:
    X = np.repeat(CENTRES, 25, axis=0) + np.random.default_rng(1).standard_normal((75, 2))
    return pd.DataFrame(X, columns=["x", "<b>y</b>"])


def table(path: Path, **more: object) -> Path:
    blobs().assign(kind=KIND, **more).to_csv(path, index=False)
    return path


def test_groups_that_are_there_and_columns_that_are_copied() -> None:
    X = blobs().assign(copied=lambda t: 2 * t["x"], still=1.0)
    X.iloc[-1] = X.iloc[3]
    X.iloc[0, 0] = np.nan
    found = audit(X, KIND, k_max=4)
    level = {verdict.check: verdict for verdict in verdicts(found)}
    assert level["Groups, or none"].level != "against"
    assert level["Columns that say the same"].says.startswith("The column copied copies x.")
    assert level["Columns that say the same"].level == "against"
    assert level["A mixture at its limit"].level == "against"
    assert "rows 4 and 75, for one" in level["Copies of rows"].says
    assert "still" in level["Constant and stepped columns"].says
    assert (
        "One row" in level["Missing values"].says or "1 row of 75" in level["Missing values"].says
    )
    assert found.k == 3
    assert found.agreement is not None
    assert found.agreement["estimate"]["ari"] > 0.9


def test_near_copies() -> None:
    X = RNG.standard_normal((300, 4))
    assert not find_copies(X, np.random.default_rng(0)).near_beyond_chance
    X[7] = X[200] + 1e-4
    X[8] = X[100] - 1e-4
    found = find_copies(X, np.random.default_rng(0))
    assert found.near_beyond_chance
    assert found.near_pairs == [(7, 200), (8, 100)]
    assert found.n_more == 0


@pytest.mark.parametrize("groups", [None, np.arange(75) // 5])
def test_rows_and_groups_are_drawn_as_often_as_there_are(
    groups: np.ndarray | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[np.ndarray] = []
    fit = steady._fit

    def noting(Z: np.ndarray, *options: int) -> object:
        drawn.append(Z[:, 0])
        return fit(Z, *options)

    monkeypatch.setattr(steady, "_fit", noting)
    monkeypatch.setattr(steady, "N_SEEDS", 2)
    monkeypatch.setattr(steady, "N_REFITS", 3)
    Z = blobs().to_numpy()
    found = steady.shake(Z, 3, groups, seed=0)
    assert found.by_seed == found.by_rows == 1
    for sample in drawn[2:]:
        times = (sample == Z[:, :1]).sum(axis=1)
        assert times.sum() == 75
        assert times.max() > 1
        if groups is not None:
            assert (times.reshape(15, 5) == times[::5, None]).all()


def test_the_knee_may_be_at_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("N_NULLS", "N_REFERENCES"):
        monkeypatch.setattr(choice, name, 2)
    found = choice.ask_criteria(blobs().to_numpy()[:50], 5, seed=0, mixtures=False)
    assert found.picks["pick"]["knee"] == 2


def test_groups_are_shuffled_as_a_whole() -> None:
    groups = np.repeat(np.arange(6), 3)
    truth = np.repeat([0, 1, 1, 2, 0, 2], 3)
    drawn = shuffle(truth, groups, np.random.default_rng(3)).reshape(6, 3)
    assert (drawn == drawn[:, :1]).all()
    assert sorted(drawn[:, 0]) == [0, 0, 1, 1, 2, 2]
    within = np.tile([0, 1, 2], 6)
    drawn = shuffle(within, groups, np.random.default_rng(3))
    assert (np.sort(drawn.reshape(6, 3), axis=1) == [0, 1, 2]).all()
    assert (drawn != within).any()


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(DatasetError) as caught:
        audit(pd.DataFrame({"x": [1.0, np.inf, 3.0]}), labels=[1, 2], k=9)
    said = str(caught.value).splitlines()
    assert len(said) >= 4
    assert all(re.fullmatch(r"[^.;]+[.;].*\.", line) for line in said)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, page = table(tmp_path / "t.csv", no=range(75)), tmp_path / "page.html"
    arguments = ["audit", str(path), "--label", "kind", "--k-max", "4"]
    assert main([*arguments, "--json", "--html", str(page)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["left_out"] == {"no": "row numbers"}
    assert said["k"] == 3
    html = page.read_text("utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert "<b>y</b>" not in html
    assert len(soup.find_all("img")) == 4
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert said["overall"] in soup.get_text()


def test_bad_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixed = table(tmp_path / "t.csv", mixed=["1"] * 74 + ["\x1b[31mx"])
    assert main(["audit", str(mixed), "--label", "nothing", "--groups", "neither"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("error: ") == 3
    assert "\x1b" not in said.err
    for content in (b"", b"a,b\n1,2,3\n4,5,6\n", b"\xff\xfe\0", b"a\n\xff\n", b"PAR1xx", b'a\n"x'):
        path = tmp_path / "bad.csv"
        path.write_bytes(content)
        assert main(["audit", str(path)]) == 1
        said = capsys.readouterr()
        assert said.err.startswith("error: bad.csv")
        assert "Traceback" not in said.err
    assert main(["audit", str(tmp_path)]) == 1


def test_parquet(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "all [1]*.parquet"
    given = blobs().assign(whole=pd.array([*range(9, 83), None], dtype="Int64"), kind=KIND)
    given.loc[3, "x"] = np.nan
    duckdb.from_df(given).write_parquet(str(path))
    found = read_table(path, label="kind")
    pd.testing.assert_frame_equal(found.numbers, given.drop(columns="kind").astype(float))
    assert found.labels is not None
    assert found.labels.tolist() == KIND.tolist()
    path.write_bytes(path.read_bytes()[:-9] + b"PAR1")
    with pytest.raises(DatasetError, match=r"all \[1\]\*\.parquet is no whole Parquet file"):
        read_table(path)


def test_sections_are_those_of_the_book() -> None:
    for label, (heading, page) in SECTIONS.items():
        text = (ROOT / f"{page}.qmd").read_text("utf-8")
        assert f" {heading} {{#{label}}}" in text


def test_the_limit_of_agreement_is_the_books() -> None:
    assert ALIKE_FROM == ledger.GOOD
