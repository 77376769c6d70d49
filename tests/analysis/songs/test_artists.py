"""analysis.songs.artists: groups of songs by one artist, from a public index."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import ROOT, make_songs

from analysis.cli import main
from analysis.errors import DatasetError
from analysis.songs.artists import from_index, load_groups, make_groups
from analysis.songs.table import Dataset, joined, load_dataset

Save = Callable[..., Path]


def test_numbers_are_anew_in_the_order_of_the_table(save: Save, songs: pd.DataFrame) -> None:
    index = pd.DataFrame({"track": songs["track"], "artist_group": 7, "fold": 1})
    index.loc[:9, "artist_group"] = 400
    groups = from_index(save(index), Dataset(songs, "ours"))
    assert groups.tolist() == [0] * 10 + [1] * 30


def test_a_clip_that_is_left_out_is_a_group_by_itself(save: Save, songs: pd.DataFrame) -> None:
    index = pd.DataFrame({"track": songs["track"], "artist_group": 0})
    groups = from_index(save(index.drop(index=[3, 8])), Dataset(songs, "ours"))
    assert groups[3] == 1
    assert groups[8] == 2
    assert (np.delete(groups, [3, 8]) == 0).all()


def test_a_near_copy_joins_its_twin(save: Save, songs: pd.DataFrame) -> None:
    """The same song a little louder has the same tempo and nearly the same numbers."""
    songs.loc[20] = songs.loc[8].to_dict() | {"track": "song.00020"}
    songs.loc[20, "energy"] *= 1.01
    songs.loc[20, "loudness"] += 20 * np.log10(1.01)
    index = pd.DataFrame({"track": songs["track"], "artist_group": range(40)}).drop(index=20)
    groups = from_index(save(index), Dataset(songs, "ours"))
    assert groups[20] == groups[8]
    assert len(set(groups)) == 39
    songs.loc[20, "genre"] = "another"
    assert len(set(from_index(save(index), Dataset(songs, "ours")))) == 40


def test_equal_rows_stay_together(save: Save, songs: pd.DataFrame) -> None:
    """Two artists who share a recording become one group, even across genres."""
    songs.loc[21] = songs.loc[8].to_dict() | {"track": "song.00021", "genre": "another"}
    index = pd.DataFrame({"track": songs["track"], "artist_group": [i // 2 for i in range(40)]})
    groups = from_index(save(index), Dataset(songs, "ours"))
    assert groups[8] == groups[9] == groups[20] == groups[21]
    assert len(set(groups)) == 19


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "groups.csv is empty"),
        ("track\nx\n", "line 1: the header lacks group; it should have the columns track and gro"),
        ("track,group\n", "a header and no rows"),
        ("track,group\na,1\na,2\n", "line 3, column track: 'a' is there twice"),
        ("track,group\n ,1\n", "line 2, column track: the cell is empty"),
        ("track,group\na,1.5\n", "line 2, column group: '1.5' should be a whole number"),
        ("track,group\na,-1\n", "'-1' should be a whole number"),
        ("track,group\na,٣\n", "should be a whole number"),
        ("track,group\na,1e3\n", "should be a whole number"),
        ("track,group\na," + "9" * 30 + "\n", "should be a whole number from 0 to 999999999"),
        ("track,group\nb,1\n", "lacks the song 'a' and 1 more; it should have a line for each"),
        ("track,group\na,1,2\n", "line 2: 3 cells"),
        (b"track,group\n\xff,1\n", "line 2: byte 13 is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said(save: Save, content: str | bytes, message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        load_groups(save(content, "groups.csv"), ("a", "c"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_index_of_other_songs(save: Save, songs: pd.DataFrame) -> None:
    path = save("track,artist_group\nx,1\n", "index.csv")
    with pytest.raises(DatasetError, match=r"^index\.csv names none of the table's songs"):
        from_index(path, Dataset(songs, "ours"))


def test_nothing_is_written_over_a_source(save: Save, songs: pd.DataFrame) -> None:
    table, index = save(songs, "table.csv"), save("track,artist_group\nsong.00000,1\n", "i.csv")
    for output in (table, index):
        before = output.read_bytes()
        with pytest.raises(DatasetError, match="the output should be a file of its own"):
            make_groups(index, table, output)
        assert output.read_bytes() == before
    with pytest.raises(DatasetError, match=r"ending in \.csv"):
        make_groups(index, table, table.with_name("groups.txt"))


def test_what_is_written_is_read(save: Save) -> None:
    songs = make_songs()
    table = save(songs, "table.csv")
    index = save(
        pd.DataFrame({"track": songs["track"], "artist_group": [i % 5 for i in range(40)]}), "i.csv"
    )
    output = table.with_name("groups.csv")
    groups = make_groups(index, table, output)
    assert load_groups(output, tuple(songs["track"])).tolist() == groups.tolist()
    note = json.loads(output.with_suffix(".json").read_text(encoding="utf-8"))
    assert note["groups"]["groups"] == 5
    assert note["public_index"]["rows"] == 40


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index, output = tmp_path / "index.csv", tmp_path / "out.csv"
    index.write_text("track,artist_group\nblues.00000,3\n", encoding="utf-8")
    assert main(["artists", str(index), "--output", str(output)]) == 0
    assert capsys.readouterr().out.startswith("out.csv: 1,000 songs, ")
    index.write_text("track,artist_group\nblues.00000,x\n", encoding="utf-8")
    output.unlink()
    assert main(["artists", str(index), "--output", str(output)]) == 1
    assert capsys.readouterr().err.startswith("error: index.csv, line 2, column artist_group: 'x'")
    assert not output.exists()


def test_joined_by_hand() -> None:
    one = np.array([5, 5, 9, 9, 2, 7])
    other = np.array([0, 1, 1, 2, 3, 4])
    assert joined(one, other).tolist() == [0, 0, 0, 0, 1, 2]


def test_the_groups_of_gtzan() -> None:
    """Copies are in one group, no group but one has two genres, and numbers are in order."""
    dataset = load_dataset(ROOT / "data" / "gtzan_features.csv")
    groups = load_groups(ROOT / "data" / "gtzan_artists.csv", dataset.tracks)
    dataset = dataset.with_groups(groups)
    assert (dataset.groups == groups).all()
    first = np.unique(groups, return_index=True)[1]
    assert (np.diff(first) > 0).all()
    genres = pd.Series(dataset.labels).groupby(groups).nunique()
    assert (genres > 1).sum() == 1
    of = dict(zip(dataset.tracks, groups, strict=True))
    assert of["metal.00058"] == of["rock.00016"]
    assert of["jazz.00051"] == of["jazz.00033"]
    assert pd.Series(groups).value_counts().max() == 29
