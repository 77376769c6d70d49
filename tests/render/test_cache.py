"""Results on disk: found, refused when damaged, pruned; digests of files."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from render import cache as caches
from render.cache import Cache, Pack, digest, files_digest, matching_files, project_files

KEY = digest("key")
VALUE = {"outputs": {"0": [{"text": "ü\ud800"}]}, "n": [1, 2.5, None, True]}


def test_what_was_put_is_found(tmp_path: Path) -> None:
    Cache(tmp_path).put(KEY, VALUE)
    assert Cache(tmp_path).get(KEY) == VALUE
    assert Cache(tmp_path).get(digest("other")) is None


def test_a_disabled_cache_finds_nothing_but_writes(tmp_path: Path) -> None:
    Cache(tmp_path, enabled=False).put(KEY, VALUE)
    assert Cache(tmp_path, enabled=False).get(KEY) is None
    assert Cache(tmp_path).get(KEY) == VALUE


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace("2.5", "2.6"),
        lambda text: text.replace(KEY, digest("other")),
        lambda text: text.replace('"format": 1', '"format": 0'),
        lambda text: "[]",
        lambda text: "null",
        lambda text: "[" * 100_000,
        lambda text: '{"format": 1}',
    ],
)
def test_a_damaged_entry_is_missing(tmp_path: Path, damage) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, VALUE)
    (file,) = (tmp_path / "results").iterdir()
    text = file.read_text(encoding="utf-8")
    assert damage(text) != text
    file.write_text(damage(text), encoding="utf-8")
    assert cache.get(KEY) is None


def test_entries_that_are_not_text_are_missing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, VALUE)
    (file,) = (tmp_path / "results").iterdir()
    file.write_bytes(b"\x80\x04\x95\xff")
    assert cache.get(KEY) is None


def test_entries_of_the_last_five_renders_are_kept(tmp_path: Path) -> None:
    keys = [digest(number) for number in range(8)]
    for key in keys:
        cache = Cache(tmp_path)
        cache.put(key, key)
        cache.prune()
    kept = {path.stem for path in (tmp_path / "results").iterdir()}
    assert kept == set(keys[-5:])
    (tmp_path / "used.json").write_text("{", encoding="utf-8")
    cache = Cache(tmp_path)
    assert cache.get(keys[-1]) == keys[-1]
    cache.prune()
    assert {path.stem for path in (tmp_path / "results").iterdir()} == {keys[-1]}


def test_a_disk_that_cannot_be_written_costs_the_entry_only(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where a folder should be", encoding="utf-8")
    cache = Cache(tmp_path)
    cache.put(KEY, VALUE)
    assert cache.get(KEY) is None


def test_a_pack_keeps_what_was_used_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "pack"
    pack = Pack(path)
    pack.put("a", "ä\n")
    pack.put("b", "2")
    pack.save()
    again = Pack(path)
    assert (again.get("a"), again.get("c")) == ("ä\n", None)
    again.put("d", "4")
    monkeypatch.setattr(caches, "_PACKED", 3)
    again.save()
    assert (Pack(path).get("a"), Pack(path).get("b"), Pack(path).get("d")) == ("ä\n", None, "4")
    monkeypatch.setattr(caches, "_PACKED", 4)
    more = Pack(path)
    more.put("e", "5")
    more.save()
    assert (Pack(path).get("a"), Pack(path).get("d"), Pack(path).get("e")) == ("ä\n", "4", "5")
    assert Pack(path, enabled=False).get("a") is None
    written = path.stat().st_mtime_ns
    same = Pack(path)
    same.get("a")
    same.save()
    assert path.stat().st_mtime_ns == written, "what has not changed is not written"


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content.replace(b"one", b"two"),
        lambda content: b"",
        lambda content: content[65:],
        lambda content: hashlib.sha256(b"[1]").hexdigest().encode() + b"\n[1]",
        lambda content: hashlib.sha256(b"{").hexdigest().encode() + b"\n{",
    ],
)
def test_a_damaged_pack_is_empty(tmp_path: Path, damage) -> None:
    path = tmp_path / "pack"
    pack = Pack(path)
    pack.put("a", "one")
    pack.save()
    assert Pack(path).get("a") == "one"
    path.write_bytes(damage(path.read_bytes()))
    assert Pack(path).get("a") is None


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError):  # noqa: PT011 (which one depends on the system)
        caches.write_atomically(target, b"x")
    assert list(tmp_path.iterdir()) == [target]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(plain, plain)
def test_digests_tell_values_apart(first, second) -> None:
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (digest(first) == digest(second)) == same


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")


def test_files_of_a_project(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "b.txt",
        "a/c.txt",
        "a/d.qmd",
        ".hidden",
        ".git/config",
        "a/.x",
        "a/__pycache__/c.pyc",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        "_site/index.html",
        "_site.building-1/index.html",
    )
    found = list(project_files(tmp_path, skip=["_site", "_site.*", "*.qmd"]))
    assert found == ["a/c.txt", "b.txt"]
    assert "a/d.qmd" in list(project_files(tmp_path))


def test_files_that_globs_name(tmp_path: Path) -> None:
    tree(tmp_path, "a/b/c.py", "a/d.py", "a/__pycache__/d.py", "data/x/y.csv", "lock.txt")
    assert matching_files(tmp_path, ["a/**/*.py", "data/**", "lock.txt", "none/*"]) == [
        "a/b/c.py",
        "a/d.py",
        "data/x/y.csv",
        "lock.txt",
    ]


def test_digest_of_files_sees_content_and_name(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    before = files_digest(tmp_path, ["a"])
    assert files_digest(tmp_path, ["a"]) == before
    assert files_digest(tmp_path, ["b"]) != before
    (tmp_path / "a").write_text("changed", encoding="utf-8")
    assert files_digest(tmp_path, ["a"]) != before
    assert files_digest(tmp_path, ["missing"]) != files_digest(tmp_path, [])


def test_the_environment_names_what_is_installed() -> None:
    found = caches.environment()
    assert any(name.startswith("nbclient-") for name in found["distributions"])
    assert found == caches.environment()
