"""analysis.checklist: known answers, what is wrong with a table, and what the command writes."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from made_up import ROOT
from sklearn import datasets

from analysis import audit
from analysis.checklist import choice, steady
from analysis.checklist.agreement import compare, shuffle
from analysis.checklist.audit import Audit
from analysis.checklist.choice import one_hill
from analysis.checklist.examples import examples
from analysis.checklist.rows import find_copies, find_far
from analysis.checklist.steady import ALIKE_FROM
from analysis.checklist.table import read_table
from analysis.claims import ledger
from analysis.cli import main
from analysis.errors import DatasetError
from analysis.show.verdicts import MODERATE_FROM, SECTIONS, CheckVerdict, about, overall, verdicts

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0, 0.0], [12.0, 0.0], [0.0, 12.0]])
STEPPED = "Constant and stepped columns"
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
    assert level["A mixture at its limit"].level == "look"
    assert level["A mixture at its limit"].says.startswith("If you use a Gaussian mixture: ")
    assert "rows 4 and 75, for one" in level["Copies of rows"].says
    assert "still" in level["Constant and stepped columns"].says
    assert (
        "One row" in level["Missing values"].says or "1 row of 75" in level["Missing values"].says
    )
    assert found.k == 3
    assert found.agreement is not None
    assert found.agreement["estimate"]["ari"] > 0.9


def test_sums_are_dropped_and_near_ones_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((100, 3)), columns=list("abc"))
    X["sum"], X["near"] = X["a"] + X["b"], X["c"] + 0.05 * rng.standard_normal(100)
    says = level_of(audit(X, k=2, k_max=3))["Columns that say the same"].says
    assert "Of a, b and sum, which have 1, drop one. One at a time, replace it" in says


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


def level_of(found: Audit) -> dict[str, CheckVerdict]:
    return {verdict.check: verdict for verdict in verdicts(found)}


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refit seldom, where a test asks for something else."""
    monkeypatch.setattr(steady, "N_REFITS", 3)
    monkeypatch.setattr(choice, "N_REFERENCES", 2)


def test_the_shapes_of_columns_are_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    columns = {name: X for name, X, _ in examples()}["skewed columns"]
    found = audit(columns, k_max=5)
    assert found.criteria.normal.p_value == 0.05 < found.criteria.hill.p_value
    assert level_of(found)["Groups, or none"].level == "against"
    assert ", but no higher than that of " in level_of(found)["Groups, or none"].says
    one_column = audit(columns[["x2"]], k_max=5)
    assert level_of(one_column)["Groups, or none"].level == "against"


def test_groups_along_single_columns_are_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    X = np.random.default_rng(4).standard_normal((200, 3))
    X[:100, 0] += 9
    for groups in (X, blobs()):
        assert level_of(audit(groups, k_max=5))["Groups, or none"].level != "against"


def test_one_hill_keeps_edges_order_and_a_column_that_is_one() -> None:
    rng = np.random.default_rng(0)
    two = np.concatenate([rng.normal(-6, 1, 300), rng.normal(6, 1, 300)])
    evened = one_hill(two)
    assert np.allclose([evened.min(), evened.max()], [two.min(), two.max()])
    assert (np.argsort(evened, kind="stable") == np.argsort(two, kind="stable")).all()
    assert (np.abs(two) < 2).sum() == 0 < 100 < (np.abs(evened) < 3).sum()
    skewed = rng.lognormal(size=600)
    share = np.linspace(0.05, 0.95, 19)
    assert np.allclose(np.quantile(one_hill(skewed), share), np.quantile(skewed, share), rtol=0.1)
    assert (one_hill(np.repeat([0.0, 1.0, 5.0], 50)) == np.repeat([0.0, 1.0, 5.0], 50)).all()


def test_next_to_no_structure_speaks_against(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    found = audit(datasets.load_diabetes().data, k_max=5)
    picks = found.criteria.picks.assign(pick=1)
    weak = dataclasses.replace(found, criteria=dataclasses.replace(found.criteria, picks=picks))
    assert found.criteria.normal.observed <= 0.25
    if found.criteria.beyond_null:
        assert not overall(verdicts(weak)).startswith("Do not believe")
    assert level_of(weak)["Groups, or none"].level == "against"


def test_a_row_far_out_is_named_and_makes_no_near_copies() -> None:
    X = np.random.default_rng(2).standard_normal((300, 3))
    assert not find_far(X).much
    X[3, 1] = 1e9
    far = find_far(X)
    assert far.much
    assert far.rows.index[0] == 3
    assert far.rows["column"].iloc[0] == 1
    assert far.rows["away"].iloc[0] == pytest.approx(299**0.5)
    assert not find_copies(X, np.random.default_rng(0)).near_beyond_chance
    says = level_of(audit(pd.DataFrame(X, columns=["a", "spend", "c"]), k=2, k_max=3))
    assert says["Rows far from all others"].level == "look"
    assert "row 4 alone has 33%: it lies 17 " in says["Rows far from all others"].says
    assert "from the mean of spend." in says["Rows far from all others"].says


def test_the_songs_are_not_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    given = read_table(
        ROOT / "data/gtzan_features.csv",
        label="genre",
        groups=f"{ROOT / 'data/gtzan_artists.csv'}:group",
    )
    said = level_of(audit(given.numbers, given.labels, given.groups, k_max=4))
    assert said["Agreement with the labels"].level == "against"
    assert said["Groups, or none"].level == "against"
    assert "replace it by what the others leave" in said["Columns that say the same"].says


def test_agreement_that_is_fine_is_well_above_chance() -> None:
    found = audit(blobs(), KIND, k_max=3)
    assert found.agreement is not None
    for estimate, reaching, level in (
        (0.7, 0.04, "fine"),
        (0.64, 0.04, "look"),
        (0.7, 0.05, "look"),
        (0.7, 0.25, "against"),
    ):
        changed = found.agreement.assign(estimate=estimate, cells_reaching=reaching)
        said = level_of(dataclasses.replace(found, agreement=changed))
        assert said["Agreement with the labels"].level == level


def test_a_group_is_firm_where_its_interval_is(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    found = audit(blobs(), k=3, k_max=3)
    clusters = found.steadiness.clusters.assign(jaccard=0.77, low=[0.76, 0.74, 0.74], high=0.8)
    shaken = dataclasses.replace(found.steadiness, clusters=clusters)
    said = level_of(dataclasses.replace(found, steadiness=shaken))["Other rows"]
    assert said.level == "look"
    assert "one of the three clusters has" in said.says


def test_copies_are_drawn_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch)
    drawn = []
    draw = steady.draw_groups
    monkeypatch.setattr(steady, "draw_groups", lambda of, *a: drawn.append(of) or draw(of, *a))
    steady.shake(np.repeat(blobs().to_numpy(), 2, axis=0), 3, None, seed=0)
    assert (np.bincount(drawn[0]) == 2).all()
    assert len(drawn[0]) == 150


def test_copies_make_no_interval_shorter() -> None:
    rng = np.random.default_rng(0)
    Z, labels, truth = rng.standard_normal((80, 2)), *rng.integers(3, size=(2, 80))
    once, often = (
        compare(*(np.repeat(given, times, axis=0) for given in (Z, labels, truth)), None, 0)
        for times in (1, 9)
    )
    width = (often["high"] - often["low"]) / (once["high"] - once["low"])
    assert width["ari"] > 0.6


def test_the_knee_may_be_at_two(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("N_NULLS", "N_REFERENCES"):
        monkeypatch.setattr(choice, name, 2)
    found = choice.ask_criteria(blobs().to_numpy()[:50], 5, seed=0, mixtures=False)
    assert found.picks["pick"]["knee"] == 2


def test_groups_are_shuffled_as_a_whole() -> None:
    groups = np.repeat(np.arange(6), 3)
    truth = np.repeat([0, 1, 1, 2, 0, 2], 3)
    several = np.r_[truth[:17], 1]  # of one group of six, one row has another label
    assert (shuffle(several, groups, np.random.default_rng(3))[:3] != several[:3]).all()
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
    assert said["left_out"] == {"no": "an id?"}
    assert said["k"] == 3
    assert set(said["criteria"]["silhouettes_without_groups"]) == {"normal", "hill"}
    assert {row["column"] for row in said["far"]["rows"]} <= {"x", "<b>y</b>"}
    html = page.read_text("utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert "<b>y</b>" not in html
    assert len(soup.find_all("img")) == 4
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert said["overall"] in soup.get_text()


def write(path: Path, **columns: object) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def test_ids_yes_and_no_and_empty_columns_are_left_out(tmp_path: Path) -> None:
    ids = 1000 + np.random.default_rng(0).permutation(75)
    active = np.arange(75) % 2 == 0
    path = write(tmp_path / "t.csv", id=ids, active=active, kind=KIND, void=np.nan, **blobs())
    given = read_table(path)
    assert given.left_out == {"id": "an id?", "active": "yes or no", "kind": "text"}
    found = audit(given.numbers, k_max=3)
    assert found.n_complete == 75
    assert "or empty and was left out: void." in level_of(found)[STEPPED].says
    assert about(found, given.left_out).startswith("75 rows; looked at: x and <b>y</b>; not looked")


def test_a_stepped_column_may_be_the_label() -> None:
    found = audit(blobs().assign(kind=np.repeat([0, 1, 2], 25)), k=3, k_max=3)
    assert "such as kind, name it as the label." in level_of(found)[STEPPED].says


@pytest.mark.parametrize("cell", ["12,5", "$1,234.50", "1.234,50 €", "-5%"])
def test_numbers_in_other_clothes_are_an_error(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path / "t.csv", spend=[cell] * 75, **blobs())
    with pytest.raises(DatasetError, match=r"column 'spend': .* in row 1 is a number with a comma"):
        read_table(path)


def test_dates_and_codes_are_text(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", day="01.02.2024", iso="2024-02-01", code="A12", **blobs())
    assert set(read_table(path).left_out.values()) == {"text"}


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    X = blobs()
    X.loc[3, "x"] = np.inf
    with pytest.raises(DatasetError, match="x: 1 value is infinite, the first in row 4; "):
        audit(X)
    with pytest.raises(DatasetError, match="most in x, which could be filled or left out"):
        audit(blobs().assign(x=[np.nan] * 60 + [1.0] * 15))
    with pytest.raises(DatasetError, match="75 different numbers in 75 rows; they should be cut"):
        audit(blobs(), X["<b>y</b>"])
    assert audit(blobs(), np.repeat(range(15), 5), k_max=3).k == 15
    (tmp_path / "t.csv").write_text("a,b\n")
    with pytest.raises(DatasetError, match="has a header and no rows; it should have at least 20"):
        read_table(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))
    with pytest.raises(DatasetError, match="is not UTF-8 text; it should be saved as CSV in UTF-8"):
        read_table(tmp_path / "t.csv")


def test_groups_from_another_file(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", name=[f"r{i}" for i in range(75)], **blobs())
    beside = write(tmp_path / "g.csv", name=[f"r{i}" for i in range(74)][::-1], of=range(74))
    given = read_table(path, groups=f"{beside}:of")
    assert given.groups is not None
    assert given.groups.tolist()[:74] == list(range(73, -1, -1))
    assert given.groups.isna().tolist() == [False] * 74 + [True]
    with pytest.raises(DatasetError, match=r"g\.csv: there is no column 'off'"):
        read_table(path, groups=f"{beside}:off")
    write(tmp_path / "g.csv", other=[1, 2], of=[1, 2])
    with pytest.raises(DatasetError, match=r"should share one column .* they share none"):
        read_table(path, groups=f"{beside}:of")


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
    given = blobs().assign(whole=pd.array([*range(9, 157, 2), None], dtype="Int64"), kind=KIND)
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


def test_the_limits_of_agreement_are_the_books() -> None:
    assert ALIKE_FROM == ledger.GOOD
    assert MODERATE_FROM == ledger.MODERATE
